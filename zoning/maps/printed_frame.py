"""Metres to the units of a picture, north up; shapes simplified to what a printer can show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from zoning.polygons.coverage import polygonal
from zoning.polygons.simplify import simplify_coverage

Shapes = npt.NDArray[np.object_]
Places = npt.NDArray[np.float64]

_FINE, _COARSE = 0.25, 1.0  # points of paper: a line is half a point wide
_COARSE_M = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where the metres of a city stand in a picture.

    Parameters
    ----------
    west, north : float
        Easting and northing of the picture's place (left, top).
    factor : float
        Units of the picture in a metre.
    left, top : float
        Where west and north stand.
    width, height : float
        Of the whole frame with its margin, from (0, 0).
    """

    west: float
    north: float
    factor: float
    left: float
    top: float
    width: float
    height: float

    def place(self, metres: Any) -> Places:
        """Return where places (easting, northing) stand, shape (n, 2), to a tenth."""
        there = np.asarray(metres, dtype=np.float64).reshape(-1, 2)
        x = self.left + (there[:, 0] - self.west) * self.factor
        y = self.top + (self.north - there[:, 1]) * self.factor
        return np.asarray(np.round(np.column_stack([x, y]), 1))

    def drawn(self, shapes: Shapes) -> Shapes:
        """Return shapes in the units of the picture (y down), not rounded."""

        def moved(there: Places) -> Places:
            x = self.left + (there[:, 0] - self.west) * self.factor
            return np.column_stack([x, self.top + (self.north - there[:, 1]) * self.factor])

        return sound(np.asarray(shapely.transform(shapes, moved), dtype=object))

    def path(self, shape: shapely.Geometry) -> str:
        """Return the path of polygons or lines, "" for nothing."""
        if shape is None or shapely.is_empty(shape):
            return ""
        parts = shapely.get_parts(shape)
        areas = shapely.get_dimensions(parts) == 2
        closed = shapely.get_rings(parts[areas])
        lines = parts[shapely.get_dimensions(parts) == 1]
        return "".join(
            [self._steps(ring, "Z") for ring in closed] + [self._steps(line, "") for line in lines]
        )

    def _steps(self, line: shapely.Geometry, end: str) -> str:
        steps = self.place(shapely.get_coordinates(line))
        keep = np.r_[True, np.any(np.diff(steps, axis=0) != 0, axis=1)]
        steps = steps[keep]
        if end and len(steps) > 1 and (steps[0] == steps[-1]).all():
            steps = steps[:-1]
        return "M" + "L".join(f"{a:g} {b:g}" for a, b in steps.tolist()) + end


def frame_of(bounds: Places, *, width: float, height: float, margin: float, centred: bool = True) -> Frame:
    """Return the frame that shows some bounds as large as it can.

    Parameters
    ----------
    bounds : array of (west, south, east, north)
        In metres.
    width : float
        Of the frame.
    height : float
        At most; the frame is as high as its content needs.
    margin : float
        Left free on all four sides.
    centred : bool
        Whether content narrower than the frame stands in its middle.
    """
    west, south, east, north = (float(v) for v in bounds)
    wide, high = max(east - west, 1.0), max(north - south, 1.0)
    factor = min((width - 2 * margin) / wide, (height - 2 * margin) / high)
    free = width - 2 * margin - wide * factor
    return Frame(
        west=west,
        north=north,
        factor=factor,
        left=margin + (free / 2 if centred else 0.0),
        top=margin,
        width=width,
        height=round(high * factor + 2 * margin, 1),
    )


def coarser(shapes: Shapes, factor: float, *, public: bool, points: Shapes | None = None) -> Shapes:
    """Return polygons with no more detail than the paper shows; coarser still for the public.

    Parameters
    ----------
    shapes : array of polygons, shape (n,)
        In metres; None where there is none. Borders shared to the last bit stay shared; where polygons are
        no valid coverage, borders that differ are simplified each for itself.
    factor : float
        Points of paper in a metre.
    public : bool
        By a point of paper, and 25 m at least, so that a border cannot be read to the house.
    points : array of Point, optional
        Schools, each of which stays in the polygon in which it lies.
    """
    tolerance = max(_COARSE / factor, _COARSE_M) if public else _FINE / factor
    known = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    polygons = sound(shapes[known])
    if len(polygons) == 0:
        return shapes
    result = shapes.copy()
    if shapely.coverage_is_valid(polygons):
        there = np.empty(0, dtype=object) if points is None else points[~shapely.is_missing(points)]
        result[known] = _keeping(polygons, tolerance, there, public=public)
    else:
        simple = np.asarray(shapely.coverage_simplify(polygons, tolerance), dtype=object)
        broken = shapely.is_empty(simple) | ~shapely.is_valid(simple)
        result[known] = np.where(broken, polygons, simple)
    return result


def _keeping(polygons: Shapes, tolerance: float, points: Shapes, *, public: bool) -> Shapes:
    if not public:
        return simplify_coverage(polygons, tolerance, points)
    # a school a step from a border must not bring the exact border back for the public: a quarter at least
    for part in (1, 2, 4):
        simple = np.asarray(shapely.coverage_simplify(polygons, tolerance / part), dtype=object)
        at, which = shapely.STRtree(polygons).query(points, predicate="intersects")
        if shapely.is_valid(simple).all() and shapely.intersects(points[at], simple[which]).all():
            return simple
    return simplify_coverage(polygons, tolerance, np.empty(0, dtype=object))


def sound(shapes: Shapes) -> Shapes:
    """Return polygons of which those that cross themselves are mended; a map shows what it is given.

    `xuequ check` tells of them; here they only must not stop the print.
    """
    broken = np.flatnonzero(~(shapely.is_valid(shapes) | shapely.is_missing(shapes)))
    if len(broken) == 0:
        return shapes
    result = shapes.copy()
    for at in broken:
        result[at] = polygonal(shapely.make_valid(shapes[at]))
    return result


def middles_of(shapes: Shapes) -> Places:
    """Return a place inside the largest part of each shape, shape (n, 2)."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    order = np.lexsort([-shapely.area(parts), owner])
    largest = order[np.unique(owner[order], return_index=True)[1]]
    found = np.full((len(shapes), 2), np.nan)
    found[owner[largest]] = shapely.get_coordinates(shapely.point_on_surface(parts[largest]))
    return found


def round_length(longest: float) -> float:
    """Return the greatest of 1, 2, 5, 10, 20 … that is not above `longest`.

    Examples
    --------
    >>> round_length(4700), round_length(1.9)
    (2000.0, 1.0)
    """
    power = 10.0 ** math.floor(math.log10(longest) + 1e-9)
    return float(max(power * factor for factor in (1, 2, 5) if power * factor <= longest * (1 + 1e-9)))
