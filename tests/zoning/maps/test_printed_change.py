"""The printed map of a change: what is hatched, what is dashed, and what the public is not told."""

import pandas as pd
import pytest

from geodata.messages import speaker
from tests.zoning.maps.drawn import all_of, sheet, strip, units_of, words_of
from zoning.maps.printed import Printed
from zoning.maps.printed_change import print_change
from zoning.maps.printed_pieces import change_groups

SAY = speaker("en")
NAMES = {f"Z{k}": f"Zone {chr(65 + k)}" for k in range(6)}


def _printed(
    moves: dict[str, str], *, children: int = 10, only: frozenset[str] | None = None, **changes: object
) -> Printed:
    zones, schools = strip(6)
    units = units_of(zones, moves, children)
    return print_change(units, schools, sheet(**changes), SAY, names=NAMES, only=only)


def _hatched(printed: Printed) -> int:
    return sum(one.get("class") == "moved" for one in all_of(printed.svg, "path"))


def test_what_moves_is_hatched_once_for_each_pair_of_zones_and_listed() -> None:
    printed = _printed({"Z0-1": "Z1", "Z0-3": "Z1", "Z2-0": "Z1"})
    assert _hatched(printed) == 2
    words = words_of(printed.svg).split("\n")
    assert "Zone A → Zone B (units: 2, children: 20)" in words
    assert "Zone C → Zone B (units: 1, children: 10)" in words
    assert "units that move: 3, with 30 children" in words


def test_old_and_new_border_are_where_they_were_and_are() -> None:
    printed = _printed({"Z0-1": "Z1", "Z0-3": "Z1"})
    old = [one.get("d") for one in all_of(printed.svg, "path") if one.get("stroke-dasharray") == "3.5 2"]
    new = [one.get("d") for one in all_of(printed.svg, "path") if one.get("stroke") == "#1d3557"]
    # the first is on the map, the second in the legend; the border moves half a square to the west
    xs = [{pair.split(" ")[0] for pair in (d or "").strip("M").split("L")} for d in (old[0], new[0])]
    assert len(xs[0]) == len(xs[1]) == 1
    assert float(xs[0].pop()) > float(xs[1].pop())


def test_no_border_of_a_single_unit_is_drawn_for_the_public() -> None:
    def thin(printed: Printed) -> int:
        return sum(one.get("stroke-width") == "0.2" for one in all_of(printed.svg, "path"))

    moves = {"Z0-1": "Z1", "Z0-3": "Z1"}
    assert thin(_printed(moves)) == 2
    assert thin(_printed(moves, public=True)) == 0


def test_few_children_are_not_told_in_public_and_no_sum_brings_them_back() -> None:
    moves = {"Z0-1": "Z1", "Z2-0": "Z3", "Z2-1": "Z3"}
    words = words_of(_printed(moves, children=3, public=True).svg).split("\n")
    assert "Zone A → Zone B (units: 1, children: <5)" in words
    assert "Zone C → Zone D (units: 2, children: 6)" in words
    assert "units that move: 3" in words
    assert not any("with 9" in one for one in words)
    assert "units that move: 3, with 9 children" in words_of(_printed(moves, children=3).svg)


def test_units_that_come_from_or_go_to_no_zone_are_shown_as_such() -> None:
    printed = _printed({"Z0-1": ""})
    assert "Zone A → no catchment (units: 1, children: 10)" in words_of(printed.svg)


def test_a_map_of_one_group_shows_only_its_own_moves() -> None:
    moves = {"Z0-1": "Z1", "Z4-1": "Z5"}
    assert _hatched(_printed(moves)) == 2
    one = _printed(moves, only=frozenset({"Z4", "Z5"}))
    assert _hatched(one) == 1
    assert "Zone E → Zone F (units: 1, children: 10)" in words_of(one.svg)
    assert "Zone A →" not in words_of(one.svg)


def test_zones_that_exchange_units_are_one_group() -> None:
    moved = pd.DataFrame({"before": ["A", "B", "D", "F", "G"], "after": ["B", "C", "E", None, "G"]})
    assert change_groups(moved) == [frozenset("ABC"), frozenset("DE"), frozenset("F")]


def test_the_order_of_units_changes_nothing() -> None:
    zones, schools = strip(6)
    units = units_of(zones, {"Z0-1": "Z1", "Z2-0": "Z1"})
    other = units.sample(frac=1, random_state=1)
    assert print_change(units, schools, sheet(), SAY, names=NAMES) == print_change(
        other, schools, sheet(), SAY, names=NAMES
    )


def test_a_change_without_counts_of_children_tells_units_alone() -> None:
    zones, schools = strip(6)
    units = units_of(zones, {"Z0-1": "Z1"}).drop(columns="children")
    words = words_of(print_change(units, schools, sheet(), SAY, names={}).svg)
    assert "Z0 → Z1 (units: 1)" in words
    assert "units that move: 1\n" in words


def test_a_change_without_moves_or_without_polygons_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no change to print"):
        _printed({})
    zones, schools = strip(6)
    points = units_of(zones, {"Z0-1": "Z1"})
    points = points.set_geometry(points.geometry.centroid)
    with pytest.raises(ValueError, match="no unit has a polygon"):
        print_change(points, schools, sheet(), SAY, names=NAMES)
