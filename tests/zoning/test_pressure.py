"""Demand against seats by zone."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import City, DataError, read_city
from tests.tiny import Edit, write_tiny
from zoning import demand_by_zone, plan_in, seats_by_school, zone_pressure
from zoning.pressure import COLOURS, colour_of, seats_by_pool


def read(tmp_path: Path, **changes: Edit) -> City:
    return read_city(write_tiny(tmp_path / "project", **changes))


def counts(*rows: tuple[str, str, int]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["zone_id", "category", "children"])


def pressure(city: City, *rows: tuple[str, str, int]) -> pd.DataFrame:
    return zone_pressure(city, counts(*rows), ("household",)).set_index("zone_id")


# --- seats


def test_seats_are_classes_times_class_size(tmp_path: Path) -> None:
    assert seats_by_school(read(tmp_path)).to_dict() == {"S1": 45, "S2": 45, "S3": 45, "S4": 135}


def test_a_school_without_a_class_plan_offers_none(tmp_path: Path) -> None:
    city = read(tmp_path, seats=[("S2,1,45", "S2,,45"), ("S3,1,45\n", "")])
    assert seats_by_school(city).to_dict() == {"S1": 45, "S2": 0, "S3": 0, "S4": 135}


def test_seats_of_other_years_levels_and_grades_do_not_count(tmp_path: Path) -> None:
    seats = (
        "school_id,level,grade,year,seats\nS1,primary,1,2024,40\nS1,primary,2,2024,41\n"
        "S1,primary,1,2025,42\nS1,lower-secondary,7,2024,43\nS2,,,,45\n"
    )
    assert seats_by_school(read(tmp_path, seats=seats)).to_dict() == {"S1": 40, "S2": 45, "S3": 0, "S4": 0}


def test_the_pools_of_a_school_are_added_up(tmp_path: Path) -> None:
    seats = "school_id,pool,seats\nS1,,40\nS1,reserve,5\nS2,open,45\n"
    city = read(tmp_path, seats=seats)
    assert seats_by_school(city)["S1"] == 45
    table = seats_by_pool(city).set_index(["school_id", "pool"])["seats"]
    assert table.to_dict() == {
        ("S1", "open"): 40,
        ("S1", "reserve"): 5,
        ("S2", "open"): 45,
        ("S3", "open"): 0,
        ("S4", "open"): 0,
    }


def test_every_school_has_the_open_pool_and_one_that_opens_later_offers_none(tmp_path: Path) -> None:
    schools = ("school_id,name,lng,lat", "school_id,name,lng,lat,opening_year")
    opens = ("24.49543656", "24.49543656,2026")
    city = read(tmp_path, schools=[schools, opens], seats="school_id,pool,seats\nS1,reserve,5\nS2,,45\n")
    table = seats_by_pool(city)
    assert table[table["pool"] == "open"]["school_id"].tolist() == ["S1", "S2", "S3", "S4"]
    assert table.set_index(["school_id", "pool"]).loc[("S1", "reserve"), "seats"] == 0


# --- demand


def test_demand_is_added_up_by_zone_and_category(tmp_path: Path) -> None:
    city = read(tmp_path)
    table = demand_by_zone(city, plan_in(city, 2024))
    assert list(table.itertuples(index=False, name=None)) == [
        ("Z1", "household", 48),
        ("Z1", "points", 20),
        ("Z2", "household", 35 + 30),
        ("Z2", "points", 16 + 10),
        ("Z3", "household", 45 + 30),
        ("Z3", "points", 12 + 14),
    ]


def test_demand_of_another_year_does_not_count(tmp_path: Path) -> None:
    city = read(tmp_path, demand=("U1,household,2024", "U1,household,2025"))
    table = demand_by_zone(city, plan_in(city, 2024))
    assert ("Z1", "household") not in list(
        table[["zone_id", "category"]].itertuples(index=False, name=None)
    )


def test_demand_of_a_category_follows_its_own_plan(tmp_path: Path) -> None:
    plan = "unit_id,zone_id,category\nU1,Z1,\nU2,Z2,\nU3,Z2,\nU4,Z3,\nU5,Z3,\nU1,Z2,points\n"
    city = read(tmp_path, plan=plan)
    table = demand_by_zone(city, plan_in(city, 2024)).set_index(["zone_id", "category"])["children"]
    assert table["Z2", "points"] == 16 + 10 + 20
    assert ("Z1", "points") not in table.index


def test_children_of_a_unit_without_a_zone_are_a_fault_and_not_lost(tmp_path: Path) -> None:
    city = read(tmp_path, plan=("U1,Z1\n", ""))
    with pytest.raises(
        DataError,
        match=r"\(2\):[\s\S]*demand, column unit_id: found 'U1'; a unit with a zone in the plan "
        r"for the category household \(48 children\)\. To do: give the unit, or add the unit to the plan",
    ):
        demand_by_zone(city, plan_in(city, 2024))


def test_a_unit_without_a_zone_and_without_children_is_no_fault(tmp_path: Path) -> None:
    demand = [("U1,household,2024,48", "U1,household,2024,0"), ("U1,points,2024,20\n", "")]
    city = read(tmp_path, plan=("U1,Z1\n", ""), demand=demand)
    assert set(demand_by_zone(city, plan_in(city, 2024))["zone_id"]) == {"Z2", "Z3"}


# --- pressure


def test_pressure_is_that_worked_out_by_hand(tmp_path: Path) -> None:
    city = read(tmp_path)
    table = zone_pressure(city, demand_by_zone(city, plan_in(city, 2024)), ("household",)).set_index(
        "zone_id"
    )
    # Z1: 68 children, 48 of them household, on 45 seats; Z2: 91, 65, on 90; Z3: 101, 75, on 135
    assert table["seats"].to_dict() == {"Z1": 45, "Z2": 90, "Z3": 135}
    assert table["schools"].to_dict() == {"Z1": 1, "Z2": 2, "Z3": 1}
    assert table["children"].to_dict() == {"Z1": 68, "Z2": 91, "Z3": 101}
    assert table["household"].to_dict() == {"Z1": 48, "Z2": 65, "Z3": 75}
    assert table["ratio"].tolist() == pytest.approx([68 / 45, 91 / 90, 101 / 135])
    assert table["household_ratio"].tolist() == pytest.approx([48 / 45, 65 / 90, 75 / 135])
    assert table["colour"].tolist() == ["red", "red", "green"]
    assert table["household_colour"].tolist() == ["red", "green", "green"]


SHARED: dict[str, Edit] = {"serves": "zone_id,school_id\nZ1,S1\nZ1,S2\nZ2,S2\nZ3,S4\n"}


def test_a_shared_school_is_shared_in_proportion_to_the_children_of_its_zones(tmp_path: Path) -> None:
    table = pressure(read(tmp_path, **SHARED), ("Z1", "household", 60), ("Z2", "points", 30))
    # S2's 45 seats go 60 : 30 to Z1 and Z2; Z1 has S1's 45 besides
    assert table["seats"].tolist() == pytest.approx([45 + 30, 15, 135])
    assert table["ratio"].tolist() == pytest.approx([60 / 75, 30 / 15, 0])
    assert table["schools"].tolist() == [2, 1, 1]


def test_a_shared_school_is_shared_evenly_where_there_are_no_children(tmp_path: Path) -> None:
    table = pressure(read(tmp_path, **SHARED), ("Z3", "points", 1))
    assert table["seats"].tolist() == pytest.approx([45 + 22.5, 22.5, 135])


def test_a_zone_with_children_and_no_school_is_as_short_as_can_be(tmp_path: Path) -> None:
    table = pressure(read(tmp_path, serves=("Z1,S1\n", "")), ("Z1", "points", 5), ("Z2", "household", 1))
    assert table.loc["Z1", "ratio"] == math.inf
    assert table.loc["Z1", "colour"] == "red"
    assert table.loc["Z1", "household_colour"] == "none"


def test_a_zone_without_children_and_without_a_school_has_no_colour(tmp_path: Path) -> None:
    table = pressure(read(tmp_path, serves=("Z1,S1\n", "")), ("Z2", "household", 1))
    assert math.isnan(table.loc["Z1", "ratio"])
    assert table.loc["Z1", "colour"] == "none"


def test_a_zone_with_seats_and_no_children_is_green(tmp_path: Path) -> None:
    table = pressure(read(tmp_path), ("Z2", "household", 1))
    assert table.loc["Z1", "ratio"] == 0
    assert table.loc["Z1", "colour"] == "green"


def test_without_any_counts_no_zone_has_a_colour(tmp_path: Path) -> None:
    assert set(pressure(read(tmp_path))["colour"]) == {"none"}


@pytest.mark.parametrize(
    ("ratio", "colour"),
    [
        (0.0, "green"),
        (0.899, "green"),
        (0.90, "yellow"),
        (0.949, "yellow"),
        (0.95, "orange"),
        (0.999, "orange"),
        (1.0, "red"),
        (math.inf, "red"),
        (None, "none"),
    ],
)
def test_the_colour_follows_from_the_ratio(ratio: float | None, colour: str) -> None:
    assert colour_of(pd.Series([ratio], dtype="float64")).tolist() == [colour]


@pytest.mark.parametrize(
    ("children", "colour"),
    [(899, "green"), (900, "yellow"), (949, "yellow"), (950, "orange"), (1000, "red")],
)
def test_the_thresholds_hold_for_whole_children_on_a_thousand_seats(
    tmp_path: Path, children: int, colour: str
) -> None:
    city = read(tmp_path, seats=("S1,1,45", "S1,20,50"))
    assert pressure(city, ("Z1", "points", children)).loc["Z1", "colour"] == colour


def test_the_colours_are_those_of_the_legend() -> None:
    assert COLOURS == ("red", "orange", "yellow", "green", "none")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> City:
    return read(tmp_path_factory.mktemp("shared"), **SHARED)


some_counts = st.lists(
    st.tuples(
        st.sampled_from(["Z1", "Z2", "Z3"]), st.sampled_from(["household", "points"]), st.integers(0, 300)
    ),
    max_size=6,
)


@settings(max_examples=50)
@given(some_counts)
def test_no_seat_is_lost_or_made_by_sharing(shared: City, rows: list[tuple[str, str, int]]) -> None:
    # S3 serves no zone here
    assert pressure(shared, *rows)["seats"].sum() == pytest.approx(45 + 45 + 135)


@settings(max_examples=50)
@given(some_counts)
def test_the_order_of_the_counts_does_not_matter(shared: City, rows: list[tuple[str, str, int]]) -> None:
    assert pressure(shared, *rows).equals(pressure(shared, *rows[::-1]))
