"""Make a normalised table of rows of text: a planner's headings to ours, text to values."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import datum as datums
from geodata.cells import parse_column
from geodata.errors import Fault, XuequError
from geodata.messages import Text, say
from geodata.project import Source
from geodata.reading.raw import RawTable
from geodata.schema import Column, Shape, Table

_SHAPES: dict[Shape, tuple[str, ...]] = {
    "polygon": ("Polygon", "MultiPolygon"),
    "point": ("Point",),
    "line": ("LineString",),
    "any": ("Point", "LineString", "MultiLineString", "Polygon", "MultiPolygon"),
}
_LNG = Column(name="lng", kind="number")
_LAT = Column(name="lat", kind="number")


@dataclass(slots=True, kw_only=True)
class Parsed:
    """A table on its way in: values, where each row came from, and what was found on the way."""

    table: Table
    file: str
    frame: pd.DataFrame
    rows: pd.Series
    headings: dict[str, str]
    geometry: npt.NDArray[Any] | None = None
    datum: str | None = None
    faults: list[Fault] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)

    def fault(self, index: int, column: str | None, allowed: Text, remedy: Text | None = None) -> None:
        """Add a fault at a row (its position in the frame), with what stands there."""
        found = None
        if column is not None and column in self.frame:
            value = self.frame[column].iloc[index]
            found = None if pd.isna(value) else str(value)
        self.faults.append(
            Fault(
                file=self.file,
                row=int(self.rows.iloc[index]),
                column=None if column is None else self.headings.get(column, column),
                found=found,
                allowed=allowed,
                remedy=remedy,
            )
        )


def select_rows(raw: RawTable, source: Source, faults: list[Fault]) -> tuple[RawTable, list[Text]]:
    """Apply `skip` and `split` of a source: leave out rows, make several rows of one cell."""
    cells, rows, geometry = raw.cells, raw.rows, raw.geometry
    notes: list[Text] = []
    wanted = [skip.column for skip in source.skip] + ([source.split.column] if source.split else [])
    missing = [column for column in wanted if column not in cells]
    if missing:
        faults.extend(_missing(raw.file, column, cells.columns) for column in missing)
        return raw, notes
    for skip in source.skip:
        keep = ~cells[skip.column].str.contains(skip.contains, regex=False).to_numpy()
        if (~keep).any():
            shown = ", ".join(str(r) for r in rows[~keep])
            notes.append(
                say(
                    "{file}: row {rows} left out: {reason}",
                    file=raw.file,
                    rows=shown,
                    reason=skip.reason,
                )
            )
        cells, rows = cells[keep].reset_index(drop=True), rows[keep].reset_index(drop=True)
        geometry = None if geometry is None else geometry[keep]
    if source.split is not None:
        column = source.split.column
        parts = cells[column].str.split(source.split.by, regex=False)
        count = parts.str.len().to_numpy()
        index = np.repeat(np.arange(len(cells)), count)
        cells = cells.iloc[index].reset_index(drop=True)
        cells[column] = [part.strip() for cell in parts for part in cell]
        rows = rows.iloc[index].reset_index(drop=True)
        geometry = None if geometry is None else geometry[index]
        filled = (cells[column] != "").to_numpy()
        cells, rows = cells[filled].reset_index(drop=True), rows[filled].reset_index(drop=True)
        geometry = None if geometry is None else geometry[filled]
    return replace(raw, cells=cells, rows=rows, geometry=geometry), notes


def parse_table(table: Table, raw: RawTable, source: Source) -> Parsed:
    """Parse the rows of a file as a table of the schema.

    Parameters
    ----------
    table : Table
        What the rows should be.
    raw : RawTable
        Rows of text, after `select_rows`.
    source : Source
        The planner's headings, constants and datum.

    Returns
    -------
    Parsed
        One column for each of the schema, in its order, and the geometry as declared (not yet in
        the metric CRS); faults are collected in it, never raised.
    """
    headings = {name: source.columns.get(name, name) for name in (*table.names, "lng", "lat")}
    parsed = Parsed(
        table=table,
        file=raw.file,
        frame=pd.DataFrame(index=raw.cells.index),
        rows=raw.rows,
        headings=headings,
        datum=source.datum,
    )
    _mapping_faults(table, raw, source, parsed)
    for column in table.columns:
        cells = _cells(column, raw, source, parsed, required=column.required)
        values, faults = parse_column(
            cells, column, file=raw.file, heading=headings[column.name], rows=raw.rows
        )
        # a column that is absent altogether is one fault, not one a row
        parsed.faults.extend(faults if _present(column.name, raw, source) else [])
        parsed.frame[column.name] = values
    if table.geometry is not None:
        _read_geometry(table, table.geometry, raw, source, parsed)
    return parsed


def _present(name: str, raw: RawTable, source: Source) -> bool:
    return name in source.constants or source.columns.get(name, name) in raw.cells


def _cells(column: Column, raw: RawTable, source: Source, parsed: Parsed, *, required: bool) -> pd.Series:
    heading = source.columns.get(column.name, column.name)
    if column.name in source.constants:
        return pd.Series(str(source.constants[column.name]), index=raw.cells.index, dtype="str")
    if heading in raw.cells:
        cells = raw.cells[heading]
        words = source.values.get(column.name)
        return cells.str.strip().replace(words) if words else cells
    if required or column.name in source.columns:
        parsed.faults.append(_missing(raw.file, heading, raw.cells.columns))
    return pd.Series("", index=raw.cells.index, dtype="str")


def _missing(file: str, heading: str, there: pd.Index) -> Fault:
    near = difflib.get_close_matches(heading, list(there), n=1)
    remedy = (
        say("did you mean {near}?", near=near[0])
        if near
        else say("add the column, or name its heading under columns in xuequ.toml")
    )
    return Fault(
        file=file,
        column=heading,
        allowed=say("this column is missing; there are: {there}", there=", ".join(there)),
        remedy=remedy,
    )


def _mapping_faults(table: Table, raw: RawTable, source: Source, parsed: Parsed) -> None:
    known = set(table.names) | ({"lng", "lat"} if table.geometry is not None else set())
    for name in [*source.columns, *source.constants, *source.values]:
        if name not in known:
            parsed.faults.append(
                Fault(
                    file="xuequ.toml",
                    column=f"tables.{table.name}",
                    found=name,
                    allowed=say("columns of this table: {allowed}", allowed=", ".join(sorted(known))),
                    remedy=say("correct it"),
                )
            )


def _read_geometry(table: Table, shape: Shape, raw: RawTable, source: Source, parsed: Parsed) -> None:
    points = _present("lng", raw, source) or _present("lat", raw, source)
    if raw.geometry is None and not points:
        return
    if source.datum is None:
        parsed.faults.append(no_datum(raw.file, table.name))
        return
    try:
        geographic = datums.is_geographic(source.datum)
    except XuequError as error:
        parsed.faults.append(
            Fault(
                file="xuequ.toml",
                column=f"tables.{table.name}.datum",
                allowed=error.message,
                remedy=say("correct it"),
            )
        )
        return
    if raw.geometry is not None:
        if raw.crs is not None and not _same_crs(raw.crs, source.datum):
            parsed.faults.append(
                Fault(
                    file=raw.file,
                    found=raw.crs,
                    allowed=say("the datum declared in xuequ.toml, {datum}", datum=source.datum),
                    remedy=say("declare the datum that the layer really has"),
                )
            )
            return
        parsed.geometry = raw.geometry
    else:
        parsed.geometry = _points(raw, source, parsed)
    _geometry_faults(parsed, shape, geographic=geographic)


def no_datum(file: str, table: str) -> Fault:
    """Return the fault of a layer with coordinates and no declared datum; it says how to declare one."""
    return Fault(
        file=file,
        allowed=say(
            "the layer declares no datum; add to [tables.{table}] in xuequ.toml, for example, "
            'datum = "gcj02" (Amap, Tencent), "bd09" (Baidu), "wgs84" (GPS), "cgcs2000" (surveys), '
            '"EPSG:4548", or "local-metres"',
            table=table,
        ),
    )


def _same_crs(crs: str, datum: str) -> bool:
    return datums.crs_of(crs).equals(datums.crs_of(datum), ignore_axis_order=True)


def _points(raw: RawTable, source: Source, parsed: Parsed) -> npt.NDArray[Any]:
    values = {}
    for column in (_LNG, _LAT):
        cells = _cells(column, raw, source, parsed, required=True)
        heading = parsed.headings[column.name]
        number, faults = parse_column(cells, column, file=raw.file, heading=heading, rows=raw.rows)
        if heading in raw.cells:
            parsed.faults.extend(faults)
        values[column.name] = number.to_numpy(dtype="float64")
        parsed.frame[f"_{column.name}_blank"] = (cells.str.strip() == "").to_numpy()
    lng_blank = parsed.frame.pop("_lng_blank").to_numpy()
    lat_blank = parsed.frame.pop("_lat_blank").to_numpy()
    for index in np.flatnonzero(lng_blank != lat_blank):
        name = "lng" if lng_blank[index] else "lat"
        parsed.fault(
            int(index),
            name,
            say("both coordinates of a point, or neither"),
            say("fill it in"),
        )
    points = shapely.points(values["lng"], values["lat"])
    points[~(np.isfinite(values["lng"]) & np.isfinite(values["lat"]))] = None
    return np.asarray(points, dtype=object)


def _geometry_faults(parsed: Parsed, shape: Shape, *, geographic: bool) -> None:
    geometry = parsed.geometry
    assert geometry is not None
    empty = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    geometry[empty] = None
    names = np.array([g.geom_type if g is not None else "" for g in geometry])
    for index in np.flatnonzero(~empty & ~np.isin(names, _SHAPES[shape])):
        parsed.faults.append(
            Fault(
                file=parsed.file,
                row=int(parsed.rows.iloc[index]),
                found=str(names[index]),
                allowed=say("allowed: {allowed}", allowed=", ".join(_SHAPES[shape])),
                remedy=say("save the layer with such shapes"),
            )
        )
    bounds = shapely.bounds(geometry)
    wild = ~empty & ~np.isfinite(bounds).all(axis=1)
    for index in np.flatnonzero(wild):
        parsed.fault(int(index), None, say("finite coordinates"), say("correct it"))
    if geographic:
        _degree_faults(parsed, bounds, ~empty & ~wild)
    for index in np.flatnonzero(~empty & ~wild & ~shapely.is_valid(geometry)):
        reason = shapely.is_valid_reason(geometry[index])
        parsed.fault(
            int(index),
            None,
            say("the polygon is not valid: {reason}", reason=reason),
            say("mend the ring at that place"),
        )


def _degree_faults(parsed: Parsed, bounds: npt.NDArray[np.float64], there: npt.NDArray[np.bool_]) -> None:
    lng = np.abs(bounds[:, [0, 2]]).max(axis=1)
    lat = np.abs(bounds[:, [1, 3]]).max(axis=1)
    off = there & ((lng > 180) | (lat > 90))
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
            )
        )
