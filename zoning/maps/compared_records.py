"""What the page of a change knows of each zone, school and move: colours, numbers, cards."""

from __future__ import annotations

from typing import Any

import pandas as pd
import shapely

from geodata.messages import Speaker, say
from zoning.maps import cards
from zoning.maps.compared_shapes import ChangedGround
from zoning.maps.compared_sides import Side, Telling, all_schools, all_zones, school_use
from zoning.maps.places import kind_text, radius_px
from zoning.maps.printed_schools import use_classes
from zoning.maps.timed import Timed

NO_CLASS = -1


def zone_records(sides: tuple[Side, Side], ground: ChangedGround, tell: Telling) -> list[dict[str, Any]]:
    """Return one record a zone of either side, in the order of `ChangedGround.ids`."""
    zones = all_zones(*sides).set_index("zone_id", drop=False)
    names = names_by_side(sides)
    tables = [pressure_by_zone(side) for side in sides]
    schools = [_served(side) for side in sides]
    touched = {*ground.moves["start"], *ground.moves["end"]} - {""}
    label = tell.speak.choose(sides[0].city.project.zone_label.model_dump())
    records = []
    for one in ground.ids:
        row = zones.loc[one]
        records.append(
            {
                "name": cards.name_of(row, "zone_id"),
                "names": [own.get(one, "") for own in names],
                "changed": one in touched,
                "colours": [colour_at(table, one) for table in tables],
                "labels": [ratio_at(table, one, tell) for table in tables],
                "card": _zone_card(row, one, tables, schools, sides, tell, label),
            }
        )
    return records


def pressure_by_zone(side: Side) -> pd.DataFrame | None:
    """Return the pressure of a side by zone_id; None where nothing is counted."""
    return None if side.pressure is None else side.pressure.set_index("zone_id")


def colour_at(table: pd.DataFrame | None, zone: str) -> str:
    """Return the warning colour of a zone; "none" where it has none."""
    return "none" if table is None or zone not in table.index else str(table.loc[zone, "colour"])


def ratio_at(table: pd.DataFrame | None, zone: str, tell: Telling) -> str:
    """Return the pressure of a zone as it may stand on the map; "" where there is nothing to tell."""
    if table is None or zone not in table.index or zone in tell.hidden:
        return ""
    said = tell.ratio(table.loc[zone, "ratio"], table.loc[zone, "children"])
    return "" if said == "–" else said


def school_records(sides: tuple[Side, Side], tell: Telling) -> list[dict[str, Any]]:
    """Return one record a school of either side, in the order of `all_schools`."""
    uses = [school_use(side).set_index("school_id") for side in sides]
    most = max(float(use["seats"].max()) if use["seats"].notna().any() else 0.0 for use in uses)
    records = []
    for row in all_schools(*sides).drop(columns="geometry").to_dict("records"):
        own = [use.loc[row["school_id"]] if row["school_id"] in use.index else None for use in uses]
        classes = [NO_CLASS if one is None else use_class(one, tell) for one in own]
        records.append(
            {
                "name": cards.name_of(row, "school_id"),
                "there": [one is not None for one in own],
                "radii": [_radius(one, most) for one in own],
                "classes": classes,
                "labels": ["" if one is None else use_words(one, tell) for one in own],
                "card": _school_card(row, own, sides, tell),
            }
        )
    return records


def use_class(use: pd.Series, tell: Telling) -> int:
    """Return the number of a school's class of use, fullest first; `NO_CLASS` if not known or told."""
    if pd.isna(use["share"]) or tell.small(float(use["placed"])):
        return NO_CLASS
    return next(at for at, one in enumerate(use_classes()) if float(use["share"]) >= one.least)


def use_words(use: pd.Series, tell: Telling) -> str:
    """Return how full a school is, in per cent; "" where not known or not told."""
    if use_class(use, tell) == NO_CLASS:
        return ""
    # rounding must not move a number out of the class that its colour shows
    share = float(use["share"])
    said = round(share * 100)
    return f"{max(said, 101) if share > 1 + 1e-9 else min(said, 100)}%"


def move_records(sides: tuple[Side, Side], ground: ChangedGround, tell: Telling) -> list[dict[str, Any]]:
    """Return one record a move of units from a zone to another, numbered from 1."""
    start, end = zone_names(sides, tell.speak, first=0), zone_names(sides, tell.speak)
    kind = tell.speak(say("what moves"))
    records = []
    for n, row in enumerate(ground.moves.to_dict("records"), start=1):
        title = f"{start[row['start']]} → {end[row['end']]}"
        rows: list[cards.Row] = [
            (say("number"), f"{n}"),
            (sides[0].name, start[row["start"]]),
            (sides[1].name, end[row["end"]]),
            (say("planning units"), "" if pd.isna(row["units"]) else f"{int(row['units']):,}"),
            (say("children"), "" if pd.isna(row["children"]) else tell.count(row["children"])),
        ]
        records.append({"name": title, "label": f"{n}", "card": cards.card(tell.speak, title, kind, rows)})
    return records


