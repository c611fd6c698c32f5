"""What an explanation tells: cut-offs, margins, reasons and what-ifs, against numbers worked by hand."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geodata import City, XuequError
from geodata.messages import speaker
from simulate.amend import amend, amended_tables
from simulate.building import build_world
from simulate.explain import Facts, facts_of, page_of, replay, text_of
from simulate.explain.facts import SEATED, Place, StageFacts
from simulate.explain.lines import LINES
from simulate.policy import Policy
from simulate.policy_files import policy_path, read_policy
from simulate.reasons import REASONS
from simulate.records import TABLES, tables_of
from simulate.runs import Run, read_run, whole_folder, write_run
from simulate.season import open_season, run_season
from tests.simulate.points.scores import shipped
from tests.simulate.test_golden_cascade import CHILDREN, CHOICES, SCHOOLS, ZONES
from tests.simulate.town import (
    CHOICES as BY_CHOICES,
)
from tests.simulate.town import (
    DEFERRED,
    NEAREST,
    by_ticket,
    claim,
    claims_stage,
    policy,
    pool,
    stage,
    town,
)
from tests.simulate.verify_papers import with_rows

Row = dict[str, Any]
Explain = Callable[..., Facts]


def written(city: City, rules: Policy, folder: Path, *, through: int | None = None) -> Run:
    """Run a town and write its run folder."""
    world = build_world(city, rules, seed="town")
    season = run_season(world, rules, open_season(world), through=through)
    with whole_folder(folder) as new:
        write_run(new, world, rules, tables_of(world, rules, season), done=season.done, seed="town")
    return read_run(folder)


def amended(published: Run, city: City, folder: Path) -> Run:
    """Amend a run with what a town has more."""
    rules = published.policy
    before = build_world(published.city, rules, seed="town")
    season = run_season(before, rules, open_season(before))
    world = build_world(city, rules, seed="town", amending=True)
    more = amend(before, season, world, rules)
    tables = amended_tables(more, world, rules, {name: published.table(name) for name in TABLES})
    with whole_folder(folder) as new:
        write_run(new, world, rules, tables, done=len(rules.stage), seed="town", published=published)
    return read_run(folder)


def text(facts: Facts, run: Run) -> str:
    """Return what a parent reads, on one line."""
    return " ".join(text_of(page_of(facts, run, speaker("en"))).split())


def in_stage(facts: Facts, run: Run, name: str, round_: int = 0) -> StageFacts:
    """Return what a stage did with the child."""
    number = [one.id for one in run.policy.stage].index(name)
    return next(one for one in facts.stages if one.number == number and one.round == round_)


def at(one: StageFacts, target: str) -> Place:
    """Return the place of a school in a stage's list."""
    return next(place for place in one.places if place.target == target)


def child(name: str, category: str = "points", zone: str = "Z1", **more: Any) -> Row:
    return {"applicant_id": name, "category": category, "zone_id": zone, "consents": "city", **more}


def decision(name: str, stage_id: str, school: str) -> Row:
    return {
        "applicant_id": name,
        "stage": stage_id,
        "school_id": school,
        "reason_code": "R1",
        "authority": "区教育局",
        "document_no": "区教〔2024〕7号",
    }


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Run:
    city = town(zones=ZONES, schools=SCHOOLS, children=CHILDREN, choices=CHOICES)
    rules = read_policy(policy_path("xiamen-datongchou", Path()))
    return written(city, rules.at(city.project.project.date), tmp_path_factory.mktemp("golden") / "run")


@pytest.fixture(scope="module")
def told(golden: Run) -> dict[str, Facts]:
    replayed = replay(golden)
    return {row["applicant_id"]: facts_of(replayed, row["applicant_id"]) for row in CHILDREN}


# ---- the cascade worked by hand (tests/simulate/test_golden_cascade.py has the town) ----


def test_settled_a_year_later_than_the_last_of_four(golden: Run, told: dict[str, Facts]) -> None:
    # A1 has 4 seats left for Ah1 to Ah5, who settled on 1 January of 2011 to 2015; Ah4 is the last one
    one = in_stage(told["Ah5"], golden, "household-single")
    assert (one.standing, one.seats) == ((5, 5), 4)
    found = at(one, "A1").line.difference
    assert found is not None
    assert (found.key, found.equal, found.above) == ("settled_on", (), False)
    assert found.mine is not None
    assert found.theirs is not None
    assert found.mine - found.theirs == 365
    words = text(told["Ah5"], golden)
    assert "4 seats for 5 children; in the order the child stood at 5" in words
    assert "Full: settled 365 days later than the last one admitted." in words
    assert "A1: settled over 365 days earlier, it would have stood above the last one admitted." in words


