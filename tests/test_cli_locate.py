"""`xuequ locate`: an address, a table of addresses, a point, and what disagrees."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from geodata import read_city
from simulate.app import policy_of, run_project
from simulate.locating import book_of, known_nearby, why_unmatched
from simulate.runs import read_run, run_name
from simulate.verify import verify_run
from tests.command import Said, listing, xuequ
from tests.tiny import applicants_of, write_tiny
from tests.zoning.test_addresses import HEAD, TEXTS, units_of

LIWAN = Path(__file__).parent / "projects" / "liwan"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("tiny") / "project", units=units_of(TEXTS))


def ask(project: Path, *words: str | Path, lang: str = "en") -> Said:
    said = xuequ("locate", project, *words, "--lang", lang)
    assert "Traceback" not in said.err
    assert "Unexpected" not in said.err, said.err
    return said


def test_an_address_gives_unit_zone_schools_rule_and_confidence(project: Path) -> None:
    said = ask(project, "--address", "西村街广雅路29号")
    assert said.status == 0
    assert said.out.splitlines() == [
        "Address: 西村街广雅路29号",
        "Unit: U1",
        "  zone: 东一片区; schools: 东一小学",
        "  Rule: 广雅路27--65号（单号）",
        "  Confidence: 1.00 (the house number lies in the range of the rule)",
        "The confidence says how exactly the text names the place; it is no probability.",
    ]


def test_what_a_text_leaves_open_is_said(project: Path) -> None:
    said = ask(project, "--address", "增滘南约3号")
    assert "  Left open: 龙溪中路以北" in said.out.splitlines()
    assert "Confidence: 0.50" in said.out


def test_an_address_in_no_rule_says_why_and_what_is_known(project: Path) -> None:
    said = ask(project, "--address", "西村街广雅路3号")
    assert said.status == 0
    assert "Not located: the road stands in the rules, but not this house number." in said.out
    assert "  known: 广雅路27--65号（单号） -> U1" in said.out


@pytest.mark.parametrize(
    ("text", "reason", "known"),
    [
        ("西村街广雅路", "by its house numbers, and the address has none", 3),
        ("西村街朝阳路5号", "the road stands in no rule: name the community", 2),
        ("西村街广雅社区朝阳路5号", "the community is split", 3),
        ("火星社区", "no rule names this community or road", 0),
        ("西村街", "no road, community or name that the project knows", 2),
        ("什么也不是", "no road, community or name that the project knows", 0),
    ],
)
def test_what_is_missing_in_an_address_is_said(project: Path, text: str, reason: str, known: int) -> None:
    book = book_of(read_city(project))
    assert reason in str(why_unmatched(book, text))
    nearby = known_nearby(book, text)
    assert len(nearby) == known, nearby
    assert not any("鹤洞" in line for line in nearby)  # it is in another street


def test_a_similar_name_is_shown_and_not_taken(tmp_path: Path) -> None:
    folder = write_tiny(tmp_path / "project", units=units_of({}, {"U1": "江南豪园"}))
    said = ask(folder, "--address", "江南豪圆5幢")
    assert "Not located" in said.out
    assert "  similar name, not taken: 江南豪园 (86 of 100)" in said.out


def test_zones_that_differ_by_category_are_said_for_each(tmp_path: Path) -> None:
    plan = "unit_id,zone_id,category\nU1,Z1,\nU2,Z2,\nU3,Z2,\nU4,Z3,\nU5,Z3,\nU1,Z2,points\n"
    folder = write_tiny(tmp_path / "project", units=units_of(TEXTS), plan=plan)
    said = ask(folder, "--address", "广雅路29号")
    assert "  all others: " in said.out
    assert "  points: " in said.out
    assert "东二小学、东三小学" in said.out


def test_units_in_one_zone_are_said_to_have_the_same_schools(tmp_path: Path) -> None:
    folder = write_tiny(
        tmp_path / "project", units=units_of({}, {"U2": "翠园", "U3": "翠园", "U4": "新村里"})
    )
    said = ask(folder, "--address", "翠园3号")
    assert "The address falls under 2 units; which one is not guessed." in said.out
    assert "All of them are in one zone, so the schools are the same." in said.out


def test_a_table_is_written_in_three_parts_without_names_or_addresses(
    project: Path, tmp_path: Path
) -> None:
    folder = write_tiny(
        tmp_path / "twice", units=units_of(TEXTS | {"U2": "西村街·广雅社区部分：广雅路31号"})
    )
    table = tmp_path / "in.csv"
    table.write_text(
        "姓名,编号,地址\n欧阳星河,=A1,西村街广雅路29号\n欧阳星河,A2,广雅路31号\n欧阳星河,A3,朝阳路5号\n欧阳星河,A4,\n",
        encoding="utf-8",
    )
    said = ask(folder, "--table", table, "--column", "地址", "--id", "编号", "--out", tmp_path / "out.csv")
    assert said.status == 0, said.err
    assert said.out.splitlines() == [
        "Located: 1 addresses (out.csv)",
        "Not located: 2 addresses (out.unmatched.csv)",
        "Several units: 1 addresses (out.double.csv)",
    ]
    found, lost, double = (
        pd.read_csv(tmp_path / name) for name in ("out.csv", "out.unmatched.csv", "out.double.csv")
    )
    assert found.iloc[0, :5].tolist() == [2, "'=A1", "U1", "U1", "东一片区"]
    assert lost.iloc[:, 0].tolist() == [4, 5]
    assert lost["Why not"].tolist() == ["the road stands in no rule: name the community", "no address"]
    assert double.iloc[:, 0].tolist() == [3, 3]
    assert double["Unit"].tolist() == ["U1", "U2"]
    for file in tmp_path.glob("out*"):
        text = file.read_bytes()
        assert text.startswith(b"\xef\xbb\xbf")
        assert "欧阳星河" not in text.decode("utf-8")
        assert "西村街广雅路29号" not in text.decode("utf-8")


def test_a_workbook_has_a_sheet_for_each_part_and_no_formula(project: Path, tmp_path: Path) -> None:
    table = tmp_path / "in.csv"
    table.write_text("n,地址\n=1+1,广雅路29号\n", encoding="utf-8")
    out = tmp_path / "out.xlsx"
    said = ask(project, "--table", table, "--column", "地址", "--id", "n", "--out", out, lang="zh")
    assert said.status == 0, said.err
    book = openpyxl.load_workbook(out)
    assert len(book.sheetnames) == 3
    cell = book.worksheets[0].cell(2, 2)
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_a_table_without_a_number_column_goes_by_its_rows(project: Path, tmp_path: Path) -> None:
    table = tmp_path / "in.csv"
    table.write_text("地址\n增滘南约3号\n", encoding="utf-8")
    said = ask(project, "--table", table, "--column", "地址", "--out", tmp_path / "out.csv")
    assert "The row numbers are those of in.csv." in said.out
    assert "1 of the located ones with a condition that the text leaves open" in said.out


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((), "give one of --address, --table, --point and --disagreements"),
        (("--address", "x", "--point", "1,2", "--datum", "wgs84"), "give one of --address"),
        (("--address", "x", "--out", "o.csv"), "--out goes with --table or --disagreements"),
        (
            ("--address", "x", "--id", "n"),
            "--column, --id and the options on how the file is read go with --table",
        ),
        (
            ("--address", "x", "--heading-row", "2"),
            "--column, --id and the options on how the file is read go with --table",
        ),
        (("--table", "in.csv"), "--table needs --column, the heading of the addresses, and --out"),
        (("--point", "1,2"), "coordinates without a datum say nothing"),
        (("--point", "1", "--datum", "wgs84"), "--point takes LNG,LAT, such as 113.2408,23.1409"),
        (("--point", "nan,2", "--datum", "wgs84"), "--point takes LNG,LAT"),
        (("--point", "24.5,118.1", "--datum", "wgs84"), "longitude -180 to 180, then latitude -90 to 90"),
        (("--point", "118.1,24.5", "--datum", "mars"), "datum 'mars' is not known"),
        (("--point", "1,2", "--datum", "local-metres"), "the project is measured in EPSG:4548"),
        (("--address", "  "), "the address is empty"),
        (("--disagreements",), "the project has no applicants: there is nothing to compare"),
    ],
)
def test_options_that_say_nothing_are_refused(project: Path, words: tuple[str, ...], error: str) -> None:
    before = listing(project)
    said = ask(project, *words)
    assert said.status == 2
    assert error in said.err
    assert listing(project) == before


@pytest.mark.parametrize(
    ("text", "words", "error"),
    [
        (
            "n,地址\n1,广雅路29号\n",
            ("--column", "住址"),
            "column 住址: this column is missing; there are: n, 地址",
        ),
        ("n,地址\n1,广雅路29号\n", ("--column", "地址", "--id", "no"), "column no: this column is missing"),
        ("n,地址\n1,\n", ("--column", "地址"), "at least one address; the whole column is blank"),
        (
            "姓名,地址\n欧阳星河,广雅路29号\n",
            ("--column", "地址", "--id", "姓名"),
            "a number that says nothing of persons",
        ),
        (None, ("--column", "地址"), "in.csv"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_and_nothing_written(
    project: Path, tmp_path: Path, text: str | None, words: tuple[str, ...], error: str
) -> None:
    if text is not None:
        (tmp_path / "in.csv").write_text(text, encoding="utf-8")
    before = listing(tmp_path)
    said = ask(project, "--table", tmp_path / "in.csv", *words, "--out", tmp_path / "out.csv")
    assert said.status == 2
    assert error in said.err
    assert "欧阳星河" not in said.err
    assert listing(tmp_path) == before


@pytest.mark.parametrize("taken", ["out.csv", "out.double.csv"])
def test_a_file_that_is_there_is_not_written_over(project: Path, tmp_path: Path, taken: str) -> None:
    (tmp_path / "in.csv").write_text("地址\n广雅路29号\n", encoding="utf-8")
    (tmp_path / taken).write_text("mine", encoding="utf-8")
    before = listing(tmp_path)
    said = ask(project, "--table", tmp_path / "in.csv", "--column", "地址", "--out", tmp_path / "out.csv")
    assert said.status == 2
    assert taken in said.err
    assert listing(tmp_path) == before


def test_an_unknown_kind_of_file_is_refused(project: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("地址\n广雅路29号\n", encoding="utf-8")
    said = ask(project, "--table", tmp_path / "in.csv", "--column", "地址", "--out", tmp_path / "out.doc")
    assert said.status == 2
    assert "out.doc: a name that ends in .csv or .xlsx is needed" in said.err


def test_a_project_that_says_nothing_of_addresses_is_refused(tmp_path: Path) -> None:
    folder = write_tiny(tmp_path / "project", units=units_of({}, dict.fromkeys(TEXTS, "")))
    said = ask(folder, "--address", "广雅路29号")
    assert said.status == 2
    assert "nothing in the project says which addresses belong where" in said.err


def test_a_point_lies_in_a_unit_and_on_a_border_in_the_lower_id(project: Path) -> None:
    said = ask(project, "--point", "610500,2710500", "--datum", "EPSG:4548")
    assert "District: D1 东区" in said.out
    assert "Unit: U1" in said.out
    assert "border" not in said.out
    said = ask(project, "--point", "611000,2710500", "--datum", "EPSG:4548")
    assert "Unit: U1" in said.out
    assert "The point lies in or on the border of U1, U2: it belongs to the lower id, U1." in said.out
    said = ask(project, "--point", "700000,2710500", "--datum", "EPSG:4548")
    assert "The point lies in no unit with a polygon." in said.out


def test_a_project_without_polygons_cannot_locate_a_point(tmp_path: Path) -> None:
    folder = write_tiny(tmp_path / "project", units=units_of(TEXTS), districts=None, links=None)
    text = (folder / "xuequ.toml").read_text(encoding="utf-8")
    for table in ("districts", "links"):
        text = text.replace(f'[tables.{table}]\npath = "{table}.geojson"\ndatum = "EPSG:4548"\n', "")
    text = text.replace('path = "units.geojson"\ndatum = "EPSG:4548"', 'path = "units.csv"')
    (folder / "xuequ.toml").write_text(text, encoding="utf-8")
    (folder / "units.csv").write_text("unit_id\nU1\nU2\nU3\nU4\nU5\n", encoding="utf-8")
    said = ask(folder, "--point", "118.1,24.5", "--datum", "wgs84")
    assert said.status == 2
    assert "no unit, zone or district of the project has a polygon" in said.err


def test_disagreements_are_listed_and_written(tmp_path: Path) -> None:
    rows = "C1,points,U1,,广雅路25号,,\nC2,points,U1,,广雅路29号,,\n"
    folder = write_tiny(tmp_path / "project", units=units_of(TEXTS), **applicants_of(HEAD + rows))
    said = ask(folder, "--disagreements", "--out", tmp_path / "out.csv")
    assert said.status == 0, said.err
    assert "applicant C1: unit U1, by the address U2, by the point not given" in said.out
    assert pd.read_csv(tmp_path / "out.csv").iloc[0, :3].tolist() == ["C1", "U1", "U2"]
    assert "广雅路" not in said.out + (tmp_path / "out.csv").read_text(encoding="utf-8")


def test_where_all_agree_that_is_said(tmp_path: Path) -> None:
    folder = write_tiny(
        tmp_path / "project",
        units=units_of(TEXTS),
        **applicants_of(HEAD + "C2,points,U1,,广雅路29号,,\n"),
    )
    said = ask(folder, "--disagreements").out
    assert "Compared: 1 of 1 applicants" in said
    assert "Unit, address and point of these applicants say the same." in said


def test_where_nothing_can_be_compared_that_is_said_and_not_that_all_agree(tmp_path: Path) -> None:
    folder = write_tiny(
        tmp_path / "project",
        units=units_of(TEXTS),
        **applicants_of(HEAD + "C2,points,,Z1,无名路29号,,\n"),
    )
    said = ask(folder, "--disagreements").out
    assert "Compared: 0 of 1 applicants" in said
    assert "1 addresses of applicants fall under no unit" in said
    assert "say the same" not in said


def test_the_address_of_a_child_reaches_no_file_of_a_run_and_the_run_verifies(tmp_path: Path) -> None:
    rows = "C1,points,,,西村街广雅路29号之一3702房,,\nC2,household,U4,,朝阳路5号4805房,,\n"
    folder = write_tiny(tmp_path / "project", units=units_of(TEXTS), **applicants_of(HEAD + rows))
    out, _ = run_project(folder, lang="zh")
    run = read_run(out)
    assert run.city["applicants"]["unit_id"].tolist() == ["U1", "U4"]
    tables = [pd.read_parquet(path) for path in out.rglob("*.parquet")]
    said = [str(table.drop(columns="geometry", errors="ignore").to_csv()) for table in tables]
    said += [
        path.read_text(encoding="utf-8")
        for path in out.rglob("*")
        if path.suffix in (".json", ".csv", ".html")
    ]
    assert len(said) > 10
    for text in said:
        assert "广雅路29号之一" not in text
        assert "4805" not in text
        assert "朝阳路5号" not in text
    assert verify_run(out).ok


def test_a_run_has_the_name_of_the_unit_and_not_of_the_address(tmp_path: Path) -> None:
    def name(address: str) -> str:
        row = f"C1,points,,,{address},,\n"
        folder = tmp_path / address
        city = read_city(write_tiny(folder, units=units_of(TEXTS), **applicants_of(HEAD + row)))
        return run_name(city, policy_of(city, folder), "seed", 1)

    assert name("广雅路29号101房") == name("西村街广雅路31号")
    assert name("广雅路29号101房") != name("广雅路25号")


def test_the_help_is_in_chinese_too(project: Path) -> None:
    assert ask(project, "--help", lang="zh").status == 0


@pytest.mark.real_data
def test_liwan_gives_the_school_of_an_address(real_data: Path) -> None:
    said = ask(LIWAN, "--address", "西村街广雅路29号")
    assert "Unit: 西村街·广雅社区" in said.out
    assert "schools: 广州市第一中学附属环市西路小学（竹苑校区）" in said.out
    assert "Rule: 广雅路27--65号（单号）" in said.out


@pytest.mark.real_data
def test_liwan_does_not_guess_the_community_of_a_road(real_data: Path) -> None:
    said = ask(LIWAN, "--address", "西村街朝阳路5号")
    assert "Not located: the road stands in no rule: name the community." in said.out
    assert "  known: 西湾社区" in said.out


@pytest.mark.real_data
def test_binjiang_gives_zones_by_pupil_type_for_an_estate(real_data: Path) -> None:
    said = ask(LIWAN.parent / "binjiang", "--address", "浦沿街道大同公寓3幢2单元502室")
    assert "Unit: 大同公寓" in said.out
    assert "  household: " in said.out
    assert "杭州市江南科学城小学" in said.out
    twice = ask(LIWAN.parent / "binjiang", "--address", "滨康路5号").out
    assert "The address falls under 2 units; which one is not guessed." in twice
    once = ask(LIWAN.parent / "binjiang", "--address", "西兴街道滨康路5号").out
    assert "Unit: 西兴街道·滨康路" in once
    assert "长河街道" not in once
