"""What tables say of draws: means, errors, quantiles, chances and colours, from their definitions."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.messages import speaker
from simulate.ensemble.convergence import Largest, largest_of, largest_standard_error, running
from simulate.ensemble.early_warning import colour_shares, short_by_zone, short_counts, zones_table
from simulate.ensemble.estimates import chance, estimated
from simulate.ensemble.scores import IN_SHORT, SCORES, score_of
from simulate.ensemble.tables import tables_of
from simulate.ensemble.tally import PARTS
from simulate.ensemble.telling import chance_words, change_words, spread_words
from tests.simulate.ensemble.made import made_places, made_stack

SEEDS = st.integers(0, 2**32 - 1)
EN = speaker("en")


def one_zone(children: list[int], seats: float) -> dict[str, np.ndarray]:
    """Return the arrays of one zone over some draws; half of its children are household ones."""
    column = np.array(children, dtype=np.int32)[:, None]
    return {
        "zone_children": column,
        "zone_household": column // 2,
        "zone_seats": np.full(column.shape, round(seats * PARTS), dtype=np.int64),
        "zone_placed": column,
    }


@given(seed=SEEDS, draws=st.integers(1, 12))
@settings(max_examples=25)
def test_the_means_of_all_scores_are_those_of_the_tallies(seed: int, draws: int) -> None:
    stack = made_stack(made_places(seed=seed), draws=draws, seed=seed)
    table = tables_of(made_places(seed=seed), stack)["measures"]
    assert len(table) == len(SCORES)
    for row, score in zip(table.to_dict("records"), SCORES, strict=True):
        values = [v for v in score.of(stack).tolist() if not math.isnan(v)]
        assert row["draws"] == len(values)
        if not values:
            assert math.isnan(row["mean"])
            continue
        assert row["mean"] == pytest.approx(sum(values) / len(values), abs=1e-6)
        assert min(values) - 1e-6 <= row["q05"] <= row["q95"] <= max(values) + 1e-6
        if len(values) > 1:
            spread = sum((v - row["mean"]) ** 2 for v in values) / (len(values) - 1)
            assert row["se"] == pytest.approx(math.sqrt(spread / len(values)), abs=1e-5)
        else:
            assert math.isnan(row["se"])


def test_the_mean_way_is_the_metres_over_the_children_whose_way_is_known() -> None:
    stack = made_stack(made_places(seed=2), draws=3)
    columns = {name: score_of(name, "all").of(stack) for name in ("metres", "metres_known", "mean_m")}
    assert (columns["mean_m"] == columns["metres"] / columns["metres_known"]).all()


def test_seats_short_zone_by_zone_are_the_sum_over_the_zones() -> None:
    stack = made_stack(made_places(seed=5, zones=9), draws=7)
    for group in ("all", "household"):
        assert (
            short_by_zone(stack, group).sum(axis=1) / PARTS == score_of("short_zone", group).of(stack)
        ).all()


def test_a_wider_reach_is_never_shorter_of_seats_where_all_schools_serve_zones_of_their_district() -> None:
    places = made_places(seed=1, zones=2, districts=1, schools=2, cells=20)
    places = replace(
        places,
        cell_zone=np.abs(places.cell_zone),
        cell_district=np.zeros_like(places.cell_district),
        school_district=np.zeros_like(places.school_district),
        zone_starts=np.array([0, 1, 2]),
        zone_schools=np.array([0, 1], dtype=np.int32),
    )
    short = made_stack(places, draws=40)["short"]
    assert (short[:, :, 0] >= short[:, :, 1]).all()
    assert (short[:, :, 1] == short[:, :, 2]).all()


def test_a_zone_with_as_many_children_as_seats_is_red_and_not_short() -> None:
    table = zones_table(replace(made_places(), zones=np.array(["Z"], object)), one_zone([10, 10], 10))
    assert table.loc[0, ["short_probability", "red", "colour"]].tolist() == [0.0, 1.0, "red"]


def test_colours_begin_at_the_ratios_of_zoning_pressure() -> None:
    shares = colour_shares(one_zone([200, 199, 190, 189, 180, 179, 0], 200), "all")
    sevenths = {name: round(float(share[0] * 7)) for name, share in shares.items()}
    assert sevenths == {"red": 1, "orange": 2, "yellow": 2, "green": 2, "none": 0}


def test_a_zone_without_seats_is_red_once_it_has_children_and_has_no_colour_else() -> None:
    stack = {
        name: np.concatenate([a, b], axis=1)
        for (name, a), b in zip(one_zone([0, 3], 0).items(), one_zone([5, 5], 9).values(), strict=True)
    }
    shares = colour_shares(stack, "all")
    assert [shares[name][0] for name in ("red", "none")] == [0.5, 0.5]
    # where nobody has a seat, seats are not known
    assert colour_shares(one_zone([3], 0), "all")["none"].tolist() == [1.0]


def test_what_never_or_always_came_is_a_bound_and_not_certain() -> None:
    share, se, low, high = chance([0, 1000], 1000)
    assert share.tolist() == [0.0, 1.0]
    assert (se > 0).all()
    assert (low[0], high[1]) == (0.0, 1.0)
    # the rule of three
    assert high[0] == pytest.approx(3 / 1000, rel=0.01)
    assert low[1] == pytest.approx(1 - 3 / 1000, rel=1e-4)
    assert chance_words(0.0, 0.0, float(high[0])) == "< 0.3%"


def test_a_chance_of_no_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="draws is 0"):
        chance(0, 0)


def test_tables_of_no_draw_are_refused() -> None:
    places = made_places()
    stack = {name: values[:0] for name, values in made_stack(places, draws=1).items()}
    with pytest.raises(ValueError, match="no draw"):
        tables_of(places, stack)


def test_districts_and_flows_agree() -> None:
    places = made_places(seed=7, districts=3)
    tables = tables_of(places, made_stack(places, draws=9, seed=7))
    flows = tables["flows"]
    for row in tables["districts"].to_dict("records"):
        home, school = (
            flows["home_district_id"] == row["district_id"],
            flows["school_district_id"] == row["district_id"],
        )
        assert row["stayed"] == pytest.approx(flows[home & school]["mean"].sum(), abs=1e-5)
        assert row["out"] == pytest.approx(flows[home & ~school]["mean"].sum(), abs=1e-5)
        assert row["in"] == pytest.approx(flows[~home & school]["mean"].sum(), abs=1e-5)
        assert row["coordinated_in"] == pytest.approx(
            flows[~home & school]["coordinated_mean"].sum(), abs=1e-5
        )
    placed = tables["measures"].set_index(["measure", "group"]).loc[("placed", "all"), "mean"]
    assert flows["mean"].sum() == pytest.approx(placed, abs=1e-5)


def test_reaches_say_how_likely_any_seat_is_short() -> None:
    places = made_places(seed=4)
    stack = made_stack(places, draws=30)
    table = tables_of(places, stack)["reaches"]
    assert table["probability"].tolist() == pytest.approx(
        (stack["short"].reshape(30, 6) > 0).mean(axis=0).tolist()
    )
    assert (table["low"] <= table["probability"]).all()
    assert (table["probability"] <= table["high"]).all()


def test_the_next_draw_lies_between_the_quantiles_nine_times_out_of_ten() -> None:
    """Simulated truth: children are negative binomial about a mean that their district shares."""
    rng = np.random.default_rng(6)
    zones, draws = 4000, 100
    mean = rng.uniform(40, 400, size=zones)
    district = 1 + 0.05 * rng.standard_normal((draws + 1, zones))
    children = rng.negative_binomial(mean * district / 0.5, 1 / 1.5)
    one = estimated(children[:draws])
    covered = ((one.q05 <= children[draws]) & (children[draws] <= one.q95)).mean()
    assert 0.87 <= covered <= 0.93, covered


def test_the_interval_of_a_chance_holds_the_true_one_nine_times_out_of_ten() -> None:
    rng = np.random.default_rng(7)
    truth = rng.uniform(0.05, 0.95, size=20_000)
    _, _, low, high = chance(rng.binomial(200, truth), 200)
    covered = ((low <= truth) & (truth <= high)).mean()
    assert 0.87 <= covered <= 0.93, covered


def test_the_largest_standard_error_names_what_is_least_sure() -> None:
    sure, unsure = one_zone([30] * 100, 10), one_zone([9, 11] * 50, 10)
    found = largest_standard_error({"a": sure, "b": unsure})
    assert found[1:] == ("b", "all", 0)
    assert found.standard_error == pytest.approx(0.5 / math.sqrt(104))
    assert largest_standard_error({"a": sure}).standard_error < 0.02
    assert largest_standard_error({}) == Largest(0.0, "", "all", -1)


def test_counts_of_blocks_add_up_to_those_of_all_draws() -> None:
    stack = made_stack(made_places(seed=9), draws=20)
    first, last = ({n: v[part] for n, v in stack.items()} for part in (slice(0, 8), slice(8, 20)))
    counts = short_counts(first) + short_counts(last)
    assert largest_of({"a": counts}, {"a": 20}) == largest_standard_error({"a": stack})


def test_a_running_mean_ends_at_the_mean_and_its_error() -> None:
    values = np.random.default_rng(0).normal(1e6, 3.0, size=500)
    mean, se = running(values)
    one = estimated(values)
    assert (float(mean[-1]), float(se[-1])) == pytest.approx((float(one.mean), float(one.se)))


def test_the_short_table_has_scores_that_are_there() -> None:
    assert all(score_of(*name).measure == name[0] for name in IN_SHORT)
    with pytest.raises(KeyError):
        score_of("short_zone", "others")


def test_the_short_table_says_where_all_children_went() -> None:
    # an ensemble has places that are not taken up, a run none: unsaid, fewer placed looks like the plan
    assert {("placed", "all"), ("not_admitted", "all"), ("withdrawn", "all")} <= set(IN_SHORT)


@pytest.mark.parametrize(
    ("value", "se", "unit", "words"),
    [
        (-12.345, 0.43, "children", ("−12.35", "0.43")),
        (3.0, float("nan"), "children", ("+3", "")),
        (0.0, 0.0, "seats", ("0", "0")),
        (0.0123, 0.004, "share", ("+1.23 pp", "0.40")),
        (35.2, 12.0, "m", ("+35 m", "12")),
        (float("nan"), float("nan"), "m", ("–", "")),
    ],
)
def test_a_difference_is_written_to_two_digits_of_its_error(
    value: float, se: float, unit: str, words: tuple[str, str]
) -> None:
    assert change_words(value, se, unit, EN) == words


def test_quantiles_are_written_alike() -> None:
    assert [spread_words(*ends, "children") for ends in ((3.0, 12.0), (3.5, 12.0), (80.5, 112.2))] == [
        "3–12",
        "3.5–12.0",
        "80–112",
    ]
    assert spread_words(5.0, 5.0, "children") == ""


def test_tables_are_the_same_text_twice() -> None:
    places = made_places(seed=3)

    def text() -> dict[str, Any]:
        tables: dict[str, pd.DataFrame] = tables_of(places, made_stack(places, draws=10, seed=3))
        return {name: table.to_csv() for name, table in tables.items()}

    assert text() == text()
