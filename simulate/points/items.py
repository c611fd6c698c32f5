"""The parts of a points schedule: facts, items, groups, rules of eligibility, dated settings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from geodata.messages import say
from geodata.project import Names
from geodata.toml import Record, WrongValueError
from simulate.dated import Part
from simulate.order_keys import CHILD_KEYS, checked_order
from simulate.points.conditions import Condition, Day, Exact, Selection

STATED = ("months", "days", "number")
"""Kinds of facts whose amount the row states; that of a period is counted from its days."""


class Fact(Part):
    """A fact that the table `facts` may state of a child.

    `kind` says how its value is read: `period` from a day to a day (value blank, or a mark among `values`
    such as back-paid); `months`, `days`, `number` an amount as stated; `share` 0-1 or a percentage; `flag`
    yes or no; `choice` one of `values`; `date` a day. Two rows that hold on one day may have different
    values only if `many` (two homes).
    """

    kind: Literal["period", "months", "days", "number", "share", "flag", "choice", "date"]
    values: dict[str, Names] = {}
    many: bool = False

    @model_validator(mode="after")
    def _values_belong_to_the_kind(self) -> Fact:
        if self.kind == "choice" and not self.values:
            raise WrongValueError(say("a choice wants its values"))
        if self.values and self.kind not in ("choice", "period"):
            raise WrongValueError(say("values belong to a choice or a period alone"))
        return self

    @property
    def words(self) -> tuple[str, ...]:
        """The values that a row may have, where they are words."""
        return ("no", "yes") if self.kind == "flag" else tuple(self.values)


class _Item(Part):
    """What all items have: a clause of the text, conditions that must all hold, and a cap."""

    clause: str | None = None
    when: list[Condition] = []
    cap: Exact | None = None


class Flat(_Item):
    """So many points where its conditions hold."""

    kind: Literal["flat"]
    points: Exact
    when: Annotated[list[Condition], Field(min_length=1)]


class PerUnit(_Item):
    """So many points for each `per` months, days or units of what is counted.

    Several selections in `counts` are counted where all of them hold on the same day. A month counts as
    soon as one day of it does, unless `whole_months`. `pro_rata` gives a part of `per` its part of the
    points; `none` gives nothing for it. The first `after` units give nothing.
    """

    kind: Literal["per-unit"]
    counts: Annotated[list[Selection], Field(min_length=1)]
    points: Exact
    per: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    unit: Literal["months", "days", "units"]
    pro_rata: Literal["month", "day", "none"]
    whole_months: bool = False
    after: Annotated[int, Field(ge=0, le=1_000_000)] = 0

    @model_validator(mode="after")
    def _parts_are_of_the_unit(self) -> PerUnit:
        if self.pro_rata != "none" and f"{self.pro_rata}s" != self.unit:
            words = say('pro_rata = "{part}" needs unit = "{part}s"', part=self.pro_rata)
            raise WrongValueError(words)
        if self.whole_months and self.unit != "months":
            raise WrongValueError(say('whole_months needs unit = "months"'))
        return self


class Lookup(_Item):
    """Points by the value of a fact; of several rows the best."""

    kind: Literal["lookup"]
    of: Selection
    points: Annotated[dict[str, Exact], Field(min_length=1)]


class Class(Record):
    """A class and its base points; with `assumed` and a reason where the source leaves it open."""

    title: Names
    points: Exact
    when: Annotated[list[Condition], Field(min_length=1)]
    assumed: bool = False
    reason: Names | None = None

    @model_validator(mode="after")
    def _assumed_for_a_reason(self) -> Class:
        if self.assumed != (self.reason is not None):
            raise WrongValueError(say("what is assumed needs a reason = { zh = …, en = … }"))
        return self


class Classes(_Item):
    """A child is of the first class whose conditions all hold: its base points and its number, from 1."""

    kind: Literal["classes"]
    classes: Annotated[list[Class], Field(min_length=1)]


Item = Annotated[Flat | PerUnit | Lookup | Classes, Field(discriminator="kind")]


class Group(Part):
    """Items that do not add up freely: the best one alone, or the sum up to a cap.

    Of items that are equally good the first listed counts; what is over a cap is taken off the last ones.
    """

    items: Annotated[list[str], Field(min_length=2)]
    take: Literal["best", "sum"]
    cap: Exact | None = None


class Eligible(Part):
    """A rule without which a child is not eligible: all its conditions must hold."""

    clause: str | None = None
    when: Annotated[list[Condition], Field(min_length=1)]


class Maximum(Part):
    """The full mark: a child's points are cut off there."""

    id: str = "maximum"
    title: Names = Names(zh="满分", en="full mark")
    points: Exact


class Rounding(Part):
    """How an item's points are rounded, once, and to how many decimals."""

    id: str = "rounding"
    title: Names = Names(zh="取整", en="rounding")
    decimals: Annotated[int, Field(ge=0, le=4)]
    how: Literal["half-up", "down"]


class CountedUntil(Part):
    """The last day that counts, itself included; also the day on which a fact must hold."""

    id: str = "counted_until"
    title: Names = Names(zh="计算截止日", en="last day that counts")
    day: Day


class Order(Part):
    """The published chain that breaks ties of points, down to the ticket."""

    id: str = "order"
    title: Names = Names(zh="排序规则", en="order")
    keys: Annotated[list[str], Field(min_length=1)]

    @field_validator("keys")
    @classmethod
    def _a_chain_that_ends_with_the_ticket(cls, keys: list[str]) -> list[str]:
        return checked_order(keys, CHILD_KEYS)


class Provided(Record):
    """Where a key of the child comes from.

    The points of an item; the counted quantity of an item; or, of a fact, the first day of the unbroken
    time that holds on the `counted_until` day.
    """

    points: str | None = None
    quantity: str | None = None
    since: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Provided:
        if sum(one is not None for one in (self.points, self.quantity, self.since)) != 1:
            raise WrongValueError(say("exactly one of points, quantity and since"))
        return self
