"""The ground of each estate: Voronoi cells within districts, as one coverage that rounding cannot break."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import KDTree

from geodata.sample import ground as grounds
from geodata.sample.ground import Ground
from geodata.sample.sharing import Floats, Ints

_GRID = 10.0**-grounds.DEGREE_DECIMALS


def make_cells(ground: Ground, seeds: list[Floats]) -> npt.NDArray[np.object_]:
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
            shapely.voronoi_polygons(shapely.MultiPoint(places), extend_to=shape_m, only_edges=True)
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


def _merge_faces(faces: npt.NDArray[np.object_], owner: Ints, count: int) -> npt.NDArray[np.object_]:
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
