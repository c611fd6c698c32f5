"""Which kinds of children can come into each stage, and which may be left at the end, whatever the data.

Children are told apart by what a policy asks of them: category, status, consent, whether their zone has
one school or several, whether a stage gave them a zone, the district of their home (those that the policy
names, and all others as one). A kind is there or not; how many children it has does not matter here.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geodata.schema import OPEN_POOL
from simulate.dated import in_force
from simulate.policy import Claim, Policy, Stage

Kinds = npt.NDArray[np.bool_]
STATUSES = ("waiting", "declined", "late")
CONSENTS = (None, "district", "city")
ZONES = ("single-school", "multi-school")
GIVEN = ("none", "zone")
SURE_WHERE = ("own-zone", "own-district", "city")
"""Where a child always has a school: every child has a zone, and a zone its schools."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What a policy does to the kinds of children, stage by stage.

    Parameters
    ----------
    entered : tuple of tuple of bool
        For each stage, for each of its claims, whether any child can be in it.
    ended : mapping of str to tuple of str
        For each category, the stages that surely decided on some kind of its children, in their order.
    left : mapping of str to array of bool
        For each category, the kinds that may wait after the last stage.
    met : frozenset of (str, str)
        The pairs of stage and category in which children of the category who wait can be in the stage.
    districts : tuple of str or None
        The districts by which kinds are told apart; None is every other one.
    """

    entered: tuple[tuple[bool, ...], ...]
    ended: Mapping[str, tuple[str, ...]]
    left: Mapping[str, Kinds]
    met: frozenset[tuple[str, str]]
    districts: tuple[str | None, ...]


def held_on(policy: Policy, on: datetime.date, expecting: Collection[str] = ()) -> Policy:
    """Return what of a policy holds on a day, also where that leads nowhere."""
    stages = [
        stage.model_copy(update={"claims": claims})
        for stage in in_force(policy.stage, on, expecting)
        if (
            claims := [c for c in stage.claims if c.holds(on) and (not c.expected or stage.id in expecting)]
        )
    ]
    there = {
        "stage": stages,
        "category": in_force(policy.category, on, expecting),
        "pool": in_force(policy.pool, on, expecting),
    }
    return policy.model_copy(update=there)


def walk(policy: Policy) -> Walk:
    """Follow the kinds of children through the stages of a policy as it holds on a day.

    Notes
    -----
    1. At first every kind waits that no stage has given a zone. Any child may decline after a stage that
       gives schools, for a decision may have placed it there; who is late arrives after some stage.
    2. A stage surely ends a kind if all of its children are decided on whatever the data are: it is
       `not-admitted` when full, or a claim takes all of them (see `takes_all`).
    3. A gate (`rank`) and a list of zones let through some children of a kind, so that it goes on too.
    """
    named = sorted({name for stage in policy.stage for name in stage.districts or []})
    districts: tuple[str | None, ...] = (*named, None)
    shape = (len(STATUSES), len(CONSENTS), len(ZONES), len(GIVEN), len(districts))
    there = {category.id: np.zeros(shape, dtype=np.bool_) for category in policy.category}
    for kinds in there.values():
        kinds[0, :, :, 0, :] = True
    ended: dict[str, list[str]] = {category: [] for category in there}
    entered, met = [], set()
    for stage in policy.stage:
        inside = []
        before = {category: kinds.copy() for category, kinds in there.items()}
        for claim in stage.claims:
            meant = _meant(claim, stage, districts, shape)
            found = {c: before[c] & meant for c in claim.who.categories if c in there}
            inside.append(any(kinds.any() for kinds in found.values()))
            for category, kinds in found.items():
                met |= {(stage.id, category)} if kinds[0].any() else set()
                if _whole(claim) and (stage.when_full == "not-admitted" or takes_all(stage, claim)):
                    there[category] &= ~kinds
                    if kinds.any() and stage.id not in ended[category]:
                        ended[category].append(stage.id)
                if stage.gives == "zone":
                    # the zone given may have one school or several, in whatever district
                    given = kinds[:, :, :, 0, :].any(axis=2, keepdims=True)
                    there[category][:, :, :, 1, :] |= given
        for category, kinds in there.items():
            if stage.gives == "school":
                kinds[STATUSES.index("declined")] |= before[category].any(axis=0)
            kinds[STATUSES.index("late"), :, :, 0, :] = True
        entered.append(tuple(inside))
    waiting = {category: kinds[0] for category, kinds in there.items()}
    return Walk(
        entered=tuple(entered),
        ended={category: tuple(stages) for category, stages in ended.items()},
        left=waiting,
        met=frozenset(met),
        districts=districts,
    )


def takes_all(stage: Stage, claim: Claim) -> bool:
    """Whether everybody whom a claim means has a place after the stage, whatever the data are.

    Seated over the intake, or guaranteed; by nearness or in order, since who filed no choice gets nothing;
    at schools that every child has, of all kinds and at any distance.
    """
    where = claim.where
    return (
        stage.gives == "school"
        and (stage.when_full == "over" or claim.guaranteed)
        and stage.mechanism.name != "random-seats"
        and not stage.mechanism.by_choices
        and where.schools in SURE_WHERE
        and where.kinds is None
        and where.past_it != "never"
        and OPEN_POOL in claim.pools
        and _whole(claim)
    )


def _whole(claim: Claim) -> bool:
    """Whether a claim means every child of the kinds that it means."""
    return claim.who.rank is None and not isinstance(claim.who.zone, list)


def empty_of(claim: Claim, stage: Stage) -> str | None:
    """Return the key of a claim or its stage that is an empty list, or a gate that lets nobody through."""
    who = claim.who
    empty = {
        "category": who.categories == (),
        "zone": who.zone == [],
        "districts": stage.districts == [],
        "kinds": claim.where.kinds == [],
        "pool": claim.pools == (),
        "at_most": who.rank is not None and who.rank.at_most == 0,
    }
    return next((key for key, found in empty.items() if found), None)


def _meant(claim: Claim, stage: Stage, districts: tuple[str | None, ...], shape: tuple[int, ...]) -> Kinds:
    who, kinds = claim.who, np.ones(shape, dtype=np.bool_)
    if empty_of(claim, stage) is not None:
        return np.zeros(shape, dtype=np.bool_)
    kinds &= _along(0, [status in who.statuses for status in STATUSES])
    least = CONSENTS.index(who.consents)
    kinds &= _along(1, [number >= least for number in range(len(CONSENTS))])
    if isinstance(who.zone, str):
        kinds &= _along(2, [zone == who.zone for zone in ZONES])
    if who.given is not None:
        kinds &= _along(3, [given == who.given for given in GIVEN])
    if stage.districts is not None:
        kinds &= _along(4, [district in stage.districts for district in districts])
    return kinds


def _along(axis: int, flags: list[bool]) -> Kinds:
    shape = [1] * 5
    shape[axis] = len(flags)
    return np.array(flags, dtype=np.bool_).reshape(shape)
