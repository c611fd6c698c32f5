"""The command line: `xuequ`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from geodata.errors import DataError, XuequError
from geodata.messages import Lang, say, speaker
from simulate.cli_compare import compare
from simulate.cli_coordination import coordination
from simulate.cli_counts import counts, standins
from simulate.cli_dossier import dossier
from simulate.cli_ensemble import ensemble
from simulate.cli_files import datum, export
from simulate.cli_locate import locate
from simulate.cli_papers import papers
from simulate.cli_parts import (
    FOLDER,
    HELP,
    NEW,
    Group,
    Translated,
    lang_asked_for,
    lang_option,
    say_what_happened,
    step_bar,
)
from simulate.cli_points import points
from simulate.cli_policy import policy
from simulate.cli_polygons import repair
from simulate.cli_project import check, demo, init, map_
from simulate.cli_recheck import amend, diff, verify
from simulate.cli_scenario import scenario
from simulate.cli_scope import scope
from simulate.cli_standards import intake, standards
from simulate.cli_zones import zones

# the heavy imports stand inside the commands, so that --help is quick


@click.group(
    cls=Group,
    **HELP,
    help="School catchments and seat allocation: check a city's tables, draw its zones, run a school year.",
)
@click.version_option(package_name="xuequ", prog_name="xuequ")
@lang_option
def cli(lang: Lang) -> None:
    """Group the commands; --lang may stand before or after the command."""


@click.command(
    cls=Translated,
    short_help="Run a school year and write its run folder.",
    help="Run a school year of a project and write its run folder, with map and report.\n\n"
    "With --continue, go on from a run that was stopped with --through: with what has come in since "
    "(answers, decisions, new choices, late arrivals) where DIR is given, from its own inputs without.",
)
@click.argument("folder", metavar="[DIR]", type=FOLDER, required=False)
@click.option("--through", metavar="STAGE", help="Stop after this stage, with the state saved.")
@click.option("--continue", "resumed", metavar="RUN", type=FOLDER, help="Go on from this run folder.")
@click.option("--seed", help="Public seed of the draw, instead of the project's.")
@click.option(
    "--scenario",
    metavar="SCENARIO",
    help="Run this scenario (a file or a name) instead of the project as it is.",
)
@click.option("--out", type=NEW, help="The run folder to write; by default DIR/runs/NAME.")
@lang_option
def run(
    folder: Path | None,
    through: str | None,
    resumed: Path | None,
    seed: str | None,
    scenario: str | None,
    out: Path | None,
    lang: Lang,
) -> None:
    """Run a season."""
    from simulate.app import continue_run, run_project
    from simulate.runs import read_run

    speak = speaker(lang)
    if folder is None and resumed is None:
        raise click.UsageError(speak(say("give DIR, or --continue RUN, or both")))
    if resumed is not None and seed is not None:
        raise click.UsageError(speak(say("a run is continued with its own seed: leave --seed out")))
    if resumed is not None and scenario is not None:
        raise click.UsageError(speak(say("a run is continued as it began: leave --scenario out")))
    with step_bar(speak) as report:
        if resumed is not None:
            written, new = continue_run(
                resumed, project=folder, lang=lang, through=through, out=out, report=report
            )
        else:
            assert folder is not None
            written, new = run_project(
                folder, lang=lang, seed=seed, through=through, scenario=scenario, out=out, report=report
            )
    if not new:
        click.echo(speak(say("The same run was there already; its pages were drawn again.")))
    say_what_happened(read_run(written), lang)


@click.command(
    cls=Translated,
    short_help="Draw the report and map of a run again, in either language.",
    help="Draw the report and the map of a run again, in either language.",
)
@click.argument("folder", metavar="RUN", type=FOLDER)
@lang_option
def report(folder: Path, lang: Lang) -> None:
    """Draw a run's pages."""
    from simulate.app import draw_pages
    from simulate.runs import read_run

    speak = speaker(lang)
    with step_bar(speak) as step:
        step("pages")
        report_path, map_path = draw_pages(read_run(folder), lang=lang)
    click.echo(speak(say("Report: {path}", path=report_path)))
    click.echo(speak(say("Map: {path}", path=map_path)))


