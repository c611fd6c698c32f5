"""How long it takes to score a plan of thousands of units after an edit."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from geodata.metres import UNKNOWN_M
from zoning.plans.board import Board
from zoning.plans.score import score_plan
from zoning.plans.ways import Crossing
from zoning.travel import UNKNOWN_S

METHOD = (
    "A square of units, as many as Fairfax County has census blocks (9,404; its own files are not part of "
    "the project), in zones of equal size, with seconds and crossings beside metres. Each round moves "
    "another unit and scores the whole plan anew; times are the processor's for the thread, best and "
    "median of the rounds. The unit is one `numpy.argsort` of as many numbers as the board has distances."
)


_MOST_S = 0.010


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTiming:
    """How long scoring took."""

    units: int
    zones: int
    best_s: float
    median_s: float
    sort_s: float


def board(side: int, zones: int, *, rng: np.random.Generator) -> Board:
    """Return a square of side × side units of 100 m."""
    n = side * side
    at = np.arange(n).reshape(side, side)
    first = np.concatenate([at[:, :-1].ravel(), at[:-1].ravel()])
    second = np.concatenate([at[:, 1:].ravel(), at[1:].ravel()])
    metres = rng.integers(0, 9_000, size=(n, zones), dtype=np.int32)
    seconds = rng.integers(0, 4_000, size=(n, zones), dtype=np.int32)
    crosses = rng.random((n, zones)) < 0.3
    return Board(
        units=np.array([f"U{i:05}" for i in range(n)], dtype=object),
        zones=np.array([f"Z{i:03}" for i in range(zones)], dtype=object),
        schools=np.array([f"S{i:03}" for i in range(zones)], dtype=object),
        categories=("pupils",),
        children=rng.integers(0, 20, size=(1, n)),
        in_zone=np.zeros((1, zones), dtype=np.int64),
        lost=0,
        metres=metres,
        least_m=metres.min(axis=1, initial=UNKNOWN_M).astype(np.int32)[None, :],
        seats=rng.integers(300, 900, size=zones),
        zone=np.arange(zones),
        school=np.arange(zones),
        school_unit=rng.integers(0, n, size=zones),
        community=np.arange(n) // 50,
        first=first,
        second=second,
        border_m=np.full(len(first), 100.0),
        area_m2=np.full(n, 10_000.0),
        perimeter_m=np.full(n, 400.0),
        seconds=seconds,
        least_s=seconds.min(axis=1, initial=UNKNOWN_S).astype(np.int32)[None, :],
        crossing=Crossing(crosses=crosses, unbridged=crosses & (seconds % 2 == 0), known=metres >= 0),
    )


def measure_plans(side: int = 97, zones: int = 138, *, rounds: int = 50) -> PlanTiming:
    """Score a plan again after each of many single edits."""
    rng = np.random.default_rng(2024)
    ground = board(side, zones, rng=rng)
    n = len(ground.units)
    plan = (np.arange(n) * zones // n)[None, :]
    seconds = []
    for unit in rng.integers(0, n, size=rounds):
        plan[0, unit] = rng.integers(0, zones)
        began = time.thread_time()
        score_plan(ground, plan)
        seconds.append(time.thread_time() - began)
    numbers = rng.random(n * zones)
    began = time.thread_time()
    np.argsort(numbers)
    sort_s = time.thread_time() - began
    return PlanTiming(
        units=n, zones=zones, best_s=min(seconds), median_s=float(np.median(seconds)), sort_s=sort_s
    )


def render_plans(timing: PlanTiming) -> str:
    """Return the measurement as Markdown."""
    target = "met" if timing.median_s <= _MOST_S else "not met"
    return (
        "## A plan scored after an edit\n\n"
        "| units | zones | best | median | unit | ratio | at most |  |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
        f"| {timing.units:,} | {timing.zones} | {timing.best_s * 1000:.2f} ms | "
        f"{timing.median_s * 1000:.2f} ms | {timing.sort_s * 1000:.0f} ms | "
        f"{timing.median_s / timing.sort_s:.3f} | {_MOST_S * 1000:.0f} ms | {target} |\n\n{METHOD}\n"
    )
