"""How wide a table is set in print: the width of its columns, its type size, upright or across.

Widths are counted in em by a plain model of the font's widths; where it is unsure it counts too wide, so
that no cell runs into the next one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from geodata.messages import Lang
from simulate.dossier.formatting import shown
from simulate.dossier.measure import LONGEST_WORD, heading_em, longest_word_em, text_em
from simulate.dossier.model import Table

UPRIGHT_PT = 170 / 25.4 * 72
ACROSS_PT = 257 / 25.4 * 72
"""The width of the text on an A4 page, 20 mm of margin on both sides."""

_SIZES = ((False, 9.0), (False, 8.0), (True, 9.0), (True, 8.0), (True, 7.0), (True, 6.5))
_PADDING_EM = 1.1
_TEXT_EM = 4.5
_MOST_TEXT_EM = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How a table is set.

    Parameters
    ----------
    across : bool
        Whether on a page laid across.
    size_pt : float
    widths_pt : tuple of float
        One a column; together the width of the page.
    """

    across: bool
    size_pt: float
    widths_pt: tuple[float, ...]


def setting_of(table: Table, lang: Lang) -> Setting:
    """Choose how a table is set: upright in the largest type that fits, else across, else smaller.

    Examples
    --------
    >>> from simulate.dossier.model import Column
    >>> names = tuple(Column(key=f"c{n}", title=f"Column {n}", kind="integer") for n in range(20))
    >>> one = setting_of(Table(id="x", title="", columns=names[:3], rows=(), keys=()), "en")
    >>> many = setting_of(Table(id="x", title="", columns=names, rows=(), keys=()), "en")
    >>> one.across, one.size_pt, many.across
    (False, 9.0, True)
    """
    need = _needs_em(table, lang)
    fitting = [(across, size) for across, size in _SIZES if sum(need) * size <= _room(across)]
    across, size = fitting[0] if fitting else _SIZES[-1]
    return Setting(across=across, size_pt=size, widths_pt=_widths(table, lang, size, _room(across)))


def pieces_of(table: Table, lang: Lang) -> list[Table]:
    """Cut a table that is too wide for any page into several, each with the first column again.

    Returns
    -------
    list of Table
        The table alone where it fits.
    """
    need = _needs_em(table, lang)
    room = ACROSS_PT / _SIZES[-1][1]
    cuts, used = [1], need[0]
    for at in range(1, len(need)):
        if used + need[at] > room and at > cuts[-1]:
            cuts.append(at)
            used = need[0]
        used += need[at]
    if len(cuts) == 1:
        return [table]
    return [_piece(table, start, end) for start, end in pairwise([*cuts, len(need)])]


def _piece(table: Table, start: int, end: int) -> Table:
    columns = (table.columns[0], *table.columns[start:end])
    rows = tuple((row[0], *row[start:end]) for row in table.rows)
    return replace(table, columns=columns, rows=rows)


def _needs_em(table: Table, lang: Lang) -> list[float]:
    """Return the least width of each column: whole numbers, whole words, some room for text."""
    needs = []
    for at, column in enumerate(table.columns):
        cells = _cells(table, at, lang)
        if column.kind == "text":
            most = _TEXT_EM * column.weight
            body = max((max(longest_word_em(one), min(text_em(one), most)) for one in cells), default=most)
        else:
            body = max((min(text_em(one), LONGEST_WORD * 0.6) for one in cells), default=2.0)
        needs.append(max(heading_em(column.title), body) + _PADDING_EM)
    return needs


def _wants_em(table: Table, lang: Lang, need: list[float]) -> list[float]:
    """Return the width that each column would fill: its longest text on one line, if not too long."""
    wants = []
    for at, least in enumerate(need):
        longest = max((text_em(one) for one in _cells(table, at, lang)), default=0.0)
        wants.append(max(least, min(longest + _PADDING_EM, _MOST_TEXT_EM)))
    return wants


def _widths(table: Table, lang: Lang, size: float, room: float) -> tuple[float, ...]:
    """Return widths that fill the page: the rest goes to columns that want it, then to all by weight."""
    least = _needs_em(table, lang)
    need = [em * size for em in least]
    want = [em * size for em in _wants_em(table, lang, least)]
    left = room - sum(need)
    if left <= 0:
        return tuple(width * room / sum(need) for width in need)
    missing = sum(want) - sum(need)
    part = min(1.0, left / missing) if missing else 0.0
    widths = [a + (b - a) * part for a, b in zip(need, want, strict=True)]
    rest = max(room - sum(widths), 0.0)
    weights = [column.weight for column in table.columns]
    return tuple(w + rest * weight / sum(weights) for w, weight in zip(widths, weights, strict=True))


def _cells(table: Table, at: int, lang: Lang) -> list[str]:
    return [shown(row[at], table.columns[at], lang) for row in table.rows]


def _room(across: bool) -> float:
    return ACROSS_PT if across else UPRIGHT_PT
