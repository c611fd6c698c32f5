"""`least-travel`: the same children as one order would seat, at the least metres they can travel in all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
from numba import njit

from simulate.mechanisms.contest import NOWHERE, Contest
from zoning.travel import UNKNOWN_M

LONGEST_M = 5_000_000
"""No known distance is as long as this."""

UNKNOWN_COUNTS_M = 10_000_000
"""What an unknown distance counts in a sum of metres."""

_FAR = int(np.iinfo(np.int64).max) // 4  # no way there; sums of a few of it still fit

_Ints = npt.NDArray[np.int64]


def least_travel(contest: Contest) -> npt.NDArray[np.int32]:
    """Seat the first children of the order that can all be seated, at the least total distance.

    Parameters
    ----------
    contest : Contest
        One order for all schools, and the metres of every entry. An entry of unknown distance
        (`UNKNOWN_M`) counts 10 000 000 m in the sum, and so comes after all known ones of its list.

    Returns
    -------
    array of int32, shape (m,)
        The school of each child, or `NOWHERE`.

    Raises
    ------
    ValueError
        If the contest has no metres, a negative distance or a known one of 5 000 000 m or more, or if it
        has orders of the schools, tie classes or units.
    RuntimeError
        If the result could not be proved to be the minimum (which would be an error of this module).

    Notes
    -----
    1. The set: in the order, a child is kept if it can be seated together with all kept before it, who
       may be moved for it. Sets that can be seated are the independent sets of a transversal matroid
       (Edmonds and Fulkerson 1965), so the set is also of the greatest size.
    2. The total: that set is seated so that the sum of metres is least, a transportation problem
       (Hitchcock 1941). Steps 1 and 2 run together: each child in turn goes the shortest way to a free
       seat, on which others may be moved on, and no shorter total for the children so far is left (Ford
       and Fulkerson 1956; seat prices keep all lengths of a way at zero or more). If there is no way, the
       child is not in the set. All numbers are integers.
    3. Ties: among all seatings of that set with the least total, each child in its turn gets its nearest
       school (the earlier entry of its list where metres are equal), given what the children before it
       got. These seatings are the ones that use only entries at which metres plus seat price are least
       for the child, and that fill every school with a price above zero; a child gets an entry if a chain
       of moves among such entries makes room for it.
    4. The result is proved by the prices (linear programming duality, in integers) before it is returned.

    A school that stands twice in a list counts with its shorter distance.

    References
    ----------
    Hitchcock, F. L. (1941). The distribution of a product from several sources to numerous localities.
    Journal of Mathematics and Physics 20.
    Ford, L. R. and Fulkerson, D. R. (1956). Solving the transportation problem. Management Science 3.
    Edmonds, J. and Fulkerson, D. R. (1965). Transversals and matroid partition. Journal of Research of the
    National Bureau of Standards 69B.

    Examples
    --------
    A and B have a seat each. Nearest first would send c1 500 m to A and c2 1500 m to B, 2000 m in all.

    >>> case = Contest(order=np.arange(2), ticket_rank=np.arange(2), group=np.arange(2, dtype=np.int32),
    ...     starts=np.array([0, 2, 4]), schools=np.array([0, 1, 0, 1], np.int32), seats=np.array([1, 1]),
    ...     metres=np.array([500, 600, 400, 1500], np.int32))
    >>> ["AB"[s] for s in least_travel(case)]
    ['B', 'A']
    """
    entries = _entries(contest)
    order, group, seats = _whole_numbers(contest)
    kept, seated, price = _seat(order, group, _nobody_seated(entries, len(seats)), seats)
    tight = _tight(entries, price)
    narrow, many = _only(entries, tight), seated[tight]
    spare = seats - np.bincount(narrow.schools, weights=many, minlength=len(seats)).astype(np.int64)
    chosen = _share(order[kept[order]], group, _nobody_seated(narrow, len(seats)), many, spare, price == 0)
    school = np.full(len(order), NOWHERE, dtype=np.int32)
    school[chosen != NOWHERE] = narrow.schools[chosen[chosen != NOWHERE]]
    if not (np.array_equal(school != NOWHERE, kept) and _proved(entries, group, seats, price, school)):
        raise RuntimeError("least-travel found a seating that its prices do not prove to be the minimum")
    return school


def prices(contest: Contest, school: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Return the metres that the children seated would save in all if a school had one more seat.

    Parameters
    ----------
    contest : Contest
        As for `least_travel`.
    school : array of int32, shape (m,)
        A seating of least total distance for the children whom it seats, as `least_travel` gives it.

    Returns
    -------
    array of int64, shape (s,)
        Whole metres; 0 where a seat is free.

    Raises
    ------
    ValueError
        As `least_travel`, and if the children seated could be seated with fewer metres, or not so at all.

    Notes
    -----
    They are the lowest prices that prove the minimum: metres plus price are least, over the list of each
    child, at the school where it is seated, and only full schools have a price above zero.

    Examples
    --------
    Two children live 100 m from A, which has one seat, and 700 m from B, which has five.

    >>> case = Contest(order=np.arange(2), ticket_rank=np.arange(2), group=np.zeros(2, np.int32),
    ...     starts=np.array([0, 2]), schools=np.array([0, 1], np.int32), seats=np.array([1, 5]),
    ...     metres=np.array([100, 700], np.int32))
    >>> prices(case, least_travel(case))
    array([600,   0])
    """
    entries = _entries(contest)
    order, group, seats = _whole_numbers(contest)
    inside = order[school[order] != NOWHERE]
    price: _Ints = _seat(inside, group, _nobody_seated(entries, len(seats)), seats)[2]
    if not _proved(entries, group, seats, price, school):
        raise ValueError("the seating is not one of least total distance for the children whom it seats")
    return price


