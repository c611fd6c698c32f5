"""The season of a district of 20,000 children from Python, one thing changed: what a person waits for."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from geodata import read_city
from geodata.sample import write_sample
from simulate.app import policy_of
from simulate.building import build_world
from simulate.metrics import metrics_of
from simulate.records import placements_of
from simulate.season import open_season, run_season
from simulate.world import World

SCALE = 0.286
"""Of the embedded city: 20,020 children, 80 campuses."""
SEED = "xuequ-bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonTiming:
    """Seconds by the clock: to build the world once, then the best and the worst of some changed seasons.

    Parameters
    ----------
    children, schools, stages : int
    build_s : float
        Reading aside: locating, tickets, arrays.
    best_s, worst_s : float
        The whole season with placements and metrics, after one school got another class.
    """

    children: int
    schools: int
    stages: int
    build_s: float
    best_s: float
    worst_s: float


def measure_season(scale: float = SCALE, *, changes: int = 10) -> SeasonTiming:
    """Measure a season from Python, one thing changed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "city"
        write_sample(folder, scale=scale)
        city = read_city(folder)
        policy = policy_of(city, folder)
    start = time.perf_counter()
    world = build_world(city, policy, seed=SEED)
    build_s = time.perf_counter() - start

    def season(changed: World) -> None:
        run = run_season(changed, policy, open_season(changed))
        placements_of(changed, policy, run)
        metrics_of(changed, policy, run)

    season(world)  # compiles
    seconds = []
    for number in range(changes):
        seats = world.blocks.seats.copy()
        seats[number % len(seats)] += 45
        changed = replace(world, blocks=replace(world.blocks, seats=seats))
        start = time.perf_counter()
        season(changed)
        seconds.append(time.perf_counter() - start)
    return SeasonTiming(
        children=len(world.children),
        schools=len(np.unique(world.blocks.school)),
        stages=len(policy.stage),
        build_s=build_s,
        best_s=min(seconds),
        worst_s=max(seconds),
    )
