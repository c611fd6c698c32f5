"""Which zone a unit belongs to, in a year and for a category."""

from __future__ import annotations

import pandas as pd

from geodata import City, NotBuiltYetError, say

ANY = ""


def plan_in(city: City, year: int) -> pd.DataFrame:
    """Return the plan that holds in a year.

    Parameters
    ----------
    city : City
        The tables `plan`.
    year : int
        The year of admission; a row holds from `from_year` up to, and without, `until_year`.

    Returns
    -------
    DataFrame
        unit_id, category ("" = every category that has no row of its own), zone_id; one row for
        each unit and category.

    Raises
    ------
    NotBuiltYetError
        If a row binds only children settled before a date.
    """
    return plan_held(city["plan"], year)


def plan_held(plan: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the rows of a table `plan` that hold in a year; as `plan_in`."""
    if plan["settled_before"].notna().any() or plan["keep_or_choose"].notna().any():
        raise NotBuiltYetError(say("a plan that binds only children settled before a date"))
    held = rows_held(plan, year)[["unit_id", "category", "zone_id"]].drop_duplicates(
        ["unit_id", "category"]
    )
    return held.sort_values(["unit_id", "category"]).reset_index(drop=True)


def rows_held(plan: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the rows of a table `plan` that hold in a year, with all columns; category "" for all."""
    holds = (plan["from_year"].fillna(0) <= year) & (plan["until_year"].fillna(9999) > year)
    held = plan[holds]
    return held.assign(category=held["category"].fillna(ANY))


def categories_of(plan: pd.DataFrame) -> list[str]:
    """Return the categories that have rows of their own in a plan, sorted.

    Parameters
    ----------
    plan : DataFrame
        As `plan_in` returns it.

    Examples
    --------
    >>> categories_of(pd.DataFrame({"category": ["", "points", "household", "points"]}))
    ['household', 'points']
    """
    return sorted(set(plan["category"]) - {ANY})


def plan_for(plan: pd.DataFrame, category: str) -> pd.DataFrame:
    """Return a plan as it holds for one category: its own rows, and the rows for all of other units.

    Parameters
    ----------
    plan : DataFrame
        As `plan_in` returns it.
    category : str
        Whose plan.

    Returns
    -------
    DataFrame
        unit_id, category ("" in every row), zone_id; at most one row a unit, sorted.

    Examples
    --------
    >>> rows = [["U1", "", "Z1"], ["U2", "", "Z1"], ["U2", "points", "Z2"]]
    >>> plan = pd.DataFrame(rows, columns=["unit_id", "category", "zone_id"])
    >>> plan_for(plan, "points")["zone_id"].tolist()
    ['Z1', 'Z2']
    """
    own = plan[plan["category"].isin([ANY, category])].sort_values(["unit_id", "category"])
    # "" sorts before every name, so the last row is the category's own where there is one
    return own.drop_duplicates("unit_id", keep="last").assign(category=ANY).reset_index(drop=True)


def zone_of(plan: pd.DataFrame, units: pd.Series, categories: pd.Series) -> pd.Series:
    """Return the zone of each pair of unit and category; missing where the plan has none.

    Parameters
    ----------
    plan : DataFrame
        As `plan_in` returns it.
    units, categories : Series, shape (n,)
        The unit and the category of each child (or of each row of demand).

    Returns
    -------
    Series of str, shape (n,)
        The row of the child's own category counts before the row for all.
    """
    index = plan.set_index(["unit_id", "category"])["zone_id"]
    own = index.reindex(pd.MultiIndex.from_arrays([units, categories]))
    every = index.reindex(pd.MultiIndex.from_arrays([units, [ANY] * len(units)]))
    zones = own.where(own.notna().to_numpy(), every.to_numpy())
    return pd.Series(zones.to_numpy(), index=units.index, dtype="str")
