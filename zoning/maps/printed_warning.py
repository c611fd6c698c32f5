"""A printed map of the early warning: each zone in its colour, with patterns that a copier keeps."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.messages import Speaker, say
from zoning.maps.colours import FILLS, colour_keys, span_words
from zoning.maps.ornaments import Key, Sheet, area_key, dots, hatch
from zoning.maps.printed import SMALL_COUNT, Ground, Printed, areas, compose, described_by, ground_of
from zoning.maps.printed_labels import Ask, Room, draw_labels, place_labels, spots_inside
from zoning.maps.printed_svg import SMALL, Svg, group, tag
from zoning.pressure import COLOURS

_PATTERNED = ("red", "orange", "yellow", "none")


def print_warning(
    zones: gpd.GeoDataFrame,
    sheet: Sheet,
    speak: Speaker,
    *,
    short: pd.Series | None = None,
    draws: int | None = None,
) -> Printed:
    """Print the zones in their warning colours.

    Parameters
    ----------
    zones : GeoDataFrame
        zone_id, name, colour (one of `zoning.pressure.COLOURS`), ratio (children over seats; missing where
        unknown), children (optional), polygons in the metric CRS.
    sheet : Sheet
        On a public one a zone with fewer than five children has no number.
    speak : Speaker
    short : Series, optional
        From an ensemble: the probability (0-1) that the zone runs short, by zone_id; it is the number that
        then stands in each zone, and `colour` the most frequent one.
    draws : int, optional
        How many draws that probability is from.

    Raises
    ------
    XuequError
        If the CRS is not in metres.
    ValueError
        If no zone has a polygon.
    """
    ground = ground_of(zones, sheet)
    table = zones.assign(zone_id=zones["zone_id"].astype(str)).set_index("zone_id").loc[ground.ids.tolist()]
    colours = table["colour"].fillna("none").astype(str).to_numpy(dtype=object)
    numbers = _chances(short, ground) if short is not None else _ratios(table, sheet, speak)
    room = Room(bounds=ground.bounds)
    asks = [
        Ask(key=str(one), full=said, short="", size=SMALL, spots=spots[:12], inside=shape, reach=False)
        for one, said, spots, shape in zip(
            ground.ids, numbers, spots_inside(ground.drawn), ground.drawn, strict=True
        )
        if said
    ]
    labels = place_labels(asks, room)
    counts = {name: int((colours == name).sum()) for name in COLOURS}
    keys = _keys(counts, sheet, speak)
    shown = {key.words: "" for key in keys}
    return compose(
        sheet,
        ground.frame,
        [
            areas(ground, [FILLS[str(name)] for name in colours], stroke="#fff", stroke_width=0.7),
            _patterns(ground, colours.tolist(), sheet),
            draw_labels(list(labels.values())),
        ],
        speak,
        described=described_by(speak, sheet.title, shown),
        keys=keys,
        legend_heading=_heading(short is not None, draws, speak),
        defs=_defs(sheet),
        notes=_notes(len(asks) - len(labels), speak),
    )


def _defs(sheet: Sheet) -> list[Svg]:
    return [
        hatch(f"{sheet.id}-red", "#000000", angle=45, step=2.6, width=0.4),
        hatch(f"{sheet.id}-orange", "#5a2a00", angle=-45, step=5.0, width=0.4),
        dots(f"{sheet.id}-yellow", "#7a5d00", step=4.2, radius=0.55),
        hatch(f"{sheet.id}-none", "#6b7681", angle=0, step=5.0, width=0.25),
    ]


def _patterns(ground: Ground, colours: list[str], sheet: Sheet) -> Svg:
    return group(
        *(
            tag("path", d=ground.frame.path(shape), fill=f"url(#{sheet.id}-{name})")
            for shape, name in zip(ground.shapes, colours, strict=True)
            if name in _PATTERNED
        ),
        fill_rule="evenodd",
    )


def _keys(counts: dict[str, int], sheet: Sheet, speak: Speaker) -> list[Key]:
    keys = []
    for key in colour_keys():
        if key.colour == "none" and not counts["none"]:
            continue
        words = speak(
            say(
                "{span} {meaning}: {n}",
                span=span_words(speak, key),
                meaning=key.meaning,
                n=f"{counts[key.colour]:,}",
            )
        )
        over = [f"url(#{sheet.id}-{key.colour})"] if key.colour in _PATTERNED else []
        keys.append(area_key(words, key.fill, *over))
    return keys


def _heading(chances: bool, draws: int | None, speak: Speaker) -> str:
    if not chances:
        return speak(say("Children over seats; how many catchments have each colour"))
    if draws is None:
        return speak(say("The most frequent colour; the number is the chance of too few seats"))
    return speak(
        say(
            "The most frequent colour of {n} draws; the number is the chance of too few seats",
            n=f"{draws:,}",
        )
    )


def _notes(unnamed: int, speak: Speaker) -> list[str]:
    notes = [
        speak(say("Colours of the seat warning; patterns say the same for a copy in black and white."))
    ]
    if unnamed:
        notes.append(speak(say("{n} catchments are too small for their number: see the table.", n=unnamed)))
    return notes


def _ratios(table: pd.DataFrame, sheet: Sheet, speak: Speaker) -> list[str]:
    told = np.ones(len(table), dtype=bool)
    if sheet.public and "children" in table:
        told = ~(table["children"].fillna(0) < SMALL_COUNT).to_numpy()
    return [
        _cut_ratio(float(ratio), speak) if keep and not pd.isna(ratio) else ""
        for ratio, keep in zip(table["ratio"], told, strict=True)
    ]


def _cut_ratio(ratio: float, speak: Speaker) -> str:
    """Return a ratio in per cent; cut, not rounded, as its colour is: 99.9% is not full yet."""
    return speak(say("no seats")) if math.isinf(ratio) else f"{math.floor(ratio * 100 + 1e-9)}%"


def _chances(short: pd.Series, ground: Ground) -> list[str]:
    chance = pd.Series(short.to_numpy(), index=short.index.astype(str)).reindex(ground.ids.tolist())
    return ["" if pd.isna(one) else _chance(float(one)) for one in chance]


def _chance(probability: float) -> str:
    """Return a chance in per cent; what is rare or nearly sure is not rounded to never or always."""
    if 0 < probability < 0.005:
        return "<1%"
    if 0.995 <= probability < 1:
        return ">99%"
    return f"{probability:.0%}"
