"""Small towns for the tests of `simulate`: given as plain values, read by the real reader."""

from __future__ import annotations

import datetime
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
from simulate.tickets import tickets_of
from simulate.world import World

FROM = datetime.date(2000, 1, 1)
HELD = {"from": FROM, "source": "a test"}
Row = dict[str, Any]


def town(
    *,
    zones: dict[str, tuple[str | None, list[str]]],
    schools: dict[str, tuple[Any, ...]],
    children: list[Row],
    choices: dict[str, list[str]] | None = None,
    decisions: list[Row] | None = None,
    answers: list[tuple[str, str, str]] | None = None,
    filed: list[Row] | None = None,
    units: dict[str, tuple[str, float, str]] | None = None,
) -> City:
    """Return a town on a line: everything stands at (east, 0), in metres of its own.

    Parameters
    ----------
    zones : zone -> (district, schools)
    schools : school -> (district, east, seats) or (district, east, seats, more)
        Seats are a number (the open pool), or pool -> number, or pool -> (number, release_after); `more`
        holds other columns of the table schools.
    children : rows of the table applicants, with `zone_id` and `east` (None: no point; 0 if left out)
    choices : child -> schools or zones, most wanted first
    decisions : rows of the table
    answers : (child, after_stage, answer)
    filed : rows of the table choices, beside `choices`
    units : unit -> (zone, east, street)
    """
    districts = sorted({d for d, *_ in [*zones.values(), *schools.values()] if d is not None})
    tables: dict[str, Any] = {
        "zones": {"rows": [_there(zone_id=z, district_id=d) for z, (d, _) in zones.items()]},
        "schools": {
            "datum": "local-metres",
            "rows": [_school(name, *values) for name, values in schools.items()],
        },
        "seats": {"rows": [row for name, values in schools.items() for row in _seats(name, values[2])]},
        "serves": {"rows": [{"zone_id": z, "school_id": s} for z, (_, ss) in zones.items() for s in ss]},
        "applicants": {"datum": "local-metres", "rows": [_child(child) for child in children]},
    }
    if districts:
        tables["districts"] = {"rows": [{"district_id": d} for d in districts]}
    rows = [
        {"applicant_id": child, "rank": rank, "target": target}
        for child, listed in (choices or {}).items()
        for rank, target in enumerate(listed, start=1)
    ]
    if rows or filed:
        tables["choices"] = {"rows": rows + (filed or [])}
    if decisions:
        tables["decisions"] = {"rows": decisions}
    if answers:
        names = ("applicant_id", "after_stage", "answer")
        tables["answers"] = {"rows": [dict(zip(names, one, strict=True)) for one in answers]}
    if units:
        tables["units"] = {
            "datum": "local-metres",
            "rows": [
                {"unit_id": u, "lng": east, "lat": 0.0, "street_id": street}
                for u, (_, east, street) in units.items()
            ],
        }
        tables["plan"] = {"rows": [{"unit_id": u, "zone_id": zone} for u, (zone, _, _) in units.items()]}
    head = {"name": "town", "level": "primary", "year": 2024, "seed": "town"}
    return city_of(record_from({"project": head, "tables": tables}, Project, "xuequ.toml"), Path())


def _there(**values: Any) -> Row:
    return {name: value for name, value in values.items() if value is not None}


def _school(name: str, district: str | None, east: float, _: Any, more: Row | None = None) -> Row:
    return _there(school_id=name, district_id=district, lng=east, lat=0.0, **(more or {}))


def _seats(school: str, seats: Any) -> list[Row]:
    by_pool = seats if isinstance(seats, dict) else {"open": seats}
    rows = []
    for pool, what in by_pool.items():
        count, release = what if isinstance(what, tuple) else (what, None)
        rows.append(_there(school_id=school, pool=pool, seats=count, release_after=release))
    return rows


