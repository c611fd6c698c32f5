import dataclasses
from typing import Any

import pandas as pd
import pytest

from geodata.city import City
from geodata.errors import DataError, XuequError
from simulate.standards.districts import migrant_shares
from simulate.standards.grades import present_rolls
from simulate.standards.holding import Held, hold_project, hold_run
from simulate.standards.values import ITEMS
from tests.simulate.standards_town import LIMITS, YEAR, Row, all_items, even, roll, schooled
from tests.simulate.town import policy, stage
from zoning.plan import plan_in
from zoning.pressure import demand_by_zone, seat_shares, zone_pressure

RULES = policy(
    stage("household", "household", "own-zone", ["ticket"]),
    stage("points", "points", "own-zone", ["ticket"]),
)


def held(city: City) -> Held:
    return hold_project(city, LIMITS, demand_by_zone(city, plan_in(city, YEAR)), None)


def line(city: City, school: str = "S1", when: str = "before") -> dict[str, Any]:
    table = held(city).schools
    return dict(table[(table["school_id"] == school) & (table["when"] == when)].iloc[0])


def test_a_school_is_summed_up_from_its_grades() -> None:
    rows = roll("S1", {1: (90, 2), 2: (91, 2), 3: (112, 2), 4: (132, 2), 5: (80, 2), 6: (45, 1)})
    found = line(schooled({"S1": {"rooms": 10}}, rolls=rows))
    assert (found["pupils"], found["classes"], found["mean_class"]) == (550, 11, 50.0)
    assert (found["over_norm"], found["large"], found["very_large"]) == (5, 2, 2)
    assert (found["largest_class"], found["rooms"], found["rooms_left"]) == (66, 10, -1)


@pytest.mark.parametrize(
    ("kind", "pupils", "over"),
    [
        ("public", 1999, False),
        ("public", 2000, False),
        ("public", 2001, True),
        ("nine-year", 2499, False),
        ("nine-year", 2500, False),
        ("nine-year", 2501, True),
    ],
)
def test_a_school_is_too_large_above_2000_and_a_nine_year_one_above_2500(
    kind: str, pupils: int, over: bool
) -> None:
    found = line(schooled({"S1": {"kind": kind}}, rolls=roll("S1", {1: (pupils, 60)})))
    assert bool(found["over_cap"]) is over


def test_a_school_with_grades_of_both_levels_is_a_nine_year_school_whatever_its_kind() -> None:
    rows = roll("S1", {6: (1200, 30), 7: (1200, 30)})
    assert line(schooled({"S1": {"kind": "purchased-private"}}, rolls=rows))["cap"] == 2500


def test_the_norm_of_a_class_is_that_of_its_level() -> None:
    found = line(schooled({"S1": {"kind": "nine-year"}}, rolls=roll("S1", {6: (50, 1), 7: (50, 1)})))
    assert found["over_norm"] == 1


@pytest.mark.parametrize(
    ("values", "met", "verdict"),
    [
        ({}, 7, "pass"),
        ({"equipment": 1_999_999}, 6, "pass"),
        ({"equipment": 1_700_000}, 6, "pass"),
        ({"equipment": 1_699_999}, 6, "fail"),
        ({"equipment": 1_999_999, "sports_area": 7499}, 5, "fail"),
        ({"teachers_above_degree": 41}, 6, "pass"),
        ({"teachers_above_degree": 43, "networked_classrooms": 24}, 7, "pass"),
    ],
)
def test_a_school_meets_six_of_seven_and_the_other_to_85_per_cent(
    values: dict[str, float], met: int, verdict: str
) -> None:
    # 1,000 primary pupils, for whom `all_items` is exactly enough
    city = schooled({"S1": {}}, rolls=roll("S1", {1: (1000, 23)}), indicators=all_items("S1", **values))
    found = line(city)
    assert (found["items_met"], found["verdict"]) == (met, verdict)


def test_what_is_missing_leaves_the_verdict_open_unless_it_cannot_turn_it() -> None:
    rows = [row for row in all_items("S1", equipment=1_999_999) if row["item"] != "sports-area"]
    city = schooled({"S1": {}}, rolls=roll("S1", {1: (1000, 23)}), indicators=rows)
    assert (line(city)["verdict"], line(city)["items_known"]) == ("unknown", 6)
    worse = [row for row in all_items("S1", equipment=100_000) if row["item"] != "sports-area"]
    city = schooled({"S1": {}}, rolls=roll("S1", {1: (1000, 23)}), indicators=worse)
    assert line(city)["verdict"] == "fail"


