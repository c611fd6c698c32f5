"""Read a scenario: a TOML file of changes to a base project, or one that comes with the package."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator

from geodata.city import City
from geodata.errors import DataError, Fault
from geodata.messages import say
from geodata.project import Names
from geodata.toml import Record, read_toml, record_from
from simulate.dated import need_one_origin
from simulate.scenarios.kinds import Change, Plan
from simulate.scenarios.rules import KINDS, Coordination, OtherPolicy

_SHIPPED = Path(str(resources.files("simulate") / "scenarios" / "shipped"))


class Head(Record):
    """What a scenario says of itself.

    Parameters
    ----------
    id, title
        Letters, digits, - and _; a name in both languages.
    source, assumed, reason
        Where it comes from, or that it is assumed and why it is tried.
    note : Names, optional
        What a reader should know.
    """

    id: Annotated[str, Field(pattern=r"^[\w-]+$", max_length=80)]
    title: Names
    source: str | None = None
    assumed: bool = False
    reason: Names | None = None
    note: Names | None = None

    @model_validator(mode="after")
    def _source_or_reason(self) -> Head:
        need_one_origin(self.source, assumed=self.assumed, reason=self.reason)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A scenario as read.

    Parameters
    ----------
    head : Head
        What it says of itself.
    changes : tuple of Change
        In the order in which they are applied; messages count them from 1.
    file : str
        The name of its file, for messages.
    folder : Path
        Where it lies: the files that it names are beside it.
    text : str
        The file as it stands.
    """

    head: Head
    changes: tuple[Change, ...]
    file: str
    folder: Path
    text: str

    @property
    def id(self) -> str:
        """Its id."""
        return self.head.id

    @property
    def title(self) -> Names:
        """Its name in both languages."""
        return self.head.title

    @property
    def assumed(self) -> bool:
        """Whether it is assumed, and has no source."""
        return self.head.assumed

    def refers(self) -> tuple[str, ...]:
        """Return the files beside it that it needs, as it names them: plans, policies, variants."""
        named: list[str | None] = []
        for change in self.changes:
            if isinstance(change, (Plan, Coordination)):
                named.append(change.file)
            elif isinstance(change, OtherPolicy):
                named += [one for one in (change.policy, change.points) if one and one.endswith(".toml")]
        return tuple(dict.fromkeys(name for name in named if name is not None))


class _Raw(Record):
    """Any TOML file."""

    model_config = ConfigDict(extra="allow", frozen=True)


def shipped_scenarios() -> tuple[str, ...]:
    """Return the names of the scenarios that come with the package, for the embedded city.

    Examples
    --------
    >>> "today" in shipped_scenarios()
    True
    """
    names = sorted(path.stem for path in _SHIPPED.glob("*.toml"))
    return ("today", *(name for name in names if name != "today"))


def shipped_path(name: str) -> Path:
    """Return the file of a shipped scenario.

    Raises
    ------
    DataError
        If there is none of that name; near ones are named.
    """
    if name in shipped_scenarios():
        return _SHIPPED / f"{name}.toml"
    near = difflib.get_close_matches(name, shipped_scenarios(), n=1)
    allowed = say(
        "a shipped scenario ({names}) or a file that ends in .toml", names=", ".join(shipped_scenarios())
    )
    remedy = say("did you mean {near}?", near=near[0]) if near else say("correct it")
    raise DataError([Fault(file=name, allowed=allowed, remedy=remedy)])


def read_scenario(name: str | Path, city: City | None = None) -> Scenario:
    """Read a scenario.

    Parameters
    ----------
    name : str or Path
        A shipped name, or a path that ends in `.toml`.
    city : City, optional
        The base. A scenario can be read without it; what it names is looked up when it is applied.

    Raises
    ------
    DataError
        With every unknown key, wrong type and gap at once; `row` is the number of the change, from 1.
    """
    path = Path(name)
    if path.suffix != ".toml":
        path = shipped_path(str(name))
    elif not path.is_file():
        allowed = say("a file that is there")
        raise DataError([Fault(file=path.name, allowed=allowed, remedy=say("correct the path"))])
    raw = dict(read_toml(path, _Raw).model_extra or {})
    rows = raw.pop("change", [])
    faults: list[Fault] = []
    head = None
    try:
        head = record_from(raw, Head, path.name)
    except DataError as error:
        faults += _with_change(error.faults)
    changes = tuple(_changes(rows, path.name, faults))
    if faults or head is None:
        raise DataError(faults)
    text = path.read_bytes().decode("utf-8-sig")
    return Scenario(head=head, changes=changes, file=path.name, folder=path.parent, text=text)


def base_scenario() -> Scenario:
    """Return the scenario that changes nothing.

    Examples
    --------
    >>> base_scenario().id, len(base_scenario().changes)
    ('today', 0)
    """
    return read_scenario("today")


def _with_change(faults: tuple[Fault, ...]) -> Iterator[Fault]:
    """Return faults of the head; the keys that are allowed there are those of the head and `change`."""
    for fault in faults:
        if "allowed" in fault.allowed.params and fault.allowed.msgid.startswith("unknown key"):
            allowed = f"{fault.allowed.params['allowed']}, change"
            fault = replace(fault, allowed=say("unknown key; allowed: {allowed}", allowed=allowed))
        yield fault


def _changes(rows: Any, file: str, faults: list[Fault]) -> Iterator[Change]:
    if not isinstance(rows, list) or not all(isinstance(one, Mapping) for one in rows):
        allowed = say("changes are tables: [[change]] above each, then its keys")
        faults.append(Fault(file=file, column="change", allowed=allowed, remedy=say("correct it")))
        return
    for number, row in enumerate(rows, start=1):
        kind = row.get("do")
        if kind not in KINDS:
            faults.append(_no_kind(kind, number, file))
            continue
        try:
            yield record_from(row, KINDS[kind], file)
        except DataError as error:
            faults += [replace(fault, row=number) for fault in _plain(error.faults)]


_BRANCH = re.compile(r"\.(?:str|Rule|NewUnit|Site|constrained-str|list\[[^.]*\])(?=\.|$)")


def _plain(faults: Sequence[Fault]) -> Iterator[Fault]:
    """Return faults without what pydantic says of each type where several are allowed.

    Of a table that is no such record, that it is no text either is left out; the names of types go from
    the keys.
    """
    inside = {
        match.string[: match.start()]
        for f in faults
        for match in _BRANCH.finditer(f.column or "")
        if match.end() < len(match.string)
    }
    seen = set()
    for fault in faults:
        column = fault.column or ""
        match = _BRANCH.search(column)
        ends = match is not None and match.end() == len(column)
        if match is not None and ends and column[: match.start()] in inside:
            continue
        plain = _BRANCH.sub("", column)
        if match is not None and ends and plain in seen:
            continue
        seen.add(plain)
        yield replace(fault, column=plain or None)


def _no_kind(kind: object, number: int, file: str) -> Fault:
    known = ", ".join(KINDS)
    if kind is None:
        allowed = say("do = the kind of the change is missing; there are: {known}", known=known)
        return Fault(file=file, row=number, column="do", allowed=allowed, remedy=say("add it"))
    near = difflib.get_close_matches(str(kind), KINDS, n=1)
    return Fault(
        file=file,
        row=number,
        column="do",
        found=str(kind),
        allowed=say("kinds of changes: {known}", known=known),
        remedy=say("did you mean {near}?", near=near[0]) if near else say("correct it"),
    )
