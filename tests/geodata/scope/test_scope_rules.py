"""What the clauses of a notice say; short clauses of real notices (Liwan 2026, Binjiang 2026, Xiamen)."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.scope.rules import ScopeRule, rules_of
from geodata.scope.writing import text_of

HEAD = "西村街·广雅社区部分："


def numbers(rule: ScopeRule) -> str:
    """Return a rule as `road from-to.subs parity`, short enough for a table."""
    if rule.from_no is None:
        return rule.road or rule.estate or rule.community or rule.condition
    subs = "" if rule.from_sub is None else f".{rule.from_sub}-{rule.to_sub}"
    parity = {"all": "", "odd": " odd", "even": " even"}[rule.parity]
    return f"{rule.road} {rule.from_no}-{rule.to_no}{subs}{parity}"


CLAUSES = [
    ("广雅路27--65号（单号）", ["广雅路 27-65 odd"]),
    ("环市西34-54号（双号）", ["环市西 34-54 even"]),
    ("吕岭路1790-1810双号", ["吕岭路 1790-1810 even"]),
    ("广雅路27—65号(单号)", ["广雅路 27-65 odd"]),
    ("广雅路27～65号", ["广雅路 27-65"]),
    ("广雅路27号至65号", ["广雅路 27-65"]),
    ("广雅路２７--６５号", ["广雅路 27-65"]),
    ("广雅路1号、7--25号（单号）", ["广雅路 1-1", "广雅路 7-25 odd"]),
    ("西增路4、9号", ["西增路 4-4", "西增路 9-9"]),
    ("浣南东街1号，浣南东街1号之三和浣南东街2号。", ["浣南东街 1-1", "浣南东街 1-1.3-3", "浣南东街 2-2"]),
    ("兴东路21、21号之一之二之三之四", ["兴东路 21-21", "兴东路 21-21.1-4"]),
    ("兴东路21号之一之三", ["兴东路 21-21.1-1", "兴东路 21-21.3-3"]),
    ("广雅路29-1号", ["广雅路 29-29.1-1"]),
    ("环卫局宿舍117、119号", ["环卫局宿舍 117-117", "环卫局宿舍 119-119"]),
    ("五眼桥新基上村1--151号、155", ["五眼桥新基上村 1-151", "五眼桥新基上村 155-155"]),
    ("西湾东16街；西湾东路9号", ["西湾东16街", "西湾东路 9-9"]),
    ("长乐一、二巷", ["长乐一巷", "长乐二巷"]),
    ("长喜一、二、三横巷；长恩里", ["长喜一横巷", "长喜二横巷", "长喜三横巷", "长恩里"]),
    ("锦汇一街至锦汇三街，锦佳一街", ["锦汇一街", "锦汇二街", "锦汇三街", "锦佳一街"]),
    ("锦汇一街至二街", ["锦汇一街", "锦汇二街"]),
    ("和光一街，和光二街", ["和光一街", "和光二街"]),
    ("颂璟街和锦心街", ["颂璟街", "锦心街"]),
    ("1.广雅前街；2.广雅路5号", ["广雅前街", "广雅路 5-5"]),
    ("五约、六约大街长青里", ["五约", "长青里"]),
    ("广雅路29号之一、之二", ["广雅路 29-29.1-1", "广雅路 29-29.2-2"]),
    ("广雅路29号、之二之三号", ["广雅路 29-29", "广雅路 29-29.2-3"]),
    ("广雅路27-65号（单号除外）", ["广雅路 27-65 even"]),
    ("广雅路27-65号（除双号外）", ["广雅路 27-65 odd"]),
    ("广雅路27-65号（不含单号）", ["广雅路 27-65 even"]),
    ("广雅路27-65号（单双号）", ["广雅路 27-65"]),
    ("广雅路27-65号（单、双号）", ["广雅路 27-65"]),
    ("广雅路27-65号（单号、双号）", ["广雅路 27-65"]),
    ("广雅路单双号1-15号", ["广雅路 1-15"]),
    ("广雅路单号1-15号，双号2-20号", ["广雅路 1-15 odd", "广雅路 2-20 even"]),
]


@pytest.mark.parametrize(("clause", "said"), CLAUSES, ids=[clause for clause, _ in CLAUSES])
def test_a_clause_says_these_roads_and_numbers(clause: str, said: list[str]) -> None:
    rules = rules_of(HEAD + clause)
    assert [numbers(rule) for rule in rules] == said
    assert {(rule.street, rule.community, rule.excepted) for rule in rules} == {
        ("西村街", "广雅社区", False)
    }
    assert text_of(rules) == HEAD + clause


def test_an_exclusion_in_brackets_is_of_the_road_before_it_though_its_name_is_shortened() -> None:
    rules = rules_of(HEAD + "广雅后街一巷（后街一巷17号、17号之一除外）、广雅后街二巷")
    assert [(numbers(rule), rule.excepted) for rule in rules] == [
        ("广雅后街一巷", False),
        ("广雅后街一巷 17-17", True),
        ("广雅后街一巷 17-17.1-1", True),
        ("广雅后街二巷", False),
    ]


def test_an_exclusion_of_numbers_in_brackets_may_begin_with_its_word() -> None:
    rules = rules_of(HEAD + "广雅路1--99号（除17号、19号外）")
    assert [(numbers(rule), rule.excepted) for rule in rules] == [
        ("广雅路 1-99", False),
        ("广雅路 17-17", True),
        ("广雅路 19-19", True),
    ]


@pytest.mark.parametrize(
    "clause",
    [
        "广雅路1--50号，不含31号、33号",
        "广雅路1--50号，不包括31号、33号",
        "广雅路1--50号，除31号、33号外",
        "广雅路1--50号，除广雅路31号、33号外",
        "广雅路1--50号（不含31号、33号）",
    ],
)
def test_numbers_behind_a_comma_or_in_a_bracket_are_taken_from_the_road_before(clause: str) -> None:
    text = HEAD + clause + "；长宁街"
    rules = rules_of(text)
    assert [(numbers(rule), rule.excepted) for rule in rules] == [
        ("广雅路 1-50", False),
        ("广雅路 31-31", True),
        ("广雅路 33-33", True),
        ("长宁街", False),
    ]
    assert text_of(rules) == text


def test_what_follows_what_is_taken_away_is_not_guessed() -> None:
    rules = rules_of(HEAD + "广雅路1--50号，不含31号，33号；长宁街，不含商铺")
    assert [(rule.kind, rule.excepted) for rule in rules] == [
        ("numbers", False),
        ("numbers", True),
        ("unread", False),
        ("road", False),
        ("unread", False),
    ]
    assert rules_of(HEAD + "广雅路1--50号（不含商铺）")[0].condition == "不含商铺"


def test_a_road_with_a_mark_is_its_odd_numbers() -> None:
    [rule] = rules_of(HEAD + "广雅路单号")
    assert (rule.kind, rule.road, rule.parity) == ("road", "广雅路", "odd")


@pytest.mark.parametrize(
    "text",
    [
        "西村街·广雅社区，除广雅路外",
        "西村街·广雅社区除广雅路外",
        "西村街·广雅社区，不含广雅路",
        "西村街·广雅社区不含广雅路",
    ],
)
def test_a_community_less_a_road_is_the_rest_of_it(text: str) -> None:
    rules = rules_of(text)
    assert [(rule.kind, rule.street, rule.community, rule.road, rule.excepted) for rule in rules] == [
        ("rest", "西村街", "广雅社区", "", False),
        ("road", "西村街", "广雅社区", "广雅路", True),
    ]
    assert text_of(rules) == text
    # written anew under another street it reads as such
    moved = [replace(rule, street="东街", before="", text="", after="") for rule in rules]
    assert [(rule.kind, rule.street) for rule in rules_of(text_of(moved))] == [
        ("rest", "东街"),
        ("road", "东街"),
    ]


def test_a_list_of_communities_with_their_streets_is_read_without_the_sign_between() -> None:
    rules = rules_of("西村街·广雅社区、西村街·和苑社区，除怡福街外；东街·甲社区")
    assert [(rule.kind, rule.street, rule.community) for rule in rules] == [
        ("community", "西村街", "广雅社区"),
        ("rest", "西村街", "和苑社区"),
        ("road", "西村街", "和苑社区"),
        ("community", "东街", "甲社区"),
    ]


def test_what_is_left_of_a_community_is_a_rest_and_its_exceptions() -> None:
    rules = rules_of("东沙街·东塱社区部分：除兴航一街1号、3号，荔创南路31号，颂璟街外。")
    assert [(rule.kind, numbers(rule), rule.excepted) for rule in rules] == [
        ("rest", "东塱社区", False),
        ("numbers", "兴航一街 1-1", True),
        ("numbers", "兴航一街 3-3", True),
        ("numbers", "荔创南路 31-31", True),
        ("road", "颂璟街", True),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("多宝街·丛桂社区", [("community", "丛桂社区", False, "")]),
        ("多宝街·永庆坊社区（原至宝社区）", [("community", "永庆坊社区", False, "原至宝社区")]),
        ("石围塘街·芳彩社区（仅凯粤湾小区）", [("estate", "凯粤湾小区", False, "")]),
        (
            "石围塘街·芳彩社区（非凯粤湾小区部分）",
            [("rest", "芳彩社区", False, ""), ("estate", "凯粤湾小区", True, "")],
        ),
        (
            "石围塘街·芳彩社区（除凯粤湾小区外）",
            [("rest", "芳彩社区", False, ""), ("estate", "凯粤湾小区", True, "")],
        ),
        ("桥中街", [("street", "", False, "")]),
        ("西村街·广雅社区部分", [("unread", "广雅社区", False, "")]),
        ("广雅社区部分：广雅路5号", [("numbers", "广雅路 5-5", False, "")]),
    ],
)
def test_a_unit_without_a_list(text: str, said: list[tuple[str, str, bool, str]]) -> None:
    rules = rules_of(text)
    assert [(rule.kind, numbers(rule), rule.excepted, rule.condition) for rule in rules] == said
    assert text_of(rules) == text


def test_an_estate_in_brackets_holds_to_the_end_of_its_clause() -> None:
    rules = rules_of(HEAD + "（万和苑）兴东路17、19；兴东路33；（怡福花园）怡福街1--55号")
    assert [(numbers(rule), rule.estate) for rule in rules] == [
        ("兴东路 17-17", "万和苑"),
        ("兴东路 19-19", "万和苑"),
        ("兴东路 33-33", ""),
        ("怡福街 1-55", "怡福花园"),
    ]


def test_a_condition_is_kept_in_words_and_is_of_all_numbers_since_the_road() -> None:
    rules = rules_of(HEAD + "增滘大和东约1--380号、增滘南约1--5号（龙溪中路以北）")
    assert [rule.condition for rule in rules] == ["", "龙溪中路以北"]
    rules = rules_of(HEAD + "兴东路39；兴东路41、43（除地址门牌含“五眼桥”字样外）")
    assert [rule.condition for rule in rules] == ["", *["除地址门牌含“五眼桥”字样外"] * 2]
    assert rules_of(HEAD + "广雅内街（已拆迁）")[0].condition == "已拆迁"


def test_villagers_are_people_and_may_be_excepted() -> None:
    rules = rules_of("海龙街·增滘社区部分：1.除原增滘村民外；2.增滘洪石坊1--298号。")
    assert [(rule.kind, rule.excepted, rule.condition) for rule in rules] == [
        ("rest", False, ""),
        ("villagers", True, "原增滘村民"),
        ("numbers", False, ""),
    ]
    rules = rules_of("海龙街·增滘社区部分：1.原增滘村民；2.增滘洪石坊1--298号。")
    assert [(rule.kind, rule.excepted) for rule in rules] == [("villagers", False), ("numbers", False)]


def test_a_list_of_communities_keeps_the_street_and_stands_beside_boundary_prose() -> None:
    text = "时代大道以东，江陵路以西、江南大道以北区域，长河街道中兴社区、观潮社区和闻涛社区。"
    rules = rules_of(text)
    assert [(rule.kind, rule.street, rule.community) for rule in rules] == [
        ("prose", "", ""),
        ("community", "长河街道", "中兴社区"),
        ("community", "长河街道", "观潮社区"),
        ("community", "长河街道", "闻涛社区"),
    ]
    assert rules[0].text == "时代大道以东，江陵路以西、江南大道以北区域"
    assert text_of(rules) == text


def test_boundary_prose_stays_one_text() -> None:
    text = "西从浦沿路往北延伸至东信大道;北以浙赣铁路为界;东至火炬大道。\n该区域内儿童可选择一校报名。"
    assert [rule.kind for rule in rules_of(text)] == ["prose", "note"]


def test_the_parts_of_a_community_and_villages_stand_in_lists_too() -> None:
    rules = rules_of("学区范围：浦沿街道向南社区中兴和园，西兴街道马湖社区(自愿原则)，上村、下村。东和云第")
    assert [(rule.kind, rule.community, rule.estate, rule.condition) for rule in rules] == [
        ("estate", "向南社区", "中兴和园", ""),
        ("community", "马湖社区", "", "自愿原则"),
        ("village", "上村", "", ""),
        ("village", "下村", "", ""),
        ("estate", "", "东和云第", ""),
    ]


@pytest.mark.parametrize(
    "clause",
    [
        "未定",
        "学校周边的居民",
        "28号",
        "广雅路3号楼",
        "甲乙（丙",
        "广雅路1号等",
        "（丁）",
        "除长宁路",
        "不含",
        "之二",
        "（单号）广雅路1-5号",
    ],
)
def test_what_is_not_understood_is_kept_as_unread(clause: str) -> None:
    rules = rules_of(HEAD + "长宁街；" + clause)
    assert [rule.kind for rule in rules][:2] == ["road", "unread"] or clause == "（丁）"
    assert text_of(rules) == HEAD + "长宁街；" + clause


def test_units_are_parts_and_the_holder_is_the_text_where_none_is_named() -> None:
    text = "西村街·和苑社区##桥中街"
    assert [(rule.part, rule.kind) for rule in rules_of(text)] == [(1, "community"), (2, "street")]
    assert {rule.holder for rule in rules_of(text)} == {text}
    assert {rule.holder for rule in rules_of(text, holder="S1")} == {"S1"}


PIECES = re.findall(
    r"\S+",
    """西村街· 广雅社区 部分： （ ） 除 外 除外 ； 、 ， 。 1号 27--65号 （单号） 双号 之一 之二
    广雅路 长乐 一、二 巷 一街至 三街 和 ## 1.
    村民 以东 合围 招生 “五眼桥” 9 -- 号 仅 非 =1 １ 街道 小区 : 不含 不包括 单双号 单号 双号除外 29甲号""",
)


@given(st.lists(st.sampled_from([*PIECES, "\n", "\u3000"]), max_size=14).map("".join))
def test_nothing_of_any_text_is_lost(text: str) -> None:
    assert text_of(rules_of(text)) == text


@given(st.text(max_size=30))
def test_no_text_whatever_fails(text: str) -> None:
    assert text_of(rules_of(text)) == text


def test_a_list_that_begins_with_another_community_keeps_its_heading() -> None:
    assert text_of(rules_of(HEAD + "和苑社区；长宁街")) == HEAD + "和苑社区；长宁街"


def test_long_and_nested_nonsense_ends() -> None:
    for sign in ("(", "除", "、", "一", "1", "广雅路1号（", "社区", "锦一街至"):
        text = sign * 4_000
        assert text_of(rules_of(text)) == text


def rows_of(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


@pytest.mark.real_data
def test_all_198_communities_of_liwan_parse_and_write_back(real_data: Path) -> None:
    rows = rows_of(real_data / "guangzhou_liwan" / "schools.psv", "|")
    rules = [rule for row in rows for rule in rules_of(row["zone"], holder=row["school"])]
    named = {(rule.street, rule.community) for rule in rules}
    assert len(named) == 198
    assert ("桥中街", "") in named  # a whole street, where the others are communities
    assert [rule.text for rule in rules if rule.kind in ("unread", "prose", "note")] == []
    assert [row["school"] for row in rows if text_of(rules_of(row["zone"])) != row["zone"]] == []
    schools: dict[tuple[str, str], set[str]] = {}
    for rule in rules:
        schools.setdefault((rule.street, rule.community), set()).add(rule.holder)
    assert sum(len(own) > 1 for own in schools.values()) == 15
    units = {unit for row in rows for unit in row["zone"].split("##")}
    assert len(units) == 213


@pytest.mark.real_data
def test_the_scopes_of_binjiang_parse_but_for_one_and_write_back(real_data: Path) -> None:
    rows = rows_of(real_data / "hangzhou_binjiang" / "schools.csv")
    rules = [rule for row in rows for rule in rules_of(row["school_scope"], holder=row["campus_code"])]
    assert [
        row["campus_code"] for row in rows if text_of(rules_of(row["school_scope"])) != row["school_scope"]
    ] == []
    # the scope of one new campus is not decided yet
    assert [rule.text for rule in rules if rule.kind == "unread"] == ["未定"]
    counts = {
        kind: sum(rule.kind == kind for rule in rules) for kind in ("community", "estate", "prose", "note")
    }
    assert counts == {"community": 44, "estate": 4, "prose": 23, "note": 7}
