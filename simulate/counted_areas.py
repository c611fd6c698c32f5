"""The areas of a file and what it counts in them: its rows as counts, ids of the project or polygons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from geodata import City, DataError, Fault, XuequError, say
from geodata import datum as datums
from geodata.cells import parse_column
from geodata.project import Source
from geodata.reading.raw import RawTable
from geodata.schema import Column, Table
from geodata.tables import parse_table

# where the areas of a file stand in the project: the table, its ids, the column of units that names them
LEVELS = {
    "district": ("districts", "district_id", "district_id"),
    "street": ("streets", "street_id", "street_id"),
    "community": ("units", "community_id", "community_id"),
    "unit": ("units", "unit_id", "unit_id"),
}
# checked as every layer of a project is: shapes, datum, finite places, valid rings
_AREAS = Table(name="districts", columns=(), key=(), geometry="polygon")


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A column of counts, and the category of the children that it counts."""

    column: str
    category: str


def read_value(text: str, category: str | None) -> Value:
    """Read what an option names: a heading, or HEADING=CATEGORY.

    Raises
    ------
    XuequError
        If there is no category.
    """
    column, equals, own = text.rpartition("=")
    if equals and column and own:
        return Value(column=column.strip(), category=own.strip())
    if category is None:
        raise XuequError(say("say whom {column} counts: --category, or {column}=CATEGORY", column=text))
    return Value(column=text.strip(), category=category)


def raise_on_values(values: Sequence[Value]) -> None:
    """Raise XuequError if no column is named, or two for one category."""
    if not values:
        raise XuequError(say("say which column counts the children: --value HEADING"))
    categories = [value.category for value in values]
    if len(set(categories)) != len(categories):
        twice = next(one for one in categories if categories.count(one) > 1)
        raise XuequError(say("two columns count {category}: give each category once", category=twice))


def counts_of(raw: RawTable, values: Sequence[Value]) -> pd.DataFrame:
    """Return a column of whole numbers for each category, shape (n, values).

    Raises
    ------
    DataError
        For each column that is missing, or else each cell that is no whole number of at least 0.
    """
    faults: list[Fault] = []
    counts = pd.DataFrame(index=raw.cells.index)
    for value in values:
        _raise_on_column(raw, value.column)
        column = Column(name=value.category, kind="integer", required=True, minimum=0)
        counts[value.category], found = parse_column(
            raw.cells[value.column], column, file=raw.file, heading=value.column, rows=raw.rows
        )
        faults.extend(found)
    if faults:
        raise DataError(faults)
    return counts.astype("int64")


def areas_of(raw: RawTable, area: str | None) -> pd.Series:
    """Return what names the area of each row, shape (n,); None where the cell is blank.

    Parameters
    ----------
    raw : RawTable
    area : str, optional
        The heading; without it the rows of a layer go by their numbers.

    Raises
    ------
    DataError
        If there is no such column.
    XuequError
        If there is neither a column nor a layer.
    """
    if area is not None:
        _raise_on_column(raw, area)
        return raw.cells[area].str.strip().replace("", None)
    if raw.geometry is None:
        raise XuequError(
            say("a table without shapes needs --area HEADING and --level, which say what its rows are")
        )
    # a number of its row names a polygon that has no name
    return raw.rows.astype("str")


def ids_of(city: City, areas: pd.Series, raw: RawTable, heading: str | None, level: str) -> pd.Series:
    """Return the project's id of each area, which the file names by id or by a name that no other has.

    Raises
    ------
    DataError
        For each area that the table of the level does not have.
    """
    table, column, _ = LEVELS[level]
    known = city[table][column].dropna()
    ids = pd.Series(known.to_numpy(), index=known.to_numpy()).groupby(level=0).first()
    # a community has no table of its own, so no name either
    if level != "community":
        names = city[table].dropna(subset=["name"]).groupby("name")[column].agg(["first", "nunique"])
        once = names["first"][names["nunique"] == 1]
        ids = pd.concat([ids, once[~once.index.isin(ids.index)]])
    found = areas.map(ids)
    unknown = areas.notna() & found.isna()
    if unknown.any():
        raise DataError(
            Fault(
                file=raw.file,
                row=int(raw.rows[at]),
                column=heading,
                found=areas[at],
                allowed=say(
                    "the id, or the name that no other has, of an area of the table {table}", table=table
                ),
                remedy=say("correct it here, or add it there"),
            )
            for at in areas.index[unknown]
        )
    return found


def polygons_of(
    raw: RawTable, sources: pd.DataFrame, datum: str | None, metric_crs: str
) -> gpd.GeoDataFrame:
    """Return the counts with the polygons of their areas, in the project's metric CRS.

    Raises
    ------
    DataError
        For each shape that is no valid polygon, or does not fit the datum.
    XuequError
        If the file has no shapes, or nobody says what their coordinates are in.
    """
    if raw.geometry is None:
        raise XuequError(
            say("a table without shapes needs --area HEADING and --level, which say what its rows are")
        )
    if datum is None:
        raise XuequError(say("say what the coordinates of {file} are in: --datum", file=raw.file))
    parsed = parse_table(_AREAS, raw, Source(path="", datum=datum))
    if parsed.faults:
        raise DataError(parsed.faults)
    shapes = datums.to_metric(parsed.geometry, datum, metric_crs)
    return gpd.GeoDataFrame(sources, geometry=shapes, crs=datums.crs_of(metric_crs))


def _raise_on_column(raw: RawTable, column: str) -> None:
    if column not in raw.cells:
        there = ", ".join(raw.cells.columns)
        raise DataError(
            [
                Fault(
                    file=raw.file,
                    column=column,
                    allowed=say("this column is missing; there are: {there}", there=there),
                    remedy=say("name the right column"),
                )
            ]
        )
