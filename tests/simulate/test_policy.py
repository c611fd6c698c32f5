"""Policies: dated, sourced, strict; what is not built is refused by name."""

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
    assert reach == ["own-zone", "own-district", "other-districts"]


def test_every_part_has_a_source_or_says_why_it_is_assumed() -> None:
    policy = read_policy(SHIPPED)
    for part in (*policy.category, *policy.stage):
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
    values["stage"][0]["until"] = datetime.date(2024, 9, 1)
    policy = read(values)
    assert policy.at(datetime.date(2024, 8, 31)).stage[0].id == "favoured"
    assert policy.at(datetime.date(2024, 9, 1)).stage[0].id != "favoured"


def test_a_day_on_which_nothing_holds_is_an_error() -> None:
    with pytest.raises(DataError, match="no stage holds on 1999-01-01"):
        read_policy(SHIPPED).at(datetime.date(1999, 1, 1))


def test_a_stage_that_holds_twice_on_a_day_is_an_error() -> None:
    values = raw()
    values["stage"].append(values["stage"][0])
    with pytest.raises(DataError, match="favoured hold twice"):
        read(values).at(datetime.date(2024, 8, 31))


def test_a_stage_without_a_source_is_refused() -> None:
    values = raw()
    del values["stage"][1]["source"]
    with pytest.raises(DataError, match=r"stage.1.*either a source, or assumed = true"):
        read(values)


def test_an_assumption_without_a_reason_is_refused() -> None:
    values = raw()
    del values["stage"][0]["reason"]
    with pytest.raises(DataError, match=r"stage.0.*needs a reason"):
        read(values)


def test_until_before_from_is_refused() -> None:
    values = raw()
    values["stage"][0]["until"] = datetime.date(2000, 1, 1)
    with pytest.raises(DataError, match="until must come after from"):
        read(values)


def test_an_order_without_a_ticket_at_its_end_is_refused() -> None:
    values = raw()
    values["stage"][4]["claims"][0]["order"] = ["points desc"]
    with pytest.raises(DataError, match='ends with "ticket"'):
        read(values)


def test_an_unknown_key_of_an_order_is_refused_with_those_allowed() -> None:
    values = raw()
    values["stage"][4]["claims"][0]["order"] = ["height desc", "ticket"]
    with pytest.raises(DataError, match=r"'height desc' is no key; allowed: points, home"):
        read(values)


def test_a_key_without_a_direction_is_refused() -> None:
    values = raw()
    values["stage"][4]["claims"][0]["order"] = ["points", "ticket"]
    with pytest.raises(DataError, match="each with asc or desc"):
        read(values)


def test_a_category_that_is_not_declared_is_refused() -> None:
    values = raw()
    values["stage"][0]["claims"][0]["who"]["category"] = "princes"
    with pytest.raises(DataError, match="stage favoured: unknown category princes"):
        read(values)


def test_a_category_declared_twice_is_refused() -> None:
    values = raw()
    values["category"].append(values["category"][0])
    with pytest.raises(DataError, match="favoured stands twice"):
        read(values)


def test_an_unknown_pool_is_refused() -> None:
    values = raw()
    values["stage"][0]["claims"][0]["pool"] = "secret"
    with pytest.raises(DataError, match="stage favoured: unknown pool secret"):
        read(values)


def test_choose_belongs_to_serial_dictatorship_alone() -> None:
    values = raw()
    values["stage"][1]["mechanism"] = {"name": "fill", "choose": "nearest"}
    with pytest.raises(DataError, match="belongs to serial-dictatorship alone"):
        read(values)


def test_several_faults_are_shown_together() -> None:
    values = raw()
    values["stage"][0]["clams"] = []
    values["levl"] = "primary"
    with pytest.raises(DataError) as caught:
        read(values)
    assert len(caught.value.faults) == 2
    assert "did you mean claims?" in str(caught.value)
    assert "did you mean level?" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"mechanism": "deferred-acceptance"}, "the mechanism deferred-acceptance"),
        ({"gives": "zone"}, "gives a zone"),
        ({"districts": ["350203"]}, "some districts only"),
        ({"ties": "all-over"}, "over the intake"),
        ({"twins": "together"}, "twins placed together"),
        ({"mechanism": {"name": "parallel", "bands": [2, 2]}}, "bands of choices"),
        ({"mechanism": "random-seats", "when_full": "over"}, "random seats over the intake"),
    ],
)
def test_what_a_stage_asks_for_and_is_not_built_is_named(change: dict[str, Any], named: str) -> None:
    values = raw()
    values["stage"][1].update(change)
    assert any(named in str(what) for what in unbuilt(read(values).stage[1]))


@pytest.mark.parametrize(
    ("part", "change", "named"),
    [
        ("who", {"rank": {"order": ["points desc", "ticket"], "at_most": 10}}, "a gate by rank"),
        ("who", {"status": "late"}, "came late"),
        ("where", {"schools": "fed"}, "where = fed"),
        ("where", {"within_m": 3000}, "a greatest distance"),
        ("where", {"list": 2}, "a second list"),
        ("where", {"schools": "own-district"}, "fill outside the own zone"),
    ],
)
def test_what_a_claim_asks_for_and_is_not_built_is_named(
    part: str, change: dict[str, Any], named: str
) -> None:
    values = raw()
    values["stage"][1]["claims"][0][part].update(change)
    assert any(named in str(what) for what in unbuilt(read(values).stage[1]))


def test_several_claims_and_keys_of_the_pair_are_not_built() -> None:
    values = raw()
    claim = values["stage"][4]["claims"][0]
    claim["order"] = ["distance asc", "ticket"]
    values["stage"][4]["claims"] = [claim, claim]
    named = [str(what) for what in unbuilt(read(values).stage[4])]
    assert named == ["several claims in one stage", "the key distance of the pair"]


def test_a_policy_that_asks_for_what_is_not_built_is_refused_whole(tmp_path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8").replace('mechanism = "fill"', 'mechanism = "least-travel"')
    (tmp_path / "policy.toml").write_text(text, encoding="utf-8")
    with pytest.raises(
        DataError, match="stage household-single: not built yet: the mechanism least-travel"
    ):
        read_policy(tmp_path / "policy.toml")


def test_pools_are_not_built(tmp_path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    pool = '\n[[pool]]\nid = "late"\ntitle = { zh = "迟", en = "late" }\nprecedence = 1\n'
    pool += 'from = 2020-01-01\nsource = "x"\n'
    (tmp_path / "policy.toml").write_text(text + pool, encoding="utf-8")
    with pytest.raises(DataError, match="not built yet: pools other than the open one"):
        read_policy(tmp_path / "policy.toml")


def test_a_name_that_is_not_shipped_is_refused_with_those_that_are() -> None:
    with pytest.raises(DataError, match=r"found 'atlantis'.*xiamen-datongchou"):
        policy_path("atlantis", Path())


def test_an_unknown_stage_is_named_with_those_there_are() -> None:
    with pytest.raises(DataError, match="stages: favoured, household-single"):
        read_policy(SHIPPED).stage_index("last")
