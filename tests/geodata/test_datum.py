"""Datums: GCJ-02 and BD-09 there and back, and the CRS in which everything is measured."""

from __future__ import annotations

import hashlib

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata import XuequError
from geodata.datum import (
    CHINA_BOX,
    FLOOR_M,
    NAMED,
    SHIFTED,
    accuracy_m,
    bd09_to_gcj02,
    bd09_to_metres,
    bd09_to_wgs84,
    bounds_in_degrees,
    convert,
    convert_shapes,
    crs_of,
    file_crs,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    in_china,
    is_geographic,
    is_metric,
    may_be,
    metres_to_bd09,
    metric_crs_for,
    need_metric,
    to_metric,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from geodata.datums.baidu import _TO_DEGREES, _TO_METRES

# one place in Xiamen in three datums, given to us from outside and not computed by this code
WGS84 = (118.0844471, 24.4824837)
GCJ02 = (118.0894287, 24.4798381)
BD09 = (118.0958639, 24.48615)
GEOD = pyproj.Geod(ellps="WGS84")

lngs = st.floats(73.5, 135.0)
lats = st.floats(18.0, 53.5)


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(GEOD.inv(*a, *b)[2])


def moved(function: object, place: tuple[float, float]) -> tuple[float, float]:
    lng, lat = function(np.array([place[0]]), np.array([place[1]]))  # type: ignore[operator]
    return float(lng[0]), float(lat[0])


def test_a_place_in_xiamen_in_wgs84_is_the_same_in_gcj02_to_a_metre() -> None:
    assert metres(moved(wgs84_to_gcj02, WGS84), GCJ02) < 1.0


def test_a_place_in_xiamen_in_gcj02_is_the_same_in_wgs84_to_a_metre() -> None:
    assert metres(moved(gcj02_to_wgs84, GCJ02), WGS84) < 1.0


def test_a_place_in_xiamen_in_bd09_is_the_same_in_wgs84_to_a_metre() -> None:
    assert metres(moved(bd09_to_wgs84, BD09), WGS84) < 1.0


def test_gcj02_in_xiamen_lies_some_five_hundred_metres_off() -> None:
    assert 400 < metres(WGS84, GCJ02) < 700


@given(lngs, lats)
def test_gcj02_leads_back_to_wgs84_within_a_fifth_of_a_metre_all_over_china(lng: float, lat: float) -> None:
    there = moved(wgs84_to_gcj02, (lng, lat))
    assert metres(moved(gcj02_to_wgs84, there), (lng, lat)) <= 0.2


@given(lngs, lats)
def test_wgs84_leads_back_to_gcj02_within_a_fifth_of_a_metre_all_over_china(lng: float, lat: float) -> None:
    there = moved(gcj02_to_wgs84, (lng, lat))
    assert metres(moved(wgs84_to_gcj02, there), (lng, lat)) <= 0.2


@given(st.lists(st.tuples(lngs, lats), min_size=2, max_size=5))
def test_a_place_moves_alike_alone_and_among_others(places: list[tuple[float, float]]) -> None:
    lng, lat = np.array(places).T
    together = np.column_stack(gcj02_to_wgs84(lng, lat))
    assert together[0].tolist() == list(moved(gcj02_to_wgs84, places[0]))


@pytest.mark.parametrize(
    ("lng", "crs"),
    [
        (118.1, "EPSG:4548"),  # Xiamen: central meridian 117
        (113.2, "EPSG:4547"),  # Guangzhou: 114
        (118.49, "EPSG:4548"),
        (118.51, "EPSG:4549"),
        (75.0, "EPSG:4534"),
        (135.0, "EPSG:4554"),
    ],
)
def test_the_metric_crs_in_china_is_the_three_degree_zone_of_the_longitude(lng: float, crs: str) -> None:
    assert metric_crs_for(lng, 24.0) == crs


@pytest.mark.parametrize("lng", [75.4, 90.2, 113.2, 118.1, 126.6, 134.0])
def test_the_three_degree_zone_has_its_meridian_within_a_degree_and_a_half(lng: float) -> None:
    crs = pyproj.CRS(metric_crs_for(lng, 30.0))
    operation = crs.coordinate_operation
    assert operation is not None
    meridian = next(p.value for p in operation.params if p.name == "Longitude of natural origin")
    assert abs(meridian - lng) <= 1.5
    assert "CGCS2000 / 3-degree" in crs.name


@pytest.mark.parametrize(
    ("lng", "lat", "crs"),
    [(-77.2, 38.8, "EPSG:32618"), (151.2, -33.9, "EPSG:32756"), (2.35, 48.86, "EPSG:32631")],
)
def test_the_metric_crs_elsewhere_is_the_utm_zone(lng: float, lat: float, crs: str) -> None:
    assert metric_crs_for(lng, lat) == crs


@pytest.mark.parametrize("datum", ["wgs48", "", "EPSG:999999", "+proj=nothing"])
def test_an_unknown_datum_is_refused_with_those_there_are(datum: str) -> None:
    with pytest.raises(XuequError, match="is not known; allowed: wgs84, gcj02, bd09, bd09-metres"):
        crs_of(datum)


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09", "cgcs2000", "EPSG:4269"])
def test_degrees_are_known_as_degrees(datum: str) -> None:
    assert is_geographic(datum)
    assert not is_metric(datum)


@pytest.mark.parametrize("datum", ["EPSG:4548", "EPSG:32650", "EPSG:2154", "local-metres"])
def test_metres_are_known_as_metres(datum: str) -> None:
    assert is_metric(datum)
    assert not is_geographic(datum)


@pytest.mark.parametrize("datum", ["EPSG:2283", "EPSG:3857", "EPSG:3395", "bd09-metres"])
def test_feet_and_the_mercator_of_web_maps_are_no_metres_on_the_ground(datum: str) -> None:
    assert not is_metric(datum)
    assert not is_geographic(datum)


def test_a_layer_in_degrees_and_one_in_metres_meet_in_the_metric_crs() -> None:
    in_degrees = to_metric(shapely.points([WGS84]), "wgs84", "EPSG:4548")
    in_gcj02 = to_metric(shapely.points([GCJ02]), "gcj02", "EPSG:4548")
    in_bd09 = to_metric(shapely.points([BD09]), "bd09", "EPSG:4548")
    assert shapely.distance(in_degrees[0], in_gcj02[0]) < 1.0
    assert shapely.distance(in_degrees[0], in_bd09[0]) < 1.0


def test_a_layer_in_the_metric_crs_stays_as_it_is() -> None:
    layer = shapely.points([[610000.0, 2710000.0]])
    assert to_metric(layer, "EPSG:4548", "EPSG:4548") is layer


def test_a_row_without_geometry_keeps_none() -> None:
    layer = np.array([shapely.Point(WGS84), None], dtype=object)
    assert to_metric(layer, "wgs84", "EPSG:4548")[1] is None


def test_bounds_of_a_layer_in_feet_are_degrees() -> None:
    # EPSG:2283 is Virginia North in US survey feet; its false origin (11482916.667, 6561666.667) lies at
    # 78.5 W, 37 2/3 N
    layer = shapely.points([[11482916.667, 6561666.667]])
    west, south, east, north = bounds_in_degrees(layer, "EPSG:2283")
    assert west == pytest.approx(-78.5, abs=1e-4)
    assert south == pytest.approx(37.6667, abs=1e-3)
    assert (east, north) == pytest.approx((west, south))


def test_bounds_of_a_layer_without_a_shape_are_not_finite() -> None:
    assert not np.isfinite(bounds_in_degrees(np.array([None], dtype=object), "EPSG:4548")).any()


# a city's own grid: 30 degrees turned, with a false origin; and one that is only moved
_ORIGIN = "+lat_0=24.4 +x_0=50000 +y_0=30000 +ellps=GRS80 +units=m"
TURNED = f"+proj=omerc +lonc=118.1 +alpha=30 +gamma=0 +k=1 {_ORIGIN}"
MOVED = f"+proj=tmerc +lon_0=118.1 {_ORIGIN}"
EVERY = ("wgs84", "gcj02", "bd09", "bd09-metres", "cgcs2000", "EPSG:4548", MOVED, TURNED)


def public_formula(lng: float, lat: float) -> tuple[float, float]:
    """The formula of GCJ-02 as it is passed around, term by term, beside the quicker one of the code."""
    x, y, pi = lng - 105.0, lat - 35.0, np.pi
    wave = (20 * np.sin(6 * x * pi) + 20 * np.sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(abs(x)) + wave
    north += (20 * np.sin(y * pi) + 40 * np.sin(y / 3 * pi)) * 2 / 3
    north += (160 * np.sin(y / 12 * pi) + 320 * np.sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(abs(x)) + wave
    east += (20 * np.sin(x * pi) + 40 * np.sin(x / 3 * pi)) * 2 / 3
    east += (150 * np.sin(x / 12 * pi) + 300 * np.sin(x / 30 * pi)) * 2 / 3
    radians, a, e2 = lat / 180 * pi, 6378245.0, 0.00669342162296594323
    magic = 1 - e2 * np.sin(radians) ** 2
    d_lat = north * 180 / (a * (1 - e2) / (magic * np.sqrt(magic)) * pi)
    d_lng = east * 180 / (a / np.sqrt(magic) * np.cos(radians) * pi)
    return float(lng + d_lng), float(lat + d_lat)


def public_bd09(lng: float, lat: float) -> tuple[float, float]:
    """BD-09 of GCJ-02 as it is passed around."""
    turn = np.pi * 3000 / 180
    radius = np.sqrt(lng * lng + lat * lat) + 0.00002 * np.sin(lat * turn)
    angle = np.arctan2(lat, lng) + 0.000003 * np.cos(lng * turn)
    return float(radius * np.cos(angle) + 0.0065), float(radius * np.sin(angle) + 0.006)


@given(lngs, lats)
def test_the_quick_formulas_are_the_public_ones(lng: float, lat: float) -> None:
    assert moved(wgs84_to_gcj02, (lng, lat)) == pytest.approx(public_formula(lng, lat), abs=1e-12)
    assert moved(gcj02_to_bd09, (lng, lat)) == pytest.approx(public_bd09(lng, lat), abs=1e-12)


@pytest.mark.parametrize(
    ("source", "target", "place", "other"),
    [
        ("wgs84", "gcj02", WGS84, GCJ02),
        ("wgs84", "bd09", WGS84, BD09),
        ("gcj02", "wgs84", GCJ02, WGS84),
        ("gcj02", "bd09", GCJ02, BD09),
        ("bd09", "wgs84", BD09, WGS84),
        ("bd09", "gcj02", BD09, GCJ02),
    ],
)
def test_the_place_in_xiamen_is_the_same_in_every_pair_of_datums_to_a_metre(
    source: str, target: str, place: tuple[float, float], other: tuple[float, float]
) -> None:
    lng, lat = convert(np.array([place[0]]), np.array([place[1]]), source, target)
    off_m = metres((float(lng[0]), float(lat[0])), other)
    assert off_m < 1.0
    assert off_m < FLOOR_M + 0.05  # the place has seven digits, one of which is a centimetre


@pytest.mark.parametrize(
    ("there", "back"),
    [
        (wgs84_to_gcj02, gcj02_to_wgs84),
        (gcj02_to_bd09, bd09_to_gcj02),
        (wgs84_to_bd09, bd09_to_wgs84),
        (bd09_to_metres, metres_to_bd09),
    ],
)
def test_a_grid_over_china_comes_back_to_1e_9_degrees(there: object, back: object) -> None:
    lng, lat = (
        part.ravel() for part in np.meshgrid(np.linspace(73.0, 136.0, 211), np.linspace(3.0, 54.0, 173))
    )
    again = back(*there(lng, lat))
    assert np.abs(again[0] - lng).max() <= 1e-9
    assert np.abs(again[1] - lat).max() <= 1e-9


@pytest.mark.parametrize("source", EVERY)
@pytest.mark.parametrize("target", EVERY)
def test_every_pair_of_datums_leads_back_within_a_fifth_of_a_metre(source: str, target: str) -> None:
    # in and around Xiamen: far off, its grids mean nothing
    rng = np.random.default_rng(11)
    lng, lat = rng.uniform(117.8, 118.5, 200), rng.uniform(24.3, 24.9, 200)
    first = convert(lng, lat, "wgs84", source)
    again = convert(*convert(*first, source, target), target, source)
    assert np.max(GEOD.inv(lng, lat, *convert(*again, source, "wgs84"))[2]) <= 0.2


OUTSIDE = [(-77.2, 38.8), (151.2, -33.9), (72.0, 30.0), (137.9, 30.0), (110.0, 0.8), (110.0, 55.9)]
DIRECTIONS = [
    wgs84_to_gcj02,
    gcj02_to_wgs84,
    gcj02_to_bd09,
    bd09_to_gcj02,
    wgs84_to_bd09,
    bd09_to_wgs84,
]


@pytest.mark.parametrize("place", OUTSIDE)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_place_outside_china_stays_where_it_is_in_every_direction(
    direction: object, place: tuple[float, float]
) -> None:
    assert moved(direction, place) == place


@given(
    st.one_of(st.floats(-180.0, 72.003), st.floats(137.835, 180.0)),
    st.floats(-90.0, 90.0),
    st.sampled_from(DIRECTIONS),
)
def test_everything_west_and_east_of_the_box_stays(lng: float, lat: float, direction: object) -> None:
    assert moved(direction, (lng, lat)) == (lng, lat)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_places_in_and_outside_china_move_alike_together_and_alone(direction: object) -> None:
    lng, lat = np.array([*OUTSIDE, WGS84, (np.nan, np.nan), GCJ02]).T
    together = np.column_stack(direction(lng, lat))
    alone = [moved(direction, place) for place in zip(lng, lat, strict=True)]
    assert np.array_equal(together, np.array(alone), equal_nan=True)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_number_of_places_and_their_order_change_no_bit(direction: object) -> None:
    # more than one block, and a rest that fills none
    rng = np.random.default_rng(5)
    lng, lat = rng.uniform(70, 140, 20_001), rng.uniform(0, 57, 20_001)
    order = rng.permutation(len(lng))
    whole = direction(lng, lat)
    shuffled = direction(lng[order], lat[order])
    assert np.array_equal(whole[0][order], shuffled[0])
    assert np.array_equal(whole[1][order], shuffled[1])


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_what_is_given_is_not_written_over(direction: object) -> None:
    lng, lat = np.array([118.0]), np.array([24.0])
    direction(lng, lat)
    assert (lng[0], lat[0]) == (118.0, 24.0)


def test_the_edge_of_the_box_is_in_china_and_what_is_no_number_is_not() -> None:
    west, south, east, north = CHINA_BOX
    lng, lat = (
        np.array([west, east, west - 1e-9, np.nan, np.inf]),
        np.array([south, north, south, 30.0, 30.0]),
    )
    assert in_china(lng, lat).tolist() == [True, True, False, False, False]


def test_within_two_kilometres_of_the_edge_a_place_may_come_back_as_its_image_but_no_further() -> None:
    # the edge cannot be sharp and lead back: the image of a place just inside may lie outside
    west, south, east, north = CHINA_BOX
    step = np.linspace(0.0, 1.0, 400)
    lng = np.concatenate([west + 0 * step, east + 0 * step, west + (east - west) * step] * 2)
    lat = np.concatenate(
        [south + (north - south) * step] * 2 + [south + 0 * step] * 2 + [north + 0 * step] * 2
    )[:2400]
    again = bd09_to_wgs84(*wgs84_to_bd09(lng, lat))
    assert np.max(GEOD.inv(lng, lat, *again)[2]) < 2000.0


# --- Baidu's metres -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("degrees", "baidu"),
    [
        # given by two converters that others wrote, from Baidu's page and from Baidu's Android library
        ((116.403874, 39.914889), (12958160.97, 4825907.72)),
        ((116.404, 39.915), (12958175.0, 4825923.77)),
        ((121.499, 31.240), (13525353.98, 3641593.36)),
        ((120.0, 35.0), (13358484.24, 4139145.66)),
    ],
)
def test_baidus_metres_of_known_places(degrees: tuple[float, float], baidu: tuple[float, float]) -> None:
    assert moved(bd09_to_metres, degrees) == pytest.approx(baidu, abs=0.05)
    assert moved(metres_to_bd09, baidu) == pytest.approx(degrees, abs=5e-7)


def test_baidus_metres_are_the_mercator_of_clarkes_ellipsoid_to_half_a_metre() -> None:
    # what the tables of polynomials fit
    lng, lat = np.linspace(73.0, 136.0, 2001), np.linspace(0.0, 60.0, 2001)
    easting, northing = bd09_to_metres(lng, lat)
    there = pyproj.Proj("+proj=merc +a=6378206.4 +rf=294.978698214")(lng, lat)
    assert np.abs(easting - there[0]).max() < 0.01
    assert np.abs(northing - there[1]).max() < 0.5


def test_the_120_numbers_of_baidus_tables_are_those_that_were_compared() -> None:
    # compared one by one, without a difference, with two transcriptions by other hands: of Baidu's page and
    # of its Android library; so a slip too small for the other tests shows
    digest = hashlib.sha256(repr((_TO_DEGREES, _TO_METRES)).encode()).hexdigest()
    assert digest == "456cac712b191b7551729ae3bf77d40d0cd14e9e8a20c7c5c6b02c62ad01b0c7"


def test_the_south_and_the_west_mirror_the_north_and_the_east() -> None:
    place = moved(bd09_to_metres, (120.0, 35.0))
    assert moved(bd09_to_metres, (-120.0, -35.0)) == (-place[0], -place[1])
    assert moved(metres_to_bd09, (-place[0], -place[1])) == pytest.approx((-120.0, -35.0))


def test_beyond_the_last_latitude_of_baidus_maps_there_is_no_number_and_converting_says_so() -> None:
    assert np.isnan(moved(bd09_to_metres, (10.0, 74.1))[1])
    assert np.isnan(moved(metres_to_bd09, (1e6, 1.3e7))[1])
    with pytest.raises(XuequError, match="1 places cannot be expressed in bd09-metres; is wgs84 the datum"):
        convert(np.array([10.0]), np.array([80.0]), "wgs84", "bd09-metres")


# --- any pair -------------------------------------------------------------------------------------


def test_a_local_grid_turned_and_moved_keeps_distances() -> None:
    lng, lat = np.array([118.08, 118.10]), np.array([24.45, 24.46])
    plain = convert(lng, lat, "wgs84", "EPSG:4548")
    for grid in (MOVED, TURNED):
        assert is_metric(grid)
        east, north = convert(lng, lat, "wgs84", grid)
        assert np.hypot(*np.diff([east, north])) == pytest.approx(np.hypot(*np.diff(plain)), rel=3e-4)
    # its origin is where the string puts it
    origin = convert(np.array([118.1]), np.array([24.4]), "wgs84", MOVED)
    assert (origin[0][0], origin[1][0]) == pytest.approx((50_000, 30_000), abs=1e-6)


def test_cgcs2000_in_degrees_and_in_metres_are_as_proj_has_them() -> None:
    # of a place on the central meridian of zone 39 the easting is 500 km
    east, north = convert(np.array([117.0]), np.array([24.5]), "cgcs2000", "EPSG:4548")
    assert east[0] == pytest.approx(500_000)
    assert north[0] == pytest.approx(2_710_810, abs=400)
    assert convert(np.array([117.0]), np.array([24.5]), "cgcs2000", "wgs84")[0][0] == 117.0


def test_what_is_blank_stays_blank() -> None:
    lng, lat = convert(np.array([np.nan, 118.0]), np.array([np.nan, 24.0]), "gcj02", "EPSG:4548")
    assert np.isnan([lng[0], lat[0]]).all()
    assert np.isfinite([lng[1], lat[1]]).all()


@pytest.mark.parametrize(("source", "target"), [("local-metres", "wgs84"), ("gcj02", "local-metres")])
def test_local_metres_cannot_be_converted(source: str, target: str) -> None:
    with pytest.raises(XuequError, match="local metres have no place on the earth"):
        convert(np.array([1.0]), np.array([1.0]), source, target)


@pytest.mark.parametrize("datum", [*NAMED, "EPSG:4548"])
def test_a_datum_in_itself_changes_nothing(datum: str) -> None:
    shapes = shapely.points([[1.0, 2.0]])
    assert convert_shapes(shapes, datum, datum) is shapes


def test_an_unknown_datum_is_refused_even_where_nothing_would_change() -> None:
    with pytest.raises(XuequError, match="is not known"):
        convert(np.array([1.0]), np.array([1.0]), "gcj2", "gcj2")


def test_heights_stay_and_rows_without_a_shape_too() -> None:
    shapes = np.array([shapely.Point(*WGS84, 7.0), shapely.Point(*WGS84), None], dtype=object)
    result = convert_shapes(shapes, "wgs84", "gcj02")
    assert shapely.get_z(result[0]) == 7.0
    assert not shapely.has_z(result[1])
    assert result[2] is None
    assert (result[0].x, result[0].y) == (result[1].x, result[1].y)


def test_bounds_of_baidus_metres_are_degrees() -> None:
    layer = shapely.points([moved(bd09_to_metres, BD09)])
    assert bounds_in_degrees(layer, "bd09-metres")[:2] == pytest.approx(WGS84, abs=1e-5)


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09-metres", "EPSG:3857", "EPSG:2283"])
def test_nothing_is_measured_but_in_a_metric_crs(datum: str) -> None:
    with pytest.raises(XuequError, match="lengths and areas are measured only in a metric CRS"):
        need_metric(datum)


@pytest.mark.parametrize("datum", ["EPSG:4548", "local-metres", MOVED])
def test_in_a_metric_crs_one_may_measure(datum: str) -> None:
    need_metric(datum)


@pytest.mark.parametrize(
    ("source", "target", "accuracy"),
    [
        ("wgs84", "EPSG:4548", 0.0),
        ("gcj02", "wgs84", FLOOR_M),
        ("EPSG:4549", "bd09-metres", FLOOR_M),
        ("gcj02", "bd09", FLOOR_M),
        ("bd09", "bd09-metres", 0.0),
        ("EPSG:4214", "wgs84", None),  # Beijing 1954, without a grid of corrections
        ("gcj02", "gcj02", 0.0),
    ],
)
def test_the_accuracy_is_the_formulas_and_projs(source: str, target: str, accuracy: float | None) -> None:
    assert accuracy_m(source, target) == accuracy


# --- what files say -------------------------------------------------------------------------------


@pytest.mark.parametrize("datum", [*NAMED, "EPSG:4548", MOVED])
def test_what_a_file_says_of_a_datum_is_understood_as_that_datum(datum: str) -> None:
    assert may_be(file_crs(datum).to_wkt(), datum)


@pytest.mark.parametrize("datum", SHIFTED)
def test_a_file_in_a_shifted_datum_does_not_say_that_it_is_wgs84(datum: str) -> None:
    assert not file_crs(datum).equals(crs_of("wgs84"), ignore_axis_order=True)
    assert not may_be(file_crs(datum).to_wkt(), "wgs84")


def test_a_file_that_says_wgs84_may_be_shifted_for_want_of_a_code() -> None:
    assert may_be("EPSG:4326", "gcj02")
    assert may_be("EPSG:4326", "bd09")
    assert not may_be("EPSG:4490", "gcj02")
    assert not may_be(TURNED, MOVED)
