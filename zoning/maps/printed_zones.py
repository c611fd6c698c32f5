"""A printed map of the zones as they are, neighbours in different tints."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geodata.messages import Speaker, say
from zoning.maps.ornaments import Sheet, area_key, dot_key, line_key
from zoning.maps.printed import (
    Printed,
    areas,
    boxes_around,
    compose,
    described_by,
    ground_of,
    names_of,
    places_of,
    school_dots,
    zone_labels,
)
from zoning.maps.printed_frame import Frame, Shapes, coarser
from zoning.maps.printed_labels import Ask, Label, Room, draw_labels, place_labels, spots_inside
from zoning.maps.printed_svg import (
    ACCENT,
    INK,
    Svg,
    group,
    tag,
)

TINTS = ("#cfe2ec", "#f8e3bd", "#d6e8cf", "#f1d5d0", "#e2dcef", "#f6f2c6", "#cfd8dc")
"""Pale, so that names stay readable on them; what parts two zones is the border, not the tint alone."""
_APART_PT = 1.5
_MOST_UNNAMED = 0.25


def print_zones(
    zones: gpd.GeoDataFrame,
    schools: gpd.GeoDataFrame,
    sheet: Sheet,
    speak: Speaker,
    *,
    districts: gpd.GeoDataFrame | None = None,
    label: str = "",
) -> Printed:
    """Print the zones, neighbours in different tints, with their names and schools.

    Parameters
    ----------
    zones : GeoDataFrame
        zone_id, name, polygons in the metric CRS.
    schools : GeoDataFrame
        school_id, points in the metric CRS; a row may have none.
    sheet : Sheet
    speak : Speaker
    districts : GeoDataFrame, optional
        district_id, name, polygons: their borders and names are drawn over the zones.
    label : str
        What the city calls a zone; "" for the plain word.

    Returns
    -------
    Printed

    Raises
    ------
    XuequError
        If a CRS is not in metres.
    ValueError
        If no zone has a polygon.
    """
    ground = ground_of(zones, sheet, points=schools.geometry.to_numpy())
    seen, places = places_of(schools, ground.frame)
    room = Room(bounds=ground.bounds)
    over, large = _districts(districts, ground.frame, sheet, room)
    room.take(boxes_around(places, 2.2))
    labels, numbers = zone_labels(ground, room)
    notes = [speak(say("Tints only tell neighbours apart; they mean nothing else."))]
    crowded = bool(large) and len(labels) < (1 - _MOST_UNNAMED) * len(ground.ids)
    if crowded:  # a map on which some have a number and many have not tells less than one of districts
        labels, numbers = {}, []
        notes.append(speak(say("Too many for names on one sheet: the sheets by district name them.")))
    tints = neighbour_tints(ground.drawn)
    kind = label or speak(say("catchment"))
    keys = [
        area_key(speak(say("{what}: {n}", what=kind, n=f"{len(ground.ids):,}")), TINTS[0]),
        dot_key(speak(say("school: {n}", n=f"{len(seen):,}")), 1.9, fill=INK),
    ]
    if over:
        keys.append(line_key(speak(say("border of a district")), stroke=INK, stroke_width=1.2))
    shown = {kind: f"{len(ground.ids):,}", speak(say("schools")): f"{len(seen):,}"}
    return compose(
        sheet,
        ground.frame,
        [
            areas(ground, [TINTS[n % len(TINTS)] for n in tints]),
            over,
            school_dots(places, radius=1.7 if len(seen) < 150 else 1.2),
            draw_labels(list(labels.values())),
            draw_labels(list(large.values()), fill=ACCENT),
        ],
        speak,
        described=described_by(speak, sheet.title, shown),
        keys=keys,
        numbers=numbers,
        left_out=[] if crowded else [one for one in ground.ids.tolist() if one not in labels],
        notes=notes,
    )


def neighbour_tints(drawn: Shapes) -> npt.NDArray[np.int64]:
    """Return a number for each polygon, different from those of its neighbours.

    Parameters
    ----------
    drawn : array of polygons, shape (n,)
        Neighbours are nearer than 1.5 of their units (points of paper), so that a sliver parts no two.

    Notes
    -----
    Smallest-last colouring: who has fewest neighbours left is taken out, and coloured in the opposite order
    with the colour used least of those that are free. Polygons in one part need six at most.

    References
    ----------
    Matula, D. W. and Beck, L. L. (1983). Smallest-last ordering and clustering and graph coloring
    algorithms. Journal of the ACM 30(3).

    Examples
    --------
    >>> squares = np.array([shapely.box(n * 10, 0, n * 10 + 10, 10) for n in range(3)])
    >>> a, b, c = neighbour_tints(squares).tolist()
    >>> a != b != c
    True
    """
    n = len(drawn)
    first, second = shapely.STRtree(drawn).query(drawn, predicate="dwithin", distance=_APART_PT)
    beside = np.zeros((n, n), dtype=bool)
    beside[first, second] = first != second
    left, order = beside.sum(axis=1), []
    out = np.zeros(n, dtype=bool)
    for _ in range(n):
        at = int(np.argmin(np.where(out, n + 1, left)))
        out[at] = True
        left = left - beside[at]
        order.append(at)
    tint, used = np.full(n, -1, dtype=np.int64), np.zeros(n + 1, dtype=np.int64)
    for at in reversed(order):
        blocked = np.zeros(n + 1, dtype=bool)
        blocked[tint[beside[at] & (tint >= 0)]] = True
        opened = np.flatnonzero(~blocked & ((used > 0) | (np.arange(n + 1) < len(TINTS))))
        free = opened if len(opened) else np.flatnonzero(~blocked)[:1]
        tint[at] = free[np.argmin(used[free])]
        used[tint[at]] += 1
    return tint


def _districts(
    districts: gpd.GeoDataFrame | None, frame: Frame, sheet: Sheet, room: Room
) -> tuple[Svg, dict[str, Label]]:
    if districts is None:
        return Svg(""), {}
    there = districts[districts.geometry.notna()].sort_values("district_id", kind="stable")
    if len(there) < 2:
        return Svg(""), {}
    shapes = coarser(there.geometry.to_numpy(), frame.factor, public=sheet.public)
    drawn = frame.drawn(shapes)
    names = names_of(there, "district_id")
    spots = spots_inside(drawn)
    asks = [
        Ask(key=str(n), full=str(name), short="", size=10.0, spots=own, inside=drawn[n])
        for n, (name, own) in enumerate(zip(names, spots, strict=True))
    ]
    paths = (tag("path", d=frame.path(shape)) for shape in shapes)
    return group(*paths, fill="none", stroke=INK, stroke_width=1.2), place_labels(asks, room)
