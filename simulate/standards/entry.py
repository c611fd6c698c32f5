"""How many children the entry grade of each school gets: the announced intake, or what a run has placed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geodata import City
from geodata.intake import entry_rows
from zoning.pressure import seat_shares, seats_by_school, zone_pressure


def announced_classes(city: City) -> pd.DataFrame:
    """Return what each school announces for its entry grade.

    Returns
    -------
    DataFrame, shape (schools,)
        school_id, seats, classes (NaN where the table does not say), class_size (seats a class; NaN without
        classes). Pools are added up; a school that opens later offers nothing.
    """
    schools = city["schools"]["school_id"]
    rows = city["seats"][entry_rows(city.project, city["seats"])]
    classes = rows.groupby("school_id")["classes"].sum(min_count=1).reindex(schools).astype("Float64")
    seats = seats_by_school(city).astype("float64").to_numpy()
    count = classes.to_numpy(dtype="float64", na_value=np.nan)
    # seats without a number of classes: not known, not 0
    count = np.where(np.isnan(count) & (seats == 0), 0.0, count)
    closed = (
        (city["schools"]["opening_year"] > city.project.project.year).fillna(False).to_numpy(dtype=bool)
    )
    count = np.where(closed, 0.0, count)
    size = np.divide(seats, count, out=np.full(len(seats), np.nan), where=count > 0)
    return pd.DataFrame({"school_id": schools, "seats": seats, "classes": count, "class_size": size})


def entry_announced(city: City, children: pd.DataFrame) -> pd.DataFrame:
    """Return the entry grade as announced: full, or as many children as there are, where they are fewer.

    Parameters
    ----------
    city : City
    children : DataFrame
        zone_id, category, children, as `zoning.demand_by_zone` gives them; empty where there are no counts,
        and then every seat is taken.

    Returns
    -------
    DataFrame, shape (schools,)
        school_id, pupils, classes.

    Notes
    -----
    The children of a zone fill its schools in proportion to their seats. That is before coordination:
    children for whom the zone has no seat are not moved to schools that have some.
    """
    offered = announced_classes(city)
    filled = offered["seats"].copy()
    if len(children):
        pairs = seat_shares(city, children)
        ratio = zone_pressure(city, children, ()).set_index("zone_id")["ratio"].fillna(0.0).clip(upper=1.0)
        taken = pairs["seats"] * pairs["zone_id"].map(ratio)
        by_school = taken.groupby(pairs["school_id"]).sum()
        served = offered["school_id"].isin(pairs["school_id"])
        # a school that serves no zone takes what the zones send it, of which nothing is known here
        filled = offered["school_id"].map(by_school).where(served, offered["seats"])
    return offered[["school_id", "classes"]].assign(pupils=np.rint(filled.to_numpy(dtype="float64")))


def entry_placed(city: City, placements: pd.DataFrame) -> pd.DataFrame:
    """Return the entry grade as a run has placed it: school_id, pupils, classes (those announced)."""
    placed = placements[placements["outcome"] == "placed"].groupby("school_id").size()
    offered = announced_classes(city)
    pupils = placed.reindex(offered["school_id"], fill_value=0).to_numpy(dtype="float64")
    return offered[["school_id", "classes"]].assign(pupils=pupils)
