"""Hostile and broken files by command line: status 2, one clear message, nothing written, no hang.

Each is the layer of units of the tiny project. A guard of the whole process ends a test that hangs; no
test asks how long anything took.
"""

from __future__ import annotations

import faulthandler
import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from tests.command import refused
from tests.geodata.reading.layer_files import archive, parts_of, patched, shapefile, write
from tests.tiny import layer, point, square, write_tiny

BAD = Path(__file__).parents[2] / "bad"
HANGS_AFTER_S = 300


@pytest.fixture(autouse=True)
def guard_against_hanging() -> Iterator[None]:
    """End the process with a traceback if a test never ends; GDAL cannot be interrupted otherwise."""
    faulthandler.dump_traceback_later(HANGS_AFTER_S, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def units() -> gpd.GeoDataFrame:
    shapes = [shapely.box(118.09, 24.49, 118.10, 24.50), shapely.box(118.10, 24.49, 118.11, 24.50)]
    return gpd.GeoDataFrame({"unit_id": ["U1", "U2"]}, geometry=shapes, crs="EPSG:4326")


def said_of(tmp_path: Path, name: str, data: bytes | Path, lang: str = "en") -> str:
    """Return what `check` says of a project whose units are this file; one fault and no more."""
    folder = write_tiny(
        tmp_path / "project",
        units=None,
        xuequ=('"units.geojson"\ndatum = "EPSG:4548"', f'"{name}"\ndatum = "wgs84"'),
    )
    if isinstance(data, bytes):
        (folder / name).write_bytes(data)
    else:
        for one in [data] if data.is_dir() else data.parent.glob(f"{data.stem}.*"):
            one.rename(folder / one.name)
    said = refused(folder, lang=lang)
    assert said.count(name) == 1, said
    return said


# --- archives


def test_a_zip_bomb(tmp_path: Path) -> None:
    said = said_of(tmp_path, "units.zip", archive({"a.shp": bytes(100 << 20)}))
    assert "this one reaches 100 MiB" in said


@pytest.mark.parametrize("name", ["units.zip", "units.kmz", "units.xlsx"])
def test_a_path_that_leads_out_of_an_archive(tmp_path: Path, name: str) -> None:
    said = said_of(tmp_path, name, archive({"../../.profile": b"x", "a.shp": b"x"}))
    assert "found '../../.profile'; paths inside the archive" in said


@pytest.mark.parametrize(("name", "part"), [("units.kmz", "doc.kml"), ("units.xlsx", "xl/workbook.xml")])
def test_entities_in_an_archive(tmp_path: Path, name: str, part: str) -> None:
    said = said_of(tmp_path, name, archive({part: (BAD / "units_entities.kml").read_bytes()}))
    assert f"{part}, row 2: XML without a DOCTYPE" in said


def test_an_archive_within_an_archive_is_not_opened(tmp_path: Path) -> None:
    inner = archive({"a.shp": b"x"})
    assert "it has none" in said_of(tmp_path, "units.zip", archive({"inner.zip": inner}))


# --- text that nests, multiplies or leads elsewhere


def test_entities_in_kml(tmp_path: Path) -> None:
    said = said_of(tmp_path, "units.kml", (BAD / "units_entities.kml").read_bytes())
    assert "units.kml, row 2: XML without a DOCTYPE: its entities can multiply without end" in said


def test_the_same_in_chinese(tmp_path: Path) -> None:
    said = said_of(tmp_path, "units.kml", (BAD / "units_entities.kml").read_bytes(), lang="zh")
    assert "units.kml" in said


def test_deep_geojson(tmp_path: Path) -> None:
    data = b'{"type": "FeatureCollection", "features": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    assert "nested up to 32 deep; here they are nested 200001 deep" in said_of(
        tmp_path, "units.geojson", data
    )


def test_deep_kml(tmp_path: Path) -> None:
    data = b'<kml xmlns="http://www.opengis.net/kml/2.2">' + b"<Folder>" * 200_000
    assert "elements nested up to 64 deep" in said_of(tmp_path, "units.kml", data)


def test_a_drawing_of_blocks_within_blocks(tmp_path: Path) -> None:
    lines = ["0", "SECTION", "2", "BLOCKS", "0", "BLOCK", "2", "B0", "0", "LINE", "0", "ENDBLK"]
    for n in range(1, 12):
        insert = ["0", "INSERT", "2", f"B{n - 1}"]
        lines += ["0", "BLOCK", "2", f"B{n}", *(insert * 10), "0", "ENDBLK"]
    lines += ["0", "ENDSEC", "0", "SECTION", "2", "ENTITIES", "0", "INSERT", "2", "B11", "0", "EOF"]
    said = said_of(tmp_path, "units.dxf", "\n".join(lines).encode())
    assert "drawings whose blocks make up to 1000000 pieces" in said


