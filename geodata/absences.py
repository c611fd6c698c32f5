"""What a project leaves blank: absent, not zero."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from geodata.intake import entry_rows
from geodata.messages import Text, say
from geodata.project import Project


def absences(project: Project, tables: Mapping[str, pd.DataFrame]) -> list[Text]:
    """Return what is not known of units, schools and seats, each with what follows from it."""
    found = []
    schools, seats, units = tables["schools"], tables["seats"], tables["units"]
    # a project whose units have no place at all says so by having none; a blank among places is a gap
    if units.geometry.notna().any():
        for row in units[units.geometry.isna()]["unit_id"]:
            found.append(say("unit {unit}: no point, so no distance is known", unit=row))
    for row in schools[schools.geometry.isna()]["school_id"]:
        found.append(say("school {school}: no point, so no distance is known", school=row))
    unsaid = seats[seats["seats"].isna()]
    for row in unsaid[unsaid["classes"].isna()]["school_id"]:
        found.append(say("school {school}: no class plan, so it offers no seats", school=row))
    for row in unsaid[unsaid["classes"].notna()].itertuples():
        found.append(
            say(
                "school {school}: {classes} classes and no class size, so it offers no seats: give "
                "class_size or seats",
                school=row.school_id,
                classes=row.classes,
            )
        )
    if len(seats):
        offered = seats["school_id"][entry_rows(project, seats)]
        for row in schools[~schools["school_id"].isin(offered)]["school_id"]:
            found.append(
                say(
                    "school {school}: no row of seats for {level}, {year}, so it offers none",
                    school=row,
                    level=project.project.level,
                    year=project.project.year,
                )
            )
    return found


def idle_schools(tables: Mapping[str, pd.DataFrame]) -> list[Text]:
    """Return a note on the schools that serve no zone: in error, or schools that are only chosen."""
    served, schools = tables["serves"]["school_id"], tables["schools"]["school_id"]
    idle = schools[~schools.isin(served)] if len(served) else served
    if len(idle) == 0:
        return []
    return [say("schools that serve no zone ({n}): {schools}", n=len(idle), schools=", ".join(idle))]
