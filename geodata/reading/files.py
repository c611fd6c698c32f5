"""Read a file as rows: the kind follows from the ending of its name."""

from __future__ import annotations

import hashlib
from pathlib import Path

from geodata.errors import DataError, Fault
from geodata.messages import say
from geodata.reading.excel import read_excel
from geodata.reading.guards import need_no_giant
from geodata.reading.layers import LAYER_SUFFIXES, read_layer
from geodata.reading.raw import RawTable
from geodata.reading.text import read_text
from geodata.toml import missing_file

GEO_SUFFIXES = LAYER_SUFFIXES
TEXT_SUFFIXES = (".csv", ".psv", ".tsv", ".txt")
WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".ods")


def read_rows(
    path: Path,
    *,
    encoding: str = "auto",
    delimiter: str = ",",
    layer: str | None = None,
    sheet: str | None = None,
    heading_row: int | None = None,
    heading_rows: int = 1,
) -> RawTable:
    """Read a file; the kind follows from the ending of its name.

    Parameters
    ----------
    path : Path
        The file.
    encoding : {"auto", "utf-8", "gb18030", "gbk"}
        Forces how text is decoded; "auto" goes by a mark, a .cpg file, the bytes.
    delimiter : str
        Between the cells of a text file; a tab in a .tsv, where "," is as good as not declared.
    layer, sheet : str, optional
        Which layer of a GeoPackage and the like, which sheet of a workbook.
    heading_row : int, optional
        The row of the (first) heading, counted from 1.
    heading_rows : int
        How many rows the headings take; a heading is then their texts from top to bottom.

    Returns
    -------
    RawTable

    Raises
    ------
    DataError
        If it is absent, of an unknown kind, undecodable or malformed.
    """
    suffix = path.suffix.lower()
    if suffix not in GEO_SUFFIXES + TEXT_SUFFIXES + WORKBOOK_SUFFIXES:
        allowed = ", ".join(GEO_SUFFIXES + TEXT_SUFFIXES + WORKBOOK_SUFFIXES)
        fault = Fault(
            file=path.name,
            allowed=say("kinds of file: {allowed}", allowed=allowed),
            remedy=say("save the table as one of these"),
        )
        raise DataError([fault])
    if suffix in GEO_SUFFIXES:
        return read_layer(path, layer=layer, encoding=encoding)
    try:
        need_no_giant(path.stat().st_size, path.name)
        # once: what is hashed is what is read, also where the file changes meanwhile
        data = path.read_bytes()
    except OSError as error:
        raise DataError([missing_file(path.name, error)]) from error
    digest = hashlib.sha256(data).hexdigest()
    if suffix in TEXT_SUFFIXES:
        if suffix == ".tsv" and delimiter == ",":
            delimiter = "\t"
        return read_text(
            path.name,
            data,
            digest,
            encoding,
            delimiter,
            heading_row=heading_row,
            heading_rows=heading_rows,
        )
    return read_excel(
        path.name, data, digest, sheet=sheet, heading_row=heading_row, heading_rows=heading_rows
    )