def test_who_was_left_over_hears_which_school_it_got_and_why_that_one(
    golden: Run, told: dict[str, Facts]
) -> None:
    one = in_stage(told["Ah5"], golden, "household-overflow")
    # A1 is full when the stage begins, but stands in the list: its rule may seat over the intake
    assert [(p.target, p.told) for p in one.places] == [("A1", "full"), ("A2", "got"), ("A3", "behind")]
    assert at(one, "A2").metres == 1000
    words = text(told["Ah5"], golden)
    assert "Placed: A2" in words
    assert "Which seat: the nearest school that had a seat for it." in words


def test_a_seat_of_a_drawn_zone_and_which_seat_are_told_apart(golden: Run, told: dict[str, Facts]) -> None:
    # ZA2: A2 [3] and A3 [2], three children: the order gives each a seat, the tickets say which: A2, A2, A3
    for place, name in enumerate(by_ticket("Ah6", "Ah7", "Ah8"), start=1):
        one = in_stage(told[name], golden, "household-multi")
        assert one.standing == (int(name[2]) - 5, 3)
        assert one.seats == 5
        assert one.by_drawing == (place, 3)
        assert {p.target: p.told for p in one.places} == (
            {"A2": "got", "A3": "elsewhere"} if place < 3 else {"A2": "elsewhere", "A3": "got"}
        )
        words = text(told[name], golden)
        assert f"5 seats for 3 children; in the order the child stood at {int(name[2]) - 5}." in words
        assert f"the child's ticket stood at {place}." in words


def test_ten_points_below_the_line_at_the_only_choice(golden: Run, told: dict[str, Facts]) -> None:
    # A3 has one seat: Ap3 (70) takes it, before Ap4 (60) and Ap7 (30)
    one = in_stage(told["Ap4"], golden, "points-zone")
    place = at(one, "A3")
    assert (place.seats, place.given, place.asked, place.told) == (1, 1, (2, 3), "full")
    words = text(told["Ap4"], golden)
    assert "Last one admitted: points 70" in words
    assert "Full: 10 points below the last one admitted. Of 3 who chose it the child stands at 2." in words
    assert "A3: with over 10 points more, it would have stood above the last one admitted." in words


def test_equal_points_are_said_to_be_equal_and_the_next_key_decides(
    golden: Run, told: dict[str, Facts]
) -> None:
    # C1 has one seat in municipal coordination: Ap8 (90, own home) comes before Ap1 (90, none)
    found = at(in_stage(told["Ap1"], golden, "municipal-coordination"), "C1").line.difference
    assert found is not None
    assert (found.equal, found.key, found.mine, found.above) == (("points",), "home", 0.0, False)
    assert found.theirs is None, "what the other has of a home is not told"
    words = text(told["Ap1"], golden)
    assert 'equal in points, then the last one admitted stands higher in "own home"' in words
    assert "Last one admitted: decided by: own home" in words
    assert 'C1: ahead of the last one admitted in "own home", or ahead in points, it would' in words
    assert "24" not in words.split("placements.parquet")[0].replace("2024", "").replace(
        told["Ap1"].ticket, ""
    )


def test_the_last_one_admitted_hears_that_it_was(golden: Run, told: dict[str, Facts]) -> None:
    place = at(in_stage(told["Ap3"], golden, "points-zone"), "A3")
    assert (place.told, place.line.kind, place.line.difference) == ("got", "last", None)
    assert "Given: the child was the last one admitted." in text(told["Ap3"], golden)
    # its first choice A2 was gone before points children were asked
    assert at(in_stage(told["Ap3"], golden, "points-zone"), "A2").line.kind == "none"


def test_refusing_the_city_is_named_with_what_it_would_have_opened(
    golden: Run, told: dict[str, Facts]
) -> None:
    facts = told["Ap6"]
    assert facts.outcome.reason == "no-consent-city"
    one = in_stage(facts, golden, "municipal-coordination")
    assert one.absence is not None
    assert one.absence.kind == "consents"
    [change] = one.changes
    # C3 has one seat left; C1 is far below, its last one has 90 and C2's has 60, Ap6 has 40
    assert (change.kind, change.level, change.left, change.above) == ("consent", "city", ("C3",), ())
    district = in_stage(facts, golden, "district-coordination")
    assert (district.places, district.gone) == ((), ("A1", "A2", "A3"))
    words = text(facts, golden)
    assert "No place: not admitted" in words
    assert (
        "consent to coordination across the city would have opened this stage. When it ended, seats"
        in words
    )


