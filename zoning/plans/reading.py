"""Read another plan than the project's: a file with the columns of the table `plan`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from geodata import City, DataError, schema
from geodata.audit import audit_keys, audit_plan, audit_years
from geodata.errors import Fault, XuequError
from geodata.headings import exact
from geodata.messages import Text, say
from geodata.parsed import Parsed
from geodata.project import Source
from geodata.reading.files import read_rows
from geodata.tables import parse_table
from zoning.plan import ANY, rows_held
from zoning.plans.score import Score


def read_plan(path: Path, city: City) -> tuple[pd.DataFrame, tuple[Text, ...]]:
    """Read and check a plan.

    Parameters
    ----------
    path : Path
        A table with the columns of `plan`; the headings that `[tables.plan]` maps may be used too, and
        synonyms such as 小区编号, 理由.
    city : City
        The project whose units and zones it names.

    Returns
    -------
    (DataFrame, tuple of Text)
        The columns of the table `plan`, sorted by its key; which heading was read as which column, and
        which was not used.

    Raises
    ------
    DataError
        With every fault: a unit in two zones, a unit or zone that the project does not have.
    XuequError
        If no row holds in the project's year: all children would be without a zone.
    """
    table = schema.BY_NAME["plan"]
    raw = read_rows(path)
    columns = _columns(list(raw.cells.columns), city)
    parsed = parse_table(table, raw, Source(path=path.name, columns=columns))
    audit_keys(parsed)
    audit_plan(parsed)
    audit_years(parsed)
    _audit_names(parsed, city, "unit_id", "units")
    _audit_names(parsed, city, "zone_id", "zones")
    if len(parsed.frame) == 0:
        parsed.faults.append(Fault(file=parsed.file, allowed=say("at least one row; the plan is empty")))
    if parsed.faults:
        raise DataError(parsed.faults)
    year = city.project.project.year
    if len(rows_held(parsed.frame, year)) == 0:
        raise XuequError(say("{file}: no row holds in {year}", file=path.name, year=year))
    order = [*table.key, *(name for name in table.names if name not in table.key)]
    frame = parsed.frame.sort_values(order, kind="stable", na_position="first").reset_index(drop=True)
    return frame, tuple(_notes(path.name, list(raw.cells.columns), columns))


def _columns(headings: list[str], city: City) -> dict[str, str]:
    """Return which heading stands for which column: our name, else the project's word, else one synonym."""
    source = city.project.tables.get("plan")
    words = {} if source is None else source.columns
    found = {}
    for name in schema.BY_NAME["plan"].names:
        if name in headings:
            continue
        if words.get(name) in headings:
            found[name] = words[name]
            continue
        alike = [h for h in headings if any(match.column == name for match in exact(h, "plan"))]
        if len(alike) == 1 and alike[0] not in found.values():
            found[name] = alike[0]
    return found


def _notes(file: str, headings: list[str], columns: dict[str, str]) -> Iterator[Text]:
    for name, heading in columns.items():
        yield say("{file}: {heading} is read as {column}", file=file, heading=heading, column=name)
    used = {*columns.values(), *schema.BY_NAME["plan"].names}
    left = [heading for heading in headings if heading not in used]
    if left:
        yield say("{file}: columns that no table uses: {columns}", file=file, columns=", ".join(left))


def _audit_names(parsed: Parsed, city: City, column: str, table: str) -> None:
    values = parsed.frame[column]
    for index in values.index[values.notna() & ~values.isin(city[table][column])]:
        parsed.fault(
            int(index),
            column,
            say("not in the project's table {table}", table=table),
            say("correct it here, or add it there"),
        )


def with_moves(plan: pd.DataFrame, moves: pd.DataFrame) -> pd.DataFrame:
    """Return a plan with some units moved: rows of `moves` stand in the place of those of the plan.

    Parameters
    ----------
    plan, moves : DataFrame
        As `plan_held` returns them.
    """
    key = ["unit_id", "category"]
    moved = pd.MultiIndex.from_frame(plan[key]).isin(pd.MultiIndex.from_frame(moves[key]))
    whole = moves.loc[moves["category"] == ANY, "unit_id"]
    # a move for all categories takes with it the rows that a category had for itself
    moved |= plan["unit_id"].isin(whole).to_numpy()
    return pd.concat([plan[~moved], moves]).sort_values(key).reset_index(drop=True)


def plan_of_project(other: City, city: City) -> pd.DataFrame:
    """Return the plan of another project of the same units and zones.

    Raises
    ------
    XuequError
        If it names units or zones that the first project does not have.
    """
    plan = other["plan"]
    for column, table in (("unit_id", "units"), ("zone_id", "zones")):
        strange = sorted(set(plan[column]) - set(city[table][column]))
        if strange:
            raise XuequError(
                say(
                    "{project} has {n} {table} that {city} has not: {names}",
                    project=other.project.project.name,
                    n=len(strange),
                    table=table,
                    city=city.project.project.name,
                    names=", ".join(strange[:10]),
                )
            )
    return plan


def reasons_of(plan: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return unit_id, category ("" for all) and reason_code of the rows that hold in a year."""
    return rows_held(plan, year)[["unit_id", "category", "reason_code"]]


def zones_beside(zones: pd.DataFrame, before: Score, after: Score | None = None) -> pd.DataFrame:
    """Return the zones of one score, or of two beside each other (`_before`, `_after`), with their names.

    Parameters
    ----------
    zones : DataFrame
        The table `zones`: zone_id, name.
    before, after : Score
        Of the same board.
    """
    table = zones[["zone_id", "name"]].merge(before.zones, on="zone_id", validate="1:1")
    if after is None:
        return table
    return table.merge(after.zones, on="zone_id", suffixes=("_before", "_after"), validate="1:1")
