"""Shapes for a page: fewer vertices, in degrees, with as many digits as a screen can show."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geodata import datum as datums
from zoning.polygons.simplify import simplify_coverage

Shapes = npt.NDArray[np.object_]
SIMPLIFY_M = 20.0
_DEGREE_DIGITS = 5  # 1e-5 degrees is about a metre
_METRE_DIGITS = 1


def is_local(metric_crs: str) -> bool:
    """Whether the metres have no place on the earth, so that a page can only show them as a plane."""
    return metric_crs == "local-metres"


def simplify(shapes: Shapes, points: Shapes | None = None) -> Shapes:
    """Return polygons with fewer vertices that still fit together without gaps; none vanishes.

    Parameters
    ----------
    shapes : array of geometries, shape (n,)
        In metres. Left as they are unless all are polygons that form a valid coverage: vertices
        taken from polygons one by one would open gaps between them.
    points : array of Point, optional
        Schools, each of which stays in the polygon in which it lies.
    """
    known = ~shapely.is_missing(shapes)
    polygons = shapes[known]
    if len(polygons) == 0 or not np.isin(shapely.get_type_id(polygons), (3, 6)).all():
        return shapes
    if not shapely.coverage_is_valid(polygons):
        return shapes
    there = np.empty(0, dtype=object) if points is None else points[~shapely.is_missing(points)]
    result = shapes.copy()
    result[known] = simplify_coverage(polygons, SIMPLIFY_M, there)
    return result


def to_page(shapes: Shapes, metric_crs: str, *, finer: int = 0) -> list[dict[str, Any] | None]:
    """Return shapes as GeoJSON geometries in WGS-84 degrees (local metres stay metres).

    Parameters
    ----------
    shapes : array of geometries, shape (n,)
        In the metric CRS; None where there is none.
    metric_crs : str
        The city's metric CRS.
    finer : int
        How many digits more than a screen shows at first: 2 where a centimetre matters.
    """
    digits = _DEGREE_DIGITS + finer
    if is_local(metric_crs):
        digits = _METRE_DIGITS + finer
    else:
        shapes = _to_degrees(shapes, metric_crs)
    rounded = shapely.transform(shapes, lambda places: np.round(places, digits))
    return [None if shape is None else _geojson(shape) for shape in rounded]


def bounds_of(layers: list[list[dict[str, Any] | None]]) -> list[list[float]] | None:
    """Return [[south, west], [north, east]] of GeoJSON geometries; None if there are none."""
    shapes = [shapely.geometry.shape(one) for layer in layers for one in layer if one is not None]
    if not shapes:
        return None
    west, south, east, north = (float(v) for v in shapely.total_bounds(np.array(shapes)))
    return [[south, west], [north, east]]


def outside_own(points: gpd.GeoSeries, zones: list[Shapes]) -> list[bool]:
    """Return for each point whether it lies in or on none of its polygons.

    False also where the point is missing, or there is no polygon to lie in.
    """
    return [
        point is not None
        and not shapely.is_empty(point)
        and len(own) > 0
        and not bool(shapely.intersects(own, point).any())
        for point, own in zip(points, zones, strict=True)
    ]


def _to_degrees(shapes: Shapes, metric_crs: str) -> Shapes:
    transformer = pyproj.Transformer.from_crs(
        datums.crs_of(metric_crs), datums.crs_of("wgs84"), always_xy=True
    )
    return np.asarray(
        shapely.transform(shapes, lambda places: np.column_stack(transformer.transform(*places.T)))
    )


def _geojson(shape: shapely.Geometry) -> dict[str, Any]:
    whole: dict[str, Any] = shapely.geometry.mapping(shape)
    return whole
