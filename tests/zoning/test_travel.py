"""Distances: straight on one land part, over links between two, unknown where there is no way."""

from __future__ import annotations

import heapq
import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import City, DataError, read_city
from geodata.metres import UNKNOWN_M
from geodata.project import Head, Project
from tests.tiny import EAST, NORTH, write_tiny
from zoning import Travel, distances_m, travel, travel_of
from zoning.locate import unit_points
from zoning.travel import part_of

Place = tuple[float, float]
Link = tuple[Place, Place, float]
CRS = "EPSG:4548"
# three land parts of 1 km2; the water between the first and each other one is 2 km wide
SQUARES = [
    shapely.box(0, 0, 1000, 1000),
    shapely.box(3000, 0, 4000, 1000),
    shapely.box(0, 3000, 1000, 4000),
]


def city_of(
    squares: list[shapely.Polygon], links: list[Link], given: list[tuple[str, str, float]] | None = None
) -> City:
    ids = [f"D{n}" for n in range(len(squares))]
    districts = gpd.GeoDataFrame({"district_id": ids}, geometry=gpd.GeoSeries(squares, crs=CRS))
    names = pd.Series([f"L{n}" for n in range(len(links))], dtype="str")
    lines = gpd.GeoSeries([shapely.LineString([a, b]) for a, b, _ in links], crs=CRS)
    lengths = pd.Series([length for _, _, length in links], dtype="float64")
    return City(
        project=Project(project=Head(name="x", level="primary", year=2024)),
        tables={
            "districts": districts,
            "links": gpd.GeoDataFrame({"link_id": names, "length_m": lengths}, geometry=lines),
            "travel": pd.DataFrame(given or [], columns=["unit_id", "school_id", "metres"]),
        },
        metric_crs=CRS,
        hashes={},
    )


def measure(ground: Travel, homes: list[Place], schools: list[Place]) -> npt.NDArray[np.int32]:
    h, s = (np.array(places, dtype=np.float64).reshape(-1, 2) for places in (homes, schools))
    return distances_m(ground, h, part_of(ground.parts, h), s, part_of(ground.parts, s))


def metres(links: list[Link], home: Place, school: Place) -> int:
    return int(measure(travel_of(city_of(SQUARES, links)), [home], [school])[0, 0])


BRIDGE: Link = ((1000, 500), (3000, 500), 2500)


def test_distance_on_one_part_is_straight_and_whole() -> None:
    assert metres([], (0, 0), (300, 400)) == 500
    assert metres([], (0, 0), (1, 1)) == 1


@pytest.mark.parametrize(("east", "whole"), [(0.5, 0), (1.5, 2), (2.5, 2), (2.5001, 3)])
def test_half_a_metre_is_rounded_to_the_even_one(east: float, whole: int) -> None:
    assert metres([], (0, 0), (east, 0)) == whole


def test_distance_across_the_water_goes_over_the_bridge() -> None:
    # to the bridge hypot(300, 400) = 500, over it 2500, from (3000, 500) to the school 600
    assert metres([BRIDGE], (700, 100), (3600, 500)) == 500 + 2500 + 600


def test_the_way_over_two_bridges_leads_through_the_part_between() -> None:
    second: Link = ((500, 1000), (500, 3000), 2100)
    # (3000, 500) over 2500 to (1000, 500), on land to (500, 1000): hypot(500, 500) = 707.1, over 2100
    assert metres([BRIDGE, second], (3000, 500), (500, 3000)) == round(2500 + math.hypot(500, 500) + 2100)


def test_of_two_bridges_the_shorter_way_counts_and_not_the_shorter_bridge() -> None:
    detour: Link = ((1000, 1000), (3000, 1000), 2001)
    # over BRIDGE 0 + 2500 + 0; over the detour 500 + 2001 + 500 = 3001
    assert metres([BRIDGE, detour], (1000, 500), (3000, 500)) == 2500
    assert metres([BRIDGE, detour], (1000, 900), (3000, 900)) == 100 + 2001 + 100


def test_bridges_that_meet_at_one_point_join() -> None:
    to_rock: Link = ((1000, 500), (2000, 500), 1000)
    from_rock: Link = ((2000, 500), (3000, 500), 1000)
    rock = shapely.box(1990, 490, 2010, 510)
    ground = travel_of(city_of([*SQUARES, rock], [to_rock, from_rock]))
    assert measure(ground, [(1000, 500)], [(3000, 500)]).tolist() == [[2000]]


def test_a_crossing_of_no_length_is_a_way() -> None:
    assert metres([((1000, 500), (3000, 500), 0)], (1000, 500), (3000, 500)) == 0


def test_a_link_leads_both_ways() -> None:
    assert metres([BRIDGE], (3600, 500), (700, 100)) == metres([BRIDGE], (700, 100), (3600, 500))


