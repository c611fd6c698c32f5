"""Answers between stages: who accepts, declines, withdraws, comes late, files anew (STAGES.md, 2 and 5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from geodata import DataError
from simulate.answers import apply_answers
from simulate.building import build_world
from simulate.reasons import REASONS, reasons_of
from simulate.records import listed_of
from simulate.season import open_season, run_season
from tests.simulate.town import (
    CHOICES,
    NEAREST,
    Played,
    claim,
    claims_stage,
    play,
    policy,
    stage,
    town,
)

TICKET = ["ticket"]
POINTS = ["points desc", "ticket"]
ZONES = {"Z1": ("D", ["S1"])}
ANY = ["waiting", "declined", "late"]


def child(name: str, points: int, category: str = "points", **more: Any) -> dict[str, Any]:
    return {"applicant_id": name, "category": category, "zone_id": "Z1", "points": points, **more}


def by_points(name: str, status: Any = "waiting", mechanism: Any = NEAREST, **more: Any) -> dict[str, Any]:
    one = claim(["points", "household"], "city", POINTS, status=status)
    return claims_stage(name, one, mechanism=mechanism, **more)


def season(
    answers: list[tuple[str, str, str]],
    *stages: dict[str, Any],
    seats: dict[str, int] | None = None,
    children: list[dict[str, Any]] | None = None,
    **more: Any,
) -> Played:
    """Play a, b and c, of 90, 80 and 70 points, for one seat at S1 and one at S2 (200 m away)."""
    schools = {s: ("D", 200.0 * i, n) for i, (s, n) in enumerate((seats or {"S1": 1, "S2": 1}).items())}
    rows = children or [child(n, 90 - 10 * i) for i, n in enumerate("abc")]
    city = town(zones=ZONES, schools=schools, children=rows, answers=answers, **more)
    return play(city, policy(*stages))


ONE, TWO = by_points("one"), by_points("two")
RETURNED = ["before", "returned", "given", "left"]


def test_accepted_changes_nothing() -> None:
    silent, said = season([], ONE, TWO), season([("a", "one", "accepted")], ONE, TWO)
    for name, table in silent.tables.items():
        assert table.equals(said.tables[name])


def test_a_place_declined_goes_to_the_next_and_who_declined_is_gone_in_the_end() -> None:
    # one: a S1, b S2. a declines: c gets its seat in the next stage, in which a takes no part
    played = season([("a", "one", "declined")], ONE, TWO)
    assert played.school_of() == {"a": None, "b": "S2", "c": "S1"}
    assert played.ledger("two").loc["S1", RETURNED].tolist() == [1, 1, 1, 0]
    assert played.ledger("two").loc["S2", RETURNED].tolist() == [0, 0, 0, 0]
    assert played.keys("two")["applicant_id"].tolist() == ["c"]
    assert (played.of("outcome")["a"], played.of("reason")["a"]) == ("withdrawn", "declined")
    assert (played.stage_of()["a"], played.of("choice_rank")["a"]) == (None, None)


def test_a_stage_may_mean_those_who_declined() -> None:
    # a declines S1 and competes again, before c: it takes the seat that it gave up
    played = season([("a", "one", "declined")], ONE, by_points("two", ["waiting", "declined"]))
    assert played.school_of() == {"a": "S1", "b": "S2", "c": None}
    assert played.stage_of()["a"] == "two"
    only = season([("a", "one", "declined")], ONE, by_points("two", "declined"))
    assert only.keys("two")["applicant_id"].tolist() == ["a"]


def test_who_withdraws_is_gone_for_good_with_a_place_or_without() -> None:
    played = season([("a", "one", "withdrawn"), ("c", "one", "withdrawn")], ONE, by_points("two", ANY))
    assert played.school_of() == {"a": None, "b": "S2", "c": None}
    assert played.of("outcome") == {"a": "withdrawn", "b": "placed", "c": "withdrawn"}
    assert played.of("reason") == {"a": "withdrawn", "b": "seat", "c": "withdrawn"}
    assert played.ledger("two").loc["S1", RETURNED].tolist() == [1, 1, 0, 1]
    assert len(played.keys("two")) == 0


def test_a_place_over_the_intake_returns_no_seat() -> None:
    # all three want S1 (1 seat): b and c sit over it. b leaves: nothing comes back
    over = by_points("one", when_full="over")
    played = season([("b", "one", "withdrawn")], over, by_points("two", ANY), seats={"S1": 1})
    assert played.of("over") == {"a": False, "b": False, "c": True}
    assert played.ledger("one").loc["S1", ["given", "over", "left"]].tolist() == [1, 2, 0]
    assert played.ledger("two").loc["S1", RETURNED].tolist() == [0, 0, 0, 0]


def test_a_seat_given_up_does_not_go_to_those_who_sit_over_the_intake() -> None:
    over = by_points("one", when_full="over")
    played = season([("a", "one", "withdrawn")], over, by_points("two", ANY), seats={"S1": 1})
    assert played.of("over") == {"a": False, "b": True, "c": True}
    assert played.ledger("two").loc["S1", RETURNED].tolist() == [1, 1, 0, 1]


def test_who_comes_late_is_absent_until_then_and_late_after() -> None:
    # a arrives after "one"; the stage "two" is not for late ones, the stage "three" is
    stages = [ONE, TWO, by_points("three", ["waiting", "late"])]
    played = season([("a", "one", "late")], *stages, seats={"S1": 1, "S2": 1, "S3": 1})
    assert played.school_of() == {"a": "S3", "b": "S1", "c": "S2"}
    for name, who in (("one", ["b", "c"]), ("two", []), ("three", ["a"])):
        assert played.keys(name)["applicant_id"].tolist() == who


def test_late_ones_compete_with_the_others_where_a_stage_says_so() -> None:
    played = season(
        [("a", "one", "late")], by_points("one"), by_points("two", ANY), seats={"S1": 1, "S2": 1}
    )
    assert played.school_of() == {"a": None, "b": "S1", "c": "S2"}
    fewer = season(
        [("b", "one", "late")], by_points("one"), by_points("two", ANY), seats={"S1": 1, "S2": 1}
    )
    assert fewer.school_of() == {"a": "S1", "b": None, "c": "S2"}
    again = season([("b", "one", "late"), ("a", "one", "withdrawn")], ONE, by_points("two", ANY))
    assert again.school_of() == {"a": None, "b": "S1", "c": "S2"}


def test_who_came_after_the_last_stage_is_not_absent_any_more() -> None:
    children = [child("a", 9, "household"), child("b", 8)]
    answers = [("a", "one", "late"), ("b", "one", "late")]
    played = season(answers, ONE, children=children)
    # a household child waits on; a points child is not admitted; both were in no stage
    assert played.of("outcome") == {"a": "waiting", "b": "not-admitted"}
    assert played.of("reason") == {"a": "no-stage", "b": "no-stage"}


LISTED = by_points("one", ANY, CHOICES), by_points("two", ANY, CHOICES)


def filed(name: str, *schools: str, after: str | None = "one", list_: int = 1) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for rank, school in enumerate(schools, start=1):
        row = {"applicant_id": name, "list": list_, "rank": rank, "target": school}
        rows.append(row if after is None else {**row, "after_stage": after})
    return rows


def test_choices_filed_again_replace_all_earlier_ones() -> None:
    # c lists S1, then S2; S1 goes to a. It files S3 alone: S2, free, is on its list no more
    played = season(
        [("c", "one", "refiled")],
        *LISTED,
        seats={"S1": 1, "S2": 0, "S3": 0},
        choices={"a": ["S1"], "b": ["S1"], "c": ["S1"]},
        filed=filed("c", "S3"),
    )
    assert played.school_of() == {"a": "S1", "b": None, "c": None}
    both = season(
        [("c", "one", "refiled"), ("a", "one", "withdrawn")],
        *LISTED,
        choices={"a": ["S1"], "b": ["S1"], "c": ["S1"]},
        filed=filed("c", "S2"),
    )
    # b keeps its list and gets S1, which a gave up; c asks for S2 alone now
    assert both.school_of() == {"a": None, "b": "S1", "c": "S2"}
    assert both.of("choice_rank") == {"a": None, "b": 1, "c": 1}


def test_choices_filed_again_replace_the_other_lists_too() -> None:
    # c had a second list with S2, and files its first list anew: the second is gone
    second = claims_stage(
        "two",
        claim("points", {"schools": "city", "list": 2}, POINTS, status=ANY),
        mechanism=CHOICES,
    )
    rows = filed("c", "S2", after=None, list_=2)
    kept = season([], LISTED[0], second, filed=rows)
    assert kept.school_of()["c"] == "S2"
    answers = [("c", "one", "refiled")]
    assert season(answers, LISTED[0], second, filed=[*rows, *filed("c", "S2")]).school_of()["c"] is None


def test_choices_may_come_with_a_refusal_or_an_arrival() -> None:
    answers = [("a", "one", "declined"), ("c", "one", "late")]
    played = season(
        answers,
        *LISTED,
        choices={"a": ["S1"], "b": ["S2"], "c": ["S2"]},
        filed=[*filed("a", "S2", "S1"), *filed("c", "S1")],
    )
    # a declines S1 and files S2, S1: S2 is b's, so it takes S1 again; c, late, has fewer points
    assert played.school_of() == {"a": "S1", "b": "S2", "c": None}
    assert played.of("choice_rank")["a"] == 2


def test_the_latest_filing_counts() -> None:
    stages = [by_points(n, ANY, CHOICES) for n in ("one", "two", "three")]
    played = season(
        [("c", "one", "refiled"), ("c", "two", "refiled")],
        *stages,
        seats={"S1": 2, "S2": 0, "S3": 1},
        choices={"a": ["S1"], "b": ["S1"], "c": ["S1"]},
        filed=[*filed("c", "S2"), *filed("c", "S2", "S3", after="two")],
    )
    assert played.school_of()["c"] == "S3"
    assert played.of("choice_rank")["c"] == 2


# --- faults


@pytest.mark.parametrize(
    ("answers", "match"),
    [
        ([("a", "nine", "accepted")], "column after_stage: found 'nine'; stages: one, two"),
        ([("c", "one", "declined")], "found 'c'; declined by a child that has a place then"),
        ([("c", "one", "accepted")], "found 'c'; accepted by a child that has a place then"),
        ([("a", "one", "late"), ("a", "two", "late")], "found 'a'; a child arrives late once"),
        (
            [("a", "two", "late"), ("a", "one", "withdrawn")],
            r"found 'a'; no answer before the child has arrived \(answer late\)",
        ),
        ([("c", "one", "refiled")], "found 'c'; choices with after_stage one, for the answer is refiled"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(answers: list[tuple[str, str, str]], match: str) -> None:
    with pytest.raises(DataError, match=match):
        season(answers, ONE, TWO)


def test_an_answer_of_nobody_is_refused() -> None:
    # where the children are drawn there is no table in which the reader could look
    schools, rows = {"S1": ("D", 0.0, 1)}, [child("a", 1)]
    city = town(zones=ZONES, schools=schools, children=rows)
    other = town(zones=ZONES, schools=schools, children=[child("z", 1)], answers=[("z", "one", "accepted")])
    tables = {**city.tables, "answers": other["answers"]}
    with pytest.raises(
        DataError, match="answers, column applicant_id: found 'z'; the number of an applicant"
    ):
        play(replace(city, tables=tables), policy(ONE))


@pytest.mark.parametrize("answer", [[], [("c", "one", "withdrawn")], [("a", "one", "accepted")]])
def test_choices_filed_after_a_stage_need_an_answer_beside_them(
    answer: list[tuple[str, str, str]],
) -> None:
    name = "a" if answer and answer[0][0] == "a" else "c"
    match = rf"found '{name}'; an answer refiled, declined or late after one in the table answers"
    with pytest.raises(DataError, match=match):
        season(answer, *LISTED, choices={"a": ["S1"]}, filed=filed(name, "S2"))


@pytest.mark.parametrize("answer", ["refiled", "accepted"])
def test_a_child_whose_case_is_closed_files_and_accepts_nothing(answer: str) -> None:
    first = by_points("one", when_full="not-admitted")
    more = {"filed": filed("c", "S2")} if answer == "refiled" else {}
    with pytest.raises(
        DataError, match="found 'c'; no accepted or refiled from a child whose case is closed"
    ):
        season([("c", "one", answer)], first, TWO, **more)


def test_late_for_a_child_that_has_been_there_is_refused() -> None:
    # the reader refuses "late" twice; a state in which the child is there already is refused here too
    city = town(
        zones=ZONES, schools={"S1": ("D", 0.0, 1)}, children=[child("a", 1)], answers=[("a", "one", "late")]
    )
    world = build_world(city, policy(ONE), seed="town")
    state = open_season(world).state
    there = replace(state, status=state.status * 0)
    with pytest.raises(DataError, match="found 'a'; late for a child that has not been there before"):
        apply_answers(world, policy(ONE), 0, there)


def test_a_decision_on_a_child_who_has_not_come_yet_is_refused() -> None:
    by_hand = {"applicant_id": "a", "school_id": "S1", "reason_code": "R", "authority": "b"}
    for name, fits in (("one", False), ("two", True)):
        decisions = [{**by_hand, "stage": name, "document_no": "1"}]
        if fits:
            played = season([("a", "one", "late")], ONE, TWO, decisions=decisions)
            assert played.stage_of()["a"] == "two"
            continue
        with pytest.raises(DataError, match="found 'a'; a child who still waits when the stage one begins"):
            season([("a", "one", "late")], ONE, TWO, decisions=decisions)


def test_the_choices_as_used_say_after_which_stage_they_were_filed() -> None:
    rows = [*filed("c", "S2"), *filed("b", "S1", after=None, list_=2)]
    answers = [("c", "one", "refiled")]
    played = season(answers, *LISTED, choices={"c": ["S1", "S2"]}, filed=rows)
    table = listed_of(played.world, played.policy)
    assert [tuple(row) for row in table.fillna("-").to_numpy()] == [
        ("b", "-", 2, 1, "S1"),
        ("c", "-", 1, 1, "S1"),
        ("c", "-", 1, 2, "S2"),
        ("c", "one", 1, 1, "S2"),
    ]


# --- reasons and outcomes


def test_while_stages_are_left_who_waits_is_told_so() -> None:
    # one: decision, declined, seat and withdrawn fill the four seats; two seats come back before stage two,
    # which is for those who consent to the district at least
    children = [
        child("absent", 1, "household"),
        child("city", 1, consents="city"),
        child("decision", 1),
        child("declined", 99),
        child("district", 1, consents="district"),
        child("none", 1, consents="none"),
        child("over", 1, "household"),
        child("seat", 98),
        child("withdrawn", 97),
    ]
    stages = [
        stage("one", "points", "city", POINTS, mechanism=CHOICES),
        stage("two", "points", "city", POINTS, mechanism=NEAREST, consents="district"),
        stage("three", "household", "city", POINTS, mechanism=NEAREST, when_full="over"),
    ]
    by_hand = {"applicant_id": "decision", "stage": "one", "school_id": "S1", "reason_code": "R"}
    answers = [
        ("declined", "one", "declined"),
        ("withdrawn", "one", "withdrawn"),
        ("absent", "three", "late"),
    ]
    city = town(
        zones=ZONES,
        schools={"S1": ("D", 0.0, 4)},
        children=children,
        choices={n: ["S1"] for n in ("declined", "withdrawn", "seat")},
        answers=answers,
        decisions=[{**by_hand, "authority": "b", "document_no": "1"}],
    )
    rules = policy(*stages)
    world = build_world(city, rules, seed="town")
    almost = run_season(world, rules, open_season(world), through=1)
    found = dict(zip(world.children.ids, reasons_of(world, rules, almost), strict=True))
    seats = dict.fromkeys(("city", "district", "seat"), "seat")
    waiting = dict.fromkeys(("declined", "none", "over"), "not-yet")
    special = {"absent": "absent", "decision": "decision", "withdrawn": "withdrawn"}
    assert found == {**seats, **waiting, **special}
    whole = run_season(world, rules, almost)
    found = dict(zip(world.children.ids, reasons_of(world, rules, whole), strict=True))
    ended = {"declined": "declined", "none": "no-consent-district", "over": "over", "absent": "no-stage"}
    assert found == {**seats, **special, **ended}
    assert set(REASONS) >= set(found.values())


def test_reasons_in_the_end() -> None:
    # one seat: a has it, b is asked and refused, c filed nothing, d does not consent, e is in no stage
    one = stage("one", "points", "city", POINTS, mechanism=CHOICES)
    two = stage("two", "other", "city", POINTS, mechanism=NEAREST, consents="district")
    three = stage("three", "third", "city", POINTS, mechanism=NEAREST, zone=["Z9"])
    wide = stage("four", "fourth", "city", POINTS, mechanism=NEAREST, consents="city")
    children = [
        child("a", 9),
        child("b", 8),
        child("c", 7),
        child("d", 6, "other", consents="none"),
        child("e", 5, "third"),
        child("f", 5, "fourth", consents="district"),
        child("g", 5, "fourth", consents="city"),
    ]
    city = town(
        zones={**ZONES, "Z9": ("D", ["S1"])},
        schools={"S1": ("D", 0.0, 1)},
        children=children,
        choices={"a": ["S1"], "b": ["S1"]},
    )
    assert play(city, policy(one, two, three, wide)).of("reason") == {
        "a": "seat",
        "b": "no-seat",
        "c": "no-choice",
        "d": "no-consent-district",
        "e": "no-stage",
        "f": "no-consent-city",
        "g": "no-seat",
    }
