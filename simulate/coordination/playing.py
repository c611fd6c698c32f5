"""Play a season under a variant: from the start, or on from where the project's policy had come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulate.answers import apply_answers
from simulate.coordination.applying import SIBLINGS
from simulate.coordination.hearing import with_answers_heard, with_decisions_heard
from simulate.decisions import honour_decisions
from simulate.policy import Policy, Stage
from simulate.season import close
from simulate.stage import Result, run_stage
from simulate.state import State, opening_state
from simulate.who import claimants
from simulate.world import World

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One stage that coordinates, as it was run.

    Parameters
    ----------
    stage : Stage
    of : str
        The id of the policy's own stage: that before it for siblings belongs to it too.
    before : State
        As it began, decisions honoured.
    result : Result
    inside : array of bool, shape (claims, m)
        Which claims each of its children is in.
    """

    stage: Stage
    of: str
    before: State
    result: Result
    inside: Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A season under a variant.

    Parameters
    ----------
    world : World
        As it was played in: answers and releases at the positions of the variant's stages, seats held.
    policy : Policy
        The variant's.
    state : State
        As the season ended.
    ended : tuple of State
        As each stage that was run ended, before answers: the last stages of `policy`.
    rounds : tuple of Round
        The stages that coordinate.
    unheard : int
        Answers and decisions that were left out, for they were given to other places.
    """

    world: World
    policy: Policy
    state: State
    ended: tuple[State, ...]
    rounds: tuple[Round, ...]
    unheard: int

    @property
    def by_stage(self) -> Mapping[str, State]:
        """The state as each stage that was run ended, by its id."""
        ids = [stage.id for stage in self.policy.stage][-len(self.ended) :]
        return dict(zip(ids, self.ended, strict=True))


def play_on(
    world: World,
    policy: Policy,
    *,
    start: int = 0,
    state: State | None = None,
    reference: Mapping[str, State] | None = None,
) -> Played:
    """Play the stages from one on, and end the season.

    Parameters
    ----------
    world, policy
        As `run_season` takes them.
    start : int
        The position of the first stage to run.
    state : State, optional
        As the stage before it ended, before answers; the opening state where there is none.
    reference : mapping of str to State, optional
        As each stage ended under the policy to which answers were given (`hearing`). Without it all
        answers and decisions count, and one that cannot be is an error.

    Raises
    ------
    DataError
        As `run_stage` and `apply_answers`.
    """
    state = opening_state(world) if state is None else state
    ended: list[State] = []
    rounds: list[Round] = []
    unheard = 0
    for number in range(start, len(policy.stage)):
        stage, here = policy.stage[number], world
        if number > 0:
            state, left_out = _answered(world, policy, number - 1, state, reference)
            unheard += left_out
        if reference is not None:
            here, left_out = with_decisions_heard(world, stage.id, state)
            unheard += left_out
        before = state
        state, result = run_stage(here, policy, number, state)
        if stage.coordination is not None:
            rounds.append(_round(here, stage, number, before, result))
        ended.append(state)
    state, left_out = _answered(world, policy, len(policy.stage) - 1, state, reference)
    return Played(
        world=world,
        policy=policy,
        state=close(world, policy, state),
        ended=tuple(ended),
        rounds=tuple(rounds),
        unheard=unheard + left_out,
    )


def _answered(
    world: World, policy: Policy, after: int, state: State, reference: Mapping[str, State] | None
) -> tuple[State, int]:
    here, left_out = world, 0
    if reference is not None:
        here, left_out = with_answers_heard(world, after, state, reference.get(policy.stage[after].id))
    return apply_answers(here, policy, after, state), left_out


def _round(world: World, stage: Stage, number: int, before: State, result: Result) -> Round:
    before, _ = honour_decisions(world, stage.id, number, before)
    inside = np.stack([claimants(stage, claim, world, before) for claim in stage.claims])
    return Round(
        stage=stage,
        of=stage.id.removesuffix(SIBLINGS),
        before=before,
        result=result,
        inside=inside[:, result.who],
    )
