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
    own = own_lists(contest, bands)
    school = np.full(len(contest.order), NOWHERE, dtype=np.int32)
    free = contest.seats.astype(np.int64)
    reading = own.starts[:-1].copy()
    rank = packable(own.rank, len(school)) if own.ties is None else own.rank
    for high in band_ends(own.choice, bands):
        if own.ties is None:
            _propose(own.starts, own.schools, rank, own.choice, high, reading, free, school)
        else:
            hold_whole_classes(own, own.ties, high, reading, free, school)
    return school


def band_ends(choice: npt.NDArray[np.int32], bands: tuple[int, ...]) -> list[int]:
    """Return the first choice that is not in each band any more, until the bands hold all choices.

    Examples
    --------
    >>> six = np.arange(6, dtype=np.int32)
    >>> band_ends(six, (2, 3)), band_ends(six, (EVERYTHING,))
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


def own_lists(contest: Contest, bands: tuple[int, ...]) -> OwnLists:
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
    if choice is None and bands == (EVERYTHING,):
        choice = np.zeros(
            len(schools), dtype=np.int32
        )  # one band holds all: nobody asks which choice it is
    elif choice is None:
        choice = walk(np.diff(starts))[1].astype(np.int32)
    return OwnLists(starts=starts, schools=schools, rank=rank, choice=choice, ties=ties)


def packable(rank: npt.NDArray[np.int64], children: int) -> npt.NDArray[np.int64]:
    """Return ranks in the same order that leave room below them for the number of a child.

    Parameters
    ----------
    rank : array of int64, shape (total,)
        Ranks of entries, `NEVER` among them.
    children : int
        How many children there are.

    Returns
    -------
    array of int64, shape (total,)
        The ranks themselves where they are places, that is, nearly always.

    Examples
    --------
    >>> packable(np.array([5, 2, NEVER]), 4).tolist() == [5, 2, NEVER]
    True
    >>> packable(np.array([2**62, -7, NEVER]), 4).tolist() == [1, 0, NEVER]
    True
    """
    limit = NEVER >> (children - 1).bit_length()
    if rank.view(np.uint64).max(initial=0) < limit:  # one look over all; a negative one looks huge
        return rank
    known = rank != NEVER
    if rank[known].view(np.uint64).max(initial=0) < limit:
        return rank
    places = np.empty(int(known.sum()), dtype=np.int64)
    places[np.argsort(rank[known], kind="stable")] = np.arange(len(places))
    packed = np.full(len(rank), NEVER, dtype=np.int64)
    packed[known] = places
    return packed


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

    What a school holds lies in its slice of `heap`: rank above, the child's number in the low bits
    (`packable` ranks leave room), so that one word says both. The slice becomes a heap, worst at the root,
    when the school first overflows; until then nobody needs to be compared. `worst` is the root then.

    Who is refused waits until all others have asked: in which order they ask changes nothing, and rounds go
    through the lists from first to last, which at a million children costs less than jumping about.
    """
    children, count = len(school), len(free)
    bits = 0
    while (1 << bits) < children:
        bits += 1
    mask = (1 << bits) - 1
    offset = np.zeros(count + 1, dtype=np.int64)
    for s in range(count):
        offset[s + 1] = offset[s] + free[s]
    heap = np.empty(offset[-1], dtype=np.int64)
    end = offset[:-1].copy()
    worst = np.full(count, NEVER, dtype=np.int64)
    asking = np.empty(children, dtype=np.int32)
    many = 0
    for first in range(children):
        if school[first] == NOWHERE:
            asking[many] = first
            many += 1
    while many > 0:
        refused = 0
        for turn in range(many):
            child = np.int64(asking[turn])
            place, last = reading[child], starts[child + 1]
            while place < last and choice[place] < high:
                s, key = schools[place], rank[place]
                place += 1
                base, room = offset[s], offset[s + 1] - offset[s]
                if key == NEVER or room == 0:
                    continue
                key = key << bits | child
                if key > worst[s]:
                    continue
                at = end[s]
                if at - base < room:
                    heap[at] = key
                    end[s] = at + 1
                    break
                if worst[s] == NEVER:
                    for root in range(room // 2 - 1, -1, -1):
                        _sink(heap, base, room, root, heap[base + root])
                    worst[s] = heap[base]
                    if key > worst[s]:
                        continue
                asking[refused] = heap[base] & mask  # never ahead of `turn`: each turn refuses at most one
                refused += 1
                _sink(heap, base, room, 0, key)
                worst[s] = heap[base]
                break
            reading[child] = place
        many = refused
    for s in range(count):
        for at in range(offset[s], end[s]):
            school[heap[at] & mask] = s
        free[s] -= end[s] - offset[s]


def _sink_down(heap: npt.NDArray[np.int64], base: int, size: int, root: int, key: int) -> None:
    """Put a key where it belongs at or below a root whose own key is taken out."""
    at = root
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and heap[base + child + 1] > heap[base + child]:
            child += 1
        if key >= heap[base + child]:
            break
        heap[base + at] = heap[base + child]
        at = child
    heap[base + at] = key


_Kernel = Callable[..., None]
_compile = cast(Any, njit)
_sink = cast(_Kernel, _compile(cache=True, nogil=True)(_sink_down))
_propose = cast(_Kernel, _compile(cache=True, nogil=True)(_loop))
