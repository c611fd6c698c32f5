"""Gates by rank: only the first so many by an order may take part (STAGES.md, 3.2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulate.town import (
    CHOICES,
    NEAREST,
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
ZONES = {"Z1": ("D", ["S1"]), "Z2": ("D", ["S2"]), "Z3": ("E", ["S3"])}
SCHOOLS: dict[str, tuple[Any, ...]] = {"S1": ("D", 0.0, 9), "S2": ("D", 500.0, 9), "S3": ("E", 900.0, 9)}


def child(name: str, points: int | None, zone: str = "Z1", **more: Any) -> dict[str, Any]:
    row = {"applicant_id": name, "category": "points", "zone_id": zone, **more}
    return row if points is None else {**row, "points": points}


def gate(at_most: int | str, within: str = "city", order: list[str] = POINTS) -> dict[str, Any]:
    return {"order": order, "within": within, "at_most": at_most}


def gated(rank: dict[str, Any], *, where: Any = "city", **more: Any) -> dict[str, Any]:
    one = claim("points", where, TICKET, rank=rank, **more)
    return claims_stage("one", one, mechanism=NEAREST)


CHILDREN = [
    child("a", 90),
    child("b", 80),
    child("c", 70, "Z2"),
    child("d", 60, "Z2"),
    child("e", 50, "Z3"),
    child("f", None, "Z3"),
]


@pytest.mark.parametrize(
    ("within", "at_most", "through"),
    [
        ("city", 0, ""),
        ("city", 1, "a"),
        ("city", 5, "abcde"),
        ("city", 99, "abcdef"),
        ("district", 1, "ae"),
        ("district", 3, "abcef"),
        ("zone", 1, "ace"),
    ],
)
def test_the_first_so_many_pass_in_the_city_in_each_district_or_in_each_zone(
    within: str, at_most: int, through: str
) -> None:
    city = town(zones=ZONES, schools=SCHOOLS, children=CHILDREN)
    played = play(city, policy(gated(gate(at_most, within)), household=()))
    assert "".join(played.keys("one")["applicant_id"]) == through
    assert "".join(c for c, s in played.school_of().items() if s) == through


def test_equal_ranks_pass_by_ticket() -> None:
    names = by_ticket("x", "y", "z")
    city = town(zones=ZONES, schools=SCHOOLS, children=[child(n, 7) for n in names])
    played = play(city, policy(gated(gate(2))))
    assert sorted(played.keys("one")["applicant_id"]) == sorted(names[:2])


@pytest.mark.parametrize(
    ("within", "through"),
    # free seats: S1 1, S2 2, S3 0. City: 3. District D: 3, E: 0. Zones: Z1 1, Z2 2, Z3 0
    [("city", "abc"), ("district", "abc"), ("zone", "acd")],
)
def test_as_many_pass_as_there_are_free_seats(within: str, through: str) -> None:
    schools = {"S1": ("D", 0.0, 1), "S2": ("D", 500.0, 2), "S3": ("E", 900.0, 0)}
    city = town(zones=ZONES, schools=schools, children=CHILDREN)
    keys = play(city, policy(gated(gate("seats", within)))).keys("one")
    assert "".join(keys["applicant_id"]) == through


def test_only_seats_of_the_pools_and_kinds_of_the_claim_are_counted() -> None:
    schools = {
        "S1": ("D", 0.0, {"open": 1, "late": 3}),
        "S2": ("D", 500.0, {"open": 4}, {"kind": "purchased-private"}),
        "S3": ("E", 900.0, {"open": 0, "late": 1}),
    }
    city = town(zones=ZONES, schools=schools, children=CHILDREN)
    late = pool("late", 1)

    def through(where: Any, pools: Any) -> int:
        return len(
            play(city, policy(gated(gate("seats"), where=where, pool=pools), pools=(late,))).keys("one")
        )

    assert through("city", "open") == 5
    assert through({"schools": "city", "kinds": ["public"]}, "open") == 1
    assert through({"schools": "city", "kinds": ["public"]}, ["open", "late"]) == 5
    assert through("city", "late") == 4
    # where does not narrow it: S1 and its 3 late seats count, and S3's one, though all look at their zone
    assert through("own-zone", "late") == 4


def test_seats_are_counted_when_decisions_have_been_honoured() -> None:
    by_hand = {"applicant_id": "f", "stage": "one", "school_id": "S1", "reason_code": "R"}
    by_hand |= {"authority": "bureau", "document_no": "1"}
    schools = {"S1": ("D", 0.0, 2), "S2": ("D", 500.0, 0), "S3": ("E", 900.0, 0)}
    city = town(zones=ZONES, schools=schools, children=CHILDREN, decisions=[by_hand])
    played = play(city, policy(gated(gate("seats"))))
    assert played.keys("one")["applicant_id"].tolist() == ["a"], "one of the two seats is f's already"


def test_a_gate_stands_before_its_own_claim_alone() -> None:
    claims = [claim("points", "own-zone", TICKET, rank=gate(1)), claim("points", "own-district", TICKET)]
    city = town(zones=ZONES, schools=SCHOOLS, children=CHILDREN[:3])
    keys = play(city, policy(claims_stage("one", *claims, mechanism=NEAREST))).keys("one")
    assert dict(keys[["applicant_id", "claim"]].to_numpy()) == {"a": 1, "b": 2, "c": 2}


def test_the_gate_is_asked_only_of_those_whom_the_claim_means() -> None:
    # a is placed by the stage before, b is not of the claim's zones: c and d are the first two of the rest
    first = claims_stage("first", claim("points", "own-zone", TICKET, rank=gate(1)), mechanism=NEAREST)
    second = claims_stage(
        "one", claim("points", "city", TICKET, rank=gate(2), zone=["Z2", "Z3"]), mechanism=NEAREST
    )
    city = town(zones=ZONES, schools=SCHOOLS, children=CHILDREN)
    assert play(city, policy(first, second)).keys("one")["applicant_id"].tolist() == ["c", "d"]


def test_huli_gives_the_first_ranks_a_public_seat_though_not_always_one_they_listed() -> None:
    # Huli 2014 (policy-facts 1.2): N public seats, ranks 1 to N get one. Public: P1 1, P2 2; Q private.
    # Ranks: a 90 [P1], b 80 [P1], c 70 [P2], d 60 [P1, P2], e 50 [P2, Q].
    # Stage 1 (a, b, c pass): a P1, c P2; what b listed is full. Stage 2: one public seat is left, so the
    # first who waits passes: b gets P2, unlisted. d and e never pass. Stage 3, private: e listed Q.
    schools = {
        "P1": ("D", 0.0, 1),
        "P2": ("D", 500.0, 2),
        "Q": ("D", 100.0, 9, {"kind": "purchased-private"}),
    }
    children = [child(n, 90 - 10 * i) for i, n in enumerate("abcde")]
    public = {"schools": "city", "kinds": ["public"]}
    rules = policy(
        claims_stage("listed", claim("points", public, POINTS, rank=gate("seats")), mechanism=CHOICES),
        claims_stage("unlisted", claim("points", public, POINTS, rank=gate("seats")), mechanism=NEAREST),
        stage("private", "points", "listed", POINTS, mechanism=CHOICES),
        household=(),
    )
    city = town(
        zones={"Z1": ("D", ["P1"])},
        schools=schools,
        children=children,
        choices={"a": ["P1"], "b": ["P1"], "c": ["P2"], "d": ["P1", "P2"], "e": ["P2", "Q"]},
    )
    played = play(city, rules)
    assert played.school_of() == {"a": "P1", "b": "P2", "c": "P2", "d": None, "e": "Q"}
    assert played.stage_of() == {
        "a": "listed",
        "b": "unlisted",
        "c": "listed",
        "d": None,
        "e": "private",
    }
    assert played.of("choice_rank") == {"a": 1, "b": None, "c": 1, "d": None, "e": 2}
    assert played.of("outcome")["d"] == "not-admitted"
