"""Which units another plan moves: from where, to where, how many children, how much farther."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geodata.metres import UNKNOWN_M
from zoning.plans.board import Board, Numbers, Plan

_ORDER = ("before_m", "after_m", "before_s", "after_s", "before_crosses", "after_crosses")


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
        (missing where unknown), where the project gives seconds before_s, after_s, where it has barriers
        before_crosses, after_crosses (whether the way crosses one; missing where unknown), reason_code
        (missing where none is given); sorted by unit and category.
    """
    row, unit = np.nonzero(before != after)
    table = pd.DataFrame(
        {
            "unit_id": board.units[unit],
            "category": np.array(board.categories, dtype=object)[row],
            "from_zone": _names(board, before[row, unit]),
            "to_zone": _names(board, after[row, unit]),
            "children": board.children[row, unit],
            **_ways(board, unit, before[row, unit], after[row, unit]),
        }
    )
    given = reasons.dropna(subset=["reason_code"]).drop_duplicates(["unit_id", "category"])
    index = given.set_index(["unit_id", "category"])["reason_code"]
    own = index.reindex(pd.MultiIndex.from_frame(table[["unit_id", "category"]])).to_numpy(dtype=object)
    every = index.reindex(pd.MultiIndex.from_product([table["unit_id"], [""]])).to_numpy(dtype=object)
    table["reason_code"] = pd.Series(np.where(pd.isna(own), every, own), dtype="str")
    return table.sort_values(["unit_id", "category"], kind="stable").reset_index(drop=True)


def moved_on(board: Board, before: Plan, after: Plan) -> tuple[int, int]:
    """Return how many units a plan moves for any category, and the children whom it moves."""
    moved = before != after
    return int(moved.any(axis=0).sum()), int(board.children[moved].sum())


def _names(board: Board, zone: np.ndarray) -> pd.Series:
    return pd.Series(board.zones[np.maximum(zone, 0)], dtype="str").mask(zone < 0)


def _ways(board: Board, unit: Numbers, before: Numbers, after: Numbers) -> dict[str, pd.Series]:
    """Return the metres, seconds and crossings of each moved unit, before and after."""
    found: dict[str, pd.Series] = {}
    for when, zone in (("before", before), ("after", after)):
        at = unit, np.maximum(zone, 0)
        for name, away in (("m", board.metres), ("s", board.seconds)):
            if away is not None:
                own = np.where(zone >= 0, away[at], UNKNOWN_M)
                found[f"{when}_{name}"] = pd.Series(own, dtype="Int64").mask(own >= UNKNOWN_M)
        if board.crossing is not None:
            known = (zone >= 0) & board.crossing.known[at]
            crosses = pd.Series(board.crossing.crosses[at], dtype="boolean")
            found[f"{when}_crosses"] = crosses.mask(~known)
    return {name: found[name] for name in _ORDER if name in found}
