import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.city import City
from geodata.errors import DataError, XuequError
from geodata.templates import write_template
from simulate.building import build_world
from simulate.season import open_season, run_season
from simulate.standards.asking import intake_of
from simulate.standards.grades import present_rolls
from simulate.standards.levers import class_effects, season_effects, with_seats
from simulate.standards.rolling import intake_bounds, most_classes, year_lines
from simulate.summary import summarise
from tests.simulate.standards_town import LIMITS, YEAR, Row, even, roll, schooled
from tests.simulate.town import NEAREST, play, policy, stage, town
from zoning.plan import plan_in
from zoning.pressure import demand_by_zone


def bounds(city: City) -> pd.DataFrame:
    return intake_bounds(city, present_rolls(city), LIMITS).set_index("school_id")


def plain_total(today: dict[int, int], entry: int, year: int, nine: bool) -> int:
    """Return the classes of a primary or nine-year school so many years on, grade by grade."""
    last, grades = (9 if nine else 6), dict(today)
    for _ in range(year):
        grades = {1: entry} | {grade + 1: n for grade, n in grades.items() if grade + 1 <= last}
    return sum(grades.values())


@given(
    st.lists(st.integers(0, 8), min_size=9, max_size=9),
    st.integers(0, 70),
    st.booleans(),
)
def test_the_largest_entry_is_the_one_that_trying_all_finds(
    today: list[int], rooms: int, nine: bool
) -> None:
    last = 9 if nine else 6
    grades = dict(zip(range(1, last + 1), today, strict=False))
    rest = np.array([[plain_total(grades, 0, year, nine) for year in range(1, 10)]], dtype=float)
    added = np.minimum(np.arange(1, 10), last)[None, :].astype(float)
    counted = np.arange(1, 10)[None, :] <= last
    fits = [
        entry
        for entry in range(72)
        if all(plain_total(grades, entry, year, nine) <= rooms for year in range(1, last + 1))
    ]
    found = most_classes(rest, added, np.array([float(rooms)]), counted)[0]
    assert (found if found >= 0 else None) == (max(fits) if fits else None)


@pytest.mark.parametrize("nine", [False, True])
@pytest.mark.parametrize("today", [[2, 2, 2, 2, 2, 2, 1, 1, 1], [1, 5, 3, 2, 2, 4, 0, 2, 5]])
def test_years_roll_forward_as_grade_by_grade(nine: bool, today: list[int]) -> None:
    last = 9 if nine else 6
    grades = {grade: n for grade, n in zip(range(1, last + 1), today, strict=False) if n}
    rows = roll("S1", {grade: (40 * n, n) for grade, n in grades.items()})
    city = schooled({"S1": {"kind": "nine-year" if nine else "public", "rooms": 20}}, rolls=rows)
    for entry in (0, 3):
        found = year_lines(city, present_rolls(city), LIMITS, pd.Series({"S1": float(entry)}))
        expected = [plain_total(grades, entry, year, nine) for year in range(1, last + 1)]
        assert found["classes"].tolist() == expected
        assert found["year"].tolist() == list(range(YEAR, YEAR + last))
        assert found["rooms_left"].tolist() == [20 - n for n in expected]


def test_rooms_bind_where_today_leaves_the_least_in_some_year() -> None:
    # two classes a grade: 12 today. 13 rooms: year 1 allows 13 - 10 = 3, year 6 allows 13 // 6 = 2
    found = bounds(schooled({"S1": {"rooms": 13}}, rolls=even("S1", 2), classes={"S1": 3})).loc["S1"]
    assert (found["by_rooms"], found["binding"], found["allowed"]) == (2, "rooms", 2)
    assert (found["announced"], found["room_left"]) == (3, -1)


def test_size_binds_at_2000_pupils_of_classes_of_45() -> None:
    # 7 a year are 42 classes of 45 = 1,890 pupils; 8 a year are 2,160
    found = bounds(schooled({"S1": {"rooms": 99}}, rolls=even("S1", 7), classes={"S1": 7})).loc["S1"]
    assert (found["by_size"], found["binding"], found["allowed"]) == (7, "size", 7)


