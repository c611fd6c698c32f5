"""Check a policy or schedule file: every fault and every warning at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from geodata.errors import DataError, Fault
from geodata.messages import Text, say
from simulate.policy_files import contradictions_of
from simulate.policy_tools.days import Finding, over_time
from simulate.policy_tools.mending import read_table
from simulate.policy_tools.reading import read_draft, read_raw


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check found.

    Parameters
    ----------
    file : str
        The file's name.
    faults, warnings : tuple of Fault
        What has to be mended, and what should be looked at.
    notes : tuple of Text
        What could not be looked at.
    counts : mapping of str to int
        How many parts of each kind there are.
    """

    file: str
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    notes: tuple[Text, ...]
    counts: dict[str, int]


def is_schedule(raw: dict[str, Any]) -> bool:
    """Whether a file is a points schedule: it has items, and no stages."""
    return "item" in raw and "stage" not in raw


def check_file(path: Path) -> Checked:
    """Check a policy file, or a points schedule.

    Raises
    ------
    DataError
        If the file is absent, is not UTF-8 or is not TOML: nothing else can be said of it then.
    """
    raw = read_raw(path)
    if is_schedule(raw):
        return _check_schedule(path, raw)
    draft = read_draft(path)
    found = list(over_time(draft.policy)) if draft.whole else []
    notes = () if draft.whole else (_REST,)
    return Checked(
        file=path.name,
        faults=(*draft.faults, *contradictions_of(draft), *_of("fault", found, path.name)),
        warnings=tuple(_of("warning", found, path.name)),
        notes=notes,
        counts={kind: len(getattr(draft.policy, kind)) for kind in ("category", "pool", "stage")},
    )


_REST = say("how the stages follow on one another can be looked at only when these are mended")


def _of(level: str, found: list[Finding], file: str) -> Iterator[Fault]:
    for one in found:
        if one.level == level:
            yield Fault(file=file, column=one.part, allowed=one.what, remedy=one.remedy)


def _check_schedule(path: Path, raw: dict[str, Any]) -> Checked:
    from simulate.points.files import faults_of, read_schedule
    from simulate.points.schedule import Schedule

    faults = list(read_table(raw, Schedule, file=path.name, at="").faults)
    if not faults:
        try:
            faults = [replace(fault, file=path.name) for fault in faults_of(read_schedule(path))]
        except DataError as error:
            faults = list(error.faults)
    counts = {kind: len(raw[kind]) for kind in ("fact", "item", "group") if isinstance(raw.get(kind), list)}
    return Checked(file=path.name, faults=tuple(faults), warnings=(), notes=(), counts=counts)
