"""The lines of the proposed xuequ.toml: each with its reason, what is not sure commented out."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from geodata import schema
from geodata.discreet import hide_listed
from geodata.headings import GENERIC_RANK, Match, exact, normal
from geodata.identity import CHILD_TABLES, scrub
from geodata.messages import Speaker, Text, say
from geodata.proposing.hints import datum_hints
from geodata.proposing.proposal import CATCHMENTS, Proposal
from geodata.proposing.sheets import Sheet
from geodata.recognising import kind_of_cells, kind_of_heading

UNKNOWN = "?"
"""Stands where a person must fill in; the check refuses it."""
_LEVEL_WORDS = {"小学": "primary", "初中": "lower-secondary"}
_LEVEL_HEADINGS = {
    normal(h) for h in ("学段", "学校类型", "办学类型", "school_type", "stage", "level", "phase")
}
_SAMPLES = 2
_SAMPLE_LENGTH = 16


def head_lines(folder: Path, sheets: Sequence[Sheet], speak: Speaker) -> Iterator[str]:
    """Yield the head of the project, with level and year where all sheets agree on them."""
    yield "[project]"
    yield f"name = {_quoted(folder.name)}"
    level, year = level_of(sheets), year_of(sheets)
    if level is None:
        why = say("fill in: primary or lower-secondary")
        yield f"level = {_quoted(UNKNOWN)}    # {speak(why)}"
    else:
        why = say("the column {heading} holds nothing else", heading=level[0])
        yield f"level = {_quoted(level[1])}    # {speak(why)}"
    if year is None:
        yield f"year = 0    # {speak(say('fill in the year of admission'))}"
    else:
        why = say("the column {heading} holds nothing else", heading=year[0])
        yield f"year = {year[1]}    # {speak(why)}"
    yield f'# policy = "xiamen-datongchou"    # {speak(say("the rules; xuequ policy list shows them"))}'


def level_of(sheets: Sequence[Sheet]) -> tuple[str, str] | None:
    """Return the heading whose cells all name one level, and that level; None if they do not."""
    words = {
        (str(heading), word.strip())
        for sheet in sheets
        for heading in sheet.raw.cells.columns
        if normal(str(heading)) in _LEVEL_HEADINGS
        for word in sheet.raw.cells[heading].unique()
        if word.strip()
    }
    levels = {_LEVEL_WORDS.get(word) for _, word in words}
    level = levels.pop() if len(levels) == 1 else None
    return None if level is None else (min(words)[0], level)


def year_of(sheets: Sequence[Sheet]) -> tuple[str, int] | None:
    """Return the heading whose cells all name one year, and that year; None if they do not."""
    found = {
        (str(heading), year.strip())
        for sheet in sheets
        for heading in sheet.raw.cells.columns
        if any(match.column == "year" for match in exact(str(heading), "demand"))
        for year in sheet.raw.cells[heading].unique()
    }
    years = {year for _, year in found}
    if len(years) != 1 or not min(years).isdecimal() or not 1949 <= int(min(years)) <= 2200:
        return None
    return min(found)[0], int(min(years))


def table_lines(
    folder: Path, proposal: Proposal, found: Sequence[Proposal], speak: Speaker
) -> Iterator[str]:
    """Yield the section of a table, or of the catchments."""
    sheet, table = proposal.sheet, proposal.table
    place = table if table == CATCHMENTS else f"tables.{table}"
    yield f"[{place}]"
    yield f"path = {_quoted(_path(sheet.path, folder))}"
    for key, value in sheet.options.items():
        said = ""
        if key == "encoding":
            sample = sheet.raw.encoding.sample if sheet.raw.encoding is not None else ""
            said = f"    # {speak(say('by the bytes: {sample}', sample=hide_listed(sample)))}"
        yield f"{key} = {_quoted(value)}{said}"
    if proposal.split_by is not None:
        unit = next(match.heading for match in proposal.matches if match.column == "unit")
        why = say("one cell holds several units")
        yield f"split = {{ column = {_quoted(unit)}, by = {_quoted(proposal.split_by)} }}    # {speak(why)}"
    if table == CATCHMENTS:
        for match in proposal.matches:
            yield f"{match.column} = {_quoted(match.heading)}    # {speak(_why(match))}"
    else:
        yield from _datum(proposal, found, speak)
        yield from _columns(proposal, speak)
    yield from _more(place, proposal, speak)


def _datum(proposal: Proposal, found: Sequence[Proposal], speak: Speaker) -> Iterator[str]:
    if not is_located(proposal):
        return
    why = say(
        "fill in: wgs84, gcj02 (Amap, Tencent), bd09 (Baidu), cgcs2000, EPSG:4548 …; it is never guessed"
    )
    yield f"datum = {_quoted(UNKNOWN)}    # {speak(why)}"
    yield from (f"#   {speak(hint)}" for hint in datum_hints(proposal, found))


def is_located(proposal: Proposal) -> bool:
    """Whether the rows of a proposal have places, so that a datum must be declared."""
    if proposal.table == CATCHMENTS or schema.BY_NAME[proposal.table].geometry is None:
        return False
    columns = {match.column for match in proposal.matches}
    return proposal.sheet.raw.geometry is not None or bool(columns & {"lng", "lat"})


def _columns(proposal: Proposal, speak: Speaker) -> Iterator[str]:
    yield f"[tables.{proposal.table}.columns]"
    for match in proposal.matches:
        said = "; ".join(filter(None, (speak(_why(match)), _sample(proposal, match, speak))))
        yield f"{match.column} = {_quoted(match.heading)}    # {said}"
    for doubt in proposal.doubts:
        yield f"# ? {doubt.column} = {_quoted(doubt.heading)}    # {speak(doubt.why)}"
    in_doubt = {doubt.column for doubt in proposal.doubts}
    for column in proposal.missing:
        if column not in in_doubt:
            why = say("needed, and no heading says it; or give all rows one value under constants")
            yield f'# ? {column} = "…"    # {speak(why)}'


def _why(match: Match) -> Text:
    if match.how == "same":
        return say("our own name")
    if match.how == "part":
        return say("the lower of two headings, {like}", like=match.like)
    return (
        say("synonym")
        if normal(match.like) == normal(match.heading)
        else say("synonym: {like}", like=match.like)
    )


def _sample(proposal: Proposal, match: Match, speak: Speaker) -> str:
    """Return the first cells of a column, for tables that are about no person."""
    if not may_show(proposal.sheet, proposal.table) or match.column == "telephone":
        return ""
    if kind_of_heading(match.heading) is not None:
        return ""
    cells = proposal.sheet.raw.cells[match.heading].str.strip()
    shown = [cell for cell in cells[cells != ""].unique()[:_SAMPLES] if scrub(cell) == cell]
    short = [c if len(c) <= _SAMPLE_LENGTH else c[: _SAMPLE_LENGTH - 1] + "…" for c in shown]
    sample = " | ".join(" ".join(cell.split()) for cell in short)
    return speak(say("such as {sample}", sample=sample)) if sample else ""


def may_show(sheet: Sheet, table: str) -> bool:
    """Whether cells of a sheet may be shown: nothing in it may be about a child or name a person."""
    if table in CHILD_TABLES:
        return False
    for heading in (str(h) for h in sheet.raw.cells.columns):
        numbers = [m for m in exact(heading, "applicants") if m.column == "applicant_id"]
        if any(match.rank < GENERIC_RANK for match in numbers):
            return False
        # a name alone is what a list of schools has
        if normal(heading) != "name" and kind_of_heading(heading) in ("id-number", "name"):
            return False
        cells = sheet.raw.cells[heading]
        if kind_of_cells(cells, heading, None, children=False) is not None:
            return False
        if kind_of_cells(cells, heading, None) == "name":
            return False
    return True


def _more(place: str, proposal: Proposal, speak: Speaker) -> Iterator[str]:
    """Write what follows in tables of its own: words in cells, personal columns."""
    for column in sorted({*proposal.values, *proposal.unknown}):
        yield f"[{place}.values.{column}]"
        for word, ours in proposal.values.get(column, {}).items():
            why = say("a word that we know; is it meant so here?")
            yield f"{_quoted(word)} = {_quoted(ours)}    # {speak(why)}"
        for word, ours in proposal.unknown.get(column, {}).items():
            if hide_listed(word) == word:
                why = say("a word in the cells; what does it stand for here?")
                yield f"# ? {_quoted(word)} = {_quoted(ours or '…')}    # {speak(why)}"
    if proposal.personal:
        yield f"[{place}.personal]    # {speak(say('looked at for duplicates, then dropped'))}"
        for heading, kind in proposal.personal.items():
            yield f"{_quoted(heading)} = {_quoted(kind)}"


def left_over_lines(sheets: Sequence[Sheet], found: Sequence[Proposal], speak: Speaker) -> Iterator[str]:
    """Yield which sheets are of no table, and which headings nobody uses."""
    for sheet in sheets:
        used = {heading for p in found if p.sheet is sheet for heading in p.headings}
        left = [str(heading) for heading in sheet.raw.cells.columns if heading not in used]
        if not any(proposal.sheet is sheet for proposal in found):
            words = say(
                "{file}: it looks like none of the tables; its headings: {headings}",
                file=sheet.raw.file,
                headings=_shown(left),
            )
            yield f"# {speak(words)}"
        elif left:
            words = say(
                "{file}: headings that nobody uses: {headings}", file=sheet.raw.file, headings=_shown(left)
            )
            yield f"# {speak(words)}"


def _shown(headings: Iterable[str]) -> str:
    """Return headings in a list; of a file without any, the first row is no heading but may be a child."""
    return ", ".join(" ".join(scrub(hide_listed(heading)).split()) for heading in headings)


def _path(path: Path, folder: Path) -> str:
    """Return a path relative to the folder where there is such a one; another drive has none."""
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:
        return path.resolve().as_posix()


def _quoted(value: Any) -> str:
    """Return a value as TOML; a JSON text in ASCII controls is a basic string of TOML.

    Examples
    --------
    >>> print(_quoted('a "b"'), _quoted("学校"), _quoted(3), _quoted("\\t"))
    "a \\"b\\"" "学校" 3 "\\t"
    """
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
