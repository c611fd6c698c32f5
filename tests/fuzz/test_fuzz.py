"""A few hundred broken files, the same each time; `python -m tests.fuzz` feeds ten thousand a reader."""

from __future__ import annotations

import faulthandler
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.fuzz import campaign, readers
from tests.fuzz.campaign import Outcome, apart, here
from tests.fuzz.mutate import mutate
from tests.fuzz.readers import READERS, broken_input

SEED, INPUTS, HANGS_AFTER_S = 5, 25, 300


@pytest.fixture(autouse=True)
def guard_against_hanging() -> Iterator[None]:
    faulthandler.dump_traceback_later(HANGS_AFTER_S, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.mark.parametrize("reader", READERS)
def test_no_reader_raises_anything_but_our_own_error(reader: str) -> None:
    outcome = here(reader, SEED, 0, INPUTS)
    assert outcome.findings == []
    assert sum(outcome.counts.values()) == INPUTS


@pytest.mark.parametrize("reader", READERS)
def test_the_file_from_which_broken_ones_are_made_is_read(reader: str, tmp_path: Path) -> None:
    valid = readers._valid(reader)
    data = valid if isinstance(valid, bytes) else readers.pack(valid)
    assert readers.feed(reader, data, tmp_path) == "read"


def test_inputs_are_the_same_for_the_same_seed() -> None:
    assert broken_input("geojson", 1, 7) == broken_input("geojson", 1, 7) != broken_input("geojson", 2, 7)


def test_nothing_is_too_short_to_be_broken() -> None:
    for data in (b"", b"a"):
        for number in range(100):
            mutate(data, np.random.default_rng(number))


def test_an_error_that_is_not_ours_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(readers, "read_project", fail)
    outcome = here("toml", SEED, 0, 2)
    assert outcome.counts == {"found": 2}
    assert all("ZeroDivisionError" in line for line in outcome.findings)


def test_a_crash_is_a_finding_and_the_campaign_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(words: list[str], **_: object) -> object:
        first = int(words[5])
        (tmp_path / "at").write_text(str(first + 1))
        return Run(139 if first == 0 else 0)

    class Run:
        stdout, stderr = "count\tread\t1\n", "Segmentation fault"

        def __init__(self, returncode: int) -> None:
            self.returncode = returncode

    monkeypatch.setattr(campaign.subprocess, "run", run)
    outcome: Outcome = apart("geojson", SEED, 5, tmp_path)
    assert outcome.counts == {"read": 2, "found": 1}
    assert outcome.findings == ["geojson 1: crash, status 139: Segmentation fault"]
    assert (tmp_path / "geojson-1.bin").read_bytes() == broken_input("geojson", SEED, 1)
