"""Run one stage: decisions first, then the mechanism, then what happens to those who got nothing.

What each step means exactly stands in `STAGES.md`; the numbers in brackets are its sections.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from geodata import DataError, Fault, say
from simulate.contests import Posed, pose, schools_of
from simulate.decisions import honour_decisions
from simulate.lists import Lists, lists_of
from simulate.mechanisms import (
    NOWHERE,
    Contest,
    deferred_acceptance,
    fill,
    immediate_acceptance,
    least_travel,
    parallel,
    random_seats,
    serial_dictatorship,
)
from simulate.policy import Mechanism, Policy, Stage
from simulate.scan import entries_got
from simulate.state import NOT_ADMITTED, PLACED, STATUS_DECLINED, WAITING, State
from simulate.who import claimants
from simulate.world import ABSENT, World

Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Solve = Callable[[Contest], npt.NDArray[np.int32]]


MECHANISMS: dict[str, Solve] = {
    "fill": fill,
    "random-seats": random_seats,
    "serial-dictatorship": serial_dictatorship,
    "immediate-acceptance": immediate_acceptance,
    "deferred-acceptance": deferred_acceptance,
    "least-travel": least_travel,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a stage, in arrays; `simulate.records` writes it down.

    Parameters
    ----------
    number, round : int
        The position of the stage, and in which pass through the stages it ran (0: the season).
    who, first : array of int64, shape (m,)
        The children of its claims, and the number of the first claim that each is in.
    posed : Posed
        The contest.
    entry : array of int64, shape (m,)
        The entry that the mechanism gave to each, or -1.
    block : array of int32, shape (m,)
        Where each sits now (where zones are given, the zone), or `NOWHERE`.
    over : array of bool, shape (m,)
        Who of them sits above the intake.
    before, returned, given, above, left, released : array of int64, shape (b,)
        Seats by block (or zone): free when the stage began, those of them that came back before it, given,
        placed above them, left when it ended, and gone to the open pool after it (negative where it came).
    last : array of int64, shape (b,)
        The position in `who` of the last one admitted, -1 where there is no cut-off.
    decided : array of int64
        The children whom an officer placed in this stage.
    """

    number: int
    round: int
    who: Numbers
    first: Numbers
    posed: Posed
    entry: Numbers
    block: npt.NDArray[np.int32]
    over: Mask
    before: Numbers
    returned: Numbers
    given: Numbers
    above: Numbers
    left: Numbers
    released: Numbers
    last: Numbers
    decided: Numbers


def run_stage(
    world: World, policy: Policy, number: int, state: State, *, round_: int = 0
) -> tuple[State, Result]:
    """Turn the state before a stage into the state after it.

    Parameters
    ----------
    world : World
        City and children.
    policy : Policy
        The policy as it holds on the day.
    number : int
        The stage's position in it.
    state : State
        The state before.
    round_ : int
        0 in the season; 1 where a published run is amended: decisions have been honoured then.

    Returns
    -------
    (State, Result)
        The state after, and what came of it.

    Raises
    ------
    DataError
        If a decision cannot be honoured, or children have lists that the mechanism cannot take.
    """
    stage = policy.stage[number]
    before, begun = state.free.copy(), state
    decided = np.empty(0, dtype=np.int64)
    if round_ == 0:
        state, decided = honour_decisions(world, stage.id, number, state)
    inside = np.stack([claimants(stage, claim, world, state) for claim in stage.claims])
    who = np.flatnonzero(inside.any(axis=0))
    inside = inside[:, who]
    first = inside.argmax(axis=0)
    # a sibling whom a decision of this very stage placed does not count in it yet
    begun = replace(begun, free=state.free)
    lists = lists_of(stage, world, begun, who, inside)
    seats = zone_seats(world, state) if stage.gives == "zone" else _seats(stage, world, state, lists)
    posed = pose(stage, world, begun, who, first, lists, seats)
    _check_lists(stage, world, state, who, posed.lists)
    got = _solver(stage.mechanism)(posed.contest)
    entry = entries_got(posed.lists.group, posed.lists.starts, posed.lists.block, got)
    if stage.gives == "zone":
        return _give_zones(stage, number, round_, state, who, first, posed, entry, got, seats, decided)
    block, over = _sit(stage, world, state, posed, entry, got)
    after = _settle(stage, number, state, who, posed, entry, block, over)
    left = after.free.copy()
    after, released = release(world, number, after)
    here = np.bincount(block[(block != NOWHERE) & ~over], minlength=len(left))
    by_hand = state.block[decided[~state.over[decided]]]
    above_by_hand = state.block[decided[state.over[decided]]]
    return after, Result(
        number=number,
        round=round_,
        who=who,
        first=first,
        posed=posed,
        entry=entry,
        block=block,
        over=over,
        before=before,
        returned=np.zeros(len(left), dtype=np.int64),
        given=here + np.bincount(by_hand, minlength=len(left)),
        above=np.bincount(np.concatenate([block[over], above_by_hand]), minlength=len(left)),
        left=left - released,
        released=released,
        last=_last_admitted(stage, posed, entry, block, left),
        decided=decided,
    )


