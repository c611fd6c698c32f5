"""The ground of a change of zones: zones before and after, and what moves, cut from the same pieces.

A piece is the union of the units that have the same zone before and the same after. The pieces are
simplified once, as a coverage; zones and moved areas are put together from them, so that a border lies in
the same place in both panes, and no border of a single unit is needed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata import City
from zoning.maps.geometry import SIMPLIFY_M, Shapes
from zoning.maps.printed_frame import coarser
from zoning.outline import outline_zones
from zoning.plan import ANY, categories_of, plan_for
from zoning.polygons.coverage import union_of
from zoning.travel import coordinates_of, part_of, travel_of

RINGS_M = (500.0, 1000.0)
_FINE_FACTOR = 0.25 / SIMPLIFY_M
_LEAST_M2 = 1000.0
"""Polygons of zones that differ by less than this have the same border, drawn twice."""
_RING_M = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedGround:
    """What is drawn of a change; all shapes in the metric CRS, None where there is none.

    Parameters
    ----------
    ids : list of str
        The zones of both sides, sorted.
    before, after : array of geometries, shape (zones,)
        Their polygons.
    moves : DataFrame
        start, end (ids of zones, "" for none), units (missing where only polygons are known),
        children (missing where not counted), shape (missing where units have no polygons).
    """

    ids: list[str]
    before: Shapes
    after: Shapes
    moves: pd.DataFrame


def plan_of_all(plan: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return the rows of a plan that count for all, and of which category they are ("" = all)."""
    if (plan["category"] == ANY).any() or len(plan) == 0:
        return plan[plan["category"] == ANY], ANY
    first = categories_of(plan)[0]
    return plan_for(plan, first), first


def changed_ground(
    before: City, after: City, plan_before: pd.DataFrame, plan_after: pd.DataFrame, *, public: bool
) -> ChangedGround:
    """Return zones before and after and what moves between them, with no more detail than a page shows.

    Parameters
    ----------
    before, after : City
    plan_before, plan_after : DataFrame
        unit_id, zone_id: the rows of `plan_of_all`.
    public : bool
        By 25 m at least, so that a border cannot be read to the house.
    """
    units = _units(before, after, plan_before, plan_after)
    ids = sorted({*before["zones"]["zone_id"].astype(str), *after["zones"]["zone_id"].astype(str)})
    moves = _moves(units)
    planned = units[(units["before"] != "") | (units["after"] != "")]
    if len(planned) and _are_areas(planned).all():
        pieces = planned.groupby(["before", "after"], sort=True)["shape"].agg(_joined).reset_index()
        schools = before["schools"].geometry.to_numpy()
        shapes = generalised(pieces["shape"].to_numpy(dtype=object), public=public, points=schools)
        sides = {name: _zones(pieces[name].to_numpy(), shapes, ids) for name in ("before", "after")}
        of_pair = dict(zip(zip(pieces["before"], pieces["after"], strict=True), shapes, strict=True))
        pairs = zip(moves["start"], moves["end"], strict=True)
        moves["shape"] = pd.Series([of_pair[pair] for pair in pairs], index=moves.index, dtype="object")
        return ChangedGround(ids=ids, moves=moves, **sides)
    outlines = {
        "before": _given(before, plan_before, ids, public=public),
        "after": _given(after, plan_after, ids, public=public),
    }
    if len(units) == 0:
        moves = _overlaid(ids, **outlines)
    elif not public:
        moves = _with_places(moves, units)
    return ChangedGround(ids=ids, moves=moves, **outlines)


def as_published(ground: ChangedGround, published: pd.DataFrame) -> ChangedGround:
    """Return the ground with the children of its moves as they are told elsewhere.

    Parameters
    ----------
    ground : ChangedGround
    published : DataFrame
        start, end (ids of zones, "" for none), children (missing where not told), each pair once.
    """
    told = published.set_index(["start", "end"])["children"]
    pairs = pd.MultiIndex.from_frame(ground.moves[["start", "end"]])
    children = told.reindex(pairs).to_numpy(dtype="float64")
    return replace(ground, moves=ground.moves.assign(children=children))


def rings_of(city: City, ground: Shapes) -> list[shapely.Geometry]:
    """Return the ground within each of `RINGS_M` of a school, in straight lines that cross no water.

    Parameters
    ----------
    city : City
        Its districts are the land; without polygons of them the rings cross all water.
    ground : array of geometries, shape (zones,)
        What the rings are cut to; where none has a polygon they are whole.
    """
    schools = city["schools"].geometry
    points = schools[schools.notna() & ~schools.is_empty].to_numpy()
    land = travel_of(city).parts
    on = part_of(land, coordinates_of(points))
    known = ground[~shapely.is_missing(ground)]
    floor = union_of(known) if len(known) else None
    found = []
    for radius in RINGS_M:
        discs = shapely.buffer(points, radius, quad_segs=12)
        parts = [shapely.union_all(discs[on == at]) for at in np.unique(on[on >= 0])]
        if len(land):
            parts = [
                shapely.intersection(own, land[at])
                for own, at in zip(parts, np.unique(on[on >= 0]), strict=True)
            ]
        whole = shapely.union_all(parts)
        whole = whole if floor is None else shapely.intersection(whole, floor)
        found.append(shapely.simplify(whole, _RING_M))
    return found


