"""From lists and claims to a contest: orders, tie classes, twins (STAGES.md, 3.5 and 4)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from geodata import XuequError, say
from geodata.metres import UNKNOWN_M
from simulate.lists import Lists
from simulate.mechanisms import LONGEST_M, Contest
from simulate.orders import Ranking, rank_children, rank_entries
from simulate.policy import ONE_ORDER, Stage
from simulate.ragged import walk
from simulate.state import State
from simulate.where import has_sibling, serves
from simulate.world import ABSENT, World

Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Keys = dict[str, npt.NDArray[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Posed:
    """A contest, and what its numbers stand for.

    Parameters
    ----------
    contest : Contest
        As the mechanism is given it; with `rank` where blocks have orders of their own.
    lists : Lists
        Its lists; with `rank`, one a child.
    pair : mapping of str to array of float64
        The keys of the pair by entry, where a claim asks for them; NaN is unknown.
    position : array of int64, shape (m,)
        The place of each child in the one order, 0 first; empty where blocks have orders of their own.
    """

    contest: Contest
    lists: Lists
    pair: Keys
    position: Numbers


def pose(
    stage: Stage, world: World, state: State, who: Numbers, first: Numbers, lists: Lists, seats: Numbers
) -> Posed:
    """Return the contest of a stage.

    Parameters
    ----------
    stage, world, state
        As the stage begins.
    who, first : array of int64, shape (m,)
        The children of its claims, and the number of the first claim that each is in.
    lists : Lists
        What they may get.
    seats : array of int64
        Free seats by block (or zone), guarantees last.
    """
    asked = sorted({key for claim in stage.claims for key in claim.pair_keys})
    pair: Keys = {}
    one_order = stage.mechanism.name in (*ONE_ORDER, "fill")
    if asked or (not one_order and _tiers_differ(lists, first)):
        lists = _own(lists)
        child = who[lists.group.repeat(np.diff(lists.starts))]
        pair = {key: _pair_key(key, world, state, child, lists.block) for key in asked}
        at_blocks = rank_entries(stage.claims, world, child, lists.tier, pair)
        return _posed(stage, world, who, lists, pair, seats, at_blocks, None)
    one = rank_children(stage.claims, world, who, first)
    return _posed(stage, world, who, lists, pair, seats, None, one)


def _posed(
    stage: Stage,
    world: World,
    who: Numbers,
    lists: Lists,
    pair: Keys,
    seats: Numbers,
    at_blocks: Ranking | None,
    one: Ranking | None,
) -> Posed:
    m = len(who)
    position = np.empty(0, dtype=np.int64) if one is None else one.place
    order = np.arange(m)
    if one is not None:
        order = np.empty(m, dtype=np.int64)
        order[one.place] = np.arange(m)
    contest = Contest(
        order=order,
        ticket_rank=world.children.ticket_rank[who],
        group=lists.group,
        starts=lists.starts,
        schools=lists.block,
        seats=seats,
        rank=None if at_blocks is None else at_blocks.place,
        choice=lists.choice,
        metres=_metres(world, who, lists) if stage.mechanism.name == "least-travel" else None,
    )
    ranking = at_blocks or one
    assert ranking is not None
    if stage.ties == "all-over":
        contest = replace(contest, ties=ranking.tie)
    if stage.twins == "together":
        contest = _with_twins(stage, world, who, lists, contest, ranking)
    return Posed(contest=contest, lists=lists, pair=pair, position=position)


def _tiers_differ(lists: Lists, first: Numbers) -> bool:
    """Whether some child stands in another tier at some block than by its first claim."""
    row = np.repeat(np.arange(len(lists.starts) - 1), np.diff(lists.starts))
    of_list = np.zeros(len(lists.starts) - 1, dtype=np.int64)
    of_list[lists.group] = first  # children who share a list are in the same claims
    return bool((lists.tier != of_list[row]).any())


def _own(lists: Lists) -> Lists:
    """Return the lists with one for each child."""
    row, place = walk(np.diff(lists.starts)[lists.group])
    entry = lists.starts[lists.group][row] + place
    return Lists(
        group=np.arange(len(lists.group), dtype=np.int32),
        starts=np.searchsorted(row, np.arange(len(lists.group) + 1)).astype(np.int64),
        block=lists.block[entry],
        tier=lists.tier[entry],
        choice=lists.choice[entry],
    )


def schools_of(world: World, block: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Return the school of each block, guarantees too."""
    schools = np.concatenate([world.blocks.school, np.arange(len(world.schools.ids), dtype=np.int32)])
    result: npt.NDArray[np.int32] = schools[block]
    return result


