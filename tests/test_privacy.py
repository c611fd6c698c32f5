"""Nothing that names a child reaches an output: planted values are looked for in all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import Workbook

from geodata.templates import write_template
from tests.command import Said, xuequ
from tests.people import NAMES, STREETS, identity_number, mobile

PERSONAL = (
    '{ "姓名" = "name", "身份证号" = "id-number", "联系电话" = "telephone", "父亲身份证号" = "other" }'
)
HEAD = ["报名号", "类别", "小区编号", "总积分", "落户时间", "统筹意愿", "家庭住址"]
ROWS = [
    ["B001", "points", "U1", "80", "", "city"],
    ["B002", "household", "U4", "", "2019-05-01", ""],
    ["B003", "points", "U1", "60", "", "none"],
]
PLANTED = [
    {
        "姓名": NAMES[n + 3],
        "身份证号": identity_number(n),
        "联系电话": mobile(77_001_000 + n),
        "父亲身份证号": identity_number(500 + n, "19850607"),
    }
    for n in range(3)
]
SECRETS = [*(value for row in PLANTED for value in row.values()), *STREETS[:3]]
COLUMNS = (
    'columns = { applicant_id = "报名号", category = "类别", unit_id = "小区编号", points = "总积分", '
    'settled_on = "落户时间", consents = "统筹意愿", address = "家庭住址" }\n'
)


def applicants(*, more: dict[str, list[str]] | None = None) -> list[list[str]]:
    """Return the list of applicants with what is planted, and further columns."""
    extra = more or {}
    rows = [
        [*row, STREETS[n], *PLANTED[n].values(), *(cells[n] for cells in extra.values())]
        for n, row in enumerate(ROWS)
    ]
    return [[*HEAD, *PLANTED[0], *extra], *rows]


def write_project(folder: Path, rows: list[list[str]], *, personal: str = PERSONAL, more: str = "") -> None:
    write_template(folder)
    text = "\n".join(",".join(row) for row in rows) + "\n"
    (folder / "报名表.csv").write_bytes(text.encode("gb18030"))
    dropped = f"personal = {personal}\n" if personal else ""
    table = f'\n[tables.applicants]\npath = "报名表.csv"\nencoding = "gb18030"\n{COLUMNS}{dropped}{more}'
    project = folder / "xuequ.toml"
    project.write_text(project.read_text(encoding="utf-8") + table, encoding="utf-8")


def everything_written(folder: Path) -> str:
    """Return all that stands in a folder as text, parquet included."""
    parts = []
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            parts.append(pd.read_parquet(path).to_csv())
        elif path.is_file():
            parts.append(path.read_text(encoding="utf-8"))
    return "\n".join([*parts, *(str(path) for path in folder.rglob("*"))])


def leaked(text: str) -> list[str]:
    """Return what of the planted is in a text: whole, or the half of a number."""
    return [s for s in SECRETS if s in text or (s.isascii() and (s[:14] in text or s[-8:] in text))]


def refused(folder: Path, command: str = "check") -> str:
    said = xuequ(command, folder, "--lang", "en")
    assert (said.status, said.out) == (2, ""), said
    assert leaked(said.err) == []
    return said.err


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Said]]:
    """Return a project that was checked, drawn, run, verified and explained, and what was said."""
    folder = tmp_path_factory.mktemp("privacy") / "ours"
    write_project(folder, applicants(more={"备注": ["", "材料齐全", ""]}))
    said = [xuequ(command, folder, "--lang", "zh") for command in ("check", "map", "run")]
    [run] = (folder / "runs").iterdir()
    said += [xuequ(command, run, "--lang", "en") for command in ("report", "verify")]
    said.append(xuequ("explain", run, "--applicant", "B001", "--lang", "zh"))
    said.append(xuequ("explain", run, "--applicant", "B002", "--out", run / "B002.html", "--lang", "en"))
    return folder, said


def test_every_command_does_its_work_without_the_personal_columns(ours: tuple[Path, list[Said]]) -> None:
    assert [said.err for said in ours[1] if said.status != 0] == []


def test_names_numbers_and_addresses_of_children_reach_no_output(ours: tuple[Path, list[Said]]) -> None:
    folder, said = ours
    text = everything_written(folder / "runs") + (folder / "map.zh.html").read_text(encoding="utf-8")
    text += "".join(one.out + one.err for one in said)
    assert "B001" in text, "the applicant's number is what remains"
    assert leaked(text) == []


def test_the_report_names_no_applicant_at_all(ours: tuple[Path, list[Said]]) -> None:
    [run] = (ours[0] / "runs").iterdir()
    for page in ("report.zh.html", "map.zh.html"):
        assert "B001" not in (run / page).read_text(encoding="utf-8")


def test_check_does_not_list_the_personal_headings_among_the_unused(ours: tuple[Path, list[Said]]) -> None:
    said = ours[1][0].out
    assert "备注" in said
    assert not any(heading in said for heading in PLANTED[0])


def test_personal_columns_that_are_not_mapped_are_refused_one_by_one(tmp_path: Path) -> None:
    write_project(tmp_path / "ours", applicants(), personal="")
    said = refused(tmp_path / "ours")
    for heading, kind in {"姓名": "name", "身份证号": "id-number", "联系电话": "telephone"}.items():
        assert f'"{heading}" = "{kind}"' in said
    assert refused(tmp_path / "ours", "run") == said
    assert not (tmp_path / "ours" / "runs").exists()


@pytest.mark.parametrize("secret", [PLANTED[1]["身份证号"], PLANTED[1]["联系电话"]])
@pytest.mark.parametrize("place", [0, 1, 4, 6])
def test_a_number_in_any_mapped_column_is_refused_and_not_shown(
    tmp_path: Path, secret: str, place: int
) -> None:
    rows = applicants()
    rows[2][place] = secret
    write_project(tmp_path / "ours", rows)
    assert f"row 3, column {HEAD[place]}" in refused(tmp_path / "ours")


@pytest.mark.parametrize("secret", [NAMES[3], STREETS[1]])
@pytest.mark.parametrize("place", [1, 2, 3, 4, 5])
def test_a_name_or_address_in_a_wrong_column_is_a_fault_that_does_not_show_it(
    tmp_path: Path, secret: str, place: int
) -> None:
    rows = applicants()
    rows[2][place] = secret
    write_project(tmp_path / "ours", rows)
    # a name in a category is known to be wrong only where the policy is read
    said = xuequ("check", tmp_path / "ours", "--lang", "en")
    assert said.status == 2
    assert leaked(said.out + said.err) == []


def test_a_cell_that_is_wrong_does_not_show_the_other_cells(tmp_path: Path) -> None:
    rows = applicants()
    rows[2][4] = "1 May 2019"
    write_project(tmp_path / "ours", rows)
    assert "落户时间" in refused(tmp_path / "ours")


@pytest.mark.parametrize(
    "hide", [str.lower, lambda s: " ".join([s[:6], s[6:14], s[14:]]), lambda s: f"号{s}号"]
)
def test_a_number_in_notes_is_refused_however_it_is_written(
    tmp_path: Path, hide: Callable[[str], str]
) -> None:
    write_project(tmp_path / "ours", applicants(more={"备注": ["", "", hide(PLANTED[2]["身份证号"])]}))
    assert "row 4, column 备注: no identity number here" in refused(tmp_path / "ours")


def test_the_same_child_twice_is_a_fault_that_names_rows(tmp_path: Path) -> None:
    rows = applicants()
    rows[3][8] = rows[1][8]
    write_project(tmp_path / "ours", rows)
    assert "the same stands in rows 2, 4 (applicants B001, B003)" in refused(tmp_path / "ours")


def test_a_file_without_headings_does_not_show_its_first_child(tmp_path: Path) -> None:
    write_project(tmp_path / "ours", applicants()[1:])
    refused(tmp_path / "ours")
    nameless = [[*row[:6], NAMES[n + 3]] for n, row in enumerate(applicants()[1:])]
    write_project(tmp_path / "names", nameless, personal="")
    refused(tmp_path / "names")


def test_a_row_of_the_sample_in_place_of_the_headings_is_not_listed(tmp_path: Path) -> None:
    write_project(
        tmp_path / "ours", applicants(more={NAMES[5]: ["", "是", ""], STREETS[0]: ["", "是", ""]})
    )
    said = xuequ("check", tmp_path / "ours", "--lang", "en")
    assert said.status == 0, said.err
    assert "columns that no table uses: ***, ***" in said.out
    assert leaked(said.out + said.err) == []
    assert NAMES[5] not in said.out


def test_a_file_without_headings_names_no_child_as_a_column(tmp_path: Path) -> None:
    rows = [["B001", "points", "U1", "80", NAMES[3]], ["B002", "points", "U1", "70", NAMES[4]]]
    write_template(tmp_path / "ours")
    text = "\n".join(",".join(row) for row in rows) + "\n"
    (tmp_path / "ours" / "报名表.csv").write_text(text, encoding="utf-8")
    project = tmp_path / "ours" / "xuequ.toml"
    table = '\n[tables.applicants]\npath = "报名表.csv"\n'
    project.write_text(project.read_text(encoding="utf-8") + table, encoding="utf-8")
    assert "column ***" in refused(tmp_path / "ours")


def test_a_row_that_is_skipped_by_name_leaves_no_name(tmp_path: Path) -> None:
    for name, reason, status in (("ours", "试填", 0), ("told", f"{NAMES[4]}是试填", 2)):
        skip = f'skip = [{{ column = "姓名", contains = "{NAMES[4]}", reason = "{reason}" }}]\n'
        write_project(tmp_path / name, applicants(), more=skip)
        said = xuequ("run", tmp_path / name, "--lang", "zh")
        assert said.status == status, said.err
        assert NAMES[4] not in said.out + said.err
        runs = tmp_path / name / "runs"
        assert runs.exists() == (status == 0)
        assert leaked(everything_written(runs)) == []


def test_rows_in_the_project_file_leave_nothing_in_the_run_folder(tmp_path: Path) -> None:
    write_template(tmp_path / "ours")
    row = f'{{ applicant_id = "B001", category = "household", unit_id = "U4", "姓名" = "{NAMES[4]}" }}'
    table = f'\n[tables.applicants]\nrows = [{row}]\npersonal = {{ "姓名" = "name" }}\n'
    project = tmp_path / "ours" / "xuequ.toml"
    project.write_text(project.read_text(encoding="utf-8") + table, encoding="utf-8")
    said = xuequ("run", tmp_path / "ours", "--lang", "zh")
    assert said.status == 0, said.err
    assert NAMES[4] not in everything_written(tmp_path / "ours" / "runs") + said.out + said.err


def test_identity_numbers_in_a_table_of_schools_are_refused(tmp_path: Path) -> None:
    write_project(tmp_path / "ours", applicants())
    path = tmp_path / "ours" / "schools.csv"
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    lines = [f"{lines[0]},备注", *(f"{line},{PLANTED[0]['身份证号']}" for line in lines[1:])]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert "column 备注: no identity number here" in refused(tmp_path / "ours")


def write_workbook(path: Path) -> None:
    """Write the list as a workbook with a title, and a hidden sheet with more about the children."""
    book = Workbook()
    sheet = book.active
    sheet.title = "报名表"
    sheet.append(["某区小学报名汇总表"])
    sheet.merge_cells("A1:K1")
    for row in applicants():
        sheet.append(row)
    hidden = book.create_sheet("台账")
    hidden.append(["姓名", "身份证号", "备注"])
    hidden.append([NAMES[5], PLANTED[0]["身份证号"], PLANTED[0]["联系电话"]])
    hidden.sheet_state = "hidden"
    book.save(path)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "headless"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_init_from_writes_and_says_nothing_about_a_child(tmp_path: Path, kind: str, lang: str) -> None:
    path = tmp_path / f"报名表.{'xlsx' if kind == 'xlsx' else 'csv'}"
    if kind == "xlsx":
        write_workbook(path)
    else:
        rows = applicants(more={"备注": ["材料齐全", "", mobile(5)]})
        lines = [
            [cell or "无" if n < 4 else cell or f"无{n}" for n, cell in enumerate(row)] for row in rows[1:]
        ]
        lines = lines if kind == "headless" else rows
        path.write_text("\n".join(",".join(row) for row in lines), encoding="utf-8")
    said = xuequ("init", tmp_path / "new", "--from", path, "--lang", lang)
    assert said.status == 0, said.err
    written = (tmp_path / "new" / "xuequ.toml").read_text(encoding="utf-8")
    assert leaked(written + said.out + said.err) == []
    assert mobile(5) not in written + said.out
    assert NAMES[5] not in written + said.out
    if kind != "headless":
        assert '"身份证号" = "id-number"' in written
        assert '"父亲身份证号" = "other"' in written
