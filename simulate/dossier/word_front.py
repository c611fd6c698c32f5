"""What stands before and after the parts: cover, contents, signature and date, imprint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from geodata.messages import Lang, Speaker, say
from simulate.dossier.labels import front_facts, part_title
from simulate.dossier.model import Document, Front, Heading
from simulate.dossier.word_paper import TEXT_MM, TWIPS_MM
from simulate.dossier.word_xml import escaped, field, paragraph, run

_BLANK = "_" * 12
_PAGE = '<w:r><w:br w:type="page"/></w:r>'
_SMALL_PART = "〇一二三四五六七八九十"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A heading in the contents: its level from 1, its words with their number, its bookmark."""

    level: int
    text: str
    anchor: str


def outline(document: Document) -> list[Entry]:
    """Return the headings of a document in their order, numbered as Word will number them.

    Examples
    --------
    >>> from simulate.dossier.labels import part_label
    >>> part_label(12, "zh")
    '十二、'
    """
    entries = []
    for part in document.parts:
        entries.append((1, part_title(part, document.lang)))
        second = third = 0
        for block in part.blocks:
            if isinstance(block, Heading):
                second, third = (second + 1, 0) if block.level == 2 else (second, third + 1)
                number = _number(document.lang, part.number, second, third)
                entries.append((block.level, number + block.text))
    return [
        Entry(level=level, text=text, anchor=f"_Toc{at:06d}")
        for at, (level, text) in enumerate(entries, start=1)
    ]


def _number(lang: Lang, part: int, second: int, third: int) -> str:
    if lang == "en":
        return f"{part}.{second}{f'.{third}' if third else ''} "
    return f"{third}." if third else f"（{_chinese(second)}）"


def _chinese(number: int) -> str:
    """Return a number below 100 in Chinese.

    Examples
    --------
    >>> _chinese(2), _chinese(12), _chinese(20)
    ('二', '十二', '二十')
    """
    tens, ones = divmod(number, 10)
    ten = "" if tens == 0 else "十" if tens == 1 else _SMALL_PART[tens] + "十"
    return ten + (_SMALL_PART[ones] if ones or not tens else "")


def cover(front: Front, speak: Speaker) -> Iterator[str]:
    """Yield the paragraphs of the cover."""
    # the red rule of an official paper, as wide as the text (7.2.7)
    rule = '<w:pBdr><w:bottom w:val="single" w:sz="12" w:space="11" w:color="C00000"/></w:pBdr>'
    number = front.document_no or speak(say("No. {blank}", blank="_" * 8))
    signer = speak(say("Signed by: {blank}", blank=_BLANK))
    yield paragraph("DocumentNumber", run(f"{number}        {signer}"), more=rule)
    yield paragraph("Title", run(front.title))
    for line in (front.subtitle, " · ".join(one for one in (front.project, front.year) if one)):
        if line:
            yield paragraph("Subtitle", run(line))
    yield paragraph("Cover")
    colon = speak(say(": "))
    for label, text in front_facts(front, speak):
        yield paragraph("Cover", run(label + colon, bold=True), run(text))
    for at, made in enumerate(front.made_from):
        before = run(speak(say("Made from")) + colon, bold=True) if at == 0 else ""
        yield paragraph("Cover", before, run(made))
    for mark in front.marks:
        yield paragraph("Mark", run(mark))
    if front.advice:
        yield paragraph("Note", run(front.advice))


def contents(entries: list[Entry], speak: Speaker) -> Iterator[str]:
    """Yield the contents: a field that Word renews, with the headings in it from the start.

    The numbers of their pages are Word's to count, as it opens the paper.
    """
    yield paragraph("TOCHeading", _PAGE, run(speak(say("Contents"))))
    begin, end = field(r'TOC \o "1-3" \h \z \u', "\0", stale=True).split("\0")
    for at, entry in enumerate(entries):
        page = field(f"PAGEREF {entry.anchor} \\h", stale=True)
        link = (
            f'<w:hyperlink w:anchor="{escaped(entry.anchor)}" w:history="1">{run(entry.text)}'
            f"<w:r><w:tab/></w:r>{page}</w:hyperlink>"
        )
        last = end if at == len(entries) - 1 else ""
        yield paragraph(f"TOC{entry.level}", begin if at == 0 else "", link, last)


def closing(front: Front, speak: Speaker) -> Iterator[str]:
    """Yield what ends the paper: annexes, who signs and when (blank), and the imprint."""
    right = '<w:ind w:rightChars="400" w:right="1280" w:firstLine="0"/><w:jc w:val="right"/>'
    yield paragraph("BodyText")
    yield paragraph("BodyText", run(speak(say("Annexes: {blank}", blank=_BLANK))))
    yield paragraph("BodyText")
    yield paragraph("Normal", run(front.authority or _BLANK), more=right)
    yield paragraph("Normal", run(speak(say("Date: {blank}", blank=_BLANK))), more=right)
    yield _imprint(front, speak)
    # a paper must end with a paragraph, and its last section with it
    yield paragraph("Header")


def _imprint(front: Front, speak: Speaker) -> str:
    """Return the imprint at the foot of the last page, between its rules (7.4)."""
    half = round(TEXT_MM[0] * TWIPS_MM / 2)
    copies = speak(say("Copies to: {blank}", blank=_BLANK))
    issued = front.authority or _BLANK
    when = speak(say("issued on {blank}", blank=_BLANK))
    # 0.35 mm and 0.25 mm in eighths of a point
    rules = "".join(
        f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="auto"/>'
        for side, size in (("top", 8), ("bottom", 8), ("insideH", 6))
    )
    first = f'<w:tc><w:tcPr><w:tcW w:w="{2 * half}" w:type="dxa"/><w:gridSpan w:val="2"/></w:tcPr>'
    tc = f'<w:tc><w:tcPr><w:tcW w:w="{half}" w:type="dxa"/></w:tcPr>'
    right = '<w:jc w:val="right"/>'
    return (
        '<w:tbl><w:tblPr><w:tblpPr w:leftFromText="0" w:rightFromText="0" w:vertAnchor="margin" '
        'w:horzAnchor="margin" w:tblpXSpec="center" w:tblpYSpec="bottom"/>'
        f'<w:tblW w:w="{2 * half}" w:type="dxa"/><w:tblBorders>{rules}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/></w:tblPr>'
        f'<w:tblGrid><w:gridCol w:w="{half}"/><w:gridCol w:w="{half}"/></w:tblGrid>'
        f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{first}{paragraph('Imprint', run(copies))}</w:tc></w:tr>"
        f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{tc}{paragraph('Imprint', run(issued))}</w:tc>"
        f"{tc}{paragraph('Imprint', run(when), more=right)}</w:tc></w:tr></w:tbl>"
    )
