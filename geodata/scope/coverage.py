"""What a notice leaves open and what it gives twice, in each community that stands at several holders.

Every house number of every road that is named there is put through `match_rules`, so that what is said here
is what an address in that community meets. A number may be open in one community and belong to a school by
another: a road goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import pandas as pd

from geodata.scope.matching import match_rules
from geodata.scope.names import community_key, road_key, street_key
from geodata.scope.rules import Parity, ScopeRule

FindingKind = Literal["open", "open-roads", "twice", "together", "conditional", "not-excepted"]
FINDING_KINDS: tuple[FindingKind, ...] = get_args(FindingKind)
LAST_NUMBER = 2000
_COLUMNS = ["text", "street", "community", "of_road", "road", "number", "sub"]
_NAMED = ("road", "numbers", "estate")


@dataclass(frozen=True, slots=True, order=True)
class Run:
    """House numbers from one to another, all, odd or even."""

    first: int
    last: int
    parity: Parity


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that a notice leaves open, or gives to several.

    Parameters
    ----------
    kind : str
        `open`: these numbers are nobody's. `open-roads`: a road that is not named is nobody's. `twice`:
        several holders name them. `together`: the community is given whole to several. `conditional`: a
        condition decides, not the number. `not-excepted`: one holder names them, and another has the
        rest, or the villagers, without excepting them; they are taken to be the first one's.
    street, community, road : str
        `road` is empty where the finding is about the community.
    runs : tuple of Run
        The numbers from 1 to 2,000; empty where the finding is about a whole road or community.
    sub : int, optional
        Of which 之….
    holders : tuple of str
    condition : str
        The notice's words.
    """

    kind: FindingKind
    street: str
    community: str
    road: str = ""
    runs: tuple[Run, ...] = ()
    sub: int | None = None
    holders: tuple[str, ...] = ()
    condition: str = ""


def runs_of(numbers: Sequence[int]) -> tuple[Run, ...]:
    """Return sorted distinct numbers as runs.

    Examples
    --------
    >>> [(run.first, run.last, run.parity) for run in runs_of([2, 3, 4, 6, 8, 10, 13])]
    [(2, 4, 'all'), (6, 10, 'even'), (13, 13, 'all')]
    """
    there = set(numbers)
    runs: list[Run] = []
    place = 0
    while place < len(numbers):
        first = last = numbers[place]
        if first + 1 in there:
            while last + 1 in there:
                last += 1
        else:
            while last + 2 in there and last + 1 not in there:
                last += 2
            # the next run of all numbers begins here
            if last + 1 in there and last - 2 >= first:
                last -= 2
        if last == first + 1 and last + 2 in there:
            # 2, 3, 5, 7: one number, then odd ones
            last = first
        step = last > first and first + 1 not in there
        parity: Parity = "all" if not step else "odd" if first % 2 else "even"
        runs.append(Run(first, last, parity))
        while place < len(numbers) and numbers[place] <= last:
            place += 1
    return tuple(runs)


def split_communities(rules: Sequence[ScopeRule]) -> dict[tuple[str, str], list[ScopeRule]]:
    """Return the rules of each community that stands at several holders, by street and community."""
    by_place: dict[tuple[str, str], list[ScopeRule]] = {}
    for rule in rules:
        if rule.community:
            by_place.setdefault((street_key(rule.street), community_key(rule.community)), []).append(rule)
    return {place: own for place, own in sorted(by_place.items()) if len({rule.holder for rule in own}) > 1}


def coverage(rules: Sequence[ScopeRule], *, last_number: int = LAST_NUMBER) -> list[Finding]:
    """Return what is open, given twice, or left to a condition, community by community.

    Parameters
    ----------
    rules : sequence of ScopeRule
        Of all holders; a holder should be what must not share (a school).
    last_number : int
        House numbers from 1 to this are looked at.

    Returns
    -------
    list of Finding
        By community, road, kind; the same whatever the order of the rules.
    """
    places = split_communities(rules)
    own = [
        rule for place in places.values() for rule in sorted(place, key=lambda one: (one.holder, one.part))
    ]
    asked, reach = _asked(places, last_number)
    named = [rule for rule in own if rule.kind in _NAMED and not rule.excepted]
    told = _told(asked, match_rules(asked, own))
    rest = _told(asked, match_rules(asked, [rule for rule in own if rule not in named]))
    told["left"] = [
        tuple(sorted({*have, *others})) if have and set(others) - set(have) else ()
        for have, others in zip(told["holders"], rest["holders"], strict=True)
    ]
    columns = (told[name] for name in ("road", "holders", "condition", "left", "how"))
    told["kind"] = [_kind(*one) for one in zip(*columns, strict=True)]
    told["holders"] = told["left"].where(told["kind"] == "not-excepted", told["holders"])
    told["reach"] = reach
    return _grouped(told[told["kind"] != ""])


