"""Rules over whole tables: unique keys, references, one zone a unit, schools inside districts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely

from geodata.datum_fit import fit_in_metres
from geodata.errors import Fault
from geodata.messages import Text, say
from geodata.parsed import Parsed

CORRECT = say("correct it")
ADD = say("add it")


def audit_keys(parsed: Parsed) -> None:
    """Add a fault for each row whose key stands in another row too; both rows are named."""
    frame, key = parsed.frame, list(parsed.table.key)
    named = frame[key].notna().any(axis=1)
    twice = frame.duplicated(key, keep=False) & named
    if not twice.any():
        return
    positions = np.flatnonzero(twice.to_numpy())
    group = frame[twice].groupby(key, dropna=False, sort=False).ngroup().to_numpy()
    for _, same in pd.Series(positions).groupby(group):
        values = tuple(frame[key].iloc[same.iloc[0]])
        shown = ", ".join(str(parsed.rows.iloc[i]) for i in same)
        parsed.faults.append(
            Fault(
                file=parsed.file,
                row=int(parsed.rows.iloc[same.iloc[0]]),
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
            values, known = parsed.frame[column.name], tables[target].frame[name]
            if known.isna().all() and (len(known) or tables[target].table.required):
                continue  # the whole column is missing or empty there, which is a fault of its own
            unknown = values.notna() & ~values.isin(known)
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
    frame = frame[frame["unit_id"].notna() & frame["zone_id"].notna()]
    frame = frame[frame.duplicated(["unit_id", "category"], keep=False)]
    # every pair, not each row with the one before: a long row may outlast the row after it
    pairs = frame.merge(frame, on=["unit_id", "category"], suffixes=("", "_before"))
    earlier = (pairs["from_year_before"] < pairs["from_year"]) | (
        (pairs["from_year_before"] == pairs["from_year"]) & (pairs["position_before"] < pairs["position"])
    )
    both = (pairs["until_year_before"] > pairs["from_year"]) & (pairs["until_year"] > pairs["from_year"])
    clash = pairs[earlier & both & (pairs["zone_id_before"] != pairs["zone_id"])]
    for row in clash.sort_values(["position", "position_before"]).drop_duplicates("position").itertuples():
        plan.fault(
            int(row.position),
            "unit_id",
            say(
                "one zone a unit; it lies in {a} (row {row}) and in {b}",
                a=row.zone_id_before,
                row=int(plan.rows.iloc[row.position_before]),
                b=row.zone_id,
            ),
            say("remove one, or give both the years in which they hold"),
        )


def audit_years(plan: Parsed) -> None:
    """Add a fault for each row of a plan that holds in no year: it would be ignored silently."""
    frame = plan.frame
    never = (frame["until_year"] <= frame["from_year"]).fillna(False).to_numpy(dtype=bool)
    for index in np.flatnonzero(never):
        plan.fault(
            int(index), "until_year", say("a year after from_year; this row holds in no year"), CORRECT
        )


def audit_links(links: Parsed) -> None:
    """Add a fault for each link without a line: nothing could be measured over it."""
    shapes = links.geometry if links.geometry is not None else np.full(len(links.frame), None)
    for index in np.flatnonzero(shapely.is_missing(shapes)):
        links.fault(
            int(index),
            "link_id",
            say("a link with a line from land to land; this one has none"),
            say("give the table as GeoJSON or GeoPackage, with one line a link"),
        )


def audit_districts(tables: Mapping[str, Parsed], metric_crs: str) -> list[Text]:
    """Add a fault for each school outside every district polygon; return notes on doubtful ones."""
    districts, schools = tables.get("districts"), tables.get("schools")
    if districts is None or schools is None:
        return []
    if districts.geometry is None or schools.geometry is None:
        return []
    known = ~shapely.is_missing(districts.geometry)
    if not known.any():
        return []
    tree = shapely.STRtree(districts.geometry[known])
    ids = districts.frame["district_id"].to_numpy()[known]
    there = np.flatnonzero(~shapely.is_missing(schools.geometry))
    which, where = tree.query(schools.geometry[there], predicate="intersects")
    inside = pd.Series(ids[where]).groupby(which).agg(set)
    notes = []
    plain = remedy = say("check longitude, latitude and the declared datum")
    if len(inside) < len(there) and schools.datum is not None:
        named = schools.frame["district_id"]
        fit = fit_in_metres(
            schools.geometry, schools.datum, named, districts.geometry[known], ids, metric_crs
        )
        doubt = None if fit is None else fit.warning(schools.table.name)
        if doubt is not None:
            remedy = say("check longitude, latitude and the declared datum; {doubt}", doubt=doubt)
    for position, index in enumerate(there):
        if position not in inside.index:
            schools.fault(
                int(index),
                "school_id",
                say("a point inside a district; this one lies outside every district"),
                remedy,
            )
            remedy = plain  # the doubt about the datum is said once
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
        zones.fault(int(index), "zone_id", say("a polygon, or units in a plan; it has neither"), ADD)
