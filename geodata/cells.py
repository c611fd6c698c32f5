"""Turn cells of text into values, and list every cell that cannot be turned.

Reading is in two phases: here each cell is parsed by itself, so that one bad cell never hides
another; rules over whole columns (uniqueness, references) come after, in `geodata.audit`.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
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
_MIDNIGHT = r"([ T]00?:00(:00(\.0+)?)?)?"
_DATE = (
    r"([0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}|[0-9]{4}\.[0-9]{1,2}\.[0-9]{1,2}"
    r"|[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日|[0-9]{8})"
)
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")

UNCALCULATED = "#NOT-CALCULATED!"
"""What a reader of workbooks puts in the place of a formula that no program has calculated."""
_ERRORS = (
    *("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA", "#SPILL!"),
    *(
        "#CALC!",
        "#FIELD!",
        "#BLOCKED!",
        "#CONNECT!",
        "#BUSY!",
        "#UNKNOWN!",
        "Err:502",
        "Err:504",
        "Err:508",
    ),
)
# as a spreadsheet writes a number of more than 11 digits, or one of more digits than it keeps (15)
_DIGITS_LOST = r"[0-9](\.[0-9]+)?[eE]\+[0-9]{2,3}|[0-9]{16,}\.0+"

_NO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_OUTER = " \t\r\n\u00a0\u3000" + _NO_WIDTH
_FULL_WIDTH = {point: chr(point - 0xFEE0) for point in range(0xFF01, 0xFF5F)}
_LETTERS_AND_DIGITS = {p: c for p, c in _FULL_WIDTH.items() if c.isalnum()}
_GONE: dict[int, str] = {ord(character): "" for character in _NO_WIDTH}
# an identifier may be a name with full-width brackets, so only its letters and digits are touched
_PLAIN_ID = str.maketrans({**_LETTERS_AND_DIGITS, **_GONE, 0xA0: " ", 0x3000: " "})
_PLAIN_VALUE = str.maketrans({**_FULL_WIDTH, **_GONE, 0xA0: "", 0x3000: ""})
# what stands on both sides of a gap may be two numbers: only a person can tell
_PLAIN_NUMBER = str.maketrans(_FULL_WIDTH)
_PLAIN = {"id": _PLAIN_ID, "integer": _PLAIN_NUMBER, "number": _PLAIN_NUMBER}
_GAP = re.compile(rf"[0-9０-９.,．，eE+-][\s{_NO_WIDTH}]+[0-9０-９.,．，eE]")
_TIMED = re.compile(_DATE + r"[ T].*[0-9].*")

# a workbook counts days; 1949-10-01 to 2099-12-31 is what can be meant, so that a year alone is no date
_EPOCHS = {1900: np.datetime64("1899-12-30"), 1904: np.datetime64("1904-01-01")}
_FIRST_DAY, _LAST_DAY = np.datetime64("1949-10-01"), np.datetime64("2099-12-31")

BLANK = say("a blank cell, where a value is required")
FILL_IN = say("fill it in")
CORRECT = say("correct it")
CORRECT_OR_BLANK = say("correct it, or leave the cell blank if it is not known")
_OWN_NUMBER = say(
    "a number of its own for each row; these cells are merged, so it may count for all of them together"
)
_WRITE_EACH = say("take the merged cells apart, and write in each row the number that counts there")
_OPEN_AND_SAVE = say("open the file in Excel or WPS, so that it is calculated, and save it")


def parse_column(
    cells: pd.Series,
    column: Column,
    *,
    file: str,
    heading: str,
    rows: pd.Series,
    serials: int | None = None,
    notes: list[Text] | None = None,
    merged: Collection[int] = (),
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
    serials : {1900, 1904}, optional
        From which year a workbook counts days; a number in a column of dates is then a date. None for a
        text file, where it is a fault.
    notes : list of Text, optional
        What was read otherwise than it stands there is added here, once a column.
    merged : collection of int
        The rows (as `rows` numbers them) that only repeat the cell of merged ones. A text counts for each
        of them; a number is a fault there, for it may be the sum of all.

    Returns
    -------
    (Series, list of Fault)
        Values of the column's kind, missing where blank or bad, and a fault for each bad cell.

    Notes
    -----
    Outer spaces go, the ideographic ones and those without width too. Inside identifiers, numbers, dates
    and yes/no, full-width letters and digits are made plain, which is noted; names stay as they are. A gap
    inside a number is a fault, and so is a time or a zone after a date.
    """
    text = cells.astype("str").str.strip()
    if not _is_ascii(text):
        text = _plain(text, column, file, heading, rows, [] if notes is None else notes)
    blank = text == ""
    if blank.all():
        empty = pd.Series(index=text.index, dtype=DTYPES[column.kind])
        needed = blank if column.required else ~blank
        return empty, list(_each(text, needed, file, heading, rows, BLANK, FILL_IN, show=False))
    faults, spoilt = _spreadsheet_faults(text, column, file, heading, rows)
    if spoilt.any():
        text = text.mask(spoilt, "")
    empty = text == ""
    values, good, allowed = _PARSERS[column.kind](text, empty)
    bad = ~empty & ~good
    remedy = CORRECT if column.required else CORRECT_OR_BLANK
    if column.kind == "date" and bad.any():
        said: list[Text] = [] if notes is None else notes
        values, bad = _serials(values, text, bad, file, heading, rows, serials, faults, said)
    faults.extend(_bad_cells(text, bad, file, heading, rows, allowed, remedy))
    if len(merged) and column.kind in ("integer", "number"):
        repeated = values.notna() & rows.isin(merged).set_axis(values.index)
        faults.extend(_each(text, repeated, file, heading, rows, _OWN_NUMBER, _WRITE_EACH))
        values = values.mask(repeated)
    if column.required:
        faults.extend(_each(text, blank, file, heading, rows, BLANK, FILL_IN, show=False))
    if column.minimum is not None:
        low = values.notna() & (values < column.minimum).fillna(False).astype(bool)
        least = np.format_float_positional(column.minimum, trim="-")
        rule = say("a number of at least {minimum}", minimum=least)
        faults.extend(_each(text, low, file, heading, rows, rule, remedy))
    if column.allowed:
        strange = ~empty & ~text.isin(column.allowed)
        rule = say("allowed: {allowed}", allowed=", ".join(column.allowed))
        faults.extend(_each(text, strange, file, heading, rows, rule, remedy))
    return values, faults


