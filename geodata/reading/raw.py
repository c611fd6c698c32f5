"""Rows of text and geometry, as they stand in a file: what they mean is not known here."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy.typing as npt
import pandas as pd

from geodata.cells import as_text
from geodata.messages import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """How the bytes of a text were decoded.

    Parameters
    ----------
    name : str
        The encoding, as Python names it: utf-8, gb18030, utf-16-le.
    by : {"declared", "mark", "cpg", "content"}
        What said so: xuequ.toml, a byte-order mark, the .cpg file of a shapefile, or the bytes alone.
    sample : str
        A heading, never a cell, that shows whether it is right; "" where all headings are ASCII.
    doubtful : bool
        Whether the bytes allow another reading nearly as well.
    """

    name: str
    by: Literal["declared", "mark", "cpg", "content"]
    sample: str
    doubtful: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """Rows as they stand in a file.

    Parameters
    ----------
    file : str
        The file's name, for faults.
    cells : DataFrame of str, shape (n, columns)
        Every cell as text; "" is blank.
    rows : Series of int, shape (n,)
        The number of each row as a person counts: the heading of a text file is row 1, the first
        feature of a layer is 1.
    geometry : array of shapely geometries, shape (n,), optional
        None for a text file.
    crs : str, optional
        The CRS that the file itself declares, where its format can (GeoPackage).
    sha256 : str
        The hash of the file's bytes; of rows in xuequ.toml, of their cells that are not personal.
    encoding : Encoded, optional
        How the text was decoded; None where the format says it itself (Excel, GeoPackage).
    notes : tuple of Text
        What is not wrong but should be known: hidden sheets, rows left out, digits made plain.
    serials : {1900, 1904}, optional
        From which year the file counts days, where a number may stand for a date.
    merged : mapping of str to set of int
        By column the numbers of the rows that have no cell of their own and repeat that of merged cells: a
        number there may be meant once for all of them.
    """

    file: str
    cells: pd.DataFrame
    rows: pd.Series
    geometry: npt.NDArray[Any] | None
    crs: str | None
    sha256: str
    encoding: Encoded | None = None
    notes: tuple[Text, ...] = ()
    serials: int | None = None
    merged: Mapping[str, frozenset[int]] = field(default_factory=dict)


def rows_of(
    rows: list[dict[str, Any]], file: str, table: str, *, personal: Collection[str] = ()
) -> RawTable:
    """Return a small table that stands in xuequ.toml itself.

    Parameters
    ----------
    rows : list of dict
        By heading.
    file, table : str
        Where they stand, for faults.
    personal : collection of str
        The headings of names and numbers of persons. The hash is taken without their cells: it is written
        down, and of a few rows one could try every name.
    """
    # NaN is blank in a GeoPackage, which has no other blank number; in TOML a person wrote it
    cells = pd.DataFrame(
        [{k: "nan" if v != v else as_text(v) for k, v in row.items()} for row in rows], dtype="str"
    )
    plain = [{k: v for k, v in row.items() if k not in personal} for row in rows]
    digest = hashlib.sha256(repr(plain).encode()).hexdigest()
    numbers = pd.Series(range(1, len(rows) + 1), dtype="int64")
    return RawTable(
        file=f"{file} [tables.{table}]",
        cells=cells.fillna(""),
        rows=numbers,
        geometry=None,
        crs=None,
        sha256=digest,
    )
