"""A city: one metric CRS, what follows filled in, what is absent listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from geodata import City, DataError, XuequError, read_city
from tests.tiny import Edit, layer, point, square, write_tiny


def city(tmp_path: Path, **changes: Edit) -> City:
    return read_city(write_tiny(tmp_path / "project", **changes))


def absences(read: City) -> list[str]:
    return [str(text) for text in read.absences]


# --- the metric CRS


def test_layers_in_metres_are_measured_in_their_own_crs(tmp_path: Path) -> None:
    assert city(tmp_path).metric_crs == "EPSG:4548"


def test_a_metric_crs_that_is_given_counts(tmp_path: Path) -> None:
    read = city(tmp_path, xuequ=("year = 2024", 'year = 2024\nmetric_crs = "EPSG:32650"'))
    assert read.metric_crs == "EPSG:32650"
    assert read["districts"].crs.to_epsg() == read["schools"].crs.to_epsg() == 32650


def test_layers_in_degrees_are_measured_in_the_zone_of_their_middle(tmp_path: Path) -> None:
    layers = [
        (f'[tables.{name}]\npath = "{name}.geojson"\ndatum = "EPSG:4548"\n', "")
        for name in ("districts", "links")
    ]
    units = ('path = "units.geojson"\ndatum = "EPSG:4548"', 'path = "units.csv"')
    folder = write_tiny(tmp_path / "project", units=None, xuequ=[*layers, units])
    (folder / "units.csv").write_text("unit_id\nU1\nU2\nU3\nU4\nU5\n")
    assert read_city(folder).metric_crs == "EPSG:4548"


def test_two_crs_in_metres_need_to_be_told_apart(tmp_path: Path) -> None:
    with pytest.raises(
        XuequError,
        match=r"layers are declared in EPSG:4548, EPSG:4549: say in \[project\] which is metric_crs",
    ):
        city(
            tmp_path, xuequ=('"units.geojson"\ndatum = "EPSG:4548"', '"units.geojson"\ndatum = "EPSG:4549"')
        )


def test_local_metres_cannot_be_brought_together_with_a_known_datum(tmp_path: Path) -> None:
    xuequ = [
        (f'"{name}.geojson"\ndatum = "EPSG:4548"', f'"{name}.geojson"\ndatum = "local-metres"')
        for name in ("districts", "units", "links")
    ]
    with pytest.raises(XuequError, match=r"districts\.geojson is in local metres, which cannot be brought"):
        city(tmp_path, xuequ=xuequ)


def test_a_project_all_in_local_metres_is_measured_as_it_is(tmp_path: Path) -> None:
    xuequ = [
        (f'"{name}.geojson"\ndatum = "EPSG:4548"', f'"{name}.geojson"\ndatum = "local-metres"')
        for name in ("districts", "units", "links")
    ]
    schools = (
        "school_id,lng,lat\nS1,610500,2710600\nS2,611500,2710500\nS3,611500,2711500\nS4,606500,2710500\n"
    )
    read = city(tmp_path, schools=schools, xuequ=[*xuequ, ('datum = "wgs84"', 'datum = "local-metres"')])
    assert read.metric_crs == "local-metres"
    assert (read["schools"].geometry.x[0], read["schools"].geometry.y[0]) == (610500.0, 2710600.0)


def test_layers_in_two_datums_meet(tmp_path: Path) -> None:
    # the schools of the tiny project are in degrees, its units in metres: S1 is 100 m north of U1's middle
    read = city(tmp_path)
    middle = read["units"].geometry[0].centroid
    assert read["schools"].geometry[0].distance(middle) == pytest.approx(100.0, abs=0.01)


def test_faults_in_the_data_come_before_the_choice_of_a_crs(tmp_path: Path) -> None:
    xuequ = ('"units.geojson"\ndatum = "EPSG:4548"', '"units.geojson"\ndatum = "EPSG:4549"')
    with pytest.raises(DataError, match="found 'Z9'"):
        city(tmp_path, plan="unit_id,zone_id\nU1,Z9\n", xuequ=xuequ)


# --- what follows


def test_what_a_row_of_seats_leaves_blank_follows_from_the_project(tmp_path: Path) -> None:
    row = city(tmp_path)["seats"].iloc[3]
    assert (row["level"], row["grade"], row["year"], row["pool"]) == ("primary", 1, 2024, "open")
    assert row["seats"] == 3 * 45


def test_seats_that_are_given_count_before_classes(tmp_path: Path) -> None:
    seats = "school_id,classes,class_size,seats\nS1,1,45,50\nS2,1,45,\nS3,,,40\nS4,3,45,\n"
    assert city(tmp_path, seats=seats)["seats"]["seats"].tolist() == [50, 45, 40, 135]


def test_the_entry_grade_of_lower_secondary_is_the_seventh(tmp_path: Path) -> None:
    read = city(tmp_path, xuequ=('level = "primary"', 'level = "lower-secondary"'))
    assert set(read["seats"]["grade"]) == {7}


def test_a_school_is_public_unless_it_says_otherwise(tmp_path: Path) -> None:
    assert set(city(tmp_path)["schools"]["kind"]) == {"public"}


def test_units_schools_and_zones_get_the_district_in_which_they_lie(tmp_path: Path) -> None:
    read = city(tmp_path)
    assert read["units"]["district_id"].tolist() == ["D1", "D1", "D1", "D2", "D2"]
    assert read["schools"]["district_id"].tolist() == ["D1", "D1", "D1", "D2"]
    assert read["zones"]["district_id"].tolist() == ["D1", "D1", "D2"]


def test_a_unit_on_the_border_of_two_districts_gets_the_lower_id(tmp_path: Path) -> None:
    districts = layer(
        ({"district_id": "D9"}, square(0, 0, 1000, 2000)),
        ({"district_id": "D1"}, square(1000, 0, 1000, 2000)),
        ({"district_id": "D2"}, square(-4000, 0, 2000)),
    )
    units = layer(
        ({"unit_id": "U1"}, point(1000, 500)),
        *(({"unit_id": u}, point(1500, 500)) for u in ("U2", "U3", "U4", "U5")),
    )
    assert city(tmp_path, districts=districts, units=units)["units"]["district_id"][0] == "D1"


# --- what is absent


def test_a_complete_project_has_no_absences(tmp_path: Path) -> None:
    assert absences(city(tmp_path)) == []


def test_a_school_without_a_point_is_absent_and_listed(tmp_path: Path) -> None:
    read = city(tmp_path, schools=("118.10000324,24.49446237", ","))
    assert read["schools"].geometry.isna().tolist() == [False, True, False, False]
    assert absences(read) == ["school S2: no point, so no distance is known"]


def test_a_unit_without_a_point_among_units_that_have_one_is_absent_and_listed(tmp_path: Path) -> None:
    units = layer(
        *(({"unit_id": u}, point(500, 500)) for u in ("U1", "U2", "U3", "U4")), ({"unit_id": "U5"}, None)
    )
    assert absences(city(tmp_path, units=units)) == ["unit U5: no point, so no distance is known"]


def test_a_blank_class_plan_is_absent_and_not_zero(tmp_path: Path) -> None:
    read = city(tmp_path, seats=("S2,1,45", "S2,,45"))
    assert read["seats"]["seats"].isna().tolist() == [False, True, False, False]
    assert absences(read) == ["school S2: no class plan, so it offers no seats"]


def test_a_class_plan_of_nought_is_nought_and_not_absent(tmp_path: Path) -> None:
    read = city(tmp_path, seats=("S2,1,45", "S2,0,45"))
    assert read["seats"]["seats"].tolist() == [45, 0, 45, 135]
    assert absences(read) == []


def test_a_school_without_a_row_of_seats_is_listed(tmp_path: Path) -> None:
    read = city(tmp_path, seats=("S2,1,45\n", ""))
    assert absences(read) == ["school S2: no row of seats for primary, 2024, so it offers none"]
