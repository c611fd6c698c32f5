"""`parallel`: deferred within a band of choices, final between bands (分段平行志愿)."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from simulate.mechanisms.contest import Contest
from simulate.mechanisms.proposals import in_bands


def parallel(contest: Contest, *, bands: tuple[int, ...]) -> npt.NDArray[np.int32]:
    """Hold proposals within each band of choices; what is held at a band's end is final.

    Parameters
    ----------
    contest : Contest
        Lists in order of preference.
    bands : tuple of int
        How many choices each band holds; the last one repeats. Bands of 1 are immediate acceptance, one
        band as long as the longest list is deferred acceptance.

    Returns
    -------
    array of int32, shape (m,)
        The school of each child, or `NOWHERE`.

    Raises
    ------
    ValueError
        If there is no band, or one below 1.

    References
    ----------
    Chen, Y. and Kesten, O. (2017). Chinese college admissions and school choice reforms: a theoretical
    analysis. Journal of Political Economy 125.
    """
    return in_bands(contest, bands)


def parallel_of(bands: tuple[int, ...]) -> partial[npt.NDArray[np.int32]]:
    """Return the mechanism with its bands fixed: one signature with the others."""
    return partial(parallel, bands=bands)
