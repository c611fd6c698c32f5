"""Polygons of zones: as given, or the union of their units."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata import City
from zoning.plan import ANY
from zoning.polygons.coverage import union_of


def outline_zones(city: City, plan: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the zones with a polygon each, where one is known.

    Parameters
    ----------
    city : City
        The tables `zones` and `units`.
    plan : DataFrame
        As `plan_in` returns it; rows for all categories make the outline.

    Returns
    -------
    GeoDataFrame
        The table `zones`, shape (zones,), in the city's metric CRS. A polygon that the project gives
        is kept; else it is the union of the zone's unit polygons; units that are points make none.
    """
    zones: gpd.GeoDataFrame = city["zones"].copy()
    units = city["units"]
    shapes = units[units.geometry.geom_type.isin(["Polygon", "MultiPolygon"])]
    members = plan[plan["category"] == ANY].merge(
        pd.DataFrame({"unit_id": shapes["unit_id"], "shape": shapes.geometry.to_numpy()}),
        on="unit_id",
    )
    made = {zone: union_of(group["shape"].to_numpy()) for zone, group in members.groupby("zone_id")}
    blank = zones.geometry.isna()
    found = zones.loc[blank, "zone_id"].map(made)
    geometry = zones.geometry.to_numpy().copy()
    geometry[blank.to_numpy()] = np.where(found.isna(), None, found.to_numpy(dtype=object))
    return zones.set_geometry(gpd.GeoSeries(geometry, index=zones.index, crs=city["units"].crs))
