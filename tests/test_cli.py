"""The command line, used as a newcomer would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulate.cli import default_lang
from tests.command import xuequ


def test_the_demo_runs_a_year_and_says_where_map_and_report_are(tmp_path: Path) -> None:
    said = xuequ("demo", "--out", tmp_path / "demo", "--scale", "0.02", "--lang", "en")
    assert said.status == 0, said.err
    assert "SYNTHETIC" in said.out
    assert "Municipal" in said.out
    [run] = (tmp_path / "demo" / "runs").iterdir()
    for name in ("report.zh.html", "report.en.html", "map.zh.html", "map.en.html"):
        assert (run / name).is_file()
        assert name in said.out
    again = xuequ("demo", "--out", tmp_path / "demo", "--lang", "zh")
    assert again.status == 0
    assert len(list((tmp_path / "demo" / "runs").iterdir())) == 1


def test_init_check_run_report_are_the_way_of_a_planner(tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    assert xuequ("init", folder, "--lang", "en").status == 0
    checked = xuequ("check", folder, "--lang", "en")
    assert checked.status == 0
    assert "No faults. Measured in EPSG:4548." in checked.out
    mapped = xuequ("map", folder, "--lang", "en", "--out", tmp_path / "m.html")
    assert mapped.status == 0
    assert (tmp_path / "m.html").is_file()
    half = xuequ("run", folder, "--through", "points-zone", "--lang", "en")
    assert half.status == 0
    [partial] = (folder / "runs").iterdir()
    whole = xuequ("run", "--continue", partial, "--lang", "en")
    assert whole.status == 0
    assert "Report: " in whole.out
    [done] = [path for path in (folder / "runs").iterdir() if path != partial]
    drawn = xuequ("report", done, "--lang", "zh")
    assert drawn.status == 0
    assert (done / "report.zh.html").is_file()


def test_init_sample_makes_the_synthetic_city(tmp_path: Path) -> None:
    said = xuequ("init", tmp_path / "city", "--sample", "--scale", "0.01", "--lang", "zh")
    assert said.status == 0, said.err
    assert xuequ("check", tmp_path / "city", "--lang", "zh").status == 0


def test_run_wants_either_a_project_or_a_run_to_continue(tmp_path: Path) -> None:
    said = xuequ("run", "--lang", "en")
    assert said.status == 2
    assert "give either DIR or --continue RUN" in said.err


def test_a_run_is_continued_with_its_own_seed(tmp_path: Path) -> None:
    said = xuequ("run", "--continue", tmp_path, "--seed", "x", "--lang", "en")
    assert said.status == 2
    assert "leave --seed out" in said.err


@pytest.mark.parametrize("command", ["demo", "init", "check", "map", "run", "report"])
def test_every_command_explains_itself_in_both_languages(command: str) -> None:
    english = xuequ(command, "--help", "--lang", "en")
    chinese = xuequ(command, "--lang", "zh", "--help")
    assert english.status == chinese.status == 0
    assert english.out.startswith(f"Usage: xuequ {command}")
    assert chinese.out.startswith(f"用法：xuequ {command}")
    assert "--lang" in english.out
    assert not any("一" <= c <= "鿿" for c in english.out)
    assert "Language of what is shown" not in chinese.out


def test_the_language_may_stand_before_the_command() -> None:
    said = xuequ("--lang", "zh", "--help")
    assert "检查" in said.out
    assert "用法：" in said.out


@pytest.mark.parametrize(
    ("name", "value", "lang"),
    [("LANG", "zh_CN.UTF-8", "zh"), ("LANG", "de_DE.UTF-8", "en"), ("XUEQU_LANG", "zh", "zh")],
)
def test_the_shell_decides_the_language_where_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, lang: str
) -> None:
    for variable in ("XUEQU_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(name, value)
    assert default_lang() == lang


def test_an_unexpected_failure_is_one_line_and_status_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("geodata.read_city", fail)
    said = xuequ("check", tmp_path, "--lang", "en")
    assert said.status == 1
    assert "Unexpected failure: RuntimeError: boom" in said.err
    assert "Traceback" not in said.err


def test_completion_works() -> None:
    program = Path(sys.executable).with_name("xuequ")
    environment = {
        **os.environ,
        "_XUEQU_COMPLETE": "bash_complete",
        "COMP_WORDS": "xuequ re",
        "COMP_CWORD": "1",
    }
    done = subprocess.run([program], env=environment, capture_output=True, text=True, check=False)
    assert "report" in done.stdout
