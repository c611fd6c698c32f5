"""The list of a child in a stage: each school, its seats, where the line ran, what came of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from geodata.schema import OPEN_POOL
from simulate.contests import schools_of
from simulate.explain.facts import Place, Told
from simulate.explain.lines import line_at
from simulate.explain.replay import Step
from simulate.mechanisms import NOWHERE
from simulate.policy import Stage
from simulate.records import known_metres
from simulate.stage import Result
from simulate.where import in_reach
from simulate.world import ABSENT, World

Numbers = npt.NDArray[np.int64]


def places_of(stage: Stage, step: Step, child: int, at: int) -> Iterator[Place]:
    """Return the child's list, a place for each of its seat blocks, the most wanted first.

    Parameters
    ----------
    stage, step
        A stage that the child was in.
    child, at : int
        Its position in the world, and in the stage.
    """
    world, one = step.world, step.result
    lists, zones = one.posed.lists, stage.gives == "zone"
    got, block = int(one.entry[at]), int(one.block[at])
    fallback = -1
    entries = entries_of(one, at)
    if got < 0 and block != NOWHERE:
        fallback = next(e for e in entries if lists.block[e] % len(one.before) == block)
    for entry in entries:
        number = int(lists.block[entry])
        guaranteed = number >= len(one.before)
        school = number if zones else int(schools_of(world, lists.block[entry : entry + 1])[0])
        sits = entry in (got, fallback)
        if got >= 0 and not sits and not zones and _same_school(world, one, entry, got):
            continue  # another pool of the school where it sits
        if guaranteed and not sits:
            continue  # the place behind the seats of a school: told where it is used
        at_block = school if guaranteed else number
        yield Place(
            target=str((world.zones if zones else world.schools.ids)[school]),
            zone=zones,
            pool=None if zones or guaranteed or _pool(world, number) == OPEN_POOL else _pool(world, number),
            number=int(lists.choice[entry]) + 1,
            metres=None if zones else _metres(world, child, school),
            seats=int(one.posed.contest.seats[at_block]),
            given=int((one.given if zones else one.given - _by_hand(step))[at_block]),
            asked=_asked(stage, one, at, entry),
            line=line_at(world, stage, one, at, entry),
            told=_told(stage, step, at, entry, got, fallback),
            apart=() if zones else tuple(_apart(step, school, at, entries)),
        )


def _same_school(world: World, one: Result, entry: int, other: int) -> bool:
    schools = schools_of(world, one.posed.lists.block[[entry, other]])
    return bool(schools[0] == schools[1]) and entry > other


def _by_hand(step: Step) -> Numbers:
    """Return the seats that decisions took in a stage, by block."""
    decided = step.result.decided
    seated = decided[~step.state.over[decided]]
    return np.bincount(step.state.block[seated], minlength=len(step.result.before))


def _told(stage: Stage, step: Step, at: int, entry: int, got: int, fallback: int) -> Told:
    one = step.result
    if entry == fallback:
        return "over"
    if entry == got:
        if not one.over[at] or one.posed.lists.block[entry] >= len(one.before):
            return "got"
        return "tie" if stage.ties == "all-over" else "twins-over"
    if stage.mechanism.name == "random-seats" and got >= 0:
        return "elsewhere"
    if 0 <= got < entry:
        return "behind"
    line = line_at(step.world, stage, one, at, entry)
    if line.kind in ("none", "late") or (line.difference is not None and not line.difference.above):
        return "full"
    return "passed"


def _asked(stage: Stage, one: Result, at: int, entry: int) -> tuple[int, int] | None:
    """Return the child's place among those who chose a block, and how many they are."""
    posed = one.posed
    if not stage.mechanism.by_choices:
        return None
    chose = np.flatnonzero(posed.lists.block == posed.lists.block[entry])
    if posed.contest.rank is not None:
        return int((posed.contest.rank[chose] < posed.contest.rank[entry]).sum()) + 1, len(chose)
    # by choices every child has a list of its own
    child = np.searchsorted(posed.lists.starts, chose, side="right") - 1
    return int((posed.position[child] < posed.position[at]).sum()) + 1, len(chose)


def _apart(step: Step, school: int, at: int, entries: range) -> Iterator[tuple[str, int]]:
    world, one = step.world, step.result
    open_ = {int(one.posed.lists.block[entry]) for entry in entries}
    for block in np.flatnonzero(world.blocks.school == school):
        seats = int(one.posed.contest.seats[block])
        if int(block) not in open_ and seats > 0:
            yield _pool(world, int(block)), seats


def gone_before(stage: Stage, step: Step, child: int, at: int, claims: tuple[int, ...]) -> tuple[str, ...]:
    """Return the schools in reach that were full when a stage of the nearest began."""
    if not stage.mechanism.by_distance:
        return ()
    world, one = step.world, step.result
    schools = np.arange(len(world.schools.ids), dtype=np.int32)
    same = np.full(len(schools), child, dtype=np.int64)
    away = world.metres(same, schools)
    reach = np.zeros(len(schools), dtype=np.bool_)
    for number in claims:
        where = stage.claims[number].where
        opens = in_reach(stage.claims[number], world, step.begun, same, schools)
        if where.kinds is not None:
            opens &= np.isin(world.schools.kinds, where.kinds)
        if where.within_m is not None and where.past_it == "never":
            opens &= away <= where.within_m
        reach |= opens
    entries = entries_of(one, at)
    listed = schools_of(world, one.posed.lists.block[entries.start : entries.stop])
    reach[listed] = False
    gone = np.flatnonzero(reach & (world.schools.offered > 0))
    gone = gone[np.argsort(away[gone], kind="stable")]
    return tuple(str(name) for name in world.schools.ids[gone])


def not_open(stage: Stage, step: Step, child: int, at: int) -> Iterator[str]:
    """Return what the child filed for the stage and no claim opened."""
    if not stage.mechanism.by_choices:
        return
    world, one = step.world, step.result
    zones = stage.gives == "zone"
    choices = world.choices
    mine = (choices.child == child) & (choices.list_ == (stage.claims[0].where.list_ or 1))
    mine &= choices.after == step.state.filed_after[child]
    entries = entries_of(one, at)
    blocks = one.posed.lists.block[entries.start : entries.stop]
    open_ = set((blocks if zones else schools_of(world, blocks)).tolist())
    for row in np.flatnonzero(mine):
        target = int((choices.zone if zones else choices.school)[row])
        if target not in open_:
            names = world.zones if choices.zone[row] != ABSENT else world.schools.ids
            yield str(names[max(choices.zone[row], choices.school[row])])


def entries_of(one: Result, at: int) -> range:
    """Return the entries of a child's list; `at` is its position in the stage."""
    lists = one.posed.lists
    group = int(lists.group[at])
    return range(int(lists.starts[group]), int(lists.starts[group + 1]))


def _metres(world: World, child: int, school: int) -> int | None:
    metres = known_metres(world.metres(np.array([child]), np.array([school], dtype=np.int32)))[0]
    return None if np.isnan(metres) else int(metres)


def _pool(world: World, block: int) -> str:
    return str(world.blocks.pool[block])
