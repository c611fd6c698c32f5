"""The tiny city with zones drawn by hand, from which tests make single flaws."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geodata import City, read_city
from tests.tiny import EAST, NORTH, layer, write_tiny

Corners = list[tuple[float, float]]

ZONES: dict[str, Corners] = {
    "Z1": [(0, 0), (1000, 0), (1000, 1000), (0, 1000)],
    "Z2": [(1000, 0), (2000, 0), (2000, 2000), (1000, 2000), (1000, 1000)],
    "Z3": [(-4000, 0), (-2000, 0), (-2000, 2000), (-4000, 2000)],
}
"""The corners of the zones, in metres from the corner of the east part, as `tests.tiny` counts.

Z1 covers the unit U1, Z2 U2 and U3, Z3 the whole west part; (0, 1000) to (1000, 2000) is in no zone.
"""


def polygon(corners: Corners, *holes: Corners) -> dict[str, Any]:
    """Return a GeoJSON polygon; the rings are closed here."""
    rings = [
        [[EAST + east, NORTH + north] for east, north in [*ring, ring[0]]] for ring in (corners, *holes)
    ]
    return {"type": "Polygon", "coordinates": rings}


def several(*parts: Corners) -> dict[str, Any]:
    """Return a GeoJSON multi-polygon."""
    return {"type": "MultiPolygon", "coordinates": [polygon(part)["coordinates"] for part in parts]}


def drawn_project(folder: Path, zones: dict[str, Any] | None = None, **changes: Any) -> Path:
    """Write the tiny project with drawn zones: corners, or whole GeoJSON geometries."""
    shapes = {**ZONES, **(zones or {})}
    rows = [
        ({"zone_id": zone, "pupils": 7}, shape if isinstance(shape, dict) else polygon(shape))
        for zone, shape in shapes.items()
        if shape is not None
    ]
    toml = (
        '[tables.zones]\npath = "zones.csv"',
        '[tables.zones]\npath = "zones.geojson"\ndatum = "EPSG:4548"',
    )
    edits = [toml, *changes.pop("xuequ", [])]
    write_tiny(folder, zones=None, xuequ=edits, **changes)
    (folder / "zones.geojson").write_text(layer(*rows), encoding="utf-8")
    return folder


def drawn_city(folder: Path, zones: dict[str, Any] | None = None, **changes: Any) -> City:
    """Write and read the tiny project with drawn zones."""
    return read_city(drawn_project(folder, zones, **changes))


def boxes(*bounds: tuple[float, float, float, float]) -> np.ndarray:
    """Return rectangles by west, south, east, north."""
    return np.array([shapely.box(*one) for one in bounds], dtype=object)


def frame(*shapes: Any, crs: str = "EPSG:4548") -> gpd.GeoDataFrame:
    """Return a layer with the ids A, B, C…"""
    ids = [chr(ord("A") + at) for at in range(len(shapes))]
    return gpd.GeoDataFrame({"id": ids}, geometry=list(shapes), crs=crs)
