"""Seconds that a project gives, and ways that cross a barrier, in the scores of a plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import City, read_city
from tests.tiny import EAST, NORTH, Edit, applicants_of, layer, write_tiny
from zoning.plan import plan_in
from zoning.plans.board import Board, Plan, board_of, plan_on
from zoning.plans.moves import moved_on, moves_on
from zoning.plans.reading import zones_beside
from zoning.plans.score import score_plan
from zoning.plans.ways import Crossing

PROJECTS = Path(__file__).parents[2] / "projects"
COUNTS = {"U1": 50, "U2": 20, "U3": 10, "U4": 7, "U5": 3}
DEMAND = "unit_id,category,year,children\n" + "".join(f"{u},a,2024,{n}\n" for u, n in COUNTS.items())
NO_REASONS = pd.DataFrame({"unit_id": ["U1"], "category": [""], "reason_code": [None]})


def line(*places: tuple[float, float]) -> dict[str, object]:
    return {"type": "LineString", "coordinates": [[EAST + east, NORTH + north] for east, north in places]}


# between U1 and U2, from the south end of the part to its north end
RAILWAY = layer(({"barrier_id": "B1", "kind": "railway"}, line((1000, 0), (1000, 2000))))
TRAVEL = "unit_id,school_id,seconds\nU1,S1,100.4\nU1,S2,60\nU2,S1,300\nU2,S2,200\nU2,S3,150\nU3,S2,90\n"


def city(folder: Path, **tables: str) -> City:
    """Return the tiny city with further tables: barriers as a layer, or rows."""
    changes: dict[str, Edit] = {"demand": DEMAND}
    text = ""
    for name in tables:
        text += f'[tables.{name}]\npath = "{name}.{"geojson" if name == "barriers" else "csv"}"\n'
        text += 'datum = "EPSG:4548"\n\n' if name == "barriers" else "\n"
    changes["xuequ"] = ("[children]", text + "[children]")
    project = write_tiny(folder, **changes)
    for name, content in tables.items():
        ending = "geojson" if name == "barriers" else "csv"
        (project / f"{name}.{ending}").write_text(content, encoding="utf-8")
    return read_city(project)


def boarded(one: City) -> tuple[Board, Plan]:
    board = board_of(one)
    return board, plan_on(board, plan_in(one, 2024))


def moved(board: Board, plan: Plan, unit: str, zone: str) -> Plan:
    other = plan.copy()
    other[:, board.units.tolist().index(unit)] = board.zones.tolist().index(zone)
    return other


# --- crossings


def test_children_who_cross_a_railway_are_counted_where_the_plan_sends_them_over_it(tmp_path: Path) -> None:
    board, plan = boarded(city(tmp_path / "p", barriers=RAILWAY))
    score = score_plan(board, plan)
    assert (score.crossings, score.unbridged, score.unseen) == (0, 0, 0)
    other = score_plan(board, moved(board, plan, "U2", "Z1"))
    assert (other.crossings, other.unbridged) == (20, 20)
    assert other.zones.set_index("zone_id")["crossings"].to_dict() == {"Z1": 20, "Z2": 0, "Z3": 0}


def test_a_level_crossing_near_the_way_bridges_the_railway(tmp_path: Path) -> None:
    one = city(tmp_path / "p", barriers=RAILWAY)
    over = gpd.GeoDataFrame(
        {"link_id": ["L2"], "length_m": [40.0]},
        geometry=[shapely.LineString([(EAST + 980, NORTH + 600), (EAST + 1020, NORTH + 600)])],
        crs=one.metric_crs,
    )
    links = pd.concat([one["links"], over], ignore_index=True)
    board, plan = boarded(replace(one, tables={**one.tables, "links": links}))
    score = score_plan(board, moved(board, plan, "U2", "Z1"))
    assert (score.crossings, score.unbridged) == (20, 0)


def test_the_way_is_that_to_the_nearest_school_of_the_zone(tmp_path: Path) -> None:
    # a wall south of S3: from U2 the nearest school of Z2 is S2, on this side of it
    wall = layer(({"barrier_id": "B1", "kind": "road"}, line((1000, 1100), (2000, 1100))))
    board, plan = boarded(city(tmp_path / "p", barriers=wall))
    assert score_plan(board, plan).crossings == 0


def test_of_two_schools_equally_near_the_first_is_gone_to(tmp_path: Path) -> None:
    # S2 and S3 lie 500 m south and north of (1500, 1000); a wall before S3
    wall = layer(({"barrier_id": "B1", "kind": "road"}, line((1000, 1300), (2000, 1300))))
    one = city(tmp_path / "p", barriers=wall)
    units = one["units"].copy()
    units.loc[units["unit_id"] == "U1", "geometry"] = shapely.Point(EAST + 1500, NORTH + 1000)
    board, plan = boarded(replace(one, tables={**one.tables, "units": units}))
    assert score_plan(board, moved(board, plan, "U1", "Z2")).crossings == 0


def test_the_water_between_land_parts_is_a_crossing_though_nobody_drew_it(tmp_path: Path) -> None:
    board, plan = boarded(city(tmp_path / "p"))
    score = score_plan(board, moved(board, plan, "U4", "Z1"))
    assert (score.crossings, score.unbridged) == (7, 0)


def test_a_city_of_one_land_part_without_barriers_has_no_crossings_to_count(tmp_path: Path) -> None:
    one = city(tmp_path / "p")
    whole = one["districts"].dissolve().assign(geometry=lambda frame: frame.convex_hull)
    board, plan = boarded(replace(one, tables={**one.tables, "districts": whole}))
    assert board.crossing is None
    score = score_plan(board, plan)
    assert score.crossings is None
    assert "crossings" not in score.zones


def test_a_way_of_which_an_end_is_not_known_is_told_apart(tmp_path: Path) -> None:
    one = city(tmp_path / "p", barriers=RAILWAY)
    units = one["units"].copy()
    units.loc[units["unit_id"] == "U2", "geometry"] = None
    board, plan = boarded(replace(one, tables={**one.tables, "units": units}))
    score = score_plan(board, moved(board, plan, "U2", "Z1"))
    assert (score.crossings, score.unseen) == (0, 20)
    [row] = moves_on(board, plan, moved(board, plan, "U2", "Z1"), NO_REASONS).to_dict("records")
    assert pd.isna(row["after_crosses"])


def test_children_of_whom_only_the_zone_is_known_are_not_seen_to_cross(tmp_path: Path) -> None:
    rows = "applicant_id,category,unit_id,zone_id\nA1,a,U1,\nA2,a,,Z3\n"
    one = read_city(write_tiny(tmp_path / "p", **applicants_of(rows)))
    assert score_plan(*boarded(one)).unseen == 1


def test_where_no_link_leads_the_way_still_crosses_the_water(tmp_path: Path) -> None:
    one = city(tmp_path / "p")
    board, plan = boarded(replace(one, tables={**one.tables, "links": one["links"].iloc[:0]}))
    score = score_plan(board, moved(board, plan, "U4", "Z2"))
    assert (score.crossings, score.unbridged, score.unmeasured) == (7, 7, 7)


# --- seconds


def test_seconds_are_those_of_the_quickest_school_and_none_is_made_up(tmp_path: Path) -> None:
    board, plan = boarded(city(tmp_path / "p", travel=TRAVEL))
    score = score_plan(board, plan)
    # U1 to S1: 100 s, whole; U2 to S3 (not S2): 150; U3 to S2: 90; U4 and U5: not given
    assert score.mean_s == pytest.approx((50 * 100 + 20 * 150 + 10 * 90) / 80)
    assert (score.untimed, score.not_quickest) == (10, 50), "U1 is quicker at S2"
    assert np.isnan(score.zones.set_index("zone_id").loc["Z3", "mean_s"])
    assert score.unmeasured == 0, "metres are measured all the same"


def test_without_seconds_there_are_none(tmp_path: Path) -> None:
    score = score_plan(*boarded(city(tmp_path / "p")))
    assert (score.mean_s, score.untimed, score.not_quickest) == (None, None, None)


# --- moves and tables


def test_moves_tell_seconds_and_crossings_before_and_after(tmp_path: Path) -> None:
    board, plan = boarded(city(tmp_path / "p", barriers=RAILWAY, travel=TRAVEL))
    other = moved(board, plan, "U2", "Z1")
    [row] = moves_on(board, plan, other, NO_REASONS).to_dict("records")
    assert (row["before_s"], row["after_s"]) == (150, 300)
    assert (row["before_crosses"], row["after_crosses"]) == (False, True)
    assert moved_on(board, plan, other) == (1, 20)


def test_the_zones_of_two_scores_stand_beside_each_other_with_their_names(tmp_path: Path) -> None:
    one = city(tmp_path / "p")
    board, plan = boarded(one)
    score = score_plan(board, plan)
    table = zones_beside(one["zones"], score, score)
    assert table.loc[0, ["zone_id", "name"]].tolist() == ["Z1", "东一片区"]
    assert (table["children_before"] == table["children_after"]).all()


@given(
    st.lists(st.integers(-1, 2), min_size=5, max_size=5),
    st.lists(st.integers(0, 99), min_size=5, max_size=5),
    st.lists(st.booleans(), min_size=30, max_size=30),
    st.lists(st.integers(0, 3), min_size=15, max_size=15),
)
@settings(max_examples=40)
def test_crossings_and_seconds_are_those_of_counting_one_by_one(
    tmp_path_factory: pytest.TempPathFactory,
    zones: list[int],
    counts: list[int],
    marks: list[bool],
    seconds: list[int],
) -> None:
    crosses, known = np.array(marks).reshape(2, 5, 3)
    away = np.array(seconds, dtype=np.int32).reshape(5, 3)
    board = replace(
        _tiny(tmp_path_factory),
        children=np.array([counts]),
        crossing=Crossing(crosses=crosses & known, unbridged=np.zeros_like(known), known=known),
        seconds=away,
        least_s=away.min(axis=1)[None, :],
    )
    score = score_plan(board, np.array([zones]))
    there = [u for u in range(5) if zones[u] >= 0]
    assert score.crossings == sum(counts[u] for u in there if (crosses & known)[u, zones[u]])
    assert score.unseen == sum(counts[u] for u in there if not known[u, zones[u]])
    assert score.not_quickest == sum(counts[u] for u in there if away[u, zones[u]] > away[u].min())
    total = sum(counts[u] for u in there)
    if total:
        assert score.mean_s == pytest.approx(sum(counts[u] * away[u, zones[u]] for u in there) / total)


_MADE: list[Board] = []


def _tiny(factory: pytest.TempPathFactory) -> Board:
    if not _MADE:
        _MADE.append(board_of(city(factory.mktemp("tiny") / "p")))
    return _MADE[0]


# --- real data


@pytest.mark.real_data
def test_fairfax_seconds_are_those_of_its_array(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XUEQU_REAL_DATA", str(real_data))
    board, plan = boarded_in(read_city(PROJECTS / "fairfax"), 2025)
    score = score_plan(board, plan)
    blocks = gpd.read_file(real_data / "fairfax" / "ffx_blocks.gpkg", ignore_geometry=True)
    seconds = np.rint(np.load(real_data / "fairfax" / "commute_es.npz", allow_pickle=False)["sec"])
    pupils, zone = blocks["students_es"].to_numpy(), blocks["elem_current"].to_numpy(dtype=int) - 1
    own = seconds[np.arange(len(blocks)), zone].astype(float)
    assert score.mean_s == pytest.approx((own * pupils).sum() / pupils.sum())
    assert score.not_quickest == pupils[own > seconds.min(axis=1)].sum()
    assert (score.untimed, score.crossings) == (0, None)


def boarded_in(one: City, year: int) -> tuple[Board, Plan]:
    board = board_of(one)
    return board, plan_on(board, plan_in(one, year))
