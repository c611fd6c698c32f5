"""A notice as a Word paper: the form of official documents, without the dossier's cover and contents."""

from __future__ import annotations

import copy
from typing import Any

from geodata.messages import speaker
from simulate.dossier.model import Document
from simulate.papers.sheets import Signature


def paper_word(document: Document, signed: Signature) -> bytes:
    """Set a document as a Word paper under its title, with who signs and when at its end.

    Parameters
    ----------
    document : Document
    signed : Signature

    Returns
    -------
    bytes
        Of a .docx; the same document gives the same bytes. Styles, heads and feet are those of
        `simulate.dossier.word`.
    """
    from simulate.dossier import word_blocks, word_front, word_pages
    from simulate.dossier.word import blank_paper, saved
    from simulate.dossier.word_numbering import Numbering
    from simulate.dossier.word_xml import element, paragraph, run

    speak = speaker(document.lang)
    paper = blank_paper(document.lang)
    numbering = Numbering(paper, document.lang)
    word_pages.set_first(paper, document.front, speak)
    _put(paper, element(paragraph("Title", run(document.front.title))))
    word_blocks.write_parts(paper, document, word_front.outline(document), numbering, speak)
    _join_first_sections(paper)
    right = '<w:ind w:rightChars="400" w:right="1280" w:firstLine="0"/><w:jc w:val="right"/>'
    for xml in (
        paragraph("BodyText"),
        paragraph("Normal", run(signed.authority), more=right),
        paragraph("Normal", run(signed.date), more=right),
    ):
        _put(paper, element(xml))
    return saved(paper, document)


def _put(paper: Any, xml: Any) -> None:
    paper.element.body.insert_element_before(xml, "w:sectPr")


def _join_first_sections(paper: Any) -> None:
    """Let the text begin below the title: the section of cover and contents ends, its heads stay."""
    first, second = (section._sectPr for section in list(paper.sections)[:2])
    for at, head in enumerate(one for one in first if one.tag.endswith("}headerReference")):
        second.insert(at, copy.deepcopy(head))
    # it ends with the properties of the last paragraph before the text, the title
    first.getparent().remove(first)
