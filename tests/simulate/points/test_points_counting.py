"""Counting by hand on small schedules: days at the edge, groups, rounding, reading of facts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from geodata.errors import DataError
from geodata.messages import speaker
from simulate.points.apply import breakdown_of
from simulate.points.notes import entries_of, words_of
from simulate.points.scoring import score
from tests.simulate.points.scores import (
    HELD,
    NAMES,
    YEAR,
    applicants_table,
    days,
    facts_table,
    flat,
    item_of,
    months,
    part,
    points_of,
    schedule,
    scored,
)

PAID = {"kind": "period", "values": {"back-paid": NAMES}}


def quantity(rules: Any, *rows: Any) -> float:
    return float(item_of(scored(rules, [("a", *row) for row in rows]), "i")["quantity"])


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        ("2023-04-29", "2023-04-29", 1),
        ("2023-04-30", "2023-04-30", 1),
        ("2023-05-01", "2023-05-01", 0),
        ("2023-04-29", "2023-05-31", 2),
        ("2023-04-29", None, 2),
        ("2020-02-28", "2020-03-01", 3),  # over a 29 February
        ("2019-02-28", "2019-03-01", 2),
        ("2020-02-29", "2020-02-29", 1),
    ],
)
def test_days_count_up_to_the_last_day_and_leap_days_are_days(
    first: str, last: str | None, count: int
) -> None:
    rules = schedule({"live": "period"}, days("i", "live"))
    assert quantity(rules, ("live", first, last)) == count


@pytest.mark.parametrize(
    ("first", "last", "any_day", "whole"),
    [
        ("2023-01-31", "2023-03-01", 3, 1),
        ("2023-02-01", "2023-02-28", 1, 1),
        ("2020-02-01", "2020-02-28", 1, 0),  # the 29th is missing
        ("2020-02-01", "2020-02-29", 1, 1),
        ("2023-04-01", None, 1, 1),
        ("2023-03-15", "2023-03-20", 1, 0),
        ("2022-12-02", "2023-01-30", 2, 0),
    ],
)
def test_a_month_counts_by_one_of_its_days_or_only_whole(
    first: str, last: str | None, any_day: int, whole: int
) -> None:
    loose = schedule({"live": "period"}, months("i", "live"))
    strict = schedule({"live": "period"}, months("i", "live", whole_months=True))
    assert quantity(loose, ("live", first, last)) == any_day
    assert quantity(strict, ("live", first, last)) == whole


def test_a_whole_month_may_be_made_of_times_that_follow_on_one_another() -> None:
    rules = schedule({"live": "period"}, months("i", "live", whole_months=True))
    two = (("live", "2023-01-01", "2023-01-10"), ("live", "2023-01-11", "2023-01-31"))
    assert quantity(rules, *two) == 1
    assert quantity(rules, two[0], ("live", "2023-01-12", "2023-01-31")) == 0


def test_two_facts_count_on_the_days_on_which_both_hold() -> None:
    rules = schedule({"live": "period", "work": "period"}, months("i", "live", "work"))
    assert quantity(rules, ("live", "2023-01-01", "2023-01-15"), ("work", "2023-01-15", "2023-01-31")) == 1
    # both in January, on no day together
    assert quantity(rules, ("live", "2023-01-01", "2023-01-14"), ("work", "2023-01-15", "2023-01-31")) == 0


@pytest.mark.parametrize(
    ("how", "points"),
    # of 1/8 a month at two decimals: 0.125, 0.25, 0.375
    [("half-up", [0.13, 0.25, 0.38]), ("down", [0.12, 0.25, 0.37])],
)
def test_points_are_rounded_once_and_halves_go_up(how: str, points: list[float]) -> None:
    rules = schedule({"live": "period"}, months("i", "live", per=8), how=how)
    starts = ["2023-04-01", "2023-03-01", "2023-02-01"]
    found = [points_of(scored(rules, [("a", "live", start)])) for start in starts]
    assert found == points


def test_whole_steps_alone_count_without_pro_rata() -> None:
    rules = schedule({"live": "period"}, months("i", "live", per=12, points=4, pro_rata="none"))
    row = item_of(scored(rules, [("a", "live", "2021-06-01")]), "i")
    assert (row["quantity"], row["points"]) == (23, 4)
    assert entries_of(row["not_counted"]) == [{"why": "remainder", "amount": "11", "unit": "months"}]


def test_a_stated_amount_is_the_one_that_holds_on_the_last_day() -> None:
    rules = schedule(
        {"hours": "number", "stated": "months"},
        part(
            "i",
            kind="per-unit",
            counts=[{"fact": "hours"}],
            points=2,
            per=50,
            unit="units",
            pro_rata="none",
        ),
        months("m", "stated", after=12, points=0.1),
    )
    result = scored(
        rules,
        [
            ("a", "hours", None, "2022-12-31", "500"),
            ("a", "hours", "2023-01-01", None, "149.5"),
            ("a", "stated", None, None, "30"),
        ],
    )
    assert item_of(result, "i")["points"] == 4
    assert item_of(result, "i")["quantity"] == 149.5
    assert entries_of(item_of(result, "i")["not_counted"])[0]["amount"] == "49.500000"
    assert item_of(result, "m")["points"] == 1.8


def two_flats(**group: Any) -> Any:
    return schedule(
        {"own": "flag", "rent": "flag"},
        flat("own", 20, {"fact": "own"}),
        flat("rent", 5, {"fact": "rent"}),
        group=[part("g", items=["own", "rent"], **group)],
    )


@pytest.mark.parametrize(
    ("group", "own", "rent"),
    [
        ({"take": "best"}, 20, 0),
        ({"take": "sum"}, 20, 5),
        ({"take": "sum", "cap": 22}, 20, 2),
        ({"take": "sum", "cap": 12}, 12, 0),
        ({"take": "best", "cap": 12}, 12, 0),
    ],
)
def test_a_group_takes_the_best_or_the_sum_and_its_cap_takes_off_the_last(
    group: dict[str, Any], own: float, rent: float
) -> None:
    result = scored(two_flats(**group), [("a", "own", None, None, "yes"), ("a", "rent", None, None, "yes")])
    assert [item_of(result, name)["points"] for name in ("own", "rent")] == [own, rent]
    assert result.totals["before_maximum"][0] == own + rent


def test_the_maximum_cuts_the_total_and_not_the_items() -> None:
    rules = schedule({"own": "flag"}, flat("i", 20, {"fact": "own"}), maximum=[{**HELD, "points": 15}])
    result = scored(rules, [("a", "own", None, None, "yes")])
    assert (points_of(result), result.totals["before_maximum"][0]) == (15, 20)
    assert item_of(result, "i")["points"] == 20


def test_a_lookup_takes_the_best_of_several_values() -> None:
    degree = {"kind": "choice", "many": True, "values": {"bachelor": NAMES, "master": NAMES, "none": NAMES}}
    item = part("i", kind="lookup", of={"fact": "degree"}, points={"bachelor": 10, "master": 20})
    rules = schedule({"degree": degree}, item)
    rows = [("a", "degree", None, None, word) for word in ("bachelor", "master", "none")]
    assert points_of(scored(rules, rows)) == 20
    assert points_of(scored(rules, rows[:1])) == 10
    assert points_of(scored(rules, rows[2:])) == 0


def test_only_children_of_the_categories_are_scored() -> None:
    rules = schedule({"live": "period"}, months("i", "live"))
    applicants = pd.concat([applicants_table(["a"]), applicants_table(["b"], "household")])
    rows = facts_table([("a", "live", "2023-04-01"), ("b", "live", "2023-01-01"), ("b", "other", None)])
    result = score(rules, rows, applicants, np.array(["D", "D"], dtype=object), year=YEAR)
    assert result.totals["applicant_id"].tolist() == ["a"]
    unused = result.unused.to_dict("records")
    assert unused == [
        {"fact": "live", "rows": 1, "why": "not-scored"},
        {"fact": "other", "rows": 1, "why": "not-scored"},
    ]


def test_a_fact_that_nothing_uses_is_told() -> None:
    rules = schedule({"live": "period", "idle": "flag"}, months("i", "live"))
    result = scored(rules, [("a", "idle", None, None, "yes")])
    assert result.unused.to_dict("records") == [{"fact": "idle", "rows": 1, "why": "no-rule"}]


def test_a_child_of_unknown_district_has_no_district_of_its_own() -> None:
    rules = schedule({"live": "period"}, months("i", {"fact": "live", "district": "own"}))
    assert points_of(scored(rules, [("a", "live", "2023-04-01")], district=None)) == 0


def test_settlement_is_the_first_day_of_the_unbroken_time_that_still_holds() -> None:
    rules = schedule({"live": "period"}, months("i", "live"), provides={"settled_on": {"since": "live"}})
    rows = [("a", "live", "2019-01-01", "2020-01-01"), ("a", "live", "2021-03-01", "2021-12-31")]
    still = scored(rules, [*rows, ("a", "live", "2022-01-01")]).totals["settled_on"][0]
    assert still == pd.Timestamp("2021-03-01")
    assert pd.isna(scored(rules, rows).totals["settled_on"][0])


@pytest.mark.parametrize(
    ("asked", "first", "last", "holds"),
    [
        ({"on": {"md": "01-01"}}, "2023-01-01", "2023-01-01", True),
        ({"on": {"md": "01-01"}}, "2023-01-02", None, False),
        ({}, "2023-04-30", None, True),
        ({}, "2023-05-01", None, False),
        ({}, "2020-01-01", "2023-04-29", False),
        ({"at_least_months": 12}, "2022-05-31", None, True),
        ({"at_least_months": 12}, "2022-06-01", None, False),
        ({"at_least_days": 30}, "2023-04-01", None, True),
        ({"at_least_days": 30}, "2023-04-02", None, False),
    ],
)
def test_a_condition_asks_about_a_time(
    asked: dict[str, Any], first: str, last: str | None, holds: bool
) -> None:
    rules = schedule({"live": "period"}, flat("i", 1, {"fact": "live", **asked}))
    assert points_of(scored(rules, [("a", "live", first, last)])) == holds


REFUSED: list[tuple[list[Any], str]] = [
    ([("a", "lvie", "2023-01-01")], "'lvie'.*facts of the points schedule: live, paid"),
    ([("a", "live")], "the first day of the time"),
    ([("a", "live", "2023-01-02", "2023-01-01")], "found '2023-01-01'.*not before from"),
    ([("a", "live", "2023-01-01", None, "x")], "blank: this fact is a time alone"),
    ([("a", "paid", "2023-01-01", None, "x")], "blank, or one of back-paid"),
    ([("a", "home", None, None, "1.01")], "a share from 0 to 1"),
    ([("a", "home", None, None, "101%")], "a share from 0 to 1"),
    ([("a", "home", None, None, "0.5000001")], "at most six decimals"),
    ([("a", "home", None, None, "-0.5")], "a share from 0 to 1"),
    ([("a", "flag", None, None, "maybe")], "yes or no"),
    ([("a", "flag", None, None, None)], "yes or no"),
    ([("a", "born", None, None, "2017-02-30")], "a date such as"),
    ([("a", "born", None, None, "20170228")], "a date such as"),
    ([("a", "hukou", None, None, "z")], "one of x, y"),
    ([("a", "stated", None, None, "3.5")], "a whole number of months"),
    ([("a", "number", None, None, "１")], "a number that is not negative"),
    ([("a", "number", None, None, "-1")], "a number that is not negative"),
    ([("a", "d", None, None, "x")], "a whole number of days"),
    ([("a", "hukou", None, None, "x"), ("a", "hukou", None, None, "y")], "one value at a time"),
    (
        [("a", "paid", "2023-01-01", "2023-02-01"), ("a", "paid", "2023-02-01", None, "back-paid")],
        "another row of paid says otherwise for the same day",
    ),
]
FACTS = {
    "live": "period",
    "paid": PAID,
    "home": {"kind": "share", "many": True},
    "flag": "flag",
    "born": "date",
    "hukou": {"kind": "choice", "values": {"x": NAMES, "y": NAMES}},
    "stated": "months",
    "d": "days",
    "number": "number",
}


@pytest.mark.parametrize(("rows", "words"), REFUSED)
def test_what_is_wrong_in_the_facts_is_refused_by_name(rows: list[Any], words: str) -> None:
    rules = schedule(FACTS, months("i", "live"))
    with pytest.raises(DataError, match=words) as caught:
        scored(rules, rows)
    assert {fault.file for fault in caught.value.faults} == {"facts"}


def test_all_faults_of_the_facts_come_at_once() -> None:
    rules = schedule(FACTS, months("i", "live"))
    with pytest.raises(DataError) as caught:
        scored(rules, [row for rows, _ in REFUSED for row in rows])
    assert len(caught.value.faults) >= len(REFUSED)


def test_a_month_may_be_paid_in_one_district_and_paid_back_in_another() -> None:
    rules = schedule({"paid": PAID}, months("i", {"fact": "paid", "without": ["back-paid"]}))
    rows = [
        ("a", "paid", "2023-01-01", "2023-01-31", None, "D"),
        ("a", "paid", "2023-01-01", "2023-02-28", "back-paid", "E"),
    ]
    row = item_of(scored(rules, rows), "i")
    assert row["quantity"] == 1
    assert entries_of(row["not_counted"]) == [{"why": "marked", "amount": "1", "unit": "months"}]


def test_rows_that_follow_on_one_another_with_other_values_contradict_nothing() -> None:
    rules = schedule({"paid": PAID}, months("i", "paid"))
    rows = [("a", "paid", "2023-01-01", "2023-01-31"), ("a", "paid", "2023-02-01", None, "back-paid")]
    assert points_of(scored(rules, rows)) == 4


def test_nobody_to_score_is_no_fault() -> None:
    rules = schedule({"live": "period"}, months("i", "live"))
    result = scored(rules, [], ids=[])
    assert len(result.totals) == len(result.items) == len(result.eligibility) == 0
    tables = breakdown_of(result)
    assert {name: list(table.columns) for name, table in tables.items()} == {
        name: list(table.columns) for name, table in breakdown_of(None).items()
    }


def test_what_did_not_count_is_said_in_words() -> None:
    rules = schedule(
        {"paid": PAID, "own": "flag"},
        months(
            "i",
            {"fact": "paid", "district": "own", "without": ["back-paid"]},
            cap=1,
            after=1,
            when=[{"fact": "own"}],
        ),
    )
    rows = [
        ("a", "paid", "2022-11-01", "2022-12-31", None, "E"),
        ("a", "paid", "2023-01-01", "2023-01-31", "back-paid", "D"),
        ("a", "paid", "2023-02-01", "2023-06-30", None, "D"),
        ("a", "own", None, None, "yes"),
    ]
    text = item_of(scored(rules, rows), "i")["not_counted"]
    assert words_of(text, rules.facts(), speaker("en")) == (
        "2 months not in the district of the home, or with no district stated; "
        "1 months that the rule leaves out (such as back-paid); "
        "1 entries reach past the last day that counts; the first 1 months; 1.00 points over the cap"
    )
    other = item_of(scored(rules, rows[:-1]), "i")["not_counted"]
    assert words_of(other, rules.facts(), speaker("en")).startswith("test: nothing stated; ")
