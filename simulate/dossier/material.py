"""Everything that a dossier is made from, read and counted once, before any word is written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from geodata import City, DataError, Fault, XuequError, say
from geodata.messages import Text
from geodata.metres import UNKNOWN_M
from geodata.parsed import Parsed
from geodata.project import Names, Source
from geodata.reading.files import read_rows
from geodata.schema import Column, Table
from geodata.tables import parse_table
from simulate.dossier.forms import Forms, read_forms
from simulate.ensemble.reading import Ensemble, read_ensemble
from simulate.inputs import sha256_of
from simulate.runs import Run, read_run
from simulate.standards.holding import Held, hold_run
from simulate.standards.values import Limits, read_standards
from simulate.summary import Summary, summary_of
from zoning.plan import ANY, plan_in, rows_held
from zoning.plans.board import Board, board_of, plan_on
from zoning.plans.score import Score, score_plan

_FORECAST = Table(
    name="forecast",
    columns=(
        Column(name="zone_id", kind="id", required=True),
        Column(name="year", kind="integer", required=True, minimum=1949),
        Column(name="low", kind="number", minimum=0),
        Column(name="mid", kind="number", required=True, minimum=0),
        Column(name="high", kind="number", minimum=0),
    ),
    key=("zone_id", "year"),
)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The bureau's own forecast: zone_id, year, low, mid, high; with the file's name and hash."""

    rows: pd.DataFrame
    file: str
    sha256: str


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
        _need_same_city(read[0], other)
    for one in drawn:
        _need_same_project(read[0], one)
    city = read[0].city
    limits = read_standards().at(city.project.project.date)
    cases = tuple(
        _case(run, "proposed" if number == 0 else f"other-{number}", limits)
        for number, run in enumerate(read)
    )
    earlier = None if before is None else _case(before, "before", limits)
    return Material(
        before=earlier,
        cases=cases,
        ensembles=drawn,
        moves=moves_between_plans(earlier, cases[0]) if earlier else _no_moves(),
        limits=limits,
        forms=Forms() if forms is None else read_forms(forms),
        forecast=None if forecast is None else read_forecast(forecast, city),
    )


