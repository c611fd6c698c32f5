"""Which rules hold an address: worked examples, and a plain loop over all pairs."""

from __future__ import annotations

import csv
import itertools
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.scope import matching
from geodata.scope.address import parse_address, parse_addresses
from geodata.scope.matching import match_rules
from geodata.scope.rules import ScopeRule, rules_of

HEAD = "西村街·广雅社区部分："
A = HEAD + "广雅路27--65号（单号）；广雅后街一巷（后街一巷17号、17号之一除外）；广雅内街（已拆迁）"
B = HEAD + "广雅路1号、7--25号（单号）；西湾路广雅后街一巷17号、17号之一。##西村街·和苑社区"


def held(address: str, rules: list[ScopeRule]) -> list[tuple[str, str, str]]:
    hits = match_rules(parse_addresses(pd.Series([address])), rules)
    return list(hits[["holder", "how", "undecided"]].itertuples(index=False, name=None))


def two() -> list[ScopeRule]:
    return [*rules_of(A, holder="A"), *rules_of(B, holder="B")]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("西村街广雅路29号", [("A", "number", "")]),
        ("广州市荔湾区西村街道广雅社区广雅路29号302房", [("A", "number", "")]),
        ("广雅路30号", []),
        ("广雅路3号", []),
        ("广雅路7号", [("B", "number", "")]),
        ("广雅路7号之二", [("B", "with-number", "")]),
        ("广雅路", []),
        ("广雅后街一巷18号", [("A", "road", "")]),
        ("广雅后街一巷17号", [("B", "number", "")]),
        ("广雅后街一巷17号之一", [("B", "sub", "")]),
        ("广雅后街一巷17号之二", [("B", "with-number", "")]),
        ("广雅内街2号", [("A", "road", "已拆迁")]),
        ("西村街和苑社区5号", [("B", "community", "")]),
        ("别的街广雅路29号", [("A", "number", "")]),
        ("别的社区广雅路29号", []),
        ("金色家园3号楼", []),
    ],
)
def test_an_address_falls_under_these_rules(address: str, expected: list[tuple[str, str, str]]) -> None:
    assert held(address, two()) == expected


def test_the_rest_is_what_nobody_is_excepted_for() -> None:
    rules = [
        *rules_of("茶滘街·花苑社区部分：除浣花路53号、87号之一外。", holder="A"),
        *rules_of("茶滘街·花苑社区部分：浣花路53号、87号之一。", holder="B"),
    ]
    assert held("花苑社区别的路1号", rules) == [("A", "rest", "")]
    assert held("花苑社区浣花路53号", rules) == [("B", "number", "")]
    assert held("花苑社区浣花路87号", rules) == [("A", "rest", "")]
    assert held("花苑社区浣花路87号之一", rules) == [("B", "sub", "")]
    # without its community the road says so, and that is left open
    assert held("浣花路55号", rules) == [("A", "rest", "花苑社区")]
    assert held("别的路55号", rules) == []


def test_an_estate_is_found_by_its_name_and_the_rest_is_without_it() -> None:
    rules = [
        *rules_of("石围塘街·芳彩社区（仅凯粤湾小区）", holder="A"),
        *rules_of("石围塘街·芳彩社区（非凯粤湾小区部分）", holder="B"),
    ]
    assert held("石围塘街凯粤湾小区3栋502", rules) == [("A", "estate", "")]
    assert held("芳彩社区凯粤湾3栋", rules) == [("A", "estate", "")]
    assert held("芳彩社区凯粤湾路3号", rules) == [("B", "rest", "")]
    assert held("芳彩社区芳彩街3号", rules) == [("B", "rest", "")]


C = "西村街·广雅社区部分："


def rules_by(**texts: str) -> list[ScopeRule]:
    return [rule for holder, text in texts.items() for rule in rules_of(text, holder=holder)]


def test_an_estate_is_not_found_in_its_community_nor_in_a_longer_name() -> None:
    rules = rules_by(A=C + "广雅小区；西湾路1号", B=C + "除广雅小区、西湾路1号外")
    assert held("西村街广雅社区长宁路5号", rules) == [("B", "rest", "")]
    assert held("西村街广雅社区广雅小区5栋", rules) == [("A", "estate", "")]
    assert held("西村街广雅小区5栋", rules) == [("A", "estate", "")]
    rules = rules_by(A=C + "东方花园", B=C + "除东方花园外")
    assert held("西村街新东方花园3号", rules) == []
    assert held("广雅社区新东方花园3号", rules) == [("B", "rest", "")]
    assert held("广雅社区东方花园3号", rules) == [("A", "estate", "")]


