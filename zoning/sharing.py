"""Counts of one layer shared over the rows of another: district totals to units, units to buildings.

Nothing is lost and nothing is made up: each source's whole count lands on the targets that touch it, as
whole children by largest remainder. A source that no target touches is a fault, and a source that the
targets cover only in part is said with the share of it that they leave out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import DataError, Fault, XuequError, say
from geodata.apportion import MOST, share_whole
from geodata.messages import Text

AREA, POINTS = "area", "points"
_NO_TARGET = say("an area that touches at least one unit; its children would be lost")
# a border drawn twice differs by less than this: no part of a source is said to be left out for it
_LEAST_SHARE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Counts on their targets, and what had to be said on the way.

    Parameters
    ----------
    counts : DataFrame of int, shape (targets touched, columns)
        By target id, sorted. A target that no source touches, or that is a point where areas are shared,
        has no row: its count is not known, not 0.
    untouched : tuple of str
        The targets without a row.
    left_out : Series of float
        By source id: the share (0-1) of its area that no target covers, where there is any.
    unweighted : tuple of str
        Touched targets whose weight is blank: they got nothing.
    """

    counts: pd.DataFrame
    untouched: tuple[str, ...] = ()
    left_out: pd.Series
    unweighted: tuple[str, ...] = ()


def share_counts(
    sources: pd.DataFrame,
    targets: pd.DataFrame,
    *,
    source_id: str,
    target_id: str,
    columns: Sequence[str],
    by: str = AREA,
    through: str | None = None,
    file: str = "counts",
) -> Shared:
    """Share counts of areas over the targets in them.

    Parameters
    ----------
    sources : DataFrame or GeoDataFrame, shape (n,)
        Areas with counts; polygons in the CRS of the targets unless `through` is given.
    targets : DataFrame or GeoDataFrame, shape (m,)
        What gets the counts.
    source_id, target_id : str
        The columns of ids, each once.
    columns : sequence of str
        The columns of `sources` that are counts: whole numbers of at least 0, such as one for each
        category and year. Each is shared by itself.
    by : str
        "area": the area that a target has in the source; "points": each target weighs the same; else
        the column of `targets` that weighs it, such as households or floor area.
    through : str, optional
        The column of `targets` that names their source. Without it geometry decides: by area each target
        gets from all sources that it overlaps; else from the one in which its point lies (a polygon's
        inner point; on a border the lower id).
    file : str
        The name that faults show.

    Returns
    -------
    Shared

    Raises
    ------
    DataError
        For each source with a count that no target touches, or whose targets all weigh nothing; for each
        id that is blank or stands twice, count that is not a whole number, weight below 0.
    XuequError
        If the layers are in two CRS, in degrees, or a geometry is missing that is needed.

    Notes
    -----
    Ties of remainders go to the lower target id, so the order of the rows does not matter.
    """
    _raise_on_ids(sources, source_id, file)
    _raise_on_ids(targets, target_id, "targets")
    _raise_on_counts(sources, source_id, columns, file)
    if by not in (AREA, POINTS) and by not in targets:
        raise XuequError(say("there is no column {column} to share by", column=by))
    pairs, left_out = _pairs(sources, targets, source_id, target_id, by, through)
    pairs, unweighted = _weighted(pairs, targets, target_id, by)
    _raise_on_nothing(sources, source_id, columns, pairs, file, by)
    if by == AREA:
        # a point has no area: that it got nobody would be said of it as if it had been counted
        pairs = pairs[pairs["weight"] > 0]
    pairs = pairs.sort_values(["source", "target"], ignore_index=True)
    order = pd.Index(sorted(sources[source_id]))
    group = order.get_indexer(pairs["source"])
    totals = sources.set_index(source_id).loc[order, list(columns)]
    shares = {
        name: share_whole(pairs["weight"], group, totals[name].to_numpy(dtype="int64")) for name in columns
    }
    counts = pd.DataFrame(shares, index=pd.Index(pairs["target"], name=target_id)).groupby(level=0).sum()
    untouched = tuple(sorted(set(targets[target_id]) - set(counts.index)))
    return Shared(counts=counts, untouched=untouched, left_out=left_out, unweighted=unweighted)


def _pairs(
    sources: pd.DataFrame,
    targets: pd.DataFrame,
    source_id: str,
    target_id: str,
    by: str,
    through: str | None,
) -> tuple[pd.DataFrame, pd.Series]:
    """Return source, target, weight of each pair that touches, and the uncovered share by source."""
    nothing = pd.Series(dtype="float64")
    if through is not None:
        known = targets[targets[through].isin(sources[source_id])]
        pairs = pd.DataFrame({"source": known[through].to_numpy(), "target": known[target_id].to_numpy()})
        pairs["weight"] = shapely.area(_shapes(known)) if by == AREA else 1.0
        return pairs, nothing
    _raise_on_crs(sources, targets)
    areas, shapes = _shapes(sources), _shapes(targets)
    if by == AREA:
        return _overlaps(areas, shapes, sources[source_id].to_numpy(), targets[target_id].to_numpy())
    which, where = shapely.STRtree(areas).query(shapely.point_on_surface(shapes), predicate="intersects")
    pairs = pd.DataFrame(
        {"source": sources[source_id].to_numpy()[where], "target": targets[target_id].to_numpy()[which]}
    )
    # on a border the lower id, as everywhere
    pairs = pairs.sort_values(["target", "source"]).drop_duplicates("target")
    return pairs.assign(weight=1.0), nothing


