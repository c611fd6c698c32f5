"""Made-up ground for printed maps, and what a test reads back from an SVG."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from zoning.maps.ornaments import Sheet
from zoning.maps.printed_svg import width_of

CRS = "EPSG:4548"
EAST, NORTH = 610_000, 2_710_000
_SVG = "{http://www.w3.org/2000/svg}"
_MOVE = re.compile(r"translate\(([-\d.]+) ([-\d.]+)\)")


def sheet(**changes: object) -> Sheet:
    """Return a sheet as most tests want it."""
    said: dict[str, object] = {"id": "M1", "title": "Map", "date": "2024-05-01", "sources": ("somebody",)}
    return Sheet(**(said | changes))  # type: ignore[arg-type]


def city_of(n: int, side_m: float = 20_000.0, seed: int = 1) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return n zones that fill a square, and a school in each."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, side_m, (n, 2)) + np.array([EAST, NORTH])
    square = shapely.box(EAST, NORTH, EAST + side_m, NORTH + side_m)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(places), extend_to=square))
    cells = shapely.intersection(cells, square)
    points = shapely.points(places)
    order = shapely.STRtree(cells).query(points, predicate="intersects")[1]
    ids = [f"Z{at:03d}" for at in range(n)]
    zones = gpd.GeoDataFrame(
        {"zone_id": ids, "name": [f"第{at}片区" for at in range(n)]}, geometry=cells[order], crs=CRS
    )
    schools = gpd.GeoDataFrame(
        {"school_id": [f"S{at:03d}" for at in range(n)], "name": [f"第{at}小学" for at in range(n)]},
        geometry=points,
        crs=CRS,
    )
    return zones, schools


def strip(n: int = 4, side_m: float = 1000.0) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return n squares from west to east, and a school in the middle of each."""
    boxes = [
        shapely.box(EAST + k * side_m, NORTH, EAST + (k + 1) * side_m, NORTH + side_m) for k in range(n)
    ]
    names = [f"Zone {chr(65 + k)}" for k in range(n)]
    zones = gpd.GeoDataFrame(
        {"zone_id": [f"Z{k}" for k in range(n)], "name": names}, geometry=boxes, crs=CRS
    )
    schools = gpd.GeoDataFrame(
        {"school_id": [f"S{k}" for k in range(n)], "name": [f"School {k}" for k in range(n)]},
        geometry=[one.centroid for one in boxes],
        crs=CRS,
    )
    return zones, schools


def units_of(zones: gpd.GeoDataFrame, moves: dict[str, str], children: int = 10) -> gpd.GeoDataFrame:
    """Return four units in each of the squares of `strip`; `moves` says which of them go to which zone."""
    rows = []
    for zone, shape in zip(zones["zone_id"], zones.geometry, strict=True):
        west, south, east, north = shape.bounds
        x, y = (west + east) / 2, (south + north) / 2
        corners = [(west, south, x, y), (x, south, east, y), (west, y, x, north), (x, y, east, north)]
        for at, corner in enumerate(corners):
            unit = f"{zone}-{at}"
            rows.append((unit, zone, moves.get(unit, zone), children, shapely.box(*corner)))
    table = pd.DataFrame(rows, columns=["unit_id", "before", "after", "children", "geometry"])
    return gpd.GeoDataFrame(table, geometry="geometry", crs=CRS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A line of text of a picture: its words, its size, and its box by the model of widths."""

    words: str
    size: float
    box: tuple[float, float, float, float]
    halo: bool


def parse(svg: str) -> ElementTree.Element:
    """Return the root of an SVG."""
    return ElementTree.fromstring(svg)


def words_of(svg: str) -> str:
    """Return all texts, one below the other."""
    return "\n".join(one.text or "" for one in parse(svg).iter(f"{_SVG}text"))


def all_of(svg: str, name: str) -> list[ElementTree.Element]:
    """Return all elements of a name."""
    return list(parse(svg).iter(f"{_SVG}{name}"))


def written(svg: str) -> list[Written]:
    """Return every upright line of text with its box in the picture."""
    found: list[Written] = []

    def walk(element: ElementTree.Element, x: float, y: float, given: dict[str, str]) -> None:
        move = element.get("transform", "")
        if "rotate" in move or "scale" in move:
            return
        here = _MOVE.search(move)
        if here:
            x, y = x + float(here[1]), y + float(here[2])
        own = given | {
            k: v
            for k, v in element.attrib.items()
            if k in ("font-size", "text-anchor", "stroke", "paint-order")
        }
        if element.tag == f"{_SVG}text":
            found.append(_line(element, x, y, own))
        for child in element:
            walk(child, x, y, own)

    walk(parse(svg), 0.0, 0.0, {})
    return found


def _line(element: ElementTree.Element, x: float, y: float, given: dict[str, str]) -> Written:
    words, size = element.text or "", float(given["font-size"])
    wide = width_of(words, size)
    left = x + float(element.get("x", "0"))
    left -= {"middle": wide / 2, "end": wide}.get(given.get("text-anchor", "start"), 0.0)
    base = y + float(element.get("y", "0"))
    # the type reaches from 0.86 em over its baseline to 0.14 em below
    box = (left, base - 0.86 * size, left + wide, base + 0.14 * size)
    return Written(words=words, size=size, box=box, halo=given.get("paint-order") == "stroke")


def overlaps(boxes: npt.ArrayLike, slack: float = 0.0) -> list[tuple[int, int]]:
    """Return the pairs of boxes that lie on one another by more than `slack`."""
    b = np.asarray(boxes, dtype=float).reshape(-1, 4)
    wide = np.minimum(b[:, None, 2], b[None, :, 2]) - np.maximum(b[:, None, 0], b[None, :, 0])
    high = np.minimum(b[:, None, 3], b[None, :, 3]) - np.maximum(b[:, None, 1], b[None, :, 1])
    first, second = np.nonzero(np.triu((wide > slack) & (high > slack), 1))
    return list(zip(first.tolist(), second.tolist(), strict=True))
