"""From a variant to a policy that says the same in full, and to a world with seats held back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from geodata.errors import DataError, Fault, XuequError
from geodata.messages import say
from geodata.project import Names
from geodata.toml import record_from
from simulate.coordination.variant import Change, Variant
from simulate.order_keys import ITEM, PAIR_KEYS
from simulate.policy import Policy, Stage
from simulate.policy_files import contradictions
from simulate.world import ABSENT, Blocks, World

SIBLINGS = "-siblings"
"""Ends the id of the stage that a variant puts before another to keep siblings together."""
Plain = dict[str, Any]

_MECHANISMS: dict[str, Plain] = {
    "nearest": {"name": "serial-dictatorship", "choose": "nearest"},
    "shortest-first": {"name": "deferred-acceptance", "choose": "nearest"},
    "least-travel": {"name": "least-travel"},
    "choices": {"name": "serial-dictatorship", "choose": "choices"},
}
_HELD_TITLES = {
    "late-settlers": Names(zh="为后续落户者预留", en="Held for late settlers"),
    "returning-pupils": Names(zh="为回流学生预留", en="Held for returning pupils"),
}


def coordinating(policy: Policy) -> list[int]:
    """Return the positions of the stages that coordinate.

    Raises
    ------
    XuequError
        If there are none.
    """
    found = [number for number, stage in enumerate(policy.stage) if stage.coordination is not None]
    if not found:
        raise XuequError(
            say(
                'the policy {policy} has no stage that coordinates: add coordination = "area", "district" '
                'or "city" to the stages that place children outside their zone (stages: {stages})',
                policy=policy.id,
                stages=", ".join(stage.id for stage in policy.stage),
            )
        )
    return found


def policies_of(policy: Policy, variants: Sequence[Variant]) -> dict[str, Policy]:
    """Return the policy of each variant, by its id.

    A variant, other than the first, that changes nothing in this policy is left out.

    Parameters
    ----------
    policy : Policy
        The project's, as it holds on the day.
    variants : sequence of Variant

    Raises
    ------
    XuequError, DataError
        If no stage coordinates; for every variant that cannot stand, with the reason.
    """
    coordinating(policy)
    made: dict[str, Policy] = {}
    faults: list[Fault] = []
    for variant in variants:
        try:
            made[variant.id] = variant_policy(policy, variant)
        except DataError as error:
            faults += error.faults
    if faults:
        raise DataError(faults)
    base = made[variants[0].id].stage
    alike = [one.id for one in variants[1:] if made[one.id].stage == base and not one.held]
    return {name: one for name, one in made.items() if name not in alike}


def variant_policy(policy: Policy, variant: Variant) -> Policy:
    """Return a policy with what a variant changes in it, checked again as a whole.

    What is changed counts as assumed for the variant's reason, or has its source. The first variant of a
    file may change nothing: its stages are those of the policy.

    Raises
    ------
    DataError
        If a change means no stage, or what comes of it cannot stand together.
    """
    file = f"variant {variant.id}"
    faults = list(_aimless(policy, variant, file))
    stages: list[Stage] = []
    first = next((n for n, stage in enumerate(policy.stage) if stage.coordination is not None), 0)
    for number, stage in enumerate(policy.stage):
        change = _merged(policy, variant, stage)
        faults += _impossible(stage, change, file)
        made = _changed(stage, change)
        if number < first and variant.given_up_before is not None:
            made["given_up"] = variant.given_up_before
        after = _checked(stage, made, variant, file)
        if change is not None and change.siblings == "together":
            stages.append(record_from(_for_siblings(after), Stage, file))
        stages.append(after)
    faults += [
        Fault(file=file, column=f"stage {stage.id}", allowed=what, remedy=_LEAVE_OUT)
        for stage in stages
        for what in contradictions(stage)
    ]
    if faults:
        raise DataError(faults)
    whole: Plain = {name: getattr(policy, name) for name in type(policy).model_fields}
    title = Names(
        zh=f"{policy.title.zh}（{variant.title.zh}）", en=f"{policy.title.en} ({variant.title.en})"
    )
    pools = [*policy.pool, *_pools(policy, variant)]
    whole |= {"id": f"{policy.id}-{variant.id}", "title": title, "stage": stages, "pool": pools}
    return record_from(whole, Policy, file)


_LEAVE_OUT = say("correct the variant, or leave it out with --only")


def _aimless(policy: Policy, variant: Variant, file: str) -> list[Fault]:
    """Return the changes that mean no stage, where others of the variant do."""
    household = _household(policy)
    none = [
        change for change in variant.change if not any(change.means(s, household) for s in policy.stage)
    ]
    if len(none) == len(variant.change) and not variant.from_the_start:
        return []  # it changes nothing at all, and is left out
    return [
        Fault(
            file=file,
            column="change",
            found=f"reach = {change.reach}, children = {change.children}",
            allowed=say("a reach and children that some stage of {policy} coordinates", policy=policy.id),
            remedy=_LEAVE_OUT,
        )
        for change in none
    ]


def _household(policy: Policy) -> set[str]:
    return {category.id for category in policy.category if category.household}


def _impossible(stage: Stage, change: Change | None, file: str) -> list[Fault]:
    """Return what keeps siblings from being placed in a stage of their own."""
    if change is None or change.siblings != "together":
        return []
    column, found = f"stage {stage.id}", []
    if stage.gives == "zone":
        found.append(say("siblings are kept together where a stage gives schools; this one gives zones"))
    if any(claim.who.rank is not None for claim in stage.claims):
        found.append(say("siblings have a stage of their own, in which a gate by rank would count again"))
    return [Fault(file=file, column=column, allowed=what, remedy=_LEAVE_OUT) for what in found]


def _merged(policy: Policy, variant: Variant, stage: Stage) -> Change | None:
    """Return all that a variant changes in a stage as one change; None where it changes nothing."""
    parts = [
        change.model_dump(by_alias=True, exclude_none=True)
        for change in variant.change
        if change.means(stage, _household(policy))
    ]
    if not parts:
        return None
    whole: Plain = {}
    for part in parts:
        whole |= part
    return Change.model_validate(whole)


def _checked(stage: Stage, made: Plain, variant: Variant, file: str) -> Stage:
    """Return a stage as changed; what differs has the variant's source or reason for its own."""
    if made == stage.model_dump(by_alias=True):
        return stage
    origin = {"source": variant.source, "assumed": variant.assumed, "reason": variant.reason}
    claims = [{**claim, "source": None, "assumed": False, "reason": None} for claim in made["claims"]]
    return record_from({**made, **origin, "claims": claims}, Stage, file)


