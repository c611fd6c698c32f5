"""Chances: all orders of tickets counted out, and the same found over thousands of seeds."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from math import sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import simulate
from tests.simulate.test_match import Instance, instances, rank, solve

SEEDS = 2000

Outcome = tuple[str | None, ...]
Chances = dict[Outcome, Fraction]


def tied(wants: dict[str, str], takes: dict[str, tuple[int, list[str]]], **more: Any) -> Instance:
    """Return an instance in which each word of priorities is a tie class: {"S": (1, ["a b", "c"])}."""
    return {
        "applicants": {name: listed.split() for name, listed in wants.items()},
        "schools": {
            name: {"seats": n, "priorities": [one.split() for one in classes]}
            for name, (n, classes) in takes.items()
        },
        **more,
    }


def broken(case: Instance, order: tuple[str, ...]) -> Instance:
    """Return an instance whose ties are broken by an order of the tickets."""
    return {
        **case,
        "schools": {
            s: {**one, "priorities": [a for tie in one["priorities"] for a in sorted(tie, key=order.index)]}
            for s, one in case["schools"].items()
        },
    }


def counted(case: Instance, outcome: Callable[[tuple[str, ...]], Outcome]) -> Chances:
    """Return the chance of each outcome, every order of the tickets being equally likely."""
    orders = list(itertools.permutations(sorted(case["applicants"])))
    counts = Counter(map(outcome, orders))
    return {found: Fraction(n, len(orders)) for found, n in counts.items()}


def assert_drawn(case: Instance, mechanism: str, chances: Chances) -> None:
    """Assert that outcomes over many seeds are as frequent as they should be: within 4 standard errors."""
    assert sum(chances.values()) == 1
    seen = Counter(tuple(solve(case, mechanism, seed=f"seed {n}").values()) for n in range(SEEDS))
    assert seen.keys() <= chances.keys()
    for outcome, chance in chances.items():
        error = sqrt(chance * (1 - chance) / SEEDS)
        assert abs(seen[outcome] / SEEDS - chance) <= 4 * error, (outcome, chance, seen[outcome])


def of_child(case: Instance, chances: Chances, child: str) -> dict[str | None, Fraction]:
    """Return a child's chances of each school."""
    place = sorted(case["applicants"]).index(child)
    result: dict[str | None, Fraction] = {}
    for outcome, chance in chances.items():
        result[outcome[place]] = result.get(outcome[place], Fraction(0)) + chance
    return result


# ---- serial dictatorship by lot -------------------------------------------------------------------------

TWO_TASTES = tied(
    {"1": "a b c d", "2": "a b c d", "3": "b a d c", "4": "b a d c"},
    dict.fromkeys("abcd", (1, ["1 2 3 4"])),
)


def in_turn(case: Instance, order: tuple[str, ...]) -> Outcome:
    """Serial dictatorship, as one would tell it to a child."""
    free = {s: one["seats"] for s, one in case["schools"].items()}
    got: dict[str, str | None] = {}
    for child in order:
        got[child] = next((s for s in case["applicants"][child] if free[s] > 0), None)
        if got[child]:
            free[got[child]] -= 1
    return tuple(got[c] for c in sorted(got))


def test_random_serial_dictatorship_on_the_example_of_bogomolnaia_and_moulin_2001() -> None:
    chances = counted(TWO_TASTES, lambda order: in_turn(TWO_TASTES, order))
    # Child 1 gets a if it is first (6 of 24 orders), or second behind 3 or 4, who take b (4 orders), but
    # not behind 2, nor as third: of 3 and 4, the second takes a. 10 of 24.
    for child, tastes in (("1", "abcd"), ("2", "abcd"), ("3", "badc"), ("4", "badc")):
        mine = of_child(TWO_TASTES, chances, child)
        parts = [mine[s] for s in tastes]
        assert parts == [Fraction(5, 12), Fraction(1, 12), Fraction(5, 12), Fraction(1, 12)]
        # eating at equal speed gives 1/2 of the first and 1/2 of the third choice: as good or better, up to
        # every place of the list; and nobody gives anything for it
        eating = [Fraction(1, 2), Fraction(0), Fraction(1, 2), Fraction(0)]
        sums = zip(itertools.accumulate(eating), itertools.accumulate(parts), strict=True)
        assert all(better >= lot for better, lot in sums)
    assert_drawn(TWO_TASTES, "serial-dictatorship", chances)


