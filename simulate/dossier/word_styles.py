"""The styles of the paper: what an editor in Word sees in the list of styles and the navigation pane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from docx.document import Document as Paper
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.shared import Pt, RGBColor
from docx.styles.style import ParagraphStyle

from geodata.messages import Lang
from simulate.dossier.word_paper import (
    BODY_PT,
    FACES,
    HEAD_PT,
    LINE_PT,
    PAGE_PT,
    TABLE_PT,
    TITLE_PT,
    Faces,
)
from simulate.dossier.word_xml import element

LEFT, RIGHT, CENTER = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.CENTER
JUSTIFY = WD_ALIGN_PARAGRAPH.JUSTIFY


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How one style looks.

    Parameters
    ----------
    face : str
        Which of `Faces`.
    zh_pt, en_pt : float
        The size of type in a Chinese and in an English paper.
    line : bool
        Whether lines have the fixed height of the standard, in Chinese.
    inside : bool
        Whether a paragraph begins two characters in, in Chinese.
    align : WD_ALIGN_PARAGRAPH
    before, after : float
        Points above and below.
    bold : bool
        In English only: Chinese faces tell the levels apart.
    next : bool
        Whether it stays on the page of the next paragraph.
    red, side : bool
        Whether its letters are of the colour of marks; whether a bar stands at its side.
    """

    face: str = "body"
    zh_pt: float = BODY_PT
    en_pt: float = 12.0
    line: bool = False
    inside: bool = False
    align: WD_ALIGN_PARAGRAPH = LEFT
    before: float = 0.0
    after: float = 0.0
    bold: bool = False
    next: bool = False
    red: bool = False
    side: str = ""


def _aside(side: str, face: str = "body") -> Look:
    """Return the look of what stands beside the text, with a bar or a box."""
    return Look(face=face, zh_pt=14, en_pt=11, before=6, after=6, side=side)


LOOKS: dict[str, Look] = {
    "Normal": Look(line=True, after=0),
    "Body Text": Look(line=True, inside=True, align=JUSTIFY),
    "Title": Look(face="title", zh_pt=TITLE_PT, en_pt=22, align=CENTER, before=58, after=12, bold=True),
    "Subtitle": Look(face="second", zh_pt=BODY_PT, en_pt=14, align=CENTER, after=6),
    "Heading 1": Look(face="first", en_pt=16, line=True, inside=True, bold=True, next=True),
    "Heading 2": Look(face="second", en_pt=14, line=True, inside=True, bold=True, next=True),
    "Heading 3": Look(face="body", en_pt=12, line=True, inside=True, bold=True, next=True),
    "TOC Heading": Look(face="first", en_pt=16, align=CENTER, after=12, bold=True),
    "toc 1": Look(zh_pt=14, en_pt=11, after=2),
    "toc 2": Look(zh_pt=12, en_pt=10.5),
    "toc 3": Look(zh_pt=12, en_pt=10.5),
    "List Bullet": Look(line=True, align=JUSTIFY),
    "List Number": Look(line=True, align=JUSTIFY),
    "Caption": Look(
        face="first", zh_pt=12, en_pt=10.5, align=CENTER, before=10, after=4, bold=True, next=True
    ),
    "Header": Look(zh_pt=HEAD_PT, en_pt=HEAD_PT),
    "Footer": Look(face="page", zh_pt=PAGE_PT, en_pt=PAGE_PT),
    "Cover": Look(zh_pt=14, en_pt=11, after=4),
    "Document Number": Look(align=CENTER, after=11),
    "Note": _aside("8FB8D8"),
    "Warning": _aside("A31533"),
    "Assumed": _aside("E0A33C"),
    "Law": _aside("5B6875", face="second"),
    "Missing": _aside("box"),
    "Picture": Look(align=CENTER, before=10, after=2, next=True),
    "Table Text": Look(face="table", zh_pt=TABLE_PT, en_pt=9.5),
    "Table Number": Look(face="table", zh_pt=TABLE_PT, en_pt=9.5, align=RIGHT),
    "Table Heading": Look(face="first", zh_pt=TABLE_PT, en_pt=9.5, align=CENTER, bold=True, next=True),
    "Table Note": Look(face="table", zh_pt=HEAD_PT, en_pt=HEAD_PT, before=2),
    "Imprint": Look(zh_pt=PAGE_PT, en_pt=11),
    "Mark": Look(face="first", zh_pt=HEAD_PT, en_pt=HEAD_PT, bold=True, red=True),
}
"""The styles by name; those that Word has itself keep its names, so that it knows them in any language."""


def style_id(name: str) -> str:
    """Return the id of a style in the XML.

    Examples
    --------
    >>> style_id("Heading 1"), style_id("toc 2")
    ('Heading1', 'TOC2')
    """
    return name.replace("toc ", "TOC").replace(" ", "")


