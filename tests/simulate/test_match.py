"""`match`: brute force, properties, plain re-tellings, another implementation, and what is refused."""

from __future__ import annotations

import io
import itertools
import json
import math
import time
import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simulate
from geodata import DataError, XuequError
from simulate.tickets import tickets_of
from tests.command import xuequ

Instance = dict[str, Any]


def instance(wants: dict[str, str], takes: dict[str, tuple[int, str]], **more: Any) -> Instance:
    """Return an instance of words: {"a": "S T"}, {"S": (1, "a b")}."""
    return {
        "applicants": {name: listed.split() for name, listed in wants.items()},
        "schools": {name: {"seats": n, "priorities": order.split()} for name, (n, order) in takes.items()},
        **more,
    }


def solve(case: Instance, mechanism: str, **options: Any) -> dict[str, str | None]:
    placements: dict[str, str | None] = simulate.match(case, mechanism=mechanism, **options)["placements"]
    return placements


# ---- random instances, and what must be true of them ----------------------------------------------------


@st.composite
def instances(draw: st.DrawFn, *, most: int = 6) -> Instance:
    """Whole instances, with short lists on both sides, zero seats, and schools that nobody wants."""
    children = [f"a{n}" for n in range(draw(st.integers(0, most)))]
    schools = [f"S{n}" for n in range(draw(st.integers(1, 4)))]

    def some(of: list[str]) -> list[str]:
        return list(draw(st.permutations(of)))[: draw(st.integers(0, len(of)))]

    return {
        "applicants": {child: some(schools) for child in children},
        "schools": {s: {"seats": draw(st.integers(0, 3)), "priorities": some(children)} for s in schools},
    }


def acceptable(case: Instance, child: str) -> list[str]:
    return [s for s in case["applicants"][child] if child in case["schools"][s]["priorities"]]


def all_matchings(case: Instance) -> Any:
    children = list(case["applicants"])
    for choice in itertools.product(*([*acceptable(case, c), None] for c in children)):
        if all(choice.count(s) <= school["seats"] for s, school in case["schools"].items()):
            yield dict(zip(children, choice, strict=True))


def blocking(case: Instance, placed: dict[str, str | None]) -> list[tuple[str, str]]:
    """Return the pairs of a child and a school that would both rather have each other."""
    found = []
    for child, mine in placed.items():
        wants = acceptable(case, child)
        for school in wants[: wants.index(mine)] if mine else wants:
            order, seats = case["schools"][school]["priorities"], case["schools"][school]["seats"]
            there = [c for c, s in placed.items() if s == school]
            if len(there) < seats or any(order.index(child) < order.index(c) for c in there):
                found.append((child, school))
    return found


def stable_matchings(case: Instance) -> Any:
    return (one for one in all_matchings(case) if not blocking(case, one))


def rank(case: Instance, child: str, school: str | None) -> int:
    wants = case["applicants"][child]
    return wants.index(school) if school else len(wants)


@given(instances(most=5))
def test_deferred_acceptance_is_the_stable_matching_that_every_child_likes_best(case: Instance) -> None:
    mine = solve(case, "deferred-acceptance")
    stable = list(stable_matchings(case))
    assert mine in stable
    for other in stable:
        assert all(rank(case, c, mine[c]) <= rank(case, c, other[c]) for c in mine)


def plain_bands(case: Instance, bands: list[int]) -> dict[str, str | None]:
    """The parallel mechanism again, step by step as the paper tells it."""
    placed: dict[str, str | None] = dict.fromkeys(case["applicants"])
    free = {s: school["seats"] for s, school in case["schools"].items()}
    low, number = 0, 0
    longest = max((len(case["applicants"][c]) for c in placed), default=0)
    while low < longest:
        high = low + bands[min(number, len(bands) - 1)]
        # a school that does not take a child refuses it at once; the place in the list is used up
        refused = {c: set(case["applicants"][c]) - set(acceptable(case, c)) for c in placed}
        while True:
            proposals: dict[str, list[str]] = {s: [] for s in free}
            for child, final in placed.items():
                left = [s for s in case["applicants"][child][low:high] if s not in refused[child]]
                if final is None and left:
                    proposals[left[0]].append(child)
            moved = False
            for school, those in proposals.items():
                those.sort(key=case["schools"][school]["priorities"].index)
                for child in those[free[school] :]:
                    refused[child].add(school)
                    moved = True
            if not moved:
                break
        for school, those in proposals.items():
            for child in those:
                placed[child] = school
            free[school] -= len(those)
        low, number = high, number + 1
    return placed


@given(instances(), st.lists(st.integers(1, 3), min_size=1, max_size=3))
def test_parallel_is_what_the_paper_tells(case: Instance, bands: list[int]) -> None:
    assert solve(case, "parallel", bands=bands) == plain_bands(case, bands)


@given(instances())
def test_bands_of_one_are_immediate_and_one_band_is_deferred(case: Instance) -> None:
    assert solve(case, "parallel", e=1) == solve(case, "immediate-acceptance") == plain_bands(case, [1])
    assert solve(case, "parallel", e=9) == solve(case, "deferred-acceptance")


@given(instances())
def test_immediate_acceptance_wastes_no_seat(case: Instance) -> None:
    placed = solve(case, "immediate-acceptance")
    for child, mine in placed.items():
        wants = acceptable(case, child)
        for school in wants[: wants.index(mine)] if mine else wants:
            assert sum(s == school for s in placed.values()) == case["schools"][school]["seats"]


