"""The shipped schedules, worked out by hand from their tables (policy-facts 1.1 and 1.3)."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from geodata.errors import DataError
from simulate.points.files import faults_of, read_schedule, schedule_path, shipped_schedules
from simulate.points.notes import entries_of
from tests.simulate.points.scores import Row, item_of, points_of, scored, shipped

D = datetime.date
YES = ("2010-01-01", None, "yes", "D")


def full_child(**changes: Any) -> list[Row]:
    """Return the facts of a child with the full mark in Siming 2023; a change replaces a fact's rows.

    48 / 4 = 12 years of insurance, 10 / 2 = 5 years of the other parent, 24 / 2 = 12 x 365 days of
    residence, 9 years in the district: all since 2010.
    """
    rows: dict[str, list[tuple[Any, ...]]] = {
        "born": [(None, None, "2017-08-31")],
        "permit": [("2020-01-01", None, None, "D")],
        "residence": [("2010-01-01", None, None, "D")],
        "insurance": [("2010-01-01", None, None, "D")],
        "insurance_second": [("2010-01-01", None, None, "D")],
        "both_in_city": [(None, None, "yes")],
        "home_share": [("2015-01-01", None, "1", "D")],
        "home_lived_in": [("2015-01-01", None, "yes", "D")],
    }
    return [("a", fact, *row) for fact, some in (rows | changes).items() for row in some]


SIMING = shipped("siming-2023", 2023)


@pytest.mark.parametrize("name", shipped_schedules())
def test_a_shipped_schedule_has_no_faults(name: str) -> None:
    assert faults_of(read_schedule(schedule_path(name, Path()))) == []


@pytest.mark.parametrize("name", shipped_schedules())
def test_every_part_of_a_shipped_schedule_has_a_source_or_an_assumption_and_says_what_is_missing(
    name: str,
) -> None:
    rules = read_schedule(schedule_path(name, Path()))
    assert rules.missing
    for parts in rules.parts().values():
        for part in parts:
            assert (part.source is not None) != part.assumed


def test_the_full_mark_of_siming_2023_is_115() -> None:
    result = scored(SIMING, full_child())
    assert points_of(result) == 48 + 10 + 24 + 24 + 9 == 115
    assert result.totals["before_maximum"][0] == 115
    assert result.totals["eligible"][0]
    # tie-break keys: the home, and amounts that no cap cuts: months from January 2010 to April 2023
    assert result.totals["home"][0] == 24
    assert result.totals["insurance_months"][0] == 13 * 12 + 4
    assert result.totals["residence_days"][0] == (D(2023, 4, 30) - D(2010, 1, 1)).days + 1


def test_the_full_mark_of_2018_to_2020_is_120_with_the_birth_policy() -> None:
    rules = shipped("xiamen-2018", 2019)
    child = full_child(born=[(None, None, "2013-08-31")], family_plan=[(None, None, "yes")])
    result = scored(rules, child, year=2019)
    # nine years and more of everything: 2010 to May 2019 is 9 years and 5 months
    assert item_of(result, "si_main")["points"] == round(4 * 113 / 12, 2) == 37.67
    older = [
        (*row[:2], "2000-01-01", *row[3:]) if row[1] in ("residence", "insurance") else row for row in child
    ]
    assert points_of(scored(rules, older, year=2019)) == 115 + 5 == 120
    without = [row for row in older if row[1] != "family_plan"]
    assert points_of(scored(rules, without, year=2019)) == 115


def test_a_schedule_does_not_hold_outside_its_years() -> None:
    with pytest.raises(DataError, match="nothing holds on 2023-08-31"):
        shipped("xiamen-2018", 2023)


@pytest.mark.parametrize(
    ("first", "months", "points", "capped"),
    [
        ("2011-05-01", 144, 48, False),  # May 2011 to April 2023: 144 months x 4 / 12, the cap exactly
        ("2011-06-01", 143, 47.67, False),  # one month short: 143 / 3 = 47.666…
        ("2011-04-30", 145, 48, True),  # one day of April 2011 is a month
    ],
)
def test_insurance_reaches_its_cap_with_144_months(
    first: str, months: int, points: float, capped: bool
) -> None:
    row = item_of(scored(SIMING, full_child(insurance=[(first, None, None, "D")])), "si_main")
    assert (row["quantity"], row["points"], row["capped"]) == (months, points, capped)
    assert row["raw_points"] == pytest.approx(months / 3, abs=0.005)


@pytest.mark.parametrize(
    ("days", "points"),
    # 2 x 4380 / 365 = 24; 2 x 4379 / 365 = 23.9945…; 2 x 4378 / 365 = 23.989…; 2 x 4 / 365 = 0.0219
    [(4380, 24), (4379, 23.99), (4378, 23.99), (4381, 24), (365, 2), (4, 0.02)],
)
def test_residence_is_counted_by_the_day(days: int, points: float) -> None:
    first = D(2023, 4, 30) - datetime.timedelta(days - 1)
    row = item_of(scored(SIMING, full_child(residence=[(first, None, None, "D")])), "residence")
    assert (row["quantity"], row["points"]) == (days, points)


@pytest.mark.parametrize(
    ("share", "points"),
    [("0.5", 0), ("50%", 0), ("0.51", 24), ("51%", 24), ("0.500001", 24), ("1", 24), ("100%", 24)],
)
def test_a_home_counts_only_with_more_than_half_of_it(share: str, points: float) -> None:
    child = full_child(home_share=[("2015-01-01", None, share, "D")])
    row = item_of(scored(SIMING, child), "home_owned")
    assert row["points"] == points
    assert [one["level"] for one in entries_of(row["not_counted"])] == ([] if points else ["value"])


def test_several_homes_do_not_add_up_nor_do_their_shares() -> None:
    two = full_child(home_share=[("2015-01-01", None, "1", "D"), ("2016-01-01", None, "1", "D")])
    halves = full_child(home_share=[("2015-01-01", None, "0.5", "D"), ("2016-01-01", None, "0.4", "D")])
    assert item_of(scored(SIMING, two), "home_owned")["points"] == 24
    assert item_of(scored(SIMING, halves), "home_owned")["points"] == 0


def test_a_home_in_another_district_or_bought_after_the_last_day_does_not_count() -> None:
    for row, level in (
        (("2015-01-01", None, "1", "E"), "district"),
        (("2023-05-01", None, "1", "D"), "time"),
        (("2015-01-01", "2023-04-29", "1", "D"), "time"),
    ):
        item = item_of(scored(SIMING, full_child(home_share=[row])), "home_owned")
        assert item["points"] == 0
        assert entries_of(item["not_counted"])[0] == {
            "why": "condition", "fact": "home_share", "level": level
        }  # fmt: skip


def test_back_paid_months_do_not_count_and_are_told() -> None:
    rows = [
        ("2022-01-01", "2022-09-30", None, "D"),
        ("2022-10-01", "2022-12-31", "back-paid", "D"),
        ("2023-01-01", None, None, "D"),
    ]
    result = scored(SIMING, full_child(insurance=rows))
    row = item_of(result, "si_main")
    assert (row["quantity"], row["points"]) == (13, 4.33)  # 9 + 4 months; 13 / 3 = 4.333…
    assert entries_of(row["not_counted"]) == [{"why": "marked", "amount": "3", "unit": "months"}]
    assert item_of(result, "live_work")["quantity"] == 13


def test_living_and_working_in_the_district_counts_where_both_hold() -> None:
    rows = full_child(
        residence=[("2020-01-01", "2021-06-30", None, "D"), ("2021-07-01", None, None, "E")],
        insurance=[("2020-07-01", "2020-12-31", None, "E"), ("2021-01-01", None, None, "D")],
    )
    row = item_of(scored(SIMING, rows), "live_work")
    # January to June 2021; points 6 / 12
    assert (row["quantity"], row["points"]) == (6, 0.5)
    assert entries_of(row["not_counted"])[0]["why"] == "district"


@pytest.mark.parametrize(("born", "eligible"), [("2017-08-31", True), ("2017-09-01", False)])
def test_a_child_is_six_by_31_august(born: str, eligible: bool) -> None:
    result = scored(SIMING, full_child(born=[(None, None, born)]))
    assert result.totals["eligible"][0] == eligible


@pytest.mark.parametrize(
    ("rows", "eligible"),
    [
        ([("2022-11-01", None, None, "D")], True),
        ([("2022-11-02", None, None, "D")], False),
        ([("2022-11-01", "2023-04-30", None, "D")], True),
        ([("2022-11-01", "2023-04-29", None, "D")], False),
        # moved house in the district, without and with one day between
        ([("2022-10-01", "2023-01-31", None, "D"), ("2023-02-01", None, None, "D")], True),
        ([("2022-10-01", "2023-01-31", None, "D"), ("2023-02-02", None, None, "D")], False),
        ([("2022-10-01", "2023-01-31", None, "E"), ("2023-02-01", None, None, "D")], False),
    ],
)
def test_six_months_of_residence_have_no_gap(rows: list[Any], eligible: bool) -> None:
    result = scored(SIMING, full_child(residence=rows))
    rules = result.eligibility.set_index("rule")["met"]
    assert rules["six_months"] == eligible
    assert rules["age_six"]
    assert rules["permit"]


LONGGANG = shipped("longgang-2017", 2017)


@pytest.mark.parametrize(
    ("hukou", "home", "base", "number"),
    [
        ("local", [("home_share", "0.6")], 100, 1),
        ("shenzhen", [("home_share", "1")], 95, 2),
        ("local", [("home_share", "0.5"), ("housing", "special")], 90, 3),
        ("local", [("housing", "rent"), ("no_home_proof", "yes")], 90, 4),
        ("none", [("home_share", "51%")], 80, 5),
        ("local", [("housing", "rent"), ("no_home_proof", "no")], 75, 6),
        ("local", [("housing", "rent")], 75, 6),
        ("shenzhen", [("housing", "rent")], 70, 7),
        ("none", [("housing", "special")], 60, 8),
    ],
)
def test_the_classes_of_longgang(hukou: str, home: list[Any], base: float, number: int) -> None:
    rows = [("a", "hukou", None, None, hukou), *(("a", fact, None, None, v) for fact, v in home)]
    result = scored(LONGGANG, rows, year=2017)
    assert (points_of(result), result.totals["class"][0]) == (base, number)


def test_a_child_of_no_class_has_no_base_and_is_told() -> None:
    result = scored(LONGGANG, [("a", "hukou", None, None, "local")], year=2017)
    assert points_of(result) == 0
    assert result.totals["class"].isna().all()
    assert entries_of(item_of(result, "class")["not_counted"]) == [{"why": "no-class"}]


@pytest.mark.parametrize(
    ("first", "points"),
    # months up to April 2017, the first twelve not: 13 - 12 = 1, 112 - 12 = 100 (the cap), 113
    [("2016-05-01", 0), ("2016-04-01", 0.1), ("2008-02-01", 9.9), ("2008-01-01", 10), ("2007-12-01", 10)],
)
def test_insurance_without_hukou_counts_after_the_first_year(first: str, points: float) -> None:
    rows = [("a", "hukou", None, None, "none"), ("a", "insurance", first)]
    row = item_of(scored(LONGGANG, rows, year=2017), "insurance")
    assert row["points"] == points
    assert {"why": "first-units", "amount": "12", "unit": "months"} in entries_of(row["not_counted"])


def test_extra_points_of_longgang_go_by_hukou_and_birth_policy() -> None:
    rows = [
        ("a", "hukou", None, None, "shenzhen"),
        ("a", "home_share", None, None, "1"),
        ("a", "hukou_time", "2016-05-01"),
        ("a", "insurance", "2010-01-01"),
        ("a", "family_plan", None, None, "settled"),
    ]
    result = scored(LONGGANG, rows, year=2017)
    # 95 + 12 x 0.1 + 0.5; insurance is for those without hukou
    assert points_of(result) == 96.7
    assert item_of(result, "insurance")["points"] == 0
    assert entries_of(item_of(result, "insurance")["not_counted"])[0]["level"] == "value"
