"""`xuequ init --from`, used as a planner would, to the point where the check passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulate.cli_init import propose
from simulate.policy_files import shipped_policies
from tests.command import listing, xuequ
from tests.people import NAMES, identity_number, mobile

FILES = {
    "学校.csv": """\
学校代码,学校名称,所属区,经度,纬度,计划班数,班额
S1,东一小学,东区,118.0901,24.4954,1,45
S2,东二小学,东区,118.1000,24.4944,2,45
""",
    "片区.csv": "片区编号,片区名称,所属区\nZ1,东一片区,东区\nZ2,东二片区,东区\n",
    "小区.csv": """\
小区编号,小区名称,经度,纬度,片区编号
U1,东一花园,118.0911,24.4955,Z1
U2,东二花园,118.1010,24.4945,Z2
""",
    "对口.csv": "片区编号,学校代码\nZ1,S1\nZ2,S2\n",
    "报名.csv": "报名号,学生姓名,证件号码,手机号码,户籍类别,小区编号,总积分,落户时间,是否服从统筹\n"
    + "".join(
        f"B{n},{NAMES[n]},{identity_number(n)},{mobile(n)},{'两一致' if n % 2 else '积分'},U{n % 2 + 1},"
        f"{'' if n % 2 else 50 + n},{'2019-05-01' if n % 2 else ''},{'' if n % 2 else '服从'}\n"
        for n in range(8)
    ),
}


def write_files(folder: Path) -> list[Path]:
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_bytes(text.encode("gb18030"))
    return sorted(folder.iterdir())


def fill_in(project: Path) -> None:
    text = project.read_text(encoding="utf-8")
    text = text.replace('level = "?"', 'level = "primary"').replace("year = 0", "year = 2024")
    text = text.replace('datum = "?"', 'datum = "wgs84"').replace("# policy", "policy")
    text = text.replace('# ? "服从"', '"服从"')
    project.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_project_comes_of_five_files_and_a_few_answers(tmp_path: Path, lang: str) -> None:
    paths = write_files(tmp_path / "files")
    before = listing(tmp_path / "files")
    said = xuequ("init", tmp_path / "new", "--from", *paths[:2], "--from", *paths[2:], "--lang", lang)
    assert (said.status, said.err) == (0, ""), said
    for table in ("schools", "seats", "zones", "units", "plan", "serves", "applicants"):
        assert table in said.out
    project = tmp_path / "new" / "xuequ.toml"
    unsure = xuequ("check", tmp_path / "new", "--lang", "en")
    assert unsure.status == 2
    assert "project.level: found '?'" in unsure.err
    text = project.read_text(encoding="utf-8")
    project.write_text(
        text.replace('level = "?"', 'level = "primary"').replace("year = 0", "year = 2024"), "utf-8"
    )
    undeclared = xuequ("check", tmp_path / "new", "--lang", "en")
    assert undeclared.err.count("datum '?' is not known") == 2
    fill_in(project)
    checked = xuequ("check", tmp_path / "new", "--lang", "en")
    assert (checked.status, checked.err) == (0, ""), checked
    assert "applicants: 8 rows" in checked.out
    assert listing(tmp_path / "files") == before
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["xuequ.toml"]


def test_paths_are_relative_to_the_new_folder(tmp_path: Path) -> None:
    paths = write_files(tmp_path / "files")
    assert xuequ("init", tmp_path / "deep" / "new", "--from", paths[0], "--lang", "en").status == 0
    written = (tmp_path / "deep" / "new" / "xuequ.toml").read_text(encoding="utf-8")
    assert f'path = "../../files/{paths[0].name}"' in written
    assert str(tmp_path) not in written


def test_the_proposal_names_the_policies_that_come_along(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    propose(tmp_path / "new", [write_files(tmp_path / "files")[0]], "en")
    text = (tmp_path / "new" / "xuequ.toml").read_text(encoding="utf-8")
    assert ", ".join(shipped_policies()) in text
    assert "policy list" not in text
    assert "xuequ.toml" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "a.csv", "--sample"), "--from is a start of its own"),
        (("--from", "a.csv", "--policy", "haicang-2023"), "--from is a start of its own"),
        (("b.csv",), "one DIR; files follow --from"),
    ],
)
def test_two_starts_at_once_are_refused(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    shown = xuequ("init", tmp_path / "new", *words, "--lang", "en")
    assert shown.status == 2
    assert said in shown.err
    assert not (tmp_path / "new").exists()


def test_a_full_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    paths = write_files(tmp_path / "files")
    before = listing(tmp_path)
    shown = xuequ("init", tmp_path / "files", "--from", paths[0], "--lang", "en")
    assert shown.status == 2
    assert "exists and is not empty" in shown.err
    assert listing(tmp_path) == before


def test_a_broken_file_is_a_clear_fault_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    shown = xuequ("init", tmp_path / "new", "--from", tmp_path / "a.xlsx", "--lang", "en")
    assert shown.status == 2
    assert "Nothing was written." in shown.err
    assert "Traceback" not in shown.err
    assert not (tmp_path / "new").exists()


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("folder", "names"),
    [
        ("guangzhou_liwan", ("schools.psv", "district_gcj02.geojson")),
        ("hangzhou_binjiang", ("schools.csv", "communities.csv", "district_gcj02.geojson")),
    ],
)
def test_real_districts_pass_the_check_once_the_open_lines_are_filled_in(
    tmp_path: Path, real_data: Path, folder: str, names: tuple[str, ...]
) -> None:
    paths = [real_data / folder / name for name in names]
    assert xuequ("init", tmp_path / "new", "--from", *paths, "--lang", "en").status == 0
    project = tmp_path / "new" / "xuequ.toml"
    fill_in(project)
    text = project.read_text(encoding="utf-8").replace('datum = "wgs84"', 'datum = "gcj02"')
    text = text.replace("policy = ", "# policy = ").replace("year = 2024", "year = 2026")
    if folder == "guangzhou_liwan":
        # a class size is in no file
        text = text.replace(
            "[tables.seats.columns]", "constants = { class_size = 45 }\n[tables.seats.columns]"
        )
    project.write_text(text, encoding="utf-8")
    checked = xuequ("check", tmp_path / "new", "--lang", "en")
    assert (checked.status, checked.err) == (0, ""), checked.err[:2000]
