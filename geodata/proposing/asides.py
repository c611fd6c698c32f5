"""Rows of a list that are no data: sums, and notes at its end. What `skip` must say to leave them out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.messages import Text, say
from geodata.reading.raw import RawTable

TAIL = 20
"""Notes are looked for in so many last rows."""

_BLANK = "[ \\t\\r\\n\u3000\u00a0]*"
_SUMS = ("合计", "总计", "小计", "共计", "总合计", "total", "grand total", "subtotal", "sum")
_SUM = f"(?i){_BLANK}(?:{'|'.join(_BLANK.join(word) if not word.isascii() else word for word in _SUMS)})"
_SUM_CELL = f"{_SUM}{_BLANK}[:：]?{_BLANK}"
_NOTES = "备?注|附注|说明|填表说明|填表人|制表人|审核人|填报单位|notes?|remarks?"
_NOTE = f"(?i)^{_BLANK}((?:{_NOTES}){_BLANK}[:：])"
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """What a `skip` says: rows whose cell in a column contains a word.

    Parameters
    ----------
    column : str
        The planner's heading.
    contains : str
        The word, as it stands in the file.
    reason : Text
        Why such rows are no data; the word itself is not in it.
    is_sure : bool
        Whether no other row would be left out with them.
    """

    column: str
    contains: str
    reason: Text
    is_sure: bool


def without_asides(raw: RawTable) -> tuple[RawTable, tuple[Aside, ...], tuple[int, ...]]:
    """Return rows without sums and notes, what leaves these out, and their numbers in the file.

    A row of sums has a cell that holds such a word alone (合计, 总计, 小计, total); a note is one of the
    last rows, has one text only, and this begins with 注： and the like. What would leave out other rows
    too is said and not done.

    Parameters
    ----------
    raw : RawTable
        The rows of a file.

    Returns
    -------
    (RawTable, tuple of Aside, tuple of int)
    """
    asides = tuple({(a.column, a.contains): a for a in (*_sums(raw), *_notes(raw))}.values())
    keep = np.ones(len(raw.cells), dtype=bool)
    for aside in asides:
        if aside.is_sure:
            keep &= ~_contains(raw.cells[aside.column], aside.contains)
    if keep.all():
        return raw, asides, ()
    kept = replace(
        raw,
        cells=raw.cells[keep].reset_index(drop=True),
        rows=raw.rows[keep].reset_index(drop=True),
        geometry=None if raw.geometry is None else raw.geometry[keep],
    )
    return kept, asides, tuple(int(row) for row in raw.rows[~keep])


def _sums(raw: RawTable) -> Iterator[Aside]:
    done = np.zeros(len(raw.cells), dtype=bool)
    for heading in raw.cells.columns:
        cells = raw.cells[heading]
        found = _mask(cells.str.fullmatch(_SUM_CELL))
        for word in sorted(cells[found & ~done].str.strip().unique()):
            sure = bool(found[_contains(cells, word)].all())
            reason = say("a row that adds up others, no data")
            yield Aside(column=str(heading), contains=word, reason=reason, is_sure=sure)
        done |= found


def _notes(raw: RawTable) -> Iterator[Aside]:
    last = raw.cells.iloc[-TAIL:]
    for _, row in last.iterrows():
        filled = row[row.str.strip() != ""]
        # merged cells repeat their text
        if len(filled) == 0 or filled.nunique() > 1:
            continue
        begins = pd.Series([filled.iloc[0]], dtype="str").str.extract(_NOTE, expand=False).iloc[0]
        if isinstance(begins, str):
            column, word = str(filled.index[0]), begins.strip()
            yield Aside(
                column=column,
                contains=word,
                reason=say("a text below the table, no data"),
                is_sure=_are_notes(raw, column, word),
            )


def _are_notes(raw: RawTable, column: str, word: str) -> bool:
    """Whether the rows that a word leaves out have nothing but a text that begins with it."""
    hit = raw.cells[_contains(raw.cells[column], word)]
    text = hit[column].str.strip()
    others: Any = hit.apply(lambda cells: (cells.str.strip() == "") | (cells.str.strip() == text))
    return bool(others.to_numpy().all()) and bool(text.str.startswith(word).all())


def _contains(cells: pd.Series, word: str) -> Mask:
    return _mask(cells.str.contains(word, regex=False))


def _mask(found: pd.Series) -> Mask:
    return np.asarray(found, dtype=bool)
