"""The compiled loops over draws. What is handed to them is checked and laid out in `counts`.

All stand in one file: numba's cache looks at the file of the function called, not at those of its callees.

An *entry* of a child is one word: its number in the high bits, its position in the low ones, so that
sorting words sorts children. A *row* is a child's list, filled up with a school where there is always a
seat: then no loop asks where the list ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

Words = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.uint32]

NUMBER_BITS = 36
"""How many bits of a child's hash decide; the other 28 of a word hold its position and a tier."""

LOW_BITS = 64 - NUMBER_BITS
_LOW_SHIFT = np.uint64(LOW_BITS)
_LOW = np.uint64((1 << LOW_BITS) - 1)
_NUMBER = np.uint64((1 << NUMBER_BITS) - 1)
_NEVER_FULL = np.uint64(2**64 - 1)
_ONE = np.uint32(1)

TOGETHER = 64
"""How many children's lists are fetched at once: enough to hide memory, few enough to stay in the cache."""

MOST_BUCKETS = 20
"""Numbers are sorted by at most so many bits at first: more buckets would not stay in the cache."""

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])


def _compile(kernel: _Kernel) -> _Kernel:
    return cast(_Kernel, cast(Any, njit)(cache=True, nogil=True)(kernel))


_FIRST, _SECOND, _THIRD = np.uint64(30), np.uint64(27), np.uint64(31)
_TIMES, _TIMES_AGAIN = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def mix(word: Any) -> Any:
    """Return SplitMix64's finaliser of a word, or of an array of them: one to one, and each bit moves all.

    References
    ----------
    Steele, G. L., Lea, D. and Flood, C. H. (2014). Fast splittable pseudorandom number generators. OOPSLA,
    with the constants of Stafford's variant 13, as in java.util.SplittableRandom.
    """
    word = (word ^ (word >> _FIRST)) * _TIMES
    word = (word ^ (word >> _SECOND)) * _TIMES_AGAIN
    return word ^ (word >> _THIRD)


_mix = _compile(mix)


@_compile
def order_of_draw(
    labels: Words,
    position: npt.NDArray[np.uint32],
    segments: npt.NDArray[np.int64],
    key: Words,
    entries: Words,
    ordered: Words,
    buckets: npt.NDArray[np.uint32],
) -> None:
    """Put the entries of each segment in the order of the draw, into `ordered`.

    Numbers are spread evenly, so buckets of about half a child each leave an almost sorted array, and
    insertion mends it: half the time of a radix sort.
    """
    before, after = key[0], key[1]
    for i in range(len(labels)):
        number = _mix(_mix(labels[i] ^ before) ^ after)
        entries[i] = (number & ~_LOW) | np.uint64(position[i])
    for t in range(len(segments) - 1):
        first, end = segments[t], segments[t + 1]
        bits = 1
        while (1 << bits) < 2 * (end - first) and bits < MOST_BUCKETS:
            bits += 1
        shift = np.uint64(64 - bits)
        buckets[: 1 << bits] = 0
        for i in range(first, end):
            buckets[entries[i] >> shift] += _ONE
        start = np.uint32(first)
        for b in range(1 << bits):
            size = buckets[b]
            buckets[b] = start
            start += size
        for i in range(first, end):
            entry = entries[i]
            b = entry >> shift
            ordered[buckets[b]] = entry
            buckets[b] += _ONE
        for i in range(first + 1, end):
            entry = ordered[i]
            at = i
            while at > first and ordered[at - 1] > entry:
                ordered[at] = ordered[at - 1]
                at -= 1
            ordered[at] = entry


@_compile
def _take_in_turn(
    ordered: Words, rows: npt.NDArray[Any], free: npt.NDArray[np.int32], got: npt.NDArray[np.int32]
) -> None:
    """Let each child take the first school of its row that has a seat: `free` and `got` are changed."""
    nobody, none = len(free) - 1, rows.shape[1] - 1
    who, wants = np.empty(TOGETHER, dtype=np.int64), np.empty(TOGETHER, dtype=np.int64)
    for begin in range(0, len(ordered), TOGETHER):
        size = min(TOGETHER, len(ordered) - begin)
        for i in range(size):
            child = np.int64(ordered[begin + i] & _LOW)
            who[i] = child
            wants[i] = rows[child, 0]
        for i in range(size):
            child, school, choice = who[i], wants[i], 0
            while free[school] <= 0:
                choice += 1
                school = np.int64(rows[child, choice])
            free[school] -= 1
            got[child] = choice if school != nobody else none


@_compile
def _sink(heap: Words, base: int, size: int, root: int, key: np.uint64) -> None:
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


