"""What another plan moves, where the two runs may have other zones and schools."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geodata.metres import UNKNOWN_M
from simulate.dossier.cases import Case
from zoning.plan import ANY, rows_held
from zoning.plans.board import plan_on


def moves_between_plans(before: Case, after: Case) -> pd.DataFrame:
    """Return every unit and category that the later plan moves; as `Material.moves`.

    Notes
    -----
    The two runs may have other zones and schools, so each distance is measured in its own run: metres from
    the unit to the nearest school of its zone. Where all categories are moved alike, they are one row with
    the category "".
    """
    if before.board is None or after.board is None:
        return no_moves()
    old, new = _zones_long(before), _zones_long(after)
    both = old.merge(new, on=["unit_id", "category"], how="outer", suffixes=("_old", "_new"))
    moved = both[both["zone_old"].fillna("") != both["zone_new"].fillna("")]
    table = pd.DataFrame(
        {
            "unit_id": moved["unit_id"],
            "category": moved["category"],
            "from_zone": moved["zone_old"],
            "to_zone": moved["zone_new"],
            "children": moved["children_new"].fillna(moved["children_old"]).fillna(0).astype("int64"),
            "before_m": moved["metres_old"],
            "after_m": moved["metres_new"],
        }
    )
    return _with_reasons(_alike_as_one(table, both), after)


def ways_of_units(case: Case) -> pd.DataFrame | None:
    """Return how far each unit is from the nearest school of its zone; None where there are no units.

    Returns
    -------
    DataFrame
        unit_id, distance_m (missing where it is not known). Where categories have zones of their own, it is
        the farthest.
    """
    if case.board is None:
        return None
    ways = _zones_long(case).groupby("unit_id")["metres"].max()
    return ways.rename("distance_m").reset_index()


def no_moves() -> pd.DataFrame:
    """Return the table without a row."""
    names = ["unit_id", "category", "from_zone", "to_zone", "children", "before_m", "after_m"]
    return pd.DataFrame(columns=[*names, "reason_code", "settled_before", "keep_or_choose"])


def _zones_long(case: Case) -> pd.DataFrame:
    board = case.board
    assert board is not None
    plan = plan_on(board, case.plan)
    row, unit = np.indices(plan.shape).reshape(2, -1)
    zone = plan.ravel()
    metres = np.where(zone >= 0, board.metres[unit, np.maximum(zone, 0)], UNKNOWN_M)
    return pd.DataFrame(
        {
            "unit_id": board.units[unit],
            "category": np.array(board.categories, dtype=object)[row],
            "zone": pd.Series(board.zones[np.maximum(zone, 0)], dtype="str").mask(zone < 0),
            "children": board.children[row, unit],
            "metres": pd.Series(metres, dtype="Int64").mask(metres >= UNKNOWN_M),
        }
    )


def _alike_as_one(moves: pd.DataFrame, everything: pd.DataFrame) -> pd.DataFrame:
    """Return moves with one row for a unit whose categories all move alike."""
    count = everything.groupby("unit_id").size()
    grouped = moves.groupby("unit_id")
    same = (
        (grouped["from_zone"].nunique(dropna=False) == 1)
        & (grouped["to_zone"].nunique(dropna=False) == 1)
        & (grouped.size() == count.reindex(grouped.size().index))
    )
    whole = moves["unit_id"].isin(same.index[same])
    first = moves[whole].drop_duplicates("unit_id").assign(category=ANY)
    sums = moves[whole].groupby("unit_id")["children"].sum()
    first["children"] = first["unit_id"].map(sums).astype("int64")
    both = pd.concat([first, moves[~whole]])
    return both.sort_values(["unit_id", "category"], kind="stable").reset_index(drop=True)


def _with_reasons(moves: pd.DataFrame, after: Case) -> pd.DataFrame:
    held = rows_held(after.city["plan"], after.city.project.project.year)
    columns = ["reason_code", "settled_before", "keep_or_choose"]
    rows = held.drop_duplicates(["unit_id", "category"])[["unit_id", "category", *columns]]
    own = moves.merge(rows, on=["unit_id", "category"], how="left", validate="1:1")
    every = rows[rows["category"] == ANY].set_index("unit_id")
    for name in columns:
        own[name] = own[name].where(own[name].notna(), own["unit_id"].map(every[name]))
    return own
