"""What can be said of a schedule without any child: the most that items give, what is never met."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from simulate.points.conditions import Condition, Selection
from simulate.points.items import Classes, Fact, Flat, Item, Lookup
from simulate.points.schedule import Schedule


def most_of(item: Item) -> Decimal | None:
    """Return the most points that an item can give; None where nothing limits it."""
    if isinstance(item, Flat):
        most: Decimal | None = item.points
    elif isinstance(item, Lookup):
        most = max(item.points.values())
    elif isinstance(item, Classes):
        most = max(one.points for one in item.classes)
    else:
        most = None
    return most if item.cap is None else item.cap if most is None else min(most, item.cap)


def most_of_all(schedule: Schedule) -> Decimal | None:
    """Return the most that all items together can give, groups applied; None where nothing limits them."""
    most = {item.id: most_of(item) for item in schedule.item}
    grouped = {name for group in schedule.group for name in group.items}
    sums = [points for name, points in most.items() if name not in grouped]
    for group in schedule.group:
        inside = [most[name] for name in group.items if name in most]
        if group.cap is None and None in inside:
            return None
        known = [points for points in inside if points is not None]
        whole = max(known, default=Decimal(0)) if group.take == "best" else sum(known, Decimal(0))
        if group.cap is not None:
            whole = group.cap if None in inside else min(whole, group.cap)
        sums.append(whole)
    return None if None in sums else sum((one for one in sums if one is not None), Decimal(0))


def never_met(one: Selection, fact: Fact) -> bool:
    """Whether no row of the fact can be what a selection asks for."""
    values = set(fact.words)
    if values and not (wanted(one, fact) - set(one.without)):
        return fact.kind != "period" or one.in_ is not None
    numbers = dict(one.numbers)
    top = Decimal(1) if fact.kind == "share" else None
    low = max(numbers.get("at_least", Decimal(0)), numbers.get("over", Decimal(0)))
    high = min((numbers[name] for name in ("below", "at_most") if name in numbers), default=top)
    exact = numbers.get("equals")
    if exact is not None and (exact < low or (high is not None and exact > high)):
        return True
    strict = ("over" in numbers and numbers["over"] == low) or (numbers.get("below") == high is not None)
    if high is not None and (low > high or (low == high and strict)):
        return True
    return _never_in_time(one)


def _never_in_time(one: Selection) -> bool:
    # any year will do: a day stands at the same distance in all of them
    if one.since is not None and one.by is not None and one.since.on(2001) > one.by.on(2001):
        return True
    return (
        isinstance(one, Condition)
        and one.throughout is not None
        and one.throughout.from_.on(2001) > one.throughout.until.on(2001)
    )


def wanted(one: Selection, fact: Fact) -> set[str]:
    """Return the words that will do: those of `in`, yes of a flag, or else all."""
    if one.in_ is not None:
        return set(one.in_)
    return {"yes"} if fact.kind == "flag" else set(fact.words)


def never_all(conditions: Sequence[Condition], facts: dict[str, Fact]) -> bool:
    """Whether conditions can never all hold: one cannot, or two want different values of one choice."""
    known = [one for one in conditions if one.fact in facts]
    if any(never_met(one, facts[one.fact]) for one in known):
        return True
    choices = [one for one in known if _one_value(facts[one.fact]) and _when_held(one)]
    return any(
        one.fact == two.fact and not wanted(one, facts[one.fact]) & wanted(two, facts[two.fact])
        for place, one in enumerate(choices)
        for two in choices[place + 1 :]
    )


def _one_value(fact: Fact) -> bool:
    return fact.kind in ("choice", "flag") and not fact.many


def _when_held(one: Condition) -> bool:
    return (one.on, one.throughout, one.at_least_days, one.at_least_months) == (None,) * 4


def as_weak(weak: Sequence[Condition], strong: Sequence[Condition]) -> bool:
    """Whether all of `weak` hold wherever all of `strong` do (as far as can be seen from the text)."""
    return all(any(_implies(two, one) for two in strong) for one in weak)


def _implies(strong: Condition, weak: Condition) -> bool:
    free = {"district": None, "in_": None, "over": None, "at_least": None}
    if strong.model_copy(update=free) != weak.model_copy(update=free):
        return False
    if weak.district is not None and strong.district is None:
        return False
    if weak.in_ is not None and not (strong.in_ is not None and set(strong.in_) <= set(weak.in_)):
        return False
    return all(
        limit is None or ((held := getattr(strong, name)) is not None and held >= limit)
        for name, limit in (("over", weak.over), ("at_least", weak.at_least))
    )
