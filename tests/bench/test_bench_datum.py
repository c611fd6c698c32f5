"""The benchmark of datums runs, at a size at which nothing can be said about speed."""

from __future__ import annotations

from tests.bench.datum import PAIRS, measure_datums, render_datums


def test_a_tiny_benchmark_has_a_row_for_each_direction() -> None:
    timings = measure_datums(500, rounds=1)
    assert [(one.source, one.target) for one in timings] == list(PAIRS)
    text = render_datums(timings)
    assert text.count("| 500 |") == len(PAIRS)
