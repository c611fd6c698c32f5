"""What the page knows of each zone: colours, popup, and its row in the list of zones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from geodata import City, say
from geodata.messages import Speaker
from zoning.maps import cards
from zoning.maps.colours import percent, sort_value
from zoning.pressure import zone_pressure

VIEWS = ("all", "household")


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneTable:
    """Zones joined with their pressure.

    Parameters
    ----------
    frame : GeoDataFrame, shape (zones,)
        The table `zones` with the columns of `zone_pressure`.
    counted : bool
        Whether children are counted at all; without, nothing is coloured.
    seated : bool
        Whether the seats of any school are known.
    """

    frame: gpd.GeoDataFrame
    counted: bool
    seated: bool


def zone_table(city: City, zones: gpd.GeoDataFrame, pressure: pd.DataFrame | None) -> ZoneTable:
    """Join zones with their pressure, by zone_id.

    Parameters
    ----------
    city : City
    zones : GeoDataFrame
        As `outline_zones` returns it.
    pressure : DataFrame, optional
        As `zone_pressure` returns it; without it no zone has a count of children.
    """
    if pressure is None:
        nobody = pd.DataFrame({"zone_id": [], "category": [], "children": []})
        pressure = zone_pressure(city, nobody.astype({"zone_id": "str", "category": "str"}), ())
    frame = zones.merge(pressure, on="zone_id", how="left", validate="one_to_one")
    for column in ("colour", "household_colour"):
        frame[column] = frame[column].fillna("none")
    for column in ("children", "household", "seats", "schools"):
        frame[column] = frame[column].fillna(0)
    counted = bool(frame["children"].sum() > 0)
    return ZoneTable(frame=frame, counted=counted, seated=bool(frame["seats"].sum() > 0))


def zone_records(city: City, table: ZoneTable, speak: Speaker) -> list[dict[str, Any]]:
    """Return one record a zone for the page, in the order of the table."""
    names = city["schools"].set_index("school_id", drop=False)
    served = city["serves"].groupby("zone_id")["school_id"].agg(list).to_dict()
    place = {school: at for at, school in enumerate(names.index)}
    label = speak.choose(city.project.zone_label.model_dump())
    districts = city["districts"].set_index("district_id", drop=False)
    records = []
    for _, row in table.frame.iterrows():
        schools = served.get(row["zone_id"], [])
        listed = [cards.name_of(names.loc[one], "school_id") for one in schools]
        district = row["district_id"]
        if district in districts.index:
            district = cards.name_of(districts.loc[district], "district_id")
        records.append(
            {
                "id": row["zone_id"],
                "name": cards.name_of(row, "zone_id"),
                "multi": len(schools) > 1,
                "schools": [place[one] for one in schools],
                "colours": [row["colour"], row["household_colour"]],
                "cells": _cells(table, row, speak),
                "sort": [sort_value(row["ratio"]), sort_value(row["household_ratio"])],
                "card": _card(table, row, speak, label, district, listed),
            }
        )
    return records


def colour_counts(table: ZoneTable) -> list[dict[str, int]]:
    """Return how many zones have each colour, for each of `VIEWS`."""
    frame = table.frame
    return [
        {str(name): int(n) for name, n in frame[column].value_counts().items()}
        for column in ("colour", "household_colour")
    ]


def headings(table: ZoneTable, zone_label: str, speak: Speaker) -> list[str]:
    """Return the headings of the list of zones: a column for what is known."""
    found = [zone_label]
    if table.counted:
        found.append(speak(say("children")))
    if table.seated:
        found.append(speak(say("seats")))
    if table.counted and table.seated:
        found.append(speak(say("seat pressure")))
    return found


def _cells(table: ZoneTable, row: Any, speak: Speaker) -> list[list[str]]:
    cells = []
    for children, ratio in (("children", "ratio"), ("household", "household_ratio")):
        shown = []
        if table.counted:
            shown.append(cards.count(row[children]))
        if table.seated:
            shown.append(cards.count(row["seats"]))
        if table.counted and table.seated:
            shown.append("–" if pd.isna(row[ratio]) else speak(percent(row[ratio])))
        cells.append(shown)
    return cells


def _card(
    table: ZoneTable, row: Any, speak: Speaker, label: str, district: object, schools: list[str]
) -> dict[str, Any]:
    rows: list[cards.Row] = [(say("district"), district)]
    if row["zone_id"] != cards.name_of(row, "zone_id"):
        rows.insert(0, (say("number"), row["zone_id"]))
    if table.counted:
        rows += [
            (say("children"), cards.count(row["children"])),
            (say("household-registered"), cards.count(row["household"])),
        ]
    if table.seated:
        rows.append((say("seats"), cards.count(row["seats"])))
    if table.counted and table.seated:
        rows += [
            (say("pressure, all children"), percent(row["ratio"])),
            (say("pressure, household-registered"), percent(row["household_ratio"])),
        ]
    rows += [(say("schools"), schools), (say("scope"), row["scope_text"])]
    notes = []
    if len(schools) > 1:
        notes.append(say("A multi-school zone: {n} schools serve it.", n=len(schools)))
    if not schools:
        notes.append(say("No school serves it."))
    return cards.card(speak, cards.name_of(row, "zone_id"), label, rows, notes)
