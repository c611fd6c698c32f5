"""Write layers: GeoPackage for map programs, GeoJSON, GeoParquet."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sqlite3
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyogrio.errors import DataSourceError, FeatureError

from geodata import datum as datums
from geodata.errors import XuequError
from geodata.messages import Text, say
from geodata.writing.styles import Style, qml_of
from geodata.writing.whole import unknown_kind, whole

LAYER_SUFFIXES = (".gpkg", ".geojson", ".json", ".parquet")
_MADE = "2000-01-01T00:00:00.000Z"  # the same layers are the same bytes
_DEGREE_DIGITS, _METRE_DIGITS = 8, 3  # both about a millimetre


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer to write.

    Parameters
    ----------
    name : str
        What map programs call it.
    frame : GeoDataFrame or DataFrame
        Its columns, and its geometry in the coordinates of `datum`. A table without geometry goes into a
        GeoPackage only.
    datum : str
        As a project declares it; "" for a table without geometry.
    style : Style, optional
        How QGIS shows it.
    description : str
        A line for people.
    """

    name: str
    frame: pd.DataFrame
    datum: str = ""
    style: Style | None = None
    description: str = ""


def write_layers(path: Path, layers: Sequence[Layer]) -> tuple[Text, ...]:
    """Write layers as one file; the ending of the name says how.

    Parameters
    ----------
    path : Path
        A new file: .gpkg holds several layers with their styles, .geojson, .json and .parquet hold one.
    layers : sequence of Layer

    Returns
    -------
    tuple of Text
        What a reader of the file must be told, because the file cannot say it.

    Raises
    ------
    XuequError
        If the file is there already, its ending is another, or there are several layers for one.
    OSError
        If the place cannot be written.

    Notes
    -----
    The same layers are the same bytes. GeoJSON follows RFC 7946: outer rings run anticlockwise, no CRS; in
    another datum than WGS-84 it has the member `xuequ_datum`, which other programs do not know.
    """
    suffix = path.suffix.lower()
    if suffix not in LAYER_SUFFIXES:
        raise unknown_kind(path, LAYER_SUFFIXES)
    if suffix != ".gpkg" and len(layers) != 1:
        raise XuequError(
            say(
                "{path} holds one layer, and there are {n}: {layers}; choose one, or write .gpkg",
                path=path.name,
                n=len(layers),
                layers=", ".join(layer.name for layer in layers),
            )
        )
    with whole(path) as partial:
        if suffix == ".gpkg":
            _write_geopackage_or_say(partial, layers)
            return ()
        if suffix == ".parquet":
            layers[0].frame.set_crs(datums.file_crs(layers[0].datum), allow_override=True).to_parquet(
                partial, index=False, compression="zstd"
            )
            return ()
        return _write_geojson(partial, layers[0], path.name)


def _write_geopackage_or_say(path: Path, layers: Sequence[Layer]) -> None:
    """Write a GeoPackage; a full disk, which SQLite and GDAL say each in its own way, is an OSError."""
    try:
        _write_geopackage(path, layers)
    except sqlite3.OperationalError as error:
        raise OSError(errno.EIO, str(error), str(path)) from error
    except (DataSourceError, FeatureError) as error:
        # GDAL quotes its SQL, with what stands in the rows: not for a terminal
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(path)) from error


def need_names(path: Path, names: Sequence[str]) -> None:
    """Refuse names of columns that the kind of file keeps for itself, or takes for one.

    Parameters
    ----------
    path : Path
        The file to write.
    names : sequence of str
        Its columns beside the shape.

    Raises
    ------
    XuequError

    Notes
    -----
    A GeoPackage is an SQLite database: case makes no difference, in ASCII alone, and it has columns `fid`
    and `geom` of its own. Elsewhere the shape is called `geometry`, as geopandas names it.
    """
    package = path.suffix.lower() == ".gpkg"
    kept = ("geometry", "fid", "geom") if package else ("geometry",)
    seen: dict[bytes, str] = {}
    for name in names:
        # bytes, so that only letters of ASCII change
        plain = name.encode().lower() if package else name.encode()
        if plain.decode() in kept:
            raise XuequError(
                say(
                    "{path}: the file has a column {column} of its own; leave yours out with --drop, or "
                    "rename it",
                    path=path.name,
                    column=name,
                )
            )
        if plain in seen:
            raise XuequError(
                say(
                    "{path}: columns {first} and {second} differ in case only, which a GeoPackage does not "
                    "tell apart; leave one out with --drop, or write .geojson or .csv",
                    path=path.name,
                    first=seen[plain],
                    second=name,
                )
            )
        seen[plain] = name


