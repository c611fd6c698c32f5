"""The compiled loop behind `zoning.crossings`: which barriers each straight way meets.

Millions of ways stand against thousands of pieces of barriers. The pieces are laid in the cells of a grid,
and a way looks only at those in the cells that it runs through. All stand in one file: numba's cache looks
at the file of the function called, not at those of its callees.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]

_MOST_CELLS = 512
_LEAST_CELL_M = 20.0
_SLACK_M = 1e-3
"""A row of cells is taken in where a line passes this near: where it leaves a column is rounded."""

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])


def _compiled(kernel: _Kernel) -> _Kernel:
    return cast(_Kernel, cast(Any, njit)(cache=True, nogil=True)(kernel))


def mark_ways(
    homes: Floats,
    schools: Floats,
    pieces: Floats,
    barrier: Positions,
    spots: Floats,
    first_spot: Positions,
    within: Positions,
    first_within: Positions,
    radius_m: float,
    crosses: Marks,
    unbridged: Marks,
) -> None:
    """Mark in place the ways that meet a barrier, and those that meet one without a spot near the way.

    Parameters
    ----------
    homes, schools : array, shape (h, 2) and (s, 2)
        Easting and northing; NaN where unknown: their ways are left as they are.
    pieces, barrier : array, shape (m, 4) and (m,)
        The straight pieces of the barriers (east, north, east, north) and of which barrier each is.
    spots, first_spot : array, shape (k, 4) and (b + 1,)
        The straight pieces over which links lead, in the order of the barriers, and where each begins.
    within, first_within : array of int, shape (i,) and (h + 1,)
        The barriers inside which each home lies, in the order of the homes, and where each begins.
    radius_m : float
        How near to the way a spot bridges its barrier.
    crosses, unbridged : array of bool, shape (h, s)
    """
    west, south = pieces[:, 0::2].min(), pieces[:, 1::2].min()
    wide, high = pieces[:, 0::2].max() - west, pieces[:, 1::2].max() - south
    cell = max(_LEAST_CELL_M, float(max(wide, high)) / _MOST_CELLS)
    columns, rows = int(wide // cell) + 1, int(high // cell) + 1
    start, inside = _grid(pieces, west, south, cell, columns, rows)
    _mark(
        *(homes, schools, pieces, barrier, spots, first_spot, within, first_within, radius_m),
        *(start, inside, west, south, cell, columns, rows, crosses, unbridged),
    )


def _rows_at(
    a: float, b: float, c: float, d: float, left: float, south: float, cell: float
) -> tuple[int, int]:
    """Return the first and last row of cells through which a, b - c, d (a <= c) runs in a column."""
    from_, to = b, d
    if c > a:
        slope = (d - b) / (c - a)
        from_ = b + (max(a, left) - a) * slope
        to = b + (min(c, left + cell) - a) * slope
    low, high = min(from_, to) - _SLACK_M, max(from_, to) + _SLACK_M
    return int(np.floor((low - south) / cell)), int(np.floor((high - south) / cell))


_rows_at = _compiled(_rows_at)


def _grid(
    pieces: Floats, west: float, south: float, cell: float, columns: int, rows: int
) -> tuple[Positions, Positions]:
    """Return the pieces in each cell, one cell after the other, and where each cell begins."""
    start = np.zeros(columns * rows + 1, dtype=np.int64)
    inside = np.zeros(0, dtype=np.int64)
    for fill in range(2):
        if fill == 1:
            start = np.cumsum(start)
            inside = np.zeros(start[-1], dtype=np.int64)
            free = start.copy()
        for m in range(len(pieces)):
            a, b, c, d = pieces[m]
            if a > c:
                a, b, c, d = c, d, a, b
            for column in range(max(0, int((a - west) // cell)), min(columns, int((c - west) // cell) + 1)):
                low, high = _rows_at(a, b, c, d, west + column * cell, south, cell)
                for row in range(max(0, low), min(rows, high + 1)):
                    at = column * rows + row
                    if fill == 0:
                        start[at + 1] += 1
                    else:
                        inside[free[at]] = m
                        free[at] += 1
    return start, inside


_grid = _compiled(_grid)


def _meet(p: float, q: float, r: float, s: float, a: float, b: float, c: float, d: float) -> bool:
    """Return whether two straight pieces meet, ends and pieces of no length included."""
    if max(p, r) < min(a, c) or max(a, c) < min(p, r) or max(q, s) < min(b, d) or max(b, d) < min(q, s):
        return False
    one = (r - p) * (b - q) - (s - q) * (a - p)
    two = (r - p) * (d - q) - (s - q) * (c - p)
    if (one > 0 and two > 0) or (one < 0 and two < 0):
        return False
    one = (c - a) * (q - b) - (d - b) * (p - a)
    two = (c - a) * (s - b) - (d - b) * (r - a)
    return not ((one > 0 and two > 0) or (one < 0 and two < 0))


_meet = _compiled(_meet)


def _away(p: float, q: float, a: float, b: float, c: float, d: float) -> float:
    """Return the squared distance of the point p, q from a straight piece."""
    length = (c - a) * (c - a) + (d - b) * (d - b)
    share = 0.0
    if length > 0:
        share = min(1.0, max(0.0, ((p - a) * (c - a) + (q - b) * (d - b)) / length))
    east, north = a + share * (c - a) - p, b + share * (d - b) - q
    return east * east + north * north


_away = _compiled(_away)


def _bridged(
    p: float, q: float, r: float, s: float, spots: Floats, first: int, last: int, radius_m: float
) -> bool:
    """Return whether any of the spots first to last lies near a way."""
    for k in range(first, last):
        a, b, c, d = spots[k]
        if _meet(p, q, r, s, a, b, c, d):
            return True
        nearest = min(_away(p, q, a, b, c, d), _away(r, s, a, b, c, d))
        nearest = min(nearest, _away(a, b, p, q, r, s), _away(c, d, p, q, r, s))
        if nearest <= radius_m * radius_m:
            return True
    return False


_bridged = _compiled(_bridged)


def _mark(
    homes: Floats,
    schools: Floats,
    pieces: Floats,
    barrier: Positions,
    spots: Floats,
    first_spot: Positions,
    within: Positions,
    first_within: Positions,
    radius_m: float,
    start: Positions,
    inside: Positions,
    west: float,
    south: float,
    cell: float,
    columns: int,
    rows: int,
    crosses: Marks,
    unbridged: Marks,
) -> None:
    # the way on which a barrier was last met: it is asked for its spots once a way
    met = np.full(len(first_spot) - 1, -1, dtype=np.int64)
    for i in range(len(homes)):
        p, q = homes[i]
        for j in range(len(schools)):
            r, s = schools[j]
            if np.isnan(p + q + r + s):
                continue
            way, open_ = i * len(schools) + j, False
            for k in range(first_within[i], first_within[i + 1]):
                one = within[k]
                met[one], crosses[i, j] = way, True
                open_ |= not _bridged(p, q, r, s, spots, first_spot[one], first_spot[one + 1], radius_m)
            a, b, c, d = p, q, r, s
            if a > c:
                a, b, c, d = r, s, p, q
            column = max(0, int((a - west) // cell))
            last = min(columns - 1, int((c - west) // cell))
            while column <= last and not open_:
                low, high = _rows_at(a, b, c, d, west + column * cell, south, cell)
                for row in range(max(0, low), min(rows, high + 1)):
                    at = column * rows + row
                    for k in range(start[at], start[at + 1]):
                        m = inside[k]
                        one = barrier[m]
                        if met[one] == way:
                            continue
                        e, f, g, h = pieces[m]
                        if _meet(p, q, r, s, e, f, g, h):
                            met[one], crosses[i, j] = way, True
                            open_ |= not _bridged(
                                p, q, r, s, spots, first_spot[one], first_spot[one + 1], radius_m
                            )
                column += 1
            unbridged[i, j] |= open_


_mark = _compiled(_mark)
