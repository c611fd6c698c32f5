"""Make shapes of the bytes that a layer holds: flat, of one kind each, and never lost without a word."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geodata.errors import DataError, Fault
from geodata.messages import Text, say

_FAMILIES = (
    (("Point", "MultiPoint"), shapely.multipoints),
    (("LineString", "LinearRing", "MultiLineString"), shapely.multilinestrings),
    (("Polygon", "MultiPolygon"), shapely.multipolygons),
)


def shapes_of(wkb: npt.NDArray[Any], file: str) -> tuple[npt.NDArray[Any], list[Text]]:
    """Make shapes of well-known binary.

    Parameters
    ----------
    wkb : array of bytes, shape (n,)
        None where a row has no shape.
    file : str
        The name that faults and notes show.

    Returns
    -------
    (array of shapely geometries, shape (n,), list of Text)
        Flat; a collection of polygons alone is a multi-polygon, a multi-point of one point is that point.

    Raises
    ------
    DataError
        A fault for each shape that stands in the file and cannot be made. Where closing the ring makes
        it, the fault carries it so.
    """
    made = shapely.from_wkb(wkb, on_invalid="ignore")
    there = np.array([one is not None and len(one) > 0 for one in wkb], dtype=bool)
    broken = np.flatnonzero(there & shapely.is_missing(made))
    if len(broken):
        closed = shapely.from_wkb(wkb[broken], on_invalid="fix")
        raise DataError(
            _broken(file, int(row) + 1, shape) for row, shape in zip(broken, closed, strict=True)
        )
    notes: list[Text] = []
    places, index = shapely.get_coordinates(made, include_z=True, return_index=True)
    # KML has a height of 0 everywhere: that is none
    high = len(np.unique(index[np.nan_to_num(places[:, 2]) != 0]))
    if high:
        notes.append(say("{file}: heights are left out ({n} shapes)", file=file, n=high))
    return _of_one_kind(shapely.force_2d(made), file, notes), notes


def _broken(file: str, row: int, shape: Any) -> Fault:
    return Fault(
        file=file,
        row=row,
        allowed=say("a whole shape; this one cannot be read (is its ring closed?)"),
        remedy=say("mend the ring at that place"),
        shape=None if shape is None or shapely.is_empty(shape) else shapely.force_2d(shape),
    )


def _of_one_kind(made: npt.NDArray[Any], file: str, notes: list[Text]) -> npt.NDArray[Any]:
    kinds = shapely.get_type_id(made)
    gathered = 0
    for index in np.flatnonzero(
        (kinds == shapely.GeometryType.GEOMETRYCOLLECTION) & ~shapely.is_empty(made)
    ):
        parts = shapely.get_parts(shapely.get_parts(made[index]))
        for names, build in _FAMILIES:
            if len(parts) and all(part.geom_type in names for part in parts):
                made[index] = parts[0] if len(parts) == 1 else build(parts)
                gathered += 1
    if gathered:
        notes.append(
            say(
                "{file}: {n} collections of shapes of one kind are read as one shape each",
                file=file,
                n=gathered,
            )
        )
    single = np.flatnonzero(
        (kinds == shapely.GeometryType.MULTIPOINT) & (shapely.get_num_geometries(made) == 1)
    )
    made[single] = shapely.get_geometry(made[single], 0)
    return made
