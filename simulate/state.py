"""The state of an admission between two stages; a stage turns one state into the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulate.mechanisms import NOWHERE
from simulate.world import World

WAITING, PLACED, NOT_ADMITTED = 0, 1, 2
OUTCOMES = ("waiting", "placed", "not-admitted")


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Who sits where after so many stages.

    Parameters
    ----------
    outcome : array of int8, shape (n,)
        `WAITING`, `PLACED` or `NOT_ADMITTED`.
    school : array of int32, shape (n,)
        The school, or `NOWHERE`.
    stage : array of int32, shape (n,)
        The position of the stage that decided, or `NOWHERE`.
    choice_rank : array of int32, shape (n,)
        1 for the first choice; 0 where the stage asked for no choices.
    over : array of bool, shape (n,)
        Whether the child sits above the intake, by a rule or a decision.
    decided : array of bool, shape (n,)
        Whether an officer decided.
    free : array of int64, shape (s,)
        Free seats; never negative: a child over the intake takes none.
    """

    outcome: npt.NDArray[np.int8]
    school: npt.NDArray[np.int32]
    stage: npt.NDArray[np.int32]
    choice_rank: npt.NDArray[np.int32]
    over: npt.NDArray[np.bool_]
    decided: npt.NDArray[np.bool_]
    free: npt.NDArray[np.int64]


def opening_state(world: World) -> State:
    """Return the state before the first stage: everybody waits, every seat is free."""
    n = len(world.children)
    return State(
        outcome=np.full(n, WAITING, dtype=np.int8),
        school=np.full(n, NOWHERE, dtype=np.int32),
        stage=np.full(n, NOWHERE, dtype=np.int32),
        choice_rank=np.zeros(n, dtype=np.int32),
        over=np.zeros(n, dtype=np.bool_),
        decided=np.zeros(n, dtype=np.bool_),
        free=world.schools.seats.copy(),
    )
