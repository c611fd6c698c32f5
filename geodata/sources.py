"""Read every file that a project names, and parse it as the table that it is said to be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from geodata import schema
from geodata.catchments import derive_tables
from geodata.discreet import about_children, hide_listed, personal_headings
from geodata.errors import DataError, Fault
from geodata.messages import Text, say
from geodata.parsed import Parsed
from geodata.personal import screen
from geodata.project import Catchments, Project, Source, resolve_path
from geodata.reading.arrays import is_array
from geodata.reading.files import read_rows
from geodata.reading.raw import RawTable, rows_of
from geodata.tables import parse_table, select_rows
from geodata.travel_arrays import ids_without_array, read_travel

_CHOICE = re.compile(r"志愿\s*[一二三四五六1-9]|[一二三四五六1-9]\s*志愿|\bchoice[ _]?[1-9]", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What the files of a project came to.

    Parameters
    ----------
    parsed : dict of str to Parsed
        The tables, by name.
    faults, notes : list of Text
        What is wrong; what is not wrong but should be known.
    only_check : list of Text
        What `check` alone says: encodings, columns that no table uses, which may be about persons.
    hashes : dict of str to str
        SHA-256 of each file read, by its path as `xuequ.toml` has it.
    """

    parsed: dict[str, Parsed]
    faults: list[Fault]
    notes: list[Text]
    only_check: list[Text]
    hashes: dict[str, str]


def parse_all(folder: Path, project: Project) -> Sources:
    """Read and parse every file of a project; faults are collected, never raised.

    Parameters
    ----------
    folder : Path
        The folder to which its paths are relative.
    project : Project
        What `xuequ.toml` says.
    """
    found = Sources(parsed={}, faults=[], notes=[], only_check=[], hashes={})
    unused: dict[str, set[str]] = {}
    readings: dict[tuple[str, str], dict[str, str]] = {}
    jobs: list[tuple[str, Source]] = list(project.tables.items())
    if project.catchments is not None:
        jobs.append(("catchments", project.catchments))
    arrays = {name: source for name, source in project.tables.items() if is_array(source.path)}
    for name, source in jobs:
        if name in arrays:
            continue
        found.faults.extend(ids_without_array(name, source))
        try:
            raw = _read_source(folder, name, source)
        except DataError as error:
            faults = (_in_datum(fault, source) for fault in error.faults)
            found.faults.extend(fault for fault in faults if fault not in found.faults)
            continue
        # by the path as declared: two folders may hold files of one name
        layer = "" if source.layer is None else f":{source.layer}"
        found.hashes[raw.file if source.path is None else f"{source.path}{layer}"] = raw.sha256
        if raw.encoding is not None and raw.encoding.by != "declared":
            readings.setdefault((raw.encoding.name, raw.encoding.by), {})[raw.file] = raw.encoding.sample
        raw = _parse(project, name, source, raw, found)
        left = unused.setdefault(raw.file, set(raw.cells.columns))
        left -= headings_used(source, name)
    for name, source in arrays.items():
        # after the tables whose ids it names
        _parse_array(folder, name, source, found)
    for one in found.parsed.values():
        # the tables made of one file of catchments say the same of its columns
        found.notes.extend(note for note in one.notes if note not in found.notes)
    found.only_check[:0] = _readings_said(readings)
    found.only_check.extend(
        say(
            "{file}: columns that no table uses: {columns}",
            file=file,
            # where a file has no headings, its first row stands in their place
            columns=", ".join(hide_listed(heading) for heading in sorted(left)),
        )
        for file, left in unused.items()
        if left
    )
    if "choices" not in project.tables:
        found.notes.extend(_choices_beside(unused))
    return found


def _parse_array(folder: Path, name: str, source: Source, into: Sources) -> None:
    try:
        travel = read_travel(folder, name, source, into.parsed)
    except DataError as error:
        into.faults.extend(fault for fault in error.faults if fault not in into.faults)
        return
    into.parsed[name] = travel.parsed
    into.hashes.update(travel.hashes)


