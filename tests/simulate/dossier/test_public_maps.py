"""Maps and tables of one pack say the same: what a table does not tell is on no map."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geodata.messages import say, speaker
from simulate.dossier.content.composing import counts_of, document_of, hidden_of
from simulate.dossier.content.counts import sides_of
from simulate.dossier.content.overflow import overflow
from simulate.dossier.content.told import (
    When,
    district_flows_told,
    flows_told,
    moved_told,
    moves_told,
    number_of,
    schools_told,
)
from simulate.dossier.material import Material, material_of
from simulate.dossier.model import Column, Document, Picture, Table
from simulate.dossier.suppressing import values_of
from simulate.dossier.web_maps import _as_told
from tests.zoning.maps.changed import data_of
from zoning.maps.compared_sides import Side
from zoning.maps.timed import Step, Timed

Folders = dict[str, Path]
SIDES: tuple[When, ...] = ("before", "after")


@pytest.fixture(scope="module")
def material(folders: Folders) -> Material:
    return material_of([folders["school"]], base=folders["today"], ensembles=[folders["drawn"]])


@pytest.fixture(scope="module")
def public(material: Material) -> Document:
    return document_of(material, "en", public=True, hidden=hidden_of(material))


@pytest.fixture(scope="module")
def quiet(material: Material) -> Document:
    """Return the public pack if, beside what is hidden, a zone and a moved address were not told."""
    zone = str(material.proposed.city["zones"]["zone_id"].iloc[0])
    move = material.moves.iloc[0]
    more = {f"children|{key}|zone|{zone}" for key in ("before", "proposed")}
    more.add(f"T5|{move['unit_id']}|{move['category']}|children")
    return document_of(material, "en", public=True, hidden=hidden_of(material) | more)


@pytest.fixture(scope="module")
def internal(material: Material) -> Document:
    return document_of(material, "en")


def table_in(document: Document, id: str) -> Table:
    return next(one for one in document.tables() if one.id == id)


def web_of(document: Document) -> str:
    return next(one.web for one in document.pictures() if one.web)


def picture(document: Document, id: str) -> Picture:
    return next(one for one in document.pictures() if one.id == id)


def drawn_flows(document: Document, kind: str) -> list[list[tuple[int, str]]]:
    arrows = data_of(web_of(document))["flows"][kind]
    return [[(one["children"], one["words"]) for one in side] for side in arrows]


def test_the_table_of_overflow_counts_the_children_of_the_run(
    internal: Document, material: Material
) -> None:
    table = table_in(internal, "T9a")
    for when, case in sides_of(material):
        counted = overflow(case.placements, case.city["serves"])
        told = flows_told(table, when)
        assert told.to_numpy().tolist() == counted.to_numpy().tolist()
        assert table.value("all", f"children_{when}") == counted["children"].sum()
        # who goes to a school of another district goes outside the own zone too
        between = district_flows_told(table_in(internal, "T9" if when == "after" else "T9b"))
        assert 0 < between["children"].sum() <= counted["children"].sum()


def test_what_the_flows_add_up_to_holds(material: Material) -> None:
    counts = counts_of(material, speaker("en"))
    values = {**values_of(counts.tables), **counts.unpublished}
    linked = [one for one in counts.equations if any(name.startswith("flow|") for name, _ in one.terms)]
    # a column of its own, schools, zones and districts, before and after
    assert len(linked) > 8
    for one in linked:
        known = [(name, factor) for name, factor in one.terms if name in values]
        assert len(known) < len(one.terms) or sum(values[name] * factor for name, factor in known) == 0


def test_public_arrows_are_the_flows_that_the_tables_tell(public: Document) -> None:
    told = table_in(public, "T9a")
    hidden = [row for row in told.rows if any(isinstance(cell, str) for cell in row[2:])]
    assert hidden, "the town has no small flow: the test would show nothing"
    for side, when in enumerate(SIDES):
        most = flows_told(told, when)
        drawn = drawn_flows(public, "flows")[side]
        assert sorted(n for n, _ in drawn) == sorted(most["children"])
        between = district_flows_told(table_in(public, "T9" if when == "after" else "T9b"))
        assert sorted(n for n, _ in drawn_flows(public, "districtFlows")[side]) == sorted(
            between["children"]
        )
    assert min(n for side in drawn_flows(public, "flows") for n, _ in side) >= 5


def test_public_maps_are_sketches_with_room_for_the_number_of_approval(public: Document) -> None:
    page = web_of(public)
    assert "Map approval number" in page
    assert "sketch map" in page
    data = data_of(page)
    assert "units" not in data["layers"]


def test_a_zone_that_a_public_table_hides_has_no_number_on_the_map(
    quiet: Document, internal: Document
) -> None:
    data = data_of(web_of(quiet))
    zones = table_in(quiet, "T6a")
    silent = 0
    for key, record in zip(_zone_ids(zones, data), data["records"]["zones"], strict=True):
        for side, when in enumerate(("before", "after")):
            told = zones.value(key, f"ratio_{when}")
            if isinstance(told, str):
                silent += 1
                assert record["labels"][side] == ""
    assert silent
    inside = data_of(web_of(internal))
    assert all(label for one in inside["records"]["zones"] for label in one["labels"][1:])


def _zone_ids(zones: Table, data: dict[str, Any]) -> list[str]:
    """Return the ids of the zones in the order of the page: by id, as the table has them."""
    names = [str(zones.value(key, "name")) for key in zones.keys]
    assert names == [one["name"] for one in data["records"]["zones"]]
    return list(zones.keys)


def test_moves_of_hidden_addresses_have_no_number_on_either_map(
    quiet: Document, material: Material
) -> None:
    table = table_in(quiet, "T5")
    told = moves_told(table, material.moves)
    rows = data_of(web_of(quiet))["records"]["moves"]
    assert len(rows) == len(told)
    assert told["children"].isna().any()
    said = [value for row in rows for label, value in row["card"]["rows"] if label == "children"]
    assert len(said) == int(told["children"].notna().sum())
    listed = picture(quiet, "M2").svg.split("units that move:")[1][:40]
    assert "children" not in listed
    assert moved_told(table, material.moves).isna().any()


def test_the_slider_tells_only_colours_and_chances_in_public(public: Document) -> None:
    steps = data_of(web_of(public))["steps"]
    assert steps
    labels = {label for step in steps for side in step["labels"] for label in side}
    assert all(re.fullmatch(r"|[<>]?\d+%", label) for label in labels)


def test_a_school_that_is_not_told_is_drawn_as_unknown(public: Document) -> None:
    table = table_in(public, "T6")
    told = schools_told(table, "after").set_index("school_id")["placed"]
    names = {str(table.value(key, "name")): key for key in told.index}
    for record in data_of(web_of(public))["records"]["schools"]:
        known = told[names[record["name"]]] == told[names[record["name"]]]
        assert (record["labels"][1] != "") == known


def test_a_hidden_cell_is_no_number() -> None:
    columns = (Column(key="placed_after", title="p", kind="integer"),)
    table = Table(id="T6", title="t", columns=columns, rows=(("<5",), (7,), (9,)), keys=("a", "b", "all"))
    numbers = [number_of(table.value(key, "placed_after")) for key in table.keys]
    assert numbers[1:] == [7.0, 9.0]
    assert numbers[0] != numbers[0]


def test_the_slider_has_no_colour_of_a_zone_that_is_not_told(material: Material) -> None:
    assert material.before is not None
    city = material.proposed.city
    zone = str(city["zones"]["zone_id"].iloc[0])
    pressure = pd.DataFrame({"zone_id": [zone, "other"], "colour": ["none", "red"]})
    side = Side(city=city, name="a", pressure=pressure)
    step = Step(name="2025", before=pressure.assign(colour="red"), after=pressure.assign(colour="green"))
    told = _as_told(Timed(what=say("year"), steps=(step,)), (side, side)).steps[0]
    assert told.before["colour"].tolist() == ["none", "red"]
    assert told.after["colour"].tolist() == ["none", "green"]
