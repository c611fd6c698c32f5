"""What may be wrong with the shapes of a table, and whether its file says another CRS than is declared."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geodata import datum as datums
from geodata.errors import Fault
from geodata.messages import say
from geodata.parsed import Parsed
from geodata.schema import Shape

_SHAPES: dict[Shape, tuple[str, ...]] = {
    "polygon": ("Polygon", "MultiPolygon"),
    "point": ("Point",),
    "line": ("LineString",),
    "any": ("Point", "LineString", "MultiLineString", "Polygon", "MultiPolygon"),
}
# by shapely's number of a kind; -1, the last, is no geometry
_KINDS = np.array(
    [
        "Point",
        "LineString",
        "LinearRing",
        "Polygon",
        "MultiPoint",
        "MultiLineString",
        "MultiPolygon",
        "GeometryCollection",
        "",
    ]
)
MOST_COORDINATE = 1e8
"""Largest coordinate, in metres or feet; the earth is 4e7 m around, and an easting with its zone 4.5e7."""
_NAMELESS = ("unnamed", "unknown", "Undefined geographic SRS")
_BODY = ("+datum", "+ellps", "+towgs84", "+a=", "+b=", "+rf=")
_SURE = 70  # per cent, as PROJ counts: the same but for names


def same_crs(crs: str, datum: str) -> bool:
    """Whether what a file says of its coordinates is what is declared of them.

    GCJ-02 and BD-09 have no code: files in them say WGS-84, or the Mercator of web maps for Baidu's metres.
    A CRS of its own ("undefined Cartesian") says nothing that could contradict, and a nameless one, as
    MapInfo writes, nothing of its datum.
    """
    try:
        there = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        return False
    if datums.may_be(crs, datum):
        return True
    # heights are left out; what is flat already must stay as it is, or PROJ knows it no more
    there = there.to_2d() if len(there.axis_info) > 2 else there
    here = datums.crs_of("EPSG:3857" if datum == "bd09-metres" else datum)
    if there.is_engineering:
        # but one of our own names says another datum
        return there.name not in {datums.file_crs(one).name for one in datums.SHIFTED}
    if there.equals(here, ignore_axis_order=True):
        return True
    # ESRI's .prj has other names for the same; PROJ says how sure it is
    code = there.to_epsg(min_confidence=_SURE)
    if code is not None:
        return code == here.to_epsg(min_confidence=_SURE)
    if here.is_engineering:
        return False
    # a name of its own, such as a city's: what counts is how it is computed
    plain = there.name in _NAMELESS
    return _computed(there, plain=plain) == _computed(here, plain=plain)


def _computed(crs: pyproj.CRS, *, plain: bool) -> list[str]:
    """Return a CRS as PROJ computes it, without names; `plain` is without the body of the earth too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            terms = str(crs.to_proj4()).split()
        except pyproj.exceptions.CRSError:
            return [crs.to_wkt()]
    return [term for term in terms if not (plain and term.startswith(_BODY))]


def shape_faults(parsed: Parsed, shape: Shape, *, geographic: bool) -> None:
    """Add a fault for each shape of another kind, off the earth, or not valid; empty ones become absent."""
    geometry = parsed.geometry
    assert geometry is not None
    empty = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    geometry[empty] = None
    names = _KINDS[shapely.get_type_id(geometry)]
    for index in np.flatnonzero(~empty & ~np.isin(names, _SHAPES[shape])):
        parsed.faults.append(
            Fault(
                file=parsed.file,
                row=int(parsed.rows.iloc[index]),
                found=_kind_of(geometry[index]),
                allowed=say("allowed: {allowed}", allowed=", ".join(_SHAPES[shape])),
                remedy=say("save the layer with such shapes"),
                shape=geometry[index],
                datum=parsed.datum,
            )
        )
    bounds = shapely.bounds(geometry)
    wild = ~empty & ~np.isfinite(bounds).all(axis=1)
    for index in np.flatnonzero(wild):
        parsed.fault(int(index), None, say("finite coordinates"), say("correct it"))
    far = ~empty & ~wild & (np.abs(bounds) > MOST_COORDINATE).any(axis=1)
    for index in np.flatnonzero(far):
        parsed.fault(
            int(index),
            None,
            say(
                "coordinates between -{most} and {most}; the earth is not larger",
                most=f"{MOST_COORDINATE:,.0f}",
            ),
            say("correct it"),
        )
    fit = ~empty & ~wild & ~far
    if geographic:
        _degree_faults(parsed, bounds, fit)
    there = np.flatnonzero(fit)
    for index in there[~_valid(geometry[there])]:
        reason = shapely.is_valid_reason(geometry[index])
        parsed.fault(
            int(index),
            None,
            say("the polygon is not valid: {reason}", reason=reason),
            say("mend the ring at that place"),
            geometry[index],
        )


def _valid(shapes: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Return which shapes are valid; one over which GEOS stumbles is not."""
    try:
        return np.asarray(shapely.is_valid(shapes))
    except shapely.errors.GEOSException:
        if len(shapes) == 1:
            return np.array([False])
        # rare: each by itself, to see which one it is
        return np.concatenate([_valid(shapes[i : i + 1]) for i in range(len(shapes))])


def _kind_of(geometry: Any) -> str:
    if geometry.geom_type != "GeometryCollection":
        return str(geometry.geom_type)
    return f"GeometryCollection ({', '.join(sorted({part.geom_type for part in geometry.geoms}))})"


def _degree_faults(parsed: Parsed, bounds: npt.NDArray[np.float64], there: npt.NDArray[np.bool_]) -> None:
    lng = np.abs(bounds[:, [0, 2]]).max(axis=1)
    lat = np.abs(bounds[:, [1, 3]]).max(axis=1)
    off = there & ((lng > 180) | (lat > 90))
    geometry = parsed.geometry
    assert geometry is not None
    for index in np.flatnonzero(off):
        west, south = bounds[index, 0], bounds[index, 1]
        swapped = lat[index] <= 180 and lng[index] <= 90
        parsed.faults.append(
            Fault(
                file=parsed.file,
                row=int(parsed.rows.iloc[index]),
                column=f"{parsed.headings['lng']}, {parsed.headings['lat']}",
                found=f"{west:.6g}, {south:.6g}",
                allowed=say("longitude -180 to 180, then latitude -90 to 90"),
                remedy=say("longitude and latitude look swapped: exchange them")
                if swapped
                else say("declare the datum of a layer in metres, such as EPSG:4548"),
                shape=geometry[index],
                datum=parsed.datum,
            )
        )
