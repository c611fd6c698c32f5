"""A printed map of how full the schools are: size for seats, colour and number for use."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.messages import Speaker, Text, say
from zoning.maps.ornaments import Key, Sheet, dot_key
from zoning.maps.printed import (
    SMALL_COUNT,
    Printed,
    areas,
    boxes_around,
    compose,
    described_by,
    ground_of,
    names_of,
    places_of,
)
from zoning.maps.printed_frame import Places
from zoning.maps.printed_labels import Ask, Room, around, draw_labels, place_labels
from zoning.maps.printed_svg import INK, PAPER, SMALL, SOFT, Svg, fitted, group, tag, width_of

_LARGEST, _SMALLEST, _UNKNOWN = 8.0, 1.6, 2.2
_NAMED = 45


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A class of use: from which share of the seats on, its fill and edge, and what it means."""

    least: float
    fill: str
    edge: str
    span: str
    meaning: Text


def use_classes() -> list[Use]:
    """Return the classes of use from the fullest on; a blue to red scale, the fullest with a dark edge."""
    return [
        Use(least=1.0 + 1e-9, fill="#b2182b", edge="#1c2630", span="> 100%", meaning=say("over its seats")),
        Use(least=0.95, fill="#ef8a62", edge=PAPER, span="95–100%", meaning=say("full")),
        Use(least=0.8, fill="#b9c7d1", edge="#5b6875", span="80–95%", meaning=say("well used")),
        Use(least=0.0, fill="#2b7bba", edge=PAPER, span="< 80%", meaning=say("seats to spare")),
    ]


def print_utilisation(
    zones: gpd.GeoDataFrame, schools: gpd.GeoDataFrame, sheet: Sheet, speak: Speaker
) -> Printed:
    """Print the schools with how full they are.

    Parameters
    ----------
    zones : GeoDataFrame
        zone_id, name, polygons in the metric CRS: the ground, in one tint.
    schools : GeoDataFrame
        school_id, name, seats (missing where unknown), placed (children), points in the metric CRS.
    sheet : Sheet
        On a public one a school with one to four children has no number and no class.
    speak : Speaker

    Raises
    ------
    XuequError
        If a CRS is not in metres.
    ValueError
        If no zone has a polygon.
    """
    ground = ground_of(zones, sheet, points=schools.geometry.to_numpy())
    seen, places = places_of(schools, ground.frame)
    seats = pd.to_numeric(seen["seats"]).astype("float64").to_numpy()
    share = _shares(seen, seats, sheet)
    most = float(np.nanmax(np.append(seats, 0.0)))
    radius = _radii(seats, most)
    numbers = np.array(["" if np.isnan(one) else f"{one:.0%}" for one in share], dtype=object)
    room = Room(bounds=ground.bounds)
    room.take(boxes_around(places, radius * 0.8))
    labels = place_labels(_asks(seen, places, radius, numbers, share), room)
    wanted = int((numbers != "").sum())
    keys, shown = _keys(share, most, speak)
    missing = wanted - len(labels)
    notes = (
        [speak(say("{n} numbers have no room on this map: see the table.", n=missing))] if missing else []
    )
    return compose(
        sheet,
        ground.frame,
        [
            areas(ground, ["#f2f0ea"] * len(ground.ids), stroke="#c9c4b8"),
            _symbols(places, radius, share),
            draw_labels(list(labels.values())),
        ],
        speak,
        described=described_by(speak, sheet.title, shown),
        keys=keys,
        legend_heading=speak(
            say("Children placed over seats, by school; the area of a circle goes with the seats")
        ),
        notes=notes,
    )


def _shares(schools: pd.DataFrame, seats: npt.NDArray[np.float64], sheet: Sheet) -> npt.NDArray[np.float64]:
    placed = pd.to_numeric(schools["placed"]).astype("float64").to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(seats > 0, placed / seats, np.nan)
    if sheet.public:
        share[(placed > 0) & (placed < SMALL_COUNT)] = np.nan
    return share


