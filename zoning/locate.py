"""Where a child lives: the unit, the zone, the district and the point from which distance counts.

The order is declared: the unit that the row names; else the unit that its address falls under
(`zoning.addresses`); else the unit in which its point lies; else the zone that the row names, or in which
its point lies. What the others say does not change the place; `zoning.disagreements` lists it.

A point on a border belongs to the lower id, of units as of zones, districts and streets: ids are compared
as texts. Whether a point lies on a border is decided on the coordinates as they are, without a tolerance:
where two neighbours have the same corners along their border, every point on either side or on the border
itself is found in one of them, and none falls between.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import City, DataError, Fault, say
from zoning.addresses import units_by_address
from zoning.cells import cells_of
from zoning.outline import outline_zones
from zoning.plan import zone_of

Points = npt.NDArray[np.object_]

_PAIRS = 1 << 20
"""So many pairs of point and shape are looked at in one go, so that memory stays small."""


def locate_children(city: City, plan: pd.DataFrame, applicants: pd.DataFrame) -> pd.DataFrame:
    """Locate children.

    Parameters
    ----------
    city : City
        Units, zones, districts.
    plan : DataFrame
        As `plan_in` returns it.
    applicants : GeoDataFrame, shape (n,)
        The table `applicants`; by `unit_id`, by `address`, by point or by `zone_id`.

    Returns
    -------
    DataFrame, shape (n,)
        applicant_id, unit_id, zone_id, district_id, street_id (that of the unit, else the street in which
        its point lies), home_id (children with one home_id have the same point), geometry (the point from
        which distance counts, or None).

    Raises
    ------
    DataError
        For each child who has no zone, whose named zone is another than that of the unit, or who has
        nothing but an address that decides on no unit.
    """
    points = applicants.geometry.to_numpy()
    unit = units_by_address(city, applicants)
    to_find = (unit.isna() & applicants.geometry.notna()).to_numpy()
    if to_find.any():
        found = lowest_id_at(points[to_find], city["units"].geometry.to_numpy(), city["units"]["unit_id"])
        unit[to_find] = found
    zone = zone_of(plan, unit, applicants["category"])
    rest = (zone.isna() & applicants["zone_id"].isna() & applicants.geometry.notna()).to_numpy()
    if rest.any():
        zones = outline_zones(city, plan)
        zone[rest] = lowest_id_at(points[rest], zones.geometry.to_numpy(), zones["zone_id"])
    _raise_on_contradictions(applicants, zone)
    zone = zone.fillna(applicants["zone_id"])
    _raise_on_homeless(applicants, unit, zone)
    # looking up in an empty table gives floats; these are texts
    district = zone.map(city["zones"].set_index("zone_id")["district_id"]).astype("str")
    of_unit = unit.map(city["units"].set_index("unit_id")["district_id"]).astype("str")
    own_point = applicants.geometry.notna()
    home = ("unit:" + unit).where(~own_point, "child:" + applicants["applicant_id"])
    home = home.fillna("zone:" + zone)
    return pd.DataFrame(
        {
            "applicant_id": applicants["applicant_id"],
            "unit_id": unit,
            "zone_id": zone,
            "district_id": of_unit.fillna(district),
            "street_id": _streets(city, points, unit),
            "home_id": home,
            "geometry": _home_points(city, applicants, unit),
        }
    )


def _streets(city: City, points: Points, unit: pd.Series) -> pd.Series:
    street = unit.map(city["units"].set_index("unit_id")["street_id"]).astype("str")
    streets = city["streets"]
    streets = streets[streets.geometry.notna()]
    rest = street.isna().to_numpy() & ~shapely.is_missing(points)
    if len(streets) and rest.any():
        street[rest] = lowest_id_at(points[rest], streets.geometry.to_numpy(), streets["street_id"])
    return street


def lowest_id_at(points: Points, shapes: Points, ids: pd.Series) -> npt.NDArray[np.object_]:
    """Return for each point the lowest id of the shapes that it lies in or on; None if there is none.

    Parameters
    ----------
    points : array of Point, shape (n,)
    shapes : array of polygons, shape (m,)
    ids : Series of str, shape (m,)

    Examples
    --------
    >>> squares = shapely.box([0, 1], 0, [1, 2], 1)
    >>> lowest_id_at(shapely.points([[1.0, 0.5], [3.0, 0.5]]), squares, pd.Series(["B", "A"])).tolist()
    ['A', None]
    """
    in_order = np.argsort(ids.to_numpy(dtype=str), kind="stable")
    ranked = np.asarray(shapes, dtype=object)[in_order]
    names = np.full(len(ranked) + 1, None, dtype=object)
    names[:-1] = ids.to_numpy(dtype=object)[in_order]
    rows, places = _places(points)
    lowest = np.full(len(places), len(ranked), dtype=np.int64)
    cells = cells_of(places, ranked)
    size = max(_PAIRS // max(cells.most, 1), 1)
    for start in range(0, len(places), size):
        which, where, sure = cells.candidates(start, start + size)
        # the prepared polygon against bare coordinates, which needs no geometry for the point
        open_ = np.flatnonzero(~sure)
        place = places[which[open_]]
        sure[open_] = shapely.intersects_xy(ranked[where[open_]], place[:, 0], place[:, 1])
        np.minimum.at(lowest, which[sure], where[sure])
    found = np.full(len(points), None, dtype=object)
    found[rows] = names[lowest]
    return found


def _places(points: Points) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return the rows that have a point, and its coordinates."""
    points = np.asarray(points, dtype=object)
    there = np.flatnonzero(~(shapely.is_missing(points) | shapely.is_empty(points)))
    places: npt.NDArray[np.float64] = shapely.get_coordinates(points)
    return there, places


def unit_points(city: City) -> pd.Series:
    """Return the point of each unit from which distance counts (inside its polygon), by unit_id."""
    units = city["units"]
    points = shapely.point_on_surface(units.geometry.to_numpy())
    return pd.Series(points, index=units["unit_id"].to_numpy(), dtype=object)


def _home_points(city: City, applicants: pd.DataFrame, unit: pd.Series) -> Points:
    of_unit = unit.map(unit_points(city)).to_numpy(dtype=object)
    own = applicants.geometry.to_numpy()
    points: Points = own.copy()
    blank = shapely.is_missing(own)
    points[blank] = of_unit[blank]
    points[~shapely.is_geometry(points)] = None  # a unit without geometry gives NaN
    return points


def _raise_on_contradictions(applicants: pd.DataFrame, zone: pd.Series) -> None:
    named = applicants["zone_id"]
    wrong = named.notna() & zone.notna() & (named != zone)
    if wrong.any():
        raise DataError(
            Fault(
                file="applicants",
                column="zone_id",
                found=str(named[index]),
                allowed=say(
                    "the zone of the home, {zone} (applicant {applicant})",
                    zone=zone[index],
                    applicant=applicants["applicant_id"][index],
                ),
                remedy=say("correct the zone or the unit, or leave the zone blank"),
            )
            for index in applicants.index[wrong]
        )


def _raise_on_homeless(applicants: pd.DataFrame, unit: pd.Series, zone: pd.Series) -> None:
    lost = zone.isna()
    if lost.any():
        raise DataError(
            Fault(
                file="applicants",
                column="unit_id",
                found=None if pd.isna(unit[index]) else str(unit[index]),
                allowed=say(
                    "a unit, a point or a zone from which the zone follows (applicant {applicant})",
                    applicant=applicants["applicant_id"][index],
                ),
                remedy=say("give the unit, or add the unit to the plan"),
            )
            for index in applicants.index[lost]
        )