def _overlaps(
    areas: npt.NDArray[np.object_],
    shapes: npt.NDArray[np.object_],
    sources: npt.NDArray[np.object_],
    targets: npt.NDArray[np.object_],
) -> tuple[pd.DataFrame, pd.Series]:
    at_source, at_target = shapely.STRtree(shapes).query(areas, predicate="intersects")
    parts = shapely.intersection(areas[at_source], shapes[at_target])
    area_m2 = shapely.area(parts)
    pairs = pd.DataFrame({"source": sources[at_source], "target": targets[at_target], "weight": area_m2})
    inside = area_m2 > 0
    covered_m2 = np.zeros(len(areas))
    # a loop over sources: what two targets cover twice counts once
    for source in np.unique(at_source[inside]):
        covered_m2[source] = shapely.area(shapely.union_all(parts[inside & (at_source == source)]))
    share = 1.0 - covered_m2 / np.maximum(shapely.area(areas), 1e-300)
    left_out = pd.Series(share, index=sources)
    return pairs[inside], left_out[left_out > _LEAST_SHARE].sort_index()


def _weighted(
    pairs: pd.DataFrame, targets: pd.DataFrame, target_id: str, by: str
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Put the weight of a named column on the pairs; return also the targets where it is blank."""
    if by in (AREA, POINTS):
        return pairs, ()
    weight = pd.to_numeric(targets[by]).astype("float64").set_axis(targets[target_id])
    wrong = (weight < 0) | np.isinf(weight)
    if wrong.any():
        raise DataError(
            Fault(
                file="targets",
                column=by,
                found=f"{target}: {value:g}",
                allowed=say("a finite number of at least 0"),
                remedy=say("correct it"),
            )
            for target, value in weight[wrong].sort_index().items()
        )
    own = pairs["target"].map(weight)
    blank = tuple(sorted(set(pairs["target"][own.isna()])))
    return pairs.assign(weight=own.fillna(0.0)), blank


def _shapes(frame: pd.DataFrame) -> npt.NDArray[np.object_]:
    shapes = frame.geometry.to_numpy() if isinstance(frame, gpd.GeoDataFrame) else np.array([None])
    if shapely.is_missing(shapes).any():
        raise XuequError(
            say("every row needs a geometry to be shared by; name the areas by id instead (--level)")
        )
    return np.asarray(shapes, dtype=object)


def _raise_on_crs(sources: pd.DataFrame, targets: pd.DataFrame) -> None:
    ours, theirs = getattr(targets, "crs", None), getattr(sources, "crs", None)
    if ours is None or theirs is None or ours != theirs or ours.is_geographic:
        raise XuequError(say("both layers must be in one CRS in metres; areas in degrees mean nothing"))


def _raise_on_ids(frame: pd.DataFrame, column: str, file: str) -> None:
    ids = frame[column]
    wrong = ids.isna() | ids.duplicated(keep=False)
    if wrong.any():
        raise DataError(
            Fault(
                file=file,
                column=column,
                found=None if one is None else str(one),
                allowed=say("an id in every row, each once"),
                remedy=say("fill it in, or add up the rows of one area"),
            )
            for one in sorted({None if pd.isna(one) else one for one in ids[wrong]}, key=str)
        )


def _raise_on_counts(sources: pd.DataFrame, source_id: str, columns: Sequence[str], file: str) -> None:
    faults = []
    for column in columns:
        count = pd.to_numeric(sources[column], errors="coerce").astype("float64")
        wrong = ~((count >= 0) & (count <= MOST) & (count == np.floor(count)))
        faults += [
            Fault(
                file=file,
                column=column,
                found=f"{area}: {found}",
                allowed=say("a whole number from 0 to {most}", most=f"{MOST:,}"),
                remedy=say("correct it; a count that is not known cannot be shared"),
            )
            for area, found in zip(sources[source_id][wrong], sources[column][wrong], strict=True)
        ]
    if faults:
        raise DataError(faults)


def _raise_on_nothing(
    sources: pd.DataFrame, source_id: str, columns: Sequence[str], pairs: pd.DataFrame, file: str, by: str
) -> None:
    """Raise on each source with a count that would land nowhere."""
    counted = sources[(sources[list(columns)].astype("int64") > 0).any(axis=1)]
    weight = counted[source_id].map(pairs.groupby("source")["weight"].sum())
    lost = counted[weight.fillna(0.0).to_numpy() <= 0]
    if len(lost):
        untouched = weight.isna().loc[lost.index]
        raise DataError(
            Fault(
                file=file,
                column=source_id,
                found=str(area),
                allowed=_NO_TARGET if alone else _no_weight(by),
                remedy=say("give the units of this area, or take the area out of the file")
                if alone
                else say("fill the weights in, or share by another"),
            )
            for area, alone in sorted(zip(lost[source_id], untouched, strict=True))
        )


def _no_weight(by: str) -> Text:
    return say("an area whose units weigh something by {by}; all of them weigh nothing", by=by)
