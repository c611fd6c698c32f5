"""Which rows of facts are meant, and which conditions hold, of all children at once."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulate.points.conditions import Condition, Selection, Stretch
from simulate.points.items import Fact
from simulate.points.known import BLANK, SCALE, Known
from simulate.points.limits import wanted
from simulate.points.spells import Ints, Spells, days_of, merged, months_of

Bools = npt.NDArray[np.bool_]
LEVELS = ("no-fact", "district", "value", "time")
"""How far a condition came that does not hold: no row at all; none of the district; none with the value;
none at the time that is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a schedule says of the time, for one year of admission.

    Parameters
    ----------
    facts : mapping of str to Fact
        The declared facts.
    year : int
        The year of admission.
    last : int
        The last day that counts.
    """

    facts: dict[str, Fact]
    year: int
    last: int


def day_number(day: datetime.date) -> int:
    """Return a day as a number from 1970-01-01."""
    return (day - datetime.date(1970, 1, 1)).days


def chosen(known: Known, one: Selection, terms: Terms) -> tuple[Ints, Ints, Ints, Ints]:
    """Return the rows of a fact; of these the district's; with the value; and not left out."""
    fact = terms.facts[one.fact]
    rows = known.rows[one.fact]
    there = rows
    if one.district == "own":
        own = known.own[known.child[rows]]
        there = rows[(known.district[rows] == own) & (own != BLANK)]
    valued = there[_value_holds(known.value[there], one, fact, terms)]
    out = [fact.words.index(word) for word in one.without]
    return rows, there, valued, valued[~np.isin(known.value[valued], out)]


def _value_holds(value: Ints, one: Selection, fact: Fact, terms: Terms) -> Bools:
    holds = np.ones(len(value), dtype=np.bool_)
    if one.in_ is not None or fact.kind == "flag":
        holds &= np.isin(value, [fact.words.index(word) for word in wanted(one, fact)])
    for name, number in one.numbers:
        limit = int(number * SCALE)
        holds &= {
            "over": value > limit,
            "at_least": value >= limit,
            "below": value < limit,
            "at_most": value <= limit,
            "equals": value == limit,
        }[name]
    if one.since is not None:
        holds &= value >= day_number(one.since.on(terms.year))
    if one.by is not None:
        holds &= value <= day_number(one.by.on(terms.year))
    return holds


def spells_of(known: Known, rows: Ints, last: int) -> Spells:
    """Return rows as times of children, up to the last day that counts."""
    rows = rows[known.start[rows] <= last]
    return merged(known.child[rows], known.start[rows], np.minimum(known.end[rows], last))


def holding_on(known: Known, rows: Ints, day: int) -> Ints:
    """Return the rows that hold on a day."""
    return rows[(known.start[rows] <= day) & (known.end[rows] >= day)]


def held(known: Known, one: Condition, terms: Terms) -> npt.NDArray[np.int8]:
    """Return for each child how far a condition comes: `len(LEVELS)` where it holds, else its level.

    Returns
    -------
    array of int8, shape (children,)
    """
    rows, there, _, valued = chosen(known, one, terms)
    level = np.zeros(known.children, dtype=np.int8)
    for number, some in enumerate((rows, there, valued), start=1):
        level[known.child[some]] = number
    level[_in_time(known, one, valued, terms)] = len(LEVELS)
    return level


def _in_time(known: Known, one: Condition, rows: Ints, terms: Terms) -> Bools:
    if one.throughout is not None:
        return _throughout(known, one.throughout, rows, terms)
    if one.at_least_days is not None:
        enough = days_of(spells_of(known, rows, terms.last), known.children) >= one.at_least_days
        return np.asarray(enough)
    if one.at_least_months is not None:
        enough = months_of(spells_of(known, rows, terms.last), known.children) >= one.at_least_months
        return np.asarray(enough)
    day = terms.last if one.on is None else day_number(one.on.on(terms.year))
    there = np.zeros(known.children, dtype=np.bool_)
    there[known.child[holding_on(known, rows, day)]] = True
    return there


def _throughout(known: Known, stretch: Stretch, rows: Ints, terms: Terms) -> Bools:
    first, last = (day_number(day.on(terms.year)) for day in (stretch.from_, stretch.until))
    rows = rows[(known.end[rows] >= first) & (known.start[rows] <= last)]
    start, end = np.maximum(known.start[rows], first), np.minimum(known.end[rows], last)
    days = days_of(merged(known.child[rows], start, end), known.children)
    return np.asarray((days > 0) & (days == last - first + 1))
