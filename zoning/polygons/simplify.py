"""Fewer vertices, with shared borders still shared: no gap and no overlap appears."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from geodata.errors import XuequError
from geodata.messages import say
from zoning.polygons.coverage import Shapes
from zoning.polygons.shape import need_metres, need_tolerance

_HALVINGS = 8


def simplify_zones(
    zones: gpd.GeoDataFrame, tolerance_m: float, schools: gpd.GeoDataFrame | None = None
) -> gpd.GeoDataFrame:
    """Return zones with fewer vertices that fit together as before.

    Parameters
    ----------
    zones : GeoDataFrame, shape (n,)
        Polygons in a CRS in metres that share their borders (`shapely.coverage_is_valid`); a row may have
        none.
    tolerance_m : float
        About as far as a border may move; above 0.
    schools : GeoDataFrame, optional
        Points: each stays in the zones in which it lies. The tolerance is halved until that holds.

    Returns
    -------
    GeoDataFrame
        The same rows; the polygons as they were where no tolerance will do.

    Raises
    ------
    XuequError
        If the CRS is not in metres, the tolerance not above 0, or the polygons overlap or do not share
        their vertices: one by one they cannot be simplified without gaps (`xuequ repair` mends them).

    References
    ----------
    Visvalingam, M. and Whyatt, J. D. (1993). Line generalisation by repeated elimination of points.
    The Cartographic Journal 30(1).

    Examples
    --------
    >>> left = shapely.Polygon([(0, 0), (10, 0), (10.2, 5), (10, 10), (0, 10)])
    >>> right = shapely.Polygon([(10, 0), (20, 0), (20, 10), (10, 10), (10.2, 5)])
    >>> both = gpd.GeoDataFrame(geometry=[left, right], crs="EPSG:4548")
    >>> simplify_zones(both, 5.0).geometry.count_coordinates().tolist()
    [5, 5]
    """
    need_metres(zones)
    need_tolerance(tolerance_m)
    shapes = np.array(zones.geometry.to_numpy(), dtype=object)
    known = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if not shapely.coverage_is_valid(shapes[known]):
        raise XuequError(
            say("the polygons overlap or do not share their vertices: repair them first (xuequ repair)")
        )
    points = np.empty(0, dtype=object)
    if schools is not None:
        points = schools.geometry[schools.geometry.notna()].to_numpy()
    shapes[known] = simplify_coverage(shapes[known], tolerance_m, points)
    return zones.set_geometry(gpd.GeoSeries(shapes, index=zones.index, crs=zones.crs))


def simplify_coverage(shapes: Shapes, tolerance_m: float, points: Shapes) -> Shapes:
    """Return a valid coverage with fewer vertices; as it was where no tolerance will do.

    Parameters
    ----------
    shapes : array of polygons, shape (n,)
        A valid coverage, in metres.
    tolerance_m : float
        Halved, eight times at most, until no polygon vanishes and every point is where it was.
    points : array of Point, shape (m,)
    """
    before = _where(points, shapes)
    for _ in range(_HALVINGS):
        simple = np.asarray(shapely.coverage_simplify(shapes, tolerance_m), dtype=object)
        whole = not (shapely.is_empty(simple) | ~shapely.is_valid(simple)).any()
        if whole and shapely.coverage_is_valid(simple) and before <= _where(points, simple):
            return simple
        tolerance_m /= 2
    return shapes


def _where(points: Shapes, shapes: Shapes) -> set[tuple[int, int]]:
    if len(points) == 0:
        return set()
    at, which = shapely.STRtree(shapes).query(points, predicate="intersects")
    return set(zip(at.tolist(), which.tolist(), strict=True))
