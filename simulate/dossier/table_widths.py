"""How a table is set on paper: upright or across, in which size of type, how wide each column is.

Widths are counted in em by a plain model of the font; where it is unsure it counts too wide, so that no
cell runs into the next one. `pdf_layout` and `word_layout` say for which paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from geodata.messages import Lang
from simulate.dossier.labels import cells_shown, column_groups
from simulate.dossier.measure import LONGEST_WORD, heading_em, longest_word_em, text_em
from simulate.dossier.model import Table

FEW_ROWS = 8
"""With no more rows a table of numbers is cut, not turned: its page across would be nearly blank."""
_VALUE_EM = 0.6 * LONGEST_WORD
"""So much of a value that is no text (a number, a code) is never broken."""
_STEPS_EM = (1, 2, 3, 4, 6, 8, 12, 16, 24)
_EACH_LINE = 0.02
"""Of two columns that make a row high, widening one saves no line yet, but is worth it."""

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """The paper that tables are set on.

    Parameters
    ----------
    upright_pt, across_pt : float
        The width of the text on a page upright and laid across.
    sizes : tuple of (bool, float)
        Whether across, and the size of type: in the order in which they are tried.
    padding_em : float
        Of a cell, left and right together.
    text_em : float
        The least width of a column of text of weight 1, where its text is as long.
    """

    upright_pt: float
    across_pt: float
    sizes: tuple[tuple[bool, float], ...]
    padding_em: float
    text_em: float

    def room_pt(self, across: bool) -> float:
        """Return the width of the text in points."""
        return self.across_pt if across else self.upright_pt


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How a table is set.

    Parameters
    ----------
    across : bool
        Whether on a page laid across.
    size_pt : float
    widths_pt : tuple of float
        One a column; together the width of the text.
    """

    across: bool
    size_pt: float
    widths_pt: tuple[float, ...]


def setting_on(stock: Stock, table: Table, lang: Lang) -> Setting:
    """Choose how a table is set: in the first of the paper's sizes in which all columns have room.

    Returns
    -------
    Setting
        Its columns are together as wide as the text; a table that is too wide for all sizes is squeezed.
    """
    cells = cells_shown(table, lang)
    need = _needs_em(stock, table, cells)
    fitting = [one for one in stock.sizes if sum(need) * one[1] <= stock.room_pt(one[0])]
    across, size = fitting[0] if fitting else stock.sizes[-1]
    room = stock.room_pt(across) / size
    if sum(need) >= room:
        widths = np.array(need) * room / sum(need)
    else:
        long = np.array([[text_em(one) for one in row] for row in _with_heads(table, cells)])
        weights = np.array([column.weight for column in table.columns])
        widths = _filled(np.array(need), long, room, stock.padding_em)
        widths += (room - widths.sum()) * weights / weights.sum()
        for twins in _twins(table):
            widths[twins] = widths[twins].mean()
    return Setting(across=across, size_pt=size, widths_pt=tuple((widths * size).tolist()))


def pieces_on(stock: Stock, table: Table, lang: Lang) -> list[Table]:
    """Cut a table that is too wide into several about as wide as each other, each with the first column.

    Returns
    -------
    list of Table
        The table alone where it fits a page: upright, if it has but a few rows and they are numbers. The
        title of a piece says which it is; notes stand under the last.
    """
    need = _needs_em(stock, table, cells_shown(table, lang))
    if len(table.rows) <= FEW_ROWS and not any(one.kind == "text" for one in table.columns[1:]):
        room = stock.upright_pt / min(size for across, size in stock.sizes if not across)
    else:
        room = stock.across_pt / stock.sizes[-1][1]
    if sum(need) <= room or len(need) < 3:
        return [table]
    cuts = _cuts_for(table, need, room)
    return _cut(table, cuts) if cuts else [table]


def _cuts_for(table: Table, need: Sequence[float], room: float) -> list[int]:
    """Return the columns with which a new piece begins: as few pieces as the room takes, then as narrow."""
    runs = list(_together(table, need, room))
    cuts = _cuts(runs, need, room)
    # as narrow as the widest run wants: below that every run would be a piece, however narrow the room
    least = need[0] + max(sum(need[start:end]) for start, end in runs)
    while room - 0.5 >= least and len(narrower := _cuts(runs, need, room - 0.5)) == len(cuts):
        room, cuts = room - 0.5, narrower
    return cuts


