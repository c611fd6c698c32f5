"""Reading tables of applicants: every cell parsed, every rule over the table checked, in a fresh process.

python -m tests.bench.reading            measure and print the section
python -m tests.bench.reading FOLDER     read a project once, and print what it took as JSON
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.bench.alone import peak_mib
from tests.tiny import EAST, NORTH, applicants_of, write_tiny

ROOT = Path(__file__).parent.parent.parent
MEMORY_TARGET_MIB = 1024.0
TABLES: tuple[tuple[str, int, int, float], ...] = (
    ("applicants.xlsx", 100_000, 20, 5.0),
    ("applicants.csv", 1_000_000, 10, 10.0),
)
"""File, applicants, columns, and the seconds that reading may take."""
TEN = (
    *("applicant_id", "category", "grade", "unit_id", "address", "settled_on", "points"),
    *("insurance_months", "residence_days", "consents"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingTiming:
    """What it took to read one table.

    Parameters
    ----------
    file : str
        Its kind by its ending.
    rows, columns : int
    wall_s, processor_s : float
        Of `read_city`, by the clock and of the processor; the better of the runs.
    plain_s : float
        Of the processor, in the same process: only the cells as text, by pandas or by calamine.
    peak_mib : float
        The most memory that the process held, imports and all.
    target_s : float or None
    """

    file: str
    rows: int
    columns: int
    wall_s: float
    processor_s: float
    plain_s: float
    peak_mib: float
    target_s: float | None


def applicants(rows: int, columns: int, *, rng: np.random.Generator) -> pd.DataFrame:
    """Draw a table of applicants in no order: the ten columns that every city has, or all twenty."""
    day = np.datetime64("2015-01-01")
    number = np.char.zfill(rng.permutation(rows).astype(str), 7)
    frame = pd.DataFrame(
        {
            "applicant_id": np.char.add("A", number),
            "category": rng.choice(["household", "points"], rows),
            "grade": 1,
            "unit_id": rng.choice(["U1", "U2", "U3", "U4", "U5"], rows),
            "address": np.char.add("厦门市思明区莲前街道前埔路", rng.integers(1, 400, rows).astype(str)),
            "settled_on": (day + rng.integers(0, 3000, rows)).astype("datetime64[s]"),
            "points": rng.random(rows).round(3) * 100,
            "insurance_months": rng.integers(0, 200, rows),
            "residence_days": rng.integers(0, 3000, rows),
            "consents": rng.choice(["none", "district", "city"], rows),
        }
    )
    if columns > len(TEN):
        frame["parent_settled_on"] = (day + rng.integers(0, 3000, rows)).astype("datetime64[s]")
        frame["home"] = rng.integers(0, 3, rows)
        frame["zone_id"] = frame["unit_id"].map(
            {"U1": "Z1", "U2": "Z2", "U3": "Z2", "U4": "Z3", "U5": "Z3"}
        )
        frame["dwelling_id"] = np.char.add("H", number)
        frame["household_id"] = np.char.add("F", number)
        frame["twin_group"] = np.where(rng.random(rows) < 0.02, np.char.add("T", number), "")
        frame["sibling_school_id"] = rng.choice(["", "", "", "S1", "S2"], rows)
        frame["previous_school_id"] = rng.choice(["K1", "K2", "K3"], rows)
        frame["lng"] = EAST + rng.random(rows).round(4) * 2000
        frame["lat"] = NORTH + rng.random(rows).round(4) * 2000
    return frame


def write_project(folder: Path, file: str, rows: int, columns: int) -> None:
    """Write the tiny project with a table of so many applicants."""
    write_tiny(folder, **applicants_of(""))
    frame = applicants(rows, columns, rng=np.random.default_rng(rows))
    if file.endswith(".csv"):
        frame.to_csv(folder / file, index=False, date_format="%Y-%m-%d", encoding="utf-8")
    else:
        with pd.ExcelWriter(folder / file, engine="xlsxwriter", datetime_format="yyyy-mm-dd") as out:
            frame.to_excel(out, index=False)
    text = (folder / "xuequ.toml").read_text(encoding="utf-8")
    (folder / "xuequ.toml").write_text(text.replace('"applicants.csv"', f'"{file}"'), encoding="utf-8")
    if file != "applicants.csv":
        (folder / "applicants.csv").unlink()


def measure_reading(
    tables: tuple[tuple[str, int, int, float], ...] = TABLES, *, rounds: int = 2
) -> list[ReadingTiming]:
    """Measure all tables, each several times in processes of their own, and keep the best."""
    timings = []
    for file, rows, columns, target_s in tables:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "city"
            write_project(folder, file, rows, columns)
            said = [_ask(folder) for _ in range(rounds)]
        timings.append(
            ReadingTiming(
                file=file,
                rows=rows,
                columns=columns,
                target_s=target_s if (file, rows, columns, target_s) in TABLES else None,
                **{key: min(one[key] for one in said) for key in ("wall_s", "processor_s", "plain_s")},
                peak_mib=max(one["peak_mib"] for one in said),
            )
        )
    return timings


def read_once(folder: Path) -> dict[str, Any]:
    """Read a project in this process, then its applicants plainly; the peak is that of the first."""
    from geodata import read_city

    wall, processor = time.perf_counter(), time.process_time()
    city = read_city(folder)
    took = {"wall_s": time.perf_counter() - wall, "processor_s": time.process_time() - processor}
    took |= {"peak_mib": peak_mib(), "rows": len(city["applicants"])}
    del city
    path = next(folder.glob("applicants.*"))
    processor = time.process_time()
    if path.suffix == ".csv":
        pd.read_csv(path, dtype="str", keep_default_na=False)
    else:
        import python_calamine

        python_calamine.load_workbook(path).get_sheet_by_index(0).to_python()
    return took | {"plain_s": time.process_time() - processor}


def render_reading(timings: list[ReadingTiming]) -> str:
    """Return the section of the tables of the benchmark."""
    head = (
        "| table | by the clock | at most | processor | plain reading | ratio | peak memory | at most |  |"
    )
    lines = [head, "|" + " --- |" * 9]
    for one in timings:
        met = one.wall_s < (one.target_s or np.inf) and one.peak_mib < MEMORY_TARGET_MIB
        cells = [
            f"{one.file}: {one.rows:,} applicants, {one.columns} columns",
            f"{one.wall_s:.2f} s",
            "–" if one.target_s is None else f"{one.target_s:.0f} s",
            f"{one.processor_s:.2f} s",
            f"{one.plain_s:.2f} s",
            f"{one.processor_s / one.plain_s:.1f}",
            f"{one.peak_mib:,.0f} MiB",
            f"{MEMORY_TARGET_MIB:,.0f} MiB",
            "met" if met else "**missed**",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    after = (
        "`read_city` of a project in a fresh process, imports aside: the file read, every cell parsed, "
        "keys, references and personal data checked, rows sorted. The better of two runs, the higher peak. "
        "Plain reading gives the cells alone: `pandas.read_csv` as text, or calamine's Python values."
    )
    return "## Reading a table of applicants\n\n" + "\n".join(lines) + "\n\n" + after + "\n"


def _ask(folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.reading", str(folder)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return said


if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.stdout.write(
        json.dumps(read_once(Path(arguments[0]))) if arguments else render_reading(measure_reading())
    )
