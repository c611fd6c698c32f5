"""Tiny cities of which every order of tickets is counted out; and one seat more, which moves one chain."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from geodata import City
from simulate.ensemble.cells import Cells, cells_of
from simulate.ensemble.market import Market
from simulate.ensemble.places import Played
from simulate.ensemble.playing import play
from simulate.ensemble.sampling import draw_of
from simulate.mechanisms import NOWHERE
from simulate.policy import Policy
from simulate.state import PLACED
from simulate.world import ABSENT
from tests.simulate.ensemble.draw_towns import counted_town, fitting_policy, market, pair, stated
from tests.simulate.random_policies import towns
from tests.simulate.town import CHOICES, NEAREST, policy, stage, town

Got = dict[str, str | None]
DRAWS = 4000

# five children, three schools with four seats; p has more points than all others
SEATS = {"S": 1, "T": 2, "V": 1}
WISHES = {"p": ["T", "S"], "q": ["S", "T", "V"], "r": ["S", "V"], "t": ["T", "S"], "u": ["S", "T"]}
EAST = {"S": 0.0, "T": 500.0, "V": 900.0}
HOMES = {"p": 0.0, "q": 450.0, "r": 100.0, "t": 700.0, "u": 800.0}
POINTS = {"p": 9, "q": 1, "r": 1, "t": 1, "u": 1}


def tiny_city() -> City:
    return town(
        zones={"Z": ("D", list(SEATS))},
        schools={name: ("D", EAST[name], seats) for name, seats in SEATS.items()},
        children=[
            {"applicant_id": c, "category": "a", "zone_id": "Z", "east": HOMES[c], "points": POINTS[c]}
            for c in WISHES
        ],
        choices=WISHES,
    )


def in_turn(order: list[str], lists: dict[str, list[str]]) -> Got:
    free, got = dict(SEATS), dict.fromkeys(order)
    for child in order:
        school = next((s for s in lists[child] if free[s]), None)
        if school is not None:
            free[school] -= 1
        got[child] = school
    return got


def chosen(tickets: list[str]) -> Got:
    return in_turn(sorted(tickets, key=lambda c: -POINTS[c]), WISHES)


def nearest(tickets: list[str]) -> Got:
    lists = {c: sorted(SEATS, key=lambda s: (abs(EAST[s] - HOMES[c]), s)) for c in WISHES}
    return in_turn(sorted(tickets, key=lambda c: -POINTS[c]), lists)


def immediate(tickets: list[str]) -> Got:
    order = sorted(tickets, key=lambda c: -POINTS[c])
    free, got = dict(SEATS), dict.fromkeys(order)
    for turn in range(3):
        for child in order:
            here = WISHES[child][turn : turn + 1]
            if got[child] is None and here and free[here[0]]:
                free[here[0]] -= 1
                got[child] = here[0]
    return got


def drawn_seats(tickets: list[str]) -> Got:
    # four seats for five children: p first, then by ticket; in ticket order S's seat, T's two, V's
    seated = sorted(tickets, key=lambda c: -POINTS[c])[:4]
    seats = ["S", "T", "T", "V"]
    by_ticket = [c for c in tickets if c in seated]
    return dict.fromkeys(tickets) | dict(zip(by_ticket, seats, strict=True))


@pytest.mark.parametrize(
    ("mechanism", "plain"),
    [
        (CHOICES, chosen),
        (NEAREST, nearest),
        ({"name": "immediate-acceptance"}, immediate),
        ({"name": "parallel", "bands": [3]}, chosen),
        ({"name": "deferred-acceptance"}, chosen),
        ({"name": "random-seats"}, drawn_seats),
    ],
    ids=["choices", "nearest", "immediate", "parallel", "deferred", "random seats"],
)
def test_a_tiny_city_converges_to_its_counted_out_probabilities(
    mechanism: dict[str, object], plain: Callable[[list[str]], Got]
) -> None:
    exact: Counter[tuple[str, str | None]] = Counter()
    orders = list(permutations(WISHES))
    for order in orders:
        exact.update(plain(list(order)).items())
    rules = policy(stage("only", "a", "own-zone", ["points desc", "ticket"], mechanism=mechanism))
    one = market(tiny_city(), rules)
    assert one.engine == "compiled"
    names = sorted(SEATS)
    found = np.zeros((len(WISHES), len(SEATS) + 1), dtype=np.int64)
    for draw in range(DRAWS):
        # blocks of the open pool come in order of the schools; the last column is for none
        np.add.at(found, (np.arange(len(WISHES)), play(one, draw).block), 1)
    certain = 0
    for row, child in enumerate(sorted(WISHES)):
        for column, school in enumerate([*names, None]):
            wanted = exact[child, school] / len(orders)
            error = np.sqrt(wanted * (1 - wanted) / DRAWS)
            assert abs(found[row, column] / DRAWS - wanted) <= 4.0 * error, (child, school, wanted)
            certain += wanted in (0.0, 1.0)
    assert certain < found.size


def one_seat_more(cells: Cells, block: int) -> Cells:
    seats = cells.world.blocks.seats.copy()
    seats[block] += 1
    blocks = replace(cells.world.blocks, seats=seats)
    offered = np.bincount(blocks.school, weights=seats, minlength=len(cells.world.schools.ids)).astype(
        np.int64
    )
    schools = replace(cells.world.schools, offered=offered)
    return replace(cells, world=replace(cells.world, blocks=blocks, schools=schools))


def assert_one_chain(before: Played, after: Played, more: int) -> int:
    """Check that those moved form one chain from the new seat on; return how long it is.

    The first of them takes the new seat, each other the one that the one before it left. It ends with a
    child that had no seat, or with a seat that nobody wants. Who moves is decided no later than before.
    """
    moved = set(np.flatnonzero(before.block != after.block).tolist())
    length, free = len(moved), more
    while moved:
        (child,) = [c for c in moved if after.block[c] == free]
        moved.remove(child)
        assert after.outcome[child] == PLACED
        if before.outcome[child] != PLACED:
            assert not moved
            free = NOWHERE
            break
        assert after.stage[child] <= before.stage[child]
        free = int(before.block[child])
    # nobody loses a seat, and the seat at the end of the chain is left over
    assert ((after.outcome == PLACED) | (before.outcome != PLACED)).all()
    left = before.free.copy()
    if free != NOWHERE:
        left[free] += 1
    assert after.free.tolist() == left.tolist()
    return length


def dictators(rng: random.Random, place: dict[str, object]) -> Cells:
    city = counted_town(rng, place) if rng.random() < 0.5 else town(**place)  # type: ignore[arg-type, unused-ignore]
    cells = cells_of(city, fitting_policy(rng, place), seed="town")
    never = np.full(len(cells.world.blocks), ABSENT, dtype=np.int64)
    return replace(cells, world=replace(cells.world, blocks=replace(cells.world.blocks, release=never)))


def test_one_seat_more_moves_children_along_one_chain() -> None:
    listed = {"scale_m": 300.0, "most": {"1": 3, "2": 3}}
    uncertain = stated(counts={"dispersion": 1.5}, points={}, choices=listed)
    lengths: Counter[int] = Counter()
    for seed in range(12):
        rng = random.Random(seed)
        place = towns(rng)
        place["filed"] = [row for row in place["filed"] if row["target"].startswith("S")]
        cells = dictators(rng, place)
        for _ in range(6):
            rules = policy_of_dictators(rng, place)
            block = rng.randrange(len(cells.world.blocks))
            few, many = (
                pair(one, rules, uncertainty=uncertain).market
                for one in (cells, one_seat_more(cells, block))
            )
            assert few.engine == many.engine == "compiled"
            for draw in range(6):
                lengths[assert_one_chain(play(few, draw), play(many, draw), block)] += 1
    # chains of none, of one, and of several are all among them
    assert lengths[0] > 20
    assert lengths[1] > 20
    assert sum(many for length, many in lengths.items() if length > 2) > 3


def policy_of_dictators(rng: random.Random, place: dict[str, object]) -> Policy:
    while True:
        rules = fitting_policy(rng, place)
        if all(s.mechanism.name == "serial-dictatorship" and s.when_full != "over" for s in rules.stage):
            return rules


def rank_of(one: Market, draw: int, played: Played) -> np.ndarray:
    """Return the place of each child's school in the order from the nearest on, then by id."""
    metres = one.places.metres[one.places.cell_home[played.cell]]
    order = np.argsort(np.argsort(metres, axis=1, kind="stable"), axis=1)
    school = one.places.block_school[played.block]
    return np.where(played.block == NOWHERE, metres.shape[1], order[np.arange(len(school)), school])


