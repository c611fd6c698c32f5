"""Random small towns under random policies that use all of the stage form, answers and decisions too."""

from __future__ import annotations

import random
from typing import Any

from simulate.policy import Policy
from simulate.policy_files import contradictions
from tests.simulate.plain import Plain
from tests.simulate.town import claim, claims_stage, policy, pool

CATEGORIES = ("a", "b", "household")
STAGES = ("s0", "s1", "s2")  # the last one always gives schools
KEYS = ("points", "home", "settled_on")
NAMES = (
    "fill",
    "random-seats",
    "serial-dictatorship",
    "serial-dictatorship",
    "immediate-acceptance",
    "parallel",
    "deferred-acceptance",
    "deferred-acceptance",
    "least-travel",
)


def towns(rng: random.Random) -> dict[str, Any]:
    """Return a town of 2 to 5 schools, 2 or 3 zones and up to 11 children, with ties and gaps."""
    districts = ["D", "E"]
    schools: dict[str, tuple[Any, ...]] = {}
    for number in range(rng.randint(2, 5)):
        seats: dict[str, Any] = {"open": rng.choice([0, 1, 1, 2, 3])}
        if rng.random() < 0.4:
            seats["early"] = (rng.randint(0, 2), rng.choice([None, None, "s2"]))
        if rng.random() < 0.3:
            seats["spare"] = rng.randint(0, 2)
        more = {"kind": rng.choice(["public", "public", "purchased-private"])}
        more["street_id"] = rng.choice(["T1", "T2"])
        if number:
            more["feeds"] = f"S{rng.randrange(number)}"
        schools[f"S{number}"] = (rng.choice(districts), rng.randint(0, 4) * 250.0, seats, more)
    zones = {f"Z{n}": (rng.choice(districts), []) for n in range(rng.randint(2, 3))}
    names = sorted(zones)
    for school in schools:
        for zone in rng.sample(names, 1 if rng.random() < 0.8 else 2):
            zones[zone][1].append(school)
    zones = {z: what for z, what in zones.items() if what[1]}
    names = sorted(zones)
    # no child's own point lies where a unit is: it would live in the unit
    units = {
        f"U{n}": (rng.choice(names), rng.randint(0, 4) * 250.0 + 10, rng.choice(["T1", "T2"]))
        for n in (0, 1)
    }
    children: list[dict[str, Any]] = []
    filed: list[dict[str, Any]] = []
    for number in range(rng.randint(2, 11)):
        row = {**_child(rng, names, sorted(units), sorted(schools)), "applicant_id": f"c{number:02d}"}
        wishes = {n: _wishes(rng, sorted(schools), names) for n in (1, 2)}
        if children and rng.random() < (0.2 if "twin_group" not in children[-1] else 0.3):
            # most twins (or three of one birth) are alike in all; some differ in a key or in their ranks
            group = children[-1].get("twin_group", f"t{number}")
            row = {**children[-1], "applicant_id": row["applicant_id"], "twin_group": group}
            children[-1] |= {"twin_group": group}
            before = [r for r in filed if r["applicant_id"] == children[-1]["applicant_id"]]
            later = rng.random() < 0.2
            wishes = {n: {r["rank"] + later: r["target"] for r in before if r["list"] == n} for n in (1, 2)}
            if rng.random() < 0.2:
                row["points"] = rng.randint(0, 2)
        children.append(row)
        filed += [
            {"applicant_id": row["applicant_id"], "list": n, "rank": rank, "target": target}
            for n, listed in wishes.items()
            for rank, target in sorted(listed.items())
        ]
    return {"zones": zones, "schools": schools, "children": children, "filed": filed, "units": units}


