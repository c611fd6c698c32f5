"""Measure what the program promises to be quick, print the tables, and write them with `--out FILE.md`."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from tests.bench.datum import measure_datums, render_datums
from tests.bench.ensemble import measure_ensemble, render_ensemble
from tests.bench.measure import Plan, measure
from tests.bench.plans import measure_plans, render_plans
from tests.bench.reading import measure_reading, render_reading
from tests.bench.table import render


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--out", type=Path, help="a file for the tables, in Markdown")
    arguments = parser.parse_args()
    text = render(measure(Plan(), say=lambda what: _say(what + " ...\n")))
    _say("reading tables of applicants ...\n")
    text += "\n" + render_reading(measure_reading())
    _say("places and names ...\n")
    text += "\n" + _apart("tests.bench.locate")
    _say("datums ...\n")
    text += "\n" + render_datums(measure_datums())
    _say("plans ...\n")
    text += "\n" + render_plans(measure_plans())
    _say("many draws ...\n")
    text += "\n" + render_ensemble(measure_ensemble())
    sys.stdout.write(text)
    if arguments.out is not None:
        arguments.out.write_text(text, encoding="utf-8")


def _apart(module: str) -> str:
    """Return what a module prints in a fresh process: its peak of memory is its own there."""
    done = subprocess.run([sys.executable, "-m", module], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


if __name__ == "__main__":
    main()
