"""Fewer vertices, with shared borders still shared."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geodata import XuequError
from tests.zoning.polygons.drawn import frame
from zoning.polygons import coverage
from zoning.polygons.simplify import simplify_coverage, simplify_zones

# two zones with a wavy border between them, 10 m high in the middle
WAVE = [(x, 5 * (-1) ** (x // 10)) for x in range(10, 1000, 10)]
SOUTH = shapely.Polygon([(0, 0), (0, -500), (1000, -500), (1000, 0), *WAVE[::-1]])
NORTH = shapely.Polygon([(0, 0), *WAVE, (1000, 0), (1000, 500), (0, 500)])


def no_gap_or_overlap(shapes: np.ndarray) -> bool:
    union = coverage.union_of(shapes)
    gaps = coverage.gaps(shapes, union, inside=None, water=np.empty(0, dtype=object))
    return bool(shapely.coverage_is_valid(shapes)) and len(gaps) == len(coverage.overlaps(shapes)[2]) == 0


def test_a_shared_border_stays_shared_with_fewer_vertices() -> None:
    found = simplify_zones(frame(SOUTH, NORTH), 50)
    assert found.geometry.count_coordinates().sum() < 30
    assert no_gap_or_overlap(found.geometry.to_numpy())
    # one by one, the two would part
    apart = shapely.simplify(np.array([SOUTH, NORTH]), 9)
    assert not shapely.coverage_is_valid(apart) or len(shapely.get_coordinates(apart)) > 30


def test_a_school_near_the_border_stays_in_its_zone() -> None:
    # the wave goes to 5 m north at x = 500; the straight border would leave the school north of it
    school = shapely.Point(500, 3)
    assert SOUTH.intersects(school)
    schools = gpd.GeoDataFrame(geometry=[school, None], crs="EPSG:4548")
    free = simplify_zones(frame(SOUTH, NORTH), 50).geometry[0]
    held = simplify_zones(frame(SOUTH, NORTH), 50, schools).geometry[0]
    assert not free.intersects(school)
    assert held.intersects(school)


def test_a_small_zone_does_not_vanish() -> None:
    islet = shapely.Point(3000, 0).buffer(3, quad_segs=16)
    found = simplify_zones(frame(SOUTH, NORTH, islet), 1000)
    assert not found.geometry.is_empty.any()
    assert found.geometry.is_valid.all()


def test_a_row_without_a_polygon_keeps_having_none() -> None:
    assert simplify_zones(frame(SOUTH, None), 5).geometry.isna().tolist() == [False, True]


def test_where_no_tolerance_will_do_the_polygons_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = np.array([SOUTH, NORTH], dtype=object)
    monkeypatch.setattr(shapely, "coverage_simplify", lambda shapes, tolerance: [shapely.Polygon()] * 2)
    assert simplify_coverage(shapes, 50, np.empty(0, dtype=object)) is shapes


def test_polygons_that_overlap_are_sent_to_repair() -> None:
    with pytest.raises(XuequError, match="xuequ repair"):
        simplify_zones(frame(shapely.box(0, 0, 10, 10), shapely.box(9, 0, 20, 10)), 5)


@pytest.mark.parametrize("tolerance_m", [0.0, -1.0, float("nan")])
def test_a_tolerance_of_nothing_is_refused(tolerance_m: float) -> None:
    with pytest.raises(XuequError, match="more than 0"):
        simplify_zones(frame(SOUTH, NORTH), tolerance_m)


def test_degrees_are_refused() -> None:
    with pytest.raises(XuequError, match="measured in metres"):
        simplify_zones(frame(SOUTH, NORTH, crs="EPSG:4326"), 5)


@pytest.mark.real_data
@pytest.mark.parametrize("tolerance_m", [20, 100])
def test_the_districts_of_xiamen_fit_together_with_fewer_vertices(
    real_data: Path, tolerance_m: float
) -> None:
    districts = gpd.read_file(real_data / "xiamen" / "districts_wgs84.geojson").to_crs("EPSG:4548")
    found = simplify_zones(districts, tolerance_m)
    # 2,301 vertices become 1,924 at 20 m and 995 at 100 m; no islet is lost
    assert found.geometry.count_coordinates().sum() == {20: 1924, 100: 995}[tolerance_m]
    assert no_gap_or_overlap(found.geometry.to_numpy())
    parts = [layer.geometry.apply(shapely.get_num_geometries).tolist() for layer in (districts, found)]
    assert parts[0] == parts[1]
