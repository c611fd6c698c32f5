"""Which seats each child of a stage may get, the most wanted first (STAGES.md, 3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from simulate.policy import Claim, Stage
from simulate.ragged import walk
from simulate.state import State
from simulate.where import blocks_of_schools, in_reach, reach_key
from simulate.who import of_kinds, open_blocks
from simulate.world import World

Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """Lists of seat blocks; children with the same list share one.

    Parameters
    ----------
    group : array of int32, shape (m,)
        Which list each child has.
    starts : array of int64, shape (g + 1,)
        Where each list starts in the entries.
    block : array of int32, shape (total,)
        A block; from `len(world.blocks)` on, the guarantee of a school; where a stage gives zones, a zone.
    tier : array of int64, shape (total,)
        The number of the first claim that opens it.
    choice : array of int32, shape (total,)
        Which choice it is, 0 the first.
    """

    group: npt.NDArray[np.int32]
    starts: Numbers
    block: npt.NDArray[np.int32]
    tier: Numbers
    choice: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entries:
    """Entries on the way to lists: row by row, in each the most wanted school first.

    `opened` (claims, e) says which claims open the school of an entry to its row.
    """

    row: Numbers
    school: npt.NDArray[np.int32]
    choice: npt.NDArray[np.int32]
    opened: Mask


def lists_of(stage: Stage, world: World, state: State, who: Numbers, inside: Mask) -> Lists:
    """Return the lists of a stage's children.

    Parameters
    ----------
    stage, world, state
        As the stage begins.
    who : array of int64, shape (m,)
        The children who are in one of its claims.
    inside : array of bool, shape (claims, m)
        Which claims each of them is in.
    """
    if stage.gives == "zone":
        return _zones_chosen(stage, world, state, who, inside)
    if stage.mechanism.by_choices:
        entries = _chosen(stage, world, state, who, inside)
        return _pack(stage, world, np.arange(len(who), dtype=np.int32), len(who), entries)
    lists = _in_reach(stage, world, state, who, inside)
    return _merged(lists) if stage.mechanism.name == "random-seats" else lists


def _merged(lists: Lists) -> Lists:
    """Give one list to all who have the same blocks: a zone is drawn as a whole, whoever claims a seat."""
    blocks = [lists.block[start:end].tobytes() for start, end in pairwise(lists.starts.tolist())]
    first = {same: row for row, same in reversed(list(enumerate(blocks)))}
    rows = np.array([first[same] for same in blocks], dtype=np.int32)
    kept, row = np.unique(rows, return_inverse=True)
    entry = np.flatnonzero(np.isin(np.repeat(np.arange(len(rows)), np.diff(lists.starts)), kept))
    return Lists(
        group=row.astype(np.int32)[lists.group],
        starts=np.append(0, np.cumsum(np.diff(lists.starts)[kept])).astype(np.int64),
        block=lists.block[entry],
        tier=lists.tier[entry],
        choice=lists.choice[entry],
    )


def _filed(stage: Stage, world: World, state: State, who: Numbers) -> tuple[Numbers, Numbers]:
    """Return the rows of choices that count in a stage, and the position of their child in `who`."""
    choices = world.choices
    mine = choices.list_ == (stage.claims[0].where.list_ or 1)
    mine &= choices.after == state.filed_after[choices.child]
    position = np.full(len(world.children), -1, dtype=np.int64)
    position[who] = np.arange(len(who))
    entry = np.flatnonzero(mine & (position[choices.child] >= 0))
    return entry, position[choices.child[entry]]


def _chosen(stage: Stage, world: World, state: State, who: Numbers, inside: Mask) -> _Entries:
    entry, row = _filed(stage, world, state, who)
    of_school = world.choices.school[entry] >= 0
    entry, row = entry[of_school], row[of_school]
    school = world.choices.school[entry]
    child = who[row]
    opened = np.empty((len(stage.claims), len(row)), dtype=np.bool_)
    for number, claim in enumerate(stage.claims):
        opened[number] = inside[number, row] & in_reach(claim, world, state, child, school)
        opened[number] &= of_kinds(claim, world)[school]
        if claim.where.within_m is not None:
            opened[number] &= world.metres(child, school) <= claim.where.within_m
    return _Entries(row=row, school=school, choice=world.choices.rank[entry] - 1, opened=opened)


def _zones_chosen(stage: Stage, world: World, state: State, who: Numbers, inside: Mask) -> Lists:
    entry, row = _filed(stage, world, state, who)
    of_zone = world.choices.zone[entry] >= 0
    entry, row = entry[of_zone], row[of_zone]
    zone = world.choices.zone[entry]
    theirs, own = world.zone_district[zone], world.children.district[who[row]]
    opened = np.empty((len(stage.claims), len(row)), dtype=np.bool_)
    for number, claim in enumerate(stage.claims):
        opened[number] = inside[number, row]
        if claim.where.schools == "own-district":
            opened[number] &= (theirs == own) & (theirs >= 0)
        elif claim.where.schools == "other-districts":
            opened[number] &= (theirs != own) & (theirs >= 0)
    keep = opened.any(axis=0)
    return Lists(
        group=np.arange(len(who), dtype=np.int32),
        starts=_starts(row[keep], len(who)),
        block=zone[keep],
        tier=opened[:, keep].argmax(axis=0),
        choice=world.choices.rank[entry[keep]] - 1,
    )


def _in_reach(stage: Stage, world: World, state: State, who: Numbers, inside: Mask) -> Lists:
    """Return one list for all children who have the same schools in reach, and one home if it matters."""
    by_distance = stage.mechanism.by_distance
    measured = by_distance or any(claim.where.within_m is not None for claim in stage.claims)
    bits = (inside * (1 << np.arange(len(stage.claims)))[:, None]).sum(axis=0)
    keys = [bits, *(reach_key(claim, world, state, who) for claim in stage.claims)]
    reach = _same(keys)
    home = world.children.home[who] if measured else np.zeros(len(who), dtype=np.int64)
    cells, first, group = np.unique(
        reach * (len(world.homes.ids) + 1) + home, return_index=True, return_inverse=True
    )
    reach, home = reach[first], home[first]
    parts = []
    bounds = np.append(np.flatnonzero(np.diff(reach, prepend=-1)), len(cells))
    # a loop over reaches: those who live in one district, zone or street have the same schools open
    for low, high in pairwise(bounds.tolist()):
        one = int(first[low])
        opened = _opened(stage, world, state, int(who[one]), inside[:, one])
        parts.append(_of_reach(stage, world, state, opened, home[low:high], low))
    entries = _joined(parts, len(stage.claims))
    if any(claim.where.within_m is not None for claim in stage.claims):
        entries = _within(stage.claims, world, home, entries)
        if by_distance:
            # a claim that distance closes gives no seat there
            worth = _worth_asking(stage, world, state)[:, entries.school]
            entries = _only(entries, np.logical_or.reduce(entries.opened & worth, axis=0))
    return _pack(stage, world, group.reshape(-1).astype(np.int32), len(cells), entries)


def _opened(stage: Stage, world: World, state: State, child: int, inside: Mask) -> Mask:
    """Return which claims open which schools to one child, shape (claims, s)."""
    schools = np.arange(len(world.schools.ids), dtype=np.int32)
    same = np.full(len(schools), child, dtype=np.int64)
    opened = np.zeros((len(stage.claims), len(schools)), dtype=np.bool_)
    for number, claim in enumerate(stage.claims):
        if inside[number]:
            opened[number] = in_reach(claim, world, state, same, schools) & of_kinds(claim, world)
    return opened


def _of_reach(
    stage: Stage, world: World, state: State, opened: Mask, homes: Numbers, first_row: int
) -> _Entries:
    """Return the entries of all homes of one reach: nearest first, or by id."""
    keep: Mask = np.logical_or.reduce(opened, axis=0)
    if stage.mechanism.by_distance:
        keep = np.logical_or.reduce(opened & _worth_asking(stage, world, state), axis=0)
        order = world.nearness.order(homes)
        row, place = np.nonzero(keep[order])
        school = order[row, place]
    else:
        listed = np.flatnonzero(keep).astype(np.int32)
        row, place = walk(np.full(len(homes), len(listed)))
        school = listed[place]
    return _Entries(
        row=row.astype(np.int64) + first_row,
        school=school,
        choice=np.zeros(len(row), dtype=np.int32),
        opened=opened[:, school],
    )


def _worth_asking(stage: Stage, world: World, state: State) -> Mask:
    """Return by which claim which schools can give a seat: a list of the nearest leaves the full ones out.

    Returns
    -------
    array of bool, shape (claims, s)
    """
    if stage.when_full == "over":
        return np.tile(world.schools.offered > 0, (len(stage.claims), 1))
    result = np.zeros((len(stage.claims), len(world.schools.ids)), dtype=np.bool_)
    for number, claim in enumerate(stage.claims):
        result[number, world.blocks.school[open_blocks(claim, world) & (state.free > 0)]] = True
        result[number] |= claim.guaranteed
    return result


def _within(claims: Sequence[Claim], world: World, home: Numbers, entries: _Entries) -> _Entries:
    """Take out the schools past a greatest distance, or put them behind the others."""
    metres = world.nearness.pairs(home[entries.row], entries.school.astype(np.int64))
    opened, past = entries.opened.copy(), np.zeros_like(entries.opened)
    for number, claim in enumerate(claims):
        if claim.where.within_m is not None:
            far = metres > claim.where.within_m
            if claim.where.past_it == "never":
                opened[number] &= ~far
            past[number] = far
    behind = np.take_along_axis(past, opened.argmax(axis=0)[None, :], axis=0)[0]
    keep: Mask = np.logical_or.reduce(opened, axis=0)
    order = np.lexsort((behind, entries.row))
    order = order[keep[order]]
    return _Entries(
        row=entries.row[order],
        school=entries.school[order],
        choice=entries.choice[order],
        opened=opened[:, order],
    )


def _pack(stage: Stage, world: World, group: npt.NDArray[np.int32], rows: int, entries: _Entries) -> Lists:
    """Turn schools into seat blocks: a school stands for its open blocks, in order of precedence."""
    claims, school_count = stage.claims, len(world.schools.ids)
    allowed = np.stack([open_blocks(claim, world) for claim in claims])
    if any(claim.guaranteed for claim in claims) or len(world.blocks) > school_count:
        at, block = blocks_of_schools(world, entries.school)
        opened = entries.opened[:, at] & allowed[:, block]
        at, block, opened = _with_guarantees(stage, world, entries, at, block, opened)
    else:
        at, block = np.arange(len(entries.row)), entries.school
        opened = entries.opened & allowed[:, block]
    keep = np.flatnonzero(opened.any(axis=0))
    at, block = at[keep], block[keep]
    row = entries.row[at]
    starts = _starts(row, rows)
    choice = entries.choice[at] if stage.mechanism.by_choices else _places(row, entries.school[at], starts)
    return Lists(
        group=group,
        starts=starts,
        block=block.astype(np.int32),
        tier=opened[:, keep].argmax(axis=0),
        choice=choice.astype(np.int32),
    )


def _with_guarantees(
    stage: Stage,
    world: World,
    entries: _Entries,
    at: Numbers,
    block: npt.NDArray[np.int32],
    opened: Mask,
) -> tuple[Numbers, npt.NDArray[np.int32], Mask]:
    """Put behind the blocks of a school the place that is always there, for the claims that promise it."""
    promised = np.array([claim.guaranteed for claim in stage.claims])
    if not promised.any():
        return at, block, opened
    more = np.flatnonzero((entries.opened & promised[:, None]).any(axis=0))
    both = np.concatenate([at, more])
    # a stable sort keeps the guarantee behind the blocks of the same entry
    order = np.argsort(both, kind="stable")
    blocks = np.concatenate([block, len(world.blocks) + entries.school[more]]).astype(np.int32)
    opens = np.concatenate([opened, entries.opened[:, more] & promised[:, None]], axis=1)
    return both[order], blocks[order], opens[:, order]


def _only(entries: _Entries, keep: Mask) -> _Entries:
    return _Entries(
        row=entries.row[keep],
        school=entries.school[keep],
        choice=entries.choice[keep],
        opened=entries.opened[:, keep],
    )


def _places(row: Numbers, school: npt.NDArray[np.int32], starts: Numbers) -> Numbers:
    """Return the place of each entry's school in its list, 0 the first; its blocks have the same."""
    new = np.ones(len(row), dtype=np.bool_)
    new[1:] = (row[1:] != row[:-1]) | (school[1:] != school[:-1])
    count = np.cumsum(new)
    return count - count[np.minimum(starts[row], len(row) - 1)]


def _same(keys: list[Numbers]) -> Numbers:
    """Return the same number for the same keys, from 0 on."""
    result = np.zeros(len(keys[0]), dtype=np.int64)
    for key in keys:
        _, code = np.unique(key, return_inverse=True)
        result = result * (int(code.max(initial=0)) + 1) + code.reshape(-1)
        _, result = np.unique(result, return_inverse=True)
        result = result.reshape(-1)
    return result


def _starts(row: Numbers, rows: int) -> Numbers:
    return np.searchsorted(row, np.arange(rows + 1)).astype(np.int64)


def _joined(parts: list[_Entries], claims: int) -> _Entries:
    if not parts:
        empty = np.empty(0, dtype=np.int32)
        nothing = np.empty((claims, 0), dtype=np.bool_)
        return _Entries(row=np.empty(0, dtype=np.int64), school=empty, choice=empty, opened=nothing)
    return _Entries(
        row=np.concatenate([one.row for one in parts]),
        school=np.concatenate([one.school for one in parts]).astype(np.int32),
        choice=np.concatenate([one.choice for one in parts]),
        opened=np.concatenate([one.opened for one in parts], axis=1),
    )
