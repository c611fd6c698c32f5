"""The commands on zones: what a plan comes to, and which units another plan moves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geodata.messages import Lang, Speaker, Text, say, speaker
from simulate.cli_parts import FOLDER, HELP, NEW, Group, lang_option

if TYPE_CHECKING:
    import pandas as pd

    from geodata.city import City

FILE = click.Path(path_type=Path)


@click.group(
    cls=Group,
    **HELP,
    short_help="What a plan comes to, and which units another plan moves.",
    help="Zones: what a plan comes to (seats, travel, shape), and which units another plan moves.",
)
def zones() -> None:
    """Group the commands on zones."""


@zones.command(
    short_help="Score a project's plan, alone or beside another.",
    help="Score a project's plan: seats over and utilisation, travel, children whose school is not the "
    "nearest, ways that cross a barrier, split communities, parts, schools outside their zone, "
    "compactness. With --plan or --moves, beside another.\n\n"
    "A way is the straight line from a unit to the nearest school of its zone. It crosses a barrier that "
    "it meets, and the water between two land parts; a bridge, tunnel or crossing over it counts as near "
    "within 300 m of the way. Minutes are shown where the table travel gives seconds, and never estimated.",
)
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--plan", "plan_file", type=FILE, help="Another whole plan: a table with unit_id, zone_id.")
@click.option("--moves", "moves_file", type=FILE, help="Only the units that move: the same columns.")
@click.option("--out", type=NEW, help="A table of all zones to write (CSV).")
@lang_option
def score(
    folder: Path, plan_file: Path | None, moves_file: Path | None, out: Path | None, lang: Lang
) -> None:
    """Score a plan."""
    from geodata import read_city
    from geodata.writing.tables import write_table
    from simulate.cli_zones_tables import print_scores
    from zoning.plan import plan_in
    from zoning.plans.board import board_of, plan_on
    from zoning.plans.moves import moved_on
    from zoning.plans.reading import zones_beside
    from zoning.plans.score import score_plan

    speak = speaker(lang)
    if plan_file is not None and moves_file is not None:
        raise click.UsageError(speak(say("--plan is a whole plan and --moves a part of one: give one")))
    city = read_city(folder)
    other = _other_plan(city, plan_file, moves_file, speak)
    board = board_of(city) if other is None else board_of(city, other)
    held = [plan_in(city, city.project.project.year), *([] if other is None else [other])]
    plans = [plan_on(board, one) for one in held]
    scores = [score_plan(board, one) for one in plans]
    if out is not None:
        write_table(out, zones_beside(city["zones"], *scores))
    moved = None if other is None else moved_on(board, *plans)
    print_scores(city, board, scores, speak, moved=moved)
    if out is not None:
        click.echo(speak(say("Written: {path}", path=out)))


@zones.command(
    short_help="List every unit that another plan moves.",
    help="List every unit that another plan moves: from, to, children, travel and crossings before and "
    "after, and the reason code given for it. A is a project; B another project of the same units and "
    "zones, or a plan (a table with unit_id, zone_id, and category, reason_code where there are any).",
)
@click.argument("folder", metavar="A", type=FOLDER)
@click.argument("other", metavar="B", type=FILE)
@click.option("--only-moves", is_flag=True, help="B lists only the units that move.")
@click.option("--out", type=NEW, help="The table to write (CSV).")
@lang_option
def diff(folder: Path, other: Path, only_moves: bool, out: Path | None, lang: Lang) -> None:
    """List moved units."""
    from geodata import read_city
    from geodata.writing.tables import write_table
    from simulate.cli_zones_moves import print_moves
    from simulate.loose_files import in_options
    from zoning.plan import plan_held, plan_in
    from zoning.plans.board import board_of, plan_on
    from zoning.plans.moves import moves_on
    from zoning.plans.reading import plan_of_project, read_plan, reasons_of, with_moves

    speak = speaker(lang)
    city = read_city(folder)
    year = city.project.project.year
    if other.is_dir():
        rows = plan_of_project(read_city(other), city)
    else:
        with in_options():
            rows, notes = read_plan(other, city)
        _say_notes(notes, speak)
    plan, new = plan_in(city, year), plan_held(rows, year)
    board = board_of(city, new)
    after = plan_on(board, with_moves(plan, new) if only_moves else new)
    moves = moves_on(board, plan_on(board, plan), after, reasons_of(rows, year))
    if out is not None:
        write_table(out, moves)
    print_moves(city, moves, board.categories, speak)
    if out is not None:
        click.echo(speak(say("Written: {path}", path=out)))


def _say_notes(notes: Sequence[Text], speak: Speaker) -> None:
    for note in notes:
        click.echo(speak(say("note: {note}", note=note)))


def _other_plan(
    city: City, plan_file: Path | None, moves_file: Path | None, speak: Speaker
) -> pd.DataFrame | None:
    from simulate.loose_files import in_options
    from zoning.plan import plan_held, plan_in
    from zoning.plans.reading import read_plan, with_moves

    year, file = city.project.project.year, plan_file or moves_file
    if file is None:
        return None
    with in_options():
        rows, notes = read_plan(file, city)
    _say_notes(notes, speak)
    held = plan_held(rows, year)
    return held if file == plan_file else with_moves(plan_in(city, year), held)
