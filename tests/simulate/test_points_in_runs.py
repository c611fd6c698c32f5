"""Points that come from facts inside a run: what the engine orders by, and what the recheck finds."""

from __future__ import annotations

import datetime
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings

from geodata import DataError, read_city
from geodata.city import City
from geodata.toml import record_from
from simulate.app import policy_of
from simulate.points.schedule import Schedule
from simulate.policy import Policy
from simulate.verify.findings import Findings
from simulate.verify.reading import rows_of
from simulate.verify.scoring import Case, score_of
from simulate.verify.solution import solve_papers
from tests.simulate import verify_papers
from tests.simulate.points.random_points import cases
from tests.simulate.points.scores import YEAR, facts_table, scored, shipped
from tests.simulate.town import CHOICES, play, policy, stage, town
from tests.tiny import write_tiny

ORDER = ["points desc", "home desc", "insurance_months desc", "residence_days desc", "ticket"]
ZONE = stage("zone", "points", "own-zone", ORDER, mechanism=CHOICES)
SIMING = shipped("siming-2023", 2023)
D = datetime.date
ELIGIBLE = [
    {"fact": "born", "value": "2017-08-31"},
    {"fact": "permit", "from": D(2020, 1, 1), "district_id": "D"},
    {"fact": "residence", "from": D(2022, 11, 1), "district_id": "D"},
]


def city(facts: dict[str, list[dict[str, Any]]], *, seats: int = 1, **columns: Any) -> City:
    """Return a town of one school whose applicants have these facts."""
    children = [{"applicant_id": c, "category": "points", "zone_id": "Z", **columns} for c in facts]
    place = town(
        zones={"Z": ("D", ["S"])},
        schools={"S": ("D", 0.0, seats)},
        children=children,
        choices={c: ["S"] for c in facts},
    )
    head = place.project.project.model_copy(update={"year": 2023})
    place = replace(place, project=place.project.model_copy(update={"project": head}))
    seats_2023 = place["seats"].assign(year=2023)
    place = replace(place, tables={**place.tables, "seats": seats_2023})
    rows = [{"applicant_id": c, **row} for c, some in facts.items() for row in some]
    return verify_papers.with_rows(place, "facts", rows)


def rules(schedule: Schedule = SIMING) -> Policy:
    """Return a policy of one stage by points, with a schedule."""
    return policy(ZONE, household=()).model_copy(update={"points": schedule})


def insured(months: int) -> dict[str, Any]:
    """Return insurance of so many months, the last of them April 2023."""
    start = pd.Timestamp(2023, 5, 1) - pd.DateOffset(months=months)
    return {"fact": "insurance", "from": start.date(), "until": D(2023, 4, 30)}


def test_who_has_more_points_by_the_facts_gets_the_seat() -> None:
    played = play(city({"a": [*ELIGIBLE, insured(12)], "b": [*ELIGIBLE, insured(13)]}), rules())
    assert played.school_of() == {"a": None, "b": "S"}
    keys = played.keys("zone").set_index("applicant_id")
    assert keys["insurance_months"].to_dict() == {"a": 12, "b": 13}
    # 4 points a year: 12 months are 4, 13 months 4.33; 181 days of residence at 2 a year are 0.99
    assert keys["points"].to_dict() == {"a": 4.99, "b": 5.32}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"fact": "born", "value": "2017-09-01"}, "turns six a day late"),
        ({"fact": "permit", "from": D(2020, 1, 1), "until": D(2022, 12, 31)}, "the permit has run out"),
        ({"fact": "residence", "from": D(2022, 11, 2), "district_id": "D"}, "came a day late"),
    ],
)
def test_a_child_that_misses_a_rule_is_not_admitted_whatever_seats_there_are(
    change: dict[str, Any], rule: str
) -> None:
    facts = [change if row["fact"] == change["fact"] else row for row in ELIGIBLE]
    played = play(city({"a": facts, "b": ELIGIBLE}, seats=9), rules())
    assert played.of("outcome") == {"a": "not-admitted", "b": "placed"}, rule
    assert played.of("reason")["a"] == "not-eligible"
    assert played.keys("zone")["applicant_id"].tolist() == ["b"]


def test_a_cell_that_says_otherwise_than_the_facts_is_refused() -> None:
    with pytest.raises(
        DataError, match=r"4\.99, which the facts and the points schedule give \(applicant a"
    ):
        play(city({"a": [*ELIGIBLE, insured(12)]}, points=5), rules())


def test_a_cell_that_says_the_same_as_the_facts_is_kept() -> None:
    assert play(city({"a": [*ELIGIBLE, insured(12)]}, points=4.99), rules()).school_of() == {"a": "S"}


def test_a_decision_on_a_child_that_is_not_eligible_is_refused_with_what_to_do() -> None:
    place = city({"a": [{"fact": "born", "value": "2017-09-01"}]})
    decided = {"applicant_id": "a", "stage": "zone", "school_id": "S", "reason_code": "r"}
    place = verify_papers.with_rows(place, "decisions", [{**decided, "authority": "x", "document_no": "1"}])
    with pytest.raises(DataError, match="it is not eligible by the points schedule: correct its facts"):
        play(place, rules())


def test_an_order_may_read_single_items_of_the_schedule() -> None:
    by_item = stage("zone", "points", "own-zone", ["item:si_main desc", "ticket"], mechanism=CHOICES)
    held = policy(by_item, household=()).model_copy(update={"points": SIMING})
    played = play(city({"a": [*ELIGIBLE, insured(12)], "b": [*ELIGIBLE, insured(36)]}), held)
    assert played.school_of() == {"a": None, "b": "S"}


