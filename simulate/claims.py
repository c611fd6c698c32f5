"""A claim in arrays: who competes, in which order, and which schools are open to each, best first."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulate.mechanisms import NOWHERE
from simulate.policy import Claim, Stage
from simulate.ragged import walk
from simulate.state import WAITING, State
from simulate.world import CONSENT_LEVEL, World, pair_metres
from zoning.travel import UNKNOWN_M

Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Lists = tuple[npt.NDArray[np.int32], Numbers, npt.NDArray[np.int32]]
"""group (m,), starts (g + 1,), schools: as in `Contest`."""


def claimants(claim: Claim, world: World, state: State) -> Numbers:
    """Return the children whom a claim means, by position, in order of their numbers."""
    children = world.children
    who = (state.outcome == WAITING) & np.isin(children.category, claim.who.categories)
    if claim.who.consents is not None:
        who &= children.consent >= CONSENT_LEVEL[claim.who.consents]
    if claim.who.zone is not None:
        who &= _zone_mask(claim, world)[children.zone]
    return np.flatnonzero(who)


def _zone_mask(claim: Claim, world: World) -> Mask:
    schools, wanted = np.diff(world.zone_starts), claim.who.zone
    if wanted == "single-school":
        mask = schools == 1
    elif wanted == "multi-school":
        mask = schools > 1
    else:
        mask = np.isin(world.zones, wanted or [])
    return np.asarray(mask, dtype=np.bool_)


def rank_children(claim: Claim, world: World, who: Numbers) -> Numbers:
    """Return positions in `who`, the first in the claim's order first, shape (m,).

    A key that is absent comes after every key that is there, in either direction.
    """
    columns = [world.children.ticket_rank[who].astype(np.float64)]
    for key in reversed(claim.order[:-1]):
        name, _, direction = key.partition(" ")
        values = world.children.keys[name][who]
        columns.append(-values if direction == "desc" else values)  # lexsort puts NaN last
    return np.lexsort(columns)


def school_lists(stage: Stage, claim: Claim, world: World, state: State, who: Numbers) -> Lists:
    """Return the schools open to each claimant, best first.

    By choices, a list is what the child filed, as far as it is open; to the nearest, it is the open
    schools by distance (unknown last), then by id; else it is the schools of the zone by id.
    """
    if stage.mechanism.choose == "choices":
        return _chosen(claim, world, who)
    if claim.where.schools == "own-zone":
        return _of_zones(stage, claim, world, who)
    return _nearest(stage, claim, world, state, who)


def filed_ranks(world: World, who: Numbers, school: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Return the rank that each child filed for its school; 0 where it has none, or did not list it."""
    children = world.children
    row, place = walk(np.diff(children.choice_starts)[who])
    entry = children.choice_starts[who][row] + place
    hit = (children.choice_schools[entry] == school[row]) & (school[row] != NOWHERE)
    result = np.zeros(len(who), dtype=np.int32)
    result[row[hit]] = children.choice_ranks[entry[hit]]
    return result


def open_schools(claim: Claim, world: World) -> Mask:
    """Return which schools are of the kinds that a claim allows, shape (s,)."""
    if claim.where.kinds is None:
        return np.ones(len(world.schools.ids), dtype=np.bool_)
    return np.isin(world.schools.kinds, claim.where.kinds)


def _in_reach(claim: Claim, world: World, who: Numbers, school: npt.NDArray[np.int32]) -> Mask:
    """Return whether each pair of child and school is in the claim's reach, shape (p,)."""
    reach = claim.where.schools
    district = world.schools.district[school]
    own = (district == world.children.district[who]) & (district >= 0)
    if reach == "own-district":
        return np.asarray(own, dtype=np.bool_)
    if reach == "other-districts":
        return np.asarray(~own & (district >= 0), dtype=np.bool_)
    if reach == "own-zone":
        return _serves(world, world.children.zone[who], school)
    return np.ones(len(school), dtype=np.bool_)