@pytest.mark.parametrize("seed", range(50, 55))
def test_in_one_stage_who_moves_goes_to_what_it_likes_better_in_the_order_of_the_stage(seed: int) -> None:
    rng = random.Random(seed)
    place = {**towns(rng), "filed": []}
    cells = dictators(rng, place)
    rules = policy(
        stage("s0", ["a", "b", "household"], "city", ["points desc", "ticket"], mechanism=NEAREST)
    )
    spare = rng.randrange(len(cells.world.schools.ids))
    few, many = (pair(one, rules).market for one in (cells, one_seat_more(cells, spare)))
    for draw in range(10):
        before, after = play(few, draw), play(many, draw)
        assert_one_chain(before, after, spare)
        was, now = rank_of(few, draw, before), rank_of(many, draw, after)
        moved = np.flatnonzero(before.block != after.block)
        assert (now[moved] < was[moved]).all()
        # the chain goes down the order: who takes a seat stands before who takes the one it leaves
        drawn = draw_of(few.sampler, draw, few.roster)
        turn = np.lexsort((drawn.rank, drawn.roster.codes[0]))
        place_of = np.empty(len(turn), dtype=np.int64)
        place_of[turn] = np.arange(len(turn))
        for child in moved.tolist():
            nxt = moved[after.block[moved] == before.block[child]]
            assert (place_of[nxt] > place_of[child]).all()
