"""The words of a comparison: what `xuequ policy diff` says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from geodata.messages import Speaker, Text, say
from geodata.project import Names
from geodata.toml import Record
from simulate.dated import Part
from simulate.policy import Claim, Policy, Stage
from simulate.policy_tools import words
from simulate.policy_tools.comparing import Change

KINDS: Mapping[str, Text] = {
    "stage": say("stage"),
    "category": say("category"),
    "pool": say("pool"),
    "item": say("item"),
    "fact": say("fact"),
    "group": say("group"),
    "eligible": say("rule of eligibility"),
    "order": say("order"),
    "maximum": say("full mark"),
    "rounding": say("rounding"),
    "counted_until": say("last day that counts"),
}
HEADINGS: Mapping[str, Text] = {
    "rules": say("Rules"),
    "dates": say("Dates"),
    "sources": say("Sources and assumptions"),
    "names": say("Names and notes"),
}


def told(
    changes: tuple[Change, ...], one: Any, two: Any, speak: Speaker
) -> Iterator[tuple[str, list[str]]]:
    """Return headings, each with its lines: rules first, then dates, sources, names.

    Parameters
    ----------
    changes : tuple of Change
        What `differences(one, two)` found.
    one, two : Policy or Schedule
        Where the titles of parts are.
    """
    for of, heading in HEADINGS.items():
        lines = [line(change, one, two, speak) for change in changes if change.of == of]
        if lines:
            yield speak(heading), lines


def verdict(changes: tuple[Change, ...], *, whole: bool) -> Text:
    """Return in a sentence whether the rules differ; with whole files, the days on which they hold too."""
    if not changes:
        return say("No difference.")
    kinds = {change.of for change in changes}
    if "rules" in kinds:
        return say("The rules differ.")
    if "dates" not in kinds:
        return say("The rules are the same; only sources or names differ.")
    if whole:
        return say("The rules are the same, but they hold on other days.")
    return say("The rules are the same; the dates of their versions differ.")


def line(change: Change, one: Any, two: Any, speak: Speaker) -> str:
    """Return one difference as a line."""
    where = _where(change, one, two, speak)
    after, before = _value(change, change.after, two, speak), _value(change, change.before, one, speak)
    if before == after and change.what == "changed":
        before, after = f"{before} ({_raw(change.before)})", f"{after} ({_raw(change.after)})"
    said = {
        "added": say("{where}: added: {after}", where=where, after=after),
        "removed": say("{where}: removed: {before}", where=where, before=before),
        "changed": say("{where}: {before} → {after}", where=where, before=before, after=after),
        "moved": say("{where}: another order: {before} → {after}", where=where, before=before, after=after),
    }
    return speak(said[change.what])


def _where(change: Change, one: Any, two: Any, speak: Speaker) -> str:
    """Return where a difference is: the part with its title and id, then the field."""
    said = []
    if len(change.part) == 1:
        said.append(speak(KINDS.get(change.part[0], say("parts"))))
    elif change.part:
        kind, part_id = change.part
        facts = {"kind": KINDS.get(kind, kind), "id": part_id, "title": _title(change, one, two, speak)}
        said.append(speak(say("{kind} {title} ({id})", **facts)))
    rest = list(change.field)
    if rest and rest[0] == "claims" and len(rest) > 1:
        said.append(speak(say("claim {n}", n=rest[1])))
        rest = rest[2:]
    shown = [key for key in rest if key not in ("who", "where") or len(rest) == 1]
    said += [key if key.isdecimal() else speak(words.field_name(key)) for key in shown]
    return speak(say(", ")).join(said)


def _title(change: Change, one: Any, two: Any, speak: Speaker) -> str:
    kind, part_id = change.part
    for side in (two, one):
        for part in getattr(side, kind, ()):
            if part.id == part_id:
                return words.names_words(part.title, speak)
    return part_id


def _value(change: Change, value: Any, of: Any, speak: Speaker) -> str:
    if change.what == "moved":
        titles = {part.id: words.names_words(part.title, speak) for part in getattr(of, change.part[0])}
        return speak(say(", ")).join(titles[name] for name in value)
    if isinstance(value, Stage):
        return words.stage_words(value, of, speak)
    if isinstance(value, Part):
        return speak(say("it holds {dates}", dates=words.dates_words(value, speak)))
    if not isinstance(of, Policy) and not isinstance(value, (bool, Names, type(None))):
        return _raw(value)
    if isinstance(value, Record) and not isinstance(value, Claim):
        known = words.is_known_record(value)
        return words.value_words(change.field[-1], value, of, speak) if known else _raw(value)
    key = change.field[-1] if change.field else change.part[0]
    return words.value_words(key, value, of, speak)


def _raw(value: Any) -> str:
    """Return a value as a file has it."""
    if isinstance(value, Record):
        value = value.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_raw(one)}" for key, one in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_raw, value)) + "]"
    return (
        f'"{value}"'
        if isinstance(value, str)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )
