"""Compare ways to coordinate on the same children, the same tickets and the same seats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import City
from simulate.building import build_world
from simulate.coordination.applying import (
    coordinating,
    policies_of,
    reading,
    with_held,
    with_stages,
)
from simulate.coordination.counting import Counts, counts_of, groups_of
from simulate.coordination.measures import Lands, coordinated, flows_of, lands_of, nobody_by_choices
from simulate.coordination.passed import passed_by_fewer_points
from simulate.coordination.playing import Played, play_on
from simulate.coordination.variant import Variant
from simulate.filings import check_policy_names
from simulate.policy import Policy
from simulate.state import State
from simulate.world import World

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one variant comes to.

    Parameters
    ----------
    variant : Variant
    policy : Policy
        That says the same in full.
    counts : mapping of str to Counts
        By group of children (`GROUPS`).
    flows : DataFrame
        group, home_district_id, school_district_id, children: of those placed by coordination.
    held : int
        Seats held back.
    unheard : int
        Answers and decisions left out, for they were given to other places.
    nobody_by_choices : bool
        Whether coordination by choices placed nobody, for no school that they listed had a seat left.
    """

    variant: Variant
    policy: Policy
    counts: Mapping[str, Counts]
    flows: pd.DataFrame
    held: int
    unheard: int
    nobody_by_choices: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Ways to coordinate, side by side; the first is the base.

    Parameters
    ----------
    city : City
    policy : Policy
        The project's own, as it holds on the day.
    seed : str
    synthetic : bool
        Whether the children were drawn.
    outcomes : tuple of Outcome
    left_out : tuple of Variant
        Those that change nothing in this policy.
    """

    city: City
    policy: Policy
    seed: str
    synthetic: bool
    outcomes: tuple[Outcome, ...]
    left_out: tuple[Variant, ...]

    @property
    def group(self) -> str:
        """Of whom the table on the terminal is: those without a right to a place, where there are any."""
        return "others" if self.outcomes[0].counts["others"].children else "all"


def compare_coordination(
    city: City,
    policy: Policy,
    variants: Sequence[Variant],
    *,
    seed: str,
    report: Callable[[float], None] = lambda share: None,
) -> Comparison:
    """Run the season under each variant and measure what comes of it.

    Parameters
    ----------
    city : City
    policy : Policy
        The project's, as it holds on the day.
    variants : sequence of Variant
        The base first.
    seed : str
        The public seed: every variant has the same tickets.
    report : callable
        Told the share that is done, 0 to 1.

    Raises
    ------
    XuequError, DataError
        As `policies_of` (before anything is run) and as a run.
    """
    policies = policies_of(policy, variants)
    world = build_world(city, reading(policy, list(policies.values())), seed=seed)
    for one in policies.values():
        check_policy_names(city, one, set(world.children.ids), amending=True)
    # what families answered, they answered to the places that the project's own policy gives
    own = play_on(world, policy)
    lands, first = lands_of(world), coordinating(policy)[0]
    outcomes: list[Outcome] = []
    base: State | None = None
    there = [variant for variant in variants if variant.id in policies]
    for number, variant in enumerate(there):
        report(number / len(there))
        played = _play(world, policy, policies[variant.id], variant, own, first)
        base = played.state if base is None else base
        outcomes.append(_outcome(variant, played, base, lands))
    report(1.0)
    return Comparison(
        city=city,
        policy=policy,
        seed=seed,
        synthetic=world.synthetic,
        outcomes=tuple(outcomes),
        left_out=tuple(variant for variant in variants if variant.id not in policies),
    )


def _play(
    world: World, policy: Policy, changed: Policy, variant: Variant, own: Played, first: int
) -> Played:
    """Play one variant on from the first stage that it changes."""
    if changed.stage == policy.stage and not variant.held:
        return own
    here = with_stages(with_held(world, variant), policy, changed)
    if variant.from_the_start or first == 0:
        return play_on(here, changed, reference=own.by_stage)
    return play_on(here, changed, start=first, state=own.ended[first - 1], reference=own.by_stage)


def _outcome(variant: Variant, played: Played, base: State, lands: Lands | None) -> Outcome:
    world = played.world
    passed = passed_by_fewer_points(world, played.rounds)
    groups = groups_of(world, played.policy)
    who = coordinated(played)
    flows = [flows_of(world, played.state, who & mask).assign(group=name) for name, mask in groups.items()]
    columns = ["group", "home_district_id", "school_district_id", "children"]
    pools = [one.pool for one in variant.held]
    return Outcome(
        variant=variant,
        policy=played.policy,
        counts={
            name: counts_of(played, base, lands, passed=passed, group=mask) for name, mask in groups.items()
        },
        flows=pd.concat(flows, ignore_index=True)[columns],
        held=int(world.blocks.seats[np.isin(world.blocks.pool, pools)].sum()) if pools else 0,
        unheard=played.unheard,
        nobody_by_choices=nobody_by_choices(played),
    )
