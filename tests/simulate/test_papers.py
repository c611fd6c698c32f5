"""Worked examples of the papers, and what the papers prove, told again in plain code."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulate.mechanisms import (
    NEVER,
    NOWHERE,
    Contest,
    deferred_acceptance,
    immediate_acceptance,
    parallel,
    serial_dictatorship,
)
from tests.simulate.test_match import (
    Instance,
    all_matchings,
    instance,
    instances,
    rank,
    solve,
    stable_matchings,
)

# ---- Gale and Shapley 1962: College admissions and the stability of marriage ---------------------------

EXAMPLE_1 = instance(
    {"α": "A B C", "β": "B C A", "γ": "C A B"},
    {"A": (1, "β γ α"), "B": (1, "γ α β"), "C": (1, "α β γ")},
)
# each row of the ranking matrix is a circle, so all first choices, all second and all third are stable
STABLE_SETS_OF_EXAMPLE_1 = [
    {"α": "A", "β": "B", "γ": "C"},
    {"α": "B", "β": "C", "γ": "A"},
    {"α": "C", "β": "A", "γ": "B"},
]


def test_example_1_of_gale_and_shapley_1962_has_three_stable_sets_and_proposers_get_their_first() -> None:
    assert list(stable_matchings(EXAMPLE_1)) == STABLE_SETS_OF_EXAMPLE_1
    assert solve(EXAMPLE_1, "deferred-acceptance") == STABLE_SETS_OF_EXAMPLE_1[0]


def test_example_2_of_gale_and_shapley_1962_has_one_stable_set_of_marriages() -> None:
    # the ranking matrix: rows 1,3 2,3 3,2 4,3 / 1,4 4,1 3,3 2,2 / 2,2 1,4 3,4 4,1 / 4,1 2,2 3,1 1,4
    case = instance(
        {"α": "A B C D", "β": "A D C B", "γ": "B A C D", "δ": "D B C A"},
        {"A": (1, "δ γ α β"), "B": (1, "β δ α γ"), "C": (1, "δ α β γ"), "D": (1, "γ β α δ")},
    )
    expected = {"α": "C", "β": "D", "γ": "A", "δ": "B"}
    assert list(stable_matchings(case)) == [expected]
    assert solve(case, "deferred-acceptance") == expected


# ---- Roth 1982, 1984: incentives, and who is left out ---------------------------------------------------


def test_no_stable_mechanism_is_safe_from_lies_of_both_sides_as_in_roth_1982() -> None:
    # Two stable matchings: the children's first choices, and the schools'. Deferred acceptance gives the
    # children theirs. Now S says that it takes b alone: a, refused by S, asks T, which likes a better than
    # b; b, refused by T, asks S. One stable matching is left, so *every* stable mechanism would yield.
    true = instance({"a": "S T", "b": "T S"}, {"S": (1, "b a"), "T": (1, "a b")})
    assert len(list(stable_matchings(true))) == 2
    assert solve(true, "deferred-acceptance") == {"a": "S", "b": "T"}
    told = instance({"a": "S T", "b": "T S"}, {"S": (1, "b"), "T": (1, "a b")})
    assert list(stable_matchings(told)) == [{"a": "T", "b": "S"}]
    assert solve(told, "deferred-acceptance") == {"a": "T", "b": "S"}
    # and a child that says it wants T alone would turn the schools' matching into the children's
    told = instance({"a": "S", "b": "T S"}, {"S": (1, "b a"), "T": (1, "a b")})
    assert list(stable_matchings(told)) == [{"a": "S", "b": "T"}]


@given(instances(most=5))
def test_every_stable_matching_leaves_out_the_same_children_and_seats_as_in_roth_1984(
    case: Instance,
) -> None:
    """The rural hospitals theorem; that a school with seats left gets the very same children: Roth 1986."""
    mine = solve(case, "deferred-acceptance")
    for other in stable_matchings(case):
        assert {c for c, s in other.items() if s} == {c for c, s in mine.items() if s}
        for school, one in case["schools"].items():
            there = {c for c, s in mine.items() if s == school}
            as_well = {c for c, s in other.items() if s == school}
            assert len(there) == len(as_well)
            assert there == as_well or len(there) == one["seats"]


# ---- Abdulkadiroğlu and Sönmez 2003: deferred and immediate acceptance ---------------------------------

SCHOOL_CHOICE = instance(
    {"i1": "s2 s1 s3", "i2": "s1 s2 s3", "i3": "s1 s2 s3"},
    {"s1": (1, "i1 i3 i2"), "s2": (1, "i2 i1 i3"), "s3": (1, "i2 i1 i3")},
)


def test_deferred_acceptance_may_cost_efficiency_as_in_abdulkadiroglu_and_sonmez_2003() -> None:
    # i2 and i3 ask s1, which keeps i3; i2 asks s2, which drops i1 for i2; i1 asks s1, which drops i3 for
    # i1; i3 asks s2 in vain, and gets s3. i1 and i2 would rather change places, but then i3 would envy i2
    # at s1.
    assert solve(SCHOOL_CHOICE, "deferred-acceptance") == {"i1": "s1", "i2": "s2", "i3": "s3"}
    assert list(stable_matchings(SCHOOL_CHOICE)) == [{"i1": "s1", "i2": "s2", "i3": "s3"}]


def test_immediate_acceptance_is_neither_stable_nor_safe_from_lies() -> None:
    # Round 1: s2 takes i1 for good, s1 takes i3 of i2 and i3. Round 2: i2 finds s2 taken. Round 3: s3.
    # i2 is first in the priorities of s2 and envies i1 there; naming s2 first, i2 gets it in round 1.
    honest = solve(SCHOOL_CHOICE, "immediate-acceptance")
    assert honest == {"i1": "s2", "i2": "s3", "i3": "s1"}
    assert honest not in stable_matchings(SCHOOL_CHOICE)
    lie = {**SCHOOL_CHOICE["applicants"], "i2": ["s2", "s1", "s3"]}
    assert solve({**SCHOOL_CHOICE, "applicants": lie}, "immediate-acceptance")["i2"] == "s2"


@given(instances(most=5))
def test_immediate_acceptance_is_pareto_efficient_by_the_lists(case: Instance) -> None:
    """A seat final in round r went to one who ranks it r-th; whoever would rather have it came too late."""
    mine = solve(case, "immediate-acceptance")
    ranks = {c: rank(case, c, s) for c, s in mine.items()}
    for other in all_matchings(case):
        theirs = {c: rank(case, c, s) for c, s in other.items()}
        assert theirs == ranks or any(theirs[c] > ranks[c] for c in ranks)


# ---- Chen and Kesten 2017: parallel bands ---------------------------------------------------------------

BANDS = instance(
    {"c1": "B A D C", "c2": "B D C A", "c3": "D B C A", "c4": "C D B A"},
    {
        "A": (1, "c1 c2 c3 c4"),
        "B": (1, "c1 c4 c3 c2"),
        "C": (1, "c3 c2 c1 c4"),
        "D": (1, "c2 c1 c3 c4"),
    },
)


def test_the_longer_the_bands_the_later_places_are_final() -> None:
    # e = 1: B takes c1 of c1 and c2, D takes c3, C takes c4, for good; c2 finds D and C gone, and gets A.
    assert solve(BANDS, "parallel", e=1) == {"c1": "B", "c2": "A", "c3": "D", "c4": "C"}
    # e = 2: c2, refused by B, asks D, which drops c3 for c2; c3 asks B, which keeps c1. The band ends:
    # c1 B, c2 D, c4 C. In the second band, c3 finds C gone, and gets A.
    assert solve(BANDS, "parallel", e=2) == {"c1": "B", "c2": "D", "c3": "A", "c4": "C"}
    # e = 3: c3 asks C within the band, which drops c4 for c3; c4 asks D, which keeps c2, and B, which keeps
    # c1; the band ends, and c4 gets A. With e = 4 c4 gets A within the band: deferred acceptance.
    late = {"c1": "B", "c2": "D", "c3": "C", "c4": "A"}
    assert solve(BANDS, "parallel", e=3) == solve(BANDS, "parallel", e=4) == late
    assert solve(BANDS, "deferred-acceptance") == late


def test_who_can_gain_by_a_lie_depends_on_the_bands() -> None:
    # e = 1: c2 puts D first and gets it, second in truth, instead of A, its last.
    assert better_lies(BANDS, e=1)["c2"]["D B C A"] == "D"
    # e = 2: c3 moves C up into the first band and gets it, third in truth, instead of A, its last.
    assert better_lies(BANDS, e=2)["c3"]["D C B A"] == "C"
    assert "c2" not in better_lies(BANDS, e=2)
    assert better_lies(BANDS, e=4) == {}


def better_lies(case: Instance, e: int) -> dict[str, dict[str, str]]:
    """Return child -> list told -> place got, where the place is better than that of the true list."""
    honest = solve(case, "parallel", e=e)
    found: dict[str, dict[str, str]] = {}
    for child in honest:
        for told in itertools.permutations(case["schools"]):
            lie = {**case, "applicants": {**case["applicants"], child: list(told)}}
            got = solve(lie, "parallel", e=e)[child]
            if got and rank(case, child, got) < rank(case, child, honest[child]):
                found.setdefault(child, {})[" ".join(told)] = got
    return found


@given(st.data())
@settings(max_examples=60)
def test_where_longer_bands_reward_a_lie_shorter_ones_do_too(data: st.DataObject) -> None:
    """What the paper proves: the mechanism with shorter bands is more manipulable."""
    children, schools = ["c1", "c2", "c3"], ["A", "B", "C"]
    case = {
        "applicants": {c: list(data.draw(st.permutations(schools))) for c in children},
        "schools": {
            s: {"seats": 1, "priorities": list(data.draw(st.permutations(children)))} for s in schools
        },
    }
    rewarded = [bool(better_lies(case, e)) for e in (1, 2, 3)]
    assert rewarded == sorted(rewarded, reverse=True)
    assert not rewarded[-1]


# ---- Ergin and Sönmez 2006: games of school choice under the Boston mechanism -------------------------


def test_nash_equilibria_of_immediate_acceptance_are_the_stable_matchings() -> None:
    """All 16 x 16 x 16 profiles of lists over example 1 of Gale and Shapley, which has three of them."""
    schools = list(EXAMPLE_1["schools"])
    lists = [list(told) for n in range(4) for told in itertools.permutations(schools, n)]
    children = list(EXAMPLE_1["applicants"])
    got = {
        profile: solve(
            {**EXAMPLE_1, "applicants": dict(zip(children, (lists[i] for i in profile), strict=True))},
            "immediate-acceptance",
        )
        for profile in itertools.product(range(len(lists)), repeat=3)
    }

    def nobody_gains_alone(profile: tuple[int, ...]) -> bool:
        for turn, child in enumerate(children):
            mine = rank(EXAMPLE_1, child, got[profile][child])
            for other in range(len(lists)):
                lie = (*profile[:turn], other, *profile[turn + 1 :])
                if rank(EXAMPLE_1, child, got[lie][child]) < mine:
                    return False
        return True

    outcomes = {tuple(got[profile].values()) for profile in got if nobody_gains_alone(profile)}
    assert outcomes == {tuple(one.values()) for one in STABLE_SETS_OF_EXAMPLE_1}


# ---- Svensson 1999: strategy-proof allocation of indivisible goods ------------------------------------


@st.composite
def in_an_order(draw: st.DrawFn) -> Instance:
    case = draw(instances(most=5))
    return {**case, "order": list(draw(st.permutations(sorted(case["applicants"]))))}


@given(in_an_order())
def test_serial_dictatorship_is_safe_from_lies_and_nobody_is_bossy(case: Instance) -> None:
    honest = solve(case, "serial-dictatorship")
    for child in case["order"]:
        for n in range(len(case["schools"]) + 1):
            for told in itertools.permutations(case["schools"], n):
                lie = {**case, "applicants": {**case["applicants"], child: list(told)}}
                got = solve(lie, "serial-dictatorship")
                if got[child] == honest[child]:
                    assert got == honest  # who does not change its own place changes nobody's
                elif got[child] in case["applicants"][child]:
                    assert rank(case, child, got[child]) > rank(case, child, honest[child])


@given(in_an_order(), st.data())
def test_serial_dictatorship_does_not_look_at_names(case: Instance, data: st.DataObject) -> None:
    schools, children = sorted(case["schools"]), sorted(case["applicants"])
    of_school = dict(zip(schools, data.draw(st.permutations(schools)), strict=True))
    of_child = dict(zip(children, data.draw(st.permutations(children)), strict=True))
    renamed = {
        "applicants": {of_child[c]: [of_school[s] for s in case["applicants"][c]] for c in children},
        "schools": {
            of_school[s]: {**one, "priorities": [of_child[c] for c in one["priorities"]]}
            for s, one in case["schools"].items()
        },
        "order": [of_child[c] for c in case["order"]],
    }
    for mechanism in ("serial-dictatorship", "deferred-acceptance", "immediate-acceptance"):
        before, after = solve(case, mechanism), solve(renamed, mechanism)
        assert {of_child[c]: of_school[s] if s else None for c, s in before.items()} == after


@given(in_an_order())
def test_serial_dictatorship_is_the_best_matching_for_the_first_then_for_the_second(case: Instance) -> None:
    """So it is Pareto-efficient: whoever gains takes from one who came before."""
    ranks = [[rank(case, c, one[c]) for c in case["order"]] for one in all_matchings(case)]
    mine = solve(case, "serial-dictatorship")
    mine_ranks = [rank(case, c, mine[c]) for c in case["order"]]
    assert mine_ranks == min(ranks)
    assert not any(
        other != mine_ranks and all(a <= b for a, b in zip(other, mine_ranks, strict=True))
        for other in ranks
    )


# ---- policy-facts.md, section 2: the golden case -------------------------------------------------------

CASE_OF_POLICY_FACTS = instance(
    {"c1": "A B", "c2": "A B C", "c3": "B A C", "c4": "A"},
    {"A": (1, "c1 c2 c3 c4"), "B": (1, "c1 c2 c3 c4"), "C": (2, "c1 c2 c3 c4")},
)


@pytest.mark.parametrize("mechanism", ["serial-dictatorship", "deferred-acceptance"])
def test_points_first_on_the_case_of_policy_facts(mechanism: str) -> None:
    # c1 (100 points) takes A; for c2 (90) A is full: B; for c3 (80) B and A are full: C; c4 (70) lists A
    expected = {"c1": "A", "c2": "B", "c3": "C", "c4": None}
    assert solve(CASE_OF_POLICY_FACTS, mechanism) == expected
    # c4 waits for coordination, and C has the seat that is left
    consents = {**CASE_OF_POLICY_FACTS["applicants"], "c4": ["A", "C"]}
    again = {**CASE_OF_POLICY_FACTS, "applicants": consents}
    assert solve(again, mechanism) == {**expected, "c4": "C"}


def test_choice_rounds_on_the_case_of_policy_facts() -> None:
    # round 1: A takes c1 of c1, c2, c4; B takes c3. Round 2: c2 finds B full. Round 3: c2 gets C.
    expected = {"c1": "A", "c2": "C", "c3": "B", "c4": None}
    assert solve(CASE_OF_POLICY_FACTS, "immediate-acceptance") == expected


def test_bands_of_two_lie_between_the_two() -> None:
    # band 1 holds two choices: c2 moves c3 out of B, so c3 is left to the second band and gets C
    assert solve(CASE_OF_POLICY_FACTS, "parallel", bands=[2]) == {
        "c1": "A",
        "c2": "B",
        "c3": "C",
        "c4": None,
    }


# ---- Biró and Kiselgof 2015: college admissions with stable score-limits -------------------------------


class Entry(NamedTuple):
    """A school in a child's list."""

    school: int
    rank: int
    tie: int
    choice: int


