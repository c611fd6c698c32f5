"""Gather what happened to one child from a run that was run again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import XuequError, say
from simulate.explain.absence import gate_of, why_not, why_not_claim
from simulate.explain.changes import changes_of
from simulate.explain.facts import Came, Decision, Facts, Outcome, StageFacts
from simulate.explain.places import entries_of, gone_before, not_open, places_of
from simulate.explain.replay import Replay, Step, check_recorded
from simulate.filings import AMEND
from simulate.mechanisms import NOWHERE
from simulate.order_keys import PAIR_KEYS
from simulate.policy import Policy, Stage
from simulate.stage import Result
from simulate.state import PLACED
from simulate.where import in_reach
from simulate.who import claimants
from simulate.world import ABSENT, World

OF_THE_CHILD = ("sibling", "fed")
"""Reaches that are empty for a child of whom something else is not known."""


def facts_of(replayed: Replay, applicant: str) -> Facts:
    """Return what happened to one child.

    Parameters
    ----------
    replayed : Replay
        The run, run again.
    applicant : str
        The applicant's number.

    Raises
    ------
    XuequError
        If the run has no such applicant, or records another placement of it than comes out now.
    """
    world, policy, run = replayed.world, replayed.run.policy, replayed.run
    child = position_of(world, applicant)
    if child is None:
        raise XuequError(
            say(
                "{run} has no applicant {applicant}: give the number as it stands in the list of "
                "applicants",
                run=run.name,
                applicant=applicant,
            )
        )
    check_recorded(replayed, applicant)
    children = world.children
    published = None
    if replayed.before is not None and applicant in replayed.before.index:
        published = outcome_of(replayed.before.loc[applicant])
    used = dict.fromkeys(key for stage in policy.stage for claim in stage.claims for key, _ in claim.keys)
    return Facts(
        applicant=applicant,
        category=str(children.category[child]),
        district=_name(world.districts, int(children.district[child])),
        zone=_name(world.zones, int(children.zone[child])),
        consent=int(children.consent[child]),
        keys=tuple(
            (key, _value(children.keys[key][child]))
            for key in used
            if key not in PAIR_KEYS and not np.isnan(children.keys[key][child])
        ),
        filed=tuple(_filed(world, policy, child)),
        ticket=children.tickets[child].tobytes().hex(),
        twin=bool(children.twins[child] != ABSENT),
        arrived_late=replayed.published is not None and published is None,
        outcome=outcome_of(replayed.now.loc[applicant]),
        published=published,
        stages=tuple(_stages(replayed, applicant, child)),
        objection=_decision(world, AMEND, applicant, over=bool(replayed.season.state.over[child])),
        since=_since(replayed, applicant),
    )


def position_of(world: World, applicant: str) -> int | None:
    """Return the position of a child, or None."""
    found = np.flatnonzero(world.children.ids == applicant)
    return int(found[0]) if len(found) else None


def _stages(replayed: Replay, applicant: str, child: int) -> Iterator[StageFacts]:
    opening, published = replayed.opening, replayed.published
    former = None if published is None else position_of(published, applicant)
    for step in replayed.steps:
        at = former if step.world is published else child
        if at is None:
            continue
        if step.result.round == 1 and opening is not None and opening.outcome[at] == PLACED:
            continue  # a published place, or one by an upheld objection: no stage looked at the child again
        yield _stage(replayed.run.policy, step, at)


def _stage(policy: Policy, step: Step, child: int) -> StageFacts:
    world, one = step.world, step.result
    stage = policy.stage[one.number]
    answers: tuple[str, ...] = ()
    if one.round == 0:
        mine = (world.answers.child == child) & (world.answers.after == one.number)
        answers = tuple(world.answers.answer[mine])
    if child in one.decided:
        over = bool(step.state.over[child])
        decision = _decision(world, stage.id, str(world.children.ids[child]), over=over)
        return StageFacts(
            round=one.round, number=one.number, came="decided", decision=decision, answers=answers
        )
    here = np.flatnonzero(one.who == child)
    if len(here) == 0:
        absence = why_not(stage, step, child)
        return StageFacts(
            round=one.round,
            number=one.number,
            came="out",
            absence=absence,
            answers=answers,
            changes=changes_of(stage, step, child, None, [absence]),
        )
    return _inside(stage, step, child, int(here[0]), answers)


def _inside(stage: Stage, step: Step, child: int, at: int, answers: tuple[str, ...]) -> StageFacts:
    world, one = step.world, step.result
    claims = tuple(
        number
        for number, claim in enumerate(stage.claims)
        if claimants(stage, claim, world, step.state)[child]
    )
    places = tuple(places_of(stage, step, child, at))
    others = [n for n in range(len(stage.claims)) if n not in claims]
    outside = [why_not_claim(stage, number, step, child) for number in others]
    came: Came = "not-admitted" if stage.when_full == "not-admitted" else "waiting"
    if one.block[at] != NOWHERE:
        came = "zone" if stage.gives == "zone" else "placed"
    standing, seats = _standing(stage, one, at)
    first = stage.claims[int(one.first[at])]
    return StageFacts(
        round=one.round,
        number=one.number,
        came=came,
        claims=claims,
        opened=_opened(stage, step, child, claims),
        outside=tuple(one for one in outside if one.kind != "category"),
        gate=gate_of(stage, first, step, child),
        keys=tuple(
            (key, _value(world.children.keys[key][child])) for key, _ in first.keys if key not in PAIR_KEYS
        ),
        standing=standing,
        seats=seats,
        places=places,
        not_open=tuple(not_open(stage, step, child, at)),
        gone=gone_before(stage, step, child, at, claims),
        by_drawing=_by_drawing(stage, one, world, at),
        answers=answers,
        changes=changes_of(stage, step, child, at, outside),
    )


def _opened(stage: Stage, step: Step, child: int, claims: tuple[int, ...]) -> tuple[int, ...]:
    """Return the claims that can concern a child: for a sibling's school it must have a sibling."""
    schools = np.arange(len(step.world.schools.ids), dtype=np.int32)
    same = np.full(len(schools), child, dtype=np.int64)
    found = tuple(
        number
        for number in claims
        if stage.claims[number].where.schools not in OF_THE_CHILD
        or in_reach(stage.claims[number], step.world, step.begun, same, schools).any()
    )
    return found or claims


