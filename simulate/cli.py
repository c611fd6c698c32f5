"""The command line: `xuequ`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geodata.errors import DataError, XuequError
from geodata.identity import scrub
from geodata.messages import Lang, Text, say, speaker
from simulate.cli_coordination import coordination
from simulate.cli_counts import counts, standins
from simulate.cli_files import datum, export
from simulate.cli_init import say_what_was_taken
from simulate.cli_locate import locate
from simulate.cli_parts import (
    FOLDER,
    HELP,
    NEW,
    Group,
    lang_asked_for,
    lang_option,
    say_what_happened,
    share_bar,
    step_bar,
)
from simulate.cli_points import points
from simulate.cli_policy import policy
from simulate.cli_polygons import repair
from simulate.cli_recheck import amend, diff, verify
from simulate.cli_scope import scope
from simulate.cli_standards import intake, standards
from simulate.cli_zones import zones

if TYPE_CHECKING:
    from geodata.city import City

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


@cli.command(
    short_help="Run a school year of the embedded synthetic city.",
    help="Run a school year of the embedded synthetic city, and say where the report and the map are.",
)
@click.option(
    "--out",
    type=NEW,
    default=Path("xuequ-demo"),
    show_default=True,
    help="Folder for the project and its runs.",
)
@click.option(
    "--scale",
    type=click.FloatRange(0.01, 10),
    default=1.0,
    show_default=True,
    help="Size of the city: 1 is 70,000 children.",
)
@lang_option
@click.pass_context
def demo(ctx: click.Context, out: Path, scale: float, lang: Lang) -> None:
    """Make the sample city, run it, draw both languages."""
    from geodata.sample import write_sample
    from simulate.app import draw_pages, run_project
    from simulate.runs import read_run

    speak = speaker(lang)
    made = (out / "xuequ.toml").is_file()
    if made and ctx.get_parameter_source("scale") is not click.core.ParameterSource.DEFAULT:
        raise XuequError(
            say("{folder} has a city already: leave --scale out, or name another --out", folder=out.name)
        )
    if not made:
        with share_bar(speak, say("Making the synthetic city")) as share_done:
            write_sample(out, scale=scale, report=share_done)
    with step_bar(speak) as report:
        folder, _ = run_project(out, lang=lang, report=report)
        run = read_run(folder)
        report("pages")
        other: Lang = "en" if lang == "zh" else "zh"
        draw_pages(run, lang=other)
    say_what_happened(run, lang)


@cli.command(
    short_help="Write a commented project folder to start from.",
    help="Write a commented project folder to start from, or with --sample the synthetic city.\n\n"
    "With --from FILE…, propose one for your own tables, workbooks and layers: which table each is likely "
    "to be and what its headings mean, each line with its reason. The files stay where they are.",
)
@click.argument("folder", metavar="DIR", type=NEW)
@click.argument("more", metavar="[FILE…]", type=NEW, nargs=-1)
@click.option(
    "--from",
    "sources",
    metavar="FILE…",
    type=NEW,
    multiple=True,
    help="Propose a project for these files; several may follow, and it may be given again.",
)
@click.option("--sample", is_flag=True, help="The embedded synthetic city instead of the small example.")
@click.option(
    "--scale",
    type=click.FloatRange(0.01, 10),
    default=1.0,
    show_default=True,
    help="Size of the sample: 1 is 70,000 children.",
)
@click.option(
    "--policy",
    "name",
    metavar="NAME",
    help="A small synthetic example of this shipped policy, with a copy of its file to change.",
)
@lang_option
def init(
    folder: Path,
    more: tuple[Path, ...],
    sources: tuple[Path, ...],
    sample: bool,
    scale: float,
    name: str | None,
    lang: Lang,
) -> None:
    """Write a project folder."""
    speak = speaker(lang)
    if sample and name is not None:
        raise click.UsageError(speak(say("--sample and --policy are two different starts: give one")))
    if sources and (sample or name is not None):
        raise click.UsageError(speak(say("--from is a start of its own: leave --sample and --policy out")))
    if more and not sources:
        raise click.UsageError(speak(say("one DIR; files follow --from")))
    if sources:
        from geodata.proposing.writing import write_proposal

        say_what_was_taken(write_proposal(folder, [*sources, *more], lang), lang)
        click.echo(speak(say("Written: {folder}. Next: xuequ check {folder}", folder=folder)))
        return
    if name is not None:
        from simulate.starting import write_example

        write_example(folder, name)
    elif sample:
        from geodata.sample import write_sample

        with share_bar(speak, say("Making the synthetic city")) as share_done:
            write_sample(folder, scale=scale, report=share_done)
    else:
        from geodata.templates import write_template

        write_template(folder)
    click.echo(speak(say("Written: {folder}. Next: xuequ check {folder}", folder=folder)))


@cli.command(
    short_help="Check all tables of a project and show every fault at once.",
    help="Check all tables of a project and show every fault at once, and what is to be looked at in its "
    "polygons: overlaps, gaps, cut units, schools outside their zone; nothing is written but the map of "
    "--map.",
)
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option(
    "--map",
    "page",
    type=NEW,
    metavar="FILE",
    help="Also draw what was found on a map: one page (HTML) that works without a network.",
)
@lang_option
def check(folder: Path, page: Path | None, lang: Lang) -> None:
    """Check a project."""
    from geodata import read_city
    from geodata.datum_fit import doubtful_datums
    from simulate.app import policy_of
    from simulate.building import build_world
    from simulate.cli_polygons import drawn_faults, say_findings

    speak = speaker(lang)
    try:
        city = read_city(folder)
    except DataError as error:
        if page is None:
            raise
        raise drawn_faults(folder, error, page, lang) from error
    if city.project.project.policy is not None:
        policy = policy_of(city, folder)
        # what only a run would find: categories, zones of children, decisions, districts
        build_world(city, policy, seed=city.project.project.seed or "check", amending=True)
    for name, table in city.tables.items():
        if len(table):
            click.echo(speak(say("{table}: {n} rows", table=name, n=len(table))))
    for note in (*city.notes, *city.absences, *city.unused):
        click.echo(speak(say("note: {note}", note=note)))
    for note in _disagreements(city):
        click.echo(speak(say("note: {note}", note=note)))
    for doubt in doubtful_datums(city):
        click.echo(speak(say("warning: {doubt}", doubt=doubt)))
    say_findings(city, page, lang)
    click.echo(speak(say("No faults. Measured in {crs}.", crs=city.metric_crs)))


def _disagreements(city: City) -> tuple[Text, ...]:
    from zoning.disagreements import disagreement_notes, disagreements
    from zoning.plan import plan_in

    if not city.has("applicants"):
        return ()
    plan = plan_in(city, city.project.project.year)
    return disagreement_notes(disagreements(city, plan, city["applicants"]))


@cli.command(
    short_help="Draw the web map of a project.",
    name="map",
    help="Draw the web map of a project: one page that works without a network.",
)
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--out", type=NEW, help="The page to write; by default map.LANG.html in the project.")
@lang_option
def map_(folder: Path, out: Path | None, lang: Lang) -> None:
    """Draw the map of a project."""
    from simulate.app import map_project

    speak = speaker(lang)
    with step_bar(speak) as report:
        report("pages")
        path = map_project(folder, lang=lang, out=out)
    click.echo(speak(say("Map: {path}", path=path)))


@cli.command(
    short_help="Run a school year and write its run folder.",
    help="Run a school year of a project and write its run folder, with map and report.\n\n"
    "With --continue, go on from a run that was stopped with --through: with what has come in since "
    "(answers, decisions, new choices, late arrivals) where DIR is given, from its own inputs without.",
)
@click.argument("folder", metavar="[DIR]", type=FOLDER, required=False)
@click.option("--through", metavar="STAGE", help="Stop after this stage, with the state saved.")
@click.option("--continue", "resumed", metavar="RUN", type=FOLDER, help="Go on from this run folder.")
@click.option("--seed", help="Public seed of the draw, instead of the project's.")
@click.option("--out", type=NEW, help="The run folder to write; by default DIR/runs/NAME.")
@lang_option
def run(
    folder: Path | None,
    through: str | None,
    resumed: Path | None,
    seed: str | None,
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
    with step_bar(speak) as report:
        if resumed is not None:
            written, new = continue_run(
                resumed, project=folder, lang=lang, through=through, out=out, report=report
            )
        else:
            assert folder is not None
            written, new = run_project(
                folder, lang=lang, seed=seed, through=through, out=out, report=report
            )
    if not new:
        click.echo(speak(say("The same run was there already; its pages were drawn again.")))
    say_what_happened(read_run(written), lang)


@cli.command(
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


@cli.command(
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


@cli.command(
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


for command in (
    verify,
    amend,
    diff,
    points,
    policy,
    coordination,
    standards,
    intake,
    datum,
    export,
    scope,
    locate,
    repair,
    counts,
    standins,
    zones,
):
    cli.add_command(command)


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
        words = say("{path} cannot be written: {problem}", path=where, problem=error.strerror or error)
        click.echo(speak(words), err=True)
        sys.exit(2)
    except Exception as error:
        if os.environ.get("XUEQU_DEBUG"):
            raise
        speak = speaker(lang_asked_for())
        words = say(
            "Unexpected failure: {kind}: {problem}. Nothing is half written. Please report it; "
            "XUEQU_DEBUG=1 shows where.",
            kind=type(error).__name__,
            problem=scrub(str(error).splitlines()[0]) if str(error) else "",
        )
        click.echo(speak(words), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
