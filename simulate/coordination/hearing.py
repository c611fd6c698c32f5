"""Which answers and decisions still mean something where children are placed otherwise.

What a family answered, it answered to the place that it was given. Where a variant gives it another place,
nobody knows what it would have said: the answer is left out, and counted.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from simulate.state import NOT_ADMITTED, PLACED, STATUS_ABSENT, WAITING, WITHDRAWN, State
from simulate.world import World

Mask = npt.NDArray[np.bool_]


def with_answers_heard(
    world: World, after: int, state: State, reference: State | None
) -> tuple[World, int]:
    """Return a world with those answers after a stage that can be given, and how many cannot.

    Parameters
    ----------
    world : World
    after : int
        The position of the stage.
    state : State
        As the stage ended.
    reference : State, optional
        As the same stage ended under the project's own policy, to which the answers were given. None for a
        stage that the policy does not have: nobody answers after it.

    Returns
    -------
    (World, int)
        `accepted` and `declined` stand where the child sits at the school to which it said so; `refiled`
        where its case is open; `late` where it has not arrived; `withdrawn` always.
    """
    answers = world.answers
    now = answers.after == after
    if reference is None or not now.any():
        return world, 0
    child, answer = answers.child, answers.answer
    school, then = state.school(world), reference.school(world)
    same = (state.outcome == PLACED) & (reference.outcome == PLACED) & (school == then)
    closed = np.isin(state.outcome, (NOT_ADMITTED, WITHDRAWN))
    cannot: Mask = np.isin(answer, ("accepted", "declined")) & ~same[child]
    cannot |= (answer == "refiled") & closed[child]
    cannot |= (answer == "late") & (state.status != STATUS_ABSENT)[child]
    keep = ~(now & cannot)
    if keep.all():
        return world, 0
    kept = replace(answers, child=child[keep], after=answers.after[keep], answer=answer[keep])
    # what a family filed with an answer that is not heard is not heard either
    choices = world.choices
    heard = ~((choices.after == after) & np.isin(choices.child, child[~keep]))
    names = ("child", "list_", "after", "rank", "school", "zone")
    filed = replace(choices, **{name: getattr(choices, name)[heard] for name in names})
    return replace(world, answers=kept, choices=filed), int((~keep).sum())


def with_decisions_heard(world: World, stage: str, state: State) -> tuple[World, int]:
    """Return a world with those decisions for a stage that can be honoured, and how many cannot.

    A decision on a child who has a place already, or is gone, when the stage begins is left out.
    """
    city = world.city
    table = city["decisions"]
    now = (table["stage"] == stage).to_numpy()
    if not now.any():
        return world, 0
    child = pd.Index(world.children.ids).get_indexer(table["applicant_id"])
    waits = (state.outcome == WAITING) & (state.status != STATUS_ABSENT)
    keep = ~now | waits[child]
    if keep.all():
        return world, 0
    kept = table[keep].reset_index(drop=True)
    return replace(world, city=replace(city, tables={**city.tables, "decisions": kept})), int((~keep).sum())
