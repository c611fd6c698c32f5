"""A points schedule: which facts count, how much, up to what, and in which order equal children stand.

What holds on a day is asked with `Schedule.at`; the rest of the package reads only such a schedule.

How it is counted, exactly (`simulate.points.scoring`, and the slow scorer of the tests, follow this):

1. Rows of facts count up to `counted_until`, itself included. A blank `until` still holds, a blank `from`
   always did; `on` and `throughout` name days of their own. Rows that overlap or follow on one another
   are one time: nothing counts twice.
2. A row is chosen by fact, then district, then value, then without the values left out, in that order.
   Of several facts those days count on which all hold; a month counts if one of its days does.
3. An item whose conditions (`when`) do not all hold gives 0. Otherwise its exact points are rounded once
   and cut off at its cap. A stated amount is the greatest that holds on the `counted_until` day.
4. Groups, in their order: the best alone, or the sum; a cap takes off the last items first.
5. The total is the sum of the items, cut off at the maximum.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator
from typing import Annotated, Literal, cast

from pydantic import Field, model_validator

from geodata.errors import DataError, Fault
from geodata.messages import Text, say
from geodata.project import Names
from geodata.toml import Record, WrongValueError
from simulate.dated import Part, in_force, overlapping
from simulate.order_keys import ITEM
from simulate.points.conditions import Selection
from simulate.points.items import (
    Classes,
    CountedUntil,
    Eligible,
    Fact,
    Flat,
    Group,
    Item,
    Lookup,
    Maximum,
    Order,
    PerUnit,
    Provided,
    Rounding,
)

Key = Literal["home", "insurance_months", "residence_days", "settled_on", "parent_settled_on"]
DATES = ("settled_on", "parent_settled_on")
_DATED = ("rounding", "counted_until", "maximum", "fact", "item", "group", "eligible", "order")


class Schedule(Record):
    """A points schedule, as its file has it or as it holds on a day.

    Parameters
    ----------
    categories : list of str
        The categories of applicants that are scored.
    missing : list of Names
        What the sources do not say; every product that uses the schedule says so.
    rounding, counted_until, maximum, order : list
        Settings, each with its date and source; one of each holds on a day (no maximum is allowed).
    provides : mapping of key to Provided
        The keys of the child that come from facts, beside `points` and `item:ID`.
    """

    id: Annotated[str, Field(pattern=r"^[\w-]+$")]
    title: Names
    jurisdiction: str
    level: Literal["primary", "lower-secondary"] | None = None
    categories: Annotated[list[str], Field(min_length=1)]
    note: Names | None = None
    missing: list[Names] = []
    rounding: Annotated[list[Rounding], Field(min_length=1)]
    counted_until: Annotated[list[CountedUntil], Field(min_length=1)]
    maximum: list[Maximum] = []
    fact: Annotated[list[Fact], Field(min_length=1)]
    item: Annotated[list[Item], Field(min_length=1)]
    group: list[Group] = []
    eligible: list[Eligible] = []
    order: Annotated[list[Order], Field(min_length=1)]
    provides: dict[Key, Provided] = {}

    @model_validator(mode="after")
    def _nothing_stands_twice(self) -> Schedule:
        for parts in self.parts().values():
            both = overlapping(parts)
            if both:
                words = say(
                    "{id} stands twice on {on}: give the older one an until", id=both[0], on=both[1]
                )
                raise WrongValueError(words)
        return self

    def parts(self) -> dict[str, list[Part]]:
        """Return all dated parts, by the name of their list."""
        return {name: cast("list[Part]", getattr(self, name)) for name in _DATED}

    @property
    def planned(self) -> set[str]:
        """The ids of planned changes (`expected = true`)."""
        return {part.id for parts in self.parts().values() for part in parts if part.expected}

    @property
    def decimals(self) -> int:
        """The decimals of an item's points."""
        return self.rounding[0].decimals

    @property
    def full_mark(self) -> int | None:
        """The maximum in units of the last decimal; None where there is none."""
        return int(self.maximum[0].points * 10**self.decimals) if self.maximum else None

    @property
    def chain(self) -> list[str]:
        """The keys of the order, the ticket last."""
        return self.order[0].keys

    def last_day(self, year: int) -> datetime.date:
        """Return the last day that counts for a year of admission."""
        return self.counted_until[0].day.on(year)

    def facts(self) -> dict[str, Fact]:
        """Return the declared facts by id (the last version where there are several)."""
        return {fact.id: fact for fact in self.fact}

    def at(self, on: datetime.date, *, expecting: Collection[str] = ()) -> Schedule:
        """Return the schedule as it holds on a day.

        Parameters
        ----------
        on : date
            The day.
        expecting : collection of str
            The ids of planned changes to apply.

        Raises
        ------
        DataError
            If there is no such planned change, nothing holds, or what holds leads nowhere.
        """
        strange = ", ".join(sorted(set(expecting) - self.planned))
        if strange:
            allowed = say("planned changes: {ids}", ids=", ".join(sorted(self.planned)) or "–")
            raise DataError([Fault(file=self.id, column="expecting", found=strange, allowed=allowed)])
        there = {name: in_force(parts, on, expecting) for name, parts in self.parts().items()}
        held = self.model_copy(update=there)
        faults = [Fault(file=self.id, allowed=what) for what in _loose_ends(held, on)]
        applied = {part.id for parts in there.values() for part in parts if part.expected}
        for name in sorted(set(expecting) - applied):
            allowed = say("a planned change that holds on {on}", on=on)
            faults.append(Fault(file=self.id, column="expecting", found=name, allowed=allowed))
        if faults:
            raise DataError(faults)
        return held


