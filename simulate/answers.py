"""Between two stages: what families answered, and the seats that come back (STAGES.md, 2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from geodata import DataError, Fault, say
from geodata.messages import Text
from simulate.mechanisms import NOWHERE
from simulate.policy import Policy
from simulate.state import (
    NOT_ADMITTED,
    PLACED,
    STATUS_ABSENT,
    STATUS_DECLINED,
    STATUS_LATE,
    WAITING,
    WITHDRAWN,
    State,
)
from simulate.world import World

Numbers = npt.NDArray[np.int64]


def apply_answers(world: World, policy: Policy, after: int, state: State) -> State:
    """Apply the answers that count after a stage.

    Parameters
    ----------
    world, policy
    after : int
        The position of the stage.
    state : State
        As it ended.

    Raises
    ------
    DataError
        If a child declines a place that it does not have, arrives though it is there, or files choices
        though its case is closed.
    """
    now = world.answers.after == after
    if not now.any():
        return state
    child, answer = world.answers.child[now], world.answers.answer[now]
    faults = list(_faults(world, state, child, answer))
    if faults:
        raise DataError(faults)
    gone = child[np.isin(answer, ("declined", "withdrawn"))]
    free, state = state.free, give_up(world, state, gone)
    if policy.stage[after].given_up == "lapse":
        state = replace(state, free=free)
    outcome, status, filed = state.outcome.copy(), state.status.copy(), state.filed_after.copy()
    outcome[child[answer == "withdrawn"]] = WITHDRAWN
    status[child[answer == "declined"]] = STATUS_DECLINED
    status[child[answer == "late"]] = STATUS_LATE
    choices = world.choices
    refiled = np.zeros(len(filed), dtype=np.bool_)
    refiled[choices.child[choices.after == after]] = True
    filed[refiled] = after
    return replace(state, outcome=outcome, status=status, filed_after=filed)


def give_up(world: World, state: State, child: Numbers) -> State:
    """Take children from their places: a seat returns to its pool, or to the open one if it has ended.

    A place over the intake returns no seat.
    """
    placed = child[state.outcome[child] == PLACED]
    if len(placed) == 0:
        return state
    block = state.block[placed][~state.over[placed]]
    home = np.where(state.released[block], world.blocks.school[block], block)
    new = {
        name: getattr(state, name).copy()
        for name in ("outcome", "block", "stage", "choice_rank", "over", "decided", "published")
    }
    new["outcome"][placed] = WAITING
    new["block"][placed] = new["stage"][placed] = NOWHERE
    new["choice_rank"][placed] = 0
    for name in ("over", "decided", "published"):
        new[name][placed] = False
    return replace(state, free=state.free + np.bincount(home, minlength=len(state.free)), **new)


def _faults(world: World, state: State, child: Numbers, answer: npt.NDArray[np.object_]) -> Iterator[Fault]:
    def fault(wrong: npt.NDArray[np.bool_], allowed: Text) -> Iterator[Fault]:
        for one in child[wrong]:
            name = str(world.children.ids[one])
            yield Fault(file="answers", column="answer", found=name, allowed=allowed)

    outcome, status = state.outcome[child], state.status[child]
    declined = (answer == "declined") & (outcome != PLACED)
    yield from fault(declined, say("declined by a child that has a place then"))
    there = (answer == "late") & (status != STATUS_ABSENT)
    yield from fault(there, say("late for a child that has not been there before"))
    final = np.isin(answer, ("accepted", "refiled")) & np.isin(outcome, (NOT_ADMITTED, WITHDRAWN))
    yield from fault(final, say("no accepted or refiled from a child whose case is closed"))
    accepted = (answer == "accepted") & (outcome == WAITING)
    yield from fault(accepted, say("accepted by a child that has a place then"))
