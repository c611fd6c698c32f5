"""How values are written for a reader, and the one function by which a number enters a sentence."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from geodata.messages import Lang
from simulate.dossier.model import SUPPRESSED, Cited, Column, Table, Value

DASH = "–"
_WAN = 10_000
"""From ten of these on, Chinese sentences count in 万."""
_SHIFTS = {"share": 2, "metres": -3}
"""By which power of ten a value is larger as it is shown."""


def shown(value: Value, column: Column, lang: Lang) -> str:
    """Return a value of a table as it is shown in its cell; a dash where there is none.

    Examples
    --------
    >>> shown(12345, Column(key="n", title="n", kind="integer"), "en")
    '12,345'
    >>> shown(0.0625, Column(key="n", title="n", kind="share"), "zh")
    '6.3%'
    >>> shown(1234, Column(key="n", title="n", kind="metres"), "en")
    '1.2'
    """
    if value is None or value == "":
        return DASH if column.numeric else ""
    if isinstance(value, str):
        return value
    if column.kind == "integer":
        return f"{_rounded(value, 0, 0):,}"
    if column.kind == "share":
        return f"{_rounded(value, 2, column.decimals):.{column.decimals}f}%"
    if column.kind == "metres":
        return f"{_rounded(value, -3, column.decimals):.{column.decimals}f}"
    if column.kind == "decimal":
        return f"{_rounded(value, 0, column.decimals):,.{column.decimals}f}"
    return str(value)


def _rounded(value: float, shift: int, decimals: int) -> Decimal:
    """Return a value times a power of ten, halves rounded away from 0, as spreadsheets show it."""
    exact = Decimal(str(value)).scaleb(shift)
    return exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def as_shown(table: Table) -> Table:
    """Return a table whose numbers are no finer than they are shown.

    A share or a mean of 15 digits tells the counts that it was made from; so a public table has none.
    """
    return replace(
        table,
        rows=tuple(
            tuple(_cut(value, column) for value, column in zip(row, table.columns, strict=True))
            for row in table.rows
        ),
    )


def _cut(value: Value, column: Column) -> Value:
    if not isinstance(value, float):
        return value
    shift, decimals = _SHIFTS.get(column.kind, 0), column.decimals
    if column.kind in ("integer", "year"):
        decimals = 0
    return float(_rounded(value, shift, decimals).scaleb(-shift))


def in_words(value: Value, column: Column, lang: Lang) -> str:
    """Return a value as it is written in a sentence: with its unit; large numbers in 万 in Chinese.

    Examples
    --------
    >>> in_words(123456, Column(key="n", title="n", kind="integer"), "zh")
    '12.3万'
    >>> in_words(1234, Column(key="n", title="n", kind="metres"), "en")
    '1.2 km'
    """
    if value is None or isinstance(value, str):
        return SUPPRESSED if value == SUPPRESSED else shown(value, column, lang)
    if column.kind == "integer" and lang == "zh" and abs(value) >= 10 * _WAN:
        return f"{value / _WAN:.1f}万"
    if column.kind == "metres":
        return shown(value, column, lang) + (" km" if lang == "en" else "公里")
    return shown(value, column, lang)


class Citations:
    """The numbers that enter sentences, each with the cell it came from.

    A class, because it keeps the log: `cite` is the only way for a number of a table into a sentence, and a
    test compares the log with the tables.
    """

    def __init__(self, lang: Lang) -> None:
        self._lang = lang
        self._log: list[Cited] = []

    def cite(self, table: Table, row: str, column: str) -> str:
        """Return the value of a cell as it is written in a sentence, and log it."""
        found = next(one for one in table.columns if one.key == column)
        value = table.value(row, column)
        text = in_words(value, found, self._lang)
        self._log.append(Cited(text=text, value=value, table=table.id, row=row, column=column))
        return text

    @property
    def log(self) -> tuple[Cited, ...]:
        """What has been cited so far, in order."""
        return tuple(self._log)
