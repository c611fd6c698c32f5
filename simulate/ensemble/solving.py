"""Solve the blocks of an ensemble, in whatever order they come back, to the same files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from simulate.ensemble.block_files import block_is_there, read_block, write_block
from simulate.ensemble.blocks import Files, solve_files
from simulate.ensemble.convergence import largest_of
from simulate.ensemble.early_warning import short_counts
from simulate.ensemble.folder import Manifest

if TYPE_CHECKING:
    from simulate.ensemble.market import Market

ASK_S = 5.0
"""Seconds without a block after which the workers are asked whether there are any."""
LEAST_JUDGED = 100
"""Draws before which nothing is called sure enough."""

Report = Callable[[int, int], None]
"""Told how many draws of all scenarios are done, and how many are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """Where blocks are solved.

    Parameters
    ----------
    submit : callable
        Takes the position of a scenario, the first draw and the one past the last; returns the block's
        files in future.
    ahead : callable
        How many blocks to have under way: asked each time, for workers come and go.
    check : callable
        Called every few seconds while nothing comes back; raises if nothing will.
    """

    submit: Callable[[int, int, int], Future[Files]]
    ahead: Callable[[], int]
    check: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """How far the draws came.

    Parameters
    ----------
    draws : int
        Draws of each scenario that count.
    stopped : {"draws", "standard-error"}
        Why there are no more.
    new : int
        Draws of all scenarios that were solved now, those computed ahead of the stop too.
    """

    draws: int
    stopped: Literal["draws", "standard-error"]
    new: int


@dataclass(slots=True)
class _Tasks:
    """Blocks that are not there yet, all scenarios of a block before the next; how many each row lacks."""

    folder: Path
    manifest: Manifest
    lacks: list[int] = field(default_factory=list)
    todo: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for row, (first, last) in enumerate(self.manifest.spans):
            there = [block_is_there(self.folder, one.id, first, last) for one in self.manifest.scenarios]
            self.lacks.append(there.count(False))
            self.todo += [(row, place) for place, is_there in enumerate(there) if not is_there]
        self.todo.reverse()


@contextmanager
def on_threads(markets: Sequence[Market], threads: int, *, keep: bool, chances: bool) -> Iterator[Workers]:
    """Solve blocks on threads of this process; the markets are shared, the compiled loops release the lock.

    Parameters
    ----------
    markets : sequence of Market
        One a scenario.
    threads : int
        How many.
    keep, chances : bool
        As `simulate.ensemble.blocks.solve_block` takes them.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="xuequ-draws")

    def submit(scenario: int, first: int, last: int) -> Future[Files]:
        return pool.submit(solve_files, markets[scenario], first, last, keep=keep, chances=chances)

    try:
        yield Workers(submit=submit, ahead=lambda: threads + 1)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def all_threads() -> int:
    """Return how many threads this process may keep busy."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def solve_all(folder: Path, manifest: Manifest, workers: Workers, report: Report) -> Solved:
    """Solve the blocks that are not there yet and write each as it comes back.

    Parameters
    ----------
    folder, manifest
        The folder of the ensemble, and its manifest.
    workers : Workers
        Where to solve them.
    report : callable

    Returns
    -------
    Solved
        It follows from the inputs: whether the draws are enough is judged at the end of each block, in
        order, whatever has been computed ahead.

    Raises
    ------
    XuequError
        If a block that is there was changed, or a worker fails; the blocks that were written stay.
    """
    tasks, judge = _Tasks(folder, manifest), _Judge(folder, manifest)
    under_way: dict[Future[Files], tuple[int, int]] = {}
    new, spans = 0, manifest.spans
    asked = manifest.draws * len(manifest.scenarios)
    lacking = sum(spans[row][1] - spans[row][0] for row, _ in tasks.todo)
    report(asked - lacking, asked)
    try:
        for row in range(len(spans)):
            while tasks.lacks[row]:
                while tasks.todo and len(under_way) < workers.ahead():
                    task = tasks.todo.pop()
                    under_way[workers.submit(task[1], *spans[task[0]])] = task
                for one in _some_done(under_way, workers):
                    at, scenario = under_way.pop(one)
                    write_block(folder, manifest.scenarios[scenario].id, *spans[at], one.result())
                    tasks.lacks[at] -= 1
                    new += spans[at][1] - spans[at][0]
                    report(asked - lacking + new, asked)
            if judge.enough_after(row):
                return Solved(draws=spans[row][1], stopped="standard-error", new=new)
    finally:
        for one in under_way:
            one.cancel()
    return Solved(draws=manifest.draws, stopped="draws", new=new)


def _some_done(under_way: dict[Future[Files], tuple[int, int]], workers: Workers) -> list[Future[Files]]:
    """Wait until some blocks have come back."""
    while True:
        done, _ = wait(under_way, timeout=ASK_S, return_when=FIRST_COMPLETED)
        if done:
            return sorted(done, key=lambda one: under_way[one])
        workers.check()


class _Judge:
    """Say after each block, in order, whether the wanted standard error is reached."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder, self._manifest = folder, manifest
        self._counts: dict[str, npt.NDArray[np.int64]] = {}

    def enough_after(self, row: int) -> bool:
        """Count a block in, and return whether the draws up to its end are enough."""
        wanted = self._manifest.standard_error
        if wanted is None:
            return False
        first, last = self._manifest.spans[row]
        for entry in self._manifest.scenarios:
            counts = short_counts(read_block(self._folder, entry.id, first, last))
            self._counts[entry.id] = self._counts.get(entry.id, 0) + counts
        draws = dict.fromkeys(self._counts, last)
        return last >= LEAST_JUDGED and largest_of(self._counts, draws).standard_error <= wanted
