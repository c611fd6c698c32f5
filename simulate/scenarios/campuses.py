"""Changes of the schools themselves: a new campus, one that closes, several that become one."""

from __future__ import annotations

import pandas as pd
import shapely

from geodata.messages import say
from geodata.schema import ENTRY_GRADE, OPEN_POOL
from simulate.scenarios import kinds
from simulate.scenarios.choosing import chosen_unit, chosen_units
from simulate.scenarios.draft import Draft
from simulate.scenarios.plans import add_zone, district_of_units, move_units, same_choices


def open_school(draft: Draft, change: kinds.OpenSchool) -> tuple[str | None, list[str]]:
    """Open a school; return the unit in which it stands, if it is one, and the units of its own zone."""
    if change.opens < draft.year:
        words = say("{year} or later: what is open before is a school of the project", year=draft.year)
        draft.fault("opens", words, found=change.opens, remedy=say("correct it"))
    fresh = draft.new_id("schools", change.id, "id")
    unit, point = _site(draft, change)
    serves = draft.many("zones", change.serves, "serves")
    district, street = _areas(draft, change, unit, point)
    if not fresh:
        return unit, []
    draft.add("schools", _row(change, district, street, point))
    offered = change.classes * change.class_size
    draft.add(
        "seats",
        {
            "school_id": change.id,
            "level": draft.project.project.level,
            "grade": ENTRY_GRADE[draft.project.project.level],
            "pool": OPEN_POOL,
            "year": change.opens,
            "classes": change.classes,
            "class_size": change.class_size,
            "seats": offered,
        },
    )
    units: list[str] = []
    if change.zone is not None:
        units = _own_zone(draft, change, point, district, offered)
        serves = (
            [*serves, change.zone.id]
            if draft.frames["zones"]["zone_id"].eq(change.zone.id).any()
            else serves
        )
    if change.opens > draft.year:
        # the table serves has no years: a school that is not open yet would make a zone a multi-school one
        draft.late[change.id] = tuple(serves)
        words = say(
            "the school {school} opens in {year}: it serves no zone in {now}",
            school=change.id,
            year=change.opens,
            now=draft.year,
        )
        draft.note(words)
        return unit, units
    draft.add("serves", *({"zone_id": zone, "school_id": change.id} for zone in serves))
    return unit, units


def _row(
    change: kinds.OpenSchool, district: str | None, street: str | None, point: shapely.Point | None
) -> dict[str, object]:
    return {
        "school_id": change.id,
        "name": change.name,
        "district_id": district,
        "street_id": street,
        "kind": change.kind,
        "opening_year": change.opens,
        "rooms": change.rooms,
        "area_m2": change.area_m2,
        "geometry": point,
    }


def _site(draft: Draft, change: kinds.OpenSchool) -> tuple[str | None, shapely.Point | None]:
    site = change.site
    if isinstance(site, kinds.Rule):
        unit = chosen_unit(draft, site, "site")
    elif site.unit is not None:
        unit = draft.one("units", site.unit, "site.unit")
    else:
        assert site.lng is not None
        assert site.lat is not None
        assert site.datum is not None
        return None, draft.point(site.lng, site.lat, site.datum, "site.datum")
    if unit is None:
        return None, None
    units = draft.frames["units"]
    shape = units.geometry[units["unit_id"] == unit].iloc[0]
    if shape is None or shape.is_empty:
        draft.note(say("unit {unit}: no point, so no distance is known", unit=unit))
        return unit, None
    return unit, shapely.point_on_surface(shape)


def _areas(
    draft: Draft, change: kinds.OpenSchool, unit: str | None, point: shapely.Point | None
) -> tuple[str | None, str | None]:
    """Return district and street: as said, else of the unit in which it stands, else by its point."""
    found = []
    for table, said in (("districts", change.district), ("streets", change.street)):
        column = f"{table[:-1]}_id"
        if said is not None:
            # a project may know its districts by id alone, without a table of them
            known = len(draft.frames[table]) > 0
            found.append(draft.one(table, said, table[:-1]) if known else said)
            continue
        units = draft.frames["units"]
        own = units.loc[units["unit_id"] == unit, column].dropna()
        found.append(str(own.iloc[0]) if len(own) else draft.area_at(table, point))
    return found[0], found[1]


def _own_zone(
    draft: Draft, change: kinds.OpenSchool, point: shapely.Point | None, district: str | None, seats: int
) -> list[str]:
    zone = change.zone
    assert zone is not None
    if zone.category is not None:
        draft.names("category", zone.category, "zone.category")
    fresh = draft.new_id("zones", zone.id, "zone.id")
    units = chosen_units(draft, zone.units, at=point, district=district, seats=seats, column="zone.units")
    if not fresh:
        return units
    add_zone(draft, zone.id, zone.name, district_of_units(draft, units) or district)
    move_units(
        draft,
        units,
        zone.id,
        category=zone.category,
        year=change.opens,
        reason_code=zone.reason_code,
        column="zone.units",
    )
    return units


def close_school(draft: Draft, change: kinds.CloseSchool) -> None:
    """Close a school; its zones go to another one, or their units to another zone."""
    school = draft.one("schools", change.school, "school")
    heir = None if change.served_by is None else draft.one("schools", change.served_by, "served_by")
    zone = None if change.units_to is None else draft.one("zones", change.units_to, "units_to")
    if school is None or not _happens(draft, change.from_):
        return
    if heir == school:
        draft.fault("served_by", say("another school than the one that closes"), found=change.served_by)
        return
    serves = draft.frames["serves"]
    own = serves.loc[serves["school_id"] == school, "zone_id"].tolist()
    shared = set(serves.loc[serves["zone_id"].isin(own) & (serves["school_id"] != school), "zone_id"])
    if heir is not None:
        _serve(draft, own, heir)
    if zone is not None:
        if zone in own and zone not in shared:
            words = say("another zone than one that this school alone serves")
            draft.fault("units_to", words, found=change.units_to)
            return
        plan = draft.plan()
        left = plan[plan["zone_id"].isin(set(own) - shared)]
        for category, rows in left.groupby("category", sort=True):
            move_units(
                draft,
                rows["unit_id"].tolist(),
                zone,
                category=str(category) or None,
                year=None,
                reason_code=None,
                column="units_to",
            )
    _remove(draft, school, None)


