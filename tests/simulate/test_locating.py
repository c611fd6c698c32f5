"""Why an address is not located, and what is known near it."""

from __future__ import annotations

from pathlib import Path

import pytest

from geodata import City, read_city
from geodata.messages import speaker
from geodata.reading.files import read_rows
from simulate.locating import book_of, known_nearby, locate_table, why_unmatched
from tests.tiny import write_tiny
from tests.zoning.test_addresses import units_of
from zoning import plan_in

TEXTS = {"U1": "西村街·广雅社区部分：广雅路二巷1--9号", "U2": "西村街·西湾社区"}


@pytest.fixture
def city(tmp_path: Path) -> City:
    return read_city(
        write_tiny(tmp_path / "project", units=units_of(TEXTS), districts=('"东区"', '"荔湾区"'))
    )


@pytest.mark.parametrize(
    ("text", "reason", "known"),
    [
        ("天河区广雅路2巷5号", "the address names another district or city", 0),
        ("石井街道广雅路2巷5号", "a street office (街道, 镇 or 乡) that the project does not have", 1),
        ("西村街道广雅路第二巷11号", "the road stands in the rules, but not this house number", 1),
        ("石井街广雅路2巷11号", "the road stands in the rules, but not this house number", 1),
        ("广雅社区居委会朝阳路5号", "the community is split", 1),
    ],
)
def test_why_an_address_is_not_located_is_said(city: City, text: str, reason: str, known: int) -> None:
    book = book_of(city)
    assert reason in str(why_unmatched(book, text))
    assert len(known_nearby(book, text)) == known


def test_a_table_says_of_each_address_what_speaks_against_it(city: City, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("地址\n广雅路2巷5号\n天河区广雅路2巷5号\n广雅路2巷9-11号\n", encoding="utf-8")
    table = locate_table(
        city, plan_in(city, 2024), read_rows(path), "地址", id_column=None, speak=speaker("en")
    )
    assert table.found["row"].tolist() == [2, 4]
    assert table.found["undecided"].tolist() == ["", "广雅路2巷11号"]
    assert table.unmatched["reason"].tolist() == ["the address names another district or city"]
    assert len(table.double) == 0
