"""Several claims in one stage: tiers, orders at each school, one order for all (STAGES.md, 3.3 and 3.5)."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from tests.simulate.town import (
    CHOICES,
    DEFERRED,
    NEAREST,
    Played,
    by_ticket,
    claim,
    claims_stage,
    play,
    policy,
    stage,
    town,
)

TICKET = ["ticket"]
NEAR = ["distance asc", "ticket"]


def child(name: str, category: str = "household", zone: str = "Z1", **more: Any) -> dict[str, Any]:
    return {"applicant_id": name, "category": category, "zone_id": zone, **more}


# England: looked-after children, own zone with a sibling, own zone, sibling, distance (School Admissions
# Code 2021, 1.7 and 1.11 to 1.14). All want S1, which stands at 0.
ENGLISH = [
    child("far", zone="Z2", east=900.0),
    child("looked-after", "looked-after", zone="Z2", east=5000.0),
    child("near", zone="Z2", east=100.0),
    child("sibling", zone="Z2", east=800.0, sibling_school_id="S1"),
    child("zone", east=700.0),
    child("zone-sibling", east=800.0, sibling_school_id="S1"),
]
IN_ORDER = ["looked-after", "zone-sibling", "zone", "sibling", "near", "far"]
BY_CLAIMS = [
    claim("looked-after", "city", NEAR),
    claim("household", "own-zone", ["sibling desc", *NEAR]),
    claim("household", "sibling", NEAR),
    claim("household", "city", NEAR),
]
BY_KEYS = [
    claim("looked-after", "city", NEAR),
    claim("household", "city", ["own-zone desc", "sibling desc", *NEAR]),
]


@pytest.mark.parametrize("claims", [BY_CLAIMS, BY_KEYS], ids=["claims", "keys"])
@pytest.mark.parametrize("seats", range(7))
def test_english_criteria_hold_as_claims_and_as_keys_of_the_pair(
    claims: list[dict[str, Any]], seats: int
) -> None:
    city = town(
        zones={"Z1": ("D", ["S1"]), "Z2": ("D", ["S2"])},
        schools={"S1": ("D", 0.0, seats), "S2": ("D", 9000.0, 0)},
        children=ENGLISH,
        choices={c["applicant_id"]: ["S1"] for c in ENGLISH},
    )
    played = play(city, policy(claims_stage("one", *claims, mechanism=DEFERRED)))
    assert {c for c, s in played.school_of().items() if s} == set(IN_ORDER[:seats])
    assert not played.metrics("one")[["envy_pairs", "wasted_seats"]].any()
    if seats:
        # the last one in order is the cut-off, unless none was refused: then it sits on the last seat too
        cut = json.loads(played.ledger("one").loc["S1", "cut_off"])
        last = next(c for c in ENGLISH if c["applicant_id"] == IN_ORDER[seats - 1])
        assert cut["distance"] == last["east"]
        assert (
            cut["claim"] == ([1, 2, 2, 3, 4, 4] if claims is BY_CLAIMS else [1, 2, 2, 2, 2, 2])[seats - 1]
        )


def test_each_school_has_an_order_of_its_own_and_refusals_go_round() -> None:
    # one seat each; a (zone Z2) wants S1, S2; b (zone Z1) wants S2, S1; c (zone Z1, nearer) wants S1.
    # a->S1, b->S2, c->S1: S1 keeps c, who has its zone; a->S2, which refuses b; b->S1, which keeps c.
    zones = {"Z1": ("D", ["S1"]), "Z2": ("D", ["S2"])}
    children = [child("a", zone="Z2"), child("b", east=50.0), child("c", east=10.0)]
    city = town(
        zones=zones,
        schools={"S1": ("D", 0.0, 1), "S2": ("D", 500.0, 1)},
        children=children,
        choices={"a": ["S1", "S2"], "b": ["S2", "S1"], "c": ["S1"]},
    )
    order = ["own-zone desc", *NEAR]
    played = play(city, policy(stage("one", "household", "city", order, mechanism=DEFERRED)))
    assert played.school_of() == {"a": "S2", "b": None, "c": "S1"}
    assert played.keys("one")["position"].isna().all(), "there is no one order"
    assert played.of("choice_rank") == {"a": 2, "b": None, "c": 1}


def test_the_tier_is_that_of_the_first_claim_that_opens_the_school() -> None:
    # h is in both claims: first at S1 (its zone), second at S2. p is in the second alone, with more points.
    # S2 has one seat: both stand there by claim 2, so p gets it and h, refused, goes to S1.
    claims = [
        claim("household", "own-zone", TICKET),
        claim(["household", "points"], "own-district", ["points desc", "ticket"]),
    ]
    city = town(
        zones={"Z1": ("D", ["S1"])},
        schools={"S1": ("D", 0.0, 1), "S2": ("D", 500.0, 1)},
        children=[child("h"), child("p", "points", points=5), child("q", "points", points=9)],
        choices={"h": ["S2", "S1"], "p": ["S1"], "q": ["S2", "S1"]},
    )
    played = play(city, policy(claims_stage("one", *claims, mechanism=DEFERRED)))
    assert played.school_of() == {"h": "S1", "p": None, "q": "S2"}, "at S1, h comes first by claim 1"
    assert dict(played.keys("one")[["applicant_id", "claim"]].to_numpy()) == {"h": 1, "p": 2, "q": 2}
    cuts = [json.loads(text) for text in played.ledger("one")["cut_off"]]
    assert [cut["claim"] for cut in cuts] == [1, 2]
    assert [cut.get("points") for cut in cuts] == [None, 9.0], "claim 1 has no key but the ticket"


def test_categories_of_different_reach_are_placed_in_one_round() -> None:
    # points children look through the district, household children through their zone, which goes first
    claims = [
        claim("household", "own-zone", ["settled_on asc", "ticket"]),
        claim("points", "own-district", ["points desc", "ticket"]),
    ]
    children = [
        child("h1", settled_on="2015-01-01"),
        child("h2", settled_on="2010-01-01"),
        child("p1", "points", points=90),
        child("p2", "points", points=80),
    ]
    city = town(
        zones={"Z1": ("D", ["S1"]), "Z2": ("D", ["S2"])},
        schools={"S1": ("D", 0.0, 1), "S2": ("D", 800.0, 1)},
        children=children,
    )
    nearest = {"name": "deferred-acceptance", "choose": "nearest"}
    played = play(city, policy(claims_stage("one", *claims, mechanism=nearest)))
    # h2 settled earlier and has S1, the zone's only school; p1 is refused there and takes S2
    assert played.school_of() == {"h1": None, "h2": "S1", "p1": "S2", "p2": None}


def two_claims(mechanism: Any) -> Played:
    claims = [
        claim("household", "own-zone", ["settled_on asc", "ticket"]),
        claim(["household", "points"], "own-district", ["points desc", "ticket"]),
    ]
    children = [
        child("h1", settled_on="2010-01-01"),
        child("h2", settled_on="2015-01-01", points=1),
        child("p", "points", points=100),
    ]
    city = town(
        zones={"Z1": ("D", ["S1"]), "Z2": ("D", ["S2"])},
        schools={"S1": ("D", 0.0, 1), "S2": ("D", 800.0, 1)},
        children=children,
        choices={name: ["S1", "S2"] for name in ("h1", "h2", "p")},
    )
    return play(city, policy(claims_stage("one", *claims, mechanism=mechanism)))


@pytest.mark.parametrize("mechanism", [CHOICES, NEAREST, "least-travel"])
def test_with_one_order_a_child_stands_by_its_first_claim_and_reaches_as_far_as_all(mechanism: Any) -> None:
    # h1, h2 stand by claim 1, before p whatever its points; h2 finds S1 taken and has S2 by claim 2
    played = two_claims(mechanism)
    assert played.school_of() == {"h1": "S1", "h2": "S2", "p": None}
    assert dict(played.keys("one")[["applicant_id", "position"]].to_numpy()) == {"h1": 1, "h2": 2, "p": 3}
    cut = json.loads(played.ledger("one").loc["S2", "cut_off"])
    assert (cut["claim"], cut["settled_on"]) == (1, "2015-01-01"), (
        "it has S2 by claim 2, and stands by claim 1"
    )


def test_deferred_acceptance_looks_at_the_tier_at_each_school_instead() -> None:
    # at S2 both h2 and p stand by claim 2, where points decide
    assert two_claims(DEFERRED).school_of() == {"h1": "S1", "h2": None, "p": "S2"}


def test_fill_has_one_order_by_the_first_claim_a_child_is_in() -> None:
    # all are in claim 1 (siblings), though it opens S1 to b alone: its key decides, and a settled first
    claims = [
        claim("household", "sibling", ["settled_on asc", "ticket"]),
        claim("household", "own-zone", TICKET),
    ]
    children = [
        child("a", settled_on="2010-01-01"),
        child("b", settled_on="2011-01-01", sibling_school_id="S1"),
        child("c", settled_on="2012-01-01"),
    ]
    city = town(zones={"Z1": ("D", ["S1"])}, schools={"S1": ("D", 0.0, 1)}, children=children)
    played = play(city, policy(claims_stage("one", *claims, mechanism="fill")))
    assert played.school_of() == {"a": "S1", "b": None, "c": None}
    assert played.keys("one")["position"].tolist() == [1, 2, 3]


def test_fill_takes_keys_of_the_pair() -> None:
    children = [child("a", east=300.0), child("b", east=100.0), child("c", east=200.0)]
    city = town(zones={"Z1": ("D", ["S1"])}, schools={"S1": ("D", 0.0, 2)}, children=children)
    played = play(city, policy(stage("one", "household", "own-zone", NEAR)))
    assert played.school_of() == {"a": None, "b": "S1", "c": "S1"}
    assert json.loads(played.ledger("one").loc["S1", "cut_off"])["distance"] == 200.0


def test_random_seats_draw_a_zone_as_a_whole_whoever_claims_its_seats() -> None:
    # looked-after children first, then all by ticket: 3 seats for 2 + 3 children, and one zone is one draw
    claims = [claim("looked-after", "own-zone", TICKET), claim("household", "own-zone", TICKET)]
    names = by_ticket("h1", "h2", "h3")
    children = [child(n) for n in names] + [child(n, "looked-after") for n in ("v", "w")]
    city = town(
        zones={"Z1": ("D", ["S1", "S2"])},
        schools={"S1": ("D", 0.0, 2), "S2": ("D", 800.0, 1)},
        children=children,
    )
    played = play(city, policy(claims_stage("one", *claims, mechanism="random-seats")))
    assert {c for c, s in played.school_of().items() if s} == {"v", "w", names[0]}
    # which seat: in ticket order the first two of the three have S1, the third S2
    seated = by_ticket("v", "w", names[0])
    assert [played.school_of()[c] for c in seated] == ["S1", "S1", "S2"]
    ledger = played.ledger("one")
    assert [json.loads(text)["claim"] for text in ledger["cut_off"]] == [2, 2]
    positions = dict(played.keys("one")[["applicant_id", "position"]].to_numpy())
    assert [positions[c] for c in (*by_ticket("v", "w"), *names)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_what_is_absent_comes_last_in_either_direction(direction: str) -> None:
    order = [f"settled_on {direction}", "ticket"]
    children = [child("none"), child("old", settled_on="1999-01-01"), child("new", settled_on="2019-01-01")]
    city = town(zones={"Z1": ("D", ["S1"])}, schools={"S1": ("D", 0.0, 1)}, children=children)
    keys = play(city, policy(stage("one", "household", "own-zone", order))).keys("one")
    names = keys.sort_values("position")["applicant_id"].tolist()
    assert names == (["old", "new", "none"] if direction == "asc" else ["new", "old", "none"])


def test_an_unknown_distance_comes_last_in_either_direction() -> None:
    children = [child("unknown", east=None), child("near", east=10.0), child("far", east=90.0)]
    city = town(zones={"Z1": ("D", ["S1"])}, schools={"S1": ("D", 0.0, 1)}, children=children)
    for direction, first in (("asc", "near"), ("desc", "far")):
        order = [f"distance {direction}", "ticket"]
        played = play(city, policy(stage("one", "household", "own-zone", order)))
        assert [c for c, s in played.school_of().items() if s] == [first]


def test_the_claims_of_a_stage_show_their_own_keys() -> None:
    played = two_claims(CHOICES)
    keys = played.keys("one").set_index("applicant_id")
    assert keys.loc["p", "points"] == 100
    assert pd.isna(keys.loc["h2", "points"]), "h2 stands by claim 1, which does not ask for points"
    assert pd.isna(keys.loc["p", "settled_on"])
    assert keys.loc["h1", "settled_on"] == 14610  # 2010-01-01 in days since 1970
