"""`fill`: one school a child; its order matters when it is full (单校划片, 直升)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulate.mechanisms.contest import NOWHERE, Contest


def fill(contest: Contest) -> npt.NDArray[np.int32]:
    """Seat the children of each school in the order, as far as its seats go.

    Parameters
    ----------
    contest : Contest
        Each list holds at most one school.

    Returns
    -------
    array of int32, shape (m,)
        The school of each child, or `NOWHERE`.

    Raises
    ------
    ValueError
        If a list holds more than one school.

    Examples
    --------
    Two seats and three children, the third of whom comes first in the order:

    >>> one = Contest(order=np.array([2, 0, 1]), ticket_rank=np.arange(3), group=np.zeros(3, np.int32),
    ...     starts=np.array([0, 1]), schools=np.array([0], np.int32), seats=np.array([2]))
    >>> fill(one).tolist()
    [0, -1, 0]
    """
    lengths = contest.list_lengths
    if (lengths > 1).any():
        raise ValueError("fill wants lists of one school")
    target = np.full(len(lengths), NOWHERE, dtype=np.int64)
    target[lengths == 1] = contest.schools
    school = target[contest.group[contest.order]]
    # position of each child among those of its school, in the order
    by_school = np.argsort(school, kind="stable")
    sorted_school = school[by_school]
    first = np.searchsorted(sorted_school, sorted_school, side="left")
    place = np.arange(len(school)) - first
    seated = (sorted_school != NOWHERE) & (place < contest.seats[sorted_school])
    result = np.full(len(school), NOWHERE, dtype=np.int32)
    result[contest.order[by_school]] = np.where(seated, sorted_school, NOWHERE)
    return result
