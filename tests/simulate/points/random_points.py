"""Random schedules and facts for hypothesis: few days, few values, so that edges meet often."""

from __future__ import annotations

import datetime
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from tests.simulate.points.scores import HELD, flat, part, raw_schedule

FACTS: dict[str, Any] = {
    "live": "period",
    "paid": {"kind": "period", "values": {"back": {"zh": "补缴", "en": "back-paid"}}},
    "home": {"kind": "share", "many": True},
    "plan": "flag",
    "hukou": {"kind": "choice", "values": {w: {"zh": w, "en": w} for w in ("x", "y", "z")}},
    "stated": "months",
    "hours": "number",
    "born": "date",
}
DISTRICTS = ("D", "E", None)
# around the last day that counts (2023-04-30), the ends of months, and a 29 February
DAYS = [datetime.date(2020, 2, 28) + datetime.timedelta(n) for n in (0, 1, 2, 30, 400, 735, 1035, 1036)] + [
    datetime.date(2023, 4, day) for day in (1, 15, 28, 29, 30)
]
DAYS += [datetime.date(2023, 5, 1), datetime.date(2023, 5, 31)]
MONTH_DAYS = [{"md": md, "year": y} for md, y in (("11-01", -1), ("02-28", 0), ("04-30", 0), ("05-01", 0))]

day = st.sampled_from(DAYS)
points = st.sampled_from([0, 0.1, 0.5, 1, 2, 3, 5.25, 24])
cap = st.none() | st.sampled_from([1, 2.5, 4, 10])


