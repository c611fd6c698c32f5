from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import DataError
from geodata.messages import Lang, speaker
from simulate.dossier.excel import excel_of
from simulate.dossier.forms import Forms, Opinion, Person, form_tables, read_forms, tables_of
from simulate.dossier.forms_fields import FIELDS, MOST_ROWS
from simulate.dossier.model import Document, Part, Table
from tests.simulate.dossier.made import FORMULA, SCRIPT, front

CHAIR = Person(role="主持人", represents="教育局", place="", people=1, chosen="指派", remark="")
OWNERS = Person(role="代表", represents="业主", place="漖村", people=4, chosen="抽签", remark=SCRIPT)
YES = Opinion(opinion="赞成", person_class="业主", place="漖村", adopted="yes", reason="")
NO = Opinion(opinion=FORMULA, person_class="学校", place="", adopted="no", reason="已满\n另行安排")
OPEN = Opinion(opinion="再议", person_class="", place="", adopted=None, reason="")
FILLED = Forms(people=(CHAIR, OWNERS), opinions=(YES, NO, OPEN))


def workbook(*tables: Table, lang: Lang = "zh") -> openpyxl.Workbook:
    part = Part(number=12, title="听证", blocks=tables)
    document = Document(lang=lang, public=True, front=front(lang, public=True), parts=(part,))
    return openpyxl.load_workbook(io.BytesIO(excel_of(document)))


def saved(book: openpyxl.Workbook, folder: Path) -> Path:
    path = folder / "forms.xlsx"
    book.save(path)
    return path


def place(book: openpyxl.Workbook, sheet: str, key: str) -> tuple[int, int]:
    """Return the row of headings (below the hidden keys) and the column of a key."""
    for row in book[sheet].iter_rows(max_row=20):
        for cell in row:
            if cell.value == key:
                return cell.row + 1, cell.column
    raise AssertionError(key)


def write(book: openpyxl.Workbook, sheet: str, at: int, **values: Any) -> int:
    """Write into the row `at` below the headings; return its number in the sheet."""
    for key, value in values.items():
        row, column = place(book, sheet, key)
        book[sheet].cell(row + at, column, value)
    return row + at


def faults_of(book: openpyxl.Workbook, folder: Path) -> str:
    with pytest.raises(DataError) as caught:
        read_forms(saved(book, folder))
    return "\n".join(caught.value.lines(speaker("en")))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_empty_forms_read_back_as_nothing(lang: Lang, tmp_path: Path) -> None:
    assert read_forms(saved(workbook(*form_tables(lang), lang=lang), tmp_path)) == Forms()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_filled_in_reads_back_in_either_language(lang: Lang, tmp_path: Path) -> None:
    book = workbook(*form_tables(lang), lang=lang)
    write(book, "T12", 1, role="主持人", represents="教育局", people=1, chosen="指派")
    write(
        book,
        "T12",
        3,
        role=" 代表 ",
        represents="业主",
        place="漖村",
        people="4",
        chosen="抽签",
        remark=SCRIPT,
    )
    write(book, "T13", 1, opinion="赞成", person_class="业主", place="漖村", adopted="是")
    row = write(book, "T13", 2, opinion=FORMULA, person_class="学校", adopted="No", reason="已满\n另行安排")
    book["T13"].cell(row, place(book, "T13", "opinion")[1]).data_type = "s"
    write(book, "T13", 40, opinion="再议")
    assert read_forms(saved(book, tmp_path)) == FILLED


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_forms_written_as_tables_read_back_the_same(lang: Lang, tmp_path: Path) -> None:
    tables = [replace(table, form=True) for table in tables_of(FILLED, lang)]
    assert read_forms(saved(workbook(*tables, lang=lang), tmp_path)) == FILLED


@settings(max_examples=12)
@given(
    st.lists(
        st.tuples(
            st.text("甲乙丙 ab<=&'\"", min_size=1, max_size=20).map(str.strip).filter(bool),
            st.sampled_from(["yes", "partly", "no", None]),
        ),
        max_size=5,
    )
)
def test_any_opinions_survive_the_way_through_excel(rows: list[tuple[str, Any]]) -> None:
    opinions = tuple(
        Opinion(opinion=text, person_class="", place="", adopted=adopted, reason="理由")
        for text, adopted in rows
    )
    forms = Forms(people=(), opinions=opinions)
    document = Document(
        lang="zh",
        public=False,
        front=front("zh"),
        parts=(
            Part(number=1, title="x", blocks=tuple(replace(t, form=True) for t in tables_of(forms, "zh"))),
        ),
    )
    path = _Held(excel_of(document))
    assert read_forms(path) == forms  # type: ignore[arg-type]


class _Held:
    """A file that is in memory only."""

    name = "forms.xlsx"

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.st_size = len(data)

    def stat(self) -> _Held:
        return self

    def read_bytes(self) -> bytes:
        return self._data


def test_without_the_hidden_keys_the_headings_in_either_language_do(tmp_path: Path) -> None:
    book = workbook(*form_tables("en"))
    write(book, "T12", 1, role="chair", people=1)
    for name in ("T12", "T13"):
        head, _ = place(book, name, "number")
        book[name].delete_rows(head - 1)
    assert read_forms(saved(book, tmp_path)).people[0].role == "chair"


