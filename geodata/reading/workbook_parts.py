"""What a workbook's own XML tells and its reader does not: errors, formulas never calculated, hidden rows.

The sheet is searched as bytes, not parsed: it may have millions of cells, and the few that are asked for
begin with what nothing else in a sheet begins with (text in cells cannot hold a plain "<").
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from dataclasses import dataclass
from xml.etree import ElementTree

from geodata.errors import DataError, Fault
from geodata.messages import say

MOST_CELLS = 30_000_000
"""Most cells between A1 and the farthest filled one, about a million rows of 28 columns: all take room."""

Place = tuple[int, int]
"""Row and column of a cell, from 0."""

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = rb"<(?:\w+:)?c\b([^<>]*)>"
_FORMULA = rb"\s*<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>[^<]*</(?:\w+:)?f>)"
_ERROR = re.compile(
    rb'<(?:\w+:)?c\b([^<>]*\bt=["\']e["\'][^<>]*)>(?:' + _FORMULA + rb")?\s*<(?:\w+:)?v>([^<]*)"
)
_ANY_FORMULA = re.compile(_CELL + _FORMULA)
# Excel keeps the empty text that a formula gave as t="str" and an empty value
_NO_VALUE = re.compile(
    rb'<(?:\w+:)?c\b((?:(?!\bt=["\']str["\'])[^<>])*)>'
    + _FORMULA
    + rb"\s*(?:</(?:\w+:)?c>|<(?:\w+:)?v\s*/>|<(?:\w+:)?v></)"
)
_PLACE = re.compile(rb'\sr=["\']([A-Z]{1,3})([0-9]{1,7})["\']')
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\b[^<>]*\bhidden=["\'](?:1|true)["\']')
_HIDDEN_COLUMN = re.compile(rb'<(?:\w+:)?col\b[^<>]*\bhidden=["\'](?:1|true)["\']')
_FAR_COLUMN = re.compile(rb'\sr=["\']([A-Z]{2,3})[0-9]')
_LAST_ROW = re.compile(rb'<(?:\w+:)?row\b[^<>]*\br=["\']([0-9]{1,7})["\']')


class _PlacelessError(Exception):
    """A cell that is asked for does not say where it stands; others are found by their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the XML of an .xlsx tells of one sheet.

    Parameters
    ----------
    errors : dict of Place to str
        Cells that hold an error, such as #REF!.
    uncalculated : tuple of Place
        Formulas whose value no program has calculated.
    hidden_rows, hidden_columns : int
        How many are hidden; of columns, how many runs of them.
    epoch : {1900, 1904} or None
        From which year the workbook counts days; None where a number is never a date.
    blank_formulas : int
        In an .xls: formulas that gave no text, or were never calculated, which it does not tell apart.
    """

    errors: dict[Place, str]
    uncalculated: tuple[Place, ...]
    hidden_rows: int
    hidden_columns: int
    epoch: int | None
    blank_formulas: int = 0


def read_parts(data: bytes, sheet: str, *, file: str) -> Parts:
    """Search the XML of a sheet; the archive has been checked before (`need_sane_zip`).

    Raises
    ------
    DataError
        If a filled cell stands so far out that all between would fill the memory, or the workbook does not
        say where its sheet is.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        try:
            book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
            xml = archive.read(_member_of(archive, book, sheet))
        except (KeyError, ElementTree.ParseError) as error:
            fault = Fault(
                file=file,
                allowed=say("a workbook whose sheets can be found; {sheet} cannot", sheet=sheet),
                remedy=say("open it and save it again as .xlsx"),
            )
            raise DataError([fault]) from error
    _need_near_cells(file, sheet, xml)
    heads = {one.tag.rpartition("}")[2]: one.attrib for one in book}
    stale = _is_true(heads.get("calcPr", {}).get("fullCalcOnLoad"))
    try:
        errors, uncalculated = _errors(xml), _uncalculated(xml, stale=stale)
    except _PlacelessError as error:
        fault = Fault(
            file=file,
            allowed=say(
                "cells that say where they stand; in sheet {sheet} one with an error, or with a formula "
                "that was never calculated, does not",
                sheet=sheet,
            ),
            remedy=say("open it in Excel or WPS, so that it is calculated, and save it again as .xlsx"),
        )
        raise DataError([fault]) from error
    return Parts(
        errors=errors,
        uncalculated=uncalculated,
        hidden_rows=len(_HIDDEN_ROW.findall(xml)) if b"hidden=" in xml else 0,
        hidden_columns=len(_HIDDEN_COLUMN.findall(xml[: xml.find(b"sheetData")])),
        epoch=1904 if _is_true(heads.get("workbookPr", {}).get("date1904")) else 1900,
    )