def test_an_order_by_an_item_that_the_schedule_does_not_have_is_refused() -> None:
    by_item = stage("zone", "points", "own-zone", ["item:permit desc", "ticket"], mechanism=CHOICES)
    held = policy(by_item, household=()).model_copy(update={"points": SIMING})
    with pytest.raises(DataError, match=r"item:permit.*items of the points schedule siming-2023"):
        play(city({"a": ELIGIBLE}), held)


def papers(facts: dict[str, list[dict[str, Any]]]) -> verify_papers.Papers:
    return verify_papers.papers_of(verify_papers.Case(city=city(facts), policy=rules()))


def found_in(some: verify_papers.Papers) -> list[str]:
    findings = Findings()
    solve_papers(some, findings)
    return [str(text) for text in findings.all]


FACTS = {"a": [*ELIGIBLE, insured(12)], "b": [*ELIGIBLE[:2], insured(36)]}


def test_a_run_scored_from_facts_is_verified() -> None:
    assert found_in(papers(FACTS)) == []


@pytest.mark.parametrize(
    ("table", "column", "value", "match"),
    [
        ("children", "points", 99.0, "applicant a: points is 99.0 in inputs/children; by its facts"),
        ("children", "eligible", False, "applicant a: eligible is no"),
        ("children", "item:si_main", 4.5, "applicant a: item:si_main is 4.5"),
        ("points", "points", 9.0, "inputs/points: applicant a, si_main: not what the facts give"),
        ("eligibility", "met", False, "inputs/eligibility: applicant a, age_six: not what the facts give"),
        ("facts", "from", pd.Timestamp(2019, 1, 1), "applicant a: points is"),
    ],
)
def test_a_changed_score_is_found(table: str, column: str, value: Any, match: str) -> None:
    whole = papers(FACTS)
    changed = whole.inputs[table].copy()
    rows = changed["applicant_id"] == "a"
    for name, wanted in (("item", "si_main"), ("fact", "insurance")):
        if name in changed:
            rows &= changed[name] == wanted
    changed.loc[changed.index[rows][0], column] = value
    said = found_in(replace(whole, inputs={**whole.inputs, table: changed}))
    assert any(match in one for one in said), said


@pytest.mark.parametrize(
    ("column", "value"), [("points", 99.0), ("home", 24.0), ("item:si_main", 9.0), ("eligible", False)]
)
def test_a_score_of_a_child_that_the_schedule_does_not_score_is_found(column: str, value: Any) -> None:
    place = city(FACTS)
    other = place["applicants"].assign(category=["household", "points"])
    place = replace(place, tables={**place.tables, "applicants": other})
    place = replace(place, tables={**place.tables, "facts": place["facts"].iloc[len(FACTS["a"]) :]})
    both = policy(stage("zone", ["points", "household"], "own-zone", ORDER, mechanism=CHOICES))
    held = both.model_copy(update={"points": SIMING})
    whole = verify_papers.papers_of(verify_papers.Case(city=place, policy=held))
    assert found_in(whole) == []
    changed = whole.inputs["children"].copy()
    changed.loc[changed["applicant_id"] == "a", column] = value
    said = found_in(replace(whole, inputs={**whole.inputs, "children": changed}))
    assert any(f"applicant a: {column} is" in one for one in said), said


@settings(max_examples=150, deadline=None)
@given(cases())
def test_the_recheck_scores_as_the_engine_does(
    case: tuple[dict[str, Any], list[tuple[Any, ...]], dict[str, str | None]],
) -> None:
    raw, rows, homes = case
    held = record_from(raw, Schedule, "points.toml").at(datetime.date(YEAR, 8, 31))
    engine = scored(held, rows, ids=homes, district=list(homes.values()))
    plain = policy(ZONE).model_copy(update={"points": held})
    schedule = verify_papers.json.loads(plain.model_dump_json(by_alias=True))["points"]
    totals = engine.totals.set_index("applicant_id")
    items = engine.items.set_index(["applicant_id", "item"])
    facts = rows_of(facts_table(rows))
    for child, home in homes.items():
        mine = [row for row in facts if row["applicant_id"] == child]
        found = score_of(Case(schedule=schedule, facts=mine, home=home, year=YEAR))
        assert totals.loc[child, "points"] == float(found.total)
        assert totals.loc[child, "eligible"] == found.eligible
        for name, one in found.items.items():
            row = items.loc[(child, name)]
            assert (row["quantity"], row["raw_points"], row["points"]) == tuple(
                float(value) for value in (one.quantity, one.raw, one.points)
            ), name
        for key, value in found.keys.items():
            there = totals.loc[child, key]
            expected = float(value) if isinstance(value, Fraction) else value
            assert (None if pd.isna(there) else there if expected == there else there.date()) == expected


def test_a_project_names_its_schedule(tmp_path: Path) -> None:
    line = 'policy = "xiamen-datongchou"'
    folder = write_tiny(tmp_path / "old", xuequ=(line, f'{line}\npoints = "longgang-2017"\n'))
    with pytest.raises(DataError, match="nothing holds on 2024-08-31"):
        policy_of(read_city(folder), folder)
    folder = write_tiny(tmp_path / "new", xuequ=(line, f'{line}\npoints = "siming-2023"\n'))
    held = policy_of(read_city(folder), folder)
    assert held.points is not None
    assert held.points.id == "siming-2023"
