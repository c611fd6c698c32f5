"""The truth lies in the 90 % intervals of an ensemble as often as they say."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from geodata import read_city
from geodata.sample import write_sample
from simulate.app import policy_of
from simulate.ensemble.blocks import solve_block
from simulate.ensemble.estimates import estimated, margin
from simulate.ensemble.market import Market, market_of
from simulate.ensemble.tally import COUNTED
from simulate.ensemble.uncertainty import read_uncertainty

DRAWS = 600


def _market(tmp_path_factory: pytest.TempPathFactory, seed: str) -> Market:
    folder = tmp_path_factory.getbasetemp() / "coverage-city"
    if not folder.exists():
        write_sample(folder, scale=0.02)
    city = read_city(folder)
    return market_of(city, policy_of(city, folder), seed=seed, uncertainty=read_uncertainty())


def _numbers(market: Market, first: int, last: int) -> npt.NDArray[np.float64]:
    """Return numbers that hardly ever tie: metres and counts, of all, household children and others."""
    scalars = solve_block(market, first, last)["scalars"].astype(np.float64)
    at = {name: number for number, name in enumerate(COUNTED)}
    wanted = [name for name in COUNTED if name.endswith("metres") or name in ("children", "own_zone")]
    return np.concatenate([scalars[:, :, at[name]] for name in wanted], axis=1)


def test_a_year_falls_into_the_interval_of_the_draws_in_nine_of_ten(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    # the truth is a year with other numbers: another seed, the same city
    ensemble = estimated(_numbers(_market(tmp_path_factory, "ensemble"), 0, DRAWS))
    truths = _numbers(_market(tmp_path_factory, "truth"), 0, DRAWS)
    varied = ensemble.q95 - ensemble.q05 > 30  # counts of a few children tie too often to say 90 %
    inside = (truths >= ensemble.q05) & (truths <= ensemble.q95)
    assert varied.sum() >= 6
    assert 0.87 <= inside[:, varied].mean() <= 0.93


def test_the_expected_value_lies_in_the_interval_of_the_mean_in_nine_of_ten(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    market = _market(tmp_path_factory, "ensemble")
    numbers = _numbers(market, 0, 40 * DRAWS // 8)
    truth = numbers.mean(axis=0)
    # ensembles of 25 draws each: small enough that the mean of all is the truth beside them
    inside = []
    for first in range(0, len(numbers), 25):
        one = estimated(numbers[first : first + 25])
        inside.append(np.abs(one.mean - truth) <= margin(one.se, 24))
    varied = numbers.std(axis=0) > 10
    assert 0.87 <= np.array(inside)[:, varied].mean() <= 0.93
