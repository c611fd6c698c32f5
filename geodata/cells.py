"""Turn cells of text into values, and list every cell that cannot be turned.

Reading is in two phases: here each cell is parsed by itself, so that one bad cell never hides
another; rules over whole columns (uniqueness, references) come after, in `geodata.audit`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from geodata.errors import Fault
from geodata.messages import Text, say
from geodata.schema import Column

# not \d, which takes full-width digits too, and these become no number
_INTEGER = r"[+-]?[0-9]{1,15}"
_NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?"
_TRUE = ("true", "1", "yes", "y", "是")
_FALSE = ("false", "0", "no", "n", "否")

BLANK = say("a blank cell, where a value is required")
FILL_IN = say("fill it in")
CORRECT = say("correct it")
CORRECT_OR_BLANK = say("correct it, or leave the cell blank if it is not known")


def parse_column(
    cells: pd.Series, column: Column, *, file: str, heading: str, rows: pd.Series
) -> tuple[pd.Series, list[Fault]]:
    """Parse one column of text.

    Parameters
    ----------
    cells : Series of str, shape (n,)
        The text as it stands in the file; "" is blank.
    column : Column
        What may stand there.
    file, heading : str
        The names that a fault shows.
    rows : Series of int, shape (n,)
        The row number that a fault shows for each cell.

    Returns
    -------
    (Series, list of Fault)
        Values of the column's kind, missing where blank or bad, and a fault for each bad cell.
    """
    text = cells.astype("str").str.strip()
    blank = text == ""
    values, good, allowed = _PARSERS[column.kind](text, blank)
    bad = ~blank & ~good
    remedy = CORRECT if column.required else CORRECT_OR_BLANK
    faults = list(_each(text, bad, file, heading, rows, allowed, remedy))
    if column.required:
        faults.extend(_each(text, blank, file, heading, rows, BLANK, FILL_IN, show=False))
    if column.minimum is not None:
        low = values.notna() & (values < column.minimum).fillna(False).astype(bool)
        least = np.format_float_positional(column.minimum, trim="-")
        rule = say("a number of at least {minimum}", minimum=least)
        faults.extend(_each(text, low, file, heading, rows, rule, remedy))
    if column.allowed:
        strange = ~blank & ~text.isin(column.allowed)
        rule = say("allowed: {allowed}", allowed=", ".join(column.allowed))
        faults.extend(_each(text, strange, file, heading, rows, rule, remedy))
    return values, faults


def _each(
    text: pd.Series,
    where: pd.Series,
    file: str,
    heading: str,
    rows: pd.Series,
    allowed: Text,
    remedy: Text,
    *,
    show: bool = True,
) -> Iterator[Fault]:
    for index in np.flatnonzero(where.to_numpy()):
        yield Fault(
            file=file,
            row=int(rows.iloc[index]),
            column=heading,
            found=str(text.iloc[index]) if show else None,
            allowed=allowed,
            remedy=remedy,
        )


Parsed = tuple[pd.Series, pd.Series, Text]


def _text(text: pd.Series, blank: pd.Series) -> Parsed:
    return text.mask(blank), pd.Series(True, index=text.index), say("text")


def _integer(text: pd.Series, blank: pd.Series) -> Parsed:
    # "3.0" is what a spreadsheet makes of a 3
    plain = text.str.replace(r"\.0+$", "", regex=True)
    good = plain.str.fullmatch(_INTEGER).astype(bool)
    values = pd.to_numeric(plain.where(good), errors="coerce").astype("Int64")
    return values, good, say("a whole number")


def _number(text: pd.Series, blank: pd.Series) -> Parsed:
    good = text.str.fullmatch(_NUMBER).astype(bool)
    values = pd.to_numeric(text.where(good), errors="coerce").astype("float64")
    good &= ~np.isinf(values)
    return values, good, say("a finite number")


def _boolean(text: pd.Series, blank: pd.Series) -> Parsed:
    lower = text.str.lower()
    good = lower.isin(_TRUE + _FALSE)
    values = pd.Series(lower.isin(_TRUE), index=text.index, dtype="boolean").mask(~good)
    return values, good, say("yes or no")


def _date(text: pd.Series, blank: pd.Series) -> Parsed:
    plain = text.str.replace("/", "-", regex=False)
    values = pd.to_datetime(plain.mask(blank), format="%Y-%m-%d", errors="coerce").astype("datetime64[ms]")
    return values, values.notna(), say("a date such as 2024-07-01")


_PARSERS: dict[str, Callable[[pd.Series, pd.Series], Parsed]] = {
    "id": _text,
    "text": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
}


def as_text(value: Any) -> str:
    """Return a value that a typed file holds (GeoJSON, GeoPackage) as the text that we parse.

    Examples
    --------
    >>> as_text(3.0), as_text(None), as_text("甲")
    ('3', '', '甲')
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)):
        number = float(value)
        whole = number.is_integer() and -1e15 < number < 1e15
        return str(int(number)) if whole else "" if np.isnan(number) else repr(number)
    if isinstance(value, (pd.Timestamp, np.datetime64)):
        return pd.Timestamp(value).strftime("%Y-%m-%d") if pd.notna(value) else ""
    return str(value)
