"""Cells of a workbook as the text that we parse: typed values, merged cells, cells that are marked."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.cells import as_text

ROWS_AT_ONCE = 20_000
"""Rows that stand as Python's own values at a time: as text they take a fifth of the room."""
_PLAIN_HIGH = 1e15
"""From it on a number has more digits than a spreadsheet keeps; `as_text` has the same limit."""


def read_columns(rows: Iterator[list[Any]], left: int, width: int) -> list[Any]:
    """Return the columns of rows of typed values as arrays of text, arrow's chunked ones.

    Parameters
    ----------
    rows : iterator of lists
        What calamine gives: text, float, int, bool, date, datetime, time, timedelta; "" is blank.
    left : int
        How many blank columns stand before those of the rows.
    width : int
        How many columns there are with them.
    """
    import pyarrow as pa

    chunks: list[list[Any]] = [[] for _ in range(width)]
    while some := list(islice(rows, ROWS_AT_ONCE)):
        for place in range(left):
            chunks[place].append(pa.array([""] * len(some), type=pa.large_string()))
        for place, column in enumerate(zip(*some, strict=True), start=left):
            chunks[place].append(texts_of(column))
    return [pa.chunked_array(parts, type=pa.large_string()) for parts in chunks]


def texts_of(values: Sequence[Any]) -> Any:
    """Return typed values as an array of text; the same text as `as_text` gives for each.

    Examples
    --------
    >>> texts_of([3.0, "甲", True, ""]).to_pylist()
    ['3', '甲', 'true', '']
    """
    import pyarrow as pa

    kinds = set(map(type, values))
    if not kinds <= {str}:
        # what there is most of, quickly: this is done for every cell
        numbers = iter(_number_texts([value for value in values if type(value) is float]))
        values = [
            value
            if type(value) is str
            else next(numbers)
            if type(value) is float
            else value.isoformat()
            if type(value) is datetime.date
            else as_text(value)
            for value in values
        ]
    return pa.array(values, type=pa.large_string())


def _number_texts(numbers: list[float]) -> list[str]:
    import pyarrow as pa

    values = np.array(numbers, dtype="float64")
    whole = (values == np.floor(values)) & (np.abs(values) < _PLAIN_HIGH)
    texts: list[str] = pa.array(np.where(whole, values, 0).astype("int64")).cast(pa.string()).to_pylist()
    for index in np.flatnonzero(~whole).tolist():
        texts[index] = repr(numbers[index])
    return texts


def marked(columns: list[Any], marks: Mapping[tuple[int, int], str]) -> list[Any]:
    """Return columns with a mark in some cells, which the parsing of a cell refuses, if it is asked for."""
    import pyarrow as pa

    by_column: dict[int, dict[int, str]] = {}
    for (row, column), mark in marks.items():
        if column < len(columns) and row < len(columns[column]):
            by_column.setdefault(column, {})[row] = mark
    out = list(columns)
    for column, cells in by_column.items():
        texts = columns[column].to_pylist()
        for row, mark in cells.items():
            texts[row] = mark
        out[column] = pa.chunked_array([pa.array(texts, type=pa.large_string())])
    return out


def frame_of(columns: Iterable[Any], names: Iterable[str]) -> pd.DataFrame:
    """Return arrow's columns of text as a table of pandas' `str`."""
    kind = pd.StringDtype("pyarrow", na_value=float("nan"))
    return pd.DataFrame(
        {name: pd.array(column, dtype=kind) for name, column in zip(names, columns, strict=True)},
        copy=False,
    )


def fill_merged(
    cells: pd.DataFrame,
    names: Sequence[str],
    rows: npt.NDArray[np.int64],
    merges: Iterable[tuple[int, int, int, int]],
) -> tuple[pd.DataFrame, dict[str, list[int]], list[tuple[int, str]]]:
    """Let a cell that is merged downwards count for all its rows.

    Parameters
    ----------
    cells : DataFrame of str, shape (n, columns)
        The rows that are not blank.
    names : sequence of str
        The name of every column of the sheet from its first; some may not stand in the table.
    rows : array of int, shape (n,)
        The position of each in the sheet, from 0, ascending.
    merges : iterable of (first row, first column, last row, last column)

    Returns
    -------
    (DataFrame, dict of str to list of int, list of (int, str))
        The table; by column the positions in the sheet that were filled; and the cells that are merged over
        several columns: their row, and the column in which alone their value counts.
    """
    sources: dict[str, npt.NDArray[np.int64]] = {}
    across = []
    for top, left, bottom, right in merges:
        first, last = np.searchsorted(rows, [top, bottom + 1])
        # columns without a heading are left out, so that a place in the sheet is none in the table
        if left >= len(names) or names[left] not in cells or first >= last:
            continue
        name = names[left]
        if right > left and rows[first] == top:
            across.append((top, name))
        if last - first > 1 and rows[first] == top and cells[name].iat[first] != "":
            sources.setdefault(name, np.arange(len(cells)))[first:last] = first
    filled = {}
    for name, source in sources.items():
        cells[name] = cells[name].take(source).set_axis(cells.index)
        filled[name] = rows[source != np.arange(len(cells))].tolist()
    return cells, filled, across
