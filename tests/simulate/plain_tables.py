"""The tables of a run in plain Python (STAGES.md, 5 and 7), and where the engine's say something else."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from simulate.order_keys import CHILD_KEYS
from simulate.policy import Policy
from tests.simulate.plain import Done, Plain
from tests.simulate.plain_mechanisms import counts
from tests.simulate.plain_town import CONSENT

Rows = list[dict[str, Any]]
ROW_OF = {
    "placements": ("applicant_id",),
    "ledger": ("stage", "zone_id", "school_id", "pool"),
    "keys": ("stage", "applicant_id"),
    "metrics": ("stage",),
    "distances": ("stage", "home_id", "school_id"),
}


def tables(place: dict[str, Any], rules: Policy, seed: str = "town") -> dict[str, Rows]:
    """Run a whole season and return its tables."""
    plain = Plain(place, rules, seed)
    found: dict[str, Rows] = {"ledger": [], "keys": [], "metrics": [], "distances": []}
    for stage in rules.stage:
        plain.run(stage)
        done = plain.done[-1]
        found["ledger"] += ledger(plain, done)
        found["keys"] += keys(plain, done)
        found["metrics"].append(metrics(done))
        found["distances"] += distances(plain, done)
        plain.answer(stage, place.get("answers") or [])
    plain.end()
    return {"placements": placements(plain), **found}


def placements(plain: Plain) -> Rows:
    """Return the rows of the table placements."""
    rows = []
    for c in plain.ids:
        state, child = plain.state[c], plain.children[c]
        school, pool = state["block"] or (None, None)
        rows.append(
            {
                "applicant_id": c,
                "category": child["category"],
                "district_id": plain.district_of(c),
                "zone_id": child["zone"],
                "given_zone_id": plain.given.get(c),
                "outcome": state["outcome"],
                "school_id": school,
                "pool": pool,
                "school_district_id": plain.schools[school]["district"] if school else None,
                "stage": state["stage"],
                "choice_rank": state["rank"] or None,
                "distance_m": plain.metres(c, school) if school else None,
                "over": state["over"],
                "decided": state["decided"],
                "reason": reason(plain, c),
                "published": False,
            }
        )
    return rows


def reason(plain: Plain, c: str) -> str:
    """Return why a child has its place, or none."""
    state, child = plain.state[c], plain.children[c]
    if state["outcome"] == "placed":
        return "decision" if state["decided"] else "over" if state["over"] else "seat"
    if state["outcome"] == "withdrawn":
        return "declined" if state["status"] == "declined" else "withdrawn"
    if state["status"] == "absent":
        return "absent"
    claims = [claim for stage in plain.rules.stage for claim in stage.claims]
    for level in ("district", "city"):
        asked = [claim for claim in claims if claim.who.consents == level]
        short = CONSENT[child.get("consents", "none")] < CONSENT[level]
        if short and any(child["category"] in claim.who.categories for claim in asked):
            return f"no-consent-{level}"
    was_in = {done.stage.mechanism.by_choices for done in plain.done if c in done.inside}
    if was_in == {True} and not any(r["applicant_id"] == c for r in plain.filed):
        return "no-choice"
    return "no-seat" if was_in else "no-stage"


def keys(plain: Plain, done: Done) -> Rows:
    """Return a row for each child of a stage."""
    stage, inside = done.stage, done.inside
    tiers = all(e.order[0] == inside[c][0] for c in inside for e in done.lists[c])
    one = plain.has_no_pair_keys(stage) and tiers
    order = sorted(inside, key=lambda c: plain.order(stage, c, None, inside[c][0])) if one else []
    rows = []
    for c in sorted(inside):
        asked = {name for name, _ in stage.claims[inside[c][0]].keys}
        rows.append(
            {
                "applicant_id": c,
                "stage": stage.id,
                "claim": inside[c][0] + 1,
                "position": order.index(c) + 1 if one else None,
                **{name: plain.value(c, None, name) if name in asked else None for name in CHILD_KEYS},
                "ticket": plain.ticket[c][0],
                "status": done.came_of[c],
            }
        )
    return rows


def ledger(plain: Plain, done: Done) -> Rows:
    """Return a row for each block, or each zone where zones are given."""
    rows = []
    for block, before in done.before.items():
        zone = isinstance(block, str)
        rows.append(
            {
                "stage": done.stage.id,
                "zone_id": block if zone else None,
                "school_id": None if zone else block[0],
                "pool": None if zone else block[1],
                "before": before,
                "returned": done.returned.get(block, 0),
                "given": done.given[block],
                "over": done.over[block],
                "released": done.released[block],
                "left": done.left[block] - done.released[block],
                "cut_off": cut_off(plain, done, block),
            }
        )
    return rows


def cut_off(plain: Plain, done: Done, block: Any) -> dict[str, Any] | None:
    """Return the keys of the last one who sits there on a seat or by a tie."""
    here = [(e.order, c) for c, e in done.got.items() if e.block == block]
    if done.left[block] > 0 or not here:
        return None
    if done.stage.mechanism.name == "random-seats":
        lists = [[e.block for e in entries] for entries in done.lists.values()]
        zone = {b for blocks in lists if block in blocks for b in blocks}
        if any(done.left[b] > 0 for b in zone):
            return None
        here = [(e.order, c) for c, e in done.got.items() if e.block in zone]
    order, c = max(here)
    tier, school = order[0], None if isinstance(block, str) else block[0]
    values: dict[str, Any] = {"claim": tier + 1} if len(done.stage.claims) > 1 else {}
    for name, _ in done.stage.claims[tier].keys:
        value = plain.value(c, school, name)
        dated = value is not None and name in ("settled_on", "parent_settled_on")
        values[name] = plain.children[c][name] if dated else value
    return {**values, "ticket": plain.ticket[c][0]}


def metrics(done: Done) -> dict[str, Any]:
    """Return what is counted of a stage."""
    stage, came_of = done.stage, done.came_of
    mechanism = stage.mechanism.name
    return {
        "stage": stage.id,
        "claimants": len(came_of),
        "seated": sum(what in ("placed", "over", "zone") for what in came_of.values()),
        "over": sum(what == "over" for what in came_of.values()),
        **counts(
            done.lists,
            done.got,
            done.left,
            zones_drawn=mechanism == "random-seats",
            real=set(done.before),
        ),
        "promises": mechanism not in ("immediate-acceptance", "parallel", "least-travel")
        and stage.last_seat != "next",
    }


def distances(plain: Plain, done: Done) -> Rows:
    """Return the pairs of home and school that stood in somebody's list."""
    pairs = {}
    for c, entries in done.lists.items() if done.stage.gives == "school" else ():
        child = plain.children[c]
        home = f"unit:{child.get('unit_id')}" if "unit_id" in child else f"zone:{child['zone']}"
        home = f"child:{c}" if child.get("east") is not None and "unit_id" not in child else home
        pairs |= {(home, e.block[0]): e.metres for e in entries}
    return [
        {"stage": done.stage.id, "home_id": home, "school_id": school, "distance_m": metres}
        for (home, school), metres in pairs.items()
    ]


def same(value: Any) -> Any:
    """Return a cell in one form: missing is None, a cut-off is what its JSON says."""
    if value is None or value is pd.NA or value != value:
        return None
    if isinstance(value, str) and value.startswith("{"):
        return json.loads(value)
    return value.item() if hasattr(value, "item") else value


def differences(expected: dict[str, Rows], found: dict[str, pd.DataFrame]) -> list[tuple[Any, ...]]:
    """Return where the engine's tables differ: the table, the row, and what was expected and found."""
    result: list[tuple[Any, ...]] = []
    for name, rows in expected.items():
        there = {}
        for record in found[name].to_dict("records"):
            row = {column: same(value) for column, value in record.items()}
            there[tuple(row[column] for column in ROW_OF[name])] = row
        here = {tuple(row[column] for column in ROW_OF[name]): row for row in rows}
        if here.keys() != there.keys():
            result.append((name, "rows", here.keys() ^ there.keys()))
        for row in here.keys() & there.keys():
            wrong = {
                column: (value, there[row].get(column))
                for column, value in here[row].items()
                if column not in CHILD_KEYS or column in there[row]
                if value != there[row].get(column)
            }
            if wrong:
                result.append((name, row, wrong))
    return sorted(result, key=str)
