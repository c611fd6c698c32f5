"""Read a project folder as a city: every table checked, in one metric CRS, in one order of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata import datum as datums
from geodata import schema
from geodata.absences import absences, idle_schools
from geodata.audit import (
    audit_districts,
    audit_keys,
    audit_links,
    audit_plan,
    audit_references,
    audit_years,
    audit_zones,
)
from geodata.cells import DTYPES
from geodata.discreet import discreet, without_personal
from geodata.errors import DataError, Fault, XuequError
from geodata.messages import Text, say
from geodata.parsed import Parsed
from geodata.project import Project, read_project
from geodata.sources import parse_all

DERIVED = ("units", "zones", "plan", "serves")


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """A city as a project describes it.

    Parameters
    ----------
    project : Project
        What `xuequ.toml` says.
    tables : mapping of str to DataFrame
        Every table of the schema, empty where the project has none; sorted by key, so that the
        order of the rows in the files does not matter. A table with geometry is a GeoDataFrame in
        `metric_crs`.
    metric_crs : str
        The one CRS in which everything is measured, in metres.
    notes : tuple of Text
        What is not wrong but should be known: rows left out, doubtful places.
    absences : tuple of Text
        Blank points and counts: they are absent, not zero.
    hashes : mapping of str to str
        SHA-256 of each file read, by its path as `xuequ.toml` has it.
    unused : tuple of Text
        For `check` alone: how files were decoded, schools that serve no zone, which headings no table uses
        (they may be about persons).
    """

    project: Project
    tables: Mapping[str, pd.DataFrame]
    metric_crs: str
    notes: tuple[Text, ...] = ()
    absences: tuple[Text, ...] = ()
    hashes: Mapping[str, str]
    unused: tuple[Text, ...] = ()

    def __getitem__(self, table: str) -> pd.DataFrame:
        """Return a table by its name."""
        return self.tables[table]

    def has(self, table: str) -> bool:
        """Whether the project has rows of a table."""
        return len(self.tables[table]) > 0


def read_city(folder: Path) -> City:
    """Read `xuequ.toml` and all tables of a project folder.

    Parameters
    ----------
    folder : Path
        The project folder.

    Returns
    -------
    City

    Raises
    ------
    DataError
        With every fault of every table, found in one pass.
    XuequError
        If the layers cannot be brought together in one CRS in metres.
    """
    return city_of(read_project(folder), folder)


def city_of(project: Project, folder: Path) -> City:
    """Read and check the tables of a project that has been read already; as `read_city`.

    Parameters
    ----------
    project : Project
        What `xuequ.toml` says.
    folder : Path
        The folder to which its paths are relative.
    """
    sources = parse_all(folder, project)
    parsed, faults, notes = sources.parsed, sources.faults, sources.notes
    for table in schema.TABLES:
        if not table.required:
            continue
        if table.name not in parsed and not _is_declared(project, table.name):
            faults.append(_no_table(table.name))
        elif table.name in parsed and len(parsed[table.name].frame) == 0:
            file = parsed[table.name].file
            faults.append(
                Fault(
                    file=file,
                    allowed=say("at least one row; the table {table} is empty", table=table.name),
                    remedy=say("fill it in"),
                )
            )
    # first what follows, so that a blank pool and the pool "open" are seen to be the same key
    _fill(project, parsed)
    for one in parsed.values():
        audit_keys(one)
    audit_references(parsed)
    if "plan" in parsed:
        audit_plan(parsed["plan"])
        audit_years(parsed["plan"])
    if "links" in parsed:
        audit_links(parsed["links"])
    if "zones" in parsed:
        audit_zones(parsed["zones"], has_units="units" in parsed)
    faults.extend(fault for one in parsed.values() for fault in one.faults)
    if faults:
        raise DataError(discreet(faults, project))
    metric_crs = _metric_crs(project, parsed)
    _project_all(parsed, metric_crs)
    notes.extend(audit_districts(parsed, metric_crs))
    faults.extend(fault for one in parsed.values() for fault in one.faults)
    if faults:
        raise DataError(discreet(faults, project))
    tables = {table.name: _frame(table, parsed.get(table.name), metric_crs) for table in schema.TABLES}
    _locate_districts(tables)
    return City(
        project=without_personal(project),
        tables=tables,
        metric_crs=metric_crs,
        # one file may be read for several tables
        notes=tuple(note for place, note in enumerate(notes) if note not in notes[:place]),
        absences=tuple(absences(project, tables)),
        hashes=sources.hashes,
        unused=(*idle_schools(tables), *sources.only_check),
    )


def _is_declared(project: Project, table: str) -> bool:
    """Whether the project names a source of the table; if that cannot be read, a fault says so already."""
    return table in project.tables or (table in DERIVED and project.catchments is not None)


def _no_table(table: str) -> Fault:
    return Fault(
        file="xuequ.toml",
        column=f"tables.{table}",
        allowed=say("the table {table} is needed", table=table),
        remedy=say("add [tables.{table}] with the path of its file", table=table),
    )


def _metric_crs(project: Project, parsed: Mapping[str, Parsed]) -> str:
    """Return the CRS given, or else the one of the layers in metres, or else the one for their middle."""
    layers = [p for p in parsed.values() if p.geometry is not None and p.datum is not None]
    given = project.project.metric_crs
    if given is not None:
        if _is_metric(given):
            return given
        fault = Fault(
            file="xuequ.toml",
            column="project.metric_crs",
            found=given,
            allowed=say("a projected CRS in metres, such as EPSG:4548, or local-metres"),
            remedy=say("correct it"),
        )
        raise DataError([fault])
    in_metres = sorted({p.datum for p in layers if p.datum and datums.is_metric(p.datum)})
    if len(in_metres) > 1:
        raise XuequError(
            say(
                "layers are declared in {crs}: say in [project] which is metric_crs",
                crs=", ".join(in_metres),
            )
        )
    if in_metres:
        return in_metres[0]
    bounds = [datums.bounds_in_degrees(p.geometry, p.datum) for p in layers if p.datum]
    known = np.array([b for b in bounds if np.isfinite(b).all()])
    if len(known) == 0:
        return "EPSG:4548"
    west, south = known[:, :2].min(axis=0)
    east, north = known[:, 2:].max(axis=0)
    return datums.metric_crs_for(float(west + east) / 2, float(south + north) / 2)


def _is_metric(datum: str) -> bool:
    try:
        return datums.is_metric(datum)
    except XuequError:
        return False


def _project_all(parsed: Mapping[str, Parsed], metric_crs: str) -> None:
    for one in parsed.values():
        if one.geometry is not None and one.datum is not None:
            local = "local-metres"
            if (one.datum == local) != (metric_crs == local):
                there = [p.file for p in parsed.values() if p.geometry is not None and p.datum == local]
                raise XuequError(
                    say(
                        "{file} is in local metres, which cannot be brought together with layers in a "
                        "known datum; give all layers in local metres, or this one as a PROJ string",
                        file=there[0] if there else "metric_crs",
                    )
                )
            one.geometry = datums.to_metric(one.geometry, one.datum, metric_crs)


def _fill(project: Project, parsed: Mapping[str, Parsed]) -> None:
    """Fill in what follows: the open pool, the project's level and year, seats = classes × class size."""
    if "schools" in parsed:
        schools = parsed["schools"].frame
        schools["kind"] = schools["kind"].fillna("public")
    if "choices" in parsed:
        choices = parsed["choices"].frame
        choices["list"] = choices["list"].fillna(1)
    if "seats" not in parsed:
        return
    head, seats = project.project, parsed["seats"].frame
    seats["pool"] = seats["pool"].fillna(schema.OPEN_POOL)
    seats["level"] = seats["level"].fillna(head.level)
    seats["grade"] = seats["grade"].fillna(schema.ENTRY_GRADE[head.level])
    seats["year"] = seats["year"].fillna(head.year)
    seats["seats"] = seats["seats"].fillna(seats["classes"] * seats["class_size"])


