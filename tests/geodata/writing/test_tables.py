"""Tables as files: whole or not at all, the same bytes, no formula, and back to the same values."""

from __future__ import annotations

import datetime
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import XuequError
from geodata.reading.files import read_rows
from geodata.writing import excel
from geodata.writing.cells import restore_formulas
from geodata.writing.tables import TABLE_SUFFIXES, write_table, write_tables

FRAME = pd.DataFrame(
    {
        "school_id": pd.Series(["001", "350203199001011234", "=1+1"], dtype="str"),
        "名称": pd.Series(["第一小学", "https://example.org", None], dtype="str"),
        "classes": pd.array([4, None, -2], dtype="Int64"),
        "share": [0.25, float("nan"), 1e-7],
        "open": pd.array([True, False, None], dtype="boolean"),
        "on": pd.to_datetime(["2024-07-01", None, "1899-12-31"]),
    }
)


def sheet_of(path: Path, name: str = "data") -> Any:
    return openpyxl.load_workbook(path)[name]


def test_a_csv_begins_with_the_mark_that_spreadsheets_look_for(tmp_path: Path) -> None:
    write_table(tmp_path / "t.csv", FRAME)
    assert (tmp_path / "t.csv").read_bytes() == (
        "\ufeffschool_id,名称,classes,share,open,on\n"
        "001,第一小学,4,0.25,true,2024-07-01\n"
        "350203199001011234,https://example.org,,,false,\n"
        "'=1+1,,-2,1e-7,,1899-12-31\n"
    ).encode()


cells = st.text(st.sampled_from("'=+-@,\"; \n1甲b"), max_size=6).map(str.strip)


