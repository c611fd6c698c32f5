"""The compiled loops that draw children: how many come, and what each is like. Laid out in `sampling`.

All stand in one file: numba's cache looks at the file of the function called, not at those of its callees.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

from simulate.draws.kernels import LOW_BITS, mix

Words = npt.NDArray[np.uint64]
Small = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

GOLDEN = 0x9E3779B97F4A7C15
LARGEST_SEARCHED = 500.0
"""Counts are found by adding probabilities from that of none, exp(-x), where x is up to this; beyond, by
the normal quantile. It is a mean of 500 where the dispersion is 1, and of 10,750 where it is 100."""

GUIDE = 1024
"""Entries of the table in which the search for a drawn value begins."""

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])


def _compile(kernel: _Kernel) -> _Kernel:
    return cast(_Kernel, cast(Any, njit)(cache=True, nogil=True)(kernel))


_mix = _compile(mix)
_GOLDEN = np.uint64(GOLDEN)
_ELEVEN = np.uint64(11)
_POSITION = np.uint64((1 << LOW_BITS) - 1)
_HALF = 0.5
_SPAN = 2.0**53
_BELOW_ONE = 1.0 - 2.0**-53
_SUMMED = 1.0 - 1e-10  # what sums of rounded probabilities surely come to


@_compile
def _uniform(child: Any, key: Words) -> float:
    """Return a number in (0, 1) of a child: one key word (every draw alike) or two (a draw's own)."""
    mixed = _mix(child ^ key[0])
    if len(key) > 1:
        mixed = _mix(mixed ^ key[1])
    # the largest of all would be rounded to 1, which has no quantile
    return min((np.float64(mixed >> _ELEVEN) + _HALF) / _SPAN, _BELOW_ONE)


@_compile
def uniforms(child: Words, key: Words) -> Floats:
    """Return a number in (0, 1) for each child, shape (n,)."""
    result = np.empty(len(child), dtype=np.float64)
    for i in range(len(child)):
        result[i] = _uniform(child[i], key)
    return result


@_compile
def counts_at(share: Floats, mean: Floats, dispersion: float, normal: Floats) -> Small:
    """Return the count of each cell at a share of its distribution, shape (c,).

    Poisson where the dispersion is 1, negative binomial with variance `dispersion` × mean above it, the two
    whole numbers about the mean where it is 0. `normal` holds the normal quantile of each share.
    """
    result = np.zeros(len(mean), dtype=np.int32)
    # minus the logarithm of the share of none, by mean: 1 for Poisson, log(d) / (d - 1) above it
    above = dispersion - 1.0
    fall = np.log1p(above) / above if above > 0.0 else 1.0
    fail, largest = above / max(dispersion, 1.0), LARGEST_SEARCHED / fall
    for c in range(len(mean)):
        m, u = mean[c], min(share[c], _SUMMED)
        if m <= 0.0:
            continue
        if dispersion == 0.0:
            low = np.floor(m)
            # large shares bring the child: more children come to a cell with a larger mean
            result[c] = np.int32(low + (1.0 if u > 1.0 - (m - low) else 0.0))
            continue
        # a larger mean never has fewer children, so what the largest mean searched has is the least here
        searched = min(m, largest)
        size = searched / (dispersion - 1.0) if dispersion > 1.0 else 0.0
        p = np.exp(-searched * fall)
        total, k = p, 0
        # past the mean, what no longer changes the sum never will
        while total < u and (k <= searched or p > total * 1e-17):
            p *= searched / (k + 1.0) if dispersion == 1.0 else (k + size) / (k + 1.0) * fail
            k += 1
            total += p
        if m > largest:
            value = m + normal[c] * np.sqrt(dispersion * m)
            # Cornish and Fisher's first term: the skewness of either distribution is (2 d - 1) / sqrt(d m)
            value += (2.0 * dispersion - 1.0) * (normal[c] * normal[c] - 1.0) / 6.0
            k = max(k, int(np.rint(value)))
        result[c] = np.int32(k)
    return result


@_compile
def spread(counts: Small, base: Words, single: bool) -> tuple[Small, Small, Words]:
    """Return the cell, the serial and the hash of each child, shape (n,) each.

    Where a cell is a single child its hash is the cell's; else it is mixed with the child's number.
    """
    n = 0
    for c in range(len(counts)):
        n += counts[c]
    cell, serial = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int32)
    child = np.empty(n, dtype=np.uint64)
    at = 0
    for c in range(len(counts)):
        for s in range(counts[c]):
            cell[at], serial[at] = c, s
            child[at] = base[c] if single else _mix(base[c] + np.uint64(s + 1) * _GOLDEN)
            at += 1
    return cell, serial, child


