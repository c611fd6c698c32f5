"""Solve one small instance from outside: dict in, dict out (`xuequ match`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt

from geodata.errors import XuequError
from geodata.messages import say
from geodata.metres import UNKNOWN_M
from simulate.instance_faults import Instance, checked, whole_characters
from simulate.instance_orders import Places, ticket_places
from simulate.instance_posed import (
    Posed,
    Posing,
    one_order,
    one_order_by_metres,
    one_school_each,
    own_metres,
    own_orders,
    zones_of,
)
from simulate.mechanisms import (
    NEVER,
    NOWHERE,
    Contest,
    deferred_acceptance,
    fill,
    immediate_acceptance,
    least_travel,
    parallel_of,
    random_seats,
    serial_dictatorship,
)

Mechanism = Callable[[Contest], npt.NDArray[np.int32]]


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
        `order`, optional: one order for all schools. `distances`, optional: applicant -> school -> metres,
        rounded half to even; null or missing is unknown.
    mechanism : str
        fill, random-seats, serial-dictatorship, immediate-acceptance, parallel, deferred-acceptance,
        least-travel, or shortest-first.
    bands, e : optional
        For parallel: choices a band (the last repeats), or the length of every band.
    seed : str, optional
        Breaks ties by ticket; ties without it are an error.

    Returns
    -------
    dict
        mechanism, placements (applicant -> school or None) and cutoffs (school -> the last applicant
        admitted by its order, or None where seats are left or none are offered; for random-seats the last
        by the order who got a seat of the zone, if the whole zone is full).

    Raises
    ------
    DataError
        If the instance is malformed: unknown names, somebody listed twice, ties without a seed.
    XuequError
        If the mechanism is unknown, or priorities that should agree do not.

    Notes
    -----
    - fill, serial-dictatorship and least-travel go by one order: `order`, or else priorities that agree.
    - immediate-acceptance, parallel and deferred-acceptance go by the priorities of each school.
    - shortest-first is deferred acceptance in which each school ranks those whom it takes by metres,
      unknown last; ties by `order`, else by its priorities, else by ticket.
    - random-seats has no choices: a list is a zone, in any order. Who gets a seat: by `order`, else by
      the priorities if the zone's schools agree, else by ticket. Which seat: always by ticket.
    - What a mechanism does not go by is checked and changes nothing.

    Examples
    --------
    >>> school = {"seats": 1, "priorities": ["b", "a"]}
    >>> small = {"applicants": {"a": ["S"], "b": ["S"]}, "schools": {"S": school}}
    >>> match(small, mechanism="deferred-acceptance")["placements"]
    {'a': None, 'b': 'S'}
    """
    posing, solve = _mechanism(mechanism, bands, e)
    read = checked(instance)
    tickets = _tickets(read, seed)
    posed = posing(read, tickets)
    applicants, schools = sorted(read.applicants), sorted(read.schools)
    school = solve(_contest(read, posed, tickets, applicants, schools))
    placements = {a: None if s == NOWHERE else schools[s] for a, s in zip(applicants, school, strict=True)}
    return {"mechanism": mechanism, "placements": placements, "cutoffs": _cutoffs(read, posed, placements)}


def _mechanism(name: Any, bands: Any, e: Any) -> tuple[Posing, Mechanism]:
    known: dict[str, tuple[Posing, Mechanism]] = {
        "fill": (one_school_each, fill),
        "random-seats": (zones_of, random_seats),
        "serial-dictatorship": (one_order, serial_dictatorship),
        "immediate-acceptance": (own_orders, immediate_acceptance),
        "deferred-acceptance": (own_orders, deferred_acceptance),
        "least-travel": (one_order_by_metres, least_travel),
        "shortest-first": (own_metres, deferred_acceptance),
    }
    if name == "parallel":
        return own_orders, parallel_of(_bands(bands, e))
    if name not in tuple(known):
        allowed = ", ".join((*known, "parallel"))
        raise XuequError(say("unknown mechanism {name}; allowed: {allowed}", name=name, allowed=allowed))
    if bands is not None or e is not None:
        raise XuequError(say("bands and e belong to parallel alone"))
    return known[name]


def _bands(bands: Any, e: Any) -> tuple[int, ...]:
    if (bands is None) == (e is None):
        raise XuequError(say("parallel wants either bands or e"))
    used = [e] if bands is None else list(bands) if isinstance(bands, Sequence) else []
    if not used or not all(_is_whole(n) and n >= 1 for n in used):
        raise XuequError(say("a band holds at least one choice"))
    return tuple(int(n) for n in used)


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _tickets(read: Instance, seed: Any) -> Places | None:
    if seed is None:
        return None
    if not isinstance(seed, str) or not whole_characters(seed):
        raise XuequError(say("the seed is a text of whole characters"))
    return ticket_places(read, seed)


def _contest(
    read: Instance, posed: Posed, tickets: Places | None, applicants: list[str], schools: list[str]
) -> Contest:
    number = {name: n for n, name in enumerate(schools)}
    position = {name: n for n, name in enumerate(applicants)}
    # with one order and no distances, applicants with the same list are alike, and share it
    shared = posed.order is not None and posed.distances is None
    key_of = {a: tuple(posed.lists[a]) if shared else a for a in applicants}
    owner_of: dict[str | tuple[str, ...], str] = {}
    for a in applicants:
        owner_of.setdefault(key_of[a], a)
    group_of = {key: n for n, key in enumerate(owner_of)}
    lengths = [len(posed.lists[a]) for a in owner_of.values()]
    flat = [(a, s) for a in owner_of.values() for s in posed.lists[a]]
    order = applicants if posed.order is None else posed.order
    seats = np.array([read.schools[s].seats for s in schools], dtype=np.int64)
    if posed.order is None:
        # a school with an order of its own keeps room in memory for each of its seats
        seats = np.minimum(seats, len(applicants))
    return Contest(
        order=np.array([position[a] for a in order], dtype=np.int64),
        ticket_rank=np.array([tickets[a] if tickets else position[a] for a in applicants], dtype=np.int64),
        group=np.array([group_of[key_of[a]] for a in applicants], dtype=np.int32),
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        schools=np.array([number[s] for _, s in flat], dtype=np.int32),
        seats=seats,
        rank=_ranks_of(posed, flat),
        metres=_metres_of(posed, flat),
    )


def _ranks_of(posed: Posed, flat: list[tuple[str, str]]) -> npt.NDArray[np.int64] | None:
    if posed.order is not None:
        return None
    return np.array([posed.ranks[s].get(a, NEVER) for a, s in flat], dtype=np.int64)


def _metres_of(posed: Posed, flat: list[tuple[str, str]]) -> npt.NDArray[np.int32] | None:
    if posed.distances is None:
        return None
    known = [posed.distances.get(a, {}).get(s) for a, s in flat]
    return np.array([UNKNOWN_M if m is None else m for m in known], dtype=np.int32)


def _cutoffs(read: Instance, posed: Posed, placements: Mapping[str, str | None]) -> dict[str, str | None]:
    admitted: dict[str, list[str]] = {s: [] for s in sorted(read.schools)}
    for applicant, school in placements.items():
        if school is not None:
            admitted[school].append(applicant)
    cutoffs: dict[str, str | None] = dict.fromkeys(admitted)
    for schools in posed.together:
        rank = posed.ranks[schools[0]] if schools else {}
        those = [a for s in schools for a in admitted[s]]
        if those and len(those) == sum(read.schools[s].seats for s in schools):
            last = max(those, key=rank.__getitem__)
            cutoffs.update({s: last for s in schools if read.schools[s].seats > 0})
    return cutoffs
