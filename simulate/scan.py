"""Compiled looks along lists: which entry a child got, whom it envies, what it wanted and is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from numba import njit

Numbers = npt.NDArray[np.int64]


def entries_got(
    group: npt.NDArray[np.int32],
    starts: Numbers,
    schools: npt.NDArray[np.int32],
    got: npt.NDArray[np.int32],
) -> Numbers:
    """Return the entry at which each child stands, or -1 where it got nothing, shape (m,)."""
    return cast(Numbers, _entries(group, starts, schools, got))


def wishes(
    group: npt.NDArray[np.int32],
    starts: Numbers,
    schools: npt.NDArray[np.int32],
    position: Numbers,
    rank: Numbers,
    entry: Numbers,
    worst: Numbers,
    left: Numbers,
) -> tuple[Numbers, Numbers, Numbers]:
    """Look at every entry that a child would rather have than what it got.

    Parameters
    ----------
    group, starts, schools
        Lists, as in `Contest`.
    position, rank : array of int64, shape (m,) and (total,)
        The child's place in the one order, or that of each entry at its block; the other is empty.
    entry : array of int64, shape (m,)
        The entry that it got; -1 for nothing.
    worst : array of int64, shape (b,)
        The rank of the last one admitted at each block, -1 where nobody was.
    left : array of int64, shape (b,)
        Seats left at each block.

    Returns
    -------
    (array, array, array)
        For each child: at how many blocks it stands above somebody admitted (justified envy), and at how
        many it would be taken (envy, or a seat left: blocking pairs). For each block: how many would
        rather have it than what they got.
    """
    return cast(
        tuple[Numbers, Numbers, Numbers],
        _wishes(group, starts, schools, position, rank, entry, worst, left),
    )


def _loop_entries(
    group: npt.NDArray[np.int32],
    starts: Numbers,
    schools: npt.NDArray[np.int32],
    got: npt.NDArray[np.int32],
) -> Numbers:
    result = np.full(len(group), -1, dtype=np.int64)
    for child in range(len(group)):
        if got[child] < 0:
            continue
        for place in range(starts[group[child]], starts[group[child] + 1]):
            if schools[place] == got[child]:
                result[child] = place
                break
    return result


def _loop_wishes(
    group: npt.NDArray[np.int32],
    starts: Numbers,
    schools: npt.NDArray[np.int32],
    position: Numbers,
    rank: Numbers,
    entry: Numbers,
    worst: Numbers,
    left: Numbers,
) -> tuple[Numbers, Numbers, Numbers]:
    one_order = len(position) > 0
    envy = np.zeros(len(group), dtype=np.int64)
    blocking = np.zeros(len(group), dtype=np.int64)
    wanting = np.zeros(len(worst), dtype=np.int64)
    for child in range(len(group)):
        start, end = starts[group[child]], starts[group[child] + 1]
        if entry[child] >= 0:
            end = entry[child]
        for place in range(start, end):
            block = schools[place]
            mine = position[child] if one_order else rank[place]
            wanting[block] += 1
            if mine < worst[block]:
                envy[child] += 1
                blocking[child] += 1
            elif left[block] > 0:
                blocking[child] += 1
    return envy, blocking, wanting


_compile = cast(Any, njit)
_entries = cast(Callable[..., Any], _compile(cache=True, nogil=True)(_loop_entries))
_wishes = cast(Callable[..., Any], _compile(cache=True, nogil=True)(_loop_wishes))
