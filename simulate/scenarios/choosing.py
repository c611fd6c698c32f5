"""Choices by a rule: the school most short of seats, a site, units of a new zone, zones to merge."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata.city import City
from geodata.messages import say
from simulate.scenarios.draft import Draft
from simulate.scenarios.kinds import Rule
from zoning.locate import locate_children
from zoning.plan import plan_in, zone_of
from zoning.pressure import children_by_zone, seat_shares

Floats = npt.NDArray[np.float64]


def shortage_of(city: City) -> pd.DataFrame:
    """Return zone_id, district_id, children and seats of each zone, and over: children less seats.

    A school's seats are shared by its zones in proportion to their children; sorted by zone.
    """
    plan = plan_in(city, city.project.project.year)
    children = children_by_zone(city, plan)
    seats = seat_shares(city, children).groupby("zone_id")["seats"].sum()
    count = children.groupby("zone_id")["children"].sum()
    zones = city["zones"][["zone_id", "district_id"]].sort_values("zone_id", ignore_index=True)
    zones["children"] = zones["zone_id"].map(count).fillna(0).astype("int64")
    zones["seats"] = zones["zone_id"].map(seats).fillna(0.0).astype("float64")
    return zones.assign(over=zones["children"] - zones["seats"])


def children_by_unit(city: City) -> pd.DataFrame:
    """Return unit_id, category, children of the project's year: from the applicants, else from demand."""
    year = city.project.project.year
    if not city.has("applicants"):
        now = city["demand"][city["demand"]["year"] == year]
        return now[["unit_id", "category", "children"]].reset_index(drop=True)
    applicants = city["applicants"]
    located = locate_children(city, plan_in(city, year), applicants)
    table = pd.DataFrame({"unit_id": located["unit_id"], "category": applicants["category"]})
    return table.groupby(["unit_id", "category"]).size().rename("children").reset_index()


def chosen_school(draft: Draft, school: str | Rule, column: str) -> str | None:
    """Return the id of a school that is named, or chosen by the rule `most-short`; None adds a fault."""
    if isinstance(school, str):
        return draft.one("schools", school, column)
    if not _allowed(draft, school, column, "most-short"):
        return None
    zone = _most_short(draft, school, column)
    if zone is None:
        return None
    serves = draft.frames["serves"]
    there = sorted(serves.loc[serves["zone_id"] == zone, "school_id"])
    if not there:
        draft.fault(column, say("the zone {zone}, which is most short, has no school", zone=zone))
        return None
    # of several schools that with the fewest seats, then the lower id
    seats = draft.frames["seats"]
    held = seats[seats["year"] == draft.year].groupby("school_id")["seats"].sum()
    return str(min(there, key=lambda one: (float(held.get(one, 0) or 0), one)))


def chosen_zones(draft: Draft, zones: list[str] | Rule, column: str) -> list[str]:
    """Return the ids of zones that are named, or chosen by the rule `most-short-and-neighbour`."""
    if not isinstance(zones, Rule):
        return draft.many("zones", zones, column)
    if not _allowed(draft, zones, column, "most-short-and-neighbour"):
        return []
    first = _most_short(draft, zones, column)
    if first is None:
        return []
    table = _there(draft, zones, column)
    middle = _middles(draft, table["zone_id"])
    at = int(np.flatnonzero(table["zone_id"] == first)[0])
    off = _metres(middle - middle[at])
    same = (table["district_id"] == table["district_id"].iloc[at]).to_numpy(dtype=bool)
    may = same & np.isfinite(off) & (np.arange(len(table)) != at)
    spare = may & (table["over"] < 0).to_numpy(dtype=bool)
    may = spare if spare.any() else may
    if not may.any():
        words = say("the zone {zone} has no other zone in its district to be merged with", zone=first)
        draft.fault(column, words)
        return []
    order = np.lexsort((table["zone_id"].to_numpy(dtype=str), np.where(may, off, np.inf)))
    return sorted([first, str(table["zone_id"].iloc[order[0]])])


def chosen_unit(draft: Draft, rule: Rule, column: str) -> str | None:
    """Return the unit of the rule `shortens-most`; None adds a fault."""
    if not _allowed(draft, rule, column, "shortens-most"):
        return None
    zone = _most_short(draft, rule, column)
    if zone is None:
        return None
    units, places = _units_with_children(draft)
    known = np.isfinite(places).all(axis=1)
    mine = np.flatnonzero((units["zone_id"] == zone).to_numpy(dtype=bool) & known)
    if len(mine) == 0:
        draft.fault(column, say("the zone {zone}: no places of units are known", zone=zone))
        return None
    near = known & units["district_id"].isin(units["district_id"].iloc[mine]).to_numpy()
    there = np.flatnonzero(near)
    now = _own_metres(draft, units, places)[there]
    children = units["children"].to_numpy(dtype=np.float64)[there]
    saved = [
        float((children * np.maximum(now - _metres(places[there] - places[unit]), 0.0)).sum())
        for unit in mine
    ]
    # units are in order of their ids, so that the lower one is first at a tie
    return str(units["unit_id"].iloc[mine[int(np.argmax(saved))]])


