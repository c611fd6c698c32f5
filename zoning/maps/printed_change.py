"""A printed map of a change of zones: what moves is hatched, the old border dashed, the new one drawn."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata.messages import Speaker, say
from zoning.maps.ornaments import Key, Sheet, area_key, dot_key, hatch, line_key
from zoning.maps.printed import (
    SMALL_COUNT,
    Ground,
    Printed,
    boxes_around,
    compose,
    counted,
    described_by,
    places_of,
    school_dots,
)
from zoning.maps.printed_frame import Places, coarser, frame_of
from zoning.maps.printed_labels import Ask, Label, Room, draw_labels, place_labels, spots_inside
from zoning.maps.printed_pieces import NOBODY, lines_of, outlines_of, pieces_of
from zoning.maps.printed_svg import INK, PLAIN, SMALL, WIDTH, Svg, group, tag
from zoning.polygons.shape import need_metres

_MOVED, _NEW, _OLD = "#c24e00", "#1d3557", "#7a1126"
_TOUCHED, _OTHER = "#dfeaf0", "#f3f5f6"


def print_change(
    units: gpd.GeoDataFrame,
    schools: gpd.GeoDataFrame,
    sheet: Sheet,
    speak: Speaker,
    *,
    names: Mapping[str, str],
    only: frozenset[str] | None = None,
) -> Printed:
    """Print zones before and after a change on one map.

    Parameters
    ----------
    units : GeoDataFrame
        unit_id, before, after (ids of zones; missing where a unit has none), children (optional),
        polygons in the metric CRS; rows without a polygon are left out.
    schools : GeoDataFrame
        school_id, points in the metric CRS.
    sheet : Sheet
        On a public one no border of a single unit is drawn: units that make the same move are one area.
    speak : Speaker
    names : mapping of str to str
        The names of zones by id.
    only : frozenset of str, optional
        Ids of the zones to show (one of `change_groups`); by default all that change.

    Returns
    -------
    Printed
        Each move of units from a zone to another has a number; the list below the map says what it is.

    Raises
    ------
    XuequError
        If a CRS is not in metres.
    ValueError
        If no unit has a polygon, or none moves.
    """
    need_metres(units)
    there = units[units.geometry.geom_type.isin(["Polygon", "MultiPolygon"])]
    there = there.sort_values("unit_id", kind="stable")
    pieces = pieces_of(there)
    moves = pieces[pieces["before"] != pieces["after"]]
    if len(moves) == 0:
        raise ValueError("no unit with a polygon moves: there is no change to print")
    zones = frozenset(set(moves["before"]) | set(moves["after"])) - {NOBODY}
    shown_zones = zones if only is None else only
    near = pieces["before"].isin(shown_zones) | pieces["after"].isin(shown_zones)
    seen_m = _widened(shapely.total_bounds(pieces.loc[near, "shape"].to_numpy()))
    window = shapely.box(*seen_m)
    pieces = pieces[shapely.intersects(pieces["shape"].to_numpy(), window)].reset_index(drop=True)
    moves = pieces[pieces["before"] != pieces["after"]]
    there = there[there.geometry.intersects(window)]
    frame = frame_of(seen_m, width=WIDTH, height=sheet.height, margin=4)
    shapes = coarser(pieces["shape"].to_numpy(), frame.factor, public=sheet.public)
    moved = (pieces["before"] != pieces["after"]).to_numpy()
    ground = Ground(
        frame=frame,
        ids=pieces["after"].to_numpy(dtype=object),
        names=pieces["after"].map(lambda one: names.get(one, one)).to_numpy(dtype=object),
        shapes=shapes,
        drawn=frame.drawn(shapes),
    )
    seen, places = places_of(schools, frame)
    room = Room(bounds=ground.bounds)
    room.take(boxes_around(places, 2.2))
    marks, listed = _move_labels(ground, moves, moved, names, sheet, speak, room)
    after = outlines_of(pieces["after"].to_numpy(dtype=object), shapes)
    before = outlines_of(pieces["before"].to_numpy(dtype=object), shapes)
    room.take(_along(ground, before, after))
    named = _zone_names(ground, after, names, zones, room)
    keys, shown = _legend(moves, sheet, speak, len(seen))
    return compose(
        sheet,
        frame,
        [
            _areas(ground, pieces, zones),
            group(
                tag("path", d=frame.path(lines_of(after))), fill="none", stroke="#8d99a5", stroke_width=0.6
            ),
            _hatched(there, ground, moved, sheet),
            _changed_borders(ground, before, after),
            school_dots(places),
            draw_labels(named, fill=INK),
            draw_labels(list(marks.values()), fill=_OLD),
        ],
        speak,
        described=described_by(speak, sheet.title, shown),
        keys=keys,
        defs=[hatch(f"{sheet.id}-moved", _MOVED, angle=45, step=3.6, width=0.55)],
        numbers=listed,
        left_out=[one for one in moves["key"] if one not in marks],
    )


def _changed_borders(
    ground: Ground, before: dict[str, shapely.Geometry], after: dict[str, shapely.Geometry]
) -> Svg:
    old, new = lines_of(before), lines_of(after)
    gone, come = shapely.difference(old, new), shapely.difference(new, old)
    path = ground.frame.path
    return group(
        tag("path", d=path(come), stroke="#fff", stroke_width=3.4),
        tag("path", d=path(come), stroke=_NEW, stroke_width=1.9),
        tag("path", d=path(gone), stroke="#fff", stroke_width=2.6),
        tag("path", d=path(gone), stroke=_OLD, stroke_width=1.2, stroke_dasharray="3.5 2"),
        fill="none",
        stroke_linejoin="round",
    )


def _along(
    ground: Ground, before: dict[str, shapely.Geometry], after: dict[str, shapely.Geometry]
) -> npt.NDArray[np.float64]:
    """Return small boxes along the borders that change: a name does not lie on them."""
    lines = shapely.symmetric_difference(lines_of(before), lines_of(after))
    drawn = ground.frame.drawn(np.array([lines], dtype=object))
    return boxes_around(shapely.get_coordinates(shapely.segmentize(drawn, 3.0)), 0.8)


def _areas(ground: Ground, pieces: pd.DataFrame, zones: frozenset[str]) -> Svg:
    fills = np.where(pieces["after"].isin(zones), _TOUCHED, _OTHER)
    paths = (
        tag("path", d=ground.frame.path(shape), fill=str(fill))
        for shape, fill in zip(ground.shapes, fills, strict=True)
    )
    return group(*paths, fill_rule="evenodd")


def _hatched(units: gpd.GeoDataFrame, ground: Ground, moved: npt.NDArray[np.bool_], sheet: Sheet) -> Svg:
    paths = [
        tag("path", d=ground.frame.path(shape), fill=f"url(#{sheet.id}-moved)", class_="moved")
        for shape in ground.shapes[moved]
    ]
    if not sheet.public:
        before, after = units["before"].astype("object"), units["after"].astype("object")
        own = units[(before.fillna(NOBODY) != after.fillna(NOBODY)).to_numpy()].geometry.to_numpy()
        lines = shapely.simplify(shapely.boundary(own), 0.25 / ground.frame.factor)
        paths += [
            tag("path", d=ground.frame.path(line), fill="none", stroke=_MOVED, stroke_width=0.25)
            for line in lines
        ]
    return group(*paths, fill_rule="evenodd")


def _move_labels(
    ground: Ground,
    moves: pd.DataFrame,
    moved: npt.NDArray[np.bool_],
    names: Mapping[str, str],
    sheet: Sheet,
    speak: Speaker,
    room: Room,
) -> tuple[dict[str, Label], list[tuple[str, str]]]:
    spots = spots_inside(ground.drawn[moved])
    asks, listed = [], []
    rows = zip(moves.itertuples(), ground.drawn[moved], spots, strict=True)
    for n, (row, shape, own) in enumerate(rows, start=1):
        asks.append(Ask(key=row.key, full="", short=f"{n}", size=PLAIN, spots=own, inside=shape))
        listed.append((f"{n}", _move_words(row, names, sheet, speak)))
    return place_labels(asks, room), listed


def _move_words(row: object, names: Mapping[str, str], sheet: Sheet, speak: Speaker) -> str:
    nowhere = speak(say("no catchment"))
    start, end, units, children = (getattr(row, name) for name in ("before", "after", "units", "children"))
    ends = {"start": names.get(start, start) or nowhere, "end": names.get(end, end) or nowhere}
    if pd.isna(children):
        return speak(say("{start} → {end} (units: {n})", n=f"{units:,}", **ends))
    said = counted(float(children), sheet)
    return speak(say("{start} → {end} (units: {n}, children: {m})", n=f"{units:,}", m=said, **ends))


def _zone_names(
    ground: Ground,
    after: dict[str, shapely.Geometry],
    names: Mapping[str, str],
    touched: frozenset[str],
    room: Room,
) -> list[Label]:
    """Return the names of the zones: those that change first, outside with a line where need be."""
    ids = sorted(after, key=lambda one: (one not in touched, one))
    drawn = ground.frame.drawn(np.array([after[one] for one in ids], dtype=object))
    seen = shapely.intersection(drawn, shapely.box(*ground.bounds))
    kept = np.flatnonzero(shapely.area(seen) > 60)
    shapely.prepare(seen)
    asks = [
        Ask(
            key=ids[at],
            full=names.get(ids[at], ids[at]),
            short="",
            size=SMALL,
            spots=own,
            inside=seen[at],
            reach=ids[at] in touched,
        )
        for at, own in zip(kept, spots_inside(seen[kept]), strict=True)
    ]
    return list(place_labels(asks, room).values())


def _legend(
    moves: pd.DataFrame, sheet: Sheet, speak: Speaker, schools: int
) -> tuple[list[Key], dict[str, str]]:
    units = f"{int(moves['units'].sum()):,}"
    words = speak(say("units that move: {n}", n=units))
    # a sum would bring a count back that the list below does not tell
    hidden = sheet.public and moves["children"].between(1, SMALL_COUNT - 1).any()
    if moves["children"].notna().all() and not hidden:
        children = counted(float(moves["children"].sum()), sheet)
        words = speak(say("units that move: {n}, with {m} children", n=units, m=children))
    keys = [
        area_key(words, _TOUCHED, f"url(#{sheet.id}-moved)"),
        line_key(speak(say("new border")), stroke=_NEW, stroke_width=1.9),
        line_key(speak(say("old border")), stroke=_OLD, stroke_width=1.2, stroke_dasharray="3.5 2"),
        line_key(speak(say("border that stays")), stroke="#8d99a5", stroke_width=0.6),
        area_key(speak(say("catchments that change")), _TOUCHED),
        area_key(speak(say("other catchments")), _OTHER),
        dot_key(speak(say("school: {n}", n=f"{schools:,}")), 1.9, fill=INK),
    ]
    return keys, {speak(say("units that move")): units}


def _widened(bounds: Places) -> Places:
    west, south, east, north = (float(v) for v in bounds)
    side = max(east - west, north - south, 200.0) / 20
    return np.array([west - side, south - side, east + side, north + side])
