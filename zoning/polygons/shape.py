"""How compact a polygon is: three measures, each 1 for the ideal shape and near 0 for a ribbon.

References
----------
Polsby, D. D. and Popper, R. D. (1991). The Third Criterion: Compactness as a Procedural Safeguard
against Partisan Gerrymandering. Yale Law & Policy Review 9(2).
Reock, E. C. (1961). A Note: Measuring Compactness as a Requirement of Legislative Apportionment.
Midwest Journal of Political Science 5(1).
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.datum import is_metric
from geodata.errors import XuequError
from geodata.messages import say


def polsby_popper(zones: gpd.GeoDataFrame) -> pd.Series:
    """Return 4 π area / perimeter² of each polygon: 1 for a circle, π/4 for a square.

    Parameters
    ----------
    zones : GeoDataFrame, shape (n,)
        In a CRS in metres; a row without a polygon gives NaN.

    Returns
    -------
    Series of float, shape (n,)

    Raises
    ------
    XuequError
        If the CRS is not in metres.

    Examples
    --------
    >>> square = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 10, 10)], crs="EPSG:4548")
    >>> round(float(polsby_popper(square).iloc[0]), 4)
    0.7854
    """
    need_metres(zones)
    shapes = zones.geometry.to_numpy()
    return _ratio(zones, 4 * np.pi * shapely.area(shapes), shapely.length(shapes) ** 2)


def reock(zones: gpd.GeoDataFrame) -> pd.Series:
    """Return area / area of the smallest circle around each polygon: 1 for a circle, 2/π for a square.

    Parameters, result and errors are those of `polsby_popper`.

    Examples
    --------
    >>> square = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 10, 10)], crs="EPSG:4548")
    >>> round(float(reock(square).iloc[0]), 4)
    0.6366
    """
    need_metres(zones)
    shapes = zones.geometry.to_numpy()
    return _ratio(zones, shapely.area(shapes), np.pi * shapely.minimum_bounding_radius(shapes) ** 2)


def hull_share(zones: gpd.GeoDataFrame) -> pd.Series:
    """Return area / area of the convex hull of each polygon: 1 for any convex one.

    Parameters, result and errors are those of `polsby_popper`.

    Examples
    --------
    >>> corner = shapely.Polygon([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)])
    >>> round(float(hull_share(gpd.GeoDataFrame(geometry=[corner], crs="EPSG:4548")).iloc[0]), 4)
    0.8571
    """
    need_metres(zones)
    shapes = zones.geometry.to_numpy()
    return _ratio(zones, shapely.area(shapes), shapely.area(shapely.convex_hull(shapes)))


def compactness(zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the three measures beside each other: polsby_popper, reock, hull_share; shape (n, 3)."""
    return pd.DataFrame(
        {
            "polsby_popper": polsby_popper(zones),
            "reock": reock(zones),
            "hull_share": hull_share(zones),
        }
    )


def need_metres(layer: gpd.GeoDataFrame) -> None:
    """Raise if lengths in a layer's coordinates are not metres on the ground.

    Raises
    ------
    XuequError
        For degrees, feet, web Mercator, or a layer that says no CRS.
    """
    crs = layer.crs
    # a local grid has no code; it is metres by its own unit
    local = crs is not None and crs.is_engineering
    if crs is None or not (local or is_metric(crs.to_wkt())):
        raise XuequError(
            say(
                "lengths and areas are measured in metres: the layer is in {crs}; bring it to the "
                "project's metric CRS first",
                crs="?" if crs is None else crs.name,
            )
        )


def need_tolerance(tolerance_m: float) -> None:
    """Raise unless a tolerance is more than nothing.

    Raises
    ------
    XuequError
    """
    if not tolerance_m > 0:
        raise XuequError(
            say("the tolerance is {found} m: more than 0 is allowed", found=f"{tolerance_m:g}")
        )


def _ratio(zones: gpd.GeoDataFrame, upper: np.ndarray, lower: np.ndarray) -> pd.Series:
    found = np.divide(upper, lower, out=np.full(len(zones), np.nan), where=lower > 0)
    return pd.Series(found, index=zones.index)
