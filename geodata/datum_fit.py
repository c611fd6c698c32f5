"""Whether another datum than the one declared would put more points into their districts.

Coordinates do not say what they are. Where districts have polygons, points in the wrong datum fall out
of them along the border: half a kilometre off for GCJ-02, one and a half for BD-09.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import datum as datums
from geodata.messages import Text, say

if TYPE_CHECKING:
    from geodata.city import City

CANDIDATES = ("wgs84", "gcj02", "bd09")
"""Tried for coordinates in degrees; cgcs2000 counts as wgs84, from which it differs by decimetres."""
TABLES = ("schools", "units", "zones", "streets", "applicants")

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatumFit:
    """How many points of a layer lie in their district under each datum.

    Parameters
    ----------
    declared : str
        What the layer is declared to be in.
    points : int
        How many points there are.
    inside : mapping of str to int
        For each of `CANDIDATES`, how many lie in their district.
    """

    declared: str
    points: int
    inside: Mapping[str, int]

    @property
    def here(self) -> int:
        """How many lie in their district under the declared datum."""
        return self.inside[_alike(self.declared)]

    @property
    def better(self) -> tuple[str, ...]:
        """The datums under which most lie in their district, if more than under the declared one."""
        most = max(self.inside.values())
        return tuple(d for d, inside in self.inside.items() if inside == most) if most > self.here else ()

    def figures(self) -> Text:
        """Return the counts in words, the best first."""
        first, second, third = sorted(self.inside, key=lambda datum: -self.inside[datum])
        return say(
            "{a} of {n} points lie in their district as {first}, {b} as {second}, {c} as {third}",
            n=self.points,
            a=self.inside[first],
            b=self.inside[second],
            c=self.inside[third],
            first=first,
            second=second,
            third=third,
        )

    def warning(self, table: str) -> Text | None:
        """Return the doubt about a layer in words, None where the declared datum fits best."""
        if not self.better:
            return None
        return say(
            "{table} is declared as {declared}, and {figures}: it may really be in {better}, or the "
            "districts in another datum than declared; check it against a place that you know",
            table=table,
            declared=self.declared,
            figures=self.figures(),
            better=" / ".join(self.better),
        )


def better_datum(
    points: Any,
    declared: str,
    district_ids: Any,
    districts: Any,
    ids: Any,
    districts_datum: str,
) -> DatumFit | None:
    """Count the points that lie in their district, as if their coordinates were in each datum.

    Parameters
    ----------
    points : array of shapely geometries, shape (n,)
        As they stand in the file; None where there is none. Of polygons and lines a point on them counts.
    declared : str
        What they are declared to be in.
    district_ids : array of str, shape (n,)
        The district that each row declares; missing where it declares none: then any district counts.
    districts : array of polygons, shape (m,)
        As they stand in their file.
    ids : array of str, shape (m,)
        Their ids.
    districts_datum : str
        What the polygons are in.

    Returns
    -------
    DatumFit or None
        None where nothing can be said: no points, no polygons, or coordinates that are not degrees.

    Examples
    --------
    >>> box = shapely.box(113.20, 23.05, 113.26, 23.16)
    >>> fit = better_datum([shapely.Point(113.203, 23.1)], "wgs84", ["A"], [box], ["A"], "wgs84")
    >>> dict(fit.inside), fit.better
    ({'wgs84': 1, 'gcj02': 0, 'bd09': 0}, ())
    """
    points, own = np.asarray(points, dtype=object), pd.Series(district_ids, dtype="str")
    there = ~shapely.is_missing(points)
    known = ~shapely.is_missing(np.asarray(districts, dtype=object))
    if not there.any() or not known.any() or not _is_degrees(declared) or districts_datum == "local-metres":
        return None
    places = shapely.get_coordinates(shapely.point_on_surface(points[there]))
    shapes, names = np.asarray(districts, dtype=object)[known], np.asarray(ids, dtype=object)[known]
    # a district without a polygon cannot hold a point: such rows count as if they named none
    named = own[there].where(own[there].isin(set(names))).to_numpy(dtype=object)
    tree = shapely.STRtree(shapes)
    inside = {}
    for datum in CANDIDATES:
        moved = datums.convert(places[:, 0], places[:, 1], datum, districts_datum)
        inside[datum] = int(_inside(tree, names, shapely.points(*moved), named).sum())
    return DatumFit(declared=declared, points=len(places), inside=inside)


def fit_in_metres(
    points: Any, declared: str, district_ids: Any, districts: Any, ids: Any, metric_crs: str
) -> DatumFit | None:
    """Count as `better_datum`, of layers that are both in the metric CRS already.

    The points are brought back to the datum that they were declared to be in.
    """
    if not _is_degrees(declared) or metric_crs == "local-metres":
        return None
    there = datums.convert_shapes(np.asarray(points, dtype=object), metric_crs, declared)
    return better_datum(there, declared, district_ids, districts, ids, metric_crs)


def doubtful_datums(city: City) -> tuple[Text, ...]:
    """Return a warning for each layer of which more points would lie in their districts in another datum.

    Parameters
    ----------
    city : City
        Its layers are in the metric CRS; they are brought back to the datum that the project declares.

    Notes
    -----
    A row of the city that named no district has been given the one it lies in. Where a layer's districts do
    not come from its own source, and some row has none at all, any district counts for every row.
    """
    districts = city["districts"]
    found = []
    for name in TABLES:
        source = city.project.tables.get(name)
        frame = city[name]
        if source is None or source.datum is None or "geometry" not in frame or len(frame) == 0:
            continue
        own = frame["district_id"] if "district_id" in frame else pd.Series(None, index=frame.index)
        said = "district_id" in source.columns or "district_id" in source.constants
        if not said and own[frame.geometry.notna()].isna().any():
            own = pd.Series(None, index=frame.index, dtype="str")
        fit = fit_in_metres(
            frame.geometry.to_numpy(),
            source.datum,
            own,
            districts.geometry.to_numpy(),
            districts["district_id"].to_numpy(),
            city.metric_crs,
        )
        warning = None if fit is None else fit.warning(name)
        found += [] if warning is None else [warning]
    return tuple(found)


def _inside(tree: shapely.STRtree, names: Any, places: Any, named: Any) -> Bools:
    """Return which places lie in or on the district that they name, or in any if they name none."""
    which, where = tree.query(places, predicate="intersects")
    fits = pd.isna(named[which]) | (names[where] == named[which])
    inside = np.zeros(len(places), dtype=bool)
    inside[which[fits]] = True
    return inside


def _is_degrees(datum: str) -> bool:
    """Whether the same numbers may be read in each of `CANDIDATES`."""
    return datum in (*CANDIDATES, "cgcs2000") or datums.crs_of(datum) == datums.crs_of("wgs84")


def _alike(datum: str) -> str:
    return datum if datum in CANDIDATES else "wgs84"
