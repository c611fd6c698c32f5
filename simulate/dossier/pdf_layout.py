"""How tables are set in the PDF: on A4 with 20 mm of margin, upright as long as their type can be read."""

from __future__ import annotations

from geodata.messages import Lang
from simulate.dossier.model import Table
from simulate.dossier.table_widths import Setting, Stock, pieces_on, setting_on

UPRIGHT_PT = 170 / 25.4 * 72
ACROSS_PT = 257 / 25.4 * 72

_STOCK = Stock(
    upright_pt=UPRIGHT_PT,
    across_pt=ACROSS_PT,
    # a page across breaks the text and mostly stays half blank: 7.5 points upright come before it
    sizes=(
        *((False, 9.0), (False, 8.5), (False, 8.0), (False, 7.5)),
        *((True, 9.0), (True, 8.0), (True, 7.0), (True, 6.5)),
    ),
    padding_em=1.1,
    text_em=4.5,
)


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
    return setting_on(_STOCK, table, lang)


def pieces_of(table: Table, lang: Lang) -> list[Table]:
    """Cut a table into several, each with the first column again.

    Returns
    -------
    list of Table
        The table alone where it fits a page, upright if it has but a few rows.
    """
    return pieces_on(_STOCK, table, lang)
