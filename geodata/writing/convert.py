"""Bring a whole file from one datum into another: `xuequ datum`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyproj
import shapely

from geodata import datum as datums
from geodata.errors import DataError, Fault, XuequError
from geodata.identity import holds_number_of_a_person
from geodata.messages import Text, say
from geodata.reading.raw import RawTable
from geodata.recognising import findings, kind_of_heading
from geodata.writing.coordinates import LAT, LNG, coordinates_of, heading_of, raise_on_degrees
from geodata.writing.kinds import typed_cells
from geodata.writing.layers import LAYER_SUFFIXES, Layer, need_names, write_layers
from geodata.writing.tables import TABLE_SUFFIXES, write_table
from geodata.writing.whole import need_new, unknown_kind

Floats = npt.NDArray[np.float64]

_DEGREE_DIGITS, _METRE_DIGITS = 8, 3  # both about a millimetre


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What to convert, and how.

    Parameters
    ----------
    source, target : str
        The datums, as `geodata.datum.convert` takes them.
    lng, lat : str, optional
        The headings of a table's coordinates, where the common ones do not tell.
    drop : tuple of str
        Columns to leave out.
    layer : str, optional
        Which layer of the file.
    """

    source: str
    target: str
    lng: str | None = None
    lat: str | None = None
    drop: tuple[str, ...] = ()
    layer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """What a conversion came to.

    Parameters
    ----------
    rows, blank : int
        Rows in all, and those without a place, which have none afterwards.
    outside : int or None
        Places outside China, which a shifted datum leaves as they are; None where no datum is shifted.
    mean_m, most_m : float or None
        How far the numbers moved on the ground; None where one of the two is not in degrees.
    accuracy_m : float or None
        As `geodata.datum.accuracy_m`.
    notes : tuple of Text
        What a reader of the file must be told.
    """

    rows: int
    blank: int
    outside: int | None
    mean_m: float | None
    most_m: float | None
    accuracy_m: float | None
    notes: tuple[Text, ...]


def convert_file(raw: RawTable, path: Path, out: Path, ask: Ask) -> Converted:
    """Write a file that has been read in another datum.

    Parameters
    ----------
    raw : RawTable
        The file, as `read_rows` reads it: checked, its cells as text.
    path : Path
        Where it stands; the columns of a layer keep the kinds that they have there (`typed_cells`), their
        values are those of `raw`.
    out : Path
        A new file; its ending says what it is: a layer (`LAYER_SUFFIXES`) or a table (`TABLE_SUFFIXES`).
    ask : Ask

    Returns
    -------
    Converted

    Raises
    ------
    DataError
        If coordinates are missing by half, not numbers, or no degrees; or columns are about persons.
    XuequError
        If `out` is there already or of another kind, the file says that it is in another CRS, or the
        coordinates cannot be expressed in the target; or two columns would have one name in `out`.
    """
    need_new(out)
    if out.suffix.lower() not in (*LAYER_SUFFIXES, *TABLE_SUFFIXES):
        raise unknown_kind(out, (*LAYER_SUFFIXES, *TABLE_SUFFIXES))
    datums.crs_of(ask.source)
    datums.crs_of(ask.target)
    raise_on_persons(raw, ask.drop)
    if raw.geometry is None:
        return _convert_table(raw, out, ask)
    return _convert_layer(raw, path, out, ask)


def raise_on_persons(raw: RawTable, drop: Sequence[str]) -> None:
    """Refuse columns with names or identity numbers of persons: a copy would spread them.

    Raises
    ------
    DataError
        For each such column that is not among those to leave out; what stands in it is not shown.
    """
    if any(holds_number_of_a_person(str(heading)) for heading in raw.cells.columns):
        fault = Fault(
            file=raw.file,
            allowed=say("headings in the first row; a number of a person stands among them"),
            remedy=say("write the names of the columns in the first row"),
        )
        raise DataError([fault])
    faults = []
    for heading in raw.cells.columns:
        if heading in drop:
            continue
        cells = pa.array(raw.cells[heading], type=pa.large_string())
        # schools and estates have a name too
        named = kind_of_heading(str(heading)) in ("id-number", "name") and str(heading).lower() != "name"
        if named or next(findings(cells, str(heading), None, children=False), None) is not None:
            fault = Fault(
                file=raw.file,
                column=str(heading),
                allowed=say("no names and numbers of persons; this column looks as if it had them"),
                remedy=say("leave it out: --drop and its heading"),
            )
            faults.append(fault)
    if faults:
        raise DataError(faults)


def _convert_layer(raw: RawTable, path: Path, out: Path, ask: Ask) -> Converted:
    if raw.crs is not None and not datums.may_be(raw.crs, ask.source):
        raise XuequError(
            say(
                "{file} says itself that it is in {crs}, which is not {datum}; "
                "name that one with --from, or correct the file",
                file=raw.file,
                crs=datums.crs_of(raw.crs).name,
                datum=ask.source,
            )
        )
    shapes = np.array(raw.geometry, dtype=object)
    shapes[shapely.is_empty(shapes)] = None
    raise_on_degrees(raw, shapely.bounds(shapes), ask.source)
    moved = datums.convert_shapes(shapes, ask.source, ask.target)
    attributes = typed_cells(raw, path, ask.layer).drop(columns=list(ask.drop), errors="ignore")
    before, after = shapely.get_coordinates(shapes), shapely.get_coordinates(moved)
    notes = _write(out, attributes, moved, ask)
    return _converted(raw, int(shapely.is_missing(shapes).sum()), before.T, after.T, ask, notes)


