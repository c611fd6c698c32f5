"""Distance from homes to schools, in whole metres: straight on one land part, over links between two.

A city's land parts are the connected parts of the union of its districts. Between two of them
nobody walks straight across the water: a way leads home - link - (link -) school.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import csgraph

from geodata import City, DataError, Fault, say
from geodata.metres import UNKNOWN_M

Metres = npt.NDArray[np.int32]
Seconds = npt.NDArray[np.int32]
Coordinates = npt.NDArray[np.float64]

UNKNOWN_S = UNKNOWN_M
"""Stands in arrays for unknown seconds."""

_BLOCK = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Travel:
    """The ground on which distance is measured.

    Parameters
    ----------
    parts : array of Polygon, shape (p,)
        The land parts, largest first; empty where the districts have no polygons (one part then).
    ends : array, shape (e, 2)
        Easting and northing of the ends of the links.
    end_parts : array of int, shape (e,)
        The part on which each end lies.
    between_ends_m : array, shape (e, e)
        The least metres from end to end, over links and over land; infinite where there is no way.
    given_m : DataFrame, optional
        The table `travel`: metres by unit and school, which count before anything measured.
    """

    parts: npt.NDArray[np.object_]
    ends: Coordinates
    end_parts: npt.NDArray[np.int64]
    between_ends_m: npt.NDArray[np.float64]
    given_m: pd.Series | None = None


def travel_of(city: City) -> Travel:
    """Return the ground of a city: its land parts and the links between them.

    Raises
    ------
    DataError
        If a link ends on no land part.
    """
    districts = city["districts"]
    shapes = districts.geometry[districts.geometry.notna()].to_numpy()
    parts = _land_parts(shapes)
    links = city["links"]
    ends = np.empty((0, 2))
    if len(links):
        lines = links.geometry.to_numpy()
        first, last = shapely.get_point(lines, 0), shapely.get_point(lines, -1)
        ends = shapely.get_coordinates(np.concatenate([first, last]))
    end_parts = part_of(parts, ends)
    _raise_on_links_off_land(links, end_parts)
    given = city["travel"]
    metres = None
    if len(given) and given["metres"].notna().any():
        metres = given.set_index(["unit_id", "school_id"])["metres"]
    return Travel(
        parts=parts,
        ends=ends,
        end_parts=end_parts,
        between_ends_m=_between_ends(ends, end_parts, links["length_m"].to_numpy(dtype="float64")),
        given_m=metres,
    )


def coordinates_of(points: npt.NDArray[np.object_]) -> Coordinates:
    """Return easting and northing of points, shape (n, 2); NaN where there is none."""
    there = ~shapely.is_missing(points)
    places = np.full((len(points), 2), np.nan)
    places[there] = shapely.get_coordinates(points[there])
    return places


def part_of(parts: npt.NDArray[np.object_], places: Coordinates) -> npt.NDArray[np.int64]:
    """Return the land part of each place, shape (n,): 0 is the largest; the nearest one if in none.

    A place more than 100 m from every part, or with unknown coordinates, gets -1: it lies nowhere, and
    no distance to it is known.
    """
    if len(parts) == 0:
        return np.zeros(len(places), dtype=np.int64)
    found = np.full(len(places), -1, dtype=np.int64)
    known = np.isfinite(places).all(axis=1)
    tree = shapely.STRtree(parts)
    # within 100 m: homes on a quay and ends of bridges lie just off a simplified shore
    which, where = tree.query_nearest(shapely.points(places[known]), max_distance=100.0)
    lowest = pd.Series(where).groupby(which).min()
    found[np.flatnonzero(known)[lowest.index]] = lowest.to_numpy()
    return found


def distances_m(
    travel: Travel,
    homes: Coordinates,
    home_parts: npt.NDArray[np.int64],
    schools: Coordinates,
    school_parts: npt.NDArray[np.int64],
) -> Metres:
    """Return the distance of every home to every school.

    Parameters
    ----------
    travel : Travel
        The ground.
    homes, schools : array, shape (h, 2) and (s, 2)
        Easting and northing in the metric CRS; NaN where unknown.
    home_parts, school_parts : array of int, shape (h,) and (s,)
        As `part_of` gives them.

    Returns
    -------
    array of int32, shape (h, s)
        Whole metres, rounded half to even; `UNKNOWN_M` where either place is unknown or no link
        leads there.
    """
    result = np.empty((len(homes), len(schools)), dtype=np.int32)
    # an array of homes x schools, and one of homes x ends x ends
    step = max(1, _BLOCK // max(1, len(schools), len(travel.ends) ** 2))
    for start in range(0, len(homes), step):
        rows = slice(start, start + step)
        result[rows] = _block(travel, homes[rows], home_parts[rows], schools, school_parts)
    return result


def _block(
    travel: Travel,
    homes: Coordinates,
    home_parts: npt.NDArray[np.int64],
    schools: Coordinates,
    school_parts: npt.NDArray[np.int64],
) -> Metres:
    same = (home_parts[:, None] == school_parts[None, :]) & (home_parts[:, None] >= 0)
    metres = np.where(same, _straight(homes, schools), np.inf)
    if len(travel.ends) and not same.all():
        to_ends = np.where(
            home_parts[:, None] == travel.end_parts[None, :], _straight(homes, travel.ends), np.inf
        )
        from_ends = np.where(
            travel.end_parts[:, None] == school_parts[None, :],
            _straight(travel.ends, schools),
            np.inf,
        )
        over = np.full(metres.shape, np.inf)
        through = np.min(to_ends[:, :, None] + travel.between_ends_m[None, :, :], axis=1)
        for end in range(len(travel.ends)):
            np.minimum(over, through[:, end, None] + from_ends[None, end, :], out=over)
        metres = np.where(same, metres, over)
    known = metres < UNKNOWN_M  # also where it is not finite
    whole = np.rint(np.where(known, metres, 0.0)).astype(np.int32)
    return np.where(known, whole, UNKNOWN_M).astype(np.int32)


def _straight(a: Coordinates, b: Coordinates) -> npt.NDArray[np.float64]:
    # sqrt of a sum of squares, not hypot: IEEE 754 rounds each of these the same on every machine
    east = a[:, None, 0] - b[None, :, 0]
    north = a[:, None, 1] - b[None, :, 1]
    metres = np.sqrt(east * east + north * north)
    return np.where(np.isnan(metres), np.inf, metres)


def _land_parts(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    if len(shapes) == 0:
        return np.empty(0, dtype=object)
    parts = shapely.get_parts(shapely.union_all(shapes))
    order = np.argsort(-shapely.area(parts), kind="stable")
    return np.asarray(parts[order], dtype=object)


def _between_ends(
    ends: Coordinates, end_parts: npt.NDArray[np.int64], length_m: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the least metres between link ends: straight on a shared part, over the links else."""
    if len(ends) == 0:
        return np.empty((0, 0))
    same = end_parts[:, None] == end_parts[None, :]
    steps = np.where(same, _straight(ends, ends), np.inf)
    half = len(length_m)
    pairs = np.arange(half), np.arange(half) + half
    steps[pairs] = np.minimum(steps[pairs], length_m)
    steps[pairs[::-1]] = steps[pairs]
    return np.asarray(csgraph.floyd_warshall(csgraph.csgraph_from_dense(steps, null_value=np.inf)))