VRT = b'<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/vsicurl/http://localhost/a</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'


@pytest.mark.parametrize("name", ["units.kml", "units.gml", "units.geojson", "units.dxf", "units.mif"])
def test_a_list_of_sources_under_another_name(tmp_path: Path, name: str) -> None:
    assert "such are never followed" in said_of(tmp_path, name, VRT)


def test_a_list_of_steps_as_geojson(tmp_path: Path) -> None:
    said = said_of(tmp_path, "units.json", (BAD / "units_of_steps.geojson").read_bytes())
    assert "such are never followed" in said


@pytest.mark.parametrize("name", ["units.vrt", "units.osm", "units.pbf"])
def test_kinds_that_can_lead_elsewhere_are_not_read_at_all(tmp_path: Path, name: str) -> None:
    assert "kinds of file: .geojson" in said_of(tmp_path, name, VRT)


def test_an_address_of_the_network_is_a_file_that_is_not_there(tmp_path: Path) -> None:
    folder = write_tiny(
        tmp_path / "project",
        units=None,
        xuequ=('"units.geojson"', '"/vsicurl/http://localhost/units.geojson"'),
    )
    assert "units.geojson: the file cannot be read" in refused(folder)


def test_a_mapinfo_table_that_is_made_of_others(tmp_path: Path) -> None:
    tab = b'!table\n!version 300\nDefinition Table\n  Type NATIVE\n"\\IsSeamless" = "TRUE"\n'
    (tmp_path / "units.tab").write_bytes(tab)
    (tmp_path / "units.dat").write_bytes(b"x")
    said = said_of(tmp_path, "units.tab", tmp_path / "units.tab")
    assert "a MapInfo table itself, none that is made of other files" in said


# --- coordinates


def test_coordinates_as_text(tmp_path: Path) -> None:
    said = said_of(tmp_path, "units.geojson", (BAD / "units_coordinates_as_text.geojson").read_bytes())
    assert "units.geojson, row 1: a shape of a GeoJSON type whose coordinates are lists of" in said


def test_coordinates_of_1e308(tmp_path: Path) -> None:
    folder = write_tiny(tmp_path / "project", districts=(BAD / "districts_too_far.geojson").read_bytes())
    assert "districts.geojson, row 1: coordinates between -100,000,000 and 100,000,000" in refused(folder)


def test_numbers_that_no_computer_holds(tmp_path: Path) -> None:
    data = layer(({"unit_id": "U1"}, point(0, 0))).replace("610000", "1e400").encode()
    assert "units.geojson: the layer cannot be read" in said_of(tmp_path, "units.geojson", data)


def test_coordinates_that_are_none(tmp_path: Path) -> None:
    data = layer(({"unit_id": "U1"}, point(0, 0))).replace("610000", "NaN")
    folder = write_tiny(tmp_path / "project", units=data)
    assert "units.geojson, row 1: finite coordinates" in refused(folder)


def test_words_as_coordinates_of_kml(tmp_path: Path) -> None:
    data = (
        b'<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark>\n'
        b"<Point><coordinates>x,y</coordinates></Point></Placemark></kml>"
    )
    assert "units.kml, row 2: numbers as coordinates" in said_of(tmp_path, "units.kml", data)


def test_a_mixed_collection(tmp_path: Path) -> None:
    parts = {"type": "GeometryCollection", "geometries": [square(0, 0), point(0, 0)]}
    folder = write_tiny(tmp_path / "project", units=layer(({"unit_id": "U1"}, parts)))
    said = refused(folder)
    assert "units.geojson, row 1: found 'GeometryCollection (Point, Polygon)'; allowed: Point" in said


# --- counts that lie


