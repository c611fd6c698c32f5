"""Run the season of a run folder again, and keep what each stage began with and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import XuequError, say
from simulate.amend import amend
from simulate.answers import apply_answers
from simulate.building import build_world
from simulate.decisions import honour_decisions
from simulate.policy import Policy
from simulate.records import placements_of
from simulate.runs import Run, read_run
from simulate.season import Season, open_season, run_season
from simulate.stage import Result
from simulate.state import State
from simulate.world import World

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One stage that has been run, in the season (round 0) or on the published run (round 1).

    Parameters
    ----------
    world : World
        City and children, as the stage had them.
    state : State
        As the stage began: answers applied, decisions honoured.
    begun : State
        The same without the children whom these decisions placed: where siblings are, and free seats.
    result : Result
        What came of it.
    """

    world: World
    state: State
    begun: State
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A run, run again.

    Parameters
    ----------
    run : Run
        As read from its folder.
    world : World
        City and children, late arrivals and all.
    season : Season
        How it ended.
    steps : tuple of Step
        Its stages, round by round.
    published : World, optional
        City and children of the published run, where this one amends it.
    opening : State, optional
        The state from which the stages ran once more, where this run amends another.
    recorded, now : DataFrame
        The placements by applicant's number: as the folder records them, and as they come out now.
    before : DataFrame, optional
        Those of the published run.
    """

    run: Run
    world: World
    season: Season
    steps: tuple[Step, ...]
    recorded: pd.DataFrame
    now: pd.DataFrame
    published: World | None = None
    opening: State | None = None
    before: pd.DataFrame | None = None


def replay(run: Run) -> Replay:
    """Run the stages of a run again, from its own inputs.

    Parameters
    ----------
    run : Run
        Whole, stopped at a stage, or amended.
    """
    seed, policy = str(run.manifest["seed"]), run.policy
    base = run.manifest.get("base")
    if base is None:
        world = build_world(run.city, policy, seed=seed)
        season, steps = _stepped(world, policy, open_season(world), int(run.manifest["done"]), round_=0)
        return Replay(run=run, world=world, season=season, steps=steps, **_tables(run, world, season))
    before = read_run(run.folder / "published", name=str(base))
    published = build_world(before.city, policy, seed=seed)
    season, steps = _stepped(published, policy, open_season(published), len(policy.stage), round_=0)
    world = build_world(run.city, policy, seed=seed, amending=True)
    opening = amend(published, season, world, policy).opening
    again = Season(done=0, state=opening, results=())
    amended, more = _stepped(world, policy, again, len(policy.stage), round_=1)
    return Replay(
        run=run,
        world=world,
        season=amended,
        steps=(*steps, *more),
        published=published,
        opening=opening,
        before=before.table("placements").set_index("applicant_id"),
        **_tables(run, world, amended),
    )


def _tables(run: Run, world: World, season: Season) -> dict[str, pd.DataFrame]:
    """Return the placements as recorded and as they come out now; once, for each child asks for its row."""
    recorded, now = run.table("placements"), placements_of(world, run.policy, season)
    return {"recorded": recorded.set_index("applicant_id"), "now": now.set_index("applicant_id")}


def check_recorded(replayed: Replay, applicant: str) -> None:
    """Refuse to explain a placement that does not come out again.

    Raises
    ------
    XuequError
        If the run records another placement of the child.
    """
    run, recorded, now = replayed.run, replayed.recorded, replayed.now
    alike = applicant in recorded.index and _plain(recorded.loc[applicant]) == _plain(now.loc[applicant])
    if not alike:
        raise XuequError(
            say(
                "{run} records another placement of {applicant} than its own inputs give: run xuequ verify",
                run=run.name,
                applicant=applicant,
            )
        )


def _plain(row: pd.Series) -> dict[str, str]:
    return {str(name): "" if pd.isna(value) else str(value) for name, value in row.items()}


def _stepped(
    world: World, policy: Policy, season: Season, done: int, *, round_: int
) -> tuple[Season, tuple[Step, ...]]:
    """Run one stage at a time, with the state as each began."""
    steps = []
    for number in range(done):
        begun = state = season.state
        if round_ == 0:
            begun = apply_answers(world, policy, number - 1, state) if number else state
            state, _ = honour_decisions(world, policy.stage[number].id, number, begun)
        season = run_season(world, policy, season, through=number, round_=round_)
        begun = replace(begun, free=state.free)
        steps.append(Step(world=world, state=state, begun=begun, result=season.results[-1]))
    return season, tuple(steps)