def _changed(stage: Stage, change: Change | None) -> Plain:
    made = stage.model_dump(by_alias=True)
    if change is None:
        return made
    if change.mechanism is not None:
        made["mechanism"] = {**dict.fromkeys(made["mechanism"]), **_MECHANISMS[change.mechanism]}
        _let_go(made, change.mechanism)
    for name in ("districts", "given_up"):
        if getattr(change, name) is not None:
            made[name] = getattr(change, name)
    _keep_twins(made, change)
    for claim in made["claims"]:
        _change_claim(claim, stage, made["mechanism"]["name"], change)
    return made


def _let_go(made: Plain, mechanism: str) -> None:
    """Drop from a stage what its new mechanism cannot take."""
    alone = made["twins"] == "together" and mechanism == "least-travel"
    if alone or (made["last_seat"] == "next" and mechanism == "shortest-first"):
        made |= {"twins": "one-by-one", "last_seat": None}
    if mechanism == "least-travel":
        made["ties"] = "ticket"


def _keep_twins(made: Plain, change: Change) -> None:
    if change.siblings == "apart":
        made |= {"twins": "one-by-one", "last_seat": None}
    one_order = made["mechanism"]["name"] == "serial-dictatorship" and made["ties"] == "ticket"
    if change.siblings == "together" and one_order and made["twins"] != "together":
        # within the seats there are: where schools have orders of their own no rule does that
        made |= {"twins": "together", "last_seat": "next"}


def _change_claim(claim: Plain, stage: Stage, mechanism: str, change: Change) -> None:
    where, who = claim["where"], claim["who"]
    claim["order"] = _order(claim["order"], mechanism, change)
    if change.mechanism is not None:
        where["list"] = change.list_
    if change.within_m is not None:
        where |= {"within_m": change.within_m, "past_it": change.past_it}
    if change.kinds is not None:
        where["kinds"] = list(change.kinds)
    if change.consent == "not-asked":
        who["consents"] = None
    elif change.consent == "required":
        who["consents"] = "city" if stage.coordination == "city" else "district"


def _order(order: list[str], mechanism: str, change: Change) -> list[str]:
    keys = list(order if change.order is None else change.order)
    own_orders = mechanism == "deferred-acceptance"
    if change.order is None and change.mechanism not in (None, "shortest-first"):
        keys = [key for key in keys if key.partition(" ")[0] not in PAIR_KEYS]
    if change.mechanism == "shortest-first":
        keys = ["distance asc", *(key for key in keys if not key.startswith("distance "))]
    if change.siblings == "apart" or (change.siblings == "together" and own_orders):
        keys = [key for key in keys if not key.startswith("sibling ")]
    if change.siblings == "together" and own_orders:
        keys = ["sibling desc", *keys]
    return keys