def _solver(mechanism: Mechanism) -> Solve:
    if mechanism.name == "parallel":
        bands = mechanism.bands if mechanism.bands is not None else [mechanism.e or 0]
        return partial(parallel, bands=tuple(bands))
    return MECHANISMS[mechanism.name]


def zone_seats(world: World, state: State) -> Numbers:
    """Return the seats of each zone: the free ones of its schools, less those given it who wait for one."""
    zone = np.repeat(np.arange(len(world.zones)), np.diff(world.zone_starts))
    free = np.bincount(zone, weights=state.free[world.zone_schools], minlength=len(world.zones)).astype(
        np.int64
    )
    waits = (state.outcome == WAITING) & (state.status != STATUS_DECLINED)
    waiting = state.given_zone[waits & (state.given_zone != ABSENT)]
    taken = np.bincount(waiting, minlength=len(world.zones))
    return np.asarray(np.maximum(free - taken, 0), dtype=np.int64)


def _seats(stage: Stage, world: World, state: State, lists: Lists) -> Numbers:
    """Return the free seats by block, then the guarantees: a place for everybody who has one."""
    if not any(claim.guaranteed for claim in stage.claims):
        return state.free
    blocks, schools = len(world.blocks), len(world.schools.ids)
    children = np.bincount(lists.group, minlength=len(lists.starts) - 1)
    row = np.repeat(np.arange(len(children)), np.diff(lists.starts))
    promised = lists.block >= blocks
    places = np.bincount(lists.block[promised] - blocks, weights=children[row[promised]], minlength=schools)
    return np.concatenate([state.free, places.astype(np.int64)])


def _check_lists(stage: Stage, world: World, state: State, who: Numbers, lists: Lists) -> None:
    """Refuse lists that the mechanism cannot take, and say what to do."""
    if stage.mechanism.name == "fill":
        row = np.repeat(np.arange(len(lists.starts) - 1), np.diff(lists.starts))
        several = np.zeros(len(lists.starts) - 1, dtype=np.bool_)
        several[row[lists.choice > 0]] = True
        if several.any():
            zones = sorted(set(world.zones[state.zone_of(world, who[several[lists.group]])]))
            raise DataError(
                Fault(
                    file=f"stage {stage.id}",
                    found=str(zone),
                    allowed=say("fill places children of zones with one school; this zone has several"),
                    remedy=say(
                        'add zone = "single-school" to who, and a stage of random-seats for the others'
                    ),
                )
                for zone in zones
            )
    if stage.mechanism.name == "random-seats" and len(np.unique(lists.block)) != len(lists.block):
        blocks, count = np.unique(lists.block, return_counts=True)
        raise DataError(
            Fault(
                file=f"stage {stage.id}",
                found=str(world.schools.ids[school]),
                allowed=say(
                    "random-seats draws for each zone apart; this school serves several of its zones"
                ),
                remedy=say("give the school to one of them, or let the children file choices"),
            )
            for school in schools_of(world, blocks[count > 1])
        )


def _sit(
    stage: Stage, world: World, state: State, posed: Posed, entry: Numbers, got: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int32], Mask]:
    """Return at which block each child sits, and whether above its seats (3.7 to 3.9)."""
    blocks = len(world.blocks)
    over = got >= blocks
    block = np.where(over, got - blocks, got).astype(np.int32)  # a guarantee is a place at the open pool
    over |= _beyond(posed, entry, np.where(over, NOWHERE, block), state.free)
    if stage.when_full == "over":
        lists = posed.lists
        row = np.repeat(np.arange(len(lists.starts) - 1), np.diff(lists.starts))
        offers = np.flatnonzero(world.schools.offered[schools_of(world, lists.block)] > 0)
        first = np.full(len(lists.starts) - 1, NOWHERE, dtype=np.int32)
        first[row[offers][::-1]] = lists.block[offers][
            ::-1
        ]  # written last to first, so that the first stays
        fallback = first[lists.group]
        fallback = np.where(fallback >= blocks, fallback - blocks, fallback)
        over |= (block == NOWHERE) & (fallback != NOWHERE)
        block = np.where(block == NOWHERE, fallback, block).astype(np.int32)
    return block, over


def _ranks(posed: Posed, entry: Numbers) -> Numbers:
    """Return the rank of each child at the entry it got (of its place in the one order)."""
    if posed.contest.rank is None:
        return posed.position
    return np.append(posed.contest.rank, -1)[entry]


def _beyond(posed: Posed, entry: Numbers, block: npt.NDArray[np.int32], free: Numbers) -> Mask:
    """Return who of those seated comes after the seats of the block are gone (ties, twins)."""
    over = np.zeros(len(block), dtype=np.bool_)
    seated = np.flatnonzero(block != NOWHERE)
    count = np.bincount(block[seated], minlength=len(free))
    if (count <= free).all():
        return over
    order = seated[np.lexsort((_ranks(posed, entry)[seated], block[seated]))]
    here = block[order]
    place = np.arange(len(order)) - np.searchsorted(here, here, side="left")
    over[order[place >= free[here]]] = True
    return over


