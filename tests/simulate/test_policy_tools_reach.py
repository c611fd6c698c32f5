"""What is said of a policy without data agrees with what happens in random towns, answers and all."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simulate.policy_tools.reach import walk
from tests.simulate.random_policies import handed_in, policies, towns
from tests.simulate.town import claim, claims_stage, play, policy, stage, town

NEAREST = {"name": "serial-dictatorship", "choose": "nearest"}


def with_seats(place: dict[str, Any]) -> dict[str, Any]:
    """Return a town in which every school offers a seat, as those of a real city do."""
    schools = {
        name: (district, east, {**seats, "open": max(1, seats["open"])}, more)
        for name, (district, east, seats, more) in place["schools"].items()
    }
    return {**place, "schools": schools}


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_nobody_is_where_nobody_can_be_and_who_surely_ends_placed_is(seed: int) -> None:
    rng = random.Random(seed)
    place = with_seats(towns(rng))
    districts = {district for district, *_ in place["schools"].values()}
    assume({district for district, _ in place["zones"].values()} <= districts)
    rules = policies(rng, place)
    place = handed_in(rng, place, rules)
    way, played = walk(rules), play(town(**place), rules)
    entered = {
        (one.id, number): flag
        for one, flags in zip(rules.stage, way.entered, strict=True)
        for number, flag in enumerate(flags, start=1)
    }
    keys = played.tables["keys"]
    for where in set(zip(keys["stage"], keys["claim"], strict=True)):
        assert entered[where], where
    answered = {child for child, _, what in place["answers"] if what in ("late", "declined")}
    for row in played.placements.to_dict("records"):
        if row["applicant_id"] not in answered and not way.left[row["category"]].any():
            # a place, or the end of a stage that says so: nobody is left after the last one
            assert row["outcome"] != "waiting"
            assert row["outcome"] != "not-admitted" or isinstance(row["stage"], str)


def test_who_may_be_left_are_those_that_the_last_stages_do_not_take() -> None:
    rules = policy(
        stage("one", "household", "own-zone", ["ticket"], mechanism=NEAREST, zone="single-school"),
        stage("two", "household", "city", ["ticket"], mechanism=NEAREST, consents="city", when_full="over"),
    )
    left = walk(rules).left["household"]
    # consent none and district are left, of both kinds of zones; city is not
    assert left.shape == (3, 2, 2, 1)
    assert left.any(axis=(1, 2, 3)).tolist() == [True, True, False]


def test_a_zone_given_opens_what_asks_for_it() -> None:
    choices = {"name": "serial-dictatorship", "choose": "choices"}
    zones = claims_stage("zones", claim("household", "city", ["ticket"]), mechanism=choices, gives="zone")
    after = claims_stage(
        "after", claim("household", "own-zone", ["ticket"], given="zone"), mechanism=NEAREST
    )
    assert walk(policy(zones, after)).entered == ((True,), (True,))
    assert walk(policy(after, zones)).entered == ((False,), (True,))


def test_districts_that_are_named_are_told_apart() -> None:
    one = stage("one", "household", "own-district", ["ticket"], mechanism=NEAREST, when_full="over")
    rules = policy({**one, "districts": ["D"]}, {**one, "id": "two", "districts": ["E"]})
    way = walk(rules)
    assert way.districts == ("D", "E", None)
    assert way.left["household"].any(axis=(0, 1, 2)).tolist() == [False, False, True]
