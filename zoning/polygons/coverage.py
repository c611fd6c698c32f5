"""Where polygons that should tile the ground overlap, or leave ground between them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

Shapes = npt.NDArray[np.object_]
Ids = npt.NDArray[np.intp]

NOISE_WIDTH_M = 0.02
"""Thinner than this is arithmetic: a straight border of 1 km in degrees bows by 1 cm in metres."""
NOISE_AREA_M2 = 0.1
"""Smaller than this is arithmetic too."""
CRACK_WIDTH_M = 2.0
"""A gap that is open to the outside counts if it is narrower than this; a wider one is a bay."""
CRACK_LENGTH_M = 20.0
"""A crack is at least this long: where two outer borders meet at a sharp angle there is none."""


def width_m(shapes: Shapes) -> npt.NDArray[np.float64]:
    """Return 4 × area / perimeter in metres, shape (n,): a square's side, twice the width of a thin strip.

    Examples
    --------
    >>> width_m(np.array([shapely.box(0, 0, 5, 5), shapely.box(0, 0, 1000, 0.5)])).round(2).tolist()
    [5.0, 1.0]
    """
    perimeter = shapely.length(shapes)
    four = 4.0 * shapely.area(shapes)
    return np.asarray(np.divide(four, perimeter, out=np.zeros(len(shapes)), where=perimeter > 0))


def polygons_of(shapes: Shapes) -> tuple[Shapes, Ids]:
    """Return the polygons in shapes of any kind, and from which of the shapes each comes."""
    parts, source = shapely.get_parts(shapes, return_index=True)
    inner, at = shapely.get_parts(parts, return_index=True)  # a collection may hold multi-polygons
    flat = (shapely.get_type_id(inner) == 3) & ~shapely.is_empty(inner)
    return inner[flat], source[at[flat]]


def polygonal(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a shape without its points and lines: a Polygon, or a MultiPolygon (also the empty one)."""
    parts, _ = polygons_of(np.array([shape], dtype=object))
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def is_noise(shapes: Shapes) -> npt.NDArray[np.bool_]:
    """Whether polygons are too thin or too small to be anything but arithmetic."""
    return np.asarray((width_m(shapes) < NOISE_WIDTH_M) | (shapely.area(shapes) < NOISE_AREA_M2))


def union_of(shapes: Shapes) -> shapely.Geometry:
    """Return the union of polygons; those that share their borders exactly dissolve much faster."""
    if shapely.coverage_is_valid(shapes):
        return shapely.coverage_union_all(shapes)
    return shapely.union_all(shapes)


def overlaps(shapes: Shapes) -> tuple[Ids, Ids, Shapes]:
    """Find the pairs of polygons that overlap.

    Parameters
    ----------
    shapes : array of polygons, shape (n,)
        In metres.

    Returns
    -------
    first, second : arrays of int, shape (pairs,)
        Which polygons; first < second, in order.
    pieces : array of polygons, shape (pairs,)
        Where; parts thinner than `NOISE_WIDTH_M` or smaller than `NOISE_AREA_M2` are left out.
    """
    nothing = np.empty(0, dtype=np.intp)
    if len(shapes) < 2 or shapely.coverage_is_valid(shapes):
        return nothing, nothing, np.empty(0, dtype=object)
    # only polygons with an edge at fault can overlap, and only one of a pair may have it
    doubtful = np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(shapes)))
    near, other = shapely.STRtree(shapes).query(shapes[doubtful], predicate="intersects")
    pairs = np.sort(np.column_stack([doubtful[near], other]), axis=1)
    pairs = np.unique(pairs[pairs[:, 0] < pairs[:, 1]], axis=0)
    parts, source = polygons_of(shapely.intersection(shapes[pairs[:, 0]], shapes[pairs[:, 1]]))
    kept = ~is_noise(parts)
    found = np.unique(source[kept])
    pieces = np.array([shapely.multipolygons(parts[kept & (source == one)]) for one in found], dtype=object)
    return pairs[found, 0], pairs[found, 1], pieces


def gaps(
    shapes: Shapes, union: shapely.Geometry, *, inside: shapely.Geometry | None, water: Shapes
) -> Shapes:
    """Find the ground between polygons that none of them covers.

    Parameters
    ----------
    shapes : array of polygons, shape (n,)
        In metres.
    union : geometry
        Their union.
    inside : geometry, optional
        What they should cover (the districts): ground outside it is no gap.
    water : array of polygons, shape (m,)
        Where nobody lives: ground in it is no gap.

    Returns
    -------
    array of Polygon, shape (gaps,)
        Largest first.

    Notes
    -----
    1. Voids: ground that the polygons enclose, whatever its size.
    2. Cracks: ground open to the outside, narrower than `CRACK_WIDTH_M`, at least `CRACK_LENGTH_M` long,
       between two polygons or more. A wider bay may be meant, and is none.
    """
    voids = _voids(union)
    found = [*voids, *_cracks(shapes, union, voids)]
    if not found:
        return np.empty(0, dtype=object)
    left = np.array(found, dtype=object)
    if inside is not None:
        left = shapely.intersection(left, inside)
    if len(water):
        left = shapely.difference(left, shapely.union_all(water))
    parts, _ = polygons_of(left)
    parts = parts[~is_noise(parts)]
    order = np.lexsort([shapely.get_y(shapely.centroid(parts)), -shapely.area(parts)])
    return parts[order]


def _voids(union: shapely.Geometry) -> list[shapely.Geometry]:
    rings, _ = shapely.get_parts(shapely.boundary(union), return_index=True)
    outer = shapely.get_exterior_ring(shapely.get_parts(union))
    filled = shapely.union_all(shapely.polygons(outer))
    if len(rings) == len(outer):
        return []
    parts, _ = polygons_of(np.array([shapely.difference(filled, union)], dtype=object))
    return list(parts)


def _cracks(
    shapes: Shapes, union: shapely.Geometry, voids: list[shapely.Geometry]
) -> list[shapely.Geometry]:
    edges = shapely.coverage_invalid_edges(shapes, gap_width=CRACK_WIDTH_M)
    if shapely.is_empty(edges).all():
        return []
    # mitred, so that corners come back as they were
    half = CRACK_WIDTH_M / 2
    closed = union.buffer(half, join_style="mitre").buffer(-half, join_style="mitre")
    filled = shapely.union_all([union, *voids])
    parts, _ = polygons_of(np.array([shapely.difference(closed, filled)], dtype=object))
    parts = parts[~is_noise(parts) & (shapely.length(parts) / 2 >= CRACK_LENGTH_M)]
    at, _ = shapely.STRtree(shapes).query(parts, predicate="dwithin", distance=NOISE_WIDTH_M)
    return list(parts[np.bincount(at, minlength=len(parts)) >= 2])


def touching(pieces: Shapes, shapes: Shapes) -> list[Ids]:
    """Return for each piece the polygons that share a border of some length with it, longest first."""
    at, where = shapely.STRtree(shapes).query(pieces, predicate="dwithin", distance=NOISE_WIDTH_M)
    near = shapely.buffer(shapes[where], NOISE_WIDTH_M, quad_segs=1) if len(where) else shapes[:0]
    lengths = shapely.length(shapely.intersection(shapely.boundary(pieces[at]), near))
    found = []
    for one in range(len(pieces)):
        own = np.flatnonzero((at == one) & (lengths > 4 * NOISE_WIDTH_M))
        # the longer border first; of equal ones (to a millimetre) the earlier polygon
        order = np.lexsort([where[own], -lengths[own].round(3)])
        found.append(where[own[order]])
    return found
