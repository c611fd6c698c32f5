"""Where a claim looks, and what each child may get, the most wanted first (STAGES.md, 3.3 and 3.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from geodata.schema import OPEN_POOL
from simulate.verify.facts import Block, Child, Town
from simulate.verify.standing import WAITING, State
from simulate.verify.who import Json, by_choices, by_distance, kind_fits, several, zone_of

ZONE, GUARANTEE = "(zone)", "(guarantee)"
"""Stand as pools: of a zone that a stage gives, and of a school's place for whom it may not refuse."""


class Entry(NamedTuple):
    """What a child may get: a block, as which choice (0 the first), opened by which claim (0 the first)."""

    block: Block
    choice: int
    tier: int


class Reach:
    """What each child of a stage may get; a class, because children of one home and reach share a list."""

    def __init__(self, stage: Json, town: Town, state: State, siblings: Mapping[str, set[str]]) -> None:
        self.stage, self.town, self.state, self.siblings = stage, town, state, siblings
        self._opened: dict[Any, dict[str, list[int]]] = {}
        self._lists: dict[Any, tuple[Entry, ...]] = {}
        self._entries: dict[Entry, Entry] = {}

    def sibling_schools(self, child: Child) -> set[str]:
        """Return the schools at which a child has a sibling, as the stage begins."""
        there = set() if child.sibling_school is None else {child.sibling_school}
        return there if child.household is None else there | self.siblings.get(child.household, set())

    def list_of(self, child: Child, claims: Sequence[int]) -> tuple[Entry, ...]:
        """Return a child's list; `claims` are the numbers of those that mean it."""
        if self.stage["gives"] == "zone":
            return self._zones(child, claims)
        if by_choices(self.stage):
            opened = self._opened_to(child, claims)
            schools = [(one.target, one.rank - 1) for one in self._filed(child) if one.target in opened]
            return self._blocks(child, schools, opened)
        distance = by_distance(self.stage) or any(
            c["where"]["within_m"] is not None for c in self.stage["claims"]
        )
        key = (tuple(claims), self._places(child, claims), child.home if distance else None)
        if key not in self._lists:
            opened = self._opened_to(child, claims)
            order = sorted(opened)
            if by_distance(self.stage):
                order = self._nearest(
                    child, [s for s in order if self._worth_asking(child, s, opened[s])], opened
                )
            self._lists[key] = self._blocks(child, [(school, None) for school in order], opened)
        return self._lists[key]

    def _filed(self, child: Child) -> list[Any]:
        wanted = self.stage["claims"][0]["where"]["list"] or 1
        after = self.state.cards[child.number].filed_after
        filed = self.town.filed.get(child.number, ())
        return [one for one in filed if one.list_ == wanted and one.after == after]

    def _zones(self, child: Child, claims: Sequence[int]) -> tuple[Entry, ...]:
        entries = []
        for one in self._filed(child):
            if one.target not in self.town.zones:
                continue
            theirs = self.town.zones[one.target]
            for number in claims:
                where = self.stage["claims"][number]["where"]["schools"]
                near = theirs is not None and theirs == child.district
                far = theirs is not None and theirs != child.district
                if {"own-district": near, "other-districts": far}.get(where, True):
                    entries.append(Entry((one.target, ZONE), one.rank - 1, number))
                    break
        return tuple(entries)

    def _places(self, child: Child, claims: Sequence[int]) -> tuple[Any, ...]:
        """Return on what of a child it depends where its claims look."""
        of = {
            "own-zone": zone_of(child, self.state),
            "own-street": child.street,
            "own-district": child.district,
            "other-districts": child.district,
            "fed": child.previous_school,
            "sibling": tuple(sorted(self.sibling_schools(child))),
        }
        return tuple(of.get(self.stage["claims"][number]["where"]["schools"]) for number in claims)

    def _opened_to(self, child: Child, claims: Sequence[int]) -> dict[str, list[int]]:
        """Return the schools that claims open to a child, with the numbers of these claims."""
        key = tuple(claims), self._places(child, claims)
        if key not in self._opened:
            self._opened[key] = {}
            for school in self.town.schools:
                opening = [n for n in claims if self._looks_at(self.stage["claims"][n], child, school)]
                if opening:
                    self._opened[key][school] = opening
        near: dict[str, list[int]] = {}
        for school, opening in self._opened[key].items():
            kept = [n for n in opening if not (self._past(child, school, n) and self._never(n))]
            if kept:
                near[school] = kept
        return near

    def _never(self, number: int) -> bool:
        return bool(self.stage["claims"][number]["where"]["past_it"] != "last" or by_choices(self.stage))

    def _past(self, child: Child, school: str, number: int) -> bool:
        most = self.stage["claims"][number]["where"]["within_m"]
        if most is None:
            return False
        metres = self.town.ground.metres(child.home, school)
        return metres is None or metres > most

    def _looks_at(self, claim: Json, child: Child, name: str) -> bool:
        """Whether a claim looks at a school for a child, distance aside (3.3)."""
        where, school = claim["where"]["schools"], self.town.schools[name]
        if not kind_fits(claim, self.town, name):
            return False
        if where == "own-zone":
            return name in self.town.serves[zone_of(child, self.state)]
        if where == "own-street":
            return school.street is not None and school.street == child.street
        if where == "own-district":
            return school.district is not None and school.district == child.district
        if where == "other-districts":
            return school.district is not None and school.district != child.district
        if where == "fed":
            present = self.town.schools.get(child.previous_school or "")
            return present is not None and present.feeds == name
        if where == "sibling":
            return name in self.sibling_schools(child)
        return True  # city, listed

    def _worth_asking(self, child: Child, school: str, opening: Sequence[int]) -> bool:
        """Whether a list of the nearest has a school: a seat is free there, or it may not refuse (3.4)."""
        if self.stage["when_full"] == "over":
            return self.town.schools[school].offered > 0
        pools = {pool for n in opening for pool in several(self.stage["claims"][n]["pool"])}
        guaranteed = any(self.stage["claims"][n]["guaranteed"] for n in opening)
        return guaranteed or any(self.state.free.get((school, pool), 0) > 0 for pool in pools)

    def _nearest(self, child: Child, schools: Sequence[str], opened: Mapping[str, list[int]]) -> list[str]:
        order = self.town.ground.nearest(child.home, schools)
        return sorted(order, key=lambda school: self._past(child, school, opened[school][0]))

    def _blocks(
        self, child: Child, schools: Sequence[tuple[str, int | None]], opened: Mapping[str, list[int]]
    ) -> tuple[Entry, ...]:
        """Return the entries of schools: each stands for its open blocks, in order of precedence."""
        entries: list[Entry] = []
        place = 0
        for school, choice in schools:
            before = len(entries)
            claims = [(n, self.stage["claims"][n]) for n in opened[school]]
            for pool in self.town.schools[school].pools:
                tiers = [n for n, claim in claims if pool in several(claim["pool"])]
                if tiers:
                    entries.append(Entry((school, pool), place if choice is None else choice, tiers[0]))
            promised = [n for n, claim in claims if claim["guaranteed"]]
            if promised:
                block = school, GUARANTEE
                entries.append(Entry(block, place if choice is None else choice, promised[0]))
            place += len(entries) > before
        # equal entries are one object: lists of the nearest are long
        return tuple(self._entries.setdefault(entry, entry) for entry in entries)


def zone_seats(town: Town, state: State) -> dict[Block, int]:
    """Return the seats of zones: the free ones of their schools, less the children given them who wait."""
    seats = {
        (zone, ZONE): sum(state.free[school, OPEN_POOL] for school in schools)
        for zone, schools in town.serves.items()
    }
    for card in state.cards.values():
        if card.outcome == WAITING and card.status != "declined" and card.given_zone is not None:
            seats[card.given_zone, ZONE] -= 1
    return {block: max(0, free) for block, free in seats.items()}
