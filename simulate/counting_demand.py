"""A table `demand` made of counts of larger areas, or of a grid: what `xuequ counts` does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from geodata import City, XuequError, say
from geodata.messages import Speaker, Text
from geodata.reading.raw import RawTable
from simulate.counted_areas import LEVELS, Value, areas_of, counts_of, ids_of, polygons_of, raise_on_values
from zoning.grids import share_grid, whole_counts
from zoning.sharing import AREA, POINTS, Shared, share_counts

_BY_WORDS = {AREA: say("area"), "households": say("households"), POINTS: say("number of units")}
_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The table, and what was said on the way.

    Parameters
    ----------
    demand : DataFrame
        unit_id, category, year, children, source: a row for each unit that has a count, sorted.
    before, after : dict of str to int
        By category: children in the file, children in the units.
    notes : tuple of Text
    """

    demand: pd.DataFrame
    before: dict[str, int]
    after: dict[str, int]
    notes: tuple[Text, ...]


def count_areas(
    city: City,
    raw: RawTable,
    values: Sequence[Value],
    *,
    by: str,
    area: str | None,
    level: str | None,
    datum: str | None,
    year: int,
    speak: Speaker,
) -> Counted:
    """Share counts by area, as they stand in a file, over the units of a project.

    Parameters
    ----------
    city : City
    raw : RawTable
        The file: a row an area.
    values : sequence of Value
        Its columns of counts, each category once.
    by : {"area", "households", "points"}
        What a unit weighs in its area.
    area : str, optional
        The heading of the areas' ids or names; without it a layer's rows are numbered.
    level : str, optional
        One of `LEVELS`: the areas are those of the project, by id or name. Without it the file's own
        polygons decide.
    datum : str, optional
        What the coordinates of the file are in; needed for a layer.
    year : int
        The year of admission.
    speak : Speaker
        The language of the column `source`.

    Raises
    ------
    DataError, XuequError
        If anything in the file or of what was asked does not fit; as `share_counts`.
    """
    raise_on_values(values)
    sources = counts_of(raw, values)
    sources["area"] = areas_of(raw, area)
    if level is not None:
        sources["area"] = ids_of(city, sources["area"], raw, area, level)
    else:
        sources = polygons_of(raw, sources, datum, city.metric_crs)
    columns = [value.category for value in values]
    shared = share_counts(
        sources,
        city["units"],
        source_id="area",
        target_id="unit_id",
        columns=columns,
        by=by,
        through=None if level is None else LEVELS[level][2],
        file=raw.file,
    )
    said = {
        value.category: speak(
            say("{file}: {column}, by {by}", file=raw.file, column=value.column, by=_BY_WORDS[by])
        )
        for value in values
    }
    return Counted(
        demand=_demand(shared.counts, said, year),
        before={name: int(sources[name].sum()) for name in columns},
        after={name: int(shared.counts[name].sum()) for name in columns},
        notes=(*raw.notes, *_notes(shared, by)),
    )


def count_grid(
    city: City,
    path: Path,
    *,
    category: str | None,
    band: int,
    total: int | None,
    year: int,
    speak: Speaker,
) -> Counted:
    """Share a grid (GeoTIFF) of people or children over the units of a project.

    Parameters
    ----------
    city : City
    path : Path
    category : str, optional
        Whom it counts; needed.
    band : int
        The band that holds the counts, from 1.
    total : int, optional
        So many children in all, in proportion to the grid; without it the grid counts the children itself.
    year : int
    speak : Speaker

    Raises
    ------
    DataError, XuequError
        As `share_grid`; or if no category is named.
    """
    if category is None:
        raise XuequError(
            say("say whom {column} counts: --category, or {column}=CATEGORY", column=path.name)
        )
    shares = share_grid(path, city["units"], band=band)
    counts, outside = whole_counts(shares, total)
    source = speak(say("{file}: band {band}, by the share of each cell", file=path.name, band=band))
    notes = []
    if outside:
        notes.append(say("in no unit, so in no row of the table: {n}", n=f"{outside:,}"))
    if total is not None and shares.outside >= 0.5:
        notes.append(
            say(
                "people of the grid in no unit: {n} of {total}; they weigh nothing",
                n=f"{shares.outside:,.0f}",
                total=f"{shares.total:,.0f}",
            )
        )
    blank = sorted(set(city["units"]["unit_id"]) - set(counts.index))
    if blank:
        notes.append(_unknown(blank))
    return Counted(
        demand=_demand(counts.rename(category).to_frame(), {category: source}, year),
        before={category: int(counts.sum()) + outside},
        after={category: int(counts.sum())},
        notes=tuple(notes),
    )


def _demand(counts: pd.DataFrame, sources: dict[str, str], year: int) -> pd.DataFrame:
    long = counts.rename_axis(index="unit_id", columns="category").stack().rename("children").reset_index()
    long.insert(2, "year", year)
    long["source"] = long["category"].map(sources)
    return long.sort_values(["unit_id", "category"], ignore_index=True)


def _notes(shared: Shared, by: str) -> list[Text]:
    said = []
    for area, share in shared.left_out.head(_SHOWN).items():
        said.append(
            say(
                "area {area}: units cover {covered} % of it; all its children went to them",
                area=area,
                covered=f"{100 * (1 - share):.1f}",
            )
        )
    if len(shared.left_out) > _SHOWN:
        said.append(say("and {n} more areas covered in part", n=len(shared.left_out) - _SHOWN))
    if shared.unweighted:
        ids = _listed(shared.unweighted)
        said.append(say("units without {by}, which got nobody: {ids}", by=_BY_WORDS[by], ids=ids))
    if shared.untouched:
        said.append(_unknown(shared.untouched))
    return said


def _unknown(units: Sequence[str]) -> Text:
    return say("units without a count, which is not known, not 0: {ids}", ids=_listed(units))


def _listed(ids: Sequence[str]) -> str:
    more = len(ids) - _SHOWN
    return ", ".join(ids[:_SHOWN]) + (f" … (+{more:,})" if more > 0 else "")
