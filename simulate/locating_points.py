"""Say where a point lies: unit, zone, district, and whether on a border."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import City, XuequError, say
from geodata.datum import is_geographic, to_metric
from zoning.locate import lowest_id_at
from zoning.outline import outline_zones


@dataclass(frozen=True, slots=True, kw_only=True)
class PointPlace:
    """Where a point lies.

    Parameters
    ----------
    units, zones : tuple of str
        All units and zones that it lies in or on the border of, the lowest id, which counts, first.
    district_id : str or None
    """

    units: tuple[str, ...]
    zones: tuple[str, ...]
    district_id: str | None


def locate_point(city: City, plan: pd.DataFrame, lng: float, lat: float, datum: str) -> PointPlace:
    """Locate a point.

    Parameters
    ----------
    city, plan
        The project, and its plan as `plan_in` returns it.
    lng, lat : float
        In the datum; easting and northing in a projected one.
    datum : str
        What the coordinates are in; it is never guessed.

    Raises
    ------
    XuequError
        If the datum is not known, the coordinates are none, or no unit, zone or district has a polygon.
    """
    if (datum == "local-metres") != (city.metric_crs == "local-metres"):
        raise XuequError(
            say(
                "the point is in {datum}, the project is measured in {crs}",
                datum=datum,
                crs=city.metric_crs,
            )
        )
    off = is_geographic(datum) and (abs(lng) > 180 or abs(lat) > 90)
    if off or not (np.isfinite(lng) and np.isfinite(lat)):
        raise XuequError(
            say("--point {point}: longitude -180 to 180, then latitude -90 to 90", point=f"{lng:g},{lat:g}")
        )
    layers = {
        "units": (city["units"].geometry.to_numpy(), city["units"]["unit_id"]),
        "zones": (outline_zones(city, plan).geometry.to_numpy(), city["zones"]["zone_id"]),
        "districts": (city["districts"].geometry.to_numpy(), city["districts"]["district_id"]),
    }
    if not any(_has_areas(shapes) for shapes, _ in layers.values()):
        raise XuequError(
            say("no unit, zone or district of the project has a polygon: a point lies in none")
        )
    point = to_metric(np.array([shapely.Point(lng, lat)], dtype=object), datum, city.metric_crs)
    district = lowest_id_at(point, *layers["districts"])[0]
    return PointPlace(
        units=_touching(point[0], *layers["units"]),
        zones=_touching(point[0], *layers["zones"]),
        district_id=district,
    )


def _has_areas(shapes: npt.NDArray[np.object_]) -> bool:
    return bool(np.isin(shapely.get_type_id(shapes), (3, 6)).any())


def _touching(point: shapely.Point, shapes: npt.NDArray[np.object_], ids: pd.Series) -> tuple[str, ...]:
    touching = shapely.intersects_xy(shapes, point.x, point.y)
    return tuple(sorted(ids[touching]))
