"""Read a file as rows of text and geometry, and nothing more: what it means is not known here."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.cells import as_text
from geodata.errors import DataError, Fault
from geodata.messages import say
from geodata.toml import missing_file, not_decodable

_NO_HEADING = "\0"
GEO_SUFFIXES = (".geojson", ".json", ".gpkg")
TEXT_SUFFIXES = (".csv", ".psv", ".tsv", ".txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """Rows as they stand in a file.

    Parameters
    ----------
    file : str
        The file's name, for faults.
    cells : DataFrame of str, shape (n, columns)
        Every cell as text; "" is blank.
    rows : Series of int, shape (n,)
        The number of each row as a person counts: the heading of a text file is row 1, the first
        feature of a layer is 1.
    geometry : array of shapely geometries, shape (n,), optional
        None for a text file.
    crs : str, optional
        The CRS that the file itself declares, where its format can (GeoPackage).
    sha256 : str
        The hash of the file's bytes.
    """

    file: str
    cells: pd.DataFrame
    rows: pd.Series
    geometry: npt.NDArray[Any] | None
    crs: str | None
    sha256: str


def read_rows(path: Path, *, encoding: str, delimiter: str, layer: str | None) -> RawTable:
    """Read a file; the kind follows from the ending of its name.

    Raises
    ------
    DataError
        If it is absent, of an unknown kind, undecodable or malformed.
    """
    suffix = path.suffix.lower()
    if suffix not in GEO_SUFFIXES + TEXT_SUFFIXES:
        allowed = ", ".join(GEO_SUFFIXES + TEXT_SUFFIXES)
        fault = Fault(
            file=path.name,
            allowed=say("kinds of file: {allowed}", allowed=allowed),
            remedy=say("save the table as one of these"),
        )
        raise DataError([fault])
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError([missing_file(path.name, error)]) from error
    digest = hashlib.sha256(data).hexdigest()
    if suffix in TEXT_SUFFIXES:
        return _read_text(path.name, data, digest, encoding, delimiter)
    return _read_layer(path, digest, layer)


def rows_of(rows: list[dict[str, Any]], file: str, table: str) -> RawTable:
    """Return a small table that stands in xuequ.toml itself."""
    # NaN is blank in a GeoPackage, which has no other blank number; in TOML a person wrote it
    cells = pd.DataFrame(
        [{k: "nan" if v != v else as_text(v) for k, v in row.items()} for row in rows], dtype="str"
    )
    digest = hashlib.sha256(repr(rows).encode()).hexdigest()
    numbers = pd.Series(range(1, len(rows) + 1), dtype="int64")
    return RawTable(
        file=f"{file} [tables.{table}]",
        cells=cells.fillna(""),
        rows=numbers,
        geometry=None,
        crs=None,
        sha256=digest,
    )


def _read_text(file: str, data: bytes, digest: str, encoding: str, delimiter: str) -> RawTable:
    codec = "utf-8-sig" if encoding == "utf-8" else "gb18030"
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DataError([not_decodable(file, encoding, line)]) from error
    # old spreadsheets end their lines with a lone carriage return
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    heading = _heading(file, text, delimiter)
    if not heading:
        fault = Fault(
            file=file,
            row=1,
            allowed=say("a heading is expected; the file is empty"),
            remedy=say("write the names of the columns in the first row"),
        )
        raise DataError([fault])
    # a spreadsheet saves columns that were once touched: no heading, no cells
    names = [name.strip() or f"{_NO_HEADING}{place}" for place, name in enumerate(heading, start=1)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        fault = Fault(
            file=file,
            row=1,
            found=", ".join(twice),
            allowed=say("each heading once"),
            remedy=say("remove or rename one"),
        )
        raise DataError([fault])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            cells = pd.read_csv(
                io.StringIO(text),
                sep=delimiter,
                dtype="str",
                header=0,
                names=names,
                index_col=False,
                keep_default_na=False,
                skip_blank_lines=False,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        problem = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        row, fields = _first_long_row(text, delimiter, len(names))
        unclosed = re.search(r"EOF inside string starting at row (\d+)", problem)
        if row is not None:
            problem = f"{fields} fields"
        elif unclosed is not None:
            row, problem = int(unclosed.group(1)) + 1, "EOF inside string"
        fault = Fault(
            file=file,
            row=row,
            allowed=say("not a table with {n} columns: {problem}", n=len(names), problem=problem),
            remedy=say("check the delimiter and the quotes of that line"),
        )
        raise DataError([fault]) from error
    cells = cells.fillna("")
    for name in [name for name in names if name.startswith(_NO_HEADING)]:
        if (cells[name] != "").any():
            where = name.removeprefix(_NO_HEADING)
            fault = Fault(
                file=file,
                row=1,
                allowed=say("a heading for each column that has cells; column {n} has none", n=where),
                remedy=say("write a heading, or empty the column"),
            )
            raise DataError([fault])
        cells = cells.drop(columns=name)
    filled = (cells != "").any(axis=1)
    numbers = pd.Series(np.arange(len(cells)) + 2, dtype="int64")
    return RawTable(
        file=file,
        cells=cells[filled].reset_index(drop=True),
        rows=numbers[filled].reset_index(drop=True),
        geometry=None,
        crs=None,
        sha256=digest,
    )


def _heading(file: str, text: str, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader(io.StringIO(text), delimiter=delimiter), None)
    except csv.Error as error:
        fault = Fault(
            file=file,
            row=1,
            allowed=say("a line of headings; it cannot be read: {problem}", problem=error),
            remedy=say("check the delimiter and the quotes of that line"),
        )
        raise DataError([fault]) from error


def _first_long_row(text: str, delimiter: str, columns: int) -> tuple[int | None, int]:
    """Return the number of the first row with more fields than there are columns, and its fields."""
    try:
        for row, fields in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), start=1):
            if len(fields) > columns:
                return row, len(fields)
    except csv.Error:
        pass  # pandas, whose error is shown then, says what it is
    return None, 0


def _read_layer(path: Path, digest: str, layer: str | None) -> RawTable:
    import pyogrio
    import shapely

    try:
        with warnings.catch_warnings():
            # GDAL's remarks on single features are of no use to a planner; our own checks follow
            warnings.simplefilter("ignore")
            meta, _, wkb, values = pyogrio.raw.read(path, layer=layer, force_2d=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        problem = str(error).replace(str(path), path.name)
        fault = Fault(
            file=path.name,
            allowed=say("the layer cannot be read: {problem}", problem=problem),
            remedy=say("save it again as GeoJSON or GeoPackage, and check the name of the layer"),
        )
        raise DataError([fault]) from error
    columns = {
        str(name): [as_text(v) for v in column] for name, column in zip(meta["fields"], values, strict=True)
    }
    count = len(wkb) if wkb is not None else len(next(iter(columns.values()), []))
    geometry = None if wkb is None else shapely.from_wkb(wkb, on_invalid="ignore")
    if geometry is not None:
        _raise_on_broken_shapes(path.name, wkb, geometry)
    return RawTable(
        file=path.name if layer is None else f"{path.name}:{layer}",
        cells=pd.DataFrame(columns, index=range(count), dtype="str"),
        rows=pd.Series(range(1, count + 1), dtype="int64"),
        geometry=geometry,
        crs=meta["crs"] if path.suffix.lower() == ".gpkg" else None,
        sha256=digest,
    )


def _raise_on_broken_shapes(file: str, wkb: npt.NDArray[Any], geometry: npt.NDArray[Any]) -> None:
    """Raise where a shape stands in the file and cannot be made: else it would count as absent."""
    broken = [
        i for i, (there, made) in enumerate(zip(wkb, geometry, strict=True)) if there and made is None
    ]
    if broken:
        raise DataError(
            Fault(
                file=file,
                row=index + 1,
                allowed=say("a whole shape; this one cannot be read (is its ring closed?)"),
                remedy=say("mend the ring at that place"),
            )
            for index in broken
        )
