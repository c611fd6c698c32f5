"""Drawn children: their numbers are their own, and spread as is stated."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtri

from geodata import City
from simulate.building import build_world
from simulate.ensemble import sampling_kernels as loops
from simulate.ensemble.cells import Cells, cells_of
from simulate.ensemble.keys import codes_of, dense
from simulate.ensemble.sampling import Sampler, counts_in, draw_of, roster_of, same_roster, sampler_of
from simulate.ensemble.uncertainty import VARY, Uncertainty
from simulate.policy import Policy
from tests.simulate.ensemble.draw_towns import counted, counted_town, market, stated
from tests.simulate.random_policies import towns
from tests.simulate.town import CHOICES, NEAREST, policy, pool, stage, town

BOTH = ["a", "b", "household"]
RULES = policy(
    stage(
        "s0", BOTH, "own-zone", ["points desc", "home desc", "settled_on asc", "ticket"], mechanism=CHOICES
    ),
    stage(
        "s1",
        BOTH,
        {"schools": "listed", "list": 2},
        ["insurance_months desc", "ticket"],
        mechanism=CHOICES,
        consents="district",
    ),
    stage("s2", BOTH, "city", ["ticket"], mechanism=NEAREST, consents="city"),
    pools=(pool("early", 1), pool("spare", 2)),
)
ALL = stated(
    counts={"error": 0.1, "dispersion": 1.5},
    points={},
    choices={"scale_m": 300.0, "popularity_sd": 0.5, "most": {"1": 9, "2": 9}, "near": 9},
    consent={},
    no_shows={"household": 0.1, "others": 0.3},
)
ZONES: dict[str, Any] = {"Y": ("E", ["V", "W"]), "Z": ("D", ["S", "T"])}
SCHOOLS: dict[str, Any] = {
    "S": ("D", 0.0, 2),
    "T": ("D", 500.0, 1),
    "V": ("E", 900.0, 3),
    "W": ("E", 1500.0, 0),
}
UNITS = {"P": ("Z", 100.0), "Q": ("Z", 350.0), "R": ("Y", 800.0)}
DEMAND: list[dict[str, Any]] = [
    {"unit_id": unit, "category": category, "children": children}
    for unit, category, children in [
        ("P", "a", 3),
        ("P", "household", 2),
        ("Q", "a", 4),
        ("Q", "b", 1),
        ("R", "a", 2),
        ("R", "household", 5),
    ]
]


def laid_out(
    city: City,
    *,
    rules: Policy = RULES,
    uncertainty: Uncertainty = ALL,
    vary: tuple[str, ...] = VARY,
    seed: str = "town",
) -> tuple[Cells, Sampler]:
    cells = cells_of(city, rules, seed=seed)
    return cells, sampler_of(cells, rules, seed=seed, uncertainty=uncertainty, vary=vary)


Name = tuple[str, int]
Said = tuple[dict[Name, tuple[Any, ...]], list[Name]]


def numbers(city: City, draws: int, **options: Any) -> list[Said]:
    """Return for some draws what `said` says."""
    cells, sampler = laid_out(city, **options)
    return [said(cells, sampler, draw) for draw in range(draws)]


def said(cells: Cells, sampler: Sampler, draw: int) -> Said:
    """Return what a draw says of each child, by its cell's label and number, and the order of tickets."""
    drawn = draw_of(sampler, draw)
    roster, schools = drawn.roster, cells.world.schools.ids
    who = [
        (str(cells.labels[c]), int(s))
        for c, s in zip(roster.cell.tolist(), roster.serial.tolist(), strict=True)
    ]
    found = {}
    for i, name in enumerate(who):
        keys = tuple(float(key.value(roster.places[key.name])[i]) for key in sampler.keys)
        lists = tuple(
            (number, tuple(schools[one.school[one.starts[i] : one.starts[i + 1]]].tolist()))
            for number, one in sorted(roster.filed.items())
        )
        found[name] = (
            int(roster.ticket[i]),
            tuple(np.nan_to_num(keys, nan=-1.0).tolist()),
            int(roster.consent[i]),
            lists,
            bool(drawn.gone[i]),
        )
    return found, [who[i] for i in drawn.by_ticket.tolist()]