Lists = list[list[Entry]]


def contest_of(lists: Lists, seats: list[int], *, ties: bool = False, choices: bool = False) -> Contest:
    flat = [entry for entries in lists for entry in entries]
    return Contest(
        order=np.arange(len(lists)),
        ticket_rank=np.arange(len(lists)),
        group=np.arange(len(lists), dtype=np.int32),
        starts=np.concatenate([[0], np.cumsum([len(one) for one in lists])]).astype(np.int64),
        schools=np.array([e.school for e in flat], dtype=np.int32),
        seats=np.array(seats, dtype=np.int64),
        rank=np.array([e.rank for e in flat], dtype=np.int64),
        ties=np.array([e.tie for e in flat], dtype=np.int64) if ties else None,
        choice=np.array([e.choice for e in flat], dtype=np.int32) if choices else None,
    )


@st.composite
def entries(draw: st.DrawFn, *, most: int = 6, schools: int = 3) -> tuple[Lists, list[int]]:
    """Lists of entries with classes of several children, refusals, and choices with gaps and pools."""
    children = draw(st.integers(0, most))
    rank_of, tie_of = [], []
    for _ in range(schools):
        scores = draw(st.lists(st.integers(0, 2), min_size=children, max_size=children))
        order = sorted(draw(st.permutations(range(children))), key=scores.__getitem__)
        rank_of.append([order.index(c) for c in range(children)])
        tie_of.append(scores)
    lists: Lists = []
    for child in range(children):
        wanted = draw(st.permutations(range(schools)))[: draw(st.integers(0, schools))]
        steps = draw(st.lists(st.integers(0, 2), min_size=len(wanted), max_size=len(wanted)))
        choices = list(itertools.accumulate(steps))  # 0 is the same choice, 2 leaves a gap
        takes = draw(
            st.lists(st.sampled_from([True, True, True, False]), min_size=schools, max_size=schools)
        )
        lists.append(
            [
                Entry(s, rank_of[s][child] if takes[s] else NEVER, tie_of[s][child], choice)
                for s, choice in zip(wanted, choices, strict=True)
            ]
        )
    return lists, draw(st.lists(st.integers(0, 3), min_size=schools, max_size=schools))


