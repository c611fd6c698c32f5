"""Measure: works beside the sort that they are measured in, another package, a fresh process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from matching.games import HospitalResident

import simulate
from simulate.draws import count_deferred_acceptance, count_serial_dictatorship
from simulate.mechanisms import deferred_acceptance, serial_dictatorship
from tests.bench.city import City, cascade, lottery_of, make_city, one_order, own_orders
from tests.bench.season import SCALE, SeasonTiming, measure_season

Work = Callable[[], Any]
Clock = Callable[[], float]

ROOT = Path(__file__).parent.parent.parent
SEED = "xuequ-bench"
QUICK_S = 0.5
FEW_ROUNDS = 3
"""How often a work that takes longer than `QUICK_S` is repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to measure.

    Parameters
    ----------
    sizes : tuple of int
        Cities by children; targets hold at 100,000 and 1,000,000.
    draws : tuple of (int, int)
        Cities by children whose lottery is drawn, and how often; targets hold for 1,000 draws of 100,000.
    threads_at : int
        The one of them that is drawn by two threads as well.
    matching_at : tuple of int
        Cities small enough for the package `matching`.
    rounds : int
        How often a work is repeated; three times where it takes long.
    alone_at : int or None
        The city whose memory is measured in a fresh process, and the first call on a cold cache with it.
    season_scale : float or None
        The size of the embedded city whose whole season is run from Python.
    """

    sizes: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    draws: tuple[tuple[int, int], ...] = ((10_000, 1000), (100_000, 1000), (1_000_000, 30))
    threads_at: int = 100_000
    matching_at: tuple[int, ...] = (100, 1000, 10_000)
    rounds: int = 60
    alone_at: int | None = 1_000_000
    season_scale: float | None = SCALE


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """A work beside its unit: a sort of as many numbers as there are children, for each draw."""

    work: str
    children: int
    draws: int
    work_s: float
    unit_s: float
    target: float | None

    @property
    def ratio(self) -> float:
        """How many units the work takes."""
        return self.work_s / self.unit_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The package `matching` and Xuequ on the same instance, dictionaries in and out, and arrays."""

    children: int
    create_s: float
    solve_s: float
    xuequ_dictionaries_s: float
    xuequ_arrays_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """What a fresh process says: peak memory of two works, and the first call on a cold cache."""

    children: int
    peak_mib: dict[str, float]
    cold_s: float
    cold_wall_s: float
    kernels: int
    not_called: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """All that a benchmark found."""

    plan: Plan
    timings: list[Timing]
    beside: list[Beside]
    alone: Alone | None
    season: SeasonTiming | None


TARGETS = {
    ("greedy pass", 100_000): 1.0,
    ("cascade", 100_000): 1.0,
    ("deferred acceptance", 100_000): 5.0,
    ("deferred acceptance", 1_000_000): 4.0,
    ("draws, serial dictatorship", 100_000): 2.0,
    ("draws, deferred acceptance", 100_000): 3.5,
}
"""The ratio that each work must keep to."""


def city_of(children: int) -> City:
    """Return the city of that size; the same in every run."""
    return make_city(children, rng=np.random.default_rng(children))


def measure(plan: Plan, *, say: Callable[[str], None]) -> Results:
    """Measure all that is planned, and say what is being measured."""
    timings: list[Timing] = []
    for children in plan.sizes:
        say(f"single runs, {children:,} children")
        timings += _single_runs(city_of(children), plan)
    for children, draws in plan.draws:
        say(f"{draws:,} draws, {children:,} children")
        timings += _many_draws(city_of(children), range(draws), plan)
    beside = []
    for children in plan.matching_at:
        say(f"the package matching, {children:,} children")
        beside.append(beside_matching(children))
    alone = None
    if plan.alone_at is not None:
        say(f"fresh processes, {plan.alone_at:,} children")
        alone = in_fresh_processes(plan.alone_at)
    season = None
    if plan.season_scale is not None:
        say("a season from Python")
        season = measure_season(plan.season_scale)
    return Results(plan=plan, timings=timings, beside=beside, alone=alone, season=season)


def _single_runs(city: City, plan: Plan) -> list[Timing]:
    one, own, passes = one_order(city), own_orders(city), cascade(city)
    works: dict[str, Work] = {
        "greedy pass": lambda: serial_dictatorship(one),
        "cascade": lambda: [serial_dictatorship(contest) for contest in passes],
        "deferred acceptance": lambda: deferred_acceptance(own),
    }
    unit = partial(np.argsort, city.ticket)
    return _interleaved(works, unit, len(city.ticket), 1, plan.rounds, clock=time.thread_time)


