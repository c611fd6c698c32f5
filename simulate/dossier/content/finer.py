"""Finer counts that stand in no table, of which several tables are sums: they tie these to each other.

They need no protection themselves. Two tables that sum up the same children differently (by community and
by zone, by school and by stage) tell more together than each alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from simulate.dossier.cases import Case
from simulate.dossier.content.counts import demand_name, placed_name, sides_of
from simulate.dossier.content.demand import NOWHERE, OF_HOUSEHOLD, OTHERS
from simulate.dossier.content.fairness import category_name
from simulate.dossier.material import Material
from simulate.dossier.suppressing import Equation, sum_of
from simulate.summary import household_categories
from zoning.plan import ANY

Sum = tuple[str, list[str]]
"""The name of a told count, and of the finer ones that it is the sum of."""
_REACHES = ("own_zone", "own_district", "elsewhere")


def finer_counts(material: Material, values: Mapping[str, int]) -> tuple[list[Equation], dict[str, int]]:
    """Return how told counts are sums of finer ones, and these.

    Parameters
    ----------
    material : Material
    values : mapping of str to int
        The told counts by name; a sum that is not one of them, or does not hold, is left out.

    Returns
    -------
    equations : list of Equation
    finer : dict of str to int
    """
    homes = homes_of(material)
    equations: list[Equation] = []
    finer = _sizes(homes)
    sums = list(_of_homes(material, homes))
    seats = seats_of(material.proposed)
    finer |= _sizes(seats)
    sums += _of_seats(material.proposed, seats)
    for total, names in sums:
        if names and values.get(total) == sum(finer[name] for name in names):
            equations.append(sum_of(total, names))
    return equations, finer


def homes_of(material: Material) -> pd.DataFrame:
    """Return the children by community, zones before and after, and category; moved units each by itself.

    Returns
    -------
    DataFrame
        community, before, after (ids of zones, "" for none), unit ("" where it does not move), category,
        n, name.
    """
    case, before = material.proposed, material.before
    columns = ["community", "before", "after", "unit", "category"]
    if case.board is None:
        return pd.DataFrame(columns=[*columns, "n", "name"])
    units = case.city["units"].set_index("unit_id").loc[case.board.units]
    ids = pd.Series(units.index.astype(str))
    community = units["community_id"].astype("object")
    home = pd.DataFrame({"community": community.where(community.notna(), NOWHERE).astype(str).to_numpy()})
    home["after"] = ids.map(_zones_of(case)).fillna("").to_numpy()
    home["before"] = home["after"] if before is None else ids.map(_zones_of(before)).fillna("").to_numpy()
    home["unit"] = np.where(home["before"] != home["after"], ids, "")
    counts = pd.DataFrame(case.board.children.T, columns=list(case.board.categories))
    long = pd.concat([home, counts], axis=1).melt(list(home.columns), var_name="category", value_name="n")
    table = long.groupby(columns, as_index=False)["n"].sum()
    there = table.groupby("category")["n"].transform("sum") > 0
    return _named(table[there], "home", columns)


def seats_of(case: Case) -> pd.DataFrame:
    """Return the placed by zone, school, stage, category and how far from home.

    Returns
    -------
    DataFrame
        zone, school, stage, category, reach, n, name: every stage, category and reach of anyone, for every
        zone and school that anyone lives in and goes to: which these are is told (T9a), and by the rules.
    """
    placed = case.placements[case.placements["outcome"] == "placed"]
    served = pd.MultiIndex.from_frame(case.city["serves"][["zone_id", "school_id"]])
    own = pd.MultiIndex.from_frame(placed[["zone_id", "school_id"]]).isin(served)
    inside = (placed["district_id"] == placed["school_district_id"]).fillna(False).to_numpy(dtype=bool)
    rows = pd.DataFrame(
        {
            "zone": placed["zone_id"].astype("object").fillna("").astype(str),
            "school": placed["school_id"].astype(str),
            "stage": placed["stage"].astype(str),
            "category": placed["category"].astype(str),
            "reach": np.select([own, inside], _REACHES[:2], _REACHES[2]),
        }
    )
    kinds = rows[["stage", "category", "reach"]].drop_duplicates()
    every = rows[["zone", "school", "reach"]].drop_duplicates().merge(kinds, on="reach")
    columns = list(rows.columns)
    counts = rows.groupby(columns).size().rename("n").reset_index()
    every = every.merge(counts, on=columns, how="left").fillna({"n": 0})
    return _named(every, f"seat|{case.key}", columns)


def _named(table: pd.DataFrame, what: str, columns: list[str]) -> pd.DataFrame:
    names = table[columns].astype(str).agg("|".join, axis=1) if len(table) else pd.Series([], dtype="str")
    return table.assign(name=what + "|" + names, n=table["n"].astype(int)).reset_index(drop=True)


def _zones_of(case: Case) -> dict[str, str]:
    own = case.plan[case.plan["category"] == ANY]
    return dict(zip(own["unit_id"].astype(str), own["zone_id"].astype(str), strict=True))


def _sizes(table: pd.DataFrame) -> dict[str, int]:
    return dict(zip(table["name"], table["n"].tolist(), strict=True))


def _of_homes(material: Material, table: pd.DataFrame) -> Iterator[Sum]:
    """Yield the told counts that homes add up to."""
    household = table["category"].isin(household_categories(material.proposed.run.policy))
    for (community, category), rows in table.groupby(["community", "category"]):
        yield f"T2|{community}|{category}", rows["name"].tolist()
    for (community, is_so), rows in table.groupby(["community", household]):
        yield f"T2|{community}|{OF_HOUSEHOLD if is_so else OTHERS}", rows["name"].tolist()
    for unit, rows in table[table["unit"] != ""].groupby("unit"):
        yield f"T5|{unit}|{ANY}|children", rows["name"].tolist()
    for when, case in sides_of(material):
        for zone, rows in table[table[when] != ""].groupby(when):
            yield demand_name(case.key, str(zone)), rows["name"].tolist()
            own = rows["name"][household.loc[rows.index]]
            yield f"T6a|{zone}|household_{when}", own.tolist()


def _of_seats(case: Case, table: pd.DataFrame) -> Iterator[Sum]:
    """Yield the told counts that seats taken add up to."""
    for school, rows in table.groupby("school"):
        yield placed_name(case.key, str(school)), rows["name"].tolist()
    for (stage, category), rows in table.groupby(["stage", "category"]):
        yield f"T7|{stage}|{category}|placed", rows["name"].tolist()
    for (reach, category), rows in table.groupby(["reach", "category"]):
        yield category_name(case.key, str(reach), str(category)), rows["name"].tolist()
