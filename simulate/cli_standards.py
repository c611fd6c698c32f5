"""The commands on standards and on the class count: `xuequ standards`, `xuequ intake`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geodata.messages import Lang, Speaker, Text, say, speaker
from simulate.cli_parts import (
    FOLDER,
    NEW,
    Translated,
    lang_option,
    say_if_synthetic,
    step_bar,
    wide_console,
)

if TYPE_CHECKING:
    from rich.console import Console

    from geodata import City
    from simulate.standards.asking import Asked, Intake
    from simulate.standards.values import Standard

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command(
    short_help="Hold schools and districts against the standards, before and after.",
    cls=Translated,
    help="Hold every school and district against the standards: class size, school size, rooms, the seven "
    "items of balanced development, seat warning, way to school, migrant children.\n\n"
    "DIR: before is the roll of the year before the admission; after, every grade has moved up and the "
    "announced intake has come in. RUN: after is who the run has placed.",
)
@click.argument("folder", metavar="DIR|RUN", type=FOLDER)
@click.option("--district", "districts", metavar="ID", multiple=True, help="Only this district.")
@click.option("--standards", "file", metavar="FILE.toml", type=FILE, help="Other than national standards.")
@click.option("--out", type=NEW, help="A new folder to write every table to, as CSV.")
@lang_option
def standards(
    folder: Path, districts: tuple[str, ...], file: Path | None, out: Path | None, lang: Lang
) -> None:
    """Hold a project or a run against the standards."""
    from simulate.standards.asking import standards_of, write_tables
    from simulate.standards.districts import check_districts

    speak = speaker(lang)
    with step_bar(speak) as report:
        report("read")
        asked = standards_of(folder, standards=file)
        check_districts(asked.city, districts)
        if out is not None:
            write_tables(out, asked.held.tables())
    _say_standards(asked, districts, speak)
    _say_written(out, speak)


@click.command(
    short_help="Say how many classes each school can have, and what one more or less does.",
    cls=Translated,
    help="Say how many entry classes each school can have as today's classes move up: by its rooms, its "
    "greatest size and its teaching area; and what one class more or less does to zone, district and "
    "city.\n\n"
    "With --classes, the season is run again for each school of --school or --district.",
)
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--school", "schools", metavar="ID", multiple=True, help="Only this school, year by year.")
@click.option("--district", "districts", metavar="ID", multiple=True, help="Only this district.")
@click.option("--classes", type=int, help="So many classes more (-1: one less): run the season again.")
@click.option("--standards", "file", metavar="FILE.toml", type=FILE, help="Other than national standards.")
@click.option("--out", type=NEW, help="A new folder to write every table to, as CSV.")
@lang_option
def intake(
    folder: Path,
    schools: tuple[str, ...],
    districts: tuple[str, ...],
    classes: int | None,
    file: Path | None,
    out: Path | None,
    lang: Lang,
) -> None:
    """Look at the class count of schools."""
    from simulate.standards.asking import intake_of, write_tables

    speak = speaker(lang)
    with step_bar(speak) as report:
        found = intake_of(
            folder, standards=file, schools=schools, districts=districts, classes=classes, report=report
        )
        if out is not None:
            write_tables(out, found.tables())
    _say_intake(found, bool(schools), speak)
    _say_written(out, speak)


def _say_standards(asked: Asked, districts: Sequence[str], speak: Speaker) -> None:
    from simulate.standards import showing

    console, held, limits = _console(), asked.held, asked.limits
    chosen = list(districts) or None
    _say_head(console, asked.city, asked.synthetic_children, speak)
    years = (
        say("before: {before}; after: {after}", before=held.year, after=held.year + 1)
        if held.follows
        else say("before: {before}", before=held.year)
    )
    console.print(speak(years), highlight=False, markup=False)
    schools = None
    if chosen is not None:
        here = held.schools["district_id"].isin(chosen)
        schools = held.schools["school_id"][here].unique().tolist()
    radius_m = limits.radius_m[asked.city.project.project.level]
    for table in (
        showing.schools_table(held, limits, speak, schools),
        showing.districts_table(held, speak, chosen),
        showing.items_table(held, limits, speak, chosen),
        showing.admission_table(held, limits, radius_m, speak, chosen),
    ):
        console.print(table)
    levels = [level for level in limits.variation if level in set(held.items["level"])]
    for line in showing.item_lines(limits, levels, speak):
        console.print(line, highlight=False, markup=False)
    marks = say(
        "Items met: ✓ {n} of the seven or more and the other to {share} at least; ✗ not; ? not known. "
        "! misses a standard. Classes of one grade are taken to be even.",
        n=limits.items_to_meet,
        share=showing.percent(limits.other_item_share),
    )
    _say_lines(console, [marks, *held.notes], speak)
    if not asked.is_run:
        _say_lines(console, [say("The share of migrant children is known of a run only.")], speak)
    _say_assumed(console, limits.assumed, speak)


def _say_intake(found: Intake, by_year: bool, speak: Speaker) -> None:
    from simulate.standards import showing_intake as showing

    console = _console()
    _say_head(console, found.city, found.season is not None and not found.city.has("applicants"), speak)
    schools = found.city["schools"]
    names = dict(zip(schools["school_id"], schools["name"].fillna(schools["school_id"]), strict=True))
    console.print(showing.bounds_table(found.bounds, speak))
    if by_year:
        console.print(showing.years_table(found.years, names, speak))
    console.print(showing.effects_table(found.effects, names, speak))
    if found.season is not None:
        console.print(showing.season_table(found.season, names, speak))
    said = [
        say(
            "Today's classes move up by one grade a year; classes that come in have {norm} pupils. "
            "The area of a school (area_m2) is its teaching area.",
            norm=found.limits.class_norm[found.city.project.project.level],
        ),
        say(
            "* today's grades alone pass a bound in some year, so that no number fits. ! more than allowed."
        ),
        *found.notes,
    ]
    _say_lines(console, said, speak)
    warning = [part for part in found.limits.assumed if part.id.startswith("seat-warning")]
    _say_assumed(console, warning, speak)


def _console() -> Console:
    from simulate.standards.showing import WIDTH

    return wide_console(WIDTH)


def _say_head(console: Console, city: City, drawn: bool, speak: Speaker) -> None:
    head = city.project.project
    say_if_synthetic(console, speak, city=head.synthetic, children=drawn)
    console.print(f"{head.name} {head.year}", highlight=False, markup=False)


def _say_lines(console: Console, lines: Sequence[Text], speak: Speaker) -> None:
    for line in lines:
        console.print(speak(line), highlight=False, markup=False)


def _say_assumed(console: Console, parts: Sequence[Standard], speak: Speaker) -> None:
    """List the standards that have no source: no figure stands as if it were law."""
    for part in parts:
        words = say(
            "Assumed: {what} {value}: {reason}",
            what=speak.choose(part.title.model_dump()),
            value=f"{part.value:g}",
            reason=speak.choose(part.reason.model_dump()) if part.reason else "",
        )
        console.print(speak(words), highlight=False, markup=False)


def _say_written(out: Path | None, speak: Speaker) -> None:
    if out is not None:
        click.echo(speak(say("Written: {path}", path=out)))