def test_a_nine_year_school_is_asked_for_each_pupil_what_the_pupils_level_asks() -> None:
    # teaching area: 500 x 4.5 + 500 x 5.8 = 5,150 m2
    rows = roll("S1", {1: (500, 12), 7: (500, 10)})
    for area, missed in ((5150, False), (5149, True)):
        items = all_items("S1", teaching_area=area, sports_area=9e4, equipment=9e9)
        city = schooled({"S1": {"kind": "nine-year"}}, rolls=rows, indicators=items)
        assert ("teaching-area" in line(city)["not_met"].split()) is missed


def test_the_area_of_the_school_stands_for_a_teaching_area_that_is_not_given() -> None:
    rows = [row for row in all_items("S1") if row["item"] != "teaching-area"]
    city = schooled({"S1": {"area_m2": 4500}}, rolls=roll("S1", {1: (1000, 23)}), indicators=rows)
    assert line(city)["verdict"] == "pass"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"item": "teaching-aera", "value": 1}, "did you mean teaching-area"),
        ({"item": "books", "value": 1}, "allowed: teachers-above-degree, "),
        ({"item": "equipment", "value": -1}, "found 'S1 / equipment: -1'; 0 or more"),
        ({"item": "backbone-teachers", "value": 1.2}, "a whole number: how many the school has in all"),
        ({"item": "teaching-area", "value": 4.5}, "what the school has in all, not the figure per pupil"),
        ({"item": "equipment", "value": 2000}, "what the school has in all, not the figure per pupil"),
        ({"item": "teaching-area", "value": 4000}, "the teaching area of school S1, 4500 m²"),
    ],
)
def test_what_cannot_be_a_total_of_an_item_is_refused(row: Row, words: str) -> None:
    city = schooled(
        {"S1": {"area_m2": 4500}},
        rolls=roll("S1", {1: (1000, 23)}),
        indicators=[{"school_id": "S1", **row}],
    )
    with pytest.raises(DataError, match=words):
        held(city)


def test_nothing_at_all_of_an_item_is_a_total_and_no_ratio() -> None:
    city = schooled(
        {"S1": {}}, rolls=roll("S1", {1: (1000, 23)}), indicators=all_items("S1", sports_area=0)
    )
    assert line(city)["not_met"] == "sports-area"


def test_all_wrong_indicators_are_shown_at_once() -> None:
    rows = [
        {"school_id": "S1", "item": "books", "value": 1},
        {"school_id": "S1", "item": "equipment", "value": 2000},
        {"school_id": "S1", "item": "pe-art-teachers", "value": 0.9},
    ]
    with pytest.raises(DataError) as caught:
        held(schooled({"S1": {}}, rolls=roll("S1", {1: (1000, 23)}), indicators=rows))
    error: Any = caught.value
    assert len(error.faults) == 3


def test_every_grade_moves_up_and_the_announced_intake_comes_in() -> None:
    rows = roll("S1", {1: (40, 1), 2: (41, 1), 3: (42, 1), 4: (43, 1), 5: (44, 1), 6: (99, 2)})
    city = schooled({"S1": {}}, rolls=rows, classes={"S1": 2})
    # no counts of children: the intake is full
    assert (line(city)["pupils"], line(city, when="after")["pupils"]) == (309, 210 + 90)
    assert line(city, when="after")["classes"] == 5 + 2


@pytest.mark.parametrize(("children", "entry"), [(89, 89), (90, 90), (91, 90), (0, 0)])
def test_the_intake_is_full_or_holds_the_children_of_its_zone(children: int, entry: int) -> None:
    city = schooled({"S1": {}, "S2": {}}, rolls=even("S1", 1) + even("S2", 1), classes={"S1": 2, "S2": 1},
                    demand={"Z-S1": children, "Z-S2": 10})  # fmt: skip
    assert line(city, when="after")["pupils"] == 5 * 45 + entry


def test_schools_of_one_zone_share_its_children_by_their_seats() -> None:
    city = schooled(
        {"S1": {}, "S2": {}},
        rolls=even("S1", 1) + even("S2", 1),
        classes={"S1": 2, "S2": 1},
        zones={"Z": ["S1", "S2"]},
        demand={"Z": 90},
    )
    assert [line(city, school, "after")["pupils"] - 225 for school in ("S1", "S2")] == [60, 30]


