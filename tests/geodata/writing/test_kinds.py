"""Layers through `convert_file`: their values are those of the first read, in the kinds of the file."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata import XuequError
from geodata.reading.files import read_rows
from geodata.writing.cells import as_text_columns
from geodata.writing.convert import Ask, convert_file
from geodata.writing.kinds import typed
from tests.command import listing

PLACES = [shapely.Point(118.09, 24.48), shapely.Point(118.1, 24.49)]
BIG = 9007199254740993  # a float has not this one
SAME = Ask(source="wgs84", target="wgs84")


def layer_of(**columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=PLACES, crs="EPSG:4326")


def converted(path: Path, out: str, ask: Ask = SAME) -> Path:
    target = path.with_name(out)
    convert_file(read_rows(path), path, target, ask)
    return target


def text(*values: str) -> pd.Series:
    return pd.Series(values, dtype="str")


@pytest.mark.parametrize(
    ("kind", "values", "wanted", "dtype"),
    [
        ("int64", (str(BIG), ""), [str(BIG), ""], "Int64"),
        ("int64", ("1", "2"), ["1", "2"], "int64"),
        ("int32", ("1", "-2"), ["1", "-2"], "int32"),
        ("int64", ("1", "007"), ["1", "007"], "str"),
        ("int64", ("1", "9223372036854775808"), ["1", "9223372036854775808"], "str"),
        ("float64", ("0.1", ""), ["0.1", ""], "float64"),
        ("float64", ("0.1", "inf"), ["0.1", "inf"], "str"),
        ("bool", ("true", "false"), ["true", "false"], "bool"),
        ("bool", ("true", ""), ["true", ""], "boolean"),
        ("bool", ("true", "maybe"), ["true", "maybe"], "str"),
        ("datetime64[D]", ("2024-07-01", ""), ["2024-07-01", ""], "datetime64"),
        ("datetime64[D]", ("2024/07/01", ""), ["2024/07/01", ""], "str"),
        ("datetime64[D]", ("2024-02-30", ""), ["2024-02-30", ""], "str"),
        ("datetime64[ms]", ("2024-07-01 08:30:00",), ["2024-07-01T08:30:00"], "datetime64"),
        ("datetime64[ms]", ("2024-07-01T08:30:00+08:00",), ["2024-07-01T08:30:00+08:00"], "str"),
        ("object", ("1", "2"), ["1", "2"], "str"),
        ("int64", ("", ""), ["", ""], "str"),
    ],
)
def test_a_column_has_its_kind_where_nothing_is_lost_and_else_is_text(
    kind: str, values: tuple[str, ...], wanted: list[str], dtype: str
) -> None:
    found = typed(text(*values), kind)
    assert str(found.dtype).startswith(dtype)
    assert as_text_columns(pd.DataFrame({"a": found}))["a"].tolist() == wanted


@given(
    st.lists(st.one_of(st.just(""), st.integers(-(2**64), 2**64).map(str), st.text("0+-1. e9", max_size=4)))
)
def test_no_digit_of_a_whole_number_is_lost(values: list[str]) -> None:
    found = typed(text(*values), "int64")
    assert as_text_columns(pd.DataFrame({"a": found}))["a"].tolist() == values


def test_the_index_of_a_geoparquet_is_a_column(tmp_path: Path) -> None:
    path = tmp_path / "i.parquet"
    layer_of(unit_id=["A", "B"], n=[1, 2]).set_index("unit_id").to_parquet(path, index=True)
    found = pd.read_csv(converted(path, "o.csv"))
    assert found["unit_id"].tolist() == ["A", "B"]
    assert gpd.read_parquet(converted(path, "o.parquet"))["n"].dtype == np.int64


@pytest.mark.parametrize("kind", ["gpkg", "geojson", "parquet"])
@pytest.mark.parametrize("out", ["o.csv", "o.gpkg", "o.geojson", "o.parquet", "o.xlsx"])
def test_long_numbers_beside_blanks_keep_their_digits(tmp_path: Path, kind: str, out: str) -> None:
    path = tmp_path / f"in.{kind}"
    frame = layer_of(code=pd.array([BIG, None], dtype="Int64"), id=["12", "13"])
    frame.to_parquet(path) if kind == "parquet" else pyogrio.write_dataframe(frame, path)
    written = converted(path, out)
    assert read_rows(written).cells["code"].tolist() == [str(BIG), ""]
    if out == "o.gpkg":
        info = pyogrio.read_info(written)
        assert dict(zip(info["fields"], info["dtypes"], strict=True)) == {"code": "int64", "id": "object"}


def test_what_is_written_is_what_was_read_also_where_the_file_changes_meanwhile(tmp_path: Path) -> None:
    path, out = tmp_path / "r.gpkg", tmp_path / "o.csv"
    frame = layer_of(id=["A", "B"], n=[1, 2])
    pyogrio.write_dataframe(frame, path)
    raw = read_rows(path)
    path.unlink()
    pyogrio.write_dataframe(frame.iloc[::-1], path)
    convert_file(raw, path, out, SAME)
    assert pd.read_csv(out)[["id", "n"]].to_numpy().tolist() == [["A", 1], ["B", 2]]
    assert pd.read_csv(out)["lng"].tolist() == [118.09, 118.1]


def test_nothing_is_written_beside_a_gml(tmp_path: Path) -> None:
    path = tmp_path / "a.gml"
    pyogrio.write_dataframe(layer_of(id=["A", "B"], n=[1, 2]), path, driver="GML")
    path.with_suffix(".xsd").unlink()
    before = listing(tmp_path)
    written = converted(path, "o.csv")
    assert set(listing(tmp_path)) - set(before) == {"o.csv"}
    assert pd.read_csv(written)["n"].tolist() == [1, 2]


def test_a_second_column_of_shapes_is_left_out_with_a_note(tmp_path: Path) -> None:
    path, out = tmp_path / "two.parquet", tmp_path / "o.csv"
    frame = layer_of(id=["A", "B"])
    frame["around"] = gpd.GeoSeries([shapely.box(118, 24, 119, 25)] * 2, crs="EPSG:4326")
    frame.to_parquet(path)
    # its coordinates would stay in the old datum
    found = convert_file(read_rows(path), path, out, SAME)
    assert any("around" in str(note) for note in found.notes)
    assert pd.read_csv(out).columns.tolist() == ["id", "lng", "lat"]


@pytest.mark.parametrize(
    ("headings", "out", "said"),
    [
        ("geometry", "o.gpkg", "a column geometry of its own; leave yours out with --drop"),
        ("geometry", "o.geojson", "a column geometry of its own"),
        ("fid", "o.gpkg", "a column fid of its own"),
        ("FID", "o.gpkg", "a column FID of its own"),
        ("geom", "o.gpkg", "a column geom of its own"),
        ("name,NAME", "o.gpkg", "columns name and NAME differ in case only"),
        ("lng_wgs84", "o.csv", "column lng_gcj02 would be called lng_wgs84, and there is one of that name"),
    ],
)
def test_two_columns_of_one_name_are_refused_and_nothing_is_written(
    tmp_path: Path, headings: str, out: str, said: str
) -> None:
    path = tmp_path / "t.csv"
    names = headings.split(",")
    cells = ",".join("7" for _ in names)
    path.write_text(f"{headings},lng_gcj02,lat_gcj02\n{cells},118.09,24.48\n")
    ask = Ask(source="gcj02", target="wgs84", lng="lng_gcj02", lat="lat_gcj02")
    with pytest.raises(XuequError, match=said):
        converted(path, out, ask)
    assert [one.name for one in tmp_path.iterdir()] == ["t.csv"]
    dropped = Ask(source="gcj02", target="wgs84", lng=ask.lng, lat=ask.lat, drop=(names[-1],))
    assert len(read_rows(converted(path, out, dropped)).rows) == 1


@pytest.mark.parametrize(("headings", "out"), [("name,NAME", "o.geojson"), ("fid,geom", "o.geojson")])
def test_names_that_a_kind_of_file_tells_apart_are_written(tmp_path: Path, headings: str, out: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"{headings},lng,lat\na,b,118.09,24.48\n")
    there = read_rows(converted(path, out)).cells
    assert there.to_dict("list") == dict(zip(headings.split(","), [["a"], ["b"]], strict=True))
