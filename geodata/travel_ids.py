"""The ids along the two sides of an array: in the file itself, a column of a table, or a text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from geodata import schema
from geodata.cells import parse_column
from geodata.errors import DataError, Fault
from geodata.messages import Text, say
from geodata.parsed import Parsed
from geodata.project import IdList, Source, resolve_path
from geodata.reading.arrays import Array, Arrays
from geodata.reading.encodings import decide, doubt_of, to_utf8
from geodata.reading.files import TEXT_SUFFIXES, read_rows
from geodata.reading.guards import need_no_giant, refuse
from geodata.tables import select_rows
from geodata.toml import missing_file

TABLE = schema.BY_NAME["travel"]
SIDES = {"unit_id": "units", "school_id": "schools"}
_SAVE_IDS = say("save them again: np.asarray(ids, dtype=str)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The ids along one side of the array: where they stand, and their numbers there."""

    file: str
    cells: pd.Series
    rows: pd.Series
    notes: tuple[Text, ...] = ()


def side_of(
    folder: Path, column: str, source: Source, raw: Arrays, name: str, hashes: dict[str, str]
) -> Side:
    """Return the ids along a side: from the file that the source names, else from the array `name`.

    Parameters
    ----------
    folder : Path
        The folder to which paths are relative.
    column : {"unit_id", "school_id"}
    source : Source
    raw : Arrays
    name : str
        The array of the ids; no ids where the file does not have it.
    hashes : dict of str to str
        The hash of each file read is added.

    Raises
    ------
    DataError
        If the file or its column is not there, or they are no ids.
    """
    given = source.unit_ids if column == "unit_id" else source.school_ids
    if given is not None:
        return _listed(folder, given, hashes)
    array = raw.arrays.get(name, np.empty(0, dtype=str))
    texts = _texts(array, f"{raw.file}:{name}")
    return Side(file=f"{raw.file}:{name}", cells=texts, rows=pd.Series(np.arange(len(texts)) + 1))


def _listed(folder: Path, given: IdList, hashes: dict[str, str]) -> Side:
    path = resolve_path(given.path, folder)
    if given.column is None:
        if path.suffix.lower() not in TEXT_SUFFIXES:
            raise DataError([_no_column(path.name, "", ())])
        # a text without headings: read_rows would take the first id for one
        return _lines(path, given, hashes)
    raw = read_rows(
        path, encoding=given.encoding, delimiter=given.delimiter, layer=given.layer, sheet=given.sheet
    )
    hashes[given.path] = raw.sha256
    faults: list[Fault] = []
    raw, notes = select_rows(raw, Source(path=given.path, skip=given.skip), faults)
    if not faults and given.column not in raw.cells:
        faults.append(_no_column(raw.file, given.column, raw.cells.columns))
    if faults:
        raise DataError(faults)
    return Side(file=raw.file, cells=raw.cells[given.column], rows=raw.rows, notes=(*raw.notes, *notes))


def _no_column(file: str, column: str, there: Iterable[str]) -> Fault:
    names = ", ".join(there)
    if not names:
        allowed = say("a text with an id a line, or a table of which column names the ids")
        return Fault(file=file, allowed=allowed, remedy=say('add column = "…" in xuequ.toml'))
    return Fault(
        file=file,
        column=column,
        allowed=say("this column is missing; there are: {there}", there=names),
        remedy=say("correct it"),
    )


def _lines(path: Path, given: IdList, hashes: dict[str, str]) -> Side:
    try:
        need_no_giant(path.stat().st_size, path.name)
        data = path.read_bytes()
    except OSError as error:
        raise DataError([missing_file(path.name, error)]) from error
    hashes[given.path] = hashlib.sha256(data).hexdigest()
    encoded = decide(data, declared=given.encoding, file=path.name)
    text = to_utf8(data, encoded, file=path.name).decode("utf-8")
    cells = pd.Series([line.strip() for line in text.rstrip().splitlines()], dtype="str")
    return Side(
        file=path.name,
        cells=cells,
        rows=pd.Series(np.arange(len(cells)) + 1),
        notes=doubt_of(path.name, encoded),
    )


def _texts(array: Array, file: str) -> pd.Series:
    """Return ids as text; numbers with decimals are none."""
    if array.ndim != 1 or array.dtype.kind not in "iuSU":
        found = f"{array.dtype} {array.shape}"
        raise refuse(
            file, say("a list of ids: text or whole numbers, one dimension"), _SAVE_IDS, found=found
        )
    try:
        texts = np.char.decode(array, "utf-8") if array.dtype.kind == "S" else array
        return pd.Series(texts.astype(str).tolist(), dtype="str")
    except (ValueError, SystemError) as error:  # no UTF-8, or no character at all
        raise refuse(file, say("ids as text in UTF-8"), _SAVE_IDS) from error


def ids_of(
    column: str, side: Side, known: Mapping[str, Parsed], faults: list[Fault], notes: list[Text]
) -> pd.Series:
    """Return the ids of a side; those that are blank, twice there or unknown are added to `faults`."""
    values, wrong = parse_column(
        side.cells, TABLE.column(column), file=side.file, heading=column, rows=side.rows, notes=notes
    )
    faults += wrong
    twice = values.duplicated() & values.notna()
    allowed = say("each once in the ids of the {table}", table=SIDES[column])
    faults += _each(side, column, values, twice, allowed, say("remove or rename one"))
    target = known.get(SIDES[column])
    if target is not None and target.frame[column].notna().any():
        unknown = values.notna() & ~twice & ~values.isin(target.frame[column])
        allowed = say("not in {file} (table {table})", file=target.file, table=SIDES[column])
        faults += _each(side, column, values, unknown, allowed, say("correct it here, or add it there"))
    return values


def _each(
    side: Side, column: str, values: pd.Series, bad: pd.Series, allowed: Text, remedy: Text
) -> Iterator[Fault]:
    for at in np.flatnonzero(bad.to_numpy(dtype=bool)):
        row, found = int(side.rows.iloc[at]), str(values.iloc[at])
        yield Fault(file=side.file, row=row, column=column, found=found, allowed=allowed, remedy=remedy)
