"""Ways to school that cross a barrier, and whether a bridge is near."""

from __future__ import annotations

from typing import Any, cast

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import City
from zoning.crossings import Barriers, barriers_of, crossings, ways_known
from zoning.polygons.adjacency import BARRIER_NEAR_M
from zoning.travel import Travel

# a river from south to north at east = 1000; homes west of it, a school east
RIVER = shapely.linestrings([[1000, -5000], [1000, 5000]])
HOME, SCHOOL = (0.0, 0.0), (2000.0, 0.0)
LAND = Travel(
    parts=np.array([shapely.box(-9000, -9000, 9000, 9000)]),
    ends=np.empty((0, 2)),
    end_parts=np.empty(0, dtype=np.int64),
    between_ends_m=np.empty((0, 0)),
)


def ground(barriers: list[Any], links: list[Any] | None = None) -> Barriers:
    tables = {"barriers": barriers, "links": links or []}
    frames = {name: gpd.GeoDataFrame(geometry=shapes, crs="EPSG:4548") for name, shapes in tables.items()}
    return barriers_of(cast("City", frames))


def way(
    barriers: Barriers, home: tuple[float, float] = HOME, school: tuple[float, float] = SCHOOL
) -> tuple[bool, bool]:
    places = np.array([home], dtype=float), np.array([school], dtype=float)
    one = np.zeros(1, dtype=np.int64)
    crosses, unbridged = crossings(barriers, LAND, places[0], one, places[1], one)
    return bool(crosses[0, 0]), bool(unbridged[0, 0])


def bridge(north: float, west: float = 900, east: float = 1100) -> Any:
    return shapely.linestrings([[west, north], [east, north]])


def test_a_way_over_a_river_crosses_it_and_one_beside_it_does_not() -> None:
    assert way(ground([RIVER])) == (True, True)
    assert way(ground([RIVER]), school=(900, 0)) == (False, False)
    assert way(ground([])) == (False, False)


def test_a_bridge_within_300_m_of_the_way_bridges_the_river_and_the_way_still_crosses() -> None:
    assert way(ground([RIVER], [bridge(300)])) == (True, False)
    assert way(ground([RIVER], [bridge(301)])) == (True, True)


def test_a_bridge_over_another_barrier_does_not_count() -> None:
    railway = shapely.linestrings([[1500, -5000], [1500, 5000]])
    assert way(ground([RIVER, railway], [bridge(0)])) == (True, True)
    assert way(ground([RIVER, railway], [bridge(0), bridge(0, 1400, 1600)])) == (True, False)
    assert way(ground([RIVER, railway], [bridge(0, 900, 1600)])) == (True, False), "one bridge over both"


def test_a_bridge_that_ends_just_short_of_the_drawn_bank_counts() -> None:
    assert way(ground([RIVER], [bridge(0, 900, 1000 - BARRIER_NEAR_M)])) == (True, False)
    assert way(ground([RIVER], [bridge(0, 900, 1000 - BARRIER_NEAR_M - 1)])) == (True, True)


def test_water_drawn_as_a_polygon_is_crossed_as_a_line_is() -> None:
    lake = shapely.box(800, -400, 1200, 400)
    assert way(ground([lake])) == (True, True)
    assert way(ground([lake], [bridge(200, 700, 1300)])) == (True, False)
    assert way(ground([lake]), school=(0, 900)) == (False, False)


def test_a_school_next_door_is_a_way_of_no_length() -> None:
    assert way(ground([RIVER]), school=HOME) == (False, False)
    assert way(ground([RIVER]), home=(1000, 0), school=(1000, 0)) == (True, True)


def test_places_that_are_not_known_cross_nothing_and_are_told_apart() -> None:
    homes, schools = np.array([HOME, (np.nan, np.nan)]), np.array([SCHOOL, (np.nan, np.nan)])
    nowhere = np.array([0, -1])
    crosses, unbridged = crossings(ground([RIVER]), LAND, homes, nowhere, schools, nowhere)
    assert crosses.tolist() == unbridged.tolist() == [[True, False], [False, False]]
    assert ways_known(homes, schools).tolist() == [[True, False], [False, False]]


def test_water_between_two_land_parts_is_crossed_and_bridged_where_links_lead_over() -> None:
    places, one, other = np.array([HOME]), np.array([0]), np.array([1])
    parts = np.array([shapely.box(-1, -1, 1, 1), shapely.box(1999, -1, 2001, 1)])
    apart = Travel(
        parts=parts, ends=LAND.ends, end_parts=LAND.end_parts, between_ends_m=LAND.between_ends_m
    )
    linked = Travel(
        parts=parts,
        ends=np.array([[1.0, 0.0], [1999.0, 0.0]]),
        end_parts=np.array([0, 1]),
        between_ends_m=np.array([[0.0, 2000.0], [2000.0, 0.0]]),
    )
    for travel, open_ in ((apart, True), (linked, False)):
        crosses, unbridged = crossings(ground([]), travel, places, one, np.array([SCHOOL]), other)
        assert (crosses.item(), unbridged.item()) == (True, open_)


