"""What a bureau writes into the head of every page: who decides, and the number of the document."""

from __future__ import annotations

from collections.abc import Mapping

from geodata.errors import DataError, Fault
from geodata.identity import holds_number_of_a_person
from geodata.messages import say

MOST_HEADING = 80
"""Most characters of either: they stand on every page."""


def check_heading(texts: Mapping[str, str]) -> None:
    """Refuse what cannot stand at the head of a page, or on a map.

    Parameters
    ----------
    texts : mapping of str to str
        What was given, by the option that gave it.

    Raises
    ------
    DataError
        If a text is too long, has a sign that does not print, or holds a number of a person.
    """
    faults = []
    for option, text in texts.items():
        if len(text) > MOST_HEADING:
            allowed = say("at most {most} characters; there are {n}", most=MOST_HEADING, n=len(text))
            faults.append(Fault(file=option, allowed=allowed, remedy=say("shorten it")))
        if not text.replace("\u3000", " ").isprintable():
            allowed = say("one line of signs that print")
            faults.append(Fault(file=option, allowed=allowed, remedy=say("correct it")))
        if holds_number_of_a_person(text):
            allowed = say("no identity, telephone or permit number: the dossier is published")
            faults.append(Fault(file=option, allowed=allowed, remedy=say("delete the number")))
    if faults:
        raise DataError(faults)