def read_forecast(path: Path, city: City) -> Forecast:
    """Read the bureau's own forecast.

    Raises
    ------
    DataError
        If a column is missing, a zone is none of the project's, a zone and year stand twice, or low, mid
        and high do not grow in this order.
    """
    raw = read_rows(path)
    parsed = parse_table(_FORECAST, raw, Source(path=path.name))
    frame = parsed.frame
    if not parsed.faults:
        _audit_forecast(parsed, city)
    if not parsed.faults and not len(frame):
        parsed.faults.append(Fault(file=path.name, allowed=say("at least one row; the table is empty")))
    if parsed.faults:
        raise DataError(parsed.faults)
    ordered = frame.sort_values(["zone_id", "year"], kind="stable").reset_index(drop=True)
    return Forecast(rows=ordered, file=path.name, sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def moves_between_plans(before: Case, after: Case) -> pd.DataFrame:
    """Return every unit and category that the later plan moves; as `Material.moves`.

    Notes
    -----
    The two runs may have other zones and schools, so each distance is measured in its own run: metres from
    the unit to the nearest school of its zone. Where all categories are moved alike, they are one row with
    the category "".
    """
    if before.board is None or after.board is None:
        return _no_moves()
    old, new = _zones_long(before), _zones_long(after)
    both = old.merge(new, on=["unit_id", "category"], how="outer", suffixes=("_old", "_new"))
    moved = both[both["zone_old"].fillna("") != both["zone_new"].fillna("")]
    table = pd.DataFrame(
        {
            "unit_id": moved["unit_id"],
            "category": moved["category"],
            "from_zone": moved["zone_old"],
            "to_zone": moved["zone_new"],
            "children": moved["children_new"].fillna(moved["children_old"]).fillna(0).astype("int64"),
            "before_m": moved["metres_old"],
            "after_m": moved["metres_new"],
        }
    )
    return _with_reasons(_alike_as_one(table, both), after)


def _zones_long(case: Case) -> pd.DataFrame:
    board = case.board
    assert board is not None
    plan = plan_on(board, case.plan)
    row, unit = np.indices(plan.shape).reshape(2, -1)
    zone = plan.ravel()
    metres = np.where(zone >= 0, board.metres[unit, np.maximum(zone, 0)], UNKNOWN_M)
    return pd.DataFrame(
        {
            "unit_id": board.units[unit],
            "category": np.array(board.categories, dtype=object)[row],
            "zone": pd.Series(board.zones[np.maximum(zone, 0)], dtype="str").mask(zone < 0),
            "children": board.children[row, unit],
            "metres": pd.Series(metres, dtype="Int64").mask(metres >= UNKNOWN_M),
        }
    )


def _alike_as_one(moves: pd.DataFrame, everything: pd.DataFrame) -> pd.DataFrame:
    """Return moves with one row for a unit whose categories all move alike."""
    count = everything.groupby("unit_id").size()
    grouped = moves.groupby("unit_id")
    same = (
        (grouped["from_zone"].nunique(dropna=False) == 1)
        & (grouped["to_zone"].nunique(dropna=False) == 1)
        & (grouped.size() == count.reindex(grouped.size().index))
    )
    whole = moves["unit_id"].isin(same.index[same])
    first = moves[whole].drop_duplicates("unit_id").assign(category=ANY)
    sums = moves[whole].groupby("unit_id")["children"].sum()
    first["children"] = first["unit_id"].map(sums).astype("int64")
    both = pd.concat([first, moves[~whole]])
    return both.sort_values(["unit_id", "category"], kind="stable").reset_index(drop=True)


def _with_reasons(moves: pd.DataFrame, after: Case) -> pd.DataFrame:
    held = rows_held(after.city["plan"], after.city.project.project.year)
    columns = ["reason_code", "settled_before", "keep_or_choose"]
    rows = held.drop_duplicates(["unit_id", "category"])[["unit_id", "category", *columns]]
    own = moves.merge(rows, on=["unit_id", "category"], how="left", validate="1:1")
    every = rows[rows["category"] == ANY].set_index("unit_id")
    for name in columns:
        own[name] = own[name].where(own[name].notna(), own["unit_id"].map(every[name]))
    return own


def _no_moves() -> pd.DataFrame:
    names = ["unit_id", "category", "from_zone", "to_zone", "children", "before_m", "after_m"]
    return pd.DataFrame(columns=[*names, "reason_code", "settled_before", "keep_or_choose"])


def _case(run: Run, key: str, limits: Limits) -> Case:
    city = run.city
    plan = plan_in(city, city.project.project.year)
    board = board_of(city) if city.has("units") and city.has("plan") else None
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


def _title(run: Run, key: str) -> Names:
    if run.scenario is not None:
        return run.scenario.title
    if key == "before":
        return Names(zh="现行方案", en="The plan in force")
    return Names(zh="项目方案", en="The plan of the project")


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


def _need_same_city(one: Run, other: Run) -> None:
    for table, column in (("districts", "district_id"), ("zones", "zone_id")):
        here, there = (set(run.city[table][column].dropna().astype(str)) for run in (one, other))
        if here and there:
            if here & there:
                return
            raise XuequError(_different(one.folder.name, other.folder.name, here, there))


def _different(one: str, other: str, here: set[str], there: set[str]) -> Text:
    return say(
        "{one} and {other} are of different cities: they have no district or zone in common "
        "({here}; {there})",
        one=one,
        other=other,
        here=", ".join(sorted(here)[:3]),
        there=", ".join(sorted(there)[:3]),
    )


def _need_same_project(run: Run, ensemble: Ensemble) -> None:
    here = set(run.city["zones"]["zone_id"].astype(str))
    there = set(ensemble.scenarios[0].places.zones.tolist())
    if not here & there:
        raise XuequError(_different(run.folder.name, ensemble.folder.name, here, there))


def _audit_forecast(parsed: Parsed, city: City) -> None:
    frame = parsed.frame
    known = set(city["zones"]["zone_id"].astype(str))
    for index in np.flatnonzero(~frame["zone_id"].isin(known)).tolist():
        parsed.fault(
            index, "zone_id", say("not in the project's table {table}", table="zones"), say("correct it")
        )
    for index in np.flatnonzero(frame.duplicated(["zone_id", "year"])).tolist():
        parsed.fault(index, "year", say("a year that stands once for each zone"), say("remove one row"))
    low, mid, high = (frame[name].astype("float64") for name in ("low", "mid", "high"))
    wrong = ((low > mid) | (mid > high) | (low > high)).to_numpy(dtype=bool)
    for index in np.flatnonzero(wrong).tolist():
        parsed.fault(index, "mid", say("low, mid and high that grow in this order"), say("correct them"))


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
