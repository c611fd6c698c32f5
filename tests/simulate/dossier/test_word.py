from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree

import docx
import pytest
from docx.document import Document as Paper
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn

from geodata.messages import Lang
from simulate.dossier.formatting import shown
from simulate.dossier.labels import part_title, tidy
from simulate.dossier.model import (
    Block,
    Bullets,
    Column,
    Document,
    Heading,
    Missing,
    Paragraph,
    Part,
    Picture,
    Table,
)
from simulate.dossier.word import word_of
from simulate.dossier.word_front import outline
from simulate.dossier.word_layout import room_pt, setting_of
from simulate.dossier.word_paper import FACES
from simulate.dossier.word_pictures import png_of, size_mm
from simulate.dossier.word_styles import LOOKS, style_id
from simulate.dossier.word_xml import escaped
from tests.simulate.dossier.made import FORMULA, HOSTILE, RARE, SCRIPT, TYPST, front, made_document, picture

LANGS: tuple[Lang, ...] = ("zh", "en")


def read(document: Document) -> Paper:
    return docx.Document(io.BytesIO(word_of(document)))


def members(document: Document) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(word_of(document))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def document_of(*blocks: Block, lang: Lang = "zh", number: int = 1) -> Document:
    part = Part(number=number, title="部分", blocks=blocks)
    return Document(lang=lang, public=False, front=front(lang), parts=(part,))


def texts(blocks: tuple[Block, ...]) -> Iterator[str]:
    """Walk through all that a paper must say in paragraphs."""
    for block in blocks:
        match block:
            case Paragraph() | Heading():
                yield block.text
            case Bullets():
                yield from block.items
            case Missing():
                yield from (block.what, block.how)
            case Table() | Picture():
                yield from (block.title, *block.notes)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("public", [False, True])
def test_every_text_and_cell_of_the_document_stands_in_the_paper(lang: Lang, public: bool) -> None:
    document = made_document(lang, public)
    paper = read(document)
    said = "\n".join(one.text for one in paper.paragraphs)
    for part in document.parts:
        assert part.title in said
        for text in texts(part.blocks):
            assert text in said
    tables = [table for table in paper.tables if table.style is None or len(table.columns) > 2]
    cards, *rest = tables
    assert cards.cell(1, 1).text == "1,240"
    for table, found in zip(document.tables(), rest, strict=True):
        body = list(found.rows)[-len(table.rows) :]
        for row, cells in zip(table.rows, body, strict=True):
            wanted = [
                "" if table.form and value in (None, "") else shown(value, column, lang)
                for value, column in zip(row, table.columns, strict=True)
            ]
            assert [cell.text for cell in cells.cells] == wanted


@pytest.mark.parametrize("lang", LANGS)
def test_margins_and_sizes_are_those_of_the_standard(lang: Lang) -> None:
    sections = list(read(made_document(lang)).sections)
    turned = {section.orientation for section in sections}
    assert turned == {WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE}
    for section in sections:
        sides = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
        across = section.orientation == WD_ORIENT.LANDSCAPE
        wanted = (28, 26, 35, 37) if across else (37, 35, 28, 26)
        assert [round(side.mm, 1) for side in sides if side is not None] == list(wanted)
        assert section.page_width is not None
        assert section.page_height is not None
        size = [round(section.page_width.mm), round(section.page_height.mm)]
        assert size == ([297, 210] if across else [210, 297])
        text = size[0] - wanted[2] - wanted[3], size[1] - wanted[0] - wanted[1]
        assert text == ((225, 156) if across else (156, 225))


def test_a_chinese_page_has_22_lines_of_28_characters() -> None:
    paper = read(made_document("zh"))
    [grid] = paper.sections[0]._sectPr.findall(qn("w:docGrid"))
    line = int(grid.get(qn("w:linePitch"))) / 20
    character = 16 + int(grid.get(qn("w:charSpace"))) / 4096
    assert int(225 / 25.4 * 72 / line + 0.01) == 22
    assert int(156 / 25.4 * 72 / character + 0.01) == 28
    body = paper.styles["Body Text"].paragraph_format  # type: ignore[attr-defined]
    assert 28 <= body.line_spacing.pt <= 29
    assert body.alignment is not None


