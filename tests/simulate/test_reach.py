"""Whom a claim means and where it looks (STAGES.md, 3.2 and 3.3)."""

from __future__ import annotations

from typing import Any

import pytest

from geodata import DataError, XuequError
from tests.simulate.town import (
    CHOICES,
    NEAREST,
    claim,
    claims_stage,
    play,
    policy,
    pool,
    stage,
    town,
)

TICKET = ["ticket"]
ZONES = {"Z1": ("D", ["S1"]), "Z2": ("E", ["S2", "S3"])}
SCHOOLS: dict[str, tuple[Any, ...]] = {
    "S1": ("D", 0.0, 3),
    "S2": ("E", 500.0, 3),
    "S3": ("E", 900.0, 3),
}


def child(name: str, category: str = "household", zone: str = "Z1", **more: Any) -> dict[str, Any]:
    return {"applicant_id": name, "category": category, "zone_id": zone, **more}


def placed(*stages: dict[str, Any], children: list[dict[str, Any]], **more: Any) -> dict[str, str | None]:
    """Return the school of each child under the stages given."""
    return play(
        town(**{"zones": ZONES, "schools": SCHOOLS, "children": children, **more}), policy(*stages)
    ).school_of()


def nearest(where: str | dict[str, Any], **more: Any) -> dict[str, Any]:
    return stage("one", "household", where, TICKET, mechanism=NEAREST, **more)


@pytest.mark.parametrize(
    ("reach", "school"),
    [("own-zone", "S1"), ("own-district", "S1"), ("other-districts", "S2"), ("city", "S2")],
)
def test_a_reach_opens_its_schools_and_no_others(reach: str, school: str) -> None:
    # at 450 the nearest of all is S2, at 500
    assert placed(nearest(reach), children=[child("a", east=450.0)]) == {"a": school}


def test_only_children_whose_home_lies_in_the_districts_of_a_stage() -> None:
    children = [child("a"), child("b", zone="Z2")]
    assert placed(nearest("city", districts=["E"]), children=children) == {"a": None, "b": "S1"}


def test_a_district_that_is_not_there_is_refused() -> None:
    with pytest.raises(DataError, match=r"stage one: found 'Dx'; districts of the city"):
        placed(nearest("city", districts=["D", "Dx"]), children=[child("a")])


@pytest.mark.parametrize(
    ("zone", "who"),
    [("single-school", {"a"}), ("multi-school", {"b"}), (["Z2"], {"b"}), (["Z1", "Z2"], {"a", "b"})],
)
def test_a_claim_may_mean_the_children_of_some_zones_only(zone: Any, who: set[str]) -> None:
    schools = placed(nearest("city", zone=zone), children=[child("a"), child("b", zone="Z2")])
    assert {c for c, s in schools.items() if s} == who


def test_a_blank_consent_is_none_and_the_wider_one_holds_the_narrower() -> None:
    children = [child("blank")] + [child(c, consents=c) for c in ("none", "district", "city")]
    for asked, who in (("district", {"district", "city"}), ("city", {"city"})):
        schools = placed(nearest("city", consents=asked), children=children)
        assert {c for c, s in schools.items() if s} == who


def test_a_school_that_the_present_one_feeds_is_open() -> None:
    # a is at P1, which feeds S2; b at P2, which feeds nothing; c at a school that is not in the table
    schools = {**SCHOOLS, "P1": ("D", 0.0, 0, {"feeds": "S2"}), "P2": ("D", 0.0, 0)}
    children = [child(n, previous_school_id=s) for n, s in (("a", "P1"), ("b", "P2"), ("c", "elsewhere"))]
    found = placed(
        stage("one", "household", "fed", TICKET), children=[*children, child("d")], schools=schools
    )
    assert found == {"a": "S2", "b": None, "c": None, "d": None}


def test_a_policy_that_goes_by_feeds_needs_one() -> None:
    with pytest.raises(XuequError, match="no school of the table schools feeds another"):
        placed(stage("one", "household", "fed", TICKET), children=[child("a")])


UNITS = {"U1": ("Z1", 0.0, "T1"), "U2": ("Z1", 0.0, "T2"), "U3": ("Z1", 0.0, "T3")}


def test_only_schools_on_the_street_of_the_home_are_open() -> None:
    # no school stands on T3, and d has no street: a school without one is not on it either
    schools = {
        "S1": ("D", 0.0, 3, {"street_id": "T1"}),
        "S2": ("E", 500.0, 3, {"street_id": "T2"}),
        "S3": ("E", 900.0, 3),
    }
    children = [
        {"applicant_id": n, "category": "household", "unit_id": u}
        for n, u in (("a", "U1"), ("b", "U2"), ("c", "U3"))
    ]
    found = placed(
        nearest("own-street"), children=[*children, child("d", east=77.0)], schools=schools, units=UNITS
    )
    assert found == {"a": "S1", "b": "S2", "c": None, "d": None}