def chosen_units(
    draft: Draft,
    units: list[str] | Rule,
    *,
    at: shapely.Point | None,
    district: str | None,
    seats: int,
    column: str,
) -> list[str]:
    """Return the ids of units that are named, or those nearest to a new school until it is full.

    Parameters
    ----------
    draft : Draft
    units : list of str, or Rule
        The rule `nearest` takes units of its districts (by default the school's), that have a zone and that
        no change has moved, and are nearer to the new school than to the schools of their zone, in order of
        distance; the last one is that with which the children still have seats, and there is always one.
    at : Point, optional
        Where the school stands.
    district : str, optional
        In which district.
    seats : int
        How many children it can take.
    column : str
        For messages.
    """
    if not isinstance(units, Rule):
        return draft.many("units", units, column)
    if not _allowed(draft, units, column, "nearest"):
        return []
    table, places = _units_with_children(draft)
    where = [district] if units.districts is None else draft.many("districts", units.districts, column)
    may = table["district_id"].isin([one for one in where if one]) & table["zone_id"].notna()
    free = (may & ~table["unit_id"].isin(draft.moved)).to_numpy(dtype=bool) & np.isfinite(places).all(
        axis=1
    )
    if at is not None:
        off = _metres(places - np.array([at.x, at.y]))
        free = free & (off < _own_metres(draft, table, places))
    if at is None or not free.any():
        words = say("no unit with a place and a zone is nearer to the new school than to its own")
        draft.fault(column, words)
        return []
    rows = np.flatnonzero(free)
    order = rows[np.lexsort((table["unit_id"].to_numpy(dtype=str)[rows], off[rows]))]
    taken = np.cumsum(table["children"].to_numpy(dtype=np.int64)[order])
    return sorted(table["unit_id"].to_numpy(dtype=object)[order[: max(int((taken <= seats).sum()), 1)]])


def _allowed(draft: Draft, rule: Rule, column: str, name: str) -> bool:
    if rule.rule != name:
        words = say("here the rule {name}, or ids", name=name)
        draft.fault(f"{column}.rule", words, found=rule.rule, remedy=say("correct it"))
    return rule.rule == name


def _there(draft: Draft, rule: Rule, column: str) -> pd.DataFrame:
    table = shortage_of(draft.city())
    if rule.districts is None:
        return table
    districts = draft.many("districts", rule.districts, f"{column}.districts")
    return table[table["district_id"].isin(districts)].reset_index(drop=True)


def _most_short(draft: Draft, rule: Rule, column: str) -> str | None:
    """Return the zone with most children over its seats; at a tie the lower id."""
    table = _there(draft, rule, column)
    table = table[table["children"] > 0]
    if len(table) == 0:
        draft.fault(column, say("no zone there has children: a rule has nothing to choose from"))
        return None
    return str(table["zone_id"].iloc[int(np.argmax(table["over"].to_numpy()))])


def _units_with_children(draft: Draft) -> tuple[pd.DataFrame, Floats]:
    """Return unit_id, district_id, zone_id and children of each unit, in order, and where it is."""
    city = draft.city()
    units = city["units"].sort_values("unit_id", ignore_index=True)
    count = children_by_unit(city).groupby("unit_id")["children"].sum()
    zone = zone_of(draft.plan(), units["unit_id"], pd.Series([""] * len(units)))
    table = pd.DataFrame(
        {
            "unit_id": units["unit_id"],
            "district_id": units["district_id"],
            "zone_id": zone,
            "children": units["unit_id"].map(count).fillna(0).astype("int64"),
        }
    )
    return table, _coordinates(units.geometry.to_numpy())


def _own_metres(draft: Draft, units: pd.DataFrame, places: Floats) -> Floats:
    """Return how far each unit is from the nearest school of its zone, straight; infinite if unknown."""
    schools, serves = draft.frames["schools"], draft.frames["serves"]
    to = _coordinates(schools.geometry.to_numpy())
    own = pd.DataFrame({"zone_id": units["zone_id"], "unit": np.arange(len(units))}).dropna()
    pairs = own.merge(serves, on="zone_id")
    unit = pairs["unit"].to_numpy(dtype=np.int64)
    school = pd.Index(schools["school_id"]).get_indexer(pairs["school_id"])
    off = _metres(places[unit] - to[school])
    found = np.full(len(units), np.inf)
    np.minimum.at(found, unit, np.where(np.isfinite(off), off, np.inf))
    return found


def _middles(draft: Draft, zones: pd.Series) -> Floats:
    """Return the middle of the units of each zone, by children; NaN where none is known."""
    table, places = _units_with_children(draft)
    weight = table["children"].to_numpy(dtype=np.float64) + 1.0
    known = np.isfinite(places).all(axis=1) & table["zone_id"].notna().to_numpy()
    at = pd.Index(zones).get_indexer(table["zone_id"])
    use = known & (at >= 0)
    total = np.bincount(at[use], weight[use], minlength=len(zones))
    sums = [np.bincount(at[use], weight[use] * places[use, axis], minlength=len(zones)) for axis in (0, 1)]
    where = np.column_stack(sums)
    blank = np.full(where.shape, np.nan)
    return np.asarray(np.divide(where, total[:, None], out=blank, where=total[:, None] > 0))


def _metres(apart: Floats) -> Floats:
    """Return distances in whole metres, NaN where unknown: nothing is ordered by the last bit of a root."""
    return np.asarray(np.rint(np.hypot(apart[:, 0], apart[:, 1])))


def _coordinates(shapes: npt.NDArray[np.object_]) -> Floats:
    points = shapely.point_on_surface(shapes)
    return np.asarray(np.column_stack([shapely.get_x(points), shapely.get_y(points)]), dtype=np.float64)
