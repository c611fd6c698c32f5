"""Polygons of zones: as given, or the union of their units."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import shapely

from geodata import City, read_city
from tests.tiny import EAST, NORTH, Edit, layer, square, write_tiny
from zoning import outline_zones, plan_in


def outlines(city: City) -> gpd.GeoSeries:
    return outline_zones(city, plan_in(city, 2024)).set_index("zone_id").geometry


def read(tmp_path: Path, **changes: Edit) -> City:
    return read_city(write_tiny(tmp_path / "project", **changes))


def box(west: float, south: float, east: float, north: float) -> shapely.Geometry:
    return shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north)


def test_a_zone_is_the_union_of_its_units(tmp_path: Path) -> None:
    found = outlines(read(tmp_path))
    assert found["Z2"].equals(box(1000, 0, 2000, 2000))
    assert found["Z2"].geom_type == "Polygon"


def test_units_that_are_points_make_no_outline(tmp_path: Path) -> None:
    # Z3 is the square U4 and the point U5
    assert outlines(read(tmp_path))["Z3"].equals(box(-4000, 0, -3000, 1000))


def test_a_zone_of_points_alone_has_no_outline(tmp_path: Path) -> None:
    found = outlines(read(tmp_path, plan=("U4,Z3\n", "")))
    assert found.isna().to_dict() == {"Z1": False, "Z2": False, "Z3": True}


def test_units_apart_make_an_outline_in_parts(tmp_path: Path) -> None:
    found = outlines(read(tmp_path, plan=("U4,Z3", "U4,Z1")))
    assert found["Z1"].geom_type == "MultiPolygon"
    assert found["Z1"].area == 2e6


def test_units_that_overlap_are_counted_once(tmp_path: Path) -> None:
    units = layer(
        ({"unit_id": "U1"}, square(0, 0)),
        ({"unit_id": "U2"}, square(1000, 0)),
        ({"unit_id": "U3"}, square(1000, 500)),
        ({"unit_id": "U4"}, square(-4000, 0)),
        ({"unit_id": "U5"}, square(-4000, 1000)),
    )
    assert outlines(read(tmp_path, units=units))["Z2"].area == 1.5e6


def test_a_row_for_one_category_makes_no_outline(tmp_path: Path) -> None:
    plan = "unit_id,zone_id,category\nU1,Z1,\nU2,Z2,\nU3,Z2,\nU4,Z3,\nU5,Z3,\nU1,Z2,points\n"
    assert outlines(read(tmp_path, plan=plan))["Z2"].equals(box(1000, 0, 2000, 2000))


def test_a_polygon_that_is_given_is_kept(tmp_path: Path) -> None:
    zones = layer(
        ({"zone_id": "Z1"}, square(0, 0, 1234)), ({"zone_id": "Z2"}, None), ({"zone_id": "Z3"}, None)
    )
    folder = write_tiny(
        tmp_path, zones=None, xuequ=('path = "zones.csv"', 'path = "zones.geojson"\ndatum = "EPSG:4548"')
    )
    (folder / "zones.geojson").write_text(zones)
    found = outlines(read_city(folder))
    assert found["Z1"].area == 1234**2
    assert found["Z2"].area == 2e6


def test_the_outline_is_in_the_metric_crs_of_the_city(tmp_path: Path) -> None:
    city = read(tmp_path)
    assert outline_zones(city, plan_in(city, 2024)).crs.to_epsg() == 4548


def test_the_citys_own_table_is_left_as_it_is(tmp_path: Path) -> None:
    city = read(tmp_path)
    outlines(city)
    assert city["zones"].geometry.isna().all()