@given(instances(most=4), st.data())
def test_nobody_gains_by_hiding_what_they_want_from_deferred_acceptance(
    case: Instance, data: st.DataObject
) -> None:
    if not case["applicants"]:
        return
    liar = data.draw(st.sampled_from(sorted(case["applicants"])))
    honest = rank(case, liar, solve(case, "deferred-acceptance")[liar])
    schools = list(case["schools"])
    for length in range(len(schools) + 1):
        for told in itertools.permutations(schools, length):
            lie = {**case, "applicants": {**case["applicants"], liar: list(told)}}
            got = solve(lie, "deferred-acceptance")[liar]
            if got in case["applicants"][liar]:
                assert rank(case, liar, got) >= honest


@given(instances())
def test_one_order_makes_deferred_acceptance_serial_dictatorship(case: Instance) -> None:
    order = sorted(case["applicants"], reverse=True)
    same = {
        s: {**school, "priorities": [c for c in order if c in school["priorities"]]}
        for s, school in case["schools"].items()
    }
    agreed = {**case, "schools": same}
    expected = solve(agreed, "deferred-acceptance")
    assert solve(agreed, "serial-dictatorship") == expected
    assert solve({**case, "order": order}, "serial-dictatorship") == expected


@given(instances(), st.randoms(use_true_random=False))
def test_the_order_in_which_names_are_written_does_not_matter(case: Instance, shuffler: Any) -> None:
    def shuffled(items: dict[str, Any]) -> dict[str, Any]:
        keys = list(items)
        shuffler.shuffle(keys)
        return {key: items[key] for key in keys}

    other = {"applicants": shuffled(case["applicants"]), "schools": shuffled(case["schools"])}
    for mechanism in ("deferred-acceptance", "immediate-acceptance"):
        assert solve(case, mechanism) == solve(other, mechanism)


@given(instances(), st.data())
def test_one_seat_more_hurts_nobody_in_deferred_acceptance(case: Instance, data: st.DataObject) -> None:
    school = data.draw(st.sampled_from(sorted(case["schools"])))
    one = case["schools"][school]
    more = {**case, "schools": {**case["schools"], school: {**one, "seats": one["seats"] + 1}}}
    before, after = solve(case, "deferred-acceptance"), solve(more, "deferred-acceptance")
    assert all(rank(case, c, after[c]) <= rank(case, c, before[c]) for c in before)