def test_the_longer_of_two_estates_counts_if_it_may_be_meant() -> None:
    rules = rules_by(A=C + "翠园", B=C + "翠园东区", D="东街·甲社区部分：翠园西区")
    assert held("广雅社区翠园东区3号", rules) == [("B", "estate", "")]
    # a part that is nobody's here may be that of 翠园
    assert held("广雅社区翠园西区3号", rules) == [("A", "estate", "西区")]


def test_a_phase_leaves_an_exception_open_too() -> None:
    rules = rules_by(A=C + "翠园", B=C + "除翠园外")
    assert held("广雅社区翠园二期3幢", rules) == [("A", "estate", "二期"), ("B", "rest", "二期")]


@pytest.mark.parametrize("lane", ["二巷", "2巷", "第二巷", "第2巷"])
def test_a_lane_has_one_name_whatever_its_numeral(lane: str) -> None:
    rules = rules_by(A=C + "广雅路二巷", B=C + "除广雅路二巷外")
    assert held(f"西村街广雅社区广雅路{lane}15号", rules) == [("A", "road", "")]


def test_a_lane_of_another_road_is_another_lane() -> None:
    rules = rules_by(A=C + "建设路新村巷", B=C + "除建设路新村巷外")
    assert held("解放路新村巷5号", rules) == []
    assert held("广雅社区解放路新村巷5号", rules) == [("B", "rest", "")]
    assert held("解放大街新村巷5号", rules) == []
    assert held("广雅社区建设路新村巷5号", rules) == [("A", "road", "")]
    assert held("广雅社区新村巷5号", rules) == [("A", "road", "")]


def test_a_street_office_that_no_rule_names_is_another_street() -> None:
    rules = rules_by(A=C + "广雅路29号")
    assert held("石井街道广雅路29号", rules) == []
    assert held("石井街广雅路29号", rules) == [("A", "number", "")]
    assert held("西村镇广雅路29号", rules) == [("A", "number", "")]
    assert held("石井街道广雅路29号", rules_by(A="广雅社区部分：广雅路29号")) == [("A", "number", "")]


def test_a_letter_goes_with_its_number_unless_an_unread_clause_names_it() -> None:
    assert held("广雅路29甲号", rules_by(B=C + "广雅路29号")) == [("B", "with-number", "")]
    rules = rules_by(A=C + "广雅路29甲号", B=C + "广雅路29号")
    assert held("广雅路29甲号", rules) == [("B", "with-number", "29甲")]
    assert held("广雅路29乙号", rules) == [("B", "with-number", "")]
    assert held("广雅路29号", rules) == [("B", "number", "")]


@pytest.mark.parametrize("said", ["29-31号", "29号、31号", "29、31号", "29号至31号", "29号广雅路31号"])
def test_an_address_of_two_places_is_left_open_unless_one_holder_has_both(said: str) -> None:
    rules = rules_by(A=C + "广雅路29号", B=C + "广雅路31号")
    open_ = "广雅路31号"
    assert held("广雅路" + said, rules) == [("A", "number", open_), ("B", "number", open_)]
    assert held("广雅路" + said, rules_by(A=C + "广雅路29号")) == [("A", "number", open_)]
    both = held("广雅路" + said, rules_by(A=C + "广雅路27-65号（单号）"))
    assert both == [("A", "number", "")]
    assert held("广雅社区广雅路" + said, rules_by(A="西村街·广雅社区")) == [("A", "community", "")]


def test_a_long_range_is_told_in_short() -> None:
    [hit] = held("广雅路1-99号", rules_by(A=C + "广雅路1-9号"))
    assert hit == ("A", "number", "广雅路3号…广雅路99号")


def test_several_places_do_not_disturb_other_addresses() -> None:
    texts = pd.Series(["广雅路7号", "广雅路7-29号", "广雅路29号"], index=["c", "a", "b"])
    hits = match_rules(parse_addresses(texts), two())
    assert hits["address"].tolist() == ["c", "a", "a", "b"]
    assert hits["holder"].tolist() == ["B", "A", "B", "A"]
    assert (hits["undecided"] == "").tolist() == [True, False, False, True]


