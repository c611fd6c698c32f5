"""Where an address falls under several units, the point may still lie in none of them."""

from __future__ import annotations

from pathlib import Path

from geodata import read_city
from tests.tiny import EAST, NORTH, applicants_of, write_tiny
from tests.zoning.test_addresses import HEAD, units_of
from zoning.disagreements import disagreements
from zoning.plan import plan_in

TWICE = {"U1": "西村街·广雅社区部分：广雅路1--9号", "U2": "西村街·广雅社区部分：广雅路5--20号"}


def listed(tmp_path: Path, east: float, north: float) -> list[str]:
    row = f"A1,household,,,西村街广雅路7号,{EAST + east},{NORTH + north}\n"
    changes = applicants_of(HEAD + row)
    city = read_city(write_tiny(tmp_path / "project", units=units_of(TWICE), **changes))
    return disagreements(city, plan_in(city, 2024), city["applicants"])["applicant_id"].tolist()


def test_a_point_in_none_of_the_units_of_a_doubly_matched_address_disagrees(tmp_path: Path) -> None:
    assert listed(tmp_path, -3500, 500) == ["A1"]


def test_a_point_in_one_of_them_does_not(tmp_path: Path) -> None:
    assert listed(tmp_path, 1500, 500) == []


def test_nor_does_a_point_on_the_border_of_one(tmp_path: Path) -> None:
    assert listed(tmp_path, 1500, 1000) == []
