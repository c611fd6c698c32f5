"""Runs as papers in memory, as the recheck would read them from a folder."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from geodata.city import City, city_of
from geodata.project import Project
from geodata.schema import BY_NAME
from geodata.toml import record_from
from simulate.amend import amend, amended_tables, check_only_grown
from simulate.building import build_world
from simulate.points.apply import breakdown_of
from simulate.policy import Policy
from simulate.records import listed_of, offered_of, tables_of
from simulate.season import open_season, run_season
from simulate.verify.reading import Papers, rows_of
from simulate.world import World

FROM = datetime.date(2000, 1, 1)
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """A town as read, and a policy for it."""

    city: City
    policy: Policy
    seed: str = "town"


def city_from(tables: dict[str, Rows]) -> City:
    """Read tables of plain rows with the real reader."""
    declared: dict[str, Any] = {}
    for name, rows in tables.items():
        if rows:
            declared[name] = {"rows": rows}
            if name in ("schools", "applicants"):
                declared[name]["datum"] = "local-metres"
    head = {"name": "town", "level": "primary", "year": 2024, "seed": "town", "metric_crs": "local-metres"}
    return city_of(record_from({"project": head, "tables": declared}, Project, "xuequ.toml"), Path())


def with_rows(city: City, table: str, rows: Rows) -> City:
    """Return a city with more rows of a table without geometry, in the order of the reader."""
    if not rows:
        return city
    before = city[table]
    new = pd.DataFrame(rows, columns=list(before.columns)).astype(before.dtypes.to_dict())
    both = pd.concat([before, new]) if len(before) else new
    key = list(BY_NAME[table].key)
    both = both.sort_values(key, kind="stable", na_position="first").reset_index(drop=True)
    return replace(city, tables={**city.tables, table: both})


def without_children(city: City, gone: set[str]) -> City:
    """Return a city without some applicants and their choices."""
    tables = dict(city.tables)
    for name in ("applicants", "choices", "answers", "decisions", "facts", "scores"):
        table = tables[name]
        tables[name] = table[~table["applicant_id"].isin(gone)].reset_index(drop=True)
    return replace(city, tables=tables)


def papers_from(
    world: World,
    policy: Policy,
    tables: dict[str, pd.DataFrame],
    *,
    done: int,
    seed: str = "town",
    published: Papers | None = None,
) -> Papers:
    """Return a run as `read_papers` would read it from its folder, without writing one."""
    city = world.city
    manifest = {
        "format": 3,
        "policy": policy.id,
        "seed": seed,
        "secret": city.project.project.secret,
        "stages": [stage.id for stage in policy.stage],
        "done": done,
        "metric_crs": city.metric_crs,
        "files": {},
    }
    return Papers(
        name="run",
        manifest=manifest,
        project=json.loads(city.project.model_dump_json(by_alias=True)),
        policy=json.loads(policy.model_dump_json(by_alias=True)),
        inputs={
            **city.tables,
            "children": pd.DataFrame(world.applicants.drop(columns="geometry")),
            "listed": listed_of(world, policy),
            "offered": offered_of(world, policy),
            **breakdown_of(world.scored),
        },
        results={name: rows_of(table) for name, table in tables.items()},
        published=published,
    )


def papers_of(case: Case, *, through: int | None = None) -> Papers:
    """Run a case with the engine and return its papers."""
    world = build_world(case.city, case.policy, seed=case.seed)
    season = run_season(world, case.policy, open_season(world), through=through)
    tables = tables_of(world, case.policy, season)
    return papers_from(world, case.policy, tables, done=season.done, seed=case.seed)


def amended_papers(before: Case, after: Case) -> Papers:
    """Run a case, amend it with what came after it, and return the papers of the amended run."""
    policy, seed = before.policy, before.seed
    check_only_grown(before.city, after.city, policy)
    published = build_world(before.city, policy, seed=seed)
    season = run_season(published, policy, open_season(published))
    world = build_world(after.city, policy, seed=seed, amending=True)
    one = amend(published, season, world, policy)
    first = tables_of(published, policy, season)
    tables = amended_tables(one, world, policy, first)
    done = len(policy.stage)
    base = papers_from(published, policy, first, done=done, seed=seed)
    return papers_from(world, policy, tables, done=done, seed=seed, published=base)


def stage_of(stage_id: str, claims: list[dict[str, Any]], **rules: Any) -> dict[str, Any]:
    """Return a stage as a TOML file would hold it."""
    title = {"zh": stage_id, "en": stage_id}
    return {"id": stage_id, "title": title, "from": FROM, "source": "a test", "claims": claims, **rules}


def policy_from(stages: list[dict[str, Any]], pools: Rows = [], household: bool = True) -> Policy:  # noqa: B006
    """Return a policy of stages; its categories are household, favoured and points."""
    part = {"from": FROM, "source": "a test"}
    return record_from(
        {
            "id": "test",
            "title": {"zh": "试", "en": "test"},
            "jurisdiction": "test",
            "level": "primary",
            "category": [
                {"id": name, "title": {"zh": name, "en": name}, "household": own and household, **part}
                for name, own in (("household", True), ("favoured", True), ("points", False))
            ],
            "pool": [{**pool, "title": {"zh": pool["id"], "en": pool["id"]}, **part} for pool in pools],
            "stage": stages,
        },
        Policy,
        "policy.toml",
    )
