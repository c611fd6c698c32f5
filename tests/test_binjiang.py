"""Binjiang as the registry has it, schools by pupil type and several campuses a community: read and mapped.

What stands in the two files (counted here anew from the text, by other code than ours):

| what | how many |
|---|---|
| campuses; of them without a point; without counts (0 means not known) | 28; 2; 3 |
| rows of community, campus and pupil type; of them said twice | 932; 20 |
| communities (滨康路 stands in two streets) | 345 |
| at several campuses for household children; for newcomers | 90; 101 |
| with schools for both pupil types; of them with other ones for each | 219; 45 |
| without a school for household children; for newcomers | 119; 7 |
| campus codes of communities that no campus has; campuses without communities | 0; 1 |
"""

from __future__ import annotations

import csv
import shutil
from collections import defaultdict
from pathlib import Path

import pytest

from geodata import City, read_city
from tests.browser import DESKTOP, PHONE, launch, visit
from tests.command import xuequ
from zoning.plan import categories_of, plan_for, plan_in

PROJECT = Path(__file__).parent / "projects" / "binjiang"
OURS = {"户籍生": "household", "新杭州人": "migrant"}
pytestmark = pytest.mark.real_data

# household children have a new school beside the one that newcomers have too
DATONG = ["杭州市浦沿小学、杭州市江南科学城小学", "杭州市浦沿小学"]
Pairs = dict[tuple[str, str, str], set[str]]


@pytest.fixture
def city(real_data: Path) -> City:
    return read_city(PROJECT)


@pytest.fixture
def pairs(real_data: Path) -> Pairs:
    """Return the campuses of each community (street, name) and pupil type, straight from the text."""
    found: Pairs = defaultdict(set)
    with (real_data / "hangzhou_binjiang" / "communities.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["street_name"], row["community_name"], row["student_type"]].add(row["campus_code"])
    return dict(found)


def campuses(real_data: Path) -> dict[str, dict[str, str]]:
    with (real_data / "hangzhou_binjiang" / "schools.csv").open(encoding="utf-8", newline="") as file:
        return {row["campus_code"]: row for row in csv.DictReader(file)}


def schools_of(city: City, category: str) -> dict[tuple[str, str], set[str]]:
    """Return the campuses of each community (street, name) as the project has them."""
    plan = plan_for(plan_in(city, 2026), category)
    joined = plan.merge(city["serves"], on="zone_id").merge(city["units"], on="unit_id")
    by = joined.groupby(["street_id", "scope_text"])["school_id"]
    return {key: set(some) for key, some in by}


def test_every_community_keeps_its_campuses_for_each_pupil_type(city: City, pairs: Pairs) -> None:
    for word, category in OURS.items():
        asked = {(street, name): some for (street, name, w), some in pairs.items() if w == word}
        assert schools_of(city, category) == asked


def test_the_counts_of_the_table_above(city: City, pairs: Pairs) -> None:
    assert len(city["units"]) == len({key[:2] for key in pairs}) == 345
    own, migrant = (schools_of(city, category) for category in OURS.values())
    assert [sum(len(s) > 1 for s in some.values()) for some in (own, migrant)] == [90, 101]
    both = own.keys() & migrant.keys()
    assert (len(both), sum(own[unit] != migrant[unit] for unit in both)) == (219, 45)
    assert (345 - len(own), 345 - len(migrant)) == (119, 7)
    plan = plan_in(city, 2026)
    assert categories_of(plan) == ["household", "migrant"]
    # a row each where they differ or only one is known; one row for all where they are the same
    assert len(plan) == 2 * 45 + (219 - 45) + 119 + 7


def test_a_community_that_stands_in_two_streets_is_two_units(city: City) -> None:
    units = city["units"]
    there = units[units["scope_text"] == "滨康路"]
    assert there["unit_id"].tolist() == ["西兴街道·滨康路", "长河街道·滨康路"]
    assert there["street_id"].tolist() == ["西兴街道", "长河街道"]


def test_the_number_of_communities_is_what_the_registry_says_of_each_campus(
    city: City, real_data: Path
) -> None:
    said = campuses(real_data)
    for column, category in (("n_hj", "household"), ("n_xhzr", "migrant")):
        plan = plan_for(plan_in(city, 2026), category).merge(city["serves"], on="zone_id")
        counted = plan.groupby("school_id").size().to_dict()
        repeated = {code: int(row[column]) - counted.get(code, 0) for code, row in said.items()}
        # the registry counts its rows, some of which stand twice
        assert all(more >= 0 for more in repeated.values())
        assert sum(repeated.values()) == (0 if category == "household" else 20)


def test_campuses_and_communities_name_each_other_but_for_one_campus(
    city: City, pairs: Pairs, real_data: Path
) -> None:
    named = set().union(*pairs.values())
    there = campuses(real_data)
    assert named - set(there) == set()
    assert {there[code]["school_name"] for code in set(there) - named} == {"杭州二中白马湖学校"}
    assert set(city["schools"]["school_id"]) - set(city["serves"]["school_id"]) == set(there) - named


def test_blank_points_and_counts_of_nought_are_not_known_and_no_seat_is_made_of_them(
    city: City, real_data: Path
) -> None:
    new = {code for code, row in campuses(real_data).items() if row["class_count"] == "0"}
    assert len(new) == 3
    assert int(city["schools"].geometry.isna().sum()) == 2
    assert not city.has("seats")
    assert not city.has("rolls")
    said = [str(one) for one in city.absences]
    assert sum("no point, so no distance is known" in one for one in said) == 2


def test_it_is_checked_and_cannot_be_run_and_says_why(real_data: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(PROJECT, tmp_path / "binjiang")
    checked = xuequ("check", folder, "--lang", "en")
    assert checked.status == 0, checked.err
    for line in ("units: 345 rows", "plan: 390 rows", "schools: 28 rows"):
        assert line in checked.out
    said = xuequ("run", folder, "--lang", "en")
    assert said.status == 2
    assert "a run needs a policy" in said.err
    assert not (folder / "runs").exists()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_map_shows_every_community_with_its_schools_by_pupil_type(
    real_data: Path, tmp_path: Path, lang: str
) -> None:
    folder = shutil.copytree(PROJECT, tmp_path / "binjiang")
    said = xuequ("map", folder, "--lang", lang)
    assert said.status == 0, said.err
    with launch() as browser:
        for size in (DESKTOP, PHONE):
            page = folder / f"map.{lang}.html"
            with visit(browser, page, size=size, ready="html[data-ready]") as opened:
                assert (opened.asked, opened.errors) == ([], [])
                screen = opened.page
                assert screen.locator("path.leaflet-interactive").count() == 26
                if size == PHONE:
                    screen.locator("#units summary").click()
                assert screen.locator("#unit-more").is_visible()  # 345 are more than are shown at once
                screen.locator("#unit-filter").fill("大同公寓")
                lines = screen.locator("#unit-list li:has(button:text-is('大同公寓')) p")
                assert lines.count() == 2
                assert [
                    one[-len(end) :] for one, end in zip(lines.all_inner_texts(), DATONG, strict=True)
                ] == DATONG
                screen.locator("#unit-list button").first.click()
                assert "大同公寓" in screen.locator(".leaflet-popup .card h3").inner_text()
                wide = screen.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
                assert wide, "nothing hangs over the edge of the screen"
                screen.locator("#unit-filter").fill("没有这个小区")
                assert screen.locator("#unit-list li").count() == 0
                assert screen.locator("#unit-more").is_visible()
