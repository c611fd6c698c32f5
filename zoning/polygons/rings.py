"""Marks of digitising in the rings of polygons: vertices that stand twice, spikes, holes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from zoning.polygons.coverage import Ids, Shapes

DUPLICATE_M = 0.001
"""Two vertices in a row that are nearer than this are one."""
SPIKE_DEGREES = 2.0
"""A corner sharper than this goes out and comes back the same way."""
SPIKE_LENGTH_M = 1.0
"""A spike is at least this long: shorter ones are arithmetic."""


def duplicate_vertices(shapes: Shapes) -> tuple[Ids, Shapes]:
    """Find vertices less than `DUPLICATE_M` from the one before, in one ring.

    Parameters
    ----------
    shapes : array of polygons, shape (n,)
        In metres.

    Returns
    -------
    shape : array of int, shape (found,)
        In which polygon.
    places : array of Point, shape (found,)
    """
    places, ring, owner = _vertices(shapes)
    step = np.hypot(*np.diff(places, axis=0).T)
    twice = 1 + np.flatnonzero((step < DUPLICATE_M) & (ring[1:] == ring[:-1]))
    return owner[twice], shapely.points(places[twice])


def spikes(shapes: Shapes) -> tuple[Ids, Shapes]:
    """Find corners sharper than `SPIKE_DEGREES` with two sides of at least `SPIKE_LENGTH_M`.

    Parameters and result are those of `duplicate_vertices`.
    """
    # a tip that stands twice would hide its spike
    plain = shapely.remove_repeated_points(shapes, DUPLICATE_M)
    places, ring, owner = _vertices(plain)
    tip = _sharp(places, ring)
    return owner[tip], shapely.points(places[tip])


def without_spikes(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a polygon without repeated vertices and spikes; the ground that spikes covered goes too.

    Examples
    --------
    >>> spiked = shapely.Polygon([(0, 0), (10, 0), (10, 10), (5.01, 10), (5, 30), (4.99, 10), (0, 10)])
    >>> without_spikes(spiked).area
    100.0
    """
    plain = shapely.remove_repeated_points(shape, DUPLICATE_M)
    while True:
        places, ring, _ = _vertices(np.array([plain], dtype=object))
        tips = _sharp(places, ring)
        if len(tips) == 0:
            return plain
        left = shapely.MultiPoint(places[tips])
        fewer = _without(plain, {tuple(place) for place in shapely.get_coordinates(left)})
        if shapely.is_empty(fewer) or not shapely.is_valid(fewer):
            return plain
        plain = fewer


def hole_rings(shapes: Shapes) -> tuple[Ids, Shapes]:
    """Return the holes of polygons as polygons, and in which polygon each is."""
    parts, of_part = shapely.get_parts(shapes, return_index=True)
    many = shapely.get_num_interior_rings(parts)
    part = np.repeat(np.arange(len(parts)), many)
    nth = np.arange(len(part)) - np.repeat(np.cumsum(many) - many, many)
    return of_part[part], shapely.polygons(shapely.get_interior_ring(parts[part], nth))


def _vertices(shapes: Shapes) -> tuple[npt.NDArray[np.float64], Ids, Ids]:
    """Return every vertex with its ring and its shape; the last of a ring is the first again."""
    parts, of_part = shapely.get_parts(shapes, return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    places, ring = shapely.get_coordinates(rings, return_index=True)
    return places, ring, of_part[of_ring[ring]]


def _sharp(places: npt.NDArray[np.float64], ring: Ids) -> Ids:
    """Return the vertices at a sharp corner; the closing vertex of a ring is not counted twice."""
    if len(ring) == 0:
        return np.empty(0, dtype=np.intp)
    first = np.r_[True, ring[1:] != ring[:-1]]
    last = np.r_[ring[1:] != ring[:-1], True]
    at = np.flatnonzero(~last)
    starts = np.flatnonzero(first)
    ends = np.flatnonzero(last)
    before = np.where(first[at], ends[np.searchsorted(starts, at, side="right") - 1] - 1, at - 1)
    back, on = places[before] - places[at], places[at + 1] - places[at]
    cross = np.abs(back[:, 0] * on[:, 1] - back[:, 1] * on[:, 0])
    angle = np.degrees(np.arctan2(cross, (back * on).sum(axis=1)))
    long = np.minimum(np.hypot(*back.T), np.hypot(*on.T)) >= SPIKE_LENGTH_M
    return np.asarray(at[(angle < SPIKE_DEGREES) & long], dtype=np.intp)


def _without(shape: shapely.Geometry, tips: set[tuple[float, ...]]) -> shapely.Geometry:
    polygons = []
    for part in shapely.get_parts(shape):
        rings = [_ring_without(ring, tips) for ring in shapely.get_rings(part)]
        if rings[0] is not None:
            holes = [ring for ring in rings[1:] if ring is not None]
            polygons.append(shapely.Polygon(rings[0], holes))
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _ring_without(ring: shapely.Geometry, tips: set[tuple[float, ...]]) -> shapely.Geometry | None:
    places = [place for place in shapely.get_coordinates(ring)[:-1] if tuple(place) not in tips]
    return shapely.LinearRing(places) if len(places) >= 3 else None