def test_stages_that_say_the_same_are_told_together(golden: Run, told: dict[str, Facts]) -> None:
    words = text(told["Af1"], golden)
    assert "3–13 Household children, zones with one school; Household children" in words
    assert words.count("the child had a place already") == 1


def test_a_child_of_a_zone_of_the_other_kind_hears_so(golden: Run, told: dict[str, Facts]) -> None:
    words = text(told["Ah1"], golden)
    assert "Nothing had to change" in words
    words = text(told["Ah6"], golden)
    assert "this stage is for a zone with one school" in words


def test_no_list_is_named_as_such(golden: Run, told: dict[str, Facts]) -> None:
    # Bp5 filed no list; the district found it a seat all the same
    one = in_stage(told["Bp5"], golden, "points-zone")
    assert one.places == ()
    assert "No choice was filed for this stage, so no seat could be given." in text(told["Bp5"], golden)
    [change] = one.changes
    # B2 [2] had seats left when the stage ended, B3 [1] too
    assert (change.kind, change.left) == ("choices", ("B2", "B3"))


# ---- each mechanism ----


def explained(
    folder: Path, rules: Policy, names: str | list[str], **place: Any
) -> tuple[Run, dict[str, Facts]]:
    """Run a small town, and explain some of its children."""
    run = written(town(**place), rules, folder / "run")
    replayed = replay(run)
    wanted = [names] if isinstance(names, str) else names
    return run, {name: facts_of(replayed, name) for name in wanted}


ONE_ZONE = {"Z1": ("D", ["S1", "S2", "S3"])}
THREE = {"S1": ("D", 100.0, 1), "S2": ("D", 200.0, 1), "S3": ("D", 300.0, 1)}
POINTS = ["points desc", "ticket"]


def test_a_second_choice_counts_in_the_second_round_only(tmp_path: Path) -> None:
    rules = policy(stage("one", "points", "own-zone", POINTS, mechanism={"name": "immediate-acceptance"}))
    children = [child(name, points=points) for name, points in (("a", 90), ("b", 80), ("c", 70))]
    run, told = explained(
        tmp_path,
        rules,
        ["b", "c"],
        zones=ONE_ZONE,
        schools=THREE,
        children=children,
        choices={"a": ["S1"], "b": ["S1", "S2"], "c": ["S2"]},
    )
    # round 1: a takes S1 from b (80 below 90), c takes S2; in round 2 S2 is full, though b stands above c
    one = in_stage(told["b"], run, "one")
    assert [(p.target, p.told, p.line.kind, p.line.filled, p.line.counted) for p in one.places] == [
        ("S1", "full", "last", 1, 1),
        ("S2", "full", "late", 1, 2),
    ]
    assert {c.kind: c.target for c in one.changes} == {"key": "S1", "round": "S2", "choices": None}
    words = text(told["b"], run)
    assert "Full after round 1 of the choices; this choice counted in round 2 only." in words
    assert "S2: as a choice of round 1 it would have stood above the last one admitted there." in words
    assert "schools not listed had seats left: S3." in words
    assert at(in_stage(told["c"], run, "one"), "S2").line.difference is None


def test_bands_of_two_choices_count_together(tmp_path: Path) -> None:
    rules = policy(stage("one", "points", "own-zone", POINTS, mechanism={"name": "parallel", "e": 2}))
    children = [child(name, points=points) for name, points in (("a", 90), ("b", 80), ("c", 70))]
    run, told = explained(
        tmp_path,
        rules,
        ["b", "c"],
        zones=ONE_ZONE,
        schools=THREE,
        children=children,
        choices={"a": ["S1"], "b": ["S1", "S2"], "c": ["S2", "S1", "S3"]},
    )
    # b's second choice is in the first band: it takes S2 from c, who gets S3 in the second band
    assert told["b"].outcome.school == "S2"
    places = in_stage(told["c"], run, "one").places
    assert [(p.target, p.told, p.line.kind, p.line.counted) for p in places] == [
        ("S2", "full", "last", 1),
        ("S1", "full", "last", 1),
        ("S3", "got", "last", 2),
    ]