def test_shares_of_seats_are_those_of_the_pressure_of_zones() -> None:
    city = schooled(
        {"S1": {}, "S2": {}},
        rolls=[],
        classes={"S1": 2, "S2": 3},
        zones={"ZA": ["S1"], "ZB": ["S1", "S2"]},
        demand={"ZA": 30, "ZB": 60},
    )
    children = demand_by_zone(city, plan_in(city, YEAR))
    shares = seat_shares(city, children)
    expected = zone_pressure(city, children, ()).set_index("zone_id")["seats"]
    assert shares.groupby("zone_id")["seats"].sum().to_dict() == pytest.approx(expected.to_dict())
    assert shares.groupby("school_id")["share"].sum().to_dict() == {"S1": 1.0, "S2": 1.0}


def test_grade_six_goes_on_to_grade_seven_in_a_nine_year_school_alone() -> None:
    rows = roll("S1", {6: (90, 2), 7: (80, 2), 9: (70, 2)}) + roll("S2", {6: (90, 2)})
    city = schooled({"S1": {"kind": "nine-year"}, "S2": {}}, rolls=rows, classes={"S1": 1, "S2": 1})
    assert line(city, "S1", "after")["pupils"] == 45 + 90 + 80
    assert line(city, "S2", "after")["pupils"] == 45


def test_the_other_entry_grade_stays_as_large_as_it_is() -> None:
    # an admission to lower secondary says nothing of grade 1 of a nine-year school
    rows = roll("S1", {1: (44, 1), 6: (90, 2), 7: (80, 2)})
    city = schooled(
        {"S1": {"kind": "nine-year"}}, rolls=rows, classes={"S1": 2}, level="lower-secondary", class_size=50
    )
    # grade 1 again 44, grade 2 44, grade 7 new 100, grade 8 80; grade 6 went through the admission
    assert line(city, "S1", "after")["pupils"] == 44 + 44 + 100 + 80


def test_the_roll_of_the_year_before_is_the_present() -> None:
    rows = roll("S1", {1: (30, 1)}, YEAR - 2) + roll("S1", {1: (40, 1)}) + roll("S1", {1: (50, 1)}, YEAR)
    city = schooled({"S1": {}}, rolls=rows)
    assert present_rolls(city).year == YEAR - 1
    assert line(city)["pupils"] == 40


@pytest.mark.parametrize("year", [YEAR, YEAR - 2])
def test_without_the_roll_of_the_year_before_only_the_latest_is_shown(year: int) -> None:
    found = held(schooled({"S1": {}}, rolls=roll("S1", {1: (40, 1)}, year), classes={"S1": 1}))
    assert (found.year, found.follows, set(found.schools["when"])) == (year, False, {"before"})
    assert any("only the present is shown" in str(note) for note in found.notes)


def test_without_rolls_nothing_is_invented() -> None:
    with pytest.raises(XuequError, match="no rolls: add the table rolls"):
        held(schooled({"S1": {}}, rolls=[]))
    with pytest.raises(XuequError, match="has no year up to 2024; it begins with 2025"):
        held(schooled({"S1": {}}, rolls=roll("S1", {1: (40, 1)}, 2025)))


def test_a_grade_of_nought_and_pupils_without_a_class_are_faults() -> None:
    rows = roll("S1", {0: (40, 1), 2: (40, 0)})
    with pytest.raises(DataError, match=r"(?s)grades from 1.*at least one class: grade 2 of school S1"):
        held(schooled({"S1": {}}, rolls=rows))


def test_a_blank_cell_leaves_the_sums_of_its_school_unknown() -> None:
    rows = roll("S1", {1: (40, 1), 2: (40, None)}) + roll("S2", {1: (None, 1), 2: (40, 1)})
    city = schooled({"S1": {}, "S2": {}}, rolls=rows, indicators=all_items("S1"))
    first, second = line(city, "S1"), line(city, "S2")
    assert first["pupils"] == 80
    assert pd.isna(first["classes"])
    assert pd.isna(first["mean_class"])
    assert pd.isna(first["large"])
    assert pd.isna(second["pupils"])
    assert pd.isna(second["over_cap"])
    district = held(city).districts.iloc[0]
    assert (district["schools"], district["unknown"], district["pupils"]) == (2, 2, 0)


