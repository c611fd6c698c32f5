"""What the page knows of schools, planning units, districts and links."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from geodata import City, say
from geodata.messages import Speaker, Text
from zoning.maps import cards
from zoning.maps.colours import percent
from zoning.maps.geometry import outside_own
from zoning.maps.zones import ZoneTable
from zoning.plan import ANY, categories_of, plan_for
from zoning.pressure import seats_by_school

_LARGEST_PX, _SMALLEST_PX, _UNKNOWN_PX = 12.0, 2.5, 4.5


def kind_text(kind: object) -> Text | str:
    """Return a kind of school in words."""
    known = {
        "public": say("public school"),
        "purchased-private": say("private school with purchased seats"),
        "nine-year": say("nine-year school"),
    }
    return known.get(str(kind), "" if cards.blank(kind) else str(kind))


def category_text(category: str) -> Text | str:
    """Return a category in words, where it is one of those that most policies have."""
    known = {
        "household": say("household-registered"),
        "points": say("points"),
        "favoured": say("favoured"),
        "migrant": say("migrant children"),
    }
    return known.get(category, category)


def category_name(speak: Speaker, category: str) -> str:
    """Return a category as the reader's language has it, or else its id."""
    words = category_text(category)
    return words if isinstance(words, str) else speak(words)


def radius_px(seats: float, most: float) -> float:
    """Return the radius of a school's circle: its area goes with the seats.

    Examples
    --------
    >>> radius_px(400, 400), radius_px(100, 400)
    (12.0, 6.0)
    """
    if most <= 0:
        return _UNKNOWN_PX
    return round(max(_SMALLEST_PX, float(_LARGEST_PX * np.sqrt(seats / most))), 1)


def known_seats(city: City) -> pd.Series:
    """Return the seats of each school, by school_id; missing where no count is known."""
    head, seats = city.project.project, city["seats"]
    now = (seats["level"] == head.level) & (seats["year"] == head.year) & seats["seats"].notna()
    total = seats_by_school(city)
    return total.where(total.index.isin(seats.loc[now, "school_id"])).astype("Float64")


def school_records(
    city: City, table: ZoneTable, speak: Speaker, plan: pd.DataFrame | None = None
) -> list[dict[str, Any]]:
    """Return one record a school for the page, in the order of the table `schools`.

    With a plan (as `plan_in` returns it) by category, each says how many units it takes for which.
    """
    schools, seats = city["schools"], known_seats(city)
    most = float(seats.max()) if seats.notna().any() else 0.0
    zones = table.frame.set_index("zone_id", drop=False)
    served = city["serves"].groupby("school_id")["zone_id"].agg(list).to_dict()
    own = [served.get(school, []) for school in schools["school_id"]]
    shapes = [zones.loc[ids].geometry.dropna().to_numpy() for ids in own]
    outside = outside_own(schools.geometry, shapes)
    classes, taken = _classes(city), {} if plan is None else _units_by_category(city, plan, speak)
    records = []
    for (_, row), ids, out in zip(schools.iterrows(), own, outside, strict=True):
        n = seats[row["school_id"]]
        rows: list[cards.Row] = [
            (say("kind of school"), kind_text(row["kind"])),
            (say("classes"), cards.count(classes.get(row["school_id"]))),
            (say("seats"), say("not known") if pd.isna(n) else cards.count(n)),
            *_served_rows(table, zones, ids, speak),
            (say("planning units"), taken.get(row["school_id"], [])),
        ]
        notes = [say("It lies outside the zones that it serves.")] if out else []
        if not ids:
            notes.append(say("It serves no zone."))
        name = cards.name_of(row, "school_id")
        records.append(
            {
                "name": name,
                "radius": _UNKNOWN_PX if pd.isna(n) else radius_px(float(n), most),
                "hollow": bool(pd.isna(n)),
                "card": cards.card(speak, name, speak(say("school")), rows, notes),
            }
        )
    return records


