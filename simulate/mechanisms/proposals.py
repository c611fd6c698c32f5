"""Children propose, schools hold the best: the kernel of deferred, parallel and immediate acceptance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from numba import njit

from simulate.mechanisms.contest import NEVER, NOWHERE, Contest
from simulate.ragged import walk

EVERYTHING = int(np.iinfo(np.int32).max)


def in_bands(contest: Contest, bands: tuple[int, ...]) -> npt.NDArray[np.int32]:
    """Hold proposals within a band of choices, and make them final between bands.

    Parameters
    ----------
    contest : Contest
        Lists in order of preference. Without `rank`, the order serves all schools.
    bands : tuple of int
        How many choices each band holds; the last one repeats.

    Returns
    -------
    array of int32, shape (m,)
        The school of each child, or `NOWHERE`.

    Notes
    -----
    Chen and Kesten (2017), section 2, for each band:

    1. Each child without a final school proposes to its best choice in the band that has not refused it.
    2. Each school holds the best proposers by its own order, up to its free seats, and refuses the rest.
    3. When nobody is refused, what is held becomes final, the seats are gone, and the next band begins.
    """
    if any(band < 1 for band in bands) or not bands:
        raise ValueError(f"bands are {bands}: at least one band, each of at least one choice")
    if contest.unit is not None:
        raise ValueError("children of one unit are seated together only where one order serves all schools")
    own = own_lists(contest)
    school = np.full(len(contest.order), NOWHERE, dtype=np.int32)
    free = contest.seats.astype(np.int64).copy()
    reading = own.starts[:-1].copy()
    for high in band_ends(own.choice, bands):
        if own.ties is None:
            _propose(own.starts, own.schools, own.rank, own.choice, high, reading, free, school)
        else:
            hold_whole_classes(own, own.ties, high, reading, free, school)
    return school


def band_ends(choice: npt.NDArray[np.int32], bands: tuple[int, ...]) -> list[int]:
    """Return the first choice that is not in each band any more, until the bands hold all choices.

    Examples
    --------
    >>> band_ends(np.arange(6, dtype=np.int32), (2, 3)), band_ends(np.arange(6, dtype=np.int32), (EVERYTHING,))
    ([2, 5, 6], [6])
    """
    last = int(choice.max(initial=-1)) + 1
    ends: list[int] = []
    while not ends or ends[-1] < last:
        band = bands[min(len(ends), len(bands) - 1)]
        ends.append(min((ends[-1] if ends else 0) + band, last))
    return ends


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLists:
    """A contest with one list a child: entries with school, rank, choice and, where wanted, tie class."""

    starts: npt.NDArray[np.int64]
    schools: npt.NDArray[np.int32]
    rank: npt.NDArray[np.int64]
    choice: npt.NDArray[np.int32]
    ties: npt.NDArray[np.int64] | None


def own_lists(contest: Contest) -> OwnLists:
    """Return a contest with a list for each child; where one order serves all, it is every school's."""
    if contest.rank is not None:
        starts, schools, rank, ties = contest.starts, contest.schools, contest.rank, contest.ties
        choice = contest.choice
    else:
        lengths = contest.list_lengths[contest.group]
        child, place = walk(lengths)
        entry = contest.starts[contest.group][child] + place
        position = np.empty(len(contest.order), dtype=np.int64)
        position[contest.order] = np.arange(len(contest.order))
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        schools, rank = contest.schools[entry].astype(np.int32), position[child]
        ties = None if contest.ties is None else contest.ties[child]
        choice = None if contest.choice is None else contest.choice[entry]
    if choice is None:
        choice = walk(np.diff(starts))[1].astype(np.int32)
    return OwnLists(starts=starts, schools=schools, rank=rank, choice=choice, ties=ties)


