"""The command on many draws: a season drawn again and again, in several scenarios that share the draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geodata.messages import Lang, Speaker, say, speaker
from simulate.cli_parts import FOLDER, HELP, NEW, Translated, lang_option

if TYPE_CHECKING:
    from simulate.ensemble.running import Outcome

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command(
    cls=Translated,
    **HELP,
    short_help="Draw the season many times, in several scenarios that share the draws.",
    help="Draw the season of a project many times: how sure a result is, and what a plan would change.\n\n"
    "Each draw samples what is uncertain; every scenario sees the same draws, so that differences are "
    "paired. Nothing of the project is changed. With --resume, go on with a folder that was stopped: "
    "finished blocks of draws are never computed again.",
)
@click.argument("folder", metavar="[DIR]", type=FOLDER, required=False)
@click.option(
    "--scenario",
    "scenarios",
    metavar="SCENARIO",
    multiple=True,
    help="A scenario file (TOML), or the name of one that comes with xuequ; repeat for several. Today is "
    "always there, as the base.",
)
@click.option(
    "--draws",
    metavar="N",
    type=int,
    help="How many draws: 1000 without it; at most so many with --standard-error.",
)
@click.option(
    "--standard-error",
    metavar="X",
    type=float,
    help="Stop when every probability that a zone runs short has at most this standard error, such as "
    "0.01.",
)
@click.option(
    "--vary",
    metavar="WORD,WORD,…",
    help="What is drawn: tickets, counts, points, choices, consent, no-shows; all without it.",
)
@click.option(
    "--uncertain",
    metavar="FILE",
    type=FILE,
    help="Your own statements of what is uncertain (TOML), instead of the assumed ones.",
)
@click.option("--seed", help="Public seed of the draw, instead of the project's.")
@click.option("--threads", metavar="N", type=int, help="Threads of this machine; all without it.")
@click.option(
    "--scheduler", metavar="ADDRESS", help="A Dask scheduler, such as tcp://host:8786, instead of threads."
)
@click.option("--out", type=NEW, help="The folder to write; by default DIR/runs/ensemble-YEAR-DIGEST.")
@click.option("--resume", metavar="RUN", type=FOLDER, help="Go on with this folder.")
@click.option("--keep-draws", is_flag=True, help="Keep every draw too (parquet, a row a child): large.")
@click.option(
    "--chances",
    is_flag=True,
    help="Count the chance of each school by unit and category. Never publish it: it moves house prices.",
)
@lang_option
def ensemble(
    folder: Path | None,
    scenarios: tuple[str, ...],
    draws: int | None,
    standard_error: float | None,
    vary: str | None,
    uncertain: Path | None,
    seed: str | None,
    threads: int | None,
    scheduler: str | None,
    out: Path | None,
    resume: Path | None,
    keep_draws: bool,
    chances: bool,
    lang: Lang,
) -> None:
    """Draw many seasons."""
    speak = speaker(lang)
    asked = (
        scenarios,
        draws,
        standard_error,
        vary,
        uncertain,
        seed,
        out,
        keep_draws or None,
        chances or None,
    )
    if (folder is None) == (resume is None):
        raise click.UsageError(speak(say("give DIR to begin, or --resume RUN to go on: one of them")))
    if resume is not None and any(one not in (None, ()) for one in asked):
        raise click.UsageError(
            speak(say("--resume goes on with what was asked then: beside it only --threads or --scheduler"))
        )
    from simulate.ensemble.running import DRAWS, Where, resume_ensemble, run_ensemble
    from simulate.ensemble.uncertainty import VARY

    where = Where(threads=threads, scheduler=scheduler)
    words = VARY if vary is None else [one.strip() for one in vary.replace("，", ",").split(",")]
    with _draws_bar(speak) as report:
        if resume is not None:
            outcome = resume_ensemble(resume, lang=lang, where=where, report=report)
        else:
            assert folder is not None
            outcome = run_ensemble(
                folder,
                scenarios,
                lang=lang,
                draws=DRAWS if draws is None else draws,
                seed=seed,
                vary=[one for one in words if one],
                uncertain=uncertain,
                standard_error=standard_error,
                keep=keep_draws,
                chances=chances,
                where=where,
                out=out,
                report=report,
            )
    _say_what_came(outcome, speak)


@contextmanager
def _draws_bar(speak: Speaker) -> Iterator[Callable[[int, int], None]]:
    """Show draws done and the time left on standard error, gone when done or stopped."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(speak(say("Reading and checking the tables")), total=None)

        def show(done: int, asked: int) -> None:
            title = (
                say("Draws of all scenarios") if done < asked else say("Writing the tables and the page")
            )
            progress.update(task, description=speak(title), completed=done, total=asked)

        yield show


def _say_what_came(outcome: Outcome, speak: Speaker) -> None:
    """Show the scores side by side, what was drawn and assumed, and where everything is."""
    from simulate.ensemble.showing import show

    ensemble = outcome.ensemble
    show(ensemble, speak)
    click.echo(_how_long(outcome, speak))
    click.echo(speak(say("Ensemble: {path}", path=ensemble.folder)))
    click.echo(speak(say("Page: {path}", path=outcome.page)))
    click.echo(speak(say("The folder is private: small counts stand in it as they are.")))
    if ensemble.manifest.chances:
        path = ensemble.folder / "private" / "chances.parquet"
        click.echo(speak(say("Chances by unit: {path}", path=path)))
        click.echo(
            speak(
                say("Never publish the chances by unit: they move house prices and are taken for promises.")
            )
        )


def _how_long(outcome: Outcome, speak: Speaker) -> str:
    if not outcome.new:
        return speak(say("The same draws were there already; nothing was computed again."))
    words = say(
        "{new} seasons drawn in {seconds} s, {rate} a second",
        new=f"{outcome.new:,}",
        seconds=f"{outcome.seconds:,.1f}",
        rate=f"{outcome.new / max(outcome.seconds, 1e-9):,.0f}",
    )
    if outcome.ensemble.manifest.stopped != "standard-error":
        return speak(words)
    reached = say(
        "stopped after {draws} draws: the standard error {wanted} is reached",
        draws=f"{outcome.ensemble.draws:,}",
        wanted=outcome.ensemble.manifest.standard_error,
    )
    return speak(say("{what}; {more}", what=words, more=reached))