def test_a_thousand_random_instances_are_solved_as_the_package_matching_does() -> None:
    from matching.games import HospitalResident

    rng = np.random.default_rng(20240831)
    for _ in range(1000):
        children = [f"a{n}" for n in range(rng.integers(2, 9))]
        schools = [f"S{n}" for n in range(rng.integers(1, 5))]
        wants = {c: list(rng.permutation(schools)[: rng.integers(1, len(schools) + 1)]) for c in children}
        takes = {s: [str(c) for c in rng.permutation(children) if s in wants[c]] for s in schools}
        # the package wants every school to be listed by somebody, and everybody to list somebody
        takes = {s: order for s, order in takes.items() if order}
        wants = {c: [str(s) for s in listed] for c, listed in wants.items()}
        seats = {s: int(rng.integers(1, 4)) for s in takes}
        case = {
            "applicants": wants,
            "schools": {s: {"seats": seats[s], "priorities": order} for s, order in takes.items()},
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = HospitalResident.create_from_dictionaries(wants, takes, seats).solve(
                optimal="resident"
            )
        expected: dict[str, str | None] = dict.fromkeys(wants)
        for school, those in theirs.items():
            expected.update({str(child): str(school) for child in those})
        assert solve(case, "deferred-acceptance") == expected


# ---- one order out of priorities that agree -------------------------------------------------------------


def test_priorities_that_disagree_cannot_be_one_order() -> None:
    case = instance({"a": "S T", "b": "T S"}, {"S": (1, "a b"), "T": (1, "b a")})
    with pytest.raises(XuequError, match=r"priorities disagree \([ST]: . > .; [ST]: . > .\)"):
        simulate.match(case, mechanism="serial-dictatorship")


def test_a_circle_over_three_schools_is_a_disagreement() -> None:
    case = instance(
        {"a": "S U", "b": "S T", "c": "T U"}, {"S": (1, "a b"), "T": (1, "b c"), "U": (1, "c a")}
    )
    with pytest.raises(XuequError, match=r"S: a > b; T: b > c; U: c > a"):
        simulate.match(case, mechanism="serial-dictatorship")


def test_what_a_school_says_of_those_who_do_not_want_it_is_no_disagreement() -> None:
    case = instance({"a": "S", "b": "T S"}, {"S": (1, "a b"), "T": (1, "b a"), "U": (1, "b a")})
    assert solve(case, "serial-dictatorship") == {"a": "S", "b": "T"}


@pytest.mark.parametrize("seed", ["1", "2", "3", "4"])
def test_a_tie_at_one_school_and_none_at_another_is_a_disagreement_for_every_seed(seed: str) -> None:
    # at some seeds the ticket would put b first at S as well, but no order of the classes serves both
    case = {
        "applicants": {"a": ["S", "T"], "b": ["S", "T"]},
        "schools": {
            "S": {"seats": 1, "priorities": [["a", "b"]]},
            "T": {"seats": 1, "priorities": ["b", "a"]},
        },
    }
    with pytest.raises(XuequError, match=r"T: b > a; a = b"):
        simulate.match(case, mechanism="serial-dictatorship", seed=seed)


@given(instances(), st.sampled_from(["x", "y", "z"]))
def test_ties_of_one_order_are_broken_by_ticket_alike_at_all_schools(case: Instance, seed: str) -> None:
    children = sorted(case["applicants"])
    halves = [children[::2], children[1::2]]
    tied = {
        s: {**school, "priorities": [[c for c in half if c in school["priorities"]] for half in halves]}
        for s, school in case["schools"].items()
    }
    drawn = by_ticket(children, seed)
    order = [c for half in halves for c in drawn if c in half]
    expected = solve({**case, "order": order}, "serial-dictatorship")
    assert solve({**case, "schools": tied}, "serial-dictatorship", seed=seed) == expected
    assert solve({**case, "schools": tied}, "deferred-acceptance", seed=seed) == expected


def by_ticket(names: list[str], seed: str) -> list[str]:
    """Return names by their tickets, the first drawn first."""
    return [
        n
        for _, n in sorted((bytes(t), n) for t, n in zip(tickets_of(names, seed=seed), names, strict=True))
    ]


# ---- random seats ---------------------------------------------------------------------------------------

ZONE = instance(
    {"a": "S T", "b": "T S", "c": "S T", "d": "T S", "e": "U"},
    {"S": (2, "a b c d"), "T": (1, "a b c d"), "U": (1, "e")},
)


def test_random_seats_give_seats_by_priority_and_schools_by_ticket() -> None:
    # S and T have 3 seats for a, b, c, d: d, the last in the priorities, gets none. Quotas: 2 at S, 1 at T.
    # In the order of their tickets, two of a, b, c get S and the third gets T. The zone is full, and c is
    # the last in the order who got a seat of it: the cut-off of both its schools.
    for seed in ("1", "2", "3"):
        answer = simulate.match(ZONE, mechanism="random-seats", seed=seed)
        first, second, third = by_ticket(["a", "b", "c"], seed)
        assert answer["placements"] == {first: "S", second: "S", third: "T", "d": None, "e": "U"}
        assert answer["cutoffs"] == {"S": "c", "T": "c", "U": "e"}
    assert len({by_ticket(["a", "b", "c"], seed)[2] for seed in "123"}) > 1


def test_random_seats_go_by_the_order_where_it_is_given() -> None:
    answer = simulate.match({**ZONE, "order": list("edcba")}, mechanism="random-seats", seed="1")
    assert answer["placements"]["a"] is None
    assert answer["cutoffs"] == {"S": "b", "T": "b", "U": "e"}


@pytest.mark.parametrize("of_t", [["b", "a", "c", "d"], [["a", "b", "c", "d"]]])
def test_random_seats_go_by_ticket_where_the_priorities_of_a_zone_disagree(of_t: list[Any]) -> None:
    schools = {**ZONE["schools"], "T": {"seats": 1, "priorities": of_t}}
    for seed in ("1", "2", "3"):
        answer = simulate.match({**ZONE, "schools": schools}, mechanism="random-seats", seed=seed)
        drawn = by_ticket(["a", "b", "c", "d"], seed)
        assert answer["placements"] == {**dict(zip(drawn, ("S", "S", "T", None), strict=True)), "e": "U"}
        assert answer["cutoffs"]["S"] == answer["cutoffs"]["T"] == drawn[2]


def test_a_zone_with_a_seat_left_has_no_cut_off_even_where_one_of_its_schools_is_full() -> None:
    # five seats for four: quotas 4 x 3/5 = 2.4 and 4 x 2/5 = 1.6, so 2 and 2, and T is full
    case = instance(
        {"a": "S T", "b": "S T", "c": "S T", "d": "S T"}, {"S": (3, "a b c d"), "T": (2, "a b c d")}
    )
    answer = simulate.match(case, mechanism="random-seats", seed="1")
    assert sorted(s or "" for s in answer["placements"].values()) == ["S", "S", "T", "T"]
    assert answer["cutoffs"] == {"S": None, "T": None}


def test_a_school_without_seats_has_no_cut_off_in_a_full_zone() -> None:
    case = instance({"a": "S T", "b": "S T"}, {"S": (1, "a b"), "T": (0, "a b")})
    answer = simulate.match(case, mechanism="random-seats", seed="1")
    assert answer["cutoffs"] == {"S": "a", "T": None}


def test_random_seats_want_a_seed_even_where_the_order_is_given() -> None:
    with pytest.raises(DataError, match="random-seats draws who gets which seat: --seed TEXT"):
        simulate.match({**ZONE, "order": list("abcde")}, mechanism="random-seats")


def test_random_seats_refuse_a_school_of_two_zones_and_an_applicant_whom_a_school_does_not_take() -> None:
    case = instance({"a": "S T", "b": "T", "c": "U"}, {"S": (1, "a"), "T": (1, "a b"), "U": (1, "a")})
    with pytest.raises(DataError) as caught:
        simulate.match(case, mechanism="random-seats", seed="1")
    assert [(fault.column, fault.found) for fault in caught.value.faults] == [
        ("applicants.c", "U"),
        ("applicants.b", "T"),
    ]
    assert "a school that takes the applicant" in str(caught.value)
    assert "a school of one zone, and a has it among other schools" in str(caught.value)


@st.composite
def towns_of_zones(draw: st.DrawFn) -> Instance:
    """Zones of one to three schools; priorities that agree, with ties; perhaps an order."""
    zones = [[f"S{z}{n}" for n in range(draw(st.integers(1, 3)))] for z in range(draw(st.integers(1, 3)))]
    wants = {f"a{n}": draw(st.sampled_from(zones)) for n in range(draw(st.integers(0, 9)))}
    queue = draw(st.permutations(sorted(wants)))
    cut = draw(st.integers(0, len(queue)))
    classes = [*queue[:cut], queue[cut:]]  # the end of the order is one tie class
    case: Instance = {
        "applicants": {a: list(draw(st.permutations(zone))) for a, zone in wants.items()},
        "schools": {
            s: {"seats": draw(st.integers(0, 3)), "priorities": classes} for zone in zones for s in zone
        },
    }
    return {**case, "order": list(draw(st.permutations(sorted(wants))))} if draw(st.booleans()) else case


def plain_random_seats(case: Instance, seed: str) -> dict[str, str | None]:
    """The rule again: quotas by largest remainder in fractions, then seats one by one."""
    placed: dict[str, str | None] = dict.fromkeys(case["applicants"])
    drawn = by_ticket(sorted(placed), seed)
    queue: list[str] = case.get("order", [])
    if not queue:
        for one in next(iter(case["schools"].values()))["priorities"]:
            queue = [*queue, *([one] if isinstance(one, str) else sorted(one, key=drawn.index))]
    for zone in {tuple(sorted(listed)) for listed in case["applicants"].values()}:
        seats = {s: case["schools"][s]["seats"] for s in zone}
        inside = [a for a in queue if set(case["applicants"][a]) == set(zone)]
        lucky = inside[: sum(seats.values())]
        exact = {s: Fraction(len(lucky) * n, max(1, sum(seats.values()))) for s, n in seats.items()}
        quota = {s: int(share) for s, share in exact.items()}
        while sum(quota.values()) < len(lucky):
            quota[max(zone, key=lambda s: exact[s] - quota[s])] += 1  # the first of those with the most
        desks = [s for s in zone for _ in range(quota[s])]
        for a, school in zip(sorted(lucky, key=drawn.index), desks, strict=True):
            placed[a] = school
    return placed


@given(towns_of_zones(), st.sampled_from(["x", "y", "z"]))
def test_random_seats_are_what_the_rule_tells(case: Instance, seed: str) -> None:
    assert solve(case, "random-seats", seed=seed) == plain_random_seats(case, seed)


@given(towns_of_zones(), st.randoms(use_true_random=False))
def test_the_order_in_a_list_does_not_count_for_random_seats(case: Instance, shuffler: Any) -> None:
    other = {a: shuffler.sample(listed, len(listed)) for a, listed in case["applicants"].items()}
    assert solve({**case, "applicants": other}, "random-seats", seed="x") == solve(
        case, "random-seats", seed="x"
    )


# ---- least travel ---------------------------------------------------------------------------------------


def test_least_travel_moves_one_for_the_sake_of_all() -> None:
    # nearest first would send c1 500 m to A and c2 1500 m to B, 2000 m in all; the other way it is 1000 m
    case = instance(
        {"c1": "A B", "c2": "A B"},
        {"A": (1, "c1 c2"), "B": (1, "c1 c2")},
        distances={"c1": {"A": 500, "B": 600}, "c2": {"A": 400, "B": 1500}},
    )
    answer = simulate.match(case, mechanism="least-travel")
    assert answer["placements"] == {"c1": "B", "c2": "A"}
    assert answer["cutoffs"] == {"A": "c2", "B": "c1"}
    assert solve(case, "shortest-first") == {"c1": "B", "c2": "A"}


@pytest.mark.parametrize(
    ("metres", "expected"),
    [
        ({"S": 0.5, "T": 0.4}, "S"),  # 0.5 rounds to the even 0: a tie, and S is listed first
        ({"S": 1.5, "T": 2.4}, "S"),  # 1.5 rounds to the even 2: a tie
        ({"S": 1.5, "T": 1.4}, "T"),
        ({"T": 4_999_999}, "T"),  # what is missing is unknown, and comes last
        ({"S": None, "T": 4_999_999.4}, "T"),
        ({}, "S"),
    ],
)
def test_metres_are_whole_halves_go_to_even_and_unknown_comes_last(
    metres: dict[str, Any], expected: str
) -> None:
    case = instance({"a": "S T"}, {"S": (1, "a"), "T": (1, "a")}, distances={"a": metres})
    assert solve(case, "least-travel") == {"a": expected}


def test_schools_rank_whole_metres_and_then_their_priorities() -> None:
    metres = {"a": {"S": 2.4}, "b": {"S": 1.6}, "c": {}, "d": {"S": None}, "e": {"S": 1.4}}
    takes = {"S": (1, "a b d c e")}
    for gone, expected in (("", "e"), ("e", "a"), ("e a", "b"), ("e a b", "d"), ("e a b d", "c")):
        wants = {x: "" if x in gone else "S" for x in "abcde"}
        got = solve(instance(wants, takes, distances=metres), "shortest-first")
        assert [x for x, s in got.items() if s] == [expected]
    # an order decides ties of metres before the priorities do, and needs nothing else
    wants = {**dict.fromkeys("abcd", "S"), "e": ""}
    case = instance(wants, takes, distances=metres, order=list("cdbae"))
    assert solve(case, "shortest-first")["b"] == "S"


def test_shortest_first_wants_a_seed_only_where_a_tie_is_left() -> None:
    schools = {"S": {"seats": 1, "priorities": [["a", "b", "c"]]}}
    case = {"applicants": {"a": ["S"], "b": ["S"], "c": []}, "schools": schools}
    near = {
        **case,
        "distances": {"a": {"S": 2}, "b": {"S": 1}, "c": {"S": 2}},
    }  # a and c, but c is not there
    assert solve(near, "shortest-first") == {"a": None, "b": "S", "c": None}
    level = {**case, "distances": {"a": {"S": 2}, "b": {"S": 2}}}
    assert solve({**level, "order": ["c", "b", "a"]}, "shortest-first")["b"] == "S"
    with pytest.raises(DataError, match=r"schools\.S\.priorities: found 'a, b'; no ties, or a seed"):
        simulate.match(level, mechanism="shortest-first")
    for seed in ("1", "2", "3", "4"):
        assert solve(level, "shortest-first", seed=seed)[by_ticket(["a", "b"], seed)[0]] == "S"


@st.composite
def instances_with_distances(draw: st.DrawFn, *, most: int = 5) -> Instance:
    """Few different distances, so that ties abound; some unknown, some for pairs that nobody lists."""
    case = draw(instances(most=most))
    metre = st.none() | st.sampled_from([0, 0.5, 1, 1.5, 2, 700])
    row = st.dictionaries(st.sampled_from(sorted(case["schools"])), metre)
    children = st.sampled_from(sorted(case["applicants"])) if case["applicants"] else st.nothing()
    order = list(draw(st.permutations(sorted(case["applicants"]))))
    return {**case, "distances": draw(st.dictionaries(children, row)), "order": order}


def metres(case: Instance, child: str, school: str, unknown: int) -> int:
    known = case["distances"].get(child, {}).get(school)
    return unknown if known is None else round(known)


@given(instances_with_distances(most=4))
def test_least_travel_is_the_best_of_all_seatings(case: Instance) -> None:
    """Best: whom the order puts first is seated, then metres in all, then each in its turn nearest."""

    def badness(placed: dict[str, str | None]) -> Any:
        turn = [(c, placed[c]) for c in case["order"]]
        far = [
            (metres(case, c, s, 10_000_000), case["applicants"][c].index(s)) if s else () for c, s in turn
        ]
        return [s is None for _, s in turn], sum(f[0] for f in far if f), far

    assert solve(case, "least-travel") == min(all_matchings(case), key=badness)


@given(instances_with_distances(most=6))
def test_shortest_first_is_deferred_acceptance_by_metres(case: Instance) -> None:
    def by_metres(school: str, children: list[str]) -> list[str]:
        return sorted(children, key=lambda c: (metres(case, c, school, 5_000_000), case["order"].index(c)))

    ranked = {
        s: {**school, "priorities": by_metres(s, school["priorities"])}
        for s, school in case["schools"].items()
    }
    expected = simulate.match({**case, "schools": ranked}, mechanism="deferred-acceptance")
    assert simulate.match(case, mechanism="shortest-first") == {**expected, "mechanism": "shortest-first"}


def test_least_travel_takes_one_order_from_priorities_that_agree() -> None:
    # one seat: by the priorities b, a, c it is b's, though a lives nearer
    far = {"a": {"S": 1}, "b": {"S": 9}, "c": {"S": 2}}
    case = instance({"a": "S", "b": "S", "c": "S"}, {"S": (1, "b a c")}, distances=far)
    answer = simulate.match(case, mechanism="least-travel")
    assert answer["placements"] == {"a": None, "b": "S", "c": None}
    assert answer["cutoffs"] == {"S": "b"}
    assert solve({**case, "order": ["c", "b", "a"]}, "least-travel")["c"] == "S"
    tied = {**case, "schools": {"S": {"seats": 1, "priorities": [["a", "b"], "c"]}}}
    with pytest.raises(DataError, match="no ties, or a seed"):
        simulate.match(tied, mechanism="least-travel")
    for seed in ("1", "2", "3", "4"):
        assert solve(tied, "least-travel", seed=seed)[by_ticket(["a", "b"], seed)[0]] == "S"


def test_least_travel_wants_to_know_who_comes_first_where_a_chain_of_moves_joins_two() -> None:
    # b first: it can have S or T. Then a (S alone) and c (T alone) both fit only beside one another, not
    # both with b; no school compares them, and yet one of them must go without
    case = instance({"a": "S", "b": "S T", "c": "T"}, {"S": (1, "b a"), "T": (1, "b c")}, distances={})
    with pytest.raises(XuequError, match="do not say which of a and c comes first: give order"):
        simulate.match(case, mechanism="least-travel")
    assert solve({**case, "order": ["b", "c", "a"]}, "least-travel") == {"a": None, "b": "S", "c": "T"}
    said = {**case, "schools": {**case["schools"], "S": {"seats": 1, "priorities": ["b", "c", "a"]}}}
    assert solve(said, "least-travel") == {"a": None, "b": "S", "c": "T"}


def test_least_travel_needs_no_order_between_schools_that_nothing_joins() -> None:
    wants = {"a": "S", "b": "S", "c": "T", "d": "T", "e": ""}
    case = instance(wants, {"S": (1, "b a"), "T": (1, "c d")}, distances={})
    expected = {"a": None, "b": "S", "c": "T", "d": None, "e": None}
    assert solve(case, "least-travel") == expected


@pytest.mark.parametrize("mechanism", ["least-travel", "shortest-first"])
def test_what_goes_by_distance_wants_distances(mechanism: str) -> None:
    with pytest.raises(DataError, match=f"column distances: {mechanism} goes by distances"):
        simulate.match(instance({"a": "S"}, {"S": (1, "a")}), mechanism=mechanism)


def test_distances_that_are_not_used_are_checked_and_change_nothing() -> None:
    case = instance({"a": "S T", "b": "S T"}, {"S": (1, "b a"), "T": (1, "b a")})
    with_them = {**case, "distances": {"a": {"S": 1.5, "T": None}, "b": {}}}
    for mechanism in ("deferred-acceptance", "immediate-acceptance", "serial-dictatorship"):
        assert simulate.match(with_them, mechanism=mechanism) == simulate.match(case, mechanism=mechanism)
    with pytest.raises(DataError, match=r"distances\.a: found 'X'; a school of the instance"):
        simulate.match({**case, "distances": {"a": {"X": 1}}}, mechanism="deferred-acceptance")


# ---- ties, cut-offs, and what is refused ----------------------------------------------------------------

TIED = {
    "applicants": {"a": ["S"], "b": ["S"], "c": ["S"]},
    "schools": {"S": {"seats": 2, "priorities": ["a", ["b", "c"]]}},
}


def test_ties_are_broken_by_ticket() -> None:
    for seed in ("one", "two", "three", "four"):
        answer = simulate.match(TIED, mechanism="deferred-acceptance", seed=seed)
        first = by_ticket(["b", "c"], seed)[0]
        assert answer["placements"][first] == "S"
        assert answer["cutoffs"] == {"S": first}


def test_ties_without_a_seed_are_an_error() -> None:
    with pytest.raises(DataError, match="no ties, or a seed"):
        simulate.match(TIED, mechanism="deferred-acceptance")


def test_a_school_with_a_seat_left_has_no_cut_off() -> None:
    case = instance({"a": "S"}, {"S": (2, "a")})
    assert simulate.match(case, mechanism="deferred-acceptance")["cutoffs"] == {"S": None}


def test_fill_wants_one_school_each() -> None:
    assert solve(instance({"a": "S", "b": "S"}, {"S": (1, "b a")}), "fill") == {"a": None, "b": "S"}
    with pytest.raises(XuequError, match="lists of one school"):
        simulate.match(instance({"a": "S T"}, {"S": (1, "a"), "T": (1, "a")}), mechanism="fill")


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        ({"applicants": {"a": ["X"]}}, {}, r"found 'X'; a school of the instance"),
        ({"applicants": {"a": ["S", "S"]}}, {}, r"found 'S'; each school once"),
        ({"schools": {"S": {"seats": 1, "priorities": ["z"]}}}, {}, "an applicant of the instance"),
        ({"schools": {"S": {"seats": 1, "priorities": ["a", "a"]}}}, {}, "each applicant once"),
        ({"schools": {"S": {"seats": -1, "priorities": ["a"]}}}, {}, "greater than or equal to 0"),
        ({"schools": {"S": {"seats": 2**70, "priorities": ["a"]}}}, {}, "less than or equal to 1000000000"),
        ({"schools": {"S": {"seats": True, "priorities": ["a"]}}}, {}, "valid integer"),
        (
            {"schools": {"S": {"seats": 1, "priorities": [7]}}},
            {},
            r"priorities\.0: found '7'; an applicant, or a",
        ),
        (
            {"schools": {"S": {"seats": 1, "priorities": [["a", None]]}}},
            {},
            "a list of applicants who are tied",
        ),
        (
            {"schools": {"S": {"seats": 1, "priorities": [[["a"]]]}}},
            {},
            r"priorities\.0\.0: .*nested too deep",
        ),
        ({"order": []}, {}, r"every applicant exactly once\. To do: add a"),
        ({"order": ["a", "a"]}, {}, "order: found 'a'; every applicant exactly once"),
        ({"order": ["a", "z"]}, {}, "order: found 'z'; an applicant of the instance"),
        ({"ordr": []}, {}, "did you mean order"),
        ({"applicants": {1: ["S"]}}, {}, "valid string"),
        ({"applicants": {"a": "S"}}, {}, "valid list"),
        ({"applicants": {"\ud800": []}}, {}, r"found '\\\\ud800'; whole characters of Unicode"),
        ({"distances": {"z": {}}}, {}, "distances: found 'z'; an applicant of the instance"),
        ({"distances": {"a": {"X": 1}}}, {}, r"distances\.a: found 'X'; a school of the instance"),
        ({"distances": {"a": 3}}, {}, "valid dictionary"),
        (
            {"distances": {"a": {"S": -0.1}}},
            {},
            r"distances\.a\.S: found '-0\.1'; metres from 0 to below 5000000",
        ),
        ({"distances": {"a": {"S": math.nan}}}, {}, "found 'nan'; metres"),
        ({"distances": {"a": {"S": math.inf}}}, {}, "found 'inf'; metres"),
        ({"distances": {"a": {"S": 4_999_999.5}}}, {}, "found '4999999.5'; metres"),
        ({"distances": {"a": {"S": 10**400}}}, {}, "metres from 0"),
        ({"distances": {"a": {"S": True}}}, {}, "found 'True'; metres"),
        ({"distances": {"a": {"S": "3"}}}, {}, "found '3'; metres"),
        ({}, {"mechanism": "boston"}, "unknown mechanism boston; allowed: fill"),
        ({}, {"bands": [1]}, "belong to parallel alone"),
        ({}, {"mechanism": "parallel"}, "either bands or e"),
        ({}, {"mechanism": ["parallel"]}, "unknown mechanism"),
        ({}, {"mechanism": "parallel", "bands": [1], "e": 1}, "either bands or e"),
        ({}, {"mechanism": "parallel", "bands": [2, 0]}, "at least one choice"),
        ({}, {"mechanism": "parallel", "bands": []}, "at least one choice"),
        ({}, {"mechanism": "parallel", "bands": "12"}, "at least one choice"),
        ({}, {"mechanism": "parallel", "bands": 3}, "at least one choice"),
        ({}, {"mechanism": "parallel", "e": 0}, "at least one choice"),
        ({}, {"mechanism": "parallel", "e": 1.5}, "at least one choice"),
        ({}, {"mechanism": "parallel", "e": True}, "at least one choice"),
        ({}, {"seed": 7}, "the seed is a text"),
        ({}, {"seed": "\ud800"}, "the seed is a text"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, Any], options: dict[str, Any], said: str) -> None:
    case = {**instance({"a": "S"}, {"S": (1, "a")}), **change}
    with pytest.raises(XuequError, match=said):
        simulate.match(case, **{"mechanism": "deferred-acceptance", **options})


