"""Rules over whole tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from geodata import City, DataError, read_city
from tests.tiny import Edit, layer, point, square, write_tiny


def city(tmp_path: Path, **changes: Edit) -> City:
    return read_city(write_tiny(tmp_path / "project", **changes))


def faults(tmp_path: Path, **changes: Edit) -> list[str]:
    with pytest.raises(DataError) as caught:
        city(tmp_path, **changes)
    return str(caught.value).splitlines()[1:]


# --- keys


def test_a_key_of_several_columns_may_repeat_in_part(tmp_path: Path) -> None:
    serves = "zone_id,school_id\nZ1,S1\nZ1,S2\nZ2,S2\nZ3,S4\n"
    assert len(city(tmp_path, serves=serves)["serves"]) == 4


def test_a_key_of_several_columns_that_stands_twice_is_named_whole(tmp_path: Path) -> None:
    said = faults(tmp_path, serves="zone_id,school_id\nZ1,S1\nZ2,S2\nZ1,S1\nZ3,S4\n")
    assert said == [
        "  serves.csv, row 2, column zone_id, school_id: found 'Z1 / S1'; "
        "each once; it stands in rows 2, 4. To do: remove or rename one"
    ]


def test_keys_that_stand_twice_are_one_fault_each_with_all_their_rows(tmp_path: Path) -> None:
    said = faults(tmp_path, zones="zone_id\nZ3\nZ1\nZ2\nZ1\nZ3\nZ1\n")
    assert [line.split("rows ")[1].split(".")[0] for line in said] == ["2, 6", "3, 5, 7"]


def test_a_key_with_blank_parts_that_stands_twice_is_a_fault(tmp_path: Path) -> None:
    said = faults(
        tmp_path, plan="unit_id,zone_id,category\nU1,Z1,\nU2,Z2,\nU1,Z1,\nU3,Z2,\nU4,Z3,\nU5,Z3,\n"
    )
    assert len(said) == 1
    assert "found 'U1 / Z1 /  / '; each once; it stands in rows 2, 4" in said[0]


# --- references


def test_a_reference_to_a_table_that_the_project_does_not_have_is_not_checked(tmp_path: Path) -> None:
    schools = (
        "school_id,district_id,lng,lat\n"
        "S1,X9,118.09014693,24.49543656\nS2,X9,118.10000324,24.49446237\n"
        "S3,X9,118.10008179,24.50348879\nS4,X9,118.05068240,24.49481361\n"
    )
    districts = '[tables.districts]\npath = "districts.geojson"\ndatum = "EPSG:4548"\n'
    read = city(tmp_path, schools=schools, xuequ=(districts, ""))
    assert set(read["schools"]["district_id"]) == {"X9"}


def test_a_table_may_refer_to_itself(tmp_path: Path) -> None:
    head = "school_id,feeds,lng,lat\nS1,{},118.09014693,24.49543656\nS2,,118.10000324,24.49446237\n"
    head += "S3,,118.10008179,24.50348879\nS4,,118.05068240,24.49481361\n"
    assert city(tmp_path / "good", schools=head.format("S2"))["schools"]["feeds"].tolist()[0] == "S2"
    said = faults(tmp_path / "bad", schools=head.format("S9"))
    assert "schools.csv, row 2, column feeds: found 'S9'; not in schools.csv (table schools)" in said[0]


# --- plan

PLAN = "unit_id,zone_id,category,from_year,until_year\nU2,Z2,,,\nU3,Z2,,,\nU4,Z3,,,\nU5,Z3,,,\n"


def test_a_unit_may_change_its_zone_from_year_to_year(tmp_path: Path) -> None:
    plan = PLAN + "U1,Z1,,2020,2023\nU1,Z2,,2023,\n"
    assert len(city(tmp_path, plan=plan)["plan"]) == 6


def test_years_that_overlap_by_one_are_two_zones_of_a_unit(tmp_path: Path) -> None:
    said = faults(tmp_path, plan=PLAN + "U1,Z1,,2020,2024\nU1,Z2,,2023,\n")
    assert len(said) == 1
    assert (
        "plan.csv, row 7, column unit_id: found 'U1'; one zone a unit; it lies in Z1 (row 6) and in Z2"
        in said[0]
    )


def test_a_long_row_that_outlasts_the_one_after_it_is_found(tmp_path: Path) -> None:
    said = faults(tmp_path, plan=PLAN + "U1,Z1,,2010,\nU1,Z1,,2011,2012\nU1,Z2,,2015,\n")
    assert len(said) == 1
    assert "row 8, column unit_id: found 'U1'; one zone a unit; it lies in Z1 (row 6) and in Z2" in said[0]


def test_a_category_may_have_a_zone_of_its_own_beside_the_zone_for_all(tmp_path: Path) -> None:
    plan = PLAN + "U1,Z1,,,\nU1,Z2,points,,\n"
    assert len(city(tmp_path, plan=plan)["plan"]) == 6


def test_two_zones_for_one_category_are_a_fault(tmp_path: Path) -> None:
    said = faults(tmp_path, plan=PLAN + "U1,Z1,,,\nU1,Z2,points,,\nU1,Z3,points,,\n")
    assert len(said) == 1
    assert "it lies in Z2 (row 7) and in Z3" in said[0]


def test_the_same_zone_in_two_rows_is_no_contradiction(tmp_path: Path) -> None:
    plan = PLAN + "U1,Z1,,2020,2024\nU1,Z1,,2022,\n"
    assert len(city(tmp_path, plan=plan)["plan"]) == 6


def test_a_row_that_holds_in_no_year_is_a_fault(tmp_path: Path) -> None:
    said = faults(tmp_path, plan=PLAN + "U1,Z1,,2024,2024\n")
    assert said == [
        "  plan.csv, row 6, column until_year: found '2024'; "
        "a year after from_year; this row holds in no year. To do: correct it"
    ]


# --- districts, zones, links


def test_a_school_said_to_be_in_another_district_than_its_point_is_noted(tmp_path: Path) -> None:
    schools = ("S1,东一小学,", "S1,D2,东一小学,")
    more = [
        ("school_id,name", "school_id,district_id,name"),
        ("S2,", "S2,D1,"),
        ("S3,", "S3,,"),
        ("S4,", "S4,D2,"),
    ]
    read = city(tmp_path, schools=[schools, *more])
    assert [str(note) for note in read.notes] == [
        "schools.csv, row 2: the school is said to be in D2, its point lies in D1"
    ]


def test_a_school_on_the_border_of_two_districts_lies_in_both(tmp_path: Path) -> None:
    districts = layer(
        ({"district_id": "D1"}, square(500, 0, 1500, 2000)),
        ({"district_id": "D3"}, square(0, 0, 500, 2000)),
        ({"district_id": "D2"}, square(-4000, 0, 2000)),
    )
    rows = (("S1", 500, 600), ("S2", 1500, 500), ("S3", 1500, 1500), ("S4", -3500, 500))
    schools = "school_id,district_id,lng,lat\n" + "".join(
        f"{s},{'D3' if s == 'S1' else ''},{610000 + e},{2710000 + n}\n" for s, e, n in rows
    )
    datum = ('"schools.csv"\ndatum = "wgs84"', '"schools.csv"\ndatum = "EPSG:4548"')
    assert city(tmp_path, districts=districts, schools=schools, xuequ=datum).notes == ()


def test_districts_without_any_outline_hold_no_school_to_it(tmp_path: Path) -> None:
    districts = layer(({"district_id": "D1"}, None), ({"district_id": "D2"}, None))
    assert (
        city(tmp_path, districts=districts, links=None, xuequ=LINKLESS)["districts"].geometry.isna().all()
    )


LINKLESS = ('[tables.links]\npath = "links.geojson"\ndatum = "EPSG:4548"\n', "")
UNITLESS: list[tuple[str, str]] = [
    ('[tables.units]\npath = "units.geojson"\ndatum = "EPSG:4548"\n', ""),
    ('[tables.plan]\npath = "plan.csv"\n', ""),
    ('[tables.demand]\npath = "demand.csv"\n', ""),
]


def test_a_zone_with_neither_a_polygon_nor_units_is_a_fault(tmp_path: Path) -> None:
    zones = layer(
        ({"zone_id": "Z1"}, square(0, 0)), ({"zone_id": "Z2"}, None), ({"zone_id": "Z3"}, square(-4000, 0))
    )
    xuequ = [*UNITLESS, ('path = "zones.csv"', 'path = "zones.geojson"\ndatum = "EPSG:4548"')]
    folder = write_tiny(tmp_path / "project", zones=None, xuequ=xuequ)
    (folder / "zones.geojson").write_text(zones)
    with pytest.raises(
        DataError,
        match=r"zones\.geojson, row 2, column zone_id: found 'Z2'; "
        r"a polygon, or units in a plan; it has neither\. To do: add it",
    ):
        read_city(folder)


def test_a_project_may_give_polygons_of_zones_and_no_units(tmp_path: Path) -> None:
    zones = layer(*(({"zone_id": z}, square(n, 0)) for z, n in (("Z1", 0), ("Z2", 1000), ("Z3", -4000))))
    xuequ = [*UNITLESS, ('path = "zones.csv"', 'path = "zones.geojson"\ndatum = "EPSG:4548"')]
    folder = write_tiny(tmp_path / "project", zones=None, xuequ=xuequ)
    (folder / "zones.geojson").write_text(zones)
    assert read_city(folder)["zones"]["district_id"].tolist() == ["D1", "D1", "D2"]


def test_a_link_without_a_line_is_a_fault(tmp_path: Path) -> None:
    said = faults(tmp_path, links=layer(({"link_id": "L1", "length_m": 2200}, None)))
    assert said == [
        "  links.geojson, row 1, column link_id: found 'L1'; a link with a line from land to land; "
        "this one has none. To do: give the table as GeoJSON or GeoPackage, with one line a link"
    ]


def test_links_in_a_file_that_has_no_lines_are_faults(tmp_path: Path) -> None:
    folder = write_tiny(tmp_path / "project", links=None, xuequ=('"links.geojson"', '"links.csv"'))
    (folder / "links.csv").write_text("link_id,length_m\nL1,2200\n")
    with pytest.raises(
        DataError, match=r"links\.csv, row 2, column link_id: found 'L1'; a link with a line"
    ):
        read_city(folder)


def test_a_link_that_is_a_point_is_a_fault(tmp_path: Path) -> None:
    said = faults(tmp_path, links=layer(({"link_id": "L1", "length_m": 2200}, point(0, 0))))
    assert (
        "links.geojson, row 1: found 'Point'; allowed: LineString. To do: save the layer with such"
        in said[0]
    )