def _settle(
    stage: Stage,
    number: int,
    state: State,
    who: Numbers,
    posed: Posed,
    entry: Numbers,
    block: npt.NDArray[np.int32],
    over: Mask,
) -> State:
    seated = block != NOWHERE
    outcome, at, by = state.outcome.copy(), state.block.copy(), state.stage.copy()
    above, rank = state.over.copy(), state.choice_rank.copy()
    outcome[who[seated]] = PLACED
    at[who[seated]] = block[seated]
    by[who[seated]] = number
    above[who[seated]] = over[seated]
    rank[who] = _choice_ranks(stage, posed, entry, block)
    if stage.when_full == "not-admitted":
        outcome[who[~seated]] = NOT_ADMITTED
        by[who[~seated]] = number
    taken = np.bincount(block[seated & ~over], minlength=len(state.free))
    return replace(
        state, outcome=outcome, block=at, stage=by, over=above, choice_rank=rank, free=state.free - taken
    )


def _choice_ranks(
    stage: Stage, posed: Posed, entry: Numbers, block: npt.NDArray[np.int32]
) -> npt.NDArray[np.int32]:
    """Return the rank that was filed for what each child got; 0 where choices were not asked for."""
    lists, result = posed.lists, np.zeros(len(entry), dtype=np.int32)
    if not stage.mechanism.by_choices:
        return result
    got = entry >= 0
    result[got] = lists.choice[entry[got]] + 1
    # seated over the intake at the first school of the list: that is the choice it got
    placed_over = np.flatnonzero(~got & (block != NOWHERE))
    if len(placed_over):
        found = entries_got(lists.group[placed_over], lists.starts, lists.block, block[placed_over])
        result[placed_over[found >= 0]] = lists.choice[found[found >= 0]] + 1
    return result


def _last_admitted(
    stage: Stage, posed: Posed, entry: Numbers, block: npt.NDArray[np.int32], left: Numbers
) -> Numbers:
    """Return for each full block the position of the last one whom the mechanism seated there (3.10)."""
    last = np.full(len(left), -1, dtype=np.int64)
    lists = posed.lists
    seated = np.flatnonzero((entry >= 0) & (np.append(lists.block, NOWHERE)[entry] < len(left)))
    if stage.mechanism.name == "random-seats":
        # the order decides over a seat of the zone, the ticket over which: all its schools have its cut-off
        order = seated[np.argsort(posed.position[seated], kind="stable")]
        of_list = np.full(len(lists.starts) - 1, -1, dtype=np.int64)
        of_list[lists.group[order]] = order
        row = np.repeat(np.arange(len(of_list)), np.diff(lists.starts))
        open_ = np.zeros(len(of_list), dtype=np.bool_)
        open_[row[left[lists.block] > 0]] = True
        last[lists.block] = np.where(open_[row], -1, of_list[row])
        nobody = np.bincount(block[seated], minlength=len(left)) == 0
        last[nobody] = -1
        return last
    order = seated[np.argsort(_ranks(posed, entry)[seated], kind="stable")]
    last[lists.block[entry[order]]] = order
    last[left > 0] = -1
    return last


def release(world: World, number: int, state: State) -> tuple[State, Numbers]:
    """Move what is left of the pools that end with a stage to the open pools of their schools (2.1)."""
    blocks = world.blocks
    ends = np.flatnonzero((blocks.release == number) & ~state.released)
    released = np.zeros(len(blocks), dtype=np.int64)
    if len(ends) == 0:
        return state, released
    released[ends] = state.free[ends]
    np.subtract.at(released, blocks.school[ends], state.free[ends])
    gone = state.released.copy()
    gone[ends] = True
    return replace(state, free=state.free - released, released=gone), released


def _give_zones(
    stage: Stage,
    number: int,
    round_: int,
    state: State,
    who: Numbers,
    first: Numbers,
    posed: Posed,
    entry: Numbers,
    got: npt.NDArray[np.int32],
    seats: Numbers,
    decided: Numbers,
) -> tuple[State, Result]:
    """Give zones: the children wait on, and compete in the zone that they were given."""
    seated = got != NOWHERE
    given, outcome, by = state.given_zone.copy(), state.outcome.copy(), state.stage.copy()
    given[who[seated]] = got[seated]
    if stage.when_full == "not-admitted":
        outcome[who[~seated]] = NOT_ADMITTED
        by[who[~seated]] = number
    count = np.bincount(got[seated], minlength=len(seats))
    above = np.maximum(count - seats, 0)
    left = np.maximum(seats - count, 0)
    nothing = np.zeros(len(seats), dtype=np.int64)
    return replace(state, given_zone=given, outcome=outcome, stage=by), Result(
        number=number,
        round=round_,
        who=who,
        first=first,
        posed=posed,
        entry=entry,
        block=got,
        over=_beyond(posed, entry, got, seats),
        before=seats,
        returned=nothing,
        given=count - above,
        above=above,
        left=left,
        released=nothing,
        last=_last_admitted(stage, posed, entry, got, left),
        decided=decided,
    )
