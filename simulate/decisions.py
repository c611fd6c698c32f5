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
                remedy=say("name an earlier stage, or leave the decision out")
                if world.children.eligible[child[index]]
                else say(
                    "it is not eligible by the points schedule: correct its facts, or decide on the "
                    "published run (xuequ amend)"
                ),
            )
            for index in placed
        )
    school = pd.Index(world.schools.ids).get_indexer(now["school_id"]).astype(np.int32)
    return place_by_hand(state, child, school, state.free, number), child


def place_by_hand(
    state: State, child: Numbers, block: npt.NDArray[np.int32], seats: Numbers, number: int
) -> State:
    """Place children as officers decided: on a seat as far as there are some, else over the intake.

    Parameters
    ----------
    state : State
        Before; none of the children is placed in it.
    child, block : arrays, shape (d,)
        The children in order of their numbers, and the open pool of each one's school.
    seats : array of int64, shape (b,)
        The seats that decisions may take, by block.
    number : int
        The position of the stage that the decisions name.
    """
    # decisions for one school are honoured in order of the applicants' numbers
    over = pd.Series(block).groupby(block).cumcount().to_numpy() >= seats[block]
    taken = np.bincount(block[~over], minlength=len(state.free))
    new = {name: getattr(state, name).copy() for name in ("outcome", "block", "stage", "over", "decided")}
    new["outcome"][child] = PLACED
    new["block"][child] = block
    new["stage"][child] = number
    new["over"][child] = over
    new["decided"][child] = True
    return replace(state, free=state.free - taken, **new)
