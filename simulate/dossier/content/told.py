"""What the tables of a dossier tell, as maps and plots take it: what is not told is missing to them too."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from simulate.dossier.cases import Case
from simulate.dossier.model import Table, Value
from simulate.dossier.suppressing import WITHHELD

When = Literal["before", "after"]


def number_of(value: Value) -> float:
    """Return the number of a cell; NaN where it is absent or not told.

    Examples
    --------
    >>> number_of(7), number_of("<5"), number_of(None)
    (7.0, nan, nan)
    """
    return float(value) if isinstance(value, int | float) else float("nan")


def school_table_of(table: Table) -> pd.DataFrame:
    """Return T6 as the plots take it: school_id, name, seats, placed and, with a base, before."""
    own = schools_told(table, "after").assign(name=[table.value(key, "name") for key in _rows(table)])
    if _has(table, "placed_before"):
        own["before"] = schools_told(table, "before")["placed"]
    return own


def schools_told(table: Table, when: When) -> pd.DataFrame:
    """Return what T6 tells of the schools: school_id, seats, placed."""
    return _numbers(table, "school_id", {"seats": f"seats_{when}", "placed": f"placed_{when}"})


def pressure_told(case: Case, table: Table, when: When) -> pd.DataFrame:
    """Return what T6a tells of the zones of a run: zone_id, children, seats, ratio, colour."""
    colours = case.summary.zones.set_index(case.summary.zones["zone_id"].astype(str))["colour"]
    own = _numbers(table, "zone_id", {name: f"{name}_{when}" for name in ("children", "seats", "ratio")})
    # as T6a: a colour may tell of a small count
    told = [table.value(zone, f"warning_{when}") != WITHHELD for zone in own["zone_id"]]
    shown = own["zone_id"].map(colours).where(told, "none")
    return own.assign(colour=shown)[own["zone_id"].isin(colours.index)]


def flows_told(table: Table, when: When) -> pd.DataFrame:
    """Return the flows that T9a tells: zone_id, school_id, children."""
    own = _numbers(table, "pair", {"children": f"children_{when}"})
    ends = own["pair"].str.split("|", expand=True).reindex(columns=[0, 1])
    flows = own.assign(zone_id=ends[0], school_id=ends[1])
    return flows.loc[flows["children"] > 0, ["zone_id", "school_id", "children"]].astype(
        {"children": "int64"}
    )


def district_flows_told(table: Table) -> pd.DataFrame:
    """Return what T9 or T9b tells of the ways between districts: start, end, children."""
    ids = _rows(table)
    counts = np.array([[number_of(table.value(start, f"to|{end}")) for end in ids] for start in ids])
    start, end = np.nonzero(np.nan_to_num(counts) * (1 - np.eye(len(ids))))
    names = np.array(ids, dtype=object)
    return pd.DataFrame(
        {"start": names[start], "end": names[end], "children": counts[start, end].astype("int64")}
    )


def moved_told(table: Table, moves: pd.DataFrame) -> pd.Series:
    """Return the children that T5 tells for each row of the moves.

    Parameters
    ----------
    table : Table
        T5, as published.
    moves : DataFrame
        As `Material.moves`.
    """
    keys = [f"{u}|{c}" for u, c in zip(moves["unit_id"], moves["category"], strict=True)]
    return pd.Series(
        [number_of(table.value(key, "children")) for key in keys], index=moves.index, dtype=float
    )


def moves_told(table: Table | None, moves: pd.DataFrame) -> pd.DataFrame:
    """Return the children of each move from a zone to another: start, end ("" is none), children.

    They are missing where those of one address are not told.
    """
    if table is None:
        return pd.DataFrame({"start": [], "end": [], "children": []})
    pairs = moves.assign(
        children=moved_told(table, moves),
        start=moves["from_zone"].astype("object").fillna(""),
        end=moves["to_zone"].astype("object").fillna(""),
    )
    sums = pairs.groupby(["start", "end"])["children"].agg(lambda own: own.sum(skipna=False))
    return sums.reset_index()


def _rows(table: Table) -> tuple[str, ...]:
    return table.keys[: len(table.keys) - table.totals]


def _has(table: Table, column: str) -> bool:
    return any(one.key == column for one in table.columns)


def _numbers(table: Table, id: str, columns: dict[str, str]) -> pd.DataFrame:
    """Return the numbers of some columns of a table, without its totals, by what its rows are about."""
    keys = _rows(table)
    found = {
        name: [number_of(table.value(key, column)) for key in keys] if _has(table, column) else np.nan
        for name, column in columns.items()
    }
    return pd.DataFrame({id: pd.Series(keys, dtype="str"), **found})
