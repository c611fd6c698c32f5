"""A still picture of a run for the report: zones by seat pressure, and arrows between districts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from geodata import City
from zoning.maps.colours import FILLS
from zoning.maps.geometry import simplify
from zoning.maps.printed_arrows import bent
from zoning.maps.printed_frame import Frame, frame_of, middles_of
from zoning.outline import outline_zones
from zoning.plan import plan_in

WIDTH = 900.0
_MARGIN = 14.0
_MOST_ARROWS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """An arrow from district to district: its path, its width, and where its number stands."""

    path: str
    width: float
    count: int
    at: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What the template draws: SVG paths in a frame of `WIDTH` × `height`.

    Parameters
    ----------
    zones : list of (path, fill, title)
    districts : list of (path, name, (x, y) of the name)
    schools : list of (x, y)
    scale : (metres, length in the frame)
        A round number of kilometres for the scale bar.
    """

    height: float
    zones: list[tuple[str, str, str]]
    districts: list[tuple[str, str, tuple[float, float]]]
    schools: list[tuple[float, float]]
    arrows: list[Arrow]
    scale: tuple[int, float]


def draw_picture(city: City, pressure: pd.DataFrame, flows: pd.DataFrame) -> Picture | None:
    """Draw the zones of a city and the children who go to school in another district.

    Parameters
    ----------
    city : City
        Its zones need polygons, else there is nothing to draw.
    pressure : DataFrame
        As `zone_pressure` returns it.
    flows : DataFrame
        As `Summary.flows`.

    Returns
    -------
    Picture or None
        None if no zone has a polygon.
    """
    zones = outline_zones(city, plan_in(city, city.project.project.year))
    zones = zones[zones.geometry.notna()]
    if len(zones) == 0:
        return None
    shapes = simplify(zones.geometry.to_numpy())
    bounds = shapely.total_bounds(shapes)
    frame = frame_of(bounds, width=WIDTH, height=WIDTH, margin=_MARGIN, centred=False)
    colour = pressure.set_index("zone_id")["colour"]
    ratio = pressure.set_index("zone_id")["ratio"]
    drawn = [
        (frame.path(shape), FILLS[str(colour[zone])], _title(name, zone, ratio[zone]))
        for shape, zone, name in zip(shapes, zones["zone_id"], zones["name"], strict=True)
    ]
    districts = city["districts"]
    districts = districts[districts.geometry.notna()]
    outlines = simplify(districts.geometry.to_numpy())
    middles = [(x, y) for x, y in middles_of(outlines).tolist()]
    named = [
        (frame.path(shape), name if isinstance(name, str) else district, _place(frame, middle))
        for shape, district, name, middle in zip(
            outlines, districts["district_id"], districts["name"], middles, strict=True
        )
    ]
    points = city["schools"].geometry
    places = shapely.get_coordinates(points[points.notna()].to_numpy())
    return Picture(
        height=frame.height,
        zones=drawn,
        districts=named,
        schools=[(x, y) for x, y in frame.place(places).tolist()],
        arrows=_arrows(flows, dict(zip(districts["district_id"], middles, strict=True)), frame),
        scale=_scale(frame),
    )


def _scale(frame: Frame) -> tuple[int, float]:
    metres = 1000 * max(1, round(0.18 * WIDTH / frame.factor / 1000))
    return metres, round(metres * frame.factor, 1)


def _place(frame: Frame, place: tuple[float, float]) -> tuple[float, float]:
    x, y = frame.place(place)[0].tolist()
    return x, y


def _title(name: object, zone: str, ratio: float) -> str:
    label = name if isinstance(name, str) else zone
    return label if pd.isna(ratio) or np.isinf(ratio) else f"{label}: {ratio:.0%}"


def _arrows(flows: pd.DataFrame, middles: dict[str, tuple[float, float]], frame: Frame) -> list[Arrow]:
    long = flows.melt(id_vars="district_id", var_name="to", value_name="children")
    away = long[(long["district_id"] != long["to"]) & (long["children"] > 0)]
    away = away.sort_values(["children", "district_id", "to"], ascending=[False, True, True])
    most = int(away["children"].max()) if len(away) else 1
    arrows = []
    for start, end, count in away.head(_MOST_ARROWS).itertuples(index=False):
        if start not in middles or end not in middles:
            continue
        (x0, y0), (x1, y1) = frame.place([middles[start], middles[end]]).tolist()
        # bent to one side, so that the way there and the way back do not lie on each other
        mx, my = bent((x0, y0), (x1, y1))
        at = (round((x0 + x1) / 4 + mx / 2, 1), round((y0 + y1) / 4 + my / 2, 1))
        path = f"M{x0:g} {y0:g}Q{mx:.1f} {my:.1f} {x1:g} {y1:g}"
        width = round(2.0 + 8.0 * (count / most) ** 0.5, 1)
        arrows.append(Arrow(path=path, width=width, count=int(count), at=at))
    return arrows
