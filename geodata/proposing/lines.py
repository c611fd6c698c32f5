"""The lines of the proposed xuequ.toml: each with its reason, what is not sure commented out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from geodata import schema
from geodata.discreet import hide_listed
from geodata.headings import GENERIC_RANK, Match, exact, normal
from geodata.identity import CHILD_TABLES, scrub
from geodata.messages import Speaker, Text, say
from geodata.proposing.asides import Aside
from geodata.proposing.hints import datum_hints
from geodata.proposing.proposal import CATCHMENTS, Proposal
from geodata.proposing.sheets import Sheet
from geodata.proposing.spelling import UNKNOWN, path_from, quoted
from geodata.recognising import kind_of_cells, kind_of_heading

_SAMPLES = 2
_SAMPLE_LENGTH = 16


def table_lines(
    folder: Path, proposal: Proposal, found: Sequence[Proposal], speak: Speaker
) -> Iterator[str]:
    """Yield the section of a table, or of the catchments."""
    sheet, table = proposal.sheet, proposal.table
    place = table if table == CATCHMENTS else f"tables.{table}"
    yield f"[{place}]"
    yield from source_lines(sheet, folder, speak)
    yield from _skips(sheet, speak)
    if proposal.split_by is not None:
        unit = next(match.heading for match in proposal.matches if match.column == "unit")
        why = say("one cell holds several units")
        yield f"split = {{ column = {quoted(unit)}, by = {quoted(proposal.split_by)} }}    # {speak(why)}"
    if table == CATCHMENTS:
        for match in proposal.matches:
            yield f"{match.column} = {quoted(match.heading)}    # {speak(_why(match))}"
    else:
        yield from _datum(proposal, found, speak)
        yield from _columns(proposal, speak)
    yield from _more(place, proposal, speak)


def source_lines(sheet: Sheet, folder: Path, speak: Speaker) -> Iterator[str]:
    """Yield where the rows of a sheet stand and how they are read."""
    yield f"path = {quoted(path_from(sheet.path, folder))}"
    for key, value in sheet.options.items():
        said = ""
        if key == "encoding":
            sample = sheet.raw.encoding.sample if sheet.raw.encoding is not None else ""
            said = f"    # {speak(say('by the bytes: {sample}', sample=hide_listed(sample)))}"
        yield f"{key} = {quoted(value)}{said}"


def _skips(sheet: Sheet, speak: Speaker) -> Iterator[str]:
    """Yield what leaves out sums and notes; commented out where it would leave out other rows too."""

    def words(which: Sequence[Aside]) -> str:
        return ", ".join(
            f"{{ column = {quoted(a.column)}, contains = {quoted(a.contains)}, "
            f"reason = {quoted(speak(a.reason))} }}"
            for a in which
        )

    sure = [aside for aside in sheet.asides if aside.is_sure]
    if sure:
        why = say("{n} rows of sums or notes are no data", n=len(sheet.left_out))
        yield f"skip = [{words(sure)}]    # {speak(why)}"
    for aside in sheet.asides:
        if not aside.is_sure:
            why = say("a row of sums or a note; but this would leave out other rows too")
            yield f"# ? skip = [{words([*sure, aside])}]    # {speak(why)}"


def _datum(proposal: Proposal, found: Sequence[Proposal], speak: Speaker) -> Iterator[str]:
    if not is_located(proposal):
        return
    why = say(
        "fill in: wgs84, gcj02 (Amap, Tencent), bd09 (Baidu), cgcs2000, EPSG:4548 …; it is never guessed"
    )
    yield f"datum = {quoted(UNKNOWN)}    # {speak(why)}"
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
        reason = proposal.reasons.get(match.column)
        parts = (
            speak(_why(match)),
            "" if reason is None else speak(reason),
            _sample(proposal, match, speak),
        )
        said = "; ".join(filter(None, parts))
        yield f"{match.column} = {quoted(match.heading)}    # {said}"
    for doubt in proposal.doubts:
        yield f"# ? {doubt.column} = {quoted(doubt.heading)}    # {speak(doubt.why)}"
    in_doubt = {doubt.column for doubt in proposal.doubts}
    for column in proposal.missing:
        if column not in in_doubt:
            why = say("needed, and no heading says it; or give all rows one value under constants")
            yield f'# ? {column} = "…"    # {speak(why)}'
    if proposal.lacks_class_size and "class_size" not in in_doubt:
        why = say(
            "pupils in a class, which no heading says: seats that no column gives are classes times this; "
            "one for all: constants.class_size = 45 above"
        )
        yield f'# ? class_size = "…"    # {speak(why)}'


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
            yield f"{quoted(word)} = {quoted(ours)}    # {speak(why)}"
        for word, ours in proposal.unknown.get(column, {}).items():
            if hide_listed(word) == word:
                why = say("a word in the cells; what does it stand for here?")
                yield f"# ? {quoted(word)} = {quoted(ours or '…')}    # {speak(why)}"
    if proposal.personal:
        yield f"[{place}.personal]    # {speak(say('looked at for duplicates, then dropped'))}"
        for heading, kind in proposal.personal.items():
            yield f"{quoted(heading)} = {quoted(kind)}"
