"""Reading a scenario: every fault at once, where it is, what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from geodata import DataError
from geodata.errors import Fault
from geodata.messages import speaker
from simulate.scenarios import read_scenario, shipped_scenarios
from simulate.scenarios.rules import KINDS
from simulate.scenarios.telling import told
from tests.simulate.scenarios.trying import HEAD, write_scenario


def faults(folder: Path, *changes: str, head: str = HEAD) -> tuple[Fault, ...]:
    with pytest.raises(DataError) as caught:
        read_scenario(write_scenario(folder, *changes, head=head))
    return caught.value.faults


@pytest.mark.parametrize(
    ("change", "column", "words"),
    [
        ('units = ["U1"]', "do", "do = the kind of the change is missing"),
        ('do = "moves"', "do", "kinds of changes: plan, move"),
        ('do = "move"\nunits = ["U1"]', "zone", "this key is missing"),
        ('do = "move"\nunits = []\nzone = "Z1"', "units", "at least 1 item"),
        (
            'do = "move"\nunits = ["U1"]\nzone = "Z1"\nform = 2024',
            "form",
            "unknown key; allowed: do, reason",
        ),
        ('do = "classes"\nschool = "S1"', None, "either by"),
        ('do = "classes"\nschool = "S1"\nby = 1\nto = 2', None, "either by"),
        ('do = "seats"\nschool = "S1"\nto = -1', None, "at least 0"),
        ('do = "classes"\nschool = 7\nby = 1', "school", "string"),
        ('do = "classes"\nschool = { rule = "most-shorts" }\nby = 1', "school.rule", "allowed: "),
        ('do = "close-school"\nschool = "S1"\nserved_by = "S2"\nunits_to = "Z1"', None, "not both"),
        ('do = "enlarge"\nschool = "S1"', None, "at least one of them"),
        ('do = "merge-schools"\nschools = ["S1"]\ninto = "S1"', "schools", "at least 2"),
        ('do = "demolition"\nunit = "U1"', None, "either share"),
        ('do = "demolition"\nunit = "U1"\nshare = 1.5', "share", "less than or equal to 1"),
        ('do = "estate"\nunit = "U1"\nchildren = { a = -3 }\nfirst_year = 2024', "children.a", "0"),
        ('do = "estate"\nunit = "U1"\nchildren = { a = 3 }\nfirst_year = 3024', "first_year", "2200"),
        ('do = "demand-level"\nlevel = "max"', "level", "allowed: "),
        ('do = "demand-level"\nfactor = -0.5', "factor", "0"),
        ('do = "policy"', None, "policy, points, or both"),
        ('do = "policy-date"\non = "2024"', "on", "date"),
        ('do = "stage-off"\nstages = []', "stages", "at least 1"),
    ],
)
def test_a_change_that_is_none(tmp_path: Path, change: str, column: str | None, words: str) -> None:
    found = faults(tmp_path, 'do = "demand-level"\nfactor = 1.0', change)
    assert (found[0].file, found[0].row, found[0].column) == ("tried.toml", 2, column)
    assert words in str(found[0].allowed)
    assert len(found) == 1


@pytest.mark.parametrize(
    ("site", "words"),
    [
        ("{ }", "either unit, or lng, lat and datum"),
        ('{ unit = "U1", lng = 1.0 }', "either unit, or lng, lat and datum"),
        ("{ lng = 1.0, lat = 2.0 }", "either unit, or lng, lat and datum"),
    ],
)
def test_a_school_stands_at_one_place(tmp_path: Path, site: str, words: str) -> None:
    change = f'do = "open-school"\nid = "S9"\nname = "n"\nsite = {site}\nopens = 2024\n'
    change += "classes = 1\nclass_size = 4\n"
    found = faults(tmp_path, change + 'serves = ["Z1"]')
    assert any(words in str(fault.allowed) for fault in found)
    found = faults(tmp_path, change.replace(site, '{ unit = "U1" }'))
    assert "serves = the zones that it serves" in str(found[0].allowed)


def test_faults_of_the_head_and_of_every_change_come_at_once(tmp_path: Path) -> None:
    head = 'id = "a b"\ntitle = { zh = "a" }\nassumed = true\nchanges = 1\n'
    found = faults(tmp_path, 'do = "move"', 'do = "mvoe"', head=head)
    assert [fault.row for fault in found] == [None] * 3 + [1, 1, 2]
    lines = [fault.line(speaker("en")) for fault in found]
    assert any("allowed: id, title, source, assumed, reason, note, change" in line for line in lines)
    assert "did you mean move?" in lines[-1]


def test_what_is_assumed_needs_a_reason(tmp_path: Path) -> None:
    head = 'id = "tried"\ntitle = { zh = "a", en = "b" }\n'
    assert "either a source, or assumed" in str(faults(tmp_path, head=head)[0].allowed)
    assert "needs a reason" in str(faults(tmp_path, head=head + "assumed = true\n")[0].allowed)


def test_changes_are_tables(tmp_path: Path) -> None:
    assert "changes are tables" in str(faults(tmp_path, head=HEAD + "change = 3\n")[0].allowed)


def test_a_file_that_is_no_toml_or_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("id = \n", encoding="utf-8")
    with pytest.raises(DataError, match="this is not TOML"):
        read_scenario(tmp_path / "broken.toml")
    with pytest.raises(DataError, match="a file that is there"):
        read_scenario(tmp_path / "none.toml")


def test_a_shipped_name_that_is_none_suggests_the_nearest() -> None:
    with pytest.raises(DataError, match="did you mean island-school"):
        read_scenario("island-schol")
    with pytest.raises(DataError, match="a shipped scenario"):
        read_scenario("zzz")


def test_all_scenarios_that_are_asked_for_are_shipped() -> None:
    assert set(shipped_scenarios()) >= {
        "today",
        "island-school",
        "island-school-late",
        "island-classes",
        "two-zones-merged",
        "building-programme",
        "no-municipal-coordination",
    }
    assert shipped_scenarios()[0] == "today"
    assert [name for name in shipped_scenarios() if not read_scenario(name).assumed] == ["today"]


EVERY = (
    'do = "plan"\nfile = "p.csv"',
    'do = "move"\nunits = ["U1"]\nzone = "Z2"\ncategory = "points"\nfrom = 2025',
    'do = "new-zone"\nid = "Z9"\nschools = ["S1"]\nunits = ["U1"]',
    'do = "merge-zones"\nzones = ["Z1", "Z2"]',
    'do = "merge-zones"\nzones = ["Z1", "Z2"]\ninto = "Z2"',
    'do = "classes"\nschool = "S1"\nby = -2\npool = "favoured"',
    'do = "classes"\nschool = { rule = "most-short" }\nto = 2',
    'do = "seats"\nschool = "S1"\nby = 3',
    'do = "open-school"\nid = "S9"\nname = "新"\nsite = { lng = 1.5, lat = 2.0, datum = "wgs84" }\n'
    'opens = 2025\nclasses = 2\nclass_size = 40\nserves = ["Z1"]\n'
    'zone = { id = "Z9", units = { rule = "nearest" } }',
    'do = "close-school"\nschool = "S1"\nserved_by = "S2"',
    'do = "close-school"\nschool = "S1"\nunits_to = "Z2"',
    'do = "enlarge"\nschool = "S1"\nrooms = 3',
    'do = "merge-schools"\nschools = ["S1", "S2"]\ninto = "S1"',
    'do = "estate"\nunit = "U1"\nchildren = { household = 3 }\nfirst_year = 2024\nramp = [0.5, 1.0]',
    'do = "estate"\nunit = { id = "U9", lng = 1.0, lat = 2.0, datum = "wgs84", zone = "Z1" }\n'
    "children = { a = 3 }\nfirst_year = 2024",
    'do = "demolition"\nunit = "U1"\nshare = 0.25\nsource = "文件"',
    'do = "demolition"\nunit = "U1"\nchildren = { household = 3 }',
    'do = "demand-level"\nlevel = "high"\nfactor = 1.1\ncategories = ["points"]\ndistricts = ["D1"]',
    'do = "policy"\npolicy = "p"',
    'do = "policy"\npoints = "q.toml"',
    'do = "policy"\npolicy = "p.toml"\npoints = "q"',
    'do = "policy-date"\non = 2025-01-01',
    'do = "expecting"\nids = ["x"]',
    'do = "stage-off"\nstages = ["x", "y"]',
    'do = "stage-change"\nstage = "x"\nset = { when_full = "over", claims = [{ pool = ["a"] }] }',
    'do = "stage-change"\nstage = "x"\nclaim = 2\nset = { guaranteed = true }',
    'do = "coordination"\nvariant = "nearest"',
    'do = "coordination"\nvariant = "v"\nfile = "v.toml"\nreason = { zh = "因", en = "because" }',
)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_kind_of_change_is_told(tmp_path: Path, lang: str) -> None:
    scenario = read_scenario(write_scenario(tmp_path, *EVERY))
    assert {change.do for change in scenario.changes} == set(KINDS)
    lines = told(scenario, speaker(lang))
    assert len([line for line in lines if line[0].isdecimal()]) == len(EVERY)
    assert not any("{" in line.replace("{ pool", "") for line in lines)
    assert "试 (tried)" in lines[0] or "a try (tried)" in lines[0]
    assert scenario.refers() == ("p.csv", "q.toml", "p.toml", "v.toml")


def test_words_in_english(tmp_path: Path) -> None:
    lines = told(read_scenario(write_scenario(tmp_path, *EVERY)), speaker("en"))
    assert "2. 1 units move to Z2: U1, for points alone, from 2025" in lines
    assert "6. 2 classes fewer at S1, in the pool favoured" in lines
    assert "7. 2 classes at the school of the zone with most children over its seats" in lines
    assert "   Source: 文件" in lines
    assert "   Assumed: because" in lines
    assert lines[1] == "Assumed: a test"
