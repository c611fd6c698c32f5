"""The list of planning units beside the map, for cities whose units have no place on it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from geodata import City, say
from geodata.messages import Speaker
from zoning.maps import cards
from zoning.maps.places import category_name
from zoning.maps.zones import ZoneTable
from zoning.plan import ANY, categories_of

MOST_AT_ONCE = 200  # a browser lays out so many without a pause; typing narrows them down


def is_listed(city: City) -> bool:
    """Whether the page needs the list: there are units, and none of them can be clicked on the map."""
    return city.has("units") and bool(city["units"].geometry.isna().all())


def unit_lines(city: City, plan: pd.DataFrame, table: ZoneTable, speak: Speaker) -> list[list[list[str]]]:
    """Return for each unit, in the order of the table `units`, pairs of a category and its zone.

    Parameters
    ----------
    city, plan, table
        As `zoning.maps.page` has them.
    speak : Speaker

    Returns
    -------
    list
        One list a unit. A unit whose zone is the same for every category has one pair, its category
        blank; else one for each category of the plan, and "not stated" where the plan has none.
    """
    names = {row["zone_id"]: cards.name_of(row, "zone_id") for row in _rows(table.frame)}
    categories = categories_of(plan)
    zone = {(row["unit_id"], row["category"]): names[row["zone_id"]] for row in _rows(plan)}
    unknown = speak(say("not stated"))
    lines = []
    for unit in city["units"]["unit_id"]:
        every = zone.get((unit, ANY))
        own = [zone.get((unit, category), every) for category in categories]
        if len({*own, every}) == 1:
            lines.append([["", every or unknown]])
            continue
        lines.append(
            [[category_name(speak, c), z or unknown] for c, z in zip(categories, own, strict=True)]
        )
    return lines


def unit_list(city: City, plan: pd.DataFrame, table: ZoneTable, speak: Speaker) -> dict[str, Any] | None:
    """Return what the page needs for the list; None where the map itself shows the units."""
    if not is_listed(city):
        return None
    return {
        "lines": unit_lines(city, plan, table, speak),
        "schools": _schools(city, plan),
        "most": MOST_AT_ONCE,
        "more": speak(say("Not all are shown here: type part of a name to find the others.")),
        "none": speak(say("Nothing of that name.")),
    }


def _schools(city: City, plan: pd.DataFrame) -> list[list[int]]:
    """Return for each unit the numbers of the schools of its zones, in the order of the table."""
    number = pd.Series(range(len(city["schools"])), index=city["schools"]["school_id"])
    pairs = plan[["unit_id", "zone_id"]].merge(city["serves"], on="zone_id")
    of_unit = pairs["school_id"].map(number).groupby(pairs["unit_id"]).agg(lambda some: sorted(set(some)))
    return [[int(n) for n in of_unit.get(unit, [])] for unit in city["units"]["unit_id"]]


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = frame.drop(columns="geometry", errors="ignore").to_dict("records")
    return rows
