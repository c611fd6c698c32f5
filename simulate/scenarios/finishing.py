"""The last steps of a scenario: outlines that no longer agree, order of rows, and the audits of reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from geodata import schema
from geodata.audit import (
    audit_districts,
    audit_keys,
    audit_plan,
    audit_references,
    audit_years,
    audit_zones,
)
from geodata.city import City
from geodata.errors import DataError, Fault
from geodata.messages import say
from geodata.parsed import Parsed
from simulate.filings import check_policy_names
from simulate.policy import Policy
from simulate.scenarios.draft import ANY, Draft
from zoning.plan import plan_in
from zoning.pressure import children_by_zone


def finish(draft: Draft) -> None:
    """Leave out outlines and scope texts that no longer agree with the units, and put rows in order."""
    _drop_outlines(draft)
    for name, frame in draft.frames.items():
        if frame is not draft.base[name]:
            draft.frames[name] = _in_order(schema.BY_NAME[name], frame)


def _drop_outlines(draft: Draft) -> None:
    """Blank what a zone says of its ground where its units are others now: it follows from the units.

    Where zones were merged whole, their outlines were made one, and are kept. So is the outline of a zone
    that had no units in the plan: it says more than the units that come to it.
    """
    before = _members(plan_in(draft.base, draft.year))
    after = _members(draft.plan())
    united = {
        zone: set().union(*(before.get(one, set()) for one in all_)) for zone, all_ in draft.united.items()
    }
    old = {**before, **united}
    zones = draft.frames["zones"]
    other = zones["zone_id"].map(lambda zone: old.get(zone, set()) != after.get(zone, set()))
    said = (zones.geometry.notna() | zones["scope_text"].notna()).to_numpy()
    stale = other.to_numpy(dtype=bool) & said
    alone = stale & ~zones["zone_id"].map(lambda zone: bool(old.get(zone))).to_numpy(dtype=bool)
    if alone.any():
        draft.notes.append(
            say(
                "zones with an outline and no units in the plan ({zones}) get units: their outlines are "
                "kept as they are",
                zones=", ".join(sorted(zones["zone_id"][alone])[:20]),
            )
        )
    stale &= ~alone
    if not stale.any():
        return
    named = sorted(zones["zone_id"][stale])
    frame = zones.copy()
    geometry = frame.geometry.to_numpy().copy()
    geometry[stale] = None
    frame.loc[stale, "scope_text"] = None
    draft.frames["zones"] = frame.set_geometry(type(frame.geometry)(geometry, crs=frame.crs))
    draft.notes.append(
        say(
            "zones whose units are others now ({n}: {zones}): the outline and scope text of the project no "
            "longer agree with them and are left out; the outline is that of the units",
            n=len(named),
            zones=", ".join(named[:20]),
        )
    )


def _members(plan: pd.DataFrame) -> dict[str, set[str]]:
    """Return the units of each zone, by the rows for all categories, which make the outline."""
    rows = plan[plan["category"] == ANY]
    return {str(zone): set(units) for zone, units in rows.groupby("zone_id")["unit_id"]}


def _in_order(table: schema.Table, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table in the order in which a city is read (`geodata.city`)."""
    order = [*table.key]
    if frame.duplicated(order).any():
        order += [name for name in table.names if name not in table.key]
    return frame.sort_values(order, kind="stable", na_position="first").reset_index(drop=True)


def audit(draft: Draft, policy: Policy) -> None:
    """Add what the audits of reading find, zones with children and no school, children without a zone."""
    before, number = len(draft.faults), _numbers(draft)
    parsed = {name: _parsed(name, frame) for name, frame in draft.frames.items() if len(frame)}
    for name, one in parsed.items():
        if draft.frames[name] is not draft.base[name]:
            audit_keys(one)
    audit_references(parsed)
    if "plan" in parsed:
        audit_plan(parsed["plan"])
        audit_years(parsed["plan"])
    audit_zones(parsed["zones"], has_units="units" in parsed)
    draft.notes += audit_districts(parsed, draft.base.metric_crs)
    for one in parsed.values():
        draft.faults += [_relabelled(fault, draft.file, number) for fault in one.faults]
    if len(draft.faults) > before:
        return
    city = draft.city()
    try:
        ids = set(city["decisions"]["applicant_id"])
        check_policy_names(city, policy, ids, amending=True)
    except DataError as error:
        draft.faults += [replace(fault, file=draft.file, column=fault.column) for fault in error.faults]
        return
    draft.faults += _without_a_place(draft, city, number)


