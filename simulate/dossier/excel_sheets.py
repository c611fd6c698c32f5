"""One table as a sheet: title and marks, headings in sight, cells by kind, notes."""

from __future__ import annotations

import datetime
from itertools import groupby
from typing import Any

from geodata.messages import say, speaker
from geodata.writing import excel as plain
from simulate.dossier.excel_formats import Formats
from simulate.dossier.excel_paper import set_paper, write_marks, write_text
from simulate.dossier.formatting import shown
from simulate.dossier.forms import words_to_choose
from simulate.dossier.forms_fields import FIELDS, NUMBER
from simulate.dossier.model import Column, Document, Table, Value

_LOOKED_AT = 500  # rows that decide how wide a column is
_WIDTHS = (7, 48)
_LINE_POINTS = 15
_TALLEST_POINTS = 400
_FIRST_DAY = datetime.date(1900, 3, 1)  # before it Excel has a day that never was


def write_sheet(sheet: Any, table: Table, document: Document, formats: Formats, *, contents: str) -> None:
    """Write a table.

    Parameters
    ----------
    sheet : xlsxwriter worksheet
    table : Table
    document : Document
        Whose table it is.
    formats : Formats
    contents : str
        The name of the sheet of contents, to which a link leads back.
    """
    widths = [_width(table, place, document) for place in range(len(table.columns))]
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    write_text(sheet, 0, 0, f"{table.id}  {table.title}", formats.look("title"))
    row = write_marks(sheet, 1, document, formats)
    back = speaker(document.lang)(say("back to the contents"))
    sheet.write_url(row, 0, f"internal:'{contents}'!A1", formats.look("link"), back)
    row += 1
    if table.form:
        # above, so that below the headings there is nothing but rows, and more can be added
        row = _write_notes(sheet, row, table, formats, widths)
        row = _write_keys(sheet, row, table, formats)
    first = row
    row = _write_headings(sheet, first, table, formats, widths)
    _write_rows(sheet, row, table, formats)
    sheet.freeze_panes(row, 1 if len(table.columns) > 3 else 0)
    if table.columns:
        # without the sums, which would be sorted and filtered among the rows
        last = row + len(table.rows) - table.totals - 1
        sheet.autofilter(row - 1, 0, max(last, row - 1), len(table.columns) - 1)
    set_paper(sheet, document, heads=(first, row - 1))
    if table.form:
        _offer_words(sheet, row, table, document)
    else:
        _write_notes(sheet, row + len(table.rows) + 1, table, formats, widths)


def _write_headings(sheet: Any, row: int, table: Table, formats: Formats, widths: list[int]) -> int:
    """Write one row of headings, or two where columns are grouped; return the number of the row below."""
    look, right = formats.look("heading"), formats.look("heading", align="right")
    looks = [right if column.numeric else look for column in table.columns]
    if not any(column.group for column in table.columns):
        for place, column in enumerate(table.columns):
            write_text(sheet, row, place, column.title, looks[place])
        sheet.set_row(row, _height([column.title for column in table.columns], widths))
        return row + 1
    place = 0
    for group, columns in groupby(table.columns, key=lambda column: column.group):
        last = place + len(list(columns)) - 1
        if not group:
            for one in range(place, last + 1):
                sheet.merge_range(row, one, row + 1, one, "", looks[one])
                write_text(sheet, row, one, table.columns[one].title, looks[one])
        else:
            if last > place:
                sheet.merge_range(row, place, row, last, "", formats.look("group"))
            write_text(sheet, row, place, group, formats.look("group"))
            for one in range(place, last + 1):
                write_text(sheet, row + 1, one, table.columns[one].title, looks[one])
        place = last + 1
    sheet.set_row(row + 1, _height([column.title for column in table.columns], widths))
    return row + 2


def _write_rows(sheet: Any, row: int, table: Table, formats: Formats) -> None:
    sums = len(table.rows) - table.totals
    for place, column in enumerate(table.columns):
        for at, values in enumerate(table.rows):
            _write_cell(sheet, row + at, place, values[place], column, formats, at >= sums, table.form)


def _write_cell(
    sheet: Any,
    row: int,
    place: int,
    value: Value,
    column: Column,
    formats: Formats,
    total: bool,
    form: bool,
) -> None:
    if isinstance(value, str) and value:
        date = _date(value) if column.kind == "date" else None
        look = formats.cell(column, number=date is not None, total=total, form=form)
        if date is None:
            write_text(sheet, row, place, value, look)
        else:
            sheet.write_datetime(row, place, date, look)
    elif isinstance(value, int | float):
        # a number in a column of texts or codes stays what is read there
        if column.numeric:
            raw = value / 1000 if column.kind == "metres" else value
            sheet.write_number(row, place, raw, formats.cell(column, number=True, total=total, form=form))
        else:
            look = formats.cell(column, number=False, total=total, form=form)
            write_text(sheet, row, place, str(value), look)
    elif total or form:
        sheet.write_blank(row, place, None, formats.cell(column, number=False, total=total, form=form))


def _date(text: str) -> datetime.date | None:
    """Return the day of a text, None where it is none that Excel has."""
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day >= _FIRST_DAY and day.isoformat() == text else None


def _write_notes(sheet: Any, row: int, table: Table, formats: Formats, widths: list[int]) -> int:
    """Write the notes, each over all columns; return the number of the row below."""
    for note in table.notes:
        if len(widths) > 1:
            sheet.merge_range(row, 0, row, len(widths) - 1, "", formats.look("note"))
        write_text(sheet, row, 0, note, formats.look("note"))
        sheet.set_row(row, _height([note], [sum(widths)]))
        row += 1
    return row


def _write_keys(sheet: Any, row: int, table: Table, formats: Formats) -> int:
    for place, column in enumerate(table.columns):
        write_text(sheet, row, place, column.key, formats.look("key"))
    sheet.set_row(row, None, None, {"hidden": True})
    return row + 1


def _offer_words(sheet: Any, row: int, table: Table, document: Document) -> None:
    """Let a cell of a form be chosen from the words that may stand there, or be a whole number."""
    fields = {field.key: field for field in FIELDS.get(table.id, ())}
    last = row + max(2 * len(table.rows), 200)
    for place, column in enumerate(table.columns):
        words = words_to_choose(table.id, column.key, document.lang)
        if words:
            sheet.data_validation(row, place, last, place, {"validate": "list", "source": list(words)})
        elif column.key in fields and column.kind == "integer" and column.key != NUMBER:
            limits = {"validate": "integer", "criteria": "between", "minimum": 1}
            sheet.data_validation(row, place, last, place, limits | {"maximum": fields[column.key].most})


def _width(table: Table, place: int, document: Document) -> int:
    column = table.columns[place]
    cells = (shown(row[place], column, document.lang) for row in table.rows[:_LOOKED_AT])
    widest = max([plain.columns_wide(column.title) + 3, *(plain.columns_wide(cell) + 2 for cell in cells)])
    if table.form:
        widest = max(widest, round(12 * column.weight))
    return min(max(widest, _WIDTHS[0]), _WIDTHS[1])


def _height(texts: list[str], widths: list[int]) -> float:
    """Return the points of a row in which no text is cut: Excel does not fit merged cells itself."""
    lines = max(
        sum(-(-max(plain.columns_wide(line), 1) // max(width - 1, 1)) for line in text.split("\n"))
        for text, width in zip(texts, widths, strict=True)
    )
    return min(lines * _LINE_POINTS + 3, _TALLEST_POINTS)
