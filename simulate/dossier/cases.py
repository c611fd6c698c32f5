"""One run as the dossier sees it: placements, plan, score, and the schools held against the standards."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from geodata import City
from geodata.project import Names
from simulate.runs import Run
from simulate.standards.holding import Held, hold_run
from simulate.standards.values import Limits
from simulate.summary import Summary, summary_of
from zoning.plan import plan_in
from zoning.plans.board import Board, board_of, plan_on
from zoning.plans.score import Score, score_plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One run, and what it comes to.

    Parameters
    ----------
    key : str
        "before", "proposed", or "other-1" and so on: the same in all tables.
    run : Run
    title : Names
        Its scenario's title, or that it is the plan in force.
    placements : DataFrame
    summary : Summary
    plan : DataFrame
        As `plan_in` returns it.
    board, score
        The plan as it is scored; None where the project has no units.
    held : Held, optional
        The schools held against the standards; None where there is no roll.
    """

    key: str
    run: Run
    title: Names
    placements: pd.DataFrame
    summary: Summary
    plan: pd.DataFrame
    board: Board | None
    score: Score | None
    held: Held | None

    @property
    def city(self) -> City:
        """The inputs of the run."""
        return self.run.city


def case_of(run: Run, key: str, limits: Limits) -> Case:
    """Return a run with what it comes to; `key` as `Case.key`."""
    city = run.city
    plan = plan_in(city, city.project.project.year)
    board = board_of(_counted(run)) if city.has("units") and city.has("plan") else None
    placements = run.table("placements")
    return Case(
        key=key,
        run=run,
        title=_title(run, key),
        placements=placements,
        summary=summary_of(run),
        plan=plan,
        board=board,
        score=None if board is None else score_plan(board, plan_on(board, plan)),
        held=hold_run(city, limits, placements, run.policy) if city.has("rolls") else None,
    )


def _counted(run: Run) -> City:
    """Return the inputs; where they count no child by unit, with those whom the run drew from totals."""
    city, year = run.city, run.city.project.project.year
    if city.has("applicants") or (city["demand"]["year"] == year).any():
        return city
    drawn = run.table("inputs/children")
    counts = drawn.groupby(["unit_id", "category"]).size().rename("children").reset_index()
    demand = counts.assign(year=year).reindex(columns=city["demand"].columns)
    return replace(city, tables={**city.tables, "demand": demand})


def _title(run: Run, key: str) -> Names:
    if run.scenario is not None:
        return run.scenario.title
    if key == "before":
        return Names(zh="现行方案", en="The plan in force")
    return Names(zh="项目方案", en="The plan of the project")
