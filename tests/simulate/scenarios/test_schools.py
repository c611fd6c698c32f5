"""Seats, classes and campuses."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from geodata.messages import speaker
from simulate.scenarios import kinds
from simulate.scenarios.choosing import children_by_unit, chosen_units
from simulate.scenarios.differing import by_district, difference
from simulate.scenarios.draft import draft_of
from tests.simulate.scenarios.trying import (
    SCHOOL_9,
    ZONE_9,
    Base,
    listed,
    placements,
    plan,
    tiny,
)
from tests.tiny import EAST, NORTH, applicants_of
from zoning.pressure import seats_by_school


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return tiny(tmp_path_factory.mktemp("tiny"))


def school(name: str, rest: str) -> str:
    return f'do = "{name}"\nschool = "S1"\n{rest}'


def seats(base: Base, *changes: str) -> dict[str, int]:
    return dict(seats_by_school(base.applied(*changes).city))


def test_classes_bring_and_take_the_seats_of_a_class(city: Base) -> None:
    assert seats(city, school("classes", "by = 2"))["S1"] == 135
    assert seats(city, school("classes", "by = -1"))["S1"] == 0
    assert seats(city, school("classes", "to = 4"))["S1"] == 180


def test_seats_change_alone(city: Base) -> None:
    applied = city.applied(school("seats", "by = -5"))
    row = applied.city["seats"].set_index("school_id").loc["S1"]
    assert (row["classes"], row["seats"]) == (1, 40)
    assert seats(city, school("seats", "to = 50"))["S1"] == 50


def test_two_changes_of_one_school_add_up(city: Base) -> None:
    assert seats(city, school("classes", "by = 1"), school("classes", "by = 1"))["S1"] == 135


def test_a_pool_that_a_school_does_not_have_is_made(city: Base) -> None:
    applied = city.applied(school("seats", 'by = 7\npool = "favoured"'))
    rows = applied.city["seats"].query("school_id == 'S1'")
    assert rows[["pool", "seats"]].to_numpy().tolist() == [["favoured", 7], ["open", 45]]
    assert rows["classes"].tolist() == [0, 1]


def test_a_later_year_is_a_row_of_its_own(city: Base) -> None:
    applied = city.applied(school("classes", "by = 2\nfrom = 2026"))
    rows = applied.city["seats"].query("school_id == 'S1'")
    assert rows[["year", "classes", "seats"]].to_numpy().tolist() == [[2024, 1, 45], [2026, 3, 135]]
    assert "in 2024 nothing changes" in str(applied.notes[0])


@pytest.mark.parametrize(
    ("change", "column", "words"),
    [
        (school("classes", "by = -2"), "by", "classes of S1: at least 0; there are 1"),
        (school("seats", "by = -46"), "by", "seats of S1: at least 0; there are 45"),
        (school("classes", "by = 1\nclass_size = 40"), "class_size", "the class size of the project, 45"),
        (school("classes", 'by = 1\npool = "favoured"'), "class_size", "the project states none"),
        (school("seats", 'by = 1\npool = "favored"'), "pool", "one that is a pool of the policy"),
        (school("classes", "by = 1").replace("S1", "S11"), "school", "one that is in the table schools"),
        (school("enlarge", "classes = 1").replace("S1", "东五小学"), "school", "in the table schools"),
    ],
)
def test_what_cannot_be_offered(city: Base, change: str, column: str, words: str) -> None:
    fault = city.fault(change)
    assert (fault.row, fault.column) == (1, column)
    assert words in str(fault.allowed)


def test_a_new_pool_of_classes_needs_their_size(city: Base) -> None:
    change = school("classes", 'by = 1\npool = "favoured"\nclass_size = 30')
    assert city.applied(change).city["seats"].query("pool == 'favoured'")["seats"].tolist() == [30]


def test_a_school_is_enlarged_in_rooms_area_and_classes(tmp_path: Path) -> None:
    rows = "school_id,name,lng,lat,rooms,area_m2\nS1,东一小学,118.09014693,24.49543656,12,1000\n"
    text = rows + "".join(
        f"S{n},校{n},{lng},{lat},,\n"
        for n, lng, lat in [
            (2, 118.10000324, 24.49446237),
            (3, 118.10008179, 24.50348879),
            (4, 118.0506824, 24.49481361),
        ]
    )
    base = tiny(tmp_path, schools=text)
    applied = base.applied(
        school("enlarge", "rooms = 6\narea_m2 = 500\nclasses = 1"),
        'do = "enlarge"\nschool = "S2"\nrooms = 6',
        school("enlarge", "rooms = 9\nfrom = 2025"),
    )
    table = applied.city["schools"].set_index("school_id")
    assert (table.loc["S1", "rooms"], table.loc["S1", "area_m2"]) == (18, 1500.0)
    assert table["rooms"].isna()["S2"]
    assert seats_by_school(applied.city)["S1"] == 90
    assert [str(note) for note in applied.notes] == [
        "change 2: S2: rooms were not known, and stay so",
        "change 3: it holds from 2025; in 2024 nothing changes",
    ]


def test_a_new_school_opens_with_its_zone(city: Base) -> None:
    applied = city.applied(SCHOOL_9 + "opens = 2024\n" + ZONE_9)
    assert seats_by_school(applied.city)["S9"] == 80
    assert plan(applied.city)["U1"] == "Z9"
    row = applied.city["schools"].set_index("school_id").loc["S9"]
    assert (row["district_id"], row["kind"], row["opening_year"]) == ("D1", "public", 2024)
    assert applied.city["zones"].set_index("zone_id").loc["Z9", "district_id"] == "D1"
    assert "Z9" in set(applied.city["serves"]["zone_id"])
    assert placements(applied.city, applied.policy)["school_id"].isin(["S9"]).any()


def test_a_new_school_may_serve_a_zone_that_is_there_and_stand_at_a_point(city: Base) -> None:
    change = SCHOOL_9.replace('{ unit = "U1" }', '{ lng = 118.0902, lat = 24.4955, datum = "wgs84" }')
    applied = city.applied(change + 'opens = 2024\nserves = ["Z1"]')
    assert applied.city["serves"].query("zone_id == 'Z1'")["school_id"].tolist() == ["S1", "S9"]
    assert applied.city["schools"].set_index("school_id").loc["S9", "district_id"] == "D1"


def test_a_year_late_means_that_nothing_changes_in_this_year(city: Base) -> None:
    applied = city.applied(SCHOOL_9 + 'opens = 2025\nserves = ["Z2"]\n' + ZONE_9)
    assert plan(applied.city) == plan(city.city)
    assert applied.city["serves"].equals(city.city["serves"])
    assert seats_by_school(applied.city)["S9"] == 0
    before, after = placements(city.city, city.policy), placements(applied.city, applied.policy)
    assert before.equals(after)
    rows = applied.city["plan"].query("unit_id == 'U1'")
    assert rows[["zone_id", "from_year", "until_year"]].fillna(0).to_numpy().tolist() == [
        ["Z1", 0, 2025],
        ["Z9", 2025, 0],
    ]
    assert "opens in 2025: it serves no zone in 2024" in str(applied.notes[1])


def test_units_given_to_a_school_before_it_opens_are_a_fault(city: Base) -> None:
    late = SCHOOL_9 + "opens = 2025\n" + ZONE_9
    fault = city.fault(late, 'do = "move"\nunits = ["U2"]\nzone = "Z9"')
    assert (fault.row, fault.found) == (2, "Z9")
    line = fault.line(speaker("en"))
    assert "Z9 has 51 children in 2024, and its school S9 opens in 2025" in line
    assert "from = 2025" in line
    assert city.applied(late, 'do = "move"\nunits = ["U2"]\nzone = "Z9"\nfrom = 2025')


def test_a_school_of_the_project_that_is_not_open_yet_counts_as_such(tmp_path: Path) -> None:
    rows = (
        "school_id,name,lng,lat,opening_year\nS1,a,118.09014693,24.49543656,\n"
        "S2,b,118.10000324,24.49446237,\nS3,c,118.10008179,24.50348879,2026\nS4,d,118.0506824,24.49481361,\n"
    )
    base = tiny(tmp_path, schools=rows)
    zone = 'do = "new-zone"\nid = "Z9"\nschools = ["S3"]\nunits = ["U3"]'
    fault = base.fault(zone)
    assert "its school S3 opens in 2026" in str(fault.allowed)
    assert base.applied(zone + "\nfrom = 2026").city["serves"].equals(base.city["serves"])
    early = base.fault('do = "classes"\nschool = "S3"\nby = 1')
    assert early.column == "from"
    assert "it opens in 2026" in str(early.allowed)


@pytest.mark.parametrize(
    ("old", "new", "column", "words"),
    [
        ("opens = 2024", "opens = 2023", "opens", "2024 or later"),
        ('"S9"', '"S1"', "id", "schools has this one already"),
        ('id = "Z9"', 'id = "Z1"', "zone.id", "zones has this one already"),
        ('unit = "U1"', 'unit = "U17"', "site.unit", "one that is in the table units"),
        ('{ unit = "U1" }', '{ lng = 1.0, lat = 2.0, datum = "wgs48" }', "site.datum", "datum"),
        (
            '{ unit = "U1" }',
            '{ lng = 118.4, lat = 24.5, datum = "wgs84" }',
            "schools.school_id",
            "inside a district",
        ),
        (
            '{ unit = "U1" }',
            '{ lng = 0.0, lat = 0.0, datum = "local-metres" }',
            "site.datum",
            "a datum of the project",
        ),
        ("classes = 2", 'district = "D3"\nclasses = 2', "district", "one that is in the table districts"),
        (
            'units = ["U1"]',
            'units = ["U1"], category = "none"',
            "zone.category",
            "a category of the policy",
        ),
        ('units = ["U1"]', 'units = { rule = "most-short" }', "zone.units.rule", "here the rule nearest"),
        ('{ unit = "U1" }', '{ rule = "nearest" }', "site.rule", "here the rule shortens-most"),
    ],
)
def test_a_new_school_that_cannot_be(city: Base, old: str, new: str, column: str, words: str) -> None:
    change = SCHOOL_9 + "opens = 2024\n" + ZONE_9
    assert old in change
    faults = [one for one in city.faults(change.replace(old, new)) if one.column == column]
    assert words in str(faults[0].allowed)
    assert faults[0].row == 1


def test_a_school_closes_and_another_serves_its_zone(city: Base) -> None:
    applied = city.applied(school("close-school", 'served_by = "S3"'))
    assert applied.city["serves"].query("zone_id == 'Z1'")["school_id"].tolist() == ["S3"]
    assert "S1" not in set(applied.city["schools"]["school_id"])
    assert "S1" not in set(applied.city["seats"]["school_id"])
    assert placements(applied.city, applied.policy)["school_id"].ne("S1").all()


def test_a_school_closes_and_its_units_move(city: Base) -> None:
    applied = city.applied(school("close-school", 'units_to = "Z2"'))
    assert plan(applied.city)["U1"] == "Z2"
    twice = city.fault(
        school("close-school", 'units_to = "Z2"'), 'do = "move"\nunits = ["U1"]\nzone = "Z3"'
    )
    assert "change 1 moves it already" in str(twice.allowed)


def test_what_becomes_of_the_zone_of_a_closed_school_must_be_said(city: Base) -> None:
    fault = city.fault(school("close-school", ""))
    assert (fault.row, fault.column, fault.found) == (1, "zone", "Z1")
    assert "Z1 has 68 and none" in str(fault.allowed)
    # another school serves the zone, or its units have moved away: nothing need be said
    assert city.applied('do = "close-school"\nschool = "S2"')
    assert city.applied('do = "move"\nunits = ["U1"]\nzone = "Z2"', school("close-school", ""))


def test_a_later_closing_changes_nothing_yet(city: Base) -> None:
    applied = city.applied(school("close-school", "from = 2026"))
    assert applied.city["schools"].equals(city.city["schools"])
    assert "it holds from 2026" in str(applied.notes[0])


@pytest.mark.parametrize(
    ("rest", "column", "words"),
    [
        ('served_by = "S1"', "served_by", "another school than the one that closes"),
        ('units_to = "Z1"', "units_to", "another zone than one that this school alone serves"),
        ('served_by = "S7"', "served_by", "in the table schools"),
        ('units_to = "Z7"', "units_to", "in the table zones"),
    ],
)
def test_a_closing_that_leads_nowhere(city: Base, rest: str, column: str, words: str) -> None:
    fault = city.faults(school("close-school", rest))[0]
    assert fault.column == column
    assert words in str(fault.allowed)


def test_a_closed_school_is_gone_for_later_changes(city: Base) -> None:
    fault = city.fault(school("close-school", 'served_by = "S2"'), school("classes", "by = 1"))
    assert (fault.row, fault.found) == (2, "S1")
    assert "change 1 ended this one" in str(fault.allowed)


def with_lists(folder: Path) -> Base:
    choices = "applicant_id,rank,target\nA1,1,S2\nA1,2,S3\nA2,1,S3\n"
    decided = "applicant_id,stage,school_id,reason_code,authority,document_no\nA1,favoured,S4,r,a,d\n"
    changes = applicants_of(
        "applicant_id,category,unit_id,consents,sibling_school_id\nA1,household,U1,city,S2\nA2,household,U2,city,\n"
    )
    extra = (
        '[tables.choices]\npath = "choices.csv"\n\n[tables.decisions]\npath = "decisions.csv"\n\n[children]'
    )
    changes["xuequ"] = (
        "[children]",
        '[tables.applicants]\npath = "applicants.csv"\ndatum = "EPSG:4548"\n\n' + extra,
    )
    return tiny(folder, choices=choices, decisions=decided, **changes)


def test_schools_that_become_one_add_up_and_children_follow(tmp_path: Path) -> None:
    base = with_lists(tmp_path)
    applied = base.applied('do = "merge-schools"\nschools = ["S2", "S3"]\ninto = "S3"')
    assert seats_by_school(applied.city).to_dict() == {"S1": 45, "S3": 90, "S4": 135}
    row = applied.city["seats"].set_index("school_id").loc["S3"]
    assert (row["classes"], row["class_size"]) == (2, 45)
    assert applied.city["serves"].query("zone_id == 'Z2'")["school_id"].tolist() == ["S3"]
    assert applied.city["applicants"]["sibling_school_id"].dropna().tolist() == ["S3"]
    assert applied.city["choices"][["applicant_id", "rank", "target"]].to_numpy().tolist() == [
        ["A1", 1, "S3"],
        ["A2", 1, "S3"],
    ]


def test_what_children_had_to_do_with_a_closed_school_is_said(tmp_path: Path) -> None:
    base = with_lists(tmp_path)
    applied = base.applied('do = "close-school"\nschool = "S2"')
    assert applied.city["choices"]["target"].tolist() == ["S3", "S3"]
    assert applied.city["applicants"]["sibling_school_id"].isna().all()
    assert [str(note) for note in applied.notes] == [
        "change 1: 1 siblings at S2 no longer count",
        "change 1: 1 choices of S2 no longer count",
    ]
    fault = base.fault('do = "close-school"\nschool = "S4"\nserved_by = "S1"')
    assert "decisions place children at S4" in str(fault.allowed)
    merged = base.applied('do = "merge-schools"\nschools = ["S4", "S1"]\ninto = "S1"')
    assert merged.city["decisions"]["school_id"].tolist() == ["S1"]


def test_unequal_class_sizes_leave_seats_and_no_class_size(tmp_path: Path) -> None:
    base = tiny(tmp_path, seats="school_id,classes,class_size\nS1,1,45\nS2,1,40\nS3,1,45\nS4,3,45\n")
    applied = base.applied('do = "merge-schools"\nschools = ["S1", "S2"]\ninto = "S1"')
    row = applied.city["seats"].set_index("school_id").loc["S1"]
    assert (row["classes"], row["seats"]) == (2, 85)
    assert row.isna()["class_size"]


@pytest.mark.parametrize(
    ("rest", "column", "words"),
    [
        ('schools = ["S1", "S1"]\ninto = "S1"', "schools", "each once"),
        ('schools = ["S1", "S2"]\ninto = "S3"', "into", "one of the schools: S1, S2"),
        ('schools = ["S1", "S8"]\ninto = "S1"', "schools", "in the table schools"),
    ],
)
def test_schools_that_cannot_become_one(city: Base, rest: str, column: str, words: str) -> None:
    faults = city.faults(f'do = "merge-schools"\n{rest}')
    assert faults[0].column == column
    assert words in str(faults[0].allowed)


def test_a_school_is_not_merged_into_itself(city: Base) -> None:
    faults = city.faults('do = "merge-schools"\nschools = ["S1", "S1"]\ninto = "S1"')
    assert "none is merged into itself" in str(faults[-1].allowed)


def test_a_later_merger_changes_nothing_yet(city: Base) -> None:
    applied = city.applied('do = "merge-schools"\nschools = ["S1", "S2"]\ninto = "S1"\nfrom = 2025')
    assert applied.city["schools"].equals(city.city["schools"])


def test_the_school_most_short_is_chosen_and_named(city: Base) -> None:
    # by hand: Z1 has 68 children for 45 seats, Z2 91 for 90, Z3 101 for 135
    applied = city.applied('do = "classes"\nschool = { rule = "most-short" }\nby = 1')
    assert applied.changes[0].school == "S1"
    # then Z1 is 22 under its seats, and Z2 1 over: of two schools of 45 the lower id
    twice = city.applied(*['do = "classes"\nschool = { rule = "most-short" }\nby = 1'] * 2)
    assert [one.school for one in twice.changes] == ["S1", "S2"]
    west = city.applied('do = "classes"\nschool = { rule = "most-short", districts = ["西区"] }\nby = 1')
    assert west.changes[0].school == "S4"
    assert city.fault('do = "classes"\nschool = { rule = "nearest" }\nby = 1').column == "school.rule"


def test_a_site_shortens_ways_most_and_units_nearer_to_it_follow(city: Base) -> None:
    # U3 at (1500, 1500) has a school at its door, U2 at (1500, 500) too: only U1 can gain, by 100 m
    change = SCHOOL_9.replace('{ unit = "U1" }', '{ rule = "shortens-most" }')
    applied = city.applied(change + 'opens = 2024\nzone = { id = "Z9", units = { rule = "nearest" } }')
    opened = applied.changes[0]
    assert (opened.site.unit, opened.zone.units) == ("U1", ["U1"])
    # from the west every unit of the east is nearer to its own
    rule = 'zone = { id = "Z9", units = { rule = "nearest", districts = ["D1"] } }'
    far = SCHOOL_9.replace('"U1"', '"U4"') + "opens = 2024\n" + rule
    assert "nearer to the new school than to its own" in str(city.fault(far).allowed)


def test_a_rule_among_no_children_chooses_nothing(tmp_path: Path) -> None:
    counts = "unit_id,category,year,children\nU4,household,2024,48\n"
    base = tiny(tmp_path, demand=counts)
    fault = base.fault('do = "classes"\nschool = { rule = "most-short", districts = ["D1"] }\nby = 1')
    assert "a rule has nothing to choose from" in str(fault.allowed)


def test_differences_by_district_add_up(city: Base) -> None:
    applied = city.applied(SCHOOL_9 + "opens = 2024\n" + ZONE_9, school("classes", "by = -1"))
    table = by_district(city.city, applied.city).set_index("district_id")
    assert table.loc["D1"].to_dict() == {
        "seats_before": 135,
        "children_before": 159,
        "seats_after": 170,
        "children_after": 159,
    }
    found = difference((city.city, city.policy), (applied.city, applied.policy))
    assert found.schools["school_id"].tolist() == ["S1", "S9"]
    assert found.zones[["zone_id", "what"]].to_numpy().tolist() == [["Z9", "added"]]
    assert found.rules == ()


def test_a_list_of_applicants_is_left_as_it_is_by_new_schools(tmp_path: Path) -> None:
    base = listed(tmp_path)
    applied = base.applied(SCHOOL_9 + "opens = 2024\n" + ZONE_9)
    assert applied.city["applicants"] is base.city["applicants"]
    got = placements(applied.city, applied.policy).set_index("applicant_id")
    assert got.loc["A1", "school_id"] == "S9"


@pytest.mark.parametrize(
    ("size", "units"), [(91, ["U2", "U3"]), (90, ["U3"]), (3, ["U3"]), (159, ["U1", "U2", "U3"])]
)
def test_units_follow_until_the_new_school_is_full(tmp_path: Path, size: int, units: list[str]) -> None:
    # all go to the west; from (1500, 1500): U3 0 m, 40 children; U2 1,000 m, 51; U1 1,414 m, 68
    base = tiny(tmp_path, plan="unit_id,zone_id\nU1,Z3\nU2,Z3\nU3,Z3\nU4,Z3\nU5,Z3\n")
    change = SCHOOL_9.replace('"U1"', '"U3"').replace(
        "classes = 2\nclass_size = 40", f"classes = 1\nclass_size = {size}"
    )
    applied = base.applied(change + 'opens = 2024\nzone = { id = "Z9", units = { rule = "nearest" } }')
    assert applied.changes[0].zone.units == units


def test_a_site_is_where_most_children_gain_most(tmp_path: Path) -> None:
    # all of the east goes to S4 at (-3500, 500): U1 4,000 m, U2 5,000 m, U3 5,099 m. Metres saved by a
    # school in U1: 68 * 4000 + 51 * 4000 + 40 * 3685 = 623,400; in U2: 622,960; in U3: 583,800
    base = tiny(tmp_path, plan="unit_id,zone_id\nU1,Z3\nU2,Z3\nU3,Z3\nU4,Z1\nU5,Z1\n")
    change = SCHOOL_9.replace('{ unit = "U1" }', '{ rule = "shortens-most", districts = ["D1"] }')
    applied = base.applied(change + 'opens = 2024\nserves = ["Z3"]')
    assert applied.changes[0].site.unit == "U1"


def test_units_as_near_to_the_metre_go_by_their_ids(city: Base) -> None:
    draft = draft_of(city.city, "tried.toml")
    draft.keep("serves", draft.frames["serves"]["zone_id"] != "Z2")
    # 509.7 m from U3 and 510.1 m from U2: the last bit of a root differs between machines, metres do not
    school = shapely.Point(EAST + 1400, NORTH + 1000.2)
    rule, children = kinds.Rule(rule="nearest"), children_by_unit(city.city)
    seats = int(children.loc[children["unit_id"] == "U2", "children"].sum())
    assert chosen_units(draft, rule, at=school, district="D1", seats=seats, column="units") == ["U2"]
