"""A planner's files become the tables of the schema: headings, constants, splits, formats, row order."""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from pandas.testing import assert_frame_equal

from geodata import City, DataError, read_city, schema
from geodata.project import read_project
from geodata.sources import parse_all
from tests.tiny import Edit, applicants_of, layer, point, square, write_tiny


def city(tmp_path: Path, **changes: Edit) -> City:
    return read_city(write_tiny(tmp_path / "project", **changes))


def assert_same_tables(a: City, b: City) -> None:
    for table in schema.TABLES:
        one, other = a[table.name], b[table.name]
        if table.geometry is None:
            assert_frame_equal(one, other)
        else:
            assert_geodataframe_equal(one, other, check_less_precise=False)


def test_columns_map_a_planners_headings(tmp_path: Path) -> None:
    changes: dict[str, Edit] = {
        "plan": "编号,所属片区\nU1,Z1\nU2,Z2\nU3,Z2\nU4,Z3\nU5,Z3\n",
        "xuequ": ('"plan.csv"', '"plan.csv"\ncolumns = { unit_id = "编号", zone_id = "所属片区" }'),
    }
    assert_same_tables(city(tmp_path / "a", **changes), city(tmp_path / "b"))


def test_a_fault_shows_the_planners_own_heading(tmp_path: Path) -> None:
    columns = 'columns = { unit_id = "编号", zone_id = "所属片区" }'
    with pytest.raises(DataError, match="row 2, column 所属片区: found 'Z9'"):
        city(tmp_path, plan="编号,所属片区\nU1,Z9\n", xuequ=('"plan.csv"', f'"plan.csv"\n{columns}'))


def test_a_mapped_heading_that_the_file_does_not_have_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"plan\.csv, column 类别: this column is missing"):
        city(tmp_path, xuequ=('"plan.csv"', '"plan.csv"\ncolumns = { category = "类别" }'))


@pytest.mark.parametrize("kind", ["columns", "constants"])
def test_a_column_that_the_table_does_not_have_is_a_fault(tmp_path: Path, kind: str) -> None:
    with pytest.raises(
        DataError, match=r"xuequ\.toml, column tables\.plan: found 'zone'; columns of this table: category"
    ):
        city(tmp_path, xuequ=('"plan.csv"', f'"plan.csv"\n{kind} = {{ zone = "zone_id" }}'))


def test_a_constant_gives_a_whole_column_one_value(tmp_path: Path) -> None:
    seats = "school_id,classes\nS1,1\nS2,2\nS3,1\nS4,3\n"
    read = city(
        tmp_path, seats=seats, xuequ=('"seats.csv"', '"seats.csv"\nconstants = { class_size = 45 }')
    )
    assert read["seats"]["seats"].tolist() == [45, 90, 45, 135]


def test_a_bad_constant_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="column class_size: found 'many'; a whole number"):
        city(
            tmp_path,
            seats="school_id,classes\nS1,1\n",
            xuequ=('"seats.csv"', '"seats.csv"\nconstants = { class_size = "many" }'),
        )


def test_another_delimiter_is_read_when_it_is_declared(tmp_path: Path) -> None:
    plan = "unit_id|zone_id\nU1|Z1\nU2|Z2\nU3|Z2\nU4|Z3\nU5|Z3\n"
    read = city(tmp_path / "a", plan=plan, xuequ=('"plan.csv"', '"plan.csv"\ndelimiter = "|"'))
    assert_same_tables(read, city(tmp_path / "b"))


def test_a_gbk_table_is_read_when_gb18030_is_declared(tmp_path: Path) -> None:
    zones = "zone_id,name\nZ1,东一片区\nZ2,东二片区\nZ3,西片区\n".encode("gbk")
    read = city(tmp_path / "a", zones=zones, xuequ=('"zones.csv"', '"zones.csv"\nencoding = "gb18030"'))
    assert_same_tables(read, city(tmp_path / "b"))


def test_a_split_cell_becomes_several_rows(tmp_path: Path) -> None:
    serves = "zone_id,school_id\nZ1,S1\nZ2,S2## S3 ##\nZ3,S4\n"
    split = 'split = { column = "school_id", by = "##" }'
    read = city(tmp_path / "a", serves=serves, xuequ=('"serves.csv"', f'"serves.csv"\n{split}'))
    assert_same_tables(read, city(tmp_path / "b"))


