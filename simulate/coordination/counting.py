"""How a variant is counted, for all children and for those with and without a right to a place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulate.coordination.measures import (
    REACHES,
    UNPLACED,
    Lands,
    coordinated,
    otherwise,
    reach_of,
    sea_crossings,
    siblings_split,
    way_of,
)
from simulate.coordination.playing import Played
from simulate.policy import Policy
from simulate.state import NOT_ADMITTED, WAITING, WITHDRAWN, State
from simulate.world import World

Mask = npt.NDArray[np.bool_]
GROUPS = ("all", "household", "others")
"""Of whom is counted: everybody; household categories, who have a right to a place; the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a variant comes to for one group of children.

    Parameters
    ----------
    children : int
        How many there are: zone, district, city, not_admitted, waiting and withdrawn add up to it.
    zone, district, city : int
        Placed in the own zone, else in the own district, else elsewhere, by whatever stage.
    not_admitted, waiting, withdrawn, over : int
        `over` sit above the intake.
    coordinated : int
        Placed by a stage that coordinates; the distances, sea_crossings, siblings_split are of these.
    distance_known : int
    total_m : int
    mean_m, p90_m, max_m : int, optional
    sea_crossings : int, optional
        None where the city is one land part.
    passed : int
        As `passed_by_fewer_points` says.
    siblings_split : int
    otherwise : int
        Children with another outcome or school than in the base.
    """

    children: int
    zone: int
    district: int
    city: int
    not_admitted: int
    waiting: int
    withdrawn: int
    over: int
    coordinated: int
    distance_known: int
    total_m: int
    mean_m: int | None
    p90_m: int | None
    max_m: int | None
    sea_crossings: int | None
    passed: int
    siblings_split: int
    otherwise: int


def groups_of(world: World, policy: Policy) -> dict[str, Mask]:
    """Return which children are of each group (`GROUPS`), shape (n,) each."""
    right = [category.id for category in policy.category if category.household]
    household: Mask = np.isin(world.children.category, right)
    return {"all": np.ones(len(household), dtype=np.bool_), "household": household, "others": ~household}


def counts_of(played: Played, base: State, lands: Lands | None, *, passed: Mask, group: Mask) -> Counts:
    """Count what came of a variant for a group of children.

    Parameters
    ----------
    played : Played
    base : State
        As the season ended in the base.
    lands : Lands, optional
    passed, group : array of bool, shape (n,)
        Who was passed by somebody with fewer points, and of whom to count.
    """
    world, state = played.world, played.state
    who = coordinated(played) & group
    reach = np.bincount(reach_of(world, state)[group], minlength=UNPLACED + 1)
    outcome = np.bincount(state.outcome[group], minlength=WITHDRAWN + 1)
    way = way_of(world, state, who)
    return Counts(
        children=int(group.sum()),
        **{name: int(reach[place]) for place, name in enumerate(REACHES)},
        not_admitted=int(outcome[NOT_ADMITTED]),
        waiting=int(outcome[WAITING]),
        withdrawn=int(outcome[WITHDRAWN]),
        over=int((state.over & group).sum()),
        coordinated=int(who.sum()),
        distance_known=way.known,
        total_m=way.total_m,
        mean_m=way.mean_m,
        p90_m=way.p90_m,
        max_m=way.max_m,
        sea_crossings=sea_crossings(world, state, who, lands),
        passed=int((passed & group).sum()),
        siblings_split=int(siblings_split(world, state, who).sum()),
        otherwise=int((otherwise(world, state, base) & group).sum()),
    )
