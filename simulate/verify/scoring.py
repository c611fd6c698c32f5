"""The points of a child once more, from its facts: by stretches of days, in fractions, one child at a time.

What a schedule means stands in words at the head of `simulate/points/schedule.py`; this follows that text
and nothing of the code there. The schedule is read from `inputs/policy.json`, as it held on the day.
"""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from simulate.verify.reading import Row

Span = tuple[int, int]
"""From a day to a day, both included, as ordinals."""

EVER, NEVER = datetime.date.min.toordinal(), datetime.date.max.toordinal()
YES = ("yes", "true", "1", "y", "是")
STATED = ("months", "days", "number")


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemScore:
    """What one item comes to: the amount that counted, its points before and after caps, its class."""

    quantity: Fraction
    raw: Fraction
    points: Fraction
    class_number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a child comes to: by item, in all, by rule of eligibility, and the keys that come from facts."""

    items: Mapping[str, ItemScore]
    total: Fraction
    rules: Mapping[str, bool]
    keys: Mapping[str, Fraction | datetime.date | None]

    @property
    def eligible(self) -> bool:
        """Whether every rule is met."""
        return all(self.rules.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A child's facts, the district of its home, and the schedule and year by which they are read."""

    schedule: Mapping[str, Any]
    facts: Sequence[Row]
    home: str | None
    year: int

    @property
    def last(self) -> int:
        """The last day that counts."""
        return _day(self.schedule["counted_until"][0]["day"], self.year)

    def kind(self, fact: str) -> str:
        """Return the kind of a declared fact."""
        return next(str(one["kind"]) for one in self.schedule["fact"] if one["id"] == fact)


def score_of(case: Case) -> Score:
    """Score one child."""
    items = {item["id"]: _item(case, item) for item in case.schedule["item"]}
    for group in case.schedule["group"]:
        items.update(_grouped(group, items))
    whole = sum((one.points for one in items.values()), Fraction(0))
    full = [Fraction(one["points"]) for one in case.schedule["maximum"]]
    return Score(
        items=items,
        total=min([whole, *full]),
        rules={r["id"]: all(_holds(case, c) for c in r["when"]) for r in case.schedule["eligible"]},
        keys={key: _key(case, one, items) for key, one in case.schedule["provides"].items()},
    )


def _grouped(group: Mapping[str, Any], items: Mapping[str, ItemScore]) -> dict[str, ItemScore]:
    names = [name for name in group["items"] if name in items]
    points = {name: items[name].points for name in names}
    if group["take"] == "best":
        best = max(names, key=lambda name: points[name])  # the first of equals
        points = {name: points[name] if name == best else Fraction(0) for name in names}
    left = None if group["cap"] is None else Fraction(group["cap"])
    found = {}
    for name in names:
        mine = points[name] if left is None else min(points[name], left)
        left = None if left is None else left - mine
        one = items[name]
        found[name] = ItemScore(
            quantity=one.quantity, raw=one.raw, points=mine, class_number=one.class_number
        )
    return found


