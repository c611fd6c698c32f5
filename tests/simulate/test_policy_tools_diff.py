"""`xuequ policy diff`: nothing between a policy and itself, and exactly what was changed."""

from __future__ import annotations

import copy
import datetime
import random
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.messages import speaker
from geodata.toml import record_from
from simulate.points.files import read_schedule, schedule_path, shipped_schedules
from simulate.policy import Policy
from simulate.policy_files import policy_path, read_policy, shipped_policies
from simulate.policy_tools.comparing import differences
from simulate.policy_tools.telling import line, told, verdict
from tests.simulate.policy_parts import SOUND, STAGE

EN = speaker("en")


def read(text: str) -> Policy:
    return of(tomllib.loads(text))


def of(values: dict[str, Any]) -> Policy:
    return record_from(values, Policy, "policy.toml")


def lines(one: Policy, two: Policy) -> list[str]:
    return [line(change, one, two, EN) for change in differences(one, two)]


@pytest.mark.parametrize("name", shipped_policies())
def test_a_policy_does_not_differ_from_itself(name: str) -> None:
    policy = read_policy(policy_path(name, Path()))
    assert differences(policy, policy.model_copy(deep=True)) == ()
    assert str(verdict((), whole=True)) == "No difference."


@pytest.mark.parametrize("name", shipped_schedules())
def test_a_schedule_does_not_differ_from_itself(name: str) -> None:
    schedule = read_schedule(schedule_path(name, Path()))
    assert differences(schedule, schedule.model_copy(deep=True)) == ()


TITLES = {"zh": "另", "en": "other"}
EDITS: dict[str, tuple[Any, ...]] = {
    # what is changed: where, the new value, the class
    "title": (("title",), TITLES, "names"),
    "note": (("note",), TITLES, "names"),
    "level": (("level",), "lower-secondary", "rules"),
    "category title": (("category", 0, "title"), TITLES, "names"),
    "household": (("category", 1, "household"), True, "rules"),
    "category from": (("category", 1, "from"), datetime.date(2019, 3, 1), "dates"),
    "precedence": (("pool", 0, "precedence"), 3, "rules"),
    "release": (("pool", 0, "release_after"), "city", "rules"),
    "source": (("stage", 1, "source"), "another document", "sources"),
    "reason": (("stage", 1, "reason"), TITLES, "sources"),
    "until": (("stage", 1, "until"), datetime.date(2031, 1, 1), "dates"),
    "planned": (("stage", 2, "expected"), True, "dates"),
    "when full": (("stage", 1, "when_full"), "next", "rules"),
    "mechanism": (("stage", 2, "mechanism"), "fill", "rules"),
    "coordination": (("stage", 2, "coordination"), "city", "rules"),
    "given up": (("stage", 2, "given_up"), "lapse", "rules"),
    "districts": (("stage", 2, "districts"), ["D", "E"], "rules"),
    "category of a claim": (("stage", 1, "claims", 0, "who", "category"), "points", "rules"),
    "status": (("stage", 1, "claims", 0, "who", "status"), ["waiting", "late"], "rules"),
    "consents": (("stage", 2, "claims", 0, "who", "consents"), "district", "rules"),
    "zone": (("stage", 1, "claims", 0, "who", "zone"), "multi-school", "rules"),
    "rank": (("stage", 1, "claims", 0, "who", "rank"), {"order": ["ticket"], "at_most": 5}, "rules"),
    "schools": (("stage", 1, "claims", 0, "where", "schools"), "city", "rules"),
    "list": (("stage", 0, "claims", 0, "where", "list"), 2, "rules"),
    "kinds": (("stage", 1, "claims", 0, "where", "kinds"), ["public"], "rules"),
    "order": (("stage", 2, "claims", 0, "order"), ["points desc", "home desc", "ticket"], "rules"),
    "pools": (("stage", 0, "claims", 0, "pool"), ["kept"], "rules"),
    "guaranteed": (("stage", 1, "claims", 0, "guaranteed"), True, "rules"),
    "claim until": (("stage", 1, "claims", 0, "until"), datetime.date(2030, 1, 1), "dates"),
    "claim source": (("stage", 1, "claims", 0, "source"), "clause 9", "sources"),
}


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """Return the sound policy with one value set."""
    values = tomllib.loads(SOUND)
    here: Any = values
    for key in path[:-1]:
        here = here[key]
    here[path[-1]] = copy.deepcopy(value)
    return values


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_one_change_is_found_alone_and_told_in_two_different_words(name: str, lang: Any) -> None:
    path, value, kind = EDITS[name]
    one, two = read(SOUND), of(changed(path, value))
    [change] = differences(one, two)
    assert change.of == kind
    named = [key.removesuffix("_") for key in (*change.part[:1], *change.field) if not key.isdecimal()]
    assert named == [key for key in path if isinstance(key, str)]
    [back] = differences(two, one)
    assert (back.before, back.after) == (change.after, change.before)
    said = line(change, one, two, speaker(lang))
    if " → " in said:
        before, _, after = said.partition(" → ")
        assert not before.endswith(after)
    [(heading, inside)] = told((change,), one, two, speaker(lang))
    assert heading
    assert inside == [said]


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(sorted(EDITS)), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_every_change_of_several_is_found_and_nothing_else(names: set[str], rng: random.Random) -> None:
    one, values = read(SOUND), tomllib.loads(SOUND)
    order = sorted(names)
    rng.shuffle(order)
    for name in order:
        path, value, _ = EDITS[name]
        here: Any = values
        for key in path[:-1]:
            here = here[key]
        here[path[-1]] = copy.deepcopy(value)
    changes = differences(one, of(values))
    assert len(changes) == len(names)
    assert sorted(change.of for change in changes) == sorted(EDITS[name][2] for name in names)