def told_again(lists: Lists, seats: list[int], ends: list[int], *, ties: bool) -> list[int]:
    """Propose, hold and refuse, one child after the other, in bands that end before the choices `ends`."""
    place, free = [NOWHERE] * len(lists), list(seats)
    gone: set[tuple[int, int]] = set()  # (child, school) refused
    for end in ends:
        while True:
            asks: dict[int, list[tuple[int, Entry]]] = {}
            for child, own in enumerate(lists):
                left = [e for e in own if e.choice < end and (child, e.school) not in gone]
                if place[child] == NOWHERE and left:
                    asks.setdefault(left[0].school, []).append((child, left[0]))
            refused = []
            for school, those in asks.items():
                for child, entry in those:
                    above = sum(
                        other.rank != NEVER and (other.tie < entry.tie if ties else other.rank < entry.rank)
                        for _, other in those
                    )
                    if entry.rank == NEVER or above >= free[school]:
                        refused.append((child, school))
            if not refused:
                break
            gone.update(refused)
        for school, those in asks.items():
            for child, _ in those:
                place[child] = school
            free[school] = max(0, free[school] - len(those))
    return place


def ends_of(lists: Lists, bands: list[int]) -> list[int]:
    last = max((e.choice for own in lists for e in own), default=0) + 1
    ends = list(itertools.accumulate(bands))
    while ends[-1] < last:
        ends.append(ends[-1] + bands[-1])
    return ends


