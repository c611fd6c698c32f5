"""Write tables: CSV for every program, Excel for planners, Parquet for machines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from geodata.errors import XuequError
from geodata.messages import say
from geodata.writing.cells import as_text_columns, escape_formulas
from geodata.writing.whole import unknown_kind, whole

TABLE_SUFFIXES = (".csv", ".xlsx", ".parquet")


def write_table(path: Path, frame: pd.DataFrame, *, sheet: str = "data") -> None:
    """Write one table; the ending of the name says how.

    Parameters
    ----------
    path : Path
        A new file: .csv (UTF-8 with a byte-order mark, as spreadsheets expect it), .xlsx or .parquet.
    frame : DataFrame
        Columns of text, numbers, dates, booleans; the index is not written.
    sheet : str
        The name of an Excel file's sheet.

    Raises
    ------
    XuequError
        If the file is there already, its ending is another, or Excel cannot hold the table.

    Notes
    -----
    No cell becomes a formula. A CSV reads back to the same values; the same table is the same bytes.
    """
    write_tables(path, {sheet: frame})


def write_tables(path: Path, frames: Mapping[str, pd.DataFrame]) -> None:
    """Write tables as one file; only Excel holds several.

    Parameters
    ----------
    path : Path
        As for `write_table`.
    frames : mapping of str to DataFrame
        By the name of the sheet.

    Raises
    ------
    XuequError
        As `write_table`; or if there are several tables and the file holds one.
    """
    suffix = path.suffix.lower()
    if suffix not in TABLE_SUFFIXES:
        raise unknown_kind(path, TABLE_SUFFIXES)
    if suffix != ".xlsx" and len(frames) != 1:
        raise XuequError(
            say(
                "{path} holds one table, and there are {n}: {tables}; choose one, or write .xlsx",
                path=path.name,
                n=len(frames),
                tables=", ".join(frames),
            )
        )
    with whole(path) as partial:
        if suffix == ".xlsx":
            from geodata.writing.excel import write_workbook

            write_workbook(partial, frames, shown=path.name)
            return
        [frame] = frames.values()
        if suffix == ".csv":
            _write_csv(partial, frame)
        else:
            frame.to_parquet(partial, index=False, compression="zstd")


def _write_csv(path: Path, frame: pd.DataFrame) -> None:
    text = as_text_columns(frame)
    safe = pd.DataFrame({name: escape_formulas(text[name]) for name in text}, index=text.index)
    safe.columns = escape_formulas(pd.Series(text.columns, dtype="str")).tolist()
    safe.to_csv(path, index=False, lineterminator="\n", encoding="utf-8-sig")
