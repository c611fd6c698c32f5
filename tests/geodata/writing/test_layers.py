"""Layers as files: styles that QGIS reads, RFC 7946, CRS that say what they are, the same bytes."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from pyogrio.errors import DataSourceError, FeatureError

from geodata import XuequError
from geodata.datum import may_be
from geodata.writing.layers import LAYER_SUFFIXES, Layer, write_layers
from geodata.writing.styles import Category, Style, qml_of

CLOCKWISE = shapely.Polygon(
    [(0, 0), (0, 1), (1, 1), (1, 0)], [[(0.2, 0.2), (0.4, 0.2), (0.4, 0.4), (0.2, 0.4)]]
)
ZONES = gpd.GeoDataFrame(
    {
        "zone_id": pd.Series(["Z1", "Z2"], dtype="str"),
        "name": pd.Series(["一<片区>", "二"], dtype="str"),
        "children": pd.array([12, None], dtype="Int64"),
        "on": pd.to_datetime(["2024-07-01", None]),
    },
    geometry=[CLOCKWISE, None],
)
SCHOOLS = gpd.GeoDataFrame(
    {"school_id": ["S1"], "name": ["校"]}, geometry=[shapely.Point(0.123456789012, 0.5)]
)
FILLED = Style(
    mark="fill",
    column="zone_id",
    categories=(
        Category(value="Z1", label="一<片区>\x01", colour="#8dd3c7"),
        Category(value="Z2", label="二", colour="#fb8072"),
    ),
    label="name",
)
DOTS = Style(mark="marker", colour="#1d3557", label="name", size_mm=3.0)


def zones(datum: str = "wgs84", style: Style | None = FILLED, description: str = "虚构") -> Layer:
    return Layer(name="zones", frame=ZONES, datum=datum, style=style, description=description)


def schools(datum: str = "wgs84") -> Layer:
    return Layer(name="schools", frame=SCHOOLS, datum=datum, style=DOTS)


def rows_of(path: Path, query: str) -> list[Any]:
    with sqlite3.connect(path) as db:
        return db.execute(query).fetchall()


@pytest.fixture
def package(tmp_path: Path) -> Path:
    legend = Layer(name="legend", frame=pd.DataFrame({"value": ["Z1"], "meaning": ["一"]}))
    write_layers(tmp_path / "city.gpkg", [zones(), schools(), legend])
    return tmp_path / "city.gpkg"


@pytest.mark.parametrize(
    "error",
    [
        sqlite3.OperationalError("database or disk is full"),
        DataSourceError("INSERT INTO zones VALUES ('Z1')"),
        FeatureError("INSERT INTO zones VALUES ('Z1')"),
    ],
)
def test_a_disk_that_is_full_is_a_place_that_cannot_be_written_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr("geodata.writing.layers._finish", fails)
    with pytest.raises(OSError, match=r"full|Input/output") as caught:
        write_layers(tmp_path / "city.gpkg", [zones()])
    assert "Z1" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_geopackage_holds_several_layers_and_a_table(package: Path) -> None:
    layers = {name: kind for name, kind in pyogrio.list_layers(package) if name != "layer_styles"}
    assert layers == {"zones": "Polygon", "schools": "Point", "legend": None}
    back = pyogrio.read_dataframe(package, layer="zones")
    assert back["name"].tolist() == ["一<片区>", "二"]
    assert back.geometry[0].equals(CLOCKWISE)
    assert back.geometry[1] is None


def test_every_layer_has_one_default_style_of_its_own(package: Path) -> None:
    found = rows_of(
        package,
        "SELECT f_table_name, f_geometry_column, useAsDefault FROM layer_styles ORDER BY f_table_name",
    )
    assert found == [("schools", "geom", 1), ("zones", "geom", 1)]
    columns = rows_of(
        package, "SELECT table_name, column_name FROM gpkg_geometry_columns ORDER BY table_name"
    )
    assert columns == [(name, column) for name, column, _ in found]


def test_the_table_of_styles_is_registered_or_qgis_would_not_see_it(package: Path) -> None:
    query = "SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'"
    assert rows_of(package, query) == [("attributes",)]


def test_the_style_of_zones_has_a_colour_for_each_and_a_label(package: Path) -> None:
    [(text,)] = rows_of(package, "SELECT styleQML FROM layer_styles WHERE f_table_name = 'zones'")
    root = ElementTree.fromstring(text)
    renderer = root.find("renderer-v2")
    assert renderer is not None
    assert (renderer.get("type"), renderer.get("attr")) == ("categorizedSymbol", "zone_id")
    categories = renderer.findall("categories/category")
    assert [(one.get("value"), one.get("label")) for one in categories] == [
        ("Z1", "一<片区>"),
        ("Z2", "二"),
    ]
    symbols = {one.get("name"): one for one in renderer.findall("symbols/symbol")}
    # each category has a symbol to itself, and it is of the layer's kind
    assert [one.get("symbol") for one in categories] == list(symbols)
    assert {one.get("type") for one in symbols.values()} == {"fill"}
    colours = [one.find("layer/Option/Option[@name='color']") for one in symbols.values()]
    assert [c.get("value") for c in colours if c is not None] == ["141,211,199,153", "251,128,114,153"]
    assert root.get("labelsEnabled") == "1"
    label = root.find("labeling/settings/text-style")
    assert label is not None
    assert label.get("fieldName") == "name"


@pytest.mark.parametrize(
    ("style", "kind", "key", "value"),
    [
        (DOTS, "SimpleMarker", "size", "3"),
        (Style(mark="line", colour="#0000ff", size_mm=0.8), "SimpleLine", "line_color", "0,0,255,255"),
        (Style(mark="fill"), "SimpleFill", "style", "no"),
        (Style(mark="fill", colour="#ff0000"), "SimpleFill", "style", "solid"),
    ],
)
def test_a_style_without_categories_has_one_symbol(style: Style, kind: str, key: str, value: str) -> None:
    root = ElementTree.fromstring(qml_of(style))
    [layer] = root.findall("renderer-v2/symbols/symbol/layer")
    assert layer.get("class") == kind
    # the two ways in which versions of QGIS read it say the same
    new = {one.get("name"): one.get("value") for one in layer.findall("Option/Option")}
    old = {one.get("k"): one.get("v") for one in layer.findall("prop")}
    assert new == old
    assert new[key] == value


def test_the_same_layers_are_the_same_bytes_whenever_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for suffix in LAYER_SUFFIXES:
        paths = [tmp_path / f"{name}{suffix}" for name in "ab"]
        for path in paths:
            write_layers(path, [zones(), schools()] if suffix == ".gpkg" else [zones()])
        assert paths[0].read_bytes() == paths[1].read_bytes()
    times = rows_of(
        tmp_path / "a.gpkg",
        "SELECT last_change FROM gpkg_contents UNION SELECT update_time FROM layer_styles",
    )
    assert times == [("2000-01-01T00:00:00.000Z",)]


@pytest.mark.parametrize(
    "datum", ["wgs84", "gcj02", "bd09", "bd09-metres", "cgcs2000", "EPSG:4548", "local-metres"]
)
@pytest.mark.parametrize("suffix", [".gpkg", ".parquet"])
def test_a_file_says_which_datum_it_is_in(tmp_path: Path, datum: str, suffix: str) -> None:
    path = tmp_path / f"t{suffix}"
    write_layers(path, [schools(datum)])
    crs = (
        gpd.read_parquet(path).crs.to_wkt()
        if suffix == ".parquet"
        else pyogrio.read_info(path, layer="schools")["crs"]
    )
    assert may_be(crs, datum)
    assert may_be(crs, "wgs84") == (datum == "wgs84")


def test_geojson_is_what_rfc_7946_says(tmp_path: Path) -> None:
    path = tmp_path / "z.geojson"
    assert write_layers(path, [zones()]) == ()
    found = json.loads(path.read_text("utf-8"))
    assert "crs" not in found
    assert "xuequ_datum" not in found
    [first, second] = found["features"]
    outer, hole = (shapely.LinearRing(ring) for ring in first["geometry"]["coordinates"])
    assert outer.is_ccw
    assert not hole.is_ccw
    assert second["geometry"] is None
    assert first["properties"] == {"zone_id": "Z1", "name": "一<片区>", "children": 12, "on": "2024-07-01"}


def test_coordinates_of_geojson_are_rounded_to_a_millimetre(tmp_path: Path) -> None:
    write_layers(tmp_path / "s.geojson", [schools()])
    found = json.loads((tmp_path / "s.geojson").read_text("utf-8"))
    assert found["features"][0]["geometry"]["coordinates"] == [0.12345679, 0.5]


@pytest.mark.parametrize("datum", ["gcj02", "bd09", "EPSG:4548"])
def test_geojson_in_another_datum_says_so_as_well_as_it_can(tmp_path: Path, datum: str) -> None:
    [note] = write_layers(tmp_path / "z.geojson", [zones(datum)])
    assert f"z.geojson is in {datum}: by its standard GeoJSON is WGS-84" in str(note)
    found = json.loads((tmp_path / "z.geojson").read_text("utf-8"))
    assert found["xuequ_datum"] == datum
    assert "crs" not in found


@pytest.mark.parametrize("suffix", [".geojson", ".parquet"])
def test_a_file_for_one_layer_takes_one(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(XuequError, match="holds one layer, and there are 2: zones, schools; choose one"):
        write_layers(tmp_path / f"t{suffix}", [zones(), schools()])


def test_another_ending_and_a_file_that_is_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(XuequError, match=r"allowed: \.gpkg, \.geojson"):
        write_layers(tmp_path / "t.shp", [zones()])
    (tmp_path / "t.gpkg").write_text("mine")
    with pytest.raises(XuequError, match="is there already"):
        write_layers(tmp_path / "t.gpkg", [zones()])
    assert (tmp_path / "t.gpkg").read_text() == "mine"


def test_what_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    broken = Style(mark="fill", colour="no colour")
    with pytest.raises(ValueError, match="invalid literal"):
        write_layers(tmp_path / "t.gpkg", [zones(style=broken)])
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_behind_does_not_get_into_the_file(tmp_path: Path) -> None:
    write_layers(tmp_path / "old.gpkg", [schools()])
    (tmp_path / "old.gpkg").rename(tmp_path / ".partial-new.gpkg")
    write_layers(tmp_path / "new.gpkg", [zones(style=None)])
    assert [name for name, _ in pyogrio.list_layers(tmp_path / "new.gpkg")] == ["zones"]
    assert [path.name for path in tmp_path.iterdir()] == ["new.gpkg"]


def test_a_layer_of_several_kinds_of_shapes_is_written(tmp_path: Path) -> None:
    mixed = gpd.GeoDataFrame({"a": [1, 2]}, geometry=[shapely.Point(0, 0), CLOCKWISE])
    parts = gpd.GeoDataFrame({"a": [1, 2]}, geometry=[shapely.MultiPolygon([CLOCKWISE]), CLOCKWISE])
    layers = [
        Layer(name="mixed", frame=mixed, datum="wgs84"),
        Layer(name="parts", frame=parts, datum="wgs84"),
    ]
    write_layers(tmp_path / "t.gpkg", layers)
    kinds = dict(pyogrio.list_layers(tmp_path / "t.gpkg"))
    assert kinds["parts"] == "MultiPolygon"
    assert pyogrio.read_dataframe(tmp_path / "t.gpkg", layer="mixed").geom_type.tolist() == [
        "Point",
        "Polygon",
    ]
