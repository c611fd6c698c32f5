"""How many children live within the service radius of a school, by the district of their home."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import City
from geodata.metres import UNKNOWN_M
from zoning.locate import locate_children, unit_points
from zoning.plan import plan_in, zone_of
from zoning.travel import distances_m, part_of, travel_of

COLUMNS = ["district_id", "children", "metres"]


def within_radius(ways: pd.DataFrame, radius_m: int) -> pd.DataFrame:
    """Count children by district: with a known way to school, and within the service radius.

    Parameters
    ----------
    ways : DataFrame
        district_id, children, metres (missing where unknown).
    radius_m : int
        A way of exactly that many metres is within it.

    Returns
    -------
    DataFrame
        district_id, ways_known, within, within_share (NaN where no way is known).
    """
    known = ways[ways["metres"].notna()]
    counts = pd.DataFrame(
        {
            "ways_known": known.groupby("district_id")["children"].sum(),
            "within": known[known["metres"] <= radius_m].groupby("district_id")["children"].sum(),
        }
    )
    counts = counts.reindex(sorted(set(ways["district_id"].dropna()))).fillna(0).astype("int64")
    counts["within_share"] = counts["within"] / counts["ways_known"].where(counts["ways_known"] > 0)
    return counts.rename_axis("district_id").reset_index()


def ways_to_zone_schools(city: City) -> pd.DataFrame:
    """Return how far children live from the nearest school of their own zone, before anybody is placed.

    Returns
    -------
    DataFrame
        district_id (of the home), children, metres: a row for each applicant, or, where there is no list of
        applicants, for each unit and category of `demand` in the project's year.

    Notes
    -----
    Straight metres (over links where water lies between), or those of the table `travel`, which go first.
    """
    homes = _homes_listed(city) if city.has("applicants") else _homes_counted(city)
    if not len(homes):
        return pd.DataFrame(columns=COLUMNS).astype({"children": "int64", "metres": "float64"})
    metres = _nearest_in_zone_m(city, homes)
    return homes.assign(metres=metres)[COLUMNS].reset_index(drop=True)


def ways_of_placed(placements: pd.DataFrame) -> pd.DataFrame:
    """Return how far the placed children of a run have to go: district_id, children (1 each), metres."""
    placed = placements[placements["outcome"] == "placed"]
    return pd.DataFrame(
        {
            "district_id": placed["district_id"].to_numpy(),
            "children": 1,
            "metres": placed["distance_m"].to_numpy(dtype="float64", na_value=np.nan),
        }
    )


def _homes_listed(city: City) -> pd.DataFrame:
    applicants = city["applicants"]
    plan = plan_in(city, city.project.project.year)
    located = locate_children(city, plan, applicants)
    table = located[["zone_id", "district_id", "unit_id", "geometry"]]
    return pd.DataFrame(table).assign(children=1).reset_index(drop=True)


def _homes_counted(city: City) -> pd.DataFrame:
    plan = plan_in(city, city.project.project.year)
    demand = city["demand"]
    now = demand[demand["year"] == city.project.project.year].reset_index(drop=True)
    units = city["units"].set_index("unit_id")
    return pd.DataFrame(
        {
            "zone_id": zone_of(plan, now["unit_id"], now["category"]),
            "district_id": now["unit_id"].map(units["district_id"]),
            "unit_id": now["unit_id"],
            "geometry": now["unit_id"].map(unit_points(city)).to_numpy(dtype=object),
            "children": now["children"].astype("int64"),
        }
    )


def _nearest_in_zone_m(city: City, homes: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return the metres of each home to the nearest school of its zone, NaN where none is known."""
    travel, schools = travel_of(city), city["schools"]
    places, first = _distinct_places(homes)
    targets = _coordinates(schools.geometry.to_numpy())
    metres = distances_m(
        travel, places, part_of(travel.parts, places), targets, part_of(travel.parts, targets)
    )
    pairs = homes[["zone_id", "unit_id"]].assign(row=np.arange(len(homes)))
    pairs = pairs.merge(city["serves"][["zone_id", "school_id"]], on="zone_id")
    column = pd.Index(schools["school_id"]).get_indexer(pairs["school_id"])
    way = metres[first[pairs["row"]], column].astype("float64")
    way = np.where(way >= UNKNOWN_M, np.nan, way)
    if travel.given_m is not None:
        given = travel.given_m.reindex(pd.MultiIndex.from_frame(pairs[["unit_id", "school_id"]]))
        stated = given.to_numpy(dtype="float64", na_value=np.nan)
        way = np.where(np.isnan(stated), way, np.rint(stated))
    nearest = pd.Series(way).groupby(pairs["row"].to_numpy()).min()
    return np.asarray(nearest.reindex(range(len(homes))), dtype=np.float64)


def _distinct_places(
    homes: pd.DataFrame,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return the distinct places of homes, and which of them each home is."""
    places = _coordinates(homes["geometry"].to_numpy(dtype=object))
    distinct, which = np.unique(places, axis=0, return_inverse=True)
    return distinct, np.asarray(which, dtype=np.int64).reshape(-1)


def _coordinates(points: npt.NDArray[np.object_]) -> npt.NDArray[np.float64]:
    there = shapely.is_geometry(points)
    places = np.full((len(points), 2), np.nan)
    places[there] = shapely.get_coordinates(points[there])
    return places
