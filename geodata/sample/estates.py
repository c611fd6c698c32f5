"""Estates (小区): where they lie, what ground is theirs, and the communities and streets they form."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import KDTree

from geodata.sample import ground as grounds
from geodata.sample.ground import Ground
from geodata.sample.sharing import Floats, Ints, apportion, group

ESTATES = 5000
LEAST_ESTATES = 3
PERSONS_A_HOUSEHOLD = 2.33  # census of 2020, whole city
_CANDIDATES_AN_ESTATE = 20
_GRID = 10.0**-grounds.DEGREE_DECIMALS


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
    seeds = [
        _draw_places(ground, d, int(counts[d]), rng=rng.spawn(1)[0]) for d in range(districts)
    ]
    shapes = _cells(ground, seeds)
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


def _draw_places(ground: Ground, district: int, count: int, *, rng: np.random.Generator) -> Floats:
    shape = ground.shapes_m[district]
    density = _density(ground, shape, rng=rng)
    wanted = count * _CANDIDATES_AN_ESTATE
    found = np.empty((0, 2))
    highest = density(_inside(shape, 4000, rng=rng)).max()
    while len(found) < wanted:
        drawn = _uniform(shape, 8 * wanted, rng=rng)
        drawn = drawn[density(drawn) > highest * rng.random(len(drawn))]
        found = np.concatenate([found, drawn[shapely.contains_xy(shape, drawn)]])
    found = found[:wanted]
    centres, _ = group(found, np.ones(wanted), count, rng=rng, steps=2)
    return found[centres]


class _Density:
    """Homes per area, up to a factor: a little everywhere, more towards the island, most around centres."""

    def __init__(self, shape: shapely.Geometry, island: shapely.Polygon) -> None:
        self._middle = island.centroid
        self._near_m = max(_ISLAND_RADIUS_M, shapely.distance(shape, island.centroid) + 2000.0)
        self._centres, self._widths_m = np.empty((0, 2)), np.empty(0)

    def towards_island(self, places: Floats) -> Floats:
        """Return what falls off with the distance from the island, 0 to 1, shape (n,)."""
        off_m = shapely.distance(self._middle, shapely.points(places))
        return np.asarray(np.exp(-np.maximum(off_m - self._near_m, 0.0) / 4000.0))

    def add_centres(self, centres: Floats, widths_m: Floats) -> None:
        """Put centres at places, shape (k, 2)."""
        self._centres, self._widths_m = centres, widths_m

    def __call__(self, places: Floats) -> Floats:
        """Return the density at each place, shape (n,)."""
        density = 0.02 + 0.4 * self.towards_island(places)
        for centre, width_m in zip(self._centres, self._widths_m, strict=True):
            square = ((places - centre) ** 2).sum(axis=1)
            density += np.exp(-square / (2.0 * width_m**2))
        return density


def _uniform(shape: shapely.Geometry, count: int, *, rng: np.random.Generator) -> Floats:
    west, south, east, north = shape.bounds
    return rng.uniform((west, south), (east, north), size=(count, 2))


def _inside(shape: shapely.Geometry, count: int, *, rng: np.random.Generator) -> Floats:
    drawn = _uniform(shape, 8 * count, rng=rng)
    return drawn[shapely.contains_xy(shape, drawn)][:count]


def _cells(ground: Ground, seeds: list[Floats]) -> npt.NDArray[np.object_]:
    """Return the Voronoi cell of each seed within its district: one coverage of the whole city.

    Notes
    -----
    All borders are noded together on the grid of the written decimals and the faces rebuilt, so that
    rounding cannot open gaps or overlaps. A face goes to the nearest seed of its district; at a bay a
    cell may have several faces.
    """
    lines = [shapely.boundary(ground.shapes)]
    for shape_m, shape, places in zip(ground.shapes_m, ground.shapes, seeds, strict=True):
        edges = shapely.get_parts(
            shapely.voronoi_polygons(
                shapely.MultiPoint(places), extend_to=shape_m, only_edges=True
            )
        )
        edges = shapely.transform(edges, grounds.to_degrees)
        # a little beyond the border, so that every edge truly crosses it; what dangles makes no face
        reach = shape.buffer(2 * _GRID, join_style="mitre")
        shapely.prepare(reach)
        within = shapely.contains_properly(reach, edges)
        cut = shapely.intersection(edges[~within], reach)
        lines += [edges[within], cut[~shapely.is_empty(cut)]]
    noded = shapely.union_all(np.concatenate(lines), grid_size=_GRID)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inner = shapely.point_on_surface(faces)
    in_district, face = shapely.STRtree(inner).query(ground.shapes, predicate="contains")
    owner = np.full(len(faces), -1, dtype=np.int64)
    inner_m = grounds.coordinates(grounds.to_metric(inner))
    start = 0
    for district, places in enumerate(seeds):
        mine = face[in_district == district]
        owner[mine] = start + KDTree(places).query(inner_m[mine])[1]
        start += len(places)
    return _merge_faces(faces[owner >= 0], owner[owner >= 0], start)


def _merge_faces(
    faces: npt.NDArray[np.object_], owner: Ints, count: int
) -> npt.NDArray[np.object_]:
    order = np.lexsort((*shapely.bounds(faces).T[:2], owner))
    faces, owner = faces[order], owner[order]
    first = np.searchsorted(owner, np.arange(count))
    number = np.bincount(owner, minlength=count)
    if (number == 0).any():
        raise ValueError("a seed without a face: two seeds lie within the rounding of coordinates")
    cells = faces[first].copy()
    for index in np.flatnonzero(number > 1):
        rows = slice(first[index], first[index] + number[index])
        cells[index] = shapely.coverage_union_all(faces[rows])
    return np.asarray(shapely.normalize(cells), dtype=object)


def _households(
    figures: pd.DataFrame, district: Ints, *, scale: float, rng: np.random.Generator
) -> Ints:
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
