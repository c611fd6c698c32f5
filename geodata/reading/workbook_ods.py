"""What an .ods tells and its reader does not: errors, and how far its cells reach."""

from __future__ import annotations

import html
import io
import re
import zipfile

from geodata.cells import UNCALCULATED
from geodata.reading.workbook_parts import Parts, Place, need_near

_TOKEN = re.compile(rb"<table:(table|table-row|table-cell|covered-table-cell)(?=[\s/>])([^<>]*?)(/?)>")
_NAME = re.compile(rb'\btable:name="([^"]*)"')
_ROWS = re.compile(rb'\btable:number-rows-repeated="([0-9]{1,7})"')
_COLUMNS = re.compile(rb'\btable:number-columns-repeated="([0-9]{1,5})"')


def read_ods_parts(data: bytes, *, file: str) -> dict[str, Parts]:
    """Search the cells of an .ods, all sheets: its reader reads all of them as it opens the file.

    Returns
    -------
    dict of str to Parts
        By the names of the sheets. An .ods has dates of their own, so numbers are none: the year from which
        days are counted is not asked for.

    Raises
    ------
    DataError
        If a cell stands so far out, or is repeated so often, that all between would fill the memory.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        xml = archive.read("content.xml")
    found: dict[str, Parts] = {}
    errors: dict[Place, str] = {}
    name, row, column, again = "", 0, 0, 1
    rows = columns = 0
    for match in _TOKEN.finditer(xml):
        what, attributes, closed = match.groups()
        if what == b"table":
            label = _NAME.search(attributes)
            name = html.unescape(label.group(1).decode("utf-8", "replace")) if label else ""
            row = rows = columns = 0
            again, errors = 0, {}
            found[name] = Parts(errors=errors, uncalculated=(), hidden_rows=0, hidden_columns=0, epoch=None)
        elif what == b"table-row":
            row, column, again = row + again, 0, _count(_ROWS, attributes)
        else:
            times = _count(_COLUMNS, attributes)
            if not closed or b"office:value" in attributes or b"table:formula" in attributes:
                rows, columns = max(rows, row + again), max(columns, column + times)
                need_near(file, name, rows, columns)
            mark = _mark(attributes)
            if mark is not None:
                whole = range(row, row + again)
                errors.update(((r, c), mark) for r in whole for c in range(column, column + times))
            column += times
    return found


def _mark(attributes: bytes) -> str | None:
    if b'calcext:value-type="error"' in attributes:
        return "#VALUE!"
    # a program wrote the formula, and no spreadsheet has calculated it since
    return UNCALCULATED if b"table:formula=" in attributes and b"office:value" not in attributes else None


def _count(pattern: re.Pattern[bytes], attributes: bytes) -> int:
    match = pattern.search(attributes)
    return 1 if match is None else int(match.group(1))
