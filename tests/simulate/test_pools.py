"""Pools: seats of a school set apart, which are filled first or last, and released (STAGES.md, 1 to 3)."""

from __future__ import annotations

from typing import Any

import pytest

from geodata import DataError
from simulate.records import offered_of
from simulate.summary import summarise
from tests.simulate.town import (
    CHOICES,
    DEFERRED,
    NEAREST,
    Played,
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
ZONES = {"Z1": ("D", ["S1"])}


def children(count: int, **more: Any) -> list[dict[str, Any]]:
    """Return c0, c1 …, the first with the most points."""
    row = {"category": "points", "zone_id": "Z1", "consents": "city"}
    return [{"applicant_id": f"c{n}", **row, "points": 90 - n, **more} for n in range(count)]


def pool_of(played: Played) -> dict[str, Any]:
    return played.of("pool")


def wide(pools: Any, name: str = "one", **more: Any) -> dict[str, Any]:
    return claims_stage(name, claim("points", "city", POINTS, pool=pools), mechanism=NEAREST, **more)


@pytest.mark.parametrize(
    ("precedence", "first", "then"), [(-1, "late", "open"), (1, "open", "late"), (0, "late", "open")]
)
def test_the_pool_of_lower_precedence_is_filled_first(precedence: int, first: str, then: str) -> None:
    # two pools of one seat each: the first of the order has the one that comes first (ties: by pool id)
    city = town(zones=ZONES, schools={"S1": ("D", 0.0, {"open": 1, "late": 1})}, children=children(3))
    played = play(city, policy(wide(["open", "late"]), pools=(pool("late", precedence),)))
    assert pool_of(played) == {"c0": first, "c1": then, "c2": None}


def test_a_school_comes_before_another_school_whatever_its_pools() -> None:
    # c1 takes the late seat of the near school before the open one of the far school
    schools = {"S1": ("D", 0.0, {"open": 1, "late": 1}), "S2": ("D", 500.0, {"open": 1, "late": 1})}
    city = town(zones=ZONES, schools=schools, children=children(3))
    played = play(city, policy(wide(["open", "late"]), pools=(pool("late", 1),)))
    assert played.school_of() == {"c0": "S1", "c1": "S1", "c2": "S2"}
    assert pool_of(played) == {"c0": "open", "c1": "late", "c2": "open"}


def test_a_claim_touches_no_pool_but_its_own() -> None:
    city = town(zones=ZONES, schools={"S1": ("D", 0.0, {"open": 1, "late": 1})}, children=children(3))
    rules = policy(wide("late"), pools=(pool("late", 1),))
    assert pool_of(play(city, rules)) == {"c0": "late", "c1": None, "c2": None}
    assert pool_of(play(city, policy(wide("open"), pools=(pool("late", 1),)))) == {
        "c0": "open",
        "c1": None,
        "c2": None,
    }


def test_claims_open_pools_of_one_school_to_different_children() -> None:
    # soldiers' children (claim 1) have the late seat and stand first at the open ones too
    claims = [
        claim("favoured", "city", TICKET, pool=["late", "open"]),
        claim("points", "city", POINTS),
    ]
    rows = [*children(3), {"applicant_id": "v", "category": "favoured", "zone_id": "Z1"}]
    rows.append({**rows[-1], "applicant_id": "w"})
    city = town(
        zones=ZONES,
        schools={"S1": ("D", 0.0, {"open": 2, "late": 1})},
        children=rows,
        choices={c["applicant_id"]: ["S1"] for c in rows},
    )
    played = play(city, policy(claims_stage("one", *claims, mechanism=DEFERRED), pools=(pool("late", -1),)))
    found = pool_of(played)
    assert sorted([found["v"], found["w"]]) == ["late", "open"]
    assert [found[c] for c in ("c0", "c1", "c2")] == ["open", None, None]
    assert played.of("choice_rank")["c0"] == 1, "both pools of a school are one choice"


LATE = stage("late", "late", "city", TICKET, mechanism=NEAREST)


def test_what_is_left_of_a_pool_is_released_after_its_stage_to_the_open_pool() -> None:
    # reserve 3: one used in stage "one", 2 released after it, and c1, c2 find them open in stage "two"
    schools = {"S1": ("D", 0.0, {"open": 0, "reserve": 3})}
    rules = policy(
        claims_stage("one", claim("late", "city", TICKET, pool="reserve"), mechanism=NEAREST),
        stage("two", "points", "city", POINTS, mechanism=NEAREST),
        pools=(pool("reserve", 1, "one"),),
    )
    rows = [*children(3), {"applicant_id": "l", "category": "late", "zone_id": "Z1"}]
    played = play(town(zones=ZONES, schools=schools, children=rows), rules)
    assert pool_of(played) == {"c0": "open", "c1": "open", "c2": None, "l": "reserve"}
    names = ["before", "returned", "given", "over", "released", "left"]
    assert played.ledger("one", pool="reserve").loc["S1", names].tolist() == [3, 0, 1, 0, 2, 0]
    assert played.ledger("one").loc["S1", names].tolist() == [0, 0, 0, 0, -2, 2]
    assert played.ledger("one", pool="reserve")["cut_off"].isna().all(), "two seats were left before"
    assert played.ledger("two").loc["S1", names].tolist() == [2, 0, 2, 0, 0, 0]
    assert played.ledger("two", pool="reserve").loc["S1", names].tolist() == [0, 0, 0, 0, 0, 0]


def test_the_row_of_a_school_says_when_its_pool_ends_before_the_policy_does() -> None:
    # by the policy after "two"; S1 says after "one"; S2 says nothing; a pool that nobody ends never ends
    schools = {
        "S1": ("D", 0.0, {"open": 0, "reserve": (2, "one"), "kept": 1}),
        "S2": ("D", 500.0, {"open": 0, "reserve": 2}),
    }
    rules = policy(
        wide("open"),
        wide("open", "two"),
        pools=(pool("reserve", 1, "two"), pool("kept", 2)),
    )
    played = play(town(zones=ZONES, schools=schools, children=children(9)), rules)
    released = {s: played.ledger(s, pool="reserve")["released"].to_dict() for s in ("one", "two")}
    assert released == {"one": {"S1": 2, "S2": 0}, "two": {"S1": 0, "S2": 2}}
    assert played.ledger("two", pool="kept").loc["S1", "left"] == 1
    offered = offered_of(played.world, rules).set_index(["school_id", "pool"])["release_after"]
    assert offered.fillna("never").to_dict() == {
        ("S1", "open"): "never",
        ("S1", "reserve"): "one",
        ("S1", "kept"): "never",
        ("S2", "open"): "never",
        ("S2", "reserve"): "two",
    }


def test_a_seat_given_up_returns_to_its_pool_until_the_pool_has_been_released() -> None:
    # c0 and c1 sit in the reserve; c0 leaves after "one" (the pool still holds), c1 after "two" (released)
    schools = {"S1": ("D", 0.0, {"open": 0, "reserve": 2})}
    rules = policy(
        wide("reserve", "one"),
        stage("two", "late", "city", TICKET, mechanism=NEAREST),
        stage("three", "late", "city", TICKET, mechanism=NEAREST),
        pools=(pool("reserve", 1, "two"),),
        household=(),
    )
    rows = [*children(2), {"applicant_id": "l", "category": "late", "zone_id": "Z1"}]
    answers = [("c0", "one", "withdrawn"), ("c1", "two", "withdrawn")]
    played = play(town(zones=ZONES, schools=schools, children=rows, answers=answers), rules)
    two, three = (played.ledger(s, pool="reserve").loc["S1"] for s in ("two", "three"))
    assert two[["before", "returned", "released", "left"]].tolist() == [1, 1, 1, 0]
    assert three[["before", "returned", "left"]].tolist() == [0, 0, 0]
    open_ = played.ledger("three").loc["S1", ["before", "returned", "given", "left"]]
    # the released seat and c1's; l has no place in "two", where the open pool had none
    assert open_.tolist() == [2, 1, 1, 1]
    assert played.stage_of()["l"] == "three"


def test_decisions_take_the_open_pool_and_leave_the_others_alone() -> None:
    by_hand = {"stage": "one", "school_id": "S1", "reason_code": "R", "authority": "b", "document_no": "1"}
    decisions = [{"applicant_id": c, **by_hand} for c in ("c0", "c1")]
    schools = {"S1": ("D", 0.0, {"open": 1, "late": 1})}
    city = town(zones=ZONES, schools=schools, children=children(2), decisions=decisions)
    played = play(city, policy(wide("late"), pools=(pool("late", -1),)))
    assert pool_of(played) == {"c0": "open", "c1": "open"}
    assert played.of("over") == {"c0": False, "c1": True}
    assert played.ledger("one", pool="late").loc["S1", "left"] == 1


def test_a_pool_that_the_policy_does_not_have_is_refused() -> None:
    city = town(zones=ZONES, schools={"S1": ("D", 0.0, {"open": 1, "secret": 1})}, children=children(1))
    with pytest.raises(
        DataError, match=r"column pool: found 'secret'; pools of the policy test: open, late"
    ):
        play(city, policy(wide("open"), pools=(pool("late", 1),)))


@pytest.mark.parametrize("stage_id", ["nine", "zones"])
def test_a_release_after_no_stage_that_gives_schools_is_refused(stage_id: str) -> None:
    schools = {"S1": ("D", 0.0, {"open": 1, "late": (1, stage_id)})}
    city = town(zones=ZONES, schools=schools, children=children(1))
    zones = stage("zones", "points", "city", TICKET, mechanism=CHOICES, gives="zone")
    with pytest.raises(
        DataError, match=rf"release_after: found '{stage_id}'; stages that give schools: one"
    ):
        play(city, policy(zones, wide("open"), pools=(pool("late", 1),)))


def test_a_school_that_opens_later_offers_nothing_in_any_pool() -> None:
    schools = {
        "S1": ("D", 0.0, {"open": 1, "late": 1}, {"opening_year": 2025}),
        "S2": ("D", 500.0, {"open": 1, "late": 1}, {"opening_year": 2024}),
    }
    city = town(zones=ZONES, schools=schools, children=children(3))
    played = play(city, policy(wide(["open", "late"]), pools=(pool("late", 1),)))
    assert played.school_of() == {"c0": "S2", "c1": "S2", "c2": None}


def test_the_report_adds_up_the_seats_of_all_pools() -> None:
    schools = {
        "S1": ("D", 0.0, {"open": 1, "late": 2}),
        "S2": ("D", 500.0, {"open": 0, "late": (3, "one")}),
    }
    city = town(zones=ZONES, schools=schools, children=children(4))
    rules = policy(wide(["late"]), wide("open", "two"), pools=(pool("late", 1),))
    played = play(city, rules)
    names = ("placements", "keys", "ledger", "metrics")
    summary = summarise(city, rules, *(played.tables[name] for name in names))
    # stage one: 2 at S1 and 2 at S2, both late; S2's third late seat is released and nobody is left
    rows = summary.schools.set_index("school_id")[["seats", "given", "over", "left"]]
    assert rows.loc["S1"].tolist() == [3, 2, 0, 1]
    assert rows.loc["S2"].tolist() == [3, 2, 0, 1]
    assert summary.districts.set_index("district_id").loc["D", ["seats", "left"]].tolist() == [6, 2]
