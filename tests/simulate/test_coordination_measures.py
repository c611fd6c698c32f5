"""What a way to coordinate comes to, counted again child by child."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulate.building import build_world
from simulate.coordination import read_variants, variant_policy
from simulate.coordination.applying import SIBLINGS, with_stages
from simulate.coordination.measures import (
    REACHES,
    Lands,
    coordinated,
    flows_of,
    reach_of,
    sea_crossings,
    siblings_split,
    way_of,
)
from simulate.coordination.passed import passed_by_fewer_points
from simulate.coordination.playing import Played, play_on
from simulate.records import tables_of
from simulate.season import open_season, run_season
from simulate.summary import _reach
from tests.simulate.coordination_towns import drawn_town, metres, outcomes, season
from tests.simulate.test_coordination_variants import variant
from tests.simulate.town import NEAREST, policy, stage, town
from tests.simulate.verify_papers import Rows

SEEDS = st.integers(0, 2**32 - 1)
CHANGES: tuple[dict[str, Any], ...] = (
    {},
    {"mechanism": "shortest-first"},
    {"mechanism": "least-travel"},
    {"mechanism": "choices"},
    {"order": ["ticket"]},
    {"within_m": 1000, "past_it": "never"},
    {"within_m": 450, "past_it": "last", "consent": "not-asked"},
    {"kinds": ["public"], "order": ["ticket"]},
    {"siblings": "together", "mechanism": "shortest-first"},
)


def played(seed: int, change: dict[str, Any]) -> tuple[dict[str, Rows], Played]:
    """Return a random town, and a season in it under a variant."""
    tables, city = drawn_town(seed)
    own = season()
    changes = [{"children": "others", **change}] if change else []
    rules = variant_policy(own, variant("v", *changes))
    world = with_stages(build_world(city, own, seed="town"), own, rules)
    return tables, play_on(world, rules)


def passed_plainly(tables: dict[str, Rows], one: Played) -> set[str]:
    """Return who was passed, from the definition, pair by pair."""
    children = {row["applicant_id"]: row for row in tables["applicants"]}
    result = outcomes(one)
    district = dict(zip(one.world.children.ids, one.world.children.district, strict=True))
    schools = {row["school_id"]: row for row in tables["schools"]}
    names = list(one.world.districts)
    found: set[str] = set()
    for now in one.rounds:
        if now.stage.id.endswith(SIBLINGS):
            continue
        where = now.stage.claims[0].where
        here = [now.stage.id, now.stage.id + SIBLINGS]
        seated = result[result["stage"].isin(here)]
        for child in one.world.children.ids[now.result.who]:
            points = children[child].get("points")
            got = result.loc[child, "school"] if result.loc[child, "stage"] == now.stage.id else None
            for school, row in schools.items():
                own = row["district_id"] == names[district[child]]
                far = metres(tables, children[child], school)
                if own != (where.schools == "own-district"):
                    continue
                if where.kinds is not None and row["kind"] not in where.kinds:
                    continue
                if where.past_it == "never" and far > where.within_m:
                    continue
                if got is not None and far >= metres(tables, children[child], got):
                    continue
                others = [children[c].get("points") for c in seated.index[seated["school"] == school]]
                if points is not None and any(p is None or p < points for p in others):
                    found.add(child)
    return found


@settings(max_examples=25)
@given(SEEDS, st.sampled_from(CHANGES))
def test_who_was_passed_is_what_the_definition_says_pair_by_pair(seed: int, change: dict[str, Any]) -> None:
    tables, one = played(seed, change)
    found = passed_by_fewer_points(one.world, one.rounds)
    assert set(one.world.children.ids[found]) == passed_plainly(tables, one)


@settings(max_examples=10)
@given(SEEDS)
def test_by_points_to_the_nearest_nobody_is_passed(seed: int) -> None:
    _, one = played(seed, {})
    # household children stand by settlement date, and some of the town have points too
    rounds = [now for now in one.rounds if now.stage.id != "overflow"]
    assert not passed_by_fewer_points(one.world, rounds).any()


@settings(max_examples=15)
@given(SEEDS, st.sampled_from(CHANGES))
def test_reach_flows_way_and_siblings_are_what_a_count_by_hand_gives(
    seed: int, change: dict[str, Any]
) -> None:
    tables, one = played(seed, change)
    world, who = one.world, coordinated(one)
    rows = outcomes(one)
    stages = [s.id for s in one.policy.stage if s.coordination is not None]
    placed = rows["outcome"] == "placed"
    assert who.tolist() == (placed & rows["stage"].isin(stages)).tolist()
    flow: dict[tuple[str, str], int] = {}
    far: list[float] = []
    split: list[str] = []
    children = {row["applicant_id"]: row for row in tables["applicants"]}
    at = {row["school_id"]: row["district_id"] for row in tables["schools"]}
    for child, home in zip(world.children.ids[who], world.children.district[who], strict=True):
        school = rows.loc[child, "school"]
        pair = (world.districts[home], at[school])
        flow[pair] = flow.get(pair, 0) + 1
        far.append(metres(tables, children[child], school))
        siblings = [children[child].get("sibling_school_id")]
        for other, row in children.items():
            kin = any(
                row.get(key) is not None and row[key] == children[child].get(key)
                for key in ("household_id", "twin_group")
            )
            if other != child and kin:
                siblings.append(rows.loc[other, "school"])
        known = {one for one in siblings if one is not None}
        if known and school not in known:
            split.append(child)
    found = flows_of(world, one.state, who)
    pairs = zip(found["home_district_id"], found["school_district_id"], strict=True)
    assert dict(zip(pairs, found["children"], strict=True)) == flow
    known_m = [m for m in far if m != float("inf")]
    way = way_of(world, one.state, who)
    assert (way.known, way.total_m) == (len(known_m), sum(known_m))
    assert way.max_m == (max(known_m) if known_m else None)
    assert world.children.ids[siblings_split(world, one.state, who)].tolist() == split


@settings(max_examples=8)
@given(SEEDS, st.sampled_from(CHANGES))
def test_reach_is_that_of_the_report(seed: int, change: dict[str, Any]) -> None:
    _, one = played(seed, change)
    done = run_season(one.world, one.policy, open_season(one.world))
    placements = tables_of(one.world, one.policy, done)["placements"]
    names = np.array(["own_zone", "own_district", "elsewhere", "unplaced"])
    assert names[reach_of(one.world, one.state)].tolist() == _reach(one.world.city, placements).tolist()
    assert len(REACHES) == 3


def test_the_ninetieth_percentile_and_the_mean_are_whole_metres() -> None:
    city = town(
        zones={"Z": ("D", ["A"])},
        schools={"A": ("D", 0.0, 0), "B": ("D", 0.0, 9)},
        children=[
            {"applicant_id": f"c{n}", "category": "points", "zone_id": "Z", "east": east}
            for n, east in enumerate([100.0, 200.0, 301.0, None])
        ],
    )
    rules = policy(
        stage("c", "points", "own-district", ["ticket"], mechanism=NEAREST, coordination="district"),
        household=(),
    )
    one = play_on(build_world(city, rules, seed="town"), rules)
    way = way_of(one.world, one.state, coordinated(one))
    # 200 + 0.8 x 101 = 280.8 lies at nine tenths of the way from the first to the third
    assert (way.known, way.total_m, way.mean_m, way.p90_m, way.max_m) == (3, 601, 200, 281, 301)
    nobody = way_of(one.world, one.state, np.zeros(4, dtype=np.bool_))
    assert (nobody.known, nobody.total_m, nobody.mean_m, nobody.p90_m, nobody.max_m) == (
        0,
        0,
        None,
        None,
        None,
    )


def test_a_crossing_needs_two_known_land_parts() -> None:
    _, one = played(3, {})
    world, who = one.world, coordinated(one) | (one.state.block >= 0)
    homes, schools = len(world.homes.ids), len(world.schools.ids)
    assert sea_crossings(world, one.state, who, None) is None
    east = Lands(homes=np.zeros(homes, dtype=np.int64), schools=np.ones(schools, dtype=np.int64))
    assert sea_crossings(world, one.state, who, east) == who.sum() > 0
    same = Lands(homes=np.ones(homes, dtype=np.int64), schools=np.ones(schools, dtype=np.int64))
    lost = Lands(homes=np.full(homes, -1), schools=np.ones(schools, dtype=np.int64))
    assert [sea_crossings(world, one.state, who, lands) for lands in (same, lost)] == [0, 0]


@pytest.mark.parametrize("name", [one.id for one in read_variants()])
def test_every_shipped_variant_stands_on_the_policy_of_the_tests(name: str) -> None:
    shipped = {one.id: one for one in read_variants()}
    assert variant_policy(season(), shipped[name]).id == f"test-{name}"
