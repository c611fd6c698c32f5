"""A cascade worked by hand: three districts, nine schools, forty children, the shipped Xiamen policy.

Everything stands on a line, in metres east. Seats in brackets.

    A  A1 at 0 [5]       A2 at 1,000 [3]     A3 at 2,000 [2]      zone ZA1: A1; zone ZA2: A2, A3
    B  B1 at 10,000 [5]  B2 at 11,000 [4]    B3 at 12,000 [4]     zone ZB1: B1; zone ZB2: B2, B3
    C  C1 at 20,000 [6]  C2 at 21,000 [6]    C3 at 22,000 [5]     zones ZC1, ZC2, ZC3: one school each

40 seats, 40 children (17 in A, 13 in B, 10 in C); one of them refuses municipal coordination.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulate.policy_files import policy_path, read_policy
from simulate.summary import summarise
from tests.simulate.town import Played, play, town

ZONES = {
    "ZA1": ("A", ["A1"]),
    "ZA2": ("A", ["A2", "A3"]),
    "ZB1": ("B", ["B1"]),
    "ZB2": ("B", ["B2", "B3"]),
    "ZC1": ("C", ["C1"]),
    "ZC2": ("C", ["C2"]),
    "ZC3": ("C", ["C3"]),
}
SCHOOLS = {
    "A1": ("A", 0.0, 5),
    "A2": ("A", 1000.0, 3),
    "A3": ("A", 2000.0, 2),
    "B1": ("B", 10000.0, 5),
    "B2": ("B", 11000.0, 4),
    "B3": ("B", 12000.0, 4),
    "C1": ("C", 20000.0, 6),
    "C2": ("C", 21000.0, 6),
    "C3": ("C", 22000.0, 5),
}


def _household(child: str, zone: str, east: float, settled: str) -> dict[str, Any]:
    return {
        "applicant_id": child,
        "category": "household",
        "zone_id": zone,
        "east": east,
        "settled_on": settled,
    }


def _points(
    child: str, zone: str, east: float, points: float, consents: str = "city", home: float = 0.0
) -> dict[str, Any]:
    return {
        "applicant_id": child,
        "category": "points",
        "zone_id": zone,
        "east": east,
        "points": points,
        "home": home,
        "consents": consents,
    }


CHILDREN = [
    {
        "applicant_id": "Af1",
        "category": "favoured",
        "zone_id": "ZA1",
        "east": 0.0,
        "settled_on": "2015-01-01",
    },
    *(_household(f"Ah{n}", "ZA1", 0.0, f"201{n}-01-01") for n in range(1, 6)),
    *(_household(f"Ah{n}", "ZA2", 1500.0, f"201{n}-01-01") for n in range(6, 9)),
    _points("Ap1", "ZA1", 0.0, 90),
    _points("Ap2", "ZA1", 0.0, 80),
    _points("Ap3", "ZA2", 1500.0, 70),
    _points("Ap4", "ZA2", 1500.0, 60),
    _points("Ap5", "ZA1", 0.0, 50),
    _points("Ap6", "ZA1", 0.0, 40, consents="district"),
    _points("Ap7", "ZA2", 2000.0, 30),
    _points("Ap8", "ZA1", 0.0, 90, home=24),
    *(_household(f"Bh{n}", "ZB1", 10000.0, f"201{n}-01-01") for n in range(1, 6)),
    *(_household(f"Bh{n}", "ZB2", 11500.0, f"201{n}-01-01") for n in range(6, 9)),
    _points("Bp1", "ZB1", 10000.0, 95),
    _points("Bp2", "ZB1", 10000.0, 55, consents="district"),
    _points("Bp3", "ZB2", 11500.0, 75),
    _points("Bp4", "ZB2", 11500.0, 65),
    _points("Bp5", "ZB2", 11500.0, 20),
    *(_household(f"Ch{n}", "ZC1", 20000.0, f"201{n}-01-01") for n in range(1, 4)),
    *(_household(f"Ch{n}", "ZC2", 21000.0, f"201{n}-01-01") for n in range(4, 6)),
    _household("Ch6", "ZC3", 22000.0, "2016-01-01"),
    _points("Cp1", "ZC1", 20000.0, 10),
    _points("Cp2", "ZC1", 20000.0, 15),
    _points("Cp3", "ZC2", 21000.0, 100),
    _points("Cp4", "ZC3", 22000.0, 5),
]
CHOICES = {
    "Ap1": ["A1"],
    "Ap2": ["A1"],
    "Ap3": ["A2", "A3"],
    "Ap4": ["A3"],
    "Ap5": ["A1"],
    "Ap6": ["A1"],
    "Ap7": ["A3", "A2"],
    "Ap8": ["A1"],
    "Bp1": ["B1"],
    "Bp2": ["B1"],
    "Bp3": ["B3", "B2"],
    "Bp4": ["B3"],
    # Bp5 files no list
    "Cp1": ["C1"],
    "Cp2": ["C1"],
    "Cp3": ["C2"],
    "Cp4": ["C3"],
}


@pytest.fixture(scope="module")
def played() -> Played:
    city = town(zones=ZONES, schools=SCHOOLS, children=CHILDREN, choices=CHOICES)
    rules = read_policy(policy_path("xiamen-datongchou", Path()))
    return play(city, rules.at(city.project.project.date))


def test_there_are_forty_children_and_forty_seats(played: Played) -> None:
    assert len(CHILDREN) == 40
    assert sum(seats for _, _, seats in SCHOOLS.values()) == 40


def test_the_favoured_child_takes_the_nearest_school_of_its_zone_first(played: Played) -> None:
    assert played.school_of()["Af1"] == "A1"
    assert played.stage_of()["Af1"] == "favoured"


def test_four_who_settled_first_get_the_four_seats_left_in_a1(played: Played) -> None:
    # A1 has 5 seats, one went to Af1; Ah1 to Ah4 settled in 2011 to 2014, Ah5 in 2015
    assert [played.school_of()[f"Ah{n}"] for n in range(1, 5)] == ["A1"] * 4
    assert played.stage_of()["Ah4"] == "household-single"
    # in B and C there is a seat for each household child of a zone with one school
    assert [played.school_of()[f"Bh{n}"] for n in range(1, 6)] == ["B1"] * 5
    assert [played.school_of()[f"Ch{n}"] for n in range(1, 7)] == ["C1"] * 3 + ["C2"] * 2 + ["C3"]


def test_seats_of_multi_school_zones_are_drawn_by_quota(played: Played) -> None:
    # ZA2: 3 children, seats 3 and 2: shares 1.8 and 1.2, so 2 and 1
    assert sorted(played.school_of()[f"Ah{n}"] or "" for n in range(6, 9)) == ["A2", "A2", "A3"]
    # ZB2: 3 children, seats 4 and 4: shares 1.5 and 1.5; the odd one goes to the first, B2
    assert sorted(played.school_of()[f"Bh{n}"] or "" for n in range(6, 9)) == ["B2", "B2", "B3"]
    assert played.stage_of()["Ah6"] == played.stage_of()["Bh6"] == "household-multi"


def test_which_seat_is_drawn_follows_the_tickets(played: Played) -> None:
    children = played.world.children
    for zone, first in (("A", 2), ("B", 2)):
        names = [f"{zone}h{n}" for n in range(6, 9)]
        ranks = {name: children.ticket_rank[children.ids.tolist().index(name)] for name in names}
        by_ticket = sorted(names, key=lambda name: ranks[name])
        assert [played.school_of()[name] for name in by_ticket[:first]] == [f"{zone}2"] * 2


def test_the_household_child_left_over_goes_to_the_nearest_free_school_of_its_district(
    played: Played,
) -> None:
    # A1 is full; from 0, A2 (1,000 m) comes before A3 (2,000 m); A2 had 3 - 2 = 1 seat left
    assert played.school_of()["Ah5"] == "A2"
    assert played.stage_of()["Ah5"] == "household-overflow"


def test_points_children_get_what_their_zone_has_left_in_order_of_points(played: Played) -> None:
    # ZA2: A2 is full now, A3 has one seat: Ap3 (70) lists A2, A3 and gets A3; Ap4 (60) and Ap7 (30) nothing
    assert played.school_of()["Ap3"] == "A3"
    # ZB2: B2 has 2 seats left, B3 has 3: Bp3 (75) and Bp4 (65) get their first choice B3
    assert played.school_of()["Bp3"] == played.school_of()["Bp4"] == "B3"
    assert {played.stage_of()[c] for c in ("Ap3", "Bp3", "Bp4", "Cp1", "Cp4")} == {"points-zone"}
    assert [played.school_of()[f"Cp{n}"] for n in range(1, 5)] == ["C1", "C1", "C2", "C3"]


def test_the_district_places_those_whose_zone_had_nothing(played: Played) -> None:
    # B has B2 [2] and B3 [1]. In order of points: Bp1 (95) and Bp2 (55) live at 10,000: B2, and it is full.
    # Bp5 (20) filed no list; at 11,500 both are 500 m away and B2 has the lower id, but only B3 has a seat.
    assert [played.school_of()[c] for c in ("Bp1", "Bp2", "Bp5")] == ["B2", "B2", "B3"]
    assert {played.stage_of()[c] for c in ("Bp1", "Bp2", "Bp5")} == {"district-coordination"}


def test_the_city_places_the_others_in_the_nearest_district_with_seats(played: Played) -> None:
    # A and B are full. C has C1 [1], C2 [3], C3 [3]. Ap8 and Ap1 have 90 each; Ap8 owns its home: first.
    # Ap8 takes C1; Ap1 (90), Ap2 (80), Ap4 (60) fill C2; Ap5 (50), Ap7 (30) go to C3.
    expected = {"Ap8": "C1", "Ap1": "C2", "Ap2": "C2", "Ap4": "C2", "Ap5": "C3", "Ap7": "C3"}
    assert {child: played.school_of()[child] for child in expected} == expected
    assert {played.stage_of()[child] for child in expected} == {"municipal-coordination"}


def test_the_child_who_refused_the_city_ends_with_no_place_and_a_reason(played: Played) -> None:
    row = played.placements.set_index("applicant_id").loc["Ap6"]
    assert row["outcome"] == "not-admitted"
    assert row["reason"] == "no-consent-city"
    assert (played.placements["outcome"] == "placed").sum() == 39


def test_one_seat_is_left_in_c3(played: Played) -> None:
    left = dict(zip(played.world.schools.ids, played.season.state.free.tolist(), strict=True))
    assert {school: n for school, n in left.items() if n} == {"C3": 1}


def test_every_stage_that_had_children_placed_somebody(played: Played) -> None:
    # nobody here is of the categories of these, lives in a street or filed a second or third list
    without = {"special-needs", "household-overflow-street", "collective", "collective-overflow"}
    without |= {"points-cross-zone", "points-backup"}
    assert set(played.placements["stage"].dropna()) == {s.id for s in played.policy.stage} - without


def test_the_cut_off_is_the_key_tuple_of_the_last_admitted(played: Played) -> None:
    import json

    ledger = played.ledger("district-coordination")
    assert json.loads(ledger.loc["B2", "cut_off"])["points"] == 55
    ledger = played.ledger("municipal-coordination")
    assert json.loads(ledger.loc["C2", "cut_off"])["points"] == 60
    assert not isinstance(ledger.loc["C3", "cut_off"], str), "C3 has a seat left"


def test_distances_are_from_the_home_in_whole_metres(played: Played) -> None:
    metres = played.placements.set_index("applicant_id")["distance_m"]
    assert metres["Ap8"] == 20000
    assert metres["Bp5"] == 500
    assert metres["Af1"] == 0


def test_the_summary_adds_up(played: Played) -> None:
    tables = played.tables
    summary = summarise(
        played.world.city,
        played.policy,
        played.placements,
        tables["keys"],
        tables["ledger"],
        tables["metrics"],
    )
    assert summary.outcomes["children"].sum() == 40
    assert summary.outcomes["placed"].sum() == 39
    reaches = summary.reaches.set_index("category").loc["points"]
    # Bp5 was placed by the district, but in a school of its own zone: 7 + 1 there, 3 - 1 elsewhere
    assert reaches[["own_zone", "own_district", "elsewhere", "unplaced"]].tolist() == [8, 2, 6, 1]
    flows = summary.flows.set_index("district_id")
    assert flows.loc["A"].tolist() == [10, 0, 6]
    districts = summary.districts.set_index("district_id")
    assert districts["left"].to_dict() == {"A": 0, "B": 0, "C": 1}
    assert districts["came_in"].to_dict() == {"A": 0, "B": 0, "C": 6}
    stages = summary.stages.set_index(["stage", "category"])
    assert stages.loc[("municipal-coordination", "points"), "claimants"] == 6
    assert stages.loc[("points-zone", "points"), "placed"] == 7
