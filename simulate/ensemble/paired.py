"""Differences between two scenarios: draw by draw where both saw the same draws, else of two means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.messages import Text, say
from simulate.ensemble.early_warning import ZONE_GROUPS, short_by_zone
from simulate.ensemble.estimates import DECIMALS, margin, mean_and_se
from simulate.ensemble.places import Places
from simulate.ensemble.scores import SCORES
from simulate.ensemble.tally import GROUPS, PARTS

Floats = npt.NDArray[np.float64]
Stack = Mapping[str, npt.NDArray[Any]]

VERDICTS: dict[str, Text] = {
    "better": say("better"),
    "worse": say("worse"),
    "higher": say("higher"),
    "lower": say("lower"),
    "unclear": say("no clear difference"),
    "same": say("the same"),
    "unknown": say("no error known"),
}
"""What a difference comes to. `unclear`: 0 lies in the 90 % interval; `same`: 0 in every draw."""

_GROWING = tuple(
    dict.fromkeys(one.measure for one in SCORES if one.unit == "children" and one.better == "more")
)
"""Counts of children of which more is better; they grow with the children who come."""


class Difference(NamedTuple):
    """A difference for each of some numbers: arrays of float64, shape (m,) each.

    `low` and `high` are the 90 % interval of the mean difference; what is not known is NaN.
    """

    mean: Floats
    paired_se: Floats
    unpaired_se: Floats
    low: Floats
    high: Floats


Compare = Callable[[Floats, Floats], Difference]


def by_draw(base: Floats, other: Floats) -> Difference:
    """Return other − base over the same draws.

    Parameters
    ----------
    base, other : array of float64, shape (draws, m)
        NaN where a number is not defined in a draw: that draw is left out of the pairs.

    Raises
    ------
    ValueError
        If the draws are not as many.

    Notes
    -----
    The standard error is of the differences: what a draw does to both scenarios falls out. `unpaired_se` is
    what it would be if each scenario had draws of its own. The interval is Student's t of n − 1.
    """
    if base.shape != other.shape:
        raise ValueError(f"{len(base)} draws and {len(other)}: pairs want the same draws")
    differences = other - base
    mean, se = mean_and_se(differences)
    reach = margin(se, (~np.isnan(differences)).sum(axis=0) - 1)
    return Difference(mean, se, _apart(base, other)[1], mean - reach, mean + reach)


def by_mean(base: Floats, other: Floats) -> Difference:
    """Return other − base where the draws have nothing in common: the errors of two means add up (Welch).

    Parameters
    ----------
    base, other : array of float64, shape (draws, m)
        The numbers of draws may differ; of one draw no error is known.

    References
    ----------
    Welch, B. L. (1947). The generalization of "Student's" problem when several different population
    variances are involved. Biometrika 34.
    """
    mean, se, freedom = _apart(base, other)
    reach = margin(se, freedom)
    return Difference(mean, np.full_like(mean, np.nan), se, mean - reach, mean + reach)


def _apart(base: Floats, other: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the difference of two means, its standard error, and Welch's degrees of freedom."""
    mean_a, se_a = mean_and_se(base)
    mean_b, se_b = mean_and_se(other)
    counts = [(~np.isnan(values)).sum(axis=0) for values in (base, other)]
    a, b = se_a**2, se_b**2
    below = a**2 / np.maximum(counts[0] - 1, 1) + b**2 / np.maximum(counts[1] - 1, 1)
    freedom = np.where(below > 0, (a + b) ** 2 / np.where(below > 0, below, 1.0), np.inf)
    return mean_b - mean_a, np.sqrt(a + b), np.where(np.isfinite(freedom), freedom, 1e9)


def verdicts_of(one: Difference, better: list[str | None], same: npt.NDArray[np.bool_]) -> list[str]:
    """Return what each difference comes to: a name of `VERDICTS`.

    Parameters
    ----------
    one : Difference
    better : list of {"less", "more"} or None, of length m
    same : array of bool, shape (m,)
        Which numbers are the same in every draw of both.
    """
    return [
        _verdict(low, high, kind, alike)
        for low, high, kind, alike in zip(
            one.low.tolist(), one.high.tolist(), better, same.tolist(), strict=True
        )
    ]


def _verdict(low: float, high: float, better: str | None, same: bool) -> str:
    if same:
        return "same"
    if np.isnan(low):
        return "unknown"
    if low <= 0 <= high:
        return "unclear"
    if better is None:
        return "higher" if low > 0 else "lower"
    return "better" if (low > 0) == (better == "more") else "worse"


def paired(base_stack: Stack, stack: Stack) -> pd.DataFrame:
    """Return how a scenario differs from the base in each score, draw by draw.

    Parameters
    ----------
    base_stack, stack : mapping of str to array
        Tallies stacked over the same draws.

    Returns
    -------
    DataFrame
        group, measure, unit, better ("less", "more" or missing), base_mean, mean, difference, paired_se,
        unpaired_se, low, high (90 %), verdict (`VERDICTS`).

    Raises
    ------
    ValueError
        If the draws are not as many.
    """
    return _scores(base_stack, stack, by_draw)


