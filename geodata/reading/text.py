"""Read a text file with a delimiter as rows of text."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from geodata.errors import DataError, Fault
from geodata.messages import say
from geodata.reading.encodings import decide, doubt_of, to_utf8, with_sample
from geodata.reading.heading_rows import LOOKED_AT, Headings, drop_unnamed, find_headings
from geodata.reading.raw import RawTable
from geodata.writing.cells import restore_frame

LONGEST_LINE = 10 << 20
"""Bytes of a line of UTF-8: a polygon of half a million vertices fits, and no table comes near."""
_DELIMITERS = {",": ",", ";": ";", "\t": "\\t", "|": "|", "\uff0c": "\uff0c", "\u3001": "\u3001"}
# what a workbook begins with: a zip, or the container of the old kinds
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


def read_text(
    file: str,
    data: bytes,
    digest: str,
    encoding: str,
    delimiter: str,
    *,
    heading_row: int | None = None,
    heading_rows: int = 1,
) -> RawTable:
    """Read the bytes of a text file; the row numbers count blank rows and headings too.

    Raises
    ------
    DataError
        If it cannot be decoded, is no text, has no headings, or is no table with that delimiter.
    """
    if data.startswith(_WORKBOOKS):
        raise DataError([_is_a_workbook(file)])
    encoded = decide(data, declared=encoding, file=file)
    text = to_utf8(data, encoded, file=file)
    # old spreadsheets end their lines with a lone carriage return
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    _refuse_long_lines(file, text)
    if not delimiter.isascii():
        text, delimiter = _with_commas(file, text, delimiter), ","
    rows, ends = _first_rows(file, text, delimiter, max(LOOKED_AT, (heading_row or 1) + heading_rows))
    if not any(any(row) for row in rows):
        raise DataError([_empty(file)])
    _refuse_another_delimiter(file, rows)
    found = find_headings(file, rows, heading_row=heading_row, heading_rows=heading_rows)
    cells = _body(file, memoryview(text)[ends[found.body - 1] :], delimiter, found)
    # what we write apart from a formula by an apostrophe is read back as it was
    cells = restore_frame(drop_unnamed(file, cells, row=found.first + 1))
    _need_each_once(file, cells.columns, found.first + 1)
    filled = (cells != "").any(axis=1)
    numbers = pd.Series(np.arange(len(cells)) + found.body + 1, dtype="int64")
    return RawTable(
        file=file,
        cells=cells[filled].reset_index(drop=True),
        rows=numbers[filled].reset_index(drop=True),
        geometry=None,
        crs=None,
        sha256=digest,
        # where all is ASCII there was nothing to decide
        encoding=None if text.isascii() else with_sample(encoded, cells.columns),
        notes=doubt_of(file, encoded),
    )


def _need_each_once(file: str, headings: pd.Index, row: int) -> None:
    """Raise where two headings became one as an apostrophe before a sign was taken off."""
    if headings.is_unique:
        return
    fault = Fault(
        file=file,
        row=row,
        found=", ".join(sorted(set(headings[headings.duplicated()]))),
        allowed=say("each heading once"),
        remedy=say("remove or rename one"),
    )
    raise DataError([fault])


def _first_rows(file: str, text: bytes, delimiter: str, count: int) -> tuple[list[list[str]], list[int]]:
    """Return the first rows, and where in the bytes each ends."""
    rows: list[list[str]] = []
    ends: list[int] = []
    read = 0

    def lines() -> Iterator[str]:
        nonlocal read
        for line in io.BytesIO(text):
            read += len(line)
            yield line.decode("utf-8")

    try:
        for row in csv.reader(lines(), delimiter=delimiter):
            rows.append(row)
            ends.append(read)
            if len(rows) == count:
                break
    except csv.Error as error:
        if not rows:
            raise DataError([_no_line_of_headings(file, error)]) from error
    return rows, ends


def _body(file: str, body: memoryview, delimiter: str, found: Headings) -> pd.DataFrame:
    """Read what stands below the headings: quickly where every row is whole, else more carefully."""
    if not len(body):
        return pd.DataFrame({name: pd.Series(dtype="str") for name in found.names})
    quick = _whole_rows(body, delimiter, found.names)
    return _any_rows(file, body, delimiter, found) if quick is None else quick


def _whole_rows(body: memoryview, delimiter: str, names: tuple[str, ...]) -> pd.DataFrame | None:
    """Read rows that all have as many fields as there are names; None where one has not."""
    import pyarrow as pa
    import pyarrow.csv as pc

    try:
        table = pc.read_csv(
            pa.BufferReader(pa.py_buffer(body)),
            read_options=pc.ReadOptions(column_names=names, use_threads=False),
            parse_options=pc.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False
            ),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()),
                strings_can_be_null=False,
                check_utf8=False,  # it was decoded once already
            ),
        )
    except pa.ArrowInvalid:
        return None
    if _may_end_inside_quotes(body, table):
        return None
    kind = pd.StringDtype("pyarrow", na_value=float("nan"))
    return pd.DataFrame({name: pd.array(table[name], dtype=kind) for name in names}, copy=False)


def _may_end_inside_quotes(body: memoryview, table: Any) -> bool:
    """Return whether a quote may be open at the end: arrow closes it without a word.

    All to the end then stands in the last cell, with the last line feed.
    """
    whole = body.obj
    assert isinstance(whole, bytes)
    if b'"' not in whole:
        return False
    last = table[table.num_columns - 1]
    return not whole.endswith(b"\n") or (len(last) > 0 and last[-1].as_py().endswith("\n"))


def _any_rows(file: str, body: memoryview, delimiter: str, found: Headings) -> pd.DataFrame:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            cells = pd.read_csv(
                io.BytesIO(body),
                sep=delimiter,
                dtype="str",
                header=None,
                names=list(found.names),
                index_col=False,
                keep_default_na=False,
                skip_blank_lines=False,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise DataError([_no_table(file, body, delimiter, found, error)]) from error
    return cells.fillna("")


def _no_table(file: str, body: memoryview, delimiter: str, found: Headings, error: Exception) -> Fault:
    problem = str(error).removeprefix("Error tokenizing data. C error: ").strip()
    row, fields = _first_long_row(body, delimiter, len(found.names))
    unclosed = re.search(r"EOF inside string starting at row (\d+)", problem)
    if row is not None:
        problem = f"{fields} fields"
    elif unclosed is not None:
        row, problem = int(unclosed.group(1)), "EOF inside string"
    return Fault(
        file=file,
        row=None if row is None else row + found.body + 1,
        allowed=say("not a table with {n} columns: {problem}", n=len(found.names), problem=problem),
        remedy=say("check the delimiter and the quotes of that line"),
    )


def _first_long_row(body: memoryview, delimiter: str, columns: int) -> tuple[int | None, int]:
    """Return the position of the first row with more fields than there are columns, and its fields."""
    lines = io.TextIOWrapper(io.BytesIO(body), encoding="utf-8", newline="\n")
    try:
        for row, fields in enumerate(csv.reader(lines, delimiter=delimiter)):
            if len(fields) > columns:
                return row, len(fields)
    except csv.Error:
        pass  # pandas, whose error is shown then, says what it is
    return None, 0


def _with_commas(file: str, text: bytes, delimiter: str) -> bytes:
    """Return a file whose delimiter takes several bytes, as "，" does, with commas instead."""
    lines = io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline="\n")
    out = io.StringIO()
    try:
        csv.writer(out, lineterminator="\n").writerows(csv.reader(lines, delimiter=delimiter))
    except csv.Error as error:
        raise DataError([_no_line_of_headings(file, error)]) from error
    return out.getvalue().encode("utf-8")


def _refuse_long_lines(file: str, text: bytes) -> None:
    start = 0
    while len(text) - start > LONGEST_LINE:
        end = text.rfind(b"\n", start, start + LONGEST_LINE)
        if end < 0:
            fault = Fault(
                file=file,
                row=text.count(b"\n", 0, start) + 1,
                allowed=say("lines of at most {n} MiB; this one is longer", n=LONGEST_LINE >> 20),
                remedy=say("is it a table? save it again, a row a line"),
            )
            raise DataError([fault])
        start = end + 1


def _refuse_another_delimiter(file: str, rows: list[list[str]]) -> None:
    """Raise where the headings were not parted, and hold what parts them in other files."""
    heading = next(row for row in rows if any(row))
    if len(heading) > 1:
        return
    for character, shown in _DELIMITERS.items():
        if character in heading[0]:
            fault = Fault(
                file=file,
                row=rows.index(heading) + 1,
                allowed=say("headings that the delimiter parts; all stand in one column"),
                remedy=_how_to_part(file, shown),
            )
            raise DataError([fault])


def _how_to_part(file: str, shown: str) -> Any:
    # a .tsv is read with tabs where nothing is declared, and a comma is what is meant by nothing
    if shown == ",":
        return say("give the file the ending .csv: commas part its columns")
    return say('declare delimiter = "{delimiter}" for it in xuequ.toml', delimiter=shown)


def _empty(file: str) -> Fault:
    return Fault(
        file=file,
        row=1,
        allowed=say("a heading is expected; the file is empty"),
        remedy=say("write the names of the columns in the first row"),
    )


def _no_line_of_headings(file: str, error: Exception) -> Fault:
    return Fault(
        file=file,
        row=1,
        allowed=say("a line of headings; it cannot be read: {problem}", problem=error),
        remedy=say("check the delimiter and the quotes of that line"),
    )


def _is_a_workbook(file: str) -> Fault:
    return Fault(
        file=file,
        allowed=say("a text file; this is a workbook or another packed file, whatever its name says"),
        remedy=say("give it its own ending, such as .xlsx or .xls, and name it so in xuequ.toml"),
    )
