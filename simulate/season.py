"""A season: the stages of a policy one after the other, whole or up to one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from simulate.answers import apply_answers
from simulate.policy import Policy
from simulate.stage import Result, run_stage
from simulate.state import (
    NOT_ADMITTED,
    STATUS_ABSENT,
    STATUS_DECLINED,
    WAITING,
    WITHDRAWN,
    State,
    opening_state,
)
from simulate.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """A season as far as it has come.

    Parameters
    ----------
    done : int
        How many stages have been run (in the last round).
    state : State
        Who sits where.
    results : tuple of Result
        One for each stage that has been run, round by round.
    """

    done: int
    state: State
    results: tuple[Result, ...]


def open_season(world: World) -> Season:
    """Return the season before its first stage."""
    return Season(done=0, state=opening_state(world), results=())


def run_season(
    world: World,
    policy: Policy,
    season: Season,
    *,
    through: int | None = None,
    round_: int = 0,
    report: Callable[[str], None] | None = None,
) -> Season:
    """Run the stages that are left.

    Parameters
    ----------
    world, policy
        What every stage reads.
    season : Season
        Where it stands.
    through : int, optional
        The position of the last stage to run; all of them without it.
    round_ : int
        0 in the season; 1 where a published run is amended: no answers between stages, no decisions.
    report : callable, optional
        Told the id of each stage before it runs.
    """
    last = len(policy.stage) - 1 if through is None else through
    state, results = season.state, list(season.results)
    # seats that come back between two stages that give schools, whatever stands between them
    lefts = [one.left for one in results if not _gives_zones(policy, one)]
    known = lefts[-1] if lefts else state.free
    for number in range(season.done, last + 1):
        if report is not None:
            report(policy.stage[number].id)
        if round_ == 0 and number > 0:
            state = apply_answers(world, policy, number - 1, state)
        state, one = run_stage(world, policy, number, state, round_=round_)
        if not _gives_zones(policy, one):
            one = replace(one, returned=one.before - known)
            known = one.left
        results.append(one)
    done = max(season.done, last + 1)
    if done == len(policy.stage):
        if round_ == 0:
            state = apply_answers(world, policy, len(policy.stage) - 1, state)
        state = close(world, policy, state)
    return Season(done=done, state=state, results=tuple(results))


def _gives_zones(policy: Policy, result: Result) -> bool:
    return policy.stage[result.number].gives == "zone"


def close(world: World, policy: Policy, state: State) -> State:
    """End the season: who declined is gone, and who waits with no right to a place is not admitted."""
    household: npt.NDArray[np.bool_] = np.isin(
        world.children.category, [c.id for c in policy.category if c.household]
    )
    waits = state.outcome == WAITING
    declined = waits & (state.status == STATUS_DECLINED)
    refused = waits & ~declined & ~household & (state.status != STATUS_ABSENT)
    outcome = np.select([declined, refused], [WITHDRAWN, NOT_ADMITTED], state.outcome).astype(np.int8)
    return replace(state, outcome=outcome)
