from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.messages import speaker
from simulate.scenarios import applied_scenario, base_scenario, digest, read_scenario
from simulate.scenarios.differing import units_moved
from tests.simulate.scenarios.trying import (
    Base,
    listed,
    plan,
    same_tables,
    scenario_of,
    tiny,
    write_scenario,
)
from tests.tiny import applicants_of, layer, square

MOVE = 'do = "move"\nunits = ["U3"]\nzone = "Z1"'


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return tiny(tmp_path_factory.mktemp("tiny"))


def test_today_is_the_base_itself(city: Base) -> None:
    applied = applied_scenario(city.city, city.policy, base_scenario(), city.folder)
    assert applied.city is city.city
    assert applied.policy is city.policy


def test_a_move_moves_the_unit_and_leaves_the_base_as_it_was(city: Base) -> None:
    before = {name: table.copy() for name, table in city.city.tables.items()}
    applied = city.applied(MOVE + '\nreason_code = "nearer"')
    assert plan(applied.city) == {"U1": "Z1", "U2": "Z2", "U3": "Z1", "U4": "Z3", "U5": "Z3"}
    row = applied.city["plan"].set_index("unit_id").loc["U3"]
    assert row["reason_code"] == "nearer"
    assert all(city.city[name].equals(table) for name, table in before.items())
    moved = units_moved(city.city, applied.city)
    assert moved[["unit_id", "from_zone", "to_zone", "children"]].to_numpy().tolist() == [
        ["U3", "Z2", "Z1", 40]
    ]


@settings(max_examples=15)
@given(unit=st.sampled_from(["U1", "U2", "U3", "U4", "U5"]), zone=st.sampled_from(["Z1", "Z2", "Z3"]))
def test_a_unit_moved_there_and_back_is_where_it_was(city: Base, unit: str, zone: str) -> None:
    base, folder = city, city.folder.parent
    there = base.applied(f'do = "move"\nunits = ["{unit}"]\nzone = "{zone}"')
    home = plan(base.city)[unit]
    back = scenario_of(folder, f'do = "move"\nunits = ["{unit}"]\nzone = "{home}"')
    again = applied_scenario(there.city, there.policy, back, base.folder)
    assert same_tables(again.city, base.city)


def test_the_digest_is_that_of_the_tables_and_rules(city: Base) -> None:
    applied = city.applied(MOVE)
    other = applied_scenario(
        city.city,
        city.policy,
        scenario_of(city.folder.parent, 'do = "move"\nunits = ["东三小区"]\nzone = "东一片区"'),
        city.folder,
    )
    assert digest(applied.city, applied.policy) == digest(other.city, other.policy)
    assert digest(applied.city, applied.policy) != digest(city.city, city.policy)


def test_a_move_for_one_category_leaves_the_others(city: Base) -> None:
    moved = units_moved(city.city, city.applied(MOVE + '\ncategory = "points"').city)
    assert moved[["unit_id", "category", "to_zone", "children"]].to_numpy().tolist() == [
        ["U3", "points", "Z1", 10]
    ]


def test_a_move_for_all_takes_the_rows_of_a_category_with_it(tmp_path: Path) -> None:
    base = tiny(
        tmp_path, plan="unit_id,zone_id,category\nU1,Z1,\nU2,Z2,\nU3,Z2,\nU3,Z3,points\nU4,Z3,\nU5,Z3,\n"
    )
    assert plan(base.applied(MOVE).city)["U3"] == "Z1"
    assert base.applied(MOVE).city["plan"]["category"].isna().all()


def test_a_later_year_moves_nothing_yet_and_is_said(city: Base) -> None:
    applied = city.applied(MOVE + "\nfrom = 2025")
    assert plan(applied.city) == plan(city.city)
    rows = applied.city["plan"].query("unit_id == 'U3'")
    assert rows[["zone_id", "from_year", "until_year"]].fillna(0).to_numpy().tolist() == [
        ["Z1", 2025, 0],
        ["Z2", 0, 2025],
    ]
    assert [str(note) for note in applied.notes] == [
        "change 1: it holds from 2025; in 2024 nothing changes"
    ]