class _Entries(NamedTuple):
    """The lists one after the other; tuples here, not dataclasses, since compiled code takes only them."""

    starts: _Ints
    schools: _Ints
    owner: _Ints
    metres: _Ints


class _Seating(NamedTuple):
    """How many sit at each entry, and the cheapest move of one child from any school to any other.

    The entries with somebody on them stand in `held`, those of school s in a slice from `first[s]`,
    `holding[s]` long; `place` is where. `least[v, w]` are the metres added by the cheapest move from v to
    w, `leaving` and `taking` the two entries of it.
    """

    entries: _Entries
    seated: _Ints
    held: _Ints
    first: _Ints
    holding: _Ints
    place: _Ints
    least: _Ints
    leaving: _Ints
    taking: _Ints


def _entries(contest: Contest) -> _Entries:
    """Return the entries of a contest, unknown distances as they count, or raise."""
    if contest.rank is not None or contest.ties is not None or contest.unit is not None:
        raise ValueError("least-travel wants one order for all schools, without tie classes and units")
    if contest.metres is None:
        raise ValueError("least-travel wants the metres of every entry of the lists")
    metres = contest.metres.astype(np.int64)
    unknown = metres == UNKNOWN_M
    wrong = np.flatnonzero(~unknown & ((metres < 0) | (metres >= LONGEST_M)))
    if len(wrong):
        raise ValueError(
            f"entry {wrong[0]} is {metres[wrong[0]]} m away: a known distance is 0 m or more, "
            f"and less than {LONGEST_M} m"
        )
    metres[unknown] = UNKNOWN_COUNTS_M
    lengths = contest.list_lengths
    return _Entries(
        starts=contest.starts.astype(np.int64),
        schools=contest.schools.astype(np.int64),
        owner=np.repeat(np.arange(len(lengths), dtype=np.int64), lengths),
        metres=metres,
    )


def _whole_numbers(contest: Contest) -> tuple[_Ints, _Ints, _Ints]:
    """Return order, group and seats (no seats where fewer than none are free)."""
    seats = np.maximum(contest.seats.astype(np.int64), 0)
    return contest.order.astype(np.int64), contest.group.astype(np.int64), seats


def _nobody_seated(entries: _Entries, schools: int) -> _Seating:
    total = len(entries.schools)
    listed = np.bincount(entries.schools, minlength=schools)
    return _Seating(
        entries=entries,
        seated=np.zeros(total, dtype=np.int64),
        held=np.empty(total, dtype=np.int64),
        first=np.concatenate([[0], np.cumsum(listed)]).astype(np.int64),
        holding=np.zeros(schools, dtype=np.int64),
        place=np.empty(total, dtype=np.int64),
        least=np.full((schools, schools), _FAR, dtype=np.int64),
        leaving=np.full((schools, schools), NOWHERE, dtype=np.int64),
        taking=np.full((schools, schools), NOWHERE, dtype=np.int64),
    )


