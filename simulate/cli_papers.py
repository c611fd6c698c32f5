"""The commands on the papers around a hearing: `xuequ papers`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geodata.errors import XuequError
from geodata.messages import Lang, say, speaker
from simulate.cli_parts import FOLDER, HELP, NEW, Group, lang_option, share_bar

if TYPE_CHECKING:
    from simulate.papers.writing import Format

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
CATEGORY = click.option(
    "--category", metavar="ID", help="For a project whose plan differs by category: which category."
)
OUT = click.option("--out", type=NEW, required=True, help="A new folder to write to.")


def formats_option(*allowed: str) -> Callable[..., Any]:
    """Give a command the option --format; without it all that are allowed."""
    return click.option(
        "--format",
        "formats",
        type=click.Choice(allowed),
        multiple=True,
        default=allowed,
        show_default="all",
        help="What to write; can be given several times.",
    )


@click.group(
    cls=Group,
    **HELP,
    short_help="The papers around a hearing: intake table, notice, leaflets, letters.",
    help="The papers around a hearing: the table of intake and catchments with a redline, the notice of "
    "the hearing, a leaflet a catchment for parents, letters to families.",
)
def papers() -> None:
    """Group the commands on papers."""


@papers.command(
    short_help="The table of intake and catchments, compared with last year's.",
    help="Write the table of intake and catchments: school, kind, classes, seats, scope, telephone. With "
    "--before, also what differs from last year's, with signs that print in black.\n\n"
    "DIR is a project folder or a run folder.",
)
@click.argument("folder", metavar="DIR|RUN", type=FOLDER)
@click.option("--before", type=FOLDER, metavar="DIR|RUN", help="Last year's project or run.")
@CATEGORY
@formats_option("html", "pdf", "docx", "xlsx")
@OUT
@lang_option
def table(
    folder: Path,
    before: Path | None,
    category: str | None,
    formats: tuple[Format, ...],
    out: Path,
    lang: Lang,
) -> None:
    """Write the table."""
    from simulate.papers.sources import city_in, source_of
    from simulate.papers.writing import write_table

    old = None if before is None else city_in(before)
    names = write_table(out, source_of(folder), lang, formats, before=old, category=category)
    _written(out, names, lang)


@papers.command(
    short_help="Write a file of the facts of a hearing to fill in.",
    help="Write a file (TOML) of the facts of a hearing that only the bureau knows, with a comment at each "
    "line, to fill in for papers notice.",
)
@click.argument("file", metavar="FILE.toml", type=NEW)
@lang_option
def facts(file: Path, lang: Lang) -> None:
    """Write the file to fill in."""
    from simulate.papers.facts import write_hearing

    write_hearing(file, lang)
    click.echo(speaker(lang)(say("Written: {path}", path=file)))


@papers.command(
    short_help="The notice of a hearing.",
    help="Write the notice of a hearing from a file of facts (papers facts writes one to fill in). What is "
    "not filled in is a blank line in the notice.\n\n"
    "DIR is the project folder or run folder whose change is heard.",
)
@click.argument("folder", metavar="DIR|RUN", type=FOLDER)
@click.argument("file", metavar="FACTS.toml", type=FILE)
@formats_option("html", "pdf", "docx")
@OUT
@lang_option
def notice(folder: Path, file: Path, formats: tuple[Format, ...], out: Path, lang: Lang) -> None:
    """Write the notice."""
    from simulate.papers.facts import notes_on, read_hearing
    from simulate.papers.sources import source_of
    from simulate.papers.writing import write_notice

    speak = speaker(lang)
    known = read_hearing(file)
    names = write_notice(out, source_of(folder), known, lang, formats)
    for note in notes_on(known):
        click.echo(speak(say("note: {note}", note=note)))
    _written(out, names, lang)


@papers.command(
    short_help="A leaflet a catchment for parents, with its map.",
    help="Write leaflets for parents, a page a catchment: map, schools, who belongs to it, dates to fill "
    "in, where to ask and to object.\n\n"
    "DIR is a project folder or a run folder.",
)
@click.argument("folder", metavar="DIR|RUN", type=FOLDER)
@click.option("--zone", "zones", metavar="ID", multiple=True, help="Only this catchment.")
@CATEGORY
@click.option("--apart", is_flag=True, help="A PDF a catchment instead of one for all.")
@click.option("--date", default="", help="The day of the plan, as shown on the maps.")
@formats_option("html", "pdf")
@OUT
@lang_option
def leaflets(
    folder: Path,
    zones: tuple[str, ...],
    category: str | None,
    apart: bool,
    date: str,
    formats: tuple[Format, ...],
    out: Path,
    lang: Lang,
) -> None:
    """Write the leaflets."""
    from simulate.papers.sources import source_of
    from simulate.papers.writing import write_leaflets

    source = source_of(folder)
    with share_bar(speaker(lang), say("Drawing leaflets")) as told:
        names = write_leaflets(
            out, source, lang, formats, zones=zones, category=category, apart=apart, date=date, told=told
        )
    _written(out, names, lang)


@papers.command(
    short_help="Letters to families: placed at a school, or not and why.",
    help="Write letters to families as PDF, a page a child: placed at a school, or not, why, and what can "
    "be done. They name a child by the applicant's number alone, and are private.\n\n"
    "RUN is a run folder.",
)
@click.argument("folder", metavar="RUN", type=FOLDER)
@click.option(
    "--applicant", "applicants", metavar="ID", multiple=True, help="The letter of this applicant."
)
@click.option("--all", "every", is_flag=True, help="The letters of all applicants.")
@click.option(
    "--batch",
    metavar="N",
    type=click.IntRange(1, 5000),
    default=500,
    show_default=True,
    help="Letters in a file.",
)
@OUT
@lang_option
def letters(
    folder: Path, applicants: tuple[str, ...], every: bool, batch: int, out: Path, lang: Lang
) -> None:
    """Write the letters."""
    from simulate.papers.sources import source_of
    from simulate.papers.writing import write_letters

    if bool(applicants) == every:
        raise XuequError(say("give --applicant or --all, and only one of them"))
    source = source_of(folder)
    with share_bar(speaker(lang), say("Writing letters")) as told:
        names = write_letters(
            out, source, lang, applicants=None if every else applicants, most=batch, told=told
        )
    click.echo(speaker(lang)(say("Private: these letters are about single children.")))
    _written(out, names, lang)


def _written(out: Path, names: list[str], lang: Lang) -> None:
    speak = speaker(lang)
    for name in names[:20]:
        click.echo(speak(say("Written: {path}", path=out / name)))
    if len(names) > 20:
        click.echo(speak(say("… and {n} more files", n=len(names) - 20)))
