"""The table of rules: to a file and back, in both languages, and what is refused in it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from geodata.errors import DataError
from geodata.messages import LANGS, Lang, speaker
from geodata.scope.rules import ScopeRule, rules_of
from geodata.scope.tables import COLUMNS, read_rules, rules_table
from geodata.scope.writing import texts_of
from geodata.writing.tables import write_table

TEXT = (
    "西村街·广雅社区部分：广雅路２７--65号（单号）、１号之一；广雅内街（已拆迁）"
    "##=cmd|甲\n-乙路5号；+丙街##学区范围：江南大道以南区域。未定"
)


def written(path: Path, lang: Lang | None) -> list[ScopeRule]:
    rules = list(rules_of(TEXT, holder="@S1"))
    write_table(path, rules_table(rules, None if lang is None else speaker(lang)))
    return rules


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
@pytest.mark.parametrize("lang", [None, *LANGS])
def test_a_table_comes_back_as_the_same_rules_and_the_same_text(
    tmp_path: Path, lang: Lang | None, ending: str
) -> None:
    path = tmp_path / f"rules{ending}"
    rules = written(path, lang)
    assert read_rules(path) == rules
    assert texts_of(read_rules(path)) == {"@S1": TEXT}


def test_a_csv_has_a_mark_for_spreadsheets_and_no_cell_that_one_would_run(tmp_path: Path) -> None:
    written(tmp_path / "rules.csv", "zh")
    data = (tmp_path / "rules.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    cells = pd.read_csv(tmp_path / "rules.csv", dtype="str", keep_default_na=False)
    for name in cells:
        assert not cells[name].str.match(r"[=+\-@]").any()


def table() -> pd.DataFrame:
    rules = rules_of("西村街·广雅社区部分：广雅路27--65号（单号）、7号；广雅前街", holder="S1")
    return rules_table(rules).astype("str").replace({"<NA>": "", "True": "yes", "False": "no"})


def refused(tmp_path: Path, cells: pd.DataFrame) -> str:
    path = tmp_path / "rules.csv"
    write_table(path, cells)
    with pytest.raises(DataError) as caught:
        read_rules(path)
    return str(caught.value)


def test_names_of_fields_are_headings_too(tmp_path: Path) -> None:
    write_table(tmp_path / "rules.csv", table())
    assert [rule.from_no for rule in read_rules(tmp_path / "rules.csv")] == [27, 7, None]


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("kind", "lane", "row 2, column kind: found 'lane'; one of: whole street office"),
        ("parity", "third", "row 2, column parity: found 'third'; one of: all numbers, odd numbers"),
        ("excepted", "perhaps", "row 2, column excepted: found 'perhaps'; one of: yes, taken out"),
        ("from_no", "甲", "row 2, column from_no: found '甲'; a whole number of at most six digits"),
        ("to_no", "1234567", "row 2, column to_no: found '1234567'; a whole number"),
        ("to_no", "", "row 2, column from_no: both numbers, the first and the last"),
        ("to_no", "5", "row 2, column to_no: a number not below the first, 27"),
        ("road", "", "row 2, column road: the road of the house numbers; it is blank"),
        ("holder", "", "row 2, column holder: the school or unit that the rule stands under; it is blank"),
        ("part", "", "row 2, column part: the number of the part of the holder's text"),
        ("from_sub", "1", "row 2, column from_sub: a first and a last sub-number"),
        ("kind", "road", "row 2, column from_no: nothing: only house numbers have them"),
    ],
)
def test_a_cell_that_is_wrong_is_named(tmp_path: Path, column: str, value: str, words: str) -> None:
    cells = table()
    cells.loc[0, column] = value
    assert words in refused(tmp_path, cells)


def test_all_wrong_cells_are_named_together(tmp_path: Path) -> None:
    cells = table()
    cells.loc[0, "kind"] = "lane"
    cells.loc[1, "from_no"] = "甲"
    said = refused(tmp_path, cells)
    assert "row 2, column kind" in said
    assert "row 3, column from_no" in said


def test_a_missing_and_an_unknown_column_are_named(tmp_path: Path) -> None:
    said = refused(tmp_path, table().rename(columns={"road": "lane"}))
    assert "column lane: the columns of a rule table, each once" in said
    assert "column road: this column of a rule table is missing" in said


def test_a_column_that_stands_twice_in_two_languages_is_refused(tmp_path: Path) -> None:
    cells = table().assign(**{str(COLUMNS["of_road"]): ""})
    assert "the columns of a rule table, each once" in refused(tmp_path, cells)
