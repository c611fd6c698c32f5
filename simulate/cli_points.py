"""The commands on points: score a project's applicants, show one child's breakdown, compare schedules."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geodata.messages import Lang, Speaker, say, speaker
from simulate.cli_parts import FOLDER, HELP, NEW, Group, lang_option

if TYPE_CHECKING:
    from geodata.city import City
    from simulate.points.schedule import Schedule
    from simulate.points.scoring import Scored
    from simulate.points.telling import Grid

WIDTH = 100
SCHEDULE_HELP = "A shipped points schedule or a file (.toml), instead of the project's."


class PointsGroup(Group):
    """A group whose first word may be a project folder: `points DIR` is `points score DIR`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put in the command that is left out."""
        words = list(args)
        if words and words[0] not in (*self.commands, *ctx.help_option_names):
            words.insert(0, "score")
        return super().parse_args(ctx, words)


@click.group(
    cls=PointsGroup,
    **HELP,
    short_help="Score applicants by a points schedule, or compare two schedules.",
    help="Points: score the applicants of a project by a points schedule (points DIR), show one "
    "applicant's breakdown, compare two schedules.",
)
def points() -> None:
    """Group the commands on points."""


@points.command(
    short_help="Score the applicants of a project (points DIR will do).",
    help="Score the applicants of a project by its points schedule, and write the breakdown: one row an "
    "item for each applicant, with the clause and what did not count and why.\n\n"
    "The breakdown names applicants by number: it is private.",
)
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--schedule", "name", metavar="NAME|FILE", help=SCHEDULE_HELP)
@click.option("--out", type=NEW, help="The table to write; by default points.LANG.csv in the project.")
@lang_option
def score(folder: Path, name: str | None, out: Path | None, lang: Lang) -> None:
    """Score a project."""
    from geodata import read_city
    from simulate.points.tables import breakdown_table, need_own_file, points_summary, write_breakdown
    from simulate.points.telling import items_grid, summary_lines

    speak = speaker(lang)
    path = out or folder / f"points.{lang}.csv"
    need_own_file(path)
    city = read_city(folder)
    scored = _scored(city, folder, name, speak)
    write_breakdown(path, breakdown_table(scored, speak))
    summary = points_summary(scored, city["applicants"])
    _print_table(items_grid(scored, summary, speak))
    for line in summary_lines(city, scored, summary, speak):
        click.echo(line)
    click.echo(speak(say("Written: {path}", path=path)))
    click.echo(speak(say("The table is private: it names applicants by number.")))


@points.command(
    short_help="Show one applicant's points, item by item.",
    help="Show one applicant's points, item by item, on the terminal; private.",
)
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--applicant", metavar="ID", required=True, help="The applicant's number.")
@click.option("--schedule", "name", metavar="NAME|FILE", help=SCHEDULE_HELP)
@lang_option
def show(folder: Path, applicant: str, name: str | None, lang: Lang) -> None:
    """Show one child's breakdown."""
    from geodata import DataError, Fault, read_city
    from simulate.points.tables import breakdown_table
    from simulate.points.telling import Grid

    speak = speaker(lang)
    scored = _scored(read_city(folder), folder, name, speak)
    table = breakdown_table(scored, speak)
    rows = table[table.iloc[:, 0] == applicant]
    if len(rows) == 0:
        allowed = say("the number of an applicant that the schedule scores")
        raise DataError([Fault(file="applicants", column="applicant_id", found=applicant, allowed=allowed)])
    # kind, title, counted, unit, points, what did not count: the rest stands in the file
    shown = rows.iloc[:, [1, 3, 4, 5, 6, 9]]
    _print_table(
        Grid(title="", headings=tuple(shown.columns), rows=shown.to_numpy().tolist(), numbers=(2, 4))
    )


