"""Two real districts, read where they lie: Liwan of Guangzhou and Yuetang of Xiangtan."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from geodata import City, read_city

PROJECTS = Path(__file__).parents[1] / "projects"

pytestmark = pytest.mark.real_data


@pytest.fixture
def liwan(real_data: Path) -> City:
    return read_city(PROJECTS / "liwan")


@pytest.fixture
def xiangtan(real_data: Path) -> City:
    return read_city(PROJECTS / "xiangtan")


def test_liwan_has_sixty_campuses(liwan: City) -> None:
    assert len(liwan["schools"]) == 60


def test_liwan_plans_240_first_grade_classes(liwan: City) -> None:
    # awk -F'|' 'NR > 1 { s += $2 } END { print s }' schools.psv
    assert liwan["seats"]["classes"].sum() == 240
    assert liwan["seats"]["seats"].sum() == 240 * 45


def test_liwan_lists_four_blank_points_and_two_blank_class_plans_as_absent(liwan: City) -> None:
    said = [str(text) for text in liwan.absences]
    assert sum(text.endswith("no point, so no distance is known") for text in said) == 4
    assert sum(text.endswith("no class plan, so it offers no seats") for text in said) == 2
    assert len(said) == 6


def test_what_liwan_leaves_blank_is_absent_and_not_zero(liwan: City) -> None:
    assert liwan["schools"].geometry.isna().sum() == 4
    assert liwan["seats"]["seats"].isna().sum() == 2
    assert (liwan["seats"]["seats"].dropna() > 0).all()


def communities_at_several_schools(liwan: City) -> pd.Series:
    plan = liwan["plan"].merge(liwan["serves"], on="zone_id").merge(liwan["units"], on="unit_id")
    community = plan["scope_text"].str.extract(r"^(.+?社区)")[0].fillna(plan["scope_text"])
    return plan.groupby(community)["school_id"].agg(set).loc[lambda schools: schools.map(len) > 1]


def test_fifteen_communities_of_liwan_are_at_two_or_three_schools(liwan: City) -> None:
    shared = communities_at_several_schools(liwan)
    assert len(shared) == 15
    assert set(shared.map(len)) <= {2, 3}


def test_fourteen_of_them_are_split_into_units_of_one_school_each(liwan: City) -> None:
    units = liwan["units"].merge(liwan["plan"], on="unit_id")
    schools = units["zone_id"].map(liwan["serves"].groupby("zone_id")["school_id"].nunique())
    community = units["scope_text"].str.extract(r"^(.+?社区)")[0].fillna(units["scope_text"])
    shared = communities_at_several_schools(liwan).index
    split = [
        name for name in shared if (schools[community == name] == 1).all() and (community == name).sum() > 1
    ]
    assert len(split) == 14


def test_one_zone_of_liwan_has_two_schools_and_holds_lingnan_whole(liwan: City) -> None:
    serving = liwan["serves"].groupby("zone_id")["school_id"].agg(list)
    several = serving[serving.map(len) > 1]
    assert len(several) == 1
    assert len(several.iloc[0]) == 2
    members = liwan["plan"][liwan["plan"]["zone_id"] == several.index[0]]["unit_id"]
    assert len(members) == 1
    assert "岭南社区" in members.iloc[0]


def test_every_unit_of_liwan_lies_in_one_zone(liwan: City) -> None:
    assert liwan["plan"]["unit_id"].is_unique
    assert set(liwan["plan"]["unit_id"]) == set(liwan["units"]["unit_id"])


def test_the_row_that_takes_in_nobody_is_left_out_and_noted(liwan: City) -> None:
    assert [str(note) for note in liwan.notes if "双桥学校" in str(note)] != []


def test_liwan_is_measured_in_the_three_degree_zone_of_guangzhou(liwan: City) -> None:
    assert liwan.metric_crs == "EPSG:4547"


def test_xiangtan_has_eight_zones_and_23_schools(xiangtan: City) -> None:
    assert len(xiangtan["zones"]) == 8
    assert len(xiangtan["schools"]) == 23


def test_each_zone_school_of_xiangtan_lies_in_its_own_zone(xiangtan: City) -> None:
    zones = xiangtan["zones"].set_index("zone_id").geometry
    schools = xiangtan["schools"].set_index("school_id").geometry
    pairs = xiangtan["serves"]
    assert len(pairs) == 8
    assert all(
        zones[z].contains(schools[s]) for z, s in zip(pairs["zone_id"], pairs["school_id"], strict=True)
    )


def test_the_zones_of_xiangtan_have_the_gaps_and_the_overlap_that_are_really_there(xiangtan: City) -> None:
    shapes = xiangtan["zones"].geometry
    union = shapes.union_all()
    overlap = shapes.area.sum() - union.area
    holes = sum(
        type(union)(ring).area for part in getattr(union, "geoms", [union]) for ring in part.interiors
    )
    assert overlap == pytest.approx(31, abs=2)
    assert holes == pytest.approx(7549 + 25, abs=20)
