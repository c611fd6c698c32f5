"""The report: it says what the tables say, loads nothing, and shows text from data as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from geodata.templates import write_template
from simulate.app import draw_pages, run_project
from simulate.report import draw_report, words
from simulate.runs import Run, read_run
from simulate.summary import summary_of, write_summary
from tests.browser import DESKTOP, PHONE, launch, visit


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("report") / "project"
    write_template(folder)
    hostile = "<script>alert(1)</script>"
    schools = (folder / "schools.csv").read_text(encoding="utf-8")
    (folder / "schools.csv").write_text(
        schools.replace("东一示例小学", hostile).replace("东二示例小学", "=HYPERLINK(1)"), encoding="utf-8"
    )
    decisions = "applicant_id,stage,school_id,reason_code,authority,document_no\n"
    decisions += "U1/points/0001,points-zone,S4,R1,区教育局,区教〔2024〕7号\n"
    (folder / "decisions.csv").write_text(decisions, encoding="utf-8")
    project = folder / "xuequ.toml"
    extra = '\n[tables.decisions]\npath = "decisions.csv"\n'
    project.write_text(project.read_text(encoding="utf-8") + extra, encoding="utf-8")
    # the decision names a synthetic child, which stands in no table of applicants
    written, _ = run_project(folder, lang="zh")
    run = read_run(written)
    draw_pages(run, lang="en")
    return run


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launch() as started:
        yield started


def test_the_report_names_no_address_to_load_from(run: Run) -> None:
    for lang in ("zh", "en"):
        page = (run.folder / f"report.{lang}.html").read_text(encoding="utf-8")
        assert not re.findall(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", page)
        assert not re.findall(r"url\(\s*[\"']?http", page)


def test_names_from_the_data_are_text(run: Run) -> None:
    page = (run.folder / "report.en.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_report_says_synthetic_assumptions_decisions_and_the_seed(run: Run) -> None:
    page = (run.folder / "report.en.html").read_text(encoding="utf-8")
    assert "虚构数据 SYNTHETIC" in page
    assert "the letter says only that the district places them" in page
    assert "区教〔2024〕7号" in page
    assert "example-2024" in page
    assert "U1/points/0001" not in page, "a report names no applicant"


def test_the_headline_figures_are_those_of_the_tables(run: Run) -> None:
    summary = summary_of(run)
    placed = words.number(summary.outcomes["placed"].sum())
    page = draw_report(run, lang="en")
    assert f"<b>{placed}</b><span>placed</span>" in page
    assert summary.outcomes["children"].sum() == 260
    assert summary.reaches[["own_zone", "own_district", "elsewhere", "unplaced"]].to_numpy().sum() == 260


def test_the_same_run_draws_the_same_page(run: Run) -> None:
    assert draw_report(run, lang="zh") == draw_report(run, lang="zh")


def test_a_chinese_report_has_no_english_left(run: Run) -> None:
    page = draw_report(run, lang="zh")
    body = re.sub(r"<(style|script)\b.*?</\1>", "", page[page.index("<body") :], flags=re.S)
    text = re.sub(r"<[^>]+>", "\n", body)
    for line in text.splitlines():
        english = re.findall(r"\b(?:the|of|and|children|seats?|school|district)\b", line)
        assert not english or re.fullmatch(r"\S+\.(csv|toml|parquet|json)", line.strip()), line


def test_no_spreadsheet_takes_a_cell_for_a_formula(run: Run, tmp_path: Path) -> None:
    write_summary(tmp_path / "summary", summary_of(run))
    text = (tmp_path / "summary" / "schools.csv").read_text(encoding="utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    assert ",=HYPERLINK" not in text
    assert (tmp_path / "summary" / "schools.csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_report_opens_without_a_network_or_an_error(
    run: Run, browser: Browser, lang: str, size: tuple[int, int]
) -> None:
    with visit(browser, run.folder / f"report.{lang}.html", size=size, ready="#reproduce") as opened:
        assert opened.asked == []
        assert opened.errors == []
        wide = opened.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size[0], "nothing sticks out at the side"
        assert opened.page.evaluate("document.fonts.check('16px \"Xuequ Sans\"', '学位')")


@pytest.mark.browser
def test_searching_the_schools_hides_the_others(run: Run, browser: Browser) -> None:
    with visit(browser, run.folder / "report.en.html", ready="#find") as opened:
        rows = opened.page.locator("#school-table tbody tr:visible")
        assert rows.count() == 4
        opened.page.fill("#find", "西示例")
        assert rows.count() == 1


@pytest.mark.parametrize(("value", "shown"), [(None, "–"), (0, "0"), (70000, "70,000")])
def test_whole_numbers_have_thousands_apart(value: int | None, shown: str) -> None:
    assert words.number(value) == shown


def test_a_cut_off_shows_its_first_key_and_never_the_ticket() -> None:
    from geodata import speaker

    text = '{"points": 56.5, "home": 24.0, "ticket": "ab"}'
    assert words.cut_off(text, speaker("en")) == "points 56.5"
    assert words.cut_off('{"ticket": "ab"}', speaker("en")) == "by lot"
    assert words.cut_off(None, speaker("en")) == "–"
