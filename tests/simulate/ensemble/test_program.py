"""Which policies fit the compiled loops, why the others do not, and how a stage is laid out."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from geodata import City
from simulate.ensemble.cells import cells_of
from simulate.ensemble.keys import orders_of
from simulate.ensemble.playing import play
from simulate.ensemble.program import FAR, Program, program_of
from simulate.policy import Policy
from tests.simulate.ensemble.draw_towns import counted, market, unlike
from tests.simulate.town import (
    CHOICES,
    DEFERRED,
    NEAREST,
    Row,
    claim,
    claims_stage,
    policy,
    pool,
    stage,
    town,
)

ZONES: dict[str, Any] = {"Y": ("E", ["S", "V"]), "Z": ("D", ["S", "T"])}
SCHOOLS: dict[str, Any] = {
    "S": ("D", 0.0, {"open": 1, "early": (1, "s9")}),
    "T": ("D", 500.0, 2),
    "V": ("E", 900.0, 1),
}
UNITS = {"U": ("Z", 100.0), "W": ("Y", 800.0)}
DEMAND = [{"unit_id": unit, "category": "a", "children": 2} for unit in UNITS]
POOLS = (pool("early", -1),)
LAST = stage("s9", "a", "city", ["ticket"], mechanism=NEAREST)


@cache
def shared() -> City:
    return small(ZONES)


def small(zones: dict[str, Any]) -> City:
    return counted(zones, SCHOOLS, UNITS, DEMAND, own_home={})


def laid_out(city: City, rules: Policy) -> Program | str:
    found = program_of(cells_of(city, rules, seed="x").world, rules, orders_of(rules))
    return found if isinstance(found, Program) else str(found)


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (stage("s0", "a", "city", ["ticket"], mechanism=CHOICES, gives="zone"), "stage s0: it gives zones"),
        (stage("s0", "a", "city", ["ticket"], mechanism=NEAREST, ties="all-over"), "sit together"),
        (
            stage("s0", "a", "city", ["ticket"], mechanism=NEAREST, twins="together", last_seat="next"),
            "stage s0: tied children or twins sit together",
        ),
        (
            claims_stage(
                "s0",
                claim("a", "city", ["ticket"], rank={"order": ["ticket"], "within": "city", "at_most": 1}),
                mechanism=NEAREST,
            ),
            "stage s0: it admits the first so many of an order",
        ),
        (
            claims_stage("s0", claim("a", "city", ["ticket"], guaranteed=True), mechanism=NEAREST),
            "stage s0: places are guaranteed",
        ),
        (
            stage("s0", "a", "city", ["distance asc", "ticket"], mechanism=DEFERRED),
            "stage s0: schools have orders of their own",
        ),
        (
            claims_stage(
                "s0", claim("a", "city", ["ticket"]), claim("a", "own-zone", ["ticket"]), mechanism=DEFERRED
            ),
            "stage s0: schools have orders of their own",
        ),
        (
            stage("s0", "a", "city", ["ticket"], mechanism={**DEFERRED, "choose": "nearest"}),
            "stage s0: schools have orders of their own",
        ),
        (stage("s0", "a", "sibling", ["ticket"], mechanism=NEAREST), "stage s0: it looks for siblings"),
        (
            stage(
                "s0",
                "a",
                {"schools": "city", "within_m": 300, "past_it": "last"},
                ["ticket"],
                mechanism=NEAREST,
            ),
            "stage s0: schools past a distance come last",
        ),
        (
            claims_stage("s0", claim("a", "city", ["ticket"], given="zone"), mechanism=NEAREST),
            "stage s0: it is for children who were given a zone",
        ),
        (
            stage("s0", "a", "city", ["ticket"], mechanism="least-travel"),
            "stage s0: it seeks the least travel",
        ),
        (
            stage("s0", "a", "own-zone", ["ticket"], mechanism="random-seats"),
            "stage s0: a school stands in the lists of several zones",
        ),
        (
            claims_stage(
                "s0",
                claim("a", "own-zone", ["ticket"]),
                claim("a", "own-zone", ["ticket"]),
                mechanism="random-seats",
            ),
            "stage s0: seats of several pools, or of several claims, are drawn together",
        ),
        (
            stage("s0", "a", "own-zone", ["ticket"], mechanism="fill"),
            "stage s0: several schools, or several claims, are open to a child of a stage that fills",
        ),
    ],
)
def test_what_the_loops_do_not_know_is_said(one: Row, why: str) -> None:
    assert why in str(laid_out(shared(), policy(one, LAST, pools=POOLS)))


def test_decisions_answers_and_choices_filed_later_are_not_for_the_loops() -> None:
    rules = policy(stage("s0", "a", "city", ["ticket"], mechanism=CHOICES), LAST)
    base: dict[str, Any] = {
        "zones": {"Z": ("D", ["S"])},
        "schools": {"S": ("D", 0.0, 1)},
        "children": [{"applicant_id": c, "category": "a", "zone_id": "Z"} for c in ("c1", "c2")],
    }
    assert isinstance(laid_out(town(**base, choices={"c1": ["S"]}), rules), Program)
    decided = {
        "applicant_id": "c1", "stage": "s0", "school_id": "S", "reason_code": "R", "authority": "b",
        "document_no": "1",
    }  # fmt: skip
    for more in ({"decisions": [decided]}, {"answers": [("c1", "s0", "withdrawn")]}):
        assert laid_out(town(**base, **more), rules) == "the project has decisions or answers"
    to_a_zone = {"filed": [{"applicant_id": "c1", "list": 1, "rank": 1, "target": "Z"}]}
    assert laid_out(town(**base, **to_a_zone), rules) == "choices were filed between stages, or name zones"


def test_withdrawals_late_arrivals_and_decisions_are_played_and_other_answers_noted() -> None:
    rules = policy(stage("s0", "a", "city", ["ticket"], mechanism=NEAREST), LAST)
    decided = {
        "applicant_id": "c4", "stage": "s0", "school_id": "S", "reason_code": "R", "authority": "b",
        "document_no": "1",
    }  # fmt: skip
    city = town(
        zones={"Z": ("D", ["S"])},
        schools={"S": ("D", 0.0, 3)},
        children=[{"applicant_id": f"c{n}", "category": "a", "zone_id": "Z"} for n in range(1, 6)],
        answers=[("c1", "s0", "withdrawn"), ("c2", "s0", "late"), ("c5", "s0", "accepted")],
        decisions=[decided],
    )
    one = market(city, rules)
    assert one.engine == "plain"
    assert [str(note) for note in one.notes][-1].startswith("1 answers of families are left out")
    for draw in range(6):
        here = play(one, draw)
        assert here.outcome[0] == 3
        assert here.stage[1] != 0
        assert (here.stage[3], here.outcome[3]) == (0, 1)


def test_a_stage_is_laid_out_by_claim_and_cell() -> None:
    rules = policy(
        claims_stage(
            "s0",
            claim("a", "own-zone", ["points desc", "ticket"], pool="early", consents="city"),
            claim("a", {"schools": "other-districts", "within_m": 900, "past_it": "never"}, ["ticket"]),
            mechanism=NEAREST,
            when_full="over",
            given_up="lapse",
        ),
        LAST,
        pools=POOLS,
    )
    program = laid_out(shared(), rules)
    assert isinstance(program, Program)
    step, last = program.steps
    assert step.claims.tolist() == [3, 3]
    assert step.consent.tolist() == [2, 0]
    assert step.within.tolist() == [FAR, 900]
    assert [orders_of(rules)[k] for k in step.order.tolist()] == [(("points", True),), ()]
    assert (step.full, step.lapse, len(step.sole), step.release.tolist()) == (1, True, 0, [])
    # of the own zone only S has seats of the pool; of the other district V for Z, S and T for Y
    lists = [
        [step.schools[slice(*step.starts[k, g : g + 2])].tolist() for g in step.group[k].tolist()]
        for k in (0, 1)
    ]
    assert lists == [[[0], [0]], [[2], [0, 1]]]
    assert (last.full, last.lapse, last.release.tolist()) == (0, False, [3])
    assert program.seats.tolist() == [1, 2, 1, 1]
    assert program.offered.tolist() == [2, 2, 1]


def test_children_with_one_place_to_go_to_are_known_to_have_it() -> None:
    alone = {"Y": ("E", ["V"]), "Z": ("D", ["T"])}
    rules = policy(stage("s0", "a", "own-zone", ["ticket"], mechanism=NEAREST), LAST, pools=POOLS)
    program = laid_out(small(alone), rules)
    assert isinstance(program, Program)
    assert program.steps[0].sole.tolist() == [1, 2]
    several = laid_out(shared(), rules)
    assert isinstance(several, Program)
    assert len(several.steps[0].sole) == 0


def test_seating_the_sure_first_changes_nothing() -> None:
    # T has room for all of Z, V not for all of Y
    alone = {"Y": ("E", ["V"]), "Z": ("D", ["T"])}
    city = small(alone)
    for full in ("next", "over", "not-admitted"):
        rules = policy(
            stage("s0", "a", "own-zone", ["points desc", "ticket"], mechanism=NEAREST, when_full=full),
            LAST,
            pools=POOLS,
        )
        one = market(city, rules)
        assert one.program is not None
        first, *others = one.program.steps
        nobody = replace(first, sole=np.empty(0, dtype=np.int32))
        slow = replace(one, program=replace(one.program, steps=(nobody, *others)))
        for draw in range(10):
            assert unlike(play(one, draw), play(slow, draw)) == []
