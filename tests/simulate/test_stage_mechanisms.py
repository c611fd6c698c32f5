"""Mechanisms as stages of a policy: the lists they are given, and what comes of it (STAGES.md, 3.4, 4)."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from geodata import DataError
from tests.simulate.town import (
    CHOICES,
    DEFERRED,
    DEFERRED_NEAREST,
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
IMMEDIATE = {"name": "immediate-acceptance"}
ZONES = {"Z1": ("D", ["A"])}


def bands(*sizes: int) -> dict[str, Any]:
    return {"name": "parallel", "bands": list(sizes)}


def child(name: str, points: int = 0, **more: Any) -> dict[str, Any]:
    return {"applicant_id": name, "category": "points", "zone_id": "Z1", "points": points, **more}


def season(
    points: dict[str, int],
    choices: dict[str, list[str]],
    seats: dict[str, int],
    *stages: dict[str, Any],
    **more: Any,
) -> Played:
    schools = {s: ("D", 500.0 * i, n) for i, (s, n) in enumerate(seats.items())}
    children = [child(n, p, consents="district") for n, p in points.items()]
    city = town(zones=ZONES, schools=schools, children=children, choices=choices, **more)
    return play(city, policy(*stages))


def by_choices(mechanism: Any, **more: Any) -> dict[str, Any]:
    return stage("main", "points", "listed", POINTS, mechanism=mechanism, **more)


# the golden case of policy-facts.md, section 2: seats A1 B1 C2
GOLDEN = {"c1": 100, "c2": 90, "c3": 80, "c4": 70}
GOLDEN_CHOICES = {"c1": ["A", "B"], "c2": ["A", "B", "C"], "c3": ["B", "A", "C"], "c4": ["A"]}
GOLDEN_SEATS = {"A": 1, "B": 1, "C": 2}


@pytest.mark.parametrize("mechanism", [CHOICES, DEFERRED, {"name": "parallel", "e": 3}])
def test_the_golden_case_points_first(mechanism: Any) -> None:
    # c1 A, c2 B, c3 C; c4, who lists A alone, is moved to C, which has a seat left
    moved = stage("moved", "points", "own-district", POINTS, mechanism=NEAREST, consents="district")
    played = season(GOLDEN, GOLDEN_CHOICES, GOLDEN_SEATS, by_choices(mechanism), moved)
    assert played.school_of() == {"c1": "A", "c2": "B", "c3": "C", "c4": "C"}
    assert played.stage_of()["c4"] == "moved"
    assert played.of("choice_rank") == {"c1": 1, "c2": 2, "c3": 3, "c4": None}
    assert (
        played.metrics("main")[["envious", "envy_pairs", "blocking_pairs", "wasted_seats"]].tolist()
        == [0] * 4
    )


@pytest.mark.parametrize("mechanism", [IMMEDIATE, bands(1), {"name": "parallel", "e": 1}])
def test_the_golden_case_by_choice_round(mechanism: Any) -> None:
    # round 1: c1 A (before c2 and c4), c3 B; round 2: c2 finds B full; round 3: c2 has C
    played = season(GOLDEN, GOLDEN_CHOICES, GOLDEN_SEATS, by_choices(mechanism))
    assert played.school_of() == {"c1": "A", "c2": "C", "c3": "B", "c4": None}
    # c2 (90) would rather have B, where c3 (80) sits
    assert played.metrics("main")[["envious", "envy_pairs", "blocking_pairs"]].tolist() == [1, 1, 1]
    assert not played.metrics("main")["promises"]


@pytest.mark.parametrize(
    ("sizes", "d_has"),
    [((1,), None), ((2,), "C"), ((1, 2), None), ((2, 1), "C"), ((3,), "C")],
)
def test_bands_decide_which_choices_stand_together(sizes: tuple[int, ...], d_has: str | None) -> None:
    # C has one seat. d (60) lists A and then C; c (50) lists C first. A goes to a (90).
    # In bands of 1, C is c's before d's second choice counts; with both choices in one band, d is before c
    played = season(
        {"a": 90, "d": 60, "c": 50},
        {"a": ["A"], "d": ["A", "C"], "c": ["C"]},
        {"A": 1, "C": 1},
        by_choices(bands(*sizes)),
    )
    assert played.school_of() == {"a": "A", "d": d_has, "c": None if d_has else "C"}


def test_the_last_band_repeats() -> None:
    # bands [1, 2] are choices 1 | 2, 3 | 4, 5. d's choices 2 and 3 stand together, 4 comes after them:
    # d (60) has E as its fourth choice, c (50) as its second: c gets it; as d's third, d gets it
    seats = {"A": 0, "B": 0, "C": 0, "E": 1}
    for listed, has in ((["A", "B", "C", "E"], "c"), (["A", "B", "E"], "d")):
        played = season(
            {"d": 60, "c": 50},
            {"d": listed, "c": ["A", "E"]},
            seats,
            by_choices(bands(1, 2)),
        )
        assert [c for c, s in played.school_of().items() if s] == [has]


@pytest.mark.parametrize(
    ("mechanism", "has"),
    [(IMMEDIATE, "c"), (bands(2), "c"), (bands(3), "d"), (DEFERRED, "d"), (CHOICES, "d")],
)
def test_a_choice_that_is_not_open_uses_up_its_round(mechanism: Any, has: str) -> None:
    # where = own-zone opens A and C alone. d (60): B (closed), A (full), C; c (50): A, C; e has A's seat.
    # d asks for C in round 3, c in round 2
    rules = stage("main", "points", "own-zone", POINTS, mechanism=mechanism)
    schools = {"A": ("D", 0.0, 1), "B": ("D", 500.0, 9), "C": ("D", 900.0, 1)}
    city = town(
        zones={"Z1": ("D", ["A", "C"])},
        schools=schools,
        children=[child("e", 99), child("d", 60), child("c", 50)],
        choices={"e": ["A"], "d": ["B", "A", "C"], "c": ["A", "C"]},
    )
    played = play(city, policy(rules))
    assert played.school_of() == {"e": "A", "d": None, "c": None, has: "C"}
    assert played.of("choice_rank")[has] == (2 if has == "c" else 3)


def test_a_gap_in_the_ranks_uses_up_its_round_too() -> None:
    # d files ranks 1 and 4; c files rank 3: C goes to c in round 3, though d has more points
    filed = [
        {"applicant_id": name, "rank": rank, "target": school}
        for name, rank, school in (("d", 1, "A"), ("d", 4, "C"), ("c", 3, "C"))
    ]
    points, seats = {"d": 60, "c": 50}, {"A": 0, "C": 1}
    for mechanism, has in ((IMMEDIATE, "c"), (bands(4), "d"), (bands(3, 1), "c"), (DEFERRED, "d")):
        played = season(points, {}, seats, by_choices(mechanism), filed=filed)
        assert [c for c, s in played.school_of().items() if s] == [has]


def test_pools_of_a_school_are_one_choice() -> None:
    # A's late pool is full and A's open pool too: that is one round, not two, so d's second choice counts
    # in round 2, where it comes before c
    one = claims_stage(
        "main", claim("points", "listed", POINTS, pool=["open", "late"]), mechanism=IMMEDIATE
    )
    schools = {"A": ("D", 0.0, {"open": 0, "late": 0}), "C": ("D", 500.0, 1)}
    city = town(
        zones=ZONES,
        schools=schools,
        children=[child("d", 60), child("c", 50)],
        choices={"d": ["A", "C"], "c": ["A", "C"]},
    )
    assert play(city, policy(one, pools=(pool("late", 1),))).school_of() == {"c": None, "d": "C"}


@pytest.mark.parametrize("mechanism", [DEFERRED_NEAREST, {"name": "deferred-acceptance"}], ids=str)
def test_shortest_first_each_school_takes_those_who_live_nearest(mechanism: Any) -> None:
    # A at 0, B at 1000, one seat each; a at 400, b at 450, c at 600.
    # Nearest: a, b ask A, which keeps a; c asks B; b asks B too (550 m), which keeps c (400 m).
    # Choices: a, c ask B, which keeps c (a: 600 m); a asks A and drives out b (450 m), whom B refuses.
    children = [child("a", east=400.0), child("b", east=450.0), child("c", east=600.0)]
    city = town(
        zones=ZONES,
        schools={"A": ("D", 0.0, 1), "B": ("D", 1000.0, 1)},
        children=children,
        choices={"a": ["B", "A"], "b": ["A", "B"], "c": ["B"]},
    )
    played = play(city, policy(stage("main", "points", "city", SHORTEST, mechanism=mechanism)))
    assert played.school_of() == {"a": "A", "b": None, "c": "B"}
    nearest = "choose" in mechanism
    assert played.of("choice_rank") == {"a": None if nearest else 2, "b": None, "c": None if nearest else 1}


def test_shortest_first_leaves_no_child_who_is_nearer_outside_whatever_the_order() -> None:
    # distance on both sides: the nearest pair of all is made (600-C and 950-B, 50 m; then 100-A), and 300,
    # which has A nearest, finds everybody nearer than itself
    for some in itertools.permutations([100.0, 300.0, 600.0]):
        children = [child(f"c{i}", east=e) for i, e in enumerate([*some, 950.0])]
        city = town(
            zones=ZONES,
            schools={"A": ("D", 0.0, 1), "B": ("D", 1000.0, 1), "C": ("D", 550.0, 1)},
            children=children,
        )
        rules = policy(stage("main", "points", "city", SHORTEST, mechanism=DEFERRED_NEAREST))
        found = {
            c["east"]: s for c, s in zip(children, play(city, rules).school_of().values(), strict=True)
        }
        assert found == {100.0: "A", 300.0: None, 600.0: "C", 950.0: "B"}


def test_nearest_leaves_out_full_schools_and_then_goes_by_id() -> None:
    # B and C are equally far from a; A is full
    seats = {"A": ("D", 500.0, 0), "C": ("D", 0.0, 1), "B": ("D", 1000.0, 1)}
    city = town(zones=ZONES, schools=seats, children=[child("a", east=500.0)])
    for mechanism in (NEAREST, DEFERRED_NEAREST, {"name": "immediate-acceptance", "choose": "nearest"}):
        played = play(city, policy(stage("main", "points", "city", TICKET, mechanism=mechanism)))
        assert played.school_of() == {"a": "B"}
        pairs = played.tables["distances"]
        assert pairs["school_id"].tolist() == ["B", "C"], "A is in nobody's list"


def test_an_unknown_home_takes_schools_by_id() -> None:
    seats = {"A": ("D", 900.0, 1), "B": ("D", 0.0, 1)}
    city = town(zones=ZONES, schools=seats, children=[child("a", east=None)])
    played = play(city, policy(stage("main", "points", "city", TICKET, mechanism=NEAREST)))
    assert played.school_of() == {"a": "A"}
    assert played.of("distance_m") == {"a": None}
    assert played.tables["distances"]["distance_m"].isna().all()


def test_least_travel_moves_the_first_for_the_sake_of_all() -> None:
    # A at 0, B at 1000. a (90) at 400, b (80) at 300: nearest first a A 400, b B 700 = 1100;
    # least: a B 600, b A 300 = 900. c (70) finds no seat
    children = [child("a", 90, east=400.0), child("b", 80, east=300.0), child("c", 70, east=0.0)]
    city = town(zones=ZONES, schools={"A": ("D", 0.0, 1), "B": ("D", 1000.0, 1)}, children=children)
    played = play(city, policy(stage("main", "points", "city", POINTS, mechanism="least-travel")))
    assert played.school_of() == {"a": "B", "b": "A", "c": None}
    assert play(city, policy(stage("main", "points", "city", POINTS, mechanism=NEAREST))).school_of() == {
        "a": "A",
        "b": "B",
        "c": None,
    }
    assert not played.metrics("main")["promises"]


def test_random_seats_go_to_the_first_in_the_order_and_are_shared_by_quota() -> None:
    # 4 seats (A 3, B 1) for 3 children: quotas 3 × 3/4 = 2.25 and 0.75, so 2 and 1; in ticket order A, A, B
    seats = {"A": ("D", 0.0, 3), "B": ("D", 500.0, 1)}
    children = [child(n, p) for n, p in (("a", 3), ("b", 2), ("c", 1))]
    rules = policy(stage("main", "points", "own-zone", POINTS, mechanism="random-seats"))
    zones = {"Z1": ("D", ["A", "B"])}
    played = play(town(zones=zones, schools=seats, children=children), rules)
    order = by_ticket("a", "b", "c")
    assert [played.school_of()[c] for c in order] == ["A", "A", "B"]
    # 2 seats: a and b, whatever their tickets; 1 and 1
    played = play(town(zones=zones, schools={**seats, "A": ("D", 0.0, 1)}, children=children), rules)
    order = by_ticket("a", "b")
    assert [played.school_of()[c] for c in order] == ["A", "B"]
    assert played.school_of()["c"] is None


def test_a_school_of_two_drawn_zones_is_refused_where_both_have_children() -> None:
    zones = {"Z1": ("D", ["A", "B"]), "Z2": ("D", ["B"])}
    schools = {"A": ("D", 0.0, 1), "B": ("D", 500.0, 1)}
    rules = policy(stage("main", "points", "own-zone", TICKET, mechanism="random-seats"))
    one = town(zones=zones, schools=schools, children=[child("a"), child("b")])
    assert set(play(one, rules).school_of().values()) == {"A", "B"}
    both = town(zones=zones, schools=schools, children=[child("a"), {**child("b"), "zone_id": "Z2"}])
    with pytest.raises(DataError, match="found 'B'; random-seats draws for each zone apart"):
        play(both, rules)


def test_fill_refuses_a_claim_that_opens_several_schools() -> None:
    rules = policy(stage("main", "points", "city", TICKET))
    city = town(zones=ZONES, schools={"A": ("D", 0.0, 1), "B": ("D", 1.0, 1)}, children=[child("a")])
    with pytest.raises(DataError, match="fill places children of zones with one school"):
        play(city, rules)
