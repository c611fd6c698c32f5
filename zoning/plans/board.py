"""What stays the same when a plan changes: units, children, seats, distances and borders, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import City, XuequError, say
from geodata.metres import UNKNOWN_M
from zoning.locate import locate_children, lowest_id_at
from zoning.plan import ANY, categories_of, plan_for, plan_in, zone_of
from zoning.plans.ways import Crossing, ways_of
from zoning.polygons.adjacency import shared_borders
from zoning.pressure import seats_by_school
from zoning.travel import Metres, Seconds

Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Names = npt.NDArray[np.object_]
Plan = npt.NDArray[np.int64]
"""The zone of each unit for each category, shape (categories, units); -1 where there is none."""

NO_ZONE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A city as the scoring of plans sees it.

    Parameters
    ----------
    units, zones, schools : array of str, shape (n,), (z,), (s,)
        Their ids, sorted.
    categories : tuple of str
        The categories of children (c of them).
    children : array of int64, shape (c, n)
        Children by category and unit.
    in_zone : array of int64, shape (c, z)
        Children of whom only the zone is known: they stay there whatever the plan.
    lost : int
        Children of whom neither is known.
    metres : array of int32, shape (n, z)
        From each unit to the nearest school of each zone; `UNKNOWN_M` where it is not known.
    least_m : array of int32, shape (c, n)
        From each unit to the nearest school of any zone that the category has units in, in one of the
        plans, or that no category has.
    seats : array of int64, shape (s,)
    zone, school : array of int64, shape (pairs,)
        Which school serves which zone, as positions.
    school_unit : array of int64, shape (s,)
        The unit in which each school lies; -1 if in none.
    community : array of int64, shape (n,)
        The same number for the same community; -1 where it is not known.
    first, second, border_m : array, shape (edges,)
        Neighbouring units and the length of their border; none where units have no polygons.
    area_m2, perimeter_m : array of float, shape (n,)
        0 where a unit has no polygon.
    seconds, least_s : array of int32, shape (n, z) and (c, n), optional
        As `metres` and `least_m`, of the seconds that the table `travel` gives; None where it gives none.
    crossing : Crossing, optional
        Which ways cross a barrier; None where the project has no barriers.
    """

    units: Names
    zones: Names
    schools: Names
    categories: tuple[str, ...]
    children: Numbers
    in_zone: Numbers
    lost: int
    metres: Metres
    least_m: Metres
    seats: Numbers
    zone: Numbers
    school: Numbers
    school_unit: Numbers
    community: Numbers
    first: Numbers
    second: Numbers
    border_m: Floats
    area_m2: Floats
    perimeter_m: Floats
    seconds: Seconds | None = None
    least_s: Seconds | None = None
    crossing: Crossing | None = None


def board_of(city: City, *plans: pd.DataFrame) -> Board:
    """Lay out a city for the scoring of plans.

    Parameters
    ----------
    city : City
        Units, zones, schools, serves; seats and counts of children where it has them.
    *plans : DataFrame
        Other plans to be scored, as `plan_held` returns them: a category may have rows of its own there,
        and no child in the counts.

    Raises
    ------
    XuequError
        If the project has no units: a plan says which unit belongs to which zone.
    """
    if not city.has("units"):
        raise XuequError(say("the project has no units: a plan is scored by its units"))
    units, zones, schools = (
        city[table][f"{table[:-1]}_id"].to_numpy(dtype=object) for table in ("units", "zones", "schools")
    )
    held = [plan_in(city, city.project.project.year), *plans]
    counts = _counts(city)
    categories = _categories(counts, held)
    children = _table(counts, categories, "unit_id", pd.Index(units))
    by_zone = counts[counts["unit_id"].isna()]
    serves = city["serves"]
    zone = pd.Index(zones).get_indexer(serves["zone_id"]).astype(np.int64)
    school = pd.Index(schools).get_indexer(serves["school_id"]).astype(np.int64)
    ways = ways_of(city, units, zones, schools, zone, school)
    used = _zones_used(categories, held, zones)
    shapes = city["units"].geometry.to_numpy().copy()
    shapes[~np.isin(shapely.get_type_id(shapes), [3, 6])] = None  # polygons and multipolygons
    first, second, borders = shared_borders(shapes)
    points = city["schools"].geometry.to_numpy()
    known = ~shapely.is_missing(points)
    school_unit = np.full(len(schools), NO_ZONE, dtype=np.int64)
    inside = lowest_id_at(points[known], shapes, city["units"]["unit_id"])
    school_unit[known] = pd.Index(units).get_indexer(inside)
    return Board(
        units=units,
        zones=zones,
        schools=schools,
        categories=categories,
        children=children,
        in_zone=_table(by_zone, categories, "zone_id", pd.Index(zones)),
        lost=int(by_zone["children"][by_zone["zone_id"].isna()].sum()),
        metres=ways.metres,
        least_m=_least(ways.metres, used),
        seats=seats_by_school(city).to_numpy(dtype=np.int64),
        zone=zone,
        school=school,
        school_unit=school_unit,
        community=_codes(city["units"]["community_id"]),
        first=first.astype(np.int64),
        second=second.astype(np.int64),
        border_m=shapely.length(borders),
        area_m2=np.nan_to_num(shapely.area(shapes)),
        perimeter_m=np.nan_to_num(shapely.length(shapes)),
        seconds=ways.seconds,
        least_s=None if ways.seconds is None else _least(ways.seconds, used),
        crossing=ways.crossing,
    )


