"""The benchmark runs, at a size at which nothing can be said about speed."""

from __future__ import annotations

import re

import numpy as np
import pytest

from simulate.mechanisms import NOWHERE, deferred_acceptance, serial_dictatorship
from tests.bench.alone import peak_mib
from tests.bench.city import cascade, make_city, one_order, own_orders
from tests.bench.measure import TARGETS, Plan, measure
from tests.bench.plans import measure_plans, render_plans
from tests.bench.table import render

TINY = Plan(
    sizes=(200, 400),
    draws=((200, 3),),
    threads_at=200,
    matching_at=(200,),
    rounds=2,
    alone_at=None,
    season_scale=0.01,
)


def test_a_tiny_benchmark_has_a_row_for_each_work_and_size() -> None:
    said: list[str] = []
    text = render(measure(TINY, say=said.append))
    assert len(said) == 5
    for work, children in [
        ("greedy pass", 200),
        ("cascade", 400),
        ("deferred acceptance", 400),
        ("draws, serial dictatorship", 200),
        ("draws, serial dictatorship, one tier", 200),
        ("draws, deferred acceptance", 200),
        ("draws, deferred acceptance, 2 threads", 200),
    ]:
        assert re.search(rf"^\| {work} \| {children} \| 3? ?\| [\d.]+ ms \|", text, re.MULTILINE)
    assert re.search(r"^\| 200 \| [\d.]+ ms \| [\d.]+ ms \|", text, re.MULTILINE)  # beside matching
    assert re.search(r"^\| 700 children, .* 13 stages, with all metrics \| [\d.]+ m?s", text, re.MULTILINE)


def test_every_target_is_of_a_work_that_is_measured() -> None:
    measured = {timing.work for timing in measure(TINY, say=lambda _: None).timings}
    assert {work for work, _ in TARGETS} <= measured


def test_the_city_has_seats_for_95_per_cent_and_choices_that_are_near() -> None:
    city = make_city(4000, rng=np.random.default_rng(1))
    assert city.seats.sum() == pytest.approx(0.95 * 4000, rel=0.01)
    assert (np.diff(np.sort(city.choices, axis=1)) > 0).all()  # no school twice
    first_is_own = (city.choices[:, 0] == city.zone[city.estate]).mean()
    assert 0.4 < first_is_own < 0.8


def test_own_orders_differ_from_the_one_order() -> None:
    city = make_city(4000, rng=np.random.default_rng(1))
    assert (serial_dictatorship(one_order(city)) != deferred_acceptance(own_orders(city))).any()


def test_each_pass_of_the_cascade_takes_who_is_left() -> None:
    city = make_city(4000, rng=np.random.default_rng(1))
    left = [4000]
    for contest in cascade(city):
        assert len(contest.order) == left[-1]
        left.append(int((serial_dictatorship(contest) == NOWHERE).sum()))
    assert left[-1] == 4000 - city.seats.sum()


def test_peak_memory_is_that_of_this_process() -> None:
    assert 10 < peak_mib() < 10_000


def test_a_tiny_benchmark_of_plans_has_a_row() -> None:
    assert "| 25 | 5 |" in render_plans(measure_plans(side=5, zones=5, rounds=3))
