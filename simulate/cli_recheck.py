"""The commands after a run: verify it, amend it, compare it with another."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from geodata.messages import Lang, say, speaker
from simulate.cli_parts import FOLDER, NEW, Translated, lang_option, say_what_happened, step_bar

MOST_SHOWN = 20
OUTCOMES = {
    "waiting": say("waiting"),
    "not-admitted": say("not admitted"),
    "withdrawn": say("withdrawn"),
}


@click.command(
    short_help="Solve a run again by other code, and say what is wrong.",
    cls=Translated,
    help="Solve a run again with a second, plain implementation, and say what is wrong; exit status 2 if "
    "anything is. It reads the run folder alone.",
)
@click.argument("folder", metavar="RUN", type=FOLDER)
@lang_option
def verify(folder: Path, lang: Lang) -> None:
    """Verify a run."""
    from simulate.verify import verify_run

    speak = speaker(lang)
    with step_bar(speak) as step:
        step("verify")
        verdict = verify_run(folder)
    if verdict.ok:
        for what, count in verdict.checks:
            click.echo(speak(say("checked: {what} ({n})", what=what, n=f"{count:,}")))
        click.echo(
            speak(
                say(
                    "{run}: verified. {children} children, {stages} stages: the same by other code.",
                    run=verdict.name,
                    children=f"{verdict.children:,}",
                    stages=verdict.stages,
                )
            )
        )
        return
    count = len(verdict.findings)
    click.echo(speak(say("{run}: REJECTED. Findings: {n}", run=verdict.name, n=f"{count:,}")), err=True)
    for finding in verdict.findings[:MOST_SHOWN]:
        click.echo("  " + speak(finding), err=True)
    if count > MOST_SHOWN:
        click.echo("  " + speak(say("{n} more", n=f"{count - MOST_SHOWN:,}")), err=True)
    sys.exit(2)


@click.command(
    short_help="Amend a published run: objections, answers, late arrivals.",
    cls=Translated,
    help="Amend a published run with what came after it: every published place stays.\n\n"
    "DIR is the project with what is new: decisions on upheld objections (stage amend), answers after the "
    "last stage, children who arrived late. Freed seats go to the next in order.",
)
@click.argument("folder", metavar="RUN", type=FOLDER)
@click.argument("project", metavar="DIR", type=FOLDER)
@click.option("--out", type=NEW, help="The run folder to write; by default beside the published run.")
@lang_option
def amend(folder: Path, project: Path, out: Path | None, lang: Lang) -> None:
    """Amend a published run."""
    from simulate.app import amend_run
    from simulate.runs import read_run

    speak = speaker(lang)
    with step_bar(speak) as report:
        written, new = amend_run(folder, project, lang=lang, out=out, report=report)
    if not new:
        click.echo(speak(say("The same run was there already; its pages were drawn again.")))
    say_what_happened(read_run(written), lang)


@click.command(
    short_help="Show who is placed otherwise in another run.",
    cls=Translated,
    help="Show who is placed otherwise in another run: what a changed fact, policy or seed moves. "
    "The list names applicants by number: it is private.",
)
@click.argument("folder", metavar="RUN", type=FOLDER)
@click.argument("other", metavar="OTHER", type=FOLDER)
@click.option("--out", type=NEW, help="Write the whole list as CSV.")
@lang_option
def diff(folder: Path, other: Path, out: Path | None, lang: Lang) -> None:
    """Compare two runs."""
    from simulate.app import compare_runs
    from simulate.compare import CHANGES

    speak = speaker(lang)
    moves = compare_runs(folder, other, out=out)
    names = {
        "came": say("only in the other run"),
        "gone": say("only in the first run"),
        "placed": say("placed, without a place before"),
        "lost": say("without a place, placed before"),
        "moved": say("placed at another school"),
        "other": say("the same place or none, for another reason"),
    }
    if len(moves) == 0:
        click.echo(speak(say("Nobody: both runs place every child alike.")))
        return
    for change in CHANGES:
        count = int((moves["change"] == change).sum())
        if count:
            click.echo(speak(say("{what}: {n}", what=names[change], n=f"{count:,}")))
    for row in moves.head(MOST_SHOWN).to_dict("records"):
        before = row["school_id_before"] or speak(OUTCOMES.get(row["outcome_before"], say("–")))
        after = row["school_id_after"] or speak(OUTCOMES.get(row["outcome_after"], say("–")))
        click.echo(f"  {row['applicant_id']}  {before} → {after}")
    if len(moves) > MOST_SHOWN:
        click.echo("  " + speak(say("{n} more", n=f"{len(moves) - MOST_SHOWN:,}")))
    if out is not None:
        click.echo(speak(say("Written: {path}", path=out)))
