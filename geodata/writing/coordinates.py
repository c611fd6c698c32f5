"""The coordinates of a file that has been read as text, and what is wrong with them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import datum as datums
from geodata.errors import DataError, Fault, XuequError
from geodata.messages import Text, say
from geodata.reading.raw import RawTable

Floats = npt.NDArray[np.float64]

# a word of the heading, whatever stands after it: lng, lng_gcj02, 经度(高德)
LNG = re.compile(r"^(lng|lon|long|longitude|经度)([\s_（(\-].*)?$", re.IGNORECASE)
LAT = re.compile(r"^(lat|latitude|纬度)([\s_（(\-].*)?$", re.IGNORECASE)
_NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?"


def heading_of(raw: RawTable, given: str | None, pattern: re.Pattern[str], option: str) -> str:
    """Return the heading of a coordinate: the one given, or the only one with a common name.

    Parameters
    ----------
    raw : RawTable
    given : str, optional
        What the command names.
    pattern : pattern
        `LNG` or `LAT`.
    option : str
        The option that names it, for the error.

    Raises
    ------
    XuequError
        If there is no such column, or none or several have a common name.
    """
    headings = [str(name) for name in raw.cells.columns]
    if given is not None:
        if given in headings:
            return given
        raise XuequError(
            say(
                "{file} has no column {column}; there are: {there}",
                file=raw.file,
                column=given,
                there=", ".join(headings),
            )
        )
    found = [name for name in headings if pattern.match(name.strip())]
    if len(found) == 1:
        return found[0]
    raise XuequError(
        say(
            "{file}: which column is it? {option} and its heading; there are: {there}",
            file=raw.file,
            option=option,
            there=", ".join(headings),
        )
    )


def coordinates_of(raw: RawTable, lng: str, lat: str) -> tuple[Floats, Floats]:
    """Return a table's coordinates, shape (n,) each, NaN where both are blank.

    Raises
    ------
    DataError
        If a cell is no finite number, or one of a pair is blank. What stands there is not shown: a column
        may have been named by mistake.
    """
    faults, found, blanks = [], [], []
    for heading in (lng, lat):
        text = raw.cells[heading].str.strip()
        blank, good = text == "", text.str.fullmatch(_NUMBER)
        values = pd.to_numeric(text.where(good), errors="coerce").to_numpy(dtype=np.float64)
        bad = ~blank.to_numpy() & ~np.isfinite(values)
        faults += [
            _at(raw, index, heading, say("a finite number"), say("correct it"))
            for index in np.flatnonzero(bad)
        ]
        found.append(values)
        blanks.append(blank.to_numpy())
    for index in np.flatnonzero(blanks[0] != blanks[1]):
        heading = lng if blanks[0][index] else lat
        faults.append(
            _at(raw, index, heading, say("both coordinates of a point, or neither"), say("fill it in"))
        )
    if faults:
        raise DataError(faults)
    return found[0], found[1]


def raise_on_degrees(raw: RawTable, bounds: Floats, datum: str) -> None:
    """Refuse places that cannot be degrees, where the datum has degrees.

    Parameters
    ----------
    raw : RawTable
    bounds : array of float, shape (n, 4)
        Of each row; NaN where it has no place.
    datum : str

    Raises
    ------
    DataError
    """
    if not datums.is_geographic(datum):
        return
    lng, lat = np.abs(bounds[:, [0, 2]]).max(axis=1), np.abs(bounds[:, [1, 3]]).max(axis=1)
    off = np.flatnonzero((lng > 180) | (lat > 90))
    if len(off):
        swapped = say("longitude and latitude look swapped: exchange them")
        metres = say("name the datum of coordinates in metres, such as --from EPSG:4548")
        raise DataError(
            _at(
                raw,
                index,
                None,
                say("longitude -180 to 180, then latitude -90 to 90"),
                swapped if lat[index] <= 180 and lng[index] <= 90 else metres,
            )
            for index in off
        )


def _at(raw: RawTable, index: Any, column: str | None, allowed: Text, remedy: Text) -> Fault:
    row = int(raw.rows.iloc[int(index)])
    return Fault(file=raw.file, row=row, column=column, allowed=allowed, remedy=remedy)
