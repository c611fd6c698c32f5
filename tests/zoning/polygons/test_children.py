"""How many children live on a piece of ground: by point, else by unit, else by the counts of units."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from geodata import City
from tests.tiny import EAST, NORTH, applicants_of
from tests.zoning.polygons.drawn import drawn_city
from tests.zoning.test_addresses import HEAD, TEXTS, units_of
from zoning.polygons.children import settled
from zoning.polygons.findings import find_all
from zoning.polygons.ground import children_on, ground_of

# a border 600 m east of the corner cuts U1 into 60 % and 40 %
ZONES: dict[str, Any] = {
    "Z1": [(0, 0), (600, 0), (600, 2000), (0, 2000)],
    "Z2": [(600, 0), (2000, 0), (2000, 2000), (600, 2000)],
}
BY_UNIT = "".join(f"C{n},household,U1,,,,\n" for n in range(100, 150))
BY_ADDRESS = "".join(f"C{n},household,,,广雅路29号{n}房,,\n" for n in range(100, 150))
BY_POINT = f"C1,household,U1,,,{EAST + 100},{NORTH + 100}\n"


def city_of(folder: Path, rows: str, **changes: Any) -> City:
    extra = applicants_of(HEAD + rows)
    edits = [extra["xuequ"], *changes.pop("xuequ", [])]
    return drawn_city(
        folder, ZONES, units=units_of(TEXTS), applicants=extra["applicants"], xuequ=edits, **changes
    )


def sides(city: City) -> str:
    (found,) = [one for one in find_all(city) if one.kind == "unit-cut" and one.ids[0] == "U1"]
    return str(found.message)


@pytest.mark.parametrize(
    ("rows", "west", "east"),
    [
        (BY_UNIT, 30, 20),
        (BY_ADDRESS, 30, 20),
        (BY_ADDRESS + "C1,household,U1,,,,\n", 31, 20),
        (BY_UNIT + BY_POINT, 31, 20),
        (BY_ADDRESS + BY_POINT, 31, 20),
    ],
)
def test_every_child_counts_once_by_point_or_unit_or_address(
    tmp_path: Path, rows: str, west: int, east: int
) -> None:
    assert sides(city_of(tmp_path, rows)) == (
        f"unit U1 is cut: 60.0% of its area in Z1 ({west} children); "
        f"40.0% of its area in Z2 ({east} children)"
    )


def test_a_list_of_children_goes_before_counts_that_are_there_too(tmp_path: Path) -> None:
    # the counts say 68 in U1, and 51 in U2, of whom the list has none
    ground = ground_of(city_of(tmp_path, BY_ADDRESS))
    box = shapely.box(EAST + 1000, NORTH, EAST + 2000, NORTH + 1000)
    assert children_on(ground, np.array([box], dtype=object)) == [0]


@pytest.mark.parametrize("row", ["C9,household,,Z1,,,\n", "C9,household,,Z1,不知道在哪里,,\n"])
def test_where_a_child_is_known_only_by_zone_no_number_is_said(tmp_path: Path, row: str) -> None:
    assert sides(city_of(tmp_path, BY_UNIT + row)) == (
        "unit U1 is cut: 60.0% of its area in Z1; 40.0% of its area in Z2"
    )


def test_an_address_that_decides_nothing_does_not_hinder_the_findings(tmp_path: Path) -> None:
    city = city_of(tmp_path, BY_UNIT + "C9,household,,,不知道在哪里,,\n")
    assert sides(city) == "unit U1 is cut: 60.0% of its area in Z1; 40.0% of its area in Z2"
    assert sides(settled(city)) == sides(city)
    assert not settled(city)["applicants"]["address"].notna().any()


def test_a_unit_that_the_plan_leaves_out_has_its_children_still(tmp_path: Path) -> None:
    plan = "unit_id,zone_id\nU2,Z2\nU3,Z2\nU4,Z3\nU5,Z3\n"
    city = city_of(tmp_path, BY_UNIT, plan=plan, xuequ=[('policy = "xiamen-datongchou"\n', "")])
    assert "(30 children)" in sides(city)


def test_a_child_with_a_point_belongs_to_the_unit_in_which_it_lies(tmp_path: Path) -> None:
    rows = f"C1,household,,,,{EAST - 2500},{NORTH + 1500}\nC2,household,U5,,,,\n"
    zones = {"Z3": [(-4000, 0), (-3000, 0), (-3000, 1000), (-4000, 1000)]}
    extra = applicants_of(HEAD + rows)
    city = drawn_city(tmp_path, zones, applicants=extra["applicants"], xuequ=[extra["xuequ"]])
    (found,) = [one for one in find_all(city) if one.kind == "unit-outside"]
    assert (found.ids, found.children) == (("U5",), 2)
