"""What is wrong with a schedule: what cannot be computed, and what can be but makes no sense."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from decimal import Decimal

from geodata.errors import DataError, Fault
from geodata.messages import Text, say
from simulate.dated import in_force
from simulate.points.conditions import Condition, Selection, plain
from simulate.points.items import STATED, Classes, Fact, Flat, Group, Item, Lookup, PerUnit
from simulate.points.limits import as_weak, most_of, most_of_all, never_all, never_met
from simulate.points.schedule import DATES, Schedule, names_used, selections

CORRECT = say("correct it")


def contradictions_of(schedule: Schedule) -> list[Fault]:
    """Return what of a schedule cannot be computed: unknown names, wrong units, too many decimals.

    Such a schedule is refused where it is read.
    """
    found = [*_unknown_names(schedule)]
    for held in _versions(schedule):
        found += [
            *_wrong_values(held),
            *_wrong_units(held),
            *_wrong_provisions(held),
            *_wrong_decimals(held),
        ]
    return [_fault(schedule, where, what) for where, what in _once(found)]


def _once(found: Iterable[tuple[str, Text]]) -> list[tuple[str, Text]]:
    told: dict[tuple[str, str], tuple[str, Text]] = {}
    for where, what in found:
        told.setdefault((where, str(what)), (where, what))
    return list(told.values())


def _versions(schedule: Schedule) -> Iterator[Schedule]:
    """Return the schedule as it holds on each day on which it changes, planned changes apart."""
    parts = [part for some in schedule.parts().values() for part in some]
    days = {part.from_ for part in parts} | {part.until for part in parts if part.until is not None}
    for day in sorted(days):
        for expecting in ((), schedule.planned) if schedule.planned else ((),):
            there = {name: in_force(some, day, expecting) for name, some in schedule.parts().items()}
            yield schedule.model_copy(update=there)


def faults_of(schedule: Schedule) -> list[Fault]:
    """Return everything that is wrong with a schedule, what can be computed but makes no sense too.

    Items, classes and groups that can never give anything, caps and maxima that are never reached or never
    meant, gaps between versions of a part, facts that nothing uses.
    """
    wrong = contradictions_of(schedule)
    if wrong:
        return wrong
    found = [*_gaps(schedule), *_unused(schedule)]
    starts = sorted({part.from_ for parts in schedule.parts().values() for part in parts})
    for start in starts:
        try:
            held = schedule.at(start)
        except DataError:
            continue  # before everything is there; what leads nowhere later is said by `at` itself
        found += [*_out_of_reach(held), *_idle_groups(held), *_odd_maximum(held)]
    return [_fault(schedule, where, what) for where, what in _once(found)]


Found = Iterator[tuple[str, Text]]


def _fault(schedule: Schedule, where: str, what: Text) -> Fault:
    return Fault(file=schedule.id, column=where, allowed=what, remedy=CORRECT)


def _unknown_names(schedule: Schedule) -> Found:
    known = {"fact": [one.id for one in schedule.fact], "item": [one.id for one in schedule.item]}
    for who, kind, name in names_used(schedule):
        if name not in known[kind]:
            names = ", ".join(dict.fromkeys(known[kind]))
            if kind == "fact":
                yield who, say("unknown fact {name}; declared: {known}", name=name, known=names)
            else:
                yield who, say("unknown item {name}; declared: {known}", name=name, known=names)
    inside = [name for group in schedule.group for name in set(group.items)]
    for name in sorted({name for name in inside if inside.count(name) > 1}):
        # versions of one group follow one another in time; two groups may not share an item
        if len({group.id for group in schedule.group if name in group.items}) > 1:
            yield name, say("an item is in one group at most")
    classes = {one.id for one in schedule.item if isinstance(one, Classes)}
    if len(classes) > 1:
        yield "item", say("one item of classes at most: a child has one class ({n} found)", n=len(classes))


def _wrong_values(schedule: Schedule) -> Found:
    facts = schedule.facts()
    for who, one in selections(schedule):
        fact = facts.get(one.fact)
        if fact is None:
            continue
        strange = sorted({*(one.in_ or ()), *one.without} - set(fact.words))
        if strange and not fact.words:
            yield who, say("the fact {fact} is a {kind}: it has no values to choose", **_of(fact))
        elif strange:
            names = ", ".join(strange)
            yield who, say("the fact {fact} has no value {names}", fact=fact.id, names=names)
        if one.numbers and fact.kind not in ("share", *STATED):
            yield who, say("the fact {fact} is a {kind}: no number can be compared with it", **_of(fact))
        if (one.since is not None or one.by is not None) and fact.kind != "date":
            yield who, say("the fact {fact} is a {kind}: since and by are for dates", **_of(fact))
    for item in schedule.item:
        if isinstance(item, Lookup) and item.of.fact in facts:
            fact = facts[item.of.fact]
            strange = sorted(set(item.points) - set(fact.words))
            if strange or fact.kind != "choice":
                names = ", ".join(strange) or fact.kind
                yield (
                    item.id,
                    say("points by value of a choice: {fact} has no {names}", fact=fact.id, names=names),
                )


def _of(fact: Fact) -> dict[str, str]:
    return {"fact": fact.id, "kind": fact.kind}


def _wrong_units(schedule: Schedule) -> Found:
    facts = schedule.facts()
    for item in schedule.item:
        if not isinstance(item, PerUnit) or any(one.fact not in facts for one in item.counts):
            continue
        kinds = [facts[one.fact].kind for one in item.counts]
        stated = [kind for kind in kinds if kind in STATED]
        if stated:
            fits = {"months": "months", "days": "days", "number": "units"}[stated[0]]
            if len(kinds) > 1:
                yield item.id, say("what is stated as an amount is counted alone, not on days shared")
            elif item.unit != fits:
                yield item.id, _unit(item.unit, facts[item.counts[0].fact])
            elif item.whole_months:
                yield item.id, say("whole_months is for times from a day to a day")
        elif item.unit == "units" or "period" not in kinds:
            yield item.id, _unit(item.unit, facts[item.counts[0].fact])
    for who, one in selections(schedule):
        fact = facts.get(one.fact)
        if fact is None or not isinstance(one, Condition) or fact.kind == "period":
            continue
        if one.at_least_days is not None or one.at_least_months is not None:
            yield who, _unit("months" if one.at_least_days is None else "days", fact)


def _unit(unit: str, fact: Fact) -> Text:
    return say(
        "the fact {fact} is a {kind}: it has no {unit} to count", fact=fact.id, kind=fact.kind, unit=unit
    )


def _wrong_provisions(schedule: Schedule) -> Found:
    others = {item.id for item in schedule.item if not isinstance(item, PerUnit)}
    for key, provided in schedule.provides.items():
        where = f"provides.{key}"
        if (provided.since is not None) != (key in DATES):
            yield where, say("a date comes from since = a fact; a number from points or quantity")
        if provided.quantity is not None and provided.quantity in others:
            yield (
                where,
                say("{item} counts nothing: only a per-unit item has a quantity", item=provided.quantity),
            )


def _wrong_decimals(schedule: Schedule) -> Found:
    if not schedule.rounding:
        return
    least = min(one.decimals for one in schedule.rounding)
    for where, number in _fixed_numbers(schedule):
        if number != number.quantize(Decimal(1).scaleb(-least)):
            yield (
                where,
                say("{number} has more decimals than points keep ({n})", number=plain(number), n=least),
            )


def _fixed_numbers(schedule: Schedule) -> Iterator[tuple[str, Decimal]]:
    for part in (*schedule.item, *schedule.group):
        if part.cap is not None:
            yield part.id, part.cap
    for item in schedule.item:
        if isinstance(item, Flat):
            yield item.id, item.points
        elif isinstance(item, Lookup):
            yield from ((item.id, points) for points in item.points.values())
        elif isinstance(item, Classes):
            yield from ((item.id, one.points) for one in item.classes)
    yield from (("maximum", one.points) for one in schedule.maximum)


def _gaps(schedule: Schedule) -> Found:
    for parts in schedule.parts().values():
        dated = sorted((one for one in parts if not one.expected), key=lambda one: (one.id, one.from_))
        for one, two in itertools.pairwise(dated):
            if one.id == two.id and one.until is not None and one.until < two.from_:
                yield one.id, say("nothing holds from {until} to {start}", until=one.until, start=two.from_)


def _unused(schedule: Schedule) -> Found:
    used = {name for _, kind, name in names_used(schedule) if kind == "fact"}
    for fact in sorted({one.id for one in schedule.fact} - used):
        yield fact, say("no item and no rule uses this fact")


def _out_of_reach(schedule: Schedule) -> Found:
    facts = schedule.facts()
    for item in schedule.item:
        if item.cap == 0 or most_of(item) == 0 or (isinstance(item, PerUnit) and item.points == 0):
            yield item.id, say("it can never give a point")
        elif never_all(item.when, facts) or any(never_met(one, facts[one.fact]) for one in _asked(item)):
            yield item.id, say("it can never be reached: what it asks for cannot be")
        if isinstance(item, Classes):
            yield from _idle_classes(item, facts)
    for rule in schedule.eligible:
        if never_all(rule.when, facts):
            yield rule.id, say("nobody can be eligible: what it asks for cannot be")


def _asked(item: Item) -> list[Selection]:
    if isinstance(item, PerUnit):
        return item.counts
    return [item.of] if isinstance(item, Lookup) else []


def _idle_classes(item: Classes, facts: dict[str, Fact]) -> Found:
    for place, one in enumerate(item.classes):
        if never_all([*item.when, *one.when], facts):
            yield item.id, say("class {n} can never be reached: what it asks for cannot be", n=place + 1)
        for before, other in enumerate(item.classes[:place]):
            if as_weak(other.when, one.when):
                yield (
                    item.id,
                    say(
                        "class {n} is never reached: class {m} asks for no more", n=place + 1, m=before + 1
                    ),
                )
                break


def _idle_groups(schedule: Schedule) -> Found:
    items = {item.id: item for item in schedule.item}
    for group in schedule.group:
        inside = [items[name] for name in group.items]
        most = [most_of(item) for item in inside]
        if group.cap == 0:
            yield group.id, say("it can never give a point")
        elif group.cap is not None and None not in most:
            known = [one for one in most if one is not None]
            if (max(known) if group.take == "best" else sum(known)) <= group.cap:
                yield group.id, say("its cap is never reached")
        if group.cap is not None and group.take == "sum":
            yield from _already_full(group, inside, group.cap)


def _already_full(group: Group, inside: list[Item], cap: Decimal) -> Found:
    for place, item in enumerate(inside):
        for full in inside[:place]:
            if isinstance(full, Flat) and full.points >= cap and as_weak(full.when, item.when):
                yield (
                    item.id,
                    say(
                        "it can never add: {full} alone fills the cap of {group}",
                        full=full.id,
                        group=group.id,
                    ),
                )


def _odd_maximum(schedule: Schedule) -> Found:
    if not schedule.maximum:
        return
    maximum = schedule.maximum[0].points
    for item in schedule.item:
        most = most_of(item)
        if most is not None and most > maximum:
            yield (
                item.id,
                say(
                    "it gives up to {most}, more than the maximum of the whole, {maximum}",
                    most=plain(most),
                    maximum=plain(maximum),
                ),
            )
    whole = most_of_all(schedule)
    if whole is not None and whole < maximum:
        yield (
            "maximum",
            say(
                "it can never be reached: all items together give {whole}, the maximum is {maximum}",
                whole=plain(whole),
                maximum=plain(maximum),
            ),
        )
