"""The commands on scopes, as a person calls them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.command import listing, xuequ
from tests.tiny import write_tiny

PROJECTS = Path(__file__).parent / "projects"
TEXTS = """\
school,scope,nurse
S1,东街·甲社区部分：乙路1--9号（单号）；丙街。,张三
S2,东街·甲社区部分：除乙路1--9号（单号）、丙街外,13800000000
S2,未定,
S3,,
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """Write the texts, read them as rules, and return the table."""
    (tmp_path / "notice.csv").write_text(TEXTS, encoding="utf-8")
    path = tmp_path / "rules.csv"
    said = parse(tmp_path / "notice.csv", "--out", path)
    assert said == (0, f"{SUMMARY}\nnot understood: 未定 (S2)\nWritten: {path}\n", "")
    return path


SUMMARY = (
    "6 rules of 2 schools or units: whole road 2, house numbers 2, rest of the community 1, "
    "not understood 1"
)


def parse(*words: str | Path) -> tuple[int, str, str]:
    return tuple(xuequ("scope", "parse", *words, "--column", "scope", "--holder", "school", "--lang", "en"))


def test_a_table_of_rules_is_written_and_goes_back_to_the_same_texts(rules: Path) -> None:
    said = xuequ("scope", "text", rules, "--lang", "en")
    assert said.out == (
        "S1: 东街·甲社区部分：乙路1--9号（单号）；丙街。\n"
        "S2: 东街·甲社区部分：除乙路1--9号（单号）、丙街外##未定\n"
    )


def test_only_the_texts_and_their_holders_are_copied(rules: Path) -> None:
    written = rules.read_text(encoding="utf-8-sig")
    assert "张三" not in written
    assert "13800000000" not in written


def test_an_edited_table_is_another_text_and_the_difference_is_shown(rules: Path, tmp_path: Path) -> None:
    edited = tmp_path / "edited.csv"
    text = rules.read_text(encoding="utf-8-sig")
    assert text.count(",乙路,,1,9,") == 2
    edited.write_text(text.replace(",乙路,,1,9,", ",乙路,,1,15,", 1), encoding="utf-8")
    assert "S1: 东街·甲社区部分：乙路1--15号（单号）；丙街。" in xuequ("scope", "text", edited).out
    said = xuequ("scope", "diff", rules, edited, "--marked", "--lang", "en").out
    assert "rule changed: 1\n" in said
    assert (
        "rule changed | S1 | S1 | 东街 | 甲社区 | 乙路1--9号（单号） | 乙路1--15号（单号） | to number\n"
        in said
    )
    assert "S1: 东街·甲社区部分：【删：乙路1--9号（单号）】【增：乙路1--15号（单号）】；丙街。\n" in said
    assert "S2:" not in said
    assert xuequ("scope", "diff", rules, rules, "--lang", "en").out == "The rules are the same.\n"


def test_what_is_open_or_twice_is_listed(rules: Path, tmp_path: Path) -> None:
    said = xuequ("scope", "check", rules, "--lang", "en").out
    assert said == f"{SUMMARY}\ncommunities that stand at several of them: 1\nnot understood: 未定 (S2)\n"
    table = tmp_path / "edited.csv"
    text = rules.read_text(encoding="utf-8-sig")
    table.write_text(text.replace(",乙路,,1,9,", ",乙路,,1,15,", 1), encoding="utf-8")
    said = xuequ("scope", "check", table, "--lang", "en").out
    assert "named by one, not excepted by the other: 1\n" in said
    assert (
        "  named by one, not excepted by the other | 东街 | 甲社区 | 乙路 | 11-15 (odd) | S1, S2\n" in said
    )


@pytest.mark.parametrize(("ending", "lang"), [(".csv", "zh"), (".xlsx", "en")])
def test_tables_are_written_in_both_languages(rules: Path, tmp_path: Path, ending: str, lang: str) -> None:
    for words in (("text", rules), ("check", rules), ("diff", rules, rules)):
        out = tmp_path / f"{words[0]}{ending}"
        said = xuequ("scope", *words, "--out", out, "--lang", lang)
        assert said.status == 0, said
        assert out.stat().st_size > 0
        assert str(out) in said.out
    if ending == ".csv":
        with (tmp_path / "text.csv").open(encoding="utf-8-sig", newline="") as file:
            assert [row[0] for row in csv.reader(file)][1:] == ["S1", "S2"]


def test_a_single_text_is_shown(tmp_path: Path) -> None:
    said = xuequ(
        "scope", "parse", "--text", "东街·甲社区部分：乙路1--9号（单号）；胡言的话", "--lang", "en"
    )
    assert (
        "house numbers | 东街 | 甲社区 | 乙路 | 1 | 9 | odd numbers | no, included | 乙路1--9号（单号）"
        in said.out
    )
    assert "not understood | 东街 | 甲社区 | all numbers | no, included | 胡言的话" in said.out


