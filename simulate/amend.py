"""Amend a published run: published places stay, free seats go to the next in order (STAGES.md, 6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import City, DataError, Fault, XuequError, say, schema
from geodata.messages import Text
from simulate.answers import apply_answers, give_up
from simulate.decisions import place_by_hand
from simulate.filings import AMEND
from simulate.mechanisms import NOWHERE
from simulate.policy import Policy
from simulate.records import tables_of
from simulate.season import Season, run_season
from simulate.state import NOT_ADMITTED, PLACED, STATUS_DECLINED, WAITING, WITHDRAWN, State, opening_state
from simulate.world import Answers, World

Numbers = npt.NDArray[np.int64]
GROWS = ("applicants", "choices", "answers", "decisions", "facts", "scores")
"""Tables that may have new rows after publication; every other one stays as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amended:
    """A published run with what came after it.

    Parameters
    ----------
    opening : State
        From which the second pass through the stages begins: answers and objections are in it.
    season : Season
        Its results are those of that pass (round 1).
    seats : DataFrame
        What answers and objections did to the seats before that pass: rows of the ledger, stage `amend`.
    """

    opening: State
    season: Season
    seats: pd.DataFrame


def check_only_grown(published: City, now: City, policy: Policy) -> None:
    """Refuse to amend where more has changed than a published run allows.

    Parameters
    ----------
    published, now : City
        The inputs of the published run, and the project's present ones.
    policy : Policy
        The policy of the published run.

    Raises
    ------
    DataError
        If a row that was published is changed or gone, or a new one says something about a past stage.
    """
    faults = _changed_settings(published, now)
    for table in schema.TABLES:
        before, after = published[table.name], now[table.name]
        if table.name in GROWS:
            key = list(table.key)
            gone = _missing_rows(before, after, [c.name for c in table.columns])
            faults += [
                Fault(
                    file=table.name,
                    column=key[0],
                    found=str(value),
                    allowed=say("the row as it was published: after publication rows are only added"),
                    remedy=say("put it back; a mistake is mended by a decision with the stage amend"),
                )
                for value in gone[key[0]]
            ]
        elif len(_missing_rows(before, after, list(table.names))) or len(before) != len(after):
            faults.append(
                Fault(
                    file=table.name,
                    allowed=say(
                        "the table as it was published; only {tables} may grow", tables=", ".join(GROWS)
                    ),
                    remedy=say("put it back, or run the project from scratch as a new admission"),
                )
            )
    if not faults:
        faults = list(_about_the_past(published, now, policy))
    if faults:
        raise DataError(faults)


def _changed_settings(published: City, now: City) -> list[Fault]:
    """Return what of `xuequ.toml` decides a run and is not as it was: year, level, day, secret, CRS."""
    before, after = (city.project.project.model_dump(mode="json") for city in (published, now))
    before["metric_crs"], after["metric_crs"] = published.metric_crs, now.metric_crs
    words = {"name", "attribution", "policy"}  # said to people only; the policy is that of the run
    return [
        Fault(
            file="xuequ.toml",
            column=f"project.{name}",
            allowed=say("the setting as it was when the run was published"),
            remedy=say("put it back"),
        )
        for name in sorted(set(before) - words)
        if before[name] != after.get(name)
    ]


