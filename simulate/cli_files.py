"""The commands on files: `xuequ datum`, `xuequ export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geodata.messages import Lang, Speaker, say, speaker
from simulate.cli_parts import FOLDER, NEW, Translated, lang_option, step_bar, table_options

if TYPE_CHECKING:
    from geodata.writing.convert import Converted
    from simulate.loose_files import TableOptions

FILE = click.Path(path_type=Path, exists=True)


@click.command(
    short_help="Convert the coordinates of a file to another datum.",
    cls=Translated,
    help="Convert the coordinates of a file to another datum: wgs84, gcj02 (Amap, Tencent), bd09 and "
    "bd09-metres (Baidu), cgcs2000, an EPSG code, a PROJ string.\n\n"
    "IN is a layer, or a table with a column each for longitude and latitude. OUT is a new file; its "
    "ending says what it is: .gpkg, .geojson, .parquet, .csv, .xlsx. Both datums must be said: no file "
    "says its own.",
)
@click.argument("source", metavar="IN", type=FILE)
@click.argument("out", metavar="OUT", type=NEW)
@click.option("--from", "from_", metavar="DATUM", required=True, help="What the coordinates are in.")
@click.option("--to", metavar="DATUM", required=True, help="What they shall be in.")
@click.option("--lng", metavar="HEADING", help="The column of the longitude (or easting) of a table.")
@click.option("--lat", metavar="HEADING", help="The column of the latitude (or northing) of a table.")
@click.option("--drop", metavar="HEADING", multiple=True, help="A column to leave out.")
@table_options
@lang_option
def datum(
    source: Path,
    out: Path,
    from_: str,
    to: str,
    lng: str | None,
    lat: str | None,
    drop: tuple[str, ...],
    options: TableOptions,
    lang: Lang,
) -> None:
    """Convert a file."""
    from geodata.writing.convert import Ask, convert_file
    from geodata.writing.whole import need_new
    from simulate.loose_files import read_loose

    speak = speaker(lang)
    need_new(out)
    ask = Ask(source=from_, target=to, lng=lng, lat=lat, drop=drop, layer=options.layer)
    with step_bar(speak) as report:
        report("read")
        found = convert_file(read_loose(source, options), source, out, ask)
    _say_converted(found, from_, to, speak)
    click.echo(speak(say("Written: {path}", path=out)))


@click.command(
    short_help="Write a project's layers for QGIS, a spreadsheet or another program.",
    cls=Translated,
    help="Write a project's districts, streets, zones, units with their zone, schools with their seats, "
    "barriers and links as one file: .gpkg (QGIS opens it coloured), .geojson, .parquet, .xlsx, .csv.\n\n"
    "Nothing about children is written.",
)
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option(
    "--out", metavar="FILE", type=NEW, required=True, help="A new file; its ending says what it is."
)
@click.option("--table", "tables", metavar="NAME", multiple=True, help="Only this table.")
@click.option("--datum", "target", metavar="DATUM", help="Of the coordinates; by default wgs84.")
@lang_option
def export(folder: Path, out: Path, tables: tuple[str, ...], target: str | None, lang: Lang) -> None:
    """Export a project."""
    from geodata import read_city
    from geodata.writing.whole import need_new
    from simulate.exporting import export_city

    speak = speaker(lang)
    need_new(out)
    with step_bar(speak) as report:
        report("read")
        found = export_city(read_city(folder), out, tables=tables, datum=target, speak=speak)
    for name, n in found.rows.items():
        click.echo(speak(say("{table}: {n} rows", table=name, n=n)))
    for note in found.notes:
        click.echo(speak(say("note: {note}", note=note)))
    click.echo(speak(say("Written: {path}", path=out)))


def _say_converted(found: Converted, source: str, target: str, speak: Speaker) -> None:
    words = say("{n} rows from {source} to {target}", n=found.rows, source=source, target=target)
    click.echo(speak(words))
    if found.blank:
        click.echo(speak(say("{n} rows have no place; they have none afterwards", n=found.blank)))
    if found.mean_m is not None and found.most_m is not None:
        words = say(
            "the places moved {mean} m on average, {most} m at most",
            mean=f"{found.mean_m:,.1f}",
            most=f"{found.most_m:,.1f}",
        )
        click.echo(speak(words))
    if found.outside is not None:
        words = say("{n} places lie outside China, where nothing is shifted", n=found.outside)
        click.echo(speak(words))
    if found.accuracy_m is None:
        click.echo(
            speak(say("note: no accuracy is known for this conversion; check a place that you know"))
        )
    elif found.accuracy_m:
        words = say(
            "accuracy: {n} m, as the public formula or PROJ states it; there and back is exact",
            n=f"{found.accuracy_m:.2f}",
        )
        click.echo(speak(words))
    for note in found.notes:
        click.echo(speak(say("note: {note}", note=note)))
