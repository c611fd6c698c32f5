"""Neighbours by shared border, and the barriers between them."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata import XuequError
from tests.zoning.polygons.drawn import frame
from zoning.polygons.adjacency import barred_neighbours, linked_pairs, neighbours

# A | B side by side, C above B, D far away
A, B, C, D = shapely.box([0, 100, 100, 900], [0, 0, 100, 0], [100, 200, 200, 950], [100, 100, 200, 50])
GRID = frame(A, B, C, D)


def barriers(**shapes: object) -> gpd.GeoDataFrame:
    kinds = [name.rstrip("0123456789") for name in shapes]
    return gpd.GeoDataFrame({"kind": kinds}, geometry=list(shapes.values()), crs=GRID.crs)


def row(found: pd.DataFrame, a: str, b: str) -> dict[str, object]:
    return found[(found["a"] == a) & (found["b"] == b)].iloc[0].to_dict()


def test_neighbours_share_a_border_and_not_only_a_corner() -> None:
    assert neighbours(GRID, "id").to_numpy().tolist() == [["A", "B", 100.0], ["B", "C", 100.0]]


def test_a_polygon_in_the_hole_of_another_shares_its_whole_outline() -> None:
    hole = shapely.box(0, 0, 90, 90).difference(shapely.box(30, 30, 60, 60))
    assert neighbours(frame(hole, shapely.box(30, 30, 60, 60)), "id")["border_m"].tolist() == [120]


def test_ids_are_ordered_as_text_whatever_the_order_of_the_rows() -> None:
    turned = GRID.iloc[::-1].reset_index(drop=True)
    pd.testing.assert_frame_equal(neighbours(GRID, "id"), neighbours(turned, "id"))


def test_rows_without_a_polygon_have_no_neighbours() -> None:
    assert len(neighbours(frame(A, None, B), "id")) == 1


def test_degrees_are_refused() -> None:
    with pytest.raises(XuequError, match="measured in metres"):
        neighbours(frame(A, B, crs="EPSG:4326"), "id")


@given(st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=15))
def test_cells_of_a_grid_are_neighbours_where_they_share_a_side(cells: set[tuple[int, int]]) -> None:
    places = sorted(cells)
    shapes = [shapely.box(x, y, x + 1, y + 1) for x, y in places]
    layer = gpd.GeoDataFrame({"id": [f"{x}{y}" for x, y in places]}, geometry=shapes, crs="EPSG:4548")
    found = {(a, b) for a, b in neighbours(layer, "id")[["a", "b"]].to_numpy().tolist()}
    sides = {(f"{x}{y}", f"{x + dx}{y + dy}") for x, y in cells for dx, dy in ((0, 1), (1, 0))}
    assert found == {pair for pair in sides if (int(pair[1][0]), int(pair[1][1])) in cells}


def test_a_river_along_the_border_is_recorded_with_its_length() -> None:
    river = shapely.LineString([(105, -20), (105, 60)])
    found = row(barred_neighbours(GRID, "id", barriers(river=river)), "A", "B")
    # the border x = 100 from 0 to 100; near the river up to 60 + sqrt(15² - 5²)
    assert found["along_m"] == pytest.approx(60 + np.sqrt(200), abs=0.3)
    assert found["kinds"] == ("river",)
    assert found["crossed"]
    assert not found["linked"]


def test_a_road_that_crosses_the_border_at_right_angles_is_no_barrier_along_it() -> None:
    road = shapely.LineString([(50, 90), (150, 90)])
    found = row(barred_neighbours(GRID, "id", barriers(road=road)), "A", "B")
    assert found["along_m"] == pytest.approx(25, abs=0.1)  # 15 m to the south, 10 m to the corner
    assert found["kinds"] == ()
    assert not found["crossed"]


def test_a_barrier_between_the_middles_is_recorded_though_it_is_far_from_the_border() -> None:
    railway = shapely.LineString([(70, -10), (70, 110)])
    found = row(barred_neighbours(GRID, "id", barriers(railway=railway)), "A", "B")
    assert (found["along_m"], found["kinds"], found["crossed"]) == (0, ("railway",), True)


def test_water_as_a_polygon_counts_like_a_line_and_each_metre_once() -> None:
    water = shapely.box(95, -5, 105, 105)
    river = shapely.LineString([(100, -20), (100, 120)])
    found = row(barred_neighbours(GRID, "id", barriers(water=water, river=river)), "A", "B")
    assert (found["along_m"], found["kinds"]) == (pytest.approx(100), ("river", "water"))


def test_a_bridge_restores_what_the_river_parts_and_joins_what_shares_no_border() -> None:
    river = shapely.LineString([(100, -20), (100, 120)])
    bridge = shapely.LineString([(80, 50), (120, 50)])
    ferry = shapely.LineString([(190, 20), (910, 20)])
    links = gpd.GeoDataFrame(geometry=[bridge, ferry, None], crs=GRID.crs)
    found = barred_neighbours(GRID, "id", barriers(river=river), links)
    assert row(found, "A", "B")["linked"]
    assert not row(found, "B", "C")["linked"]
    assert row(found, "B", "D") == {
        "a": "B", "b": "D", "border_m": 0, "kinds": (), "along_m": 0, "crossed": False, "linked": True,
    }  # fmt: skip


def test_no_barriers_and_no_links_say_so() -> None:
    found = barred_neighbours(GRID, "id", barriers(), None)
    assert found["kinds"].tolist() == [(), ()]
    assert not found[["crossed", "linked"]].to_numpy().any()


def test_a_bridge_that_ends_short_of_the_polygons_joins_them_and_a_shorter_one_none() -> None:
    shapes = np.array([A, D], dtype=object)
    reaching = shapely.LineString([(125, 20), (875, 20)])  # 25 m before either
    short = shapely.LineString([(135, 20), (865, 20)])
    assert linked_pairs(shapes, np.array([reaching, short])).tolist() == [[0, 1]]
    assert linked_pairs(shapes, np.array([short])).tolist() == []


@pytest.mark.real_data
def test_fairfax_has_the_published_shared_borders_and_no_other(real_data: Path) -> None:
    blocks = gpd.read_file(real_data / "fairfax" / "ffx_blocks.gpkg").to_crs("EPSG:32618")
    found = neighbours(blocks, "block_idx")
    published = pd.read_csv(real_data / "fairfax" / "adjacency.csv")
    ours = {frozenset((int(a), int(b))) for a, b in zip(found["a"], found["b"], strict=True)}
    assert len(ours) == 23_196
    assert ours == {frozenset(pair) for pair in published[["u", "v"]].to_numpy().tolist()}