def test_a_tied_last_class_is_admitted_whole_unless_the_classes_above_fill_the_school() -> None:
    # Scores at S: a 9, b 8, c 8, d 7; two seats. a and one of b and c would fill it; b and c are equal, so
    # the limit is 8 and three are in. d (7) is out: the classes above have filled the seats.
    lists = [[Entry(0, 0, 0, 0)], [Entry(0, 1, 1, 0)], [Entry(0, 2, 1, 0)], [Entry(0, 3, 2, 0)]]
    assert deferred_acceptance(contest_of(lists, [2], ties=True)).tolist() == [0, 0, 0, NOWHERE]
    assert deferred_acceptance(contest_of(lists, [2])).tolist() == [0, 0, NOWHERE, NOWHERE]
    # with one seat a alone fills it, and the class of b and c is out whole
    assert deferred_acceptance(contest_of(lists, [1], ties=True)).tolist() == [0, *[NOWHERE] * 3]


@given(entries(), st.lists(st.integers(1, 3), min_size=1, max_size=3))
def test_bands_with_tie_classes_are_what_is_told_again(
    case: tuple[Lists, list[int]], bands: list[int]
) -> None:
    lists, seats = case
    for ties in (False, True):
        contest = contest_of(lists, seats, ties=ties, choices=True)
        expected = told_again(lists, seats, ends_of(lists, bands), ties=ties)
        assert parallel(contest, bands=tuple(bands)).tolist() == expected
        by_one = told_again(lists, seats, ends_of(lists, [1]), ties=ties)
        assert immediate_acceptance(contest).tolist() == by_one
        assert deferred_acceptance(contest).tolist() == told_again(lists, seats, [99], ties=ties)