def test_a_fault_in_a_split_cell_has_the_row_of_the_cell(tmp_path: Path) -> None:
    serves = "zone_id,school_id\nZ1,S1\nZ2,S2##S9\n"
    split = 'split = { column = "school_id", by = "##" }'
    with pytest.raises(DataError, match=r"serves\.csv, row 3, column school_id: found 'S9'"):
        city(tmp_path, serves=serves, xuequ=('"serves.csv"', f'"serves.csv"\n{split}'))


SKIP = 'skip = [{ column = "note", contains = "停招", reason = "closed this year" }]'


def test_a_skipped_row_is_left_out_and_noted(tmp_path: Path) -> None:
    seats = "school_id,classes,class_size,note\nS1,1,45,\nS2,1,45,今年停招\nS3,1,45,\nS4,3,45,\n"
    read = city(tmp_path, seats=seats, xuequ=('"seats.csv"', f'"seats.csv"\n{SKIP}'))
    assert read["seats"]["school_id"].tolist() == ["S1", "S3", "S4"]
    assert [str(note) for note in read.notes] == ["seats.csv: row 3 left out: closed this year"]


def test_a_skip_by_a_column_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"\(1\):[\s\S]*seats\.csv, column note: this column is missing"):
        city(tmp_path, xuequ=('"seats.csv"', f'"seats.csv"\n{SKIP}'))


def test_a_required_table_that_cannot_be_selected_is_one_fault(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"\(1\):[\s\S]*zones\.csv, column note: this column is missing"):
        city(tmp_path, xuequ=('"zones.csv"', f'"zones.csv"\n{SKIP}'))


def test_a_variable_in_a_path_is_filled_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "zones.csv").write_text(
        "zone_id,name\nZ1,东一片区\nZ2,东二片区\nZ3,西片区\n", encoding="utf-8"
    )
    monkeypatch.setenv("XUEQU_ELSEWHERE", str(elsewhere))
    read = city(tmp_path / "a", zones=None, xuequ=('"zones.csv"', '"${XUEQU_ELSEWHERE}/zones.csv"'))
    assert_same_tables(read, city(tmp_path / "b"))


def test_a_variable_that_holds_a_relative_path_starts_where_the_shell_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "zones.csv").write_text("zone_id\nZ1\nZ2\nZ3\n", encoding="utf-8")
    monkeypatch.setenv("XUEQU_ELSEWHERE", "data")
    monkeypatch.chdir(tmp_path)
    read = city(tmp_path / "deep" / "a", xuequ=('"zones.csv"', '"${XUEQU_ELSEWHERE}/zones.csv"'))
    assert read["zones"]["name"].isna().all()


def test_a_small_table_may_stand_in_the_project_file(tmp_path: Path) -> None:
    rows = 'rows = [{ zone_id = "Z1", name = "东一片区" }, { zone_id = "Z3", name = "西片区" }, '
    rows += '{ zone_id = "Z2", name = "东二片区" }]'
    read = city(tmp_path / "a", zones=None, xuequ=('path = "zones.csv"', rows))
    assert_same_tables(read, city(tmp_path / "b"))


SCHOOLS = [("S1", 500, 600), ("S2", 1500, 500), ("S3", 1500, 1500), ("S4", -3500, 500)]
METRES = ('path = "schools.csv"\ndatum = "wgs84"', 'path = "schools.{}"\ndatum = "EPSG:4548"')


def schools_in(tmp_path: Path, kind: str, crs: str = "EPSG:4548") -> City:
    folder = tmp_path / kind / "project"
    write_tiny(folder, schools=None, xuequ=(METRES[0], METRES[1].format(kind)))
    shapes = [(s, point(e, n)) for s, e, n in SCHOOLS]
    if kind == "geojson":
        (folder / "schools.geojson").write_text(layer(*(({"school_id": s}, p) for s, p in shapes)))
    elif kind == "gpkg":
        places = [shapely.Point(p["coordinates"]) for _, p in shapes]
        frame = gpd.GeoDataFrame({"school_id": [s for s, _ in shapes]}, geometry=places, crs=crs)
        frame.to_file(folder / "schools.gpkg")
    else:
        rows = "".join(f"{s},{p['coordinates'][0]},{p['coordinates'][1]}\n" for s, p in shapes)  # type: ignore[index]
        (folder / "schools.csv").write_text("school_id,lng,lat\n" + rows)
    return read_city(folder)


