"""Examples of the shipped policies: each a project that is checked, run and recomputed as it is."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from geodata import XuequError, read_city
from simulate.app import policy_of, run_project
from simulate.policy import Policy
from simulate.policy_files import policy_path, read_policy
from simulate.runs import Run, read_run
from simulate.starting import examples, write_example
from simulate.verify import verify_run

XIAMEN = ("haicang-2023", "huli-2014", "tongan-2023", "xiamen-datongchou", "xiamen-lower-secondary")


@pytest.fixture(scope="module", params=XIAMEN)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("examples") / str(request.param)
    write_example(folder, str(request.param))
    return read_run(run_project(folder, lang="en")[0])


def test_an_example_is_recomputed_by_other_code(run: Run) -> None:
    verdict = verify_run(run.folder)
    assert verdict.ok, [str(finding) for finding in verdict.findings]


def test_an_example_is_small_and_says_that_it_is_synthetic(run: Run) -> None:
    city = run.city
    assert city.project.project.synthetic
    assert "SYNTHETIC 示例" in city.project.project.name
    assert city.project.assumed
    assert 6 <= len(city["schools"]) <= 10
    assert 2 <= len(city["districts"]) <= 3
    assert 30 <= len(city["applicants"]) <= 60
    assert city["applicants"]["applicant_id"].str.fullmatch(r"A\d{3}").all()
    assert "name" not in city["applicants"].dropna(axis="columns", how="all").columns
    for table in ("schools", "zones", "units", "districts"):
        assert city[table]["name"].str.contains("SYNTHETIC").all()
    assert city.notes == ()
    assert city.absences == ()


def test_every_stage_of_an_example_places_somebody(run: Run) -> None:
    keys = run.table("keys")
    for stage in run.policy.stage:
        came_of = set(keys[keys["stage"] == stage.id]["status"])
        assert came_of & ({"zone"} if stage.gives == "zone" else {"placed"}), stage.id


def places(name: str, tmp_path: Path) -> tuple[pd.DataFrame, Run]:
    write_example(tmp_path / name, name)
    run = read_run(run_project(tmp_path / name, lang="en")[0])
    return run.table("placements"), run


def listed(run: Run, applicant: str) -> list[str]:
    choices = run.city["choices"]
    return list(choices[choices["applicant_id"] == applicant]["target"])


def test_in_haicang_equal_points_are_decided_by_the_own_home_and_some_get_nothing(tmp_path: Path) -> None:
    rows, run = places("haicang-2023", tmp_path)
    keys = run.table("keys").set_index("applicant_id")
    assert keys.loc["A001", "points"] == keys.loc["A002", "points"] == 88
    assert keys.loc["A002", "position"] - keys.loc["A001", "position"] == 1
    assert set(rows["outcome"]) == {"placed", "not-admitted"}
    kinds = run.city["schools"].set_index("school_id")["kind"]
    assert set(rows["school_id"].dropna().map(kinds)) == {"public", "purchased-private"}


def test_in_huli_somebody_who_passed_the_gate_gets_a_public_school_that_was_not_listed(
    tmp_path: Path,
) -> None:
    rows, run = places("huli-2014", tmp_path)
    kinds = run.city["schools"].set_index("school_id")["kind"]
    nearest = rows[rows["stage"] == "public-nearest"]
    assert len(nearest)
    for row in nearest.itertuples():
        assert kinds[row.school_id] == "public"
        assert row.school_id not in listed(run, row.applicant_id)
    # the gate: in each district every public seat goes to somebody who ranks before all the others
    points = run.city["applicants"].set_index("applicant_id")["points"]
    public = rows["school_id"].map(kinds) == "public"
    for _, there in rows.groupby("district_id"):
        inside = points[there[public[there.index]]["applicant_id"]]
        outside = points[there[~public[there.index]]["applicant_id"]]
        assert inside.min() >= outside.max()
    assert (rows["outcome"] == "not-admitted").any()


def test_in_tongan_a_backup_choice_is_a_private_school_and_comes_last(tmp_path: Path) -> None:
    rows, run = places("tongan-2023", tmp_path)
    kinds = run.city["schools"].set_index("school_id")["kind"]
    assert set(rows[rows["stage"] == "backup"]["school_id"].dropna().map(kinds)) == {"purchased-private"}
    serves = set(run.city["serves"][["zone_id", "school_id"]].itertuples(index=False, name=None))
    for row in rows[rows["stage"] == "cross-zone"].itertuples():
        assert (row.zone_id, row.school_id) not in serves


def test_in_xiamen_household_children_are_all_placed_and_refusing_coordination_costs_the_place(
    tmp_path: Path,
) -> None:
    rows, run = places("xiamen-datongchou", tmp_path)
    assert (rows[rows["category"] != "points"]["outcome"] == "placed").all()
    refused = rows[rows["reason"].isin(["no-consent-district", "no-consent-city"])]
    assert set(refused["reason"]) == {"no-consent-district", "no-consent-city"}
    assert (refused["outcome"] == "not-admitted").all()
    assert rows["decided"].sum() == 1
    moved = rows[rows["stage"] == "municipal-coordination"]
    assert (moved["district_id"] != moved["school_district_id"]).all()
    assert rows[rows["category"] == "favoured"]["pool"].tolist() == ["favoured"]
    assert [s.coordination for s in run.policy.stage if s.id.endswith("-coordination")] == [
        "district",
        "city",
    ]


def test_in_lower_secondary_who_loses_the_draw_for_a_zone_is_placed_in_the_default_one(
    tmp_path: Path,
) -> None:
    rows, run = places("xiamen-lower-secondary", tmp_path)
    assert (rows["outcome"] == "placed").all()
    keys = run.table("keys")
    drawn = keys[keys["stage"] == "zone-draw"].set_index("applicant_id")["status"]
    asked = set(run.city["choices"].query("list == 2")["applicant_id"])
    lost = rows[rows["applicant_id"].isin(set(drawn.index[drawn == "waiting"]) & asked)]
    assert len(lost)
    serves = set(run.city["serves"][["zone_id", "school_id"]].itertuples(index=False, name=None))
    assert all((row.zone_id, row.school_id) in serves for row in lost.itertuples())
    # who took the direct place took part in no draw
    direct = set(rows[rows["stage"] == "direct"]["applicant_id"])
    assert direct
    assert direct.isdisjoint(keys[keys["stage"] != "direct"]["applicant_id"])


@pytest.mark.parametrize("name", examples())
def test_an_example_copies_its_policy_and_names_the_copy(name: str, tmp_path: Path) -> None:
    write_example(tmp_path / "new", name)
    city = read_city(tmp_path / "new")
    assert city.project.project.policy == f"{name}.toml"
    assert policy_of(city, tmp_path / "new").id == name
    shipped: Policy = read_policy(policy_path(name, tmp_path))
    assert read_policy(tmp_path / "new" / f"{name}.toml") == shipped


def test_an_example_may_go_into_an_empty_folder_and_no_other(tmp_path: Path) -> None:
    write_example(tmp_path, "haicang-2023")
    with pytest.raises(XuequError, match="exists and is not empty; choose another folder"):
        write_example(tmp_path, "haicang-2023")


def test_a_policy_without_an_example_is_refused_with_those_that_have_one(tmp_path: Path) -> None:
    with pytest.raises(XuequError, match=r"no example for the policy atlantis; .*haicang-2023, huli-2014"):
        write_example(tmp_path / "new", "atlantis")
    assert not (tmp_path / "new").exists()
