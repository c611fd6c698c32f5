"""Make units, zones, plan and serves of rows that say which unit belongs to which school."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from geodata.errors import Fault
from geodata.messages import say
from geodata.project import Catchments
from geodata.reading.raw import RawTable

ZONE_JOINER = "+"


def derive_tables(raw: RawTable, catchments: Catchments, faults: list[Fault]) -> dict[str, RawTable]:
    """Return the rows of four tables, made of unit-school pairs.

    Parameters
    ----------
    raw : RawTable
        One row a pair, after `select_rows`.
    catchments : Catchments
        Which columns hold the unit and the school.
    faults : list of Fault
        Missing columns are added here; then the result is empty. Blank cells are found when the rows
        are parsed as tables.

    Notes
    -----
    1. A unit is a distinct text; its identifier is the first group of `unit_id_pattern`, numbered
       where several texts share it (in the order of the texts, so that row order does not matter).
    2. The school set of a unit is the set of schools in whose rows it stands.
    3. A zone is the set of units with the same school set.
    """
    for column in (catchments.unit, catchments.school_id):
        if column not in raw.cells:
            there = ", ".join(raw.cells.columns)
            faults.append(
                Fault(
                    file=raw.file,
                    column=column,
                    allowed=say("this column is missing; there are: {there}", there=there),
                    remedy=say("name the right column under catchments in xuequ.toml"),
                )
            )
    if faults:
        return {}
    pairs = pd.DataFrame(
        {
            "text": raw.cells[catchments.unit].str.strip(),
            "school_id": raw.cells[catchments.school_id].str.strip(),
            "row": raw.rows,
        }
    )
    pairs["unit_id"] = pairs["text"].map(_unit_ids(pairs["text"], catchments.unit_id_pattern))
    schools = pairs.groupby("text")["school_id"].agg(lambda ids: tuple(sorted(set(ids))))
    pairs["zone_id"] = pairs["text"].map(schools.map(ZONE_JOINER.join))
    pairs = pairs.sort_values(["unit_id", "school_id"], kind="stable")
    district = catchments.district_id or ""

    units = pairs.drop_duplicates("unit_id")
    zones = units.groupby("zone_id", sort=True).agg(scope_text=("text", "；".join), row=("row", "min"))
    serves = pairs[["zone_id", "school_id", "row"]].drop_duplicates(["zone_id", "school_id"])
    return {
        "units": _rows(
            raw,
            units["row"],
            unit_id=units["unit_id"],
            name=units["unit_id"],
            scope_text=units["text"],
            district_id=district,
        ),
        "zones": _rows(
            raw,
            zones["row"],
            zone_id=zones.index.to_series(),
            name=zones.index.to_series(),
            scope_text=zones["scope_text"],
            district_id=district,
        ),
        "plan": _rows(raw, units["row"], unit_id=units["unit_id"], zone_id=units["zone_id"]),
        "serves": _rows(raw, serves["row"], zone_id=serves["zone_id"], school_id=serves["school_id"]),
    }


def _unit_ids(texts: pd.Series, pattern: str | None) -> dict[str, str]:
    short: dict[str, list[str]] = {}
    for text in sorted(set(texts)):
        match = re.match(pattern, text) if pattern else None
        short.setdefault(match.group(1) if match else text, []).append(text)
    ids: dict[str, str] = {}
    for name, same in short.items():
        for number, text in enumerate(same, start=1):
            ids[text] = name if len(same) == 1 else f"{name}/{number}"
    return ids


def _rows(raw: RawTable, rows: pd.Series, **columns: pd.Series | str) -> RawTable:
    plain = {name: value if isinstance(value, str) else value.to_numpy() for name, value in columns.items()}
    cells = pd.DataFrame(plain, index=range(len(rows)), dtype="str")
    return replace(raw, cells=cells, rows=rows.reset_index(drop=True), geometry=None)
