"""The shapes of a city as the findings need them, and how many children live on a piece of ground."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata import City
from zoning.outline import outline_zones
from zoning.plan import categories_of, plan_in
from zoning.polygons.children import Children, Counts, children_of
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
        The units with a polygon or point.
    children : Children, optional
        Where the children of the year live; None where that is not known.
    """

    city: City
    plan: pd.DataFrame
    zones: gpd.GeoDataFrame
    drawn: np.ndarray
    units: gpd.GeoDataFrame
    children: Children | None


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
    return Ground(
        city=city,
        plan=plan,
        zones=zones[there].reset_index(drop=True),
        drawn=drawn,
        units=units,
        children=children_of(city, units),
    )


def polygon_rows(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the rows of a layer that have a polygon."""
    kinds = shapely.get_type_id(layer.geometry.to_numpy())
    return layer[np.isin(kinds, POLYGONS)].reset_index(drop=True)


def children_on(ground: Ground, places: Shapes, categories: Set[str] | None = None) -> list[int | None]:
    """Return how many children live on each piece of ground; None where the project does not know.

    Parameters
    ----------
    places : array of polygons, shape (n,)
        In the city's metric CRS.
    categories : set of str, optional
        Whom to count, as `zoning.polygons.meeting.Group` says it; by default everyone.

    Notes
    -----
    1. Of children with a point, those whose point lies in or on the piece.
    2. Of the others, those of units: of a point, all where it lies in the piece; of a polygon, the share of
       its area in the piece. The sum is rounded.
    """
    if ground.children is None:
        return [None] * len(places)
    totals = points_in(ground, places, categories).astype(float)
    spread = unit_children(ground, categories, column="spread")
    there = spread > 0
    if there.any():
        totals += _of_units(ground.units.geometry.to_numpy()[there], spread[there], places)
    return [round(float(n)) for n in totals]


def points_in(ground: Ground, places: Shapes, categories: Set[str] | None = None) -> np.ndarray:
    """Return how many children with a point of their own live on each piece of ground."""
    if ground.children is None:
        return np.zeros(len(places), dtype=np.intp)
    points = ground.children.points(categories, set(categories_of(ground.plan)))
    _, where = shapely.STRtree(places).query(points, predicate="intersects")
    return np.asarray(np.bincount(where, minlength=len(places)))


def unit_children(
    ground: Ground, categories: Set[str] | None = None, *, column: str = "children"
) -> Counts:
    """Return the children of each of the ground's units, NaN where they are not known.

    Parameters
    ----------
    categories : set of str, optional
        As in `children_on`.
    column : {"children", "spread"}
        All of the unit, or those who have no point of their own.
    """
    if ground.children is None:
        return np.full(len(ground.units), np.nan)
    named = set(categories_of(ground.plan))
    return ground.children.in_units(ground.units["unit_id"], column, categories, named)


def _of_units(units: Shapes, children: Counts, places: Shapes) -> Counts:
    at, which = shapely.STRtree(units).query(places, predicate="intersects")
    shapes = units[which]
    area = shapely.area(shapes)
    flat = area > 0
    share = np.where(flat, 0.0, 1.0)
    share[flat] = shapely.area(shapely.intersection(shapes[flat], places[at[flat]])) / area[flat]
    counts = np.bincount(at, weights=share * children[which], minlength=len(places))
    return counts.astype(np.float64)