def test_what_is_no_object_or_goes_round_in_a_circle_is_refused() -> None:
    circle: list[Any] = []
    circle.extend([circle] * 9)
    deep: list[Any] = []
    for _ in range(900):
        deep = [deep]
    with pytest.raises(DataError, match="an object with applicants and schools"):
        simulate.match([], mechanism="fill")  # type: ignore[arg-type]
    for order in (circle, deep):
        with pytest.raises(DataError, match="nested too deep"):
            simulate.match({"applicants": {}, "schools": {}, "order": order}, mechanism="fill")


def paths_in(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [path, *(one for key, part in inside for one in paths_in(part, (*path, key)))]


def with_junk(value: Any, path: tuple[Any, ...], junk: Any) -> Any:
    if not path:
        return junk
    copy = value.copy()
    copy[path[0]] = with_junk(value[path[0]], path[1:], junk)
    return copy


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=2) | st.sampled_from("aST"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("aSx"), inner, max_size=3),
    max_leaves=6,
)


@given(st.data(), st.sampled_from(["fill", "random-seats", "least-travel", "shortest-first"]))
@settings(max_examples=400)
def test_whatever_stands_anywhere_is_solved_or_refused_in_words(
    data: st.DataObject, mechanism: str
) -> None:
    case = {
        "applicants": {"a": ["S"], "b": ["S"]},
        "schools": {"S": {"seats": 1, "priorities": ["b", ["a"]]}, "T": {"seats": 0, "priorities": []}},
        "order": ["a", "b"],
        "distances": {"a": {"S": 5, "T": None}},
    }
    path = data.draw(st.sampled_from(paths_in(case)))
    broken = with_junk(case, path, data.draw(JUNK))
    try:
        answer = simulate.match(broken, mechanism=mechanism, seed="x")
    except XuequError as error:
        said = str(error)
    else:
        said = ", ".join(answer["placements"])
        assert answer["placements"].keys() == broken["applicants"].keys()
    said.encode()


