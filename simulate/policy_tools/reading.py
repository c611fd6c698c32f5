"""Read a policy file part by part, so that every fault of it is found at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ConfigDict

from geodata.errors import Fault
from geodata.messages import say
from geodata.toml import Record, read_toml, record_from
from simulate.dated import Part
from simulate.policy import Category, Policy, Pool, Stage, names_wrong
from simulate.policy_tools.mending import STAND_INS, read_table

KINDS: dict[str, type[Part]] = {"category": Category, "pool": Pool, "stage": Stage}


class _Loose(Record):
    """A TOML file of any keys."""

    model_config = ConfigDict(extra="allow", frozen=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A policy file as far as it can be read.

    Parameters
    ----------
    file : str
        Its name.
    raw : dict
        What the file holds.
    policy : Policy
        The parts that could be read, mended where they were wrong; not checked against each other.
    faults : tuple of Fault
        What is wrong in single parts and in the names by which they refer to each other.
    doubtful : frozenset of str
        Ids of stages in which who, where, when or how had to be replaced: what is found further in them
        may be no fault of the writer.
    whole : bool
        Whether the policy as a whole can be looked at: nothing that decides was replaced or left out.
    """

    file: str
    raw: dict[str, Any]
    policy: Policy
    faults: tuple[Fault, ...]
    doubtful: frozenset[str]
    whole: bool


def read_raw(path: Path) -> dict[str, Any]:
    """Return what a TOML file holds; DataError if it is absent, not UTF-8 or not TOML."""
    return dict(read_toml(path, _Loose).model_extra or {})


def read_draft(path: Path) -> Draft:
    """Read a policy file with every fault of its parts and names.

    Raises
    ------
    DataError
        If the file is absent, is not UTF-8 or is not TOML.
    """
    raw = read_raw(path)
    points = raw.pop("points", None)
    faults = list(_of_head(raw, path.name))
    if points is not None:
        allowed = say("no points schedule: it is a file of its own")
        remedy = say("name that file in xuequ.toml: [project] points = …")
        faults.append(Fault(file=path.name, column="points", allowed=allowed, remedy=remedy))
    parts: dict[str, list[Any]] = {}
    doubtful: set[str] = set()
    whole = _a_list(raw.get("category")) and _a_list(raw.get("stage"))
    for kind, model in KINDS.items():
        parts[kind] = []
        listed = raw.get(kind, [])
        for number, item in enumerate(listed if isinstance(listed, list) else []):
            read = read_table(item, model, file=path.name, at=f"{kind}.{number}")
            faults += read.faults
            whole &= read.sound
            if read.record is not None:
                parts[kind].append(read.record)
                doubtful |= set() if read.sound else {read.record.id}
    head: dict[str, Any] = {
        name: raw.get(name) for name in ("id", "title", "jurisdiction", "level", "note")
    }
    policy = Policy.model_construct(None, **head, **parts)
    # "–" is our own stand-in for a category that could not be read
    names = [
        Fault(file=path.name, column=column, allowed=what)
        for column, what in names_wrong(policy, unread="–")
    ]
    return Draft(
        file=path.name,
        raw=raw,
        policy=policy if faults or names else _checked(raw, path.name),
        faults=(*faults, *names),
        doubtful=frozenset(doubtful),
        whole=whole and not names,
    )


def _checked(raw: dict[str, Any], file: str) -> Policy:
    """Return the policy as its own record checks it, which has the last word."""
    return record_from(raw, Policy, file)


def _of_head(raw: dict[str, Any], file: str) -> tuple[Fault, ...]:
    """Find what is wrong beside the parts: the head, unknown keys, parts that are no lists of tables."""
    sample = {**{name: STAND_INS[name] for name in ("title", "from")}, "id": "a", "source": "–"}
    claim = {**STAND_INS["claims"][0], "who": {"category": "a"}}
    good = {
        "category": sample,
        "pool": {**sample, "precedence": 1},
        "stage": {**sample, "mechanism": "fill", "claims": [claim]},
    }
    parts = {kind: [one] for kind, one in good.items()}
    known = {kind: one for kind, one in parts.items() if _a_list(raw.get(kind))}
    read = read_table({**raw, **known}, Policy, file=file, at="", stand_ins={**STAND_INS, **parts})
    return read.faults


def _a_list(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 0