def test_a_long_table_is_cut_and_the_cut_is_said() -> None:
    roads = "；".join(f"甲{number}路" for number in "乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥")
    text = "##".join(f"东街·{name}社区部分：{roads}" for name in ("甲", "乙"))
    said = xuequ("scope", "parse", "--text", text, "--lang", "en").out
    assert said.endswith("… and 2 more rows: --out writes all of them\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give a folder, a file or --text, and only one of them"),
        (("notice.csv",), "a file needs --column (the texts) and --holder (whose they are)"),
        (("notice.csv", "--text", "甲"), "give a folder, a file or --text, and only one of them"),
        (("notice.csv", "--column", "area", "--holder", "school"), "column area: this column is missing"),
        (("notice.csv", "--column", "scope", "--holder", "nurse"), "row 4, column nurse: whose text it is"),
        (
            ("empty.csv", "--column", "scope", "--holder", "school"),
            "column scope: a text in at least one row",
        ),
        (("tiny",), "this project has no scope texts"),
    ],
)
def test_what_cannot_be_read_is_refused_and_nothing_is_written(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "notice.csv").write_text(TEXTS, encoding="utf-8")
    (tmp_path / "empty.csv").write_text("school,scope\nS1,\n", encoding="utf-8")
    write_tiny(tmp_path / "tiny")
    before = listing(tmp_path)
    named = [str(tmp_path / word) if (tmp_path / word).exists() else word for word in words]
    got = xuequ("scope", "parse", *named, "--out", tmp_path / "out.csv", "--lang", "en")
    assert got.status == 2
    assert said in got.err
    assert "张三" not in got.err
    assert listing(tmp_path) == before


def test_options_of_a_file_do_not_go_with_a_text_or_a_project(tmp_path: Path) -> None:
    for words in (("--text", "甲路"), (str(write_tiny(tmp_path / "tiny")),)):
        got = xuequ("scope", "parse", *words, "--heading-row", "2", "--lang", "en")
        assert got.status == 2
        assert "the options on how a file is read go with a file" in got.err


def test_a_file_that_is_there_is_not_written_over(rules: Path) -> None:
    before = rules.read_bytes()
    got = xuequ("scope", "check", rules, "--out", rules, "--lang", "en")
    assert got.status == 2
    assert "is there already" in got.err
    assert rules.read_bytes() == before


ZONES = """\
zone_id,name,scope_text
Z1,东一片区,东街·甲社区
Z2,东二片区,东街·乙社区部分：丙路1--9号
Z3,西片区,
"""


def test_a_project_has_its_texts_at_its_zones_too(tmp_path: Path) -> None:
    write_tiny(tmp_path / "tiny", zones=ZONES)
    said = xuequ("scope", "parse", tmp_path / "tiny", "--out", tmp_path / "rules.csv", "--lang", "en")
    # Z2 has two schools
    assert said.out.startswith("3 rules of 3 schools or units: whole community 1, house numbers 2\n")
    said = xuequ("scope", "check", tmp_path / "tiny", "--lang", "en").out
    assert "given twice: 1\n" in said
    assert "given twice | 东街 | 乙社区 | 丙路 | 1-9 | S2, S3\n" in said


PLAN = """\
unit_id,zone_id,category
U1,Z1,
U2,Z2,household
U2,Z1,points
U3,Z2,
U4,Z3,
U5,Z3,
"""
UNITS = "unit_id,name,scope_text\nU1,一,东街·甲社区\nU2,二,东街·乙社区\nU3,三,\nU4,四,\nU5,五,\n"


def test_a_plan_that_differs_by_category_is_read_for_one(tmp_path: Path) -> None:
    toml = [('path = "units.geojson"\ndatum = "EPSG:4548"', 'path = "units.csv"')]
    write_tiny(tmp_path / "tiny", plan=PLAN, xuequ=toml)
    (tmp_path / "tiny" / "units.geojson").unlink()
    (tmp_path / "tiny" / "units.csv").write_text(UNITS, encoding="utf-8")
    command = ("scope", "parse", tmp_path / "tiny", "--lang", "en")
    assert "the plan differs by category: name one of household, points" in xuequ(*command).err
    wrong = xuequ(*command, "--category", "all")
    assert wrong.status == 2
    assert "no plan of the category all; there are: household, points" in wrong.err
    assert xuequ(*command, "--category", "points").out.startswith("2 rules of 1 schools or units")
    assert xuequ(*command, "--category", "household").out.startswith("3 rules of 3 schools or units")


@pytest.mark.real_data
def test_liwan_is_read_checked_and_written_back(real_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "rules.csv"
    said = xuequ("scope", "parse", PROJECTS / "liwan", "--out", path, "--lang", "zh")
    assert said.status == 0
    checked = xuequ("scope", "check", path, "--lang", "en").out
    assert "communities that stand at several of them: 15\n" in checked
    assert "given whole to several together: 1\n" in checked
    assert "given twice" not in checked
    assert "not understood" not in checked
    assert (
        xuequ("scope", "diff", PROJECTS / "liwan", path, "--lang", "en").out == "The rules are the same.\n"
    )


def test_help_is_in_both_languages() -> None:
    for lang in ("zh", "en"):
        for command in (("parse",), ("text",), ("check",), ("diff",)):
            said = xuequ("scope", *command, "--help", "--lang", lang)
            assert said.status == 0
            assert said.out
