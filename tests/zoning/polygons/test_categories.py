"""Zones that are for different children may overlap: what is found in them, and how they are mended."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from geodata import City
from tests.tiny import EAST, NORTH
from tests.zoning.polygons.drawn import drawn_city, polygon, several
from zoning.polygons.findings import find_all
from zoning.polygons.ground import ground_of
from zoning.polygons.meeting import groups_of, may_meet
from zoning.polygons.record import Finding
from zoning.polygons.repair import Repaired, repair_zones

# Z1 and Z2 halve the east part for one category, with 0.4 m between them; P1 lies over both for the other
HALVES: dict[str, Any] = {
    "Z1": [(0, 0), (1000, 0), (1000, 2000), (0, 2000)],
    "Z2": [(1000.4, 0), (2000, 0), (2000, 2000), (1000.4, 2000)],
    "P1": [(0, 0), (2000, 0), (2000, 2000), (0, 2000)],
}
PLAN = (
    "unit_id,zone_id,category\nU1,Z1,household\nU2,Z2,household\nU3,Z2,household\nU4,Z3,\nU5,Z3,\n"
    "U1,P1,points\nU2,P1,points\nU3,P1,points\n"
)
SERVES = "zone_id,school_id\nZ1,S1\nZ2,S2\nZ2,S3\nZ3,S4\nP1,S1\nP1,S3\n"


def halves(folder: Path, **changes: Any) -> City:
    zones = {**HALVES, **changes.pop("zones", {})}
    return drawn_city(folder, zones, **{"plan": PLAN, "serves": SERVES, **changes})


def plan_of(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["unit_id", "category", "zone_id"])


def groups(plan: pd.DataFrame, *ids: str) -> list[tuple[list[str] | None, list[str]]]:
    found = groups_of(plan, np.array(ids, dtype=object))
    return [(None if g.categories is None else sorted(g.categories), [ids[i] for i in g.at]) for g in found]


def mended(city: City, **options: Any) -> Repaired:
    return repair_zones(ground_of(city), **options)


def shape(found: Repaired, zone: str) -> shapely.Geometry:
    return found.zones.set_index("zone_id").geometry[zone]


def of_kind(city: City, kind: str) -> list[Finding]:
    return [one for one in find_all(city) if one.kind == kind]


def test_a_plan_for_all_children_makes_one_group() -> None:
    plan = plan_of(("U1", "", "Z1"), ("U2", "", "Z2"))
    assert groups(plan, "Z1", "Z2", "Z9") == [(None, ["Z1", "Z2", "Z9"])]


def test_a_zone_for_all_stands_in_the_group_of_each_category() -> None:
    plan = plan_of(("U1", "household", "Z1"), ("U1", "points", "P1"), ("U2", "", "Z3"))
    assert groups(plan, "P1", "Z1", "Z3") == [
        (["household"], ["Z1", "Z3"]),
        (["points"], ["P1", "Z3"]),
    ]


def test_rows_for_all_that_reach_every_unit_are_the_plan_of_the_other_categories() -> None:
    # children by points have a zone of their own wherever they live, so they never meet the others
    plan = plan_of(("U1", "", "Z1"), ("U1", "points", "P1"), ("U2", "", "Z2"), ("U2", "points", "P1"))
    assert groups(plan, "P1", "Z1", "Z2") == [([""], ["Z1", "Z2"]), (["points"], ["P1"])]


def test_a_zone_for_all_whose_units_all_have_rows_of_their_own_is_in_a_group_too() -> None:
    plan = plan_of(("U1", "", "Z1"), ("U1", "points", "P1"), ("U2", "points", "P1"))
    assert groups(plan, "P1", "Z1") == [([""], ["Z1"]), (["points"], ["P1"])]


def test_categories_with_the_same_zones_are_one_group() -> None:
    plan = plan_of(("U1", "household", "Z1"), ("U1", "points", "Z1"), ("U2", "", "Z2"))
    assert groups(plan, "Z1", "Z2") == [(None, ["Z1", "Z2"])]


def test_zones_meet_if_one_child_can_have_both() -> None:
    plan = plan_of(("U1", "household", "Z1"), ("U1", "points", "P1"), ("U2", "", "Z3"))
    meet = may_meet(groups_of(plan, np.array(["P1", "Z1", "Z3"], dtype=object)), 3)
    assert meet.tolist() == [[True, False, True], [False, True, True], [True, True, True]]


def test_a_gap_between_zones_of_one_category_is_found_under_a_zone_of_another(tmp_path: Path) -> None:
    (found,) = of_kind(halves(tmp_path), "gap")
    assert (found.ids, found.area_m2) == (("Z1", "Z2"), pytest.approx(800))


def test_a_gap_between_zones_for_all_is_one_finding_with_all_its_children(tmp_path: Path) -> None:
    # the middle of the west part is in no zone, whoever the child is; 5 m of U4 lie there
    zones = {
        "Z3": [(-4000, 0), (-3005, 0), (-3005, 500), (-3000, 510), (-3000, 2000), (-4000, 2000)],
        "Z4": [(-3005, 0), (-2000, 0), (-2000, 2000), (-3000, 2000), (-3000, 500), (-3005, 490)],
    }
    plan = f"{PLAN}".replace("U5,Z3", "U5,Z4")
    found = [one for one in of_kind(halves(tmp_path, zones=zones, plan=plan), "gap") if "Z3" in one.ids]
    assert [one.ids for one in found] == [("Z3", "Z4")]


def test_a_unit_is_cut_only_between_zones_of_the_same_children(tmp_path: Path) -> None:
    city = halves(tmp_path, zones={"Z2": [(1000, 0), (2000, 0), (2000, 2000), (1000, 2000)]})
    assert of_kind(city, "unit-cut") == []


def test_a_cut_for_one_category_counts_the_children_of_that_category(tmp_path: Path) -> None:
    zones = {
        "Z1": [(0, 0), (1500, 0), (1500, 2000), (0, 2000)],
        "Z2": [(1500, 0), (2000, 0), (2000, 2000), (1500, 2000)],
    }
    found = {one.ids[0]: one for one in of_kind(halves(tmp_path, zones=zones), "unit-cut")}
    assert set(found) == {"U2", "U3"}
    # of the 51 children of U2, 35 are of the category household
    assert str(found["U2"].message) == (
        "unit U2 东二小区 is cut for household: 50.0% of its area in Z1 (18 children); "
        "50.0% of its area in Z2 (17 children)"
    )


def test_mending_leaves_the_zones_of_other_children_as_they_are(tmp_path: Path) -> None:
    # P1 covers most of Z1 and all of Z2, as it may
    over = [(400, 200), (2000, 200), (2000, 2000), (400, 2000)]
    zones = {"Z2": [(1000.4, 0), (2000, 0), (2000, 1200), (1000.4, 1200)], "P1": over}
    city = halves(tmp_path, zones=zones)
    found = mended(city)
    assert shape(found, "P1").equals(_corner(over))
    assert {one.zone for one in found.changes} <= {"Z1", "Z2"}
    assert shapely.coverage_is_valid(np.array([shape(found, "Z1"), shape(found, "Z2")], dtype=object))
    assert shape(found, "Z1").area == pytest.approx(2_000_000, abs=2000)
    assert shape(found, "Z1").intersection(shape(found, "P1")).area == pytest.approx(1_080_000, abs=2000)


def _corner(places: list[tuple[float, float]]) -> shapely.Geometry:
    return shapely.Polygon([(EAST + x, NORTH + y) for x, y in places])


def test_zones_of_each_category_are_mended_by_themselves(tmp_path: Path) -> None:
    zones = {
        "P1": [(0, 0), (2000, 0), (2000, 999.7), (0, 999.7)],
        "P2": [(0, 1000), (2000, 1000), (2000, 2000), (0, 2000)],
    }
    plan = PLAN.replace("U3,P1", "U3,P2")
    serves = "zone_id,school_id\nZ1,S1\nZ2,S2\nZ2,S3\nZ3,S4\nP1,S1\nP1,S2\nP2,S3\n"
    found = mended(halves(tmp_path, zones=zones, plan=plan, serves=serves))
    assert [one for one in found.changes if one.kind == "refused"] == []
    for pair in (("Z1", "Z2"), ("P1", "P2")):
        both = np.array([shape(found, one) for one in pair], dtype=object)
        assert shapely.coverage_is_valid(both)
        assert shapely.union_all(both).area == pytest.approx(4_000_000)


def test_a_zone_for_all_shares_its_border_with_the_zones_of_each_category(tmp_path: Path) -> None:
    # Z3 stops 0.3 m before Z1 and P1
    zones = {"Z3": [(-2000, 0), (-0.3, 0), (-0.3, 2000), (-2000, 2000)]}
    schools = "zone_id,school_id\nZ1,S1\nZ2,S2\nZ2,S3\nP1,S1\nP1,S3\n"
    found = mended(halves(tmp_path, zones=zones, serves=schools, xuequ=_NO_POLICY))
    for group in (("Z1", "Z2", "Z3"), ("P1", "Z3")):
        shapes = np.array([shape(found, one) for one in group], dtype=object)
        assert shapely.coverage_is_valid(shapes)
        assert shapely.union_all(shapes).geom_type == "Polygon"
    assert found.notes == ()


def test_a_group_does_not_break_another_that_fits(tmp_path: Path) -> None:
    # Z3 stops 0.3 m before Z1, and P1 stands 0.5 m from it: whichever it is snapped to, it leaves the other
    zones = {
        "Z3": [(-2000, 0), (-0.3, 0), (-0.3, 2000), (-2000, 2000)],
        "P1": [(0.2, 0), (2000, 0), (2000, 2000), (0.2, 2000)],
    }
    schools = "zone_id,school_id\nZ1,S1\nZ2,S2\nZ2,S3\nP1,S1\nP1,S3\n"
    found = mended(halves(tmp_path, zones=zones, serves=schools, xuequ=_NO_POLICY))
    for group in (("Z1", "Z2", "Z3"), ("P1", "Z3")):
        shapes = np.array([shape(found, one) for one in group], dtype=object)
        assert shapely.coverage_is_valid(shapes)
        assert shapely.union_all(shapes).geom_type == "Polygon"
    assert [str(one.reason) for one in found.changes if one.kind == "refused"] == [
        f"the zones for {other} would not fit together any more if borders within 1, 0.5 m of each other "
        "became one"
        for other in ("points", "household")
    ]


def test_a_group_that_cannot_be_snapped_is_said_by_its_categories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shapely.coverage_clean

    def clean(shapes: np.ndarray, **options: float) -> np.ndarray:
        # the group of two is P1 and Z3
        return real(shapes, **options) if len(shapes) > 2 else shapes[[1, 1]]

    monkeypatch.setattr(shapely, "coverage_clean", clean)
    found = mended(halves(tmp_path))
    assert [str(one) for one in found.notes] == [
        "no border was snapped between the zones for points: refused at every tolerance from 1 m down to "
        "0.125 m"
    ]
    assert shape(found, "P1").area == pytest.approx(4_000_000)
    assert sum(one.kind == "refused" for one in found.changes) == 1


_NO_POLICY = [('policy = "xiamen-datongchou"\n', "")]


def test_a_gap_is_not_closed_with_ground_that_another_zone_of_the_same_children_has(tmp_path: Path) -> None:
    # for one category 0.5 m lie between Z1 and Z3; for the other P1 reaches up to Z3
    zones = {
        "Z1": [(0.5, 0), (1000, 0), (1000, 2000), (0.5, 2000)],
        "Z2": [(1000, 0), (2000, 0), (2000, 2000), (1000, 2000)],
        "Z3": [(-2000, -100), (0, -100), (0, 2100), (-2000, 2100)],
    }
    schools = "zone_id,school_id\nZ1,S1\nZ2,S2\nZ2,S3\nP1,S1\nP1,S3\n"
    found = mended(halves(tmp_path, zones=zones, serves=schools, xuequ=_NO_POLICY))
    (row,) = [one for one in found.changes if one.kind == "gap"]
    assert (row.zone, row.moved_m2) == ("Z1", pytest.approx(1000))
    assert shape(found, "P1").intersection(shape(found, "Z3")).area == 0
    assert shape(found, "Z1").touches(shape(found, "Z3"))


def test_a_gap_that_only_zones_elsewhere_could_take_is_refused(tmp_path: Path) -> None:
    # an enclosed hole in Z3, in which P1 has a part: only Z3 touches it, and Z3 is for points too
    hole = [(-3000, 1000), (-2990, 1000), (-2990, 1000.5), (-3000, 1000.5)]
    zones = {
        "Z3": polygon([(-4000, 0), (-2000, 0), (-2000, 2000), (-4000, 2000)], hole),
        "P1": several(HALVES["P1"], hole),
    }
    found = mended(halves(tmp_path, zones=zones))
    rows = [one for one in found.changes if one.zone == "Z3"]
    assert [(one.kind, str(one.reason)) for one in rows][:1] == [
        ("refused", "the ground lies in another zone of the same children already: decide by hand")
    ]


def test_an_overlap_goes_to_the_zone_that_the_plan_says_for_its_children(tmp_path: Path) -> None:
    # Z1 covers the middle of U2, which the plan gives to Z2 for one category only
    zones = {
        "Z1": [(0, 0), (1600, 0), (1600, 1000), (0, 1000)],
        "Z2": [(1000, 0), (2000, 0), (2000, 2000), (1000, 2000)],
    }
    serves = "zone_id,school_id\nZ1,S1\nZ2,S3\nZ3,S4\nP1,S1\nP1,S3\n"
    found = mended(halves(tmp_path, zones=zones, serves=serves))
    (row,) = [one for one in found.changes if one.kind == "overlap"]
    assert (row.zone, row.others, str(row.reason)) == ("Z1", ("Z2",), "unit U2 for household lies on it")
    # only children of the category that the zones are for: 60 % of the 35 of U2
    assert row.children == 21


def test_ground_that_two_zones_have_by_the_plan_is_refused(tmp_path: Path) -> None:
    zones = {
        "Z1": [(0, 0), (1600, 0), (1600, 1000), (0, 1000)],
        "Z2": [(1000, 0), (2000, 0), (2000, 2000), (1000, 2000)],
    }
    plan = "unit_id,zone_id,category\nU1,Z1,\nU2,Z2,household\nU2,Z1,points\nU3,Z2,\nU4,Z3,\nU5,Z3,\n"
    serves = "zone_id,school_id\nZ1,S1\nZ2,S3\nZ3,S4\n"
    city = drawn_city(tmp_path, zones, plan=plan, serves=serves)
    row = next(one for one in mended(city).changes if one.kind == "refused")
    assert "unit U2 for points and unit U2 for household lie on it" in str(row.reason)
