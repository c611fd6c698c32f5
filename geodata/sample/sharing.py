"""Group places around centres; with `apportion`, what every part of the sample uses."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from geodata.apportion import Floats, Ints, apportion

__all__ = ["Floats", "Ints", "apportion", "group"]

_SETTLING_STEPS = 6
_HEAVY, _LIGHT = 1.7, 0.6


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