MECHANISMS: dict[str, dict[str, Any]] = {
    "fill": {},
    "random-seats": {},
    "serial-dictatorship": {},
    "immediate-acceptance": {},
    "parallel": {"bands": [2, 1]},
    "deferred-acceptance": {},
    "least-travel": {},
    "shortest-first": {},
}


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_where_nobody_is_nobody_is_placed(mechanism: str) -> None:
    options = MECHANISMS[mechanism]
    empty = {"mechanism": mechanism, "placements": {}, "cutoffs": {}}
    assert simulate.match({"applicants": {}, "schools": {}}, mechanism=mechanism, **options) == empty
    nobody = {"applicants": {}, "schools": {"S": {"seats": 3, "priorities": []}}}
    assert simulate.match(nobody, mechanism=mechanism, **options)["cutoffs"] == {"S": None}


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_one_applicant_named_like_the_school_gets_in_where_there_is_a_seat(mechanism: str) -> None:
    for seats, place in ((0, None), (1, "S"), (10**9, "S")):
        case = instance({"S": "S", "nowhere": ""}, {"S": (seats, "S"), "T": (0, "S")}, distances={})
        answer = simulate.match(case, mechanism=mechanism, seed="x", **MECHANISMS[mechanism])
        assert answer["placements"] == {"S": place, "nowhere": None}
        assert answer["cutoffs"] == {"S": "S" if seats == 1 else None, "T": None}


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_seats_without_end_cost_no_memory(mechanism: str) -> None:
    schools = {f"S{n}": {"seats": 10**9, "priorities": ["a"]} for n in range(40)}
    case = {"applicants": {"a": ["S7"]}, "schools": schools, "distances": {}}
    answer = simulate.match(case, mechanism=mechanism, seed="x", **MECHANISMS[mechanism])
    assert answer["placements"] == {"a": "S7"}


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_the_instance_is_left_as_it_was_and_the_answer_is_the_same_again(mechanism: str) -> None:
    case = {**ZONE, "distances": {"a": {"S": 1.5}}}
    if mechanism == "fill":
        case["applicants"] = {a: listed[:1] for a, listed in ZONE["applicants"].items()}
    text = json.dumps(case)
    first = simulate.match(case, mechanism=mechanism, seed="x", **MECHANISMS[mechanism])
    assert json.dumps(case) == text
    backwards = {key: dict(reversed(value.items())) for key, value in case.items()}
    assert simulate.match(backwards, mechanism=mechanism, seed="x", **MECHANISMS[mechanism]) == first


