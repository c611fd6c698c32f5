"""An instance from outside as its mechanism asks it: lists, one order or the schools' own, zones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from geodata.errors import DataError, Fault, XuequError
from geodata.messages import Text, say
from simulate.instance_faults import Instance
from simulate.instance_orders import (
    Classes,
    DisagreeError,
    Places,
    Ranks,
    common_order,
    need_tickets_for_ties,
    shortest_first_ranks,
    strict_ranks,
)

Lists = Mapping[str, list[str]]
"""Applicant -> the schools that it asks, one after the other."""

Distances = Mapping[str, Mapping[str, int | None]]
"""Applicant -> school -> whole metres."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posed:
    """An instance as a mechanism is asked.

    Parameters
    ----------
    lists : mapping
        The schools that each applicant asks.
    order : list of str, optional
        The one order; without it the schools' own orders count.
    ranks : mapping
        Each school's order, by which its cut-off goes.
    together : list of lists of str
        Schools that have a cut-off only if all of them are full: a zone, or each school alone.
    distances : mapping, optional
        For the mechanism that reads them.
    """

    lists: Lists
    order: list[str] | None
    ranks: Ranks
    together: list[list[str]]
    distances: Distances | None = None


Posing = Callable[[Instance, Places | None], Posed]


def own_orders(read: Instance, tickets: Places | None) -> Posed:
    """Pose what goes by the priorities of each school."""
    return Posed(
        lists=read.applicants,
        order=None,
        ranks=strict_ranks(read, tickets),
        together=[[s] for s in read.schools],
    )


def own_metres(read: Instance, tickets: Places | None) -> Posed:
    """Pose shortest first: each school goes by metres."""
    _need_distances(read, say("shortest-first goes by distances"))
    ranks = shortest_first_ranks(read, _wanted(read.applicants), tickets)
    return Posed(lists=read.applicants, order=None, ranks=ranks, together=[[s] for s in read.schools])


def one_order(read: Instance, tickets: Places | None) -> Posed:
    """Pose what goes by one order for all schools."""
    lists = _acceptable(read)
    order = read.order
    if order is None:
        need_tickets_for_ties(read, tickets)
        wanted = _wanted(lists)
        ranked = {name: _only(school.classes, wanted[name]) for name, school in read.schools.items()}
        order = common_order(read.applicants, ranked, tickets).order
    return _by_one(read, lists, order)


def one_school_each(read: Instance, tickets: Places | None) -> Posed:
    """Pose fill, in which no applicant has a choice."""
    for applicant, listed in _acceptable(read).items():
        if len(listed) > 1:
            allowed = say("fill wants lists of one school; use serial-dictatorship for longer ones")
            raise DataError([_fault(f"applicants.{applicant}", allowed, found=", ".join(listed))])
    return one_order(read, tickets)


def one_order_by_metres(read: Instance, tickets: Places | None) -> Posed:
    """Pose least travel, in which two who want different schools may meet: the order must be whole.

    That is, within each market: schools that some applicant lists side by side, or a chain of such.
    """
    _need_distances(read, say("least-travel goes by distances"))
    lists = _acceptable(read)
    order = read.order
    if order is None:
        need_tickets_for_ties(read, tickets)
        order = []
        for members, schools in markets(lists):
            ranked = {name: _only(read.schools[name].classes, members) for name in schools}
            agreed = common_order(members, ranked, tickets)
            if agreed.unsaid is not None:
                raise XuequError(_unsaid(*agreed.unsaid))
            order.extend(agreed.order)
        order.extend(a for a, listed in lists.items() if not listed)
    return _by_one(read, lists, order, distances=read.distances or {})


def _unsaid(first: str, second: str) -> Text:
    return say(
        "least-travel wants one order, and the priorities do not say which of {first} and {second} comes "
        "first: give order",
        first=first,
        second=second,
    )


