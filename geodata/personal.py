"""Privacy on the way in: what is about persons is refused unless it is mapped, and then dropped.

What a table about children may not hold, and what no table may hold, says `screen`; what looks personal is
known by `geodata.recognising`. Error texts are discreet about it: see `geodata.discreet`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from geodata import identity, schema
from geodata.errors import Fault
from geodata.identity import CHILD_TABLES
from geodata.messages import Text, say
from geodata.project import Personal
from geodata.reading.raw import RawTable
from geodata.recognising import findings, kind_of_heading


def screen(
    raw: RawTable,
    table: str,
    *,
    read: Mapping[str, str],
    personal: Mapping[str, Personal],
    declared: Mapping[str, Personal],
    children: bool,
    faults: list[Fault],
) -> tuple[RawTable, list[Text]]:
    """Refuse what is about persons and not mapped; look for duplicates in what is mapped, then drop it.

    Parameters
    ----------
    raw : RawTable
        Rows of text.
    table : str
        The table that they are read for.
    read : mapping of str to str
        The headings that are read, with our name of the column.
    personal : mapping of str to Personal
        The headings that hold names and numbers of persons.
    declared : mapping of str to Personal
        Those of them that this table itself declares: each must be there.
    children : bool
        Whether the rows are about children. Elsewhere only identity numbers are refused, for schools have
        telephones.
    faults : list of Fault
        What is wrong is added here; no fault shows what stands in a cell.

    Returns
    -------
    (RawTable, list of Text)
        The rows without the personal columns, and notes.
    """
    if _headings_are_a_row(raw, faults):
        return raw, []
    faults.extend(_mapping_faults(raw, table, read, declared))
    notes = list(_duplicates(raw, table, read, personal, faults))
    kept = raw.cells[[heading for heading in raw.cells.columns if heading not in personal]]
    for heading in kept.columns:
        fault = _column_fault(raw, table, str(heading), read.get(str(heading)), children=children)
        if fault is not None:
            faults.append(fault)
    return replace(raw, cells=kept), notes


def _headings_are_a_row(raw: RawTable, faults: list[Fault]) -> bool:
    """Whether the headings hold a person's number: then no fault may list them."""
    if not any(identity.scrub(str(heading)) != str(heading) for heading in raw.cells.columns):
        return False
    faults.append(
        Fault(
            file=raw.file,
            allowed=say("headings in the first row; a number of a person stands among them"),
            remedy=say("write the names of the columns in the first row"),
        )
    )
    return True


def _mapping_faults(
    raw: RawTable, table: str, read: Mapping[str, str], declared: Mapping[str, Personal]
) -> Iterator[Fault]:
    for heading in declared:
        if heading not in raw.cells:
            yield Fault(
                file="xuequ.toml",
                column=f"tables.{table}.personal",
                found=heading,
                allowed=say("a heading of {file}; it has no such one", file=raw.file),
                remedy=say("correct it"),
            )
        elif heading in read:
            yield Fault(
                file="xuequ.toml",
                column=f"tables.{table}.personal",
                found=heading,
                allowed=say("a heading that no column reads; {column} reads it", column=read[heading]),
                remedy=say("take it out of personal, or out of columns"),
            )


def _duplicates(
    raw: RawTable,
    table: str,
    read: Mapping[str, str],
    personal: Mapping[str, Personal],
    faults: list[Fault],
) -> Iterator[Text]:
    """Add a fault for each identity number in two rows; return notes on doubtful rows.

    Only a list of applicants has one row a child.
    """
    if table != "applicants":
        return
    there = {heading: kind for heading, kind in personal.items() if heading in raw.cells}
    number = next((heading for heading, column in read.items() if column == "applicant_id"), "")
    for heading in (heading for heading, kind in there.items() if kind == "id-number"):
        cells = _plain(raw.cells[heading])
        applicants = raw.cells[number].to_numpy(dtype=object) if number in raw.cells else None
        for same in _alike([cells], raw.rows):
            shown = () if applicants is None else applicants[same]
            faults.append(_same_number(raw.file, heading, raw.rows.to_numpy()[same], shown))
        yield from _wrong_numbers(raw, heading, cells)
    names = [heading for heading, kind in there.items() if kind == "name"][:1]
    telephones = [heading for heading, kind in there.items() if kind == "telephone"][:1]
    if names and telephones:
        pair = [_plain(raw.cells[heading]) for heading in names + telephones]
        for same in _alike(pair, raw.rows):
            yield say(
                "{file}: rows {rows} have the same name and telephone; are they one child?",
                file=raw.file,
                rows=_listed(raw.rows.to_numpy()[same]),
            )


