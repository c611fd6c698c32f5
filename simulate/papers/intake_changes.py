"""What differs from last year in the table of intake and catchments: by school, and rule by rule."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from geodata import City
from geodata.messages import Speaker, say
from geodata.scope.redline import redline
from geodata.scope.rules import ScopeRule
from geodata.scope.telling import changes_table
from simulate.dossier.model import Block, Column, Heading, Paragraph, Table, Value
from simulate.papers.listing import Listed, whole_number
from simulate.papers.marking import marked


def since_blocks(old: Listed, city: City, now: Listed, speak: Speaker) -> list[Block]:
    """Return what differs from last year: school by school with the text marked, then rule by rule.

    Parameters
    ----------
    old : Listed
        Last year's schools.
    city : City
        Of last year.
    now : Listed
    speak : Speaker
    """
    year = city.project.project.year
    title = speak(say("Compared with {year}", year=year))
    rules = {holder: scope.rules(holder) for holder, scope in old.scopes.items()}
    after = {holder: scope.rules(holder) for holder, scope in now.scopes.items()}
    rows, keys = _differing(old, rules, now, after, speak)
    if not rows:
        same = speak(say("Classes, seats and scopes are those of {year}.", year=year))
        return [Heading(text=title), Paragraph(text=same)]
    signs = speak(
        say(
            "Signs: {added} has come in, {removed} is no longer there; all else is as it was.",
            added=speak(say("[added: {words}]", words="…")),
            removed=speak(say("[removed: {words}]", words="…")),
        )
    )
    before = speak(say("Before"))
    later = speak(say("Now"))
    columns = (
        Column(key="school", title=speak(say("School")), weight=1.6),
        Column(key="what", title=speak(say("What is new")), weight=1.2),
        Column(key="classes_before", title=speak(say("Classes")), kind="integer", group=before),
        Column(key="seats_before", title=speak(say("Seats")), kind="integer", group=before),
        Column(key="classes", title=speak(say("Classes")), kind="integer", group=later),
        Column(key="seats", title=speak(say("Seats")), kind="integer", group=later),
        Column(key="scope", title=speak(say("Scope, with what came and went")), weight=7),
    )
    table = Table(id="2", title=title, columns=columns, rows=tuple(rows), keys=tuple(keys), notes=(signs,))
    return [Heading(text=title), table, *_rule_table(rules, after, {**_called(old), **_called(now)}, speak)]


def _called(of: Listed) -> dict[str, str]:
    return dict(zip(of.schools["school_id"], of.schools["name"].astype(str), strict=True))


def _differing(
    old: Listed,
    rules: dict[str, list[ScopeRule]],
    now: Listed,
    after: dict[str, list[ScopeRule]],
    speak: Speaker,
) -> tuple[list[tuple[Value, ...]], list[str]]:
    before, later = (one.schools.set_index("school_id") for one in (old, now))
    names = {**_called(old), **_called(now)}
    order = [
        *now.schools["school_id"],
        *(one for one in old.schools["school_id"] if one not in later.index),
    ]
    rows: list[tuple[Value, ...]] = []
    keys = []
    for school in order:
        own, new = rules.get(school, []), after.get(school, [])
        counts = [_counts(table, school) for table in (before, later)]
        moved = bool(redline(own, new))
        what = _what(counts, moved, (_there(before, school), _there(later, school)), speak)
        if what:
            text = marked(own, new, speak) if moved else ""
            rows.append((names[school], what, *counts[0], *counts[1], text))
            keys.append(school)
    return rows, keys


def _there(table: pd.DataFrame, school: str) -> bool:
    return school in table.index and bool(table.loc[school, "offers"])


def _counts(table: pd.DataFrame, school: str) -> tuple[int | None, int | None]:
    if not _there(table, school):
        return None, None
    return whole_number(float(table.loc[school, "classes"])), whole_number(
        float(table.loc[school, "seats"])
    )


def _what(
    counts: Sequence[tuple[int | None, int | None]], moved: bool, there: tuple[bool, bool], speak: Speaker
) -> str:
    if there == (False, True):
        return speak(say("school added"))
    if there == (True, False):
        return speak(say("school dropped"))
    said = []
    if counts[0][0] != counts[1][0]:
        said.append(say("classes changed"))
    elif counts[0][1] != counts[1][1]:
        said.append(say("seats changed"))
    if moved:
        said.append(say("scope changed"))
    return speak.joined(map(speak, said))


def _rule_table(
    rules: dict[str, list[ScopeRule]],
    after: dict[str, list[ScopeRule]],
    names: dict[str, str],
    speak: Speaker,
) -> list[Block]:
    """Return the changes rule by rule: what moved from one school to another shows as one row."""
    flat = [[rule for own in side.values() for rule in own] for side in (rules, after)]
    frame = changes_table(redline(*flat), speak)
    if len(frame) == 0:
        return []
    for at in (1, 2):
        frame.isetitem(at, frame.iloc[:, at].map(lambda holder: names.get(holder, holder)))
    weights = (1, 1.4, 1.4, 1, 1, 2.5, 2.5, 1)
    # a notice without streets and communities has columns with nothing in them
    told = [at for at in range(len(weights)) if (frame.iloc[:, at] != "").any()]
    columns = tuple(Column(key=f"c{at}", title=str(frame.columns[at]), weight=weights[at]) for at in told)
    frame = frame.iloc[:, told]
    return [
        Table(
            id="3",
            title=speak(say("Changes of the scopes, rule by rule")),
            columns=columns,
            rows=tuple(frame.itertuples(index=False, name=None)),
            keys=tuple(map(str, range(len(frame)))),
        )
    ]
