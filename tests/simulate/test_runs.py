"""The run folder: whole or not at all, continued to the same bytes, refused when changed."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pandas as pd
import pytest

from geodata import DataError, XuequError
from simulate.app import continue_run, run_project
from simulate.runs import FORMAT, read_run, whole_folder
from tests.tiny import write_tiny

APART = ("timings.json", "sources.json")


def bytes_of(folder: Path) -> dict[str, str]:
    """Return the hash of each file of a run, but for what differs between equal runs."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in APART
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    from geodata.templates import write_template

    folder = tmp_path / "project"
    write_template(folder)
    return folder


def test_the_tiny_city_of_the_tests_runs_too(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    write_tiny(folder)
    run, _ = run_project(folder, lang="en")
    assert (run / "placements.parquet").is_file()


def test_a_run_folder_has_what_the_design_lists(project: Path) -> None:
    run, new = run_project(project, lang="en")
    assert new
    names = {path.name for path in run.iterdir()}
    assert names == {
        "inputs",
        "manifest.json",
        "timings.json",
        "sources.json",
        "keys.parquet",
        "distances.parquet",
        "placements.parquet",
        "ledger.parquet",
        "metrics.parquet",
        "summary",
        "map.en.html",
        "report.en.html",
    }
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["seed"] == "example-2024"
    assert manifest["format"] == FORMAT
    ledger = pd.read_parquet(run / "ledger.parquet")
    assert (ledger["before"] - ledger["given"] == ledger["left"]).all()


def test_the_same_inputs_give_the_same_bytes(project: Path, tmp_path: Path) -> None:
    first, _ = run_project(project, lang="en", out=tmp_path / "same")
    shutil.move(first, tmp_path / "kept")
    second, _ = run_project(project, lang="en", out=tmp_path / "same")
    assert bytes_of(tmp_path / "kept") == bytes_of(second)


def test_shuffled_input_rows_give_the_same_run_and_the_same_bytes(project: Path, tmp_path: Path) -> None:
    straight, _ = run_project(project, lang="en")
    kept = bytes_of(straight)
    shutil.rmtree(straight)
    for path in project.glob("*.csv"):
        heading, *rows = path.read_text(encoding="utf-8").splitlines()
        random.Random(7).shuffle(rows)
        path.write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")
    shuffled, _ = run_project(project, lang="en")
    assert shuffled == straight, "even its name is the same"
    assert bytes_of(shuffled) == kept


@pytest.mark.parametrize("stage", ["favoured", "household-overflow", "district-coordination"])
def test_a_run_stopped_and_continued_has_the_bytes_of_one_go(
    project: Path, tmp_path: Path, stage: str
) -> None:
    whole, _ = run_project(project, lang="en")
    kept = tmp_path / "kept"
    shutil.copytree(whole, kept)
    shutil.rmtree(whole)
    half, _ = run_project(project, lang="en", through=stage)
    before = bytes_of(half)
    assert half.name.endswith(f"-through-{stage}")
    done, _ = continue_run(half, lang="en")
    assert done.name == kept.name or done.name == whole.name
    assert bytes_of(done) == bytes_of(kept)
    assert bytes_of(half) == before, "the run that was continued stays as it is"


def test_a_run_can_be_stopped_twice(project: Path) -> None:
    whole, _ = run_project(project, lang="en")
    half, _ = run_project(project, lang="en", through="favoured")
    further, _ = continue_run(half, lang="en", through="points-zone")
    expected = bytes_of(whole)
    shutil.rmtree(whole)
    done, _ = continue_run(further, lang="en")
    assert bytes_of(done) == expected


def test_a_run_that_stopped_says_who_still_waits(project: Path) -> None:
    half, _ = run_project(project, lang="en", through="household-single")
    rows = pd.read_parquet(half / "placements.parquet")
    assert set(rows["outcome"]) == {"placed", "waiting"}
    assert set(rows.loc[rows["outcome"] == "waiting", "reason"]) == {"not-yet"}


def test_a_whole_run_has_nothing_to_continue(project: Path) -> None:
    whole, _ = run_project(project, lang="en")
    with pytest.raises(XuequError, match="nothing to continue"):
        continue_run(whole, lang="en")


def test_a_run_cannot_go_back(project: Path) -> None:
    half, _ = run_project(project, lang="en", through="points-zone")
    with pytest.raises(XuequError, match="already past the stage favoured"):
        continue_run(half, lang="en", through="favoured")


def test_an_unknown_stage_is_named_with_those_there_are(project: Path) -> None:
    with pytest.raises(DataError, match="stages: special-needs, favoured, household-single"):
        run_project(project, lang="en", through="nowhere")
    assert not (project / "runs").exists()


def test_a_second_run_of_the_same_writes_no_second_folder(project: Path) -> None:
    first, _ = run_project(project, lang="en")
    second, new = run_project(project, lang="zh")
    assert second == first
    assert not new
    assert (first / "report.zh.html").is_file()


def test_another_seed_is_another_run(project: Path) -> None:
    first, _ = run_project(project, lang="en")
    second, _ = run_project(project, lang="en", seed="another")
    assert first != second
    assert read_run(second).manifest["seed"] == "another"


def test_a_folder_that_exists_is_never_written_over(project: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "kept.txt").write_text("kept", encoding="utf-8")
    with pytest.raises(XuequError, match="mine exists; nothing was written"):
        run_project(project, lang="en", out=tmp_path / "mine")
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["kept.txt"]


def test_a_failure_half_way_leaves_nothing(tmp_path: Path) -> None:
    def write_and_fail() -> None:
        with whole_folder(tmp_path / "run") as folder:
            (folder / "half").write_text("half", encoding="utf-8")
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="disk is full"):
        write_and_fail()
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_killed_leaves_no_folder_under_its_final_name(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        from simulate.runs import whole_folder
        with whole_folder(Path(sys.argv[1])) as folder:
            (folder / "half").write_text("half", encoding="utf-8")
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "run")], check=False)
    assert done.returncode == -9
    assert not (tmp_path / "run").exists()
    assert all(path.name.startswith(".partial-run-") for path in tmp_path.iterdir())


def test_a_changed_file_of_a_run_is_refused(project: Path) -> None:
    run, _ = run_project(project, lang="en", through="favoured")
    rows = pd.read_parquet(run / "placements.parquet")
    rows.loc[0, "outcome"] = "placed"
    rows.to_parquet(run / "placements.parquet", index=False)
    with pytest.raises(XuequError, match=r"placements.parquet is missing or was changed after the run"):
        continue_run(run, lang="en")


def test_a_policy_of_another_level_is_refused(project: Path) -> None:
    toml = project / "xuequ.toml"
    text = toml.read_text(encoding="utf-8").replace('level = "primary" ', 'level = "lower-secondary" ')
    toml.write_text(text, encoding="utf-8")
    with pytest.raises(XuequError, match="is for primary, the project for lower-secondary"):
        run_project(project, lang="en")


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(XuequError, match="is no run folder"):
        read_run(tmp_path)


def test_a_run_of_another_format_is_refused(project: Path) -> None:
    run, _ = run_project(project, lang="en", through="favoured")
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    manifest["format"] = FORMAT + 1
    (run / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(XuequError, match=f"format {FORMAT + 1}; this version reads format {FORMAT}"):
        read_run(run)