def test_five_thousand_applicants_and_fifty_schools_take_seconds() -> None:
    rng = np.random.default_rng(1)
    children, schools = [f"a{n:04d}" for n in range(5000)], [f"S{n:02d}" for n in range(50)]
    case = {
        "applicants": {c: rng.permutation(schools).tolist() for c in children},
        "schools": {s: {"seats": 99, "priorities": rng.permutation(children).tolist()} for s in schools},
    }
    before = time.process_time()
    answer = simulate.match(case, mechanism="deferred-acceptance")
    simulate.match({**case, "order": children}, mechanism="serial-dictatorship")
    tied = {s: {"seats": 99, "priorities": [children[:100], *children[100:]]} for s in schools}
    simulate.match({**case, "schools": tied}, mechanism="serial-dictatorship", seed="x")
    # some 4 s with compiling; a loop over pairs of applicants would take minutes
    assert time.process_time() - before < 40
    assert sum(s is not None for s in answer["placements"].values()) == 50 * 99


def test_the_command_reads_a_file_or_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = json.dumps(TIED)
    (tmp_path / "case.json").write_text(text, encoding="utf-8")
    words = ("--mechanism", "parallel", "--bands", "2,2,3", "--seed", "x", "--lang", "en")
    from_file = xuequ("match", tmp_path / "case.json", *words)
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    from_input = xuequ("match", "-", *words)
    assert from_file.status == from_input.status == 0, from_file.err
    assert json.loads(from_file.out) == json.loads(from_input.out)
    assert json.loads(from_file.out)["placements"]["a"] == "S"


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ("{", (), "this is not JSON"),
        ("[]", (), "an object with applicants and schools"),
        ("{}", (), "applicants: this key is missing"),
        ("", (), "this is not JSON"),
        ("[" * 100_000, (), "this is nested too deep"),
        ('{"order": ' + "[" * 200 + "]" * 200 + "}", (), "this is nested too deep"),
        ('{"distances": {"a": {"S": NaN}}}', (), "found 'NaN'; a number"),
        ('{"distances": {"a": {"S": -Infinity}}}', (), "found '-Infinity'; a number"),
        (
            '{"order": [], "order": []}',
            (),
            "case.json: found 'order'; each key once: this one stands twice",
        ),
        (
            '{"schools": {"S": {"seats": 1, "seats": 2}}}',
            (),
            "column schools.S: found 'seats'; each key once",
        ),
        ('{"a": [{"b": 1}, {"b": 1, "b": 2}]}', (), "column a.1: found 'b'; each key once"),
        ('{"applicants": {"\\ud800": []}, "schools": {}}', (), "whole characters of Unicode"),
        ("{}", ("--bands", "a"), "whole numbers with commas"),
    ],
)
def test_the_command_says_what_is_wrong(
    tmp_path: Path, text: str, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "case.json").write_text(text, encoding="utf-8")
    answer = xuequ(
        "match", tmp_path / "case.json", "--mechanism", "parallel", "--e", "1", *words, "--lang", "en"
    )
    assert answer.status == 2
    assert said in answer.err
    assert answer.out == ""


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_the_command_knows_every_mechanism(tmp_path: Path, mechanism: str) -> None:
    case = {
        "applicants": {"甲": ["一小"]},
        "schools": {"一小": {"seats": 1, "priorities": ["甲"]}},
        "distances": {},
    }
    # as Windows saves it: with a byte order mark
    (tmp_path / "case.json").write_text(json.dumps(case, ensure_ascii=False), encoding="utf-8-sig")
    words = ("--seed", "x", *(("--bands", "2，1") if mechanism == "parallel" else ()))
    answer = xuequ("match", tmp_path / "case.json", "--mechanism", mechanism, *words)
    assert answer.status == 0, answer.err
    assert json.loads(answer.out) == {
        "mechanism": mechanism,
        "placements": {"甲": "一小"},
        "cutoffs": {"一小": "甲"},
    }
    assert "甲" in answer.out


def test_standard_input_is_utf_8_whatever_the_terminal_says(monkeypatch: pytest.MonkeyPatch) -> None:
    case = '\ufeff{"applicants": {"甲": []}, "schools": {}}'

    def said(raw: bytes) -> Any:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="ascii"))
        return xuequ("match", "-", "--mechanism", "fill", "--lang", "en")

    assert json.loads(said(case.encode()).out)["placements"] == {"甲": None}
    refused = said(case.encode("utf-16"))
    assert (refused.status, refused.out) == (2, "")
    assert "-, row 1: the bytes are not utf-8" in refused.err


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    answer = xuequ("match", tmp_path / "none.json", "--mechanism", "fill", "--lang", "en")
    assert answer.status == 2
    assert "none.json: the file cannot be read" in answer.err
    assert "name a JSON file, or - for standard input" in answer.err
