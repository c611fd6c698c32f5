"""What a notice leaves open and gives twice."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.messages import speaker
from geodata.scope.coverage import Finding, Run, coverage, runs_of, split_communities
from geodata.scope.matching import match_rules
from geodata.scope.rules import ScopeRule, rules_of
from geodata.scope.telling import coverage_table, runs_in_words

HEAD = "西村街·广雅社区部分："


def shown(findings: list[Finding]) -> list[tuple[str, str, str, str, str]]:
    """Return findings as kind, community, road, numbers, condition."""
    speak = speaker("en")
    return [
        (one.kind, one.community, one.road, runs_in_words(one.runs, speak), one.condition)
        for one in findings
    ]


def rules(**texts: str) -> list[ScopeRule]:
    return [rule for holder, text in texts.items() for rule in rules_of(text, holder=holder)]


def test_the_numbers_between_two_ranges_are_open() -> None:
    own = rules(A=HEAD + "广雅路27--65号（单号）", B=HEAD + "广雅路1号、7--25号（单号）")
    assert shown(coverage(own)) == [
        ("open-roads", "广雅社区", "", "", ""),
        ("open", "广雅社区", "广雅路", "2-6, 8-64 (even), 66-2000", ""),
    ]


def test_numbers_that_two_name_are_given_twice() -> None:
    [_, first, second] = coverage(
        rules(A=HEAD + "广雅路1--10号", B=HEAD + "广雅路8--20号（双号）"), last_number=20
    )
    assert shown([first, second]) == [
        ("open", "广雅社区", "广雅路", "11-19 (odd)", ""),
        ("twice", "广雅社区", "广雅路", "8-10 (even)", ""),
    ]
    assert second.holders == ("A", "B")


def test_lanes_of_one_name_on_two_roads_are_two() -> None:
    own = rules(A=HEAD + "建设路新村巷1--9号", B=HEAD + "解放路新村巷1--5号")
    found = shown(coverage(own, last_number=9))
    assert [one for one in found if one[0] != "open-roads"] == [
        ("open", "广雅社区", "解放路新村巷", "6-9", "")
    ]


def test_a_lane_is_told_once_however_its_numeral_is_written() -> None:
    found = shown(coverage(rules(A=HEAD + "长乐2巷1--9号", B=HEAD + "长乐二巷1--9号"), last_number=9))
    assert [one for one in found if one[0] == "twice"] == [("twice", "广雅社区", "长乐2巷", "1-9", "")]


def test_a_sub_number_that_two_name_is_given_twice() -> None:
    found = coverage(rules(A=HEAD + "广雅路1号、1号之一", B=HEAD + "广雅路2号、1号之一"), last_number=2)
    twice = [one for one in found if one.kind == "twice"]
    assert [(one.runs, one.sub) for one in twice] == [((Run(1, 1, "all"),), 1)]
    assert "1, sub-number 1" in coverage_table(twice, speaker("en")).to_numpy().tolist()[0]


def test_a_rest_and_what_it_excepts_leave_nothing_open() -> None:
    own = rules(A="茶滘街·花苑社区部分：除浣花路53号外", B="茶滘街·花苑社区部分：浣花路53号")
    assert coverage(own) == []


def test_what_a_rest_forgot_to_except_is_told() -> None:
    own = rules(A="茶滘街·花苑社区部分：除浣花路53号外", B="茶滘街·花苑社区部分：浣花路53、55号")
    [found] = coverage(own)
    assert shown([found]) == [("not-excepted", "花苑社区", "浣花路", "55", "")]
    assert found.holders == ("A", "B")


def test_what_is_excepted_and_given_to_nobody_is_open() -> None:
    own = rules(A="茶滘街·花苑社区部分：除浣花路53--57号（单号）外", B="茶滘街·花苑社区部分：浣花路53号")
    assert shown(coverage(own)) == [("open", "花苑社区", "浣花路", "55-57 (odd)", "")]


def test_a_community_given_whole_to_two_is_named_together() -> None:
    [found] = coverage(rules(A="石围塘街·岭南社区", B="石围塘街·岭南社区"))
    assert (found.kind, found.community, found.road, found.holders) == (
        "together",
        "岭南社区",
        "",
        ("A", "B"),
    )


def test_what_conditions_decide_is_told_with_them() -> None:
    own = rules(A=HEAD + "广雅路1--5号（东风路以北）", B=HEAD + "广雅路6--9号")
    found = [one for one in coverage(own, last_number=9) if one.kind == "conditional"]
    assert shown(found) == [("conditional", "广雅社区", "广雅路", "1-5", "东风路以北")]


def test_a_community_of_one_holder_is_not_looked_at() -> None:
    assert coverage(rules(A=HEAD + "广雅路1--5号", B="西村街·和苑社区")) == []
    assert split_communities([]) == {}
    assert coverage([]) == []


def test_findings_do_not_hang_on_the_order_of_the_rules() -> None:
    own = rules(A=HEAD + "广雅路27--65号（单号）；环市西路5号", B=HEAD + "广雅路1号；环市西6号")
    assert coverage(own[::-1]) == coverage(own)


@given(st.sets(st.integers(1, 60)))
def test_runs_hold_exactly_their_numbers(numbers: set[int]) -> None:
    runs = runs_of(sorted(numbers))
    held = [
        number for run in runs for number in range(run.first, run.last + 1, 1 if run.parity == "all" else 2)
    ]
    assert sorted(held) == sorted(numbers)
    assert len(held) == len(set(held))
    assert all((run.first % 2 == 1) == (run.parity == "odd") for run in runs if run.parity != "all")


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Draw a holder's text: ranges, a whole road, or the rest without some numbers."""
    if draw(st.integers(0, 3)) == 0:
        return f"{HEAD}除甲路{draw(st.integers(1, 8))}号外"
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        first = draw(st.integers(1, 20))
        mark = draw(st.sampled_from(["", "（单号）", "（双号）"]))
        parts.append(f"甲路{first}--{draw(st.integers(first, 20))}号{mark}")
    return HEAD + draw(st.sampled_from(["；".join(parts), "甲路", parts[0] + "；甲路3号之一"]))


