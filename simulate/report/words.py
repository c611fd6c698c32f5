"""Names of a report's things in the reader's language, and how numbers are written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from geodata.messages import Speaker, Text, say
from simulate.filings import AMEND
from simulate.order_keys import NO_TITLES, key_name
from simulate.policy import Mechanism, Policy

MECHANISMS: Mapping[str, Text] = {
    "fill": say("filled in order"),
    "random-seats": say("seats drawn by lot"),
    "immediate-acceptance": say("by choice round, each seat final at once"),
    "parallel": say("in bands of choices, final after each band"),
    "deferred-acceptance": say("deferred acceptance: nothing is final until nobody is refused any more"),
    "least-travel": say("the least total of travel"),
}
CHOOSE: Mapping[str, Text] = {
    "choices": say("in order, each takes the first free choice"),
    "nearest": say("in order, each takes the nearest free seat"),
}
WHEN_FULL: Mapping[str, Text] = {
    "next": say("those left go on to the next stage"),
    "over": say("those left are seated above the intake, and recorded"),
    "not-admitted": say("those left are not admitted"),
}


def number(value: Any) -> str:
    """Return a whole number with thousands apart; a dash where there is none.

    Examples
    --------
    >>> number(70000), number(None)
    ('70,000', '–')
    """
    return "–" if value is None or pd.isna(value) else f"{int(value):,}"


def share(part: float, whole: float) -> str:
    """Return a share as per cent with one decimal; a dash of nothing.

    Examples
    --------
    >>> share(1, 3), share(0, 0)
    ('33.3%', '–')
    """
    return "–" if not whole else f"{part / whole:.1%}"


def kilometres(metres: Any) -> str:
    """Return metres as kilometres with one decimal below ten; a dash where unknown.

    Examples
    --------
    >>> kilometres(1234), kilometres(23456)
    ('1.2', '23')
    """
    if metres is None or pd.isna(metres):
        return "–"
    km = float(metres) / 1000
    return f"{km:.1f}" if km < 10 else f"{km:.0f}"


def metres_words(metres: int) -> Text:
    """Return a distance as people say it.

    Examples
    --------
    >>> str(metres_words(380)), str(metres_words(1240))
    ('380 m', '1.2 km')
    """
    return say("{n} m", n=metres) if metres < 1000 else say("{n} km", n=kilometres(metres))


def cut_off(text: object, speak: Speaker, titles: Mapping[str, str] = NO_TITLES) -> str:
    """Return a cut-off as words: the group where a stage has several, and the first key that says much.

    A yes or no about the pair (own zone, sibling) stands there only where it is a yes, and what follows it
    too. The ticket is left out: it decides ties, and says nothing to a reader of the table.

    Parameters
    ----------
    text : str or missing
        As the ledger has it: JSON, key to value.
    titles : mapping of str to str
        The titles of items by id.
    """
    if not isinstance(text, str):
        return "–"
    values: dict[str, Any] = json.loads(text)
    shown = [speak(say("group {n}", n=values["claim"]))] if "claim" in values else []
    names = [
        name for name, value in values.items() if name not in ("ticket", "claim") and value is not None
    ]
    for name in names:
        if name not in ("own-zone", "sibling"):
            shown.append(_last_one(name, values[name], speak, titles))
            break
        if values[name]:
            shown.append(speak(key_name(name)))
    else:
        shown.append(speak(say("by lot")))
    return " · ".join(shown)


def _last_one(name: str, value: Any, speak: Speaker, titles: Mapping[str, str]) -> str:
    if name == "distance":
        return speak(say("last distance offered {away}", away=metres_words(int(value))))
    return f"{speak(key_name(name, titles))} {_plain(value)}"


def order_words(order: list[str], speak: Speaker, titles: Mapping[str, str] = NO_TITLES) -> str:
    """Return an order as words: "points, most first; ticket"."""
    shown = []
    for key in order:
        name, _, direction = key.partition(" ")
        word = speak(key_name(name, titles))
        if name == "home" and direction == "desc":
            word = speak(say("own home before none"))
        elif name in ("own-zone", "sibling") and direction == "desc":
            word = speak(say("{key} first", key=word))
        elif name == "distance" and direction == "asc":
            word = speak(say("{key}, nearest first", key=word))
        elif direction == "desc":
            word = speak(say("{key}, most first", key=word))
        elif name in ("settled_on", "parent_settled_on"):
            word = speak(say("{key}, earliest first", key=word))
        elif direction == "asc":
            word = speak(say("{key}, least first", key=word))
        shown.append(word)
    return speak.listed(shown)


def mechanism_words(mechanism: Mechanism) -> Text:
    """Return how a stage gives its seats."""
    if mechanism.name == "serial-dictatorship" and mechanism.choose:
        return CHOOSE[mechanism.choose]
    if mechanism.choose == "nearest":
        return say("{mechanism}; the nearest school is preferred", mechanism=MECHANISMS[mechanism.name])
    return MECHANISMS[mechanism.name]


def reach_words(where: str, zone: str) -> Text:
    """Return where a stage looks for seats."""
    known = {
        "own-zone": say("own {zone}", zone=zone),
        "own-district": say("own district"),
        "other-districts": say("other districts"),
        "city": say("the whole city"),
        "listed": say("listed schools"),
        "own-street": say("own street"),
        "fed": say("the school that the present one feeds"),
        "sibling": say("the school of a sibling"),
    }
    return known[where]


def category_titles(policy: Policy, speak: Speaker) -> dict[str, str]:
    """Return the titles of a policy's categories by id."""
    return {part.id: speak.choose(part.title.model_dump()) for part in policy.category}


def item_titles(policy: Policy, speak: Speaker) -> dict[str, str]:
    """Return the titles of the items that a policy's orders may read, by id."""
    return {item: speak.choose(title.model_dump()) for item, title in policy.titles_of_items().items()}


def stage_titles(policy: Policy, speak: Speaker) -> dict[str, str]:
    """Return the titles of a policy's stages by id, and of what comes after publication."""
    titles = {part.id: speak.choose(part.title.model_dump()) for part in policy.stage}
    return {**titles, AMEND: speak(say("after publication"))}


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
