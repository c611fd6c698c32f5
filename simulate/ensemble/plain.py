"""Play a draw by the engine of a run, stage by stage: for every policy, and to check the compiled loops."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from simulate.answers import apply_answers
from simulate.coordination.hearing import with_decisions_heard
from simulate.ensemble.places import Played
from simulate.ensemble.sampling import Drawn, Roster
from simulate.season import close
from simulate.stage import run_stage
from simulate.state import PLACED, State, opening_state
from simulate.world import ABSENT, Answers, Children, Choices, World

if TYPE_CHECKING:
    from simulate.ensemble.market import Market

Small = npt.NDArray[np.int32]


def play_plainly(market: Market, drawn: Drawn) -> Played:
    """Play a draw stage by stage, as `simulate.season.run_season` does.

    Notes
    -----
    Decisions of officers are honoured where the child waits; of answers only late arrivals and withdrawals
    count: what families said to a place, they said to the place of one season. Of the children who do not
    take up a place, those who have one by the stage named withdraw after it.
    """
    world, policy, sampler = world_of(market, drawn), market.policy, market.sampler
    state = opening_state(world)
    for number, stage in enumerate(policy.stage):
        if number > 0:
            state = apply_answers(world, policy, number - 1, state)
        here, _ = with_decisions_heard(world, stage.id, state)
        state, _ = run_stage(here, policy, number, state)
        if number == sampler.leave_after and drawn.gone.any():
            leaving = np.flatnonzero(drawn.gone & (state.outcome == PLACED))
            state = _left(world, market, number, state, leaving)
    state = apply_answers(world, policy, len(policy.stage) - 1, state)
    state = close(world, policy, state)
    return Played(
        cell=drawn.roster.cell,
        serial=drawn.roster.serial,
        outcome=state.outcome,
        block=state.block,
        stage=state.stage,
        over=state.over,
        choice_rank=state.choice_rank,
        free=state.free,
        given_zone=state.given_zone.astype(np.int32) if (state.given_zone != ABSENT).any() else None,
    )


def _left(world: World, market: Market, number: int, state: State, leaving: npt.NDArray[np.int64]) -> State:
    answers = Answers(
        child=leaving,
        after=np.full(len(leaving), number, dtype=np.int64),
        answer=np.full(len(leaving), "withdrawn", dtype=object),
    )
    nobody_files = replace(world.choices, after=np.full(len(world.choices.child), ABSENT, dtype=np.int64))
    alone = replace(world, answers=answers, choices=nobody_files)
    return apply_answers(alone, market.policy, number, state)


def world_of(market: Market, drawn: Drawn) -> World:
    """Return the world of a draw: its children, what they are like and what they file."""
    world, roster = market.world, drawn.roster
    if world is None:
        raise ValueError("the market keeps no world: it is played by compiled loops")
    cells, cell = world.children, roster.cell
    keys = {**cells.keys, **{key.name: key.value(roster.places[key.name]) for key in market.sampler.keys}}
    children = Children(
        ids=cells.ids[cell],
        category=cells.category[cell],
        zone=cells.zone[cell],
        district=cells.district[cell],
        home=cells.home[cell],
        street=cells.street[cell],
        feeder=cells.feeder[cell],
        sibling_school=cells.sibling_school[cell],
        household=cells.household[cell],
        twins=cells.twins[cell],
        eligible=cells.eligible[cell],
        consent=roster.consent.astype(np.int64),
        keys={name: values if name in roster.places else values[cell] for name, values in keys.items()},
        tickets=np.zeros((len(cell), 32), dtype=np.uint8),
        ticket_rank=drawn.rank.astype(np.int64),
    )
    said = np.isin(world.answers.answer, ("late", "withdrawn"))
    answers = Answers(
        child=world.answers.child[said], after=world.answers.after[said], answer=world.answers.answer[said]
    )
    choices = _filed(roster) if market.filed_anew else world.choices
    return replace(world, children=children, answers=answers, choices=choices)


def _filed(roster: Roster) -> Choices:
    """Return the lists of a draw as a world has them: in order of child, list and rank."""
    child, list_, rank, school = [], [], [], []
    for number, one in sorted(roster.filed.items()):
        length = np.diff(one.starts)
        child.append(np.repeat(np.arange(len(length)), length))
        list_.append(np.full(int(length.sum()), number, dtype=np.int64))
        rank.append(one.rank)
        school.append(one.school)
    whole = [
        np.concatenate([*parts, np.empty(0, dtype=np.int64)]) for parts in (child, list_, rank, school)
    ]
    order = np.lexsort((whole[2], whole[1], whole[0]))
    nothing = np.full(len(order), ABSENT)
    return Choices(
        child=whole[0][order].astype(np.int64),
        list_=whole[1][order].astype(np.int64),
        after=nothing.astype(np.int64),
        rank=whole[2][order].astype(np.int32),
        school=whole[3][order].astype(np.int32),
        zone=nothing.astype(np.int32),
    )
