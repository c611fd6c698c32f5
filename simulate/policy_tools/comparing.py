"""Compare two policies (or two points schedules): what is added, removed and changed, part by part."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from geodata.project import Names
from geodata.toml import Record
from simulate.dated import Part
from simulate.policy import Mechanism, Rank

What = Literal["added", "removed", "changed", "moved"]
Class = Literal["rules", "dates", "sources", "names"]
CLASSES: dict[str, Class] = {
    "source": "sources",
    "assumed": "sources",
    "reason": "sources",
    "missing": "sources",
    "title": "names",
    "note": "names",
    "item_titles": "names",
    "id": "names",
    "jurisdiction": "names",
    "from_": "dates",
    "until": "dates",
    "expected": "dates",
}
"""Of which class a field is; every other one is a rule."""
WHOLE = (Names, Mechanism, Rank)
"""Records that are one value to a reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference.

    Parameters
    ----------
    what : str
        Whether it is added, removed, changed, or stands at another place in the order.
    of : str
        Rules, dates, sources or names.
    part : tuple of str
        Of which part: ("stage", "main-zone"); () for the head of the file.
    field : tuple of str
        Down to which field: ("claims", "2", "order"); () for the part as a whole. Claims are counted from
        1, as they stand in the second one (in the first, where one was removed).
    before, after : Any
        What stood there and what stands there; None where nothing did or does.
    """

    what: What
    of: Class
    part: tuple[str, ...] = ()
    field: tuple[str, ...] = ()
    before: Any = None
    after: Any = None


def differences(one: Record, two: Record) -> tuple[Change, ...]:
    """Return what differs between two records of one kind, in the order of their fields.

    Parameters
    ----------
    one, two : Policy or Schedule
        Whole files, with all versions of their parts, or both as they hold on a day.

    Raises
    ------
    TypeError
        If they are of different kinds.

    Notes
    -----
    Parts are the same if their ids are, and whether they are planned; of several versions of a part those
    with one `from` belong together, the others in their order. Claims have no ids: those that are equal
    belong together, and what stands between them is compared in its order.
    """
    if type(one) is not type(two):
        raise TypeError(f"{type(one).__name__} and {type(two).__name__} cannot be compared")
    return tuple(_of_record(one, two, (), ()))


def _of_record(one: Record, two: Record, part: tuple[str, ...], field: tuple[str, ...]) -> Iterator[Change]:
    for name in dict.fromkeys((*type(one).model_fields, *type(two).model_fields)):
        before: Any = getattr(one, name, None)
        after: Any = getattr(two, name, None)
        if before == after or _one_of_both(before, after):
            continue
        if _parts(before) and _parts(after) and (before or after):
            yield from _of_parts(before, after, name)
        elif _records(before) and _records(after) and (before or after):
            yield from _of_list(before, after, part, (*field, name))
        elif _open(before) and _open(after):
            yield from _of_record(before, after, part, (*field, name))
        else:
            what: What = "added" if before is None else "removed" if after is None else "changed"
            of = CLASSES.get(name, "rules")
            yield Change(what=what, of=of, part=part, field=(*field, name), before=before, after=after)


def _one_of_both(before: Any, after: Any) -> bool:
    """Whether one is a text and the other a list of that text alone: they say the same."""
    return bool(before == [after] or after == [before])


def _parts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, Part) for one in value)


def _records(value: Any) -> bool:
    return isinstance(value, list) and all(_open(one) for one in value)


def _open(value: Any) -> bool:
    return isinstance(value, Record) and not isinstance(value, WHOLE)


def _of_parts(one: Sequence[Part], two: Sequence[Part], kind: str) -> Iterator[Change]:
    names = list(dict.fromkeys((part.id, part.expected) for part in (*one, *two)))
    # a part that becomes planned, or is planned no more, is the same part
    loose = {name for name, _ in names if len([n for n, _ in names if n == name]) == 1}
    shifted = {
        name
        for name in {part.id for part in one} & {part.id for part in two}
        if len([p for p in one if p.id == name]) == len([p for p in two if p.id == name]) == 1
    }
    for key in dict.fromkeys(n if n in loose | shifted else (n, e) for n, e in names):
        mine, theirs = (
            [p for p in parts if (p.id == key if isinstance(key, str) else (p.id, p.expected) == key)]
            for parts in (one, two)
        )
        name = key if isinstance(key, str) else key[0]
        for before, after in _pairs(mine, theirs):
            yield from _of_part(before, after, (kind, name))
    yield from _of_order(one, two, kind)


def _pairs(mine: list[Part], theirs: list[Part]) -> Iterator[tuple[Part | None, Part | None]]:
    """Return the versions of a part that belong together."""
    starts = {part.from_: part for part in theirs}
    same = {part.from_ for part in mine} & set(starts)
    left = [part for part in mine if part.from_ not in same]
    right = [part for part in theirs if part.from_ not in same]
    yield from ((part, starts[part.from_]) for part in mine if part.from_ in same)
    for number in range(max(len(left), len(right))):
        yield (
            left[number] if number < len(left) else None,
            right[number] if number < len(right) else None,
        )


def _of_part(before: Part | None, after: Part | None, part: tuple[str, ...]) -> Iterator[Change]:
    if before is None:
        yield Change(what="added", of="rules", part=part, after=after)
    elif after is None:
        yield Change(what="removed", of="rules", part=part, before=before)
    elif type(before) is not type(after):
        yield Change(what="changed", of="rules", part=part, before=before, after=after)
    else:
        yield from _of_record(before, after, part, ())


def _of_order(one: Sequence[Part], two: Sequence[Part], kind: str) -> Iterator[Change]:
    """Find whether parts that both have stand in another order: of stages and items it is a rule."""
    mine, theirs = (list(dict.fromkeys(part.id for part in parts)) for parts in (one, two))
    both = set(mine) & set(theirs)
    before, after = [name for name in mine if name in both], [name for name in theirs if name in both]
    if before != after and kind in ("stage", "item", "group"):
        yield Change(what="moved", of="rules", part=(kind,), before=before, after=after)


def _of_list(
    one: list[Any], two: list[Any], part: tuple[str, ...], field: tuple[str, ...]
) -> Iterator[Change]:
    mine, theirs = ([record.model_dump_json() for record in records] for records in (one, two))
    for kind, i, j, k, m in difflib.SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        for step in range(max(j - i, m - k)):
            before = one[i + step] if i + step < j else None
            after = two[k + step] if k + step < m else None
            place = (*field, str((k if after is not None else i) + step + 1))
            if before is not None and after is not None:
                yield from _of_record(before, after, part, place)
            else:
                what: What = "added" if before is None else "removed"
                yield Change(what=what, of="rules", part=part, field=place, before=before, after=after)
