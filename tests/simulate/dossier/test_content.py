"""What stands in the fourteen parts: true to the runs, every figure cited, and safe in public."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest

from geodata import DataError, XuequError
from geodata.messages import LANGS, Lang, speaker
from simulate.app import run_project
from simulate.dossier.bureau_forecast import read_forecast
from simulate.dossier.content.changes import balance_of_zones
from simulate.dossier.content.composing import (
    Composed,
    composed,
    counts_of,
    document_of,
    front_of,
    hidden_of,
)
from simulate.dossier.content.fairness import gains_of
from simulate.dossier.content.hearing import hearing_part
from simulate.dossier.content.pen import pen_of, table_of
from simulate.dossier.content.proof import proof_table
from simulate.dossier.content.scenarios import figures_of
from simulate.dossier.formatting import in_words
from simulate.dossier.forms import Forms, Opinion, Person
from simulate.dossier.material import Material, material_of
from simulate.dossier.model import (
    SUPPRESSED,
    Block,
    Bullets,
    Cards,
    Column,
    Document,
    Front,
    Heading,
    Missing,
    Paragraph,
    Picture,
    Table,
)
from simulate.dossier.suppressing import LEAST_TOLD, WITHHELD, intervals, values_of
from simulate.ensemble.reading import read_ensemble
from tests.command import xuequ

Folders = dict[str, Path]


@pytest.fixture(scope="module")
def material(folders: Folders) -> Material:
    return material_of(
        [folders["school"], folders["merged"]], base=folders["today"], ensembles=[folders["drawn"]]
    )


@pytest.fixture(scope="module")
def internal(material: Material) -> dict[Lang, Composed]:
    return {lang: composed(material, lang) for lang in LANGS}


@pytest.fixture(scope="module")
def public(material: Material) -> dict[Lang, Composed]:
    hidden = hidden_of(material)
    return {lang: composed(material, lang, public=True, hidden=hidden) for lang in LANGS}


def by_id(document: Document) -> dict[str, Table]:
    return {table.id: table for table in document.tables()}


def sentences(document: Document) -> Iterator[str]:
    for part in document.parts:
        yield part.title
        for block in part.blocks:
            yield from _texts(block)


def _texts(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph | Heading):
        yield block.text
    elif isinstance(block, Bullets):
        yield from block.items
    elif isinstance(block, Cards):
        yield from (text for item in (*block.items, block.headings) for text in item)
    elif isinstance(block, Missing):
        yield from (block.what, block.how)
    elif isinstance(block, Picture):
        yield block.title


def everything(document: Document) -> str:
    """Return all words, tables and pictures of a document as one text."""
    cells = (str(value) for table in document.tables() for row in table.rows for value in row)
    heads = (text for table in document.tables() for text in (table.title, *table.notes, *table.keys))
    drawn = (text for one in document.pictures() for text in (one.svg, one.alt, one.web, *one.notes))
    return "\n".join([*sentences(document), *cells, *heads, *drawn, json.dumps(str(document.front))])


@pytest.mark.parametrize("lang", LANGS)
def test_there_are_fourteen_parts_with_all_thirteen_tables(
    internal: dict[Lang, Composed], lang: Lang
) -> None:
    document = internal[lang].document
    assert [part.number for part in document.parts] == list(range(1, 15))
    found = by_id(document)
    # T3 is the bureau's own forecast, and none was given
    assert {f"T{n}" for n in range(1, 14)} - set(found) == {"T3"}
    assert len(found) == len(list(document.tables()))
    pictures = [one.id for one in document.pictures()]
    assert len(set(pictures)) == len(pictures)
    assert any(one.startswith("P6") for one in pictures)
    assert {"M1", "M2", "M3", "M4", "M5", "M6", "M7", "P3", "P8", "P9", "P10"} <= set(pictures)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", ["internal", "public"])
def test_every_figure_in_a_sentence_comes_from_a_cell(
    kind: str, lang: Lang, request: pytest.FixtureRequest
) -> None:
    made: Composed = request.getfixturevalue(kind)[lang]
    tables = by_id(made.document)
    assert len(made.document.cited) > 30
    for one in made.document.cited:
        table = tables[one.table]
        column = next(column for column in table.columns if column.key == one.column)
        assert table.value(one.row, one.column) == one.value
        assert one.text == in_words(one.value, column, lang)
    allowed = sorted({*(one.text for one in made.document.cited), *made.named}, key=len, reverse=True)
    for text in sentences(made.document):
        left = text
        for word in allowed:
            left = left.replace(word, "") if re.search(r"\d", word) else left
        assert not re.search(r"\d", left.replace("SHA-256", "")), (text, left)


@pytest.mark.parametrize("lang", LANGS)
def test_both_languages_tell_the_same_figures(internal: dict[Lang, Composed], lang: Lang) -> None:
    one, other = (internal[name].document for name in LANGS)
    assert [(c.table, c.row, c.column, c.value) for c in one.cited] == [
        (c.table, c.row, c.column, c.value) for c in other.cited
    ]
    for here, there in zip(one.tables(), other.tables(), strict=True):
        assert (here.id, here.keys, here.totals) == (there.id, there.keys, there.totals)
        numeric = [at for at, column in enumerate(here.columns) if column.numeric]
        assert [[row[at] for at in numeric] for row in here.rows] == [
            [row[at] for at in numeric] for row in there.rows
        ]


def test_the_tables_agree_with_the_run(internal: dict[Lang, Composed], material: Material) -> None:
    found = by_id(internal["en"].document)
    placements = material.proposed.placements
    placed = placements[placements["outcome"] == "placed"]
    assert found["T10"].value("all", "placed") == len(placed)
    assert found["T4"].value("proposed", "placed") == len(placed)
    assert found["T9"].value("all", "to|all") == len(placed)
    assert found["T6"].value("all", "placed_after") == len(placed)
    assert found["T2"].value("all", "children") == len(placements)
    metres = placed["distance_m"].to_numpy(dtype="float64", na_value=np.nan)
    assert found["T4a"].value("proposed", "mean_m") == pytest.approx(np.nanmean(metres))
    assert found["T4a"].value("proposed", "over_far") == int((metres > 1000).sum())
    for school, own in placed.groupby("school_id"):
        assert found["T6"].value(str(school), "placed_after") == len(own)
        assert found["T8"].value(str(school), "placed") == len(own)
    for category, own in placed.groupby("category"):
        assert found["T10"].value(str(category), "placed") == len(own)


def test_every_moved_address_has_its_line(internal: dict[Lang, Composed], material: Material) -> None:
    table = by_id(internal["en"].document)["T5"]
    before, after = material.before, material.proposed
    assert before is not None
    old, new = (case.plan.set_index("unit_id")["zone_id"] for case in (before, after))
    moved = {unit for unit in new.index if old.get(unit) != new[unit]}
    assert {key.split("|")[0] for key in table.keys[:-1]} == moved
    assert len(moved) > 1
    for key in table.keys[:-1]:
        assert table.value(key, "reason") == "a new school opens"
        assert table.value(key, "transition") == "none stated"
        # the new zone was made of units that are nearer to the new school
        assert table.value(key, "after_m") < table.value(key, "before_m")  # type: ignore[operator]
        children = after.placements["applicant_id"].str.startswith(f"{key.split('|')[0]}/").sum()
        assert table.value(key, "children") == children
    assert "Fault" not in everything(internal["en"].document)


def test_a_move_without_a_reason_is_a_fault_of_the_dossier(material: Material) -> None:
    moves = material.moves.assign(reason_code=None)
    document = document_of(replace(material, moves=moves), "en")
    told = [text for text in sentences(document) if text.startswith("Fault of this dossier")]
    assert len(told) == 2
    assert str(moves["unit_id"].iloc[0]) in told[1]
    assert by_id(document)["T5"].value(f"{moves['unit_id'].iloc[0]}|", "reason") == "MISSING"


def test_what_is_missing_is_said_and_nothing_is_invented(folders: Folders) -> None:
    document = document_of(material_of([folders["listed"]]), "en")
    said = {block.what for part in document.parts for block in part.blocks if isinstance(block, Missing)}
    for words in ("forecast", "plan in force", "Pupils and classes", "people of the hearing", "one draw"):
        assert any(words in one for one in said), words
    assert {"T3", "T5", "T10a"}.isdisjoint(by_id(document))
    cards = next(block for block in document.parts[0].blocks if isinstance(block, Cards))
    assert all(before == "" for _, before, _, _ in cards.items)


def test_siblings_and_twins_are_counted_where_they_are_known(folders: Folders) -> None:
    table = by_id(document_of(material_of([folders["listed"]]), "en"))["T10c"]
    assert table.value("siblings", "all") == 1
    assert table.value("twins", "all") == 1
    assert table.value("twins", "together") == 1


def test_who_gains_and_loses_is_counted_child_by_child() -> None:
    columns = ["applicant_id", "category", "outcome", "distance_m"]
    before = [["a", "p", "placed", 900], ["b", "p", "placed", 500], ["c", "p", "waiting", None]]
    after = [["a", "p", "placed", 400], ["b", "p", "placed", 700], ["c", "p", "placed", 300]]
    more = [["d", "q", "placed", None], ["e", "q", "waiting", None], ["f", "q", "placed", 5]]
    then = [["d", "q", "placed", 100], ["e", "q", "placed", 100], ["f", "q", "placed", 5]]
    new = [["g", "q", "placed", 1]]
    frames = [pd.DataFrame(rows, columns=columns) for rows in (before + more, after + then + new)]
    for frame in frames:
        frame["distance_m"] = frame["distance_m"].astype("Int64")
    found = gains_of(*frames).set_index("category")
    assert found.loc["p"].to_dict() == {
        "children": 3,
        "same": 0,
        "nearer": 1,
        "farther": 1,
        "unknown": 0,
        "placed_now": 1,
        "lost_now": 0,
    }
    # g is in one run only, and is not counted
    assert found.loc["q", "children"] == 3
    assert (found.loc["q", "unknown"], found.loc["q", "placed_now"], found.loc["q", "same"]) == (1, 1, 1)


def test_the_same_runs_make_the_same_document(material: Material, internal: dict[Lang, Composed]) -> None:
    shuffled = replace(
        material,
        cases=tuple(
            replace(case, placements=case.placements.sample(frac=1, random_state=1))
            for case in material.cases
        ),
    )
    assert composed(shuffled, "en").document == internal["en"].document


@pytest.mark.parametrize("lang", LANGS)
def test_no_small_count_of_children_is_told_in_public(public: dict[Lang, Composed], lang: Lang) -> None:
    document = public[lang].document
    seen = set()
    for table in document.tables():
        for at, column in enumerate(table.columns):
            for row in table.rows:
                value = row[at]
                seen.add(value if isinstance(value, str) else None)
                if column.children and isinstance(value, int | float):
                    assert not 0 < value < LEAST_TOLD, (table.id, column.key, row)
    assert {SUPPRESSED, WITHHELD} <= seen
    notes = [note for table in document.tables() for note in table.notes]
    assert any(note.startswith(WITHHELD) for note in notes)


def test_nothing_hidden_can_be_worked_out_from_all_tables_together(material: Material) -> None:
    counts = counts_of(material, speaker("en"), public=True)
    values, hidden = values_of(counts.tables), hidden_of(material)
    small = {name for name, value in values.items() if 0 < value < LEAST_TOLD}
    assert small
    assert small <= hidden
    found = intervals(
        values, counts.equations, hidden, counts.unpublished, limits=counts.limits, finer=counts.finer
    )
    for name, (low, high) in found.items():
        if name in hidden:
            assert np.floor(high + 1e-6) - np.ceil(low - 1e-6) >= 1, name
    # most of the counts are told all the same
    assert len(hidden) < len(values) / 2


def test_what_moves_is_the_difference_of_the_zones_before_and_after(material: Material) -> None:
    counts = counts_of(material, speaker("en"))
    moves = {
        f"T5|{unit}|{category}|children"
        for unit, category in zip(material.moves["unit_id"], material.moves["category"], strict=True)
    }
    found = [{name for name, _ in one.terms} for one in counts.equations]
    for move in moves:
        zones = [one for one in found if move in one and any(name.startswith("children|") for name in one)]
        # of the zone that it leaves, and of that which it comes to
        assert len(zones) >= 2, move
    assert set(counts.equations) >= set(balance_of_zones(material, counts.tables))


def test_schools_of_a_district_and_its_flows_hide_together(
    public: dict[Lang, Composed], material: Material
) -> None:
    tables = by_id(public["en"].document)
    for district, own in material.proposed.city["schools"].groupby("district_id"):
        if isinstance(tables["T9"].value("all", f"to|{district}"), str):
            continue
        hidden = [
            one for one in own["school_id"] if isinstance(tables["T6"].value(one, "placed_after"), str)
        ]
        assert len(hidden) != 1


def test_ways_are_counted_beyond_the_distance_itself(material: Material) -> None:
    case = material.proposed
    placed = (case.placements["outcome"] == "placed").to_numpy()
    metres = pd.Series(pd.array([400] * len(placed), dtype="Int64"))
    metres.iloc[np.flatnonzero(placed)[:4]] = [500, 501, 1000, 1001]
    found = figures_of(
        replace(case, placements=case.placements.assign(distance_m=metres.to_numpy())), material
    )
    assert (found["over_near"], found["over_far"], found["max_m"]) == (3, 1, 1001.0)


def test_the_same_cells_are_hidden_before_and_after(public: dict[Lang, Composed]) -> None:
    tables = by_id(public["en"].document)
    for id_, names in (("T6", ("placed",)), ("T6a", ("children", "household"))):
        for key in tables[id_].keys:
            for name in names:
                pair = [tables[id_].value(key, f"{name}_{when}") for when in ("before", "after")]
                if None in pair or 0 in pair:
                    continue
                assert isinstance(pair[0], str) == isinstance(pair[1], str), (id_, key, name)


@pytest.mark.parametrize("lang", LANGS)
def test_a_public_pack_is_about_no_child_and_no_home(
    public: dict[Lang, Composed], material: Material, lang: Lang
) -> None:
    document = public[lang].document
    text = everything(document)
    for applicant in material.proposed.placements["applicant_id"].head(200):
        assert str(applicant) not in text
    assert "P10" not in {one.id for one in document.pictures()}
    assert not any(column.key == "max_m" for column in by_id(document)["T4a"].columns)
    assert "A4" not in by_id(document)
    assert any("____" in mark for mark in document.front.marks)
    sheets = [one for one in document.pictures() if one.id.startswith("M")]
    assert sheets
    assert all(("示意图" if lang == "zh" else "sketch map") in one.svg for one in sheets)


def test_the_secret_of_the_draw_is_in_no_public_pack(material: Material) -> None:
    cases = tuple(
        replace(one, run=replace(one.run, manifest={**one.run.manifest, "secret": "only-later-9f3"}))
        for one in material.cases
    )
    told = replace(material, cases=cases)
    assert "only-later-9f3" not in everything(document_of(told, "en", public=True))
    inside = proof_table(told, pen_of("en", {}, public=False))
    assert inside.value("secret", "proposed") == "only-later-9f3"


def test_the_front_says_who_decides_and_what_draft_it_is(material: Material) -> None:
    def front(draft: int | None) -> Front:
        return front_of(
            material,
            speaker("en"),
            public=False,
            draft=draft,
            authority="Bureau",
            document_no="No. 7",
        )

    third = front(3)
    assert (third.draft, third.authority, third.document_no) == ("Draft 3", "Bureau", "No. 7")
    assert "Draft 3" in third.watermark
    assert "SYNTHETIC" in third.watermark
    assert "does not decide" in third.advice
    assert material.proposed.run.policy.id in third.rules
    final = front(None)
    assert (final.draft, final.watermark) == ("", "虚构数据 SYNTHETIC")


def test_filled_forms_take_the_place_of_the_empty_ones(material: Material) -> None:
    forms = Forms(
        people=(Person(role="chair", represents="", place="", people=1, chosen="", remark=""),),
        opinions=(
            Opinion(opinion="nearer", person_class="resident", place="U1", adopted="no", reason="full"),
        ),
    )
    part = hearing_part(replace(material, forms=forms), pen_of("en", {}, public=False))
    people, opinions = part.blocks
    assert isinstance(people, Table)
    assert isinstance(opinions, Table)
    assert (people.form, opinions.form) == (False, False)
    assert opinions.rows[0][1] == "nearer"


def test_risks_are_what_the_figures_show(internal: dict[Lang, Composed], material: Material) -> None:
    table = by_id(internal["en"].document)["T11"]
    assert table.form
    red = material.proposed.summary.zones["colour"] == "red"
    found = [row for row in table.rows if row[0] == "Too few seats"]
    assert len(found) == min(20, int(red.sum())) > 0
    # what is for the bureau is left to it
    assert all(row[3:] == (None,) * 4 for row in table.rows)


def test_a_forecast_becomes_a_table(folders: Folders, tmp_path: Path) -> None:
    path = tmp_path / "forecast.csv"
    zone = str(material_of([folders["school"]]).proposed.city["zones"]["zone_id"].iloc[0])
    path.write_text(
        f"zone_id,year,low,mid,high\n{zone},2026,10,20,30\n{zone},2025,40,50,\n", encoding="utf-8"
    )
    found = material_of([folders["school"]], forecast=path)
    table = by_id(document_of(found, "en"))["T3"]
    assert list(table.keys) == [f"{zone}|2025", f"{zone}|2026"]
    assert table.value(f"{zone}|2025", "mid") == 50
    assert table.value(f"{zone}|2025", "high") is None
    assert "forecast.csv" in " ".join(table.notes)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("zone_id,year,low,mid\nNONE,2025,1,2\n", "not in the project's table zones"),
        ("zone_id,year,low,mid,high\nZ,2025,5,2,9\n", "low, mid and high that grow"),
        ("zone_id,year,low,mid,high\nZ,2025,1,2,3\nZ,2025,1,2,3\n", "once for each zone"),
        ("zone_id,year,low,mid,high\n", "the table is empty"),
        ("zone_id,year\nZ,2025\n", "mid"),
    ],
)
def test_a_wrong_forecast_is_refused(folders: Folders, tmp_path: Path, rows: str, words: str) -> None:
    city = material_of([folders["school"]]).proposed.city
    path = tmp_path / "forecast.csv"
    path.write_text(rows.replace("\nZ,", f"\n{city['zones']['zone_id'].iloc[0]},"), encoding="utf-8")
    with pytest.raises(DataError, match=words):
        read_forecast(path, city)


def test_runs_that_cannot_stand_together_are_refused(folders: Folders, tmp_path: Path) -> None:
    with pytest.raises(XuequError, match="name the folder of one"):
        material_of([])
    with pytest.raises(XuequError, match="named twice"):
        material_of([folders["school"]], base=folders["school"])
    with pytest.raises(XuequError, match="different cities"):
        material_of([folders["school"]], base=folders["listed"])
    with pytest.raises(XuequError, match="different cities"):
        material_of([folders["listed"]], ensembles=[folders["drawn"]])
    half = tmp_path / "half"
    stage = json.loads((folders["today"] / "manifest.json").read_text(encoding="utf-8"))["stages"][0]
    done = xuequ("run", folders["project"], "--through", stage, "--out", half, "--lang", "en")
    assert done.status == 0, done.err
    with pytest.raises(XuequError, match="stopped before its last stage"):
        material_of([half])


def test_scores_of_many_draws_are_those_of_the_ensemble(
    internal: dict[Lang, Composed], folders: Folders
) -> None:
    table = by_id(internal["en"].document)["T4b"]
    ensemble = read_ensemble(folders["drawn"])
    assert {key.split("|")[2] for key in table.keys} == {one.id for one in ensemble.scenarios}
    words = {str(row[-1]) for row in table.rows}
    assert words & {"better", "worse", "no clear difference", "the same"}


def test_a_whole_number_stays_one_beside_a_missing_value() -> None:
    frame = pd.DataFrame({"n": [3.0, np.nan, np.inf]})
    table = table_of("X", "x", [Column(key="n", title="n", kind="integer")], frame, ["a", "b", "c"])
    assert table.rows == ((3,), (None,), (None,))
    assert isinstance(table.rows[0][0], int)


@pytest.mark.real_data
@pytest.mark.parametrize("is_public", [False, True])
def test_a_dossier_of_a_real_district_says_what_it_lacks(
    real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_public: bool
) -> None:
    monkeypatch.setenv("XUEQU_REAL_DATA", str(real_data))
    project = Path(__file__).parents[2] / "projects" / "liwan"
    with patch("simulate.app.draw_pages"):
        run = run_project(project, lang="zh", out=tmp_path / "run")[0]
    material = material_of([run])
    document = document_of(material, "en", public=is_public)
    assert [part.number for part in document.parts] == list(range(1, 15))
    tables = by_id(document)
    schools = material.proposed.city["schools"]
    assert len(tables["T1"].rows) == len(schools) + 1
    units = tables["A1"]
    held = material.proposed.plan.loc[material.proposed.plan["category"] == "", "unit_id"].nunique()
    assert sum(int(row[1]) for row in units.rows) == held  # type: ignore[arg-type]
    said = [block.what for part in document.parts for block in part.blocks if isinstance(block, Missing)]
    assert any("outline" in one for one in said)