def hold_whole_classes(
    own: OwnLists,
    ties: npt.NDArray[np.int64],
    high: int,
    reading: npt.NDArray[np.int64],
    free: npt.NDArray[np.int64],
    school: npt.NDArray[np.int32],
) -> None:
    """Run one band in which a tie class is held whole: `reading`, `free` and `school` are changed.

    Notes
    -----
    A school refuses its lowest class only if the classes above it fill its seats already (the stable
    score limits of Biró and Kiselgof 2015, section 3: the most permissive ones). In rounds over arrays:
    each child without a final school stands at its best entry that has not refused it; each school counts
    its classes; who stands below the limit moves on. Limits only tighten, so the rounds end.

    References
    ----------
    Biró, P. and Kiselgof, S. (2015). College admissions with stable score-limits. Central European Journal
    of Operations Research 23.
    """
    open_ = np.flatnonzero(school == NOWHERE)
    limit = np.where(free > 0, np.iinfo(np.int64).max, -1)
    refusing = own.rank == NEVER
    while True:
        at = reading[open_]
        inside = at < own.starts[open_ + 1]
        inside[inside] = own.choice[at[inside]] < high
        refused = np.zeros(len(open_), dtype=np.bool_)
        refused[inside] = refusing[at[inside]] | (ties[at[inside]] > limit[own.schools[at[inside]]])
        if refused.any():
            reading[open_[refused]] += 1
            continue
        tightened = _tighten(own.schools[at[inside]], ties[at[inside]], free, limit)
        if not tightened:
            break
    held = open_[inside]
    school[held] = own.schools[reading[held]]
    free -= np.minimum(np.bincount(school[held], minlength=len(free)), free)


def _tighten(
    asked: npt.NDArray[np.int32],
    classes: npt.NDArray[np.int64],
    free: npt.NDArray[np.int64],
    limit: npt.NDArray[np.int64],
) -> bool:
    """Lower the limits of schools whose classes above the lowest fill their seats; say whether any did."""
    order = np.lexsort((classes, asked))
    by_school, by_class = asked[order], classes[order]
    first = np.searchsorted(by_school, by_school, side="left")
    place = np.arange(len(order)) - first
    # the class of the child on the last seat is the last class that gets in
    last_seat = place == free[by_school] - 1
    new = limit.copy()
    new[by_school[last_seat]] = np.minimum(limit[by_school[last_seat]], by_class[last_seat])
    below = by_class > new[by_school]
    changed = bool(below.any())
    limit[:] = new
    return changed


def _loop(
    starts: npt.NDArray[np.int64],
    schools: npt.NDArray[np.int32],
    rank: npt.NDArray[np.int64],
    choice: npt.NDArray[np.int32],
    high: int,
    reading: npt.NDArray[np.int64],
    free: npt.NDArray[np.int64],
    school: npt.NDArray[np.int32],
) -> None:
    """Run one band in place: `reading`, `free` and `school` are changed.

    A school's held proposals lie in a slice of `heap` as entries (positions in `rank`). It becomes a heap,
    worst at the root, when the school first overflows; until then nobody needs to be compared.
    """
    children = len(school)
    offset = np.zeros(len(free) + 1, dtype=np.int64)
    for s in range(len(free)):
        offset[s + 1] = offset[s] + free[s]
    heap = np.empty(offset[-1], dtype=np.int64)
    owner = np.empty(offset[-1], dtype=np.int64)
    held = np.zeros(len(free), dtype=np.int64)
    ordered = np.zeros(len(free), dtype=np.bool_)
    final = school != NOWHERE
    for first in range(children):
        if final[first]:
            continue
        child = first
        while True:
            place = reading[child]
            if place >= starts[child + 1] or choice[place] >= high:
                break
            reading[child] += 1
            s = schools[place]
            base, count = offset[s], held[s]
            room = offset[s + 1] - base
            if room == 0 or rank[place] == NEVER:
                continue
            if count < room:
                heap[base + count], owner[base + count] = rank[place], child
                held[s] += 1
                break
            if not ordered[s]:
                for root in range(room // 2 - 1, -1, -1):
                    _sink(heap, owner, base, room, root)
                ordered[s] = True
            if rank[place] > heap[base]:
                continue
            refused = owner[base]
            heap[base], owner[base] = rank[place], child
            _sink(heap, owner, base, room, 0)
            child = refused
    for s in range(len(free)):
        for at in range(offset[s], offset[s] + held[s]):
            school[owner[at]] = s
        free[s] -= held[s]


def _sink_down(
    heap: npt.NDArray[np.int64], owner: npt.NDArray[np.int64], base: int, size: int, root: int
) -> None:
    while True:
        child = 2 * root + 1
        if child >= size:
            return
        if child + 1 < size and heap[base + child + 1] > heap[base + child]:
            child += 1
        if heap[base + root] >= heap[base + child]:
            return
        a, b = base + root, base + child
        heap[a], heap[b] = heap[b], heap[a]
        owner[a], owner[b] = owner[b], owner[a]
        root = child


_Kernel = Callable[..., None]
_compile = cast(Any, njit)
_sink = cast(_Kernel, _compile(cache=True, nogil=True)(_sink_down))
_propose = cast(_Kernel, _compile(cache=True, nogil=True)(_loop))
