"""Read the forms of a hearing back from the workbook in which they were filled in."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from geodata import identity, schema
from geodata.cells import parse_column
from geodata.discreet import hide_personal
from geodata.errors import DataError, Fault
from geodata.headings import normal
from geodata.messages import LANGS, Text, say, speaker
from geodata.reading.excel import read_excel
from geodata.reading.guards import need_no_giant, need_sane_zip
from geodata.reading.heading_rows import LOOKED_AT, tidy
from geodata.reading.raw import RawTable
from geodata.reading.workbook_parts import read_parts
from geodata.recognising import kind_of_heading
from geodata.toml import missing_file
from simulate.dossier.forms_fields import (
    ADOPTED,
    ADOPTED_TOO,
    FIELDS,
    MOST_ROWS,
    NUMBER,
    Field,
    Forms,
    Opinion,
    Person,
)

_KNOWN_ENOUGH = 3  # so many headings of a form in one row are its headings
_SAVE_AGAIN = say("open it in Excel or WPS and save it as .xlsx")


def read_forms(path: Path) -> Forms:
    """Read a workbook with the sheets T12 and T13, as `excel_of` writes them, filled in.

    Parameters
    ----------
    path : Path
        An .xlsx. Its columns are known by their keys in the hidden row above the headings, or else by
        their headings in either language; rows may have been added, blank ones are left out.

    Returns
    -------
    Forms

    Raises
    ------
    DataError
        With the faults of both sheets: a sheet or column that is not there or not of the form, a cell that
        is too long, blank where it must not be, of another kind, or that holds a number of a person; an
        opinion that was not adopted without a reason.
    """
    try:
        need_no_giant(path.stat().st_size, path.name)
        data = path.read_bytes()
    except OSError as error:
        raise DataError([missing_file(path.name, error)]) from error
    heads = _heads(path.name, data)
    faults: list[Fault] = []
    people = _rows("T12", path.name, data, heads["T12"], faults)
    opinions = _rows("T13", path.name, data, heads["T13"], faults)
    if faults:
        raise DataError(faults)
    return Forms(
        people=tuple(Person(**row) for row in people), opinions=tuple(Opinion(**row) for row in opinions)
    )


def _heads(file: str, data: bytes) -> dict[str, list[list[str]]]:
    """Return the first rows of both sheets, where their headings stand."""
    import python_calamine as calamine

    if not data.startswith(b"PK"):
        allowed = say("the workbook of the forms (.xlsx), as it came with the dossier")
        raise DataError([Fault(file=file, allowed=allowed, remedy=_SAVE_AGAIN)])
    need_sane_zip(data, file)
    try:
        book = calamine.load_workbook(io.BytesIO(data))
        missing = [name for name in FIELDS if name not in book.sheet_names]
        if missing:
            raise DataError([_no_sheet(file, name, book.sheet_names) for name in missing])
        for name in FIELDS:
            read_parts(data, name, file=file)  # a stray cell far out is found before the sheet is read
        pages = {name: book.get_sheet_by_name(name) for name in FIELDS}
        rows = {n: page.to_python(skip_empty_area=False, nrows=LOOKED_AT) for n, page in pages.items()}
    except (calamine.CalamineError, ValueError, OSError) as error:
        allowed = say("a workbook that can be read; this one is broken: {problem}", problem=error)
        raise DataError([Fault(file=file, allowed=allowed, remedy=_SAVE_AGAIN)]) from error
    return {name: [[tidy(str(cell)) for cell in row] for row in one] for name, one in rows.items()}


def _no_sheet(file: str, sheet: str, there: Sequence[str]) -> Fault:
    return Fault(
        file=file,
        allowed=say("a sheet {sheet}; there are {sheets}", sheet=sheet, sheets=", ".join(there)),
        remedy=say("give the sheet of the form its name again; it may be left blank"),
    )


def _rows(
    table: str, file: str, data: bytes, head: list[list[str]], faults: list[Fault]
) -> list[dict[str, Any]]:
    """Return the filled rows of a form by key; faults are added to the list."""
    where = f"{file} [{table}]"
    row, keys = _headings(table, head)
    if row == 0:
        faults.append(_not_of_form(table, where, None))
        return []
    try:
        raw = read_excel(where, data, hashlib.sha256(data).hexdigest(), sheet=table, heading_row=row)
    except DataError as error:
        faults.extend(error.faults)
        return []
    raw = _filled(raw, keys)
    faults.extend(_column_faults(table, raw, keys))
    if len(raw.cells) > MOST_ROWS:
        allowed = say("at most {most} rows; there are {n}", most=f"{MOST_ROWS:,}", n=f"{len(raw.cells):,}")
        faults.append(Fault(file=where, allowed=allowed, remedy=say("sum up what is alike")))
        return []
    headings = {key: heading for heading, key in keys.items() if heading in raw.cells}
    columns = {
        field.key: _values(field, raw, headings.get(field.key, ""), faults)
        for field in FIELDS[table]
        if field.key != NUMBER
    }
    if table == "T13":
        faults.extend(_without_reason(raw, columns, headings))
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _headings(table: str, head: list[list[str]]) -> tuple[int, dict[str, str]]:
    """Return the number of the row of headings, 0 if there is none, and the key of each that is known."""
    by_title = {normal(speaker(lang)(field.title)): field.key for field in FIELDS[table] for lang in LANGS}
    known = {field.key for field in FIELDS[table]}
    by_key = _first(head, 0, lambda row: len(known.intersection(row)) >= _KNOWN_ENOUGH)
    if by_key is not None:
        at = _first(head, by_key + 1, any)
        keys = dict(zip(() if at is None else head[at], head[by_key], strict=False))
    else:
        at = _first(head, 0, lambda row: sum(normal(cell) in by_title for cell in row) >= _KNOWN_ENOUGH)
        keys = {}
    if at is None:
        return 0, {}
    return at + 1, {
        heading: keys[heading] if keys.get(heading) in known else by_title.get(normal(heading), "")
        for heading in head[at]
        if heading
    }


def _first(rows: list[list[str]], start: int, wanted: Callable[[list[str]], object]) -> int | None:
    return next((at for at in range(start, len(rows)) if wanted(rows[at])), None)


def _filled(raw: RawTable, keys: Mapping[str, str]) -> RawTable:
    """Return the rows in which more stands than a number of their own."""
    asked = [heading for heading in raw.cells if keys.get(heading) != NUMBER]
    stripped = raw.cells.apply(lambda column: column.str.strip())
    there = (stripped[asked] != "").any(axis=1).to_numpy(dtype=bool)
    return replace(
        raw,
        cells=stripped[there].reset_index(drop=True),
        rows=raw.rows[there].reset_index(drop=True),
    )


def _column_faults(table: str, raw: RawTable, keys: Mapping[str, str]) -> Iterator[Fault]:
    there = {keys.get(heading, "") for heading in raw.cells}
    for field in FIELDS[table]:
        if field.key not in there and field.key != NUMBER:
            yield _not_of_form(table, raw.file, field)
    for heading in raw.cells:
        if keys.get(heading):
            continue
        allowed = say("the columns of the form; this one is not of it")
        remedy = say("write it under remarks or reasons, and delete the column")
        if kind_of_heading(heading) is not None:
            allowed = say("no names or numbers of persons: the dossier is published")
            remedy = say("delete the column")
        yield Fault(file=raw.file, column=heading, allowed=allowed, remedy=remedy)


def _not_of_form(table: str, file: str, field: Field | None) -> Fault:
    titles: list[Text] = [one.title for one in FIELDS[table]] if field is None else [field.title]
    names = [speaker(lang)(title) for lang in LANGS for title in titles]
    allowed = say("the headings of the form: {headings}", headings=", ".join(dict.fromkeys(names)))
    remedy = say("copy what was filled in into a new form")
    return Fault(file=file, allowed=allowed, remedy=remedy)


def _values(field: Field, raw: RawTable, heading: str, faults: list[Fault]) -> list[Any]:
    """Return what a column says, row by row."""
    if not heading:
        return [""] * len(raw.cells)
    wanted = schema.Column(
        name=field.key,
        kind="integer" if field.kind == "integer" else "text",
        required=field.required,
        minimum=1 if field.kind == "integer" else None,
    )
    merged = raw.merged.get(heading, frozenset())
    values, found = parse_column(
        raw.cells[heading], wanted, file=raw.file, heading=heading, rows=raw.rows, merged=merged
    )
    faults.extend(hide_personal(found))
    if field.kind == "integer":
        large = values[values.notna() & (values > field.most)]
        allowed = say("a number of at most {most}", most=f"{field.most:,}")
        faults.extend(_fault(raw, at, heading, allowed, say("correct it")) for at in large.index)
        return [0 if pd.isna(value) else int(value) for value in values]
    texts = ["" if pd.isna(value) else str(value) for value in values]
    faults.extend(_text_faults(field, raw, heading, texts))
    return _adopted(raw, heading, texts, faults) if field.key == "adopted" else texts


def _text_faults(field: Field, raw: RawTable, heading: str, texts: Sequence[str]) -> Iterator[Fault]:
    for at, text in enumerate(texts):
        if len(text) > field.most:
            allowed = say("at most {most} characters; there are {n}", most=field.most, n=len(text))
            yield _fault(raw, at, heading, allowed, say("shorten it"))
        if identity.holds_number_of_a_person(text):
            allowed = say("no identity, telephone or permit number: the dossier is published")
            yield _fault(raw, at, heading, allowed, say("delete the number"))


def _adopted(raw: RawTable, heading: str, texts: Sequence[str], faults: list[Fault]) -> list[Any]:
    words = {speaker(lang)(text).casefold(): key for key, text in ADOPTED.items() for lang in LANGS}
    words |= ADOPTED_TOO
    found = [words.get(text.casefold()) for text in texts]
    for at, (text, key) in enumerate(zip(texts, found, strict=True)):
        if text and key is None:
            allowed = say("allowed: {allowed}", allowed=", ".join(words))
            faults.append(_fault(raw, at, heading, allowed, say("correct it, or leave the cell blank")))
    return list(found)


def _without_reason(
    raw: RawTable, columns: Mapping[str, Sequence[Any]], headings: Mapping[str, str]
) -> Iterator[Fault]:
    for at, (adopted, reason) in enumerate(zip(columns["adopted"], columns["reason"], strict=True)):
        if adopted in ("partly", "no") and not reason and "reason" in headings:
            allowed = say("a reason, where an opinion was not adopted or only in part")
            yield _fault(raw, at, headings["reason"], allowed, say("write why"))


def _fault(raw: RawTable, at: int, heading: str, allowed: Text, remedy: Text) -> Fault:
    return Fault(file=raw.file, row=int(raw.rows.iloc[at]), column=heading, allowed=allowed, remedy=remedy)
