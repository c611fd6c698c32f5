"""A policy laid out for compiled loops: for each stage who is in it, where each may go, in which order.

Not every stage fits: where schools have orders of their own, tied children or twins sit together, a gate
lets the first so many in, or a stage gives zones, `program_of` says so, and draws are played by the engine
of a run instead (`plain`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from geodata.messages import Text, say
from simulate.ensemble.keys import Order
from simulate.mechanisms import NOWHERE
from simulate.policy import BY_CHOICES, Claim, Policy, Stage
from simulate.state import State, opening_state
from simulate.where import blocks_of_schools, in_reach, reach_key
from simulate.who import claimants, open_blocks
from simulate.world import CONSENT_LEVEL, World

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]

NEXT, OVER, REFUSED = 0, 1, 2
_FULL = {"next": NEXT, "over": OVER, "not-admitted": REFUSED}
FAR = np.int32(2**31 - 1)
"""A greatest distance that nothing exceeds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A stage as the loops read it: m claims, c cells.

    Parameters
    ----------
    kind : {"nearest", "choices", "random"}
        Take the nearest school open, the first choice open, or a drawn seat of the zone.
    claims : array of uint64, shape (c,)
        Bit k: whether claim k means the children of a cell, consent aside.
    consent : array of int8, shape (m,)
        The consent that each claim asks for.
    order : array of int64, shape (m,)
        The order of each claim, a position in the orders of the policy.
    group : array of int32, shape (m, c)
        Which schools are open to a cell by a claim: a row of its lists.
    starts, schools : array of int64, shape (m, g + 1), and of int32
        The lists of schools, by id; claim k's begin at starts[k].
    pools : array of bool, shape (m, b)
        Which blocks each claim opens.
    within : array of int32, shape (m,)
        The greatest distance.
    full : int
        What becomes of who gets nothing: `NEXT`, `OVER` or `REFUSED`.
    list_number : int
        The list of choices that counts.
    bands : array of int64
        How many choices each round has, the last for all that follow; empty where there are no rounds.
    release : array of int64
        The blocks whose seats go to the open pool when the stage ends.
    lapse : bool
        Whether seats given up after it are lost.
    sole : array of int32, shape (c,)
        The only block where the children of a cell may sit, `NOWHERE` for a cell that is not in the stage;
        empty where some child has several.
    """

    kind: str
    claims: Words
    consent: npt.NDArray[np.int8]
    order: Numbers
    group: Small
    starts: Numbers
    schools: Small
    pools: Mask
    within: Small
    full: int
    list_number: int
    bands: Numbers
    release: Numbers
    lapse: bool
    sole: Small


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The stages of a policy, and what they share.

    Parameters
    ----------
    steps : tuple of Step
    eligible : array of bool, shape (c,)
    right : array of bool, shape (c,)
        Whether the category of a cell has a right to a place.
    seats : array of int64, shape (b,)
    block_school : array of int32, shape (b,)
    own_starts, own_blocks : array of int64, shape (s + 1,), and of int32
        The blocks of each school in order of precedence.
    offered : array of int64, shape (s,)
        Seats that each school offers, pools added up.
    """

    steps: tuple[Step, ...]
    eligible: Mask
    right: Mask
    seats: Numbers
    block_school: Small
    own_starts: Numbers
    own_blocks: Small
    offered: Numbers


def program_of(world: World, policy: Policy, orders: tuple[Order, ...]) -> Program | Text:
    """Lay out a policy for compiled loops, or say why it does not fit.

    Parameters
    ----------
    world : World
        Its children are cells.
    policy : Policy
        As it holds on the day.
    orders : tuple of Order
        The orders for which draws have codes.
    """
    why = _unfit(world, policy)
    if why is not None:
        return why
    state = opening_state(world)
    steps = []
    for number, stage in enumerate(policy.stage):
        step = _step(world, state, stage, number, orders)
        if isinstance(step, Text):
            return step
        steps.append(step)
    every = np.arange(len(world.schools.ids), dtype=np.int32)
    school, block = blocks_of_schools(world, every)
    return Program(
        steps=tuple(steps),
        eligible=world.children.eligible,
        right=np.isin(world.children.category, [c.id for c in policy.category if c.household]),
        seats=world.blocks.seats,
        block_school=world.blocks.school,
        own_starts=np.searchsorted(school, np.arange(len(every) + 1)).astype(np.int64),
        own_blocks=block.astype(np.int32),
        offered=world.schools.offered,
    )


