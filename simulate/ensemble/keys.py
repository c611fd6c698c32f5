"""The keys by which orders sort, as draws have them: places on a grid of values, drawn or known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from geodata import DataError, Fault, say
from geodata.project import Distribution, SyntheticChildren
from simulate.children import HOME_POINTS
from simulate.ensemble import sampling_kernels as loops
from simulate.policy import Policy
from simulate.world import World

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]
Order = tuple[tuple[str, bool], ...]
"""The keys of an order before the ticket, each with whether the greatest comes first."""

MOST_CODES = 1 << 34
"""Codes of an order stay below it: beside them a word holds a claim (6 bits) and a ticket (24 bits)."""

MOST_VALUES = 1_000_000
"""How many values a drawn key may have."""

DRAWN_AS = {"settled_on": "settled_days", "home": "own_home"}
"""Under which name `simulate.children` draws a key, where it is another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of the child: what a place on it means, and where the place of a child comes from.

    Parameters
    ----------
    name : str
    values : array of float64, shape (v,)
        In rising order; a place is a position in it, -1 stands for a key that is absent.
    known : array of int32, shape (c,), optional
        The place of each cell's, where it is not drawn.
    asked : array of bool, shape (c,)
        Whose is drawn.
    cuts : array of float64, shape (v - 1,)
        The share at which each value after the first begins; where it is drawn.
    guide : array of int32
        Where to begin the search in `cuts` (`sampling_kernels.GUIDE`).
    share : array of float64, shape (c,), optional
        Of a key with two values: the share that has the greater.
    falling : bool
        Whether what is drawn counts down: the more days ago, the earlier the date.
    """

    name: str
    values: Floats
    known: Small | None = None
    asked: Mask
    cuts: Floats
    guide: Small
    share: Floats | None = None
    falling: bool = False

    def places(self, cell: Small, child: Words, word: Words) -> Small:
        """Return the place of each child, shape (n,)."""
        if self.known is not None:
            return np.asarray(self.known[cell], dtype=np.int32)
        if self.share is not None:
            has = loops.below(child, cell, self.share, word)
            return np.where(self.asked[cell], has, -1).astype(np.int32)
        found = loops.values_at(child, cell, self.asked, word, self.cuts, self.guide)
        if self.falling:
            return np.where(found < 0, -1, len(self.values) - 1 - found).astype(np.int32)
        return found

    def value(self, places: Small) -> Floats:
        """Return what places mean, NaN where the key is absent; shape of `places`."""
        return np.append(self.values, np.nan)[places]


def orders_of(policy: Policy) -> tuple[Order, ...]:
    """Return the different orders of a policy's claims, those with keys of a pair left out."""
    claims = [claim for stage in policy.stage for claim in stage.claims]
    return tuple(sorted({claim.keys for claim in claims if not claim.pair_keys}))


def keys_of(world: World, policy: Policy, rules: SyntheticChildren | None, right: Mask) -> tuple[Key, ...]:
    """Return the keys that some order reads, by name.

    Parameters
    ----------
    world : World
        Its children are the cells.
    policy : Policy
    rules : SyntheticChildren, optional
        From which keys are drawn, as `simulate.children` draws them; None where all are known.
    right : array of bool, shape (c,)
        Whose category has a right to a place.
    """
    wanted = [key for key in policy.child_keys if key in world.children.keys]
    drawn = {} if rules is None else {key.name: key for key in _drawn(world, rules, right)}
    return tuple(drawn[name] if name in drawn else _known(name, world) for name in wanted)


def _known(name: str, world: World) -> Key:
    column = world.children.keys[name]
    there = ~np.isnan(column)
    values, code = np.unique(column[there], return_inverse=True)
    places = np.full(len(column), -1, dtype=np.int32)
    places[there] = code
    return Key(
        name=name, values=values, known=places, asked=~there, cuts=np.empty(0), guide=_guide(np.empty(0))
    )


