"""Tables of grades (T1a), of the seven items (T4d), cut-offs with their ranks (T8): true to the runs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geodata.messages import speaker
from simulate.dossier.content.changes import change_counts
from simulate.dossier.content.composing import document_of
from simulate.dossier.content.standards import grade_counts, variation_table
from simulate.dossier.material import Material, material_of
from simulate.dossier.model import Document, Missing, Table
from simulate.dossier.suppressing import hidden_names, intervals, values_of

SPEAK = speaker("en")


@pytest.fixture(scope="module")
def material(folders: dict[str, Path]) -> Material:
    return material_of([folders["school"], folders["merged"]], base=folders["today"])


@pytest.fixture(scope="module")
def document(material: Material) -> Document:
    return document_of(material, "en")


def table_in(document: Document, id: str) -> Table:
    return next(one for one in document.tables() if one.id == id)


def test_pupils_by_grade_are_those_of_the_roll_and_add_up_to_those_of_the_school(
    document: Document, material: Material
) -> None:
    assert material.before is not None
    rolls = material.before.city["rolls"]
    table = table_in(document, "T1a")
    for row in rolls.itertuples():
        assert table.value(str(row.school_id), f"pupils_{row.grade}") == row.pupils
    whole = table_in(document, "T1")
    for key in table.keys:
        assert table.value(key, "pupils") == whole.value(key, "pupils")
    assert table.value("all", "pupils") == rolls["pupils"].sum()


def test_a_school_is_used_as_its_pupils_over_its_classes_at_the_standard_of_each_grade(
    document: Document, material: Material
) -> None:
    assert material.before is not None
    rolls = material.before.city["rolls"]
    norm = np.where(rolls["grade"] <= 6, 45, 50)
    seats = (rolls["classes"] * norm).groupby(rolls["school_id"]).sum()
    pupils = rolls.groupby("school_id")["pupils"].sum()
    table = table_in(document, "T1")
    for school in seats.index:
        assert table.value(str(school), "used") == pytest.approx(pupils[school] / seats[school])
    assert table.value("all", "used") == pytest.approx(pupils.sum() / seats.sum())


def test_a_school_without_a_grade_is_in_no_sum_of_it_and_its_small_grades_are_kept(
    material: Material,
) -> None:
    """A teaching point of five grades, 3 pupils in the second: they must not follow from its total."""
    assert material.before is not None
    city = material.before.city
    rolls = city["rolls"]
    point = str(rolls["school_id"].iloc[0])
    own = rolls["school_id"] == point
    small = rolls.assign(pupils=rolls["pupils"].mask(own & (rolls["grade"] == 2), 3))
    small = small[~(own & (rolls["grade"] == 6))].reset_index(drop=True)
    changed = replace(city, tables={**city.tables, "rolls": small})
    before = replace(material.before, run=replace(material.before.run, city=changed))
    counts = grade_counts(replace(material, before=before), SPEAK)
    values = values_of(counts.tables)
    sums = [one for one in counts.equations if all(name in values for name, _ in one.terms)]
    assert any(
        {f"T1a|{point}|pupils", f"T1a|{point}|pupils_2"} <= {n for n, _ in one.terms} for one in sums
    )
    hidden = hidden_names(values, sums)
    found = intervals(values, sums, hidden)
    low, high = found[f"T1a|{point}|pupils_2"]
    assert high - low >= 1


def test_without_a_roll_there_are_no_grades(material: Material) -> None:
    bare = tuple(replace(case, held=None) for case in material.cases)
    assert material.before is not None
    none = replace(material, cases=bare, before=replace(material.before, held=None))
    assert grade_counts(none, SPEAK).tables == ()
    assert variation_table(none, SPEAK) is None


def test_without_indicators_the_part_says_how_to_supply_them(material: Material) -> None:
    bare = tuple(replace(case, held=None) for case in material.cases)
    assert material.before is not None
    none = replace(material, cases=bare, before=replace(material.before, held=None))
    said = [
        block.how
        for part in document_of(none, "en").parts
        for block in part.blocks
        if isinstance(block, Missing)
    ]
    assert any("indicators" in how for how in said)


def test_the_variation_is_the_deviation_over_the_mean_weighted_by_pupils(
    document: Document, material: Material
) -> None:
    """By hand, from totals and the roll of the present: the weighted deviation over the weighted mean."""
    assert material.before is not None
    city = material.before.city
    table = table_in(document, "T4d")
    rolls = city["rolls"]
    own = rolls[rolls["grade"] <= 6].groupby("school_id")["pupils"].sum()
    every = rolls.groupby("school_id")["pupils"].sum()
    items = city["indicators"].pivot(index="school_id", columns="item", values="value")
    district = city["schools"].set_index("school_id")["district_id"]
    area, item = table.keys[0].split("|")
    inside = [one for one in own.index if district[one] == area]
    per = np.array([items.loc[one, item] / every[one] for one in inside], dtype=float)
    weight = own[inside].to_numpy(dtype=float)
    mean = np.average(per, weights=weight)
    found = np.sqrt(np.average((per - mean) ** 2, weights=weight)) / mean
    assert table.value(table.keys[0], "present") == pytest.approx(found, rel=1e-6)
    held = material.proposed.held
    assert held is not None
    rows = held.items[(held.items["when"] == "after") & (held.items["level"] == "primary")]
    cv = rows.set_index(["district_id", "item"])["cv"]
    assert table.value(table.keys[0], "proposed") == pytest.approx(cv[area, item])


def test_the_last_rank_is_how_many_the_stage_of_the_cut_off_placed(
    document: Document, material: Material
) -> None:
    table = table_in(document, "T8")
    case = material.proposed
    ledger = case.run.table("ledger")
    cut = ledger[ledger["cut_off"].notna()].drop_duplicates("school_id", keep="last")
    assert len(cut)
    for row in cut.itertuples():
        there = case.placements
        own = there[(there["school_id"] == row.school_id) & (there["stage"] == row.stage)]
        assert table.value(str(row.school_id), "last_rank") == (own["outcome"] == "placed").sum()
        assert "ticket" not in json.dumps(table.rows, default=str)
    blank = set(table.keys) - set(cut["school_id"])
    assert all(table.value(key, "last_rank") is None for key in blank)


def test_what_is_of_few_is_in_no_public_table(material: Material) -> None:
    public = document_of(material, "en", public=True)
    for id_, gone in (("T8", "last_rank"), ("T6", "household_after"), ("T10", "moved"), ("T4a", "max_m")):
        table = table_in(public, id_)
        assert gone not in {column.key for column in table.columns}
        assert any(column.key == gone for column in table_in(document_of(material, "en"), id_).columns)
        assert not any("Household:" in note or "Rank:" in note for note in table.notes)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("keep", "settled before 2024-03-01: keep the old zone"),
        ("choose", "settled before 2024-03-01: may choose"),
    ],
)
def test_a_transition_that_a_plan_states_stands_beside_its_address(
    material: Material, rule: str, words: str
) -> None:
    """Seasons refuse such plans yet, so the list of changes is given one here."""
    moves = material.moves.assign(settled_before=pd.Timestamp("2024-03-01"), keep_or_choose=rule)
    table = change_counts(replace(material, moves=moves), SPEAK).tables[0].table
    assert {table.value(key, "transition") for key in table.keys[:-1]} == {words}
