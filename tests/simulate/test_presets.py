"""What holds of every shipped policy: sources, no gaps in time, named cases for each stage and date."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from geodata import DataError
from simulate.dated import Sourced
from simulate.policy import Claim, Policy
from simulate.policy_files import policy_path, read_policy, shipped_policies
from tests.cases.runner import all_cases, play_case

POLICIES = {name: read_policy(policy_path(name, Path())) for name in shipped_policies()}
DAY = datetime.timedelta(days=1)
XIAMEN = ("haicang-2023", "huli-2014", "tongan-2023", "xiamen-datongchou", "xiamen-lower-secondary")


def parts(policy: Policy) -> Iterator[Sourced | Claim]:
    yield from (*policy.category, *policy.pool, *policy.stage)
    for stage in policy.stage:
        yield from stage.claims


def changes(policy: Policy) -> list[datetime.date]:
    """Return the days on which something of a policy begins or ends, in order."""
    days = {day for part in parts(policy) for day in (part.from_, part.until) if day is not None}
    return sorted(days)


@pytest.mark.parametrize("name", POLICIES)
def test_every_source_and_reason_says_something(name: str) -> None:
    policy = POLICIES[name]
    assert policy.id == name
    for text in (policy.title.zh, policy.title.en, policy.jurisdiction):
        assert text.strip()
    for part in parts(policy):
        assert part.source is None or part.source.strip()
        if part.assumed:
            assert part.reason is not None
            assert part.reason.zh.strip()
            assert part.reason.en.strip()


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_holds_on_every_day_after_its_first_and_on_none_before(name: str) -> None:
    policy, days = POLICIES[name], changes(POLICIES[name])
    with pytest.raises(DataError, match="no stage holds on"):
        policy.at(days[0] - DAY)
    # nothing changes between two days of change, so each stretch is read on its first and its last day
    for first, after in [*pairwise(days), (days[-1], days[-1] + 365 * DAY)]:
        assert policy.at(first).stage
        assert [s.id for s in policy.at(after - DAY).stage] == [s.id for s in policy.at(first).stage]


@pytest.mark.parametrize("name", POLICIES)
def test_no_day_leaves_a_household_category_without_a_stage(name: str) -> None:
    for day in changes(POLICIES[name]):
        held = POLICIES[name].at(day)
        for category in (one for one in held.category if one.household):
            claims = [c for s in held.stage for c in s.claims if category.id in c.who.categories]
            assert claims, (day, category.id)


@pytest.mark.parametrize("name", XIAMEN)
def test_a_household_category_of_xiamen_ends_in_a_stage_that_places_everybody(name: str) -> None:
    for day in changes(POLICIES[name]):
        held = POLICIES[name].at(day)
        for category in (one for one in held.category if one.household):
            last = [s for s in held.stage for c in s.claims if category.id in c.who.categories][-1]
            assert last.when_full == "over", (day, category.id)


@pytest.mark.parametrize("name", XIAMEN)
def test_each_stage_has_a_named_case_in_which_it_gives_a_place(name: str) -> None:
    gave: set[str] = set()
    for case in all_cases():
        if case.policy == name and "expect" in case.row:
            keys = play_case(case).tables["keys"]
            gave |= set(keys[keys["status"].isin(["placed", "over", "zone"])]["stage"])
    assert gave == {stage.id for stage in POLICIES[name].stage}


@pytest.mark.parametrize("name", XIAMEN)
def test_each_date_has_a_named_case_on_the_day_and_on_the_day_before(name: str) -> None:
    days = {case.on for case in all_cases() if case.policy == name}
    for day in changes(POLICIES[name]):
        assert {day - DAY, day} <= days, day
