"""The commands on counts and stand-ins: `xuequ counts`, `xuequ standins`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geodata.messages import Lang, Speaker, say, speaker
from simulate.cli_parts import FOLDER, NEW, Translated, lang_option, step_bar, table_options

if TYPE_CHECKING:
    from geodata import City
    from simulate.counting_demand import Counted
    from simulate.loose_files import TableOptions

FILE = click.Path(path_type=Path)
# as in simulate.counted_areas, which is heavy to import
BY = ("area", "households", "points", "grid")
LEVELS = ("district", "street", "community", "unit")


@click.command(
    short_help="Share counts of districts, streets, polygons or a grid over the units.",
    cls=Translated,
    help="Share counts of children over the units of a project, and write them as a table demand.\n\n"
    "FILE counts by area: a layer of polygons (--datum), or a table that names districts, streets, "
    "communities or units of the project (--area, --level); or it is a GeoTIFF whose cells count people. "
    "Totals stay exact: whole children, by largest remainder. What no unit covers is said.",
)
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option(
    "--from", "source", metavar="FILE", type=FILE, required=True, help="The file with the counts."
)
@click.option(
    "--value",
    "values",
    metavar="COLUMN[=CATEGORY]",
    multiple=True,
    help="A column of counts, and whom it counts; of a GeoTIFF, the number of a band.",
)
@click.option(
    "--by", type=click.Choice(BY), help="What a unit weighs; area unless given, grid for a GeoTIFF."
)
@click.option("--area", metavar="COLUMN", help="The column with the id or name of each area.")
@click.option("--level", type=click.Choice(LEVELS), help="What of the project the areas are.")
@click.option("--datum", metavar="DATUM", help="What the coordinates of a layer are in.")
@click.option("--category", metavar="ID", help="Whom the counts count, where --value does not say it.")
@click.option(
    "--year", type=click.IntRange(1949, 2200), help="The year of admission; the project's unless given."
)
@click.option(
    "--total", type=click.IntRange(0), help="So many children in all, spread as the grid's people are."
)
@table_options
@click.option("--out", type=NEW, required=True, help="The new table to write: .csv, .xlsx or .parquet.")
@lang_option
def counts(
    folder: Path,
    source: Path,
    values: tuple[str, ...],
    by: str | None,
    area: str | None,
    level: str | None,
    datum: str | None,
    category: str | None,
    year: int | None,
    total: int | None,
    options: TableOptions,
    out: Path,
    lang: Lang,
) -> None:
    """Share counts over units."""
    from geodata import XuequError, read_city
    from geodata.writing.tables import write_table
    from geodata.writing.whole import need_new
    from simulate.counted_areas import read_value
    from simulate.counting_demand import count_areas, count_grid
    from simulate.loose_files import TableOptions, in_options, read_loose
    from zoning.grids import GRID_SUFFIXES

    speak = speaker(lang)
    need_new(out)
    is_grid = source.suffix.lower() in GRID_SUFFIXES
    if by is not None and is_grid != (by == "grid"):
        raise XuequError(say("--by grid goes with a GeoTIFF, and a GeoTIFF with --by grid"))
    if total is not None and not is_grid:
        raise XuequError(say("--total goes with a GeoTIFF: a table has totals of its own"))
    if is_grid and options != TableOptions():
        raise XuequError(say("a GeoTIFF has no layers, sheets or headings: leave the options for them out"))
    with step_bar(speak) as report:
        report("read")
        city = read_city(folder)
        wanted = city.project.project.year if year is None else year
        if is_grid:
            counted = count_grid(
                city,
                source,
                category=category,
                band=_band(values),
                total=total,
                year=wanted,
                speak=speak,
            )
        else:
            raw = read_loose(source, options)
            # a datum that does not fit is found where the shapes are parsed
            with in_options():
                counted = count_areas(
                    city,
                    raw,
                    [read_value(value, category) for value in values],
                    by=by or "area",
                    area=area,
                    level=level,
                    datum=datum,
                    year=wanted,
                    speak=speak,
                )
        write_table(out, counted.demand, sheet="demand")
    _say_counted(counted, city, out, speak)


@click.command(
    short_help="Draw stand-in polygons for units that are points.",
    cls=Translated,
    help="Draw stand-in polygons for units that are points: the part of their street (or district) that "
    "lies nearest to each, as a layer for pictures.\n\n"
    "They are not borders. Nothing decides by them where a child lives, and the layer says so.",
)
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--out", type=NEW, required=True, help="The new layer to write: .geojson, .gpkg or .parquet.")
@lang_option
def standins(folder: Path, out: Path, lang: Lang) -> None:
    """Draw stand-ins."""
    from geodata import read_city
    from geodata.writing.layers import Layer, write_layers
    from geodata.writing.whole import need_new
    from zoning.standins import LAYER_NAME, city_stand_ins, in_degrees

    speak = speaker(lang)
    need_new(out)
    with step_bar(speak) as report:
        report("read")
        city = read_city(folder)
        found = city_stand_ins(city)
        cells, datum = in_degrees(found.cells, city.metric_crs)
        # under another name, so that no project takes the cells for the units' own polygons by itself
        cells = cells.rename(columns={"unit_id": "cell_of"})
        remarks = write_layers(
            out, [Layer(name=LAYER_NAME, frame=cells, datum=datum, description=LAYER_NAME)]
        )
    for note in (*found.notes(), *remarks):
        click.echo(speak(say("note: {note}", note=note)))
    click.echo(speak(say("{n} stand-in cells, which are not borders.", n=f"{len(cells):,}")))
    click.echo(speak(say("Written: {path}", path=out)))


def _band(values: tuple[str, ...]) -> int:
    """Return the band that --value names; the first if it names none."""
    from geodata import XuequError

    if not values:
        return 1
    if len(values) > 1 or not values[0].isdecimal() or not values[0].isascii():
        raise XuequError(say("of a GeoTIFF --value is the number of one band, such as 1"))
    return int(values[0])


def _say_counted(counted: Counted, city: City, out: Path, speak: Speaker) -> None:
    for note in counted.notes:
        click.echo(speak(say("note: {note}", note=note)))
    for category, before in counted.before.items():
        after = counted.after[category]
        click.echo(
            speak(
                say(
                    "{category}: {before} children in the file, {after} in the units",
                    category=category,
                    before=f"{before:,}",
                    after=f"{after:,}",
                )
            )
        )
    units = counted.demand["unit_id"].nunique()
    words = say("units with a count: {n} of {all}", n=f"{units:,}", all=f"{len(city['units']):,}")
    click.echo(speak(words))
    click.echo(speak(say("Written: {path}", path=out)))
    click.echo(speak(say("To use it, name it under [tables.demand] in xuequ.toml.")))