def _radii(seats: npt.NDArray[np.float64], most: float) -> npt.NDArray[np.float64]:
    if most <= 0:
        return np.full(len(seats), _UNKNOWN)
    known = np.nan_to_num(seats)
    radius = np.maximum(_SMALLEST, _LARGEST * np.sqrt(known / most))
    # three hundred circles of full size would hide each other
    crowd = min(1.0, (80 / max(len(seats), 1)) ** 0.5)
    sized = np.where(np.isnan(seats), _UNKNOWN, np.maximum(_SMALLEST, radius * crowd))
    return np.asarray(np.round(sized, 1), dtype=np.float64)


def _asks(
    schools: pd.DataFrame,
    places: Places,
    radius: npt.NDArray[np.float64],
    numbers: npt.NDArray[np.object_],
    share: npt.NDArray[np.float64],
) -> list[Ask]:
    """Return the labels, those of the fullest schools first; with names where there are few schools."""
    names = names_of(schools, "school_id")
    told = [
        f"{fitted(str(name), SMALL, 70)} {said}" if len(names) <= _NAMED and said else str(said)
        for name, said in zip(names, numbers, strict=True)
    ]
    wide = np.array([width_of(one, SMALL) for one in told])
    spots = around(places, radius, wide, SMALL)
    short = around(places, radius, np.array([width_of(str(one), SMALL) for one in numbers]), SMALL)
    ids = schools["school_id"].astype(str).to_numpy()
    order = np.argsort(-np.nan_to_num(share, nan=-1.0), kind="stable")
    asks = []
    for at in order:
        if numbers[at]:
            every = np.vstack([spots[at], short[at]])
            asks.append(
                Ask(
                    key=ids[at],
                    full=told[at],
                    short=str(numbers[at]),
                    size=SMALL,
                    spots=every,
                    reach=len(ids) <= _NAMED,
                    at=(float(places[at, 0]), float(places[at, 1])),
                )
            )
    return asks


def _symbols(places: Places, radius: npt.NDArray[np.float64], share: npt.NDArray[np.float64]) -> Svg:
    classes = use_classes()
    drawn = []
    # the largest lie below
    for at in np.argsort(-radius, kind="stable"):
        x, y, r = float(places[at, 0]), float(places[at, 1]), float(radius[at])
        if np.isnan(share[at]):
            drawn.append(tag("circle", cx=x, cy=y, r=r, fill=PAPER, stroke=SOFT, stroke_width=0.9))
            continue
        use = next(one for one in classes if share[at] >= one.least)
        edge = 1.1 if use is classes[0] else 0.6
        drawn.append(tag("circle", cx=x, cy=y, r=r, fill=use.fill, stroke=use.edge, stroke_width=edge))
    return group(*drawn)


def _keys(share: npt.NDArray[np.float64], most: float, speak: Speaker) -> tuple[list[Key], dict[str, str]]:
    keys, shown = [], {}
    upper = np.inf
    for use in use_classes():
        n = int(((share >= use.least) & (share < upper)).sum())
        upper = use.least
        words = speak(say("{span} {meaning}: {n}", span=use.span, meaning=use.meaning, n=f"{n:,}"))
        edge = 1.1 if use.least > 1 else 0.6
        keys.append(dot_key(words, 4.0, fill=use.fill, stroke=use.edge, stroke_width=edge))
        shown[use.span] = f"{n:,}"
    unknown = int(np.isnan(share).sum())
    if unknown:
        words = speak(say("not known, or not told: {n}", n=f"{unknown:,}"))
        keys.append(dot_key(words, 3.0, fill=PAPER, stroke=SOFT, stroke_width=0.9))
    if most > 0:
        crowd = min(1.0, (80 / max(len(share), 1)) ** 0.5)
        words = speak(say("{n} seats", n=f"{round(most):,}"))
        keys.append(dot_key(words, _LARGEST * crowd, fill="none", stroke=INK, stroke_width=0.6))
    return keys, shown
