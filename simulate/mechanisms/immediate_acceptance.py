"""`immediate-acceptance`: by choice round, every seat final at once (志愿优先; the Boston mechanism)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulate.mechanisms.contest import Contest
from simulate.mechanisms.proposals import in_bands


def immediate_acceptance(contest: Contest) -> npt.NDArray[np.int32]:
    """Fill schools from first choices, then from second choices, and so on.

    Parameters
    ----------
    contest : Contest
        Lists in order of preference. A child whose r-th choice is full in round r waits for round r + 1.

    Returns
    -------
    array of int32, shape (m,)
        The school of each child, or `NOWHERE`. It does not promise freedom from envy, and a child may do
        better by hiding what it wants.

    References
    ----------
    Abdulkadiroğlu, A. and Sönmez, T. (2003). School choice: a mechanism design approach. American Economic
    Review 93.
    """
    return in_bands(contest, (1,))
