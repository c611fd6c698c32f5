"""The benchmark of locating runs, at a size at which nothing can be said about speed."""

from __future__ import annotations

import re

import numpy as np
import shapely

from tests.bench.locate import crooked_zones, measure_names, measure_points, render


def test_a_tiny_benchmark_finds_what_sjoin_finds_and_has_a_row_for_each_kind_of_zone() -> None:
    timings = measure_points(500, 16, bends=(1, 4), rounds=1)
    text = render(timings, measure_names(200, 50))
    assert [(t.points, t.zones, t.corners) for t in timings] == [(500, 16, 4), (500, 16, 16)]
    assert len(re.findall(r"^\| 500 \| 16 \|", text, re.MULTILINE)) == 2
    assert re.search(r"^\| 200 \| 50 \|", text, re.MULTILINE)


def test_the_zones_share_their_borders() -> None:
    zones = crooked_zones(25, 5, np.random.default_rng(1))
    assert shapely.is_valid(zones).all()
    assert shapely.coverage_is_valid(zones)
