"""Letters to families: what the run records, by the applicant's number alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from geodata import XuequError
from geodata.messages import Lang
from simulate.app import run_project
from simulate.dossier.model import Bullets, Document, Heading
from simulate.papers.letters import letter_batches, letter_kicker
from simulate.papers.sheets import Signature, leaves_pdf
from simulate.papers.sources import BLANK, Source, source_of
from tests.simulate.papers.papers import HOSTILE, LANGS, pages_of, said, tiny_with_texts


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    folder = tmp_path_factory.mktemp("letters")
    seats = "school_id,classes,class_size\nS1,1,45\nS2,1,45\nS3,1,45\nS4,1,45\n"  # too few for all
    project = tiny_with_texts(folder / "a", seats=seats)
    written, _ = run_project(project, lang="en", out=folder / "run")
    return source_of(written)


def placements(source: Source) -> pd.DataFrame:
    assert source.run is not None
    return source.run.table("placements").set_index("applicant_id").sort_index()


def one_of(source: Source, outcome: str) -> str:
    rows = placements(source)
    return str(rows.index[rows["outcome"] == outcome][0])


def words_of(document: Document) -> list[str]:
    said_ = []
    for block in document.parts[0].blocks:
        if isinstance(block, Heading):
            said_.append(block.text)
        elif isinstance(block, Bullets):
            said_ += block.items
    return said_


@pytest.mark.parametrize("lang", LANGS)
def test_who_is_placed_reads_where_by_which_stage_and_what_to_do(source: Source, lang: Lang) -> None:
    rows = placements(source)
    applicant = str(rows.index[rows["school_id"] == "S1"][0])
    (document,) = letter_batches(source, lang, applicants=[applicant])
    (page,) = pages_of(leaves_pdf(document, kicker="k", signed=Signature(authority="甲局", date="2024")))
    assert applicant in page
    assert "东一小学" in page
    assert "0592-1234567" in page
    assert "甲局" in page
    assert said(lang, "Private: for the family of this applicant only") in page


def test_who_is_not_placed_reads_reason_rules_and_remedy(source: Source) -> None:
    (document,) = letter_batches(source, "en", applicants=[one_of(source, "not-admitted")])
    words = words_of(document)
    assert words[0] == "No place: not admitted"
    assert {"Reason", "Rules", "What can be done"} <= set(words)
    assert any(line.startswith("To whom: the education bureau") for line in words)
    assert any(line.startswith("What an upheld objection does") for line in words)
    # whether a court is open, and until when, is law that the bureau looks up: room for it, no figure
    remedy = next(line for line in words if line.startswith("Administrative reconsideration or a lawsuit"))
    assert remedy.endswith(": " + BLANK * 2)
    assert not any(sign.isdigit() for sign in remedy)


def test_a_letter_names_no_other_child_and_no_public_mark(source: Source) -> None:
    applicant = one_of(source, "not-admitted")
    (document,) = letter_batches(source, "en", applicants=[applicant])
    page = pages_of(leaves_pdf(document, kicker=""))[0]
    others = [one for one in placements(source).index if one != applicant]
    # numbers end in four digits, so that none of them is the beginning of another
    assert not any(one in page for one in others)
    assert document.public is False


def test_all_letters_come_in_batches_by_number_each_once(source: Source) -> None:
    told: list[float] = []
    batches = list(letter_batches(source, "en", most=100, told=told.append))
    titles = [part.title.removeprefix("Applicant ") for one in batches for part in one.parts]
    assert titles == placements(source).index.tolist()
    assert [len(one.parts) for one in batches][:-1] == [100] * (len(batches) - 1)
    assert told[-1] == 1.0
    pages = pages_of(leaves_pdf(batches[0], kicker=""))
    assert len(pages) == 100
    assert HOSTILE in "".join(pages) or all(HOSTILE not in str(part) for part in batches[0].parts)


def test_each_letter_says_what_the_run_records(source: Source) -> None:
    assert source.run is not None
    schools = source.city["schools"].set_index("school_id")["name"]
    rows = placements(source)
    heads = {"not-admitted": "No place: not admitted", "waiting": "No place yet: waiting for one"}
    for document in letter_batches(source, "en", most=1000):
        for part, (_, row) in zip(document.parts, rows.iterrows(), strict=True):
            head = next(block.text for block in part.blocks if isinstance(block, Heading))
            placed = row["outcome"] == "placed"
            assert head == (f"Placed: {schools[row['school_id']]}" if placed else heads[row["outcome"]])


def test_unknown_applicants_and_projects_are_refused(source: Source, tmp_path: Path) -> None:
    with pytest.raises(XuequError, match="has no applicant X1"):
        next(letter_batches(source, "en", applicants=["X1"]))
    with pytest.raises(XuequError, match="letters are made from a run"):
        next(letter_batches(replace(source, run=None), "en"))


def test_a_run_that_records_something_else_is_refused(source: Source, tmp_path: Path) -> None:
    assert source.run is not None
    import hashlib
    import shutil

    copy = tmp_path / "run"
    shutil.copytree(source.run.folder, copy)
    table = pd.read_parquet(copy / "placements.parquet")
    at = table.index[table["outcome"] == "placed"][0]
    table.loc[at, "school_id"] = "S1" if table.loc[at, "school_id"] != "S1" else "S2"
    table.to_parquet(copy / "placements.parquet", index=False)
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["placements.parquet"] = hashlib.sha256(
        (copy / "placements.parquet").read_bytes()
    ).hexdigest()
    (copy / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    with pytest.raises(XuequError, match="records other placements than its own inputs give"):
        next(letter_batches(source_of(copy), "en"))


def test_the_kicker_names_project_and_year(source: Source) -> None:
    assert letter_kicker(source, "en") == "Result of admission: 小城 Tiny 2024"
