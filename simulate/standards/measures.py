"""The arithmetic of the standards: variation weighted by pupils, classes by size, warning colours."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from geodata.errors import XuequError
from geodata.messages import say
from simulate.standards.values import COLOURS, Limits

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

EXACT = 1e-9
"""Values that differ by less are equal: 4.2 teachers per 100 are no exact number of the machine."""


def cv_weighted(pupils: npt.ArrayLike, totals: npt.ArrayLike) -> float:
    """Return the coefficient of variation of an item between schools, weighted by pupils.

    Parameters
    ----------
    pupils : array of float, shape (s,)
        More than 0.
    totals : array of float, shape (s,)
        What each school has of the item, in all (not per pupil); at least 0.

    Returns
    -------
    float
        0 where every school has as much per pupil; NaN where there is no school, or nothing anywhere.

    Raises
    ------
    XuequError
        If a school has no pupils, or a value is negative or not a number.

    Notes
    -----
    With x the totals and P the pupils: m = sum(x) / sum(P);
    CV = sqrt(sum(P_i / sum(P) * (x_i / P_i - m)^2)) / m.

    References
    ----------
    The worked example (books of five schools; the page prints 0.52):
    m.777doc.com/doc-2019910.html, bubsandbeans.com/paper/263358190.html.

    Examples
    --------
    >>> round(cv_weighted([45, 37, 89, 76, 55], [279, 137, 935, 160, 402]), 4)
    0.5153
    """
    weights, values = np.asarray(pupils, dtype=np.float64), np.asarray(totals, dtype=np.float64)
    if weights.shape != values.shape:
        raise XuequError(say("as many pupils as totals: {n} and {m}", n=weights.size, m=values.size))
    if not (np.isfinite(weights).all() and (weights > 0).all()):
        raise XuequError(say("a variation is taken over schools that have pupils"))
    if not (np.isfinite(values).all() and (values >= 0).all()):
        raise XuequError(say("a variation is taken over totals of 0 or more"))
    everyone = weights.sum()
    if everyone == 0 or values.sum() == 0:
        return math.nan
    mean = values.sum() / everyone
    spread = (weights / everyone * (values / weights - mean) ** 2).sum()
    return float(np.sqrt(spread) / mean)


def class_bands(
    pupils: npt.ArrayLike, classes: npt.ArrayLike, norm: npt.ArrayLike, limits: Limits
) -> tuple[Floats, Floats, Floats]:
    """Return how many classes are over the norm, large, and very large.

    Parameters
    ----------
    pupils, classes, norm : array, shape (n,)
        Of a grade at a school; the norm is that of its level. NaN is unknown.
    limits : Limits
        From how many pupils a class is large or very large.

    Returns
    -------
    (array of float, array of float, array of float), shape (n,) each
        Over the norm (large and very large ones too); large, not very large; very large. NaN if unknown.

    Notes
    -----
    The classes of one grade are taken to be as even as they can be: 91 children in 2 classes are 46 and 45.

    Examples
    --------
    >>> from datetime import date
    >>> from simulate.standards.values import read_standards
    >>> limits = read_standards().at(date(2024, 8, 31))
    >>> [band.tolist() for band in class_bands([90, 91, 131], [2, 2, 2], [45, 45, 45], limits)]
    [[0.0, 1.0, 2.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]
    """
    children, rooms = np.asarray(pupils, dtype=np.float64), np.asarray(classes, dtype=np.float64)
    known = np.isfinite(children) & np.isfinite(rooms)
    count = np.where(known, rooms, 0.0)
    there = np.where(known, children, 0.0)
    small = np.floor(there / np.maximum(count, 1.0))
    bigger = there - small * np.maximum(count, 1.0)  # so many classes have one child more

    def at_least(size: npt.ArrayLike) -> Floats:
        least = np.asarray(size, dtype=np.float64)
        found = np.where(small >= least, count, np.where(small + 1 >= least, bigger, 0.0))
        return np.where(known, np.minimum(found, count), np.nan)

    very_large = at_least(limits.very_large_class)
    return (
        at_least(np.asarray(norm, dtype=np.float64) + 1),
        at_least(limits.large_class) - very_large,
        very_large,
    )


def warning_colours(ratio: npt.ArrayLike, limits: Limits) -> npt.NDArray[np.object_]:
    """Return the colour of each ratio of children to seats; `none` where it is unknown.

    Examples
    --------
    >>> from datetime import date
    >>> from simulate.standards.values import read_standards
    >>> limits = read_standards().at(date(2024, 8, 31))
    >>> warning_colours([1.0, 0.999, 0.95, 0.9, 0.899, None], limits).tolist()
    ['red', 'orange', 'orange', 'yellow', 'green', 'none']
    """
    value = np.asarray(ratio, dtype=np.float64)
    red, orange, yellow = limits.warning
    tests = [value >= red, value >= orange, value >= yellow, value < yellow]
    return np.asarray(np.select(tests, list(COLOURS), "none"), dtype=object)


def floored(value: npt.ArrayLike) -> Floats:
    """Round down, but not a whole number that the machine holds a hair too low.

    Examples
    --------
    >>> floored([0.9999999999, 0.99]).tolist()
    [1.0, 0.0]
    """
    return np.asarray(np.floor(np.asarray(value, dtype=np.float64) + EXACT), dtype=np.float64)
