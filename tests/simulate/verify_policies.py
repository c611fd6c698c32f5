"""Random policies with every rule that a policy may state."""

from __future__ import annotations

import random
from typing import Any

from simulate.policy import Policy
from simulate.policy_files import contradictions
from tests.simulate.verify_papers import Rows, policy_from, stage_of
from tests.simulate.verify_towns import CATEGORIES

MECHANISMS: tuple[dict[str, Any], ...] = (
    {"name": "fill"},
    {"name": "random-seats"},
    {"name": "serial-dictatorship", "choose": "choices"},
    {"name": "serial-dictatorship", "choose": "nearest"},
    {"name": "immediate-acceptance"},
    {"name": "immediate-acceptance", "choose": "nearest"},
    {"name": "parallel", "bands": [1, 2]},
    {"name": "parallel", "e": 2},
    {"name": "parallel", "e": 2, "choose": "nearest"},
    {"name": "deferred-acceptance"},
    {"name": "deferred-acceptance", "choose": "nearest"},
    {"name": "least-travel"},
)
CHILD_KEYS = ("points", "home", "insurance_months", "residence_days", "settled_on", "parent_settled_on")
ITEMS = ("item:permit", "item:居住")
PAIR_KEYS = ("own-zone", "sibling", "distance")
REACHES = ("own-zone", "own-street", "own-district", "other-districts", "city", "listed", "fed", "sibling")


def random_policy(rng: random.Random, tables: dict[str, Rows], *, mechanism: str | None = None) -> Policy:
    """Return a policy of 1 to 4 stages in which nothing contradicts; a run may still refuse it."""
    pools: Rows = [
        {"id": "reserve", "precedence": rng.choice([-1, 1])},
        {"id": "late", "precedence": rng.choice([-2, 1, 2])},
    ]
    names = [f"s{n}" for n in range(rng.randint(1, 4))]
    stages = [random_stage(rng, name, tables, mechanism) for name in names]
    schools = [stage["id"] for stage in stages if stage["gives"] == "school"]
    for pool in pools:
        if schools and rng.random() < 0.6:
            pool["release_after"] = rng.choice(schools)
    return policy_from(stages, pools)


def random_stage(
    rng: random.Random, name: str, tables: dict[str, Rows], mechanism: str | None
) -> dict[str, Any]:
    """Return a stage in which nothing contradicts."""
    while True:
        allowed = [m for m in MECHANISMS if mechanism is None or m["name"] == mechanism]
        how = dict(rng.choice(allowed))
        gives = "zone" if rng.random() < 0.12 else "school"
        listed = rng.choice([1, 1, 1, 2]) if gives == "school" else 3
        claims = [
            _random_claim(rng, how, tables, gives, listed) for _ in range(rng.choice([1, 1, 1, 2, 3]))
        ]
        together = rng.random() < 0.25
        stage = stage_of(
            name,
            claims,
            mechanism=how,
            gives=gives,
            when_full=rng.choice(["next", "next", "over", "not-admitted"]),
            given_up=rng.choice(["return", "return", "lapse"]),
            ties=rng.choice(["ticket", "ticket", "all-over"]),
            twins="together" if together else "one-by-one",
        )
        if together:
            stage["last_seat"] = rng.choice(["over", "next"])
        if rng.random() < 0.15:
            stage["districts"] = [rng.choice(tables["districts"])["district_id"]]
        try:
            policy = policy_from([stage])
        except Exception:
            continue
        if not contradictions(policy.stage[0]):
            return stage


def _random_claim(
    rng: random.Random, how: dict[str, Any], tables: dict[str, Rows], gives: str, listed: int
) -> dict[str, Any]:
    who: dict[str, Any] = {"category": rng.sample(CATEGORIES, rng.randint(1, 3))}
    if rng.random() < 0.4:
        who["status"] = rng.sample(["waiting", "declined", "late"], rng.randint(1, 3))
    if rng.random() < 0.25:
        zones = [row["zone_id"] for row in tables["zones"]]
        who["zone"] = rng.choice(["single-school", "multi-school", rng.sample(zones, 1)])
    if rng.random() < 0.1:
        who["given"] = rng.choice(["zone", "none"])
    if rng.random() < 0.25:
        who["consents"] = rng.choice(["district", "city"])
    if rng.random() < 0.2:
        who["rank"] = {
            "order": _random_order(rng, CHILD_KEYS + ITEMS),
            "within": rng.choice(["city", "district", "zone"]),
            "at_most": rng.choice([0, 1, 2, 5, "seats"]),
        }
    by_choices = gives == "zone" or how.get("choose") == "choices"
    by_choices |= how["name"] in ("immediate-acceptance", "parallel", "deferred-acceptance") and (
        "choose" not in how
    )
    reaches = ("own-zone",) if how["name"] in ("fill", "random-seats") else REACHES
    where: dict[str, Any] = {"schools": rng.choice(reaches)}
    if by_choices and listed != 1:
        where["list"] = listed
    if rng.random() < 0.15 and gives == "school":
        where["kinds"] = rng.sample(["public", "purchased-private", "nine-year"], rng.randint(1, 2))
    if rng.random() < 0.2 and gives == "school":
        where["within_m"] = rng.choice([0, 500, 1500])
        where["past_it"] = rng.choice(["last", "never"])
    one_order = how["name"] in ("serial-dictatorship", "random-seats", "least-travel")
    pairs = () if one_order or gives == "zone" or rng.random() < 0.5 else PAIR_KEYS
    pool = rng.choice(["open", "open", ["open", "reserve"], ["reserve", "late", "open"], "late"])
    claim = {"who": who, "where": where, "order": _random_order(rng, CHILD_KEYS + ITEMS + pairs)}
    if gives == "school" and how["name"] != "random-seats":
        claim["pool"] = pool
    if rng.random() < 0.12 and gives == "school":
        claim["guaranteed"] = True
    return claim


def _random_order(rng: random.Random, keys: tuple[str, ...]) -> list[str]:
    names = rng.sample(keys, rng.choice([0, 1, 1, 2, 3]))
    return [*(f"{name} {rng.choice(['asc', 'desc'])}" for name in names), "ticket"]
