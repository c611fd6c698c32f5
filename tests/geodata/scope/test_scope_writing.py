"""Rules written back: the same bytes where nothing was edited, a well-formed clause where something was."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import DataError
from geodata.scope.rules import ScopeRule, rules_of
from geodata.scope.writing import clause_of, stated, text_of, texts_of

HEAD = "西村街·广雅社区部分："
TEXT = HEAD + "广雅路1号、7--25号（单号）；广雅后街一巷（后街一巷17号、19号除外）、广雅前街；西增路4、9号。"


def edited(whole: str, place: int, **fields: object) -> str:
    rules = list(rules_of(whole, holder="S1"))
    rules[place] = replace(rules[place], **fields)
    return text_of(rules)


@pytest.mark.parametrize(
    ("place", "fields", "expected"),
    [
        (1, {"to_no": 27}, TEXT.replace("7--25号", "广雅路7--27号")),
        (1, {"parity": "all"}, TEXT.replace("7--25号（单号）", "广雅路7--25号")),
        (0, {"to_no": 3}, TEXT.replace("广雅路1号", "广雅路1--3号")),
        (0, {"condition": "东风路以北"}, TEXT.replace("广雅路1号", "广雅路1号（东风路以北）")),
        (3, {"from_no": 15, "to_no": 15}, TEXT.replace("后街一巷17号", "广雅后街一巷15号")),
        (5, {"road": "广雅内街"}, TEXT.replace("广雅前街", "广雅内街")),
        (7, {"from_sub": 1, "to_sub": 2}, TEXT.replace("4、9号", "4、西增路9号之一之二")),
    ],
)
def test_an_edited_rule_is_a_new_clause_and_the_others_keep_their_bytes(
    place: int, fields: dict[str, object], expected: str
) -> None:
    assert edited(TEXT, place, **fields) == expected


def test_a_rule_that_others_hung_on_can_be_taken_out() -> None:
    rules = list(rules_of(TEXT, holder="S1"))
    assert text_of(rules[1:]) == TEXT.replace("广雅路1号、7--25", "广雅路7--25")
    assert text_of([rule for rule in rules if rule.road != "广雅前街"]) == TEXT.replace("、广雅前街", "")
    assert text_of(rules[:-2]) == TEXT.split("；西增路")[0]


def test_a_new_rule_needs_no_pieces_of_text() -> None:
    rules = list(rules_of(TEXT, holder="S1"))
    new = ScopeRule(holder="S1", kind="road", street="西村街", community="广雅社区", road="和苑街")
    assert text_of([*rules, new]) == TEXT + "；和苑街"
    assert text_of([new, *rules]) == TEXT.replace(HEAD, HEAD + "和苑街；")


def test_a_rule_of_another_holder_is_a_part_of_its_own() -> None:
    moved = replace(rules_of(TEXT, holder="S1")[0], holder="S2")
    other = rules_of("西村街·和苑社区", holder="S2")
    assert text_of([*other, moved]) == "西村街·和苑社区##西村街·广雅社区部分：广雅路1号"


def test_a_rule_in_another_community_gets_another_heading() -> None:
    rules = [replace(rule, community="和苑社区") for rule in rules_of(TEXT, holder="S1")]
    assert text_of(rules) == TEXT.replace("广雅社区", "和苑社区")


@pytest.mark.parametrize(
    "text",
    [
        "东沙街·东塱社区部分：除兴航一街1号、3号，颂璟街外。",
        "石围塘街·芳彩社区（非凯粤湾小区部分）",
        "石围塘街·芳彩社区（仅凯粤湾小区）",
        "白鹤洞街·观御社区部分（原佳汇社区）：锦心街，锦汇一街至锦汇三街",
        "多宝街·永庆坊社区（原至宝社区）",
        "石围塘街·万盛社区部分：（万和苑）兴东路17、19号之一；兴东路41、43（除地址门牌含“五眼桥”字样外）。",
        TEXT,
    ],
)
def test_a_text_can_be_written_from_its_rules_alone(text: str) -> None:
    rules = rules_of(text, holder="S1")
    alone = [replace(rule, before="", text="", after="") for rule in rules]
    written = text_of(alone)
    assert [stated(rule) for rule in rules_of(written)] == [stated(rule) for rule in rules]


def test_prose_is_written_as_it_stands_and_may_be_edited() -> None:
    text = "江南大道以南、江陵路以西区域，长河街道中兴社区。"
    assert edited(text, 0, text="江南大道以北区域") == "江南大道以北区域，长河街道中兴社区。"


@pytest.mark.parametrize(
    "fields",
    [
        {"road": ""},
        {"road": "广雅路；东街"},
        {"kind": "rest"},
        {"condition": "甲）乙"},
        {"road": "广雅##路"},
    ],
)
def test_what_cannot_be_read_again_as_it_was_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(DataError, match="can be written as a text and read again as the same rules"):
        edited(HEAD + "广雅路1号；西增路4号", 0, **fields)


def test_all_parts_that_cannot_be_written_are_named_together() -> None:
    good = rules_of("西村街·和苑社区", holder="S1")
    bad = [replace(rules_of(HEAD + "广雅路1号", holder=name)[0], road="") for name in ("S2", "S3")]
    with pytest.raises(DataError) as caught:
        texts_of([*good, *bad])
    assert [fault.file for fault in caught.value.faults] == ["S2", "S3"]
    assert texts_of(good) == {"S1": "西村街·和苑社区"}


ROADS = st.sampled_from(["广雅路", "环市西", "长乐一巷", "西湾东16街", "环卫局宿舍", "芳村大道西"])
PARITIES = st.sampled_from(["all", "odd", "even"])
CONDITIONS = st.sampled_from(["", "龙溪中路以北", "已拆迁"])


@st.composite
def clauses(draw: st.DrawFn) -> ScopeRule:
    """Draw a rule about numbers, or a whole road."""
    road = draw(ROADS)
    said: dict[str, object] = {
        "road": road,
        "condition": draw(CONDITIONS),
        "estate": draw(st.sampled_from(["", "万和苑"])),
    }
    if road not in ("环卫局宿舍", "环市西") and draw(st.booleans()):
        return ScopeRule(holder="S1", kind="road", street="西村街", community="广雅社区", **said)
    first = draw(st.integers(1, 99_999))
    said |= {"from_no": first, "to_no": draw(st.integers(first, 99_999)), "parity": draw(PARITIES)}
    if draw(st.booleans()):
        sub = draw(st.integers(1, 30))
        said |= {
            "to_no": first,
            "from_sub": sub,
            "to_sub": draw(st.integers(sub, sub + 3)),
            "parity": "all",
        }
    return ScopeRule(holder="S1", kind="numbers", street="西村街", community="广雅社区", **said)


@settings(max_examples=60)
@given(st.lists(clauses(), min_size=1, max_size=5))
def test_random_rules_become_a_text_that_reads_as_the_same_rules(rules: list[ScopeRule]) -> None:
    text = text_of(rules)
    assert [stated(rule) for rule in rules_of(text)] == [stated(rule) for rule in rules]
    assert text.startswith(HEAD)
    assert not re.search(r"[；、]{2}|[；、]$", text)


@settings(max_examples=60)
@given(st.lists(clauses(), min_size=2, max_size=5), st.data())
def test_any_edit_of_a_text_is_written_so_that_it_reads_as_edited(
    rules: list[ScopeRule], data: st.DataObject
) -> None:
    read = list(rules_of(text_of(rules), holder="S1"))
    place = data.draw(st.integers(0, len(read) - 1))
    change = data.draw(st.sampled_from(["other", "gone", "twice"]))
    if change == "gone":
        del read[place]
    elif change == "twice":
        read.insert(place, replace(read[place], before="", text="", after=""))
    else:
        other = data.draw(clauses())
        kept = {name: getattr(read[place], name) for name in ("part", "heading", "before", "text", "after")}
        read[place] = replace(other, **kept)
    text = text_of(read)
    assert [stated(rule) for rule in rules_of(text)] == [stated(rule) for rule in read]


def test_a_clause_is_whole_in_itself() -> None:
    rule = ScopeRule(
        holder="",
        kind="numbers",
        road="兴东路",
        estate="万和苑",
        from_no=21,
        to_no=21,
        from_sub=1,
        to_sub=3,
    )
    assert clause_of(rule) == "（万和苑）兴东路21号之一之二之三"
    assert clause_of(rules_of("海龙街·增滘社区部分：原增滘村民")[0]) == "原增滘村民"
    assert clause_of(rules_of("桥中街")[0]) == "桥中街"