@pytest.mark.parametrize(
    ("part", "place", "kind", "value", "said"),
    [
        (".shp", 24, ">i", 0x3FFFFFFF, "the .shp says that it has 2147483646 bytes"),
        (".shp", 24, ">i", -1, "the .shp says that it has"),
        (".shp", 100 + 4, ">i", 0x3FFFFFFF, "row 1: a whole shape; its length does not fit into the .shp"),
        (".shp", 100 + 8 + 36, "<i", 0x7FFFFFFF, "row 1: a shape of a known kind, with as many points as"),
        (".shp", 100 + 8 + 40, "<i", 0x7FFFFFFF, "row 1: a shape of a known kind, with as many points as"),
        (".shp", 100 + 8 + 40, "<i", -5, "row 1: a shape of a known kind, with as many points as"),
        (".shp", 100 + 8, "<i", 99, "row 1: a shape of a known kind, with as many points as"),
        (".shp", 0, ">i", 1, "a shapefile; the .shp does not begin like one"),
        (".dbf", 4, "<I", 0x7FFFFFFF, "the .dbf says that it has"),
        (".dbf", 4, "<I", 1, "as many rows in the .dbf as shapes in the .shp; there are 1 and 2"),
        (".dbf", 10, "<H", 1, "a .dbf whose columns fit into its rows"),
    ],
)
def test_a_shapefile_whose_counts_lie(
    tmp_path: Path, part: str, place: int, kind: str, value: int, said: str
) -> None:
    path = shapefile(tmp_path, units()).rename(tmp_path / "units.shp")
    for one in list(tmp_path.glob("zones.*")):
        one.rename(one.with_stem("units"))
    patched(path.with_suffix(part), place, kind, value)
    assert said in said_of(tmp_path, "units.shp", path)


def test_a_shapefile_without_its_dbf(tmp_path: Path) -> None:
    path = shapefile(tmp_path, units())
    (tmp_path / "units.shp").write_bytes(path.read_bytes())
    said = said_of(tmp_path, "units.shp", tmp_path / "units.shp")
    assert "a shapefile with its .dbf, which holds the columns; there is none beside it" in said


def geopackage(tmp_path: Path, *statements: str) -> Path:
    path = write(units(), tmp_path / "units.gpkg", "GPKG", layer="units", SPATIAL_INDEX="NO")
    with sqlite3.connect(path) as base:
        for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            base.execute(statement)
    return path


ENDLESS = (
    "WITH RECURSIVE a(fid) AS (SELECT 1 UNION ALL SELECT fid + 1 FROM a) SELECT fid, 'U' AS unit_id FROM a"
)


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (["UPDATE gpkg_ogr_contents SET feature_count = 2000000000"], "it states 2000000000 and has 2"),
        (
            ["DROP TABLE units", f"CREATE VIEW units AS {ENDLESS}"],
            "layers that are tables; this one is a view",
        ),
        (["ALTER TABLE units ADD COLUMN x AS (zeroblob(1000000000))"], "this one is a view or computed"),
    ],
)
def test_a_geopackage_whose_counts_lie_or_which_computes(
    tmp_path: Path, statements: list[str], said: str
) -> None:
    assert said in said_of(tmp_path, "units.gpkg", geopackage(tmp_path, *statements))


def test_a_count_of_points_in_a_geopackage_that_lies(tmp_path: Path) -> None:
    path = geopackage(tmp_path)
    with sqlite3.connect(path) as base:
        (blob,) = base.execute("SELECT geom FROM units WHERE fid = 2").fetchone()
        ring = blob.index(struct.pack("<II", 1, 5)) + 4
        lying = blob[:ring] + struct.pack("<I", 0x7FFFFFFF) + blob[ring + 4 :]
        base.execute("UPDATE units SET geom = ? WHERE fid = 2", (lying,))
    assert "units.gpkg, row 2: a whole shape; this one cannot be read" in said_of(
        tmp_path, "units.gpkg", path
    )


def test_a_count_of_features_in_flatgeobuf_that_lies(tmp_path: Path) -> None:
    path = write(units(), tmp_path / "units.fgb", "FlatGeobuf", SPATIAL_INDEX="NO")
    data = path.read_bytes()
    (size,) = struct.unpack_from("<I", data, 8)
    place = data.index(struct.pack("<Q", 2), 12, 12 + size)
    patched(path, place, "<Q", 1 << 40)
    assert "it states 1099511627776 and has room for" in said_of(tmp_path, "units.fgb", path)


def test_a_count_of_points_in_parquet_that_lies(tmp_path: Path) -> None:
    frame = units()
    shapes = frame.geometry.to_wkb()
    lying = [one.replace(struct.pack("<II", 1, 5), struct.pack("<II", 1, 0x7FFFFFFF)) for one in shapes]
    path = tmp_path / "units.parquet"
    frame.to_parquet(path, compression=None)
    data = path.read_bytes()
    for true, false in zip(shapes, lying, strict=True):
        data = data.replace(true, false)
    path.write_bytes(data)
    folder = write_tiny(
        tmp_path / "project",
        units=None,
        xuequ=('"units.geojson"\ndatum = "EPSG:4548"', '"units.parquet"\ndatum = "wgs84"'),
    )
    path.rename(folder / "units.parquet")
    assert "units.parquet, row 1: a whole shape; this one cannot be read" in refused(folder)


