"""Names in addresses: exact and by themselves, the longest, by street; near ones only as suggestions."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.scope.names import NAME_BEFORE
from zoning.names import _codes as codes_of
from zoning.names import (
    _walk,
    find_names,
    name_index,
    plain_street,
    plain_text,
    suggest_names,
)

NAMES = ["翠园", "翠园东区", "东方花园", "东方", "Ａ８公馆", "和平新村", "和平新村", "江南豪园"]
STREETS = ["", "", "", "", "", "西村街道", "站前街", ""]


def index(names: list[str] = NAMES, streets: list[str] = STREETS):
    ids = [f"U{number}" for number in range(len(names))]
    return name_index(pd.Series(ids), pd.Series(names), pd.Series(streets))


def found(text: str, street: str | None = None) -> list[str]:
    said = None if street is None else pd.Series([street])
    return find_names(index(), pd.Series([text]), said)["id"].tolist()


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("翠园", ["U0"]),
        ("广州市荔湾区翠园3号楼502", ["U0"]),
        ("西村街道翠园二期5栋", ["U0"]),
        ("翠 园　１２号", ["U0"]),
        ("a8公馆B座", ["U4"]),
        ("人民路12号江南豪园", ["U7"]),
    ],
)
def test_a_name_is_found_in_a_longer_address(text: str, ids: list[str]) -> None:
    assert found(text) == ids


@pytest.mark.parametrize(
    "text", ["新东方花园3号", "东方明珠3号", "环翠园3号", "翠园里", "", "花园", "东方一品3号"]
)
def test_a_part_of_another_name_is_not_found(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("text", ["翠园3路5号", "翠园12横巷5号", "翠园3里", "翠园a3路5号"])
def test_a_number_that_is_of_a_road_is_no_house_number(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("翠园西区3号", "西区"),
        ("翠园二期3幢", "二期"),
        ("翠园2期3幢", "2期"),
        ("翠园(第二期)3幢", "第二期"),
        ("翠园b区3幢", "b区"),
        ("翠园东区3号", ""),
        ("翠园小区3号", ""),
        ("翠园3号", ""),
    ],
)
def test_a_phase_or_part_behind_a_name_is_told(text: str, phase: str) -> None:
    assert find_names(index(), pd.Series([text]))["phase"].tolist() == [phase]


def test_the_longer_of_two_names_counts() -> None:
    assert found("翠园东区3号") == ["U1"]
    assert found("东方花园3号") == ["U2"]


def test_two_names_in_one_address_are_both_given() -> None:
    assert found("翠园3号,江南豪园") == ["U0", "U7"]


def test_a_name_that_repeats_is_matched_twice_unless_the_street_says_which() -> None:
    assert found("和平新村3号") == ["U5", "U6"]
    assert found("和平新村3号", "西村街") == ["U5"]
    assert found("和平新村3号", "站前街道") == ["U6"]
    assert found("和平新村3号", "南源街") == []


def test_a_blank_name_a_single_character_and_a_long_description_are_left_out() -> None:
    made = name_index(pd.Series(list("ABCD")), pd.Series([None, "园", "翠园", "翠园" * 31]))
    assert made.entries["id"].tolist() == ["C"]


def test_an_index_without_names_finds_nothing() -> None:
    empty = name_index(pd.Series([], dtype="str"), pd.Series([], dtype="str"))
    assert len(find_names(empty, pd.Series(["翠园3号"]))) == 0
    assert len(suggest_names(empty, pd.Series(["翠园3号"]))) == 0


def test_no_addresses_are_no_findings() -> None:
    assert len(find_names(index(), pd.Series([], dtype="str"))) == 0
    assert len(suggest_names(index(), pd.Series([], dtype="str"))) == 0


def test_whole_says_whether_the_address_is_the_name_and_no_more() -> None:
    table = find_names(index(), pd.Series(["翠园", "翠园3号"]))
    assert table["whole"].tolist() == [True, False]


def test_the_order_of_the_names_does_not_matter() -> None:
    texts = pd.Series(["和平新村3号", "翠园东区", "东方", "a8公馆1号"])
    usual = find_names(index(), texts)
    ids, names, streets = (pd.Series(part) for part in (range(len(NAMES)), NAMES, STREETS))
    turned = name_index(("U" + ids.astype("str"))[::-1], names[::-1], streets[::-1])
    pd.testing.assert_frame_equal(find_names(turned, texts), usual)


words = st.text(alphabet="东方花园a3", max_size=7)


@settings(max_examples=40)
@given(st.lists(words, max_size=6), st.lists(words, max_size=4))
def test_the_walk_finds_every_place_where_a_name_stands(names: list[str], texts: list[str]) -> None:
    made = name_index(pd.Series(names, dtype="str"), pd.Series(names, dtype="str"))
    codes, starts = codes_of(pd.Series(texts, dtype="str"))
    at, name, length = _walk(made.tree, codes)
    row = np.searchsorted(starts, at, side="right") - 1
    walked = {
        (int(r), int(a - starts[r]), str(made.plain[n])) for r, a, n in zip(row, at, name, strict=True)
    }
    plain = sorted({one for one in names if len(one) > 1})
    brute = {
        (r, place, one)
        for (r, text), one in itertools.product(enumerate(texts), plain)
        for place in range(len(text))
        if text.startswith(one, place)
    }
    assert walked == brute
    assert length.tolist() == [len(made.plain[n]) for n in name]


@settings(max_examples=40)
@given(st.lists(words, min_size=1, max_size=6), st.text(alphabet="0123456789号", max_size=4))
def test_every_name_is_found_in_itself_with_a_number(names: list[str], tail: str) -> None:
    ids = pd.Series(names, dtype="str")
    made = name_index(ids, ids)
    table = find_names(made, ids + tail)
    for row, name in enumerate(names):
        if len(name) > 1:
            assert name in set(table["id"][table["row"] == row]) or any(
                len(other) > len(name) and name in other for other in table["id"][table["row"] == row]
            )


def test_a_near_name_is_suggested_with_its_score_and_never_found() -> None:
    assert found("江南豪圆5幢") == []
    near = suggest_names(index(), pd.Series(["江南豪圆5幢", "完全不同"]))
    assert near["row"].tolist() == [0]
    assert near["name"].tolist() == ["江南豪园"]
    assert 70 <= near["score"][0] < 100


def test_at_most_so_many_names_are_suggested_the_best_first() -> None:
    names = ["锦绣江南一", "锦绣江南二", "锦绣江南三", "锦绣江北四"]
    made = name_index(pd.Series(names), pd.Series(names))
    near = suggest_names(made, pd.Series(["锦绣江南五"]), most=2)
    assert near["name"].tolist() == ["锦绣江南一", "锦绣江南三"]


def test_plain_texts_are_narrow_small_and_without_white_space() -> None:
    assert plain_text(pd.Series(["Ａ座　１２ 号", None])).tolist() == ["a座12号", ""]
    assert plain_street(pd.Series(["西村街道办事处", "街", "海沧镇"])).tolist() == ["西村", "街", "海沧"]


def test_a_name_may_follow_every_sign_that_ends_a_larger_place() -> None:
    texts = pd.Series([f"某{sign}翠园" for sign in NAME_BEFORE if sign != "\n"])
    assert find_names(index(), texts)["id"].tolist() == ["U0"] * len(texts)
