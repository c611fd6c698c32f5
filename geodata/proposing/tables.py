"""Say which tables a sheet is likely to hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import shapely

from geodata import schema
from geodata.headings import GENERIC_RANK, Match, exact, near, normal, table_words
from geodata.identity import CHILD_TABLES
from geodata.messages import say
from geodata.project import Personal
from geodata.proposing.keys import with_key
from geodata.proposing.matching import LONG_TEXT, Doubt, all_columns, first_of, mapped
from geodata.proposing.proposal import CATCHMENTS, Proposal, values_of
from geodata.proposing.references import with_references
from geodata.proposing.sheets import Sheet
from geodata.recognising import kind_of_cells, kind_of_heading

_JOINERS = ("##", "；", ";", "\n")
# what tells a table from others; the columns of `tells` must be there, or the shape
_TELLS: dict[str, tuple[tuple[str, ...], ...]] = {
    "districts": (("district_id",),),
    "streets": (("street_id",),),
    "units": (("unit_id",),),
    "zones": (("zone_id",),),
    "schools": (("school_id",), ("name", "lng", "lat")),
    "applicants": (("applicant_id",),),
    "facts": (("applicant_id", "fact", "value"), ("applicant_id", "fact", "from")),
    "scores": (("applicant_id", "item", "points"),),
    "choices": (("applicant_id", "rank", "target"),),
    "answers": (("applicant_id", "after_stage", "answer"),),
    "decisions": (("applicant_id", "stage", "school_id"),),
    "dwellings": (
        ("dwelling_id", "registered_on"),
        ("dwelling_id", "unit_id"),
        ("dwelling_id", "used_until"),
    ),
    "barriers": (("barrier_id",),),
    "links": (("link_id", "length_m"),),
    "demand": (("unit_id", "children"),),
    "plan": (("unit_id", "zone_id"),),
    "serves": (("zone_id", "school_id"),),
    "seats": (("school_id", "classes"), ("school_id", "seats")),
    "rolls": (("school_id", "grade", "pupils"), ("school_id", "grade", "classes")),
    "indicators": (("school_id", "item", "value"),),
    "travel": (("unit_id", "school_id", "metres"), ("unit_id", "school_id", "seconds")),
}
# tables that stand beside another in one sheet: the seats in a list of schools
_BESIDE: dict[str, tuple[str, ...]] = {
    "schools": ("seats", "serves", "rolls"),
    "zones": ("serves",),
    "units": ("plan", "demand"),
}
_NEEDS_WORD = ("districts", "streets", "barriers", "links")


def propose_tables(sheets: Sequence[Sheet]) -> list[Proposal]:
    """Return what each sheet is likely to hold; numbers and references are looked up in the other sheets.

    Parameters
    ----------
    sheets : sequence of Sheet
        All sheets of all files.

    Returns
    -------
    list of Proposal
        In the order of the sheets. Several may be of one table: which one is meant, a person must say.
    """
    found = [proposal for sheet in sheets for proposal in _of_sheet(sheet)]
    keyed = [with_key(proposal, found) for proposal in found]
    return [with_references(proposal, keyed) for proposal in keyed]


def _of_sheet(sheet: Sheet) -> list[Proposal]:
    scored = [(_score(table.name, sheet), table.name) for table in schema.TABLES]
    best, primary = max(scored, key=lambda pair: pair[0])
    catchments = _catchments(sheet)
    if best <= 0:
        return [catchments] if catchments else []
    if (
        catchments
        and primary in ("units", "plan", "serves", "zones", "travel")
        and sheet.raw.geometry is None
    ):
        return [catchments]
    beside = [name for name in _BESIDE.get(primary, ()) if _tells(name, sheet)]
    found = [_proposal(name, sheet) for name in (primary, *beside)]
    if catchments and primary == "schools" and "serves" not in beside:
        found.append(catchments)
    return found


def _score(table: str, sheet: Sheet) -> float:
    """Return how likely a sheet holds a table; 0 where a column that tells it is missing."""
    known = schema.BY_NAME[table]
    if not _tells(table, sheet) or (sheet.raw.geometry is not None and not _fits_shape(known, sheet)):
        return 0.0
    words = {normal(word) for word in table_words(table)}
    named = any(
        word in normal(sheet.words)
        if not word.isascii()
        else word in re.split(r"[^a-z]+", sheet.words.lower())
        for word in words
    )
    if table in _NEEDS_WORD and not named:
        return 0.0
    matches, _ = mapped(table, sheet)
    own = [match for match in matches if match.rank < GENERIC_RANK]
    if not named and known.key[0] not in {match.column for match in own}:
        return 0.0 if len(own) < 3 else 0.5
    # children come first: a list of them holds schools and estates too
    return len(own) + 5.0 * named + 3.0 * (table in CHILD_TABLES) - 0.01 * len(known.columns)


def _tells(table: str, sheet: Sheet) -> bool:
    sure = {match.column for match in mapped(table, sheet)[0]}
    return any(sure.issuperset(columns) for columns in _TELLS[table])


def _fits_shape(table: schema.Table, sheet: Sheet) -> bool:
    if table.geometry is None:
        return False
    shapes = np.asarray(sheet.raw.geometry, dtype=object)
    kinds = set(shapely.get_type_id(shapes[~shapely.is_missing(shapes)]).tolist())
    allowed = {"polygon": {3, 6}, "point": {0}, "line": {1, 5}, "any": {0, 1, 3, 5, 6}}[table.geometry]
    return kinds <= allowed


def _proposal(table: str, sheet: Sheet) -> Proposal:
    matches, doubts = mapped(table, sheet)
    personal = _personal(table, sheet, matches)
    taken = {match.heading for match in matches} | {doubt.heading for doubt in doubts} | set(personal)
    sure = {match.column for match in matches} | {doubt.column for doubt in doubts}
    columns = [name for name in all_columns(table) if name not in sure]
    for heading in (str(h) for h in sheet.raw.cells.columns if h not in taken):
        like = None if exact(heading, table) else near(heading, table, columns)
        if like is not None:
            why = say("like {like}, {score} of 100", like=like.like, score=like.score)
            doubts.append(Doubt(heading=heading, column=like.column, why=why))
    values, unknown = values_of(table, sheet, matches)
    return Proposal(
        table=table,
        sheet=sheet,
        matches=tuple(sorted(matches, key=lambda match: all_columns(table).index(match.column))),
        doubts=tuple(doubts),
        values=values,
        unknown=unknown,
        personal=personal,
    )


def _personal(table: str, sheet: Sheet, matches: Iterable[Match]) -> dict[str, Personal]:
    """Return the headings about persons: by the heading, else by what stands in the cells."""
    read = {match.heading: match.column for match in matches}
    found: dict[str, Personal] = {}
    for heading in (str(h) for h in sheet.raw.cells.columns):
        if table not in CHILD_TABLES:
            continue
        kind = kind_of_heading(heading) or kind_of_cells(
            sheet.raw.cells[heading], heading, read.get(heading)
        )
        if kind is not None and heading not in read:
            # only the first is the child's own: a parent has several children
            found[heading] = "other" if kind != "other" and kind in found.values() else kind
    return found


def _catchments(sheet: Sheet) -> Proposal | None:
    """Return the proposal of rows that say which unit belongs to which school, if these are such rows."""
    if _score("applicants", sheet) > 0 or any(_score(n, sheet) > 0 for n in CHILD_TABLES):
        return None
    school = first_of(sheet, "schools", ("school_id",)) or first_of(sheet, "serves", ("school_id",))
    unit = first_of(sheet, "units", ("unit_id",)) or first_of(sheet, "zones", ("zone_id", "scope_text"))
    if school is None or unit is None or school.heading == unit.heading:
        return None
    cells = sheet.raw.cells[unit.heading]
    joined = next((one for one in _JOINERS if cells.str.contains(one, regex=False).mean() > 0.2), None)
    long = cells.str.len().mean() > LONG_TEXT
    if (long and joined != "##") or sheet.raw.geometry is not None:
        return None  # prose, of which no units can be made
    if (
        not long
        and joined is None
        and not cells.duplicated().any()
        and first_of(sheet, "units", ("name",)) is None
    ):
        return None
    named = {"unit": unit, "school_id": school}
    for ours, column, table in (("category", "category", "demand"), ("street", "street_id", "units")):
        match = first_of(sheet, table, (column,))
        if match is not None:
            named[ours] = match
    name = first_of(sheet, "schools", ("name",))
    if name is not None and name.heading != school.heading:
        named["school_name"] = name
    matches = tuple(replace(match, column=ours) for ours, match in named.items())
    values, unknown = values_of(CATCHMENTS, sheet, matches)
    return Proposal(
        table=CATCHMENTS,
        sheet=sheet,
        matches=matches,
        values=values,
        unknown=unknown,
        personal={},
        split_by=joined if joined == "##" else None,
    )
