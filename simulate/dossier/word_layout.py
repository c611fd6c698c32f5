"""How a table is set on the paper of official documents: upright or across, in which size, how wide."""

from __future__ import annotations

from dataclasses import dataclass

from geodata.messages import Lang
from simulate.dossier.formatting import shown
from simulate.dossier.measure import heading_em, longest_word_em, text_em
from simulate.dossier.model import Column, Table
from simulate.dossier.word_paper import POINTS_MM, TABLE_SIZES, TEXT_MM

_PADDING_EM = 1.2
_TEXT_EM = 5.0
"""The least width of a column of text of weight 1."""
_LONGEST_EM = 10.0
"""So much of a value that is no text is never broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How a table is set: on a page laid across or not, in which size, how wide each column is."""

    across: bool
    size_pt: float
    widths_pt: tuple[float, ...]


def setting_of(table: Table, lang: Lang) -> Setting:
    """Choose how a table is set: upright in the largest type that fits, else across, else smaller.

    Parameters
    ----------
    table : Table
    lang : {"zh", "en"}

    Returns
    -------
    Setting
        Its columns are together as wide as the text; a table that is too wide for all sizes is squeezed.

    Examples
    --------
    >>> names = tuple(Column(key=f"c{n}", title=f"Column {n}", kind="integer") for n in range(14))
    >>> few = setting_of(Table(id="x", title="", columns=names[:3], rows=(), keys=()), "en")
    >>> many = setting_of(Table(id="x", title="", columns=names, rows=(), keys=()), "en")
    >>> few.across, few.size_pt, many.across
    (False, 10.5, True)
    """
    need = [_need_em(table, at, lang) for at in range(len(table.columns))]
    fitting = [(across, size) for across, size in TABLE_SIZES if sum(need) * size <= room_pt(across)]
    across, size = fitting[0] if fitting else TABLE_SIZES[-1]
    return Setting(
        across=across, size_pt=size, widths_pt=_widths(table.columns, need, size, room_pt(across))
    )


def room_pt(across: bool) -> float:
    """Return the width of the text in points."""
    return TEXT_MM[1 if across else 0] * POINTS_MM


def _need_em(table: Table, at: int, lang: Lang) -> float:
    """Return the least width of a column: whole numbers, whole words, some room for text."""
    column = table.columns[at]
    if column.kind == "text":
        room = _TEXT_EM * column.weight
        cells = (max(longest_word_em(cell), min(text_em(cell), room)) for cell in _cells(table, at, lang))
        # a form is filled in by hand
        body = max(cells, default=0.0) if not table.form else room
    else:
        body = max((min(text_em(cell), _LONGEST_EM) for cell in _cells(table, at, lang)), default=0.0)
    return max(heading_em(column.title), body) + _PADDING_EM


def _cells(table: Table, at: int, lang: Lang) -> set[str]:
    return {shown(row[at], table.columns[at], lang) for row in table.rows}


def _widths(columns: tuple[Column, ...], need: list[float], size: float, room: float) -> tuple[float, ...]:
    """Share what is left between the columns of text by their weight, or else between all."""
    least = [em * size for em in need]
    left = room - sum(least)
    if left < 0:
        return tuple(width * room / sum(least) for width in least)
    texts = [column.weight if column.kind == "text" else 0.0 for column in columns]
    weights = texts if any(texts) else [1.0] * len(least)
    return tuple(width + left * weight / sum(weights) for width, weight in zip(least, weights, strict=True))
