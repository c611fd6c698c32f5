"""Layers of every kind for tests, and single changes to their bytes."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pyogrio
import shapely

NAMES = ["学校片区", "小学片区"]


def zones(**columns: list[object]) -> gpd.GeoDataFrame:
    """Return two zones that share a border."""
    shapes = [shapely.box(118.0, 24.0, 118.1, 24.1), shapely.box(118.1, 24.0, 118.2, 24.1)]
    cells = {"zone_id": ["Z1", "Z2"], "name": NAMES, **columns}
    return gpd.GeoDataFrame(cells, geometry=shapes, crs="EPSG:4326")


def write(frame: gpd.GeoDataFrame, path: Path, driver: str, **options: object) -> Path:
    """Write a layer with GDAL, whose remarks on names that it shortens are of no use here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.write_dataframe(frame, path, driver=driver, **options)
    return path


def shapefile(folder: Path, frame: gpd.GeoDataFrame | None = None, encoding: str = "GBK") -> Path:
    """Write a shapefile."""
    frame = zones() if frame is None else frame
    return write(frame, folder / "zones.shp", "ESRI Shapefile", encoding=encoding)


def zipped(members: Mapping[str, bytes], path: Path) -> Path:
    """Write an archive."""
    path.write_bytes(archive(members))
    return path


def archive(members: Mapping[str, bytes]) -> bytes:
    """Return an archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return buffer.getvalue()


def parts_of(path: Path) -> dict[str, bytes]:
    """Return the files of a layer by name."""
    beside = path.iterdir() if path.is_dir() else path.parent.glob(f"{path.stem}.*")
    return {one.name: one.read_bytes() for one in sorted(beside)}


def patched(path: Path, place: int, kind: str, value: int) -> Path:
    """Overwrite one number of a file."""
    data = bytearray(path.read_bytes())
    struct.pack_into(kind, data, place, value)
    path.write_bytes(bytes(data))
    return path
