"""The bureau's own forecast, read and checked: the program makes none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from geodata import City, DataError, Fault, say
from geodata.parsed import Parsed
from geodata.project import Source
from geodata.reading.files import read_rows
from geodata.schema import Column, Table
from geodata.tables import parse_table
from simulate.inputs import sha256_of

_FORECAST = Table(
    name="forecast",
    columns=(
        Column(name="zone_id", kind="id", required=True),
        Column(name="year", kind="integer", required=True, minimum=1949),
        Column(name="low", kind="number", minimum=0),
        Column(name="mid", kind="number", required=True, minimum=0),
        Column(name="high", kind="number", minimum=0),
    ),
    key=("zone_id", "year"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The bureau's own forecast: zone_id, year, low, mid, high; with the file's name and hash."""

    rows: pd.DataFrame
    file: str
    sha256: str


def read_forecast(path: Path, city: City) -> Forecast:
    """Read the bureau's own forecast.

    Raises
    ------
    DataError
        If a column is missing, a zone is none of the project's, a zone and year stand twice, or low, mid
        and high do not grow in this order.
    """
    raw = read_rows(path)
    parsed = parse_table(_FORECAST, raw, Source(path=path.name))
    frame = parsed.frame
    if not parsed.faults:
        _audit_forecast(parsed, city)
    if not parsed.faults and not len(frame):
        parsed.faults.append(Fault(file=path.name, allowed=say("at least one row; the table is empty")))
    if parsed.faults:
        raise DataError(parsed.faults)
    ordered = frame.sort_values(["zone_id", "year"], kind="stable").reset_index(drop=True)
    return Forecast(rows=ordered, file=path.name, sha256=sha256_of(path))


def _audit_forecast(parsed: Parsed, city: City) -> None:
    frame = parsed.frame
    known = set(city["zones"]["zone_id"].astype(str))
    for index in np.flatnonzero(~frame["zone_id"].isin(known)).tolist():
        parsed.fault(
            index, "zone_id", say("not in the project's table {table}", table="zones"), say("correct it")
        )
    for index in np.flatnonzero(frame.duplicated(["zone_id", "year"])).tolist():
        parsed.fault(index, "year", say("a year that stands once for each zone"), say("remove one row"))
    low, mid, high = (frame[name].astype("float64") for name in ("low", "mid", "high"))
    wrong = ((low > mid) | (mid > high) | (low > high)).to_numpy(dtype=bool)
    for index in np.flatnonzero(wrong).tolist():
        parsed.fault(index, "mid", say("low, mid and high that grow in this order"), say("correct them"))
