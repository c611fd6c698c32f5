"""Names: numerals, signs, roads that branch from roads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.scope.names import (
    community_key,
    flat,
    normal,
    number_of,
    numeral_of,
    road_key,
    split_road,
    street_key,
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
    ],
)
def test_a_road_that_branches_from_a_road(name: str, parts: tuple[str, str]) -> None:
    assert split_road(name) == parts


def test_names_are_compared_in_one_form() -> None:
    assert road_key("环市西") == road_key("环市西路")
    assert road_key("广雅前街") != road_key("广雅前")
    assert street_key("西村街道") == street_key("西村街") == "西村街"
    assert community_key("广雅社区居委会") == community_key("广雅社区") == community_key("广雅居委会")
    assert community_key("上村村委会") == community_key("上村")
