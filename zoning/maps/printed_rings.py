"""A printed map of walking distance: rings around schools on their own land, what lies farther hatched."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.messages import Speaker, say
from zoning.maps.ornaments import Key, Sheet, area_key, dot_key, hatch
from zoning.maps.printed import (
    Ground,
    Printed,
    areas,
    boxes_around,
    compose,
    counted,
    described_by,
    ground_of,
    places_of,
    school_dots,
    zone_labels,
)
from zoning.maps.printed_frame import Shapes, coarser
from zoning.maps.printed_labels import Room, draw_labels
from zoning.maps.printed_svg import INK, Svg, group, tag
from zoning.travel import coordinates_of, part_of

RADII_M = (500.0, 1000.0, 2000.0, 3000.0)
_BANDS = ("#2f7f8f", "#6fb3b8", "#aed6d3", "#dcedea", "#eef6f4")
_FAR = "#c24e00"


def print_rings(
    zones: gpd.GeoDataFrame,
    schools: gpd.GeoDataFrame,
    sheet: Sheet,
    speak: Speaker,
    *,
    radii_m: Sequence[float] = RADII_M,
    land: Shapes | None = None,
    units: gpd.GeoDataFrame | None = None,
) -> Printed:
    """Print which ground lies within some distances of a school, straight on the school's own land.

    Parameters
    ----------
    zones, schools : GeoDataFrame
        As `print_zones`.
    sheet : Sheet
        On a public one units beyond are one area without inner borders.
    speak : Speaker
    radii_m : sequence of float
        In metres, growing; five at most.
    land : array of polygons, optional
        Land parts (`Travel.parts`): a ring does not cross the water between two, and a school on none has
        none. Without them rings cross all water, and the map says so.
    units : GeoDataFrame, optional
        unit_id, distance_m (to the school of the unit by the plan, as the program measures it; missing
        where unknown), children (optional), polygons: those beyond the largest radius are hatched.

    Raises
    ------
    XuequError
        If a CRS is not in metres.
    ValueError
        If no zone has a polygon, or the radii do not grow or are too many.

    Notes
    -----
    These are rings, not isochrones: a project has no network of ways, and the map says so.
    """
    if not 0 < len(radii_m) <= len(_BANDS) or not (np.diff([0.0, *radii_m]) > 0).all():
        raise ValueError(f"radii_m is {tuple(radii_m)}: one to {len(_BANDS)} growing distances are allowed")
    ground = ground_of(zones, sheet, points=schools.geometry.to_numpy())
    seen, places = places_of(schools, ground.frame)
    rings = _rings(ground, schools, radii_m, land)
    room = Room(bounds=ground.bounds)
    room.take(boxes_around(places, 2.2))
    labels, _ = zone_labels(ground, room, reach=False)
    beyond, words = _beyond(units, radii_m[-1], ground, sheet, speak)
    share = _shares(rings, ground)
    keys = _keys(radii_m, share, words, len(seen), sheet, speak)
    return compose(
        sheet,
        ground.frame,
        [
            areas(ground, ["#fbfaf7"] * len(ground.ids), stroke="none"),
            group(
                *(
                    tag("path", d=ground.frame.path(ring), fill=fill)
                    for ring, fill in reversed(list(zip(rings, _BANDS, strict=False)))
                ),
                fill_rule="evenodd",
            ),
            beyond,
            areas(ground, ["none"] * len(ground.ids)),
            school_dots(places, radius=1.7 if len(seen) < 150 else 1.2),
            draw_labels([one for one in labels.values() if one.whole]),
        ],
        speak,
        described=described_by(speak, sheet.title, {key.words: "" for key in keys}),
        keys=keys,
        legend_heading=speak(say("Straight distance to the nearest school, and the share of the ground")),
        defs=[hatch(f"{sheet.id}-far", _FAR, angle=45, step=3.2, width=0.5)],
        notes=[
            _straight(land, speak),
            speak(say("No isochrones: the project has no network of streets and paths.")),
        ],
    )


def _straight(land: Shapes | None, speak: Speaker) -> str:
    if land is None or len(land) == 0:
        return speak(say("Straight lines, over water too; a way on foot is longer."))
    return speak(say("Straight lines that do not cross from land to land; a way on foot is longer."))


def _rings(
    ground: Ground, schools: gpd.GeoDataFrame, radii_m: Sequence[float], land: Shapes | None
) -> list[shapely.Geometry]:
    """Return for each radius the ground within it of a school on the same land part."""
    floor = shapely.union_all(ground.shapes)
    points = schools.geometry[schools.geometry.notna() & ~schools.geometry.is_empty].to_numpy()
    if land is None or len(land) == 0:
        parts, on = np.array([floor]), np.zeros(len(points), dtype=np.int64)
    else:
        parts, on = land, part_of(land, coordinates_of(points))
    found = []
    for radius in radii_m:
        discs = shapely.buffer(points, radius, quad_segs=12)
        reached = [
            shapely.intersection(shapely.union_all(discs[on == at]), parts[at])
            for at in np.unique(on[on >= 0])
        ]
        whole = shapely.intersection(shapely.union_all(reached), floor)
        found.append(shapely.simplify(whole, 0.1 / ground.frame.factor))
    return found


def _shares(rings: Sequence[shapely.Geometry], ground: Ground) -> list[float]:
    whole = shapely.area(shapely.union_all(ground.shapes))
    return [shapely.area(ring) / whole for ring in rings]


def _beyond(
    units: gpd.GeoDataFrame | None, farthest_m: float, ground: Ground, sheet: Sheet, speak: Speaker
) -> tuple[Svg, str]:
    """Return the hatched units that are farther from their own school, and what the legend says of them."""
    if units is None:
        return Svg(""), ""
    away = pd.to_numeric(units["distance_m"]).astype("float64")
    far = units[(away > farthest_m).to_numpy()]
    km = _km(farthest_m)
    n = f"{len(far):,}"
    words = speak(say("units more than {km} km from their school: {n}", km=km, n=n))
    if "children" in far:
        m = counted(float(far["children"].fillna(0).sum()), sheet)
        words = speak(
            say("units more than {km} km from their school: {n}, with {m} children", km=km, n=n, m=m)
        )
    shapes = far.geometry[far.geometry.geom_type.isin(["Polygon", "MultiPolygon"])].to_numpy()
    if len(shapes) == 0:
        return Svg(""), words
    if sheet.public:
        shapes = shapely.get_parts(np.array([shapely.union_all(shapes)]))
    shapes = coarser(shapes, ground.frame.factor, public=sheet.public)
    paths = (tag("path", d=ground.frame.path(one), fill=f"url(#{sheet.id}-far)") for one in shapes)
    return group(*paths, fill_rule="evenodd", stroke=_FAR, stroke_width=0.3), words


def _keys(
    radii_m: Sequence[float], share: list[float], beyond: str, schools: int, sheet: Sheet, speak: Speaker
) -> list[Key]:
    keys = [
        area_key(speak(say("up to {km} km: {share}", km=_km(radius), share=f"{part:.0%}")), fill)
        for radius, part, fill in zip(radii_m, share, _BANDS, strict=False)
    ]
    farther = speak(say("farther: {share}", share=f"{1 - share[-1]:.0%}"))
    keys.append(area_key(farther, "#fbfaf7"))
    if beyond:
        keys.append(area_key(beyond, "#fbfaf7", f"url(#{sheet.id}-far)"))
    keys.append(dot_key(speak(say("school: {n}", n=f"{schools:,}")), 1.9, fill=INK))
    return keys


def _km(metres: float) -> str:
    return f"{metres / 1000:g}"
