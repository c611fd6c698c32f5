"""Which datum puts the points into their districts: Liwan both ways, and small cities by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata import City, read_city
from geodata.datum import convert
from geodata.datum_fit import CANDIDATES, DatumFit, better_datum, doubtful_datums
from geodata.reading.files import read_rows
from tests.tiny import write_tiny

PROJECTS = Path(__file__).parents[1] / "projects"
LIWAN = {"wgs84": 53, "gcj02": 56, "bd09": 46}
BOX = shapely.box(118.0, 24.4, 118.1, 24.5)


def points_of(folder: Path) -> Any:
    cells = read_rows(folder / "schools.psv", delimiter="|").cells
    lng, lat = (pd.to_numeric(cells[f"{name}_gcj02"]).to_numpy() for name in ("lng", "lat"))
    points = np.full(len(cells), None, dtype=object)
    known = np.isfinite(lng)
    points[known] = shapely.points(lng[known], lat[known])
    return points


def liwan_fit(real_data: Path, declared: str, districts_datum: str = "gcj02") -> DatumFit:
    folder = real_data / "guangzhou_liwan"
    outline = read_rows(folder / "district_gcj02.geojson").geometry
    points = points_of(folder)
    fit = better_datum(points, declared, ["440103"] * len(points), outline, ["440103"], districts_datum)
    assert fit is not None
    return fit


@pytest.mark.real_data
@pytest.mark.parametrize("declared", ["wgs84", "cgcs2000", "gcj02", "bd09"])
def test_of_liwans_56_points_56_fit_as_gcj02_53_as_wgs84_46_as_bd09(real_data: Path, declared: str) -> None:
    fit = liwan_fit(real_data, declared)
    assert (fit.points, dict(fit.inside)) == (56, LIWAN)
    assert fit.better == (() if declared == "gcj02" else ("gcj02",))


@pytest.mark.real_data
def test_the_warning_says_the_three_counts_and_what_to_look_at(real_data: Path) -> None:
    assert str(liwan_fit(real_data, "wgs84").warning("schools")) == (
        "schools is declared as wgs84, and 56 of 56 points lie in their district as gcj02, 53 as wgs84, "
        "46 as bd09: it may really be in gcj02, or the districts in another datum than declared; check it "
        "against a place that you know"
    )
    assert liwan_fit(real_data, "gcj02").warning("schools") is None


@pytest.mark.real_data
@pytest.mark.parametrize("wrong", ["wgs84", "bd09"])
def test_districts_in_the_wrong_datum_are_noticed_as_well(real_data: Path, wrong: str) -> None:
    fit = liwan_fit(real_data, "gcj02", districts_datum=wrong)
    assert fit.better == (wrong,)
    assert fit.inside[wrong] == 56 > fit.inside["gcj02"]


@pytest.mark.real_data
def test_liwan_as_its_project_declares_it_is_not_doubted(real_data: Path) -> None:
    assert doubtful_datums(read_city(PROJECTS / "liwan")) == ()


@pytest.mark.real_data
@pytest.mark.parametrize("declared", ["wgs84", "bd09"])
def test_liwan_with_another_datum_declared_is_doubted(real_data: Path, declared: str) -> None:
    city = declared_anew(read_city(PROJECTS / "liwan"), "schools", "gcj02", declared)
    [warning] = doubtful_datums(city)
    assert "56 of 56 points lie in their district as gcj02, 53 as wgs84, 46 as bd09" in str(warning)


def declared_anew(city: City, table: str, datum: str, declared: str) -> City:
    """Return a city as it would be had another datum been declared for a table."""
    source = city.project.tables[table].model_copy(update={"datum": declared})
    tables = {**city.project.tables, table: source}
    frame = city[table].copy()
    known = frame.geometry.notna().to_numpy()
    numbers = convert(*shapely.get_coordinates(frame.geometry.to_numpy()[known]).T, city.metric_crs, datum)
    shapes = frame.geometry.to_numpy().copy()
    shapes[known] = shapely.points(*convert(*numbers, declared, city.metric_crs))
    return replace(
        city,
        project=city.project.model_copy(update={"tables": tables}),
        tables={**city.tables, table: frame.set_geometry(shapes, crs=frame.crs)},
    )


@given(st.lists(st.tuples(st.floats(117.99, 118.11), st.floats(24.39, 24.51)), min_size=1, max_size=20))
def test_the_counts_are_those_of_asking_point_by_point(places: list[tuple[float, float]]) -> None:
    fit = better_datum(
        [shapely.Point(p) for p in places], "gcj02", ["A"] * len(places), [BOX], ["A"], "wgs84"
    )
    assert fit is not None
    for datum in CANDIDATES:
        there = [convert(np.array([x]), np.array([y]), datum, "wgs84") for x, y in places]
        assert fit.inside[datum] == sum(BOX.intersects(shapely.Point(x[0], y[0])) for x, y in there)


def test_only_the_district_that_a_row_names_counts_and_any_where_it_names_none() -> None:
    east = shapely.box(118.1, 24.4, 118.2, 24.5)
    point = shapely.Point(118.15, 24.45)
    args = ([BOX, east], ["A", "B"], "wgs84")
    for named, inside in (("B", 1), ("A", 0), (None, 1), ("Z", 1)):
        fit = better_datum([point], "wgs84", [named], *args)
        assert fit is not None
        assert fit.inside["wgs84"] == inside


def test_the_order_of_rows_and_districts_does_not_matter() -> None:
    rng = np.random.default_rng(3)
    points = shapely.points(rng.uniform(117.99, 118.21, 50), rng.uniform(24.39, 24.51, 50))
    own = np.where(rng.random(50) < 0.5, "A", "B")
    shapes, ids = np.array([BOX, shapely.box(118.1, 24.4, 118.2, 24.5)]), np.array(["A", "B"])
    order = rng.permutation(50)
    assert better_datum(points, "bd09", own, shapes, ids, "wgs84") == better_datum(
        points[order], "bd09", own[order], shapes[::-1], ids[::-1], "wgs84"
    )


@pytest.mark.parametrize(
    ("points", "declared", "districts", "datum"),
    [
        ([None], "wgs84", [BOX], "wgs84"),
        ([shapely.Point(118.05, 24.45)], "wgs84", [None], "wgs84"),
        ([shapely.Point(610000, 2710000)], "EPSG:4548", [BOX], "wgs84"),
        ([shapely.Point(118.05, 24.45)], "wgs84", [BOX], "local-metres"),
    ],
)
def test_nothing_is_said_where_nothing_can_be_known(
    points: list[Any], declared: str, districts: list[Any], datum: str
) -> None:
    assert better_datum(points, declared, ["A"], districts, ["A"], datum) is None


def test_of_a_polygon_a_point_on_it_counts() -> None:
    fit = better_datum([BOX.buffer(-0.01)], "wgs84", ["A"], [BOX], ["A"], "wgs84")
    assert fit is not None
    assert fit.here == 1


def test_the_tiny_city_is_not_doubted(tmp_path: Path) -> None:
    assert doubtful_datums(read_city(write_tiny(tmp_path / "tiny"))) == ()


def test_units_are_looked_at_as_schools_are(tmp_path: Path) -> None:
    # U6 as WGS-84 lies just outside the east part; read as GCJ-02 it lies inside
    inside = convert(np.array([611_980.0]), np.array([2_711_000.0]), "EPSG:4548", "gcj02")
    row = f"U6,{inside[0][0]:.8f},{inside[1][0]:.8f}\n"
    folder = write_tiny(
        tmp_path / "tiny",
        units=None,
        places=f"unit_id,lng,lat\nU1,118.0981,24.4954\nU2,118.1000,24.4944\n{row}",
        plan="unit_id,zone_id\nU1,Z1\nU2,Z2\nU6,Z3\n",
        demand="unit_id,category,year,children\nU1,household,2024,1\n",
        xuequ=('path = "units.geojson"\ndatum = "EPSG:4548"', 'path = "places.csv"\ndatum = "wgs84"'),
    )
    [warning] = doubtful_datums(read_city(folder))
    assert str(warning).startswith(
        "units is declared as wgs84, and 3 of 3 points lie in their district as gcj02"
    )


def test_a_city_whose_districts_have_no_polygons_says_nothing(tmp_path: Path) -> None:
    folder = write_tiny(
        tmp_path / "tiny",
        districts=None,
        xuequ=(
            'path = "districts.geojson"\ndatum = "EPSG:4548"',
            'rows = [{ district_id = "D1" }, { district_id = "D2" }]',
        ),
    )
    assert doubtful_datums(read_city(folder)) == ()
