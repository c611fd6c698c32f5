"""A printed map as one SVG: heading, map, scale bar and north arrow, legend, list of numbers, foot.

The maps themselves are in `printed_zones`, `printed_change`, `printed_schools`, `printed_flows`,
`printed_rings` and `printed_warning`; here is what is the same for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata.messages import Speaker, say
from zoning.maps import ornaments
from zoning.maps.ornaments import Key, Sheet
from zoning.maps.printed_frame import Frame, Places, Shapes, coarser, frame_of
from zoning.maps.printed_labels import Ask, Label, Room, place_labels, spots_inside
from zoning.maps.printed_svg import (
    INK,
    LINE,
    PAPER,
    SMALL,
    SOFT,
    WASH,
    WIDTH,
    Svg,
    group,
    picture,
    plain,
    tag,
)
from zoning.polygons.shape import need_metres

TOO_SMALL = "<5"
"""Stands on a public map where a count of children is too small to be told."""
SMALL_COUNT = 5
"""Counts of children below it, but for 0, are not told in public."""
_MOST_NUMBERS = 90
"""More numbers than these make a list longer than the map: it stands in a table instead."""
_MARGIN = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A printed map.

    Parameters
    ----------
    svg : str
        A whole `<svg>` element.
    described : str
        What it shows, in a sentence, for who cannot see it.
    numbers : tuple of (number, name)
        What the numbers on the map stand for, where there are too many for a list below it; else empty.
    left_out : tuple of str
        Ids of what found no room for its name or number.
    """

    svg: str
    described: str
    numbers: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Zones as they are drawn: in the frame, with no more detail than the paper shows.

    Parameters
    ----------
    frame : Frame
    ids, names : arrays of str, shape (n,)
    shapes : array of polygons, shape (n,)
        In metres, simplified.
    drawn : array of polygons, shape (n,)
        The same in the units of the picture.
    """

    frame: Frame
    ids: npt.NDArray[np.object_]
    names: npt.NDArray[np.object_]
    shapes: Shapes
    drawn: Shapes

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Where labels may stand."""
        return 2.0, 2.0, self.frame.width - 2.0, self.frame.height - 2.0


def ground_of(
    zones: gpd.GeoDataFrame,
    sheet: Sheet,
    *,
    points: Shapes | None = None,
    around: Places | None = None,
) -> Ground:
    """Return zones made ready for paper, sorted by id; zones without a polygon are left out.

    Parameters
    ----------
    zones : GeoDataFrame
        zone_id, name, polygons in the metric CRS.
    sheet : Sheet
    points : array of Point, optional
        Schools: each stays in the zone in which it lies.
    around : array of (west, south, east, north), optional
        What to show; by default all of them.

    Raises
    ------
    XuequError
        If the CRS is not in metres.
    ValueError
        If no zone has a polygon.
    """
    need_metres(zones)
    there = zones[zones.geometry.notna() & ~zones.geometry.is_empty].sort_values("zone_id", kind="stable")
    if len(there) == 0:
        raise ValueError("no zone has a polygon: there is nothing to print")
    shapes = there.geometry.to_numpy()
    seen = shapely.total_bounds(shapes) if around is None else around
    frame = frame_of(seen, width=WIDTH, height=sheet.height, margin=_MARGIN)
    shapes = coarser(shapes, frame.factor, public=sheet.public, points=points)
    ids = there["zone_id"].astype(str).to_numpy(dtype=object)
    return Ground(
        frame=frame,
        ids=ids,
        names=names_of(there, "zone_id"),
        shapes=shapes,
        drawn=frame.drawn(shapes),
    )


def names_of(frame: pd.DataFrame, key: str) -> npt.NDArray[np.object_]:
    """Return names, or else ids, as strings, shape (n,)."""
    ids = frame[key].astype(str)
    if "name" not in frame:
        return np.asarray(ids.to_numpy(dtype=object))
    name = frame["name"]
    return np.asarray(np.where(name.isna() | (name == ""), ids, name.astype(str)), dtype=object)


def areas(ground: Ground, fills: Sequence[str], **attributes: str | float | None) -> Svg:
    """Return the zones filled; each is named for who points at it."""
    paths = (
        tag("path", tag("title", plain(str(name))), d=ground.frame.path(shape), fill=fill)
        for shape, name, fill in zip(ground.shapes, ground.names, fills, strict=True)
    )
    borders: dict[str, str | float | None] = {"stroke": SOFT, "stroke_width": 0.6}
    return group(*paths, fill_rule="evenodd", stroke_linejoin="round", **(borders | attributes))


def school_dots(places: Places, *, radius: float = 1.7, fill: str = INK) -> Svg:
    """Return small round symbols with a light edge."""
    return group(
        *(tag("circle", cx=x, cy=y, r=radius) for x, y in places.tolist()),
        fill=fill,
        stroke=PAPER,
        stroke_width=0.6,
    )


