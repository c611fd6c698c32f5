"""Who a claim means: which children, by position, and who of them passes its gate."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulate.orders import order_by_keys
from simulate.policy import Claim, Rank, Stage
from simulate.state import STATUSES, WAITING, State
from simulate.world import ABSENT, CONSENT_LEVEL, World

Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def claimants(stage: Stage, claim: Claim, world: World, state: State) -> Mask:
    """Return whether each child is one whom a claim means, shape (n,) (STAGES.md, 3.2)."""
    children, who = world.children, claim.who
    statuses = [STATUSES.index(name) for name in who.statuses]
    mask = (state.outcome == WAITING) & np.isin(state.status, statuses)
    mask &= np.isin(children.category, who.categories)
    if who.consents is not None:
        mask &= children.consent >= CONSENT_LEVEL[who.consents]
    if stage.districts is not None:
        named = np.append(np.isin(world.districts, stage.districts), False)
        mask &= named[children.district]
    if who.zone is not None:
        mask &= _zone_mask(claim, world)[state.zone(world)]
    if who.given is not None:
        mask &= (state.given_zone != ABSENT) == (who.given == "zone")
    if who.rank is not None:
        mask = _first(who.rank, claim, world, state, mask)
    return np.asarray(mask, dtype=np.bool_)


def open_blocks(claim: Claim, world: World) -> Mask:
    """Return which blocks are of the kinds and pools that a claim allows, shape (b,)."""
    blocks = world.blocks
    mask = of_kinds(claim, world)[blocks.school]
    # most cities have one pool: no text needs to be compared
    if len(blocks) > len(world.schools.ids) or claim.pools != ("open",):
        mask &= np.isin(blocks.pool, claim.pools)
    return mask


def of_kinds(claim: Claim, world: World) -> Mask:
    """Return which schools are of the kinds that a claim allows, shape (s,)."""
    kinds = claim.where.kinds
    if kinds is None:
        return np.ones(len(world.schools.ids), dtype=np.bool_)
    return np.asarray(np.isin(world.schools.kinds, kinds), dtype=np.bool_)


def _zone_mask(claim: Claim, world: World) -> Mask:
    schools, wanted = np.diff(world.zone_starts), claim.who.zone
    if wanted == "single-school":
        mask = schools == 1
    elif wanted == "multi-school":
        mask = schools > 1
    else:
        mask = np.isin(world.zones, wanted or [])
    return np.asarray(mask, dtype=np.bool_)


def _first(rank: Rank, claim: Claim, world: World, state: State, mask: Mask) -> Mask:
    """Keep the first so many by an order, within city, district or zone."""
    who = np.flatnonzero(mask)
    group = {
        "city": np.zeros(len(who), dtype=np.int64),
        "district": world.children.district[who],
        "zone": state.zone_of(world, who),
    }[rank.within]
    keys = [
        (name, direction == "desc") for name, _, direction in (k.partition(" ") for k in rank.order[:-1])
    ]
    order = order_by_keys(world, who, keys)
    ordered = group[order]
    by_group = np.argsort(ordered, kind="stable")
    start = np.searchsorted(ordered[by_group], ordered[by_group], side="left")
    place = np.empty(len(who), dtype=np.int64)
    place[order[by_group]] = np.arange(len(who)) - start
    limit = (
        np.full(len(who), rank.at_most)
        if rank.at_most != "seats"
        else _seats(rank, claim, world, state)[group]
    )
    passed = np.zeros(len(mask), dtype=np.bool_)
    passed[who[place < limit]] = True
    return passed


def _seats(rank: Rank, claim: Claim, world: World, state: State) -> Numbers:
    """Return the free seats that a claim looks at, by group; a last entry of 0 for who is in none."""
    free = np.where(open_blocks(claim, world), state.free, 0)
    by_school = np.bincount(world.blocks.school, weights=free, minlength=len(world.schools.ids)).astype(
        np.int64
    )
    if rank.within == "city":
        return np.array([by_school.sum(), 0])
    if rank.within == "district":
        known = world.schools.district >= 0
        total = np.bincount(
            world.schools.district[known], weights=by_school[known], minlength=len(world.districts)
        )
    else:
        zone = np.repeat(np.arange(len(world.zones)), np.diff(world.zone_starts))
        total = np.bincount(zone, weights=by_school[world.zone_schools], minlength=len(world.zones))
    return np.append(total.astype(np.int64), 0)
