"""Times from a day to a day, of many children at once: one time, shared days, how many months and days.

Days are whole numbers from 1970-01-01; both ends of a time belong to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
FIRST, LAST = -800_000, 3_000_000
"""What a blank beginning and a blank end stand for: before and after every date that a table can have."""
_SPAN = 1 << 23  # more than LAST - FIRST, so that a child's days never reach into the next child's


@dataclass(frozen=True, slots=True, kw_only=True)
class Spells:
    """Times of children, in order of child and day; of one child none overlaps or touches another.

    Parameters
    ----------
    child, start, end : array of int64, shape (m,)
    """

    child: Ints
    start: Ints
    end: Ints


def blocks(child: Ints, start: Ints, end: Ints, *, gap: int) -> tuple[Ints, Ints, Ints]:
    """Return the order of rows by child and start, the block of each in that order, and its reach.

    Rows of a child are of one block where each begins at most `gap` days after the end of those before
    it: 1 joins what touches, 0 only what shares a day.
    """
    order = np.lexsort((start, child))
    base = child[order] * _SPAN
    reach = np.maximum.accumulate(base + end[order] - FIRST)
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = base[1:] + start[order][1:] - FIRST > reach[:-1] + gap
    return order, np.cumsum(new) - 1, reach


def merged(child: Ints, start: Ints, end: Ints) -> Spells:
    """Return times as spells: what overlaps or touches becomes one.

    Examples
    --------
    >>> one = merged(np.zeros(3, int), np.array([11, 1, 30]), np.array([20, 10, 40]))
    >>> one.start.tolist(), one.end.tolist()
    ([1, 30], [20, 40])
    """
    order, block, reach = blocks(child, start, end, gap=1)
    first = np.flatnonzero(np.diff(block, prepend=-1))
    last = np.append(first[1:], len(order)) - 1 if len(order) else first
    whose = child[order][first]
    return Spells(child=whose, start=start[order][first], end=reach[last] - whose * _SPAN + FIRST)


def shared(spells: Sequence[Spells]) -> Spells:
    """Return the days on which all of them hold at once.

    Examples
    --------
    >>> one = merged(np.zeros(1, int), np.array([1]), np.array([10]))
    >>> two = merged(np.zeros(2, int), np.array([4, 9]), np.array([5, 30]))
    >>> shared([one, two]).start.tolist(), shared([one, two]).end.tolist()
    ([4, 9], [5, 10])
    """
    if len(spells) == 1:
        return spells[0]
    child = np.concatenate([one.child for one in spells for _ in "se"])
    day = np.concatenate([days for one in spells for days in (one.start, one.end + 1)])
    step = np.concatenate([np.full(len(one.child), way) for one in spells for way in (1, -1)])
    order = np.lexsort((step, day, child))
    child, day = child[order], day[order]
    # within a child all steps add up to 0, so the next child begins at 0
    whole = np.cumsum(step[order])[:-1] == len(spells)
    whole &= day[1:] > day[:-1]
    at = np.flatnonzero(whole)
    return merged(child[at], day[at], day[at + 1] - 1)


def days_of(spells: Spells, children: int) -> Ints:
    """Return how many days each child has, shape (children,)."""
    return _sum(spells.child, spells.end - spells.start + 1, children)


def months_of(spells: Spells, children: int, *, whole: bool = False) -> Ints:
    """Return how many months each child has: any of whose days counts, or only all of whose days do.

    Examples
    --------
    >>> days = np.array(["2023-01-31", "2023-03-31"], dtype="datetime64[D]").astype(int)
    >>> spells = merged(np.zeros(1, int), days[:1], days[1:])
    >>> months_of(spells, 1).tolist(), months_of(spells, 1, whole=True).tolist()
    ([3], [2])
    """
    if whole:
        # whole months of spells that do not touch are never the same
        first = _month(spells.start - 1) + 1
        last = _month(spells.end + 1) - 1
        there = first <= last
        return _sum(spells.child[there], (last - first + 1)[there], children)
    months = merged(spells.child, _month(spells.start), _month(spells.end))
    return _sum(months.child, months.end - months.start + 1, children)


def _month(day: Ints) -> Ints:
    return day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _sum(child: Ints, amount: Ints, children: int) -> Ints:
    total = np.zeros(children, dtype=np.int64)
    np.add.at(total, child, amount)
    return total
