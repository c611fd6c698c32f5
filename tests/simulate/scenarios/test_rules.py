"""Rules: another policy, another day, stages left out and changed, ways to coordinate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from geodata import read_city
from simulate.app import policy_of
from simulate.building import build_world
from simulate.coordination.applying import variant_policy, with_held
from simulate.coordination.variant import read_variants
from simulate.policy_files import policy_path
from simulate.scenarios import applied_scenario
from tests.simulate.scenarios.trying import Base, placements, scenario_of, tiny
from tests.tiny import applicants_of

STAGE = 'do = "stage-change"\nstage = "municipal-coordination"\n'


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return tiny(tmp_path_factory.mktemp("tiny"))


def stages(base: Base, *changes: str) -> list[str]:
    return [stage.id for stage in base.applied(*changes).policy.stage]


def test_a_stage_that_is_off_is_left_out_and_the_rest_stays(city: Base) -> None:
    applied = city.applied('do = "stage-off"\nstages = ["municipal-coordination"]')
    left = [stage for stage in city.policy.stage if stage.id != "municipal-coordination"]
    assert applied.policy.stage == left
    assert applied.policy.id == "xiamen-datongchou-tried"
    assert applied.policy.title.zh.endswith("（试）")
    assert applied.city.tables == city.city.tables
    assert len(placements(applied.city, applied.policy)) == len(placements(city.city, city.policy))


def test_a_stage_change_is_read_again_as_a_whole_and_has_the_origin_of_the_scenario(city: Base) -> None:
    applied = city.applied(STAGE + 'set = { when_full = "over" }')
    stage = applied.policy.stage[-1]
    assert (stage.when_full, stage.assumed, stage.reason.en) == ("over", True, "a test")
    sourced = city.applied(STAGE + 'set = { when_full = "over" }\nsource = "厦教〔2025〕1号"')
    assert (sourced.policy.stage[-1].source, sourced.policy.stage[-1].assumed) == ("厦教〔2025〕1号", False)
    own = city.applied(STAGE + 'set = { when_full = "over" }\nreason = { zh = "因", en = "because" }')
    assert own.policy.stage[-1].reason.en == "because"


def test_one_claim_is_changed_and_keeps_what_is_not_said(city: Base) -> None:
    applied = city.applied(
        STAGE + 'claim = 1\nset = { who = { consents = "district" }, order = ["ticket"] }'
    )
    claim = applied.policy.stage[-1].claims[0]
    assert (claim.who.category, claim.who.consents, claim.order) == ("points", "district", ["ticket"])


@pytest.mark.parametrize(
    ("change", "column", "words"),
    [
        ('do = "stage-off"\nstages = ["municipal"]', "stages", "stages: special-needs"),
        (
            STAGE.replace("municipal-", "city-") + "set = { assumed = true }",
            "stage",
            "stages: special-needs",
        ),
        (STAGE + "set = { when_fill = 1 }", "set.when_fill", "unknown key; allowed: "),
        (STAGE + 'set = { when_full = "never" }', "set.when_full", "allowed: "),
        (STAGE + "claim = 4\nset = { guaranteed = true }", "claim", "counted from 1: it has 1"),
        (
            STAGE + 'set = { mechanism = { name = "random-seats" } }',
            "set",
            "random-seats draws the seats of a zone",
        ),
        (STAGE + 'claim = 1\nset = { who = { category = "nobody" } }', None, "unknown category nobody"),
        (STAGE + 'claim = 1\nset = { pool = "nowhere" }', None, "unknown pool nowhere"),
        (
            STAGE + 'claim = 1\nset = { who = { zone = ["Z7"] } }',
            "stage municipal-coordination",
            "zones of the table",
        ),
        (
            'do = "stage-off"\nstages = ["collective", "collective-overflow"]',
            None,
            "no stage on 2024-08-31 is for",
        ),
        ('do = "stage-off"\nstages = ["favoured"]', None, "release_after names no stage"),
        ('do = "coordination"\nvariant = "nearst"', "variant", "variants: base, nearest"),
        ('do = "policy"\npolicy = "xiamen"', "project.policy", "a shipped policy"),
        ('do = "policy"\npolicy = "xiamen-lower-secondary"', "policy", "is for lower-secondary"),
        ('do = "policy"\npoints = "none"', "project.points", "a shipped points schedule"),
        ('do = "policy-date"\non = 1999-01-01', None, "no stage holds on 1999-01-01"),
        ('do = "expecting"\nids = ["something"]', "expecting", "planned changes"),
    ],
)
def test_rules_that_cannot_be(city: Base, change: str, column: str | None, words: str) -> None:
    faults = city.faults(change)
    assert words in str(faults[0].allowed)
    assert (faults[0].file, faults[0].row) in (("tried.toml", 1), ("tried.toml", None))
    assert column is None or faults[0].column == column


def test_every_stage_cannot_be_off(city: Base) -> None:
    all_ = ", ".join(f'"{stage.id}"' for stage in city.policy.stage)
    assert "at least one stage stays" in str(city.faults(f'do = "stage-off"\nstages = [{all_}]')[0].allowed)


def test_rows_that_name_a_stage_keep_it(tmp_path: Path) -> None:
    answers = "applicant_id,after_stage,answer\nA1,points-zone,declined\n"
    changes = applicants_of("applicant_id,category,unit_id\nA1,points,U1\n")
    declared = changes["xuequ"][1].replace(
        "[children]", '[tables.answers]\npath = "answers.csv"\n\n[children]'
    )
    base = tiny(tmp_path, answers=answers, **{**changes, "xuequ": ("[children]", declared)})
    fault = base.fault('do = "stage-off"\nstages = ["points-zone"]')
    assert (fault.row, fault.found) == (1, "points-zone")
    assert "rows of the table answers name it" in str(fault.allowed)


def test_the_rules_of_another_day_are_those_that_the_project_would_have_then(
    city: Base, tmp_path: Path
) -> None:
    applied = city.applied('do = "policy-date"\non = 2023-06-01')
    other = tiny(tmp_path, xuequ=("year = 2024", "year = 2024\non = 2023-06-01"))
    assert applied.policy == other.policy
    assert "municipal-coordination" not in {stage.id for stage in applied.policy.stage}
    assert applied.city.project.project.date == city.city.project.project.date


def test_another_policy_is_read_as_the_project_would_read_it(tmp_path: Path) -> None:
    text = policy_path("xiamen-datongchou", Path()).read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(
        text.replace('id = "xiamen-datongchou"', 'id = "mine"'), encoding="utf-8"
    )
    base = tiny(tmp_path)
    applied = base.applied('do = "policy"\npolicy = "mine.toml"')
    assert applied.policy.id == "mine"
    assert applied.policy.stage == base.policy.stage
    assert applied.city["demand"] is base.city["demand"]
    assert "scenario: mine.toml" in applied.city.hashes


def test_an_unreadable_policy_is_a_fault_in_its_own_file(tmp_path: Path) -> None:
    base = tiny(tmp_path)
    (tmp_path / "mine.toml").write_text('id = "mine"\nwhat = 1\n', encoding="utf-8")
    faults = base.faults('do = "policy"\npolicy = "mine.toml"')
    assert {fault.file for fault in faults} == {"mine.toml"}
    assert any("unknown key" in str(fault.allowed) for fault in faults)


def test_points_come_with_the_schedule_that_a_scenario_names(city: Base) -> None:
    applied = city.applied('do = "policy"\npoints = "siming-2023"')
    assert city.policy.points is None
    assert applied.policy.points is not None
    assert applied.policy.points.id == "siming-2023"
    assert applied.policy.stage == city.policy.stage


def test_planned_changes_are_applied_when_they_are_asked_for(tmp_path: Path) -> None:
    text = policy_path("xiamen-datongchou", Path()).read_text(encoding="utf-8")
    planned = (
        '\n[[stage]]\nid = "extra"\ntitle = { zh = "加", en = "more" }\nfrom = 2024-01-01\n'
        'expected = true\nassumed = true\nreason = { zh = "试", en = "test" }\n'
        'mechanism = { name = "serial-dictatorship", choose = "nearest" }\n'
        'claims = [{ who = { category = "points" }, where = { schools = "own-zone" }, '
        'order = ["ticket"] }]\n'
    )
    folder = tmp_path / "city"
    folder.mkdir()
    (folder / "mine.toml").write_text(text + planned, encoding="utf-8")
    base = tiny(tmp_path, xuequ=('policy = "xiamen-datongchou"', 'policy = "mine.toml"'))
    assert "extra" not in stages(base, STAGE + 'set = { when_full = "over" }')
    both = stages(base, 'do = "expecting"\nids = ["extra"]', STAGE + 'set = { when_full = "over" }')
    assert both[-1] == "extra"


def test_changes_of_stages_count_after_those_of_the_whole_policy(city: Base) -> None:
    left = stages(
        city, 'do = "stage-off"\nstages = ["points-backup"]', 'do = "policy-date"\non = 2023-06-01'
    )
    assert "points-backup" not in left
    assert left[-1] == "points-cross-zone"


def test_a_way_of_coordination_is_that_of_the_variant(city: Base) -> None:
    variants = {one.id: one for one in read_variants()}
    applied = city.applied('do = "coordination"\nvariant = "order-ticket"')
    assert applied.policy == variant_policy(city.policy, variants["order-ticket"])
    nothing = city.applied('do = "coordination"\nvariant = "base"')
    assert "changes nothing in this policy" in str(nothing.notes[0])


def test_seats_held_back_are_rows_of_seats_in_a_pool_that_no_claim_opens(
    city: Base, tmp_path: Path
) -> None:
    (city.folder.parent / "ways.toml").write_text(
        '[[variant]]\nid = "held"\ntitle = { zh = "留", en = "held" }\nassumed = true\n'
        'reason = { zh = "试", en = "test" }\nheld = [{ for = "late-settlers", share = 0.1 }, '
        '{ for = "returning-pupils", seats = 2 }]\n',
        encoding="utf-8",
    )
    applied = city.applied('do = "coordination"\nvariant = "held"\nfile = "ways.toml"')
    variant = read_variants(city.folder.parent / "ways.toml")[0]
    by_world = with_held(build_world(city.city, city.policy, seed="x"), variant).blocks
    by_city = build_world(applied.city, applied.policy, seed="x").blocks
    for name in ("school", "pool", "seats", "release"):
        assert np.array_equal(getattr(by_world, name), getattr(by_city, name)), name


def test_a_variant_that_cannot_stand_is_a_fault_of_the_change(tmp_path: Path) -> None:
    base = tiny(tmp_path, xuequ=('policy = "xiamen-datongchou"', 'policy = "huli-2014"'))
    fault = base.faults('do = "coordination"\nvariant = "order-ticket"')[0]
    assert (fault.file, fault.row) == ("tried.toml", 1)


def test_a_project_without_a_policy_cannot_read_it_again(tmp_path: Path) -> None:
    base = tiny(tmp_path)
    (base.folder / "xuequ.toml").write_text(
        (base.folder / "xuequ.toml")
        .read_text(encoding="utf-8")
        .replace('policy = "xiamen-datongchou"\n', ""),
        "utf-8",
    )
    base.city = read_city(base.folder)
    assert base.fault('do = "policy-date"\non = 2023-06-01').column == "policy"
    applied = applied_scenario(
        base.city,
        base.policy,
        scenario_of(tmp_path, 'do = "policy"\npolicy = "xiamen-datongchou"'),
        base.folder,
    )
    assert applied.policy == base.policy


def test_the_base_policy_is_that_of_the_project(city: Base) -> None:
    assert city.policy == policy_of(city.city, city.folder)
