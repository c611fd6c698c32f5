"""`random-seats`: seats of a multi-school zone drawn without choices, by quota (电脑派位)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

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
        seated = members[: quota.sum()]
        by_ticket = seated[np.argsort(contest.ticket_rank[seated], kind="stable")]
        result[by_ticket] = np.repeat(schools, quota)
    return result


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
