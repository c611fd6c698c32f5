"""The keys by which orders sort: of the child, of the pair of child and school, and the ticket."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from geodata.messages import Text, say
from geodata.toml import WrongValueError

CHILD_KEYS = ("points", "home", "insurance_months", "residence_days", "settled_on", "parent_settled_on")
ITEM = "item:"
"""Stands before the id of an item of the points schedule: a child's points for that item alone."""
PAIR_KEYS = ("own-zone", "sibling", "distance")
TICKET = "ticket"
KEY_NAMES: dict[str, Text] = {
    "points": say("points"),
    "home": say("own home"),
    "insurance_months": say("months of insurance"),
    "residence_days": say("days of residence"),
    "settled_on": say("settled on"),
    "parent_settled_on": say("parent settled on"),
    "own-zone": say("own zone"),
    "sibling": say("a sibling there"),
    "distance": say("distance"),
    "ticket": say("ticket"),
}


NO_TITLES: Mapping[str, str] = MappingProxyType({})
"""Titles of items where nobody knows any."""


def key_name(key: str, titles: Mapping[str, str] = NO_TITLES) -> Text:
    """Return the name of a key for people; of an item, its title, or its id where it has none.

    Parameters
    ----------
    key : str
        A key of the child or of the pair, or the ticket.
    titles : mapping of str to str
        The titles of items by id, in the reader's language (`simulate.report.words.item_titles`).

    Examples
    --------
    >>> str(key_name("item:permit", {"permit": "residence permit"})), str(key_name("item:permit"))
    ('points for residence permit', 'points for permit')
    """
    if key.startswith(ITEM):
        item = key.removeprefix(ITEM)
        return say("points for {item}", item=titles.get(item, item))
    return KEY_NAMES[key]


def checked_order(order: list[str], known: tuple[str, ...]) -> list[str]:
    """Return an order if it is a chain of known keys that ends with the ticket; WrongValueError if not."""
    for key in order[:-1]:
        name, _, direction = key.partition(" ")
        item = re.fullmatch(rf"{ITEM}[\w-]+", name) is not None
        if (name not in known and not item) or direction not in ("asc", "desc"):
            raise WrongValueError(
                say(
                    "{key!s} is no key; allowed: {allowed}, each with asc or desc",
                    key=repr(key),
                    allowed=", ".join([*known, f"{ITEM}…"]),
                )
            )
    if order[-1] != TICKET:
        raise WrongValueError(say('an order ends with "ticket", so that it decides every tie'))
    names = [key.partition(" ")[0] for key in order]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise WrongValueError(say("{ids} stands twice", ids=", ".join(twice)))
    return order
