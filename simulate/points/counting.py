"""What each child has for one item: the quantity counted, the points, and what did not count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from simulate.points.conditions import Condition
from simulate.points.holding import LEVELS, Bools, Terms, chosen, held, holding_on, spells_of
from simulate.points.items import STATED, Classes, Flat, Item, Lookup, PerUnit
from simulate.points.known import SCALE, Known
from simulate.points.notes import Notes
from simulate.points.spells import LAST, Ints, days_of, months_of, shared

REASONS = ("district", "value", "marked")
"""Why rows are not chosen, in the order in which they are left out."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What the children have for one item.

    Parameters
    ----------
    quantity : array of int64, shape (children,)
        What was counted, in whole `unit`s; millionths where `unit` is "units".
    unit : str
        months, days, units, or "" where nothing is counted (then 1: it holds).
    raw, points : array of int64, shape (children,)
        Points in units of the last decimal: before the cap, and as they count.
    number : array of int64, shape (children,)
        Number of the class, from 1; 0 for none and for other items.
    notes : Notes
        What did not count.
    """

    quantity: Ints
    unit: str
    raw: Ints
    points: Ints
    number: Ints
    notes: Notes


def tally(item: Item, known: Known, terms: Terms, *, decimals: int, how: str) -> Tally:
    """Return what the children have for an item, its cap applied.

    Parameters
    ----------
    item : Item
    known : Known
        Facts of the children.
    terms : Terms
        The declared facts and the time.
    decimals, how : int, {"half-up", "down"}
        How points are rounded, once, before the cap.
    """
    notes = Notes(known.children)
    holds = conditions_hold(item.when, known, terms, notes)
    nothing = np.zeros(known.children, dtype=np.int64)
    quantity, unit, number = holds.astype(np.int64), "", nothing
    if isinstance(item, Flat):
        raw = np.where(holds, in_units(item.points, decimals), 0)
    elif isinstance(item, Lookup):
        quantity, raw = _looked_up(item, known, terms, decimals)
    elif isinstance(item, Classes):
        number, raw = _classed(item, known, terms, decimals, holds, notes)
        quantity = (number > 0).astype(np.int64)
    else:
        unit = item.unit
        if _is_stated(item, terms):
            quantity = _stated(item, known, terms)
        else:
            quantity = _counted(item, known, terms, notes)
        raw = _per_unit(item, quantity, decimals, how, notes)
    raw = np.where(holds, raw, 0)
    points = raw
    if item.cap is not None:
        points = np.minimum(raw, in_units(item.cap, decimals))
        notes.amount(raw - points, "cap", "points", decimals=decimals)
    return Tally(quantity=quantity, unit=unit, raw=raw, points=points, number=number, notes=notes)


def in_units(number: Decimal, decimals: int) -> int:
    """Return points in units of the last decimal; the schedule's reading has seen that they fit."""
    return int(number.scaleb(decimals))


def conditions_hold(conditions: Sequence[Condition], known: Known, terms: Terms, notes: Notes) -> Bools:
    """Return for whom all conditions hold; what does not is noted."""
    holds = np.ones(known.children, dtype=np.bool_)
    for one in conditions:
        level = held(known, one, terms)
        for number, name in enumerate(LEVELS):
            notes.add(level == number, "condition", fact=one.fact, level=name)
        holds &= level == len(LEVELS)
    return holds


def _looked_up(item: Lookup, known: Known, terms: Terms, decimals: int) -> tuple[Ints, Ints]:
    rows = holding_on(known, chosen(known, item.of, terms)[-1], terms.last)
    words = terms.facts[item.of.fact].words
    worth = np.array([in_units(item.points.get(word, Decimal(0)), decimals) for word in words])
    listed = np.array([word in item.points for word in words])
    rows = rows[listed[known.value[rows]]]
    best = np.zeros(known.children, dtype=np.int64)
    np.maximum.at(best, known.child[rows], worth[known.value[rows]])
    there = np.zeros(known.children, dtype=np.int64)
    there[known.child[rows]] = 1
    return there, best