@pytest.mark.parametrize(
    ("rest", "allowed", "overfull"),
    [(1775, 1, False), (1776, 0, False), (2000, 0, False), (2001, 0, True)],
)
def test_size_looks_at_todays_pupils_as_they_are(rest: int, allowed: int, overfull: bool) -> None:
    # the first grade of today is there for five years more, beside five entries: 1,775 + 5 x 45 = 2,000
    found = bounds(schooled({"S1": {}}, rolls=roll("S1", {1: (rest, 45)}))).loc["S1"]
    assert (found["by_size"], bool(found["overfull"])) == (allowed, overfull)


def test_a_nine_year_school_may_have_2500_and_takes_nine_years_to_fill() -> None:
    # 6 a year are 54 classes of 45 = 2,430; 7 would be 2,835
    rows = even("S1", 6, grades=range(1, 10))
    found = bounds(schooled({"S1": {"kind": "nine-year"}}, rolls=rows)).loc["S1"]
    assert (found["cap"], found["by_size"]) == (2500, 6)


@pytest.mark.parametrize(("area_m2", "allowed"), [(2429.9, 1), (2430.0, 2), (2430.1, 2)])
def test_teaching_area_is_asked_for_each_pupil(area_m2: float, allowed: int) -> None:
    # two classes a year: 6 x 2 x 45 x 4.5 = 2,430 m2
    city = schooled({"S1": {"area_m2": area_m2}}, rolls=even("S1", 1))
    found = bounds(city).loc["S1"]
    assert (found["by_area"], found["binding"]) == (allowed, "area")


def test_the_upper_grades_of_a_nine_year_school_ask_for_more_area() -> None:
    # one class a year: 6 x 45 x 4.5 + 3 x 45 x 5.8 = 1,998 m2
    rows = roll("S1", {1: (45, 1)})
    for area_m2, allowed in ((1998.0, 1), (1997.9, 0)):
        city = schooled({"S1": {"kind": "nine-year", "area_m2": area_m2}}, rolls=rows)
        assert bounds(city).loc["S1", "by_area"] == allowed


def test_lower_secondary_fills_in_three_years_with_classes_of_50() -> None:
    # 3 x 13 x 50 = 1,950
    rows = even("S1", 2, 50, grades=range(7, 10))
    city = schooled({"S1": {"rooms": 10}}, rolls=rows, level="lower-secondary", class_size=50)
    found = bounds(city).loc["S1"]
    assert (found["by_rooms"], found["by_size"]) == (3, 13)
    assert len(year_lines(city, present_rolls(city), LIMITS)) == 3


def test_primary_grades_keep_their_rooms_in_an_admission_to_lower_secondary() -> None:
    # one class in each of grades 1 to 6 stays; nothing in 7 to 9 yet; 12 rooms leave 6 for three years
    rows = even("S1", 1, grades=range(1, 7))
    city = schooled({"S1": {"kind": "nine-year", "rooms": 12}}, rolls=rows, level="lower-secondary")
    assert bounds(city).loc["S1", "by_rooms"] == 2


def test_a_school_whose_classes_pass_its_rooms_already_is_overfull() -> None:
    found = bounds(schooled({"S1": {"rooms": 9}}, rolls=even("S1", 2), classes={"S1": 2})).loc["S1"]
    assert (found["allowed"], bool(found["overfull"]), found["room_left"]) == (0, True, -2)


def test_what_is_not_known_bounds_nothing() -> None:
    city = schooled(
        {"S1": {}, "S2": {"rooms": 12}, "S3": {"rooms": 12, "opening_year": YEAR}},
        rolls=even("S1", 2),
        classes={"S1": 2, "S2": 2, "S3": 2},
    )
    found = bounds(city)
    assert pd.isna(found.loc["S1", "by_rooms"])
    assert (found.loc["S1", "by_size"], found.loc["S1", "binding"]) == (7, "size")
    # no roll of S2: neither rooms nor size say anything; S3 is new, and all of its rooms are free
    assert pd.isna(found.loc["S2", "allowed"])
    assert pd.isna(found.loc["S2", "binding"])
    assert found.loc["S3", "by_rooms"] == 2