def _kind(road: str, holders: tuple[str, ...], condition: str, left: tuple[str, ...], how: str) -> str:
    if not holders:
        return "open" if road else "open-roads"
    if condition:
        return "conditional"
    if len(holders) > 1:
        return "together" if how == "community" else "twice"
    return "not-excepted" if left else ""


def _asked(
    places: dict[tuple[str, str], list[ScopeRule]], last_number: int
) -> tuple[pd.DataFrame, list[range]]:
    """Return addresses to look at, and for which numbers each of them stands.

    The first of a community has no road: it stands for roads that are not named. Between two ends of ranges
    all odd numbers meet the same rules, and all even ones.
    """
    rows: list[tuple[object, ...]] = []
    reach: list[range] = []
    for (street, community), rules in places.items():
        rows.append(("", street, community, "", "", None, None))
        reach.append(range(0))
        for of_road, road, own in _by_road(rules):
            limited = [(rule.from_no, rule.to_no) for rule in own if rule.from_no and rule.to_no]
            ends = {
                1,
                last_number + 1,
                *(first for first, _ in limited),
                *(last + 1 for _, last in limited),
            }
            for start, end in pairwise(sorted(one for one in ends if one <= last_number + 1)):
                for first in range(start, min(start + 2, end)):
                    rows.append(("", street, community, of_road, road, first, None))
                    reach.append(range(first, end, 2))
            for number, sub in sorted(_subs(own)):
                rows.append(("", street, community, of_road, road, number, sub))
                reach.append(range(number, number + 1))
    table = pd.DataFrame(rows, columns=_COLUMNS)
    for name in ("number", "sub"):
        table[name] = table[name].astype("Float64").astype("Int64")
    return table, reach


def _by_road(rules: list[ScopeRule]) -> list[tuple[str, str, list[ScopeRule]]]:
    """Return the rules of each road, under its shortest name, then the first: whatever their order.

    The road that it branches from stands before it where lanes of that name branch from several.
    """
    by_road: dict[str, list[ScopeRule]] = {}
    for rule in rules:
        if rule.road:
            by_road.setdefault(road_key(rule.road), []).append(rule)
    roads = []
    for _, every in sorted(by_road.items()):
        name = min((rule.road for rule in every), key=lambda name: (len(name), name))
        stems = {
            road_key(rule.of_road): rule.of_road for rule in sorted(every, key=_of_road) if rule.of_road
        }
        for key, of_road in sorted(stems.items()) if len(stems) > 1 else [("", "")]:
            own = [rule for rule in every if not key or road_key(rule.of_road) in ("", key)]
            roads.append((of_road, name, own))
    return roads


def _of_road(rule: ScopeRule) -> str:
    return rule.of_road


def _subs(rules: list[ScopeRule]) -> set[tuple[int, int]]:
    return {
        (rule.from_no, sub)
        for rule in rules
        if rule.from_no is not None and rule.from_sub is not None and rule.to_sub is not None
        for sub in range(rule.from_sub, rule.to_sub + 1)
    }


def _told(asked: pd.DataFrame, hits: pd.DataFrame) -> pd.DataFrame:
    """Return for each address asked for who has it, how, and under what condition."""
    holders: dict[int, set[str]] = {}
    words: dict[int, set[str]] = {}
    hows: dict[int, set[str]] = {}
    columns = (hits[name] for name in ("address", "holder", "undecided", "how"))
    for at, holder, undecided, how in zip(*columns, strict=True):
        holders.setdefault(at, set()).add(holder)
        hows.setdefault(at, set()).add(how)
        if undecided:
            words.setdefault(at, set()).add(undecided)
    told = asked.drop(columns=["text", "of_road"]).assign(road=asked["of_road"] + asked["road"])
    told["holders"] = [tuple(sorted(holders.get(at, ()))) for at in told.index]
    told["condition"] = ["；".join(sorted(words.get(at, ()))) for at in told.index]
    told["how"] = ["、".join(sorted(hows.get(at, ()))) for at in told.index]
    return told


def _grouped(told: pd.DataFrame) -> list[Finding]:
    """Put the numbers of which the same is so into one finding."""
    keys = ["street", "community", "road", "kind", "sub", "holders", "condition"]
    findings = []
    for (street, community, road, kind, sub, holders, condition), rows in told.groupby(
        keys, sort=False, dropna=False
    ):
        findings.append(
            Finding(
                kind=kind,
                street=street,
                community=community,
                road=road,
                runs=runs_of(sorted({number for numbers in rows["reach"] for number in numbers})),
                sub=None if pd.isna(sub) else int(sub),
                holders=holders,
                condition=condition,
            )
        )
    return sorted(findings, key=_order)


def _order(one: Finding) -> tuple[object, ...]:
    kind = FINDING_KINDS.index(one.kind)
    return (one.street, one.community, one.road, kind, one.runs, one.sub or 0, one.holders)