@_compile
def values_at(
    child: Words, cell: Small, asked: npt.NDArray[np.bool_], key: Words, cuts: Floats, guide: Small
) -> Small:
    """Return the drawn value of each child as a place on a grid, -1 for a child of a cell not asked.

    `cuts` are the shares at which the next value begins, `guide` where to begin to look for a share.
    """
    result = np.full(len(child), -1, dtype=np.int32)
    for i in range(len(child)):
        if not asked[cell[i]]:
            continue
        u = _uniform(child[i], key)
        place = guide[int(u * GUIDE)]
        while place < len(cuts) and u > cuts[place]:
            place += 1
        result[i] = place
    return result


@_compile
def below(child: Words, cell: Small, share: Floats, key: Words) -> npt.NDArray[np.bool_]:
    """Return whose number lies below the share of its cell, shape (n,)."""
    result = np.zeros(len(child), dtype=np.bool_)
    for i in range(len(child)):
        limit = share[cell[i]]
        if limit > 0.0:
            result[i] = _uniform(child[i], key) < limit
    return result


@_compile
def choices_by_taste(
    child: Words,
    cell: Small,
    starts: Numbers,
    school: Small,
    worth: Floats,
    school_hash: Words,
    popularity: Floats,
    key: Words,
    most: int,
) -> tuple[Numbers, Small]:
    """Return the list of each child: the schools that it likes best of those its cell looks at.

    `worth` is what a school is worth to a cell by distance, `popularity` to everybody.
    """
    total = 0
    for i in range(len(child)):
        total += min(starts[cell[i] + 1] - starts[cell[i]], most)
    listed = np.empty(total, dtype=np.int32)
    ends = np.zeros(len(child) + 1, dtype=np.int64)
    best = np.empty(most, dtype=np.float64)
    at = 0
    for i in range(len(child)):
        kept = 0
        for e in range(starts[cell[i]], starts[cell[i] + 1]):
            s = school[e]
            u = _uniform(child[i] ^ school_hash[s], key)
            liking = worth[e] + popularity[s] - np.log(-np.log(u))
            place = kept
            while place > 0 and best[place - 1] < liking:
                place -= 1
            if place >= most:
                continue
            for later in range(min(kept, most - 1), place, -1):
                best[later] = best[later - 1]
                listed[at + later] = listed[at + later - 1]
            best[place] = liking
            listed[at + place] = s
            kept = min(kept + 1, most)
        at += kept
        ends[i + 1] = at
    return ends, listed[:at].copy()


@_compile
def choices_of_cells(
    cell: Small, starts: Numbers, school: Small, swapped: npt.NDArray[np.bool_]
) -> tuple[Numbers, Small]:
    """Return the list of each child: that of its cell, the first two exchanged where it is `swapped`."""
    ends = np.zeros(len(cell) + 1, dtype=np.int64)
    for i in range(len(cell)):
        ends[i + 1] = ends[i] + starts[cell[i] + 1] - starts[cell[i]]
    listed = np.empty(ends[-1], dtype=np.int32)
    for i in range(len(cell)):
        first, at = starts[cell[i]], ends[i]
        for e in range(ends[i + 1] - at):
            listed[at + e] = school[first + e]
        if swapped[i] and ends[i + 1] - at > 1:
            listed[at], listed[at + 1] = listed[at + 1], listed[at]
    return ends, listed


@_compile
def in_order(places: Small, levels: int, code: Numbers, greatest_first: bool) -> None:
    """Add a key to the codes of an order: what comes first is smaller, what is absent comes last."""
    for i in range(len(code)):
        place = places[i]
        step = levels if place < 0 else (levels - 1 - place if greatest_first else place)
        code[i] = code[i] * (levels + 1) + step


@_compile
def ticket_places(ordered: Words) -> tuple[Small, Small]:
    """Return the children of entries in order (`simulate.draws.kernels`), and the place of each in it."""
    by_ticket = np.empty(len(ordered), dtype=np.int32)
    rank = np.empty(len(ordered), dtype=np.int32)
    for place in range(len(ordered)):
        child = np.int32(ordered[place] & _POSITION)
        by_ticket[place] = child
        rank[child] = place
    return by_ticket, rank