@given(st.lists(st.integers(1, 6), min_size=6, max_size=6), st.integers(1, 50), st.integers(1000, 9000))
def test_more_room_or_area_never_allows_fewer_classes(today: list[int], rooms: int, area: int) -> None:
    rest = np.array([[float(sum(today[: max(0, 6 - year)])) for year in range(1, 10)]])
    added = np.minimum(np.arange(1, 10), 6)[None, :].astype(float)
    counted = np.arange(1, 10)[None, :] <= 6
    for capacity in (float(rooms), float(area)):
        less, more = (
            most_classes(rest, added, np.array([n]), counted)[0] for n in (capacity, capacity + 1)
        )
        assert more >= less


def effects(city: City, changes: tuple[int, ...] = (1, -1)) -> pd.DataFrame:
    children = demand_by_zone(city, plan_in(city, YEAR)) if city.has("demand") else NO_COUNTS
    return class_effects(city, children, LIMITS, changes)


NO_COUNTS = pd.DataFrame(columns=["zone_id", "category", "children"]).astype({"children": "int64"})


def test_a_class_more_turns_the_colour_of_its_zone_and_the_balances() -> None:
    city = schooled(
        {"S1": {}, "S2": {"district_id": "D2"}},
        rolls=[],
        classes={"S1": 2, "S2": 1},
        demand={"Z-S1": 90, "Z-S2": 40},
    )
    found = effects(city).set_index(["school_id", "change"])
    more, less = found.loc[("S1", 1)], found.loc[("S1", -1)]
    assert (more["zone_ratio"], more["zone_ratio_after"]) == (1.0, round(90 / 135, 6))
    assert (more["zone_colour"], more["zone_colour_after"]) == ("red", "green")
    assert (less["zone_ratio_after"], less["zone_colour_after"]) == (2.0, "red")
    # all children live in D1's zones; S2's seats are of D2
    assert (more["district_balance"], more["district_balance_after"]) == (90 - 130, 135 - 130)
    assert (more["city_balance"], more["city_balance_after"]) == (5, 50)
    assert found.loc[("S2", 1), "district_balance_after"] == 90


def test_a_class_is_shared_by_the_zones_of_its_school() -> None:
    zones = {"ZA": ["S1"], "ZB": ["S1"]}
    demand = {"ZA": 20, "ZB": 10}
    city = schooled({"S1": {}}, rolls=[], classes={"S1": 2}, zones=zones, demand=demand)
    found = effects(city, (1,)).set_index("zone_id")
    assert found["zone_seats"].tolist() == [60, 30]
    assert found["zone_seats_after"].tolist() == [90, 45]


def test_a_school_without_classes_cannot_lose_one_and_its_first_has_the_norm() -> None:
    city = schooled({"S1": {}, "S2": {}}, rolls=[], classes={"S1": 1}, demand={"Z-S2": 10})
    found = effects(city).set_index(["school_id", "change"])
    assert ("S2", -1) not in found.index
    assert found.loc[("S2", 1), "seats"] == 45
    assert found.loc[("S2", 1), "zone_ratio"] == np.inf
    assert found.loc[("S1", -1), "zone_seats_after"] == 0


def test_without_counts_no_ratio_is_known() -> None:
    found = effects(schooled({"S1": {}}, rolls=[], classes={"S1": 1}))
    assert found["zone_ratio"].isna().all()
    assert set(found["zone_colour"]) == {"none"}


def test_effects_are_those_of_the_city_with_another_number_of_classes() -> None:
    schools: dict[str, Row] = {"S1": {}, "S2": {}}
    more: dict[str, dict[str, int]] = {"demand": {"ZA": 100, "ZB": 50}}
    zones = {"ZA": ["S1", "S2"], "ZB": ["S2"]}
    before = schooled(schools, rolls=[], classes={"S1": 1, "S2": 3}, zones=zones, **more)
    after = schooled(schools, rolls=[], classes={"S1": 1, "S2": 4}, zones=zones, **more)
    found = effects(before, (1,)).set_index(["school_id", "zone_id"])
    again = effects(after, (1,)).set_index(["school_id", "zone_id"])
    for zone in ("ZA", "ZB"):
        assert found.loc[("S2", zone), "zone_ratio_after"] == again.loc[("S2", zone), "zone_ratio"]
    assert found.loc[("S2", "ZA"), "city_balance_after"] == again.loc[("S2", "ZA"), "city_balance"]


