"""What is dated: from when it holds, until when, and where it comes from or why it is assumed."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from typing import Annotated, TypeVar

from pydantic import Field, model_validator

from geodata.messages import say
from geodata.project import Names
from geodata.toml import Record, WrongValueError


def need_one_origin(source: str | None, *, assumed: bool, reason: Names | None) -> None:
    """Raise a WrongValueError unless there is a source, or something is assumed for a stated reason."""
    if assumed == (source is not None):
        raise WrongValueError(say("either a source, or assumed = true with a reason"))
    if assumed and reason is None:
        raise WrongValueError(say("what is assumed needs a reason = { zh = …, en = … }"))


class Sourced(Record):
    """Something that holds from a date and has a source, or is assumed for a stated reason.

    `expected` marks a change that is planned and not in force: it is never applied unless it is asked for
    by its id (`expecting` in xuequ.toml).
    """

    from_: Annotated[datetime.date, Field(alias="from")]
    until: datetime.date | None = None
    source: str | None = None
    assumed: bool = False
    reason: Names | None = None
    expected: bool = False

    @model_validator(mode="after")
    def _source_or_reason(self) -> Sourced:
        need_one_origin(self.source, assumed=self.assumed, reason=self.reason)
        if self.until is not None and self.until <= self.from_:
            raise WrongValueError(say("until must come after from"))
        return self

    def holds(self, on: datetime.date) -> bool:
        """Whether it holds on a day: from `from`, up to and without `until`."""
        return self.from_ <= on and (self.until is None or on < self.until)


class Part(Sourced):
    """A part of a policy that has an id (letters, digits, - and _) and a name in both languages."""

    id: Annotated[str, Field(pattern=r"^[\w-]+$")]
    title: Names


P = TypeVar("P", bound=Part)


def in_force(parts: Sequence[P], on: datetime.date, expecting: Collection[str] = ()) -> list[P]:
    """Return the parts that hold on a day, in their order; a planned one stands where the old one stood.

    Parameters
    ----------
    parts : sequence of Part
        Several may have one id, one after the other in time.
    on : date
        The day.
    expecting : collection of str
        Ids of planned changes that count; such a part takes the place of the one with its id that is in
        force.
    """
    there = [part for part in parts if part.holds(on)]
    coming = {part.id: part for part in there if part.expected and part.id in expecting}
    replaced = {part.id for part in there if not part.expected}
    found: list[P] = []
    for part in there:
        if not part.expected:
            found.append(coming.get(part.id, part))
        elif part.id in coming and part.id not in replaced:
            found.append(part)
    return found


def overlapping(parts: Sequence[Part]) -> tuple[str, datetime.date] | None:
    """Return the id of a part that holds twice on a day, and that day; None if none does.

    Parts that are in force and parts that are planned are looked at apart.
    """
    seen: dict[tuple[str, bool], Part] = {}
    for part in sorted(parts, key=lambda one: (one.id, one.expected, one.from_)):
        before = seen.get((part.id, part.expected))
        if before is not None and (before.until is None or part.from_ < before.until):
            return part.id, part.from_
        seen[part.id, part.expected] = part
    return None
