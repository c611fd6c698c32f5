"""Cells of text become values, or faults."""

from __future__ import annotations

import datetime
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.cells import DTYPES, UNCALCULATED, as_text, parse_column
from geodata.errors import Fault
from geodata.messages import Text
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


@pytest.mark.parametrize("text", ["1.5", "1,000", "1e3", "x", "nan", "12 人", "50%"])
def test_what_is_no_whole_number_is_a_fault(text: str) -> None:
    values, faults = parse("integer", text)
    assert values.isna().all()
    assert lines(faults) == [f"2 {text}: a whole number"]


@pytest.mark.parametrize("text", ["nan", "NaN", "inf", "-Infinity", "1e400", "1_000", "1,5", "50%"])
def test_what_is_no_finite_number_is_a_fault(text: str) -> None:
    _, faults = parse("number", text)
    assert lines(faults) == [f"2 {text}: a finite number"]


def test_numbers_are_read() -> None:
    values, faults = parse("number", "118.09", "-.5", "2.", "1e3", "")
    assert values.tolist()[:4] == [118.09, -0.5, 2.0, 1000.0]
    assert np.isnan(values.iloc[4])
    assert faults == []


@pytest.mark.parametrize(
    "text",
    [
        *("2024-07-01", "2024-7-1", "2024/7/1", "2024.7.1", "2024年7月1日", "2024年07月01日", "20240701"),
        *(
            "2024-07-01 00:00:00",
            "2024/7/1 0:00",
            "2024-07-01T00:00:00.000",
            " 2024-07-01 ",
            "２０２４－７－１",
        ),
    ],
)
def test_a_date_is_read_in_every_form_that_can_mean_no_other_day(text: str) -> None:
    values, faults = parse("date", text, "2000-01-02", "")
    assert values.tolist()[:2] == [pd.Timestamp(2024, 7, 1), pd.Timestamp(2000, 1, 2)]
    assert pd.isna(values.iloc[2])
    assert faults == []


@pytest.mark.parametrize(
    "text",
    [
        *("2024-02-30", "2024", "2024-07", "2024年7月", "1/7/2024", "7/1/24", "2024-7/1", "20241301"),
        *("2024-07-01 08:00", "12345", "99999", "1e5", "2024-07-01x"),
    ],
)
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


# --- what spreadsheets leave


def parse_said(kind: Kind, *texts: str, **more: int) -> tuple[pd.Series, list[Fault], list[str]]:
    notes: list[Text] = []
    rows = pd.Series(range(2, 2 + len(texts)))
    column = Column(name="value", kind=kind)
    cells = pd.Series(texts, dtype="str")
    values, faults = parse_column(
        cells, column, file="f.csv", heading="值", rows=rows, notes=notes, serials=more.get("serials")
    )
    return values, faults, [str(note) for note in notes]


PLAIN = "f.csv: column 值: full-width digits, letters or spaces made plain in {} cells, the first in row {}"


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", "４５", 45),
        ("number", "４．５", 4.5),
        ("number", "－１ ２", None),
        ("boolean", "ＹＥＳ", True),
        ("date", "２０２４年７月１日", pd.Timestamp(2024, 7, 1)),
        ("id", "Ａ０１（一）", "A01（一）"),
        ("id", "前埔\u3000一区", "前埔 一区"),
    ],
)
def test_full_width_digits_and_letters_are_made_plain_and_it_is_noted(
    kind: Kind, text: str, value: object
) -> None:
    values, faults, notes = parse_said(kind, "", text, text)
    assert notes == [PLAIN.format(2, 3)]
    if value is None:
        assert [fault.row for fault in faults] == [3, 4]
    else:
        assert values.tolist()[1:] == [value, value]
        assert faults == []


@pytest.mark.parametrize("kind", ["id", "text", "integer", "date"])
def test_outer_spaces_of_every_width_go_without_a_word(kind: Kind) -> None:
    plain = {"id": "甲", "text": "甲", "integer": "7", "date": "2024-07-01"}[kind]
    values, faults, notes = parse_said(kind, f"\u3000\u00a0 {plain}\ufeff\u200b\t", "\u3000\u200b")
    assert str(values.iloc[0]).startswith(plain)
    assert pd.isna(values.iloc[1])
    assert (faults, notes) == ([], [])


