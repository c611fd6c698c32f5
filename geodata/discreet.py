"""What is about children, and hiding what looks personal in faults and projects on their way out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from geodata import identity
from geodata.errors import DataError, Fault
from geodata.headings import is_known
from geodata.identity import CHILD_TABLES
from geodata.messages import Text, say
from geodata.project import Personal, Project, Skip, Source
from geodata.recognising import looks_personal


def about_children(project: Project, table: str, source: Source) -> bool:
    """Whether a source has rows about children: its table is about them, or its file is read for one."""
    files = {_file(s) for name, s in project.tables.items() if name in CHILD_TABLES and s.path is not None}
    return table in CHILD_TABLES or _file(source) in files


def personal_headings(project: Project, source: Source) -> dict[str, Personal]:
    """Return the personal headings of a source: those that any source of the same sheet names."""
    everywhere: dict[str, Personal] = {}
    for other in project.tables.values():
        if source.path is not None and _file(other) == _file(source):
            everywhere |= other.personal
    return everywhere | source.personal


def _file(source: Source) -> tuple[str | None, str | None, str | None]:
    return source.path, source.layer, source.sheet


def without_personal(project: Project) -> Project:
    """Return a project without what xuequ.toml itself says of persons.

    These are the personal cells of tables that stand there, and what `skip` looks for in a personal column
    or by what looks personal.

    Raises
    ------
    DataError
        If the reason of such a `skip`, which every report shows, says it too.
    """
    faults = [
        _telling(name, place)
        for name, source in _sources(project).items()
        for place, skip in enumerate(source.skip, start=1)
        if _is_personal(project, name, source, skip) and _tells(skip)
    ]
    if faults:
        raise DataError(faults)
    tables = {name: _without(project, name, source) for name, source in _sources(project).items()}
    catchments = tables.pop("catchments", None)
    return project.model_copy(update={"tables": tables, "catchments": catchments})


def _sources(project: Project) -> dict[str, Source]:
    """Return the sources of the tables and, under a name of their own, the catchments."""
    more = {} if project.catchments is None else {"catchments": project.catchments}
    return {**project.tables, **more}


def _without(project: Project, table: str, source: Source) -> Source:
    changed: dict[str, Any] = {}
    if source.rows is not None and source.personal:
        changed["rows"] = [
            {k: v for k, v in row.items() if k not in source.personal} for row in source.rows
        ]
    if any(_is_personal(project, table, source, skip) for skip in source.skip):
        changed["skip"] = [
            skip.model_copy(update={"contains": identity.HIDDEN})
            if _is_personal(project, table, source, skip)
            else skip
            for skip in source.skip
        ]
    return source.model_copy(update=changed) if changed else source


def _is_personal(project: Project, table: str, source: Source, skip: Skip) -> bool:
    """Whether a `skip` looks for something about a person."""
    if skip.column in personal_headings(project, source):
        return True
    return about_children(project, table, source) and looks_personal(skip.contains)


def _tells(skip: Skip) -> bool:
    """Whether a reason says what the `skip` looks for; a single letter is not told by any word."""
    sought = skip.contains.strip().casefold()
    return (len(sought) > 1 and sought in skip.reason.casefold()) or (
        identity.holds_number_of_a_person(skip.reason)
    )


def _telling(table: str, place: int) -> Fault:
    return Fault(
        file="xuequ.toml",
        column=f"{table if table == 'catchments' else f'tables.{table}'}, skip {place}, reason",
        allowed=say("a reason that does not say what is looked for in a personal column: reports show it"),
        remedy=say("write the reason without the name or number"),
    )


def discreet(faults: Iterable[Fault], project: Project) -> list[Fault]:
    """Return faults of which those about children show no cell that looks personal, and no address.

    What a fault says beside the cell is gone through as well, and its column: it may name or list the
    headings of a file that has none, so that its first row is a child. Headings that xuequ.toml names are
    shown.
    """
    files: dict[str, set[str]] = {}
    shown = {heading for source in _sources(project).values() for heading in _declared(source)}
    for name, source in project.tables.items():
        if about_children(project, name, source):
            file = f"xuequ.toml [tables.{name}]" if source.path is None else Path(source.path).name
            files.setdefault(file, set()).update(
                {source.columns.get("address", "address"), *source.personal}
            )
    return [_discreet(fault, files, shown) for fault in faults]


def _declared(source: Source) -> set[str]:
    """Return the headings that a source names."""
    split = set() if source.split is None else {source.split.column}
    return {*source.columns.values(), *source.personal, *(skip.column for skip in source.skip), *split}


def hide_personal(faults: Iterable[Fault]) -> list[Fault]:
    """Return faults of files that may be about children as if they were."""
    return [_discreet(fault, {"": set()}) for fault in faults]


def _discreet(fault: Fault, files: Mapping[str, set[str]], shown: Collection[str] = ()) -> Fault:
    about = [hidden for file, hidden in files.items() if fault.file.startswith(file)]
    if not about:
        return fault
    found = fault.found
    if found is not None and (
        hide_listed(found) != found or any(fault.column in hidden for hidden in about)
    ):
        found = None
    column = fault.column
    if column is not None and column not in shown:
        column = hide_listed(column)
    return replace(
        fault,
        found=found,
        column=column,
        allowed=_unnamed(fault.allowed),
        remedy=fault.remedy and _unnamed(fault.remedy),
    )


def _unnamed(text: Text) -> Text:
    return Text(text.msgid, {key: _hidden(value) for key, value in text.params.items()})


def _hidden(value: object) -> Any:
    return hide_listed(value) if isinstance(value, str) else value


def hide_listed(words: str) -> str:
    """Return a list with commas in which what looks personal is hidden, unless it is a known heading.

    Examples
    --------
    >>> hide_listed("B001, 欧阳星河, 小区")
    'B001, ***, 小区'
    """
    parts = words.split(", ")
    return ", ".join(identity.HIDDEN if looks_personal(p) and not is_known(p) else p for p in parts)
