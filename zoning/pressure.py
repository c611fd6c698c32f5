"""Demand against seats by zone, and the warning colours of the planner's table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geodata import City, DataError, Fault, say
from geodata.intake import entry_rows
from geodata.schema import OPEN_POOL
from zoning.locate import locate_children
from zoning.plan import zone_of

COLOURS = ("red", "orange", "yellow", "green", "none")
# red, yellow and green: Zhejiang's seat warning (registered children over the intake plan);
# orange parts the last five per cent (policy-facts.md, section 3; the four colours are assumed)
_RED, _ORANGE, _YELLOW = 1.00, 0.95, 0.90


def seats_by_school(city: City) -> pd.Series:
    """Return the seats of each school at the project's level, year and entry grade, by school_id.

    Schools without a class plan, and those that open in a later year, offer 0; pools are added up.
    """
    total = city["seats"][entry_rows(city.project, city["seats"])].groupby("school_id")["seats"].sum()
    schools = city["schools"]
    seats = total.reindex(schools["school_id"], fill_value=0).fillna(0).astype("int64")
    closed = (schools["opening_year"] > city.project.project.year).fillna(False).to_numpy(dtype=bool)
    return seats.mask(closed, 0)


def seats_by_pool(city: City) -> pd.DataFrame:
    """Return the seats of each pool of each school at the project's level, year and entry grade.

    Returns
    -------
    DataFrame
        school_id, pool, seats, release_after (missing where the table does not say); every school has
        the open pool, also with 0 seats. Schools that open in a later year offer 0.
    """
    rows = city["seats"][entry_rows(city.project, city["seats"])]
    every = pd.DataFrame({"school_id": city["schools"]["school_id"], "pool": OPEN_POOL})
    found = rows[["school_id", "pool", "seats", "release_after"]].merge(
        every, on=["school_id", "pool"], how="outer"
    )
    found["seats"] = found["seats"].fillna(0).astype("int64")
    opening = found["school_id"].map(city["schools"].set_index("school_id")["opening_year"])
    closed = (opening > city.project.project.year).fillna(False).to_numpy(dtype=bool)
    found["seats"] = found["seats"].mask(closed, 0)
    return found.sort_values(["school_id", "pool"], kind="stable").reset_index(drop=True)


def zone_pressure(city: City, children: pd.DataFrame, household: tuple[str, ...]) -> pd.DataFrame:
    """Compare children with seats, zone by zone.

    Parameters
    ----------
    city : City
        Zones, seats, serves.
    children : DataFrame
        zone_id, category and children (a count) a row.
    household : tuple of str
        The categories that count as household-registered (points children are the others).

    Returns
    -------
    DataFrame, shape (zones,)
        zone_id, seats (a school's seats are shared by the zones that it serves, in proportion to
        their children), schools (how many serve it), children, household, ratio, household_ratio
        (children over seats; missing without seats or counts), colour, household_colour.
    """
    zones = city["zones"]["zone_id"]
    index = pd.Index(zones.to_numpy())
    everyone = children.groupby("zone_id")["children"].sum().reindex(index, fill_value=0)
    own = children[children["category"].isin(household)]
    registered = own.groupby("zone_id")["children"].sum().reindex(index, fill_value=0)
    shares = seat_shares(city, children)
    seats = shares.groupby("zone_id")["seats"].sum().reindex(index, fill_value=0.0)
    table = pd.DataFrame(
        {
            "zone_id": index,
            "seats": seats.to_numpy(dtype="float64"),
            "schools": shares.groupby("zone_id").size().reindex(index, fill_value=0).to_numpy(),
            "children": everyone.to_numpy(dtype="int64"),
            "household": registered.to_numpy(dtype="int64"),
        }
    )
    known = (table["seats"] > 0) & (len(children) > 0)
    table["ratio"] = (table["children"] / table["seats"]).where(known)
    table["household_ratio"] = (table["household"] / table["seats"]).where(known)
    # a zone with children and no seat at all is as short as a zone can be
    starved = (table["seats"] == 0) & (table["children"] > 0) & (seats.sum() > 0)
    table["ratio"] = table["ratio"].mask(starved, np.inf)
    table["household_ratio"] = table["household_ratio"].mask(starved & (table["household"] > 0), np.inf)
    table["colour"] = colour_of(table["ratio"])
    table["household_colour"] = colour_of(table["household_ratio"])
    return table


def seat_shares(city: City, children: pd.DataFrame) -> pd.DataFrame:
    """Return how the seats of each school are shared by the zones that it serves.

    Returns
    -------
    DataFrame
        zone_id, school_id, share (sums to 1 for each school), seats: in
        proportion to the zones' children, evenly where there are none.
    """
    pairs = city["serves"][["zone_id", "school_id"]].copy()
    everyone = children.groupby("zone_id")["children"].sum()
    weight = pairs["zone_id"].map(everyone).fillna(0).astype("float64")
    total = weight.groupby(pairs["school_id"]).transform("sum")
    zones = pairs.groupby("school_id")["zone_id"].transform("size")
    pairs["share"] = np.where(total > 0, weight / total.where(total > 0, 1.0), 1.0 / zones)
    pairs["seats"] = (
        pairs["school_id"].map(seats_by_school(city)).fillna(0).astype("float64") * pairs["share"]
    )
    return pairs


def colour_of(ratio: pd.Series) -> pd.Series:
    """Return the warning colour of each ratio of children to seats.

    Examples
    --------
    >>> colour_of(pd.Series([1.0, 0.999, 0.95, 0.9, 0.899, None])).tolist()
    ['red', 'orange', 'orange', 'yellow', 'green', 'none']
    """
    names = np.select(
        [ratio >= _RED, ratio >= _ORANGE, ratio >= _YELLOW, ratio < _YELLOW],
        ["red", "orange", "yellow", "green"],
        "none",
    )
    return pd.Series(names, index=ratio.index, dtype="str")


def children_by_zone(city: City, plan: pd.DataFrame) -> pd.DataFrame:
    """Count children by zone and category: the applicants where there is a list of them, else demand.

    Returns
    -------
    DataFrame
        zone_id, category, children.
    """
    if not city.has("applicants"):
        return demand_by_zone(city, plan)
    applicants = city["applicants"]
    located = locate_children(city, plan, applicants)
    table = pd.DataFrame({"zone_id": located["zone_id"], "category": applicants["category"]})
    return table.groupby(["zone_id", "category"]).size().rename("children").reset_index()


def demand_by_zone(city: City, plan: pd.DataFrame) -> pd.DataFrame:
    """Return the table `demand` of the project's year by zone: zone_id, category, children.

    Raises
    ------
    DataError
        For each unit with children that has no zone in the plan: they would be lost silently.
    """
    demand = city["demand"]
    now = demand[demand["year"] == city.project.project.year]
    zone = zone_of(plan, now["unit_id"], now["category"])
    _raise_on_lost_children(now, zone)
    table = pd.DataFrame(
        {"zone_id": zone, "category": now["category"], "children": now["children"].astype("int64")}
    )
    return table.groupby(["zone_id", "category"], as_index=False)["children"].sum()


def _raise_on_lost_children(demand: pd.DataFrame, zone: pd.Series) -> None:
    lost = demand[zone.isna() & (demand["children"] > 0)]
    if len(lost):
        raise DataError(
            Fault(
                file="demand",
                column="unit_id",
                found=str(row.unit_id),
                allowed=say(
                    "a unit with a zone in the plan for the category {category} ({children} children)",
                    category=row.category,
                    children=row.children,
                ),
                remedy=say("give the unit, or add the unit to the plan"),
            )
            for row in lost.itertuples()
        )
