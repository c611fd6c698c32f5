"""Files are read as rows of text and geometry."""

from __future__ import annotations

from pathlib import Path

import pyogrio
import pytest
from pandas.testing import assert_frame_equal

from geodata import DataError
from geodata.reading.files import read_rows
from geodata.reading.raw import RawTable, rows_of
from tests.tiny import layer, point


def read(path: Path, encoding: str = "utf-8", delimiter: str = ",", name: str | None = None) -> RawTable:
    return read_rows(path, encoding=encoding, delimiter=delimiter, layer=name)


def write(tmp_path: Path, name: str, content: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def test_a_row_has_the_number_that_a_spreadsheet_shows(tmp_path: Path) -> None:
    raw = read(write(tmp_path, "a.csv", "a,b\n1,2\n\n3,4\n"))
    assert raw.rows.tolist() == [2, 4]


def test_a_row_of_blank_cells_is_left_out(tmp_path: Path) -> None:
    assert read(write(tmp_path, "a.csv", "a,b\n,\n1,\n")).cells.to_dict("records") == [{"a": "1", "b": ""}]


def test_a_cell_that_says_na_is_text_and_not_blank(tmp_path: Path) -> None:
    assert read(write(tmp_path, "a.csv", "a\nNA\n")).cells["a"].tolist() == ["NA"]


def test_the_mark_at_the_start_of_a_utf_8_file_is_no_part_of_the_heading(tmp_path: Path) -> None:
    assert list(read(write(tmp_path, "a.csv", "﻿a,b\n1,2\n")).cells) == ["a", "b"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_on_any_system(tmp_path: Path, end: str) -> None:
    raw = read(write(tmp_path, "a.csv", f"a,b{end}1,2{end}3,4{end}"))
    assert raw.cells.to_dict("list") == {"a": ["1", "3"], "b": ["2", "4"]}


def test_a_quoted_cell_may_hold_the_delimiter_and_a_new_line(tmp_path: Path) -> None:
    raw = read(write(tmp_path, "a.csv", 'a,b\n"x, ""y""\nz",2\n'))
    assert raw.cells["a"].tolist() == ['x, "y"\nz']


@pytest.mark.parametrize("encoding", ["gb18030", "gbk"])
def test_a_gbk_file_is_read_when_that_is_declared(tmp_path: Path, encoding: str) -> None:
    raw = read(write(tmp_path, "a.csv", "学校\n鼓浪屿小学\n".encode("gbk")), encoding)
    assert raw.cells["学校"].tolist() == ["鼓浪屿小学"]


def test_bytes_of_another_encoding_are_refused_with_their_line(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", b"a\n1\n" + "厦门".encode("gbk"))
    with pytest.raises(DataError, match=r"a\.csv, row 3: the bytes are not utf-8, which is declared"):
        read(path)


def test_bytes_that_are_no_gb18030_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the bytes are not gb18030, which is declared"):
        read(write(tmp_path, "a.csv", b"a\n\xff\xff\n"), "gb18030")


def test_a_file_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(DataError, match=r"a\.csv: the file cannot be read: Is a directory"):
        read(tmp_path / "a.csv")


def test_a_layer_that_the_file_does_not_have_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "a.geojson", layer(({"a": 1}, point(0, 0))))
    with pytest.raises(DataError, match="found 'b'; the layers that there are: a"):
        read(path, name="b")


def test_a_shape_that_stands_there_and_cannot_be_made_is_refused(tmp_path: Path) -> None:
    ring = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1]]]}
    path = write(tmp_path, "a.geojson", layer(({"a": 1}, point(0, 0)), ({"a": 2}, ring)))
    with pytest.raises(DataError, match=r"a\.geojson, row 2: a whole shape; this one cannot be read"):
        read(path)


def test_a_feature_without_geometry_is_absent_and_no_fault(tmp_path: Path) -> None:
    raw = read(write(tmp_path, "a.geojson", layer(({"a": 1}, None))))
    assert raw.geometry is not None
    assert raw.geometry.tolist() == [None]


