"""The orders of an instance from outside: ties broken, and one order out of many that agree."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from geodata.errors import DataError, Fault, XuequError
from geodata.messages import say
from simulate.instance_faults import Instance
from simulate.tickets import ticket_ranks, tickets_of

Classes = list[list[str]]
"""Tie classes, the first in the order first."""

Places = Mapping[str, int]
"""Applicant -> place in an order (or of the ticket), 0 first."""

Ranks = Mapping[str, Places]
"""School -> applicant -> place in the school's order; who is missing is not acceptable."""

MOST_LINKS = 6
"""How many links of a circle of priorities are shown."""


def ticket_places(read: Instance, seed: str) -> Places:
    """Return the place of each applicant's ticket; tickets are keyed by name, equal ones go by name."""
    names = sorted(read.applicants)
    ranks = ticket_ranks(tickets_of(names, seed=seed), np.array(names, dtype=object))
    return dict(zip(names, ranks.tolist(), strict=True))


def strict_ranks(read: Instance, tickets: Places | None) -> Ranks:
    """Return each school's strict order, with tie classes broken by ticket.

    Raises
    ------
    DataError
        If there are ties and no tickets.
    """
    need_tickets_for_ties(read, tickets)
    return {
        name: {a: n for n, a in enumerate(a for one in school.classes for a in _drawn(one, tickets))}
        for name, school in read.schools.items()
    }


def shortest_first_ranks(read: Instance, wanted: Mapping[str, set[str]], tickets: Places | None) -> Ranks:
    """Return each school's order of those who want it and whom it takes, by metres.

    Unknown distances come last; equal ones by `order` if there is one, else by the school's own priorities,
    else by ticket.

    Raises
    ------
    DataError
        If there are ties left and no tickets.
    """
    distances = read.distances or {}
    place = {a: n for n, a in enumerate(read.order or [])}
    ranks: dict[str, Places] = {}
    for name, school in read.schools.items():

        def key(item: tuple[str, int], name: str = name) -> tuple[bool, int, int]:
            applicant, number = item
            metres = distances.get(applicant, {}).get(name)
            return metres is None, metres or 0, place.get(applicant, number)

        inside = wanted[name]
        keyed = sorted(
            ((a, n) for n, one in enumerate(school.classes) for a in one if a in inside), key=key
        )
        tied = [[a for a, _ in some] for _, some in groupby(keyed, key=key)]
        if tickets is None:
            _refuse_ties(f"schools.{name}.priorities", tied)
        ranks[name] = {a: n for n, a in enumerate(a for one in tied for a in _drawn(one, tickets))}
    return ranks


def need_tickets_for_ties(read: Instance, tickets: Places | None) -> None:
    """Raise a DataError if the priorities have ties and there are no tickets."""
    if tickets is None:
        for name, school in read.schools.items():
            _refuse_ties(f"schools.{name}.priorities", school.classes)


def _refuse_ties(where: str, classes: Classes) -> None:
    for one in classes:
        if len(one) > 1:
            allowed = say("no ties, or a seed that breaks them: --seed TEXT")
            raise DataError([Fault(file="instance", column=where, found=", ".join(one), allowed=allowed)])


def _drawn(one: Collection[str], tickets: Places | None) -> list[str]:
    return list(one) if tickets is None else sorted(one, key=tickets.__getitem__)


class DisagreeError(XuequError):
    """Schools whose priorities no one order can serve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """One order that agrees with all schools; `unsaid` are two of it whom no school puts in an order."""

    order: list[str]
    unsaid: tuple[str, str] | None


def common_order(members: Collection[str], ranked: Mapping[str, Classes], tickets: Places | None) -> Agreed:
    """Return one order that agrees with every school.

    Parameters
    ----------
    members : collection of str
        Who stands in the order.
    ranked : mapping
        School -> the tie classes of those members whom it ranks.
    tickets : mapping, optional
        Needed where there are ties.

    Raises
    ------
    DisagreeError
        If two schools disagree, one of them perhaps only by a tie where the other has none.

    Notes
    -----
    1. Who is tied at some school is of one class, and so on along chains of ties.
    2. An order of the classes exists if and only if "comes before at some school" has no circle.
    3. Where it leaves a choice, the class with the first name goes first. Serial dictatorship gives the
       same for each choice, since two who never want the same school do not meet.
    4. Within a class the ticket decides.
    """
    class_of = _classes(members, ranked)
    inside: dict[str, list[str]] = {}
    for a in sorted(members):
        inside.setdefault(class_of[a], []).append(a)
    after: dict[str, dict[str, tuple[str, str, str]]] = {a: {} for a in inside}
    waits = dict.fromkeys(inside, 0)
    for school, classes in ranked.items():
        for high, low in pairwise(classes):
            first, second = class_of[high[0]], class_of[low[0]]
            if second not in after[first]:
                after[first][second] = (school, high[0], low[0])
                waits[second] += 1
    ready = [a for a in inside if waits[a] == 0]
    heapq.heapify(ready)
    order: list[str] = []
    unsaid: tuple[str, str] | None = None
    while ready:
        first = heapq.heappop(ready)
        if ready and unsaid is None:
            unsaid = first, ready[0]
        order.extend(_drawn(inside[first], tickets))
        for second in after[first]:
            waits[second] -= 1
            if waits[second] == 0:
                heapq.heappush(ready, second)
    if len(order) < len(members):
        raise _disagreement(after, waits)
    return Agreed(order=order, unsaid=unsaid)


def _classes(members: Collection[str], ranked: Mapping[str, Classes]) -> dict[str, str]:
    """Return for each member the first name of its class."""
    parent = {a: a for a in members}

    def root(a: str) -> str:
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        return a

    for classes in ranked.values():
        for one in classes:
            for a, b in pairwise(one):
                low, high = sorted((root(a), root(b)))
                parent[high] = low
    return {a: root(a) for a in members}


def _disagreement(
    after: Mapping[str, Mapping[str, tuple[str, str, str]]], waits: Mapping[str, int]
) -> DisagreeError:
    """Name a circle of priorities: a before b at S, b before a at T."""
    before = {second: first for first, those in after.items() if waits[first] for second in those}
    at = next(a for a, n in waits.items() if n and a in before)
    seen: dict[str, int] = {}
    while at not in seen:
        seen[at] = len(seen)
        at = before[at]
    circle = [at, *reversed(list(seen)[seen[at] + 1 :]), at]
    links: list[tuple[str, str, str]] = [after[x][y] for x, y in pairwise(circle)]
    parts: list[str] = []
    for (school, first, second), (_, following, _) in pairwise([*links, links[0]]):
        parts.append(f"{school}: {first} > {second}")
        if following != second:
            parts.append(f"{second} = {following}")
    shown = "; ".join(parts[:MOST_LINKS]) + ("; …" if len(parts) > MOST_LINKS else "")
    return DisagreeError(
        say(
            "the schools' priorities disagree ({circle}), so no one order serves them all: give order, or "
            "use deferred-acceptance",
            circle=shown,
        )
    )