def test_a_bridge_is_no_short_cut_on_one_part() -> None:
    assert metres([((0, 0), (1000, 0), 1)], (0, 0), (1000, 0)) == 1000


def test_without_a_link_there_is_no_way_across() -> None:
    assert metres([], (1000, 500), (3000, 500)) == UNKNOWN_M


def test_a_link_to_one_part_is_no_way_to_another() -> None:
    assert metres([BRIDGE], (1000, 500), (500, 3000)) == UNKNOWN_M


@pytest.mark.parametrize("squares", [SQUARES, []])
def test_an_unknown_place_is_unknown_metres_away(squares: list[shapely.Polygon]) -> None:
    ground = travel_of(city_of(squares, []))
    found = measure(ground, [(math.nan, math.nan), (0, 0)], [(0, 0), (math.nan, math.nan)])
    assert found.tolist() == [[UNKNOWN_M, UNKNOWN_M], [0, UNKNOWN_M]]


def test_unknown_sorts_after_every_distance() -> None:
    assert np.iinfo(np.int32).max == UNKNOWN_M


def test_a_place_far_out_at_sea_is_unknown_metres_away() -> None:
    assert metres([BRIDGE], (2000, 500), (1000, 500)) == UNKNOWN_M


def test_two_places_at_sea_are_not_on_one_part() -> None:
    assert metres([BRIDGE], (2000, 500), (2000, 500)) == UNKNOWN_M


def test_a_place_on_a_quay_just_off_the_shore_counts_as_on_land() -> None:
    assert metres([], (1099, 500), (999, 500)) == 100


def test_where_no_district_has_an_outline_all_is_one_part() -> None:
    ground = travel_of(city_of([], []))
    assert measure(ground, [(0, 0)], [(3000, 4000)]).tolist() == [[5000]]


def test_parts_are_the_connected_parts_of_all_districts_together_largest_first() -> None:
    touching = shapely.box(1000, 0, 1500, 1000)
    ground = travel_of(city_of([SQUARES[1], SQUARES[0], touching], []))
    assert shapely.area(ground.parts).tolist() == [1.5e6, 1e6]
    assert part_of(ground.parts, np.array([[1400.0, 500.0], [3500.0, 500.0], [9e5, 0.0]])).tolist() == [
        0,
        1,
        -1,
    ]


def test_a_place_as_near_to_two_parts_goes_to_the_larger() -> None:
    parts = np.array([shapely.box(0, 0, 200, 100), shapely.box(300, 0, 400, 100)], dtype=object)
    assert part_of(parts, np.array([[250.0, 50.0]])).tolist() == [0]


def test_no_places_have_no_parts_and_no_distances() -> None:
    ground = travel_of(city_of(SQUARES, [BRIDGE]))
    assert measure(ground, [], [(0, 0)]).shape == (0, 1)
    assert measure(ground, [(0, 0)], []).shape == (1, 0)


def test_a_link_that_ends_in_the_water_is_refused_by_name() -> None:
    with pytest.raises(
        DataError,
        match=r"links, column geometry: found 'L1'; both ends of a link within 100 m of a district's "
        r"land\. To do: move the end of the line onto the land",
    ):
        travel_of(city_of(SQUARES, [BRIDGE, ((1000, 500), (2000, 500), 1000)]))


def test_a_link_ends_at_the_ends_of_its_line_and_not_between() -> None:
    city = city_of(SQUARES, [BRIDGE])
    bent = shapely.LineString([(1000, 500), (2000, 9000), (3000, 500)])
    city["links"].geometry = gpd.GeoSeries([bent], crs=CRS)
    assert measure(travel_of(city), [(1000, 500)], [(3000, 500)]).tolist() == [[2500]]


def test_metres_that_are_given_are_kept_by_unit_and_school() -> None:
    given = travel_of(city_of(SQUARES, [], [("U1", "S1", 700.0)])).given_m
    assert given is not None
    assert given.to_dict() == {("U1", "S1"): 700.0}
    assert travel_of(city_of(SQUARES, [])).given_m is None


