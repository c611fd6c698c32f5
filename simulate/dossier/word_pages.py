"""The pages: sections upright and across, what stands above and below the text, the watermark of drafts."""

from __future__ import annotations

import copy
from typing import Any

from docx.document import Document as Paper
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.section import Section, _Footer, _Header
from docx.shared import Mm

from geodata.messages import Speaker
from simulate.dossier.labels import running_lines
from simulate.dossier.model import Front
from simulate.dossier.word_paper import (
    A4_MM,
    ACROSS,
    BODY_PT,
    CHARACTERS,
    LINE_PT,
    POINTS_MM,
    TEXT_MM,
    UPRIGHT,
)
from simulate.dossier.word_xml import element, escaped, field, paragraph, run

_SHAPE = (
    '<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800" '
    'path="m@7,l@8,m@5,21600l@6,21600e"><v:formulas><v:f eqn="sum #0 0 10800"/><v:f eqn="prod #0 2 1"/>'
    '<v:f eqn="sum 21600 0 @1"/><v:f eqn="sum 0 0 @2"/><v:f eqn="sum 21600 0 @3"/>'
    '<v:f eqn="if @0 @3 0"/><v:f eqn="if @0 21600 @1"/><v:f eqn="if @0 0 @2"/><v:f eqn="if @0 @4 21600"/>'
    '<v:f eqn="mid @5 @6"/><v:f eqn="mid @8 @5"/><v:f eqn="mid @7 @8"/><v:f eqn="mid @6 @7"/>'
    '<v:f eqn="sum @6 0 @5"/></v:formulas>'
    '<v:path textpathok="t" o:connecttype="rect"/><v:textpath on="t" fitshape="t"/></v:shapetype>'
)
"""The shape of text along a line, as Word itself defines it for its watermarks."""


def set_first(paper: Paper, front: Front, speak: Speaker) -> None:
    """Set the section of cover and contents: heads and watermark of every page, no page numbers."""
    paper.settings.odd_and_even_pages_header_footer = True
    section = paper.sections[0]
    _set_page(section, across=False, grid=speak.lang == "zh")
    heads = (section.header, section.even_page_header)
    for number, head in enumerate(heads, start=1):
        _fill(head, _head(front, speak, number))
    for foot in (section.footer, section.even_page_footer):
        _fill(foot, paragraph("Footer"))


def begin_body(paper: Paper, speak: Speaker, *, across: bool) -> None:
    """Begin the section of the body: pages are counted from 1, odd numbers right, even ones left."""
    section = _added(paper, WD_SECTION.ODD_PAGE)
    _set_page(section, across=across, grid=speak.lang == "zh")
    _put(section, '<w:pgNumType w:start="1"/>')
    for foot, side, away in (
        (section.footer, "right", "right"),
        (section.even_page_footer, "left", "left"),
    ):
        foot.is_linked_to_previous = False
        # one character in from the edge (7.5)
        place = f'<w:ind w:{away}Chars="100" w:{away}="280" w:firstLine="0"/><w:jc w:val="{side}"/>'
        _fill(foot, paragraph("Footer", run("— "), field("PAGE", run("1")), run(" —"), more=place))


def turn(paper: Paper, speak: Speaker, *, across: bool) -> None:
    """Begin a section on pages of another direction; numbers go on."""
    section = _added(paper, WD_SECTION.NEW_PAGE)
    _set_page(section, across=across, grid=speak.lang == "zh")
    for old in section._sectPr.findall(_w("pgNumType")):
        section._sectPr.remove(old)
    _repeat(paper, section, "footerReference")


def _added(paper: Paper, start: WD_SECTION) -> Section:
    """Add a section with the heads of the one before, which ends with the last paragraph that is there."""
    section = paper.add_section(start)
    ends = [one for one in paper.element.body if one.find(f"{_w('pPr')}/{_w('sectPr')}") is not None][-1]
    before = ends.getprevious()
    if before is not None and before.tag == _w("p"):
        # no empty paragraph, which could fall on a page of its own
        before.get_or_add_pPr().append(ends.find(f"{_w('pPr')}/{_w('sectPr')}"))
        paper.element.body.remove(ends)
    _repeat(paper, section, "headerReference")
    return section


