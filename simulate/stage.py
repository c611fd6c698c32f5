"""Run one stage: decisions first, then the mechanism, then what happens to those who got nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import DataError, Fault, say
from simulate import claims
from simulate.mechanisms import NOWHERE, Contest, fill, random_seats, serial_dictatorship
from simulate.policy import Claim, Policy, Stage
from simulate.ragged import distinct, walk
from simulate.state import NOT_ADMITTED, OUTCOMES, PLACED, WAITING, State
from simulate.world import World, pair_metres

MECHANISMS: dict[str, Callable[[Contest], npt.NDArray[np.int32]]] = {
    "fill": fill,
    "random-seats": random_seats,
    "serial-dictatorship": serial_dictatorship,
}
DATE_KEYS = ("settled_on", "parent_settled_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What a stage writes down.

    Parameters
    ----------
    keys : DataFrame
        applicant_id, stage, position, the keys of the order, ticket, status; one row a claimant.
    ledger : DataFrame
        stage, school_id, pool, before, given, over, released, left, cut_off; one row a school.
    distances : DataFrame
        stage, home_id, school_id, distance_m; the pairs that the stage considered.
    """

    keys: pd.DataFrame
    ledger: pd.DataFrame
    distances: pd.DataFrame


def run_stage(world: World, policy: Policy, number: int, state: State) -> tuple[State, Records]:
    """Turn the state before a stage into the state after it.

    Parameters
    ----------
    world : World
        City and children.
    policy : Policy
        The policy as it holds on the day.
    number : int
        The stage's position in it.
    state : State
        The state before.

    Returns
    -------
    (State, Records)
        The state after, and what is written down.

    Raises
    ------
    DataError
        If a decision cannot be honoured, or `fill` meets a zone of several schools.
    """
    stage = policy.stage[number]
    claim = stage.claims[0]
    before = state.free.copy()
    state = _honour_decisions(world, policy, number, state)
    who = claims.claimants(claim, world, state)
    lists = claims.school_lists(stage, claim, world, state, who)
    _check_lists(stage, world, who, lists)
    order = claims.rank_children(claim, world, who)
    contest = Contest(
        order=order,
        ticket_rank=world.children.ticket_rank[who],
        group=lists[0],
        starts=lists[1],
        schools=lists[2],
        seats=state.free,
    )
    school = MECHANISMS[stage.mechanism.name](contest)
    over = np.zeros(len(who), dtype=np.bool_)
    if stage.when_full == "over":
        school, over = _seat_over(world, lists, school)
    after = _settle(world, stage, number, state, who, school, over)
    last = _last_admitted(stage, order, school, over, lists)
    records = Records(
        keys=_keys(stage, claim, world, who, order, school, over, after),
        ledger=_ledger(stage, world, number, before, after, last, who, lists),
        distances=_distances(stage, world, who, lists),
    )
    return after, records


def _honour_decisions(world: World, policy: Policy, number: int, state: State) -> State:
    """Place the children whom an officer decided on: a free seat first, else over the intake."""
    decisions = world.city["decisions"]
    now = decisions[decisions["stage"] == policy.stage[number].id]
    if len(now) == 0:
        return state
    child = pd.Index(world.children.ids).get_indexer(now["applicant_id"])
    unknown = np.flatnonzero(child < 0)
    if len(unknown):
        raise DataError(
            Fault(
                file="decisions",
                column="applicant_id",
                found=str(now["applicant_id"].iloc[index]),
                allowed=say("the number of an applicant"),
            )
            for index in unknown
        )
    placed = np.flatnonzero(state.outcome[child] != WAITING)
    if len(placed):
        raise DataError(
            Fault(
                file="decisions",
                column="applicant_id",
                found=str(now["applicant_id"].iloc[index]),
                allowed=say(
                    "a child who still waits when the stage {stage} begins", stage=policy.stage[number].id
                ),
                remedy=say("name an earlier stage, or leave the decision out"),
            )
            for index in placed
        )
    school = pd.Index(world.schools.ids).get_indexer(now["school_id"]).astype(np.int32)
    # decisions for one school are honoured in order of the applicants' numbers
    place = pd.Series(school).groupby(school).cumcount().to_numpy()
    over = place >= state.free[school]
    taken = np.bincount(school[~over], minlength=len(state.free))
    new = {name: getattr(state, name).copy() for name in ("outcome", "school", "stage", "over", "decided")}
    new["outcome"][child] = PLACED
    new["school"][child] = school
    new["stage"][child] = number
    new["over"][child] = over
    new["decided"][child] = True
    return replace(state, free=state.free - taken, **new)