def test_a_city_without_streets_opens_nothing_to_a_policy_that_looks_through_them() -> None:
    assert placed(nearest("own-street"), children=[child("a")]) == {"a": None}


SIBLINGS = nearest("sibling")
FIRST = stage("first", "points", "own-zone", TICKET, mechanism=NEAREST)


def test_a_sibling_at_a_school_now_opens_it() -> None:
    children = [child("a", sibling_school_id="S3"), child("b")]
    assert placed(SIBLINGS, children=children) == {"a": "S3", "b": None}


def test_a_sibling_placed_by_an_earlier_stage_opens_its_school() -> None:
    # p is placed at S1 first; a and b are of its household, c of another
    children = [
        child("p", "points", household_id="h"),
        child("a", zone="Z2", household_id="h"),
        child("b", zone="Z2", household_id="h"),
        child("c", zone="Z2", household_id="k"),
    ]
    assert placed(FIRST, SIBLINGS, children=children) == {"p": "S1", "a": "S1", "b": "S1", "c": None}


def test_a_sibling_who_has_left_again_opens_nothing() -> None:
    children = [child("p", "points", household_id="h"), child("a", household_id="h")]
    gone = [("p", "first", "withdrawn")]
    assert placed(FIRST, SIBLINGS, children=children, answers=gone) == {"p": None, "a": None}


def test_a_sibling_whom_a_decision_of_this_very_stage_placed_does_not_count_yet() -> None:
    children = [child("a", household_id="h"), child("b", household_id="h")]
    by_hand = {
        "applicant_id": "b",
        "stage": "one",
        "school_id": "S2",
        "reason_code": "R",
        "authority": "bureau",
        "document_no": "1",
    }
    assert placed(SIBLINGS, children=children, decisions=[by_hand]) == {"a": None, "b": "S2"}
    again = {**SIBLINGS, "id": "two"}
    assert placed(SIBLINGS, again, children=children, decisions=[by_hand]) == {"a": "S2", "b": "S2"}


def test_nor_does_it_in_the_key_of_the_pair() -> None:
    # b is placed at S2 by hand in this very stage: its brother a does not come before c, who is nearer
    children = [child("a", household_id="h"), child("b", household_id="h"), child("c", east=400.0)]
    by_hand = {"applicant_id": "b", "stage": "one", "school_id": "S2", "reason_code": "R"}
    decisions = [{**by_hand, "authority": "bureau", "document_no": "1"}]
    first = stage("one", "household", "fed", ["sibling desc", "distance asc", "ticket"])
    schools = {**SCHOOLS, "S2": ("E", 500.0, 2), "P": ("E", 0.0, 0, {"feeds": "S2"})}
    rows = [{**row, "previous_school_id": "P"} for row in children]
    found = placed(first, children=rows, schools=schools, decisions=decisions)
    assert found == {"a": None, "b": "S2", "c": "S2"}
    earlier = stage("none", "household", "sibling", TICKET)
    found = placed(
        earlier, first, children=rows, schools=schools, decisions=[{**decisions[0], "stage": "none"}]
    )
    assert found == {"a": "S2", "b": "S2", "c": None}


def test_only_schools_of_the_kinds_named_are_open() -> None:
    schools = {
        "S1": ("D", 0.0, 3, {"kind": "purchased-private"}),
        "S2": ("E", 500.0, 3, {"kind": "nine-year"}),
        "S3": ("E", 900.0, 3),
    }
    children = [child("a", east=0.0)]
    for kinds, school in (
        (["purchased-private"], "S1"),
        (["nine-year", "public"], "S2"),
        (["public"], "S3"),
    ):
        where = {"schools": "city", "kinds": kinds}
        assert placed(nearest(where), children=children, schools=schools) == {"a": school}


def test_a_greatest_distance_closes_what_is_past_it() -> None:
    # a at 450: S2 is 50 m away, exactly the limit; b at 449 is 51 m off; c has no known distance at all
    children = [child("a", east=450.0), child("b", east=449.0), child("c", east=None)]
    where = {"schools": "city", "within_m": 50, "past_it": "never"}
    assert placed(nearest(where), children=children) == {"a": "S2", "b": None, "c": None}


def test_a_greatest_distance_closes_the_only_school_too() -> None:
    # by fill there is one list for all of a zone, but not one distance
    where = {"schools": "own-zone", "within_m": 50, "past_it": "never"}
    children = [child("a", east=50.0), child("b", east=51.0), child("c", east=None)]
    found = placed(stage("one", "household", where, TICKET), children=children)
    assert found == {"a": "S1", "b": None, "c": None}


