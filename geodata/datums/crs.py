"""Which CRS a datum has, for PROJ and in files; whether its numbers are degrees or metres on the ground."""

from __future__ import annotations

import functools

import pyproj

from geodata.errors import XuequError
from geodata.messages import say

NAMED = ("wgs84", "gcj02", "bd09", "bd09-metres", "cgcs2000", "local-metres")
SHIFTED = ("gcj02", "bd09", "bd09-metres")
"""Datums that PROJ does not know."""

_UNCODED = {
    "gcj02": "GCJ-02 (Amap, Tencent: WGS 84 shifted)",
    "bd09": "BD-09 (Baidu: GCJ-02 shifted)",
}
_NAMED_IN_FILES = (*_UNCODED, "bd09-metres", "local-metres")


@functools.lru_cache(maxsize=64)
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
        "bd09-metres": 'LOCAL_CS["BD-09 metres (Baidu)",UNIT["metre",1]]',
        "local-metres": 'LOCAL_CS["local metres",UNIT["metre",1]]',
    }
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


def file_crs(datum: str) -> pyproj.CRS:
    """Return the CRS that a file of a datum declares, where its format declares one.

    GCJ-02 and BD-09 have no code. Declared as WGS-84, a file would be taken for what it is not, so it gets
    a CRS whose name says what it is; map programs show it as unknown and shift nothing. Where coordinates
    are Baidu's or local metres, it is a plane with that name.

    Examples
    --------
    >>> file_crs("gcj02").name
    'GCJ-02 (Amap, Tencent: WGS 84 shifted)'
    """
    name = _UNCODED.get(datum)
    if name is None:
        return crs_of(datum)
    return pyproj.CRS.from_wkt(
        f'GEOGCS["{name}",DATUM["{name}",SPHEROID["WGS 84",6378137,298.257223563]],'
        'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],'
        'AXIS["Longitude",EAST],AXIS["Latitude",NORTH]]'
    )


def may_be(crs: str, datum: str) -> bool:
    """Whether a layer whose file declares a CRS may be in a datum.

    Where the datum is shifted, the file may say WGS-84, for want of a code, or what `file_crs` says.

    Examples
    --------
    >>> may_be("EPSG:4326", "gcj02"), may_be("EPSG:4326", "cgcs2000"), may_be("EPSG:4490", "cgcs2000")
    (True, False, True)
    """
    declared = crs_of(crs)
    if datum in _NAMED_IN_FILES and declared.name == file_crs(datum).name:
        return True
    return bool(declared.equals(crs_of(datum), ignore_axis_order=True))


def is_geographic(datum: str) -> bool:
    """Whether the datum's coordinates are degrees of longitude and latitude."""
    return bool(crs_of(datum).is_geographic)


def is_metric(datum: str) -> bool:
    """Whether lengths in the datum's coordinates are metres on the ground.

    Feet are not, nor is the Mercator of web maps (EPSG:3857) or of Baidu: at 24 degrees of latitude its
    metre is 1.09 metres long.

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
    # of the Mercators, those that touch the earth along a line of one's own choice are true there
    return "Mercator" not in method or "Transverse" in method or "Oblique" in method


def need_metric(datum: str) -> None:
    """Refuse to measure where lengths are not metres on the ground.

    Raises
    ------
    XuequError
        Unless `is_metric`.

    Examples
    --------
    >>> need_metric("EPSG:4548")
    """
    if not is_metric(datum):
        raise XuequError(
            say(
                "lengths and areas are measured only in a metric CRS, such as EPSG:4548; {datum!s} is "
                "none: convert the layer first",
                datum=repr(datum),
            )
        )


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
