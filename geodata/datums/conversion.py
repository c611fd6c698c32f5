"""Coordinates of one datum in another, and how far they may be off."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geodata.datums.baidu import bd09_to_metres, metres_to_bd09
from geodata.datums.crs import SHIFTED, crs_of
from geodata.datums.shifts import (
    bd09_to_gcj02,
    bd09_to_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from geodata.errors import XuequError
from geodata.messages import say

Floats = npt.NDArray[np.float64]

FLOOR_M = 0.67
"""How far the public formula of GCJ-02 may be from what a map service returns; there and back is exact."""

_WGS84 = "wgs84"
_ALIKE = ("WGS 84", "World Geodetic System 1984 ensemble", "China 2000")
_SHIFTS = {
    ("wgs84", "gcj02"): wgs84_to_gcj02,
    ("wgs84", "bd09"): wgs84_to_bd09,
    ("gcj02", "wgs84"): gcj02_to_wgs84,
    ("gcj02", "bd09"): gcj02_to_bd09,
    ("bd09", "wgs84"): bd09_to_wgs84,
    ("bd09", "gcj02"): bd09_to_gcj02,
}


def to_metric(geometry: Any, datum: str, metric_crs: str) -> Any:
    """Return an array of geometries, declared in a datum, in the metric CRS; as `convert_shapes`.

    Parameters
    ----------
    geometry : array of shapely geometries, shape (n,)
        None where a row has none.
    datum : str
        What their coordinates are in.
    metric_crs : str
        The project's metric CRS.
    """
    return convert_shapes(geometry, datum, metric_crs)


def convert_shapes(shapes: Any, source: str, target: str) -> Any:
    """Return an array of geometries of one datum in another; heights stay as they are.

    Parameters
    ----------
    shapes : array of shapely geometries, shape (n,)
        None where a row has none. The same array comes back where the two are one.
    source, target : str
        As for `convert`.

    Raises
    ------
    XuequError
        As `convert`.
    """
    if _same(source, target):
        return shapes

    def move(places: Floats) -> Floats:
        moved = convert(places[:, 0], places[:, 1], source, target)
        return np.column_stack([*moved, *places.T[2:]])

    flat = ~shapely.has_z(shapes)
    if flat.all():
        return shapely.transform(shapes, move)
    result = np.array(shapes, dtype=object)
    result[flat] = shapely.transform(result[flat], move)
    result[~flat] = shapely.transform(result[~flat], move, include_z=True)
    return result


def convert(lng: Floats, lat: Floats, source: str, target: str) -> tuple[Floats, Floats]:
    """Return coordinates of one datum in another.

    Parameters
    ----------
    lng, lat : array of float, shape (n,)
        Degrees, or easting and northing where the datum has metres. NaN stays NaN.
    source, target : str
        Each one of `NAMED`, an EPSG code or a PROJ string (a city's local grid).

    Returns
    -------
    (array of float, array of float), shape (n,) each

    Raises
    ------
    XuequError
        If a datum is not known, only one of the two is local metres, or a place cannot be expressed in the
        target.

    Notes
    -----
    There and back is exact to 1e-9 degrees, and promised to 0.2 m. Shifted coordinates (`SHIFTED`) follow
    the public formula, whose floor against the map services is `FLOOR_M`; outside China (`in_china`) they
    equal WGS-84. CGCS2000 and WGS-84 are taken for the same, as PROJ does: they differ by some
    decimetres, by epoch.

    Examples
    --------
    >>> lng, lat = convert(np.array([118.0894287]), np.array([24.4798381]), "gcj02", "bd09")
    >>> round(float(lng[0]), 5), round(float(lat[0]), 5)
    (118.09586, 24.48615)
    """
    lng, lat = np.asarray(lng, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    if _same(source, target):
        return lng, lat
    _raise_on_local(source, target)
    known = np.isfinite(lng) & np.isfinite(lat)
    if source not in SHIFTED and target not in SHIFTED:
        moved = _by_proj(lng, lat, source, target)
    else:
        moved, home = _on_degrees(lng, lat, source)
        end = "bd09" if target == "bd09-metres" else target if target in SHIFTED else _WGS84
        shift = _SHIFTS.get((home, end))
        moved = moved if shift is None else shift(*moved)
        if target == "bd09-metres":
            moved = bd09_to_metres(*moved)
        elif target not in SHIFTED:
            moved = _by_proj(*moved, _WGS84, target)
    lost = int((known & ~(np.isfinite(moved[0]) & np.isfinite(moved[1]))).sum())
    if lost:
        raise XuequError(
            say(
                "{n} places cannot be expressed in {target}; is {source} the datum that they really have?",
                n=lost,
                source=source,
                target=target,
            )
        )
    return moved


def bounds_in_degrees(geometry: Any, datum: str) -> Floats:
    """Return west, south, east, north of geometries, in degrees; not finite if there are none."""
    west, south, east, north = shapely.total_bounds(geometry)
    crs = crs_of(datum)
    if crs.is_geographic or not np.isfinite(west):
        return np.array([west, south, east, north])
    if datum == "bd09-metres":
        lng, lat = convert(np.array([west, east]), np.array([south, north]), datum, _WGS84)
        return np.array([lng[0], lat[0], lng[1], lat[1]])
    transformer = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    return np.array(transformer.transform_bounds(west, south, east, north))


def accuracy_m(source: str, target: str) -> float | None:
    """Return how far converted coordinates may be off, in metres, as PROJ and the formula state it.

    None where PROJ does not know, as for datums of the last century without a grid of corrections.

    Examples
    --------
    >>> accuracy_m("gcj02", "wgs84"), accuracy_m("wgs84", "EPSG:32650"), accuracy_m("wgs84", "wgs84")
    (0.67, 0.0, 0.0)
    """
    if _same(source, target):
        return 0.0
    shifted = (source in SHIFTED) + (target in SHIFTED)
    floor = FLOOR_M if shifted else 0.0
    if shifted == 2:
        return 0.0 if {source, target} == {"bd09", "bd09-metres"} else floor
    ends = [_WGS84 if datum in SHIFTED else datum for datum in (source, target)]
    if _frame(ends[0]) == _frame(ends[1]) or all(_frame(end) in _ALIKE for end in ends):
        return floor
    stated = _transformer(*ends).accuracy
    return None if stated < 0 else floor + stated


def _frame(datum: str) -> str:
    geodetic = crs_of(datum).geodetic_crs
    return "" if geodetic is None or geodetic.datum is None else str(geodetic.datum.name)


def _same(source: str, target: str) -> bool:
    if source == target:
        crs_of(source)  # raises where it is not known
        return True
    if source in SHIFTED or target in SHIFTED:
        return False
    return bool(crs_of(source) == crs_of(target))


def _raise_on_local(source: str, target: str) -> None:
    if "local-metres" in (source, target):
        raise XuequError(
            say(
                "local metres have no place on the earth, so they cannot be converted: "
                "give the grid as a PROJ string, with its origin and rotation"
            )
        )


def _on_degrees(lng: Floats, lat: Floats, source: str) -> tuple[tuple[Floats, Floats], str]:
    """Return coordinates in degrees, and which of wgs84, gcj02, bd09 they are in."""
    if source == "bd09-metres":
        return metres_to_bd09(lng, lat), "bd09"
    if source in SHIFTED:
        return (lng, lat), source
    return _by_proj(lng, lat, source, _WGS84), _WGS84


def _by_proj(lng: Floats, lat: Floats, source: str, target: str) -> tuple[Floats, Floats]:
    if crs_of(source) == crs_of(target):
        return lng, lat
    east, north = _transformer(source, target).transform(lng, lat)
    return np.asarray(east), np.asarray(north)


def _transformer(source: str, target: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(crs_of(source), crs_of(target), always_xy=True)
