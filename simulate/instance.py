"""Solve one small instance from outside: dict in, dict out (`xuequ match`)."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from geodata.errors import DataError, Fault, NotBuiltYetError, XuequError
from geodata.messages import say
from geodata.toml import Record, record_from
from simulate.mechanisms import (
    NEVER,
    NOWHERE,
    Contest,
    deferred_acceptance,
    fill,
    immediate_acceptance,
    parallel_of,
    serial_dictatorship,
)
from simulate.tickets import ticket_ranks, tickets_of

Ranks = dict[str, dict[str, int]]
"""School -> applicant -> place in the school's order, 0 first; who is missing is not acceptable."""


class School(Record):
    """A school of an instance: a nested list in `priorities` is a tie class."""

    seats: Annotated[int, Field(ge=0)]
    priorities: list[str | list[str]]


class Instance(Record):
    """An instance: who wants which schools, and whom the schools take first."""

    applicants: dict[str, list[str]]
    schools: dict[str, School]
    order: list[str] | None = None
    distances: dict[str, dict[str, float]] | None = None


def match(
    instance: Mapping[str, Any],
    *,
    mechanism: str,
    bands: Sequence[int] | None = None,
    e: int | None = None,
    seed: str | None = None,
) -> dict[str, Any]:
    """Match applicants to schools.

    Parameters
    ----------
    instance : mapping
        `applicants`: name -> schools, most wanted first. `schools`: name -> `seats` and `priorities`, a
        list of applicants, in which a nested list is a tie class; who is missing is not acceptable.
        `order`, optional: one order for all schools.
    mechanism : str
        fill, serial-dictatorship, immediate-acceptance, parallel or deferred-acceptance.
    bands, e : optional
        For parallel: choices a band (the last repeats), or the length of every band.
    seed : str, optional
        Breaks ties by ticket; ties without it are an error.

    Returns
    -------
    dict
        mechanism, placements (applicant -> school or None) and cutoffs (school -> the last applicant
        admitted by its order, or None where seats are left).

    Raises
    ------
    DataError
        If the instance is malformed: unknown names, somebody listed twice, ties without a seed.
    XuequError
        If the mechanism is unknown, or priorities that should agree do not.
    NotBuiltYetError
        For random-seats and least-travel.

    Examples
    --------
    >>> school = {"seats": 1, "priorities": ["b", "a"]}
    >>> small = {"applicants": {"a": ["S"], "b": ["S"]}, "schools": {"S": school}}
    >>> match(small, mechanism="deferred-acceptance")["placements"]
    {'a': None, 'b': 'S'}
    """
    solve = _mechanism(mechanism, bands, e)
    read = record_from(instance, Instance, "instance")
    faults = list(_faults(read))
    if faults:
        raise DataError(faults)
    applicants, schools = sorted(read.applicants), sorted(read.schools)
    one_order = mechanism in ONE_ORDER
    ranks = _given_order(read) if one_order and read.order is not None else _strict_ranks(read, seed)
    lists = read.applicants
    if one_order:
        # without rounds, asking a school that does not take one makes no difference
        lists = {a: [s for s in listed if a in ranks[s]] for a, listed in lists.items()}
    order = _common_order(ranks, lists) if one_order else None
    contest = _contest(read, applicants, schools, lists, ranks, order)
    if mechanism == "fill" and (contest.list_lengths > 1).any():
        raise XuequError(say("fill wants lists of one school; use serial-dictatorship for longer ones"))
    school = solve(contest)
    placements = {a: None if s == NOWHERE else schools[s] for a, s in zip(applicants, school, strict=True)}
    return {
        "mechanism": mechanism,
        "placements": placements,
        "cutoffs": {s: _cutoff(placements, s, read.schools[s].seats, ranks[s]) for s in schools},
    }


def read_instance(source: str, text: str) -> dict[str, Any]:
    """Return the JSON of a file (or of standard input) as a dict.

    Raises
    ------
    DataError
        If it is not a JSON object.
    """
    try:
        value = json.loads(text)
    except ValueError as error:
        raise DataError(
            [Fault(file=source, allowed=say("this is not JSON: {problem}", problem=str(error)))]
        ) from error
    if not isinstance(value, dict):
        raise DataError([Fault(file=source, allowed=say("an object with applicants and schools"))])
    return value