def test_what_a_condition_decides_is_given_with_it_beside_what_is_less_exact() -> None:
    rules = [
        *rules_of("海龙街·增滘社区部分：1.除原增滘村民外；2.增滘南约6--375号", holder="A"),
        *rules_of("海龙街·增滘社区部分：1.原增滘村民；2.增滘南约1--5号（龙溪中路以北）", holder="B"),
    ]
    assert held("增滘南约7号", rules) == [("A", "number", "")]
    assert held("增滘社区某街1号", rules) == [
        ("A", "rest", "原增滘村民"),
        ("B", "villagers", "原增滘村民"),
    ]
    assert held("增滘社区增滘南约3号", rules) == [
        ("A", "rest", "原增滘村民"),
        ("B", "villagers", "原增滘村民"),
        ("B", "number", "龙溪中路以北"),
    ]


def test_a_condition_on_the_words_of_the_address_is_decided() -> None:
    rules = rules_of("石围塘街·万盛社区部分：兴东路41、43（除地址门牌含“五眼桥”字样外）", holder="A")
    assert held("兴东路43号", list(rules)) == [("A", "number", "")]
    assert held("兴东路43号五眼桥大院", list(rules)) == []
    rules = rules_of("石围塘街·万盛社区部分：兴东路41（含“五眼桥”字样）", holder="A")
    assert held("兴东路41号", list(rules)) == []
    assert held("兴东路41号五眼桥大院", list(rules)) == [("A", "number", "")]


def test_a_condition_on_an_exception_leaves_its_holder_open() -> None:
    [road, taken] = rules_of("甲街·乙社区部分：丙路（丙路1--9号除外）", holder="A")
    rules = [road, replace_condition(taken, "丁路以北")]
    assert held("丙路3号", rules) == [("A", "road", "丁路以北")]
    assert held("丙路11号", rules) == [("A", "road", "")]


def replace_condition(rule: ScopeRule, condition: str) -> ScopeRule:
    return replace(rule, condition=condition)


def test_a_community_is_known_by_its_former_name() -> None:
    rules = [
        *rules_of("多宝街·永庆坊社区（原至宝社区）", holder="A"),
        *rules_of("白鹤洞街·观御社区部分（原佳汇社区）：锦心街", holder="B"),
        *rules_of("白鹤洞街·观御社区部分（除原佳汇社区外）：锦御一街", holder="C"),
    ]
    assert held("至宝社区12号", rules) == [("A", "community", "")]
    assert held("佳汇社区锦心街2号", rules) == [("B", "road", "")]
    assert held("观御社区锦心街2号", rules) == [("B", "road", "")]
    assert held("佳汇社区锦御一街2号", rules) == []


def test_a_lane_that_branches_from_a_street_is_no_street_office() -> None:
    rules = list(rules_of("西村街·长乐社区部分：五约、六约大街长青里", holder="A"))
    assert held("西村街六约大街长青里5号", rules) == [("A", "road", "")]
    assert held("六约大街长青里5号", rules) == [("A", "road", "")]


def test_a_street_and_a_village_are_whole() -> None:
    rules = [*rules_of("桥中街", holder="A"), *rules_of("上村、下村", holder="B")]
    assert held("桥中街桥中中路1号", rules) == [("A", "street", "")]
    assert held("上村12号", rules) == [("B", "community", "")]
    assert held("中村12号", rules) == []


def test_a_community_given_whole_to_two_is_doubly_matched() -> None:
    rules = [*rules_of("石围塘街·岭南社区", holder="A"), *rules_of("石围塘街·岭南社区", holder="B")]
    assert held("石围塘街岭南社区1号", rules) == [("A", "community", ""), ("B", "community", "")]


def test_prose_notes_and_what_is_unread_hold_nothing() -> None:
    rules = list(rules_of("江南大道以南、江陵路以西区域。未定。该区域儿童可报名。", holder="A"))
    assert [rule.kind for rule in rules] == ["prose", "unread", "note"]
    assert held("江南大道5号", rules) == []


def test_nothing_asked_and_no_rules_give_an_empty_table() -> None:
    columns = ["address", "rule", "holder", "how", "undecided"]
    assert match_rules(parse_addresses(pd.Series([], dtype="str")), two()).columns.tolist() == columns
    assert match_rules(parse_addresses(pd.Series(["广雅路29号"])), []).columns.tolist() == columns