def unpaired(base_stack: Stack, stack: Stack) -> pd.DataFrame:
    """Return the same where the draws have nothing in common; paired_se is missing."""
    return _scores(base_stack, stack, by_mean)


def paired_zones(base_places: Places, base_stack: Stack, places: Places, stack: Stack) -> pd.DataFrame:
    """Return how a scenario differs from the base in the shortage of each zone that both have.

    Returns
    -------
    DataFrame
        zone_id, group (all, household), base_probability, probability (that it runs short), and the
        columns of `paired` for its seats short, of which less is better; in order of zone and group.

    Notes
    -----
    Of many zones some differ by chance: one in ten of those that are alike in truth, though not in every
    draw, is called better or worse all the same.
    """
    return _zones(base_places, base_stack, places, stack, by_draw)


def unpaired_zones(base_places: Places, base_stack: Stack, places: Places, stack: Stack) -> pd.DataFrame:
    """Return the same where the draws have nothing in common; paired_se is missing."""
    return _zones(base_places, base_stack, places, stack, by_mean)


def _scores(base_stack: Stack, stack: Stack, compare: Compare) -> pd.DataFrame:
    base, other = (np.stack([score.of(one) for score in SCORES], axis=1) for one in (base_stack, stack))
    better: list[str | None] = [score.better for score in SCORES]
    names = {
        "group": [score.group for score in SCORES],
        "measure": [score.measure for score in SCORES],
        "unit": [score.unit for score in SCORES],
        "better": pd.Series(better, dtype="str"),
    }
    table = pd.DataFrame({**names, **_columns(base, other, better, compare)})
    table["verdict"] = _as_it_is(table)
    return table.round(DECIMALS)


def _as_it_is(table: pd.DataFrame) -> list[str]:
    """Return the verdicts; what follows from how many children there are or have a place is not judged.

    1. A shorter mean way is not better where it comes of children who have no place: who is refused goes
       nowhere, and without municipal coordination the ways of the others are shorter.
    2. More children placed are not better where more come, nor fewer worse where fewer come.
    3. A longer mean way is not worse where other children come: near ones that a demolition takes away
       make it longer, and nobody walks farther.
    """
    verdicts = dict(zip(zip(table["measure"], table["group"], strict=True), table["verdict"], strict=True))
    for group in GROUPS:
        way, placed = verdicts["mean_m", group], verdicts["placed", group]
        come = verdicts["children", group]
        others_come = come in ("higher", "lower") and way in ("better", "worse")
        if others_come or (way, placed) in (("better", "worse"), ("worse", "better")):
            verdicts["mean_m", group] = "lower" if way == "better" else "higher"
        for measure in _GROWING:
            if (come, verdicts[measure, group]) in (("higher", "better"), ("lower", "worse")):
                verdicts[measure, group] = come
    return list(verdicts.values())


def _zones(
    base_places: Places, base_stack: Stack, places: Places, stack: Stack, compare: Compare
) -> pd.DataFrame:
    zones, here, there = np.intersect1d(
        base_places.zones.astype(str), places.zones.astype(str), return_indices=True
    )
    tables = []
    for group in ZONE_GROUPS:
        base = short_by_zone(base_stack, group)[:, here] / PARTS
        other = short_by_zone(stack, group)[:, there] / PARTS
        names = {
            "zone_id": zones.astype(object),
            "group": group,
            "base_probability": (base > 0).mean(axis=0),
            "probability": (other > 0).mean(axis=0),
        }
        less: list[str | None] = ["less"] * len(zones)
        tables.append(pd.DataFrame({**names, **_columns(base, other, less, compare)}))
    table = pd.concat(tables).sort_values(["zone_id", "group"], kind="stable").reset_index(drop=True)
    return table.round(DECIMALS)


def _columns(base: Floats, other: Floats, better: list[str | None], compare: Compare) -> dict[str, Any]:
    one = compare(base, other)
    return {
        "base_mean": mean_and_se(base)[0],
        "mean": mean_and_se(other)[0],
        "difference": one.mean,
        "paired_se": one.paired_se,
        "unpaired_se": one.unpaired_se,
        "low": one.low,
        "high": one.high,
        "verdict": verdicts_of(one, better, _same(base, other)),
    }


def _same(base: Floats, other: Floats) -> npt.NDArray[np.bool_]:
    """Return which numbers are the same in every draw of both, or are never there."""
    if base.shape == other.shape:
        return np.asarray(((base == other) | (np.isnan(base) & np.isnan(other))).all(axis=0))
    values = np.concatenate([base, other])
    return np.asarray(((values == values[0]) | np.isnan(values)).all(axis=0))
