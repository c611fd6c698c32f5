"""Where children live and how far each home is from each school, worked out anew from the inputs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata.city import City
from geodata.messages import say
from geodata.metres import UNKNOWN_M
from geodata.project import Project
from simulate.verify.findings import Findings, shown
from simulate.verify.reading import Papers, rows_of
from zoning.locate import locate_children
from zoning.plan import plan_in
from zoning.travel import distances_m, part_of, travel_of


@dataclass(slots=True, kw_only=True)
class Ground:
    """Whole metres from homes to schools; None where unknown.

    Parameters
    ----------
    homes, schools : mapping
        The row of each home, and the column of each school, in `metres`.
    """

    homes: Mapping[str, int]
    schools: Mapping[str, int]
    table: npt.NDArray[np.int32]
    _rows: dict[str, list[int]] = field(default_factory=dict)

    def metres(self, home: str, school: str) -> int | None:
        """Return the distance of a home from a school, or None."""
        row = self._rows.get(home)
        if row is None:
            if len(self._rows) > 5_000:  # homes of one child each need no memory of their own
                self._rows.clear()
            row = self._rows[home] = self.table[self.homes[home]].tolist()
        metres = row[self.schools[school]]
        return None if metres == UNKNOWN_M else metres

    def nearest(self, home: str, schools: Sequence[str]) -> list[str]:
        """Return schools from the nearest on, unknown ones last, then by id."""
        return sorted(schools, key=lambda school: (_last(self.metres(home, school)), school))


def _last(metres: int | None) -> float:
    return float("inf") if metres is None else metres


def city_of_papers(papers: Papers) -> City:
    """Return the inputs of a run as a city."""
    return City(
        project=Project.model_validate_json(json.dumps(papers.project)),
        tables=papers.inputs,
        metric_crs=str(papers.manifest.get("metric_crs")),
        hashes={},
    )


def located_children(papers: Papers, findings: Findings) -> pd.DataFrame:
    """Return where each child lives, from plan, units and points, and compare it with what was used.

    Returns
    -------
    DataFrame
        applicant_id, unit_id, zone_id, district_id, street_id, home_id, geometry.
    """
    city = city_of_papers(papers)
    used = papers.inputs["children"]
    applicants = city["applicants"]
    if len(applicants) == 0:
        # drawn children have a unit and no point of their own; the zone follows from the unit
        blank = used.assign(zone_id=pd.Series(None, index=used.index, dtype="str"))
        nowhere = gpd.GeoSeries([None] * len(used), index=used.index, crs=applicants.crs)
        applicants = gpd.GeoDataFrame(blank, geometry=nowhere)
    located = locate_children(city, plan_in(city, city.project.project.year), applicants)
    before = {row["applicant_id"]: row for row in rows_of(used)}
    for row in rows_of(located):
        for column in ("zone_id", "district_id", "street_id", "home_id"):
            found = before.get(row["applicant_id"], {}).get(column)
            if found != row[column]:
                findings.add(
                    say(
                        "applicant {child}: {column} is {found} in inputs/children; by plan, units and "
                        "points it is {expected}",
                        child=row["applicant_id"],
                        column=column,
                        found=shown(found),
                        expected=shown(row[column]),
                    )
                )
    findings.checked(say("children located again"), len(located))
    return located


def ground_of(papers: Papers, located: pd.DataFrame) -> Ground:
    """Return the distances of all homes from all schools, by `zoning.travel`."""
    city = city_of_papers(papers)
    travel = travel_of(city)
    first = located.drop_duplicates("home_id").sort_values("home_id")
    places = _coordinates(first["geometry"].to_numpy(dtype=object))
    targets = _coordinates(city["schools"].geometry.to_numpy())
    table = distances_m(
        travel, places, part_of(travel.parts, places), targets, part_of(travel.parts, targets)
    )
    homes = {home: row for row, home in enumerate(first["home_id"])}
    schools = {school: column for column, school in enumerate(city["schools"]["school_id"])}
    rows_by_unit: dict[str, list[int]] = {}
    for row, unit in enumerate(first["unit_id"]):
        if isinstance(unit, str):
            rows_by_unit.setdefault(unit, []).append(row)
    # what the project gives counts before what is measured
    for given in rows_of(city["travel"]):
        if given["metres"] is not None:
            metres = round(given["metres"]) if given["metres"] < UNKNOWN_M else UNKNOWN_M
            for row in rows_by_unit.get(given["unit_id"], []):
                table[row, schools[given["school_id"]]] = metres
    return Ground(homes=homes, schools=schools, table=table)


def _coordinates(points: npt.NDArray[np.object_]) -> npt.NDArray[np.float64]:
    return np.array(
        [(point.x, point.y) if isinstance(point, shapely.Point) else (np.nan, np.nan) for point in points],
        dtype=np.float64,
    ).reshape(-1, 2)
