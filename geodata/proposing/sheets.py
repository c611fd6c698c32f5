"""Open a file whatever it is: every sheet and layer of it, its delimiter, its headings where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geodata.discreet import hide_personal
from geodata.errors import DataError, Fault
from geodata.proposing.asides import Aside, without_asides
from geodata.reading.files import read_rows
from geodata.reading.raw import RawTable

_MOST_ATTEMPTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Rows of a file, and how xuequ.toml must name them.

    Parameters
    ----------
    path : Path
        The file.
    options : dict
        The keys of a source that it needs: delimiter, encoding, sheet, layer, heading_row, heading_rows.
    raw : RawTable
        Its rows, without sums and notes.
    asides : tuple of Aside
        What leaves these out.
    left_out : tuple of int
        The numbers of the rows that are left out.
    """

    path: Path
    options: dict[str, Any]
    raw: RawTable
    asides: tuple[Aside, ...] = ()
    left_out: tuple[int, ...] = ()

    @property
    def words(self) -> str:
        """The names of the file, sheet and layer, in which words say what it holds."""
        parts = (self.path.stem, self.options.get("sheet", ""), self.options.get("layer", ""))
        return " ".join(str(part) for part in parts)


def read_sheets(path: Path) -> list[Sheet]:
    """Read every sheet or layer of a file.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    DataError
        If it cannot be read; no fault shows what stands in a cell.
    """
    return list(_sheets(path, {}, _MOST_ATTEMPTS))


def _sheets(path: Path, options: dict[str, Any], attempts: int) -> Iterator[Sheet]:
    try:
        raw = read_rows(path, **options)
    except DataError as error:
        told = _told(error)
        if not told or not attempts or any(key in options for key in told[0]):
            raise DataError(hide_personal(error.faults)) from error
        yield from _each_told(path, options, told, attempts)
        return
    kept = dict(options)
    if raw.encoding is not None and raw.encoding.by == "content" and raw.encoding.name == "gb18030":
        kept["encoding"] = raw.encoding.name
    data, asides, left_out = without_asides(raw)
    yield Sheet(path=path, options=kept, raw=data, asides=asides, left_out=left_out)


def _each_told(
    path: Path, options: dict[str, Any], told: list[dict[str, Any]], attempts: int
) -> Iterator[Sheet]:
    faults: list[Fault] = []
    for one in told:
        try:
            yield from _sheets(path, options | one, attempts - 1)
        except DataError as error:
            if len(told) == 1:
                raise
            faults.extend(error.faults)
    if faults:
        raise DataError(faults)


def _told(error: DataError) -> list[dict[str, Any]]:
    """Return what the reader says is to be declared: it knows, and here it is taken at its word."""
    [fault, *more] = error.faults
    if more or fault.remedy is None:
        return []
    allowed, remedy = fault.allowed.params, fault.remedy.params
    if "layers" in allowed and fault.found is None:
        return [{"layer": name} for name in str(allowed["layers"]).split(", ")]
    if "sheet" in remedy:
        return [{"sheet": name} for name in str(allowed["sheets"]).split(", ")]
    if {"row", "n", "here"} <= set(remedy):
        return [{"heading_row": remedy["row"], "heading_rows": remedy["n"]}]
    if "delimiter" in remedy:
        return [{"delimiter": str(remedy["delimiter"]).replace("\\t", "\t")}]
    return []
