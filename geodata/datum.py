"""Which datum a layer has, and how its coordinates become those of the project's metric CRS.

GCJ-02 and BD-09 are not in PROJ. The forward formula of GCJ-02 is public (an outcome of many
independent reconstructions that agree); its inverse is found by iteration.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geodata.errors import XuequError
from geodata.messages import say

Floats = npt.NDArray[np.float64]

NAMED = ("wgs84", "gcj02", "bd09", "cgcs2000", "local-metres")
_SEMI_MAJOR_M = 6378245.0  # Krasovsky 1940, as the formula has it
_ECCENTRICITY2 = 0.00669342162296594323
_BD_ANGLE = np.pi * 3000.0 / 180.0


def crs_of(datum: str) -> pyproj.CRS:
    """Return the CRS in which PROJ knows a datum's coordinates; GCJ-02 and BD-09 count as WGS-84.

    Raises
    ------
    XuequError
        If the datum is none of `NAMED`, an EPSG code or a PROJ string.
    """
    named = {
        "wgs84": "EPSG:4326",
        "gcj02": "EPSG:4326",
        "bd09": "EPSG:4326",
        "cgcs2000": "EPSG:4490",
    }
    if datum == "local-metres":
        return pyproj.CRS.from_wkt('LOCAL_CS["local metres",UNIT["metre",1]]')
    try:
        return pyproj.CRS.from_user_input(named.get(datum, datum))
    except pyproj.exceptions.CRSError as error:
        raise XuequError(
            say(
                "datum {datum!s} is not known; allowed: {allowed}, an EPSG code such as EPSG:4548, "
                "or a PROJ string",
                datum=repr(datum),
                allowed=", ".join(NAMED),
            )
        ) from error


def is_geographic(datum: str) -> bool:
    """Whether the datum's coordinates are degrees of longitude and latitude."""
    return datum != "local-metres" and bool(crs_of(datum).is_geographic)


def is_metric(datum: str) -> bool:
    """Whether lengths in the datum's coordinates are metres on the ground.

    Feet are not, nor is the Mercator of web maps (EPSG:3857): at 24 degrees of latitude its metre is
    1.09 metres long.

    Examples
    --------
    >>> [is_metric(datum) for datum in ("EPSG:4548", "local-metres", "EPSG:2283", "EPSG:3857", "gcj02")]
    [True, True, False, False, False]
    """
    if datum == "local-metres":
        return True
    crs = crs_of(datum)
    if not crs.is_projected or any(axis.unit_name != "metre" for axis in crs.axis_info[:2]):
        return False
    method = crs.coordinate_operation.method_name if crs.coordinate_operation else ""
    return "Mercator" not in method or "Transverse" in method


def bounds_in_degrees(geometry: Any, datum: str) -> Floats:
    """Return west, south, east, north of geometries, in degrees; not finite if there are none."""
    west, south, east, north = shapely.total_bounds(geometry)
    crs = crs_of(datum)
    if crs.is_geographic or not np.isfinite(west):
        return np.array([west, south, east, north])
    transformer = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    return np.array(transformer.transform_bounds(west, south, east, north))


def metric_crs_for(lng: float, lat: float) -> str:
    """Return the metric CRS for a place: CGCS2000's 3-degree zone in China, else UTM.

    Examples
    --------
    >>> metric_crs_for(118.1, 24.5)
    'EPSG:4548'
    >>> metric_crs_for(-77.2, 38.8)
    'EPSG:32618'
    """
    if 73.5 <= lng <= 136.5 and 3.0 <= lat <= 54.0:
        return f"EPSG:{4534 + round((lng - 75.0) / 3.0)}"
    zone = int((lng + 180.0) // 6.0) + 1
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


def to_metric(geometry: Any, datum: str, metric_crs: str) -> Any:
    """Return an array of geometries, declared in a datum, in the metric CRS.

    Parameters
    ----------
    geometry : array of shapely geometries, shape (n,)
        None where a row has none.
    datum : str
        What their coordinates are in.
    metric_crs : str
        The project's metric CRS.
    """
    source, target = crs_of(datum), crs_of(metric_crs)
    undo = {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}.get(datum)
    if undo is None and source == target:
        return geometry
    transformer = pyproj.Transformer.from_crs(source, target, always_xy=True)

    def move(coordinates: Floats) -> Floats:
        lng, lat = coordinates[:, 0], coordinates[:, 1]
        if undo is not None:
            lng, lat = undo(lng, lat)
        return np.column_stack(transformer.transform(lng, lat))

    return shapely.transform(geometry, move)


def wgs84_to_gcj02(lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return GCJ-02 longitude and latitude, shape (n,) each, of WGS-84 ones in China.

    Examples
    --------
    >>> lng, lat = wgs84_to_gcj02(np.array([118.0844471]), np.array([24.4824837]))
    >>> round(float(lng[0]), 6), round(float(lat[0]), 6)
    (118.089424, 24.479834)
    """
    east, north = lng - 105.0, lat - 35.0
    wave = (20.0 * np.sin(6.0 * east * np.pi) + 20.0 * np.sin(2.0 * east * np.pi)) * 2.0 / 3.0
    root = np.sqrt(np.abs(east))
    d_lat = -100.0 + 2.0 * east + 3.0 * north + 0.2 * north**2 + 0.1 * east * north + 0.2 * root
    d_lat = d_lat + wave + _waves(north, 20.0, 40.0, 3.0, 160.0, 320.0, 12.0, 30.0)
    d_lng = 300.0 + east + 2.0 * north + 0.1 * east**2 + 0.1 * east * north + 0.1 * root
    d_lng = d_lng + wave + _waves(east, 20.0, 40.0, 3.0, 150.0, 300.0, 12.0, 30.0)
    phi = np.radians(lat)
    magic = 1.0 - _ECCENTRICITY2 * np.sin(phi) ** 2
    meridian_m = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY2) / magic**1.5
    parallel_m = _SEMI_MAJOR_M / np.sqrt(magic) * np.cos(phi)
    return lng + np.degrees(d_lng / parallel_m), lat + np.degrees(d_lat / meridian_m)


def _waves(v: Floats, a: float, b: float, p: float, c: float, d: float, q: float, r: float) -> Floats:
    short = a * np.sin(v * np.pi) + b * np.sin(v / p * np.pi)
    long = c * np.sin(v / q * np.pi) + d * np.sin(v * np.pi / r)
    return np.asarray((short + long) * 2.0 / 3.0, dtype=np.float64)


def gcj02_to_wgs84(lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return WGS-84 longitude and latitude of GCJ-02 ones: fixed-point iteration, to 1e-9 degrees."""
    guess_lng, guess_lat = lng.copy(), lat.copy()
    for _ in range(12):
        there_lng, there_lat = wgs84_to_gcj02(guess_lng, guess_lat)
        guess_lng, guess_lat = guess_lng + lng - there_lng, guess_lat + lat - there_lat
    return guess_lng, guess_lat


def bd09_to_wgs84(lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return WGS-84 longitude and latitude of BD-09 ones."""
    east, north = lng - 0.0065, lat - 0.006
    radius = np.hypot(east, north) - 0.00002 * np.sin(north * _BD_ANGLE)
    angle = np.arctan2(north, east) - 0.000003 * np.cos(east * _BD_ANGLE)
    return gcj02_to_wgs84(radius * np.cos(angle), radius * np.sin(angle))
