"""The commands about polygons: what `check` says of them, and `repair`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geodata.errors import DataError, NotBuiltYetError, XuequError
from geodata.messages import Lang, Speaker, Text, say, speaker
from geodata.writing.whole import replace_text
from simulate.cli_parts import FOLDER, NEW, Translated, lang_option

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from geodata import City
    from zoning.polygons.changes import Change
    from zoning.polygons.record import Finding
    from zoning.polygons.repair import Repaired

MOST_LISTED = 5
"""So many lines of a kind on the terminal; the map has more."""


class DrawnError(XuequError):
    """Faults in the data, of which a map was drawn: so something was written after all."""

    def __init__(self, error: DataError, path: Path) -> None:
        super().__init__(error.message)
        self.error, self.path = error, path

    def lines(self, speak: Speaker) -> list[str]:
        """Return the faults, and where their map is."""
        return [*self.error.lines(speak), speak(say("Map of the faults: {path}", path=self.path))]


def say_findings(city: City, page: Path | None, lang: Lang) -> None:
    """Show what `check` finds in the shapes of a city, and draw it on a page if one is asked for."""
    from zoning.polygons.children import settled
    from zoning.polygons.findings import find_all

    speak, city = speaker(lang), settled(city)
    try:
        findings = find_all(city)
    except NotBuiltYetError as error:
        # no plan, so no zones made of units: nothing can be said of them
        click.echo(speak(say("note: {note}", note=error.message)))
        return
    for line in finding_lines(findings, speak):
        click.echo(line)
    if page is not None:
        from zoning.maps.findings import draw_findings

        replace_text(page, draw_findings(city, findings, lang=lang))
        click.echo(speak(say("Map: {path}", path=page)))


def finding_lines(findings: Sequence[Finding], speak: Speaker) -> list[str]:
    """Return findings as lines: a heading a kind with its number, then the first `MOST_LISTED`."""
    from zoning.polygons.record import kind_title

    lines = []
    for kind, rows in groupby(findings, key=lambda one: one.kind):
        own = list(rows)
        lines.append(speak(say("to look at: {kind} ({n})", kind=kind_title(kind), n=len(own))))
        lines += ["  " + speak(one.message) for one in own[:MOST_LISTED]]
        if len(own) > MOST_LISTED:
            lines.append("  " + speak(say("{n} more: --map FILE shows them", n=len(own) - MOST_LISTED)))
    return lines


def drawn_faults(folder: Path, error: DataError, page: Path, lang: Lang) -> XuequError:
    """Draw the faults that have a shape; return the error to show, which says where the map is."""
    from geodata.project import read_project
    from zoning.maps.findings import draw_faults

    if not any(one.shape is not None for one in error.faults):
        return error
    html = draw_faults(read_project(folder), error.faults, lang=lang)
    if html is None:
        return error
    replace_text(page, html)
    return DrawnError(error, page)


@click.command(
    cls=Translated,
    short_help="Mend the polygons of zones; without --out it only says what it would do.",
    help="Mend the polygons of zones: rings that cross themselves, spikes, vertices that stand twice, "
    "overlaps, narrow gaps, borders that nearly meet. Without --out nothing is written: it says what it "
    "would do.\n\n"
    "No school and no planned unit comes into another zone; what would move one is refused and listed. "
    "With --out FILE, the repaired layer, in the datum of the project's layer, and FILE.changes.csv are "
    "written.",
)
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option(
    "--tolerance",
    type=click.FloatRange(0, 100, min_open=True),
    default=1.0,
    show_default=True,
    metavar="M",
    help="Metres: borders nearer than this become one, narrower gaps are closed.",
)
@click.option(
    "--fill-gaps-below",
    "below",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    metavar="M2",
    help="Square metres: gaps smaller than this are closed too, however wide.",
)
@click.option(
    "--settle-overlaps-below",
    "settle",
    type=click.FloatRange(0),
    default=100.0,
    show_default=True,
    metavar="M2",
    help="Square metres: overlaps smaller than this, or narrower than --tolerance, go to one zone; larger "
    "ones stay and are listed.",
)
@click.option("--out", type=NEW, metavar="FILE", help="The layer to write: a new .geojson or .gpkg.")
@lang_option
def repair(
    folder: Path, tolerance: float, below: float, settle: float, out: Path | None, lang: Lang
) -> None:
    """Mend the polygons of zones."""
    from zoning.polygons.broken import read_to_repair
    from zoning.polygons.children import settled
    from zoning.polygons.ground import ground_of
    from zoning.polygons.repair import repair_zones
    from zoning.polygons.saving import changes_path, need_new_file, save_repaired

    speak = speaker(lang)
    if out is not None:
        need_new_file(out)
    read = read_to_repair(folder)
    city = settled(read.city)
    ground = ground_of(city)
    repaired = repair_zones(
        ground,
        tolerance_m=tolerance,
        fill_gaps_below_m2=below,
        settle_overlaps_below_m2=settle,
        broken=read.broken,
    )
    for line in change_lines(repaired.changes, speak):
        click.echo(line)
    for note in repaired.notes:
        click.echo(speak(say("note: {note}", note=note)))
    for line in left_lines(city, repaired, speak):
        click.echo(line)
    if out is None:
        click.echo(speak(say("Nothing was written; --out FILE writes the repaired layer.")))
        return
    notes = save_repaired(out, city, folder, repaired, speak)
    click.echo(speak(say("Written: {path}", path=out)))
    click.echo(speak(say("Written: {path}", path=changes_path(out))))
    for note in notes:
        click.echo(speak(say("note: {note}", note=note)))


def change_lines(changes: Sequence[Change], speak: Speaker) -> list[str]:
    """Return the changes as lines: what, which zone, areas before and after, why."""
    from zoning.polygons.changes import change_title

    if not changes:
        return [speak(say("Nothing to mend within the tolerance."))]
    return [speak(_change_words(one, change_title(one.kind))) for one in changes]


def left_lines(city: City, repaired: Repaired, speak: Speaker) -> list[str]:
    """Return what is left to look at after a repair: gaps that are too large, disputed overlaps."""
    from zoning.polygons.findings import find_all

    tables = {**city.tables, "zones": _with_repaired(city, repaired)}
    after = find_all(replace(city, tables=tables))
    left = [one for one in after if one.kind in ("overlap", "gap")]
    return [speak(say("left as it is: {what}", what=one.message)) for one in left]


def _change_words(one: Change, title: Text) -> Text:
    words = say(
        "{what}: {zone}, {before} m² before, {after} m² after, {moved} m² of ground changed; {reason}",
        what=title,
        zone=one.zone,
        before=f"{one.before_m2:,.0f}",
        after=f"{one.after_m2:,.0f}",
        moved=f"{one.moved_m2:,.0f}",
        reason=one.reason,
    )
    if one.children is None:
        return words
    return say("{words} ({n} children)", words=words, n=f"{one.children:,}")


def _with_repaired(city: City, repaired: Repaired) -> GeoDataFrame:
    zones = city["zones"].copy()
    shapes = repaired.zones.set_index("zone_id").geometry
    mended = zones["zone_id"].isin(shapes.index)
    zones.loc[mended, "geometry"] = zones.loc[mended, "zone_id"].map(shapes).to_numpy()
    return zones
