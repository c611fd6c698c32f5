"""One side of a change, and which of its counts may be told."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata import City
from geodata.messages import Speaker, say
from zoning.maps.printed import SMALL_COUNT, TOO_SMALL

SIDES = ("before", "after")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The plan as it stands, or as proposed, with what a run counted under it.

    Parameters
    ----------
    city : City
    name : str
        What its pane is called: "today", the name of a scenario.
    pressure : DataFrame, optional
        As `zoning.zone_pressure`.
    schools : DataFrame, optional
        school_id, seats, placed: how many children a run placed; missing where it must not be told.
    flows : DataFrame, optional
        zone_id, school_id, children: those whom a run placed in a school that does not serve their zone.
    district_flows : DataFrame, optional
        start, end (ids of districts), children.
    """

    city: City
    name: str
    pressure: pd.DataFrame | None = None
    schools: pd.DataFrame | None = None
    flows: pd.DataFrame | None = None
    district_flows: pd.DataFrame | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How counts are written, and which are not told.

    Parameters
    ----------
    speak : Speaker
    public : bool
        One to four children are then told as `TOO_SMALL`.
    hidden : frozenset of str
        Zones whose counts before and after would bring such a number back: only their colour is told.
    as_published : bool
        Whether what is not told is missing in the sides already, as in the tables beside the map.
    """

    speak: Speaker
    public: bool
    hidden: frozenset[str] = field(default=frozenset())
    as_published: bool = False

    def small(self, n: float) -> bool:
        """Whether a count is too small to be told."""
        return self.public and 0 < n < SMALL_COUNT

    def count(self, n: object) -> str:
        """Return a count of children; "–" where unknown."""
        value = _number(n)
        if math.isnan(value):
            return "–"
        return TOO_SMALL if self.small(value) else f"{round(value):,}"

    def seats(self, n: object) -> str:
        """Return a number of seats; "–" where unknown."""
        value = _number(n)
        return "–" if math.isnan(value) else f"{round(value):,}"

    def ratio(self, ratio: object, children: object = None) -> str:
        """Return children over seats in per cent, cut as its colour is; "–" where not known or not told."""
        value = _number(ratio)
        if math.isnan(value) or self.small(_number(children)):
            return "–"
        if math.isinf(value):
            return self.speak(say("no seats"))
        return f"{math.floor(value * 100 + 1e-9)}%"


def hidden_zones(moves: pd.DataFrame, *, public: bool) -> frozenset[str]:
    """Return the zones whose counts are not told: between which few children move, or unknown many.

    Examples
    --------
    >>> moves = pd.DataFrame({"start": ["A", "B"], "end": ["B", "C"], "children": [9.0, 3.0]})
    >>> sorted(hidden_zones(moves, public=True))
    ['B', 'C']
    """
    if not public or len(moves) == 0:
        return frozenset()
    few = moves["children"].isna() | moves["children"].between(1, SMALL_COUNT - 1)
    return frozenset(moves.loc[few, "start"]) | frozenset(moves.loc[few, "end"])


def school_use(side: Side) -> pd.DataFrame:
    """Return school_id, seats, placed and share of one side, in the order of its table `schools`.

    Without a run, seats and placed are missing.
    """
    schools = side.city["schools"][["school_id"]].copy()
    if side.schools is None:
        return schools.assign(seats=np.nan, placed=np.nan, share=np.nan)
    given = side.schools[["school_id", "seats", "placed"]]
    table = schools.merge(given, on="school_id", how="left", validate="one_to_one")
    seats, placed = (pd.to_numeric(table[name]).astype("float64") for name in ("seats", "placed"))
    share = (placed / seats.where(seats > 0)).to_numpy()
    return table.assign(seats=seats.to_numpy(), placed=placed.to_numpy(), share=share)


def all_schools(before: Side, after: Side) -> gpd.GeoDataFrame:
    """Return the schools of both sides, each once, sorted by id; where both have it, as after."""
    both = pd.concat([after.city["schools"], before.city["schools"]])
    once = both.drop_duplicates("school_id").sort_values("school_id", kind="stable")
    return gpd.GeoDataFrame(once.reset_index(drop=True), geometry="geometry", crs=after.city["schools"].crs)


def all_zones(before: Side, after: Side) -> pd.DataFrame:
    """Return the zones of both sides by id, each once, without shapes."""
    both = pd.concat(
        [pd.DataFrame(side.city["zones"]).drop(columns="geometry") for side in (after, before)]
    )
    once = both.drop_duplicates("zone_id").sort_values("zone_id", kind="stable")
    return once.reset_index(drop=True)


def _number(value: object) -> float:
    return float("nan") if value is None or pd.isna(value) else float(str(value))