def _child(row: Row) -> Row:
    east = row.get("east", None if "unit_id" in row else 0.0)
    point = {} if east is None else {"lng": east, "lat": 0.0}
    return _there(**point, **{k: v for k, v in row.items() if k != "east"})


def claim(
    category: str | list[str],
    where: str | Row,
    order: list[str],
    *,
    pool: str | list[str] = "open",
    guaranteed: bool = False,
    **who: Any,
) -> Row:
    """Return a claim as a TOML file would hold it; `who` is what it says of children beside category."""
    return {
        "who": _there(category=category, **who),
        "where": {"schools": where} if isinstance(where, str) else where,
        "order": order,
        "pool": pool,
        "guaranteed": guaranteed,
    }


def stage(
    stage_id: str,
    category: str | list[str],
    where: str | Row,
    order: list[str],
    *,
    mechanism: Any = "fill",
    when_full: str = "next",
    consents: str | None = None,
    zone: str | list[str] | None = None,
    **more: Any,
) -> Row:
    """Return a stage of one claim as a TOML file would hold it; `more` is of the stage."""
    one = claim(category, where, order, consents=consents, zone=zone)
    return claims_stage(stage_id, one, mechanism=mechanism, when_full=when_full, **more)


def claims_stage(stage_id: str, *claims: Row, mechanism: Any, when_full: str = "next", **more: Any) -> Row:
    """Return a stage of several claims, as a TOML file would hold it."""
    return {
        "id": stage_id,
        "title": {"zh": stage_id, "en": stage_id},
        **HELD,
        "mechanism": mechanism,
        "when_full": when_full,
        "claims": list(claims),
        **more,
    }


def pool(name: str, precedence: int, release_after: str | None = None) -> Row:
    """Return a pool as a TOML file would hold it."""
    title = {"zh": name, "en": name}
    return _there(id=name, title=title, precedence=precedence, release_after=release_after, **HELD)


def policy(
    *stages: Row, household: tuple[str, ...] = ("household",), pools: tuple[Row, ...] = ()
) -> Policy:
    """Return a policy of the stages given; its categories are those that the stages name."""
    names: dict[str, None] = {}
    for one in stages:
        for part in one["claims"]:
            category = part["who"]["category"]
            names.update(dict.fromkeys([category] if isinstance(category, str) else category))
    return record_from(
        {
            "id": "test",
            "title": {"zh": "试", "en": "test"},
            "jurisdiction": "test",
            "level": "primary",
            "category": [
                {"id": name, "title": {"zh": name, "en": name}, "household": name in household, **HELD}
                for name in names
            ],
            "pool": list(pools),
            "stage": list(stages),
        },
        Policy,
        "policy.toml",
    )


NEAREST = {"name": "serial-dictatorship", "choose": "nearest"}
CHOICES = {"name": "serial-dictatorship", "choose": "choices"}
DEFERRED = {"name": "deferred-acceptance"}
DEFERRED_NEAREST = {"name": "deferred-acceptance", "choose": "nearest"}


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
        return self.of("school_id")

    def stage_of(self) -> dict[str, str | None]:
        """Return the stage that decided on each child, or None."""
        return self.of("stage")

    def of(self, column: str) -> dict[str, Any]:
        """Return a column of the placements by child; what is missing is None."""
        rows = self.placements[["applicant_id", column]].itertuples(index=False)
        return {child: None if pd.isna(value) else value for child, value in rows}


def play(city: City, rules: Policy, *, seed: str = "town") -> Played:
    """Run a whole season."""
    world = build_world(city, rules, seed=seed)
    season = run_season(world, rules, open_season(world))
    return Played(world, rules, season, tables_of(world, rules, season))


def by_ticket(*names: str, seed: str = "town") -> list[str]:
    """Return numbers of applicants (or twin groups) in the order of their tickets."""
    tickets = tickets_of(names, seed=seed)
    return [name for _, name in sorted(zip(map(bytes, tickets), names, strict=True))]
