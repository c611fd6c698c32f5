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
from zoning.plans.ways import Crossing
from zoning.travel import Metres


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a plan comes to.

    Parameters
    ----------
    zones : DataFrame, shape (zones,)
        zone_id, children, seats (a school's seats are shared by its zones in proportion to their
        children), over (children beyond the seats), utilisation (children over seats, NaN without seats),
        mean_m (metres to the nearest school of the zone, by child), parts (connected parts, 0 without
        polygons), compactness (Polsby-Popper, NaN without polygons); where the project knows them, mean_s
        (seconds to the quickest school of the zone, by child), crossings, unbridged (children).
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
    seats : int
        Of all schools that serve a zone.
    mean_s, untimed, not_quickest : float, int, int, optional
        As mean_m, unmeasured, not_nearest, by the seconds that the project gives; None where it gives none.
    crossings, unbridged, unseen : int, optional
        Children whose way to the nearest school of their zone crosses a barrier; those of them for whom no
        link near the way leads over one; those of whom it is not known. None where the project has no
        barriers.
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
    seats: int = 0
    mean_s: float | None = None
    untimed: int | None = None
    not_quickest: int | None = None
    crossings: int | None = None
    unbridged: int | None = None
    unseen: int | None = None


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
    zone = np.where(plan >= 0, plan, z)  # one row more, for units without a zone
    children = _sum(zone, board.children, z + 1)
    children[:z] += board.in_zone.sum(axis=0)
    seats = _shared_seats(board, children[:z])
    travelled = _travel(board, plan, zone, board.metres, board.least_m)
    parts, compactness = _shapes(board, plan)
    over = np.maximum(children[:z] - seats, 0.0)
    table = pd.DataFrame(
        {
            "zone_id": board.zones,
            "children": children[:z].astype(np.int64),
            "seats": seats,
            "over": over,
            "utilisation": _share(children[:z], seats),
            "mean_m": travelled.by_zone,
            "parts": parts,
            "compactness": compactness,
        }
    )
    more: dict[str, Any] = {}
    if board.seconds is not None and board.least_s is not None:
        timed = _travel(board, plan, zone, board.seconds, board.least_s)
        table["mean_s"] = timed.by_zone
        more |= {"mean_s": timed.mean, "untimed": timed.unknown, "not_quickest": timed.not_least}
    if board.crossing is not None:
        more |= _crossings(board, board.crossing, plan, zone, table)
    return Score(
        zones=table,
        children=int(children.sum()) + board.lost,
        over=float(over.sum()),
        unplaced=int(children[z]) + board.lost,
        mean_m=travelled.mean,
        unmeasured=travelled.unknown,
        not_nearest=travelled.not_least,
        split_communities=_split(board, plan),
        in_parts=int((parts > 1).sum()),
        outside=_outside(board, plan),
        seats=int(board.seats[np.unique(board.school)].sum()),
        **more,
    )


def _shared_seats(board: Board, children: Floats) -> Floats:
    """Return the seats of each zone, shape (zones,), as `zoning.pressure.seat_shares` shares them."""
    s = len(board.schools)
    weight = children[board.zone]
    total = _sum(board.school, weight, s)[board.school]
    served = np.bincount(board.school, minlength=s)[board.school]
    share = np.divide(weight, total, out=1.0 / served, where=total > 0)
    return _sum(board.zone, board.seats[board.school] * share, len(board.zones))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Travelled:
    """Metres or seconds, means by zone (z,) and of all; children without, and with less elsewhere."""

    by_zone: Floats
    mean: float
    unknown: int
    not_least: int


def _travel(board: Board, plan: Plan, zone: Numbers, away: Metres, least: Metres) -> _Travelled:
    """Add up the metres or seconds to the zones of a plan; `away` and `least` as the board has them."""
    z, placed = len(board.zones), plan >= 0
    own = _own(away, plan)
    known = (own < UNKNOWN_M) & placed
    walked = np.where(known, own, 0).astype(np.int64) * board.children
    total = _sum(zone, walked, z + 1)[:z]
    counted = _sum(zone, np.where(known, board.children, 0), z + 1)[:z]
    return _Travelled(
        by_zone=_share(total, counted),
        mean=float(_share(total.sum(), counted.sum())),
        unknown=int(board.children[placed & ~known].sum() + board.in_zone.sum()),
        not_least=int(board.children[known & (own > least)].sum()),
    )


def _crossings(
    board: Board, crossing: Crossing, plan: Plan, zone: Numbers, table: pd.DataFrame
) -> dict[str, int]:
    """Return the children whose way crosses, and add them by zone to a table."""
    z, found = len(board.zones), {}
    placed = plan >= 0
    for name, marks in (("crossings", crossing.crosses), ("unbridged", crossing.unbridged)):
        counted = _sum(zone, np.where(_own(marks, plan) & placed, board.children, 0), z + 1)[:z]
        table[name] = counted.astype(np.int64)
        found[name] = int(counted.sum())
    unseen = board.children[placed & ~_own(crossing.known, plan)]
    return {**found, "unseen": int(unseen.sum() + board.in_zone.sum())}


def _own(pairs: npt.NDArray[Any], plan: Plan) -> npt.NDArray[Any]:
    """Return what stands at each unit's own zone, shape (c, n); at that of any zone where it has none."""
    return pairs[np.arange(pairs.shape[0]), np.maximum(plan, 0)]


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
