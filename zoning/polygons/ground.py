"""The shapes of a city as the findings need them, and how many children live on a piece of ground."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata import City
from zoning.outline import outline_zones
from zoning.plan import ANY, plan_in
from zoning.polygons.coverage import Shapes

POLYGONS = (3, 6)
"""What shapely calls Polygon and MultiPolygon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The shapes of a city.

    Parameters
    ----------
    city : City
    plan : DataFrame
        As `plan_in` returns it.
    zones : GeoDataFrame
        The zones with a polygon, given or made of their units.
    drawn : array of bool, shape (zones,)
        Whether the project itself gives the polygon.
    units : GeoDataFrame
        The units with a polygon or point, and the column `children`: those of the year, NaN if not known.
    homes : array of Point
        The applicants' own points, where the project has a list of children with points.
    """

    city: City
    plan: pd.DataFrame
    zones: gpd.GeoDataFrame
    drawn: np.ndarray
    units: gpd.GeoDataFrame
    homes: Shapes


def ground_of(city: City, plan: pd.DataFrame | None = None) -> Ground:
    """Return the shapes of a city; `plan` is by default the one of the project's year.

    Raises
    ------
    NotBuiltYetError
        If the plan binds only children settled before a date.
    """
    if plan is None:
        plan = plan_in(city, city.project.project.year)
    zones = outline_zones(city, plan)
    there = zones.geometry.notna() & ~zones.geometry.is_empty
    drawn = city["zones"].geometry.notna()[there].to_numpy()
    units = city["units"]
    units = units[units.geometry.notna()].reset_index(drop=True)
    units = units.assign(children=_children_by_unit(city, units["unit_id"]))
    applicants = city["applicants"]
    homes = applicants.geometry[applicants.geometry.notna()].to_numpy()
    return Ground(
        city=city,
        plan=plan,
        zones=zones[there].reset_index(drop=True),
        drawn=drawn,
        units=units,
        homes=homes,
    )


def polygon_rows(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the rows of a layer that have a polygon."""
    kinds = shapely.get_type_id(layer.geometry.to_numpy())
    return layer[np.isin(kinds, POLYGONS)].reset_index(drop=True)


def children_on(ground: Ground, places: Shapes) -> list[int | None]:
    """Return how many children live on each piece of ground; None where the project does not know.

    Parameters
    ----------
    places : array of polygons, shape (n,)
        In the city's metric CRS.

    Notes
    -----
    1. If the project lists children with points, those whose point lies in or on the piece.
    2. Else the counts of units: of a point, all where it lies in the piece; of a polygon, the share of its
       area in the piece. The sum is rounded.
    """
    if len(ground.homes):
        return [int(n) for n in _count_points(ground.homes, places)]
    units = ground.units[ground.units["children"].notna()]
    if len(units) == 0:
        return [None] * len(places)
    at, which = shapely.STRtree(units.geometry.to_numpy()).query(places, predicate="intersects")
    shapes = units.geometry.to_numpy()[which]
    area = shapely.area(shapes)
    flat = area > 0
    share = np.where(flat, 0.0, 1.0)
    share[flat] = shapely.area(shapely.intersection(shapes[flat], places[at[flat]])) / area[flat]
    children = share * units["children"].to_numpy()[which]
    totals = np.bincount(at, weights=children, minlength=len(places))
    return [round(float(n)) for n in totals]


def categories_apart(plan: pd.DataFrame) -> dict[str, set[str]]:
    """Return the categories of children of each zone that the plan names; "" is every category."""
    rows = plan.groupby("zone_id")["category"].agg(set)
    return {str(zone): {str(one) for one in own} for zone, own in rows.items()}


def never_meet(categories: dict[str, set[str]], a: str, b: str) -> bool:
    """Whether two zones are for different categories of children, so that they may overlap."""
    first, second = categories.get(a, {ANY}), categories.get(b, {ANY})
    return ANY not in first and ANY not in second and not first & second


def _count_points(points: Shapes, places: Shapes) -> np.ndarray:
    _, where = shapely.STRtree(places).query(points, predicate="intersects")
    return np.asarray(np.bincount(where, minlength=len(places)))


def _children_by_unit(city: City, units: pd.Series) -> np.ndarray:
    applicants = city["applicants"]
    if applicants["unit_id"].notna().any():
        counts = applicants.groupby("unit_id").size()
        return np.asarray(units.map(counts).fillna(0).to_numpy(dtype=float))
    demand = city["demand"]
    now = demand[demand["year"] == city.project.project.year]
    if len(now) == 0:
        return np.full(len(units), np.nan)
    counts = now.groupby("unit_id")["children"].sum()
    return np.asarray(units.map(counts).fillna(0).to_numpy(dtype=float))