def test_with_the_hidden_keys_a_heading_may_be_reworded(tmp_path: Path) -> None:
    book = workbook(*form_tables("zh"))
    head, column = place(book, "T12", "role")
    book["T12"].cell(head, column, "担任什么")
    write(book, "T12", 1, role="记录人", people=2)
    [person] = read_forms(saved(book, tmp_path)).people
    assert (person.role, person.people) == ("记录人", 2)


@pytest.mark.parametrize(
    "number", ["110105194912310021", "13800138000", "０５９２-1234567", "H12345678", "138-0013-8000"]
)
@pytest.mark.parametrize("key", ["opinion", "reason", "place", "person_class"])
def test_a_number_of_a_person_is_refused_and_not_shown(number: str, key: str, tmp_path: Path) -> None:
    book = workbook(*form_tables("zh"))
    row = write(book, "T13", 2, **{"opinion": "赞成", key: f"王先生 {number} 来电"})
    said = faults_of(book, tmp_path)
    assert f"[T13], row {row}, column" in said
    assert "no identity, telephone or permit number" in said
    assert number not in said
    assert "王先生" not in said


def test_every_fault_of_both_sheets_is_told_with_row_and_column(tmp_path: Path) -> None:
    book = workbook(*form_tables("en"))
    rows = {
        "blank": write(book, "T12", 1, represents="owners", people=3),
        "word": write(book, "T12", 2, role="chair", people="王小明"),
        "large": write(book, "T12", 3, role="owners", people=10_001),
        "none": write(book, "T12", 4, role="owners", people=0),
        "long": write(book, "T12", 5, role="r" * 61, people=1),
        "adopted": write(book, "T13", 1, opinion="yes please", adopted="perhaps"),
        "reason": write(book, "T13", 2, opinion="no", adopted="not adopted"),
    }
    said = faults_of(book, tmp_path)
    assert said.count("\n") == len(rows)
    assert all(f"row {row}," in said for row in rows.values())
    for words in (
        "a blank cell, where a value is required",
        "a number of at most 10,000",
        "a number of at least 1",
        "at most 60 characters; there are 61",
        "adopted in part",
        "a reason, where an opinion was not adopted or only in part",
    ):
        assert words in said
    assert "王小明" not in said


def test_an_error_and_a_formula_never_calculated_are_refused(tmp_path: Path) -> None:
    book = workbook(*form_tables("en"))
    row = write(book, "T12", 1, role="chair", people="=1+1")
    assert f"row {row}" in faults_of(book, tmp_path)


@pytest.mark.parametrize(
    ("heading", "words"),
    [("姓名", "no names or numbers of persons"), ("备注二", "the columns of the form")],
)
def test_a_column_that_is_not_of_the_form_is_refused(heading: str, words: str, tmp_path: Path) -> None:
    book = workbook(*form_tables("zh"))
    head, _ = place(book, "T12", "role")
    column = len(FIELDS["T12"]) + 1
    book["T12"].cell(head, column, heading)
    row = write(book, "T12", 1, role="主持人", people=1)
    book["T12"].cell(row, column, "王小明")
    said = faults_of(book, tmp_path)
    assert words in said
    assert "王小明" not in said


def test_a_column_that_was_deleted_is_missed(tmp_path: Path) -> None:
    book = workbook(*form_tables("en"))
    _, column = place(book, "T13", "reason")
    book["T13"].delete_cols(column)
    write(book, "T13", 1, opinion="yes")
    assert "the headings of the form: " in faults_of(book, tmp_path)


def test_a_sheet_without_headings_or_with_one_twice_is_refused(tmp_path: Path) -> None:
    book = workbook(*form_tables("en"))
    head, column = place(book, "T12", "role")
    book["T12"].cell(head, column + 1, book["T12"].cell(head, column).value)
    book["T13"].delete_rows(1, 20)
    said = faults_of(book, tmp_path)
    assert "each heading once" in said
    assert "[T13]: the headings of the form: " in said


def test_a_sheet_that_is_gone_is_named(tmp_path: Path) -> None:
    book = workbook(*form_tables("en"))
    book["T12"].title = "people"
    assert "a sheet T12; there are " in faults_of(book, tmp_path)


def test_more_rows_than_a_hearing_has_are_refused(tmp_path: Path) -> None:
    book = workbook(*form_tables("en"))
    head, column = place(book, "T13", "opinion")
    for at in range(MOST_ROWS + 1):
        book["T13"].cell(head + 1 + at, column, "yes")
    assert "at most 2,000 rows; there are 2,001" in faults_of(book, tmp_path)


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"a,b\n", "the workbook of the forms"), (b"PK\x03\x04nothing", "archive"), (None, "cannot be read")],
)
def test_what_is_no_workbook_is_refused(data: bytes | None, words: str, tmp_path: Path) -> None:
    path = tmp_path / "forms.xlsx"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(DataError) as caught:
        read_forms(path)
    assert words in str(caught.value)


def test_an_archive_of_other_files_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "forms.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(DataError, match="this one is broken"):
        read_forms(path)


def test_filled_forms_become_tables_and_empty_ones_stay_forms() -> None:
    people, opinions = tables_of(FILLED, "en")
    assert not people.form
    assert [row[1] for row in people.rows] == ["主持人", "代表"]
    assert [row[4] for row in opinions.rows] == ["adopted", "not adopted", None]
    assert tables_of(Forms(), "en") == form_tables("en")
