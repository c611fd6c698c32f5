"""Refuse databases and binary layers whose counts lie or which would run a program of their own."""

from __future__ import annotations

import re
import sqlite3
import struct
from contextlib import closing

from geodata.errors import DataError
from geodata.messages import say
from geodata.reading.guards import refuse

_SQLITE = b"SQLite format 3\0"
_SQLITE_HEAD = 100  # bytes
_FLATGEOBUF = b"fgb\x03fgb"
# the least that a feature takes: a table of offsets, and the offset to it
_LEAST_FEATURE_BYTES = 8
# the only virtual tables of a GeoPackage that only hold an index
_INDEX = re.compile(r"\busing\s+(rtree|fts[345])\b", re.IGNORECASE)
_COMPUTED_COLUMN = re.compile(r"\bas\s*\(", re.IGNORECASE)
_FEATURES_COUNT = 8  # its place among the fields of the header


def need_sane_geopackage(data: bytes, file: str) -> bytes:
    """Raise if a GeoPackage is damaged, states counts that it does not have, or computes its rows.

    Returns
    -------
    bytes
        The database, marked as one without a separate journal, so that it can be read from memory.

    Raises
    ------
    DataError
        If it is cut short; if a layer is a view, which can compute without end, or a virtual table, which
        can read other files; if a stated number of features is not that of the rows.
    """
    if not data.startswith(_SQLITE) or len(data) < _SQLITE_HEAD:
        raise refuse(file, say("a GeoPackage; the file does not begin like one"))
    (page,) = struct.unpack_from(">H", data, 16)
    page = 65536 if page == 1 else page
    (pages,) = struct.unpack_from(">I", data, 28)
    if page < 512 or page * pages > len(data):
        allowed = say(
            "a whole file; the {part} says that it has {stated} bytes, and has {there}",
            part=".gpkg",
            stated=page * pages,
            there=len(data),
        )
        raise refuse(file, allowed)
    plain = data[:18] + b"\x01\x01" + data[20:]
    try:
        with closing(sqlite3.connect(":memory:")) as base:
            base.deserialize(plain)
            base.execute("PRAGMA trusted_schema = OFF")
            _need_plain_tables(base, file)
            _need_true_counts(base, file)
    except (sqlite3.Error, ValueError, OverflowError, MemoryError) as error:
        raise refuse(file, say("a whole database; this one is damaged")) from error
    return plain


def _need_plain_tables(base: sqlite3.Connection, file: str) -> None:
    layers = {str(name).lower() for (name,) in _rows(base, "SELECT table_name FROM gpkg_contents")}
    for kind, name, sql in _rows(base, "SELECT type, name, sql FROM sqlite_master"):
        text = str(sql or "")
        computed = kind == "view" and (str(name).lower() in layers or "recursive" in text.lower())
        virtual = kind == "table" and "virtual" in text.lower()[:40] and not _INDEX.search(text)
        column = kind == "table" and _COMPUTED_COLUMN.search(text) is not None
        if computed or virtual or column:
            raise refuse(
                file,
                say("layers that are tables; this one is a view or computed when it is read"),
                say("save the layer as a new GeoPackage"),
                found=str(name),
            )


def _need_true_counts(base: sqlite3.Connection, file: str) -> None:
    """GDAL makes room for as many features as the file states, before it reads one."""
    if not _rows(base, "SELECT 1 FROM sqlite_master WHERE name = 'gpkg_ogr_contents'"):
        return
    tables = {name for (name,) in _rows(base, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    for name, stated in _rows(base, "SELECT table_name, feature_count FROM gpkg_ogr_contents"):
        if stated is None or name not in tables:
            continue
        there = _rows(base, f"SELECT count(*) FROM {_quoted(name)}")[0][0]
        if stated != there:
            raise _lying(file, str(name), stated, there)


def _rows(base: sqlite3.Connection, sql: str, *values: str) -> list[tuple[object, ...]]:
    return list(base.execute(sql, values))


def _quoted(name: object) -> str:
    return '"' + str(name).replace('"', '""') + '"'


def _lying(file: str, layer: str | None, stated: object, there: object) -> DataError:
    return refuse(
        file,
        say(
            "as many features as the file states; it states {stated} and has {there}",
            stated=stated,
            there=there,
        ),
        found=layer,
    )


def without_shape(data: bytes, layer: str) -> list[bool]:
    """Return for each row of a layer of a GeoPackage whether it has no shape, in the order of its rows."""
    with closing(sqlite3.connect(":memory:")) as base:
        base.deserialize(data)
        named = _rows(base, "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", layer)
        if not named:
            return []
        return [
            bool(absent)
            for (absent,) in _rows(base, f"SELECT {_quoted(named[0][0])} IS NULL FROM {_quoted(layer)}")
        ]


def need_sane_flatgeobuf(data: bytes, file: str) -> None:
    """Raise if a FlatGeobuf file states more features than it has bytes for.

    Raises
    ------
    DataError
        If it is none, or the count does not fit the size of the file.
    """
    if not data.startswith(_FLATGEOBUF) or len(data) < 16:
        raise refuse(file, say("FlatGeobuf; the file does not begin like it"))
    (size,) = struct.unpack_from("<I", data, 8)
    if 12 + size > len(data):
        raise refuse(file, say("a whole file; its header is cut short"))
    stated = _features_count(data[12 : 12 + size])
    if stated is None:
        raise refuse(file, say("FlatGeobuf; its header cannot be read"))
    most = (len(data) - 12 - size) // _LEAST_FEATURE_BYTES
    if stated > most:
        raise _lying(file, None, stated, say("room for {n} at most", n=most))


def _features_count(header: bytes) -> int | None:
    """Return the number of features in the header, a FlatBuffers table; None if it leads nowhere."""
    try:
        (root,) = struct.unpack_from("<I", header, 0)
        (back,) = struct.unpack_from("<i", header, root)
        table = root - back
        if table < 0:
            return None
        (length,) = struct.unpack_from("<H", header, table)
        if length < 4 + 2 * (_FEATURES_COUNT + 1):
            return 0
        (offset,) = struct.unpack_from("<H", header, table + 4 + 2 * _FEATURES_COUNT)
        return int(struct.unpack_from("<Q", header, root + offset)[0]) if offset else 0
    except struct.error:
        return None
