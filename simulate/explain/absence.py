"""Why a child had no part in a stage: the first rule of the nearest claim that it does not meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from simulate.explain.replay import Step
from simulate.orders import order_by_keys
from simulate.policy import Claim, Rank, Stage
from simulate.state import NOT_ADMITTED, PLACED, STATUS_ABSENT, STATUSES, WITHDRAWN
from simulate.who import claimants, open_blocks
from simulate.world import ABSENT, CONSENT_LEVEL

Kind = Literal[
    "placed",
    "not-admitted",
    "not-eligible",
    "withdrawn",
    "absent",
    "category",
    "status",
    "district",
    "consents",
    "zone",
    "given",
    "rank",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Where a child stood before a gate that lets only the first so many pass."""

    rank: Rank
    place: int
    of: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Why a child had no part in a stage.

    Parameters
    ----------
    kind : str
        What kept it out.
    claim : int, optional
        The position of the claim that came nearest.
    stage : int, optional
        The position of the stage that had closed its case.
    gate : Gate, optional
        Where it stood, for `rank`.
    """

    kind: Kind
    claim: int | None = None
    stage: int | None = None
    gate: Gate | None = None


def why_not(stage: Stage, step: Step, child: int) -> Absence:
    """Return why a child is in none of a stage's claims.

    Parameters
    ----------
    stage : Stage
    step : Step
        The stage as it was run.
    child : int
        Its position in the world.
    """
    state = step.state
    outcome, by = int(state.outcome[child]), int(state.stage[child])
    if outcome == PLACED:
        return Absence(kind="placed", stage=by)
    if outcome == NOT_ADMITTED and not step.world.children.eligible[child]:
        return Absence(kind="not-eligible")
    if outcome == NOT_ADMITTED:
        return Absence(kind="not-admitted", stage=by)
    if outcome == WITHDRAWN:
        return Absence(kind="withdrawn")
    if state.status[child] == STATUS_ABSENT:
        return Absence(kind="absent")
    failed = [why_not_claim(stage, number, step, child) for number in range(len(stage.claims))]
    return max(failed, key=lambda one: (_ORDER.index(one.kind), -(one.claim or 0)))


def why_not_claim(stage: Stage, number: int, step: Step, child: int) -> Absence:
    """Return the first rule of a claim that a child who waits does not meet."""
    claim = stage.claims[number]
    for kind, met in _checks(stage, claim, step, child):
        if not met:
            return Absence(kind=kind, claim=number)
    return Absence(kind="rank", claim=number, gate=gate_of(stage, claim, step, child))


_ORDER: tuple[Kind, ...] = ("category", "status", "district", "zone", "given", "consents", "rank")


def _checks(stage: Stage, claim: Claim, step: Step, child: int) -> Iterator[tuple[Kind, bool]]:
    world, state, who = step.world, step.state, claim.who
    children = world.children
    yield "category", children.category[child] in who.categories
    yield "status", STATUSES[state.status[child]] in who.statuses
    if stage.districts is not None:
        at = children.district[child]
        yield "district", at != ABSENT and world.districts[at] in stage.districts
    if who.zone is not None:
        zone = int(state.zone(world)[child])
        schools = int(world.zone_starts[zone + 1] - world.zone_starts[zone])
        if isinstance(who.zone, list):
            yield "zone", world.zones[zone] in who.zone
        else:
            yield "zone", schools == 1 if who.zone == "single-school" else schools > 1
    if who.given is not None:
        yield "given", (state.given_zone[child] != ABSENT) == (who.given == "zone")
    if who.consents is not None:
        yield "consents", children.consent[child] >= CONSENT_LEVEL[who.consents]


def gate_of(stage: Stage, claim: Claim, step: Step, child: int) -> Gate | None:
    """Return where a child stood before the gate of a claim that it meets otherwise."""
    rank = claim.who.rank
    if rank is None:
        return None
    world = step.world
    free_for_all = claim.model_copy(update={"who": claim.who.model_copy(update={"rank": None})})
    who = np.flatnonzero(claimants(stage, free_for_all, world, step.state))
    if rank.within == "district":
        who = who[world.children.district[who] == world.children.district[child]]
    elif rank.within == "zone":
        zone = step.state.zone(world)
        who = who[zone[who] == zone[child]]
    keys = [(name, order == "desc") for name, _, order in (key.partition(" ") for key in rank.order[:-1])]
    order = who[order_by_keys(world, who, keys)]
    place = int(np.flatnonzero(order == child)[0]) + 1
    limit = _seats_before(rank, claim, step, child) if rank.at_most == "seats" else rank.at_most
    return Gate(rank=rank, place=place, of=len(who), limit=limit)


def _seats_before(rank: Rank, claim: Claim, step: Step, child: int) -> int:
    """Return the free seats of a gate that lets as many pass as there are seats."""
    world, state = step.world, step.state
    free = np.where(open_blocks(claim, world), state.free, 0)
    school = world.blocks.school
    if rank.within == "district":
        at = world.children.district[child]
        free = free[(world.schools.district[school] == at) & (at != ABSENT)]
    elif rank.within == "zone":
        zone = int(state.zone(world)[child])
        free = free[np.isin(school, world.zone_schools[slice(*world.zone_starts[zone : zone + 2])])]
    return int(free.sum())