def instance_file(path: Path) -> str:
    """Return the text of an instance's file.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    from geodata.toml import missing_file

    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        problem = error if isinstance(error, OSError) else OSError(0, "not UTF-8")
        raise DataError([missing_file(path.name, problem)]) from error


ONE_ORDER = ("serial-dictatorship", "fill")


def _mechanism(
    name: str, bands: Sequence[int] | None, e: int | None
) -> Callable[[Contest], npt.NDArray[np.int32]]:
    known: dict[str, Callable[[Contest], npt.NDArray[np.int32]]] = {
        "fill": fill,
        "serial-dictatorship": serial_dictatorship,
        "immediate-acceptance": immediate_acceptance,
        "deferred-acceptance": deferred_acceptance,
    }
    if name in ("random-seats", "least-travel"):
        raise NotBuiltYetError(say("the mechanism {name} for an instance from outside", name=name))
    if name not in (*known, "parallel"):
        allowed = ", ".join((*known, "parallel"))
        raise XuequError(say("unknown mechanism {name}; allowed: {allowed}", name=name, allowed=allowed))
    if name in known:
        if bands is not None or e is not None:
            raise XuequError(say("bands and e belong to parallel alone"))
        return known[name]
    if (bands is None) == (e is None):
        raise XuequError(say("parallel wants either bands or e"))
    used = tuple(bands) if bands is not None else (int(e or 0),)
    if not used or any(band < 1 for band in used):
        raise XuequError(say("a band holds at least one choice"))
    return parallel_of(used)


def _faults(read: Instance) -> list[Fault]:
    found: list[Fault] = []

    def fault(where: str, what: str, allowed: Any) -> None:
        found.append(Fault(file="instance", column=where, found=what, allowed=allowed))

    for applicant, listed in read.applicants.items():
        for school in sorted(set(listed) - set(read.schools)):
            fault(f"applicants.{applicant}", school, say("a school of the instance"))
        for school in sorted({s for s in listed if listed.count(s) > 1}):
            fault(f"applicants.{applicant}", school, say("each school once"))
    for name, school_ in read.schools.items():
        flat = _flat(school_.priorities)
        for applicant in sorted(set(flat) - set(read.applicants)):
            fault(f"schools.{name}.priorities", applicant, say("an applicant of the instance"))
        for applicant in sorted({a for a in flat if flat.count(a) > 1}):
            fault(f"schools.{name}.priorities", applicant, say("each applicant once"))
    if read.order is not None and sorted(read.order) != sorted(read.applicants):
        fault("order", ", ".join(read.order), say("every applicant exactly once"))
    return found


def _flat(priorities: list[str | list[str]]) -> list[str]:
    return [a for one in priorities for a in ([one] if isinstance(one, str) else one)]


def _given_order(read: Instance) -> Ranks:
    """Return the order given as every school's order, for the applicants acceptable there."""
    place = {applicant: n for n, applicant in enumerate(read.order or [])}
    return {name: {a: place[a] for a in _flat(s.priorities)} for name, s in read.schools.items()}


def _strict_ranks(read: Instance, seed: str | None) -> Ranks:
    """Return each school's strict order: tie classes are broken by ticket, then by name."""
    classes = [one for s in read.schools.values() for one in s.priorities if not isinstance(one, str)]
    names = sorted({a for one in classes for a in one})
    place: dict[str, int] = {}
    if any(len(one) > 1 for one in classes):
        if seed is None:
            allowed = say("no ties, or a seed that breaks them: --seed TEXT")
            raise DataError([Fault(file="instance", column="priorities", allowed=allowed)])
        drawn = ticket_ranks(tickets_of(names, seed=seed), np.array(names, dtype=object))
        place = dict(zip(names, drawn.tolist(), strict=True))
    ranks: Ranks = {}
    for name, school in read.schools.items():
        strict = [
            a
            for one in school.priorities
            for a in ([one] if isinstance(one, str) else sorted(one, key=lambda a: place.get(a, 0)))
        ]
        ranks[name] = {applicant: rank for rank, applicant in enumerate(strict)}
    return ranks


def _common_order(ranks: Ranks, lists: dict[str, list[str]]) -> list[str]:
    """Return one order that agrees with every school about those who want it.

    Raises
    ------
    XuequError
        If two schools disagree.

    Notes
    -----
    Such an order exists if and only if "comes before at some school" has no cycle; and whichever is taken,
    serial dictatorship gives the same, since two who never want the same school do not meet.
    """
    after: dict[str, set[str]] = {a: set() for a in lists}
    waits = dict.fromkeys(lists, 0)
    for school, rank in ranks.items():
        queue = sorted((a for a in lists if school in lists[a]), key=rank.__getitem__)
        for first, second in pairwise(queue):
            if second not in after[first]:
                after[first].add(second)
                waits[second] += 1
    ready = [a for a in lists if waits[a] == 0]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        first = heapq.heappop(ready)
        order.append(first)
        for second in after[first]:
            waits[second] -= 1
            if waits[second] == 0:
                heapq.heappush(ready, second)
    if len(order) < len(lists):
        raise XuequError(
            say(
                "the schools' priorities disagree, so no one order serves them all: give order, or use "
                "deferred-acceptance"
            )
        )
    return order


def _contest(
    read: Instance,
    applicants: list[str],
    schools: list[str],
    lists: dict[str, list[str]],
    ranks: Ranks,
    order: list[str] | None,
) -> Contest:
    number = {name: n for n, name in enumerate(schools)}
    position = {name: n for n, name in enumerate(applicants)}
    lengths = [len(lists[a]) for a in applicants]
    flat = [(a, s) for a in applicants for s in lists[a]]
    queue = np.arange(len(applicants)) if order is None else np.array([position[a] for a in order])
    places = np.array([ranks[s].get(a, NEVER) for a, s in flat], dtype=np.int64)
    return Contest(
        order=queue.astype(np.int64),
        ticket_rank=np.arange(len(applicants)),
        group=np.arange(len(applicants), dtype=np.int32),
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        schools=np.array([number[s] for _, s in flat], dtype=np.int32),
        seats=np.array([read.schools[s].seats for s in schools], dtype=np.int64),
        rank=None if order is not None else places,
    )


def _cutoff(
    placements: Mapping[str, str | None], school: str, seats: int, rank: Mapping[str, int]
) -> str | None:
    admitted = [a for a, s in placements.items() if s == school]
    return max(admitted, key=rank.__getitem__) if admitted and len(admitted) == seats else None