def test_an_earlier_year_splits_the_row(city: Base) -> None:
    rows = city.applied(MOVE + "\nfrom = 2023").city["plan"].query("unit_id == 'U3'")
    assert rows[["zone_id", "from_year", "until_year"]].fillna(0).to_numpy().tolist() == [
        ["Z1", 2023, 0],
        ["Z2", 0, 2023],
    ]


def test_a_row_added_before_a_later_one_ends_where_that_begins(tmp_path: Path) -> None:
    rows = (
        "unit_id,zone_id,category,from_year\nU1,Z1,,\nU2,Z2,,\nU3,Z2,points,\nU3,Z2,household,\n"
        "U3,Z2,,2026\nU4,Z3,,\nU5,Z3,,\n"
    )
    table = tiny(tmp_path, plan=rows).applied(MOVE).city["plan"].query("unit_id == 'U3'")
    assert table[["zone_id", "from_year", "until_year"]].fillna(0).to_numpy().tolist() == [
        ["Z1", 0, 2026],
        ["Z2", 2026, 0],
    ]


def test_a_unit_moved_twice_is_a_fault_that_names_the_other_change(city: Base) -> None:
    fault = city.fault(MOVE, 'do = "move"\nunits = ["U3"]\nzone = "Z3"')
    assert (fault.file, fault.row, fault.column, fault.found) == ("tried.toml", 2, "units", "U3")
    assert "change 1 moves it already" in str(fault.allowed)


def test_categories_may_move_apart(city: Base) -> None:
    moved = units_moved(
        city.city,
        city.applied(
            MOVE + '\ncategory = "points"',
            'do = "move"\nunits = ["U3"]\nzone = "Z3"\ncategory = "household"',
        ).city,
    )
    assert sorted(moved["to_zone"]) == ["Z1", "Z3"]
    fault = city.fault(MOVE + '\ncategory = "points"', MOVE)
    assert fault.row == 2


def test_unknown_names_suggest_the_nearest(city: Base) -> None:
    faults = city.faults('do = "move"\nunits = ["东四小区", "U1", "U1"]\nzone = "Z11"\ncategory = "point"')
    lines = [fault.line(speaker("en")) for fault in faults]
    assert [fault.column for fault in faults] == ["units", "units", "zone", "category"]
    assert "did you mean" in lines[0]
    assert "东一小区" in lines[0]
    assert "each once" in lines[1]
    assert "Z1" in lines[2]
    assert "did you mean points?" in lines[3]


def test_a_name_that_several_have_is_no_name(tmp_path: Path) -> None:
    base = tiny(tmp_path, zones="zone_id,name\nZ1,片区\nZ2,片区\nZ3,西片区\n")
    fault = base.fault('do = "move"\nunits = ["U1"]\nzone = "片区"')
    assert "several have this name (Z1, Z2)" in str(fault.allowed)


def test_another_plan_is_read_beside_the_scenario(city: Base) -> None:
    (city.folder.parent / "other.csv").write_text(
        "unit_id,zone_id,办学\nU1,Z1,\nU2,Z1,\nU3,Z2,\nU4,Z3,\nU5,Z3,\n", encoding="utf-8"
    )
    applied = city.applied('do = "plan"\nfile = "other.csv"')
    assert plan(applied.city)["U2"] == "Z1"
    assert "scenario: other.csv" in applied.city.hashes
    assert any("办学" in str(note) for note in applied.notes)
    scenario = read_scenario(city.folder.parent / "tried.toml")
    assert scenario.refers() == ("other.csv",)
    fault = city.fault('do = "plan"\nfile = "other.csv"', 'do = "move"\nunits = ["U2"]\nzone = "Z3"')
    assert "change 1 moves it already" in str(fault.allowed)


def test_faults_of_a_plan_file_stand_in_that_file(city: Base) -> None:
    (city.folder.parent / "bad.csv").write_text("unit_id,zone_id\nU1,Z1\nU9,Z1\n", encoding="utf-8")
    fault = city.fault('do = "plan"\nfile = "bad.csv"')
    assert (fault.file, fault.row, fault.found) == ("bad.csv", 3, "U9")
    assert city.fault('do = "plan"\nfile = "none.csv"').file == "none.csv"


