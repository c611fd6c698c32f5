"""A shapefile's parts, checked against each other and made whole before GDAL reads them.

Formats: ESRI Shapefile Technical Description (1998); dBASE III table files.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from geodata.errors import DataError, Fault
from geodata.messages import Text, say
from geodata.reading.encodings import decide, doubt_of, with_sample
from geodata.reading.guards import refuse
from geodata.reading.layers_parts import Parts, pack
from geodata.reading.raw import Encoded

_SHP_HEAD = 100  # bytes, of .shp and of .shx
_CODE = 9994
# shapes with a count of points at a fixed place: where that and the count of parts stand
_WITH_PARTS = (3, 5, 13, 15, 23, 25, 31)
_MULTIPOINTS = (8, 18, 28)
_POINTS = {1: 20, 11: 36, 21: 28}
# the language driver of a .dbf that Chinese programs write: code page 936
_DRIVER_936 = 0x4D
_SAVE_AGAIN = say("copy the files again from where they came, all of them")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column of a .dbf."""

    name: bytes
    kind: str
    start: int
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A shapefile as GDAL is given it.

    Parameters
    ----------
    archive : bytes
        The parts, under plain names.
    encoding : Encoded
        How its text is to be decoded.
    is_ascii : bool
        Whether all of it is ASCII, the same in every encoding.
    missing : array of bool, shape (n,)
        Which rows have no shape by the file itself.
    notes : tuple of Text
        What was missing and could be made up for.
    """

    archive: bytes
    encoding: Encoded
    is_ascii: bool
    missing: npt.NDArray[np.bool_]
    notes: tuple[Text, ...]


def prepare(parts: Parts, encoding: str) -> Prepared:
    """Check the parts of a shapefile, and make an index if it has none.

    Parameters
    ----------
    parts : Parts
        At least .shp and .dbf.
    encoding : {"auto", "utf-8", "gb18030", "gbk"}
        "auto" goes by the .cpg, the .dbf's own mark, the bytes.

    Raises
    ------
    DataError
        If a part is missing or cut short, a count does not fit its file, a name of a column or a cell
        was cut within a character.
    """
    file, files = parts.file, dict(parts.parts)
    if ".dbf" not in files:
        raise refuse(
            file,
            say("a shapefile with its .dbf, which holds the columns; there is none beside it"),
            say("put the .dbf there, under the same name"),
        )
    notes: list[Text] = []
    _need_header(files[".shp"], file, ".shp")
    starts = _records(files[".shp"], file)
    if ".shx" not in files or not _fits(files[".shx"], files[".shp"], starts):
        notes.append(say("{file}: its .shx is missing or not of this .shp; it was made anew", file=file))
        files[".shx"] = _index(files[".shp"], starts)
    missing = _need_honest_counts(files[".shp"], starts, file)
    fields = _fields(files[".dbf"], file)
    rows = _rows(files[".dbf"], file)
    if len(rows) != len(starts):
        allowed = say(
            "as many rows in the .dbf as shapes in the .shp; there are {rows} and {shapes}",
            rows=len(rows),
            shapes=len(starts),
        )
        raise refuse(file, allowed, _SAVE_AGAIN)
    # GDAL passes over rows that are marked as deleted; so do the numbers of rows in our faults
    kept = rows[:, 0] != ord("*")
    encoded, is_ascii = _encoding(fields, rows[kept], files, file, encoding)
    notes.extend(doubt_of(file, encoded))
    if ".prj" in files and not _decodes(files[".prj"], "utf-8") and _decodes(files[".prj"], "gb18030"):
        # a CRS with a Chinese name of its own; pyogrio 0.13 falls over bytes that are not UTF-8
        files[".prj"] = files[".prj"].decode("gb18030").encode("utf-8")
    # its text is decoded by us: what the .cpg says has been heard
    files.pop(".cpg", None)
    archive = pack({f"layer{kind}": data for kind, data in files.items()})
    return Prepared(
        archive=archive,
        encoding=encoded,
        is_ascii=is_ascii,
        missing=missing[kept],
        notes=tuple(notes),
    )


def text_of(dbf: bytes, file: str) -> bytes:
    """Return the names and cells of a .dbf (or of MapInfo's .dat, which is alike), a line each.

    Raises
    ------
    DataError
        If it is damaged.
    """
    fields, rows = _fields(dbf, file), _rows(dbf, file)
    return b"\n".join(
        [*(field.name for field in fields), *(_column(rows, f) for f in fields if f.kind == "C")]
    )


def _need_header(data: bytes, file: str, part: str) -> None:
    if len(data) < _SHP_HEAD or struct.unpack_from(">i", data)[0] != _CODE:
        raise refuse(file, say("a shapefile; the {part} does not begin like one", part=part))
    (words,) = struct.unpack_from(">i", data, 24)
    if words < 0 or words * 2 > len(data):
        allowed = say(
            "a whole file; the {part} says that it has {stated} bytes, and has {there}",
            part=part,
            stated=(words % 2**32) * 2,
            there=len(data),
        )
        raise refuse(file, allowed, _SAVE_AGAIN)


def _records(shp: bytes, file: str) -> npt.NDArray[np.int64]:
    """Return where each record's header stands, walking from one to the next."""
    starts: list[int] = []
    words: int = struct.unpack_from(">i", shp, 24)[0]
    place, end = _SHP_HEAD, words * 2
    header = struct.Struct(">ii")
    while place + 8 <= end:
        length: int = header.unpack_from(shp, place)[1]
        if length < 2 or place + 8 + length * 2 > end:
            raise DataError([_cut_record(file, len(starts) + 1)])
        starts.append(place)
        place += 8 + length * 2
    return np.array(starts, dtype=np.int64)


def _cut_record(file: str, row: int) -> Fault:
    return Fault(
        file=file,
        row=row,
        allowed=say("a whole shape; its length does not fit into the .shp"),
        remedy=_SAVE_AGAIN,
    )


def _fits(shx: bytes, shp: bytes, starts: npt.NDArray[np.int64]) -> bool:
    if len(shx) < _SHP_HEAD + 8 * len(starts) or struct.unpack_from(">i", shx)[0] != _CODE:
        return False
    if struct.unpack_from(">i", shx, 24)[0] * 2 != _SHP_HEAD + 8 * len(starts):
        return False
    index = np.frombuffer(shx, dtype=">i4", count=2 * len(starts), offset=_SHP_HEAD).reshape(-1, 2)
    same = (index[:, 0].astype(np.int64) * 2 == starts) & (index[:, 1] == _lengths(shp, starts))
    return bool(same.all())


def _index(shp: bytes, starts: npt.NDArray[np.int64]) -> bytes:
    """Return the .shx of a .shp."""
    head = bytearray(shp[:_SHP_HEAD])
    struct.pack_into(">i", head, 24, (_SHP_HEAD + 8 * len(starts)) // 2)
    return bytes(head) + np.column_stack([starts // 2, _lengths(shp, starts)]).astype(">i4").tobytes()


def _lengths(shp: bytes, starts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return _numbers(shp, starts + 4, ">i4")


def _numbers(data: bytes, places: npt.NDArray[np.int64], kind: str) -> npt.NDArray[np.int64]:
    """Return the four-byte numbers that stand at places."""
    window = np.frombuffer(data, dtype=np.uint8)[places[:, None] + np.arange(4)]
    return np.ascontiguousarray(window).view(kind).reshape(-1).astype(np.int64)


def _need_honest_counts(shp: bytes, starts: npt.NDArray[np.int64], file: str) -> npt.NDArray[np.bool_]:
    """Raise if a shape states more points than its record has room for; return which have no shape."""
    room = _lengths(shp, starts) * 2
    kinds = _numbers(shp, starts + 8, "<i4")
    needed = np.full(len(starts), 4, dtype=np.int64)
    for kind, size in _POINTS.items():
        needed[kinds == kind] = size
    for these, head in ((_WITH_PARTS, 44), (_MULTIPOINTS, 40)):
        rows = np.flatnonzero(np.isin(kinds, these))
        needed[rows] = head
        rows = rows[room[rows] >= head]
        points = _numbers(shp, starts[rows] + head + 4, "<i4")
        parts = _numbers(shp, starts[rows] + 44, "<i4") if these is _WITH_PARTS else np.zeros_like(points)
        # a negative count fits nowhere
        lies = (parts < 0) | (points < 0)
        needed[rows] = np.where(lies, np.iinfo(np.int64).max, head + 4 * parts + 16 * points)
    strange = ~np.isin(kinds, (0, *_POINTS, *_WITH_PARTS, *_MULTIPOINTS))
    faults = [_lying_count(file, int(row) + 1) for row in np.flatnonzero(strange | (needed > room))]
    if faults:
        raise DataError(faults)
    return np.asarray(kinds == 0)


def _lying_count(file: str, row: int) -> Fault:
    return Fault(
        file=file,
        row=row,
        allowed=say("a shape of a known kind, with as many points as its record has room for"),
        remedy=_SAVE_AGAIN,
    )


def _fields(dbf: bytes, file: str) -> list[Field]:
    if len(dbf) < 33:
        raise refuse(file, say("a shapefile; the {part} does not begin like one", part=".dbf"))
    head, length = struct.unpack_from("<HH", dbf, 8)
    fields: list[Field] = []
    start = 1  # the first byte of a row says whether it is deleted
    for place in range(32, min(head, len(dbf)) - 31, 32):
        if dbf[place] == 0x0D:
            break
        name = dbf[place : place + 11].split(b"\0")[0]
        kind, width = chr(dbf[place + 11]), dbf[place + 16]
        # a long text puts the upper byte of its width where a number has its decimals
        width += 256 * dbf[place + 17] if kind == "C" else 0
        fields.append(Field(name=name, kind=kind, start=start, width=width))
        start += width
    if not fields or start > length or head > len(dbf):
        raise refuse(file, say("a .dbf whose columns fit into its rows"), _SAVE_AGAIN)
    return fields


def _rows(dbf: bytes, file: str) -> npt.NDArray[np.uint8]:
    """Return the bytes of the rows, shape (n, length of a row)."""
    count, head, length = struct.unpack_from("<IHH", dbf, 4)
    if head + count * length > len(dbf):
        allowed = say(
            "a whole file; the {part} says that it has {stated} bytes, and has {there}",
            part=".dbf",
            stated=head + count * length,
            there=len(dbf),
        )
        raise refuse(file, allowed, _SAVE_AGAIN)
    return np.frombuffer(dbf, dtype=np.uint8, count=count * length, offset=head).reshape(count, length)


def _encoding(
    fields: list[Field], rows: npt.NDArray[np.uint8], files: Mapping[str, bytes], file: str, declared: str
) -> tuple[Encoded, bool]:
    """Return how names and cells are decoded, and whether all are ASCII, so that it does not matter."""
    texts = [field for field in fields if field.kind == "C"]
    columns = {field.name: _column(rows, field) for field in texts}
    lines = b"\n".join([*(field.name for field in fields), *columns.values()])
    mark = "936" if files[".dbf"][29] == _DRIVER_936 else None
    cpg = files[".cpg"].decode("latin-1") if ".cpg" in files else mark
    names = b"\n".join(field.name for field in fields)
    encoded = _decide(lines, declared, cpg, file, names)
    faults = [*_cut_names(fields, encoded.name, file)]
    for field in texts:
        faults.extend(_cut_cells(field, columns[field.name], encoded.name, file))
    if faults:
        raise DataError(faults)
    if lines.isascii():
        return encoded, True
    return with_sample(encoded, (field.name.decode(encoded.name) for field in fields)), False


def _decide(lines: bytes, declared: str, cpg: str | None, file: str, names: bytes) -> Encoded:
    """Decide how names and cells are decoded, where some may have been cut within a character.

    Such a cell is neither UTF-8 nor GB18030; it must not hide what most others say.
    """
    try:
        return decide(lines, declared=declared, cpg=cpg, file=file, headings=names)
    except DataError as error:
        beyond = [line for line in lines.split(b"\n") if not line.isascii()]
        for codec in ("utf-8", "gb18030"):
            whole = [line for line in beyond if _decodes(line, codec)]
            if 2 * len(whole) > len(beyond):
                whole_lines = b"\n".join(whole)
                return decide(whole_lines, declared=declared, cpg=cpg, file=file, headings=names)
        # the lines of this text are none that a planner sees
        raise DataError(replace(fault, row=None) for fault in error.faults) from error


def _decodes(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except (ValueError, LookupError):
        return False
    return True


def _column(rows: npt.NDArray[np.uint8], field: Field) -> bytes:
    """Return the cells of a column, each followed by a line feed."""
    cells = np.full((len(rows), field.width + 1), ord("\n"), dtype=np.uint8)
    cells[:, :-1] = rows[:, field.start : field.start + field.width]
    # what follows a NUL, and lines within a cell, are no lines of this text
    cells[:, :-1][(cells[:, :-1] == 0) | (cells[:, :-1] == ord("\n"))] = ord(" ")
    return cells.tobytes()


def _cut_names(fields: list[Field], codec: str, file: str) -> Iterator[Fault]:
    for place, field in enumerate(fields, start=1):
        if not _decodes(field.name, codec):
            yield Fault(
                file=file,
                found=field.name.decode(codec, "ignore"),
                allowed=say(
                    "names of columns in whole characters; the name of column {n} was cut after ten bytes",
                    n=place,
                ),
                remedy=say("save it as GeoPackage, or with shorter names; or force encoding in xuequ.toml"),
            )


def _cut_cells(field: Field, column: bytes, codec: str, file: str) -> Iterator[Fault]:
    if _decodes(column, codec):
        return
    for row, cell in enumerate(column.split(b"\n")[:-1], start=1):
        if not _decodes(cell, codec):
            yield Fault(
                file=file,
                row=row,
                column=field.name.decode(codec, "replace"),
                allowed=say(
                    "text in {encoding}; this cell has bytes that are none, as where it was cut within a "
                    "character after {width} bytes",
                    encoding=codec,
                    width=field.width,
                ),
                remedy=say("shorten the cell or widen the column; or force encoding in xuequ.toml"),
            )
