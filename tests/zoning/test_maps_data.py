"""What the map says, as the text of the page has it."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from geodata import City, XuequError
from tests.zoning.maps_project import Names, pressure_of, small_city
from zoning.maps import draw_map
from zoning.maps.colours import FILLS, percent, sort_value
from zoning.maps.geometry import outside_own, simplify
from zoning.pressure import COLOURS
from zoning.web import loads_of


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return small_city(tmp_path_factory.mktemp("city"))


@pytest.fixture(scope="module")
def page(city: City) -> str:
    return draw_map(city, lang="en", pressure=pressure_of(city))


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="xuequ-data">(.*?)</script>', page, re.S)
    assert found is not None
    data: dict[str, Any] = json.loads(found.group(1))
    return data


def rows_of(record: dict[str, Any]) -> dict[str, Any]:
    return dict(record["card"]["rows"])


def test_the_page_loads_nothing(page: str) -> None:
    assert loads_of(page) == []


def test_the_page_forbids_the_browser_to_load_anything(page: str) -> None:
    assert "default-src 'none'" in page


def test_the_same_city_makes_the_same_bytes(city: City, page: str) -> None:
    assert draw_map(city, lang="en", pressure=pressure_of(city)) == page


def test_every_zone_has_the_colour_of_its_pressure(page: str) -> None:
    colours = [record["colours"][0] for record in data_of(page)["records"]["zones"]]
    assert colours == ["red", "red", "orange", "orange", "yellow", "yellow", "green", "green", "green"]


def test_the_view_of_household_children_counts_them_alone(page: str) -> None:
    records = data_of(page)["records"]["zones"]
    assert [record["cells"][1][0] for record in records[:3]] == ["80", "70", "60"]
    assert [record["colours"][1] for record in records[:4]] == ["green", "green", "green", "orange"]


def test_a_zone_says_what_its_colour_comes_from(page: str) -> None:
    rows = rows_of(data_of(page)["records"]["zones"][0])
    assert rows["children"] == "110"
    assert rows["household-registered"] == "80"
    assert rows["seats"] == "100"
    assert rows["pressure, all children"] == "110.0%"
    assert rows["schools"] == ["第1小学"]


def test_a_zone_of_two_schools_is_marked(page: str) -> None:
    records = data_of(page)["records"]["zones"]
    assert [record["multi"] for record in records] == [False] * 4 + [True] + [False] * 4
    assert "A multi-school zone: 2 schools serve it." in records[4]["card"]["notes"]


def test_the_legend_says_how_many_zones_have_each_colour(page: str) -> None:
    assert re.findall(r'class="count">(\d+)<', page)[:5] == ["2", "2", "2", "3", "0"]


def test_a_school_says_what_it_serves_and_with_which_demand(page: str) -> None:
    rows = rows_of(data_of(page)["records"]["schools"][0])
    assert rows["serves"] == ["片区1: 110 children, 110.0% of the seats"]
    assert rows["seats"] == "100"
    assert rows["classes"] == "2"


def test_a_school_outside_its_zone_says_so(page: str) -> None:
    notes = {r["name"]: r["card"]["notes"] for r in data_of(page)["records"]["schools"]}
    assert notes["外校"] == ["It lies outside the zones that it serves."]
    assert notes["第1小学"] == []


def test_a_school_without_known_seats_is_hollow(page: str) -> None:
    hollow = {r["name"] for r in data_of(page)["records"]["schools"] if r["hollow"]}
    assert hollow == {"外校", "新校", "无址学校"}


def test_a_school_without_a_point_is_named_in_a_notice_and_not_drawn(page: str) -> None:
    data = data_of(page)
    assert "not on the map: 1." in page
    assert len(data["layers"]["schools"]["features"]) == len(data["records"]["schools"]) - 1


def test_a_unit_says_its_zone_and_its_children(page: str) -> None:
    rows = rows_of(data_of(page)["records"]["units"][0])
    assert rows["招生片区"] == ["片区1"]
    assert rows["children"] == ["household-registered: 80"]


def test_coordinates_have_five_digits(page: str) -> None:
    shape = data_of(page)["layers"]["zones"]["features"][0]["geometry"]
    west, south, _, _ = shapely.geometry.shape(shape).bounds
    assert (west, south) == pytest.approx((118.08, 24.44), abs=2e-5)
    assert max(len(str(v).split(".")[1]) for place in shape["coordinates"][0] for v in place) <= 5


def test_what_is_assumed_is_listed(page: str) -> None:
    assert "What is assumed (1)" in page
    assert "50 children a class" in page


def test_a_synthetic_city_has_a_watermark(page: str) -> None:
    assert page.count("虚构数据 SYNTHETIC</text>") == 3


def test_a_real_city_has_no_watermark_but_lists_what_is_assumed(tmp_path: Path) -> None:
    page = draw_map(small_city(tmp_path, synthetic=False), lang="en")
    assert "虚构数据" not in page
    assert "50 children a class" in page


def test_synthetic_children_of_a_real_city_are_listed_as_assumed(tmp_path: Path) -> None:
    names = Names(extra='[children]\nreason = { zh = "未公布人数", en = "no count is published" }\n')
    page = draw_map(small_city(tmp_path, names, synthetic=False), lang="en")
    assert "Children are synthetic" in page
    assert "no count is published" in page


def test_without_pressure_the_zones_are_grey_and_the_legend_says_why(city: City) -> None:
    page = draw_map(city, lang="en")
    records = data_of(page)["records"]["zones"]
    assert {colour for record in records for colour in record["colours"]} == {"none"}
    assert "No children are counted: the zones have no colour." in page
    assert 'name="view"' not in page


def test_without_seats_the_legend_says_so(city: City) -> None:
    pressure = pressure_of(city).assign(
        seats=0.0, ratio=np.nan, household_ratio=np.nan, colour="none", household_colour="none"
    )
    page = draw_map(city, lang="en", pressure=pressure)
    assert "No seats are known: the zones have no colour." in page


def test_without_polygons_a_notice_says_so_and_the_list_stays(city: City) -> None:
    zones = city["zones"].assign(geometry=None).set_geometry("geometry", crs=city["zones"].crs)
    page = draw_map(city, lang="en", pressure=pressure_of(city), zones=zones)
    assert "No polygon of a 招生片区 is known" in page
    assert data_of(page)["layers"]["zones"]["features"] == []
    assert 'id="zone-list"' in page


def test_one_zone_without_a_polygon_is_told(city: City) -> None:
    zones = city["zones"].copy()
    zones.loc[0, "geometry"] = None
    page = draw_map(city, lang="en", zones=zones)
    assert "1 × 招生片区: no polygon is known" in page


def test_a_zone_with_children_and_no_seat_stands_first() -> None:
    assert str(percent(float("inf"))) == "no seats"
    assert sort_value(float("inf")) == 1e9
    assert sort_value(float("nan")) is None


def test_a_character_that_the_font_lacks_is_told(tmp_path: Path) -> None:
    city = small_city(tmp_path, Names(zone="片区\ue000{n}"))
    assert "does not have: \ue000" in draw_map(city, lang="en")


def test_tiles_are_loaded_only_where_the_project_asks(tmp_path: Path, page: str) -> None:
    extra = '[map]\ntiles = "https://{s}.tiles.cn/{z}/{x}/{y}.png"\nattribution = "<b>tiles</b>"\n'
    tiled = draw_map(small_city(tmp_path, Names(extra=extra)), lang="en")
    assert "L.tileLayer" in tiled.split("xuequ.ready")[0].rsplit("</script>", 1)[1]
    assert "img-src data: https://*.tiles.cn;" in tiled
    assert "<b>tiles</b>" not in tiled
    assert "tiles.cn" not in page


@pytest.mark.parametrize("tiles", ['tiles = "https://tiles.cn/{z}/{x}/{y}.png"\n', ""])
def test_a_basemap_in_another_datum_is_refused(tmp_path: Path, tiles: str) -> None:
    city = small_city(tmp_path, Names(extra=f'[map]\n{tiles}datum = "gcj02"\n'))
    with pytest.raises(XuequError, match="the map tiles are in gcj02"):
        draw_map(city, lang="en")


def test_a_tile_address_that_is_none_is_refused(tmp_path: Path) -> None:
    city = small_city(tmp_path, Names(extra='[map]\ntiles = "tiles.cn"\n'))
    with pytest.raises(XuequError, match=r"map\.tiles"):
        draw_map(city, lang="en")


def test_polygons_that_fit_together_still_do_when_simplified() -> None:
    angles = np.linspace(0.0, np.pi / 2, 200)
    arc = np.column_stack([1000.0 * np.sin(angles), 1000.0 * np.cos(angles)])
    inner = shapely.Polygon([*arc, (0.0, 0.0)])
    outer = shapely.Polygon([*arc, (1000.0, 1000.0)])
    shapes = np.array([inner, None, outer], dtype=object)
    simple = simplify(shapes)
    assert simple[1] is None
    assert shapely.get_num_coordinates(simple).sum() < 60
    assert shapely.coverage_is_valid(simple[[0, 2]])


def test_polygons_that_overlap_are_left_as_they_are() -> None:
    shapes = np.array([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)], dtype=object)
    assert simplify(shapes) is shapes


def test_a_school_on_the_border_of_its_zone_is_not_outside() -> None:
    box = np.array([shapely.box(0, 0, 1, 1)], dtype=object)
    points = pd.Series([shapely.Point(1, 1), shapely.Point(2, 2), None, shapely.Point(2, 2)])
    nothing = np.array([], dtype=object)
    assert outside_own(points, [box, box, box, nothing]) == [False, True, False, False]


# Machado, Oliveira and Fernandes (2009), A physiologically-based model for simulation of color
# vision deficiency, severity 1.0
DEFICIENCIES = {
    "none": "1 0 0 0 1 0 0 0 1",
    "protanopia": "0.152286 1.052583 -0.204868 0.114503 0.786281 0.099216 -0.003882 -0.048116 1.051998",
    "deuteranopia": "0.367322 0.860646 -0.227968 0.280085 0.672501 0.047413 -0.011820 0.042940 0.968881",
    "tritanopia": "1.255528 -0.076749 -0.178779 -0.078411 0.930809 0.147602 0.004733 0.691367 0.303900",
}


def lab(linear: np.ndarray) -> np.ndarray:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(to_xyz @ linear / np.array([0.9505, 1.0, 1.089]))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_the_colours_stay_apart_for_readers_with_a_colour_deficiency(deficiency: str) -> None:
    labs, seen = [], np.array(DEFICIENCIES[deficiency].split(), dtype=float).reshape(3, 3)
    for name in COLOURS:
        srgb = np.array([int(FILLS[name][i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
        labs.append(lab(np.clip(seen @ linear, 0.0, 1.0)))
    apart = [float(np.linalg.norm(a - b)) for i, a in enumerate(labs) for b in labs[:i]]
    # a just noticeable difference is about 2.3
    assert min(apart) > 15


def test_too_many_units_are_left_out_and_told(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoning.maps.page.MOST_UNITS", 17)
    page = draw_map(city, lang="en")
    assert data_of(page)["records"]["units"] == []
    assert "18 planning units are not drawn" in page


def test_importing_the_map_does_not_import_what_only_drawing_needs() -> None:
    code = "import sys, zoning.maps; print([n for n in ('folium', 'fontTools') if n in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
