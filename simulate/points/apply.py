"""Put the points of a schedule into the table of applicants, and say where given values differ."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.city import City
from geodata.errors import DataError, Fault, XuequError
from geodata.messages import say
from simulate.order_keys import ITEM
from simulate.points.schedule import DATES, Schedule
from simulate.points.scoring import ITEM_COLUMNS, RULE_COLUMNS, Scored, score

_CLOSE = 1e-9  # below the last decimal of any points: what differs by less was the same text


def scored_applicants(
    city: City,
    schedule: Schedule,
    applicants: gpd.GeoDataFrame,
    district: npt.NDArray[np.object_],
) -> tuple[gpd.GeoDataFrame, Scored]:
    """Score applicants, and fill in what follows from their facts.

    Parameters
    ----------
    city : City
        Its table `facts` and its year.
    schedule : Schedule
        As it holds on the day.
    applicants : GeoDataFrame, shape (n,)
        The table `applicants`.
    district : array of str or None, shape (n,)
        The district of each one's home.

    Returns
    -------
    (GeoDataFrame, Scored)
        The applicants with `points`, the keys that the schedule provides, a column `item:ID` for each item
        and `eligible`; a child of another category keeps what is given, has no points for items and is
        eligible.

    Raises
    ------
    XuequError
        If there are children to score and no facts at all.
    DataError
        If the facts are wrong, or a given value is another than the computed one.
    """
    if not city.has("facts") and applicants["category"].isin(schedule.categories).any():
        # without a single fact nobody would be eligible: the table was forgotten, or the schedule was
        raise XuequError(
            say(
                "the points schedule {schedule} computes points from the table facts, which has no rows: "
                "add it, or take points out of [project] where points are given",
                schedule=schedule.id,
            )
        )
    scored = score(schedule, city["facts"], applicants, district, year=city.project.project.year)
    columns = computed_columns(scored)
    at = applicants["applicant_id"].isin(scored.totals["applicant_id"]).to_numpy()
    faults = [fault for name in columns for fault in _differences(applicants, name, columns[name], at)]
    if faults:
        raise DataError(faults)
    filled = {name: _filled(applicants, name, values, at) for name, values in columns.items()}
    return applicants.assign(**filled, **_item_columns(scored, at), eligible=_eligible(scored, at)), scored


def computed_columns(scored: Scored) -> dict[str, pd.Series]:
    """Return the columns of the applicants that follow from the facts, of those who are scored."""
    return {name: scored.totals[name] for name in ("points", *scored.schedule.provides)}


def item_points(scored: Scored) -> pd.DataFrame:
    """Return the points of each scored child for each item, in columns `item:ID`."""
    names = [f"{ITEM}{item.id}" for item in scored.schedule.item]
    # the breakdown stands child by child, each with all items in the schedule's order
    points = scored.items["points"].to_numpy(dtype=np.float64).reshape(-1, len(names))
    return pd.DataFrame(points, columns=names)


def breakdown_of(scored: Scored | None) -> dict[str, pd.DataFrame]:
    """Return the tables that a run keeps of its points: `points` and `eligibility`; empty without any."""
    if scored is None:
        empty = {"points": ITEM_COLUMNS, "eligibility": RULE_COLUMNS}
        return {
            name: pd.DataFrame({column: pd.Series(dtype=kind) for column, kind in columns.items()})
            for name, columns in empty.items()
        }
    return {
        "points": scored.items.astype(ITEM_COLUMNS),
        "eligibility": scored.eligibility.astype(RULE_COLUMNS),
    }


def _filled(
    applicants: gpd.GeoDataFrame, name: str, values: pd.Series, at: npt.NDArray[np.bool_]
) -> npt.NDArray[np.generic]:
    if name in DATES:
        dates = applicants[name].to_numpy(dtype="datetime64[ms]").copy()
        dates[at] = values.to_numpy(dtype="datetime64[ms]")
        return np.asarray(dates)
    numbers = applicants[name].to_numpy(dtype=np.float64).copy()
    numbers[at] = values.to_numpy(dtype=np.float64)
    return np.asarray(numbers)


def _item_columns(scored: Scored, at: npt.NDArray[np.bool_]) -> dict[str, npt.NDArray[np.float64]]:
    points = item_points(scored)
    found = {}
    for name in points.columns:
        found[name] = np.full(len(at), np.nan)
        found[name][at] = points[name].to_numpy()
    return found


def _eligible(scored: Scored, at: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    eligible = np.ones(len(at), dtype=np.bool_)
    eligible[at] = scored.totals["eligible"].to_numpy()
    return eligible


def _differences(
    applicants: gpd.GeoDataFrame, name: str, values: pd.Series, at: npt.NDArray[np.bool_]
) -> Iterator[Fault]:
    given = applicants[name][at].reset_index(drop=True)
    if name in DATES:
        differs = given.notna() & (given != values)
    else:
        computed = values.fillna(np.inf)
        differs = given.notna() & ((given.astype(np.float64) - computed).abs() > _CLOSE)
    ids = applicants["applicant_id"][at].reset_index(drop=True)
    for index in np.flatnonzero(differs.to_numpy()):
        yield Fault(
            file="applicants",
            column=name,
            found=_shown(given[index]),
            allowed=say(
                "{computed}, which the facts and the points schedule give (applicant {applicant})",
                computed=_shown(values[index]),
                applicant=ids[index],
            ),
            remedy=say("correct the facts, or leave the cell blank: it is computed"),
        )


def _shown(value: object) -> str:
    if pd.isna(value):
        return "–"
    return str(value.date()) if isinstance(value, pd.Timestamp) else f"{value:.10g}"
