"""What a plan comes to: sums over units and edges, quick enough to follow every edit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array, csgraph

from geodata.metres import UNKNOWN_M
from zoning.plans.board import NO_ZONE, Board, Floats, Numbers, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a plan comes to.

    Parameters
    ----------
    zones : DataFrame, shape (zones,)
        zone_id, children, seats (a school's seats are shared by its zones in proportion to their
        children), over (children beyond the seats), utilisation (children over seats, NaN without seats),
        mean_m (metres to the nearest school of the zone, by child), parts (connected parts, 0 without
        polygons), compactness (Polsby-Popper, NaN without polygons).
    children, over, unplaced : int, float, int
        All children; those beyond the seats of their zones; those of units without a zone, or of whom
        neither unit nor zone is known.
    mean_m : float
        Metres to the nearest school of the zone, by child; NaN where none is known.
    unmeasured, not_nearest : int
        Children whose distance is not known; those who have a nearer school in another zone of their
        category than in their own.
    split_communities, in_parts, outside : int
        Communities whose units lie in several zones; zones in more than one part; schools that lie in no
        zone that they serve.
    """

    zones: pd.DataFrame
    children: int
    over: float
    unplaced: int
    mean_m: float
    unmeasured: int
    not_nearest: int
    split_communities: int
    in_parts: int
    outside: int


def score_plan(board: Board, plan: Plan) -> Score:
    """Score a plan.

    Parameters
    ----------
    board : Board
    plan : array of int64, shape (categories, units)
        As `plan_on` makes it. Where categories have zones of their own, a zone's shape is that of the first
        category that has it, and a community is split if it is for any category.

    Notes
    -----
    A zone's perimeter is the sum of its units' perimeters less twice the borders inside it, which is what
    dissolving the units would give.
    """
    z = len(board.zones)
    placed = plan >= 0
    zone = np.where(placed, plan, z)  # one row more, for units without a zone
    children = _sum(zone, board.children, z + 1)
    children[:z] += board.in_zone.sum(axis=0)
    seats = _shared_seats(board, children[:z])
    metres, nearest = _travel(board, plan)
    known = (metres < UNKNOWN_M) & placed
    walked = np.where(known, metres, 0) * board.children
    counted = _sum(zone, np.where(known, board.children, 0), z + 1)
    total_m = _sum(zone, walked, z + 1)
    parts, compactness = _shapes(board, plan)
    over = np.maximum(children[:z] - seats, 0.0)
    table = pd.DataFrame(
        {
            "zone_id": board.zones,
            "children": children[:z].astype(np.int64),
            "seats": seats,
            "over": over,
            "utilisation": _share(children[:z], seats),
            "mean_m": _share(total_m[:z], counted[:z]),
            "parts": parts,
            "compactness": compactness,
        }
    )
    return Score(
        zones=table,
        children=int(children.sum()) + board.lost,
        over=float(over.sum()),
        unplaced=int(children[z]) + board.lost,
        mean_m=float(_share(total_m[:z].sum(), counted[:z].sum())),
        unmeasured=int(board.children[placed & ~known].sum() + board.in_zone.sum()),
        not_nearest=int(board.children[known & ~nearest].sum()),
        split_communities=_split(board, plan),
        in_parts=int((parts > 1).sum()),
        outside=_outside(board, plan),
    )


def _shared_seats(board: Board, children: Floats) -> Floats:
    """Return the seats of each zone, shape (zones,), as `zoning.pressure.seat_shares` shares them."""
    s = len(board.schools)
    weight = children[board.zone]
    total = _sum(board.school, weight, s)[board.school]
    served = np.bincount(board.school, minlength=s)[board.school]
    share = np.divide(weight, total, out=1.0 / served, where=total > 0)
    return _sum(board.zone, board.seats[board.school] * share, len(board.zones))


def _travel(board: Board, plan: Plan) -> tuple[Numbers, npt.NDArray[np.bool_]]:
    """Return the metres of each category and unit to its zone, and whether no other school is nearer."""
    units = np.arange(len(board.units))
    metres = np.where(plan >= 0, board.metres[units, np.maximum(plan, 0)], UNKNOWN_M).astype(np.int64)
    return metres, metres <= board.least_m


def _shapes(board: Board, plan: Plan) -> tuple[Numbers, Floats]:
    """Return how many parts each zone has, and how compact it is."""
    z = len(board.zones)
    parts, compactness = np.zeros(z, dtype=np.int64), np.full(z, np.nan)
    for row in _different(plan):
        found = _shapes_of(board, np.where(row >= 0, row, z))
        new = (parts == 0) & (found[0] > 0)
        parts[new], compactness[new] = found[0][new], found[1][new]
    return parts, compactness


def _shapes_of(board: Board, zone: Numbers) -> tuple[Numbers, Floats]:
    z, n = len(board.zones), len(board.units)
    inside = zone[board.first] == zone[board.second]
    edges = coo_array(
        (np.ones(int(inside.sum()), dtype=np.int8), (board.first[inside], board.second[inside])),
        shape=(n, n),
    )
    count, label = csgraph.connected_components(edges, directed=False)
    whole = board.area_m2 > 0
    owner = np.full(count, z, dtype=np.int64)
    owner[label[whole]] = zone[whole]
    parts = np.bincount(owner, minlength=z + 1)[:z]
    area = _sum(zone, board.area_m2, z + 1)[:z]
    perimeter = _sum(zone, board.perimeter_m, z + 1)[:z]
    border = _sum(zone[board.first[inside]], board.border_m[inside], z + 1)[:z]
    return parts, _share(4 * np.pi * area, (perimeter - 2 * border) ** 2)


def _different(plan: Plan) -> list[Numbers]:
    """Return the rows of a plan, each once, in the order of the categories."""
    return [row for at, row in enumerate(plan) if not any((row == plan[i]).all() for i in range(at))]


def _split(board: Board, plan: Plan) -> int:
    z = max(len(board.zones), 1)
    split: set[int] = set()
    for row in _different(plan):
        told = (board.community >= 0) & (row >= 0)
        pairs = np.unique(board.community[told] * z + row[told])
        split.update(np.flatnonzero(np.bincount(pairs // z) > 1).tolist())
    return len(split)


def _outside(board: Board, plan: Plan) -> int:
    """Count the schools that lie in a unit with a zone, and in none that they serve for any category."""
    s = len(board.schools)
    home, zoned = np.zeros(s, dtype=bool), np.zeros(s, dtype=bool)
    for row in _different(plan):
        lies = np.where(board.school_unit >= 0, row[board.school_unit], NO_ZONE)
        home[board.school[lies[board.school] == board.zone]] = True
        zoned |= lies >= 0
    serves = np.bincount(board.school, minlength=s) > 0
    return int((serves & zoned & ~home).sum())


def _sum(at: Numbers, weights: npt.NDArray[Any], length: int) -> Floats:
    return np.asarray(np.bincount(at.ravel(), weights=weights.ravel(), minlength=length), dtype=np.float64)


def _share(upper: npt.ArrayLike, lower: npt.ArrayLike) -> Floats:
    above, below = np.asarray(upper, dtype=np.float64), np.asarray(lower, dtype=np.float64)
    found = np.divide(above, below, out=np.full(below.shape, np.nan), where=below > 0)
    return np.asarray(found, dtype=np.float64)
