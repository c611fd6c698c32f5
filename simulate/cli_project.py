"""The commands on a project: make one, check it, draw it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geodata.errors import DataError, XuequError
from geodata.messages import Lang, Text, say, speaker
from simulate.cli_init import propose
from simulate.cli_parts import (
    FOLDER,
    NEW,
    Translated,
    lang_option,
    say_what_happened,
    share_bar,
    step_bar,
)

if TYPE_CHECKING:
    from geodata.city import City


@click.command(
    cls=Translated,
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


@click.command(
    cls=Translated,
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
        propose(folder, [*sources, *more], lang)
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


@click.command(
    cls=Translated,
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
    for note in (*city.notes, *city.absences, *city.unused, *_disagreements(city)):
        click.echo(speak(say("note: {note}", note=note)))
    for doubt in doubtful_datums(city):
        click.echo(speak(say("warning: {doubt}", doubt=doubt)))
    say_findings(city, page, lang)
    click.echo(speak(say("No faults. Measured in {crs}.", crs=city.metric_crs)))


def _disagreements(city: City) -> tuple[Text, ...]:
    from zoning.disagreements import compare_places, comparison_notes
    from zoning.plan import plan_in

    if not city.has("applicants"):
        return ()
    plan = plan_in(city, city.project.project.year)
    return comparison_notes(compare_places(city, plan, city["applicants"]))


@click.command(
    cls=Translated,
    short_help="Draw the web map of a project.",
    name="map",
    help="Draw the web map of a project: one page that works without a network.\n\n"
    "With --scenario, today and the scenario beside each other, in panes that move together.",
)
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--scenario", metavar="SCENARIO", help="Draw today beside this scenario, in two panes.")
@click.option("--public", is_flag=True, help="A sketch map for publishing; with --scenario.")
@click.option("--out", type=NEW, help="The page to write; by default map.LANG.html in the project.")
@lang_option
def map_(folder: Path, scenario: str | None, public: bool, out: Path | None, lang: Lang) -> None:
    """Draw the map of a project."""
    from simulate.app import map_project
    from simulate.dossier.web_maps import write_beside

    speak = speaker(lang)
    if public and scenario is None:
        raise click.UsageError(
            speak(say("--public is for the map of a scenario: name one with --scenario"))
        )
    with step_bar(speak) as report:
        report("pages")
        if scenario is None:
            path = map_project(folder, lang=lang, out=out)
        else:
            path = write_beside(folder, scenario, lang=lang, out=out, public=public)
    click.echo(speak(say("Map: {path}", path=path)))