def _standing(stage: Stage, one: Result, at: int) -> tuple[tuple[int, int] | None, int | None]:
    """Return the child's place, of how many, and the seats for which they compete."""
    posed, lists = one.posed, one.posed.lists
    row = np.repeat(np.arange(len(lists.starts) - 1), np.diff(lists.starts))
    mine = np.array(entries_of(one, at), dtype=np.int64)
    if stage.mechanism.name == "random-seats" and len(mine):
        rivals = np.flatnonzero(lists.group == lists.group[at])
        place = int((posed.position[rivals] < posed.position[at]).sum()) + 1
        return (place, len(rivals)), int(posed.contest.seats[lists.block[mine]].sum())
    if stage.mechanism.name == "fill" and len(mine) == 1:
        block = int(lists.block[mine[0]])
        entries = np.flatnonzero(lists.block == block)
        if posed.contest.rank is not None:
            ranks = posed.contest.rank[entries]
            place = int((ranks < posed.contest.rank[mine[0]]).sum()) + 1
            return (place, len(ranks)), int(posed.contest.seats[block])
        rivals = np.flatnonzero(np.isin(lists.group, row[entries]))
        place = int((posed.position[rivals] < posed.position[at]).sum()) + 1
        return (place, len(rivals)), int(posed.contest.seats[block])
    if posed.contest.rank is not None:
        return None, None
    return (int(posed.position[at]) + 1, len(one.who)), None


def _by_drawing(stage: Stage, one: Result, world: World, at: int) -> tuple[int, int] | None:
    if stage.mechanism.name != "random-seats" or one.entry[at] < 0:
        return None
    seated = np.flatnonzero((one.posed.lists.group == one.posed.lists.group[at]) & (one.entry >= 0))
    ranks = world.children.ticket_rank[one.who]
    return int((ranks[seated] < ranks[at]).sum()) + 1, len(seated)


def _filed(
    world: World, policy: Policy, child: int
) -> Iterator[tuple[int, str | None, tuple[tuple[int, str], ...]]]:
    choices = world.choices
    mine = np.flatnonzero(choices.child == child)
    seen: dict[tuple[int, int], list[tuple[int, str]]] = {}
    for row in mine:
        names = world.zones if choices.zone[row] != ABSENT else world.schools.ids
        target = str(names[max(choices.zone[row], choices.school[row])])
        seen.setdefault((int(choices.after[row]), int(choices.list_[row])), []).append(
            (int(choices.rank[row]), target)
        )
    for (after, list_), targets in sorted(seen.items()):
        yield list_, None if after == ABSENT else policy.stage[after].id, tuple(targets)


def _decision(world: World, stage: str, applicant: str, *, over: bool) -> Decision | None:
    table = world.city["decisions"]
    rows = table[(table["stage"] == stage) & (table["applicant_id"] == applicant)].to_dict("records")
    if not rows:
        return None
    return Decision(
        school=str(rows[0]["school_id"]),
        authority=str(rows[0]["authority"]),
        document=str(rows[0]["document_no"]),
        reason=str(rows[0]["reason_code"]),
        over=over,
    )


def _since(replayed: Replay, applicant: str) -> tuple[str, ...]:
    """Return what the family answered after the run was published."""
    if replayed.published is None:
        return ()

    def said(world: World) -> dict[int, str]:
        child = position_of(world, applicant)
        mine = world.answers.child == (-1 if child is None else child)
        return dict(zip(world.answers.after[mine].tolist(), world.answers.answer[mine], strict=True))

    before = said(replayed.published)
    return tuple(answer for after, answer in said(replayed.world).items() if after not in before)


def outcome_of(row: pd.Series) -> Outcome:
    """Return where a child ended, from its row of `placements`."""
    there = {name: None if pd.isna(value) else value for name, value in row.items()}
    school, stage, choice, metres = (
        there[name] for name in ("school_id", "stage", "choice_rank", "distance_m")
    )
    return Outcome(
        outcome=str(there["outcome"]),
        reason=str(there["reason"]),
        school=None if school is None else str(school),
        stage=None if stage is None else str(stage),
        choice=None if choice is None else int(choice),
        metres=None if metres is None else int(metres),
        over=bool(there["over"]),
        decided=bool(there["decided"]),
        published=bool(there["published"]),
    )


def _name(names: npt.NDArray[np.object_], at: int) -> str | None:
    return None if at == ABSENT else str(names[at])


def _value(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
