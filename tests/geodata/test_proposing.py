"""Proposals of tables and columns for files as planners have them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from geodata.errors import DataError, XuequError
from geodata.proposing.files import files_meant, is_part
from geodata.proposing.head import level_of, year_of
from geodata.proposing.proposal import CATCHMENTS, Proposal
from geodata.proposing.sheets import read_sheets
from geodata.proposing.tables import propose_tables
from geodata.proposing.writing import write_proposal
from tests.people import NAMES, identity_number, mobile

SCHOOLS = """\
学校代码,学校名称,经度,纬度,办学性质,备注
S1,东一小学,118.09,24.49,公办,
S2,东二小学,118.10,24.48,公办,新校
"""
CHILDREN = "报名号,姓名,身份证号,父亲身份证号,联系电话,户籍类别,小区,服从统筹\n" + "".join(
    f"B{n},{NAMES[n]},{identity_number(n)},{identity_number(90 + n)},{mobile(n)},"
    f"{'两一致' if n % 2 else '积分'},U{n},服从\n"
    for n in range(6)
)


def proposed(*paths: Path) -> dict[str, Proposal]:
    found = propose_tables([sheet for path in paths for sheet in read_sheets(path)])
    return {proposal.table: proposal for proposal in found}


def mapping(proposal: Proposal) -> dict[str, str]:
    return {match.column: match.heading for match in proposal.matches}


def written(folder: Path, *paths: Path) -> dict[str, Any]:
    write_proposal(folder, paths, "en")
    return tomllib.loads((folder / "xuequ.toml").read_text(encoding="utf-8"))


def put(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def test_a_list_of_schools_in_chinese(tmp_path: Path) -> None:
    found = proposed(put(tmp_path, "名单.csv", SCHOOLS, "gb18030"))
    assert list(found) == ["schools"]
    assert mapping(found["schools"]) == {
        "school_id": "学校代码",
        "name": "学校名称",
        "kind": "办学性质",
        "lng": "经度",
        "lat": "纬度",
    }
    assert found["schools"].values == {"kind": {"公办": "public"}}
    assert found["schools"].sheet.options == {"encoding": "gb18030"}


def test_a_list_of_children_keeps_personal_columns_apart(tmp_path: Path) -> None:
    [proposal] = proposed(put(tmp_path, "a.csv", CHILDREN)).values()
    assert proposal.table == "applicants"
    assert proposal.personal == {
        "姓名": "name",
        "身份证号": "id-number",
        "父亲身份证号": "other",
        "联系电话": "telephone",
    }
    assert proposal.values["category"] == {"两一致": "household", "积分": "points"}
    # it may mean the district alone
    assert proposal.unknown["consents"] == {"服从": "city"}
    assert not set(mapping(proposal).values()) & set(proposal.personal)


def test_a_delimiter_is_found_and_written(tmp_path: Path) -> None:
    found = written(tmp_path / "p", put(tmp_path, "schools.txt", SCHOOLS.replace(",", "\t")))
    assert found["tables"]["schools"]["delimiter"] == "\t"


def test_a_word_of_which_the_meaning_is_not_sure_is_commented_out(tmp_path: Path) -> None:
    text = CHILDREN.replace("积分", "B类儿童").replace("服从\n", "同意\n")
    found = written(tmp_path / "p", put(tmp_path, "a.csv", text))
    assert found["tables"]["applicants"]["values"] == {"category": {"两一致": "household"}}
    lines = (tmp_path / "p" / "xuequ.toml").read_text(encoding="utf-8").splitlines()
    assert any(line.startswith('# ? "B类儿童" = "…"') for line in lines)
    assert any(line.startswith('# ? consents = "服从统筹"') for line in lines), "its words are not known"


def test_a_number_that_repeats_is_not_taken_for_a_key(tmp_path: Path) -> None:
    text = "学校代码,学校名称,经度,纬度\nS1,东一小学,118.09,24.49\nS1,东二小学,118.10,24.48\n"
    proposal = proposed(put(tmp_path, "学校.csv", text))["schools"]
    assert mapping(proposal)["school_id"] == "学校名称"
    text = text.replace("东二", "东一")
    proposal = proposed(put(tmp_path, "学校.csv", text))["schools"]
    assert proposal.missing == ("school_id",)
    assert "repeat" in str(next(doubt.why for doubt in proposal.doubts if doubt.heading == "学校代码"))


def test_words_in_a_column_of_numbers_make_it_doubtful(tmp_path: Path) -> None:
    text = "学校代码,计划班数,学位数\nS1,三个,135\nS2,四个,180\n"
    proposal = proposed(put(tmp_path, "招生计划.csv", text))["seats"]
    assert mapping(proposal) == {"school_id": "学校代码", "seats": "学位数"}
    assert [(doubt.heading, str(doubt.why)) for doubt in proposal.doubts] == [
        ("计划班数", "its cells are no numbers")
    ]


def test_a_near_heading_is_never_taken_silently(tmp_path: Path) -> None:
    found = written(
        tmp_path / "p", put(tmp_path, "招生计划.csv", "学校代码,学位数,计划招收班数\nS1,90,2\n")
    )
    assert found["tables"]["seats"]["columns"] == {"school_id": "学校代码", "seats": "学位数"}
    text = (tmp_path / "p" / "xuequ.toml").read_text(encoding="utf-8")
    assert '# ? classes = "计划招收班数"' in text
    assert "of 100" in text


def test_a_reference_is_the_heading_whose_cells_stand_in_the_other_table(tmp_path: Path) -> None:
    districts = put(tmp_path, "区.csv", "区划代码,区名称\n350203,思明区\n350206,湖里区\n")
    schools = put(tmp_path, "学校.csv", "学校代码,学校名称,所属区,区划代码\nS1,甲小学,思明区,350203\n")
    assert mapping(proposed(districts, schools)["schools"])["district_id"] == "区划代码"
    districts = put(tmp_path, "区.csv", "区名称,辖区\n思明区,思明区\n湖里区,湖里区\n")
    assert mapping(proposed(districts, schools)["schools"])["district_id"] == "所属区"


def test_a_reference_that_leads_nowhere_is_doubtful(tmp_path: Path) -> None:
    districts = put(tmp_path, "区.csv", "区划代码\n350299\n")
    schools = put(tmp_path, "学校.csv", "学校代码,学校名称,区划代码\nS1,甲小学,350203\n")
    proposal = proposed(districts, schools)["schools"]
    assert "district_id" not in mapping(proposal)
    assert "0 % of its cells stand in the table districts" in [str(doubt.why) for doubt in proposal.doubts]


def test_wishes_beside_each_other_are_left_over(tmp_path: Path) -> None:
    write_proposal(
        tmp_path / "p", [put(tmp_path, "a.csv", "报名号,类别,志愿1,志愿2\nB1,积分,S1,S2\n")], "en"
    )
    text = (tmp_path / "p" / "xuequ.toml").read_text(encoding="utf-8")
    assert "headings that nobody uses: 志愿1, 志愿2" in text


def workbook(path: Path) -> Path:
    """Write two sheets: one with a title and headings over two rows, one plain."""
    book = Workbook()
    sheet = book.active
    sheet.title = "学校"
    sheet.append(["2024年招生计划汇总表"])
    sheet.merge_cells("A1:D1")
    sheet.append(["学校代码", "学校名称", "一年级", None])
    sheet.append([None, None, "计划班数", "学位数"])
    sheet.merge_cells("A2:A3")
    sheet.merge_cells("B2:B3")
    sheet.merge_cells("C2:D2")
    sheet.append(["S1", "东一小学", 2, 90])
    sheet.append(["S2", "东二小学", 3, 135])
    other = book.create_sheet("片区")
    for row in (["片区编号", "片区名称"], ["Z1", "东一片区"], ["Z2", "东二片区"]):
        other.append(row)
    book.create_sheet("空")
    book.save(path)
    return path


def test_a_workbook_with_merged_headings_and_two_sheets(tmp_path: Path) -> None:
    found = written(tmp_path / "p", workbook(tmp_path / "计划.xlsx"))
    seats = found["tables"]["seats"]
    assert (seats["sheet"], seats["heading_row"], seats["heading_rows"]) == ("学校", 2, 2)
    assert seats["columns"] == {
        "school_id": "学校代码",
        "classes": "一年级/计划班数",
        "seats": "一年级/学位数",
    }
    assert found["tables"]["schools"]["columns"] == {"school_id": "学校代码", "name": "学校名称"}
    assert found["tables"]["zones"]["sheet"] == "片区"


def test_level_and_year_are_taken_where_all_cells_agree(tmp_path: Path) -> None:
    text = "学校代码,学校名称,学段,年份\nS1,甲,小学,2024\nS2,乙,小学,2024\n"
    sheets = read_sheets(put(tmp_path, "学校.csv", text))
    assert (level_of(sheets), year_of(sheets)) == (("学段", "primary"), ("年份", 2024))
    other = read_sheets(put(tmp_path, "学校.csv", text.replace("乙,小学,2024", "乙,初中,2025")))
    assert (level_of(other), year_of(other)) == (None, None)


def test_samples_are_of_tables_about_no_person(tmp_path: Path) -> None:
    both = [put(tmp_path, "学校.csv", SCHOOLS), put(tmp_path, "报名.csv", CHILDREN)]
    write_proposal(tmp_path / "p", both, "en")
    text = (tmp_path / "p" / "xuequ.toml").read_text(encoding="utf-8")
    assert "such as 东一小学 | 东二小学" in text
    applicants = text[text.index("[tables.applicants]") :]
    assert "such as" not in applicants


def test_a_list_of_teachers_shows_no_sample(tmp_path: Path) -> None:
    text = f"学校代码,学校名称,身份证号\nS1,甲小学,{identity_number(1, '19800101')}\n"
    write_proposal(tmp_path / "p", [put(tmp_path, "学校.csv", text)], "en")
    assert "such as" not in (tmp_path / "p" / "xuequ.toml").read_text(encoding="utf-8")


def test_two_files_of_one_table_are_both_written_but_only_one_counts(tmp_path: Path) -> None:
    one, two = put(tmp_path, "学校.csv", SCHOOLS), put(tmp_path, "学校2.csv", SCHOOLS)
    found = written(tmp_path / "p", one, two)
    assert found["tables"]["schools"]["path"] == "../学校.csv"
    text = (tmp_path / "p" / "xuequ.toml").read_text(encoding="utf-8")
    assert "A second source for schools: only one can be read." in text
    assert '# ? path = "../学校2.csv"' in text


def test_a_folder_with_anything_in_it_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, "学校.csv", SCHOOLS)
    with pytest.raises(XuequError, match="exists and is not empty"):
        write_proposal(tmp_path, [path], "en")


def test_a_file_that_cannot_be_read_leaves_nothing_behind(tmp_path: Path) -> None:
    good = put(tmp_path, "学校.csv", SCHOOLS)
    with pytest.raises(DataError, match=r"none\.csv: the file cannot be read"):
        write_proposal(tmp_path / "p", [good, tmp_path / "none.csv"], "en")
    with pytest.raises(DataError, match="kinds of file"):
        write_proposal(tmp_path / "p", [put(tmp_path, "a.docx", "x")], "en")
    assert not (tmp_path / "p").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.docx", "学校.csv"]


def test_a_fault_of_a_sheet_names_every_sheet_that_is_wrong(tmp_path: Path) -> None:
    book = Workbook()
    for name in ("甲", "乙"):
        sheet = book.create_sheet(name)
        sheet.append(["学校", "学校"])
        sheet.append(["S1", "S2"])
    book.remove(book.worksheets[0])
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(DataError, match="each heading once") as error:
        read_sheets(tmp_path / "a.xlsx")
    assert len(error.value.faults) == 2


def test_a_table_of_anything_else_is_said_to_be_none(tmp_path: Path) -> None:
    [taken] = write_proposal(tmp_path / "p", [put(tmp_path, "x.csv", "u,v\n1,2\n")], "en")[1:]
    assert (taken.table, taken.open) == ("", "it looks like none of the tables")
    text = (tmp_path / "p" / "xuequ.toml").read_text(encoding="utf-8")
    assert "# ? [tables.schools]    # needed, and found in none of the files" in text


def text_of(folder: Path, *paths: Path, policies: tuple[str, ...] = ()) -> str:
    write_proposal(folder, paths, "en", policies=policies)
    return (folder / "xuequ.toml").read_text(encoding="utf-8")


def test_the_head_names_the_policies_and_says_what_a_seed_is(tmp_path: Path) -> None:
    path = put(tmp_path, "学校.csv", SCHOOLS)
    text = text_of(tmp_path / "p", path, policies=("haicang-2023", "suzhou"))
    assert "ends in .toml, or haicang-2023, suzhou" in text
    assert '# seed = "…"    # any public words, which a run needs' in text
    assert "check says which names there are" in text_of(tmp_path / "q", path)


LIST = """\
序号,学校名称,班数,学位数
1,东一小学,2,90
2,东二小学,3,135
小  计,,5,225
3,西小学,1,45
合计,,6,270
注：以各校公告为准。,,,
填表人：王小明,,,
"""


def test_sums_and_notes_are_left_out_and_the_name_is_the_number(tmp_path: Path) -> None:
    found = written(tmp_path / "p", put(tmp_path, "学校.csv", LIST))
    for table in ("schools", "seats"):
        source = found["tables"][table]
        assert [(s["column"], s["contains"]) for s in source["skip"]] == [
            ("序号", "合计"),
            ("序号", "小  计"),
            ("序号", "注："),
            ("序号", "填表人："),
        ]
        # a reason that said what is looked for would be refused in a column of names
        assert not [s for s in source["skip"] if s["contains"] in s["reason"]]
        assert source["columns"]["school_id"] == "学校名称"
    text = (tmp_path / "p" / "xuequ.toml").read_text(encoding="utf-8")
    assert "4 rows of sums or notes are no data" in text
    assert "王小明" not in text


def test_what_is_left_out_is_what_the_reader_leaves_out(tmp_path: Path) -> None:
    [sheet] = read_sheets(put(tmp_path, "学校.csv", LIST))
    assert list(sheet.raw.cells["学校名称"]) == ["东一小学", "东二小学", "西小学"]
    assert (list(sheet.raw.rows), sheet.left_out) == ([2, 3, 5], (4, 6, 7, 8))


def test_a_skip_that_would_leave_out_other_rows_is_commented_out(tmp_path: Path) -> None:
    text = "学校名称,班数,学位数\n百合计小学,2,90\n东小学,3,135\n合计,5,225\n"
    path = put(tmp_path, "学校.csv", text)
    [sheet] = read_sheets(path)
    assert (len(sheet.raw.cells), sheet.left_out) == (3, ())
    text = text_of(tmp_path / "p", path)
    assert '# ? skip = [{ column = "学校名称", contains = "合计"' in text
    assert "would leave out other rows too" in text


def test_a_note_beside_other_cells_is_data(tmp_path: Path) -> None:
    text = "备注,学校名称,班数,学位数\n注：新校,东小学,2,90\n,西小学,3,135\n"
    [sheet] = read_sheets(put(tmp_path, "学校.csv", text))
    assert (sheet.asides, len(sheet.raw.cells)) == ((), 2)
    text += "注：以公告为准,,,\n"
    [sheet] = read_sheets(put(tmp_path, "学校.csv", text))
    assert [aside.is_sure for aside in sheet.asides] == [False], "it would leave out 东小学 too"


def test_classes_without_their_size_leave_a_line_to_fill_in(tmp_path: Path) -> None:
    path = put(tmp_path, "招生计划.csv", "学校代码,计划班数\nS1,2\n")
    assert '# ? class_size = "…"    # pupils in a class' in text_of(tmp_path / "p", path)
    seats = write_proposal(tmp_path / "q", [path], "en")[1]
    assert (seats.table, seats.open) == ("seats", "class_size")
    path = put(tmp_path, "招生计划.csv", "学校代码,计划班数,班额\nS1,2,45\n")
    assert "# ? class_size" not in text_of(tmp_path / "r", path)


@pytest.mark.parametrize("heading", ["招生计划", "招生人数", "计划人数", "招生计划人数"])
def test_the_number_to_be_admitted_is_the_seats(tmp_path: Path, heading: str) -> None:
    found = proposed(put(tmp_path, "招生计划.csv", f"学校代码,计划班数,{heading}\nS1,2,90\n"))
    assert mapping(found["seats"])["seats"] == heading


UNITS = "小区编号,小区名称,经度,纬度\nU1,东一花园,118.1,24.5\nU2,东二花园,118.2,24.6\n"


def test_units_are_numbered_by_what_the_other_files_name_them(tmp_path: Path) -> None:
    units = put(tmp_path, "小区.csv", UNITS)
    assert mapping(proposed(units)["units"])["unit_id"] == "小区编号"
    plan = put(tmp_path, "划片.csv", "小区,对口学校\n东一花园,甲小学\n东二花园,乙小学\n东三花园,乙小学\n")
    found = proposed(units, plan)["units"]
    assert mapping(found)["unit_id"] == mapping(found)["name"] == "小区名称"
    assert str(found.reasons["unit_id"]).startswith("66 % of the cells")
    numbers = put(tmp_path, "划片.csv", "小区,对口学校\nU1,甲小学\nU2,乙小学\nU2,丙小学\n")
    assert mapping(proposed(units, numbers)["units"])["unit_id"] == "小区编号"
    assert "66 % of the cells" not in text_of(tmp_path / "p", units, numbers)


def test_children_who_name_their_estate_find_it(tmp_path: Path) -> None:
    children = put(tmp_path, "报名.csv", CHILDREN.replace(",U0,", ",东二花园,"))
    many = "".join(f"X{n},U{n},118.1,24.5\n" for n in range(1, 6))
    units = put(tmp_path, "小区.csv", "小区编号,小区名称,经度,纬度\nX0,东二花园,118.1,24.5\n" + many)
    for files in ((units, children), (children, units)):
        found = proposed(*files)
        assert mapping(found["units"])["unit_id"] == "小区名称"
        assert mapping(found["applicants"])["unit_id"] == "小区"


def test_parts_of_a_layer_are_read_with_it(tmp_path: Path) -> None:
    for name in ("a.SHP", "a.dbf", "a.CPG", "a.sbn", "a.qmd", "a.SHP.xml", "b.dbf", "a.xlsx"):
        put(tmp_path, name, "x")
    kept = {path.name for path in files_meant(sorted(tmp_path.iterdir()))[0]}
    # a .dbf alone is named itself: reading says what is wrong
    assert kept == {"a.SHP", "b.dbf", "a.xlsx"}
    assert not is_part(tmp_path / "a.SHP")


def test_a_folder_stands_for_its_files(tmp_path: Path) -> None:
    inside = tmp_path / "数据"
    (inside / "更多").mkdir(parents=True)
    school = put(inside, "学校.csv", SCHOOLS)
    put(inside / "更多", "学校2.csv", SCHOOLS)
    put(inside, "说明.docx", "x")
    put(inside, "~$学校.xlsx", "x")
    read, passed = files_meant([inside, school])
    assert read == [school]
    assert [path.name for path in passed] == ["~$学校.xlsx", "更多", "说明.docx"]
    taken = write_proposal(tmp_path / "p", [inside], "en")
    assert [one.file for one in taken if "passed over" in one.open] == ["~$学校.xlsx", "更多", "说明.docx"]
    text = (tmp_path / "p" / "xuequ.toml").read_text(encoding="utf-8")
    assert "# 说明.docx: passed over: no table or layer" in text


def test_a_folder_without_any_table_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "空").mkdir()
    with pytest.raises(DataError, match="at least one table, workbook or layer"):
        write_proposal(tmp_path / "p", [tmp_path / "空"], "en")
    assert not (tmp_path / "p").exists()


def test_a_folder_that_cannot_be_read_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "锁").mkdir()

    def refuse(path: Path) -> Any:
        raise PermissionError(13, "denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(DataError, match="a folder that can be read"):
        files_meant([tmp_path / "锁"])


def test_a_list_of_nothing_we_know_leaves_a_block_to_fill_in(tmp_path: Path) -> None:
    path = put(tmp_path, "岗亭.csv", "点名称,用途,经度,纬度\n东门,岗亭,113.2,23.1\n西门,岗亭,113.3,23.1\n")
    block = [line for line in text_of(tmp_path / "p", path).splitlines() if line.startswith("# ? ")]
    assert block[0].startswith("# ? [tables.…]    # write which table it is: districts, streets, units,")
    assert block[1:8] == [
        '# ? path = "../岗亭.csv"',
        '# ? datum = "?"',
        "# ? [tables.….columns]",
        '# ? lng = "经度"',
        '# ? lat = "纬度"',
        '# ? … = "点名称"',
        '# ? … = "用途"',
    ]
    assert "travel" not in block[0], "it has no place"
    # without the marks and with a table it is TOML
    tomllib.loads("\n".join(block[:6]).replace("# ? ", "").replace("…", "units"))


def test_ordinary_headings_that_look_like_names_are_shown(tmp_path: Path) -> None:
    text = "序号,计划,方案,单位,成绩,花园\n1,甲,乙,丙,90,是\n2,甲,乙,丁,80,否\n"
    said = text_of(tmp_path / "p", put(tmp_path, "其他.csv", text))
    assert "its headings: 序号, 计划, 方案, 单位, 成绩, 花园" in said
    assert "***" not in said


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("序号甲,欧阳星河\n1,王小明\n2,李丽\n", "欧阳星河"),
        ("B001,欧阳星河\nB002,是\nB003,否\n", "欧阳星河"),
        ("积分乙,欧阳星河\n积分乙,是\n其他,否\n", "欧阳星河"),
        ("12,欧阳星河\n甲,是\n乙,否\n", "欧阳星河"),
        (f"甲,{identity_number(3)}\n乙,是\n", identity_number(3)),
        (f"{mobile(3)},欧阳星河\n甲,是\n", "欧阳星河"),
        ("甲,合成路1号101室\n乙,是\n", "合成路1号101室"),
        ("甲,欧阳星河\n乙,\n", "欧阳星河"),
    ],
)
def test_a_first_row_that_is_a_child_is_hidden(tmp_path: Path, text: str, hidden: str) -> None:
    said = text_of(tmp_path / "p", put(tmp_path, "其他.csv", text))
    assert hidden not in said
    assert "***" in said


@pytest.mark.real_data
def test_liwan_is_proposed_rightly(real_data: Path) -> None:
    folder = real_data / "guangzhou_liwan"
    found = proposed(folder / "schools.psv", folder / "district_gcj02.geojson")
    assert {name: mapping(proposal) for name, proposal in found.items()} == {
        "schools": {"school_id": "school", "name": "school", "lng": "lng_gcj02", "lat": "lat_gcj02"},
        "seats": {"school_id": "school", "classes": "plan_classes"},
        CATCHMENTS: {"unit": "zone", "school_id": "school"},
        "districts": {"district_id": "adcode", "name": "name"},
    }
    assert found[CATCHMENTS].split_by == "##"


@pytest.mark.real_data
def test_binjiang_is_proposed_rightly(real_data: Path) -> None:
    folder = real_data / "hangzhou_binjiang"
    files = (folder / name for name in ("schools.csv", "communities.csv", "district_gcj02.geojson"))
    found = proposed(*files)
    schools = mapping(found["schools"])
    assert (schools["school_id"], schools["name"]) == ("campus_code", "school_name")
    assert (schools["district_id"], schools["kind"]) == ("district_code", "school_nature")
    catchments = found[CATCHMENTS]
    assert mapping(catchments) == {
        "unit": "community_name",
        "school_id": "campus_code",
        "category": "student_type",
        "street": "street_name",
        "school_name": "school_name",
    }
    assert catchments.values == {"category": {"户籍生": "household", "新杭州人": "points"}}
    # the whole school's classes are no intake
    assert "seats" not in found


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("files", "tables"),
    [
        (("xiangtan/zones.geojson", "xiangtan/schools.geojson"), {"zones", "schools"}),
        (("xiamen/streets_54.csv", "xiamen/communities_555.csv"), {"streets", "units"}),
        (("xiamen/districts_wgs84.geojson", "xiamen/district_population.csv"), {"districts"}),
        (("fairfax/ffx_blocks.gpkg", "fairfax/adjacency.csv"), {"units"}),
        (("fairfax/schools.csv",), {"schools", "seats", "serves"}),
        (("kong_zy/zys_13a.txt", "kong_zy/zys_connectivity.txt", "kong_zy/published.csv"), {"units"}),
    ],
)
def test_the_tables_of_the_other_real_files_are_recognised(
    real_data: Path, files: tuple[str, ...], tables: set[str]
) -> None:
    assert set(proposed(*(real_data / file for file in files))) == tables


@pytest.mark.real_data
def test_the_hint_about_the_datum_of_liwan_has_the_measured_counts(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "guangzhou_liwan"
    write_proposal(tmp_path / "p", [folder / "schools.psv", folder / "district_gcj02.geojson"], "en")
    text = (tmp_path / "p" / "xuequ.toml").read_text(encoding="utf-8")
    assert "if district_gcj02.geojson is in gcj02: 56 of 56 points" in text
    assert "53 as wgs84, 46 as bd09" in text
    assert 'datum = "gcj02"' not in text, "it is never guessed"
