"""What a run writes down: children a row, stages × seats, keys, distances (STAGES.md, 7)."""

from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.metres import UNKNOWN_M
from simulate.mechanisms import NOWHERE
from simulate.metrics import metrics_of
from simulate.order_keys import PAIR_KEYS
from simulate.policy import Policy
from simulate.ragged import distinct, walk
from simulate.reasons import reasons_of
from simulate.season import Season
from simulate.stage import Result
from simulate.state import OUTCOMES
from simulate.world import ABSENT, World

Numbers = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]
TABLES = ("placements", "ledger", "keys", "distances", "metrics")
DATE_KEYS = ("settled_on", "parent_settled_on")


def placements_of(world: World, policy: Policy, season: Season) -> pd.DataFrame:
    """Return one row a child: outcome, zone, school, stage, choice rank, distance and reason.

    Returns
    -------
    DataFrame, shape (n,)
        applicant_id, category, district_id, zone_id, given_zone_id, outcome, school_id, pool,
        school_district_id, stage, choice_rank, distance_m, over, decided, reason, published.
    """
    children, state = world.children, season.state
    school = state.school(world)
    placed = np.flatnonzero(school != NOWHERE)
    metres = np.full(len(children), np.nan)
    metres[placed] = known_metres(world.metres(placed, school[placed]))
    at = np.where(school != NOWHERE, world.schools.district[school], ABSENT)
    return pd.DataFrame(
        {
            "applicant_id": children.ids,
            "category": children.category,
            "district_id": _named(world.districts, children.district),
            "zone_id": _named(world.zones, children.zone),
            "given_zone_id": pd.Series(_named(world.zones, state.given_zone), dtype="str"),
            "outcome": np.array(OUTCOMES, dtype=object)[state.outcome],
            "school_id": _named(world.schools.ids, school),
            "pool": pd.Series(_named(world.blocks.pool, state.block), dtype="str"),
            "school_district_id": _named(world.districts, at),
            "stage": _named(np.array([s.id for s in policy.stage] + ["amend"], dtype=object), state.stage),
            "choice_rank": pd.Series(np.where(state.choice_rank > 0, state.choice_rank, np.nan)).astype(
                "Int64"
            ),
            "distance_m": pd.Series(metres).astype("Int64"),
            "over": state.over,
            "decided": state.decided,
            "reason": reasons_of(world, policy, season),
            "published": state.published,
        }
    )


def _named(names: Texts, position: npt.NDArray[np.integer]) -> Texts:
    """Return the name at each position; None where there is none (-1)."""
    with_none = np.empty(len(names) + 1, dtype=object)  # its last entry stays None
    with_none[:-1] = names
    result: Texts = with_none[position]
    return result


def keys_of(world: World, policy: Policy, season: Season) -> pd.DataFrame:
    """Return a row for each stage and child of its claims: what it was sorted by, and what came of it."""
    frames = [_keys(world, policy, season, index) for index in range(len(season.results))]
    used = {name for stage in policy.stage for claim in stage.claims for name, _ in claim.keys}
    columns = [name for name in policy.child_keys if name in used]
    order = ["round", "applicant_id", "stage", "claim", "position", *columns, "ticket", "status"]
    joined = pd.concat([frame.reindex(columns=order) for frame in frames], ignore_index=True)
    texts = ("applicant_id", "stage", "ticket", "status")
    kinds = {**dict.fromkeys(texts, "str"), **dict.fromkeys(columns, "float64"), "position": "Int64"}
    return joined.astype(kinds)


def _keys(world: World, policy: Policy, season: Season, index: int) -> pd.DataFrame:
    one = season.results[index]
    stage, who, children = policy.stage[one.number], one.who, world.children
    status = np.full(len(who), "waiting", dtype=object)
    if stage.when_full == "not-admitted":
        status[:] = "not-admitted"
    status[one.block != NOWHERE] = "zone" if stage.gives == "zone" else "placed"
    status[one.over] = "over"
    frame: dict[str, object] = {
        "round": np.full(len(who), one.round),
        "applicant_id": children.ids[who],
        "stage": np.full(len(who), stage.id, dtype=object),
        "claim": one.first + 1,
        "position": one.posed.position + 1
        if len(one.posed.position)
        else pd.array([pd.NA] * len(who), dtype="Int64"),
    }
    for name in policy.child_keys:
        asks = np.array([name in (key for key, _ in claim.keys) for claim in stage.claims])
        if asks.any():
            frame[name] = np.where(asks[one.first], children.keys[name][who], np.nan)
    frame["ticket"] = ticket_texts(world, who)
    frame["status"] = status
    return pd.DataFrame(frame)


def ticket_texts(world: World, who: Numbers) -> Texts:
    """Return tickets as hexadecimal text, shape (m,)."""
    width = 2 * world.children.tickets.shape[1]
    text = world.children.tickets[who].tobytes().hex()
    joined = np.frombuffer(text.encode("ascii"), dtype=f"S{width}") if len(who) else np.empty(0, "S1")
    return joined.astype("U").astype(object)


def ledger_of(world: World, policy: Policy, season: Season) -> pd.DataFrame:
    """Return a row for each stage and seat block (or zone): seats before, given, over, left, cut-off."""
    frames = [_ledger(world, policy, one) for one in season.results]
    joined = pd.concat(frames, ignore_index=True)
    return joined.astype(dict.fromkeys(("stage", "zone_id", "school_id", "pool", "cut_off"), "str"))