def city_with(*rows: dict[str, Any], units: dict[str, tuple[str, float]] | None = None) -> City:
    return counted(ZONES, SCHOOLS, units or UNITS, [*DEMAND, *rows])


def changed(unit: str, category: str, by: int) -> list[dict[str, Any]]:
    return [
        {**row, "children": row["children"] + by}
        if (row["unit_id"], row["category"]) == (unit, category)
        else row
        for row in DEMAND
    ]


@pytest.mark.parametrize(
    "more",
    [
        counted(ZONES, SCHOOLS, UNITS, changed("P", "a", 1)),
        city_with({"unit_id": "A", "category": "a", "children": 2}, units={**UNITS, "A": ("Z", 120.0)}),
        city_with({"unit_id": "P", "category": "b", "children": 3}),
    ],
    ids=["one more in a unit", "a new unit", "a new category"],
)
def test_one_child_more_leaves_the_numbers_of_all_others(more: City) -> None:
    for (before, order), (after, ordered) in zip(numbers(city_with(), 4), numbers(more, 4), strict=True):
        assert set(before) <= set(after)
        assert all(after[name] == what for name, what in before.items())
        assert [name for name in ordered if name in before] == order


def test_one_child_more_in_a_list_leaves_the_numbers_of_all_others() -> None:
    place = towns(random.Random(4))
    few = {**place, "children": place["children"][:-1], "filed": []}
    whole = {**place, "filed": []}
    both = (numbers(town(**one), 4) for one in (few, whole))
    for (before, order), (after, ordered) in zip(*both, strict=True):
        assert len(after) == len(before) + 1
        assert all(after[name] == what for name, what in before.items())
        assert [name for name in ordered if name in before] == order


def test_a_school_less_leaves_the_taste_for_the_others() -> None:
    less = {name: what for name, what in SCHOOLS.items() if name != "T"}
    zones = {**ZONES, "Z": ("D", ["S"])}
    both = (numbers(city, 3) for city in (city_with(), counted(zones, less, UNITS, DEMAND)))
    for (before, _), (after, _) in zip(*both, strict=True):
        assert set(after) == set(before)
        some = 0
        for name, (ticket, keys, consent, lists, gone) in before.items():
            without = tuple((n, tuple(s for s in listed if s != "T")) for n, listed in lists)
            some += without != lists
            assert after[name] == (ticket, keys, consent, without, gone)
        assert some


def test_the_order_of_rows_changes_nothing() -> None:
    shuffled = counted(
        dict(reversed(ZONES.items())),
        dict(reversed(SCHOOLS.items())),
        dict(reversed(UNITS.items())),
        DEMAND[::-1],
    )
    assert numbers(shuffled, 3) == numbers(city_with(), 3)


def test_numbers_differ_from_draw_to_draw_and_from_seed_to_seed() -> None:
    (first, order), (again, other) = numbers(city_with(), 2)
    assert first != again
    assert order != other
    assert numbers(city_with(), 1, seed="other") != [(first, order)]


@pytest.mark.parametrize("seed", range(6))
def test_children_of_which_nothing_is_varied_are_those_of_a_run(seed: int) -> None:
    rng = random.Random(seed)
    steps = {
        "points": {
            "points": {"mean": 3.0, "sd": rng.choice([0.0, 2.0]), "low": 0.0, "high": 6.5, "step": 0.5},
            "insurance_months": {"mean": 3.5, "sd": 0.0, "low": 0.0, "high": 9.0},
        }
    }
    city = counted_town(rng, towns(rng)) if seed % 2 else counted(ZONES, SCHOOLS, UNITS, DEMAND, **steps)
    cells, sampler = laid_out(city, vary=("tickets", "no-shows"))
    roster, world = same_roster(sampler), build_world(city, RULES, seed="town")
    assert roster is not None
    names = [f"{cells.labels[c]}/{s + 1:04d}" for c, s in zip(roster.cell, roster.serial, strict=True)]
    assert names == world.children.ids.tolist()
    for key in sampler.keys:
        value = key.value(roster.places[key.name])
        np.testing.assert_array_equal(value, world.children.keys[key.name], err_msg=key.name)
    assert roster.consent.tolist() == world.children.consent.tolist()
    (filed,) = roster.filed.values()
    assert np.repeat(np.arange(len(names)), np.diff(filed.starts)).tolist() == world.choices.child.tolist()
    assert filed.school.tolist() == world.choices.school.tolist()
    assert filed.rank.tolist() == world.choices.rank.tolist()
    assert counts_in(sampler, 5).tolist() == cells.expected.tolist()
    assert roster_of(sampler, 5).child.tolist() == roster.child.tolist()