def _for_siblings(stage: Stage) -> Plain:
    """Return the stage before a stage: the same children, at a school where they have a sibling."""
    made = stage.model_dump(by_alias=True)
    title = {"zh": f"{stage.title.zh}：同胞同校", "en": f"{stage.title.en}: siblings first"}
    made |= {"id": f"{stage.id}{SIBLINGS}", "title": title, "when_full": "next", "ties": "ticket"}
    made["mechanism"] = {**dict.fromkeys(made["mechanism"]), **_MECHANISMS["nearest"]}
    made |= {"twins": "together", "last_seat": "next"}
    for claim in made["claims"]:
        claim["where"] |= {"schools": "sibling", "list": None}
        claim["guaranteed"] = False
        claim["order"] = [key for key in claim["order"] if key.partition(" ")[0] not in PAIR_KEYS]
    return made


def _pools(policy: Policy, variant: Variant) -> list[Plain]:
    last = max([0, *(pool.precedence for pool in policy.pool)])
    return [
        {
            "id": one.pool,
            "title": _HELD_TITLES[one.for_],
            "from": policy.stage[0].from_,
            "source": variant.source,
            "assumed": variant.assumed,
            "reason": variant.reason,
            "precedence": last + 1,
        }
        for one in variant.held
    ]


def with_held(world: World, variant: Variant) -> World:
    """Return a world in which seats are held back: taken off the open pools, in pools that no claim opens.

    Each school's seats in all stay what they were; a pool of no seats is not there.
    """
    blocks, count = world.blocks, len(world.schools.ids)
    seats, school, pool = blocks.seats.copy(), [blocks.school], [blocks.pool]
    more = []
    for one in variant.held:
        offered = blocks.seats[:count]
        # a share of 0.1 times 30 is 3, also where binary fractions make it a little less
        number = offered * one.share + 1e-9 if one.share is not None else np.full(count, one.seats)
        taken = np.minimum(np.floor(number).astype(np.int64), seats[:count])
        seats[:count] -= taken
        there = np.flatnonzero(taken)
        school.append(there.astype(np.int32))
        pool.append(np.full(len(there), one.pool, dtype=object))
        more.append(taken[there])
    added = sum(len(one) for one in more)
    absent = np.full(added, ABSENT, dtype=np.int64)
    last = int(blocks.precedence.max(initial=0)) + 1
    whole = Blocks(
        school=np.concatenate(school),
        pool=np.concatenate(pool),
        seats=np.concatenate([seats, *more]),
        release=np.concatenate([blocks.release, absent]),
        precedence=np.concatenate([blocks.precedence, np.full(added, last, dtype=np.int64)]),
    )
    order = np.lexsort((whole.pool, whole.precedence, whole.school, np.arange(len(whole)) >= count))
    return replace(world, blocks=Blocks(**{name: getattr(whole, name)[order] for name in Blocks.__slots__}))


def with_stages(world: World, before: Policy, after: Policy) -> World:
    """Return a world whose answers, choices and releases stand at the positions of other stages.

    Parameters
    ----------
    world : World
        Built for the policy `before`.
    before, after : Policy
        `after` has all stages of `before`, in the same order, perhaps with others between.
    """
    ids = [stage.id for stage in after.stage]
    moved = np.array([*(ids.index(stage.id) for stage in before.stage), ABSENT], dtype=np.int64)
    return replace(
        world,
        answers=replace(world.answers, after=moved[world.answers.after]),
        choices=replace(world.choices, after=moved[world.choices.after]),
        blocks=replace(world.blocks, release=moved[world.blocks.release]),
    )


def reading(policy: Policy, policies: Sequence[Policy]) -> Policy:
    """Return a policy from which a world is built that has every key any of the others reads.

    Items of the points schedule are read where an order names them: those that only a variant names are
    put into one order of a stage. Nothing is run by it.
    """
    known = set(policy.child_keys)
    wanted = sorted({key for one in policies for key in one.child_keys if key.startswith(ITEM)} - known)
    if not wanted:
        return policy
    stage = policy.stage[0]
    claim = stage.claims[0]
    order = [*claim.order[:-1], *(f"{key} desc" for key in wanted), claim.order[-1]]
    claims = [claim.model_copy(update={"order": order}), *stage.claims[1:]]
    return policy.model_copy(
        update={"stage": [stage.model_copy(update={"claims": claims}), *policy.stage[1:]]}
    )
