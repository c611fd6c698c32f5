"""The document as a paper for Word, to be edited: in the format of official documents (GB/T 9704-2012).

What the standard says, clause by clause, stands in `word_paper`.
"""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import Any

from geodata.messages import Lang, speaker
from simulate.dossier.model import Document

_MADE = datetime.datetime(2000, 1, 1)
_ZIP_DAY = (1980, 1, 1, 0, 0, 0)


def word_of(document: Document) -> bytes:
    """Set the document as a Word paper.

    Parameters
    ----------
    document : Document

    Returns
    -------
    bytes
        Of a .docx; the same document gives the same bytes.

    Notes
    -----
    Cover with room for number, signer, annexes, date and imprint; contents; numbered headings that show in
    the navigation pane; tables whose headings repeat and whose rows are never cut, wide ones on pages laid
    across; pictures as PNG with their words; marks, rules and who decides on every page, and a watermark on
    drafts. Texts are text: nothing from the document is a field, a link or a macro, and nothing outside the
    file is referred to. Page numbers in the contents are counted by Word as it opens the paper.
    """
    from simulate.dossier import word_blocks, word_front, word_pages
    from simulate.dossier.word_numbering import Numbering
    from simulate.dossier.word_xml import element

    speak = speaker(document.lang)
    paper = blank_paper(document.lang)
    numbering = Numbering(paper, document.lang)
    word_pages.set_first(paper, document.front, speak)
    entries = word_front.outline(document)
    for xml in (*word_front.cover(document.front, speak), *word_front.contents(entries, speak)):
        paper.element.body.insert_element_before(element(xml), "w:sectPr")
    word_blocks.write_parts(paper, document, entries, numbering, speak)
    for xml in word_front.closing(document.front, speak):
        paper.element.body.insert_element_before(element(xml), "w:sectPr")
    return saved(paper, document)


def blank_paper(lang: Lang) -> Any:
    """Return an empty paper with the styles and fonts of official documents."""
    import docx

    from simulate.dossier.word_styles import set_styles

    paper = docx.Document()
    _drop_left_overs(paper, lang)
    set_styles(paper, lang)
    return paper


def saved(paper: Any, document: Document) -> bytes:
    """Return a paper as a file with the document's title, no author and no hour."""
    _set_properties(paper, document)
    buffer = io.BytesIO()
    paper.save(buffer)
    return _same_bytes(buffer.getvalue())


def _drop_left_overs(paper: Any, lang: Lang) -> None:
    """Take out what the template brings and no reader needs, and name the fonts and their stand-ins."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    from simulate.dossier.word_fonts import font_table
    from simulate.dossier.word_xml import element

    gone = ("/thumbnail", "/customXml", "/stylesWithEffects", "/fontTable", "/webSettings")
    for source in (paper.part.package, paper.part):
        for name, relation in list(source.rels.items()):
            if relation.reltype.endswith(gone):
                del source.rels[name]
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.fontTable+xml"
    fonts = Part(PackURI("/word/fontTable.xml"), kind, font_table(), paper.part.package)
    paper.part.relate_to(fonts, RELATIONSHIP_TYPE.FONT_TABLE)
    settings = paper.settings.element
    for old in list(settings):
        if old.tag.rpartition("}")[2] in ("rsids", "savePreviewPicture", "themeFontLang", "docId"):
            settings.remove(old)
    zoom = settings[0]
    zoom.set(zoom.tag.replace("zoom", "percent"), "100")
    if lang == "zh":
        # printed on both sides, the margin of 28 mm is always at the binding (5.2.1)
        zoom.addnext(element("<w:mirrorMargins/>"))


def _set_properties(paper: Any, document: Document) -> None:
    from simulate.dossier.word_xml import plain

    properties = paper.core_properties
    properties.title = plain(document.front.title)[:255]
    properties.subject = plain(document.front.subtitle)[:255]
    properties.language = "zh-CN" if document.lang == "zh" else "en"
    for name in ("author", "last_modified_by", "comments", "keywords", "category", "identifier"):
        setattr(properties, name, "")
    properties.revision = 1
    properties.created = properties.modified = _MADE


def _same_bytes(data: bytes) -> bytes:
    """Return an archive whose members have no hour and no system of their own."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            member = zipfile.ZipInfo(name, _ZIP_DAY)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 0
            new.writestr(member, old.read(name))
    return buffer.getvalue()
