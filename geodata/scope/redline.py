"""Two years' rules compared: what was added, removed, changed, or went to another holder (修订对照).

By rule, not by character:

1. The same rule under the same holder is the same, wherever it stands in the text.
2. The same rule under another holder has moved.
3. A rule that is left and one of the same holder about the same place (the same road, estate or community)
   are one rule changed, if their house numbers meet or they have none. The nearest numbers go together.
4. What is left is removed or added.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html import escape
from typing import Literal, get_args

from geodata.scope.names import community_key, normal, road_key, street_key
from geodata.scope.rules import ScopeRule
from geodata.scope.writing import STATED, clause_of, stated

ChangeKind = Literal["added", "removed", "changed", "moved"]
CHANGE_KINDS: tuple[ChangeKind, ...] = get_args(ChangeKind)
_MARKS = {
    "plain": {"insert": ("【增：", "】"), "delete": ("【删：", "】")},
    "html": {"insert": ("<ins>", "</ins>"), "delete": ("<del>", "</del>")},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between two years' rules.

    Parameters
    ----------
    kind : {"added", "removed", "changed", "moved"}
    old, new : ScopeRule, optional
        None where the rule is not in that year.
    fields : tuple of str
        Of a changed rule, the fields of `ScopeRule` that differ.
    """

    kind: ChangeKind
    old: ScopeRule | None
    new: ScopeRule | None
    fields: tuple[str, ...] = ()


def redline(old: Sequence[ScopeRule], new: Sequence[ScopeRule]) -> list[Change]:
    """Return the differences between two years' rules.

    Returns
    -------
    list of Change
        By holder (of the new year, where there is one), community, road and numbers; the same whatever the
        order of the rules.

    Examples
    --------
    >>> from geodata.scope.rules import rules_of
    >>> before = rules_of("西村街·广雅社区部分：广雅路27--65号（单号）", holder="S1")
    >>> after = rules_of("西村街·广雅社区部分：广雅路27--71号（单号）", holder="S1")
    >>> [(one.kind, one.fields) for one in redline(before, after)]
    [('changed', ('to_no',))]
    """
    gone, come = _less_same(sorted(old, key=_order), sorted(new, key=_order))
    changes: list[Change] = []
    for kind, key in (("moved", _said), ("changed", _as_place)):
        pairs = _pairs(gone, come, key)
        for before, after in pairs:
            gone.remove(before)
            come.remove(after)
            differ = tuple(name for name in STATED if getattr(before, name) != getattr(after, name))
            changes.append(
                Change(
                    kind="moved" if kind == "moved" else "changed",
                    old=before,
                    new=after,
                    fields=("holder",) if kind == "moved" else differ,
                )
            )
    changes += [Change(kind="removed", old=rule, new=None) for rule in gone]
    changes += [Change(kind="added", old=None, new=rule) for rule in come]
    return sorted(changes, key=lambda one: _order(one.new or one.old))


def _order(rule: ScopeRule | None) -> tuple[object, ...]:
    assert rule is not None
    numbers = tuple(getattr(rule, name) or 0 for name in ("from_no", "to_no", "from_sub", "to_sub"))
    place = (rule.holder, rule.street, rule.community, rule.road, rule.estate, rule.kind)
    return (*place, numbers, rule.parity, rule.excepted, rule.condition, rule.text)


def _said(rule: ScopeRule) -> tuple[object, ...]:
    """Return what a rule says, for comparing; prose and the like say their words."""
    words = normal(rule.text) if rule.kind in ("prose", "note", "unread") else ""
    return (*stated(rule), words)


def _less_same(
    old: Sequence[ScopeRule], new: Sequence[ScopeRule]
) -> tuple[list[ScopeRule], list[ScopeRule]]:
    """Return what is in one year only, rule by rule."""
    there = [Counter((rule.holder, _said(rule)) for rule in rules) for rules in (old, new)]
    same = there[0] & there[1]
    left: list[list[ScopeRule]] = []
    for rules in (old, new):
        seen: Counter[tuple[str, tuple[object, ...]]] = Counter()
        own: list[ScopeRule] = []
        for rule in rules:
            key = (rule.holder, _said(rule))
            seen[key] += 1
            if seen[key] > same[key]:
                own.append(rule)
        left.append(own)
    return left[0], left[1]


