"""`least-travel`: worked example, properties, brute force, relations, and another solver."""

from __future__ import annotations

import importlib
import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from geodata.metres import UNKNOWN_M
from simulate.mechanisms.contest import NOWHERE, Contest
from simulate.mechanisms.least_travel import least_travel, prices

UNKNOWN = int(UNKNOWN_M)
NO_WAY = 10**12


def contest_of(
    lists: list[list[tuple[int, int]]], group: list[int], order: list[int], seats: list[int]
) -> Contest:
    """A contest from lists of (school, metres)."""
    return Contest(
        order=np.array(order, dtype=np.int64),
        ticket_rank=np.arange(len(order)),
        group=np.array(group, dtype=np.int32),
        starts=np.concatenate([[0], np.cumsum([len(one) for one in lists])]).astype(np.int64),
        schools=np.array([s for one in lists for s, _ in one], dtype=np.int32),
        seats=np.array(seats, dtype=np.int64),
        metres=np.array([m for one in lists for _, m in one], dtype=np.int32),
    )


@st.composite
def contests(draw: st.DrawFn, *, most: int = 5, far: int = 4) -> Contest:
    """Whole instances with few different distances, so that ties abound; any part may be empty."""
    schools = draw(st.integers(1, 4))
    groups = draw(st.integers(1, 4))
    children = draw(st.integers(0, most))
    metres = st.integers(0, far) | st.just(UNKNOWN)
    one_list = st.lists(st.tuples(st.integers(0, schools - 1), metres), max_size=4)
    return contest_of(
        [draw(one_list) for _ in range(groups)],
        [draw(st.integers(0, groups - 1)) for _ in range(children)],
        list(draw(st.permutations(range(children)))),
        draw(st.lists(st.integers(0, 2), min_size=schools, max_size=schools)),
    )


