"""The tables of a run as they should be: placements, ledger, keys, distances (STAGES.md, 7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulate.verify.facts import Town
from simulate.verify.points import child_keys_of
from simulate.verify.reach import ZONE
from simulate.verify.reading import Row
from simulate.verify.season import Done
from simulate.verify.solution import Solution, Upheld
from simulate.verify.standing import AMEND

Keyed = dict[tuple[Any, ...], Row]
"""Rows by what makes them unique."""


def placements_of(solution: Solution) -> dict[str, Row]:
    """Return the table placements as it should be, by child."""
    town = solution.town
    rows: dict[str, Row] = {}
    for number, card in solution.state.cards.items():
        child = town.children[number]
        school = None if card.block is None else card.block[0]
        rows[number] = {
            "category": child.category,
            "district_id": child.district,
            "zone_id": child.zone,
            "given_zone_id": card.given_zone,
            "outcome": card.outcome,
            "school_id": school,
            "pool": None if card.block is None else card.block[1],
            "school_district_id": None if school is None else town.schools[school].district,
            "stage": card.stage,
            "choice_rank": card.choice_rank,
            "distance_m": None if school is None else town.ground.metres(child.home, school),
            "over": card.over,
            "decided": card.decided,
            "reason": solution.reasons[number],
            "published": card.published,
        }
    return rows


def ledger_of(solution: Solution) -> Keyed:
    """Return the table ledger, by round, stage, zone, school and pool."""
    rows: Keyed = {}
    for done in solution.done:
        rows.update({(done.round, done.stage, *key): row for key, row in _seats_of(done).items()})
    return rows if solution.upheld is None else {**rows, **_upheld_rows(solution.upheld)}


def _seats_of(done: Done) -> Keyed:
    """Return the rows of the ledger for a stage, by zone, school and pool."""
    rows: Keyed = {}
    for block in done.before:
        zone = block[1] == ZONE
        rows[(block[0], None, None) if zone else (None, *block)] = {
            "before": done.before[block],
            "returned": done.returned.get(block, 0),
            "given": done.given.get(block, 0),
            "over": done.above.get(block, 0),
            "released": done.released.get(block, 0),
            "left": done.left[block],
            "cut_off": done.cut_off.get(block),
        }
    return rows


def _upheld_rows(upheld: Upheld) -> Keyed:
    return {
        (1, AMEND, None, *block): {
            "before": seats,
            "returned": upheld.returned[block],
            "given": upheld.given.get(block, 0),
            "over": upheld.above.get(block, 0),
            "released": 0,
            "left": upheld.left[block],
            "cut_off": None,
        }
        for block, seats in upheld.before.items()
    }


def keys_of(solution: Solution) -> Keyed:
    """Return the table keys, by round, child and stage."""
    return {
        (done.round, number, done.stage): row
        for done in solution.done
        for number, row in _keys_of(done, solution.town).items()
    }


def _keys_of(done: Done, town: Town) -> dict[str, Row]:
    """Return the rows of the table keys for a stage, by child."""
    contest = done.contest
    position = {} if contest.order is None else {child: n for n, child in enumerate(contest.order, start=1)}
    rows: dict[str, Row] = {}
    for number, claims in contest.claims.items():
        child = town.children[number]
        asked = {text.split(" ")[0] for text in contest.stage["claims"][claims[0]]["order"]}
        rows[number] = {
            "claim": claims[0] + 1,
            "position": position.get(number),
            **{key: child.keys.get(key) if key in asked else None for key in child_keys_of(town.policy)},
            "ticket": child.ticket.hex(),
            "status": done.status(number),
        }
    return rows


def distances_of(town: Town, stages: Sequence[Done]) -> Keyed:
    """Return the table distances, by round, stage, home and school: the pairs of somebody's list."""
    rows: Keyed = {}
    for done in stages:
        if done.contest.stage["gives"] == "zone":
            continue
        seen: set[tuple[str, int]] = set()
        for number, entries in done.contest.lists.items():
            home = town.children[number].home
            if (home, id(entries)) in seen:  # children of one home share a list
                continue
            seen.add((home, id(entries)))
            for school in {entry.block[0] for entry in entries}:
                metres = town.ground.metres(home, school)
                rows[done.round, done.stage, home, school] = {"distance_m": metres}
    return rows
