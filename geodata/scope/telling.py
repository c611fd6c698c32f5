"""Findings and changes in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

from geodata.messages import Speaker, Text, say
from geodata.scope.coverage import Finding, Run
from geodata.scope.redline import Change
from geodata.scope.rules import KINDS, ScopeRule
from geodata.scope.tables import COLUMNS, KIND_WORDS
from geodata.scope.writing import clause_of

FINDING_WORDS: Mapping[str, Text] = {
    "open": say("left open"),
    "open-roads": say("roads that are not named: left open"),
    "twice": say("given twice"),
    "together": say("given whole to several together"),
    "conditional": say("a condition decides, not the number"),
    "not-excepted": say("named by one, not excepted by the other"),
}
CHANGE_WORDS: Mapping[str, Text] = {
    "added": say("rule added"),
    "removed": say("rule removed"),
    "changed": say("rule changed"),
    "moved": say("rule moved"),
}


def runs_in_words(runs: Sequence[Run], speak: Speaker) -> str:
    """Return house numbers in words.

    Examples
    --------
    >>> from geodata.messages import speaker
    >>> runs_in_words([Run(1, 1, "all"), Run(7, 25, "odd")], speaker("en"))
    '1, 7-25 (odd)'
    """
    return speak(say(", ")).join(_run(run, speak) for run in runs)


def _run(run: Run, speak: Speaker) -> str:
    if run.first == run.last:
        return str(run.first)
    ends = {"first": run.first, "last": run.last}
    if run.parity == "odd":
        return speak(say("{first}-{last} (odd)", **ends))
    if run.parity == "even":
        return speak(say("{first}-{last} (even)", **ends))
    return f"{run.first}-{run.last}"


def coverage_table(findings: Sequence[Finding], speak: Speaker) -> pd.DataFrame:
    """Return findings as a table, a row a finding, in a language."""
    rows = [
        (
            speak(FINDING_WORDS[one.kind]),
            one.street,
            one.community,
            one.road,
            _numbers(one, speak),
            speak(say(", ")).join(one.holders),
            one.condition,
        )
        for one in findings
    ]
    headings = (
        say("what is so"),
        COLUMNS["street"],
        COLUMNS["community"],
        COLUMNS["road"],
        say("house numbers (1-2000)"),
        say("schools or units"),
        COLUMNS["condition"],
    )
    return pd.DataFrame(rows, columns=[speak(text) for text in headings], dtype="str")


def _numbers(one: Finding, speak: Speaker) -> str:
    words = runs_in_words(one.runs, speak)
    return (
        words if one.sub is None else speak(say("{numbers}, sub-number {sub}", numbers=words, sub=one.sub))
    )


def changes_table(changes: Sequence[Change], speak: Speaker) -> pd.DataFrame:
    """Return changes as a table, a row a change, in a language."""
    rows = []
    for one in changes:
        shown = one.new or one.old
        assert shown is not None
        rows.append(
            (
                speak(CHANGE_WORDS[one.kind]),
                "" if one.old is None else one.old.holder,
                "" if one.new is None else one.new.holder,
                shown.street,
                shown.community,
                "" if one.old is None else _clause(one.old, speak),
                "" if one.new is None else _clause(one.new, speak),
                speak(say(", ")).join(speak(COLUMNS[name]) for name in one.fields),
            )
        )
    headings = (
        say("change"),
        say("holder before"),
        say("holder after"),
        COLUMNS["street"],
        COLUMNS["community"],
        say("clause before"),
        say("clause after"),
        say("what differs"),
    )
    return pd.DataFrame(rows, columns=[speak(text) for text in headings], dtype="str")


def _clause(rule: ScopeRule, speak: Speaker) -> str:
    words = speak(KIND_WORDS["rest"]) if rule.kind == "rest" else clause_of(rule)
    return speak(say("except {clause}", clause=words)) if rule.excepted else words


def kinds_in_words(rules: Sequence[ScopeRule], speak: Speaker) -> str:
    """Return how many rules there are of each kind."""
    counts = Counter(rule.kind for rule in rules)
    return speak(say(", ")).join(
        f"{speak(KIND_WORDS[kind])} {counts[kind]}" for kind in KINDS if counts[kind]
    )


def unread_lines(rules: Sequence[ScopeRule], speak: Speaker) -> list[str]:
    """Return a line for each clause that was not understood."""
    return [
        speak(
            say("not understood: {clause} ({holder})", clause=rule.text or rule.before, holder=rule.holder)
        )
        for rule in rules
        if rule.kind == "unread"
    ]
