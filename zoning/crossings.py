"""Ways to school that cross a barrier: water, a railway, a main road.

1. A way is the straight line from a home to a school. It crosses what `zoning.polygons.adjacency` calls
   crossed: a barrier that the line meets (`barriers`: lines or polygons). Where its ends lie on two land
   parts, it crosses the water between them, whether that is drawn as a barrier or not.
2. A barrier on the way is bridged if a link (bridge, tunnel, crossing) leads over it within
   `BRIDGED_WITHIN_M` of the way. A link leads over a barrier that its line meets, or that is within
   `BARRIER_NEAR_M` of one of its ends. Water between two land parts is bridged if links lead from one to
   the other, however far away: the metres are counted over them.
3. A crossing is a crossing also where it is bridged: a planner wants to know both numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geodata import City
from zoning.polygons.adjacency import BARRIER_NEAR_M
from zoning.travel import Coordinates, Travel

Marks = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]

BRIDGED_WITHIN_M = 300.0
"""How far from the straight way a bridge may be and still serve it: assumed, no source states a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Barriers:
    """What cannot be walked across, and where it can.

    Parameters
    ----------
    shapes : array of geometry, shape (b,)
        The barriers.
    spots : array of geometry, shape (k,)
        The places at which a link leads over a barrier.
    over : array of int, shape (k,)
        Over which barrier, as a position in `shapes`.
    """

    shapes: Shapes
    spots: Shapes
    over: npt.NDArray[np.intp]


def barriers_of(city: City) -> Barriers:
    """Return the barriers of a city, and the places at which links lead over them."""
    shapes, links = (_shapes(city, table) for table in ("barriers", "links"))
    which, over = shapely.STRtree(shapes).query(links, predicate="intersects")
    spots = shapely.intersection(links[which], shapes[over])
    whole = shapely.line_merge(links)
    ends = np.concatenate([shapely.get_point(whole, 0), shapely.get_point(whole, -1)])
    ends = ends[~shapely.is_missing(ends)]  # a link in pieces has none
    end, near = shapely.STRtree(shapes).query(ends, predicate="dwithin", distance=BARRIER_NEAR_M)
    return Barriers(
        shapes=shapes, spots=np.concatenate([spots, ends[end]]), over=np.concatenate([over, near])
    )


def crossings(
    barriers: Barriers,
    travel: Travel,
    homes: Coordinates,
    home_parts: npt.NDArray[np.int64],
    schools: Coordinates,
    school_parts: npt.NDArray[np.int64],
) -> tuple[Marks, Marks]:
    """Return for every home and school whether the way crosses a barrier, and one that is not bridged.

    Parameters
    ----------
    barriers : Barriers
    travel : Travel
        The ground: its land parts and the links between them.
    homes, schools : array, shape (h, 2) and (s, 2)
        Easting and northing in the metric CRS; NaN where unknown.
    home_parts, school_parts : array of int, shape (h,) and (s,)
        As `zoning.travel.part_of` gives them.

    Returns
    -------
    crosses, unbridged : array of bool, shape (h, s)
        Both False where either place is unknown: `ways_known` tells these apart.
    """
    from_, to = home_parts[:, None], school_parts[None, :]
    crosses: Marks = np.asarray((from_ >= 0) & (to >= 0) & (from_ != to), dtype=np.bool_)
    unbridged: Marks = np.asarray(crosses & ~_linked(travel)[from_, to], dtype=np.bool_)
    if len(barriers.shapes):
        _mark(barriers, homes, schools, crosses, unbridged)
    return crosses, unbridged


def ways_known(homes: Coordinates, schools: Coordinates) -> Marks:
    """Return for every home and school whether both places are known, shape (h, s)."""
    here, there = (np.asarray(np.isfinite(one).all(axis=1)) for one in (homes, schools))
    return np.asarray(np.logical_and.outer(here, there), dtype=np.bool_)


def _shapes(city: City, table: str) -> Shapes:
    shapes = city[table].geometry.to_numpy()
    return np.asarray(shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))], dtype=object)


def _mark(
    barriers: Barriers, homes: Coordinates, schools: Coordinates, crosses: Marks, unbridged: Marks
) -> None:
    """Mark the ways that meet a barrier, in place."""
    from zoning.crossing_kernel import mark_ways  # numba takes its time to load

    pieces, barrier = straight_pieces(barriers.shapes)
    spots, spot = straight_pieces(barriers.spots)
    over = barriers.over[spot]
    order = np.argsort(over, kind="stable")
    # a way that meets no outline may lie inside a polygon: then its home does
    there = np.flatnonzero(np.isfinite(homes).all(axis=1))
    home, within = shapely.STRtree(barriers.shapes).query(
        shapely.points(homes[there]), predicate="intersects"
    )
    by_home = np.lexsort([within, home])
    mark_ways(
        homes,
        schools,
        pieces,
        barrier,
        spots[order],
        np.searchsorted(over[order], np.arange(len(barriers.shapes) + 1)),
        within[by_home],
        np.searchsorted(there[home[by_home]], np.arange(len(homes) + 1)),
        BRIDGED_WITHIN_M,
        crosses,
        unbridged,
    )


def straight_pieces(shapes: Shapes) -> tuple[Coordinates, npt.NDArray[np.int64]]:
    """Return the straight pieces of outlines, lines and points (of no length), and of which shape each is.

    Examples
    --------
    >>> corner = shapely.LineString([(0, 0), (1, 0), (1, 2)])
    >>> pieces, of = straight_pieces(np.array([shapely.Point(7, 8), corner]))
    >>> pieces.tolist(), of.tolist()
    ([[7.0, 8.0, 7.0, 8.0], [0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 1.0, 2.0]], [0, 1, 1])
    """
    parts, of = shapely.get_parts(shapes, return_index=True)
    parts, again = shapely.get_parts(parts, return_index=True)  # a collection may hold collections
    of = of[again]
    areas = shapely.get_type_id(parts) == 3
    rings, ring = shapely.get_rings(parts[areas], return_index=True)
    lines = np.concatenate([parts[~areas], rings])
    of = np.concatenate([of[~areas], of[areas][ring]])
    places, line = shapely.get_coordinates(lines, return_index=True)
    alone = np.flatnonzero(np.bincount(line, minlength=len(lines))[line] == 1)
    begin = np.concatenate([np.flatnonzero(line[1:] == line[:-1]), alone])
    end = np.concatenate([begin[: len(begin) - len(alone)] + 1, alone])
    order = np.lexsort([begin, of[line[begin]]])
    pieces = np.hstack([places[begin[order]], places[end[order]]])
    return pieces, of[line[begin[order]]].astype(np.int64)


def _linked(travel: Travel) -> Marks:
    """Return which land parts are joined by links, shape (p, p), at least one by one."""
    p = max(len(travel.parts), 1)
    found = np.eye(p, dtype=np.bool_)
    first, second = np.nonzero(np.isfinite(travel.between_ends_m))
    found[travel.end_parts[first], travel.end_parts[second]] = True
    return found
