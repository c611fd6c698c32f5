"""Call GDAL, through pyogrio, on bytes in memory; what it says becomes one clear fault."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from geodata.errors import DataError, Fault
from geodata.messages import say
from geodata.reading.guards import refuse
from geodata.reading.layers_json import looks_odd, need_whole_shapes
from geodata.reading.layers_kinds import Ready

# tables that programs keep beside the layers: styles of QGIS
_NO_LAYERS = ("layer_styles", "qgis_projects")
# GDAL sees the bytes under a name of its own, and says where it was built: neither means anything here
_IN_MEMORY = re.compile(r"/vsi[a-z]+/+(vsimem/)?pyogrio_[0-9a-f]+(\.zip)?(/[\w.-]+)?|pyogrio_[0-9a-f]{32}")
_WHOLE_BELOW = 2**53  # a float holds every whole number below, and not every one above
_MIDNIGHT = re.compile(r"T00:00:00(\.0+)?$")
_MIDNIGHT_UTC = re.compile(r"T00:00:00(\.0+)?(Z|\+00:00)?$")
_BUILT_AT = re.compile(r"\S*[/\\]\w+\.(cpp|c|h), \d+: ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer as GDAL gives it.

    Parameters
    ----------
    name : str
        What GDAL calls it.
    crs : str, optional
        What GDAL says of its CRS.
    wkb : array of bytes, shape (n,), optional
        Its shapes; None where it is a table without.
    columns : dict of str to array, shape (n,)
        Its columns.
    remarks : int
        How many times GDAL found something odd.
    """

    name: str
    crs: str | None
    wkb: npt.NDArray[Any] | None
    columns: dict[str, npt.NDArray[Any]]
    remarks: int

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.wkb if self.wkb is not None else next(iter(self.columns.values()), ()))


def read_bytes(file: str, ready: Ready, layer: str | None, *, one_layer: bool) -> Layer:
    """Read a layer of a file in memory.

    Parameters
    ----------
    file : str
        The name that a fault shows.
    ready : Ready
        What GDAL is given.
    layer : str, optional
        Which layer; None where there is but one.
    one_layer : bool
        Whether the kind of file has only one, whatever its name.

    Raises
    ------
    DataError
        If GDAL cannot read it, or it is not clear which layer is meant.
    """
    import pyogrio

    with _clear_errors(file) as remarks:
        names = [str(name) for name in pyogrio.list_layers(ready.data)[:, 0]]
    shown = [_IN_MEMORY.sub(Path(file).stem, name) for name in names]
    index = 0 if one_layer and len(names) == 1 else _index_of(file, shown, layer)
    with _clear_errors(file) as remarks:
        meta, _, wkb, values = pyogrio.raw.read(
            ready.data, layer=index, encoding=ready.codec, datetime_as_string=True, **ready.options
        )
        columns = {str(name): column for name, column in zip(meta["fields"], values, strict=True)}
        for name, kind in zip(meta["fields"], meta["dtypes"], strict=True):
            if str(kind).startswith("datetime64"):
                columns[str(name)] = _days_or_times(columns[str(name)], ready)
            if kind == "int64" and _has_lost_digits(columns[str(name)]):
                columns[str(name)] = _whole_numbers(ready, index, str(name), columns[str(name)])
    if len(columns) != len(values):
        raise refuse(file, say("each heading once"), say("remove or rename one"))
    return Layer(name=names[index], crs=meta["crs"], wkb=wkb, columns=columns, remarks=len(remarks))


def _days_or_times(column: npt.NDArray[Any], ready: Ready) -> npt.NDArray[Any]:
    """Return times as text, and those that are midnight and of no zone as days."""
    whole = _MIDNIGHT if ready.has_zones else _MIDNIGHT_UTC
    out = np.empty(len(column), dtype=object)
    out[:] = [None if one is None else whole.sub("", one).replace("T", " ") for one in column.tolist()]
    return out


