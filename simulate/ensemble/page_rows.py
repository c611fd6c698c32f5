"""What the page of an ensemble says of each scenario: zones, districts, flows, with names for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from geodata.messages import Speaker, say
from simulate.ensemble.paired import VERDICTS
from simulate.ensemble.sides import Side, zone_differences
from simulate.ensemble.tables import tables_of
from simulate.ensemble.telling import (
    NOTHING,
    amount,
    chance_words,
    change_words,
    spread_words,
    title_of,
    verdict_counts,
    zones_by_chance,
)
from zoning.maps.colours import FILLS
from zoning.pressure import COLOURS

MOST_ZONES = 400
"""So many zones stand on the page for each scenario; the tables have all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """Names by id, and the district of a zone where that is known."""

    zones: Mapping[str, str]
    districts: Mapping[str, str]
    district_of: Mapping[str, str]


def called_in(*folders: Path) -> Called:
    """Return the names in the tables of some folders; a later folder goes before an earlier one.

    Parameters
    ----------
    *folders : Path
        Where `zones.parquet` and `districts.parquet` may lie: those of the base, those of a scenario.
    """
    zones: dict[str, str] = {}
    districts: dict[str, str] = {}
    of: dict[str, str] = {}
    for folder in folders:
        table = _columns(folder / "zones.parquet", ("zone_id", "name", "district_id"))
        zones |= _pairs(table, "zone_id", "name")
        of |= _pairs(table, "zone_id", "district_id")
        districts |= _pairs(
            _columns(folder / "districts.parquet", ("district_id", "name")), "district_id", "name"
        )
    return Called(zones=zones, districts=districts, district_of=of)


def _columns(path: Path, wanted: tuple[str, ...]) -> pd.DataFrame:
    if not path.is_file():
        return pd.DataFrame(columns=list(wanted))
    return pd.read_parquet(path, columns=list(wanted))


def _pairs(table: pd.DataFrame, key: str, value: str) -> dict[str, str]:
    there = table[table[key].notna() & table[value].notna()]
    return dict(zip(there[key].astype(str), there[value].astype(str), strict=True))


def scenario_rows(side: Side, base: Side | None, called: Called, speak: Speaker) -> dict[str, Any]:
    """Return what the page says of one scenario.

    Parameters
    ----------
    side : Side
    base : Side, optional
        What it is compared with; None of the base itself.
    called : Called
    speak : Speaker
    """
    tables = tables_of(side.places, side.stack)
    differ = None if base is None else zone_differences(base, side)
    return {
        "id": side.id,
        "title": title_of(side, speak),
        "zones": _zone_rows(tables["zones"], differ, called, speak),
        "all_zones": len(tables["zones"]),
        "counts": _count_words(differ, speak),
        "districts": [_district_row(row, called) for row in tables["districts"].to_dict("records")],
        "flows": flow_rows(tables["flows"], side, called),
        "notes": [speak(note) for note in side.notes],
    }


def _zone_rows(
    zones: pd.DataFrame, differ: pd.DataFrame | None, called: Called, speak: Speaker
) -> list[dict[str, Any]]:
    against: dict[str, dict[Any, Any]] = {}
    if differ is not None:
        own = differ[differ["group"] == "all"]
        against = {str(row["zone_id"]): row for row in own.to_dict("records")}
    first = zones_by_chance(zones).head(MOST_ZONES)
    return [
        _zone_row(row, against.get(str(row["zone_id"])), called, speak) for row in first.to_dict("records")
    ]


