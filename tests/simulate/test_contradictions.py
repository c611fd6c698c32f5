"""What of a stage cannot stand together: refused with the reason, never ignored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from geodata import DataError
from simulate.building import build_world
from simulate.policy_files import contradictions, policy_path, read_policy, shipped_policies
from tests.simulate.town import (
    CHOICES,
    DEFERRED,
    NEAREST,
    claim,
    claims_stage,
    policy,
    pool,
    stage,
    town,
)

TICKET = ["ticket"]
IMMEDIATE = {"name": "immediate-acceptance"}
TOGETHER = {"twins": "together", "last_seat": "over"}
NEXT = {"twins": "together", "last_seat": "next"}
ZONE = {"gives": "zone"}


def found(one: dict[str, Any]) -> list[str]:
    return [str(what) for what in contradictions(policy(one).stage[0])]


def of(mechanism: Any, where: Any = "own-zone", order: list[str] = TICKET, **more: Any) -> dict[str, Any]:
    """Return a stage; `pool` and `guaranteed` are of its claim."""
    part = {name: more.pop(name) for name in ("pool", "guaranteed") if name in more}
    return claims_stage("one", claim("household", where, order, **part), mechanism=mechanism, **more)


LISTED = 'where = "listed" needs children who choose: choose = "choices"'
LIST = 'a list of choices is read only where children choose: choose = "choices"'
LAST = 'past_it = "last" is for the nearest; a family\'s own choices keep their order'
BELONG = 'twins = "together" and last_seat = "over" or "next" belong together'
ONE_ORDER = 'last_seat = "next" needs one order for all schools: fill or serial-dictatorship'
ZONE_WHERE = 'gives = "zone": where is own-district, other-districts, city or listed'
ZONE_HAS_NONE = 'gives = "zone": no kinds, distances or keys of a pair, for a zone has none'
ZONE_POOL = 'gives = "zone": the open pool alone, and nothing guaranteed'
FAR = {"schools": "city", "within_m": 500, "past_it": "last"}


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (of(NEAREST, "listed"), LISTED),
        (of("least-travel", "listed"), LISTED),
        (of({**DEFERRED, "choose": "nearest"}, "listed"), LISTED),
        (of("fill", {"schools": "own-zone", "list": 1}), LIST),
        (of(NEAREST, {"schools": "city", "list": 2}), LIST),
        (of(CHOICES, FAR), LAST),
        (of("fill", FAR), LAST),
        (of(DEFERRED, FAR), LAST),
        (of("random-seats", "city"), 'random-seats draws the seats of a zone: where = "own-zone"'),
        (
            of(CHOICES, "city", ["distance asc", "ticket"]),
            "serial-dictatorship has one order for all schools; distance differ from school to school: "
            "use deferred-acceptance",
        ),
        (
            of("least-travel", "city", ["sibling desc", "own-zone desc", "ticket"]),
            "least-travel has one order for all schools; own-zone, sibling differ from school to school: "
            "use deferred-acceptance",
        ),
        (
            of("random-seats", when_full="over"),
            "random-seats gives what there is; seat over the intake in a stage after it",
        ),
        (of("random-seats", guaranteed=True), "random-seats knows no guaranteed places"),
        (of("least-travel", guaranteed=True), "least-travel knows no guaranteed places"),
        (of(CHOICES, twins="together"), BELONG),
        (of(CHOICES, last_seat="over"), BELONG),
        (of("random-seats", ties="all-over"), "random-seats decides every tie by ticket"),
        (of("least-travel", ties="all-over"), "least-travel decides every tie by ticket"),
        (of("least-travel", **TOGETHER), "least-travel places child by child"),
        (
            of(DEFERRED, ties="all-over", **TOGETHER),
            "tied children and twins over the intake: state one of the two rules",
        ),
        (of(DEFERRED, **NEXT), ONE_ORDER),
        (of(IMMEDIATE, **NEXT), ONE_ORDER),
        (of({"name": "parallel", "e": 2}, **NEXT), ONE_ORDER),
        (of("random-seats", **NEXT), ONE_ORDER),
        (of("fill", "own-zone", ["distance asc", "ticket"], **NEXT), ONE_ORDER),
        (of(NEAREST, "city", **ZONE), 'gives = "zone" goes by choices'),
        (of(CHOICES, "own-zone", **ZONE), ZONE_WHERE),
        (of(CHOICES, "fed", **ZONE), ZONE_WHERE),
        (of(CHOICES, {"schools": "city", "kinds": ["public"]}, **ZONE), ZONE_HAS_NONE),
        (of(CHOICES, {"schools": "city", "within_m": 9, "past_it": "never"}, **ZONE), ZONE_HAS_NONE),
        (of(DEFERRED, "city", ["distance asc", "ticket"], **ZONE), ZONE_HAS_NONE),
        (of(CHOICES, "city", guaranteed=True, **ZONE), ZONE_POOL),
        (
            of(CHOICES, "city", when_full="over", **ZONE),
            'gives = "zone": nobody is given a zone over its seats',
        ),
    ],
)
def test_what_cannot_stand_together_is_refused_with_the_reason(one: dict[str, Any], reason: str) -> None:
    assert found(one) == [reason]


def test_pools_that_are_drawn_or_given_as_a_zone_are_refused() -> None:
    for mechanism, more, reason in (
        ("random-seats", {}, "random-seats draws the open pool alone"),
        (CHOICES, ZONE, ZONE_POOL),
    ):
        where = "own-zone" if mechanism == "random-seats" else "city"
        rules = policy(of(mechanism, where, pool=["open", "late"], **more), pools=(pool("late", 1),))
        assert [str(what) for what in contradictions(rules.stage[0])] == [reason]


def test_the_claims_of_a_stage_read_one_list() -> None:
    second = {"schools": "city", "list": 2}
    two = claims_stage(
        "one", claim("household", "city", TICKET), claim("household", second, TICKET), mechanism=CHOICES
    )
    assert found(two) == ["the claims of one stage read one list of choices; two lists are two stages"]
    first = {"schools": "city", "list": 1}
    same = claims_stage(
        "one", claim("household", "city", TICKET), claim("household", first, TICKET), mechanism=CHOICES
    )
    assert found(same) == []


def test_every_fault_of_a_stage_is_named_at_once() -> None:
    one = of("random-seats", "city", when_full="over", guaranteed=True, ties="all-over")
    assert len(found(one)) == 4


def test_a_world_is_not_built_for_a_policy_that_contradicts_itself() -> None:
    child = {"applicant_id": "a", "category": "household", "zone_id": "Z"}
    city = town(zones={"Z": ("D", ["S"])}, schools={"S": ("D", 0.0, 1)}, children=[child])
    with pytest.raises(DataError, match=r"column stage one: .*serial-dictatorship has one order"):
        build_world(city, policy(of(NEAREST, "city", ["distance asc", "ticket"])), seed="town")


@pytest.mark.parametrize(
    "one",
    [
        of(CHOICES, "listed", ["points desc", "ticket"], ties="all-over"),
        of(NEAREST, FAR, when_full="over", **NEXT),
        of({**DEFERRED, "choose": "nearest"}, FAR, ["distance asc", "ticket"], **TOGETHER),
        of("fill", "fed", ["distance asc", "ticket"], guaranteed=True),
        of("random-seats", **TOGETHER),
        of("least-travel", FAR),
        of(DEFERRED, "city", ties="all-over", **ZONE),
        stage("one", "household", "other-districts", TICKET, mechanism=IMMEDIATE, **ZONE),
    ],
)
def test_what_can_stand_together_is_not_refused(one: dict[str, Any]) -> None:
    assert found(one) == []


def test_no_shipped_policy_contradicts_itself() -> None:
    for name in shipped_policies():
        for one in read_policy(policy_path(name, Path())).stage:
            assert contradictions(one) == []
