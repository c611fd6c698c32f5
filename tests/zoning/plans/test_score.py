"""A plan is scored by sums over units and edges; the same comes out of counting one by one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import XuequError, read_city
from geodata.metres import UNKNOWN_M
from tests.tiny import Edit, applicants_of, layer, square, write_tiny
from zoning.outline import outline_zones
from zoning.plan import plan_in
from zoning.plans.board import Board, Plan, board_of, plan_on
from zoning.plans.moves import moves_on
from zoning.plans.score import Score, score_plan
from zoning.plans.ways import Crossing

PROJECTS = Path(__file__).parents[2] / "projects"


def boarded(tmp_path: Path, **changes: Edit) -> tuple[Board, Plan]:
    city = read_city(write_tiny(tmp_path / "project", **changes))
    board = board_of(city)
    return board, plan_on(board, plan_in(city, city.project.project.year))


def of_zone(score: Score, name: str) -> dict[str, float]:
    values = score.zones.set_index("zone_id")[name].to_dict()
    return {str(zone): float(value) for zone, value in values.items()}


DEMAND = """\
unit_id,category,year,children
U1,household,2024,50
U2,household,2024,20
U3,household,2024,10
U4,household,2024,10
"""
NO_REASONS = pd.DataFrame({"unit_id": ["U1"], "category": [""], "reason_code": [None]})


def _tiny() -> tuple[Board, Plan]:
    with TemporaryDirectory() as folder:
        return boarded(Path(folder), demand=DEMAND)


TINY, TINY_PLAN = _tiny()


# --- by hand: the tiny city


def test_children_and_seats_of_the_tiny_city(tmp_path: Path) -> None:
    board, plan = boarded(tmp_path, demand=DEMAND)
    score = score_plan(board, plan)
    assert of_zone(score, "children") == {"Z1": 50, "Z2": 30, "Z3": 10}
    assert of_zone(score, "seats") == {"Z1": 45, "Z2": 90, "Z3": 135}
    assert of_zone(score, "over") == {"Z1": 5, "Z2": 0, "Z3": 0}
    assert of_zone(score, "utilisation")["Z1"] == pytest.approx(50 / 45)
    assert (score.children, score.over, score.unplaced) == (90, 5.0, 0)


def test_metres_are_those_to_the_nearest_school_of_the_zone_by_child(tmp_path: Path) -> None:
    board, plan = boarded(tmp_path, demand=DEMAND)
    # U1's middle to S1: 100 m north; U2's to S2: 0; U3's to S3: 0; U4's to S4: 0
    assert of_zone(score_plan(board, plan), "mean_m") == pytest.approx({"Z1": 100, "Z2": 0, "Z3": 0}, abs=1)


def test_a_unit_that_moves_to_a_farther_school_counts_as_not_nearest(tmp_path: Path) -> None:
    board, plan = boarded(tmp_path, demand=DEMAND)
    moved = plan.copy()
    moved[:, board.units.tolist().index("U2")] = board.zones.tolist().index("Z1")
    score = score_plan(board, moved)
    assert score.not_nearest == 20
    assert of_zone(score, "children") == {"Z1": 70, "Z2": 10, "Z3": 10}


def test_borders_inside_a_zone_do_not_count_for_its_shape(tmp_path: Path) -> None:
    board, plan = boarded(tmp_path)
    compactness = of_zone(score_plan(board, plan), "compactness")
    # Z1 is one square; Z2 two squares in a row, 2 km by 1 km
    assert compactness["Z1"] == pytest.approx(np.pi / 4)
    assert compactness["Z2"] == pytest.approx(4 * np.pi * 2e6 / 6000**2)


def test_a_zone_whose_units_do_not_touch_is_in_two_parts(tmp_path: Path) -> None:
    board, plan = boarded(tmp_path)
    assert score_plan(board, plan).in_parts == 0
    moved = plan.copy()
    moved[:, board.units.tolist().index("U4")] = board.zones.tolist().index("Z1")
    score = score_plan(board, moved)
    assert of_zone(score, "parts")["Z1"] == 2
    assert score.in_parts == 1
    assert score.outside == 1, "S4 lies in U4, which its zone has lost"


def test_a_community_in_two_zones_is_split(tmp_path: Path) -> None:
    text = (write_tiny(tmp_path / "plain") / "units.geojson").read_text(encoding="utf-8")
    for name in ("东一小区", "东二小区"):
        text = text.replace(f'"name": "{name}"', f'"name": "{name}", "community_id": "C1"')
    board, plan = boarded(tmp_path, units=text)
    assert score_plan(board, plan).split_communities == 1
    assert score_plan(board, np.zeros_like(plan)).split_communities == 0


def test_a_unit_without_a_zone_is_counted_apart(tmp_path: Path) -> None:
    board, plan = boarded(tmp_path, demand=DEMAND)
    open_ = plan.copy()
    open_[:, board.units.tolist().index("U1")] = -1
    score = score_plan(board, open_)
    assert score.unplaced == 50
    assert of_zone(score, "children") == {"Z1": 0, "Z2": 30, "Z3": 10}


def test_a_distance_that_is_not_known_is_counted_and_not_taken_as_0(tmp_path: Path) -> None:
    board, plan = boarded(tmp_path, demand=DEMAND)
    blind = replace(board, metres=np.full_like(board.metres, UNKNOWN_M))
    score = score_plan(blind, plan)
    assert score.unmeasured == 90
    assert np.isnan(score.mean_m)


# --- brute force and relations


@given(
    st.lists(st.integers(-1, 2), min_size=5, max_size=5),
    st.lists(st.integers(0, 99), min_size=5, max_size=5),
)
@settings(max_examples=60)
def test_sums_over_arrays_are_those_of_counting_one_by_one(zones: list[int], counts: list[int]) -> None:
    board = replace(TINY, children=np.array([counts]))
    score = score_plan(board, np.array([zones]))
    for z in range(3):
        own = [u for u in range(5) if zones[u] == z]
        children = sum(counts[u] for u in own)
        seats = sum(
            int(board.seats[s]) for zone, s in zip(board.zone, board.school, strict=True) if zone == z
        )
        row = score.zones.iloc[z]
        assert row["children"] == children
        assert row["over"] == max(0, children - seats)
        walked = [counts[u] * int(board.metres[u, z]) for u in own if board.metres[u, z] < UNKNOWN_M]
        if children:
            assert row["mean_m"] == pytest.approx(sum(walked) / children)
    nearest = board.least_m[0]
    farther = [counts[u] for u in range(5) if zones[u] >= 0 and board.metres[u, zones[u]] > nearest[u]]
    assert score.not_nearest == sum(farther)


@given(st.permutations(range(5)))
@settings(max_examples=20)
def test_the_order_of_the_units_does_not_matter(order: list[int]) -> None:
    at = np.argsort(order)
    board = replace(
        TINY,
        units=TINY.units[order],
        children=TINY.children[:, order],
        metres=TINY.metres[order],
        least_m=TINY.least_m[:, order],
        community=TINY.community[order],
        area_m2=TINY.area_m2[order],
        perimeter_m=TINY.perimeter_m[order],
        first=at[TINY.first],
        second=at[TINY.second],
        school_unit=np.where(TINY.school_unit >= 0, at[TINY.school_unit], -1),
        crossing=TINY.crossing
        and Crossing(
            crosses=TINY.crossing.crosses[order],
            unbridged=TINY.crossing.unbridged[order],
            known=TINY.crossing.known[order],
        ),
    )
    before, after = score_plan(TINY, TINY_PLAN), score_plan(board, TINY_PLAN[:, order])
    pd.testing.assert_frame_equal(before.zones, after.zones)
    assert (before.over, before.not_nearest, before.outside) == (
        after.over,
        after.not_nearest,
        after.outside,
    )


def test_a_plan_beside_itself_moves_nothing() -> None:
    assert len(moves_on(TINY, TINY_PLAN, TINY_PLAN, NO_REASONS)) == 0


# --- moves


def test_a_move_tells_from_to_children_metres_and_reason() -> None:
    after = TINY_PLAN.copy()
    after[:, 1] = 0
    reasons = pd.DataFrame({"unit_id": ["U2"], "category": [""], "reason_code": ["R1"]})
    [row] = moves_on(TINY, TINY_PLAN, after, reasons).to_dict("records")
    assert (row["unit_id"], row["from_zone"], row["to_zone"]) == ("U2", "Z2", "Z1")
    assert (row["children"], row["reason_code"]) == (20, "R1")
    assert row["before_m"] == pytest.approx(0, abs=1)
    assert row["after_m"] == pytest.approx(1005, abs=1)  # 1,000 m west, 100 m north


def test_the_reason_of_the_category_comes_before_that_of_all() -> None:
    after = TINY_PLAN.copy()
    after[:, 1] = 0
    reasons = pd.DataFrame(
        {"unit_id": ["U2", "U2"], "category": ["", "household"], "reason_code": ["R1", "R2"]}
    )
    assert moves_on(TINY, TINY_PLAN, after, reasons)["reason_code"].tolist() == ["R2"]


def test_a_move_without_a_reason_has_none() -> None:
    after = TINY_PLAN.copy()
    after[:, 1] = -1
    [row] = moves_on(TINY, TINY_PLAN, after, NO_REASONS).to_dict("records")
    assert pd.isna(row["reason_code"])
    assert pd.isna(row["to_zone"])
    assert pd.isna(row["after_m"])


# --- real data


@pytest.mark.real_data
def test_fairfax_is_as_its_source_says(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XUEQU_REAL_DATA", str(real_data))
    city = read_city(PROJECTS / "fairfax")
    board = board_of(city)
    plan = plan_on(board, plan_in(city, 2025))
    score = score_plan(board, plan)
    # shared/data/README.md: pupils over seats 660, 45 of 138 zones in several parts
    assert (len(board.units), len(board.zones)) == (9404, 138)
    assert (score.over, score.in_parts, score.unplaced) == (660, 45, 0)
    # 3 schools of all levels lie outside their own zone: 2 elementary, 1 middle
    assert (score.outside, score.children, score.seats) == (2, 89_045, 101_127)
    # perimeters by edges are those of the dissolved polygons
    zones = outline_zones(city, plan_in(city, 2025))
    whole = 4 * np.pi * shapely.area(zones.geometry) / shapely.length(zones.geometry) ** 2
    assert np.abs(score.zones["compactness"] - whole).max() < 1e-6


# --- categories with zones of their own, children without a unit

BY_CATEGORY = """\
unit_id,zone_id,category
U1,Z1,
U2,Z2,
U3,Z2,
U4,Z3,
U5,Z3,
U1,Z2,points
"""


def test_a_category_of_the_plan_without_children_is_compared_all_the_same(tmp_path: Path) -> None:
    city = read_city(write_tiny(tmp_path / "project", plan=BY_CATEGORY, demand=DEMAND))
    now = plan_in(city, 2024)
    other = now.assign(
        zone_id=now["zone_id"].where(~((now["unit_id"] == "U1") & (now["category"] == "points")), "Z1")
    )
    board = board_of(city, other)
    assert board.categories == ("household", "points")
    moves = moves_on(board, plan_on(board, now), plan_on(board, other), NO_REASONS)
    assert moves[["unit_id", "category", "children"]].to_numpy().tolist() == [["U1", "points", 0]]


def test_a_school_that_serves_the_zone_of_any_category_there_is_not_outside(tmp_path: Path) -> None:
    changes = {"plan": BY_CATEGORY, "serves": "zone_id,school_id\nZ1,S4\nZ2,S1\nZ2,S3\nZ3,S4\n"}
    board, plan = boarded(tmp_path, demand=DEMAND, **changes)
    # S1 lies in U1, which is in its zone Z2 for points children only; S2 serves no zone
    assert score_plan(board, plan).outside == 0
    assert score_plan(board, np.stack([plan[0], plan[0]])).outside == 1


def test_the_nearest_school_is_looked_for_among_the_zones_of_the_category(tmp_path: Path) -> None:
    demand = DEMAND + "U1,points,2024,7\n"
    plan_ = BY_CATEGORY + "U2,Z2,points\nU3,Z2,points\nU4,Z3,points\nU5,Z3,points\n"
    board, plan = boarded(tmp_path, demand=demand, plan=plan_)
    # Z1's school is nearer to U1, but no points child can be in Z1
    assert score_plan(board, plan).not_nearest == 0


def test_children_of_whom_only_the_zone_is_known_count_in_it(tmp_path: Path) -> None:
    rows = "applicant_id,category,unit_id,zone_id\nA1,household,U1,\nA2,household,,Z3\n"
    board, plan = boarded(tmp_path, **applicants_of(rows))
    score = score_plan(board, plan)
    assert of_zone(score, "children") == {"Z1": 1, "Z2": 0, "Z3": 1}
    assert (score.children, score.unplaced, score.unmeasured) == (2, 0, 1)


def test_a_project_without_units_has_no_plan_to_score(tmp_path: Path) -> None:
    zones = layer(({"zone_id": "Z1", "name": "Z"}, square(0, 0)))
    folder = write_tiny(tmp_path / "project", units=None, plan=None, demand=None, zones=None)
    toml = (folder / "xuequ.toml").read_text(encoding="utf-8")
    for table in ("units", "plan", "demand"):
        start = toml.index(f"[tables.{table}]")
        toml = toml[:start] + toml[toml.index("[", start + 1) :]
    toml = toml.replace('path = "zones.csv"', 'path = "zones.geojson"\ndatum = "EPSG:4548"')
    (folder / "xuequ.toml").write_text(toml, encoding="utf-8")
    (folder / "zones.geojson").write_text(zones, encoding="utf-8")
    (folder / "serves.csv").write_text("zone_id,school_id\nZ1,S1\n", encoding="utf-8")
    with pytest.raises(XuequError, match="no units"):
        board_of(read_city(folder))
