"""The line of each district: its schools together, seat warnings, migrant children, ways to school."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from geodata import City, DataError, Fault, say
from simulate.policy import Policy
from simulate.standards.measures import EXACT, warning_colours
from simulate.standards.values import COLOURS, Limits

PURCHASED = "purchased-private"
MIGRANT_COLUMNS = (
    "migrants",
    "in_public",
    "in_purchased",
    "migrant_share",
    "migrant_bound",
    "migrant_within",
)


def district_ids(city: City) -> list[str]:
    """Return every district that a school, a zone, a unit or an outline is of, in order."""
    tables = (city[name]["district_id"] for name in ("districts", "schools", "zones", "units"))
    return sorted({str(one) for column in tables for one in column.dropna()})


def district_lines(city: City, lines: pd.DataFrame) -> pd.DataFrame:
    """Sum up the lines of schools by district.

    Parameters
    ----------
    city : City
    lines : DataFrame
        As `school_lines` returns it.

    Returns
    -------
    DataFrame
        district_id, name, schools, unknown (of which no roll is known), pupils, classes, over_norm, large,
        very_large, large_share (of classes: large or very large), very_large_share, over_cap (schools),
        rooms_short (schools with more classes than rooms), pass, fail, undecided (the rule of the seven
        items). Schools that are not known are in none of the sums.
    """
    ids = district_ids(city)
    known = lines[lines["pupils"].notna() & lines["classes"].notna()]
    sums = known.groupby("district_id")[["pupils", "classes", "over_norm", "large", "very_large"]].sum()
    sums = sums.reindex(ids).fillna(0).astype("int64")
    classes = sums["classes"].where(sums["classes"] > 0).astype("float64")
    names = city["districts"].set_index("district_id")["name"]

    def count(what: pd.Series) -> pd.Series:
        return _count(lines["district_id"], what, ids)

    return pd.DataFrame(
        {
            "district_id": ids,
            "name": names.reindex(ids).fillna(pd.Series(ids, index=ids)).to_numpy(),
            "schools": count(lines["school_id"].notna()),
            "unknown": count(lines["pupils"].isna() | lines["classes"].isna()),
            **{name: sums[name].to_numpy() for name in sums},
            "large_share": ((sums["large"] + sums["very_large"]) / classes).to_numpy().round(4),
            "very_large_share": (sums["very_large"] / classes).to_numpy().round(4),
            "over_cap": count(lines["over_cap"]),
            "rooms_short": count(lines["rooms_left"] < 0),
            "pass": count(lines["verdict"] == "pass"),
            "fail": count(lines["verdict"] == "fail"),
            "undecided": count(lines["verdict"] == "unknown"),
        }
    )


def warnings_by_zone(city: City, pressure: pd.DataFrame, limits: Limits, *, known: bool) -> pd.DataFrame:
    """Return the seat warning of each zone.

    Parameters
    ----------
    city : City
    pressure : DataFrame
        As `zoning.zone_pressure` returns it.
    limits : Limits
    known : bool
        Whether it is known which categories are household ones; without a policy it is not.

    Returns
    -------
    DataFrame
        zone_id, name, district_id, children, household, seats, ratio, colour, household_ratio,
        household_colour. The ratios of household children are what Zhejiang's rule looks at; those of all
        children are what a zone has to seat.
    """
    zones = city["zones"].set_index("zone_id").reindex(pressure["zone_id"])
    own = pressure["household_ratio"] if known else pd.Series(np.nan, index=pressure.index)
    return pd.DataFrame(
        {
            "zone_id": pressure["zone_id"],
            "name": zones["name"].fillna(zones.index.to_series()).to_numpy(),
            "district_id": zones["district_id"].to_numpy(),
            "children": pressure["children"],
            "household": pressure["household"].astype("Int64")
            if known
            else pd.array([pd.NA] * len(pressure)),
            "seats": pressure["seats"].round(2),
            "ratio": pressure["ratio"].round(6),
            "colour": warning_colours(pressure["ratio"], limits),
            "household_ratio": own.round(6),
            "household_colour": warning_colours(own, limits),
        }
    )


def admission_lines(
    city: City, warnings: pd.DataFrame, ways: pd.DataFrame, migrants: pd.DataFrame | None
) -> pd.DataFrame:
    """Return what concerns the children of an admission, by district.

    Parameters
    ----------
    city : City
    warnings : DataFrame
        As `warnings_by_zone` returns it.
    ways : DataFrame
        As `within_radius` returns it.
    migrants : DataFrame, optional
        As `migrant_shares` returns it; only a run knows it.

    Returns
    -------
    DataFrame
        district_id, zones by colour (red, orange, yellow, green, and household_red … for household children
        alone), ways_known, within, within_share, and the columns of `migrant_shares` (missing without).
    """
    table = pd.DataFrame({"district_id": district_ids(city)})
    for prefix in ("", "household_"):
        counts = warnings.groupby(["district_id", f"{prefix}colour"]).size().unstack(fill_value=0)
        counts = counts.reindex(index=table["district_id"], columns=list(COLOURS), fill_value=0)
        for colour in COLOURS:
            table[prefix + colour] = counts[colour].to_numpy()
    table = table.merge(ways, on="district_id", how="left")
    counted = dict.fromkeys(("ways_known", "within"), "Int64")
    table = table.astype(counted).assign(within_share=table["within_share"].round(6))
    if migrants is None:
        blank = pd.Series(pd.NA, index=table.index, dtype="Float64")
        return table.assign(**dict.fromkeys(MIGRANT_COLUMNS, blank))
    return table.merge(migrants, on="district_id", how="left")


def migrant_shares(city: City, policy: Policy, placements: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """Return the share of migrant children of each district in public or purchased seats, of one admission.

    Returns
    -------
    DataFrame
        district_id, migrants, in_public, in_purchased, migrant_share (NaN where there are no migrants),
        migrant_bound, migrant_within (whether the share reaches the bound; missing where there is none).

    Notes
    -----
    A migrant child is here a child of a category that is no household category (points admission). Of each
    district of home:

    - migrants: all of them in the admission who have not withdrawn: those not admitted or waiting are taken
      to go to school in the district elsewhere, without a public or purchased seat;
    - in_public: placed at a public or nine-year school, in whichever district of the city;
    - in_purchased: placed at a private school whose seats are purchased;
    - migrant_share: the former, and the latter if the standard counts purchased seats, over the migrants.

    It is the share of the *entrants* of one year; the standard looks at all grades together, of which a run
    knows nothing.
    """
    household = {category.id for category in policy.category if category.household}
    here = placements[~placements["category"].isin(household) & (placements["outcome"] != "withdrawn")]
    kind = here["school_id"].map(city["schools"].set_index("school_id")["kind"])
    placed = here["outcome"] == "placed"
    ids = district_ids(city)

    def count(what: pd.Series) -> pd.Series:
        return _count(here["district_id"], what, ids)

    table = pd.DataFrame(
        {
            "district_id": ids,
            "migrants": count(here["category"].notna()),
            "in_public": count(placed & (kind != PURCHASED)),
            "in_purchased": count(placed & (kind == PURCHASED)),
        }
    )
    counted = table["in_public"] + (table["in_purchased"] if limits.purchased_counts else 0)
    share = counted / table["migrants"].where(table["migrants"] > 0).astype("float64")
    within = (share >= limits.migrant_share - EXACT).astype("boolean").mask(share.isna())
    return table.assign(
        migrant_share=share.round(6), migrant_bound=limits.migrant_share, migrant_within=within
    )


def _count(district: pd.Series, what: pd.Series, ids: list[str]) -> pd.Series:
    """Return how many rows are so, by district, shape (districts,)."""
    of = district[what.fillna(False).to_numpy(dtype=bool)]
    return of.groupby(of).size().reindex(ids, fill_value=0).reset_index(drop=True)


def check_districts(city: City, districts: Sequence[str]) -> None:
    """Raise a DataError for each id that is no district of the city."""
    known = district_ids(city)
    faults = [
        Fault(
            file="districts",
            column="district_id",
            found=one,
            allowed=say("allowed: {allowed}", allowed=", ".join(known)),
            remedy=say("correct it"),
        )
        for one in districts
        if one not in known
    ]
    if faults:
        raise DataError(faults)
