"""Children: estates, demolitions, low and high counts; by hand on the tiny city."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulate.ensemble.market import market_of
from simulate.ensemble.sampling import counts_in
from simulate.ensemble.uncertainty import Uncertainty
from simulate.scenarios.choosing import children_by_unit
from tests.simulate.scenarios.trying import Base, listed, placements, tiny

ESTATE = 'do = "estate"\nunit = "U1"\nchildren = { household = 30, points = 5 }\nfirst_year = 2023\n'
BOUNDS = (
    "unit_id,category,year,children,low,high\nU1,household,2024,48,40,60\nU1,points,2024,20,18,22\n"
    "U2,household,2024,35,30,40\nU4,household,2024,45,41,\n"
)

ROUNDED = {"dispersion": 0.0, "assumed": True, "reason": {"zh": "试", "en": "a test"}}
"""Counts that vary only as far as their bounds say."""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return tiny(tmp_path_factory.mktemp("tiny"))


def counts(base: Base, *changes: str) -> dict[tuple[str, str], int]:
    table = children_by_unit(base.applied(*changes).city)
    return dict(zip(zip(table["unit_id"], table["category"], strict=True), table["children"], strict=True))


def test_an_estate_fills_up_by_its_ramp(city: Base) -> None:
    applied = city.applied(ESTATE + "ramp = [0.1, 0.5, 1.0]")
    rows = applied.city["demand"].query("unit_id == 'U1' and category == 'household'")
    assert rows[["year", "children"]].to_numpy().tolist() == [[2023, 3], [2024, 48 + 15], [2025, 30]]
    points = applied.city["demand"].query("unit_id == 'U1' and category == 'points'")
    # half a child is one: 0.5 times 5
    assert points[["year", "children"]].to_numpy().tolist() == [[2023, 1], [2024, 20 + 3], [2025, 5]]


def test_after_its_ramp_an_estate_stays_as_it_is(city: Base) -> None:
    assert counts(city, ESTATE + "ramp = [0.5]")["U1", "household"] == 48 + 15


def test_an_estate_of_a_later_year_is_said(city: Base) -> None:
    applied = city.applied(ESTATE.replace("2023", "2026"))
    assert "it holds from 2026; in 2024 nothing changes" in str(applied.notes[0])
    assert counts(city, ESTATE.replace("2023", "2026"))["U1", "household"] == 48


NEW = (
    'do = "estate"\nunit = { id = "U9", name = "新盘", lng = 118.0951, lat = 24.4990, datum = "wgs84", '
    'zone = "Z1" }\n'
    "children = { household = 12 }\nfirst_year = 2024\n"
)


def test_a_new_unit_has_its_place_its_zone_and_its_children(city: Base) -> None:
    applied = city.applied(NEW)
    unit = applied.city["units"].set_index("unit_id").loc["U9"]
    assert (unit["name"], unit["district_id"]) == ("新盘", "D1")
    assert counts(city, NEW)["U9", "household"] == 12
    assert placements(applied.city, applied.policy)["applicant_id"].str.startswith("U9/").sum() == 12


@pytest.mark.parametrize(
    ("old", "new", "column", "words"),
    [
        ('"U9"', '"U1"', "unit.id", "units has this one already"),
        ('"Z1"', '"Z7"', "unit.zone", "in the table zones"),
        ('"wgs84"', '"wgs"', "unit.datum", "datum"),
        ("household =", "householder =", "children", "a category of the policy"),
        ('"Z1" }', '"Z1", district = "D7" }', "unit.district", "in the table districts"),
    ],
)
def test_a_new_unit_that_cannot_be(city: Base, old: str, new: str, column: str, words: str) -> None:
    fault = city.faults(NEW.replace(old, new))[0]
    assert (fault.row, fault.column) == (1, column)
    assert words in str(fault.allowed)


def test_a_demolition_takes_a_share_or_a_number(city: Base) -> None:
    gone = counts(city, 'do = "demolition"\nunit = "U1"\nshare = 0.25')
    assert (gone["U1", "household"], gone["U1", "points"]) == (36, 15)
    gone = counts(city, 'do = "demolition"\nunit = "U1"\nchildren = { points = 20 }')
    assert (gone["U1", "household"], gone["U1", "points"]) == (48, 0)


def test_there_are_never_fewer_than_no_children(city: Base) -> None:
    fault = city.fault('do = "demolition"\nunit = "U1"\nchildren = { points = 21 }')
    assert (fault.row, fault.column, fault.found) == (1, "children", "21")
    assert "at most 20 children of points in U1" in str(fault.allowed)


def test_a_year_without_counts_is_outside_the_data(city: Base) -> None:
    fault = city.fault('do = "demolition"\nunit = "U1"\nshare = 0.5\nfrom = 2030')
    assert "there are counts for 2024" in str(fault.allowed)
    fault = city.fault('do = "demand-level"\nfactor = 1.5\nfrom = 2030')
    assert (fault.column, fault.found) == ("from", "2030")
    assert "there are counts for 2024" in str(fault.allowed)
    assert city.fault('do = "demolition"\nunit = "U7"\nshare = 0.5').column == "unit"


def test_low_and_high_counts_take_the_place_of_the_counts(tmp_path: Path) -> None:
    base = tiny(tmp_path, demand=BOUNDS)
    assert counts(base, 'do = "demand-level"\nlevel = "low"')["U1", "household"] == 40
    high = counts(base, 'do = "demand-level"\nlevel = "high"\ndistricts = ["D1"]')
    assert (high["U1", "household"], high["U4", "household"]) == (60, 45)
    only = counts(base, 'do = "demand-level"\nlevel = "high"\ncategories = ["points"]')
    assert (only["U1", "household"], only["U1", "points"]) == (48, 22)
    fault = base.fault('do = "demand-level"\nlevel = "high"')
    assert "it is blank in 1 rows, such as that of U4" in str(fault.allowed)


def test_draws_of_a_low_or_high_count_do_not_come_back_towards_the_middle(tmp_path: Path) -> None:
    base = tiny(tmp_path, demand=BOUNDS.replace("45,41,", "45,41,55"))
    stated = Uncertainty.model_validate({"title": {"zh": "试", "en": "a test"}, "counts": ROUNDED})
    for level, wanted in (("low", [40, 18, 30, 41]), ("high", [60, 22, 40, 55])):
        applied = base.applied(f'do = "demand-level"\nlevel = "{level}"')
        assert applied.city["demand"][["low", "high"]].isna().all(axis=None)
        there = market_of(applied.city, base.policy, seed="s", uncertainty=stated, vary=("counts",))
        for draw in range(5):
            assert counts_in(there.sampler, draw).tolist() == wanted


@settings(max_examples=20)
@given(factor=st.floats(0.0, 3.0))
def test_a_factor_is_exact_for_each_district_and_category(city: Base, factor: float) -> None:
    before, after = (
        city.city["demand"],
        city.applied(f'do = "demand-level"\nfactor = {factor!r}').city["demand"],
    )
    district = {"U1": "D1", "U2": "D1", "U3": "D1", "U4": "D2", "U5": "D2"}
    sums = [
        table.groupby([table["unit_id"].map(district), "category"])["children"].sum()
        for table in (before, after)
    ]
    assert (abs(sums[1] - sums[0] * factor) <= 0.5 + 1e-6).all()
    assert (abs(after["children"] - before["children"] * factor) <= 1.0 + 1e-6).all()


def test_bounds_follow_a_factor(tmp_path: Path) -> None:
    base = tiny(tmp_path, demand=BOUNDS)
    row = base.applied('do = "demand-level"\nfactor = 1.25').city["demand"].query("unit_id == 'U2'").iloc[0]
    assert (row["children"], row["low"], row["high"]) == (44, 37, 50)


@pytest.mark.parametrize(
    "change",
    [ESTATE, 'do = "demolition"\nunit = "U1"\nshare = 0.5', 'do = "demand-level"\nfactor = 2.0'],
)
def test_nobody_is_made_up_beside_a_list_of_applicants(tmp_path: Path, change: str) -> None:
    fault = listed(tmp_path).fault(change)
    assert "this one has a list of applicants" in str(fault.allowed)


def test_without_counts_by_unit_there_is_nothing_to_change(tmp_path: Path) -> None:
    reason = 'reason = { zh = "试", en = "a test" }'
    totals = reason + '\ntotals = [{ district_id = "D1", category = "household", children = 9 }]'
    base = tiny(
        tmp_path,
        demand=None,
        xuequ=[
            ('[tables.demand]\npath = "demand.csv"\n\n', ""),
            (reason, totals),
        ],
    )
    fault = base.fault(ESTATE)
    assert "this project has none" in str(fault.allowed)
