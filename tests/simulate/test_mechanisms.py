"""The three mechanisms of the spine: worked example, properties, brute force, relations."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.mechanisms import NOWHERE, Contest, fill, random_seats, serial_dictatorship
from simulate.mechanisms.random_seats import share_out


@st.composite
def contests(draw: st.DrawFn, *, one_school: bool = False, apart: bool = False) -> Contest:
    """Whole instances: children, an order, lists shared by groups, seats; any of them may be empty."""
    children = draw(st.integers(0, 7))
    schools = draw(st.integers(1, 4))
    groups = draw(st.integers(1, 3))
    if apart:
        owner = draw(st.lists(st.integers(0, groups - 1), min_size=schools, max_size=schools))
        lists = [[s for s in range(schools) if owner[s] == g] for g in range(groups)]
    else:
        lists = [
            draw(st.permutations(range(schools)))[: draw(st.integers(0, 1 if one_school else schools))]
            for _ in range(groups)
        ]
    return Contest(
        order=np.array(draw(st.permutations(range(children))), dtype=np.int64),
        ticket_rank=np.array(draw(st.permutations(range(children))), dtype=np.int64),
        group=np.array([draw(st.integers(0, groups - 1)) for _ in range(children)], dtype=np.int32),
        starts=np.concatenate([[0], np.cumsum([len(one) for one in lists])]).astype(np.int64),
        schools=np.array([s for one in lists for s in one], dtype=np.int32),
        seats=np.array(
            draw(st.lists(st.integers(0, 3), min_size=schools, max_size=schools)), dtype=np.int64
        ),
    )


def list_of(contest: Contest, child: int) -> list[int]:
    group = contest.group[child]
    return contest.schools[contest.starts[group] : contest.starts[group + 1]].tolist()


def plain_serial_dictatorship(contest: Contest) -> list[int]:
    """The mechanism again, as one would tell it to a child."""
    free = contest.seats.tolist()
    result = [NOWHERE] * len(contest.order)
    for child in contest.order.tolist():
        for school in list_of(contest, child):
            if free[school]:
                free[school] -= 1
                result[child] = school
                break
    return result


def assert_feasible(contest: Contest, result: np.ndarray) -> None:
    for child, school in enumerate(result.tolist()):
        assert school == NOWHERE or school in list_of(contest, child)
    seated = np.bincount(result[result != NOWHERE], minlength=len(contest.seats))
    assert (seated <= contest.seats).all()


def test_serial_dictatorship_solves_the_worked_case_of_policy_facts() -> None:
    # policy-facts.md, section 2: seats A1 B1 C2; c1 100 [A,B], c2 90 [A,B,C], c3 80 [B,A,C], c4 70 [A].
    # c1 takes A; for c2 A is full: B; for c3 B and A are full: C; c4 lists A only: none.
    lists = [[0, 1], [0, 1, 2], [1, 0, 2], [0]]
    contest = Contest(
        order=np.arange(4),
        ticket_rank=np.arange(4),
        group=np.arange(4, dtype=np.int32),
        starts=np.array([0, 2, 5, 8, 9]),
        schools=np.array(list(itertools.chain(*lists)), dtype=np.int32),
        seats=np.array([1, 1, 2]),
    )
    assert serial_dictatorship(contest).tolist() == [0, 1, 2, NOWHERE]


@given(contests())
def test_serial_dictatorship_is_what_the_plain_loop_does(contest: Contest) -> None:
    result = serial_dictatorship(contest)
    assert result.tolist() == plain_serial_dictatorship(contest)
    assert_feasible(contest, result)


@given(contests())
def test_nobody_in_serial_dictatorship_envies_a_later_child(contest: Contest) -> None:
    result = serial_dictatorship(contest)
    for place, child in enumerate(contest.order.tolist()):
        wants = list_of(contest, child)
        better = wants[: wants.index(result[child])] if result[child] != NOWHERE else wants
        later = contest.order[place + 1 :]
        assert not set(better) & set(result[later].tolist())
        left = contest.seats - np.bincount(result[result != NOWHERE], minlength=len(contest.seats))
        assert all(left[school] == 0 for school in better)


@given(contests())
def test_serial_dictatorship_is_pareto_efficient(contest: Contest) -> None:
    result = serial_dictatorship(contest).tolist()
    rank = [
        (list_of(contest, c).index(s) if s != NOWHERE else len(list_of(contest, c)))
        for c, s in enumerate(result)
    ]
    if len(result) > 5:
        return  # all matchings of more children would take too long
    for other in itertools.product(*([*list_of(contest, c), NOWHERE] for c in range(len(result)))):
        count = np.bincount([s for s in other if s != NOWHERE], minlength=len(contest.seats))
        if (count > contest.seats).any():
            continue
        ranks = [
            (list_of(contest, c).index(s) if s != NOWHERE else len(list_of(contest, c)))
            for c, s in enumerate(other)
        ]
        dominates = all(a <= b for a, b in zip(ranks, rank, strict=True)) and ranks != rank
        assert not dominates


@given(contests(one_school=True))
def test_fill_is_serial_dictatorship_over_lists_of_one(contest: Contest) -> None:
    assert fill(contest).tolist() == plain_serial_dictatorship(contest)


def test_fill_refuses_lists_of_several_schools() -> None:
    contest = Contest(
        order=np.arange(1),
        ticket_rank=np.arange(1),
        group=np.zeros(1, np.int32),
        starts=np.array([0, 2]),
        schools=np.array([0, 1], np.int32),
        seats=np.array([1, 1]),
    )
    with pytest.raises(ValueError, match="lists of one school"):
        fill(contest)


@given(contests(apart=True))
def test_random_seats_seats_the_first_in_the_order_as_far_as_seats_go(contest: Contest) -> None:
    result = random_seats(contest)
    assert_feasible(contest, result)
    for group in range(len(contest.list_lengths)):
        members = [c for c in contest.order.tolist() if contest.group[c] == group]
        schools = contest.schools[contest.starts[group] : contest.starts[group + 1]]
        seats = int(contest.seats[schools].sum())
        assert [result[c] != NOWHERE for c in members] == [i < seats for i in range(len(members))]


@given(contests(apart=True))
def test_random_seats_gives_each_school_its_share(contest: Contest) -> None:
    result = random_seats(contest)
    for group in range(len(contest.list_lengths)):
        members = np.flatnonzero(contest.group == group)
        schools = contest.schools[contest.starts[group] : contest.starts[group + 1]]
        seated = [int((result[members] == s).sum()) for s in schools]
        assert seated == share_out(len(members), contest.seats[schools]).tolist()


def test_random_seats_makes_every_assignment_equally_likely() -> None:
    # two schools of 2 seats and 4 children: 4! orders of tickets fall on 6 assignments, 4 each
    contest = Contest(
        order=np.arange(4),
        ticket_rank=np.arange(4),
        group=np.zeros(4, np.int32),
        starts=np.array([0, 2]),
        schools=np.array([0, 1], np.int32),
        seats=np.array([2, 2]),
    )
    seen: dict[tuple[int, ...], int] = {}
    for ranks in itertools.permutations(range(4)):
        result = tuple(random_seats(replace(contest, ticket_rank=np.array(ranks))).tolist())
        seen[result] = seen.get(result, 0) + 1
    assert sorted(seen.values()) == [4] * 6


def test_random_seats_refuses_a_school_in_two_lists() -> None:
    contest = Contest(
        order=np.arange(2),
        ticket_rank=np.arange(2),
        group=np.array([0, 1], np.int32),
        starts=np.array([0, 1, 2]),
        schools=np.array([0, 0], np.int32),
        seats=np.array([1]),
    )
    with pytest.raises(ValueError, match="one list only"):
        random_seats(contest)


@given(st.integers(0, 40), st.lists(st.integers(0, 9), min_size=1, max_size=6))
def test_shares_add_up_never_exceed_the_seats_and_differ_by_less_than_one(n: int, seats: list[int]) -> None:
    shares = share_out(n, np.array(seats))
    assert shares.sum() == min(n, sum(seats))
    assert (shares <= np.array(seats)).all()
    if sum(seats):
        exact = np.array(seats) * min(n, sum(seats)) / sum(seats)
        assert (np.abs(shares - exact) < 1).all()


@given(contests(), st.data())
def test_one_more_seat_hurts_nobody_in_the_order_before_it_is_taken(
    contest: Contest, data: st.DataObject
) -> None:
    school = data.draw(st.integers(0, len(contest.seats) - 1))
    more = contest.seats.copy()
    more[school] += 1
    before = serial_dictatorship(contest).tolist()
    after = serial_dictatorship(replace(contest, seats=more)).tolist()
    assert sum(s != NOWHERE for s in after) >= sum(s != NOWHERE for s in before)
    changed = [c for c in contest.order.tolist() if before[c] != after[c]]
    assert not changed or after[changed[0]] == school