def _cut(table: Table, cuts: Sequence[int]) -> list[Table]:
    ends = list(zip([1, *cuts], [*cuts, len(table.columns)], strict=True))
    return [
        # what is said under the table is said once
        replace(
            _piece(table, start, end),
            title=f"{table.title} ({number}/{len(ends)})",
            notes=table.notes if number == len(ends) else (),
        )
        for number, (start, end) in enumerate(ends, start=1)
    ]


def _together(table: Table, need: Sequence[float], room: float) -> Iterator[tuple[int, int]]:
    """Walk through the columns behind the first: those of one heading stay together if they have room."""
    for group, numbers in column_groups(table):
        own = [at for at in numbers if at > 0]
        if group and own and need[0] + sum(need[at] for at in own) <= room:
            yield own[0], own[-1] + 1
        else:
            yield from ((at, at + 1) for at in own)


def _cuts(runs: Sequence[tuple[int, int]], need: Sequence[float], room: float) -> list[int]:
    """Return the columns with which a new piece begins."""
    cuts: list[int] = []
    used = need[0]
    for start, end in runs:
        wide = sum(need[start:end])
        if used > need[0] and used + wide > room:
            cuts.append(start)
            used = need[0]
        used += wide
    return cuts


def _piece(table: Table, start: int, end: int) -> Table:
    columns = (table.columns[0], *table.columns[start:end])
    rows = tuple((row[0], *row[start:end]) for row in table.rows)
    return replace(table, columns=columns, rows=rows)


def _with_heads(table: Table, cells: list[list[str]]) -> list[list[str]]:
    return [[column.title for column in table.columns], *cells]


def _needs_em(stock: Stock, table: Table, cells: list[list[str]]) -> list[float]:
    """Return the least width of each column: whole numbers, whole words, some room for text."""
    needs = []
    for at, column in enumerate(table.columns):
        own = [row[at] for row in cells]
        if column.kind == "text":
            most = stock.text_em * column.weight
            # a column without a word is filled in by hand
            blank = most if table.form and not any(own) else 0.0
            body = max((max(longest_word_em(one), min(text_em(one), most)) for one in own), default=most)
            body = max(body, blank)
        else:
            body = max((min(text_em(one), _VALUE_EM) for one in own), default=2.0)
        needs.append(max(heading_em(column.title), body) + stock.padding_em)
    for group, numbers in column_groups(table):
        # a heading over several columns stands on one line
        lacking = min(text_em(group), 2.0 * _VALUE_EM) + stock.padding_em - sum(needs[at] for at in numbers)
        if group and lacking > 0:
            for at in numbers:
                needs[at] += lacking / len(numbers)
    for twins in _twins(table):
        widest = max(needs[at] for at in twins)
        for at in twins:
            needs[at] = widest
    return needs


def _twins(table: Table) -> list[list[int]]:
    """Return the columns of one title under several headings (before, after): they are compared."""
    titles: dict[str, list[int]] = {}
    for at, column in enumerate(table.columns):
        if column.group:
            titles.setdefault(column.title, []).append(at)
    return [numbers for numbers in titles.values() if len(numbers) > 1]


def _filled(need: _Floats, long: _Floats, room: float, padding: float) -> _Floats:
    """Widen columns as long as that saves lines, each time where it saves most for its width.

    Parameters
    ----------
    need : array, shape (columns,)
        The widths to begin with, in em.
    long : array, shape (rows, columns)
        How long each cell is on one line.
    room : float
    padding : float
    """
    widths = need.copy()
    lines = _lines(long, widths - padding)
    while (left := room - widths.sum()) >= _STEPS_EM[0]:
        steps = [step for step in _STEPS_EM if step <= left]
        gains = [
            (_saved(lines, long, at, widths[at] - padding + step) / step, -step, -at)
            for at in range(len(widths))
            if lines[:, at].max() > 1
            for step in steps
        ]
        best, step, at = max(gains, default=(0.0, 0, 0))
        if best <= 0:
            break
        widths[-at] -= step
        lines[:, -at] = _lines(long[:, -at], widths[-at] - padding)
    return widths


def _saved(lines: _Floats, long: _Floats, at: int, wide: float) -> float:
    """Return how many lines the rows are lower together with one column so wide."""
    new = _lines(long[:, at], wide)
    others = np.delete(lines, at, axis=1).max(axis=1, initial=1.0)
    lower = np.maximum(lines[:, at], others) - np.maximum(new, others)
    return float(lower.sum() + _EACH_LINE * (lines[:, at] - new).sum())


def _lines(long: _Floats, wide: _Floats | float) -> _Floats:
    return np.asarray(np.maximum(np.ceil(long / wide - 1e-9), 1.0), dtype=np.float64)
