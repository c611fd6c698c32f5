"""What is left over: sheets of no table, as a block to fill in, and headings that nobody uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pandas as pd

from geodata import identity, schema
from geodata.discreet import hide_listed
from geodata.headings import exact, is_known
from geodata.identity import scrub
from geodata.messages import Speaker, say
from geodata.proposing.lines import source_lines
from geodata.proposing.matching import unfit
from geodata.proposing.proposal import Proposal
from geodata.proposing.sheets import Sheet
from geodata.proposing.spelling import UNKNOWN, quoted
from geodata.recognising import kind_of_cells, looks_personal

_DIGIT = re.compile(r"[0-9０-９]")
_NUMBER = re.compile(r"[+-]?[0-9０-９][0-9０-９.,/: -]*")


def left_over_lines(
    folder: Path, sheets: Sequence[Sheet], found: Sequence[Proposal], speak: Speaker
) -> Iterator[str]:
    """Yield which sheets are of no table, each with a block to fill in, and which headings nobody uses."""
    for sheet in sheets:
        used = {heading for p in found if p.sheet is sheet for heading in p.headings}
        left = [str(heading) for heading in sheet.raw.cells.columns if str(heading) not in used]
        shown = ", ".join(shown_headings(sheet, left))
        if not any(proposal.sheet is sheet for proposal in found):
            words = say(
                "{file}: it looks like none of the tables; its headings: {headings}",
                file=sheet.raw.file,
                headings=shown,
            )
            yield f"# {speak(words)}"
            yield from (f"# ? {line}" for line in _block(folder, sheet, speak))
        elif left:
            words = say(
                "{file}: headings that nobody uses: {headings}", file=sheet.raw.file, headings=shown
            )
            yield f"# {speak(words)}"


def _block(folder: Path, sheet: Sheet, speak: Speaker) -> Iterator[str]:
    """Yield a section for a sheet of no table: what is known of it, and a line for each heading."""
    places = _places(sheet)
    located = bool(places) or sheet.raw.geometry is not None
    tables = [table.name for table in schema.TABLES if table.geometry is not None or not located]
    which = say("write which table it is: {tables}", tables=", ".join(tables))
    yield f"[tables.…]    # {speak(which)}"
    yield from source_lines(sheet, folder, speak)
    if located:
        yield f"datum = {quoted(UNKNOWN)}"
    yield "[tables.….columns]"
    for column, heading in places.items():
        yield f"{column} = {quoted(heading)}"
    rest = [str(h) for h in sheet.raw.cells.columns if str(h) not in places.values()]
    for heading in shown_headings(sheet, rest):
        if heading != identity.HIDDEN:
            yield f"… = {quoted(heading)}"


def _places(sheet: Sheet) -> dict[str, str]:
    """Return the headings of `lng` and `lat`, where both are there and hold numbers."""
    found: dict[str, str] = {}
    for heading in (str(h) for h in sheet.raw.cells.columns):
        for match in exact(heading, "schools"):
            is_place = match.column in ("lng", "lat") and match.column not in found
            if is_place and unfit("schools", match.column, sheet.raw.cells[heading]) is None:
                found[match.column] = heading
    return {name: found[name] for name in ("lng", "lat")} if len(found) == 2 else {}


def shown_headings(sheet: Sheet, headings: Iterable[str]) -> list[str]:
    """Return headings as they may be shown: of a file without any, the first row may be a child.

    A heading is hidden if it holds a person's number or address, or looks like a name and the cells below
    it look personal too, there are none below it, or the whole row looks like data. 计划 and 花园 look like
    names, and above anything else they are headings.
    """
    is_data = _looks_like_data(sheet.raw.cells)
    return [_shown(sheet.raw.cells[heading], heading, is_data=is_data) for heading in headings]


def _shown(cells: pd.Series, heading: str, *, is_data: bool) -> str:
    is_name = looks_personal(heading) and not is_known(heading) and _DIGIT.search(heading) is None
    if is_name and not is_data and (cells.str.strip() != "").any():
        hidden = kind_of_cells(cells, heading, None) is not None
        text = identity.HIDDEN if hidden else heading
    else:
        text = hide_listed(heading)
    return " ".join(scrub(text).split())


def _looks_like_data(cells: pd.DataFrame) -> bool:
    """Whether the row of headings looks like the rows below: a number in it, or a cell that is there again.

    "B001" above "B002" has the same shape; "志愿1" above names of schools has not.
    """
    for heading in (str(h) for h in cells.columns):
        if is_known(heading):
            continue
        if _NUMBER.fullmatch(heading.strip()) or identity.holds_number_of_a_person(heading):
            return True
        below = cells[heading].str.strip()
        if (below == heading.strip()).any():
            return True
        if _DIGIT.search(heading):
            filled = below[below != ""]
            shape = _DIGIT.sub("0", heading.strip())
            if len(filled) and (filled.str.replace(_DIGIT.pattern, "0", regex=True) == shape).mean() >= 0.5:
                return True
    return False