def _is_ascii(text: pd.Series) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    # None where there is no text at all
    return pc.all(pc.string_is_ascii(pa.array(text, type=pa.large_string()))).as_py() is not False


def _plain(
    text: pd.Series, column: Column, file: str, heading: str, rows: pd.Series, notes: list[Text]
) -> pd.Series:
    """Return text without outer spaces and, but for names, without full-width digits and letters."""
    text = text.str.strip(_OUTER)
    if column.kind == "text":
        return text
    beyond = text.str.contains("[^\\x00-\\x7f]").to_numpy(dtype=bool)
    before = text[beyond]
    after = before.str.translate(_PLAIN.get(column.kind, _PLAIN_VALUE)).str.strip()
    changed = (after != before).to_numpy()
    if not changed.any():
        return text
    text = text.copy()
    text[beyond] = after
    notes.append(
        say(
            "{file}: column {column}: full-width digits, letters or spaces made plain in {n} cells, the "
            "first in row {row}",
            file=file,
            column=heading,
            n=int(changed.sum()),
            row=int(rows[beyond].iloc[int(np.argmax(changed))]),
        )
    )
    return text


def _spreadsheet_faults(
    text: pd.Series, column: Column, file: str, heading: str, rows: pd.Series
) -> tuple[list[Fault], pd.Series]:
    """Return the faults of what a spreadsheet left in place of a value, and where they are."""
    error, open_formula = text.isin(_ERRORS), text == UNCALCULATED
    lost = error & False
    if column.kind == "id":
        lost = text.str.fullmatch(_DIGITS_LOST).astype(bool)
    found = [
        *_each(
            text,
            error,
            file,
            heading,
            rows,
            say("a value; the spreadsheet shows an error here"),
            say("mend the formula, or write the value itself"),
        ),
        *_each(
            text,
            open_formula,
            file,
            heading,
            rows,
            say("a value; this formula was never calculated"),
            _OPEN_AND_SAVE,
            show=False,
        ),
        # what is left of the digits may be those of a person's number: it is not shown
        *_each(
            text,
            lost,
            file,
            heading,
            rows,
            say(
                "an identifier as text; the spreadsheet keeps 15 digits of a number, so the others are lost"
            ),
            say("format the column as text, and copy the identifiers from their source again"),
            show=False,
        ),
    ]
    return found, error | open_formula | lost


