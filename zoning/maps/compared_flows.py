"""Overflow of a change: arrows from zones to schools, and from district to district."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from geodata.messages import say
from zoning.maps import cards
from zoning.maps.compared_records import middle_of, zone_names
from zoning.maps.compared_shapes import ChangedGround
from zoning.maps.compared_sides import Side, Telling
from zoning.maps.geometry import to_page
from zoning.maps.printed import SMALL_COUNT

MOST_ARROWS = 120
_WIDEST, _NARROWEST = 6.5, 1.2
Flows = list[list[dict[str, Any]]]


def school_flows(
    sides: tuple[Side, Side], ground: ChangedGround, tell: Telling
) -> tuple[Flows, list[pd.DataFrame]]:
    """Return the arrows from zones to schools of each side, and the rows that they stand for."""
    zones = zone_names(sides, tell.speak)
    starts = [
        {one: middle_of(shape) for one, shape in zip(ground.ids, shapes, strict=True)}
        for shapes in (ground.before, ground.after)
    ]
    tables, ends = [], []
    names: dict[str, str] = {}
    for side in sides:
        schools = side.city["schools"]
        ends.append(dict(zip(schools["school_id"].astype(str), schools.geometry, strict=True)))
        rows = schools.drop(columns="geometry").to_dict("records")
        names |= {f"school {row['school_id']}": cards.name_of(row, "school_id") for row in rows}
        flows = side.flows
        if flows is not None:
            flows = flows.rename(columns={"zone_id": "start", "school_id": "end"})
        tables.append(told_flows(flows, tell))
    named = [
        table.assign(
            start_name=table["start"].map(zones).fillna(table["start"]),
            end_name=("school " + table["end"]).map(names).fillna(table["end"]),
        )
        for table in tables
    ]
    return _arrows(named, starts, ends, sides[0], tell), named


def district_flows(sides: tuple[Side, Side], tell: Telling) -> tuple[Flows, list[pd.DataFrame]]:
    """Return the arrows from district to district of each side, and the rows that they stand for."""
    places, tables = [], []
    for side in sides:
        districts = side.city["districts"]
        ids = districts["district_id"].astype(str)
        places.append({one: middle_of(shape) for one, shape in zip(ids, districts.geometry, strict=True)})
        rows = districts.drop(columns="geometry").to_dict("records")
        names = {str(row["district_id"]): cards.name_of(row, "district_id") for row in rows}
        table = told_flows(side.district_flows, tell)
        tables.append(
            table.assign(
                start_name=table["start"].map(names).fillna(table["start"]),
                end_name=table["end"].map(names).fillna(table["end"]),
            )
        )
    return _arrows(tables, places, places, sides[0], tell), tables


def told_flows(flows: pd.DataFrame | None, tell: Telling) -> pd.DataFrame:
    """Return start, end, children of the flows that may be told, the largest first.

    Flows within one place are left out, and in public those of fewer than five children.
    """
    if flows is None or len(flows) == 0:
        return pd.DataFrame({"start": [], "end": [], "children": []}).astype(
            {"start": "str", "end": "str", "children": "int64"}
        )
    rows = flows.assign(start=flows["start"].astype(str), end=flows["end"].astype(str))
    rows = rows[rows["start"] != rows["end"]].groupby(["start", "end"], as_index=False)["children"].sum()
    rows = rows[rows["children"] >= (SMALL_COUNT if tell.public else 1)]
    rows = rows.astype({"children": "int64"})
    order = rows.sort_values(["children", "start", "end"], ascending=[False, True, True])
    return order.reset_index(drop=True)


def _arrows(
    tables: list[pd.DataFrame],
    starts: list[dict[str, Any]],
    ends: list[dict[str, Any]],
    side: Side,
    tell: Telling,
) -> Flows:
    """Return for each side its arrows; one width means the same on both."""
    most = max((int(table["children"].max()) for table in tables if len(table)), default=1)
    found = []
    for table, first, last in zip(tables, starts, ends, strict=True):
        a = np.array([first.get(one) for one in table["start"]] + [None], dtype=object)[:-1]
        b = np.array([last.get(one) for one in table["end"]] + [None], dtype=object)[:-1]
        there = np.flatnonzero(~(shapely.is_missing(a) | shapely.is_missing(b)))[:MOST_ARROWS]
        crs = side.city.metric_crs
        pairs = zip(there.tolist(), to_page(a[there], crs), to_page(b[there], crs), strict=True)
        rows = table.to_dict("records")
        found.append([_arrow(rows[at], start, end, most, tell) for at, start, end in pairs])
    return found


def _arrow(row: dict[str, Any], start: Any, end: Any, most: int, tell: Telling) -> dict[str, Any]:
    n = int(row["children"])
    words = say("{start} → {end}: {n} children", start=row["start_name"], end=row["end_name"], n=f"{n:,}")
    return {
        "start": list(start["coordinates"]),
        "end": list(end["coordinates"]),
        "children": n,
        "width": round(max(_NARROWEST, _WIDEST * float(np.sqrt(n / most))), 1),
        "words": tell.speak(words),
    }
