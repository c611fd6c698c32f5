"""What a popup says: plain words in rows; the page sets them as text, never as HTML."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from geodata.messages import Speaker, Text, say

Row = tuple[Text | str, object]
_MOST_LISTED = 20


def card(
    speak: Speaker, title: str, kind: str, rows: Iterable[Row], notes: Iterable[Text] = ()
) -> dict[str, Any]:
    """Return a popup: its title, what kind of thing it is, rows of a label and a value, notes.

    A row whose value is blank is left out; a list is shown as a list, cut after some items.
    """
    shown: list[list[object]] = []
    for label, value in rows:
        if isinstance(value, list):
            if value:
                shown.append([_words(speak, label), _cut(speak, value)])
        elif not blank(value):
            shown.append([_words(speak, label), _words(speak, value)])
    return {"title": title, "kind": kind, "rows": shown, "notes": [speak(note) for note in notes]}


def name_of(row: Any, key: str) -> str:
    """Return the name of a row, or else its id."""
    return str(row[key]) if blank(row["name"]) else str(row["name"])


def count(value: object) -> str:
    """Return a number of children or seats as people write it: 12,345; blank where unknown.

    Examples
    --------
    >>> count(1234.6), count(None)
    ('1,235', '')
    """
    return "" if blank(value) else f"{round(float(str(value))):,}"


def blank(value: object) -> bool:
    """Whether a cell holds nothing."""
    return value is None or bool(pd.isna(value)) or value == ""


def _words(speak: Speaker, value: object) -> str:
    # a plain string comes from the data, and may hold braces: it is never a message
    return speak(value) if isinstance(value, Text) else str(value)


def _cut(speak: Speaker, items: list[str]) -> list[str]:
    if len(items) <= _MOST_LISTED:
        return items
    more = speak(say("and {n} more", n=len(items) - _MOST_LISTED))
    return [*items[:_MOST_LISTED], more]
