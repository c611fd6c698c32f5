"""What is about children, and hiding what looks personal in faults and projects on their way out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from geodata import identity
from geodata.errors import Fault
from geodata.headings import is_known
from geodata.identity import CHILD_TABLES
from geodata.messages import Text
from geodata.project import Personal, Project, Source
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
    """Return a project without the personal cells of tables that stand in xuequ.toml itself."""
    tables = {
        name: source.model_copy(
            update={
                "rows": [{k: v for k, v in row.items() if k not in source.personal} for row in source.rows]
            }
        )
        if source.rows is not None and source.personal
        else source
        for name, source in project.tables.items()
    }
    return project.model_copy(update={"tables": tables})


def discreet(faults: Iterable[Fault], project: Project) -> list[Fault]:
    """Return faults of which those about children show no cell that looks personal, and no address.

    What a fault says beside the cell is gone through as well: it may list the headings of a file that has
    none, so that its first row is a child.
    """
    files: dict[str, set[str]] = {}
    for name, source in project.tables.items():
        if about_children(project, name, source):
            file = f"xuequ.toml [tables.{name}]" if source.path is None else Path(source.path).name
            files.setdefault(file, set()).update(
                {source.columns.get("address", "address"), *source.personal}
            )
    return [_discreet(fault, files) for fault in faults]


def hide_personal(faults: Iterable[Fault]) -> list[Fault]:
    """Return faults of files that may be about children as if they were."""
    return [_discreet(fault, {"": set()}) for fault in faults]


def _discreet(fault: Fault, files: Mapping[str, set[str]]) -> Fault:
    about = [hidden for file, hidden in files.items() if fault.file.startswith(file)]
    if not about:
        return fault
    found = fault.found
    if found is not None and (
        hide_listed(found) != found or any(fault.column in hidden for hidden in about)
    ):
        found = None
    return replace(
        fault, found=found, allowed=_unnamed(fault.allowed), remedy=fault.remedy and _unnamed(fault.remedy)
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
