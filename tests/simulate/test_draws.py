"""Many draws, every choice counted: the same as the engine draw by draw, and the right chances in sum."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.draws import (
    Lottery,
    count_deferred_acceptance,
    count_serial_dictatorship,
    draw_numbers,
    draw_ranks,
    hash_labels,
)
from simulate.draws import kernels as kernels_of_draws
from simulate.draws.kernels import mix
from simulate.mechanisms import NEVER, NOWHERE, Contest, deferred_acceptance, serial_dictatorship

SEED = "xuequ-test"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A lottery with tiers of children (serial dictatorship) and of applications (deferred acceptance)."""

    lottery: Lottery
    child_tiers: np.ndarray
    tiers: np.ndarray


def case_of(
    wants: list[list[int]],
    seats: list[int],
    *,
    child_tiers: list[int] | None = None,
    tiers: list[list[int]] | None = None,
    labels: list[int] | None = None,
) -> Case:
    """Return a case of plain lists; without tiers the number alone decides."""
    flat = list(itertools.chain(*wants))
    names = hash_labels([f"child {n}" for n in range(len(wants))])
    return Case(
        lottery=Lottery(
            labels=names if labels is None else np.array(labels, dtype=np.uint64),
            starts=np.concatenate([[0], np.cumsum([len(one) for one in wants])]).astype(np.int64),
            schools=np.array(flat, dtype=np.int32),
            seats=np.array(seats, dtype=np.int64),
        ),
        child_tiers=np.array([0] * len(wants) if child_tiers is None else child_tiers, dtype=np.int64),
        tiers=np.array([0] * len(flat) if tiers is None else list(itertools.chain(*tiers)), dtype=np.int64),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Whole cases: empty lists, schools without seats, tiers far apart, children with the same label."""
    children, schools = draw(st.integers(0, 9)), draw(st.integers(1, 4))
    tier = st.sampled_from([0, 1, 2, 700])
    wants = [
        draw(st.permutations(range(schools)))[: draw(st.integers(0, schools))] for _ in range(children)
    ]
    return case_of(
        wants,
        draw(st.lists(st.integers(0, 3), min_size=schools, max_size=schools)),
        child_tiers=[draw(tier) for _ in wants],
        tiers=[[draw(tier) for _ in one] for one in wants],
        # few labels, so that numbers are often alike and the position decides
        labels=[draw(st.integers(0, 6)) for _ in wants],
    )


def contest_of(case: Case, ticket_rank: np.ndarray, *, own_orders: bool) -> Contest:
    """Return one draw as the contest that a stage would pose."""
    lottery = case.lottery
    child = np.repeat(np.arange(len(lottery.labels)), np.diff(lottery.starts))
    rank = np.empty(len(child), dtype=np.int64)
    rank[np.lexsort([ticket_rank[child], case.tiers])] = np.arange(len(child))
    return Contest(
        order=np.lexsort([ticket_rank, case.child_tiers]),
        ticket_rank=ticket_rank,
        group=np.arange(len(ticket_rank), dtype=np.int32),
        starts=lottery.starts,
        schools=lottery.schools,
        seats=lottery.seats,
        rank=rank if own_orders else None,
    )


def choices_of(case: Case, result: np.ndarray) -> np.ndarray:
    """Return a table like that of the counts, of one draw."""
    lottery = case.lottery
    table = np.zeros((len(result), lottery.longest + 1), dtype=np.int64)
    for child, school in enumerate(result.tolist()):
        mine = lottery.schools[lottery.starts[child] : lottery.starts[child + 1]].tolist()
        table[child, mine.index(school) if school != NOWHERE else lottery.longest] = 1
    return table


def by_serial_dictatorship(case: Case, ticket_rank: np.ndarray) -> np.ndarray:
    return choices_of(case, serial_dictatorship(contest_of(case, ticket_rank, own_orders=False)))


def by_deferred_acceptance(case: Case, ticket_rank: np.ndarray) -> np.ndarray:
    return choices_of(case, deferred_acceptance(contest_of(case, ticket_rank, own_orders=True)))


def count_serial(case: Case, draws: range, threads: int = 1) -> np.ndarray:
    return count_serial_dictatorship(
        case.lottery, tiers=case.child_tiers, seed=SEED, draws=draws, threads=threads
    )


def count_deferred(case: Case, draws: range, threads: int = 1) -> np.ndarray:
    return count_deferred_acceptance(
        case.lottery, tiers=case.tiers, seed=SEED, draws=draws, threads=threads
    )


Count = Callable[..., np.ndarray]
Engine = Callable[[Case, np.ndarray], np.ndarray]
BOTH = pytest.mark.parametrize(
    ("count", "engine"),
    [(count_serial, by_serial_dictatorship), (count_deferred, by_deferred_acceptance)],
    ids=["serial-dictatorship", "deferred-acceptance"],
)


def a_crowd(children: int = 3000, schools: int = 40) -> Case:
    """Return a case large enough for buckets, blocks and heaps of some depth."""
    rng = np.random.default_rng(5)
    wants = [rng.permutation(schools)[: rng.integers(0, 6)].tolist() for _ in range(children)]
    return case_of(
        wants,
        rng.integers(0, 120, schools).tolist(),
        child_tiers=rng.integers(0, 3, children).tolist(),
        tiers=[rng.integers(0, 4, len(one)).tolist() for one in wants],
    )


# ---- the same as the engine, draw by draw ---------------------------------------------------------------


@BOTH
@given(case=cases(), draw=st.integers(0, 2**40))
def test_one_draw_is_what_the_engine_does_with_the_same_numbers(
    count: Count, engine: Engine, case: Case, draw: int
) -> None:
    ranks = draw_ranks(case.lottery.labels, seed=SEED, draw=draw)
    assert count(case, range(draw, draw + 1)).tolist() == engine(case, ranks).tolist()


@BOTH
def test_a_crowd_is_drawn_as_the_engine_does(count: Count, engine: Engine) -> None:
    case = a_crowd()
    ranks = draw_ranks(case.lottery.labels, seed=SEED, draw=7)
    assert (count(case, range(7, 8)) == engine(case, ranks)).all()


@BOTH
def test_many_schools_take_wider_rows_and_change_nothing(count: Count, engine: Engine) -> None:
    # above 65,535 school numbers (with their tiers) do not fit in two bytes
    crowd = a_crowd(300)
    many = replace(
        crowd,
        lottery=replace(
            crowd.lottery, seats=np.concatenate([crowd.lottery.seats, np.zeros(70_000, np.int64)])
        ),
    )
    assert (count(many, range(5)) == count(crowd, range(5))).all()


@BOTH
@given(case=cases(), draws=st.integers(0, 12))
def test_counts_of_a_child_add_up_to_the_draws(
    count: Count, engine: Engine, case: Case, draws: int
) -> None:
    counts = count(case, range(draws))
    assert counts.shape == (len(case.lottery.labels), case.lottery.longest + 1)
    assert (counts.sum(axis=1) == draws).all()


@BOTH
@given(case=cases(), draws=st.integers(0, 12))
def test_no_draw_seats_more_children_than_there_are_seats(
    count: Count, engine: Engine, case: Case, draws: int
) -> None:
    seated = count(case, range(draws))[:, :-1].sum()
    assert seated <= draws * case.lottery.seats.sum()


@BOTH
@given(case=cases(), cut=st.integers(0, 20))
def test_a_range_split_in_two_gives_the_same_counts_in_sum(
    count: Count, engine: Engine, case: Case, cut: int
) -> None:
    apart = count(case, range(cut)) + count(case, range(cut, 20))
    assert (apart == count(case, range(20))).all()


@BOTH
@pytest.mark.parametrize("threads", [2, 3])
def test_threads_give_equal_counts(count: Count, engine: Engine, threads: int) -> None:
    case = a_crowd()
    assert (count(case, range(25), threads) == count(case, range(25))).all()


@BOTH
def test_more_threads_than_draws_give_equal_counts(count: Count, engine: Engine) -> None:
    case = a_crowd(50)
    assert (count(case, range(2), 3) == count(case, range(2))).all()


@given(case=cases())
def test_one_tier_for_a_child_everywhere_makes_the_two_mechanisms_one(case: Case) -> None:
    same = replace(case, tiers=np.repeat(case.child_tiers, np.diff(case.lottery.starts)))
    assert (count_deferred(same, range(10)) == count_serial(same, range(10))).all()


@given(case=cases(), ticket_rank=st.permutations(range(9)), below=st.sampled_from([0, NEVER // 2]))
def test_ranks_that_are_no_places_give_what_their_places_give(
    case: Case, ticket_rank: list[int], below: int
) -> None:
    children = len(case.lottery.labels)
    ranks = np.argsort(np.argsort(np.array(ticket_rank[:children], dtype=np.int64)))
    contest = contest_of(case, ranks, own_orders=True)
    assert contest.rank is not None
    far = np.where(contest.rank == 0, NEVER, contest.rank * (NEVER // 40) - below)
    near = np.where(contest.rank == 0, NEVER, contest.rank)
    expected = deferred_acceptance(replace(contest, rank=near)).tolist()
    assert deferred_acceptance(replace(contest, rank=far)).tolist() == expected


# ---- numbers --------------------------------------------------------------------------------------------


def test_the_mixer_gives_the_published_first_values_of_splitmix64() -> None:
    # SplitMix64 from state 0 mixes 1, 2, 3 times the golden gamma; values of the reference code by Vigna
    golden = np.arange(1, 4, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    expected = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert mix(golden).tolist() == expected


def test_removing_a_child_changes_nobody_elses_number() -> None:
    names = [f"child {n}" for n in range(50)]
    stay = [n for n in range(50) if n not in (3, 17, 49)]
    all_ = draw_numbers(hash_labels(names), seed=SEED, draw=4)
    some = draw_numbers(hash_labels([names[n] for n in stay]), seed=SEED, draw=4)
    assert some.tolist() == all_[stay].tolist()


@BOTH
@given(case=cases())
def test_a_child_without_a_choice_may_go_and_nobody_else_notices(
    count: Count, engine: Engine, case: Case
) -> None:
    stay = np.diff(case.lottery.starts) > 0
    lottery = replace(
        case.lottery,
        labels=case.lottery.labels[stay],
        starts=np.concatenate([case.lottery.starts[:-1][stay], case.lottery.starts[-1:]]),
    )
    fewer = replace(case, lottery=lottery, child_tiers=case.child_tiers[stay])
    assert (count(fewer, range(10)) == count(case, range(10))[stay]).all()


def test_children_with_the_same_label_go_by_position() -> None:
    case = case_of([[0], [0], [0]], [1], labels=[9, 9, 9])
    assert count_serial(case, range(10)).tolist() == [[10, 0], [0, 10], [0, 10]]
    assert count_deferred(case, range(10)).tolist() == [[10, 0], [0, 10], [0, 10]]


def test_draws_and_seeds_are_independent_of_each_other() -> None:
    labels, draws = hash_labels(["a", "b"]), 20_000
    first = np.array([draw_ranks(labels, seed=SEED, draw=d)[0] == 0 for d in range(draws)])
    other = np.array([draw_ranks(labels, seed=SEED + "'", draw=d)[0] == 0 for d in range(draws)])
    for agree in (first[1:] == first[:-1], first == other):
        assert abs(agree.mean() - 0.5) < 4 * np.sqrt(0.25 / len(agree))


# ---- the right chances ----------------------------------------------------------------------------------

DRAWS = 20_000

SMALL = {
    "one seat for four": case_of([[0]] * 4, [1]),
    "lists of different lengths": case_of([[0, 1, 2], [0], [1, 0], [2, 1], [], [0, 2]], [1, 1, 1]),
    "tiers": case_of(
        [[0, 1], [0, 1, 2], [1, 0], [0, 2], [1, 2, 0], [2, 0]],
        [2, 1, 1],
        child_tiers=[0, 1, 1, 2, 1, 2],
        tiers=[[1, 0], [0, 1, 0], [0, 1], [1, 1], [1, 0, 0], [0, 0]],
    ),
    "evictions in a chain": case_of(
        [[0, 1, 2], [0, 1], [1, 2, 0], [1, 0], [2, 0, 1]],
        [1, 1, 1],
        child_tiers=[1, 0, 0, 1, 1],
        tiers=[[1, 0, 1], [1, 1], [1, 0, 0], [1, 0], [1, 0, 0]],
    ),
}


def chances(case: Case, engine: Engine) -> np.ndarray:
    """Return the chance of each child to get each choice, over all orders of the tickets."""
    orders = list(itertools.permutations(range(len(case.lottery.labels))))
    return sum(engine(case, np.array(ranks)) for ranks in orders) / len(orders)


def assert_within_four_standard_errors(counts: np.ndarray, chance: np.ndarray) -> None:
    error = np.sqrt(chance * (1 - chance) / DRAWS)  # 0 where an outcome is certain, and then it must be met
    assert (np.abs(counts / DRAWS - chance) <= 4 * error).all()


@BOTH
@pytest.mark.parametrize("name", SMALL)
def test_frequencies_are_the_chances_over_all_orders_of_tickets(
    count: Count, engine: Engine, name: str
) -> None:
    case = SMALL[name]
    assert_within_four_standard_errors(count(case, range(DRAWS)), chances(case, engine))


@pytest.mark.parametrize("count", [count_serial, count_deferred])
def test_random_serial_dictatorship_on_the_example_of_bogomolnaia_and_moulin_2001(count: Count) -> None:
    # A new solution to the random assignment problem, introduction: two agents want a b c d, two b a d c.
    # Random priority gives each of the first two 5/12 a, 1/12 b, 5/12 c, 1/12 d, the others likewise along
    # their lists; the probabilistic serial rule would give 1/2, 0, 1/2, 0.
    case = case_of([[0, 1, 2, 3]] * 2 + [[1, 0, 3, 2]] * 2, [1, 1, 1, 1])
    expected = np.array([[5, 1, 5, 1, 0]] * 4) / 12
    assert chances(case, by_serial_dictatorship) == pytest.approx(expected)
    assert_within_four_standard_errors(count(case, range(DRAWS)), expected)


# ---- what is refused ------------------------------------------------------------------------------------


def test_a_lottery_wants_a_list_for_each_label() -> None:
    with pytest.raises(ValueError, match="2 labels, but 1 lists"):
        case_of([[0]], [1], labels=[1, 2])


def test_labels_are_hashes() -> None:
    with pytest.raises(ValueError, match="labels are int64: uint64 is wanted"):
        replace(case_of([[0]], [1]).lottery, labels=np.array([1]))


@pytest.mark.parametrize("starts", [[1, 1], [0, 2], [0, 2, 1]])
def test_starts_must_rise_from_0_to_the_end(starts: list[int]) -> None:
    with pytest.raises(ValueError, match="starts must rise from 0"):
        Lottery(
            labels=np.arange(len(starts) - 1, dtype=np.uint64),
            starts=np.array(starts),
            schools=np.zeros(1, np.int32),
            seats=np.ones(1, np.int64),
        )


@pytest.mark.parametrize("school", [-1, 1])
def test_a_list_names_schools_that_are_there(school: int) -> None:
    with pytest.raises(ValueError, match="numbers from 0 to 0"):
        case_of([[school]], [1])


@BOTH
def test_tiers_of_another_length_are_refused(count: Count, engine: Engine) -> None:
    case = case_of([[0, 1]], [1, 1])
    wrong = replace(case, child_tiers=np.zeros(3, np.int64), tiers=np.zeros(3, np.int64))
    with pytest.raises(ValueError, match=r"tiers have shape \(3,\)"):
        count(wrong, range(1))


@BOTH
def test_no_thread_is_refused(count: Count, engine: Engine) -> None:
    with pytest.raises(ValueError, match="threads is 0"):
        count(case_of([[0]], [1]), range(1), 0)


@BOTH
def test_a_draw_below_0_is_refused(count: Count, engine: Engine) -> None:
    with pytest.raises(ValueError, match="draw -2: draws are numbered from 0"):
        count(case_of([[0]], [1]), range(-2, 1))


def test_more_children_than_a_word_can_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels_of_draws, "LOW_BITS", 2)
    with pytest.raises(ValueError, match="4 children: at most 3 fit"):
        count_serial(case_of([[0]] * 4, [1]), range(1))


def test_more_tiers_and_children_than_a_word_can_hold_are_refused() -> None:
    many = 1 << 14
    case = case_of([[0]] * many, [1], tiers=[[n] for n in range(many)])
    with pytest.raises(ValueError, match=r"16384 children with 16384 tiers: .* 28 bits"):
        count_deferred(case, range(1))