@given(entries(most=5))
def test_whole_classes_are_the_most_permissive_stable_score_limits(case: tuple[Lists, list[int]]) -> None:
    """Of all limits by which no school's classes above its last one fill it, the most permissive."""
    lists, seats = case

    def places(limits: tuple[int, ...]) -> list[int]:
        open_ = [[e for e in own if e.rank != NEVER and e.tie <= limits[e.school]] for own in lists]
        return [own[0].school if own else NOWHERE for own in open_]

    def stable(limits: tuple[int, ...]) -> bool:
        # a limit of -1 refuses all: right only where there is no seat; else the classes above the limit
        # must leave a seat, so that the last class is wanted
        got = places(limits)
        for school, limit in enumerate(limits):
            tie = {c: e.tie for c, own in enumerate(lists) for e in own if e.school == school}
            above = sum(s == school and tie[c] < limit for c, s in enumerate(got))
            if limit >= 0 and above >= seats[school]:
                return False
        return True

    fine = [limits for limits in itertools.product(range(-1, 3), repeat=len(seats)) if stable(limits)]
    most = tuple(max(limits[s] for limits in fine) for s in range(len(seats)))
    assert most in fine  # one is the most permissive at every school at once
    assert deferred_acceptance(contest_of(lists, seats, ties=True)).tolist() == places(most)