def test_a_school_without_a_roll_is_unknown_and_a_new_one_begins_with_its_intake() -> None:
    city = schooled(
        {"S1": {}, "S2": {}, "S3": {"opening_year": YEAR}},
        rolls=even("S1", 1),
        classes={"S1": 1, "S2": 1, "S3": 2},
    )
    found = held(city)
    assert any("1 schools have no roll of 2023" in str(note) for note in found.notes)
    assert pd.isna(line(city, "S2", "after")["pupils"])
    assert (line(city, "S3")["pupils"], line(city, "S3", "after")["pupils"]) == (0, 90)


def test_grades_above_nine_are_left_out_and_said() -> None:
    city = schooled({"S1": {"kind": "nine-year"}}, rolls=roll("S1", {9: (50, 1), 10: (500, 10)}))
    assert line(city)["pupils"] == 50
    assert any("1 rows of rolls above grade 9" in str(note) for note in held(city).notes)


def test_a_school_without_rooms_has_a_dash_and_no_shortage() -> None:
    found = line(schooled({"S1": {}}, rolls=even("S1", 1)))
    assert pd.isna(found["rooms"])
    assert pd.isna(found["rooms_left"])


def test_the_variation_of_a_district_is_that_of_the_worked_example() -> None:
    # the example's books as teaching area would be called ratios; so as networked classrooms
    pupils, books = [45, 37, 89, 76, 55], [279, 137, 935, 160, 402]
    schools: dict[str, Row] = {f"S{i}": {} for i in range(5)}
    rows = [row for i, n in enumerate(pupils) for row in roll(f"S{i}", {1: (n, 2)})]
    items = [
        {"school_id": f"S{i}", "item": "networked-classrooms", "value": n} for i, n in enumerate(books)
    ]
    table = held(schooled(schools, rolls=rows, indicators=items)).items.set_index("item")
    found = table[table["when"] == "before"].loc["networked-classrooms"]
    assert round(found["cv"], 4) == 0.5153
    assert (found["schools"], found["bound"], bool(found["within"])) == (5, 0.50, False)


def test_a_variation_on_its_bound_is_within_it() -> None:
    # two schools of 100 pupils with 50 and 150 rooms: mean 1 a pupil, spread 0.5, so the CV is 0.50
    schools: dict[str, Row] = {"S1": {}, "S2": {}}
    for low, within in ((50, True), (49, False)):
        rows = roll("S1", {1: (100, 3)}) + roll("S2", {1: (100, 3)})
        items = [
            {"school_id": "S1", "item": "networked-classrooms", "value": low},
            {"school_id": "S2", "item": "networked-classrooms", "value": 200 - low},
        ]
        table = held(schooled(schools, rolls=rows, indicators=items)).items.set_index(["when", "item"])
        assert bool(table.loc[("before", "networked-classrooms"), "within"]) is within


def test_an_item_known_of_one_school_has_no_variation() -> None:
    table = held(schooled({"S1": {}}, rolls=even("S1", 1), indicators=all_items("S1", equipment=1e6))).items
    assert table["cv"].isna().all()
    assert table["within"].isna().all()
    assert len(table) == 2 * len(ITEMS)


@pytest.mark.parametrize(("metres", "within"), [(499, 10), (500, 10), (501, 0)])
def test_children_at_500_metres_are_within_the_radius(metres: int, within: int) -> None:
    city = schooled(
        {"S1": {"lng": 0.0, "lat": 0.0}},
        rolls=even("S1", 1),
        classes={"S1": 1},
        demand={"Z-S1": 10},
        units={"Z-S1": (float(metres), 0.0)},
    )
    found = held(city).admission.set_index("district_id").loc["D1"]
    assert (found["ways_known"], found["within"]) == (10, within)


def test_only_the_schools_of_the_own_zone_count_for_the_way() -> None:
    city = schooled(
        {"S1": {"lng": 0.0, "lat": 0.0}, "S2": {"lng": 2000.0, "lat": 0.0}},
        rolls=even("S1", 1),
        demand={"Z-S1": 7, "Z-S2": 5},
        units={"Z-S1": (1900.0, 0.0), "Z-S2": (2100.0, 0.0)},
    )
    found = held(city).admission.set_index("district_id").loc["D1"]
    assert (found["ways_known"], found["within"]) == (12, 5)