def _item(case: Case, item: Mapping[str, Any]) -> ItemScore:
    met = all(_holds(case, condition) for condition in item["when"])
    quantity, exact, number = Fraction(met), Fraction(0), 0
    if item["kind"] == "flat":
        exact = Fraction(item["points"])
    elif item["kind"] == "lookup":
        worth = [Fraction(n) for n in _worths(case, item)]
        quantity, exact = Fraction(bool(worth)), max(worth, default=Fraction(0))
    elif item["kind"] == "classes":
        fits = [n for n, one in enumerate(item["classes"]) if all(_holds(case, c) for c in one["when"])]
        quantity = Fraction(bool(fits) and met)
        if fits:
            exact, number = Fraction(item["classes"][fits[0]]["points"]), fits[0] + 1
    else:
        quantity = _quantity(case, item)
        steps = max(quantity - item["after"], Fraction(0)) / item["per"]
        exact = (Fraction(steps // 1) if item["pro_rata"] == "none" else steps) * Fraction(item["points"])
    raw = _rounded(case, exact) if met else Fraction(0)
    points = raw if item["cap"] is None else min(raw, Fraction(item["cap"]))
    return ItemScore(quantity=quantity, raw=raw, points=points, class_number=number if met else 0)


def _rounded(case: Case, exact: Fraction) -> Fraction:
    rule = case.schedule["rounding"][0]
    half = Fraction(1, 2) if rule["how"] == "half-up" else Fraction(0)
    scale = 10 ** int(rule["decimals"])
    return Fraction((exact * scale + half) // 1, scale)


def _worths(case: Case, item: Mapping[str, Any]) -> Iterable[str]:
    for row in _rows(case, item["of"]):
        if _covers(_span(row), case.last) and _text(row) in item["points"]:
            yield item["points"][_text(row)]


def _quantity(case: Case, item: Mapping[str, Any]) -> Fraction:
    """Return the amount that is stated, or the days or months in which all selections hold."""
    first = item["counts"][0]
    if case.kind(first["fact"]) in STATED:
        rows = [row for row in _rows(case, first) if _covers(_span(row), case.last)]
        return max((_number(_text(row)) for row in rows), default=Fraction(0))
    spans = [(EVER, case.last)]
    for selection in item["counts"]:
        spans = _both(spans, _merged(_span(row) for row in _rows(case, selection)))
    if item["unit"] == "days":
        return Fraction(_days(spans))
    return Fraction(len(_months(spans, whole=item["whole_months"])))


def _holds(case: Case, asked: Mapping[str, Any]) -> bool:
    """Whether a condition holds."""
    spans = _merged(_span(row) for row in _rows(case, asked))
    through = asked["throughout"]
    if through is not None:
        first, last = (_day(through[name], case.year) for name in ("from", "until"))
        return any(a <= first and last <= b for a, b in spans)
    counted = _both([(EVER, case.last)], spans)
    if asked["at_least_days"] is not None:
        return _days(counted) >= int(asked["at_least_days"])
    if asked["at_least_months"] is not None:
        return len(_months(counted, whole=False)) >= int(asked["at_least_months"])
    day = case.last if asked["on"] is None else _day(asked["on"], case.year)
    return any(_covers(span, day) for span in spans)


def _rows(case: Case, asked: Mapping[str, Any]) -> list[Row]:
    return [row for row in case.facts if row["fact"] == asked["fact"] and _meant(case, asked, row)]


def _meant(case: Case, asked: Mapping[str, Any], row: Row) -> bool:
    """Whether a selection means a row: by district, by value, by date."""
    if asked["district"] == "own" and (case.home is None or row["district_id"] != case.home):
        return False
    kind, text = case.kind(asked["fact"]), _text(row)
    wanted = asked["in"]
    if kind == "flag":
        text = "yes" if text.lower() in YES else "no"
        wanted = ["yes"] if wanted is None else wanted
    if text in asked["without"] or (wanted is not None and text not in wanted):
        return False
    if kind == "date":
        day = datetime.date.fromisoformat(text.replace("/", "-")).toordinal()
        since = EVER if asked["since"] is None else _day(asked["since"], case.year)
        return since <= day <= (NEVER if asked["by"] is None else _day(asked["by"], case.year))
    return all(
        _compares(name, _number(text), Fraction(asked[name]))
        for name in ("over", "at_least", "below", "at_most", "equals")
        if asked[name] is not None
    )


def _compares(name: str, value: Fraction, limit: Fraction) -> bool:
    if name == "equals":
        return value == limit
    if name in ("over", "at_most"):
        return (value > limit) == (name == "over")
    return (value < limit) == (name == "below")


def _key(
    case: Case, provided: Mapping[str, Any], items: Mapping[str, ItemScore]
) -> Fraction | datetime.date | None:
    if provided["points"] is not None:
        return items[provided["points"]].points
    if provided["quantity"] is not None:
        return items[provided["quantity"]].quantity
    rows = [row for row in case.facts if row["fact"] == provided["since"]]
    for first, last in _merged(_span(row) for row in rows):
        if first <= case.last <= last and first != EVER:
            return datetime.date.fromordinal(first)
    return None


def _text(row: Row) -> str:
    return str(row["value"] or "").strip()


def _number(text: str) -> Fraction:
    if text.endswith(("%", "％")):
        return Fraction(Decimal(text[:-1].strip())) / 100
    return Fraction(Decimal(text))


def _day(day: Mapping[str, Any], year: int) -> int:
    month, number = day["md"].split("-")
    return datetime.date(year + int(day["year"]), int(month), int(number)).toordinal()


def _span(row: Row) -> Span:
    first, last = row["from"], row["until"]
    return (
        EVER if first is None else first.toordinal(),
        NEVER if last is None else last.toordinal(),
    )


def _covers(span: Span, day: int) -> bool:
    return span[0] <= day <= span[1]


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Return spans that neither overlap nor follow on one another, in order."""
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return found


def _both(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """Return the days that lie in both, as spans."""
    pairs = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return sorted((first, last) for first, last in pairs if first <= last)


def _days(spans: Iterable[Span]) -> int:
    return sum(last - first + 1 for first, last in spans)


def _months(spans: Iterable[Span], *, whole: bool) -> set[tuple[int, int]]:
    """Return the months of which a day (or every day) lies in the spans."""
    found: set[tuple[int, int]] = set()
    for first, last in spans:
        a, b = datetime.date.fromordinal(first), datetime.date.fromordinal(last)
        for n in range(a.year * 12 + a.month - 1, b.year * 12 + b.month):
            year, month = n // 12, n % 12 + 1
            ends = calendar.monthrange(year, month)[1]
            begins = datetime.date(year, month, 1).toordinal()
            if not whole or (first <= begins and begins + ends - 1 <= last):
                found.add((year, month))
    return found