@_compile
def _propose_in_turn(
    ordered: Words,
    rows: npt.NDArray[Any],
    tier_bits: int,
    position_bits: int,
    offset: npt.NDArray[np.int64],
    heap: Words,
    end: npt.NDArray[np.int64],
    worst: Words,
    got: npt.NDArray[np.int32],
) -> None:
    """Let children propose down their rows while schools hold the best: all from `heap` on is changed.

    A row's item is school << tier_bits | tier. What a school holds lies in its slice of `heap` as tier,
    number and position in one word; it becomes a heap, worst at the root, when the school first overflows.
    """
    nobody, none = len(offset) - 1, rows.shape[1] - 1
    tier_mask = (1 << tier_bits) - 1
    shift = np.uint64(position_bits)
    tier_shift = np.uint64(position_bits + NUMBER_BITS)
    number_mask, position_mask = _NUMBER << shift, np.uint64((1 << position_bits) - 1)
    who, wants = np.empty(TOGETHER, dtype=np.uint64), np.empty(TOGETHER, dtype=np.int64)
    for school in range(nobody):
        end[school] = offset[school]
        # a school without a seat refuses everybody; a full one whoever is worse than its worst
        worst[school] = _NEVER_FULL if offset[school + 1] > offset[school] else np.uint64(0)
    for begin in range(0, len(ordered), TOGETHER):
        size = min(TOGETHER, len(ordered) - begin)
        for i in range(size):
            entry = ordered[begin + i]
            who[i] = entry
            wants[i] = rows[np.int64(entry & _LOW), 0]
        for i in range(size):
            number = (who[i] >> _LOW_SHIFT) << shift
            child, item, choice = np.int64(who[i] & _LOW), wants[i], 0
            while True:
                school = item >> tier_bits
                if school == nobody:
                    got[child] = none
                    break
                key = (np.uint64(item & tier_mask) << tier_shift) | number | np.uint64(child)
                if key < worst[school]:
                    at, base = end[school], offset[school]
                    if at < offset[school + 1]:
                        heap[at] = key
                        end[school] = at + 1
                        got[child] = choice
                        break
                    if worst[school] == _NEVER_FULL:
                        for root in range((at - base) // 2 - 1, -1, -1):
                            _sink(heap, base, at - base, root, heap[base + root])
                        worst[school] = heap[base]
                    if key < worst[school]:
                        got[child] = choice
                        refused = worst[school]
                        _sink(heap, base, at - base, 0, key)
                        worst[school] = heap[base]
                        child, number = np.int64(refused & position_mask), refused & number_mask
                        choice = int(got[child])
                choice += 1
                item = np.int64(rows[child, choice])


@_compile
def count_serial(
    labels: Words,
    position: npt.NDArray[np.uint32],
    segments: npt.NDArray[np.int64],
    rows: npt.NDArray[Any],
    seats: npt.NDArray[np.int32],
    keys: Words,
    counts: Counts,
) -> None:
    """Add to `counts` what serial dictatorship gives in each draw."""
    entries, ordered = np.empty(len(labels), dtype=np.uint64), np.empty(len(labels), dtype=np.uint64)
    buckets = np.empty(1 << MOST_BUCKETS, dtype=np.uint32)
    got = np.empty(len(labels), dtype=np.int32)
    free = np.empty_like(seats)
    for d in range(len(keys)):
        order_of_draw(labels, position, segments, keys[d], entries, ordered, buckets)
        free[:] = seats
        _take_in_turn(ordered, rows, free, got)
        for child in range(len(got)):
            counts[child, got[child]] += _ONE


@_compile
def count_deferred(
    labels: Words,
    position: npt.NDArray[np.uint32],
    segments: npt.NDArray[np.int64],
    rows: npt.NDArray[Any],
    tier_bits: int,
    position_bits: int,
    offset: npt.NDArray[np.int64],
    keys: Words,
    counts: Counts,
) -> None:
    """Add to `counts` what deferred acceptance gives in each draw."""
    entries, ordered = np.empty(len(labels), dtype=np.uint64), np.empty(len(labels), dtype=np.uint64)
    buckets = np.empty(1 << MOST_BUCKETS, dtype=np.uint32)
    got = np.empty(len(labels), dtype=np.int32)
    heap = np.empty(offset[-1], dtype=np.uint64)
    end, worst = np.empty(len(offset), dtype=np.int64), np.empty(len(offset), dtype=np.uint64)
    for d in range(len(keys)):
        order_of_draw(labels, position, segments, keys[d], entries, ordered, buckets)
        _propose_in_turn(ordered, rows, tier_bits, position_bits, offset, heap, end, worst, got)
        for child in range(len(got)):
            counts[child, got[child]] += _ONE