def plan_on(board: Board, plan: pd.DataFrame) -> Plan:
    """Return a plan as positions on a board, shape (categories, units).

    Parameters
    ----------
    board : Board
    plan : DataFrame
        As `plan_in` returns it: unit_id, category, zone_id.
    """
    units = pd.Series(board.units)
    rows = [
        pd.Index(board.zones).get_indexer(zone_of(plan, units, pd.Series([category] * len(units))))
        for category in board.categories
    ]
    return np.array(rows, dtype=np.int64).reshape(len(board.categories), len(units))


def _counts(city: City) -> pd.DataFrame:
    """Return unit_id, zone_id, category, children: the applicants where there is a list, else demand."""
    year = city.project.project.year
    if not city.has("applicants"):
        now = city["demand"][city["demand"]["year"] == year]
        return now[["unit_id", "category", "children"]].assign(zone_id=pd.Series(None, dtype="str"))
    applicants = city["applicants"]
    located = locate_children(city, plan_in(city, year), applicants)
    return pd.DataFrame(
        {
            "unit_id": located["unit_id"],
            "zone_id": located["zone_id"],
            "category": applicants["category"],
            "children": 1,
        }
    )


def _categories(counts: pd.DataFrame, plans: Sequence[pd.DataFrame]) -> tuple[str, ...]:
    """Return the categories of children and of plans; one for all where there is none."""
    named = set(counts["category"]).union(*(categories_of(plan) for plan in plans))
    return tuple(sorted(named)) or (ANY,)


def _table(counts: pd.DataFrame, categories: tuple[str, ...], column: str, names: pd.Index) -> Numbers:
    """Return counts as a table of category and unit (or zone); rows without one are left out."""
    told = counts[counts[column].notna()]
    table = np.zeros((len(categories), len(names)), dtype=np.int64)
    at = pd.Index(categories).get_indexer(told["category"]), names.get_indexer(told[column])
    np.add.at(table, at, told["children"].to_numpy(dtype=np.int64))
    return table


def _zones_used(
    categories: tuple[str, ...], plans: Sequence[pd.DataFrame], zones: Names
) -> npt.NDArray[np.bool_]:
    """Return which zones each category may be in, shape (c, z): those of its rows, and those of nobody."""
    used = np.zeros((len(categories), len(zones)), dtype=bool)
    for plan in plans:
        for row, category in enumerate(categories):
            used[row] |= np.isin(zones, plan_for(plan, category)["zone_id"].to_numpy(dtype=object))
    return np.asarray(used | ~used.any(axis=0), dtype=np.bool_)


def _least(metres: Metres, used: npt.NDArray[np.bool_]) -> Metres:
    rows = [metres[:, own].min(axis=1, initial=UNKNOWN_M) for own in used]
    return np.array(rows, dtype=np.int32)


def _codes(values: pd.Series) -> Numbers:
    codes, _ = pd.factorize(values, sort=True)
    return np.asarray(codes, dtype=np.int64)