@click.command(
    cls=Translated,
    short_help="Solve one small instance, JSON in, JSON out.",
    help="Solve one small instance: JSON in, JSON on standard output; - reads standard input.\n\n"
    "The instance has applicants (name: schools, most wanted first) and schools (name: seats, priorities; "
    "a nested list is a tie class); optional: order (one for all schools), distances (applicant: school: "
    "metres).",
)
@click.argument("file", metavar="FILE.json", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--mechanism",
    metavar="NAME",
    required=True,
    help="fill, random-seats, serial-dictatorship, immediate-acceptance, parallel, deferred-acceptance, "
    "least-travel or shortest-first.",
)
@click.option("--bands", metavar="N,N,…", help="Choices in each band of parallel; the last one repeats.")
@click.option("--e", "e", type=int, help="Choices in every band of parallel.")
@click.option("--seed", help="Public seed that breaks ties.")
@lang_option
def match(
    file: Path, mechanism: str, bands: str | None, e: int | None, seed: str | None, lang: Lang
) -> None:
    """Solve an instance from outside."""
    import json

    from simulate.instance import match as solve
    from simulate.instance_text import instance_file, read_instance, standard_input

    speak = speaker(lang)
    held: list[int] | None = None
    if bands is not None:
        parts = bands.replace("，", ",").split(",")
        if not all(part.strip().isdecimal() for part in parts):
            raise click.UsageError(speak(say("--bands takes whole numbers with commas, such as 2,2,3")))
        held = [int(part) for part in parts]
    text = standard_input() if str(file) == "-" else instance_file(file)
    instance = read_instance(file.name, text)
    answer = solve(instance, mechanism=mechanism, bands=held, e=e, seed=seed)
    click.echo(json.dumps(answer, ensure_ascii=False, indent=1))


@click.command(
    cls=Translated,
    short_help="Explain one applicant's outcome, stage by stage.",
    help="Explain one applicant's outcome: each stage and school, where the line ran, under which clause, "
    "what would have changed it, how to object.\n\n"
    "It shows nothing of any other child but the score or date at which a school was full. The page names "
    "the applicant by number: it is private.",
)
@click.argument("folder", metavar="RUN", type=FOLDER)
@click.option(
    "--applicant",
    metavar="ID",
    required=True,
    help="The applicant's number, as it stands in the list of applicants.",
)
@click.option("--out", type=NEW, help="Write it as one page (HTML); without it the same is shown here.")
@lang_option
def explain(folder: Path, applicant: str, out: Path | None, lang: Lang) -> None:
    """Explain an outcome."""
    from simulate.explain import explain_run

    speak = speaker(lang)
    with step_bar(speak) as step:
        step("children")
        text = explain_run(folder, applicant, lang=lang, out=out)
    click.echo(text.rstrip() if out is None else speak(say("Written: {path}", path=out)))


SECTIONS = (
    (say("Start"), (demo, init)),
    (say("Files and places"), (check, map_, datum, export, scope, locate, counts, standins)),
    (say("Zones and plans"), (zones, repair)),
    (say("A season"), (run, report, verify, amend, diff, explain)),
    (say("What if, and how sure"), (scenario, ensemble, compare)),
    (say("Papers"), (dossier, papers)),
    (say("Rules"), (policy, points, coordination, standards, intake, match)),
)
for title, commands in SECTIONS:
    for command in commands:
        cli.add_command(command)
    cli.sections.append((title, tuple(str(one.name) for one in commands)))


def main() -> None:
    """Run the command line: exit 0, 2 for bad input with one clear message, 1 for anything unexpected."""
    try:
        cli.main(standalone_mode=True)
    except XuequError as error:
        speak = speaker(lang_asked_for())
        for line in error.lines(speak):
            click.echo(line, err=True)
        if isinstance(error, DataError):
            click.echo(speak(say("Nothing was written.")), err=True)
        sys.exit(2)
    except OSError as error:
        # every file that is read has its own message: this is a place that cannot be written
        speak = speaker(lang_asked_for())
        where = Path(error.filename).name if error.filename else ""
        words = say(
            "{path} cannot be written: {problem}",
            path=where,
            problem=error.strerror or type(error).__name__,
        )
        click.echo(speak(words), err=True)
        sys.exit(2)
    except Exception as error:
        if os.environ.get("XUEQU_DEBUG"):
            raise
        speak = speaker(lang_asked_for())
        words = say(
            "Unexpected failure: {kind}. Nothing is half written. Please report it; XUEQU_DEBUG=1 shows "
            "where, and may show names.",
            # not its text, in which a cell may stand, such as the name of a child
            kind=type(error).__name__,
        )
        click.echo(speak(words), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
