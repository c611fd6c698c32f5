"""The presets of Longhua, Haizhu, Suzhou and England: dates, examples, and what each promises."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import DataError
from simulate.app import run_project
from simulate.policy import Policy
from simulate.policy_files import policy_path, read_policy
from simulate.runs import Run, read_run
from simulate.starting import write_example
from simulate.verify import verify_run
from tests.simulate.town import Row, play, town

DATES = {
    "shenzhen-longhua": datetime.date(2018, 1, 1),
    "guangzhou-haizhu": datetime.date(2020, 1, 1),
    "suzhou": datetime.date(2020, 1, 1),
    "england-pan": datetime.date(2021, 9, 1),
}
DAY = datetime.date(2025, 8, 31)


def shipped(name: str) -> Policy:
    return read_policy(policy_path(name, Path()))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    folder = tmp_path_factory.mktemp("examples")
    for name in DATES:
        write_example(folder / name, name)
    return {name: read_run(run_project(folder / name, lang="en")[0]) for name in DATES}


def placements(run: Run) -> pd.DataFrame:
    return run.table("placements").set_index("applicant_id")


@pytest.mark.parametrize(("name", "first"), DATES.items())
def test_a_policy_holds_from_its_first_day_and_not_the_day_before(name: str, first: datetime.date) -> None:
    policy = shipped(name)
    assert [stage.id for stage in policy.at(first).stage] == [stage.id for stage in policy.stage]
    assert {part.from_ for part in (*policy.category, *policy.stage)} == {first}
    before = first - datetime.timedelta(days=1)
    with pytest.raises(DataError, match=f"no stage holds on {before}"):
        policy.at(before)


@pytest.mark.parametrize("name", DATES)
def test_every_source_has_an_address_and_every_assumption_a_reason_in_both_languages(name: str) -> None:
    policy = shipped(name)
    claims = [claim for stage in policy.stage for claim in stage.claims]
    for part in (*policy.category, *policy.stage, *claims):
        if part.source is not None:
            assert ".com" in part.source or ".uk" in part.source or ".cn" in part.source
        if part.assumed:
            assert part.reason is not None
            assert part.reason.zh.strip()
            assert part.reason.en.strip()


@pytest.mark.parametrize(
    ("name", "reach"),
    [
        ("shenzhen-longhua", [None, "district"]),
        ("guangzhou-haizhu", [None, "district"]),
        ("suzhou", [None, "area", "district", "city"]),
        ("england-pan", [None, "district"]),
    ],
)
def test_the_stages_say_how_far_they_coordinate(name: str, reach: list[str | None]) -> None:
    assert [stage.coordination for stage in shipped(name).stage] == reach


@pytest.mark.parametrize("name", DATES)
def test_an_example_is_recomputed_by_other_code(runs: dict[str, Run], name: str) -> None:
    verdict = verify_run(runs[name].folder)
    assert verdict.ok, [str(finding) for finding in verdict.findings]


@pytest.mark.parametrize("name", DATES)
def test_every_stage_of_an_example_places_somebody(runs: dict[str, Run], name: str) -> None:
    keys = runs[name].table("keys")
    placed = set(keys[keys["status"].isin(["placed", "over"])]["stage"])
    assert placed == {stage.id for stage in runs[name].policy.stage}


@pytest.mark.parametrize("name", DATES)
def test_an_example_is_small_and_says_that_it_is_synthetic(runs: dict[str, Run], name: str) -> None:
    city = runs[name].city
    assert city.project.project.synthetic
    assert city.project.assumed
    assert "SYNTHETIC 示例" in city.project.project.name
    assert 6 <= len(city["schools"]) <= 10
    assert 2 <= len(city["districts"]) <= 3
    assert 30 <= len(city["applicants"]) <= 60
    assert city["applicants"]["applicant_id"].str.fullmatch(r"A\d{3}").all()
    for table in ("schools", "zones", "units", "districts"):
        assert city[table]["name"].str.contains("SYNTHETIC").all()
    assert city.notes == ()


def test_in_longhua_the_classes_stand_one_after_the_other_in_both_stages(runs: dict[str, Run]) -> None:
    run = runs["shenzhen-longhua"]
    for stage in ("catchment", "district-coordination"):
        keys = run.table("keys")
        there = keys[keys["stage"] == stage].sort_values("position")
        assert there["claim"].is_monotonic_increasing
        for _, one in there.groupby("claim"):
            assert one["points"].is_monotonic_decreasing
    rows = placements(run)
    missed = rows[rows["outcome"] == "not-admitted"]["category"]
    coordinated = rows[rows["stage"] == "district-coordination"]["category"]
    assert set(missed) <= {"class-6", coordinated.max()}
    assert run.table("ledger").groupby("school_id")["left"].last()["S7"] == 5, "the other district's"


def test_in_haizhu_a_home_decides_between_equal_points_and_consent_between_seat_and_nothing(
    runs: dict[str, Run],
) -> None:
    run = runs["guangzhou-haizhu"]
    rows, applicants = placements(run), run.city["applicants"].set_index("applicant_id")
    assert applicants.loc["A012", "points"] == applicants.loc["A013", "points"]
    assert rows.loc[["A012", "A013"], "stage"].tolist() == ["choices", "coordination"]
    scores = run.city["scores"].pivot(index="applicant_id", columns="item", values="points")
    assert scores.loc["A012", "permit"] == scores.loc["A013", "permit"]
    assert scores.loc["A012", "home"] > scores.loc["A013", "home"]
    assert (scores.sum(axis=1) == applicants["points"].reindex(scores.index)).all()
    refused = rows[rows["reason"] == "no-consent-district"]
    assert len(refused)
    assert (refused["outcome"] == "not-admitted").all()
    assert (applicants.loc[rows.index[rows["stage"] == "coordination"], "consents"] == "district").all()


def test_in_suzhou_seats_given_up_are_given_again_by_the_second_coordination(runs: dict[str, Run]) -> None:
    run = runs["suzhou"]
    ledger = run.table("ledger")
    returned = ledger[ledger["returned"] > 0]
    assert set(returned["stage"]) == {"second-town"}
    assert returned["given"].tolist() == returned["returned"].tolist() == [1, 1]
    answers = run.city["answers"]
    gave_up = answers[answers["answer"] == "declined"]["applicant_id"]
    assert set(placements(run).loc[gave_up, "outcome"]) == {"withdrawn"}


def test_in_england_last_distances_and_the_twin_over_the_number_are_there(runs: dict[str, Run]) -> None:
    run = runs["england-pan"]
    rows, applicants = placements(run), run.city["applicants"].set_index("applicant_id")
    assert set(rows[rows["category"] == "looked-after"]["choice_rank"]) == {1}
    twins = applicants.index[applicants["twin_group"].notna()]
    assert rows.loc[twins, "school_id"].nunique() == 1
    assert sorted(rows.loc[twins, "over"]) == [False, True]
    assert rows["over"].sum() == 1
    # two at one distance from a school, a place for one of them: the last distance offered
    last = rows[(rows["school_id"] == "S3") & (rows["stage"] == "offers")]["distance_m"]
    inside = applicants.loc[last.index]
    assert last[inside["sibling_school_id"].isna()].max() == 500
    assert rows.loc["A011", "stage"] == "nearest-vacancy"


PLACES = st.integers(0, 3000).map(float)
SUZHOU_UNITS = {"U1": ("Z1", 0.0, "J1"), "U2": ("Z2", 2000.0, "J2"), "U3": ("Z3", 5000.0, "J3")}


@settings(max_examples=25)
@given(
    seats=st.lists(st.integers(0, 3), min_size=5, max_size=5),
    families=st.lists(
        st.tuples(st.sampled_from(["U1", "U2", "U3"]), st.integers(0, 4), st.integers(0, 4)), min_size=1
    ),
)
def test_in_suzhou_only_who_reached_the_cut_off_has_a_part_in_the_area_coordination(
    seats: list[int], families: list[tuple[str, int, int]]
) -> None:
    schools = ["S1", "S2", "S3", "S4", "S5"]
    streets = dict(zip(schools, ["J1", "J1", "J2", "J3", "J3"], strict=True))
    city = town(
        zones={"Z1": ("D1", ["S1", "S2"]), "Z2": ("D1", ["S3"]), "Z3": ("D2", ["S4", "S5"])},
        schools={
            s: ("D2" if street == "J3" else "D1", 1000.0 * n, free, {"street_id": street})
            for n, ((s, street), free) in enumerate(zip(streets.items(), seats, strict=True))
        },
        children=[
            {"applicant_id": f"C{n}", "category": "points", "unit_id": unit, "points": points}
            for n, (unit, points, _) in enumerate(families)
        ],
        choices={f"C{n}": [schools[pick]] for n, (_, _, pick) in enumerate(families)},
        units=SUZHOU_UNITS,
    )
    keys = play(city, shipped("suzhou").at(DAY)).tables["keys"]
    in_stage = {stage: set(rows["applicant_id"]) for stage, rows in keys.groupby("stage")}
    served = keys[(keys["stage"] == "first-list") & (keys["status"] == "placed")]
    passed = in_stage.get("first-list", set()) - set(served["applicant_id"])
    # who is gated again is whoever passed the cut-off and has no place: no more, no fewer
    assert in_stage.get("area-coordination", set()) == passed


def one_claim(policy: Policy) -> Policy:
    """Return England's offers with one claim whose keys say what its three claims of residents say."""
    first, last = policy.stage
    looked_after, *_, outside = first.claims
    merged = outside.model_copy(
        update={"order": ["own-zone desc", "sibling desc", "distance asc", "ticket"], "source": "a test"}
    )
    stage = first.model_copy(update={"claims": [looked_after, merged]})
    return policy.model_copy(update={"stage": [stage, last]})


