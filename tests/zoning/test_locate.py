"""Where a child lives: the unit named, the unit or the zone in which the point lies, the zone named."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata import DataError, read_city
from tests.tiny import EAST, NORTH, Edit, applicants_of, write_tiny
from zoning import locate_children, plan_in
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


cells = st.integers(0, 3)


@given(st.lists(st.tuples(cells, cells, st.sampled_from("ABCDEF")), min_size=1, max_size=6), cells, cells)
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
