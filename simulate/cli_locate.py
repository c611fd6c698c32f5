"""The command `xuequ locate`: where an address, a table of addresses or a point belongs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geodata.errors import XuequError
from geodata.messages import Lang, Speaker, Text, say, speaker
from simulate.cli_parts import FOLDER, NEW, Translated, lang_option, table_options

if TYPE_CHECKING:
    import pandas as pd

    from geodata import City
    from simulate.loose_files import TableOptions

FILE = click.Path(path_type=Path)


@click.command(
    short_help="Say to which unit, zone and school an address or a point belongs.",
    cls=Translated,
    help="Say to which unit, zone and school an address or a point belongs, by which rule, how exactly, "
    "and what the text leaves open.\n\n"
    "With --table, a whole table of addresses: what falls under no unit, or under several, stands apart. "
    "Nothing of the table is copied but the row number and the column of --id.\n\n"
    "With --disagreements, the applicants of whom unit, address and point do not say the same.",
)
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--address", metavar="TEXT", help="One address, such as 西村街广雅路29号.")
@click.option("--table", metavar="FILE", type=FILE, help="A table of addresses.")
@click.option("--column", metavar="NAME", help="With --table: the heading of the addresses.")
@click.option("--id", "id_column", metavar="NAME", help="With --table: a number to copy beside the result.")
@table_options
@click.option("--point", metavar="LNG,LAT", help="One point; needs --datum.")
@click.option("--datum", metavar="NAME", help="What the coordinates of --point are in; never guessed.")
@click.option("--disagreements", "differing", is_flag=True, help="The applicants whose places disagree.")
@click.option("--out", type=NEW, help="With --table or --disagreements: the file to write, .csv or .xlsx.")
@lang_option
def locate(
    folder: Path,
    address: str | None,
    table: Path | None,
    column: str | None,
    id_column: str | None,
    options: TableOptions,
    point: str | None,
    datum: str | None,
    differing: bool,
    out: Path | None,
    lang: Lang,
) -> None:
    """Locate an address, a table, a point, or list disagreements."""
    speak = speaker(lang)
    wrong = _misused(address, table, column, id_column, options, point, datum, differing, out)
    if wrong is not None:
        raise click.UsageError(speak(wrong))
    place = None if point is None else _pair(point, speak)
    if address is not None and not address.strip():
        raise XuequError(say("the address is empty"))
    from geodata import read_city
    from zoning.plan import plan_in

    city = read_city(folder)
    plan = plan_in(city, city.project.project.year)
    if address is not None:
        _say_address(city, plan, address, speak)
    elif table is not None and column is not None and out is not None:
        _locate_table(city, plan, table, column, id_column, options, out, speak)
    elif place is not None and datum is not None:
        _say_point(city, plan, place, datum, speak)
    else:
        _say_disagreements(city, plan, out, speak)


def _misused(
    address: str | None,
    table: Path | None,
    column: str | None,
    id_column: str | None,
    options: TableOptions,
    point: str | None,
    datum: str | None,
    differing: bool,
    out: Path | None,
) -> Text | None:
    """Return what is wrong with the options together, if anything."""
    from simulate.loose_files import TableOptions

    asked = [address is not None, table is not None, point is not None, differing]
    if sum(asked) != 1:
        return say("give one of --address, --table, --point and --disagreements")
    if table is not None and (column is None or out is None):
        return say("--table needs --column, the heading of the addresses, and --out")
    if table is None and (column is not None or id_column is not None or options != TableOptions()):
        return say("--column, --id and the options on how the file is read go with --table")
    if (point is None) != (datum is None):
        return say("--point and --datum go together: coordinates without a datum say nothing")
    if out is not None and table is None and not differing:
        return say("--out goes with --table or --disagreements")
    return None


def _pair(text: str, speak: Speaker) -> tuple[float, float]:
    parts = text.replace("，", ",").split(",")
    try:
        lng, lat = (float(part) for part in parts)
    except ValueError:
        raise click.UsageError(speak(say("--point takes LNG,LAT, such as 113.2408,23.1409"))) from None
    if not (math.isfinite(lng) and math.isfinite(lat)):
        raise click.UsageError(speak(say("--point takes LNG,LAT, such as 113.2408,23.1409")))
    return lng, lat


def _say_address(city: City, plan: pd.DataFrame, text: str, speak: Speaker) -> None:
    import pandas as pd

    from simulate.locating import book_of, known_nearby, places_of, why_unmatched
    from zoning.addresses import HOW, match_addresses
    from zoning.names import suggest_names

    book = book_of(city)
    # a shell may hand over bytes that are no text
    text = text.encode("utf-8", errors="replace").decode("utf-8")
    asked = pd.Series([text], dtype="str")
    found = match_addresses(book, asked)
    click.echo(speak(say("Address: {address}", address=text.strip())))
    if len(found) > 1:
        click.echo(speak(say("The address falls under {n} units; which one is not guessed.", n=len(found))))
        places = places_of(city, plan)
        zones = places[places["unit_id"].isin(found["unit_id"])].groupby("category")["zone_id"].nunique()
        if len(zones) and (zones == 1).all() and len(places):
            click.echo(speak(say("All of them are in one zone, so the schools are the same.")))
    for row in found.to_dict("records"):
        how = HOW[row["how"]]
        _say_unit(city, plan, row["unit_id"], speak)
        click.echo(speak(say("  Rule: {rule}", rule=row["rule"])))
        words = say(
            "  Confidence: {confidence} ({how})", confidence=f"{row['confidence']:.2f}", how=how.words
        )
        click.echo(speak(words))
        if row["undecided"]:
            click.echo(speak(say("  Left open: {undecided}", undecided=row["undecided"])))
    if len(found):
        click.echo(
            speak(say("The confidence says how exactly the text names the place; it is no probability."))
        )
        return
    click.echo(speak(say("Not located: {reason}.", reason=why_unmatched(book, text))))
    for line in known_nearby(book, text):
        click.echo(speak(say("  known: {what}", what=line)))
    near = suggest_names(book.names, asked) if len(book.names.plain) else None
    for row in [] if near is None else near.to_dict("records"):
        click.echo(
            speak(
                say(
                    "  similar name, not taken: {name} ({score} of 100)",
                    name=row["name"],
                    score=f"{row['score']:.0f}",
                )
            )
        )


def _say_unit(city: City, plan: pd.DataFrame, unit: str, speak: Speaker) -> None:
    """Say a unit with its zones and schools, by category where they differ."""
    from simulate.locating import places_of

    names = city["units"].set_index("unit_id")["name"]
    name = names.get(unit)
    shown = unit if name is None or name == unit or name != name else f"{unit} {name}"
    click.echo(speak(say("Unit: {unit}", unit=shown)))
    places = places_of(city, plan)
    places = places[places["unit_id"] == unit]
    if not len(places):
        click.echo(speak(say("  in no zone of the plan")))
    label = speak.choose(city.project.zone_label.model_dump())
    for row in places.to_dict("records"):
        titles = {"label": label, "zone": row["zone"], "schools": row["schools"] or speak(say("none"))}
        if len(places) == 1:
            click.echo(speak(say("  {label}: {zone}; schools: {schools}", **titles)))
        else:
            who = row["category"] or speak(say("all others"))
            words = say("  {category}: {label} {zone}; schools: {schools}", category=who, **titles)
            click.echo(speak(words))


def _say_point(
    city: City, plan: pd.DataFrame, place: tuple[float, float], datum: str, speak: Speaker
) -> None:
    from simulate.locating_points import locate_point

    found = locate_point(city, plan, *place, datum)
    click.echo(speak(say("Point: {lng}, {lat} ({datum})", lng=place[0], lat=place[1], datum=datum)))
    if found.district_id is not None:
        names = city["districts"].set_index("district_id")["name"]
        name = names.get(found.district_id)
        district = found.district_id if name is None or name != name else f"{found.district_id} {name}"
        click.echo(speak(say("District: {district}", district=district)))
    if found.units:
        _say_unit(city, plan, found.units[0], speak)
    else:
        click.echo(speak(say("The point lies in no unit with a polygon.")))
        label = speak.choose(city.project.zone_label.model_dump())
        for zone in found.zones[:1]:
            click.echo(speak(say("  {label}: {zone}", label=label, zone=zone)))
    border = found.units if len(found.units) > 1 else found.zones if not found.units else ()
    if len(border) > 1:
        words = say(
            "The point lies in or on the border of {all}: it belongs to the lower id, {first}.",
            all=", ".join(border),
            first=border[0],
        )
        click.echo(speak(words))


def _locate_table(
    city: City,
    plan: pd.DataFrame,
    path: Path,
    column: str,
    id_column: str | None,
    options: TableOptions,
    out: Path,
    speak: Speaker,
) -> None:
    from simulate.locating import locate_table
    from simulate.locating_files import PARTS, SHEETS, write_located
    from simulate.loose_files import read_loose

    raw = read_loose(path, options)
    table = locate_table(city, plan, raw, column, id_column=id_column, speak=speak)
    paths = write_located(out, table, speak)
    for name in PARTS:
        frame = getattr(table, name)
        words = say(
            "{what}: {n} addresses ({file})",
            what=SHEETS[name],
            n=f"{frame['row'].nunique():,}",
            file=paths[name].name,
        )
        click.echo(speak(words))
    open_ = int((table.found["undecided"] != "").sum())
    if open_:
        words = say("{n} of the located ones with a condition that the text leaves open", n=f"{open_:,}")
        click.echo(speak(words))
    for note in raw.notes:
        click.echo(speak(say("note: {note}", note=note)))
    if len(raw.cells) and id_column is None:
        click.echo(speak(say("The row numbers are those of {file}.", file=path.name)))


def _say_disagreements(city: City, plan: pd.DataFrame, out: Path | None, speak: Speaker) -> None:
    from geodata.writing.tables import write_table
    from simulate.locating_files import spoken
    from zoning.disagreements import compare_places, comparison_notes

    if not city.has("applicants"):
        raise XuequError(say("the project has no applicants: there is nothing to compare"))
    found = compare_places(city, plan, city["applicants"])
    if out is not None:
        write_table(out, spoken(found.table, speak))
    for note in comparison_notes(found):
        click.echo(speak(note))
    words = say(
        "Compared: {n} of {all} applicants; of the others not two of unit, address and point say a unit.",
        n=found.compared,
        all=len(city["applicants"]),
    )
    click.echo(speak(words))
    if found.compared and not len(found.table):
        click.echo(speak(say("Unit, address and point of these applicants say the same.")))
    if out is not None:
        click.echo(speak(say("Written: {path}", path=out)))