def _member_of(archive: zipfile.ZipFile, book: ElementTree.Element, sheet: str) -> str:
    """Return the path of a sheet in the archive; KeyError if the workbook does not say."""
    relations = [one.attrib.get(_RELATION) for one in book.iter() if one.attrib.get("name") == sheet]
    for one in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels")):
        if one.attrib["Id"] in relations:
            target = one.attrib["Target"]
            return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
    raise KeyError(sheet)


def _errors(xml: bytes) -> dict[Place, str]:
    if b't="e"' not in xml and b"t='e'" not in xml:
        return {}
    found = {}
    for match in _ERROR.finditer(xml):
        place = _place(match.group(1))
        if place is None:
            raise _PlacelessError
        found[place] = match.group(2).decode("ascii", "replace")
    return found


def _uncalculated(xml: bytes, *, stale: bool) -> tuple[Place, ...]:
    """Return formulas without a value.

    Where the workbook asks to be calculated as it opens (`stale`), a program wrote it and no spreadsheet
    has saved it since: what stands as values then, mostly 0, was put there to fill the place.
    """
    if b"<f" not in xml and b":f" not in xml:
        return ()
    pattern = _ANY_FORMULA if stale else _NO_VALUE
    places = [_place(match.group(1)) for match in pattern.finditer(xml)]
    found = tuple(place for place in places if place is not None)
    if len(found) < len(places):
        raise _PlacelessError
    return found


def _need_near_cells(file: str, sheet: str, xml: bytes) -> None:
    """Raise where a stray cell far out would make the reader take room for all cells between."""
    # rows without values cost nothing: what counts is the row of the last value
    end = max(xml.rfind(b"<v>"), xml.rfind(b"<is>"), xml.rfind(b":v>"), xml.rfind(b":is>"))
    start = max(xml.rfind(b"<row", 0, max(end, 0)), xml.rfind(b":row", 0, max(end, 0)) - 8, 0)
    last = _LAST_ROW.search(xml, start)
    rows = int(last.group(1)) if last and end >= 0 else 0
    columns = _columns_at_most(xml)
    if rows * columns > MOST_CELLS:
        # slow, so only now: cells that are merely coloured take no room
        filled = re.finditer(_CELL + rb"\s*<(?:\w+:)?(?:f|v|is)\b", xml)
        places = [place for match in filled if (place := _place(match.group(1)))]
        columns = max((column for _, column in places), default=0) + 1
    need_near(file, sheet, rows, columns)


def need_near(file: str, sheet: str, rows: int, columns: int) -> None:
    """Raise if the cells between A1 and the farthest one would fill the memory.

    Raises
    ------
    DataError
        Above `MOST_CELLS`.
    """
    if rows * columns > MOST_CELLS:
        fault = Fault(
            file=file,
            allowed=say(
                "at most {most} cells from A1 to the farthest one; sheet {sheet} reaches over {rows} rows "
                "and {columns} columns",
                most=f"{MOST_CELLS:,}",
                sheet=sheet,
                rows=rows,
                columns=columns,
            ),
            remedy=say("go to the last cell (Ctrl+End), delete what stands far out, and save again"),
        )
        raise DataError([fault])


def _columns_at_most(xml: bytes) -> int:
    letters = set(_FAR_COLUMN.findall(xml))
    return max((_column(one) + 1 for one in letters), default=26)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _place(attributes: bytes) -> Place | None:
    match = _PLACE.search(attributes)
    if match is None:
        return None
    return int(match.group(2)) - 1, _column(match.group(1))


def _is_true(value: str | None) -> bool:
    return value in ("1", "true")
