"""Estates (小区): where they lie, what ground is theirs, and the communities and streets they form."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata.sample import ground as grounds
from geodata.sample.ground import Ground
from geodata.sample.partition import make_cells
from geodata.sample.places import draw_places
from geodata.sample.sharing import Floats, Ints, apportion, group

ESTATES = 5000
LEAST_ESTATES = 3
PERSONS_A_HOUSEHOLD = 2.33  # census of 2020, whole city


@dataclass(frozen=True, slots=True, kw_only=True)
class Estates:
    """The planning units of the sample.

    Parameters
    ----------
    units : GeoDataFrame, shape (n,), WGS-84
        The table `units`, in order of unit_id, and `district`: the row of the district.
    streets : DataFrame
        The table `streets`.
    places : array, shape (n, 2)
        Easting and northing of a point inside each unit.
    """

    units: gpd.GeoDataFrame
    streets: pd.DataFrame
    places: Floats


def make_estates(ground: Ground, *, scale: float, rng: np.random.Generator) -> Estates:
    """Lay out estates, communities and streets.

    Notes
    -----
    1. Estates are shared over districts by residents, and drawn inside each by an assumed density.
    2. An estate's ground is its Voronoi cell within its district.
    3. Communities are groups of near estates of about equal households; streets are groups of communities.
    4. Numbers run from north to south.
    """
    figures = ground.figures
    districts = len(figures)
    total = max(round(ESTATES * scale), LEAST_ESTATES * districts)
    counts = apportion(figures["residents_10k"], total, low=LEAST_ESTATES)
    seeds = [draw_places(ground, d, int(counts[d]), rng=rng.spawn(1)[0]) for d in range(districts)]
    shapes = make_cells(ground, seeds)
    places = grounds.coordinates(shapely.point_on_surface(grounds.to_metric(shapes)))
    district = np.repeat(np.arange(districts), counts)
    households = _households(figures, district, scale=scale, rng=rng)
    community, street = _groups(figures, district, places, households, scale=scale, rng=rng)
    frame = gpd.GeoDataFrame(
        {
            "district": district,
            "community": community,
            "street": street,
            "households": households,
            "place": range(len(places)),
        },
        geometry=shapes,
        crs="EPSG:4326",
    )
    frame = _named(frame, figures, places)
    streets = frame[["street_id", "district_id"]].drop_duplicates().sort_values("street_id")
    streets.insert(1, "name", streets["street_id"])
    return Estates(
        units=frame.drop(columns=["community", "street", "place"]),
        streets=streets.reset_index(drop=True),
        places=places[frame["place"].to_numpy()],
    )


def number_in(groups: npt.ArrayLike, places: Floats) -> Ints:
    """Number places within each group from north to south, from 1."""
    order = np.lexsort((places[:, 0], -places[:, 1]))
    numbers = pd.Series(np.asarray(groups)[order]).groupby(np.asarray(groups)[order]).cumcount() + 1
    result = np.empty(len(places), dtype=np.int64)
    result[order] = numbers
    return result


def codes(prefix: pd.Series, numbers: npt.ArrayLike, *, digits: int) -> pd.Series:
    """Return prefix and number, all numbers equally wide, so that codes sort as numbers do."""
    whole = pd.Series(np.asarray(numbers), index=prefix.index)
    width = max(digits, len(str(whole.max())))
    return prefix + whole.astype("str").str.zfill(width)


def _households(figures: pd.DataFrame, district: Ints, *, scale: float, rng: np.random.Generator) -> Ints:
    size = rng.lognormal(0.0, 0.6, len(district))
    result = np.empty(len(district), dtype=np.int64)
    for row, residents_10k in enumerate(figures["residents_10k"]):
        mine = district == row
        total = round(residents_10k * 10_000 * scale / PERSONS_A_HOUSEHOLD)
        result[mine] = apportion(size[mine], total, low=1)
    return result


def _groups(
    figures: pd.DataFrame,
    district: Ints,
    places: Floats,
    households: Ints,
    *,
    scale: float,
    rng: np.random.Generator,
) -> tuple[Ints, Ints]:
    """Return the community and the street of each estate, numbered within the district."""
    estates = np.bincount(district)
    wanted = max(round(int(figures["communities"].sum()) * scale), len(figures))
    communities = apportion(figures["communities"], wanted, low=1, high=estates)
    community, street = np.empty_like(district), np.empty_like(district)
    for row in range(len(figures)):
        mine = district == row
        number = int(communities[row])
        centres, member = group(places[mine], households[mine].astype(float), number, rng=rng)
        middle = places[mine][centres]
        in_street = min(int(figures["streets"][row]), number)
        heads, of_community = group(middle, np.ones(number), in_street, rng=rng)
        community[mine] = number_in(np.zeros(number), middle)[member]
        street[mine] = number_in(np.zeros(in_street), middle[heads])[of_community][member]
    return community, street


def _named(frame: gpd.GeoDataFrame, figures: pd.DataFrame, places: Floats) -> gpd.GeoDataFrame:
    short = frame["district"].map(figures["short"])
    community = codes(short + "-", frame["community"], digits=3)
    unit = codes(community + "-", number_in(community, places), digits=2)
    named = frame.assign(
        unit_id=unit,
        name=unit,
        community_id=community,
        street_id=codes(short + "街-", frame["street"], digits=2),
        district_id=frame["district"].map(figures["district_id"]),
    )
    return named.sort_values("unit_id", ignore_index=True)