def test_a_plan_of_another_year_is_a_fault_of_the_change(city: Base) -> None:
    rows = "".join(f"U{n},Z1,2030\n" for n in range(1, 6))
    (city.folder.parent / "later.csv").write_text(f"unit_id,zone_id,from_year\n{rows}", encoding="utf-8")
    fault = city.fault('do = "plan"\nfile = "later.csv"')
    assert (fault.row, fault.column, fault.found) == (1, "file", "later.csv")
    assert "no row holds in 2024" in str(fault.allowed)


def test_children_whom_a_plan_forgets_are_a_fault(city: Base) -> None:
    (city.folder.parent / "short.csv").write_text(
        "unit_id,zone_id\nU1,Z1\nU2,Z2\nU3,Z2\nU4,Z3\n", encoding="utf-8"
    )
    faults = city.faults('do = "plan"\nfile = "short.csv"')
    assert {fault.found for fault in faults} == {"U5"}
    assert {fault.row for fault in faults} == {1}


def test_a_new_zone_has_its_units_and_schools(city: Base) -> None:
    change = 'do = "new-zone"\nid = "Z9"\nname = "新片区"\nschools = ["S3"]\nunits = ["U3"]'
    applied = city.applied(change)
    assert plan(applied.city)["U3"] == "Z9"
    assert applied.city["serves"].query("zone_id == 'Z9'")["school_id"].tolist() == ["S3"]
    assert applied.city["zones"].query("zone_id == 'Z9'")["district_id"].tolist() == ["D1"]
    assert city.fault(change.replace('"Z9"', '"Z1"')).column == "id"
    assert city.fault(change + '\ndistrict = "D7"').column == "district"
    assert city.fault(change + '\ncategory = "nobody"').column == "category"


def test_merged_zones_keep_all_children_and_all_schools(city: Base) -> None:
    applied = city.applied('do = "merge-zones"\nzones = ["Z2", "Z1"]\nname = "合"')
    assert set(plan(applied.city).values()) == {"Z2", "Z3"}
    assert applied.city["serves"].query("zone_id == 'Z2'")["school_id"].tolist() == ["S1", "S2", "S3"]
    assert applied.city["zones"]["zone_id"].tolist() == ["Z2", "Z3"]
    assert applied.city["zones"]["name"].iloc[0] == "合"
    assert applied.city["demand"].equals(city.city["demand"])


def test_merging_follows_children_of_whom_only_the_zone_is_known(tmp_path: Path) -> None:
    choices = "applicant_id,rank,target\nA1,1,Z2\nA1,2,Z1\nA1,3,S2\n"
    base = listed(tmp_path, choices=choices)
    text = (base.folder / "xuequ.toml").read_text(encoding="utf-8")
    (base.folder / "xuequ.toml").write_text(
        text.replace("[tables.demand]", '[tables.choices]\npath = "choices.csv"\n\n[tables.demand]'),
        "utf-8",
    )
    base = Base(base.folder)
    applied = base.applied('do = "merge-zones"\nzones = ["Z1", "Z2", "Z3"]')
    assert applied.city["applicants"]["zone_id"].dropna().tolist() == ["Z1"]
    assert applied.city["choices"][["rank", "target"]].to_numpy().tolist() == [[1, "Z1"], [3, "S2"]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ('zones = ["Z1", "Z2"]\ninto = "Z3"', "one of the zones: Z1, Z2"),
        ('zones = ["Z1", "Z1"]', "each once"),
        ('zones = ["Z1", "Z8"]', "one that is in the table zones"),
        ('zones = { rule = "nearest" }', "here the rule most-short-and-neighbour"),
        (
            'zones = { rule = "most-short-and-neighbour", districts = ["D2"] }',
            "has no other zone in its district",
        ),
    ],
)
def test_zones_that_cannot_be_merged(city: Base, change: str, words: str) -> None:
    assert words in str(city.faults(f'do = "merge-zones"\n{change}')[0].allowed)


