"""Small towns with rolls, rooms and indicators for the tests of the standards."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from geodata.city import City, city_of
from geodata.project import Project
from geodata.toml import record_from
from simulate.standards.values import ITEMS, Limits, read_standards

LIMITS: Limits = read_standards().at(datetime.date(2024, 8, 31))
YEAR = 2024
Row = dict[str, Any]


def roll(school: str, grades: dict[int, tuple[int | None, int | None]], year: int = YEAR - 1) -> list[Row]:
    """Return the rows of a school: grade -> (pupils, classes)."""
    rows = []
    for grade, (pupils, classes) in grades.items():
        row: Row = {"school_id": school, "grade": grade, "year": year}
        row |= {name: n for name, n in (("pupils", pupils), ("classes", classes)) if n is not None}
        rows.append(row)
    return rows


def even(school: str, classes: int, size: int = 45, *, grades: range = range(1, 7)) -> list[Row]:
    """Return the rows of a school with the same classes in every grade."""
    return roll(school, dict.fromkeys(grades, (classes * size, classes)))


def all_items(school: str, **values: float) -> list[Row]:
    """Return the seven items of a school by name with underscores; the others meet 1,000 primary pupils."""
    totals = dict(zip(ITEMS, (42, 10, 9, 4500, 7500, 2_000_000, 23), strict=True))
    totals |= {name.replace("_", "-"): value for name, value in values.items()}
    return [{"school_id": school, "item": item, "value": value} for item, value in totals.items()]


def schooled(
    schools: dict[str, Row],
    *,
    rolls: list[Row],
    indicators: list[Row] | None = None,
    classes: dict[str, int] | None = None,
    demand: dict[str, int] | None = None,
    zones: dict[str, list[str]] | None = None,
    level: str = "primary",
    class_size: int = 45,
    units: dict[str, tuple[float, float]] | None = None,
) -> City:
    """Return a town: each school in a zone `Z-school` of its own with a unit `U-school`, all in D1.

    Parameters
    ----------
    schools : school -> columns of the table schools (district_id, kind, rooms, area_m2, lng, lat …)
    rolls, indicators : rows
    classes : school -> entry classes announced
    demand : zone -> children of the category household
    zones : zone -> schools, instead of one for each school
    units : zone -> place of its unit, (east, north) in local metres
    """
    named = zones if zones is not None else {f"Z-{school}": [school] for school in schools}
    grade = 1 if level == "primary" else 7
    seats = [
        {
            "school_id": school,
            "level": level,
            "grade": grade,
            "year": YEAR,
            "classes": n,
            "class_size": class_size,
        }
        for school, n in (classes or {}).items()
    ]
    every = {"district_id": "D1", **({"lng": 0.0, "lat": 0.0} if units else {})}
    tables: dict[str, Any] = {
        "zones": {"rows": [{"zone_id": zone, "district_id": "D1"} for zone in named]},
        "districts": {
            "rows": [{"district_id": "D1", "name": "东区"}, {"district_id": "D2", "name": "西区"}]
        },
        "schools": {"rows": [{"school_id": school, **every, **row} for school, row in schools.items()]},
        "serves": {"rows": [{"zone_id": z, "school_id": s} for z, ss in named.items() for s in ss]},
        "units": {
            "rows": [
                {"unit_id": f"U-{zone}", "district_id": "D1"}
                | ({"lng": units[zone][0], "lat": units[zone][1]} if units else {})
                for zone in named
            ]
        },
        "plan": {"rows": [{"unit_id": f"U-{zone}", "zone_id": zone} for zone in named]},
    }
    if units:
        tables["schools"]["datum"] = tables["units"]["datum"] = "local-metres"
    if rolls:
        tables["rolls"] = {"rows": rolls}
    if seats:
        tables["seats"] = {"rows": seats}
    if indicators:
        tables["indicators"] = {"rows": indicators}
    if demand:
        tables["demand"] = {
            "rows": [
                {"unit_id": f"U-{zone}", "category": "household", "year": YEAR, "children": n}
                for zone, n in demand.items()
            ]
        }
    raw = {"project": {"name": "a town", "level": level, "year": YEAR}, "tables": tables}
    return city_of(record_from(raw, Project, "xuequ.toml"), Path())
