"""What was found wrong, in plain sentences, and what was checked."""

from __future__ import annotations

from collections import Counter

from geodata.messages import Text, say

MOST_KEPT = 1_000
"""Findings of one kind that are kept; the others are counted: a wrong city must stay small in memory."""


class Findings:
    """Findings as they come in; a class, because every check adds to the one list."""

    def __init__(self) -> None:
        self._kept: list[Text] = []
        self._kinds: Counter[str] = Counter()
        self._checks: dict[str, tuple[Text, int]] = {}

    def add(self, finding: Text) -> None:
        """Keep a finding, unless there are very many of its kind already."""
        self._kinds[finding.msgid] += 1
        if self._kinds[finding.msgid] <= MOST_KEPT:
            self._kept.append(finding)

    def checked(self, what: Text, count: int) -> None:
        """Say that so many things of a kind were checked; the same kind again adds up."""
        before = self._checks.get(str(what), (what, 0))[1]
        self._checks[str(what)] = (what, before + count)

    @property
    def checks(self) -> tuple[tuple[Text, int], ...]:
        """What was checked, and how many of each kind."""
        return tuple(self._checks.values())

    @property
    def all(self) -> tuple[Text, ...]:
        """Every finding that was kept, and how many of a kind were not."""
        first = {finding.msgid: finding for finding in reversed(self._kept)}
        more = [
            say("{n} more findings like this one: {finding}", n=n - MOST_KEPT, finding=first[kind])
            for kind, n in self._kinds.items()
            if n > MOST_KEPT
        ]
        return (*self._kept, *more)


def shown(value: object) -> object:
    """Return a value as a sentence shows it; nothing is said in words."""
    if value is None:
        return say("nothing")
    if value is True or value is False:
        return say("yes") if value else say("no")
    return value
