"""Where the children of a project live, as far as counting them on a piece of ground needs it.

1. Where the project lists children, they are counted, and counts of units (`demand`) are not looked at. A
   child with a point counts at its point; every other one counts on the ground of its unit, which is the
   one that the row names, else the one that its address decides (`zoning.addresses`).
2. Where a child has neither, or an address decides nothing, no number is known: one that leaves children
   out would be taken for the whole.
3. Else the counts of the year count, on the ground of their units.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import City, DataError
from zoning.addresses import settle_addresses, units_by_address
from zoning.locate import lowest_id_at
from zoning.plan import ANY
from zoning.polygons.coverage import Shapes

Counts = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Children:
    """The children of a project.

    Parameters
    ----------
    homes : array of Point, shape (n,)
        Those with a point of their own.
    of_home : array of str, shape (n,)
        Their categories.
    by_unit : DataFrame
        unit_id, category, children (all of the unit), spread (those of them without a point).
    """

    homes: Shapes
    of_home: npt.NDArray[np.object_]
    by_unit: pd.DataFrame

    def points(self, wanted: Set[str] | None, named: Set[str]) -> Shapes:
        """Return the points of the children of some categories, as `Group` says them."""
        return self.homes[_is_wanted(pd.Series(self.of_home), wanted, named)]

    def in_units(self, ids: pd.Series, column: str, wanted: Set[str] | None, named: Set[str]) -> Counts:
        """Return the children or spread of each unit, of some categories, shape (units,)."""
        rows = self.by_unit[_is_wanted(self.by_unit["category"], wanted, named)]
        counts = rows.groupby("unit_id")[column].sum()
        return np.asarray(ids.map(counts).fillna(0).to_numpy(dtype=float))


def children_of(city: City, units: gpd.GeoDataFrame) -> Children | None:
    """Return the children of a city; None where it does not know them, or not where all of them live.

    Parameters
    ----------
    city : City
    units : GeoDataFrame
        Its units that have a polygon or point.
    """
    applicants = city["applicants"]
    if len(applicants):
        return _listed(city, units, applicants)
    demand = city["demand"]
    now = demand[demand["year"] == city.project.project.year]
    if len(now) == 0:
        return None
    nobody = np.empty(0, dtype=object)
    counts = now[["unit_id", "category", "children"]]
    return Children(homes=nobody, of_home=nobody, by_unit=counts.assign(spread=counts["children"]))


def settled(city: City) -> City:
    """Return a city whose children have the units of their addresses, and no addresses.

    It saves matching them again for each look at the shapes. Where an address decides nothing its child is
    left without a home, so that no number is known.
    """
    try:
        return settle_addresses(city)
    except DataError:
        applicants = city["applicants"]
        blank = pd.Series(None, index=applicants.index, dtype="str")
        return replace(city, tables={**city.tables, "applicants": applicants.assign(address=blank)})


def _listed(city: City, units: gpd.GeoDataFrame, applicants: gpd.GeoDataFrame) -> Children | None:
    try:
        unit = units_by_address(city, applicants)
    except DataError:
        return None
    own = applicants.geometry.notna().to_numpy()
    if (unit.isna() & ~own).any():
        return None
    points = applicants.geometry.to_numpy()
    to_find = unit.isna().to_numpy()
    if to_find.any():
        unit[to_find] = lowest_id_at(points[to_find], units.geometry.to_numpy(), units["unit_id"])
    category = applicants["category"].fillna(ANY)
    rows = pd.DataFrame(
        {"unit_id": unit, "category": category, "children": 1, "spread": (~own).astype(int)}
    )
    return Children(
        homes=points[own],
        of_home=category.to_numpy(dtype=object)[own],
        by_unit=rows.groupby(["unit_id", "category"], as_index=False)[["children", "spread"]].sum(),
    )


def _is_wanted(category: pd.Series, wanted: Set[str] | None, named: Set[str]) -> npt.NDArray[np.bool_]:
    if wanted is None:
        return np.ones(len(category), dtype=np.bool_)
    found = category.isin(wanted)
    if ANY in wanted:
        found |= ~category.isin(named)
    return np.asarray(found.to_numpy(dtype=np.bool_))