def test_serial_dictatorship_with_classes_draws_within_each_class() -> None:
    case = tied(
        {"a": "S T", "b": "S", "c": "T S", "d": "S T"},
        {"S": (1, ["a b", "c d"]), "T": (1, ["a b", "c d"])},
    )

    def outcome(order: tuple[str, ...]) -> Outcome:
        return in_turn(case, tuple(sorted(order, key=lambda child: (child in "cd", order.index(child)))))

    chances = counted(case, outcome)
    # a before b: a S, b nothing, c (T first) or d: T goes to whichever of c and d is drawn first.
    # b before a: b S, a T, and nothing is left.
    assert chances == {
        ("S", None, "T", None): Fraction(1, 4),
        ("S", None, None, "T"): Fraction(1, 4),
        ("T", "S", None, None): Fraction(1, 2),
    }
    assert_drawn(case, "serial-dictatorship", chances)


# ---- schools with classes of their own ------------------------------------------------------------------

COARSE = tied(
    {"a": "S T", "b": "T S", "c": "S T U", "d": "S U"},
    {"S": (1, ["b", "a c d"]), "T": (1, ["a c", "b d"]), "U": (1, ["a b c d"])},
)


@pytest.mark.parametrize("mechanism", ["deferred-acceptance", "immediate-acceptance"])
def test_one_ticket_a_child_breaks_the_ties_of_all_schools(mechanism: str) -> None:
    chances = counted(COARSE, lambda order: tuple(solve(broken(COARSE, order), mechanism).values()))
    assert len(chances) > 2
    assert_drawn(COARSE, mechanism, chances)


def test_chances_of_deferred_acceptance_with_a_single_lottery_by_hand() -> None:
    # One school, two seats: a is above all, and one of b, c, d is drawn.
    case = tied(dict.fromkeys("abcd", "S"), {"S": (2, ["a", "b c d"])})
    chances = counted(case, lambda order: tuple(solve(broken(case, order), "deferred-acceptance").values()))
    third = Fraction(1, 3)
    assert chances == {
        ("S", "S", None, None): third,
        ("S", None, "S", None): third,
        ("S", None, None, "S"): third,
    }
    assert_drawn(case, "deferred-acceptance", chances)


# ---- seats drawn without choices ------------------------------------------------------------------------


def test_random_seats_by_ticket_alone_draw_every_way_to_seat_three_of_five_alike() -> None:
    # S has 2 seats, T 1. 5 x 4 / 2 pairs for S, 3 for T: 30 ways, each of 4 of the 120 orders.
    zone = tied(dict.fromkeys("abcde", "S T"), {"S": (2, ["a b c d e"]), "T": (1, ["a b c d e"])})

    def outcome(order: tuple[str, ...]) -> Outcome:
        places = dict(zip(order, ("S", "S", "T", None, None), strict=True))
        return tuple(places[c] for c in sorted(places))

    chances = counted(zone, outcome)
    assert sorted(chances.values()) == [Fraction(1, 30)] * 30
    assert of_child(zone, chances, "a") == {"S": Fraction(2, 5), "T": Fraction(1, 5), None: Fraction(2, 5)}
    assert_drawn(zone, "random-seats", chances)


def test_random_seats_with_an_order_draw_only_which_seat() -> None:
    # a, b and c come first, so d gets nothing; which of the three gets T is drawn
    zone = tied(
        dict.fromkeys("abcd", "S T"), {"S": (2, ["a b c d"]), "T": (1, ["a b c d"])}, order=list("abcd")
    )
    third = Fraction(1, 3)
    chances: Chances = {
        ("T", "S", "S", None): third,
        ("S", "T", "S", None): third,
        ("S", "S", "T", None): third,
    }
    assert_drawn(zone, "random-seats", chances)


