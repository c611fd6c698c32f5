"""Everything in the shapes of a project that a planner should look at."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geodata import City
from geodata.messages import Text, say
from zoning.polygons import coverage, rings
from zoning.polygons.adjacency import LEAST_BORDER_M, linked_pairs, shared_borders
from zoning.polygons.coverage import Ids, Shapes
from zoning.polygons.ground import Ground, children_on, ground_of, polygon_rows
from zoning.polygons.meeting import Group, groups_of, may_meet
from zoning.polygons.places import school_findings, unit_findings
from zoning.polygons.record import Finding, count, in_order, labels, listed, percent

SLIVER_WIDTH_M = 5.0
"""A part thinner than this (4 × area / perimeter) is a sliver."""
BORDER_NOISE_M = 0.25
"""A sliver along a district's border counts from this width on: outlines of two surveys never meet."""
LAYERS = {"zones": "zone_id", "units": "unit_id", "districts": "district_id"}
"""The layers whose polygons are looked at, with their keys."""


def find_all(city: City, plan: pd.DataFrame | None = None) -> list[Finding]:
    """Find overlaps, gaps, slivers and all the other kinds in the shapes of a city.

    Parameters
    ----------
    city : City
        Any; layers without polygons give no findings.
    plan : DataFrame, optional
        As `plan_in` returns it; by default that of the project's year.

    Returns
    -------
    list of Finding
        Most important kind first, then the larger, then by id; the same whatever the order of the rows.

    Raises
    ------
    NotBuiltYetError
        If the plan binds only children settled before a date.
    """
    ground = ground_of(city, plan)
    found = [
        *_gaps(ground),
        *_district_borders(ground),
        *_apart(ground),
        *school_findings(ground),
        *unit_findings(ground),
    ]
    for layer in LAYERS:
        frame = _layer(ground, layer)
        if len(frame):
            found += [*_overlaps(ground, layer, frame), *_marks(layer, frame), *_parts(layer, frame)]
            found += _holes(layer, frame)
    return in_order(found)


def _layer(ground: Ground, layer: str) -> gpd.GeoDataFrame:
    if layer == "zones":
        return ground.zones
    return polygon_rows(ground.city[layer])


def _shapes(frame: gpd.GeoDataFrame) -> Shapes:
    return np.asarray(frame.geometry.to_numpy(), dtype=object)


def _overlaps(ground: Ground, layer: str, frame: gpd.GeoDataFrame) -> list[Finding]:
    key = LAYERS[layer]
    first, second, pieces = coverage.overlaps(_shapes(frame))
    ids, name = frame[key].to_numpy(dtype=object), labels(frame, key)
    if layer == "zones":
        # zones for different children may lie over each other
        meet = may_meet(groups_of(ground.plan, ids), len(ids))[first, second]
        first, second, pieces = first[meet], second[meet], pieces[meet]
    children = children_on(ground, pieces) if layer == "zones" else [None] * len(pieces)
    found = []
    for i, j, piece, n in zip(first, second, pieces, children, strict=True):
        a, b = sorted((str(ids[i]), str(ids[j])))
        area = float(shapely.area(piece))
        words = say(
            "{a} and {b} overlap on {area} m², {width} m wide",
            a=name[a],
            b=name[b],
            area=count(area),
            width=_width(piece),
        )
        found.append(_found("overlap", layer, (a, b), _with_children(words, n), piece, area, children=n))
    return found


def _gaps(ground: Ground) -> list[Finding]:
    """Find the gaps between zones; not between units, which may have roads and fields between them.

    Zones that are for different children cannot fill each other's gaps: each group is looked at by itself.
    """
    frame = ground.zones
    if len(frame) < 2:
        return []
    districts = _shapes(polygon_rows(ground.city["districts"]))
    inside = coverage.union_of(districts) if len(districts) else None
    water = _shapes(polygon_rows(ground.city["barriers"]))
    groups = groups_of(ground.plan, frame["zone_id"].to_numpy(dtype=object))
    each = []
    for group in groups:
        shapes = _shapes(frame)[group.at]
        union = coverage.union_of(shapes)
        each.append(
            coverage.gaps(shapes, union, inside=inside, water=water) if len(shapes) > 1 else shapes[:0]
        )
    found = []
    for places, categories, at in _merged(each, groups):
        found += _gap_rows(ground, places, categories, at)
    return found


def _gap_rows(ground: Ground, places: Shapes, categories: frozenset[str] | None, at: Ids) -> list[Finding]:
    frame = ground.zones.iloc[at]
    ids, name = frame["zone_id"].to_numpy(dtype=object), labels(frame, "zone_id")
    found = []
    around = coverage.touching(places, _shapes(frame))
    children = children_on(ground, places, categories)
    for place, near, n in zip(places, around, children, strict=True):
        area = float(shapely.area(place))
        zones = tuple(sorted(str(ids[i]) for i in near))
        words = say(
            "gap of {area} m², {width} m wide, between {zones}",
            area=count(area),
            width=_width(place),
            zones=listed([name[one] for one in zones]),
        )
        found.append(_found("gap", "zones", zones, _with_children(words, n), place, area, children=n))
    return found


