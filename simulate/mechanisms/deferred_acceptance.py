"""`deferred-acceptance`: nothing is final until nobody is refused any more (England, New York, Chile)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulate.mechanisms.contest import Contest
from simulate.mechanisms.proposals import EVERYTHING, in_bands
from simulate.mechanisms.serial_dictatorship import serial_dictatorship


def deferred_acceptance(contest: Contest) -> npt.NDArray[np.int32]:
    """Let children propose down their lists while schools hold the best so far.

    Parameters
    ----------
    contest : Contest
        Where one order serves all schools, this is serial dictatorship, and the greedy pass is taken.

    Returns
    -------
    array of int32, shape (m,)
        The stable matching that every child likes best; `NOWHERE` for who is refused by all.

    References
    ----------
    Gale, D. and Shapley, L. S. (1962). College admissions and the stability of marriage. American
    Mathematical Monthly 69.

    Examples
    --------
    Two schools of one seat; child 0 wants 0 then 1, child 1 wants 1 then 0; each school prefers the other
    child, and still both get what they want first:

    >>> both = Contest(order=np.arange(2), ticket_rank=np.arange(2), group=np.arange(2, dtype=np.int32),
    ...     starts=np.array([0, 2, 4]), schools=np.array([0, 1, 1, 0], np.int32),
    ...     seats=np.array([1, 1]), rank=np.array([1, 0, 1, 0]))
    >>> deferred_acceptance(both).tolist()
    [0, 1]
    """
    if contest.rank is None:
        return serial_dictatorship(contest)
    return in_bands(contest, (EVERYTHING,))
