"""A small printed map of one zone, for the leaflet that its parents get."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geodata.messages import Speaker, say
from zoning.maps.ornaments import Sheet, area_key, dot_key
from zoning.maps.printed import (
    Ground,
    Printed,
    areas,
    boxes_around,
    compose,
    described_by,
    ground_of,
    names_of,
    places_of,
    school_dots,
)
from zoning.maps.printed_frame import Frame, Places
from zoning.maps.printed_labels import Ask, Label, Room, around, draw_labels, place_labels, spots_inside
from zoning.maps.printed_svg import (
    ACCENT,
    INK,
    PAPER,
    PLAIN,
    SMALL,
    SOFT,
    Svg,
    fitted,
    group,
    tag,
    width_of,
)

_OWN, _FAINT = "#cfe2ec", "#eef1f3"
_STREETS = 24


def print_leaflet(
    zones: gpd.GeoDataFrame,
    schools: gpd.GeoDataFrame,
    zone_id: str,
    sheet: Sheet,
    speak: Speaker,
    *,
    own: frozenset[str],
    streets: gpd.GeoDataFrame | None = None,
) -> Printed:
    """Print one zone with its schools, its neighbours faint: the map of a leaflet for parents.

    Parameters
    ----------
    zones, schools : GeoDataFrame
        As `print_zones`.
    zone_id : str
        The zone of the leaflet.
    sheet : Sheet
    speak : Speaker
    own : frozenset of str
        Ids of the schools that serve it.
    streets : GeoDataFrame, optional
        name, lines in the metric CRS.

    Raises
    ------
    XuequError
        If a CRS is not in metres.
    ValueError
        If the zone has no polygon.
    """
    alone = zones[(zones["zone_id"].astype(str) == zone_id) & zones.geometry.notna()]
    if len(alone) == 0:
        raise ValueError(f"zone {zone_id!r} has no polygon: there is nothing to print")
    serving = schools[schools["school_id"].astype(str).isin(own) & schools.geometry.notna()]
    seen_m = _with_margin(shapely.total_bounds([*alone.geometry, *serving.geometry]))
    near = zones[zones.geometry.notna()]
    near = near[near.geometry.intersects(shapely.box(*seen_m))]
    ground = ground_of(near, sheet, points=schools.geometry.to_numpy(), around=seen_m)
    chosen = ground.ids == zone_id
    seen, places = places_of(schools, ground.frame)
    mine = seen["school_id"].astype(str).isin(own).to_numpy()
    room = Room(bounds=ground.bounds)
    room.take(boxes_around(places, np.where(mine, 4.0, 2.0)))
    outline = shapely.segmentize(shapely.boundary(ground.drawn[chosen]), 3.0)
    edge_room = boxes_around(shapely.get_coordinates(outline), 1.0)
    room.take(edge_room)
    named = place_labels(_own_names(seen[mine], places[mine]), room)
    lines, street_names = _streets(streets, ground.frame, room)
    faint = _neighbour_names(ground, chosen, room)
    keys = [
        area_key(str(ground.names[chosen][0]), _OWN, stroke=ACCENT),
        area_key(speak(say("neighbouring catchments")), _FAINT),
        dot_key(speak(say("school of this catchment: {n}", n=int(mine.sum()))), 3.4, fill=ACCENT),
    ]
    if not mine.all():
        keys.append(dot_key(speak(say("other schools")), 1.7, fill=SOFT))
    edge = tag(
        "path", d=ground.frame.path(ground.shapes[chosen][0]), fill="none", stroke=ACCENT, stroke_width=1.8
    )
    return compose(
        sheet,
        ground.frame,
        [
            areas(ground, np.where(chosen, _OWN, _FAINT).tolist(), stroke="#a9b4bd"),
            lines,
            edge,
            school_dots(places[~mine], fill=SOFT),
            school_dots(places[mine], radius=3.4, fill=ACCENT),
            draw_labels(faint, fill=SOFT),
            draw_labels(street_names, fill=SOFT),
            draw_labels(list(named.values()), fill=INK),
        ],
        speak,
        described=described_by(speak, sheet.title, {speak(say("schools")): str(int(mine.sum()))}),
        keys=keys,
    )


def _own_names(schools: gpd.GeoDataFrame, places: Places) -> list[Ask]:
    names = [fitted(str(name), PLAIN, 150) for name in names_of(schools, "school_id")]
    wide = np.array([width_of(name, PLAIN) for name in names])
    spots = around(places, np.full(len(names), 3.8), wide, PLAIN)
    return [
        Ask(key=str(n), full=name, short="", size=PLAIN, spots=own)
        for n, (name, own) in enumerate(zip(names, spots, strict=True))
    ]


def _neighbour_names(ground: Ground, chosen: npt.NDArray[np.bool_], room: Room) -> list[Label]:
    window = shapely.box(*ground.bounds)
    seen = shapely.intersection(ground.drawn[~chosen], window)
    kept = shapely.area(seen) > 100
    spots = spots_inside(seen[kept]) if kept.any() else []
    asks = [
        Ask(key=str(name), full=str(name), short="", size=SMALL, spots=own, inside=shape, reach=False)
        for name, own, shape in zip(ground.names[~chosen][kept], spots, seen[kept], strict=True)
    ]
    return list(place_labels(asks, room).values())


def _streets(streets: gpd.GeoDataFrame | None, frame: Frame, room: Room) -> tuple[Svg, list[Label]]:
    if streets is None or len(streets) == 0:
        return Svg(""), []
    there = streets[streets.geometry.notna()]
    window = shapely.box(frame.left, frame.top, frame.width - frame.left, frame.height - frame.top)
    drawn = shapely.intersection(frame.drawn(there.geometry.to_numpy()), window)
    lines = group(
        *(tag("path", d=frame.path(line)) for line in there.geometry),
        fill="none",
        stroke=PAPER,
        stroke_width=2.2,
    )
    asks = []
    named = there["name"].fillna("").astype(str).to_numpy(dtype=object)
    for n in np.argsort(-shapely.length(drawn), kind="stable")[:_STREETS]:
        parts = shapely.get_parts(drawn[n])
        if named[n] and len(parts):
            longest = parts[np.argmax(shapely.length(parts))]
            at = shapely.line_interpolate_point(longest, [0.5, 0.35, 0.65, 0.2, 0.8], normalized=True)
            spots = shapely.get_coordinates(at)
            asks.append(
                Ask(key=str(named[n]), full=str(named[n]), short="", size=SMALL, spots=spots, reach=False)
            )
    return lines, list(place_labels(asks, room).values())


def _with_margin(bounds: Places) -> Places:
    west, south, east, north = (float(v) for v in bounds)
    # a zone has its neighbours around it: a sixth of its size, and no narrower than 3 to 4
    wide, high = east - west, north - south
    side = max(wide, high, 200.0) / 6
    return np.array([west - side, south - side, east + side, north + side])
