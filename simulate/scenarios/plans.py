"""Changes of the plan: another plan, units that move, new zones, zones that become one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from geodata.errors import DataError, XuequError
from geodata.messages import say
from simulate.scenarios import kinds
from simulate.scenarios.choosing import chosen_zones
from simulate.scenarios.draft import ANY, Draft
from zoning.plan import categories_of, plan_held, zone_of
from zoning.plans.reading import read_plan
from zoning.polygons.coverage import union_of


def other_plan(draft: Draft, change: kinds.Plan, folder: Path) -> None:
    """Put another plan in the place of the plan."""
    try:
        rows, notes = read_plan(folder / change.file, draft.city())
    except DataError as error:
        draft.faults += error.faults
        return
    except XuequError as error:
        draft.fault("file", error.message, found=change.file)
        return
    for note in notes:
        draft.note(note)
    before, after = draft.plan(), plan_held(rows, draft.year)
    categories = [ANY, *sorted({*categories_of(before), *categories_of(after)})]
    units = draft.frames["units"]["unit_id"]
    moved = np.zeros(len(units), dtype=bool)
    for category in categories:
        every = pd.Series([category] * len(units), index=units.index)
        then, now = (zone_of(plan, units, every).fillna("") for plan in (before, after))
        moved |= (then != now).to_numpy()
    draft.frames["plan"] = rows
    _not_twice(draft, units[moved].tolist(), ANY, "file")


def move(draft: Draft, change: kinds.Move) -> None:
    """Move units to a zone."""
    units = draft.many("units", change.units, "units")
    zone = draft.one("zones", change.zone, "zone")
    if change.category is not None:
        draft.names("category", change.category, "category")
    if zone is not None:
        move_units(
            draft,
            units,
            zone,
            category=change.category,
            year=change.from_,
            reason_code=change.reason_code,
            column="units",
        )


def move_units(
    draft: Draft,
    units: Sequence[str],
    zone: str,
    *,
    category: str | None,
    year: int | None,
    reason_code: str | None,
    column: str,
) -> None:
    """Move units in the table `plan`.

    Parameters
    ----------
    draft : Draft
    units : sequence of str
    zone : str
        Where to.
    category : str, optional
        Whom; a move for all takes with it the rows that a category had for itself.
    year : int, optional
        From when: what held before it stays until then. Without it the rows that hold in the project's year
        are changed, with the years that they have.
    reason_code : str, optional
    column : str
        For messages.
    """
    units = _not_twice(draft, units, category or ANY, column)
    plan = draft.frames["plan"]
    own = plan["category"].isna() if category is None else plan["category"].eq(category).fillna(False)
    mine = plan["unit_id"].isin(units).to_numpy(dtype=bool)
    if category is not None:
        mine = mine & own.to_numpy(dtype=bool)
    since = plan["from_year"].fillna(0).to_numpy(dtype=np.int64)
    until = plan["until_year"].fillna(9999).to_numpy(dtype=np.int64)
    if year is not None:
        later = mine & (until > year)
        draft.set("plan", later & (since < year), until_year=year)
        draft.keep("plan", ~(later & (since >= year)))
        rows = [_row(unit, zone, category, reason_code, from_year=year) for unit in units]
        draft.add("plan", *rows)
        if year > draft.year:
            draft.note(say("it holds from {year}; in {now} nothing changes", year=year, now=draft.year))
        return
    held = mine & (since <= draft.year) & (until > draft.year)
    kept = held & own.to_numpy(dtype=bool)
    there = set(plan["unit_id"][kept])
    blank = [unit for unit in units if unit not in there]
    next_ = pd.Series(since).where(mine & own.to_numpy(dtype=bool) & (since > draft.year))
    ends = next_.groupby(plan["unit_id"].to_numpy()).min()
    draft.set("plan", kept, zone_id=zone, reason_code=reason_code)
    draft.keep("plan", ~(held & ~kept))
    rows = []
    for unit in blank:
        end = ends.get(unit, np.nan)
        rows.append(_row(unit, zone, category, reason_code, until_year=None if pd.isna(end) else int(end)))
    draft.add("plan", *rows)


def new_zone(draft: Draft, change: kinds.NewZone) -> None:
    """Make a zone of units, with schools that are there."""
    fresh = draft.new_id("zones", change.id, "id")
    schools = draft.many("schools", change.schools, "schools")
    units = draft.many("units", change.units, "units")
    district = None if change.district is None else draft.one("districts", change.district, "district")
    if not fresh:
        return
    if change.category is not None:
        draft.names("category", change.category, "category")
    add_zone(draft, change.id, change.name, district or district_of_units(draft, units))
    if change.from_ is None or change.from_ <= draft.year:
        draft.add("serves", *({"zone_id": change.id, "school_id": school} for school in schools))
    move_units(
        draft,
        units,
        change.id,
        category=change.category,
        year=change.from_,
        reason_code=change.reason_code,
        column="units",
    )


def add_zone(draft: Draft, zone: str, name: str | None, district: str | None) -> None:
    """Add a zone without an outline: it is the union of its units."""
    draft.add("zones", {"zone_id": zone, "name": name, "district_id": district})


def district_of_units(draft: Draft, units: Sequence[str]) -> str | None:
    """Return the district in which most of some units lie, the lower id at a tie."""
    table = draft.frames["units"]
    where = table.loc[table["unit_id"].isin(units), "district_id"].dropna()
    return str(where.mode().min()) if len(where) else None


def merge_zones(draft: Draft, change: kinds.MergeZones) -> list[str]:
    """Make one zone of several, and return them; the plan, serves, applicants and choices follow."""
    zones = chosen_zones(draft, change.zones, "zones")
    into = zones[0] if zones and change.into is None else change.into
    if into is not None and zones and into not in zones:
        words = say("one of the zones: {zones}", zones=", ".join(zones))
        draft.fault("into", words, found=into, remedy=say("correct it"))
        return []
    if len(zones) < 2 or into is None:
        if len(zones) == 1 and not isinstance(change.zones, kinds.Rule):
            draft.fault("zones", say("at least two zones that differ"), found=zones[0])
        return []
    others = [zone for zone in zones if zone != into]
    for table in ("plan", "serves", "applicants"):
        if draft.frames[table]["zone_id"].isin(others).any():
            draft.set(table, draft.frames[table]["zone_id"].isin(others), zone_id=into)
    draft.frames["serves"] = draft.frames["serves"].drop_duplicates().reset_index(drop=True)
    plan = draft.frames["plan"]
    key = ["unit_id", "zone_id", "category", "from_year", "until_year"]
    draft.keep("plan", ~plan.duplicated(key))
    same_choices(draft, others, into, unless="schools")
    _merge_rows(draft, zones, into, change.name)
    for zone in others:
        draft.gone["zones", zone] = draft.number
    draft.united[into] = {*draft.united.get(into, {into}), *others}
    for zone in others:
        draft.united[into] |= draft.united.get(zone, set())
    return zones


def same_choices(draft: Draft, old: Sequence[str], new: str, *, unless: str) -> None:
    """Let choices of what is there no longer be choices of its heir; of two in a list the first counts."""
    choices = draft.frames["choices"]
    other = draft.frames[unless][f"{unless[:-1]}_id"]
    mine = choices["target"].isin(old) & ~choices["target"].isin(other)
    if not mine.any():
        return
    draft.set("choices", mine, target=new)
    choices = draft.frames["choices"].sort_values("rank", kind="stable")
    twice = choices.duplicated(["applicant_id", "after_stage", "list", "target"])
    draft.keep("choices", ~twice.sort_index())


def _merge_rows(draft: Draft, zones: list[str], into: str, name: str | None) -> None:
    table = draft.frames["zones"]
    rows = table[table["zone_id"].isin(zones)].sort_values("zone_id")
    names, texts = rows["name"].dropna(), rows["scope_text"].dropna()
    at = table["zone_id"] == into
    joined = name if name is not None else "、".join(names) if len(names) else None
    whole = len(texts) == len(rows)
    draft.set("zones", at, name=joined, scope_text="；".join(texts) if whole else None)
    shapes = rows.geometry.to_numpy()
    frame = draft.frames["zones"].copy()
    geometry = frame.geometry.to_numpy().copy()
    known = rows.geometry.notna().all()
    geometry[int(np.flatnonzero(at)[0])] = union_of(shapes) if known else None
    draft.frames["zones"] = frame.set_geometry(type(frame.geometry)(geometry, crs=frame.crs))
    draft.keep("zones", ~draft.frames["zones"]["zone_id"].isin(set(zones) - {into}))


def _not_twice(draft: Draft, units: Sequence[str], category: str, column: str) -> list[str]:
    """Return the units that no change has moved so far, and add a fault for each of the others."""
    free = []
    for unit in units:
        before = draft.moved.setdefault(unit, {})
        clash = [n for other, n in before.items() if ANY in (category, other) or other == category]
        if clash:
            words = say("a unit that moves once; change {n} moves it already", n=clash[0])
            draft.fault(column, words, found=unit, remedy=say("take it out of one of them"))
        else:
            before[category] = draft.number
            free.append(unit)
    return free


def _row(
    unit: str,
    zone: str,
    category: str | None,
    reason_code: str | None,
    *,
    from_year: int | None = None,
    until_year: int | None = None,
) -> dict[str, object]:
    return {
        "unit_id": unit,
        "zone_id": zone,
        "category": category,
        "from_year": from_year,
        "until_year": until_year,
        "reason_code": reason_code,
    }