def test_codes_sort_as_the_keys_do_however_many_values_there_are() -> None:
    rng = np.random.default_rng(3)
    cells, sampler = laid_out(city_with())
    assert len(cells) == len(DEMAND)
    n = 300
    places = {key.name: rng.integers(-1, len(key.values), size=n).astype(np.int32) for key in sampler.keys}
    for levels in (None, 2**20, 2**31 - 2):
        keys = [
            key if levels is None else replace(key, values=np.broadcast_to(np.float64(0), (levels,)))
            for key in sampler.keys
        ]
        codes = codes_of(sampler.orders, keys, places, n)
        assert codes.min() >= 0
        assert codes.max() < 1 << 34
        for order, code in zip(sampler.orders, codes, strict=True):
            columns = []
            for name, falls in order:
                here = places[name].astype(np.int64)
                columns.append(np.where(here < 0, 2**40, -here if falls else here))
            rows = list(zip(*(column.tolist() for column in columns), strict=True)) or [()] * n
            want = {row: rank for rank, row in enumerate(sorted(set(rows)))}
            assert dense(code).tolist() == [want[row] for row in rows]


def test_codes_of_nobody_are_none() -> None:
    _, sampler = laid_out(city_with())
    nobody = {key.name: np.empty(0, dtype=np.int32) for key in sampler.keys}
    assert codes_of(sampler.orders, sampler.keys, nobody, 0).shape == (len(sampler.orders), 0)


# how many children come


SHARES = np.sort(np.random.default_rng(1).random(3000))


def counts(mean: float, dispersion: float, share: np.ndarray = SHARES) -> np.ndarray:
    return loops.counts_at(share, np.full(len(share), mean), dispersion, ndtri(share))


@pytest.mark.parametrize("mean", [1e-9, 0.3, 2.0, 41.5, 499.0])
def test_counts_are_the_quantiles_of_the_poisson_and_the_negative_binomial_distribution(
    mean: float,
) -> None:
    np.testing.assert_array_equal(counts(mean, 1.0), stats.poisson.ppf(SHARES, mean).clip(0))
    # so near to 1 that a sloppy difference would lose all digits
    np.testing.assert_array_equal(counts(mean, 1.0 + 1e-14), stats.poisson.ppf(SHARES, mean).clip(0))
    for dispersion in (1.5, 4.0, 100.0):
        want = stats.nbinom.ppf(SHARES, mean / (dispersion - 1.0), 1.0 / dispersion)
        np.testing.assert_array_equal(counts(mean, dispersion), want)


@pytest.mark.parametrize(
    ("mean", "dispersion", "most"),
    [(700.0, 1.0, 1), (5e4, 1.0, 1), (900.0, 1.5, 1), (9e4, 10.0, 2), (2e4, 100.0, 9)],
)
def test_large_counts_are_as_good_as_the_quantiles(mean: float, dispersion: float, most: int) -> None:
    share = np.append(SHARES, [1e-5, 1.0 - 1e-5])
    want = (
        stats.poisson.ppf(share, mean)
        if dispersion == 1.0
        else stats.nbinom.ppf(share, mean / (dispersion - 1.0), 1.0 / dispersion)
    )
    off = np.abs(counts(mean, dispersion, share) - want)
    assert off[:-2].max() <= most
    assert off.max() <= 0.04 * np.sqrt(dispersion * mean) + 1


