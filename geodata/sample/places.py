"""Where in a district the estates lie: a seeded, assumed density of homes, and places drawn from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geodata.sample.ground import Ground
from geodata.sample.sharing import Floats, group

_CANDIDATES_AN_ESTATE = 20
_ISLAND_RADIUS_M = 7000.0
_FALL_M = 4000.0
_EVERYWHERE = 0.02
_TOWARDS_ISLAND = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Density:
    """Homes per area, up to a factor: a little everywhere, more towards the island, most around centres.

    Parameters
    ----------
    middle : Point
        The middle of the island.
    near_m : float
        How far from it the density begins to fall.
    centres : array, shape (k, 2)
        Easting and northing of the district's own centres.
    widths_m : array, shape (k,)
        How wide each centre is (standard deviation of a bell).
    """

    middle: shapely.Point
    near_m: float
    centres: Floats
    widths_m: Floats


def draw_places(ground: Ground, district: int, count: int, *, rng: np.random.Generator) -> Floats:
    """Draw places of estates in a district, shape (count, 2): dense where homes are, none too close.

    Notes
    -----
    Many candidates are drawn from the density, inside the district; two of Lloyd's steps choose among
    them, which keeps estates of one neighbourhood about equally far apart.
    """
    shape = ground.shapes_m[district]
    density = _draw_density(ground, shape, rng=rng)
    wanted = count * _CANDIDATES_AN_ESTATE
    found = np.empty((0, 2))
    highest = homes_at(density, _inside(shape, 4000, rng=rng)).max()
    while len(found) < wanted:
        drawn = _uniform(shape, 8 * wanted, rng=rng)
        drawn = drawn[homes_at(density, drawn) > highest * rng.random(len(drawn))]
        found = np.concatenate([found, drawn[shapely.contains_xy(shape, drawn)]])
    found = found[:wanted]
    centres, _ = group(found, np.ones(wanted), count, rng=rng, steps=2)
    return found[centres]


def homes_at(density: Density, places: Floats) -> Floats:
    """Return the density at each place, shape (n,)."""
    homes: Floats = _EVERYWHERE + _TOWARDS_ISLAND * _towards_island(density.middle, density.near_m, places)
    for centre, width_m in zip(density.centres, density.widths_m, strict=True):
        square = ((places - centre) ** 2).sum(axis=1)
        homes += np.exp(-square / (2.0 * width_m**2))
    return homes


def _draw_density(ground: Ground, shape: shapely.Geometry, *, rng: np.random.Generator) -> Density:
    middle = ground.island_m.centroid
    near_m = max(_ISLAND_RADIUS_M, shape.distance(middle) + 2000.0)
    offered = _inside(shape, 2000, rng=rng)
    number = int(rng.integers(4, 8))
    weights = _towards_island(middle, near_m, offered)
    chosen = rng.choice(len(offered), size=number, replace=False, p=weights / weights.sum())
    return Density(
        middle=middle,
        near_m=near_m,
        centres=offered[chosen],
        widths_m=rng.uniform(700.0, 2000.0, number),
    )


def _towards_island(middle: shapely.Point, near_m: float, places: Floats) -> Floats:
    off_m = np.asarray(shapely.distance(middle, shapely.points(places)), dtype=np.float64)
    return np.exp(-np.maximum(off_m - near_m, 0.0) / _FALL_M)


def _uniform(shape: shapely.Geometry, count: int, *, rng: np.random.Generator) -> Floats:
    west, south, east, north = shape.bounds
    return rng.uniform((west, south), (east, north), size=(count, 2))


def _inside(shape: shapely.Geometry, count: int, *, rng: np.random.Generator) -> Floats:
    drawn = _uniform(shape, 8 * count, rng=rng)
    inside: Floats = drawn[shapely.contains_xy(shape, drawn)][:count]
    return inside