def _drawn(world: World, rules: SyntheticChildren, right: Mask) -> list[Key]:
    found = [_from(name, shape, ~right) for name, shape in rules.points.items()]
    on = float(np.datetime64(world.city.project.project.date, "D").astype(np.int64))
    days = _from("settled_on", rules.settled_days, right)
    found.append(_with_values(days, (on - days.values)[::-1]))
    if rules.own_home:
        share = np.array([rules.own_home.get(str(name), 0.0) for name in world.children.category])
        found.append(
            Key(
                name="home",
                values=np.array([0.0, HOME_POINTS]),
                asked=~right,
                cuts=np.empty(0),
                guide=_guide(np.empty(0)),
                share=share,
            )
        )
    return found


def _with_values(key: Key, values: Floats) -> Key:
    return Key(name=key.name, values=values, asked=key.asked, cuts=key.cuts, guide=key.guide, falling=True)


def _from(name: str, shape: Distribution, asked: Mask) -> Key:
    """Return a key drawn from a normal distribution, cut at both ends and rounded to steps."""
    first, last = round(shape.low / shape.step), round(shape.high / shape.step)
    if last - first >= MOST_VALUES:
        raise DataError(
            [
                Fault(
                    file="xuequ.toml",
                    column=f"children: {name}",
                    found=str(shape.step),
                    allowed=say("a step of which at most {n} go from low to high", n=MOST_VALUES),
                    remedy=say("make the step larger, or low and high closer"),
                )
            ]
        )
    steps = np.arange(first, last + 1)
    # as `simulate.children` rounds it: to the decimals that the step has
    decimals = max(0, -int(np.floor(np.log10(shape.step))))
    halves = (steps[1:] - 0.5) * shape.step
    # all alike: every value up to that one begins at 0, every other at 1
    alike = steps[1:] > np.round(np.clip(shape.mean, shape.low, shape.high) / shape.step)
    cuts = ndtr((halves - shape.mean) / shape.sd) if shape.sd > 0 else alike.astype(np.float64)
    return Key(
        name=name,
        values=np.round(steps * shape.step, decimals),
        asked=asked,
        cuts=np.asarray(cuts, dtype=np.float64),
        guide=_guide(np.asarray(cuts, dtype=np.float64)),
    )


def _guide(cuts: Floats) -> Small:
    starts = np.arange(loops.GUIDE) / loops.GUIDE
    return np.searchsorted(cuts, starts, side="left").astype(np.int32)


def codes_of(orders: Sequence[Order], keys: Sequence[Key], places: Mapping[str, Small], n: int) -> Numbers:
    """Return for each order a number of each child, smaller for who comes first; shape (orders, n).

    Equal where everything before the ticket is equal; below `MOST_CODES`.
    """
    levels = {key.name: len(key.values) for key in keys}
    codes = np.zeros((len(orders), n), dtype=np.int64)
    for row, order in enumerate(orders):
        most = 1
        for name, greatest_first in order:
            here, count = places[name], levels[name]
            if most * (count + 1) >= MOST_CODES:
                codes[row], most = dense(codes[row]), n
            if most * (count + 1) >= MOST_CODES:
                # more values than fit beside what came before: at most as many differ as there are children
                ranks = dense(here.astype(np.int64))
                here, count = np.where(here < 0, -1, ranks).astype(np.int32), n
            loops.in_order(here, count, codes[row], greatest_first)
            most *= count + 1
        if most >= MOST_CODES:
            codes[row] = dense(codes[row])
    return codes


def dense(code: Numbers) -> Numbers:
    """Return numbers in the same order from 0 on without gaps, shape of `code`.

    Examples
    --------
    >>> dense(np.array([70, 5, 70, 9])).tolist()
    [2, 0, 2, 1]
    """
    order = np.argsort(code, kind="stable")
    here = code[order]
    new = np.zeros(len(code), dtype=np.int64)
    new[1:] = here[1:] != here[:-1]
    result = np.empty(len(code), dtype=np.int64)
    result[order] = np.cumsum(new)
    return result