def test_a_name_keeps_what_stands_inside_it() -> None:
    values, _, notes = parse_said("text", "第１小学\u3000（东）")
    assert values.tolist() == ["第１小学\u3000（东）"]
    assert notes == []


@pytest.mark.parametrize("kind", ["id", "text", "integer", "number", "boolean", "date"])
@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#DIV/0!", "#VALUE!", "Err:502"])
def test_an_error_of_a_spreadsheet_is_a_fault_of_every_kind_of_column(kind: Kind, error: str) -> None:
    values, faults = parse(kind, error, required=True)
    assert values.isna().all()
    assert lines(faults) == [f"2 {error}: a value; the spreadsheet shows an error here"]


@pytest.mark.parametrize("kind", ["id", "text", "integer", "date"])
def test_a_formula_that_was_never_calculated_is_one_fault(kind: Kind) -> None:
    _, faults = parse(kind, UNCALCULATED, required=True)
    assert lines(faults) == ["2 None: a value; this formula was never calculated"]
    assert "open the file in Excel or WPS" in str(faults[0].remedy)


def test_an_error_in_a_column_of_a_few_values_is_one_fault() -> None:
    _, faults = parse("text", "#N/A", "public", allowed=("public",))
    assert lines(faults) == ["2 #N/A: a value; the spreadsheet shows an error here"]


@pytest.mark.parametrize(
    "text", ["3.50203E+17", "3.5020319990101e+17", "1.2E+17", "1E+12", "1234567890123456.0"]
)
def test_an_identifier_that_lost_its_digits_is_a_fault_and_is_not_shown(text: str) -> None:
    values, faults = parse("id", text)
    assert values.isna().all()
    assert lines(faults) == [
        "2 None: an identifier as text; the spreadsheet keeps 15 digits of a number, so the others are lost"
    ]


@pytest.mark.parametrize("text", ["1E5", "3E12", "350203", "A.5E+", "123456789012345", "007"])
def test_an_identifier_that_only_looks_a_little_like_a_number_is_kept(text: str) -> None:
    assert parse("id", text)[0].tolist() == [text]


def test_a_number_of_a_spreadsheet_that_lost_digits_is_seen_as_one() -> None:
    _, faults = parse("id", as_text(350203199901011234.0), as_text(1234567890123456.0))
    assert [fault.row for fault in faults] == [2, 3]


@pytest.mark.parametrize(("text", "plain"), [("1,200", "1200"), ("-12,345.5", "-12345.5")])
def test_commas_in_a_number_are_a_fault_that_says_how_to_write_it(text: str, plain: str) -> None:
    for kind in ("integer", "number"):
        _, faults = parse(kind, text)
        assert str(faults[0].remedy) == f"write it without commas: {plain}"


@pytest.mark.parametrize(("serials", "text"), [(1900, "45474"), (1904, "44012")])
def test_a_number_in_a_column_of_dates_of_a_workbook_is_the_day_that_it_counts(
    serials: int, text: str
) -> None:
    values, faults, notes = parse_said("date", "2000-01-01", text, serials=serials)
    assert values.tolist() == [pd.Timestamp(2000, 1, 1), pd.Timestamp(2024, 7, 1)]
    assert faults == []
    assert notes == [
        "f.csv: column 值: 1 numbers read as dates, as its workbook counts days "
        f"(from {serials}); the first in row 3"
    ]


def test_a_number_in_a_column_of_dates_of_a_text_file_is_a_fault_that_says_which_day_it_would_be() -> None:
    values, faults, notes = parse_said("date", "45474")
    assert values.isna().all()
    assert lines(faults) == ["2 45474: a date such as 2024-07-01"]
    assert "it is 2024-07-01: format the column as a date" in str(faults[0].remedy)
    assert notes == []


@pytest.mark.parametrize("text", ["2024", "1949", "99999", "18171"])
def test_a_year_alone_or_a_day_that_cannot_be_meant_is_no_serial(text: str) -> None:
    values, faults, _ = parse_said("date", text, serials=1900)
    assert values.isna().all()
    assert len(faults) == 1


