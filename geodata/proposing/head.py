"""The head of the proposed xuequ.toml: level and year if the files say them, seed and policy open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from geodata.headings import exact, normal
from geodata.messages import Speaker, say
from geodata.proposing.sheets import Sheet
from geodata.proposing.spelling import UNKNOWN, quoted

_LEVEL_WORDS = {"小学": "primary", "初中": "lower-secondary"}
_LEVEL_HEADINGS = {
    normal(h) for h in ("学段", "学校类型", "办学类型", "school_type", "stage", "level", "phase")
}


def head_lines(
    folder: Path, sheets: Sequence[Sheet], policies: Sequence[str], speak: Speaker
) -> Iterator[str]:
    """Yield the head of the project, with level and year where all sheets agree on them.

    Parameters
    ----------
    folder : Path
        The new project, after which it is named.
    sheets : sequence of Sheet
        All sheets of all files.
    policies : sequence of str
        The names of the policies that come with the package.
    speak : callable
        From a text to its words.
    """
    yield "[project]"
    yield f"name = {quoted(folder.name)}"
    level, year = level_of(sheets), year_of(sheets)
    if level is None:
        why = say("fill in: primary or lower-secondary")
        yield f"level = {quoted(UNKNOWN)}    # {speak(why)}"
    else:
        why = say("the column {heading} holds nothing else", heading=level[0])
        yield f"level = {quoted(level[1])}    # {speak(why)}"
    if year is None:
        yield f"year = 0    # {speak(say('fill in the year of admission'))}"
    else:
        why = say("the column {heading} holds nothing else", heading=year[0])
        yield f"year = {year[1]}    # {speak(why)}"
    seed = say("any public words, which a run needs: every draw follows from them")
    yield f'# seed = "…"    # {speak(seed)}'
    rules = say("the rules: your own file that ends in .toml, or a name; check says which names there are")
    if policies:
        rules = say("the rules: your own file that ends in .toml, or {names}", names=", ".join(policies))
    yield f'# policy = "xiamen-datongchou"    # {speak(rules)}'


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
