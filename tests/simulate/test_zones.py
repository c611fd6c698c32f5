"""Stages that give zones: choose a zone first, then compete inside it (STAGES.md, end of section 3)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from geodata import DataError
from simulate.building import build_world
from simulate.records import tables_of
from simulate.season import open_season, run_season
from simulate.stage import zone_seats
from simulate.state import WAITING, WITHDRAWN
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
# A is wanted, B and C are where the children live
ZONES = {"A": ("D", ["S1", "S2"]), "B": ("D", ["S3"]), "C": ("E", ["S4", "S5"])}
SCHOOLS: dict[str, tuple[Any, ...]] = {
    "S1": ("D", 0.0, 1),
    "S2": ("D", 100.0, 1),
    "S3": ("D", 500.0, 2),
    "S4": ("E", 900.0, 1),
    "S5": ("E", 950.0, 1),
}


def child(name: str, points: int = 0, zone: str = "B", **more: Any) -> dict[str, Any]:
    return {"applicant_id": name, "category": "household", "zone_id": zone, "points": points, **more}


def zone_stage(where: str = "city", mechanism: Any = CHOICES, **more: Any) -> dict[str, Any]:
    return stage("zones", "household", where, POINTS, mechanism=mechanism, gives="zone", **more)


INSIDE = stage("inside", "household", "own-zone", TICKET, mechanism="random-seats")


def season(
    children: list[dict[str, Any]],
    choices: dict[str, list[str]],
    *stages: dict[str, Any],
    schools: dict[str, tuple[Any, ...]] = SCHOOLS,
    **more: Any,
) -> Played:
    city = town(zones=ZONES, schools=schools, children=children, choices=choices, **more)
    return play(city, policy(*stages))


def zone_ledger(played: Played) -> dict[str, list[int]]:
    table = played.tables["ledger"]
    rows = table[table["stage"] == "zones"].set_index("zone_id")
    return {z: [int(v) for v in rows.loc[z, ["before", "given", "left"]]] for z in ZONES}


def test_losers_go_back_to_their_own_zone_and_all_compete_inside() -> None:
    # Xiamen, junior schools, mode 4 (policy-facts 4): A has two seats for a, b, c; c loses and stays in B.
    # Inside: a and b share S1 and S2 by ticket; c and d (who chose nothing) have S3
    children = [child("a", 90), child("b", 80), child("c", 70), child("d", 60)]
    played = season(children, {n: ["A"] for n in "abc"}, zone_stage(), INSIDE)
    assert played.of("given_zone_id") == {"a": "A", "b": "A", "c": None, "d": None}
    first, second = by_ticket("a", "b")
    assert played.school_of() == {first: "S1", second: "S2", "c": "S3", "d": "S3"}
    assert zone_ledger(played) == {"A": [2, 2, 0], "B": [2, 0, 2], "C": [2, 0, 2]}
    keys = played.keys("zones").set_index("applicant_id")
    assert keys["status"].to_dict() == {"a": "zone", "b": "zone", "c": "waiting", "d": "waiting"}
    assert set(played.stage_of().values()) == {"inside"}, "a zone decides nothing yet"
    assert set(played.of("choice_rank").values()) == {None}, "no school was chosen"
    assert played.placements["zone_id"].unique().tolist() == ["B"], "the home stays where it is"


def test_the_ledger_of_a_zone_stage_has_zones_and_leaves_the_schools_alone() -> None:
    played = season([child("a", 90)], {"a": ["A"]}, zone_stage(), INSIDE)
    rows = played.tables["ledger"]
    rows = rows[rows["stage"] == "zones"]
    assert rows["school_id"].isna().all()
    assert rows["pool"].isna().all()
    assert played.ledger("inside")["before"].to_dict() == {s: v[2] for s, v in SCHOOLS.items()}
    assert set(played.tables["distances"]["stage"]) == {"inside"}


def test_a_zone_has_the_cut_off_of_the_last_one_given_it() -> None:
    children = [child("a", 90), child("b", 80), child("c", 70)]
    played = season(children, {n: ["A"] for n in "abc"}, zone_stage())
    rows = played.tables["ledger"].set_index("zone_id")["cut_off"]
    assert json.loads(rows["A"])["points"] == 80.0
    assert rows[["B", "C"]].isna().all()


@pytest.mark.parametrize(
    "mechanism",
    [CHOICES, DEFERRED, {"name": "immediate-acceptance"}, {"name": "parallel", "e": 2}],
    ids=lambda m: m["name"],
)
def test_zones_are_given_by_every_mechanism_that_goes_by_choices(mechanism: dict[str, Any]) -> None:
    # A has 2 seats, C has 2. a, b want A; c (70) wants A, then C; d (60) wants C alone; e (50) wants C.
    # One order: c gets C before e. By choice round: C is full with d and e before c's second choice counts.
    children = [child(n, 90 - 10 * i) for i, n in enumerate("abcde")]
    choices = {"a": ["A"], "b": ["A"], "c": ["A", "C"], "d": ["C"], "e": ["C"]}
    played = season(children, choices, zone_stage(mechanism=mechanism))
    rounds = mechanism["name"] == "immediate-acceptance"
    given = {"a": "A", "b": "A", "c": None, "d": "C", "e": "C"}
    assert played.of("given_zone_id") == (given if rounds else {**given, "c": "C", "e": None})
    assert bool(played.metrics("zones")["envy_pairs"]) == rounds


@pytest.mark.parametrize(
    ("where", "given"), [("own-district", "A"), ("other-districts", "C"), ("city", "C"), ("listed", "C")]
)
def test_where_goes_by_the_district_of_the_zone(where: str, given: str) -> None:
    # a lives in B, of district D, as A is; C is of E. S3, a school, is no zone and uses up its rank
    played = season([child("a")], {"a": ["S3", "C", "A"]}, zone_stage(where))
    assert played.of("given_zone_id") == {"a": given}


def test_only_seats_of_the_open_pools_count_less_those_promised_before() -> None:
    # A: one open seat and one late seat. The first stage gives A to a; the second finds nothing left of it
    schools = {**SCHOOLS, "S1": ("D", 0.0, {"open": 0, "late": 1})}
    children = [child("a", 90), child("b", 80)]
    again = {**zone_stage(zone=["B"]), "id": "again"}
    again["claims"][0]["who"]["given"] = "none"
    city = town(zones=ZONES, schools=schools, children=children, choices={n: ["A"] for n in "ab"})
    played = play(city, policy(zone_stage(), again, pools=(pool("late", 1),)))
    assert played.of("given_zone_id") == {"a": "A", "b": None}
    table = played.tables["ledger"].set_index(["stage", "zone_id"])["before"]
    assert (table["zones", "A"], table["again", "A"]) == (1, 0)


def test_a_given_zone_is_free_again_when_its_child_has_a_place_elsewhere() -> None:
    # a is given A and then seated at S3 by hand: A's two seats are there for b and c
    by_hand = {"applicant_id": "a", "stage": "hand", "school_id": "S3", "reason_code": "R"}
    hand = stage("hand", "household", "own-zone", TICKET, mechanism=NEAREST, zone=["C"])
    again = {**zone_stage(), "id": "again"}
    again["claims"][0]["who"]["given"] = "none"
    played = season(
        [child("a", 90), child("b", 80), child("c", 70)],
        {"a": ["A"], "b": ["C", "A"], "c": ["A"]},
        zone_stage(zone=["A", "B"]),
        hand,
        again,
        decisions=[{**by_hand, "authority": "b", "document_no": "1"}],
        schools={**SCHOOLS, "S4": ("E", 900.0, 0), "S5": ("E", 950.0, 0)},
    )
    table = played.tables["ledger"].set_index(["stage", "zone_id"])["before"]
    assert [table[s, "A"] for s in ("zones", "again")] == [2, 1], "b was given A in the first stage too"
    assert played.of("given_zone_id") == {"a": "A", "b": "A", "c": "A"}


def test_who_may_be_those_whom_a_stage_gave_a_zone_or_those_whom_none_did() -> None:
    children = [child("a", 90), child("b", 80)]
    for given, inside in (("zone", ["a"]), ("none", ["b"])):
        one = claims_stage("inside", claim("household", "own-zone", TICKET, given=given), mechanism=NEAREST)
        played = season(children, {"a": ["A"]}, zone_stage(), one)
        assert played.keys("inside")["applicant_id"].tolist() == inside


def test_the_zone_given_is_the_own_zone_of_who_of_gates_and_of_keys() -> None:
    # a lives in B and was given A; b lives in A. Both are of zone A now, a multi-school zone
    children = [child("a", 90), child("b", 80, "A"), child("c", 70)]
    multi = stage("inside", "household", "own-zone", TICKET, mechanism=NEAREST, zone="multi-school")
    played = season(children, {"a": ["A"]}, zone_stage(), multi)
    assert played.keys("inside")["applicant_id"].tolist() == ["a", "b"]
    named = stage("inside", "household", "own-zone", TICKET, mechanism=NEAREST, zone=["A"])
    assert season(children, {"a": ["A"]}, zone_stage(), named).keys("inside")["applicant_id"].tolist() == [
        "a",
        "b",
    ]
    gate = claim("household", "own-zone", TICKET, rank={"order": POINTS, "within": "zone", "at_most": 1})
    gated = season(children, {"a": ["A"]}, zone_stage(), claims_stage("inside", gate, mechanism=NEAREST))
    assert gated.keys("inside")["applicant_id"].tolist() == ["a", "c"], (
        "a comes before b in A, c is first in B"
    )
    key = stage("inside", "household", "city", ["own-zone desc", "ticket"], mechanism=DEFERRED)
    schools = {**SCHOOLS, "S1": ("D", 0.0, 2), "S2": ("D", 100.0, 0)}
    found = season(
        [child("a", 90), child("c", 70)],
        {"a": ["A", "S1"], "c": ["S1"]},
        zone_stage(),
        key,
        schools=schools,
    )
    assert found.school_of() == {"a": "S1", "c": "S1"}


def test_not_admitted_is_for_those_whom_no_zone_was_given() -> None:
    children = [child("a", 90), child("b", 80), child("c", 70)]
    played = season(children, {n: ["A"] for n in "abc"}, zone_stage(when_full="not-admitted"), INSIDE)
    assert played.of("outcome") == {"a": "placed", "b": "placed", "c": "not-admitted"}
    assert played.stage_of()["c"] == "zones"


def test_tied_children_may_be_given_more_of_a_zone_than_it_has() -> None:
    # A has two seats; a, then b and c, tied: all three are given it. Inside, two find a seat
    children = [child("a", 90), child("b", 80), child("c", 80), child("d", 70)]
    played = season(children, {n: ["A"] for n in "abcd"}, zone_stage(ties="all-over"), INSIDE)
    assert played.of("given_zone_id") == {"a": "A", "b": "A", "c": "A", "d": None}
    status = played.keys("zones").set_index("applicant_id")["status"].to_dict()
    assert sorted(status.items()) == [("a", "zone"), *sorted([(by_ticket("b", "c")[0], "zone"),
        (by_ticket("b", "c")[1], "over")]), ("d", "waiting")]  # fmt: skip
    row = played.tables["ledger"].set_index("zone_id").loc["A"]
    assert row[["before", "given", "over", "left"]].tolist() == [2, 2, 1, 0]
    assert not any(played.of("over").values())
    assert sorted(s for s in played.school_of().values() if s) == ["S1", "S2", "S3"]


def test_a_zone_that_is_given_is_no_place_to_decline() -> None:
    with pytest.raises(DataError, match="found 'a'; declined by a child that has a place then"):
        season([child("a")], {"a": ["A"]}, zone_stage(), INSIDE, answers=[("a", "zones", "declined")])


def test_a_child_may_file_another_zone_again() -> None:
    filed = [{"applicant_id": "b", "after_stage": "zones", "rank": 1, "target": "C"}]
    again = {**zone_stage(), "id": "again"}
    again["claims"][0]["who"]["given"] = "none"
    schools = {**SCHOOLS, "S2": ("D", 100.0, 0)}
    played = season(
        [child("a", 90), child("b", 80)],
        {n: ["A"] for n in "ab"},
        zone_stage(),
        again,
        filed=filed,
        answers=[("b", "zones", "refiled")],
        schools=schools,
    )
    assert played.of("given_zone_id") == {"a": "A", "b": "C"}


def test_a_decision_that_names_a_stage_of_zones_is_refused() -> None:
    by_hand = {"applicant_id": "a", "stage": "zones", "school_id": "S1", "reason_code": "R"}
    by_hand |= {"authority": "b", "document_no": "1"}
    with pytest.raises(DataError, match=r"column stage: found 'zones'; a stage that gives schools"):
        season([child("a")], {"a": ["A"]}, zone_stage(), INSIDE, decisions=[by_hand])


def test_a_name_that_is_a_zone_and_a_school_is_refused_as_a_choice() -> None:
    zones = {"A": ("D", ["S1"]), "S1": ("D", ["S1"])}
    city = town(
        zones=zones,
        schools={"S1": ("D", 0.0, 1)},
        children=[{**child("a"), "zone_id": "A"}],
        choices={"a": ["S1"]},
    )
    with pytest.raises(
        DataError, match=r"found 'S1'; an id of one thing: a school and a zone have the same"
    ):
        play(city, policy(zone_stage()))


def test_seats_that_came_back_before_a_zone_stage_are_counted_in_the_next_stage_of_schools() -> None:
    # a sits at S3 and leaves after "first"; "zones" has zones in its ledger, "inside" counts the seat.
    # The same if the season stops after the zones and goes on another day
    first = stage("first", "household", "own-zone", POINTS, mechanism=NEAREST)
    children = [child("a", 90), child("b", 80), child("c", 70), child("d", 60)]
    city = town(
        zones=ZONES,
        schools=SCHOOLS,
        children=children,
        choices={n: ["A"] for n in "abcd"},
        answers=[("a", "first", "withdrawn")],
    )
    rules = policy(first, zone_stage(), INSIDE)
    world = build_world(city, rules, seed="town")
    whole = run_season(world, rules, open_season(world))
    rows = tables_of(world, rules, whole)["ledger"].set_index(["stage", "school_id"])
    assert rows.loc[("inside", "S3"), ["before", "returned"]].tolist() == [1, 1]
    for stops in ([0], [1], [0, 1], [0, 0, 1]):
        season_ = open_season(world)
        for last in stops:
            season_ = run_season(world, rules, season_, through=last)
        again = tables_of(world, rules, run_season(world, rules, season_))
        for name, table in tables_of(world, rules, whole).items():
            assert table.equals(again[name]), (stops, name)


def test_who_declines_holds_no_seat_of_the_zone_that_it_was_given() -> None:
    # A has two seats: a and b sit on them; a declines, and waits for none of A's seats
    children = [child("a", 90), child("b", 80)]
    wishes = {name: ["A"] for name in "ab"}
    answers = [("a", "inside", "declined")]
    done = season(children, wishes, zone_stage(), INSIDE, answers=answers)
    state = done.season.state
    waits = replace(state, outcome=np.where(state.outcome == WITHDRAWN, WAITING, state.outcome))
    seats = dict(zip(done.world.zones, zone_seats(done.world, waits), strict=True))
    assert seats["A"] == 1
