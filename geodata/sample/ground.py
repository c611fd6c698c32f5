"""The real ground: districts, the two great land parts, and the links assumed between them."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from geodata import datum
from geodata.sample.sharing import Floats

DATA = Path(__file__).parents[1] / "data" / "xiamen"
METRIC_CRS = "EPSG:4548"
DEGREE_DECIMALS = 6

# rough ends on the island and on the mainland, (lng, lat); where they stand is assumed
_CROSSINGS = (
    ("350206", (118.105, 24.548), "350211", (118.095, 24.575)),
    ("350206", (118.085, 24.505), "350205", (118.052, 24.495)),
    ("350206", (118.178, 24.510), "350213", (118.240, 24.545)),
    ("350206", (118.185, 24.545), "350213", (118.225, 24.585)),
)
_DETOUR = 1.1
_INLAND_M = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where the sample may put something.

    Parameters
    ----------
    figures : DataFrame, shape (d,)
        `districts.csv`, in order of district_id, with `short`: the name without 区.
    shapes : array of polygons, shape (d,)
        Each district within the island or the mainland, WGS-84; islets are left out.
    shapes_m : array of polygons, shape (d,)
        The same in `METRIC_CRS`.
    island_m : Polygon
        The smaller of the two great land parts, in `METRIC_CRS`.
    """

    figures: pd.DataFrame
    shapes: npt.NDArray[np.object_]
    shapes_m: npt.NDArray[np.object_]
    island_m: shapely.Polygon


def read_ground() -> Ground:
    """Read the package's own districts and their figures."""
    figures = pd.read_csv(DATA / "districts.csv", dtype={"district_id": "str"})
    figures = figures.sort_values("district_id", ignore_index=True)
    figures["short"] = figures["name"].str.removesuffix("区")
    features = json.loads((DATA / "districts_wgs84.geojson").read_text(encoding="utf-8"))
    layer = gpd.GeoDataFrame.from_features(features, crs="EPSG:4326")
    layer["adcode"] = layer["adcode"].astype("str")
    whole = layer.set_index("adcode").geometry.loc[figures["district_id"]].to_numpy()
    mainland, island = _great_parts(whole)
    pieces, of_district = shapely.get_parts(whole, return_index=True)
    inside = shapely.point_on_surface(pieces)
    kept = shapely.intersects_xy(
        shapely.union_all([mainland, island]), shapely.get_x(inside), shapely.get_y(inside)
    )
    shapes = shapely.union_all(
        np.stack([np.where(kept & (of_district == d), pieces, None) for d in range(len(figures))]),
        axis=1,
    )
    return Ground(
        figures=figures,
        shapes=shapes,
        shapes_m=to_metric(shapes),
        island_m=to_metric(np.array([island]))[0],
    )


def to_metric(geometry: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return WGS-84 geometries in the metric CRS."""
    return np.asarray(datum.to_metric(geometry, "wgs84", METRIC_CRS), dtype=object)


def to_degrees(places: Floats) -> Floats:
    """Return easting and northing, shape (n, 2), as longitude and latitude in WGS-84."""
    back = pyproj.Transformer.from_crs(METRIC_CRS, "EPSG:4326", always_xy=True)
    return np.column_stack(back.transform(places[:, 0], places[:, 1]))


def coordinates(points: npt.NDArray[np.object_]) -> Floats:
    """Return the coordinates of points, shape (n, 2)."""
    return np.asarray(shapely.get_coordinates(points), dtype=np.float64)


def make_links(ground: Ground) -> gpd.GeoDataFrame:
    """Return the sea crossings, WGS-84: each end well inside its district, lengths in whole 100 m."""
    row_of = {code: row for row, code in enumerate(ground.figures["district_id"])}
    rows = []
    for number, (home, start, away, end) in enumerate(_CROSSINGS, start=1):
        ends_m = [
            _moved_inland(to_metric(np.array([shapely.Point(place)]))[0], ground.shapes_m[row_of[d]])
            for d, place in ((home, start), (away, end))
        ]
        line = np.round(to_degrees(np.array([(p.x, p.y) for p in ends_m])), DEGREE_DECIMALS)
        straight_m = ends_m[0].distance(ends_m[1])
        rows.append(
            {
                "link_id": f"X{number:02d}",
                "name": f"跨海通道-{number}",
                "kind": "sea-crossing",
                "length_m": math.ceil(straight_m * _DETOUR / 100.0) * 100,
                "geometry": shapely.LineString(line),
            }
        )
    return gpd.GeoDataFrame(rows, crs="EPSG:4326")


def _great_parts(whole: npt.NDArray[np.object_]) -> tuple[shapely.Polygon, shapely.Polygon]:
    parts = shapely.get_parts(shapely.union_all(whole))
    largest = np.argsort(-shapely.area(to_metric(parts)), kind="stable")
    return parts[largest[0]], parts[largest[1]]


def _moved_inland(point: shapely.Point, shape: shapely.Geometry) -> shapely.Point:
    inner = shape.buffer(-_INLAND_M)
    return shapely.get_point(shapely.shortest_line(inner, point), 0)
