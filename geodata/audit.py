"""Rules over whole tables: unique keys, references, one zone a unit, schools inside districts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely

from geodata.errors import Fault
from geodata.messages import Text, say
from geodata.tables import Parsed


def audit_keys(parsed: Parsed) -> None:
    """Add a fault for each row whose key stands in another row too; both rows are named."""
    frame, key = parsed.frame, list(parsed.table.key)
    named = frame[key].notna().any(axis=1)
    twice = frame.duplicated(key, keep=False) & named
    if not twice.any():
        return
    first = frame[twice].groupby(key, dropna=False, sort=False).head(1).index
    places = frame[twice].groupby(key, dropna=False, sort=False).groups
    for index in first:
        values = tuple(frame.loc[index, key])
        same = next(rows for rows in places.values() if index in rows)
        shown = ", ".join(str(parsed.rows.iloc[i]) for i in same)
        parsed.faults.append(
            Fault(
                file=parsed.file,
                row=int(parsed.rows.iloc[index]),
                column=", ".join(parsed.headings[name] for name in key),
                found=" / ".join("" if pd.isna(v) else str(v) for v in values),
                allowed=say("each once; it stands in rows {rows}", rows=shown),
                remedy=say("remove or rename one"),
            )
        )


def audit_references(tables: Mapping[str, Parsed]) -> None:
    """Add a fault for each cell that names something which its table does not have.

    A reference to a table that the project does not have at all is not checked: a planner may know
    the district of a school without having a table of districts.
    """
    for parsed in tables.values():
        for column in parsed.table.columns:
            if column.refers is None:
                continue
            target, name = column.refers.split(".")
            if target not in tables:
                continue
            values = parsed.frame[column.name]
            unknown = values.notna() & ~values.isin(tables[target].frame[name])
            for index in np.flatnonzero(unknown.to_numpy()):
                parsed.fault(
                    int(index),
                    column.name,
                    say("not in {file} (table {table})", file=tables[target].file, table=target),
                    say("correct it here, or add it there"),
                )


def audit_plan(plan: Parsed) -> None:
    """Add a fault for each unit that lies in two zones of one plan, category and year."""
    frame = plan.frame[["unit_id", "zone_id", "category", "from_year", "until_year"]].copy()
    frame["from_year"] = frame["from_year"].fillna(0).astype("int64")
    frame["until_year"] = frame["until_year"].fillna(9999).astype("int64")
    frame["category"] = frame["category"].fillna("")
    frame["position"] = np.arange(len(frame))
    frame = frame.sort_values(["unit_id", "category", "from_year", "position"])
    before = frame.groupby(["unit_id", "category"])[["zone_id", "until_year", "position"]].shift()
    clash = (before["until_year"] > frame["from_year"]) & (before["zone_id"] != frame["zone_id"])
    for index in frame.index[clash.to_numpy()]:
        position = int(frame.loc[index, "position"])
        other = int(plan.rows.iloc[int(before.loc[index, "position"])])
        plan.fault(
            position,
            "unit_id",
            say(
                "one zone a unit; it lies in {a} (row {row}) and in {b}",
                a=before.loc[index, "zone_id"],
                row=other,
                b=frame.loc[index, "zone_id"],
            ),
            say("remove one, or give both the years in which they hold"),
        )


def audit_districts(tables: Mapping[str, Parsed]) -> list[Text]:
    """Add a fault for each school outside every district polygon; return notes on doubtful ones."""
    districts, schools = tables.get("districts"), tables.get("schools")
    if districts is None or schools is None:
        return []
    if districts.geometry is None or schools.geometry is None:
        return []
    known = ~shapely.is_missing(districts.geometry)
    tree = shapely.STRtree(districts.geometry[known])
    ids = districts.frame["district_id"].to_numpy()[known]
    there = np.flatnonzero(~shapely.is_missing(schools.geometry))
    which, where = tree.query(schools.geometry[there], predicate="intersects")
    inside = pd.Series(ids[where]).groupby(which).agg(set)
    notes = []
    for position, index in enumerate(there):
        if position not in inside.index:
            schools.fault(
                int(index),
                "school_id",
                say("a point inside a district; this one lies outside every district"),
                say("check longitude, latitude and the declared datum"),
            )
            continue
        said = schools.frame["district_id"].iloc[index]
        if not pd.isna(said) and said in set(ids) and said not in inside[position]:
            lies = ", ".join(sorted(inside[position]))
            notes.append(
                say(
                    "{file}, row {row}: the school is said to be in {said}, its point lies in {lies}",
                    file=schools.file,
                    row=int(schools.rows.iloc[index]),
                    said=said,
                    lies=lies,
                )
            )
    return notes


def audit_zones(zones: Parsed, has_units: bool) -> None:
    """Add a fault for each zone that has neither a polygon nor units to make one of."""
    if has_units or zones.geometry is None:
        return
    for index in np.flatnonzero(shapely.is_missing(zones.geometry)):
        zones.fault(int(index), "zone_id", say("a polygon, or units in a plan; it has neither"))
