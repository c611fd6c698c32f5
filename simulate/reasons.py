"""Why a child has a place, or has none: one word a child, from a closed list (STAGES.md, 5)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulate.policy import Policy
from simulate.season import Season
from simulate.state import NOT_ADMITTED, PLACED, STATUS_ABSENT, STATUS_DECLINED, WAITING, WITHDRAWN
from simulate.world import World

REASONS = (
    "seat",
    "over",
    "decision",
    "withdrawn",
    "declined",
    "absent",
    "not-yet",
    "no-consent-district",
    "no-consent-city",
    "no-choice",
    "no-seat",
    "no-stage",
    "not-eligible",
)


def reasons_of(world: World, policy: Policy, season: Season) -> npt.NDArray[np.object_]:
    """Return the reason of each child's outcome, shape (n,): one of `REASONS`."""
    state, children = season.state, world.children
    reason = np.full(len(children), "no-stage", dtype=object)
    asked, other = _claimed(world, policy, season)
    filed = np.zeros(len(children), dtype=np.bool_)
    filed[world.choices.child] = True
    reason[asked & ~filed] = "no-choice"
    reason[other | (asked & filed)] = "no-seat"
    for level, name in ((2, "city"), (1, "district")):
        asks = [
            np.isin(children.category, claim.who.categories)
            for stage in policy.stage
            for claim in stage.claims
            if claim.who.consents == name
        ]
        if asks:
            reason[np.logical_or.reduce(asks) & (children.consent < level)] = f"no-consent-{name}"
    waits = state.outcome == WAITING
    if season.done < len(policy.stage):
        reason[waits] = "not-yet"
    reason[waits & (state.status == STATUS_ABSENT)] = "absent"
    reason[state.outcome == WITHDRAWN] = "withdrawn"
    reason[(state.outcome == WITHDRAWN) & (state.status == STATUS_DECLINED)] = "declined"
    reason[~children.eligible & (state.outcome == NOT_ADMITTED)] = "not-eligible"
    placed = state.outcome == PLACED
    reason[placed] = "seat"
    reason[placed & state.over] = "over"
    reason[placed & state.decided] = "decision"
    return reason


def _claimed(
    world: World, policy: Policy, season: Season
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return who was in a stage that asks for choices, and who in one that does not."""
    asked, other = (np.zeros(len(world.children), dtype=np.bool_) for _ in range(2))
    for one in season.results:
        mask = asked if policy.stage[one.number].mechanism.by_choices else other
        mask[one.who] = True
    return asked, other