@pytest.mark.parametrize("dispersion", [0.0, 1.0, 1.5, 10.0, 100.0])
def test_a_larger_mean_never_has_fewer_children(dispersion: float) -> None:
    means = np.concatenate([np.linspace(0.0, 900.0, 2001), np.geomspace(900.0, 20_000.0, 300)])
    for share in (2.0**-54, 1e-6, 0.03, 0.5, 0.77, 0.999, 1.0 - 1e-7, 1.0 - 2.0**-53):
        at = np.full(len(means), share)
        found = loops.counts_at(at, means, dispersion, ndtri(at))
        assert (np.diff(found) >= 0).all()
        assert found[0] == 0
    if dispersion == 0.0:
        return
    # where one way to find a count gives way to the other, many shares are looked at
    fall = 1.0 if dispersion == 1.0 else np.log(dispersion) / (dispersion - 1.0)
    below, above = (
        counts(loops.LARGEST_SEARCHED / fall * (1.0 + step), dispersion) for step in (-1e-9, 1e-9)
    )
    assert (above >= below).all()


def test_extreme_shares_end_and_stay_near() -> None:
    for dispersion in (1.0, 1.5, 100.0):
        for mean in (1e-300, 1e-6, 1.0, 600.0, 1e5):
            share = np.array([2.0**-54, 1.0 - 2.0**-53])
            low, high = counts(mean, dispersion, share)
            assert 0 <= low <= mean
            assert mean - 1.0 <= high < mean + 40.0 * dispersion + 10.0 * np.sqrt(dispersion * mean)


def test_the_largest_hash_is_a_share_below_one() -> None:
    key = np.zeros(1, dtype=np.uint64)
    # the finaliser is one to one, and it is undone by hand: the child whose word is all ones
    word = np.uint64(2**64 - 1)
    ends = loops.uniforms(np.array([unmixed(int(word)), 0], dtype=np.uint64), key)
    assert ends[0] == 1.0 - 2.0**-53
    assert 0.0 < ends[1] < 1e-16


