"""A grid over points, so that most of them need no test against a polygon.

A cell's box holds all its points. A shape that does not touch the box holds none of them, one that has the
whole box inside holds all of them; only for the others is a point tested by itself. So the answer is
that of testing every point against every shape.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

_POINTS_A_CELL = 6  # on each side, about
_MOST_CELLS = 256  # on each side


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Which shapes the points of each cell of a grid can lie in.

    Parameters
    ----------
    cell : array of int, shape (n,)
        The cell of each point.
    first : array of int, shape (cells + 1,)
        Where the shapes of each cell begin.
    shape : array of int
        The shapes, by cell.
    sure : array of bool
        Whether the shape holds the whole cell: then it holds every point of it.
    """

    cell: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    shape: npt.NDArray[np.int64]
    sure: npt.NDArray[np.bool_]

    @property
    def most(self) -> int:
        """The greatest number of shapes of a cell."""
        return int(np.diff(self.first).max(initial=0))

    def candidates(
        self, start: int, stop: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Return point, shape, sure of every pair that can be, of some of the points."""
        cell = self.cell[start:stop]
        count = self.first[cell + 1] - self.first[cell]
        ends = np.cumsum(count)
        entry = np.repeat(self.first[cell] - (ends - count), count) + np.arange(
            ends[-1] if len(ends) else 0
        )
        which = np.repeat(np.arange(start, start + len(cell)), count)
        return which, self.shape[entry], self.sure[entry]


def cells_of(places: npt.NDArray[np.float64], shapes: npt.NDArray[np.object_]) -> Cells:
    """Lay a grid over points; a cell that lies in one shape spares its points a test each.

    Parameters
    ----------
    places : array of float, shape (n, 2)
        Easting and northing of each point, finite.
    shapes : array of geometries, shape (m,)
        None where there is none; they are prepared (a cache of shapely's, which changes no value).
    """
    if not len(places):
        none = np.empty(0, dtype=np.int64)
        return Cells(cell=none, first=np.zeros(1, np.int64), shape=none, sure=none.astype(np.bool_))
    side = int(np.clip(np.sqrt(len(places)) / _POINTS_A_CELL, 1, _MOST_CELLS))
    axes = np.ascontiguousarray(places.T)
    low = axes.min(axis=1)
    step = (axes.max(axis=1) - low) / side
    step[step == 0] = 1.0
    column, row = (
        np.minimum((axis - least) / width, side - 1).astype(np.int64)
        for axis, least, width in zip(axes, low, step, strict=True)
    )
    cell = row * side + column
    held = np.flatnonzero(np.bincount(cell))
    number = np.zeros(side * side, dtype=np.int64)
    number[held] = np.arange(len(held))
    # a cell is a little wider than its points, whatever the division has rounded
    wider = step * 1e-6 + 4 * np.spacing(np.abs(places).max())
    corner = low + np.stack([held % side, held // side], axis=-1) * step
    boxes = shapely.box(*(corner - wider).T, *(corner + step + wider).T)
    shapely.prepare(shapes)
    which, where = shapely.STRtree(shapes).query(boxes)
    touching = shapely.intersects(shapes[where], boxes[which])
    which, where = which[touching], where[touching]
    return Cells(
        cell=number[cell],
        first=np.searchsorted(which, np.arange(len(held) + 1)),
        shape=where,
        sure=shapely.contains_properly(shapes[where], boxes[which]),
    )
