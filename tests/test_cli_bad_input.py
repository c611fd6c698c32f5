"""Bad input by command line: status 2, a message that says where and what to do, nothing written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from geodata.messages import say, speaker
from tests.command import listing, refused, xuequ
from tests.tiny import Edit, applicants_of, write_tiny

BAD = Path(__file__).parent / "bad"
COMMAND = Path(sys.executable).with_name("xuequ")
LIST = (
    "applicant_id,category,unit_id,settled_on,consents\nC1,household,U1,2023-02-28,\nC2,points,U4,,city\n"
)


def bad(name: str) -> bytes:
    return (BAD / name).read_bytes()


def tiny(tmp_path: Path, **changes: Edit) -> Path:
    return write_tiny(tmp_path / "project", **changes)


def declared(table: str) -> dict[str, Edit]:
    """Return the changes that declare one more table, beside a list of applicants."""
    changes = applicants_of(LIST)
    more = f'[tables.applicants]\npath = "applicants.csv"\n\n[tables.{table}]\npath = "{table}.csv"\n\n'
    return {**changes, "xuequ": ("[children]", more + "[children]")}


def with_policy(tmp_path: Path, text: str) -> Path:
    folder = tiny(tmp_path, xuequ=('"xiamen-datongchou"', '"policy.toml"'))
    (folder / "policy.toml").write_text(text, encoding="utf-8")
    return folder


def good_policy(*edits: tuple[str, str]) -> str:
    text = bad("policy_good.toml").decode()
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def test_the_tiny_project_has_no_fault(tmp_path: Path) -> None:
    said = xuequ("check", tiny(tmp_path), "--lang", "en")
    assert said.status == 0
    assert "No faults. Measured in EPSG:4548." in said.out


# --- files


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, schools=None))
    assert (
        "schools.csv: the file cannot be read: No such file or directory. "
        "To do: put the file there, or correct its path in xuequ.toml" in said
    )


def test_a_folder_without_a_project_file_is_refused(tmp_path: Path) -> None:
    assert "xuequ.toml: the file cannot be read" in refused(tiny(tmp_path, xuequ=None))


def test_a_wrong_kind_of_file_is_refused_with_the_kinds_there_are(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, xuequ=('"schools.csv"', '"schools.docx"')))
    assert "schools.docx: kinds of file: " in said
    assert ".csv, .psv, .tsv, .txt, .xlsx, .xlsm, .xls, .ods" in said
    assert "To do: save the table as one of these" in said


def test_gbk_bytes_under_declared_utf_8_say_which_encoding_to_declare(tmp_path: Path) -> None:
    declared = ('"schools.csv"', '"schools.csv"\nencoding = "utf-8"')
    said = refused(tiny(tmp_path, schools=bad("schools_gbk.csv"), xuequ=declared))
    assert "schools.csv, row 2: the bytes are not utf-8, which is declared" in said
    assert 'declare encoding = "gb18030" for it in xuequ.toml' in said


def test_a_line_with_too_many_fields_is_named(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, plan=bad("plan_too_many_fields.csv")))
    assert "plan.csv, row 4: not a table with 2 columns: 3 fields" in said
    assert "To do: check the delimiter and the quotes of that line" in said


def test_a_first_line_with_too_many_fields_is_named(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, plan="unit_id,zone_id\nU1,Z1,Z2\n"))
    assert "plan.csv, row 2: not a table with 2 columns: 3 fields" in said


def test_a_quote_that_never_closes_is_named(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, plan=bad("plan_open_quote.csv")))
    assert "plan.csv, row 3: not a table with 2 columns: EOF inside string" in said


def test_a_heading_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, plan="unit_id," + "z" * 200_000 + "\nU1,Z1\n"))
    assert "plan.csv, row 1: a line of headings; it cannot be read: field larger than field limit" in said


def test_a_heading_that_stands_twice_is_named(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, plan=bad("plan_heading_twice.csv")))
    assert "plan.csv, row 1: found 'unit_id'; each heading once. To do: remove or rename one" in said


def test_a_file_of_no_bytes_wants_a_heading(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, zones=bad("zones_no_bytes.csv")))
    assert "zones.csv, row 1: a heading is expected; the file is empty" in said
    assert "To do: write the names of the columns in the first row" in said


def test_a_geojson_file_that_is_none_is_refused(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, units="{}"))
    assert "units.geojson: the layer cannot be read: 'units.geojson' not recognized" in said
    assert "To do: save it again as GeoJSON or GeoPackage" in said


def test_an_unset_variable_in_a_path_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XUEQU_NOWHERE", raising=False)
    said = refused(tiny(tmp_path, xuequ=('"schools.csv"', '"${XUEQU_NOWHERE}/schools.csv"')))
    assert "found '${XUEQU_NOWHERE}/schools.csv'; the environment variable XUEQU_NOWHERE is not set" in said
    assert "To do: set XUEQU_NOWHERE in the shell, or write the path itself" in said


# --- tables


def test_a_missing_column_is_named_with_the_nearest_heading(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, schools=bad("schools_missing_column.csv")))
    assert (
        "schools.csv, column school_id: this column is missing; there are: school, name, lng, lat" in said
    )
    assert "To do: did you mean school?" in said


def test_a_missing_column_with_nothing_like_it_says_how_to_map_one(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, plan="甲,乙\nU1,Z1\n"))
    assert "plan.csv, column unit_id: this column is missing; there are: 甲, 乙" in said
    assert "To do: add the column, or name its heading under columns in xuequ.toml" in said


def test_a_missing_column_does_not_make_faults_in_the_tables_that_refer_to_it(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, schools=bad("schools_missing_column.csv")))
    assert said.splitlines()[0] == "faults in the data (1):"


def test_a_key_that_stands_twice_is_named_with_both_rows(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, schools=bad("schools_duplicate_id.csv")))
    assert (
        "schools.csv, row 3, column school_id: found 'S2'; each once; it stands in rows 3, 6. "
        "To do: remove or rename one" in said
    )


def test_seats_given_twice_are_found_though_one_row_leaves_what_follows_blank(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, seats=bad("seats_same_key_spelt_out.csv")))
    assert "found 'S1 / primary / 1 / open / 2024'; each once; it stands in rows 2, 6" in said


def test_an_unknown_zone_in_the_plan_is_named(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, plan=bad("plan_unknown_zone.csv")))
    assert (
        "plan.csv, row 3, column zone_id: found 'Z9'; not in zones.csv (table zones). "
        "To do: correct it here, or add it there" in said
    )


def test_an_unknown_school_in_the_seats_is_named(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, seats=bad("seats_unknown_school.csv")))
    assert "seats.csv, row 5, column school_id: found 'S7'; not in schools.csv (table schools)" in said


def test_a_unit_in_two_zones_is_named_with_both(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, plan=bad("plan_unit_in_two_zones.csv")))
    assert (
        "plan.csv, row 7, column unit_id: found 'U2'; one zone a unit; it lies in Z2 (row 3) and in Z1. "
        "To do: remove one, or give both the years in which they hold" in said
    )


def test_a_required_table_without_rows_is_one_fault(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, zones=bad("zones_no_rows.csv")))
    assert said.splitlines() == [
        "faults in the data (1):",
        "  zones.csv: at least one row; the table zones is empty. To do: fill it in",
        "Nothing was written.",
    ]


def test_a_required_table_that_is_not_declared_is_named(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, xuequ=('[tables.zones]\npath = "zones.csv"\n', "")))
    assert (
        "xuequ.toml, column tables.zones: the table zones is needed. "
        "To do: add [tables.zones] with the path of its file" in said
    )


def test_negative_seats_are_refused(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, seats=bad("seats_negative.csv")))
    assert "seats.csv, row 3, column classes: found '-1'; a number of at least 0. To do: correct it" in said


def test_decimals_in_a_count_are_refused(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, seats=bad("seats_decimals.csv")))
    assert "seats.csv, row 3, column classes: found '1.5'; a whole number. To do: correct it" in said


def test_full_width_digits_can_mean_nothing_else_so_they_are_read_and_noted(tmp_path: Path) -> None:
    said = xuequ("check", tiny(tmp_path, seats=bad("seats_full_width.csv")), "--lang", "en")
    assert said.status == 0
    assert (
        "seats.csv: column classes: full-width digits, letters or spaces made plain in 1 cells, "
        "the first in row 3"
    ) in " ".join(said.out.split())


def test_a_date_that_is_none_is_refused(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, **applicants_of(bad("applicants_no_such_date.csv").decode())))
    assert (
        "applicants.csv, row 2, column settled_on: found '2024-02-30'; a date such as 2024-07-01. "
        "To do: correct it, or leave the cell blank if it is not known" in said
    )


# --- places


def test_a_point_that_is_not_a_number_is_refused(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, schools=bad("schools_nan_point.csv")))
    assert "schools.csv, row 3, column lng: found 'NaN'; a finite number. To do: correct it" in said


def test_a_point_at_infinity_is_refused(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, schools=bad("schools_infinite_point.csv")))
    assert "schools.csv, row 4, column lat: found 'Infinity'; a finite number. To do: correct it" in said


def test_half_a_point_is_refused(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, schools=bad("schools_one_coordinate_blank.csv")))
    assert (
        "schools.csv, row 4, column lat: both coordinates of a point, or neither. To do: fill it in" in said
    )


def test_longitude_and_latitude_exchanged_are_recognised(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, schools=bad("schools_swapped.csv")))
    assert (
        "schools.csv, row 3, column lng, lat: found '24.4945, 118.1'; "
        "longitude -180 to 180, then latitude -90 to 90. "
        "To do: longitude and latitude look swapped: exchange them" in said
    )


def test_a_school_outside_every_district_is_named(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, schools=bad("schools_outside_every_district.csv")))
    assert (
        "schools.csv, row 3, column school_id: found 'S2'; a point inside a district; "
        "this one lies outside every district. To do: check longitude, latitude and the declared datum"
        in said
    )


def test_a_polygon_that_crosses_itself_is_named_with_the_place(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, districts=bad("districts_self_crossing.geojson")))
    assert (
        "districts.geojson, row 1: the polygon is not valid: Self-intersection[611000 2711000]. "
        "To do: mend the ring at that place" in said
    )


def test_a_polygon_whose_ring_is_open_is_a_fault_and_not_absent(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, districts=bad("districts_open_ring.geojson")))
    assert "districts.geojson, row 1: a whole shape; this one cannot be read (is its ring closed?)" in said


def test_a_layer_without_a_datum_says_how_to_declare_one(tmp_path: Path) -> None:
    lines = 'path = "schools.csv"\n'
    said = refused(tiny(tmp_path, xuequ=(f'{lines}datum = "wgs84"\n', lines)))
    assert "schools.csv: the layer declares no datum; add to [tables.schools] in xuequ.toml" in said
    assert 'datum = "gcj02" (Amap, Tencent), "bd09" (Baidu), "wgs84" (GPS)' in said


def test_an_unknown_datum_is_named_with_its_table(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, xuequ=('"wgs84"', '"wgs48"')))
    assert (
        "xuequ.toml, column tables.schools.datum: datum 'wgs48' is not known; "
        "allowed: wgs84, gcj02, bd09, bd09-metres, cgcs2000, local-metres, an EPSG code" in said
    )


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857", "EPSG:2283", "EPSG:999999", "gcj02"])
def test_a_metric_crs_that_does_not_measure_metres_is_refused(tmp_path: Path, crs: str) -> None:
    said = refused(tiny(tmp_path, xuequ=("year = 2024", f'year = 2024\nmetric_crs = "{crs}"')))
    assert f"xuequ.toml, column project.metric_crs: found '{crs}'; a projected CRS in metres" in said


# --- xuequ.toml


def test_a_toml_syntax_error_is_named_with_line_and_column(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, xuequ=bad("xuequ_syntax_error.toml")))
    assert "xuequ.toml: this is not TOML: Expected ']' at the end of a table declaration" in said
    assert "(at line 1, column 9)" in said
    assert "To do: mend the line; texts stand in quotes, lists in [ ], tables in { }" in said


def test_a_project_file_in_gbk_is_refused(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, xuequ='[project]\nname = "小城"\n'.encode("gbk")))
    assert "xuequ.toml, row 2: the bytes are not utf-8" in said


def test_an_unknown_key_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, xuequ=("seed =", "sede =")))
    assert (
        "xuequ.toml, column project.sede: unknown key; allowed: name, level, year, on, policy, points"
        in said
    )
    assert "To do: did you mean seed?" in said


def test_an_unknown_key_of_a_table_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, xuequ=('datum = "wgs84"', 'datun = "wgs84"')))
    assert "xuequ.toml, column tables.schools.datun: unknown key; allowed: path, layer, rows" in said
    assert "To do: did you mean datum?" in said


def test_an_unknown_table_is_named_with_the_tables_there_are(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, xuequ=("[tables.serves]", "[tables.servs]")))
    assert "xuequ.toml, column tables: unknown table servs; allowed: districts, streets, units" in said


def test_a_key_that_is_missing_is_named(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, xuequ=("year = 2024\n", "")))
    assert "xuequ.toml, column project.year: this key is missing. To do: add it" in said


def test_a_level_that_is_none_is_named_with_the_levels_there_are(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, xuequ=('"primary"', '"kindergarten"')))
    assert "column project.level: found 'kindergarten'; allowed: 'primary' or 'lower-secondary'" in said


def test_a_policy_that_does_not_exist_is_named_with_those_that_do(tmp_path: Path) -> None:
    folder = tiny(tmp_path, xuequ=('"xiamen-datongchou"', '"xiamen"'))
    said = refused(folder, "check", "run")
    assert "xuequ.toml, column project.policy: found 'xiamen'; a shipped policy (" in said
    assert "xiamen-datongchou" in said


# --- policies


def test_the_good_policy_is_good(tmp_path: Path) -> None:
    assert xuequ("check", with_policy(tmp_path, good_policy()), "--lang", "en").status == 0


def test_an_unknown_key_of_a_policy_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    said = refused(with_policy(tmp_path, bad("policy_unknown_key.toml").decode()))
    assert "policy.toml, column stage.0.when_ful: unknown key; allowed: from, until, source" in said
    assert "To do: did you mean when_full?" in said


def test_an_unknown_mechanism_is_named_with_those_there_are(tmp_path: Path) -> None:
    said = refused(with_policy(tmp_path, bad("policy_unknown_mechanism.toml").decode()))
    assert (
        "policy.toml, column stage.0.mechanism.name: found 'lottery'; allowed: 'fill', 'random-seats'"
        in said
    )


def test_a_syntax_error_of_a_policy_is_named_with_line_and_column(tmp_path: Path) -> None:
    said = refused(with_policy(tmp_path, bad("policy_syntax_error.toml").decode()))
    assert "policy.toml: this is not TOML: Invalid value (at line 25, column 13)" in said


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (('mechanism = "fill"', 'mechanism = "fill"\ngives = "zone"'), 'gives = "zone" goes by choices'),
        (('mechanism = "fill"', 'mechanism = "fill"\ntwins = "together"'), 'last_seat = "over" or "next"'),
        (
            ('"own-zone" }', '"own-zone", list = 2 }'),
            "a list of choices is read only where children choose",
        ),
        (('mechanism = "fill"', 'mechanism = "random-seats"\nties = "all-over"'), "every tie by ticket"),
    ],
)
def test_what_cannot_stand_together_in_a_stage_is_refused_with_the_reason(
    tmp_path: Path, edit: tuple[str, str], what: str
) -> None:
    said = refused(with_policy(tmp_path, good_policy(edit)), "check", "run")
    assert "policy.toml, column stage all: " in said
    assert what in said


def test_a_distance_that_does_not_say_what_is_past_it_is_refused(tmp_path: Path) -> None:
    edit = ('"own-zone" }', '"own-zone", within_m = 3000 }')
    said = refused(with_policy(tmp_path, good_policy(edit)), "check", "run")
    assert 'within_m and past_it = "last" or "never" belong together' in said


def test_a_policy_that_goes_by_feeds_needs_them(tmp_path: Path) -> None:
    said = refused(with_policy(tmp_path, good_policy(('"own-zone"', '"fed"'))), "check", "run")
    assert "no school of the table schools feeds another" in said


def test_seats_of_a_pool_that_the_policy_does_not_have_are_refused(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, seats=bad("seats_other_pool.csv")), "check", "run")
    assert "seats, column pool: found 'reserve'; pools of the policy xiamen-datongchou: open" in said


def test_an_answer_that_does_not_fit_is_refused_by_the_run(tmp_path: Path) -> None:
    # C1 is no favoured child: after that stage it has no place yet that it could decline
    said = refused(tiny(tmp_path, answers=bad("answers.csv"), **declared("answers")), "run")
    assert "answers, column answer: found 'C1'; declined by a child that has a place then" in said


# --- all at once, in both languages, and as separate processes


def test_faults_of_several_tables_are_shown_together(tmp_path: Path) -> None:
    folder = tiny(
        tmp_path,
        schools=bad("schools_nan_point.csv"),
        plan=bad("plan_unknown_zone.csv"),
        seats=bad("seats_negative.csv"),
        xuequ=[('"demand.csv"', '"nothing.csv"'), ('"zones.csv"', '"${XUEQU_NOWHERE}/zones.csv"')],
    )
    said = refused(folder)
    assert said.splitlines()[0] == "faults in the data (4):"
    for part in ("nothing.csv: ", "XUEQU_NOWHERE", "schools.csv, row 3", "seats.csv, row 3"):
        assert part in said


@pytest.mark.parametrize("name", ["seats_negative.csv", "plan_unknown_zone.csv", "schools_swapped.csv"])
def test_map_and_run_refuse_what_check_refuses_in_the_same_words(tmp_path: Path, name: str) -> None:
    folder = tiny(tmp_path, **{name.partition("_")[0]: bad(name)})
    assert f"{name.partition('_')[0]}.csv, row 3" in refused(folder, "check", "map", "run")


def test_many_faults_of_one_kind_are_cut_short_and_the_cut_is_said(tmp_path: Path) -> None:
    rows = "".join(f"V{n},Z9\n" for n in range(30))
    said = refused(tiny(tmp_path, plan=f"unit_id,zone_id\n{rows}"))
    assert said.splitlines()[0] == "faults in the data (60):"
    assert said.count("column zone_id: found 'Z9'") == 20
    assert "plan.csv, zone_id: 10 more like it" in said
    assert "plan.csv, unit_id: 10 more like it" in said


def test_faults_are_shown_in_chinese(tmp_path: Path) -> None:
    said = refused(tiny(tmp_path, seats=bad("seats_negative.csv")), lang="zh")
    speak = speaker("zh")
    assert speak(say("a number of at least {minimum}", minimum=0)) in said
    assert speak(say("Nothing was written.")) in said
    assert "Nothing was written" not in said
    assert "seats.csv" in said
    assert "'-1'" in said


def test_init_into_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    folder = tiny(tmp_path)
    before = listing(tmp_path)
    said = xuequ("init", folder, "--lang", "en")
    assert said.status == 2
    assert said.err == "project exists and is not empty; choose another folder\n"
    assert listing(tmp_path) == before


def run_command(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONIOENCODING": "utf-8", **environment}
    return subprocess.run(
        [str(COMMAND), *map(str, words)], capture_output=True, encoding="utf-8", env=env, timeout=60
    )


def test_the_command_itself_exits_with_2_on_bad_data(tmp_path: Path) -> None:
    folder = tiny(tmp_path, plan=bad("plan_unit_in_two_zones.csv"))
    before = listing(tmp_path)
    done = run_command("check", folder, "--lang", "en")
    assert done.returncode == 2
    assert "plan.csv, row 7, column unit_id: found 'U2'; one zone a unit" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert listing(tmp_path) == before


def test_the_command_itself_exits_with_2_on_a_toml_syntax_error(tmp_path: Path) -> None:
    folder = tiny(tmp_path, xuequ=bad("xuequ_syntax_error.toml"))
    before = listing(tmp_path)
    done = run_command("run", folder, XUEQU_LANG="en")
    assert done.returncode == 2
    assert "xuequ.toml: this is not TOML" in done.stderr
    assert "Traceback" not in done.stderr
    assert listing(tmp_path) == before


def test_the_command_itself_exits_with_2_on_a_full_folder(tmp_path: Path) -> None:
    folder = tiny(tmp_path)
    before = listing(tmp_path)
    done = run_command("init", folder, "--lang", "en")
    assert done.returncode == 2
    assert "project exists and is not empty; choose another folder" in done.stderr
    assert listing(tmp_path) == before
