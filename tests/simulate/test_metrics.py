"""What is counted of a stage: envy, blocking pairs, wasted seats; by hand, and against plain counting."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulate.building import build_world
from simulate.metrics import promises_no_envy
from simulate.records import tables_of
from simulate.season import open_season, run_season
from tests.simulate.plain_tables import differences, tables
from tests.simulate.random_policies import towns
from tests.simulate.town import (
    CHOICES,
    DEFERRED,
    NEAREST,
    claim,
    claims_stage,
    play,
    policy,
    pool,
    stage,
    town,
)

POINTS = ["points desc", "ticket"]
COUNTED = ["claimants", "seated", "over", "envious", "envy_pairs", "blocking_pairs", "wasted_seats"]
IMMEDIATE = {"name": "immediate-acceptance"}


def child(name: str, points: int, **more: Any) -> dict[str, Any]:
    return {"applicant_id": name, "category": "household", "zone_id": "Z1", "points": points, **more}


def counted(
    points: dict[str, int],
    choices: dict[str, list[str]],
    seats: dict[str, int],
    mechanism: Any,
    **more: Any,
) -> list[int]:
    schools = {s: ("D", 500.0 * i, n) for i, (s, n) in enumerate(seats.items())}
    children = [child(n, p) for n, p in points.items()]
    city = town(zones={"Z1": ("D", ["A"])}, schools=schools, children=children, choices=choices)
    played = play(city, policy(stage("one", "household", "city", POINTS, mechanism=mechanism, **more)))
    return [int(n) for n in played.metrics("one")[COUNTED]]


def test_envy_is_counted_by_child_and_by_pair() -> None:
    # by choice round: b (80) lists A, B, C, and all go in round 1: A to a (90), B to c (70), C to d (60).
    # b envies c at B and d at C, not a at A: one envious child, two pairs, and b would be taken at both
    found = counted(
        {"a": 90, "b": 80, "c": 70, "d": 60},
        {"a": ["A"], "b": ["A", "B", "C"], "c": ["B"], "d": ["C"]},
        {"A": 1, "B": 1, "C": 1},
        IMMEDIATE,
    )
    assert found == [4, 3, 0, 1, 2, 2, 0]


def test_a_wanted_seat_that_is_left_is_wasted_once_and_blocks_for_each() -> None:
    # twins who are not to be parted pass A's one seat over: it is left, and both would rather have it
    children = [child(n, 80, twin_group="t") for n in ("t1", "t2")]
    city = town(
        zones={"Z1": ("D", ["A"])},
        schools={"A": ("D", 0.0, 1), "B": ("D", 500.0, 2)},
        children=children,
        choices={n: ["A", "B"] for n in ("t1", "t2")},
    )
    one = stage("one", "household", "city", POINTS, mechanism=CHOICES, twins="together", last_seat="next")
    row = play(city, policy(one)).metrics("one")
    assert [int(n) for n in row[COUNTED]] == [2, 2, 0, 0, 0, 2, 1]


def test_who_sits_by_decision_or_over_the_intake_gives_no_cause_for_envy() -> None:
    # x (1 point) has A's only seat by decision; a and b, refused, are seated over the intake, and want A
    by_hand = {"applicant_id": "x", "stage": "one", "school_id": "A", "reason_code": "R"}
    city = town(
        zones={"Z1": ("D", ["A"])},
        schools={"A": ("D", 0.0, 1)},
        children=[child("a", 9), child("b", 8), child("x", 1)],
        choices={n: ["A"] for n in "abx"},
        decisions=[{**by_hand, "authority": "b", "document_no": "1"}],
    )
    one = stage("one", "household", "city", POINTS, mechanism=CHOICES, when_full="over")
    row = play(city, policy(one)).metrics("one")
    assert [int(n) for n in row[COUNTED]] == [2, 2, 2, 0, 0, 0, 0]


def test_a_guarantee_gives_no_cause_for_envy() -> None:
    # g (1 point) has its guarantee at A behind a; b (50) is refused there, and is not passed over
    claims = [claim("first", "city", POINTS, guaranteed=True), claim("household", "city", POINTS)]
    city = town(
        zones={"Z1": ("D", ["A"])},
        schools={"A": ("D", 0.0, 1)},
        children=[child("a", 90, category="first"), child("b", 50), child("g", 1, category="first")],
        choices={n: ["A"] for n in "abg"},
    )
    row = play(city, policy(claims_stage("one", *claims, mechanism=DEFERRED))).metrics("one")
    assert [int(n) for n in row[COUNTED]] == [3, 2, 1, 0, 0, 0, 0]


def test_least_travel_leaves_envy_and_says_that_it_promises_none_of_it() -> None:
    # a (90) at 400, b (80) at 300 of A; B at 1000: b has A and a has B, 900 m in all; a would rather have A
    city = town(
        zones={"Z1": ("D", ["A"])},
        schools={"A": ("D", 0.0, 1), "B": ("D", 1000.0, 1)},
        children=[child("a", 90, east=400.0), child("b", 80, east=300.0)],
    )
    row = play(city, policy(stage("one", "household", "city", POINTS, mechanism="least-travel"))).metrics(
        "one"
    )
    assert [int(n) for n in row[COUNTED]] == [2, 2, 0, 1, 1, 1, 0]
    assert not row["promises"]


def test_released_seats_were_left_when_the_stage_ended() -> None:
    # the late pool has a seat that t1 and t2 pass over together; it is released afterwards
    children = [child(n, 80, twin_group="t") for n in ("t1", "t2")]
    one = claims_stage(
        "one",
        claim("household", "city", POINTS, pool="late"),
        mechanism=CHOICES,
        twins="together",
        last_seat="next",
    )
    city = town(
        zones={"Z1": ("D", ["A"])},
        schools={"A": ("D", 0.0, {"open": 0, "late": 1})},
        children=children,
        choices={n: ["A"] for n in ("t1", "t2")},
    )
    played = play(city, policy(one, pools=(pool("late", 1, "one"),)))
    assert played.ledger("one", pool="late").loc["A", ["released", "left"]].tolist() == [1, 0]
    assert [int(n) for n in played.metrics("one")[COUNTED]] == [2, 0, 0, 0, 0, 2, 1]


def test_where_seats_are_drawn_a_child_wants_a_seat_of_the_zone_and_no_school_of_it() -> None:
    children = [child(n, 80) for n in "abc"]
    city = town(
        zones={"Z1": ("D", ["A", "B"])},
        schools={"A": ("D", 0.0, 1), "B": ("D", 500.0, 1)},
        children=children,
    )
    row = play(
        city, policy(stage("one", "household", "own-zone", POINTS, mechanism="random-seats"))
    ).metrics("one")
    assert [int(n) for n in row[COUNTED]] == [3, 2, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("mechanism", "more", "promises"),
    [
        ("fill", {}, True),
        ("random-seats", {}, True),
        (CHOICES, {}, True),
        (NEAREST, {"twins": "together", "last_seat": "over"}, True),
        (NEAREST, {"twins": "together", "last_seat": "next"}, False),
        (DEFERRED, {"ties": "all-over"}, True),
        (IMMEDIATE, {}, False),
        ({"name": "parallel", "e": 3}, {}, False),
        ("least-travel", {}, False),
    ],
)
def test_which_stages_promise_that_nobody_is_passed_over(
    mechanism: Any, more: dict[str, Any], promises: bool
) -> None:
    one = stage("one", "household", "own-zone", POINTS, mechanism=mechanism, **more)
    assert promises_no_envy(policy(one).stage[0]) == promises


PAIR = ["sibling desc", "distance asc", "ticket"]
RULES: list[tuple[Any, str, list[str], dict[str, Any]]] = [
    (mechanism, "city", order, more)
    for mechanism in (CHOICES, NEAREST, DEFERRED, IMMEDIATE, {"name": "parallel", "bands": [2, 1]})
    for order in (POINTS, PAIR)
    for more in ({}, {"ties": "all-over"}, {"twins": "together", "last_seat": "over"})
    if order is POINTS or mechanism["name"] != "serial-dictatorship"
]
RULES += [(CHOICES, "city", POINTS, {"twins": "together", "last_seat": "next"})]
RULES += [("least-travel", "city", POINTS, {}), ("fill", "fed", POINTS, {}), ("fill", "fed", PAIR, {})]


@settings(max_examples=6)
@given(st.integers(0, 2**32 - 1))
def test_the_counts_are_those_of_plain_counting_under_every_mechanism(seed: int) -> None:
    place = towns(random.Random(seed))
    pools = (pool("early", -1), pool("spare", 1))
    rules = []
    for mechanism, where, order, more in RULES:
        wide = claim(["a", "b", "household"], where, order, pool=["open", "early"])
        first = claim("a", "own-zone" if where != "fed" else where, order, pool=["spare", "open"])
        last = claims_stage("s2", first, wide, mechanism=mechanism, **more)
        rules.append(policy(last, pools=pools))
    # the stage is the only one that differs, and a world does not know what a stage does
    place["schools"] = {s: (d, e, _without_ends(n), m) for s, (d, e, n, m) in place["schools"].items()}
    world = build_world(town(**place), rules[0], seed="town")
    for one in rules:
        found = tables_of(world, one, run_season(world, one, open_season(world)))
        assert differences(tables(place, one), found) == []
        row = found["metrics"].iloc[0]
        if row["promises"]:
            assert not row[["envious", "envy_pairs", "blocking_pairs", "wasted_seats"]].any()


def _without_ends(seats: dict[str, Any]) -> dict[str, int]:
    return {pool: what[0] if isinstance(what, tuple) else what for pool, what in seats.items()}
