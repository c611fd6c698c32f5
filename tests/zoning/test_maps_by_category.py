"""The map of a city whose zones differ by category, and of one whose units have no polygons."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely

from geodata import City, read_city
from geodata.messages import speaker
from tests.browser import DESKTOP, PHONE, launch, visit
from tests.tiny import layer, point, square, write_tiny
from zoning.maps import page
from zoning.maps.category_views import category_outlines, widest_outlines
from zoning.maps.stand_ins import cell_records, stand_ins_of
from zoning.maps.unit_list import unit_lines, unit_list
from zoning.maps.zones import zone_table
from zoning.outline import outline_zones
from zoning.plan import categories_of, plan_for, plan_in

# U1 is of Z1 for all; U2 of Z1 for household and of Z2 for points children; U3 names none for points
PLAN = "unit_id,zone_id,category\nU1,Z1,\nU2,Z1,household\nU2,Z2,points\nU3,Z2,household\nU4,Z3,\nU5,Z3,\n"
DEMAND = "unit_id,category,year,children\nU1,household,2024,48\nU2,points,2024,16\nU4,points,2024,12\n"


def by_category(folder: Path) -> City:
    return read_city(write_tiny(folder, plan=PLAN, demand=DEMAND))


def without_shapes(folder: Path, **more: str) -> City:
    rows = "unit_id,name\n" + "".join(f"U{n},小区{n}\n" for n in range(1, 6))
    toml = (
        '[tables.units]\npath = "units.geojson"\ndatum = "EPSG:4548"',
        '[tables.units]\npath = "units.csv"',
    )
    folder = write_tiny(folder, units=None, xuequ=toml, plan=PLAN, demand=DEMAND, **more)
    (folder / "units.csv").write_text(rows, encoding="utf-8")
    return read_city(folder)


def points(folder: Path) -> City:
    places = [(500, 500), (1500, 500), (1500, 1500), (-3500, 500), (-2500, 1500)]
    rows = [({"unit_id": f"U{n}", "name": f"小区{n}"}, point(*at)) for n, at in enumerate(places, 1)]
    return read_city(write_tiny(folder, units=layer(*rows)))


def data_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="xuequ-data">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    made: dict[str, Any] = json.loads(found.group(1))
    return made


# a plan by category


def test_a_plan_for_a_category_has_its_own_rows_before_those_for_all(tmp_path: Path) -> None:
    plan = plan_in(by_category(tmp_path), 2024)
    assert categories_of(plan) == ["household", "points"]
    assert plan_for(plan, "points")[["unit_id", "zone_id"]].to_numpy().tolist() == [
        ["U1", "Z1"],
        ["U2", "Z2"],
        ["U4", "Z3"],
        ["U5", "Z3"],
    ]
    assert set(plan_for(plan, "points")["category"]) == {""}


def test_each_category_has_outlines_of_its_own(tmp_path: Path) -> None:
    city = by_category(tmp_path)
    found = category_outlines(city, plan_in(city, 2024))
    area = {name: shapely.area(shapes).tolist() for name, shapes in found.items()}
    # Z1, Z2, Z3 in units of a square kilometre; U5 is a point
    assert {name: [round(a / 1e6) for a in some] for name, some in area.items()} == {
        "household": [2, 1, 1],
        "points": [1, 1, 1],
    }


def test_a_zone_of_one_category_is_not_drawn_for_the_other(tmp_path: Path) -> None:
    plan = "unit_id,zone_id,category\nU1,Z1,\nU2,Z2,household\nU2,Z1,points\nU4,Z3,\nU5,Z3,\n"
    city = read_city(write_tiny(tmp_path, plan=plan, demand=DEMAND))
    found = category_outlines(city, plan_in(city, 2024))
    assert [shape is None for shape in found["household"]] == [False, False, False]
    assert [shape is None for shape in found["points"]] == [False, True, False]
    whole = widest_outlines(outline_zones(city, plan_in(city, 2024)), found)
    assert [round(a / 1e6) for a in whole.geometry.area] == [2, 1, 1]


def test_one_plan_for_all_has_no_views(tmp_path: Path) -> None:
    city = read_city(write_tiny(tmp_path))
    plan = plan_in(city, 2024)
    assert category_outlines(city, plan) == {}
    zones = outline_zones(city, plan)
    assert widest_outlines(zones, {}) is zones
    assert "zoneViews" not in data_of(page.draw_map(city, lang="en"))


@pytest.mark.parametrize(("lang", "name"), [("zh", "积分"), ("en", "points")])
def test_the_reader_chooses_whose_zones_are_drawn(tmp_path: Path, lang: str, name: str) -> None:
    city = by_category(tmp_path)
    path = tmp_path / "map.html"
    path.write_text(page.draw_map(city, lang=lang), encoding="utf-8")
    with launch() as browser, visit(browser, path, ready="html[data-ready]") as opened:
        screen = opened.page
        zones = screen.locator(".leaflet-xuequ-zones-pane path")
        assert zones.count() == 3
        widths = sorted(
            round(box["width"]) for box in (zones.nth(n).bounding_box() for n in range(3)) if box
        )
        screen.locator(f".views span:text-is('{name}')").click()
        assert zones.count() == 3
        after = sorted(
            round(box["width"]) for box in (zones.nth(n).bounding_box() for n in range(3)) if box
        )
        # the zone of two square kilometres is one for the others
        assert widths[-1] > 1.8 * widths[0]
        assert after[-1] < 1.2 * after[0]
        assert (opened.errors, opened.asked) == ([], [])


# units without a place


def test_the_list_says_for_each_category_which_zone(tmp_path: Path) -> None:
    city = without_shapes(tmp_path)
    plan = plan_in(city, 2024)
    table = zone_table(city, outline_zones(city, plan), None)
    assert unit_lines(city, plan, table, speaker("en")) == [
        [["", "东一片区"]],
        [["household-registered", "东一片区"], ["points", "东二片区"]],
        [["household-registered", "东二片区"], ["points", "not stated"]],
        [["", "西片区"]],
        [["", "西片区"]],
    ]
    listed = unit_list(city, plan, table, speaker("en"))
    assert listed is not None
    assert listed["schools"] == [[0], [0, 1, 2], [1, 2], [3], [3]]


def test_a_unit_in_no_plan_is_listed_as_not_stated(tmp_path: Path) -> None:
    city = without_shapes(tmp_path)
    plan = plan_in(city, 2024)
    plan = plan[plan["unit_id"] != "U5"]
    table = zone_table(city, outline_zones(city, plan), None)
    assert unit_lines(city, plan, table, speaker("en"))[4] == [["", "not stated"]]


def test_units_that_the_map_shows_are_not_listed_beside_it(tmp_path: Path) -> None:
    html = page.draw_map(by_category(tmp_path), lang="en")
    assert data_of(html)["unitList"] is None
    assert 'id="unit-list"' not in html


def test_a_school_says_how_many_units_it_takes_for_each_category(tmp_path: Path) -> None:
    records = data_of(page.draw_map(without_shapes(tmp_path), lang="en"))["records"]["schools"]
    rows = [dict(map(tuple, record["card"]["rows"])).get("planning units") for record in records]
    assert rows[0] == ["household-registered: 2", "points: 1"]
    assert rows[3] == ["household-registered: 2", "points: 2"]


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_unit_of_the_list_opens_at_its_school(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "map.html"
    path.write_text(page.draw_map(without_shapes(tmp_path / "p"), lang="zh"), encoding="utf-8")
    with launch() as browser, visit(browser, path, size=size, ready="html[data-ready]") as opened:
        screen = opened.page
        if size == PHONE:
            screen.locator("#units summary").click()
        assert screen.locator("#unit-list li").count() == 5
        assert not screen.locator("#unit-more").is_visible()
        screen.locator("#unit-filter").fill("东二片区")  # by what is said of it, too
        assert screen.locator("#unit-list li").count() == 2
        screen.locator("#unit-list button").first.focus()
        screen.keyboard.press("Enter")
        assert screen.locator(".leaflet-popup h3").inner_text() == "小区2"
        assert (opened.errors, opened.asked) == ([], [])


def test_html_in_a_unit_stays_text(tmp_path: Path) -> None:
    city = without_shapes(tmp_path / "p")
    city["units"].loc[0, "name"] = "<img src=x onerror=alert(1)>"
    path = tmp_path / "map.html"
    path.write_text(page.draw_map(city, lang="en"), encoding="utf-8")
    with launch() as browser, visit(browser, path, ready="html[data-ready]") as opened:
        assert opened.page.locator("#unit-list img").count() == 0
        assert opened.page.locator("#unit-list button").first.inner_text() == "<img src=x onerror=alert(1)>"
        assert opened.errors == []


# stand-ins


def test_stand_ins_are_a_layer_of_their_own_hidden_at_first_and_named_for_what_they_are(
    tmp_path: Path,
) -> None:
    path = tmp_path / "map.html"
    path.write_text(page.draw_map(points(tmp_path / "p"), lang="en"), encoding="utf-8")
    with launch() as browser, visit(browser, path, ready="html[data-ready]") as opened:
        screen = opened.page
        cells = screen.locator(".leaflet-xuequ-stand_ins-pane path")
        assert cells.count() == 0
        assert screen.locator("#legend li", has_text="stand-in cells (Voronoi), not borders").count() == 1
        screen.locator(".leaflet-control-layers label", has_text="not borders").locator("input").check()
        assert cells.count() == 5
        assert cells.first.get_attribute("stroke-dasharray") == "3 5"
        assert float(cells.first.get_attribute("fill-opacity") or 1) < 0.1
        cells.first.dispatch_event("click")
        assert "not borders" in screen.locator(".leaflet-popup .card").inner_text()
        assert "Nothing is decided by it" in screen.locator(".leaflet-popup .card").inner_text()
        assert (opened.errors, opened.asked) == ([], [])


def test_units_that_are_polygons_or_have_no_area_around_them_get_no_stand_ins(tmp_path: Path) -> None:
    assert stand_ins_of(by_category(tmp_path / "a"))[0] is not None  # U5 is a point
    assert stand_ins_of(without_shapes(tmp_path / "b")) == (None, None)
    assert cell_records(None, speaker("en")) == []


def test_a_city_whose_areas_overlap_is_told_why_there_are_no_stand_ins(tmp_path: Path) -> None:
    districts = layer(
        ({"district_id": "D1", "name": "东区"}, square(-3900, 0, 5900, 2000)),
        ({"district_id": "D2", "name": "西区"}, square(-4000, 0, 2000)),
    )
    city = read_city(write_tiny(tmp_path, districts=districts))
    found, said = stand_ins_of(city)
    assert found is None
    assert "No stand-in cells are drawn: areas D1 and D2 overlap" in str(said)
    assert "areas D1 and D2 overlap" in page.draw_map(city, lang="en")


def test_the_order_of_the_plan_does_not_matter(tmp_path: Path) -> None:
    city = by_category(tmp_path)
    plan = plan_in(city, 2024)
    for category in ("household", "points"):
        pd.testing.assert_frame_equal(plan_for(plan, category), plan_for(plan.iloc[::-1], category))
