"""This year's schedule against last year's: what a change does to ranks, eligibility and cut-offs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.city import City
from simulate.building import build_world
from simulate.points.apply import scored_applicants
from simulate.points.schedule import Schedule
from simulate.points.scoring import Scored
from simulate.points.tables import chain_keys
from simulate.policy import Policy
from simulate.records import tables_of
from simulate.runs import whole_folder
from simulate.season import open_season, run_season
from simulate.summary import write_csv
from zoning.locate import locate_children
from zoning.plan import plan_in

CHANGES = ("came", "gone", "up", "down", "same", "neither")


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsComparison:
    """What two schedules make of the same children.

    Parameters
    ----------
    before, after : Scored
    moves : DataFrame
        applicant_id, points, rank and eligible before and after, change: came (eligible only after), gone,
        up, down, same, neither (not eligible under either). A rank counts the eligible children who stand
        before, tickets apart, from 1.
    cut_offs : DataFrame or None
        stage, school_id, pool, given and points of the last one admitted, before and after; None without a
        policy.
    outcomes : DataFrame or None
        outcome, children before and after, of those who are scored; None without a policy.
    """

    before: Scored
    after: Scored
    moves: pd.DataFrame
    cut_offs: pd.DataFrame | None
    outcomes: pd.DataFrame | None


def compare_schedules(
    city: City, before: Schedule, after: Schedule, *, policy: Policy | None, seed: str
) -> PointsComparison:
    """Score the same children by two schedules, and run the season under each, with the same tickets.

    Parameters
    ----------
    city : City
        With applicants and facts; values of points that it gives are computed anew.
    before, after : Schedule
        As they hold on the day.
    policy : Policy or None
        Without one only ranks are compared.
    seed : str
        The public seed of the tickets.

    Raises
    ------
    DataError
        If facts are wrong, or an order of the policy reads an item that a schedule does not have.
    """
    cities = [
        _under(city, one, other, (before, after)) for one, other in ((before, after), (after, before))
    ]
    if policy is None:
        scored = [_scored(one, rules) for one, rules in zip(cities, (before, after), strict=True)]
        cut_offs = outcomes = None
    else:
        pairs = zip(cities, (before, after), strict=True)
        seasons = [_season(one, policy, rules, seed) for one, rules in pairs]
        scored = [one.scored for one in seasons]
        cut_offs = _side_by_side([one.cut_offs for one in seasons], ["stage", "school_id", "pool"])
        outcomes = _side_by_side([one.outcomes for one in seasons], ["outcome"])
    return PointsComparison(
        before=scored[0],
        after=scored[1],
        moves=_moves(scored[0], scored[1], city["applicants"]),
        cut_offs=cut_offs,
        outcomes=outcomes,
    )


def _under(city: City, schedule: Schedule, other: Schedule, both: Sequence[Schedule]) -> City:
    """Return the city with what is computed left blank, and without facts of the other schedule alone."""
    foreign = {fact.id for fact in other.fact} - {fact.id for fact in schedule.fact}
    facts, applicants = city["facts"], city["applicants"]
    facts = facts[~facts["fact"].isin(sorted(foreign))].reset_index(drop=True)
    categories = {category for one in both for category in one.categories}
    scored = applicants["category"].isin(sorted(categories))
    keys = {"points", *(key for one in both for key in one.provides)}
    blank = {key: applicants[key].mask(scored) for key in sorted(keys)}
    tables = dict(city.tables) | {"facts": facts, "applicants": applicants.assign(**blank)}
    return replace(city, tables=tables)


def scored_city(city: City, schedule: Schedule, *, check_given: bool) -> Scored:
    """Score a city's applicants; their given points are compared with what is computed, or pass unread.

    Raises
    ------
    DataError
        If facts are wrong, a child has no zone, or a given value is another than the computed one.
    """
    return _scored(city if check_given else _under(city, schedule, schedule, (schedule,)), schedule)


def _scored(city: City, schedule: Schedule) -> Scored:
    located = locate_children(city, plan_in(city, city.project.project.year), city["applicants"])
    district = located["district_id"].to_numpy(dtype=object)
    return scored_applicants(city, schedule, city["applicants"], district)[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Season:
    scored: Scored
    cut_offs: pd.DataFrame
    outcomes: pd.DataFrame


def _season(city: City, policy: Policy, schedule: Schedule, seed: str) -> _Season:
    rules = policy.model_copy(update={"points": schedule})
    world = build_world(city, rules, seed=seed)
    tables = tables_of(world, rules, run_season(world, rules, open_season(world)))
    assert world.scored is not None
    ledger, placements = tables["ledger"], tables["placements"]
    stages = [
        stage.id
        for stage in rules.stage
        if {c for claim in stage.claims for c in claim.who.categories} & set(schedule.categories)
    ]
    rows = ledger[ledger["stage"].isin(stages) & ledger["school_id"].notna()]
    own = placements[placements["category"].isin(schedule.categories)]
    return _Season(
        scored=world.scored,
        cut_offs=rows[["stage", "school_id", "pool", "given"]].assign(cut_off=_points_in(rows["cut_off"])),
        outcomes=own.groupby("outcome").size().rename("children").reset_index(),
    )


def _points_in(cut_offs: pd.Series) -> npt.NDArray[np.float64]:
    """Return the points in cut-offs (JSON), NaN where a school was not full or its order has none."""
    # a loop over blocks with a cut-off, never over children
    points = [None if pd.isna(text) else json.loads(text).get("points") for text in cut_offs]
    return np.array(points, dtype=np.float64)


def _side_by_side(two: list[pd.DataFrame], keys: list[str]) -> pd.DataFrame:
    ends = ("_before", "_after")
    before, after = (one.set_index(keys).add_suffix(end) for one, end in zip(two, ends, strict=True))
    joined = before.join(after, how="outer", sort=True)
    counts = [name for name in joined.columns if name.startswith(("given", "children"))]
    joined[counts] = joined[counts].fillna(0).astype(np.int64)
    return joined.reset_index()


def ranks_of(scored: Scored, applicants: pd.DataFrame) -> pd.Series:
    """Return the rank of each eligible child by the order, from 1, equal ones alike; NA of the others."""
    keys = chain_keys(scored, applicants)
    eligible = scored.totals["eligible"].to_numpy()
    among = keys[eligible]
    order = np.lexsort([among[name].to_numpy() for name in reversed(among.columns)])
    values = among.to_numpy()[order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (values[1:] != values[:-1]).any(axis=1)
    place = np.maximum.accumulate(np.where(new, np.arange(1, len(order) + 1), 0))
    rank = np.zeros(len(order), dtype=np.int64)
    rank[order] = place
    found = pd.Series(pd.NA, index=keys.index, dtype="Int64")
    found[eligible] = rank
    return found


def _moves(before: Scored, after: Scored, applicants: pd.DataFrame) -> pd.DataFrame:
    tables = [
        one.totals[["applicant_id", "points", "eligible"]].assign(rank=ranks_of(one, applicants))
        for one in (before, after)
    ]
    both = tables[0].merge(tables[1], on="applicant_id", how="outer", suffixes=("_before", "_after"))
    was, now = (both[f"eligible_{when}"].eq(True).to_numpy() for when in ("before", "after"))
    rise = (both["rank_before"] - both["rank_after"]).fillna(0).to_numpy(dtype=np.int64)
    change = np.select(
        [~was & now, was & ~now, was & now & (rise > 0), was & now & (rise < 0), was & now],
        list(CHANGES[:5]),
        CHANGES[5],
    )
    names = [f"{name}_{when}" for name in ("points", "rank", "eligible") for when in ("before", "after")]
    return both[["applicant_id", *names]].assign(change=change)


def write_points_comparison(folder: Path, comparison: PointsComparison) -> None:
    """Write the tables of a comparison into a new folder, whole or not at all; private: a row a child."""
    with whole_folder(folder) as new:
        write_csv(new / "ranks.csv", comparison.moves)
        if comparison.cut_offs is not None:
            write_csv(new / "cut_offs.csv", comparison.cut_offs)
