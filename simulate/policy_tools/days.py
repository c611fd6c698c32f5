"""Look at a policy on each day on which it changes: gaps, stages nobody can enter, who has no place."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from geodata.messages import Text, say
from geodata.schema import OPEN_POOL
from simulate.dated import Part
from simulate.policy import Claim, Policy, Stage
from simulate.policy_tools.households import household_ends
from simulate.policy_tools.reach import Walk, empty_of, held_on, walk

Day = datetime.date
Level = Literal["fault", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was found, in one part."""

    level: Level
    part: str
    what: Text
    remedy: Text | None = None


def over_time(policy: Policy) -> Iterator[Finding]:
    """Return what is wrong with a policy as a whole, each thing once, with the first day on which it is.

    Planned changes are looked at one at a time, each as if it were applied; only what is wrong with it and
    not without it is told.
    """
    told = set()
    for one in (*_of_versions(policy), *_of_days(policy, ())):
        told.add((one.part, one.what.msgid))
        yield one
    for planned in sorted(policy.planned):
        for one in _of_days(policy, (planned,)):
            if (one.part, one.what.msgid) not in told:
                what = say("with the planned change {id}: {what}", id=planned, what=one.what)
                yield replace(one, what=what)


def change_days(policy: Policy) -> list[Day]:
    """Return every day on which a part or claim begins or ends, planned ones too, in their order."""
    parts: list[Part | Claim] = [*policy.category, *policy.pool, *policy.stage]
    parts += [claim for stage in policy.stage for claim in stage.claims]
    days = {day for part in parts for day in (part.from_, part.until) if day is not None}
    return sorted(days)


# --- parts and their versions


def _of_versions(policy: Policy) -> Iterator[Finding]:
    kinds: list[tuple[str, Sequence[Part]]] = [
        ("category", policy.category),
        ("pool", policy.pool),
        ("stage", policy.stage),
    ]
    for kind, parts in kinds:
        for before, after in _neighbours(parts):
            # a reason on what comes after the gap says that it is meant
            if before.until is not None and before.until < after.from_ and after.reason is None:
                what = say("nothing holds from {until} to {start}", until=before.until, start=after.from_)
                remedy = say("close the gap, or give the later version a reason that speaks of it")
                yield Finding(level="warning", part=f"{kind} {after.id}", what=what, remedy=remedy)
    for stage in policy.stage:
        yield from _of_claim_dates(stage)


def _neighbours(parts: Sequence[Part]) -> Iterator[tuple[Part, Part]]:
    dated = sorted((p for p in parts if not p.expected), key=lambda part: (part.id, part.from_))
    for before, after in itertools.pairwise(dated):
        if before.id == after.id:
            yield before, after


def _of_claim_dates(stage: Stage) -> Iterator[Finding]:
    part = f"stage {stage.id}"
    for number, claim in enumerate(stage.claims, start=1):
        late = claim.from_ is not None and stage.until is not None and claim.from_ >= stage.until
        if late or (claim.until is not None and claim.until <= stage.from_):
            what = say("claim {n} never holds: its dates lie outside those of the stage", n=number)
            yield Finding(level="fault", part=part, what=what, remedy=say("correct the dates"))
    if not stage.expected and all(claim.expected for claim in stage.claims):
        what = say("nobody can enter it: all of its claims are planned, and the stage itself is not")
        remedy = say("give the stage expected = true, or take it from a claim")
        yield Finding(level="fault", part=part, what=what, remedy=remedy)


# --- day by day


def _of_days(policy: Policy, expecting: tuple[str, ...]) -> Iterator[Finding]:
    days = change_days(policy)
    held = [held_on(policy, day, expecting) for day in days]
    there = [number for number, one in enumerate(held) if one.stage]
    if not there:
        yield Finding(level="fault", part="stage", what=say("no stage holds on any day"))
        return
    within = range(there[0], there[-1] + 1)
    for number in within:
        if not held[number].stage:
            what = say("no stage holds on {on}", on=days[number])
            yield Finding(level="fault", part="stage", what=what, remedy=say("close the gap"))
    yield from _of_categories(policy, days, held)
    yield from _of_pools(days, held)
    walks = [(days[number], held[number], walk(held[number])) for number in within if held[number].stage]
    yield from _of_entry(walks)
    seen: set[tuple[str, str]] = set()
    for day, one, way in walks:
        for level, part, what, remedy in household_ends(one, way, day):
            if (part, what.msgid) not in seen:
                seen.add((part, what.msgid))
                yield Finding(level=level, part=part, what=what, remedy=remedy)


def _of_categories(policy: Policy, days: list[Day], held: list[Policy]) -> Iterator[Finding]:
    for category in dict.fromkeys(part.id for part in policy.category):
        holds, claimed = [], []
        for number, one in enumerate(held):
            if category in {part.id for part in one.category}:
                holds.append(number)
                claims = [claim for stage in one.stage for claim in stage.claims]
                claimed.append(any(category in claim.who.categories for claim in claims))
        part = f"category {category}"
        if holds and not any(claimed):
            what = say("it has nowhere to go: no stage is for it on any day")
            yield Finding(level="fault", part=part, what=what, remedy=say("add a stage, or take it out"))
        elif holds:
            first = claimed.index(True)
            if first:
                what = say(
                    "no stage is for it from {on} to {until}: the rules of those days are not in this file",
                    on=days[holds[0]],
                    until=days[holds[first]],
                )
                yield Finding(level="warning", part=part, what=what)
            gaps = [n for n, yes in zip(holds[first:], claimed[first:], strict=True) if not yes]
            if gaps:
                what = say("it has nowhere to go from {on} on: no stage is for it", on=days[gaps[0]])
                remedy = say("add a stage, or give it an until")
                yield Finding(level="fault", part=part, what=what, remedy=remedy)