@settings(max_examples=30)
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=8))
def test_a_csv_reads_back_to_the_same_values(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    # the reader leaves out rows without any cell
    frame = pd.DataFrame([("r", *row) for row in rows], columns=["=key", "a", "b"], dtype="str")
    write_table(path, frame)
    there = read_rows(path).cells
    back = pd.DataFrame({name: restore_formulas(there[name]) for name in there})
    # the reader may have restored them itself
    assert back["a"].tolist() == frame["a"].tolist() or there["a"].tolist() == frame["a"].tolist()
    assert len(back) == len(frame)


def test_in_excel_text_is_text_dates_are_dates_and_nothing_is_a_formula(tmp_path: Path) -> None:
    write_table(tmp_path / "t.xlsx", FRAME)
    sheet = sheet_of(tmp_path / "t.xlsx")
    found = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert found == [
        ["001", "第一小学", 4, 0.25, True, datetime.datetime(2024, 7, 1)],
        ["350203199001011234", "https://example.org", None, None, False, None],
        ["=1+1", None, -2, 1e-7, None, "1899-12-31"],  # Excel knows no day before 1900
    ]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b", "d"}
    assert sheet["A2"].number_format == "@"
    with zipfile.ZipFile(tmp_path / "t.xlsx") as book:
        text = "".join(book.read(name).decode() for name in book.namelist())
    assert "<f>" not in text
    assert "<hyperlink" not in text


def test_an_excel_sheet_keeps_its_heading_in_sight_filters_and_is_wide_enough(tmp_path: Path) -> None:
    write_table(tmp_path / "t.xlsx", FRAME)
    sheet = sheet_of(tmp_path / "t.xlsx")
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:F4"
    assert sheet.column_dimensions["A"].width >= len("350203199001011234")


def test_an_excel_file_reads_back_to_the_same_text(tmp_path: Path) -> None:
    frame = FRAME[["school_id", "名称", "classes", "share"]]
    write_table(tmp_path / "t.xlsx", frame)
    cells = read_rows(tmp_path / "t.xlsx").cells
    assert cells["school_id"].tolist() == ["001", "350203199001011234", "=1+1"]
    assert cells["classes"].tolist() == ["4", "", "-2"]


def test_numbers_that_excel_would_round_are_text(tmp_path: Path) -> None:
    write_table(tmp_path / "t.xlsx", pd.DataFrame({"n": pd.array([2**53 + 1, 2**53 - 1], dtype="Int64")}))
    sheet = sheet_of(tmp_path / "t.xlsx")
    assert (sheet["A2"].value, sheet["A3"].value) == ("9007199254740993", 2**53 - 1)


def test_sheets_get_names_that_excel_takes_each_once(tmp_path: Path) -> None:
    one = pd.DataFrame({"a": ["1"]})
    write_tables(tmp_path / "t.xlsx", {"a/b": one, "a:b": one, "x" * 40: one, "": one})
    assert openpyxl.load_workbook(tmp_path / "t.xlsx").sheetnames == ["a_b", "a_b 2", "x" * 31, "data"]


@pytest.mark.parametrize("suffix", TABLE_SUFFIXES)
def test_the_same_table_is_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    paths = [tmp_path / f"{name}{suffix}" for name in "ab"]
    for path in paths:
        write_table(path, FRAME)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_workbook_does_not_say_when_it_was_made(tmp_path: Path) -> None:
    write_table(tmp_path / "t.xlsx", FRAME)
    assert openpyxl.load_workbook(tmp_path / "t.xlsx").properties.created == datetime.datetime(2000, 1, 1)
    with zipfile.ZipFile(tmp_path / "t.xlsx") as book:
        assert {one.date_time[0] for one in book.infolist()} == {1980}


@pytest.mark.parametrize("suffix", TABLE_SUFFIXES)
def test_a_file_that_is_there_is_not_written_over(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"t{suffix}"
    path.write_text("mine")
    with pytest.raises(XuequError, match="is there already; name another file"):
        write_table(path, FRAME)
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(XuequError, match="there is no folder"):
        write_table(tmp_path / "none" / "t.csv", FRAME)


def test_an_ending_that_names_no_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(XuequError, match=r"t\.doc: .* allowed: \.csv, \.xlsx, \.parquet"):
        write_table(tmp_path / "t.doc", FRAME)


def test_several_tables_go_into_a_workbook_only(tmp_path: Path) -> None:
    with pytest.raises(XuequError, match="holds one table, and there are 2: a, b; choose one"):
        write_tables(tmp_path / "t.csv", {"a": FRAME, "b": FRAME})


def test_what_fails_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(excel, "_width", fail)
    with pytest.raises(RuntimeError):
        write_table(tmp_path / "t.xlsx", FRAME)
    assert list(tmp_path.iterdir()) == []


def test_a_text_that_excel_would_cut_is_refused_with_its_place(tmp_path: Path) -> None:
    frame = pd.DataFrame({"scope": ["short", "长" * (excel.LONGEST_TEXT + 1)]})
    with pytest.raises(
        XuequError, match=r"32,767 characters; data, row 3, column scope has more; write \.csv"
    ):
        write_table(tmp_path / "t.xlsx", frame)
    assert list(tmp_path.iterdir()) == []


def test_more_rows_than_a_sheet_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "MOST_ROWS", 2)
    with pytest.raises(XuequError, match="a sheet holds 2 rows, and data has 3"):
        write_table(tmp_path / "t.xlsx", FRAME)


def test_an_empty_table_keeps_its_headings(tmp_path: Path) -> None:
    for suffix in (".csv", ".xlsx"):
        write_table(tmp_path / f"t{suffix}", FRAME.iloc[:0])
    assert (tmp_path / "t.csv").read_text("utf-8-sig") == "school_id,名称,classes,share,open,on\n"
    assert sheet_of(tmp_path / "t.xlsx")["B1"].value == "名称"


@pytest.mark.parametrize("kind", [".csv", ".xlsx"])
def test_a_table_that_was_sorted_is_written_row_by_row(tmp_path: Path, kind: str) -> None:
    frame = pd.DataFrame({"id": ["a", "b", "c"], "n": [1, 2, 3], "yes": [True, False, True]})
    path = tmp_path / f"t{kind}"
    write_table(path, frame.iloc[[2, 0]])
    assert read_rows(path).cells.to_dict("list") == {
        "id": ["c", "a"],
        "n": ["3", "1"],
        "yes": ["true", "true"],
    }


def test_a_moment_with_a_zone_is_text_in_a_workbook(tmp_path: Path) -> None:
    frame = pd.DataFrame({"at": pd.to_datetime(["2024-07-01T08:30:00+08:00", None])})
    write_table(tmp_path / "t.xlsx", frame)
    assert [cell.value for cell in sheet_of(tmp_path / "t.xlsx")["A"]][1] == "2024-07-01T08:30:00+08:00"
