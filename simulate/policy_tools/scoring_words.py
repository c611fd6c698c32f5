"""A points schedule as it holds on a day, in words: what `xuequ policy show` says of it."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from geodata.messages import Speaker, Text, say
from simulate.points.conditions import Condition, plain
from simulate.points.items import Classes, Flat, Group, Lookup, PerUnit
from simulate.points.schedule import Schedule
from simulate.policy_tools.showing import Block, Row, Section, origin_rows
from simulate.policy_tools.words import names_words
from simulate.report import words as report

UNITS: Mapping[str, tuple[Text, Text]] = {
    "months": (say("month"), say("months")),
    "days": (say("day"), say("days")),
    "units": (say("unit"), say("units")),
}


def latest_schedule_day(schedule: Schedule) -> datetime.date:
    """Return the last day on which a part of a schedule begins, planned changes aside."""
    parts = [part for some in schedule.parts().values() for part in some if not part.expected]
    return max((part.from_ for part in parts), default=datetime.date.min)


def schedule_sections(
    schedule: Schedule, on: datetime.date, speak: Speaker, *, expecting: Collection[str] = ()
) -> tuple[Section, ...]:
    """Return a schedule in words, as it holds on a day.

    Raises
    ------
    DataError
        If it does not hold on that day, leads nowhere then, or has no such planned change.
    """
    held = schedule.at(on, expecting=expecting)
    facts = {fact.id: names_words(fact.title, speak) for fact in held.fact}
    items = [_block(item, _item_rows(item, facts, speak), speak) for item in held.item]
    titles = {item.id: names_words(item.title, speak) for item in held.item}
    rules = [_block(group, _group_rows(group, titles, speak), speak) for group in held.group]
    rules += [_block(rule, _conditions(rule.when, facts, speak), speak) for rule in held.eligible]
    whole: list[Block] = []
    for part in held.maximum:
        whole.append(_block(part, [(speak(say("points")), plain(part.points))], speak))
    for order in held.order:
        row = (speak(say("order")), report.order_words(order.keys, speak, titles))
        whole.append(_block(order, [row], speak))
    for day in held.counted_until:
        row = (speak(say("day")), f"{day.day.md} ({day.day.year:+d})" if day.day.year else day.day.md)
        whole.append(_block(day, [row], speak))
    missing = tuple(("", names_words(one, speak)) for one in held.missing)
    planned = [p for some in schedule.parts().values() for p in some if p.expected]
    planned_blocks = tuple(_block(part, [], speak) for part in planned)
    heading = say("Planned changes: not in force, applied only where a project asks for them")
    none = speak(say("none"))
    return (
        Section(heading=speak(say("Items")), blocks=tuple(items)),
        Section(heading=speak(say("Groups and eligibility")), blocks=tuple(rules), told=none),
        Section(heading=speak(say("The whole")), blocks=tuple(whole)),
        Section(
            heading=speak(say("Not in the sources")),
            blocks=(Block(title="", id="", rows=missing),) if missing else (),
            told=none,
        ),
        Section(heading=speak(heading), blocks=planned_blocks, told=none),
    )


def _block(part: Any, rows: Any, speak: Speaker) -> Block:
    return Block(title=names_words(part.title, speak), id=part.id, rows=(*rows, *origin_rows(part, speak)))


def _item_rows(item: Any, facts: Mapping[str, str], speak: Speaker) -> Iterator[Row]:
    if isinstance(item, Flat):
        yield speak(say("points")), plain(item.points)
    elif isinstance(item, PerUnit):
        unit = UNITS[item.unit][item.per != 1]
        counted = speak(say(", ")).join(facts.get(one.fact, one.fact) for one in item.counts)
        words = say(
            "{points} for each {n} {unit} of {counted}",
            points=plain(item.points),
            n=item.per,
            unit=unit,
            counted=counted,
        )
        yield speak(say("points")), speak(words)
    elif isinstance(item, Lookup):
        for value, points in item.points.items():
            yield value, plain(points)
    elif isinstance(item, Classes):
        for number, one in enumerate(item.classes, start=1):
            yield f"{number}. {names_words(one.title, speak)}", plain(one.points)
    if item.cap is not None:
        yield speak(say("cap")), plain(item.cap)
    yield from _conditions(item.when, facts, speak)
    if item.clause is not None:
        yield speak(say("clause")), item.clause


def _conditions(when: list[Condition], facts: Mapping[str, str], speak: Speaker) -> Iterator[Row]:
    if when:
        named = dict.fromkeys(facts.get(one.fact, one.fact) for one in when)
        yield speak(say("conditions on")), speak(say(", ")).join(named)


def _group_rows(group: Group, titles: Mapping[str, str], speak: Speaker) -> Iterator[Row]:
    take = say("the best one alone") if group.take == "best" else say("the sum")
    yield speak(say("takes")), speak(take)
    yield speak(say("of")), speak(say(", ")).join(titles.get(name, name) for name in group.items)
    if group.cap is not None:
        yield speak(say("cap")), plain(group.cap)