def season_town(seats: dict[str, int]) -> City:
    """Return three zones in two districts: 60 children at S1, 40 at S2, 10 at S3 (another district)."""
    homes = itertools.chain(
        *([(f"{zone}{i:02}", zone) for i in range(n)] for zone, n in (("ZA", 60), ("ZB", 40), ("ZC", 10)))
    )
    return town(
        zones={"ZA": ("D1", ["S1"]), "ZB": ("D1", ["S2"]), "ZC": ("D2", ["S3"])},
        schools={
            "S1": ("D1", 0, seats["S1"]),
            "S2": ("D1", 900, seats["S2"]),
            "S3": ("D2", 5000, seats["S3"]),
        },
        children=[{"applicant_id": child, "zone_id": zone, "category": "points"} for child, zone in homes],
    )


POINTS = policy(
    stage("own", "points", "own-zone", ["ticket"]),
    stage("district", "points", "own-district", ["ticket"], mechanism=NEAREST),
    stage("city", "points", "other-districts", ["ticket"], mechanism=NEAREST),
)


def test_a_season_with_other_classes_is_that_of_a_city_with_other_seats() -> None:
    city = season_town({"S1": 45, "S2": 45, "S3": 45})
    found = season_effects(
        build_world(city, POINTS, seed="town"), POINTS, [("S1", 1), ("S2", -1)], LIMITS
    ).set_index(["school_id", "change"])
    for key, seats in {
        ("", 0): {"S1": 45, "S2": 45, "S3": 45},
        ("S1", 1): {"S1": 90, "S2": 45, "S3": 45},
        ("S2", -1): {"S1": 45, "S2": 0, "S3": 45},
    }.items():
        played = play(season_town(seats), POINTS)
        names = ("placements", "keys", "ledger", "metrics")
        tables = [played.tables[name] for name in names]
        reaches = summarise(played.world.city, POINTS, *tables).reaches.set_index("category").loc["points"]
        row = found.loc[key]
        assert row[["own_zone", "own_district", "elsewhere"]].tolist() == (
            reaches[["own_zone", "own_district", "elsewhere"]].tolist()
        )
        assert row["not_admitted"] == reaches["unplaced"]
    # by hand: 60 for 45, 40 for 45, 10 for 45: 95 own, 5 to S2, 10 across; a class more at S1 seats all 110
    assert found.loc[("", 0), ["own_zone", "own_district", "elsewhere"]].tolist() == [95, 5, 10]
    assert found.loc[("S1", 1), ["own_zone", "own_zone_more", "elsewhere_more"]].tolist() == [110, 15, -10]


def test_with_other_seats_a_world_plays_as_one_built_with_them() -> None:
    world = build_world(season_town({"S1": 45, "S2": 45, "S3": 45}), POINTS, seed="town")
    other = with_seats(world, "S1", -5)
    built = build_world(season_town({"S1": 40, "S2": 45, "S3": 45}), POINTS, seed="town")
    assert (other.blocks.seats == built.blocks.seats).all()
    assert (other.schools.offered == built.schools.offered).all()
    ends = [run_season(one, POINTS, open_season(one)).state for one in (other, built)]
    assert (ends[0].block == ends[1].block).all()
    assert (world.blocks.seats == 45).all()


def test_a_school_cannot_lose_seats_that_it_has_not() -> None:
    world = build_world(season_town({"S1": 44, "S2": 45, "S3": 45}), POINTS, seed="town")
    with pytest.raises(XuequError, match="S1 has 44 seats in its open pool: it cannot lose 45"):
        season_effects(world, POINTS, [("S1", -1)], LIMITS)


def test_a_season_for_a_school_that_is_not_there_is_refused() -> None:
    world = build_world(season_town({"S1": 45, "S2": 45, "S3": 45}), POINTS, seed="town")
    with pytest.raises(DataError, match="found 'S9'; a school of the table schools"):
        season_effects(world, POINTS, [("S1", 1), ("S9", 1)], LIMITS)


def test_more_classes_than_are_announced_cannot_be_lost(tmp_path: Path) -> None:
    folder = tmp_path / "town"
    write_template(folder)
    with pytest.raises(XuequError, match=r"no school announces 99 classes.*1 at most"):
        intake_of(folder, schools=["S1"], classes=-99)
