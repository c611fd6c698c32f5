"""The web map of a project beside a scenario, and of a run beside its base."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from geodata import XuequError, read_city
from geodata.messages import speaker
from geodata.sample import write_sample
from simulate.dossier.web_maps import (
    between_districts,
    map_of_runs,
    overflow,
    steps_of_ensembles,
    title_of,
    write_beside,
)
from simulate.ensemble import early_warning
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


def test_flows_between_districts_leave_out_those_within_one() -> None:
    rows = [("placed", "A", "B"), ("placed", "A", "A"), ("waiting", "A", "B"), ("placed", None, "B")]
    placements = pd.DataFrame(rows, columns=["outcome", "district_id", "school_district_id"])
    assert between_districts(placements).to_numpy().tolist() == [["A", "B", 1]]


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
        map_of_runs(runs[0], runs[1], lang="en")


def test_runs_of_one_scenario_are_told_apart_by_name() -> None:
    runs = cast("list[Any]", [SimpleNamespace(scenario=None, name=name) for name in ("a", "b")])
    speak = speaker("en")
    assert title_of(runs[0], speak, other=runs[1]) == "today (a)"
    assert title_of(runs[1], speak) == "today"


def test_the_slider_takes_only_scenarios_of_an_ensemble_that_have_the_zones_of_the_map(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def table(places: Any, chance: float) -> pd.DataFrame:
        return pd.DataFrame({"zone_id": places.zones, "colour": "red", "short_probability": chance})

    def result(id: str, zones: list[str], chance: float) -> Any:
        title = SimpleNamespace(model_dump=lambda: {"zh": id, "en": id})
        places = SimpleNamespace(zones=np.array(zones))
        return SimpleNamespace(id=id, title=title, places=places, stack=chance)

    def city(*zones: str) -> Any:
        return {"zones": pd.DataFrame({"zone_id": zones})}

    monkeypatch.setattr(early_warning, "zones_table", table)
    scenarios = (result("now", ["A"], 0.1), result("one", ["A", "B"], 0.4), result("two", ["A"], 0.7))
    ensembles = [cast("Any", SimpleNamespace(scenarios=scenarios, draws=50))]
    speak = speaker("en")
    for right, name, chance in ((city("A"), "two", 0.7), (city("A", "B"), "one", 0.4)):
        timed = steps_of_ensembles(ensembles, city("A"), right, speak)
        assert timed is not None
        shown = [(one.name, one.before["short"].tolist(), set(one.after["short"])) for one in timed.steps]
        assert shown == [(name, [0.1], {chance})]
    assert steps_of_ensembles(ensembles, city("Z"), city("A"), speak) is None
    assert steps_of_ensembles(ensembles, city("A"), city("Z"), speak) is None
    assert steps_of_ensembles([], city("A"), city("A"), speak) is None
