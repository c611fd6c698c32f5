"""Children propose, schools hold the best: the kernel of deferred, parallel and immediate acceptance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from numba import njit

from simulate.mechanisms.contest import NEVER, NOWHERE, Contest

EVERYTHING = np.iinfo(np.int64).max


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
    own = _own_lists(contest)
    school = np.full(len(contest.order), NOWHERE, dtype=np.int32)
    free = contest.seats.astype(np.int64).copy()
    longest = int(np.diff(own[0]).max(initial=0))
    low, number = 0, 0
    while low < longest:
        band = bands[min(number, len(bands) - 1)]
        high = min(low + band, longest)
        _propose(*own, low, high, free, school)
        low, number = high, number + 1
    return school


def _own_lists(
    contest: Contest,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Return starts, schools and ranks with one list a child."""
    if contest.rank is not None:
        return contest.starts, contest.schools, contest.rank
    from simulate.ragged import walk

    lengths = contest.list_lengths[contest.group]
    child, place = walk(lengths)
    entry = contest.starts[contest.group][child] + place
    position = np.empty(len(contest.order), dtype=np.int64)
    position[contest.order] = np.arange(len(contest.order))
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return starts, contest.schools[entry].astype(np.int32), position[child]


def _loop(
    starts: npt.NDArray[np.int64],
    schools: npt.NDArray[np.int32],
    rank: npt.NDArray[np.int64],
    low: int,
    high: int,
    free: npt.NDArray[np.int64],
    school: npt.NDArray[np.int32],
) -> None:
    """Run one band in place: `free` and `school` are changed.

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
    reading = np.full(children, low, dtype=np.int64)
    for first in range(children):
        if final[first]:
            continue
        child = first
        while True:
            place = starts[child] + reading[child]
            if reading[child] >= high or place >= starts[child + 1]:
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
