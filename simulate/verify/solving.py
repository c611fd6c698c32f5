"""The mechanisms (STAGES.md, 4), one child after the other, as a patient person would do it by hand."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Mapping, Sequence

from simulate.verify.contest import Contest, Rank
from simulate.verify.facts import Block
from simulate.verify.least_travel import least_travel
from simulate.verify.reach import GUARANTEE, Entry

Got = dict[str, Entry]
Held = tuple[Rank, str, Rank]
"""A child held at a block: its place there, its number, its class."""


def solve(contest: Contest) -> Got:
    """Return the entry that each child gets by the stage's mechanism; who gets nothing is not in it."""
    name = contest.stage["mechanism"]["name"]
    if name == "random-seats":
        return random_seats(contest)
    if name == "least-travel":
        return least_travel(contest)
    if name == "serial-dictatorship" or (name == "fill" and contest.order is not None):
        return serial_dictatorship(contest)
    return propose(contest, bands_of(contest.stage["mechanism"]))


def bands_of(mechanism: Mapping[str, object]) -> Sequence[int] | None:
    """Return how many choices each band has (the last one repeats), or None for one band with all."""
    if mechanism["name"] == "immediate-acceptance":
        return [1]
    if mechanism["name"] == "parallel":
        bands = mechanism["bands"]
        return list(bands) if isinstance(bands, (list, tuple)) else [int(str(mechanism["e"]))]
    return None


def band_of(mechanism: Mapping[str, object], entry: Entry) -> int:
    """Return the number of the band in which an entry is proposed to, 0 the first."""
    bands = bands_of(mechanism)
    if bands is None:
        return 0
    high = 0
    for number, size in enumerate(bands):
        high += size
        if entry.choice < high:
            return number
    return len(bands) + (entry.choice - high) // bands[-1]


def serial_dictatorship(contest: Contest) -> Got:
    """In the one order, each child takes the first entry of its list with a free seat."""
    assert contest.order is not None
    free, got = dict(contest.seats), Got()
    last: dict[Block, Rank] = {}
    together = contest.stage["last_seat"] == "next"
    done: set[str] = set()
    for child in contest.order:
        if child in done:
            continue
        unit = contest.bound.get(child, (child,)) if together else (child,)
        done.update(unit)
        for entry in contest.lists[child]:
            mine = contest.class_(child, entry)
            room = entry.block[1] == GUARANTEE or free[entry.block] >= len(unit)
            if room or last.get(entry.block) == mine:
                for one in unit:
                    got[one] = entry
                if entry.block[1] != GUARANTEE:
                    free[entry.block] = max(0, free[entry.block] - len(unit))
                    last[entry.block] = mine
                break
    return got


def propose(contest: Contest, bands: Sequence[int] | None) -> Got:
    """Children propose down their lists, band by band; blocks hold the best; what a band holds stays."""
    free, got = dict(contest.seats), Got()
    low, number = 0, 0
    most = max((entry.choice for entries in contest.lists.values() for entry in entries), default=-1)
    while low <= most:
        high = most + 1 if bands is None else low + bands[min(number, len(bands) - 1)]
        band = {
            child: [entry for entry in entries if low <= entry.choice < high]
            for child, entries in contest.lists.items()
            if child not in got
        }
        held = _one_band(contest, band, free)
        for child, entry in held.items():
            got[child] = entry
            if entry.block[1] != GUARANTEE:
                free[entry.block] = max(0, free[entry.block] - 1)
        low, number = high, number + 1
    return got


def _one_band(contest: Contest, lists: Mapping[str, Sequence[Entry]], free: Mapping[Block, int]) -> Got:
    holds: dict[Block, list[Held]] = defaultdict(list)
    reading = dict.fromkeys(lists, 0)
    got, asking = Got(), list(lists)
    while asking:
        child = asking.pop()
        if reading[child] == len(lists[child]):
            continue
        entry = lists[child][reading[child]]
        reading[child] += 1
        got[child] = entry
        if entry.block[1] == GUARANTEE:
            continue
        here = holds[entry.block]
        insort(here, (contest.rank(child, entry), child, contest.class_(child, entry)))
        for refused in _refused(here, free[entry.block]):
            del got[refused]
            asking.append(refused)
    return got


def _refused(here: list[Held], seats: int) -> list[str]:
    """Take out of those held the classes that come after the seats are gone, and return them."""
    refused: list[str] = []
    while len(here) > seats:
        last, above = here[-1][2], len(here)
        while above and here[above - 1][2] == last:
            above -= 1
        if above < seats:
            break
        refused += [child for _, child, _ in here[above:]]
        del here[above:]
    return refused


def random_seats(contest: Contest) -> Got:
    """For each zone: the first by the order get a seat, and the tickets say at which school.

    Twins who are bound stay together: the last of them gets a seat with the first, and they take the first
    school whose quota has room for each; where none has, the first with a seat for each, or else the first
    with any of its quota left, or the first of all.
    """
    assert contest.order is not None
    zones: dict[tuple[Block, ...], list[str]] = defaultdict(list)
    for child in contest.order:
        zones[tuple(entry.block for entry in contest.lists[child])].append(child)
    got = Got()
    for blocks, children in zones.items():
        seats = {block: contest.seats[block] for block in blocks}
        winners = children[: sum(seats.values())]
        left = quotas(len(winners), seats)
        if winners:
            winners += [c for c in contest.bound.get(winners[-1], ()) if c not in winners]
        for child in sorted(winners, key=lambda child: (contest.ticket(child), child)):
            if child in got:
                continue
            unit = contest.bound.get(child, (child,))
            room = [n for n, block in enumerate(blocks) if left[block] >= len(unit)]
            room = room or [n for n, block in enumerate(blocks) if seats[block] >= len(unit)]
            room = room or [n for n, block in enumerate(blocks) if left[block] > 0] or [0]
            left[blocks[room[0]]] -= len(unit)
            seats[blocks[room[0]]] -= len(unit)
            got.update({one: contest.lists[one][room[0]] for one in unit})
    return got


def quotas(children: int, seats: Mapping[Block, int]) -> dict[Block, int]:
    """Share children out in proportion to seats, by largest remainder; of equal ones the first in order.

    Examples
    --------
    >>> quotas(3, {("A2", "open"): 3, ("A3", "open"): 2})
    {('A2', 'open'): 2, ('A3', 'open'): 1}
    """
    total = sum(seats.values())
    if total == 0:
        return dict.fromkeys(seats, 0)
    whole = {block: children * n // total for block, n in seats.items()}
    rest = sorted(seats, key=lambda block: (-(children * seats[block] % total), block))
    for block in rest[: children - sum(whole.values())]:
        whole[block] += 1
    return whole
