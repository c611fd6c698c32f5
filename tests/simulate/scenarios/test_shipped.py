"""The scenarios that come with the package, on the embedded city at small scales: whole seasons."""

from __future__ import annotations

import pytest

from geodata import read_city
from geodata.writing.tables import write_table
from simulate.scenarios import applied_scenario, read_scenario, shipped_scenarios
from simulate.scenarios.differing import units_moved
from tests.simulate.scenarios.trying import Base, placements, plan, sample
from zoning.pressure import seats_by_school

NEW_SEATS = {
    "today": 0,
    "island-school": 270,
    "island-school-late": 0,
    "island-classes": 270,
    "two-zones-merged": 0,
    "building-programme": 2 * 270 + 2 * 90,
    "no-municipal-coordination": 0,
}


@pytest.mark.parametrize("name", shipped_scenarios())
def test_a_shipped_scenario_runs_and_adds_the_seats_that_it_says(name: str) -> None:
    base = sample(0.1)
    applied = applied_scenario(base.city, base.policy, read_scenario(name), base.folder)
    more = seats_by_school(applied.city).sum() - seats_by_school(base.city).sum()
    assert more == NEW_SEATS[name]
    assert applied.city["demand"].equals(base.city["demand"])
    rows = placements(applied.city, applied.policy)
    assert len(rows) == base.city["demand"]["children"].sum()
    over = rows[rows["over"]]["school_id"].value_counts()
    seated = rows["school_id"].value_counts().reindex(seats_by_school(applied.city).index, fill_value=0)
    assert (seated - over.reindex(seated.index, fill_value=0) <= seats_by_school(applied.city)).all()


@pytest.mark.parametrize("name", shipped_scenarios())
def test_a_shipped_scenario_finds_its_way_in_a_smaller_city(name: str) -> None:
    base = sample(0.05)
    applied = applied_scenario(base.city, base.policy, read_scenario(name), base.folder)
    assert seats_by_school(applied.city).sum() - seats_by_school(base.city).sum() == NEW_SEATS[name]


@pytest.fixture(scope="module")
def base() -> Base:
    return sample(0.1)


def test_a_year_late_this_year_is_as_it_was(base: Base) -> None:
    applied = applied_scenario(base.city, base.policy, read_scenario("island-school-late"), base.folder)
    assert placements(applied.city, applied.policy).equals(placements(base.city, base.policy))
    now = applied_scenario(base.city, base.policy, read_scenario("island-school"), base.folder)
    assert applied.changes[0].zone == now.changes[0].zone
    assert applied.changes[0].site == now.changes[0].site


def test_the_island_school_takes_units_of_its_district_while_it_has_seats(base: Base) -> None:
    applied = applied_scenario(base.city, base.policy, read_scenario("island-school"), base.folder)
    moved = units_moved(base.city, applied.city)
    assert set(moved["unit_id"]) == set(applied.changes[0].zone.units)
    assert moved["children"].sum() <= 270
    units = base.city["units"].set_index("unit_id")["district_id"]
    assert set(units[moved["unit_id"]]) <= {"350203", "350206"}


def test_merged_zones_of_the_island_are_served_by_the_schools_of_both(base: Base) -> None:
    applied = applied_scenario(base.city, base.policy, read_scenario("two-zones-merged"), base.folder)
    zones = applied.changes[0].zones
    serves = applied.city["serves"]
    before = base.city["serves"]
    assert set(serves.loc[serves["zone_id"] == zones[0], "school_id"]) == set(
        before.loc[before["zone_id"].isin(zones), "school_id"]
    )
    assert len(applied.city["zones"]) == len(base.city["zones"]) - 1
    assert len(plan(applied.city)) == len(plan(base.city))


def test_without_municipal_coordination_nobody_is_placed_in_another_district(base: Base) -> None:
    applied = applied_scenario(
        base.city, base.policy, read_scenario("no-municipal-coordination"), base.folder
    )
    rows = placements(applied.city, applied.policy)
    district = rows["school_id"].map(base.city["schools"].set_index("school_id")["district_id"])
    placed = rows["school_id"].notna()
    assert (district[placed] == rows["district_id"][placed]).all()


def test_an_applied_city_written_down_is_read_as_it_is(
    base: Base, tmp_path_factory: pytest.TempPathFactory
) -> None:
    applied = applied_scenario(base.city, base.policy, read_scenario("building-programme"), base.folder)
    folder = tmp_path_factory.mktemp("again")
    for path in base.folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    for name in ("zones", "plan", "serves", "seats"):
        table = applied.city[name]
        (folder / f"{name}.csv").unlink()
        write_table(folder / f"{name}.csv", table.drop(columns="geometry", errors="ignore"))
    schools = applied.city["schools"].to_crs(4326)
    (folder / "schools.geojson").write_text(schools.to_json(), encoding="utf-8")
    again = read_city(folder)
    for name in ("zones", "plan", "serves", "seats"):
        left, right = (c[name].drop(columns="geometry", errors="ignore") for c in (again, applied.city))
        assert left.equals(right), name
    assert placements(again, applied.policy)["school_id"].equals(
        placements(applied.city, applied.policy)["school_id"]
    )