def _tight(entries: _Entries, price: _Ints) -> _Ints:
    """Return the entries at which metres plus price are least for their list, the nearest of each first."""
    dear = entries.metres + price[entries.schools]
    least = np.full(len(entries.starts) - 1, _FAR, dtype=np.int64)
    np.minimum.at(least, entries.owner, dear)
    tight = np.flatnonzero(dear == least[entries.owner])
    # a stable sort, so that the earlier entry stays first among equal metres
    return tight[np.lexsort((entries.metres[tight], entries.owner[tight]))]


def _only(entries: _Entries, some: _Ints) -> _Entries:
    lengths = np.bincount(entries.owner[some], minlength=len(entries.starts) - 1)
    return _Entries(
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        schools=entries.schools[some],
        owner=entries.owner[some],
        metres=np.zeros(len(some), dtype=np.int64),  # among them a move costs nothing, prices counted in
    )


def _proved(
    entries: _Entries, group: _Ints, seats: _Ints, price: _Ints, school: npt.NDArray[np.int32]
) -> bool:
    """Say whether the prices prove that the children seated cannot be seated with fewer metres."""
    taken = np.bincount(school[school != NOWHERE], minlength=len(seats))
    tight = _tight(entries, price)
    allowed = entries.owner[tight] * len(seats) + entries.schools[tight]
    seated = np.flatnonzero(school != NOWHERE)
    return bool(
        (price >= 0).all()
        and (taken <= seats).all()
        and (taken == seats)[price > 0].all()
        and np.isin(group[seated] * len(seats) + school[seated], allowed).all()
    )


def _seat_loop(
    order: _Ints, group: _Ints, seating: _Seating, seats: _Ints
) -> tuple[npt.NDArray[np.bool_], _Ints, _Ints]:
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
        length[:] = _FAR
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
    seating: _Seating,
    free: _Ints,
    price: _Ints,
    length: _Ints,
    before: _Ints,
    done: npt.NDArray[np.bool_],
) -> int:
    """Return the nearest school with a free seat, moves counted in (Dijkstra's algorithm), or NOWHERE."""
    before[:] = NOWHERE
    done[:] = False
    while True:
        at = NOWHERE
        for s in range(len(free)):
            if not done[s] and length[s] < _FAR and (at == NOWHERE or length[s] < length[at]):
                at = s
        if at == NOWHERE or free[at] > 0:
            return at
        done[at] = True
        for s in range(len(free)):
            if not done[s] and seating.least[at, s] < _FAR:
                there = length[at] + seating.least[at, s] + price[s] - price[at]
                if there < length[s]:
                    length[s], before[s] = there, at


def _share_loop(
    order: _Ints,
    group: _Ints,
    seating: _Seating,
    many: _Ints,
    spare: _Ints,
    loose: npt.NDArray[np.bool_],
) -> _Ints:
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
    seating: _Seating,
    start: int,
    own: _Ints,
    spare: _Ints,
    loose: npt.NDArray[np.bool_],
    before: _Ints,
    freed: npt.NDArray[np.bool_],
    queue: _Ints,
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
            move = seating.least[at, s] < _FAR
            if move or (cross and loose[s]):
                seen[s] = True
                before[s], freed[s] = at, not move
                queue[tail] = s
                tail += 1
    return NOWHERE


def _enter_entry(seating: _Seating, entry: int) -> None:
    seating.seated[entry] += 1
    if seating.seated[entry] > 1:
        return
    school = seating.entries.schools[entry]
    place = seating.first[school] + seating.holding[school]
    seating.held[place], seating.place[entry] = entry, place
    seating.holding[school] += 1
    _offer(seating, entry)


def _leave_entry(seating: _Seating, entry: int) -> None:
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
            seating.least[school, s], seating.leaving[school, s] = _FAR, NOWHERE
            stale = True
    if stale:
        for place in range(first, last):
            _offer(seating, seating.held[place])


def _offer_moves(seating: _Seating, entry: int) -> None:
    """Let the children at an entry move wherever they are cheaper to move than all seen before."""
    starts, schools, owner, metres = seating.entries
    school, g = schools[entry], owner[entry]
    for other in range(starts[g], starts[g + 1]):
        extra = metres[other] - metres[entry]
        if extra < seating.least[school, schools[other]]:
            seating.least[school, schools[other]] = extra
            seating.leaving[school, schools[other]] = entry
            seating.taking[school, schools[other]] = other


def _move_one(seating: _Seating, here: int, there: int) -> None:
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
_seat = cast(_Kernel, _compile(cache=True, nogil=True)(_seat_loop))
_share = cast(_Kernel, _compile(cache=True, nogil=True)(_share_loop))
