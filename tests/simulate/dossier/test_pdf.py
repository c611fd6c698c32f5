"""The PDF: it says everything that the document says, on its pages, in fonts that it brings."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from geodata.errors import DataError
from geodata.messages import Lang
from simulate.dossier.formatting import shown
from simulate.dossier.labels import part_title
from simulate.dossier.model import Block, Cards, Column, Document, Heading, Paragraph, Part, Table
from simulate.dossier.pdf import data_of, pdf_of
from simulate.dossier.pdf_layout import ACROSS_PT, UPRIGHT_PT, pieces_of, setting_of
from tests.poppler import poppler
from tests.simulate.dossier.made import FORMULA, HOSTILE, RARE, made_document, picture

LANGS: tuple[Lang, ...] = ("zh", "en")


@pytest.fixture(scope="module", params=LANGS)
def document(request: pytest.FixtureRequest) -> Document:
    return made_document(request.param)


@pytest.fixture(scope="module")
def reader(document: Document) -> PdfReader:
    return read(pdf_of(document))


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def tight(text: str) -> str:
    """Return a text without spaces: lines of a cell are broken anywhere between Chinese characters."""
    return re.sub(r"\s", "", text)


def text_of(reader: PdfReader) -> str:
    return tight("".join(page.extract_text() for page in reader.pages))


def with_blocks(*blocks: Block, lang: Lang = "en") -> Document:
    document = made_document(lang, final=True)
    return replace(document, parts=(Part(number=1, title="One", blocks=blocks),))


def wide_table(columns: int, rows: int = 4) -> Table:
    heads = (Column(key="name", title="Name", weight=2),)
    heads += tuple(Column(key=f"c{n}", title=f"Scenario {n}", kind="integer") for n in range(1, columns))
    return Table(
        id="T9",
        title="Wide",
        columns=heads,
        rows=tuple((f"row {r}", *(10_000 * r + n for n in range(1, columns))) for r in range(rows)),
        keys=tuple(str(r) for r in range(rows)),
    )


def words_of(pdf: bytes, folder: Path) -> Iterator[tuple[float, float, list[tuple[float, ...]]]]:
    """Walk through pages: width, height and the box (left, top, right, bottom) of each word on it."""
    tool = poppler("pdftotext")
    (folder / "a.pdf").write_bytes(pdf)
    found = subprocess.run(
        [tool, "-bbox", str(folder / "a.pdf"), "-"], check=True, capture_output=True, text=True
    )
    for page in re.findall(r"<page (.*?)</page>", found.stdout, re.S):
        size = [float(one) for one in re.findall(r'^width="(.*?)" height="(.*?)"', page)[0]]
        boxes = re.findall(r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">', page)
        yield size[0], size[1], [tuple(float(one) for one in box) for box in boxes]


# ---- what it says ----


def test_every_cell_heading_and_note_of_every_table_is_in_the_text(
    document: Document, reader: PdfReader
) -> None:
    text = text_of(reader)
    for table in document.tables():
        rows = [
            shown(v, c, document.lang) for r in table.rows for v, c in zip(r, table.columns, strict=True)
        ]
        heads = [words for c in table.columns for words in (c.title, c.group)]
        for words in [table.title, *heads, *table.notes, *rows]:
            assert tight(words) in text, (table.id, words)


def test_rare_characters_and_hostile_names_are_text(reader: PdfReader) -> None:
    text = text_of(reader)
    for words in (*RARE, *HOSTILE):
        assert tight(words) in text
    assert "/JavaScript" not in str(reader.trailer["/Root"])
    assert not any("/Annots" in page and _outside(page) for page in reader.pages)


def _outside(page: Any) -> bool:
    return any("/URI" in str(one.get_object().get("/A", "")) for one in page["/Annots"])


def test_texts_of_pictures_are_text(reader: PdfReader) -> None:
    assert f"{RARE[3]}<3>&" in text_of(reader)


def test_bookmarks_are_the_parts(document: Document, reader: PdfReader) -> None:
    titles = [one["/Title"] for one in reader.outline if not isinstance(one, list)]
    assert titles[-9:] == [part_title(part, document.lang) for part in document.parts]


def test_pages_are_numbered_and_say_who_decides_and_by_what_rules(
    document: Document, reader: PdfReader
) -> None:
    assert reader.page_labels == [str(n) for n in range(1, len(reader.pages) + 1)]
    front = document.front
    for page in reader.pages:
        text = tight(page.extract_text())
        for words in (front.authority, front.rules, front.document_no, front.advice, *front.marks):
            assert tight(words) in text


def test_a_draft_has_its_watermark_on_every_page_and_a_final_version_none() -> None:
    drafts = read(pdf_of(made_document("en"))).pages
    finals = read(pdf_of(made_document("en", final=True))).pages
    assert all("DRAFT" in page.extract_text() for page in drafts)
    assert not any("DRAFT" in page.extract_text() for page in finals)


def test_headings_are_repeated_where_a_table_goes_on(reader: PdfReader, document: Document) -> None:
    heading = next(document.tables()).columns[0].title
    following = [page.extract_text() for page in reader.pages if "2024-04-12" in page.extract_text()]
    assert len(following) > 1
    assert all(heading in text for text in following)


def test_it_is_tagged_for_screen_readers(reader: PdfReader, document: Document) -> None:
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith(document.lang)
    kinds: dict[str, int] = {}
    said: list[str] = []

    def walk(one: Any) -> None:
        one = one.get_object()
        if isinstance(one, list):
            for child in one:
                walk(child)
        elif isinstance(one, dict) and "/S" in one:
            kinds[one["/S"]] = kinds.get(one["/S"], 0) + 1
            said.append(str(one.get("/Alt", "")))
            walk(one.get("/K", []))

    for child in root["/StructTreeRoot"]["/K"]:
        walk(child)
    assert kinds["/Table"] == 4
    assert kinds["/TH"] == 8 + (1 + 5 + 10 + 1) + (1 + 2 + 4 + 2) + 4
    assert {one.alt for one in document.pictures()} <= set(said)
    assert kinds["/H1"] == 1 + len(document.parts)


def test_all_fonts_are_in_the_file(reader: PdfReader) -> None:
    fonts = set()
    for page in reader.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            assert "/FontFile3" in inner["/FontDescriptor"].get_object()
            fonts.add(inner["/BaseFont"].partition("+")[2].partition("-")[0])
    assert fonts == {"NotoSansSC", "NotoSerifSC"}


def test_nothing_is_filled_in_where_something_is_missing(reader: PdfReader, document: Document) -> None:
    text = text_of(reader)
    block = document.parts[7].blocks[0]
    assert tight(block.what) in text  # type: ignore[union-attr]
    assert tight(block.how) in text  # type: ignore[union-attr]


# ---- how it stands on the page ----


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("extra", [(), (wide_table(12), wide_table(45))])
def test_no_word_leaves_its_page_or_lies_on_another(
    lang: Lang, extra: tuple[Table, ...], tmp_path: Path
) -> None:
    document = made_document(lang, final=True)
    document = replace(document, parts=(*document.parts, Part(number=10, title="Wide", blocks=extra)))
    for width, height, boxes in words_of(pdf_of(document), tmp_path):
        assert boxes
        for at, (left, top, right, bottom) in enumerate(boxes):
            assert left >= 19 / 25.4 * 72
            assert right <= width - 19 / 25.4 * 72
            assert 0 <= top < bottom <= height
            for other in boxes[at + 1 :]:
                across = min(right, other[2]) - max(left, other[0])
                down = min(bottom, other[3]) - max(top, other[1])
                # Chinese punctuation is set closer than its box: by half of it
                high = bottom - top
                assert not (across > 0.6 * high and down > 0.5 * high), "two words lie on each other"


def test_a_row_longer_than_a_page_goes_on_over_it(tmp_path: Path) -> None:
    reason = "因学校已满而调整，" * 700 + "完。"
    table = Table(
        id="T5",
        title="t",
        columns=(Column(key="a", title="A"), Column(key="b", title="B", weight=2)),
        rows=(("x", reason),),
        keys=("1",),
    )
    pdf = pdf_of(with_blocks(table))
    # what lies below the edge of the page is in the text, but has no word's box
    seen = sum(right - left for _, _, boxes in words_of(pdf, tmp_path) for left, _, right, _ in boxes)
    assert seen > 700 * 9 * setting_of(table, "en").size_pt * 0.9


def test_a_long_word_is_broken_where_its_column_ends(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    heads = tuple(Column(key=f"c{n}", title="Hash", kind="code") for n in range(5))
    table = Table(id="T5", title="t", columns=heads, rows=((digest,) * 5,), keys=("1",))
    pdf = pdf_of(with_blocks(table))
    assert text_of(read(pdf)).count(digest) == 5
    assert all(right < width for width, _, boxes in words_of(pdf, tmp_path) for _, _, right, _ in boxes)


def test_a_number_on_a_card_stays_on_a_line_with_its_unit() -> None:
    card = ("平均上学路程", "114.11 公里", "1,113.58 公里", "已安置的儿童")
    cards = Cards(items=(card,), headings=("", "调整前", "调整后", ""))
    text = "".join(page.extract_text() for page in read(pdf_of(with_blocks(cards, lang="zh"))).pages)
    assert f"{card[1]} →" in text
    assert card[2] in text


def test_narrow_tables_stand_upright_and_wide_ones_across() -> None:
    document = with_blocks(wide_table(4), wide_table(16, rows=12))
    sizes = [(float(page.mediabox.width) > 700) for page in read(pdf_of(document)).pages]
    assert sizes == [False, False, False, True]


def test_a_title_goes_with_the_wide_table_below_it() -> None:
    document = with_blocks(Heading(text="Heading"), Paragraph(text="Before"), wide_table(16, rows=12))
    [run] = data_of(document)["runs"]
    assert run["across"]
    assert [one["kind"] for one in run["blocks"]] == ["part", "heading", "paragraph", "table"]


def test_what_follows_the_last_table_stays_with_it() -> None:
    [run] = data_of(with_blocks(wide_table(16, rows=12), Paragraph(text="After")))["runs"]
    assert run["across"]
    assert [one["kind"] for one in run["blocks"]] == ["part", "table", "paragraph"]


def test_a_wide_table_of_a_few_rows_is_cut_and_stays_upright_its_notes_said_once() -> None:
    table = replace(wide_table(16, rows=3), notes=("What a scenario is.",))
    [run] = data_of(with_blocks(table))["runs"]
    pieces = [block for block in run["blocks"] if block["kind"] == "table"]
    assert not run["across"]
    assert [one["title"] for one in pieces] == ["Wide (1/2)", "Wide (2/2)"]
    assert [one["notes"] for one in pieces] == [[], ["What a scenario is."]]


def test_sums_and_notes_are_never_alone_on_a_page() -> None:
    for rows in range(38, 52):
        table = wide_table(3, rows=rows)
        sums = replace(table, totals=1, notes=("A note that stands under it.",))
        pages = [page.extract_text() for page in read(pdf_of(with_blocks(sums))).pages]
        [end] = [text for text in pages if "A note that stands" in text]
        # the sum is the last row; two rows are with it
        assert all(f"row {row} " in end.replace("\n", " ") for row in range(rows - 3, rows))


def test_a_short_table_is_not_cut_by_the_end_of_a_page() -> None:
    for lines in range(20, 34):
        before = tuple(Paragraph(text=f"line {n}") for n in range(lines))
        pages = read(pdf_of(with_blocks(*before, wide_table(3, rows=8)))).pages
        assert sum("row " in page.extract_text() for page in pages) == 1


def test_what_is_to_be_filled_in_is_blank_and_has_room() -> None:
    columns = (
        Column(key="n", title="No.", kind="integer", weight=0.5),
        Column(key="what", title="Opinion", weight=3),
        Column(key="count", title="People", kind="integer"),
    )
    table = Table(id="T12", title="t", columns=columns, rows=((1, None, None),), keys=("1",), form=True)
    [run] = data_of(with_blocks(table))["runs"]
    [drawn] = [block for block in run["blocks"] if block["kind"] == "table"]
    assert drawn["rows"] == [["1", "", ""]]
    assert drawn["widths"][1] > UPRIGHT_PT / 2


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["text", "integer", "share", "code"]),
            st.text(alphabet="学校区ab W", min_size=1, max_size=30),
            st.floats(min_value=0.2, max_value=5),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_columns_fill_the_page_and_pieces_hold_every_column_once(
    drawn: list[tuple[Any, str, float]],
) -> None:
    columns = tuple(
        Column(key=f"c{n}", title=title, kind=kind, weight=weight)
        for n, (kind, title, weight) in enumerate(drawn)
    )
    row = tuple(one[1] if one[0] in ("text", "code") else 12345 for one in drawn)
    table = Table(id="x", title="x", columns=columns, rows=(row,), keys=("1",))
    pieces = pieces_of(table, "en")
    assert [c for piece in pieces for c in piece.columns[1:]] == list(columns[1:])
    assert {piece.columns[0] for piece in pieces} == {columns[0]}
    for piece in pieces:
        setting = setting_of(piece, "en")
        assert sum(setting.widths_pt) == pytest.approx(ACROSS_PT if setting.across else UPRIGHT_PT)
        assert min(setting.widths_pt) > setting.size_pt


# ---- what it refuses, and that it is the same again ----


@pytest.mark.parametrize("lang", LANGS)
def test_a_character_without_a_shape_is_a_fault_and_its_place_is_named(lang: Lang) -> None:
    table = Table(id="T1", title="t", columns=(Column(key="a", title="A"),), rows=(("甲😀",),), keys=("1",))
    with pytest.raises(DataError, match=r"T1.*甲😀.*no shape for 😀"):
        pdf_of(with_blocks(table, lang=lang))


def test_a_character_without_a_shape_in_a_picture_is_a_fault_too() -> None:
    drawn = picture("zh")
    with pytest.raises(DataError, match="no shape for \ue000"):
        pdf_of(with_blocks(replace(drawn, svg=drawn.svg.replace(RARE[0], "\ue000"))))


def test_a_character_without_a_shape_on_the_cover_is_a_fault_too() -> None:
    document = made_document("zh")
    document = replace(document, front=replace(document.front, subtitle="😀"))
    with pytest.raises(DataError, match="no shape for 😀"):
        pdf_of(document)


def test_what_draws_nothing_is_left_out() -> None:
    pdf = pdf_of(with_blocks(Paragraph(text="东\u200b方\x07小\ufe0f学\ufeff")))
    assert "东方小学" in read(pdf).pages[2].extract_text()


def test_a_level_left_out_is_no_error() -> None:
    pdf_of(with_blocks(Heading(text="deep", level=3), Heading(text="deeper", level=3)))


def test_an_empty_document_has_room_to_fill_in_what_is_not_said() -> None:
    document = made_document("en", final=True)
    front = replace(document.front, authority="", document_no="", rules="", made_from=())
    text = text_of(read(pdf_of(replace(document, parts=(), front=front))))
    assert "Decidedby:____" in text
    assert "Documentnumber____" in text


def test_an_empty_table_is_set() -> None:
    table = Table(id="T1", title="None yet", columns=(Column(key="a", title="A"),), rows=(), keys=())
    assert "Noneyet" in text_of(read(pdf_of(with_blocks(table))))


def test_the_same_document_makes_the_same_bytes_in_another_process() -> None:
    code = (
        "import hashlib; from simulate.dossier.pdf import pdf_of;"
        "from tests.simulate.dossier.made import made_document;"
        "print(hashlib.sha256(pdf_of(made_document('zh'))).hexdigest())"
    )
    root = Path(__file__).parents[3]
    env = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai"}
    told = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=root, env=env
    )
    assert told.stdout.strip() == hashlib.sha256(pdf_of(made_document("zh"))).hexdigest()


def test_a_formula_is_a_string_of_the_template_and_never_markup() -> None:
    template = (Path(__file__).parents[3] / "simulate" / "dossier" / "dossier.typ").read_text("utf-8")
    assert not re.search(r"\beval\(|@preview|https?:", template)
    assert FORMULA in str(data_of(made_document("en")))
