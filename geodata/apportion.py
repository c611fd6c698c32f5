"""Whole shares of a whole total, by largest remainder: one rule wherever children are shared out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# remainders closer than this are a tie
_DECIMALS = 9
MOST = 10**9  # beyond it a float no longer tells such remainders apart from its own rounding


def apportion(
    weights: npt.ArrayLike, total: int, *, low: npt.ArrayLike = 0, high: npt.ArrayLike = 2**53
) -> Ints:
    """Share a total in proportion to weights, by largest remainder, between bounds.

    Parameters
    ----------
    weights : array of float, shape (n,)
        At least 0.
    total : int
        What is shared.
    low, high : int or array of int, shape (n,)
        The least and the most of each share; their sums must enclose the total.

    Returns
    -------
    array of int, shape (n,)
        Shares whose sum is `total`.

    Raises
    ------
    ValueError
        If the bounds do not enclose the total.

    Notes
    -----
    1. A factor is found by bisection at which the weights, cut at the bounds, sum to the total.
    2. Each share is rounded down; what is left goes to the largest remainders, the first one at a tie.

    Examples
    --------
    >>> apportion([3, 3, 1], 10).tolist()
    [4, 4, 2]
    >>> apportion([3, 3, 1], 10, low=3).tolist()
    [4, 3, 3]
    """
    weights = np.asarray(weights, dtype=np.float64)
    least = np.broadcast_to(np.asarray(low, dtype=np.float64), weights.shape)
    most = np.broadcast_to(np.asarray(high, dtype=np.float64), weights.shape)
    if not least.sum() <= total <= most.sum():
        raise ValueError(f"total {total} is not between {least.sum():.0f} and {most.sum():.0f}")
    # no weight is nought, so that a share that must grow can
    weights = np.maximum(weights, weights.max() * 1e-12) if weights.max() > 0 else weights + 1.0
    down, up = 0.0, float((total + 1) / weights.min())
    for _ in range(200):
        factor = (down + up) / 2
        if np.clip(weights * factor, least, most).sum() < total:
            down = factor
        else:
            up = factor
    exact = np.clip(weights * up, least, most)
    whole = np.floor(exact + 1e-9)
    room = np.where(whole < most, exact - whole, -1.0)
    one_group = np.zeros(len(weights), dtype=np.int64)
    return _give_to_largest(whole, room, np.array([total]), one_group)


def share_whole(weights: npt.ArrayLike, group: npt.ArrayLike, totals: npt.ArrayLike) -> Ints:
    """Share the total of each group over its members in proportion to weights, by largest remainder.

    Parameters
    ----------
    weights : array of float, shape (n,)
        At least 0; a member of weight 0 gets nothing.
    group : array of int, shape (n,)
        The group of each member, from 0.
    totals : array of int, shape (groups,)
        What each group shares, 0 to `MOST`.

    Returns
    -------
    array of int, shape (n,)
        Each within 1 of its exact share; they sum to the total of their group. At a tie of remainders
        the first member comes first, so the caller's order decides.

    Raises
    ------
    ValueError
        If a group has something to share and no weight, or a total is out of bounds.

    Notes
    -----
    The method of Hamilton: whole quotas first, then one more each for the largest remainders. It is
    monotone: who weighs more than before, all else equal, never gets less.

    References
    ----------
    Balinski and Young, Fair Representation (1982), chapter 4 and appendix A.

    Examples
    --------
    >>> share_whole([3.0, 3.0, 1.0, 5.0], [0, 0, 0, 1], [10, 7]).tolist()
    [4, 4, 2, 7]
    """
    weights, group = np.asarray(weights, dtype=np.float64), np.asarray(group, dtype=np.int64)
    wanted = np.asarray(totals, dtype=np.int64)
    if wanted.size and (wanted.min() < 0 or wanted.max() > MOST):
        raise ValueError(f"totals lie between 0 and {MOST:,}")
    mass = np.bincount(group, weights, len(wanted))
    if ((mass <= 0) & (wanted > 0)).any():
        raise ValueError("a group with something to share has no weight")
    exact = weights / np.where(mass > 0, mass, 1.0)[group] * wanted[group]
    # a product that should be whole may come out a hair below it
    whole = np.floor(exact + 1e-9)
    room = np.where(weights > 0, exact - whole, -np.inf)
    return _give_to_largest(whole, room, wanted, group)


def _give_to_largest(whole: Floats, room: Floats, totals: Ints, group: Ints) -> Ints:
    """Add what is missing from each group's total to its largest remainders, one each."""
    result = np.asarray(whole, dtype=np.int64)
    sums = np.zeros(len(totals), dtype=np.int64)
    np.add.at(sums, group, result)
    missing = totals - sums
    order = np.lexsort((-np.round(room, _DECIMALS), group))
    sizes = np.bincount(group, minlength=len(totals))
    place = np.arange(len(group)) - (np.cumsum(sizes) - sizes)[group[order]]
    result[order[place < missing[group[order]]]] += 1
    return result
