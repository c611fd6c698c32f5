"""Small tables for the tests of points: facts as short tuples, schedules as short dicts."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geodata.toml import record_from
from simulate.points.files import read_schedule, schedule_path
from simulate.points.schedule import Schedule
from simulate.points.scoring import Scored, score

HELD = {"from": datetime.date(2000, 1, 1), "source": "a test"}
NAMES = {"zh": "试", "en": "test"}
YEAR = 2023
Row = tuple[Any, ...]


def part(part_id: str, **values: Any) -> dict[str, Any]:
    """Return a dated part as a TOML file would hold it."""
    return {"id": part_id, "title": NAMES, **HELD, **values}


def months(item_id: str, *facts: Any, **values: Any) -> dict[str, Any]:
    """Return an item of one point a month of the facts (names or selections)."""
    counts = [one if isinstance(one, dict) else {"fact": one} for one in facts]
    base = {"kind": "per-unit", "counts": counts, "points": 1, "unit": "months", "pro_rata": "month"}
    return part(item_id, **(base | values))


def days(item_id: str, *facts: Any, **values: Any) -> dict[str, Any]:
    """Return an item of one point a day of the facts."""
    return months(item_id, *facts, **({"unit": "days", "pro_rata": "day"} | values))


def flat(item_id: str, points: Any, *when: dict[str, Any], **values: Any) -> dict[str, Any]:
    """Return an item of so many points where the conditions hold."""
    return part(item_id, kind="flat", points=points, when=list(when), **values)


def raw_schedule(
    facts: dict[str, Any], *items: dict[str, Any], decimals: int = 2, how: str = "half-up", **values: Any
) -> dict[str, Any]:
    """Return a schedule as a TOML file would hold it; counted until 30 April.

    Parameters
    ----------
    facts : fact -> kind, or fact -> {kind, …}
    """
    declared = [
        part(name, **({"kind": kind} if isinstance(kind, str) else kind)) for name, kind in facts.items()
    ]
    base = {
        "id": "test",
        "title": NAMES,
        "jurisdiction": "test",
        "categories": ["points"],
        "rounding": [{**HELD, "decimals": decimals, "how": how}],
        "counted_until": [{**HELD, "day": {"md": "04-30"}}],
        "fact": declared,
        "item": list(items),
        "order": [{**HELD, "keys": ["points desc", "ticket"]}],
    }
    return base | values


def schedule(*args: Any, **values: Any) -> Schedule:
    """Return the schedule of `raw_schedule`, as it holds in the year of the tests."""
    return record_from(raw_schedule(*args, **values), Schedule, "points.toml").at(
        datetime.date(YEAR, 8, 31)
    )


def shipped(name: str, year: int) -> Schedule:
    """Return a shipped schedule as it holds on 31 August of a year."""
    return read_schedule(schedule_path(name, Path())).at(datetime.date(year, 8, 31))


def facts_table(rows: Iterable[Row]) -> pd.DataFrame:
    """Return the table `facts` of rows (applicant, fact, from, until, value, district), or shorter."""
    full = [tuple(row) + (None,) * (6 - len(row)) for row in rows]
    names = ["applicant_id", "fact", "from", "until", "value", "district_id"]
    table = pd.DataFrame(full, columns=names, dtype=object)
    for name in ("from", "until"):
        table[name] = pd.to_datetime(table[name]).astype("datetime64[ms]")
    for name in ("applicant_id", "fact", "value", "district_id"):
        table[name] = table[name].astype("str")
    return table


def applicants_table(ids: Iterable[str], category: str = "points") -> pd.DataFrame:
    """Return applicants of one category."""
    names = pd.Series(list(ids), dtype="str")
    return pd.DataFrame({"applicant_id": names, "category": category})


def scored(
    rules: Schedule,
    rows: Iterable[Row],
    *,
    ids: Iterable[str] = ("a",),
    district: Any = "D",
    year: int = YEAR,
    **more: Any,
) -> Scored:
    """Score children by a schedule; all live in one district unless a list says otherwise."""
    names = list(ids)
    homes = [district] * len(names) if isinstance(district, str) or district is None else list(district)
    home = np.array(homes, dtype=object)
    return score(rules, facts_table(rows), applicants_table(names), home, year=year, **more)


def points_of(result: Scored, child: str = "a") -> float:
    """Return the total of a child."""
    return float(result.totals.set_index("applicant_id").loc[child, "points"])


def item_of(result: Scored, item: str, child: str = "a") -> pd.Series:
    """Return the row of a child and item."""
    rows = result.items
    return rows[(rows["applicant_id"] == child) & (rows["item"] == item)].iloc[0]