def test_numbers_are_read_to_the_nearest_float() -> None:
    texts = ["118.08444710000001", "0.1", "+7", "9007199254740993", "1e-300", "24.4824837"]
    assert parse("number", *texts)[0].tolist() == [float(text) for text in texts]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20))
def test_any_number_written_out_comes_back(numbers: list[float]) -> None:
    assert parse("number", "0", *map(repr, numbers))[0].tolist()[1:] == numbers


@given(st.dates(min_value=datetime.date(1900, 1, 1), max_value=datetime.date(2100, 1, 1)))
def test_any_date_in_any_form_comes_back(day: datetime.date) -> None:
    y, m, d = day.year, day.month, day.day
    forms = [day.isoformat(), f"{y}/{m}/{d}", f"{y}.{m}.{d}", f"{y}年{m}月{d}日", f"{y}{m:02}{d:02}"]
    values, faults = parse("date", *forms)
    assert values.tolist() == [pd.Timestamp(day)] * len(forms)
    assert faults == []


@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_column_without_any_value_has_the_type_of_its_kind(kind: Kind) -> None:
    some = {"id": "a", "text": "a", "integer": "1", "number": "1", "boolean": "1", "date": "2024-07-01"}[
        kind
    ]
    assert parse(kind, "", " ")[0].dtype == parse(kind, some, "")[0].dtype == DTYPES[kind]
    assert parse(kind)[0].dtype == DTYPES[kind]


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
        (datetime.datetime(2024, 7, 1), "2024-07-01"),
        (datetime.datetime(2024, 7, 1, 8), "2024-07-01 08:00:00"),
        ("甲", "甲"),
    ],
)
def test_a_typed_value_becomes_the_text_that_we_parse(value: object, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize("gap", ["\u3000", "\u00a0", "\u200b", " ", "\u00ad"])
@pytest.mark.parametrize("kind", ["integer", "number"])
def test_a_gap_inside_a_number_is_a_fault_for_it_may_be_two_numbers(kind: Kind, gap: str) -> None:
    values, faults = parse(kind, f"3{gap}5", f"{gap}35{gap}")
    assert values.isna().tolist() == [True, False]
    assert [fault.row for fault in faults] == [2]
    assert "gap inside" in str(faults[0].remedy)


@pytest.mark.parametrize(
    "text",
    ["2024-06-30T16:00:00.000Z", "2024-07-01T00:00:00+08:00", "2024/07/01 08:30", "2024-07-01 00:00Z"],
)
def test_a_time_or_a_zone_after_a_day_is_a_fault_that_says_so(text: str) -> None:
    values, faults = parse("date", text)
    assert values.isna().all()
    assert "time or a time zone stands after the day" in str(faults[0].remedy)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (pd.Timestamp("2024-07-01"), "2024-07-01"),
        (pd.Timestamp("2024-07-01 16:00"), "2024-07-01 16:00:00"),
        (pd.Timestamp("2024-07-01", tz="UTC"), "2024-07-01 00:00:00+00:00"),
        (np.datetime64("2024-07-01T16:00"), "2024-07-01 16:00:00"),
        (np.datetime64("NaT"), ""),
        (datetime.date(2024, 7, 1), "2024-07-01"),
    ],
)
def test_a_time_keeps_its_hour_and_its_zone(value: object, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize("kind", ["integer", "number"])
def test_a_number_that_repeats_merged_cells_is_a_fault(kind: Kind) -> None:
    cells, rows = pd.Series(["4", "4", "", "x"], dtype="str"), pd.Series([2, 3, 4, 5])
    column = Column(name="value", kind=kind)
    values, faults = parse_column(cells, column, file="f", heading="值", rows=rows, merged={3, 4, 5})
    assert values.isna().tolist() == [False, True, True, True]
    assert [(f.row, "merged" in str(f.allowed)) for f in faults] == [(5, False), (3, True)]


def test_a_text_that_repeats_merged_cells_counts() -> None:
    cells, rows = pd.Series(["思明", "思明"], dtype="str"), pd.Series([2, 3])
    column = Column(name="value", kind="text")
    values, faults = parse_column(cells, column, file="f", heading="值", rows=rows, merged={3})
    assert (values.tolist(), faults) == (["思明", "思明"], [])
