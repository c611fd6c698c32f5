"""The web map of a change: a project beside a scenario, or a run beside its base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from geodata import City, XuequError, read_city, say, speaker
from geodata.messages import Lang, Speaker
from geodata.writing.whole import replaced
from simulate.dossier.content.told import When, district_flows_told, flows_told, pressure_told, schools_told
from simulate.summary import household_categories
from zoning.maps.compared import compared_map
from zoning.maps.compared_sides import Side
from zoning.maps.timed import Timed, warning_by_scenario, warning_by_year
from zoning.plan import plan_in, rows_held
from zoning.pressure import children_by_zone, zone_pressure

if TYPE_CHECKING:
    from simulate.dossier.cases import Case
    from simulate.dossier.model import Table
    from simulate.ensemble.reading import Ensemble
    from simulate.policy import Policy
    from simulate.runs import Run


def map_of_cases(
    before: Case,
    after: Case,
    tables: Mapping[str, Table],
    *,
    lang: Lang,
    timed: Timed | None = None,
    published: pd.DataFrame | None = None,
) -> str:
    """Draw a run beside its base, with the numbers that stand in the tables of a dossier.

    Parameters
    ----------
    before, after : Case
        Of one project.
    tables : mapping of str to Table
        T6, T6a, T9, T9b and, where there is overflow, T9a: as they are published.
    lang : {"zh", "en"}
    timed : Timed, optional
        The steps of the slider; by default the years for which both have a demand, where there are several.
    published : DataFrame, optional
        In public: the moves that are told, as `compared_map`.

    Raises
    ------
    XuequError
        If the two runs are of different projects.
    """
    _need_one_project(before.city, after.city)
    speak = speaker(lang)
    sides = (
        _side_of(before, "before", title_of(before.run, speak, other=after.run), tables),
        _side_of(after, "after", title_of(after.run, speak), tables),
    )
    steps = timed if timed is not None else warning_by_year(before.city, after.city)
    if steps is not None and published is not None:
        steps = _as_told(steps, sides)
    return compared_map(
        *sides,
        lang=lang,
        timed=steps,
        public=published is not None,
        published=published,
        date=str(after.city.project.project.date),
    )


def _as_told(timed: Timed, sides: tuple[Side, Side]) -> Timed:
    """Return the steps without the colours of zones whose own is not told beside the map."""
    quiet = []
    for side in sides:
        told = side.pressure
        quiet.append(set() if told is None else set(told.loc[told["colour"] == "none", "zone_id"]))

    def masked(table: pd.DataFrame, hidden: set[str]) -> pd.DataFrame:
        return table.assign(colour=table["colour"].mask(table["zone_id"].isin(hidden), "none"))

    steps = (
        replace(one, before=masked(one.before, quiet[0]), after=masked(one.after, quiet[1]))
        for one in timed.steps
    )
    return replace(timed, steps=tuple(steps))


def _side_of(case: Case, when: When, name: str, tables: Mapping[str, Table]) -> Side:
    """Return a run as one side of the map, from tables: what they do not tell is missing."""
    return Side(
        city=case.city,
        name=name,
        pressure=pressure_told(case, tables["T6a"], when),
        schools=schools_told(tables["T6"], when),
        flows=flows_told(tables["T9a"], when) if "T9a" in tables else None,
        district_flows=district_flows_told(tables["T9" if when == "after" else "T9b"]),
    )


def map_beside(
    folder: Path, scenario: str, *, lang: Lang, public: bool = False, approval: str = "", date: str = ""
) -> str:
    """Draw a project as it stands beside a scenario, by its counts: no run is needed.

    Parameters
    ----------
    folder : Path
        The project.
    scenario : str
        The name of one that comes with xuequ, or a file that ends in .toml.
    lang, public, approval, date
        As `compared_map`.

    Raises
    ------
    DataError
        For every fault of the project or the scenario at once.
    """
    from simulate.app import policy_of
    from simulate.scenarios import applied_scenario, read_scenario

    speak = speaker(lang)
    city = read_city(folder)
    policy = policy_of(city, folder)
    read = read_scenario(scenario)
    applied = applied_scenario(city, policy, read, folder)
    before = _counted(city, policy, speak(say("today")))
    after = _counted(applied.city, applied.policy, speak.choose(read.title.model_dump()))
    steps = warning_by_year(city, applied.city)
    return compared_map(before, after, lang=lang, timed=steps, public=public, approval=approval, date=date)


def write_beside(
    folder: Path, scenario: str, *, lang: Lang, out: Path | None = None, public: bool = False
) -> Path:
    """Write the page of `map_beside`; return its path, by default beside the map of the project.

    Raises
    ------
    DataError
        As `map_beside`; nothing is written then.
    XuequError
        If the file to write exists.
    """
    name = Path(scenario).stem
    kind = "public." if public else ""
    path = out or folder / f"map.{name}.{kind}{lang}.html"
    if out is not None and out.exists():
        raise XuequError(say("{folder} exists; nothing was written", folder=out.name))
    html = map_beside(folder, scenario, lang=lang, public=public)
    with replaced(path) as partial:
        partial.write_text(html, encoding="utf-8")
    return path


def steps_of_ensemble(ensemble: Ensemble, base: str, names: Mapping[str, str]) -> Timed:
    """Return the chances of an ensemble's scenarios as steps of the slider.

    Parameters
    ----------
    ensemble : Ensemble
    base : str
        The scenario that stands in the left pane.
    names : mapping of str to str
        The scenarios of the right pane by id, with the names to show.
    """
    from simulate.ensemble.early_warning import zones_table

    tables = {
        one.id: zones_table(one.places, one.stack) for one in ensemble.scenarios if one.id in {base, *names}
    }
    own = {name: tables[one] for one, name in names.items()}
    return warning_by_scenario(tables[base], own, ensemble.draws)


def steps_of_ensembles(
    ensembles: Sequence[Ensemble], before: City, after: City, speak: Speaker
) -> Timed | None:
    """Return the steps of the slider from the first ensemble that fits the zones of both sides.

    Parameters
    ----------
    ensembles : sequence of Ensemble
    before, after : City
        The sides of the map.
    speak : Speaker
        Names the scenarios.

    Returns
    -------
    Timed or None
        None where the years of the sides make the steps instead: no ensemble is given, or none has a base
        with the plan of `before` and a scenario with that of `after`.

    Notes
    -----
    A scenario with another plan than the right pane is left out: its colours would stand on wrong borders.
    """
    from simulate.ensemble.reading import plan_of

    for ensemble in ensembles:
        base, *others = ensemble.scenarios
        names = {
            one.id: speak.choose(one.title.model_dump())
            for one in others
            if _held(plan_of(ensemble, one.id), after) == _held(after["plan"], after)
        }
        if names and _held(plan_of(ensemble, base.id), before) == _held(before["plan"], before):
            return steps_of_ensemble(ensemble, base.id, names)
    return None


def _held(plan: pd.DataFrame, city: City) -> set[tuple[str, ...]]:
    """Return unit, category and zone of the rows of a table `plan` that hold in the year of a city."""
    rows = rows_held(plan, city.project.project.year)[["unit_id", "category", "zone_id"]]
    return set(rows.astype(str).itertuples(index=False, name=None))


def title_of(run: Run, speak: Speaker, *, other: Run | None = None) -> str:
    """Return what the pane of a run is called: its scenario, or today.

    Where `other` is called the same (the same scenario under another rule), its own name is added.
    """
    title = speak(say("today")) if run.scenario is None else speak.choose(run.scenario.title.model_dump())
    if other is not None and title == title_of(other, speak):
        return f"{title} ({run.name})"
    return title


def _counted(city: City, policy: Policy, name: str) -> Side:
    children = children_by_zone(city, plan_in(city, city.project.project.year))
    if not city.has("seats") or len(children) == 0:
        return Side(city=city, name=name)
    return Side(city=city, name=name, pressure=zone_pressure(city, children, household_categories(policy)))


def _need_one_project(base: City, other: City) -> None:
    here, there = base.project.project, other.project.project
    if (here.name, here.level, base.metric_crs) != (there.name, there.level, other.metric_crs):
        raise XuequError(
            say(
                "the runs are of {here} and of {there}: a map beside another is of one project and level",
                here=f"{here.name} ({here.level})",
                there=f"{there.name} ({there.level})",
            )
        )
