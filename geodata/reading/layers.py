"""Read a layer of shapes as rows of text and geometry."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy.typing as npt
import pandas as pd

from geodata.cells import as_text
from geodata.errors import DataError, Fault
from geodata.messages import say
from geodata.reading.raw import RawTable


def read_layer(path: Path, digest: str, layer: str | None) -> RawTable:
    """Read a layer; `digest` is the hash of the file's bytes."""
    import pyogrio
    import shapely

    try:
        with warnings.catch_warnings():
            # GDAL's remarks on single features are of no use to a planner; our own checks follow
            warnings.simplefilter("ignore")
            meta, _, wkb, values = pyogrio.raw.read(path, layer=layer, force_2d=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        problem = str(error).replace(str(path), path.name)
        fault = Fault(
            file=path.name,
            allowed=say("the layer cannot be read: {problem}", problem=problem),
            remedy=say("save it again as GeoJSON or GeoPackage, and check the name of the layer"),
        )
        raise DataError([fault]) from error
    columns = {
        str(name): [as_text(v) for v in column] for name, column in zip(meta["fields"], values, strict=True)
    }
    count = len(wkb) if wkb is not None else len(next(iter(columns.values()), []))
    geometry = None if wkb is None else shapely.from_wkb(wkb, on_invalid="ignore")
    if geometry is not None:
        _raise_on_broken_shapes(path.name, wkb, geometry)
    return RawTable(
        file=path.name if layer is None else f"{path.name}:{layer}",
        cells=pd.DataFrame(columns, index=range(count), dtype="str"),
        rows=pd.Series(range(1, count + 1), dtype="int64"),
        geometry=geometry,
        crs=meta["crs"] if path.suffix.lower() == ".gpkg" else None,
        sha256=digest,
    )


def _raise_on_broken_shapes(file: str, wkb: npt.NDArray[Any], geometry: npt.NDArray[Any]) -> None:
    """Raise where a shape stands in the file and cannot be made: else it would count as absent."""
    broken = [
        i for i, (there, made) in enumerate(zip(wkb, geometry, strict=True)) if there and made is None
    ]
    if broken:
        raise DataError(
            Fault(
                file=file,
                row=index + 1,
                allowed=say("a whole shape; this one cannot be read (is its ring closed?)"),
                remedy=say("mend the ring at that place"),
            )
            for index in broken
        )