def _merged(each: list[Shapes], groups: list[Group]) -> list[tuple[Shapes, frozenset[str] | None, Ids]]:
    """Return the gaps of groups, each piece of ground once for all the groups that leave it, with these."""
    places = np.concatenate(each) if each else np.empty(0, dtype=object)
    of = np.repeat(np.arange(len(groups)), [len(one) for one in each])
    i, j = shapely.STRtree(places).query(places, predicate="intersects")
    i, j = i[i < j], j[i < j]
    same = shapely.area(shapely.symmetric_difference(places[i], places[j])) < coverage.NOISE_AREA_M2
    first = np.arange(len(places))
    np.minimum.at(first, j[same], i[same])
    leaving: dict[tuple[int, ...], list[int]] = {}
    for one in np.unique(first):
        leaving.setdefault(tuple(np.unique(of[first == one]).tolist()), []).append(int(one))
    return [
        (
            places[rows],
            _all_of(groups, own),
            np.unique(np.concatenate([groups[k].at for k in own])),
        )
        for own, rows in leaving.items()
    ]


def _all_of(groups: list[Group], own: tuple[int, ...]) -> frozenset[str] | None:
    if len(own) == len(groups):
        return None
    return frozenset().union(*(groups[k].categories or () for k in own))


def _district_borders(ground: Ground) -> list[Finding]:
    """Find what of each district lies in no zone: slivers along its border, or whole parts."""
    districts = polygon_rows(ground.city["districts"])
    if len(districts) == 0 or len(ground.zones) == 0:
        return []
    zones = coverage.union_of(_shapes(ground.zones))
    shapes = _shapes(districts)
    filled = shapely.union_all(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(zones))))
    name = labels(districts, "district_id")
    found = []
    for shape, district in zip(shapes, districts["district_id"], strict=True):
        # enclosed voids are gaps already
        parts, _ = coverage.polygons_of(np.array([shapely.difference(shape, filled)], dtype=object))
        parts = parts[~coverage.is_noise(parts)]
        parts = parts[coverage.width_m(parts) >= BORDER_NOISE_M]
        thin = coverage.width_m(parts) < SLIVER_WIDTH_M
        found += [_border_sliver(district, name[district], part) for part in parts[thin]]
        if not thin.all():
            rest = shapely.multipolygons(parts[~thin])
            found.append(_uncovered(ground, district, name[district], rest, float(shapely.area(shape))))
    return found


def _border_sliver(district: str, name: str, part: shapely.Geometry) -> Finding:
    area = float(shapely.area(part))
    words = say(
        "{area} m² along the border of district {district} lie in no zone, {width} m wide "
        "(thinner than {limit} m)",
        area=count(area),
        district=name,
        width=_width(part),
        limit=f"{SLIVER_WIDTH_M:g}",
    )
    return _found("border-sliver", "districts", (str(district),), words, part, area)


def _uncovered(
    ground: Ground, district: str, name: str, rest: shapely.Geometry, whole_m2: float
) -> Finding:
    area = float(shapely.area(rest))
    n = children_on(ground, np.array([rest], dtype=object))[0]
    words = say(
        "{share} of district {district} ({area} m²) lies in no zone",
        share=percent(area / whole_m2),
        district=name,
        area=count(area),
    )
    return _found(
        "uncovered",
        "districts",
        (str(district),),
        _with_children(words, n),
        rest,
        area,
        share=area / whole_m2,
        children=n,
    )


def _apart(ground: Ground) -> list[Finding]:
    """Find zones in pieces that neither share a border nor are joined by a link."""
    frame = ground.zones
    parts, owner = shapely.get_parts(_shapes(frame), return_index=True)
    several = np.flatnonzero(np.bincount(owner, minlength=len(frame)) > 1)
    if len(several) == 0:
        return []
    mine = np.isin(owner, several)
    parts, owner = parts[mine], owner[mine]
    first, second, _ = shared_borders(parts)
    links = ground.city["links"]
    lines = links.geometry[links.geometry.notna()].to_numpy()
    pairs = np.vstack([np.column_stack([first, second]), linked_pairs(parts, lines)])
    pairs = pairs[owner[pairs[:, 0]] == owner[pairs[:, 1]]]
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(parts),) * 2)
    _, group = connected_components(graph, directed=False)
    name, found = labels(frame, "zone_id"), []
    for one in several:
        own = owner == one
        groups = np.unique(group[own])
        if len(groups) < 2:
            continue
        areas = sorted((float(shapely.area(parts[own & (group == g)]).sum()) for g in groups), reverse=True)
        zone = str(frame["zone_id"].iloc[one])
        words = say(
            "zone {zone} lies in {n} pieces that share no border of {limit} m, nor does a link join "
            "them: {areas} m²",
            zone=name[zone],
            n=len(groups),
            limit=f"{LEAST_BORDER_M:g}",
            areas=_areas(areas),
        )
        sizes = np.bincount(group[own], weights=shapely.area(parts[own]), minlength=group.max() + 1)
        smaller = shapely.multipolygons(parts[own & (group != int(np.argmax(sizes)))])
        found.append(_found("not-connected", "zones", (zone,), words, smaller, sum(areas[1:])))
    return found


