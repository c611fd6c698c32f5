"""What runs in a fresh process: `memory` of a work, or the first call of all kernels (`cold`)."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np


def peak_mib() -> float:
    """Return the most memory that this process has held; `getrusage` would count its parent's too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def memory(work: str, path: Path) -> dict[str, Any]:
    """Do one work on the city in a file, and return the peak."""
    from simulate.draws import Lottery, count_deferred_acceptance
    from simulate.mechanisms import Contest, deferred_acceptance

    with np.load(path) as city:
        starts, schools, seats = city["starts"], city["schools"], city["seats"]
        children = len(starts) - 1
        if work == "deferred acceptance":
            numbers = np.arange(children)
            contest = Contest(
                order=city["order"],
                ticket_rank=numbers,
                group=numbers.astype(np.int32),
                starts=starts,
                schools=schools,
                seats=seats,
                rank=city["rank"],
            )
            deferred_acceptance(contest)
        else:
            labels = np.random.default_rng(0).integers(0, 2**64, children, dtype=np.uint64)
            lottery = Lottery(labels=labels, starts=starts, schools=schools, seats=seats)
            count_deferred_acceptance(lottery, tiers=city["tiers"], seed="", draws=range(10))
    return {"peak_mib": peak_mib()}


def cold() -> dict[str, Any]:
    """Call every compiled loop once, and return how long that took this process from its start."""
    from simulate.draws import Lottery, count_deferred_acceptance, count_serial_dictatorship
    from simulate.mechanisms import (
        Contest,
        deferred_acceptance,
        least_travel,
        random_seats,
        serial_dictatorship,
    )
    from simulate.scan import entries_got, wishes

    two = np.arange(2)
    common: dict[str, Any] = {
        "order": two,
        "ticket_rank": two,
        "group": np.arange(2, dtype=np.int32),
        "starts": np.arange(3),
        "schools": np.arange(2, dtype=np.int32),
        "seats": np.ones(2, dtype=np.int64),
    }
    got = serial_dictatorship(Contest(**common))
    serial_dictatorship(Contest(**common, ties=two))
    serial_dictatorship(Contest(**common, unit=two))
    deferred_acceptance(Contest(**common, rank=two))
    random_seats(Contest(**common, unit=two))
    least_travel(Contest(**common, metres=np.ones(2, dtype=np.int32)))
    entry = entries_got(common["group"], common["starts"], common["schools"], got)
    for position, rank in ((two, two[:0]), (two[:0], two)):
        wishes(common["group"], common["starts"], common["schools"], position, rank, entry, two, two)
    lottery = Lottery(
        labels=two.astype(np.uint64), **{name: common[name] for name in ("starts", "schools", "seats")}
    )
    for count in (count_serial_dictatorship, count_deferred_acceptance):
        count(lottery, tiers=two, seed="", draws=range(2))
    kernels = compiled_loops()
    return {
        "processor_s": time.process_time(),
        "kernels": sum(called for called in kernels.values()),
        "not_called": sorted(name for name, called in kernels.items() if not called),
    }


def compiled_loops() -> dict[str, bool]:
    """Return every loop of our packages that numba compiles, and whether it has been."""
    from numba.core.registry import CPUDispatcher

    return {
        f"{value.py_func.__module__}.{value.py_func.__name__}": bool(value.signatures)
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in ("geodata", "zoning", "simulate")
        for value in vars(module).values()
        if isinstance(value, CPUDispatcher)
    }


if __name__ == "__main__":
    what, *more = sys.argv[1:]
    answer = cold() if what == "cold" else memory(more[0], Path(more[1]))
    sys.stdout.write(json.dumps(answer))
