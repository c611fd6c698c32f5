"""Words of notices that are no names: whole roads, parts of roads, open ends, streets before a road."""

from __future__ import annotations

import pytest

from geodata.scope.rules import rules_of
from geodata.scope.writing import text_of


def kinds(text: str) -> list[tuple[str, str]]:
    rules = rules_of(text)
    assert text_of(rules) == text
    return [(rule.kind, rule.estate or rule.road or rule.community) for rule in rules]


def test_a_street_before_a_colon_is_that_of_the_communities_behind_it() -> None:
    rules = rules_of("西村街道：朝阳社区、花园社区。南源街道：北社区")
    assert [(rule.street, rule.community) for rule in rules] == [
        ("西村街道", "朝阳社区"),
        ("西村街道", "花园社区"),
        ("南源街道", "北社区"),
    ]


def test_a_street_before_a_road_is_no_road() -> None:
    [rule] = rules_of("西村街道朝阳路1-99号（单号）")
    assert (rule.street, rule.of_road, rule.road) == ("西村街道", "", "朝阳路")
    assert (rule.from_no, rule.to_no, rule.parity) == (1, 99, "odd")


@pytest.mark.parametrize("text", ["广雅路100号及以后双号", "广雅路100号和以上", "广雅路100号以上"])
def test_an_open_end_is_no_rule_that_a_machine_can_decide(text: str) -> None:
    assert kinds(text) == [("unread", "")]


@pytest.mark.parametrize("word", ["全段", "全路", "全线", "全部"])
def test_all_of_a_road_is_the_road(word: str) -> None:
    assert kinds(f"南源街·和社区部分：多宝路{word}；西湾路") == [("road", "多宝路"), ("road", "西湾路")]


def test_all_of_a_community_is_the_community() -> None:
    assert kinds("南源街道长江社区全部") == [("community", "长江社区")]


@pytest.mark.parametrize("word", ["东侧", "北段", "沿线", "两边"])
def test_a_part_of_a_road_without_numbers_is_unread(word: str) -> None:
    assert kinds(f"广雅路{word}") == [("unread", "")]


@pytest.mark.parametrize("text", ["见附件", "同上", "全部小区", "以后", "其余路段"])
def test_what_names_no_place_is_unread_and_no_estate(text: str) -> None:
    assert kinds(text) == [("unread", "")]
