"""Where a child lives: the unit named, the unit or the zone in which the point lies, the zone named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import DataError, read_city
from tests.tiny import EAST, NORTH, Edit, applicants_of, write_tiny
from zoning import cells, locate, locate_children, plan_in
from zoning.locate import lowest_id_at, unit_points

HEAD = "applicant_id,category,unit_id,zone_id,lng,lat\n"


def at(east: float, north: float) -> str:
    return f"{EAST + east},{NORTH + north}"


def located(tmp_path: Path, rows: str, **changes: Edit) -> pd.DataFrame:
    city = read_city(write_tiny(tmp_path / "project", **applicants_of(HEAD + rows), **changes))
    found = locate_children(city, plan_in(city, 2024), city["applicants"])
    return found.set_index("applicant_id")


def one(tmp_path: Path, row: str, **changes: Edit) -> tuple[object, ...]:
    child = located(tmp_path, row + "\n", **changes).iloc[0]
    return tuple(
        None if pd.isna(child[name]) else child[name] for name in ("unit_id", "zone_id", "district_id")
    )


def test_a_child_lives_in_the_unit_that_the_row_names(tmp_path: Path) -> None:
    assert one(tmp_path, "C1,points,U4,,,") == ("U4", "Z3", "D2")


def test_the_unit_named_counts_before_the_point(tmp_path: Path) -> None:
    assert one(tmp_path, f"C1,points,U4,,{at(500, 500)}") == ("U4", "Z3", "D2")


def test_a_child_with_a_point_lives_in_the_unit_in_which_it_lies(tmp_path: Path) -> None:
    assert one(tmp_path, f"C1,points,,,{at(1500, 1500)}") == ("U3", "Z2", "D1")


def test_a_point_on_the_border_of_two_units_goes_to_the_lower_id(tmp_path: Path) -> None:
    assert one(tmp_path, f"C1,points,,,{at(1000, 500)}") == ("U1", "Z1", "D1")


def test_a_point_on_a_corner_of_three_units_goes_to_the_lowest_id(tmp_path: Path) -> None:
    assert one(tmp_path, f"C1,points,,,{at(1000, 1000)}") == ("U1", "Z1", "D1")


def test_a_point_in_a_unit_without_a_plan_goes_to_the_zone_in_whose_polygon_it_lies(tmp_path: Path) -> None:
    folder = write_tiny(
        tmp_path / "project",
        **{
            **applicants_of(HEAD + f"C1,points,,,{at(500, 500)}\n"),
            "zones": None,
            "plan": ("U1,Z1\n", ""),
            "demand": ("U1,household,2024,48\nU1,points,2024,20\n", ""),
        },
    )
    text = (folder / "xuequ.toml").read_text(encoding="utf-8")
    text = text.replace('path = "zones.csv"', 'path = "zones.geojson"\ndatum = "EPSG:4548"')
    (folder / "xuequ.toml").write_text(text, encoding="utf-8")
    ring = f"[{EAST},{NORTH}],[{EAST + 900},{NORTH}],[{EAST + 900},{NORTH + 900}],[{EAST},{NORTH}]"
    features = (
        '{"type":"FeatureCollection","features":['
        f'{{"type":"Feature","properties":{{"zone_id":"Z1"}},"geometry":{{"type":"Polygon","coordinates":[[{ring}]]}}}},'
        '{"type":"Feature","properties":{"zone_id":"Z2"},"geometry":null},'
        '{"type":"Feature","properties":{"zone_id":"Z3"},"geometry":null}]}'
    )
    (folder / "zones.geojson").write_text(features)
    city = read_city(folder)
    found = locate_children(city, plan_in(city, 2024), city["applicants"])
    assert found["unit_id"].tolist() == ["U1"]
    assert found["zone_id"].tolist() == ["Z1"]


def test_a_child_without_unit_and_point_lives_in_the_zone_that_the_row_names(tmp_path: Path) -> None:
    assert one(tmp_path, "C1,points,,Z3,,") == (None, "Z3", "D2")


def test_a_child_of_a_category_with_a_plan_of_its_own_follows_it(tmp_path: Path) -> None:
    plan = "unit_id,zone_id,category\nU1,Z1,\nU2,Z2,\nU3,Z2,\nU4,Z3,\nU5,Z3,\nU1,Z2,points\n"
    assert one(tmp_path / "a", "C1,points,U1,,,", plan=plan)[1] == "Z2"
    assert one(tmp_path / "b", "C1,household,U1,,,", plan=plan)[1] == "Z1"


def test_a_zone_named_that_agrees_with_the_unit_is_fine(tmp_path: Path) -> None:
    assert one(tmp_path, "C1,points,U4,Z3,,") == ("U4", "Z3", "D2")


def test_a_zone_named_that_contradicts_the_unit_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(
        DataError,
        match=r"applicants, column zone_id: found 'Z1'; the zone of the home, Z3 \(applicant C1\)\. "
        "To do: correct the zone or the unit, or leave the zone blank",
    ):
        located(tmp_path, "C1,points,U4,Z1,,\n")


def test_a_zone_named_that_contradicts_the_point_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"found 'Z3'; the zone of the home, Z1 \(applicant C1\)"):
        located(tmp_path, f"C1,points,,Z3,{at(500, 500)}\n")


def test_a_child_who_lives_nowhere_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(
        DataError,
        match=r"applicants, column unit_id: a unit, a point or a zone from which the zone follows "
        r"\(applicant C1\)\. To do: give the unit, or add the unit to the plan",
    ):
        located(tmp_path, "C1,points,,,,\n")


def test_a_child_of_a_unit_that_the_plan_does_not_have_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"column unit_id: found 'U4'; a unit, a point or a zone"):
        located(tmp_path, "C1,points,U4,,,\n", plan=("U4,Z3\n", ""))


def test_every_child_who_lives_nowhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"\(2\):[\s\S]*applicant C1[\s\S]*applicant C3"):
        located(tmp_path, "C1,points,,,,\nC2,points,U1,,,\nC3,points,,,,\n")


def test_distance_counts_from_the_childs_own_point_and_else_from_the_unit(tmp_path: Path) -> None:
    found = located(tmp_path, f"C1,points,U1,,{at(100, 200)}\nC2,points,U1,,,\nC3,points,,Z1,,\n")
    assert found["geometry"]["C1"].equals(shapely.Point(EAST + 100, NORTH + 200))
    assert found["geometry"]["C2"].equals(shapely.Point(EAST + 500, NORTH + 500))
    assert found["geometry"]["C3"] is None


def test_children_of_a_unit_share_a_home_and_one_with_a_point_has_its_own(tmp_path: Path) -> None:
    rows = f"C1,points,U1,,,\nC2,household,U1,,,\nC3,points,U1,,{at(1, 1)}\nC4,points,,Z1,,\n"
    homes = located(tmp_path, rows)["home_id"]
    assert homes.to_dict() == {"C1": "unit:U1", "C2": "unit:U1", "C3": "child:C3", "C4": "zone:Z1"}


def test_the_point_of_a_unit_lies_inside_it(tmp_path: Path) -> None:
    city = read_city(write_tiny(tmp_path))
    points = unit_points(city)
    for unit, shape in zip(city["units"]["unit_id"], city["units"].geometry, strict=True):
        assert shape.intersects(points[unit])


squares = st.integers(0, 3)


@given(
    st.lists(st.tuples(squares, squares, st.sampled_from("ABCDEF")), min_size=1, max_size=6),
    squares,
    squares,
)
def test_the_lowest_id_of_all_shapes_that_touch_a_point_is_found(
    squares: list[tuple[int, int, str]], east: int, north: int
) -> None:
    shapes = shapely.box(
        [e for e, _, _ in squares],
        [n for _, n, _ in squares],
        [e + 1 for e, _, _ in squares],
        [n + 1 for _, n, _ in squares],
    )
    found = lowest_id_at(shapely.points([[east, north]]), shapes, pd.Series([i for _, _, i in squares]))
    touching = [i for e, n, i in squares if e <= east <= e + 1 and n <= north <= n + 1]
    assert found.tolist() == [min(touching, default=None)]


def coverage(side: int, rng: np.random.Generator) -> list[shapely.Polygon]:
    """Return side x side crooked cells that share their corners, each border a chain of corners."""
    corner = np.stack(np.meshgrid(np.arange(side + 1.0), np.arange(side + 1.0)), axis=-1)
    corner += rng.uniform(-0.3, 0.3, corner.shape)
    bend = rng.uniform(-0.05, 0.05, (2, side + 1, side + 1, 2))
    across = (corner[:, :-1] + corner[:, 1:]) / 2 + bend[0, :, :-1]
    up = (corner[:-1] + corner[1:]) / 2 + bend[1, :-1]
    return [
        shapely.Polygon(
            [
                corner[r, c],
                across[r, c],
                corner[r, c + 1],
                up[r, c + 1],
                corner[r + 1, c + 1],
                across[r + 1, c],
                corner[r + 1, c],
                up[r, c],
            ]
        )
        for r in range(side)
        for c in range(side)
    ]


def brute(points: list[shapely.Point], shapes: list[shapely.Polygon], ids: list[str]) -> list[str | None]:
    return [
        min((i for shape, i in zip(shapes, ids, strict=True) if shape.intersects(p)), default=None)
        for p in points
    ]


def test_corners_and_middles_of_crooked_borders_go_where_brute_force_says() -> None:
    rng = np.random.default_rng(5)
    shapes = coverage(4, rng)
    assert shapely.is_valid(shapes).all()
    ids = [f"Z{number}" for number in rng.permutation(len(shapes))]
    corners = shapely.get_coordinates(shapes)
    middles = (corners[:-1] + corners[1:]) / 2
    points = list(shapely.points(np.vstack([corners, middles, rng.uniform(-1, 5, (200, 2))])))
    found = lowest_id_at(np.array(points), np.array(shapes), pd.Series(ids))
    assert found.tolist() == brute(points, shapes, ids)


def test_no_point_falls_between_neighbours_that_share_their_corners() -> None:
    rng = np.random.default_rng(6)
    shapes = np.array(coverage(4, rng))
    inner = shapely.polygons([[1, 1], [3, 1], [3, 3], [1, 3]]).buffer(-0.4)
    rings = shapely.get_coordinates(shapes)
    share = rng.uniform(0, 1, (len(rings) - 1, 1))
    near_borders = rings[:-1] * share + rings[1:] * (1 - share)
    points = shapely.points(near_borders)
    points = points[shapely.intersects(inner, points)]
    assert len(points) > 10
    found = lowest_id_at(points, shapes, pd.Series([f"Z{i:02}" for i in range(len(shapes))]))
    assert not pd.isna(found).any()


def test_a_grid_of_points_on_the_borders_of_squares_goes_to_the_lowest_id_in_any_order_of_rows() -> None:
    side = 5
    corner = np.arange(side * side)
    squares = shapely.box(corner % side, corner // side, corner % side + 1, corner // side + 1)
    ids = pd.Series([f"Z{(number * 7) % 25}" for number in corner])
    grid = np.stack(np.meshgrid(np.arange(0, side + 0.1, 0.5), np.arange(0, side + 0.1, 0.5)), axis=-1)
    points = shapely.points(grid.reshape(-1, 2))
    found = lowest_id_at(points, squares, ids)
    assert found.tolist() == brute(list(points), list(squares), ids.tolist())
    turned = lowest_id_at(points, squares[::-1], ids[::-1])
    assert turned.tolist() == found.tolist()


def test_ids_are_compared_as_texts() -> None:
    squares = shapely.box([0, 1], 0, [1, 2], 1)
    assert lowest_id_at(shapely.points([[1, 0.5]]), squares, pd.Series(["9", "10"])).tolist() == ["10"]


def test_absent_points_and_shapes_are_nowhere() -> None:
    shapes = np.array([None, shapely.box(0, 0, 1, 1)], dtype=object)
    points = np.array([None, shapely.Point(), shapely.Point(0.5, 0.5)], dtype=object)
    assert lowest_id_at(points, shapes, pd.Series(["A", "B"])).tolist() == [None, None, "B"]
    assert lowest_id_at(points, shapes[:0], pd.Series([], dtype="str")).tolist() == [None, None, None]
    assert lowest_id_at(points[:0], shapes, pd.Series(["A", "B"])).tolist() == []


def test_points_are_looked_up_in_parts_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(7)
    squares = shapely.box([0, 1, 0], [0, 0, 1], [1, 2, 2], [1, 1, 2])
    points = shapely.points(rng.integers(0, 5, (300, 2)) / 2)
    ids = pd.Series(["B", "A", "C"])
    whole = lowest_id_at(points, squares, ids)
    monkeypatch.setattr(locate, "_PAIRS", 1)  # a point at a time
    assert lowest_id_at(points, squares, ids).tolist() == whole.tolist()


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 9), st.sampled_from([1.0, 1e-7, 5e5]))
def test_points_in_crooked_and_overlapping_shapes_go_where_brute_force_says(
    seed: int, cells_a_side: int, scale: float
) -> None:
    rng = np.random.default_rng(seed)
    shapes = [*coverage(2, rng), shapely.Point(1, 1).buffer(0.7), shapely.Point(0.5, 0.5)]
    move = rng.choice([0.0, 3e6])
    shapes = list(shapely.transform(np.array(shapes), lambda at: at * scale + move))
    ids = [f"Z{number}" for number in rng.permutation(len(shapes))]
    corners = shapely.get_coordinates(shapes)
    places = np.vstack([corners, rng.uniform(-0.5, 2.5, (50, 2)) * scale + move])
    points = list(shapely.points(places))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "_POINTS_A_CELL", np.sqrt(len(points)) / cells_a_side)
        found = lowest_id_at(np.array(points), np.array(shapes), pd.Series(ids))
    assert found.tolist() == brute(points, shapes, ids)
