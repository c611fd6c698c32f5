"""The mechanisms of STAGES.md, section 4, in plain Python: slow, short, and written from the text alone.

A list is a list of entries; an entry is (block, choice, order), `order` a tuple (tier, key, …, ticket) in
which less is better; everything of it before the last element is the class of the child there.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any, NamedTuple

FAR = 10_000_000


class Entry(NamedTuple):
    """A block that a child may get."""

    block: Any
    choice: int
    order: tuple[Any, ...]
    metres: int | None = None


Lists = dict[str, list[Entry]]
Got = dict[str, Entry]
Classes = dict[tuple[str, Any], Any]


def in_bands(lists: Lists, seats: dict[Any, int], ends: list[float], whole: Classes | None) -> Got:
    """Propose within a band; `whole`: the class of a child at a block, of which no part is refused."""
    free, got = dict(seats), {}
    refused: set[tuple[str, Any]] = set()
    for end in ends:
        while True:
            held: dict[Any, list[tuple[tuple[Any, ...], str, Entry]]] = defaultdict(list)
            for child, entries in lists.items():
                left = [e for e in entries if e.choice < end and (child, e.block) not in refused]
                if child not in got and left:
                    held[left[0].block].append((left[0].order, child, left[0]))
            more = set()
            for block, there in held.items():
                there.sort(key=lambda one: one[:2])
                for place, (_, child, _) in enumerate(there):
                    if whole is None:
                        above = place
                    else:
                        mine = whole[child, block]
                        above = sum(whole[other, block] != mine for _, other, _ in there[:place])
                    if above >= free[block]:
                        more.add((child, block))
            if not more:
                break
            refused |= more
        for block, there in held.items():
            got.update({child: entry for _, child, entry in there})
            free[block] = max(0, free[block] - len(there))
    return got


def ends_of(lists: Lists, bands: list[int] | None) -> list[float]:
    """Return the first choice that is in no band so far, band by band; None is one band of everything."""
    if bands is None:
        return [float("inf")]
    last = max((e.choice for entries in lists.values() for e in entries), default=0) + 1
    ends: list[float] = []
    while not ends or ends[-1] < last:
        ends.append((ends[-1] if ends else 0) + bands[min(len(ends), len(bands) - 1)])
    return ends


def dictatorship(
    lists: Lists, seats: dict[Any, int], order: list[str], whole: dict[str, Any] | None
) -> Got:
    """Let each child in turn take the first entry with a free seat, or where its class was seated last."""
    free, got = dict(seats), {}
    last: dict[Any, Any] = {}
    for child in order:
        for entry in lists[child]:
            tied = whole is not None and last.get(entry.block, (None,)) == (whole[child],)
            if free[entry.block] > 0 or tied:
                got[child] = entry
                free[entry.block] -= 1
                last[entry.block] = (whole[child],) if whole is not None else None
                break
    return got


def together(lists: Lists, seats: dict[Any, int], order: list[str], unit: dict[str, Any]) -> Got:
    """Let the children of a unit take, at the turn of the first, an entry with a seat for each of them."""
    free, got = dict(seats), {}
    done = set()
    for child in order:
        if unit[child] in done:
            continue
        done.add(unit[child])
        members = [other for other in order if unit[other] == unit[child]]
        for place, entry in enumerate(lists[child]):
            if free[entry.block] >= len(members):
                free[entry.block] -= len(members)
                got.update({member: lists[member][place] for member in members})
                break
    return got


def drawn(
    lists: Lists, seats: dict[Any, int], order: list[str], by_ticket: list[str], unit: dict[str, str]
) -> Got:
    """Draw the seats of each zone: a zone is a set of schools, the lists of its children."""
    got: Got = {}
    zones: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for child in order:
        if lists[child]:
            zones[tuple(e.block for e in lists[child])].append(child)
    for blocks, members in zones.items():
        q = sum(seats[b] for b in blocks)
        seated = members[: min(q, len(members))]
        quota = {b: len(seated) * seats[b] // q if q else 0 for b in blocks}
        rest = {b: len(seated) * seats[b] % q if q else 0 for b in blocks}
        for b in sorted(blocks, key=lambda b: (-rest[b], b))[: len(seated) - sum(quota.values())]:
            quota[b] += 1
        whole = {unit.get(c, c) for c in seated[-1:]}
        seated += [c for c in members if c not in seated and unit.get(c, c) in whole]
        turn = [child for child in by_ticket if child in seated]
        free = {b: seats[b] for b in sorted(blocks)}
        while turn:
            here = [c for c in turn if unit.get(c, c) == unit.get(turn[0], turn[0])]
            ways = (
                [b for b in free if quota[b] >= len(here)],
                [b for b in free if free[b] >= len(here)],
                [b for b in free if quota[b] > 0],
                list(free),
            )
            school = next(fitting for fitting in ways if fitting)[0]
            quota[school] -= len(here)
            free[school] -= len(here)
            for child in here:
                got[child] = next(e for e in lists[child] if e.block == school)
            turn = [c for c in turn if c not in here]
    return got


def least_travel(lists: Lists, seats: dict[Any, int], order: list[str]) -> Got:
    """Try every seating: the first set by the order, the least metres, then each child its nearest."""
    blocks = sorted({e.block for entries in lists.values() for e in entries})
    start = tuple(seats[b] for b in blocks)
    kept: list[str] = []

    @cache
    def least(children: tuple[str, ...], free: tuple[int, ...]) -> float:
        if not children:
            return 0
        found = float("inf")
        for entry in lists[children[0]]:
            at = blocks.index(entry.block)
            if free[at] > 0:
                after = (*free[:at], free[at] - 1, *free[at + 1 :])
                found = min(found, _metres(entry) + least(children[1:], after))
        return found

    for child in order:
        if least((*kept, child), start) < float("inf"):
            kept.append(child)
    got: Got = {}
    free = start
    for turn, child in enumerate(kept):
        total = least(tuple(kept[turn:]), free)
        for entry in sorted(lists[child], key=_metres):  # a stable sort: then as the list has them
            at = blocks.index(entry.block)
            after = (*free[:at], free[at] - 1, *free[at + 1 :])
            if free[at] > 0 and _metres(entry) + least(tuple(kept[turn + 1 :]), after) == total:
                got[child], free = entry, after
                break
    return got


def _metres(entry: Entry) -> int:
    return FAR if entry.metres is None else entry.metres


def counts(
    lists: Lists, got: Got, left: dict[Any, int], *, zones_drawn: bool, real: set[Any]
) -> dict[str, int]:
    """Count envy and waste as `simulate.metrics` says, pair by pair; `real` blocks are no guarantees."""
    envious, envy, blocking = set(), 0, 0
    wanting: dict[Any, int] = defaultdict(int)
    for child, entries in lists.items():
        place = entries.index(got[child]) if child in got else len(entries)
        if zones_drawn and child in got:
            place = 0
        for entry in entries[:place]:
            wanting[entry.block] += 1
            block = {e.block for e in entries} if zones_drawn else {entry.block}
            caused = entry.block in real and any(
                got[other].block in block and got[other].order > entry.order for other in got
            )
            envy += caused
            blocking += caused or left.get(entry.block, 0) > 0
            if caused:
                envious.add(child)
    return {
        "envious": len(envious),
        "envy_pairs": envy,
        "blocking_pairs": blocking,
        "wasted_seats": sum(min(left.get(b, 0), n) for b, n in wanting.items()),
    }