def zones_of(read: Instance, tickets: Places | None) -> Posed:
    """Pose random seats, zone by zone: a list is one, in the order of the names."""
    zones: dict[tuple[str, ...], list[str]] = {}
    for applicant in sorted(read.applicants):
        zones.setdefault(tuple(sorted(read.applicants[applicant])), []).append(applicant)
    faults = [*_not_acceptable(read), *_in_two_zones(zones)]
    if faults:
        raise DataError(faults)
    if tickets is None and zones:
        allowed = say("a seed, since random-seats draws who gets which seat: --seed TEXT")
        raise DataError([_fault(None, allowed)])
    drawn = tickets or {}  # without them, nobody is there
    order = read.order
    if order is None:
        order = [a for zone, inside in zones.items() for a in _zone_order(read, zone, inside, drawn)]
    alone = read.schools.keys() - {s for zone in zones for s in zone}
    together = [*map(list, zones), *([s] for s in sorted(alone))]
    return _by_one(read, {a: list(zone) for zone, inside in zones.items() for a in inside}, order, together)


def _zone_order(read: Instance, zone: tuple[str, ...], inside: list[str], tickets: Places) -> list[str]:
    ranked = {name: _only(read.schools[name].classes, set(inside)) for name in zone}
    try:
        return common_order(inside, ranked, tickets).order
    except DisagreeError:
        return sorted(inside, key=tickets.__getitem__)  # no one's priority is the zone's: the draw decides


def _not_acceptable(read: Instance) -> Iterator[Fault]:
    taken = {name: {a for one in school.classes for a in one} for name, school in read.schools.items()}
    for applicant, listed in read.applicants.items():
        for school in listed:
            if applicant not in taken[school]:
                allowed = say("a school that takes the applicant: random-seats may draw any of the list")
                remedy = say("add the applicant to the school's priorities, or take the school out")
                yield _fault(f"applicants.{applicant}", allowed, school, remedy)


def _in_two_zones(zones: Mapping[tuple[str, ...], list[str]]) -> Iterator[Fault]:
    first_with: dict[str, str] = {}
    for zone, inside in zones.items():
        for school in zone:
            other = first_with.setdefault(school, inside[0])
            if other != inside[0]:
                allowed = say("a school of one zone, and {other} has it among other schools", other=other)
                remedy = say("for random-seats, give both the same schools, or none in common")
                yield _fault(f"applicants.{inside[0]}", allowed, school, remedy)


def _by_one(
    read: Instance,
    lists: Lists,
    order: list[str],
    together: list[list[str]] | None = None,
    distances: Distances | None = None,
) -> Posed:
    place = {applicant: n for n, applicant in enumerate(order)}
    return Posed(
        lists=lists,
        order=order,
        ranks=dict.fromkeys(read.schools, place),
        together=[[s] for s in read.schools] if together is None else together,
        distances=distances,
    )


def _need_distances(read: Instance, allowed: Text) -> None:
    if read.distances is None and read.applicants:
        remedy = say("add distances: applicant, school, metres")
        raise DataError([_fault("distances", allowed, remedy=remedy)])


def _acceptable(read: Instance) -> dict[str, list[str]]:
    """Return the lists without schools that do not take the applicant.

    Where there are no rounds, asking such a school makes no difference.
    """
    taken = {name: {a for one in school.classes for a in one} for name, school in read.schools.items()}
    return {a: [s for s in listed if a in taken[s]] for a, listed in read.applicants.items()}


def _wanted(lists: Lists) -> defaultdict[str, set[str]]:
    """Return who lists each school."""
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for applicant, listed in lists.items():
        for school in listed:
            wanted[school].add(applicant)
    return wanted


def _only(classes: Classes, some: Collection[str]) -> Classes:
    kept = ([a for a in one if a in some] for one in classes)
    return [one for one in kept if one]


def markets(lists: Lists) -> Iterator[tuple[set[str], set[str]]]:
    """Return applicants and schools that hang together by lists, those with the first names first."""
    wanted = _wanted(lists)
    seen: set[str] = set()
    for start in sorted(lists):
        if start in seen or not lists[start]:
            continue
        members, schools, waiting = {start}, set[str](), [start]
        while waiting:
            for school in lists[waiting.pop()]:
                if school not in schools:
                    schools.add(school)
                    waiting.extend(wanted[school] - members)
                    members |= wanted[school]
        seen |= members
        yield members, schools


def _fault(where: str | None, allowed: Text, found: str | None = None, remedy: Text | None = None) -> Fault:
    return Fault(file="instance", column=where, found=found, allowed=allowed, remedy=remedy)
