"""Draw an ensemble of a project, and go on with one that was stopped, without a command line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from geodata.errors import XuequError
from geodata.messages import Lang, say
from simulate.app import policy_of, seed_of
from simulate.ensemble.asking import Asked, applied_of, base_of, checked_vary, ensemble_name
from simulate.ensemble.block_files import block_is_there
from simulate.ensemble.blocks import BLOCK, spans_of
from simulate.ensemble.cluster import connected, on_cluster
from simulate.ensemble.finishing import finish, page_file, write_page
from simulate.ensemble.folder import MANIFEST, Manifest, check_files, read_manifest
from simulate.ensemble.market import Market
from simulate.ensemble.preparing import rebuilt, write_prepared
from simulate.ensemble.reading import Ensemble, not_done, read_ensemble
from simulate.ensemble.solving import (
    LEAST_JUDGED,
    Report,
    Workers,
    all_threads,
    on_threads,
    solve_all,
)
from simulate.ensemble.uncertainty import VARY, read_uncertainty
from simulate.runs import whole_folder, write_timings

RUNS = "runs"
DRAWS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a command on an ensemble came to.

    Parameters
    ----------
    ensemble : Ensemble
        As read back.
    page : Path
        The page in the language asked for.
    new : int
        Draws of all scenarios that were solved now; 0 where all were there already.
    seconds : float
        How long these took.
    """

    ensemble: Ensemble
    page: Path
    new: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where blocks are solved.

    Parameters
    ----------
    threads : int, optional
        Threads of this process; as many as it may use without it.
    scheduler : str, optional
        The address of a Dask scheduler instead.
    """

    threads: int | None = None
    scheduler: str | None = None

    def check(self) -> None:
        """Refuse what cannot be.

        Raises
        ------
        XuequError
        """
        if self.threads is not None and self.threads < 1:
            raise XuequError(say("--threads is 1 or more, not {n}", n=self.threads))
        if self.threads is not None and self.scheduler is not None:
            raise XuequError(say("--threads is of this machine, --scheduler of others: give one of them"))

    @contextmanager
    def reached(self) -> Iterator[Callable[[Sequence[Market], Manifest], AbstractContextManager[Workers]]]:
        """Reach the scheduler if there is one, before anything is written; give what gives workers.

        Raises
        ------
        XuequError
            If it does not answer, or what is asked for cannot be.
        """
        self.check()
        if self.scheduler is None:
            yield self._on_threads
            return
        with connected(self.scheduler) as client:
            yield lambda markets, manifest: on_cluster(
                client, markets, keep=manifest.keep, chances=manifest.chances
            )

    def _on_threads(self, markets: Sequence[Market], manifest: Manifest) -> AbstractContextManager[Workers]:
        threads = self.threads or all_threads()
        return on_threads(markets, threads, keep=manifest.keep, chances=manifest.chances)


def run_ensemble(
    folder: Path,
    scenarios: Sequence[str | Path] = (),
    *,
    lang: Lang,
    draws: int = DRAWS,
    seed: str | None = None,
    vary: Sequence[str] = VARY,
    uncertain: Path | None = None,
    standard_error: float | None = None,
    keep: bool = False,
    chances: bool = False,
    where: Where = Where(),
    out: Path | None = None,
    block: int = BLOCK,
    report: Report = lambda done, asked: None,
) -> Outcome:
    """Draw a project's season many times, in each of several scenarios, and write the folder of it.

    Parameters
    ----------
    folder : Path
        The project.
    scenarios : sequence of str or Path
        Shipped names or files; `today`, which changes nothing, is always the first.
    lang : {"zh", "en"}
        The language of the page.
    draws : int
        How many (at most, with `standard_error`).
    seed : str, optional
        Instead of the project's.
    vary : sequence of str
        What is drawn, of `VARY`.
    uncertain : Path, optional
        A file of what is uncertain; without it what comes with the package, all of it assumed.
    standard_error : float, optional
        Stop when no probability that a zone runs short has a larger one, judged after each block from
        `LEAST_JUDGED` draws on.
    keep : bool
        Whether to keep each draw: a row a child.
    chances : bool
        Whether to count the chance of each school by unit and category; never to be published.
    where : Where
        Where blocks are solved: the results do not depend on it.
    out : Path, optional
        The folder to write; by default `runs/ensemble-YEAR-DIGEST` in the project.
    block : int
        Draws of a block.
    report : callable
        Told how many draws are done, of how many.

    Raises
    ------
    XuequError, DataError
        If something asked for cannot be, before anything is written; or while drawing, also by Ctrl-C, and
        then what was drawn stays for `resume_ensemble`.
    """
    _check_numbers(draws, standard_error)
    varied = checked_vary(vary)
    if out is not None and out.exists():
        raise XuequError(say("{folder} exists; nothing was written", folder=out.name))
    uncertainty = read_uncertainty(uncertain)
    city = base_of(folder)
    asked = Asked(
        draws=draws,
        block=block,
        seed=seed_of(city, seed),
        vary=varied,
        uncertainty=uncertainty,
        standard_error=standard_error,
        keep=keep,
        chances=chances,
    )
    applied = applied_of(folder, city, policy_of(city, folder), scenarios)
    target = out or folder / RUNS / ensemble_name(asked, applied)
    if (target / MANIFEST).is_file():
        return _there_already(target, lang)
    with where.reached() as workers:
        with whole_folder(target) as partial:
            manifest, markets = write_prepared(partial, asked, applied)
        del applied, city
        return _draw(target, manifest, markets, workers, lang=lang, report=report)


def resume_ensemble(
    folder: Path,
    *,
    lang: Lang,
    where: Where = Where(),
    report: Report = lambda done, asked: None,
) -> Outcome:
    """Go on with an ensemble that was stopped, from its folder alone; the same bytes as in one go.

    Parameters
    ----------
    folder : Path
        Of the ensemble.
    lang, where, report
        As `run_ensemble` takes them.

    Raises
    ------
    XuequError
        If it is no such folder, another version began it, or an input or a block was changed: a block is
        computed again only when its file has been deleted.
    """
    manifest = read_manifest(folder)
    if manifest.done and _whole(folder, manifest):
        return _there_already(folder, lang)
    kept = {name: one for name, one in manifest.files.items() if name.startswith(("inputs/", "scenarios/"))}
    check_files(folder, kept)
    begun = manifest.model_copy(update={"done": False, "draws_used": None, "stopped": None, "files": kept})
    with where.reached() as workers:
        return _draw(folder, begun, rebuilt(folder, begun), workers, lang=lang, report=report)


def _check_numbers(draws: int, standard_error: float | None) -> None:
    if draws < 1:
        raise XuequError(say("--draws is 1 or more, not {n}", n=draws))
    if standard_error is None:
        return
    if not 0 < standard_error < 1:
        raise XuequError(
            say("--standard-error is between 0 and 1, such as 0.01, not {found}", found=standard_error)
        )
    if draws < LEAST_JUDGED:
        raise XuequError(
            say(
                "a standard error is judged from {least} draws on: give --draws {least} or more, or leave "
                "--standard-error out",
                least=LEAST_JUDGED,
            )
        )


def _whole(folder: Path, manifest: Manifest) -> bool:
    """Return whether a finished ensemble still has everything.

    Raises
    ------
    XuequError
        If a block was changed.
    """
    there = [
        block_is_there(folder, entry.id, first, last)
        for entry in manifest.scenarios
        for first, last in spans_of(manifest.draws_used or manifest.draws, manifest.block)
    ]
    return all(there) and all((folder / name).is_file() for name in manifest.files)


def _there_already(folder: Path, lang: Lang) -> Outcome:
    manifest = read_manifest(folder)
    if not manifest.done:
        raise not_done(folder)
    ensemble = read_ensemble(folder)
    page = page_file(folder, lang)
    if not page.is_file():
        write_page(ensemble, lang)
    return Outcome(ensemble=ensemble, page=page, new=0, seconds=0.0)


def _draw(
    folder: Path,
    manifest: Manifest,
    markets: Sequence[Market],
    workers: Callable[[Sequence[Market], Manifest], AbstractContextManager[Workers]],
    *,
    lang: Lang,
    report: Report,
) -> Outcome:
    begun = time.perf_counter()
    try:
        with workers(markets, manifest) as open_:
            solved = solve_all(folder, manifest, open_, report)
    except KeyboardInterrupt as error:
        # stopped by hand (Ctrl-C): where what was drawn lies, and how to go on, is known here alone
        raise not_done(folder) from error
    seconds = {"draw": time.perf_counter() - begun}
    begun = time.perf_counter()
    ensemble = finish(folder, manifest, solved)
    page = write_page(ensemble, lang)
    seconds["write"] = time.perf_counter() - begun
    write_timings(folder, seconds)
    return Outcome(ensemble=ensemble, page=page, new=solved.new, seconds=seconds["draw"])