@settings(max_examples=15)
@given(texts(), texts())
def test_every_number_is_told_as_an_address_of_it_is_matched(one: str, other: str) -> None:
    own = rules(A=one, B=other)
    found = [finding for finding in coverage(own, last_number=24) if finding.road and finding.sub is None]
    addresses = pd.DataFrame(
        {
            "text": "",
            "street": "西村街",
            "community": "广雅社区",
            "road": "甲路",
            "number": range(1, 25),
            "sub": pd.NA,
        }
    ).astype({"number": "Int64", "sub": "Int64"})
    hits = match_rules(addresses.set_index(pd.Index(range(1, 25))), own)
    holders = hits.groupby("address")["holder"].agg(lambda names: tuple(sorted(set(names))))
    for number in range(1, 25):
        told = {
            finding.kind
            for finding in found
            for run in finding.runs
            if run.first <= number <= run.last and (run.parity == "all" or (number - run.first) % 2 == 0)
        }
        have = holders.get(number, ())
        assert ("open" in told) == (len(have) == 0), (number, told, have)
        assert ("twice" in told) == (len(have) > 1), (number, told, have)


# by hand, from the notice of 2026: community, road, and the numbers from 1 to 2000 that no school has
LIWAN_OPEN = [
    ("万盛社区", "五眼桥东华里", "42-44, 46-2000"),
    ("万盛社区", "五眼桥新基", "193-2000"),
    ("万盛社区", "五眼桥新基上村", "152-154, 158, 165-2000"),
    ("万盛社区", "五眼桥新基下村", "117-2000"),
    ("万盛社区", "兴东路", "1, 2-6 (even), 8-10, 12-22 (even), 24-26, 28, 30-32, 34-42 (even), 44-2000"),
    ("万盛社区", "怡福街", "56-2000"),
    ("万盛社区", "环卫局宿舍", "1-116, 118-126 (even), 128-2000"),
    ("万盛社区", "育才街", "1-2, 128-2000"),
    ("万盛社区", "芳村大道西", "2-162 (even), 164-2000"),
    ("广雅社区", "东风西路", "1-144, 146-2000"),
    ("广雅社区", "广雅路", "2-6, 8-64 (even), 66-2000"),
    ("广雅社区", "环市西", "1-33, 35-53 (odd), 55-2000"),
    ("广雅社区", "西增路", "1-3, 5-8, 10-2000"),
    ("广雅社区", "西湾路", "1-40, 42-52 (even), 54-2000"),
    ("长乐社区", "村尾街", "3-2000"),
    ("长乐社区", "环市西", "1-65, 67-97 (odd), 99-2000"),
    ("长乐社区", "西湾东路", "1-8, 10-2000"),
]
LIWAN_OPEN_ROADS = ["万盛社区", "广雅社区", "荔勤南社区", "观御社区", "长乐社区"]
# in both 增滘社区 and 步漖社区, whose text is the same: one school has these numbers, and the other,
# which has the villagers or the rest, does not except them
LIWAN_NOT_EXCEPTED = [
    ("增南路", "393-399 (odd)"),
    ("增滘东约", "1-270"),
    ("增滘南约", "6-375"),
    ("增滘大和东约", "1-380"),
    ("增滘大和西约", "1-257"),
    ("增滘洪石坊", "1-298"),
]
# and these the notice leaves to who a child is (former villagers), or to where a house lies (by a road)
LIWAN_CONDITIONAL = [
    ("", "", "原增滘村民"),
    ("增南路", "1-392, 394-398 (even), 400-2000", "原增滘村民"),
    ("增滘东约", "271-2000", "原增滘村民"),
    ("增滘南约", "1-5", "原增滘村民；龙溪中路以北"),
    ("增滘南约", "376-2000", "原增滘村民"),
    ("增滘大和东约", "381-2000", "原增滘村民"),
    ("增滘大和西约", "258-2000", "原增滘村民"),
    ("增滘步漖村", "1-805", "原增滘村民；增南路以东、龙溪大道以北"),
    ("增滘步漖村", "806-2000", "原增滘村民"),
    ("增滘洪石坊", "299-2000", "原增滘村民"),
]


