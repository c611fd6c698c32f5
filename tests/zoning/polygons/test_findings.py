"""What is found in the shapes of a city, one flaw at a time."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from geodata import City, read_city
from geodata.sample import write_sample
from tests.tiny import EAST, NORTH, applicants_of, layer, point, square, write_tiny
from tests.zoning.polygons.drawn import ZONES, drawn_city, polygon, several
from zoning.polygons.findings import find_all
from zoning.polygons.record import KINDS, Finding, in_order, kind_title

XIANGTAN = Path(__file__).parents[2] / "projects" / "xiangtan"


def kinds(findings: list[Finding]) -> list[str]:
    return [one.kind for one in findings]


def of_kind(city: City, kind: str) -> list[Finding]:
    return [one for one in find_all(city) if one.kind == kind]


def only(city: City, kind: str) -> Finding:
    (found,) = of_kind(city, kind)
    return found


def units(*rows: tuple[str, dict[str, Any]]) -> str:
    return layer(*[({"unit_id": unit}, shape) for unit, shape in rows])


def test_a_city_that_fits_together_has_only_its_uncovered_corner(tmp_path: Path) -> None:
    # a quarter of the east part is in no zone, and no unit lies there
    (found,) = find_all(drawn_city(tmp_path))
    assert (found.kind, found.ids, found.children) == ("uncovered", ("D1",), 0)
    assert found.area_m2 == pytest.approx(1_000_000)
    assert found.share == pytest.approx(0.25)


def test_an_overlap_names_both_zones_its_ground_and_its_children(tmp_path: Path) -> None:
    zones = {"Z1": [(0, 0), (1500, 0), (1500, 1000), (0, 1000)]}
    found = only(drawn_city(tmp_path, zones), "overlap")
    # half of U2, where 35 + 16 children live
    assert (found.ids, found.area_m2, found.children) == (("Z1", "Z2"), pytest.approx(500_000), 26)
    assert str(found.message) == "Z1 and Z2 overlap on 500,000 m², 667 m wide (26 children)"


def test_zones_for_different_categories_may_overlap(tmp_path: Path) -> None:
    zones = {"Z2": [(0, 0), (1000, 0), (1000, 1000), (0, 1000)]}
    plan = "unit_id,zone_id,category\nU1,Z1,household\nU1,Z2,points\nU2,Z2,points\nU4,Z3,\n"
    assert of_kind(drawn_city(tmp_path, zones, plan=plan), "overlap") == []


def test_a_gap_between_zones_names_its_neighbours(tmp_path: Path) -> None:
    zones = {
        "Z1": [(0, 0), (1000, 0), (1000, 400), (990, 500), (1000, 600), (1000, 1000), (0, 1000)],
    }
    found = only(drawn_city(tmp_path, zones), "gap")
    assert (found.ids, found.area_m2) == (("Z1", "Z2"), pytest.approx(1000))
    assert "gap of 1,000 m², 9.98 m wide, between Z1, Z2" in str(found.message)


def test_a_lake_drawn_as_a_barrier_is_no_gap(tmp_path: Path) -> None:
    zones = {"Z1": [(0, 0), (1000, 0), (1000, 400), (990, 500), (1000, 600), (1000, 1000), (0, 1000)]}
    lake = layer(({"barrier_id": "B1", "kind": "water"}, square(980, 350, 100, 300)))
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "barriers.geojson").write_text(lake, encoding="utf-8")
    table = '[tables.barriers]\npath = "barriers.geojson"\ndatum = "EPSG:4548"\n\n[tables.links]'
    assert of_kind(drawn_city(tmp_path / "p", zones, xuequ=[("[tables.links]", table)]), "gap") == []


def test_a_school_outside_its_own_zone_says_how_far_and_where(tmp_path: Path) -> None:
    serves = "zone_id,school_id\nZ2,S1\nZ2,S2\nZ2,S3\nZ3,S4\n"
    found = only(drawn_city(tmp_path, serves=serves), "school-outside")
    assert found.ids == ("S1", "Z1")
    words = "school S1 东一小学 lies 500 m outside the zones that it serves, in Z1"
    assert str(found.message) == words


def test_a_school_outside_its_own_zone_may_lie_in_no_zone(tmp_path: Path) -> None:
    found = only(drawn_city(tmp_path, {"Z1": [(0, 0), (400, 0), (400, 1000), (0, 1000)]}), "school-outside")
    assert "lies 100 m outside the zones that it serves, in no zone" in str(found.message)


def test_a_school_that_serves_nothing_in_another_zone_is_a_note(tmp_path: Path) -> None:
    serves = "zone_id,school_id\nZ1,S1\nZ2,S3\nZ3,S4\n"
    found = only(drawn_city(tmp_path, serves=serves), "school-inside-other")
    assert found.ids == ("S2", "Z2")


def test_a_unit_outside_every_zone_brings_its_children(tmp_path: Path) -> None:
    found = only(
        drawn_city(tmp_path, {"Z1": [(0, 1100), (500, 1100), (500, 1500), (0, 1500)]}), "unit-outside"
    )
    assert (found.ids, found.children) == (("U1",), 68)
    assert str(found.message) == "unit U1 东一小区 lies outside every zone (68 children)"


def test_a_point_outside_every_zone_is_found_like_a_polygon(tmp_path: Path) -> None:
    zones = {"Z3": [(-4000, 0), (-3000, 0), (-3000, 1000), (-4000, 1000)]}
    found = only(drawn_city(tmp_path, zones), "unit-outside")
    assert (found.ids, found.children, found.area_m2) == (("U5",), 44, None)


def test_a_unit_without_a_zone_in_the_plan_is_outside_where_zones_are_made_of_units(tmp_path: Path) -> None:
    city = read_city(
        write_tiny(
            tmp_path,
            plan="unit_id,zone_id\nU1,Z1\nU2,Z2\nU4,Z3\nU5,Z3\n",
            xuequ=('policy = "xiamen-datongchou"\n', ""),
        )
    )
    assert [one.ids for one in of_kind(city, "unit-outside")] == [("U3",)]


def test_a_unit_cut_by_a_border_has_its_share_and_children_on_each_side(tmp_path: Path) -> None:
    zones = {
        "Z1": [(0, 0), (1300, 0), (1300, 1000), (0, 1000)],
        "Z2": [(1300, 0), (2000, 0), (2000, 2000), (1300, 2000)],
    }
    found = {one.ids[0]: one for one in of_kind(drawn_city(tmp_path, zones), "unit-cut")}
    # U2 has 51 children: 35.7 and 15.3, so 36 and 15
    assert str(found["U2"].message) == (
        "unit U2 东二小区 is cut: 70.0% of its area in Z2 (36 children); "
        "30.0% of its area in Z1 (15 children)"
    )
    assert (found["U2"].share, found["U2"].children) == (pytest.approx(0.3), 15)
    # U3 has 40 children, of whom 30 % live in no zone
    assert "30.0% of its area in no zone (12 children)" in str(found["U3"].message)
    assert found["U3"].ids == ("U3", "Z2")


def test_children_with_points_of_their_own_are_counted_where_they_live(tmp_path: Path) -> None:
    zones = {
        "Z1": [(0, 0), (1300, 0), (1300, 1000), (0, 1000)],
        "Z2": [(1300, 0), (2000, 0), (2000, 2000), (1000, 2000), (1000, 1000), (1300, 1000)],
    }
    rows = "applicant_id,category,unit_id,lng,lat\n" + "".join(
        f"C{n},household,U2,{EAST + east},{NORTH + 500}\n"
        for n, east in enumerate((1100, 1200, 1250, 1500))
    )
    extra = applicants_of(rows)
    city = drawn_city(tmp_path, zones, applicants=extra["applicants"], xuequ=[extra["xuequ"]])
    message = str(only(city, "unit-cut").message)
    assert "70.0% of its area in Z2 (1 children); 30.0% of its area in Z1 (3 children)" in message


def test_less_than_a_hundredth_of_a_unit_is_how_lines_are_drawn(tmp_path: Path) -> None:
    zones = {
        "Z1": [(0, 0), (1009, 0), (1009, 1000), (0, 1000)],
        "Z2": [(1009, 0), (2000, 0), (2000, 2000), (1000, 2000), (1000, 1000), (1009, 1000)],
    }
    assert of_kind(drawn_city(tmp_path, zones), "unit-cut") == []


def test_a_unit_that_lies_elsewhere_than_the_plan_says_is_found(tmp_path: Path) -> None:
    plan = "unit_id,zone_id\nU1,Z1\nU2,Z1\nU3,Z2\nU4,Z3\nU5,Z3\n"
    found = only(drawn_city(tmp_path, plan=plan), "unit-elsewhere")
    assert (found.ids, found.children) == (("U2", "Z1", "Z2"), 51)
    assert "belongs to zone Z1 by the plan; 100.0% of it lies in Z2" in str(found.message)


def test_a_zone_in_two_pieces_is_found_unless_a_link_joins_them(tmp_path: Path) -> None:
    east, west = (
        [(0, 0), (1000, 0), (1000, 1000), (0, 1000)],
        [(-2100, 0), (-2000, 0), (-2000, 2000), (-2100, 2000)],
    )
    zones = {"Z1": several(east, west), "Z3": [(-4000, 0), (-2100, 0), (-2100, 2000), (-4000, 2000)]}
    assert of_kind(drawn_city(tmp_path / "bridge", zones), "not-connected") == []
    away = layer(
        (
            {"link_id": "L1", "length_m": 10},
            {"type": "LineString", "coordinates": [[EAST + 10, NORTH], [EAST + 20, NORTH]]},
        )
    )
    found = only(drawn_city(tmp_path / "none", zones, links=away), "not-connected")
    assert (found.ids, found.area_m2) == (("Z1",), pytest.approx(200_000))
    assert "1,000,000 + 200,000 m²" in str(found.message)


def test_a_thin_part_is_a_sliver(tmp_path: Path) -> None:
    part = [(3000, 0), (3002, 0), (3002, 500), (3000, 500)]
    found = only(drawn_city(tmp_path, {"Z1": several(ZONES["Z1"], part)}), "sliver")
    assert found.area_m2 == pytest.approx(1000)
    assert "3.98 m wide (thinner than 5 m)" in str(found.message)


def test_ground_between_zones_and_the_border_of_the_district_is_a_sliver_of_its_own(tmp_path: Path) -> None:
    zones = {"Z3": [(-3998, 0), (-2000, 0), (-2000, 2000), (-3998, 2000)]}
    found = only(drawn_city(tmp_path, zones), "border-sliver")
    assert (found.ids, found.area_m2) == (("D2",), pytest.approx(4000))


def test_spikes_and_vertices_that_stand_twice_are_found_in_the_zone_that_has_them(tmp_path: Path) -> None:
    zones = {
        "Z1": [
            (0, 0),
            (1000, 0),
            (1000, 0.0004),
            (1000, 1000),
            (500.1, 1000),
            (500, 1400),
            (499.9, 1000),
            (0, 1000),
        ]
    }
    city = drawn_city(tmp_path, zones)
    assert only(city, "duplicate").ids == ("Z1",)
    spike = only(city, "spike")
    assert spike.ids == ("Z1",)
    assert shapely.get_coordinates(spike.geometry).round(3).tolist() == [[EAST + 500, NORTH + 1400]]


def test_an_enclave_is_a_hole_in_which_another_zone_lies(tmp_path: Path) -> None:
    inner = [(-3500, 500), (-3000, 500), (-3000, 1000), (-3500, 1000)]
    zones = {"Z3": polygon(ZONES["Z3"], inner), "Z4": inner}
    found = only(drawn_city(tmp_path / "full", zones), "hole")
    assert found.ids == ("Z3", "Z4")
    # another part of the zone in the hole lies elsewhere
    zones["Z4"] = several([(4000, 0), (6000, 0), (6000, 1000), (4000, 1000)], inner)
    assert only(drawn_city(tmp_path / "part", zones), "hole").ids == ("Z3", "Z4")
    empty = drawn_city(tmp_path / "empty", {"Z3": zones["Z3"]})
    assert only(empty, "hole").ids == ("Z3",)
    assert only(empty, "gap").area_m2 == pytest.approx(250_000)


def test_a_unit_in_the_hole_of_another_is_as_it_should_be(tmp_path: Path) -> None:
    inner = [(200, 200), (300, 200), (300, 300), (200, 300)]
    rows = [("U1", polygon(ZONES["Z1"], inner)), ("U2", square(1000, 0)), ("U3", square(1000, 1000))]
    rows += [("U4", square(-4000, 0)), ("U5", point(-2500, 1500))]
    filled = drawn_city(tmp_path / "filled", units=units(*rows, ("U6", polygon(inner))))
    assert of_kind(filled, "hole") == []
    assert only(drawn_city(tmp_path / "empty", units=units(*rows)), "hole").ids == ("U1",)


def test_units_that_overlap_or_have_several_parts_are_found(tmp_path: Path) -> None:
    south = [(900, 0), (2000, 0), (2000, 500), (900, 500)]
    north = [(1000, 600), (2000, 600), (2000, 1000), (1000, 1000)]
    changed = units(
        ("U1", square(0, 0)),
        ("U2", several(south, north)),
        ("U3", square(1000, 1000)),
        ("U4", square(-4000, 0)),
        ("U5", point(-2500, 1500)),
    )  # fmt: skip
    city = drawn_city(tmp_path, units=changed)
    assert only(city, "overlap").layer == "units"
    assert (only(city, "multi-part").layer, only(city, "multi-part").ids) == ("units", ("U2",))


def test_a_project_without_polygons_has_no_findings(tmp_path: Path) -> None:
    city = drawn_city(tmp_path)
    tables = {name: table.iloc[:0] for name, table in city.tables.items()}
    assert find_all(City(**{**vars_of(city), "tables": tables})) == []


def vars_of(city: City) -> dict[str, Any]:
    return {name: getattr(city, name) for name in City.__dataclass_fields__}


def test_the_order_of_the_rows_changes_nothing(tmp_path: Path) -> None:
    zones = {"Z1": [(0, 0), (1500, 0), (1500, 1000), (0, 1000)]}
    city = drawn_city(tmp_path, zones)
    tables = {name: table.iloc[::-1].reset_index(drop=True) for name, table in city.tables.items()}
    again = find_all(City(**{**vars_of(city), "tables": tables}))
    assert [str(one.message) for one in find_all(city)] == [str(one.message) for one in again]


def test_findings_stand_by_importance_then_size() -> None:
    def one(kind: str, area: float) -> Finding:
        return Finding(
            kind=kind,
            layer="zones",
            ids=("A",),
            area_m2=area,
            geometry=shapely.Point(),
            message=kind_title(kind),
        )

    ordered = in_order([one("hole", 9), one("gap", 1), one("gap", 3), one("overlap", 2)])
    assert [(o.kind, o.area_m2) for o in ordered] == [("overlap", 2), ("gap", 3), ("gap", 1), ("hole", 9)]


def test_every_kind_has_a_title_and_an_unknown_one_none() -> None:
    assert all(str(kind_title(kind)) for kind in KINDS)
    with pytest.raises(KeyError):
        kind_title("pothole")


@pytest.mark.real_data
def test_xiangtan_has_two_gaps_one_overlap_and_a_school_in_anothers_zone(real_data: Path) -> None:
    found = find_all(read_city(XIANGTAN))
    assert [(one.kind, round(one.area_m2 or 0)) for one in found] == [
        ("overlap", 31), ("gap", 7549), ("gap", 25), ("school-inside-other", 0),
    ]  # fmt: skip
    assert found[3].ids == ("湘潭市三中", "湘钢二中教育集团钢二中校区")


def test_the_sample_city_has_none_of_the_bad_ones(tmp_path: Path) -> None:
    write_sample(tmp_path, scale=0.05)
    bad = KINDS[: KINDS.index("not-connected")]
    found = find_all(read_city(tmp_path))
    assert not set(kinds(found)) & set(bad)
    assert not pd.Series([one.layer for one in found if one.kind == "overlap"]).any()
    assert np.isfinite([one.area_m2 for one in found if one.area_m2 is not None]).all()