def unit_records(city: City, plan: pd.DataFrame, table: ZoneTable, speak: Speaker) -> list[Any]:
    """Return one record a planning unit for the page, in the order of the table `units`."""
    label = speak.choose(city.project.zone_label.model_dump())
    zones = {row["zone_id"]: cards.name_of(row, "zone_id") for row in _rows(table.frame)}
    belongs: dict[str, list[str]] = {}
    for row in _rows(plan):
        name = zones.get(row["zone_id"], row["zone_id"])
        own = name if row["category"] == ANY else f"{name} ({category_name(speak, row['category'])})"
        belongs.setdefault(row["unit_id"], []).append(own)
    counts: dict[str, list[str]] = {}
    now = city["demand"][city["demand"]["year"] == city.project.project.year]
    for row in _rows(now):
        said = f"{category_name(speak, row['category'])}: {cards.count(row['children'])}"
        counts.setdefault(row["unit_id"], []).append(said)
    records, kind = [], speak(say("planning unit"))
    for row in _rows(city["units"]):
        rows: list[cards.Row] = [
            (label, belongs.get(row["unit_id"], [])),
            (say("households"), cards.count(row["households"])),
            (say("children"), counts.get(row["unit_id"], [])),
            # a plain name that is its own scope says it once
            (say("scope"), None if row["scope_text"] == row["unit_id"] else row["scope_text"]),
        ]
        name = cards.name_of(row, "unit_id")
        records.append({"name": name, "card": cards.card(speak, name, kind, rows)})
    return records


def link_records(city: City, speak: Speaker) -> list[dict[str, Any]]:
    """Return one record a link (bridge, tunnel, crossing), in the order of the table `links`."""
    records = []
    for _, row in city["links"].iterrows():
        name = cards.name_of(row, "link_id")
        length = say("{n} m", n=cards.count(row["length_m"]))
        rows: list[cards.Row] = [(say("kind"), row["kind"]), (say("length"), length)]
        kind = speak(say("bridge, tunnel or crossing"))
        records.append({"name": name, "card": cards.card(speak, name, kind, rows)})
    return records


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    # thousands of rows: plain dictionaries are many times quicker than the rows of a frame
    rows: list[dict[str, Any]] = frame.drop(columns="geometry", errors="ignore").to_dict("records")
    return rows


def _served_rows(table: ZoneTable, zones: pd.DataFrame, ids: list[str], speak: Speaker) -> list[cards.Row]:
    listed = []
    for zone in ids:
        row = zones.loc[zone]
        name = cards.name_of(row, "zone_id")
        n = cards.count(row["children"])
        if table.counted and np.isfinite(row["ratio"]):
            ratio = percent(row["ratio"])
            words = say("{zone}: {n} children, {ratio} of the seats", zone=name, n=n, ratio=ratio)
            name = speak(words)
        elif table.counted:
            name = speak(say("{zone}: {n} children", zone=name, n=n))
        listed.append(name)
    rows: list[cards.Row] = [(say("serves"), listed)]
    if table.counted and len(ids) > 1:
        total = zones.loc[ids, "children"].sum()
        rows.append((say("children of these zones"), cards.count(total)))
    return rows


def _units_by_category(city: City, plan: pd.DataFrame, speak: Speaker) -> dict[str, list[str]]:
    """Return for each school how many units it serves for each category; nothing if all have one plan."""
    said: dict[str, list[str]] = {}
    for category in categories_of(plan):
        units = plan_for(plan, category).merge(city["serves"], on="zone_id").groupby("school_id").size()
        for school, n in units.items():
            said.setdefault(str(school), []).append(f"{category_name(speak, category)}: {cards.count(n)}")
    return said


def _classes(city: City) -> dict[str, float]:
    head, seats = city.project.project, city["seats"]
    now = seats[(seats["level"] == head.level) & (seats["year"] == head.year)]
    entry = now[now["grade"] == now.groupby("school_id")["grade"].transform("min")]
    total = entry.groupby("school_id")["classes"].sum(min_count=1).dropna()
    return {str(school): float(n) for school, n in total.items()}