def _as_place(rule: ScopeRule) -> tuple[object, ...]:
    kind = "road" if rule.kind == "numbers" else rule.kind
    names = (street_key(rule.street), community_key(rule.community), road_key(rule.road))
    estate = normal(rule.estate) if rule.kind == "estate" else ""
    return (rule.holder, kind, *names, estate, rule.excepted)


def _pairs(
    old: Iterable[ScopeRule], new: Iterable[ScopeRule], key: Callable[[ScopeRule], tuple[object, ...]]
) -> list[tuple[ScopeRule, ScopeRule]]:
    waiting: dict[tuple[object, ...], list[ScopeRule]] = {}
    for rule in new:
        waiting.setdefault(key(rule), []).append(rule)
    pairs: list[tuple[ScopeRule, ScopeRule]] = []
    for rule in old:
        near = [one for one in waiting.get(key(rule), []) if _meet(rule, one)]
        if near:
            best = min(near, key=lambda one: _apart(rule, one))
            waiting[key(rule)].remove(best)
            pairs.append((rule, best))
    return pairs


def _meet(old: ScopeRule, new: ScopeRule) -> bool:
    """Return whether two rules of one place can be one: their numbers overlap, or one has none."""
    if old.from_no is None or new.from_no is None or old.to_no is None or new.to_no is None:
        return True
    return old.from_no <= new.to_no and new.from_no <= old.to_no


def _apart(old: ScopeRule, new: ScopeRule) -> tuple[int, ...]:
    ends = abs((old.from_no or 0) - (new.from_no or 0)) + abs((old.to_no or 0) - (new.to_no or 0))
    return (ends, int(old.parity != new.parity), int(old.condition != new.condition))


def redline_text(
    old: Sequence[ScopeRule], new: Sequence[ScopeRule], *, marks: Literal["plain", "html"] = "plain"
) -> str:
    """Return the new text of one holder with what came and went marked.

    Parameters
    ----------
    old, new : sequence of ScopeRule
        Of one holder, in the order of the text.
    marks : {"plain", "html"}
        `【增：…】【删：…】`, or escaped HTML with `<ins>` and `<del>`.

    Examples
    --------
    >>> from geodata.scope.rules import rules_of
    >>> before = rules_of("西村街·长乐社区部分：长宁街；村尾街1--2号。", holder="S1")
    >>> after = rules_of("西村街·长乐社区部分：长宁街；村尾街1--4号。", holder="S1")
    >>> redline_text(before, after)
    '西村街·长乐社区部分：长宁街；【删：村尾街1--2号】【增：村尾街1--4号】。'
    """
    signs = _MARKS[marks]
    show = escape if marks == "html" else str
    done: list[str] = []
    blocks = SequenceMatcher(None, [_said(one) for one in old], [_said(one) for one in new], autojunk=False)
    for _, first, last, start, end in blocks.get_opcodes():
        kept = first < last and start < end and _said(old[first]) == _said(new[start])
        gone = [] if kept else old[first:last]
        opening, closing = signs["delete"]
        removed = "".join(f"{opening}{show(clause_of(rule))}{closing}" for rule in gone)
        for place in range(start, end):
            rule = new[place]
            done.append(show(_lead(new, place)))
            if place == start:
                done.append(removed)
            if kept:
                done.append(show(rule.text))
            else:
                done.append(f"{signs['insert'][0]}{show(clause_of(rule))}{signs['insert'][1]}")
            done.append(show(rule.after))
        if start == end:
            done.append(removed)
    return "".join(done)


def _lead(rules: Sequence[ScopeRule], place: int) -> str:
    """Return what stands before a rule: the heading of a new part, and its separators."""
    rule = rules[place]
    if place and rules[place - 1].part == rule.part:
        return rule.before
    return ("##" if place else "") + rule.heading + rule.before
