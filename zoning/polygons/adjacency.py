"""Which polygons are neighbours: by the length of the border they share, and what lies on it."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from zoning.polygons.coverage import Ids, Shapes
from zoning.polygons.shape import need_metres

LEAST_BORDER_M = 0.01
"""Polygons that share less than this meet at a point."""
BARRIER_NEAR_M = 15.0
"""A border runs along a barrier that is this near: a river may be drawn by one bank, a road by one side."""
LINK_NEAR_M = 30.0
"""A bridge joins the polygons in which its ends lie, or to which they are this near."""


def shared_borders(shapes: Shapes) -> tuple[Ids, Ids, Shapes]:
    """Return the pairs of polygons that share a border of some length, and the borders.

    Parameters
    ----------
    shapes : array of polygons, shape (n,)
        In metres; None where a row has none.

    Returns
    -------
    first, second : arrays of int, shape (pairs,)
        first < second, in order.
    borders : array of lines, shape (pairs,)

    Notes
    -----
    A border is shared where the two outlines are the same to the last bit. Where they only nearly are,
    it is not found: `xuequ repair` makes them the same.
    """
    outlines = shapely.boundary(shapes)
    known = np.flatnonzero(~shapely.is_missing(shapes))
    near, other = shapely.STRtree(shapes).query(shapes[known], predicate="intersects")
    first, second = known[near], other
    kept = first < second
    first, second = first[kept], second[kept]
    order = np.lexsort([second, first])
    first, second = first[order], second[order]
    borders = shapely.intersection(outlines[first], outlines[second])
    shared = shapely.length(borders) >= LEAST_BORDER_M
    return first[shared], second[shared], borders[shared]


def neighbours(layer: gpd.GeoDataFrame, key: str) -> pd.DataFrame:
    """Return the neighbours of a layer by the length of the border they share.

    Parameters
    ----------
    layer : GeoDataFrame, shape (n,)
        In a CRS in metres.
    key : str
        The column with the id of each row.

    Returns
    -------
    DataFrame
        a, b (ids, a < b as text), border_m; sorted by a, b.

    Raises
    ------
    XuequError
        If the CRS is not in metres.

    Examples
    --------
    >>> squares = gpd.GeoDataFrame(
    ...     {"id": ["A", "B", "C"]}, geometry=list(shapely.box([0, 1, 1], [0, 0, 1], [1, 2, 2], [1, 1, 2])),
    ...     crs="EPSG:4548")
    >>> neighbours(squares, "id").to_dict("records")
    [{'a': 'A', 'b': 'B', 'border_m': 1.0}, {'a': 'B', 'b': 'C', 'border_m': 1.0}]
    """
    return pd.DataFrame(_rows(layer, key).drop(columns=["first", "second", "border"]))


def barred_neighbours(
    layer: gpd.GeoDataFrame,
    key: str,
    barriers: gpd.GeoDataFrame,
    links: gpd.GeoDataFrame | None = None,
) -> pd.DataFrame:
    """Return the neighbours of a layer with the barriers between them.

    Parameters
    ----------
    layer : GeoDataFrame, shape (n,)
        In a CRS in metres.
    key : str
        The column with the id of each row.
    barriers : GeoDataFrame
        The table `barriers` (`kind`; lines or polygons) in the same CRS.
    links : GeoDataFrame, optional
        The table `links`: lines from land to land (bridges, tunnels, crossings).

    Returns
    -------
    DataFrame
        a, b, border_m as `neighbours` has them; kinds (tuple of str, sorted, of the barriers that the
        border runs along or that lie between), along_m (length of the shared border within
        `BARRIER_NEAR_M` of a barrier), crossed (whether the straight line between a point inside each
        meets a barrier), linked (whether a link joins the two). Pairs that share no border but are joined
        by a link have border_m = 0.

    Raises
    ------
    XuequError
        If the CRS is not in metres.
    """
    rows = _rows(layer, key)
    if links is not None:
        rows = _with_links(rows, layer, key, links)
    else:
        rows["linked"] = False
    shapes = layer.geometry.to_numpy()
    inside = shapely.point_on_surface(shapes)
    ends = np.stack([inside[rows["first"]], inside[rows["second"]]], axis=1).reshape(-1, 2)
    straight = shapely.linestrings(shapely.get_coordinates(ends.ravel()).reshape(-1, 2, 2))
    there = barriers[barriers.geometry.notna()]
    kind = there["kind"].fillna("").to_numpy(dtype=object)
    tree = shapely.STRtree(there.geometry.to_numpy())
    meets = tree.query(straight, predicate="intersects")
    beside = tree.query(rows["border"].to_numpy(), predicate="dwithin", distance=BARRIER_NEAR_M)
    rows["along_m"] = _along(rows["border"].to_numpy(), there.geometry.to_numpy(), beside)
    rows["crossed"] = np.isin(np.arange(len(rows)), meets[0])
    # a road that only meets the border's end is near it for twice the distance at most
    real = (rows["along_m"] > 2 * BARRIER_NEAR_M).to_numpy()
    beside = beside[:, real[beside[0]]]
    rows["kinds"] = _kinds(len(rows), kind, np.hstack([meets, beside]))
    columns = ["a", "b", "border_m", "kinds", "along_m", "crossed", "linked"]
    return rows[columns].sort_values(["a", "b"]).reset_index(drop=True)


def linked_pairs(shapes: Shapes, lines: Shapes) -> npt.NDArray[np.intp]:
    """Return the pairs of polygons that links join, shape (pairs, 2), first < second, each once.

    Parameters
    ----------
    shapes : array of polygons, shape (n,)
    lines : array of lines, shape (m,)
        An end joins the nearest polygon within `LINK_NEAR_M`; the first of equally near ones.
    """
    parts = shapely.line_merge(lines)
    first, last = shapely.get_point(parts, 0), shapely.get_point(parts, -1)
    known = ~(shapely.is_missing(first) | shapely.is_missing(last))
    a, b = (_nearest(shapes, ends[known]) for ends in (first, last))
    pairs = np.sort(np.column_stack([a, b]), axis=1)
    return np.unique(pairs[(pairs[:, 0] >= 0) & (pairs[:, 0] < pairs[:, 1])], axis=0)


def _nearest(shapes: Shapes, points: Shapes) -> Ids:
    at, where = shapely.STRtree(shapes).query(points, predicate="dwithin", distance=LINK_NEAR_M)
    away = shapely.distance(points[at], shapes[where])
    order = np.lexsort([where, away, at])
    at, where = at[order], where[order]
    found = np.full(len(points), -1, dtype=np.intp)
    one, first = np.unique(at, return_index=True)
    found[one] = where[first]
    return found


def _rows(layer: gpd.GeoDataFrame, key: str) -> pd.DataFrame:
    need_metres(layer)
    first, second, borders = shared_borders(layer.geometry.to_numpy())
    length = shapely.length(borders)
    return _named(layer, key, first, second, border_m=length, border=borders)


def _named(layer: gpd.GeoDataFrame, key: str, first: Ids, second: Ids, **columns: Any) -> pd.DataFrame:
    ids = layer[key].astype(str).to_numpy(dtype=object)
    a, b = ids[first], ids[second]
    swapped = a > b
    a, b = np.where(swapped, b, a), np.where(swapped, a, b)
    rows = pd.DataFrame({"a": a, "b": b, **columns, "first": first, "second": second})
    return rows.sort_values(["a", "b"]).reset_index(drop=True)


def _with_links(
    rows: pd.DataFrame, layer: gpd.GeoDataFrame, key: str, links: gpd.GeoDataFrame
) -> pd.DataFrame:
    lines = links.geometry.to_numpy()
    pairs = linked_pairs(layer.geometry.to_numpy(), lines[~shapely.is_missing(lines)])
    joined = pd.MultiIndex.from_arrays([pairs[:, 0], pairs[:, 1]])
    there = pd.MultiIndex.from_arrays([rows["first"], rows["second"]])
    rows["linked"] = there.isin(joined)
    new = pairs[~joined.isin(there)]
    empty = np.full(len(new), shapely.from_wkt("LINESTRING EMPTY"), dtype=object)
    more = _named(layer, key, new[:, 0], new[:, 1], border_m=np.zeros(len(new)), border=empty)
    if len(more) == 0:
        return rows
    more["linked"] = True
    return pd.concat([rows, more], ignore_index=True)


def _along(borders: Shapes, barriers: Shapes, beside: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """Return the length of each border near any barrier, each metre once."""
    found = np.zeros(len(borders))
    if beside.shape[1] == 0:
        return found
    near = shapely.buffer(barriers, BARRIER_NEAR_M)
    order = np.argsort(beside[0], kind="stable")
    at, which = beside[0][order], beside[1][order]
    rows, starts = np.unique(at, return_index=True)
    for row, own in zip(rows, np.split(which, starts[1:]), strict=True):
        found[row] = shapely.intersection(borders[row], shapely.union_all(near[own])).length
    return found


def _kinds(n: int, kind: npt.NDArray[np.object_], pairs: npt.NDArray[np.intp]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()] * n
    table = pd.DataFrame({"row": pairs[0], "kind": kind[pairs[1]]}).drop_duplicates()
    for row, own in table.groupby("row")["kind"]:
        found[int(row)] = tuple(sorted(own))
    return found