def _many_draws(city: City, draws: range, plan: Plan) -> list[Timing]:
    lottery = lottery_of(city)
    by_child, by_entry = city.tiers[:, 0], city.tiers.ravel()
    serial = partial(count_serial_dictatorship, lottery, seed=SEED, draws=draws)
    deferred = partial(count_deferred_acceptance, lottery, tiers=by_entry, seed=SEED, draws=draws)
    one_thread: dict[str, Work] = {
        "draws, serial dictatorship": partial(serial, tiers=by_child),
        "draws, serial dictatorship, one tier": partial(serial, tiers=np.zeros_like(by_child)),
        "draws, deferred acceptance": deferred,
    }
    two_threads: dict[str, Work] = {
        "draws, serial dictatorship, 2 threads": partial(serial, tiers=by_child, threads=2),
        "draws, deferred acceptance, 2 threads": partial(deferred, threads=2),
    }

    def sorts() -> None:
        for _ in draws:
            np.argsort(city.ticket)

    size = (len(city.ticket), len(draws), plan.rounds)
    timings = _interleaved(one_thread, sorts, *size, clock=time.thread_time)
    if len(city.ticket) == plan.threads_at:
        timings += _interleaved(two_threads, sorts, *size, clock=time.perf_counter)
    return timings


def _interleaved(
    works: dict[str, Work], unit: Work, children: int, draws: int, rounds: int, *, clock: Clock
) -> list[Timing]:
    """Time all works and the unit in turn, and keep the best of each: what else ran hits all alike."""
    every = {"unit": unit, **works}
    best = dict.fromkeys(every, np.inf)
    for work in works.values():
        work()  # compiled, and read from the disk
    slowest = max(_seconds(work, clock) for work in every.values())
    for _ in range(rounds if slowest < QUICK_S else min(rounds, FEW_ROUNDS)):
        for name, work in every.items():
            best[name] = min(best[name], _seconds(work, clock))
    return [
        Timing(
            work=name,
            children=children,
            draws=draws,
            work_s=best[name],
            unit_s=best["unit"],
            target=TARGETS.get((name, children)),
        )
        for name in works
    ]


def _seconds(work: Work, clock: Clock) -> float:
    start = clock()
    work()
    return clock() - start


def beside_matching(children: int) -> Beside:
    """Solve one city with the package `matching` and with Xuequ, and see that they agree."""
    contest = own_orders(city_of(children))
    assert contest.rank is not None
    length = int(contest.starts[1])
    schools, rank = contest.schools.reshape(-1, length), contest.rank.reshape(-1, length)
    wants = {f"a{child}": [f"s{s}" for s in mine] for child, mine in enumerate(schools.tolist())}
    takes: dict[str, list[tuple[int, str]]] = {f"s{s}": [] for s in range(len(contest.seats))}
    for (child, mine), places in zip(wants.items(), rank.tolist(), strict=True):
        for school, place in zip(mine, places, strict=True):
            takes[school].append((place, child))
    orders = {school: [child for _, child in sorted(queue)] for school, queue in takes.items() if queue}
    seats = {school: int(contest.seats[int(school[1:])]) for school in orders}

    start = time.thread_time()
    game = HospitalResident.create_from_dictionaries(wants, orders, seats)
    created = time.thread_time()
    solved = game.solve(optimal="resident")
    end = time.thread_time()
    theirs = {resident.name: hospital.name for hospital, held in solved.items() for resident in held}

    instance = {
        "applicants": wants,
        "schools": {s: {"seats": seats[s], "priorities": orders[s]} for s in orders},
    }
    placements = simulate.match(instance, mechanism="deferred-acceptance")["placements"]
    if {child: school for child, school in placements.items() if school is not None} != theirs:
        raise RuntimeError(f"matching and Xuequ disagree on {children} children")
    match = partial(simulate.match, instance, mechanism="deferred-acceptance")
    solve = partial(deferred_acceptance, contest)
    return Beside(
        children=children,
        create_s=created - start,
        solve_s=end - created,
        xuequ_dictionaries_s=min(_seconds(match, time.thread_time) for _ in range(FEW_ROUNDS)),
        xuequ_arrays_s=min(_seconds(solve, time.thread_time) for _ in range(20)),
    )


def in_fresh_processes(children: int) -> Alone:
    """Measure peak memory and the first call, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path, city = Path(folder) / "city.npz", city_of(children)
        contest = own_orders(city)
        parts = {name: getattr(contest, name) for name in ("order", "starts", "schools", "seats", "rank")}
        np.savez(path, tiers=city.tiers.ravel(), **parts)
        peaks = {
            work: float(_ask(["memory", work, str(path)])["peak_mib"])
            for work in ("deferred acceptance", "10 draws of deferred acceptance")
        }
        first_calls = [_first_call(Path(folder) / f"cache-{turn}") for turn in range(FEW_ROUNDS)]
    wall_s, said = min(first_calls, key=lambda call: call[0])
    return Alone(
        children=children,
        peak_mib=peaks,
        cold_s=float(said["processor_s"]),
        cold_wall_s=wall_s,
        kernels=int(said["kernels"]),
        not_called=list(said["not_called"]),
    )


def _first_call(cache: Path) -> tuple[float, dict[str, Any]]:
    """Compile everything into an empty cache in a fresh process; return how long that took by the clock."""
    start = time.perf_counter()
    said = _ask(["cold"], NUMBA_CACHE_DIR=str(cache))
    return time.perf_counter() - start, said


def _ask(arguments: list[str], **environment: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.alone", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return said
