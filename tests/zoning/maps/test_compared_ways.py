"""The bands of ways to school on the page of a change: by metres, or by minutes where there are any."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
import shapely

from geodata import City
from geodata.messages import LANGS, Lang, speaker
from tests.zoning.maps.changed import changed, data_of, moved, side, town
from zoning.maps.compared import compared_map
from zoning.maps.compared_shapes import plan_of_all
from zoning.maps.compared_sides import Side
from zoning.maps.compared_ways import FILLS, METRES, MINUTES, UNKNOWN, WayBands, way_bands
from zoning.plan import plan_in


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return town(tmp_path_factory.mktemp("ways") / "town")


def bands(before: City, after: City, *, public: bool = False) -> WayBands | None:
    old, new = (plan_of_all(plan_in(one, one.project.project.year))[0] for one in (before, after))
    return way_bands((Side(city=before, name="a"), Side(city=after, name="b")), (old, new), public=public)


def with_travel(city: City, rows: Sequence[tuple[str, str, float | None, float | None]]) -> City:
    travel = pd.DataFrame(rows, columns=["unit_id", "school_id", "metres", "seconds"])
    return changed(city, travel=travel.astype({"metres": "Float64", "seconds": "Float64"}))


def band_of(found: WayBands, which: str, point: shapely.Point) -> int:
    hits = np.flatnonzero(shapely.intersects(found.shapes, point))
    assert len(hits) == 1
    return int((found.before if which == "before" else found.after)[hits[0]])


def inside(city: City, unit: str) -> shapely.Point:
    units = city["units"].set_index("unit_id").geometry
    return units[unit].representative_point()


def test_a_unit_is_in_the_band_of_the_way_to_the_school_of_its_catchment(city: City) -> None:
    other = moved(city, {"U10": "Z9"})
    found = bands(city, other)
    assert found is not None
    assert (found.timed, found.given) == (False, False)
    school = city["schools"].set_index("school_id").geometry
    for which, own in (("before", "S1"), ("after", "S9")):
        away = float(shapely.distance(inside(city, "U10"), school[own]))
        assert band_of(found, which, inside(city, "U10")) == int(np.searchsorted(METRES, away))
    # whose zone stays has the same band on both sides
    assert band_of(found, "before", inside(city, "U30")) == band_of(found, "after", inside(city, "U30"))


def test_bands_cover_all_units_and_do_not_overlap(city: City) -> None:
    found = bands(city, city)
    assert found is not None
    there = found.shapes
    whole = shapely.union_all(city["units"].geometry.to_numpy())
    assert shapely.area(there).sum() == pytest.approx(shapely.area(whole), rel=1e-3)
    assert shapely.area(shapely.union_all(there)) == pytest.approx(shapely.area(there).sum(), rel=1e-6)


def test_minutes_of_the_table_of_ways_make_isochrones(city: City) -> None:
    pairs = [(f"U{n}{half}", f"S{n}") for n in range(1, 10) for half in range(2)]
    seconds = [60.0 * (3 * n + 1) for n, _ in enumerate(pairs)]
    rows = [(unit, school, 100.0, s) for (unit, school), s in zip(pairs, seconds, strict=True)]
    timed = with_travel(city, rows)
    found = bands(timed, timed)
    assert found is not None
    assert (found.timed, found.given) == (True, True)
    for (unit, _), s in zip(pairs, seconds, strict=True):
        expected = sum(s > 60 * limit for limit in MINUTES)
        assert band_of(found, "after", inside(city, unit)) == expected


def test_a_way_of_just_the_limit_is_within_it(city: City) -> None:
    pairs = [(n, half) for n in range(1, 10) for half in range(2)]
    given = with_travel(city, [(f"U{n}{half}", f"S{n}", 500.0 + half, None) for n, half in pairs])
    found = bands(given, given)
    assert found is not None
    assert (found.timed, found.given) == (False, True)
    assert band_of(found, "before", inside(city, "U10")) == 0
    assert band_of(found, "before", inside(city, "U11")) == 1


def test_a_unit_without_a_catchment_is_in_no_band(city: City) -> None:
    plan = city["plan"]
    bare = changed(city, plan=plan[plan["unit_id"] != "U10"].reset_index(drop=True))
    found = bands(city, bare)
    assert found is not None
    assert band_of(found, "after", inside(city, "U10")) == UNKNOWN
    assert band_of(found, "before", inside(city, "U10")) >= 0


def test_without_polygons_of_units_there_are_no_bands(city: City) -> None:
    units = city["units"]
    points = changed(city, units=units.set_geometry(units.geometry.representative_point()))
    assert bands(points, points) is None


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_has_the_layer_its_legend_and_what_it_is(city: City, lang: Lang) -> None:
    speak = speaker(lang)
    page = compared_map(side(city, "a"), side(moved(city, {"U10": "Z2"}), "b"), lang=lang)
    found = bands(city, city)
    assert found is not None
    assert speak(found.note).split("。")[0] in page
    assert all(speak(found.limit(at)) in page for at in range(len(FILLS)))
    data = data_of(page)
    features = data["layers"]["ways"]["features"]
    assert features
    for side_bands in data["ways"]["bands"]:
        assert len(side_bands) == len(features)
        assert set(side_bands) <= {UNKNOWN, *range(len(FILLS))}


def test_public_bands_are_generalised(city: City) -> None:
    units = city["units"]
    ragged = shapely.segmentize(units.geometry.to_numpy(), 10.0)
    shaken = shapely.transform(ragged, lambda one: one + np.sin(one[:, ::-1] / 17.0) * 6.0)
    rough = changed(city, units=units.set_geometry(shaken, crs=units.crs))
    fine, coarse = bands(rough, rough), bands(rough, rough, public=True)
    assert fine is not None
    assert coarse is not None
    count = [int(shapely.get_num_coordinates(one.shapes).sum()) for one in (fine, coarse)]
    assert count[1] < count[0]
