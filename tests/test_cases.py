"""Every named case of `tests/cases`, by the engine and by the plain one, and what the cases cover."""

from __future__ import annotations

from pathlib import Path

import pytest

from geodata import DataError
from tests.cases.runner import (
    FOLDER,
    Case,
    all_cases,
    cases_of,
    play_case,
    what_differs,
    what_the_plain_engine_differs_in,
)

CASES = all_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_named_case_ends_as_it_says(case: Case) -> None:
    if "refused" in case.row:
        with pytest.raises(DataError, match=case.row["refused"]):
            play_case(case)
        return
    played = play_case(case)
    assert what_differs(case, played) == []
    assert what_the_plain_engine_differs_in(case, played) == []


def test_names_of_cases_are_unique_and_files_are_called_by_their_policy() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    for path in FOLDER.glob("*.toml"):
        assert {case.policy for case in cases_of(path)} == {path.stem}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_has_a_clause_or_a_reason_in_both_languages(case: Case) -> None:
    row = case.row
    assert row["title"]["zh"].strip()
    assert row["title"]["en"].strip()
    if "clause" in row:
        assert row["clause"].strip()
    else:
        assert row["assumed"] is True
        assert row["reason"]["zh"].strip()
        assert row["reason"]["en"].strip()


ONE = """
policy = "xiamen-datongchou"
on = 2024-08-31
town.zones = { Z1 = ["D1", ["S1"]] }
town.schools = { S1 = { district = "D1", east = 0, seats = 1 } }
[[case]]
id = "one"
title = { zh = "一", en = "one" }
clause = "a test"
children = [{ applicant_id = "C1", category = "household", zone_id = "Z1" }]
expect = { C1 = "S1" }
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("clause", "clauses", "unknown clauses"),
        ('clause = "a test"', "", "a clause, or assumed = true with a reason"),
        ('clause = "a test"', "assumed = true", "a clause, or assumed = true with a reason"),
        (
            '"a test"',
            '"a test"\nassumed = true\nreason = { zh = "因", en = "why" }',
            "a clause, or assumed",
        ),
        ("expect = ", "stage = ", "either expect or refused"),
        ('expect = { C1 = "S1" }', 'expect = { C1 = "S1" }\nrefused = "x"', "either expect or refused"),
        ("C1 = ", "C2 = ", "each child stands in expect, and nobody else"),
    ],
)
def test_a_file_of_cases_is_read_strictly(tmp_path: Path, old: str, new: str, said: str) -> None:
    (tmp_path / "one.toml").write_text(ONE.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        cases_of(tmp_path / "one.toml")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('C1 = "S1"', 'C1 = "not-admitted"', "expect of C1: 'not-admitted' expected, 'S1' found"),
        (
            '"S1" }\n',
            '"S1" }\nstage = { C1 = "x" }\n',
            "stage of C1: 'x' expected, 'household-single' found",
        ),
        ('"S1" }\n', '"S1" }\nover = ["C1"]\n', r"over: ['C1'] expected, [] found"),
        ('"S1" }\n', '"S1" }\ncut_off = { S1 = {} }\n', "cut_off of S1: {} expected, {"),
    ],
)
def test_a_case_that_ends_otherwise_is_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = ONE[::-1].replace(old[::-1], new[::-1], 1)[::-1]
    (tmp_path / "one.toml").write_text(text, encoding="utf-8")
    (case,) = cases_of(tmp_path / "one.toml")
    (wrong,) = what_differs(case, play_case(case))
    assert wrong.startswith(said)
