"""The table `travel` given as an array of units × schools with its two lists of ids.

    [tables.travel]
    path = "commute.npz"
    columns = { seconds = "sec", unit_id = "units", school_id = "schools" }

1. `columns` names the arrays of the file: metres, seconds or both, and the ids of the rows (units) and of
   the columns (schools). A name that is the same as ours needs no line. A .npy file holds one array, which
   has the name of the file.
2. Where the ids lie in another file, `unit_ids` and `school_ids` name it: `{ path = "units.gpkg", column =
   "id" }`, or a text with an id a line: `{ path = "units.txt" }`.
3. NaN is blank: the pair is absent. Infinite and negative numbers are faults, as they are in a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from geodata.errors import DataError, Fault
from geodata.messages import Text, say
from geodata.parsed import Parsed
from geodata.project import PROJECT_FILE, Source, resolve_path
from geodata.reading.arrays import Array, Arrays, read_arrays
from geodata.travel_ids import SIDES, TABLE, Side, ids_of, side_of

MEASURES = ("metres", "seconds")
_KEYS = {"path", "columns", "unit_ids", "school_ids"}
_TRANSPOSE = say("turn it over (array.T): units are the rows")


@dataclass(frozen=True, slots=True, kw_only=True)
class Travel:
    """A table `travel` that was read from an array.

    Parameters
    ----------
    parsed : Parsed
        The table, a row for each pair that has a number.
    hashes : mapping of str to str
        SHA-256 of each file read, by its path as `xuequ.toml` has it.
    """

    parsed: Parsed
    hashes: Mapping[str, str]


def read_travel(folder: Path, name: str, source: Source, known: Mapping[str, Parsed]) -> Travel:
    """Read an array as the table `travel`.

    Parameters
    ----------
    folder : Path
        The folder to which the paths are relative.
    name : str
        The table that it is said to be.
    source : Source
        Its `path` ends in .npy or .npz.
    known : mapping of str to Parsed
        The other tables: an id that `units` or `schools` does not have is a fault.

    Raises
    ------
    DataError
        With every fault: a table other than travel, keys that an array does not have, an array that is
        not there or of another shape than its ids, an id twice or unknown, an infinite or negative number.
    """
    assert source.path is not None
    faults = list(_wrong_keys(name, source))
    if faults:
        raise DataError(faults)
    names = {column: source.columns.get(column, column) for column in TABLE.names}
    raw = read_arrays(resolve_path(source.path, folder), set(names.values()))
    hashes = {source.path: raw.sha256}
    faults += _not_there(raw, source, names)
    sides: dict[str, Side] = {}
    for column in SIDES:
        try:
            sides[column] = side_of(folder, column, source, raw, names[column], hashes)
        except DataError as error:
            faults += error.faults
    if faults:
        raise DataError(faults)
    notes = [note for side in sides.values() for note in side.notes]
    ids = {column: ids_of(column, side, known, faults, notes) for column, side in sides.items()}
    measured = {one: raw.arrays[names[one]] for one in MEASURES if names[one] in raw.arrays}
    for one, array in measured.items():
        faults += _wrong_numbers(raw.file, names[one], array, ids)
    if faults:
        raise DataError(faults)
    return Travel(parsed=_table(raw.file, names, ids, measured, notes), hashes=hashes)


def ids_without_array(name: str, source: Source) -> Iterator[Fault]:
    """Yield a fault where a table of rows has the keys of an array: they would be ignored."""
    if source.unit_ids is not None or source.school_ids is not None:
        yield _of_project(name, "unit_ids, school_ids", say("these keys for an array alone (.npy, .npz)"))


def _of_project(name: str, found: str, allowed: Text) -> Fault:
    return Fault(
        file=PROJECT_FILE,
        column=f"tables.{name}",
        found=found,
        allowed=allowed,
        remedy=say("correct it"),
    )


def _wrong_keys(name: str, source: Source) -> Iterator[Fault]:
    if name != TABLE.name:
        allowed = say("a table of rows; only the table travel may be an array")
        yield _of_project(name, str(source.path), allowed)
        return
    more = sorted(source.model_fields_set - _KEYS)
    if more:
        keys = say("the keys of an array: {keys}", keys=", ".join(sorted(_KEYS)))
        yield _of_project(name, ", ".join(more), keys)
    strange = sorted(set(source.columns) - set(TABLE.names))
    if strange:
        columns = say("columns of this table: {allowed}", allowed=", ".join(sorted(TABLE.names)))
        yield _of_project(name, ", ".join(strange), columns)
    for column, given in (("unit_id", source.unit_ids), ("school_id", source.school_ids)):
        if given is not None and column in source.columns:
            twice = say("the ids in one place: either under columns, or in a file of their own")
            yield _of_project(name, column, twice)


def _not_there(raw: Arrays, source: Source, names: Mapping[str, str]) -> Iterator[Fault]:
    there = ", ".join(raw.names)
    named = [names[one] for one in source.columns if names[one] not in raw.names]
    if not named and not any(names[one] in raw.arrays for one in MEASURES):
        named = ["metres", "seconds"]
    for one in named:
        yield Fault(
            file=raw.file,
            column=one,
            allowed=say("this array is missing; there are: {there}", there=there),
            remedy=say(
                'name an array under columns in xuequ.toml, such as seconds = "{name}"', name=raw.names[0]
            )
            if raw.names
            else None,
        )
    for column, given in (("unit_id", source.unit_ids), ("school_id", source.school_ids)):
        if given is None and names[column] not in raw.names and names[column] not in named:
            yield Fault(
                file=raw.file,
                column=column,
                allowed=say("the ids of the {table}, in the order of the array", table=SIDES[column]),
                remedy=say(
                    'add an array {column} to the file, or {key} = {{ path = "…", column = "…" }} to '
                    "[tables.travel] in xuequ.toml",
                    column=column,
                    key=f"{column}s",
                ),
            )


def _wrong_numbers(file: str, name: str, array: Array, ids: Mapping[str, pd.Series]) -> Iterator[Fault]:
    """Yield what is wrong with the numbers: one fault a kind, with the first place, not one a pair."""
    units, schools = ids["unit_id"], ids["school_id"]
    wanted = (len(units), len(schools))
    if array.shape != wanted or array.dtype.kind not in "iuf":
        shape = say(
            "numbers in {units} rows (the ids of the units) and {schools} columns (those of the schools)",
            units=len(units),
            schools=len(schools),
        )
        remedy = _TRANSPOSE if array.shape == wanted[::-1] else say("correct it")
        found = f"{array.dtype} {array.shape}"
        yield Fault(file=file, column=name, found=found, allowed=shape, remedy=remedy)
        return
    if array.dtype.kind == "u":
        return
    for bad in (np.isinf(array), array < 0):
        n = int(bad.sum())
        if n:
            row, place = np.unravel_index(int(bad.argmax()), bad.shape)
            yield Fault(
                file=file,
                row=int(row) + 1,
                column=name,
                found=str(array[row, place]),
                allowed=say(
                    "a finite number of at least 0; {n} are not, the first for {unit} and {school}",
                    n=n,
                    unit=units.iloc[row],
                    school=schools.iloc[place],
                ),
                remedy=say("write NaN where it is not known"),
            )


def _table(
    file: str,
    names: dict[str, str],
    ids: Mapping[str, pd.Series],
    measured: Mapping[str, Array],
    notes: list[Text],
) -> Parsed:
    """Return the pairs that have a number as rows, in the order of their ids."""
    order = {
        column: np.argsort(values.to_numpy(dtype=object), kind="stable") for column, values in ids.items()
    }
    rows, columns = order["unit_id"], order["school_id"]
    sorted_ = {one: array.astype(np.float64)[rows][:, columns] for one, array in measured.items()}
    known = np.logical_or.reduce([~np.isnan(array) for array in sorted_.values()])
    unit, school = np.nonzero(known)
    blank = known.size - len(unit)
    if blank:
        notes.append(say("{file}: {n} pairs have no number: they are absent", file=file, n=blank))
    missing = np.full(len(unit), np.nan)
    frame = pd.DataFrame(
        {
            "unit_id": ids["unit_id"].iloc[rows[unit]].reset_index(drop=True),
            "school_id": ids["school_id"].iloc[columns[school]].reset_index(drop=True),
            **{one: sorted_[one][known] if one in sorted_ else missing for one in MEASURES},
        }
    )
    numbers = pd.Series(rows[unit] + 1, dtype="int64")
    return Parsed(table=TABLE, file=file, frame=frame, rows=numbers, headings=names, notes=notes)
