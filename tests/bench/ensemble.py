"""How long the draws of an ensemble take, and how much of it is spent outside the compiled loops."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numba.core.registry import CPUDispatcher

from geodata import City, read_city
from geodata.sample import write_sample
from simulate.app import policy_of
from simulate.draws import kernels as draw_loops
from simulate.ensemble import keys, playing, sampling, sampling_kernels, season_kernels, tally_kernels
from simulate.ensemble import tally as tallies
from simulate.ensemble.blocks import BLOCK, solve_block, solve_files, spans_of
from simulate.ensemble.market import Market, market_of
from simulate.ensemble.uncertainty import VARY, read_uncertainty
from simulate.policy import Policy
from tests.bench.alone import peak_mib

DISTRICT, CITY, COUNTY = 0.286, 1.43, 0.0918
"""Scales of the embedded city: 20,020 children in 80 campuses; 100,100 in 400; 6,426, a county's share."""
COUNTIES, COUNTRY = 2800, 18_000_000
"""Counties, and children who enter primary school in a year: what the issue asks the cost of."""
SEED = "xuequ-bench"
MOST_S, MOST_RATIO, MOST_MIB = 15.0, 2.0, 2048.0

METHOD = (
    "The embedded city at another scale, under its own policy (13 stages). *Tickets* alone are drawn "
    "anew, or *everything* that is uncertain as the program assumes it: how many children come, points, "
    "choices, consent, places not taken up. Draws are solved in blocks of 50 with all statistics, as by "
    "`xuequ ensemble`; nothing is written. Two threads by the clock, the best of two runs. The compiled "
    "loops' own time is added up call by call (with numpy's sort of each stage's children, which no "
    "loop of ours does better) in one thread over the same draws as the whole, by the processor's time "
    "for the thread. The million is the city at scale 10 with 1.43 times the children and seats, in a "
    "process of its own, reading included. The counties are worked out, not run: each is a market of "
    "its own, so that nothing but their number matters."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnsembleTiming:
    """What was found.

    Parameters
    ----------
    district, city : int
        Children of the smaller and of the larger city.
    thousand_s : dict of str to float
        Seconds for 1,000 draws of the smaller one, by what is drawn.
    whole_ms, loops_ms : dict of str to float
        Milliseconds a draw of the larger one: all of it, and the compiled loops alone.
    county : dict
        A market as large as a county: children, read_s (reading and laying out), draw_ms (one thread,
        everything drawn), bytes (of its blocks, 1,000 draws).
    million : dict
        children, draws, seconds, peak_mib.
    first_s : float
        Seconds of a fresh process with an empty cache until the first draw is counted.
    """

    district: int
    city: int
    thousand_s: dict[str, float]
    whole_ms: dict[str, float]
    loops_ms: dict[str, float]
    county: dict[str, float]
    million: dict[str, float]
    first_s: float


def made_city(scale: float) -> tuple[City, Policy]:
    """Return the embedded city at a scale, and its policy."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "city"
        write_sample(folder, scale=scale)
        city = read_city(folder)
        return city, policy_of(city, folder)


def made_market(city: City, policy: Policy, vary: tuple[str, ...]) -> Market:
    """Return a city ready to be drawn."""
    return market_of(city, policy, seed=SEED, uncertainty=read_uncertainty(), vary=vary)


def solve(market: Market, draws: int, *, threads: int) -> None:
    """Solve draws as the command does."""
    with ThreadPoolExecutor(threads) as pool:
        done = [pool.submit(solve_block, market, first, last) for first, last in spans_of(draws, BLOCK)]
        for one in done:
            one.result()


def measure_ensemble(*, draws: int = 1000, some: int = 100, million_draws: int = 100) -> EnsembleTiming:
    """Measure the draws of two cities here, and of a third in a process of its own."""
    drawn = {"tickets": ("tickets",), "everything": VARY}
    small, small_policy = made_city(DISTRICT)
    thousand, whole, loops = {}, {}, {}
    for name, vary in drawn.items():
        market = made_market(small, small_policy, vary)
        solve(market, BLOCK, threads=1)
        thousand[name] = min(_clocked(lambda m=market: solve(m, draws, threads=2)) for _ in range(2))
    large, large_policy = made_city(CITY)
    for name, vary in drawn.items():
        market = made_market(large, large_policy, vary)
        solve_block(market, 0, 5)
        began = time.thread_time()
        solve_block(market, 0, some)
        whole[name] = (time.thread_time() - began) / some * 1e3
        with timed_loops() as spent:
            solve_block(market, 0, some)
        loops[name] = sum(spent.values()) / some * 1e3
    return EnsembleTiming(
        district=int(small["demand"]["children"].sum()),
        city=int(large["demand"]["children"].sum()),
        thousand_s=thousand,
        whole_ms=whole,
        loops_ms=loops,
        county=measure_county(),
        million=_in_a_process("million", million_draws),
        first_s=_in_a_process("first", 1)["seconds"],
    )


def measure_county(draws: int = 200) -> dict[str, float]:
    """Measure what one market of a county's size costs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "city"
        write_sample(folder, scale=COUNTY)
        began = time.thread_time()
        city = read_city(folder)
        market = made_market(city, policy_of(city, folder), VARY)
        read_s = time.thread_time() - began
    solve_block(market, 0, 5)
    began = time.thread_time()
    size = sum(
        len(data) for first, last in spans_of(draws) for data in solve_files(market, first, last).values()
    )
    spent = time.thread_time() - began
    return {
        "children": int(city["demand"]["children"].sum()),
        "read_s": read_s,
        "draw_ms": spent / draws * 1e3,
        "bytes": size / draws * 1000,
    }


def _clocked(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@contextmanager
def timed_loops() -> Iterator[dict[str, float]]:
    """Add up the seconds spent in the compiled loops that the modules of the ensemble call."""
    spent: dict[str, float] = {}

    def timed(name: str, loop: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            began = time.thread_time()
            try:
                return loop(*arguments)
            finally:
                spent[name] = spent.get(name, 0.0) + time.thread_time() - began

        return call

    places = [draw_loops, sampling_kernels, season_kernels, tally_kernels, keys, playing, sampling, tallies]
    found = [
        (module, name, value)
        for module in places
        for name, value in vars(module).items()
        # those with _ are called by loops alone, which are compiled with what stands under their names
        if isinstance(value, CPUDispatcher) and not name.startswith("_")
    ]
    for module, name, value in found:
        setattr(module, name, timed(name, value))
    sort, playing.in_order = playing.in_order, timed("sort", playing.in_order)
    try:
        yield spent
    finally:
        playing.in_order = sort
        for module, name, value in found:
            setattr(module, name, value)


def million(draws: int) -> dict[str, float]:
    """Draw a city of a million children, from its files on, and return the peak."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "city"
        # written by another process: it holds more than reading and drawing do
        subprocess.run([sys.executable, "-m", "tests.bench.ensemble", "write", str(folder)], check=True)
        city = read_city(folder)
        policy = policy_of(city, folder)
    tables = dict(city.tables)
    for table, column in (("demand", "children"), ("seats", "seats")):
        frame = tables[table].copy()
        more = np.ceil(frame[column].to_numpy(dtype=np.float64) * 1.43).astype(np.int64)
        frame[column] = more
        tables[table] = frame.astype(city[table].dtypes.to_dict())
    market = made_market(replace(city, tables=tables), policy, ("tickets",))
    children = int(tables["demand"]["children"].sum())
    del city, tables
    seconds = _clocked(lambda: solve(market, draws, threads=2))
    return {"children": children, "draws": draws, "seconds": seconds, "peak_mib": peak_mib()}


def first() -> dict[str, float]:
    """Count one draw of a small city."""
    began = time.perf_counter()
    city, policy = made_city(0.01)
    solve_block(made_market(city, policy, VARY), 0, 1)
    return {"seconds": time.perf_counter() - began}


def _in_a_process(work: str, draws: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as cache:
        more = {"NUMBA_CACHE_DIR": cache} if work == "first" else {}
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.ensemble", work, str(draws)],
            check=True,
            stdout=subprocess.PIPE,
            env={**os.environ, **more},
        )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def render_ensemble(timing: EnsembleTiming) -> str:
    """Return the measurement as Markdown."""
    rows = []
    for name, seconds in timing.thousand_s.items():
        target = (f"{MOST_S:.0f} s", _met(seconds <= MOST_S)) if name == "tickets" else ("–", "")
        rows.append(
            (f"1,000 draws of {timing.district:,} children, {name}, 2 threads", f"{seconds:.2f} s", *target)
        )
    for name, whole in timing.whole_ms.items():
        own = timing.loops_ms[name]
        rows.append(
            (
                f"a draw of {timing.city:,} children, {name}: all beside the loops' own time",
                f"{whole:.1f} ms / {own:.1f} ms = {whole / own:.2f}",
                f"{MOST_RATIO:.0f}",
                _met(whole / own <= MOST_RATIO),
            )
        )
    big = timing.million
    rows.append(
        (
            f"{big['draws']:.0f} draws of {big['children']:,.0f} children, tickets, 2 threads",
            f"{big['seconds']:.1f} s, {big['peak_mib']:,.0f} MiB",
            f"{MOST_MIB:,.0f} MiB",
            _met(big["peak_mib"] <= MOST_MIB),
        )
    )
    county = timing.county
    hours = COUNTIES * (county["read_s"] + county["draw_ms"]) / 3600
    rows.append(
        (
            f"a county of {county['children']:,.0f} children: reading and laying out; a draw, everything",
            f"{county['read_s']:.2f} s; {county['draw_ms']:.2f} ms",
            "–",
            "",
        )
    )
    rows.append(
        (
            f"so {COUNTIES:,} counties ({COUNTRY:,} children), 1,000 draws of one scenario",
            f"{hours:.1f} hours of one core, {COUNTIES * county['bytes'] / 2**30:.1f} GiB of blocks",
            "–",
            "",
        )
    )
    rows.append(("the first draw ever, everything compiled", f"{timing.first_s:.1f} s", "–", ""))
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    head = "|  | found | at most |  |\n| --- | --- | --- | --- |"
    return f"## Many draws of a school year\n\n{head}\n{table}\n\n{METHOD}\n"


def _met(met: bool) -> str:
    return "met" if met else "**missed**"


if __name__ == "__main__":
    what, argument = sys.argv[1:]
    if what == "write":
        write_sample(Path(argument), scale=10)
    else:
        sys.stdout.write(json.dumps(million(int(argument)) if what == "million" else first()))