def _drop(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


@st.composite
def selections(draw: st.DrawFn, fact: str | None = None) -> dict[str, Any]:
    """Return a selection of rows of a fact."""
    name = draw(st.sampled_from(sorted(FACTS))) if fact is None else fact
    chosen: dict[str, Any] = {"fact": name, "district": draw(st.sampled_from([None, None, "own"]))}
    if name == "home":
        chosen[draw(st.sampled_from(["over", "at_least", "below", "at_most", "equals"]))] = draw(
            st.sampled_from([0.3, 0.5, 0.51])
        )
    if name in ("stated", "hours"):
        chosen[draw(st.sampled_from(["over", "at_least", "below"]))] = draw(st.sampled_from([3, 12]))
    if name == "paid":
        chosen["without"] = draw(st.sampled_from([[], ["back"]]))
    if name == "hukou":
        chosen["in"] = draw(st.none() | st.sampled_from([["x"], ["x", "y"]]))
    if name == "born":
        chosen[draw(st.sampled_from(["by", "since"]))] = {"md": "08-31", "year": -6}
    return _drop(chosen)


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    """Return a condition."""
    one = draw(selections())
    periods = ["none", "on", "throughout", "at_least_days", "at_least_months"]
    kind = draw(st.sampled_from(periods if one["fact"] in ("live", "paid") else ["none", "on"]))
    if kind == "on":
        one["on"] = draw(st.sampled_from(MONTH_DAYS))
    if kind == "throughout":
        first, last = sorted(draw(st.lists(st.integers(0, 3), min_size=2, max_size=2)))
        one["throughout"] = {"from": MONTH_DAYS[first], "until": MONTH_DAYS[last]}
    if kind.startswith("at_least"):
        one[kind] = draw(st.sampled_from([1, 2, 30, 365]))
    return one


@st.composite
def items(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """Return an item."""
    when = draw(st.lists(conditions(), max_size=1))
    kind = draw(st.sampled_from(["flat", "counted", "counted", "counted", "stated", "lookup"]))
    more = _drop({"cap": draw(cap)})
    if kind == "flat":
        return flat(name, draw(points), *(when or [draw(conditions())]), **more)
    if kind == "lookup":
        worth = {word: draw(points) for word in draw(st.sampled_from([("x",), ("x", "y", "z")]))}
        return part(name, kind="lookup", of=draw(selections(fact="hukou")), points=worth, when=when, **more)
    if kind == "stated":
        fact, unit = draw(st.sampled_from([("stated", "months"), ("hours", "units")]))
        counts = [draw(selections(fact=fact))]
    else:
        unit = draw(st.sampled_from(["months", "days"]))
        counts = [draw(selections(fact=draw(st.sampled_from(["live", "paid"]))))]
        for other in draw(st.lists(st.sampled_from(["live", "paid", "home"]), max_size=1)):
            counts.append(draw(selections(fact=other)))
        more["whole_months"] = unit == "months" and draw(st.booleans())
    rata = "none" if unit == "units" else draw(st.sampled_from(["none", unit.removesuffix("s")]))
    return part(
        name,
        kind="per-unit",
        counts=counts,
        points=draw(points),
        per=draw(st.sampled_from([1, 7, 12, 365])),
        unit=unit,
        pro_rata=rata,
        after=draw(st.sampled_from([0, 0, 2, 12])),
        when=when,
        **more,
    )


@st.composite
def raw_schedules(draw: st.DrawFn) -> dict[str, Any]:
    """Return a whole schedule, of one to five items."""
    names = [f"i{n}" for n in range(draw(st.integers(1, 5)))]
    parts = [draw(items(name)) for name in names]
    if draw(st.booleans()):
        classes = [
            {
                "title": HELD_NAMES,
                "points": draw(points),
                "when": draw(st.lists(conditions(), min_size=1, max_size=2)),
            }
            for _ in range(draw(st.integers(1, 3)))
        ]
        parts.append(part("class", kind="classes", classes=classes))
        names.append("class")
    group = []
    if len(names) > 2 and draw(st.booleans()):
        inside = draw(st.permutations(names))[:2]
        group = [
            part(
                "g", items=inside, take=draw(st.sampled_from(["best", "sum"])), **_drop({"cap": draw(cap)})
            )
        ]
    maximum = draw(st.none() | st.sampled_from([3, 20, 115]))
    rules = [part("rule", when=[draw(conditions())])] if draw(st.booleans()) else []
    counted = [one["id"] for one in parts if one["kind"] == "per-unit"]
    provides: dict[str, Any] = {"home": {"points": names[0]}, "settled_on": {"since": "live"}}
    if counted:
        provides["insurance_months"] = {"quantity": counted[0]}
    return raw_schedule(
        FACTS,
        *parts,
        decimals=draw(st.sampled_from([2, 3])),
        how=draw(st.sampled_from(["half-up", "down"])),
        group=group,
        eligible=rules,
        provides=provides,
        maximum=[] if maximum is None else [{**HELD, "points": maximum}],
    )


HELD_NAMES = {"zh": "试", "en": "test"}
_VALUES = {
    "live": st.none(),
    "paid": st.sampled_from([None, None, "back"]),
    "home": st.sampled_from(["0.5", "50%", "0.51", "51%", "1", "0.3"]),
    "plan": st.sampled_from(["yes", "no", "是"]),
    "hukou": st.sampled_from(["x", "y", "z"]),
    "stated": st.sampled_from(["0", "3", "11", "12", "13"]),
    "hours": st.sampled_from(["0", "3.5", "24", "24.999999"]),
    "born": st.sampled_from(["2017-08-31", "2017-09-01"]),
}


@st.composite
def fact_rows(draw: st.DrawFn, child: str) -> list[tuple[Any, ...]]:
    """Return rows of a child that do not contradict one another (by rejection of those that do)."""
    rows: list[tuple[Any, ...]] = []
    for fact in draw(st.lists(st.sampled_from(sorted(FACTS)), max_size=9)):
        first = draw(day) if fact in ("live", "paid") else draw(st.none() | day)
        last = draw(st.none() | day)
        if first is not None and last is not None and first > last:
            first, last = last, first
        value, district = draw(_VALUES[fact]), draw(st.sampled_from(DISTRICTS))
        row = (child, fact, first, last, value, district)
        if not any(_against(row, other) for other in rows):
            rows.append(row)
    return rows


def _against(one: tuple[Any, ...], two: tuple[Any, ...]) -> bool:
    if one[1] != two[1] or one[1] == "home" or one[4] == two[4]:
        return False
    if one[1] in ("live", "paid") and one[5] != two[5]:
        return False
    early, late = datetime.date.min, datetime.date.max
    return (one[2] or early) <= (two[3] or late) and (two[2] or early) <= (one[3] or late)


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Any], list[tuple[Any, ...]], dict[str, str | None]]:
    """Return a schedule, rows of facts, and the district of each child's home."""
    homes = {f"c{n}": draw(st.sampled_from(DISTRICTS)) for n in range(draw(st.integers(1, 4)))}
    rows = [row for child in homes for row in draw(fact_rows(child))]
    assume(rows)
    return draw(raw_schedules()), rows, homes
