"""The table of intake and catchments: what the plan says, and what differs from last year."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geodata import XuequError
from geodata.messages import speaker
from simulate.dossier.excel import excel_of
from simulate.dossier.html import html_of
from simulate.dossier.model import Table
from simulate.dossier.pdf import pdf_of
from simulate.dossier.word import word_of
from simulate.papers.intake import intake_document
from simulate.papers.marking import marked
from simulate.papers.scopes import Scope, plan_of, school_scopes, zone_scopes
from simulate.papers.sources import city_in, source_of
from tests.simulate.papers.papers import (
    FORMULA,
    HOSTILE,
    LANGS,
    TEXT_ONE,
    pages_of,
    tiny_source,
    tiny_with_texts,
)

PROJECTS = Path(__file__).parents[2] / "projects"


def tables(document: object) -> dict[str, Table]:
    return {one.id: one for one in document.tables()}  # type: ignore[attr-defined]


def test_each_school_has_its_classes_seats_telephone_and_the_scope_of_its_zones(tmp_path: Path) -> None:
    table = tables(intake_document(tiny_source(tmp_path / "a"), "en"))["1"]
    assert table.value("S1", "classes") == 1
    assert table.value("S1", "seats") == 45
    assert table.value("S1", "telephone") == "0592-1234567"
    assert table.value("S1", "kind") == "public"
    assert table.value("S1", "zones") == "东一片区"
    assert table.value("S1", "scope") == "东街·甲社区部分：乙路1--9号（单号）；丙街。\n东街·漖滘社区"
    # two schools of one zone have one scope; names of units stand where there is no text
    assert table.value("S2", "scope") == table.value("S3", "scope") == "东三小区, 东二小区"
    assert table.value("\0all", "seats") == 45 * 6
    assert table.totals == 1


def test_what_is_missing_is_said_and_not_filled_in(tmp_path: Path) -> None:
    seats = "school_id,seats\nS1,45\nS2,45\nS3,45\nS4,135\n"
    table = tables(intake_document(tiny_source(tmp_path / "a", seats=seats), "en"))["1"]
    assert table.value("S1", "classes") is None
    assert "Classes: not known of 4 schools." in table.notes
    assert "Telephone: blank for 3 schools; the column telephone of schools supplies it." in table.notes
    assert any(note.startswith("Scopes of 3 schools hold names of units") for note in table.notes)


def test_a_unit_text_stands_before_the_text_of_its_zone_and_no_unit_is_lost() -> None:
    units = pd.DataFrame(
        {"unit_id": ["U1", "U2", "U3"], "name": ["甲", "", "丙"], "scope_text": ["甲社区", None, None]}
    )
    zones = pd.DataFrame(
        {"zone_id": ["Z1", "Z2", "Z3"], "name": ["", "", ""], "scope_text": ["别的字", "丙一带", None]}
    )
    plan = pd.DataFrame({"unit_id": ["U1", "U2", "U3"], "zone_id": ["Z1", "Z1", "Z2"]})
    tables_ = {"units": units, "zones": zones}
    city = type("City", (), {"__getitem__": lambda self, name: tables_[name]})()
    assert zone_scopes(city, plan) == {
        "Z1": Scope(texts=("甲社区",), names=("U2",)),
        "Z2": Scope(texts=("丙一带",)),
        "Z3": Scope(),
    }


def test_every_unit_of_the_plan_stands_in_the_scope_of_its_zones_schools(tmp_path: Path) -> None:
    city = source_of(tiny_with_texts(tmp_path / "a", text="")).city
    plan = plan_of(city, None)
    scopes = school_scopes(city, zone_scopes(city, plan))
    names = city["units"].set_index("unit_id")["name"]
    for unit, zone in plan[["unit_id", "zone_id"]].itertuples(index=False):
        served = city["serves"].loc[city["serves"]["zone_id"] == zone, "school_id"]
        assert all(names[unit] in scopes[school].names for school in served)


def test_a_plan_by_category_needs_a_category(tmp_path: Path) -> None:
    plan = "unit_id,zone_id,category\nU1,Z1,\nU2,Z2,\nU2,Z1,points\nU3,Z2,\nU4,Z3,\nU5,Z3,\n"
    source = tiny_source(tmp_path / "a", text="", plan=plan)
    with pytest.raises(XuequError, match="the plan differs by category: name one of points"):
        intake_document(source, "en")
    with pytest.raises(XuequError, match="no plan of the category household; there are: points"):
        intake_document(source, "en", category="household")
    table = tables(intake_document(source, "en", category="points"))["1"]
    assert table.value("S1", "scope") == "东一小区, 东二小区"


def test_a_category_is_not_asked_of_a_plan_without_them(tmp_path: Path) -> None:
    with pytest.raises(XuequError, match="the plan does not differ by category"):
        intake_document(tiny_source(tmp_path / "a"), "en", category="points")


def test_another_city_is_not_last_years(tmp_path: Path) -> None:
    source = tiny_source(tmp_path / "a")
    schools = source.city["schools"].assign(school_id=["X1", "X2", "X3", "X4"])
    other = replace(source.city, tables={**source.city.tables, "schools": schools})
    with pytest.raises(XuequError, match=r"no school in common \(S1, S2, S3; X1, X2, X3\)"):
        intake_document(source, "en", before=other)


def test_the_same_year_has_no_redline(tmp_path: Path) -> None:
    source = tiny_source(tmp_path / "a")
    document = intake_document(source, "en", before=source.city)
    assert list(tables(document)) == ["1"]
    assert document.parts[0].blocks[-1].text == "Classes, seats and scopes are those of 2024."  # type: ignore[union-attr]


def test_the_redline_shows_added_dropped_and_changed_by_signs(tmp_path: Path) -> None:
    old = tiny_with_texts(tmp_path / "old")
    new = tiny_source(
        tmp_path / "new",
        text=TEXT_ONE.replace("9号", "15号"),
        plan="unit_id,zone_id\nU1,Z1\nU2,Z2\nU3,Z3\nU4,Z3\nU5,Z3\n",
        seats="school_id,classes,class_size\nS1,2,45\nS2,1,45\nS3,1,40\nS4,3,45\n",
    )
    found = tables(intake_document(new, "en", before=city_in(old)))
    second = found["2"]
    assert second.value("S1", "what") == "classes changed, scope changed"
    assert (second.value("S1", "classes_before"), second.value("S1", "classes")) == (1, 2)
    assert second.value("S1", "scope") == (
        "东街·甲社区部分：[removed: 乙路1--9号（单号）][added: 乙路1--15号（单号）]；丙街。\n东街·漖滘社区"
    )
    assert second.value("S3", "what") == "seats changed, scope changed"
    assert "[removed: 东三小区]" in str(second.value("S2", "scope"))
    assert "[added: 东三小区]" in str(second.value("S4", "scope"))
    assert second.notes == (
        "Signs: [added: …] has come in, [removed: …] is no longer there; all else is as it was.",
    )
    assert len(found["3"].rows) >= 2
    third = found["3"]
    assert all(
        any(row[at] for row in third.rows) for at in range(len(third.columns))
    )  # no column without a word


def test_a_change_of_units_without_streets_has_no_columns_for_them(tmp_path: Path) -> None:
    old = tiny_with_texts(tmp_path / "old", text="")
    plan = "unit_id,zone_id\nU1,Z1\nU2,Z2\nU3,Z3\nU4,Z3\nU5,Z3\n"
    new = tiny_source(tmp_path / "new", text="", plan=plan)
    third = tables(intake_document(new, "en", before=city_in(old)))["3"]
    assert len(third.columns) == 6
    assert {len(row) for row in third.rows} == {6}


def test_a_school_that_comes_or_goes_is_named(tmp_path: Path) -> None:
    serves = "zone_id,school_id\nZ1,S1\nZ2,S2\nZ3,S4\n"
    seats = "school_id,classes,class_size\nS1,1,45\nS2,2,45\nS4,3,45\n"
    few = tiny_with_texts(tmp_path / "few", serves=serves, seats=seats)
    all_ = tiny_with_texts(tmp_path / "all")
    come = tables(intake_document(source_of(all_), "en", before=city_in(few)))["2"]
    gone = tables(intake_document(source_of(few), "en", before=city_in(all_)))["2"]
    assert come.value("S3", "what") == "school added"
    assert gone.value("S3", "what") == "school dropped"
    assert come.value("S3", "classes_before") is None
    note = "Schools without seats and without a catchment, left out: 1."
    assert note in tables(intake_document(source_of(few), "en"))["1"].notes


def test_marks_are_of_the_text_alone_whatever_stands_in_it() -> None:
    old = Scope(names=("甲<b>", "</ins>乙")).rules("S")
    new = Scope(names=("甲<b>", "【增：丙】")).rules("S")
    assert marked(old, new, speaker("en")) == "甲<b>, [removed: </ins>乙][added: 【增：丙】]"


@pytest.mark.parametrize("lang", LANGS)
def test_all_four_products_show_hostile_names_as_text(tmp_path: Path, lang: str) -> None:
    import openpyxl

    source = tiny_source(tmp_path / "a")
    document = intake_document(source, lang)  # type: ignore[arg-type]
    html = html_of(document)
    assert HOSTILE not in html
    assert "&lt;script&gt;" in html
    assert HOSTILE in "".join(pages_of(pdf_of(document)))
    assert len(word_of(document)) > 5000
    sheet = openpyxl.load_workbook(io.BytesIO(excel_of(document)))["1"]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert any(cell.value == FORMULA and cell.data_type == "s" for cell in cells)
    assert not any(cell.data_type == "f" for cell in cells)


@pytest.mark.real_data
def test_the_notice_of_liwan_goes_through_whole(real_data: Path) -> None:
    source = source_of(PROJECTS / "liwan")
    document = intake_document(source, "zh", before=source.city)
    table = tables(document)["1"]
    assert len(table.rows) == 60 + 1
    assert table.value("\0all", "classes") == 240
    texts = source.city["units"]["scope_text"].dropna()
    shown = "".join(str(row[6]) for row in table.rows)
    assert np.all([text in shown for text in texts])
    assert list(tables(document)) == ["1"]
