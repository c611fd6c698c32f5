"""The recheck's own mechanisms, against examples worked by hand, papers, and every way tried."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import permutations, product
from typing import Any

import pytest

from simulate.verify.contest import Contest
from simulate.verify.least_travel import costs_of, first_set, least_total, prices_of
from simulate.verify.proof import by_hand, prices_prove
from simulate.verify.reach import GUARANTEE, Entry
from simulate.verify.solving import band_of, quotas, solve
from simulate.verify.tickets import expand, extract, ticket_of

Lists = Mapping[str, Sequence[str]]


def pose(
    lists: Lists,
    seats: Mapping[str, int],
    *,
    mechanism: Mapping[str, Any],
    order: Sequence[str] | None = None,
    schools: Mapping[str, Sequence[str]] | None = None,
    classes: Mapping[str, int] | None = None,
    bound: Sequence[Sequence[str]] = (),
    metres: Mapping[tuple[str, str], int | None] | None = None,
    tickets: Sequence[str] = (),
    **rules: Any,
) -> Contest:
    """Pose a contest by hand: a school whose name ends in ! is a guarantee.

    Parameters
    ----------
    order : the one order, the first first; or `schools`, an order for each school
    classes : tie classes, where the rule is all-over
    bound : twins
    tickets : children in order of their tickets, where it is not the one order
    """
    listed = {
        child: tuple(
            Entry((school.rstrip("!"), GUARANTEE if school.endswith("!") else "open"), n, 0)
            for n, school in enumerate(entries)
        )
        for child, entries in lists.items()
    }
    one = list(order) if order is not None else None
    units = {child: tuple(unit) for unit in bound for child in unit}

    def rank(child: str, entry: Entry) -> tuple[Any, ...]:
        if one is not None:
            return (one.index(child),)
        assert schools is not None
        return (list(schools[entry.block[0]]).index(child),)

    def class_(child: str, entry: Entry) -> tuple[Any, ...]:
        if classes is not None:
            return (classes[child],)
        return min(rank(c, entry) for c in units.get(child, (child,)))

    drawn = list(tickets) or one or sorted(lists)
    stage = {
        "id": "stage",
        "mechanism": {"choose": None, "bands": None, "e": None, **mechanism},
        "claims": [],
        "gives": "school",
        "when_full": "next",
        "ties": "ticket" if classes is None else "all-over",
        "twins": "together" if bound else "one-by-one",
        "last_seat": "over" if bound else None,
        **rules,
    }
    return Contest(
        stage=stage,
        claims=dict.fromkeys(lists, (0,)),
        lists=listed,
        seats={(school, "open"): n for school, n in seats.items()},
        order=one,
        rank=rank,
        class_=class_,
        bound=units,
        ticket=lambda child: bytes([drawn.index(child)]),
        keys=lambda _child: {},
        pair=lambda _child, _school: {},
        metres=lambda child, school: (metres or {}).get((child, school)),
        pool_place={(school, "open"): 0 for school in seats},
    )


def placed(contest: Contest) -> dict[str, str]:
    """Return the school that each child gets."""
    return {child: entry.block[0] for child, entry in sorted(solve(contest).items())}


# policy-facts.md, section 2: seats A1 B1 C2, points 100, 90, 80, 70
GOLDEN: Lists = {"c1": "AB", "c2": "ABC", "c3": "BAC", "c4": "A"}
GOLDEN_SEATS = {"A": 1, "B": 1, "C": 2}
GOLDEN_ORDER = ["c1", "c2", "c3", "c4"]
SD = {"name": "serial-dictatorship", "choose": "choices"}
IA = {"name": "immediate-acceptance"}
DA = {"name": "deferred-acceptance"}


def test_serial_dictatorship_in_the_golden_case() -> None:
    contest = pose(GOLDEN, GOLDEN_SEATS, mechanism=SD, order=GOLDEN_ORDER)
    assert placed(contest) == {"c1": "A", "c2": "B", "c3": "C"}


def test_choice_rounds_in_the_golden_case() -> None:
    contest = pose(GOLDEN, GOLDEN_SEATS, mechanism=IA, order=GOLDEN_ORDER)
    assert placed(contest) == {"c1": "A", "c2": "C", "c3": "B"}


# Abdulkadiroglu and Sonmez (2003), the example of section I.B: three students, three schools of one seat
ABDULKADIROGLU: Lists = {"1": "BAC", "2": "ABC", "3": "ABC"}
PRIORITIES = {"A": "132", "B": "213", "C": "213"}
ONE_EACH = {"A": 1, "B": 1, "C": 1}


def test_deferred_acceptance_in_the_example_of_abdulkadiroglu_and_sonmez() -> None:
    contest = pose(ABDULKADIROGLU, ONE_EACH, mechanism=DA, schools=PRIORITIES)
    assert placed(contest) == {"1": "A", "2": "B", "3": "C"}


def test_immediate_acceptance_in_the_same_example_lets_a_first_choice_win() -> None:
    # 1 asks B and gets it; 2 and 3 ask A, where 3 comes first; 2 finds B full and takes C
    contest = pose(ABDULKADIROGLU, ONE_EACH, mechanism=IA, schools=PRIORITIES)
    assert placed(contest) == {"1": "B", "2": "C", "3": "A"}


def random_contest(rng: random.Random, mechanism: Mapping[str, Any], *, one_order: bool) -> Contest:
    children = [f"c{n}" for n in range(rng.randint(1, 6))]
    schools = [f"S{n}" for n in range(rng.randint(1, 4))]
    lists = {child: rng.sample(schools, rng.randint(0, len(schools))) for child in children}
    seats = {school: rng.randint(0, 2) for school in schools}
    shuffled = {school: rng.sample(children, len(children)) for school in schools}
    order = rng.sample(children, len(children))
    if one_order:
        return pose(lists, seats, mechanism=mechanism, order=order)
    return pose(lists, seats, mechanism=mechanism, schools=shuffled)


def seatings(contest: Contest) -> list[dict[str, Entry]]:
    """Return every way to seat the children within the seats."""
    children = list(contest.lists)
    ways = []
    for way in product(*([*contest.lists[child], None] for child in children)):
        entries = [entry for entry in way if entry is not None]
        if all(
            sum(entry.block == block for entry in entries) <= seats
            for block, seats in contest.seats.items()
        ):
            ways.append({c: e for c, e in zip(children, way, strict=True) if e is not None})
    return ways


def blocks_nobody(contest: Contest, got: Mapping[str, Entry]) -> bool:
    """Whether no child wants a seat that is left, or is above somebody who sits where it wants to."""
    for child, entries in contest.lists.items():
        for entry in entries[: entries.index(got[child])] if child in got else entries:
            there = [(c, e) for c, e in got.items() if e.block == entry.block]
            if len(there) < contest.seats[entry.block]:
                return False
            if any(contest.rank(child, entry) < contest.rank(c, e) for c, e in there):
                return False
    return True


def test_deferred_acceptance_is_the_best_of_all_stable_seatings() -> None:
    for seed in range(60):
        contest = random_contest(random.Random(seed), DA, one_order=False)
        got = solve(contest)
        stable = [way for way in seatings(contest) if blocks_nobody(contest, way)]
        assert got in stable
        for way in stable:
            for child, entry in way.items():
                assert got[child].choice <= entry.choice


def test_one_band_of_all_choices_is_deferred_and_bands_of_one_are_immediate() -> None:
    for seed in range(60):
        for name, e in (("deferred-acceptance", 9), ("immediate-acceptance", 1)):
            one_order = bool(seed % 2)
            first = random_contest(random.Random(seed), {"name": name}, one_order=one_order)
            second = random_contest(random.Random(seed), {"name": "parallel", "e": e}, one_order=one_order)
            assert solve(first) == solve(second)


def test_with_one_order_deferred_acceptance_is_serial_dictatorship() -> None:
    for seed in range(60):
        first = random_contest(random.Random(seed), DA, one_order=True)
        second = random_contest(random.Random(seed), SD, one_order=True)
        assert solve(first) == solve(second)


def test_the_last_band_repeats() -> None:
    mechanism = {"name": "parallel", "bands": [1, 2]}
    bands = [band_of(mechanism, Entry(("A", "open"), choice, 0)) for choice in range(7)]
    assert bands == [0, 1, 1, 2, 2, 3, 3]


def test_what_a_band_holds_is_final_when_the_next_begins() -> None:
    # in the first band b gets B and c gets C; a is refused at B and may only ask C in the second
    lists = {"a": ["B", "C"], "b": ["B"], "c": ["C"]}
    order = {"B": "bac", "C": "abc"}
    seats = {"B": 1, "C": 1}
    assert placed(pose(lists, seats, mechanism=IA, schools=order)) == {"b": "B", "c": "C"}
    assert placed(pose(lists, seats, mechanism=DA, schools=order)) == {"a": "C", "b": "B"}


@pytest.mark.parametrize("mechanism", [SD, DA, IA], ids=lambda m: m["name"])
def test_a_tie_class_gets_in_whole_or_not_at_all(mechanism: Mapping[str, Any]) -> None:
    lists = dict.fromkeys("abcd", "S")
    order = "abcd"
    for seats, classes, expected in (
        (2, (0, 1, 1, 2), "abc"),  # one above, then two who are tied for one seat: both
        (2, (0, 0, 1, 1), "ab"),  # the next class finds the school full
        (0, (0, 0, 0, 0), ""),
    ):
        tied = dict(zip("abcd", classes, strict=True))
        contest = pose(lists, {"S": seats}, mechanism=mechanism, order=order, classes=tied)
        assert set(placed(contest)) == set(expected)


def test_twins_over_are_seated_both_where_one_seat_is_left() -> None:
    lists = dict.fromkeys("abtu", "S")
    contest = pose(lists, {"S": 2}, mechanism=SD, order="atub", bound=["tu"])
    assert placed(contest) == {"a": "S", "t": "S", "u": "S"}


def test_twins_next_pass_a_school_with_one_seat() -> None:
    lists = {"a": "S", "b": "S", "t": "ST", "u": "ST"}
    for seats, expected in (
        ({"S": 2, "T": 2}, {"a": "S", "b": "S", "t": "T", "u": "T"}),
        ({"S": 2, "T": 1}, {"a": "S", "b": "S"}),
    ):
        contest = pose(lists, seats, mechanism=SD, order="atub", bound=["tu"], last_seat="next")
        assert placed(contest) == expected


def test_a_guarantee_has_a_place_when_the_school_is_full() -> None:
    lists = {"a": ["S"], "b": ["S", "S!"], "c": ["S"]}
    contest = pose(lists, {"S": 1}, mechanism=DA, schools={"S": "abc"})
    got = solve(contest)
    assert {child: entry.block for child, entry in got.items()} == {
        "a": ("S", "open"),
        "b": ("S", GUARANTEE),
    }


def test_quotas_are_rounded_by_largest_remainder() -> None:
    # shares 1.8 and 1.2; 1.5 and 1.5, where the first one gets the odd place
    assert list(quotas(3, {("A", "open"): 3, ("B", "open"): 2}).values()) == [2, 1]
    assert list(quotas(3, {("A", "open"): 4, ("B", "open"): 4}).values()) == [2, 1]
    assert list(quotas(0, {("A", "open"): 4}).values()) == [0]
    assert list(quotas(0, {("A", "open"): 0}).values()) == [0]


def test_seats_of_a_zone_go_by_the_order_and_schools_by_the_ticket() -> None:
    lists = dict.fromkeys("abcd", "ST")
    contest = pose(
        lists,
        {"S": 2, "T": 1},
        mechanism={"name": "random-seats"},
        order="dabc",
        tickets="cbad",
    )
    # d, a and b have a seat; by ticket b, a, d: two at S, one at T
    assert placed(contest) == {"a": "S", "b": "S", "d": "T"}


def test_twins_stay_together_in_a_draw() -> None:
    lists = dict.fromkeys("abtu", "ST")
    draw = {"name": "random-seats"}
    # three seats, the third falls to t; by ticket a takes S; t and u find no quota for two, so S, then T
    contest = pose(lists, {"S": 2, "T": 1}, mechanism=draw, order="abtu", bound=["tu"])
    assert placed(contest) == {"a": "S", "b": "S", "t": "T", "u": "T"}
    contest = pose(lists, {"S": 1, "T": 2}, mechanism=draw, order="atub", tickets="atub", bound=["tu"])
    assert placed(contest) == {"a": "S", "t": "T", "u": "T"}


LEAST = {"name": "least-travel"}


def random_travel(rng: random.Random, children: int, schools: int) -> Contest:
    names = [f"c{n}" for n in range(children)]
    places = [f"S{n}" for n in range(schools)]
    lists = {child: rng.sample(places, rng.randint(0, schools)) for child in names}
    metres = {(c, s): rng.choice([None, 0, 1, 1, 2, 3]) for c in names for s in places}
    seats = {school: rng.randint(0, 2) for school in places}
    return pose(lists, seats, mechanism=LEAST, order=rng.sample(names, children), metres=metres)


def test_least_travel_is_the_best_of_all_seatings() -> None:
    for seed in range(200):
        contest = random_travel(random.Random(seed), seed % 6, 1 + seed % 4)
        got = {child: entry.block for child, entry in solve(contest).items()}
        assert got == by_hand(contest), seed


def test_prices_prove_the_least_total_and_no_other() -> None:
    for seed in range(80):
        contest = random_travel(random.Random(seed), 5, 3)
        costs = costs_of(contest)
        start = first_set(contest.order or (), costs, contest.seats)
        own = {child: costs[child] for child in start}
        least, prices = least_total(own, contest.seats, start)
        assert set(least) == set(start)
        assert prices_prove(own, prices, least, contest.seats)
        total = sum(own[child][block] for child, block in least.items())
        for blocks in set(permutations(least.values())):
            other = dict(zip(least, blocks, strict=True))
            if any(block not in own[child] for child, block in other.items()):
                continue
            more = sum(own[child][block] for child, block in other.items()) - total
            assert more >= 0
            found, cycle = prices_of(own, contest.seats, other)
            assert (cycle is None) == (more == 0)
            assert more == 0 or not prices_prove(own, prices, other, contest.seats)
            assert cycle is not None or prices_prove(own, found, other, contest.seats)


def test_a_free_seat_nearby_costs_no_more_than_one_far_away() -> None:
    # nobody has to sit at T: the prices say so only if a seat is left at S
    costs = {"a": {("S", "open"): 5, ("T", "open"): 1}}
    seats = {("S", "open"): 1, ("T", "open"): 1}
    _, cycle = prices_of(costs, seats, {"a": ("S", "open")})
    assert cycle == [("a", ("T", "open"))]


@pytest.mark.parametrize(
    ("material", "salt", "info", "okm"),
    [
        # RFC 5869, A.1 and A.3
        (
            b"\x0b" * 22,
            bytes(range(13)),
            bytes(range(0xF0, 0xFA)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            b"\x0b" * 22,
            b"",
            b"",
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ],
)
def test_hkdf_gives_the_test_vectors_of_rfc_5869(
    material: bytes, salt: bytes, info: bytes, okm: str
) -> None:
    assert expand(extract(salt, material), info, 42).hex() == okm


def test_a_secret_changes_every_ticket() -> None:
    assert ticket_of("c1", seed="town", secret="") != ticket_of("c1", seed="town", secret="s")
