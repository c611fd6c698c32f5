"""What a way to coordinate comes to: pure functions of the world and the state as the season ended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata.metres import UNKNOWN_M
from simulate.coordination.playing import Played
from simulate.mechanisms import NOWHERE
from simulate.ragged import distinct
from simulate.state import PLACED, State
from simulate.where import serves, stands_in
from simulate.world import ABSENT, World
from zoning.locate import locate_children
from zoning.plan import plan_in
from zoning.travel import part_of, travel_of

Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
REACHES = ("zone", "district", "city")
UNPLACED = len(REACHES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lands:
    """On which land part each home and each school lies, -1 where unknown (`zoning.travel.part_of`).

    Parameters
    ----------
    homes, schools : array of int64, shape (h,) and (s,)
    """

    homes: Numbers
    schools: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How far the coordinated children go, in whole metres; None of nobody whose distance is known.

    Parameters
    ----------
    known : int
        How many of them have a known distance.
    total_m : int
    mean_m, p90_m, max_m : int, optional
        The 90th percentile lies between two children as `numpy.quantile` puts it.
    """

    known: int
    total_m: int
    mean_m: int | None
    p90_m: int | None
    max_m: int | None


def coordinated(played: Played) -> Mask:
    """Return which children sit at a place that a stage which coordinates gave them, shape (n,)."""
    state = played.state
    stages = [n for n, stage in enumerate(played.policy.stage) if stage.coordination is not None]
    return np.asarray((state.outcome == PLACED) & np.isin(state.stage, stages), dtype=np.bool_)


def reach_of(world: World, state: State) -> Numbers:
    """Return how far each child was placed: a position in `REACHES`, or `UNPLACED`; shape (n,).

    In its own zone (the zone that a stage gave it, where one did), else in its own district, else anywhere
    else; as `simulate.summary` has it.
    """
    child = np.arange(len(world.children))
    school = state.school(world)
    placed = state.outcome == PLACED
    at = world.schools.district[school]
    zone = serves(world, state.zone_of(world, child), school)
    district = (at == world.children.district) & (at != ABSENT)
    return np.select([~placed, zone, district], [UNPLACED, 0, 1], 2).astype(np.int64)


def way_of(world: World, state: State, who: Mask) -> Way:
    """Return how far some placed children go to their schools.

    Parameters
    ----------
    world, state
    who : array of bool, shape (n,)
        Children who have a place.
    """
    child = np.flatnonzero(who)
    metres = world.metres(child, state.school(world)[child]).astype(np.int64)
    metres = metres[metres != UNKNOWN_M]
    if len(metres) == 0:
        return Way(known=0, total_m=0, mean_m=None, p90_m=None, max_m=None)
    return Way(
        known=len(metres),
        total_m=int(metres.sum()),
        mean_m=round(float(metres.mean())),
        p90_m=round(float(np.quantile(metres, 0.9))),
        max_m=int(metres.max()),
    )


def lands_of(world: World) -> Lands | None:
    """Return the land parts of homes and schools; None where the districts are one land part or none."""
    city = world.city
    travel = travel_of(city)
    if len(travel.parts) < 2:
        return None
    located = locate_children(city, plan_in(city, city.project.project.year), world.applicants)
    points = np.full(len(world.homes.ids), None, dtype=object)
    points[world.children.home] = located["geometry"].to_numpy(dtype=object)
    return Lands(
        homes=part_of(travel.parts, _places(points)),
        schools=part_of(travel.parts, _places(city["schools"].geometry.to_numpy())),
    )


def _places(points: npt.NDArray[np.object_]) -> npt.NDArray[np.float64]:
    there = ~shapely.is_missing(points)
    places = np.full((len(points), 2), np.nan)
    places[there] = shapely.get_coordinates(points[there])
    return places


def sea_crossings(world: World, state: State, who: Mask, lands: Lands | None) -> int | None:
    """Return how many of some placed children live on another land part than their school's.

    A child whose home or school lies on no known part is not counted; None where there is but one part.
    """
    if lands is None:
        return None
    child = np.flatnonzero(who)
    home = lands.homes[world.children.home[child]]
    school = lands.schools[state.school(world)[child]]
    return int(((home != school) & (home >= 0) & (school >= 0)).sum())


def siblings_split(world: World, state: State, who: Mask) -> Mask:
    """Return which of some placed children have siblings with a school, and none at their own, shape (n,).

    A sibling is at the school that the child's row names (`sibling_school_id`), or is a child of the same
    household or group of twins who has a place when the season ends.
    """
    children, count = world.children, len(world.schools.ids)
    school = state.school(world).astype(np.int64)
    named = children.sibling_school
    has, there = named != ABSENT, (named != ABSENT) & (named == school)
    for group in (children.household, children.twins):
        seated = (state.outcome == PLACED) & (group != ABSENT)
        pair = np.where(seated, group * count + school, -1)
        has |= seated & stands_in(group, _twice(group[seated]))
        there |= seated & stands_in(pair, _twice(pair[seated]))
    return np.asarray(who & has & ~there, dtype=np.bool_)


def _twice(keys: Numbers) -> Numbers:
    """Return the keys that stand at least twice, in order."""
    ordered = np.sort(keys)
    return distinct(ordered[1:][ordered[1:] == ordered[:-1]]) if len(ordered) > 1 else ordered[:0]


def flows_of(world: World, state: State, who: Mask) -> pd.DataFrame:
    """Return how many of some placed children went from which district to which.

    Returns
    -------
    DataFrame
        home_district_id, school_district_id (null where there is none), children; in order of both.
    """
    child = np.flatnonzero(who)
    width = len(world.districts) + 1
    home = world.children.district[child]
    school = world.schools.district[state.school(world)[child]]
    counts = np.bincount((home + 1) * width + school + 1, minlength=width * width)
    pairs = np.flatnonzero(counts)
    names = np.array([None, *world.districts], dtype=object)
    frame = pd.DataFrame(
        {
            "home_district_id": names[pairs // width],
            "school_district_id": names[pairs % width],
            "children": counts[pairs].astype(np.int64),
        }
    )
    return frame.astype({"home_district_id": "str", "school_district_id": "str"})


def otherwise(world: World, state: State, base: State) -> Mask:
    """Return which children have another outcome, or another school, than in the base, shape (n,)."""
    school, then = state.school(world), base.school(world)
    return np.asarray((state.outcome != base.outcome) | (school != then), dtype=np.bool_)


def nobody_by_choices(played: Played) -> bool:
    """Return whether stages by choices that coordinate had children and placed none of them."""
    asked = [one for one in played.rounds if one.stage.mechanism.by_choices and len(one.result.who)]
    return bool(asked) and all((one.result.block == NOWHERE).all() for one in asked)
