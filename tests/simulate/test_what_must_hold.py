"""What must always hold (design, points 1 to 4), on random small cities, checked by plain other code."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from simulate.policy_files import policy_path, read_policy
from tests.simulate.town import Played, play, town

POLICY = read_policy(policy_path("xiamen-datongchou", Path()))
ORDER = ("points", "home", "insurance_months", "residence_days")
CATEGORIES = ("special-needs", "favoured", "household", "collective", "points", "points", "points")
LISTS = {"points-zone": 1, "collective": 1, "points-cross-zone": 2, "points-backup": 3}
Town = dict[str, Any]


@st.composite
def towns(draw: st.DrawFn) -> Town:
    """Towns of up to 3 districts, 7 schools and 24 children, short of seats or not, with ties and gaps."""
    districts = [f"D{i}" for i in range(draw(st.integers(1, 3)))]
    schools: dict[str, tuple[str, float, int]] = {}
    zones: dict[str, tuple[str, list[str]]] = {}
    for district in districts:
        for number in range(draw(st.integers(1, 2))):
            members = []
            for place in range(draw(st.integers(1, 2))):
                school = f"{district}-S{number}{place}"
                schools[school] = (district, float(draw(st.integers(0, 6)) * 500), draw(st.integers(0, 4)))
                members.append(school)
            zones[f"{district}-Z{number}"] = (district, members)
    children, choices, filed = [], {}, []
    for number in range(draw(st.integers(1, 24))):
        child = f"c{number:02d}"
        zone = draw(st.sampled_from(sorted(zones)))
        row: dict[str, Any] = {
            "applicant_id": child,
            "category": draw(st.sampled_from(CATEGORIES)),
            "zone_id": zone,
            "east": float(draw(st.integers(0, 6)) * 500),
            "consents": draw(st.sampled_from(["none", "district", "city"])),
        }
        if row["category"] == "points":
            for key in ORDER:
                value = draw(st.one_of(st.none(), st.integers(0, 3)))
                if value is not None:
                    row[key] = value
            wanted = draw(st.permutations(zones[zone][1]))[: draw(st.integers(0, 2))]
            if wanted:
                choices[child] = list(wanted)
            for number_of_list in (2, 3):
                more = draw(st.permutations(sorted(schools)))[: draw(st.integers(0, 2))]
                filed += [
                    {"applicant_id": child, "list": number_of_list, "rank": rank, "target": target}
                    for rank, target in enumerate(more, start=1)
                ]
        else:
            row["settled_on"] = f"201{draw(st.integers(0, 2))}-01-01"
        if row["category"] == "collective":
            row["parent_settled_on"] = f"200{draw(st.integers(0, 2))}-01-01"
            choices[child] = list(draw(st.permutations(sorted(schools)))[: draw(st.integers(1, 2))])
        children.append(row)
    return {
        "zones": zones,
        "schools": schools,
        "children": children,
        "choices": choices,
        "filed": filed,
    }


def run(place: Town) -> Played:
    city = town(**place)
    return play(city, POLICY.at(city.project.project.date))


def preferences(place: Town, row: dict[str, Any], stage: str) -> list[str]:
    """Return the schools that a child may get in a stage, best first, found the long way."""
    own_zone = place["zones"][row["zone_id"]][1]
    own_district = place["zones"][row["zone_id"]][0]
    in_district = [s for s, (d, _, _) in place["schools"].items() if d == own_district]
    if stage in LISTS:
        return [
            s
            for s in listed(place, row["applicant_id"], LISTS[stage])
            if s in (own_zone if stage == "points-zone" else in_district)
        ]
    reach = {
        "special-needs": in_district,
        "favoured": own_zone,
        "household-single": own_zone,
        "household-multi": own_zone,
        "household-overflow-street": [],  # there are no streets
        "household-overflow": in_district,
        "collective-overflow": in_district,
        "district-coordination": in_district,
        "municipal-coordination": [s for s, (d, _, _) in place["schools"].items() if d != own_district],
    }[stage]
    return sorted(reach, key=lambda s: (abs(place["schools"][s][1] - row["east"]), s))


def listed(place: Town, child: str, number: int) -> list[str]:
    """Return a list of choices of a child, most wanted first."""
    if number == 1:
        return list(place["choices"].get(child, []))
    return [
        row["target"] for row in place["filed"] if (row["applicant_id"], row["list"]) == (child, number)
    ]


def order_key(row: dict[str, Any], ticket: str) -> tuple[Any, ...]:
    """Return what the shipped policy sorts by; what is absent comes last."""
    if row["category"] == "points":
        values = tuple((0, -row[key]) if key in row else (1, 0) for key in ORDER)
    elif row["category"] == "special-needs":
        values = ()
    else:
        values = tuple((0, row[key]) for key in ("settled_on", "parent_settled_on") if key in row)
    return (*values, ticket, row["applicant_id"])


@settings(max_examples=40, deadline=None)
@given(towns())
def test_each_child_has_one_outcome_and_no_school_is_over_its_seats_but_by_the_rule(place: Town) -> None:
    played = run(place)
    rows = played.placements
    assert sorted(rows["applicant_id"]) == sorted(c["applicant_id"] for c in place["children"])
    counts = rows["outcome"].value_counts()
    assert counts.sum() == len(place["children"])
    assert set(counts.index) <= {"placed", "not-admitted", "waiting"}
    placed = rows[rows["outcome"] == "placed"]
    for school, (_, _, seats) in place["schools"].items():
        here = placed[placed["school_id"] == school]
        assert (~here["over"]).sum() <= seats
        if here["over"].any():
            assert (~here["over"]).sum() == seats
    assert set(rows[rows["over"]]["stage"]) <= {
        "special-needs",
        "household-overflow",
        "collective-overflow",
    }
    # a household child ends placed, unless no school of its district has any intake at all
    intake = {
        d: sum(n for dd, _, n in place["schools"].values() if dd == d) for d in set(rows["district_id"])
    }
    household = rows[rows["category"] != "points"]  # all other categories have a right to a place
    assert (household["outcome"].eq("placed") == household["district_id"].map(intake).gt(0)).all()
    ledger = played.tables["ledger"]
    assert ledger["over"].sum() == rows["over"].sum()
    assert ledger["given"].sum() + ledger["over"].sum() == len(placed)


@settings(max_examples=40, deadline=None)
@given(towns())
def test_nobody_envies_with_cause_and_no_wanted_seat_is_wasted(place: Town) -> None:
    played = run(place)
    by_id = {row["applicant_id"]: row for row in place["children"]}
    got = played.placements.set_index("applicant_id")
    for stage in (one.id for one in played.policy.stage):
        keys, ledger = played.keys(stage), played.ledger(stage)
        tickets = dict(zip(keys["applicant_id"], keys["ticket"], strict=True))
        seated = {
            school: [
                c for c in tickets if got.loc[c, "school_id"] == school and got.loc[c, "stage"] == stage
            ]
            for school in place["schools"]
        }
        for child, ticket in tickets.items():
            mine = got.loc[child, "school_id"] if got.loc[child, "stage"] == stage else None
            wants = preferences(place, by_id[child], stage)
            if stage == "household-multi":
                # drawn without choices: who has a seat of the zone has no claim to another of its seats
                better = [] if isinstance(mine, str) else wants
            elif isinstance(mine, str) and not got.loc[child, "over"]:
                better = wants[: wants.index(mine)]
            else:
                better = wants
            for school in better:
                assert ledger.loc[school, "left"] == 0
                for other in seated[school]:
                    if not got.loc[other, "over"]:
                        first = order_key(by_id[other], tickets[other])
                        assert first < order_key(by_id[child], ticket)


@settings(max_examples=40, deadline=None)
@given(towns())
def test_nobody_reaches_a_wider_stage_while_an_open_seat_is_left_in_a_narrower_one(place: Town) -> None:
    played = run(place)
    by_id = {row["applicant_id"]: row for row in place["children"]}
    stages = [stage.id for stage in played.policy.stage]
    left = {stage: played.ledger(stage)["left"] for stage in stages}
    for stage in stages:
        for child in played.keys(stage)["applicant_id"]:
            row = by_id[child]
            for before in stages[: stages.index(stage)]:
                claim = played.policy.stage[stages.index(before)].claims[0]
                if row["category"] not in claim.who.categories:
                    continue
                if before == "household-single" and len(place["zones"][row["zone_id"]][1]) > 1:
                    continue
                if before == "household-multi" and len(place["zones"][row["zone_id"]][1]) == 1:
                    continue
                if claim.who.consents == "district" and row["consents"] == "none":
                    continue
                assert all(left[before][school] == 0 for school in preferences(place, row, before))


@settings(max_examples=25, deadline=None)
@given(towns(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(place: Town, shuffler: random.Random) -> None:
    def shuffled(items: Any) -> Any:
        keys = list(items)
        shuffler.shuffle(keys)
        return {k: items[k] for k in keys} if isinstance(items, dict) else keys

    other = {name: shuffled(value) for name, value in place.items()}
    first, second = run(place), run(other)
    pd.testing.assert_frame_equal(first.placements, second.placements)
    for name, table in first.tables.items():
        pd.testing.assert_frame_equal(table, second.tables[name])


@settings(max_examples=25, deadline=None)
@given(towns(), st.data())
def test_removing_a_child_changes_no_other_ticket(place: Town, data: st.DataObject) -> None:
    gone = data.draw(st.integers(0, len(place["children"]) - 1))
    fewer = {**place, "children": [c for i, c in enumerate(place["children"]) if i != gone]}
    name = place["children"][gone]["applicant_id"]
    fewer["choices"] = {c: wanted for c, wanted in place["choices"].items() if c != name}
    fewer["filed"] = [row for row in place["filed"] if row["applicant_id"] != name]
    if not fewer["children"]:
        return
    before, after = run(place).world.children, run(fewer).world.children
    tickets = dict(zip(before.ids, map(bytes, before.tickets), strict=True))
    assert all(tickets[c] == bytes(t) for c, t in zip(after.ids, after.tickets, strict=True))


def test_a_seed_decides_the_draw_and_another_seed_draws_another() -> None:
    place: Town = {
        "zones": {"Z": ("D", ["S1", "S2"])},
        "schools": {"S1": ("D", 0.0, 10), "S2": ("D", 0.0, 10)},
        "children": [
            {
                "applicant_id": f"c{n:02d}",
                "category": "household",
                "zone_id": "Z",
                "settled_on": "2010-01-01",
            }
            for n in range(20)
        ],
    }
    city = town(**place)
    rules = POLICY.at(city.project.project.date)
    first, again, other = (play(city, rules, seed=seed).school_of() for seed in ("one", "one", "two"))
    assert first == again
    assert first != other