def _ledger(world: World, policy: Policy, one: Result) -> pd.DataFrame:
    stage, count = policy.stage[one.number], len(one.before)
    zones = stage.gives == "zone"
    nothing = np.full(count, None, dtype=object)
    return pd.DataFrame(
        {
            "round": one.round,
            "stage": stage.id,
            "zone_id": world.zones if zones else nothing,
            "school_id": nothing if zones else world.schools.ids[world.blocks.school],
            "pool": nothing if zones else world.blocks.pool,
            "before": one.before,
            "returned": one.returned,
            "given": one.given,
            "over": one.above,
            "released": one.released,
            "left": one.left,
            "cut_off": pd.Series(cut_offs(world, policy, one), dtype="str"),
        }
    )


def cut_offs(world: World, policy: Policy, one: Result) -> list[str | None]:
    """Return the cut-off of each block as JSON: the keys of the last one admitted, and its ticket."""
    texts: list[str | None] = [None] * len(one.last)
    # a loop over blocks with a cut-off, never over children
    for block in np.flatnonzero(one.last >= 0):
        values = keys_at(world, policy, one, int(one.last[block]), int(one.entry[one.last[block]]))
        texts[int(block)] = json.dumps(values)
    return texts


def keys_at(world: World, policy: Policy, one: Result, position: int, entry: int) -> dict[str, object]:
    """Return what a child of a stage was sorted by at an entry of its list, as plain values."""
    stage, posed = policy.stage[one.number], one.posed
    child = int(one.who[position])
    tier = int(one.first[position]) if posed.contest.rank is None else int(posed.lists.tier[entry])
    values: dict[str, object] = {"claim": tier + 1} if len(stage.claims) > 1 else {}
    for name, _ in stage.claims[tier].keys:
        value = posed.pair[name][entry] if name in PAIR_KEYS else world.children.keys[name][child]
        if np.isnan(value):
            values[name] = None
        elif name in DATE_KEYS:
            values[name] = str(np.datetime64(int(value), "D"))
        else:
            values[name] = float(value)
    values["ticket"] = world.children.tickets[child].tobytes().hex()
    return values


def distances_of(world: World, policy: Policy, season: Season) -> pd.DataFrame:
    """Return the distinct pairs of home and school that stood in somebody's list, stage by stage."""
    frames = [
        _distances(world, policy, one)
        for one in season.results
        if policy.stage[one.number].gives == "school"
    ]
    joined = pd.concat(frames, ignore_index=True) if frames else _NO_DISTANCES
    return joined.astype(dict.fromkeys(("stage", "home_id", "school_id"), "str"))


_NO_DISTANCES = pd.DataFrame(
    {
        "round": np.empty(0, np.int64),
        "stage": [],
        "home_id": [],
        "school_id": [],
        "distance_m": pd.array([], "Int64"),
    }
)


def _distances(world: World, policy: Policy, one: Result) -> pd.DataFrame:
    lists, count = one.posed.lists, len(world.schools.ids)
    used_lists = max(1, len(lists.starts) - 1)
    home, used = np.divmod(distinct(world.children.home[one.who] * used_lists + lists.group), used_lists)
    row, place = walk(np.diff(lists.starts)[used])
    block = lists.block[lists.starts[used[row]] + place]
    school = np.concatenate([world.blocks.school, np.arange(count, dtype=np.int32)])[block].astype(np.int64)
    home, school = np.divmod(distinct(home[row] * count + school), count)
    metres = world.nearness.pairs(home, school)
    return pd.DataFrame(
        {
            "round": np.full(len(home), one.round),
            "stage": np.full(len(home), policy.stage[one.number].id, dtype=object),
            "home_id": world.homes.ids[home],
            "school_id": world.schools.ids[school],
            "distance_m": pd.Series(known_metres(metres)).astype("Int64"),
        }
    )


def known_metres(metres: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """Return distances as they are written: NaN (null) where unknown."""
    return np.where(metres == UNKNOWN_M, np.nan, metres.astype(np.float64))


def listed_of(world: World, policy: Policy) -> pd.DataFrame:
    """Return choices as used: applicant_id, after_stage (missing: from the start), list, rank, target."""
    choices = world.choices
    target = np.where(
        choices.school != ABSENT,
        _named(world.schools.ids, choices.school),
        _named(world.zones, choices.zone),
    )
    stages = np.array([stage.id for stage in policy.stage], dtype=object)
    frame = pd.DataFrame(
        {
            "applicant_id": world.children.ids[choices.child],
            "after_stage": _named(stages, choices.after),
            "list": choices.list_,
            "rank": choices.rank.astype(np.int64),
            "target": target,
        }
    )
    return frame.astype(dict.fromkeys(("applicant_id", "after_stage", "target"), "str"))


def offered_of(world: World, policy: Policy) -> pd.DataFrame:
    """Return what each pool of each school offers: school_id, pool, seats, release_after."""
    blocks = world.blocks
    stages = np.array([stage.id for stage in policy.stage], dtype=object)
    frame = pd.DataFrame(
        {
            "school_id": world.schools.ids[blocks.school],
            "pool": blocks.pool,
            "seats": blocks.seats,
            "release_after": _named(stages, blocks.release),
        }
    )
    return frame.astype(dict.fromkeys(("school_id", "pool", "release_after"), "str"))


def tables_of(world: World, policy: Policy, season: Season) -> dict[str, pd.DataFrame]:
    """Return all tables of a run by name."""
    return {
        "placements": placements_of(world, policy, season),
        "ledger": ledger_of(world, policy, season),
        "keys": keys_of(world, policy, season),
        "distances": distances_of(world, policy, season),
        "metrics": metrics_of(world, policy, season),
    }
