"""The shapes of numbers that name a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.errors import DataError, Fault, XuequError
from geodata.identity import HIDDEN, check_character_is_right, holds_number_of_a_person, scrub
from geodata.messages import say, speaker
from tests.people import identity_number

DIGITS = st.integers(0, 9)


def test_the_example_of_the_standard_has_a_right_check_character() -> None:
    # GB 11643-1999, section 4: 11010519491231002X
    assert check_character_is_right(["11010519491231002X", "11010519491231002x"]).all()
    assert not check_character_is_right(["110105194912310021"]).any()


@given(st.integers(0, 999), st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(sequence: int, place: int, more: int) -> None:
    number = identity_number(sequence)
    assert check_character_is_right([number])[0]
    if number[place] != "X":
        wrong = number[:place] + str((int(number[place]) + more) % 10) + number[place + 1 :]
        assert not check_character_is_right([wrong])[0]


@pytest.mark.parametrize(
    "text", ["", "B001", "35020320180101123", "3502032018010112345", "３５０２０３２０１８０１０１１２３４"]
)
def test_what_is_no_identity_number_has_no_right_check_character(text: str) -> None:
    assert not check_character_is_right([text])[0]


@pytest.mark.parametrize(
    "number",
    [
        "350203201801011234",
        "350203 20180101 1234",
        "350203-20180101-1234",
        "３５０２０３２０１８０１０１１２３４",
        "35020320180101123X",
        "35020320180101123x",
        "350203201813991239X"[:17] + "X",
        "3.50203201801011E+17",
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "+86 13800138000",
        "8613800138000",
        "１３８００１３８０００",
        "13800138000.0",
    ],
)
def test_numbers_of_persons_are_hidden_in_a_text(number: str) -> None:
    said = scrub(f"row 3: found '{number}'; a date")
    assert HIDDEN in said
    assert not any(part in said for part in (number, number[-4:], number[:6]))
    assert said.startswith("row 3: found '")
    assert said.endswith("; a date")
    assert holds_number_of_a_person(number)


@pytest.mark.parametrize(
    "text",
    [
        "B001",
        "350203001001",
        "2024-07-01",
        "113.240768",
        "0.13800138000",
        "510594823021004",
        "12345",
        "EPSG:4548",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert scrub(text) == text


@given(st.text(max_size=60))
def test_a_text_without_eleven_digits_or_an_exponent_stays(text: str) -> None:
    plain = "".join(c for c in text if not c.isdecimal())
    assert scrub(plain) == plain


@given(st.text(max_size=20), st.integers(0, 999), st.text(max_size=20))
def test_an_identity_number_is_hidden_whatever_stands_around_it(
    before: str, sequence: int, after: str
) -> None:
    number = identity_number(sequence)
    assert number not in scrub(f"{before} {number}，{after}")


def test_every_error_is_scrubbed_where_it_is_shown() -> None:
    number = identity_number(7)
    fault = Fault(
        file=f"{number}.csv",
        column=number,
        found="x" * 70 + number,
        allowed=say("not {x}", x=number),
        remedy=say("call {x}", x="13800138000"),
    )
    lines = [
        *DataError([fault] * 30).lines(speaker("zh")),
        *XuequError(say("no {x}", x=number)).lines(speaker("en")),
    ]
    text = "\n".join([*lines, str(DataError([fault]))])
    # found is cut where it is long; half a number would still be one
    assert number[:8] not in text
    assert "1380013" not in text
    assert text.count(HIDDEN) > 4
