"""A tally counts as a plain loop over children does, and by the words of a run's summary."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.metres import UNKNOWN_M
from simulate.building import build_world
from simulate.coordination.counting import counts_of, groups_of
from simulate.coordination.measures import coordinated, flows_of
from simulate.coordination.playing import play_on
from simulate.ensemble.early_warning import colour_shares
from simulate.ensemble.places import COORDINATIONS, Places, Played, places_of
from simulate.ensemble.tally import COUNTED, GROUPS, MEASURES, PARTS, REACHES, tally
from simulate.records import tables_of
from simulate.season import open_season, run_season
from simulate.state import OUTCOMES, PLACED, State
from simulate.summary import summarise
from simulate.world import World
from tests.simulate.coordination_towns import drawn_town, season
from tests.simulate.ensemble.made import made_places, made_played

SEEDS = st.integers(0, 2**32 - 1)


def counted_plainly(places: Places, played: Played) -> dict[str, Any]:
    """Count child by child, from the definitions."""
    groups = {g: dict.fromkeys(COUNTED, 0) for g in GROUPS}
    zones = {z: {"children": 0, "household": 0, "placed": 0} for z in places.zones}
    districts = {d: {"children": 0, "household": 0} for d in places.districts}
    flows: dict[tuple[Any, Any], int] = {}
    moved: dict[tuple[Any, Any], int] = {}
    serves = {
        z: [
            places.schools[s]
            for s in places.zone_schools[places.zone_starts[i] : places.zone_starts[i + 1]]
        ]
        for i, z in enumerate(places.zones)
    }

    def name(names: Any, place: int) -> Any:
        return None if place < 0 else names[place]

    for i, cell in enumerate(played.cell):
        household = bool(places.household[places.cell_category[cell]])
        zone, district = (
            name(places.zones, places.cell_zone[cell]),
            name(places.districts, places.cell_district[cell]),
        )
        mine = [groups["all"], groups["household" if household else "others"]]
        outcome = OUTCOMES[played.outcome[i]]
        for g in mine:
            g["children"] += 1
            g[outcome.replace("-", "_")] += 1
        for table, key in ((zones, zone), (districts, district)):
            if key is not None:
                table[key]["children"] += 1
                table[key]["household"] += household
        if outcome != "placed":
            continue
        school = places.block_school[played.block[i]]
        at = name(places.districts, places.school_district[school])
        if zone is not None and places.schools[school] in serves[zone]:
            reach = "own_zone"
            zones[zone]["placed"] += 1
        else:
            reach = "own_district" if at is not None and at == district else "elsewhere"
        metres = places.metres[places.cell_home[cell], school]
        by = "" if played.stage[i] < 0 else COORDINATIONS[places.coordination[played.stage[i]]]
        flows[district, at] = flows.get((district, at), 0) + 1
        if by:
            moved[district, at] = moved.get((district, at), 0) + 1
        rank = int(played.choice_rank[i])
        for g in mine:
            g[reach] += 1
            g["over"] += bool(played.over[i])
            if metres != UNKNOWN_M:
                g["metres"] += int(metres)
                g["metres_known"] += 1
            if by:
                g["coordinated"] += 1
                g["coordinated_across" if reach == "elsewhere" else "coordinated_within"] += 1
                if metres != UNKNOWN_M:
                    g["coordinated_metres"] += int(metres)
                    g["coordinated_known"] += 1
            if rank:
                g[f"choice_{rank}" if rank <= 3 else "choice_later"] += 1
    return {
        "groups": groups,
        "zones": zones,
        "districts": districts,
        "flows": flows,
        "moved": moved,
        "seats": shared_plainly(places, zones, serves),
    }


def shared_plainly(
    places: Places, zones: dict[str, Any], serves: dict[str, list[str]]
) -> dict[str, Fraction]:
    """Share each school's seats by its zones' children, exactly."""
    seats = dict.fromkeys(zones, Fraction(0))
    for school, offered in zip(places.schools, places.school_seats, strict=True):
        mine = [zone for zone in zones if school in serves[zone]]
        total = sum(zones[zone]["children"] for zone in mine)
        for zone in mine:
            part = Fraction(zones[zone]["children"], total) if total else Fraction(1, len(mine))
            seats[zone] += int(offered) * part
    return seats


def named_flows(places: Places, flows: np.ndarray) -> dict[tuple[Any, Any], int]:
    """Return the flows by names, None for no district; pairs without children are left out."""
    names = [*places.districts, None]
    return {(names[a], names[b]): int(flows[a, b]) for a, b in zip(*np.nonzero(flows), strict=True)}


@given(seed=SEEDS, children=st.integers(0, 120))
@settings(max_examples=60)
def test_a_tally_counts_as_a_plain_loop_does(seed: int, children: int) -> None:
    places = made_places(seed=seed, zones=seed % 7 + 1, districts=seed % 3 + 1, cells=seed % 20 + 1)
    played = made_played(places, seed=seed, children=children)
    found, plain = tally(places, played), counted_plainly(places, played)
    for row, group in enumerate(GROUPS):
        assert dict(zip(COUNTED, found["scalars"][row].tolist(), strict=True)) == plain["groups"][group]
    for column in ("children", "household", "placed"):
        assert found[f"zone_{column}"].tolist() == [plain["zones"][z][column] for z in places.zones]
    for column in ("children", "household"):
        expected = [plain["districts"][d][column] for d in places.districts]
        assert found[f"district_{column}"].tolist() == expected
    assert named_flows(places, found["flows"]) == plain["flows"]
    assert named_flows(places, found["flows_coordinated"]) == plain["moved"]
    assert int(found["seats_left"]) == played.free.sum()
    for zone, parts in zip(places.zones, found["zone_seats"].tolist(), strict=True):
        exact = plain["seats"][zone]
        assert abs(Fraction(parts, PARTS) - exact) <= Fraction(6, 10 * PARTS)
        if exact.denominator == 1:
            assert parts == exact * PARTS
    check_short(places, found, plain)


def check_short(places: Places, found: dict[str, np.ndarray], plain: dict[str, Any]) -> None:
    """Assert seats short by reach from what stands in the plain counts."""
    district_seats = {
        d: int(places.school_seats[places.school_district == i].sum())
        for i, d in enumerate(places.districts)
    }
    for row, group in enumerate(("children", "household")):
        everyone = plain["groups"]["all" if group == "children" else "household"]["children"]
        zone = sum(max(Fraction(0), plain["zones"][z][group] - plain["seats"][z]) for z in places.zones)
        district = sum(max(0, plain["districts"][d][group] - district_seats[d]) for d in places.districts)
        city = max(0, everyone - int(places.school_seats.sum()))
        short = dict(zip(REACHES, (found["short"][row] / PARTS).tolist(), strict=True))
        assert short["zone"] == pytest.approx(float(zone), abs=len(places.zones) / PARTS)
        assert (short["district"], short["city"]) == (district, city)


@given(seed=SEEDS)
@settings(max_examples=15)
def test_names_shapes_and_types_are_the_same_for_all_draws_of_some_places(seed: int) -> None:
    places = made_places(seed=seed)
    shapes = [
        {name: (values.shape, values.dtype) for name, values in tally(places, one).items()}
        for one in (made_played(places, seed=seed, children=n) for n in (0, 5, 200))
    ]
    assert shapes[0] == shapes[1] == shapes[2]


def test_thirds_of_seats_add_up_to_whole_ones() -> None:
    # three schools of one seat, shared by three zones of one child: each zone has one seat
    places = replace(
        made_places(zones=3, schools=3, cells=3, districts=1),
        cell_zone=np.arange(3, dtype=np.int32),
        block_school=np.arange(3, dtype=np.int32),
        block_seats=np.ones(3, dtype=np.int64),
        zone_starts=np.array([0, 3, 6, 9]),
        zone_schools=np.array([0, 1, 2] * 3, dtype=np.int32),
    )
    played = replace(
        made_played(places, children=0),
        cell=np.arange(3, dtype=np.int32),
        serial=np.zeros(3, dtype=np.int32),
        outcome=np.zeros(3, dtype=np.int8),
        block=np.full(3, -1, dtype=np.int32),
        stage=np.full(3, -1, dtype=np.int32),
        over=np.zeros(3, dtype=np.bool_),
        choice_rank=np.zeros(3, dtype=np.int32),
    )
    found = tally(places, played)
    assert found["zone_seats"].tolist() == [PARTS] * 3
    assert found["short"].tolist()[0] == [0, 0, 0]


def played_of(state: State) -> Played:
    """Return a state as a draw in which each child is a cell."""
    n = len(state.outcome)
    return Played(
        cell=np.arange(n, dtype=np.int32),
        serial=np.zeros(n, dtype=np.int32),
        outcome=state.outcome,
        block=state.block,
        stage=state.stage,
        over=state.over,
        choice_rank=state.choice_rank,
        free=state.free,
    )


@pytest.mark.parametrize("seed", [1, 2, 3, 5, 8, 13])
def test_a_tally_says_what_the_summary_of_a_run_says(seed: int) -> None:
    _, city = drawn_town(seed)
    rules = season()
    world = build_world(city, rules, seed="town")
    ended = run_season(world, rules, open_season(world))
    tables = tables_of(world, rules, ended)
    names = ("placements", "keys", "ledger", "metrics")
    summary = summarise(city, rules, *(tables[name] for name in names))
    places = places_of(world, rules)
    found = tally(places, played_of(ended.state))
    every = dict(zip(COUNTED, found["scalars"][0].tolist(), strict=True))
    for name in ("children", "placed", "over", "not_admitted", "waiting", "withdrawn"):
        assert every[name] == summary.outcomes[name].sum(), name
    for name in ("own_zone", "own_district", "elsewhere"):
        assert every[name] == summary.reaches[name].sum(), name
    right = [category.id for category in rules.category if category.household]
    own = summary.outcomes[summary.outcomes["category"].isin(right)]
    assert found["scalars"][1, 0] == own["children"].sum()
    for rank in (1, 2, 3):
        column = f"choice_{rank}"
        assert every[column] == (summary.choices[column].sum() if column in summary.choices else 0)
    check_zones(places, found, summary.zones)
    districts = summary.districts.set_index("district_id").reindex(places.districts)
    assert found["district_children"].tolist() == districts["children"].tolist()
    assert found["district_household"].tolist() == districts["household"].tolist()
    stayed = np.diagonal(found["flows"])[:-1]
    assert stayed.sum() == sum(int(row[row["district_id"]]) for row in summary.flows.to_dict("records"))
    assert int(found["seats_left"]) == summary.schools["left"].sum()


def check_zones(places: Places, found: dict[str, np.ndarray], zones: pd.DataFrame) -> None:
    """Assert children, seats and colours zone by zone as `zone_pressure` has them."""
    table = zones.set_index("zone_id").loc[list(places.zones)]
    assert found["zone_children"].tolist() == table["children"].tolist()
    assert found["zone_household"].tolist() == table["household"].tolist()
    assert (found["zone_seats"] / PARTS).tolist() == pytest.approx(table["seats"].tolist(), abs=1e-3)
    stack = {name: values[None] for name, values in found.items()}
    for group, column in (("all", "colour"), ("household", "household_colour")):
        shares = colour_shares(stack, group)
        for place, colour in enumerate(table[column].tolist()):
            assert shares[colour][place] == 1.0


@pytest.mark.parametrize("seed", [1, 4, 9, 16, 25])
def test_a_tally_says_what_a_comparison_of_coordination_says(seed: int) -> None:
    _, city = drawn_town(seed)
    rules = season()
    world: World = build_world(city, rules, seed="town")
    played = play_on(world, rules)
    found = tally(places_of(world, rules), played_of(played.state))
    nobody = np.zeros(len(world.children), dtype=np.bool_)
    for row, (name, mask) in enumerate(groups_of(world, rules).items()):
        assert name == GROUPS[row]
        plain = counts_of(played, played.state, None, passed=nobody, group=mask)
        mine = dict(zip(COUNTED, found["scalars"][row].tolist(), strict=True))
        assert (mine["own_zone"], mine["own_district"], mine["elsewhere"]) == (
            plain.zone,
            plain.district,
            plain.city,
        )
        assert mine["coordinated"] == plain.coordinated
        assert mine["coordinated_within"] + mine["coordinated_across"] == plain.coordinated
        assert (mine["coordinated_metres"], mine["coordinated_known"]) == (
            plain.total_m,
            plain.distance_known,
        )
    flows = flows_of(world, played.state, coordinated(played))
    assert found["flows_coordinated"].sum() == flows["children"].sum()
    assert found["scalars"][0, COUNTED.index("placed")] == (played.state.outcome == PLACED).sum()


def test_the_order_of_the_children_changes_nothing() -> None:
    places = made_places(seed=3)
    played = made_played(places, seed=3, children=300)
    order = np.random.default_rng(0).permutation(len(played.cell))
    names = ("cell", "serial", "outcome", "block", "stage", "over", "choice_rank")
    mixed = replace(played, **{name: getattr(played, name)[order] for name in names})
    one, other = tally(places, played), tally(places, mixed)
    assert all((one[name] == other[name]).all() for name in one)


def test_each_measure_has_a_title_of_its_own() -> None:
    assert [one.name for one in MEASURES] == list(COUNTED)
    assert len({str(one.title) for one in MEASURES}) == len(MEASURES)
