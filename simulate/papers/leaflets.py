"""Leaflets for parents: a page a catchment with its map, its schools, who belongs to it, and dates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pandas as pd

from geodata import City, DataError, Fault
from geodata.messages import Lang, Speaker, say, speaker
from simulate.dossier.content.pen import names_by_id
from simulate.dossier.heading import check_heading
from simulate.dossier.map_sheets import Setting, sheet_of
from simulate.dossier.model import (
    Block,
    Bullets,
    Column,
    Document,
    Heading,
    Missing,
    Paragraph,
    Part,
    Picture,
    Table,
)
from simulate.papers.intake import LEVELS
from simulate.papers.listing import Listed, listed, whole_number
from simulate.papers.notice import day_words
from simulate.papers.scopes import Scope, plan_of, zone_scopes
from simulate.papers.sources import BLANK, Source, front_of
from zoning.maps.printed_leaflet import print_leaflet
from zoning.outline import outline_zones

_MAP_HEIGHT = 300.0
Told = Callable[[float], None]


def leaflets_document(
    source: Source,
    lang: Lang,
    *,
    zones: Sequence[str] = (),
    category: str | None = None,
    date: str = "",
    told: Told = lambda share: None,
) -> Document:
    """Make the leaflets of a project: a part a catchment, those that a school serves.

    Parameters
    ----------
    source : Source
    lang : {"zh", "en"}
    zones : sequence of str
        Only these; all without.
    category : str, optional
        For which category of children, where the plan differs by category.
    date : str
        Of the plan, as shown on the maps; "" for none.
    told : callable
        Given the share that is done.

    Raises
    ------
    DataError
        If there is no such catchment, or the date is more than a date.
    XuequError
        If the plan differs by category and none is named.
    """
    check_heading({"--date": date})
    speak, city = speaker(lang), source.city
    plan = plan_of(city, category)
    scopes, schools = zone_scopes(city, plan), listed(city, speak, category)
    setting = Setting(city=city, zones=outline_zones(city, plan), speak=speak, public=True, date=date)
    names = names_by_id(city["zones"], "zone_id")
    chosen = _chosen(city, zones)
    parts = []
    for number, zone in enumerate(chosen, start=1):
        blocks = tuple(_leaflet(zone, number, names[zone], scopes[zone], schools, setting))
        parts.append(Part(number=number, title=names[zone], blocks=blocks))
        told(number / len(chosen))
    title = speak(say("Leaflets for parents"))
    head = city.project.project
    return Document(
        lang=lang,
        public=True,
        front=front_of(
            source,
            speak,
            title=speak(say("{project} {year}: {what}", project=head.name, year=head.year, what=title)),
            subtitle=kicker_of(city, speak),
            marks=(speak(say("public: nothing about a child")),),
        ),
        parts=tuple(parts),
    )


def kicker_of(city: City, speak: Speaker) -> str:
    """Return what stands over the title of each leaflet."""
    head = city.project.project
    return speak(
        say(
            "For parents: {project} {year}, {level}",
            project=head.name,
            year=head.year,
            level=LEVELS[head.level],
        )
    )


def _chosen(city: City, zones: Sequence[str]) -> list[str]:
    there = city["zones"]["zone_id"].astype(str)
    unknown = [zone for zone in zones if zone not in set(there)]
    if unknown:
        raise DataError(
            [
                Fault(
                    file="zones",
                    column="zone_id",
                    found=", ".join(unknown),
                    allowed=say("a catchment of the project, by its zone_id"),
                )
            ]
        )
    served = set(city["serves"]["zone_id"].astype(str))
    return [zone for zone in there if (zone in zones if zones else zone in served)]


def _leaflet(
    zone: str, number: int, name: str, scope: Scope, schools: Listed, setting: Setting
) -> Iterator[Block]:
    speak, city = setting.speak, setting.city
    served = city["serves"]
    own = frozenset(served.loc[served["zone_id"].astype(str) == zone, "school_id"].astype(str))
    yield _school_table(number, schools.schools[schools.schools["school_id"].isin(own)], speak)
    drawn = list(_map(zone, number, name, own, setting))
    yield from drawn
    yield Heading(text=speak(say("Who belongs to this catchment")))
    lines = scope.lines(speak)
    if len(lines) > 1:
        yield Bullets(items=tuple(lines))
    elif lines:
        yield Paragraph(text=lines[0])
    else:
        yield Missing(
            what=speak(say("The project states nothing that belongs to this catchment.")),
            how=speak(say("Fill in the table plan, or the column scope_text of zones.")),
        )
    decides = say("This text decides; the map illustrates it. Both are made from the same plan.")
    if not any(isinstance(one, Picture) for one in drawn):
        decides = say("This text decides.")
    yield Paragraph(text=speak(decides), tone="law")
    yield Heading(text=speak(say("Dates")))
    yield Bullets(items=tuple(_dates(speak)))
    yield Heading(text=speak(say("Where to ask and to object")))
    yield Bullets(items=tuple(_asking(speak)))


def _school_table(number: int, rows: pd.DataFrame, speak: Speaker) -> Table:
    return Table(
        id=str(number),
        title=speak(say("Schools of this catchment")),
        columns=(
            Column(key="school", title=speak(say("School")), weight=3),
            Column(key="kind", title=speak(say("Kind")), weight=1.5),
            Column(key="classes", title=speak(say("Classes planned")), kind="integer"),
            Column(key="seats", title=speak(say("Seats planned")), kind="integer"),
            Column(key="telephone", title=speak(say("Telephone")), weight=1.5),
        ),
        rows=tuple(
            (name, kind, whole_number(classes), whole_number(seats), telephone or BLANK)
            for name, kind, classes, seats, telephone in zip(
                *(rows[column] for column in ("name", "kind", "classes", "seats", "telephone")), strict=True
            )
        ),
        keys=tuple(rows["school_id"]),
    )


def _map(zone: str, number: int, name: str, own: frozenset[str], setting: Setting) -> Iterator[Block]:
    speak, zones = setting.speak, setting.zones
    shape = zones.geometry[zones["zone_id"].astype(str) == zone]
    if shape.isna().all() or shape.is_empty.all():
        yield Paragraph(
            text=speak(say("No map: the project has no polygon of this catchment.")), tone="note"
        )
        return
    title = speak(say("Map of {zone}", zone=name))
    sheet = sheet_of(setting, f"L{number}", title)
    printed = print_leaflet(
        zones, setting.city["schools"], zone, replace(sheet, height=_MAP_HEIGHT), speak, own=own
    )
    yield Picture(id=f"L{number}", title=title, svg=printed.svg, alt=printed.described)


def _dates(speak: Speaker) -> Iterator[str]:
    """Return what has a date in every admission; the bureau writes the dates in."""
    day = day_words(None, speak)
    for what in (
        say("Registration"),
        say("Check of papers"),
        say("Result shown"),
        say("Time to confirm the place"),
    ):
        yield speak(
            say("{label}: {value}", label=what, value=speak(say("{first} to {last}", first=day, last=day)))
        )


def _asking(speak: Speaker) -> Iterator[str]:
    for what in (
        say("Questions on registration (office, telephone)"),
        say("Objections to this catchment or to a result (office, telephone, until when)"),
        say("Where to register (address or page)"),
    ):
        yield speak(say("{label}: {value}", label=what, value=BLANK * 3))
