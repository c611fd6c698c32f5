"""The web map of a project beside a scenario, and of a run beside its base."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest

from geodata import XuequError, read_city
from geodata.messages import speaker
from geodata.sample import write_sample
from simulate.dossier.content.overflow import overflow
from simulate.dossier.web_maps import (
    map_of_cases,
    steps_of_ensembles,
    title_of,
    write_beside,
)
from simulate.ensemble.reading import read_ensemble
from simulate.runs import read_run
from tests.zoning.maps.changed import data_of


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "city"
    write_sample(folder, scale=0.02)
    return folder


def test_overflow_counts_children_outside_the_schools_of_their_zone() -> None:
    rows = [
        ("placed", "Z1", "S1"),
        ("placed", "Z1", "S2"),
        ("placed", "Z1", "S2"),
        ("waiting", "Z1", "S2"),
        ("placed", None, "S2"),
        ("placed", "Z2", "S2"),
    ]
    placements = pd.DataFrame(rows, columns=["outcome", "zone_id", "school_id"])
    serves = pd.DataFrame({"zone_id": ["Z1", "Z2"], "school_id": ["S1", "S2"]})
    assert overflow(placements, serves).to_numpy().tolist() == [["Z1", "S2", 2]]


def test_a_project_is_drawn_beside_a_scenario(sample: Path, tmp_path: Path) -> None:
    out = tmp_path / "map.html"
    assert write_beside(sample, "two-zones-merged", lang="en", out=out) == out
    data = data_of(out.read_text(encoding="utf-8"))
    assert data["names"] == ["today", "Two zones merged"]
    assert len(data["records"]["moves"]) == 1
    with pytest.raises(XuequError, match="exists"):
        write_beside(sample, "two-zones-merged", lang="en", out=out)


def test_a_scenario_that_is_not_there_writes_nothing(sample: Path, tmp_path: Path) -> None:
    out = tmp_path / "map.html"
    with pytest.raises(XuequError):
        write_beside(sample, "no-such-scenario", lang="en", out=out)
    assert list(tmp_path.iterdir()) == []


def test_runs_of_two_projects_are_refused(sample: Path) -> None:
    city = read_city(sample)
    head = city.project.project.model_copy(update={"name": "another"})
    other = dataclasses.replace(city, project=city.project.model_copy(update={"project": head}))
    runs = cast("list[Any]", [SimpleNamespace(city=one) for one in (city, other)])
    with pytest.raises(XuequError, match="of one project and level"):
        map_of_cases(runs[0], runs[1], {}, lang="en")


def test_runs_of_one_scenario_are_told_apart_by_name() -> None:
    runs = cast("list[Any]", [SimpleNamespace(scenario=None, name=name) for name in ("a", "b")])
    speak = speaker("en")
    assert title_of(runs[0], speak, other=runs[1]) == "today (a)"
    assert title_of(runs[1], speak) == "today"


def test_the_slider_takes_only_scenarios_of_an_ensemble_with_the_plan_of_the_map(
    folders: dict[str, Path],
) -> None:
    ensemble = read_ensemble(folders["drawn"])
    today, school, merged = (read_run(folders[name]).city for name in ("today", "school", "merged"))
    speak = speaker("en")
    timed = steps_of_ensembles([ensemble], today, school, speak)
    assert timed is not None
    assert [one.name for one in timed.steps] == [
        "One new school on the island",
        "A new school and more classes",
    ]
    step = timed.steps[0]
    for city, own in ((today, step.before), (school, step.after)):
        assert set(own["zone_id"]) == set(city["zones"]["zone_id"])
        assert own["short"].between(0, 1).all()
    assert steps_of_ensembles([ensemble], today, merged, speak) is None
    assert steps_of_ensembles([ensemble], school, today, speak) is None
    assert steps_of_ensembles([], today, school, speak) is None


def test_the_slider_does_not_paint_a_plan_that_moves_other_units(folders: dict[str, Path]) -> None:
    """The same zones, and one unit in another of them: the colours would stand on wrong borders."""
    ensemble = read_ensemble(folders["drawn"])
    today, school = (read_run(folders[name]).city for name in ("today", "school"))
    plan = school["plan"].copy()
    zones = sorted(set(plan["zone_id"]))
    plan.loc[0, "zone_id"] = next(one for one in zones if one != plan.loc[0, "zone_id"])
    other = dataclasses.replace(school, tables={**school.tables, "plan": plan})
    assert steps_of_ensembles([ensemble], today, other, speaker("en")) is None
