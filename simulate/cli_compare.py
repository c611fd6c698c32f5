"""The command that puts runs and ensembles side by side."""

from __future__ import annotations

from pathlib import Path

import click

from geodata.messages import Lang, say, speaker
from simulate.cli_parts import FOLDER, NEW, Translated, lang_option, say_if_synthetic, wide_console


@click.command(
    cls=Translated,
    short_help="Put runs and ensembles side by side on the same scores.",
    help="Put runs and ensembles side by side on the same scores: what is better, worse or unclear against "
    "the first one, in words.\n\n"
    "RUN is a folder that xuequ run or xuequ ensemble wrote, two or more of them. Scenarios that saw the "
    "same draws are compared draw by draw; of a single run no error is known.",
)
@click.argument("folders", metavar="RUN RUN…", type=FOLDER, nargs=-1, required=True)
@click.option(
    "--out",
    type=NEW,
    help="Write the page (NAME.html), the table (NAME.csv), or a new folder with both; private, small "
    "counts stand in it.",
)
@lang_option
def compare(folders: tuple[Path, ...], out: Path | None, lang: Lang) -> None:
    """Compare folders."""
    from geodata.errors import XuequError
    from simulate.comparing.gathering import gather
    from simulate.comparing.writing import notes_of, write
    from simulate.ensemble.showing import WIDTH, show_sides

    speak = speaker(lang)
    if out is not None and out.exists():
        raise XuequError(say("{folder} exists; nothing was written", folder=out.name))
    beside = gather(folders)
    if out is not None:
        write(out, beside, lang)
    console = wide_console(WIDTH)
    say_if_synthetic(
        console,
        speak,
        city=beside.synthetic_city,
        children=any(side.synthetic for side in beside.sides),
    )
    title = " / ".join(dict.fromkeys(beside.projects))
    show_sides(console, beside.sides, title, speak)
    for note in notes_of(beside, speak):
        console.print(speak(say("note: {note}", note=note)), highlight=False, markup=False)
    if out is not None:
        click.echo(speak(say("Written: {path}", path=out)))
        click.echo(speak(say("It is private: small counts stand in it as they are.")))
