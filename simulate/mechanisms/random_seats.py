"""`random-seats`: seats of a multi-school zone drawn without choices, by quota (电脑派位)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from numba import njit

from simulate.mechanisms.contest import NOWHERE, Contest


def random_seats(contest: Contest) -> npt.NDArray[np.int32]:
    """Draw the seats of each zone among its children.

    Parameters
    ----------
    contest : Contest
        A list is a zone's schools; no school stands in two lists.

    Returns
    -------
    array of int32, shape (m,)
        The school of each child, or `NOWHERE`.

    Raises
    ------
    ValueError
        If a school stands in two lists that have children.

    Notes
    -----
    For each zone with q seats and c children:

    1. The first min(q, c) children in the order get *a* seat; the order may be the ticket alone.
    2. Each school's quota is its share of the seats, rounded by largest remainder (ties: the school
       first in the list), so that seats left over are left evenly.
    3. *Which* seat: in order of their tickets, the children take the quota of the first school, then
       that of the second, and so on. Tickets are independent of everything else, so every way to
       share out the seats is equally likely.

    With `unit`, twins stay together: where the last seat of the zone falls to the first of a unit, the
    others are seated too; a unit takes the first school whose quota holds all of it; where none does, the
    first whose seats hold it, or else the first with any of its quota left (or the first of all). So a pair
    that would straddle two quotas goes to the later school: not every way to share out the seats is equally
    likely any more.
    """
    result = np.full(len(contest.order), NOWHERE, dtype=np.int32)
    if len(result) == 0:
        return result
    by_group = np.argsort(contest.group[contest.order], kind="stable")
    children = contest.order[by_group]
    groups, first = np.unique(contest.group[children], return_index=True)
    lists = [contest.schools[contest.starts[g] : contest.starts[g + 1]] for g in groups]
    drawn = np.concatenate(lists)
    if len(np.unique(drawn)) != len(drawn):
        raise ValueError("random-seats wants schools that stand in one list only")
    # a loop over zones, never over children
    for schools, members in zip(lists, np.split(children, first[1:]), strict=True):
        quota = share_out(len(members), contest.seats[schools])
        if contest.unit is None:
            seated = members[: quota.sum()]
            by_ticket = seated[np.argsort(contest.ticket_rank[seated], kind="stable")]
            result[by_ticket] = np.repeat(schools, quota)
            continue
        seated = _with_the_whole_last_unit(members, contest.unit, int(quota.sum()))
        by_ticket = seated[np.argsort(contest.ticket_rank[seated], kind="stable")]
        if len(by_ticket):
            result[by_ticket] = schools[_fit(contest.unit[by_ticket], quota, contest.seats[schools])]
    return result


def _with_the_whole_last_unit(
    members: npt.NDArray[np.int64], unit: npt.NDArray[np.int64], seats: int
) -> npt.NDArray[np.int64]:
    """Return the first so many in the order, and the rest of the last one's unit."""
    if seats == 0 or seats >= len(members):
        return members[:seats]
    cut = unit[members] == unit[members[seats - 1]]
    return members[: max(seats, int(np.flatnonzero(cut)[-1]) + 1)]


def _loop(
    unit: npt.NDArray[np.int64], quota: npt.NDArray[np.int64], seats: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return the number of the school of each child, units (side by side) whole."""
    left, free = quota.copy(), seats.copy()
    result = np.empty(len(unit), dtype=np.int64)
    first = 0
    while first < len(unit):
        end = first + 1
        while end < len(unit) and unit[end] == unit[first]:
            end += 1
        size, school = end - first, -1
        for s in range(len(left) - 1, -1, -1):  # from the last on, so that the first stays
            if left[s] >= size:
                school = s
        if school < 0:
            for s in range(len(left) - 1, -1, -1):
                if free[s] >= size:
                    school = s
        if school < 0:
            for s in range(len(left) - 1, -1, -1):
                if left[s] > 0:
                    school = s
        school = max(school, 0)
        left[school] -= size
        free[school] -= size
        result[first:end] = school
        first = end
    return result


_fit = cast(Callable[..., npt.NDArray[np.int64]], cast(Any, njit)(cache=True, nogil=True)(_loop))


def share_out(children: int, seats: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Share children over schools in proportion to their seats, by largest remainder.

    Parameters
    ----------
    children : int
        How many; those beyond the sum of the seats get none.
    seats : array of int, shape (s,)
        Free seats of each school.

    Examples
    --------
    >>> share_out(5, np.array([4, 2, 0])).tolist()
    [3, 2, 0]
    """
    total = int(seats.sum())
    wanted = min(children, total)
    if wanted == 0:
        return np.zeros(len(seats), dtype=np.int64)
    whole, rest = np.divmod(seats.astype(np.int64) * wanted, total)
    extra = np.argsort(-rest, kind="stable")[: wanted - int(whole.sum())]
    whole[extra] += 1
    return whole
