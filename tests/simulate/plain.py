"""A season in plain Python, from STAGES.md alone: lists, orders, stages, answers (2 to 5)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

from simulate.policy import Policy, Stage
from tests.simulate.plain_mechanisms import (
    Entry,
    Got,
    Lists,
    dictatorship,
    drawn,
    ends_of,
    in_bands,
    least_travel,
    together,
)
from tests.simulate.plain_town import NOTHING, Block, PlainTown

GUARANTEE = "~guarantee"  # after every pool's id
ONE_ORDER = ("serial-dictatorship", "random-seats", "least-travel")


class Done(NamedTuple):
    """What came of a stage: by child, then by block (or zone); `left` is before the release."""

    stage: Stage
    inside: dict[str, list[int]]
    lists: Lists
    got: Got
    came_of: dict[str, str]
    before: dict[Any, int]
    returned: dict[Any, int]
    given: dict[Any, int]
    over: dict[Any, int]
    left: dict[Any, int]
    released: dict[Any, int]


class Plain(PlainTown):
    """A season as it goes along: `run` takes a stage, `answer` what families say, `end` closes it.

    `done` keeps of each stage what its tables are written from.
    """

    def __init__(self, place: dict[str, Any], rules: Policy, seed: str = "town") -> None:
        super().__init__(place, rules, seed)
        self.returned: dict[Block, int] = defaultdict(int)
        self.done: list[Done] = []

    def filed_by(self, c: str, number: int) -> list[tuple[int, str]]:
        rows = [
            (r["rank"], r["target"])
            for r in self.filed
            if r["applicant_id"] == c and r["list"] == number and r["after_stage"] == self.filed_after[c]
        ]
        return sorted(rows)

    def school_list(self, stage: Stage, c: str, claims: list[int]) -> list[tuple[int | None, str]]:
        """Return (choice, school), the most wanted first; the choice is None where it is the place."""
        name = stage.mechanism.name
        opened = {s: [k for k in claims if self.opens(stage.claims[k], c, s)] for s in self.schools}
        if stage.mechanism.by_choices:
            number = stage.claims[0].where.list_ or 1
            return [(r - 1, s) for r, s in self.filed_by(c, number) if opened.get(s)]
        schools = [s for s in self.schools if opened[s]]
        if stage.mechanism.choose == "nearest" or name == "least-travel":
            schools = [s for s in schools if self._worth(stage, s, opened[s])]
            far = {s: self.past(stage.claims[opened[s][0]], c, s) for s in schools}
            metres = {s: self.metres(c, s) for s in schools}
            schools.sort(key=lambda s: (far[s], metres[s] is None, metres[s] or 0, s))
        return [(None, s) for s in schools]

    def _worth(self, stage: Stage, s: str, opened: list[int]) -> bool:
        if stage.when_full == "over":
            return self.offered[s] > 0
        claims = [stage.claims[k] for k in opened]
        seat = any(
            n > 0 and t == s and self.allows(k, t, p) for k in claims for (t, p), n in self.free.items()
        )
        return seat or any(k.guaranteed for k in claims)

    def lists(self, stage: Stage, inside: dict[str, list[int]]) -> Lists:
        result: Lists = {}
        pair = any(claim.pair_keys for claim in stage.claims)
        one = stage.mechanism.name in ONE_ORDER or (stage.mechanism.name == "fill" and not pair)
        for c, claims in inside.items():
            result[c] = []
            listed = self.school_list(stage, c, claims)
            for place, (choice, s) in enumerate(listed):
                choice = place if choice is None else choice
                pools = [p for t, p in self.free if t == s]
                pools.sort(key=lambda p: (self.pools[p].precedence if p in self.pools else 0, p))
                opened = [k for k in claims if self.opens(stage.claims[k], c, s)]
                for p in [*pools, GUARANTEE]:
                    by = [
                        k
                        for k in opened
                        if (stage.claims[k].guaranteed if p == GUARANTEE else p in stage.claims[k].pools)
                    ]
                    if by:
                        tier = claims[0] if one else by[0]
                        order = self.order(stage, c, s, tier)
                        result[c].append(Entry((s, p), choice, order, self.metres(c, s)))
            # by the list's own numbering: schools of which no block is open have no place in it
            if not stage.mechanism.by_choices:
                names = list(dict.fromkeys(e.block[0] for e in result[c]))
                result[c] = [e._replace(choice=names.index(e.block[0])) for e in result[c]]
        return result

    def order(self, stage: Stage, c: str, s: str | None, tier: int) -> tuple[Any, ...]:
        keys = tuple(self.key(c, s, *k.split()) for k in stage.claims[tier].order[:-1])
        return (tier, *keys, self.ticket[c])

    def zone_lists(self, stage: Stage, inside: dict[str, list[int]]) -> Lists:
        result: Lists = {}
        for c, claims in inside.items():
            result[c] = []
            for rank, z in self.filed_by(c, stage.claims[0].where.list_ or 1):
                if z not in self.zones:
                    continue
                own, theirs = self.district_of(c), self.zones[z][0]
                reach = {
                    "own-district": theirs is not None and own == theirs,
                    "other-districts": theirs is not None and own != theirs,
                    "city": True,
                    "listed": True,
                }
                by = [k for k in claims if reach[stage.claims[k].where.schools]]
                if by:
                    tier = claims[0] if stage.mechanism.name in ONE_ORDER else by[0]
                    result[c].append(Entry(z, rank - 1, self.order(stage, c, None, tier)))
        return result

    def run(self, stage: Stage) -> None:
        before = dict(self.free)
        given, over = (dict.fromkeys(self.free, 0) for _ in range(2))
        self.seated_before = {
            (self.children[c].get("household_id"), self.state[c]["block"][0])
            for c in self.ids
            if self.state[c]["outcome"] == "placed"
        }
        for row in self.decisions if stage.gives == "school" else []:
            if row["stage"] == stage.id:
                block = (row["school_id"], "open")
                above = self.free[block] == 0
                self._seat(row["applicant_id"], block, stage, above, decided=True)
                (over if above else given)[block] += 1
        claims = [self.who(stage, claim) for claim in stage.claims]
        inside = {c: [k for k, who in enumerate(claims) if c in who] for c in self.ids}
        inside = {c: ks for c, ks in inside.items() if ks}
        zones = stage.gives == "zone"
        lists = self.zone_lists(stage, inside) if zones else self.lists(stage, inside)
        seats: dict[Any, int] = self.zone_seats() if zones else dict(self.free)
        places = seats | {(s, GUARANTEE): len(inside) for s in self.schools}
        got = self.solve(stage, inside, lists, places)
        above = self._above(got, places)
        settle = self._settle_zones if zones else self._settle
        came_of = settle(stage, inside, lists, got, above, given, over)
        left: dict[Any, int] = dict(self.free)
        if zones:
            before, given, over = seats, dict.fromkeys(seats, 0), dict.fromkeys(seats, 0)
            for c, entry in got.items():
                (over if c in above else given)[entry.block] += 1
            left = {z: n - given[z] for z, n in seats.items()}
        moved = dict.fromkeys(left, 0) if zones else self._release(stage)
        returned = {} if zones else self.returned
        self.returned = self.returned if zones else defaultdict(int)
        self.done.append(
            Done(stage, inside, lists, got, came_of, before, returned, given, over, left, moved)
        )

    def solve(self, stage: Stage, inside: dict[str, list[int]], lists: Lists, seats: dict[Any, int]) -> Got:
        name, by_ticket = stage.mechanism.name, sorted(inside, key=lambda c: self.ticket[c])
        by_first = (
            {c: self.order(stage, c, None, inside[c][0]) for c in inside}
            if self.has_no_pair_keys(stage)
            else {}
        )
        order = sorted(by_first, key=lambda c: by_first[c])
        classes: Any = None
        unit = self._units(inside, lists, by_first) if stage.twins == "together" else {}
        if unit and stage.last_seat == "next":
            return together(lists, seats, order, unit)
        if stage.ties == "all-over" and name == "serial-dictatorship":
            classes = {c: by_first[c][:-1] for c in inside}
        elif stage.ties == "all-over":
            classes = {(c, e.block): e.order[:-1] for c in inside for e in lists[c]}
        elif unit and name == "serial-dictatorship":
            classes = unit
        elif unit:
            classes = {(c, e.block): unit[c] for c in inside for e in lists[c]}
        if name == "serial-dictatorship":
            return dictatorship(lists, seats, order, classes)
        if name == "random-seats":
            return drawn(lists, seats, order, by_ticket, unit)
        if name == "least-travel":
            return least_travel(lists, seats, order)
        bands = {"immediate-acceptance": [1], "parallel": stage.mechanism.bands or [stage.mechanism.e or 1]}
        return in_bands(lists, seats, ends_of(lists, bands.get(name)), classes)

    def has_no_pair_keys(self, stage: Stage) -> bool:
        return not any(claim.pair_keys for claim in stage.claims)

    def _units(self, inside: dict[str, list[int]], lists: Lists, first: dict[str, Any]) -> dict[str, str]:
        groups: dict[str, list[str]] = defaultdict(list)
        for c in self.ids:
            if "twin_group" in self.children[c]:
                groups[self.children[c]["twin_group"]].append(c)
        unit = {c: c for c in inside}
        for members in groups.values():
            if all(c in inside for c in members):
                same = {
                    (first.get(c, (0, 0))[:-1], tuple((e.block, e.choice, e.order[:-1]) for e in lists[c]))
                    for c in members
                }
                if len(same) == 1:
                    unit |= dict.fromkeys(members, members[0])
        return unit

    def _above(self, got: Got, seats: dict[Any, int]) -> set[str]:
        """Return who of those seated comes after the seats of the block are gone."""
        above = {c for c, e in got.items() if e.block[1] == GUARANTEE}
        for block in {e.block for e in got.values()}:
            here = sorted((e.order, c) for c, e in got.items() if e.block == block)
            above |= {c for _, c in here[seats[block] :]}
        return above

    def _settle(
        self,
        stage: Stage,
        inside: dict[str, list[int]],
        lists: Lists,
        got: Got,
        above: set[str],
        given: dict[Block, int],
        over: dict[Block, int],
    ) -> dict[str, str]:
        states = {}
        for c in inside:
            entry, is_over = got.get(c), c in above
            offering = [e for e in lists[c] if self.offered[e.block[0]] > 0]
            if entry is None and stage.when_full == "over" and offering:
                entry, is_over = offering[0], True
            if entry is None:
                states[c] = "waiting" if stage.when_full != "not-admitted" else "not-admitted"
                if stage.when_full == "not-admitted":
                    self.state[c] |= {"outcome": "not-admitted", "stage": stage.id}
                continue
            block = (entry.block[0], "open") if entry.block[1] == GUARANTEE else entry.block
            self._seat(c, block, stage, is_over)
            if stage.mechanism.by_choices:
                self.state[c]["rank"] = entry.choice + 1
            (over if is_over else given)[block] += 1
            states[c] = "over" if is_over else "placed"
        return states

    def _settle_zones(
        self, stage: Stage, inside: dict[str, list[int]], lists: Lists, got: Got, above: set[str], *_: Any
    ) -> dict[str, str]:
        states = dict.fromkeys(inside, "waiting" if stage.when_full == "next" else "not-admitted")
        for c in inside:
            if c in got:
                self.given[c] = got[c].block
                states[c] = "over" if c in above else "zone"
            elif stage.when_full == "not-admitted":
                self.state[c] |= {"outcome": "not-admitted", "stage": stage.id}
        return states

    def zone_seats(self) -> dict[Any, int]:
        waits = {
            c for c, s in self.state.items() if s["outcome"] == "waiting" and s["status"] != "declined"
        }
        waiting = [z for c, z in self.given.items() if c in waits]
        return {
            z: max(0, sum(self.free[s, "open"] for s in schools) - waiting.count(z))
            for z, (_, schools) in self.zones.items()
        }

    def _seat(self, c: str, block: Block, stage: Stage, over: bool, decided: bool = False) -> None:
        self.state[c] |= {"outcome": "placed", "block": block, "stage": stage.id}
        self.state[c] |= {"over": over, "decided": decided}
        self.free[block] -= not over

    def _release(self, stage: Stage) -> dict[Block, int]:
        moved = dict.fromkeys(self.free, 0)
        for block, after in self.release.items():
            if after == stage.id and block[1] != "open":
                moved[block] += self.free[block]
                moved[block[0], "open"] -= self.free[block]
                self.released.add(block)
        self.free = {b: n - moved[b] for b, n in self.free.items()}
        return moved

    def answer(self, stage: Stage, answers: list[tuple[str, str, str]]) -> None:
        for c, after, what in answers:
            if after != stage.id:
                continue
            state = self.state[c]
            if what in ("declined", "withdrawn") and state["outcome"] == "placed":
                block = state["block"]
                if not state["over"] and stage.given_up == "return":
                    home = (block[0], "open") if block in self.released else block
                    self.free[home] += 1
                    self.returned[home] += 1
                state |= {"outcome": "waiting", **NOTHING}
            if what == "withdrawn":
                state["outcome"] = "withdrawn"
            if what in ("declined", "late"):
                state["status"] = what
            if any(r["applicant_id"] == c and r["after_stage"] == after for r in self.filed):
                self.filed_after[c] = after

    def end(self) -> None:
        for c in self.ids:
            state = self.state[c]
            if state["outcome"] == "waiting" and state["status"] == "declined":
                state["outcome"] = "withdrawn"
            elif state["outcome"] == "waiting" and state["status"] != "absent":
                refused = self.children[c]["category"] not in self.household
                state["outcome"] = "not-admitted" if refused else "waiting"
