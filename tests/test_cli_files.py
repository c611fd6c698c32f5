"""`xuequ datum` and `xuequ export`: files as planners have them, both ways, and what is refused."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely

from geodata import speaker
from geodata.datum import convert
from geodata.sample import write_sample
from simulate.layer_styles import MOST_CATEGORIES, zone_style
from tests.command import listing, xuequ
from tests.tiny import applicants_of, write_tiny
from zoning.maps.colours import FILLS

PROJECTS = Path(__file__).parent / "projects"
XIAMEN = {
    "wgs84": (118.0844471, 24.4824837),
    "gcj02": (118.0894287, 24.4798381),
    "bd09": (118.0958639, 24.48615),
}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "schools.csv"
    lng, lat = XIAMEN["gcj02"]
    path.write_text(
        f"学校,经度,纬度,备注\n甲,{lng},{lat},=1+1\n乙,,,\n丙,-77.2,38.8,007\n", encoding="utf-8"
    )
    return path


def refuses(*words: str | Path, folder: Path) -> str:
    """Assert that a command writes nothing and exits with 2, and return what it says."""
    before = listing(folder)
    said = xuequ(*words, "--lang", "en")
    assert said.status == 2, said
    assert "Traceback" not in said.err
    assert listing(folder) == before
    return said.err


# --- datum ------------------------------------------------------------------------------------------


def test_a_table_is_converted_and_what_happened_is_said(table: Path) -> None:
    out = table.with_name("wgs84.csv")
    said = xuequ("datum", table, out, "--from", "gcj02", "--to", "wgs84", "--lang", "en")
    assert said.status == 0, said.err
    assert "3 rows from gcj02 to wgs84" in said.out
    assert "1 rows have no place; they have none afterwards" in said.out
    assert "1 places lie outside China, where nothing is shifted" in said.out
    assert "accuracy: 0.67 m" in said.out
    rows = pd.read_csv(out, dtype="str", keep_default_na=False)
    assert rows.columns.tolist() == ["学校", "经度", "纬度", "备注"]
    assert [float(v) for v in rows.loc[0, ["经度", "纬度"]]] == pytest.approx(XIAMEN["wgs84"], abs=1e-5)
    assert rows.loc[1, ["经度", "纬度"]].tolist() == ["", ""]
    assert rows.loc[2, ["经度", "纬度"]].tolist() == ["-77.2", "38.8"]
    assert rows["备注"].tolist() == ["'=1+1", "", "007"]
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")


def test_there_and_back_is_the_same_table(table: Path) -> None:
    first, second = table.with_name("b.csv"), table.with_name("c.csv")
    assert xuequ("datum", table, first, "--from", "gcj02", "--to", "bd09").status == 0
    assert xuequ("datum", first, second, "--from", "bd09", "--to", "gcj02").status == 0
    rows = pd.read_csv(second)
    assert rows.loc[0, ["经度", "纬度"]].tolist() == pytest.approx(XIAMEN["gcj02"], abs=2e-8)


@pytest.mark.parametrize("missing", ["--from", "--to"])
def test_neither_datum_has_a_default(table: Path, missing: str) -> None:
    words = {"--from": "gcj02", "--to": "wgs84"}
    del words[missing]
    options = [word for pair in words.items() for word in pair]
    said = xuequ("datum", table, table.with_name("o.csv"), *options, "--lang", "en")
    assert said.status == 2
    assert f"Missing option '{missing}'" in said.err
    assert not table.with_name("o.csv").exists()


def test_a_heading_that_names_the_old_datum_is_renamed(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,lng_gcj02,lat_GCJ02\nA,118.1,24.5\n")
    said = xuequ("datum", path, tmp_path / "o.csv", "--from", "gcj02", "--to", "wgs84", "--lang", "en")
    assert "column lng_gcj02 is now called lng_wgs84" in said.out
    assert pd.read_csv(tmp_path / "o.csv").columns.tolist() == ["id", "lng_wgs84", "lat_wgs84"]


def test_several_or_no_columns_of_coordinates_are_asked_for(tmp_path: Path) -> None:
    path, out = tmp_path / "t.csv", tmp_path / "o.csv"
    path.write_text("a,lng,lon,lat,x\nA,118.1,118.2,24.5,7\n")
    words = ("datum", path, out, "--from", "gcj02", "--to", "wgs84")
    assert "which column is it? --lng and its heading; there are: a, lng, lon, lat, x" in refuses(
        *words, folder=tmp_path
    )
    assert "has no column east" in refuses(*words, "--lng", "east", folder=tmp_path)
    assert xuequ(*words, "--lng", "lon").status == 0
    assert pd.read_csv(out)["lng"].tolist() == [118.1]


def test_baidus_metres_become_degrees(tmp_path: Path) -> None:
    path, out = tmp_path / "t.csv", tmp_path / "o.csv"
    path.write_text("id,x,y\nA,12958160.97,4825907.72\n")
    options = ("--from", "bd09-metres", "--to", "bd09", "--lng", "x", "--lat", "y")
    assert xuequ("datum", path, out, *options).status == 0
    assert pd.read_csv(out).loc[0, ["x", "y"]].tolist() == pytest.approx((116.403874, 39.914889), abs=1e-6)


def test_a_table_becomes_a_layer_and_a_layer_of_points_a_table(table: Path) -> None:
    layer, back = table.with_name("s.gpkg"), table.with_name("s.xlsx")
    assert xuequ("datum", table, layer, "--from", "gcj02", "--to", "bd09").status == 0
    found = pyogrio.read_dataframe(layer)
    assert found["备注"].tolist() == ["=1+1", "", "007"]
    assert shapely.is_missing(found.geometry.to_numpy()).tolist() == [False, True, False]
    assert xuequ("datum", layer, back, "--from", "bd09", "--to", "wgs84").status == 0
    sheet = openpyxl.load_workbook(back).active
    assert [cell.value for cell in sheet[1]] == ["学校", "备注", "lng", "lat"]
    assert [cell.value for cell in sheet[2]][2:] == pytest.approx(XIAMEN["wgs84"], abs=1e-5)
    assert sheet["B2"].data_type == "s"


def test_attributes_keep_their_kinds(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"id": ["001", "002"], "n": pd.array([1, None], dtype="Int64"), "x": [0.5, 2.0]},
        geometry=[shapely.box(118, 24, 118.1, 24.1), None],
        crs="EPSG:4490",
    )
    pyogrio.write_dataframe(frame, tmp_path / "in.gpkg", layer="小区")
    options = ("--from", "cgcs2000", "--to", "EPSG:4548")
    assert xuequ("datum", tmp_path / "in.gpkg", tmp_path / "out.gpkg", *options).status == 0
    info = pyogrio.read_info(tmp_path / "out.gpkg", layer="out")
    assert dict(zip(info["fields"], info["dtypes"], strict=True)) == {
        "id": "object",
        "n": "int64",
        "x": "float64",
    }
    assert info["crs"] == "EPSG:4548"
    back = pyogrio.read_dataframe(tmp_path / "out.gpkg", layer="out")
    there = convert(np.array([118.0]), np.array([24.0]), "cgcs2000", "EPSG:4548")
    assert back.geometry[0].bounds[1] == pytest.approx(there[1][0], abs=100)


def test_a_file_that_says_another_crs_itself_is_refused(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(118, 24)], crs="EPSG:4490")
    pyogrio.write_dataframe(frame, tmp_path / "in.gpkg")
    words = ("datum", tmp_path / "in.gpkg", tmp_path / "o.gpkg", "--from", "gcj02", "--to", "wgs84")
    assert "says itself that it is in China Geodetic Coordinate System 2000" in refuses(
        *words, folder=tmp_path
    )


def test_geojson_in_a_shifted_datum_comes_with_a_note(tmp_path: Path) -> None:
    path = tmp_path / "p.geojson"
    frame = gpd.GeoDataFrame({"a": ["x"]}, geometry=[shapely.Point(118, 24)], crs="EPSG:4326")
    path.write_text(frame.to_json(drop_id=True))
    said = xuequ("datum", path, tmp_path / "o.geojson", "--from", "wgs84", "--to", "gcj02", "--lang", "en")
    assert "note: o.geojson is in gcj02: by its standard GeoJSON is WGS-84 and cannot say so" in said.out
    assert json.loads((tmp_path / "o.geojson").read_text())["xuequ_datum"] == "gcj02"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("A,118.1,", "row 2, column lat: both coordinates of a point, or neither"),
        ("A,118.1,王小明", "row 2, column lat: a finite number"),
        ("A,118.1,1e999", "row 2, column lat: a finite number"),
        ("A,24.5,118.1", "longitude and latitude look swapped"),
        ("A,610000,2710000", "name the datum of coordinates in metres, such as --from EPSG:4548"),
    ],
)
def test_bad_coordinates_are_told_by_row_and_never_shown(tmp_path: Path, rows: str, said: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"id,lng,lat\n{rows}\n", encoding="utf-8")
    err = refuses("datum", path, tmp_path / "o.csv", "--from", "gcj02", "--to", "wgs84", folder=tmp_path)
    assert said in err
    assert "王小明" not in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "gcj2", "--to", "wgs84"), "datum 'gcj2' is not known"),
        (("--from", "gcj02", "--to", "local-metres"), "local metres have no place on the earth"),
        (("--from", "gcj02", "--to", "wgs84", "--lat", "学校"), "a finite number"),
    ],
)
def test_what_cannot_be_is_refused(table: Path, words: tuple[str, ...], said: str) -> None:
    assert said in refuses("datum", table, table.with_name("o.csv"), *words, folder=table.parent)


def test_an_output_that_is_there_or_of_no_kind_is_refused(table: Path) -> None:
    options = ("--from", "gcj02", "--to", "wgs84")
    assert "is there already" in refuses("datum", table, table, *options, folder=table.parent)
    assert "allowed: .gpkg" in refuses(
        "datum", table, table.with_name("o.shp"), *options, folder=table.parent
    )


def test_polygons_do_not_go_into_a_table(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"a": ["x"]}, geometry=[shapely.box(118, 24, 119, 25)], crs="EPSG:4326")
    (tmp_path / "z.geojson").write_text(frame.to_json(drop_id=True))
    words = ("datum", tmp_path / "z.geojson", tmp_path / "o.csv", "--from", "wgs84", "--to", "gcj02")
    assert "a table holds points only" in refuses(*words, folder=tmp_path)


def test_a_layer_that_has_a_column_lng_already_is_asked_about(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"lng": ["x"]}, geometry=[shapely.Point(118, 24)], crs="EPSG:4326")
    (tmp_path / "p.geojson").write_text(frame.to_json(drop_id=True))
    words = ("datum", tmp_path / "p.geojson", tmp_path / "o.csv", "--from", "wgs84", "--to", "gcj02")
    assert "has a column lng already; leave it out with --drop" in refuses(*words, folder=tmp_path)
    assert xuequ(*words, "--drop", "lng").status == 0


def test_names_and_numbers_of_persons_are_not_copied(tmp_path: Path) -> None:
    number = "11010519491231002X"
    path, out = tmp_path / "t.csv", tmp_path / "o.csv"
    path.write_text(f"学生姓名,证件,lng,lat\n欧阳星河,{number},118.1,24.5\n", encoding="utf-8")
    words = ("datum", path, out, "--from", "gcj02", "--to", "wgs84")
    err = refuses(*words, folder=tmp_path)
    assert "column 学生姓名" in err
    assert "column 证件" in err
    assert number not in err
    assert "欧阳星河" not in err
    said = xuequ(*words, "--drop", "学生姓名", "--drop", "证件")
    assert said.status == 0
    assert number not in out.read_text("utf-8") + said.out + said.err
    assert "欧阳星河" not in out.read_text("utf-8")


def test_a_number_of_a_person_as_a_heading_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("欧阳,11010519491231002X,118.1,24.5\n甲,1,118.1,24.5\n", encoding="utf-8")
    err = refuses("datum", path, tmp_path / "o.csv", "--from", "gcj02", "--to", "wgs84", folder=tmp_path)
    assert "11010519491231002X" not in err
    assert "欧阳" not in err


@pytest.mark.real_data
def test_liwan_goes_to_wgs84_and_lies_there_in_its_district(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "guangzhou_liwan"
    options = ("--from", "gcj02", "--to", "wgs84", "--lang", "en")
    said = xuequ("datum", folder / "schools.psv", tmp_path / "s.gpkg", "--delimiter", "|", *options)
    assert "60 rows from gcj02 to wgs84" in said.out
    assert "4 rows have no place" in said.out
    assert "0 places lie outside China" in said.out
    assert xuequ("datum", folder / "district_gcj02.geojson", tmp_path / "d.gpkg", *options).status == 0
    points = pyogrio.read_dataframe(tmp_path / "s.gpkg").geometry.dropna()
    [outline] = pyogrio.read_dataframe(tmp_path / "d.gpkg").geometry
    assert shapely.intersects(outline, points.to_numpy()).sum() == 56


@pytest.mark.real_data
def test_the_districts_of_xiamen_are_what_another_program_made_of_them(
    real_data: Path, tmp_path: Path
) -> None:
    folder = real_data / "xiamen"
    out = tmp_path / "d.geojson"
    options = ("--from", "gcj02", "--to", "wgs84")
    assert xuequ("datum", folder / "districts_gcj02.geojson", out, *options).status == 0
    mine, other = (pyogrio.read_dataframe(path) for path in (out, folder / "districts_wgs84.geojson"))
    assert len(mine) == 6
    # half a metre in degrees: the other inverse stops earlier and rounds
    apart = shapely.hausdorff_distance(mine.geometry.to_numpy(), other.geometry.to_numpy())
    assert apart.max() < 5e-6


# --- export -----------------------------------------------------------------------------------------


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write_tiny(tmp_path / "tiny")


def test_a_geopackage_has_every_layer_styled_and_a_legend(tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "city.gpkg"
    said = xuequ("export", tiny, "--out", out, "--lang", "en")
    assert said.status == 0, said.err
    assert "zones: 3 rows" in said.out
    # the tiny city is synthetic: each layer says so in its name
    names = [f"{name} SYNTHETIC 虚构数据" for name in ("districts", "zones", "units", "links", "schools")]
    layers = [name for name, _ in pyogrio.list_layers(out)]
    assert layers == [*names, "legend SYNTHETIC 虚构数据", "layer_styles"]
    with sqlite3.connect(out) as db:
        styles = dict(
            db.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault").fetchall()
        )
        texts = [text for (text,) in db.execute("SELECT description FROM gpkg_contents").fetchall()]
    assert sorted(styles) == sorted(names)
    assert all(ElementTree.fromstring(text).tag == "qgis" for text in styles.values())
    assert sum("SYNTHETIC" in text for text in texts) == len(names)
    zones = pyogrio.read_dataframe(out, layer=names[1])
    assert zones["schools"].tolist() == ["东一小学", "东二小学、东三小学", "西小学"]
    assert set(zones["synthetic"]) == {"SYNTHETIC 虚构数据"}
    assert zones.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).all()
    assert zones.crs == "EPSG:4326"
    units = pyogrio.read_dataframe(out, layer=names[2])
    assert dict(zip(units["unit_id"], units["zone_id"], strict=True)) == {
        "U1": "Z1",
        "U2": "Z2",
        "U3": "Z2",
        "U4": "Z3",
        "U5": "Z3",
    }
    schools = pyogrio.read_dataframe(out, layer=names[4])
    assert schools["seats"].tolist() == [45, 45, 45, 135]
    assert (schools.geometry[0].x, schools.geometry[0].y) == pytest.approx(
        (118.09014693, 24.49543656), abs=1e-7
    )


def test_zones_that_touch_have_different_colours(tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "city.gpkg"
    xuequ("export", tiny, "--out", out, "--lang", "en")
    legend = pyogrio.read_dataframe(out, layer="legend SYNTHETIC 虚构数据")
    tint = legend[legend["layer"] == "zones"].set_index("value")["colour"]
    assert tint["Z1"] != tint["Z2"]
    assert tint.index.tolist() == ["Z1", "Z2", "Z3"]


def test_on_a_board_of_many_zones_no_two_that_touch_have_one_colour() -> None:
    # eight wide: as many as there are tints, so that taking them in turn would not do
    cells = [shapely.box(x, y, x + 1, y + 1) for y in range(5) for x in range(8)]
    ids = [f"Z{number:02}" for number in range(40)]
    zones = gpd.GeoDataFrame({"zone_id": ids, "name": ids}, geometry=cells)
    colours = np.array([one.colour for one in zone_style(zones, speaker("en")).categories])
    left, right = shapely.STRtree(cells).query(cells, predicate="intersects")
    assert (colours[left[left != right]] != colours[right[left != right]]).all()
    turned = zone_style(zones.iloc[::-1], speaker("en")).categories
    assert [one.colour for one in turned] == colours[::-1].tolist()


def test_zones_with_a_pressure_have_the_colours_of_the_map() -> None:
    frame = gpd.GeoDataFrame(
        {"zone_id": ["A"], "name": ["A"], "colour": ["red"]}, geometry=[shapely.box(0, 0, 1, 1)]
    )
    style = zone_style(frame, speaker("en"))
    assert style.column == "colour"
    assert {one.value: one.colour for one in style.categories} == FILLS


def test_more_zones_than_a_legend_holds_have_one_colour() -> None:
    many = range(MOST_CATEGORIES + 1)
    frame = gpd.GeoDataFrame(
        {"zone_id": [str(n) for n in many], "name": "x"},
        geometry=[shapely.Point(n, 0).buffer(0.1) for n in many],
    )
    assert zone_style(frame, speaker("en")).categories == ()


@pytest.mark.parametrize("datum", ["gcj02", "EPSG:4548"])
def test_the_datum_can_be_chosen(tiny: Path, tmp_path: Path, datum: str) -> None:
    out = tmp_path / "s.parquet"
    options = ("--table", "schools", "--datum", datum, "--lang", "en")
    assert xuequ("export", tiny, "--out", out, *options).status == 0
    place = gpd.read_parquet(out).geometry[0]
    there = convert(np.array([118.09014693]), np.array([24.49543656]), "wgs84", datum)
    assert (place.x, place.y) == pytest.approx(
        (there[0][0], there[1][0]), abs=1e-2 if datum[0] == "E" else 1e-7
    )


def test_a_workbook_has_a_sheet_a_table(tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "city.xlsx"
    said = xuequ("export", tiny, "--out", out, "--lang", "en")
    assert "zones: a table holds no lines or polygons, they are left out" in said.out
    assert "schools: lng and lat are in wgs84" in said.out
    book = openpyxl.load_workbook(out)
    names = [f"{name} SYNTHETIC" for name in ("districts", "zones", "units", "links", "schools")]
    assert book.sheetnames == [*names, "legend"]
    head = [cell.value for cell in book["schools SYNTHETIC"][1]]
    assert head[-3:] == ["synthetic", "lng", "lat"]


def test_one_table_goes_into_a_csv_and_several_do_not(tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "s.csv"
    assert "holds one table, and there are 5" in refuses("export", tiny, "--out", out, folder=tmp_path)
    assert xuequ("export", tiny, "--out", out, "--table", "schools", "--lang", "en").status == 0
    assert pd.read_csv(out)["seats"].tolist() == [45, 45, 45, 135]


@pytest.mark.parametrize(
    "table", ["applicants", "facts", "scores", "choices", "answers", "decisions", "dwellings"]
)
def test_tables_about_children_are_not_exported(tiny: Path, tmp_path: Path, table: str) -> None:
    words = ("export", tiny, "--out", tmp_path / "o.csv", "--table", table)
    assert f"the table {table} is about children and their homes" in refuses(*words, folder=tmp_path)


def test_a_table_without_places_is_not_exported(tiny: Path, tmp_path: Path) -> None:
    words = ("export", tiny, "--out", tmp_path / "o.csv", "--table", "seats")
    assert "allowed: districts, streets, zones, units" in refuses(*words, folder=tmp_path)


def test_nothing_of_a_child_is_in_any_format(tmp_path: Path) -> None:
    rows = "applicant_id,category,unit_id\nKIND4711,household,U1\n"
    folder = write_tiny(tmp_path / "tiny", **applicants_of(rows))
    for name in ("o.gpkg", "o.xlsx"):
        assert xuequ("export", folder, "--out", tmp_path / name).status == 0
    text = b"".join(path.read_bytes() for path in tmp_path.glob("o.*"))
    cells = [
        str(cell.value)
        for sheet in openpyxl.load_workbook(tmp_path / "o.xlsx")
        for row in sheet.iter_rows()
        for cell in row
    ]
    assert b"KIND4711" not in text
    assert not any("KIND4711" in cell for cell in cells)


def test_a_table_without_rows_is_nothing_to_write(tiny: Path, tmp_path: Path) -> None:
    words = ("export", tiny, "--out", tmp_path / "o.gpkg", "--table", "streets")
    assert "there is nothing to write" in refuses(*words, folder=tmp_path)


def test_another_ending_is_refused_before_anything_is_written(tiny: Path, tmp_path: Path) -> None:
    assert "allowed: .gpkg" in refuses("export", tiny, "--out", tmp_path / "o.shp", folder=tmp_path)


@pytest.mark.real_data
def test_xiangtan_is_exported_with_eight_coloured_zones(real_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.gpkg"
    said = xuequ("export", PROJECTS / "xiangtan", "--out", out, "--lang", "zh")
    assert said.status == 0, said.err
    zones = pyogrio.read_dataframe(out, layer="zones")
    legend = pyogrio.read_dataframe(out, layer="legend")
    colours = zones["zone_id"].map(legend.set_index("value")["colour"])
    assert colours.notna().all()
    left, right = shapely.STRtree(zones.geometry).query(zones.geometry, predicate="intersects")
    near = left < right
    assert near.sum() >= 8
    assert (colours.to_numpy()[left[near]] != colours.to_numpy()[right[near]]).all()


@pytest.mark.real_data
def test_liwan_has_tables_where_it_has_no_shapes(real_data: Path, tmp_path: Path) -> None:
    said = xuequ("export", PROJECTS / "liwan", "--out", tmp_path / "l.gpkg", "--datum", "gcj02")
    assert said.status == 0, said.err
    kinds = dict(pyogrio.list_layers(tmp_path / "l.gpkg"))
    assert kinds["districts"] is not None
    assert kinds["units"] is None
    said = xuequ(
        "export", PROJECTS / "liwan", "--out", tmp_path / "u.geojson", "--table", "units", "--lang", "en"
    )
    assert said.status == 2
    assert "there is nothing to write" in said.err


# --- a basemap --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ('datum = "gcj02"', "the map tiles are in gcj02, the layers of the page in wgs84"),
        ('tiles = "https://tiles.cn/{z}/{x}/{y}.png"\ndatum = "gcj02"', "use tiles in wgs84 or cgcs2000"),
        ('datum = "bd09"', "Baidu's map tiles (bd09) have a grid of their own"),
        ('datum = "EPSG:4548"', "the map tiles are in EPSG:4548"),
        ('datum = "gcj2"', "datum 'gcj2' is not known"),
    ],
)
def test_a_basemap_in_another_datum_is_refused_with_the_reason(
    tmp_path: Path, options: str, said: str
) -> None:
    folder = write_tiny(tmp_path / "tiny", xuequ=("[children]", f"[map]\n{options}\n\n[children]"))
    assert said in refuses("map", folder, folder=tmp_path)


def test_a_basemap_in_cgcs2000_is_as_good_as_one_in_wgs84(tmp_path: Path) -> None:
    options = '[map]\ntiles = "https://t0.tianditu.gov.cn/{z}/{x}/{y}.png"\ndatum = "cgcs2000"\n'
    folder = write_tiny(tmp_path / "tiny", xuequ=("[children]", f"{options}\n[children]"))
    said = xuequ("map", folder, "--lang", "en")
    assert said.status == 0, said.err


def test_a_basemap_under_local_metres_is_refused(tmp_path: Path) -> None:
    text = (write_tiny(tmp_path / "first") / "xuequ.toml").read_text("utf-8")
    text = text.replace('datum = "EPSG:4548"', 'datum = "local-metres"').replace(
        'datum = "wgs84"', 'datum = "local-metres"'
    )
    schools = (
        "school_id,lng,lat\nS1,610500,2710600\nS2,611500,2710500\nS3,611500,2711500\nS4,606500,2710500\n"
    )
    tiles = '[map]\ntiles = "https://tiles.cn/{z}/{x}/{y}.png"\n\n[children]'
    folder = write_tiny(tmp_path / "tiny", schools=schools, xuequ=text.replace("[children]", tiles, 1))
    assert "map tiles cannot lie under layers in local metres" in refuses("map", folder, folder=tmp_path)


@pytest.mark.parametrize("ending", [".csv", ".geojson", ".parquet"])
def test_several_tables_for_one_are_told_the_option(tmp_path: Path, ending: str) -> None:
    folder = write_tiny(tmp_path / "tiny")
    said = refuses("export", folder, "--out", tmp_path / f"o{ending}", folder=tmp_path)
    assert "choose one with --table, or write .gpkg or .xlsx" in said
    assert "zones, units" in said


def test_a_name_that_is_no_tables_is_told_so_with_the_names(tmp_path: Path) -> None:
    folder = write_tiny(tmp_path / "tiny")
    said = refuses("export", folder, "--out", tmp_path / "o.csv", "--table", "学校", folder=tmp_path)
    assert "学校 is no table's name; the tables to choose from with --table: districts, streets" in said


def test_each_ending_is_named_once(tmp_path: Path) -> None:
    folder = write_tiny(tmp_path / "tiny")
    said = refuses("export", folder, "--out", tmp_path / "o.shp", folder=tmp_path)
    assert said.count(".parquet") == 1
    (tmp_path / "a.csv").write_text("lng,lat\n118.1,24.5\n")
    words = ("datum", tmp_path / "a.csv", tmp_path / "o.shp", "--from", "gcj02", "--to", "wgs84")
    assert refuses(*words, folder=tmp_path).count(".parquet") == 1


def test_a_map_of_today_beside_a_scenario_is_written_and_the_public_one_wants_a_scenario(
    tmp_path: Path,
) -> None:
    write_sample(tmp_path / "city", scale=0.02)
    page = tmp_path / "beside.html"
    said = xuequ(
        "map", tmp_path / "city", "--scenario", "island-school", "--public", "--lang", "en", "--out", page
    )
    assert said.status == 0, said.err
    assert "One new school on the island" in page.read_text("utf-8")
    refused = xuequ("map", tmp_path / "city", "--public", "--lang", "en")
    assert refused.status == 2
    assert "name one with --scenario" in refused.err
