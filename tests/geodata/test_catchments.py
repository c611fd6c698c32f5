"""Units, zones, plan and serves made of rows that say which unit belongs to which school."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import City, DataError, Fault, read_city
from geodata.catchments import derive_tables
from geodata.project import Catchments
from geodata.reading.raw import RawTable, rows_of
from tests.tiny import Edit, write_tiny

PROJECT = """\
[project]
name = "小城"
level = "primary"
year = 2024

[tables.schools]
rows = [{{ school_id = "S1" }}, {{ school_id = "S2" }}, {{ school_id = "S3" }}]

[catchments]
path = "scopes.csv"
unit = "范围"
school_id = "学校"
district_id = "D1"
{more}
"""
ROWS = [("S1", "甲"), ("S1", "乙"), ("S2", "乙"), ("S2", "丙"), ("S1", "丁"), ("S3", "丙")]


def text_of(rows: list[tuple[str, str]]) -> str:
    return "学校,范围\n" + "".join(f"{school},{unit}\n" for school, unit in rows)


def city(tmp_path: Path, scopes: str, more: str = "") -> City:
    only: dict[str, Edit] = dict.fromkeys(
        ("districts", "units", "links", "zones", "plan", "schools", "seats", "serves", "demand")
    )
    folder = write_tiny(tmp_path, **only, scopes=scopes, xuequ=PROJECT.format(more=more))
    return read_city(folder)


def pairs(read: City, table: str, *columns: str) -> list[tuple[str, ...]]:
    return list(read[table][list(columns)].itertuples(index=False, name=None))


def test_units_with_the_same_set_of_schools_form_a_zone(tmp_path: Path) -> None:
    read = city(tmp_path, text_of(ROWS))
    # 甲 and 丁 are at S1 alone, 乙 at S1 and S2, 丙 at S2 and S3
    assert pairs(read, "plan", "unit_id", "zone_id") == [
        ("丁", "S1"),
        ("丙", "S2+S3"),
        ("乙", "S1+S2"),
        ("甲", "S1"),
    ]


def test_a_zone_is_served_by_all_the_schools_of_its_set(tmp_path: Path) -> None:
    read = city(tmp_path, text_of(ROWS))
    assert pairs(read, "serves", "zone_id", "school_id") == [
        ("S1", "S1"),
        ("S1+S2", "S1"),
        ("S1+S2", "S2"),
        ("S2+S3", "S2"),
        ("S2+S3", "S3"),
    ]


def test_a_zone_lists_the_scopes_of_its_units(tmp_path: Path) -> None:
    zones = city(tmp_path, text_of(ROWS))["zones"].set_index("zone_id")
    assert zones["scope_text"].to_dict() == {"S1": "丁；甲", "S1+S2": "乙", "S2+S3": "丙"}


def test_all_that_is_made_lies_in_the_district_that_is_declared(tmp_path: Path) -> None:
    read = city(tmp_path, text_of(ROWS))
    assert set(read["units"]["district_id"]) == set(read["zones"]["district_id"]) == {"D1"}


def test_a_pair_that_stands_twice_counts_once(tmp_path: Path) -> None:
    read = city(tmp_path, text_of([("S1", "甲"), ("S1", "甲 ")]))
    assert pairs(read, "serves", "zone_id", "school_id") == [("S1", "S1")]


def test_a_unit_is_named_by_the_pattern_and_its_parts_are_numbered(tmp_path: Path) -> None:
    rows = [("S1", "和苑社区"), ("S1", "西湾社区：单号"), ("S2", "西湾社区：双号")]
    read = city(tmp_path, text_of(rows), 'unit_id_pattern = "^([^：]+社区)"')
    # in the order of their texts: 单 (U+5355) comes before 双 (U+53CC)
    assert pairs(read, "units", "unit_id", "scope_text") == [
        ("和苑社区", "和苑社区"),
        ("西湾社区/1", "西湾社区：单号"),
        ("西湾社区/2", "西湾社区：双号"),
    ]


def test_a_unit_that_the_pattern_does_not_match_keeps_its_whole_text(tmp_path: Path) -> None:
    read = city(tmp_path, text_of([("S1", "和苑")]), 'unit_id_pattern = "^([^：]+社区)"')
    assert read["units"]["unit_id"].tolist() == ["和苑"]


def test_the_order_of_the_rows_does_not_matter(tmp_path: Path) -> None:
    rows = [*ROWS, ("S1", "西湾社区：单号"), ("S2", "西湾社区：双号")]
    pattern = 'unit_id_pattern = "^([^：]+社区)"'
    plain = city(tmp_path / "plain", text_of(rows), pattern)
    for seed in range(3):
        random.Random(seed).shuffle(rows)
        other = city(tmp_path / str(seed), text_of(rows), pattern)
        for table in ("units", "zones", "plan", "serves"):
            assert other[table].equals(plain[table])


schools = st.sets(st.sampled_from(["S1", "S2", "S3"]), min_size=1)


@settings(max_examples=30)  # each builds four tables
@given(st.dictionaries(st.sampled_from("abcdefgh"), schools, min_size=1))
def test_zones_part_the_units_by_their_sets_of_schools(scopes: dict[str, set[str]]) -> None:
    rows = [{"学校": school, "范围": unit} for unit in scopes for school in scopes[unit]]
    catchments = Catchments(path="x", unit="范围", school_id="学校")
    faults: list[Fault] = []
    made = derive_tables(rows_of(rows, "xuequ.toml", "x"), catchments, faults)
    served = made["serves"].cells.groupby("zone_id")["school_id"].agg(set)
    zone = made["plan"].cells.set_index("unit_id")["zone_id"].to_dict()
    assert faults == []
    assert {unit: served[zone[unit]] for unit in zone} == scopes
    assert len(made["zones"].cells) == len({frozenset(some) for some in scopes.values()})


def test_a_column_that_is_missing_is_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(
        DataError,
        match=r"\(1\):[\s\S]*scopes\.csv, column 范围: this column is missing; there are: 学校, 片区\. "
        r"To do: name the right column under catchments in xuequ\.toml",
    ):
        city(tmp_path, "学校,片区\nS1,甲\n")


def test_a_blank_school_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"scopes\.csv, row 3, column school_id: a blank cell"):
        city(tmp_path, "学校,范围\nS1,甲\n,乙\n")


def test_an_unknown_school_is_a_fault_in_the_row_where_it_stands(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"scopes\.csv, row 3, column school_id: found 'S9'; not in xuequ\.toml"
    ):
        city(tmp_path, text_of([("S1", "甲"), ("S9", "乙")]))


@pytest.mark.parametrize("pattern", ["([", "社区"])
def test_a_pattern_that_names_no_unit_is_refused(tmp_path: Path, pattern: str) -> None:
    words = {"([": "not a pattern: unterminated character set", "社区": r"the pattern needs a group: \( \)"}
    with pytest.raises(DataError, match=rf"xuequ\.toml, column catchments: {words[pattern]}"):
        city(tmp_path, text_of(ROWS), f'unit_id_pattern = "{pattern}"')


@pytest.mark.parametrize("more", ['datum = "wgs84"', 'columns = { unit = "x" }', "constants = { a = 1 }"])
def test_what_catchments_would_ignore_is_refused(tmp_path: Path, more: str) -> None:
    with pytest.raises(DataError, match="catchments have no columns, constants or datum of their own"):
        city(tmp_path, text_of(ROWS), more)


# categories, streets, names of schools

BY_CATEGORY = """\
category = "类别"
values.category = { "户籍生" = "household", "新杭州人" = "migrant" }
"""
PAIRS = [
    ("S1", "甲", "户籍生"),
    ("S1", "甲", "新杭州人"),
    ("S1", "乙", "户籍生"),
    ("S2", "乙", "户籍生"),
    ("S2", "乙", "新杭州人"),
    ("S3", "丙", "新杭州人"),
]


def by_category(rows: list[tuple[str, str, str]]) -> str:
    return "学校,范围,类别\n" + "".join(",".join(row) + "\n" for row in rows)


def plan_of(read: City) -> list[tuple[str, ...]]:
    frame = read["plan"][["unit_id", "category", "zone_id"]].fillna("")
    return list(frame.sort_values(["unit_id", "category"]).itertuples(index=False, name=None))


def test_a_unit_has_a_row_for_each_category_only_where_their_schools_differ(tmp_path: Path) -> None:
    read = city(tmp_path, by_category(PAIRS), BY_CATEGORY)
    assert plan_of(read) == [
        ("丙", "migrant", "S3"),
        ("乙", "household", "S1+S2"),
        ("乙", "migrant", "S2"),
        ("甲", "", "S1"),
    ]


def test_a_zone_says_for_whom_it_takes_a_unit_where_not_for_all(tmp_path: Path) -> None:
    zones = city(tmp_path, by_category(PAIRS), BY_CATEGORY)["zones"].set_index("zone_id")
    assert zones["scope_text"].to_dict() == {
        "S1": "甲",
        "S1+S2": "乙（户籍生）",
        "S2": "乙（新杭州人）",
        "S3": "丙（新杭州人）",
    }


def test_two_words_for_one_category_are_one_category(tmp_path: Path) -> None:
    more = 'category = "类别"\nvalues.category = { "户籍生" = "household", "本地" = "household" }\n'
    read = city(tmp_path, by_category([("S1", "甲", "户籍生"), ("S2", "甲", "本地")]), more)
    assert plan_of(read) == [("甲", "", "S1+S2")]


def test_without_values_the_words_are_the_categories(tmp_path: Path) -> None:
    read = city(tmp_path, by_category(PAIRS[2:5]), 'category = "类别"\n')
    assert plan_of(read) == [("乙", "户籍生", "S1+S2"), ("乙", "新杭州人", "S2")]


@pytest.mark.parametrize(
    ("word", "found"), [("外地", "found '外地'; allowed: household, "), ("", "allowed: household, ")]
)
def test_a_row_that_does_not_say_for_whom_it_holds_is_a_fault(
    tmp_path: Path, word: str, found: str
) -> None:
    with pytest.raises(DataError, match=rf"scopes\.csv, row 3, column 类别: {found}"):
        city(tmp_path, by_category([("S1", "甲", "户籍生"), ("S1", "乙", word)]), BY_CATEGORY)


def test_values_of_a_column_that_is_not_named_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="values of category: name its column first"):
        city(tmp_path, text_of(ROWS), 'values.category = { "户籍生" = "household" }')


def test_units_of_one_name_are_told_apart_by_their_street_and_no_others_carry_it(tmp_path: Path) -> None:
    scopes = "学校,范围,街道\nS1,滨康路,西兴\nS2,滨康路,长河\nS1,甲,西兴\n"
    read = city(tmp_path, scopes, 'street = "街道"\nvalues.street = { "西兴" = "西兴街道" }\n')
    assert pairs(read, "units", "unit_id", "scope_text", "street_id") == [
        ("甲", "甲", "西兴街道"),
        ("西兴街道·滨康路", "滨康路", "西兴街道"),
        ("长河·滨康路", "滨康路", "长河"),
    ]
    assert pairs(read, "plan", "unit_id", "zone_id") == [
        ("甲", "S1"),
        ("西兴街道·滨康路", "S1"),
        ("长河·滨康路", "S2"),
    ]


def test_a_zone_is_named_by_its_schools(tmp_path: Path) -> None:
    scopes = "学校,名,范围\nS1,一小,甲\nS2,二小,甲\nS1,一小,乙\n"
    read = city(tmp_path, scopes, 'school_name = "名"')
    assert pairs(read, "zones", "zone_id", "name") == [("S1", "一小"), ("S1+S2", "一小、二小")]


def test_a_school_of_two_names_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match="row 3, column 名: found '一小 / 二小'; one name for the school S1"
    ):
        city(tmp_path, "学校,名,范围\nS1,一小,甲\nS1,二小,乙\n", 'school_name = "名"')


@pytest.mark.parametrize("more", ['category = "类别"', 'street = "街道"', 'school_name = "名"'])
def test_every_column_that_is_named_must_be_there(tmp_path: Path, more: str) -> None:
    with pytest.raises(DataError, match="this column is missing; there are: 学校, 范围"):
        city(tmp_path, text_of(ROWS), more)


def derived(rows: list[tuple[str, str, str]]) -> tuple[dict[str, RawTable], list[Fault]]:
    words = {"category": {"户籍生": "household", "新杭州人": "migrant"}}
    catchments = Catchments(path="x", unit="范围", school_id="学校", category="类别", values=words)
    faults: list[Fault] = []
    cells = [dict(zip(("学校", "范围", "类别"), row, strict=True)) for row in rows]
    return derive_tables(rows_of(cells, "xuequ.toml", "x"), catchments, faults), faults


def test_what_stands_twice_and_units_without_schools_for_a_category_are_said() -> None:
    made, _ = derived([*PAIRS, PAIRS[0], PAIRS[5]])
    said = [str(note) for note in made["plan"].notes]
    assert said == [
        "xuequ.toml [tables.x]: 2 rows say again what a row before them says: 7, 8",
        "xuequ.toml [tables.x]: no school for 户籍生 in 1 units: 丙",
    ]
    assert made["units"].notes == made["zones"].notes == made["serves"].notes == ()


def test_a_long_list_in_a_note_is_cut_and_the_cut_is_said() -> None:
    made, _ = derived([("S1", f"单元{at:02}", "户籍生") for at in range(25)] + [("S1", "甲", "新杭州人")])
    assert str(made["plan"].notes[1]).endswith("单元18, 单元19 and 5 more")


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abcde"), st.sampled_from(["户籍生", "新杭州人"])), schools, min_size=1
    ),
    st.randoms(use_true_random=False),
)
def test_every_child_is_sent_to_the_schools_of_the_rows_and_no_others(
    scopes: dict[tuple[str, str], set[str]], order: random.Random
) -> None:
    rows = [(school, unit, word) for (unit, word), some in scopes.items() for school in some]
    order.shuffle(rows)
    made, faults = derived(rows)
    served = made["serves"].cells.groupby("zone_id")["school_id"].agg(set)
    plan = made["plan"].cells.set_index(["unit_id", "category"])["zone_id"]
    assert faults == []
    ours = {"户籍生": "household", "新杭州人": "migrant"}
    for unit in "abcde":
        for word, category in ours.items():
            # as zone_of reads a plan: the category's own row before the row for all
            zone = plan.get((unit, category), plan.get((unit, "")))
            asked = scopes.get((unit, word))
            present = {w for u, w in scopes if u == unit}
            if asked is None and len({w for _, w in scopes}) > len(present):
                assert zone is None
            elif asked is not None:
                assert served[zone] == asked
