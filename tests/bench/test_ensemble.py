"""The benchmark of draws runs, at a size at which nothing can be said about speed."""

from __future__ import annotations

import pytest

from simulate.ensemble import season_kernels
from simulate.ensemble.blocks import solve_block
from simulate.ensemble.uncertainty import VARY
from tests.bench.ensemble import EnsembleTiming, made_city, made_market, render_ensemble, timed_loops

FOUND = EnsembleTiming(
    district=20_020,
    city=100_100,
    thousand_s={"tickets": 3.2, "everything": 3.0},
    whole_ms={"tickets": 16.0, "everything": 50.0},
    loops_ms={"tickets": 15.0, "everything": 20.0},
    county={"children": 6426, "read_s": 0.7, "draw_ms": 1.8, "bytes": 1.5e6},
    million={"children": 1e6, "draws": 100, "seconds": 21.0, "peak_mib": 3000.0},
    first_s=17.0,
)


def test_what_is_missed_is_told_as_missed() -> None:
    text = render_ensemble(FOUND)
    missed = [line for line in text.splitlines() if "**missed**" in line]
    assert [line.split("|")[2].strip() for line in missed] == [
        "50.0 ms / 20.0 ms = 2.50",
        "21.0 s, 3,000 MiB",
    ]
    assert "16.0 ms / 15.0 ms = 1.07" in text


def test_two_thousand_eight_hundred_counties_are_worked_out_from_one() -> None:
    hours = 2800 * (0.7 + 1.8) / 3600  # 1,000 draws at 1.8 ms are 1.8 s
    assert f"{hours:.1f} hours of one core" in render_ensemble(FOUND)


def test_the_loops_are_timed_and_put_back() -> None:
    market = made_market(*made_city(0.01), VARY)
    before = season_kernels.enter
    with timed_loops() as spent:
        solve_block(market, 0, 2)
    assert {"enter", "give_nearest", "spread", "sort"} <= set(spent)
    assert season_kernels.enter is before


@pytest.mark.parametrize("vary", [("tickets",), VARY])
def test_the_city_of_the_benchmark_is_played_by_compiled_loops(vary: tuple[str, ...]) -> None:
    assert made_market(*made_city(0.01), vary).engine == "compiled"
