"""Read GeoParquet: the shapes of its primary column, its CRS, and every other column as text.

Format: GeoParquet 1.1.0 (OGC candidate standard); its metadata stand as JSON under the key `geo`.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.cells import as_text
from geodata.errors import DataError, Fault
from geodata.messages import say
from geodata.reading.guards import MIB, MOST_UNPACKED_MIB, refuse
from geodata.reading.layers_parts import Parts
from geodata.reading.raw import RawTable
from geodata.reading.shapes import shapes_of

MOST_ROWS = 10_000_000
"""Most rows of a table; all children of a province in all grades. A kilobyte of Parquet can state more."""


def read_geoparquet(parts: Parts) -> RawTable:
    """Read a Parquet file, with or without shapes.

    Raises
    ------
    DataError
        If it is damaged, would unpack to more than `MOST_ROWS` or `MOST_UNPACKED_MIB`, or keeps its
        shapes in another way than well-known binary; if a heading stands twice, or a column of bytes is no
        text in UTF-8.
    """
    import pyarrow as pa

    file = parts.file
    try:
        table = _table(parts.main, file)
        geo = json.loads((table.schema.metadata or {}).get(b"geo", b"{}"))
        name = _shape_column(geo, table.column_names, file)
        wkb = None if name is None else _wkb(table, name)
        shapes = _other_shapes(geo, table.column_names, name)
        columns = {
            str(c): _texts(table[c], str(c), file) for c in table.column_names if c not in (name, *shapes)
        }
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError, RecursionError) as error:
        raise refuse(
            file,
            say("a whole Parquet file; this one cannot be read ({problem})", problem=type(error).__name__),
        ) from error
    geometry, notes = (None, []) if wkb is None else shapes_of(wkb, file)
    if shapes:
        notes.append(
            say(
                "{file}: other columns of shapes are not read: {columns}",
                file=file,
                columns=", ".join(shapes),
            )
        )
    count = table.num_rows
    return RawTable(
        file=file,
        cells=pd.DataFrame(columns, index=range(count), dtype="str"),
        rows=pd.Series(range(1, count + 1), dtype="int64"),
        geometry=geometry,
        crs=None if name is None else _crs_of(geo["columns"][name]),
        sha256=parts.sha256,
        notes=tuple(notes),
    )


def _table(data: bytes, file: str) -> Any:
    """Read all columns, text as a list of its values: a megabyte that stands in every row is kept once."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = pq.ParquetFile(pa.BufferReader(data))
    meta = source.metadata
    if meta.num_rows > MOST_ROWS or meta.num_rows < 0:
        raise refuse(
            file, say("tables of up to {most} rows; this states {n}", most=MOST_ROWS, n=meta.num_rows)
        )
    names = source.schema_arrow.names
    if len(set(names)) != len(names):
        raise refuse(file, say("each heading once"), say("remove or rename one"))
    stated = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
    _need_small(stated, file)
    texts = [
        field.name
        for field in source.schema_arrow
        if pa.types.is_string(field.type) or pa.types.is_binary(field.type)
    ]
    table = pq.ParquetFile(pa.BufferReader(data), read_dictionary=texts).read(use_threads=False)
    table.validate(full=True)
    _need_small(sum(_size(table[name]) for name in table.column_names), file)
    return table


def _need_small(size: int, file: str) -> None:
    if size > MOST_UNPACKED_MIB * MIB:
        raise refuse(
            file,
            say(
                "tables of up to {most} MiB when unpacked; this one reaches {size}",
                most=MOST_UNPACKED_MIB,
                size=size // MIB,
            ),
        )


def _size(column: Any) -> int:
    """Return the bytes of a column with every value written out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    total = 0
    for chunk in column.chunks:
        lengths = pc.fill_null(pc.binary_length(chunk.dictionary), 0)
        if len(lengths):
            total += pc.sum(pc.cast(lengths.take(chunk.indices.drop_null()), pa.int64())).as_py() or 0
    return total


def _shape_column(geo: Any, names: list[str], file: str) -> str | None:
    if not isinstance(geo, dict) or "primary_column" not in geo:
        return None
    name = geo["primary_column"]
    column = geo.get("columns", {}).get(name) if isinstance(geo.get("columns"), dict) else None
    if name not in names or not isinstance(column, dict):
        raise refuse(file, say("GeoParquet; the column of its shapes is not there"))
    if str(column.get("encoding", "WKB")).upper() != "WKB":
        raise refuse(
            file,
            say("GeoParquet with shapes as WKB"),
            say('save it with geometry_encoding="WKB", or as GeoPackage'),
            found=str(column["encoding"]),
        )
    return str(name)


def _wkb(table: Any, name: str) -> npt.NDArray[Any]:
    values = table[name].to_pylist()
    if any(value is not None and not isinstance(value, bytes) for value in values):
        raise ValueError("the shapes are no bytes")
    wkb = np.empty(len(values), dtype=object)
    wkb[:] = values
    return wkb


def _other_shapes(geo: Any, names: list[str], primary: str | None) -> list[str]:
    """Return further columns of shapes; they are no text."""
    known = geo.get("columns", {}) if primary is not None else {}
    return [name for name in names if name in known and name != primary]


def _texts(column: Any, name: str, file: str) -> list[str]:
    values = column.to_pylist()
    return [_text(value, row, name, file) for row, value in enumerate(values, start=1)]


def _text(value: Any, row: int, name: str, file: str) -> str:
    if not isinstance(value, bytes):
        return as_text(value)
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        fault = Fault(
            file=file,
            row=row,
            column=name,
            allowed=say("text in UTF-8; this column holds bytes that are none"),
            remedy=say("save the column as text, or leave it out"),
        )
        raise DataError([fault]) from error


def _crs_of(column: dict[str, Any]) -> str | None:
    """Return the CRS of the shapes; WGS-84 where the metadata say nothing, unknown where they say null."""
    import pyproj

    if "crs" not in column:
        return "EPSG:4326"
    if column["crs"] is None:
        return None
    try:
        crs = pyproj.CRS.from_user_input(column["crs"])
    except pyproj.exceptions.CRSError:
        return "?"
    code = crs.to_authority()
    return "EPSG:4326" if code == ("OGC", "CRS84") else ":".join(code) if code else str(crs.to_wkt())
