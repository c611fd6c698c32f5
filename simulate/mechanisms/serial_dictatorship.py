"""`serial-dictatorship`: one order for all schools; each child in turn takes its best free seat.

积分优先、遵循志愿 by the districts' own worked examples (policy-facts.md, section 0).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from numba import njit

from simulate.mechanisms.contest import NOWHERE, Contest

TOGETHER = 64
"""How many children's lists are fetched at once: enough to hide memory, few enough to stay in the cache."""


def serial_dictatorship(contest: Contest) -> npt.NDArray[np.int32]:
    """Let each child in turn take the first school of its list that has a free seat.

    Parameters
    ----------
    contest : Contest
        Lists in order of preference (choices), or of distance (nearest).

    Returns
    -------
    array of int32, shape (m,)
        The school of each child, or `NOWHERE`.

    Raises
    ------
    ValueError
        If the schools have orders of their own.

    Notes
    -----
    With `ties`, a child tied with the last one seated at a school is seated there too, over its seats.
    With `unit`, the children of a unit take the first school that has a seat for each of them.

    References
    ----------
    Svensson, L.-G. (1999). Strategy-proof allocation of indivisible goods. Social Choice and Welfare 16.

    Examples
    --------
    The case of policy-facts.md, section 2: seats A1 B1 C2; c1 [A, B], c2 [A, B, C], c3 [B, A, C], c4 [A].

    >>> lists = [[0, 1], [0, 1, 2], [1, 0, 2], [0]]
    >>> case = Contest(order=np.arange(4), ticket_rank=np.arange(4), group=np.arange(4, dtype=np.int32),
    ...     starts=np.array([0, 2, 5, 8, 9]), schools=np.array(sum(lists, []), np.int32),
    ...     seats=np.array([1, 1, 2]))
    >>> ["ABC-"[s] for s in serial_dictatorship(case)]
    ['A', 'B', 'C', '-']
    """
    if contest.rank is not None:
        raise ValueError("serial-dictatorship wants one order for all schools")
    arrays = (
        np.ascontiguousarray(contest.order, dtype=np.int64),
        np.ascontiguousarray(contest.group, dtype=np.int32),
        np.ascontiguousarray(contest.starts, dtype=np.int64),
        np.ascontiguousarray(contest.schools, dtype=np.int32),
        np.ascontiguousarray(contest.seats, dtype=np.int64),
    )
    if contest.unit is not None:
        return _take_together(*arrays, contest.unit.astype(np.int64))
    if contest.ties is not None:
        return _take_with_ties(*arrays, contest.ties.astype(np.int64))
    return _take_in_turn(*arrays)


def _loop(
    order: npt.NDArray[np.int64],
    group: npt.NDArray[np.int32],
    starts: npt.NDArray[np.int64],
    schools: npt.NDArray[np.int32],
    seats: npt.NDArray[np.int64],
) -> npt.NDArray[np.int32]:
    free = seats.copy()
    # a school that is full stays full, so a list is read once, however many children share it
    reading = starts[:-1].copy()
    result = np.full(len(order), NOWHERE, dtype=np.int32)
    lists, firsts = np.empty(TOGETHER, dtype=np.int64), np.empty(TOGETHER, dtype=np.int32)
    for begin in range(0, len(order), TOGETHER):
        size = min(TOGETHER, len(order) - begin)
        # fetch what a few children want before any of them takes it: memory is waited for once, not in turn
        for i in range(size):
            g = group[order[begin + i]]
            lists[i] = g
            firsts[i] = schools[reading[g]] if reading[g] < starts[g + 1] else NOWHERE
        for i in range(size):
            g, school = lists[i], firsts[i]
            if school == NOWHERE or free[school] <= 0:
                # a child before may have read on in the same list
                place, end = reading[g], starts[g + 1]
                while place < end and free[schools[place]] <= 0:
                    place += 1
                reading[g] = place
                if place == end:
                    continue
                school = schools[place]
            free[school] -= 1
            result[order[begin + i]] = school
    return result


def _loop_with_ties(
    order: npt.NDArray[np.int64],
    group: npt.NDArray[np.int32],
    starts: npt.NDArray[np.int64],
    schools: npt.NDArray[np.int32],
    seats: npt.NDArray[np.int64],
    ties: npt.NDArray[np.int64],
) -> npt.NDArray[np.int32]:
    free = seats.copy()
    last = np.full(len(seats), -1, dtype=np.int64)
    result = np.full(len(order), NOWHERE, dtype=np.int32)
    for child in order:
        g = group[child]
        for place in range(starts[g], starts[g + 1]):
            school = schools[place]
            if free[school] > 0 or last[school] == ties[child]:
                free[school] -= 1
                last[school] = ties[child]
                result[child] = school
                break
    return result


def _loop_together(
    order: npt.NDArray[np.int64],
    group: npt.NDArray[np.int32],
    starts: npt.NDArray[np.int64],
    schools: npt.NDArray[np.int32],
    seats: npt.NDArray[np.int64],
    unit: npt.NDArray[np.int64],
) -> npt.NDArray[np.int32]:
    free = seats.copy()
    result = np.full(len(order), NOWHERE, dtype=np.int32)
    first = 0
    while first < len(order):
        end = first + 1
        while end < len(order) and unit[order[end]] == unit[order[first]]:
            end += 1
        g = group[order[first]]
        for place in range(starts[g], starts[g + 1]):
            school = schools[place]
            if free[school] >= end - first:
                free[school] -= end - first
                for child in order[first:end]:
                    result[child] = school
                break
        first = end
    return result


_Kernel = Callable[..., npt.NDArray[np.int32]]
_compile = cast(Any, njit)
_take_in_turn = cast(_Kernel, _compile(cache=True, nogil=True)(_loop))
_take_with_ties = cast(_Kernel, _compile(cache=True, nogil=True)(_loop_with_ties))
_take_together = cast(_Kernel, _compile(cache=True, nogil=True)(_loop_together))
