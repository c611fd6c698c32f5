"""How many entry classes a school can have, year after year: by its rooms, its size, its teaching area.

Today's grades move up and leave; the entry grade has the same number of classes every year, until it has
filled the school: six years in a primary school, nine in a nine-year school, three in lower secondary.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import City
from geodata.schema import ENTRY_GRADE
from simulate.standards.entry import announced_classes
from simulate.standards.grades import LAST_GRADE, Rolls, level_of, move_up
from simulate.standards.items import TEACHING_AREA
from simulate.standards.measures import floored
from simulate.standards.values import Limits

Floats = npt.NDArray[np.float64]
BOUNDS = ("rooms", "size", "area")
YEARS = 9
"""The longest that an entry grade takes to fill a school."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What is left of today's grades year by year, and how much a constant entry of one class adds.

    Parameters
    ----------
    school_id : array of str, shape (s,)
    years : array of int, shape (s,)
        How many years the entry takes to fill the school; later columns are not counted.
    classes, pupils, area_m2 : array of float, shape (s, 9)
        Of today's grades that are still there in year 1 (of the admission), 2, …; the area is what is asked
        for their pupils. NaN is unknown.
    entry_classes, entry_pupils, entry_area_m2 : array of float, shape (s, 9)
        Of one class more in every entry from year 1 on: classes, pupils at the norm, area asked for them.
    """

    school_id: npt.NDArray[np.object_]
    years: npt.NDArray[np.int64]
    classes: Floats
    pupils: Floats
    area_m2: Floats
    entry_classes: Floats
    entry_pupils: Floats
    entry_area_m2: Floats

    @property
    def counted(self) -> npt.NDArray[np.bool_]:
        """Which years count for each school, shape (s, 9)."""
        return np.arange(1, YEARS + 1)[None, :] <= self.years[:, None]


def rest_of(city: City, rolls: Rolls, limits: Limits) -> Rest:
    """Roll today's grades forward, without any entry.

    Parameters
    ----------
    city : City
        Its level says which grade is the entry.
    rolls : Rolls
        As before the admission.
    limits : Limits
        Class norms, and area per pupil.

    Notes
    -----
    As `move_up` does it, year after year. A class that comes in has the norm of the level of the entry,
    also when it comes to the higher level of a nine-year school; today's classes keep their pupils.
    """
    ids = pd.Index(city["schools"]["school_id"])
    level = city.project.project.level
    nine = ids.isin(rolls.nine_year) & (level == "primary")
    span = LAST_GRADE[level] - ENTRY_GRADE[level] + 1
    years = np.where(nine, YEARS, span).astype(np.int64)
    norms = limits.items[TEACHING_AREA]
    found: dict[str, list[Floats]] = {"classes": [], "pupils": [], "area_m2": []}
    grades = rolls.grades
    for _ in range(YEARS):
        grades = move_up(grades, level, rolls.nine_year)
        asked = pd.Series(level_of(grades["grade"]), index=grades.index).map(norms).astype("float64")
        for name, values in (
            ("classes", grades["classes"]),
            ("pupils", grades["pupils"]),
            ("area_m2", grades["pupils"] * asked),
        ):
            found[name].append(_by_school(values, grades["school_id"], ids, rolls.unknown))
    year = np.arange(1, YEARS + 1)
    added = np.minimum(year[None, :], years[:, None]).astype(np.float64)
    pupils = added * limits.class_norm[level]
    lower = np.clip(added - LAST_GRADE["primary"], 0, None) if level == "primary" else added
    per_pupil = (added - lower) * norms["primary"] + lower * norms["lower-secondary"]
    return Rest(
        school_id=ids.to_numpy(dtype=object),
        years=years,
        classes=np.column_stack(found["classes"]),
        pupils=np.column_stack(found["pupils"]),
        area_m2=np.column_stack(found["area_m2"]),
        entry_classes=added,
        entry_pupils=pupils,
        entry_area_m2=per_pupil * limits.class_norm[level],
    )


def _by_school(values: pd.Series, school: pd.Series, ids: pd.Index, unknown: frozenset[str]) -> Floats:
    sums = values.groupby(school).sum().where(values.notna().groupby(school).all())
    here: Floats = sums.reindex(ids).to_numpy(dtype="float64").copy()
    here[~ids.isin(school)] = 0.0
    here[ids.isin(unknown)] = np.nan
    return here


def most_classes(rest: Floats, entry: Floats, capacity: Floats, counted: npt.NDArray[np.bool_]) -> Floats:
    """Return the largest constant entry that never passes a capacity.

    Parameters
    ----------
    rest, entry : array of float, shape (s, y)
        What today's grades take in each year, and what one class of entry takes.
    capacity : array of float, shape (s,)
        NaN is unknown.
    counted : array of bool, shape (s, y)
        The years that count.

    Returns
    -------
    array of float, shape (s,)
        A whole number; negative where today's grades alone pass the capacity in some year; NaN if unknown.

    Notes
    -----
    The least, over the years, of (capacity - rest) / entry, rounded down.

    Examples
    --------
    Six grades of two classes today, 15 rooms: two classes a year always fit, three would be 18 in year 6.

    >>> rest = np.array([[10.0, 8.0, 6.0, 4.0, 2.0, 0.0]])
    >>> every = np.ones((1, 6), dtype=bool)
    >>> most_classes(rest, np.arange(1.0, 7.0)[None, :], np.array([15.0]), every).tolist()
    [2.0]
    """
    room = floored((capacity[:, None] - rest) / entry)
    least = np.where(counted, room, np.inf).min(axis=1)
    return np.where(np.isfinite(least), least, np.nan)


def intake_bounds(city: City, rolls: Rolls, limits: Limits) -> pd.DataFrame:
    """Return how many entry classes each school can have, and what bounds it.

    Returns
    -------
    DataFrame, shape (schools,)
        school_id, name, district_id, kind, rooms, area_m2, cap (pupils), classes_now (in all grades),
        by_rooms, by_size, by_area (classes of entry; missing where unknown; 0 where none fits), binding
        (`rooms`, `size` or `area`: the first of those with the least), allowed (that least), overfull
        (whether today's grades alone pass a bound in a later year), announced, room_left (allowed less
        announced).

    Notes
    -----
    Rooms: a class has one of its own. Size: pupils of today's grades as they are, later ones at the norm,
    against 2,000 or 2,500. Area: `schools.area_m2` is the teaching area, against what is asked per pupil.
    """
    schools, rest = city["schools"], rest_of(city, rolls, limits)
    ids = pd.Index(schools["school_id"])
    cap = _caps(ids, rolls, limits)
    rooms = schools["rooms"].to_numpy(dtype="float64", na_value=np.nan)
    area = schools["area_m2"].to_numpy(dtype="float64", na_value=np.nan)
    counted = rest.counted
    bounds = np.column_stack(
        [
            most_classes(rest.classes, rest.entry_classes, rooms, counted),
            most_classes(rest.pupils, rest.entry_pupils, cap, counted),
            most_classes(rest.area_m2, rest.entry_area_m2, area, counted),
        ]
    )
    known = np.isfinite(bounds).any(axis=1)
    filled = np.where(np.isnan(bounds), np.inf, bounds)
    least = np.where(known, filled.min(axis=1), np.nan)
    allowed = np.clip(least, 0, None)
    announced = announced_classes(city)["classes"].to_numpy(dtype="float64")
    now = _by_school(rolls.grades["classes"], rolls.grades["school_id"], ids, rolls.unknown)
    names = np.asarray(BOUNDS, dtype=object)
    return pd.DataFrame(
        {
            "school_id": ids,
            "name": schools["name"].fillna(schools["school_id"]).to_numpy(),
            "district_id": schools["district_id"].to_numpy(),
            "kind": schools["kind"].to_numpy(),
            "rooms": whole(rooms),
            "area_m2": area,
            "cap": whole(cap),
            "classes_now": whole(now),
            **{f"by_{name}": whole(np.clip(bounds[:, at], 0, None)) for at, name in enumerate(BOUNDS)},
            "binding": pd.Series(np.where(known, names[filled.argmin(axis=1)], None), dtype="str"),
            "allowed": whole(allowed),
            "overfull": pd.array(least < 0, dtype="boolean"),
            "announced": whole(announced),
            "room_left": whole(allowed - announced),
        }
    )


def year_lines(city: City, rolls: Rolls, limits: Limits, classes: pd.Series | None = None) -> pd.DataFrame:
    """Return what each school comes to year by year, with the same entry every year.

    Parameters
    ----------
    city, rolls, limits
        As for `intake_bounds`.
    classes : Series, optional
        By school_id: how many classes enter each year; by default the announced ones.

    Returns
    -------
    DataFrame
        school_id, year (in which the school year begins), classes, rooms, rooms_left, pupils, cap,
        area_asked_m2, area_m2: a row for each school and year until the entry has filled the school.
    """
    schools, rest = city["schools"], rest_of(city, rolls, limits)
    offered = announced_classes(city).set_index("school_id")["classes"] if classes is None else classes
    entry = offered.reindex(rest.school_id).to_numpy(dtype="float64")[:, None]
    row, column = np.nonzero(rest.counted)
    ids = rest.school_id[row]
    taken = rest.classes + entry * rest.entry_classes
    rooms = schools["rooms"].to_numpy(dtype="float64", na_value=np.nan)
    area = schools["area_m2"].to_numpy(dtype="float64", na_value=np.nan)
    asked = rest.area_m2 + entry * rest.entry_area_m2
    return pd.DataFrame(
        {
            "school_id": ids,
            "year": rolls.year + 1 + column,
            "classes": whole(taken[row, column]),
            "rooms": whole(rooms[row]),
            "rooms_left": whole(rooms[row] - taken[row, column]),
            "pupils": whole((rest.pupils + entry * rest.entry_pupils)[row, column]),
            "cap": whole(_caps(pd.Index(ids), rolls, limits)),
            "area_asked_m2": asked[row, column].round(1),
            "area_m2": area[row],
        }
    )


def _caps(ids: pd.Index, rolls: Rolls, limits: Limits) -> Floats:
    nine = np.where(ids.isin(rolls.nine_year), limits.school_size_nine_year, limits.school_size)
    return np.asarray(nine, dtype=np.float64)


def whole(values: Floats) -> pd.api.extensions.ExtensionArray:
    """Return whole numbers, missing where they are NaN."""
    return pd.array(pd.Series(values, dtype="float64").round(), dtype="Int64")
