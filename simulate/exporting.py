"""A project's layers as one file for QGIS, a spreadsheet or another program; nothing about children."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata import City, XuequError, say
from geodata import datum as datums
from geodata.identity import CHILD_TABLES
from geodata.intake import entry_rows
from geodata.messages import Speaker, Text
from geodata.schema import BY_NAME
from geodata.writing.layers import LAYER_SUFFIXES, Layer, write_layers
from geodata.writing.tables import TABLE_SUFFIXES, write_tables
from geodata.writing.whole import unknown_kind
from simulate.layer_styles import layer_styles, layer_titles, legend_of
from zoning.outline import outline_zones
from zoning.plan import ANY, categories_of, plan_for, plan_in

TABLES = ("districts", "streets", "zones", "units", "barriers", "links", "schools")
"""What can be exported, from the lowest layer to the highest."""
SYNTHETIC = "SYNTHETIC 虚构数据"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written: rows by layer, and what should be known."""

    rows: Mapping[str, int]
    notes: tuple[Text, ...]


def export_city(
    city: City, out: Path, *, tables: Sequence[str] = (), datum: str | None = None, speak: Speaker
) -> Exported:
    """Write a city's layers.

    Parameters
    ----------
    city : City
    out : Path
        A new file: .gpkg (styled, with a legend), .geojson, .parquet, .xlsx (with a legend) or .csv.
    tables : sequence of str
        Some of `TABLES`; by default all that the project has.
    datum : str, optional
        Of the coordinates; by default wgs84, or local metres where the city has nothing else.
    speak : Speaker
        The language of the legend.

    Returns
    -------
    Exported

    Raises
    ------
    XuequError
        If a table cannot be exported, is about children, or there is nothing to write; or as the writers.
    """
    _raise_on_tables(tables)
    suffix = out.suffix.lower()
    if suffix not in (*LAYER_SUFFIXES, *TABLE_SUFFIXES):
        raise unknown_kind(out, (*LAYER_SUFFIXES, *TABLE_SUFFIXES))
    datum = datum or ("local-metres" if city.metric_crs == "local-metres" else "wgs84")
    wanted = [name for name in TABLES if name in (tables or TABLES) and city.has(name)]
    frames = {name: _frame(city, name, datum) for name in wanted}
    # Parquet holds either; a layer is the better file
    as_layers = suffix in LAYER_SUFFIXES
    notes: list[Text] = []
    if as_layers and suffix != ".gpkg":
        for name in [name for name in wanted if not frames[name].geometry.notna().any()]:
            notes.append(
                say("{table} has no shapes, so it is no layer; .gpkg and .xlsx hold it", table=name)
            )
            del frames[name]
    if len(frames) > 1 and suffix not in (".gpkg", ".xlsx"):
        raise XuequError(
            say(
                "{path} holds one table, and there are {n}: {tables}; choose one with --table, or write "
                ".gpkg or .xlsx",
                path=out.name,
                n=len(frames),
                tables=", ".join(frames),
            )
        )
    if not frames:
        raise XuequError(say("there is nothing to write: the project has no such rows"))
    if as_layers:
        notes.extend(_write_layers(city, out, frames, datum, speak))
    else:
        notes.extend(_write_tables(city, out, frames, datum, speak))
    return Exported(rows={name: len(frame) for name, frame in frames.items()}, notes=tuple(notes))


def _raise_on_tables(tables: Sequence[str]) -> None:
    for name in tables:
        if name in CHILD_TABLES:
            raise XuequError(
                say("the table {table} is about children and their homes; it is not exported", table=name)
            )
        if name not in BY_NAME:
            raise XuequError(
                say(
                    "{name} is no table's name; the tables to choose from with --table: {allowed}",
                    name=name,
                    allowed=", ".join(TABLES),
                )
            )
        if name not in TABLES:
            raise XuequError(
                say(
                    "the table {table} has no places; allowed: {allowed}",
                    table=name,
                    allowed=", ".join(TABLES),
                )
            )


