"""The commands on coordination (统筹): ways to coordinate, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geodata.messages import Lang, Speaker, say, speaker
from simulate.cli_parts import FOLDER, HELP, NEW, Group, lang_option, say_if_synthetic, share_bar

if TYPE_CHECKING:
    from rich.console import Console

    from simulate.coordination import Comparison

WIDTH = 100


@click.group(
    cls=Group,
    **HELP,
    short_help="Compare ways to coordinate.",
    help="Coordination: where children go whose own zone has no seat left, under one rule or another.",
)
def coordination() -> None:
    """Group the commands on coordination."""


@coordination.command(
    short_help="Run the season under several ways to coordinate, side by side.",
    help="Run the season under several ways to coordinate, with the same tickets, and print one table: who "
    "is placed where, how far, who was passed by somebody with fewer points.\n\n"
    "No published text says in which order coordination moves children, so the variants are assumed; the "
    "first one is the project's own policy. Nothing of the project is changed.",
)
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option(
    "--variants",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Your own variants (TOML), instead of those that come with xuequ.",
)
@click.option("--only", metavar="ID,ID,…", help="Only these variants, and the base.")
@click.option("--seed", help="Public seed of the draw, instead of the project's.")
@click.option(
    "--out",
    type=NEW,
    help="A new folder for the tables (CSV) and each variant's policy; private, small counts stand in it.",
)
@lang_option
def compare(
    folder: Path, file: Path | None, only: str | None, seed: str | None, out: Path | None, lang: Lang
) -> None:
    """Compare ways to coordinate."""
    from geodata import XuequError, read_city
    from simulate.app import policy_of, seed_of
    from simulate.coordination import chosen, compare_coordination, read_variants, write_comparison

    speak = speaker(lang)
    if out is not None and out.exists():
        raise XuequError(say("{folder} exists; nothing was written", folder=out.name))
    wanted = [] if only is None else [one.strip() for one in only.replace("，", ",").split(",")]
    variants = chosen(read_variants(file), [one for one in wanted if one])
    city = read_city(folder)
    policy = policy_of(city, folder)
    used = seed_of(city, seed)
    with share_bar(speak, say("Comparing ways to coordinate")) as share_done:
        comparison = compare_coordination(city, policy, variants, seed=used, report=share_done)
    _show(comparison, speak)
    if out is not None:
        write_comparison(out, comparison)
        click.echo(speak(say("Written: {path}", path=out)))
        click.echo(speak(say("The folder is private: small counts stand in it as they are.")))


def _show(comparison: Comparison, speak: Speaker) -> None:
    """Show the table, the flows, what differs most, and what to know before using it."""
    from rich.console import Console

    from simulate.coordination.telling import findings_of, flows_in_short, notes_of

    console = Console()
    # a table squeezed into less cuts its last columns off
    console.width = max(console.width, WIDTH)
    synthetic = comparison.city.project.project.synthetic
    say_if_synthetic(console, speak, city=synthetic, children=comparison.synthetic)
    _table(comparison, speak, console)
    lines = [speak(say("From district to district, of those placed by coordination:"))]
    lines += ["  " + flows_in_short(comparison, one, speak) for one in comparison.outcomes]
    lines += findings_of(comparison, speak)
    lines += [speak(say("note: {note}", note=note)) for note in notes_of(comparison)]
    for line in lines:
        console.print(line, highlight=False, markup=False)


def _table(comparison: Comparison, speak: Speaker, console: Console) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    from simulate.coordination.telling import cells_of, headings_of, title_of

    head = comparison.city.project.project
    children = f"{comparison.outcomes[0].counts[comparison.group].children:,}"
    told = {"project": head.name, "year": head.year, "n": children}
    title = (
        say("{project} {year}: {n} children without a right to a place", **told)
        if comparison.group == "others"
        else say("{project} {year}: {n} children", **told)
    )
    assumed = sum(one.variant.assumed for one in comparison.outcomes)
    part = say("assumed: {n} of {all} variants", n=assumed, all=len(comparison.outcomes))
    words = speak.listed([speak(title), speak(part)])
    table = Table(title=escape(words), title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=0)
    table.add_column(speak(say("Variant")), overflow="fold", width=22)
    for heading in headings_of(comparison):
        # a word a line: rich would fold words before it gave up room
        table.add_column(speak(heading).replace(" ", "\n"), justify="right", overflow="fold")
    for one in comparison.outcomes:
        table.add_row(escape(title_of(one, speak)), *cells_of(comparison, one))
    console.print(table)