def test_a_group_that_comes_first_is_named_and_no_points_are_held_out(tmp_path: Path) -> None:
    rules = policy(
        claims_stage(
            "one",
            claim("points", "own-zone", ["ticket"]),
            claim("points", "own-district", ["distance asc", "ticket"]),
            mechanism=DEFERRED,
        )
    )
    zones = {"Z1": ("D", ["S1"]), "Z2": ("D", ["S2"])}
    schools = {"S1": ("D", 0.0, 1), "S2": ("D", 1000.0, 2)}
    children = [
        child("own", east=900.0),
        child("near", zone="Z2", east=100.0),
        child("far", zone="Z2", east=480.0),
    ]
    run, told = explained(
        tmp_path,
        rules,
        ["near", "far"],
        zones=zones,
        schools=schools,
        children=children,
        choices={"own": ["S1"], "near": ["S1"], "far": ["S1"]},
    )
    found = at(in_stage(told["near"], run, "one"), "S1").line.difference
    assert found is not None
    assert (found.key, found.mine, found.theirs) == ("claim", 2.0, 1.0)
    words = text(told["near"], run)
    assert (
        "Full: the seats went to children of a group that stands before the child's here (group 1)."
        in words
    )
    assert (
        "S1: nothing within its own group; the seats went to children of a group that stands before it "
        "(group 1)." in words
    )


def test_so_many_metres_farther_than_the_last_one_admitted(tmp_path: Path) -> None:
    rules = policy(
        stage("one", "points", "own-zone", ["sibling desc", "distance asc", "ticket"], mechanism=DEFERRED)
    )
    children = [
        child("kin", east=900.0, sibling_school_id="S1"),
        child("near", east=100.0),
        child("far", east=480.0),
    ]
    run, told = explained(
        tmp_path,
        rules,
        ["kin", "far"],
        zones={"Z1": ("D", ["S1"])},
        schools={"S1": ("D", 0.0, 2)},
        children=children,
        choices={"kin": ["S1"], "near": ["S1"], "far": ["S1"]},
    )
    # near lives 100 m away and is the last of two: far lives 480 m away, 380 m farther
    found = at(in_stage(told["far"], run, "one"), "S1").line.difference
    assert found is not None
    assert (found.equal, found.key, found.mine, found.theirs) == ((), "distance", 480.0, 100.0)
    words = text(told["far"], run)
    assert "Full: 380 m farther than the last one admitted" in words
    assert "S1: living over 380 m nearer, it would have stood above the last one admitted." in words
    assert "Given: the child has a sibling there, which stands before." in text(told["kin"], run)


def test_a_later_ticket_among_equals_is_said_without_the_other_ticket(tmp_path: Path) -> None:
    rules = policy(stage("one", "points", "own-zone", POINTS))
    first, second = by_ticket("p1", "p2")
    run, told = explained(
        tmp_path,
        rules,
        [first, second],
        zones={"Z1": ("D", ["S1"])},
        schools={"S1": ("D", 0.0, 1)},
        children=[child("p1", points=50), child("p2", points=50)],
    )
    found = at(in_stage(told[second], run, "one"), "S1").line.difference
    assert found is not None
    assert (found.equal, found.key, found.mine, found.theirs) == (("points",), "ticket", None, None)
    words = text(told[second], run)
    assert "its ticket came after that of the last one admitted" in words
    assert "by lot among equals" in words
    assert told[second].ticket in words
    assert told[first].ticket not in words


def test_a_drawn_zone_that_is_short_has_one_line_for_all_its_schools(tmp_path: Path) -> None:
    rules = policy(stage("one", "points", "own-zone", POINTS, mechanism="random-seats"))
    children = [child(f"p{n}", points=points) for n, points in enumerate((90, 80, 70, 55))]
    run, told = explained(tmp_path, rules, "p3", zones=ONE_ZONE, schools=THREE, children=children)
    one = in_stage(told["p3"], run, "one")
    assert (one.standing, one.seats, one.by_drawing) == ((4, 4), 3, None)
    assert {p.line.difference.theirs for p in one.places if p.line.difference} == {70.0}
    assert [c.target for c in one.changes] == [None], "one line, told once"
    assert "zone: with over 15 points more" in text(told["p3"], run)


def test_twins_for_whom_one_seat_is_too_few_hear_so(tmp_path: Path) -> None:
    rules = policy(
        stage("one", "points", "own-zone", POINTS, mechanism=BY_CHOICES, twins="together", last_seat="next")
    )
    children = [
        child("t1", points=90, twin_group="T"),
        child("t2", points=90, twin_group="T"),
        child("x", points=10),
    ]
    run, told = explained(
        tmp_path,
        rules,
        ["t1", "x"],
        zones={"Z1": ("D", ["S1", "S2"])},
        schools={"S1": ("D", 0.0, 1), "S2": ("D", 0.0, 2)},
        children=children,
        choices={"t1": ["S1", "S2"], "t2": ["S1", "S2"], "x": ["S1"]},
    )
    assert [p.told for p in in_stage(told["t1"], run, "one").places] == ["passed", "got"]
    words = text(told["t1"], run)
    assert "Fewer seats were left than the twins together need." in words
    assert told["t1"].twin
    assert "GROUP" in words
    assert "'T'" not in words, "the number of the group is not for the page"