@pytest.mark.parametrize(
    ("style", "face", "size"),
    [
        ("Body Text", "仿宋_GB2312", 16),
        ("Title", "方正小标宋简体", 22),
        ("Heading 1", "黑体", 16),
        ("Heading 2", "楷体_GB2312", 16),
        ("Heading 3", "仿宋_GB2312", 16),
        ("Footer", "宋体", 14),
        ("Imprint", "仿宋_GB2312", 14),
    ],
)
def test_faces_and_sizes_of_a_chinese_paper_are_those_of_the_standard(
    style: str, face: str, size: float
) -> None:
    found = read(made_document("zh")).styles[style]
    fonts = found.element.rPr.find(qn("w:rFonts"))
    assert {fonts.get(qn(f"w:{kind}")) for kind in ("ascii", "hAnsi", "eastAsia")} == {face}
    assert found.font.size.pt == size  # type: ignore[attr-defined]
    assert not found.font.bold  # type: ignore[attr-defined]


def test_an_english_paper_has_a_serif_face_and_chinese_names_one_of_their_own() -> None:
    paper = read(made_document("en"))
    for name in LOOKS:
        fonts = paper.styles[name].element.rPr.find(qn("w:rFonts"))
        assert fonts.get(qn("w:ascii")) == "Times New Roman"
        assert fonts.get(qn("w:eastAsia")) == "宋体"


def test_no_style_takes_a_face_or_colour_of_the_templates_theme() -> None:
    styles = members(made_document("zh"))["word/styles.xml"].decode()
    assert "Theme" not in styles
    assert "themeColor" not in styles


def test_the_table_of_fonts_names_what_stands_in_for_each_face() -> None:
    table = members(made_document("zh"))["word/fontTable.xml"].decode()
    for face in {FACES["zh"].body, FACES["zh"].title, FACES["zh"].first, FACES["zh"].second}:
        assert re.search(f'<w:font w:name="{face}"><w:altName w:val="[^"]+"/>', table)


@pytest.mark.parametrize("lang", LANGS)
def test_headings_are_real_and_numbered_as_the_contents_say(lang: Lang) -> None:
    document = made_document(lang)
    paper = read(document)
    heads = [one for one in paper.paragraphs if one.style is not None and one.style.name in ("Heading 1",)]
    assert [one.text for one in heads] == [part.title for part in document.parts]
    listed = [one.text.rstrip("\t") for one in paper.paragraphs if str(one.style.name).startswith("toc ")]  # type: ignore[union-attr]
    assert listed == [entry.text for entry in outline(document)]
    assert listed[0] == part_title(document.parts[0], lang)
    xml = members(document)["word/document.xml"].decode()
    for entry in outline(document):
        assert xml.count(f'w:name="{entry.anchor}"') == 1
        assert f'w:anchor="{entry.anchor}"' in xml
    assert 'TOC \\o "1-3" \\h \\z \\u' in xml


def test_the_contents_number_the_levels_as_the_standard_does() -> None:
    blocks = (
        Heading(text="甲"),
        Heading(text="乙", level=3),
        Heading(text="丙", level=3),
        Heading(text="丁"),
    )
    found = [entry.text for entry in outline(document_of(*blocks, number=12))]
    assert found == ["十二、部分", "（一）甲", "1.乙", "2.丙", "（二）丁"]
    found = [entry.text for entry in outline(document_of(*blocks, lang="en", number=12))]
    assert found == ["12 部分", "12.1 甲", "12.1.1 乙", "12.1.2 丙", "12.2 丁"]


def test_a_part_has_its_own_number_also_where_one_before_it_is_left_out() -> None:
    parts = tuple(Part(number=number, title="部分", blocks=()) for number in (1, 2, 5, 6))
    made = replace(document_of(), parts=parts)
    numbering = ElementTree.fromstring(members(made)["word/numbering.xml"])
    starts = {
        num.get(qn("w:numId")): num.find(f"{qn('w:lvlOverride')}/{qn('w:startOverride')}")
        for num in numbering.findall(qn("w:num"))
    }
    heads = [
        one for one in read(made).paragraphs if one.style is not None and one.style.name == "Heading 1"
    ]
    used = [one._p.pPr.numPr for one in heads]  # type: ignore[union-attr]
    assert [one is None for one in used] == [True, True, False, False]
    jumped = used[2].numId.val  # type: ignore[union-attr]
    assert used[3].numId.val == jumped  # type: ignore[union-attr]
    start = starts[str(jumped)]
    assert start is not None
    assert start.get(qn("w:val")) == "5"