def _has_lost_digits(column: npt.NDArray[Any]) -> bool:
    """Whether whole numbers came as floats, as they do where one is blank, and are too long for that."""
    return column.dtype.kind == "f" and bool((np.abs(np.nan_to_num(column)) >= _WHOLE_BELOW).any())


def _whole_numbers(ready: Ready, index: int, name: str, column: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Read a column of whole numbers without its blanks, so that an identifier keeps all its digits."""
    import pyogrio

    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    *_, values = pyogrio.raw.read(
        ready.data,
        layer=index,
        columns=[name],
        where=f"{quoted} IS NOT NULL",
        read_geometry=False,
        **ready.options,
    )
    whole = np.full(len(column), None, dtype=object)
    whole[~np.isnan(column)] = values[0]
    return whole


def need_no_loss(file: str, ready: Ready, layer: Layer) -> None:
    """Raise where the file has a shape and GDAL gave none: it would count as absent.

    Raises
    ------
    DataError
        With a fault a row, where the file itself can be asked; else one for the file.
    """
    assert layer.wkb is not None
    absent = np.array([one is None for one in layer.wkb], dtype=bool)
    if ready.json is not None:
        if absent.any() or looks_odd(ready.json):
            need_whole_shapes(ready.json, file, len(layer))
        return
    if not absent.any():
        return
    if ready.without_shape is not None:
        without = np.array(ready.without_shape(layer.name), dtype=bool)
        if len(without) == len(absent):
            lost = np.flatnonzero(absent & ~without)
            if len(lost):
                raise DataError(_lost(file, int(index) + 1) for index in lost)
            return
    if layer.remarks:
        raise refuse(
            file,
            say("whole shapes; {n} rows have none, and the file seems damaged", n=int(absent.sum())),
        )


def _index_of(file: str, names: list[str], layer: str | None) -> int:
    if layer is not None:
        if layer in names:
            return names.index(layer)
        raise refuse(
            file,
            say("the layers that there are: {layers}", layers=", ".join(names)),
            say("correct layer = in xuequ.toml"),
            found=layer,
        )
    there = [index for index, name in enumerate(names) if name not in _NO_LAYERS]
    if len(there) == 1:
        return there[0]
    if not there:
        raise refuse(file, say("a file with a layer in it; it has none"))
    raise refuse(
        file,
        say(
            "layer = in xuequ.toml, for the file has several: {layers}",
            layers=", ".join(names[index] for index in there),
        ),
        say("write layer = with the name of one"),
    )


def _lost(file: str, row: int) -> Fault:
    return Fault(
        file=file,
        row=row,
        allowed=say("a whole shape; this one cannot be read"),
        remedy=say("mend it, or take it out"),
    )


@contextmanager
def _clear_errors(file: str) -> Iterator[list[warnings.WarningMessage]]:
    """Turn what GDAL and pyogrio raise into one clear fault; give their remarks on single features.

    The remarks can hold cells, so that they are counted and never shown.
    """
    try:
        with warnings.catch_warnings(record=True) as remarks:
            warnings.simplefilter("always")
            yield remarks
    except UnicodeDecodeError as error:
        raise refuse(
            file,
            say("text in {encoding}; some of it is not", encoding=error.encoding),
            say("save it again as GeoPackage, or force encoding in xuequ.toml"),
        ) from error
    except UnboundLocalError as error:
        # pyogrio 0.13 falls over a CRS that PROJ cannot write down
        raise refuse(
            file,
            say("a CRS that can be understood; what the file declares as its CRS is damaged"),
            say("leave its .prj out: the datum stands in xuequ.toml; or save it again as GeoPackage"),
        ) from error
    except (RuntimeError, ValueError, OverflowError, MemoryError) as error:
        problem = _BUILT_AT.sub("", _IN_MEMORY.sub(file, str(error))).split("; It might help")[0]
        raise refuse(
            file,
            say("the layer cannot be read: {problem}", problem=problem),
            say("save it again as GeoJSON or GeoPackage, and check the name of the layer"),
        ) from error
