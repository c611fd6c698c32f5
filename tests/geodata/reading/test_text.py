"""Text files: delimiters, titles, headings over several rows, long lines, the quick and the careful way."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from geodata import DataError
from geodata.reading import text as text_module
from geodata.reading.files import read_rows
from geodata.reading.heading_rows import Headings
from geodata.reading.raw import RawTable
from geodata.reading.text import _any_rows, _whole_rows, read_text


def read(data: str | bytes, delimiter: str = ",", encoding: str = "auto", **where: int) -> RawTable:
    content = data if isinstance(data, bytes) else data.encode("utf-8")
    return read_text("a.csv", content, "", encoding, delimiter, **where)


# --- encodings


def test_the_encoding_is_told_with_a_heading_as_its_sample() -> None:
    raw = read("id,学校\n1,小学\n".encode("gbk"))
    assert raw.encoding is not None
    assert (raw.encoding.name, raw.encoding.by, raw.encoding.sample) == ("gb18030", "content", "学校")
    assert raw.cells["学校"].tolist() == ["小学"]


def test_where_all_is_ascii_there_was_nothing_to_decide() -> None:
    assert read("a,b\n1,2\n").encoding is None


def test_a_doubtful_encoding_is_noted() -> None:
    assert "could be gb18030 too" in str(read("id,name\n1,École\n").notes[0])


def test_utf_16_with_a_mark_is_read_as_excel_writes_its_unicode_text() -> None:
    assert read("学校\t班数\n一小\t3\n".encode("utf-16"), "\t").cells.to_dict("list") == {
        "学校": ["一小"],
        "班数": ["3"],
    }


# --- delimiters


@pytest.mark.parametrize(
    ("delimiter", "shown"), [(";", ";"), ("\t", r"\\t"), ("|", r"\|"), ("，", "，"), ("、", "、")]
)
def test_headings_that_were_not_parted_say_which_delimiter_to_declare(delimiter: str, shown: str) -> None:
    data = delimiter.join(["学校", "班数"]) + "\n" + delimiter.join(["一小", "3"]) + "\n"
    with pytest.raises(DataError, match=f'all stand in one column. To do: declare delimiter = "{shown}"'):
        read(data)
    assert read(data, delimiter).cells.to_dict("list") == {"学校": ["一小"], "班数": ["3"]}


def test_a_full_width_comma_parts_quoted_cells_too() -> None:
    raw = read('学校，备注\n一小，"含，号"\n，\n二小，x,y\n', "，")
    assert raw.cells["备注"].tolist() == ["含，号", "x,y"]
    assert raw.rows.tolist() == [2, 4]


def test_a_broken_quote_in_a_file_with_full_width_commas_is_refused() -> None:
    with pytest.raises(DataError, match="it cannot be read: field larger than field limit"):
        read("学校，备注\n一小，" + "x" * 200_000, "，")


def test_a_file_of_one_column_is_a_file_of_one_column() -> None:
    assert read("school id\nS1;x\n").cells["school id"].tolist() == ["S1;x"]


def test_a_tsv_is_parted_by_tabs_without_being_told(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("a\tb\n1\t2,5\n", encoding="utf-8")
    assert read_rows(tmp_path / "a.tsv").cells.to_dict("list") == {"a": ["1"], "b": ["2,5"]}


def test_a_tsv_that_is_parted_by_commas_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"give the file the ending \.csv: commas part its columns"):
        read_rows(tmp_path / "a.tsv")


@pytest.mark.parametrize("data", [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"])
def test_a_workbook_under_the_name_of_a_text_file_is_told_so(data: bytes) -> None:
    with pytest.raises(
        DataError, match=r"a text file; this is a workbook .* To do: give it its own ending"
    ):
        read(data)


# --- headings


def test_a_title_above_the_headings_is_a_fault_that_says_what_to_declare() -> None:
    data = "2024年招生计划,,\n单位：人,,\n学校,班数,备注\n一小,3,\n"
    with pytest.raises(
        DataError,
        match=r"row 1: .* if they begin in row 3 and take 1, declare heading_row = 3 and heading_rows = 1",
    ):
        read(data)
    raw = read(data, heading_row=3)
    assert raw.cells.to_dict("list") == {"学校": ["一小"], "班数": ["3"], "备注": [""]}
    assert raw.rows.tolist() == [4]


def test_two_rows_of_headings_are_joined_and_an_upper_one_counts_for_the_blanks_beside_it() -> None:
    data = "学校,计划,,备注\n,班数,学位,\n一小,3,135,x\n"
    assert list(read(data, heading_row=1, heading_rows=2).cells) == [
        "学校",
        "计划/班数",
        "计划/学位",
        "备注",
    ]


def test_a_first_row_may_be_declared_to_be_the_headings_though_it_looks_like_a_title() -> None:
    with pytest.raises(DataError, match="column 2 has none"):
        read("a,,\n1,2,3\n4,5,6\n", heading_row=1)


@pytest.mark.parametrize("heading_row", [4, 9])
def test_headings_that_are_declared_where_there_is_nothing_are_a_fault(heading_row: int) -> None:
    with pytest.raises(DataError, match=f"row {heading_row}: a heading is expected; there is none"):
        read("a,b\n1,2\n\n", heading_row=heading_row)


def test_a_blank_row_declared_as_the_headings_is_a_fault() -> None:
    with pytest.raises(DataError, match="row 2: a heading is expected; there is none"):
        read("a,b\n,\n1,2\n", heading_row=2)


def test_blank_rows_above_the_headings_are_passed_over_and_counted() -> None:
    raw = read("\n,\na,b\n1,2\n")
    assert raw.cells.to_dict("list") == {"a": ["1"], "b": ["2"]}
    assert raw.rows.tolist() == [4]


def test_breaks_of_lines_inside_headings_go() -> None:
    assert list(read('"计划\n班数"," id ","school\nname"\n1,2,3\n').cells) == [
        "计划班数",
        "id",
        "school name",
    ]


def test_a_file_with_headings_alone_is_a_table_without_rows() -> None:
    assert list(read("a,b\n").cells) == ["a", "b"]
    assert list(read("a,b").cells) == ["a", "b"]


# --- rows


def test_a_row_with_too_many_fields_has_its_number_below_a_title_and_a_quoted_break() -> None:
    data = '标题,\n学校,班数\n"一\n小",3\n\n二小,4,5\n'
    with pytest.raises(DataError, match=r"a\.csv, row 5: not a table with 2 columns: 3 fields"):
        read(data, heading_row=2)


def test_a_quote_that_is_never_closed_has_its_row() -> None:
    with pytest.raises(DataError, match=r"a\.csv, row 3: not a table with 2 columns: EOF inside string"):
        read('a,b\n1,2\n"3,4\n5,6\n')


def test_a_row_with_too_few_fields_ends_in_blanks() -> None:
    assert read("a,b,c\n1\n1,2,3\n").cells.to_dict("list") == {
        "a": ["1", "1"],
        "b": ["", "2"],
        "c": ["", "3"],
    }


def test_the_number_of_a_row_counts_blank_rows_and_quoted_breaks_once() -> None:
    raw = read('a,b\n"x\ny",1\n\n,\nz,2\n')
    assert raw.rows.tolist() == [2, 5]


def test_a_line_longer_than_any_table_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_module, "LONGEST_LINE", 1 << 20)
    with pytest.raises(DataError, match=r"a\.csv, row 3: lines of at most 1 MiB; this one is longer"):
        read("a,b\n1,2\n" + "x" * (1 << 20) + "yz,2\n")
    assert len(read("a,b\n1," + "x" * ((1 << 20) - 10) + "\n" * 50).cells) == 1


def test_a_line_of_a_hundred_megabytes_is_refused() -> None:
    with pytest.raises(DataError, match="row 2: lines of at most 10 MiB"):
        read(b"a\n" + b"x" * 100_000_000)


def test_nul_bytes_are_refused() -> None:
    with pytest.raises(DataError, match=r"a\.csv, row 2: text; there is a NUL byte"):
        read(b"a,b\n1,\0\n")


def test_a_heading_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(
        DataError, match="a line of headings; it cannot be read: field larger than field limit"
    ):
        read("x" * 200_000 + ",b\n1,2\n")


NAMES = ("a", "b", "c")


@given(st.text(alphabet='ab学,"\n', max_size=40))
def test_the_quick_way_reads_nothing_otherwise_than_the_careful_one(text: str) -> None:
    body = memoryview(text.encode())
    quick = _whole_rows(body, ",", NAMES) if body else None
    if quick is None:
        return
    careful = _any_rows("a.csv", body, ",", Headings(names=NAMES, first=0, count=1))
    assert_frame_equal(quick, careful, check_column_type=False)


# rows that mostly are whole, so that the quick way does read them
ROW = st.lists(st.text(alphabet='ab学,"\n ', max_size=4), min_size=3, max_size=3)


@given(st.lists(ROW, min_size=1, max_size=8), st.booleans())
def test_cells_written_with_quotes_come_back_by_either_way(rows: list[list[str]], quick: bool) -> None:
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    body = memoryview(("\n".join(quoted) + "\n").encode())
    found = Headings(names=NAMES, first=0, count=1)
    frame = _whole_rows(body, ",", NAMES) if quick else _any_rows("a.csv", body, ",", found)
    if frame is None:
        assert rows[-1][-1].endswith("\n")  # then a quote might be open at the end
    else:
        assert frame.to_numpy().tolist() == rows


def test_a_file_that_changes_while_it_is_read_is_hashed_as_it_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    before = read_rows(path)
    once = Path.read_bytes

    def and_changed(self: Path) -> bytes:
        data = once(self)
        self.write_bytes(b"a\n2\n")
        return data

    monkeypatch.setattr(Path, "read_bytes", and_changed)
    during = read_rows(path)
    assert during.cells["a"].tolist() == ["1"]
    assert during.sha256 == before.sha256


def test_thousands_of_columns_that_were_once_touched_are_left_out() -> None:
    assert read("a" + "," * 16_000 + "\n1" + "," * 16_000 + "\n").cells.to_dict("list") == {"a": ["1"]}


def test_whole_rows_are_read_the_quick_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the careful way takes twice as long")

    monkeypatch.setattr(text_module, "_any_rows", never)
    assert len(read('a,b\n"x\ny",1\n\n,2\n').cells) == 2


def test_the_order_of_keys_and_the_kind_of_text_do_not_depend_on_the_way() -> None:
    quick, careful = read("a,b\n学,1\n"), read("a,b\n学,1\n\n")
    assert_frame_equal(quick.cells, careful.cells)


def test_headings_that_become_one_without_their_apostrophe_are_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,=a,'=a\nA,1,2\n")
    with pytest.raises(DataError, match=r"a\.csv, row 1: found '=a'; each heading once"):
        read_rows(tmp_path / "a.csv")
