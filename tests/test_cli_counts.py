"""`xuequ counts` and `xuequ standins`, as a person runs them."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geodata import XuequError, read_city
from simulate.counted_areas import Value, read_value
from tests.command import Said, listing, xuequ
from tests.tiny import EAST, NORTH, layer, point, square, write_tiny

# the east part in two halves, by easting: A holds U1 and nothing of U3; B holds U2 and U3
HALVES = layer(
    ({"名称": "A", "户籍": "31", "积分": "7"}, square(0, 0, 1000, 2000)),
    ({"名称": "B", "户籍": "70", "积分": "0"}, square(1000, 0, 1000, 2000)),
)
POINTS = {"U1": (500, 500), "U2": (1500, 500), "U3": (1500, 1500), "U4": (-3500, 500), "U5": (-2500, 1500)}


def project(folder: Path, **more: object) -> Path:
    """Return the tiny project with U5 as a polygon too, so that every unit has an area."""
    boxes = {"U1": (0, 0), "U2": (1000, 0), "U3": (1000, 1000), "U4": (-4000, 0), "U5": (-3000, 1000)}
    rows = [
        ({"unit_id": unit, "name": f"小区{unit[1]}", "households": 100 * int(unit[1])}, square(*at))
        for unit, at in boxes.items()
    ]
    return write_tiny(folder / "project", **{"units": layer(*rows), **more})


def counted(
    folder: Path, source: Path | str, *words: str | Path, lang: str = "en"
) -> tuple[Said, pd.DataFrame]:
    out = folder / "out.csv"
    said = xuequ("counts", project(folder), "--from", source, *words, "--out", out, "--lang", lang)
    assert said.status == 0, said.err
    assert not list(folder.glob(".partial*"))
    return said, pd.read_csv(out, dtype={"unit_id": str})


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def of_category(table: pd.DataFrame, category: str) -> dict[str, int]:
    rows = table[table["category"] == category]
    return dict(zip(rows["unit_id"], rows["children"].astype(int), strict=True))


def test_a_layer_is_shared_by_area_two_categories_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, "halves.geojson", HALVES)
    said, table = counted(
        tmp_path,
        path,
        "--value",
        "户籍=household",
        "--value",
        "积分=points",
        "--area",
        "名称",
        "--datum",
        "EPSG:4548",
    )
    assert list(table) == ["unit_id", "category", "year", "children", "source"]
    assert of_category(table, "household") == {"U1": 31, "U2": 35, "U3": 35}
    assert of_category(table, "points") == {"U1": 7, "U2": 0, "U3": 0}
    assert set(table["year"]) == {2024}
    assert set(table["source"]) == {"halves.geojson: 户籍, by area", "halves.geojson: 积分, by area"}
    assert "household: 101 children in the file, 101 in the units" in said.out
    assert "area A: units cover 50.0 % of it; all its children went to them" in said.out
    assert "units without a count, which is not known, not 0: U4, U5" in said.out
    assert "units with a count: 3 of 5" in said.out


def test_the_table_is_read_back_as_demand(tmp_path: Path) -> None:
    path = write(tmp_path, "halves.geojson", HALVES)
    counted(tmp_path, path, "--value", "户籍", "--category", "household", "--datum", "EPSG:4548")
    folder = write_tiny(tmp_path / "again", demand=(tmp_path / "out.csv").read_bytes())
    assert read_city(folder)["demand"]["children"].sum() == 101


@pytest.mark.parametrize(
    ("by", "expected"), [("households", [4, 9, 13]), ("points", [9, 9, 8]), ("area", [9, 9, 8])]
)
def test_district_totals_reach_the_units_by_name(tmp_path: Path, by: str, expected: list[int]) -> None:
    # households 100, 200, 300: of 26 children 4.33, 8.67 and 13
    path = write(tmp_path, "districts.csv", "区,儿童\n东区,26\n")
    words = [
        "--value",
        "儿童",
        "--category",
        "household",
        "--area",
        "区",
        "--level",
        "district",
        "--by",
        by,
    ]
    said, table = counted(tmp_path, path, *words)
    assert of_category(table, "household") == dict(zip(["U1", "U2", "U3"], expected, strict=True))
    assert "units with a count: 3 of 5" in said.out


def test_units_may_be_named_by_id_and_by_name(tmp_path: Path) -> None:
    path = write(tmp_path, "units.csv", "小区,n\nU1,5\n小区2,6\n")
    _, table = counted(
        tmp_path,
        path,
        "--value",
        "n",
        "--category",
        "points",
        "--area",
        "小区",
        "--level",
        "unit",
        "--year",
        "2030",
    )
    assert of_category(table, "points") == {"U1": 5, "U2": 6}
    assert set(table["year"]) == {2030}


def test_a_grid_reaches_the_units_and_what_lies_in_none_is_said(tmp_path: Path) -> None:
    path = grid(tmp_path / "people.tif")
    said, table = counted(tmp_path, path, "--category", "household")
    # 4 cells of 1 km: north row 3, 4; south row 10, 20; no unit lies in the north-west cell
    assert of_category(table, "household") == {"U1": 10, "U2": 20, "U3": 4, "U4": 0, "U5": 0}
    assert "in no unit, so in no row of the table: 3" in said.out
    assert "household: 37 children in the file, 34 in the units" in said.out


def test_a_total_is_spread_as_the_people_of_a_grid_are(tmp_path: Path) -> None:
    path = grid(tmp_path / "people.tif")
    said, table = counted(
        tmp_path, path, "--category", "household", "--by", "grid", "--total", "17", "--value", "1"
    )
    assert of_category(table, "household") == {"U1": 5, "U2": 10, "U3": 2, "U4": 0, "U5": 0}
    assert "people of the grid in no unit: 3 of 37; they weigh nothing" in said.out


def grid(path: Path) -> Path:
    rasterio = pytest.importorskip("rasterio")
    pytest.importorskip("exactextract")
    cells = np.array([[3, 4], [10, 20]], dtype="float32")
    profile = {
        "driver": "GTiff",
        "height": 2,
        "width": 2,
        "count": 1,
        "dtype": "float32",
        "crs": "EPSG:4548",
    }
    transform = rasterio.Affine(1000, 0, EAST, 0, -1000, NORTH + 2000)
    with rasterio.open(path, "w", transform=transform, **profile) as file:
        file.write(cells, 1)
    return path


# what is refused; nothing is written then

VALUE, DISTRICT = ["--value", "儿童=a"], ["--area", "区", "--level", "district"]
DATUM = ["--datum", "EPSG:4548"]
AREA_TABLE = "区,儿童\nD1,26\n"


@pytest.mark.parametrize(
    ("name", "text", "words", "said"),
    [
        ("a.csv", AREA_TABLE, ["--value", "儿童"], "say whom 儿童 counts: --category, or 儿童=CATEGORY"),
        ("a.csv", AREA_TABLE, [], "say which column counts the children: --value HEADING"),
        ("a.csv", AREA_TABLE, [*VALUE, "--value", "区=a"], "two columns count a"),
        ("a.csv", AREA_TABLE, [*VALUE], "a table without shapes needs --area HEADING and --level"),
        ("a.csv", AREA_TABLE, [*VALUE, "--area", "区"], "a table without shapes needs --area"),
        (
            "a.csv",
            AREA_TABLE,
            ["--value", "人数=a", "--area", "区"],
            "column 人数: this column is missing; there are: 区, 儿童",
        ),
        (
            "a.csv",
            AREA_TABLE,
            [*VALUE, "--area", "街", "--level", "street"],
            "column 街: this column is missing",
        ),
        (
            "a.csv",
            "区,儿童\n北区,1\n",
            [*VALUE, *DISTRICT],
            "row 2, column 区: found '北区'; the id, or the name that no other has",
        ),
        ("a.csv", "区,儿童\nD1,1\n东区,2\n", [*VALUE, *DISTRICT], "an id in every row, each once"),
        ("a.csv", "区,儿童\nD1,\n", [*VALUE, *DISTRICT], "row 2, column 儿童: a blank cell"),
        ("a.csv", "区,儿童\nD1,2.5\n", [*VALUE, *DISTRICT], "found '2.5'; a whole number"),
        ("a.csv", "区,儿童\nD1,-5\n", [*VALUE, *DISTRICT], "a number of at least 0"),
        ("a.csv", AREA_TABLE, [*VALUE, "--by", "grid"], "--by grid goes with a GeoTIFF"),
        ("a.csv", AREA_TABLE, [*VALUE, "--total", "5"], "--total goes with a GeoTIFF"),
        (
            "a.geojson",
            HALVES,
            ["--value", "户籍=a"],
            "say what the coordinates of a.geojson are in: --datum",
        ),
        ("a.geojson", HALVES, ["--value", "户籍=a", "--datum", "wgs84"], "longitude -180 to 180"),
        (
            "a.geojson",
            layer(({"n": "1"}, point(1, 1))),
            ["--value", "n=a", *DATUM],
            "found 'Point'; allowed: Polygon",
        ),
        (
            "a.geojson",
            layer(({"n": "1"}, square(9000, 0))),
            ["--value", "n=a", *DATUM],
            "its children would be lost",
        ),
        ("a.tif", "", [], "say whom a.tif counts: --category"),
        (
            "a.tif",
            "",
            ["--category", "a", "--value", "x"],
            "of a GeoTIFF --value is the number of one band",
        ),
        ("a.tif", "", ["--category", "a", "--by", "area"], "--by grid goes with a GeoTIFF"),
        ("a.tif", "", ["--category", "a"], "the grid cannot be read"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    tmp_path: Path, name: str, text: str, words: list[str], said: str
) -> None:
    if name.endswith("tif"):
        pytest.importorskip("rasterio")
    folder, path = project(tmp_path), write(tmp_path, name, text)
    before = listing(tmp_path)
    done = xuequ("counts", folder, "--from", path, *words, "--out", tmp_path / "out.csv", "--lang", "en")
    assert done.status == 2
    assert said in done.err
    assert "Traceback" not in done.err
    assert str(tmp_path) not in done.err
    assert listing(tmp_path) == before


def test_a_layer_in_another_datum_is_told_the_option_and_not_the_project_file(tmp_path: Path) -> None:
    folder, path = project(tmp_path), tmp_path / "halves.gpkg"
    gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:4548").to_file(path)
    words = ["--value", "n=a", "--datum", "cgcs2000", "--out", tmp_path / "out.csv"]
    done = xuequ("counts", folder, "--from", path, *words, "--lang", "en")
    assert done.status == 2
    assert "the datum that --datum names, cgcs2000" in done.err
    assert "To do: give --datum with the one that the layer really has, such as --datum EPSG:" in done.err
    assert "xuequ.toml" not in done.err


def test_options_of_a_table_do_not_go_with_a_grid(tmp_path: Path) -> None:
    words = ["--category", "a", "--sheet", "x", "--out", tmp_path / "out.csv", "--lang", "en"]
    done = xuequ("counts", project(tmp_path), "--from", write(tmp_path, "a.tif", ""), *words)
    assert done.status == 2
    assert "a GeoTIFF has no layers, sheets or headings" in done.err


def test_nothing_is_written_over(tmp_path: Path) -> None:
    folder, path = project(tmp_path), write(tmp_path, "halves.geojson", HALVES)
    out = write(tmp_path, "out.csv", "mine")
    done = xuequ(
        "counts", folder, "--from", path, "--value", "户籍=a", "--out", out, "--datum", "EPSG:4548"
    )
    assert done.status == 2
    assert out.read_text(encoding="utf-8") == "mine"


def test_a_heading_with_an_equals_sign_keeps_it() -> None:
    assert read_value("a=b=c", None) == Value(column="a=b", category="c")
    assert read_value("a", "c") == Value(column="a", category="c")
    with pytest.raises(XuequError, match="say whom a= counts"):
        read_value("a=", None)


# stand-ins


def points_project(folder: Path) -> Path:
    rows = [({"unit_id": unit, "name": unit}, point(*place)) for unit, place in POINTS.items()]
    return write_tiny(folder / "project", units=layer(*rows))


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "5 stand-in cells, which are not borders."), ("zh", "非边界")]
)
def test_stand_ins_are_written_as_a_layer_that_says_what_they_are(
    tmp_path: Path, lang: str, words: str
) -> None:
    out = tmp_path / "cells.geojson"
    said = xuequ("standins", points_project(tmp_path), "--out", out, "--lang", lang)
    assert said.status == 0, said.err
    if lang == "en":
        assert words in said.out
    data = json.loads(out.read_text(encoding="utf-8"))
    assert data["name"] == data["description"] == "示意（泰森多边形），非边界 stand-in cells, not borders"
    assert all(feature["properties"]["stand_in"] is True for feature in data["features"])
    frame = gpd.read_file(out)
    assert shapely.coverage_is_valid(frame.geometry.to_numpy())
    # 1.000 is as near as the metre of EPSG:4548 is to the ground there
    assert frame.to_crs("EPSG:4548").area.sum() == pytest.approx(8e6, rel=1e-6)


def test_stand_ins_are_no_units_by_their_headings(tmp_path: Path) -> None:
    """A person must map them by hand to make units of them: nothing takes them for borders by itself."""
    xuequ("standins", points_project(tmp_path), "--out", tmp_path / "cells.geojson", "--lang", "en")
    cells = (tmp_path / "cells.geojson").read_bytes()
    toml = ('path = "units.geojson"\ndatum = "EPSG:4548"', 'path = "units.geojson"\ndatum = "wgs84"')
    done = xuequ("check", write_tiny(tmp_path / "taken", units=cells, xuequ=toml), "--lang", "en")
    assert done.status == 2
    assert "units.geojson, column unit_id: this column is missing" in done.err


def test_stand_ins_are_not_written_over_anything(tmp_path: Path) -> None:
    folder, out = points_project(tmp_path), write(tmp_path, "cells.geojson", "mine")
    assert xuequ("standins", folder, "--out", out).status == 2
    assert out.read_text(encoding="utf-8") == "mine"


def test_a_project_of_polygons_has_nothing_to_stand_in_for(tmp_path: Path) -> None:
    done = xuequ("standins", project(tmp_path), "--out", tmp_path / "cells.geojson", "--lang", "en")
    assert done.status == 2
    assert "no unit is a point inside an area" in done.err
    assert not (tmp_path / "cells.geojson").exists()


def test_units_that_are_points_have_no_area_so_their_count_is_not_known(tmp_path: Path) -> None:
    path = write(tmp_path, "districts.csv", "区,儿童\n西区,26\n东区,30\n")
    words = ["--value", "儿童", "--category", "household", "--area", "区", "--level", "district"]
    folder, out = write_tiny(tmp_path / "project"), tmp_path / "out.csv"
    said = xuequ("counts", folder, "--from", path, *words, "--by", "area", "--out", out, "--lang", "en")
    assert said.status == 0, said.err
    # U5 is a point beside the polygon U4
    assert of_category(pd.read_csv(out), "household") == {"U1": 10, "U2": 10, "U3": 10, "U4": 26}
    assert "units without a count, which is not known, not 0: U5" in said.out
    assert "units with a count: 4 of 5" in said.out
