"""Whom a claim means: which children, and who of them passes its gate (STAGES.md, 3.2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from simulate.verify.facts import CONSENT, Child, Town
from simulate.verify.standing import WAITING, State

BY_CHOICES = ("immediate-acceptance", "parallel", "deferred-acceptance")

Json = Mapping[str, Any]
Key = tuple[tuple[int, float], ...]


def several(value: Any) -> list[Any]:
    """Return a list, also of what stands alone."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def by_choices(stage: Json) -> bool:
    """Whether a stage goes by the children's choices."""
    mechanism = stage["mechanism"]
    if mechanism["choose"] is not None:
        return bool(mechanism["choose"] == "choices")
    return str(mechanism["name"]) in BY_CHOICES


def by_distance(stage: Json) -> bool:
    """Whether the nearest school comes first in a stage's lists."""
    mechanism = stage["mechanism"]
    return bool(mechanism["choose"] == "nearest" or mechanism["name"] == "least-travel")


def zone_of(child: Child, state: State) -> str:
    """Return the zone in which a child stands: a given one, else that of its home."""
    return state.cards[child.number].given_zone or child.zone


def key_of(child: Child, order: Sequence[str], pair: Mapping[str, float | None]) -> Key:
    """Return what an order sorts a child by, before the ticket; what is absent comes last."""
    key = []
    for text in order[:-1]:
        name, direction = text.split(" ")
        value = pair[name] if name in pair else child.keys.get(name)
        key.append((1, 0.0) if value is None else (0, -value if direction == "desc" else value))
    return tuple(key)


def claimants(stage: Json, claim: Json, town: Town, state: State) -> list[str]:
    """Return the children whom a claim means, by number."""
    who = claim["who"]
    categories, statuses = set(several(who["category"])), set(several(who["status"]))
    least = CONSENT[who["consents"]]
    found = []
    for number, child in town.children.items():
        card = state.cards[number]
        if card.outcome != WAITING or card.status not in statuses or child.category not in categories:
            continue
        if stage["districts"] is not None and child.district not in stage["districts"]:
            continue
        if child.consent < least or not _zone_fits(
            who["zone"], town.serves[zone_of(child, state)], child, state
        ):
            continue
        if who["given"] is not None and (card.given_zone is not None) != (who["given"] == "zone"):
            continue
        found.append(number)
    return found if who["rank"] is None else _first(claim, town, state, found)


def _zone_fits(wanted: Any, schools: Sequence[str], child: Child, state: State) -> bool:
    if wanted is None:
        return True
    if wanted == "single-school":
        return len(schools) == 1
    if wanted == "multi-school":
        return len(schools) > 1
    return zone_of(child, state) in wanted


def _first(claim: Json, town: Town, state: State, found: Sequence[str]) -> list[str]:
    """Return the first so many of the city, of each district or of each zone."""
    rank = claim["who"]["rank"]
    groups: dict[str | None, list[Child]] = defaultdict(list)
    for number in found:
        child = town.children[number]
        place = {"city": None, "district": child.district, "zone": zone_of(child, state)}[rank["within"]]
        groups[place].append(child)
    passed = []
    for place, members in groups.items():
        members.sort(key=lambda child: (key_of(child, rank["order"], {}), child.ticket, child.number))
        most = rank["at_most"]
        if most == "seats":
            most = _free_seats(claim, town, state, rank["within"], place)
        passed += [child.number for child in members[:most]]
    return sorted(passed)


def _free_seats(claim: Json, town: Town, state: State, within: str, place: str | None) -> int:
    total = 0
    for (school, pool), free in state.free.items():
        if pool not in several(claim["pool"]) or not kind_fits(claim, town, school):
            continue
        inside = (
            within == "city"
            or (within == "district" and place is not None and town.schools[school].district == place)
            or (within == "zone" and school in town.serves[str(place)])
        )
        total += free if inside else 0
    return total


def kind_fits(claim: Json, town: Town, school: str) -> bool:
    """Whether a school is of the kinds that a claim names."""
    kinds = claim["where"]["kinds"]
    return kinds is None or town.schools[school].kind in kinds