def _raise_on_links_off_land(links: pd.DataFrame, end_parts: npt.NDArray[np.int64]) -> None:
    off = np.flatnonzero((end_parts < 0).reshape(2, -1).any(axis=0))
    if len(off):
        raise DataError(
            Fault(
                file="links",
                column="geometry",
                found=str(links["link_id"].iloc[index]),
                allowed=say("both ends of a link within 100 m of a district's land"),
                remedy=say("move the end of the line onto the land"),
            )
            for index in off
        )


def given_beside(
    travel: Travel,
    metres: Metres,
    units: npt.NDArray[np.object_],
    schools: npt.NDArray[np.object_],
) -> Metres:
    """Return measured metres with those of the table `travel` in their place, where it has the pair.

    Parameters
    ----------
    travel : Travel
    metres : array of int32, shape (h, s)
        As `distances_m` gives them.
    units, schools : array of str, shape (h,) and (s,)
        The unit of each home (missing where it has none) and the school's id.
    """
    if travel.given_m is None:
        return metres
    known = _spread(travel.given_m, units, schools)
    return np.where(np.isnan(known), metres, _whole(known)).astype(np.int32)


def given_seconds(
    city: City, units: npt.NDArray[np.object_], schools: npt.NDArray[np.object_]
) -> Seconds | None:
    """Return the seconds of the table `travel`, in whole ones; None where it has none.

    Nothing is measured in their place: how fast anybody goes is not known.

    Parameters
    ----------
    city : City
    units, schools : array of str, shape (h,) and (s,)
        As for `given_beside`.

    Returns
    -------
    array of int32, shape (h, s)
        Rounded half to even; `UNKNOWN_S` where the table does not have the pair.
    """
    given = city["travel"]
    if not given["seconds"].notna().any():
        return None
    return _whole(_spread(given.set_index(["unit_id", "school_id"])["seconds"], units, schools))


def _spread(
    given: pd.Series, units: npt.NDArray[np.object_], schools: npt.NDArray[np.object_]
) -> npt.NDArray[np.float64]:
    """Return numbers by unit and school as an array, shape (h, s); NaN where there is none."""
    of_home, own = pd.factorize(np.asarray(units, dtype=object))  # -1 for a home without a unit
    row = pd.Index(own).get_indexer(given.index.get_level_values(0))
    column = pd.Index(schools).get_indexer(given.index.get_level_values(1))
    there = (row >= 0) & (column >= 0)
    table = np.full((len(own) + 1, len(schools)), np.nan)
    table[row[there], column[there]] = given.to_numpy(dtype=np.float64)[there]
    return np.asarray(table[of_home], dtype=np.float64)


def _whole(known: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
    whole = np.where(known < UNKNOWN_M, np.rint(np.nan_to_num(known)), UNKNOWN_M)
    return whole.astype(np.int32)
