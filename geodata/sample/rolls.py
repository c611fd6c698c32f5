"""Pupils, classes, rooms, areas and the seven items of each school of the sample: all of it invented."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geodata.sample.demand import YEAR
from geodata.sample.sharing import Floats, Ints

PRIMARY, LOWER = 6, 3
CLASS_SIZES = {1: 44.0, 7: 47.0}
"""Mean pupils of a class of primary and of lower secondary; 45 and 50 are the norms."""
_CLASS_SPREAD = 2.2
_SHRINK = 0.02  # each grade above the first came in with so much less
ITEMS = {
    # item: (per 100 pupils or per pupil of primary, and of lower secondary; spread between schools)
    "teachers-above-degree": (4.7, 5.9, 0.10),
    "backbone-teachers": (1.3, 1.3, 0.25),
    "pe-art-teachers": (1.05, 1.05, 0.12),
    "sports-area": (8.6, 11.6, 0.22),
    "equipment": (2500.0, 3000.0, 0.18),
    "networked-classrooms": (2.6, 2.7, 0.08),
}
_PER_100 = ("teachers-above-degree", "backbone-teachers", "pe-art-teachers", "networked-classrooms")
_TEACHING_AREA = (5.2, 6.5, 0.12)
_TIGHT_SHARE = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolls:
    """The roll of the year before the admission.

    Parameters
    ----------
    rolls : DataFrame
        The table `rolls`, in order of its key.
    indicators : DataFrame
        The table `indicators`, in order of its key: totals of a school, not figures per pupil.
    rooms : array of int, shape (s,)
        Classrooms of each school.
    area_m2 : array of int, shape (s,)
        Teaching area of each school.
    """

    rolls: pd.DataFrame
    indicators: pd.DataFrame
    rooms: Ints
    area_m2: Ints


def make_rolls(schools: pd.DataFrame, classes: Ints, *, rng: np.random.Generator) -> Rolls:
    """Invent the roll of the year before, and what each school has.

    Parameters
    ----------
    schools : DataFrame, shape (s,)
        school_id, kind; in order of school_id.
    classes : array of int, shape (s,)
        The entry classes announced.
    rng : numpy.random.Generator

    Notes
    -----
    1. A grade has about as many classes as are announced for the entry; one more or less in some.
    2. Its classes have about 44 pupils (47 in lower secondary, which only nine-year schools have).
    3. Rooms are a few more than the classes as they roll on; in about 15 % of the schools they are fewer.
    4. Areas and items lie about the thresholds, above them at most schools and below at some.
    """
    nine = (schools["kind"] == "nine-year").to_numpy()
    rows = _grades(schools["school_id"].to_numpy(dtype=object), nine, classes, rng=rng)
    lower = (rows["grade"] > PRIMARY).to_numpy()
    school = pd.Categorical(rows["school_id"], categories=schools["school_id"]).codes
    pupils = rows["pupils"].to_numpy(dtype=np.float64)
    in_primary: Floats = np.bincount(school, np.where(lower, 0.0, pupils), len(schools)).astype(np.float64)
    in_lower: Floats = np.bincount(school, np.where(lower, pupils, 0.0), len(schools)).astype(np.float64)
    now = np.bincount(school, rows["classes"], len(schools)).astype(np.int64)
    rolled = np.maximum(now, classes * np.where(nine, PRIMARY + LOWER, PRIMARY))
    tight = rng.random(len(schools)) < _TIGHT_SHARE
    spare = np.where(tight, -rng.integers(1, 4, len(schools)), rng.integers(0, 5, len(schools)))
    area = in_primary * _TEACHING_AREA[0] + in_lower * _TEACHING_AREA[1]
    area = area * rng.lognormal(0.0, _TEACHING_AREA[2], len(schools))
    items = _items(schools["school_id"], in_primary, in_lower, rng=rng)
    # the table stands alone, so it has the teaching area too, the same as schools.area_m2
    teaching = pd.DataFrame(
        {"school_id": schools["school_id"], "item": "teaching-area", "value": np.rint(area)}
    )
    indicators = pd.concat([items, teaching]).sort_values(["school_id", "item"], ignore_index=True)
    return Rolls(
        rolls=rows,
        indicators=indicators.astype({"value": "int64"}),
        rooms=np.maximum(rolled + spare, 1),
        area_m2=np.rint(area).astype(np.int64),
    )


def _grades(ids: np.ndarray, nine: np.ndarray, classes: Ints, *, rng: np.random.Generator) -> pd.DataFrame:
    span = np.where(nine, PRIMARY + LOWER, PRIMARY)
    row = np.repeat(np.arange(len(ids)), span)
    grade = np.arange(len(row)) - np.repeat(np.cumsum(span) - span, span) + 1
    shift = rng.choice([-1, 0, 1], p=[0.15, 0.7, 0.15], size=len(row))
    count = np.maximum(np.rint(classes[row] * (1 - _SHRINK * (grade - 1))) + shift, 1).astype(np.int64)
    size = np.where(grade > PRIMARY, CLASS_SIZES[7], CLASS_SIZES[1])
    drawn = rng.normal(0.0, _CLASS_SPREAD, len(row))
    # a few grades are crowded, so that there are large classes
    crowded = rng.random(len(row)) < 0.02
    pupils = np.rint(count * (size + drawn + np.where(crowded, 13.0, 0.0))).astype(np.int64)
    return pd.DataFrame(
        {"school_id": ids[row], "grade": grade, "year": YEAR - 1, "pupils": pupils, "classes": count}
    )


def _items(
    school_id: pd.Series, in_primary: Floats, in_lower: Floats, *, rng: np.random.Generator
) -> pd.DataFrame:
    tables = []
    for item, (primary, lower, spread) in ITEMS.items():
        asked = in_primary * primary + in_lower * lower
        value = asked * rng.lognormal(0.0, spread, len(school_id)) / (100 if item in _PER_100 else 1)
        tables.append(pd.DataFrame({"school_id": school_id, "item": item, "value": np.rint(value)}))
    return pd.concat(tables)
