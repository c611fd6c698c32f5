"""What the commands do, without a command line: run a project, draw its pages."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from geodata import City, DataError, Fault, XuequError, read_city, say
from geodata.messages import Lang
from geodata.writing.whole import replace_text, replaced
from simulate.amend import amend, amended_tables, check_only_grown, need_a_published_run
from simulate.building import build_world
from simulate.compare import moves_between
from simulate.points.files import read_schedule, schedule_path
from simulate.policy import Policy
from simulate.policy_files import policy_path, read_policy
from simulate.records import TABLES, tables_of
from simulate.report import draw_report
from simulate.runs import (
    Run,
    ScenarioName,
    check_same_results,
    read_run,
    run_name,
    whole_folder,
    write_run,
    write_timings,
)
from simulate.season import Season, open_season, run_season
from simulate.summary import household_categories, summary_of, write_csv, write_summary
from simulate.world import World
from zoning.addresses import settle_addresses
from zoning.maps import draw_map
from zoning.plan import plan_in
from zoning.pressure import children_by_zone, zone_pressure

Report = Callable[[str], None]
RUNS = "runs"


def policy_of(city: City, folder: Path) -> Policy:
    """Return the policy that a project names, as it holds on the project's day.

    Raises
    ------
    XuequError
        If the project names none.
    """
    name = city.project.project.policy
    if name is None:
        raise XuequError(say('a run needs a policy: add policy = "xiamen-datongchou" to [project]'))
    policy = read_policy(policy_path(name, folder))
    level = city.project.project.level
    if policy.level != level:
        raise XuequError(
            say(
                "the policy {policy} is for {there}, the project for {here}",
                policy=policy.id,
                there=policy.level,
                here=level,
            )
        )
    return with_schedule(policy, city, folder)


def with_schedule(policy: Policy, city: City, folder: Path) -> Policy:
    """Return a policy as it holds on the project's day, with the points schedule that the project names.

    Raises
    ------
    DataError
        If a planned change that the project applies is of neither, or the schedule scores a category that
        the policy does not have.
    """
    head = city.project.project
    asked = set(head.expecting)
    if head.points is None:
        return policy.at(head.date, expecting=asked)
    schedule = read_schedule(schedule_path(head.points, folder))
    held = policy.at(head.date, expecting=asked - (schedule.planned - policy.planned))
    points = schedule.at(head.date, expecting=asked & schedule.planned)
    strange = sorted(set(points.categories) - {category.id for category in held.category})
    if strange:
        known = ", ".join(category.id for category in held.category)
        allowed = say("categories of the policy {policy}: {known}", policy=held.id, known=known)
        raise DataError(
            [Fault(file=points.id, column="categories", found=", ".join(strange), allowed=allowed)]
        )
    return held.model_copy(update={"points": points})


def seed_of(city: City, seed: str | None = None) -> str:
    """Return the public seed: the one given, or the project's.

    Raises
    ------
    XuequError
        If there is none.
    """
    used = city.project.project.seed if seed is None else seed
    if not used:
        raise XuequError(
            say('a run needs a seed: add seed = "…" to [project]; it is public, and decides every draw')
        )
    return used


def run_project(
    folder: Path,
    *,
    lang: Lang,
    seed: str | None = None,
    through: str | None = None,
    scenario: str | Path | None = None,
    out: Path | None = None,
    report: Report = lambda step: None,
) -> tuple[Path, bool]:
    """Run a project's season and write its run folder with map and report.

    Parameters
    ----------
    folder : Path
        The project.
    lang : {"zh", "en"}
        The language of map and report.
    seed : str, optional
        Instead of the project's.
    through : str, optional
        The last stage to run.
    scenario : str or Path, optional
        A scenario to run instead of the project as it stands: a shipped one, or a file.
    out : Path, optional
        The run folder; by default `runs/NAME` in the project, where NAME follows from the inputs.
    report : callable
        Told each step before it begins.

    Returns
    -------
    (Path, bool)
        The run folder, and whether it was written now (False: the same run was there already).
    """
    clock = _Clock(report)
    clock.step("read")
    city = settle_addresses(read_city(folder))
    policy = policy_of(city, folder)
    named = None
    if scenario is not None:
        from simulate.scenarios.applying import apply_scenario
        from simulate.scenarios.reading import read_scenario

        read = read_scenario(scenario, city)
        city, policy = apply_scenario(city, policy, read, folder)
        named = ScenarioName(id=read.id, title=read.title, assumed=read.assumed)
    used = seed_of(city, seed)
    last = None if through is None else policy.stage_index(through)
    done = len(policy.stage) if last is None else last + 1
    target = out or folder / RUNS / run_name(city, policy, used, done)
    if out is None and (target / "manifest.json").is_file():
        draw_pages(read_run(target), lang=lang)
        return target, False
    clock.step("children")
    world = build_world(city, policy, seed=used)
    season = run_season(world, policy, open_season(world), through=last, report=clock.step)
    _write(target, world, policy, season, seed=used, lang=lang, clock=clock, scenario=named)
    return target, True


def continue_run(
    folder: Path,
    *,
    lang: Lang,
    project: Path | None = None,
    through: str | None = None,
    out: Path | None = None,
    report: Report = lambda step: None,
) -> tuple[Path, bool]:
    """Run on from a run folder that was stopped at a stage; the same bytes as in one go.

    Parameters, returns
        As `run_project`; `folder` is the run to go on from, which stays as it is. With `project`, what has
        come in since is read from there: answers, decisions, new choices, children who arrived late.

    Raises
    ------
    XuequError
        If it was not stopped, the stage lies behind it, or the stages that it has run come out otherwise
        with what has come in.
    """
    clock = _Clock(report)
    clock.step("read")
    run = read_run(folder)
    done = int(run.manifest["done"])
    city = run.city if project is None else settle_addresses(read_city(project))
    policy = run.policy if project is None else policy_of(city, project)
    if [stage.id for stage in policy.stage[:done]] != [stage.id for stage in run.policy.stage[:done]]:
        raise XuequError(say("{run} has run other stages than the policy has now", run=folder.name))
    last = None if through is None else policy.stage_index(through)
    if done == len(policy.stage):
        raise XuequError(
            say("{run} went through all its stages; there is nothing to continue", run=folder.name)
        )
    if last is not None and last < done:
        raise XuequError(say("{run} is already past the stage {stage}", run=folder.name, stage=through))
    seed = str(run.manifest["seed"])
    until = len(policy.stage) if last is None else last + 1
    target = out or folder.parent / run_name(city, policy, seed, until)
    if out is None and (target / "manifest.json").is_file():
        draw_pages(read_run(target), lang=lang)
        return target, False
    clock.step("children")
    world = build_world(city, policy, seed=seed)
    season = open_season(world)
    if done:
        season = run_season(world, policy, season, through=done - 1, report=clock.step)
        check_same_results(run, tables_of(world, policy, season))
    season = run_season(world, policy, season, through=last, report=clock.step)
    # what was begun under a scenario is gone on with under it: its inputs are the run's own
    named = run.scenario if project is None else None
    _write(target, world, policy, season, seed=seed, lang=lang, clock=clock, scenario=named)
    return target, True


def amend_run(
    folder: Path,
    project: Path,
    *,
    lang: Lang,
    out: Path | None = None,
    report: Report = lambda step: None,
) -> tuple[Path, bool]:
    """Amend a published run with what has come in since: every published place stays.

    Parameters
    ----------
    folder : Path
        The published run, whole.
    project : Path
        The project with what came after it: decisions on objections (stage `amend`), answers after the
        last stage, children who arrived late.
    lang, out, report
        As for `run_project`.

    Raises
    ------
    XuequError, DataError
        If the run is not whole, or more has changed than that.
    """
    clock = _Clock(report)
    clock.step("read")
    run = read_run(folder)
    whole = int(run.manifest["done"]) == len(run.policy.stage)
    need_a_published_run(
        whole=whole,
        amended=run.manifest["base"] is not None,
        synthetic=bool(run.manifest["synthetic_children"]),
    )
    city, policy, seed = settle_addresses(read_city(project)), run.policy, str(run.manifest["seed"])
    check_only_grown(run.city, city, policy)
    target = out or folder.parent / run_name(city, policy, seed, len(policy.stage), base=run.name)
    if out is None and (target / "manifest.json").is_file():
        draw_pages(read_run(target), lang=lang)
        return target, False
    clock.step("children")
    published = build_world(run.city, policy, seed=seed)
    season = run_season(published, policy, open_season(published))
    check_same_results(run, tables_of(published, policy, season))
    world = build_world(city, policy, seed=seed, amending=True)
    clock.step("amend")
    amended = amend(published, season, world, policy)
    tables = amended_tables(amended, world, policy, {name: run.table(name) for name in TABLES})
    with whole_folder(target) as new:
        clock.step("write")
        write_run(new, world, policy, tables, done=len(policy.stage), seed=seed, published=run)
        _finish(new, target.name, lang=lang, clock=clock)
    return target, True


def compare_runs(folder: Path, other: Path, *, out: Path | None = None) -> pd.DataFrame:
    """Return who is placed otherwise in another run, as `moves_between`; write it as CSV if asked to.

    Raises
    ------
    XuequError
        If a folder is no run, or the file to write exists.
    """
    if out is not None and out.exists():
        raise XuequError(say("{folder} exists; nothing was written", folder=out.name))
    moves = moves_between(read_run(folder).table("placements"), read_run(other).table("placements"))
    if out is not None:
        with replaced(out) as partial:
            write_csv(partial, moves)
    return moves


def draw_pages(run: Run, *, lang: Lang) -> tuple[Path, Path]:
    """Write a run's report and map in a language; return their paths."""
    summary = summary_of(run)
    map_path, report_path = run.folder / f"map.{lang}.html", run.folder / f"report.{lang}.html"
    replace_text(map_path, draw_map(run.city, lang=lang, pressure=summary.zones))
    replace_text(report_path, draw_report(run, lang=lang, summary=summary))
    return report_path, map_path


