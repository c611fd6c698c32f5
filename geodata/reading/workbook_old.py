"""What an .xls tells and its reader does not: errors, formulas without a value, hidden rows.

References
----------
[MS-CFB] Compound File Binary File Format; [MS-XLS] Excel Binary File Format, both by Microsoft.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from geodata.errors import DataError, Fault
from geodata.messages import say
from geodata.reading.workbook_parts import Parts, Place, need_near

_FREE = 0xFFFFFFFA  # from here on a number of a sector is none: the end of a chain, or free
_SHEETS, _SINCE, _END = 0x85, 0x22, 0x0A
_BEGIN, _FORMULA, _BOOL_OR_ERROR, _ROW, _COLUMN = 0x809, 0x06, 0x205, 0x208, 0x7D
_EXTENT, _MANY = 0x200, 0xBD
_CELLS = (_FORMULA, _BOOL_OR_ERROR, _MANY, 0x203, 0x204, 0x27E, 0xFD, 0xD6, 0x02, 0x03, 0x04, 0x05)
_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}


def read_old_parts(data: bytes, *, file: str) -> dict[str, Parts]:
    """Search the records of an .xls, all sheets: its reader reads all of them as it opens the file.

    Returns
    -------
    dict of str to Parts
        By the names of the sheets; empty where the file is of a kind before Excel 97.

    Raises
    ------
    DataError
        If it is broken, or a cell stands so far out that all between would fill the memory.
    """
    try:
        name, stream = _stream(data)
        sheets = _sheets(stream, wide=name == "Workbook")
        # before that check nothing else may read the file
        for sheet, start in sheets.items():
            need_near(file, sheet, *_reach(stream, start))
        return {sheet: _parts(stream, start) for sheet, start in sheets.items() if name == "Workbook"}
    except (struct.error, IndexError, UnicodeDecodeError, KeyError) as error:
        fault = Fault(
            file=file,
            allowed=say("a workbook that can be read; this one is broken: {problem}", problem="BIFF"),
            remedy=say("open it in Excel or WPS and save it as .xlsx"),
        )
        raise DataError([fault]) from error


def _stream(data: bytes) -> tuple[str, bytes]:
    """Return the stream "Workbook" (before Excel 97 "Book") of a compound file; KeyError if it has none."""
    shift, mini_shift = struct.unpack_from("<HH", data, 30)
    tables, first_folder = struct.unpack_from("<II", data, 44)
    cut_off, first_mini = struct.unpack_from("<II", data, 56)
    first_more, more = struct.unpack_from("<II", data, 68)
    if shift not in (9, 12) or mini_shift != 6:
        raise KeyError("sector")
    size = 1 << shift

    def sector(number: int) -> bytes:
        return data[(number + 1) * size : (number + 2) * size]

    places = [*struct.unpack_from("<109I", data, 76)]
    more = min(more, len(data) // size)
    while first_more < _FREE and more > 0:
        chunk = struct.unpack(f"<{size // 4}I", sector(first_more))
        places += chunk[:-1]
        first_more, more = chunk[-1], more - 1
    table = b"".join(sector(number) for number in places[:tables] if number < _FREE)
    following = struct.unpack(f"<{len(table) // 4}I", table)
    folder = b"".join(map(sector, _chain(first_folder, following)))
    for start in range(0, len(folder) - 127, 128):
        entry = folder[start : start + 128]
        name = entry[: entry[64]].decode("utf-16-le", "replace").rstrip("\0")
        if name in ("Workbook", "Book"):
            first, length = struct.unpack_from("<II", entry, 116)
            if length >= cut_off:
                return name, b"".join(map(sector, _chain(first, following)))[:length]
            root = b"".join(map(sector, _chain(struct.unpack_from("<I", folder, 116)[0], following)))
            minis = b"".join(map(sector, _chain(first_mini, following)))
            after = struct.unpack(f"<{len(minis) // 4}I", minis)
            return name, b"".join(root[n * 64 : (n + 1) * 64] for n in _chain(first, after))[:length]
    raise KeyError("Workbook")


def _chain(first: int, following: tuple[int, ...]) -> Iterator[int]:
    # no longer than there are sectors: a broken chain may bite its tail
    for _ in range(len(following)):
        if first >= _FREE:
            return
        yield first
        first = following[first]


def _records(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of one part, those of charts inside it too, to its end."""
    depth = 0
    while start + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, start)
        yield kind, stream[start + 4 : start + 4 + length]
        depth += kind == _BEGIN
        if kind == _END:
            depth -= 1
            if depth <= 0:
                return
        start += 4 + length


def _sheets(stream: bytes, *, wide: bool) -> dict[str, int]:
    """Return where each sheet begins."""
    return {
        _name(body) if wide else str(number): struct.unpack_from("<I", body)[0]
        for number, (kind, body) in enumerate(_records(stream, 0))
        if kind == _SHEETS
    }


def _reach(stream: bytes, start: int) -> tuple[int, int]:
    """Return how many rows and columns a sheet says to have, or has, whichever is more."""
    rows = columns = 0
    for kind, body in _records(stream, start):
        if kind == _EXTENT and len(body) >= 12:
            rows = max(rows, struct.unpack_from("<I", body, 4)[0])
            columns = max(columns, struct.unpack_from("<H", body, 10)[0])
        elif kind in _CELLS and len(body) >= 6:
            row, column = struct.unpack_from("<HH", body)
            last = struct.unpack_from("<H", body, len(body) - 2)[0] if kind == _MANY else column
            rows, columns = max(rows, row + 1), max(columns, column + 1, last + 1)
    return rows, columns


def _parts(stream: bytes, start: int) -> Parts:
    epochs = [body[0] for kind, body in _records(stream, 0) if kind == _SINCE]
    errors: dict[Place, str] = {}
    blank, rows, columns = 0, 0, 0
    for kind, body in _records(stream, start):
        if kind == _FORMULA:
            # a value of eight bytes that ends in FFFF is no number: its first byte says what it is
            what, code = (body[6], body[8]) if body[12:14] == b"\xff\xff" else (0, 0)
            if what == 2:
                errors[struct.unpack_from("<HH", body)] = _ERRORS.get(code, "#UNKNOWN!")
            # a formula that gave no text looks like one that was never calculated
            blank += what == 3
        elif kind == _BOOL_OR_ERROR and body[7]:
            errors[struct.unpack_from("<HH", body)] = _ERRORS.get(body[6], "#UNKNOWN!")
        elif kind == _ROW:
            rows += bool(body[12] & 0x20)
        elif kind == _COLUMN:
            columns += body[8] & 1
    return Parts(
        errors=errors,
        uncalculated=(),
        blank_formulas=blank,
        hidden_rows=rows,
        hidden_columns=columns,
        epoch=1904 if any(epochs) else 1900,
    )


def _name(body: bytes) -> str:
    length, wide = body[6], body[7] & 1
    return body[8 : 8 + length * (1 + wide)].decode("utf-16-le" if wide else "latin-1")
