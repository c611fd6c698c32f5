"""What a change of zones moves: groups of zones that exchange units, areas that make one move."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from zoning.maps.printed_frame import Shapes, sound
from zoning.polygons.coverage import union_of

NOBODY = ""


def change_groups(units: pd.DataFrame) -> list[frozenset[str]]:
    """Return the zones that change, in groups that exchange units; each group wants a map of its own.

    Parameters
    ----------
    units : DataFrame
        before, after (ids of zones; missing where a unit has none).

    Examples
    --------
    >>> moved = pd.DataFrame({"before": ["A", "C", "D"], "after": ["B", "D", "D"]})
    >>> [sorted(group) for group in change_groups(moved)]
    [['A', 'B'], ['C', 'D']]
    """
    ends = units[["before", "after"]].astype("object").fillna(NOBODY).astype(str)
    ends = ends[ends["before"] != ends["after"]].drop_duplicates()
    ids = sorted((set(ends["before"]) | set(ends["after"])) - {NOBODY})
    at = {one: n for n, one in enumerate(ids)}
    both = ends[(ends != NOBODY).all(axis=1)]
    rows, columns = both["before"].map(at).to_numpy(dtype=int), both["after"].map(at).to_numpy(dtype=int)
    graph = coo_array((np.ones(len(both)), (rows, columns)), shape=(len(ids), len(ids)))
    _, group = connected_components(graph, directed=False)
    found: dict[int, set[str]] = {}
    for one, number in zip(ids, group.tolist(), strict=True):
        found.setdefault(number, set()).add(one)
    return [frozenset(own) for own in found.values()]


def pieces_of(units: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the areas whose units have the same zone before and the same after: key, shape, counts.

    The children of an area are missing where those of one of its units are.
    """
    if len(units) == 0:
        raise ValueError("no unit has a polygon: there is nothing to print")
    table = pd.DataFrame(
        {
            "before": units["before"].astype("object").fillna(NOBODY).astype(str).to_numpy(dtype=object),
            "after": units["after"].astype("object").fillna(NOBODY).astype(str).to_numpy(dtype=object),
            "children": units["children"].to_numpy(dtype="float64") if "children" in units else np.nan,
            "shape": sound(units.geometry.to_numpy()),
        }
    )
    rows = [
        {
            "before": before,
            "after": after,
            "units": len(own),
            # one that is not told makes the sum one that is not told
            "children": own["children"].sum(skipna=False),
            "shape": union_of(own["shape"].to_numpy()),
        }
        for (before, after), own in table.groupby(["before", "after"], sort=True)
    ]
    found = pd.DataFrame(rows)
    found["key"] = [f"{n}" for n in range(len(found))]
    return found


def outlines_of(ids: npt.NDArray[np.object_], shapes: Shapes) -> dict[str, shapely.Geometry]:
    """Return the zones that pieces make; the pieces form a coverage, so that they only need be joined."""
    return {str(one): shapely.union_all(shapes[ids == one]) for one in sorted(set(ids.tolist()) - {NOBODY})}


def lines_of(zones: dict[str, shapely.Geometry]) -> shapely.Geometry:
    """Return the borders of zones, each once."""
    return shapely.line_merge(shapely.union_all(shapely.boundary(np.array(list(zones.values())))))
