"""Everything that a dossier is made from, read and counted once, before any word is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from geodata import XuequError, say
from geodata.messages import Text
from simulate.dossier.bureau_forecast import Forecast, read_forecast
from simulate.dossier.cases import Case, case_of
from simulate.dossier.forms import Forms, read_forms
from simulate.dossier.moves import moves_between_plans, no_moves
from simulate.ensemble.reading import Ensemble, read_ensemble
from simulate.inputs import sha256_of
from simulate.runs import Run, read_run
from simulate.standards.values import Limits, read_standards


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a dossier is made from.

    Parameters
    ----------
    before : Case, optional
        The plan in force; None where no base was given.
    cases : tuple of Case
        The first is the one proposed, the others stand beside it.
    ensembles : tuple of Ensemble
    moves : DataFrame
        A row a unit and category that the proposal moves: unit_id, category, from_zone, to_zone, children,
        before_m, after_m, reason_code, settled_before, keep_or_choose; empty without a base.
    limits : Limits
        The standards as they hold on the day.
    forms : Forms
    forecast : Forecast, optional
    """

    before: Case | None
    cases: tuple[Case, ...]
    ensembles: tuple[Ensemble, ...]
    moves: pd.DataFrame
    limits: Limits
    forms: Forms
    forecast: Forecast | None

    @property
    def proposed(self) -> Case:
        """The run that is proposed."""
        return self.cases[0]

    @property
    def all_cases(self) -> tuple[Case, ...]:
        """All runs, the plan in force first where it is known."""
        return ((self.before,) if self.before else ()) + self.cases

    @property
    def faults(self) -> list[str]:
        """The units that are moved without a reason."""
        blank = self.moves["reason_code"].isna()
        return sorted(set(self.moves["unit_id"][blank]))


def material_of(
    runs: Sequence[Path],
    *,
    base: Path | None = None,
    ensembles: Sequence[Path] = (),
    forms: Path | None = None,
    forecast: Path | None = None,
) -> Material:
    """Read what a dossier is made from.

    Parameters
    ----------
    runs : sequence of Path
        Run folders; the first is the one proposed.
    base : Path, optional
        The run of the plan in force.
    ensembles : sequence of Path
        Folders that `xuequ ensemble` wrote.
    forms : Path, optional
        The workbook of a dossier whose forms have been filled in.
    forecast : Path, optional
        A table zone_id, year, low, mid, high.

    Raises
    ------
    XuequError
        If there is no run, one is named twice, is not whole, or they are of different cities.
    DataError
        If forms or forecast have faults.
    """
    if not runs:
        raise XuequError(say("a dossier is made from a run: name the folder of one that xuequ run wrote"))
    _refuse_twice([*runs, *([base] if base else [])])
    read = [_whole(folder) for folder in runs]
    before = None if base is None else _whole(base)
    drawn = tuple(read_ensemble(folder) for folder in ensembles)
    for other in (*read[1:], *((before,) if before else ())):
        need_same_city(read[0], other)
    for one in drawn:
        _need_same_project(read[0], one)
    city = read[0].city
    limits = read_standards().at(city.project.project.date)
    cases = tuple(
        case_of(run, "proposed" if number == 0 else f"other-{number}", limits)
        for number, run in enumerate(read)
    )
    earlier = None if before is None else case_of(before, "before", limits)
    return Material(
        before=earlier,
        cases=cases,
        ensembles=drawn,
        moves=moves_between_plans(earlier, cases[0]) if earlier else no_moves(),
        limits=limits,
        forms=Forms() if forms is None else read_forms(forms),
        forecast=None if forecast is None else read_forecast(forecast, city),
    )


def _whole(folder: Path) -> Run:
    run = read_run(folder)
    if int(run.manifest["done"]) < len(run.policy.stage):
        raise XuequError(
            say(
                "{folder} was stopped before its last stage: a dossier shows whole seasons; go on with "
                "xuequ run --continue",
                folder=folder.name,
            )
        )
    return run


def _refuse_twice(folders: Sequence[Path]) -> None:
    seen: set[Path] = set()
    for folder in folders:
        if folder.resolve() in seen:
            raise XuequError(say("{folder} is named twice", folder=folder.name))
        seen.add(folder.resolve())


def need_same_city(one: Run, other: Run) -> None:
    """Refuse two runs that cannot stand side by side.

    Raises
    ------
    XuequError
        If they are of different cities or levels, or have no unit in common.
    """
    levels = [run.city.project.project.level for run in (one, other)]
    if levels[0] != levels[1]:
        raise XuequError(
            say(
                "{one} and {other} are of different levels ({here}; {there}): a dossier compares plans of "
                "one level",
                one=one.folder.name,
                other=other.folder.name,
                here=levels[0],
                there=levels[1],
            )
        )
    for table, column in (("districts", "district_id"), ("zones", "zone_id")):
        here, there = _ids(one, table, column), _ids(other, table, column)
        if here and there and not here & there:
            raise XuequError(_different(one.folder.name, other.folder.name, here, there))
        if here and there:
            break  # all zones may have new ids in a plan
    here, there = _ids(one, "units", "unit_id"), _ids(other, "units", "unit_id")
    if here and there and not here & there:
        raise XuequError(
            say(
                "{one} and {other} have no unit in common ({here}; {there}): a dossier compares plans of "
                "the same units",
                one=one.folder.name,
                other=other.folder.name,
                here=_first(here),
                there=_first(there),
            )
        )


def _ids(run: Run, table: str, column: str) -> set[str]:
    return set(run.city[table][column].dropna().astype(str))


def _first(ids: set[str]) -> str:
    return ", ".join(sorted(ids)[:3])


def _different(one: str, other: str, here: set[str], there: set[str]) -> Text:
    return say(
        "{one} and {other} are of different cities: they have no district or zone in common "
        "({here}; {there})",
        one=one,
        other=other,
        here=_first(here),
        there=_first(there),
    )


def _need_same_project(run: Run, ensemble: Ensemble) -> None:
    here = set(run.city["zones"]["zone_id"].astype(str))
    there = set(ensemble.scenarios[0].places.zones.tolist())
    if not here & there:
        raise XuequError(_different(run.folder.name, ensemble.folder.name, here, there))


def hashes_of(material: Material) -> Mapping[str, Mapping[str, str]]:
    """Return what the dossier was made from: the hash of each manifest, by run."""
    found = {
        case.key: {
            "run": case.run.name,
            "manifest_sha256": sha256_of(case.run.folder / "manifest.json"),
        }
        for case in material.all_cases
    }
    for number, one in enumerate(material.ensembles, start=1):
        found[f"ensemble-{number}"] = {
            "run": one.folder.name,
            "manifest_sha256": sha256_of(one.folder / "manifest.json"),
        }
    return found