def _child(rng: random.Random, zones: list[str], units: list[str], schools: list[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"category": rng.choice(CATEGORIES)}
    if rng.random() < 0.4:
        row["unit_id"] = rng.choice(units)
    else:
        row["zone_id"], row["east"] = rng.choice(zones), rng.choice([None, 0.0, 250.0, 500.0, 750.0])
    row["consents"] = rng.choice(["none", "district", "city", "city"])
    if rng.random() < 0.8:
        row["points"] = rng.randint(0, 2)
    if rng.random() < 0.5:
        row["home"] = rng.randint(0, 1)
    if rng.random() < 0.7:
        row["settled_on"] = f"201{rng.randint(0, 2)}-01-01"
    if rng.random() < 0.5:
        row["household_id"] = rng.choice(["h1", "h2"])
    if rng.random() < 0.2:
        row["sibling_school_id"] = rng.choice(schools)
    if rng.random() < 0.4:
        row["previous_school_id"] = rng.choice(schools)
    return row


def _wishes(rng: random.Random, schools: list[str], zones: list[str]) -> dict[int, str]:
    """Return rank -> target, with gaps in the ranks; schools and zones stand in one list."""
    targets = schools + zones if rng.random() < 0.4 else schools
    listed = rng.sample(targets, rng.randint(0, min(4, len(targets))))
    ranks = sorted(rng.sample(range(1, 7), len(listed)))
    return dict(zip(ranks, listed, strict=True))


def policies(rng: random.Random, place: dict[str, Any]) -> Policy:
    """Return a policy of three stages, none of which contradicts itself."""
    while True:
        stages = [_stage(rng, name, place) for name in STAGES]
        ends = [None, *(one["id"] for one in stages if one["gives"] == "school")]
        pools = (
            pool("early", rng.choice([-1, 1]), rng.choice(ends)),
            pool("spare", rng.choice([-2, 2]), rng.choice(ends)),
        )
        rules = policy(*stages, pools=pools)
        known = {c for s in rules.stage for one in s.claims for c in one.who.categories}
        # every category that a child has must stand in the policy
        if not any(contradictions(one) for one in rules.stage) and known >= set(CATEGORIES):
            return rules


def _stage(rng: random.Random, name: str, place: dict[str, Any]) -> dict[str, Any]:
    gives = "zone" if rng.random() < 0.15 and name != "s2" else "school"
    mechanism = {"name": rng.choice(NAMES)}
    if mechanism["name"] == "serial-dictatorship":
        mechanism["choose"] = rng.choice(["choices", "nearest"])
    elif mechanism["name"] in ("immediate-acceptance", "parallel", "deferred-acceptance"):
        mechanism |= rng.choice([{}, {"choose": "nearest"}])
    if mechanism["name"] == "parallel":
        mechanism |= rng.choice([{"e": 2}, {"bands": [1, 2]}, {"bands": [2, 1]}])
    if gives == "zone":
        mechanism["choose"] = "choices"
        if mechanism["name"] in ("fill", "random-seats", "least-travel"):
            mechanism["name"] = "serial-dictatorship"
    shared = len({s for _, ss in place["zones"].values() for s in ss}) < sum(
        len(ss) for _, ss in place["zones"].values()
    )
    if mechanism["name"] == "random-seats" and shared:
        mechanism = {"name": "serial-dictatorship", "choose": "nearest"}
    listed = rng.choice([None, 1, 2])
    claims = [_claim(rng, mechanism, gives, listed, place) for _ in range(rng.choice([1, 1, 2, 3]))]
    more: dict[str, Any] = {}
    if rng.random() < 0.2:
        more["ties"] = "all-over"
    elif rng.random() < 0.4:
        more |= {"twins": "together", "last_seat": rng.choice(["over", "next"])}
    if mechanism["name"] in ("random-seats", "least-travel"):
        more.pop("ties", None)
    if mechanism["name"] == "least-travel":
        more = {}
    if rng.random() < 0.15:
        more["districts"] = [min(d for d, _ in place["zones"].values())]
    full = rng.choice(["next", "next", "next", "over", "not-admitted"])
    more["given_up"] = rng.choice(["return", "return", "lapse"])
    return claims_stage(name, *claims, mechanism=mechanism, when_full=full, gives=gives, **more)


def _claim(
    rng: random.Random, mechanism: dict[str, Any], gives: str, listed: int | None, place: dict[str, Any]
) -> dict[str, Any]:
    name = mechanism["name"]
    wheres = ["own-zone", "own-street", "own-district", "other-districts", "city", "fed", "sibling"]
    choices = mechanism.get("choose", "choices") == "choices" and name not in (
        "fill",
        "random-seats",
        "least-travel",
    )
    if choices:
        wheres.append("listed")
    if gives == "zone":
        wheres = ["own-district", "other-districts", "city", "listed"]
    who: dict[str, Any] = {}
    if name in ("fill", "random-seats"):
        wheres = ["own-zone"]
        if name == "fill":
            who["zone"] = "single-school"
    elif rng.random() < 0.2:
        who["zone"] = rng.choice(["single-school", "multi-school", [sorted(place["zones"])[0]]])
    where: dict[str, Any] = {"schools": rng.choice(wheres)}
    if choices and listed is not None:
        where["list"] = listed
    plain = gives == "school" and name not in ("fill", "random-seats")
    if plain and rng.random() < 0.2:
        where["kinds"] = ["public"]
    if (plain or name == "fill") and rng.random() < 0.3:
        where |= {"within_m": rng.choice([0, 250, 500]), "past_it": "never"}
        if not choices and name != "fill" and rng.random() < 0.5:
            where["past_it"] = "last"
    if rng.random() < 0.25:
        who["status"] = rng.choice(["late", ["waiting", "late", "declined"], ["waiting", "declined"]])
    if rng.random() < 0.2:
        who["consents"] = rng.choice(["district", "city"])
    if rng.random() < 0.15:
        who["given"] = rng.choice(["zone", "none"])
    if rng.random() < 0.2:
        who["rank"] = {
            "order": [*_keys(rng, ()), "ticket"],
            "within": rng.choice(["city", "district", "zone"]),
            "at_most": rng.choice(["seats", 1, 2, 3]),
        }
    pair = ("own-zone", "sibling", "distance") if gives == "school" and rng.random() < 0.4 else ()
    one = ("serial-dictatorship", "random-seats", "least-travel")
    order = [*_keys(rng, () if name in one else pair), "ticket"]
    pools: Any = "open"
    if gives == "school" and name != "random-seats" and rng.random() < 0.4:
        pools = rng.choice([["early", "open"], "early", ["spare", "open", "early"]])
    guaranteed = gives == "school" and name not in ("random-seats", "least-travel") and rng.random() < 0.12
    category = rng.choice([list(CATEGORIES), list(CATEGORIES), "a", ["a", "household"], ["b", "household"]])
    return claim(category, where, order, pool=pools, guaranteed=guaranteed, **who)


def _keys(rng: random.Random, pair: tuple[str, ...]) -> list[str]:
    names = rng.sample(KEYS + pair, rng.randint(0, 2))
    return [f"{name} {rng.choice(['asc', 'desc'])}" for name in names]


def handed_in(rng: random.Random, place: dict[str, Any], rules: Policy) -> dict[str, Any]:
    """Return the town with answers, choices filed again and decisions that its children could give.

    Who may answer what depends on how the stages went, so they are played as they are made up.
    """
    late = {c["applicant_id"] for c in place["children"] if rng.random() < 0.1}
    when = {c: rng.choice(STAGES) for c in sorted(late)}
    answers = [(c, after, "late") for c, after in when.items()]
    filed, decisions = list(place["filed"]), []
    plain = Plain({**place, "answers": answers}, rules)
    for stage in rules.stage:
        waiting = [
            c
            for c, state in plain.state.items()
            if state["outcome"] == "waiting" and state["status"] != "absent"
        ]
        if stage.gives == "school":
            for c in waiting:
                if rng.random() < 0.06:
                    school = rng.choice(sorted(place["schools"]))
                    decisions.append(
                        {
                            "applicant_id": c,
                            "stage": stage.id,
                            "school_id": school,
                            "reason_code": "R",
                            "authority": "bureau",
                            "document_no": "1",
                        }
                    )
        plain.decisions = decisions
        plain.run(stage)
        now: list[tuple[str, str, str]] = []
        for c, state in plain.state.items():
            if c in late and when[c] == stage.id:
                now.append((c, stage.id, "late"))
                what = "late"
            elif state["status"] == "absent":
                continue
            else:
                what = _answer(rng, state)
                if what is None:
                    continue
                now.append((c, stage.id, what))
                answers.append((c, stage.id, what))
            if what == "refiled" or (what in ("declined", "late") and rng.random() < 0.5):
                more = _wishes(rng, sorted(place["schools"]), sorted(place["zones"])) or {1: "S0"}
                filed += [
                    {"applicant_id": c, "after_stage": stage.id, "list": 1, "rank": r, "target": t}
                    for r, t in more.items()
                ]
        plain.filed = [{"after_stage": None, **row} for row in filed]
        plain.answer(stage, now)
    return {**place, "answers": answers, "filed": filed, "decisions": decisions}


def _answer(rng: random.Random, state: dict[str, Any]) -> str | None:
    dice = rng.random()
    odds: dict[str, tuple[tuple[str, float], ...]] = {
        "placed": (("declined", 0.1), ("withdrawn", 0.15), ("accepted", 0.2)),
        "waiting": (("refiled", 0.1), ("withdrawn", 0.13)),
    }
    for what, below in odds.get(state["outcome"], (("withdrawn", 0.05),)):
        if dice < below:
            return what
    return None
