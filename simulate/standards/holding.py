"""Hold a project, or a run, against the standards: every table of `xuequ standards`, before and after."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from geodata import City, say
from geodata.messages import Text
from geodata.schema import LEVELS
from simulate.policy import Policy
from simulate.standards.distances import ways_of_placed, ways_to_zone_schools, within_radius
from simulate.standards.districts import (
    admission_lines,
    district_lines,
    migrant_shares,
    warnings_by_zone,
)
from simulate.standards.entry import entry_announced, entry_placed
from simulate.standards.grades import Rolls, move_up, present_rolls, with_entry
from simulate.standards.items import item_totals, variations
from simulate.standards.schools import pupils_by_level, school_lines
from simulate.standards.values import ITEMS, Limits
from zoning.pressure import zone_pressure

WHEN = ("before", "after")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A city held against the standards.

    Parameters
    ----------
    year : int
        The year of the roll that is `before`.
    follows : bool
        Whether there is an `after`, the year that follows: the roll is of the year before the admission.
    schools, districts, items : DataFrame
        As `school_lines`, `district_lines` and `variations` return them, with a first column `when`.
    admission : DataFrame
        As `admission_lines` returns it: what concerns the children of this admission, by district.
    warnings : DataFrame
        The seat warning of each zone.
    notes : tuple of Text
        What is missing, and what was taken for granted.
    """

    year: int
    follows: bool
    schools: pd.DataFrame
    districts: pd.DataFrame
    items: pd.DataFrame
    admission: pd.DataFrame
    warnings: pd.DataFrame
    notes: tuple[Text, ...]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables by name, as they are written."""
        return {name: getattr(self, name) for name in ("schools", "districts", "items", *_ONCE)}


_ONCE = ("admission", "warnings")


def hold_project(city: City, limits: Limits, children: pd.DataFrame, policy: Policy | None) -> Held:
    """Hold a project against the standards: its roll, and the year after with the announced intake.

    Parameters
    ----------
    city : City
        Needs the table `rolls`.
    limits : Limits
        As they hold on the project's day.
    children : DataFrame
        zone_id, category, children; empty where there are no counts.
    policy : Policy, optional
        Says which categories are household ones.

    Raises
    ------
    XuequError, DataError
        If there is no roll, or a table has what it cannot have (`present_rolls`, `item_totals`).
    """
    known = policy is not None and len(children) > 0
    pressure = zone_pressure(city, children, _household(policy))
    warnings = warnings_by_zone(city, pressure, limits, known=known)
    ways = within_radius(ways_to_zone_schools(city), limits.radius_m[city.project.project.level])
    said = (
        say("after: every seat of the announced intake is taken (there are no counts of children)")
        if not len(children)
        else say(
            "after: the announced intake is full, or holds the children of its zones where they are fewer; "
            "nobody is coordinated to another zone"
        )
    )
    admission = admission_lines(city, warnings, ways, None)
    return _hold(city, limits, entry_announced(city, children), warnings, admission, said)


def hold_run(city: City, limits: Limits, placements: pd.DataFrame, policy: Policy) -> Held:
    """Hold a run against the standards: the roll before it, and the year after with those it has placed.

    Parameters
    ----------
    city : City
        The run's own inputs.
    limits : Limits
        As they hold on the project's day.
    placements : DataFrame
        The run's.
    policy : Policy
        The run's.

    Raises
    ------
    XuequError, DataError
        As for `hold_project`.
    """
    counts = placements.groupby(["zone_id", "category"]).size().rename("children").reset_index()
    pressure = zone_pressure(city, counts, _household(policy))
    warnings = warnings_by_zone(city, pressure, limits, known=True)
    ways = within_radius(ways_of_placed(placements), limits.radius_m[city.project.project.level])
    admission = admission_lines(city, warnings, ways, migrant_shares(city, policy, placements, limits))
    said = say("after: the entry grade is who the run has placed, in the classes announced")
    return _hold(city, limits, entry_placed(city, placements), warnings, admission, said)


def _household(policy: Policy | None) -> tuple[str, ...]:
    return () if policy is None else tuple(one.id for one in policy.category if one.household)


def _hold(
    city: City,
    limits: Limits,
    entry: pd.DataFrame,
    warnings: pd.DataFrame,
    admission: pd.DataFrame,
    said: Text,
) -> Held:
    rolls = present_rolls(city)
    level, year = city.project.project.level, city.project.project.year
    pupils = pupils_by_level(city, rolls.grades, rolls.unknown).sum(axis=1, skipna=False)
    totals = item_totals(city, pupils, limits)
    years = {"before": rolls.grades}
    follows = rolls.year == year - 1
    if follows:
        moved = move_up(rolls.grades, level, rolls.nine_year)
        years["after"] = with_entry(moved, entry, level, rolls.unknown)
    else:
        said = say(
            "the latest rolls are of {there}: the year after the admission of {year} follows from rolls of "
            "{wanted}, so only the present is shown",
            there=rolls.year,
            year=year,
            wanted=year - 1,
        )
    parts = {when: _year(city, limits, rolls, grades, totals) for when, grades in years.items()}
    schools, districts, items = (
        pd.concat([tables[at].assign(when=when) for when, tables in parts.items()], ignore_index=True)
        for at in range(3)
    )
    return Held(
        year=rolls.year,
        follows=follows,
        schools=_when_first(schools),
        districts=_when_first(districts),
        items=_when_first(items),
        admission=admission,
        warnings=warnings,
        notes=(*rolls.notes, *_gaps(city, totals), said),
    )


def _when_first(table: pd.DataFrame) -> pd.DataFrame:
    return table[["when", *(name for name in table.columns if name != "when")]]


def _year(
    city: City, limits: Limits, rolls: Rolls, grades: pd.DataFrame, totals: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    lines = school_lines(city, rolls, grades, totals, limits)
    district = lines.set_index("school_id")["district_id"]
    pupils = pupils_by_level(city, grades, rolls.unknown)[list(LEVELS)]
    return lines, district_lines(city, lines), variations(totals, pupils, district, limits)


def _gaps(city: City, totals: pd.DataFrame) -> list[Text]:
    """Say what tables and columns are missing, so that a dash is never taken for a nought."""
    notes: list[Text] = []
    short = int(totals.isna().any(axis=1).sum())
    if not city.has("indicators"):
        notes.append(
            say(
                "no indicators: add the table indicators (school_id, item, value: what the school has in "
                "all); items: {items}",
                items=", ".join(ITEMS),
            )
        )
    elif short:
        notes.append(say("schools that lack one of the seven items or more: {n}", n=short))
    blank = int(city["schools"]["rooms"].isna().sum())
    if blank:
        notes.append(say("schools that state no rooms (column rooms of schools): {n}", n=blank))
    if not city.has("serves") or not city.has("seats"):
        notes.append(say("no seats or no serves: no zone has a seat warning"))
    return notes
