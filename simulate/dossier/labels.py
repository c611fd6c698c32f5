"""How parts, tables and pictures are called on a page, the same in HTML and PDF."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from geodata.messages import Lang, Speaker, say
from simulate.dossier.formatting import shown
from simulate.dossier.model import Front, Heading, Part, Picture, Table, Tone

_DIGITS = "〇一二三四五六七八九"


def part_label(number: int, lang: Lang) -> str:
    """Return the number of a part as it stands before its title.

    Official papers count their first level as 一、二、三 (GB/T 9704-2012, 7.3.3).

    Examples
    --------
    >>> part_label(3, "en"), part_label(3, "zh"), part_label(10, "zh"), part_label(14, "zh")
    ('3', '三、', '十、', '十四、')
    >>> part_label(20, "zh"), part_label(21, "zh")
    ('二十、', '二十一、')
    """
    if lang == "en" or not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    ten = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return f"{ten}{_DIGITS[ones] if ones else ''}、"


def part_title(part: Part, lang: Lang) -> str:
    """Return a part's number and title as one line.

    Examples
    --------
    >>> part_title(Part(number=2, title="依据", blocks=()), "zh")
    '二、依据'
    """
    return f"{part_label(part.number, lang)}{' ' if lang == 'en' else ''}{part.title}"


def heading_levels(part: Part) -> list[int]:
    """Return the level of each block that is a heading, 0 of the others.

    No level is left out on the way down: a screen reader would look for it.

    Examples
    --------
    >>> deep = (Heading(text="a", level=3), Heading(text="b", level=3), Heading(text="c"))
    >>> heading_levels(Part(number=1, title="", blocks=deep))
    [2, 3, 2]
    """
    levels, last = [], 1
    for block in part.blocks:
        if isinstance(block, Heading):
            last = min(block.level, last + 1)
        levels.append(last if isinstance(block, Heading) else 0)
    return levels


def table_label(table: Table, speak: Speaker) -> str:
    """Return what a table is called: "Table T1"."""
    return speak(say("Table {id}", id=table.id))


def picture_label(picture: Picture, speak: Speaker) -> str:
    """Return what a picture is called: "Figure M1"."""
    return speak(say("Figure {id}", id=picture.id))


def tone_label(tone: Tone, speak: Speaker) -> str:
    """Return the word that stands before a paragraph that is not plain; "" for a plain one."""
    words = {
        "plain": "",
        "note": speak(say("Note")),
        "warning": speak(say("Warning")),
        "assumed": speak(say("Assumed")),
        "law": speak(say("Law")),
    }
    return words[tone]


def front_facts(front: Front, speak: Speaker) -> list[tuple[str, str]]:
    """Return what stands on the cover about the document; a blank line where it is to be filled in."""
    blank = "_" * 16
    facts = [
        (speak(say("Who decides")), front.authority or blank),
        (speak(say("Document number")), front.document_no or blank),
        (speak(say("Rules and version")), front.rules or blank),
    ]
    return [*facts, (speak(say("Draft")), front.draft)] if front.draft else facts


def running_lines(front: Front, speak: Speaker) -> dict[str, str]:
    """Return what every page says: its head on both sides, and its foot."""
    number = front.document_no or speak(say("No. {blank}", blank="_" * 8))
    authority = front.authority or "_" * 8
    return {
        "title": front.title,
        "marks": " · ".join([*front.marks, *([front.draft] if front.draft else [])]),
        "number": number,
        "who": speak(say("Decided by: {who}", who=authority)),
        "rules": speak(say("Rules: {rules}", rules=front.rules or "_" * 8)),
        "advice": front.advice,
    }


def heading_rows(table: Table) -> list[list[tuple[str, int, int, int]]]:
    """Return the one or two rows of a table's headings.

    Returns
    -------
    list of rows of (words, columns spanned, rows spanned, number of the column)
        The number is -1 for a heading over several columns.
    """
    if not any(column.group for column in table.columns):
        return [[(column.title, 1, 1, at) for at, column in enumerate(table.columns)]]
    upper: list[tuple[str, int, int, int]] = []
    lower: list[tuple[str, int, int, int]] = []
    for group, numbers in column_groups(table):
        if group:
            upper.append((group, len(numbers), 1, -1))
            lower += [(table.columns[at].title, 1, 1, at) for at in numbers]
        else:
            upper += [(table.columns[at].title, 1, 2, at) for at in numbers]
    return [upper, lower]


def cells_shown(table: Table, lang: Lang) -> list[list[str]]:
    """Return the rows of a table as they are shown; what is to be filled in by hand is blank, no dash.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from simulate.dossier.model import Column
    >>> columns = (Column(key="a", title="a", kind="integer"), Column(key="b", title="b", kind="integer"))
    >>> table = Table(id="x", title="", columns=columns, rows=((1200, None),), keys=("1",))
    >>> cells_shown(table, "en"), cells_shown(replace(table, form=True), "en")
    ([['1,200', '–']], [['1,200', '']])
    """
    return [
        [
            "" if table.form and value is None else shown(value, column, lang)
            for value, column in zip(row, table.columns, strict=True)
        ]
        for row in table.rows
    ]


def tidy(text: str) -> str:
    r"""Return a text without what draws nothing: controls, byte order marks, zero-width joiners.

    They are left-overs of other programs in names; a font has no shape for them.

    Examples
    --------
    >>> tidy("东方\u200b小学\ufeff\x07"), tidy("a\tb")
    ('东方小学', 'a b')
    """
    kept = (ch for ch in text.replace("\t", " ") if ch == "\n" or not _draws_nothing(ch))
    return "".join(kept)


def _draws_nothing(character: str) -> bool:
    category = unicodedata.category(character)
    return category in {"Cc", "Cf", "Cs"} or "\ufe00" <= character <= "\ufe0f"


def column_groups(table: Table) -> Iterator[tuple[str, list[int]]]:
    """Walk through the headings over columns side by side, "" for none, and the numbers of the columns."""
    group, numbers = table.columns[0].group, [0]
    for at, column in enumerate(table.columns[1:], start=1):
        if column.group == group:
            numbers.append(at)
        else:
            yield group, numbers
            group, numbers = column.group, [at]
    yield group, numbers
