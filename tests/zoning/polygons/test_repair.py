"""Mending polygons: nothing moves a school, every change has a row, the rest fits together."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import City, DataError, XuequError, read_city
from geodata.messages import speaker
from tests.tiny import EAST, NORTH, write_tiny
from tests.zoning.polygons.drawn import ZONES, drawn_city, drawn_project, polygon
from zoning.polygons import coverage
from zoning.polygons.broken import made_valid, read_to_repair
from zoning.polygons.changes import CHANGES, Change, change_table, change_title
from zoning.polygons.ground import ground_of
from zoning.polygons.repair import Repaired, repair_zones
from zoning.polygons.simplify import simplify_zones

XIANGTAN = Path(__file__).parents[2] / "projects" / "xiangtan"
NO_WATER = np.empty(0, dtype=object)


def repaired(city: City, **options: Any) -> Repaired:
    return repair_zones(ground_of(city), **options)


def shapes_of(found: Repaired) -> np.ndarray:
    return np.array(found.zones.geometry.to_numpy(), dtype=object)


def shape(found: Repaired, zone: str) -> shapely.Geometry:
    return found.zones.set_index("zone_id").geometry[zone]


def rows(found: Repaired, kind: str) -> list[Change]:
    return [one for one in found.changes if one.kind == kind]


def fits(found: Repaired, tolerance_m: float = 1.0) -> bool:
    shapes = shapes_of(found)
    gaps = coverage.gaps(shapes, coverage.union_of(shapes), inside=None, water=NO_WATER)
    thin = coverage.width_m(gaps) < 2 * tolerance_m
    return bool(shapely.coverage_is_valid(shapes)) and not thin.any()


def test_zones_that_fit_are_left_as_they_are(tmp_path: Path) -> None:
    city = drawn_city(tmp_path)
    found = repaired(city)
    assert found.changes == ()
    assert all(a.equals(b) for a, b in zip(shapes_of(found), city["zones"].geometry, strict=True))


def test_an_overlap_goes_to_the_zone_whose_unit_lies_on_it(tmp_path: Path) -> None:
    # Z1 takes the west 600 m of U2, with its middle, which the plan gives to Z2
    found = repaired(drawn_city(tmp_path, {"Z1": [(0, 0), (1600, 0), (1600, 1000), (0, 1000)]}))
    (row,) = rows(found, "overlap")
    assert (row.zone, row.others, row.moved_m2) == ("Z1", ("Z2",), pytest.approx(600_000))
    assert (row.before_m2, row.after_m2) == (pytest.approx(1_600_000), pytest.approx(1_000_000))
    assert row.children == 31  # 60 % of the 51 of U2
    assert "lies on it" in str(row.reason)
    assert fits(found)


def test_an_overlap_goes_to_the_zone_whose_school_lies_on_it(tmp_path: Path) -> None:
    # S1 at (500, 600) serves Z1; the ground around it is drawn in Z2 too, away from the middle of U1
    nose = [
        (1000, 0),
        (2000, 0),
        (2000, 2000),
        (1000, 2000),
        (1000, 700),
        (480, 700),
        (480, 560),
        (1000, 560),
    ]
    found = repaired(drawn_city(tmp_path, {"Z2": nose}))
    (row,) = rows(found, "overlap")
    assert (row.zone, str(row.reason)) == ("Z2", "school S1 lies on it")
    assert shape(found, "Z1").area == pytest.approx(1_000_000)


def test_an_overlap_where_nobody_is_goes_to_the_longer_border(tmp_path: Path) -> None:
    # 100 m × 20 m in the north of Z1: three sides of it run along the rest of Z1, one along Z2
    nose = [
        (1000, 0),
        (2000, 0),
        (2000, 2000),
        (1000, 2000),
        (1000, 980),
        (900, 980),
        (900, 960),
        (1000, 960),
    ]
    found = repaired(drawn_city(tmp_path, {"Z2": nose}))
    (row,) = rows(found, "overlap")
    assert (row.zone, row.moved_m2, str(row.reason)) == (
        "Z2",
        pytest.approx(2000),
        "the longest shared border",
    )
    assert fits(found)


def test_an_overlap_with_a_school_of_either_is_refused_and_stays(tmp_path: Path) -> None:
    # both S1 (Z1) and S2 (Z2) lie where the two overlap
    zones = {
        "Z1": [(0, 0), (1600, 0), (1600, 1000), (0, 1000)],
        "Z2": [(300, 0), (2000, 0), (2000, 2000), (1000, 2000), (1000, 1000), (300, 1000)],
    }
    city = drawn_city(tmp_path, zones)
    found = repaired(city)
    (row,) = rows(found, "refused")
    assert (row.zone, row.others, row.moved_m2) == ("Z1", ("Z2",), pytest.approx(1_300_000))
    assert "belong to different zones: decide by hand" in str(row.reason)
    assert shape(found, "Z1").intersection(shape(found, "Z2")).area == pytest.approx(1_300_000)
    assert row.before_m2 == row.after_m2


def test_a_school_that_serves_both_zones_does_not_hinder(tmp_path: Path) -> None:
    zones = {"Z1": [(0, 0), (1600, 0), (1600, 1000), (0, 1000)]}
    serves = "zone_id,school_id\nZ1,S1\nZ1,S2\nZ2,S2\nZ2,S3\nZ3,S4\n"
    assert rows(repaired(drawn_city(tmp_path, zones, serves=serves)), "refused") == []


def test_a_narrow_gap_is_closed_and_a_wide_one_only_when_asked(tmp_path: Path) -> None:
    narrow = {"Z1": [(0, 0), (1000, 0), (1000, 400), (999.5, 500), (1000, 600), (1000, 1000), (0, 1000)]}
    wide = {"Z1": [(0, 0), (1000, 0), (1000, 400), (990, 500), (1000, 600), (1000, 1000), (0, 1000)]}
    (row,) = rows(repaired(drawn_city(tmp_path / "narrow", narrow)), "gap")
    assert row.moved_m2 == pytest.approx(50)
    city = drawn_city(tmp_path / "wide", wide)
    assert rows(repaired(city), "gap") == []
    assert rows(repaired(city, fill_gaps_below_m2=999), "gap") == []
    assert [one.moved_m2 for one in rows(repaired(city, fill_gaps_below_m2=1001), "gap")] == [1000]


def test_a_gap_goes_to_the_zone_whose_school_lies_in_it(tmp_path: Path) -> None:
    # S2 at (1500, 500) serves Z2; the triangle around it touches Z1 on its one long side
    west = [(0, 0), (1490, 0), (1490, 1000), (0, 1000)]
    notch = [(1490, 1000), (1490, 990), (1510, 500), (1490, 10), (1490, 0)]
    zones = {"Z1": west, "Z2": [(2000, 0), (2000, 2000), (1000, 2000), (1000, 1000), *notch]}
    found = repaired(drawn_city(tmp_path, zones), fill_gaps_below_m2=50_000)
    (row,) = rows(found, "gap")
    assert (row.zone, row.moved_m2, str(row.reason)) == (
        "Z2",
        pytest.approx(9800),
        "school S2 lies on it",
    )


def test_borders_that_nearly_meet_become_one(tmp_path: Path) -> None:
    zones = {"Z1": [(0, 0), (999.4, 0), (999.7, 500), (999.4, 1000), (0, 1000)]}
    found = repaired(drawn_city(tmp_path, zones))
    assert fits(found)
    assert {one.kind for one in found.changes} <= {"gap", "snap"}
    assert sum(one.moved_m2 for one in found.changes) > 0
    assert shape(found, "Z1").union(shape(found, "Z2")).geom_type == "Polygon"


def test_spikes_and_repeated_vertices_go_and_the_ground_is_counted(tmp_path: Path) -> None:
    spiked = [
        (0, 0),
        (1000, 0),
        (1000, 0.0004),
        (1000, 1000),
        (500.1, 1000),
        (500, 1400),
        (499.9, 1000),
        (0, 1000),
    ]
    found = repaired(drawn_city(tmp_path, {"Z1": spiked}))
    (row,) = rows(found, "vertices")
    assert row.moved_m2 == pytest.approx(40)
    assert shape(found, "Z1").area == pytest.approx(1_000_000, abs=1)


def test_a_wedge_wider_than_the_tolerance_is_ground_and_stays(tmp_path: Path) -> None:
    wedge = [(0, 0), (1000, 0), (1000, 1000), (503, 1000), (500, 1400), (497, 1000), (0, 1000)]
    city = drawn_city(tmp_path, {"Z1": wedge})
    assert repaired(city).changes == ()
    assert [one.kind for one in repaired(city, tolerance_m=5).changes][:1] == ["vertices"]


def test_a_spike_that_holds_a_school_is_refused(tmp_path: Path) -> None:
    # S1 at (500, 600) lies in the spike of a Z1 that is otherwise the north of its ground
    spiked = [(0, 900), (499.0, 900), (500, 590), (501.0, 900), (1000, 900), (1000, 1000), (0, 1000)]
    city = drawn_city(tmp_path, {"Z1": spiked}, plan="unit_id,zone_id\nU2,Z2\nU3,Z2\nU4,Z3\nU5,Z3\n",
                      xuequ=[('policy = "xiamen-datongchou"\n', "")])  # fmt: skip
    school = city["schools"].set_index("school_id").geometry["S1"]
    assert shape_of(city, "Z1").intersects(school)
    found = repaired(city, tolerance_m=1.5)
    row = rows(found, "refused")[0]
    assert str(row.reason) == "school S1 would leave its zone"
    assert shape(found, "Z1").intersects(school)


def shape_of(city: City, zone: str) -> shapely.Geometry:
    return city["zones"].set_index("zone_id").geometry[zone]


def test_the_tolerance_is_halved_while_a_school_would_leave_its_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, tried = shapely.coverage_clean, []

    def clean(shapes: np.ndarray, *, gap_width: float, snapping_distance: float) -> np.ndarray:
        tried.append(snapping_distance)
        found = real(shapes, gap_width=gap_width, snapping_distance=snapping_distance)
        # as if a large tolerance took the west of Z1 away, with its school
        return found if snapping_distance < 0.5 else np.array([shapely.box(0, 0, 1, 1), *found[1:]])

    monkeypatch.setattr(shapely, "coverage_clean", clean)
    found = repaired(drawn_city(tmp_path))
    assert tried == [1, 0.5, 0.25]
    assert [str(one.reason) for one in rows(found, "refused")] == [
        "school S1 would leave its zone if borders within 1, 0.5 m of each other became one"
    ]
    assert found.notes == ()
    monkeypatch.setattr(
        shapely, "coverage_clean", lambda shapes, **_: np.array([shapely.Polygon(), *shapes[1:]])
    )
    gone = repaired(drawn_city(tmp_path / "gone"))
    assert [str(one.reason) for one in gone.changes] == [
        "the zone would vanish if borders within 1, 0.5, 0.25, 0.125 m of each other became one"
    ]
    assert [str(one) for one in gone.notes] == [
        "no border was snapped: refused at every tolerance from 1 m down to 0.125 m"
    ]
    assert shape(gone, "Z1").area == pytest.approx(1_000_000)


def test_a_snap_that_changes_more_ground_than_its_border_moves_over_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 9 m off the north of Z1, where nobody has a claim; its border is 4000 m long
    less = shapely.box(EAST, NORTH, EAST + 1000, NORTH + 991)
    monkeypatch.setattr(shapely, "coverage_clean", lambda shapes, **_: np.array([less, *shapes[1:]]))
    found = repaired(drawn_city(tmp_path))
    assert [str(one.reason) for one in found.changes if one.kind == "refused"] == [
        "more ground would change than lies along the zone's border "
        "if borders within 1, 0.5, 0.25, 0.125 m of each other became one"
    ]
    assert shape(found, "Z1").area == pytest.approx(1_000_000)


def test_a_zone_inside_another_is_not_emptied(tmp_path: Path) -> None:
    # nobody has a claim to the ground of Z1, and all of its border is Z2's
    zones = {
        "Z1": [(200, 1200), (500, 1200), (500, 1500), (200, 1500)],
        "Z2": [(0, 0), (2000, 0), (2000, 2000), (0, 2000)],
    }
    plan, serves = "unit_id,zone_id\nU2,Z2\nU3,Z2\nU4,Z3\nU5,Z3\n", "zone_id,school_id\nZ2,S2\nZ3,S4\n"
    city = drawn_city(
        tmp_path, zones, plan=plan, serves=serves, xuequ=[('policy = "xiamen-datongchou"\n', "")]
    )
    found = repaired(city)
    (row,) = found.changes
    assert (row.kind, row.zone, row.others, row.moved_m2) == (
        "refused",
        "Z1",
        ("Z2",),
        pytest.approx(90_000),
    )
    assert str(row.reason) == "zone Z1 would vanish"
    assert shape(found, "Z1").area == pytest.approx(90_000)
    assert shape(found, "Z2").area == pytest.approx(4_000_000)
    assert found.notes == ()


def test_two_zones_that_are_the_same_both_stay(tmp_path: Path) -> None:
    plan, serves = "unit_id,zone_id\nU3,Z2\nU4,Z3\nU5,Z3\n", "zone_id,school_id\nZ2,S3\nZ3,S4\n"
    city = drawn_city(
        tmp_path,
        {"Z9": ZONES["Z1"]},
        plan=plan,
        serves=serves,
        xuequ=[('policy = "xiamen-datongchou"\n', "")],
    )
    found = repaired(city)
    assert [(one.kind, str(one.reason)) for one in found.changes] == [("refused", "zone Z9 would vanish")]
    assert shape(found, "Z1").equals(shape(found, "Z9"))


def test_a_ring_around_no_ground_is_the_fault_that_it_was(tmp_path: Path) -> None:
    flat = polygon([(0, 0), (1000, 0), (500, 0)])
    with pytest.raises(DataError, match="the polygon is not valid"):
        read_to_repair(drawn_project(tmp_path, {"Z1": flat}))


def test_every_point_that_had_a_zone_keeps_it(tmp_path: Path) -> None:
    city = drawn_city(tmp_path, {"Z1": [(0, 0), (1600, 0), (1600, 1000), (0, 1000)]})
    found = repaired(city, tolerance_m=20)
    zones = found.zones.set_index("zone_id").geometry
    for zone, school in city["serves"][["zone_id", "school_id"]].to_numpy().tolist():
        assert zones[zone].intersects(city["schools"].set_index("school_id").geometry[school])


@settings(max_examples=30)
@given(st.lists(st.tuples(*[st.floats(-0.3, 0.3)] * 2), min_size=10, max_size=10))
def test_hand_shaking_below_the_tolerance_is_mended_whatever_it_was(
    shake: list[tuple[float, float]],
) -> None:
    city = CITY[0]
    zones = city["zones"].copy()
    at = iter([*shake, *shake])
    zones["geometry"] = [
        shapely.transform(one, lambda places: places + _shaken(places, at)) for one in zones.geometry
    ]
    again = City(**{**_parts(city), "tables": {**city.tables, "zones": zones}})
    found = repaired(again)
    assert fits(found, 0.5)
    assert rows(found, "refused") == []


def _shaken(places: np.ndarray, at: Any) -> np.ndarray:
    moves = np.array([next(at, (0.0, 0.0)) for _ in places])
    moves[-1] = moves[0]  # the ring stays closed
    return moves


def _parts(city: City) -> dict[str, Any]:
    return {name: getattr(city, name) for name in City.__dataclass_fields__}


CITY: list[City] = []


@pytest.fixture(autouse=True, scope="module")
def _one_city(tmp_path_factory: pytest.TempPathFactory) -> Any:
    CITY.append(drawn_city(tmp_path_factory.mktemp("city")))
    yield
    CITY.clear()


def test_a_ring_that_crosses_itself_loses_no_ground(tmp_path: Path) -> None:
    bow = polygon([(-4000, 0), (-2000, 0), (-4000, 2000), (-2000, 2000)])
    read = read_to_repair(drawn_project(tmp_path, {"Z3": bow}))
    assert list(read.broken) == ["Z3"]
    found = repair_zones(ground_of(read.city), broken=read.broken)
    (row,) = rows(found, "ring")
    assert row.after_m2 == pytest.approx(2_000_000)
    assert "Self-intersection" in str(row.reason)


def test_a_ring_that_is_not_closed_is_closed(tmp_path: Path) -> None:
    open_ = polygon([(-4000, 0), (-2000, 0), (-2000, 2000), (-4000, 2000)])
    open_["coordinates"][0].pop()
    read = read_to_repair(drawn_project(tmp_path, {"Z3": open_}))
    found = repair_zones(ground_of(read.city), broken=read.broken)
    (row,) = rows(found, "ring")
    assert (row.zone, str(row.reason)) == ("Z3", "the ring was not closed")
    assert shape(found, "Z3").area == pytest.approx(4_000_000)


def test_ground_that_a_ring_goes_around_twice_is_kept() -> None:
    twice = shapely.Polygon([(0, 0), (10, 0), (10, 6), (4, 6), (4, 4), (12, 4), (12, 10), (0, 10)])
    whole = shapely.box(0, 0, 12, 10)
    assert not twice.is_valid
    assert made_valid(twice).difference(whole).area == 0
    assert made_valid(twice).area >= shapely.make_valid(twice).area


def test_other_faults_are_not_passed_over(tmp_path: Path) -> None:
    bow = polygon([(-4000, 0), (-2000, 0), (-4000, 2000), (-2000, 2000)])
    folder = drawn_project(tmp_path, {"Z3": bow}, plan="unit_id,zone_id\nU1,Z9\n")
    with pytest.raises(DataError, match="Z9"):
        read_to_repair(folder)


def test_a_fault_that_shows_only_behind_a_broken_ring_is_said(tmp_path: Path) -> None:
    # the district behind the names: found when the rings are mended
    open_ = polygon([(-4000, 0), (-2000, 0), (-2000, 2000), (-4000, 2000)])
    open_["coordinates"][0].pop()
    folder = drawn_project(tmp_path, {"Z3": open_}, plan="unit_id,zone_id\nU1,Z9\n")
    with pytest.raises(DataError):
        read_to_repair(folder)


def test_zones_made_of_units_are_not_mended(tmp_path: Path) -> None:
    with pytest.raises(XuequError, match="polygon of its own"):
        repaired(read_city(write_tiny(tmp_path)))


@pytest.mark.parametrize("tolerance_m", [0.0, -2.0, float("nan")])
def test_a_tolerance_of_nothing_is_refused(tmp_path: Path, tolerance_m: float) -> None:
    with pytest.raises(XuequError, match="more than 0"):
        repaired(drawn_city(tmp_path), tolerance_m=tolerance_m)


def test_the_table_of_changes_has_a_row_each_in_either_language(tmp_path: Path) -> None:
    found = repaired(drawn_city(tmp_path, {"Z1": [(0, 0), (1600, 0), (1600, 1000), (0, 1000)]}))
    table = change_table(found.changes, speaker("en"))
    assert table.loc[0, "zone"] == "Z1"
    assert table.loc[0, "area before (m²)"] == "1600000.00"
    assert len(change_table(found.changes, speaker("zh"))) == len(found.changes)
    assert list(change_table([], speaker("en")).columns) == list(table.columns)


def test_every_kind_of_change_has_a_title() -> None:
    assert all(str(change_title(kind)) for kind in CHANGES)
    with pytest.raises(KeyError):
        change_title("moved")


@pytest.mark.real_data
def test_xiangtan_is_mended_but_for_its_large_gap(real_data: Path) -> None:
    found = repaired(read_city(XIANGTAN))
    assert [(one.kind, one.zone, round(one.moved_m2)) for one in found.changes] == [
        ("overlap", "湘纺中学", 31),
        ("gap", "湘机中学", 25),
    ]
    assert fits(found)
    union = coverage.union_of(shapes_of(found))
    gaps = coverage.gaps(shapes_of(found), union, inside=None, water=NO_WATER)
    assert shapely.area(gaps).round().tolist() == [7549]


@pytest.mark.real_data
def test_xiangtan_mended_whole_simplifies_without_a_gap(real_data: Path) -> None:
    city = read_city(XIANGTAN)
    found = repaired(city, fill_gaps_below_m2=8000)
    assert [round(one.moved_m2) for one in rows(found, "gap")] == [7549, 25]
    schools: gpd.GeoDataFrame = city["schools"]
    for tolerance_m in (20, 100):
        simple = np.array(simplify_zones(found.zones, tolerance_m, schools).geometry, dtype=object)
        assert shapely.coverage_is_valid(simple)
        assert coverage.union_of(simple).geom_type == "Polygon"
        assert len(coverage.union_of(simple).interiors) == 0
        assert len(shapely.get_coordinates(simple)) < len(shapely.get_coordinates(shapes_of(found)))
