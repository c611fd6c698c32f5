"""Workbooks as planners have them: titles, merged cells, formulas, errors, hidden sheets."""

from __future__ import annotations

import contextlib
import datetime
import io
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from geodata import DataError, read_city
from geodata.cells import UNCALCULATED, as_text
from geodata.project import Source
from geodata.reading import workbook_parts
from geodata.reading.excel import read_excel
from geodata.reading.files import read_rows
from geodata.reading.raw import RawTable
from geodata.reading.workbook_cells import texts_of
from geodata.schema import BY_NAME
from geodata.tables import parse_table
from tests.tiny import applicants_of, write_tiny

WORKBOOKS = Path(__file__).parent / "workbooks"
Fill = Callable[[Any], None]


def workbook(*rows: list[object], fill: Fill | None = None) -> bytes:
    """Return a workbook made by openpyxl: rows on the first sheet, then whatever `fill` does with it."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if fill is not None:
        fill(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(data: bytes, **where: Any) -> RawTable:
    return read_excel("a.xlsx", data, "", **where)


def notes(raw: RawTable) -> list[str]:
    return [str(note) for note in raw.notes]


def rezipped(data: bytes, member: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return the workbook with one of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == member else old.read(name))
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
BOOK = "xl/workbook.xml"


def saved_by_a_spreadsheet(data: bytes) -> bytes:
    """Return the workbook without the wish to be calculated as it opens, which Excel does not keep."""
    return rezipped(data, BOOK, lambda xml: xml.replace(b' fullCalcOnLoad="1"', b""))


# --- cells


def test_every_cell_becomes_the_text_that_we_parse() -> None:
    data = workbook(
        ["a", "b", "c", "d", "e", "f", "g"],
        [3.0, 0.1, True, datetime.date(2024, 7, 1), datetime.datetime(2024, 7, 1, 8), "007", None],
    )
    assert read(data).cells.to_numpy().tolist() == [
        ["3", "0.1", "true", "2024-07-01", "2024-07-01 08:00:00", "007", ""]
    ]


@pytest.mark.parametrize(
    "values",
    [
        [3.0, -0.0, 1e14, 1e15, 1e17, 0.1, 1e-7, -2.5, 118.09014693],
        ["甲", "", "x"],
        [True, 1.0, "x", 7, datetime.date(2024, 7, 1), datetime.datetime(2024, 7, 1), datetime.time(8)],
        [],
    ],
)
def test_the_quick_way_to_text_is_that_of_a_single_cell(values: list[Any]) -> None:
    assert texts_of(values).to_pylist() == [as_text(value) for value in values]


def test_a_row_has_the_number_that_the_spreadsheet_shows_also_below_blank_rows() -> None:
    raw = read(workbook([], [], ["a", "b"], [1, 2], [], [3, 4]))
    assert raw.rows.tolist() == [4, 6]


def test_a_table_that_begins_to_the_right_is_read() -> None:
    raw = read(workbook([None, None, "a", "b"], [None, None, 1, 2]))
    assert raw.cells.to_dict("list") == {"a": ["1"], "b": ["2"]}


def test_a_number_as_text_and_a_number_are_read_alike() -> None:
    assert read(workbook(["a"], ["45"], [45])).cells["a"].tolist() == ["45", "45"]


def test_a_number_that_lost_its_digits_is_a_fault_where_it_is_an_identifier(
    tmp_path: Path,
) -> None:
    seats = workbook(["school_id", "classes", "class_size"], [1234567890123450000, 1, 45])
    folder = write_tiny(tmp_path / "a", seats=None, xuequ=('"seats.csv"', '"seats.xlsx"'))
    (folder / "seats.xlsx").write_bytes(seats)
    with pytest.raises(DataError) as caught:
        read_city(folder)
    assert (
        "seats.xlsx, row 2, column school_id: an identifier as text; the spreadsheet keeps 15 digits"
        in str(caught.value)
    )
    assert "12345" not in str(caught.value)  # what is left may be a person's


def test_a_workbook_and_a_text_file_give_the_same_table(tmp_path: Path) -> None:
    folder = write_tiny(tmp_path / "a", seats=None, xuequ=('"seats.csv"', '"seats.xlsx"'))
    rows: list[list[object]] = [["S1", 1, 45], ["S2", 1, 45], ["S3", 1, 45], ["S4", 3, 45]]
    (folder / "seats.xlsx").write_bytes(workbook(["school_id", "classes", "class_size"], *rows))
    plain = read_city(write_tiny(tmp_path / "b"))
    assert read_city(folder)["seats"].equals(plain["seats"])


def test_thousands_of_coloured_blank_rows_and_columns_are_no_rows() -> None:
    def colour(book: Any) -> None:
        fill = openpyxl.styles.PatternFill("solid", fgColor="FFFF00")
        for place in ("A1048576", "XFD1", "XFD1048576"):
            book.active[place].fill = fill

    raw = read(workbook(["a"], [1], fill=colour))
    assert raw.cells.to_dict("list") == {"a": ["1"]}


def test_a_cell_so_far_out_that_all_between_would_fill_the_memory_is_a_fault() -> None:
    def far(book: Any) -> None:
        book.active["XFD1048576"] = "x"

    with pytest.raises(
        DataError, match=r"reaches over 1048576 rows and 16384 columns\. To do: go to the last cell"
    ):
        read(workbook(["a"], [1], fill=far))


def test_many_rows_of_few_columns_are_not_too_far_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def colour_the_right(book: Any) -> None:
        book.active["ZZ1"].fill = openpyxl.styles.PatternFill("solid", fgColor="FFFF00")

    monkeypatch.setattr(workbook_parts, "MOST_CELLS", 100)
    assert len(read(workbook(["a", "b"], *[[1, 2]] * 40, fill=colour_the_right)).cells) == 40
    with pytest.raises(DataError, match=r"at most 100 cells from A1 .* over 51 rows and 2 columns"):
        read(workbook(["a", "b"], *[[1, 2]] * 50, fill=colour_the_right))


# --- formulas and errors


def formulas(book: Any) -> None:
    book.active["B2"] = "=1+1"
    book.active["B3"] = "=A3"


def test_a_formula_that_no_spreadsheet_has_calculated_is_marked_and_not_blank() -> None:
    data = saved_by_a_spreadsheet(workbook(["a", "b"], [1], [2], [3, 4], fill=formulas))
    assert read(data).cells["b"].tolist() == [UNCALCULATED, UNCALCULATED, "4"]


def test_the_zero_that_a_program_puts_in_place_of_a_value_is_no_value() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_formula(1, 0, "=1+1")
        sheet.write(1, 1, 5)
    assert read(out.getvalue()).cells.to_numpy().tolist() == [[UNCALCULATED, "5"]]


def test_a_formula_is_read_as_its_value() -> None:
    data = saved_by_a_spreadsheet(workbook(["a", "b"], [1], [2], fill=formulas))
    data = rezipped(
        data, SHEET, lambda xml: xml.replace(b"<v />", b"<v>7</v>").replace(b"<v></v>", b"<v>7</v>")
    )
    assert read(data).cells["b"].tolist() == ["7", "7"]


def test_a_formula_that_gave_no_text_is_blank() -> None:
    def blank(xml: bytes) -> bytes:
        old = xml[xml.index(b'<c r="B2"') : xml.index(b"</c>", xml.index(b'<c r="B2"'))]
        return xml.replace(old, b'<c r="B2" t="str"><f>""</f><v></v>')

    data = saved_by_a_spreadsheet(workbook(["a", "b"], [1, 2], [3, 4]))
    assert read(rezipped(data, SHEET, blank)).cells["b"].tolist() == ["", "4"]


def errors(book: Any) -> None:
    for place, error in (("B2", "#REF!"), ("A3", "#N/A")):
        book.active[place] = error
        book.active[place].data_type = "e"


def test_cells_with_an_error_are_named_and_not_blank() -> None:
    raw = read(workbook(["a", "b"], [1, 2], [3, 4], fill=errors))
    assert raw.cells.to_numpy().tolist() == [["1", "#REF!"], ["#N/A", "4"]]


def test_errors_and_open_formulas_are_faults_where_the_column_is_used(tmp_path: Path) -> None:
    def spoil(book: Any) -> None:
        book.active["C2"] = "=1+44"
        book.active["B3"] = "#REF!"
        book.active["B3"].data_type = "e"
        book.active["D4"] = "=1/0"

    rows: list[list[object]] = [["S1", 1, 45], ["S2", 1, 45], ["S3", 1, 45], ["S4", 3, 45]]
    folder = write_tiny(tmp_path / "a", seats=None, xuequ=('"seats.csv"', '"seats.xlsx"'))
    head: list[object] = ["school_id", "classes", "class_size", "unused"]
    (folder / "seats.xlsx").write_bytes(workbook(head, *rows, fill=spoil))
    with pytest.raises(DataError) as caught:
        read_city(folder)
    assert [(f.row, f.column, f.found, str(f.allowed)) for f in caught.value.faults] == [
        (3, "classes", "#REF!", "a value; the spreadsheet shows an error here"),
        (2, "class_size", None, "a value; this formula was never calculated"),
    ]


# --- headings and merged cells


def titled(book: Any) -> None:
    book.active.merge_cells("A1:D1")


HEADS: list[list[object]] = [["2024年招生计划"], ["学校", "计划", None, "备注"], [None, "班数", "学位"]]


def two_levels(book: Any) -> None:
    titled(book)
    for place in ("A2:A3", "B2:C2", "D2:D3"):
        book.active.merge_cells(place)


def test_a_title_and_two_rows_of_headings_are_a_fault_that_says_what_to_declare() -> None:
    data = workbook(*HEADS, ["一小", 3, 135], fill=two_levels)
    with pytest.raises(
        DataError,
        match=r"row 1: .* if they begin in row 2 and take 2, declare heading_row = 2 and heading_rows = 2",
    ):
        read(data)
    raw = read(data, heading_row=2, heading_rows=2)
    assert raw.cells.to_dict("list") == {
        "学校": ["一小"],
        "计划/班数": ["3"],
        "计划/学位": ["135"],
        "备注": [""],
    }
    assert raw.rows.tolist() == [4]


def test_merged_headings_in_the_first_row_are_a_fault_too() -> None:
    data = workbook(*HEADS[1:], ["一小", 3, 135], fill=lambda book: book.active.merge_cells("B1:C1"))
    with pytest.raises(DataError, match=r"heading_row = 1 and heading_rows = 2"):
        read(data)


def test_two_rows_may_be_declared_where_they_begin_in_the_first() -> None:
    data = workbook(*HEADS[1:], ["一小", 3, 135], fill=lambda book: book.active.merge_cells("B1:C1"))
    assert list(read(data, heading_rows=2).cells) == ["学校", "计划/班数", "计划/学位", "备注"]


def test_a_heading_that_stands_twice_is_a_fault() -> None:
    with pytest.raises(DataError, match=r"a\.xlsx, row 2: found 'a'; each heading once"):
        read(workbook([], ["a", "a"], [1, 2]))


def test_a_column_with_cells_and_no_heading_is_a_fault() -> None:
    with pytest.raises(DataError, match=r"a\.xlsx, row 1: .* column 3 has none"):
        read(workbook(["a", "b"], [1, 2, 3]))


def test_cells_merged_downwards_count_for_each_of_their_rows_and_it_is_noted() -> None:
    data = workbook(
        *(["区", "学校"], ["思明", "一小"], [None, "二小"], [None, None], ["湖里", "三小"], [None, "四小"]),
        fill=lambda book: [book.active.merge_cells(place) for place in ("A2:A4", "A5:A6")],
    )
    raw = read(data)
    assert raw.cells["区"].tolist() == ["思明", "思明", "湖里", "湖里"]
    assert raw.rows.tolist() == [2, 3, 5, 6]
    assert notes(raw) == [
        "a.xlsx: column 区: the value of merged cells counts for each of their rows (2 filled)"
    ]


def test_cells_merged_over_columns_count_for_the_first_alone_and_it_is_noted() -> None:
    data = workbook(["a", "b"], [1, 2], ["注：x"], fill=lambda book: book.active.merge_cells("A3:B3"))
    raw = read(data)
    assert raw.cells.to_numpy().tolist() == [["1", "2"], ["注：x", ""]]
    assert notes(raw) == ["a.xlsx: cells merged over several columns count for the first one alone: rows 3"]


def test_a_merged_cell_fills_its_own_column_where_one_without_a_heading_stands_before_it() -> None:
    rows = [
        [None, "学校", None, "区", "班数"],
        [None, "一小", None, "东", 1],
        [None, "二小", None, None, 2],
    ]
    raw = read(workbook(*rows, fill=lambda book: book.active.merge_cells("D2:D3")))
    assert raw.cells.to_dict("list") == {"学校": ["一小", "二小"], "区": ["东", "东"], "班数": ["1", "2"]}
    assert raw.merged == {"区": frozenset({3})}


def test_cells_merged_in_a_column_that_is_left_out_fill_nothing() -> None:
    rows = [[None, "学校"], [None, "一小"], [None, "二小"]]
    raw = read(workbook(*rows, fill=lambda book: book.active.merge_cells("A2:A3")))
    assert (raw.cells.to_dict("list"), raw.merged) == ({"学校": ["一小", "二小"]}, {})


def test_a_number_merged_over_rows_is_a_fault_where_it_is_read_as_one() -> None:
    rows = (["school_id", "classes", "class_size"], ["S1", 4, 45], ["S2", None, 45])
    data = workbook(*rows, fill=lambda book: book.active.merge_cells("B2:B3"))
    raw = read(data)
    seats = parse_table(BY_NAME["seats"], raw, Source(path=""))
    assert [(f.row, f.column) for f in seats.faults if "merged" in str(f.allowed)] == [(3, "classes")]


# --- sheets


def hide_second(book: Any) -> None:
    book.create_sheet("旧").append(["x"])
    book["旧"].sheet_state = "hidden"


def test_a_hidden_sheet_is_not_read_and_it_is_noted() -> None:
    raw = read(workbook(["a"], [1], fill=hide_second))
    assert list(raw.cells) == ["a"]
    assert notes(raw) == ["a.xlsx: hidden sheets were not read: 旧"]


def test_a_hidden_sheet_is_read_when_it_is_named() -> None:
    assert list(read(workbook(["a"], [1], fill=hide_second), sheet="旧").cells) == ["x"]


def test_several_sheets_with_cells_are_a_fault_that_names_them() -> None:
    data = workbook(["a"], [1], fill=lambda book: book.create_sheet("二").append(["b"]))
    with pytest.raises(
        DataError,
        match=r'one sheet with cells; there are Sheet, 二\. To do: name one, such as sheet = "Sheet"',
    ):
        read(data)
    assert list(read(data, sheet="二").cells) == ["b"]


def test_empty_sheets_beside_the_one_with_cells_do_not_matter() -> None:
    def empty(book: Any) -> None:
        book.create_sheet("Sheet2")
        book.create_sheet("Sheet3")

    assert list(read(workbook(["a"], [1], fill=empty)).cells) == ["a"]


def test_a_sheet_that_is_not_there_is_a_fault() -> None:
    with pytest.raises(DataError, match=r"found 'x'; sheets: Sheet\. To do: correct sheet in xuequ\.toml"):
        read(workbook(["a"], [1]), sheet="x")


def test_a_workbook_without_cells_is_a_fault() -> None:
    with pytest.raises(DataError, match=r"a heading is expected; there is none"):
        read(workbook())
    with pytest.raises(DataError, match=r"a visible sheet with cells; hidden: –"):
        read(workbook(fill=lambda book: book.create_sheet("二")))


def test_hidden_rows_and_columns_are_read_and_it_is_noted() -> None:
    def hide(book: Any) -> None:
        book.active.row_dimensions[2].hidden = True
        book.active.column_dimensions["B"].hidden = True

    raw = read(workbook(["a", "b"], [1, 2], [3, 4], fill=hide))
    assert raw.cells["b"].tolist() == ["2", "4"]
    assert notes(raw) == ["a.xlsx: hidden rows (1) and columns (1) are read as the others are"]


# --- dates


@pytest.mark.parametrize(("year", "serial"), [(1900, 45474), (1904, 44012)])
def test_a_date_and_its_serial_are_the_same_day_in_both_systems(
    tmp_path: Path, year: int, serial: int
) -> None:
    def since(book: Any) -> None:
        days = openpyxl.utils.datetime
        book.epoch = days.CALENDAR_WINDOWS_1900 if year == 1900 else days.CALENDAR_MAC_1904
        book.active["C2"] = datetime.date(2024, 7, 1)
        book.active["C3"] = serial

    data = workbook(
        ["applicant_id", "category", "settled_on"], ["A", "points"], ["B", "points"], fill=since
    )
    folder = write_tiny(tmp_path / "a", **applicants_of(""))
    text = (folder / "xuequ.toml").read_text(encoding="utf-8").replace("applicants.csv", "applicants.xlsx")
    (folder / "xuequ.toml").write_text(text, encoding="utf-8")
    (folder / "applicants.xlsx").write_bytes(data)
    city = read_city(folder)
    assert city["applicants"]["settled_on"].dt.strftime("%Y-%m-%d").tolist() == ["2024-07-01"] * 2
    assert (
        "applicants.xlsx: column settled_on: 1 numbers read as dates, as its workbook counts days "
        f"(from {year}); the first in row 3"
    ) in [str(note) for note in city.notes]


# --- what is no such workbook


@pytest.mark.parametrize(
    ("data", "what", "remedy"),
    [
        (b"<html><body><table><tr><td>1</td></tr></table></body></html>", "a web page", "save it as .xlsx"),
        (b"\xef\xbb\xbf\n<table border=1><tr><td>1</td></tr></table>", "a web page", "save it as .xlsx"),
        (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
            "XML, a form of 2003",
            "save it as .xlsx",
        ),
        ("学校\t班数\n一小\t3\n".encode("gbk"), "plain text", "give it the ending .csv"),
        (b"", "an empty file", "save it as .xlsx"),
        (b"\x01\x02\0\0", "something else, or broken", "save it as .xlsx"),
    ],
)
def test_an_xls_that_is_something_else_is_told_what_it_is(data: bytes, what: str, remedy: str) -> None:
    with pytest.raises(DataError) as caught:
        read_excel("a.xls", data, "")
    assert f"a.xls: a workbook; this is {what}. To do:" in str(caught.value)
    assert remedy in str(caught.value)


def test_an_archive_of_other_files_is_no_workbook() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
    with pytest.raises(DataError, match=r"a workbook; this is an archive of other files"):
        read(out.getvalue())


def test_a_protected_workbook_is_told_so() -> None:
    container = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(
        DataError, match=r"a workbook without a password\. To do: open it and save it without one"
    ):
        read(container)


@pytest.mark.parametrize("cut", [100, 600, -200])
def test_a_workbook_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(DataError):
        read(workbook(["a"], [1])[:cut])


@pytest.mark.parametrize("cut", [20, 1024, 3000])
def test_an_old_workbook_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(DataError, match=r"a workbook that can be read; this one is broken"):
        read_excel("a.xls", (WORKBOOKS / "schools.xls").read_bytes()[:cut], "")


@pytest.mark.parametrize(
    ("member", "change"),
    [
        (BOOK, lambda xml: xml.replace(b'r:id="rId1"', b'r:id="rId99"')),
        (BOOK, lambda xml: xml[:-20]),
        ("xl/_rels/workbook.xml.rels", lambda xml: xml.replace(b"sheet1.xml", b"sheet9.xml")),
        (SHEET, lambda xml: xml[:-60]),
    ],
)
def test_a_workbook_whose_parts_do_not_fit_is_refused(
    member: str, change: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(DataError):
        read(rezipped(workbook(["a"], [1]), member, change))


def test_a_declaration_of_entities_in_a_sheet_is_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    with pytest.raises(DataError, match=r"DOCTYPE"):
        read(rezipped(workbook(["a"], [1]), SHEET, lambda xml: bomb + xml))


def test_an_xlsb_is_told_to_be_saved_as_xlsx() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.bin", "x")
    with pytest.raises(DataError, match=r"this is a binary workbook \(\.xlsb\)"):
        read(out.getvalue())


# --- other kinds


def test_an_old_workbook_is_read() -> None:
    raw = read_rows(WORKBOOKS / "schools.xls", heading_row=2)
    assert raw.cells["学校"].tolist() == ["一小", "二小", "三小"]
    assert raw.cells["启用日期"].tolist() == ["2001-09-01", "2024-07-01", "45474"]
    assert raw.serials == 1900
    assert notes(raw) == [
        "schools.xls: hidden sheets were not read: 旧",
        "schools.xls: 1 formulas gave no text, or were never calculated, and read as blank",
    ]


def test_the_errors_of_an_old_workbook_are_named_too() -> None:
    raw = read_rows(WORKBOOKS / "errors.xls")
    assert len(raw.cells) == 400
    assert raw.cells.iloc[-1].tolist() == ["S0400", "#REF!", ""]
    assert raw.serials == 1904
    assert notes(raw) == [
        "errors.xls: hidden rows (1) and columns (1) are read as the others are",
        "errors.xls: 1 formulas gave no text, or were never calculated, and read as blank",
    ]


@pytest.mark.parametrize("name", ["schools.xls", "errors.xls", "schools.ods"])
def test_an_old_workbook_that_is_broken_anywhere_is_read_or_refused(name: str) -> None:
    data = (WORKBOOKS / name).read_bytes()
    rng = random.Random(1)
    for _ in range(100):
        broken = bytearray(data)
        for _ in range(rng.randint(1, 8)):
            broken[rng.randrange(len(data))] = rng.choice((0, 1, 2, 127, 254, 255))
        with contextlib.suppress(DataError):
            read_excel(name, bytes(broken), "")


def test_an_old_workbook_with_a_cell_far_out_is_refused_before_it_is_opened() -> None:
    data, old = (WORKBOOKS / "errors.xls").read_bytes(), struct.pack("<HHHH", 0x205, 8, 400, 1)
    assert data.count(old) == 1
    far = data.replace(old, struct.pack("<HHHH", 0x205, 8, 65535, 65535))
    with pytest.raises(DataError, match="sheet 数据 reaches over 65536 rows and 65536 columns"):
        read_excel("a.xls", far, "")


def test_a_compound_file_that_holds_no_workbook_is_refused() -> None:
    data = (WORKBOOKS / "schools.xls").read_bytes()
    word = data.replace("Workbook".encode("utf-16-le"), "WordDocu".encode("utf-16-le"))
    with pytest.raises(DataError, match="a workbook that can be read; this one is broken"):
        read_excel("a.xls", word, "")


def changed_ods(*pairs: tuple[bytes, bytes]) -> bytes:
    def change(xml: bytes) -> bytes:
        for old, new in pairs:
            assert old in xml
            xml = xml.replace(old, new, 1)
        return xml

    return rezipped((WORKBOOKS / "schools.ods").read_bytes(), "content.xml", change)


def test_errors_and_open_formulas_of_an_open_document_are_marked() -> None:
    data = changed_ods(
        (
            b'office:value-type="float" office:value="3"',
            b'office:value-type="string" calcext:value-type="error"',
        ),
        (b'office:value-type="float" office:value="4.5"', b'table:formula="of:=1+1"'),
    )
    assert read_excel("a.ods", data, "").cells["班数"].tolist() == ["#VALUE!", UNCALCULATED]


def test_an_open_document_that_repeats_a_cell_without_end_is_refused() -> None:
    rows, columns = b'table:number-rows-repeated="1048576"', b'table:number-columns-repeated="16384"'
    data = changed_ods(
        (b"<table:table-row>", b"<table:table-row " + rows + b">"),
        (b"<table:table-cell ", b"<table:table-cell " + columns + b" "),
    )
    with pytest.raises(DataError, match="reaches over 1048576 rows and 16384 columns"):
        read_excel("a.ods", data, "")


def test_an_open_document_is_read() -> None:
    raw = read_rows(WORKBOOKS / "schools.ods")
    assert raw.cells["启用日期"].tolist() == ["2001-09-01", "2024-07-01"]
    assert raw.cells["班数"].tolist() == ["3", "4.5"]
    assert notes(raw) == []
    assert raw.serials is None


def test_the_bytes_and_not_the_ending_say_what_a_workbook_is(tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_bytes(workbook(["a"], [1]))
    assert read_rows(tmp_path / "a.xls").cells.to_dict("list") == {"a": ["1"]}


# --- XML that another program wrote

HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'


def sheet_of(cells: bytes) -> bytes:
    whole = HEAD + cells + b"</sheetData></worksheet>"
    return rezipped(workbook(["id", "n"]), SHEET, lambda _: whole)


def test_errors_and_open_formulas_are_marked_also_behind_single_quotes() -> None:
    cells = (
        b"<row r='1'><c r='A1' t='inlineStr'><is><t>n</t></is></c>"
        b"<c r='B1' t='inlineStr'><is><t>id</t></is></c></row>"
        b"<row r='2'><c r='A2' t='e'><v>#REF!</v></c></row>"
        b"<row r='3'><c r='A3'><f>1+1</f></c><c r='B3'><v>1</v></c></row>"
    )
    assert read(sheet_of(cells)).cells["n"].tolist() == ["#REF!", UNCALCULATED]


@pytest.mark.parametrize("cell", [b'<c t="e"><v>#REF!</v></c>', b"<c><f>1+1</f></c>"])
def test_an_error_or_open_formula_that_does_not_say_where_it_stands_is_a_fault(cell: bytes) -> None:
    cells = b'<row><c t="inlineStr"><is><t>n</t></is></c></row><row>' + cell + b"</row>"
    with pytest.raises(DataError, match="cells that say where they stand; in sheet Sheet"):
        read(sheet_of(cells))