def test_a_zone_that_was_merged_away_is_named_as_such(city: Base) -> None:
    fault = city.fault(
        'do = "merge-zones"\nzones = ["Z1", "Z2"]', 'do = "move"\nunits = ["U4"]\nzone = "Z2"'
    )
    assert "change 1 ended this one" in str(fault.allowed)


ZONES = layer(
    ({"zone_id": "Z1", "name": "a", "scope_text": "U1"}, square(0, 0)),
    ({"zone_id": "Z2", "name": "b", "scope_text": "U2、U3"}, square(1000, 0, 1000, 2000)),
    ({"zone_id": "Z3", "name": "c", "scope_text": "U4、U5"}, square(-4000, 0, 2000)),
)


def outlined(folder: Path) -> Base:
    declared = '[tables.zones]\npath = "zones.geojson"\ndatum = "EPSG:4548"'
    base = tiny(folder, zones=None, xuequ=('[tables.zones]\npath = "zones.csv"', declared))
    return base


def with_outlines(folder: Path) -> Base:
    (folder / "city").mkdir(parents=True)
    (folder / "city" / "zones.geojson").write_text(ZONES, encoding="utf-8")
    return outlined(folder)


def test_an_outline_that_no_longer_agrees_with_its_units_is_left_out_and_said(tmp_path: Path) -> None:
    base = with_outlines(tmp_path)
    applied = base.applied(MOVE)
    zones = applied.city["zones"].set_index("zone_id")
    assert zones.geometry.isna().tolist() == [True, True, False]
    assert zones["scope_text"].isna().tolist() == [True, True, False]
    assert "the outline and scope text of the project no longer agree" in str(applied.notes[0])
    assert applied.notes[0] in applied.city.notes


def test_an_outline_without_units_in_the_plan_says_more_than_the_units_that_come(tmp_path: Path) -> None:
    (tmp_path / "city").mkdir(parents=True)
    (tmp_path / "city" / "zones.geojson").write_text(ZONES, encoding="utf-8")
    declared = '[tables.zones]\npath = "zones.geojson"\ndatum = "EPSG:4548"'
    children = "applicant_id,category,zone_id\nA1,household,Z1\nA2,household,Z2\n"
    edits = [('[tables.zones]\npath = "zones.csv"', declared), applicants_of(children)["xuequ"]]
    base = tiny(
        tmp_path, zones=None, plan="unit_id,zone_id\nU4,Z3\nU5,Z3\n", applicants=children, xuequ=edits
    )
    applied = base.applied(MOVE)
    assert applied.city["zones"].geometry.notna().all()
    assert "(Z1) get units: their outlines are kept" in str(applied.notes[0])


def test_outlines_of_zones_merged_whole_become_one(tmp_path: Path) -> None:
    base = with_outlines(tmp_path)
    zones = base.applied('do = "merge-zones"\nzones = ["Z1", "Z2"]').city["zones"].set_index("zone_id")
    assert zones.geometry["Z1"].area == pytest.approx(3_000_000)
    assert zones["scope_text"]["Z1"] == "U1；U2、U3"
    moved = base.applied(
        'do = "merge-zones"\nzones = ["Z1", "Z2"]', 'do = "move"\nunits = ["U3"]\nzone = "Z3"'
    )
    assert moved.city["zones"].geometry.isna().all()


def test_an_applied_city_is_written_down_as_assumed(city: Base) -> None:
    applied = city.applied(MOVE)
    assert applied.city.project.assumed[-1].what.en == "a try"
    assert list(applied.city.hashes)[-1] == "scenario: tried.toml"


def test_a_file_with_a_byte_order_mark_is_read(city: Base) -> None:
    path = write_scenario(city.folder.parent, MOVE)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(read_scenario(path).changes) == 1


def test_a_row_that_begins_this_year_is_in_force(tmp_path: Path) -> None:
    rows = "unit_id,zone_id,from_year\nU1,Z1,\nU2,Z2,\nU3,Z2,2024\nU4,Z3,\nU5,Z3,\n"
    table = tiny(tmp_path, plan=rows).applied(MOVE).city["plan"].query("unit_id == 'U3'")
    assert table[["zone_id", "from_year"]].to_numpy().tolist() == [["Z1", 2024]]
