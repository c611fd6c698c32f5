"""A small made-up city for the tests of the map: nine zones with a ratio of each colour."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from geodata import City, read_city
from zoning import demand_by_zone, plan_in, zone_pressure

WEST, SOUTH, STEP = 118.08, 24.44, 0.02
# children (household, points) of each zone against 100 seats: 110, 100, 97, 96, 92, 90, 60, 30, 0 %
CHILDREN = [(80, 30), (70, 30), (60, 37), (96, 0), (50, 42), (45, 45), (40, 20), (30, 0), (0, 0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What is written on the made-up city."""

    project: str = "示例市 Sample"
    zone: str = "片区{n}"
    school: str = "第{n}小学"
    unit: str = "漖滘小区{n}"
    label: str = "招生片区"
    source: str = "made up for a test"
    extra: str = ""


def small_city(folder: Path, names: Names | None = None, *, synthetic: bool = True) -> City:
    """Write the project into a folder and read it."""
    names = names or Names()
    folder.mkdir(parents=True, exist_ok=True)
    zones, units, plan, demand = [], [], [], []
    for n, (household, points) in enumerate(CHILDREN, 1):
        east, north = WEST + STEP * ((n - 1) % 3), SOUTH + STEP * ((n - 1) // 3)
        properties = {"zone_id": f"Z{n}", "name": names.zone.replace("{n}", str(n))}
        zones.append(_feature(properties, _square(east, north, STEP, STEP)))
        half = STEP / 2
        for part in range(2):
            unit = f"U{n}{part}"
            properties = {"unit_id": unit, "name": names.unit.replace("{n}", f"{n}{part}")}
            units.append(_feature(properties, _square(east + part * half, north, half, STEP)))
            plan.append(f"{unit},Z{n}")
        demand += [f"U{n}0,household,2026,{household}", f"U{n}1,points,2026,{points}"]
    (folder / "zones.geojson").write_text(_collection(zones), encoding="utf-8")
    (folder / "units.geojson").write_text(_collection(units), encoding="utf-8")
    _table(folder, "plan", "unit_id,zone_id", plan)
    _table(folder, "demand", "unit_id,category,year,children", demand)
    _write_schools(folder, names)
    _write_districts(folder)
    _write_toml(folder, names, synthetic=synthetic)
    return read_city(folder)


def pressure_of(city: City) -> pd.DataFrame:
    """Return the seat pressure of the made-up city."""
    demand = demand_by_zone(city, plan_in(city, city.project.project.year))
    return zone_pressure(city, demand, ("household",))


def _write_schools(folder: Path, names: Names) -> None:
    rows, seats, serves = [], [], []
    for n in range(1, 10):
        lng = WEST + STEP * ((n - 1) % 3) + 0.006
        lat = SOUTH + STEP * ((n - 1) // 3) + 0.008
        rows.append(
            {"school_id": f"S{n}", "name": names.school.replace("{n}", str(n)), "lng": lng, "lat": lat}
        )
        seats.append(f"S{n},primary,1,2026,2,50,100")
        serves.append(f"Z{n},S{n}")
    # a second school of zone 5, outside it; one without seats that serves nothing; one without a point
    rows.append({"school_id": "T1", "name": "外校", "lng": WEST + 0.045, "lat": SOUTH + 0.005})
    rows.append({"school_id": "T2", "name": "新校", "lng": WEST + 0.015, "lat": SOUTH + 0.055})
    rows.append({"school_id": "T3", "name": "无址学校", "lng": None, "lat": None})
    serves.append("Z5,T1")
    pd.DataFrame(rows).to_csv(folder / "schools.csv", index=False)
    _table(folder, "seats", "school_id,level,grade,year,classes,class_size,seats", seats)
    _table(folder, "serves", "zone_id,school_id", serves)


def _write_districts(folder: Path) -> None:
    wide = 3 * STEP
    features = [
        _feature({"district_id": "D1", "name": "南区"}, _square(WEST, SOUTH, wide, 2 * STEP)),
        _feature({"district_id": "D2", "name": "北区"}, _square(WEST, SOUTH + 2 * STEP, wide, STEP)),
    ]
    (folder / "districts.geojson").write_text(_collection(features), encoding="utf-8")
    places = [[WEST + 0.01, SOUTH + 0.01], [WEST + 0.05, SOUTH + 0.01]]
    bridge = {"link_id": "B1", "name": "大桥", "kind": "bridge", "length_m": 4200}
    feature = _feature(bridge, {"type": "LineString", "coordinates": places})
    (folder / "links.geojson").write_text(_collection([feature]), encoding="utf-8")


def _write_toml(folder: Path, names: Names, *, synthetic: bool) -> None:
    name = json.dumps(names.project, ensure_ascii=False)
    label = json.dumps(names.label, ensure_ascii=False)
    source = json.dumps(names.source, ensure_ascii=False)
    layers = "".join(
        f'[tables.{table}]\npath = "{table}.geojson"\ndatum = "wgs84"\n'
        for table in ("districts", "units", "zones", "links")
    )
    tables = "".join(
        f'[tables.{table}]\npath = "{table}.csv"\n' for table in ("plan", "demand", "seats", "serves")
    )
    text = f"""
[project]
name = {name}
level = "primary"
year = 2026
synthetic = {str(synthetic).lower()}
attribution = [{source}]

[zone_label]
zh = {label}
en = {label}

[[assumed]]
what = {{ zh = "每班 50 人", en = "50 children a class" }}
reason = {{ zh = "测试", en = "a test" }}

{names.extra}
{layers}{tables}
[tables.schools]
path = "schools.csv"
datum = "wgs84"
"""
    (folder / "xuequ.toml").write_text(text, encoding="utf-8")


def _table(folder: Path, name: str, head: str, rows: list[str]) -> None:
    (folder / f"{name}.csv").write_text("\n".join([head, *rows, ""]), encoding="utf-8")


def _square(west: float, south: float, wide: float, high: float) -> dict[str, object]:
    east, north = round(west + wide, 6), round(south + high, 6)
    west, south = round(west, 6), round(south, 6)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _feature(properties: dict[str, object], geometry: dict[str, object]) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _collection(features: list[dict[str, object]]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
