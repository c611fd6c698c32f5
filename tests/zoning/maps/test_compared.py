"""The page of a change: shapes, figures, what the public is told."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from geodata import City, say, speaker
from tests.zoning.maps.changed import changed, data_of, many_years, moved, side, town
from zoning.maps.compared import compared_map
from zoning.maps.compared_records import use_words
from zoning.maps.compared_shapes import changed_ground, rings_of
from zoning.maps.compared_sides import Telling, hidden_zones
from zoning.maps.timed import Step, Timed, warning_by_scenario, warning_by_year
from zoning.plan import plan_in
from zoning.web.inline import loads_of

MOVE = {"U11": "Z2"}


def ground(before: City, after: City, *, public: bool = False):  # type: ignore[no-untyped-def]
    plans = [plan_in(city, 2026) for city in (before, after)]
    return changed_ground(before, after, plans[0], plans[1], public=public)


@pytest.mark.parametrize("public", [False, True])
def test_zones_and_what_moves_are_cut_from_the_same_pieces(tmp_path: Path, public: bool) -> None:
    city = town(tmp_path)
    made = ground(city, moved(city, MOVE), public=public)
    assert made.moves[["start", "end", "units", "children"]].to_numpy().tolist() == [
        ["Z1", "Z2", 1.0, 30.0]
    ]
    piece = made.moves["shape"][0]
    lost = shapely.difference(made.before[0], made.after[0])
    assert shapely.area(shapely.symmetric_difference(lost, piece)) < 1.0
    assert shapely.area(made.after).sum() == pytest.approx(shapely.area(made.before).sum())
    assert shapely.coverage_is_valid(made.before)
    assert shapely.coverage_is_valid(made.after)


def test_the_order_of_the_rows_does_not_matter(tmp_path: Path) -> None:
    city = town(tmp_path)
    after = moved(city, MOVE)
    turned = changed(city, units=city["units"].iloc[::-1], plan=city["plan"].iloc[::-1])
    a, b = ground(city, after), ground(turned, after)
    assert a.moves["units"].tolist() == b.moves["units"].tolist()
    assert shapely.equals(a.before, b.before).all()


def test_given_polygons_without_units_show_where_they_differ(tmp_path: Path) -> None:
    city = town(tmp_path)
    outlines = ground(city, city)
    zones = city["zones"].set_geometry(list(outlines.before), crs=city.metric_crs)
    bare = changed(
        city,
        zones=zones,
        units=city["units"].iloc[:0],
        plan=city["plan"].iloc[:0],
        demand=city["demand"].iloc[:0],
    )
    shapes = list(outlines.before)
    half = shapely.intersection(
        shapes[0],
        shapely.box(*shapely.bounds(shapes[0])[:2], *shapely.get_coordinates(shapes[0].centroid)[0]),
    )
    other = changed(
        bare, zones=zones.set_geometry([shapes[0] - half, shapes[1] | half, *shapes[2:]], crs=zones.crs)
    )
    made = ground(bare, other)
    assert made.moves[["start", "end"]].to_numpy().tolist() == [["Z1", "Z2"]]
    assert made.moves["children"].isna().all()
    assert shapely.area(made.moves["shape"][0]) == pytest.approx(half.area, rel=0.05)


def test_units_that_are_points_are_drawn_as_points_but_not_for_the_public(tmp_path: Path) -> None:
    city = town(tmp_path)
    units = city["units"].set_geometry(city["units"].geometry.centroid)
    points = changed(city, units=units)
    after = changed(moved(city, MOVE), units=units)
    assert ground(points, after).moves["shape"][0].geom_type == "Point"
    assert ground(points, after, public=True).moves["shape"][0] is None


def test_rings_reach_as_far_as_they_say_and_stay_on_the_ground(tmp_path: Path) -> None:
    city = town(tmp_path)
    made = ground(city, city)
    near, far = rings_of(city, made.before)
    floor = shapely.union_all(made.before)
    assert shapely.area(shapely.difference(far, shapely.buffer(floor, 15))) == pytest.approx(0, abs=1)
    points = shapely.get_coordinates(near)
    schools = city["schools"].geometry.dropna().to_numpy()
    away = [shapely.distance(shapely.points(x, y), schools).min() for x, y in points.tolist()]
    assert max(away) < 515
    assert shapely.area(near) < shapely.area(far)


def test_the_page_loads_nothing_and_is_the_same_each_time(tmp_path: Path) -> None:
    city = town(tmp_path)
    sides = side(city, "today"), side(moved(city, MOVE), "proposed")
    html = compared_map(*sides, lang="en")
    assert loads_of(html) == []
    assert html == compared_map(*sides, lang="en")


def test_the_records_tell_both_sides(tmp_path: Path) -> None:
    city = town(tmp_path)
    sides = side(city, "today", children=70), side(moved(city, MOVE), "proposed", children=101)
    data = data_of(compared_map(*sides, lang="en"))
    zone = data["records"]["zones"][0]
    assert zone["labels"] == ["110%", "80%"]
    assert zone["changed"]
    assert not data["records"]["zones"][5]["changed"]
    school = data["records"]["schools"][0]
    assert school["labels"] == ["70%", "101%"]
    assert school["classes"] == [3, 0]
    assert [flow["children"] for flow in data["flows"]["flows"][0]] == [12, 3]
    assert [flow["children"] for flow in data["flows"]["districtFlows"][0]] == [12]


def test_a_share_is_not_rounded_out_of_its_class() -> None:
    tell = Telling(speak=speaker("en"), public=False)
    over = pd.Series({"seats": 1000.0, "placed": 1001.0, "share": 1.001})
    full = pd.Series({"seats": 1000.0, "placed": 1000.0, "share": 1.0})
    assert use_words(over, tell) == "101%"
    assert use_words(full, tell) == "100%"


def test_the_public_page_tells_no_small_count_and_nothing_that_brings_one_back(tmp_path: Path) -> None:
    city = town(tmp_path)
    demand = city["demand"].copy()
    demand.loc[demand["unit_id"] == "U11", "children"] = 3
    city = many_years(changed(city, demand=demand))
    sides = side(city, "today", children=4), side(moved(city, MOVE), "proposed")
    timed = warning_by_year(city, sides[1].city)
    html = compared_map(*sides, lang="en", timed=timed, public=True)
    data = data_of(html)
    for touched in data["records"]["zones"][:2]:
        assert touched["labels"] == ["", ""]
        assert "children" not in str(touched["card"]["rows"])
    assert dict(data["records"]["moves"][0]["card"]["rows"])["children"] == "<5"
    assert data["records"]["schools"][0]["labels"][0] == ""
    assert data["records"]["schools"][0]["classes"][0] == -1
    for step in data["steps"]:
        assert [own[:2] for own in step["labels"]] == [["", ""], ["", ""]]
    for arrows in data["flows"].values():
        assert all(flow["children"] >= 5 for own in arrows for flow in own)
    assert "units" not in data["layers"]
    assert "Map approval number: ____" in html
    assert "<td>3</td>" not in html
    assert "<td>4</td>" not in html


def test_the_public_page_has_the_approval_number_once_it_is_given(tmp_path: Path) -> None:
    city = town(tmp_path)
    html = compared_map(side(city, "a"), side(city, "b"), lang="en", public=True, approval="闽S〔2026〕1号")
    assert "Map approval number: 闽S〔2026〕1号" in html
    assert "____" not in html


def test_zones_between_which_an_unknown_number_moves_are_not_told_in_public() -> None:
    moves = pd.DataFrame({"start": ["A"], "end": ["B"], "children": [np.nan]})
    assert hidden_zones(moves, public=True) == {"A", "B"}
    assert hidden_zones(moves, public=False) == frozenset()
    assert hidden_zones(moves.assign(children=0.0), public=True) == frozenset()


def test_each_year_has_its_own_colours(tmp_path: Path) -> None:
    city = many_years(town(tmp_path))
    timed = warning_by_year(city, moved(city, MOVE))
    assert timed is not None
    assert [step.name for step in timed.steps] == ["2026", "2027", "2028"]
    ratios = [step.before.set_index("zone_id")["ratio"]["Z7"] for step in timed.steps]
    assert ratios == [0.6, 0.9, 1.2]
    # zone 1 gives 30 of its 110 children away
    assert timed.steps[0].after.set_index("zone_id")["ratio"]["Z1"] == 0.8
    assert "2027, 2028" in str(timed.notes[0])


def test_one_year_has_no_slider_and_says_so(tmp_path: Path) -> None:
    city = town(tmp_path)
    assert warning_by_year(city, city) is None
    html = compared_map(side(city, "a"), side(city, "b"), lang="en")
    assert "No slider" in html
    assert 'id="step"' not in html


def test_scenarios_make_steps_with_chances(tmp_path: Path) -> None:
    city = town(tmp_path)
    ids = city["zones"]["zone_id"]
    base = pd.DataFrame({"zone_id": ids, "colour": "green", "short_probability": 0.001})
    timed = warning_by_scenario(base, {"late": base.assign(colour="red", short_probability=0.62)}, 500)
    data = data_of(compared_map(side(city, "a"), side(city, "b"), lang="en", timed=timed))
    assert data["steps"][0]["labels"][0][0] == "<1%"
    assert data["steps"][0]["labels"][1][0] == "62%"
    assert data["steps"][0]["colours"][1][0] == "red"


def test_a_slider_without_scenarios_is_refused() -> None:
    with pytest.raises(ValueError, match="no scenario"):
        warning_by_scenario(pd.DataFrame(), {}, 10)


def test_sides_in_different_crs_are_refused(tmp_path: Path) -> None:
    city = town(tmp_path)
    other = dataclasses.replace(city, metric_crs="EPSG:4549")
    with pytest.raises(ValueError, match="different CRS"):
        compared_map(side(city, "a"), side(other, "b"), lang="en")


def test_a_step_of_unknown_zones_is_grey(tmp_path: Path) -> None:
    city = town(tmp_path)
    nothing = pd.DataFrame({"zone_id": ["other"], "colour": ["red"], "ratio": [2.0], "children": [9]})
    timed = Timed(what=say("year"), steps=(Step(name="2027", before=nothing, after=nothing),))
    data = data_of(compared_map(side(city, "a"), side(city, "b"), lang="en", timed=timed))
    assert set(data["steps"][0]["colours"][0]) == {"none"}