COORDINATE = st.integers(-700, 700).map(float)
PLACE = st.tuples(COORDINATE, COORDINATE)


@given(
    st.lists(PLACE, min_size=1, max_size=4),
    st.lists(PLACE, min_size=1, max_size=3),
    st.lists(st.tuples(PLACE, PLACE).filter(lambda ends: ends[0] != ends[1]), max_size=3),
    st.lists(st.tuples(PLACE, PLACE).filter(lambda ends: ends[0] != ends[1]), max_size=3),
)
@settings(max_examples=60)
def test_marks_are_those_of_looking_at_each_way_by_itself(
    homes: list[Any], schools: list[Any], barriers: list[Any], links: list[Any]
) -> None:
    walls, bridges = ([shapely.LineString(ends) for ends in lines] for lines in (barriers, links))
    same = np.zeros(len(homes), dtype=np.int64), np.zeros(len(schools), dtype=np.int64)
    crosses, unbridged = crossings(
        ground(walls, bridges), LAND, np.array(homes), same[0], np.array(schools), same[1]
    )
    for i, home in enumerate(homes):
        for j, school in enumerate(schools):
            # shapely lets a line of no length meet nothing at an end
            line = shapely.Point(home) if home == school else shapely.LineString([home, school])
            met = [wall for wall in walls if wall.intersects(line)]
            assert crosses[i, j] == bool(met)
            assert unbridged[i, j] == any(not _bridged(wall, line, bridges) for wall in met)


def _bridged(wall: Any, line: Any, bridges: list[Any]) -> bool:
    spots = [one.intersection(wall) for one in bridges if one.intersects(wall)]
    ends = [shapely.Point(end) for one in bridges for end in (one.coords[0], one.coords[-1])]
    spots += [end for end in ends if end.distance(wall) <= BARRIER_NEAR_M]
    return any(spot.distance(line) <= 300 for spot in spots)


def test_links_in_pieces_have_no_ends_and_do_no_harm() -> None:
    pieces = shapely.MultiLineString([[(900, 0), (950, 0)], [(990, 0), (1100, 0)]])
    assert way(ground([RIVER], [pieces])) == (True, False)


def test_the_bridge_over_one_barrier_does_not_bridge_the_other() -> None:
    railway = shapely.linestrings([[1500, -5000], [1500, 5000]])
    both = ground([RIVER, railway], [bridge(0, 1400, 1600)])
    assert way(both, home=(1200, 0)) == (True, False), "only the railway is on the way"
    assert way(both, school=(1200, 0)) == (True, True), "only the river is"


def test_a_way_inside_the_water_meets_it_though_it_meets_no_bank() -> None:
    lake = shapely.box(-500, -500, 2500, 500)
    assert way(ground([lake])) == (True, True)
    island = shapely.Polygon(lake.exterior, [shapely.box(-100, -100, 2100, 100).exterior])
    assert way(ground([island])) == (False, False), "an island in it is land"


def test_points_and_collections_are_barriers_too() -> None:
    assert way(ground([shapely.Point(500, 0)])) == (True, True)
    assert way(ground([shapely.Point(500, 1)])) == (False, False)
    deep = shapely.GeometryCollection([shapely.MultiLineString([RIVER]), shapely.Point(9, 9)])
    assert way(ground([deep])) == (True, True)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15)
def test_a_thousand_ways_over_crooked_barriers_are_marked_as_shapely_sees_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    walls = [shapely.LineString(rng.normal(0, 400, (30, 2)).cumsum(axis=0)) for _ in range(4)]
    lakes = [shapely.Point(*rng.uniform(-3000, 3000, 2)).buffer(rng.uniform(100, 900)) for _ in range(3)]
    bridges = [shapely.LineString(rng.uniform(-3000, 3000, (2, 2))) for _ in range(3)]
    homes, schools = rng.uniform(-4000, 4000, (60, 2)), rng.uniform(-4000, 4000, (17, 2))
    parts = np.zeros(60, dtype=np.int64), np.zeros(17, dtype=np.int64)
    shapes = [*walls, *lakes]
    crosses, unbridged = crossings(ground(shapes, bridges), LAND, homes, parts[0], schools, parts[1])
    lines = shapely.linestrings(np.stack(np.broadcast_arrays(homes[:, None], schools[None]), axis=2))
    open_ = np.zeros(lines.shape, dtype=bool)
    met = np.zeros(lines.shape, dtype=bool)
    for shape in shapes:
        hit = shapely.intersects(lines, shape)
        spots = [one.intersection(shape) for one in bridges if one.intersects(shape)]
        ends = shapely.get_parts(shapely.boundary(np.array(bridges)))
        spots += ends[shapely.distance(ends, shape) <= BARRIER_NEAR_M].tolist()
        near = np.zeros(lines.shape, dtype=bool)
        for spot in spots:
            near |= shapely.dwithin(lines, spot, 300)
        met, open_ = met | hit, open_ | (hit & ~near)
    assert (crosses == met).all()
    assert (unbridged == open_).all()
