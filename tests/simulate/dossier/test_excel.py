from __future__ import annotations

import datetime
import io
import re
import zipfile
from dataclasses import replace

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from geodata.errors import XuequError
from geodata.messages import Lang
from geodata.writing import excel as plain
from simulate.dossier.excel import excel_of
from simulate.dossier.excel_formats import number_format
from simulate.dossier.forms import form_tables
from simulate.dossier.model import SUPPRESSED, Column, Document, Part, Table, Value
from tests.simulate.dossier.made import FORMULA, HOSTILE, RARE, SCRIPT, front, made_document

LANGS: tuple[Lang, ...] = ("zh", "en")


def read(document: Document) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(excel_of(document)))


def document_of(*tables: Table, **changes: object) -> Document:
    made = Document(
        lang="zh", public=False, front=front("zh"), parts=(Part(number=1, title="表", blocks=tables),)
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def small(**changes: object) -> Table:
    table = Table(id="T1", title="t", columns=(Column(key="a", title="A"),), rows=(("x",),), keys=("k",))
    return replace(table, **changes)  # type: ignore[arg-type]


def first_row(sheet: Worksheet, table: Table) -> int:
    """Return the row of the first value: the one below the last row of headings."""
    titles = [column.title for column in table.columns]
    for row in range(1, 20):
        over = [sheet.cell(row - 1, n).value if row > 1 else None for n in range(1, len(titles) + 1)]
        here = [sheet.cell(row, n).value for n in range(1, len(titles) + 1)]
        if [below or above for below, above in zip(here, over, strict=True)] == titles:
            return row + 1
    raise AssertionError("no headings")


def expected(value: Value, column: Column) -> object:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        if column.kind == "date":
            return datetime.datetime.fromisoformat(value)
        return value
    return value / 1000 if column.kind == "metres" else value


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("public", [False, True])
def test_every_cell_is_the_documents_value_and_none_is_a_formula(lang: Lang, public: bool) -> None:
    document = made_document(lang, public)
    book = read(document)
    assert book.sheetnames[1:] == [table.id for table in document.tables()]
    for table in document.tables():
        sheet = book[table.id]
        start = first_row(sheet, table)
        for at, row in enumerate(table.rows):
            for place, (value, column) in enumerate(zip(row, table.columns, strict=True), start=1):
                cell = sheet.cell(start + at, place)
                wanted = expected(value, column)
                assert cell.value == (pytest.approx(wanted) if isinstance(wanted, float) else wanted), cell
                if isinstance(value, int | float) and column.numeric:
                    assert cell.number_format == number_format(column)
                    assert cell.data_type == "n"
                elif isinstance(value, str) and value and column.kind != "date":
                    assert cell.data_type == "s"
    for sheet in book:
        assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}


@pytest.mark.parametrize("lang", LANGS)
def test_hostile_names_and_rare_characters_are_text(lang: Lang) -> None:
    names = [cell.value for cell in read(made_document(lang))["T1"]["A"]]
    assert set(HOSTILE) <= set(names)
    assert all(any(sign in str(name) for name in names) for sign in RARE)


def test_hostile_titles_headings_notes_and_front_are_text() -> None:
    hostile = replace(
        small(title=FORMULA, notes=(FORMULA, SCRIPT)),
        columns=(Column(key="a", title=FORMULA, group=SCRIPT),),
    )
    made = front("zh")
    document = document_of(
        hostile, front=replace(made, title=FORMULA, marks=(FORMULA,), rules="&P&L&A" * 60)
    )
    for sheet in read(document):
        kinds = {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None}
        assert kinds <= {"s", "n"}


@pytest.mark.parametrize("lang", LANGS)
def test_headings_stay_in_sight_filter_and_repeat_on_paper(lang: Lang) -> None:
    document = made_document(lang)
    book = read(document)
    for table in document.tables():
        sheet = book[table.id]
        start = first_row(sheet, table)
        assert sheet.freeze_panes == f"{'B' if len(table.columns) > 3 else 'A'}{start}"
        last = start + len(table.rows) - table.totals - 1
        end = openpyxl.utils.get_column_letter(len(table.columns))
        assert sheet.auto_filter.ref == f"A{start - 1}:{end}{last}"
        assert sheet.print_title_rows.endswith(f"${start - 1}")
        assert sheet.page_setup.orientation == "landscape"
        assert int(sheet.page_setup.paperSize) == 9
        # one page wide is what a file says that says nothing of the width
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage


def test_grouped_headings_are_merged_across_and_the_others_down() -> None:
    book = read(made_document("zh"))
    merged = {str(one) for one in book["T5"].merged_cells.ranges}
    assert {"B4:C4", "D4:E4", "A4:A5", "F4:F5", "G4:G5"} <= merged
    assert book["T5"]["B4"].value == "调整前"


def test_sums_are_bold_and_under_a_line() -> None:
    table = next(made_document("zh").tables())
    sheet = read(made_document("zh"))["T1"]
    last = first_row(sheet, table) + len(table.rows) - 1
    assert sheet.cell(last, 3).font.bold
    assert sheet.cell(last, 1).border.top.style == "thin"
    assert not sheet.cell(last - 1, 3).font.bold


def test_what_is_not_told_in_public_is_its_sign_and_what_is_absent_is_blank() -> None:
    columns = (Column(key="a", title="A", kind="integer"), Column(key="b", title="B", kind="share"))
    table = small(columns=columns, rows=((SUPPRESSED, None), (3, 0.5)), keys=("1", "2"))
    sheet = read(document_of(table))["T1"]
    start = first_row(sheet, table)
    assert (sheet.cell(start, 1).value, sheet.cell(start, 1).data_type) == (SUPPRESSED, "s")
    assert sheet.cell(start, 1).alignment.horizontal == "right"
    assert sheet.cell(start, 2).value is None