def _parts(layer: str, frame: gpd.GeoDataFrame) -> list[Finding]:
    """Find thin parts of polygons, and layers' shapes in several parts (zones have a kind of their own)."""
    key = LAYERS[layer]
    parts, owner = shapely.get_parts(_shapes(frame), return_index=True)
    name, ids = labels(frame, key), frame[key].astype(str).to_numpy(dtype=object)
    found = []
    thin = np.flatnonzero((coverage.width_m(parts) < SLIVER_WIDTH_M) & (shapely.area(parts) > 0))
    for at in thin:
        area = float(shapely.area(parts[at]))
        words = say(
            "a part of {one} of {area} m² is {width} m wide (thinner than {limit} m)",
            one=name[ids[owner[at]]],
            area=count(area),
            width=_width(parts[at]),
            limit=f"{SLIVER_WIDTH_M:g}",
        )
        found.append(_found("sliver", layer, (ids[owner[at]],), words, parts[at], area))
    if layer == "zones":
        return found
    many = np.bincount(owner, minlength=len(frame))
    for one in np.flatnonzero(many > 1):
        areas = sorted(shapely.area(parts[owner == one]).tolist(), reverse=True)
        words = say(
            "{one} has {n} parts: {areas} m²", one=name[ids[one]], n=len(areas), areas=_areas(areas)
        )
        own = parts[owner == one]
        smaller = shapely.multipolygons(np.delete(own, int(np.argmax(shapely.area(own)))))
        found.append(_found("multi-part", layer, (ids[one],), words, smaller, sum(areas[1:])))
    return found


def _marks(layer: str, frame: gpd.GeoDataFrame) -> list[Finding]:
    """Find the marks of digitising; one finding a shape and kind, with all its places."""
    key, shapes = LAYERS[layer], _shapes(frame)
    name, ids = labels(frame, key), frame[key].astype(str).to_numpy(dtype=object)
    found = []
    owner, places = rings.spikes(shapes)
    for one in np.unique(owner):
        own = places[owner == one]
        words = say(
            "{one} has {n} × a corner sharper than {angle}° with sides of {length} m or more",
            one=name[ids[one]],
            n=len(own),
            angle=f"{rings.SPIKE_DEGREES:g}",
            length=f"{rings.SPIKE_LENGTH_M:g}",
        )
        found.append(_found("spike", layer, (ids[one],), words, shapely.multipoints(own)))
    owner, places = rings.duplicate_vertices(shapes)
    for one in np.unique(owner):
        own = places[owner == one]
        words = say(
            "{one} has {n} × a vertex less than {limit} mm from the one before",
            one=name[ids[one]],
            n=len(own),
            limit=f"{rings.DUPLICATE_M * 1000:g}",
        )
        found.append(_found("duplicate", layer, (ids[one],), words, shapely.multipoints(own)))
    return found


def _holes(layer: str, frame: gpd.GeoDataFrame) -> list[Finding]:
    """Find holes, and what fills them; a unit in the hole of another unit is as it should be."""
    key, shapes = LAYERS[layer], _shapes(frame)
    name, ids = labels(frame, key), frame[key].astype(str).to_numpy(dtype=object)
    owner, places = rings.hole_rings(shapes)
    parts, of_part = shapely.get_parts(shapes, return_index=True)
    at, part = shapely.STRtree(shapely.point_on_surface(parts)).query(places, predicate="contains")
    which = of_part[part]
    found = []
    for one, (shape, place) in enumerate(zip(owner, places, strict=True)):
        area, own = float(shapely.area(place)), ids[shape]
        within = sorted({ids[i] for i in which[at == one] if ids[i] != own})
        if within and layer != "zones":
            continue
        words = say("{one} has a hole of {area} m²; nothing lies in it", one=name[own], area=count(area))
        if within:
            words = say(
                "{one} has a hole of {area} m², in which {within} lies",
                one=name[own],
                area=count(area),
                within=listed([name[i] for i in within]),
            )
        found.append(_found("hole", layer, (own, *within), words, place, area))
    return found


def _with_children(words: Text, children: int | None) -> Text:
    if children is None:
        return words
    return say("{words} ({n} children)", words=words, n=count(children))


def _width(shape: shapely.Geometry) -> str:
    width = float(coverage.width_m(np.array([shape], dtype=object))[0])
    return f"{width:,.0f}" if width >= 10 else f"{width:.2f}"


def _areas(areas: list[float]) -> str:
    shown = [count(one) for one in areas[:4]]
    return " + ".join(shown) + (" + …" if len(areas) > 4 else "")


def _found(
    kind: str,
    layer: str,
    ids: tuple[str, ...],
    message: Text,
    geometry: shapely.Geometry,
    area_m2: float | None = None,
    *,
    share: float | None = None,
    children: int | None = None,
) -> Finding:
    return Finding(
        kind=kind,
        layer=layer,
        ids=ids,
        message=message,
        geometry=geometry,
        area_m2=area_m2,
        share=share,
        children=children,
    )