def _bad_cells(
    text: pd.Series, bad: pd.Series, file: str, heading: str, rows: pd.Series, allowed: Text, remedy: Text
) -> Iterator[Fault]:
    for fault in _each(text, bad, file, heading, rows, allowed, remedy):
        if fault.found is not None and _THOUSANDS.fullmatch(fault.found):
            plain = fault.found.replace(",", "")
            yield replace(fault, remedy=say("write it without commas: {number}", number=plain))
        elif fault.found is not None and _GAP.search(fault.found) and not _TIMED.fullmatch(fault.found):
            yield replace(fault, remedy=say("take out the gap inside it, which may be invisible"))
        elif fault.found is not None and _TIMED.fullmatch(fault.found):
            yield replace(
                fault,
                remedy=say(
                    "a time or a time zone stands after the day; write the day alone, by the local clock"
                ),
            )
        else:
            yield fault


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
    values = _floats(text.where(good))
    good &= ~np.isinf(values)
    return values, good, say("a finite number")


def _floats(text: pd.Series) -> pd.Series:
    """Return texts that are numbers as the nearest floats; arrow's are exact, and quicker than pandas'."""
    import pyarrow as pa
    import pyarrow.compute as pc

    # arrow takes no plus sign
    plain = pc.replace_substring_regex(pa.array(text, type=pa.large_string()), r"^\+", "")
    values = pc.cast(plain, pa.float64()).to_numpy(zero_copy_only=False)
    return pd.Series(values, index=text.index, dtype="float64")


def _boolean(text: pd.Series, blank: pd.Series) -> Parsed:
    lower = text.str.lower()
    good = lower.isin(_TRUE + _FALSE)
    values = pd.Series(lower.isin(_TRUE), index=text.index, dtype="boolean").mask(~good)
    return values, good, say("yes or no")


def _date(text: pd.Series, blank: pd.Series) -> Parsed:
    whole = text.str.fullmatch(_DATE + _MIDNIGHT).astype(bool)
    plain = text.where(whole)
    if not text[whole].str.fullmatch(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}").all():
        plain = plain.str.replace(r"[ T].*$", "", regex=True).str.replace("日", "", regex=False)
        plain = plain.str.replace(r"[/.年月]", "-", regex=True)
        plain = plain.str.replace(r"^([0-9]{4})([0-9]{2})([0-9]{2})$", r"\1-\2-\3", regex=True)
    values = pd.to_datetime(plain, format="%Y-%m-%d", errors="coerce").astype("datetime64[ms]")
    return values, values.notna(), say("a date such as 2024-07-01")


def _serials(
    values: pd.Series,
    text: pd.Series,
    bad: pd.Series,
    file: str,
    heading: str,
    rows: pd.Series,
    epoch: int | None,
    faults: list[Fault],
    notes: list[Text],
) -> tuple[pd.Series, pd.Series]:
    """Read numbers in a column of dates as days that a workbook counts, or say which date they would be."""
    number = bad & text.str.fullmatch("[0-9]{5}").astype(bool)
    days = text.where(number, "0").astype("int64").to_numpy().astype("timedelta64[D]")
    dates = pd.Series(_EPOCHS[epoch or 1900] + days, index=text.index).astype("datetime64[ms]")
    meant = number & (dates >= _FIRST_DAY) & (dates <= _LAST_DAY)
    if not meant.any():
        return values, bad
    if epoch is None:
        for index in np.flatnonzero(meant.to_numpy()):
            remedy = say(
                "as a spreadsheet counts days it is {date}: format the column as a date there, save again",
                date=str(dates.iloc[index].date()),
            )
            faults.append(
                Fault(
                    file=file,
                    row=int(rows.iloc[index]),
                    column=heading,
                    found=str(text.iloc[index]),
                    allowed=say("a date such as 2024-07-01"),
                    remedy=remedy,
                )
            )
        return values, bad & ~meant
    notes.append(
        say(
            "{file}: column {column}: {n} numbers read as dates, as its workbook counts days (from "
            "{year}); the first in row {row}",
            file=file,
            column=heading,
            n=int(meant.sum()),
            year=epoch,
            row=int(rows[meant].iloc[0]),
        )
    )
    return values.mask(meant, dates), bad & ~meant


DTYPES = {
    "id": "str",
    "text": "str",
    "integer": "Int64",
    "number": "float64",
    "boolean": "boolean",
    "date": "datetime64[ms]",
}
"""The pandas type of a column of each kind."""

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
    if isinstance(value, np.datetime64):
        return as_text(pd.Timestamp(value))
    if isinstance(value, datetime.datetime):
        # what has a time or a zone is no plain day: the parser of dates says so
        plain = value.time() == datetime.time() and value.tzinfo is None
        return value.date().isoformat() if plain else value.isoformat(sep=" ")
    return str(value)