def test_the_least_travel_may_send_the_first_in_the_order_elsewhere(tmp_path: Path) -> None:
    rules = policy(stage("one", "points", "own-zone", POINTS, mechanism="least-travel"))
    # a lives between the two, b beside S1: together it is 300 + 0 and not 200 + 500
    children = [child("a", points=90, east=200.0), child("b", points=10, east=0.0)]
    run, told = explained(
        tmp_path,
        rules,
        "a",
        zones={"Z1": ("D", ["S1", "S2"])},
        schools={"S1": ("D", 0.0, 1), "S2": ("D", 500.0, 1)},
        children=children,
    )
    assert [(p.target, p.told) for p in in_stage(told["a"], run, "one").places] == [
        ("S1", "passed"),
        ("S2", "got"),
    ]
    assert "the seats were shared out so that all travel together is least" in text(told["a"], run)


def test_seats_set_apart_are_named_with_their_pool(tmp_path: Path) -> None:
    rules = policy(
        stage("one", "points", "own-zone", POINTS, mechanism=BY_CHOICES), pools=(pool("returning", -1),)
    )
    run, told = explained(
        tmp_path,
        rules,
        "p2",
        zones={"Z1": ("D", ["S1"])},
        schools={"S1": ("D", 0.0, {"open": 1, "returning": 2})},
        children=[child("p1", points=50), child("p2", points=40)],
        choices={"p1": ["S1"], "p2": ["S1"]},
    )
    assert at(in_stage(told["p2"], run, "one"), "S1").apart == (("returning", 2),)
    assert "Seats at S1 that were not open to the child here: 2 (returning)." in text(told["p2"], run)


def test_a_zone_is_given_first_and_the_school_later(tmp_path: Path) -> None:
    rules = policy(
        stage("zones", "points", "listed", POINTS, mechanism=BY_CHOICES, gives="zone"),
        stage("seats", "points", "own-zone", POINTS, mechanism="random-seats"),
    )
    zones = {"Z1": ("D", ["S1"]), "Z2": ("D", ["S2"])}
    schools = {"S1": ("D", 0.0, 1), "S2": ("D", 500.0, 1)}
    run, told = explained(
        tmp_path,
        rules,
        ["a", "b"],
        zones=zones,
        schools=schools,
        children=[child("a", points=90), child("b", points=80)],
        choices={"a": ["Z2"], "b": ["Z2", "Z1"]},
    )
    one = in_stage(told["b"], run, "zones")
    assert [(p.target, p.zone, p.told) for p in one.places] == [("Z2", True, "full"), ("Z1", True, "got")]
    words = text(told["b"], run)
    assert "Given the zone Z1; the school comes in a later stage." in words
    assert "Placed: S1" in words
    assert "10 points below the last one admitted" in words


def test_a_gate_says_the_rank_and_how_far_past_the_limit(tmp_path: Path) -> None:
    gate = {"order": POINTS, "within": "district", "at_most": 2}
    rules = policy(
        claims_stage("one", claim("points", "own-zone", POINTS, rank=gate), mechanism=NEAREST),
        stage("two", "points", "own-district", POINTS, mechanism=NEAREST),
    )
    children = [child(f"p{n}", points=90 - n) for n in range(4)]
    run, told = explained(tmp_path, rules, ["p1", "p3"], zones=ONE_ZONE, schools=THREE, children=children)
    absence = in_stage(told["p3"], run, "one").absence
    assert absence is not None
    assert absence.gate is not None
    assert (absence.kind, absence.gate.place, absence.gate.of, absence.gate.limit) == ("rank", 4, 4, 2)
    assert "only the first 2 in the district take part; the child stood at 4 of 4, which is 2 past" in text(
        told["p3"], run
    )
    assert "a place among the first 2 would have opened the stage." in text(told["p3"], run)
    passed = in_stage(told["p1"], run, "one").gate
    assert passed is not None
    assert passed.place == 2


def test_the_group_that_a_gate_kept_the_child_out_of_is_told_too(tmp_path: Path) -> None:
    gate = {"order": POINTS, "within": "city", "at_most": 1}
    rules = policy(
        claims_stage(
            "one",
            claim("points", "own-zone", POINTS, rank=gate),
            claim("points", "own-zone", ["distance asc", "ticket"]),
            mechanism=DEFERRED,
        )
    )
    run, told = explained(
        tmp_path,
        rules,
        "p1",
        zones={"Z1": ("D", ["S1"])},
        schools={"S1": ("D", 0.0, 1)},
        children=[child("p0", points=90), child("p1", points=80)],
        choices={"p0": ["S1"], "p1": ["S1"]},
    )
    one = in_stage(told["p1"], run, "one")
    assert (one.claims, [other.claim for other in one.outside]) == ((1,), [0])
    words = text(told["p1"], run)
    assert "Group 1. Not in it: only the first 1 in the city take part; the child stood at 2 of 2" in words
    assert "a place among the first 1 would have put the child in group 1." in words


