"""What children file: known lists, the zone's schools nearest first, or lists drawn by taste."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geodata.metres import UNKNOWN_M
from simulate.ensemble.uncertainty import Choices
from simulate.policy import Claim, Policy
from simulate.ragged import walk
from simulate.state import opening_state
from simulate.where import in_reach, reach_key
from simulate.who import of_kinds
from simulate.world import ABSENT, World

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """Lists of schools, one after the other, the most wanted first.

    Parameters
    ----------
    starts : array of int64, shape (n + 1,)
    school, rank : array of int32, shape (e,)
        The school, and the rank under which it was filed (ranks may have gaps).
    """

    starts: Numbers
    school: Small
    rank: Small


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """The schools among which the children of each cell choose, and what distance makes them worth.

    Parameters
    ----------
    starts : array of int64, shape (c + 1,)
    school : array of int32, shape (e,)
    worth : array of float64, shape (e,)
        Minus the metres over those that weigh as much as one unit of taste.
    """

    starts: Numbers
    school: Small
    worth: Floats


def known_lists(world: World) -> dict[int, Filed]:
    """Return what the children of a list filed from the start, by the number of the list."""
    choices = world.choices
    first = np.flatnonzero((choices.after == ABSENT) & (choices.school >= 0))
    result = {}
    for number in np.unique(choices.list_[first]).tolist():
        mine = first[choices.list_[first] == number]
        starts = np.searchsorted(choices.child[mine], np.arange(len(world.children) + 1))
        result[int(number)] = Filed(
            starts=starts.astype(np.int64), school=choices.school[mine], rank=choices.rank[mine]
        )
    return result


def zone_lists(world: World, asked: Mask) -> dict[int, Filed]:
    """Return the first list of each cell asked: the schools of its zone, nearest first."""
    zone = world.children.zone
    count = np.append(np.diff(world.zone_starts), 0)[zone]
    cell, place = walk(np.where(asked, count, 0))
    school = world.zone_schools[world.zone_starts[zone[cell]] + place]
    order = np.lexsort((school, world.metres(cell, school), cell))
    return {
        1: Filed(starts=_starts(cell, len(zone)), school=school[order], rank=(place + 1).astype(np.int32))
    }


def looked_at(world: World, policy: Policy, stated: Choices) -> Mapping[int, Looked]:
    """Return among which schools the children of each cell choose, for each list that is stated.

    Notes
    -----
    The first claim of a stage by choices that reads a list says who files it and where: in the own zone all
    its schools are looked at, elsewhere the `near` nearest in reach that are not in the child's own zone
    (of the first list: own zone or not). A school at unknown distance is looked at in the own zone alone,
    as if it were at the mean distance there.
    """
    result = {}
    for number in sorted(int(name) for name in stated.most):
        claims = [
            claim
            for stage in policy.stage
            if stage.mechanism.by_choices and stage.gives == "school"
            for claim in stage.claims
            if (stage.claims[0].where.list_ or 1) == number
        ]
        if claims:
            result[number] = _looked(world, claims, stated, first=number == 1)
    return result


def _looked(world: World, claims: list[Claim], stated: Choices, *, first: bool) -> Looked:
    children, schools = world.children, np.arange(len(world.schools.ids), dtype=np.int32)
    state = opening_state(world)
    rows: list[Numbers] = []
    found: list[Small] = []
    metres: list[Floats] = []
    # the first claim of each category says where it chooses
    seen: set[str] = set()
    for claim in claims:
        mine = [name for name in claim.who.categories if name not in seen]
        seen |= set(mine)
        cells = np.flatnonzero(np.isin(children.category, mine))
        kinds = of_kinds(claim, world)
        # homes alike do not do: from one home, children come from kindergartens that feed other schools
        reach = reach_key(claim, world, state, cells)
        where = np.stack([children.home[cells], children.zone[cells], reach])
        _, live = np.unique(where, axis=1, return_inverse=True)
        order = np.argsort(live, kind="stable")
        bounds = np.flatnonzero(np.diff(live[order], prepend=-1))
        # a loop over places where children live, never over children
        for here in np.split(cells[order], bounds[1:]) if len(cells) else []:
            one = np.full(len(schools), here[0], dtype=np.int64)
            open_ = in_reach(claim, world, state, one, schools) & kinds
            zone = int(children.zone[here[0]])
            if not first and zone != ABSENT:
                open_[world.zone_schools[world.zone_starts[zone] : world.zone_starts[zone + 1]]] = False
            row, school, away = _near(world, claim, here, schools[open_], stated.near)
            rows.append(row)
            found.append(school)
            metres.append(away)
    cell, school = (
        np.concatenate([*rows, np.empty(0, np.int64)]),
        np.concatenate([*found, np.empty(0, np.int32)]),
    )
    away = np.concatenate([*metres, np.empty(0)])
    order = np.argsort(cell, kind="stable")
    return Looked(
        starts=_starts(cell[order], len(children)),
        school=school[order].astype(np.int32),
        worth=-away[order] / stated.scale_m,
    )


def _near(
    world: World, claim: Claim, cells: Numbers, schools: Small, near: int
) -> tuple[Numbers, Small, Floats]:
    """Return the schools that the cells of one home look at: cell, school, metres, one row each."""
    away = world.metres(np.full(len(schools), cells[0]), schools).astype(np.float64)
    known = away != UNKNOWN_M
    if claim.where.schools == "own-zone":
        mean = float(away[known].mean()) if known.any() else 0.0
        away = np.where(known, away, mean)
    else:
        schools, away = schools[known], away[known]
        nearest = np.lexsort((schools, away))[:near]
        schools, away = schools[nearest], away[nearest]
    return np.repeat(cells, len(schools)), np.tile(schools, len(cells)), np.tile(away, len(cells))


def _starts(row: Numbers, rows: int) -> Numbers:
    return np.searchsorted(row, np.arange(rows + 1)).astype(np.int64)
