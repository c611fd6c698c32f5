"""Campuses, the zones that they serve, and the seats that they offer."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import KDTree

from geodata.sample import ground as grounds
from geodata.sample.demand import YEAR
from geodata.sample.estates import Estates, codes, number_in
from geodata.sample.sharing import Floats, Ints, apportion, group

CLASS_SIZE = 45
MOST_CLASSES = 12
LEAST_CAMPUSES = 2
LEAST_SURPLUS = 0.001  # of the whole city: the municipal stage must be able to place everyone
MULTI_SCHOOL_SHARE = 0.12
_THREE_SCHOOLS = 0.25
_NINE_YEAR = 0.06
_SPREAD = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Schools:
    """The schools of the sample, each table in order of its key.

    Parameters
    ----------
    schools : GeoDataFrame, shape (s,), WGS-84
    zones, serves, plan, seats : DataFrame
    """

    schools: gpd.GeoDataFrame
    zones: pd.DataFrame
    serves: pd.DataFrame
    plan: pd.DataFrame
    seats: pd.DataFrame


def make_schools(
    figures: pd.DataFrame,
    estates: Estates,
    children: Ints,
    *,
    scale: float,
    rng: np.random.Generator,
) -> Schools:
    """Place campuses, draw zones around them, and give them classes.

    Parameters
    ----------
    figures : DataFrame
        The districts.
    estates : Estates
    children : array of int, shape (n, 3)
        Favoured, household and points children of each unit.
    scale : float
    rng : numpy.random.Generator

    Notes
    -----
    1. Campuses stand near the middle of about equal numbers of children.
    2. A unit belongs to the nearest campus of its district, by straight distance.
    3. About 12 % of the campuses are joined in zones of two or three neighbours.
    4. Classes: the district's number follows from what is known of shortage there; schools get them
       by their children, with noise, so that some zones are short and others are not.
    """
    units = estates.units
    campuses = _place_campuses(figures, estates, children.sum(axis=1), scale=scale, rng=rng)
    campus_of = _nearest_campus(units, estates.places, campuses)
    campuses["zone_of"] = _join_neighbours(campuses, rng=rng)
    campuses["children"] = np.bincount(campus_of, children.sum(axis=1), len(campuses))
    campuses["classes"] = _classes(figures, units, campuses, children, rng=rng)
    lead = campuses["school_id"].to_numpy()[campuses["zone_of"]]
    # a zone bears the number of its first school: 思明-Z07 is served by 思明-S07
    campuses["zone_id"] = pd.Series(lead).str.replace("-S", "-Z")
    serves = campuses[["zone_id", "school_id"]].sort_values(["zone_id", "school_id"])
    zones = campuses.drop_duplicates("zone_id")[["zone_id", "short", "district_id"]]
    zones.insert(1, "name", zones["short"] + "合成" + zones["zone_id"].str.partition("-Z")[2] + "片区")
    plan = pd.DataFrame({"unit_id": units["unit_id"], "zone_id": campuses["zone_id"].to_numpy()[campus_of]})
    seats = campuses[["school_id"]].assign(
        level="primary", grade=1, year=YEAR, classes=campuses["classes"], class_size=CLASS_SIZE
    )
    columns = ["school_id", "name", "district_id", "kind", "geometry"]
    return Schools(
        schools=gpd.GeoDataFrame(campuses[columns], crs="EPSG:4326"),
        zones=zones.drop(columns="short").sort_values("zone_id", ignore_index=True),
        serves=serves.reset_index(drop=True),
        plan=plan,
        seats=seats,
    )


def _place_campuses(
    figures: pd.DataFrame,
    estates: Estates,
    children: Ints,
    *,
    scale: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    district = estates.units["district"].to_numpy()
    wanted = max(round(int(figures["campuses"].sum()) * scale), LEAST_CAMPUSES * len(figures))
    counts = apportion(figures["campuses"], wanted, low=LEAST_CAMPUSES, high=np.bincount(district))
    weights: Floats = children.astype(np.float64) + 1.0  # a campus also where few children live
    chosen = []
    for row in range(len(figures)):
        mine = np.flatnonzero(district == row)
        centres, _ = group(estates.places[mine], weights[mine], int(counts[row]), rng=rng)
        chosen.append(mine[centres])
    units = np.concatenate(chosen)
    frame = pd.DataFrame({"district": district[units]})
    frame["short"] = frame["district"].map(figures["short"])
    frame["district_id"] = frame["district"].map(figures["district_id"])
    places = _beside(estates.places[units], estates.units.geometry.to_numpy()[units], rng=rng)
    number = number_in(frame["district"], places)
    frame["school_id"] = codes(frame["short"] + "-S", number, digits=2)
    frame["kind"] = np.where(rng.random(len(frame)) < _NINE_YEAR, "nine-year", "public")
    ending = frame["kind"].map({"nine-year": "学校", "public": "小学"})
    frame["name"] = codes(frame["short"] + "合成", number, digits=2) + ending
    frame["geometry"] = shapely.points(np.round(grounds.to_degrees(places), grounds.DEGREE_DECIMALS))
    frame["easting"], frame["northing"] = places.T
    return frame.sort_values("school_id", ignore_index=True)


def _beside(places: Floats, shapes: npt.NDArray[np.object_], *, rng: np.random.Generator) -> Floats:
    """Return places some steps aside, where that is still well inside the unit."""
    aside = places + rng.uniform(-40.0, 40.0, places.shape)
    inner = shapely.buffer(grounds.to_metric(shapes), -5.0)
    stays = shapely.contains_xy(inner, aside[:, 0], aside[:, 1])
    return np.where(stays[:, None], aside, places)


def _nearest_campus(units: pd.DataFrame, places: Floats, campuses: pd.DataFrame) -> Ints:
    result = np.empty(len(units), dtype=np.int64)
    spots = campuses[["easting", "northing"]].to_numpy()
    for row, there in campuses.groupby("district").groups.items():
        mine = (units["district"] == row).to_numpy()
        result[mine] = there.to_numpy()[KDTree(spots[there]).query(places[mine])[1]]
    return result


def _join_neighbours(campuses: pd.DataFrame, *, rng: np.random.Generator) -> Ints:
    """Return for each campus the row of the first campus of its zone."""
    zone_of = np.arange(len(campuses))
    spots = campuses[["easting", "northing"]].to_numpy()
    for _, rows in campuses.groupby("district"):
        there = rows.index.to_numpy()
        left = round(len(there) * MULTI_SCHOOL_SHARE)
        free = np.ones(len(there), dtype=bool)
        for start in rng.permutation(len(there)):
            size = 3 if left >= 3 and (left == 3 or rng.random() < _THREE_SCHOOLS) else 2
            if left < 2 or not free[start]:
                continue
            off = ((spots[there] - spots[there[start]]) ** 2).sum(axis=1)
            near = np.argsort(np.where(free, off, np.inf), kind="stable")[:size]
            free[near] = False
            zone_of[there[near]] = there[near].min()
            left -= size
    return zone_of


def _classes(
    figures: pd.DataFrame,
    units: pd.DataFrame,
    campuses: pd.DataFrame,
    children: Ints,
    *,
    rng: np.random.Generator,
) -> Ints:
    district = units["district"].to_numpy()
    everyone = np.bincount(district, children.sum(axis=1))
    points = np.bincount(district, children[:, 2])
    schools = np.bincount(campuses["district"])
    target = everyone * (1 + figures["surplus_share"]) - points * (1 - figures["points_seated_share"])
    # whoever does not apply by points always finds a seat in the district
    least = np.maximum(schools, np.ceil((everyone - points) / CLASS_SIZE))
    total = max(
        round(target.sum() / CLASS_SIZE),
        int(np.ceil(everyone.sum() * (1 + LEAST_SURPLUS) / CLASS_SIZE)),
        int(least.sum()),
    )
    by_district = apportion(target, total, low=least, high=schools * MOST_CLASSES)
    weights = (campuses["children"] + 1.0) * rng.lognormal(0.0, _SPREAD, len(campuses))
    result = np.empty(len(campuses), dtype=np.int64)
    for row, count in enumerate(by_district):
        mine = (campuses["district"] == row).to_numpy()
        result[mine] = apportion(weights[mine], int(count), low=1, high=MOST_CLASSES)
    return result
