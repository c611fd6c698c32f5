"""Names and numbers of persons on the way in: recognised, refused, looked at for duplicates, dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.discreet import (
    about_children,
    discreet,
    hide_listed,
    hide_personal,
    personal_headings,
    without_personal,
)
from geodata.errors import DataError, Fault
from geodata.identity import CHILD_TABLES
from geodata.messages import Text, speaker
from geodata.personal import screen
from geodata.project import Catchments, Personal, Project, Skip, Source
from geodata.reading.raw import RawTable, rows_of
from geodata.recognising import MANY, kind_of_cells, kind_of_heading, looks_personal
from geodata.schema import BY_NAME
from tests.people import NAMES, STREETS, identity_number, mobile

EN = speaker("en")


def raw_of(columns: Mapping[str, Sequence[str]], rows: Sequence[int] | None = None) -> RawTable:
    cells = pd.DataFrame(columns, dtype="str")
    numbers = pd.Series(rows if rows is not None else range(2, len(cells) + 2), dtype="int64")
    return RawTable(file="报名表.csv", cells=cells, rows=numbers, geometry=None, crs=None, sha256="")


def screened(
    columns: Mapping[str, Sequence[str]],
    personal: Mapping[str, Personal] | None = None,
    *,
    table: str = "applicants",
    read: Mapping[str, str] | None = None,
    children: bool = True,
    rows: Sequence[int] | None = None,
) -> tuple[RawTable, list[Fault], list[Text]]:
    faults: list[Fault] = []
    raw, notes = screen(
        raw_of(columns, rows),
        table,
        read={"报名号": "applicant_id"} if read is None else read,
        personal=personal or {},
        declared=personal or {},
        children=children,
        faults=faults,
    )
    return raw, faults, notes


IDS = [f"B{n:03d}" for n in range(8)]


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        *(
            (h, "name")
            for h in (
                "姓名",
                "学生姓名",
                "儿童 姓名",
                "监护人1姓名",
                "父亲",
                "户主",
                "Name",
                "Child's name",
                "pupil_name",
                "surname",
                "FirstName",
            )
        ),
        *(
            (h, "id-number")
            for h in (
                "身份证",
                "身份证号",
                "父亲身份证号码",
                "证件号码",
                "护照号",
                "ID card no.",
                "passport",
                "儿童身份证号（18位）",
            )
        ),
        *(
            (h, "telephone")
            for h in ("联系电话", "手机", "手机号码", "联系方式", "mobile", "Phone", "e-mail", "家长手机")
        ),
    ],
)
def test_headings_about_persons_are_known(heading: str, kind: str) -> None:
    assert kind_of_heading(heading) == kind


@pytest.mark.parametrize(
    "heading",
    [
        "报名号",
        "类别",
        "学校名称",
        "校名",
        "小区",
        "是否有居住证",
        "证件类型",
        "总分",
        "school name",
        "street_name",
        "applicant_id",
        "unit name",
        "telescope",
        "cellar",
    ],
)
def test_other_headings_are_not(heading: str) -> None:
    assert kind_of_heading(heading) is None


def test_no_column_of_a_table_about_children_is_named_like_a_person() -> None:
    assert [c for t in CHILD_TABLES for c in BY_NAME[t].names if kind_of_heading(c) is not None] == []


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("350203201801011234", "id-number"),
        ("号码350203 20180101 123x。", "id-number"),
        ("G350203201801011234", "id-number"),
        ("３５０２０３２０１８０１０１１２３４", "id-number"),
        ("3.50203E+17", "id-number"),
        ("350203750101123", "id-number"),
        ("电 138-0013-8000", "telephone"),
        ("+8613800138000", "telephone"),
        ("0592-1234567", "telephone"),
        ("H12345678", "other"),
        ("m1234567801", "other"),
        ("E12345678", "other"),
    ],
)
def test_one_cell_is_enough_in_any_column(cell: str, kind: str) -> None:
    cells = pd.Series([*["说明文字"] * 99, cell], dtype="str")
    assert kind_of_cells(cells, "备注", None) == kind
    [fault] = screened({"报名号": [f"B{n}" for n in range(100)], "备注": list(cells)})[1]
    assert (fault.row, fault.column, fault.found) == (101, "备注", None)
    assert f'personal = {{ "备注" = "{kind}" }} under [tables.applicants]' in fault.line(EN)
    assert cell not in fault.line(EN)


@pytest.mark.parametrize(
    "cell",
    [
        "20240000000001",
        "2024-07-01 2025-07-01",
        "118.139123456789",
        "350203001001",
        "350203202400000001",
        "B20240101001",
        "",
        "2019/5/1",
        "1,200",
    ],
)
def test_what_merely_has_digits_is_let_through(cell: str) -> None:
    assert kind_of_cells(pd.Series([cell] * 3, dtype="str"), "备注", None) is None


def test_a_number_in_a_mapped_column_is_refused_as_well() -> None:
    columns = {"报名号": IDS, "住址": [*STREETS, *STREETS[:3], f"{STREETS[0]} {mobile(3)}"]}
    [fault] = screened(columns, read={"报名号": "applicant_id", "住址": "address"})[1]
    assert "take it out of the cells of this column, which is read as address" in fault.line(EN)
    assert fault.row == 9


def test_an_applicants_number_that_is_an_identity_number_is_refused() -> None:
    [fault] = screened({"报名号": [identity_number(n) for n in range(8)]})[1]
    assert "number the applicants yourselves" in fault.line(EN)
    assert "there are 8, the first in this row" in fault.line(EN)


def test_an_identity_number_is_refused_in_every_other_table_too() -> None:
    columns = {"school_id": ["S1", "S2"], "负责人": ["", identity_number(1, "19750101")]}
    faults = screened(columns, table="schools", children=False, read={"school_id": "school_id"})[1]
    assert [fault.column for fault in faults] == ["负责人"]
    assert "identity number" in faults[0].line(EN)


def test_the_telephone_and_the_head_of_a_school_are_let_through() -> None:
    columns = {"school_id": ["S1"], "telephone": [mobile(1)], "校长姓名": ["王小明"]}
    assert screened(columns, table="schools", children=False, read={"school_id": "school_id"})[1] == []


def test_census_blocks_of_15_digits_are_no_identity_numbers_elsewhere() -> None:
    blocks = ["510594823021004", "350203750101123", "510594823021005"]
    assert screened({"geoid": blocks}, table="units", children=False, read={})[1] == []
    assert screened({"geoid": ["350203750101123"] * 2}, table="units", children=False, read={})[1] != []


def test_names_count_where_half_of_the_filled_cells_look_like_one() -> None:
    assert kind_of_cells(pd.Series([*NAMES, *["无"] * 8, ""], dtype="str"), "备注", None) == "name"
    assert kind_of_cells(pd.Series([*NAMES, *["无"] * 9, ""], dtype="str"), "备注", None) is None


def test_a_column_whose_heading_says_that_estates_stand_there_is_no_column_of_names() -> None:
    estates = pd.Series(["金山花园", "万达", "和平里", "江南城"], dtype="str")
    assert kind_of_cells(estates, "小区", None) is None
    assert kind_of_cells(estates, "备注", None) == "name"
    assert kind_of_cells(estates, "小区", "unit_id") is None


@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=8))
def test_names_as_numbers_of_applicants_are_refused(names: list[str]) -> None:
    faults = screened({"报名号": names})[1]
    assert [fault.column for fault in faults] == ["报名号"]
    assert not any(name in faults[0].line(EN) for name in names)


def test_many_numbers_of_18_digits_without_check_characters_merely_count() -> None:
    # a district, the day of application, four digits: shaped like identity numbers, and none
    numbers = [f"35020320240901{n:04d}" for n in range(4 * MANY)]
    assert screened({"报名号": numbers})[1] == []
    assert screened({"报名号": numbers[: MANY // 2]})[1] != []


def test_what_is_mapped_is_dropped() -> None:
    columns = {"报名号": IDS, "姓名": list(NAMES), "身份证号": [identity_number(n) for n in range(8)]}
    raw, faults, notes = screened(columns, {"姓名": "name", "身份证号": "id-number"})
    assert (list(raw.cells.columns), faults, notes) == (["报名号"], [], [])


def test_a_personal_heading_that_is_not_there_is_a_fault() -> None:
    [fault] = screened({"报名号": IDS}, {"姓名": "name"})[1]
    assert (fault.file, fault.column) == ("xuequ.toml", "tables.applicants.personal")
    assert "a heading of 报名表.csv; it has no such one" in fault.line(EN)


def test_a_heading_cannot_be_both_read_and_dropped() -> None:
    [fault] = screened({"报名号": IDS}, {"报名号": "other"})[1]
    assert "a heading that no column reads; applicant_id reads it" in fault.line(EN)


def test_the_same_identity_number_in_two_rows_is_a_fault_that_names_rows_alone() -> None:
    numbers = [identity_number(n) for n in range(8)]
    numbers[6] = f"{numbers[1][:6]} {numbers[1][6:14]} {numbers[1][14:]}"
    numbers[4] = numbers[5] = ""
    _, faults, notes = screened({"报名号": IDS, "身份证号": numbers}, {"身份证号": "id-number"})
    [fault] = faults
    line = fault.line(EN)
    assert "the same stands in rows 3, 8 (applicants B001, B006)" in line
    assert numbers[1] not in line
    assert notes == []


def test_rows_of_one_split_cell_are_one_row() -> None:
    number = identity_number(1)
    columns = {"报名号": ["B1", "B1"], "身份证号": [number, number]}
    assert screened(columns, {"身份证号": "id-number"}, rows=[2, 2])[1] == []


def test_facts_and_choices_have_many_rows_a_child() -> None:
    number = identity_number(1)
    columns = {"报名号": ["B1", "B1"], "身份证号": [number, number]}
    assert screened(columns, {"身份证号": "id-number"}, table="facts")[1] == []


def test_a_wrong_check_character_is_noted() -> None:
    columns = {"报名号": ["B1", "B2", "B3"], "身份证号": [identity_number(1), "350203201801011234", ""]}
    _, faults, [note] = screened(columns, {"身份证号": "id-number"})
    assert faults == []
    assert "1 cells are no identity number with a right check character, the first in row 3" in str(note)


def test_the_same_name_and_telephone_in_two_rows_is_a_note() -> None:
    columns = {
        "报名号": IDS[:3],
        "姓名": ["林悦", "林 悦", "林悦"],
        "电话": ["139 0000 0001", "13900000001", "13900000002"],
    }
    _, faults, [note] = screened(columns, {"姓名": "name", "电话": "telephone"})
    assert faults == []
    assert str(note) == "报名表.csv: rows 2, 3 have the same name and telephone; are they one child?"


def test_headings_that_are_a_child_are_not_listed() -> None:
    raw, [fault], _ = screened(
        {"B001": ["B002"], "欧阳星河": ["王小明"], identity_number(1): [identity_number(2)]}
    )
    assert "a number of a person stands among them" in fault.line(EN)
    assert "欧阳" not in fault.line(EN)
    assert len(raw.cells.columns) == 3


@given(st.permutations(range(8)))
def test_the_order_of_the_rows_makes_no_difference(order: list[int]) -> None:
    numbers = np.array([identity_number(n // 2) for n in range(8)])
    columns = {"报名号": np.array(IDS)[order].tolist(), "身份证号": numbers[order].tolist()}
    _, faults, _ = screened(columns, {"身份证号": "id-number"}, rows=[n + 2 for n in order])
    assert {fault.allowed.params["rows"] for fault in faults} == {"2, 3", "4, 5", "6, 7", "8, 9"}


def project_of(**tables: Source) -> Project:
    head = {"name": "n", "level": "primary", "year": 2024}
    return Project.model_validate({"project": head, "tables": dict(tables)})


def test_a_file_read_for_children_is_about_children_for_every_table() -> None:
    project = project_of(
        applicants=Source(path="a.xlsx", sheet="报名"),
        units=Source(path="a.xlsx", sheet="报名"),
        schools=Source(path="a.xlsx", sheet="学校"),
    )
    said = {name: about_children(project, name, source) for name, source in project.tables.items()}
    assert said == {"applicants": True, "units": True, "schools": False}


def test_personal_headings_hold_for_every_table_of_the_same_sheet() -> None:
    project = project_of(
        applicants=Source(path="a.csv", personal={"姓名": "name"}),
        choices=Source(path="a.csv", personal={"电话": "telephone"}),
        facts=Source(path="b.csv"),
    )
    assert personal_headings(project, project.tables["choices"]) == {"姓名": "name", "电话": "telephone"}
    assert personal_headings(project, project.tables["facts"]) == {}


def test_rows_in_the_project_file_itself_lose_their_personal_cells() -> None:
    source = Source(rows=[{"applicant_id": "B1", "姓名": "王小明"}], personal={"姓名": "name"})
    kept = without_personal(project_of(applicants=source))
    assert "王小明" not in kept.model_dump_json()
    assert kept.tables["applicants"].rows == [{"applicant_id": "B1"}]


def test_the_hash_of_rows_in_the_project_file_says_nothing_of_their_personal_cells() -> None:
    hashes = [
        rows_of([{"applicant_id": one, "姓名": name}], "x", "choices", personal={"姓名"}).sha256
        for one, name in (("B1", "王小明"), ("B1", "李小红"), ("B2", "王小明"))
    ]
    assert hashes[0] == hashes[1] != hashes[2]
    assert hashes[0] == rows_of([{"applicant_id": "B1"}], "x", "choices").sha256


def skipping(column: str, contains: str, reason: str, table: str = "applicants") -> Project:
    skip = [Skip(column=column, contains=contains, reason=reason)]
    source = Source(path="a.csv", personal={"姓名": "name"} if column == "姓名" else {}, skip=skip)
    return project_of(**{table: source})


@pytest.mark.parametrize(
    ("column", "contains"), [("姓名", "王小明"), ("姓名", "Smith"), ("备注", "王小明"), ("备注", mobile(3))]
)
def test_what_is_skipped_by_a_name_or_number_does_not_leave_the_project_file(
    column: str, contains: str
) -> None:
    kept = without_personal(skipping(column, contains, "a row for trying the form"))
    assert contains not in kept.model_dump_json()
    assert kept.tables["applicants"].skip[0].column == column


def test_what_is_skipped_in_the_same_sheet_or_in_catchments_is_hidden_too() -> None:
    skip = [Skip(column="姓名", contains="王小明", reason="r")]
    project = project_of(
        applicants=Source(path="a.csv", personal={"姓名": "name"}), choices=Source(path="a.csv", skip=skip)
    )
    both = project.model_copy(
        update={"catchments": Catchments(path="a.csv", unit="u", school_id="s", skip=skip)}
    )
    kept = without_personal(both)
    assert "王小明" not in kept.model_dump_json()
    assert kept.catchments is not None
    assert kept.catchments.unit == "u"
    assert list(kept.tables) == ["applicants", "choices"]


@pytest.mark.parametrize(
    ("column", "contains", "table"),
    [("备注", "测试", "applicants"), ("备注", "王小明", "schools"), ("学校", "Total", "schools")],
)
def test_what_is_skipped_by_another_word_stays(column: str, contains: str, table: str) -> None:
    project = skipping(column, contains, f"rows with {contains}", table)
    assert without_personal(project) == project


@pytest.mark.parametrize(
    ("column", "contains", "reason"),
    [
        ("姓名", "李测试", "李测试 is a test row"),
        ("姓名", "Smith", "the row of SMITH"),
        ("备注", "王小明", "王小明 moved away"),
        ("姓名", "x", f"the child of {mobile(4)}"),
    ],
)
def test_a_reason_that_names_the_child_is_refused_and_not_shown(
    column: str, contains: str, reason: str
) -> None:
    with pytest.raises(DataError) as caught:
        without_personal(skipping(column, contains, reason))
    [line] = [fault.line(EN) for fault in caught.value.faults]
    assert "tables.applicants, skip 1, reason: a reason that does not say what is looked for" in line
    assert contains == "x" or contains not in line
    assert mobile(4) not in line


def test_a_letter_that_is_skipped_may_stand_in_the_reason() -> None:
    assert without_personal(skipping("姓名", "x", "an extra row")).tables["applicants"].skip[0].reason


def test_the_column_of_a_fault_is_hidden_where_a_child_stands_in_the_headings() -> None:
    project = project_of(
        applicants=Source(path="a.csv", columns={"unit_id": "安置房"}), schools=Source(path="s.csv")
    )
    faults = [
        Fault(file="a.csv", column="王小明", allowed=EN_TEXT),
        Fault(file="a.csv", column="合成路1号101", allowed=EN_TEXT),
        Fault(file="a.csv", column="安置房", allowed=EN_TEXT),
        Fault(file="a.csv", column="备注", allowed=EN_TEXT),
        Fault(file="s.csv", column="王小明", allowed=EN_TEXT),
    ]
    columns = [fault.column for fault in discreet(faults, project)]
    assert columns == ["***", "***", "安置房", "备注", "王小明"]
    assert hide_personal(faults[:1])[0].column == "***"


@pytest.mark.parametrize(
    "found", [*NAMES, *STREETS, identity_number(1), mobile(2), "0592-1234567", "H12345678", "买买提·艾力"]
)
def test_a_fault_about_children_does_not_show_what_looks_personal(found: str) -> None:
    assert looks_personal(found)
    project = project_of(applicants=Source(path="in/a.xlsx"), schools=Source(path="s.csv"))
    fault = Fault(file="a.xlsx:报名", found=found, column="类别", allowed=EN_TEXT)
    assert discreet([fault], project)[0].found is None
    assert (
        discreet([Fault(file="s.csv", found="东区小学", allowed=EN_TEXT)], project)[0].found == "东区小学"
    )
    assert hide_personal([fault])[0].found is None


EN_TEXT = Text("a rule")


def test_a_fault_about_children_shows_what_does_not() -> None:
    project = project_of(applicants=Source(path="a.csv", columns={"address": "住址"}))
    assert (
        discreet([Fault(file="a.csv", found="2019-13-01", allowed=EN_TEXT)], project)[0].found
        == "2019-13-01"
    )
    assert (
        discreet([Fault(file="a.csv", found="长宁街", column="住址", allowed=EN_TEXT)], project)[0].found
        is None
    )


def test_headings_listed_in_a_fault_hide_what_looks_like_a_name() -> None:
    project = project_of(applicants=Source(path="a.csv"))
    text = Text("there are: {there}", {"there": "B001, 欧阳星河, 小区, 类别"})
    [fault] = discreet([Fault(file="a.csv", allowed=text, remedy=text)], project)
    assert str(fault.allowed) == str(fault.remedy) == "there are: B001, ***, 小区, 类别"
    assert hide_listed("points, 王小明") == "points, ***"


def test_a_fault_of_the_engine_about_a_table_of_children_is_discreet_too() -> None:
    line = Fault(
        file="applicants", column="category", found=f"{STREETS[1]}, points, {NAMES[3]}", allowed=EN_TEXT
    )
    assert "found '***, points, ***'" in line.line(EN)
    assert STREETS[1] in Fault(file="schools", found=STREETS[1], allowed=EN_TEXT).line(EN)