def _check_lists(stage: Stage, world: World, who: npt.NDArray[np.int64], lists: claims.Lists) -> None:
    group, starts, schools = lists
    if stage.mechanism.name == "fill":
        several = np.flatnonzero(np.diff(starts)[group] > 1)
        if len(several):
            zones = sorted(set(world.zones[world.children.zone[who[several]]]))
            raise DataError(
                Fault(
                    file=f"stage {stage.id}",
                    found=str(zone),
                    allowed=say("fill places children of zones with one school; this zone has several"),
                    remedy=say(
                        'add zone = "single-school" to who, and a stage of random-seats for the others'
                    ),
                )
                for zone in zones
            )
    if stage.mechanism.name == "random-seats" and len(np.unique(schools)) != len(schools):
        ids, count = np.unique(schools, return_counts=True)
        raise DataError(
            Fault(
                file=f"stage {stage.id}",
                found=str(world.schools.ids[school]),
                allowed=say(
                    "random-seats draws for each zone apart; this school serves several of its zones"
                ),
                remedy=say("give the school to one of them, or let the children file choices"),
            )
            for school in ids[count > 1]
        )


def _seat_over(
    world: World, lists: claims.Lists, school: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Seat those who got nothing in the first school of their list that has an intake, above it."""
    group, starts, schools = lists
    row, _ = walk(np.diff(starts))
    offers = np.flatnonzero(world.schools.seats[schools] > 0)
    first = np.full(len(starts) - 1, NOWHERE, dtype=np.int32)
    first[row[offers][::-1]] = schools[offers][::-1]  # written last to first, so that the first stays
    seated = np.where(school == NOWHERE, first[group], school).astype(np.int32)
    return seated, (school == NOWHERE) & (seated != NOWHERE)


def _settle(
    world: World,
    stage: Stage,
    number: int,
    state: State,
    who: npt.NDArray[np.int64],
    school: npt.NDArray[np.int32],
    over: npt.NDArray[np.bool_],
) -> State:
    seated = school != NOWHERE
    outcome, at, by = state.outcome.copy(), state.school.copy(), state.stage.copy()
    above, rank = state.over.copy(), state.choice_rank.copy()
    outcome[who[seated]] = PLACED
    at[who[seated]] = school[seated]
    by[who[seated]] = number
    above[who] = over
    if stage.mechanism.choose == "choices":
        rank[who] = claims.filed_ranks(world, who, school)
    if stage.when_full == "not-admitted":
        outcome[who[~seated]] = NOT_ADMITTED
        by[who[~seated]] = number
    taken = np.bincount(school[seated & ~over], minlength=len(state.free))
    return replace(
        state, outcome=outcome, school=at, stage=by, over=above, choice_rank=rank, free=state.free - taken
    )


def _last_admitted(
    stage: Stage,
    order: npt.NDArray[np.int64],
    school: npt.NDArray[np.int32],
    over: npt.NDArray[np.bool_],
    lists: claims.Lists,
) -> dict[int, int]:
    """Return for each school the claimant who came last among those it admitted.

    Where seats are drawn, the order decides who gets *a* seat of the zone and the ticket which, so the
    last admitted is that of the whole zone.
    """
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    seated = (school != NOWHERE) & ~over
    by: npt.NDArray[np.int32] = lists[0] if stage.mechanism.name == "random-seats" else school
    last = pd.Series(place[seated]).groupby(by[seated]).max()
    worst = pd.Series(by[seated], index=school[seated]).map(last)
    return {int(s): int(order[p]) for s, p in worst.groupby(level=0).max().items()}


def _keys(
    stage: Stage,
    claim: Claim,
    world: World,
    who: npt.NDArray[np.int64],
    order: npt.NDArray[np.int64],
    school: npt.NDArray[np.int32],
    over: npt.NDArray[np.bool_],
    after: State,
) -> pd.DataFrame:
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(1, len(order) + 1)
    status = np.array(OUTCOMES, dtype=object)[after.outcome[who]]
    status[over] = "over"
    frame = pd.DataFrame({"applicant_id": world.children.ids[who], "stage": stage.id, "position": place})
    for key in claim.order[:-1]:
        name = key.split(" ")[0]
        frame[name] = world.children.keys[name][who]
    frame["ticket"] = _hex(world, who)
    frame["status"] = status
    return frame


def _hex(world: World, who: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    text = world.children.tickets[who].tobytes().hex()
    width = 2 * world.children.tickets.shape[1]
    joined = np.frombuffer(text.encode("ascii"), dtype=f"S{width}") if len(who) else np.empty(0, "S1")
    return joined.astype("U").astype(object)


def _ledger(
    stage: Stage,
    world: World,
    number: int,
    before: npt.NDArray[np.int64],
    after: State,
    last: dict[int, int],
    who: npt.NDArray[np.int64],
    lists: claims.Lists,
) -> pd.DataFrame:
    here = (after.stage == number) & (after.outcome == PLACED)
    count = len(world.schools.ids)
    over = np.bincount(after.school[here & after.over], minlength=count)
    given = np.bincount(after.school[here & ~after.over], minlength=count)
    full = after.free == 0
    if stage.mechanism.name == "random-seats":
        # the order decides over a seat of the zone, so it had a cut-off only where the whole zone is full
        for start, end in zip(lists[1], lists[1][1:], strict=False):
            full[lists[2][start:end]] = full[lists[2][start:end]].all()
    cut_off = [
        _cut_off(stage, world, int(who[last[s]])) if s in last and full[s] else None for s in range(count)
    ]
    assert (before - given == after.free).all()
    return pd.DataFrame(
        {
            "stage": stage.id,
            "school_id": world.schools.ids,
            "pool": "open",
            "before": before,
            "given": given,
            "over": over,
            "released": 0,
            "left": after.free,
            "cut_off": pd.Series(cut_off, dtype="str"),
        }
    )


def _cut_off(stage: Stage, world: World, child: int) -> str:
    """Return the key tuple of a child as JSON: what was asked, in order, and its ticket."""
    values: dict[str, object] = {}
    for key in stage.claims[0].order[:-1]:
        name = key.split(" ")[0]
        value = world.children.keys[name][child]
        if np.isnan(value):
            values[name] = None
        elif name in DATE_KEYS:
            values[name] = str(np.datetime64(int(value), "D"))
        else:
            values[name] = float(value)
    values["ticket"] = world.children.tickets[child].tobytes().hex()
    return json.dumps(values)


def _distances(stage: Stage, world: World, who: npt.NDArray[np.int64], lists: claims.Lists) -> pd.DataFrame:
    """Return the distinct pairs of home and school that stood in somebody's list."""
    group, starts, schools = lists
    lists_used, schools_known = max(1, len(starts) - 1), len(world.schools.ids)
    home, used = np.divmod(distinct(world.children.home[who] * lists_used + group), lists_used)
    row, place = walk(np.diff(starts)[used])
    school = schools[starts[used[row]] + place].astype(np.int64)
    home, school = np.divmod(distinct(home[row] * schools_known + school), schools_known)
    metres = pair_metres(world, home, school)
    return pd.DataFrame(
        {
            "stage": stage.id,
            "home_id": world.homes.ids[home],
            "school_id": world.schools.ids[school],
            "distance_m": pd.Series(claims.known_metres(metres)).astype("Int64"),
        }
    )
