"""Policies: dated, sourced, strict; what they cannot mean is refused by name."""

from __future__ import annotations

import datetime
import tomllib
from pathlib import Path
from typing import Any

import pytest

from geodata import DataError
from geodata.toml import record_from
from simulate.policy import Policy
from simulate.policy_files import policy_path, read_policy, shipped_policies

SHIPPED = policy_path("xiamen-datongchou", Path())


def raw() -> dict[str, Any]:
    """Return the shipped policy as plain values, to be broken in one place."""
    return tomllib.loads(SHIPPED.read_text(encoding="utf-8"))


def stage_of(values: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the stage of a name, to be broken."""
    (one,) = [stage for stage in values["stage"] if stage["id"] == name]
    found: dict[str, Any] = one
    return found


def read(values: dict[str, Any]) -> Policy:
    return record_from(values, Policy, "policy.toml")


def test_the_shipped_policies_read() -> None:
    assert "xiamen-datongchou" in shipped_policies()
    for name in shipped_policies():
        read_policy(policy_path(name, Path()))


def test_the_stages_are_those_of_the_letter_in_widening_reach() -> None:
    stages = read_policy(SHIPPED).stage
    reach = [
        stage.claims[0].where.schools for stage in stages if stage.id.startswith(("points", "dist", "mun"))
    ]
    assert reach == ["own-zone", "own-district", "own-district", "own-district", "other-districts"]


def test_every_part_has_a_source_or_says_why_it_is_assumed() -> None:
    policy = read_policy(SHIPPED)
    for part in (*policy.category, *policy.pool, *policy.stage):
        assert (part.source is not None) != part.assumed
        assert part.source or part.reason


def test_the_letter_gives_no_order_so_both_coordination_stages_are_assumed() -> None:
    policy = read_policy(SHIPPED)
    assert [s.assumed for s in policy.stage if s.id.endswith("coordination")] == [True, True]


def test_a_policy_on_a_day_has_what_holds_then() -> None:
    policy = read_policy(SHIPPED)
    # the letter is of 15 April 2024: the day before, there is no coordination yet
    before = policy.at(datetime.date(2024, 4, 14))
    on_the_day = policy.at(datetime.date(2024, 4, 15))
    assert "district-coordination" not in [s.id for s in before.stage]
    assert "district-coordination" in [s.id for s in on_the_day.stage]


def test_until_is_the_first_day_on_which_a_part_no_longer_holds() -> None:
    values = raw()
    stage_of(values, "favoured")["until"] = datetime.date(2024, 9, 1)
    policy = read(values)
    assert "favoured" in [stage.id for stage in policy.at(datetime.date(2024, 8, 31)).stage]
    # its children still have the stages of the household overflow
    values["pool"][0]["release_after"] = "household-single"
    after = read(values).at(datetime.date(2024, 9, 1))
    assert "favoured" not in [stage.id for stage in after.stage]


def test_a_day_on_which_nothing_holds_is_an_error() -> None:
    with pytest.raises(DataError, match="no stage holds on 1999-01-01"):
        read_policy(SHIPPED).at(datetime.date(1999, 1, 1))


def test_a_stage_that_holds_twice_on_a_day_is_an_error() -> None:
    values = raw()
    values["stage"].append(stage_of(values, "favoured"))
    with pytest.raises(DataError, match="favoured stands twice on 2022-01-01"):
        read(values)


def test_a_stage_without_a_source_is_refused() -> None:
    values = raw()
    del stage_of(values, "household-single")["source"]
    with pytest.raises(DataError, match=r"stage.2.*either a source, or assumed = true"):
        read(values)


def test_an_assumption_without_a_reason_is_refused() -> None:
    values = raw()
    del stage_of(values, "favoured")["reason"]
    with pytest.raises(DataError, match=r"stage.1.*needs a reason"):
        read(values)


def test_until_before_from_is_refused() -> None:
    values = raw()
    stage_of(values, "favoured")["until"] = datetime.date(2000, 1, 1)
    with pytest.raises(DataError, match="until must come after from"):
        read(values)


def test_an_order_without_a_ticket_at_its_end_is_refused() -> None:
    values = raw()
    stage_of(values, "points-zone")["claims"][0]["order"] = ["points desc"]
    with pytest.raises(DataError, match='ends with "ticket"'):
        read(values)


def test_an_unknown_key_of_an_order_is_refused_with_those_allowed() -> None:
    values = raw()
    stage_of(values, "points-zone")["claims"][0]["order"] = ["height desc", "ticket"]
    with pytest.raises(DataError, match=r"'height desc' is no key; allowed: points, home"):
        read(values)


def test_a_key_without_a_direction_is_refused() -> None:
    values = raw()
    stage_of(values, "points-zone")["claims"][0]["order"] = ["points", "ticket"]
    with pytest.raises(DataError, match="each with asc or desc"):
        read(values)


def test_a_category_that_is_not_declared_is_refused() -> None:
    values = raw()
    stage_of(values, "favoured")["claims"][0]["who"]["category"] = "princes"
    with pytest.raises(DataError, match="stage favoured: unknown category princes"):
        read(values)


def test_a_category_declared_twice_is_refused() -> None:
    values = raw()
    values["category"].append(values["category"][1])
    with pytest.raises(DataError, match="favoured stands twice"):
        read(values)


def test_an_unknown_pool_is_refused() -> None:
    values = raw()
    stage_of(values, "favoured")["claims"][0]["pool"] = "secret"
    with pytest.raises(DataError, match="stage favoured: unknown pool secret"):
        read(values)


def test_several_faults_are_shown_together() -> None:
    values = raw()
    stage_of(values, "favoured")["clams"] = []
    values["levl"] = "primary"
    with pytest.raises(DataError) as caught:
        read(values)
    assert len(caught.value.faults) == 2
    assert "did you mean claims?" in str(caught.value)
    assert "did you mean level?" in str(caught.value)


def with_pool(**values: Any) -> dict[str, Any]:
    """Return the shipped policy with one more pool, the last."""
    policy = raw()
    pool = {"id": "late", "title": {"zh": "迟", "en": "late"}, "precedence": 1, "source": "x"}
    policy["pool"].append({**pool, "from": datetime.date(2020, 1, 1), **values})
    return policy


def test_a_pool_is_read_and_its_end_is_a_stage_of_the_policy() -> None:
    assert read(with_pool(release_after="favoured")).pool[-1].release_after == "favoured"
    with pytest.raises(DataError, match="pool late: release_after names no stage: nine"):
        read(with_pool(release_after="nine"))


def test_the_open_pool_is_not_declared() -> None:
    with pytest.raises(DataError, match="the pool open is always there, with precedence 0: take it out"):
        read(with_pool(id="open"))


def test_a_pool_declared_twice_is_refused() -> None:
    values = with_pool()
    values["pool"].append(values["pool"][-1])
    with pytest.raises(DataError, match="late stands twice"):
        read(values)


def test_a_pool_that_has_ended_while_a_stage_uses_it_is_an_error() -> None:
    values = with_pool(until=datetime.date(2024, 9, 1))
    stage_of(values, "favoured")["claims"][0]["pool"] = ["open", "late"]
    policy = read(values)
    assert policy.at(datetime.date(2024, 8, 31)).pool
    with pytest.raises(DataError, match="uses the pool late, which does not hold on 2024-09-01"):
        policy.at(datetime.date(2024, 9, 1))
    stage_of(values, "favoured")["claims"][0]["pool"] = "open"
    assert [pool.id for pool in read(values).at(datetime.date(2024, 9, 1)).pool] == ["favoured"]


def test_a_category_that_no_stage_is_for_is_an_error() -> None:
    values = raw()
    values["category"].append({**values["category"][0], "id": "orphans"})
    with pytest.raises(DataError, match="no stage on 2024-08-31 is for the category orphans"):
        read(values).at(datetime.date(2024, 8, 31))


def test_a_category_of_the_children_that_the_policy_does_not_have_is_refused() -> None:
    policy = read_policy(SHIPPED)
    policy.check_categories({"points"}, "applicants")
    with pytest.raises(
        DataError, match=r"applicants, column category: found 'prince, queen'; categories of"
    ):
        policy.check_categories({"points", "queen", "prince"}, "applicants")


@pytest.mark.parametrize(
    ("mechanism", "match"),
    [
        ("serial-dictatorship", 'serial-dictatorship wants choose = "choices" or "nearest"'),
        ({"name": "fill", "choose": "nearest"}, "fill does not choose: leave choose out"),
        ({"name": "random-seats", "choose": "choices"}, "random-seats does not choose"),
        ({"name": "least-travel", "choose": "nearest"}, "least-travel does not choose"),
        ("parallel", "parallel wants either bands or e"),
        ({"name": "parallel", "e": 2, "bands": [2]}, "parallel wants either bands or e"),
        ({"name": "immediate-acceptance", "e": 2}, "bands and e belong to parallel alone"),
        ({"name": "deferred-acceptance", "bands": [1]}, "bands and e belong to parallel alone"),
        ({"name": "parallel", "e": 0}, "greater than or equal to 1"),
        ({"name": "parallel", "bands": []}, "at least 1 item"),
        ({"name": "parallel", "bands": [2, 0]}, "greater than or equal to 1"),
        ("boston", "'boston'"),
    ],
    ids=str,
)
def test_a_mechanism_has_its_own_options_and_no_others(mechanism: Any, match: str) -> None:
    values = raw()
    stage_of(values, "household-single")["mechanism"] = mechanism
    with pytest.raises(DataError, match=match):
        read(values)


@pytest.mark.parametrize(
    ("where", "match"),
    [
        (
            {"schools": "city", "within_m": 3000},
            r'within_m and past_it = "last" or "never" belong together',
        ),
        (
            {"schools": "city", "past_it": "last"},
            r'within_m and past_it = "last" or "never" belong together',
        ),
        ({"schools": "city", "list": 0}, "greater than or equal to 1"),
        ({"schools": "moon"}, "'own-zone'"),
        ({"schools": "city", "kinds": ["boarding"]}, "'purchased-private'"),
    ],
    ids=str,
)
def test_a_reach_is_stated_whole(where: dict[str, Any], match: str) -> None:
    values = raw()
    stage_of(values, "household-single")["claims"][0]["where"] = where
    with pytest.raises(DataError, match=match):
        read(values)


@pytest.mark.parametrize(
    ("order", "match"),
    [
        (["points desc"], 'an order ends with "ticket"'),
        (
            ["distance asc", "ticket"],
            r"'distance asc' is no key; allowed: points, home, [a-z_, ]*settled_on, item:…, each",
        ),
        (["points desc", "points asc", "ticket"], "points stands twice"),
    ],
)
def test_a_gate_goes_by_keys_of_the_child(order: list[str], match: str) -> None:
    values = raw()
    stage_of(values, "household-single")["claims"][0]["who"]["rank"] = {"order": order, "at_most": 5}
    with pytest.raises(DataError, match=match):
        read(values)


def test_a_key_stands_once_in_an_order() -> None:
    values = raw()
    stage_of(values, "points-zone")["claims"][0]["order"] = [
        "points desc",
        "home desc",
        "points asc",
        "ticket",
    ]
    with pytest.raises(DataError, match="points stands twice"):
        read(values)


def test_a_stage_has_no_more_claims_than_a_machine_word_has_room_for() -> None:
    values = raw()
    stage_of(values, "favoured")["claims"] *= 40
    assert len(read(values).stage[1].claims) == 40
    stage_of(values, "favoured")["claims"] *= 2
    with pytest.raises(DataError, match=r"stage\.1\.claims"):
        read(values)


def test_a_policy_that_contradicts_itself_is_refused_whole(tmp_path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    text = text.replace('mechanism = "fill"', 'mechanism = "random-seats"\nwhen_full = "over"')
    (tmp_path / "policy.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"column stage household-single: random-seats gives what there is"):
        read_policy(tmp_path / "policy.toml")


def test_a_name_that_is_not_shipped_is_refused_with_those_that_are() -> None:
    with pytest.raises(DataError, match=r"found 'atlantis'.*xiamen-datongchou"):
        policy_path("atlantis", Path())


def test_an_unknown_stage_is_named_with_those_there_are() -> None:
    with pytest.raises(DataError, match="stages: special-needs, favoured, household-single"):
        read_policy(SHIPPED).stage_index("last")
