"""Stand-in cells: they cover their areas, do not overlap, hold their own points, never pass for borders."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata import XuequError, read_city
from tests.tiny import EAST, NORTH, layer, point, square, write_tiny
from zoning.standins import city_stand_ins, in_degrees, stand_in_cells

METRIC = "EPSG:4548"
# an L, and a box beside it that shares the border from (600, 0) to (600, 400) but no vertex on it
AREAS = {
    "A": shapely.Polygon([(0, 0), (600, 0), (600, 400), (200, 400), (200, 900), (0, 900)]),
    "B": shapely.box(600, -100, 1000, 700),
}


def areas(shapes: dict[str, shapely.Geometry] = AREAS, crs: str | None = METRIC) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"street_id": list(shapes)}, geometry=list(shapes.values()), crs=crs)


def units(*places: tuple[float, float] | None, crs: str | None = METRIC) -> gpd.GeoDataFrame:
    ids = [f"U{at:03}" for at in range(1, len(places) + 1)]
    shapes = [None if place is None else shapely.Point(place) for place in places]
    return gpd.GeoDataFrame({"unit_id": ids, "name": ids}, geometry=shapes, crs=crs)


@given(
    st.lists(st.tuples(st.floats(-50, 1050), st.floats(-150, 950)), min_size=1, max_size=25).filter(
        lambda places: any(s.intersects(shapely.Point(p)) for p in places for s in AREAS.values())
    )
)
def test_cells_cover_their_areas_and_only_them_and_each_holds_its_point(
    places: list[tuple[float, float]],
) -> None:
    frame = units(*places)
    found = stand_in_cells(frame, areas(), area_id="street_id")
    shapes = found.cells.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    used = shapely.union_all([AREAS[one] for one in set(found.cells["within"])])
    # vertices are rounded to a millimetre, along a border of some kilometres
    assert shapely.symmetric_difference(shapely.union_all(shapes), used).area < 0.01 * used.length / 2
    own = frame.set_index("unit_id").geometry[found.cells["unit_id"]].to_numpy()
    assert (shapely.distance(shapes, own) <= 0.001).all()
    assert set(found.empty_areas) == set(AREAS) - set(found.cells["within"])
    members = set(found.cells["unit_id"]) | {
        unit for some in found.cells["shared_with"] for unit in some.split(";") if unit
    }
    assert members | set(found.outside) == set(frame["unit_id"])


def test_every_place_of_an_area_lies_in_the_cell_of_the_nearest_point() -> None:
    rng = np.random.default_rng(5)
    places = rng.uniform([0, 0], [1000, 900], (60, 2))
    frame = units(*map(tuple, places))
    cells = stand_in_cells(frame, areas(), area_id="street_id").cells
    asked = shapely.points(rng.uniform([0, -100], [1000, 900], (500, 2)))
    for area, shape in AREAS.items():
        own = cells[cells["within"] == area]
        seeds = frame.set_index("unit_id").geometry[own["unit_id"]].to_numpy()
        for one in asked[shapely.contains(shape, asked)]:
            nearest = own["unit_id"].iloc[int(np.argmin(shapely.distance(seeds, one)))]
            assert nearest in set(own["unit_id"][own.intersects(one)])


def test_two_points_part_a_box_in_the_middle() -> None:
    found = stand_in_cells(
        units((100, 50), (300, 50)), areas({"A": shapely.box(0, 0, 400, 100)}), area_id="street_id"
    )
    assert found.cells.geometry.area.tolist() == [20_000, 20_000]
    assert found.cells["stand_in"].all()


def test_units_at_one_place_share_a_cell_and_it_is_said() -> None:
    found = stand_in_cells(units((700, 50), (700, 50), (900, 50)), areas(), area_id="street_id")
    assert found.cells[["unit_id", "shared_with"]].to_numpy().tolist() == [["U001", "U002"], ["U003", ""]]
    assert [str(one) for one in found.notes()] == [
        "cells that several units at one place share: 1",
        "areas without a unit that has a point, so without a cell: 1 (A)",
    ]


def test_units_without_a_point_or_outside_every_area_are_listed() -> None:
    found = stand_in_cells(units((700, 50), None, (5000, 50)), areas(), area_id="street_id")
    assert (found.without_point, found.outside) == (("U002",), ("U003",))
    assert "units whose point lies in no area, so without a cell: 1 (U003)" in map(str, found.notes())


def test_a_unit_that_is_a_polygon_has_no_need_of_a_cell() -> None:
    frame = units((700, 50), (800, 50))
    frame.loc[1, "geometry"] = shapely.box(800, 0, 850, 50)
    assert stand_in_cells(frame, areas(), area_id="street_id").cells["unit_id"].tolist() == ["U001"]


def test_the_order_of_the_rows_does_not_matter() -> None:
    places = np.random.default_rng(5).uniform([0, 0], [1000, 400], (30, 2))
    frame = units(*map(tuple, places))
    plain = stand_in_cells(frame, areas(), area_id="street_id").cells
    other = stand_in_cells(
        frame.sample(frac=1, random_state=1), areas().iloc[::-1], area_id="street_id"
    ).cells
    assert other.equals(plain)


def test_areas_that_overlap_are_refused() -> None:
    shapes = {**AREAS, "C": shapely.box(500, 0, 700, 100)}
    with pytest.raises(XuequError, match="areas A and C overlap by 10,000 m²"):
        stand_in_cells(units((1, 1)), areas(shapes), area_id="street_id")


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4549", None])
def test_layers_in_two_systems_or_in_degrees_are_refused(crs: str | None) -> None:
    with pytest.raises(XuequError, match="both layers must be in one CRS in metres"):
        stand_in_cells(units((1, 1), crs="EPSG:4326"), areas(crs=crs), area_id="street_id")


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(XuequError, match="no unit is a point inside an area"):
        stand_in_cells(units(None, (5000, 0)), areas(), area_id="street_id")


def tiny(folder: Path, **more: str) -> Path:
    """Return the tiny project with units that are points."""
    places = {
        "U1": (500, 500),
        "U2": (1500, 500),
        "U3": (1500, 1500),
        "U4": (-3500, 500),
        "U5": (-2500, 1500),
    }
    rows = [({"unit_id": unit, "name": unit}, point(*place)) for unit, place in places.items()]
    return write_tiny(folder, units=layer(*rows), **more)


def test_cells_lie_inside_the_districts_where_no_street_has_a_polygon(tmp_path: Path) -> None:
    cells = city_stand_ins(read_city(tiny(tmp_path))).cells
    assert cells["within"].tolist() == ["D1", "D1", "D1", "D2", "D2"]
    assert cells.geometry.area.sum() == pytest.approx(8e6)


def test_cells_lie_inside_the_streets_where_these_have_polygons(tmp_path: Path) -> None:
    streets = layer(({"street_id": "T1", "name": "北"}, square(0, 1000, 2000, 1000)))
    folder = tiny(tmp_path, streets=streets)
    (folder / "streets.csv").rename(folder / "streets.geojson")
    toml = folder / "xuequ.toml"
    more = '\n[tables.streets]\npath = "streets.geojson"\ndatum = "EPSG:4548"\n'
    toml.write_text(toml.read_text(encoding="utf-8") + more, encoding="utf-8")
    found = city_stand_ins(read_city(folder))
    assert found.cells[["unit_id", "within"]].to_numpy().tolist() == [["U3", "T1"]]
    assert found.outside == ("U1", "U2", "U4", "U5")
    assert found.cells.total_bounds.tolist() == [EAST, NORTH + 1000, EAST + 2000, NORTH + 2000]


def test_without_polygons_to_be_cut_to_cells_are_refused(tmp_path: Path) -> None:
    folder = tiny(tmp_path, districts="")
    (folder / "districts.geojson").unlink()
    toml = folder / "xuequ.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(
        text.replace('[tables.districts]\npath = "districts.geojson"\ndatum = "EPSG:4548"\n', ""),
        encoding="utf-8",
    )
    with pytest.raises(XuequError, match="stand-in cells need polygons to be cut to"):
        city_stand_ins(read_city(folder))


def test_points_a_millimetre_apart_are_told_rather_than_drawn_wrongly() -> None:
    boxes = areas({"A": shapely.box(0, 0, 400, 100)})
    with pytest.raises(XuequError, match="two units lie nearer to each other than a millimetre can part"):
        stand_in_cells(units((200, 50), (200.001, 50), (200.002, 50)), boxes, area_id="street_id")


def test_cells_in_local_metres_stay_in_them() -> None:
    cells = stand_in_cells(units((700, 50)), areas(), area_id="street_id").cells
    assert in_degrees(cells, "local-metres") == (cells, "local-metres")
    placed, datum = in_degrees(cells, METRIC)
    assert (datum, placed.crs.to_epsg()) == ("wgs84", 4326)
