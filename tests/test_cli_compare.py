"""`xuequ compare`: one table and one picture of runs side by side."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest
from playwright.sync_api import Browser

from simulate.app import run_project
from tests.browser import DESKTOP, PHONE, visit
from tests.command import listing, xuequ
from tests.tiny import write_tiny


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("compare")
    more = write_tiny(root / "more", seats=("S2,1,45", "S2,2,45"))
    projects = {"today": write_tiny(root / "today"), "more": more}
    with patch("simulate.app.draw_pages"):
        return [
            run_project(project, lang="en", out=root / f"run-{name}")[0]
            for name, project in projects.items()
        ]


def test_compare_shows_scores_side_by_side_and_what_to_know(runs: list[Path]) -> None:
    said = xuequ("compare", *runs, "--lang", "en")
    assert said.status == 0, said.err
    for words in ("SYNTHETIC", "小城 Tiny 2024", "run-today", "run-more", "no error known −24", "the same"):
        assert words in said.out, words
    assert "note: one draw shows one year that may come" in said.out
    assert said.err == ""


def test_compare_writes_what_is_asked_for(runs: list[Path], tmp_path: Path) -> None:
    before = listing(runs[0])
    for name in ("page.html", "table.csv", "folder"):
        said = xuequ("compare", *runs, "--out", tmp_path / name, "--lang", "zh")
        assert said.status == 0, said.err
        assert (tmp_path / name).exists()
        assert name in said.out
        again = xuequ("compare", *runs, "--out", tmp_path / name)
        assert (again.status, again.out) == (2, "")
    assert listing(runs[0]) == before


def test_compare_of_one_folder_is_refused(runs: list[Path]) -> None:
    said = xuequ("compare", runs[0], "--lang", "en")
    assert (said.status, said.out) == (2, "")
    assert "compare takes two folders or more" in said.err


def test_compare_of_a_folder_that_is_no_run_writes_nothing(runs: list[Path], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    said = xuequ("compare", runs[0], tmp_path / "empty", "--out", tmp_path / "out", "--lang", "en")
    assert said.status == 2
    assert "empty is no run folder" in said.err
    assert not (tmp_path / "out").exists()


@pytest.mark.browser
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_page_of_a_comparison_opens_offline_and_fits(
    browser: Browser, runs: list[Path], tmp_path: Path, size: tuple[int, int]
) -> None:
    for lang in ("zh", "en"):
        path = tmp_path / f"{lang}.html"
        assert xuequ("compare", *runs, "--out", path, "--lang", lang).status == 0
        with visit(browser, path, size=size, ready="#read") as opened:
            assert (opened.asked, opened.errors) == ([], [])
            assert opened.page.evaluate("document.documentElement.scrollWidth") <= size[0]
            assert opened.page.locator(".panels svg").count() > 5
