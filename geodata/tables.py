"""Make a normalised table of rows of text: a planner's headings to ours, text to values."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import datum as datums
from geodata.cells import parse_column
from geodata.errors import Fault, XuequError
from geodata.messages import Text, say
from geodata.parsed import Parsed
from geodata.project import Source
from geodata.reading.raw import RawTable
from geodata.schema import Column, Shape, Table
from geodata.table_shapes import same_crs, shape_faults

_LNG = Column(name="lng", kind="number")
_LAT = Column(name="lat", kind="number")


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
            shown = ", ".join(runs_of_rows(rows[~keep]))
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


def runs_of_rows(rows: pd.Series) -> list[str]:
    """Return row numbers as a person writes them, runs of them as one.

    Examples
    --------
    >>> runs_of_rows(pd.Series([3, 5, 6, 7, 9]))
    ['3', '5-7', '9']
    """
    numbers = np.unique(rows.to_numpy())
    runs = np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1) if len(numbers) else []
    return [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]


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
            cells,
            column,
            file=raw.file,
            heading=headings[column.name],
            rows=raw.rows,
            serials=raw.serials,
            notes=parsed.notes,
            merged=_merged(column, raw, source),
        )
        # a column that is absent altogether is one fault, not one a row
        parsed.faults.extend(faults if _present(column.name, raw, source) else [])
        parsed.frame[column.name] = values
    if table.geometry is not None:
        _read_geometry(table, table.geometry, raw, source, parsed)
    return parsed


def _present(name: str, raw: RawTable, source: Source) -> bool:
    return name in source.constants or source.columns.get(name, name) in raw.cells


def _merged(column: Column, raw: RawTable, source: Source) -> frozenset[int]:
    """Return the rows in which a column only repeats merged cells; a constant repeats none."""
    if column.name in source.constants:
        return frozenset()
    return raw.merged.get(source.columns.get(column.name, column.name), frozenset())


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
    # a table of polygons has no points: coordinates in its file belong to another table
    points = shape in ("point", "any") and (_present("lng", raw, source) or _present("lat", raw, source))
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
        if raw.crs is not None and not same_crs(raw.crs, source.datum):
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
    shape_faults(parsed, shape, geographic=geographic)


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


def _points(raw: RawTable, source: Source, parsed: Parsed) -> npt.NDArray[Any]:
    values = {}
    for column in (_LNG, _LAT):
        cells = _cells(column, raw, source, parsed, required=True)
        heading = parsed.headings[column.name]
        number, faults = parse_column(
            cells,
            column,
            file=raw.file,
            heading=heading,
            rows=raw.rows,
            notes=parsed.notes,
            merged=_merged(column, raw, source),
        )
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