# ---- ties of metres and of orders -----------------------------------------------------------------------


def test_ties_of_metres_are_drawn() -> None:
    near = {"a": {"S": 5}, "b": {"S": 5.4}, "c": {"S": 4}, "d": {}}
    case = tied(dict.fromkeys("abcd", "S"), {"S": (2, ["a b c d"])}, distances=near)
    half = Fraction(1, 2)
    chances: Chances = {("S", None, "S", None): half, (None, "S", "S", None): half}
    assert_drawn(case, "shortest-first", chances)


def test_ties_of_the_one_order_of_least_travel_are_drawn() -> None:
    # Two of three are seated, each pair with the same chance, at the least metres: a S and b T 2 m, c S and
    # b T 4 m, a S and c T 5 m (and not 8 m the other way).
    far = {"a": {"S": 1, "T": 5}, "b": {"S": 9, "T": 1}, "c": {"S": 3, "T": 4}}
    case = tied(dict.fromkeys("abc", "S T"), {"S": (1, ["a b c"]), "T": (1, ["a b c"])}, distances=far)
    third = Fraction(1, 3)
    chances: Chances = {("S", "T", None): third, (None, "T", "S"): third, ("S", None, "T"): third}
    assert_drawn(case, "least-travel", chances)


# ---- a better ticket ------------------------------------------------------------------------------------


@st.composite
def with_tickets(draw: st.DrawFn) -> tuple[Instance, list[str], list[str], str]:
    """An instance with tie classes; tickets, and the same with one child swapped forward; that child."""
    case = draw(instances(most=6).filter(lambda case: len(case["applicants"]) > 1))
    classes = {a: draw(st.integers(0, 1)) for a in sorted(case["applicants"])}
    coarse = {
        s: {
            **one,
            "priorities": [[a for a in one["priorities"] if classes[a] == n] for n in (0, 1)],
        }
        for s, one in case["schools"].items()
    }
    before = list(draw(st.permutations(sorted(case["applicants"]))))
    first, second = sorted(
        draw(st.lists(st.integers(0, len(before) - 1), min_size=2, max_size=2, unique=True))
    )
    after = list(before)
    after[first], after[second] = before[second], before[first]
    return {**case, "schools": coarse}, before, after, before[second]


@given(with_tickets())
def test_a_better_ticket_never_gives_a_worse_place(
    drawn: tuple[Instance, list[str], list[str], str],
) -> None:
    case, before, after, child = drawn
    for mechanism in ("serial-dictatorship", "deferred-acceptance"):
        places = [solve(broken(case, tuple(order)), mechanism)[child] for order in (before, after)]
        worse, better = (rank(case, child, place) for place in places)
        assert better <= worse
    # where the order is given, no priority stands in its way
    places = [solve({**case, "order": order}, "serial-dictatorship")[child] for order in (before, after)]
    assert rank(case, child, places[1]) <= rank(case, child, places[0])


@given(with_tickets(), st.sampled_from(["x", "y"]))
def test_who_is_not_there_takes_nothing_from_the_tickets_of_others(
    drawn: tuple[Instance, list[str], list[str], str], seed: str
) -> None:
    """Removing a child helps all others, or leaves them as they were: their tickets are their own."""
    case, _, _, gone = drawn
    rest = {
        "applicants": {a: listed for a, listed in case["applicants"].items() if a != gone},
        "schools": {
            s: {**one, "priorities": [[a for a in tie if a != gone] for tie in one["priorities"]]}
            for s, one in case["schools"].items()
        },
    }
    with_all = solve(case, "deferred-acceptance", seed=seed)
    without = solve(rest, "deferred-acceptance", seed=seed)
    assert all(rank(case, a, without[a]) <= rank(case, a, with_all[a]) for a in without)


def test_a_seed_is_a_draw() -> None:
    answers = [simulate.match(TWO_TASTES, mechanism="serial-dictatorship", seed=s) for s in ("1", "1", "2")]
    assert answers[0] == answers[1] != answers[2]
