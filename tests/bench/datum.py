"""Measure the conversions of datums: places a second, beside PROJ on the same places in the same run."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

import numpy as np
import pyproj

from geodata.datum import convert

PAIRS = (
    ("wgs84", "gcj02"),
    ("gcj02", "wgs84"),
    ("gcj02", "bd09"),
    ("bd09", "gcj02"),
    ("wgs84", "bd09"),
    ("bd09", "wgs84"),
    ("bd09", "bd09-metres"),
    ("bd09-metres", "bd09"),
)
TARGET_S = 1.0
"""For a million places, in each direction."""

METHOD = (
    "Places spread evenly over China. The unit is PROJ's transform of the same places from WGS-84 to a "
    "3-degree zone of CGCS2000 (EPSG:4326 to EPSG:4548). Both in turn, the best of the rounds is kept; "
    "times are the processor's for the thread."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatumTiming:
    """Seconds for all places in one direction, and for PROJ."""

    source: str
    target: str
    places: int
    work_s: float
    unit_s: float

    @property
    def ratio(self) -> float:
        """How many units the work takes."""
        return self.work_s / self.unit_s


def measure_datums(places: int = 1_000_000, *, rounds: int = 5) -> list[DatumTiming]:
    """Measure every direction."""
    rng = np.random.default_rng(7)
    wgs84 = rng.uniform(74.0, 135.0, places), rng.uniform(4.0, 53.0, places)
    proj = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:4548", always_xy=True)
    found = []
    for source, target in PAIRS:
        given = convert(*wgs84, "wgs84", source)
        work_s = unit_s = float("inf")
        for _ in range(rounds):
            start = time.thread_time()
            convert(*given, source, target)
            middle = time.thread_time()
            proj.transform(*wgs84)
            work_s = min(work_s, middle - start)
            unit_s = min(unit_s, time.thread_time() - middle)
        found.append(DatumTiming(source=source, target=target, places=places, work_s=work_s, unit_s=unit_s))
    return found


def render_datums(timings: list[DatumTiming]) -> str:
    """Return what was found, in Markdown."""
    head = ["from", "to", "places", "time", "places a second", "PROJ", "ratio", "target", ""]
    lines = [head, ["---"] * len(head)]
    for one in timings:
        goal = TARGET_S * one.places / 1_000_000
        lines.append(
            [
                one.source,
                one.target,
                f"{one.places:,}",
                f"{one.work_s * 1e3:,.1f} ms",
                f"{one.places / one.work_s / 1e6:.1f} million",
                f"{one.unit_s * 1e3:,.1f} ms",
                f"{one.ratio:.2f}",
                f"< {goal * 1e3:,.1f} ms",
                "met" if one.work_s < goal else "**missed**",
            ]
        )
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + f"\n\n{METHOD}\n"


if __name__ == "__main__":
    sys.stdout.write(render_datums(measure_datums()))
