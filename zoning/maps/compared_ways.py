"""How far it is from each unit to the school of its catchment: bands for the page of a change, both sides.

Where the project's table of ways gives seconds the bands are isochrones, of minutes; else they are of
metres, by that table or straight over the bridges. A unit is of one band as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import City
from geodata.messages import Text, say
from geodata.metres import UNKNOWN_M
from zoning.maps.compared_shapes import generalised
from zoning.maps.compared_sides import Side
from zoning.maps.geometry import Shapes
from zoning.plans.ways import ways_of
from zoning.polygons.coverage import union_of

METRES = (500, 1000, 2000, 3000)
MINUTES = (5, 10, 15, 20)
FILLS = ("#2f7f8f", "#6fb3b8", "#aed6d3", "#f3d9b1", "#d98c3f")
"""From near to far; the last is beyond the last limit. Apart in lightness too, for every kind of eye."""

UNKNOWN = -1
Bands = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBands:
    """The bands of both sides.

    Parameters
    ----------
    timed : bool
        Whether the limits are minutes; else they are metres.
    given : bool
        Whether the project's table of ways gives them; else they are measured, straight over bridges.
    shapes : array of geometries, shape (pieces,)
        The units that are of one band before and of one after, as one shape; all fit each other.
    before, after : array of int64, shape (pieces,)
        The band of each piece, from 0; -1 where no way is known.
    """

    timed: bool
    given: bool
    shapes: Shapes
    before: Bands
    after: Bands

    @property
    def note(self) -> Text:
        """Return what the bands are, and what they are not."""
        if self.timed:
            return say("Isochrones by planning unit: minutes as the project's table of ways gives them.")
        if self.given:
            return say(
                "Ways by planning unit, as the project's table of ways gives them; it has no minutes."
            )
        return say(
            "Ways by planning unit, straight over the bridges. No isochrones: the project has no "
            "table of ways."
        )

    def limit(self, band: int) -> Text:
        """Return a band in words."""
        if self.timed and band < len(MINUTES):
            return say("up to {n} minutes to the school of the catchment", n=MINUTES[band])
        if self.timed:
            return say("more than {n} minutes", n=MINUTES[-1])
        if band < len(METRES):
            return say("up to {km} km to the school of the catchment", km=f"{METRES[band] / 1000:g}")
        return say("more than {km} km", km=f"{METRES[-1] / 1000:g}")


def way_bands(
    sides: tuple[Side, Side], plans: tuple[pd.DataFrame, pd.DataFrame], *, public: bool
) -> WayBands | None:
    """Return the bands of both sides; None where units have no polygons, or no way is known.

    Parameters
    ----------
    sides : pair of Side
    plans : pair of DataFrame
        unit_id, zone_id: the rows of `plan_of_all`.
    public : bool
        Whether borders are generalised, so that none of a unit can be read to the house.
    """
    if not all(_has_areas(side.city) for side in sides):
        return None
    away = [_ways(side.city, plan) for side, plan in zip(sides, plans, strict=True)]
    timed = all(seconds is not None for _, seconds in away)
    limits = 60 * np.array(MINUTES) if timed else np.array(METRES)
    columns = {
        name: pd.Series(_banded(seconds if timed and seconds is not None else metres, limits), index=units)
        for name, (metres, seconds), units in zip(
            ("before", "after"), away, (side.city["units"]["unit_id"] for side in sides), strict=True
        )
    }
    table = pd.DataFrame(columns).fillna(UNKNOWN).astype("int64")
    if (table == UNKNOWN).all(axis=None):
        return None
    both = pd.concat([side.city["units"][["unit_id", "geometry"]] for side in sides])
    table["shape"] = both.drop_duplicates("unit_id").set_index("unit_id")["geometry"]
    pieces = table.groupby(["before", "after"])["shape"].agg(
        lambda own: union_of(own.to_numpy(dtype=object))
    )
    given = all(side.city["travel"]["metres"].notna().any() for side in sides)
    return WayBands(
        timed=timed,
        given=given,
        shapes=generalised(pieces.to_numpy(dtype=object), public=public),
        before=pieces.index.get_level_values("before").to_numpy(dtype=np.int64),
        after=pieces.index.get_level_values("after").to_numpy(dtype=np.int64),
    )


def _has_areas(city: City) -> bool:
    kinds = shapely.get_type_id(city["units"].geometry.to_numpy())
    return len(kinds) > 0 and bool(np.isin(kinds, (3, 6)).all())


def _ways(city: City, plan: pd.DataFrame) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32] | None]:
    """Return the metres and seconds from each unit to its zone, shape (units,); `UNKNOWN_M` is unknown."""
    units, zones, schools = (
        city[table][f"{table[:-1]}_id"].to_numpy(dtype=object) for table in ("units", "zones", "schools")
    )
    serves = city["serves"]
    zone = pd.Index(zones).get_indexer(serves["zone_id"]).astype(np.int64)
    school = pd.Index(schools).get_indexer(serves["school_id"]).astype(np.int64)
    ways = ways_of(city, units, zones, schools, zone, school)
    own = pd.Series(units).map(plan.set_index("unit_id")["zone_id"])
    at = pd.Index(zones).get_indexer(own)

    def to_zone(table: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        row = table[np.arange(len(units)), np.maximum(at, 0)]
        return np.where(at >= 0, row, UNKNOWN_M).astype(np.int32)

    return to_zone(ways.metres), None if ways.seconds is None else to_zone(ways.seconds)


def _banded(away: npt.NDArray[np.int32], limits: Bands) -> Bands:
    """Return the band of each unit; a way of just the limit is within it."""
    return np.where(away < UNKNOWN_M, np.searchsorted(limits, away), UNKNOWN).astype(np.int64)