@pytest.mark.real_data
def test_what_liwan_leaves_open_and_gives_to_several(real_data: Path) -> None:
    path = real_data / "guangzhou_liwan" / "schools.psv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="|"))
    own = [rule for row in rows for rule in rules_of(row["zone"], holder=row["school"])]
    assert len(split_communities(own)) == 15
    found = coverage(own)
    told = shown(found)
    # without a condition nothing is two schools' but 岭南社区, which the notice names at both
    assert [one for one in found if one.kind == "twice"] == []
    assert [(one.community, len(one.holders)) for one in found if one.kind == "together"] == [
        ("岭南社区", 2)
    ]
    assert sorted(row[1:4] for row in told if row[0] == "open") == sorted(LIWAN_OPEN)
    assert sorted(row[1] for row in told if row[0] == "open-roads") == sorted(LIWAN_OPEN_ROADS)
    for community in ("增滘社区", "步漖社区"):
        here = [row for row in told if row[1] == community]
        assert sorted(row[2:4] for row in here if row[0] == "not-excepted") == sorted(LIWAN_NOT_EXCEPTED)
        assert sorted(row[2:] for row in here if row[0] == "conditional") == sorted(LIWAN_CONDITIONAL)
    others = [row for row in told if row[1] not in ("增滘社区", "步漖社区") and row[0] == "conditional"]
    assert others == [("conditional", "广雅社区", "广雅内街", "1-2000", "已拆迁")]