def _missing_rows(before: pd.DataFrame, after: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return the rows of a table that another does not have, value by value; places to the millimetre."""
    old = before[columns].astype("str").fillna("")
    new = after[columns].astype("str").fillna("")
    if "geometry" in before:
        old["geometry"], new["geometry"] = _places(before), _places(after)
    there = pd.MultiIndex.from_frame(old).isin(pd.MultiIndex.from_frame(new))
    return before[~there]


def _places(table: pd.DataFrame) -> list[str]:
    shapes = shapely.set_precision(table.geometry.to_numpy(), 0.001, mode="pointwise")
    return [shape or "" for shape in shapely.to_wkb(shapes, hex=True)]


def _about_the_past(published: City, now: City, policy: Policy) -> Iterator[Fault]:
    last = policy.stage[-1].id
    for name, column, allowed, value in (
        ("answers", "after_stage", say("answers after the last stage, {stage}", stage=last), last),
        ("decisions", "stage", say('decisions on a published run have the stage "amend"'), AMEND),
    ):
        key = list(schema.BY_NAME[name].key)
        fresh = now[name].merge(published[name][key], on=key, how="left", indicator=True)
        fresh = fresh[fresh["_merge"] == "left_only"]
        for row in fresh[fresh[column] != value].to_dict("records"):
            yield Fault(file=name, column=column, found=str(row[column]), allowed=allowed)
    known = set(published["applicants"]["applicant_id"])
    key = list(schema.BY_NAME["choices"].key)
    fresh = now["choices"].merge(published["choices"][key], on=key, how="left", indicator=True)
    past = (
        (fresh["_merge"] == "left_only")
        & fresh["applicant_id"].isin(known)
        & (fresh["after_stage"] != last)
    )
    for row in fresh[past].to_dict("records"):
        yield Fault(
            file="choices",
            column="after_stage",
            found=str(row["applicant_id"]),
            allowed=say(
                "choices of a child of the published run are filed after the last stage, {stage}",
                stage=last,
            ),
        )
    for name in ("facts", "scores"):
        columns = list(schema.BY_NAME[name].names)
        fresh = _missing_rows(now[name], published[name], columns)
        for child in sorted(set(fresh["applicant_id"]) & known):
            yield Fault(
                file=name,
                column="applicant_id",
                found=str(child),
                allowed=say("new rows only for children who arrived since: the others were scored"),
                remedy=say("put it back; a mistake is mended by a decision with the stage amend"),
            )


def amend(published: World, season: Season, world: World, policy: Policy) -> Amended:
    """Amend a season that was published.

    Parameters
    ----------
    published : World
        The world of the published run.
    season : Season
        That run, whole.
    world : World
        The world with what came after it.
    policy : Policy
        The policy of both.

    Raises
    ------
    DataError
        If a decision is about a child who is gone, or an answer does not fit.
    """
    state = _carried_over(published, season, world)
    fresh = _fresh_answers(published, world)
    last = len(policy.stage) - 1
    state = apply_answers(replace(world, answers=fresh), policy, last, state)
    state, free, given, over = _uphold_objections(world, policy, state, season.state.free)
    givers = (one for one in reversed(season.results) if policy.stage[one.number].gives == "school")
    left = next((one.left for one in givers), season.state.free)  # in the last rows of its ledger
    opened = Season(done=0, state=state, results=())
    return Amended(
        opening=state,
        season=run_season(world, policy, opened, round_=1),
        seats=_seats(world, left, free, given, over, state),
    )


def _carried_over(published: World, season: Season, world: World) -> State:
    """Return the published state for the children of today; who was not admitted waits again."""
    before, state = season.state, opening_state(world)
    old = pd.Index(published.children.ids).get_indexer(world.children.ids)
    there = old >= 0
    names = (
        "outcome",
        "status",
        "block",
        "stage",
        "choice_rank",
        "over",
        "decided",
        "given_zone",
        "filed_after",
    )
    new = {name: getattr(state, name).copy() for name in names}
    for name in names:
        new[name][there] = getattr(before, name)[old[there]]
    reopened = (new["outcome"] == NOT_ADMITTED) & (new["status"] != STATUS_DECLINED)
    reopened &= world.children.eligible
    new["outcome"][reopened] = WAITING
    new["stage"][reopened] = NOWHERE
    return replace(
        state,
        **new,
        published=new["outcome"] == PLACED,
        free=before.free.copy(),
        released=before.released.copy(),
    )


def _fresh_answers(published: World, world: World) -> Answers:
    """Return the answers that the published run does not have."""

    def names(of: World) -> pd.MultiIndex:
        return pd.MultiIndex.from_arrays([of.children.ids[of.answers.child], of.answers.after])

    fresh = ~names(world).isin(names(published))
    answers = world.answers
    return Answers(child=answers.child[fresh], after=answers.after[fresh], answer=answers.answer[fresh])


def _uphold_objections(
    world: World, policy: Policy, state: State, free_then: Numbers
) -> tuple[State, Numbers, Numbers, Numbers]:
    """Place the children of decisions with the stage `amend`: a seat left when published, else over."""
    table = world.city["decisions"]
    now = table[table["stage"] == AMEND]
    count = len(world.blocks)
    child = pd.Index(world.children.ids).get_indexer(now["applicant_id"]).astype(np.int64)
    school = pd.Index(world.schools.ids).get_indexer(now["school_id"]).astype(np.int32)
    declined = (state.outcome[child] == WAITING) & (state.status[child] == STATUS_DECLINED)
    gone = (state.outcome[child] == WITHDRAWN) | declined
    there = state.school(world)[child] == school
    faults = [
        *_faults(now, gone, say("a child who has not withdrawn or declined")),
        *_faults(now, there, say("a child who does not sit at that school already")),
    ]
    if faults:
        raise DataError(faults)
    state = give_up(world, state, child)
    free = state.free
    placed = place_by_hand(state, child, school, np.minimum(free_then, free), len(policy.stage))
    over = np.bincount(school[placed.over[child]], minlength=count)
    return placed, free, free - placed.free, over


def _faults(decisions: pd.DataFrame, wrong: npt.NDArray[np.bool_], allowed: Text) -> list[Fault]:
    names = decisions["applicant_id"][wrong]
    return [Fault(file="decisions", column="applicant_id", found=str(n), allowed=allowed) for n in names]


def _seats(
    world: World, last_left: Numbers, free: Numbers, given: Numbers, over: Numbers, state: State
) -> pd.DataFrame:
    count = len(world.blocks)
    nothing = np.full(count, None, dtype=object)
    frame = pd.DataFrame(
        {
            "round": 1,
            "stage": AMEND,
            "zone_id": nothing,
            "school_id": world.schools.ids[world.blocks.school],
            "pool": world.blocks.pool,
            "before": free,
            "returned": free - last_left,
            "given": given,
            "over": over,
            "released": 0,
            "left": state.free,
            "cut_off": nothing,
        }
    )
    return frame.astype(dict.fromkeys(("stage", "zone_id", "school_id", "pool", "cut_off"), "str"))


def amended_tables(
    amended: Amended, world: World, policy: Policy, published: dict[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Return the tables of an amended run: those of the published one, then what came after it.

    Parameters
    ----------
    amended, world, policy
        What came after it.
    published : dict
        The tables of the published run by name.
    """
    tables = tables_of(world, policy, amended.season)
    tables["ledger"] = pd.concat([amended.seats, tables["ledger"]], ignore_index=True)
    for name in ("ledger", "keys", "distances", "metrics"):
        both = [published[name], tables[name].astype(published[name].dtypes.to_dict())]
        tables[name] = pd.concat(both, ignore_index=True)
    return tables


def need_a_published_run(*, whole: bool, amended: bool, synthetic: bool) -> None:
    """Refuse to amend what cannot have been published.

    Raises
    ------
    XuequError
        If the run stopped at a stage, was amended already, or its children are made up.
    """
    if not whole:
        raise XuequError(
            say("the run stopped at a stage: go on with it (xuequ run --continue), then amend it")
        )
    if amended:
        raise XuequError(
            say("the run was amended already: amend the published run with everything that came after it")
        )
    if synthetic:
        raise XuequError(say("the children of this run are synthetic: nothing of it was published"))