def test_homes_without_a_place_are_not_counted_as_near_or_far() -> None:
    city = schooled({"S1": {}}, rolls=even("S1", 1), classes={"S1": 1}, demand={"Z-S1": 10})
    found = held(city).admission.set_index("district_id").loc["D1"]
    assert found["ways_known"] == 0
    assert pd.isna(found["within_share"])


def placements(*rows: tuple[str, str, str, str | None, int | None]) -> pd.DataFrame:
    """Return placements: (category, district, outcome, school, metres) a row."""
    table = pd.DataFrame(rows, columns=["category", "district_id", "outcome", "school_id", "distance_m"])
    return table.assign(zone_id="Z-S1").astype({"distance_m": "Int64", "school_id": "str"})


def migrant_town() -> City:
    return schooled(
        {"S1": {}, "S2": {"kind": "purchased-private", "district_id": "D2"}},
        rolls=even("S1", 1) + even("S2", 1),
        classes={"S1": 1, "S2": 1},
    )


@pytest.mark.parametrize(("placed", "within"), [(84, False), (85, True), (86, True)])
def test_migrant_entrants_in_public_or_purchased_seats_reach_85_per_cent(placed: int, within: bool) -> None:
    rows = [("points", "D1", "placed", "S1" if i % 2 else "S2", 100) for i in range(placed)]
    rows += [("points", "D1", "not-admitted", None, None)] * (100 - placed)
    rows += [("points", "D1", "withdrawn", None, None)] * 50
    rows += [("household", "D1", "waiting", None, None)] * 50
    found = migrant_shares(migrant_town(), RULES, placements(*rows), LIMITS)
    first = found.set_index("district_id").loc["D1"]
    assert (first["migrants"], first["in_public"] + first["in_purchased"]) == (100, placed)
    assert bool(first["migrant_within"]) is within
    assert pd.isna(found.set_index("district_id").loc["D2", "migrant_share"])


def test_purchased_seats_do_not_count_where_the_standard_does_not_count_them() -> None:
    rows = placements(("points", "D1", "placed", "S1", 1), ("points", "D1", "placed", "S2", 1))
    strict = dataclasses.replace(LIMITS, purchased_counts=False)
    found = migrant_shares(migrant_town(), RULES, rows, strict).set_index("district_id")
    assert found.loc["D1", "migrant_share"] == 0.5


def test_a_run_fills_the_entry_grade_with_those_it_has_placed() -> None:
    rows = placements(
        ("household", "D1", "placed", "S1", 500),
        ("household", "D1", "placed", "S1", 501),
        ("points", "D1", "placed", "S2", None),
        ("points", "D1", "not-admitted", None, None),
    )
    found = hold_run(migrant_town(), LIMITS, rows, RULES)
    after = found.schools[found.schools["when"] == "after"].set_index("school_id")["pupils"]
    assert after.to_dict() == {"S1": 225 + 2, "S2": 225 + 1}
    first = found.admission.set_index("district_id").loc["D1"]
    assert (first["ways_known"], first["within"], first["migrant_share"]) == (2, 1, 0.5)


def test_zones_are_counted_by_colour_in_their_district() -> None:
    city = schooled(
        {"S1": {}, "S2": {}},
        rolls=even("S1", 1) + even("S2", 1),
        classes={"S1": 1, "S2": 1},
        demand={"Z-S1": 45, "Z-S2": 10},
    )
    found = hold_project(city, LIMITS, demand_by_zone(city, plan_in(city, YEAR)), RULES)
    first = found.admission.set_index("district_id").loc["D1"]
    assert [first[name] for name in ("red", "orange", "yellow", "green")] == [1, 0, 0, 1]
    assert first["household_red"] == 1
    # without a policy nobody knows who is a household child
    without = held(city).admission.set_index("district_id").loc["D1"]
    assert [without[f"household_{name}"] for name in ("red", "orange", "yellow", "green")] == [0, 0, 0, 0]


def test_the_order_of_rows_does_not_matter() -> None:
    rows = even("S1", 2, 47) + even("S2", 3, 44)
    items = all_items("S1", equipment=3e6) + all_items("S2", equipment=2e6)
    one = schooled({"S1": {}, "S2": {}}, rolls=rows, indicators=items, classes={"S1": 2, "S2": 3})
    two = schooled(
        {"S2": {}, "S1": {}}, rolls=rows[::-1], indicators=items[::-1], classes={"S2": 3, "S1": 2}
    )
    for name, table in held(one).tables().items():
        pd.testing.assert_frame_equal(table, held(two).tables()[name])