def _units(before: City, after: City, plan_before: pd.DataFrame, plan_after: pd.DataFrame) -> pd.DataFrame:
    """Return unit_id, before, after, children and shape of the units of both sides, sorted."""
    frames = [city["units"][["unit_id", "geometry"]] for city in (before, after)]
    both = pd.concat([pd.DataFrame(one) for one in frames]).drop_duplicates("unit_id")
    units = both.sort_values("unit_id", kind="stable").rename(columns={"geometry": "shape"})
    for name, plan in (("before", plan_before), ("after", plan_after)):
        zone = units["unit_id"].map(plan.set_index("unit_id")["zone_id"])
        units[name] = zone.astype("object").fillna("").astype(str)
    units["children"] = units["unit_id"].map(children_by_unit(before)).astype("float64")
    if len(children_by_unit(before)):
        units["children"] = units["children"].fillna(0.0)
    return units.reset_index(drop=True)


def children_by_unit(city: City) -> pd.Series:
    """Return the children of the project's year by unit_id: the applicants if listed, else the demand."""
    if city.has("applicants"):
        return city["applicants"].groupby("unit_id").size().astype("float64")
    now = city["demand"][city["demand"]["year"] == city.project.project.year]
    return now.groupby("unit_id")["children"].sum().astype("float64")


def _are_areas(units: pd.DataFrame) -> pd.Series:
    shapes = units["shape"].to_numpy(dtype=object)
    return pd.Series(np.isin(shapely.get_type_id(shapes), (3, 6)), index=units.index)


def _joined(shapes: pd.Series) -> shapely.Geometry:
    return union_of(shapes.to_numpy(dtype=object))


def generalised(shapes: Shapes, *, public: bool, points: Shapes | None = None) -> Shapes:
    """Return shapes that fit each other with no more detail than a page shows; `points` stay inside."""
    # a factor of 1 leaves the tolerance of the public to its least, 25 m
    return coarser(shapes, 1.0 if public else _FINE_FACTOR, public=public, points=points)


def _zones(own: Shapes, shapes: Shapes, ids: list[str]) -> Shapes:
    found = np.full(len(ids), None, dtype=object)
    for at, one in enumerate(ids):
        mine = shapes[own == one]
        found[at] = union_of(mine) if len(mine) else None
    return found


def _given(city: City, plan: pd.DataFrame, ids: list[str], *, public: bool) -> Shapes:
    zones = outline_zones(city, plan)
    schools = city["schools"].geometry.to_numpy()
    shapes = generalised(zones.geometry.to_numpy(), public=public, points=schools)
    own = dict(zip(zones["zone_id"].astype(str), shapes, strict=True))
    found = np.full(len(ids), None, dtype=object)
    found[:] = [own.get(one) for one in ids]
    return found


def _moves(units: pd.DataFrame) -> pd.DataFrame:
    moved = units[units["before"] != units["after"]]
    grouped = moved.groupby(["before", "after"], sort=True)
    table = grouped["children"].sum(min_count=1).to_frame()
    table["units"] = grouped.size().astype("float64")
    table = table.reset_index().rename(columns={"before": "start", "after": "end"})
    return table.assign(shape=pd.Series([None] * len(table), dtype="object"))


def _with_places(moves: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return the moves with the shapes of their units, points as points; not for the public."""
    there = units[~shapely.is_missing(units["shape"].to_numpy(dtype=object))]
    shapes = {
        pair: shapely.union_all(own["shape"].to_numpy(dtype=object))
        for pair, own in there.groupby(["before", "after"])
    }
    pairs = zip(moves["start"], moves["end"], strict=True)
    return moves.assign(shape=pd.Series([shapes.get(p) for p in pairs], index=moves.index, dtype="object"))


def _overlaid(ids: list[str], before: Shapes, after: Shapes) -> pd.DataFrame:
    """Return where the polygons of the zones differ, pair by pair; how many units is not known."""
    known = np.flatnonzero(~shapely.is_missing(after))
    old = np.flatnonzero(~shapely.is_missing(before))
    first, second = shapely.STRtree(after[known]).query(before[old], predicate="intersects")
    rows = []
    for a, b in sorted(zip(old[first].tolist(), known[second].tolist(), strict=True)):
        shared = None if a == b else shapely.intersection(before[a], after[b])
        if shared is not None and shapely.area(shared) > _LEAST_M2:
            # where the other side's zones overlap already, nothing moves
            shared = shapely.difference(shared, after[a]) if after[a] is not None else shared
            if shapely.area(shared) > _LEAST_M2:
                rows.append((ids[a], ids[b], np.nan, np.nan, shared))
    columns = ["start", "end", "units", "children", "shape"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(shape=pd.Series([row[-1] for row in rows], dtype="object"))


def drawn_units(city: City) -> gpd.GeoDataFrame:
    """Return the units with their borders simplified as a coverage, for an internal page."""
    units = city["units"]
    return units.set_geometry(
        gpd.GeoSeries(
            generalised(units.geometry.to_numpy(), public=False), index=units.index, crs=units.crs
        )
    )
