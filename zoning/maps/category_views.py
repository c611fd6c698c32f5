"""Zones that differ by category of children: one outline for each, of which the reader chooses."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import City
from zoning.outline import outline_zones
from zoning.plan import categories_of, plan_for

Shapes = npt.NDArray[np.object_]


def category_outlines(city: City, plan: pd.DataFrame) -> dict[str, Shapes]:
    """Return the polygons of the zones as each category has them.

    Parameters
    ----------
    city : City
    plan : DataFrame
        As `plan_in` returns it.

    Returns
    -------
    dict of str to array, shape (zones,)
        By category, in the order of the table `zones`; None where the category has no such zone, or its
        polygon is not known. Empty where one plan holds for all, or no zone has a polygon at all.
    """
    zones = city["zones"]["zone_id"]
    with_units = zones.isin(plan["zone_id"])
    found = {}
    for category in categories_of(plan):
        own = plan_for(plan, category)
        shapes = outline_zones(city, own).geometry.to_numpy().copy()
        # a zone that has units, but none of them for this category, is no zone of it
        shapes[(with_units & ~zones.isin(own["zone_id"])).to_numpy()] = None
        found[category] = shapes
    drawn = any((~shapely.is_missing(shapes)).any() for shapes in found.values())
    return found if drawn else {}


def widest_outlines(zones: gpd.GeoDataFrame, outlines: dict[str, Shapes]) -> gpd.GeoDataFrame:
    """Return zones with the ground that they have for any category.

    Parameters
    ----------
    zones : GeoDataFrame, shape (zones,)
        As `outline_zones` returns it.
    outlines : dict of str to array
        As `category_outlines` returns it; empty leaves the zones as they are.
    """
    if not outlines:
        return zones
    stacked = np.array([zones.geometry.to_numpy(), *outlines.values()], dtype=object)
    whole = shapely.union_all(stacked, axis=0)
    whole[shapely.is_missing(stacked).all(axis=0)] = None
    return zones.set_geometry(gpd.GeoSeries(whole, index=zones.index, crs=zones.crs))
