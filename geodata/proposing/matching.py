"""Say which heading of a sheet stands for which column of a table: synonyms, if the cells fit them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import pandas as pd

from geodata import schema
from geodata.headings import GENERIC_RANK, Match, exact, normal, value_words
from geodata.identity import CHILD_TABLES
from geodata.messages import Text, say
from geodata.proposing.sheets import Sheet
from geodata.recognising import kind_of_heading

LONG_TEXT = 40
"""An identifier is not longer on the average: a longer one is a text of a scope."""
NUMBERS_SHARE = 0.8
"""A column of numbers has at least this share of numbers in its filled cells."""

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A heading that may stand for a column, and why that is not sure."""

    heading: str
    column: str
    why: Text


def mapped(table: str, sheet: Sheet) -> tuple[list[Match], list[Doubt]]:
    """Return the headings that are sure, the best synonyms first, and those that are not.

    Parameters
    ----------
    table : str
        A table of the schema.
    sheet : Sheet
        Rows that may be of it.

    Returns
    -------
    (list of Match, list of Doubt)
        One sure heading a column at most. A heading serves two columns only as number and name.
    """
    known = schema.BY_NAME[table]
    pairs = [match for heading in sheet.raw.cells.columns for match in exact(str(heading), table)]
    pairs.sort(key=lambda match: match.rank)
    pairs = [
        match for match in pairs if kind_of_heading(match.heading) is None or table not in CHILD_TABLES
    ]
    twins = {known.key[0], "name"} if len(known.key) == 1 and "name" in known.names else set()
    sure: dict[str, Match] = {}
    doubts: list[Doubt] = []
    for match in pairs:
        users = {column for column, other in sure.items() if other.heading == match.heading}
        if match.column in sure or not users | {match.column} <= (twins if users else {match.column}):
            continue
        why = unfit(table, match.column, sheet.raw.cells[match.heading])
        rivals = [p for p in pairs if p.column == match.column and p.rank == match.rank and p.how == "part"]
        if why is None and len(rivals) > 1:
            why = say("several headings are alike")
        if why is None:
            sure[match.column] = match
        else:
            doubts.append(Doubt(heading=match.heading, column=match.column, why=why))
    _names_for_numbers(table, sheet, sure)
    return list(sure.values()), [d for d in doubts if d.column not in sure]


def _names_for_numbers(table: str, sheet: Sheet, sure: dict[str, Match]) -> None:
    """Let a name that is unique serve as the number, where there is none."""
    known = schema.BY_NAME[table]
    if len(known.key) != 1 or known.key[0] in sure:
        return
    name = sure.get("name")
    if table == "zones" and name is None:
        # a layer of catchments often has nothing but the school of each
        schools = [
            m for h in sheet.raw.cells.columns for m in exact(str(h), "serves") if m.column == "school_id"
        ]
        name = min(schools, key=lambda match: match.rank, default=None)
        if name is not None and sheet.raw.geometry is None:
            name = None
    if name is not None and unfit(table, known.key[0], sheet.raw.cells[name.heading]) is None:
        sure[known.key[0]] = replace(name, column=known.key[0])


def unfit(table: str, column: str, cells: pd.Series) -> Text | None:
    """Return why the cells of a column do not fit, or None."""
    known = schema.BY_NAME[table]
    filled = cells[cells.str.strip() != ""].str.strip()
    if len(filled) == 0:
        return None if column not in known.key else say("its cells are blank")
    kind = "number" if column in ("lng", "lat") else known.column(column).kind
    if kind in ("integer", "number"):
        share = filled.str.fullmatch(_NUMBER.pattern).mean()
        return None if share >= NUMBERS_SHARE else say("its cells are no numbers")
    if kind == "id":
        if filled.str.len().mean() > LONG_TEXT:
            return say("its cells are long texts")
        if known.key == (column,) and (filled.duplicated().any() or len(filled) < len(cells)):
            return say("its cells repeat, or some are blank")
    if kind in ("id", "text") and column in known.names and known.column(column).allowed:
        ours, words = set(known.column(column).allowed), value_words(table, column)
        if not all(word in ours or normal(word) in words for word in filled.unique()):
            return say("its words are not known")
    return None


def all_columns(table: str) -> list[str]:
    """Return the columns of a table, `lng` and `lat` last where it may have a geometry."""
    known = schema.BY_NAME[table]
    return [*known.names, *(("lng", "lat") if known.geometry else ())]


def first_of(sheet: Sheet, table: str, columns: tuple[str, ...]) -> Match | None:
    """Return the best heading for one of some columns, however its cells look; None if there is none."""
    found = [
        m
        for heading in sheet.raw.cells.columns
        for m in exact(str(heading), table)
        if m.column in columns and m.rank < GENERIC_RANK
    ]
    return min(found, key=lambda match: match.rank, default=None)
