"""From each unit to each zone: metres to its nearest school, seconds, whether the way crosses a barrier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geodata import City
from geodata.metres import UNKNOWN_M
from zoning.crossings import Marks, barriers_of, crossings, ways_known
from zoning.travel import (
    UNKNOWN_S,
    Metres,
    Seconds,
    coordinates_of,
    distances_m,
    given_beside,
    given_seconds,
    part_of,
    travel_of,
)

Names = npt.NDArray[np.object_]
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """Which ways cross a barrier: those from each unit to the nearest school of each zone, by metres.

    Parameters
    ----------
    crosses, unbridged : array of bool, shape (n, z)
        Whether a barrier lies on the way, and whether one does over which no link leads near the way, as
        `zoning.crossings` says.
    known : array of bool, shape (n, z)
        Whether the way is known: both others are False where it is not.
    """

    crosses: Marks
    unbridged: Marks
    known: Marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The ways from units to zones.

    Parameters
    ----------
    metres : array of int32, shape (n, z)
        To the nearest school of each zone; `UNKNOWN_M` where it is not known.
    seconds : array of int32, shape (n, z), optional
        To the quickest school of each zone; `UNKNOWN_S` where it is not known. None where the project
        gives no seconds.
    crossing : Crossing, optional
        None where the project has neither barriers nor more than one land part.
    """

    metres: Metres
    seconds: Seconds | None
    crossing: Crossing | None


def ways_of(
    city: City, units: Names, zones: Names, schools: Names, zone: Positions, school: Positions
) -> Ways:
    """Return the ways from the units of a city to its zones.

    Parameters
    ----------
    city : City
    units, zones, schools : array of str, shape (n,), (z,), (s,)
        Their ids, in the order of the city's tables.
    zone, school : array of int64, shape (pairs,)
        Which school serves which zone, as positions.
    """
    travel = travel_of(city)
    homes, places = (
        coordinates_of(shapely.point_on_surface(city[table].geometry.to_numpy()))
        for table in ("units", "schools")
    )
    parts = part_of(travel.parts, homes), part_of(travel.parts, places)
    metres = distances_m(travel, homes, parts[0], places, parts[1])
    metres = given_beside(travel, metres, units, schools)
    size = len(units), len(zones)
    known = ways_known(homes, places)
    nearest = _nearest(metres, known, size, zone, school)
    barriers = barriers_of(city)
    crossing = None
    if len(barriers.shapes) or len(travel.parts) > 1:
        crosses, unbridged = crossings(barriers, travel, homes, parts[0], places, parts[1])
        crossing = Crossing(
            crosses=_at(crosses, nearest), unbridged=_at(unbridged, nearest), known=_at(known, nearest)
        )
    seconds = given_seconds(city, units, schools)
    return Ways(
        metres=_least(metres, size, zone, school),
        seconds=None if seconds is None else _least(seconds, size, zone, school),
        crossing=crossing,
    )


def _least(to_school: Metres, size: tuple[int, int], zone: Positions, school: Positions) -> Metres:
    """Return the least to any school of each zone, shape (n, z)."""
    assert UNKNOWN_S == UNKNOWN_M
    found = np.full(size, UNKNOWN_M, dtype=np.int32)
    for z, s in zip(zone, school, strict=True):
        np.minimum(found[:, z], to_school[:, s], out=found[:, z])
    return found


def _nearest(
    to_school: Metres, known: Marks, size: tuple[int, int], zone: Positions, school: Positions
) -> Positions:
    """Return the position of the nearest school of each zone, shape (n, z); -1 where it has none.

    Of equally near ones it is the first, and a way that is known comes before one that is not: where no
    link leads to any, the distance is unknown, and that the way crosses water is not.
    """
    nearest = np.full(size, -1, dtype=np.int64)
    least = np.full(size, np.iinfo(np.int64).max)
    for z, s in sorted(zip(zone.tolist(), school.tolist(), strict=True)):
        away = 2 * to_school[:, s].astype(np.int64) + ~known[:, s]
        nearer = away < least[:, z]
        nearest[nearer, z], least[nearer, z] = s, away[nearer]
    return nearest


def _at(marks: Marks, nearest: Positions) -> Marks:
    found = np.take_along_axis(marks, np.maximum(nearest, 0), axis=1) if marks.shape[1] else nearest >= 0
    return np.asarray(found & (nearest >= 0), dtype=np.bool_)