def test_codes_keep_their_zeros_and_years_have_no_thousands() -> None:
    columns = (Column(key="a", title="A", kind="code"), Column(key="b", title="B", kind="year"))
    table = small(columns=columns, rows=(("0012", 2024), (12, 1999)), keys=("1", "2"))
    sheet = read(document_of(table))["T1"]
    start = first_row(sheet, table)
    assert [sheet.cell(start + n, 1).value for n in (0, 1)] == ["0012", "12"]
    assert sheet.cell(start, 2).number_format == "0"


@pytest.mark.parametrize("text", ["", "unknown", "1899-12-30", "2024-13-01", "20240412"])
def test_a_date_that_excel_has_not_stays_the_text_that_it_is(text: str) -> None:
    table = small(columns=(Column(key="a", title="A", kind="date"),), rows=((text,),))
    sheet = read(document_of(table))["T1"]
    assert sheet.cell(first_row(sheet, table), 1).value == (text or None)


@pytest.mark.parametrize("lang", LANGS)
def test_the_first_sheet_leads_to_every_table_and_each_leads_back(lang: Lang) -> None:
    document = made_document(lang)
    book = read(document)
    first = book.worksheets[0]
    links = {cell.value: cell.hyperlink for row in first.iter_rows() for cell in row if cell.hyperlink}
    assert list(links) == [table.id for table in document.tables()]
    for name, link in links.items():
        assert link.location == f"'{name}'!A1"
        [back] = [cell.hyperlink for row in book[name].iter_rows() for cell in row if cell.hyperlink]
        assert back.location == f"'{first.title}'!A1"
    texts = [str(cell.value) for row in first.iter_rows() for cell in row]
    missing = document.parts[7].blocks[0]
    assert any(missing.what in text for text in texts)  # type: ignore[union-attr]


@pytest.mark.parametrize("lang", LANGS)
def test_every_sheet_and_page_has_the_marks(lang: Lang) -> None:
    document = made_document(lang)
    for sheet in read(document):
        marks = str(sheet["A2"].value)
        for mark in (*document.front.marks, document.front.draft):
            assert mark in marks
            assert mark in sheet.oddHeader.left.text


def test_heads_of_pages_have_room_and_no_codes_of_the_data() -> None:
    made = replace(
        front("zh"), marks=("A&B" * 200,), document_no="&P" * 200, rules="", authority="局" * 300
    )
    data = excel_of(document_of(small(), front=made))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        xml = archive.read("xl/worksheets/sheet2.xml").decode()
    [head] = re.findall("<oddHeader>(.*?)</oddHeader>", xml)
    text = head.replace("&amp;", "&")
    assert len(text) <= 255
    assert re.findall(r"&.", text.replace("&&", "")) == ["&L", "&C", "&R"]


def test_nothing_outside_is_referred_to_and_the_bytes_repeat() -> None:
    document = made_document("zh")
    data = excel_of(document)
    assert data == excel_of(made_document("zh"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            text = archive.read(name).decode()
            assert "TargetMode" not in text
            assert "<f>" not in text
    assert openpyxl.load_workbook(io.BytesIO(data)).properties.creator in (None, "")


def test_forms_offer_words_and_have_their_keys_in_a_hidden_row() -> None:
    people, opinions = form_tables("en")
    sheet = read(document_of(people, opinions, lang="en"))["T13"]
    start = first_row(sheet, opinions)
    assert [cell.value for cell in sheet[start - 2]] == [column.key for column in opinions.columns]
    assert sheet.row_dimensions[start - 2].hidden
    [check] = sheet.data_validations.dataValidation
    assert check.formula1 == '"adopted,adopted in part,not adopted"'
    assert str(check.sqref).startswith(f"E{start}:E")


def test_signs_that_xml_has_not_do_no_harm() -> None:
    odd = "小\x00学\x0b\ufffe\uffff\ud800区"
    document = document_of(
        small(rows=((odd,),), title=odd), front=replace(front("zh"), title=odd, marks=(odd,))
    )
    sheet = read(document)["T1"]
    assert "小" in str(sheet["A1"].value)
    assert "区" in str(sheet.cell(first_row(sheet, small()), 1).value)


def test_sheets_whose_tables_have_strange_names_have_names_that_excel_takes() -> None:
    tables = (small(id="a/b:c"), small(id="A_b_c"), small(id="t" * 40), small(id="'"))
    book = read(document_of(*tables))
    assert len(book.sheetnames) == 5
    assert all(len(name) <= 31 for name in book.sheetnames)


def test_a_text_longer_than_a_cell_is_refused_not_cut() -> None:
    with pytest.raises(XuequError, match=r"row k, column a: a cell of Excel holds 32,767"):
        excel_of(document_of(small(rows=(("x" * 32_768,),))))


def test_a_table_longer_than_a_sheet_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "MOST_ROWS", 50)
    with pytest.raises(XuequError, match="table T1 has 1 rows, and a sheet of Excel holds 0"):
        excel_of(document_of(small()))


def test_columns_are_as_wide_as_their_texts_and_chinese_counts_double() -> None:
    columns = (Column(key="a", title="A"), Column(key="b", title="B"))
    sheet = read(document_of(small(columns=columns, rows=(("漖" * 10, "x" * 10),))))["T1"]
    wide, narrow = (sheet.column_dimensions[name].width for name in "AB")
    assert wide > narrow + 8
