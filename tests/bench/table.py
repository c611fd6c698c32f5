"""The tables of a benchmark, in Markdown."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

from tests.bench.measure import Alone, Beside, Results, Timing
from tests.bench.season import SeasonTiming

COLD_TARGET_S = 20.0
MEMORY_TARGET_MIB = 1024.0
SEASON_TARGET_S = 0.2

METHOD = """\
The unit of a work on n children is one `numpy.argsort` of n float64 (random, the default kind) in the same
process; of draws it is one for each draw. Works and unit are run in turn, many rounds (three where one of
them takes longer than half a second), and the best of each is kept. Times are the processor's for the
thread, those of a clock where nothing else runs; with 2 threads they are a clock's, and other
work on the machine counts. Everything is compiled before. Works are called by the public functions, on
arrays that are there: lists, orders and ranks are given.

The city (`tests/bench/city.py`): children live in estates of 40 around quarters of unequal density, with a
school for 200 of them and seats for 95 % in all. Each lists 6 of its 16 nearest schools by fame, distance
and taste. Tiers at a school are: in zone with a sibling, in zone, sibling, other. Children are numbered
anyhow, not by where they live.

- *greedy pass*: `serial_dictatorship`, one order for all schools.
- *cascade*: three greedy passes, zone, then district, then city, each over those left by the one before.
- *deferred acceptance*: `deferred_acceptance`, each school orders by tier and ticket.
- *draws*: lottery draws of one city, every choice of every child counted; one thread where nothing is said.
  Serial dictatorship takes the tier of a child's first choice for that of the child; *one tier* is a plain
  lottery.
"""


def render(results: Results) -> str:
    """Return everything that was found."""
    sections = [
        "# Speed of the admission engine",
        "Made by `python -m tests.bench`. Ratios hold better from machine to machine than times.",
        f"{processor()} · Python {platform.python_version()} · " + " · ".join(_versions()),
        "## Ratios to one sort, to one a draw\n\n" + _ratios(results.timings),
        "## How time grows\n\nNanoseconds a child (of draws: a child and draw):\n\n"
        + _growth(results.timings),
    ]
    if results.beside:
        sections.append("## Beside the package `matching`\n\n" + _beside(results.beside))
    if results.alone is not None:
        sections.append("## Fresh processes\n\n" + _alone(results.alone))
    if results.season is not None:
        sections.append("## A season from Python, one thing changed\n\n" + _season(results.season))
    sections.append("## Method\n\n" + METHOD.strip())
    return "\n\n".join(sections) + "\n"


def processor() -> str:
    """Return the processor's name as the system tells it."""
    path = Path("/proc/cpuinfo")
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def _versions() -> list[str]:
    return [f"{name} {version(name)}" for name in ("numpy", "numba", "llvmlite", "scipy", "matching")]


def _ratios(timings: list[Timing]) -> str:
    rows = [
        [
            timing.work,
            f"{timing.children:,}",
            f"{timing.draws:,}" if timing.work.startswith("draws") else "",
            _time(timing.work_s),
            _time(timing.unit_s),
            f"{timing.ratio:.2f}",
            "–" if timing.target is None else f"≤ {timing.target:.1f}",
            "" if timing.target is None else _met(timing.ratio <= timing.target),
        ]
        for timing in timings
    ]
    return _table(["work", "children", "draws", "time", "unit", "ratio", "target", ""], rows)


def _growth(timings: list[Timing]) -> str:
    alike = [timing for timing in timings if "threads" not in timing.work]
    sizes = sorted({timing.children for timing in alike})
    found = {(timing.work, timing.children): _nanoseconds(timing.work_s, timing) for timing in alike}
    found |= {("one sort", timing.children): _nanoseconds(timing.unit_s, timing) for timing in alike}
    works = list(dict.fromkeys(work for work, _ in found))
    rows = [[work, *(found.get((work, children), "") for children in sizes)] for work in works]
    return _table(["work", *(f"{children:,}" for children in sizes)], rows)


def _nanoseconds(seconds: float, timing: Timing) -> str:
    return f"{seconds / timing.draws / timing.children * 1e9:.1f}"


def _beside(beside: list[Beside]) -> str:
    rows = [
        [
            f"{one.children:,}",
            _time(one.create_s),
            _time(one.solve_s),
            _time(one.xuequ_dictionaries_s),
            _time(one.xuequ_arrays_s),
            f"{(one.create_s + one.solve_s) / one.xuequ_dictionaries_s:,.1f} ×",
        ]
        for one in beside
    ]
    head = [
        "children",
        "matching: create",
        "solve",
        "Xuequ: dictionaries",
        "arrays",
        "matching / Xuequ (dictionaries)",
    ]
    after = (
        "Both find the same placement, which is checked. `matching` runs once; of Xuequ the best of "
        "three runs is told (arrays: of 20). Larger cities were not tried with `matching`."
    )
    return _table(head, rows) + "\n\n" + after


def _alone(alone: Alone) -> str:
    rows = [
        [
            f"peak memory, {work}, {alone.children:,} children",
            f"{peak:,.0f} MiB",
            f"< {MEMORY_TARGET_MIB:,.0f} MiB",
            _met(peak < MEMORY_TARGET_MIB),
        ]
        for work, peak in alone.peak_mib.items()
    ]
    rows.append(
        [
            f"first call on a cold cache: start, imports, {alone.kernels} loops compiled",
            f"{alone.cold_wall_s:.1f} s by the clock ({alone.cold_s:.1f} s of the processor)",
            f"< {COLD_TARGET_S:.0f} s",
            _met(alone.cold_wall_s < COLD_TARGET_S),
        ]
    )
    table = _table(["", "found", "target", ""], rows)
    table += "\n\nThe first call is the best of three, each with an empty cache of its own."
    if alone.not_called:
        table += (
            "\n\nNot called, so not counted: " + ", ".join(f"`{name}`" for name in alone.not_called) + "."
        )
    return table


def _season(season: SeasonTiming) -> str:
    rows = [
        [
            f"{season.children:,} children, {season.schools} schools, {season.stages} stages, "
            "with all metrics",
            f"{_time(season.best_s)} (worst of ten: {_time(season.worst_s)})",
            _time(SEASON_TARGET_S),
            _met(season.worst_s < SEASON_TARGET_S),
        ],
        ["building the world once before it", _time(season.build_s), "–", ""],
    ]
    after = (
        "By the clock: it is what a person waits for. One school gets another class; the season runs anew."
    )
    return _table(["", "found", "at most", ""], rows) + "\n\n" + after


def _met(met: bool) -> str:
    return "met" if met else "**missed**"


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.2f} ms"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
