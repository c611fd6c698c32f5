"""Valid files of every kind, small, from which broken ones are made."""

from __future__ import annotations

import io
import json
import sqlite3
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import geopandas as gpd
import pyogrio
import shapely

from tests.tiny import _FILES

CSV = 'unit_id,名称,户数,settled_on\nU1,东一小区,120,2024-07-01\nU2,西村街,,2023/9/1\nU3,"a, b",7,\n'
SCOPE = (
    "西村街：和苑社区、广雅社区（部分：广雅路27--65号（单号）、34-54号（双号），36号之一除外）"
    "##南源街：东至珠江，南至黄沙大道"
)


@cache
def frame() -> gpd.GeoDataFrame:
    shapes = [
        shapely.box(118.0, 24.0, 118.1, 24.1),
        shapely.MultiPolygon(
            [shapely.box(118.1, 24.0, 118.2, 24.1), shapely.box(118.3, 24.0, 118.4, 24.1)]
        ),
        shapely.box(118.5, 24, 118.9, 24.4).difference(shapely.box(118.6, 24.1, 118.7, 24.2)),
        None,
    ]
    cells = {"zone_id": ["Z1", "Z2", "Z3", "Z4"], "name": ["学校", "小学", "学位", ""], "n": [1, 2, 3, 4]}
    return gpd.GeoDataFrame(cells, geometry=shapes, crs="EPSG:4326")


def _written(name: str, driver: str, **options: object) -> dict[str, bytes]:
    """Return the files that GDAL writes for a layer."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / name
        part = frame()
        if driver in ("DXF", "FlatGeobuf"):
            part = part[part.geometry.notna()]
        if driver == "DXF":
            part = part[["geometry"]].assign(Layer="0")
        pyogrio.write_dataframe(part, path, driver=driver, **options)
        inside = path.iterdir() if path.is_dir() else Path(folder).iterdir()
        return {one.name: one.read_bytes() for one in inside if one.is_file()}


def shapefile() -> dict[str, bytes]:
    return _written("a.shp", "ESRI Shapefile", encoding="GBK")


def geodatabase() -> dict[str, bytes]:
    return {
        f"a.gdb/{name}": data
        for name, data in _written("a.gdb", "OpenFileGDB", promote_to_multi=True).items()
    }


def mapinfo() -> dict[str, bytes]:
    head = 'Version 300\nCharset "Neutral"\nDelimiter ","\nCoordSys Earth Projection 1, 104\nColumns 2\n'
    names = "  zone_id Char(20)\n  name Char(20)\nData\n\n"
    shapes = "Point 118.1 24.5\nRegion 1\n  4\n118 24\n119 24\n119 25\n118 24\n"
    return {"a.mif": (head + names + shapes).encode(), "a.mid": '"Z1","学校"\n"Z2","小学"\n'.encode("gbk")}


def mapinfo_table() -> dict[str, bytes]:
    return _written("a.tab", "MapInfo File", encoding="GBK")


def geojson() -> bytes:
    data = json.loads(frame().to_json())
    data["features"].append(
        {
            "type": "Feature",
            "properties": {"zone_id": "Z5", "name": 'a "b"', "n": None},
            "geometry": {
                "type": "GeometryCollection",
                "geometries": [{"type": "Point", "coordinates": [118, 24, 5]}],
            },
        }
    )
    return json.dumps(data, ensure_ascii=False).encode()


def geoparquet() -> bytes:
    buffer = io.BytesIO()
    frame().to_parquet(buffer)
    return buffer.getvalue()


def kml() -> bytes:
    return _written("a.kml", "LIBKML")["a.kml"]


def kmz() -> dict[str, bytes]:
    return {"doc.kml": kml()}


def workbook() -> dict[str, bytes]:
    """Return the members of a workbook."""
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("学校")
        for row, line in enumerate(CSV.splitlines()):
            sheet.write_row(row, 0, line.split(","))
        sheet.write_formula(5, 2, "=1+1", None, 2)
        book.add_worksheet("x").hide()
    with zipfile.ZipFile(buffer) as archive:
        return {member.filename: archive.read(member) for member in archive.infolist()}


def geopackage() -> bytes:
    data = _written("a.gpkg", "GPKG")["a.gpkg"]
    base = sqlite3.connect(":memory:")
    base.deserialize(data)
    # most of an empty database are pages of which nothing is read: fewer of them, more faults that matter
    for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        base.execute(f'DROP TRIGGER "{name}"')
    base.commit()
    base.execute("VACUUM")
    return bytes(base.serialize())


def project() -> bytes:
    return str(_FILES["xuequ.toml"]).encode()


# by reader: the ending of the file, and how a valid one is made; members are packed after the change
KINDS: dict[str, tuple[str, Callable[[], bytes | dict[str, bytes]]]] = {
    "text": (".csv", CSV.encode),
    "text-gbk": (".csv", lambda: CSV.encode("gbk")),
    "xlsx": (".xlsx", workbook),
    "shapefile": (".zip", shapefile),
    "geojson": (".geojson", geojson),
    "gpkg": (".gpkg", geopackage),
    "geoparquet": (".parquet", geoparquet),
    "kml": (".kml", kml),
    "kmz": (".kmz", kmz),
    "gml": (".gml", lambda: _written("a.gml", "GML")["a.gml"]),
    "dxf": (".dxf", lambda: _written("a.dxf", "DXF")["a.dxf"]),
    "flatgeobuf": (".fgb", lambda: _written("a.fgb", "FlatGeobuf", promote_to_multi=True)["a.fgb"]),
    "mapinfo-mif": (".zip", mapinfo),
    "mapinfo-tab": (".zip", mapinfo_table),
    "geodatabase": (".zip", geodatabase),
    "toml": (".toml", project),
    "scope": (".txt", SCOPE.encode),
}
