"""Nothing that names a child reaches an output: planted values are looked for in all of them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from geodata.templates import write_template
from tests.command import xuequ

PLANTED = {
    "姓名": "欧阳星河",
    "身份证号": "350203201801011234",
    "联系电话": "13800138000",
    "家庭住址": "合成路1号101室",
}


def write_project(folder: Path) -> None:
    write_template(folder)
    head = ["报名号", "类别", "小区编号", "总积分", "落户时间", "统筹意愿", *PLANTED]
    rows = [
        ["B001", "points", "U1", "80", "", "city", *PLANTED.values()],
        ["B002", "household", "U4", "", "2019-05-01", "", *PLANTED.values()],
        ["B003", "points", "U1", "60", "", "none", *PLANTED.values()],
    ]
    text = "\n".join(",".join(row) for row in [head, *rows]) + "\n"
    (folder / "报名表.csv").write_bytes(text.encode("gb18030"))
    extra = (
        '\n[tables.applicants]\npath = "报名表.csv"\nencoding = "gb18030"\n'
        'columns = { applicant_id = "报名号", category = "类别", unit_id = "小区编号", points = "总积分", '
        'settled_on = "落户时间", consents = "统筹意愿" }\n'
    )
    project = folder / "xuequ.toml"
    project.write_text(project.read_text(encoding="utf-8") + extra, encoding="utf-8")


def everything_written(folder: Path) -> str:
    """Return all that stands in a run folder as text, parquet included."""
    parts = []
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            parts.append(pd.read_parquet(path).to_csv())
        elif path.is_file():
            parts.append(path.read_text(encoding="utf-8"))
    return "\n".join(parts)


def test_names_and_numbers_of_children_reach_no_output(tmp_path: Path) -> None:
    write_project(tmp_path / "ours")
    said = xuequ("run", tmp_path / "ours", "--lang", "zh")
    assert said.status == 0, said.err
    text = everything_written(tmp_path / "ours" / "runs") + said.out + said.err
    assert "B001" in text, "the applicant's number is what remains"
    for heading, value in PLANTED.items():
        assert heading not in text
        assert value not in text


def test_a_fault_in_a_row_about_a_child_does_not_repeat_the_other_cells(tmp_path: Path) -> None:
    write_project(tmp_path / "ours")
    path = tmp_path / "ours" / "报名表.csv"
    path.write_bytes(path.read_bytes().replace(b"2019-05-01", b"1 May 2019"))
    said = xuequ("check", tmp_path / "ours", "--lang", "zh")
    assert said.status == 2
    assert "落户时间" in said.err
    assert not any(value in said.err for value in PLANTED.values())


def test_the_report_names_no_applicant_at_all(tmp_path: Path) -> None:
    write_project(tmp_path / "ours")
    xuequ("run", tmp_path / "ours", "--lang", "zh")
    [run] = (tmp_path / "ours" / "runs").iterdir()
    for page in ("report.zh.html", "map.zh.html"):
        assert "B001" not in (run / page).read_text(encoding="utf-8")
