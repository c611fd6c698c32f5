"""One stage: decisions, what happens when it is full, what it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from geodata import DataError, NotBuiltYetError, XuequError
from geodata.city import city_of
from geodata.project import Project
from geodata.toml import record_from
from tests.simulate.town import CHOICES, NEAREST, play, policy, stage, town

ZONES = {"Z1": ("D", ["S1"]), "Z2": ("D", ["S1", "S2"])}
SCHOOLS = {"S1": ("D", 0.0, 1), "S2": ("D", 1000.0, 1)}
TICKET = ["ticket"]


def child(name: str, category: str = "household", zone: str = "Z1", **more: Any) -> dict[str, Any]:
    return {"applicant_id": name, "category": category, "zone_id": zone, **more}


def decision(name: str, stage_id: str, school: str) -> dict[str, Any]:
    return {
        "applicant_id": name,
        "stage": stage_id,
        "school_id": school,
        "reason_code": "R1",
        "authority": "district bureau",
        "document_no": "2024-7",
    }


FILL = stage("one", "household", "own-zone", ["settled_on asc", "ticket"], zone="single-school")


def test_a_decision_takes_a_free_seat_first() -> None:
    children = [child("a", settled_on="2010-01-01"), child("b", settled_on="2020-01-01")]
    played = play(
        town(zones=ZONES, schools=SCHOOLS, children=children, decisions=[decision("b", "one", "S1")]),
        policy(FILL),
    )
    rows = played.placements.set_index("applicant_id")
    assert rows.loc["b", ["school_id", "reason", "over", "decided"]].tolist() == [
        "S1",
        "decision",
        False,
        True,
    ]
    assert rows.loc["a", "outcome"] == "waiting", "the seat is taken, though a settled earlier"


def test_a_decision_for_a_full_school_is_over_the_intake_and_recorded() -> None:
    children = [child("a"), child("b"), child("c")]
    decisions = [decision("b", "one", "S1"), decision("c", "one", "S1")]
    played = play(town(zones=ZONES, schools=SCHOOLS, children=children, decisions=decisions), policy(FILL))
    rows = played.placements.set_index("applicant_id")
    assert rows.loc[["b", "c"], "over"].tolist() == [False, True]
    ledger = played.ledger("one")
    assert ledger.loc["S1", ["before", "given", "over", "left"]].tolist() == [1, 1, 1, 0]


def test_a_decision_on_a_child_who_has_a_place_is_refused() -> None:
    second = stage("two", "household", "own-district", TICKET, mechanism=NEAREST)
    city = town(zones=ZONES, schools=SCHOOLS, children=[child("a")], decisions=[decision("a", "two", "S2")])
    with pytest.raises(DataError, match="still waits when the stage two begins"):
        play(city, policy(FILL, second))


def test_a_decision_that_names_no_stage_is_refused() -> None:
    city = town(
        zones=ZONES, schools=SCHOOLS, children=[child("a")], decisions=[decision("a", "nine", "S1")]
    )
    with pytest.raises(DataError, match=r"decisions, column stage: found 'nine'; stages: one"):
        play(city, policy(FILL))


def test_a_decision_on_nobody_is_refused() -> None:
    city = town(zones=ZONES, schools=SCHOOLS, children=[child("a")])
    tables = dict(city.tables)
    tables["decisions"] = town(
        zones=ZONES, schools=SCHOOLS, children=[child("z")], decisions=[decision("z", "one", "S1")]
    )["decisions"]
    with pytest.raises(DataError, match=r"found 'z'; the number of an applicant"):
        play(replace(city, tables=tables), policy(FILL))


def test_over_seats_everybody_left_at_the_first_school_of_their_list() -> None:
    over = stage(
        "over",
        "household",
        "own-district",
        ["settled_on asc", "ticket"],
        mechanism=NEAREST,
        when_full="over",
    )
    children = [child(n, east=900.0, settled_on=f"201{i}-01-01") for i, n in enumerate("abcd")]
    played = play(town(zones=ZONES, schools=SCHOOLS, children=children), policy(over))
    # a takes the nearest, S2; b takes S1; c and d are seated at S2, the nearest, above its intake
    assert played.school_of() == {"a": "S2", "b": "S1", "c": "S2", "d": "S2"}
    assert played.placements["over"].tolist() == [False, False, True, True]
    assert played.placements["reason"].tolist() == ["seat", "seat", "over", "over"]


def test_not_admitted_is_final() -> None:
    first = stage("first", "points", "own-zone", TICKET, mechanism=CHOICES, when_full="not-admitted")
    second = stage("second", "points", "own-district", TICKET, mechanism=NEAREST)
    city = town(zones=ZONES, schools=SCHOOLS, children=[child("a", "points")])  # a lists nothing
    played = play(city, policy(first, second))
    assert played.placements["outcome"].tolist() == ["not-admitted"]
    assert played.stage_of() == {"a": "first"}


def test_a_household_child_left_over_waits_and_is_not_turned_away() -> None:
    played = play(town(zones=ZONES, schools=SCHOOLS, children=[child("a"), child("b")]), policy(FILL))
    assert sorted(played.placements["outcome"]) == ["placed", "waiting"]


def test_choices_outside_the_reach_of_a_stage_do_not_count() -> None:
    by_choice = stage("first", "points", "own-zone", TICKET, mechanism=CHOICES)
    city = town(zones=ZONES, schools=SCHOOLS, children=[child("a", "points")], choices={"a": ["S2", "S1"]})
    played = play(city, policy(by_choice))
    assert played.school_of() == {"a": "S1"}


def test_consent_opens_only_the_reach_that_it_names() -> None:
    city_wide = stage("city", "points", "other-districts", TICKET, mechanism=NEAREST, consents="city")
    zones = {"Z1": ("D", ["S1"]), "Z9": ("E", ["S9"])}
    schools = {"S1": ("D", 0.0, 0), "S9": ("E", 9000.0, 9)}
    children = [child(c, "points", consents=c) for c in ("none", "district", "city")]
    played = play(town(zones=zones, schools=schools, children=children), policy(city_wide))
    assert played.school_of() == {"none": None, "district": None, "city": "S9"}


def test_an_absent_key_comes_after_every_key_that_is_there() -> None:
    one_seat = stage("first", "points", "own-zone", ["points desc", "ticket"], mechanism=NEAREST)
    children = [child("a", "points"), child("b", "points", points=0)]
    played = play(town(zones={"Z1": ("D", ["S1"])}, schools=SCHOOLS, children=children), policy(one_seat))
    assert played.school_of() == {"a": None, "b": "S1"}


def test_fill_refuses_a_zone_of_several_schools_and_says_how_to_go_on() -> None:
    everywhere = stage("one", "household", "own-zone", TICKET)
    city = town(zones=ZONES, schools=SCHOOLS, children=[child("a", zone="Z2")])
    with pytest.raises(DataError, match=r"found 'Z2'.*several.*single-school"):
        play(city, policy(everywhere))


def test_random_seats_refuses_a_school_that_serves_two_zones_of_the_draw() -> None:
    zones = {"Z1": ("D", ["S1", "S2"]), "Z2": ("D", ["S2", "S3"])}
    schools = {**SCHOOLS, "S3": ("D", 2000.0, 1)}
    draw = stage("draw", "household", "own-zone", TICKET, mechanism="random-seats")
    city = town(zones=zones, schools=schools, children=[child("a", zone="Z1"), child("b", zone="Z2")])
    with pytest.raises(DataError, match=r"found 'S2'.*serves several of its zones"):
        play(city, policy(draw))


def test_a_category_that_the_policy_does_not_know_is_refused() -> None:
    city = town(zones=ZONES, schools=SCHOOLS, children=[child("a", "prince")])
    with pytest.raises(DataError, match=r"found 'prince'; categories of the policy test: household"):
        play(city, policy(FILL))


def test_a_choice_that_is_no_school_is_refused() -> None:
    city = town(zones=ZONES, schools=SCHOOLS, children=[child("a")], choices={"a": ["S9"]})
    with pytest.raises(
        DataError, match="found 'S9'; a school of the table schools, or a zone of the table zones"
    ):
        play(city, policy(FILL))


def test_a_choice_of_a_zone_counts_in_stages_that_give_zones_alone() -> None:
    by_choice = stage("first", "household", "city", TICKET, mechanism=CHOICES)
    city = town(zones=ZONES, schools=SCHOOLS, children=[child("a")], choices={"a": ["Z2", "S2"]})
    played = play(city, policy(by_choice))
    assert (played.school_of(), played.of("choice_rank")) == ({"a": "S2"}, {"a": 2})


def test_choices_filed_after_a_stage_that_is_not_there_are_refused() -> None:
    filed = [{"applicant_id": "a", "after_stage": "nine", "rank": 1, "target": "S1"}]
    city = town(zones=ZONES, schools=SCHOOLS, children=[child("a")], filed=filed)
    with pytest.raises(DataError, match=r"choices, column after_stage: found 'nine'; stages: one"):
        play(city, policy(FILL))


def test_choices_of_nobody_are_refused() -> None:
    city = town(zones=ZONES, schools=SCHOOLS, children=[child("a")])
    tables = dict(city.tables)
    other = town(zones=ZONES, schools=SCHOOLS, children=[child("z")], choices={"z": ["S1"]})
    tables["choices"] = other["choices"]
    with pytest.raises(DataError, match=r"choices, column applicant_id: found 'z'"):
        play(replace(city, tables=tables), policy(FILL))


HEAD = {"name": "t", "level": "primary", "year": 2024, "seed": "s"}
TABLES: dict[str, Any] = {
    "zones": {"rows": [{"zone_id": "Z"}]},
    "schools": {"rows": [{"school_id": "S"}]},
    "seats": {"rows": [{"school_id": "S", "seats": 1}]},
    "serves": {"rows": [{"zone_id": "Z", "school_id": "S"}]},
    "applicants": {"rows": [{"applicant_id": "a", "category": "household", "zone_id": "Z"}]},
}


def play_with(rules: dict[str, Any] = FILL, *, without: str = "", **rows: Any) -> None:
    """Play a town of one school, with the rows of some tables in place of its own."""
    tables = {**TABLES, **{name: {"rows": values} for name, values in rows.items()}}
    tables.pop(without, None)
    project = record_from({"project": HEAD, "tables": tables}, Project, "xuequ.toml")
    play(city_of(project, Path()), policy(rules))


def test_the_least_town_has_zones_schools_seats_and_what_serves_what() -> None:
    play_with(stage("one", "household", "own-zone", TICKET))


@pytest.mark.parametrize("reach", ["own-district", "other-districts"])
def test_a_policy_that_looks_through_districts_needs_them(reach: str) -> None:
    wide = stage("wide", "household", reach, TICKET, mechanism=NEAREST)
    with pytest.raises(DataError, match=r"district of zone Z(.|\n)*district of school S"):
        play_with(wide)


@pytest.mark.parametrize(
    ("without", "match"),
    [
        ("serves", "needs the table serves"),
        ("seats", "needs the table seats"),
        ("applicants", r"no applicants, and xuequ.toml has no \[children\]"),
    ],
)
def test_a_run_without_a_table_that_it_needs_is_refused(without: str, match: str) -> None:
    with pytest.raises(XuequError, match=match):
        play_with(without=without)


def test_seats_of_another_year_are_none() -> None:
    with pytest.raises(XuequError, match="no row for primary, grade 1, 2024"):
        play_with(seats=[{"school_id": "S", "seats": 1, "year": 2023}])


def test_what_is_not_built_says_so() -> None:
    several = [
        {"applicant_id": f"a{g}", "category": "household", "zone_id": "Z", "grade": g} for g in (1, 2)
    ]
    with pytest.raises(NotBuiltYetError, match="another grade than the entry grade, 1"):
        play_with(applicants=several)
    unit = {"unit_id": "U", "school_id": "S", "seconds": 60}
    with pytest.raises(NotBuiltYetError, match="travel in seconds; give metres"):
        play_with(units=[{"unit_id": "U"}], plan=[{"unit_id": "U", "zone_id": "Z"}], travel=[unit])


def test_applicants_that_are_declared_and_not_there_are_refused() -> None:
    city = town(zones=ZONES, schools=SCHOOLS, children=[child("a")])
    empty = {**city.tables, "applicants": city["applicants"].iloc[:0]}
    with pytest.raises(XuequError, match="the table applicants is declared and has no rows"):
        play(replace(city, tables=empty), policy(FILL))


def test_least_travel_refuses_to_add_up_distances_of_another_planet() -> None:
    far = stage("one", "household", "city", TICKET, mechanism="least-travel")
    for east, fits in ((4_999_999.0, True), (5_000_000.0, False)):
        city = town(
            zones={"Z": ("D", ["S"])}, schools={"S": ("D", east, 1)}, children=[child("a", zone="Z")]
        )
        if fits:
            assert play(city, policy(far)).school_of() == {"a": "S"}
            continue
        with pytest.raises(XuequError, match="least-travel adds up distances below 5,000,000 m"):
            play(city, policy(far))


def test_a_school_that_serves_no_zone_takes_part_where_a_reach_has_it() -> None:
    over = stage("over", "household", "own-district", TICKET, mechanism=NEAREST)
    schools = {"S1": ("D", 0.0, 0), "S2": ("D", 10.0, 1)}
    city = town(zones={"Z1": ("D", ["S1"])}, schools=schools, children=[child("a")])
    assert play(city, policy(over)).school_of() == {"a": "S2"}


def test_nobody_is_seated_over_an_intake_that_is_none() -> None:
    over = stage("over", "household", "own-district", TICKET, mechanism=NEAREST, when_full="over")
    schools = {"A": ("D", 0.0, 1), "NONE": ("D", 10.0, 0), "B": ("D", 500.0, 1)}
    children = [child(n, zone="Z", east=10.0) for n in "abcd"]
    played = play(town(zones={"Z": ("D", ["A"])}, schools=schools, children=children), policy(over))
    assert set(played.placements["school_id"]) == {"A", "B"}


def test_listed_schools_are_taken_by_choices() -> None:
    listed = stage("s", "points", "listed", TICKET, mechanism=CHOICES)
    city = town(zones=ZONES, schools=SCHOOLS, children=[child("a", "points")], choices={"a": ["S2"]})
    assert play(city, policy(listed)).school_of() == {"a": "S2"}


def test_the_choice_rank_is_the_one_that_was_filed() -> None:
    by_choice = stage("first", "points", "own-zone", TICKET, mechanism=CHOICES)
    city = town(zones=ZONES, schools=SCHOOLS, children=[child("a", "points")], choices={"a": ["S2", "S1"]})
    played = play(city, policy(by_choice))
    assert played.school_of() == {"a": "S1"}, "S2 does not serve its zone"
    assert played.placements["choice_rank"].tolist() == [2]


def test_a_drawn_zone_with_a_seat_left_has_no_cut_off() -> None:
    draw = stage("draw", "household", "own-zone", TICKET, mechanism="random-seats")
    schools = {"S1": ("D", 0.0, 4), "S2": ("D", 1000.0, 2)}
    zones = {"Z2": ("D", ["S1", "S2"])}
    for count, known in ((5, 0), (6, 2)):
        children = [child(f"c{n}", zone="Z2") for n in range(count)]
        ledger = play(town(zones=zones, schools=schools, children=children), policy(draw)).ledger("draw")
        assert ledger["cut_off"].notna().sum() == known


def test_reasons_tell_apart_who_was_not_asked_who_filed_nothing_and_who_found_no_seat() -> None:
    by_choice = stage("first", "points", "own-zone", TICKET, mechanism=CHOICES, zone="single-school")
    children = [
        child("filed", "points"),
        child("seated", "points"),
        child("silent", "points"),
        child("else", "points", "Z2"),
    ]
    city = town(
        zones=ZONES,
        schools={"S1": ("D", 0.0, 1), "S2": ("D", 0.0, 1)},
        children=children,
        choices={"filed": ["S1"], "seated": ["S1"]},
    )
    reasons = play(city, policy(by_choice)).placements.set_index("applicant_id")["reason"]
    assert sorted([reasons["filed"], reasons["seated"]]) == ["no-seat", "seat"]
    assert reasons["silent"] == "no-choice"
    assert reasons["else"] == "no-stage"


def test_a_school_listed_twice_is_refused() -> None:
    city = town(zones=ZONES, schools=SCHOOLS, children=[child("a")], choices={"a": ["S1", "S1"]})
    with pytest.raises(DataError, match="each school once in a child's list"):
        play(city, policy(FILL))


def test_a_policy_that_names_no_zone_of_the_city_is_refused() -> None:
    strange = stage("one", "household", "own-zone", TICKET)
    strange["claims"][0]["who"]["zone"] = ["Zx"]
    with pytest.raises(DataError, match=r"found 'Zx'; zones of the table zones"):
        play(town(zones=ZONES, schools=SCHOOLS, children=[child("a")]), policy(strange))
