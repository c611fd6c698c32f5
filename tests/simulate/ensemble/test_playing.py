"""Compiled loops come to the same as the engine of a run, draw by draw; and a draw is a season."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

from geodata import City, DataError, XuequError, read_city
from geodata.sample import write_sample
from simulate.building import build_world
from simulate.draws import draw_ranks, hash_labels
from simulate.ensemble import season_kernels
from simulate.ensemble.cells import Cells, cells_of
from simulate.ensemble.places import Played
from simulate.ensemble.playing import play
from simulate.ensemble.uncertainty import Uncertainty, read_uncertainty
from simulate.policy import Policy
from simulate.policy_files import policy_path, read_policy
from simulate.season import open_season, run_season
from simulate.starting import examples, write_example
from simulate.tickets import ticket_labels
from simulate.world import World
from tests.simulate.ensemble.draw_towns import (
    counted,
    counted_town,
    fitting_policy,
    market,
    pair,
    released_otherwise,
    stated,
    unlike,
)
from tests.simulate.random_policies import policies, towns
from tests.simulate.town import CHOICES, NEAREST, claim, claims_stage, policy, pool, stage, town
from tests.tiny import write_tiny

MISFITS = (
    "gives zones",
    "sit together",
    "first so many",
    "guaranteed",
    "orders of their own",
    "siblings",
    "past a distance",
    "given a zone",
    "least travel",
    "between stages",
    "several zones",
    "several pools",
)


def random_cells(rng: random.Random, place: dict[str, object], *, counts: bool) -> Cells:
    if counts:
        city = counted_town(rng, place)
    else:
        filed = [row for row in place["filed"] if row["target"].startswith("S")]  # type: ignore[attr-defined, unused-ignore]
        city = town(**{**place, "filed": rng.choice([filed, []])})
    return cells_of(city, fitting_policy(rng, place), seed="town")


def anything(rng: random.Random) -> Uncertainty:
    after = rng.choice([None, "s0", "s1", "s2"])
    return stated(
        counts={"error": 0.2, "dispersion": rng.choice([0.0, 1.0, 1.5])},
        points={},
        choices={"scale_m": 300.0, "popularity_sd": 0.5, "most": {"1": 2, "2": 3}, "near": 3},
        consent={},
        no_shows={"household": 0.2, "others": 0.3, **({} if after is None else {"after": after})},
    )


@pytest.mark.parametrize("seed", range(10))
def test_compiled_loops_come_to_the_same_as_the_engine_of_a_run(seed: int) -> None:
    rng = random.Random(seed)
    place = towns(rng)
    base = random_cells(rng, place, counts=seed % 2 == 0)
    for _ in range(8):
        rules = fitting_policy(rng, place)
        both = pair(released_otherwise(rng, base), rules, uncertainty=anything(rng))
        if both.market.program is None:
            # drawn seats and a school that several zones share: it depends on the town
            assert "several zones" in str(both.market.why_plain)
            continue
        for draw in range(3):
            assert unlike(*both.played(draw)) == [], (draw, rules.stage)


@pytest.mark.parametrize("seed", range(100, 104))
def test_a_policy_that_does_not_fit_is_played_plainly(seed: int) -> None:
    rng = random.Random(seed)
    place = towns(rng)
    base = random_cells(rng, place, counts=seed % 2 == 0)
    for _ in range(6):
        both = pair(base, policies(rng, place), uncertainty=anything(rng))
        one = both.market
        assert (one.program is None) == (one.why_plain is not None) == (one.world is not None)
        assert one.engine == ("compiled" if one.program is not None else "plain")
        if one.why_plain is not None:
            assert any(reason in str(one.why_plain) for reason in MISFITS), str(one.why_plain)
        try:
            assert unlike(*both.played(1)) == []
        except DataError as error:
            # what a run refuses, an ensemble refuses in the same words
            assert "random-seats draws for each zone apart" in str(error)  # noqa: PT017


@pytest.mark.parametrize("name", [*examples(), "tiny", "sample"])
def test_shipped_projects_play_alike_by_both_engines(name: str, tmp_path: Path) -> None:
    city, rules = shipped(name, tmp_path / name)
    cells = cells_of(city, rules, seed="x")
    both = pair(cells, rules, uncertainty=read_uncertainty(), seed="x")
    for draw in range(3):
        assert unlike(*both.played(draw)) == []
    plain = {"england-pan", "huli-2014", "suzhou", "xiamen-datongchou", "xiamen-lower-secondary"}
    assert both.market.engine == ("plain" if name in plain else "compiled")


def shipped(name: str, folder: Path) -> tuple[City, Policy]:
    if name == "tiny":
        write_tiny(folder)
    elif name == "sample":
        write_sample(folder, scale=0.02)
    else:
        write_example(folder, name)
    city = read_city(folder)
    head = city.project.project
    assert head.policy is not None
    rules = read_policy(policy_path(head.policy, folder))
    return city, rules.at(head.date, expecting=head.expecting)


def season_of(world: World, rules: Policy, ranks: np.ndarray) -> dict[str, np.ndarray]:
    here = replace(world, children=replace(world.children, ticket_rank=ranks))
    state = run_season(here, rules, open_season(here)).state
    names = ("outcome", "block", "stage", "over", "choice_rank", "free")
    return {name: getattr(state, name) for name in names}


def same(played: Played, season: dict[str, np.ndarray]) -> bool:
    return all(np.array_equal(getattr(played, name), values) for name, values in season.items())


@pytest.mark.parametrize("seed", range(200, 206))
def test_a_draw_of_tickets_alone_is_a_season_with_those_tickets(seed: int) -> None:
    rng = random.Random(seed)
    place = towns(rng)
    city, rules = town(**place), fitting_policy(rng, place)
    one = market(city, rules, vary=("tickets",))
    world = build_world(city, rules, seed="town")
    labels = ticket_labels(world.children.ids, world.applicants["twin_group"].to_numpy(dtype=object))
    try:
        for draw in (0, 1, 7):
            ranks = draw_ranks(hash_labels(labels.tolist()), seed="town", draw=draw)
            assert same(play(one, draw), season_of(world, rules, ranks)), draw
    except DataError as error:
        assert "random-seats draws for each zone apart" in str(error)  # noqa: PT017


@pytest.mark.parametrize("seed", range(300, 304))
def test_a_draw_of_tickets_alone_is_a_season_of_the_children_that_a_run_draws(seed: int) -> None:
    rng = random.Random(seed)
    place = towns(rng)
    city, rules = counted_town(rng, place), fitting_policy(rng, place)
    one = market(city, rules, vary=("tickets",))
    world = build_world(city, rules, seed="town")
    assert one.roster is not None
    assert len(one.roster.cell) == len(world.children)
    try:
        for draw in (0, 5):
            ranks = draw_ranks(one.roster.ticket, seed="town", draw=draw)
            assert same(play(one, draw), season_of(world, rules, ranks)), draw
    except DataError as error:
        assert "random-seats draws for each zone apart" in str(error)  # noqa: PT017


def test_a_scenario_with_itself_is_the_same_in_every_draw() -> None:
    rng = random.Random(5)
    place = towns(rng)
    city, rules = counted_town(rng, place), fitting_policy(rng, place)
    left, right = (market(city, rules, uncertainty=anything(random.Random(1))) for _ in range(2))
    for draw in range(20):
        assert unlike(play(left, draw), play(right, draw)) == []
    others = [play(left, draw) for draw in range(20)]
    assert len({one.outcome.tobytes() for one in others}) > 1


def test_draws_are_the_same_in_threads_and_in_any_order(tmp_path: Path) -> None:
    city, rules = shipped("sample", tmp_path / "sample")
    one = market(city, rules, uncertainty=read_uncertainty())
    alone = [play(one, draw) for draw in range(6)]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda draw: play(one, draw), reversed(range(6))))[::-1]
    assert all(unlike(*both) == [] for both in zip(alone, together, strict=True))


def test_draws_of_a_plain_policy_are_the_same_in_threads(tmp_path: Path) -> None:
    city, rules = shipped("xiamen-datongchou", tmp_path / "x")
    one = market(city, rules, uncertainty=read_uncertainty())
    assert one.engine == "plain"
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda draw: play(one, draw), range(8)))
    again = market(city, rules, uncertainty=read_uncertainty())
    alone = [play(again, draw) for draw in range(8)]
    assert all(unlike(*both) == [] for both in zip(alone, together, strict=True))


RULES = policy(
    stage("zone", ["a", "household"], "own-zone", ["points desc", "ticket"], mechanism=CHOICES),
    stage("city", ["a", "household"], "city", ["ticket"], mechanism=NEAREST, when_full="over"),
)
ZONES = {"Z": ("D", ["S", "T"]), "Y": ("D", ["V"])}
SCHOOLS = {"S": ("D", 0.0, 1), "T": ("D", 500.0, 1), "V": ("D", 900.0, 0)}
UNITS = {"U": ("Z", 100.0), "W": ("Y", 800.0)}


def test_a_draw_to_which_nobody_comes_leaves_every_seat_free() -> None:
    demand = [{"unit_id": "U", "category": "a", "children": 1, "low": 0, "high": 1}]
    city = counted(ZONES, SCHOOLS, UNITS, demand, own_home={"a": 0.5})
    one = market(city, RULES, uncertainty=stated(counts={}, points={}, choices={"scale_m": 100.0}))
    sizes = {len(play(one, draw).cell) for draw in range(40)}
    assert 0 in sizes
    empty = next(here for draw in range(40) if len((here := play(one, draw)).cell) == 0)
    assert empty.free.tolist() == [1, 1, 0]
    assert empty.outcome.dtype == np.int8
    assert len(empty.choice_rank) == 0


def test_who_goes_over_the_intake_takes_a_school_of_which_the_claim_opens_a_pool() -> None:
    # S is nearest, and has no seats of the pool that the claim opens
    schools = {"S": ("D", 0.0, 5), "T": ("D", 500.0, {"open": 5, "early": 1})}
    rules = policy(
        claims_stage(
            "only",
            claim("a", "city", ["ticket"], pool="early"),
            mechanism=NEAREST,
            when_full="over",
        ),
        pools=(pool("early", 1),),
    )
    demand = [{"unit_id": "U", "category": "a", "children": 3}]
    one = market(counted({"Z": ("D", ["S", "T"])}, schools, {"U": ("Z", 0.0)}, demand, own_home={}), rules)
    here = play(one, 0)
    assert one.engine == "compiled"
    assert one.places.schools[one.places.block_school[here.block]].tolist() == ["T"] * 3
    assert sorted(here.over.tolist()) == [False, True, True]
    assert here.free.tolist() == [5, 5, 0]


def test_more_children_than_tickets_can_number_are_refused() -> None:
    demand = [{"unit_id": "U", "category": "a", "children": 9}]
    city = counted(ZONES, SCHOOLS, UNITS, demand, own_home={"a": 0.5})
    one = market(city, RULES)
    with (
        patch.object(season_kernels, "MOST_CHILDREN", 8),
        pytest.raises(XuequError, match="a draw has 9 children: more than the compiled loops can number"),
    ):
        play(one, 0)


def test_a_city_too_large_for_the_loops_is_played_plainly() -> None:
    demand = [{"unit_id": "U", "category": "a", "children": 9}]
    city = counted(ZONES, SCHOOLS, UNITS, demand, own_home={"a": 0.5})
    with patch("simulate.ensemble.market.MOST_CHILDREN", 17):
        one = market(city, RULES)
    assert one.engine == "plain"
    assert "more children than the compiled loops can number" in str(one.why_plain)
    assert unlike(play(one, 3), play(market(city, RULES), 3)) == []


def test_a_negative_draw_is_refused() -> None:
    demand = [{"unit_id": "U", "category": "a", "children": 2}]
    one = market(counted(ZONES, SCHOOLS, UNITS, demand, own_home={}), RULES)
    with pytest.raises(ValueError, match="draws are numbered from 0"):
        play(one, -1)