def _convert_table(raw: RawTable, out: Path, ask: Ask) -> Converted:
    lng, lat = (
        heading_of(raw, ask.lng, LNG, "--lng"),
        heading_of(raw, ask.lat, LAT, "--lat"),
    )
    before = coordinates_of(raw, lng, lat)
    raise_on_degrees(raw, np.column_stack([*before, *before]), ask.source)
    after = datums.convert(*before, ask.source, ask.target)
    attributes = raw.cells.drop(columns=list(ask.drop), errors="ignore")
    known = np.isfinite(before[0])
    notes: tuple[Text, ...]
    if out.suffix.lower() in TABLE_SUFFIXES:
        names = {heading: _renamed(heading, ask) for heading in (lng, lat)}
        _raise_on_taken(out, names, [str(name) for name in attributes.columns])
        digits = _DEGREE_DIGITS if datums.is_geographic(ask.target) else _METRE_DIGITS
        table = attributes.copy()
        for heading, values in zip((lng, lat), after, strict=True):
            table[heading] = np.round(values, digits)
        write_table(out, table.rename(columns=names))
        notes = _said_of_names(names)
    else:
        points = np.full(len(known), None, dtype=object)
        points[known] = shapely.points(after[0][known], after[1][known])
        notes = _write(out, attributes.drop(columns=[lng, lat]), points, ask)
    held = [values[known] for values in (*before, *after)]
    return _converted(raw, int((~known).sum()), held[:2], held[2:], ask, notes)


def _write(out: Path, attributes: pd.DataFrame, shapes: Any, ask: Ask) -> tuple[Text, ...]:
    """Write a layer, or its points as a table."""
    if out.suffix.lower() in LAYER_SUFFIXES:
        need_names(out, [str(name) for name in attributes.columns])
        frame = gpd.GeoDataFrame(attributes, geometry=shapes)
        return write_layers(out, [Layer(name=ask.layer or out.stem, frame=frame, datum=ask.target)])
    kinds = set(shapely.get_type_id(shapes)) - {-1, 0}
    if kinds:
        raise XuequError(
            say(
                "{path}: a table holds points only, and the layer has lines or polygons; write .gpkg",
                path=out.name,
            )
        )
    digits = _DEGREE_DIGITS if datums.is_geographic(ask.target) else _METRE_DIGITS
    table = attributes.copy()
    for name, values in (("lng", shapely.get_x(shapes)), ("lat", shapely.get_y(shapes))):
        if name in table:
            raise XuequError(
                say(
                    "{path}: the layer has a column {column} already; leave it out with --drop",
                    path=out.name,
                    column=name,
                )
            )
        table[name] = np.round(values, digits)
    write_table(out, table)
    return ()


def _renamed(heading: str, ask: Ask) -> str:
    """Return a heading that names the old datum with the new one: it would tell a lie."""
    pattern = re.compile(rf"(?<![a-z0-9]){re.escape(ask.source)}(?![a-z0-9])", re.IGNORECASE)
    return pattern.sub(ask.target, heading)


def _raise_on_taken(out: Path, names: dict[str, str], there: list[str]) -> None:
    """Refuse to rename a coordinate as another column is called already."""
    for old, new in names.items():
        if new != old and new in there:
            raise XuequError(
                say(
                    "{path}: column {old} would be called {new}, and there is one of that name; leave that "
                    "out with --drop, or rename it",
                    path=out.name,
                    old=old,
                    new=new,
                )
            )


def _said_of_names(names: dict[str, str]) -> tuple[Text, ...]:
    return tuple(
        say("column {old} is now called {new}", old=old, new=new)
        for old, new in names.items()
        if old != new
    )


def _converted(
    raw: RawTable, blank: int, before: Any, after: Any, ask: Ask, notes: tuple[Text, ...]
) -> Converted:
    outside = None
    shifted = ask.source in datums.SHIFTED or ask.target in datums.SHIFTED
    if shifted and ask.source != ask.target:
        lng, lat = before
        if not datums.is_geographic(ask.source):
            lng, lat = datums.convert(lng, lat, ask.source, "wgs84")
        outside = int((~datums.in_china(lng, lat)).sum())
    moved = None
    if datums.is_geographic(ask.source) and datums.is_geographic(ask.target) and len(before[0]):
        moved = pyproj.Geod(ellps="WGS84").inv(*before, *after)[2]
    return Converted(
        rows=len(raw.cells),
        blank=blank,
        outside=outside,
        mean_m=None if moved is None else float(np.mean(moved)),
        most_m=None if moved is None else float(np.max(moved)),
        accuracy_m=datums.accuracy_m(ask.source, ask.target),
        notes=(*raw.notes, *notes),
    )
