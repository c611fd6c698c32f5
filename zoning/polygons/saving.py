"""Write repaired zones with the attributes and in the datum of the layer that they come from."""

from __future__ import annotations

import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata import City
from geodata.datum import convert_shapes
from geodata.errors import DataError
from geodata.messages import Speaker, Text
from geodata.project import Source, resolve_path
from geodata.writing.cells import escape_formulas
from geodata.writing.layers import Layer, write_layers
from geodata.writing.whole import need_new, unknown_kind, whole
from zoning.polygons.broken import as_they_stand
from zoning.polygons.changes import change_table
from zoning.polygons.repair import Repaired

SUFFIXES = (".geojson", ".gpkg")
"""The kinds of file that are written, by the ending of the name."""


def need_new_file(out: Path) -> None:
    """Raise unless a repaired layer and its table of changes can be written to a path.

    Raises
    ------
    XuequError
        If the ending is none of `SUFFIXES`, or one of the two files is there already.
    """
    if out.suffix.lower() not in SUFFIXES:
        raise unknown_kind(out, SUFFIXES)
    need_new(out)
    need_new(changes_path(out))


def changes_path(out: Path) -> Path:
    """Return where the table of changes of a repaired layer stands: beside it."""
    return out.with_name(f"{out.name}.changes.csv")


def save_repaired(
    out: Path, city: City, folder: Path, repaired: Repaired, speak: Speaker
) -> tuple[Text, ...]:
    """Write the repaired layer and its table of changes.

    Parameters
    ----------
    out : Path
        A new file; its ending says which kind.
    city, folder
        The project, and where it lies: its zones file has the attributes.
    repaired : Repaired
        As `repair_zones` returns it.
    speak : Speaker
        The language of the table of changes.

    Returns
    -------
    tuple of Text
        What a reader of the layer must be told, because the file cannot say it.

    Raises
    ------
    XuequError
        As `need_new_file`.
    """
    need_new_file(out)
    source = city.project.tables["zones"]
    assert source.path is not None
    attributes, ids = _attributes(resolve_path(source.path, folder), source)
    moved = convert_shapes(repaired.zones.geometry.to_numpy(), city.metric_crs, source.datum or "")
    by_zone = dict(zip(repaired.zones["zone_id"].astype(str), moved, strict=True))
    shapes = np.array([by_zone.get(one) for one in ids], dtype=object)
    layer = Layer(
        name=out.stem, frame=gpd.GeoDataFrame(attributes, geometry=shapes), datum=source.datum or ""
    )
    table = change_table(repaired.changes, speak).apply(escape_formulas)
    # the table is put in place last: where the layer fails, neither is there
    with whole(changes_path(out)) as partial:
        table.to_csv(partial, index=False, encoding="utf-8-sig", lineterminator="\r\n")
        return write_layers(out, [layer])


def _attributes(path: Path, source: Source) -> tuple[pd.DataFrame, list[str]]:
    """Return the columns of the layer, in their own kinds where the file has any, and the zones' ids."""
    import pyogrio

    cells, _ = as_they_stand(path, source)
    ids = cells[source.columns.get("zone_id", "zone_id")].str.strip().tolist()
    try:
        with warnings.catch_warnings():
            # the layer has been read and checked already
            warnings.simplefilter("ignore")
            typed = pyogrio.read_dataframe(path, layer=source.layer, read_geometry=False)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, DataError):
        return cells, ids
    alike = list(typed.columns) == list(cells.columns) and len(typed) == len(cells)
    return (pd.DataFrame(typed) if alike else cells), ids
