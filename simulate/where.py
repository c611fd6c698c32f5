"""Where a claim looks: which schools are open to a child, who has a sibling where (STAGES.md, 3.3)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulate.policy import Claim
from simulate.ragged import distinct, walk
from simulate.state import PLACED, State
from simulate.world import ABSENT, World

Numbers = npt.NDArray[np.int64]
Schools = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]


def in_reach(claim: Claim, world: World, state: State, child: Numbers, school: Schools) -> Mask:
    """Return whether each school is in a claim's reach for each child, shape (p,); distance aside."""
    children, schools, reach = world.children, world.schools, claim.where.schools
    if reach in ("own-district", "other-districts"):
        district = schools.district[school]
        own = (district == children.district[child]) & (district != ABSENT)
        return np.asarray(own if reach == "own-district" else ~own & (district != ABSENT), dtype=np.bool_)
    if reach == "own-street":
        street = schools.street[school]
        return np.asarray((street == children.street[child]) & (street != ABSENT), dtype=np.bool_)
    if reach == "own-zone":
        return serves(world, state.zone_of(world, child), school)
    if reach == "fed":
        return np.asarray(children.feeder[child] == school, dtype=np.bool_)
    if reach == "sibling":
        return has_sibling(world, state, child, school)
    return np.ones(len(school), dtype=np.bool_)


def reach_key(claim: Claim, world: World, state: State, child: Numbers) -> Numbers:
    """Return a number that is the same for children who have the same schools in reach, shape (m,)."""
    reach = claim.where.schools
    if reach in ("own-district", "other-districts"):
        return world.children.district[child]
    if reach == "own-street":
        return world.children.street[child]
    if reach == "own-zone":
        return state.zone_of(world, child)
    if reach == "fed":
        return world.children.feeder[child]
    if reach == "sibling":
        children = world.children
        may = (children.sibling_school[child] != ABSENT) | (children.household[child] != ABSENT)
        return np.where(may, child, ABSENT)
    return np.zeros(len(child), dtype=np.int64)


def serves(world: World, zone: Numbers, school: Schools) -> Mask:
    """Return whether each school serves each zone, shape (p,)."""
    count = len(world.schools.ids)
    # zones come in order, and each zone's schools too: the keys are sorted
    served = np.repeat(np.arange(len(world.zones)), np.diff(world.zone_starts)) * count + world.zone_schools
    return stands_in(zone * count + school, served)


def has_sibling(world: World, state: State, child: Numbers, school: Schools) -> Mask:
    """Return whether each child has a sibling at each school: there now, or placed there before.

    Siblings placed by an earlier stage are children of one household who sit there when the stage begins.
    """
    children, count = world.children, len(world.schools.ids)
    there = (children.sibling_school[child] == school) & (school != ABSENT)
    placed = np.flatnonzero((state.outcome == PLACED) & (children.household != ABSENT))
    if len(placed):
        pairs = distinct(children.household[placed] * count + state.school(world)[placed])
        household = children.household[child]
        there |= (household != ABSENT) & stands_in(household * count + school, pairs)
    return np.asarray(there, dtype=np.bool_)


def stands_in(keys: Numbers, among: Numbers) -> Mask:
    """Return which keys stand in a sorted array, shape of `keys`.

    Examples
    --------
    >>> stands_in(np.array([3, 4]), np.array([1, 3])).tolist()
    [True, False]
    """
    if len(among) == 0:
        return np.zeros(len(keys), dtype=np.bool_)
    at = np.searchsorted(among, keys)
    at[at == len(among)] = 0
    return np.asarray(among[at] == keys, dtype=np.bool_)


def blocks_of_schools(world: World, school: Schools) -> tuple[Numbers, Schools]:
    """Return the blocks of each school in order of precedence: which of `school`, and the block.

    Returns
    -------
    (array of int64, array of int32), shape (e,) each
        Position in `school`, block.
    """
    blocks = world.blocks
    order = np.lexsort((blocks.pool, blocks.precedence, blocks.school))
    starts = np.searchsorted(blocks.school[order], np.arange(len(world.schools.ids) + 1))
    row, place = walk(np.diff(starts)[school])
    return row, order[starts[school][row] + place].astype(np.int32)
