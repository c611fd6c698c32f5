"""What comes in while a season runs, and after it: answers, decisions, late children, objections."""

from __future__ import annotations

import random
from dataclasses import replace

from geodata.city import City
from simulate.answers import apply_answers
from simulate.building import build_world
from simulate.season import open_season, run_season
from simulate.state import OUTCOMES, STATUSES
from tests.simulate.verify_papers import Case, Rows, with_rows, without_children


def with_answers(rng: random.Random, case: Case) -> Case:
    """Return a case with decisions, late arrivals and answers after its stages, all of which can be."""
    city, stages = case.city, case.policy.stage
    ids = city["applicants"]["applicant_id"].tolist()
    late = {child: rng.choice(stages).id for child in ids if rng.random() < 0.1}
    arrivals = [{"applicant_id": c, "after_stage": s, "answer": "late"} for c, s in late.items()]
    city = with_rows(city, "answers", arrivals)
    city = with_rows(
        city, "choices", [row for c, s in late.items() for row in _filed_after(rng, city, c, s)]
    )
    known = set(late)
    for number, stage in enumerate(stages):
        # who waits as the stage begins, and who sits as it ends, only the engine can say
        before = _standing(replace(case, city=city), number - 1)
        decided = [
            {
                "applicant_id": child,
                "stage": stage.id,
                "school_id": rng.choice(city["schools"]["school_id"].tolist()),
                "reason_code": "x",
                "authority": "x",
                "document_no": "1",
            }
            for child, (outcome, status) in before.items()
            if outcome == "waiting" and status != "absent" and stage.gives == "school"
            if rng.random() < 0.05
        ]
        city = with_rows(city, "decisions", decided)
        said, choices = _random_answers(rng, replace(case, city=city), number, known)
        city = with_rows(with_rows(city, "answers", said), "choices", choices)
    return replace(case, city=city)


def _standing(case: Case, through: int) -> dict[str, tuple[str, str]]:
    """Return outcome and status of each child after a stage and its answers."""
    world = build_world(case.city, case.policy, seed=case.seed)
    season = open_season(world)
    state = season.state
    if through >= 0:
        state = run_season(world, case.policy, season, through=through).state
        if through + 1 < len(case.policy.stage):
            state = apply_answers(world, case.policy, through, state)
    pairs = zip(world.children.ids, state.outcome, state.status, strict=True)
    return {child: (OUTCOMES[outcome], STATUSES[status]) for child, outcome, status in pairs}


def _schools(case: Case) -> dict[str, str | None]:
    """Return where each child sits at the end."""
    world = build_world(case.city, case.policy, seed=case.seed)
    state = run_season(world, case.policy, open_season(world)).state
    names = [*world.schools.ids, None]
    return {child: names[s] for child, s in zip(world.children.ids, state.school(world), strict=True)}


def _random_answers(rng: random.Random, case: Case, number: int, known: set[str]) -> tuple[Rows, Rows]:
    """Return answers after a stage, with the choices that stand beside them; late children say nothing."""
    stage = case.policy.stage[number].id
    world = build_world(case.city, case.policy, seed=case.seed)
    state = run_season(world, case.policy, open_season(world), through=number).state
    said, choices = Rows(), Rows()
    for child, outcome in zip(world.children.ids, state.outcome, strict=True):
        if child in known or rng.random() > 0.25:
            continue
        allowed = {
            "placed": ["accepted", "declined", "declined", "withdrawn", "refiled"],
            "waiting": ["withdrawn", "refiled"],
        }.get(OUTCOMES[outcome], [])
        # the season is closed after the last stage: who waited may be final by then
        if not allowed or (number + 1 == len(case.policy.stage) and OUTCOMES[outcome] != "placed"):
            continue
        answer = rng.choice(allowed)
        said.append({"applicant_id": child, "after_stage": stage, "answer": answer})
        if answer == "refiled" or (answer == "declined" and rng.random() < 0.5):
            choices += _filed_after(rng, case.city, child, stage)
    return said, choices


def _filed_after(rng: random.Random, city: City, child: str, stage: str) -> Rows:
    schools = city["schools"]["school_id"].tolist()
    chosen = rng.sample(schools, rng.randint(1, min(3, len(schools))))
    return [
        {"applicant_id": child, "after_stage": stage, "list": 1, "rank": rank, "target": school}
        for rank, school in enumerate(chosen, start=1)
    ]


def with_amendments(rng: random.Random, case: Case) -> tuple[Case, Case]:
    """Return a case without some late children, and the case with them, answers and objections."""
    ids = case.city["applicants"]["applicant_id"].tolist()
    gone = {child for child in ids if rng.random() < 0.1 and child not in _spoken(case.city)}
    before = replace(case, city=without_children(case.city, gone))
    last = case.policy.stage[-1].id
    standing = _standing(before, len(case.policy.stage) - 1)
    at = _schools(before)
    schools = case.city["schools"]["school_id"].tolist()
    said, choices, decided = Rows(), Rows(), Rows()
    spoken = {
        row["applicant_id"] for row in case.city["answers"].to_dict("records") if row["after_stage"] == last
    }
    for child in ids:
        outcome, status = standing.get(child, ("waiting", "new"))
        if child in spoken or status == "absent" or rng.random() > 0.3:
            continue
        if status == "new":
            said.append({"applicant_id": child, "after_stage": last, "answer": "late"})
            continue
        if outcome in ("placed", "not-admitted") and len(schools) > 1 and rng.random() < 0.3:
            decided.append(
                {
                    "applicant_id": child,
                    "stage": "amend",
                    "school_id": rng.choice([s for s in schools if s != at.get(child)]),
                    "reason_code": "objection",
                    "authority": "x",
                    "document_no": "2",
                }
            )
        elif outcome == "placed":
            answer = rng.choice(["accepted", "declined", "withdrawn"])
            said.append({"applicant_id": child, "after_stage": last, "answer": answer})
        elif outcome == "waiting":
            said.append({"applicant_id": child, "after_stage": last, "answer": "refiled"})
            choices += _filed_after(rng, case.city, child, last)
    city = with_rows(case.city, "answers", said)
    return before, replace(case, city=with_rows(with_rows(city, "choices", choices), "decisions", decided))


def _spoken(city: City) -> set[str]:
    return {child for name in ("answers", "decisions") for child in city[name]["applicant_id"]}