def random_contest(
    seed: int, *, children: int, groups: int, schools: int, seats: int, step: int
) -> Contest:
    """A town at random; distances are multiples of `step`, some are unknown."""
    rng = np.random.default_rng(seed)
    metres = rng.integers(1, 10_000 // step, (groups, schools)) * step
    metres[rng.random((groups, schools)) < 0.02] = UNKNOWN
    lists = []
    for row in metres.tolist():
        some = rng.permutation(schools)[: rng.integers(1, schools + 1)].tolist()
        lists.append([(s, row[s]) for s in some])
    share = rng.multinomial(seats, np.ones(schools) / schools).tolist()
    group = rng.integers(0, groups, children).tolist()
    return contest_of(lists, group, rng.permutation(children).tolist(), share)


def entries_of(contest: Contest, child: int) -> list[tuple[int, int]]:
    """The (school, metres) of a child's list, the nearest first; unknown as it counts."""
    assert contest.metres is not None
    group = contest.group[child]
    inside = slice(contest.starts[group], contest.starts[group + 1])
    metres = [10_000_000 if m == UNKNOWN else m for m in contest.metres[inside].tolist()]
    return sorted(zip(contest.schools[inside].tolist(), metres, strict=True), key=lambda e: e[1])


def metres_of(contest: Contest, child: int, school: int) -> int:
    return min(m for s, m in entries_of(contest, child) if s == school)


def total_of(contest: Contest, result: np.ndarray) -> int:
    return sum(metres_of(contest, c, s) for c, s in enumerate(result.tolist()) if s != NOWHERE)


def by_brute_force(contest: Contest) -> list[int]:
    """The best of all seatings: who is seated, then metres in all, then the places in the lists."""
    order = contest.order.tolist()
    lists = {c: entries_of(contest, c) for c in order}
    best: Any = None
    for places in itertools.product(*([*range(len(lists[c])), None] for c in order)):
        taken = [lists[c][p] for c, p in zip(order, places, strict=True) if p is not None]
        count = np.bincount([s for s, _ in taken], minlength=len(contest.seats))
        if (count > contest.seats).any():
            continue
        out = tuple(p is None for p in places)
        key = (out, sum(m for _, m in taken), tuple(-1 if p is None else p for p in places))
        best = key if best is None else min(best, key)
    result = [NOWHERE] * len(order)
    for child, place in zip(order, best[2], strict=True):
        if place >= 0:
            result[child] = lists[child][place][0]
    return result


def set_by_augmenting_paths(contest: Contest) -> set[int]:
    """The set of step 1, child by child and seat by seat (Kuhn's algorithm)."""
    sitting: dict[tuple[int, int], int] = {}

    def found(child: int, tried: set[tuple[int, int]]) -> bool:
        for school, _ in entries_of(contest, child):
            for seat in [(school, i) for i in range(contest.seats[school])]:
                if seat in tried:
                    continue
                tried.add(seat)
                if seat not in sitting or found(sitting[seat], tried):
                    sitting[seat] = child
                    return True
        return False

    return {child for child in contest.order.tolist() if found(child, set())}


def least_total(contest: Contest, fixed: dict[int, int]) -> int:
    """The least metres for the children of `fixed`, each on a seat of its own, by another solver.

    A child is held to the school that `fixed` gives it, or may go anywhere in its list (NOWHERE).
    """
    column = np.repeat(np.arange(len(contest.seats)), contest.seats)
    cost = np.full((len(fixed), len(contest.seats)), NO_WAY, dtype=np.int64)
    for row, (child, school) in enumerate(fixed.items()):
        for s, m in entries_of(contest, child):
            if school in (s, NOWHERE):
                cost[row, s] = min(cost[row, s], m)
    cost = cost[:, column]
    return int(cost[linear_sum_assignment(cost)].sum())


def seated(result: np.ndarray) -> set[int]:
    return set(np.flatnonzero(result != NOWHERE).tolist())


def test_least_travel_solves_the_worked_case() -> None:
    # Seats A1 B1 C1; metres c1 [A 300, B 500], c2 [A 200, B 400], c3 [A 100, C 800], c4 [A 50].
    # The set: c1, c2 and c3 can be seated at once (B or A, A or B, C); c4 needs A, which c1 and c2
    # need between them with B, so c4 has no seat. c3 at C: 800. c1 and c2 at A and B: 300 + 400 or
    # 500 + 200, both 700, so 1500 in all is the minimum (c3 at A would leave B alone for c1 and c2).
    # The tie: c1 comes first and takes its nearer A; c2 gets B. In the order c2, c1, c3 it is c2's A.
    # Prices, what the three would save by one more seat: at A 700 (A, B, A: 300 + 400 + 100), at B 500
    # (B, B, A: 500 + 400 + 100), at C nothing.
    lists = [[(0, 300), (1, 500)], [(0, 200), (1, 400)], [(0, 100), (2, 800)], [(0, 50)]]
    case = contest_of(lists, [0, 1, 2, 3], [0, 1, 2, 3], [1, 1, 1])
    assert least_travel(case).tolist() == [0, 1, 2, NOWHERE]
    assert prices(case, least_travel(case)).tolist() == [700, 500, 0]
    other = replace(case, order=np.array([1, 0, 2, 3]))
    assert least_travel(other).tolist() == [1, 0, 2, NOWHERE]


def test_a_child_of_the_set_is_moved_for_a_later_one_however_far() -> None:
    # c1 lives beside A, c2 can go to A only: both are seated, and c1 travels 4 km
    case = contest_of([[(0, 10), (1, 4000)], [(0, 900)]], [0, 1], [0, 1], [1, 1])
    assert least_travel(case).tolist() == [1, 0]


def test_an_unknown_distance_comes_last_and_counts_ten_thousand_kilometres() -> None:
    # together at A and B: unknown + 1 against 4 999 998 + 4 999 999, which is less than 10 000 001
    case = contest_of([[(0, UNKNOWN), (1, 4_999_998)], [(1, 1), (0, 4_999_999)]], [0, 1], [0, 1], [1, 1])
    assert least_travel(case).tolist() == [1, 0]
    alone = replace(case, order=np.arange(1), group=np.zeros(1, np.int32))
    assert least_travel(alone).tolist() == [1]


def test_equal_metres_go_by_the_place_in_the_list() -> None:
    case = contest_of([[(2, 7), (0, 7), (1, 7)]], [0, 0, 0, 0], [3, 1, 0, 2], [1, 1, 1])
    assert least_travel(case).tolist() == [1, 0, NOWHERE, 2]


def test_a_child_moves_to_a_nearer_free_seat_only_if_the_total_stays() -> None:
    # two seats at each: c1 [A 6, B 5] and c2 [B 5, A 5] go to B and, by the list, to B
    lists = [[(0, 6), (1, 5)], [(1, 5), (0, 5)]]
    assert least_travel(contest_of(lists, [0, 1], [1, 0], [2, 2])).tolist() == [1, 1]
    # with one seat at B its price is 0 (c2 is as well off at A), but c2 there would send c1 to A, 6 m
    assert least_travel(contest_of(lists, [0, 1], [1, 0], [2, 1])).tolist() == [1, 0]


@settings(max_examples=400, deadline=None)
@given(contests())
def test_least_travel_is_the_best_of_all_seatings(contest: Contest) -> None:
    assert least_travel(contest).tolist() == by_brute_force(contest)


@settings(max_examples=200, deadline=None)
@given(contests(most=14, far=9))
def test_seats_and_lists_are_respected_and_the_set_is_the_greedy_one(contest: Contest) -> None:
    result = least_travel(contest)
    for child in seated(result):
        assert result[child] in [s for s, _ in entries_of(contest, child)]
    count = np.bincount(result[result != NOWHERE], minlength=len(contest.seats))
    assert (count <= contest.seats).all()
    assert seated(result) == set_by_augmenting_paths(contest)


@settings(deadline=None)
@given(contests(most=14, far=9), st.data())
def test_one_more_seat_unseats_nobody_and_saves_its_price(contest: Contest, data: st.DataObject) -> None:
    school = data.draw(st.integers(0, len(contest.seats) - 1))
    more = replace(contest, seats=contest.seats + (np.arange(len(contest.seats)) == school))
    before, after = least_travel(contest), least_travel(more)
    assert seated(before) <= seated(after)
    assert len(seated(after)) <= len(seated(before)) + 1
    inside = dict.fromkeys(seated(before), NOWHERE)
    price = prices(contest, before)[school]
    assert total_of(contest, before) - least_total(more, inside) == price


@settings(deadline=None)
@given(contests(most=14, far=9), st.data())
def test_neither_groups_nor_the_rows_of_children_matter(contest: Contest, data: st.DataObject) -> None:
    assert contest.metres is not None
    result = least_travel(contest)
    children = len(contest.order)
    # each child a list of its own, and the children numbered otherwise
    new = np.array(data.draw(st.permutations(range(children))), dtype=np.int64)
    old = np.argsort(new)
    slices = [slice(contest.starts[g], contest.starts[g + 1]) for g in contest.group[old]]
    lists = [
        list(zip(contest.schools[one].tolist(), contest.metres[one].tolist(), strict=True))
        for one in slices
    ]
    apart = contest_of(lists, list(range(children)), new[contest.order].tolist(), contest.seats.tolist())
    assert least_travel(apart)[new].tolist() == result.tolist()


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("step", [1, 500])
def test_another_solver_finds_no_shorter_total(seed: int, step: int) -> None:
    contest = random_contest(seed, children=200, groups=60, schools=12, seats=150 + 15 * seed, step=step)
    result = least_travel(contest)
    inside = set_by_augmenting_paths(contest)
    assert seated(result) == inside
    assert total_of(contest, result) == least_total(contest, dict.fromkeys(inside, NOWHERE))


@pytest.mark.parametrize("seed", range(8))
def test_each_child_in_turn_gets_its_nearest_school_of_those_that_keep_the_total(seed: int) -> None:
    contest = random_contest(seed, children=40, groups=12, schools=6, seats=32 + 3 * seed, step=2000)
    result = least_travel(contest).tolist()
    inside = [c for c in contest.order.tolist() if result[c] != NOWHERE]
    fixed = dict.fromkeys(inside, NOWHERE)
    least = least_total(contest, fixed)
    for child in inside:
        for school, _ in entries_of(contest, child):
            if least_total(contest, {**fixed, child: school}) == least:
                fixed[child] = school
                break
    assert fixed == {c: result[c] for c in inside}


def test_prices_refuse_a_seating_that_is_not_the_least() -> None:
    case = contest_of([[(0, 500), (1, 600)], [(0, 400), (1, 1500)]], [0, 1], [0, 1], [1, 1])
    assert prices(case, np.array([1, 0], np.int32)).tolist() == [100, 0]
    for wrong in ([0, 1], [0, 0], [1, NOWHERE]):
        with pytest.raises(ValueError, match="not one of least total distance"):
            prices(case, np.array(wrong, np.int32))


def test_a_seating_that_its_prices_do_not_prove_is_never_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("simulate.mechanisms.least_travel")
    honest = module.seat_in_turn

    def wrong(*arguments: Any) -> Any:
        kept, many, price = honest(*arguments)
        return kept, many, price + np.arange(len(price))

    monkeypatch.setattr(module, "seat_in_turn", wrong)
    case = contest_of([[(0, 500), (1, 600)], [(0, 400), (1, 1500)]], [0, 1], [0, 1], [1, 1])
    with pytest.raises(RuntimeError, match="do not prove to be the minimum"):
        least_travel(case)


def test_least_travel_refuses_a_contest_without_metres() -> None:
    case = contest_of([[(0, 1)]], [0], [0], [1])
    with pytest.raises(ValueError, match="metres of every entry"):
        least_travel(replace(case, metres=None))


@pytest.mark.parametrize("metres", [-1, 5_000_000, UNKNOWN - 1])
def test_least_travel_refuses_a_known_distance_that_cannot_be(metres: int) -> None:
    case = contest_of([[(0, 1), (1, metres)]], [0], [0], [1, 1])
    with pytest.raises(ValueError, match=f"entry 1 is {metres} m away"):
        least_travel(case)


@pytest.mark.parametrize("name", ["rank", "ties", "unit"])
def test_least_travel_refuses_orders_of_schools_tie_classes_and_units(name: str) -> None:
    case = contest_of([[(0, 1)]], [0], [0], [1])
    with pytest.raises(ValueError, match="one order for all schools"):
        least_travel(replace(case, **{name: np.zeros(1, np.int64)}))
