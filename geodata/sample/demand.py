"""How many first-graders of which category live in each estate."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geodata.sample.sharing import Floats, Ints, apportion

CHILDREN = 70_000
POINTS_CHILDREN = 19_000
FAVOURED_SHARE = 0.015
YEAR = 2024
CATEGORIES = ("favoured", "household", "points")
SOURCE = "assumed: city total shared by estimated primary pupils of the district, then by households"


def make_demand(
    figures: pd.DataFrame, units: pd.DataFrame, *, scale: float, rng: np.random.Generator
) -> Ints:
    """Return the children of each unit and category, shape (n, 3), in the order of `CATEGORIES`.

    Parameters
    ----------
    figures : DataFrame
        The districts and their estimated primary pupils.
    units : DataFrame, shape (n,)
        district (row), community_id, households.
    scale : float
        How many times the real number of children.
    rng : numpy.random.Generator

    Notes
    -----
    Totals are exact in each district: children and points children by largest remainder over the
    districts' pupils, the favoured over those who do not apply by points. Within a district the
    counts are drawn; points children gather in some communities.
    """
    by_district = district_demand(figures, scale=scale)
    district = units["district"].to_numpy()
    families = units["households"].to_numpy() * rng.lognormal(0.0, 0.3, len(units))
    gathered = _by_community(units["community_id"], rng=rng)
    children = np.empty((len(units), len(CATEGORIES)), dtype=np.int64)
    for row in range(len(figures)):
        mine = district == row
        for column, category in enumerate(CATEGORIES):
            weights = families * gathered if category == "points" else families
            share = weights[mine] / weights[mine].sum()
            children[mine, column] = rng.multinomial(by_district[row, column], share)
    return children


def district_demand(figures: pd.DataFrame, *, scale: float) -> Ints:
    """Return the children of each district and category, shape (d, 3)."""
    pupils = figures["primary_pupils"]
    everyone = apportion(pupils, round(CHILDREN * scale))
    points = apportion(pupils, round(POINTS_CHILDREN * scale))
    others = everyone - points
    favoured = apportion(others, round(int(others.sum()) * FAVOURED_SHARE))
    return np.column_stack([favoured, others - favoured, points])


def demand_table(units: pd.DataFrame, children: Ints) -> pd.DataFrame:
    """Return the table `demand`; a unit without children of a category has no row."""
    table = pd.DataFrame(children, index=units["unit_id"], columns=list(CATEGORIES))
    rows = table.rename_axis(columns="category").stack().rename("children").reset_index()
    rows = rows[rows["children"] > 0].sort_values(["unit_id", "category"], ignore_index=True)
    rows.insert(2, "year", YEAR)
    return rows.assign(source=SOURCE)


def _by_community(community: pd.Series, *, rng: np.random.Generator) -> Floats:
    number, names = pd.factorize(community, sort=True)
    return np.asarray(rng.lognormal(0.0, 0.5, len(names))[number], dtype=np.float64)
