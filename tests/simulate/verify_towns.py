"""Random small towns: districts, streets, kinds, pools, twins, siblings, homes known and unknown."""

from __future__ import annotations

import random
from typing import Any

from tests.simulate.verify_papers import Rows

CATEGORIES = ("household", "favoured", "points")


def random_tables(rng: random.Random, *, most: int = 22) -> dict[str, Rows]:
    """Return the tables of a town: 1 to 3 districts, 2 to 7 schools, 3 to `most` children, and twins."""
    districts = [f"D{n}" for n in range(rng.randint(1, 3))]
    streets = [f"T{n}" for n in range(2)]
    zones = [f"Z{n}" for n in range(rng.randint(1, 4))]
    schools = [f"S{n}" for n in range(rng.randint(2, 7))]
    places = [0.0, 400.0, 500.0, 1500.0, 2500.5]
    tables: dict[str, Rows] = {
        "districts": [{"district_id": name} for name in districts],
        "streets": [{"street_id": name, "district_id": rng.choice(districts)} for name in streets],
        "zones": [{"zone_id": name, "district_id": rng.choice(districts)} for name in zones],
        "schools": [
            {
                "school_id": name,
                "district_id": rng.choice(districts),
                "street_id": rng.choice([*streets, None]),
                "kind": rng.choice(["public", "public", "purchased-private", "nine-year"]),
                "feeds": rng.choice(schools),
                **({"lng": rng.choice(places), "lat": 0.0} if rng.random() < 0.85 else {}),
            }
            for name in schools
        ],
        "serves": [
            {"zone_id": zone, "school_id": school}
            for zone in zones
            for school in rng.sample(schools, rng.choice([1, 1, 2, 3]) if len(schools) > 2 else 1)
        ],
        "seats": [],
        "units": [{"unit_id": f"U{n}", "street_id": street} for n, street in enumerate(streets)],
        "plan": [{"unit_id": f"U{n}", "zone_id": rng.choice(zones)} for n in range(2)],
    }
    for school in schools:
        tables["seats"].append(
            {"school_id": school, "pool": "open", "seats": rng.choice([0, 1, 1, 2, 3, 5])}
        )
        for pool in ("reserve", "late"):
            if rng.random() < 0.4:
                tables["seats"].append({"school_id": school, "pool": pool, "seats": rng.choice([1, 1, 2])})
    for row in tables["seats"]:
        if row["pool"] != "open" and rng.random() < 0.15:
            row["release_after"] = "s0"
    tables["applicants"] = _random_children(rng, schools, zones, places, rng.randint(3, most))
    tables["choices"] = _random_choices(rng, tables, schools, zones)
    tables["scores"] = [
        {"applicant_id": child["applicant_id"], "item": item, "points": rng.choice([0, 2.5, 8])}
        for child in tables["applicants"]
        for item in ("permit", "居住", "read by no order")
        if rng.random() < 0.7
    ]
    return tables


def _random_children(
    rng: random.Random, schools: list[str], zones: list[str], places: list[float], count: int
) -> Rows:
    rows = []
    for n in range(count):
        child: dict[str, Any] = {"applicant_id": f"c{n:02d}", "category": rng.choice(CATEGORIES)}
        if rng.random() < 0.3:
            child["unit_id"] = rng.choice(["U0", "U1"])
        else:
            child["zone_id"] = rng.choice(zones)
        if rng.random() < 0.75:
            child.update({"lng": rng.choice(places), "lat": 0.0})
        for key, values in (
            ("points", [50, 60, 60.5]),
            ("home", [0, 24]),
            ("insurance_months", [6, 12]),
            ("residence_days", [100, 365]),
            ("settled_on", ["2019-01-01", "2020-02-29", "2021-07-01"]),
            ("parent_settled_on", ["2001-01-01", "2015-05-05"]),
        ):
            if rng.random() < 0.75:
                child[key] = rng.choice(values)
        child["consents"] = rng.choice(["none", "district", "city", "city"])
        if rng.random() < 0.4:
            child["household_id"] = f"H{rng.randint(0, 3)}"
        if rng.random() < 0.15:
            child["sibling_school_id"] = rng.choice(schools)
        if rng.random() < 0.5:
            child["previous_school_id"] = rng.choice([*schools, "kindergarten"])
        rows.append(child)
        if rng.random() < 0.2:
            for more in range(rng.choice([1, 1, 2])):
                child["twin_group"] = f"twins {n}"
                twin = {**child, "applicant_id": f"c{n:02d}{'bc'[more]}"}
                if rng.random() < 0.3:
                    twin["points"] = 55
                rows.append(twin)
    return rows


def _random_choices(
    rng: random.Random, tables: dict[str, Rows], schools: list[str], zones: list[str]
) -> Rows:
    rows = []
    twins: dict[str, Any] = {}
    for child in tables["applicants"]:
        for list_, targets in ((1, schools), (2, schools), (3, zones)):
            if rng.random() < 0.15:
                continue
            chosen = rng.sample(targets, rng.randint(1, min(5, len(targets))))
            group = child.get("twin_group")
            if group and rng.random() < 0.8:
                chosen = twins.setdefault((group, list_), chosen)
            rank = 0
            for target in chosen:
                rank += 1 if rng.random() < 0.85 else 2
                rows.append(
                    {"applicant_id": child["applicant_id"], "list": list_, "rank": rank, "target": target}
                )
    return rows