def _classed(
    item: Classes, known: Known, terms: Terms, decimals: int, holds: Bools, notes: Notes
) -> tuple[Ints, Ints]:
    number = np.zeros(known.children, dtype=np.int64)
    raw = np.zeros(known.children, dtype=np.int64)
    for place, one in enumerate(item.classes, start=1):
        met = (number == 0) & holds
        for condition in one.when:
            met &= held(known, condition, terms) == len(LEVELS)
        number[met], raw[met] = place, in_units(one.points, decimals)
    notes.add(holds & (number == 0), "no-class")
    return number, raw


def _is_stated(item: PerUnit, terms: Terms) -> bool:
    return terms.facts[item.counts[0].fact].kind in STATED


def _stated(item: PerUnit, known: Known, terms: Terms) -> Ints:
    rows = holding_on(known, chosen(known, item.counts[0], terms)[-1], terms.last)
    most = np.zeros(known.children, dtype=np.int64)
    np.maximum.at(most, known.child[rows], known.value[rows])
    return most if item.unit == "units" else most // SCALE


def _counted(item: PerUnit, known: Known, terms: Terms, notes: Notes) -> Ints:
    """Count months or days; what each step of the selection takes away is noted."""
    steps = [chosen(known, one, terms) for one in item.counts]
    before: Ints | None = None
    for number in range(len(steps[0])):
        rows = [step[number] for step in steps]
        if before is not None and all(len(step[number]) == len(step[number - 1]) for step in steps):
            continue
        now = _amount(item, known, rows, terms, whole=False)
        if before is not None:
            notes.amount(before - now, REASONS[number - 1], item.unit)
        before = now
    assert before is not None
    chosen_rows = [step[-1] for step in steps]
    late = np.zeros(known.children, dtype=np.int64)
    for some in chosen_rows:
        explicit = (known.end[some] > terms.last) & (known.end[some] != LAST)
        np.add.at(late, known.child[some[explicit | (known.start[some] > terms.last)]], 1)
    notes.amount(late, "after-day", "rows")
    if item.whole_months:
        whole = _amount(item, known, chosen_rows, terms, whole=True)
        notes.amount(before - whole, "part-month", item.unit)
        return whole
    return before


def _amount(item: PerUnit, known: Known, rows: list[Ints], terms: Terms, *, whole: bool) -> Ints:
    spells = shared([spells_of(known, some, terms.last) for some in rows])
    if item.unit == "days":
        return days_of(spells, known.children)
    return months_of(spells, known.children, whole=whole)


def _per_unit(item: PerUnit, quantity: Ints, decimals: int, how: str, notes: Notes) -> Ints:
    size = SCALE if item.unit == "units" else 1
    left = np.maximum(quantity - item.after * size, 0)
    _note(notes, quantity - left, "first-units", item.unit, size)
    each = Fraction(item.points) * 10**decimals
    if item.pro_rata != "none":
        return rounded(each / item.per, left, how)
    steps = left // (item.per * size)
    _note(notes, left - steps * item.per * size, "remainder", item.unit, size)
    return rounded(each, steps, how)


def _note(notes: Notes, amounts: Ints, why: str, unit: str, size: int) -> None:
    notes.amount(amounts, why, unit, decimals=0 if size == 1 else 6)


def rounded(each: Fraction, count: Ints, how: str) -> npt.NDArray[np.int64]:
    """Return count times a fraction as whole numbers, halves up or cut off; no binary fraction anywhere.

    Examples
    --------
    >>> rounded(Fraction(100, 6), np.array([1, 3, 6]), "half-up").tolist()
    [17, 50, 100]
    >>> rounded(Fraction(1, 2), np.array([1, 3]), "down").tolist()
    [0, 1]
    """
    top, bottom = each.numerator, each.denominator
    if how == "down":
        return np.asarray(count * top // bottom)
    return np.asarray((2 * top * count + bottom) // (2 * bottom))
