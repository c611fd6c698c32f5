"""Small towns for the tests of `simulate`: given as plain values, read by the real reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from geodata.city import City, city_of
from geodata.project import Project
from geodata.toml import record_from
from simulate.building import build_world
from simulate.policy import Policy
from simulate.records import tables_of
from simulate.season import Season, open_season, run_season
from simulate.world import World

FROM = "2000-01-01"


def town(
    *,
    zones: dict[str, tuple[str, list[str]]],
    schools: dict[str, tuple[str, float, int]],
    children: list[dict[str, Any]],
    choices: dict[str, list[str]] | None = None,
    decisions: list[dict[str, Any]] | None = None,
    links: list[tuple[float, float, float]] | None = None,
) -> City:
    """Return a town on a line: everything stands at (east, 0), in metres of its own.

    Parameters
    ----------
    zones : zone -> (district, schools)
    schools : school -> (district, east, seats)
    children : rows of the table applicants, with `zone_id` and `east`
    choices : child -> schools, most wanted first
    """
    districts = sorted({d for d, _ in zones.values()} | {d for d, _, _ in schools.values()})
    tables: dict[str, Any] = {
        "districts": {"rows": [{"district_id": d} for d in districts]},
        "zones": {"rows": [{"zone_id": z, "district_id": d} for z, (d, _) in zones.items()]},
        "schools": {
            "datum": "local-metres",
            "rows": [
                {"school_id": s, "district_id": d, "lng": east, "lat": 0.0}
                for s, (d, east, _) in schools.items()
            ],
        },
        "seats": {"rows": [{"school_id": s, "seats": n} for s, (_, _, n) in schools.items()]},
        "serves": {"rows": [{"zone_id": z, "school_id": s} for z, (_, ss) in zones.items() for s in ss]},
        "applicants": {
            "datum": "local-metres",
            "rows": [
                {
                    "lng": child.get("east", 0.0),
                    "lat": 0.0,
                    **{k: v for k, v in child.items() if k != "east"},
                }
                for child in children
            ],
        },
    }
    if choices:
        tables["choices"] = {
            "rows": [
                {"applicant_id": child, "rank": rank, "target": school}
                for child, listed in choices.items()
                for rank, school in enumerate(listed, start=1)
            ]
        }
    if decisions:
        tables["decisions"] = {"rows": decisions}
    head = {"name": "town", "level": "primary", "year": 2024, "seed": "town"}
    return city_of(record_from({"project": head, "tables": tables}, Project, "xuequ.toml"), Path())


def stage(
    stage_id: str,
    category: str | list[str],
    where: str,
    order: list[str],
    *,
    mechanism: Any = "fill",
    when_full: str = "next",
    consents: str | None = None,
    zone: str | None = None,
) -> dict[str, Any]:
    """Return a stage as a TOML file would hold it."""
    import datetime

    who: dict[str, Any] = {"category": category}
    if consents:
        who["consents"] = consents
    if zone:
        who["zone"] = zone
    return {
        "id": stage_id,
        "title": {"zh": stage_id, "en": stage_id},
        "from": datetime.date(2000, 1, 1),
        "source": "a test",
        "mechanism": mechanism,
        "when_full": when_full,
        "claims": [{"who": who, "where": {"schools": where}, "order": order}],
    }


def policy(*stages: dict[str, Any], household: tuple[str, ...] = ("household",)) -> Policy:
    """Return a policy of the stages given; its categories are those that the stages name."""
    import datetime

    names: dict[str, None] = {}
    for one in stages:
        category = one["claims"][0]["who"]["category"]
        names.update(dict.fromkeys([category] if isinstance(category, str) else category))
    return record_from(
        {
            "id": "test",
            "title": {"zh": "试", "en": "test"},
            "jurisdiction": "test",
            "level": "primary",
            "category": [
                {
                    "id": name,
                    "title": {"zh": name, "en": name},
                    "household": name in household,
                    "from": datetime.date(2000, 1, 1),
                    "source": "a test",
                }
                for name in names
            ],
            "stage": list(stages),
        },
        Policy,
        "policy.toml",
    )


NEAREST = {"name": "serial-dictatorship", "choose": "nearest"}
CHOICES = {"name": "serial-dictatorship", "choose": "choices"}


@dataclass(frozen=True)
class Played:
    """A season that was run to its end."""

    world: World
    policy: Policy
    season: Season
    tables: dict[str, pd.DataFrame] = field(compare=False)

    @property
    def placements(self) -> pd.DataFrame:
        """Return a row for each child."""
        return self.tables["placements"]

    def ledger(self, stage_id: str, *, pool: str = "open") -> pd.DataFrame:
        """Return what a stage did to the seats of one pool, by school."""
        table = self.tables["ledger"]
        rows = table[(table["stage"] == stage_id) & (table["pool"] == pool)]
        return rows.set_index("school_id")

    def keys(self, stage_id: str) -> pd.DataFrame:
        """Return what a stage sorted by."""
        table = self.tables["keys"]
        return table[table["stage"] == stage_id].reset_index(drop=True)

    def metrics(self, stage_id: str) -> pd.Series:
        """Return what is counted of a stage."""
        return self.tables["metrics"].set_index("stage").loc[stage_id]

    def school_of(self) -> dict[str, str | None]:
        """Return each child's school, or None."""
        rows = self.placements[["applicant_id", "school_id"]].itertuples(index=False)
        return {child: school if isinstance(school, str) else None for child, school in rows}

    def stage_of(self) -> dict[str, str | None]:
        """Return the stage that decided on each child, or None."""
        rows = self.placements[["applicant_id", "stage"]].itertuples(index=False)
        return {child: name if isinstance(name, str) else None for child, name in rows}


def play(city: City, rules: Policy, *, seed: str = "town") -> Played:
    """Run a whole season."""
    world = build_world(city, rules, seed=seed)
    season = run_season(world, rules, open_season(world))
    return Played(world, rules, season, tables_of(world, rules, season))
