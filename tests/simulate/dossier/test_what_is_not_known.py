"""What the dossier leaves out or says where the project does not know it, and what two runs differ in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from geodata import City
from geodata.messages import Lang, speaker
from simulate.dossier.cases import Case
from simulate.dossier.content.allocation import allocation_counts, allocation_part
from simulate.dossier.content.basis import standards_table
from simulate.dossier.content.changes import zone_words
from simulate.dossier.content.composing import counts_of
from simulate.dossier.content.pen import Pen, pen_of
from simulate.dossier.content.schools import school_counts
from simulate.dossier.content.summary import differing, summary_part
from simulate.dossier.material import Material, material_of
from simulate.dossier.model import Missing, Paragraph, Table


@pytest.fixture(scope="module")
def material(folders: dict[str, Path]) -> Material:
    return material_of([folders["school"]], base=folders["today"])


def pen_for(material: Material, lang: Lang = "en") -> Pen:
    speak = speaker(lang)
    return pen_of(
        lang, {one.table.id: one.table for one in counts_of(material, speak).tables}, public=False
    )


def with_table(case: Case, which: str, **columns: object) -> Case:
    city: City = case.run.city
    table = city[which].assign(**columns)
    return replace(case, run=replace(case.run, city=replace(city, tables={**city.tables, which: table})))


def keys_of(table: Table) -> set[str]:
    return {one.key for one in table.columns}


def test_columns_of_which_no_school_knows_anything_take_no_room(material: Material) -> None:
    known = school_counts(material, speaker("en")).tables[0].table
    assert {"school_id", "district", "kind"} <= keys_of(known)
    assert material.before is not None
    before = with_table(material.before, "schools", district_id=None, kind=None, rooms=None)
    bare = school_counts(replace(material, before=before), speaker("en")).tables[0].table
    assert keys_of(known) - keys_of(bare) == {"district", "kind", "rooms"}


def test_a_school_called_by_its_name_alone_is_named_once(material: Material) -> None:
    assert material.before is not None
    before = with_table(material.before, "schools", name=None)
    table = school_counts(replace(material, before=before), speaker("en")).tables[0].table
    assert "school_id" not in keys_of(table)
    assert "name" in keys_of(table)


def test_a_zone_that_has_the_name_of_its_school_is_named_once(material: Material) -> None:
    city = material.proposed.city
    before = zone_words(city, speaker("en"))
    zone, school = (str(one) for one in city["serves"].loc[0, ["zone_id", "school_id"]])
    name = city["schools"].set_index("school_id").loc[school, "name"]
    assert before[zone].endswith(f"({name})")
    zones = city["zones"].copy()
    zones.loc[zones["zone_id"] == zone, "name"] = name
    alike = replace(city, tables={**city.tables, "zones": zones})
    assert zone_words(alike, speaker("en"))[zone] == name


def test_without_districts_nothing_is_said_of_them(material: Material) -> None:
    nowhere = replace(
        material.proposed,
        summary=replace(
            material.proposed.summary, flows=material.proposed.summary.flows.loc[[], ["district_id"]]
        ),
    )
    without = replace(material, before=None, cases=(nowhere,))
    tables = {one.table.id: one.table for one in allocation_counts(without, speaker("en")).tables}
    pen = pen_for(material)
    part = allocation_part(without, replace(pen, tables={**pen.tables, "T9": tables["T9"]}))
    assert "T9" not in [one.id for one in part.blocks if isinstance(one, Table)]
    assert any("districts" in one.what for one in part.blocks if isinstance(one, Missing))
    first = part.blocks[0]
    assert isinstance(first, Paragraph)
    assert "district" not in first.text
    first = allocation_part(material, pen).blocks[0]
    assert isinstance(first, Paragraph)
    assert "in another district" in first.text


def test_every_standard_has_its_unit(material: Material) -> None:
    table = standards_table(material, speaker("en"))
    said = {
        "class-norm-primary": "45 pupils",
        "school-size": "2,000 pupils",
        "radius-primary": "500 m",
        "sports-area-primary": "7.5 m²",
        "equipment-primary": "2,000 yuan",
        "items-to-meet": "6 items",
        "migrant-share": "85%",
        "variation-primary": "0.5",
    }
    assert {key: table.value(key, "value") for key in said} == said
    assert table.value("migrant-purchased-counts", "value") in ("yes", "no")


def test_what_two_runs_differ_in_beside_the_plan_is_said(material: Material) -> None:
    before, after = material.before, material.proposed
    assert before is not None
    assert differing(before, after) == []
    manifest = before.run.manifest
    other = {**manifest, "seed": "another", "files": {**manifest["files"], "inputs/policy.json": "0"}}
    changed = replace(
        before, run=replace(before.run, manifest=other), placements=before.placements.iloc[1:]
    )
    said = [speaker("en")(one) for one in differing(changed, after)]
    assert said == ["the rules of the admission", "the seed of the draw", "the children"]
    part = summary_part(replace(material, before=changed), pen_for(material))
    warned = [one.text for one in part.blocks if isinstance(one, Paragraph) and one.tone == "warning"]
    assert any("the rules of the admission, the seed of the draw" in one for one in warned)