def test_seats_for_a_gate_are_counted_after_decisions(tmp_path: Path) -> None:
    gate = {"order": POINTS, "within": "zone", "at_most": "seats"}
    rules = policy(claims_stage("one", claim("points", "own-zone", POINTS, rank=gate), mechanism=NEAREST))
    children = [child(f"p{n}", points=90 - n) for n in range(4)]
    run, told = explained(
        tmp_path,
        rules,
        "p2",
        zones=ONE_ZONE,
        schools=THREE,
        children=children,
        decisions=[decision("p3", "one", "S1")],
    )
    absence = in_stage(told["p2"], run, "one").absence
    assert absence is not None
    assert absence.gate is not None
    assert (absence.gate.place, absence.gate.of, absence.gate.limit) == (3, 3, 2)


# ---- every outcome and reason ----


def test_a_decision_is_told_with_its_authority_and_document(tmp_path: Path) -> None:
    rules = policy(stage("one", "points", "own-zone", POINTS))
    run, told = explained(
        tmp_path,
        rules,
        ["p1", "p2"],
        zones={"Z1": ("D", ["S1"])},
        schools={"S1": ("D", 0.0, 1)},
        children=[child("p1", points=1), child("p2", points=2)],
        decisions=[decision("p1", "one", "S1"), decision("p2", "one", "S1")],
    )
    words = text(told["p1"], run)
    assert (
        "Decided by hand, by 区教育局, document 区教〔2024〕7号, reason R1: a place at S1, on a free seat."
        in words
    )
    assert "above the intake" in text(told["p2"], run)
    assert told["p2"].outcome.reason == "decision"


def test_each_reason_for_having_no_place_is_said_in_words(tmp_path: Path) -> None:
    rules = policy(
        stage("main", "points", "own-zone", POINTS, mechanism=BY_CHOICES),
        stage("near", "walk", "own-zone", POINTS),
        stage("district", "points", "own-district", POINTS, mechanism=NEAREST, consents="district"),
        stage("city", "points", "other-districts", POINTS, mechanism=NEAREST, consents="city"),
        claims_stage(
            "late",
            claim("points", "own-zone", POINTS, status="late", zone="multi-school"),
            mechanism=NEAREST,
        ),
        stage("never", "strange", "own-zone", POINTS, mechanism=NEAREST, zone="multi-school"),
    )
    children = [
        child("seat", points=99),
        child("no-seat", category="walk", points=1),
        child("no-consent-district", points=2, consents="none"),
        child("no-consent-city", points=3, consents="district"),
        child("no-choice", points=4),
        child("withdrawn", points=5),
        child("declined", points=98),
        child("absent", points=6),
        child("no-stage", category="strange"),
    ]
    place = {
        "zones": {"Z1": ("D", ["S1"]), "Z2": ("E", ["S2"])},
        "schools": {"S1": ("D", 0.0, 2), "S2": ("E", 0.0, 0)},
        "children": children,
        "choices": {
            name: ["S1"] for name in ("seat", "declined", "no-consent-city", "no-consent-district")
        },
        "answers": [
            ("withdrawn", "main", "withdrawn"),
            ("declined", "never", "declined"),
            ("absent", "never", "late"),
        ],
    }
    run, told = explained(tmp_path, rules, [row["applicant_id"] for row in children], **place)
    expected = {
        "seat": 'The stage "main" gave the child a seat: choice 1.',
        "no-seat": "No stage that the child took part in had a seat left for it.",
        "no-consent-district": "those who consent to coordination; that consent was not given",
        "no-consent-city": "The stage across the city is for those who consent to that",
        "withdrawn": "The family withdrew the application.",
        "declined": "The family declined the place it had been given, and no later stage gave another.",
        "no-stage": "No stage was for this child",
    }
    for name, words in expected.items():
        assert told[name].outcome.reason == name
        assert words in text(told[name], run)
    stopped = written(town(**place), rules, tmp_path / "stopped", through=1)
    replayed = replay(stopped)
    assert "Still to come: district; city; late; never." in text(facts_of(replayed, "no-choice"), stopped)
    assert "The child had not arrived when the stages were run." in text(
        facts_of(replayed, "absent"), stopped
    )
    found = {facts_of(replayed, row["applicant_id"]).outcome.reason for row in children}
    found |= {facts.outcome.reason for facts in told.values()}
    assert found == set(REASONS) - {"over", "decision", "no-choice", "not-eligible"}, (
        "these have tests of their own"
    )


