"""What one entry class more or less at a school does: to zone, district and city, and to a season."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from geodata import City, DataError, Fault, XuequError, say
from simulate.policy import Policy
from simulate.season import Season, open_season, run_season
from simulate.standards.entry import announced_classes
from simulate.standards.measures import warning_colours
from simulate.standards.rolling import whole
from simulate.standards.values import Limits
from simulate.state import NOT_ADMITTED, PLACED, WAITING
from simulate.world import World
from zoning.pressure import seat_shares

OUTCOMES = ("own_zone", "own_district", "elsewhere", "not_admitted", "waiting", "over")


def seats_a_class(city: City, limits: Limits) -> pd.Series:
    """Return the seats of one class at each school, by school_id: as announced, or else the norm."""
    offered = announced_classes(city).set_index("school_id")["class_size"]
    return offered.fillna(limits.class_norm[city.project.project.level]).round().astype("int64")


def class_effects(
    city: City, children: pd.DataFrame, limits: Limits, changes: Sequence[int] = (1, -1)
) -> pd.DataFrame:
    """Return what so many classes more or less at each school do to its zones, its district and the city.

    Parameters
    ----------
    city : City
    children : DataFrame
        zone_id, category, children; empty where there are no counts.
    limits : Limits
    changes : sequence of int
        Classes more; a school with fewer classes than it would lose has no row.

    Returns
    -------
    DataFrame
        A row for each school, zone that it serves and change: school_id, zone_id, district_id (of the
        school), change, seats (more), zone_seats, zone_seats_after, zone_children, zone_ratio,
        zone_ratio_after, zone_colour, zone_colour_after, district_balance, district_balance_after,
        city_balance, city_balance_after: seats less children of the district, of the city.

    Notes
    -----
    Children over seats, all categories together. A school's seats, and so the change, are shared by its
    zones in proportion to their children. Nobody is placed: for that, `season_effects`.
    """
    pairs = seat_shares(city, children)
    zones = city["zones"].set_index("zone_id")
    seats = pairs.groupby("zone_id")["seats"].sum().reindex(zones.index).fillna(0.0)
    there = children.groupby("zone_id")["children"].sum().reindex(zones.index).fillna(0).astype("int64")
    district = city["schools"].set_index("school_id")["district_id"]
    by_district = _balances(city, there, zones["district_id"], district)
    total = int(announced_classes(city)["seats"].sum()) - int(there.sum())
    offered = announced_classes(city).set_index("school_id")
    size = seats_a_class(city, limits)
    tables = []
    for change in changes:
        can = offered["classes"].fillna(0) + change >= 0
        here = pairs[pairs["school_id"].isin(offered.index[can])]
        more = here["school_id"].map(size).astype("int64") * change
        before = here["zone_id"].map(seats)
        after = before + more * here["share"]
        count = here["zone_id"].map(there)
        own = here["school_id"].map(district)
        ratio, ratio_after = _ratio(count, before, children), _ratio(count, after, children)
        balance = own.map(by_district)
        tables.append(
            pd.DataFrame(
                {
                    "school_id": here["school_id"],
                    "zone_id": here["zone_id"],
                    "district_id": own,
                    "change": change,
                    "seats": more,
                    "zone_seats": before.round(2),
                    "zone_seats_after": after.round(2),
                    "zone_children": count,
                    "zone_ratio": ratio,
                    "zone_ratio_after": ratio_after,
                    "zone_colour": warning_colours(ratio, limits),
                    "zone_colour_after": warning_colours(ratio_after, limits),
                    "district_balance": whole(balance.to_numpy(dtype="float64")),
                    "district_balance_after": whole((balance + more).to_numpy(dtype="float64")),
                    "city_balance": total,
                    "city_balance_after": total + more,
                }
            )
        )
    found = pd.concat(tables)
    return found.sort_values(["school_id", "zone_id", "change"], ascending=[True, True, False]).reset_index(
        drop=True
    )


def _balances(city: City, children: pd.Series, of_zone: pd.Series, of_school: pd.Series) -> pd.Series:
    """Return seats less children of each district: children by the district of their zone."""
    seats = announced_classes(city).set_index("school_id")["seats"]
    offered = seats.groupby(of_school.reindex(seats.index)).sum()
    return offered.sub(children.groupby(of_zone).sum(), fill_value=0)


def _ratio(children: pd.Series, seats: pd.Series, counts: pd.DataFrame) -> np.ndarray:
    """Return children over seats: infinite where children have no seat, NaN where nothing is known."""
    value = np.divide(
        children.to_numpy(dtype="float64"),
        seats.to_numpy(dtype="float64"),
        out=np.full(len(seats), np.nan),
        where=seats.to_numpy() > 0,
    )
    starved = (seats <= 0).to_numpy() & (children > 0).to_numpy()
    value = np.where(starved, np.inf, value)
    result: np.ndarray = np.where(len(counts) > 0, value.round(6), np.nan)
    return result


def season_effects(
    world: World, policy: Policy, changes: Sequence[tuple[str, int]], limits: Limits
) -> pd.DataFrame:
    """Run the season with other seats at one school, change by change, and count who ends where.

    Parameters
    ----------
    world : World
        The city as it is.
    policy : Policy
    changes : sequence of (school_id, classes more)
    limits : Limits
        The norm of a class where the school announces none.

    Returns
    -------
    DataFrame
        school_id, change (0: as it is, the first row, with no school), seats (more), then children in
        `own_zone`, `own_district`, `elsewhere` (coordinated within the district of the home, across), those
        `not_admitted` and `waiting`, and `over` the intake; and each of them less that of the first row
        (`…_more`).

    Raises
    ------
    DataError
        For each school that the city does not have.
    XuequError
        If a school has fewer seats in its open pool than it would lose.
    """
    size = seats_a_class(world.city, limits)
    _raise_on_strange_schools(world, [school for school, _ in changes])
    rows = [("", 0, 0, *_counts(world, run_season(world, policy, open_season(world))))]
    for school, change in changes:
        seats = int(size[school]) * change
        other = with_seats(world, school, seats)
        rows.append((school, change, seats, *_counts(other, run_season(other, policy, open_season(other)))))
    table = pd.DataFrame(rows, columns=["school_id", "change", "seats", *OUTCOMES])
    for name in OUTCOMES:
        table[f"{name}_more"] = table[name] - table[name].iloc[0]
    return table


def with_seats(world: World, school: str, more: int) -> World:
    """Return a world in which a school's open pool has so many seats more (or less, below 0).

    Raises
    ------
    XuequError
        If the pool has not so many to lose.
    """
    at = int(np.flatnonzero(world.schools.ids == school)[0])
    seats, offered = world.blocks.seats.copy(), world.schools.offered.copy()
    if seats[at] + more < 0:
        raise XuequError(
            say(
                "school {school} has {seats} seats in its open pool: it cannot lose {less}",
                school=school,
                seats=int(seats[at]),
                less=-more,
            )
        )
    # the first blocks are the schools' open pools, in order of the schools
    seats[at] += more
    offered[at] += more
    return replace(
        world,
        blocks=replace(world.blocks, seats=seats),
        schools=replace(world.schools, offered=offered),
    )


def _raise_on_strange_schools(world: World, schools: Sequence[str]) -> None:
    strange = sorted(set(schools) - set(world.schools.ids))
    if strange:
        raise DataError(
            [
                Fault(
                    file="schools",
                    column="school_id",
                    found=school,
                    allowed=say("a school of the table schools"),
                    remedy=say("correct it"),
                )
                for school in strange
            ]
        )


def _counts(world: World, season: Season) -> tuple[int, ...]:
    state = season.state
    placed = state.outcome == PLACED
    school = state.school(world)
    zone = state.zone(world)
    count = np.diff(world.zone_starts)
    served = np.repeat(np.arange(len(count)), count) * len(world.schools.ids) + world.zone_schools
    own_zone = placed & np.isin(zone * len(world.schools.ids) + school, served)
    same = placed & (world.children.district == world.schools.district[school])
    return (
        int(own_zone.sum()),
        int((same & ~own_zone).sum()),
        int((placed & ~own_zone & ~same).sum()),
        int((state.outcome == NOT_ADMITTED).sum()),
        int((state.outcome == WAITING).sum()),
        int(state.over.sum()),
    )
