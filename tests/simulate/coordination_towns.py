"""Random towns whose policy coordinates: a zone stage, then through the district, then through the city."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd

from geodata.city import City
from simulate.coordination.playing import Played
from simulate.policy import Policy
from simulate.state import OUTCOMES
from tests.simulate.town import NEAREST, claim, claims_stage, policy, pool, stage
from tests.simulate.verify_papers import Rows, city_from
from tests.simulate.verify_towns import random_tables

POINTS = ["points desc", "ticket"]


def season(
    *, city_full: str = "not-admitted", district: Any = NEAREST, order: list[str] | None = None
) -> Policy:
    """Return a policy: own zone, household overflow, then points through the district and the city."""
    keys = order or POINTS
    household = ["household", "favoured"]
    first = claims_stage(
        "s0",
        claim(household, "own-zone", ["settled_on asc", "ticket"], pool=["open", "reserve"]),
        claim("points", "own-zone", keys),
        mechanism=NEAREST,
    )
    return policy(
        first,
        stage(
            "overflow",
            household,
            "own-district",
            ["settled_on asc", "ticket"],
            mechanism=NEAREST,
            when_full="over",
            coordination="district",
        ),
        stage(
            "in-district",
            "points",
            "own-district",
            keys,
            mechanism=district,
            consents="district",
            coordination="district",
        ),
        stage(
            "in-city",
            "points",
            "other-districts",
            keys,
            mechanism=NEAREST,
            consents="city",
            when_full=city_full,
            coordination="city",
        ),
        household=("household", "favoured"),
        pools=(pool("reserve", 1, "s0"), pool("late", 2)),
    )


def drawn_town(seed: int) -> tuple[dict[str, Rows], City]:
    """Return the rows of a random town in which every school and zone has a district, and the town."""
    tables = random_tables(random.Random(seed))
    # one child of every category at least
    for number, category in enumerate(("household", "favoured", "points")):
        tables["applicants"][number] |= {"category": category}
    for child in tables["applicants"]:
        if "twin_group" in child:
            child["category"] = "points"
    return tables, city_from(tables)


def metres(tables: dict[str, Rows], child: dict[str, Any], school: str) -> float:
    """Return the distance on the line, infinite where a place is unknown."""
    east = {row["school_id"]: row.get("lng") for row in tables["schools"]}[school]
    if east is None or child.get("lng") is None:
        return float("inf")
    return float(round(abs(child["lng"] - east)))


def outcomes(played: Played) -> pd.DataFrame:
    """Return outcome, school and stage of each child."""
    world, state = played.world, played.state
    schools = [*world.schools.ids, None]
    stages = [*(one.id for one in played.policy.stage), None]
    return pd.DataFrame(
        {
            "outcome": [OUTCOMES[n] for n in state.outcome],
            "school": [schools[n] for n in state.school(world)],
            "stage": [stages[n] for n in state.stage],
        },
        index=pd.Index(world.children.ids),
        dtype=object,
    )
