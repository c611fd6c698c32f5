"""Share a whole number of things, and group places around centres: what every part of the sample uses."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SETTLING_STEPS = 6
_HEAVY, _LIGHT = 1.7, 0.6


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
    left = total - int(whole.sum())
    room = np.where(whole < most, exact - whole, -1.0)
    whole[np.argsort(-np.round(room, 9), kind="stable")[:left]] += 1
    return whole.astype(np.int64)


def group(
    places: Floats, weights: Floats, count: int, *, rng: np.random.Generator, steps: int = 24
) -> tuple[Ints, Ints]:
    """Choose some of the places as centres of groups of near ones (Lloyd's algorithm).

    Parameters
    ----------
    places : array, shape (n, 2)
        Easting and northing; no two alike.
    weights : array, shape (n,)
        More than 0.
    count : int
        How many centres, at most n.
    rng : numpy.random.Generator
        Draws the first centres.
    steps : int
        How often the centres move.

    Returns
    -------
    (array of int, shape (count,); array of int, shape (n,))
        The index of the place that is each centre, and for each place the number of its centre.

    Notes
    -----
    1. Centres are drawn by weight, and move to the weighted mean of the places nearest to them.
    2. In the early steps a centre of a light group jumps into a heavy one, which it then shares.
    3. In the end each centre is put on the place of its group that lies nearest to it, and a centre
       whose group is empty on one that is no centre yet: so no group is ever empty.
    """
    drawn = rng.choice(len(places), size=count, replace=False, p=weights / weights.sum())
    centres = places[np.sort(drawn)]
    for step in range(steps):
        of_place = _nearest(places, centres)
        mass = np.bincount(of_place, weights, count).astype(np.float64)
        if step + _SETTLING_STEPS < steps:
            heavy, light = _unbalanced(mass)
            if len(heavy):
                centres[light] = [places[rng.choice(np.flatnonzero(of_place == h))] for h in heavy]
                continue
        for axis in (0, 1):
            moment = np.bincount(of_place, weights * places[:, axis], count)
            centres[:, axis] = np.where(mass > 0, moment / np.maximum(mass, 1e-300), centres[:, axis])
    chosen = _places_of(centres, places)
    return chosen, _nearest(places, places[chosen])


def _unbalanced(mass: Floats) -> tuple[Ints, Ints]:
    order = np.argsort(mass, kind="stable")
    pairs = min(int((mass > _HEAVY * mass.mean()).sum()), int((mass < _LIGHT * mass.mean()).sum()))
    return order[::-1][:pairs], order[:pairs]


def _places_of(centres: Floats, places: Floats) -> Ints:
    of_place = _nearest(places, centres)
    off = ((places - centres[of_place]) ** 2).sum(axis=1)
    order = np.lexsort((off, of_place))
    full, first = np.unique(of_place[order], return_index=True)
    chosen = np.full(len(centres), -1, dtype=np.int64)
    chosen[full] = order[first]
    free = np.setdiff1d(np.arange(len(places)), chosen)
    chosen[chosen < 0] = free[: len(centres) - len(full)]
    return chosen


def _nearest(places: Floats, centres: Floats) -> Ints:
    return np.asarray(KDTree(centres).query(places)[1], dtype=np.int64)
