"""The HTML page: it says what the document says, loads nothing, and works by mouse, keyboard and print."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from geodata.messages import Lang, speaker
from simulate.dossier.formatting import shown
from simulate.dossier.html import html_of
from simulate.dossier.html_pictures import inline_svg
from simulate.dossier.labels import front_facts, heading_rows, running_lines
from simulate.dossier.model import Column, Document, Heading, Paragraph, Part, Picture, Table, Value
from tests.browser import DESKTOP, PHONE, Opened, visit
from tests.simulate.dossier.made import (
    FORMULA,
    HOSTILE,
    LONG_ROWS,
    RARE,
    grouped_table,
    made_document,
    picture,
    wide_table,
)
from zoning.web.inline import loads_of

LANGS: tuple[Lang, ...] = ("zh", "en")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("dossier")
    for lang in LANGS:
        (made / f"{lang}.html").write_text(html_of(made_document(lang)), encoding="utf-8")
    (made / "sorted.html").write_text(html_of(_sorting()), encoding="utf-8")
    return made


@pytest.fixture
def opened(folder: Path, browser: Browser) -> Iterator[Opened]:
    with visit(browser, folder / "en.html", ready="html.js") as one:
        yield one
        assert one.asked == []
        assert one.errors == []


def _sorting() -> Document:
    """Return a document with one table whose values are not in order, one told too few, one not known."""
    columns = (
        Column(key="name", title="Name"),
        Column(key="n", title="Children", kind="integer"),
        Column(key="share", title="Share", kind="share"),
    )
    rows: tuple[tuple[Value, ...], ...] = (
        ("b10", 1200, 0.5),
        ("b9", None, -0.25),
        ("a", "<5", 0.05),
        ("c", 7, 1.25),
        ("d", 0, None),
        ("All", 1210, None),
    )
    table = Table(
        id="T1", title="t", columns=columns, rows=rows, keys=tuple(str(n) for n in range(6)), totals=1
    )
    return with_blocks(table)


def with_blocks(*blocks: Table | Picture | Heading | Paragraph) -> Document:
    document = made_document("en", final=True)
    return replace(document, parts=(Part(number=1, title="One", blocks=blocks),))


def first_cells(page: Page) -> list[str]:
    return page.locator("#T1 tbody tr:visible > :first-child").all_inner_texts()


# ---- what it says ----


@pytest.mark.parametrize("lang", LANGS)
def test_every_text_of_the_document_is_in_the_page(lang: Lang) -> None:
    document = made_document(lang)
    page = html_of(document)
    for table in document.tables():
        texts = [shown(v, c, lang) for r in table.rows for v, c in zip(r, table.columns, strict=True)]
        for text in [table.title, *table.notes, *(c.title for c in table.columns), *texts]:
            assert f">{html.escape(text, quote=False)}<".replace('"', "&#34;") in page or text in page, text
    for one in document.pictures():
        assert one.alt in page


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_loads_nothing_and_is_the_same_again(lang: Lang) -> None:
    page = html_of(made_document(lang))
    assert loads_of(page) == []
    assert "default-src 'none'" in page
    assert page == html_of(made_document(lang))


def test_names_from_data_are_never_markup() -> None:
    page = html_of(made_document("en"))
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_name_cannot_leave_the_style_sheet_or_the_data_of_a_map() -> None:
    document = made_document("en")
    hostile = '"} </style><script>alert(1)</script>'
    document = replace(document, front=replace(document.front, title=hostile, marks=(hostile,)))
    drawn = replace(picture("en"), web=f"<p>{hostile}</p><script>alert(1)</script>")
    document = replace(document, parts=(Part(number=1, title=hostile, blocks=(drawn,)),))
    page = html_of(document)
    assert page.lower().count("</style>") == 1
    assert "<script>alert(1)" not in page


def test_a_draft_has_its_watermark_and_a_final_version_none() -> None:
    assert 'class="watermark"' in html_of(made_document("en"))
    assert 'class="watermark"' not in html_of(made_document("en", final=True))


def test_characters_that_the_font_lacks_are_named() -> None:
    document = with_blocks(Paragraph(text="甲𠀋乙"))
    assert "does not have: 𠀋" in html_of(document)


def test_a_level_of_headings_is_never_left_out() -> None:
    page = html_of(with_blocks(Heading(text="deep", level=3), Heading(text="deeper", level=3)))
    assert re.findall(r"<h([1-6])[ >]", page[page.index("<main") :]) == ["2", "3", "4"]


def test_what_is_not_said_has_room_to_be_written_in() -> None:
    front = replace(made_document("en").front, authority="", document_no="", rules="", draft="")
    facts = dict(front_facts(front, speaker("en")))
    assert set(facts["Who decides"]) == set(facts["Document number"]) == {"_"}
    assert "Draft" not in facts
    assert running_lines(front, speaker("en"))["who"] == "Decided by: ________"


def test_headings_over_several_columns_span_them() -> None:
    upper, lower = heading_rows(grouped_table("en"))
    assert [(words, across, down) for words, across, down, _ in upper] == [
        ("Unit", 1, 2),
        ("Before", 2, 1),
        ("After", 2, 1),
        ("Children", 1, 2),
        ("Reason", 1, 2),
    ]
    assert [at for *_, at in lower] == [1, 2, 3, 4]
    assert sum(across for _, across, _, _ in heading_rows(wide_table("zh"))[0]) == 12


# ---- pictures ----


def test_pictures_of_the_same_names_do_not_clash() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9mm"'
        ' height="8" aria-labelledby="t"><pattern id="p"/><path fill="url(#p)"/>'
        '<use xlink:href="#p" xml:space="preserve"/></svg>'
    )
    drawn = [inline_svg(Picture(id=name, title="", svg=svg, alt="a")) for name in ("M1", "M2")]
    assert 'viewBox="0 0 9 8"' in drawn[0]
    assert 'id="M1-p"' in drawn[0]
    assert "url(#M1-p)" in drawn[0]
    assert 'href="#M2-p" xml:space="preserve"' in drawn[1]
    assert "aria-labelledby" not in drawn[1]


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ("<script>1</script>", "holds <script>"),
        ("<style>p{}</style>", "holds <style>"),
        ("<foreignObject/>", "holds <foreignObject>"),
        ('<g onclick="1"/>', "holds onclick"),
        ('<image href="http://x/a.png"/>', "refers to something outside"),
        ('<g fill="url(http://x#a)"/>', "refers to something outside"),
        ("<g style=\"fill:url('//x')\"/>", "refers to something outside"),
        ("<g>", "no well-formed XML"),
    ],
)
def test_a_picture_that_runs_or_loads_something_is_refused(inside: str, message: str) -> None:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">{inside}</svg>'
    with pytest.raises(ValueError, match=message):
        html_of(with_blocks(Picture(id="M1", title="t", svg=svg, alt="a")))


# ---- in a browser ----


@pytest.mark.browser
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_it_opens_without_a_network_or_an_error(
    folder: Path, browser: Browser, lang: Lang, size: tuple[int, int]
) -> None:
    with visit(browser, folder / f"{lang}.html", size=size, ready="html.js") as opened:
        page = opened.page
        page.on("dialog", lambda dialog: opened.errors.append(dialog.message))
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert page.evaluate(f"document.fonts.check('16px \"Xuequ Sans\"', '{RARE}')")
        assert page.locator("#T1 tbody tr").count() == LONG_ROWS - 1
        for name in HOSTILE:
            assert name in page.locator("#T1").inner_text()
        inner = page.locator("#T2 .scroll")
        assert inner.evaluate("one => one.scrollWidth > one.clientWidth") or size == DESKTOP
        assert opened.asked == []
        assert opened.errors == []


@pytest.mark.browser
def test_columns_sort_up_and_down_and_back(folder: Path, browser: Browser) -> None:
    with visit(browser, folder / "sorted.html", ready="html.js") as opened:
        page = opened.page
        children = page.locator("#T1 th", has_text="Children")
        children.locator("button").click()
        assert children.get_attribute("aria-sort") == "ascending"
        assert first_cells(page) == ["d", "a", "c", "b10", "b9"], "few lie below 5, the unknown at the end"
        children.locator("button").click()
        assert children.get_attribute("aria-sort") == "descending"
        assert first_cells(page) == ["b10", "c", "a", "d", "b9"]
        children.locator("button").click()
        assert children.get_attribute("aria-sort") is None
        assert first_cells(page) == ["b10", "b9", "a", "c", "d"]
        share = page.locator("#T1 th", has_text="Share").locator("button")
        share.focus()
        page.keyboard.press("Enter")
        assert first_cells(page) == ["b9", "a", "b10", "c", "d"]
        page.locator("#T1 th", has_text="Name").locator("button").press("Space")
        assert first_cells(page) == ["a", "b9", "b10", "c", "d"], "numbers in names by their value"
        assert page.locator("#T1 tfoot").inner_text().split()[0] == "All"
        assert opened.errors == []


@pytest.mark.browser
def test_the_first_column_and_the_headings_stay_while_a_wide_table_moves(
    folder: Path, browser: Browser
) -> None:
    with visit(browser, folder / "en.html", size=PHONE, ready="html.js") as opened:
        page = opened.page
        page.locator("#T2 .scroll").evaluate("one => { one.scrollLeft = 200 }")
        left = page.locator("#T2 .scroll").bounding_box()
        assert left is not None
        moved = {
            "#T2 tbody tr:first-child th": True,
            "#T2 thead tr:first-child th[data-column='0']": True,
            "#T2 thead tr:nth-child(2) th:first-child": False,
        }
        for place, stays in moved.items():
            box = page.locator(place).bounding_box()
            assert box is not None
            assert (abs(box["x"] - left["x"]) < 2) == stays, place
        page.locator("#T1 .scroll").evaluate("one => { one.scrollTop = 300 }")
        head, box = page.locator("#T1 thead").bounding_box(), page.locator("#T1 .scroll").bounding_box()
        assert head is not None
        assert box is not None
        assert abs(head["y"] - box["y"]) < 2


@pytest.mark.browser
def test_searching_a_table_hides_the_other_rows_and_says_how_many(opened: Opened) -> None:
    page = opened.page
    assert page.locator("#T5 input").count() == 0, "a short table needs no search"
    page.fill("#T1 input[type=search]", RARE[0])
    assert first_cells(page) == [f"{RARE[0]} Primary School"]
    assert page.inner_text("#T1 .count") == "Rows: 1 of 59"
    page.fill("#T1 input[type=search]", "")
    assert len(first_cells(page)) == LONG_ROWS - 1


@pytest.mark.browser
def test_a_copied_table_has_its_rows_and_no_formula(opened: Opened) -> None:
    page = opened.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.fill("#T1 input[type=search]", "HYPERLINK")
    page.click("#T1 button.copy")
    page.locator("#T1 .count", has_text="Copied").wait_for()
    lines = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert lines[0].startswith("School\tCode\tIntake\tApplicants")
    assert lines[1].startswith(f"'{FORMULA}\t0001\t135")
    assert lines[2].startswith("All\t")
    assert len(lines) == 3


@pytest.mark.browser
def test_the_contents_lead_to_each_part_and_say_where_the_reader_is(opened: Opened) -> None:
    page = opened.page
    assert page.locator("#contents > ol > li").count() == 9
    page.emulate_media(reduced_motion="reduce")
    page.click("#contents a[href='#part-7']")
    page.wait_for_selector("#contents a[href='#part-7'][aria-current]")
    assert page.locator("#contents a[href='#T13']").is_visible()
    assert not page.locator("#contents a[href='#T1']").is_visible()
    page.keyboard.press("Home")
    targets = page.locator("#contents a").evaluate_all(
        "links => links.every(link => document.getElementById(link.hash.slice(1)))"
    )
    assert targets


@pytest.mark.browser
def test_on_a_phone_the_contents_are_a_drawer(folder: Path, browser: Browser) -> None:
    with visit(browser, folder / "zh.html", size=PHONE, ready="html.js") as opened:
        page = opened.page
        assert not page.locator("#contents a").first.is_visible()
        page.click(".menu")
        page.wait_for_selector("#contents a:visible")
        assert page.get_attribute(".menu", "aria-expanded") == "true"
        assert page.evaluate("document.activeElement.hash") == "#part-1"
        page.keyboard.press("Shift+Tab")
        assert page.evaluate("document.activeElement.hash") == "#part-9", "Tab stays in the drawer"
        page.keyboard.press("Escape")
        page.wait_for_selector("#contents a", state="hidden")
        assert page.evaluate("document.activeElement.className") == "menu"
        page.click(".menu")
        page.wait_for_selector("#contents a:visible")
        page.click("#contents a[href='#part-3']")
        page.wait_for_selector("#contents a", state="hidden")
        assert page.evaluate("location.hash") == "#part-3"
        assert opened.errors == []


@pytest.mark.browser
def test_a_map_is_filled_when_it_is_opened(opened: Opened) -> None:
    page = opened.page
    assert page.locator("iframe").count() == 0
    page.click("button.open")
    page.frame_locator("#M1 iframe").locator("body[data-ready=yes]").wait_for()
    assert page.get_attribute("#M1 iframe", "sandbox") == "allow-scripts allow-popups"
    assert page.get_attribute("button.open", "aria-expanded") == "true"
    page.click("button.open")
    assert page.locator("iframe").count() == 0
    assert page.locator("#M1 svg").is_visible()


@pytest.mark.browser
def test_the_keyboard_meets_the_skip_link_first_and_everything_has_a_name(opened: Opened) -> None:
    page = opened.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    nameless = page.evaluate(
        """[...document.querySelectorAll('button, a, input, [role=region], [role=img], nav, iframe')]
        .filter(one => !(one.textContent.trim() || one.ariaLabel || one.labels?.length
            || document.getElementById(one.getAttribute('aria-labelledby')))).length"""
    )
    assert nameless == 0
    assert page.locator("thead th:not([scope])").count() == 0
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.browser
@pytest.mark.parametrize("lang", LANGS)
def test_it_prints_whole_with_headings_repeated_and_pages_numbered(
    folder: Path, browser: Browser, lang: Lang
) -> None:
    with visit(browser, folder / f"{lang}.html", ready="html.js") as opened:
        opened.page.fill("#T1 input[type=search]", RARE[0])
        pages = PdfReader(io.BytesIO(opened.page.pdf(prefer_css_page_size=True))).pages
        assert opened.errors == []
    document = made_document(lang)
    texts = [re.sub(r"\s", "", page.extract_text()) for page in pages]
    for row in next(document.tables()).rows[5:]:
        assert re.sub(r"\s", "", str(row[0])) in "".join(texts), "a row that a search hides is printed"
    heading = re.sub(r"\s", "", next(document.tables()).columns[2].title)
    following = [text for text in texts if text.count("2024-04-12") > 3]
    assert len(following) > 1
    assert all(heading in text for text in following)
    for number, text in enumerate(texts, start=1):
        assert f"{number}/{len(pages)}" in text
        assert re.sub(r"\s", "", document.front.authority) in text
    assert {float(page.mediabox.width) > 800 for page in pages} == {True, False}, "wide tables lie across"
