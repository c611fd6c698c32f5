"""Cells on their way out and back in: no formula runs, nothing is lost."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.writing.cells import as_text_columns, escape_formulas, looks_like_formula, restore_formulas

texts = st.lists(st.text(st.sampled_from("'=+-@＝＋－＠ \t\n1.e甲A"), max_size=8), min_size=1, max_size=20)


def series(values: list[str]) -> pd.Series:
    return pd.Series(values, dtype="str")


@pytest.mark.parametrize(
    "text",
    [
        "=cmd|' /C calc'!A0",
        "+86 592 1234567",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1",
        "＝1+1",
        "＋1",
        "－甲",
        "＠a",
    ],
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert escape_formulas(series([text]))[0] == "'" + text


@pytest.mark.parametrize("text", ["-5", "+3.25", "-.5", "-1e-7", "甲", "1=1", "a@b", "'", "'甲", ""])
def test_numbers_and_other_texts_stay(text: str) -> None:
    assert escape_formulas(series([text]))[0] == text


@given(texts)
def test_every_text_comes_back(values: list[str]) -> None:
    assert restore_formulas(escape_formulas(series(values))).tolist() == values


@given(texts)
def test_no_escaped_text_begins_with_a_sign_that_runs(values: list[str]) -> None:
    escaped = escape_formulas(series(values))
    assert not (looks_like_formula(escaped) & ~escaped.str.startswith("'")).any()


@given(texts)
def test_two_texts_never_become_one(values: list[str]) -> None:
    assert len(set(escape_formulas(series(values)))) == len(set(values))


def test_values_become_the_text_that_the_readers_take_for_them() -> None:
    frame = pd.DataFrame(
        {
            "id": pd.Series(["001", None], dtype="str"),
            "n": pd.array([3, None], dtype="Int64"),
            "x": [0.1, float("nan")],
            "whole": [3.0, 1e16],
            "yes": pd.array([True, None], dtype="boolean"),
            "on": pd.to_datetime(["2024-07-01", None]),
            "at": pd.to_datetime(["2024-07-01T08:30:00", None]),
            "any": pd.Series([2.0, "a\r\nb"], dtype=object),
        }
    )
    assert as_text_columns(frame).to_dict("list") == {
        "id": ["001", ""],
        "n": ["3", ""],
        "x": ["0.1", ""],
        "whole": ["3", "1e+16"],
        "yes": ["true", ""],
        "on": ["2024-07-01", ""],
        "at": ["2024-07-01T08:30:00", ""],
        "any": ["2", "a\nb"],
    }


KINDS = pd.DataFrame(
    {
        "key": pd.Series(["a", "b", "c"], dtype="str"),
        "whole": [1, 2, 3],
        "n": pd.array([1, None, 3], dtype="Int64"),
        "x": [0.5, float("nan"), 2.5],
        "yes": [True, False, True],
        "on": pd.to_datetime(["2024-07-01", None, "2024-07-03"]),
        "any": pd.Series([1, "b", None], dtype=object),
    }
)


@pytest.mark.parametrize("places", [[2, 0, 1], [1, 2], [2], [], [0, 0, 1]])
@pytest.mark.parametrize("labels", [None, ["x", "y", "z"]])
def test_a_table_that_was_sorted_or_filtered_keeps_every_value_in_its_row(
    places: list[int], labels: list[str] | None
) -> None:
    frame = KINDS if labels is None else KINDS.set_axis(labels, axis=0)
    taken = as_text_columns(frame.iloc[places])
    wanted = as_text_columns(KINDS).iloc[places]
    assert taken.to_dict("list") == wanted.to_dict("list")
    assert taken.index.tolist() == frame.index[places].tolist()


def test_a_moment_with_a_zone_keeps_it() -> None:
    at = pd.to_datetime(["2024-07-01T00:00:00+08:00", None, "2024-07-01T08:30:00+08:00"])
    assert as_text_columns(pd.DataFrame({"at": at}))["at"].tolist() == [
        "2024-07-01T00:00:00+08:00",
        "",
        "2024-07-01T08:30:00+08:00",
    ]