def _frame(table: schema.Table, parsed: Parsed | None, metric_crs: str) -> pd.DataFrame:
    if parsed is None:
        empty = {c.name: pd.Series(dtype=DTYPES[c.kind]) for c in table.columns}
        frame, geometry = pd.DataFrame(empty), np.empty(0, dtype=object)
    else:
        frame = parsed.frame
        geometry = parsed.geometry if parsed.geometry is not None else np.full(len(frame), None)
    if table.geometry is not None:
        crs = datums.crs_of(metric_crs)
        frame = gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(geometry, index=frame.index, crs=crs))
    if len(frame) == 0:
        return frame
    order = [*table.key]
    if frame.duplicated(order).any():
        # only then the rest of the row decides, and sorting by all columns takes much longer
        order += [name for name in table.names if name not in table.key]
    return frame.sort_values(order, kind="stable", na_position="first").reset_index(drop=True)


def _locate_districts(tables: Mapping[str, pd.DataFrame]) -> None:
    """Give units, schools and zones the district and street they lie in, where they do not say one."""
    for areas, column, named in (
        ("districts", "district_id", ("units", "schools", "zones")),
        ("streets", "street_id", ("units", "schools")),
    ):
        known = tables[areas][tables[areas].geometry.notna()]
        for name in named if len(known) else ():
            _fill_in_area(tables[name], known, column)
    zones, plan, units = tables["zones"], tables["plan"], tables["units"]
    of_unit = plan["unit_id"].map(units.set_index("unit_id")["district_id"])
    of_zone = of_unit.groupby(plan["zone_id"]).agg(lambda s: s.mode().min() if s.notna().any() else None)
    zones["district_id"] = zones["district_id"].fillna(zones["zone_id"].map(of_zone).astype("str"))


def _fill_in_area(frame: pd.DataFrame, areas: pd.DataFrame, column: str) -> None:
    tree, ids = shapely.STRtree(areas.geometry.to_numpy()), areas[column].to_numpy()
    blank = (frame[column].isna() & frame.geometry.notna()).to_numpy()
    points = shapely.point_on_surface(frame.geometry.to_numpy()[blank])
    which, where = tree.query(points, predicate="intersects")
    # on a border the lower id wins, as everywhere
    lowest = pd.Series(ids[where]).groupby(which).min()
    found = np.full(int(blank.sum()), None, dtype=object)
    found[lowest.index] = lowest.to_numpy()
    frame.loc[blank, column] = found
