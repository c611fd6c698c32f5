"""A season: the stages of a policy one after the other, whole or up to one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulate import claims
from simulate.mechanisms import NOWHERE
from simulate.policy import Policy
from simulate.stage import Records, run_stage
from simulate.state import NOT_ADMITTED, OUTCOMES, PLACED, WAITING, State, opening_state
from simulate.world import World, pair_metres


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """A season as far as it has come.

    Parameters
    ----------
    done : int
        How many stages have been run.
    state : State
        Who sits where.
    records : tuple of Records
        One for each stage that has been run.
    """

    done: int
    state: State
    records: tuple[Records, ...]


def open_season(world: World) -> Season:
    """Return the season before its first stage."""
    return Season(done=0, state=opening_state(world), records=())


def run_season(
    world: World,
    policy: Policy,
    season: Season,
    *,
    through: int | None = None,
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
    report : callable, optional
        Told the id of each stage before it runs.
    """
    last = len(policy.stage) - 1 if through is None else through
    state, records = season.state, list(season.records)
    for number in range(season.done, last + 1):
        if report is not None:
            report(policy.stage[number].id)
        state, one = run_stage(world, policy, number, state)
        records.append(one)
    done = max(season.done, last + 1)
    if done == len(policy.stage):
        state = _close(world, policy, state)
    return Season(done=done, state=state, records=tuple(records))


def _close(world: World, policy: Policy, state: State) -> State:
    """End the season: who still waits, and has no right to a place, is not admitted."""
    household = [c.id for c in policy.category if c.household]
    waits = (state.outcome == WAITING) & ~np.isin(world.children.category, household)
    outcome = np.where(waits, NOT_ADMITTED, state.outcome).astype(np.int8)
    return State(
        outcome=outcome,
        school=state.school,
        stage=state.stage,
        choice_rank=state.choice_rank,
        over=state.over,
        decided=state.decided,
        free=state.free,
    )


def placements_of(world: World, policy: Policy, season: Season) -> pd.DataFrame:
    """Return one row a child: outcome, zone, school, stage, choice rank, distance and reason.

    Returns
    -------
    DataFrame, shape (n,)
        applicant_id, category, district_id, zone_id, outcome, school_id, school_district_id, stage,
        choice_rank, distance_m, over, decided, reason, published.
    """
    children, state = world.children, season.state
    stages = np.array([*(s.id for s in policy.stage), None], dtype=object)
    schools = np.array([*world.schools.ids, None], dtype=object)
    districts = np.array([*world.districts, None], dtype=object)
    placed = state.school != NOWHERE
    metres = np.full(len(children), np.nan)
    metres[placed] = claims.known_metres(
        pair_metres(world, children.home[placed], state.school[placed].astype(np.int64))
    )
    at = np.where(placed, world.schools.district[state.school], -1)
    return pd.DataFrame(
        {
            "applicant_id": children.ids,
            "category": children.category,
            "district_id": districts[children.district],
            "zone_id": np.array([*world.zones, None], dtype=object)[children.zone],
            "outcome": np.array(OUTCOMES, dtype=object)[state.outcome],
            "school_id": schools[state.school],
            "school_district_id": districts[at],
            "stage": stages[state.stage],
            "choice_rank": pd.Series(np.where(state.choice_rank > 0, state.choice_rank, np.nan)).astype(
                "Int64"
            ),
            "distance_m": pd.Series(metres).astype("Int64"),
            "over": state.over,
            "decided": state.decided,
            "reason": _reasons(world, policy, season),
            "published": False,
        }
    )


def _reasons(world: World, policy: Policy, season: Season) -> np.ndarray:
    """Return why each child has a place, or has none.

    decision, over, seat: placed by an officer, above the intake, on a seat. For a child without a place:
    not-yet: stages are left; no-consent-district, no-consent-city: it did not consent to that reach of
    coordination, so it was not considered there; no-choice: it was asked for choices alone and filed none;
    no-stage: no stage was for it; no-seat: no school in reach had a seat left.
    """
    state, children = season.state, world.children
    reason = np.full(len(children), "no-stage", dtype=object)
    asked, other = _claimed(world, policy, season)
    filed = np.diff(children.choice_starts) > 0
    reason[asked & ~filed] = "no-choice"
    reason[other | (asked & filed)] = "no-seat"
    for level, name in ((2, "city"), (1, "district")):
        asks = [
            np.isin(children.category, stage.claims[0].who.categories)
            for stage in policy.stage
            if stage.claims[0].who.consents == name
        ]
        if asks:
            reason[np.logical_or.reduce(asks) & (children.consent < level)] = f"no-consent-{name}"
    if season.done < len(policy.stage):
        reason[state.outcome == WAITING] = "not-yet"
    placed = state.outcome == PLACED
    reason[placed] = "seat"
    reason[placed & state.over] = "over"
    reason[placed & state.decided] = "decision"
    return reason


def _claimed(world: World, policy: Policy, season: Season) -> tuple[np.ndarray, np.ndarray]:
    """Return who was in a stage that asks for choices, and who in one that does not."""
    ids = pd.Index(world.children.ids)
    asked, other = (np.zeros(len(ids), dtype=np.bool_) for _ in range(2))
    for stage, records in zip(policy.stage, season.records, strict=False):
        mask = asked if stage.mechanism.choose == "choices" else other
        mask[ids.get_indexer(records.keys["applicant_id"])] = True
    return asked, other