def set_styles(paper: Paper, lang: Lang) -> None:
    """Put our styles in the place of the template's."""
    for style in list(paper.styles):
        if style.name not in (*LOOKS, "Default Paragraph Font", "Normal Table", "No List"):
            style.delete()
    _set_defaults(paper, lang)
    for name, look in LOOKS.items():
        known = {style.name for style in paper.styles}
        style = paper.styles[name] if name in known else _added(paper, name)
        _set_look(style, look, FACES[lang])
    for level in (1, 2, 3):
        indent = 220 * (level - 1)
        tabs = '<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="8844"/></w:tabs>'
        _put(paper.styles[f"toc {level}"], tabs, f'<w:ind w:left="{indent}" w:firstLine="0"/>')


def _added(paper: Paper, name: str) -> Any:
    style = paper.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=name.startswith("toc "))
    style.element.set(_w("styleId"), style_id(name))
    style.quick_style = True
    return style


def _set_defaults(paper: Paper, lang: Lang) -> None:
    defaults = paper.styles.element.find(_w("docDefaults"))
    faces = FACES[lang]
    east = "zh-CN"
    defaults.getparent().replace(
        defaults,
        element(
            "<w:docDefaults><w:rPrDefault><w:rPr>"
            f"{_fonts(faces, faces.body)}"
            f'<w:sz w:val="{2 * BODY_PT:g}"/><w:szCs w:val="{2 * BODY_PT:g}"/>'
            f'<w:lang w:val="en-GB" w:eastAsia="{east}" w:bidi="ar-SA"/>'
            "</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"
        ),
    )


def _fonts(faces: Faces, face: str) -> str:
    latin = faces.latin(face)
    return f'<w:rFonts w:ascii="{latin}" w:hAnsi="{latin}" w:eastAsia="{face}" w:cs="{latin}"/>'


def _set_look(style: ParagraphStyle, look: Look, faces: Faces) -> None:
    zh = not faces.english
    # the template's colours, the faces of its theme, which would win, and what it builds on: its heading
    # of contents would be numbered as a part
    for name in ("rPr", "pPr", "link", "basedOn"):
        for old in style.element.findall(_w(name)):
            style.element.remove(old)
    style.font.size = Pt(look.zh_pt if zh else look.en_pt)
    face: str = getattr(faces, look.face)
    style.element.get_or_add_rPr().insert(0, element(_fonts(faces, face)))
    style.font.bold = look.bold and not zh
    style.font.italic = False
    style.font.color.rgb = RGBColor(0x7A, 0x11, 0x26) if look.red else RGBColor(0, 0, 0)
    layout = style.paragraph_format
    layout.alignment = look.align
    layout.space_before, layout.space_after = Pt(look.before), Pt(look.after)
    layout.keep_with_next = look.next
    layout.widow_control = True
    if zh and look.line:
        layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(round(LINE_PT, 2))
    else:
        layout.line_spacing = 1.0 if zh or not look.line else 1.2
        # the grid of 22 lines and 28 characters is for the body
        _put(style, '<w:snapToGrid w:val="0"/>')
        if look.line:
            layout.space_after = Pt(8)
    if zh and look.inside:
        _put(style, '<w:ind w:firstLineChars="200" w:firstLine="640"/>')
    if style.name is not None and style.name.startswith("Heading"):
        level = int(style.name[-1]) - 1
        _put(style, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>')
        _put(style, f'<w:outlineLvl w:val="{level}"/>')
    if look.side:
        _put(style, _bar(look.side), '<w:ind w:left="170" w:right="170" w:firstLine="0"/>')


def _bar(side: str) -> str:
    one = '<w:{} w:val="single" w:sz="{}" w:space="6" w:color="{}"/>'
    if side != "box":
        return f"<w:pBdr>{one.format('left', 24, side)}</w:pBdr>"
    sides = "".join(one.format(name, 8, "5B6875") for name in ("top", "left", "bottom", "right"))
    return f"<w:pBdr>{sides}</w:pBdr>"


_ORDER = (
    *("pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl", "numPr"),
    *("suppressLineNumbers", "pBdr", "shd", "tabs", "suppressAutoHyphens", "kinsoku", "wordWrap"),
    *("overflowPunct", "topLinePunct", "autoSpaceDE", "autoSpaceDN", "bidi", "adjustRightInd"),
    *("snapToGrid", "spacing", "ind", "contextualSpacing", "mirrorIndents", "suppressOverlap", "jc"),
    *("textDirection", "textAlignment", "textboxTightWrap", "outlineLvl", "divId", "cnfStyle", "rPr"),
)
"""The order that the schema wants of a paragraph's properties."""


def _put(style: Any, *properties: str) -> None:
    """Add properties of a paragraph to a style, each in the place of one of its name."""
    there = style.element.get_or_add_pPr()
    for xml in properties:
        new = element(xml)
        for old in there.findall(new.tag):
            there.remove(old)
        there.append(new)
    there[:] = sorted(there, key=lambda one: _ORDER.index(one.tag.rpartition("}")[2]))


def _w(name: str) -> str:
    return "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}" + name
