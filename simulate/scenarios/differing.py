"""What two cities and policies differ in: units that move, schools, seats, children, rules."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from geodata.city import City
from simulate.policy import Policy
from simulate.policy_tools.comparing import Change, differences
from simulate.scenarios.choosing import children_by_unit
from zoning.plan import ANY, categories_of, plan_in, zone_of
from zoning.pressure import seats_by_school


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What one city and policy has otherwise than another.

    Parameters
    ----------
    units : DataFrame
        unit_id, category ("" for all), from_zone, to_zone (missing where there is none), children (of the
        later city, in the project's year); the plan in that year.
    zones : DataFrame
        zone_id, what ("added" or "removed").
    serves : DataFrame
        zone_id, school_id, what, of zones that both have.
    schools : DataFrame
        school_id, name, before, after: seats, missing where there is no such school; those that differ.
    districts : DataFrame
        district_id, seats_before, seats_after, children_before, children_after; all districts.
    rules : tuple of Change
        What differs in the policies.
    """

    units: pd.DataFrame
    zones: pd.DataFrame
    serves: pd.DataFrame
    schools: pd.DataFrame
    districts: pd.DataFrame
    rules: tuple[Change, ...]


def difference(one: tuple[City, Policy], two: tuple[City, Policy]) -> Difference:
    """Return what the second city and policy has otherwise than the first."""
    before, after = one[0], two[0]
    return Difference(
        units=units_moved(before, after),
        zones=_only_in_one(before["zones"][["zone_id"]], after["zones"][["zone_id"]]),
        serves=_serves(before, after),
        schools=_schools(before, after),
        districts=by_district(before, after),
        rules=differences(one[1], two[1]),
    )


def units_moved(before: City, after: City) -> pd.DataFrame:
    """Return the units whose zone in the project's year is another one; as `Difference.units`.

    A category has rows of its own only where it has a zone of its own before or after.
    """
    plans = [plan_in(city, city.project.project.year) for city in (before, after)]
    units = pd.Series(sorted({*before["units"]["unit_id"], *after["units"]["unit_id"]}), dtype="str")
    counts = children_by_unit(after)
    own = sorted({*categories_of(plans[0]), *categories_of(plans[1])})
    found = [_moved(plans, units, category, counts, own) for category in [ANY, *own]]
    table = pd.concat(found, ignore_index=True)
    if own:
        # what moves for all is said once, and not again for each category
        whole = table[table["category"] == ANY].set_index("unit_id")[["from_zone", "to_zone"]]
        mine = table[["from_zone", "to_zone"]].fillna("")
        same = whole.reindex(table["unit_id"]).fillna("").reset_index(drop=True)
        again = (mine == same).all(axis=1) & table["unit_id"].isin(whole.index) & (table["category"] != ANY)
        table = table[~again]
    return table.sort_values(["unit_id", "category"], kind="stable").reset_index(drop=True)


def _moved(
    plans: list[pd.DataFrame], units: pd.Series, category: str, counts: pd.DataFrame, own: list[str]
) -> pd.DataFrame:
    every = pd.Series([category] * len(units))
    then, now = (zone_of(plan, units, every) for plan in plans)
    # a category with rows of its own in a unit is not counted there among all
    mine = counts[counts["category"] == category] if category != ANY else counts
    if category == ANY and own:
        rows = pd.concat(plans)
        rows = rows[rows["category"] != ANY]
        apart = pd.MultiIndex.from_frame(rows[["unit_id", "category"]])
        mine = counts[~pd.MultiIndex.from_frame(counts[["unit_id", "category"]]).isin(apart)]
    children = mine.groupby("unit_id")["children"].sum()
    table = pd.DataFrame(
        {
            "unit_id": units,
            "category": category,
            "from_zone": then,
            "to_zone": now,
            "children": units.map(children).fillna(0).astype("int64"),
        }
    )
    return table[(then.fillna("") != now.fillna("")).to_numpy()]


def by_district(before: City, after: City) -> pd.DataFrame:
    """Return seats and children of each district before and after; as `Difference.districts`."""
    found = {}
    for name, city in (("before", before), ("after", after)):
        schools = city["schools"].set_index("school_id")["district_id"]
        seats = seats_by_school(city)
        found[f"seats_{name}"] = seats.groupby(seats.index.map(schools).to_numpy(), dropna=False).sum()
        units = city["units"].set_index("unit_id")["district_id"]
        counts = children_by_unit(city)
        where = counts["unit_id"].map(units)
        found[f"children_{name}"] = counts["children"].groupby(where.to_numpy(), dropna=False).sum()
    table = pd.DataFrame(found).fillna(0).astype("int64")
    return table.rename_axis("district_id").reset_index().sort_values("district_id", ignore_index=True)


def _schools(before: City, after: City) -> pd.DataFrame:
    names = pd.concat([city["schools"].set_index("school_id")["name"] for city in (before, after)])
    names = names[~names.index.duplicated(keep="last")]
    table = pd.DataFrame(
        {"before": seats_by_school(before), "after": seats_by_school(after)}, dtype="Int64"
    )
    table = table.rename_axis("school_id").reset_index()
    table.insert(1, "name", table["school_id"].map(names))
    other = table["before"].fillna(-1) != table["after"].fillna(-1)
    return table[other].sort_values("school_id", ignore_index=True)


def _serves(before: City, after: City) -> pd.DataFrame:
    both = set(before["zones"]["zone_id"]) & set(after["zones"]["zone_id"])
    columns = ["zone_id", "school_id"]
    found = _only_in_one(before["serves"][columns], after["serves"][columns])
    return found[found["zone_id"].isin(both)].reset_index(drop=True)


def _only_in_one(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return rows that only one of two tables has, with `what`: added or removed."""
    table = before.merge(after, how="outer", on=list(before.columns), indicator="what")
    table["what"] = (
        table["what"].map({"left_only": "removed", "right_only": "added", "both": ""}).astype("str")
    )
    return table[table["what"] != ""].sort_values(list(before.columns), ignore_index=True)