def _parsed(name: str, frame: pd.DataFrame) -> Parsed:
    table = schema.BY_NAME[name]
    return Parsed(
        table=table,
        file=name,
        frame=frame[list(table.names)].reset_index(drop=True),
        rows=pd.Series(np.arange(1, len(frame) + 1)),
        headings={column: column for column in table.names},
        geometry=frame.geometry.to_numpy() if table.geometry is not None else None,
    )


def _numbers(draft: Draft) -> Mapping[str, int]:
    """Return which change has made or moved what: schools and zones by id, units by id."""
    found: dict[str, int] = {unit: max(by.values()) for unit, by in draft.moved.items() if by}
    for number, change in enumerate(draft.done, start=1):
        for value in (getattr(change, "id", None), getattr(getattr(change, "zone", None), "id", None)):
            if isinstance(value, str):
                found[value] = number
    return found


def _relabelled(fault: Fault, file: str, number: Mapping[str, int]) -> Fault:
    """Return a fault of a table as one of the change that made the row."""
    return replace(
        fault, file=file, row=number.get(fault.found or ""), column=f"{fault.file}.{fault.column}"
    )


def _without_a_place(draft: Draft, city: City, number: Mapping[str, int]) -> Iterator[Fault]:
    """Yield a fault for each zone with children and no open school, where the base had none such."""
    try:
        after = _starved(city)
    except DataError as error:
        try:
            _starved(draft.base)
        except DataError:
            return  # they are lost in the base too, which a run says
        for fault in error.faults:
            yield replace(fault, file=draft.file, row=number.get(fault.found or ""))
        return
    if not after or not draft.base.has("serves"):
        return
    before = _starved(draft.base)
    plan = draft.plan()
    late = {zone: school for school, zones in draft.late.items() for zone in zones}
    opens = city["schools"].set_index("school_id")["opening_year"]
    served = city["serves"].groupby("zone_id")["school_id"].agg("min")
    for zone in sorted(set(after) - set(before)):
        units = plan.loc[plan["zone_id"] == zone, "unit_id"]
        mine = [number[unit] for unit in units if unit in number]
        school = late.get(zone) or served.get(zone)
        row = max(mine) if mine else max(draft.gone.values(), default=None)
        if isinstance(school, str):
            words = say(
                "children in a school that is open: {zone} has {n} children in {year}, and its school "
                "{school} opens in {opens}",
                zone=zone,
                n=after[zone],
                year=draft.year,
                school=school,
                opens=int(opens[school]),
            )
            remedy = say("let them move in that year (from = {year})", year=int(opens[school]))
        else:
            words = say(
                "a zone with children has a school; {zone} has {n} and none", zone=zone, n=after[zone]
            )
            remedy = say("say which school serves it (served_by), or move its units (units_to)")
        yield Fault(file=draft.file, row=row, column="zone", found=zone, allowed=words, remedy=remedy)


def _starved(city: City) -> dict[str, int]:
    """Return the children of each zone that no open school serves; units where there are no counts."""
    plan = plan_in(city, city.project.project.year)
    schools = city["schools"]
    shut = (schools["opening_year"] > city.project.project.year).fillna(False).to_numpy(dtype=bool)
    serves = city["serves"]
    served = serves.loc[~serves["school_id"].isin(schools["school_id"][shut]), "zone_id"]
    count = children_by_zone(city, plan).groupby("zone_id")["children"].sum()
    if len(count) == 0:
        count = plan.groupby("zone_id").size()
    left = count[(count > 0) & ~count.index.isin(served)]
    return {str(zone): int(n) for zone, n in left.items()}
