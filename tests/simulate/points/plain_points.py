"""A slow, plain scorer of points: month by month and day by day, in fractions, one child at a time.

It reads a schedule as plain values (`model_dump(mode="json", by_alias=True)`), as it holds on the day,
and shares nothing with `simulate.points`: where the two differ, one of them is wrong.

A fact is a dict: applicant_id, fact, from, until (texts such as 2023-04-30, or None), value, district_id.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

Row = dict[str, Any]
EVER = datetime.date(1, 1, 1)
NEVER = datetime.date(9999, 12, 31)


def plain_score(schedule: Row, facts: list[Row], home: str | None, year: int) -> Row:
    """Score one child.

    Parameters
    ----------
    schedule : dict
        As it holds on the day.
    facts : list of dict
        The child's rows.
    home : str or None
        The district of the home.
    year : int
        The year of admission.

    Returns
    -------
    dict
        items (item -> quantity, raw, points as Fraction, class), before_maximum, total, eligible,
        rules (rule -> whether it is met), keys (key -> value).
    """
    child = _Child(schedule, facts, home, year)
    items = {item["id"]: child.item(item) for item in schedule["item"]}
    for group in schedule["group"]:
        _group(group, items)
    whole = sum((one["points"] for one in items.values()), Fraction(0))
    full = [Fraction(one["points"]) for one in schedule["maximum"]]
    rules = {rule["id"]: all(child.holds(one) for one in rule["when"]) for rule in schedule["eligible"]}
    return {
        "items": items,
        "before_maximum": whole,
        "total": min([whole, *full]),
        "eligible": all(rules.values()),
        "rules": rules,
        "keys": {key: child.key(one, items) for key, one in schedule["provides"].items()},
    }


def _group(group: Row, items: dict[str, Row]) -> None:
    left = None if group["cap"] is None else Fraction(group["cap"])
    best = max(items[name]["points"] for name in group["items"])
    taken = False
    for name in group["items"]:
        points = items[name]["points"]
        if group["take"] == "best":
            points = Fraction(0) if taken or points < best else points
            taken = taken or items[name]["points"] == best
        if left is not None:
            points = min(points, left)
            left -= points
        items[name]["points"] = points


class _Child:
    """One child's facts, and the questions that a schedule asks of them."""

    def __init__(self, schedule: Row, facts: list[Row], home: str | None, year: int) -> None:
        self.kinds = {fact["id"]: fact["kind"] for fact in schedule["fact"]}
        self.facts, self.home, self.year = facts, home, year
        self.last = self.day(schedule["counted_until"][0]["day"])
        self.decimals = schedule["rounding"][0]["decimals"]
        self.how = schedule["rounding"][0]["how"]

    def day(self, day: Row) -> datetime.date:
        month, number = day["md"].split("-")
        return datetime.date(self.year + day["year"], int(month), int(number))

    def rows(self, asked: Row) -> list[Row]:
        """Return the rows that a selection means."""
        return [row for row in self.facts if row["fact"] == asked["fact"] and self.means(asked, row)]

    def means(self, asked: Row, row: Row) -> bool:
        kind, text = self.kinds[row["fact"]], row["value"] or ""
        if asked["district"] == "own" and (self.home is None or row["district_id"] != self.home):
            return False
        if kind == "flag":
            text = "yes" if text.lower() in ("yes", "true", "1", "y", "是") else "no"
        wanted = asked["in"] if asked["in"] is not None else (["yes"] if kind == "flag" else None)
        if (wanted is not None and text not in wanted) or text in asked["without"]:
            return False
        if kind == "date":
            day = datetime.date.fromisoformat(text)
            early = asked["since"] is not None and day < self.day(asked["since"])
            return not early and (asked["by"] is None or day <= self.day(asked["by"]))
        limits = {name: asked[name] for name in ("over", "at_least", "below", "at_most", "equals")}
        return all(
            _compare(name, _number(text), Fraction(n)) for name, n in limits.items() if n is not None
        )

    def holds(self, asked: Row) -> bool:
        """Whether a condition holds."""
        rows = self.rows(asked)
        if asked["throughout"] is not None:
            first, last = self.day(asked["throughout"]["from"]), self.day(asked["throughout"]["until"])
            return all(any(_covers(row, day) for row in rows) for day in _from_to(first, last))
        if asked["at_least_days"] is not None:
            return len(self.counted([rows])) >= int(asked["at_least_days"])
        if asked["at_least_months"] is not None:
            return len({day.replace(day=1) for day in self.counted([rows])}) >= int(
                asked["at_least_months"]
            )
        day = self.last if asked["on"] is None else self.day(asked["on"])
        return any(_covers(row, day) for row in rows)

    def counted(self, sets: list[list[Row]]) -> set[datetime.date]:
        """Return the days on which a row of each set holds, up to the last day that counts."""
        found: set[datetime.date] | None = None
        # sets that are bounded first: a row without a beginning is only asked about days
        for rows in sorted(sets, key=lambda some: any(row["from"] is None for row in some)):
            if found is None:
                found = {day for row in rows for day in _from_to(_first(row), min(_end(row), self.last))}
            else:
                found = {day for day in found if any(_covers(row, day) for row in rows)}
        return found or set()

    def item(self, item: Row) -> Row:
        met = all(self.holds(one) for one in item["when"])
        quantity, exact, number = getattr(self, "_" + item["kind"].replace("-", "_"))(item)
        if item["kind"] in ("flat", "classes"):
            quantity, number = (quantity, number) if met else (Fraction(0), 0)
        raw = self.rounded(exact) if met else Fraction(0)
        cap = None if item["cap"] is None else Fraction(item["cap"])
        points = raw if cap is None else min(raw, cap)
        return {"quantity": quantity, "raw": raw, "points": points, "class": number}

    def _flat(self, item: Row) -> tuple[Fraction, Fraction, int]:
        return Fraction(1), Fraction(item["points"]), 0

    def _lookup(self, item: Row) -> tuple[Fraction, Fraction, int]:
        rows = [row for row in self.rows(item["of"]) if _covers(row, self.last)]
        worth = [Fraction(item["points"][row["value"]]) for row in rows if row["value"] in item["points"]]
        return Fraction(bool(worth)), max(worth, default=Fraction(0)), 0

    def _classes(self, item: Row) -> tuple[Fraction, Fraction, int]:
        for number, one in enumerate(item["classes"], start=1):
            if all(self.holds(condition) for condition in one["when"]):
                return Fraction(1), Fraction(one["points"]), number
        return Fraction(0), Fraction(0), 0

    def _per_unit(self, item: Row) -> tuple[Fraction, Fraction, int]:
        quantity = self.quantity(item)
        left = max(quantity - int(item["after"]), Fraction(0))
        steps = left / int(item["per"])
        if item["pro_rata"] == "none":
            steps = Fraction(steps.numerator // steps.denominator)
        return quantity, steps * Fraction(item["points"]), 0

    def quantity(self, item: Row) -> Fraction:
        sets = [self.rows(one) for one in item["counts"]]
        if self.kinds[item["counts"][0]["fact"]] in ("months", "days", "number"):
            rows = [row for row in sets[0] if _covers(row, self.last)]
            return max((_number(row["value"]) for row in rows), default=Fraction(0))
        days = self.counted(sets)
        if item["unit"] == "days":
            return Fraction(len(days))
        months = {day.replace(day=1) for day in days}
        if item["whole_months"]:
            months = {month for month in months if set(_from_to(month, _last_of(month))) <= days}
        return Fraction(len(months))

    def key(self, provided: Row, items: dict[str, Row]) -> Fraction | datetime.date | None:
        if provided["points"] is not None:
            points: Fraction = items[provided["points"]]["points"]
            return points
        if provided["quantity"] is not None:
            quantity: Fraction = items[provided["quantity"]]["quantity"]
            return quantity
        days = self.counted([[row for row in self.facts if row["fact"] == provided["since"]]])
        if self.last not in days:
            return None
        day = self.last
        while day - datetime.timedelta(1) in days:
            day -= datetime.timedelta(1)
        return day

    def rounded(self, points: Fraction) -> Fraction:
        scaled = points * 10**self.decimals
        if self.how == "half-up":
            scaled += Fraction(1, 2)
        return Fraction(scaled.numerator // scaled.denominator, 10**self.decimals)


def _first(row: Row) -> datetime.date:
    return EVER if row["from"] is None else datetime.date.fromisoformat(row["from"])


def _end(row: Row) -> datetime.date:
    return NEVER if row["until"] is None else datetime.date.fromisoformat(row["until"])


def _covers(row: Row, day: datetime.date) -> bool:
    return _first(row) <= day <= _end(row)


def _from_to(first: datetime.date, last: datetime.date) -> list[datetime.date]:
    return [datetime.date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]


def _last_of(month: datetime.date) -> datetime.date:
    return (month + datetime.timedelta(31)).replace(day=1) - datetime.timedelta(1)


def _number(text: str) -> Fraction:
    if text.endswith("%"):
        return Fraction(Decimal(text[:-1])) / 100
    return Fraction(Decimal(text))


def _compare(name: str, value: Fraction, limit: Fraction) -> bool:
    signs = {"over": (1,), "at_least": (0, 1), "below": (-1,), "at_most": (-1, 0), "equals": (0,)}
    return (value > limit) - (value < limit) in signs[name]
