"""What a planner's headings mean."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata import headings, schema
from geodata.headings import exact, is_known, near, normal, synonyms, table_words, value_words

DATA = tomllib.loads(
    (Path(headings.__file__).parent / "data" / "synonyms.toml").read_text(encoding="utf-8")
)
TABLES = sorted(schema.BY_NAME)


@pytest.mark.parametrize(
    ("heading", "table", "column"),
    [
        *(
            (h, "applicants", "applicant_id")
            for h in ("报名号", "申请号", "编号", "Application No.", "报名序号")
        ),
        *((h, "applicants", "category") for h in ("类别", "户籍类别", "人员类别")),
        *((h, "applicants", "settled_on") for h in ("落户时间", "入户时间")),
        *((h, "applicants", "points") for h in ("积分", "总分", "总积分")),
        ("服从统筹", "applicants", "consents"),
        ("小区", "applicants", "unit_id"),
        *((h, "schools", "school_id") for h in ("学校名称", "校名", "campus_code", "URN")),
        ("联系电话", "schools", "telephone"),
        *((h, "schools", "lng") for h in ("经度", "lon", "Longitude", "经度（GCJ02）")),
        *((h, "schools", "lat") for h in ("纬度", "lat_gcj02")),
        *((h, "seats", "classes") for h in ("班数", "计划班数", "招生班数（个）", "planned classes")),
        *((h, "seats", "seats") for h in ("学位数", "招生人数(人)", "PAN", "Intake", "capacity")),
        *((h, "seats", "seats") for h in ("招生计划", "计划人数", "招生计划/人数")),
        *((h, "units", "unit_id") for h in ("小区", "楼盘", "community_name")),
        ("社区", "units", "community_id"),
        ("街道", "units", "street_id"),
        ("ward", "units", "street_id"),
        ("区", "units", "district_id"),
        *((h, "zones", "zone_id") for h in ("片区", "学区", "施教区", "catchment")),
        ("招生范围", "zones", "scope_text"),
        *((h, "choices", "target") for h in ("志愿", "志愿学校")),
    ],
)
def test_synonyms_are_known_in_chinese_and_english(heading: str, table: str, column: str) -> None:
    found = [match.column for match in exact(heading, table)]
    # a name may serve as the number too
    assert found[0] == column or found == ["name", column]


@pytest.mark.parametrize("table", TABLES)
def test_every_column_of_every_table_is_its_own_synonym(table: str) -> None:
    for column in schema.BY_NAME[table].names:
        assert exact(column, table)[0] == headings.Match(
            heading=column, column=column, how="same", like=column, rank=-1
        )


def test_the_file_of_synonyms_names_tables_and_columns_that_there_are() -> None:
    tables = set(DATA) - {"any", "generic", "tables", "values"}
    assert tables <= set(schema.BY_NAME)
    assert set(DATA["tables"]) == set(schema.BY_NAME)
    for table in tables:
        assert set(DATA[table]) <= set(schema.BY_NAME[table].names), table
    every = {name for table in schema.TABLES for name in table.names} | {"lng", "lat"}
    assert set(DATA["any"]) <= every


def test_every_word_for_a_value_stands_for_one_that_is_allowed() -> None:
    for table, columns in DATA["values"].items():
        for column, words in columns.items():
            allowed = schema.BY_NAME[table].column(column).allowed or ("household", "points")
            assert {word.lstrip("?") for word in words.values()} <= set(allowed)
            assert value_words(table, column) == {normal(word): ours for word, ours in words.items()}


@pytest.mark.parametrize("table", TABLES)
def test_no_synonym_stands_for_two_columns_of_one_list(table: str) -> None:
    own = [word for words in DATA.get(table, {}).values() for word in {normal(word) for word in words}]
    # the number and the name of what a table is about share their words
    key, names = schema.BY_NAME[table].key[0], synonyms(table).get("name", {})
    shared = {*names, *synonyms(table)[key]}
    assert {word for word in own if own.count(word) > 1} <= shared


@given(
    st.sampled_from(["计划班数", "School Name", "lng_gcj02"]),
    st.sampled_from([" ", "　", "_", "-", "（）", "*"]),
)
def test_width_case_spaces_and_punctuation_make_no_difference(heading: str, noise: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in heading)
    assert normal(f"{noise}{wide.upper()}{noise}") == normal(heading)


def test_a_unit_in_brackets_makes_no_difference_but_another_word_does() -> None:
    assert normal("面积（㎡）") == normal("面积【平方米】") == "面积"
    assert normal("学位（剩余）") != normal("学位")
    assert exact("学位（剩余）", "seats") == []


def test_the_lower_of_merged_headings_counts() -> None:
    [match] = exact("一年级计划/招生班数", "seats")
    assert (match.column, match.how, match.like) == ("classes", "part", "招生班数")


def test_what_is_merely_like_a_synonym_is_a_proposal_with_a_score() -> None:
    match = near("计划招收班数", "seats", ["classes", "seats"])
    assert match is not None
    assert (match.column, match.how, match.is_sure) == ("classes", "near", False)
    assert headings.NEAR_SCORE <= match.score < 100
    assert near("备注", "seats", ["classes", "seats"]) is None
    assert near("县", "units", ["district_id"]) is None, "one character says nothing"


def test_a_number_alone_means_what_the_table_is_about() -> None:
    assert [exact("编号", table)[0].column for table in ("schools", "units", "zones")] == [
        "school_id",
        "unit_id",
        "zone_id",
    ]
    assert exact("名称", "schools")[0].column == "name"
    assert exact("编号", "seats") == []


def test_headings_of_any_table_are_known() -> None:
    assert is_known("落户时间")
    assert not is_known("材料是否齐全")
    assert "报名表" in table_words("applicants")
    assert value_words("schools", "name") == {}
