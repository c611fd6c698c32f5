"""A city on its way from the base to a scenario: tables that grow change by change, faults, notes."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata import datum as datums
from geodata import schema
from geodata.city import City
from geodata.errors import Fault, XuequError
from geodata.messages import Text, say
from geodata.project import Project
from simulate.scenarios.kinds import Change
from zoning.locate import lowest_id_at
from zoning.plan import ANY, plan_in

_NEAR = 0.5


@dataclass(slots=True, kw_only=True)
class Draft:
    """The tables as the changes so far have made them, and what was found on the way.

    Parameters
    ----------
    base : City
        The city as it was read; nothing of it is ever changed.
    frames : dict of str to DataFrame
        The tables; a changed one is a new frame.
    file : str
        The scenario's file, for messages.
    number : int
        The change that is being applied, from 1.
    faults, notes : list
    moved : dict
        By which change each unit was moved: by unit, then by category ("" for all).
    gone : dict
        By which change a school or zone came to an end, by table and id.
    united : dict
        Of which zones of the base each merged zone is made.
    late : dict
        The zones that a new school will serve, by its id, where it opens after the project's year.
    named : list
        Categories and pools that changes name, each as (change, key, kind, name): the policy knows them,
        and it may be changed too.
    done : list of Change
        The changes as applied, each rule replaced by what it chose.
    """

    base: City
    frames: dict[str, pd.DataFrame]
    file: str
    number: int = 0
    faults: list[Fault] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)
    moved: dict[str, dict[str, int]] = field(default_factory=dict)
    gone: dict[tuple[str, str], int] = field(default_factory=dict)
    united: dict[str, set[str]] = field(default_factory=dict)
    late: dict[str, tuple[str, ...]] = field(default_factory=dict)
    named: list[tuple[int, str, str, str]] = field(default_factory=list)
    done: list[Change] = field(default_factory=list)

    @property
    def year(self) -> int:
        """The project's year."""
        return self.base.project.project.year

    @property
    def project(self) -> Project:
        """The project as it was read."""
        return self.base.project

    def city(self) -> City:
        """Return the city as it stands now, for what only looks at it."""
        return replace(self.base, tables=dict(self.frames))

    def plan(self) -> pd.DataFrame:
        """Return the plan that holds in the project's year, as `zoning.plan.plan_in`."""
        return plan_in(self.city(), self.year)

    def fault(
        self, column: str, allowed: Text, *, found: object = None, remedy: Text | None = None
    ) -> None:
        """Add a fault of the change that is being applied."""
        self.faults.append(
            Fault(
                file=self.file,
                row=self.number,
                column=column,
                found=None if found is None else str(found),
                allowed=allowed,
                remedy=remedy,
            )
        )

    def note(self, text: Text) -> None:
        """Add what is not wrong but should be known, with the number of the change."""
        self.notes.append(say("change {n}: {note}", n=self.number, note=text))

    def one(self, table: str, value: str, column: str) -> str | None:
        """Return the id that a change names, by id or by a name that only one has; None adds a fault."""
        frame, key = self.frames[table], schema.BY_NAME[table].key[0]
        if (frame[key] == value).any():
            return value
        named = frame.loc[frame["name"] == value, key].tolist()
        if len(named) == 1:
            return str(named[0])
        if named:
            allowed = say("an id: several have this name ({ids})", ids=", ".join(named[:10]))
            self.fault(column, allowed, found=value)
        elif (table, value) in self.gone:
            allowed = say("one that is still there; change {n} ended this one", n=self.gone[table, value])
            self.fault(column, allowed, found=value, remedy=say("correct it, or change the order"))
        else:
            known = [*frame[key].dropna(), *frame["name"].dropna()]
            self.unknown(column, value, known, say("in the table {table}", table=table))
        return None

    def many(self, table: str, values: Sequence[str], column: str) -> list[str]:
        """Return the ids of several, each once; one that is named twice or unknown adds a fault."""
        found = [one for value in values if (one := self.one(table, value, column)) is not None]
        for name in sorted({one for one in found if found.count(one) > 1}):
            self.fault(column, say("each once"), found=name, remedy=say("remove one"))
        return list(dict.fromkeys(found))

    def unknown(self, column: str, value: str, known: Sequence[str], where: Text) -> None:
        """Add the fault of a name that is not known; the nearest ones are suggested."""
        near = difflib.get_close_matches(value, known, n=3, cutoff=_NEAR)
        remedy = (
            say("did you mean {near}?", near=", ".join(dict.fromkeys(near))) if near else say("correct it")
        )
        self.fault(column, say("one that is {where}", where=where), found=value, remedy=remedy)

    def names(self, kind: str, name: str, column: str) -> None:
        """Remember a category or pool that a change names, to be looked up when the policy is known."""
        self.named.append((self.number, column, kind, name))

    def new_id(self, table: str, value: str, column: str) -> bool:
        """Whether an id is new; if not, a fault is added."""
        key = schema.BY_NAME[table].key[0]
        taken = bool((self.frames[table][key] == value).any()) or (table, value) in self.gone
        if taken:
            allowed = say("a new id; {table} has this one already", table=table)
            self.fault(column, allowed, found=value, remedy=say("choose another id"))
        return not taken

    def add(self, table: str, *rows: Mapping[str, Any]) -> None:
        """Add rows to a table; what a row does not say is missing."""
        self.frames[table] = with_rows(self.frames[table], rows)

    def keep(self, table: str, rows: pd.Series | np.ndarray) -> None:
        """Keep only some rows of a table."""
        self.frames[table] = self.frames[table][np.asarray(rows, dtype=bool)].reset_index(drop=True)

    def set(self, table: str, rows: pd.Series | np.ndarray, **values: Any) -> None:
        """Set columns of some rows."""
        frame = self.frames[table].copy()
        for name, value in values.items():
            frame.loc[np.asarray(rows, dtype=bool), name] = value
        self.frames[table] = frame

    def point(self, lng: float, lat: float, datum: str, column: str) -> shapely.Point | None:
        """Return a point in the city's metric CRS; None adds a fault."""
        where = np.array([shapely.Point(lng, lat)], dtype=object)
        try:
            if (datum == "local-metres") != (self.base.metric_crs == "local-metres"):
                words = say("a datum of the project; its layers are in {crs}", crs=self.base.metric_crs)
                self.fault(column, words, found=datum)
                return None
            made = datums.to_metric(where, datum, self.base.metric_crs)[0]
        except XuequError as error:
            self.fault(column, error.message, found=datum, remedy=say("correct it"))
            return None
        if not np.isfinite(shapely.get_coordinates(made)).all():
            self.fault(column, say("a point on the ground"), found=f"{lng}, {lat}")
            return None
        return made

    def area_at(self, table: str, point: shapely.Geometry | None) -> str | None:
        """Return the district or street (`table`) in which a point lies, where that is known."""
        areas = self.frames[table]
        if point is None or not len(areas) or not areas.geometry.notna().any():
            return None
        key = schema.BY_NAME[table].key[0]
        found = lowest_id_at(np.array([point], dtype=object), areas.geometry.to_numpy(), areas[key])[0]
        return None if pd.isna(found) else str(found)


def draft_of(city: City, file: str) -> Draft:
    """Return the draft with which a scenario begins."""
    return Draft(base=city, frames=dict(city.tables), file=file)


def with_rows(frame: pd.DataFrame, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return a table with more rows, each column of the type that it has."""
    if not rows:
        return frame
    more = {
        name: pd.Series([row.get(name) for row in rows], dtype=frame[name].dtype)
        for name in frame.columns
        if name != "geometry"
    }
    added = pd.DataFrame(more)
    if not isinstance(frame, gpd.GeoDataFrame):
        return pd.concat([frame, added], ignore_index=True) if len(frame) else added
    shapes = gpd.GeoSeries([row.get("geometry") for row in rows], crs=frame.crs)
    added = gpd.GeoDataFrame(added, geometry=shapes)[list(frame.columns)]
    if not len(frame):
        return added
    geometry = [*frame.geometry, *added.geometry]
    both = pd.concat([frame.drop(columns="geometry"), added.drop(columns="geometry")], ignore_index=True)
    return gpd.GeoDataFrame(both, geometry=gpd.GeoSeries(geometry, crs=frame.crs))[list(frame.columns)]


__all__ = ["ANY", "Draft", "draft_of", "with_rows"]
