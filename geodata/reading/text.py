"""Read a text file with a delimiter as rows of text."""

from __future__ import annotations

import csv
import io
import re
import warnings

import numpy as np
import pandas as pd

from geodata.errors import DataError, Fault
from geodata.messages import say
from geodata.reading.raw import RawTable
from geodata.toml import not_decodable

_NO_HEADING = "\0"


def read_text(file: str, data: bytes, digest: str, encoding: str, delimiter: str) -> RawTable:
    """Read the bytes of a text file."""
    codec = "utf-8-sig" if encoding in ("auto", "utf-8") else "gb18030"
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