def _zone_row(
    row: Mapping[Any, Any], against: Mapping[Any, Any] | None, called: Called, speak: Speaker
) -> dict[str, Any]:
    zone = str(row["zone_id"])
    district = called.district_of.get(zone, "")
    shown: dict[str, Any] = {
        "id": zone,
        "name": called.zones.get(zone, zone),
        "district": called.districts.get(district, district),
        "seats": amount(row["seats"], "seats"),
        "seats_value": row["seats"],
        "children": amount(row["children"], "children"),
        "children_value": row["children"],
        "children_spread": _spread(row["children_q05"], row["children_q95"]),
        "strip": [(FILLS[name], round(100 * row[name], 2), name) for name in COLOURS if row[name] > 0],
        "red": row["red"],
        "verdict": "",
        "words": "",
        "change": "",
        "change_value": 0.0,
    }
    for group in ("", "household_"):
        shown[f"{group}chance"] = chance_words(
            row[f"{group}short_probability"], row[f"{group}short_low"], row[f"{group}short_high"]
        )
        shown[f"{group}chance_value"] = row[f"{group}short_probability"]
        shown[f"{group}short"] = amount(row[f"{group}short_mean"], "seats")
        shown[f"{group}short_value"] = row[f"{group}short_mean"]
        shown[f"{group}short_spread"] = _spread(row[f"{group}short_q05"], row[f"{group}short_q95"])
    if against is not None:
        known = against["unpaired_se"] if pd.isna(against["paired_se"]) else against["paired_se"]
        change, error = change_words(float(against["difference"]), float(known), "seats", speak)
        shown["verdict"] = against["verdict"]
        shown["words"] = speak(VERDICTS[str(against["verdict"])])
        shown["change"] = (
            NOTHING if against["verdict"] == "same" else f"{change} ± {error}" if error else change
        )
        shown["change_value"] = float(against["difference"])
    return shown


def _count_words(differ: pd.DataFrame | None, speak: Speaker) -> str:
    """Return how many zones came to which verdict, in words; "" of the base."""
    if differ is None:
        return ""
    counts = verdict_counts(differ)["all"]
    told = [f"{speak(VERDICTS[name])} {number:,}" for name, number in counts.items() if number]
    return speak(say("; ")).join(told)


def _spread(low: float, high: float) -> str:
    return spread_words(float(low), float(high), "seats")


def _district_row(row: Mapping[Any, Any], called: Called) -> dict[str, Any]:
    district = str(row["district_id"])
    names = ("children", "household", "stayed", "out", "in", "coordinated_out", "coordinated_in", "short")
    return {
        "name": called.districts.get(district, district),
        "seats": amount(row["seats"], "seats"),
        "numbers": [
            (amount(row[name], "children"), _spread(row[f"{name}_q05"], row[f"{name}_q95"]))
            for name in names
        ],
    }


def flow_rows(flows: pd.DataFrame, side: Side, called: Called) -> dict[str, Any]:
    """Return the flows as a square of districts: the mean, its spread, and of these coordinated."""
    known = {
        (home, school): row
        for row in flows.to_dict("records")
        for home, school in [(_id(row["home_district_id"]), _id(row["school_district_id"]))]
    }
    ids: list[str] = [str(one) for one in side.places.districts]
    if any("" in pair for pair in known):
        ids.append("")
    most = max((row["mean"] for pair, row in known.items() if pair[0] != pair[1]), default=0.0) or 1.0
    rows = []
    for home in ids:
        cells = []
        for school in ids:
            row = known.get((home, school))
            own = home == school
            cells.append(
                {
                    "amount": "·" if row is None else amount(row["mean"], "children"),
                    "spread": "" if row is None else _spread(row["q05"], row["q95"]),
                    "coordinated": ""
                    if row is None or not row["coordinated_mean"]
                    else amount(row["coordinated_mean"], "children"),
                    "own": own,
                    "shade": 0.0 if own or row is None else round(0.08 + 0.72 * row["mean"] / most, 2),
                }
            )
        rows.append({"name": called.districts.get(home, home) or NOTHING, "cells": cells})
    return {"columns": [called.districts.get(one, one) or NOTHING for one in ids], "rows": rows}


def _id(value: Any) -> str:
    return value if isinstance(value, str) else ""
