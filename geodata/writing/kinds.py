"""The columns of a layer in the kinds that its file gives them, made of the cells that were read.

Only the cells of the first read are written. The file is asked once more, for the kinds of its columns
alone and from the same checked bytes; where it has changed meanwhile, or a cell would not come back as it
stands, a column stays text. A blank cell is NULL.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geodata.errors import XuequError
from geodata.reading.layers import PARQUET
from geodata.reading.layers_kinds import KINDS, make_ready
from geodata.reading.layers_parts import Parts, gather
from geodata.reading.raw import RawTable

_WHOLE = r"0|-?[1-9][0-9]{0,18}"
_FRACTION = r"-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?"
_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?)?"
_YES_NO = {"true": True, "false": False, "1": True, "0": False}


def typed_cells(raw: RawTable, path: Path, layer: str | None) -> pd.DataFrame:
    """Return the columns of a layer, numbers, dates and yes/no as such where nothing is lost.

    Parameters
    ----------
    raw : RawTable
        The layer, as it was read.
    path : Path
        Where its file stands.
    layer : str, optional
        Which layer of the file was read.

    Returns
    -------
    DataFrame, shape (n, columns)
    """
    kinds = _kinds(raw, path, layer)
    columns = {name: typed(raw.cells[name], kinds.get(str(name), "")) for name in raw.cells.columns}
    return pd.DataFrame(columns, index=raw.cells.index)


def typed(cells: pd.Series, kind: str) -> pd.Series:
    """Return cells of text in a kind, or as they are where one of them would be another text afterwards.

    Parameters
    ----------
    cells : Series of str, shape (n,)
        "" is blank.
    kind : str
        As NumPy names it: int32, int64, float64, bool, datetime64[ms]; any other is text.

    Examples
    --------
    >>> typed(pd.Series(["9007199254740993", ""], dtype="str"), "int64").tolist()
    [9007199254740993, <NA>]
    >>> typed(pd.Series(["1", "007"], dtype="str"), "int64").tolist()
    ['1', '007']
    """
    text = cells.where(cells != "")
    filled = text.dropna()
    if filled.empty:
        return text
    try:
        if kind.startswith(("int", "uint")) and filled.str.fullmatch(_WHOLE).all():
            return _cast(text, pa.int32() if kind in ("int8", "int16", "int32") else pa.int64())
        if kind.startswith("float") and filled.str.fullmatch(_FRACTION).all():
            return _cast(text, pa.float64())
        if kind.startswith("bool") and filled.isin(list(_YES_NO)).all():
            return text.astype(object).map(_YES_NO).astype("boolean" if text.hasnans else "bool")
        if kind.startswith("datetime") and filled.str.fullmatch(_MOMENT).all():
            return pd.to_datetime(text, format="ISO8601")
    except (pa.ArrowInvalid, ValueError, OverflowError):
        pass  # a whole number of more than 64 bits, a day that never was
    return text


def _cast(text: pd.Series, kind: pa.DataType) -> pd.Series:
    values = pc.cast(pa.array(text, type=pa.large_string(), from_pandas=True), kind)
    whole = pa.types.is_integer(kind)
    if not whole or values.null_count == 0:
        return pd.Series(values.to_numpy(zero_copy_only=False), index=text.index)
    blank = np.asarray(values.is_null())
    numbers = pc.fill_null(values, 0).to_numpy(zero_copy_only=False)
    return pd.Series(pd.arrays.IntegerArray(numbers.copy(), blank), index=text.index)


def _kinds(raw: RawTable, path: Path, layer: str | None) -> Mapping[str, str]:
    """Return the kind of each column; none where the file is no longer what was read."""
    try:
        parts = gather(path, layer, (*KINDS, *PARQUET))
        if parts.sha256 != raw.sha256:
            return {}
        if parts.kind in PARQUET:
            return _kinds_of_parquet(parts)
        return _kinds_of_layer(parts, raw, layer)
    except (XuequError, OSError, RuntimeError, ValueError, UnboundLocalError):
        return {}  # such as an encoding that was forced: the cells are there, only kinds are not known


def _kinds_of_parquet(parts: Parts) -> Mapping[str, str]:
    import pyarrow.parquet as pq

    return {field.name: _kind_of(field.type) for field in pq.read_schema(pa.BufferReader(parts.main))}


def _kind_of(kind: pa.DataType) -> str:
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return "datetime64"
    return "float64" if pa.types.is_floating(kind) else str(kind)


def _kinds_of_layer(parts: Parts, raw: RawTable, layer: str | None) -> Mapping[str, str]:
    import pyogrio

    known = raw.encoding.name if raw.encoding is not None else "auto"
    ready = make_ready(parts, known if known in ("utf-8", "gb18030", "gbk") else "auto")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the layer has been read and checked already
        names = [str(name) for name in pyogrio.list_layers(ready.data)[:, 0]]
        for index, name in enumerate(names):
            if layer in names and name != layer:
                continue
            info = pyogrio.read_info(ready.data, layer=index, encoding=ready.codec, **ready.options)
            if list(info["fields"]) == list(raw.cells.columns):
                return dict(zip(info["fields"], info["dtypes"], strict=True))
    return {}
