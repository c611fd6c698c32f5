"""A small town in plain Python: whom a claim means, where it looks, who got what (STAGES.md, 1 to 3.3).

With `plain.py` it is the stage form once more, one child and one school at a time. It shares nothing with
the engine but the policy's record and the tickets (which have tests of their own).
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from typing import Any

from simulate.policy import Claim, Policy, Stage
from simulate.tickets import hkdf_sha256

Block = tuple[str, str]
CONSENT = {"none": 0, "district": 1, "city": 2}
NOTHING: dict[str, Any] = {"block": None, "stage": None, "rank": 0, "over": False, "decided": False}


class PlainTown:
    """The facts, and where everybody stands; a class, for a season changes it as it goes along."""

    def __init__(self, place: dict[str, Any], rules: Policy, seed: str = "town") -> None:
        self.rules, self.zones = rules, place["zones"]
        self.pools = {p.id: p for p in rules.pool}
        self.schools: dict[str, dict[str, Any]] = {}
        self.free: dict[Block, int] = {}
        self.release: dict[Block, str | None] = {}
        for name, (district, east, seats, *more) in sorted(place["schools"].items()):
            self.schools[name] = {"district": district, "east": east, "kind": "public", **dict(*more)}
            seats = seats if isinstance(seats, dict) else {"open": seats}
            for pool, what in {"open": 0, **seats}.items():
                count, after = what if isinstance(what, tuple) else (what, None)
                by_policy = self.pools[pool].release_after if pool != "open" else None
                self.free[name, pool] = count
                self.release[name, pool] = after or by_policy
        self.offered = {s: sum(n for (t, _), n in self.free.items() if s == t) for s in self.schools}
        self.children = {row["applicant_id"]: self._child(row, place) for row in place["children"]}
        self.ids = sorted(self.children)
        self.ticket = {
            c: (hkdf_sha256(seed.encode(), salt=b"", info=label.encode(), length=32).hex(), c)
            for c, label in ((c, self.children[c].get("twin_group", c)) for c in self.ids)
        }
        self.filed = [
            {"applicant_id": c, "after_stage": None, "list": 1, "rank": r, "target": t}
            for c, listed in (place.get("choices") or {}).items()
            for r, t in enumerate(listed, start=1)
        ] + [{"after_stage": None, "list": 1, **row} for row in place.get("filed") or []]
        self.late = {c for c, _, what in place.get("answers") or [] if what == "late"}
        self.decisions = sorted(place.get("decisions") or [], key=lambda row: row["applicant_id"])
        self.household = {c.id for c in rules.category if c.household}
        self.state = {
            c: {"outcome": "waiting", "status": "absent" if c in self.late else "waiting", **NOTHING}
            for c in self.ids
        }
        self.given: dict[str, str] = {}
        self.filed_after: dict[str, str | None] = dict.fromkeys(self.ids)
        self.released: set[Block] = set()
        self.seated_before: set[tuple[Any, str]] = set()

    def _child(self, row: dict[str, Any], place: dict[str, Any]) -> dict[str, Any]:
        unit = (place.get("units") or {}).get(row.get("unit_id"))
        east = row.get("east", unit[1] if unit else 0.0)
        zone = unit[0] if unit else row["zone_id"]
        return {**row, "zone": zone, "east": east, "street": unit[2] if unit else None}

    def zone_of(self, c: str) -> str:
        return self.given.get(c, self.children[c]["zone"])

    def district_of(self, c: str) -> str | None:
        return self.zones[self.children[c]["zone"]][0]

    def who(self, stage: Stage, claim: Claim) -> set[str]:
        found, who = [], claim.who
        for c in self.ids:
            child, state, serving = self.children[c], self.state[c], len(self.zones[self.zone_of(c)][1])
            fits = [
                state["outcome"] == "waiting",
                state["status"] in who.statuses,
                child["category"] in who.categories,
                stage.districts is None or self.district_of(c) in stage.districts,
                CONSENT[child.get("consents", "none")] >= CONSENT[who.consents or "none"],
                who.given is None or (c in self.given) == (who.given == "zone"),
                {"single-school": serving == 1, "multi-school": serving > 1}.get(who.zone, True)
                if not isinstance(who.zone, list)
                else self.zone_of(c) in who.zone,
            ]
            if all(fits):
                found.append(c)
        if who.rank is None:
            return set(found)
        groups: dict[Any, list[str]] = defaultdict(list)
        for c in found:
            within = {"city": None, "district": self.district_of(c), "zone": self.zone_of(c)}
            groups[within[who.rank.within]].append(c)
        passed: set[str] = set()
        for group, members in groups.items():
            members.sort(key=lambda c: (self.child_keys(c, who.rank.order[:-1]), self.ticket[c]))
            limit = who.rank.at_most
            if limit == "seats":
                limit = sum(
                    n
                    for (s, p), n in self.free.items()
                    if self.allows(claim, s, p) and self._in_group(who.rank.within, group, s)
                )
            passed |= set(members[:limit])
        return passed

    def _in_group(self, within: str, group: Any, school: str) -> bool:
        if within == "district":
            return self.schools[school]["district"] == group
        return within == "city" or school in self.zones[group][1]

    def child_keys(self, c: str, keys: list[str]) -> tuple[Any, ...]:
        return tuple(self.key(c, None, *k.split()) for k in keys)

    def key(self, c: str, s: str | None, name: str, direction: str) -> tuple[int, float]:
        value = self.value(c, s, name)
        return (1, 0.0) if value is None else (0, -value if direction == "desc" else value)

    def value(self, c: str, s: str | None, name: str) -> float | None:
        if name == "own-zone":
            return float(s in self.zones[self.zone_of(c)][1])
        if name == "sibling":
            return float(self.has_sibling(c, s))
        if name == "distance":
            return self.metres(c, s)
        value = self.children[c].get(name)
        if isinstance(value, str):
            return float((datetime.date.fromisoformat(value) - datetime.date(1970, 1, 1)).days)
        return None if value is None else float(value)

    def metres(self, c: str, s: str | None) -> int | None:
        east = self.children[c]["east"]
        return None if east is None else round(abs(east - self.schools[s]["east"]))

    def has_sibling(self, c: str, s: str | None) -> bool:
        household = self.children[c].get("household_id")
        return self.children[c].get("sibling_school_id") == s or (
            household is not None and (household, s) in self.seated_before
        )

    def allows(self, claim: Claim, s: str, p: str) -> bool:
        kinds = claim.where.kinds
        return p in claim.pools and (kinds is None or self.schools[s]["kind"] in kinds)

    def reaches(self, claim: Claim, c: str, s: str) -> bool:
        """Whether a school is in a claim's where for a child, distance aside."""
        school, district, child = self.schools[s], self.district_of(c), self.children[c]
        kinds = claim.where.kinds
        here = {
            "own-zone": s in self.zones[self.zone_of(c)][1],
            "own-street": child["street"] is not None and child["street"] == school.get("street_id"),
            "own-district": district is not None and district == school["district"],
            "other-districts": school["district"] is not None and district != school["district"],
            "city": True,
            "listed": True,
            "fed": self.schools.get(child.get("previous_school_id"), {}).get("feeds") == s,
            "sibling": self.has_sibling(c, s),
        }[claim.where.schools]
        return here and (kinds is None or school["kind"] in kinds)

    def past(self, claim: Claim, c: str, s: str) -> bool:
        metres, limit = self.metres(c, s), claim.where.within_m
        return limit is not None and (metres is None or metres > limit)

    def opens(self, claim: Claim, c: str, s: str) -> bool:
        return self.reaches(claim, c, s) and not (claim.where.past_it == "never" and self.past(claim, c, s))