def test_who_is_not_eligible_hears_that_no_stage_was_for_it(tmp_path: Path) -> None:
    rules = policy(stage("one", "points", "own-zone", POINTS)).model_copy(
        update={"points": shipped("siming-2023", 2024)}
    )
    place = town(zones=ONE_ZONE, schools=THREE, children=[child("p1")])
    place = with_rows(place, "facts", [{"applicant_id": "p1", "fact": "born", "value": "2018-09-01"}])
    run = written(place, rules, tmp_path / "run")
    facts = facts_of(replay(run), "p1")
    assert facts.outcome.reason == "not-eligible"
    words = text(facts, run)
    assert "does not meet the conditions of the points schedule, so no stage was for it" in words
    assert "Not in it: the conditions of the points schedule are not met." in words


def test_who_filed_nothing_hears_that_seats_went_by_choices(tmp_path: Path) -> None:
    rules = policy(stage("one", "points", "own-zone", POINTS, mechanism=BY_CHOICES))
    run, told = explained(
        tmp_path, rules, "p1", zones=ONE_ZONE, schools=THREE, children=[child("p1", points=50)]
    )
    assert told["p1"].outcome.reason == "no-choice"
    words = text(told["p1"], run)
    assert "Seats went by choices, and no choice was filed for this child." in words
    assert "schools not listed had seats left: S1, S2, S3." in words


def test_a_place_above_the_intake_says_by_which_rule(tmp_path: Path) -> None:
    rules = policy(
        stage("one", "points", "own-zone", POINTS, mechanism=NEAREST, ties="all-over"),
        stage("two", "points", "own-zone", POINTS, mechanism=NEAREST, when_full="over"),
    )
    run, told = explained(
        tmp_path,
        rules,
        ["p1", "p2", "p3"],
        zones={"Z1": ("D", ["S1"])},
        schools={"S1": ("D", 0.0, 1)},
        children=[child("p1", points=50), child("p2", points=50), child("p3", points=40)],
    )
    tied = next(name for name in ("p1", "p2") if told[name].outcome.over)
    assert "Given above the intake: equal to the last one admitted" in text(told[tied], run)
    assert at(in_stage(told["p3"], run, "two"), "S1").told == "over"
    words = text(told["p3"], run)
    assert (
        'All seats were taken; the rule of the stage "two" gave the child a place above the intake.'
        in words
    )
    assert told["p3"].outcome.reason == "over"


# ---- a published run that was amended ----


def test_both_passes_of_an_amended_run_are_told(tmp_path: Path) -> None:
    rules = policy(stage("one", "points", "own-zone", POINTS))
    place: dict[str, Any] = {
        "zones": {"Z1": ("D", ["S1"])},
        "schools": {"S1": ("D", 0.0, 2)},
        "children": [child(f"p{n}", points=90 - n) for n in range(5)],
    }
    published = written(town(**place), rules, tmp_path / "published")
    place["children"] = [*place["children"], child("new", points=95)]
    place["answers"] = [("p0", "one", "declined")]
    place["decisions"] = [decision("p4", "amend", "S1")]
    run = amended(published, town(**place), tmp_path / "amended")
    replayed = replay(run)
    names = ("p0", "p1", "p2", "p3", "p4", "new")
    told = {name: facts_of(replayed, name) for name in names}
    # p0 gives its seat up; the new child has 95 points and takes it before p2 (88), who was first in line
    assert {name: told[name].outcome.outcome for name in names} == {
        "p0": "withdrawn",
        "p1": "placed",
        "p2": "not-admitted",
        "p3": "not-admitted",
        "p4": "placed",
        "new": "placed",
    }
    assert "declined the place; the seat went back." in text(told["p0"], run)
    assert [one.round for one in told["p1"].stages] == [0]
    assert "After publication ----------------- The published place stayed as it was." in text(
        told["p1"], run
    )
    assert [one.round for one in told["p2"].stages] == [0, 1]
    found = at(in_stage(told["p2"], run, "one", 1), "S1").line.difference
    assert found is not None
    assert (found.key, found.theirs) == ("points", 95.0)
    words = text(told["p4"], run)
    assert "Decided by hand, by 区教育局" in words
    assert "above the intake" in words
    assert "When the run was published: No place: not admitted." in words
    assert (told["new"].arrived_late, [one.round for one in told["new"].stages]) == (True, [1])
    assert "after the run was published" in text(told["new"], run)


