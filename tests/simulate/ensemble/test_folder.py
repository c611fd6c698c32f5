"""The folder of an ensemble: read back whole, refused when it is another kind, not done or was changed."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from geodata import XuequError
from simulate.app import run_project
from simulate.ensemble.block_files import read_block, write_block
from simulate.ensemble.blocks import CHANCES, TALLIES, packed
from simulate.ensemble.folder import MANIFEST, Manifest, hashes_of, places_bytes, read_manifest, read_places
from simulate.ensemble.reading import read_ensemble, stack_of
from simulate.ensemble.running import resume_ensemble, run_ensemble
from simulate.runs import read_run
from tests.simulate.ensemble.made import made_places
from tests.simulate.ensemble.towns import bytes_of, more_classes
from tests.tiny import write_tiny

BLOCK = "blocks/today/000005-000010.npz"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw the tiny town and a class more, 12 draws in blocks of 5."""
    project = write_tiny(tmp_path_factory.mktemp("town") / "town")
    out = project.parent / "drawn"
    run_ensemble(project, [more_classes(project.parent)], lang="en", draws=12, block=5, out=out)
    return out


@pytest.fixture
def copied(drawn: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(drawn, tmp_path / "run"))


def changed(path: Path, **values: object) -> None:
    there = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**there, **values}), encoding="utf-8")


def test_an_ensemble_comes_back_with_its_scenarios_and_draws(drawn: Path) -> None:
    ensemble = read_ensemble(drawn)
    assert [one.id for one in ensemble.scenarios] == ["today", "more"]
    assert ensemble.draws == 12
    assert (ensemble.seed, ensemble.year) == ("tiny-2024", 2024)
    base, more = ensemble.scenarios
    assert base.stack["scalars"].shape[0] == 12
    assert more.places.school_seats.sum() == base.places.school_seats.sum() + 45
    assert (more.stack["zone_children"] == base.stack["zone_children"]).all()
    assert more.title.zh == "加班"
    assert ensemble.varied[0] == "tickets"
    assert ensemble.synthetic_city
    assert ensemble.synthetic_children


def test_the_folder_is_private_and_has_what_the_layout_says(drawn: Path) -> None:
    assert stat.S_IMODE(drawn.stat().st_mode) == 0o700
    assert {path.name for path in drawn.iterdir()} == {
        "manifest.json",
        "sources.json",
        "timings.json",
        "inputs",
        "scenarios",
        "blocks",
        "summary",
        "ensemble.en.html",
    }
    # of a scenario only the tables that it changed are kept
    assert {path.name for path in (drawn / "scenarios" / "more").glob("*.parquet")} == {"seats.parquet"}
    assert 'id = "more"' in (drawn / "scenarios" / "more.toml").read_text(encoding="utf-8")
    assert {path.stem for path in (drawn / "summary").iterdir()} >= {"measures", "zones", "differences"}


def test_the_manifest_holds_the_hash_of_every_file_but_those_apart(drawn: Path) -> None:
    held = set(read_manifest(drawn).files)
    apart = {"manifest.json", "sources.json", "timings.json", "ensemble.en.html"}
    assert {
        path.relative_to(drawn).as_posix() for path in drawn.rglob("*") if path.is_file()
    } == held | apart


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed")
def test_the_hashes_of_a_block_are_what_sha256sum_checks(drawn: Path) -> None:
    folder = drawn / "blocks" / "today"
    subprocess.run(["sha256sum", "--check", "--quiet", "000005-000010.sha256"], cwd=folder, check=True)


def test_a_folder_that_is_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(XuequError, match="is no folder of xuequ ensemble"):
        read_ensemble(tmp_path)
    (tmp_path / MANIFEST).write_text("[1, 2", encoding="utf-8")
    with pytest.raises(XuequError, match="is no folder of xuequ ensemble"):
        read_ensemble(tmp_path)
    (tmp_path / MANIFEST).write_text("[]", encoding="utf-8")
    with pytest.raises(XuequError, match="is no folder of xuequ ensemble"):
        resume_ensemble(tmp_path, lang="en")


def test_a_run_is_no_ensemble_and_an_ensemble_is_no_run(drawn: Path, tmp_path: Path) -> None:
    run, _ = run_project(write_tiny(tmp_path / "town"), lang="en")
    with pytest.raises(XuequError, match=r"is one run .xuequ run., not many draws"):
        read_ensemble(run)
    with pytest.raises(XuequError, match=r"holds many draws .xuequ ensemble., not one run"):
        read_run(drawn)


def test_another_format_is_refused(copied: Path) -> None:
    changed(copied / MANIFEST, format=99)
    with pytest.raises(XuequError, match="is of format 99; this version reads format"):
        read_ensemble(copied)


def test_a_manifest_that_does_not_hold_together_is_refused(copied: Path) -> None:
    changed(copied / MANIFEST, draws="many")
    with pytest.raises(XuequError, match=r"manifest.json was changed"):
        read_ensemble(copied)


def test_an_ensemble_of_another_version_is_not_gone_on_with(copied: Path) -> None:
    (copied / BLOCK).unlink()
    changed(copied / MANIFEST, xuequ="0.0.1")
    with pytest.raises(XuequError, match=f"was begun by version 0.0.1, this is {version('xuequ')}"):
        resume_ensemble(copied, lang="en")