def _frame(city: City, name: str, datum: str) -> gpd.GeoDataFrame:
    """Return a table with what a map needs of other tables, and its shapes in a datum."""
    plan = plan_in(city, city.project.project.year)
    if name == "zones":
        frame = _with_schools(city, outline_zones(city, plan))
    elif name == "units":
        frame = _with_zones(city[name].copy(), plan)
    elif name == "schools":
        frame = _with_seats(city, city[name].copy())
    else:
        frame = city[name].copy()
    keys = {"districts": "district_id", "streets": "street_id", "zones": "zone_id", "units": "unit_id"}
    key = {**keys, "schools": "school_id"}.get(name)
    if key is not None:
        frame["name"] = frame["name"].fillna(frame[key])
    if city.project.project.synthetic:
        frame["synthetic"] = SYNTHETIC
    shapes = frame.geometry.to_numpy()
    moved = datums.convert_shapes(shapes, city.metric_crs, datum)
    rest = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    return gpd.GeoDataFrame(rest.dropna(axis=1, how="all"), geometry=moved)


def _with_schools(city: City, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    names = city["schools"].set_index("school_id")["name"]
    serves = city["serves"].copy()
    serves["shown"] = serves["school_id"].map(names).fillna(serves["school_id"])
    listed = serves.groupby("zone_id")["shown"].agg("、".join)
    zones["schools"] = zones["zone_id"].map(listed).astype("str")
    return zones


def _with_zones(units: gpd.GeoDataFrame, plan: pd.DataFrame) -> gpd.GeoDataFrame:
    """Add the zone of each unit, and a column for each category that has rows of its own."""
    every = plan[plan["category"] == ANY].set_index("unit_id")["zone_id"]
    units["zone_id"] = units["unit_id"].map(every).astype("str")
    for category in categories_of(plan):
        own = plan_for(plan, category).set_index("unit_id")["zone_id"]
        units[f"zone_id_{category}"] = units["unit_id"].map(own).astype("str")
    return units


def _with_seats(city: City, schools: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add the classes and seats of the entry grade in the project's year, over all pools."""
    offered = city["seats"][entry_rows(city.project, city["seats"])]
    total = offered.groupby("school_id")[["classes", "seats"]].sum(min_count=1)
    for column in ("classes", "seats"):
        schools[column] = schools["school_id"].map(total[column]).astype("Int64")
    return schools


def _write_layers(
    city: City, out: Path, frames: Mapping[str, gpd.GeoDataFrame], datum: str, speak: Speaker
) -> tuple[Text, ...]:
    synthetic = city.project.project.synthetic
    titles, styles = layer_titles(city, speak), layer_styles(frames, speak)
    layers = [
        Layer(
            name=f"{name} {SYNTHETIC}" if synthetic else name,
            frame=frame if shaped else pd.DataFrame(frame.drop(columns="geometry")),
            datum=datum if shaped else "",
            style=styles[name] if shaped else None,
            description=_described(city, titles[name]),
        )
        for name, frame in frames.items()
        for shaped in (bool(frame.geometry.notna().any()),)
    ]
    if out.suffix.lower() == ".gpkg":
        drawn = [name for name, frame in frames.items() if frame.geometry.notna().any()]
        legend = legend_of(city, drawn, styles, speak)
        layers.append(Layer(name=f"legend {SYNTHETIC}" if synthetic else "legend", frame=legend))
    return write_layers(out, layers)


def _described(city: City, title: str) -> str:
    head = city.project.project
    words = [
        f"{head.name} {head.year}: {title}",
        *([SYNTHETIC] if head.synthetic else []),
        *head.attribution,
    ]
    return "; ".join(words)


def _write_tables(
    city: City, out: Path, frames: Mapping[str, gpd.GeoDataFrame], datum: str, speak: Speaker
) -> tuple[Text, ...]:
    tables: dict[str, pd.DataFrame] = {}
    notes = []
    for name, frame in frames.items():
        table = pd.DataFrame(frame.drop(columns="geometry"))
        kinds = set(frame.geometry.geom_type.dropna())
        if kinds == {"Point"}:
            table["lng"], table["lat"] = (np.round(part, 8) for part in _places(frame))
            notes.append(say("{table}: lng and lat are in {datum}", table=name, datum=datum))
        elif kinds:
            notes.append(say("{table}: a table holds no lines or polygons, they are left out", table=name))
        tables[f"{name} SYNTHETIC" if city.project.project.synthetic else name] = table
    if out.suffix.lower() == ".xlsx":
        tables["legend"] = legend_of(
            city, ["zones"] if "zones" in frames else [], layer_styles(frames, speak), speak
        )
    write_tables(out, tables)
    return tuple(notes)


def _places(frame: gpd.GeoDataFrame) -> tuple[Any, Any]:
    shapes = frame.geometry.to_numpy()
    return shapely.get_x(shapes), shapely.get_y(shapes)
