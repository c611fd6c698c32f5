"""What `xuequ standards` and `xuequ intake` do, without a command line: from a folder to tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from geodata import City, DataError, Fault, XuequError, read_city, say
from geodata.messages import Text
from simulate.app import policy_of, seed_of
from simulate.building import build_world
from simulate.policy import Policy
from simulate.runs import read_run, whole_folder
from simulate.standards.entry import announced_classes
from simulate.standards.grades import present_rolls
from simulate.standards.holding import Held, hold_project, hold_run
from simulate.standards.levers import class_effects, season_effects
from simulate.standards.rolling import intake_bounds, year_lines
from simulate.standards.values import Limits, read_standards
from simulate.summary import write_csv
from zoning.plan import plan_in
from zoning.pressure import children_by_zone

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A city held against the standards, with what it is held against.

    `synthetic_children` says that the children of a run were drawn.
    """

    city: City
    limits: Limits
    held: Held
    is_run: bool
    synthetic_children: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What bounds the intake of each school, and what a class more or less does.

    Parameters
    ----------
    bounds, years, effects : DataFrame
        As `intake_bounds`, `year_lines` and `class_effects` return them.
    season : DataFrame, optional
        As `season_effects` returns it, where a season was asked for.
    notes : tuple of Text
        What is missing.
    """

    city: City
    limits: Limits
    bounds: pd.DataFrame
    years: pd.DataFrame
    effects: pd.DataFrame
    season: pd.DataFrame | None
    notes: tuple[Text, ...]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables by name, as they are written."""
        tables = {"intake": self.bounds, "years": self.years, "effects": self.effects}
        return tables if self.season is None else {**tables, "season": self.season}


def standards_of(folder: Path, *, standards: Path | None = None) -> Asked:
    """Hold a project folder or a run folder against the standards.

    Parameters
    ----------
    folder : Path
        A run folder has `manifest.json`; anything else is read as a project.
    standards : Path, optional
        A file of standards instead of the nation's.

    Raises
    ------
    XuequError, DataError
        If the folder, its tables or the standards are wrong, or there is no roll.
    """
    if (folder / "manifest.json").is_file():
        run = read_run(folder)
        limits = _limits(run.city, standards)
        held = hold_run(run.city, limits, run.table("placements"), run.policy)
        drawn = bool(run.manifest["synthetic_children"])
        return Asked(city=run.city, limits=limits, held=held, is_run=True, synthetic_children=drawn)
    city = read_city(folder)
    limits = _limits(city, standards)
    held = hold_project(
        city,
        limits,
        children_by_zone(city, plan_in(city, city.project.project.year)),
        _policy(city, folder),
    )
    return Asked(city=city, limits=limits, held=held, is_run=False, synthetic_children=False)


def intake_of(
    folder: Path,
    *,
    standards: Path | None = None,
    schools: Sequence[str] = (),
    districts: Sequence[str] = (),
    classes: int | None = None,
    report: Report = lambda step: None,
) -> Intake:
    """Say how many entry classes each school of a project can have, and what a class more or less does.

    Parameters
    ----------
    folder : Path
        The project.
    standards : Path, optional
        A file of standards instead of the nation's.
    schools, districts : sequence of str
        Only these schools, or those of these districts; all without.
    classes : int, optional
        Run the season again for each of these schools with so many classes more (or less, below 0).
    report : callable
        Told each step before it begins.

    Raises
    ------
    DataError
        If there is no such school or district.
    XuequError
        If there is no roll, or a season is asked for without a policy, a seed or schools.
    """
    report("read")
    city = read_city(folder)
    limits = _limits(city, standards)
    chosen = _chosen(city, schools, districts)
    rolls = present_rolls(city)
    children = children_by_zone(city, plan_in(city, city.project.project.year))
    if classes is not None and classes < 0:
        _need_classes_to_lose(city, chosen, -classes)
    effects = class_effects(city, children, limits, (1, -1) if not classes else (classes,))
    season = None
    if classes is not None:
        season = _season(city, folder, chosen if schools or districts else [], classes, limits, report)
    notes = list(rolls.notes)
    if not len(children):
        notes.append(say("no counts of children: what a class does to a zone is not known"))
    bounds, years = intake_bounds(city, rolls, limits), year_lines(city, rolls, limits)
    return Intake(
        city=city,
        limits=limits,
        bounds=_only(bounds, chosen),
        years=_only(years, chosen),
        effects=_only(effects, chosen),
        season=season,
        notes=tuple(notes),
    )


def _need_classes_to_lose(city: City, chosen: Sequence[str], less: int) -> None:
    announced = announced_classes(city).set_index("school_id")["classes"].reindex(chosen).fillna(0)
    most = int(announced.max()) if len(announced) else 0
    if less > most:
        raise XuequError(
            say(
                "no school announces {less} classes, so none can lose them: {most} at most",
                less=less,
                most=most,
            )
        )


def write_tables(folder: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write tables as CSV into a new folder, whole or not at all.

    Raises
    ------
    XuequError
        If the folder exists.
    """
    with whole_folder(folder) as new:
        for name, table in tables.items():
            write_csv(new / f"{name}.csv", table)


def _limits(city: City, standards: Path | None) -> Limits:
    return read_standards(standards).at(city.project.project.date)


def _policy(city: City, folder: Path) -> Policy | None:
    return None if city.project.project.policy is None else policy_of(city, folder)


def _chosen(city: City, schools: Sequence[str], districts: Sequence[str]) -> list[str]:
    table = city["schools"]
    faults = [
        Fault(
            file="schools",
            column=column,
            found=one,
            allowed=say("a {what} of the table schools", what=column),
            remedy=say("correct it"),
        )
        for column, names in (("school_id", schools), ("district_id", districts))
        for one in names
        if one not in set(table[column])
    ]
    if faults:
        raise DataError(faults)
    if not schools and not districts:
        return list(table["school_id"])
    wanted = table["school_id"].isin(schools) | table["district_id"].isin(districts)
    return list(table["school_id"][wanted])


def _only(table: pd.DataFrame, schools: Sequence[str]) -> pd.DataFrame:
    return table[table["school_id"].isin(schools)].reset_index(drop=True)


def _season(
    city: City, folder: Path, schools: Sequence[str], classes: int, limits: Limits, report: Report
) -> pd.DataFrame:
    if not schools:
        raise XuequError(say("a season with other classes needs --school or --district: one run for each"))
    if classes == 0:
        raise XuequError(say("no class more and none less: give --classes 1 or --classes -1"))
    policy, seed = policy_of(city, folder), seed_of(city)
    report("children")
    world = build_world(city, policy, seed=seed)
    return season_effects(world, policy, [(school, classes) for school in schools], limits)
