"""Find the headings of a sheet: titles above them, two rows of them, merged cells in them."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from geodata.errors import DataError, Fault
from geodata.messages import say

LOOKED_AT = 20
"""How many rows are looked at for headings; titles, units and dates take three or four."""
UNNAMED = "\0"
"""How the name of a column without a heading begins; its place follows."""

Rows = Sequence[Sequence[str]]
Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column of merged cells; from 0, like the rows beside it."""

_CJK = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_NO_WIDTH = re.compile("[\u200b-\u200d\u2060\ufeff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Headings:
    """Where the headings stand and what they say.

    Parameters
    ----------
    names : tuple of str
        A name for each column, each once; of a column without a heading `UNNAMED` and its place.
    first : int
        Position of the (first) row of headings among the rows that were looked at.
    count : int
        How many rows they take.
    """

    names: tuple[str, ...]
    first: int
    count: int

    @property
    def body(self) -> int:
        """Position of the first row below."""
        return self.first + self.count


def find_headings(
    file: str,
    rows: Rows,
    *,
    row_of: int = 1,
    heading_row: int | None = None,
    heading_rows: int = 1,
    merges: Sequence[Merge] | None = None,
) -> Headings:
    """Find the headings: where they are declared, or in the first row that is not blank.

    Parameters
    ----------
    file : str
        The name that a fault shows.
    rows : sequence of rows of text
        The first rows, `LOOKED_AT` of them or more.
    row_of : int
        The number of the first of them, as a person counts.
    heading_row, heading_rows : int
        As xuequ.toml declares them; None if it does not.
    merges : sequence of Merge, optional
        Merged cells, where the format tells.

    Returns
    -------
    Headings
        Several rows are joined as "upper/lower"; a merged upper cell counts for all columns below it.

    Raises
    ------
    DataError
        If there is none, if the first row is a title or the upper of two rows of headings (the fault says
        what to declare), or if a heading stands twice.
    """
    first = _first_filled(rows) if heading_row is None else heading_row - row_of
    if first is None or not 0 <= first < len(rows) or first + heading_rows > len(rows):
        raise DataError([_none(file, row_of if first is None else row_of + first)])
    if heading_row is None:
        proposed = propose(rows, merges=merges)
        if proposed != (first, 1) and proposed != (first, heading_rows):
            raise DataError([_declare(file, row_of + first, row_of + proposed[0], proposed[1])])
    names = _joined(rows[first : first + heading_rows], first, merges)
    if not any(names):
        raise DataError([_none(file, row_of + first)])
    named = tuple(name or f"{UNNAMED}{place}" for place, name in enumerate(names, start=1))
    twice = sorted(name for name, count in Counter(named).items() if count > 1)
    if twice:
        fault = Fault(
            file=file,
            row=row_of + first,
            found=", ".join(twice),
            allowed=say("each heading once"),
            remedy=say("remove or rename one"),
        )
        raise DataError([fault])
    return Headings(names=named, first=first, count=heading_rows)


def propose(rows: Rows, *, merges: Sequence[Merge] | None = None) -> tuple[int, int]:
    """Return where the headings seem to stand among the first rows, and how many rows they take.

    Notes
    -----
    1. A row with one filled cell above rows with several is a title, and so is one merged over them all.
    2. The headings begin with the first row that is no title and has half as many filled cells as the
       fullest one of those looked at.
    3. They take two rows (or more) where their cells are merged over several columns, or downwards.

    Examples
    --------
    >>> propose([["2024 intake", ""], ["school", "classes"], ["S1", "3"]])
    (1, 1)
    """
    looked = rows[:LOOKED_AT]
    filled = [_extent(row, number, merges or ()) for number, row in enumerate(looked)]
    most = max(filled, default=0)
    first = next((n for n, count in enumerate(filled) if count and (count > 1 or most == 1)), 0)
    if most > 2:
        first = next((n for n, count in enumerate(filled) if 2 * count >= most and count > 1), first)
    last = first
    for top, left, bottom, right in merges or ():
        if top == first and (right > left or bottom > top) and bottom + 1 < len(rows):
            below = bottom + 1 if right > left and bottom == top else bottom
            last = max(last, below)
    return first, min(last - first + 1, 4)


def _extent(row: Sequence[str], number: int, merges: Sequence[Merge]) -> int:
    """Return how many columns a row names: a merged cell over several counts for them, a title for one."""
    filled = {place for place, cell in enumerate(row) if cell.strip()}
    if len(filled) < 2:
        return len(filled)
    for top, left, bottom, right in merges:
        if top <= number <= bottom and (left in filled or top < number):
            filled.update(range(left, right + 1))
    return len(filled)


def tidy(heading: str) -> str:
    """Return a heading without outer spaces, characters without width, and breaks of its line.

    Examples
    --------
    >>> tidy(" 计划\\n班数 "), tidy("school\\nname")
    ('计划班数', 'school name')
    """
    text = _NO_WIDTH.sub("", heading).strip()
    text = re.sub(rf"(?<=[{_CJK}])\s*[\r\n]\s*|\s*[\r\n]\s*(?=[{_CJK}])", "", text)
    return re.sub(r"\s*[\r\n]\s*", " ", text)


def drop_unnamed(file: str, cells: pd.DataFrame, *, row: int) -> pd.DataFrame:
    """Leave out columns without a heading: a spreadsheet saves columns that were once touched.

    Raises
    ------
    DataError
        If one of them has cells; `row` is that of the headings.
    """
    unnamed = [name for name in cells if name.startswith(UNNAMED)]
    for name in unnamed:
        if (cells[name] != "").any():
            fault = Fault(
                file=file,
                row=row,
                allowed=say(
                    "a heading for each column that has cells; column {n} has none",
                    n=name.removeprefix(UNNAMED),
                ),
                remedy=say("write a heading, or empty the column"),
            )
            raise DataError([fault])
    return cells.drop(columns=unnamed) if unnamed else cells


def _first_filled(rows: Rows) -> int | None:
    return next((n for n, row in enumerate(rows) if any(cell.strip() for cell in row)), None)


def _joined(rows: Rows, first: int, merges: Sequence[Merge] | None) -> list[str]:
    width = max((len(row) for row in rows), default=0)
    levels = [[tidy(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
    if merges is None:
        _spread_by_sight(levels)
    else:
        for top, left, bottom, right in merges:
            if first <= top < first + len(levels):
                held = levels[top - first][left] if left < width else ""
                for number in range(top - first, min(bottom - first + 1, len(levels))):
                    levels[number][left : right + 1] = [held] * len(levels[number][left : right + 1])
    return ["/".join(dict.fromkeys(part for part in parts if part)) for parts in zip(*levels, strict=True)]


def _spread_by_sight(levels: list[list[str]]) -> None:
    """Let an upper heading count for the blank cells to its right that have a lower heading.

    A text file does not say what was merged. An upper heading with nothing below it was merged downwards,
    so it does not spread.
    """
    for upper, lower in itertools.pairwise(levels):
        held = ""
        for place, (above, below) in enumerate(zip(list(upper), lower, strict=True)):
            if above:
                held = above if below else ""
            elif below:
                upper[place] = held
            else:
                held = ""


def _none(file: str, row: int) -> Fault:
    return Fault(
        file=file,
        row=row,
        allowed=say("a heading is expected; there is none"),
        remedy=say("write the names of the columns in the first row, or declare heading_row in xuequ.toml"),
    )


def _declare(file: str, row: int, heading_row: int, heading_rows: int) -> Fault:
    return Fault(
        file=file,
        row=row,
        allowed=say("a row of headings; this looks like a title, or like the upper of several such rows"),
        remedy=say(
            "if they begin in row {row} and take {n}, declare heading_row = {row} and heading_rows = {n} "
            "in xuequ.toml; heading_row = {here} if they do begin here",
            row=heading_row,
            n=heading_rows,
            here=row,
        ),
    )
