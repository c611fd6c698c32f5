"""The maps of a project as pictures of the document."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from geodata import City, read_city
from geodata.messages import speaker
from geodata.sample import write_sample
from simulate.dossier.html_pictures import inline_svg
from simulate.dossier.map_sheets import (
    Setting,
    change_sheets,
    datum_words,
    overflow_sheets,
    ring_sheet,
    utilisation_sheets,
    warning_sheets,
    zone_sheets,
)
from tests.tiny import write_tiny
from tests.zoning.maps.drawn import words_of
from zoning.outline import outline_zones
from zoning.plan import plan_in
from zoning.pressure import demand_by_zone, seats_by_school, zone_pressure

PROJECTS = Path(__file__).parents[2] / "projects"


def _setting(city: City, *, public: bool = False) -> Setting:
    zones = outline_zones(city, plan_in(city, city.project.project.year))
    return Setting(city=city, zones=zones, speak=speaker("en"), public=public, date="2024-05-01")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    folder = tmp_path_factory.mktemp("sample") / "xiamen"
    write_sample(folder)
    return read_city(folder)


@pytest.fixture
def tiny(tmp_path: Path) -> City:
    return read_city(write_tiny(tmp_path / "tiny"))


def test_a_large_city_has_a_sheet_for_itself_and_one_for_each_district(city: City) -> None:
    setting = _setting(city, public=True)
    assert setting.drawable
    pressure = zone_pressure(city, demand_by_zone(city, plan_in(city, 2024)), ("household",))
    seats = seats_by_school(city).rename("seats").reset_index()
    used = seats.assign(placed=(seats["seats"] * 0.9).round())
    for pictures in (
        zone_sheets(setting, "M1"),
        warning_sheets(setting, "M6", pressure),
        utilisation_sheets(setting, "M3", used),
    ):
        assert len(pictures) == 1 + len(city["districts"])
        assert len({one.id for one in pictures}) == len(pictures)
        for one in pictures:
            inline_svg(one)
            words = words_of(one.svg)
            assert "虚构数据 SYNTHETIC" in words
            assert "sketch map" in words
            assert "EPSG:4548" in words
        # the title of the whole, then each with its district
        assert all(one.title.startswith(pictures[0].title) for one in pictures)


def test_a_small_city_has_one_sheet_and_every_map_of_it_is_made(tiny: City) -> None:
    setting = _setting(tiny)
    assert len(zone_sheets(setting, "M1")) == 1
    distances = pd.DataFrame({"unit_id": tiny["units"]["unit_id"], "distance_m": 5000.0})
    assert "No isochrones" in words_of(ring_sheet(setting, "M5", distances).svg)
    flows = pd.DataFrame({"zone_id": ["Z1"], "school_id": ["S4"], "children": [12]})
    between = pd.DataFrame({"start": ["D1"], "end": ["D2"], "children": [12]})
    pictures = overflow_sheets(setting, ("M4", "M5"), flows, between)
    assert [one.id for one in pictures] == ["M4", "M5"]
    assert all("12" in words_of(one.svg).split("\n") for one in pictures)


def test_a_change_has_a_map_of_the_whole_and_one_for_each_group_that_exchanges_units(city: City) -> None:
    setting = _setting(city)
    before = plan_in(city, 2024)
    zones = setting.zones.set_index("zone_id").geometry
    after = before.copy()
    units = city["units"].set_index("unit_id").geometry.reindex(before["unit_id"])
    for zone in (zones.index[0], zones.index[-1]):
        near = zones[zones.intersects(zones[zone])].index.difference([zone])[0]
        own = (before["zone_id"] == zone).to_numpy() & (units.distance(zones[near]) < 1).to_numpy()
        after.loc[own, "zone_id"] = near
    pictures = change_sheets(setting, "M2", before, after)
    assert [one.id for one in pictures] == ["M2", "M2-1", "M2-2"]
    assert change_sheets(setting, "M2", before, before) == []


def test_true_north_is_said_to_lie_on_the_side_where_it_does(city: City) -> None:
    setting = _setting(city)
    crs = pyproj.CRS(setting.zones.crs)
    west, south, east, north = shapely.total_bounds(setting.zones.geometry.dropna().to_numpy())
    back = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    lng, lat = back.transform((west + east) / 2, (south + north) / 2)
    there = pyproj.Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
    # a step to true north, in the grid
    (x0, y0), (x1, y1) = there.transform(lng, lat), there.transform(lng, lat + 0.01)
    away = np.degrees(np.arctan2(x1 - x0, y1 - y0))
    side = "east" if away > 0 else "west"
    assert f"True north is {abs(away):.1f}° to the {side} of it." in datum_words(setting)
    assert "Datum of the data: wgs84; drawn in EPSG:4548" in datum_words(setting)


def test_where_no_zone_has_a_polygon_nothing_is_said_of_true_north(city: City) -> None:
    setting = _setting(city)
    bare = setting.zones.set_geometry(shapely.from_wkt([None] * len(setting.zones)), crs=setting.zones.crs)
    words = datum_words(replace(setting, zones=bare))
    assert words.startswith("Datum of the data: wgs84; drawn in EPSG:4548")
    assert "True north" not in words


@pytest.mark.real_data
def test_the_numbers_of_many_zones_are_a_note_of_the_picture(real_data: Path) -> None:
    picture = zone_sheets(_setting(read_city(PROJECTS / "fairfax")), "M1")[0]
    assert picture.notes
    assert picture.notes[0].startswith("Numbers on the map: ")
