"""Feed many inputs to a reader in a process of its own, with a limit of memory and a guard of time."""

from __future__ import annotations

import faulthandler
import resource
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.readers import broken_input, feed

MEMORY_MIB = 6144
"""Address space of a worker: what libraries reserve at the start takes about two GiB of it."""
SECONDS = 60
"""After so long an input counts as a hang, on a machine that has other things to do too."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a campaign on one reader found.

    Parameters
    ----------
    counts : Counter
        How many inputs were read, refused with our own error, or neither.
    findings : list of str
        A line for each input that was neither.
    """

    counts: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)


def here(reader: str, seed: int, first: int, last: int, saved: Path | None = None) -> Outcome:
    """Feed inputs `first` to `last` (not included) in this process."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(first, last):
            data = broken_input(reader, seed, number)
            if saved is not None:
                (saved / "at").write_text(str(number))
                faulthandler.dump_traceback_later(SECONDS, exit=True)
            try:
                outcome.counts[feed(reader, data, Path(folder))] += 1
            except Exception as error:
                outcome.counts["found"] += 1
                outcome.findings.append(f"{reader} {number}: {_where(error)}")
                if saved is not None:
                    (saved / f"{reader}-{number}.bin").write_bytes(data)
    faulthandler.cancel_dump_traceback_later()
    return outcome


def apart(reader: str, seed: int, inputs: int, saved: Path) -> Outcome:
    """Feed inputs in processes that may crash; the next one goes on behind the input that did it."""
    saved.mkdir(parents=True, exist_ok=True)
    (saved / "at").unlink(missing_ok=True)
    total, first = Outcome(), 0
    while first < inputs:
        words = [reader, str(seed), str(first), str(inputs), str(saved)]
        run = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.campaign", *words],
            capture_output=True,
            text=True,
            check=False,
        )
        for line in run.stdout.splitlines():
            kind, _, rest = line.partition("\t")
            if kind == "count":
                name, count = rest.split("\t")
                total.counts[name] += int(count)
            elif kind == "finding":
                total.findings.append(rest)
        if run.returncode == 0:
            break
        at = saved / "at"
        if not at.exists():
            raise RuntimeError(run.stderr)
        number = int(at.read_text())
        data = broken_input(reader, seed, number)
        (saved / f"{reader}-{number}.bin").write_bytes(data)
        how = "hang" if "Timeout" in run.stderr else f"crash, status {run.returncode}"
        total.findings.append(f"{reader} {number}: {how}: {run.stderr.strip()[-300:]}")
        total.counts["found"] += 1
        first = number + 1
    return total


def _where(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in last if "geodata" in frame.filename] or list(last)
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
    return f"{type(error).__name__} at {place}: {str(error)[:120]!r}"


def main(words: list[str]) -> None:
    """Run as a worker: print counts and findings."""
    reader, seed, first, last, saved = words
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MIB << 20, MEMORY_MIB << 20))
    step = 200
    for start in range(int(first), int(last), step):
        part = here(reader, int(seed), start, min(start + step, int(last)), Path(saved))
        for name, count in part.counts.items():
            sys.stdout.write(f"count\t{name}\t{count}\n")
        for finding in part.findings:
            sys.stdout.write(f"finding\t{finding}\n".replace("\n", " ") + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
