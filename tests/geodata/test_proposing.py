"""Proposals of tables and columns for files as planners have them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from geodata.errors import DataError, XuequError
from geodata.proposing.lines import level_of, year_of
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