def unmixed(word: int) -> int:
    """Undo `simulate.draws.kernels.mix`."""
    every = 2**64 - 1

    def unshifted(value: int, by: int) -> int:
        result = value
        for _ in range(64 // by + 1):
            result = value ^ (result >> by)
        return result

    word = unshifted(word, 31)
    word = word * pow(0x94D049BB133111EB, -1, 2**64) & every
    word = unshifted(word, 27)
    word = word * pow(0xBF58476D1CE4E5B9, -1, 2**64) & every
    return unshifted(word, 30)


def many(demand: list[dict[str, Any]], draws: int, **parts: dict[str, Any]) -> np.ndarray:
    """Return the counts of each cell in each draw, shape (draws, cells)."""
    city = counted(ZONES, SCHOOLS, UNITS, demand)
    _, sampler = laid_out(city, uncertainty=stated(**parts))
    return np.stack([counts_in(sampler, draw) for draw in range(draws)]).astype(np.float64)


def near(found: float, wanted: float, error: float) -> bool:
    return abs(found - wanted) <= 4.0 * error


@pytest.mark.parametrize("dispersion", [0.0, 1.0, 1.5, 5.0])
def test_counts_have_the_mean_and_the_variance_stated(dispersion: float) -> None:
    draws = 4000
    found = many(DEMAND, draws, counts={"dispersion": dispersion})
    means = np.array([row["children"] for row in DEMAND], dtype=np.float64)
    if dispersion == 0.0:
        assert (found == means).all()
        return
    for cell, mean in enumerate(means.tolist()):
        variance = dispersion * mean
        assert near(found[:, cell].mean(), mean, np.sqrt(variance / draws))
        # the error of a variance, by the fourth moment of the distribution itself
        shape = (
            stats.poisson(mean)
            if dispersion == 1.0
            else stats.nbinom(mean / (dispersion - 1), 1 / dispersion)
        )
        fourth = float(shape.stats(moments="k")) + 3.0
        assert near(found[:, cell].var(ddof=1), variance, variance * np.sqrt((fourth - 1.0) / draws))
    between = np.corrcoef(found.T)
    np.fill_diagonal(between, 0.0)
    assert np.abs(between).max() < 4.5 / np.sqrt(draws)


def test_means_that_are_no_whole_numbers_are_met_by_the_two_about_them() -> None:
    share = (np.arange(10_000) + 0.5) / 10_000
    found = counts(2.25, 0.0, share)
    assert set(found.tolist()) == {2, 3}
    assert found.mean() == 2.25


def test_low_and_high_hold_so_many_of_the_outcomes() -> None:
    demand = [{"unit_id": "P", "category": "a", "children": 5000, "low": 4000, "high": 8000}]
    draws = 4000
    for interval in (0.5, 0.9):
        found = many(demand, draws, counts={"dispersion": 0.0, "interval": interval})[:, 0]
        inside = ((found >= 4000) & (found <= 8000)).mean()
        assert near(inside, interval, np.sqrt(interval * (1 - interval) / draws))
        assert near((found > 5000).mean(), 0.5, 0.5 / np.sqrt(draws))
        below, above = (found < 4000).mean(), (found > 8000).mean()
        half = (1 - interval) / 2
        assert near(below, half, np.sqrt(half / draws))
        assert near(above, half, np.sqrt(half / draws))


def test_a_table_with_only_one_end_is_taken_as_counted() -> None:
    demand = [{"unit_id": "P", "category": "a", "children": 50, "low": 40}]
    assert (many(demand, 5, counts={"dispersion": 0.0}) == 50).all()


def test_the_error_of_a_district_is_common_to_its_units_and_to_no_other() -> None:
    demand = [{"unit_id": unit, "category": "a", "children": 100_000} for unit in UNITS]
    draws = 3000
    found = many(demand, draws, counts={"dispersion": 0.0, "error": 0.4}) / 100_000
    np.testing.assert_allclose(found[:, 0], found[:, 1], atol=2e-5)
    logs = np.log(found[:, [0, 2]])
    assert near(logs[:, 0].std(ddof=1), 0.4, 0.4 / np.sqrt(2 * draws))
    assert near(found[:, 0].mean(), 1.0, np.sqrt((np.exp(0.4**2) - 1.0) / draws))
    assert abs(np.corrcoef(logs.T)[0, 1]) < 4.0 / np.sqrt(draws)


def test_more_expected_children_never_bring_fewer_of_them() -> None:
    rng = random.Random(1)
    more = [{**row, "children": row["children"] + rng.choice([0, 1, 40])} for row in DEMAND]
    few, many_ = (
        cells_of(counted(ZONES, SCHOOLS, UNITS, rows), RULES, seed="x") for rows in (DEMAND, more)
    )
    for parts in (
        {"dispersion": 1.5, "error": 0.2},
        {"dispersion": 0.0, "error": 0.2},
        {"dispersion": 1.0},
    ):
        samplers = [
            sampler_of(cells, RULES, seed="x", uncertainty=stated(counts=parts), vary=VARY)
            for cells in (few, many_)
        ]
        for draw in range(50):
            low, high = (counts_in(sampler, draw) for sampler in samplers)
            assert (high >= low).all()


# what children are like


CROWD = counted(
    {"Z": ("D", ["S", "T"])},
    {"S": ("D", 0.0, 2), "T": ("D", 600.0, 1)},
    {"P": ("Z", 0.0)},
    [
        {"unit_id": "P", "category": "a", "children": 6000},
        {"unit_id": "P", "category": "household", "children": 4000},
    ],
    own_home={"a": 0.4},
)


def test_values_are_spread_as_children_states_them() -> None:
    cells, sampler = laid_out(CROWD, uncertainty=stated(points={}))
    roster, other = roster_of(sampler, 3), roster_of(sampler, 4)
    others = cells.world.children.category[roster.cell] == "a"
    drawn = [key for key in sampler.keys if key.known is None]
    assert {key.name for key in drawn} == {"points", "insurance_months", "home", "settled_on"}
    for key in drawn:
        asked = ~others if key.name == "settled_on" else others
        places = roster.places[key.name]
        assert (places[~asked] == -1).all()
        assert not np.array_equal(places, other.places[key.name])
        if key.share is not None:
            want = np.array([0.6, 0.4])
        else:
            want = np.diff(np.concatenate([[0.0], key.cuts, [1.0]]))
            want = want[::-1] if key.falling else want
        n = int(asked.sum())
        found = np.bincount(places[asked], minlength=len(want)) / n
        assert (np.abs(found - want) <= 4.0 * np.sqrt(want * (1 - want) / n) + 1e-12).all(), key.name
    # and these shares are those of the normal distribution that is stated, cut and rounded
    points = next(key for key in sampler.keys if key.name == "points")
    assert points.values.tolist() == [0, 1, 2, 3, 4, 5, 6]
    np.testing.assert_allclose(points.cuts, stats.norm.cdf(np.arange(6) + 0.5, 3.0, 2.0))


def test_consent_has_the_shares_stated() -> None:
    _, sampler = laid_out(CROWD, uncertainty=stated(consent={}))
    roster, other = roster_of(sampler, 0), roster_of(sampler, 1)
    n = len(roster.consent)
    assert not np.array_equal(roster.consent, other.consent)
    assert near((roster.consent == 2).mean(), 0.6, np.sqrt(0.24 / n))
    assert near((roster.consent >= 1).mean(), 0.8, np.sqrt(0.16 / n))


def test_places_are_not_taken_up_by_the_shares_stated() -> None:
    cells, sampler = laid_out(
        CROWD, uncertainty=stated(no_shows={"household": 0.02, "others": 0.5, "share": {"a": 0.1}})
    )
    gone = [draw_of(sampler, draw) for draw in range(2)]
    others = cells.world.children.category[gone[0].roster.cell] == "a"
    assert near(gone[0].gone[others].mean(), 0.1, np.sqrt(0.09 / others.sum()))
    assert near(gone[0].gone[~others].mean(), 0.02, np.sqrt(0.0196 / (~others).sum()))
    assert not np.array_equal(gone[0].gone, gone[1].gone)
    nobody = laid_out(CROWD, uncertainty=stated(no_shows={"others": 1.0}))[1]
    assert draw_of(nobody, 0).gone.tolist() == others.tolist()


def test_two_schools_are_chosen_by_the_shares_of_a_logit() -> None:
    # 600 m farther at 300 m to the unit of taste, and 1.2 more popular
    choices = {"scale_m": 300.0, "popularity": {"T": 1.2}}
    cells, sampler = laid_out(CROWD, uncertainty=stated(choices=choices))
    wanted = 1.0 / (1.0 + np.exp(-(0.0 - (1.2 - 2.0))))
    firsts = []
    for draw in range(3):
        filed = roster_of(sampler, draw).filed[1]
        assert (np.diff(filed.starts) == 2).all()
        first = cells.world.schools.ids[filed.school[filed.starts[:-1]]] == "S"
        assert near(first.mean(), wanted, np.sqrt(wanted * (1 - wanted) / len(first)))
        assert filed.rank.tolist() == [1, 2] * len(first)
        firsts.append(first)
    assert near((firsts[0] & firsts[1]).mean(), wanted**2, 0.5 / np.sqrt(len(firsts[0])))


def test_the_longest_list_is_as_long_as_stated_and_the_most_liked_first() -> None:
    whole = laid_out(city_with(), uncertainty=stated(choices={"scale_m": 300.0, "most": {"1": 9, "2": 9}}))
    short = laid_out(city_with(), uncertainty=stated(choices={"scale_m": 300.0, "most": {"1": 1, "2": 2}}))
    for number, most in ((1, 1), (2, 2)):
        for draw in range(3):
            long, cut = (roster_of(sampler, draw).filed[number] for _, sampler in (whole, short))
            for child in range(len(long.starts) - 1):
                listed = long.school[long.starts[child] : long.starts[child + 1]].tolist()
                kept = cut.school[cut.starts[child] : cut.starts[child + 1]].tolist()
                assert kept == listed[:most]


def test_a_second_list_looks_beyond_the_own_zone_at_the_nearest() -> None:
    near_ = stated(choices={"scale_m": 300.0, "most": {"1": 9, "2": 9}, "near": 1})
    cells, sampler = laid_out(city_with(), uncertainty=near_)
    filed, names = roster_of(sampler, 0).filed, cells.world.schools.ids
    cell = roster_of(sampler, 0).cell
    for child, home in enumerate(cell.tolist()):
        zone = cells.world.zones[cells.world.children.zone[home]]
        one, two = (
            names[filed[n].school[filed[n].starts[child] : filed[n].starts[child + 1]]].tolist()
            for n in (1, 2)
        )
        assert sorted(one) == ZONES[zone][1]
        assert two == (["V"] if zone == "Z" else ["T"])


def test_what_is_unknown_of_a_schools_popularity_is_common_to_all_in_a_draw() -> None:
    _, sampler = laid_out(CROWD, uncertainty=stated(choices={"scale_m": 1e9, "popularity_sd": 1.0}))
    shares = []
    for draw in range(200):
        filed = roster_of(sampler, draw).filed[1]
        shares.append((filed.school[filed.starts[:-1]] == 0).mean())
    odds = np.log(np.array(shares) / (1.0 - np.array(shares)))
    # the difference of two such numbers; the sampling of 10,000 children adds little
    assert near(odds.std(ddof=1), np.sqrt(2.0), np.sqrt(2.0) / np.sqrt(2 * len(odds)) * 1.2)
    assert near(odds.mean(), 0.0, np.sqrt(2.0) / np.sqrt(len(odds)))


def test_children_of_one_home_look_at_the_school_that_their_own_kindergarten_feeds() -> None:
    rules = policy(stage("fed", "a", "fed", ["ticket"], mechanism=CHOICES))
    city = town(
        zones={"Z": ("D", ["S", "T"])},
        schools={
            **{"K": ("D", 0.0, 0, {"feeds": "S"}), "L": ("D", 0.0, 0, {"feeds": "T"})},
            **{"S": ("D", 0.0, 1), "T": ("D", 0.0, 1)},
        },
        units={"U": ("Z", 0.0, "T1")},
        children=[
            {"applicant_id": "c1", "category": "a", "unit_id": "U", "previous_school_id": "K"},
            {"applicant_id": "c2", "category": "a", "unit_id": "U", "previous_school_id": "L"},
            {"applicant_id": "c3", "category": "a", "unit_id": "U"},
        ],
    )  # fmt: skip
    cells, sampler = laid_out(city, rules=rules)
    filed = roster_of(sampler, 0).filed[1]
    assert cells.world.schools.ids[filed.school].tolist() == ["S", "T"]
    assert filed.starts.tolist() == [0, 1, 2, 2]


@pytest.mark.parametrize("table", ["answers", "decisions", "scores"])
def test_a_table_that_names_drawn_children_makes_them_as_fixed_as_a_list(table: str) -> None:
    rows = {
        "answers": {"applicant_id": "P/a/0002", "after_stage": "s0", "answer": "withdrawn"},
        "decisions": {
            "applicant_id": "P/a/0002", "stage": "s0", "school_id": "S", "reason_code": "R",
            "authority": "bureau", "document_no": "1",
        },
        "scores": {"applicant_id": "P/a/0002", "item": "x", "points": 1.0},
    }  # fmt: skip
    city = counted(ZONES, SCHOOLS, UNITS, DEMAND, more={table: {"rows": [rows[table]]}})
    one = market(city, RULES, uncertainty=ALL)
    assert one.varied == ("tickets", "choices", "no-shows")
    assert one.synthetic
    assert len(one.places.cell_unit) == sum(row["children"] for row in DEMAND)


def test_where_bounds_are_given_they_hold_the_children_who_come_whatever_else_is_stated() -> None:
    demand = [{"unit_id": "P", "category": "a", "children": 50, "low": 40, "high": 60}]
    found = many(demand, 2000, counts={"dispersion": 1.5, "error": 0.05, "interval": 0.9})[:, 0]
    assert 0.87 <= ((found >= 40) & (found <= 60)).mean() <= 0.95  # whole children: the bounds are in