def map_project(folder: Path, *, lang: Lang, out: Path | None = None) -> Path:
    """Write the map of a project: its zones by the pressure of its counts, where it has any."""
    city = read_city(folder)
    path = out or folder / f"map.{lang}.html"
    pressure = None
    plan = plan_in(city, city.project.project.year)
    children = children_by_zone(city, plan)
    if city.has("seats") and len(children):
        household: tuple[str, ...] = ()
        if city.project.project.policy is not None:
            household = household_categories(policy_of(city, folder))
        pressure = zone_pressure(city, children, household)
    replace_text(path, draw_map(city, lang=lang, pressure=pressure))
    return path


class _Clock:
    """Seconds by step, for `timings.json`."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._name: str | None = None
        self._since = time.perf_counter()
        self.seconds: dict[str, float] = {}

    def step(self, name: str | None) -> None:
        now = time.perf_counter()
        if self._name is not None:
            self.seconds[self._name] = round(now - self._since, 3)
        self._name, self._since = name, now
        if name is not None:
            self._report(name)


def _write(
    target: Path,
    world: World,
    policy: Policy,
    season: Season,
    *,
    seed: str,
    lang: Lang,
    clock: _Clock,
    scenario: ScenarioName | None,
) -> None:
    with whole_folder(target) as folder:
        clock.step("write")
        tables = tables_of(world, policy, season)
        write_run(folder, world, policy, tables, done=season.done, seed=seed, scenario=scenario)
        _finish(folder, target.name, lang=lang, clock=clock)


def _finish(folder: Path, name: str, *, lang: Lang, clock: _Clock) -> None:
    """Read back what was written, and add what people read: summary, pages, timings."""
    run = read_run(folder, name=name)
    summary = summary_of(run)
    write_summary(folder / "summary", summary)
    clock.step("pages")
    draw_pages(run, lang=lang)
    clock.step(None)
    write_timings(folder, clock.seconds)
