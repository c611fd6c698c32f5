"""Reading a schedule: what is refused, what is odd, what holds on a day."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from geodata.errors import DataError
from geodata.toml import record_from
from simulate.points.faults import contradictions_of, faults_of
from simulate.points.files import read_schedule, schedule_path
from simulate.points.schedule import Schedule
from tests.simulate.points.scores import HELD, NAMES, days, flat, months, part, raw_schedule

YES = {"fact": "own"}
CHOICE = {"kind": "choice", "values": {"x": NAMES, "y": NAMES}}


def read(raw: dict[str, Any]) -> Schedule:
    return record_from(raw, Schedule, "points.toml")


def one_item(item: dict[str, Any], facts: dict[str, Any] | None = None, **values: Any) -> dict[str, Any]:
    declared = facts or {"own": "flag", "live": "period", "share": "share", "born": "date", "pick": CHOICE}
    used = [flat(f"use_{name}", 1, {"fact": name}) for name in declared]
    return raw_schedule(declared, item, *used, **values)


def share(**asked: Any) -> dict[str, Any]:
    return flat("i", 1, {"fact": "share", **asked})


MALFORMED: list[tuple[dict[str, Any], str]] = [
    (one_item(flat("i", 0.00001, YES)), "a number from 0 to 99999.9999"),
    (one_item(flat("i", -1, YES)), "a number from 0 to 99999.9999"),
    (one_item(flat("i", True, YES)), "a number from 0 to 99999.9999"),
    (one_item(flat("i", 1, {**YES, "on": {"md": "02-29"}})), "a day that every year has"),
    (
        one_item(flat("i", 1, {"fact": "live", "at_least_days": 1, "at_least_months": 1})),
        "one of on, throughout, at_least_days and at_least_months",
    ),
    (one_item(months("i", "live", pro_rata="day")), 'pro_rata = "day" needs unit = "days"'),
    (one_item(days("i", "live", whole_months=True)), 'whole_months needs unit = "months"'),
    (one_item(flat("i", 1, YES), order=[{**HELD, "keys": ["points desc"]}]), 'an order ends with "ticket"'),
    (raw_schedule({"own": {"kind": "choice"}}, flat("i", 1, YES)), "a choice wants its values"),
    (
        raw_schedule({"own": {"kind": "flag", "values": {"x": NAMES}}}, flat("i", 1, YES)),
        "values belong to a choice or a period alone",
    ),
    (one_item(flat("i", 1, YES), provides={"home": {}}), "exactly one of points, quantity and since"),
    (
        raw_schedule({"own": "flag"}, flat("i", 1, YES), flat("i", 2, YES)),
        "i stands twice on 2000-01-01: give the older one an until",
    ),
    (
        one_item(
            part(
                "i", kind="classes", classes=[{"title": NAMES, "points": 1, "when": [YES], "assumed": True}]
            )
        ),
        "what is assumed needs a reason",
    ),
]


@pytest.mark.parametrize(("raw", "words"), MALFORMED)
def test_a_malformed_schedule_is_refused(raw: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        read(raw)


GROUP = {"take": "sum", "items": ["i", "use_own"]}
CLASSES = {"title": NAMES, "points": 1, "when": [YES]}
WRONG: list[tuple[dict[str, Any], str]] = [
    (one_item(flat("i", 1, {"fact": "ghost"})), "unknown fact ghost; declared: own"),
    (
        one_item(flat("i", 1, YES), provides={"home": {"points": "ghost"}}),
        "unknown item ghost; declared: i",
    ),
    (
        one_item(flat("i", 1, YES), group=[part("g", **GROUP), part("h", **GROUP)]),
        "an item is in one group at most",
    ),
    (
        raw_schedule(
            {"own": "flag"},
            part("c", kind="classes", classes=[CLASSES]),
            part("d", kind="classes", classes=[CLASSES]),
        ),
        "one item of classes at most",
    ),
    (one_item(flat("i", 1, {"fact": "pick", "in": ["z"]})), "the fact pick has no value z"),
    (one_item(flat("i", 1, {"fact": "live", "without": ["z"]})), "is a period: it has no values to choose"),
    (one_item(flat("i", 1, {"fact": "own", "over": 0.5})), "is a flag: no number can be compared with it"),
    (one_item(flat("i", 1, {"fact": "own", "by": {"md": "08-31"}})), "since and by are for dates"),
    (
        one_item(part("i", kind="lookup", of={"fact": "own"}, points={"yes": 1})),
        "points by value of a choice: own has no flag",
    ),
    (one_item(months("i", "share")), "the fact share is a share: it has no months to count"),
    (one_item(share(at_least_months=3)), "the fact share is a share: it has no months to count"),
    (
        raw_schedule({"n": "months", "live": "period"}, months("i", "n", "live")),
        "what is stated as an amount is counted alone",
    ),
    (raw_schedule({"n": "months"}, days("i", "n")), "is a months: it has no days to count"),
    (raw_schedule({"n": "months"}, months("i", "n", whole_months=True)), "whole_months is for times"),
    (one_item(flat("i", 1, YES), provides={"home": {"since": "live"}}), "a date comes from since"),
    (one_item(flat("i", 1, YES), provides={"home": {"quantity": "i"}}), "i counts nothing"),
    (one_item(flat("i", 0.125, YES)), r"0.125 has more decimals than points keep \(2\)"),
    (one_item(months("i", "live", cap=0.125)), "0.125 has more decimals"),
    (
        one_item(part("i", kind="lookup", of={"fact": "pick"}, points={"x": 0.125})),
        "0.125 has more decimals",
    ),
]


@pytest.mark.parametrize(("raw", "words"), WRONG)
def test_what_cannot_be_computed_is_refused_by_name(raw: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        raise DataError(contradictions_of(read(raw)))
    assert faults_of(read(raw)) == contradictions_of(read(raw))


def classes(*whens: list[dict[str, Any]]) -> dict[str, Any]:
    return part(
        "i", kind="classes", classes=[{"title": NAMES, "points": 9, "when": list(when)} for when in whens]
    )


X, Y = {"fact": "pick", "in": ["x"]}, {"fact": "pick", "in": ["y"]}
OLD = {"until": datetime.date(2010, 1, 1)}
ODD: list[tuple[dict[str, Any], str]] = [
    (one_item(months("i", "live", cap=0)), "it can never give a point"),
    (one_item(flat("i", 0, YES)), "it can never give a point"),
    (one_item(share(over=1)), "it can never be reached: what it asks for cannot be"),
    (one_item(share(at_least=1.5)), "it can never be reached"),
    (one_item(share(below=0)), "it can never be reached"),
    (one_item(share(over=0.5, at_most=0.5)), "it can never be reached"),
    (one_item(share(over=0.5, equals=0.4)), "it can never be reached"),
    (one_item(flat("i", 1, X, Y)), "it can never be reached"),
    (one_item(flat("i", 1, {"fact": "own", "without": ["yes"]})), "it can never be reached"),
    (
        one_item(flat("i", 1, YES), eligible=[part("e", when=[X, Y])]),
        "nobody can be eligible: what it asks for cannot be",
    ),
    (one_item(classes([X, Y])), "class 1 can never be reached"),
    (one_item(classes([X], [X, YES])), "class 2 is never reached: class 1 asks for no more"),
    (one_item(classes([YES], [YES])), "class 2 is never reached"),
    (
        one_item(
            classes([{"fact": "share", "over": 0.5}], [{"fact": "share", "over": 0.6, "district": "own"}])
        ),
        "class 2 is never reached",
    ),
    (one_item(flat("i", 1, YES), group=[part("g", **GROUP, cap=0)]), "it can never give a point"),
    (one_item(flat("i", 1, YES), group=[part("g", **GROUP, cap=2)]), "its cap is never reached"),
    (
        one_item(flat("i", 5, YES), group=[part("g", **GROUP, cap=5)]),
        "it can never add: i alone fills the cap of g",
    ),
    (
        one_item(flat("i", 9, YES), maximum=[{**HELD, "points": 5}]),
        "it gives up to 9, more than the maximum",
    ),
    (
        one_item(flat("i", 9, YES), maximum=[{**HELD, "points": 50}]),
        "all items together give 14, the maximum is 50",
    ),
    (
        raw_schedule(
            {"own": "flag"},
            flat("i", 1, YES, **OLD),
            {**flat("i", 2, YES), "from": datetime.date(2011, 1, 1)},
            flat("j", 1, YES),
        ),
        "nothing holds from 2010-01-01 to 2011-01-01",
    ),
    (
        raw_schedule({"own": "flag", "idle": "flag"}, flat("i", 1, YES)),
        "no item and no rule uses this fact",
    ),
]


@pytest.mark.parametrize(("raw", "words"), ODD)
def test_what_makes_no_sense_is_told(raw: dict[str, Any], words: str) -> None:
    assert contradictions_of(read(raw)) == []
    with pytest.raises(DataError, match=words):
        raise DataError(faults_of(read(raw)))


SOUND = [
    one_item(share(over=0.5)),
    one_item(share(at_least=1)),
    one_item(flat("i", 1, {"fact": "pick", "in": ["x", "y"]}, X)),
    one_item(classes([X, YES], [X], [Y])),
    one_item(classes([{"fact": "share", "over": 0.6}], [{"fact": "share", "over": 0.5}])),
    one_item(flat("i", 3, YES), group=[part("g", **GROUP, cap=3.5)]),
    one_item(months("i", "live"), maximum=[{**HELD, "points": 50}]),
    one_item(flat("i", 1, YES), maximum=[{**HELD, "points": 6}]),
]


@pytest.mark.parametrize("raw", SOUND)
def test_what_makes_sense_has_no_faults(raw: dict[str, Any]) -> None:
    assert faults_of(read(raw)) == []


def versions() -> Schedule:
    return read(
        raw_schedule(
            {"own": "flag"},
            flat("i", 1, YES, **OLD),
            {**flat("i", 2, YES), "from": datetime.date(2010, 1, 1)},
            {**flat("i", 3, YES), "expected": True},
        )
    )


@pytest.mark.parametrize(("day", "points"), [((2009, 12, 31), 1), ((2010, 1, 1), 2)])
def test_the_version_that_holds_on_the_day_counts(day: tuple[int, int, int], points: int) -> None:
    assert [item.points for item in versions().at(datetime.date(*day)).item] == [points]


def test_a_planned_change_counts_only_where_it_is_asked_for() -> None:
    on = datetime.date(2020, 1, 1)
    assert versions().planned == {"i"}
    assert [item.points for item in versions().at(on, expecting=["i"]).item] == [3]
    with pytest.raises(DataError, match="found 'j'; planned changes: i"):
        versions().at(on, expecting=["j"])


def test_a_schedule_that_leads_nowhere_on_a_day_is_refused() -> None:
    rules = read(
        raw_schedule(
            {"own": "flag"}, flat("i", 1, YES, **OLD), flat("j", 1, YES), provides={"home": {"points": "i"}}
        )
    )
    with pytest.raises(DataError, match=r"provides.home names i, which does not hold on 2020-01-01"):
        rules.at(datetime.date(2020, 1, 1))


def test_a_schedule_is_a_shipped_name_or_a_path(tmp_path: Path) -> None:
    assert schedule_path("my.toml", tmp_path) == tmp_path / "my.toml"
    with pytest.raises(DataError, match="found 'nowhere'; a shipped points schedule"):
        schedule_path("nowhere", tmp_path)


def test_a_file_with_a_wrong_unit_is_refused_with_its_name(tmp_path: Path) -> None:
    text = schedule_path("siming-2023", tmp_path).read_text(encoding="utf-8")
    wrong = text.replace('counts = [{ fact = "residence" }]', 'counts = [{ fact = "home_share" }]')
    assert wrong != text
    (tmp_path / "my.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(DataError, match=r"my.toml, column residence: the fact home_share is a share"):
        read_schedule(tmp_path / "my.toml")