def day_in_force(schedule: Schedule, on: datetime.date) -> datetime.date:
    """Return a day, or else the last before it (or the first after it) on which the schedule holds whole.

    Last year's schedule has ended on this year's day; compared with this year's it is read as it last held.
    """
    parts = [part for some in schedule.parts().values() for part in some if not part.expected]
    ends = {part.until - datetime.timedelta(1) for part in parts if part.until is not None}
    before = sorted((day for day in ends if day < on), reverse=True)
    after = sorted(day for day in {part.from_ for part in parts} if day > on)
    for day in (on, *before, *after):
        there = {name: in_force(some, day) for name, some in schedule.parts().items()}
        if not list(_loose_ends(schedule.model_copy(update=there), day)):
            return day
    return on


def selections(schedule: Schedule) -> Iterator[tuple[str, Selection]]:
    """Return everything that a schedule asks of facts, each with the item or rule that asks."""
    for item in schedule.item:
        yield from ((item.id, condition) for condition in item.when)
        if isinstance(item, PerUnit):
            yield from ((item.id, one) for one in item.counts)
        elif isinstance(item, Lookup):
            yield item.id, item.of
        elif isinstance(item, Classes):
            yield from ((item.id, condition) for one in item.classes for condition in one.when)
    for rule in schedule.eligible:
        yield from ((rule.id, condition) for condition in rule.when)


def names_used(schedule: Schedule) -> Iterator[tuple[str, str, str]]:
    """Return what names what: (who, "fact" or "item", the id named)."""
    yield from ((who, "fact", one.fact) for who, one in selections(schedule))
    for group in schedule.group:
        yield from ((group.id, "item", name) for name in group.items)
    for key, provided in schedule.provides.items():
        if provided.since is not None:
            yield f"provides.{key}", "fact", provided.since
        else:
            yield f"provides.{key}", "item", str(provided.points or provided.quantity)
    for order in schedule.order:
        names = (key.partition(" ")[0] for key in order.keys)
        yield from ((order.id, "item", name.removeprefix(ITEM)) for name in names if name.startswith(ITEM))


def _loose_ends(schedule: Schedule, on: datetime.date) -> Iterator[Text]:
    for name in ("rounding", "counted_until", "item", "order"):
        if not getattr(schedule, name):
            yield say("{part}: nothing holds on {on}", part=name, on=on)
    there = {"fact": {one.id for one in schedule.fact}, "item": {one.id for one in schedule.item}}
    for who, kind, name in names_used(schedule):
        if name not in there[kind]:
            yield say("{who} names {name}, which does not hold on {on}", who=who, name=name, on=on)


__all__ = ["DATES", "Flat", "Key", "Schedule", "day_in_force", "names_used", "selections"]
