"""How a table is set on the paper of official documents: upright or across, in which size, how wide."""

from __future__ import annotations

from geodata.messages import Lang
from simulate.dossier.model import Table
from simulate.dossier.table_widths import Setting, Stock, pieces_on, setting_on
from simulate.dossier.word_paper import POINTS_MM, TABLE_SIZES, TEXT_MM

_STOCK = Stock(
    upright_pt=TEXT_MM[0] * POINTS_MM,
    across_pt=TEXT_MM[1] * POINTS_MM,
    sizes=TABLE_SIZES,
    padding_em=1.2,
    text_em=5.0,
)


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
    >>> from simulate.dossier.model import Column
    >>> names = tuple(Column(key=f"c{n}", title=f"Column {n}", kind="integer") for n in range(14))
    >>> few = setting_of(Table(id="x", title="", columns=names[:3], rows=(), keys=()), "en")
    >>> many = setting_of(Table(id="x", title="", columns=names, rows=(), keys=()), "en")
    >>> few.across, few.size_pt, many.across
    (False, 10.5, True)
    """
    return setting_on(_STOCK, table, lang)


def pieces_of(table: Table, lang: Lang) -> list[Table]:
    """Cut a table into several, each with the first column again; alone where it fits a page."""
    return pieces_on(_STOCK, table, lang)


def room_pt(across: bool) -> float:
    """Return the width of the text in points."""
    return _STOCK.room_pt(across)
