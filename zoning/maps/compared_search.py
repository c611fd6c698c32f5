"""What can be searched for on the page of a change: schools, zones, communities, addresses of the scope."""

from __future__ import annotations

from typing import Any

import pandas as pd

from geodata.messages import say
from zoning.maps import cards
from zoning.maps.compared_records import zone_names
from zoning.maps.compared_shapes import ChangedGround
from zoning.maps.compared_sides import Side, Telling, all_schools
from zoning.maps.page import MOST_UNITS

KINDS = ("schools", "zones", "units")


def search_records(
    sides: tuple[Side, Side], ground: ChangedGround, plans: tuple[pd.DataFrame, pd.DataFrame], tell: Telling
) -> list[dict[str, Any]]:
    """Return what a reader may look for, schools first.

    Parameters
    ----------
    sides : pair of Side
    ground : ChangedGround
    plans : pair of DataFrame
        unit_id, zone_id before and after.
    tell : Telling

    Returns
    -------
    list of dict
        text (its name), more (what else finds it: id, community, address), kind, at (its number in the
        page's records; a unit has that of its zone after, else before, or -1), said (what the list tells).

    Notes
    -----
    A unit is found by its name, its community and the text of its scope, as plans publish them; addresses
    of children are not read at all.
    """
    found = []
    for at, row in enumerate(all_schools(*sides).drop(columns="geometry").to_dict("records")):
        name = cards.name_of(row, "school_id")
        found.append(_entry(name, str(row["school_id"]), "schools", at, tell.speak(say("school"))))
    label = tell.speak.choose(sides[0].city.project.zone_label.model_dump())
    names = zone_names(sides, tell.speak)
    for at, one in enumerate(ground.ids):
        found.append(_entry(names[one], one, "zones", at, label))
    return found + _units(sides, ground, plans, tell, names)


def _units(
    sides: tuple[Side, Side],
    ground: ChangedGround,
    plans: tuple[pd.DataFrame, pd.DataFrame],
    tell: Telling,
    names: dict[str, str],
) -> list[dict[str, Any]]:
    units = sides[1].city["units"]
    if len(units) > MOST_UNITS:
        return []
    old = zone_names(sides, tell.speak, first=0)
    number = {one: at for at, one in enumerate(ground.ids)}
    table = pd.DataFrame(units.drop(columns="geometry"))
    for name, plan in zip(("before", "after"), plans, strict=True):
        zone = table["unit_id"].map(plan.set_index("unit_id")["zone_id"])
        table[name] = zone.astype("object").fillna("").astype(str)
    found = []
    for row in table.to_dict("records"):
        start, end = old.get(row["before"], row["before"]), names.get(row["after"], row["after"])
        said = end if row["before"] == row["after"] else f"{start} → {end}"
        more = " ".join(
            str(row[column])
            for column in ("unit_id", "community_id", "scope_text")
            if not cards.blank(row[column])
        )
        at = number.get(row["after"], number.get(row["before"], -1))
        found.append(_entry(cards.name_of(row, "unit_id"), more, "units", at, said))
    return found


def _entry(text: str, more: str, kind: str, at: int, said: str) -> dict[str, Any]:
    return {"text": text, "more": "" if more == text else more, "kind": kind, "at": at, "said": said}