def merge_schools(draft: Draft, change: kinds.MergeSchools) -> None:
    """Make one school of several: what they offer, their pupils, rooms and area are added up."""
    schools = draft.many("schools", change.schools, "schools")
    into = draft.one("schools", change.into, "into")
    if into is None or len(schools) < 2:
        if len(schools) == 1 and len(set(change.schools)) == 1:
            draft.fault(
                "schools", say("at least two schools: none is merged into itself"), found=schools[0]
            )
        return
    if into not in schools:
        words = say("one of the schools: {schools}", schools=", ".join(schools))
        draft.fault("into", words, found=change.into, remedy=say("correct it"))
        return
    if not _happens(draft, change.from_):
        return
    others = [school for school in schools if school != into]
    _add_up(draft, "seats", others, into, ("classes", "seats"))
    _add_up(draft, "rolls", others, into, ("pupils", "classes"))
    table = draft.frames["schools"]
    rows = table[table["school_id"].isin(schools)]
    # of something that is not known of one of them the sum is not known
    sums = {name: rows[name].sum(skipna=False) for name in ("rooms", "area_m2")}
    draft.set(
        "schools", table["school_id"] == into, **{n: None if pd.isna(v) else v for n, v in sums.items()}
    )
    if draft.frames["indicators"]["school_id"].isin(schools).any():
        draft.note(say("indicators of the schools that become one are left out: they are not known"))
        draft.keep("indicators", ~draft.frames["indicators"]["school_id"].isin(schools))
    serves = draft.frames["serves"]
    _serve(draft, serves.loc[serves["school_id"].isin(others), "zone_id"].tolist(), into)
    for school in others:
        _remove(draft, school, into)


def _happens(draft: Draft, year: int | None) -> bool:
    """Whether something happens up to the project's year; what comes later is a note."""
    later = year is not None and year > draft.year
    if later:
        draft.note(say("it holds from {year}; in {now} nothing changes", year=year, now=draft.year))
    return not later


def _serve(draft: Draft, zones: list[str], school: str) -> None:
    draft.add("serves", *({"zone_id": zone, "school_id": school} for zone in dict.fromkeys(zones)))
    draft.frames["serves"] = draft.frames["serves"].drop_duplicates().reset_index(drop=True)


def _add_up(draft: Draft, name: str, others: list[str], into: str, counts: tuple[str, ...]) -> None:
    """Add the rows of other schools to those of one, key by key; what else differs is left blank."""
    from geodata.schema import BY_NAME

    table = draft.frames[name]
    mine = table["school_id"].isin([*others, into])
    if not mine.any():
        return
    key = list(BY_NAME[name].key)
    rest = [column for column in table.columns if column not in (*key, *counts)]
    rows = table[mine].assign(school_id=into)
    by = rows.groupby(key, dropna=False, sort=True)
    sums = by[list(counts)].sum(min_count=1).reset_index()
    firsts = by[rest].first().reset_index() if rest else sums[key]
    alike = by[rest].nunique().reset_index() if rest else sums[key]
    for column in rest:
        sums[column] = firsts[column].where(alike[column] < 2)
    made = sums[list(table.columns)].astype(table.dtypes.to_dict())
    draft.frames[name] = pd.concat([table[~mine], made], ignore_index=True)


def _remove(draft: Draft, school: str, heir: str | None) -> None:
    """Take a school out of every table; where a child has to do with it, its heir takes its place."""
    for name in ("seats", "serves", "rolls", "indicators", "travel"):
        draft.keep(name, draft.frames[name]["school_id"] != school)
    feeds = draft.frames["schools"]["feeds"] == school
    if feeds.any():
        draft.set("schools", feeds, feeds=heir)
    draft.keep("schools", draft.frames["schools"]["school_id"] != school)
    _children(draft, school, heir)
    draft.gone["schools", school] = draft.number


def _children(draft: Draft, school: str, heir: str | None) -> None:
    applicants = draft.frames["applicants"]
    for column in ("sibling_school_id", "previous_school_id"):
        there = applicants[column] == school
        if there.any() and (heir is not None or column == "sibling_school_id"):
            draft.set("applicants", there, **{column: heir})
            if heir is None:
                draft.note(
                    say("{n} siblings at {school} no longer count", n=int(there.sum()), school=school)
                )
    if (draft.frames["decisions"]["school_id"] == school).any():
        if heir is None:
            words = say("decisions place children at {school}: it cannot close", school=school)
            draft.fault("school", words, remedy=say("take these decisions out of the project"))
        else:
            draft.set("decisions", draft.frames["decisions"]["school_id"] == school, school_id=heir)
    choices = draft.frames["choices"]
    chosen = (choices["target"] == school) & ~choices["target"].isin(draft.frames["zones"]["zone_id"])
    if chosen.any() and heir is not None:
        same_choices(draft, [school], heir, unless="zones")
    elif chosen.any():
        draft.note(say("{n} choices of {school} no longer count", n=int(chosen.sum()), school=school))
        draft.keep("choices", ~chosen)
