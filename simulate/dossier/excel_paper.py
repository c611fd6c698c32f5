"""Each sheet on paper: A4 across, its headings on every page, and the marks on every sheet and page."""

from __future__ import annotations

import re
from typing import Any

from simulate.dossier.excel_formats import Formats
from simulate.dossier.model import Document

_A4 = 9
_LONGEST_HEADER = 255
"""Characters of a header or footer, codes included, that Excel takes."""


_NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")


def plain(text: str) -> str:
    """Return a text without what XML has no sign for; controls xlsxwriter writes in a way of its own."""
    return _NOT_XML.sub("", text)


def write_text(sheet: Any, row: int, place: int, text: str, look: Any) -> None:
    """Write a cell of text, whatever it looks like: never a number, a formula or a link."""
    sheet.write_string(row, place, plain(text), look)


def marks_of(document: Document) -> str:
    """Return what every sheet and page says: synthetic, internal or public, which draft."""
    front = document.front
    return " · ".join(dict.fromkeys(filter(None, (*front.marks, front.draft, front.watermark))))


def write_marks(sheet: Any, row: int, document: Document, formats: Formats) -> int:
    """Write the marks into a row of their own; return the number of the row below."""
    marks = marks_of(document)
    if marks:
        write_text(sheet, row, 0, marks, formats.look("marks"))
    return row + 1


def set_paper(sheet: Any, document: Document, *, heads: tuple[int, int]) -> None:
    """Set how a sheet is printed; `heads` are the first and last row repeated on every page."""
    front = document.front
    sheet.set_paper(_A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(*heads)
    sheet.set_margins(left=0.6, right=0.6, top=0.9, bottom=0.8)
    sheet.set_header(_header(marks_of(document), front.document_no))
    sheet.set_footer(_header(front.rules, front.authority, middle="&P / &N"))


def _header(left: str, right: str, *, middle: str = "") -> str:
    """Return the codes of a header; texts that are too long together are cut, the left one last.

    Examples
    --------
    >>> _header("Plan A&B", "No. 1", middle="&P")
    '&LPlan A&&B&C&P&RNo. 1'
    """
    # "&" begins a code; a cut must not leave half a doubled one
    room = _LONGEST_HEADER - len("&L&C&R") - len(middle)
    left = _cut(left, room)
    right = _cut(right, room - len(left))
    return f"&L{left}&C{middle}&R{right}"


def _cut(text: str, most: int) -> str:
    # a break of the line would be one in the XML attribute's text, and control characters are none at all
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    while len(text) + text.count("&") > most:
        text = text[:-1]
    return text.replace("&", "&&")