def test_each_numbered_list_begins_with_one() -> None:
    two = Bullets(items=("a", "b"), numbered=True)
    paper = read(document_of(two, Paragraph(text="x"), two))
    items = [one for one in paper.paragraphs if one.style is not None and one.style.name == "List Number"]
    ids = [one._p.pPr.numPr.numId.val for one in items]  # type: ignore[union-attr]
    assert ids[0] == ids[1] != ids[2] == ids[3]


@pytest.mark.parametrize("lang", LANGS)
def test_heads_of_tables_repeat_and_no_row_is_cut(lang: Lang) -> None:
    document = made_document(lang)
    _, *tables = [table for table in read(document).tables if len(table.columns) > 2]
    for table, found in zip(document.tables(), tables, strict=True):
        rows = found._tbl.tr_lst
        heads = len(rows) - len(table.rows)
        assert heads == (2 if any(column.group for column in table.columns) else 1)
        for at, row in enumerate(rows):
            assert row.trPr.find(qn("w:cantSplit")) is not None
            assert (row.trPr.find(qn("w:tblHeader")) is not None) == (at < heads)


def test_grouped_heads_are_merged_and_numbers_stand_to_the_right() -> None:
    table = next(one for one in read(made_document("zh")).tables if len(one.columns) == 7)
    first, second = [[cell.text for cell in row.cells] for row in list(table.rows)[:2]]
    assert first == ["单元（小区）", "调整前", "调整前", "调整后", "调整后", "儿童数", "理由"]
    assert second == ["单元（小区）", "学校", "步行（公里）", "学校", "步行（公里）", "儿童数", "理由"]
    styles = [cell.paragraphs[0].style.name for cell in table.rows[2].cells]  # type: ignore[union-attr]
    assert [style == "Table Number" for style in styles] == [False, False, True, False, True, True, False]
    total = table.rows[-1].cells[0].paragraphs[0].runs[0]
    assert total.bold


def test_a_wide_table_lies_across_with_its_heading_and_a_narrow_one_upright() -> None:
    wide = made_document("zh").parts[3].blocks[0]
    narrow = Paragraph(text="前")
    paper = read(document_of(narrow, wide))
    assert [one.orientation for one in paper.sections] == [WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE]
    both = read(document_of(picture("zh"), wide))
    assert [one.orientation for one in both.sections] == [0, 0, 1]


def test_a_wide_table_of_a_few_rows_is_cut_and_stays_upright() -> None:
    columns = (Column(key="name", title="情景", weight=2),)
    columns += tuple(Column(key=f"c{n}", title=f"第{n}项指标", kind="integer") for n in range(15))
    row = ("现行方案", *(123456 for _ in range(15)))
    table = Table(id="T4", title="方案比较", columns=columns, rows=(row,), keys=("a",), notes=("注。",))
    paper = read(document_of(table))
    assert {one.orientation for one in paper.sections} == {WD_ORIENT.PORTRAIT}
    texts = [one.text for one in paper.paragraphs]
    assert [text for text in texts if "方案比较" in text] == [
        "表T4  方案比较 (1/2)",
        "表T4  方案比较 (2/2)",
    ]
    assert texts.count("注。") == 1


@pytest.mark.parametrize(
    ("rows", "notes", "kept"),
    [
        (4, ("注。",), [True] * 4),
        (4, (), [True] * 3 + [False]),
        (14, ("注。",), [False] * 11 + [True] * 3),
        (14, (), [False] * 11 + [True] * 2 + [False]),
    ],
)
def test_rows_at_the_end_stay_with_sums_and_notes(
    rows: int, notes: tuple[str, ...], kept: list[bool]
) -> None:
    columns = (Column(key="name", title="学校"), Column(key="n", title="人数", kind="integer"))
    values = tuple((f"第{n}小学", n) for n in range(rows))
    keys = tuple(str(n) for n in range(rows))
    table = Table(id="T6", title="t", columns=columns, rows=values, keys=keys, totals=1, notes=notes)
    drawn = next(one for one in read(document_of(table)).tables if one.cell(0, 0).text == "学校")
    found = [
        all(one.paragraph_format.keep_with_next for cell in row.cells for one in cell.paragraphs)
        for row in drawn.rows[1:]
    ]
    assert found == kept