def _repeat(paper: Paper, section: Section, kind: str) -> None:
    """Refer to the heads or feet of the section before: not every program takes them on by itself."""
    before = list(paper.sections)[-2]._sectPr
    for at, one in enumerate(before.findall(_w(kind))):
        section._sectPr.insert(at, copy.deepcopy(one))
    section._sectPr[:] = sorted(section._sectPr, key=_place)


def _place(one: Any) -> int:
    return _ORDER.index(one.tag.rpartition("}")[2])


def _set_page(section: Section, *, across: bool, grid: bool) -> None:
    margins = ACROSS if across else UPRIGHT
    width, height = reversed(A4_MM) if across else A4_MM
    section.orientation = WD_ORIENT.LANDSCAPE if across else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(width), Mm(height)
    section.top_margin, section.bottom_margin = Mm(margins.top), Mm(margins.bottom)
    section.left_margin, section.right_margin = Mm(margins.left), Mm(margins.right)
    section.header_distance, section.footer_distance = Mm(margins.head), Mm(margins.foot)
    section.gutter = Mm(0)
    for old in section._sectPr.findall(_w("docGrid")):
        section._sectPr.remove(old)
    if grid and not across:
        # 28 characters a line (5.2.3): each a little narrower than its 16 points
        character = round((TEXT_MM[0] * POINTS_MM / CHARACTERS - BODY_PT) * 4096)
        line = round(LINE_PT * 20)
        _put(
            section,
            f'<w:docGrid w:type="linesAndChars" w:linePitch="{line}" w:charSpace="{character}"/>',
        )


_ORDER = (
    *("headerReference", "footerReference", "footnotePr", "endnotePr", "type", "pgSz", "pgMar", "paperSrc"),
    *("pgBorders", "lnNumType", "pgNumType", "cols", "formProt", "vAlign", "noEndnote", "titlePg"),
    *("textDirection", "bidi", "rtlGutter", "docGrid", "printerSettings", "sectPrChange"),
)
"""The order that the schema wants of a section's properties."""


def _put(section: Section, xml: str) -> None:
    there = section._sectPr
    there.append(element(xml))
    there[:] = sorted(there, key=_place)


def _fill(place: _Header | _Footer, *paragraphs: str) -> None:
    place.is_linked_to_previous = False
    for old in list(place._element):
        place._element.remove(old)
    for one in paragraphs:
        place._element.append(element(one))


def _head(front: Front, speak: Speaker, number: int) -> str:
    """Return the head of every page: marks, rules, who decides, the document's number; the watermark."""
    lines = running_lines(front, speak)
    said = "    ".join(lines[key] for key in ("number", "rules", "who"))
    mark = _watermark(front.watermark, number) if front.watermark else ""
    rule = '<w:pBdr><w:bottom w:val="single" w:sz="4" w:space="2" w:color="5B6875"/></w:pBdr>'
    marks = run(lines["marks"] + "\n", bold=True) if lines["marks"] else ""
    return paragraph("Header", marks, run(said + "\n"), run(lines["advice"]), mark, more=rule)


def _watermark(text: str, number: int) -> str:
    # as long as the text is, so that its letters keep their shape; across the diagonal of the text area
    height = 72
    width = min(max(len(text), 4) * height * (0.62 if text.isascii() else 0.85), 560)
    style = (
        f"position:absolute;margin-left:0;margin-top:0;width:{width:.0f}pt;height:{height}pt;rotation:315;"
        "z-index:-251658752;mso-position-horizontal:center;mso-position-horizontal-relative:margin;"
        "mso-position-vertical:center;mso-position-vertical-relative:margin"
    )
    return (
        f"<w:r><w:rPr><w:noProof/></w:rPr><w:pict>{_SHAPE}"
        f'<v:shape id="XuequMark{number}" o:spid="_x0000_s{2048 + number}" type="#_x0000_t136" '
        f'style="{style}" alt="{escaped(text)}" o:allowincell="f" fillcolor="#c9c9c9" stroked="f">'
        f'<v:fill opacity=".45"/><v:textpath style="font-family:&quot;宋体&quot;;font-size:1pt" '
        f'string="{escaped(text)}"/><w10:wrap anchorx="margin" anchory="margin"/></v:shape></w:pict></w:r>'
    )


def _w(name: str) -> Any:
    return "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}" + name
