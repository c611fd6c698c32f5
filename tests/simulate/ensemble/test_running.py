"""Drawing an ensemble: the same bytes on any threads, stopped and gone on with, refused in time."""

from __future__ import annotations

import shutil
from concurrent.futures import Future
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from geodata import DataError, XuequError, say
from simulate.ensemble import solving
from simulate.ensemble.block_files import write_block
from simulate.ensemble.blocks import Files, solve_files
from simulate.ensemble.convergence import largest_standard_error
from simulate.ensemble.finishing import finish
from simulate.ensemble.folder import read_manifest
from simulate.ensemble.preparing import rebuilt
from simulate.ensemble.running import Where, resume_ensemble, run_ensemble
from simulate.ensemble.solving import Solved, Workers, all_threads, solve_all
from tests.simulate.ensemble.towns import bytes_of, command, finished_blocks, more_classes, until
from tests.tiny import write_tiny


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("town") / "town")


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return more_classes(tmp_path)


def test_one_thread_and_two_write_the_same_bytes(town: Path, scenario: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    for threads in (1, 2):
        run_ensemble(
            town,
            [scenario],
            lang="en",
            draws=22,
            block=4,
            keep=True,
            chances=True,
            where=Where(threads=threads),
            out=tmp_path / f"on-{threads}",
            report=lambda done, asked: told.append((done, asked)),
        )
    assert bytes_of(tmp_path / "on-1") == bytes_of(tmp_path / "on-2")
    assert told[0] == (0, 44)
    assert told[-1] == (44, 44)
    assert all(later >= before for before, later in pairwise(told[:12]))


def test_more_draws_leave_the_first_ones_as_they_were(town: Path, tmp_path: Path) -> None:
    for draws in (4, 8):
        run_ensemble(town, lang="en", draws=draws, block=4, out=tmp_path / str(draws))
    name = "blocks/today/000000-000004.npz"
    assert (tmp_path / "4" / name).read_bytes() == (tmp_path / "8" / name).read_bytes()


def test_a_scenario_sees_the_same_draws_whatever_is_beside_it(
    town: Path, scenario: Path, tmp_path: Path
) -> None:
    other = more_classes(tmp_path, name="again")
    run_ensemble(town, [other, scenario], lang="en", draws=4, block=4, out=tmp_path / "two")
    run_ensemble(town, [scenario], lang="en", draws=4, block=4, out=tmp_path / "one")
    two, one = (
        (tmp_path / run / "blocks" / "more" / "000000-000004.npz").read_bytes() for run in ("two", "one")
    )
    assert one == two
    # two scenarios that do the same differ by nothing
    table = pd.read_csv(tmp_path / "two" / "summary" / "differences.csv", encoding="utf-8-sig")
    again, more = (table[table["scenario"] == name].drop(columns="scenario") for name in ("again", "more"))
    assert again.reset_index(drop=True).equals(more.reset_index(drop=True))


def test_the_same_again_is_there_already_under_a_name_that_follows_from_the_inputs(town: Path) -> None:
    first = run_ensemble(town, lang="en", draws=4)
    assert first.ensemble.folder.parent == town / "runs"
    assert first.ensemble.folder.name.startswith("ensemble-2024-")
    before = bytes_of(first.ensemble.folder)
    again = run_ensemble(town, lang="en", draws=4, where=Where(threads=1))
    assert (again.new, again.ensemble.folder) == (0, first.ensemble.folder)
    assert bytes_of(first.ensemble.folder) == before
    assert resume_ensemble(first.ensemble.folder, lang="zh").new == 0
    # the page in the other language is drawn beside it, and nothing else
    assert set(bytes_of(first.ensemble.folder)) - set(before) == {"ensemble.zh.html"}
    assert run_ensemble(town, lang="en", draws=5).ensemble.folder != first.ensemble.folder
    assert run_ensemble(town, lang="en", draws=4, seed="x").ensemble.folder != first.ensemble.folder


def test_who_stops_it_by_hand_is_told_how_to_go_on(town: Path, tmp_path: Path) -> None:
    def stopped(done: int, asked: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(XuequError, match="by-hand is not done: go on with xuequ ensemble --resume"):
        run_ensemble(town, lang="en", draws=6, block=2, out=tmp_path / "by-hand", report=stopped)
    assert resume_ensemble(tmp_path / "by-hand", lang="en").new < 6


def test_one_that_was_stopped_is_not_begun_again_unasked(town: Path) -> None:
    done = run_ensemble(town, lang="en", draws=3).ensemble
    manifest = done.folder / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('"done": true', '"done": false'))
    with pytest.raises(XuequError, match="is not done: go on with xuequ ensemble --resume"):
        run_ensemble(town, lang="en", draws=3)
    assert resume_ensemble(done.folder, lang="en").new == 0
    assert read_manifest(done.folder).done


def test_a_command_that_was_killed_is_gone_on_with_to_the_same_bytes(
    town: Path, scenario: Path, tmp_path: Path
) -> None:
    asked = (town, "--scenario", scenario, "--draws", "1000", "--threads", "1", "--lang", "en")
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    running = command(*asked, "--out", killed)
    until(lambda: finished_blocks(killed) >= 2)
    running.kill()  # SIGKILL
    running.communicate()
    finished = finished_blocks(killed)
    assert 2 <= finished < 40
    assert not read_manifest(killed).done
    # the project may have changed since: the folder holds all that is needed
    moved = Path(shutil.copytree(killed, tmp_path / "elsewhere" / "moved"))
    times = {path: path.stat().st_mtime_ns for path in moved.glob("blocks/*/*.npz")}
    outcome = resume_ensemble(moved, lang="en", where=Where(threads=2))
    assert outcome.new == 2 * 1000 - 50 * finished
    kept = [path for path in times if path.with_suffix(".sha256").is_file()]
    assert sum(path.stat().st_mtime_ns == times[path] for path in kept) >= finished
    run_ensemble(town, [scenario], lang="en", draws=1000, where=Where(threads=2), out=whole)
    assert bytes_of(moved) == bytes_of(whole)


def test_it_stops_when_the_standard_error_is_reached_whatever_was_computed_ahead(
    town: Path, scenario: Path, tmp_path: Path
) -> None:
    asked = {
        "lang": "en",
        "draws": 400,
        "block": 20,
        "standard_error": 0.045,
        "vary": ["tickets", "counts"],
    }
    runs = []
    for threads in (1, 2):
        out = tmp_path / f"on-{threads}"
        runs.append(
            run_ensemble(town, [scenario], where=Where(threads=threads), out=out, **asked).ensemble  # type: ignore[arg-type]
        )
    assert bytes_of(runs[0].folder) == bytes_of(runs[1].folder)
    used = runs[0].draws
    assert 100 <= used < 400
    assert runs[0].manifest.stopped == "standard-error"
    assert finished_blocks(runs[0].folder) == 2 * used // 20
    stacks = {one.id: one.stack for one in runs[0].scenarios}
    assert largest_standard_error(stacks).standard_error <= 0.045
    if used > 100:
        before = {
            one: {name: values[: used - 20] for name, values in stack.items()}
            for one, stack in stacks.items()
        }
        assert largest_standard_error(before).standard_error > 0.045


def test_what_was_computed_ahead_of_the_stop_is_deleted(town: Path, scenario: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    asked = {"lang": "en", "draws": 200, "block": 20, "standard_error": 0.2, "out": out}
    done = run_ensemble(town, [scenario], **asked).ensemble  # type: ignore[arg-type]
    # it would do after the first block, but fewer than 100 draws are not judged
    assert done.draws == 100
    before, manifest = bytes_of(out), read_manifest(out)
    shutil.rmtree(out / "blocks")
    workers = Backwards(rebuilt(out, manifest))
    # 2 scenarios: each time this row of blocks and the next one come back together
    solved = solve_all(out, manifest, Workers(submit=workers.submit, ahead=lambda: 4), lambda *_: None)
    assert solved == Solved(draws=100, stopped="standard-error", new=240)
    assert finished_blocks(out) == 12
    finish(out, manifest, solved)
    assert bytes_of(out) == before


def test_too_few_draws_for_the_standard_error_use_them_all(town: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run_ensemble(town, lang="en", draws=100, standard_error=1e-6, out=out).ensemble
    assert (done.draws, done.manifest.stopped) == (100, "draws")


class Backwards:
    """Workers that give back the last block first, and raise at one of them."""

    def __init__(self, markets: list, fails: tuple[int, int] | None = None) -> None:
        self.markets, self.fails = markets, fails
        self.held: list[tuple[Future[Files], tuple[int, int, int]]] = []

    def submit(self, scenario: int, first: int, last: int) -> Future[Files]:
        future: Future[Files] = Future()
        self.held.append((future, (scenario, first, last)))
        if len(self.held) == 4:
            self.give_back()
        return future

    def give_back(self) -> None:
        for future, (scenario, first, last) in reversed(self.held):
            if (scenario, first) == self.fails:
                future.set_exception(RuntimeError("lost"))
            elif not future.cancelled():
                future.set_result(solve_files(self.markets[scenario], first, last))
        self.held.clear()


def begun(town: Path, scenario: Path, out: Path) -> Path:
    """Return an ensemble of 2 scenarios × 4 blocks with no block in it."""
    run_ensemble(town, [scenario], lang="en", draws=8, block=2, out=out)
    shutil.rmtree(out / "blocks")
    return out


def test_blocks_may_come_back_in_any_order(town: Path, scenario: Path, tmp_path: Path) -> None:
    folder = begun(town, scenario, tmp_path / "run")
    manifest = read_manifest(folder)
    workers = Backwards(rebuilt(folder, manifest))
    solved = solve_all(
        folder, manifest, Workers(submit=workers.submit, ahead=lambda: 4), lambda done, asked: None
    )
    assert solved == Solved(draws=8, stopped="draws", new=16)
    assert {k: v for k, v in bytes_of(folder).items() if k.startswith("blocks/")} == {
        k: v for k, v in manifest.files.items() if k.startswith("blocks/")
    }


def test_blocks_that_came_back_before_a_failure_stay(town: Path, scenario: Path, tmp_path: Path) -> None:
    folder = begun(town, scenario, tmp_path / "run")
    manifest = read_manifest(folder)
    workers = Backwards(rebuilt(folder, manifest), fails=(1, 2))
    with pytest.raises(RuntimeError, match="lost"):
        solve_all(folder, manifest, Workers(submit=workers.submit, ahead=lambda: 4), lambda *_: None)
    stayed = finished_blocks(folder)
    assert 0 < stayed < 8
    assert resume_ensemble(folder, lang="en").new == 2 * (8 - stayed)
    assert read_manifest(folder) == manifest


def test_workers_are_asked_whether_anything_will_come_while_nothing_does(
    town: Path, scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = begun(town, scenario, tmp_path / "run")

    def lost() -> None:
        raise XuequError(say("nobody is there"))

    monkeypatch.setattr(solving, "ASK_S", 0.01)
    idle = Workers(submit=lambda *_: Future(), ahead=lambda: 1, check=lost)
    with pytest.raises(XuequError, match="nobody is there"):
        solve_all(folder, read_manifest(folder), idle, lambda *_: None)


def test_a_block_without_its_hashes_is_not_there(town: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run_ensemble(town, lang="en", draws=4, block=2, out=out)
    before = bytes_of(out)
    (out / "blocks/today/000002-000004.sha256").unlink()
    (out / "blocks/today/.partial-000002-000004.npz").write_bytes(b"half")
    assert resume_ensemble(out, lang="en").new == 2
    assert bytes_of(out) == before


def test_kept_draws_and_chances_are_there_when_asked_for(town: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run_ensemble(town, lang="en", draws=5, block=3, keep=True, chances=True, out=out)
    kept = [pq.read_table(path) for path in sorted((out / "draws" / "today").glob("*.parquet"))]
    assert [table.schema.field("school").type.list_size for table in kept] == [3, 2]
    schools = pd.read_csv(out / "draws" / "today" / "schools.csv", encoding="utf-8-sig")
    assert schools["school_id"].tolist() == ["S1", "S2", "S3", "S4"]
    chances = pd.read_parquet(out / "private" / "chances.parquet")
    assert set(chances["unit_id"]) == {"U1", "U2", "U3", "U4", "U5"}
    words = (out / "private" / "README.txt").read_text(encoding="utf-8")
    assert "NOT FOR PUBLICATION" in words
    assert "不得公开" in words
    page = (out / "ensemble.en.html").read_text(encoding="utf-8")
    assert "chances" not in page


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"draws": 0}, "--draws is 1 or more, not 0"),
        ({"draws": -5}, "--draws is 1 or more, not -5"),
        ({"standard_error": 0.0}, "--standard-error is between 0 and 1"),
        ({"standard_error": float("nan")}, "--standard-error is between 0 and 1"),
        ({"standard_error": 0.01, "draws": 50}, "is judged from 100 draws on"),
        ({"vary": ["tickets", "weather"]}, "--vary names what is drawn.*tickets, counts.*found weather"),
        ({"vary": []}, "--vary names what is drawn"),
        ({"where": Where(threads=0)}, "--threads is 1 or more, not 0"),
        ({"where": Where(threads=1, scheduler="tcp://x:1")}, "--threads is of this machine"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    tmp_path: Path, asked: dict[str, object], words: str
) -> None:
    project = write_tiny(tmp_path / "town")
    with pytest.raises(XuequError, match=words):
        run_ensemble(project, lang="en", **asked)  # type: ignore[arg-type]
    assert not (project / "runs").exists() or not any((project / "runs").iterdir())


def test_an_output_that_is_there_is_refused(town: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(XuequError, match="out exists; nothing was written"):
        run_ensemble(town, lang="en", draws=2, out=tmp_path / "out")


def test_faults_of_all_scenarios_are_shown_together(town: Path, scenario: Path, tmp_path: Path) -> None:
    wrong = more_classes(tmp_path, name="wrong")
    wrong.write_text(wrong.read_text(encoding="utf-8").replace('"S1"', '"S9"'), encoding="utf-8")
    twin = tmp_path / "twin.toml"
    twin.write_text(scenario.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        run_ensemble(town, [scenario, wrong, twin, "no-such", tmp_path / "none.toml"], lang="en", draws=2)
    files = [fault.file for fault in caught.value.faults]
    assert set(files) == {"wrong.toml", "twin.toml", "no-such", "none.toml"}
    assert "an id of its own" in str(caught.value)


def test_today_may_be_named_and_stays_one(town: Path, tmp_path: Path) -> None:
    done = run_ensemble(town, ["today"], lang="en", draws=2, out=tmp_path / "out").ensemble
    assert [one.id for one in done.scenarios] == ["today"]


def test_all_threads_are_at_least_one() -> None:
    assert all_threads() >= 1


def test_a_block_that_is_written_twice_stays_whole(tmp_path: Path) -> None:
    for _ in range(2):
        write_block(tmp_path, "one", 0, 2, {".npz": b"x"})
    assert finished_blocks(tmp_path) == 1
