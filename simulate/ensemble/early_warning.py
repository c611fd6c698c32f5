"""Which zones run short, how likely, by how much, and in which warning colour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from simulate.ensemble.estimates import chance, estimated
from simulate.ensemble.places import Places
from simulate.ensemble.tally import PARTS
from zoning.pressure import COLOURS, colour_of

Stack = Mapping[str, npt.NDArray[Any]]
Numbers = npt.NDArray[np.int64]

ZONE_GROUPS = {"all": "zone_children", "household": "zone_household"}
"""Of whom zones are counted, and where a tally has them."""
_AT_ONCE = 500_000


def short_by_zone(stack: Stack, group: str) -> Numbers:
    """Return how many seats each zone is short in each draw, in parts of a seat, shape (draws, z)."""
    children = stack[ZONE_GROUPS[group]].astype(np.int64)
    return np.maximum(children * PARTS - stack["zone_seats"], 0)


def short_counts(stack: Stack) -> Numbers:
    """Return in how many draws each zone runs short, all and household children, shape (2, z)."""
    return np.stack([(short_by_zone(stack, group) > 0).sum(axis=0) for group in ZONE_GROUPS])


def colour_shares(stack: Stack, group: str) -> dict[str, npt.NDArray[np.float64]]:
    """Return in which share of the draws each zone has each warning colour, shape (z,) each.

    The ratio of children to seats and its colours are those of `zoning.pressure`; a zone with children and
    no seat is red, one without either has none.
    """
    children, seats = stack[ZONE_GROUPS[group]], stack["zone_seats"]
    draws, zones = children.shape
    found = {name: np.zeros(zones, dtype=np.int64) for name in COLOURS}
    # some draws at once: names of colours of a thousand draws of ten thousand zones take much room
    step = max(1, _AT_ONCE // max(zones, 1))
    for first in range(0, draws, step):
        ratio = _ratio(children[first : first + step], seats[first : first + step])
        names = colour_of(pd.Series(ratio.ravel())).to_numpy(dtype=object).reshape(ratio.shape)
        for name in COLOURS:
            found[name] += (names == name).sum(axis=0)
    return {name: count / draws for name, count in found.items()}


def _ratio(children: npt.NDArray[Any], seats: Numbers) -> npt.NDArray[np.float64]:
    there = seats > 0
    ratio = children * float(PARTS) / np.where(there, seats, 1)
    starved = ~there & (children > 0) & (seats.sum(axis=1, keepdims=True) > 0)
    return np.where(there, ratio, np.where(starved, np.inf, np.nan))


def zones_table(places: Places, stack: Stack) -> pd.DataFrame:
    """Return what the draws say of each zone.

    Parameters
    ----------
    places : Places
    stack : mapping of str to array
        Tallies, stacked over the draws.

    Returns
    -------
    DataFrame, shape (zones,)
        zone_id; seats, children, household (means over the draws), children_q05, children_q95; placed (mean
        number placed in it); colour (the most frequent, the worse of two alike) and the share of draws in
        red, orange, yellow, green and none. Then for all children and, with `household_` before, for
        household children alone: short_probability (children are more than seats), short_se, short_low,
        short_high (as `estimates.chance`), short_mean, short_q05, short_q95 (seats short), and the colours.

    Notes
    -----
    Red begins where children are as many as seats (`zoning.pressure`), short where they are more: red is at
    least as likely as short.
    """
    draws = len(stack["zone_children"])
    everyone = estimated(stack["zone_children"])
    columns: dict[str, Any] = {
        "zone_id": places.zones,
        "seats": (stack["zone_seats"] / PARTS).mean(axis=0),
        "children": everyone.mean,
        "children_q05": everyone.q05,
        "children_q95": everyone.q95,
        "household": stack["zone_household"].mean(axis=0),
        "placed": stack["zone_placed"].mean(axis=0),
    }
    for group in ZONE_GROUPS:
        columns |= _warnings(stack, group, draws)
    return pd.DataFrame(columns)


def _warnings(stack: Stack, group: str, draws: int) -> dict[str, Any]:
    before = "" if group == "all" else f"{group}_"
    short = short_by_zone(stack, group)
    probability, se, low, high = chance((short > 0).sum(axis=0), draws)
    seats = estimated(short / PARTS)
    shares = colour_shares(stack, group)
    # the first of the largest: colours stand from the worst on
    most = np.argmax(np.stack([shares[name] for name in COLOURS]), axis=0)
    return {
        f"{before}short_probability": probability,
        f"{before}short_se": se,
        f"{before}short_low": low,
        f"{before}short_high": high,
        f"{before}short_mean": seats.mean,
        f"{before}short_q05": seats.q05,
        f"{before}short_q95": seats.q95,
        f"{before}colour": np.array(COLOURS, dtype=object)[most],
        **{f"{before}{name}": shares[name] for name in COLOURS},
    }
