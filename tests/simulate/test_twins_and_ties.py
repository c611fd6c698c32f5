"""What may go over the intake: tied children, twins, guarantees, full stages (STAGES.md, 3.7 to 3.9)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.simulate.town import (
    CHOICES,
    DEFERRED,
    NEAREST,
    Played,
    by_ticket,
    claim,
    claims_stage,
    play,
    policy,
    pool,
    stage,
    town,
)

TICKET = ["ticket"]
POINTS = ["points desc", "ticket"]
SHORTEST = ["distance asc", "ticket"]
ZONES = {"Z1": ("D", ["S1"])}
IMMEDIATE = {"name": "immediate-acceptance"}
PARALLEL = {"name": "parallel", "bands": [2]}
BY_CHOICES = [CHOICES, DEFERRED, IMMEDIATE, PARALLEL]
TIES: dict[str, Any] = {"ties": "all-over"}
OVER: dict[str, Any] = {"twins": "together", "last_seat": "over"}
NEXT: dict[str, Any] = {"twins": "together", "last_seat": "next"}


def child(name: str, points: int | None = None, **more: Any) -> dict[str, Any]:
    row = {"applicant_id": name, "category": "household", "zone_id": "Z1", **more}
    return row if points is None else {**row, "points": points}


def name_of(mechanism: Any) -> str:
    return mechanism if isinstance(mechanism, str) else str(mechanism["name"])


def round_of(
    children: list[dict[str, Any]],
    choices: dict[str, list[str]],
    seats: dict[str, int],
    mechanism: Any,
    order: list[str] = POINTS,
    **more: Any,
) -> Played:
    """Play one stage; the schools stand 500 m apart."""
    schools = {s: ("D", 500.0 * i, n) for i, (s, n) in enumerate(seats.items())}
    city = town(zones=ZONES, schools=schools, children=children, choices=choices)
    return play(city, policy(stage("one", "household", "city", order, mechanism=mechanism, **more)))


# --- ties


@pytest.mark.parametrize("mechanism", BY_CHOICES, ids=name_of)
def test_tied_children_get_in_whole_or_not_at_all(mechanism: Any) -> None:
    # S1 has 2 seats for a 90, b, c and d 80, e 70: a sits, the three tied at 80 get in over the last seat,
    # e finds the seats filled by the classes above
    points = {"a": 90, "b": 80, "c": 80, "d": 80, "e": 70}
    children = [child(n, p) for n, p in points.items()]
    played = round_of(children, {n: ["S1"] for n in points}, {"S1": 2}, mechanism, **TIES)
    assert played.school_of() == {"a": "S1", "b": "S1", "c": "S1", "d": "S1", "e": None}
    over = {c for c, is_over in played.of("over").items() if is_over}
    assert over == set(by_ticket("b", "c", "d")[1:]), "the first of the class by ticket has the seat"
    assert played.ledger("one").loc["S1", ["given", "over", "left"]].tolist() == [2, 2, 0]
    assert played.metrics("one")["over"] == 2


@pytest.mark.parametrize("mechanism", BY_CHOICES, ids=name_of)
def test_without_the_rule_the_ticket_decides(mechanism: Any) -> None:
    children = [child(n, 80) for n in "bcd"]
    played = round_of(children, {n: ["S1"] for n in "bcd"}, {"S1": 1}, mechanism)
    assert [c for c, s in played.school_of().items() if s] == by_ticket("b", "c", "d")[:1]


def test_the_cut_off_is_the_last_one_who_sits_by_a_tie() -> None:
    children = [child("a", 90), child("b", 80), child("c", 80)]
    played = round_of(children, {n: ["S1"] for n in "abc"}, {"S1": 2}, CHOICES, **TIES)
    last = by_ticket("b", "c")[-1]
    keys = played.keys("one").set_index("applicant_id")
    cut = json.loads(played.ledger("one").loc["S1", "cut_off"])
    assert cut == {"points": 80.0, "ticket": keys.loc[last, "ticket"]}
    assert keys.loc[last, "status"] == "over"


def test_ties_at_schools_with_orders_of_their_own() -> None:
    # shortest first: at S1 (0 m) a and b are 300 m off, c 400; at S2 (1000 m) c is 600, a and b 700 off.
    # One seat each. a, b want S1 alone; c wants S1, then S2; d (900 m) wants S2. a and b are one class at
    # S1 and get in whole; c, refused, asks S2, where d is nearer
    children = [child(n, east=e) for n, e in (("a", 300.0), ("b", 300.0), ("c", 400.0), ("d", 900.0))]
    city = town(
        zones=ZONES,
        schools={"S1": ("D", 0.0, 1), "S2": ("D", 1000.0, 1)},
        children=children,
        choices={"a": ["S1"], "b": ["S1"], "c": ["S1", "S2"], "d": ["S2"]},
    )
    rules = policy(stage("one", "household", "city", SHORTEST, mechanism=DEFERRED, **TIES))
    played = play(city, rules)
    assert played.school_of() == {"a": "S1", "b": "S1", "c": None, "d": "S2"}
    assert sorted(c for c, over in played.of("over").items() if over) == by_ticket("a", "b")[1:]


def test_a_child_that_comes_back_is_tied_with_the_one_who_sits_there() -> None:
    # one seat each, shortest first. a [S1] and b [S2, S1] live at 100 m, c [S1, S2] at 200 m from S1 (0 m).
    # c is refused at S1 by a's class, and refuses b at S2 (800 m before 900 m); b comes back to S1, where
    # it is tied with a: both sit there
    children = [child("a", east=100.0), child("b", east=100.0), child("c", east=200.0)]
    city = town(
        zones=ZONES,
        schools={"S1": ("D", 0.0, 1), "S2": ("D", 1000.0, 1)},
        children=children,
        choices={"a": ["S1"], "b": ["S2", "S1"], "c": ["S1", "S2"]},
    )
    played = play(city, policy(stage("one", "household", "city", SHORTEST, mechanism=DEFERRED, **TIES)))
    assert played.school_of() == {"a": "S1", "b": "S1", "c": "S2"}
    assert sum(played.of("over").values()) == 1


def test_a_class_is_only_whole_within_a_band() -> None:
    # bands of 1: a (80) has S1's only seat from round 1; b, tied with it, asks in round 2: no seat is left
    children = [child("a", 80), child("b", 80), child("c", 90)]
    choices = {"a": ["S1"], "b": ["S2", "S1"], "c": ["S2"]}
    bands = round_of(children, choices, {"S1": 1, "S2": 1}, IMMEDIATE, **TIES)
    assert bands.school_of() == {"a": "S1", "b": None, "c": "S2"}
    whole = round_of(children, choices, {"S1": 1, "S2": 1}, DEFERRED, **TIES)
    assert whole.school_of() == {"a": "S1", "b": "S1", "c": "S2"}


def test_tiers_part_what_keys_do_not() -> None:
    # both have 5 points, but a stands in claim 1 and b in claim 2: they are not tied
    claims = [claim("first", "city", POINTS), claim("household", "city", POINTS)]
    children = [child("a", 5, category="first"), child("b", 5)]
    city = town(
        zones=ZONES, schools={"S1": ("D", 0.0, 1)}, children=children, choices={n: ["S1"] for n in "ab"}
    )
    for mechanism in BY_CHOICES:
        played = play(city, policy(claims_stage("one", *claims, mechanism=mechanism, **TIES)))
        assert played.school_of() == {"a": "S1", "b": None}


# --- twins


def twins(*names: str, points: int = 80, **more: Any) -> list[dict[str, Any]]:
    return [child(n, points, twin_group="t", **more) for n in names]


@pytest.mark.parametrize("mechanism", BY_CHOICES, ids=name_of)
def test_the_last_seat_goes_to_both_twins(mechanism: Any) -> None:
    # S1 has 2 seats: a 90, then the twins 80. One seat is left for two: both get in, one over the intake
    children = [child("a", 90), *twins("t1", "t2"), child("d", 70)]
    names = [c["applicant_id"] for c in children]
    played = round_of(children, {n: ["S1", "S2"] for n in names}, {"S1": 2, "S2": 1}, mechanism, **OVER)
    assert played.school_of() == {"a": "S1", "t1": "S1", "t2": "S1", "d": "S2"}
    assert played.of("over") == {"a": False, "t1": False, "t2": True, "d": False}


def test_the_last_seat_goes_past_twins_who_would_be_parted() -> None:
    # S1 has one seat left for two: they go on to S2, which has two; d, behind them, takes the seat
    children = [child("a", 90), *twins("t1", "t2"), child("d", 70)]
    names = [c["applicant_id"] for c in children]
    played = round_of(children, {n: ["S1", "S2"] for n in names}, {"S1": 2, "S2": 2}, CHOICES, **NEXT)
    assert played.school_of() == {"a": "S1", "t1": "S2", "t2": "S2", "d": "S1"}
    assert not any(played.of("over").values())
    assert not played.metrics("one")["promises"], "d has a seat that t1 would rather have"
    assert played.metrics("one")["envy_pairs"] == 2


def test_twins_for_whom_no_school_has_two_seats_get_nothing_with_next() -> None:
    children = twins("t1", "t2")
    choices = {n: ["S1", "S2"] for n in ("t1", "t2")}
    played = round_of(children, choices, {"S1": 1, "S2": 1}, CHOICES, **NEXT)
    assert played.school_of() == {"t1": None, "t2": None}
    full = round_of(children, choices, {"S1": 1, "S2": 1}, CHOICES, when_full="over", **NEXT)
    assert full.school_of() == {"t1": "S1", "t2": "S1"}
    assert full.of("over") == {"t1": True, "t2": True}, "over the intake, though a seat is left"
    assert full.ledger("one").loc["S1", ["given", "over", "left"]].tolist() == [0, 2, 1]


def test_fill_takes_twins_together_in_both_ways() -> None:
    children = [child("a", 90), *twins("t1", "t2"), child("d", 70)]
    city = town(zones=ZONES, schools={"S1": ("D", 0.0, 2)}, children=children)
    over, next_ = (
        play(city, policy(stage("one", "household", "own-zone", POINTS, **how))).school_of()
        for how in (OVER, NEXT)
    )
    assert over == {"a": "S1", "t1": "S1", "t2": "S1", "d": None}
    assert next_ == {"a": "S1", "t1": None, "t2": None, "d": "S1"}


@pytest.mark.parametrize(
    "change",
    [
        {"points": 81},  # another key
        {"category": "other"},  # another claim
        {"choices": ["S1"]},  # another list
        {"absent": True},  # not of this stage
    ],
    ids=str,
)
@pytest.mark.parametrize("how", [OVER, NEXT], ids=["over", "next"])
def test_twins_who_differ_are_placed_one_by_one(how: dict[str, Any], change: dict[str, Any]) -> None:
    # one seat at S1 and one at S2 for two twins: together they would sit at S1 (over) or nowhere (next)
    one, two = twins("t1", "t2")
    choices = {"t1": ["S1", "S2"], "t2": change.get("choices", ["S1", "S2"])}
    two |= {k: v for k, v in change.items() if k in ("points", "category")}
    claims = [claim("household", "city", POINTS), claim("other", "city", POINTS)]
    city = town(
        zones=ZONES,
        schools={"S1": ("D", 0.0, 1), "S2": ("D", 500.0, 1)},
        children=[one, two],
        choices=choices,
        answers=[("t2", "one", "late")] if change.get("absent") else None,
    )
    played = play(city, policy(claims_stage("one", *claims, mechanism=CHOICES, **how)))
    assert not any(played.of("over").values())
    found = list(played.school_of().values())
    parted = {("S1", "S2"), ("S2", "S1")}
    if change.get("choices"):
        # the ticket is one: t1 stands before t2 by its number
        parted = {("S1", None)}
    if change.get("absent"):
        parted = {("S1", None)}
    assert tuple(found) in parted


def test_twins_have_one_ticket_and_the_lower_number_first() -> None:
    # no other child comes between them, whatever its ticket
    children = [child(f"c{n}") for n in range(8)] + [child(n, twin_group="t") for n in ("t2", "t1")]
    city = town(zones=ZONES, schools={"S1": ("D", 0.0, 9)}, children=children)
    keys = play(city, policy(stage("one", "household", "own-zone", TICKET))).keys("one")
    place = keys.set_index("applicant_id")["position"]
    assert place["t2"] == place["t1"] + 1
    assert keys.set_index("applicant_id").loc[["t1", "t2"], "ticket"].nunique() == 1


def test_three_of_one_birth_stay_together() -> None:
    children = twins("t1", "t2", "t3")
    choices = {n: ["S1", "S2"] for n in ("t1", "t2", "t3")}
    over = round_of(children, choices, {"S1": 1, "S2": 3}, DEFERRED, **OVER)
    assert over.school_of() == dict.fromkeys(choices, "S1")
    assert list(over.of("over").values()) == [False, True, True]
    next_ = round_of(children, choices, {"S1": 2, "S2": 3}, CHOICES, **NEXT)
    assert next_.school_of() == dict.fromkeys(choices, "S2")


def test_two_of_three_are_bound_to_nobody() -> None:
    # the third comes late: "all of this stage" does not hold, so t1 and t2 are placed one by one
    children = twins("t1", "t2", "t3")
    city = town(
        zones=ZONES,
        schools={"S1": ("D", 0.0, 1), "S2": ("D", 500.0, 1)},
        children=children,
        choices={n: ["S1", "S2"] for n in ("t1", "t2", "t3")},
        answers=[("t3", "one", "late")],
    )
    for how in (OVER, NEXT):
        rules = policy(stage("one", "household", "city", POINTS, mechanism=CHOICES, **how))
        assert play(city, rules).school_of() == {"t1": "S1", "t2": "S2", "t3": None}


def test_twins_whose_choices_stand_at_other_ranks_are_not_alike() -> None:
    # S2 is t1's second choice and t2's third: by choice round t1 comes first, and the seat is not shared
    filed = [
        {"applicant_id": name, "rank": rank, "target": school}
        for name, rank, school in (("t1", 1, "S1"), ("t1", 2, "S2"), ("t2", 1, "S1"), ("t2", 3, "S2"))
    ]
    schools = {"S1": ("D", 0.0, 0), "S2": ("D", 500.0, 1)}
    city = town(zones=ZONES, schools=schools, children=twins("t1", "t2"), filed=filed)
    for mechanism in BY_CHOICES:
        played = play(city, policy(stage("one", "household", "city", POINTS, mechanism=mechanism, **OVER)))
        assert played.school_of() == {"t1": "S2", "t2": None}


def test_twins_by_distance_are_alike_if_they_live_in_one_place() -> None:
    together = [child(n, east=100.0, twin_group="t") for n in ("t1", "t2")]
    for apart, schools in ((False, ["S1", "S1"]), (True, ["S1", "S2"])):
        rows = [together[0], {**together[1], "east": 110.0}] if apart else together
        played = round_of(
            rows,
            {n: ["S1", "S2"] for n in ("t1", "t2")},
            {"S1": 1, "S2": 1},
            DEFERRED,
            SHORTEST,
            **OVER,
        )
        assert list(played.school_of().values()) == schools


def drawn(count: int, seats: dict[str, int]) -> Played:
    children = [child(f"c{n}") for n in range(count)] + [child(n, twin_group="t") for n in ("t1", "t2")]
    schools = {s: ("D", 0.0, n) for s, n in seats.items()}
    city = town(zones={"Z1": ("D", list(seats))}, schools=schools, children=children)
    return play(
        city, policy(stage("one", "household", "own-zone", TICKET, mechanism="random-seats", **OVER))
    )


def test_drawn_twins_sit_in_one_school() -> None:
    for count in range(5):
        played = drawn(count, {"S1": 3, "S2": 3})
        assert played.school_of()["t1"] == played.school_of()["t2"]


def test_the_last_drawn_seat_goes_to_both_twins() -> None:
    # as many seats as children before t1 in the draw, and one more: the last seat falls to t1
    order = by_ticket(*[f"c{n}" for n in range(6)], "t")
    place = order.index("t")
    played = drawn(6, {"S1": 0, "S2": place + 1})
    rows = played.placements.set_index("applicant_id")
    seated = set(rows.index[rows["outcome"] == "placed"])
    assert seated == {"t1", "t2", *order[:place]}
    assert rows["over"].sum() == 1


# --- guaranteed


@pytest.mark.parametrize("mechanism", [*BY_CHOICES, NEAREST], ids=name_of)
def test_a_school_refuses_nobody_whom_a_guaranteed_claim_opens_it_to(mechanism: Any) -> None:
    # S1 has 2 seats: h1, h2, h3 are guaranteed; p, with more points, is in the second tier and gets none
    claims = [
        claim("household", "own-zone", POINTS, guaranteed=True),
        claim("points", "city", POINTS),
    ]
    children = [child(f"h{n}", n) for n in (1, 2, 3)] + [child("p", 99, category="points")]
    city = town(
        zones=ZONES,
        schools={"S1": ("D", 0.0, 2)},
        children=children,
        choices={c["applicant_id"]: ["S1"] for c in children},
    )
    played = play(city, policy(claims_stage("one", *claims, mechanism=mechanism)))
    assert played.school_of() == {"h1": "S1", "h2": "S1", "h3": "S1", "p": None}
    assert played.of("over") == {"h1": True, "h2": False, "h3": False, "p": False}
    assert played.of("reason")["h1"] == "over"
    assert played.of("pool")["h1"] == "open"
    assert played.metrics("one")[["envy_pairs", "wasted_seats"]].tolist() == [0, 0]


def test_a_guarantee_is_taken_before_the_next_school_of_the_list() -> None:
    claims = [claim("household", "own-zone", POINTS, guaranteed=True), claim("household", "city", POINTS)]
    city = town(
        zones=ZONES,
        schools={"S1": ("D", 0.0, 1), "S2": ("D", 500.0, 9)},
        children=[child("a", 90), child("b", 80), child("c", 70)],
        choices={"a": ["S1"], "b": ["S1", "S2"], "c": ["S2", "S1"]},
    )
    for mechanism in BY_CHOICES:
        played = play(city, policy(claims_stage("one", *claims, mechanism=mechanism)))
        assert played.school_of() == {"a": "S1", "b": "S1", "c": "S2"}
        assert played.of("over") == {"a": False, "b": True, "c": False}
        assert played.of("choice_rank") == {"a": 1, "b": 1, "c": 1}


def test_a_guarantee_holds_at_schools_of_the_kinds_named_alone() -> None:
    where = {"schools": "city", "kinds": ["public"]}
    claims = [claim("household", where, POINTS, guaranteed=True), claim("household", "city", POINTS)]
    schools = {"S1": ("D", 0.0, 0, {"kind": "purchased-private"}), "S2": ("D", 500.0, 0)}
    children = [child("a"), child("b", east=500.0)]
    choices = {"a": ["S1"], "b": ["S1", "S2"]}
    city = town(zones=ZONES, schools=schools, children=children, choices=choices)
    for mechanism in BY_CHOICES:
        played = play(city, policy(claims_stage("one", *claims, mechanism=mechanism)))
        assert played.school_of() == {"a": None, "b": "S2"}
    one = claims_stage("one", claims[0], mechanism=NEAREST)
    assert play(city, policy(one)).school_of() == {"a": "S2", "b": "S2"}


def test_a_guarantee_behind_a_pool_is_a_place_at_the_open_pool_over_its_seats() -> None:
    # the claim opens the pool "late" alone, of one seat: the second child has its guarantee, and the open
    # seat stays for those to whom a claim opens it
    one = claims_stage(
        "one", claim("household", "own-zone", POINTS, pool="late", guaranteed=True), mechanism=CHOICES
    )
    city = town(
        zones=ZONES,
        schools={"S1": ("D", 0.0, {"open": 1, "late": 1})},
        children=[child("a", 90), child("b", 80)],
        choices={n: ["S1"] for n in "ab"},
    )
    played = play(city, policy(one, pools=(pool("late", 1),)))
    assert played.of("pool") == {"a": "late", "b": "open"}
    assert played.of("over") == {"a": False, "b": True}
    assert played.ledger("one").loc["S1", ["given", "over", "left"]].tolist() == [0, 1, 1]


# --- when full


def test_over_seats_at_the_first_school_of_the_own_list_that_offers_seats() -> None:
    # NONE offers nothing at all; FULL has no seat left, and stands first in c's list that offers any
    schools = {"FULL": ("D", 0.0, {"open": 0, "late": 1}), "NONE": ("D", 10.0, 0), "S1": ("D", 99.0, 1)}
    rules = stage("one", "household", "city", POINTS, mechanism=CHOICES, when_full="over")
    city = town(
        zones={"Z1": ("D", ["S1"])},
        schools=schools,
        children=[child("a", 90), child("b", 80), child("c", 70), child("d", 60)],
        choices={"a": ["S1"], "b": ["NONE", "S1"], "c": ["NONE", "FULL", "S1"]},
    )
    played = play(city, policy(rules, pools=(pool("late", 1),)))
    assert played.school_of() == {"a": "S1", "b": "S1", "c": "FULL", "d": None}, "d has no list"
    assert played.of("over") == {"a": False, "b": True, "c": True, "d": False}
    assert played.of("choice_rank") == {"a": 1, "b": 2, "c": 2, "d": None}
    assert played.of("reason")["b"] == "over"
    assert played.of("outcome")["d"] == "waiting"


@pytest.mark.parametrize("when_full", ["next", "not-admitted"])
def test_who_got_nothing_goes_on_or_is_not_admitted(when_full: str) -> None:
    children = [child("a", 90), child("b", 80)]
    choices = {n: ["S1"] for n in "ab"}
    played = round_of(children, choices, {"S1": 1}, CHOICES, when_full=when_full)
    assert played.of("outcome")["b"] == ("waiting" if when_full == "next" else "not-admitted")
    status = played.keys("one").set_index("applicant_id")["status"]
    assert status["b"] == ("waiting" if when_full == "next" else "not-admitted")
    assert played.stage_of()["b"] == (None if when_full == "next" else "one")