def _pair_key(
    key: str, world: World, state: State, child: Numbers, block: npt.NDArray[np.int32]
) -> npt.NDArray[np.float64]:
    school = schools_of(world, block)
    if key == "own-zone":
        return serves(world, state.zone_of(world, child), school).astype(np.float64)
    if key == "sibling":
        return has_sibling(world, state, child, school).astype(np.float64)
    metres = world.metres(child, school)
    return np.where(metres == UNKNOWN_M, np.nan, metres.astype(np.float64))


def _metres(world: World, who: Numbers, lists: Lists) -> npt.NDArray[np.int32]:
    """Return the distance of each entry of shared lists: those who share one live in one home."""
    home = np.zeros(len(lists.starts) - 1, dtype=np.int64)
    home[lists.group] = world.children.home[who]
    row = np.repeat(np.arange(len(home)), np.diff(lists.starts))
    metres = world.nearness.pairs(home[row], schools_of(world, lists.block).astype(np.int64))
    if ((metres >= LONGEST_M) & (metres != UNKNOWN_M)).any():
        raise XuequError(
            say("least-travel adds up distances below {most} m; some are longer", most=f"{LONGEST_M:,}")
        )
    return metres


def _with_twins(
    stage: Stage, world: World, who: Numbers, lists: Lists, contest: Contest, ranking: Ranking
) -> Contest:
    """Bind together the twins who are alike: all of the group in this stage, same lists, tiers and keys."""
    unit = np.arange(len(who), dtype=np.int64)
    twins = world.children.twins[who]
    order = np.lexsort((np.arange(len(who)), twins))
    order = order[twins[order] != ABSENT]
    group = twins[order]
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    size = np.diff([*starts, len(group)])
    number = np.repeat(np.arange(len(starts)), size)
    # each is compared with the first of its group
    leader = order[starts][number]
    alike = _same_lists(lists, order, leader)
    if contest.rank is None:
        alike &= ranking.tie[order] == ranking.tie[leader]
    else:
        alike &= _same_classes(lists, ranking.tie, order, leader, alike)
    all_here = (
        np.bincount(world.children.twins[world.children.twins != ABSENT], minlength=1)[group]
        == size[number]
    )
    whole = np.ones(len(starts), dtype=np.bool_)
    np.logical_and.at(whole, number, alike & all_here)
    bound = whole[number]
    unit[order[bound]] = leader[bound]
    if stage.last_seat == "next" or stage.mechanism.name == "random-seats":
        return replace(contest, unit=unit)
    return replace(contest, ties=_classes_of_units(contest, lists, unit))


def _same_lists(lists: Lists, a: Numbers, b: Numbers) -> Mask:
    """Return whether each pair of children has the same blocks in the same tiers and choices."""
    first, second = lists.group[a], lists.group[b]
    lengths = np.diff(lists.starts)
    same = lengths[first] == lengths[second]
    row, place = walk(np.where(same, lengths[first], 0))
    x, y = lists.starts[first][row] + place, lists.starts[second][row] + place
    differ = (lists.block[x] != lists.block[y]) | (lists.tier[x] != lists.tier[y])
    differ |= lists.choice[x] != lists.choice[y]
    same[row[differ]] = False
    return np.asarray(same, dtype=np.bool_)


def _same_classes(lists: Lists, tie: Numbers, a: Numbers, b: Numbers, same: Mask) -> Mask:
    """Return whether each pair of children with the same lists is tied at each entry."""
    lengths = np.diff(lists.starts)
    row, place = walk(np.where(same, lengths[lists.group[a]], 0))
    differ = tie[lists.starts[a][row] + place] != tie[lists.starts[b][row] + place]
    result = same.copy()
    result[row[differ]] = False
    return result


def _classes_of_units(contest: Contest, lists: Lists, unit: Numbers) -> Numbers:
    """Return tie classes of which a pair of twins is one and every other child one of its own."""
    if contest.rank is None:
        in_order = unit[contest.order]
        result = np.empty(len(unit), dtype=np.int64)
        result[contest.order] = np.cumsum(np.diff(in_order, prepend=-1) != 0)
        return result
    # twins stand one behind the other at each block, for they have one ticket: the class is the least rank
    owner = unit[np.repeat(np.arange(len(unit)), np.diff(lists.starts))]
    order = np.lexsort((contest.rank, owner, lists.block))
    block, mine = lists.block[order], owner[order]
    new = (np.diff(block, prepend=-1) != 0) | (np.diff(mine, prepend=-1) != 0)
    result = np.empty(len(order), dtype=np.int64)
    result[order] = contest.rank[order][np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))]
    return result
