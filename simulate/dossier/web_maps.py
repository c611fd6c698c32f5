"""The web map of a change: a project beside a scenario, or a run beside its base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from geodata import City, XuequError, read_city, say, speaker
from geodata.messages import Lang, Speaker
from geodata.writing.whole import replaced
from simulate.summary import household_categories, summary_of
from zoning.maps.compared import compared_map
from zoning.maps.compared_sides import Side
from zoning.maps.timed import Timed, warning_by_scenario, warning_by_year
from zoning.plan import plan_in
from zoning.pressure import children_by_zone, zone_pressure

if TYPE_CHECKING:
    from simulate.ensemble.reading import Ensemble
    from simulate.policy import Policy
    from simulate.runs import Run


def map_of_runs(
    base: Run,
    run: Run,
    *,
    lang: Lang,
    public: bool = False,
    timed: Timed | None = None,
    approval: str = "",
    date: str = "",
) -> str:
    """Draw a run beside its base: zones, how full schools are, overflow.

    Parameters
    ----------
    base, run : Run
        Of one project.
    lang : {"zh", "en"}
    public, approval, date
        As `compared_map`.
    timed : Timed, optional
        The steps of the slider; by default the years for which both have a demand, where there are several.

    Raises
    ------
    XuequError
        If the two runs are of different projects.
    """
    _need_one_project(base.city, run.city)
    speak = speaker(lang)
    sides = side_of_run(base, title_of(base, speak, other=run)), side_of_run(run, title_of(run, speak))
    steps = timed if timed is not None else warning_by_year(base.city, run.city)
    return compared_map(*sides, lang=lang, timed=steps, public=public, approval=approval, date=date)


def side_of_run(run: Run, name: str) -> Side:
    """Return a run as one side of the map: only counts, no row about a child.

    Parameters
    ----------
    run : Run
    name : str
        What its pane is called.
    """
    summary = summary_of(run)
    schools = summary.schools.assign(placed=summary.schools["given"] + summary.schools["over"])
    placements = run.table("placements")
    return Side(
        city=run.city,
        name=name,
        pressure=summary.zones,
        schools=schools[["school_id", "seats", "placed"]],
        flows=overflow(placements, run.city["serves"]),
        district_flows=between_districts(placements),
    )


def overflow(placements: pd.DataFrame, serves: pd.DataFrame) -> pd.DataFrame:
    """Count the children placed in a school that does not serve their zone.

    Parameters
    ----------
    placements : DataFrame
        outcome, zone_id, school_id; a row a child. Children without a zone are left out.
    serves : DataFrame
        zone_id, school_id.

    Returns
    -------
    DataFrame
        zone_id, school_id, children; sorted.

    Examples
    --------
    >>> rows = [["placed", "Z1", "S1"], ["placed", "Z1", "S2"], ["waiting", "Z1", None]]
    >>> placements = pd.DataFrame(rows, columns=["outcome", "zone_id", "school_id"])
    >>> serves = pd.DataFrame({"zone_id": ["Z1"], "school_id": ["S1"]})
    >>> overflow(placements, serves).to_dict("records")
    [{'zone_id': 'Z1', 'school_id': 'S2', 'children': 1}]
    """
    placed = placements[(placements["outcome"] == "placed") & placements["zone_id"].notna()]
    counts = placed.groupby(["zone_id", "school_id"]).size().rename("children").reset_index()
    pairs = pd.MultiIndex.from_frame(counts[["zone_id", "school_id"]])
    own = pd.MultiIndex.from_frame(serves[["zone_id", "school_id"]])
    return counts[~pairs.isin(own)].reset_index(drop=True)


def between_districts(placements: pd.DataFrame) -> pd.DataFrame:
    """Count the children placed in another district than that of their home: start, end, children."""
    placed = placements[placements["outcome"] == "placed"]
    ends = placed.rename(columns={"district_id": "start", "school_district_id": "end"})
    ends = ends[ends["start"].notna() & ends["end"].notna() & (ends["start"] != ends["end"])]
    return ends.groupby(["start", "end"]).size().rename("children").reset_index()


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
        with the zones of `before` and a scenario with those of `after`.

    Notes
    -----
    A scenario with other zones than the right pane is left out: its colours would stand on wrong borders.
    """
    start, end = (set(city["zones"]["zone_id"].astype(str)) for city in (before, after))
    for ensemble in ensembles:
        base, *others = ensemble.scenarios
        names = {
            one.id: speak.choose(one.title.model_dump())
            for one in others
            if set(one.places.zones.tolist()) == end
        }
        if names and set(base.places.zones.tolist()) == start:
            return steps_of_ensemble(ensemble, base.id, names)
    return None


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
