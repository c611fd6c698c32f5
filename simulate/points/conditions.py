"""What a schedule asks of a fact: numbers that are exact, days of the year of admission, conditions."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, field_validator, model_validator

from geodata.messages import say
from geodata.toml import Record, WrongValueError

_EXACT = r"[0-9]{1,5}(\.[0-9]{1,4})?"


def _exact(value: object) -> Decimal:
    # repr of a float is the shortest text that reads back as it, and so what the file has: 0.1 stays 0.1
    text = repr(value) if isinstance(value, float) else str(value)
    if isinstance(value, bool) or not re.fullmatch(_EXACT, text):
        raise WrongValueError(say("a number from 0 to 99999.9999, with at most four decimals"))
    return Decimal(text)


def plain(number: Decimal) -> str:
    """Return a number as people write it.

    Examples
    --------
    >>> plain(Decimal("24.0")), plain(Decimal("0.10")), plain(Decimal("100"))
    ('24', '0.1', '100')
    """
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


Exact = Annotated[Decimal, BeforeValidator(_exact), PlainSerializer(plain, when_used="json")]
"""A number as the file has it: never a binary fraction, so that 0.5 is not over 0.5."""


class Day(Record):
    """A day of the year of admission, or of one so many years before or after: one schedule, many years.

    Examples
    --------
    >>> Day(md="11-01", year=-1).on(2023)
    datetime.date(2022, 11, 1)
    """

    md: Annotated[str, Field(pattern=r"^[0-9]{2}-[0-9]{2}$")]
    year: Annotated[int, Field(ge=-40, le=10)] = 0

    @field_validator("md")
    @classmethod
    def _is_in_every_year(cls, md: str) -> str:
        try:
            datetime.date.fromisoformat(f"2001-{md}")
        except ValueError as error:
            raise WrongValueError(say('a day that every year has, as month-day: "08-31"')) from error
        return md

    def on(self, year: int) -> datetime.date:
        """Return the day for a year of admission."""
        return datetime.date.fromisoformat(f"{year + self.year:04d}-{self.md}")


class Stretch(Record):
    """From a day to a day, both included."""

    from_: Annotated[Day, Field(alias="from")]
    until: Day

    @model_validator(mode="after")
    def _from_before_until(self) -> Stretch:
        if self.from_.on(2001) > self.until.on(2001):
            raise WrongValueError(say("until comes before from: the year of one of them is missing"))
        return self


class Selection(Record):
    """Which rows of a fact are meant: by district, by value, by date.

    Parameters
    ----------
    fact : str
        A declared fact.
    district : {"own"}, optional
        Only rows of the district of the child's home.
    over, at_least, below, at_most, equals : Exact, optional
        Of a share (0-1) or a number; `over = 0.5` leaves out 0.5 itself.
    in_ : list of str, optional
        The values that will do; of a flag, `["yes"]` where it says nothing.
    without : list of str
        The values that will not do (back-paid months).
    since, by : Day, optional
        Of a date: not before, not after.
    """

    fact: str
    district: Literal["own"] | None = None
    over: Exact | None = None
    at_least: Exact | None = None
    below: Exact | None = None
    at_most: Exact | None = None
    equals: Exact | None = None
    in_: Annotated[list[str] | None, Field(alias="in", min_length=1)] = None
    without: list[str] = []
    since: Day | None = None
    by: Day | None = None

    @model_validator(mode="after")
    def _since_before_by(self) -> Selection:
        if self.since is not None and self.by is not None and self.since.on(2001) > self.by.on(2001):
            raise WrongValueError(say("by comes before since: no date is between them"))
        return self

    @property
    def numbers(self) -> tuple[tuple[str, Decimal], ...]:
        """The comparisons with a number, by their names."""
        names = ("over", "at_least", "below", "at_most", "equals")
        return tuple((name, value) for name in names if (value := getattr(self, name)) is not None)


class Condition(Selection):
    """Something that must be so of a child: rows of a fact hold at a time.

    Without `on`, `throughout` or an amount, a row must hold on the schedule's `counted_until` day.
    `throughout` allows no gap of even a day, but rows may follow on one another.
    """

    on: Day | None = None
    throughout: Stretch | None = None
    at_least_days: Annotated[int | None, Field(ge=1)] = None
    at_least_months: Annotated[int | None, Field(ge=1)] = None

    @model_validator(mode="after")
    def _one_question_of_time(self) -> Condition:
        asked = (self.on, self.throughout, self.at_least_days, self.at_least_months)
        if sum(one is not None for one in asked) > 1:
            raise WrongValueError(say("one of on, throughout, at_least_days and at_least_months"))
        return self