def zone_names(sides: tuple[Side, Side], speak: Speaker, *, first: int = 1) -> dict[str, str]:
    """Return the names of the zones of both sides by id; "" is no zone.

    A zone that is renamed has its name before (`first` is 0) or after (1).
    """
    own = names_by_side(sides)
    return own[1 - first] | own[first] | {"": speak(say("no catchment"))}


def names_by_side(sides: tuple[Side, Side]) -> list[dict[str, str]]:
    """Return the names of the zones of each side by id."""
    found = []
    for side in sides:
        rows = pd.DataFrame(side.city["zones"]).drop(columns="geometry").to_dict("records")
        found.append({str(row["zone_id"]): cards.name_of(row, "zone_id") for row in rows})
    return found


def step_records(timed: Timed, ground: ChangedGround, tell: Telling) -> list[dict[str, Any]]:
    """Return one record a step of the slider: its name, colours and numbers of the zones of each side."""
    # few children may move in one year and more in another: no number of a zone that changes is public,
    # and beside tables that say which numbers are told none at all
    touched = ground.ids if tell.as_published else {*ground.moves["start"], *ground.moves["end"]}
    quiet = Telling(speak=tell.speak, public=tell.public, hidden=frozenset(touched if tell.public else ()))
    records = []
    for step in timed.steps:
        tables = [own.set_index("zone_id") for own in (step.before, step.after)]
        records.append(
            {
                "name": step.name,
                "colours": [[colour_at(own, one) for one in ground.ids] for own in tables],
                "labels": [[_step_words(own, one, quiet) for one in ground.ids] for own in tables],
            }
        )
    return records


def chance_words(chance: float) -> str:
    """Return a chance in per cent; what is rare or nearly sure is not rounded to never or always.

    Examples
    --------
    >>> chance_words(0.001), chance_words(0.5), chance_words(1.0)
    ('<1%', '50%', '100%')
    """
    if 0 < chance < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= chance < 1 else f"{chance:.0%}"


def _step_words(table: pd.DataFrame, zone: str, tell: Telling) -> str:
    if "short" not in table:
        return ratio_at(table, zone, tell)
    if zone not in table.index or pd.isna(table.loc[zone, "short"]):
        return ""
    return chance_words(float(table.loc[zone, "short"]))


def _zone_card(
    row: pd.Series,
    zone: str,
    tables: list[pd.DataFrame | None],
    schools: list[dict[str, list[str]]],
    sides: tuple[Side, Side],
    tell: Telling,
    label: str,
) -> dict[str, Any]:
    rows: list[cards.Row] = []
    if row["zone_id"] != cards.name_of(row, "zone_id"):
        rows.append((say("number"), row["zone_id"]))
    for side, table, served in zip(sides, tables, schools, strict=True):
        listed = list(served.get(zone, []))
        if table is not None and zone in table.index and zone not in tell.hidden:
            own = table.loc[zone]
            words = say(
                "{n} children, {m} seats: {ratio}",
                n=tell.count(own["children"]),
                m=tell.seats(own["seats"]),
                ratio=tell.ratio(own["ratio"], own["children"]),
            )
            listed.append(tell.speak(words))
        if zone not in set(side.city["zones"]["zone_id"]):
            listed = [tell.speak(say("does not exist"))]
        rows.append((side.name, listed))
    rows.append((say("scope"), row["scope_text"]))
    notes = []
    if zone in tell.hidden:
        notes.append(say("Its counts are not told: few children move, and they could be worked out."))
    return cards.card(tell.speak, cards.name_of(row, "zone_id"), label, rows, notes)


def _school_card(
    row: dict[str, Any], own: list[pd.Series | None], sides: tuple[Side, Side], tell: Telling
) -> dict[str, Any]:
    rows: list[cards.Row] = [(say("kind of school"), kind_text(row["kind"]))]
    for side, use in zip(sides, own, strict=True):
        if use is None:
            rows.append((side.name, say("does not exist")))
        elif pd.notna(use["seats"]):
            words = say(
                "{n} children placed, {m} seats: {ratio}",
                n=tell.count(use["placed"]),
                m=f"{round(float(use['seats'])):,}",
                ratio=use_words(use, tell) or "–",
            )
            rows.append((side.name, words))
    name = cards.name_of(row, "school_id")
    return cards.card(tell.speak, name, tell.speak(say("school")), rows)


def _radius(use: pd.Series | None, most: float) -> float:
    return 4.5 if use is None or pd.isna(use["seats"]) else radius_px(float(use["seats"]), most)


def _served(side: Side) -> dict[str, list[str]]:
    """Return the names of the schools that serve each zone."""
    schools = side.city["schools"].drop(columns="geometry").to_dict("records")
    names = {row["school_id"]: cards.name_of(row, "school_id") for row in schools}
    served = side.city["serves"]
    found: dict[str, list[str]] = (
        served["school_id"].map(names).groupby(served["zone_id"]).agg(list).to_dict()
    )
    return found


def middle_of(shape: shapely.Geometry | None) -> shapely.Geometry | None:
    """Return a place inside the largest part of a shape, for its name."""
    if shape is None or shapely.is_empty(shape):
        return None
    parts = shapely.get_parts(shape)
    return shapely.point_on_surface(parts[int(shapely.area(parts).argmax())])
