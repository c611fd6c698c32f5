"""A stage as it begins: who is in it, their lists, the seats, and in which order they stand (3.5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulate.verify.facts import Block, Child, Town
from simulate.verify.reach import Entry, Reach, zone_seats
from simulate.verify.standing import State
from simulate.verify.who import Json, claimants, key_of, zone_of

PAIR_KEYS = ("own-zone", "sibling", "distance")
ONE_ORDER = ("serial-dictatorship", "random-seats", "least-travel")
Rank = tuple[Any, ...]
"""What two entries at one block are compared by; the lower comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """What a mechanism is given.

    Parameters
    ----------
    stage : mapping
        The stage as the policy says it.
    claims : mapping
        The numbers of the claims that mean each child, in order of the children's numbers.
    lists : mapping
        What each child may get, the most wanted first.
    seats : mapping
        Free seats by block (or zone); a guarantee stands in no such table.
    order : sequence, optional
        The children in the one order, the first first; None where blocks have orders of their own.
    rank, class_ : callable
        A child's place at an entry; and its class there, by which it is refused or let in.
    bound : mapping
        The twins who are placed together, by each of them.
    ticket, keys : callable
        The ticket of a child, and what it has by itself that orders read.
    pair : callable
        The keys of a pair of child and school that some claim asks for.
    metres : callable
        The distance of a child from a school, or None.
    pool_place : mapping
        The place of each block among those of its school.
    """

    stage: Json
    claims: Mapping[str, Sequence[int]]
    lists: Mapping[str, Sequence[Entry]]
    seats: Mapping[Block, int]
    order: Sequence[str] | None
    rank: Callable[[str, Entry], Rank]
    class_: Callable[[str, Entry], Rank]
    bound: Mapping[str, Sequence[str]]
    ticket: Callable[[str], bytes]
    keys: Callable[[str], Mapping[str, float]]
    pair: Callable[[str, str], Mapping[str, float | None]]
    metres: Callable[[str, str], int | None]
    pool_place: Mapping[Block, int]

    def tier(self, child: str, entry: Entry) -> int:
        """Return the number of the claim by which a child stands at an entry."""
        return entry.tier if self.order is None else self.claims[child][0]


def contest_of(stage: Json, town: Town, state: State, reach: Reach) -> Contest:
    """Return a stage as it begins, its decisions honoured."""
    claims: dict[str, list[int]] = defaultdict(list)
    for number, claim in enumerate(stage["claims"]):
        for child in claimants(stage, claim, town, state):
            claims[child].append(number)
    who = {child: tuple(claims[child]) for child in sorted(claims)}
    lists = {child: reach.list_of(town.children[child], numbers) for child, numbers in who.items()}
    asked = {key.split(" ")[0] for claim in stage["claims"] for key in claim["order"]} & set(PAIR_KEYS)

    # as they are now: the state moves on, and what is read later is how the stage began
    zones = {child: zone_of(town.children[child], state) for child in who}

    def pair(child: str, school: str) -> dict[str, float | None]:
        return _pair(asked, town.children[child], school, zones[child], town, reach)

    own_key: dict[tuple[str, int], Any] = {}

    def standing(child: str, entry: Entry | None) -> tuple[Any, ...]:
        """Return everything before the ticket."""
        tier = who[child][0] if entry is None else entry.tier
        order = stage["claims"][tier]["order"]
        if asked and entry is not None:
            return tier, key_of(town.children[child], order, pair(child, entry.block[0]))
        if (child, tier) not in own_key:
            own_key[child, tier] = key_of(town.children[child], order, {})
        return tier, own_key[child, tier]

    one = _has_one_order(stage, who, lists, asked)
    place: dict[str, int] = {}
    if one:
        tickets = {child: town.children[child].ticket for child in who}
        in_order = sorted(who, key=lambda child: (standing(child, None), tickets[child], child))
        place = {child: number for number, child in enumerate(in_order)}

    def rank(child: str, entry: Entry) -> Rank:
        if one:
            return (place[child],)
        return (*standing(child, entry), town.children[child].ticket, child)

    bound = _bound(stage, town, who, lists, lambda child, entry: standing(child, None if one else entry))

    def class_(child: str, entry: Entry) -> Rank:
        if stage["ties"] == "all-over":
            return standing(child, None if one else entry)
        return rank(min(bound.get(child, (child,))), entry)

    return Contest(
        stage=stage,
        claims=who,
        lists=lists,
        seats=zone_seats(town, state) if stage["gives"] == "zone" else dict(state.free),
        order=sorted(place, key=place.__getitem__) if one else None,
        rank=rank,
        class_=class_,
        bound=bound,
        ticket=lambda child: town.children[child].ticket,
        keys=lambda child: town.children[child].keys,
        pair=pair,
        metres=lambda child, school: town.ground.metres(town.children[child].home, school),
        pool_place={(s.name, pool): n for s in town.schools.values() for n, pool in enumerate(s.pools)},
    )


def _has_one_order(
    stage: Json, who: Mapping[str, Sequence[int]], lists: Mapping[str, Sequence[Entry]], asked: set[str]
) -> bool:
    if stage["mechanism"]["name"] in ONE_ORDER or (stage["mechanism"]["name"] == "fill" and not asked):
        return True
    return not asked and all(entry.tier == who[child][0] for child in who for entry in lists[child])


def _pair(
    asked: set[str], child: Child, school: str, zone: str, town: Town, reach: Reach
) -> dict[str, float | None]:
    """Return what a child has at one school, and not by itself."""
    values: dict[str, float | None] = {}
    if "own-zone" in asked:
        values["own-zone"] = float(school in town.serves[zone])
    if "sibling" in asked:
        values["sibling"] = float(school in reach.sibling_schools(child))
    if "distance" in asked:
        metres = town.ground.metres(child.home, school)
        values["distance"] = None if metres is None else float(metres)
    return values


def _bound(
    stage: Json,
    town: Town,
    who: Mapping[str, Sequence[int]],
    lists: Mapping[str, Sequence[Entry]],
    standing: Callable[[str, Entry], Any],
) -> dict[str, tuple[str, ...]]:
    """Return the twins who are placed together: all of a group, alike in lists, tiers and keys (4)."""
    if stage["twins"] != "together":
        return {}
    groups: dict[str, list[str]] = defaultdict(list)
    for number, child in town.children.items():
        if child.twins is not None:
            groups[child.twins].append(number)
    bound = {}
    for members in groups.values():
        if len(members) < 2 or not all(child in who for child in members):
            continue
        first, *others = members
        alike = all(
            lists[child] == lists[first]
            and all(standing(child, entry) == standing(first, entry) for entry in lists[first])
            for child in others
        )
        if alike:
            bound.update(dict.fromkeys(members, tuple(members)))
    return bound
