"""Measure where children live: points in zones beside `geopandas.sjoin`, names and rules in addresses."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from tests.bench.alone import peak_mib
from zoning.locate import lowest_id_at
from zoning.names import find_names, name_index, suggest_names

TARGET_RATIO = 1.0
TARGET_MIB = 1024
TARGET_NAMES_S = 10.0

METHOD = (
    "A million points spread evenly over crooked zones with shared borders. Ours finds the lowest zone of "
    "each point; the unit is `geopandas.sjoin` with `intersects` alone, which leaves points on borders in "
    "several rows. The best of the rounds is kept; times are the processor's for the thread. Memory is the "
    "most that the process held, points included, before `sjoin` was called at all."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocateTiming:
    """Seconds for all points by us and by `geopandas.sjoin`, and the memory of ours."""

    points: int
    zones: int
    corners: int
    work_s: float
    unit_s: float
    peak_mib: float

    @property
    def ratio(self) -> float:
        """How many units the work takes."""
        return self.work_s / self.unit_s


@dataclass(frozen=True, slots=True, kw_only=True)
class NameTiming:
    """Seconds for all addresses against all names: found, and suggested where none is."""

    addresses: int
    names: int
    find_s: float
    suggest_s: float


def crooked_zones(zones: int, bends: int, rng: np.random.Generator) -> npt.NDArray[np.object_]:
    """Return about so many zones that share their borders, each border with so many bends."""
    side = int(np.sqrt(zones))
    corner = np.stack(np.meshgrid(np.arange(side + 1.0), np.arange(side + 1.0)), axis=-1)
    corner += rng.uniform(-0.25, 0.25, corner.shape)

    def chains(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        along = np.linspace(0, 1, bends + 1)[:, None, None, None]
        bent = (1 - along) * a + along * b
        bent[1:-1] += rng.uniform(-0.2, 0.2, bent[1:-1].shape) / (bends + 1)
        return bent

    across, up = chains(corner[:, :-1], corner[:, 1:]), chains(corner[:-1], corner[1:])
    rings = [
        np.concatenate([across[:-1, r, c], up[:-1, r, c + 1], across[:0:-1, r + 1, c], up[:0:-1, r, c]])
        for r in range(side)
        for c in range(side)
    ]
    return np.array([shapely.Polygon(ring) for ring in rings], dtype=object)


def measure_points(
    points: int = 1_000_000, zones: int = 1000, *, bends: tuple[int, ...] = (1, 10, 50), rounds: int = 5
) -> list[LocateTiming]:
    """Measure points in zones of few corners and of many."""
    rng = np.random.default_rng(7)
    cases = [crooked_zones(zones, corners, rng) for corners in bends]
    places = shapely.points(rng.uniform(0, np.sqrt(len(cases[0])), (points, 2)))
    ids = pd.Series([f"Z{number:05}" for number in rng.permutation(len(cases[0]))])
    ours = [_best(partial(lowest_id_at, places, shapes, ids), rounds) for shapes in cases]
    peak = peak_mib()
    left = gpd.GeoDataFrame(geometry=places)
    found = []
    for corners, shapes, work_s in zip(bends, cases, ours, strict=True):
        join = partial(gpd.sjoin, left, gpd.GeoDataFrame({"id": ids}, geometry=shapes))
        unit_s = _best(join, rounds)
        same = join().groupby(level=0)["id"].min().reindex(range(points))
        mine = pd.Series(lowest_id_at(places, shapes, ids), dtype="str")
        assert (mine.fillna("") == same.fillna("")).all()
        found.append(
            LocateTiming(
                points=points,
                zones=len(shapes),
                corners=4 * corners,
                work_s=work_s,
                unit_s=unit_s,
                peak_mib=peak,
            )
        )
    return found


def measure_names(addresses: int = 100_000, names: int = 20_000) -> NameTiming:
    """Measure names of made-up estates in addresses with building and room; then all of them misspelt."""
    rng = np.random.default_rng(3)
    signs = np.array(
        list("金银翠碧丽华锦明东西南北江湖海山云天龙凤祥瑞福宝星月阳光新世纪时代保利万科恒大绿滨")
    )
    ends = np.array(["花园", "小区", "公寓", "苑", "新村", "家园", "名邸", "府"])
    made = pd.Series(
        np.char.add(
            signs[rng.integers(0, len(signs), (2 * names, 4))].view("U4").ravel(),
            ends[rng.integers(0, len(ends), 2 * names)],
        )
    )
    made = made.drop_duplicates().head(names).reset_index(drop=True).astype("str")
    pick = made.iloc[rng.integers(0, len(made), addresses)].reset_index(drop=True)
    rooms = pd.Series(rng.integers(101, 2999, addresses)).astype("str")
    texts = "杭州市滨江区浦沿街道" + pick + rooms.str[-1] + "号楼" + rooms + "室"
    index = name_index(made, made)
    start = time.thread_time()
    found = find_names(index, texts)
    middle = time.thread_time()
    assert (found["id"].to_numpy() == pick.to_numpy()).all()
    wrong = texts.str.slice_replace(12, 13, "某")
    begun = time.thread_time()
    suggest_names(index, wrong)
    return NameTiming(
        addresses=addresses,
        names=len(made),
        find_s=middle - start,
        suggest_s=time.thread_time() - begun,
    )


def _best(work: Callable[[], Any], rounds: int) -> float:
    best = float("inf")
    for _ in range(rounds):
        start = time.thread_time()
        work()
        best = min(best, time.thread_time() - start)
    return best


def render(timings: list[LocateTiming], names: NameTiming) -> str:
    """Return the tables in Markdown."""
    lines = [
        "## Where a child lives",
        "",
        METHOD,
        "",
        "| points | zones | corners of a zone | ours | `sjoin` | ratio | target | memory |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(
            f"| {t.points:,} | {t.zones:,} | {t.corners} | {t.work_s:.2f} s | {t.unit_s:.2f} s "
            f"| {t.ratio:.2f} | {TARGET_RATIO:.0f} | {t.peak_mib:,.0f} MiB of {TARGET_MIB:,} |"
            for t in timings
        ),
        "",
        "| addresses | names | found | suggestions, were all misspelt | target |",
        "| ---: | ---: | ---: | ---: | ---: |",
        f"| {names.addresses:,} | {names.names:,} | {names.find_s:.2f} s | {names.suggest_s:.2f} s "
        f"| {TARGET_NAMES_S:.0f} s |",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render(measure_points(), measure_names()))