def _choices_beside(unused: Mapping[str, set[str]]) -> Iterator[Text]:
    """Say where a list has choices side by side: nothing would be read of them, and nobody would know."""
    for file, left in unused.items():
        beside = sorted(heading for heading in left if _CHOICE.search(heading))
        if beside:
            yield say(
                "{file}: {columns}: choices side by side are not read; make a table choices of them, a row "
                "for each choice (applicant_id, rank, target)",
                file=file,
                columns=", ".join(hide_listed(heading) for heading in beside),
            )


def _parse(project: Project, name: str, source: Source, raw: RawTable, into: Sources) -> RawTable:
    """Parse the rows of one source, and return them without what names persons."""
    faults: list[Fault] = []
    into.notes.extend(raw.notes)
    raw, said = select_rows(raw, source, faults)
    into.notes.extend(said)
    if not faults:
        raw, said = screen(
            raw,
            name,
            read=headings_read(source, name),
            personal=personal_headings(project, source),
            declared=source.personal,
            children=about_children(project, name, source),
            faults=faults,
        )
        into.only_check.extend(said)
    if isinstance(source, Catchments) and not faults:
        for table, rows in derive_tables(raw, source, faults).items():
            into.parsed.setdefault(table, parse_table(schema.BY_NAME[table], rows, Source(path="")))
            into.notes.extend(rows.notes)
    elif not faults:
        into.parsed[name] = parse_table(schema.BY_NAME[name], raw, source)
    into.faults.extend(faults)
    return raw


def _in_datum(fault: Fault, source: Source) -> Fault:
    """Return a fault with the datum that is declared, so that a ring that is not closed can be shown."""
    return fault if fault.shape is None or fault.datum else replace(fault, datum=source.datum)


def _readings_said(readings: Mapping[tuple[str, str], Mapping[str, str]]) -> list[Text]:
    """Return in which encoding files were read, where it was not declared, with a heading each.

    Files that are all ASCII are none of them: they are the same in every encoding.
    """
    said = []
    for (name, by), samples in sorted(readings.items()):
        shown = [f"{file} ({sample})" if sample else file for file, sample in sorted(samples.items())]
        files = ", ".join(shown)
        if by == "mark":
            said.append(
                say("read as {encoding}, by the mark at its start: {files}", encoding=name, files=files)
            )
        elif by == "cpg":
            said.append(
                say(
                    "read as {encoding}, by its .cpg or header: {files}; encoding = forces another",
                    encoding=name,
                    files=files,
                )
            )
        else:
            said.append(
                say(
                    "read as {encoding}, by the bytes: {files}; encoding = forces another",
                    encoding=name,
                    files=files,
                )
            )
    return said


def headings_used(source: Source, name: str) -> set[str]:
    """Return the headings of a file that a source reads, whether they are there or not."""
    used = {source.split.column} if source.split else set()
    return used | {skip.column for skip in source.skip} | set(headings_read(source, name))


def headings_read(source: Source, name: str) -> dict[str, str]:
    """Return the headings of which a source reads the cells, with our names of the columns."""
    if isinstance(source, Catchments):
        named = {"unit_id": source.unit, "school_id": source.school_id, "category": source.category}
        named |= {"street_id": source.street, "name": source.school_name}
        return {heading: column for column, heading in named.items() if heading is not None}
    names = [one for one in (*schema.BY_NAME[name].names, "lng", "lat") if one not in source.constants]
    return {source.columns.get(one, one): one for one in names}


def _read_source(folder: Path, name: str, source: Source) -> RawTable:
    if source.rows is not None:
        return rows_of(source.rows, "xuequ.toml", name, personal=source.personal)
    assert source.path is not None
    path = resolve_path(source.path, folder)
    return read_rows(
        path,
        encoding=source.encoding,
        delimiter=source.delimiter,
        layer=source.layer,
        sheet=source.sheet,
        heading_row=source.heading_row,
        heading_rows=source.heading_rows,
    )
