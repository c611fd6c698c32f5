"""What holds on a day: parts that end, planned changes, claims with dates of their own."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from geodata import DataError
from geodata.toml import record_from
from simulate.points.faults import contradictions_of
from simulate.points.files import read_schedule, schedule_path, shipped_schedules
from simulate.points.schedule import Schedule
from simulate.policy import Policy
from simulate.policy_files import policy_path, read_policy, shipped_policies
from tests.simulate.points.scores import HELD, flat, months, raw_schedule
from tests.simulate.town import claim, claims_stage, policy, stage

D = datetime.date
TICKET = ["ticket"]


def law(*stages: dict[str, Any], **categories: dict[str, Any]) -> Policy:
    """Return a policy whose categories may have dates of their own."""
    raw = policy(*stages, household=()).model_dump(by_alias=True)
    for category in raw["category"]:
        category.update(categories.get(category["id"], {}))
    return record_from(raw, Policy, "policy.toml")


def ids(held: Policy) -> list[str]:
    return [one.id for one in held.stage]


def test_a_category_that_has_ended_is_claimed_by_nobody_and_the_policy_reads_back() -> None:
    both = claims_stage("s", claim(["points", "old"], "city", TICKET), mechanism="fill")
    rules = law(both, old={"until": D(2020, 1, 1)})
    before, after = (rules.at(day) for day in (D(2019, 12, 31), D(2020, 1, 1)))
    assert before.stage[0].claims[0].who.categories == ("points", "old")
    assert after.stage[0].claims[0].who.categories == ("points",)
    assert Policy.model_validate_json(after.model_dump_json(by_alias=True)) == after


def test_a_stage_for_a_category_that_has_ended_alone_is_not_there() -> None:
    rules = law(
        stage("a", "old", "city", TICKET),
        stage("b", "points", "city", TICKET),
        old={"until": D(2020, 1, 1)},
    )
    assert ids(rules.at(D(2019, 12, 31))) == ["a", "b"]
    assert ids(rules.at(D(2020, 1, 1))) == ["b"]


def test_a_planned_stage_takes_the_place_of_the_old_one_and_its_place_in_the_order() -> None:
    new = stage("a", "points", "own-zone", TICKET) | {"from": D(2027, 1, 1), "expected": True}
    rules = law(stage("a", "points", "city", TICKET), stage("b", "points", "city", TICKET), new)
    assert [one.claims[0].where.schools for one in rules.at(D(2027, 1, 1)).stage] == ["city", "city"]
    held = rules.at(D(2027, 1, 1), expecting=["a"])
    assert ids(held) == ["a", "b"]
    assert held.stage[0].claims[0].where.schools == "own-zone"


def test_a_planned_stage_that_is_new_stands_where_its_text_stands() -> None:
    new = stage("c", "points", "own-zone", TICKET) | {"expected": True}
    rules = law(stage("a", "points", "city", TICKET), new, stage("b", "points", "city", TICKET))
    assert ids(rules.at(D(2024, 1, 1))) == ["a", "b"]
    assert ids(rules.at(D(2024, 1, 1), expecting=["c"])) == ["a", "c", "b"]


@pytest.mark.parametrize(("day", "match"), [(D(2026, 12, 31), "a planned change that holds on 2026-12-31")])
def test_a_planned_change_that_is_not_due_is_refused_and_not_passed_over(
    day: datetime.date, match: str
) -> None:
    new = stage("a", "points", "own-zone", TICKET) | {"from": D(2027, 1, 1), "expected": True}
    rules = law(stage("a", "points", "city", TICKET), new)
    with pytest.raises(DataError, match="a planned change that holds on 2026-12-31"):
        rules.at(D(2026, 12, 31), expecting=["a"])


def test_a_change_that_nobody_planned_is_refused_with_those_there_are() -> None:
    with pytest.raises(DataError, match="found 'x'; planned changes: –"):
        law(stage("a", "points", "city", TICKET)).at(D(2024, 1, 1), expecting=["x"])


def test_a_claim_holds_from_its_own_day_to_the_day_before_its_end() -> None:
    old = claim("points", "city", TICKET) | {"until": D(2020, 1, 1)}
    new = claim("points", "own-zone", TICKET) | {"from": D(2020, 1, 1)}
    rules = law(claims_stage("s", old, new, mechanism="fill"))
    held = [rules.at(day).stage[0] for day in (D(2019, 12, 31), D(2020, 1, 1))]
    reach = [[one.where.schools for one in there.claims] for there in held]
    assert reach == [["city"], ["own-zone"]]


@pytest.mark.parametrize("name", shipped_policies())
def test_each_shipped_policy_reads_back_as_it_holds_on_each_day_on_which_it_changes(name: str) -> None:
    rules = read_policy(policy_path(name, Path()))
    parts = [*rules.category, *rules.pool, *rules.stage, *(c for s in rules.stage for c in s.claims)]
    days = {part.from_ for part in parts if part.from_} | {part.until for part in parts if part.until}
    whole = 0
    for day in sorted(days):
        try:
            held = rules.at(day)
        except DataError:
            continue  # before everything that belongs together is there
        whole += 1
        assert Policy.model_validate_json(held.model_dump_json(by_alias=True)) == held
    assert whole


@pytest.mark.parametrize("name", shipped_schedules())
def test_each_shipped_schedule_reads_back_with_the_policy_that_carries_it(name: str) -> None:
    schedule = read_schedule(schedule_path(name, Path()))
    held = schedule.at(schedule.item[0].from_)
    rules = policy(stage("s", "points", "city", TICKET)).model_copy(update={"points": held})
    assert Policy.model_validate_json(rules.model_dump_json(by_alias=True)) == rules


def test_a_policy_file_with_a_points_schedule_in_it_is_refused(tmp_path: Path) -> None:
    text = policy_path("haicang-2023", Path()).read_text(encoding="utf-8")
    (tmp_path / "p.toml").write_text(text + '\n[points]\nid = "x"\n', encoding="utf-8")
    with pytest.raises(DataError, match="column points: no points schedule: it is a file of its own"):
        read_policy(tmp_path / "p.toml")


def versions(*facts: dict[str, Any], item: dict[str, Any]) -> Schedule:
    raw = raw_schedule({}, item)
    raw["fact"] = list(facts)
    return record_from(raw, Schedule, "points.toml")


def test_each_version_of_a_fact_is_checked_with_the_items_of_its_time() -> None:
    old = {**HELD, "id": "x", "title": {"zh": "x", "en": "x"}, "kind": "flag", "until": D(2020, 1, 1)}
    new = {**old, "kind": "period", "from": D(2020, 1, 1), "until": None}
    both = versions(old, new, item=months("m", "x"))
    assert ["it has no months to count" in str(one.allowed) for one in contradictions_of(both)] == [True]
    alone = versions({**new, "from": D(2000, 1, 1)}, item=months("m", "x"))
    assert contradictions_of(alone) == []


def test_a_time_that_ends_before_it_begins_is_refused_and_not_met_by_everybody() -> None:
    through = {"from": {"md": "09-01"}, "until": {"md": "08-31"}}
    raw = raw_schedule({"live": "period"}, flat("f", 1, {"fact": "live", "throughout": through}))
    with pytest.raises(DataError, match="until comes before from"):
        record_from(raw, Schedule, "points.toml")


def test_dates_of_which_none_lies_between_are_refused() -> None:
    born = {"fact": "born", "since": {"md": "09-01"}, "by": {"md": "08-31"}}
    with pytest.raises(DataError, match="by comes before since"):
        record_from(raw_schedule({"born": "date"}, flat("f", 1, born)), Schedule, "points.toml")