def _serves(world: World, zone: Numbers, school: npt.NDArray[np.int32]) -> Mask:
    count = len(world.schools.ids)
    served = np.repeat(np.arange(len(world.zones)), np.diff(world.zone_starts)) * count + world.zone_schools
    return np.isin(zone * count + school, served)


def _chosen(claim: Claim, world: World, who: Numbers) -> Lists:
    children = world.children
    length = np.diff(children.choice_starts)[who]
    row, place = walk(length)
    school = children.choice_schools[children.choice_starts[who][row] + place]
    keep = _in_reach(claim, world, who[row], school) & open_schools(claim, world)[school]
    starts = np.searchsorted(row[keep], np.arange(len(who) + 1))
    return np.arange(len(who), dtype=np.int32), starts.astype(np.int64), school[keep]


def _of_zones(stage: Stage, claim: Claim, world: World, who: Numbers) -> Lists:
    zones, group = np.unique(world.children.zone[who], return_inverse=True)
    allowed = open_schools(claim, world)
    if stage.mechanism.choose == "nearest":
        return _nearest_in_zone(claim, world, who)
    lists = [world.zone_schools[world.zone_starts[z] : world.zone_starts[z + 1]] for z in zones]
    lists = [schools[allowed[schools]] for schools in lists]
    return _pack(np.asarray(group, dtype=np.int32), lists)


def _nearest_in_zone(claim: Claim, world: World, who: Numbers) -> Lists:
    pairs = np.column_stack([world.children.zone[who], world.children.home[who]])
    cells, group = np.unique(pairs, axis=0, return_inverse=True)
    length = np.diff(world.zone_starts)[cells[:, 0]]
    row, place = walk(length)
    school = world.zone_schools[world.zone_starts[cells[row, 0]] + place]
    keep = open_schools(claim, world)[school]
    row, school = row[keep], school[keep]
    metres = pair_metres(world, cells[row, 1], school.astype(np.int64))
    order = np.lexsort((school, metres, row))
    starts = np.searchsorted(row[order], np.arange(len(cells) + 1))
    return np.asarray(group.reshape(-1), dtype=np.int32), starts.astype(np.int64), school[order]


def _nearest(stage: Stage, claim: Claim, world: World, state: State, who: Numbers) -> Lists:
    """Return one list for each pair of district and home among the claimants."""
    pairs = np.column_stack([world.children.district[who], world.children.home[who]])
    cells, group = np.unique(pairs, axis=0, return_inverse=True)
    open_ = open_schools(claim, world)
    # a school that is full now stays full in this stage; and nobody is seated above an intake that is none
    seats = world.schools.seats if stage.when_full == "over" else state.free
    open_ = open_ & (seats > 0)
    lists: list[npt.NDArray[np.int32]] = []
    # a loop over districts: those who live in one have the same schools in reach
    for district in np.unique(cells[:, 0]):
        homes = cells[cells[:, 0] == district, 1]
        schools = np.flatnonzero(open_ & _reach_of_district(claim, world, int(district)))
        metres = world.metres(homes, schools)
        order = np.argsort(metres, axis=1, kind="stable")
        lists.extend(schools[order].astype(np.int32))
    return _pack(np.asarray(group.reshape(-1), dtype=np.int32), lists)


def _reach_of_district(claim: Claim, world: World, district: int) -> Mask:
    of = world.schools.district
    mask = np.ones(len(of), dtype=np.bool_)
    if claim.where.schools == "own-district":
        mask = (of == district) & (of >= 0)
    elif claim.where.schools == "other-districts":
        mask = (of != district) & (of >= 0)
    return mask


def _pack(group: npt.NDArray[np.int32], lists: list[npt.NDArray[np.int32]]) -> Lists:
    lengths = np.array([len(one) for one in lists], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    schools = np.concatenate([*lists, np.empty(0, dtype=np.int32)])
    return group, starts, schools.astype(np.int32)


def known_metres(metres: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """Return distances as they are written: NaN (null) where unknown."""
    return np.where(metres == UNKNOWN_M, np.nan, metres.astype(np.float64))
