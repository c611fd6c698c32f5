"""Runs and ensembles side by side: a run is one draw, in the words of its summary; pairs where due."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest

from geodata.errors import XuequError
from geodata.messages import say, speaker
from geodata.project import Names
from simulate.app import run_project
from simulate.comparing.gathering import Beside, gather
from simulate.comparing.single import side_of_run, tally_of_run
from simulate.comparing.writing import draw, notes_of, scores_table, write, zones_table
from simulate.ensemble.reading import Ensemble
from simulate.ensemble.sides import draws_key_of, sides_of
from simulate.ensemble.tally import COUNTED, PARTS
from simulate.runs import Run, read_run
from simulate.summary import summary_of
from tests.simulate.ensemble.made import made_ensemble
from tests.tiny import write_tiny


def changed(folder: Path, *pairs: tuple[str, str]) -> Path:
    """Return a tiny project in whose files some texts stand for others."""
    write_tiny(folder)
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        for old, new in pairs:
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return runs of the tiny town: as it is, with more seats, stopped, a year later, in another city."""
    root = tmp_path_factory.mktemp("runs")
    projects = {
        "today": write_tiny(root / "today"),
        "more": write_tiny(root / "more", seats=("S2,1,45", "S2,2,45")),
        "later": changed(root / "later", ("2024,", "2025,"), ("year = 2024", "year = 2025")),
        "elsewhere": changed(root / "elsewhere", ('"D1"', '"X1"'), ('"D2"', '"X2"')),
        "merged": changed(root / "merged", ("Z3", "Z8")),
    }
    # maps and reports are not what is compared, and take most of the time
    with patch("simulate.app.draw_pages"):
        found = {
            name: run_project(project, lang="en", out=root / f"run-{name}")[0]
            for name, project in projects.items()
        }
        found["stopped"], _ = run_project(
            projects["today"], lang="en", through="household-multi", out=root / "run-stopped"
        )
    return found


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory: pytest.TempPathFactory) -> Ensemble:
    return made_ensemble(tmp_path_factory.mktemp("ensemble"), draws=30, zones=3)


def test_a_run_is_counted_by_the_words_of_its_own_summary(runs: dict[str, Path]) -> None:
    for name in ("today", "more"):
        run = read_run(runs[name])
        places, one = tally_of_run(run)
        summary, placements = summary_of(run), run.table("placements")
        every = dict(zip(COUNTED, one["scalars"][0].tolist(), strict=True))
        for column in ("children", "placed", "over", "not_admitted", "waiting", "withdrawn"):
            assert every[column] == summary.outcomes[column].sum()
        for column in ("own_zone", "own_district", "elsewhere"):
            assert every[column] == summary.reaches[column].sum()
        by = [stage.id for stage in run.policy.stage if stage.coordination is not None]
        mine = placements[(placements["outcome"] == "placed") & placements["stage"].isin(by)]
        assert every["coordinated"] == len(mine) > 0
        assert every["coordinated_metres"] == mine["distance_m"].sum()
        assert every["metres"] == placements["distance_m"].sum()
        zones = summary.zones.set_index("zone_id").loc[list(places.zones)]
        assert one["zone_children"].tolist() == zones["children"].tolist()
        assert (one["zone_seats"] / PARTS).tolist() == pytest.approx(zones["seats"].tolist())
        assert int(one["seats_left"]) == summary.schools["left"].sum()
        flows = summary.flows.set_index("district_id")
        assert one["flows"][:2, :2].tolist() == flows.to_numpy().tolist()


