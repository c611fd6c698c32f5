"""Which units another plan moves: from where, to where, how many children, how much farther."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geodata.metres import UNKNOWN_M
from zoning.plans.board import Board, Plan


def moves_on(board: Board, before: Plan, after: Plan, reasons: pd.DataFrame) -> pd.DataFrame:
    """Return every unit and category that a plan moves.

    Parameters
    ----------
    board : Board
    before, after : array of int64, shape (categories, units)
        As `plan_on` makes them.
    reasons : DataFrame
        unit_id, category ("" for all), reason_code of the later plan.

    Returns
    -------
    DataFrame
        unit_id, category, from_zone, to_zone (missing where there is none), children, before_m, after_m
        (missing where unknown), reason_code (missing where none is given); sorted by unit and category.
    """
    row, unit = np.nonzero(before != after)
    table = pd.DataFrame(
        {
            "unit_id": board.units[unit],
            "category": np.array(board.categories, dtype=object)[row],
            "from_zone": _names(board, before[row, unit]),
            "to_zone": _names(board, after[row, unit]),
            "children": board.children[row, unit],
            "before_m": _metres(board, unit, before[row, unit]),
            "after_m": _metres(board, unit, after[row, unit]),
        }
    )
    given = reasons.dropna(subset=["reason_code"]).drop_duplicates(["unit_id", "category"])
    index = given.set_index(["unit_id", "category"])["reason_code"]
    own = index.reindex(pd.MultiIndex.from_frame(table[["unit_id", "category"]])).to_numpy(dtype=object)
    every = index.reindex(pd.MultiIndex.from_product([table["unit_id"], [""]])).to_numpy(dtype=object)
    table["reason_code"] = pd.Series(np.where(pd.isna(own), every, own), dtype="str")
    return table.sort_values(["unit_id", "category"], kind="stable").reset_index(drop=True)


def _names(board: Board, zone: np.ndarray) -> pd.Series:
    return pd.Series(board.zones[np.maximum(zone, 0)], dtype="str").mask(zone < 0)


def _metres(board: Board, unit: np.ndarray, zone: np.ndarray) -> pd.Series:
    metres = np.where(zone >= 0, board.metres[unit, np.maximum(zone, 0)], UNKNOWN_M)
    return pd.Series(metres, dtype="Int64").mask(metres >= UNKNOWN_M)
