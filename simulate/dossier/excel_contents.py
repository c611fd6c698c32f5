"""The first sheet of the workbook: what the dossier is, and where each table stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from geodata.messages import say, speaker
from simulate.dossier.excel_formats import Formats
from simulate.dossier.excel_paper import plain, set_paper, write_marks, write_text
from simulate.dossier.model import Document, Missing, Part, Table

_WIDTHS = (14, 56, 10, 40)


def write_contents(sheet: Any, document: Document, sheets: Mapping[str, str], formats: Formats) -> None:
    """Write the sheet of contents.

    Parameters
    ----------
    sheet : xlsxwriter worksheet
    document : Document
    sheets : mapping of str to str
        The names of the sheets by the ids of their tables.
    formats : Formats
    """
    speak = speaker(document.lang)
    for place, width in enumerate(_WIDTHS):
        sheet.set_column(place, place, width)
    write_text(sheet, 0, 0, document.front.title, formats.look("title"))
    row = write_marks(sheet, 1, document, formats)
    for label, text in _facts(document):
        write_text(sheet, row, 0, label, formats.look("label"))
        write_text(sheet, row, 1, text, formats.look("text"))
        row += 1
    row += 1
    heads = (say("Table"), say("Title"), say("Rows"), say("Part"))
    for place, head in enumerate(heads):
        write_text(sheet, row, place, speak(head), formats.look("heading"))
    set_paper(sheet, document, heads=(row, row))
    for part, block in _blocks(document):
        row += 1
        if isinstance(block, Table):
            link = f"internal:'{sheets[block.id]}'!A1"
            sheet.write_url(row, 0, link, formats.look("link"), plain(block.id))
            write_text(sheet, row, 1, block.title, formats.look("text"))
            sheet.write_number(row, 2, len(block.rows), formats.look("text", num_format="#,##0"))
        else:
            write_text(sheet, row, 1, f"{block.what} {block.how}".strip(), formats.look("note"))
        write_text(sheet, row, 3, f"{part.number} {part.title}", formats.look("text"))


def _blocks(document: Document) -> Iterator[tuple[Part, Table | Missing]]:
    for part in document.parts:
        for block in part.blocks:
            if isinstance(block, Table | Missing):
                yield part, block


def _facts(document: Document) -> Iterator[tuple[str, str]]:
    """Yield what stands above the list: (label, text)."""
    front, speak = document.front, speaker(document.lang)
    facts = (
        (say("Subject"), front.subtitle),
        (say("Project"), f"{front.project} {front.year}".strip()),
        (say("Decided by"), front.authority),
        (say("Document number"), front.document_no),
        (say("Rules"), front.rules),
        (say("Made from"), "\n".join(front.made_from)),
        (say("Note"), front.advice),
    )
    for label, text in facts:
        if text:
            yield speak(label), text
