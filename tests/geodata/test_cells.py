"""Cells of text become values, or faults."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from geodata.cells import as_text, parse_column
from geodata.errors import Fault
from geodata.schema import Column, Kind


def parse(kind: Kind, *texts: str, **rules: object) -> tuple[pd.Series, list[Fault]]:
    column = Column(name="value", kind=kind, **rules)  # type: ignore[arg-type]
    rows = pd.Series(range(2, 2 + len(texts)))
    return parse_column(pd.Series(texts, dtype="str"), column, file="f.csv", heading="值", rows=rows)


def lines(faults: list[Fault]) -> list[str]:
    return [f"{f.row} {f.found}: {f.allowed}" for f in faults]


def test_whole_numbers_are_read_also_as_a_spreadsheet_writes_them() -> None:
    values, faults = parse("integer", "45", "3.0", "-2", "+7", " 8 ", "")
    assert values.tolist() == [45, 3, -2, 7, 8, pd.NA]
    assert faults == []


@pytest.mark.parametrize("text", ["1.5", "1,000", "1e3", "４５", "x", "nan", "12 人"])
def test_what_is_no_whole_number_is_a_fault(text: str) -> None:
    values, faults = parse("integer", text)
    assert values.isna().all()
    assert lines(faults) == [f"2 {text}: a whole number"]


@pytest.mark.parametrize("text", ["nan", "NaN", "inf", "-Infinity", "1e400", "1_000", "４.５", "1,5"])
def test_what_is_no_finite_number_is_a_fault(text: str) -> None:
    _, faults = parse("number", text)
    assert lines(faults) == [f"2 {text}: a finite number"]


def test_numbers_are_read() -> None:
    values, faults = parse("number", "118.09", "-.5", "2.", "1e3", "")
    assert values.tolist()[:4] == [118.09, -0.5, 2.0, 1000.0]
    assert np.isnan(values.iloc[4])
    assert faults == []


def test_dates_are_read_with_strokes_or_slashes() -> None:
    values, faults = parse("date", "2024-07-01", "2024/7/1", "")
    assert values.iloc[0] == values.iloc[1] == pd.Timestamp(2024, 7, 1)
    assert pd.isna(values.iloc[2])
    assert faults == []


@pytest.mark.parametrize("text", ["2024-02-30", "2024", "20240701", "2024-07-01 08:00", "2024年7月1日"])
def test_what_is_no_date_is_a_fault(text: str) -> None:
    _, faults = parse("date", text)
    assert lines(faults) == [f"2 {text}: a date such as 2024-07-01"]


def test_yes_and_no_are_read_in_both_languages() -> None:
    values, faults = parse("boolean", "yes", "否", "TRUE", "0", "")
    assert values.tolist() == [True, False, True, False, pd.NA]
    assert faults == []


def test_what_is_neither_yes_nor_no_is_a_fault() -> None:
    _, faults = parse("boolean", "perhaps")
    assert lines(faults) == ["2 perhaps: yes or no"]


def test_a_blank_cell_of_a_required_column_is_a_fault_with_what_to_do() -> None:
    _, faults = parse("id", "A", " ", required=True)
    assert lines(faults) == ["3 None: a blank cell, where a value is required"]
    assert str(faults[0].remedy) == "fill it in"


def test_a_blank_cell_of_an_optional_column_is_absent() -> None:
    values, faults = parse("text", "A", " ")
    assert values.isna().tolist() == [False, True]
    assert faults == []


def test_a_value_below_the_least_is_a_fault() -> None:
    _, faults = parse("integer", "1948", "1949", minimum=1949)
    assert lines(faults) == ["2 1948: a number of at least 1949"]


def test_a_value_that_is_not_on_the_list_is_a_fault() -> None:
    _, faults = parse("text", "public", "private", "", allowed=("public", "nine-year"))
    assert lines(faults) == ["3 private: allowed: public, nine-year"]


def test_a_bad_cell_does_not_hide_another() -> None:
    _, faults = parse("integer", "a", "1", "-1", "b", minimum=0)
    assert [f.row for f in faults] == [2, 5, 4]


def test_what_to_do_depends_on_whether_the_cell_may_be_blank() -> None:
    _, needed = parse("integer", "a", required=True)
    _, optional = parse("integer", "a")
    assert str(needed[0].remedy) == "correct it"
    assert str(optional[0].remedy) == "correct it, or leave the cell blank if it is not known"


def test_an_identifier_keeps_its_leading_zeros() -> None:
    assert parse("id", "007")[0].tolist() == ["007"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (pd.NA, ""),
        (pd.NaT, ""),
        (float("nan"), ""),
        (True, "true"),
        (np.False_, "false"),
        (440103.0, "440103"),
        (np.float64(0.1), "0.1"),
        (float("inf"), "inf"),
        (np.int64(7), "7"),
        (pd.Timestamp(2024, 7, 1), "2024-07-01"),
        (np.datetime64("NaT"), ""),
        (datetime.date(2024, 7, 1), "2024-07-01"),
        ("甲", "甲"),
    ],
)
def test_a_typed_value_becomes_the_text_that_we_parse(value: object, text: str) -> None:
    assert as_text(value) == text