def test_columns_of_any_table_are_together_as_wide_as_the_text() -> None:
    for count in (1, 3, 9, 14, 25, 60):
        columns = tuple(Column(key=f"c{n}", title=f"第{n}列", kind="integer") for n in range(count))
        row = tuple(123456 for _ in columns)
        setting = setting_of(Table(id="x", title="", columns=columns, rows=(row,), keys=("k",)), "zh")
        assert sum(setting.widths_pt) == pytest.approx(room_pt(setting.across))
        assert min(setting.widths_pt) > 0


@pytest.mark.parametrize("lang", LANGS)
def test_every_page_has_marks_rules_who_decides_and_the_number(lang: Lang) -> None:
    document = made_document(lang)
    said = document.front
    for section in read(document).sections:
        for head in (section.header, section.even_page_header):
            text = "\n".join(one.text for one in head.paragraphs)
            for wanted in (
                *said.marks,
                said.draft,
                said.rules,
                said.authority,
                said.document_no,
                said.advice,
            ):
                assert wanted in text
            assert head._element.findall(".//{urn:schemas-microsoft-com:vml}textpath[@string]")


def test_a_final_version_has_no_watermark() -> None:
    heads = [data for name, data in members(made_document("zh", final=True)).items() if "header" in name]
    assert heads
    assert not any(b"textpath" in data for data in heads)


def test_page_numbers_stand_between_dashes_right_on_odd_pages_and_left_on_even_ones() -> None:
    first, *rest = read(made_document("zh")).sections
    assert first.footer.paragraphs[0].text == ""
    for section in rest:
        for foot, side in ((section.footer, "right"), (section.even_page_footer, "left")):
            [line] = foot.paragraphs
            assert line.text == "— 1 —"
            assert line._p.pPr.find(qn("w:jc")).get(qn("w:val")) == side  # type: ignore[union-attr]
            assert line._p.pPr.find(qn("w:ind")).get(qn(f"w:{side}Chars")) == "100"  # type: ignore[union-attr]
    starts = [section._sectPr.find(qn("w:pgNumType")) is not None for section in (first, *rest)]
    assert starts == [False, True, *[False] * (len(rest) - 1)]


def test_pictures_are_png_with_words_for_who_cannot_see_them() -> None:
    document = made_document("zh")
    xml = members(document)["word/document.xml"].decode()
    for one in document.pictures():
        assert f'descr="{escaped(one.alt)}"' in xml
    images = [data for name, data in members(document).items() if name.startswith("word/media/")]
    assert len(images) == 2
    width, height = size_mm(images[0])
    assert width == pytest.approx(156, abs=0.5)
    assert height == pytest.approx(156 * 480 / 800, abs=0.5)
    with pytest.raises(ValueError, match="no PNG"):
        size_mm(b"<svg/>")


def test_a_picture_is_drawn_with_our_font_and_no_other() -> None:
    one = picture("zh")
    blank = replace(one, svg=one.svg.replace(RARE, ""))
    assert png_of(one, 50) != png_of(blank, 50)
    assert png_of(one, 50) == png_of(one, 50)


def test_a_tall_picture_fits_on_a_page() -> None:
    tall = replace(picture("zh"), svg='<svg xmlns="http://www.w3.org/2000/svg" width="100" height="400"/>')
    [shape] = read(document_of(tall)).inline_shapes
    assert shape.height.mm <= 191


