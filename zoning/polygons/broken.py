"""Read a project whose zones cannot be read as they stand: rings that cross themselves or do not close."""

from __future__ import annotations

import json
import tempfile
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from geodata import City
from geodata.cells import as_text
from geodata.city import city_of
from geodata.datum import convert_shapes
from geodata.errors import DataError
from geodata.project import Project, Source, read_project, resolve_path
from geodata.reading.files import read_rows
from zoning.polygons.coverage import Shapes, polygonal

_POLYGONS = ("Polygon", "MultiPolygon")


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """A city whose broken zones were made valid on the way in.

    Parameters
    ----------
    city : City
    broken : dict of str to geometry
        The shapes as they stood, by zone, in the city's metric CRS; empty where nothing was broken.
    """

    city: City
    broken: dict[str, shapely.Geometry]


def read_to_repair(folder: Path) -> Readable:
    """Read a project; where only rings of its zones are at fault, make them valid.

    Parameters
    ----------
    folder : Path
        The project folder.

    Returns
    -------
    Readable

    Raises
    ------
    DataError
        If there is any fault that is not a ring of a zone, or a ring goes around no ground; with all
        faults.
    """
    project = read_project(folder)
    try:
        return Readable(city=city_of(project, folder), broken={})
    except DataError as error:
        source = project.tables.get("zones")
        if source is None or source.path is None or not all(_is_ring(one) for one in error.faults):
            raise
        return _read_mended(project, source, folder, error)


def made_valid(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a valid polygon that covers all the ground that the rings of a broken one go around.

    Examples
    --------
    >>> bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    >>> made_valid(bow).area
    2.0
    """
    if shapely.is_valid(shape):
        return shape
    # where a ring goes around ground twice, one method makes a hole of it and the other does not
    lines = shapely.make_valid(shape, method="linework")
    whole = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    return polygonal(shapely.union(polygonal(lines), polygonal(whole)))


def _is_ring(fault: object) -> bool:
    shape = getattr(fault, "shape", None)
    return shape is not None and shape.geom_type in _POLYGONS


def _read_mended(project: Project, source: Source, folder: Path, error: DataError) -> Readable:
    assert source.path is not None
    cells, before = as_they_stand(resolve_path(source.path, folder), source)
    closed = np.array([None if one is None else made_valid(one) for one in before], dtype=object)
    if any(before[at] is not None and shapely.is_empty(one) for at, one in enumerate(closed)):
        # a ring that goes around no ground cannot be mended
        raise error
    with tempfile.TemporaryDirectory(prefix="xuequ-") as made:
        # a file apart, with the headings as they are: the same code reads it as any other
        copy = Path(made) / f"{Path(source.path).stem}.geojson"
        _write_plain(copy, cells, closed)
        plain = {"path": str(copy), "layer": None, "encoding": "auto"}
        tables = {**project.tables, "zones": source.model_copy(update=plain)}
        try:
            city = city_of(project.model_copy(update={"tables": tables}), folder)
        except DataError as second:
            # in the words of the file that the planner knows
            raise error from second
    rows = sorted({fault.row - 1 for fault in error.faults if fault.row is not None})
    ids = cells[source.columns.get("zone_id", "zone_id")].str.strip()
    shown = convert_shapes(before[rows], source.datum or "", city.metric_crs)
    # the copy is gone: whoever writes the attributes again needs the project's own file
    own = replace(city, project=project)
    return Readable(city=own, broken=dict(zip(ids.iloc[rows], shown, strict=True)))


def as_they_stand(path: Path, source: Source) -> tuple[pd.DataFrame, Shapes]:
    """Return the cells and the shapes of a layer, its rings closed but no more than that.

    Parameters
    ----------
    path : Path
        A layer that has been read before, whatever faults it had.
    source : Source
        What the project says of it.
    """
    try:
        raw = read_rows(path, encoding=source.encoding, layer=source.layer)
    except DataError:
        import pyogrio

        # our reader refuses rings that do not close; it has looked at the file before
        with warnings.catch_warnings():
            # GDAL's remark on the ring is what is mended here
            warnings.simplefilter("ignore")
            meta, _, wkb, values = pyogrio.raw.read(path, layer=source.layer, force_2d=True)
        columns = zip(meta["fields"], values, strict=True)
        cells = pd.DataFrame({str(name): [as_text(v) for v in column] for name, column in columns})
        return cells, shapely.from_wkb(wkb, on_invalid="fix")
    assert raw.geometry is not None
    return raw.cells, raw.geometry


def _write_plain(path: Path, cells: pd.DataFrame, shapes: Shapes) -> None:
    features = [
        {
            "type": "Feature",
            "properties": row,
            "geometry": None if shape is None else shapely.geometry.mapping(shape),
        }
        for row, shape in zip(cells.to_dict("records"), shapes, strict=True)
    ]
    layer = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(layer, ensure_ascii=False), encoding="utf-8")