def test_a_stage_that_came_is_told_whole_and_one_that_went_too() -> None:
    one, two = read(SOUND), read(SOUND + STAGE)
    [came] = lines(one, two)
    assert came.startswith(
        "stage more (more): added: who: points; where: the whole city; order: ticket; mech"
    )
    assert came.endswith("it holds from 2020-01-01 on")
    [went] = lines(two, one)
    assert went.startswith("stage more (more): removed: ")


def test_another_order_of_stages_is_a_change_of_rules_and_of_categories_none() -> None:
    values = tomllib.loads(SOUND)
    values["category"].reverse()
    assert differences(read(SOUND), of(values)) == ()
    values["stage"][1:] = reversed(values["stage"][1:])
    [said] = lines(read(SOUND), of(values))
    assert said == "stage: another order: zone, district, city → zone, city, district"


def test_a_claim_that_came_first_is_not_a_change_of_all_that_follow() -> None:
    values = tomllib.loads(SOUND)
    first = {"who": {"category": "points"}, "where": {"schools": "fed"}, "order": ["ticket"]}
    values["stage"][1]["claims"].insert(0, first)
    [change] = differences(read(SOUND), of(values))
    assert (change.what, change.field) == ("added", ("claims", "1"))
    [said] = lines(read(SOUND), of(values))
    assert said.startswith("stage district (district), claim 1: added: who: points; where: the school that")
    [back] = differences(of(values), read(SOUND))
    assert (back.what, back.field) == ("removed", ("claims", "1"))


def test_one_category_alone_or_in_a_list_is_the_same() -> None:
    assert differences(read(SOUND), of(changed(EDITS["category of a claim"][0], ["household"]))) == ()


def test_a_new_version_of_a_stage_is_told_with_its_days() -> None:
    values = tomllib.loads(SOUND)
    old = copy.deepcopy(values["stage"][2])
    values["stage"][2]["until"] = datetime.date(2024, 1, 1)
    values["stage"].append({**old, "from": datetime.date(2024, 1, 1), "when_full": "next"})
    found = lines(read(SOUND), of(values))
    assert found[0] == "stage city (city), until: added: 2024-01-01"
    assert found[1].startswith("stage city (city): added: ")
    assert found[1].endswith("it holds from 2024-01-01 on")
    assert len(found) == 2


def test_planned_changes_are_compared_with_planned_ones() -> None:
    values = tomllib.loads(SOUND)
    planned = {**values["stage"][2], "from": datetime.date(2027, 1, 1), "expected": True}
    values["stage"].append(planned)
    one = of(values)
    values["stage"][3] = {**planned, "when_full": "next"}
    [change] = differences(one, of(values))
    assert change.field == ("when_full",)


@pytest.mark.parametrize(
    ("names", "whole", "words"),
    [
        (["when full", "source"], True, "The rules differ."),
        (["source", "title"], True, "The rules are the same; only sources or names differ."),
        (["until"], True, "The rules are the same, but they hold on other days."),
        (["until"], False, "The rules are the same; the dates of their versions differ."),
    ],
)
def test_it_is_said_plainly_whether_the_rules_differ(names: list[str], whole: bool, words: str) -> None:
    changes = [
        change for name in names for change in differences(read(SOUND), of(changed(*EDITS[name][:2])))
    ]
    assert str(verdict(tuple(changes), whole=whole)) == words


def test_rules_come_first_and_sources_stand_apart() -> None:
    values = changed(*EDITS["source"][:2])
    values["stage"][1]["when_full"] = "next"
    one, two = read(SOUND), of(values)
    headings = [heading for heading, _ in told(differences(one, two), one, two, EN)]
    assert headings == ["Rules", "Sources and assumptions"]


def test_schedules_are_compared_item_by_item() -> None:
    path = schedule_path("siming-2023", Path())
    one = read_schedule(path)
    item = one.item[0]
    two = one.model_copy(update={"item": [item.model_copy(update={"cap": None}), *one.item[1:]]})
    [change] = differences(one, two)
    assert change.part == ("item", item.id)
    assert "cap" in line(change, one, two, EN)


def test_a_policy_and_a_schedule_are_not_compared() -> None:
    with pytest.raises(TypeError, match="Policy and Schedule cannot be compared"):
        differences(read(SOUND), read_schedule(schedule_path("siming-2023", Path())))