@st.composite
def one_order_with_classes(draw: st.DrawFn) -> Contest:
    children, schools = draw(st.integers(0, 7)), 3
    order = np.array(draw(st.permutations(range(children))), dtype=np.int64)
    ties = np.zeros(children, dtype=np.int64)
    ties[order] = np.cumsum([draw(st.integers(0, 1)) for _ in range(children)], dtype=np.int64)
    lists = [
        draw(st.permutations(range(schools)))[: draw(st.integers(0, schools))] for _ in range(children)
    ]
    return Contest(
        order=order,
        ticket_rank=np.arange(children),
        group=np.arange(children, dtype=np.int32),
        starts=np.concatenate([[0], np.cumsum([len(one) for one in lists])]).astype(np.int64),
        schools=np.array([s for one in lists for s in one], dtype=np.int32),
        seats=np.array([draw(st.integers(0, 2)) for _ in range(schools)], dtype=np.int64),
        ties=ties,
    )


def list_of(contest: Contest, child: int) -> list[int]:
    group = contest.group[child]
    return contest.schools[contest.starts[group] : contest.starts[group + 1]].tolist()


@given(one_order_with_classes())
def test_one_order_with_tie_classes_is_the_same_greedy_or_deferred(contest: Contest) -> None:
    greedy = serial_dictatorship(contest).tolist()
    assert parallel(contest, bands=(9,)).tolist() == greedy
    # and class by class: whoever finds a seat left by the classes above sits there with its whole class
    assert contest.ties is not None
    place, taken = [NOWHERE] * len(contest.order), [0] * len(contest.seats)
    for _, tied in itertools.groupby(contest.order.tolist(), key=contest.ties.__getitem__):
        open_ = [s for s, n in enumerate(taken) if n < contest.seats[s]]
        for child in tied:
            place[child] = next((s for s in list_of(contest, child) if s in open_), NOWHERE)
            if place[child] != NOWHERE:
                taken[place[child]] += 1
    assert greedy == place


@given(one_order_with_classes())
def test_classes_of_one_child_each_change_nothing(contest: Contest) -> None:
    alone = np.empty(len(contest.order), dtype=np.int64)
    alone[contest.order] = np.arange(len(contest.order))
    plain = replace(contest, ties=None)
    for mechanism in (serial_dictatorship, immediate_acceptance):
        assert mechanism(replace(contest, ties=alone)).tolist() == mechanism(plain).tolist()


# ---- choices of several entries, and gaps ---------------------------------------------------------------