def test_a_zone_that_a_stage_gave_is_the_childs_own(
    runs: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = read_run(runs["today"])
    placements = run.table("placements")
    # a child of Z1 with a seat at S4, the school of Z3, and one without a zone given
    place = int(np.flatnonzero(placements["zone_id"] == "Z1")[0])
    for column, value in (("school_id", "S4"), ("school_district_id", "D2"), ("outcome", "placed")):
        placements.loc[place, column] = value
    given = placements.assign(given_zone_id=placements["given_zone_id"].astype(object))
    given.loc[place, "given_zone_id"] = "Z3"
    counts = []
    for table in (placements, given):
        monkeypatch.setattr(Run, "table", lambda self, name, table=table: table)
        counts.append(tally_of_run(run)[1])
    own = COUNTED.index("own_zone")
    assert counts[1]["scalars"][0, own] == counts[0]["scalars"][0, own] + 1
    assert (counts[1]["zone_children"] == counts[0]["zone_children"]).all()
    assert counts[1]["zone_placed"].tolist() == (counts[0]["zone_placed"] + [0, 0, 1]).tolist()


def test_a_run_has_no_error_and_says_so(runs: dict[str, Path]) -> None:
    beside = gather([runs["today"], runs["more"]])
    table = scores_table(beside)
    second = table[table["side"] == "run-more"]
    assert second["unpaired_se"].isna().all()
    assert set(second["verdict"]) == {"unknown", "same"}
    page = draw(beside, "en")
    assert "no error known" in page
    assert "one draw shows one year that may come" in page
    assert "SYNTHETIC" in page


def test_scenarios_of_one_ensemble_are_paired_and_others_are_not(
    runs: dict[str, Path], ensemble: Ensemble, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = replace(ensemble, manifest=ensemble.manifest.model_copy(update={"seed": "other"}))
    folders = {name: tmp_path / name for name in ("one", "same", "other")}
    known = {"one": ensemble, "same": ensemble, "other": other}
    for folder in folders.values():
        folder.mkdir()
        (folder / "manifest.json").write_text('{"kind": "ensemble"}', encoding="utf-8")
    monkeypatch.setattr("simulate.comparing.gathering.read_ensemble", lambda folder: known[folder.name])
    table = scores_table(gather([folders["one"], folders["same"], folders["other"]]))
    paired = table.drop_duplicates("side").set_index("side")["paired"]
    assert paired["one/more-seats"] == paired["same/today"] == True  # noqa: E712
    assert not paired[["other/today", "other/more-seats"]].any()
    same = table[table["side"] == "same/today"]
    assert set(same["verdict"]) == {"same"}
    # a run beside an ensemble: one draw against many
    mixed = gather([folders["one"], runs["today"]])
    assert [side.draws for side in mixed.sides] == [30, 30, 30, 1]
    zones = zones_table(mixed)
    assert set(zones[zones["side"] == "run-today"]["verdict"]) <= {"unknown", "same"}


def test_what_was_drawn_from_decides_whether_draws_are_the_same(ensemble: Ensemble) -> None:
    key = draws_key_of(ensemble)
    for change in ({"seed": "x"}, {"vary": ["tickets"]}, {"project": "x"}, {"year": 2031}):
        assert draws_key_of(replace(ensemble, manifest=ensemble.manifest.model_copy(update=change))) != key
    fewer = tuple(replace(one, draws=29) for one in ensemble.scenarios)
    assert draws_key_of(replace(ensemble, scenarios=fewer)) != key
    counts = ensemble.uncertainty.model_copy(update={"counts": None})
    assert draws_key_of(replace(ensemble, uncertainty=counts)) != key
    assert sides_of(ensemble)[0].draws_key == key


def test_another_year_and_other_zones_are_said(runs: dict[str, Path]) -> None:
    notes = [str(note) for note in gather([runs["today"], runs["later"]]).notes]
    assert notes == [
        "run-later is of 小城 Tiny 2025, run-today of 小城 Tiny 2024: differences are of the projects too, "
        "not only of the plans"
    ]
    notes = [str(note) for note in gather([runs["today"], runs["merged"]]).notes]
    assert len(notes) == 1
    assert notes[0].startswith("2 zones are in only one of run-today and run-merged")


def test_what_a_side_says_of_itself_is_said_once(runs: dict[str, Path]) -> None:
    beside = gather([runs["today"], runs["more"]])
    left_out = say(
        "{n} answers of families are left out: they were given to the places of one season", n="3"
    )
    told = replace(beside, sides=tuple(replace(side, notes=(left_out,)) for side in beside.sides))
    assert notes_of(told, speaker("en")).count(str(left_out)) == 1


def test_another_city_is_refused(runs: dict[str, Path]) -> None:
    with pytest.raises(XuequError, match=r"of different cities.*\(D1, D2; X1, X2\)"):
        gather([runs["today"], runs["elsewhere"]])


def test_one_folder_or_one_twice_is_refused(runs: dict[str, Path]) -> None:
    with pytest.raises(XuequError, match="two folders or more"):
        gather([runs["today"]])
    with pytest.raises(XuequError, match="run-today is named twice"):
        gather([runs["today"], runs["more"], runs["today"]])


def test_a_season_that_is_not_over_is_refused(runs: dict[str, Path]) -> None:
    with pytest.raises(XuequError, match="was stopped before its last stage"):
        gather([runs["today"], runs["stopped"]])


def test_a_changed_run_is_refused(runs: dict[str, Path], tmp_path: Path) -> None:
    copy = shutil.copytree(runs["today"], tmp_path / "copy")
    table = pd.read_parquet(copy / "placements.parquet")
    table.iloc[1:].to_parquet(copy / "placements.parquet", index=False)
    with pytest.raises(XuequError, match=r"placements.parquet is missing or was changed"):
        gather([runs["today"], copy])


def test_a_folder_that_is_nothing_is_refused(runs: dict[str, Path], tmp_path: Path) -> None:
    for text in (None, "{", "[]"):
        if text is not None:
            (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
        with pytest.raises(XuequError, match="is no run folder"):
            gather([runs["today"], tmp_path])


def test_an_ensemble_of_another_format_is_refused(runs: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(
        json.dumps({"kind": "ensemble", "format": 99}), encoding="utf-8"
    )
    with pytest.raises(XuequError):
        gather([runs["today"], tmp_path])


def test_folders_of_one_name_are_told_apart(runs: dict[str, Path], tmp_path: Path) -> None:
    for name in ("a", "b"):
        shutil.copytree(runs["today" if name == "a" else "more"], tmp_path / name / "run")
    beside = gather([tmp_path / "a" / "run", tmp_path / "b" / "run"])
    assert [side.id for side in beside.sides] == ["a/run", "b/run"]
    assert side_of_run(read_run(runs["today"]), id_="x", title=Names(zh="甲", en="a")).draws == 1


def test_out_is_a_page_a_table_or_a_folder_with_both(runs: dict[str, Path], tmp_path: Path) -> None:
    beside: Beside = gather([runs["today"], runs["more"]])
    for name in ("page.html", "table.csv", "both"):
        write(tmp_path / name, beside, "zh")
        with pytest.raises(XuequError, match="exists; nothing was written"):
            write(tmp_path / name, beside, "zh")
    assert sorted(path.name for path in (tmp_path / "both").iterdir()) == [
        "compare.zh.html",
        "scores.csv",
        "zones.csv",
    ]
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page == (tmp_path / "both" / "compare.zh.html").read_text(encoding="utf-8")
    assert (tmp_path / "table.csv").read_bytes() == (tmp_path / "both" / "scores.csv").read_bytes()
    assert (tmp_path / "both").stat().st_mode & 0o777 == 0o700
