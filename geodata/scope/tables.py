"""Rules as a table that a person can edit: a row a rule, headings and words in their language.

A table is read in either language, whichever it was written in. The pieces of the text (the last four
columns) need not be touched: what is edited in the other columns is written anew (`geodata.scope.writing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from geodata.errors import DataError, Fault
from geodata.messages import LANGS, Speaker, Text, say, speaker
from geodata.reading.files import read_rows
from geodata.reading.raw import RawTable
from geodata.scope.names import normal
from geodata.scope.rules import ScopeRule

COLUMNS: Mapping[str, Text] = {
    "holder": say("holder (school or unit)"),
    "part": say("part"),
    "kind": say("kind of rule"),
    "street": say("street office"),
    "community": say("community"),
    "of_road": say("branches from road"),
    "road": say("road"),
    "estate": say("estate"),
    "from_no": say("from number"),
    "to_no": say("to number"),
    "from_sub": say("from sub-number"),
    "to_sub": say("to sub-number"),
    "parity": say("odd or even"),
    "excepted": say("excepted"),
    "condition": say("condition"),
    "heading": say("text: heading"),
    "before": say("text: before"),
    "text": say("text: clause"),
    "after": say("text: after"),
}
KIND_WORDS: Mapping[str, Text] = {
    "street": say("whole street office"),
    "community": say("whole community"),
    "village": say("whole village"),
    "road": say("whole road"),
    "numbers": say("house numbers"),
    "estate": say("named estate"),
    "rest": say("rest of the community"),
    "villagers": say("villagers"),
    "prose": say("boundary in words"),
    "note": say("how admission goes"),
    "unread": say("not understood"),
}
PARITY_WORDS: Mapping[str, Text] = {
    "all": say("all numbers"),
    "odd": say("odd numbers"),
    "even": say("even numbers"),
}
EXCEPTED_WORDS: Mapping[str, Text] = {"yes": say("yes, taken out"), "no": say("no, included")}
NUMBERS = ("part", "from_no", "to_no", "from_sub", "to_sub")


def rules_table(rules: Sequence[ScopeRule], speak: Speaker | None = None) -> pd.DataFrame:
    """Return rules as a table, a row a rule.

    Parameters
    ----------
    rules : sequence of ScopeRule
    speak : Speaker, optional
        Puts headings and words into a language; without it they are the names of `ScopeRule`'s fields and
        values.

    Returns
    -------
    DataFrame
        Numbers are nullable integers.
    """
    table = pd.DataFrame({name: [getattr(rule, name) for rule in rules] for name in COLUMNS})
    for name in NUMBERS:
        table[name] = table[name].astype("Float64").astype("Int64")
    if speak is None:
        return table
    table["excepted"] = table["excepted"].map({True: "yes", False: "no"})
    for name, words in _WORDS.items():
        table[name] = table[name].map({value: speak(text) for value, text in words.items()}).astype("str")
    return table.set_axis([speak(text) for text in COLUMNS.values()], axis="columns")


_WORDS = {"kind": KIND_WORDS, "parity": PARITY_WORDS, "excepted": EXCEPTED_WORDS}


def read_rules(path: Path) -> list[ScopeRule]:
    """Read a table of rules from a file (CSV or Excel).

    Raises
    ------
    DataError
        All that is wrong in it, by row.
    """
    return rules_of_table(read_rows(path))


def rules_of_table(raw: RawTable) -> list[ScopeRule]:
    """Return the rules of a table, in the order of its rows.

    Raises
    ------
    DataError
        A missing or unknown column, a value that is none, numbers that do not fit together.
    """
    faults: list[Fault] = []
    cells = _renamed(raw, faults)
    if faults:
        raise DataError(faults)
    values: dict[str, list[object]] = {name: cells[name].tolist() for name in COLUMNS}
    shown = {name: str(raw.cells.columns[place]) for place, name in enumerate(cells.columns)}
    for name, words in _WORDS.items():
        values[name] = _values(raw, cells[name], shown[name], words, faults)
    for name in NUMBERS:
        values[name] = _integers(raw, cells[name], shown[name], faults)
    if faults:
        raise DataError(faults)
    values["excepted"] = [value == "yes" for value in values["excepted"]]
    rows = [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]
    for number, row in zip(raw.rows.tolist(), rows, strict=True):
        faults.extend(_misfits(raw.file, int(number), row, shown))
    if faults:
        raise DataError(faults)
    return [ScopeRule(**row) for row in rows]


def _renamed(raw: RawTable, faults: list[Fault]) -> pd.DataFrame:
    """Return the cells with the names of the fields, whichever language the headings are in."""
    names = {name: name for name in COLUMNS}
    for lang in LANGS:
        speak = speaker(lang)
        names |= {normal(speak(text)): name for name, text in COLUMNS.items()}
    there = [names.get(normal(str(heading))) for heading in raw.cells.columns]
    for heading, name in zip(raw.cells.columns, there, strict=True):
        if name is None or there.count(name) > 1:
            allowed = say("the columns of a rule table, each once")
            remedy = say("remove the column, or write its heading as it was")
            faults.append(Fault(file=raw.file, row=1, column=str(heading), allowed=allowed, remedy=remedy))
    faults.extend(
        Fault(file=raw.file, row=1, column=name, allowed=say("this column of a rule table is missing"))
        for name in COLUMNS
        if name not in there
    )
    return raw.cells if faults else raw.cells.set_axis(there, axis="columns")


def _values(
    raw: RawTable, cells: pd.Series, column: str, words: Mapping[str, Text], faults: list[Fault]
) -> list[object]:
    known = {value: value for value in words}
    for lang in LANGS:
        speak = speaker(lang)
        known |= {normal(speak(text)): value for value, text in words.items()}
    # a table without a language has the field itself
    known |= {"true": "yes", "false": "no"} if "yes" in words else {}
    found = [known.get(normal(cell)) for cell in cells]
    allowed = ", ".join(speaker("en")(text) for text in words.values())
    for row, cell, value in zip(raw.rows.tolist(), cells, found, strict=True):
        if value is None:
            one_of = say("one of: {allowed}, or the same in Chinese", allowed=allowed)
            faults.append(Fault(file=raw.file, row=int(row), column=column, found=cell, allowed=one_of))
    return list(found)


def _integers(raw: RawTable, cells: pd.Series, column: str, faults: list[Fault]) -> list[object]:
    text = cells.str.strip().str.replace(r"\.0+$", "", regex=True)
    good = (text == "") | text.str.fullmatch(r"[0-9]{1,6}")
    for row, cell in zip(raw.rows[~good].tolist(), cells[~good], strict=True):
        allowed = say("a whole number of at most six digits, or nothing")
        faults.append(Fault(file=raw.file, row=int(row), column=column, found=cell, allowed=allowed))
    return [int(one) if one and fine else None for one, fine in zip(text, good, strict=True)]


def _misfits(file: str, number: int, row: dict[str, object], shown: Mapping[str, str]) -> list[Fault]:
    """Return what in a row does not fit together."""
    wrong: list[tuple[str, Text]] = []
    first, last = row["from_no"], row["to_no"]
    if not row["holder"]:
        wrong.append(("holder", say("the school or unit that the rule stands under; it is blank")))
    if row["part"] is None:
        wrong.append(("part", say("the number of the part of the holder's text, from 1")))
    if row["kind"] == "numbers":
        if not row["road"]:
            wrong.append(("road", say("the road of the house numbers; it is blank")))
        if not isinstance(first, int) or not isinstance(last, int):
            wrong.append(("from_no", say("both numbers, the first and the last (the same for one number)")))
        elif last < first:
            wrong.append(("to_no", say("a number not below the first, {first}", first=first)))
    elif first is not None or last is not None:
        wrong.append(("from_no", say("nothing: only {kind} have them", kind=KIND_WORDS["numbers"])))
    subs = row["from_sub"], row["to_sub"]
    if subs != (None, None) and (None in subs or first != last or not _ordered(*subs)):
        wrong.append(("from_sub", say("a first and a last sub-number, and only of one house number")))
    return [Fault(file=file, row=number, column=shown[name], allowed=allowed) for name, allowed in wrong]


def _ordered(first: object, last: object) -> bool:
    return isinstance(first, int) and isinstance(last, int) and 1 <= first <= last