def test_two_pools_of_a_school_are_one_choice_and_a_gap_is_a_round_lost() -> None:
    # Pools 0 and 1 of a school, and school 2; one seat each. Child 0's first choice is the school: pool 0,
    # where child 1 is preferred, and then pool 1 within the same round. Child 2 wants 2 as its third
    # choice, for the second is not open to it; child 3 wants it as its second, and so comes first.
    lists = [
        [Entry(0, 1, 1, 0), Entry(1, 0, 0, 0)],
        [Entry(0, 0, 0, 0)],
        [Entry(1, 1, 1, 0), Entry(2, 0, 0, 2)],
        [Entry(0, 2, 2, 0), Entry(2, 1, 1, 1)],
    ]
    with_choices = contest_of(lists, [1, 1, 1], choices=True)
    assert immediate_acceptance(with_choices).tolist() == [1, 0, NOWHERE, 2]
    # if each entry were a choice, child 2 would have got pool 1 in the first round
    assert immediate_acceptance(contest_of(lists, [1, 1, 1])).tolist() == [NOWHERE, 0, 1, 2]


# ---- twins ----------------------------------------------------------------------------------------------


@st.composite
def units_in_an_order(draw: st.DrawFn) -> tuple[Contest, list[list[int]]]:
    """Units of one to three children in an order, each with a list."""
    sizes = draw(st.lists(st.sampled_from([1, 1, 2, 3]), max_size=4))
    numbers = draw(st.permutations(range(sum(sizes))))
    ends = list(itertools.accumulate(sizes))
    units = [list(numbers[end - size : end]) for size, end in zip(sizes, ends, strict=True)]
    schools = 3
    lists = [draw(st.permutations(range(schools)))[: draw(st.integers(0, schools))] for _ in units]
    of_child = np.empty(len(numbers), dtype=np.int64)
    for n, unit in enumerate(units):
        of_child[unit] = n
    contest = Contest(
        order=np.array(numbers, dtype=np.int64),
        ticket_rank=np.arange(len(numbers)),
        group=of_child.astype(np.int32),
        starts=np.concatenate([[0], np.cumsum([len(one) for one in lists])]).astype(np.int64),
        schools=np.array([s for one in lists for s in one], dtype=np.int32),
        seats=np.array([draw(st.integers(0, 4)) for _ in range(schools)], dtype=np.int64),
        unit=of_child,
    )
    return contest, units


def together(contest: Contest, units: list[list[int]]) -> Iterator[tuple[int, ...]]:
    """All ways to seat units whole: a school for each, or NOWHERE."""
    for schools in itertools.product(*([*list_of(contest, unit[0]), NOWHERE] for unit in units)):
        taken = np.zeros(len(contest.seats), dtype=np.int64)
        for unit, school in zip(units, schools, strict=True):
            if school != NOWHERE:
                taken[school] += len(unit)
        if (taken <= contest.seats).all():
            yield schools


@given(units_in_an_order())
def test_twins_get_the_best_that_the_units_before_them_leave(case: tuple[Contest, list[list[int]]]) -> None:
    contest, units = case

    def ranks(schools: tuple[int, ...]) -> list[int]:
        lists = [[*list_of(contest, unit[0]), NOWHERE] for unit in units]
        return [own.index(s) for own, s in zip(lists, schools, strict=True)]

    best = min(together(contest, units), key=ranks)
    expected = [NOWHERE] * len(contest.order)
    for unit, school in zip(units, best, strict=True):
        for child in unit:
            expected[child] = school
    assert serial_dictatorship(contest).tolist() == expected


def test_twins_pass_over_a_school_with_one_seat_and_one_child_behind_them_takes_it() -> None:
    contest = Contest(
        order=np.array([1, 2, 0]),
        ticket_rank=np.arange(3),
        group=np.zeros(3, dtype=np.int32),
        starts=np.array([0, 2]),
        schools=np.array([0, 1], dtype=np.int32),
        seats=np.array([1, 2]),
        unit=np.array([7, 5, 5]),
    )
    assert serial_dictatorship(contest).tolist() == [0, 1, 1]
    with pytest.raises(ValueError, match="seated together only where one order"):
        parallel(contest, bands=(1,))
