"""Read a layer of shapes as rows of text and geometry."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from geodata.cells import as_text
from geodata.messages import Text, say
from geodata.reading.encodings import with_sample
from geodata.reading.geoparquet import read_geoparquet
from geodata.reading.layers_gdal import need_no_loss, read_bytes
from geodata.reading.layers_kinds import KINDS, Ready, make_ready
from geodata.reading.layers_parts import gather
from geodata.reading.raw import RawTable
from geodata.reading.shapes import shapes_of

PARQUET = (".parquet", ".geoparquet")
LAYER_SUFFIXES = (*KINDS, ".zip", ".kmz", *PARQUET)
"""The endings that are read here."""

# their only layer has the name of the file, which an archive may give another
_ONE_LAYER = (".shp", ".tab", ".mif")
# what every GeoJSON file has in GDAL's eyes, whether it says so or not
_ASSUMED = ("EPSG:4326", "OGC:CRS84", "EPSG:4979")


def read_layer(path: Path, *, layer: str | None = None, encoding: str = "auto") -> RawTable:
    """Read a layer.

    Parameters
    ----------
    path : Path
        A file, or the folder of a geodatabase.
    layer : str, optional
        Which one, where there are several.
    encoding : {"auto", "utf-8", "gb18030", "gbk"}
        Forces how the text of formats is decoded that do not say it themselves.

    Returns
    -------
    RawTable
        `crs` is what the file itself declares, None where it declares nothing.

    Raises
    ------
    DataError
        If it is absent, damaged, harmful, has several layers and none is named, or a shape in it
        cannot be made.

    Notes
    -----
    Heights are left out, with a note. A ring that is not closed is a fault, which carries the ring closed.
    """
    parts = gather(path, layer, (*KINDS, *PARQUET))
    if parts.kind in PARQUET:
        return read_geoparquet(parts)
    ready = make_ready(parts, encoding)
    # an archive was asked for its file of that name already
    in_archive = path.suffix.lower() == ".zip" or parts.kind in _ONE_LAYER
    read = read_bytes(parts.file, ready, layer, one_layer=in_archive)
    columns = {heading: [as_text(cell) for cell in cells] for heading, cells in read.columns.items()}
    geometry = None
    notes = list(ready.notes)
    if read.wkb is not None:
        need_no_loss(parts.file, ready, read)
        geometry, said = shapes_of(read.wkb, parts.file)
        notes.extend(said)
    crs, said = _declared_crs(parts.file, read.crs, ready)
    return RawTable(
        file=parts.file if layer is None else f"{parts.file}:{layer}",
        cells=pd.DataFrame(columns, index=range(len(read)), dtype="str"),
        rows=pd.Series(range(1, len(read) + 1), dtype="int64"),
        geometry=geometry,
        crs=crs,
        sha256=parts.sha256,
        encoding=None if ready.encoded is None else with_sample(ready.encoded, columns),
        notes=(*notes, *said),
    )


def _declared_crs(file: str, crs: str | None, ready: Ready) -> tuple[str | None, list[Text]]:
    """Return the CRS that a file declares; GeoJSON declares none but by a member that is old."""
    if crs is None or not ready.declares_crs:
        return None, []
    if ready.json is None:
        return crs, []
    if crs in _ASSUMED:
        return None, []
    note = say(
        "{file}: declares {crs} in a crs member, as GeoJSON did before 2016; it is compared with the datum "
        "in xuequ.toml",
        file=file,
        crs=crs,
    )
    return crs, [note]
