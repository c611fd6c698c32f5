"""The line of each school: pupils, classes by size, school size, rooms, the seven items."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geodata import City
from geodata.schema import LEVELS
from simulate.standards.grades import Rolls, level_of
from simulate.standards.items import items_met
from simulate.standards.measures import class_bands
from simulate.standards.values import Limits


def pupils_by_level(city: City, grades: pd.DataFrame, unknown: frozenset[str]) -> pd.DataFrame:
    """Return the pupils of each school at each level, by school_id; NaN where a grade is not known."""
    ids = city["schools"]["school_id"]
    level = pd.Series(level_of(grades["grade"]), index=grades.index, dtype=object)
    counts = _sums(grades, ["school_id", level.rename("level")], "pupils").unstack("level")
    known = grades.assign(level=level).groupby(["school_id", "level"]).size().unstack("level")
    table = counts.reindex(index=ids, columns=list(LEVELS))
    # no row of a level is no pupil of it; a row without a count is not
    absent = known.reindex(index=ids, columns=list(LEVELS)).isna()
    table = table.where(~absent, 0.0)
    table.loc[table.index.isin(unknown)] = np.nan
    return table.rename_axis(columns=None).astype("float64")


def school_lines(
    city: City, rolls: Rolls, grades: pd.DataFrame, totals: pd.DataFrame, limits: Limits
) -> pd.DataFrame:
    """Hold every school against the standards.

    Parameters
    ----------
    city : City
    rolls : Rolls
        Which schools are not known, and which are nine-year schools.
    grades : DataFrame
        The grades of the year in question: `rolls.grades`, or a year later.
    totals : DataFrame
        The seven items, as `item_totals` returns them.
    limits : Limits

    Returns
    -------
    DataFrame, shape (schools,)
        school_id, name, district_id, kind, pupils, classes, mean_class, largest_class, over_norm, large,
        very_large (classes), cap (pupils), over_cap, rooms, rooms_left, and those of `items_met`. Missing
        where a grade of the school, or the school, is not known.

    Notes
    -----
    The classes of one grade are taken to be even: the largest has the mean of its grade, rounded up.
    """
    schools = city["schools"][["school_id", "name", "district_id", "kind", "rooms"]]
    ids = pd.Index(schools["school_id"])
    pupils = pupils_by_level(city, grades, rolls.unknown)
    sized = _sized(grades, limits)
    sums = pd.DataFrame(
        {name: _sums(sized, ["school_id"], name) for name in ("classes", *_BANDS)}, dtype="float64"
    ).reindex(ids)
    unknown = ids.isin(rolls.unknown)
    # a school of which it is known that it has no roll yet has no class
    sums[~ids.isin(grades["school_id"]) & ~unknown] = 0.0
    everyone = pupils[list(LEVELS)].sum(axis=1, skipna=False)
    largest = sized.groupby("school_id")["largest"].max().reindex(ids)
    cap = np.where(ids.isin(rolls.nine_year), limits.school_size_nine_year, limits.school_size)
    over = pd.array(everyone.to_numpy() > cap, dtype="boolean")
    over[everyone.isna().to_numpy()] = pd.NA
    rooms = schools["rooms"].to_numpy(dtype="float64", na_value=np.nan)
    table = pd.DataFrame(
        {
            "school_id": ids,
            "name": schools["name"].fillna(schools["school_id"]).to_numpy(),
            "district_id": schools["district_id"].to_numpy(),
            "kind": schools["kind"].to_numpy(),
            "pupils": _whole(everyone),
            "classes": _whole(sums["classes"]),
            "mean_class": (everyone / sums["classes"].where(sums["classes"] > 0)).to_numpy().round(2),
            "largest_class": _whole(largest.where(sums["classes"].notna())),
            **{name: _whole(sums[name]) for name in _BANDS},
            "cap": cap,
            "over_cap": over,
            "rooms": _whole(schools["rooms"]),
            "rooms_left": _whole(pd.Series(rooms) - sums["classes"].to_numpy()),
        }
    )
    return table.merge(items_met(totals, pupils, limits), left_on="school_id", right_index=True)


_BANDS = ("over_norm", "large", "very_large")


def _sized(grades: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    norm = pd.Series(level_of(grades["grade"])).map(limits.class_norm).to_numpy(dtype="float64")
    bands = class_bands(grades["pupils"], grades["classes"], norm, limits)
    largest = np.ceil(grades["pupils"] / grades["classes"].where(grades["classes"] > 0))
    return grades.assign(**dict(zip(_BANDS, bands, strict=True)), largest=largest)


def _sums(table: pd.DataFrame, by: list[object], name: str) -> pd.Series:
    """Return sums that are unknown where a part of them is."""
    known = table[name].notna().groupby([_key(table, one) for one in by]).all()
    return table[name].groupby([_key(table, one) for one in by]).sum().where(known)


def _key(table: pd.DataFrame, one: object) -> pd.Series:
    return table[one] if isinstance(one, str) else one


def _whole(values: pd.Series) -> pd.array:
    return pd.array(pd.Series(values).round(), dtype="Int64")