def boxes_around(places: Places, radius: float | npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the boxes of round symbols, for `Room.take`."""
    half = np.broadcast_to(np.asarray(radius, dtype=np.float64), (len(places),))[:, None]
    return np.hstack([places - half, places + half])


def places_of(schools: gpd.GeoDataFrame, frame: Frame) -> tuple[gpd.GeoDataFrame, Places]:
    """Return the schools that lie in the frame, sorted by id, and where they stand in it."""
    need_metres(schools)
    there = schools[schools.geometry.notna() & ~schools.geometry.is_empty]
    there = there.sort_values("school_id", kind="stable")
    places = frame.place(shapely.get_coordinates(there.geometry.to_numpy()))
    x, y = places[:, 0], places[:, 1]
    seen = (x >= 3) & (y >= 3) & (x <= frame.width - 3) & (y <= frame.height - 3)
    return there[seen], places[seen]


def zone_labels(
    ground: Ground, room: Room, *, chosen: npt.NDArray[np.bool_] | None = None, reach: bool = True
) -> tuple[dict[str, Label], list[tuple[str, str]]]:
    """Return names in their zones, numbers where they are too small, and what the numbers stand for.

    The number of a zone is its place in the order of ids, so that it is the same on maps of the same zones.
    """
    which = np.arange(len(ground.ids)) if chosen is None else np.flatnonzero(chosen)
    spots = spots_inside(ground.drawn[which])
    asks = [
        Ask(
            key=str(ground.ids[at]),
            full=str(ground.names[at]),
            short=str(at + 1),
            size=SMALL,
            spots=own[:12],
            inside=ground.drawn[at],
            reach=reach,
        )
        for at, own in zip(which, spots, strict=True)
    ]
    shapely.prepare(ground.drawn)
    found = place_labels(asks, room)
    numbers = [(ask.short, ask.full) for ask in asks if ask.key in found and not found[ask.key].whole]
    return found, numbers


def counted(n: float, sheet: Sheet) -> str:
    """Return a count of children as it may stand on the map."""
    return TOO_SMALL if sheet.public and 0 < n < SMALL_COUNT else f"{round(n):,}"


def compose(
    sheet: Sheet,
    frame: Frame,
    layers: Sequence[Svg],
    speak: Speaker,
    *,
    described: str,
    keys: Sequence[Key],
    legend_heading: str = "",
    defs: Sequence[Svg] = (),
    numbers: Sequence[tuple[str, str]] = (),
    left_out: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> Printed:
    """Put a map and all that stands around it on one sheet.

    Parameters
    ----------
    layers : sequence of Svg
        What is in the map, from below.
    described : str
    keys, legend_heading
        The legend.
    defs : sequence of Svg
        Patterns, and what else is used by name; ids begin with the sheet's.
    numbers : sequence of (number, name)
        What the numbers on the map stand for.
    left_out : sequence of str
        Ids of what has neither name nor number.
    notes : sequence of str
    """
    said = list(notes)
    listed = list(numbers) if len(numbers) <= _MOST_NUMBERS else []
    if numbers and not listed:
        said.append(speak(say("What the {n} numbers stand for is in the list of zones.", n=len(numbers))))
    if left_out:
        said.append(speak(say("{n} have no room for a name or number on this map.", n=len(left_out))))
    top, y = ornaments.heading(sheet, WIDTH, speak)
    blocks = [top, _map(sheet, frame, layers, y)]
    y += frame.height + 4
    bar, _ = ornaments.scale_bar(frame, speak)
    blocks.append(group(bar, transform=f"translate(3 {y:.1f})"))
    blocks.append(group(ornaments.north_arrow(speak), transform=f"translate({WIDTH - 14:g} {y - 2:.1f})"))
    y += 24
    for block, high in (
        ornaments.legend(legend_heading, keys, WIDTH),
        ornaments.number_list(speak(say("Numbers on the map")), listed, WIDTH),
        ornaments.foot(sheet, said, WIDTH, speak),
    ):
        blocks.append(group(block, transform=f"translate(0 {y:.1f})"))
        y += high + (3 if high else 0)
    inside = [tag("defs", *defs, _clip(sheet, frame)), *blocks]
    svg = picture(WIDTH, round(y, 1), *inside, title=sheet.title, described=described, id=sheet.id)
    return Printed(
        svg=svg,
        described=described,
        numbers=tuple(numbers) if not listed else (),
        left_out=tuple(left_out),
    )


def _map(sheet: Sheet, frame: Frame, layers: Sequence[Svg], y: float) -> Svg:
    inside = [tag("rect", width=frame.width, height=frame.height, fill=WASH), *layers]
    if sheet.synthetic:
        inside.append(ornaments.watermark(frame.width, frame.height))
    edge = tag("rect", width=frame.width, height=frame.height, fill="none", stroke=LINE, stroke_width=0.8)
    clipped = group(*inside, clip_path=f"url(#{sheet.id}-frame)")
    return group(clipped, edge, transform=f"translate(0 {y:.1f})")


def _clip(sheet: Sheet, frame: Frame) -> Svg:
    box = tag("rect", width=frame.width, height=frame.height)
    return tag("clipPath", box, id=f"{sheet.id}-frame")


def described_by(speak: Speaker, title: str, counts: Mapping[str, str]) -> str:
    """Return a sentence for who cannot see a map: its title, and each class with its count."""
    parts = speak.listed(
        speak(say("{what}: {n}", what=name, n=n)) if n else name for name, n in counts.items()
    )
    return speak(say("{what}: {n}", what=title, n=parts))