def test_labels_of_the_index_come_back_in_their_order() -> None:
    texts = pd.Series(["广雅路7号", "广雅路29号", "广雅路31号"], index=["c", "a", "b"])
    assert match_rules(parse_addresses(texts), two())["address"].tolist() == ["c", "a", "b"]


def test_the_result_is_the_same_in_small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = parse_addresses(pd.Series([f"广雅路{number}号" for number in range(1, 70)]))
    whole = match_rules(addresses, two())
    monkeypatch.setattr(matching, "MOST_ROWS", 60)
    pd.testing.assert_frame_equal(match_rules(addresses, two()), whole)


NUMBERS = st.integers(1, 12)


@st.composite
def ranges(draw: st.DrawFn, holder: str) -> str:
    """Draw the text of a holder: ranges and exceptions on two roads."""
    clauses = []
    for _ in range(draw(st.integers(1, 3))):
        road = draw(st.sampled_from(["甲路", "乙路"]))
        first = draw(NUMBERS)
        last = draw(st.integers(first, 12))
        mark = draw(st.sampled_from(["", "（单号）", "（双号）"]))
        out = draw(st.sampled_from(["", f"（{road}{first}号除外）"]))
        clauses.append(f"{road}{first}--{last}号{mark}{out}")
    return "东街·西社区部分：" + "；".join(clauses)


def plain(address: str, rules: list[ScopeRule]) -> set[tuple[str, int]]:
    """Return holder and rule for an address by a loop over the rules."""
    asked = parse_address(address)
    out, inside = set(), []
    for place, rule in enumerate(rules):
        if rule.road != asked.road or rule.from_no is None or rule.to_no is None or asked.number is None:
            continue
        fits = rule.parity == "all" or (asked.number % 2 == 1) == (rule.parity == "odd")
        if rule.from_no <= asked.number <= rule.to_no and fits:
            if rule.excepted:
                out.add(rule.holder)
            else:
                inside.append((rule.holder, place))
    return {(holder, place) for holder, place in inside if holder not in out}


@settings(max_examples=20)
@given(ranges("A"), ranges("B"))
def test_every_number_falls_under_the_rules_that_a_plain_loop_finds(one: str, other: str) -> None:
    rules = [*rules_of(one, holder="A"), *rules_of(other, holder="B")]
    texts = [f"{road}{number}号" for road, number in itertools.product(["甲路", "乙路"], range(1, 14))]
    hits = match_rules(parse_addresses(pd.Series(texts, index=texts)), rules)
    for text in texts:
        own = hits[hits["address"] == text]
        assert set(zip(own["holder"], own["rule"], strict=True)) == plain(text, rules)


@settings(max_examples=5)
@given(st.permutations(range(6)))
def test_the_order_of_rules_and_addresses_does_not_matter(order: list[int]) -> None:
    rules = two()
    texts = ["广雅路29号", "广雅后街一巷17号", "广雅后街一巷18号", "和苑社区", "广雅路7号", "广雅路8号"]

    def said(rules: list[ScopeRule], texts: list[str]) -> set[tuple[str, str, str]]:
        hits = match_rules(parse_addresses(pd.Series(texts, index=texts)), rules)
        return set(zip(hits["address"], hits["holder"], hits["how"], strict=True))

    turned = [rules[(place * 5 + order[0]) % len(rules)] for place in range(len(rules))]
    kept = turned if len(set(map(id, turned))) == len(rules) else rules[::-1]
    assert said(kept, [texts[place] for place in order]) == said(rules, texts)


@pytest.mark.real_data
def test_addresses_of_liwan_find_their_schools(real_data: Path) -> None:
    path = real_data / "guangzhou_liwan" / "schools.psv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="|"))
    rules = [rule for row in rows for rule in rules_of(row["zone"], holder=row["school"])]
    school = {
        "西村街广雅路29号": "广州市第一中学附属环市西路小学（竹苑校区）",
        "环市西路66号": "广州市西关外国语学校附属流花小学",
        "广雅路7号": "广州协和学校（小学部）",
        "芳彩社区凯粤湾小区3栋": "广州市荔湾区西关培正小学（凯粤湾校区）",
        "东塱社区兴航一街2号": "广州市荔湾区芳村小学新东学校",
        "东沙街兴航一街1号": "广东外语外贸大学附属荔湾小学",
    }
    hits = match_rules(parse_addresses(pd.Series(list(school), index=list(school))), rules)
    assert dict(zip(hits["address"], hits["holder"], strict=True)) == school
    assert set(hits["undecided"]) == {""}