def _same_number(file: str, heading: str, rows: npt.NDArray[np.int64], applicants: Iterable[str]) -> Fault:
    return Fault(
        file=file,
        row=int(rows.min()),
        column=heading,
        allowed=say(
            "each identity number once; the same stands in rows {rows} (applicants {applicants})",
            rows=_listed(rows),
            applicants=identity.scrub(", ".join(sorted(set(applicants)))),
        ),
        remedy=say("remove one, or correct the number"),
    )


def _wrong_numbers(raw: RawTable, heading: str, cells: pd.Series) -> Iterator[Text]:
    right = identity.check_character_is_right(cells.to_numpy(dtype="U19"))
    wrong = np.flatnonzero((cells != "").to_numpy() & ~right)
    if len(wrong):
        yield say(
            "{file}, column {column}: {n} cells are no identity number with a right check character, the "
            "first in row {row}; two rows of one child may go unseen there",
            file=raw.file,
            column=heading,
            n=len(wrong),
            row=int(raw.rows.iloc[wrong[0]]),
        )


def _listed(rows: npt.NDArray[np.int64]) -> str:
    return ", ".join(str(row) for row in np.unique(rows))


def _plain(cells: pd.Series) -> pd.Series:
    """Return cells in one spelling: widths, gaps and case make no difference."""
    return cells.str.normalize("NFKC").str.replace(r"[\s\-‐-―]+", "", regex=True).str.upper()


def _alike(columns: list[pd.Series], rows: pd.Series) -> Iterator[npt.NDArray[np.int64]]:
    """Yield the positions of filled rows that are alike, where they stand in different rows of the file."""
    frame = pd.concat(columns, axis=1, keys=range(len(columns)))
    filled = (frame != "").all(axis=1).to_numpy()
    places = np.flatnonzero(filled & frame.duplicated(keep=False).to_numpy())
    if len(places) == 0:
        return
    group = frame.iloc[places].groupby(list(frame.columns), sort=False).ngroup().to_numpy()
    order = np.argsort(group, kind="stable")
    numbers = rows.to_numpy()[places]
    for same in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        # a cell that was split gives several rows of one child
        if (numbers[same] != numbers[same[0]]).any():
            yield places[same]


def _column_fault(
    raw: RawTable, table: str, heading: str, column: str | None, *, children: bool
) -> Fault | None:
    """Return what is wrong with a column that is not declared personal, or None."""
    by_heading = kind_of_heading(heading) if children else None
    cells = pa.array(raw.cells[heading], type=pa.large_string())
    for kind, what, where in findings(cells, heading, column, children=children):
        first = int(raw.rows.iloc[int(np.flatnonzero(where)[0])])
        allowed = say("no {what} here; there are {n}, the first in this row", what=what, n=int(where.sum()))
        return _refused(raw.file, table, heading, column, by_heading or kind, allowed, row=first)
    if by_heading is None:
        return None
    allowed = say("no names and numbers of persons; this heading says that they stand here")
    return _refused(raw.file, table, heading, column, by_heading, allowed, row=None)


def _refused(
    file: str, table: str, heading: str, column: str | None, kind: Personal, allowed: Text, row: int | None
) -> Fault:
    mapped = say(
        'delete the column, or write personal = {{ "{heading}" = "{kind}" }} under [tables.{table}] in '
        "xuequ.toml: it then serves the search for duplicates, and is dropped",
        heading=heading,
        kind=kind,
        table=table,
    )
    numbered = say("number the applicants yourselves, and keep the list of numbers and children apart")
    taken_out = say("take it out of the cells of this column, which is read as {column}", column=column)
    elsewhere = say("delete it: nothing in this table needs it")
    if table not in CHILD_TABLES and column is None:
        remedy = mapped if table in schema.BY_NAME else elsewhere
    else:
        remedy = mapped if column is None else numbered if column == "applicant_id" else taken_out
    return Fault(file=file, row=row, column=heading, allowed=allowed, remedy=remedy)
