"""The tiny town as an ensemble is drawn of it: projects, scenarios, commands in processes of their own."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from geodata import read_city
from simulate.app import policy_of
from simulate.ensemble.market import Market, market_of
from simulate.ensemble.uncertainty import VARY, read_uncertainty
from tests.tiny import write_tiny

APART = ("timings.json",)
"""What differs between equal ensembles."""

MORE_CLASSES = """\
id = "more"
title = { zh = "加班", en = "A class more" }
assumed = true
reason = { zh = "试", en = "a test" }

[[change]]
do = "classes"
school = "S1"
by = 1
"""


def market_in(folder: Path, *, seed: str = "tiny-2024") -> Market:
    """Write the tiny town and return it ready to be drawn."""
    city = read_city(write_tiny(folder))
    return market_of(
        city, policy_of(city, folder), seed=seed, uncertainty=read_uncertainty(None), vary=VARY
    )


def more_classes(folder: Path, *, name: str = "more") -> Path:
    """Write a scenario of one class more, and return its file."""
    path = folder / f"{name}.toml"
    path.write_text(MORE_CLASSES.replace('id = "more"', f'id = "{name}"'), encoding="utf-8")
    return path


def bytes_of(folder: Path) -> dict[str, str]:
    """Return the hash of each file of an ensemble, but for what differs between equal ones."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in APART
    }


def command(*words: str | Path) -> subprocess.Popen[str]:
    """Start `xuequ ensemble` in a process of its own."""
    code = "import sys; from simulate.cli_ensemble import ensemble; ensemble(sys.argv[1:])"
    return subprocess.Popen(
        [sys.executable, "-W", "error::ResourceWarning", "-c", code, *(str(word) for word in words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until(happens: Callable[[], bool], *, seconds: float = 120) -> None:
    """Wait until something happens, and fail if it does not."""
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def finished_blocks(folder: Path) -> int:
    """Return how many blocks of an ensemble are finished."""
    return len(list(folder.glob("blocks/*/*.sha256")))
