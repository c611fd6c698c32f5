"""`xuequ.toml` as a record."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from geodata import DataError
from geodata.project import Project, read_project, resolve_path
from geodata.schema import BY_NAME
from tests.tiny import write_tiny

HEAD = '[project]\nname = "小城"\nlevel = "primary"\nyear = 2024\n'


def project(tmp_path: Path, more: str = "") -> Project:
    (tmp_path / "xuequ.toml").write_text(HEAD + more, encoding="utf-8")
    return read_project(tmp_path)


def test_rules_are_read_on_the_last_day_of_august_unless_another_day_is_given(tmp_path: Path) -> None:
    assert project(tmp_path).project.date == datetime.date(2024, 8, 31)
    assert project(tmp_path, "on = 2024-06-15\n").project.date == datetime.date(2024, 6, 15)


@pytest.mark.parametrize("source", ["", 'path = "a.csv"\nrows = []'])
def test_a_table_lies_in_exactly_one_place(tmp_path: Path, source: str) -> None:
    with pytest.raises(
        DataError, match=r"tables\.zones: exactly one of path and rows is allowed. To do: correct it"
    ):
        project(tmp_path, f"[tables.zones]\n{source}\n")


def test_every_wrong_key_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        project(
            tmp_path,
            'naem = "x"\n\n[tables.zones]\npath = 3\ndelimiter = ";;"\n\n[tables.zoness]\npath = "a.csv"\n',
        )
    lines = str(caught.value).splitlines()[1:]
    assert [line.split(":")[0].split("column ")[1] for line in lines] == [
        "project.naem",
        "tables.zones.path",
        "tables.zones.delimiter",
    ]


def test_a_year_out_of_reason_is_refused(tmp_path: Path) -> None:
    (tmp_path / "xuequ.toml").write_text(HEAD.replace("2024", "24"), encoding="utf-8")
    with pytest.raises(
        DataError, match=r"project\.year: found '24'; Input should be greater than or equal to 1949"
    ):
        read_project(tmp_path)


def test_a_share_above_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"children\.consent_city: found '1\.5'; Input should be less than or equal"
    ):
        project(tmp_path, '[children]\nreason = "x"\nconsent_city = 1.5\n')


def test_a_long_value_is_cut_where_it_is_shown(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"found '{'x' * 57}…'"):
        project(tmp_path, f'on = "{"x" * 100}"\n')


def test_what_stands_in_a_project_cannot_be_changed(tmp_path: Path) -> None:
    read = project(tmp_path)
    with pytest.raises(ValueError, match="frozen"):
        read.project.year = 2025


def test_a_path_is_relative_to_the_project(tmp_path: Path) -> None:
    assert resolve_path("a/b.csv", tmp_path) == tmp_path / "a" / "b.csv"
    assert resolve_path("/a/b.csv", tmp_path) == Path("/a/b.csv")


def test_a_variable_may_stand_within_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XUEQU_YEAR", "2024")
    assert resolve_path("${XUEQU_YEAR}/b.csv", tmp_path) == Path("2024/b.csv")
    assert resolve_path("a/${XUEQU_YEAR}.csv", tmp_path) == tmp_path / "a" / "2024.csv"


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_that_is_not_set_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("XUEQU_YEAR", raising=False)
    if value is not None:
        monkeypatch.setenv("XUEQU_YEAR", value)
    with pytest.raises(DataError, match="the environment variable XUEQU_YEAR is not set"):
        resolve_path("${XUEQU_YEAR}/b.csv", tmp_path)


def test_the_template_of_a_project_reads(tmp_path: Path) -> None:
    assert read_project(write_tiny(tmp_path)).zone_label.zh == "招生片区"


def test_a_column_is_found_by_its_name() -> None:
    assert BY_NAME["seats"].column("classes").minimum == 0


def test_a_column_that_a_table_does_not_have_raises() -> None:
    with pytest.raises(KeyError, match="colour"):
        BY_NAME["seats"].column("colour")


@pytest.mark.parametrize("table", BY_NAME.values(), ids=lambda table: table.name)
def test_keys_and_references_of_the_schema_name_columns_that_exist(table: object) -> None:
    from geodata.schema import Table

    assert isinstance(table, Table)
    assert set(table.key) <= set(table.names)
    for column in table.columns:
        if column.refers is not None:
            target, name = column.refers.split(".")
            assert BY_NAME[target].key == (name,)
