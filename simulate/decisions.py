"""Decisions: children whom an officer placed by hand, with a reason, an authority and a document."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import DataError, Fault, say
from simulate.state import PLACED, STATUS_ABSENT, WAITING, State
from simulate.world import World

Numbers = npt.NDArray[np.int64]


def honour_decisions(world: World, stage: str, number: int, state: State) -> tuple[State, Numbers]:
    """Place the children decided on for a stage: a free seat of the open pool first, else over the intake.

    Parameters
    ----------
    world : World
    stage, number : str, int
        The stage's id and position.
    state : State
        As the stage begins.

    Returns
    -------
    (State, array of int64)
        The state after, and the children placed.

    Raises
    ------
    DataError
        If a child does not wait when the stage begins.
    """
    table = world.city["decisions"]
    now = table[table["stage"] == stage]
    if len(now) == 0:
        return state, np.empty(0, dtype=np.int64)
    child = pd.Index(world.children.ids).get_indexer(now["applicant_id"]).astype(np.int64)
    placed = np.flatnonzero((state.outcome[child] != WAITING) | (state.status[child] == STATUS_ABSENT))
    if len(placed):
        raise DataError(
            Fault(
                file="decisions",
                column="applicant_id",
                found=str(now["applicant_id"].iloc[index]),
                allowed=say("a child who still waits when the stage {stage} begins", stage=stage),
                remedy=say("name an earlier stage, or leave the decision out"),
            )
            for index in placed
        )
    school = pd.Index(world.schools.ids).get_indexer(now["school_id"]).astype(np.int32)
    # decisions for one school are honoured in order of the applicants' numbers
    place = pd.Series(school).groupby(school).cumcount().to_numpy()
    over = place >= state.free[school]
    return _placed(state, child, school, over, number), child


def _placed(
    state: State, child: Numbers, block: npt.NDArray[np.int32], over: npt.NDArray[np.bool_], number: int
) -> State:
    taken = np.bincount(block[~over], minlength=len(state.free))
    new = {name: getattr(state, name).copy() for name in ("outcome", "block", "stage", "over", "decided")}
    new["outcome"][child] = PLACED
    new["block"][child] = block
    new["stage"][child] = number
    new["over"][child] = over
    new["decided"][child] = True
    return replace(state, free=state.free - taken, **new)