def _of_pools(days: list[Day], held: list[Policy]) -> Iterator[Finding]:
    used, seen = set(), set()
    loose: dict[tuple[str, str], Finding] = {}
    for day, one in zip(days, held, strict=True):
        order = [stage.id for stage in one.stage]
        there = {pool.id: pool for pool in one.pool}
        ends = {
            pool.id: order.index(pool.release_after)
            for pool in one.pool
            if pool.release_after in order and pool.release_after is not None
        }
        for place, stage in enumerate(one.stage):
            for pool_id in {pool_id for claim in stage.claims for pool_id in claim.pools} - {OPEN_POOL}:
                if pool_id not in there:
                    what = say(
                        "a stage uses the pool {pools}, which does not hold on {on}", pools=pool_id, on=day
                    )
                    found = Finding(level="fault", part=f"stage {stage.id}", what=what)
                    loose.setdefault((stage.id, pool_id), found)
                elif place <= ends.get(pool_id, place):
                    used.add(pool_id)
        zones = {stage.id for stage in one.stage if stage.gives == "zone"}
        for pool in one.pool:
            seen.add(pool.id)
            if pool.release_after in zones:
                what = say(
                    "it is released after a stage that gives zones: {stage}", stage=pool.release_after
                )
                remedy = say("name a stage that gives schools")
                found = Finding(level="fault", part=f"pool {pool.id}", what=what, remedy=remedy)
                loose.setdefault((pool.id, "zones"), found)
            if pool.release_after is not None and pool.release_after not in order and order:
                what = say(
                    "it is released after a stage that does not hold on {on}: {stage}",
                    on=day,
                    stage=pool.release_after,
                )
                remedy = say("name another stage, or give the pool dates like those of the stage")
                found = Finding(level="fault", part=f"pool {pool.id}", what=what, remedy=remedy)
                loose.setdefault((pool.id, "released"), found)
    yield from loose.values()
    for pool_id in sorted(seen - used):
        what = say("no claim gives its seats before they are released")
        remedy = say('name it in a claim (pool = ["{pool}", "open"]), or take it out', pool=pool_id)
        yield Finding(level="fault", part=f"pool {pool_id}", what=what, remedy=remedy)


def _of_entry(walks: list[tuple[Day, Policy, Walk]]) -> Iterator[Finding]:
    """Find claims that nobody can be in: on all of their days a fault, on some of them a warning."""
    days: dict[tuple[str, int], list[tuple[Day, bool, Text]]] = {}
    for day, one, way in walks:
        for stage, flags in zip(one.stage, way.entered, strict=True):
            for number, (claim, flag) in enumerate(zip(stage.claims, flags, strict=True), start=1):
                why = say("–") if flag else _why_nobody(one, stage, claim, way)
                days.setdefault((stage.id, number), []).append((day, flag, why))
    for (stage_id, number), found in days.items():
        shut = [(day, why) for day, flag, why in found if not flag]
        if not shut:
            continue
        several = max(n for s, n in days if s == stage_id) > 1
        facts = {"n": number, "why": shut[0][1], "on": shut[0][0]}
        never = len(shut) == len(found)
        if never and several:
            what = say("nobody can be in its claim {n}: {why}", **facts)
        elif never:
            what = say("nobody can enter it: {why}", **facts)
        elif several:
            what = say("from {on} on nobody can be in its claim {n}: {why}", **facts)
        else:
            what = say("from {on} on nobody can enter it: {why}", **facts)
        yield Finding(level="fault" if never else "warning", part=f"stage {stage_id}", what=what)


def _why_nobody(policy: Policy, stage: Stage, claim: Claim, way: Walk) -> Text:
    empty = empty_of(claim, stage)
    if empty == "at_most":
        return say("at_most = 0 lets nobody through")
    if empty is not None:
        return say("the list {key} is empty", key=empty)
    place = [one.id for one in policy.stage].index(stage.id)
    before = policy.stage[:place]
    meant = set(claim.who.categories)
    earlier = [one for one in before if any(meant & set(c.who.categories) for c in one.claims)]
    if claim.who.given == "zone" and not any(one.gives == "zone" for one in earlier):
        return say('given = "zone", and no earlier stage gives them a zone')
    ended = [one.id for one in before if any(one.id in way.ended.get(c, ()) for c in meant)]
    if ended and "waiting" in claim.who.statuses:
        return say("an earlier stage has decided on all of them: {stage}", stage=ended[-1])
    if "declined" in claim.who.statuses:
        return say("no earlier stage gives a place that could be declined")
    if "late" in claim.who.statuses:
        return say("it is the first stage, and nobody arrives late before it")
    return say("no such child can be there")
