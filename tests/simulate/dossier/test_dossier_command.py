"""`xuequ dossier`: the folder of a hearing's papers, written whole or not at all."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pyogrio
import pytest

from geodata import XuequError
from simulate import cli
from simulate.cli_dossier import dossier, sorted_folders
from simulate.dossier.material import need_same_city
from simulate.dossier.writing import product_of
from simulate.inputs import sha256_of
from simulate.runs import read_run
from tests.command import Said, listing, xuequ
from tests.simulate.dossier.dossier_town import FORMULA, PLANTED, SCRIPT

Folders = dict[str, Path]


@pytest.fixture(scope="module", autouse=True)
def registered() -> None:
    """The command is one of xuequ's."""
    if "dossier" not in cli.cli.commands:
        cli.cli.add_command(dossier)


@pytest.fixture(scope="module")
def made(folders: Folders, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an internal dossier in both languages; the public one below has all products."""
    out = tmp_path_factory.mktemp("out") / "internal"
    words = ("--base", folders["today"], "--lang", "both", "--only", "html,xlsx,gpkg", "--out", out)
    said = xuequ("dossier", folders["school"], *words, "--authority", "示例区教育局")
    assert said.status == 0, said.err
    return out


@pytest.fixture(scope="module")
def published(folders: Folders, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a public dossier of a list of children whose numbers are known."""
    out = tmp_path_factory.mktemp("out") / "public"
    said = xuequ("dossier", folders["listed"], "--public", "--lang", "en", "--out", out)
    assert said.status == 0, said.err
    assert "private" not in said.out
    return out


def text_of(path: Path) -> str:
    """Return everything that can be read out of a product."""
    if path.suffix == ".pdf":
        return subprocess.run(
            ["pdftotext", str(path), "-"], capture_output=True, check=True
        ).stdout.decode()
    if path.suffix in (".docx", ".xlsx"):
        with zipfile.ZipFile(path) as inside:
            return "\n".join(inside.read(name).decode("utf-8", "replace") for name in inside.namelist())
    return path.read_bytes().decode("utf-8", "replace")


def test_all_products_are_written_and_the_manifest_names_them(
    made: Path, published: Path, folders: Folders
) -> None:
    common = {"layers.gpkg", "figures.json", "manifest.json"}
    names = {path.name for path in made.iterdir()}
    assert names == common | {
        f"dossier.{lang}.{kind}" for lang in ("zh", "en") for kind in ("html", "xlsx")
    }
    kinds = ("html", "pdf", "docx", "xlsx")
    assert {path.name for path in published.iterdir()} == common | {f"dossier.en.{kind}" for kind in kinds}
    manifest = json.loads((made / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["files"] == {name: sha256_of(made / name) for name in sorted(names - {"manifest.json"})}
    assert manifest["made_from"]["proposed"]["run"] == folders["school"].name
    assert manifest["made_from"]["before"] == {
        "run": folders["today"].name,
        "manifest_sha256": sha256_of(folders["today"] / "manifest.json"),
    }
    figures = json.loads((made / "figures.json").read_text(encoding="utf-8"))
    assert set(figures) == {"zh", "en"}
    assert {"text", "value", "table", "row", "column"} == set(figures["zh"][0])
    assert "示例区教育局" in text_of(made / "dossier.zh.html")


def test_the_workbook_holds_the_same_figures(made: Path) -> None:
    figures = json.loads((made / "figures.json").read_text(encoding="utf-8"))["en"]
    book = openpyxl.load_workbook(made / "dossier.en.xlsx", data_only=True)
    assert {"T1", "T2", "T4", "T4a", "T5", "T6", "T13", "A1"} <= set(book.sheetnames)
    cells = {
        name: {cell.value for row in book[name].iter_rows() for cell in row} for name in book.sheetnames
    }
    for one in figures:
        if isinstance(one["value"], int):
            assert one["value"] in cells[one["table"]], one


def test_layers_open_with_their_styles(made: Path, published: Path) -> None:
    assert {str(name) for name, _ in pyogrio.list_layers(made / "layers.gpkg")} >= {
        "zones",
        "schools",
        "units",
    }
    zones = pyogrio.read_dataframe(made / "layers.gpkg", layer="zones")
    assert zones["children"].notna().all()
    with sqlite3.connect(made / "layers.gpkg") as db:
        assert {row[0] for row in db.execute("SELECT f_table_name FROM layer_styles")} >= {
            "zones",
            "schools",
        }
    public = {str(name) for name, _ in pyogrio.list_layers(published / "layers.gpkg")}
    assert {"zones", "schools"} <= public
    assert "units" not in public
    told = pyogrio.read_dataframe(published / "layers.gpkg", layer="zones")["children"].dropna()
    assert not ((told > 0) & (told < 5)).any()


def test_no_child_is_in_any_public_product(published: Path) -> None:
    for path in published.iterdir():
        text = text_of(path)
        assert len(text) > 100, path.name
        for number in PLANTED:
            assert number not in text, (path.name, number)


def test_hostile_names_are_text_in_every_product(published: Path) -> None:
    html = text_of(published / "dossier.en.html")
    assert SCRIPT not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "alert(1)" in text_of(published / "dossier.en.pdf").replace("\n", "")
    book = openpyxl.load_workbook(published / "dossier.en.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells if FORMULA in str(cell.value))
    assert any(cell.value == FORMULA for cell in cells)


def test_the_same_inputs_make_the_same_bytes(folders: Folders, tmp_path: Path) -> None:
    for name in ("one", "two"):
        words = ("--public", "--only", "html,xlsx,gpkg", "--lang", "en", "--out", tmp_path / name)
        said = xuequ("dossier", folders["listed"], *words)
        assert said.status == 0, said.err
    assert listing(tmp_path / "one") == listing(tmp_path / "two")


def _refused(out: Path, *words: str | Path) -> str:
    """Assert that the command refuses, with nothing written, and return what it says."""
    before = listing(out.parent)
    said: Said = xuequ("dossier", *words, "--lang", "en", "--out", out)
    assert (said.status, said.out) == (2, "")
    assert "Traceback" not in said.err
    assert listing(out.parent) == before
    return said.err


def test_what_cannot_be_a_dossier_is_refused(folders: Folders, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    broken = tmp_path / "broken"
    shutil.copytree(folders["school"], broken)
    (broken / "placements.parquet").write_bytes(b"changed")
    run = folders["school"]
    for words, told in (
        ((run, "--base", folders["listed"]), "different cities"),
        ((run, "--base", run), "named twice"),
        ((broken,), "missing or was changed"),
        ((tmp_path / "empty",), "is no run folder"),
        ((run, "--final", "--draft", "2"), "do not go together"),
        ((run, "--only", "html,word"), "--only takes words of"),
        ((run, "--only", ","), "--only takes words of"),
        ((run, "--document-no", "号" * 81), "at most 80 characters; there are 81"),
        ((run, "--document-no", "a\tb"), "one line of signs that print"),
        ((run, "--authority", "甲局 13800138000"), "no identity, telephone or permit number"),
        ((run, "--forms", tmp_path / "full" / "mine.txt"), "the workbook of the forms (.xlsx)"),
        ((run, "--forecast", tmp_path / "full" / "mine.txt"), "zone_id"),
    ):
        assert told in _refused(out, *words), words
    assert "is not empty" in _refused(tmp_path / "full", run)


def test_a_run_of_another_level_or_of_other_units_is_no_base(folders: Folders) -> None:
    run = read_run(folders["school"])
    head = run.city.project.project
    upper = run.city.project.model_copy(
        update={"project": head.model_copy(update={"level": "lower-secondary"})}
    )
    units = run.city["units"].assign(unit_id=lambda table: "X" + table["unit_id"].astype(str))
    for city, told in (
        (replace(run.city, project=upper), r"different levels \(primary; lower-secondary\)"),
        (replace(run.city, tables={**run.city.tables, "units": units}), "have no unit in common"),
    ):
        with pytest.raises(XuequError, match=told):
            need_same_city(run, replace(run, city=city))
    need_same_city(run, read_run(folders["today"]))


def test_what_a_killed_run_left_behind_is_cleared_away(folders: Folders, tmp_path: Path) -> None:
    left = tmp_path / ".partial-out"
    left.mkdir()
    (left / "dossier.en.html").write_text("half", encoding="utf-8")
    said = xuequ("dossier", folders["listed"], "--only", "html", "--lang", "en", "--out", tmp_path / "out")
    assert said.status == 0, said.err
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert text_of(tmp_path / "out" / "dossier.en.html") != "half"


@pytest.mark.parametrize("words", ['#import "x"', "<w:p/>$a$", "=1+1", "\\input{x}*_`"])
def test_markup_in_the_number_of_the_document_is_text(folders: Folders, tmp_path: Path, words: str) -> None:
    out = tmp_path / "out"
    options = ("--document-no", words, "--only", "pdf,xlsx,html,docx", "--lang", "en", "--out", out)
    said = xuequ("dossier", folders["listed"], *options)
    assert said.status == 0, said.err
    assert words.replace(" ", "") in text_of(out / "dossier.en.pdf").replace(" ", "")
    book = openpyxl.load_workbook(out / "dossier.en.xlsx")
    assert not any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_a_product_that_fails_leaves_nothing_behind(
    folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> bytes:
        raise OSError("no room")

    monkeypatch.setattr("simulate.dossier.writing.product_of", fails)
    said = xuequ("dossier", folders["listed"], "--only", "html", "--out", tmp_path / "out")
    assert said.status != 0
    assert list(tmp_path.iterdir()) == []


def test_by_default_it_lies_beside_the_run_and_is_a_draft(folders: Folders) -> None:
    said = xuequ("dossier", folders["listed"], "--only", "html", "--lang", "en")
    assert said.status == 0, said.err
    folder = folders["listed"].with_name("run-listed-dossier")
    assert f"Written: {folder}" in said.out
    assert "private" in said.out
    assert "Draft 1" in text_of(folder / "dossier.en.html")
    assert {path.name for path in folder.iterdir()} == {"dossier.en.html", "figures.json", "manifest.json"}


def test_runs_and_ensembles_are_told_apart(folders: Folders, tmp_path: Path) -> None:
    drawn = tmp_path / "drawn"
    drawn.mkdir()
    (drawn / "manifest.json").write_text('{"kind": "ensemble"}', encoding="utf-8")
    assert sorted_folders((folders["school"], drawn)) == ([folders["school"]], [drawn])


def test_an_unknown_product_is_no_product(made: Path) -> None:
    with pytest.raises(KeyError):
        product_of(None, "odt")  # type: ignore[arg-type]
