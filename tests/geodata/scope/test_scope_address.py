"""Addresses, taken apart."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.scope.address import MOST_OTHERS, Address, parse_address, parse_addresses

PARTS = [
    ("西村街广雅路29号", {"street": "西村街", "road": "广雅路", "number": 29}),
    (
        "广州市荔湾区西村街道广雅路29号之一302房",
        {
            "city": "广州市",
            "district": "荔湾区",
            "street": "西村街",
            "road": "广雅路",
            "number": 29,
            "sub": 1,
            "rest": "302房",
        },
    ),
    ("环市西34号", {"road": "环市西", "number": 34}),
    ("环市西路34号", {"road": "环市西路", "number": 34}),
    ("长喜二横巷5号", {"road": "长喜二横巷", "number": 5}),
    ("广雅路29-1号", {"road": "广雅路", "number": 29, "sub": 1}),
    ("广雅路29号之1", {"road": "广雅路", "number": 29, "sub": 1}),
    ("广雅路 ２９ 号之十二", {"road": "广雅路", "number": 29, "sub": 12}),
    ("广雅路29甲号", {"road": "广雅路", "number": 29, "mark": "甲"}),
    ("广雅路二十九号", {"road": "广雅路", "number": 29}),
    ("广雅路29", {"road": "广雅路", "number": 29}),
    ("西湾路41号301", {"road": "西湾路", "number": 41, "rest": "301"}),
    (
        "广雅路29号3号楼502",
        {"road": "广雅路", "number": 29, "building": "3号楼", "rest": "3号楼502"},
    ),
    ("金色家园3号楼502", {"building": "3号楼", "rest": "金色家园3号楼502"}),
    ("荔湾区金色家园3栋502室", {"district": "荔湾区", "building": "3栋", "rest": "金色家园3栋502室"}),
    ("怡福街1号", {"road": "怡福街", "number": 1}),
    ("西村街长宁街3号", {"street": "西村街", "road": "长宁街", "number": 3}),
    ("西湾东16街5号", {"road": "西湾东16街", "number": 5}),
    ("广雅后街一巷17号", {"road": "广雅后街一巷", "number": 17}),
    (
        "西湾路广雅后街一巷17号之一",
        {"of_road": "西湾路", "road": "广雅后街一巷", "number": 17, "sub": 1},
    ),
    (
        "海龙街增滘社区增滘大和东约10号",
        {"street": "海龙街", "community": "增滘社区", "road": "增滘大和东约", "number": 10},
    ),
    ("西村街·广雅社区", {"street": "西村街", "community": "广雅社区"}),
    (
        "石围塘街五眼桥新基上村155号",
        {"street": "石围塘街", "road": "五眼桥新基上村", "number": 155},
    ),
    ("长宁街", {"road": "长宁街"}),
    ("29号", {"rest": "29号"}),
    ("", {}),
]


OTHERS = [
    ("广雅路29-31号", "广雅路31号"),
    ("广雅路29~32号201房", "广雅路30号 广雅路31号 广雅路32号"),
    ("广雅路29号、31号", "广雅路31号"),
    ("广雅路29、31号", "广雅路31号"),
    ("广雅路29号至31号", "广雅路31号"),
    ("广雅路29号之一、之二", "广雅路29号之2"),
    ("广雅路29号之一至之三", "广雅路29号之2 广雅路29号之3"),
    ("广雅路29-1、29-2号", "广雅路29号之2"),
    ("西湾东16街5、7、9号", "西湾东16街7号 西湾东16街9号"),
    ("西湾路5号广雅路29号", "广雅路29号"),
    ("西湾路5号（广雅路29号）", "广雅路29号"),
    ("广雅路29-1号", ""),
    ("广雅路29号301、302房", ""),
    ("广雅路29号、3号楼", ""),
    ("广雅路29号3号楼502", ""),
]


@pytest.mark.parametrize(("text", "others"), OTHERS, ids=[text for text, _ in OTHERS])
def test_what_else_an_address_names_is_kept_beside_the_first(text: str, others: str) -> None:
    address = parse_address(text)
    assert address.others.replace("\n", " ") == others
    assert (address.number, address.sub) == {
        "西": (5, None),
        "广": (29, 1 if "之" in text or "-1" in text else None),
    }[text[0]]


def test_a_range_without_end_names_only_so_many_numbers() -> None:
    others = parse_address("广雅路1-99999号").others.split("\n")
    assert len(others) == MOST_OTHERS + 1
    assert others[-1] == "广雅路99999号"


@pytest.mark.parametrize(("text", "parts"), PARTS, ids=[text for text, _ in PARTS])
def test_an_address_has_these_parts(text: str, parts: dict[str, object]) -> None:
    address = parse_address(text)
    assert address == Address(text=address.text, **parts)


def test_a_table_is_read_text_by_text_and_a_missing_text_is_empty() -> None:
    texts = pd.Series(["广雅路29号", None, "广雅路29号", "广雅路"], index=[7, 3, 5, 1], dtype="str")
    table = parse_addresses(texts)
    assert table.index.tolist() == [7, 3, 5, 1]
    assert table["road"].tolist() == ["广雅路", "", "广雅路", "广雅路"]
    assert table["number"].tolist() == [29, pd.NA, 29, pd.NA] or table["number"].isna().tolist() == [
        False,
        True,
        False,
        True,
    ]
    assert str(table["number"].dtype) == "Int64"


def test_a_table_without_rows_has_all_columns() -> None:
    table = parse_addresses(pd.Series([], dtype="str"))
    assert len(table) == 0
    assert {"road", "number", "sub", "community"} <= set(table.columns)


@given(st.text(alphabet="广雅路街巷社区号之一二甲栋楼0123456789-·市镇 A（）", max_size=25))
def test_no_address_whatever_fails_and_numbers_stand_in_the_text(text: str) -> None:
    address = parse_address(text)
    if address.number is not None and any(sign.isdecimal() for sign in address.text):
        assert address.road or address.of_road