@pytest.mark.parametrize("lang", LANGS)
def test_what_data_says_is_text_and_never_a_field_a_link_or_a_part_outside(lang: Lang) -> None:
    hostile = 'TOC \\o {INCLUDETEXT "c:\\a"} <w:instrText>DDE</w:instrText> & "]]>\x00\x0b\ufffe'
    made = made_document(lang)
    name = replace(made.front, title=hostile, watermark=hostile, authority=hostile, marks=(hostile,))
    blocks = (*(Paragraph(text=text) for text in (*HOSTILE, hostile)), Heading(text=hostile), picture(lang))
    document = replace(made, front=name, parts=(Part(number=1, title=hostile, blocks=blocks),))
    parts = members(document)
    said = "\n".join(one.text for one in read(document).paragraphs)
    assert all(text in said for text in (SCRIPT, FORMULA, TYPST, tidy(hostile).replace("\ufffe", "")))
    codes = [
        one.text.split()[0]
        for name, data in parts.items()
        if name.endswith(".xml")
        for one in ElementTree.fromstring(data).iter(qn("w:instrText"))
        if one.text
    ]
    assert set(codes) == {"TOC", "PAGEREF", "PAGE"}
    for file, data in parts.items():
        if file.endswith(".rels"):
            assert b"TargetMode" not in data
            assert b"http://x" not in data
    assert not any("vba" in file or "embeddings" in file for file in parts)


def test_the_paper_has_no_author_no_hour_and_the_same_bytes_twice() -> None:
    document = made_document("zh")
    assert word_of(document) == word_of(made_document("zh"))
    properties = read(document).core_properties
    assert (properties.author, properties.last_modified_by, properties.comments) == ("", "", "")
    assert properties.created == properties.modified
    assert properties.created is not None
    assert properties.created.year == 2000
    with zipfile.ZipFile(io.BytesIO(word_of(document))) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not any("thumbnail" in name or "customXml" in name for name in archive.namelist())


def test_every_style_that_is_used_is_defined_and_every_reference_is_there() -> None:
    parts = members(made_document("zh"))
    styles = ElementTree.fromstring(parts["word/styles.xml"])
    defined = {one.get(qn("w:styleId")) for one in styles.findall(qn("w:style"))}
    assert {style_id(name) for name in LOOKS} <= defined
    used: set[str | None] = set()
    for name, data in parts.items():
        if name.endswith(".xml"):
            used |= {one.get(qn("w:val")) for one in ElementTree.fromstring(data).iter(qn("w:pStyle"))}
    assert used <= defined
    ids = set(re.findall(r'r:(?:id|embed)="(rId[0-9]+)"', parts["word/document.xml"].decode()))
    known = set(re.findall(r'Id="(rId[0-9]+)"', parts["word/_rels/document.xml.rels"].decode()))
    assert ids <= known


@pytest.mark.parametrize("lang", LANGS)
def test_properties_stand_in_the_order_that_word_insists_on(lang: Lang) -> None:
    from simulate.dossier.word_pages import _ORDER as SECTION
    from simulate.dossier.word_styles import _ORDER as PARAGRAPH

    for name, data in members(made_document(lang)).items():
        if not name.startswith("word/") or not name.endswith(".xml"):
            continue
        tree = ElementTree.fromstring(data)
        for tag, order in (("w:pPr", (*PARAGRAPH, "sectPr")), ("w:sectPr", SECTION)):
            for one in tree.iter(qn(tag)):
                places = [order.index(child.tag.rpartition("}")[2]) for child in one]
                assert places == sorted(places), (name, ElementTree.tostring(one))


def test_a_document_without_parts_or_names_is_still_a_paper() -> None:
    empty = dict.fromkeys(("title", "subtitle", "project", "year", "authority", "document_no", "rules"), "")
    made = document_of()
    bare = replace(made.front, **empty, draft="", watermark="", marks=(), made_from=(), advice="")  # type: ignore[arg-type]
    assert read(replace(made, front=bare, parts=())).paragraphs


def test_there_is_room_for_number_signer_date_annexes_and_imprint() -> None:
    paper = read(made_document("zh"))
    said = [one.text for one in paper.paragraphs]
    assert any("示教听〔2024〕____号" in text and "____________" in text for text in said)
    imprint = paper.tables[-1]
    assert imprint.rows[1].cells[0].text == "示例区教育局"
    assert imprint._tbl.tblPr.find(qn("w:tblpPr")).get(qn("w:tblpYSpec")) == "bottom"