def test_the_distances_of_the_tiny_project_are_those_worked_out_by_hand(tmp_path: Path) -> None:
    city = read_city(write_tiny(tmp_path))
    ground = travel_of(city)
    homes = [(p.x, p.y) for p in unit_points(city)]
    schools = [(p.x, p.y) for p in city["schools"].geometry]
    assert homes[0] == (EAST + 500, NORTH + 500)
    # U1 (500, 500): S1 100; S2 1000; S3 hypot(1000, 1000) = 1414.2
    #   to the bridge (0, 1000) 707.1, over it 2200, from (-2000, 1000) to S4 1581.1, together 4488.2
    # U2 (1500, 500): S1 hypot(1000, 100) = 1005.0; S2 0; S3 1000; S4 1581.1 + 2200 + 1581.1 = 5362.3
    # U5 (-2500, 1500): to the bridge hypot(500, 500) = 707.1, over it 2200, then to S1 (500, 600)
    #   640.3 = 3547.4; S2 1581.1 = 4488.2; S3 1581.1 = 4488.2; on land to S4 hypot(1000, 1000) = 1414.2
    found = measure(ground, homes, schools)
    assert found[0].tolist() == [100, 1000, 1414, 4488]
    assert found[1].tolist() == [1005, 0, 1000, 5362]
    assert found[4].tolist() == [3547, 4488, 4488, 1414]


def test_many_homes_are_measured_as_each_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    ground = travel_of(city_of(SQUARES, [BRIDGE]))
    rng = np.random.default_rng(1)
    homes = [tuple(place) for place in rng.uniform(0, 1000, (50, 2)).tolist()]
    whole = measure(ground, homes, [(3500, 500), (10, 10)])
    monkeypatch.setattr(travel, "_BLOCK", 8)  # two homes at a time
    assert measure(ground, homes, [(3500, 500), (10, 10)]).tolist() == whole.tolist()


# --- brute force: Dijkstra's algorithm (1959) over homes, ends and schools, written plainly


def shortest(home: Place, school: Place, links: list[Link]) -> float:
    def part(place: Place) -> int:
        return next(n for n, square in enumerate(SQUARES) if square.intersects(shapely.Point(place)))

    if part(home) == part(school):
        return math.dist(home, school)
    places = [home, school, *(end for a, b, _ in links for end in (a, b))]
    bridges = {}
    for n, (_, _, length) in enumerate(links):
        bridges[2 + 2 * n, 3 + 2 * n] = bridges[3 + 2 * n, 2 + 2 * n] = length
    best, queue = dict[int, float](), [(0.0, 0)]
    while queue:
        far, here = heapq.heappop(queue)
        if here in best:
            continue
        best[here] = far
        for there in range(len(places)):
            if (here, there) in bridges:
                heapq.heappush(queue, (far + bridges[here, there], there))
            if part(places[here]) == part(places[there]):
                heapq.heappush(queue, (far + math.dist(places[here], places[there]), there))
    return best.get(1, math.inf)


@st.composite
def a_place(draw: st.DrawFn) -> Place:
    square = draw(st.sampled_from(SQUARES))
    west, south, _, _ = square.bounds
    return west + draw(st.integers(0, 1000)), south + draw(st.integers(0, 1000))


places = st.lists(a_place(), min_size=1, max_size=3)
some_links = st.lists(st.tuples(a_place(), a_place(), st.integers(0, 5000).map(float)), max_size=4)


@settings(max_examples=40)
@given(places, places, some_links)
def test_distances_are_those_of_a_plain_search_for_the_shortest_way(
    homes: list[Place], schools: list[Place], links: list[Link]
) -> None:
    # a link drawn from a place to itself is no line
    links = [link for link in links if link[0] != link[1]]
    found = measure(travel_of(city_of(SQUARES, links)), homes, schools)
    for h, home in enumerate(homes):
        for s, school in enumerate(schools):
            expected = shortest(home, school, links)
            if math.isinf(expected):
                assert found[h, s] == UNKNOWN_M
            else:
                # half a metre of rounding, and the order in which a sum is taken
                assert abs(found[h, s] - expected) <= 0.5 + 1e-6


@settings(max_examples=40)
@given(places, places, some_links)
def test_the_order_of_links_homes_and_schools_does_not_matter(
    homes: list[Place], schools: list[Place], links: list[Link]
) -> None:
    links = [link for link in links if link[0] != link[1]]
    plain = measure(travel_of(city_of(SQUARES, links)), homes, schools)
    turned = measure(travel_of(city_of(SQUARES[::-1], links[::-1])), homes[::-1], schools[::-1])
    assert (turned[::-1, ::-1] == plain).all()


@settings(max_examples=40)
@given(places, places, some_links, some_links)
def test_one_more_link_makes_no_way_longer(
    homes: list[Place], schools: list[Place], links: list[Link], more: list[Link]
) -> None:
    before, after = (
        measure(travel_of(city_of(SQUARES, [k for k in some if k[0] != k[1]])), homes, schools)
        for some in (links, links + more)
    )
    assert (after <= before).all()


def test_a_way_too_long_for_any_city_is_unknown_and_never_near() -> None:
    ground = travel_of(city_of([], []))
    found = measure(ground, [(0.0, 0.0)], [(5e9, 0.0), (5.0, 0.0)])
    assert found.tolist() == [[UNKNOWN_M, 5]]
