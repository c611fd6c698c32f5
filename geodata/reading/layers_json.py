"""Find shapes of a GeoJSON file that GDAL drops without a word: whole ones, or single parts of them.

GDAL makes a coordinate that is text, null or missing into no shape, and leaves such a ring or part of a
multi-polygon out (seen with GDAL 3.12); a zone would silently lose a piece. Parsing all of a file in
Python only to find that would take longer than reading it, so that first a search of its bytes says
whether there is anything to look for.
"""

from __future__ import annotations

import json
import re
from typing import Any

from geodata.errors import DataError, Fault
from geodata.messages import say
from geodata.reading.guards import refuse

_COORDINATES = re.compile(rb'"coordinates"\s*:\s*([0-9eE+.,\[\]\s-]*)([^0-9eE+.,\[\]\s-]?)')
_ODD = re.compile(rb"\[\s*\]|\[\s*[-+0-9.eE]+\s*\]|\]\s*,\s*[-+0-9.]|[0-9.]\s*,\s*\[|\[\s*,|,\s*\]|\]\s*\[")
_DEPTH = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}


def looks_odd(data: bytes) -> bool:
    """Whether a GeoJSON text may hold coordinates that are no lists of numbers; True needs a closer look.

    Examples
    --------
    >>> looks_odd(b'{"type": "Point", "coordinates": [118.1, 24.5]}')
    False
    >>> looks_odd(b'{"type": "Point", "coordinates": ["118.1", 24.5]}')
    True
    """
    if b'"GeometryCollection"' in data:
        # a part that is null stands at no coordinates
        return True
    for found in _COORDINATES.finditer(data):
        value, after = found.group(1), found.group(2)
        ends_well = after == b"}" or (after == b'"' and value.rstrip().endswith(b","))
        if not ends_well or value.count(b"[") != value.count(b"]") or _ODD.search(value):
            return True
    return False


def need_whole_shapes(data: bytes, file: str, rows: int) -> None:
    """Raise if a shape of a GeoJSON text is not made of numbers as its type wants them.

    Parameters
    ----------
    data : bytes
        The text, which GDAL has read.
    file : str
        The name that a fault shows.
    rows : int
        How many features GDAL found.

    Raises
    ------
    DataError
        One fault a feature.
    """
    try:
        top = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise refuse(
            file, say("JSON; this cannot be read: {problem}", problem=type(error).__name__)
        ) from error
    if not isinstance(top, dict) or not str(top.get("type", "")).endswith(("Feature", "FeatureCollection")):
        return
    features = top.get("features", []) if top["type"] == "FeatureCollection" else [top]
    if not isinstance(features, list) or len(features) != rows:
        raise refuse(file, say("a list of features, each of them an object with properties and geometry"))
    faults = [
        _odd_shape(file, row)
        for row, feature in enumerate(features, start=1)
        if not (isinstance(feature, dict) and _is_geometry(feature.get("geometry")))
    ]
    if faults:
        raise DataError(faults)


def _odd_shape(file: str, row: int) -> Fault:
    return Fault(
        file=file,
        row=row,
        allowed=say(
            "a shape of a GeoJSON type whose coordinates are lists of two or three numbers, nested as the "
            "type wants them; a part of this one is not"
        ),
        remedy=say("correct it, or write null where there is no shape"),
    )


def _is_geometry(geometry: Any) -> bool:
    if geometry is None:
        return True
    if not isinstance(geometry, dict):
        return False
    if geometry.get("type") == "GeometryCollection":
        parts = geometry.get("geometries")
        return isinstance(parts, list) and all(part is not None and _is_geometry(part) for part in parts)
    depth = _DEPTH.get(str(geometry.get("type")))
    coordinates = geometry.get("coordinates")
    return depth is not None and (coordinates == [] or _is_nested(coordinates, depth))


def _is_nested(value: Any, depth: int) -> bool:
    if not isinstance(value, list):
        return False
    if depth > 0:
        return all(_is_nested(inner, depth - 1) for inner in value)
    return len(value) >= 2 and all(isinstance(n, (int, float)) and not isinstance(n, bool) for n in value)
