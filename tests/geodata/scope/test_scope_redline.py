"""Two years' rules compared."""

from __future__ import annotations

import pytest

from geodata.messages import speaker
from geodata.scope.redline import redline, redline_text
from geodata.scope.rules import ScopeRule, rules_of
from geodata.scope.telling import changes_table

HEAD = "西村街·广雅社区部分："


def rules(**texts: str) -> list[ScopeRule]:
    return [rule for holder, text in texts.items() for rule in rules_of(text, holder=holder)]


def compared(old: list[ScopeRule], new: list[ScopeRule]) -> list[tuple[str, str, str, str]]:
    table = changes_table(redline(old, new), speaker("en"))
    return [(row[0], row[5], row[6], row[7]) for row in table.itertuples(index=False, name=None)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("广雅路27--65号（单号）", "广雅路27--71号（单号）", ("rule changed", "to number")),
        ("广雅路27--65号（单号）", "广雅路27--65号", ("rule changed", "odd or even")),
        ("广雅路27--65号", "广雅路", ("rule changed", "kind of rule, from number, to number")),
        ("广雅路27--65号", "广雅路27--65号（东风路以北）", ("rule changed", "condition")),
        ("广雅路27--65号", "广雅路27--65号；广雅前街", ("rule added", "")),
        ("广雅路27--65号；广雅前街", "广雅路27--65号", ("rule removed", "")),
        ("广雅路27--65号", "广雅路27--65号、71号", ("rule added", "")),
    ],
)
def test_one_difference_is_one_change(before: str, after: str, expected: tuple[str, str]) -> None:
    found = compared(rules(A=HEAD + before), rules(A=HEAD + after))
    assert [(kind, fields) for kind, _, _, fields in found] == [expected]


def test_a_rule_under_another_school_has_moved() -> None:
    old = rules(A=HEAD + "广雅路1号；广雅前街", B=HEAD + "广雅路3号")
    new = rules(A=HEAD + "广雅路1号", B=HEAD + "广雅前街；广雅路3号")
    [one] = redline(old, new)
    assert (one.kind, one.old and one.old.holder, one.new and one.new.holder) == ("moved", "A", "B")


def test_another_order_or_another_way_of_writing_is_no_change() -> None:
    old = rules(A=HEAD + "广雅路1号、3号；广雅前街。")
    new = rules(A=HEAD + "广雅前街；广雅路1号；广雅路３。")
    assert redline(old, new) == []
    assert redline(old, new[::-1]) == []


def test_numbers_apart_are_removed_and_added() -> None:
    found = compared(rules(A=HEAD + "广雅路1--9号"), rules(A=HEAD + "广雅路11--19号"))
    assert sorted(kind for kind, *_ in found) == ["rule added", "rule removed"]


def test_an_exception_more_is_told_as_one() -> None:
    old, new = "东沙街·东塱社区部分：除颂璟街外", "东沙街·东塱社区部分：除颂璟街、荔创南路31号外"
    assert compared(rules(A=old), rules(A=new)) == [("rule added", "", "except 荔创南路31号", "")]


def test_prose_that_was_rewritten_is_told() -> None:
    found = compared(rules(A="江南大道以南区域"), rules(A="江南大道以北区域"))
    assert [(kind, old, new) for kind, old, new, _ in found] == [
        ("rule changed", "江南大道以南区域", "江南大道以北区域")
    ]


def test_the_same_rule_twice_is_two() -> None:
    found = compared(rules(A=HEAD + "广雅前街"), rules(A=HEAD + "广雅前街；广雅前街"))
    assert [kind for kind, *_ in found] == ["rule added"]


def test_the_text_shows_what_came_and_what_went() -> None:
    old, new = (
        rules(A=HEAD + "长宁街；村尾街1--2号；广雅前街。"),
        rules(A=HEAD + "长宁街；广雅前街；和苑街。"),
    )
    assert redline_text(old, new) == HEAD + "长宁街【删：村尾街1--2号】；广雅前街；【增：和苑街】。"
    assert redline_text(old, old) == HEAD + "长宁街；村尾街1--2号；广雅前街。"
    assert redline_text(old, []) == "【删：长宁街】【删：村尾街1--2号】【删：广雅前街】"
    assert redline_text([], new) == HEAD + "【增：长宁街】；【增：广雅前街】；【增：和苑街】。"


def test_units_stay_apart_in_the_marked_text() -> None:
    old, new = rules(A="西村街·和苑社区"), rules(A="西村街·和苑社区##西村街·增埗社区")
    assert redline_text(old, new) == "西村街·和苑社区##【增：增埗社区】"


def test_html_is_escaped_and_marked() -> None:
    old, new = rules(A="江南大道以南<b>区域"), rules(A="江南大道以北<script>区域")
    assert redline_text(old, new, marks="html") == (
        "<del>江南大道以南&lt;b&gt;区域</del><ins>江南大道以北&lt;script&gt;区域</ins>"
    )
