"""The words and pictures beside the map: the legend, notices, assumptions, sources."""

from __future__ import annotations

from dataclasses import dataclass, replace

from markupsafe import Markup

from geodata import City, say
from geodata.messages import Speaker, Text
from zoning.maps.cards import count
from zoning.maps.colours import colour_keys, span_words
from zoning.maps.places import known_seats, radius_px
from zoning.maps.zones import ZoneTable, colour_counts

INK = "#16324f"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLine:
    """A colour of the legend in words of one language; `zones` is how many have it."""

    fill: str
    span: str
    meaning: str
    zones: str


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One way of colouring the zones, with what it counts."""

    choice: str
    title: str
    counted: str
    keys: list[KeyLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A picture of the legend (SVG) and what it means."""

    picture: Markup
    meaning: str


def legend_views(city: City, table: ZoneTable, speak: Speaker) -> list[View]:
    """Return the legend of each view that the page offers; one without colours if nothing is counted."""
    head = city.project.project
    choices = [say("all children"), say("household-registered")]
    titles = [say("Seat pressure: all children")]
    counted = [
        say(
            "Counted: all children of {year} whose home lies in the zone, over the seats in the entry "
            "classes of the schools that serve it. A school of several zones shares its seats among "
            "them in proportion to their children.",
            year=head.year,
        )
    ]
    if not is_coloured(table):
        counted = [_why_grey(table)]
    else:
        titles.append(say("Seat pressure: household-registered children"))
        counted.append(
            say(
                "Counted: household-registered children of {year} alone, without points children, "
                "over the same seats.",
                year=head.year,
            )
        )
    shown = [key for key in colour_keys() if is_coloured(table) or key.colour == "none"]
    return [
        View(
            choice=speak(choice),
            title=speak(title),
            counted=speak(words),
            keys=[
                KeyLine(
                    fill=key.fill,
                    span=span_words(speak, key),
                    meaning=speak(key.meaning),
                    zones=str(counts.get(key.colour, 0)),
                )
                for key in shown
            ],
        )
        for choice, title, words, counts in zip(
            choices, titles, counted, colour_counts(table), strict=False
        )
    ]


def category_views(view: View, names: list[str], speak: Speaker) -> list[View]:
    """Return the same colours once for each category, whose own zones the map then shows."""
    words = say(
        "The zones differ by category of children: those of the chosen category are drawn. The colours "
        "count the children of all categories."
    )
    counted = f"{view.counted} {speak(words)}"
    return [replace(view, choice=name, counted=counted) for name in names]


def legend_marks(city: City, table: ZoneTable, speak: Speaker) -> list[Mark]:
    """Return the signs that this map has, and no others."""
    seats = known_seats(city)
    marks = []
    if seats.notna().any():
        for n in _example_seats(int(seats.max())):
            circle = _circle(radius_px(n, int(seats.max())), hollow=False)
            marks.append(_mark(circle, speak(say("school with {n} seats", n=count(n)))))
    if seats.isna().any() and city.has("schools"):
        words = speak(say("school whose seats are not known"))
        marks.append(_mark(_circle(4.5, hollow=True), words))
    served = city["serves"].groupby("zone_id").size()
    drawn = table.frame[table.frame.geometry.notna()]
    if (drawn["zone_id"].map(served).fillna(0) > 1).any():
        box = (
            '<rect x="6" y="5" width="22" height="14" fill="#fff" stroke="#1d2733" '
            'stroke-width="2.25" stroke-dasharray="6 4"/>'
        )
        marks.append(_mark(box, speak(say("multi-school zone: several schools serve it"))))
    if city["districts"].geometry.notna().any():
        line = '<path d="M3 12H31" stroke="#1d2733" stroke-width="2.5"/>'
        marks.append(_mark(line, speak(say("border of a district"))))
    if city.has("links"):
        line = '<path d="M5 12H29" stroke="#0b5cad" stroke-width="5" stroke-linecap="round"/>'
        marks.append(_mark(line, speak(say("bridge, tunnel or crossing"))))
    return marks


def stand_in_mark(meaning: str) -> Mark:
    """Return the sign of stand-in cells: dashed and pale, unlike any border."""
    box = (
        '<rect x="6" y="5" width="22" height="14" fill="#b58900" fill-opacity="0.08" '
        'stroke="#7a5c00" stroke-width="1" stroke-dasharray="3 5"/>'
    )
    return _mark(box, meaning)


def notices(city: City, table: ZoneTable, speak: Speaker) -> list[str]:
    """Return what the reader must know before believing the picture."""
    said: list[Text] = []
    label = speak.choose(city.project.zone_label.model_dump())
    blank = int(table.frame.geometry.isna().sum())
    if blank == len(table.frame):
        said.append(
            say(
                "No polygon of a {zone} is known, so none is drawn: the list below has them, and the "
                "map shows the schools.",
                zone=label,
            )
        )
    elif blank:
        said.append(say("{n} × {zone}: no polygon is known, see the list.", n=blank, zone=label))
    unplaced = int(city["schools"].geometry.isna().sum())
    if unplaced:
        said.append(say("Schools without a known point, not on the map: {n}.", n=unplaced))
    return [speak(one) for one in said]


def assumptions(city: City, speak: Speaker) -> list[tuple[str, str]]:
    """Return what stands without a source: what it is, and why."""
    project = city.project
    lines = [
        (speak.choose(one.what.model_dump()), speak.choose(one.reason.model_dump()))
        for one in project.assumed
    ]
    if project.children is not None and not city.has("applicants"):
        what = speak(say("Children are synthetic: drawn from stated totals or counts"))
        lines.append((what, speak.choose(project.children.reason.model_dump())))
    return lines


def sources(city: City, speak: Speaker) -> list[str]:
    """Return the attribution of the data and of what the page is made with."""
    return [
        *city.project.project.attribution,
        *([city.project.map.attribution] if city.project.map.attribution else []),
        speak(say("Page: Leaflet 1.9.4 (BSD-2-Clause), Noto Sans SC (SIL OFL 1.1), Xuequ")),
    ]


def is_coloured(table: ZoneTable) -> bool:
    """Whether any zone can have a colour: children and seats are both known."""
    return table.counted and table.seated


def _why_grey(table: ZoneTable) -> Text:
    if not table.counted and not table.seated:
        return say("No children are counted and no seats are known: the zones have no colour.")
    if not table.counted:
        return say("No children are counted: the zones have no colour.")
    return say("No seats are known: the zones have no colour.")


def _example_seats(most: int) -> list[int]:
    """Return round numbers of seats for the legend, up to the largest school."""
    steps = [n for n in (45, 90, 180, 360, 720, 1440) if n <= most]
    return steps[-3:] if steps else [most]


def _circle(radius: float, *, hollow: bool) -> str:
    fill, line = ("#fff", INK) if hollow else (INK, "#fff")
    size = f'r="{radius}" data-radius="{radius}"'
    return f'<circle cx="17" cy="12" {size} fill="{fill}" stroke="{line}" stroke-width="1.5"/>'


def _mark(picture: str, meaning: str) -> Mark:
    svg = f'<svg width="34" height="24" aria-hidden="true">{picture}</svg>'
    return Mark(picture=Markup(svg), meaning=meaning)  # constants only: nothing from the data