def test_csv_geojson_and_geopackage_give_the_same_table(tmp_path: Path) -> None:
    plain = schools_in(tmp_path, "csv")
    assert_same_tables(plain, schools_in(tmp_path, "geojson"))
    assert_same_tables(plain, schools_in(tmp_path, "gpkg"))


def test_a_geopackage_whose_own_crs_contradicts_the_declared_datum_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(
        DataError,
        match=r"schools\.gpkg: found 'EPSG:4549'; the datum declared in xuequ\.toml, EPSG:4548\. "
        "To do: declare the datum that the layer really has",
    ):
        schools_in(tmp_path, "gpkg", crs="EPSG:4549")


def test_typed_values_of_a_geojson_file_are_read_as_in_a_csv_file(tmp_path: Path) -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"school_id": s, "classes": n, "class_size": 45.0},
            "geometry": None,
        }
        for s, n in (("S1", 1), ("S2", 1), ("S3", 1), ("S4", 3))
    ]
    folder = write_tiny(tmp_path / "a", seats=None, xuequ=('"seats.csv"', '"seats.geojson"'))
    (folder / "seats.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert_same_tables(read_city(folder), city(tmp_path / "b"))


def shuffled(text: str, rng: random.Random) -> str:
    """Return a CSV or GeoJSON file with its rows in another order."""
    if text.startswith("{"):
        content = json.loads(text)
        rng.shuffle(content["features"])
        return json.dumps(content)
    head, *rows = csv.reader(io.StringIO(text))
    rng.shuffle(rows)
    out = io.StringIO()
    csv.writer(out).writerows([head, *rows])
    return out.getvalue()


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_rows_of_the_files_does_not_matter(tmp_path: Path, seed: int) -> None:
    folder = write_tiny(tmp_path / "a")
    plain = read_city(folder)
    rng = random.Random(seed)
    for path in sorted(folder.iterdir()):
        if path.suffix != ".toml":
            path.write_text(shuffled(path.read_text(encoding="utf-8"), rng), encoding="utf-8")
    assert_same_tables(read_city(folder), plain)


def test_every_table_of_the_schema_is_there_and_typed_also_where_the_project_has_none(
    tmp_path: Path,
) -> None:
    read = city(tmp_path)
    for table in schema.TABLES:
        expected = [*table.names, "geometry"] if table.geometry is not None else [*table.names]
        assert list(read[table.name].columns) == expected
    assert read["travel"]["metres"].dtype == "float64"
    assert read["applicants"]["settled_on"].dtype == "datetime64[ms]"
    assert not read.has("travel")
    assert read.has("zones")


def test_two_files_of_one_name_in_two_folders_keep_two_hashes(tmp_path: Path) -> None:
    folder = write_tiny(
        tmp_path / "a",
        plan=None,
        zones=None,
        xuequ=[('"plan.csv"', '"x/table.csv"'), ('"zones.csv"', '"y/table.csv"')],
    )
    for name, text in (("x", "unit_id,zone_id\nU1,Z1\n"), ("y", "zone_id\nZ1\nZ2\nZ3\n")):
        (folder / name).mkdir()
        (folder / name / "table.csv").write_text(text)
    hashes = read_city(folder).hashes
    assert {"x/table.csv", "y/table.csv"} <= set(hashes)
    assert hashes["x/table.csv"] != hashes["y/table.csv"]


# --- shapes


def test_a_layer_with_another_kind_of_shape_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"districts\.geojson, row 1: found 'Point'; allowed: Polygon, MultiPolygon"
    ):
        city(tmp_path, districts=layer(({"district_id": "D1"}, point(0, 0))))


def test_a_coordinate_of_a_layer_that_is_no_number_is_a_fault(tmp_path: Path) -> None:
    units = layer(({"unit_id": "U5"}, point(0, 0))).replace("2710000", "NaN")
    with pytest.raises(DataError, match=r"units\.geojson, row 1: finite coordinates"):
        city(tmp_path, units=units)


