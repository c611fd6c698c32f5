"""A made-up change of zones, and what a page says of it."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd

from geodata import City
from tests.zoning.maps_project import Names, pressure_of, small_city
from zoning.maps.compared_sides import Side


def moved(city: City, moves: dict[str, str]) -> City:
    """Return the city with some units in other zones; its zones have no polygon of their own."""
    plan = city["plan"].copy()
    zone = plan["unit_id"].map(moves)
    plan["zone_id"] = zone.where(zone.notna(), plan["zone_id"]).astype(plan["zone_id"].dtype)
    return changed(city, plan=plan)


def changed(city: City, **tables: pd.DataFrame) -> City:
    """Return the city with other tables."""
    return dataclasses.replace(city, tables={**city.tables, **tables})


def town(folder: Path, names: Names | None = None, *, synthetic: bool = True) -> City:
    """Return nine zones of two units each, whose polygons follow from the units."""
    city = small_city(folder, names, synthetic=synthetic)
    zones = city["zones"].assign(geometry=None).set_geometry("geometry", crs=city["zones"].crs)
    return changed(city, zones=zones)


def many_years(city: City, years: tuple[int, ...] = (2026, 2027, 2028)) -> City:
    """Return the city with the same children, and half as many more each year after."""
    rows = []
    for n, year in enumerate(years):
        children = (city["demand"]["children"] * (1 + n / 2)).astype("int64")
        rows.append(city["demand"].assign(year=year, children=children))
    demand = pd.concat(rows, ignore_index=True).astype({"year": city["demand"]["year"].dtype})
    return changed(city, demand=demand)


def side(city: City, name: str, *, children: int = 70, flow: int = 12) -> Side:
    """Return a side with figures of a run: every school takes `children`, zone 1 sends some to school 2."""
    ids = city["schools"]["school_id"]
    return Side(
        city=city,
        name=name,
        pressure=pressure_of(city),
        schools=pd.DataFrame({"school_id": ids, "seats": 100, "placed": children}),
        flows=pd.DataFrame({"zone_id": ["Z1", "Z3"], "school_id": ["S2", "S9"], "children": [flow, 3]}),
        district_flows=pd.DataFrame({"start": ["D1", "D1"], "end": ["D2", "D1"], "children": [flow, 99]}),
    )


def data_of(html: str) -> dict[str, Any]:
    """Return the data that a page holds."""
    found = re.search(r'id="xuequ-data">(.*?)</script>', html, re.S)
    assert found is not None
    data: dict[str, Any] = json.loads(found.group(1))
    return data
