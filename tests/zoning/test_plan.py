"""Which zone a unit belongs to, in a year and for a category."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata import City, NotBuiltYetError, read_city
from tests.tiny import write_tiny
from zoning import plan_in, zone_of

HEAD = "unit_id,zone_id,category,from_year,until_year\n"


def city(tmp_path: Path, plan: str) -> City:
    return read_city(write_tiny(tmp_path / "project", plan=plan))


def rows(plan: pd.DataFrame) -> list[tuple[str, ...]]:
    return list(plan[["unit_id", "category", "zone_id"]].itertuples(index=False, name=None))


def zones(plan: pd.DataFrame, *pairs: tuple[str | None, str]) -> list[object]:
    units, categories = (pd.Series(column, dtype="str") for column in zip(*pairs, strict=True))
    found = zone_of(plan, units, categories)
    return [None if pd.isna(zone) else zone for zone in found]


def test_a_row_holds_from_its_year_up_to_and_without_the_year_that_ends_it(tmp_path: Path) -> None:
    read = city(tmp_path, HEAD + "U1,Z1,,2020,2023\nU1,Z2,,2023,\n")
    assert rows(plan_in(read, 2019)) == []
    assert rows(plan_in(read, 2020)) == [("U1", "", "Z1")]
    assert rows(plan_in(read, 2022)) == [("U1", "", "Z1")]
    assert rows(plan_in(read, 2023)) == [("U1", "", "Z2")]


def test_a_row_without_years_holds_in_every_year(tmp_path: Path) -> None:
    read = city(tmp_path, HEAD + "U1,Z1,,,\n")
    assert rows(plan_in(read, 1949)) == rows(plan_in(read, 2200)) == [("U1", "", "Z1")]


def test_the_plan_is_sorted_by_unit_and_category(tmp_path: Path) -> None:
    read = city(tmp_path, HEAD + "U2,Z2,,,\nU1,Z2,points,,\nU1,Z1,,,\n")
    assert rows(plan_in(read, 2024)) == [("U1", "", "Z1"), ("U1", "points", "Z2"), ("U2", "", "Z2")]


def test_the_same_zone_in_two_rows_counts_once(tmp_path: Path) -> None:
    read = city(tmp_path, HEAD + "U1,Z1,,2020,\nU1,Z1,,2021,\n")
    assert rows(plan_in(read, 2024)) == [("U1", "", "Z1")]


def test_the_row_of_a_childs_own_category_counts_before_the_row_for_all(tmp_path: Path) -> None:
    plan = plan_in(city(tmp_path, HEAD + "U1,Z1,,,\nU1,Z2,points,,\n"), 2024)
    assert zones(plan, ("U1", "points"), ("U1", "household")) == ["Z2", "Z1"]


def test_a_row_of_one_category_says_nothing_about_another(tmp_path: Path) -> None:
    plan = plan_in(city(tmp_path, HEAD + "U1,Z2,points,,\n"), 2024)
    assert zones(plan, ("U1", "household"), ("U1", "points")) == [None, "Z2"]


def test_a_unit_that_is_unknown_or_absent_has_no_zone(tmp_path: Path) -> None:
    plan = plan_in(city(tmp_path, HEAD + "U1,Z1,,,\n"), 2024)
    assert zones(plan, ("U9", "points"), (None, "points")) == [None, None]


def test_an_empty_plan_gives_no_zone(tmp_path: Path) -> None:
    plan = plan_in(city(tmp_path, HEAD + "U1,Z1,,2030,\n"), 2024)
    assert zones(plan, ("U1", "points")) == [None]


@pytest.mark.parametrize("row", ["U1,Z1,2020-01-01,", "U1,Z1,,keep"])
def test_a_plan_that_binds_only_some_children_is_not_built_yet(tmp_path: Path, row: str) -> None:
    read = city(tmp_path, f"unit_id,zone_id,settled_before,keep_or_choose\n{row}\n")
    with pytest.raises(NotBuiltYetError, match="a plan that binds only children settled before a date"):
        plan_in(read, 2024)


row = st.tuples(
    st.sampled_from(["U1", "U2"]), st.sampled_from(["", "points"]), st.sampled_from(["Z1", "Z2", "Z3"])
)


@given(st.dictionaries(row.map(lambda r: r[:2]), st.sampled_from(["Z1", "Z2", "Z3"])))
def test_the_zone_of_a_child_is_that_of_a_plain_look_up(plan: dict[tuple[str, str], str]) -> None:
    frame = pd.DataFrame(
        [(u, c, z) for (u, c), z in sorted(plan.items())],
        columns=["unit_id", "category", "zone_id"],
        dtype="str",
    )
    asked = [(u, c) for u in ("U1", "U2", "U3") for c in ("points", "household")]
    assert zones(frame, *asked) == [plan.get((u, c), plan.get((u, ""))) for u, c in asked]
