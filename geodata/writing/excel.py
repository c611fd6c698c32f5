"""Write an Excel workbook that a planner can work with at once, and that runs nothing."""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from geodata.errors import XuequError
from geodata.messages import say
from geodata.writing.cells import as_text_columns

MOST_ROWS = 1_048_575
"""Rows that a sheet holds beside its heading."""
LONGEST_TEXT = 32_767
"""Characters that a cell holds; a longer text would be cut."""
_LOOKED_AT = 500  # rows that decide how wide a column is
_WIDTHS = (6, 60)
_DIGITS_KEPT = 2**53  # Excel's numbers are floats
_FIRST_DAY = pd.Timestamp(1900, 3, 1)  # before it Excel has a day that never was
MADE = datetime.datetime(2000, 1, 1)  # the same table is the same bytes
_NOT_IN_A_NAME = str.maketrans(dict.fromkeys("[]:*?/\\'", "_"))


def write_workbook(path: Path, frames: Mapping[str, pd.DataFrame], *, shown: str) -> None:
    """Write tables as the sheets of a workbook.

    Parameters
    ----------
    path : Path
        The file, which is written over.
    frames : mapping of str to DataFrame
        By the name of the sheet.
    shown : str
        The name of the file in errors.

    Raises
    ------
    XuequError
        If a table has more rows than a sheet, or a text is longer than a cell.

    Notes
    -----
    The heading stays in sight and filters; columns are as wide as their texts; text is text, so that
    numbers of documents and schools keep their zeros and digits; dates are dates; no cell is a formula or a
    link.
    """
    import xlsxwriter

    for name, frame in frames.items():
        _raise_where_too_large(shown, name, frame)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"created": MADE})
    formats = {
        "heading": book.add_format({"bold": True, "bottom": 1, "valign": "top", "text_wrap": True}),
        "text": book.add_format({"num_format": "@"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    for name, frame in zip(sheet_names(list(frames)), frames.values(), strict=True):
        _write_sheet(book.add_worksheet(name), frame, formats)
    book.close()


def _raise_where_too_large(shown: str, name: str, frame: pd.DataFrame) -> None:
    if len(frame) > MOST_ROWS:
        raise XuequError(
            say(
                "{path}: a sheet holds {most} rows, and {name} has {n}; write .csv or .parquet",
                path=shown,
                most=f"{MOST_ROWS:,}",
                name=name,
                n=f"{len(frame):,}",
            )
        )
    for column in frame.columns:
        values = frame[column]
        if not (pd.api.types.is_string_dtype(values.dtype) or values.dtype == object):
            continue
        long = values.astype("str").str.len() > LONGEST_TEXT
        if long.any():
            raise XuequError(
                say(
                    "{path}: a cell holds {most} characters; {name}, row {row}, column {column} has more; "
                    "write .csv",
                    path=shown,
                    most=f"{LONGEST_TEXT:,}",
                    name=name,
                    row=int(long.to_numpy().argmax()) + 2,
                    column=column,
                )
            )


def sheet_names(names: list[str]) -> list[str]:
    """Return names that Excel takes: 31 characters, some signs not, each once."""
    found: list[str] = []
    for name in names:
        plain = name.translate(_NOT_IN_A_NAME)[:31].strip() or "data"
        number, unique = 2, plain
        while unique.lower() in {one.lower() for one in found}:
            unique, number = f"{plain[:27]} {number}", number + 1
        found.append(unique)
    return found


def _write_sheet(sheet: Any, frame: pd.DataFrame, formats: Mapping[str, Any]) -> None:
    text = as_text_columns(frame)
    for place, name in enumerate(text.columns):
        values, cells = frame.iloc[:, place], text[name]
        sheet.write_string(0, place, name, formats["heading"])
        sheet.set_column(place, place, _width(name, cells))
        _write_column(sheet, place, values, cells, formats)
    sheet.freeze_panes(1, 0)
    if len(text.columns):
        sheet.autofilter(0, 0, len(frame), len(text.columns) - 1)


def _write_column(
    sheet: Any, place: int, values: pd.Series, cells: pd.Series, formats: Mapping[str, Any]
) -> None:
    yes_no = pd.api.types.is_bool_dtype(values.dtype)
    # Excel's dates have no zone: a moment that has one stays text
    dates = pd.api.types.is_datetime64_any_dtype(values.dtype) and values.dt.tz is None
    numbers = pd.api.types.is_numeric_dtype(values.dtype)
    for row, (value, cell) in enumerate(zip(values.tolist(), cells.tolist(), strict=True), start=1):
        if cell == "":
            continue
        if yes_no:
            sheet.write_boolean(row, place, value)
        elif dates and value >= _FIRST_DAY and len(cell) == 10:
            sheet.write_datetime(row, place, value.to_pydatetime(), formats["date"])
        elif numbers and abs(value) < _DIGITS_KEPT:
            sheet.write_number(row, place, value)
        else:
            sheet.write_string(row, place, cell, formats["text"])


def _width(name: str, cells: pd.Series) -> int:
    widest = max([columns_wide(name) + 3, *(columns_wide(cell) + 1 for cell in cells.iloc[:_LOOKED_AT])])
    return min(max(widest, _WIDTHS[0]), _WIDTHS[1])


def columns_wide(text: str) -> int:
    """Return how wide a text is on a screen: a Chinese character is as wide as two Latin letters."""
    line = max(text.split("\n"), key=len)[:200]
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)