def _unfit(world: World, policy: Policy) -> Text | None:
    """Say what of a policy or of a city's tables the loops do not know."""
    for stage in policy.stage:
        wrong = _unfit_stage(stage)
        if wrong is not None:
            return say("stage {stage}: {why}", stage=stage.id, why=wrong)
    if world.city.has("decisions") or len(world.answers.child):
        return say("the project has decisions or answers")
    if (world.choices.after >= 0).any() or (world.choices.zone >= 0).any():
        return say("choices were filed between stages, or name zones")
    return None


def _unfit_stage(stage: Stage) -> Text | None:
    mechanism, claims = stage.mechanism, stage.claims
    if stage.gives == "zone":
        return say("it gives zones")
    if stage.ties == "all-over" or stage.twins == "together":
        return say("tied children or twins sit together")
    if any(claim.who.rank is not None for claim in claims):
        return say("it admits the first so many of an order")
    if any(claim.guaranteed for claim in claims):
        return say("places are guaranteed")
    if any(claim.pair_keys for claim in claims):
        return say("schools have orders of their own")
    if any(claim.where.schools == "sibling" for claim in claims):
        return say("it looks for siblings")
    if any(claim.where.past_it == "last" for claim in claims):
        return say("schools past a distance come last")
    if any(claim.who.given == "zone" for claim in claims):
        return say("it is for children who were given a zone")
    if any(
        status not in ("waiting", "late", "declined") for claim in claims for status in claim.who.statuses
    ):
        return say("it is for children of a status that no draw has")
    if mechanism.name == "least-travel":
        return say("it seeks the least travel")
    if mechanism.name in BY_CHOICES and (len(claims) > 1 or not mechanism.by_choices):
        return say("schools have orders of their own")
    return None


def _step(world: World, state: State, stage: Stage, number: int, orders: tuple[Order, ...]) -> Step | Text:
    claims, mechanism = stage.claims, stage.mechanism
    # asked about children who consent to everything: what a draw's children consent to comes later
    willing = np.full(len(world.children), CONSENT_LEVEL["city"], dtype=np.int64)
    whole = replace(world, children=replace(world.children, consent=willing))
    inside = np.stack([claimants(stage, claim, whole, state) for claim in claims])
    bits = np.zeros(len(world.children), dtype=np.uint64)
    for k in range(len(claims)):
        bits |= inside[k].astype(np.uint64) << np.uint64(k)
    group, starts, schools = _lists(world, state, claims, inside)
    kind = (
        "choices" if mechanism.by_choices else "random" if mechanism.name == "random-seats" else "nearest"
    )
    wrong = _unfit_lists(world, stage, inside, group, starts, schools)
    if wrong is not None:
        return say("stage {stage}: {why}", stage=stage.id, why=wrong)
    pools = np.stack([open_blocks(claim, world) for claim in claims])
    return Step(
        kind=kind,
        claims=bits,
        consent=np.array([CONSENT_LEVEL[claim.who.consents or "none"] for claim in claims], dtype=np.int8),
        order=np.array([orders.index(claim.keys) for claim in claims], dtype=np.int64),
        group=group,
        starts=starts,
        schools=schools,
        pools=pools,
        within=np.array(
            [FAR if claim.where.within_m is None else claim.where.within_m for claim in claims],
            dtype=np.int32,
        ),
        full=_FULL[stage.when_full],
        list_number=claims[0].where.list_ or 1,
        bands=_bands(stage),
        release=np.flatnonzero(world.blocks.release == number).astype(np.int64),
        lapse=stage.given_up == "lapse",
        sole=_sole(world, stage, kind, bits, group, starts, schools, pools),
    )