def test_metres_under_a_datum_in_degrees_are_a_fault_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(
        DataError,
        match=r"units\.geojson, row 1, column lng, lat: found '610000, 2.71e\+06'; longitude -180 to 180, "
        r"then latitude -90 to 90\. To do: declare the datum of a layer in metres, such as EPSG:4548",
    ):
        city(tmp_path, xuequ=('"units.geojson"\ndatum = "EPSG:4548"', '"units.geojson"\ndatum = "wgs84"'))


def test_a_layer_in_pseudo_mercator_is_not_measured_in_it(tmp_path: Path) -> None:
    folder = write_tiny(tmp_path / "a")
    text = (folder / "xuequ.toml").read_text(encoding="utf-8")
    for name in ("districts", "units", "links"):
        frame = gpd.read_file(folder / f"{name}.geojson").set_crs("EPSG:4548", allow_override=True)
        frame.to_crs("EPSG:3857").to_file(folder / f"{name}.gpkg")
        text = text.replace(f'"{name}.geojson"\ndatum = "EPSG:4548"', f'"{name}.gpkg"\ndatum = "EPSG:3857"')
    (folder / "xuequ.toml").write_text(text, encoding="utf-8")
    read = read_city(folder)
    assert read.metric_crs == "EPSG:4548"
    assert read["districts"].geometry.area.tolist() == pytest.approx([4e6, 4e6], rel=1e-6)


def test_a_table_of_polygons_in_two_parts_is_read(tmp_path: Path) -> None:
    parts = {
        "type": "MultiPolygon",
        "coordinates": [square(0, 0, 2000)["coordinates"], square(3000, 0, 500)["coordinates"]],
    }
    districts = layer(({"district_id": "D1"}, parts), ({"district_id": "D2"}, square(-4000, 0, 2000)))
    read = city(tmp_path, districts=districts)
    assert read["districts"].geometry.area.tolist() == pytest.approx([4_250_000, 4_000_000])


def test_values_are_text_where_they_name_something(tmp_path: Path) -> None:
    read = city(tmp_path)
    assert all(
        read["zones"][name].dtype == pd.StringDtype(na_value=float("nan")) for name in ("zone_id", "name")
    )


def test_check_tells_how_every_file_was_read_that_is_not_all_ascii_and_not_declared(tmp_path: Path) -> None:
    folder = write_tiny(tmp_path / "project")
    plan = folder / "plan.csv"
    head, _, rest = plan.read_text("utf-8").partition("\n")
    text = f"{head},小区\n" + "\n".join(f"{line},厦门" for line in rest.splitlines())
    said = {}
    for kind, data in {
        "mark": text.encode("utf-8-sig"),
        "bytes": text.encode("gb18030"),
        "ascii": f"{head}\n{rest}".encode(),
    }.items():
        plan.write_bytes(data)
        said[kind] = [str(one) for one in read_city(folder).unused if "plan.csv" in str(one)]
    assert "read as utf-8, by the mark at its start: plan.csv (小区)" in said["mark"]
    assert "read as gb18030, by the bytes: plan.csv (小区); encoding = forces another" in said["bytes"]
    assert not any("read as" in one for one in said["ascii"])


def test_check_tells_where_a_cpg_said_how_to_read(tmp_path: Path) -> None:
    folder = write_tiny(tmp_path / "project")
    places = gpd.GeoDataFrame(
        {"unit_id": ["U1"], "小区": ["厦门"], "district": ["D1"]},
        geometry=[shapely.Point(118.1, 24.5)],
        crs=4326,
    )
    places.to_file(folder / "units.shp", encoding="utf-8")
    config = folder / "xuequ.toml"
    config.write_text(config.read_text("utf-8").replace('"units.geojson"', '"units.shp"'), "utf-8")
    said = [str(one) for one in parse_all(folder, read_project(folder)).only_check]
    assert "read as utf-8, by its .cpg or header: units.shp (小区); encoding = forces another" in said


def test_choices_side_by_side_are_said_not_to_be_read(tmp_path: Path) -> None:
    rows = "applicant_id,category,unit_id,第一志愿,第二志愿\nA1,household,U1,S1,S2\n"
    city = read_city(write_tiny(tmp_path / "project", **applicants_of(rows)))
    assert any("第一志愿, 第二志愿: choices side by side are not read" in str(note) for note in city.notes)
