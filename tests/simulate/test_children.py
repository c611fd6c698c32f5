"""Synthetic children: exact counts, numbers keyed by the child, plausible shapes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geodata import DataError, XuequError
from geodata.city import City, city_of
from geodata.project import Project
from geodata.toml import record_from
from simulate.children import draw_children, uniform
from simulate.policy_files import policy_path, read_policy

POLICY = read_policy(policy_path("xiamen-datongchou", Path()))
POINTS = {"points": {"mean": 45.0, "sd": 20.0, "low": 0.0, "high": 115.0, "step": 0.1}}


def counted(demand: list[dict[str, Any]], **rules: Any) -> City:
    units = sorted({row["unit_id"] for row in demand}) or ["U1", "U2", "U3"]
    tables: dict[str, Any] = {
        "zones": {"rows": [{"zone_id": "Z"}]},
        "schools": {"rows": [{"school_id": "S"}]},
        "units": {
            "rows": [{"unit_id": u, "district_id": "D", "households": n} for n, u in enumerate(units)]
        },
        "plan": {"rows": [{"unit_id": u, "zone_id": "Z"} for u in units]},
    }
    if demand:
        tables["demand"] = {"rows": [{"year": 2024, **row} for row in demand]}
    children = {
        "reason": {"zh": "试", "en": "a test"},
        "points": POINTS,
        "own_home": {"points": 0.12},
        **rules,
    }
    head = {"name": "t", "level": "primary", "year": 2024, "seed": "s"}
    project = record_from({"project": head, "tables": tables, "children": children}, Project, "xuequ.toml")
    return city_of(project, Path())


DEMAND = [
    {"unit_id": "U1", "category": "points", "children": 4000},
    {"unit_id": "U1", "category": "household", "children": 3},
    {"unit_id": "U2", "category": "points", "children": 0},
    {"unit_id": "U3", "category": "favoured", "children": 1},
]


def test_there_is_one_child_for_each_that_is_counted() -> None:
    children, _ = draw_children(counted(DEMAND), POLICY, seed="s")
    counts = children.groupby(["unit_id", "category"]).size().to_dict()
    assert counts == {("U1", "points"): 4000, ("U1", "household"): 3, ("U3", "favoured"): 1}
    assert children["applicant_id"].is_unique
    assert children["applicant_id"].is_monotonic_increasing


def test_one_child_more_changes_no_other_childs_numbers() -> None:
    more = [dict(row) for row in DEMAND]
    more[0]["children"] = 4001
    more.append({"unit_id": "U2", "category": "household", "children": 2})
    before, _ = draw_children(counted(DEMAND), POLICY, seed="s")
    after, _ = draw_children(counted(more), POLICY, seed="s")
    same = after.set_index("applicant_id").loc[before["applicant_id"]]
    for column in ("points", "home", "consents", "settled_on"):
        assert same[column].equals(before.set_index("applicant_id")[column])


def test_the_shape_of_the_points_is_the_one_stated() -> None:
    children, _ = draw_children(counted(DEMAND), POLICY, seed="s")
    points = children.loc[children["category"] == "points", "points"]
    # 4,000 draws: the standard error of the mean is 0.32, and 1.3 is four of them; the cut at 0 adds 0.2
    assert abs(points.mean() - 45.2) < 1.3
    assert points.between(0, 115).all()
    assert np.allclose(points * 10, np.rint(points * 10)), "in steps of 0.1"
    home = children.loc[children["category"] == "points", "home"]
    assert set(home) == {0.0, 24.0}
    assert abs((home > 0).mean() - 0.12) < 4 * (0.12 * 0.88 / 4000) ** 0.5


def test_household_children_have_a_settlement_date_and_points_children_have_points() -> None:
    children, _ = draw_children(counted(DEMAND), POLICY, seed="s")
    household = children["category"] != "points"
    assert (children["settled_on"].notna() == household).all()
    assert (children["points"].notna() == ~household).all()


def test_consent_has_the_shares_stated() -> None:
    city = counted(DEMAND, consent_district=0.8, consent_city=0.5)
    children, _ = draw_children(city, POLICY, seed="s")
    shares = children["consents"].value_counts(normalize=True)
    assert abs(shares["city"] - 0.5) < 4 * (0.25 / 4000) ** 0.5
    assert abs(shares["none"] - 0.2) < 4 * (0.16 / 4000) ** 0.5


def test_totals_of_a_district_are_shared_exactly() -> None:
    totals = [{"district_id": "D", "category": "points", "children": 100}]
    even, _ = draw_children(counted([], totals=totals), POLICY, seed="s")
    assert even.groupby("unit_id").size().tolist() == [34, 33, 33]
    by_households, _ = draw_children(counted([], totals=totals, share_by="households"), POLICY, seed="s")
    assert by_households.groupby("unit_id").size().to_dict() == {"U2": 33, "U3": 67}  # households 0, 1, 2


def test_totals_of_a_district_without_units_are_refused() -> None:
    totals = [{"district_id": "X", "category": "points", "children": 1}]
    with pytest.raises(XuequError, match="no unit lies in district X"):
        draw_children(counted([], totals=totals), POLICY, seed="s")


def test_without_any_count_there_is_nothing_to_place() -> None:
    with pytest.raises(XuequError, match="nothing to place"):
        draw_children(counted([]), POLICY, seed="s")


def test_a_category_that_the_policy_does_not_have_is_refused() -> None:
    with pytest.raises(DataError, match=r"found 'prince'; categories of the policy xiamen-datongchou"):
        draw_children(counted([{"unit_id": "U1", "category": "prince", "children": 1}]), POLICY, seed="s")


def test_the_keyed_numbers_are_uniform_and_differ_by_seed_and_attribute() -> None:
    child = np.arange(100_000, dtype=np.uint64)
    first = uniform("s", "a", child)
    assert first.min() > 0
    assert first.max() < 1
    counts = np.histogram(first, bins=20, range=(0, 1))[0]
    # chi-squared with 19 degrees of freedom is below 43.8 in 999 of 1,000 cases
    assert ((counts - 5000) ** 2 / 5000).sum() < 43.8
    for other in (uniform("t", "a", child), uniform("s", "b", child)):
        assert abs(np.corrcoef(first, other)[0, 1]) < 4 / 100_000**0.5


def test_a_larger_count_elsewhere_renames_nobody() -> None:
    more = [dict(row) for row in DEMAND]
    more[0]["children"] = 4
    few, _ = draw_children(counted(more), POLICY, seed="s")
    many, _ = draw_children(counted(DEMAND), POLICY, seed="s")
    assert set(few["applicant_id"]) <= set(many["applicant_id"])


def test_households_that_are_blank_cannot_share_a_total() -> None:
    totals = [{"district_id": "D", "category": "points", "children": 5}]
    city = counted(
        [{"unit_id": "U1", "category": "points", "children": 1}], totals=totals, share_by="households"
    )
    tables = dict(city.tables)
    tables["demand"] = tables["demand"].iloc[:0]
    with pytest.raises(XuequError, match="no unit of district D has households"):
        draw_children(replace(city, tables=tables), POLICY, seed="s")


def test_a_misspelt_fact_is_refused() -> None:
    with pytest.raises(DataError, match="pionts"):
        counted(DEMAND, points={"pionts": POINTS["points"]})


def test_low_above_high_is_refused() -> None:
    with pytest.raises(DataError, match="low comes before high"):
        counted(DEMAND, points={"points": {**POINTS["points"], "low": 200.0}})