def test_a_geopackage_says_its_crs_and_geojson_does_not(tmp_path: Path) -> None:
    path = write(tmp_path, "a.geojson", layer(({"a": 1}, point(0, 0))))
    frame = pyogrio.read_dataframe(path).set_crs("EPSG:4548", allow_override=True)
    pyogrio.write_dataframe(frame, tmp_path / "a.gpkg")
    assert read(path).crs is None
    assert read(tmp_path / "a.gpkg").crs == "EPSG:4548"


def test_heights_are_left_out(tmp_path: Path) -> None:
    place = {"type": "Point", "coordinates": [1.0, 2.0, 30.0]}
    raw = read(write(tmp_path, "a.geojson", layer(({"a": 1}, place))))
    assert raw.geometry is not None
    assert not raw.geometry[0].has_z


def test_the_same_bytes_have_the_same_hash_and_others_another(tmp_path: Path) -> None:
    a, b, c = (write(tmp_path, f"{n}.csv", f"a\n{v}\n") for n, v in (("a", 1), ("b", 1), ("c", 2)))
    assert read(a).sha256 == read(b).sha256 != read(c).sha256


def test_a_small_table_in_the_project_file_is_read_with_its_place_as_its_name() -> None:
    raw = rows_of([{"a": 1, "b": "x"}, {"a": 2.0}], "xuequ.toml", "zones")
    assert raw.file == "xuequ.toml [tables.zones]"
    assert raw.cells.to_dict("records") == [{"a": "1", "b": "x"}, {"a": "2", "b": ""}]


def test_a_number_that_is_none_in_the_project_file_is_not_blank() -> None:
    assert rows_of([{"a": float("nan")}], "xuequ.toml", "zones").cells["a"].tolist() == ["nan"]


def test_a_kind_of_file_that_is_not_known_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.docx: kinds of file: .*\.csv, .*\.xlsx, \.xlsm, \.xls"):
        read(write(tmp_path, "a.docx", "x"))


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_a_file_larger_than_any_is_refused_before_it_is_read(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name, "a\n1\n")
    with path.open("r+b") as file:
        file.truncate(3 << 30)  # takes no room on the disk
    with pytest.raises(DataError, match="files of up to 2048 MiB; this one has 3072"):
        read(path)


# --- real data

TABLES = (
    ("guangzhou_liwan/schools.psv", "|"),
    ("hangzhou_binjiang/schools.csv", ","),
    ("hangzhou_binjiang/communities.csv", ","),
    ("xiamen/communities_555.csv", ","),
    ("xiamen/streets_54.csv", ","),
    ("fairfax/schools.csv", ","),
    ("kong_zy/zys_13a.txt", "\t"),
)


@pytest.mark.real_data
@pytest.mark.parametrize(("name", "delimiter"), TABLES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_real_table_reads_alike_in_every_encoding(
    real_data: Path, tmp_path: Path, name: str, delimiter: str, encoding: str
) -> None:
    path = real_data / name
    plain = read_rows(path, delimiter=delimiter)
    text = path.read_bytes().decode("utf-8-sig")
    again = read_rows(write(tmp_path, path.name, text.encode(encoding)), delimiter=delimiter)
    assert_frame_equal(again.cells, plain.cells)
    assert again.rows.tolist() == plain.rows.tolist()


@pytest.mark.real_data
@pytest.mark.parametrize(("name", "delimiter"), TABLES)
def test_every_real_table_reads_alike_from_a_workbook(
    real_data: Path, tmp_path: Path, name: str, delimiter: str
) -> None:
    plain = read_rows(real_data / name, delimiter=delimiter)
    plain.cells.to_excel(tmp_path / "a.xlsx", index=False, engine="xlsxwriter")
    assert_frame_equal(read_rows(tmp_path / "a.xlsx").cells, plain.cells)


@pytest.mark.real_data
def test_a_real_table_read_with_the_wrong_delimiter_says_which_is_right(real_data: Path) -> None:
    with pytest.raises(DataError, match=r'declare delimiter = "\|"'):
        read_rows(real_data / "guangzhou_liwan/schools.psv")