@points.command(
    short_help="Compare two points schedules on the same applicants.",
    help="Compare two points schedules on the same applicants: whose rank changes, who becomes eligible, "
    "and the cut-offs of the schools, from two seasons with the same tickets.\n\n"
    "A and B are shipped schedules or files (.toml). Only counts are shown; --out names applicants by "
    "number.",
)
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--project", "folder", metavar="DIR", type=FOLDER, required=True, help="The project.")
@click.option("--seed", help="Public seed of the draw, instead of the project's.")
@click.option(
    "--out", type=NEW, help="A new folder for ranks.csv (by applicant number: private) and cut_offs.csv."
)
@lang_option
def compare(before: str, after: str, folder: Path, seed: str | None, out: Path | None, lang: Lang) -> None:
    """Compare two schedules."""
    from geodata import XuequError, read_city
    from simulate.app import policy_of, seed_of
    from simulate.points.compare import compare_schedules, write_points_comparison
    from simulate.points.telling import comparison_lines, cut_offs_grid

    speak = speaker(lang)
    if out is not None and out.exists():
        raise XuequError(say("{folder} exists; nothing was written", folder=out.name))
    city = read_city(folder)
    _need_facts(city)
    head = city.project.project
    policy = None if head.policy is None else policy_of(city, folder)
    # without a policy nothing is drawn
    used = "" if policy is None else seed_of(city, seed)
    two = []
    for name in (before, after):
        schedule, day = _schedule_in_force(city, name)
        two.append(schedule)
        if day != head.date:
            words = say(
                "{schedule} does not hold on {on}; read as on {day}", schedule=name, on=head.date, day=day
            )
            click.echo(speak(words))
    found = compare_schedules(city, two[0], two[1], policy=policy, seed=used)
    for line in comparison_lines(city, found, speak):
        click.echo(line)
    grid = cut_offs_grid(found, city, policy, speak)
    if grid is not None:
        _print_table(grid)
    if out is not None:
        write_points_comparison(out, found)
        click.echo(speak(say("Written: {path}", path=out)))
        click.echo(speak(say("The table is private: it names applicants by number.")))


def _print_table(grid: Grid) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    # a table squeezed into less cuts its last columns off
    console.width = max(console.width, WIDTH)
    table = Table(title=escape(grid.title) or None, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for place, heading in enumerate(grid.headings):
        table.add_column(heading, justify="right" if place in grid.numbers else "left", overflow="fold")
    for row in grid.rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    console.print(table)


def _need_facts(city: City) -> None:
    from geodata.errors import XuequError

    for table in ("applicants", "facts"):
        if not city.has(table):
            raise XuequError(
                say(
                    "points are computed from the tables applicants and facts: {table} has no rows",
                    table=table,
                )
            )


def _schedule(city: City, folder: Path, name: str) -> Schedule:
    head = city.project.project
    schedule = _read(city, folder, name)
    return schedule.at(head.date, expecting=set(head.expecting) & schedule.planned)


def _schedule_in_force(city: City, name: str) -> tuple[Schedule, datetime.date]:
    """Return a schedule as it holds on the project's day, or as it last did, and that day."""
    from simulate.points.schedule import day_in_force

    schedule, on = _read(city, Path(), name), city.project.project.date
    day = day_in_force(schedule, on)
    expecting = set(city.project.project.expecting) & schedule.planned
    return schedule.at(day, expecting=expecting if day == on else ()), day


def _read(city: City, folder: Path, name: str) -> Schedule:
    from geodata.errors import XuequError
    from simulate.points.files import read_schedule, schedule_path

    head = city.project.project
    schedule = read_schedule(schedule_path(name, folder))
    if schedule.level is not None and schedule.level != head.level:
        raise XuequError(
            say(
                "the points schedule {schedule} is for {there}, the project for {here}",
                schedule=schedule.id,
                there=schedule.level,
                here=head.level,
            )
        )
    return schedule


def _scored(city: City, folder: Path, name: str | None, speak: Speaker) -> Scored:
    """Score by the project's own schedule, given points checked; or by another, given points left alone."""
    from geodata.errors import XuequError
    from simulate.points.compare import scored_city

    _need_facts(city)
    own = city.project.project.points
    if name is None and own is None:
        raise XuequError(
            say('points need a schedule: add points = "siming-2023" to [project], or give --schedule')
        )
    if name is not None:
        schedule, day = _schedule_in_force(city, name)
        if day != city.project.project.date:
            told = {"schedule": name, "on": city.project.project.date, "day": day}
            click.echo(speak(say("{schedule} does not hold on {on}; read as on {day}", **told)))
        return scored_city(city, schedule, check_given=False)
    assert own is not None
    return scored_city(city, _schedule(city, folder, own), check_given=True)