def _sole(
    world: World,
    stage: Stage,
    kind: str,
    bits: Words,
    group: Small,
    starts: Numbers,
    schools: Small,
    pools: Mask,
) -> Small:
    """Return the only block of each cell's children, or nothing where some child may sit in several."""
    several = np.empty(0, dtype=np.int32)
    if kind != "nearest" or len(stage.claims) > 1 or stage.claims[0].where.within_m is not None:
        return several
    blocks = np.flatnonzero(pools[0])
    school = world.blocks.school[blocks]
    if (
        len(np.unique(school)) < len(school)
        or (np.diff(starts[0])[np.unique(group[0][bits > 0])] > 1).any()
    ):
        return several
    of_school = np.full(len(world.schools.ids) + 1, NOWHERE, dtype=np.int32)
    of_school[school] = blocks
    first = np.append(schools, len(world.schools.ids))[starts[0][:-1]]
    listed = np.where(np.diff(starts[0]) == 1, first, len(world.schools.ids))
    return np.where(bits > 0, of_school[listed[group[0]]], NOWHERE).astype(np.int32)


def _bands(stage: Stage) -> Numbers:
    """Return the rounds of a mechanism by choices; none where a child takes the first seat of its list.

    With one order for all schools, children who propose down a round's choices while schools hold the best
    end up where they do when each in its turn takes the first of them that has a seat.
    """
    mechanism = stage.mechanism
    if mechanism.name == "immediate-acceptance":
        return np.array([1], dtype=np.int64)
    if mechanism.name == "parallel":
        return np.array(mechanism.bands or [mechanism.e or 1], dtype=np.int64)
    return np.empty(0, dtype=np.int64)


def _lists(world: World, state: State, claims: list[Claim], inside: Mask) -> tuple[Small, Numbers, Small]:
    """Return which list of schools each claim opens to each cell, and the lists."""
    cells = np.arange(len(world.children), dtype=np.int64)
    every = np.arange(len(world.schools.ids), dtype=np.int32)
    groups, bounds, found = [], [], []
    filled = 0
    for k, claim in enumerate(claims):
        # a school without a block that the claim opens stands in nobody's list
        offers = np.isin(every, world.blocks.school[open_blocks(claim, world)])
        _, first, group = np.unique(
            np.where(inside[k], reach_key(claim, world, state, cells), -2),
            return_index=True,
            return_inverse=True,
        )
        ends = [filled]
        # a loop over zones, streets or districts: those who live in one have the same schools open
        for cell in first.tolist():
            open_ = np.zeros(len(every), dtype=np.bool_)
            if inside[k, cell]:
                one = np.full(len(every), cell, dtype=np.int64)
                open_ = in_reach(claim, world, state, one, every) & offers
            found.append(every[open_])
            filled += int(open_.sum())
            ends.append(filled)
        groups.append(group.reshape(-1).astype(np.int32))
        bounds.append(np.array(ends, dtype=np.int64))
    width = max(len(one) for one in bounds)
    starts = np.stack([np.pad(one, (0, width - len(one)), mode="edge") for one in bounds])
    schools = np.concatenate([*found, np.empty(0, dtype=np.int32)]).astype(np.int32)
    return np.stack(groups), starts, schools


def _unfit_lists(
    world: World, stage: Stage, inside: Mask, group: Small, starts: Numbers, schools: Small
) -> Text | None:
    """Say why the lists of a stage are none that its mechanism can take: a run then says it in full."""
    lengths = np.diff(starts, axis=1)
    mine = np.stack([np.where(inside[k], lengths[k][group[k]], 0) for k in range(len(stage.claims))])
    if stage.mechanism.name == "fill" and ((mine > 1).any() or (np.count_nonzero(mine, axis=0) > 1).any()):
        return say("several schools, or several claims, are open to a child of a stage that fills")
    if stage.mechanism.name != "random-seats":
        return None
    if len(stage.claims) > 1 or stage.claims[0].pools != ("open",):
        return say("seats of several pools, or of several claims, are drawn together")
    used = np.unique(group[0][inside[0]])
    drawn = np.concatenate(
        [schools[starts[0][g] : starts[0][g + 1]] for g in used.tolist()] or [schools[:0]]
    )
    if len(np.unique(drawn)) < len(drawn):
        return say("a school stands in the lists of several zones")
    return None
