"""The parts of a document on paper, block by block, upright or across as their tables want it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

from docx.document import Document as Paper
from docx.shared import Mm

from geodata.messages import Speaker, say
from simulate.dossier.labels import picture_label, table_label, tone_label
from simulate.dossier.model import (
    Block,
    Bullets,
    Cards,
    Document,
    Heading,
    Missing,
    Paragraph,
    Part,
    Picture,
    Table,
)
from simulate.dossier.table_widths import Setting
from simulate.dossier.word_front import Entry
from simulate.dossier.word_layout import pieces_of, setting_of
from simulate.dossier.word_numbering import Numbering, numbered
from simulate.dossier.word_pages import begin_body, turn
from simulate.dossier.word_paper import TEXT_MM
from simulate.dossier.word_pictures import png_of, size_mm
from simulate.dossier.word_tables import cards_xml, table_xml
from simulate.dossier.word_xml import element, escaped, paragraph, plain, run

_HALF_WIDTH = 0.62
"""The share of the text's width that a picture takes that does not want the whole."""
_TALLEST_MM = 190.0
_TONES = {"plain": "BodyText", "note": "Note", "warning": "Warning", "assumed": "Assumed", "law": "Law"}


def write_parts(
    paper: Paper, document: Document, entries: list[Entry], numbering: Numbering, speak: Speaker
) -> None:
    """Write all parts behind what stands in the paper; they begin on a page of their own, numbered 1."""
    bookmarks = iter(entries)
    across: bool | None = None
    for part in (_in_pieces(part, document) for part in document.parts):
        settings = [setting_of(b, document.lang) if isinstance(b, Table) else None for b in part.blocks]
        directions = _directions(part, settings)
        for at, block in enumerate((None, *part.blocks)):
            if across is None:
                begin_body(paper, speak, across=directions[at])
            elif across != directions[at]:
                turn(paper, speak, across=directions[at])
            across = directions[at]
            if block is None:
                instance = numbering.of_part(part.number)
                _write(paper, _heading(1, part.title, next(bookmarks), instance))
            elif isinstance(block, Heading):
                entry = next(bookmarks)
                _write(paper, _heading(block.level, block.text, entry, numbering.headings))
            elif isinstance(block, Picture):
                _write_picture(paper, block, speak)
            else:
                for xml in _xml(block, settings[at - 1], numbering, speak):
                    _write(paper, xml)
        if not part.blocks:
            _write(paper, paragraph("BodyText", run(speak(say("Nothing stands in this part.")))))


def _in_pieces(part: Part, document: Document) -> Part:
    """Return a part whose tables that are too wide are cut into several."""
    pieces = (
        pieces_of(block, document.lang) if isinstance(block, Table) else [block] for block in part.blocks
    )
    return replace(part, blocks=tuple(chain.from_iterable(pieces)))


def _directions(part: Part, settings: list[Setting | None]) -> list[bool]:
    """Return for the title of a part and each of its blocks whether its page lies across.

    What is no table or picture goes with the next one of its part, or else with the last, so that a heading
    is never alone on a page.
    """
    known = [
        setting.across if setting is not None else False if isinstance(block, Picture) else None
        for block, setting in zip(part.blocks, settings, strict=True)
    ]
    known = [None, *known]
    last = next((one for one in reversed(known) if one is not None), False)
    found: list[bool] = []
    for one in reversed(known):
        last = last if one is None else one
        found.append(last)
    return found[::-1]


def _write(paper: Paper, xml: str) -> None:
    # before the properties of the last section, which end the body
    paper.element.body.insert_element_before(element(xml), _SECTION)


_SECTION = "w:sectPr"


def _heading(level: int, text: str, entry: Entry, instance: int) -> str:
    number = entry.anchor.removeprefix("_Toc").lstrip("0")
    start = f'<w:bookmarkStart w:id="{number}" w:name="{escaped(entry.anchor)}"/>'
    end = f'<w:bookmarkEnd w:id="{number}"/>'
    # the style has the list of the first headings already
    own = numbered(instance, level - 1) if instance != 1 else ""
    return paragraph(f"Heading{level}", start, run(text), end, more=own)


def _xml(block: Block, setting: Setting | None, numbering: Numbering, speak: Speaker) -> Iterator[str]:
    colon = speak(say(": "))
    match block:
        case Paragraph():
            label = tone_label(block.tone, speak)
            before = [run(label + colon, bold=True)] if label else []
            yield paragraph(_TONES[block.tone], *before, run(block.text))
        case Bullets():
            style = "ListNumber" if block.numbered else "ListBullet"
            instance = numbering.new_list() if block.numbered else numbering.bullets
            for item in block.items:
                yield paragraph(style, run(item), more=numbered(instance))
        case Cards():
            yield cards_xml(block)
            yield paragraph("TableNote")
        case Missing():
            what, how = speak(say("Not there yet")), speak(say("How to supply it"))
            yield paragraph("Missing", run(what + colon, bold=True), run(block.what), more="<w:keepNext/>")
            yield paragraph("Missing", run(how + colon, bold=True), run(block.how))
        case Table() if setting is not None:
            yield paragraph("Caption", run(f"{table_label(block, speak)}  {block.title}"))
            yield table_xml(block, speak.lang, setting)
            for note in block.notes:
                yield paragraph("TableNote", run(note))
            # tables that touch would be one
            yield paragraph("TableNote")


def _write_picture(paper: Paper, picture: Picture, speak: Speaker) -> None:
    width = TEXT_MM[0] * (1.0 if picture.wide else _HALF_WIDTH)
    png = png_of(picture, width)
    tall = size_mm(png)[1]
    shape = (
        paper.add_paragraph(style="Picture")
        .add_run()
        .add_picture(io.BytesIO(png), width=Mm(width * min(1.0, _TALLEST_MM / tall)))
    )
    properties: Any = shape._inline.docPr
    properties.set("name", plain(picture.id))
    properties.set("title", plain(picture.title))
    properties.set("descr", plain(picture.alt))
    title = run(f"{picture_label(picture, speak)}  {picture.title}")
    alone = "" if picture.notes else '<w:keepNext w:val="0"/>'
    _write(paper, paragraph("Caption", title, more=alone))
    for note in picture.notes:
        _write(paper, paragraph("TableNote", run(note)))
