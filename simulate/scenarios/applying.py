"""Apply a scenario to a base: a new city and policy, as checked as those that were read, or all faults."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from geodata.absences import absences, idle_schools
from geodata.city import City
from geodata.errors import DataError
from geodata.messages import Text
from geodata.project import Assumption, Project
from simulate.policy import Policy
from simulate.scenarios import campuses, demand, kinds, plans, seats
from simulate.scenarios.draft import Draft, draft_of
from simulate.scenarios.finishing import audit, finish
from simulate.scenarios.kinds import Change
from simulate.scenarios.reading import Scenario
from simulate.scenarios.ruling import names_after, policy_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What comes of a scenario.

    Parameters
    ----------
    city : City
    policy : Policy
    changes : tuple of Change
        As applied: each rule replaced by the ids that it chose.
    notes : tuple of Text
        What should be known of it; they are among the city's notes too.
    """

    city: City
    policy: Policy
    changes: tuple[Change, ...]
    notes: tuple[Text, ...]


def apply_scenario(city: City, policy: Policy, scenario: Scenario, folder: Path) -> tuple[City, Policy]:
    """Return the city and the policy of a scenario; the base is not changed.

    Parameters
    ----------
    city : City
        The base.
    policy : Policy
        The base's, as it holds on the project's day (`simulate.app.policy_of`).
    scenario : Scenario
    folder : Path
        The project's folder: where its own policy and points schedule are. The files of the scenario are
        beside the scenario.

    Raises
    ------
    DataError
        With every fault at once; `row` is the number of the change, from 1.
    """
    applied = applied_scenario(city, policy, scenario, folder)
    return applied.city, applied.policy


def applied_scenario(city: City, policy: Policy, scenario: Scenario, folder: Path) -> Applied:
    """Apply a scenario, as `apply_scenario`; with the changes as their rules came out, and notes.

    Raises
    ------
    DataError
        As `apply_scenario`.
    """
    if not scenario.changes:
        return Applied(city=city, policy=policy, changes=(), notes=())
    draft = draft_of(city, scenario.file)
    for number, change in enumerate(scenario.changes, start=1):
        draft.number = number
        draft.done.append(_apply(draft, change, scenario))
    after = policy_after(draft, policy, scenario, folder)
    names_after(draft, policy, after, scenario)
    if not draft.faults:
        finish(draft)
        audit(draft, after)
    if draft.faults:
        raise DataError(draft.faults)
    return Applied(
        city=_city(draft, scenario), policy=after, changes=tuple(draft.done), notes=tuple(draft.notes)
    )


def digest(city: City, policy: Policy) -> str:
    """Return a digest of all that decides what comes of a city and a policy, but for the seed.

    It does not depend on the order of rows in files.
    """
    from simulate.runs import run_name

    return run_name(city, policy, "", len(policy.stage)).rpartition("-")[2]


def _apply(draft: Draft, change: Change, scenario: Scenario) -> Change:
    """Apply a change of tables and return it as it came out; changes of rules come later."""
    if isinstance(change, kinds.Plan):
        plans.other_plan(draft, change, scenario.folder)
    elif type(change) in _SIMPLE:
        _SIMPLE[type(change)](draft, change)
    elif type(change) in _OF_A_SCHOOL:
        school = _OF_A_SCHOOL[type(change)](draft, change)
        return change if school is None else change.model_copy(update={"school": school})
    elif isinstance(change, kinds.MergeZones):
        zones = plans.merge_zones(draft, change)
        return change.model_copy(update={"zones": zones}) if zones else change
    elif isinstance(change, kinds.OpenSchool):
        return _opened(draft, change)
    return change


_SIMPLE: Mapping[type[Change], Callable[[Draft, Any], None]] = {
    kinds.Move: plans.move,
    kinds.NewZone: plans.new_zone,
    kinds.CloseSchool: campuses.close_school,
    kinds.MergeSchools: campuses.merge_schools,
    kinds.Estate: demand.estate,
    kinds.Demolition: demand.demolition,
    kinds.DemandLevel: demand.level,
}
_OF_A_SCHOOL: Mapping[type[Change], Callable[[Draft, Any], str | None]] = {
    kinds.Classes: seats.classes,
    kinds.Seats: seats.seats,
    kinds.Enlarge: seats.enlarge,
}


def _opened(draft: Draft, change: kinds.OpenSchool) -> kinds.OpenSchool:
    unit, units = campuses.open_school(draft, change)
    made: dict[str, object] = {}
    if unit is not None:
        made["site"] = kinds.Site(unit=unit)
    if change.zone is not None and units:
        made["zone"] = change.zone.model_copy(update={"units": units})
    return change.model_copy(update=made)


def _city(draft: Draft, scenario: Scenario) -> City:
    base = draft.base
    project = _project(base.project, scenario)
    kept = tuple(note for note in base.unused if note not in idle_schools(base.tables))
    return replace(
        base,
        project=project,
        tables=draft.frames,
        notes=(*base.notes, *(note for note in draft.notes if note not in base.notes)),
        absences=tuple(absences(project, draft.frames)),
        hashes={**base.hashes, **_hashes(scenario)},
        unused=(*idle_schools(draft.frames), *kept),
    )


def _project(project: Project, scenario: Scenario) -> Project:
    """Return the project; that a scenario is assumed, and why, stands among what is assumed in reports."""
    head = scenario.head
    if not head.assumed or head.reason is None:
        return project
    return project.model_copy(
        update={"assumed": [*project.assumed, Assumption(what=head.title, reason=head.reason)]}
    )


def _hashes(scenario: Scenario) -> dict[str, str]:
    found = {scenario.file: hashlib.sha256(scenario.text.encode("utf-8")).hexdigest()}
    for name in scenario.refers():
        path = scenario.folder / name
        found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return {f"scenario: {name}": value for name, value in found.items()}
