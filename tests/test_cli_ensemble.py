"""`xuequ ensemble` as a person runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import listing, xuequ
from tests.simulate.ensemble.towns import more_classes
from tests.tiny import write_tiny


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("town") / "town")


def test_it_says_what_came_where_it_is_and_how_long_it_took(town: Path, tmp_path: Path) -> None:
    scenario = more_classes(tmp_path)
    said = xuequ("ensemble", town, "--scenario", scenario, "--draws", "6", "--lang", "en")
    assert said.status == 0, said.err
    runs = list((town / "runs").iterdir())
    assert len(runs) == 1
    assert "SYNTHETIC" in said.out
    assert "A class more" in said.out
    assert "12 seasons drawn in" in said.out
    assert f"Ensemble: {runs[0]}" in said.out
    assert f"Page: {runs[0] / 'ensemble.en.html'}" in said.out
    assert "The folder is private" in said.out
    assert "Chances" not in said.out
    again = xuequ("ensemble", town, "--scenario", scenario, "--draws", "6", "--lang", "en")
    assert again.status == 0
    assert "The same draws were there already; nothing was computed again." in again.out
    resumed = xuequ("ensemble", "--resume", runs[0], "--lang", "zh")
    assert resumed.status == 0
    assert (runs[0] / "ensemble.zh.html").is_file()


def test_chances_come_with_a_warning(town: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ("--draws", "3", "--chances", "--keep-draws", "--vary", "tickets，counts", "--out", out)
    said = xuequ("ensemble", town, *words, "--lang", "en")
    assert said.status == 0, said.err
    assert f"Chances by unit: {out / 'private' / 'chances.parquet'}" in said.out
    assert "Never publish the chances by unit" in said.out
    assert (out / "draws" / "today" / "000000-000003.parquet").is_file()


def test_it_says_when_the_standard_error_is_reached(town: Path, tmp_path: Path) -> None:
    words = ("--draws", "300", "--standard-error", "0.2", "--out", tmp_path / "out")
    said = xuequ("ensemble", town, *words, "--lang", "en")
    assert "stopped after 100 draws: the standard error 0.2 is reached" in said.out


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "words",
    [
        ("--draws", "0"),
        ("--vary", "weather"),
        ("--vary", ","),
        ("--standard-error", "2"),
        ("--threads", "0"),
        ("--scenario", "no-such-scenario"),
        ("--threads", "1", "--scheduler", "tcp://127.0.0.1:1"),
    ],
)
def test_bad_input_is_one_clear_message_and_writes_nothing(
    tmp_path: Path, words: tuple[str, ...], lang: str
) -> None:
    project = write_tiny(tmp_path / "town")
    before = listing(project)
    said = xuequ("ensemble", project, *words, "--lang", lang)
    assert said.status == 2, said
    assert said.out == ""
    assert "Traceback" not in said.err
    assert listing(project) == before


def test_dir_or_resume_and_nothing_beside_it(town: Path, tmp_path: Path) -> None:
    neither = xuequ("ensemble", "--lang", "en")
    both = xuequ("ensemble", town, "--resume", tmp_path, "--lang", "en")
    for said in (neither, both):
        assert said.status == 2
        assert "give DIR to begin, or --resume RUN to go on" in said.err
    beside = xuequ("ensemble", "--resume", tmp_path, "--draws", "5", "--lang", "en")
    assert beside.status == 2
    assert "--resume goes on with what was asked then" in beside.err
    none = xuequ("ensemble", "--resume", tmp_path, "--lang", "en")
    assert none.status == 2
    assert "is no folder of xuequ ensemble" in none.err


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_help_is_there_in_both_languages(lang: str) -> None:
    said = xuequ("ensemble", "--help", "--lang", lang)
    assert said.status == 0
    assert "--resume" in said.out
    assert "--scheduler" in said.out