# ---- what would have changed it ----


def test_with_so_much_more_the_child_does_get_the_seat(tmp_path: Path) -> None:
    rules = policy(
        stage("main", "points", "own-zone", POINTS, mechanism=BY_CHOICES),
        stage("district", "points", "own-district", POINTS, mechanism=NEAREST),
    )
    rng = random.Random(3)
    schools = {f"S{n}": ("D", rng.randint(0, 9) * 100.0, rng.randint(1, 2)) for n in range(4)}
    zones = {"Z1": ("D", ["S0", "S1"]), "Z2": ("D", ["S2", "S3"])}
    children = [
        child(f"p{n:02d}", zone=rng.choice(["Z1", "Z2"]), points=n * 3.5, east=rng.randint(0, 9) * 100.0)
        for n in range(14)
    ]
    choices = {row["applicant_id"]: rng.sample(zones[row["zone_id"]][1], 2) for row in children}
    place: dict[str, Any] = {"zones": zones, "schools": schools, "choices": choices}
    run = written(town(**place, children=children), rules, tmp_path / "run")
    replayed, tried = replay(run), 0
    for row in children:
        for one in facts_of(replayed, row["applicant_id"]).stages:
            for change in one.changes:
                if change.kind != "key" or change.difference is None:
                    continue
                mine, theirs = change.difference.mine, change.difference.theirs
                assert mine is not None
                assert theirs is not None
                more = [{**c, "points": theirs + 0.1} if c is row else c for c in children]
                world = build_world(town(**place, children=more), rules, seed="town")
                tables = tables_of(world, rules, run_season(world, rules, open_season(world)))
                placed = tables["placements"].set_index("applicant_id").loc[row["applicant_id"]]
                wanted = [p.target for p in one.places]
                assert placed["school_id"] in wanted[: wanted.index(change.target or "") + 1] or (
                    run.policy.stage_index(placed["stage"]) < one.number
                )
                tried += 1
    assert tried > 10


def test_the_lines_told_are_those_of_the_ledger(golden: Run, told: dict[str, Facts]) -> None:
    ledger = golden.table("ledger")
    checked = 0
    for facts in told.values():
        for one in facts.stages:
            rows = ledger[ledger["stage"] == golden.policy.stage[one.number].id].set_index("school_id")
            for place in one.places:
                found = place.line.difference
                if found is None or found.key == "ticket":
                    continue
                if found.key not in LINES:
                    assert found.theirs is None
                    continue
                cut_off = json.loads(rows.loc[place.target, "cut_off"])[found.key]
                if isinstance(cut_off, str):
                    cut_off = (pd.Timestamp(cut_off) - pd.Timestamp("1970-01-01")).days
                assert found.theirs == cut_off
                checked += 1
    assert checked > 20


# ---- what is refused ----


def test_an_unknown_applicant_is_refused(golden: Run) -> None:
    with pytest.raises(XuequError, match="has no applicant nobody: give the number as it stands"):
        facts_of(replay(golden), "nobody")


@pytest.mark.parametrize("gone", [False, True])
def test_a_placement_that_does_not_come_out_again_is_not_explained(
    golden: Run, tmp_path: Path, gone: bool
) -> None:
    import hashlib
    import shutil

    folder = tmp_path / "moved"
    shutil.copytree(golden.folder, folder)
    table = pd.read_parquet(folder / "placements.parquet")
    here = table["applicant_id"] == "Ah5"
    table.loc[here, "school_id"] = "A3"
    table = table[~here] if gone else table
    table.to_parquet(folder / "placements.parquet", index=False)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["placements.parquet"] = hashlib.sha256(
        (folder / "placements.parquet").read_bytes()
    ).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(
        XuequError, match="records another placement of Ah5 than its own inputs give: run xuequ"
    ):
        facts_of(replay(read_run(folder)), "Ah5")


def test_a_run_is_read_once_however_many_children_are_explained(
    golden: Run, told: dict[str, Facts], monkeypatch: pytest.MonkeyPatch
) -> None:
    replayed = replay(golden)

    def again(*_: object, **__: object) -> None:
        raise AssertionError("a table is read or made again for one child")

    monkeypatch.setattr(pd, "read_parquet", again)
    monkeypatch.setattr(import_module("simulate.explain.replay"), "placements_of", again)
    assert {name: facts_of(replayed, name) for name in told} == told


def test_every_seat_told_is_the_one_recorded(golden: Run, told: dict[str, Facts]) -> None:
    for facts in told.values():
        got = [place.target for one in facts.stages for place in one.places if place.told in SEATED]
        assert got == ([] if facts.outcome.school is None else [facts.outcome.school])