def test_a_greatest_distance_may_put_what_is_past_it_last_instead() -> None:
    # claim 1 sends zone Z1 home within 300 m, else last; claim 2 opens the city without a limit.
    # a at 350: S1 (own zone, 350 m) is past it and comes behind S3 (550 m), though it is nearer; S2 is full
    where = {"schools": "own-zone", "within_m": 300, "past_it": "last"}
    both = claims_stage(
        "one",
        claim("household", where, TICKET),
        claim("household", "city", TICKET),
        mechanism=NEAREST,
    )
    schools = {"S1": ("D", 0.0, 3), "S2": ("E", 500.0, 0), "S3": ("E", 900.0, 3)}
    assert placed(both, children=[child("a", east=350.0)], schools=schools) == {"a": "S3"}
    assert placed(both, children=[child("a", east=300.0)], schools=schools) == {"a": "S1"}


def test_past_it_goes_by_the_first_claim_that_opens_the_school() -> None:
    # claim 1 opens public schools alone, without a limit: S1. Claim 2 opens all, past 300 m last. a at 600:
    # S2 (private, 400 m) is open by claim 2 alone, so it comes behind S1, though that is 600 m away
    claims = [
        claim("household", {"schools": "city", "kinds": ["public"]}, TICKET),
        claim("household", {"schools": "city", "within_m": 300, "past_it": "last"}, TICKET),
    ]
    schools = {"S1": ("D", 0.0, 1), "S2": ("D", 1000.0, 1, {"kind": "purchased-private"})}
    zones = {"Z1": ("D", ["S1"])}
    both = claims_stage("one", *claims, mechanism=NEAREST)
    assert placed(both, children=[child("a", east=600.0)], schools=schools, zones=zones) == {"a": "S1"}


def test_a_school_whose_only_free_seats_distance_closes_takes_no_round_of_the_list() -> None:
    # claim 1: open pools, everywhere. Claim 2: the late pool, within 100 m, never past it.
    # S1 (200 m from a) has late seats alone, closed to a: S2 is its first choice, and not its second.
    # By choice round b, whose first choice is S2 too, is not ahead of a, who has more points
    claims = [
        claim("household", "city", ["points desc", "ticket"]),
        claim("household", {"schools": "city", "within_m": 100, "past_it": "never"}, TICKET, pool="late"),
    ]
    rounds = {"name": "immediate-acceptance", "choose": "nearest"}
    schools = {"S1": ("D", 0.0, {"open": 0, "late": 2}), "S2": ("D", 500.0, 1)}
    children = [child("a", east=200.0, points=9), child("b", east=400.0, points=5)]
    city = town(zones={"Z1": ("D", ["S1"])}, schools=schools, children=children)
    played = play(city, policy(claims_stage("one", *claims, mechanism=rounds), pools=(pool("late", 1),)))
    assert played.school_of() == {"a": "S2", "b": None}
    assert set(played.tables["distances"]["school_id"]) == {"S2"}


def test_past_it_last_keeps_the_order_by_distance_on_both_sides() -> None:
    where = {"schools": "city", "within_m": 300, "past_it": "last"}
    children = [child(n, east=700.0) for n in "abc"]
    schools = {"S1": ("D", 0.0, 1), "S2": ("E", 500.0, 1), "S3": ("E", 900.0, 1)}
    found = placed(nearest(where), children=children, schools=schools)
    assert sorted(found.values()) == ["S1", "S2", "S3"], "all are open"
    unknown = placed(nearest(where), children=[child("a", east=None)], schools=schools)
    assert unknown == {"a": "S1"}, "an unknown distance is past it, and past it the lower id comes first"


def test_own_choices_can_be_cut_off_by_distance() -> None:
    where = {"schools": "city", "within_m": 500, "past_it": "never"}
    rules = stage("one", "household", where, TICKET, mechanism=CHOICES)
    children = [child("a", east=0.0), child("b", east=None)]
    found = placed(rules, children=children, choices={"a": ["S3", "S2"], "b": ["S1"]})
    assert found == {"a": "S2", "b": None}


def test_the_second_list_is_another_stage() -> None:
    # Tong'an 2023: a main list, then a backup list of its own
    main = stage("main", "household", "city", TICKET, mechanism=CHOICES)
    backup = stage("backup", "household", {"schools": "city", "list": 2}, TICKET, mechanism=CHOICES)
    filed = [
        {"applicant_id": name, "list": number, "rank": rank, "target": school}
        for name, number, rank, school in (
            ("a", 1, 1, "S1"),
            ("a", 2, 1, "S3"),
            ("b", 2, 1, "S2"),
            ("b", 2, 2, "S3"),
        )
    ]
    schools = {"S1": ("D", 0.0, 0), "S2": ("E", 500.0, 0), "S3": ("E", 900.0, 3)}
    city = town(zones=ZONES, schools=schools, children=[child("a"), child("b")], filed=filed)
    played = play(city, policy(main, backup))
    assert played.school_of() == {"a": "S3", "b": "S3"}
    assert played.of("choice_rank") == {"a": 1, "b": 2}
    assert played.stage_of() == {"a": "backup", "b": "backup"}
