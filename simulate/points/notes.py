"""Why something did not count: codes for machines, as JSON, and words for people."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from geodata.messages import Speaker, Text, say
from simulate.points.items import Fact
from simulate.points.spells import Ints

Texts = npt.NDArray[np.object_]
UNITS: dict[str, Text] = {
    "months": say("months"),
    "days": say("days"),
    "units": say("units"),
    "points": say("points"),
    "rows": say("entries"),
}


def decimal_texts(numbers: Ints, decimals: int) -> Texts:
    """Return whole numbers of the last decimal as decimal numbers.

    Examples
    --------
    >>> decimal_texts(np.array([1633, 5]), 2).tolist(), decimal_texts(np.array([7]), 0).tolist()
    (['16.33', '0.05'], ['7'])
    """
    texts = [str(number).zfill(decimals + 1) for number in numbers.tolist()]
    if decimals:
        texts = [f"{text[:-decimals]}.{text[-decimals:]}" for text in texts]
    return np.array(texts, dtype=object)


class Notes:
    """Entries of what did not count, gathered for one item over all children."""

    def __init__(self, children: int) -> None:
        self._texts = np.full(children, "", dtype=object)

    def add(self, where: npt.NDArray[np.bool_] | Ints, why: str, **more: str | int) -> None:
        """Add an entry without an amount."""
        self._append(where, json.dumps({"why": why, **more}, ensure_ascii=False))

    def amount(self, amounts: Ints, why: str, unit: str, *, decimals: int = 0) -> None:
        """Add an entry with an amount wherever it is above 0; `decimals` where it is of the last one."""
        at = np.flatnonzero(amounts > 0).astype(np.int64)
        # few amounts are different, and a text is made once for each
        distinct, of = np.unique(amounts[at], return_inverse=True)
        texts = decimal_texts(distinct, decimals)
        entries = [f'{{"why": "{why}", "amount": {text}, "unit": "{unit}"}}' for text in texts]
        if entries:
            self._append(at, np.array(entries, dtype=object)[of])

    def _append(self, where: npt.NDArray[np.bool_] | Ints, entry: str | Texts) -> None:
        before = self._texts[where]
        self._texts[where] = np.where(before == "", "", before + ", ") + entry

    def texts(self) -> Texts:
        """Return for each child a JSON list, shape (children,)."""
        return np.asarray("[" + self._texts + "]", dtype=object)


def entries_of(text: str) -> list[dict[str, object]]:
    """Return the entries of a JSON list, an amount as the text it has there.

    Examples
    --------
    >>> entries_of('[{"why": "cap", "amount": 2.50, "unit": "points"}]')
    [{'why': 'cap', 'amount': '2.50', 'unit': 'points'}]
    """
    found: list[dict[str, object]] = json.loads(text, parse_float=str, parse_int=str)
    return found


def words_of(text: str, facts: Mapping[str, Fact], speak: Speaker) -> str:
    """Return a JSON list of entries in words."""
    return speak(say("; ")).join(speak(_words(entry, facts, speak)) for entry in entries_of(text))


def _words(entry: dict[str, object], facts: Mapping[str, Fact], speak: Speaker) -> Text:
    why = str(entry["why"])
    if why == "condition":
        fact = facts.get(str(entry["fact"]))
        name = str(entry["fact"]) if fact is None else speak.choose(fact.title.model_dump())
        return _LEVEL_WORDS[str(entry["level"])](name)
    if why == "no-class":
        return say("of no class")
    return _AMOUNT_WORDS[why](entry["amount"], UNITS[str(entry["unit"])])


_LEVEL_WORDS = {
    "no-fact": lambda fact: say("{fact}: nothing stated", fact=fact),
    "district": lambda fact: say(
        "{fact}: not in the district of the home, or no district stated", fact=fact
    ),
    "value": lambda fact: say("{fact}: not what the rule asks for", fact=fact),
    "time": lambda fact: say("{fact}: not at the time, or not for as long, as the rule asks", fact=fact),
}
_AMOUNT_WORDS = {
    "district": lambda n, unit: say(
        "{n} {unit} not in the district of the home, or with no district stated", n=n, unit=unit
    ),
    "value": lambda n, unit: say("{n} {unit} whose value is not what the rule asks for", n=n, unit=unit),
    "marked": lambda n, unit: say(
        "{n} {unit} that the rule leaves out (such as back-paid)", n=n, unit=unit
    ),
    "after-day": lambda n, unit: say("{n} {unit} reach past the last day that counts", n=n, unit=unit),
    "part-month": lambda n, unit: say("{n} {unit} that are not whole", n=n, unit=unit),
    "first-units": lambda n, unit: say("the first {n} {unit}", n=n, unit=unit),
    "remainder": lambda n, unit: say("{n} {unit} short of a whole step", n=n, unit=unit),
    "cap": lambda n, unit: say("{n} {unit} over the cap", n=n, unit=unit),
    "group": lambda n, unit: say("{n} {unit} that do not add up with other items", n=n, unit=unit),
}