def _write_geojson(path: Path, layer: Layer, shown: str) -> tuple[Text, ...]:
    import pyogrio

    digits = _DEGREE_DIGITS if datums.is_geographic(layer.datum) else _METRE_DIGITS
    shapes = layer.frame.geometry.to_numpy()
    shapes = shapely.transform(shapely.orient_polygons(shapes), lambda places: np.round(places, digits))
    frame = gpd.GeoDataFrame(layer.frame.drop(columns=layer.frame.geometry.name), geometry=shapes)
    plain = layer.datum == "wgs84"
    members: dict[str, Any] = {} if plain else {"xuequ_datum": layer.datum}
    if layer.description:
        members["description"] = layer.description
    with warnings.catch_warnings():
        # a GeoJSON has no CRS to give
        warnings.filterwarnings("ignore", message="'crs' was not provided")
        pyogrio.write_dataframe(
            _writable(frame),
            path,
            driver="GeoJSON",
            layer=layer.name,
            coordinate_precision=digits,
            native_data=json.dumps({"type": "FeatureCollection", **members}, ensure_ascii=False),
            native_media_type="application/vnd.geo+json",
            geometry_type="Unknown",
        )
    if plain:
        return ()
    return (
        say(
            "{path} is in {datum}: by its standard GeoJSON is WGS-84 and cannot say so, and other "
            "programs will draw it in the wrong place; keep the datum in the file's name, or write .gpkg",
            path=shown,
            datum=layer.datum,
        ),
    )


def _write_geopackage(path: Path, layers: Sequence[Layer]) -> None:
    import pyogrio

    for layer in layers:
        frame = layer.frame
        options: dict[str, Any] = {"identifier": layer.name, "description": layer.description}
        if isinstance(frame, gpd.GeoDataFrame):
            frame = frame.set_crs(datums.file_crs(layer.datum), allow_override=True)
            if frame.geometry.name != "geom":
                frame = frame.rename_geometry("geom")
            options["geometry_type"] = _kind(frame.geometry)
        pyogrio.write_dataframe(
            _writable(frame), path, driver="GPKG", layer=layer.name, append=path.exists(), **options
        )
    _finish(path, layers)


def _writable(frame: pd.DataFrame) -> Any:
    """Return a frame that OGR takes: its date columns without a time are dates."""
    changed = frame.copy()
    for name in changed.columns:
        values = changed[name]
        if pd.api.types.is_datetime64_any_dtype(values.dtype):
            days = values.dropna()
            if (days == days.dt.normalize()).all():
                changed[name] = values.dt.strftime("%Y-%m-%d").astype("str")
    return changed


def _kind(geometry: gpd.GeoSeries) -> str:
    """Return the kind of a GeoPackage's layer: one for polygons with and without several parts."""
    kinds = set(geometry[geometry.notna()].geom_type)
    for single in ("Point", "LineString", "Polygon"):
        if kinds == {single}:
            return single
        if kinds and kinds <= {single, f"Multi{single}"}:
            return f"Multi{single}"
    return "Unknown"


def _finish(path: Path, layers: Sequence[Layer]) -> None:
    """Add the styles, and take out when the file was made."""
    styled = [layer for layer in layers if layer.style is not None]
    with contextlib.closing(sqlite3.connect(path)) as db:
        if styled:
            _add_styles(db, styled)
        db.execute("UPDATE gpkg_contents SET last_change = ?", (_MADE,))
        db.commit()
        db.execute("VACUUM")


def _add_styles(db: sqlite3.Connection, layers: Sequence[Layer]) -> None:
    # QGIS looks for its styles in this table, and OGR shows it to QGIS only if it is registered
    db.execute(
        "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT, f_table_catalog TEXT(256), "
        "f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), "
        "styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, "
        "owner TEXT(30), ui TEXT(30), update_time DATETIME)"
    )
    db.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id) "
        "VALUES ('layer_styles', 'attributes', 'layer_styles', 'Styles of QGIS', ?, 0)",
        (_MADE,),
    )
    db.executemany(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, "
        "styleName, styleQML, styleSLD, useAsDefault, description, owner, update_time) "
        "VALUES ('', '', ?, 'geom', ?, ?, '', 1, ?, '', ?)",
        [
            (layer.name, layer.name[:30], qml_of(layer.style), layer.description, _MADE)
            for layer in layers
            if layer.style is not None
        ],
    )
