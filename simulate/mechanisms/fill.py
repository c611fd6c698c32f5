"""`fill`: one school a child; its order matters when it is full (单校划片, 直升)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulate.mechanisms.contest import Contest
from simulate.mechanisms.deferred_acceptance import deferred_acceptance


def fill(contest: Contest) -> npt.NDArray[np.int32]:
    """Seat the children of each school in its order, as far as its seats go.

    Parameters
    ----------
    contest : Contest
        Each list holds at most one school (or the pools of one).

    Returns
    -------
    array of int32, shape (m,)
        The school of each child, or `NOWHERE`.

    Raises
    ------
    ValueError
        If a list holds more than one choice.

    Examples
    --------
    Two seats and three children, the third of whom comes first in the order:

    >>> one = Contest(order=np.array([2, 0, 1]), ticket_rank=np.arange(3), group=np.zeros(3, np.int32),
    ...     starts=np.array([0, 1]), schools=np.array([0], np.int32), seats=np.array([2]))
    >>> fill(one).tolist()
    [0, -1, 0]
    """
    several = contest.list_lengths > 1 if contest.choice is None else contest.choice > 0
    if several.any():
        raise ValueError("fill wants lists of one school")
    # with one choice a child there is nothing to defer: each school seats the first in its order
    return deferred_acceptance(contest)
