"""Variants as data: read strictly, applied to a policy, refused before anything runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from geodata.errors import DataError, XuequError
from simulate.building import build_world
from simulate.coordination import Change, Variant, chosen, policies_of, read_variants, variant_policy
from simulate.coordination.applying import reading, with_held
from simulate.policy import Policy
from simulate.policy_files import contradictions, policy_path, read_policy
from tests.simulate.coordination_towns import season
from tests.simulate.town import CHOICES, DEFERRED_NEAREST, NEAREST, claim, claims_stage, policy, stage, town

WHY = {"zh": "试", "en": "a test"}


def variant(name: str = "v", *changes: dict[str, Any], **more: Any) -> Variant:
    title = {"zh": name, "en": name}
    made = {"id": name, "title": title, "assumed": True, "reason": WHY, "change": list(changes), **more}
    return Variant.model_validate(made)


def of_stage(rules: Policy, name: str) -> Any:
    return next(one for one in rules.stage if one.id == name)


def test_the_shipped_variants_each_state_a_reason_and_the_first_changes_nothing() -> None:
    variants = read_variants()
    assert 10 <= len(variants) <= 15
    assert all(one.assumed and one.reason for one in variants)
    assert not variants[0].change
    assert not variants[0].from_the_start
    assert all(len(one.change) + len(one.held) == 1 for one in variants[1:])


def test_the_shipped_variants_stand_on_the_shipped_policy_of_xiamen() -> None:
    rules = read_policy(policy_path("xiamen-datongchou", Path()))
    made = policies_of(rules, read_variants())
    assert "nearest" not in made  # it is what that policy says
    assert {"base", "shortest-first", "least-travel", "by-choices", "siblings"} <= set(made)
    assert not [what for one in made.values() for s in one.stage for what in contradictions(s)]
    # the order of household children has a source: no shipped variant touches it
    for one in made.values():
        overflow = of_stage(one, "household-overflow")
        if one.id.endswith("given-up-lapse"):
            continue
        assert overflow == of_stage(rules, "household-overflow")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"reach": "city"}, "names what it changes"),
        ({"within_m": 100}, "belong together"),
        ({"mechanism": "nearest", "list": 2}, "alone"),
        ({"mechanism": "shortest-first", "order": ["distance asc", "ticket"]}, "leave it out"),
        ({"order": ["luck desc", "ticket"]}, "is no key"),
        ({"order": ["points desc"]}, "ends with"),
        ({"mechanism": "lottery"}, "nearest"),
    ],
)
def test_a_change_that_says_nothing_or_contradicts_itself_is_refused(
    change: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        Change.model_validate(change)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"held": [{"for": "late-settlers"}]}, "either a share"),
        ({"held": [{"for": "late-settlers", "share": 0.1, "seats": 2}]}, "either a share"),
        ({"held": [{"for": "late-settlers", "seats": n} for n in (1, 2)]}, "once for each purpose"),
        ({"source": "both"}, "either a source"),
        ({"reason": None}, "needs a reason"),
    ],
)
def test_a_variant_that_cannot_be_is_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        variant("v", **more)


def test_a_file_with_faults_names_every_one_of_them(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    head = '[[variant]]\nid = "a"\ntitle = { zh = "甲", en = "a" }\nassumed = true\n'
    head += 'reason = { zh = "因", en = "r" }\n'
    path.write_text(head + "colour = 1\n" + "change = [{ within = 3 }]\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"within: unknown key[\s\S]*colour: unknown key"):
        read_variants(path)
    path.write_text(head + head, encoding="utf-8")
    with pytest.raises(DataError, match="a stands twice"):
        read_variants(path)
    path.write_text(head, encoding="utf-8")
    assert [one.id for one in read_variants(path)] == ["a"]


def test_only_keeps_the_base_and_the_order_of_the_file() -> None:
    variants = [variant("a"), variant("b"), variant("c")]
    assert [one.id for one in chosen(variants, ["c"])] == ["a", "c"]
    assert [one.id for one in chosen(variants, [])] == ["a", "b", "c"]
    with pytest.raises(XuequError, match="no variant d, e; there are: a, b, c"):
        chosen(variants, ["e", "d"])


def test_a_policy_that_does_not_coordinate_is_refused_with_what_to_do() -> None:
    rules = policy(stage("one", "points", "own-zone", ["ticket"]))
    with pytest.raises(XuequError, match=r"no stage that coordinates: add coordination = .*stages: one"):
        policies_of(rules, [variant()])


def test_every_variant_that_cannot_stand_is_named_with_its_reason() -> None:
    pair = variant("pair", {"children": "others", "order": ["distance asc", "ticket"]})
    late = variant("late", {"children": "others", "mechanism": "choices", "within_m": 9, "past_it": "last"})
    with pytest.raises(DataError) as error:
        policies_of(season(), [variant("base"), pair, late])
    text = str(error.value)
    assert "variant pair" in text
    assert "one order for all schools" in text
    assert "variant late" in text
    assert "is for the nearest" in text
    assert "leave it out with --only" in text


def test_a_change_that_means_no_stage_is_refused_beside_one_that_does() -> None:
    both = variant("both", {"order": ["ticket"]}, {"reach": "area", "order": ["ticket"]})
    with pytest.raises(DataError, match=r"variant both.*reach = area"):
        policies_of(season(), [both])


def test_a_variant_that_changes_nothing_is_left_out() -> None:
    aimless = variant("aimless", {"reach": "area", "order": ["ticket"]})
    same = variant("same", {"children": "others", "mechanism": "nearest"})
    assert list(policies_of(season(), [variant("base"), aimless, same])) == ["base"]


def test_what_is_changed_is_assumed_for_the_reason_of_the_variant_and_the_rest_keeps_its_source() -> None:
    made = variant_policy(season(), variant("v", {"reach": "city", "order": ["ticket"]}))
    changed, kept = of_stage(made, "in-city"), of_stage(made, "in-district")
    assert (changed.assumed, changed.source, changed.reason.en) == (True, None, "a test")
    assert kept == of_stage(season(), "in-district")


def test_reach_and_children_say_which_stages_are_meant() -> None:
    def changed(**change: Any) -> list[str]:
        made = variant_policy(season(), variant("v", {"given_up": "lapse", **change}))
        return [one.id for one in made.stage if one.given_up == "lapse"]

    assert changed() == ["overflow", "in-district", "in-city"]
    assert changed(reach="district") == ["overflow", "in-district"]
    assert changed(children="others") == ["in-district", "in-city"]
    assert changed(children="household") == ["overflow"]
    assert changed(reach="city", children="others") == ["in-city"]


def test_shortest_first_puts_the_distance_before_the_order_and_takes_back_what_stood_there() -> None:
    made = variant_policy(season(), variant("v", {"children": "others", "mechanism": "shortest-first"}))
    one = of_stage(made, "in-city")
    assert (one.mechanism.name, one.mechanism.choose) == ("deferred-acceptance", "nearest")
    assert one.claims[0].order == ["distance asc", "points desc", "ticket"]
    mixed = season(district=DEFERRED_NEAREST, order=["points desc", "ticket"])
    stages = [one.model_dump(by_alias=True) for one in mixed.stage]
    stages[2]["claims"][0]["order"] = ["points desc", "distance asc", "sibling desc", "ticket"]
    mixed = mixed.model_copy(update={"stage": [type(mixed.stage[0]).model_validate(s) for s in stages]})
    change = {"reach": "district", "children": "others"}
    made = variant_policy(mixed, variant("v", {**change, "mechanism": "shortest-first"}))
    assert of_stage(made, "in-district").claims[0].order == [
        "distance asc", "points desc", "sibling desc", "ticket",
    ]  # fmt: skip
    made = variant_policy(mixed, variant("v", {**change, "mechanism": "nearest"}))
    assert of_stage(made, "in-district").claims[0].order == ["points desc", "ticket"]


def test_siblings_together_is_a_stage_before_each_and_twins_take_seats_together() -> None:
    made = variant_policy(season(), variant("v", {"children": "others", "siblings": "together"}))
    assert [one.id for one in made.stage] == [
        "s0", "overflow", "in-district-siblings", "in-district", "in-city-siblings", "in-city",
    ]  # fmt: skip
    before, after = of_stage(made, "in-city-siblings"), of_stage(made, "in-city")
    assert (before.claims[0].where.schools, before.when_full) == ("sibling", "next")
    assert (before.claims[0].who, before.coordination) == (after.claims[0].who, "city")
    assert (after.when_full, after.twins, after.last_seat) == ("not-admitted", "together", "next")
    shortest = {"children": "others", "siblings": "together", "mechanism": "shortest-first"}
    one = of_stage(variant_policy(season(), variant("v", shortest)), "in-city")
    assert one.claims[0].order == ["sibling desc", "distance asc", "points desc", "ticket"]
    assert one.twins == "one-by-one"


def test_siblings_apart_and_a_new_mechanism_let_twins_go() -> None:
    together = {"mechanism": NEAREST, "coordination": "city", "twins": "together", "last_seat": "next"}
    rules = policy(stage("c", "points", "city", ["ticket"], **together), household=())
    for change in ({"siblings": "apart"}, {"mechanism": "least-travel"}, {"mechanism": "shortest-first"}):
        assert of_stage(variant_policy(rules, variant("v", change)), "c").twins == "one-by-one"
    kept = variant_policy(rules, variant("v", {"mechanism": "choices", "list": 2}))
    assert of_stage(kept, "c").twins == "together"
    assert of_stage(kept, "c").claims[0].where.list_ == 2


def test_siblings_cannot_be_kept_together_past_a_gate_or_where_zones_are_given() -> None:
    gate = claim("points", "city", ["ticket"], rank={"order": ["ticket"], "at_most": 3})
    gated = policy(claims_stage("c", gate, mechanism=NEAREST, coordination="city"), household=())
    zones = policy(
        stage("c", "points", "city", ["ticket"], mechanism=CHOICES, gives="zone", coordination="city"),
        household=(),
    )
    wanted = variant("v", {"siblings": "together"})
    with pytest.raises(DataError, match="a gate by rank would count again"):
        variant_policy(gated, wanted)
    with pytest.raises(DataError, match="this one gives zones"):
        variant_policy(zones, wanted)


def test_consent_kinds_districts_and_distance_go_into_the_claims() -> None:
    change = {
        "children": "others",
        "kinds": ["public"],
        "districts": ["D"],
        "within_m": 9,
        "past_it": "never",
    }
    made = variant_policy(season(), variant("v", {**change, "consent": "not-asked"}))
    for name in ("in-district", "in-city"):
        one = of_stage(made, name)
        where = one.claims[0].where
        assert (one.districts, where.kinds, where.within_m, where.past_it) == (
            ["D"],
            ["public"],
            9,
            "never",
        )
        assert one.claims[0].who.consents is None
    asked = variant_policy(made, variant("v", {"children": "others", "consent": "required"}))
    assert of_stage(asked, "in-district").claims[0].who.consents == "district"
    assert of_stage(asked, "in-city").claims[0].who.consents == "city"


def test_seats_given_up_lapse_before_coordination_too_where_that_is_said() -> None:
    made = variant_policy(season(), variant("v", {"given_up": "lapse"}, given_up_before="lapse"))
    assert {one.given_up for one in made.stage} == {"lapse"}


def test_held_seats_are_a_pool_of_their_own_that_adds_up() -> None:
    city = town(
        zones={"Z": ("D", ["A", "B"])},
        schools={"A": ("D", 0.0, {"open": 30, "late": 4}), "B": ("D", 5.0, 3)},
        children=[{"applicant_id": "c", "category": "points", "zone_id": "Z"}],
    )
    rules = policy(stage("s", "points", "city", ["ticket"], mechanism=NEAREST), household=(), pools=())
    late = {
        "id": "late",
        "title": {"zh": "迟", "en": "late"},
        "precedence": 3,
        "from": rules.stage[0].from_,
    }
    rules = Policy.model_validate(
        {**{n: getattr(rules, n) for n in Policy.model_fields}, "pool": [{**late, "source": "a test"}]}
    )
    world = build_world(city, rules, seed="s")
    held = [{"for": "late-settlers", "share": 0.1}, {"for": "returning-pupils", "seats": 28}]
    new = with_held(world, variant("v", held=held)).blocks
    rows = list(zip(new.school.tolist(), new.pool.tolist(), new.seats.tolist(), strict=True))
    assert rows == [
        (0, "open", 0), (1, "open", 0), (0, "late", 4), (0, "held-late-settlers", 3),
        (0, "held-returning-pupils", 27), (1, "held-returning-pupils", 3),
    ]  # fmt: skip
    assert new.seats.sum() == world.blocks.seats.sum()
    assert (np.diff(new.release) == 0).all()
    pools = variant_policy(season(), variant("v", held=held)).pool
    assert [one.id for one in pools][-2:] == ["held-late-settlers", "held-returning-pupils"]
    assert all(one.release_after is None for one in pools[-2:])


def test_a_world_is_built_with_the_items_that_only_a_variant_reads() -> None:
    rules = season()
    changed = variant_policy(
        rules, variant("v", {"reach": "city", "order": ["item:permit desc", "ticket"]})
    )
    assert reading(rules, [rules]) is rules
    assert "item:permit" in reading(rules, [changed]).child_keys
