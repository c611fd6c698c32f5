"""Read a sheet of a workbook (.xlsx, .xlsm, .xls, .ods) as rows of text."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.cells import UNCALCULATED
from geodata.errors import DataError, Fault
from geodata.messages import Text, say
from geodata.reading.guards import need_sane_zip, open_zip
from geodata.reading.heading_rows import LOOKED_AT, Merge, drop_unnamed, find_headings
from geodata.reading.raw import RawTable
from geodata.reading.workbook_cells import fill_merged, frame_of, marked, read_columns
from geodata.reading.workbook_ods import read_ods_parts
from geodata.reading.workbook_old import read_old_parts
from geodata.reading.workbook_parts import Parts, read_parts

_MOST_ROWS_SHOWN = 10

Kind = Literal["xlsx", "ods", "xls"]

_PACKED = b"PK\x03\x04"
_CONTAINER = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def read_excel(
    file: str,
    data: bytes,
    digest: str,
    *,
    sheet: str | None = None,
    heading_row: int | None = None,
    heading_rows: int = 1,
) -> RawTable:
    """Read one sheet; every cell becomes text, formulas the value that was calculated last.

    Parameters
    ----------
    file : str
        The name that a fault shows.
    data : bytes
        The whole workbook.
    digest : str
        Its hash.
    sheet : str, optional
        Which; without it the only visible one that has cells.
    heading_row, heading_rows : int
        Where the headings stand; see `find_headings`.

    Returns
    -------
    RawTable
        A row has the number that the spreadsheet shows. The notes tell of sheets left out, hidden rows and
        merged cells.

    Raises
    ------
    DataError
        If it is no workbook, is protected, has several sheets to choose from, or unclear headings.
    """
    kind = _kind_of(file, data)
    # first: the reader of these kinds reads all sheets as it opens the file
    known = read_old_parts(data, file=file) if kind == "xls" else {}
    known |= read_ods_parts(data, file=file) if kind == "ods" else {}
    book = _open(file, data)
    name, notes = _choose(file, data, kind, book, sheet)
    parts = read_parts(data, name, file=file) if kind == "xlsx" else known.get(name)
    page = _page(file, book, name)
    merges = _merges(page)
    above, left = page.start or (0, 0)
    columns = read_columns(page.iter_rows(), left, 0 if page.end is None else page.end[1] + 1)
    if parts is not None:
        columns = marked(columns, parts.errors | dict.fromkeys(parts.uncalculated, UNCALCULATED))
    # the rows above the first cell are blank, and there may be many
    looked_at = max(LOOKED_AT, (heading_row or 1) + heading_rows)
    head = [column[above : above + looked_at].to_pylist() for column in columns]
    found = find_headings(
        file,
        list(zip(*head, strict=True)),
        row_of=above + 1,
        heading_row=heading_row,
        heading_rows=heading_rows,
        merges=None if merges is None else [(a - above, b, c - above, d) for a, b, c, d in merges],
    )
    first = above + found.body
    cells = frame_of([column[first:] for column in columns], found.names)
    cells = drop_unnamed(file, cells, row=above + found.first + 1)
    filled = (cells != "").any(axis=1).to_numpy()
    cells, rows = cells[filled].reset_index(drop=True), np.flatnonzero(filled) + first
    below = [merge for merge in merges or () if merge[0] >= first]
    cells, merged, said = _merged(file, cells, found.names, rows, below)
    notes += _hidden_said(file, parts) + said
    if parts is None:
        notes.append(_errors_unseen(file, kind))
    return RawTable(
        file=file,
        cells=cells,
        rows=pd.Series(rows + 1, dtype="int64"),
        geometry=None,
        crs=None,
        sha256=digest,
        notes=tuple(notes),
        # where it is not known from which year days are counted, a number is no date
        serials=None if parts is None else parts.epoch,
        merged=merged,
    )


def _kind_of(file: str, data: bytes) -> Kind:
    """Tell by the bytes what a workbook is, and say what it is if it is none: many "exports" are not."""
    if data.startswith(_PACKED):
        need_sane_zip(data, file)
        with open_zip(data, file) as archive:
            names = set(archive.namelist())
        if "xl/workbook.xml" in names:
            return "xlsx"
        if "xl/workbook.bin" in names:
            raise _no_workbook(file, say("a binary workbook (.xlsb)"), _SAVE_AS_XLSX)
        if "content.xml" in names:
            return "ods"
        raise _no_workbook(
            file, say("an archive of other files"), say("unpack it, and name the file in it")
        )
    if data.startswith(_CONTAINER):
        if _ENCRYPTED in data:
            raise _protected(file)
        return "xls"
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head:
        raise _no_workbook(file, say("XML, a form of 2003"), _SAVE_AS_XLSX)
    if head.startswith((b"<html", b"<!doctype html", b"<table", b"<meta")) or b"<table" in head:
        raise _no_workbook(file, say("a web page"), _SAVE_AS_XLSX)
    if not data:
        raise _no_workbook(file, say("an empty file"), _SAVE_AS_XLSX)
    if b"\0" in data[:4096]:
        raise _no_workbook(file, say("something else, or broken"), _SAVE_AS_XLSX)
    raise _no_workbook(file, say("plain text"), say("give it the ending .csv"))


_SAVE_AS_XLSX = say("open it in Excel or WPS and save it as .xlsx")


def _no_workbook(file: str, what: Text, remedy: Text) -> DataError:
    return DataError(
        [Fault(file=file, allowed=say("a workbook; this is {what}", what=what), remedy=remedy)]
    )


def _protected(file: str) -> DataError:
    allowed = say("a workbook without a password")
    return DataError([Fault(file=file, allowed=allowed, remedy=say("open it and save it without one"))])


def _open(file: str, data: bytes) -> Any:
    import python_calamine as calamine

    return _told(file, lambda: calamine.load_workbook(io.BytesIO(data)))


def _page(file: str, book: Any, name: str) -> Any:
    return _told(file, lambda: book.get_sheet_by_name(name))


def _told(file: str, work: Callable[[], Any]) -> Any:
    """Do a work of calamine, and tell in our words if it cannot."""
    import python_calamine as calamine

    try:
        return work()
    except calamine.PasswordError as error:
        raise _protected(file) from error
    except (calamine.CalamineError, ValueError, OSError) as error:
        raise _broken(file, error) from error
    except BaseException as error:
        # what Rust calls a panic is no Exception in Python; it is of no type that could be named here
        if type(error).__name__ == "PanicException":
            raise _broken(file, error) from error
        raise


def _broken(file: str, error: BaseException) -> DataError:
    allowed = say("a workbook that can be read; this one is broken: {problem}", problem=error)
    return DataError([Fault(file=file, allowed=allowed, remedy=_SAVE_AS_XLSX)])


def _choose(file: str, data: bytes, kind: Kind, book: Any, wanted: str | None) -> tuple[str, list[Text]]:
    """Return the sheet to read, and what is said of those that are not."""
    sheets = [one for one in book.sheets_metadata if one.typ == type(one.typ).WorkSheet]
    visible = [one.name for one in sheets if one.visible == type(one.visible).Visible]
    hidden = [one.name for one in sheets if one.name not in visible]
    if wanted is not None:
        if wanted not in [*visible, *hidden]:
            fault = Fault(
                file=file,
                found=wanted,
                allowed=say("sheets: {sheets}", sheets=", ".join([*visible, *hidden])),
                remedy=say("correct sheet in xuequ.toml"),
            )
            raise DataError([fault])
        return wanted, []
    filled = visible
    if len(visible) > 1:
        filled = [name for name in visible if _has_cells(file, data, kind, book, name)]
    if len(filled) != 1:
        raise DataError([_which_sheet(file, filled, hidden)])
    left = [say("{file}: hidden sheets were not read: {sheets}", file=file, sheets=", ".join(hidden))]
    return filled[0], left if hidden else []


def _has_cells(file: str, data: bytes, kind: Kind, book: Any, name: str) -> bool:
    if kind == "xlsx":
        read_parts(data, name, file=file)  # a stray cell far out is found before the sheet is read
    return _page(file, book, name).start is not None


def _which_sheet(file: str, filled: list[str], hidden: list[str]) -> Fault:
    if not filled:
        return Fault(
            file=file,
            allowed=say("a visible sheet with cells; hidden: {sheets}", sheets=", ".join(hidden) or "–"),
            remedy=say('name one, such as sheet = "Sheet1", in xuequ.toml'),
        )
    return Fault(
        file=file,
        allowed=say("one sheet with cells; there are {sheets}", sheets=", ".join(filled)),
        remedy=say('name one, such as sheet = "{sheet}", in xuequ.toml', sheet=filled[0]),
    )


def _merges(page: Any) -> list[Merge] | None:
    ranges = page.merged_cell_ranges
    return None if ranges is None else sorted((*start, *end) for start, end in ranges)


def _merged(
    file: str,
    cells: pd.DataFrame,
    names: Sequence[str],
    rows: npt.NDArray[np.int64],
    merges: Sequence[Merge],
) -> tuple[pd.DataFrame, dict[str, frozenset[int]], list[Text]]:
    cells, filled, across = fill_merged(cells, names, rows, merges)
    notes = [
        say(
            "{file}: column {column}: the value of merged cells counts for each of their rows ({n} filled)",
            file=file,
            column=column,
            n=len(positions),
        )
        for column, positions in filled.items()
    ]
    if across:
        notes.append(
            say(
                "{file}: cells merged over several columns count for the first one alone: rows {rows}",
                file=file,
                rows=_some(sorted({row + 1 for row, _ in across})),
            )
        )
    return cells, {name: frozenset(row + 1 for row in places) for name, places in filled.items()}, notes


def _some(rows: list[int]) -> str:
    return ", ".join(map(str, rows[:_MOST_ROWS_SHOWN])) + (" …" if len(rows) > _MOST_ROWS_SHOWN else "")


def _hidden_said(file: str, parts: Parts | None) -> list[Text]:
    if parts is None:
        return []
    notes = []
    if parts.hidden_rows or parts.hidden_columns:
        note = say(
            "{file}: hidden rows ({rows}) and columns ({columns}) are read as the others are",
            file=file,
            rows=parts.hidden_rows,
            columns=parts.hidden_columns,
        )
        notes.append(note)
    if parts.blank_formulas:
        note = say(
            "{file}: {n} formulas gave no text, or were never calculated, and read as blank",
            file=file,
            n=parts.blank_formulas,
        )
        notes.append(note)
    return notes


def _errors_unseen(file: str, kind: Kind) -> Text:
    return say(
        "{file}: in {kind} cells with an error, such as #REF!, and formulas never calculated read as "
        "blank; .xlsx would name them",
        file=file,
        kind=f".{kind}",
    )
