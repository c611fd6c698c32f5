"""Datums: GCJ-02 and BD-09 there and back, and the CRS in which everything is measured."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata import XuequError
from geodata.datum import (
    bd09_to_wgs84,
    bounds_in_degrees,
    crs_of,
    gcj02_to_wgs84,
    is_geographic,
    is_metric,
    metric_crs_for,
    to_metric,
    wgs84_to_gcj02,
)

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
    with pytest.raises(XuequError, match="is not known; allowed: wgs84, gcj02, bd09, cgcs2000"):
        crs_of(datum)


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09", "cgcs2000", "EPSG:4269"])
def test_degrees_are_known_as_degrees(datum: str) -> None:
    assert is_geographic(datum)
    assert not is_metric(datum)


@pytest.mark.parametrize("datum", ["EPSG:4548", "EPSG:32650", "EPSG:2154", "local-metres"])
def test_metres_are_known_as_metres(datum: str) -> None:
    assert is_metric(datum)
    assert not is_geographic(datum)


@pytest.mark.parametrize("datum", ["EPSG:2283", "EPSG:3857", "EPSG:3395"])
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
