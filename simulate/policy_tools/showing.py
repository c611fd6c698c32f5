"""A policy as it holds on a day, in words: what `xuequ policy show` says."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from geodata.messages import Speaker, Text, say
from geodata.schema import OPEN_POOL
from simulate.dated import Part
from simulate.policy import Claim, Policy, Stage
from simulate.policy_tools import words
from simulate.policy_tools.days import change_days
from simulate.policy_tools.reach import held_on
from simulate.report import words as report

Day = datetime.date
Row = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One part: its title, its id, and rows of (field, what it says)."""

    title: str
    id: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Blocks under a heading; `told` is what is said where there are none."""

    heading: str
    blocks: tuple[Block, ...]
    told: str | None = None


def latest_day(policy: Policy) -> Day:
    """Return the day to show where none is asked for: the last one on which what holds changes.

    The rules as they are in the end, planned changes aside; the same whenever it is asked. Days on which no
    stage holds any more do not count.
    """
    days = [day for day in change_days(policy) if held_on(policy, day).stage]
    before = [_what_holds(policy, day) for day in days]
    last = [day for place, day in enumerate(days) if place == 0 or before[place] != before[place - 1]]
    return last[-1] if last else datetime.date.min


def _what_holds(policy: Policy, day: Day) -> dict[str, Any]:
    return held_on(policy, day).model_dump()


def sections_of(
    policy: Policy, on: Day, speak: Speaker, *, expecting: Collection[str] = ()
) -> tuple[Section, ...]:
    """Return a policy in words, as it holds on a day.

    Raises
    ------
    DataError
        If it does not hold on that day, leads nowhere then, or has no such planned change.
    """
    held = policy.at(on, expecting=expecting)
    sections = [
        Section(heading=speak(say("Stages, in their order")), blocks=tuple(_stages(held, speak))),
        Section(
            heading=speak(say("Categories")),
            blocks=tuple(_category(part, speak) for part in held.category),
        ),
    ]
    if held.pool:
        blocks = tuple(_pool(part, held, speak) for part in held.pool)
        sections.append(Section(heading=speak(say("Pools of seats")), blocks=blocks))
    sections.append(_planned(policy, expecting, speak))
    for heading, blocks, told in _history(policy, on, speak):
        sections.append(Section(heading=heading, blocks=blocks, told=told))
    return tuple(sections)


def _stages(policy: Policy, speak: Speaker) -> Iterator[Block]:
    for number, stage in enumerate(policy.stage, start=1):
        title = f"{number}. {words.names_words(stage.title, speak)}"
        yield Block(title=title, id=stage.id, rows=tuple(stage_rows(stage, policy, speak)))


def stage_rows(stage: Stage, policy: Policy, speak: Speaker) -> Iterator[Row]:
    """Return what a stage says: its claims, its mechanism, what happens when it is full, its dates."""
    several = len(stage.claims) > 1
    for number, claim in enumerate(stage.claims, start=1):
        if several:
            yield speak(say("claim {n}", n=number)), speak(say("tier {n}", n=number))
        yield from _claim_rows(claim, policy, speak)
    yield _row("mechanism", words.mechanism_words(stage.mechanism, speak), speak)
    yield _row("when_full", speak(report.WHEN_FULL[stage.when_full]), speak)
    for key in words.stage_rules(stage):
        yield _row(key, words.value_words(key, getattr(stage, key), policy, speak), speak)
    yield from origin_rows(stage, speak)


def _claim_rows(claim: Claim, policy: Policy, speak: Speaker) -> Iterator[Row]:
    yield _row("who", words.who_words(claim.who, policy, speak), speak)
    yield _row("where", words.where_words(claim.where, speak, policy), speak)
    yield _row("order", words.order_words(claim.order, policy, speak), speak)
    if claim.pools != (OPEN_POOL,):
        yield _row("pool", words.value_words("pool", claim.pool, policy, speak), speak)
    if claim.guaranteed:
        yield _row("guaranteed", speak(say("never refused: over the intake if need be")), speak)
    if claim.from_ is not None or claim.until is not None:
        yield speak(say("this claim holds")), words.dates_words(claim, speak)
    if claim.source is not None:
        yield speak(say("source of this claim")), claim.source
    if claim.assumed and claim.reason is not None:
        yield speak(say("assumed in this claim")), words.names_words(claim.reason, speak)


def _category(part: Any, speak: Speaker) -> Block:
    title = words.names_words(part.title, speak)
    yes = say("must end with a place") if part.household else say("may end without a place")
    rows = (_row("household", speak(yes), speak), *origin_rows(part, speak))
    return Block(title=title, id=part.id, rows=rows)


def _pool(part: Any, policy: Policy, speak: Speaker) -> Block:
    before = (
        say("filled before the open seats") if part.precedence < 0 else say("filled after the open seats")
    )
    rows = [_row("precedence", f"{part.precedence}{speak(say(', '))}{speak(before)}", speak)]
    if part.release_after is not None:
        title = words.title_of(policy, "stage", part.release_after, speak)
        rows.append(_row("release_after", title, speak))
    title = words.names_words(part.title, speak)
    return Block(title=title, id=part.id, rows=(*rows, *origin_rows(part, speak)))


def _row(key: str, value: str, speak: Speaker) -> Row:
    return speak(words.FIELDS[key]), value


def origin_rows(part: Part, speak: Speaker) -> Iterator[Row]:
    """Say when a part holds and where it comes from, or why it is assumed."""
    yield speak(say("holds")), words.dates_words(part, speak)
    if part.source is not None:
        yield _row("source", part.source, speak)
    if part.reason is not None:
        key = "assumed" if part.assumed else "reason"
        yield _row(key, words.names_words(part.reason, speak), speak)


def _just_rows(part: Part, policy: Policy, speak: Speaker) -> Iterator[Row]:
    return origin_rows(part, speak)


# --- planned, earlier and later


def _planned(policy: Policy, expecting: Collection[str], speak: Speaker) -> Section:
    blocks = []
    for part in (*policy.category, *policy.pool, *policy.stage):
        if part.expected:
            rows = list(
                stage_rows(part, policy, speak) if isinstance(part, Stage) else origin_rows(part, speak)
            )
            if part.id in expecting:
                rows.insert(0, (speak(say("applied")), speak(say("yes"))))
            title = words.names_words(part.title, speak)
            blocks.append(Block(title=title, id=part.id, rows=tuple(rows)))
    for stage in policy.stage:
        for claim in stage.claims:
            if claim.expected and not stage.expected:
                title = words.names_words(stage.title, speak)
                rows = list(_claim_rows(claim, policy, speak))
                blocks.append(Block(title=title, id=stage.id, rows=tuple(rows)))
    heading = speak(say("Planned changes: not in force, applied only where a project asks for them"))
    return Section(heading=heading, blocks=tuple(blocks), told=speak(say("none")))


def _history(policy: Policy, on: Day, speak: Speaker) -> Iterator[tuple[str, tuple[Block, ...], str]]:
    events = sorted(_events(policy, speak), key=lambda event: event[0])
    for heading, chosen in (
        (say("Before {on}", on=on), [event for event in events if event[0] < on]),
        (say("On {on} and later", on=on), [event for event in events if event[0] >= on]),
    ):
        rows = tuple((day.isoformat(), what) for day, what in chosen)
        blocks = (Block(title="", id="", rows=rows),) if rows else ()
        yield speak(heading), blocks, speak(say("no change is known"))


def _events(policy: Policy, speak: Speaker) -> Iterator[tuple[Day, str]]:
    kinds: tuple[tuple[Text, list[Any]], ...] = (
        (say("category"), list(policy.category)),
        (say("pool"), list(policy.pool)),
        (say("stage"), list(policy.stage)),
    )
    for kind, parts in kinds:
        for part in parts:
            if part.expected:
                continue
            facts = {"kind": kind, "title": words.names_words(part.title, speak), "id": part.id}
            starts = {other.from_ for other in parts if other.id == part.id and not other.expected}
            ends = {other.until for other in parts if other.id == part.id and not other.expected}
            follows = part.from_ in ends
            begins = say("{kind} {title} ({id}) changes", **facts) if follows else None
            yield part.from_, speak(begins or say("{kind} {title} ({id}) begins", **facts))
            if part.until is not None and part.until not in starts:
                yield part.until, speak(say("{kind} {title} ({id}) ends", **facts))
            for claim in getattr(part, "claims", []):
                if not claim.expected:
                    yield from _claim_events(claim, facts, speak)


def _claim_events(claim: Claim, facts: dict[str, Any], speak: Speaker) -> Iterator[tuple[Day, str]]:
    if claim.from_ is not None:
        yield claim.from_, speak(say("a claim of the stage {title} ({id}) begins", **facts))
    if claim.until is not None:
        yield claim.until, speak(say("a claim of the stage {title} ({id}) ends", **facts))