def test_rows_without_end_in_a_small_parquet_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geodata.reading.geoparquet.MOST_ROWS", 1)
    units().to_parquet(tmp_path / "units.parquet")
    said = said_of(tmp_path, "units.parquet", tmp_path / "units.parquet")
    assert "tables of up to 1 rows; this states 2" in said


def test_a_text_that_stands_in_every_row_of_parquet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geodata.reading.geoparquet.MOST_UNPACKED_MIB", 1)
    shapes = [shapely.Point(118, 24)] * 1000
    frame = gpd.GeoDataFrame({"unit_id": "U" * 5000}, index=range(1000), geometry=shapes, crs="EPSG:4326")
    frame.to_parquet(tmp_path / "units.parquet")
    assert (tmp_path / "units.parquet").stat().st_size < 100_000
    said = said_of(tmp_path, "units.parquet", tmp_path / "units.parquet")
    assert "tables of up to 1 MiB when unpacked; this one reaches 4" in said


# --- files that are cut short, empty, or of another kind

KINDS = {
    ".geojson": "GeoJSON",
    ".gpkg": "GPKG",
    ".kml": "LIBKML",
    ".gml": "GML",
    ".fgb": "FlatGeobuf",
    ".kmz": "LIBKML",
    ".parquet": None,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.5, 0.98])
def test_a_file_that_is_cut_short(tmp_path: Path, kind: str, share: float) -> None:
    path = tmp_path / f"units{kind}"
    driver = KINDS[kind]
    if driver is None:
        units().to_parquet(path)
    else:
        write(units(), path, driver)
    data = path.read_bytes()
    said_of(tmp_path, path.name, data[: int(len(data) * share)])


@pytest.mark.parametrize("length", [16, 17, 20, 31, 99])
def test_a_geopackage_that_is_cut_within_its_header(tmp_path: Path, length: int) -> None:
    data = geopackage(tmp_path).read_bytes()[:length]
    assert "a GeoPackage; the file does not begin like one" in said_of(tmp_path, "units.gpkg", data)


@pytest.mark.parametrize("part", [".shp", ".dbf"])
def test_a_part_of_a_shapefile_that_is_cut_short(tmp_path: Path, part: str) -> None:
    path = shapefile(tmp_path, units())
    members = {f"units{Path(name).suffix}": data for name, data in parts_of(path).items()}
    members[f"units{part}"] = members[f"units{part}"][:-20]
    assert "a whole file; the" in said_of(tmp_path, "units.zip", archive(members))


@pytest.mark.parametrize("kind", [*KINDS, ".shp", ".zip", ".tab", ".mif", ".dxf"])
def test_an_empty_file(tmp_path: Path, kind: str) -> None:
    assert f"units{kind}: the file is empty" in said_of(tmp_path, f"units{kind}", b"")


@pytest.mark.parametrize("kind", [*KINDS, ".shp", ".zip", ".tab", ".mif", ".dxf", ".gdb"])
def test_an_old_workbook_under_another_name(tmp_path: Path, kind: str) -> None:
    workbook = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)
    said_of(tmp_path, f"units{kind}", workbook)


def test_nul_bytes_in_geojson(tmp_path: Path) -> None:
    data = layer(({"unit_id": "U1"}, point(0, 0))).encode().replace(b"U1", b"U\0")
    assert "there is a NUL byte" in said_of(tmp_path, "units.geojson", data)


def test_json_that_is_a_list(tmp_path: Path) -> None:
    assert "GeoJSON: an object in braces" in said_of(tmp_path, "units.geojson", b"[1]")


def test_kml_that_is_another_xml(tmp_path: Path) -> None:
    assert "KML; there is no element of that name" in said_of(tmp_path, "units.kml", b"<html></html>")


def test_gml_that_is_another_xml(tmp_path: Path) -> None:
    assert "GML; its namespace is not declared" in said_of(tmp_path, "units.gml", b"<html></html>")


def test_a_folder_named_like_a_file(tmp_path: Path) -> None:
    (tmp_path / "units.geojson").mkdir()
    said = said_of(tmp_path, "units.geojson", tmp_path / "units.geojson")
    assert "units.geojson: the file cannot be read" in said


def test_a_geodatabase_that_is_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "units.gdb").mkdir()
    said = said_of(tmp_path, "units.gdb", tmp_path / "units.gdb")
    assert "a file geodatabase, which is a folder with .gdbtable files" in said


def test_a_mapinfo_file_without_its_columns(tmp_path: Path) -> None:
    said = said_of(tmp_path, "units.mif", b'Version 300\nCharset "Neutral"\n')
    assert "a .mif with its .mid beside it; there is none" in said
