"""Files that stand in no project: title rows, two rows of headings, encodings, and remedies by option."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import geodata
from geodata import DataError, XuequError
from simulate.loose_files import _IN_OPTIONS, TableOptions, read_loose
from tests.command import Said, listing, xuequ
from tests.tiny import layer, square, write_tiny
from tests.zoning.test_addresses import TEXTS, units_of

# what each command needs beside the file, and the headings that it is to find
COMMANDS = {
    "locate": ("--column", "住址/地址"),
    "counts": ("--value", "人数/儿童=household", "--area", "住址/地址", "--level", "district"),
    "scope": ("--column", "住址/地址", "--holder", "人数/儿童"),
    "datum": ("--from", "gcj02", "--to", "wgs84", "--lng", "位置/经度", "--lat", "位置/纬度"),
}
CELLS = [
    ["2024年新生登记表", "", "", ""],
    ["住址", "人数", "位置", ""],
    ["地址", "儿童", "经度", "纬度"],
    ["东区", "26", "118.1", "24.5"],
]
HEADINGS = ("--heading-row", "2", "--heading-rows", "2")


def text_of(rows: list[list[str]]) -> str:
    return "".join(",".join(row) + "\n" for row in rows)


def workbook(path: Path) -> Path:
    """Write the rows as the second of two sheets that have cells, the headings merged as people merge."""
    book = openpyxl.Workbook()
    book.active.append(["说明"])
    sheet = book.create_sheet("登记 表")
    for row in CELLS:
        sheet.append([cell or None for cell in row])
    sheet.merge_cells("A1:D1")
    sheet.merge_cells("C2:D2")
    book.save(path)
    return path


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("tiny") / "project", units=units_of(TEXTS))


def run(command: str, project: Path, path: Path, *words: str, own: tuple[str, ...] | None = None) -> Said:
    out = path.with_name("out.csv")
    line: dict[str, tuple[str | Path, ...]] = {
        "locate": ("locate", project, "--table", path, "--out", out),
        "counts": ("counts", project, "--by", "points", "--from", path, "--out", out),
        "scope": ("scope", "parse", path, "--out", out),
        "datum": ("datum", path, out),
    }
    named = COMMANDS[command] if own is None else own
    said = xuequ(*line[command], *named, *words, "--lang", "en")
    assert "Traceback" not in said.err
    assert "Unexpected" not in said.err
    return said


@pytest.mark.parametrize("command", COMMANDS)
def test_a_title_row_and_two_rows_of_headings_in_gbk_are_read(
    command: str, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "in.csv").write_bytes(text_of(CELLS).encode("gbk"))
    said = run(command, project, tmp_path / "in.csv", *HEADINGS, "--encoding", "gbk")
    assert said.status == 0, said.err
    # no unit has that address: locate writes it as unmatched
    assert len(pd.read_csv(next(tmp_path.glob("out*.csv")))) >= (0 if command == "locate" else 1)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_sheet_with_merged_headings_is_read(command: str, project: Path, tmp_path: Path) -> None:
    path = workbook(tmp_path / "in.xlsx")
    said = run(command, project, path, *HEADINGS, "--sheet", "登记 表")
    assert said.status == 0, said.err


@pytest.mark.parametrize("command", COMMANDS)
def test_the_remedy_names_the_options_and_following_it_helps(
    command: str, project: Path, tmp_path: Path
) -> None:
    path = workbook(tmp_path / "in.xlsx")
    before = listing(tmp_path)
    said = run(command, project, path)
    assert (said.status, listing(tmp_path)) == (2, before)
    assert 'To do: name one, such as --sheet "Sheet"' in said.err
    said = run(command, project, path, "--sheet", "登记 表")
    assert (said.status, listing(tmp_path)) == (2, before)
    assert "they begin in row 2 and take 2, give --heading-row 2 --heading-rows 2 on the" in said.err
    assert "xuequ.toml" not in said.err


@pytest.mark.parametrize("command", COMMANDS)
def test_bytes_of_another_encoding_are_told_with_the_option(
    command: str, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "in.csv").write_bytes(text_of(CELLS).encode("gbk"))
    said = run(command, project, tmp_path / "in.csv", *HEADINGS, "--encoding", "utf-8")
    assert said.status == 2
    assert "give --encoding gb18030" in said.err


@pytest.mark.parametrize("command", COMMANDS)
def test_a_tab_can_be_given_as_a_shell_gives_it(command: str, project: Path, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text(text_of(CELLS).replace(",", "\t"), encoding="utf-8")
    said = run(command, project, tmp_path / "in.txt", *HEADINGS, "--delimiter", r"\t")
    assert said.status == 0, said.err


def test_a_delimiter_of_two_characters_is_refused(project: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(text_of(CELLS), encoding="utf-8")
    said = run("datum", project, tmp_path / "in.csv", "--delimiter", "ab")
    assert said.status == 2
    assert r"--delimiter takes one character, or \t for a tab" in said.err


def test_a_wrong_delimiter_is_told_with_the_option(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id;n\nA;1\n", encoding="utf-8")
    with pytest.raises(DataError, match='give --delimiter ";"'):
        read_loose(tmp_path / "a.csv", TableOptions())


def test_a_file_that_is_absent_is_told_by_the_command_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="correct its path on the command line"):
        read_loose(tmp_path / "a.csv", TableOptions())


def test_options_of_no_use_are_refused_and_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,n\nA,1\n", encoding="utf-8")
    (tmp_path / "a.geojson").write_text(layer(({"n": "1"}, square(0, 0))), encoding="utf-8")
    with pytest.raises(XuequError, match=r"--sheet goes with a workbook; a\.csv is none"):
        read_loose(tmp_path / "a.csv", TableOptions(sheet="x"))
    for options in (TableOptions(heading_row=2), TableOptions(heading_rows=2)):
        with pytest.raises(XuequError, match=r"go with a table; a\.geojson is a layer"):
            read_loose(tmp_path / "a.geojson", options)


DOUBTFUL = {
    "locate": ("--column", "École"),
    "counts": ("--value", "n=household", "--area", "École", "--level", "district"),
    "scope": ("--column", "École", "--holder", "n"),
    "datum": ("--from", "gcj02", "--to", "wgs84"),
}


@pytest.mark.parametrize("command", DOUBTFUL)
def test_a_doubtful_encoding_is_said_with_the_option(command: str, project: Path, tmp_path: Path) -> None:
    # accented Latin could be Chinese in GB18030
    (tmp_path / "in.csv").write_text("École,n,lng,lat\nD1,26,118.1,24.5\n", encoding="utf-8")
    said = run(command, project, tmp_path / "in.csv", *DOUBTFUL[command], own=())
    assert said.status == 0, said.err
    assert "note: in.csv: read as utf-8, though" in said.out
    assert "if it is wrong give --encoding gb18030" in said.out


def said_in(path: Path) -> Iterator[str]:
    """Yield the messages of a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
            yield from (arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant))


def test_every_advice_of_the_readers_has_its_words_for_the_command_line() -> None:
    home = Path(geodata.__file__).parent
    readers = [*sorted((home / "reading").glob("*.py")), home / "toml.py"]
    everything = {text for path in [*readers, home / "tables.py"] for text in said_in(path)}
    told = {text for path in readers for text in said_in(path) if "xuequ.toml" in text}
    assert told
    assert told <= set(_IN_OPTIONS)
    # and none is of a message that is no more
    assert set(_IN_OPTIONS) <= everything
    assert not any("xuequ.toml" in text.msgid for text in _IN_OPTIONS.values())
