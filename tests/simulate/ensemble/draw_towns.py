"""Random towns and policies for the draw engine, and the same draw played by both engines."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from geodata import City
from geodata.city import city_of
from geodata.project import Project
from geodata.toml import record_from
from simulate.ensemble.cells import Cells
from simulate.ensemble.market import Market, market_of
from simulate.ensemble.places import Played
from simulate.ensemble.plain import play_plainly
from simulate.ensemble.playing import play
from simulate.ensemble.sampling import draw_of
from simulate.ensemble.uncertainty import VARY, Uncertainty
from simulate.policy import Policy
from simulate.policy_files import contradictions
from simulate.world import ABSENT
from tests.simulate.random_policies import CATEGORIES, STAGES
from tests.simulate.town import _school, _seats, _there, claim, claims_stage, policy, pool

NAMES = {"zh": "试", "en": "a test"}
ORIGIN = {"assumed": True, "reason": NAMES}
KEYS = ("points", "home", "settled_on", "insurance_months")
BY_LIST = ("own-zone", "own-street", "own-district", "other-districts", "city", "listed", "fed")


def stated(**parts: dict[str, Any]) -> Uncertainty:
    """Return statements of what is uncertain, all assumed: `stated(counts={"dispersion": 2.0})`."""
    raw = {name: {**ORIGIN, **part} for name, part in parts.items()}
    return record_from({"title": NAMES, **raw}, Uncertainty, "uncertain.toml")


NOTHING = stated()


@dataclass(frozen=True)
class Pair:
    """A scenario ready to be drawn, and the same to be played by the engine of a run."""

    market: Market
    plainly: Market

    def played(self, draw: int) -> tuple[Played, Played]:
        """Return a draw as it is played, and as the engine of a run plays it."""
        one = play(self.market, draw)
        return one, play_plainly(self.plainly, draw_of(self.plainly.sampler, draw, self.plainly.roster))


def market(
    city: City,
    rules: Policy,
    *,
    uncertainty: Uncertainty = NOTHING,
    vary: Collection[str] = VARY,
    seed: str = "town",
) -> Market:
    """Return a scenario ready to be drawn."""
    return market_of(city, rules, seed=seed, uncertainty=uncertainty, vary=vary)


def pair(
    cells: Cells,
    rules: Policy,
    *,
    uncertainty: Uncertainty = NOTHING,
    vary: Collection[str] = VARY,
    seed: str = "town",
) -> Pair:
    """Return a scenario of cells that were made before: a town laid out once plays many policies."""
    with patch("simulate.ensemble.market.cells_of", lambda *_, **__: cells):
        one = market(cells.world.city, rules, uncertainty=uncertainty, vary=vary, seed=seed)
    return Pair(one, replace(one, program=None, world=cells.world))


def released_otherwise(rng: random.Random, cells: Cells) -> Cells:
    """Return cells of a world whose pools go to the open one after other stages, or never."""
    blocks = cells.world.blocks
    after = [ABSENT if name == "open" else rng.choice([ABSENT, 0, 1, 2]) for name in blocks.pool]
    other = replace(blocks, release=np.array(after, dtype=np.int64))
    return replace(cells, world=replace(cells.world, blocks=other))


def unlike(left: Played, right: Played) -> list[str]:
    """Return the names of the arrays in which two draws differ, or whose types do."""
    return [
        field.name
        for field in fields(Played)
        if not _same(*(getattr(one, field.name) for one in (left, right)))
    ]


def _same(left: Any, right: Any) -> bool:
    if left is None or right is None:
        return left is right
    return left.dtype == right.dtype and np.array_equal(left, right)


def fitting_policy(rng: random.Random, place: dict[str, Any]) -> Policy:
    """Return a policy of three stages of the kinds that compiled loops know."""
    while True:
        stages = [_stage(rng, name, place) for name in STAGES]
        ends = [None, *STAGES]
        pools = (
            pool("early", rng.choice([-1, 1]), rng.choice(ends)),
            pool("spare", rng.choice([-2, 2]), rng.choice(ends)),
        )
        rules = policy(*stages, pools=pools)
        known = {c for s in rules.stage for one in s.claims for c in one.who.categories}
        if not any(contradictions(one) for one in rules.stage) and known >= set(CATEGORIES):
            return rules


def _stage(rng: random.Random, name: str, place: dict[str, Any]) -> dict[str, Any]:
    kind = rng.choice(["nearest", "nearest", "nearest", "choices", "choices", "bands", "random", "fill"])
    mechanism: dict[str, Any] = {
        "nearest": {"name": "serial-dictatorship", "choose": "nearest"},
        "choices": {"name": "serial-dictatorship", "choose": "choices"},
        "bands": {"name": rng.choice(["immediate-acceptance", "parallel", "deferred-acceptance"])},
        "random": {"name": "random-seats"},
        "fill": {"name": "fill"},
    }[kind]
    if mechanism["name"] == "parallel":
        mechanism |= rng.choice([{"e": 2}, {"bands": [1, 2]}, {"bands": [2, 1]}])
    count = rng.choice([1, 2, 3]) if kind == "nearest" or mechanism.get("choose") == "choices" else 1
    if mechanism.get("choose") == "choices":
        count = rng.choice([1, 1, 2])
    listed = rng.choice([None, 1, 2])
    claims = [_claim(rng, kind, listed, place) for _ in range(count)]
    more: dict[str, Any] = {"given_up": rng.choice(["return", "return", "lapse"])}
    if rng.random() < 0.15:
        more["districts"] = [min(d for d, _ in place["zones"].values())]
    full = rng.choice(["next", "next", "over", "not-admitted"])
    return claims_stage(name, *claims, mechanism=mechanism, when_full=full, **more)


def _claim(rng: random.Random, kind: str, listed: int | None, place: dict[str, Any]) -> dict[str, Any]:
    by_choices = kind in ("choices", "bands")
    who: dict[str, Any] = {}
    where: dict[str, Any] = {"schools": "own-zone"}
    if kind == "fill":
        who["zone"] = "single-school"
    elif kind != "random":
        reaches = BY_LIST if by_choices else tuple(name for name in BY_LIST if name != "listed")
        where["schools"] = rng.choice(reaches)
    if kind != "fill" and rng.random() < 0.2:
        who["zone"] = rng.choice(["single-school", "multi-school", [sorted(place["zones"])[0]]])
    if by_choices and listed is not None:
        where["list"] = listed
    if kind in ("nearest", "choices", "bands") and rng.random() < 0.2:
        where["kinds"] = ["public"]
    if kind != "random" and rng.random() < 0.3:
        where |= {"within_m": rng.choice([0, 250, 500]), "past_it": "never"}
    if rng.random() < 0.2:
        who["consents"] = rng.choice(["district", "city"])
    if rng.random() < 0.15:
        who["status"] = rng.choice(["late", ["waiting", "late", "declined"], ["waiting", "declined"]])
    if rng.random() < 0.1:
        who["given"] = "none"
    keys = [f"{key} {rng.choice(['asc', 'desc'])}" for key in rng.sample(KEYS, rng.randint(0, 3))]
    pools: Any = "open"
    if kind != "random" and rng.random() < 0.45:
        pools = rng.choice([["early", "open"], "early", ["spare", "open", "early"]])
    category = rng.choice([list(CATEGORIES), list(CATEGORIES), "a", ["a", "household"], ["b", "household"]])
    return claim(category, where, [*keys, "ticket"], pool=pools, **who)


def counted_town(rng: random.Random, place: dict[str, Any]) -> City:
    """Return the schools and zones of a town with counts instead of children, drawn by `[children]`."""
    units = {
        f"U{n}": (rng.choice(sorted(place["zones"])), rng.randint(0, 4) * 250.0)
        for n in range(rng.randint(1, 5))
    }
    demand = []
    for unit in units:
        for category in CATEGORIES:
            if rng.random() < 0.75:
                row: dict[str, Any] = {"unit_id": unit, "category": category, "children": rng.randint(0, 6)}
                if rng.random() < 0.4:
                    row |= {"low": max(row["children"] - 2, 0), "high": row["children"] + rng.randint(0, 4)}
                demand.append(row)
    if not any(row["children"] for row in demand):
        demand = [{"unit_id": "U0", "category": "a", "children": 2}]
    return counted(place["zones"], place["schools"], units, demand)


def counted(
    zones: dict[str, Any],
    schools: dict[str, Any],
    units: dict[str, tuple[str, float]],
    demand: list[dict[str, Any]],
    more: dict[str, Any] | None = None,
    **children: Any,
) -> City:
    """Return a town on a line with counts of children.

    Parameters
    ----------
    zones : zone -> (district, schools)
    schools : as `tests.simulate.town.town` takes them
    units : unit -> (zone, east)
    demand : rows of the table, the year apart
    more : other tables, as xuequ.toml declares them
    children : keys of `[children]`
    """
    districts = sorted({d for d, *_ in [*zones.values(), *schools.values()] if d is not None})
    tables: dict[str, Any] = {
        "districts": {"rows": [{"district_id": d} for d in districts]},
        "zones": {"rows": [_there(zone_id=z, district_id=d) for z, (d, _) in zones.items()]},
        "schools": {
            "datum": "local-metres",
            "rows": [_school(name, *values) for name, values in schools.items()],
        },
        "seats": {"rows": [row for name, values in schools.items() for row in _seats(name, values[2])]},
        "serves": {"rows": [{"zone_id": z, "school_id": s} for z, (_, ss) in zones.items() for s in ss]},
        "units": {
            "datum": "local-metres",
            "rows": [{"unit_id": u, "lng": east, "lat": 0.0} for u, (_, east) in units.items()],
        },
        "plan": {"rows": [{"unit_id": u, "zone_id": zone} for u, (zone, _) in units.items()]},
        "demand": {"rows": [{"year": 2024, **row} for row in demand]},
    }
    if not districts:
        del tables["districts"]
    tables |= more or {}
    rules = {
        "reason": NAMES,
        "points": {
            "points": {"mean": 3.0, "sd": 2.0, "low": 0.0, "high": 6.0},
            "insurance_months": {"mean": 12.0, "sd": 9.0, "low": 0.0, "high": 40.0, "step": 6.0},
        },
        "own_home": {"a": 0.4, "b": 0.1},
        "settled_days": {"mean": 5.0, "sd": 4.0, "low": 1.0, "high": 9.0},
        "consent_district": 0.8,
        "consent_city": 0.6,
        "second_choice_first": 0.3,
        **children,
    }
    head = {"name": "town", "level": "primary", "year": 2024, "seed": "town"}
    raw = {"project": head, "tables": tables, "children": rules}
    return city_of(record_from(raw, Project, "xuequ.toml"), Path())
