"""Layers of every kind become the same rows of text and shapes."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata import DataError
from geodata.datum import crs_of
from geodata.parsed import Parsed
from geodata.project import Source
from geodata.reading import layers_parts
from geodata.reading.files import read_rows
from geodata.reading.layers_json import looks_odd, need_whole_shapes
from geodata.reading.raw import RawTable
from geodata.schema import BY_NAME
from geodata.table_shapes import _valid
from geodata.tables import parse_table
from tests.geodata.reading.layer_files import NAMES, parts_of, shapefile, write, zipped, zones
from tests.tiny import layer, point


def features(*geometries: object, **more: object) -> str:
    rows = [
        {"type": "Feature", "properties": {"zone_id": f"Z{row}", "unit_id": f"U{row}"}, "geometry": one}
        for row, one in enumerate(geometries, start=1)
    ]
    return json.dumps({"type": "FeatureCollection", "features": rows, **more})


def parsed(raw: RawTable, datum: str, table: str = "zones") -> Parsed:
    return parse_table(BY_NAME[table], raw, Source(path="x", datum=datum))


DRIVERS = {
    ".geojson": ("GeoJSON", {}),
    ".gpkg": ("GPKG", {}),
    ".shp": ("ESRI Shapefile", {"encoding": "GBK"}),
    ".kml": ("LIBKML", {}),
    ".kmz": ("LIBKML", {}),
    ".gml": ("GML", {}),
    ".fgb": ("FlatGeobuf", {"SPATIAL_INDEX": "NO"}),
    ".gdb": ("OpenFileGDB", {}),
    ".parquet": (None, {}),
}


# a .kmz is an archive itself
@pytest.mark.parametrize(
    ("kind", "in_zip"),
    [(kind, in_zip) for kind in DRIVERS for in_zip in (False, True) if (kind, in_zip) != (".kmz", True)],
)
def test_every_kind_gives_the_same_rows(tmp_path: Path, kind: str, in_zip: bool) -> None:
    driver, options = DRIVERS[kind]
    path = tmp_path / f"zones{kind}"
    if driver is None:
        zones().to_parquet(path)
    else:
        write(zones(), path, driver, **options)
    if in_zip:
        inside = f"划片/zones{kind}/" if path.is_dir() else "划片/"
        path = zipped({inside + name: data for name, data in parts_of(path).items()}, tmp_path / "all.zip")
    raw = read_rows(path)
    assert raw.cells["zone_id"].tolist() == ["Z1", "Z2"]
    assert raw.cells["name" if "name" in raw.cells else "Name"].tolist() == NAMES
    assert raw.geometry is not None
    # a geodatabase keeps coordinates to a billionth of a degree
    assert shapely.hausdorff_distance(raw.geometry, zones().geometry.to_numpy()).max() < 1e-8
    assert raw.crs == (None if kind == ".geojson" else "EPSG:4326")
    assert raw.rows.tolist() == [1, 2]


def test_a_drawing_gives_the_shapes_of_its_layer(tmp_path: Path) -> None:
    path = write(zones()[["geometry"]].assign(Layer="学区"), tmp_path / "a.dxf", "DXF")
    raw = read_rows(path)
    assert raw.cells["Layer"].tolist() == ["学区", "学区"]
    assert raw.crs is None


def test_a_drawing_in_gbk_is_read_and_what_its_bytes_say_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.dxf"
    head = "0\nSECTION\n2\nHEADER\n9\n$DWGCODEPAGE\n3\nANSI_936\n0\nENDSEC\n"
    body = "0\nSECTION\n2\nENTITIES\n0\nPOINT\n8\n学区界线\n10\n1\n20\n2\n0\nENDSEC\n0\nEOF\n"
    path.write_bytes((head + body).encode("gbk"))
    raw = read_rows(path)
    assert raw.cells["Layer"].tolist() == ["学区界线"]
    assert raw.encoding is not None
    assert (raw.encoding.name, raw.encoding.by) == ("gb18030", "cpg")


def test_an_old_drawing_without_a_header_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.dxf"
    path.write_text("0\nSECTION\n2\nENTITIES\n0\nPOINT\n8\nP\n10\n1\n20\n2\n0\nENDSEC\n0\nEOF\n")
    raw = read_rows(path)
    assert raw.geometry is not None
    assert raw.geometry.tolist() == [shapely.Point(1, 2)]


@pytest.mark.parametrize("charset", ["Neutral", "WindowsSimpChinese"])
def test_a_mapinfo_file_in_gbk_is_read_whether_it_says_so_or_not(tmp_path: Path, charset: str) -> None:
    head = f'Version 300\nCharset "{charset}"\nDelimiter ","\nCoordSys Earth Projection 1, 0\nColumns 2\n'
    (tmp_path / "a.mif").write_bytes(
        f"{head}  zone_id Char(20)\n  名称 Char(20)\nData\n\nPoint 118.1 24.5\n".encode("gbk")
    )
    (tmp_path / "a.mid").write_bytes('"Z1","学校"\n'.encode("gbk"))
    raw = read_rows(tmp_path / "a.mif")
    assert raw.cells.to_dict("records") == [{"zone_id": "Z1", "名称": "学校"}]
    assert (raw.encoding is None) == (charset != "Neutral")
    # MapInfo's "Earth Projection 1, 0" names no datum: nothing in it contradicts
    assert all(fault.column == "unit_id" for fault in parsed(raw, "gcj02", "units").faults)


# --- text of shapefiles


@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
@pytest.mark.parametrize("with_cpg", [False, True])
def test_a_shapefile_in_either_encoding_is_read_with_and_without_cpg(
    tmp_path: Path, encoding: str, with_cpg: bool
) -> None:
    frame = zones().rename(columns={"name": "名称"})
    path = shapefile(tmp_path, frame, encoding)
    if not with_cpg:
        path.with_suffix(".cpg").unlink()
    raw = read_rows(path)
    assert raw.cells["名称"].tolist() == NAMES
    assert raw.encoding is not None
    assert raw.encoding.sample == "名称"
    assert raw.encoding.by == "cpg" if with_cpg else raw.encoding.by in ("cpg", "content")


def test_a_wrong_cpg_is_overruled_by_a_forced_encoding(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    path.with_suffix(".cpg").write_text("UTF-8")
    with pytest.raises(DataError, match="this cell has bytes that are none"):
        read_rows(path)
    assert read_rows(path, encoding="gb18030").cells["name"].tolist() == NAMES


def test_a_cell_that_was_cut_within_a_character_is_named(tmp_path: Path) -> None:
    path = shapefile(tmp_path, zones(long=["西村街广雅社区", "x"]), "UTF-8")
    dbf = path.with_suffix(".dbf")
    data = dbf.read_bytes()
    dbf.write_bytes(data.replace("区".encode() + b" ", "区".encode()[:2] + b"  ", 1))
    cut = data.replace("学校片区".encode(), "学校片".encode() + b"\xe5\x8c ", 1)
    dbf.write_bytes(cut)
    with pytest.raises(
        DataError, match=r"zones\.shp, row 1, column name: text in utf-8; this cell"
    ) as error:
        read_rows(path)
    assert len(error.value.faults) == 1


def test_a_heading_that_was_cut_within_a_character_is_named(tmp_path: Path) -> None:
    path = shapefile(tmp_path, zones(abcdefgh=["x", "y"]), "UTF-8")
    dbf = path.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes().replace(b"abcdefgh\0\0", "招生片".encode() + b"\xe5", 1))
    with pytest.raises(
        DataError, match="found '招生片'; names of columns in whole characters; the name of"
    ):
        read_rows(path)


def test_a_row_that_is_marked_as_deleted_is_passed_over(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    dbf = path.with_suffix(".dbf")
    data = bytearray(dbf.read_bytes())
    data[int.from_bytes(data[8:10], "little")] = ord("*")
    dbf.write_bytes(bytes(data))
    assert read_rows(path).cells["zone_id"].tolist() == ["Z2"]


# --- parts of shapefiles


def test_a_shapefile_without_its_index_or_prj_is_read_and_nothing_is_written(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    whole = read_rows(path)
    path.with_suffix(".shx").unlink()
    path.with_suffix(".prj").unlink()
    before = sorted(tmp_path.iterdir())
    raw = read_rows(path)
    assert sorted(tmp_path.iterdir()) == before
    assert raw.geometry is not None
    assert whole.geometry is not None
    assert shapely.equals(raw.geometry, whole.geometry).all()
    assert raw.crs is None
    assert "its .shx is missing or not of this .shp; it was made anew" in str(raw.notes[0])


def test_the_index_of_another_shapefile_is_not_believed(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    index = path.with_suffix(".shx")
    data = bytearray(index.read_bytes())
    data[100:108], data[108:116] = data[108:116], data[100:108]
    index.write_bytes(bytes(data))
    raw = read_rows(path)
    assert raw.geometry is not None
    assert raw.geometry[0].equals(zones().geometry[0])
    assert raw.notes


def test_endings_in_capitals_belong_together(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    for one in list(tmp_path.iterdir()):
        one.rename(one.with_suffix(one.suffix.upper()))
    assert read_rows(path.with_suffix(".SHP")).cells["zone_id"].tolist() == ["Z1", "Z2"]


def test_the_hash_covers_every_part(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    first = read_rows(path).sha256
    dbf = path.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes().replace(b"Z1", b"Z9"))
    assert read_rows(path).sha256 != first


# --- several layers


def two_layers(path: Path) -> Path:
    write(zones(), path, "GPKG", layer="zones")
    frame = zones().to_crs("EPSG:4548")
    return write(frame, path, "GPKG", layer="片区2023")


def test_a_file_with_several_layers_wants_one_named(tmp_path: Path) -> None:
    path = two_layers(tmp_path / "a.gpkg")
    with pytest.raises(DataError, match="for the file has several: zones, 片区2023"):
        read_rows(path)
    assert read_rows(path, layer="片区2023").file == "a.gpkg:片区2023"
    with pytest.raises(DataError, match="found 'x'; the layers that there are: zones, 片区2023"):
        read_rows(path, layer="x")


def test_each_layer_of_a_geopackage_is_compared_with_what_is_declared_for_it(tmp_path: Path) -> None:
    path = two_layers(tmp_path / "a.gpkg")
    assert not parsed(read_rows(path, layer="zones"), "wgs84").faults
    assert not parsed(read_rows(path, layer="片区2023"), "EPSG:4548").faults
    (fault,) = parsed(read_rows(path, layer="片区2023"), "wgs84").faults
    assert fault.found == "EPSG:4548"


def test_the_styles_that_qgis_keeps_are_no_layer(tmp_path: Path) -> None:
    path = write(zones(), tmp_path / "a.gpkg", "GPKG", layer="zones")
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE layer_styles (id INTEGER PRIMARY KEY, styleQML TEXT)")
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles')"
        )
    assert read_rows(path).cells["zone_id"].tolist() == ["Z1", "Z2"]


def test_an_archive_with_two_layers_wants_one_named(tmp_path: Path) -> None:
    shapefile(tmp_path)
    parts = parts_of(tmp_path / "zones.shp")
    members = {f"{n}/{n}{Path(one).suffix}": data for n in ("a", "b") for one, data in parts.items()}
    path = zipped(members, tmp_path / "all.zip")
    with pytest.raises(DataError, match=r"it has: a/a\.shp, b/b\.shp"):
        read_rows(path)
    assert read_rows(path, layer="b").file == "all.zip:b"


def test_folders_of_kml_are_layers(tmp_path: Path) -> None:
    place = "<Placemark><Point><coordinates>118,24</coordinates></Point></Placemark>"
    folders = "".join(f"<Folder><name>{name}</name>{place}</Folder>" for name in ("甲", "乙"))
    path = tmp_path / "a.kml"
    path.write_text(
        f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{folders}</Document></kml>', "utf-8"
    )
    with pytest.raises(DataError, match="甲, 乙"):
        read_rows(path)
    assert len(read_rows(path, layer="乙").cells) == 1


def test_kml_in_gbk_is_read(tmp_path: Path) -> None:
    text = (
        '<?xml version="1.0" encoding="GB2312"?><kml xmlns="http://www.opengis.net/kml/2.2"><Placemark>'
        "<name>学校</name><Point><coordinates>118,24,0</coordinates></Point></Placemark></kml>"
    )
    (tmp_path / "a.kml").write_bytes(text.encode("gbk"))
    raw = read_rows(tmp_path / "a.kml")
    assert raw.cells["Name"].tolist() == ["学校"]
    assert raw.notes == ()  # a height of 0 is none


# --- what a file says of its coordinates

VERTICAL = 'VERT_CS["of a survey",VERT_DATUM["x",2005],UNIT["metre",1],AXIS["Up",UP]]'


@pytest.mark.parametrize(
    ("crs", "datum", "same"),
    [
        ("EPSG:4326", "wgs84", True),
        ("EPSG:4326", "gcj02", True),
        ("EPSG:4326", "bd09", True),
        ("EPSG:3857", "bd09-metres", True),
        ("EPSG:4490", "cgcs2000", True),
        ("EPSG:4326", "cgcs2000", False),
        ("EPSG:4490", "gcj02", False),
        ("EPSG:4548", "wgs84", False),
        ("EPSG:4548", "EPSG:4547", False),
        ("EPSG:4979", "wgs84", True),
        ('LOCAL_CS["Undefined Cartesian SRS",UNIT["metre",1]]', "local-metres", True),
        (crs_of("EPSG:4548").to_wkt("WKT1_ESRI"), "EPSG:4548", True),
        ("nonsense", "wgs84", False),
        ("EPSG:4548", "local-metres", False),
        ("+proj=tmerc +lon_0=117 +ellps=WGS84 +units=m", "local-metres", False),
        (VERTICAL, "EPSG:4548", False),
        ("+proj=longlat +a=6378137.01 +rf=298.257223563", "gcj02", True),
        ("+proj=tmerc +lon_0=117 +k=1 +x_0=500000 +y_0=0 +ellps=WGS84 +units=m", "EPSG:4548", True),
        ("+proj=tmerc +lon_0=114 +k=1 +x_0=500000 +y_0=0 +ellps=WGS84 +units=m", "EPSG:4548", False),
    ],
)
def test_a_layer_that_says_another_crs_than_is_declared_is_refused(
    crs: str, datum: str, same: bool
) -> None:
    raw = RawTable(
        file="a.gpkg",
        cells=pd.DataFrame({"zone_id": ["Z1"]}, dtype="str"),
        rows=pd.Series([1]),
        geometry=np.array([None], dtype=object),
        crs=crs,
        sha256="",
    )
    assert [fault.found for fault in parsed(raw, datum).faults] == ([] if same else [crs])


@pytest.mark.parametrize("kind", [".shp", ".fgb", ".parquet", ".gml"])
def test_every_format_that_declares_a_crs_is_heard(tmp_path: Path, kind: str) -> None:
    frame = zones().to_crs("EPSG:4548")
    path = tmp_path / f"a{kind}"
    if kind == ".parquet":
        frame.to_parquet(path)
    else:
        write(frame, path, DRIVERS[kind][0] or "")
    raw = read_rows(path)
    assert not parsed(raw, "EPSG:4548").faults
    assert parsed(raw, "EPSG:4547").faults


def test_a_crs_that_is_damaged_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    prj = path.with_suffix(".prj")
    prj.write_bytes(prj.read_bytes().replace(b"WGS_1984", b"\xff\xff\xff", 1))
    with pytest.raises(DataError, match=r"what the file declares as its CRS is damaged\. To do: leave its"):
        read_rows(path)


def test_a_crs_with_a_chinese_name_in_gbk_is_heard(tmp_path: Path) -> None:
    path = shapefile(tmp_path, zones().to_crs("EPSG:4548"))
    prj = path.with_suffix(".prj")
    prj.write_bytes(crs_of("EPSG:4548").to_wkt("WKT1_ESRI").replace("CGCS2000_3", "厦门_3").encode("gbk"))
    assert not parsed(read_rows(path), "EPSG:4548").faults


def test_the_old_crs_member_of_geojson_is_heard_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4548"}}
    path.write_text(features(point(0, 0), crs=crs))
    raw = read_rows(path)
    assert raw.crs == "EPSG:4548"
    assert "declares EPSG:4548 in a crs member" in str(raw.notes[0])


# --- shapes


def test_heights_are_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(
        features({"type": "Point", "coordinates": [1, 2, 30]}, {"type": "Point", "coordinates": [1, 2]})
    )
    raw = read_rows(path)
    assert raw.geometry is not None
    assert not shapely.has_z(raw.geometry).any()
    assert [str(note) for note in raw.notes] == ["a.geojson: heights are left out (1 shapes)"]


def test_a_collection_of_polygons_alone_is_one_and_a_mixed_one_is_a_fault(tmp_path: Path) -> None:
    box = shapely.geometry.mapping(shapely.box(118, 24, 119, 25))
    other = shapely.geometry.mapping(shapely.box(119.5, 24, 120, 25))
    path = tmp_path / "a.geojson"
    path.write_text(
        features(
            {"type": "GeometryCollection", "geometries": [box, other]},
            {"type": "GeometryCollection", "geometries": [box, {"type": "Point", "coordinates": [1, 2]}]},
        )
    )
    raw = read_rows(path)
    assert raw.geometry is not None
    assert raw.geometry[0].geom_type == "MultiPolygon"
    assert "1 collections of shapes of one kind" in str(raw.notes[0])
    (fault,) = parsed(raw, "wgs84").faults
    assert (fault.row, fault.found) == (2, "GeometryCollection (Point, Polygon)")
    assert fault.shape is not None


def test_a_multi_point_of_one_point_is_that_point(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(features({"type": "MultiPoint", "coordinates": [[1, 2]]}))
    raw = read_rows(path)
    assert raw.geometry is not None
    assert raw.geometry.tolist() == [shapely.Point(1, 2)]


def test_an_empty_shape_is_absent(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(features({"type": "Polygon", "coordinates": []}, point(0, 0), None))
    raw = read_rows(path)
    one = parsed(raw, "EPSG:4548", "units")
    assert not one.faults
    assert one.geometry is not None
    assert [shape is None for shape in one.geometry] == [True, False, True]


def test_an_open_ring_is_a_fault_that_carries_the_ring_closed(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(features({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1]]]}))
    with pytest.raises(DataError, match="is its ring closed") as error:
        read_rows(path)
    assert error.value.faults[0].shape.equals(shapely.Polygon([(0, 0), (1, 0), (1, 1)]))


def test_a_crossing_ring_is_a_fault_with_its_place_shape_and_datum(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(
        features({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]})
    )
    (fault,) = parsed(read_rows(path), "gcj02").faults
    assert "Self-intersection[0.5 0.5]" in str(fault.allowed)
    assert fault.shape.geom_type == "Polygon"
    assert fault.datum == "gcj02"


def test_a_shape_over_which_geos_stumbles_is_not_valid_and_hides_no_other() -> None:
    ring = [(4.179e258, 3.4e258), (4.179e258, 3.42e258), (4.182e258, 3.42e258), (4.182e258, 3.4e258)]
    hole = [
        (4.1804e258, 3.41e258),
        (4.1796e258, 3.41e258),
        (4.1796e258, 3.4099e258),
        (4.1804e258, 3.4099e258),
    ]
    wild = shapely.Polygon(ring, [hole])
    shapes = np.array([shapely.box(0, 0, 1, 1), wild, shapely.Point(0, 0)], dtype=object)
    with pytest.raises(shapely.errors.GEOSException):
        shapely.is_valid(shapes)
    assert _valid(shapes).tolist() == [True, False, True]


@pytest.mark.parametrize("datum", ["wgs84", "EPSG:4548"])
def test_a_coordinate_beyond_the_earth_is_a_fault_in_degrees_and_in_metres(
    tmp_path: Path, datum: str
) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(features({"type": "Point", "coordinates": [1e308, 2]}))
    (fault,) = parsed(read_rows(path), datum, "units").faults
    assert "coordinates between -100,000,000 and 100,000,000" in str(fault.allowed)


def test_a_coordinate_that_is_no_number_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(features({"type": "Point", "coordinates": [float("nan"), 2]}))
    (fault,) = parsed(read_rows(path), "wgs84", "units").faults
    assert str(fault.allowed) == "finite coordinates"


RING = [[0, 0], [1, 0], [1, 1], [0, 0]]


@pytest.mark.parametrize(
    "shape",
    [
        {"type": "Point", "coordinates": ["118.1", "24.5"]},
        {"type": "Point", "coordinates": [None, 24.5]},
        {"type": "Point", "coordinates": [118.1]},
        {"type": "Polygn", "coordinates": [RING]},
        {"type": "Polygon", "coordinates": RING},
        {"type": "MultiPolygon", "coordinates": [[RING], [[["x", 0], [1, 0], [1, 1], [0, 0]]]]},
        {"type": "Polygon", "coordinates": [RING, 5]},
        {"type": "LineString", "coordinates": [[0, 0], [1, 0], [1], [0, 0]]},
        {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": ["0", 0]}]},
        {"type": "GeometryCollection", "geometries": [None]},
        "Point",
        5,
    ],
)
def test_a_shape_that_gdal_would_drop_or_cut_without_a_word_is_a_fault(
    tmp_path: Path, shape: object
) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(features({"type": "Point", "coordinates": [1, 2]}, shape))
    with pytest.raises(DataError, match=r"a\.geojson, row 2: a shape of a GeoJSON type"):
        read_rows(path)


def test_a_feature_that_is_none_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(features(None).replace('"features": [', '"features": [5, '))
    with pytest.raises(DataError, match="a list of features"):
        read_rows(path)


def test_properties_that_look_like_coordinates_are_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    rows = layer(({"coordinates": ["x", [1], 'a "coordinates": ["'], "b": None}, point(0, 0)))
    path.write_text(rows)
    assert len(read_rows(path).cells) == 1


shapes = st.one_of(
    st.tuples(st.floats(-180, 180), st.floats(-90, 90)).map(lambda at: shapely.Point(*at)),
    st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=2, max_size=5).map(shapely.LineString),
    st.tuples(st.floats(-1, 1), st.floats(-1, 1)).map(lambda at: shapely.box(*at, at[0] + 1, at[1] + 1)),
)


@given(st.lists(shapes, min_size=1, max_size=4))
def test_no_shape_that_a_library_writes_looks_odd(made: list[shapely.Geometry]) -> None:
    text = gpd.GeoSeries([*made, shapely.GeometryCollection(made)]).to_json().encode()
    assert looks_odd(text)
    assert not looks_odd(gpd.GeoSeries(made).to_json().encode())
    need_whole_shapes(text, "a", len(made) + 1)


def test_an_identifier_beside_a_blank_keeps_all_its_digits(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(layer(({"n": 350203201901011237}, point(0, 0)), ({"n": None}, point(0, 0))))
    assert read_rows(path).cells["n"].tolist() == ["350203201901011237", ""]


# --- GeoParquet


def test_parquet_keeps_dates_and_numbers_as_people_write_them(tmp_path: Path) -> None:
    frame = zones(
        day=[pd.Timestamp("2024-07-01"), pd.NaT],
        n=pd.array([350203201901011237, None], dtype="Int64"),
        f=[3.0, 0.5],
    )
    frame.to_parquet(tmp_path / "a.parquet")
    cells = read_rows(tmp_path / "a.parquet").cells
    assert cells["day"].tolist() == ["2024-07-01", ""]
    assert cells["n"].tolist() == ["350203201901011237", ""]
    assert cells["f"].tolist() == ["3", "0.5"]


def test_parquet_without_shapes_is_a_table(tmp_path: Path) -> None:
    pd.DataFrame({"zone_id": ["Z1"]}).to_parquet(tmp_path / "a.parquet")
    raw = read_rows(tmp_path / "a.parquet")
    assert (raw.geometry, raw.crs) == (None, None)


def test_parquet_with_shapes_of_another_make_is_refused(tmp_path: Path) -> None:
    zones().to_parquet(tmp_path / "a.parquet", geometry_encoding="geoarrow")
    with pytest.raises(DataError, match="found 'polygon'; GeoParquet with shapes as WKB"):
        read_rows(tmp_path / "a.parquet")


# --- a file that changes


def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shapefile(tmp_path)
    true_bytes = Path.read_bytes
    reads = []

    def read_bytes(self: Path) -> bytes:
        reads.append(self.name)
        if len(reads) == 4:
            dbf = path.with_suffix(".dbf")
            dbf.write_bytes(true_bytes(dbf) + b"\x1a")
        return true_bytes(self)

    monkeypatch.setattr(layers_parts.Path, "read_bytes", read_bytes)
    with pytest.raises(DataError, match="this one was changed while it was read"):
        read_rows(path)


def test_a_geopackage_that_is_open_elsewhere_is_refused(tmp_path: Path) -> None:
    path = write(zones(), tmp_path / "a.gpkg", "GPKG")
    (tmp_path / "a.gpkg-wal").write_bytes(b"changes")
    with pytest.raises(DataError, match=r"a\.gpkg-wal beside it holds changes. To do: close QGIS"):
        read_rows(path)


@pytest.mark.real_data
def test_real_layers_are_read_as_before(real_data: Path) -> None:
    raw = read_rows(real_data / "fairfax" / "ffx_blocks.gpkg")
    assert (len(raw.cells), raw.crs) == (9404, "EPSG:4269")
    zone = read_rows(next((real_data / "kong_zy").rglob("zy_polygons.shp")))
    assert (len(zone.cells), zone.crs) == (324, None)


# --- days, times, zones


def test_a_layer_keeps_times_and_zones_and_days_stay_days(tmp_path: Path) -> None:
    times = [pd.Timestamp("2024-07-01"), pd.Timestamp("2024-07-01 16:00")]
    zoned = [one.tz_localize("Asia/Shanghai") for one in times]
    write(zones(on=times, at=zoned), tmp_path / "a.fgb", "FlatGeobuf", SPATIAL_INDEX="NO")
    cells = read_rows(tmp_path / "a.fgb").cells.set_index("zone_id")
    assert cells["on"].to_dict() == {"Z1": "2024-07-01", "Z2": "2024-07-01 16:00:00"}
    assert cells.at["Z1", "at"] == "2024-07-01 00:00:00+08:00"


def test_midnight_in_a_geodatabase_which_keeps_no_zones_is_a_day(tmp_path: Path) -> None:
    times = [pd.Timestamp("2024-07-01"), pd.NaT]
    write(zones(on=times), tmp_path / "a.gdb", "OpenFileGDB")
    assert read_rows(tmp_path / "a.gdb").cells["on"].tolist() == ["2024-07-01", ""]


def test_texts_of_geojson_that_look_like_dates_stay_as_they_are_written(tmp_path: Path) -> None:
    texts = ["2024/07/01", "2024-06-30T16:00:00.000Z"]
    (tmp_path / "a.geojson").write_text(zones(code=texts).to_json())
    assert read_rows(tmp_path / "a.geojson").cells["code"].tolist() == texts


def test_parquet_keeps_times_and_zones(tmp_path: Path) -> None:
    times = [pd.Timestamp("2024-07-01", tz="UTC"), pd.Timestamp("2024-07-01 16:00", tz="UTC")]
    zones(on=times).to_parquet(tmp_path / "a.parquet")
    cells = read_rows(tmp_path / "a.parquet").cells
    assert cells["on"].tolist() == ["2024-07-01 00:00:00+00:00", "2024-07-01 16:00:00+00:00"]


# --- columns of Parquet


def test_parquet_with_two_columns_of_one_name_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table([pa.array(["A"]), pa.array(["x"])], names=["id", "id"]), tmp_path / "a.parquet")
    with pytest.raises(DataError, match="each heading once"):
        read_rows(tmp_path / "a.parquet")


def test_bytes_in_parquet_that_are_no_text_are_refused_with_their_row(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [b"A", b"\xff"]}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"a\.parquet, row 2, column id: text in UTF-8"):
        read_rows(tmp_path / "a.parquet")


def test_further_columns_of_shapes_in_parquet_are_left_out_and_told(tmp_path: Path) -> None:
    frame = zones()
    frame["round"] = frame.geometry.boundary
    frame.to_parquet(tmp_path / "a.parquet")
    raw = read_rows(tmp_path / "a.parquet")
    assert raw.cells.columns.tolist() == ["zone_id", "name"]
    assert [str(note) for note in raw.notes] == ["a.parquet: other columns of shapes are not read: round"]


# --- which files belong together


def two_shapefiles(folder: Path) -> dict[str, bytes]:
    """Return B.shp and b.shp, whose columns differ, as files of one folder."""
    members = {}
    for stem, name in (("B", "upper"), ("b", "lower")):
        inner = folder / name
        inner.mkdir()
        path = shapefile(inner, zones().assign(zone_id=[f"{name}1", f"{name}2"]))
        members |= {stem + Path(one).suffix: data for one, data in parts_of(path).items()}
    return members


@pytest.mark.parametrize(("stem", "first"), [("B", "upper1"), ("b", "lower1")])
def test_the_same_name_goes_before_one_in_other_capitals(tmp_path: Path, stem: str, first: str) -> None:
    for name, data in two_shapefiles(tmp_path).items():
        (tmp_path / name).write_bytes(data)
    if len(list(tmp_path.glob("[bB].shp"))) == 2:
        assert read_rows(tmp_path / f"{stem}.shp").cells["zone_id"].iloc[0] == first


def test_two_files_that_may_belong_to_a_layer_are_a_fault(tmp_path: Path) -> None:
    members = two_shapefiles(tmp_path)
    members = {name.replace("B.", "AB.").replace("b.", "ab."): data for name, data in members.items()}
    members["aB.shp"] = members.pop("AB.shp")
    del members["ab.shp"]
    path = zipped(members, tmp_path / "a.zip")
    with pytest.raises(DataError, match=r"one \.\w+ that belongs to it; there are AB\.\w+, ab\."):
        read_rows(path)


# --- which encoding counts


def test_a_shapefile_all_in_ascii_has_no_encoding_to_tell(tmp_path: Path) -> None:
    assert read_rows(shapefile(tmp_path, zones(name=["a", "b"]))).encoding is None


def test_a_wrong_cpg_is_a_fault_that_shows_a_heading_both_ways(tmp_path: Path) -> None:
    path = shapefile(tmp_path, zones().rename(columns={"name": "小区"}))
    path.with_suffix(".cpg").write_text("ISO-8859-1")
    with pytest.raises(DataError, match=r"zones\.shp: found 'Ð¡Çø / 小区'; text in iso8859-1"):
        read_rows(path)
    assert read_rows(path, encoding="gb18030").cells["小区"].tolist() == NAMES


@pytest.mark.parametrize("cpg", ["ISO-8859-1", "88591", "latin-1"])
def test_an_alphabet_of_western_europe_is_read_by_its_cpg(tmp_path: Path, cpg: str) -> None:
    path = shapefile(tmp_path, zones(name=["École élémentaire", "Müller"]), "ISO-8859-1")
    path.with_suffix(".cpg").write_text(cpg)
    assert read_rows(path).cells["name"].tolist() == ["École élémentaire", "Müller"]


def test_a_drawing_since_2007_is_in_utf_8_whatever_page_it_names(tmp_path: Path) -> None:
    path = tmp_path / "a.dxf"
    write(zones()[["geometry"]].assign(Layer=["学校片区", "片区"]), path, "DXF")
    text = path.read_text("utf-8")
    start = text.index("$ACADVER")
    head = text[start : start + 400]
    newer = head.replace("AC1018", "AC1027").replace("ANSI_1252", "ANSI_936")
    path.write_text(text.replace(head, newer), "utf-8")
    raw = read_rows(path)
    assert raw.encoding is not None
    assert (raw.encoding.name, raw.encoding.by) == ("utf-8", "content")
