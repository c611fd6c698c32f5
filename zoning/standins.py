"""Stand-in polygons for units that are points: Voronoi cells inside their street or district.

They are pictures, not borders: every layer and legend says so, and nothing decides by them where a child
lives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import KDTree

from geodata import City, XuequError, say
from geodata.messages import Text

Shapes = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]

LAYER_NAME = "示意（泰森多边形），非边界 stand-in cells, not borders"
# all lines are noded on this grid, so that rounding opens no gap and no overlap between cells
GRID_M = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIns:
    """The cells, and what they leave out.

    Parameters
    ----------
    cells : GeoDataFrame
        unit_id, name, shared_with (the other units at the very same place, joined by ";", or ""), within
        (the area that the cell is cut to), stand_in (always True), geometry; sorted by unit_id.
    without_point : tuple of str
        Units without any geometry.
    outside : tuple of str
        Units whose point lies in no area.
    empty_areas : tuple of str
        Areas in which no unit has a point: they have no cell.
    """

    cells: gpd.GeoDataFrame
    without_point: tuple[str, ...]
    outside: tuple[str, ...]
    empty_areas: tuple[str, ...]

    def notes(self) -> list[Text]:
        """Return what must be said beside the cells."""
        twins = int((self.cells["shared_with"] != "").sum())
        said = [(say("cells that several units at one place share: {n}", n=twins), twins)] if twins else []
        for words, ids in (
            (say("units without a point, so without a cell"), self.without_point),
            (say("units whose point lies in no area, so without a cell"), self.outside),
            (say("areas without a unit that has a point, so without a cell"), self.empty_areas),
        ):
            if ids:
                listed = ", ".join(ids[:10]) + (" …" if len(ids) > 10 else "")
                said.append((say("{what}: {n} ({ids})", what=words, n=len(ids), ids=listed), len(ids)))
        return [text for text, _ in said]


def stand_in_cells(units: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, area_id: str) -> StandIns:
    """Draw the Voronoi cell of each unit that is a point, cut to the area in which it lies.

    Parameters
    ----------
    units : GeoDataFrame, shape (n,)
        unit_id, name, and points; units that are polygons have no need of a cell, and get none.
    areas : GeoDataFrame, shape (m,)
        Polygons that do not overlap (streets, districts), in the CRS of the units, in metres.
    area_id : str
        The column of their ids.

    Returns
    -------
    StandIns
        Together the cells cover every area that has a unit with a point, to a millimetre, and form a
        valid coverage; each holds its own point. At a bay a cell may have several parts.

    Raises
    ------
    XuequError
        If the layers are in two CRS or in degrees, the areas overlap, or no unit is a point in an area.

    Notes
    -----
    1. A point belongs to the area in which it lies, on a border to the lower id, whatever area its row
       names: so a cell always holds its point.
    2. Points at the same place (to a millimetre) share one cell, which carries the lowest unit_id; the
       others stand in `shared_with`.
    3. The borders of all areas and of all cells are noded together and the faces built anew, so that
       neighbours share their vertices. A face goes to the nearest point of its area.
    """
    if units.crs is None or units.crs != areas.crs or units.crs.is_geographic:
        raise XuequError(say("both layers must be in one CRS in metres; areas in degrees mean nothing"))
    areas = areas[areas.geometry.notna()].sort_values(area_id, ignore_index=True)
    shapes = shapely.set_precision(areas.geometry.to_numpy(), GRID_M)
    _raise_on_overlaps(shapes, areas[area_id].to_numpy())
    units = units.sort_values("unit_id", ignore_index=True)
    blank = tuple(units["unit_id"][units.geometry.isna()])
    seeds = units[units.geometry.geom_type == "Point"]
    points = shapely.set_precision(seeds.geometry.to_numpy(), GRID_M)
    inside = _areas_of(points, shapes)
    outside = tuple(seeds["unit_id"][inside < 0])
    seeds, points, inside = seeds[inside >= 0], points[inside >= 0], inside[inside >= 0]
    if len(seeds) == 0:
        raise XuequError(say("no unit is a point inside an area: there is nothing to draw cells around"))
    places, first, cell_of = np.unique(
        shapely.get_coordinates(points), axis=0, return_index=True, return_inverse=True
    )
    cells = pd.DataFrame(
        {
            "unit_id": seeds["unit_id"].to_numpy()[first],
            "name": seeds["name"].to_numpy()[first],
            "shared_with": _others(seeds["unit_id"], np.ravel(cell_of), len(places)),
            "within": areas[area_id].to_numpy()[inside[first]],
            "stand_in": True,
        }
    )
    drawn = _cells(places, inside[first], shapes)
    frame = gpd.GeoDataFrame(cells, geometry=drawn, crs=units.crs).sort_values("unit_id", ignore_index=True)
    used = set(inside)
    empty = tuple(one for at, one in enumerate(areas[area_id]) if at not in used)
    return StandIns(cells=frame, without_point=blank, outside=outside, empty_areas=empty)


def city_stand_ins(city: City) -> StandIns:
    """Draw the cells of a city: inside its streets where they have polygons, else inside its districts.

    Raises
    ------
    XuequError
        If neither has polygons; or as `stand_in_cells`.
    """
    for table, column in (("streets", "street_id"), ("districts", "district_id")):
        if city[table].geometry.notna().any():
            return stand_in_cells(city["units"], city[table], area_id=column)
    raise XuequError(
        say("stand-in cells need polygons to be cut to: give the streets or the districts a layer")
    )


def in_degrees(cells: gpd.GeoDataFrame, metric_crs: str) -> tuple[gpd.GeoDataFrame, str]:
    """Return cells in WGS-84, and that datum; local metres have no place on the earth and stay.

    Every cell goes vertex by vertex, so that neighbours still share theirs.
    """
    if metric_crs == "local-metres":
        return cells, metric_crs
    return cells.to_crs("EPSG:4326"), "wgs84"


def _raise_on_overlaps(shapes: Shapes, ids: Sequence[str]) -> None:
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = one < other
    one, other = one[pairs], other[pairs]
    overlap_m2 = shapely.area(shapely.intersection(shapes[one], shapes[other]))
    # borders drawn twice and rounded differ by slivers; more than a square metre is another matter
    for at in np.flatnonzero(overlap_m2 > 1.0)[:1]:
        raise XuequError(
            say(
                "areas {a} and {b} overlap by {n} m²: a place must lie in one area only",
                a=ids[one[at]],
                b=ids[other[at]],
                n=f"{overlap_m2[at]:,.0f}",
            )
        )


def _areas_of(points: Shapes, shapes: Shapes) -> Ints:
    """Return the number of the area of each point, the lowest on a border; -1 outside all."""
    which, where = shapely.STRtree(shapes).query(points, predicate="intersects")
    found = np.full(len(points), len(shapes), dtype=np.int64)
    np.minimum.at(found, which, where)
    return np.where(found < len(shapes), found, -1)


def _others(ids: pd.Series, cell_of: Ints, count: int) -> list[str]:
    # ids are sorted, so the first of a cell is the lowest: it carries the cell
    joined = ids.groupby(cell_of).agg(lambda some: ";".join(list(some)[1:]))
    return [str(others) for others in joined.reindex(range(count))]


def _cells(places: npt.NDArray[np.float64], inside: Ints, shapes: Shapes) -> Shapes:
    """Return the cell of each place, shape (n,): its Voronoi cell within its area."""
    used = np.unique(inside)
    lines = [shapely.boundary(shapes[used])]
    for area in used:
        lines.append(_edges(places[inside == area], shapes[area]))
    noded = shapely.union_all(np.concatenate(lines), grid_size=GRID_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inner = shapely.point_on_surface(faces)
    area_of = _areas_of(inner, shapes)
    owner = np.full(len(faces), -1, dtype=np.int64)
    inner_m = shapely.get_coordinates(inner)
    for area in used:
        mine, own = np.flatnonzero(area_of == area), np.flatnonzero(inside == area)
        owner[mine] = own[KDTree(places[own]).query(inner_m[mine])[1]]
    return _merged(faces[owner >= 0], owner[owner >= 0], len(places))


def _edges(places: npt.NDArray[np.float64], shape: shapely.Geometry) -> Shapes:
    """Return the borders between the cells of an area, a little beyond its own border."""
    if len(places) < 2:
        return np.empty(0, dtype=object)
    cells = shapely.voronoi_polygons(shapely.MultiPoint(places), extend_to=shape, only_edges=True)
    # beyond, so that every edge truly crosses the border; what dangles there makes no face
    reach = shapely.buffer(shape, 4 * GRID_M, join_style="mitre")
    cut = shapely.intersection(shapely.get_parts(cells), reach)
    return np.asarray(cut[~shapely.is_empty(cut)], dtype=object)


def _merged(faces: Shapes, owner: Ints, count: int) -> Shapes:
    """Return the union of the faces of each owner."""
    order = np.lexsort((*shapely.bounds(faces).T[:2], owner))
    faces, owner = faces[order], owner[order]
    first = np.searchsorted(owner, np.arange(count))
    number = np.bincount(owner, minlength=count)
    if (number == 0).any():
        raise XuequError(say("two units lie nearer to each other than a millimetre can part"))
    cells = faces[first].copy()
    for index in np.flatnonzero(number > 1):
        cells[index] = shapely.coverage_union_all(faces[first[index] : first[index] + number[index]])
    return np.asarray(shapely.normalize(cells), dtype=object)
