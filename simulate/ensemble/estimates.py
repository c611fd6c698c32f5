"""What draws say about a number: mean, its standard error, quantiles; and about a chance, its bounds.

Everything works along the first axis, the draws; values that are not there are NaN and are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]

DECIMALS = 6
"""How tables are rounded: far below any error of a draw, so that all machines write the same text."""
LOW, HIGH = 0.05, 0.95
QUANTILES: Final = "weibull"
"""How `numpy.quantile` puts a quantile between two draws: at p (n + 1), so that the next draw lies between
the 5 % and the 95 % quantile of n draws with probability 90 %, whatever the distribution (if it is
continuous, and n is 19 or more). The default of numpy encloses less: 88 % of 100 draws."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Numbers over the draws; NaN where there are too few of them.

    Parameters
    ----------
    mean, se, q05, q95 : array of float64
        `se` is the standard error of the mean, NaN of fewer than two draws.
    draws : array of int64
        In how many draws the number was there.
    """

    mean: Floats
    se: Floats
    q05: Floats
    q95: Floats
    draws: npt.NDArray[np.int64]


def estimated(values: npt.ArrayLike) -> Estimate:
    """Return what draws say of one or more numbers.

    Parameters
    ----------
    values : array, shape (draws, ...)

    References
    ----------
    Hyndman, R. J. and Fan, Y. (1996). Sample quantiles in statistical packages. The American Statistician
    50: definition 6 (Weibull).

    Examples
    --------
    >>> one = estimated([[1.0, np.nan], [2.0, np.nan], [3.0, 5.0]])
    >>> one.mean.tolist(), one.draws.tolist(), [round(float(v), 4) for v in one.se]
    ([2.0, 5.0], [3, 1], [0.5774, nan])
    """
    table = np.asarray(values, dtype=np.float64)
    there = ~np.isnan(table)
    draws = there.sum(axis=0)
    mean, se = _mean_and_se(table, there, draws)
    low, high = (np.full(mean.shape, np.nan) for _ in range(2))
    whole, some = draws == len(table), draws > 0
    # numpy's way round NaN is a loop over columns: only for those that have any
    for mask, quantile in ((whole & some, np.quantile), (~whole & some, np.nanquantile)):
        if mask.any():
            chosen = table[:, mask] if table.ndim > 1 else table
            low[mask], high[mask] = quantile(chosen, np.array([LOW, HIGH]), axis=0, method=QUANTILES)
    return Estimate(mean=mean, se=se, q05=low, q95=high, draws=np.asarray(draws, dtype=np.int64))


def mean_and_se(values: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return the mean of some numbers over the draws and its standard error, NaN where there is none."""
    table = np.asarray(values, dtype=np.float64)
    there = ~np.isnan(table)
    return _mean_and_se(table, there, there.sum(axis=0))


def _mean_and_se(
    table: Floats, there: npt.NDArray[np.bool_], draws: npt.NDArray[np.int64]
) -> tuple[Floats, Floats]:
    filled = np.where(there, table, 0.0)
    mean = np.where(draws > 0, filled.sum(axis=0) / np.maximum(draws, 1), np.nan)
    # from the mean, not from the sum of squares: of equal numbers nothing at all is left over
    apart = np.where(there, table - mean, 0.0)
    variance = (apart**2).sum(axis=0) / np.maximum(draws - 1, 1)
    se = np.where(draws > 1, np.sqrt(variance / np.maximum(draws, 1)), np.nan)
    return np.asarray(mean), np.asarray(se)


def margin(se: Floats, freedom: npt.ArrayLike) -> Floats:
    """Return how far the 90 % interval of a mean reaches to each side (Student's t), NaN where unknown.

    Examples
    --------
    >>> round(float(margin(np.array(1.0), 999)), 3)
    1.646
    """
    known = np.maximum(np.asarray(freedom, dtype=np.float64), 1.0)
    return np.asarray(se * special.stdtrit(known, HIGH), dtype=np.float64)


def chance(times: npt.ArrayLike, draws: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Return how likely something is that came so many times in so many draws.

    Returns
    -------
    (share, standard error, low, high) : arrays of float64, the shape of `times`
        The standard error is that of Agresti and Coull (two more draws with it, two without), so that it is
        not 0 where it came never or always. `low` and `high` are Wilson's 90 % interval; where it came
        never or always, the one-sided 95 % bound, which is 3 / draws for many draws (the rule of three):
        what never came in the draws may come all the same.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22.
    Agresti, A. and Coull, B. A. (1998). Approximate is better than "exact" for interval estimation of
    binomial proportions. The American Statistician 52.
    Hanley, J. A. and Lippman-Hand, A. (1983). If nothing goes wrong, is everything all right? JAMA 249.

    Examples
    --------
    >>> [round(float(v), 4) for v in chance(0, 1000)]
    [0.0, 0.0014, 0.0, 0.003]
    >>> [round(float(v), 3) for v in chance(500, 1000)]
    [0.5, 0.016, 0.474, 0.526]
    """
    if draws < 1:
        raise ValueError(f"draws is {draws}: a chance wants 1 or more")
    came = np.asarray(times, dtype=np.float64)
    share = came / draws
    plus_four = (came + 2) / (draws + 4)
    se = np.sqrt(plus_four * (1 - plus_four) / (draws + 4))
    square = float(special.ndtri(HIGH)) ** 2
    middle = (came + square / 2) / (draws + square)
    half = np.sqrt(square * (came * (1 - share) + square / 4)) / (draws + square)
    bound = 1 - (1 - HIGH) ** (1 / draws)
    low = np.select([came == 0, came == draws], [0.0, 1 - bound], middle - half)
    high = np.select([came == 0, came == draws], [bound, 1.0], middle + half)
    return np.asarray(share), np.asarray(se), np.asarray(low), np.asarray(high)
