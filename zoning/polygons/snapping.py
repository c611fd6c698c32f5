"""Borders that nearly meet made one, in one group of zones that can serve one child."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

from zoning.polygons import coverage
from zoning.polygons.coverage import Shapes
from zoning.polygons.meeting import Group

Disputed = tuple[int, int, shapely.Geometry]
"""Two zones, and ground that either has and neither gives up."""
MOST_TIMES = 2.0
"""A border that moves by the tolerance changes at most tolerance × length; this often is more than that."""


def fits(group: Group, shapes: Shapes) -> bool:
    """Whether the zones of a group share their borders and do not overlap."""
    return bool(shapely.coverage_is_valid(shapes[group.at]))


def cleaned(shapes: Shapes, group: Group, disputed: Sequence[Disputed], tolerance_m: float) -> Shapes:
    """Return the zones of a group with borders within a tolerance made one, shape (zones of the group,).

    Parameters
    ----------
    shapes : array of polygons, shape (zones,)
    group : Group
    disputed : sequence of Disputed
        Ground that stays in both of its zones.
    tolerance_m : float
    """
    cells, pairs = _cells(shapes, group, disputed)
    clean = shapely.coverage_clean(cells, gap_width=tolerance_m, snapping_distance=tolerance_m)
    after, extra = clean[: len(group.at)], clean[len(group.at) :]
    for pair, piece in zip(pairs, extra, strict=True):
        for one in pair:
            after[one] = shapely.union(after[one], piece)
    return np.array([coverage.polygonal(one) for one in after], dtype=object)


def changes_much(before: Shapes, after: Shapes, tolerance_m: float) -> npt.NDArray[np.bool_]:
    """Whether more ground of polygons changed than their borders can have moved over, shape (n,).

    Examples
    --------
    >>> box = shapely.box(0, 0, 100, 100)
    >>> after = np.array([shapely.box(0, 0, 101, 100), shapely.box(0, 0, 110, 100)])
    >>> changes_much(np.array([box, box]), after, 1.0).tolist()
    [False, True]
    """
    moved = shapely.area(shapely.symmetric_difference(before, after))
    return np.asarray(moved > MOST_TIMES * tolerance_m * shapely.length(before) + coverage.NOISE_AREA_M2)


def vanished(shape: shapely.Geometry) -> bool:
    """Whether nothing of a polygon is left but arithmetic."""
    parts, _ = coverage.polygons_of(np.array([shape], dtype=object))
    return bool(coverage.is_noise(parts).all())


def _cells(
    shapes: Shapes, group: Group, disputed: Sequence[Disputed]
) -> tuple[Shapes, list[tuple[int, int]]]:
    """Return the polygons of a group, then each piece of disputed ground, and the two that claim it."""
    cells = [*shapes[group.at]]
    place = {int(zone): at for at, zone in enumerate(group.at)}
    pairs = []
    for i, j, piece in disputed:
        if i in place and j in place:
            for one in (place[i], place[j]):
                cells[one] = coverage.polygonal(shapely.difference(cells[one], piece))
            cells.append(piece)
            pairs.append((place[i], place[j]))
    return np.array(cells, dtype=object), pairs
