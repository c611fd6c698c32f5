"""Names: numerals, signs, roads that branch from roads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.scope.names import (
    community_key,
    community_stem,
    flat,
    is_office,
    names_in,
    normal,
    number_of,
    numeral_of,
    road_key,
    split_road,
    street_key,
    street_stem,
)


@given(st.integers(1, 99))
def test_a_numeral_is_the_number_that_it_was_made_of(number: int) -> None:
    assert number_of(numeral_of(number)) == number


@given(st.text(max_size=30))
def test_a_flat_text_has_the_length_of_the_text(text: str) -> None:
    assert len(flat(text)) == len(text)
    assert flat(flat(text)) == flat(text)
    assert normal(normal(text)) == normal(text)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("西湾路广雅后街一巷", ("西湾路", "广雅后街一巷")),
        ("六约大街长青里", ("六约大街", "长青里")),
        ("广雅后街一巷", ("", "广雅后街一巷")),
        ("怡福街东一巷", ("", "怡福街东一巷")),
        ("芳村大道西", ("", "芳村大道西")),
        ("环市西", ("", "环市西")),
        ("广雅路第二巷", ("", "广雅路第二巷")),
    ],
)
def test_a_road_that_branches_from_a_road(name: str, parts: tuple[str, str]) -> None:
    assert split_road(name) == parts


def test_a_name_stands_by_itself_or_is_not_in_the_text() -> None:
    starts = {"中山": ["中山"], "翠园": ["翠园"]}
    for text in ("中山", "中山3号", "西村街中山a座", "环市路5号中山", "中山二期", "中山小区3号"):
        assert [name for name, _ in names_in(text, starts)] == ["中山"], text
    for text in ("中山路3号", "中山3路5号", "中山12横巷", "新中山3号", "中山堂", ""):
        assert names_in(text, starts) == [], text
    assert names_in("翠园3号", {}) == []


def test_streets_and_communities_are_called_by_their_stem() -> None:
    assert {street_stem(name) for name in ("西村街", "西村街道", "西村镇", "西村街道办事处")} == {"西村"}
    assert community_stem("广雅社区居委会") == "广雅"
    assert is_office("西村街", "西村街道广雅路5号")
    assert is_office("海沧镇", "海沧镇海沧路5号")
    assert not is_office("西村街", "西村街广雅路5号")


def test_names_are_compared_in_one_form() -> None:
    assert road_key("广雅路二巷") == road_key("广雅路第2巷") == road_key("广雅路第二巷")
    assert road_key("长喜一横巷") == road_key("长喜1横巷") != road_key("长喜十一横巷")
    assert road_key("三元里") == "三元里"
    assert road_key("环市西") == road_key("环市西路")
    assert road_key("广雅前街") != road_key("广雅前")
    assert street_key("西村街道") == street_key("西村街") == "西村街"
    assert community_key("广雅社区居委会") == community_key("广雅社区") == community_key("广雅居委会")
    assert community_key("上村村委会") == community_key("上村")