def test_an_ensemble_that_is_not_done_is_not_read(copied: Path) -> None:
    changed(copied / MANIFEST, done=False, draws_used=None)
    with pytest.raises(XuequError, match="is not done: go on with xuequ ensemble --resume"):
        read_ensemble(copied)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("spoil", [cut, flip, empty])
def test_a_block_that_was_changed_is_named_and_nothing_is_lost(
    copied: Path, spoil: Callable[[Path], None]
) -> None:
    before = bytes_of(copied)
    spoil(copied / BLOCK)
    spoilt = bytes_of(copied)
    for attempt in (lambda: read_ensemble(copied), lambda: resume_ensemble(copied, lang="en")):
        with pytest.raises(XuequError, match=f"{BLOCK} is cut short or was changed.*delete this file"):
            attempt()
    assert bytes_of(copied) == spoilt
    # what the message says to do
    (copied / BLOCK).unlink()
    assert resume_ensemble(copied, lang="en").new == 5
    assert bytes_of(copied) == before


def test_hashes_that_were_changed_are_named(copied: Path) -> None:
    index = (copied / BLOCK).with_suffix(".sha256")
    index.write_text("no hash\n", encoding="utf-8")
    with pytest.raises(XuequError, match=r"000005-000010.sha256 is cut short or was changed"):
        resume_ensemble(copied, lang="en")


def test_a_block_that_is_missing_is_named(copied: Path) -> None:
    (copied / BLOCK).unlink()
    with pytest.raises(XuequError, match=f"{BLOCK} is missing: run xuequ ensemble --resume"):
        read_ensemble(copied)


@pytest.mark.parametrize(
    "file",
    ["inputs/seats.parquet", "scenarios/more/policy.json", "summary/zones.csv", "scenarios/more.toml"],
)
def test_a_file_that_was_changed_is_named(copied: Path, file: str) -> None:
    flip(copied / file)
    with pytest.raises(XuequError, match=f"{file} is missing or was changed after the run"):
        read_ensemble(copied)


def test_inputs_that_were_changed_are_not_drawn_from(copied: Path) -> None:
    (copied / BLOCK).unlink()
    flip(copied / "inputs" / "seats.parquet")
    with pytest.raises(XuequError, match=r"inputs/seats.parquet is missing or was changed"):
        resume_ensemble(copied, lang="en")


@pytest.mark.parametrize("file", ["inputs/uncertainty.json", "scenarios/more/places.npz"])
def test_a_file_that_is_missing_is_named(copied: Path, file: str) -> None:
    (copied / file).unlink()
    with pytest.raises(XuequError, match=f"{file} is missing or was changed"):
        read_ensemble(copied)


def test_a_scenario_that_comes_out_otherwise_is_not_drawn_on(copied: Path) -> None:
    (copied / BLOCK).unlink()
    manifest = json.loads((copied / MANIFEST).read_text(encoding="utf-8"))
    manifest["scenarios"][1]["digest"] = "0" * 64
    manifest["asked"] = Manifest.model_validate(manifest).digest
    (copied / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(XuequError, match="the scenario more does not come out as it did"):
        resume_ensemble(copied, lang="en")


def test_uncertain_statements_that_do_not_hold_are_refused(copied: Path) -> None:
    (copied / "inputs" / "uncertainty.json").write_text('{"title": 1}', encoding="utf-8")
    with pytest.raises(XuequError, match="cannot be read back"):
        read_ensemble(copied)


def test_places_come_back(tmp_path: Path) -> None:
    places = made_places(seed=3)
    path = tmp_path / "scenarios" / "one" / "places.npz"
    path.parent.mkdir(parents=True)
    path.write_bytes(places_bytes(places))
    back = read_places(tmp_path, "one")
    for name in places.__slots__:
        expected = getattr(places, name)
        assert getattr(back, name).dtype == expected.dtype, name
        assert np.array_equal(getattr(back, name), expected), name
    path.write_bytes(packed({"units": np.array(["a"])}))
    with pytest.raises(XuequError, match=r"places\.npz cannot be read"):
        read_places(tmp_path, "one")


def test_blocks_are_read_in_order_and_a_kind_that_was_not_kept_is_missing(tmp_path: Path) -> None:
    for first in (0, 2):
        write_block(
            tmp_path, "one", first, first + 2, {TALLIES: packed({"n": np.arange(first, first + 2)})}
        )
    assert stack_of(tmp_path, "one", ((0, 2), (2, 4)))["n"].tolist() == [0, 1, 2, 3]
    with pytest.raises(XuequError, match=r"000000-000002\.chances\.npz is missing"):
        read_block(tmp_path, "one", 0, 2, ending=CHANCES)


def test_half_written_files_have_no_hash(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / ".partial-x.npz").write_bytes(b"1")
    (tmp_path / "a" / "x.npz").write_bytes(b"1")
    assert list(hashes_of(tmp_path, within=("a", "none"))) == ["a/x.npz"]


def test_draws_of_another_seed_are_not_mixed_in_by_an_edited_manifest(copied: Path) -> None:
    changed(copied / MANIFEST, seed="another", done=False)
    with pytest.raises(XuequError, match=r"manifest.json was changed"):
        resume_ensemble(copied, lang="en")
