"""Write located addresses: three CSV files side by side, or one workbook."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from geodata import XuequError, say
from geodata.messages import Speaker
from geodata.writing.tables import write_table, write_tables
from geodata.writing.whole import need_new
from simulate.locating import LocatedTable

PARTS = ("found", "unmatched", "double")

HEADINGS = {
    "row": say("Row of the table"),
    "id": say("Number of the row"),
    "unit_id": say("Unit number"),
    "unit": say("Unit"),
    "zone": say("Zone"),
    "schools": say("School names"),
    "rule": say("Rule"),
    "how": say("How it was found"),
    "confidence": say("Confidence"),
    "undecided": say("Left open"),
    "reason": say("Why not"),
    "suggestion": say("Similar names"),
    "applicant_id": say("Applicant"),
    "by_unit": say("Unit named"),
    "by_address": say("By the address"),
    "by_point": say("By the point"),
    "zones": say("Zones of these"),
}
SHEETS = {"found": say("Located"), "unmatched": say("Not located"), "double": say("Several units")}


def write_located(path: Path, table: LocatedTable, speak: Speaker) -> dict[str, Path]:
    """Write a located table: three sheets of a workbook, or three CSV files; all of them or none.

    Parameters
    ----------
    path : Path
        `.xlsx`, or `.csv`: then `NAME.unmatched.csv` and `NAME.double.csv` stand beside it.
    table : LocatedTable
    speak : Speaker
        The language of the headings.

    Returns
    -------
    dict of str to Path
        Where `found`, `unmatched` and `double` stand.

    Raises
    ------
    XuequError
        If a file exists, the ending is neither, or a sheet cannot hold so many rows.
    """
    suffix = path.suffix.lower()
    frames = {name: spoken(getattr(table, name), speak) for name in PARTS}
    if suffix == ".xlsx":
        write_tables(path, {speak(SHEETS[name]): frame for name, frame in frames.items()})
        return dict.fromkeys(PARTS, path)
    if suffix != ".csv":
        raise XuequError(say("{file}: a name that ends in .csv or .xlsx is needed", file=path.name))
    paths = {name: path if name == "found" else path.with_suffix(f".{name}.csv") for name in PARTS}
    for one in paths.values():
        need_new(one)
    try:
        for name, frame in frames.items():
            write_table(paths[name], frame)
    except BaseException:
        for one in paths.values():
            one.unlink(missing_ok=True)
        raise
    return paths


def spoken(frame: pd.DataFrame, speak: Speaker) -> pd.DataFrame:
    """Return a table with its headings in a language."""
    return frame.rename(columns={name: speak(words) for name, words in HEADINGS.items()})
