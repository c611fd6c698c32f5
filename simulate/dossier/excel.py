"""The tables of a dossier as an Excel workbook to work with at once, and that runs nothing."""

from __future__ import annotations

import io

from geodata.errors import XuequError
from geodata.messages import say, speaker
from geodata.writing import excel as plain
from simulate.dossier import excel_paper
from simulate.dossier.excel_contents import write_contents
from simulate.dossier.excel_formats import Formats
from simulate.dossier.excel_sheets import write_sheet
from simulate.dossier.model import Document, Table


def excel_of(document: Document) -> bytes:
    """Return the workbook: a sheet of contents, then one sheet a table, in the document's order.

    Parameters
    ----------
    document : Document

    Returns
    -------
    bytes
        Of an .xlsx; the same document gives the same bytes.

    Raises
    ------
    XuequError
        If a table has more rows than a sheet, or a text is longer than a cell: nothing is cut.

    Notes
    -----
    Text is written as text, whatever it looks like: no cell is a formula, and the only links are those of
    the contents and back to them. Numbers are raw, in formats of their kind; metres become kilometres, as
    the headings say. A value that is not told in public is its sign, one that is absent a blank cell.
    Forms carry the keys of their columns in a hidden row above the headings, by which `forms.read_forms`
    knows them.
    """
    import xlsxwriter

    for table in document.tables():
        _raise_where_too_large(table)
    buffer = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(buffer, options | {"in_memory": True})
    book.set_properties({"title": excel_paper.plain(document.front.title)[:255], "created": plain.MADE})
    formats = Formats(book)
    speak = speaker(document.lang)
    contents, *names = plain.sheet_names(
        [speak(say("Contents")), *(table.id for table in document.tables())]
    )
    sheets: dict[str, str] = {}
    first = book.add_worksheet(contents)
    for table, name in zip(document.tables(), names, strict=True):
        sheets[table.id] = name
        write_sheet(book.add_worksheet(name), table, document, formats, contents=contents)
    write_contents(first, document, sheets, formats)
    book.close()
    return buffer.getvalue()


def _raise_where_too_large(table: Table) -> None:
    # the title, marks, headings and notes take rows of the sheet too
    most = plain.MOST_ROWS - 50 - len(table.notes)
    if len(table.rows) > most:
        raise XuequError(
            say(
                "table {table} has {n} rows, and a sheet of Excel holds {most}; leave Excel out",
                table=table.id,
                n=f"{len(table.rows):,}",
                most=f"{most:,}",
            )
        )
    for key, row in zip(table.keys, table.rows, strict=True):
        for column, value in zip(table.columns, row, strict=True):
            if isinstance(value, str) and len(value) > plain.LONGEST_TEXT:
                raise XuequError(
                    say(
                        "table {table}, row {row}, column {column}: a cell of Excel holds {most} "
                        "characters, and this text has {n}; shorten it, or leave Excel out",
                        table=table.id,
                        row=key,
                        column=column.key,
                        most=f"{plain.LONGEST_TEXT:,}",
                        n=f"{len(value):,}",
                    )
                )
