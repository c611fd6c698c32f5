"""The scorer against the plain one, and what must hold whatever the schedule and the facts."""

from __future__ import annotations

import datetime
import random
from fractions import Fraction
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.toml import record_from
from simulate.points.faults import contradictions_of
from simulate.points.schedule import Schedule
from simulate.points.scoring import Scored
from tests.simulate.points.plain_points import plain_score
from tests.simulate.points.random_points import cases, fact_rows, raw_schedules
from tests.simulate.points.scores import YEAR, days, months, schedule, scored

Case = tuple[dict[str, Any], list[tuple[Any, ...]], dict[str, str | None]]


def rules_of(raw: dict[str, Any]) -> Schedule:
    rules = record_from(raw, Schedule, "points.toml")
    assert contradictions_of(rules) == []
    return rules.at(datetime.date(YEAR, 8, 31))


def run(case: Case, rows: list[tuple[Any, ...]] | None = None) -> Scored:
    raw, given_rows, homes = case
    rows = given_rows if rows is None else rows
    return scored(rules_of(raw), rows, ids=homes, district=list(homes.values()))


def same(one: Scored, two: Scored) -> None:
    pd.testing.assert_frame_equal(one.totals, two.totals)
    pd.testing.assert_frame_equal(
        one.items.drop(columns="not_counted"), two.items.drop(columns="not_counted")
    )


def plain_rows(rows: list[tuple[Any, ...]], child: str) -> list[dict[str, Any]]:
    names = ("applicant_id", "fact", "from", "until", "value", "district_id")
    texts = [tuple(v.isoformat() if isinstance(v, datetime.date) else v for v in row) for row in rows]
    return [dict(zip(names, row, strict=True)) for row in texts if row[0] == child]


@settings(max_examples=150)
@given(cases())
def test_every_child_has_what_the_plain_scorer_gives(case: Case) -> None:
    raw, rows, homes = case
    result = run(case)
    plain_rules = rules_of(raw).model_dump(mode="json", by_alias=True)
    totals = result.totals.set_index("applicant_id")
    items = result.items.set_index(["applicant_id", "item"])
    for child, home in homes.items():
        wanted = plain_score(plain_rules, plain_rows(rows, child), home, YEAR)
        total = totals.loc[child]
        assert total["points"] == float(wanted["total"])
        assert total["before_maximum"] == float(wanted["before_maximum"])
        assert total["eligible"] == wanted["eligible"]
        for name, one in wanted["items"].items():
            row = items.loc[(child, name)]
            found = (row["quantity"], row["raw_points"], row["points"])
            assert found == tuple(float(one[key]) for key in ("quantity", "raw", "points")), name
        assert totals.get("class", pd.Series(pd.NA, index=totals.index)).fillna(0)[child] == sum(
            one["class"] for one in wanted["items"].values()
        )
        for key, value in wanted["keys"].items():
            found_key = total[key]
            if isinstance(value, Fraction):
                assert found_key == float(value), key
            else:
                assert (None if pd.isna(found_key) else found_key.date()) == value, key


@settings(max_examples=40)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(case: Case, chance: random.Random) -> None:
    shuffled = list(case[1])
    chance.shuffle(shuffled)
    one, two = run(case), run(case, shuffled)
    same(one, two)
    pd.testing.assert_series_equal(one.items["not_counted"], two.items["not_counted"])


@settings(max_examples=40)
@given(cases(), st.data())
def test_a_time_that_is_split_in_two_changes_nothing(case: Case, data: st.DataObject) -> None:
    rows = list(case[1])
    place = data.draw(st.integers(0, len(rows) - 1))
    child, fact, first, last, value, district = rows[place]
    if first is None or last is None or first == last:
        return
    cut = first + datetime.timedelta(data.draw(st.integers(0, (last - first).days - 1)))
    rows[place : place + 1] = [
        (child, fact, first, cut, value, district),
        (child, fact, cut + datetime.timedelta(1), last, value, district),
    ]
    same(run(case), run(case, rows))


@settings(max_examples=40)
@given(cases())
def test_a_row_stated_twice_changes_nothing(case: Case) -> None:
    same(run(case), run(case, [*case[1], case[1][0]]))


@settings(max_examples=40)
@given(cases())
def test_the_items_add_up_to_the_total_before_the_maximum(case: Case) -> None:
    result = run(case)
    sums = result.items.groupby("applicant_id", sort=False)["points"].sum()
    totals = result.totals.set_index("applicant_id")
    assert (sums.round(6) == totals["before_maximum"].round(6)).all()
    full = result.schedule.full_mark
    if full is not None:
        assert (totals["points"] <= full / 10**result.schedule.decimals).all()


@settings(max_examples=40)
@given(cases())
def test_a_child_alone_has_the_points_that_it_has_among_others(case: Case) -> None:
    raw, rows, homes = case
    whole = run(case).totals.set_index("applicant_id")
    for child, home in homes.items():
        alone = run((raw, [row for row in rows if row[0] == child], {child: home}))
        assert alone.totals.set_index("applicant_id").loc[child].equals(whole.loc[child])


@settings(max_examples=40)
@given(fact_rows("a"), fact_rows("a"))
def test_more_time_never_gives_fewer_points(rows: list[Any], more: list[Any]) -> None:
    live = [row for row in rows if row[1] == "live"]
    longer = live + [row for row in more if row[1] == "live"]
    rules = schedule(
        {"live": "period"},
        months("m", {"fact": "live", "district": "own"}, per=12, points=4, cap=9),
        days("d", "live", per=365, points=2),
        months("w", "live", whole_months=True, pro_rata="none", after=2),
    )
    assert scored(rules, live).totals["points"][0] <= scored(rules, longer).totals["points"][0]


@settings(max_examples=40)
@given(raw_schedules())
def test_a_schedule_reads_back_from_its_own_json(raw: dict[str, Any]) -> None:
    rules = rules_of(raw)
    again = Schedule.model_validate_json(rules.model_dump_json(by_alias=True))
    assert again == rules
