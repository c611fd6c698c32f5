"""Children passed by somebody with fewer points: whom a nearer seat went past."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import numpy as np
import numpy.typing as npt

from simulate.coordination.playing import Round
from simulate.mechanisms import NOWHERE
from simulate.where import in_reach
from simulate.who import of_kinds, open_blocks
from simulate.world import World

Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_PAIRS = 2_000_000


def passed_by_fewer_points(world: World, rounds: Iterable[Round]) -> Mask:
    """Return which children were passed, in some stage that coordinates, by one with fewer points.

    Parameters
    ----------
    world : World
    rounds : iterable of Round
        The stages that coordinate, in order.

    Returns
    -------
    array of bool, shape (n,)

    Notes
    -----
    A child with points, who stands in a claim of a stage that gives schools, is passed if there is a seat
    block (a school's pool) such that

    1. some claim of the stage that the child is in opens it: its school lies in the claim's reach, is of
       its kinds and, where `past_it = "never"`, not farther than its greatest distance, and its pool is
       among the claim's. What the child listed, and whether a seat was left, does not matter;
    2. the stage gave the child nothing, or a school strictly farther away (unknown counts as farthest);
    3. the stage placed somebody there, on a seat or over the intake, who has strictly fewer points than the
       child, or none. Places by decision do not count.

    The stage that a variant puts before another to keep siblings together is part of it: whom it placed
    counts under 3; who got a place at a sibling's school there is not passed.
    """
    result = np.zeros(len(world.children), dtype=np.bool_)
    school_rounds = (one for one in rounds if one.stage.gives == "school")
    for _, part in groupby(school_rounds, key=lambda one: one.of):
        together = list(part)
        fewest = _fewest(world, together)
        result[_passed(world, together[-1], fewest)] = True
    return result


def _fewest(world: World, rounds: list[Round]) -> npt.NDArray[np.float64]:
    """Return the fewest points of those placed at each block, infinite where nobody was."""
    points = np.nan_to_num(world.children.keys["points"], nan=-np.inf)
    fewest = np.full(len(world.blocks), np.inf)
    for one in rounds:
        seated = one.result.block != NOWHERE
        np.minimum.at(fewest, one.result.block[seated], points[one.result.who[seated]])
    return fewest


def _passed(world: World, one: Round, fewest: npt.NDArray[np.float64]) -> Numbers:
    blocks = np.flatnonzero(np.isfinite(fewest) | (fewest == -np.inf))
    points = world.children.keys["points"][one.result.who]
    # only who has more points than somebody who was placed can have been passed; NaN never has
    rows = np.flatnonzero(points > fewest[blocks].min(initial=np.inf))
    step = max(1, _PAIRS // max(1, len(blocks)))
    found = [
        _passed_here(world, one, fewest, blocks, rows[start : start + step])
        for start in range(0, len(rows), step)
    ]
    return one.result.who[np.concatenate(found)] if found else np.empty(0, dtype=np.int64)


def _passed_here(
    world: World, one: Round, fewest: npt.NDArray[np.float64], blocks: Numbers, rows: Numbers
) -> Numbers:
    """Return which of some children (positions in the stage) were passed at some block."""
    child, got = one.result.who[rows], one.result.block[rows]
    schools = world.blocks.school[blocks]
    metres = world.nearness.metres(world.children.home[child])
    placed = got != NOWHERE
    mine = np.full(len(rows), np.iinfo(np.int64).max)
    mine[placed] = metres[placed, world.blocks.school[got[placed]]]
    points = world.children.keys["points"][child]
    row, place = np.nonzero((metres[:, schools] < mine[:, None]) & (fewest[blocks] < points[:, None]))
    opened = np.zeros(len(row), dtype=np.bool_)
    for claim, inside in zip(one.stage.claims, one.inside, strict=True):
        at = schools[place]
        here = inside[rows[row]] & open_blocks(claim, world)[blocks[place]] & of_kinds(claim, world)[at]
        here &= in_reach(claim, world, one.before, child[row], at)
        if claim.where.past_it == "never":
            here &= metres[row, at] <= (claim.where.within_m or 0)
        opened |= here
    return rows[np.unique(row[opened])]