@settings(max_examples=25)
@given(st.data())
def test_in_england_the_tiers_are_catchment_then_sibling_then_distance(data: st.DataObject) -> None:
    schools = ["S1", "S2", "S3"]
    children: list[Row] = []
    choices: dict[str, list[str]] = {}
    for n in range(data.draw(st.integers(1, 9))):
        name = f"C{n}"
        child: dict[str, Any] = {
            "applicant_id": name,
            "category": data.draw(st.sampled_from(["resident", "resident", "looked-after"])),
            "zone_id": data.draw(st.sampled_from(["Z1", "Z2", "Z3"])),
            "east": data.draw(PLACES),
        }
        sibling = data.draw(st.sampled_from([None, *schools]))
        children.append(child if sibling is None else {**child, "sibling_school_id": sibling})
        choices[name] = data.draw(st.lists(st.sampled_from(schools), unique=True, min_size=1))
    city = town(
        zones={"Z1": ("D1", ["S1"]), "Z2": ("D1", ["S2"]), "Z3": ("D1", ["S3"])},
        schools={s: ("D1", 1500.0 * n, data.draw(st.integers(0, 3))) for n, s in enumerate(schools)},
        children=children,
        choices=choices,
    )
    rules = shipped("england-pan").at(DAY)
    assert play(city, rules).school_of() == play(city, one_claim(rules)).school_of()
