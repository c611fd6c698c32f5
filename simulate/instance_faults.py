"""An instance from outside as a record, and all that can be wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from numbers import Real
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from geodata.errors import DataError, Fault
from geodata.messages import Text, say
from geodata.toml import Record, WrongValueError, record_from
from simulate.mechanisms import LONGEST_M

MOST_SEATS = 1_000_000_000
"""More than any town has children; sums of it stay whole numbers."""

DEEPEST = 5
"""Levels of an instance: itself, `schools`, a school, its `priorities`, a tie class."""


def _one_or_tied(value: object) -> object:
    if isinstance(value, str) or (isinstance(value, list) and all(isinstance(a, str) for a in value)):
        return value
    raise WrongValueError(say("an applicant, or a list of applicants who are tied"))


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _whole_metres(value: Any) -> int | None:
    if value is None:
        return None
    # compared before it is rounded: NaN is not in the range, nor is a whole number that no float can be
    if _is_number(value) and 0 <= value < LONGEST_M:
        whole: int = round(value)
        if whole < LONGEST_M:
            return whole
    raise WrongValueError(say("metres from 0 to below {most}, or null: unknown", most=LONGEST_M))


class School(Record):
    """A school of an instance: a nested list in `priorities` is a tie class."""

    seats: Annotated[int, Field(ge=0, le=MOST_SEATS)]
    priorities: list[Annotated[str | list[str], BeforeValidator(_one_or_tied)]]

    @property
    def classes(self) -> list[list[str]]:
        """The priorities as tie classes, the first in the order first, none empty."""
        return [[one] if isinstance(one, str) else one for one in self.priorities if one]


class Instance(Record):
    """An instance: who wants which schools, and whom the schools take first.

    Distances are whole metres, half rounded to even; None and what is missing are unknown.
    """

    applicants: dict[str, list[str]]
    schools: dict[str, School]
    order: list[str] | None = None
    distances: dict[str, dict[str, Annotated[int | None, BeforeValidator(_whole_metres)]]] | None = None


def checked(raw: Mapping[str, Any]) -> Instance:
    """Return an instance as a record.

    Raises
    ------
    DataError
        With all faults: of its shape first, then unknown names and somebody listed twice.
    """
    if not isinstance(raw, Mapping):
        raise DataError([_fault(None, None, say("an object with applicants and schools"))])
    given = dict(raw)
    faults = list(_shape(given))
    if not faults:
        read = record_from(given, Instance, "instance")
        faults = [*_lists(read), *_priorities(read), *_order(read), *_distances(read)]
    if faults:
        raise DataError(faults)
    return read


def _fault(where: str | None, found: str | None, allowed: Text, remedy: Text | None = None) -> Fault:
    return Fault(file="instance", column=where, found=found, allowed=allowed, remedy=remedy)


def _shape(raw: dict[str, Any]) -> Iterator[Fault]:
    """Find what would stop the checks that follow: endless nesting, halves of characters."""
    waiting: list[tuple[str, int, Any]] = [("", 1, raw)]
    while waiting:
        path, depth, here = waiting.pop()
        if depth > DEEPEST:
            yield _fault(_escaped(path[:60]), None, say("this is nested too deep"))
            return
        for key, value in here.items() if isinstance(here, dict) else enumerate(here):
            for text in (key, value):
                if isinstance(text, str) and not whole_characters(text):
                    allowed = say("whole characters of Unicode, no half of a pair")
                    yield _fault(_escaped(path) or None, _escaped(text), allowed)
            if isinstance(value, (dict, list)):
                waiting.append((f"{path}.{key}" if path else str(key), depth + 1, value))


def whole_characters(text: str) -> bool:
    r"""Say whether a text can be written: JSON can name half of a pair of surrogates.

    Examples
    --------
    >>> whole_characters("学区"), whole_characters("\ud83d")
    (True, False)
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _escaped(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()


def _twice(names: list[str]) -> list[str]:
    return sorted(name for name, n in Counter(names).items() if n > 1)


def _lists(read: Instance) -> Iterator[Fault]:
    for applicant, listed in read.applicants.items():
        where = f"applicants.{applicant}"
        for school in sorted(set(listed) - read.schools.keys()):
            yield _fault(where, school, say("a school of the instance"), _add_or_correct())
        for school in _twice(listed):
            yield _fault(where, school, say("each school once"), say("remove one of them"))


def _priorities(read: Instance) -> Iterator[Fault]:
    for name, school in read.schools.items():
        where = f"schools.{name}.priorities"
        flat = [a for one in school.classes for a in one]
        for applicant in sorted(set(flat) - read.applicants.keys()):
            yield _fault(where, applicant, say("an applicant of the instance"), _add_or_correct())
        for applicant in _twice(flat):
            yield _fault(where, applicant, say("each applicant once"), say("remove one of them"))


def _order(read: Instance) -> Iterator[Fault]:
    if read.order is None:
        return
    for applicant in sorted(set(read.order) - read.applicants.keys()):
        yield _fault("order", applicant, say("an applicant of the instance"), _add_or_correct())
    for applicant in _twice(read.order):
        yield _fault("order", applicant, say("every applicant exactly once"), say("remove one of them"))
    missing = sorted(read.applicants.keys() - set(read.order))
    if missing:
        found = ", ".join(read.order)
        remedy = say("add {missing}", missing=", ".join(missing[:5]) + (" …" if missing[5:] else ""))
        yield _fault("order", found, say("every applicant exactly once"), remedy)


def _distances(read: Instance) -> Iterator[Fault]:
    for applicant, row in (read.distances or {}).items():
        if applicant not in read.applicants:
            yield _fault("distances", applicant, say("an applicant of the instance"), _add_or_correct())
        for school in sorted(row.keys() - read.schools.keys()):
            where = f"distances.{applicant}"
            yield _fault(where, school, say("a school of the instance"), _add_or_correct())


def _add_or_correct() -> Text:
    return say("correct the name, or add it")
