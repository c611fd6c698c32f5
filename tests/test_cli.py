"""The command line, used as a newcomer would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulate.cli_parts import default_lang
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
    assert "give DIR, or --continue RUN, or both" in said.err


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
        raise KeyError("欧阳星河")

    monkeypatch.setattr("geodata.read_city", fail)
    said = xuequ("check", tmp_path, "--lang", "en")
    assert said.status == 1
    assert "Unexpected failure: KeyError. Nothing is half written." in said.err
    # the text of an exception may be a cell
    assert "欧阳星河" not in said.out + said.err
    assert "Traceback" not in said.err


def test_a_place_that_cannot_be_written_is_bad_input(tmp_path: Path) -> None:
    xuequ("init", tmp_path / "ours", "--lang", "en")
    said = xuequ("map", tmp_path / "ours", "--out", tmp_path / "nowhere" / "m.html", "--lang", "en")
    assert said.status == 2
    assert "cannot be written" in said.err


def test_a_scale_for_a_city_that_is_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "xuequ.toml").write_text("", encoding="utf-8")
    said = xuequ("demo", "--out", tmp_path / "demo", "--scale", "0.02", "--lang", "en")
    assert said.status == 2
    assert "has a city already" in said.err


def test_a_seed_on_the_command_line_is_enough(tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    xuequ("init", folder, "--lang", "en")
    toml = folder / "xuequ.toml"
    kept = [line for line in toml.read_text(encoding="utf-8").splitlines() if not line.startswith("seed")]
    toml.write_text("\n".join(kept), encoding="utf-8")
    assert xuequ("run", folder, "--lang", "en").status == 2
    assert xuequ("run", folder, "--seed", "hello", "--lang", "en").status == 0


def test_check_finds_what_a_run_would_refuse(tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    xuequ("init", folder, "--lang", "en")
    demand = folder / "demand.csv"
    demand.write_text(demand.read_text(encoding="utf-8").replace("household", "两一致"), encoding="utf-8")
    said = xuequ("check", folder, "--lang", "en")
    assert said.status == 2
    assert "found '两一致'; categories of the policy" in said.err


def test_columns_of_a_spreadsheet_that_are_empty_do_not_matter_and_unused_ones_are_named(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "ours"
    xuequ("init", folder, "--lang", "en")
    seats = folder / "seats.csv"
    lines = seats.read_text(encoding="utf-8").splitlines()
    wider = [lines[0] + ",remark,,", *(line + ",x,," for line in lines[1:])]
    seats.write_text("\n".join(wider), encoding="utf-8")
    said = xuequ("check", folder, "--lang", "en")
    assert said.status == 0, said.err
    assert "seats.csv: columns that no table uses: remark" in said.out


def test_words_of_a_planner_are_mapped_to_ours(tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    xuequ("init", folder, "--lang", "en")
    rows = "报名号,类别,小区,意愿,分\nB1,积分,U1,服从,50\n"
    (folder / "a.csv").write_text(rows, encoding="utf-8")
    extra = (
        '\n[tables.applicants]\npath = "a.csv"\ncolumns = { applicant_id = "报名号", category = "类别", '
        'unit_id = "小区", consents = "意愿", points = "分" }\n'
        'values = { category = { "积分" = "points" }, consents = { "服从" = "city" } }\n'
    )
    toml = folder / "xuequ.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + extra, encoding="utf-8")
    said = xuequ("run", folder, "--lang", "en")
    assert said.status == 0, said.err
    assert "points: 1 children, 1 placed" in said.out
    assert "1 of the 1 children who are ordered by this have none: own home" in said.out


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
