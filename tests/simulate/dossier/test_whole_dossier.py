"""A whole dossier of a small town, from its runs: the page as a person uses it, and the sheets of paper."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from simulate.dossier.content.composing import document_of
from simulate.dossier.labels import cells_shown, part_title
from simulate.dossier.material import material_of
from simulate.dossier.model import Document
from simulate.dossier.writing import product_of
from tests.browser import Opened, visit
from tests.poppler import poppler

MARGIN_PT = 20 / 25.4 * 72
_COMMA_PT = 5.3
"""Half of a Chinese comma, which is blank, stands in the margin at the end of a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A Chinese dossier as a document and as products in a folder."""

    document: Document
    folder: Path


@pytest.fixture(scope="module")
def whole(folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Whole:
    material = material_of((folders["school"],), base=folders["today"], ensembles=(folders["drawn"],))
    document = document_of(material, "zh")
    folder = tmp_path_factory.mktemp("whole")
    for product in ("html", "pdf"):
        (folder / f"a.{product}").write_bytes(product_of(document, product))
    return Whole(document=document, folder=folder)


@pytest.fixture
def opened(whole: Whole, browser: Browser) -> Iterator[Opened]:
    with visit(browser, whole.folder / "a.html", ready="html.js") as one:
        yield one
        assert one.asked == []
        assert one.errors == []


def tight(text: str) -> str:
    return re.sub(r"\s", "", text)


# ---- on a screen ----


@pytest.mark.browser
def test_every_table_sorts_by_click_and_by_key(opened: Opened, whole: Whole) -> None:
    page = opened.page
    for table in whole.document.tables():
        rows = len(table.rows) - table.totals
        heads = page.locator(f'[id="{table.id}"] th:has(button.sort)')
        if table.form or rows < 2:
            assert not table.form or heads.count() == 0
            continue
        assert heads.count() == len(table.columns)
        body = page.locator(f'[id="{table.id}"] tbody tr')
        before = body.all_inner_texts()
        heads.last.locator("button").click()
        heads.last.locator("button").press("Enter")
        assert heads.last.get_attribute("aria-sort") == "descending"
        assert sorted(body.all_inner_texts()) == sorted(before), "a row was lost"
        heads.last.locator("button").press("Space")
        assert body.all_inner_texts() == before


@pytest.mark.browser
def test_the_map_opens_moves_its_slider_and_finds_a_school(opened: Opened) -> None:
    page = opened.page
    button = page.locator("button.open").first
    button.click()
    inner = page.frame_locator("iframe")
    inner.locator("#step").wait_for()
    told = inner.locator("#step-name").inner_text()
    inner.locator("#step").press("End")
    assert inner.locator("#step-name").inner_text() != told
    inner.locator("#step").press("ArrowLeft")
    assert inner.locator("#step-name").inner_text() == told
    inner.locator("#find").fill("岛内")
    inner.locator("#found [role=option]").first.wait_for()
    inner.locator("#find").press("ArrowDown")
    inner.locator("#find").press("Enter")
    assert "岛内" in inner.locator("#find").input_value()
    button.click()
    assert page.locator("iframe").count() == 0


@pytest.mark.browser
def test_printed_from_the_browser_it_has_every_part_and_row(opened: Opened, whole: Whole) -> None:
    pages = PdfReader(io.BytesIO(opened.page.pdf(prefer_css_page_size=True))).pages
    text = tight("".join(page.extract_text() for page in pages))
    for table in whole.document.tables():
        for row in cells_shown(table, "zh"):
            assert tight(row[0]) in text, table.id
    assert all(tight(part.title) in text for part in whole.document.parts)
    for number, page in enumerate(pages, start=1):
        assert f"{number}/{len(pages)}" in tight(page.extract_text())


# ---- on paper ----


def test_no_cell_is_cut_off_and_no_sign_is_a_box(whole: Whole) -> None:
    pages = PdfReader(whole.folder / "a.pdf").pages
    text = tight("".join(page.extract_text() for page in pages))
    assert not set(text) & {"\ufffd", "\u25a1", "\x00"}
    for table in whole.document.tables():
        for at, column in enumerate(table.columns):
            assert tight(column.title) in text, (table.id, column.key)
            for row in cells_shown(table, "zh"):
                assert tight(row[at]) in text, (table.id, column.key)
    assert all(tight(part_title(part, "zh")) in text for part in whole.document.parts)


def test_no_word_is_outside_the_text_and_no_page_nearly_blank(whole: Whole) -> None:
    words = [poppler("pdftotext"), "-bbox", str(whole.folder / "a.pdf"), "-"]
    found = subprocess.run(words, check=True, capture_output=True, text=True)
    pages = re.findall(r'<page width="(.*?)" height="(.*?)">(.*?)</page>', found.stdout, re.S)
    assert len(pages) > 10
    for wide, high, inside in pages[1:]:
        boxes = [
            [float(one) for one in box]
            for box in re.findall(r'xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)"', inside)
        ]
        # the watermark leans across the page: its words have tall boxes
        boxes = [box for box in boxes if box[3] - box[1] < 40]
        assert min(box[0] for box in boxes) >= MARGIN_PT - 1
        assert max(box[2] for box in boxes) <= float(wide) - MARGIN_PT + _COMMA_PT
        lines = {round(box[1]) for box in boxes if box[1] > 70 and box[3] < float(high) - 66}
        assert len(lines) >= 4, "a page for next to nothing"


def test_a_page_as_it_is_printed_is_not_white(whole: Whole, tmp_path: Path) -> None:
    draw = [poppler("pdftoppm"), "-r", "20", "-gray", str(whole.folder / "a.pdf"), str(tmp_path / "p")]
    subprocess.run(draw, check=True, capture_output=True)
    drawn = sorted(tmp_path.glob("*.pgm"))
    assert len(drawn) == len(PdfReader(whole.folder / "a.pdf").pages)
    for one in drawn:
        grey = one.read_bytes().split(b"\n", 3)[3]
        assert sum(byte < 200 for byte in grey) > 0.003 * len(grey), one.name


def test_a_picture_says_its_title_once(whole: Whole) -> None:
    plots = list(whole.document.pictures())
    assert len(plots) > 2
    for picture in plots:
        drawn = "".join(re.findall(r"<text[^>]*>([^<]*)</text>", picture.svg))
        assert picture.title not in drawn, picture.id
