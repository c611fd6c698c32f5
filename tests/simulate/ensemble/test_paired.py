"""Differences of scenarios: exactly 0 with itself, sharper by pairs, right nine times out of ten."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulate.ensemble.paired import (
    VERDICTS,
    by_draw,
    by_mean,
    paired,
    paired_zones,
    unpaired,
    unpaired_zones,
    verdicts_of,
)
from simulate.ensemble.scores import SCORES
from simulate.ensemble.tally import COUNTED
from tests.simulate.ensemble.made import made_places, made_stack

SEEDS = st.integers(0, 2**32 - 1)


@given(seed=SEEDS, draws=st.integers(1, 10))
@settings(max_examples=20)
def test_a_scenario_with_itself_differs_by_exactly_nothing(seed: int, draws: int) -> None:
    places = made_places(seed=seed)
    stack = made_stack(places, draws=draws, seed=seed)
    for table in (paired(stack, stack), paired_zones(places, stack, places, stack)):
        assert set(table["verdict"]) == {"same"}
        assert (table["difference"].dropna() == 0).all()
        assert table["difference"].isna().equals(table["mean"].isna())
        if draws > 1:
            several = table["paired_se"].dropna()
            assert (several == 0).all()


def test_pairs_are_sharper_where_draws_do_the_same_to_both() -> None:
    base = made_places(zones=6, seats=12, cells=30)
    more = replace(base, block_seats=base.block_seats + 1)
    stacks = [made_stack(places, draws=80, children=90) for places in (base, more)]
    table = paired(*stacks).set_index(["group", "measure"]).loc[("all", "short_zone")]
    assert table["difference"] < 0
    assert table["paired_se"] < table["unpaired_se"] / 2
    assert table["verdict"] == "better"
    assert table["low"] <= table["difference"] <= table["high"] < 0
    apart = unpaired(*stacks).set_index(["group", "measure"]).loc[("all", "short_zone")]
    assert apart["difference"] == pytest.approx(table["difference"], abs=2e-6)
    assert np.isnan(apart["paired_se"])
    assert apart["unpaired_se"] == table["unpaired_se"]


@pytest.mark.parametrize(
    ("low", "high", "better", "same", "verdict"),
    [
        (1.0, 2.0, "more", False, "better"),
        (1.0, 2.0, "less", False, "worse"),
        (-2.0, -1.0, "more", False, "worse"),
        (-2.0, -1.0, "less", False, "better"),
        (-1.0, 1.0, "less", False, "unclear"),
        (0.0, 1.0, "less", False, "unclear"),
        (1.0, 2.0, None, False, "higher"),
        (-2.0, -1.0, None, False, "lower"),
        (0.0, 0.0, "less", True, "same"),
        (float("nan"), float("nan"), "less", False, "unknown"),
    ],
)
def test_a_verdict_goes_by_the_interval_and_the_direction(
    low: float, high: float, better: str | None, same: bool, verdict: str
) -> None:
    one = by_draw(np.zeros((2, 1)), np.ones((2, 1)))._replace(low=np.array([low]), high=np.array([high]))
    assert verdicts_of(one, [better], np.array([same])) == [verdict]
    assert verdict in VERDICTS


def test_other_numbers_of_draws_are_no_pairs() -> None:
    with pytest.raises(ValueError, match="pairs want the same draws"):
        by_draw(np.zeros((3, 1)), np.zeros((4, 1)))
    assert by_mean(np.zeros((3, 1)), np.ones((4, 1))).mean.tolist() == [1.0]


def test_one_draw_has_no_error() -> None:
    places = made_places()
    one, many = made_stack(places, draws=1), made_stack(places, draws=20, seed=1)
    table = unpaired(one, many)
    assert table["unpaired_se"].isna().all()
    assert set(table["verdict"]) <= {"unknown", "same"}
    assert "unknown" in set(table["verdict"])


def test_a_draw_in_which_a_score_is_not_defined_is_no_pair() -> None:
    base, other = np.array([[1.0], [np.nan], [3.0]]), np.array([[2.0], [5.0], [4.0]])
    found = by_draw(base, other)
    assert (found.mean.tolist(), found.paired_se.tolist()) == ([1.0], [0.0])


def test_a_shorter_way_is_not_better_where_fewer_children_have_a_place() -> None:
    base = made_stack(made_places(), draws=20)
    columns = [COUNTED.index(name) for name in ("placed", "metres", "metres_known")]
    far = base["scalars"].copy()
    # 10 of 30 children have no place any more, and these had 5 km to go; the others have 1 km each
    base["scalars"][:, 0, columns] = 30, 70_000, 30
    far[:, 0, columns] = 20, 20_000, 20

    def verdicts(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> list[str]:
        table = paired(one, other).set_index(["measure", "group"])["verdict"]
        return [table[name, "all"] for name in ("placed", "mean_m")]

    fewer = {**base, "scalars": far}
    assert verdicts(base, fewer) == ["worse", "lower"]
    assert verdicts(fewer, base) == ["better", "higher"]
    far[:, 0, columns] = 30, 30_000, 30
    assert verdicts(base, fewer) == ["same", "better"]


def test_fewer_children_placed_is_not_worse_where_fewer_come() -> None:
    base, measures = made_stack(made_places(), draws=20), ("children", "placed", "own_zone", "choice_1")
    columns = [COUNTED.index(name) for name in measures]
    base["scalars"][:, 0, columns] = 30, 28, 25, 20

    def verdicts(*counted: int, back: bool = False) -> list[str]:
        scalars = base["scalars"].copy()
        scalars[:, 0, columns] = counted
        other = {**base, "scalars": scalars}
        table = paired(*((other, base) if back else (base, other))).set_index(["measure", "group"])
        return [table["verdict"][name, "all"] for name in measures]

    assert verdicts(20, 18, 15, 10) == ["lower"] * 4
    assert verdicts(20, 18, 15, 10, back=True) == ["higher"] * 4
    # fewer come, and yet more have a place: that is better
    assert verdicts(20, 29, 15, 10) == ["lower", "better", "lower", "lower"]
    assert verdicts(30, 18, 25, 20) == ["same", "worse", "same", "same"]


def test_a_longer_mean_way_is_not_worse_where_near_children_do_not_come() -> None:
    base = made_stack(made_places(), draws=20)
    columns = [COUNTED.index(name) for name in ("children", "placed", "metres", "metres_known")]
    # 20 children with 2 km each, and 10 beside their school whose houses go; nobody's way changes
    base["scalars"][:, 0, columns] = 30, 30, 40_000, 30
    scalars = base["scalars"].copy()
    scalars[:, 0, columns] = 20, 20, 40_000, 20
    gone = {**base, "scalars": scalars}
    for pair, verdict in (((base, gone), "higher"), ((gone, base), "lower")):
        table = paired(*pair).set_index(["measure", "group"])
        assert table["verdict"]["mean_m", "all"] == verdict


def test_zones_are_compared_where_both_scenarios_have_them() -> None:
    places = made_places(zones=4)
    fewer = replace(places, zones=np.array(["Z1", "Z3", "Z9", "Z4"], dtype=object))
    stack = made_stack(places, draws=5)
    for compare in (paired_zones, unpaired_zones):
        table = compare(places, stack, fewer, stack)
        assert table["zone_id"].tolist() == ["Z1", "Z1", "Z3", "Z3", "Z4", "Z4"]
        assert table["group"].tolist() == ["all", "household"] * 3
        # Z1 is the first of both; Z3 is the third of the one and the second of the other
        first = table[table["zone_id"] == "Z1"]
        assert (first["difference"] == 0).all()
    third = table[(table["zone_id"] == "Z3") & (table["group"] == "all")].iloc[0]
    children = stack["zone_children"][:, [1, 2]].astype(float)
    seats = stack["zone_seats"][:, [1, 2]] / 10_000
    short = np.maximum(children - seats, 0).mean(axis=0)
    assert third["difference"] == pytest.approx(short[0] - short[1], abs=1e-5)


def test_the_interval_of_a_paired_difference_holds_the_true_one_nine_times_out_of_ten() -> None:
    rng = np.random.default_rng(3)
    cases, draws, truth = 5000, 40, -1.3
    shared = rng.gamma(2.0, 10.0, size=(draws, cases))
    found = by_draw(shared, shared + truth + rng.gamma(1.0, 1.0, size=(draws, cases)) - 1.0)
    covered = ((found.low <= truth) & (truth <= found.high)).mean()
    assert 0.87 <= covered <= 0.93, covered


def test_the_interval_of_two_means_holds_the_true_difference_nine_times_out_of_ten() -> None:
    rng = np.random.default_rng(4)
    base, other = rng.normal(5.0, 3.0, size=(30, 5000)), rng.normal(7.0, 1.0, size=(12, 5000))
    found = by_mean(base, other)
    covered = ((found.low <= 2.0) & (found.high >= 2.0)).mean()
    assert 0.87 <= covered <= 0.93, covered


def test_of_many_alike_numbers_one_in_ten_is_called_different() -> None:
    rng = np.random.default_rng(5)
    base, other = rng.poisson(50, size=(2, 60, 4000)).astype(float)
    found = by_draw(base, other)
    called = verdicts_of(found, ["less"] * 4000, np.zeros(4000, dtype=np.bool_))
    assert 0.07 <= sum(one != "unclear" for one in called) / 4000 <= 0.13


def test_each_score_has_a_name_and_a_direction_of_its_own() -> None:
    names = [(score.measure, score.group) for score in SCORES]
    assert len(set(names)) == len(names)
    assert {score.better for score in SCORES} == {"less", "more", None}
