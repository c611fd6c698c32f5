"""The kernels of `least-travel`: a transportation problem in whole metres, one child at a time.

Everything is counted in integers, so that a proof of the minimum is a proof.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
from numba import njit

from simulate.mechanisms.contest import NOWHERE

FAR = int(np.iinfo(np.int64).max) // 4  # no way there; sums of a few of it still fit

Ints = npt.NDArray[np.int64]


class Entries(NamedTuple):
    """The lists one after the other; tuples here, not dataclasses, since compiled code takes only them."""

    starts: Ints
    schools: Ints
    owner: Ints
    metres: Ints


class Seating(NamedTuple):
    """How many sit at each entry, and the cheapest move of one child from any school to any other.

    The entries with somebody on them stand in `held`, those of school s in a slice from `first[s]`,
    `holding[s]` long; `place` is where. `least[v, w]` are the metres added by the cheapest move from v to
    w, `leaving` and `taking` the two entries of it.
    """

    entries: Entries
    seated: Ints
    held: Ints
    first: Ints
    holding: Ints
    place: Ints
    least: Ints
    leaving: Ints
    taking: Ints


def _seat_loop(
    order: Ints, group: Ints, seating: Seating, seats: Ints
) -> tuple[npt.NDArray[np.bool_], Ints, Ints]:
    """Return who is seated, how many sit at each entry, and the prices; `seating` is changed."""
    starts, schools, _, metres = seating.entries
    free = seats.copy()
    price = np.zeros(len(seats), dtype=np.int64)
    kept = np.zeros(len(group), dtype=np.bool_)
    # where one child finds no way to a free seat, no later one with the same list does
    shut = np.zeros(len(starts) - 1, dtype=np.bool_)
    length = np.empty(len(seats), dtype=np.int64)
    entry = np.empty(len(seats), dtype=np.int64)
    before = np.empty(len(seats), dtype=np.int64)
    done = np.empty(len(seats), dtype=np.bool_)
    for child in order:
        g = group[child]
        if shut[g]:
            continue
        length[:] = FAR
        for e in range(starts[g], starts[g + 1]):
            s = schools[e]
            if metres[e] + price[s] < length[s]:
                length[s], entry[s] = metres[e] + price[s], e
        end = _search_seat(seating, free, price, length, before, done)
        if end == NOWHERE:
            shut[g] = True
            continue
        kept[child] = True
        free[end] -= 1
        for s in range(len(seats)):
            if done[s]:
                price[s] += length[end] - length[s]
        at = end
        while before[at] != NOWHERE:
            _move(seating, before[at], at)
            at = before[at]
        _enter(seating, entry[at])
    return kept, seating.seated, price


def _shortest_way(
    seating: Seating,
    free: Ints,
    price: Ints,
    length: Ints,
    before: Ints,
    done: npt.NDArray[np.bool_],
) -> int:
    """Return the nearest school with a free seat, moves counted in (Dijkstra's algorithm), or NOWHERE."""
    before[:] = NOWHERE
    done[:] = False
    while True:
        at = NOWHERE
        for s in range(len(free)):
            if not done[s] and length[s] < FAR and (at == NOWHERE or length[s] < length[at]):
                at = s
        if at == NOWHERE or free[at] > 0:
            return at
        done[at] = True
        for s in range(len(free)):
            if not done[s] and seating.least[at, s] < FAR:
                there = length[at] + seating.least[at, s] + price[s] - price[at]
                if there < length[s]:
                    length[s], before[s] = there, at


def _share_loop(
    order: Ints,
    group: Ints,
    seating: Seating,
    many: Ints,
    spare: Ints,
    loose: npt.NDArray[np.bool_],
) -> Ints:
    """Return the entry of each child of the order, from a seating with `many` children at each entry.

    All entries may be used, and schools that are not `loose` must stay full; `spare` seats are free.
    `seating` and `spare` are changed.
    """
    starts, schools, _, _ = seating.entries
    for e in range(len(many)):
        for _ in range(many[e]):
            _enter(seating, e)
    # an entry that cannot be had once cannot be had later, when more children are fixed
    reading = starts[:-1].copy()
    chosen = np.full(len(group), NOWHERE, dtype=np.int64)
    own = np.full(len(spare), NOWHERE, dtype=np.int64)
    before = np.empty(len(spare), dtype=np.int64)
    freed = np.empty(len(spare), dtype=np.bool_)
    queue = np.empty(len(spare), dtype=np.int64)
    for child in order:
        g = group[child]
        own[:] = NOWHERE
        for e in range(starts[g], starts[g + 1]):
            if seating.seated[e] > 0:
                own[schools[e]] = e
        while reading[g] < starts[g + 1]:
            end = _search_swap(seating, schools[reading[g]], own, spare, loose, before, freed, queue)
            if end != NOWHERE:
                chosen[child] = reading[g]
                _leave(seating, own[end])
                at = end
                while before[at] != NOWHERE:
                    if freed[at]:
                        spare[before[at]] -= 1
                        spare[at] += 1
                    else:
                        _move(seating, before[at], at)
                    at = before[at]
                break
            reading[g] += 1
    return chosen


def _chain_of_moves(
    seating: Seating,
    start: int,
    own: Ints,
    spare: Ints,
    loose: npt.NDArray[np.bool_],
    before: Ints,
    freed: npt.NDArray[np.bool_],
    queue: Ints,
) -> int:
    """Return the first school on a chain of moves from `start` at which the child's group sits, or NOWHERE.

    A step is a move of one child, or, once, from a school that takes one more on a spare seat to a loose
    one, that may have one less (`freed`).
    """
    seen = np.zeros(len(spare), dtype=np.bool_)
    before[:] = NOWHERE
    freed[:] = False
    seen[start] = True
    queue[0] = start
    head, tail, crossed = 0, 1, False
    while head < tail:
        at = queue[head]
        head += 1
        if own[at] != NOWHERE:
            return int(at)
        cross = spare[at] > 0 and not crossed
        crossed = crossed or cross
        for s in range(len(spare)):
            if seen[s]:
                continue
            move = seating.least[at, s] < FAR
            if move or (cross and loose[s]):
                seen[s] = True
                before[s], freed[s] = at, not move
                queue[tail] = s
                tail += 1
    return NOWHERE


def _enter_entry(seating: Seating, entry: int) -> None:
    seating.seated[entry] += 1
    if seating.seated[entry] > 1:
        return
    school = seating.entries.schools[entry]
    place = seating.first[school] + seating.holding[school]
    seating.held[place], seating.place[entry] = entry, place
    seating.holding[school] += 1
    _offer(seating, entry)


def _leave_entry(seating: Seating, entry: int) -> None:
    seating.seated[entry] -= 1
    if seating.seated[entry] > 0:
        return
    school = seating.entries.schools[entry]
    seating.holding[school] -= 1
    first, last = seating.first[school], seating.first[school] + seating.holding[school]
    seating.held[seating.place[entry]] = seating.held[last]
    seating.place[seating.held[last]] = seating.place[entry]
    stale = False
    for s in range(len(seating.holding)):
        if seating.leaving[school, s] == entry:
            seating.least[school, s], seating.leaving[school, s] = FAR, NOWHERE
            stale = True
    if stale:
        for place in range(first, last):
            _offer(seating, seating.held[place])


def _offer_moves(seating: Seating, entry: int) -> None:
    """Let the children at an entry move wherever they are cheaper to move than all seen before."""
    starts, schools, owner, metres = seating.entries
    school, g = schools[entry], owner[entry]
    for other in range(starts[g], starts[g + 1]):
        extra = metres[other] - metres[entry]
        if extra < seating.least[school, schools[other]]:
            seating.least[school, schools[other]] = extra
            seating.leaving[school, schools[other]] = entry
            seating.taking[school, schools[other]] = other


def _move_one(seating: Seating, here: int, there: int) -> None:
    taking = seating.taking[here, there]
    _leave(seating, seating.leaving[here, there])
    _enter(seating, taking)


_Kernel = Callable[..., Any]
_compile = cast(Any, njit)
_offer = cast(_Kernel, _compile(cache=True, nogil=True)(_offer_moves))
_enter = cast(_Kernel, _compile(cache=True, nogil=True)(_enter_entry))
_leave = cast(_Kernel, _compile(cache=True, nogil=True)(_leave_entry))
_move = cast(_Kernel, _compile(cache=True, nogil=True)(_move_one))
_search_seat = cast(_Kernel, _compile(cache=True, nogil=True)(_shortest_way))
_search_swap = cast(_Kernel, _compile(cache=True, nogil=True)(_chain_of_moves))
seat_in_turn = cast(_Kernel, _compile(cache=True, nogil=True)(_seat_loop))
share_ties = cast(_Kernel, _compile(cache=True, nogil=True)(_share_loop))
