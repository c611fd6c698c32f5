"""What the commands on scenarios print."""

from __future__ import annotations

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from geodata.city import City
from geodata.messages import Speaker, Text, say
from simulate.cli_parts import say_if_synthetic, wide_console
from simulate.policy import Policy
from simulate.policy_tools.telling import told as rules_told
from simulate.scenarios.applying import Applied
from simulate.scenarios.differing import Difference, by_district, difference, units_moved
from simulate.scenarios.reading import Scenario
from simulate.scenarios.telling import told

WIDTH = 110
_MOST_SHOWN = 30


def print_scenario(
    city: City, policy: Policy, scenario: Scenario, applied: Applied, speak: Speaker
) -> None:
    """Print a scenario in words, and what it comes to beside the base."""
    from simulate.cli_zones_tables import print_scores
    from zoning.plan import plan_in
    from zoning.plans.board import board_of, plan_on
    from zoning.plans.score import score_plan

    console = wide_console(WIDTH)
    for line in told(scenario, speak, applied.changes):
        console.print(line, highlight=False, markup=False)
    for note in applied.notes:
        console.print(speak(say("note: {note}", note=note)), highlight=False, markup=False)
    moved = units_moved(city, applied.city)
    words = say(
        "Units that move: {units}; children: {children}",
        units=moved["unit_id"].nunique(),
        children=moved["children"].sum(),
    )
    console.print(speak(words), highlight=False)
    _districts(console, city, by_district(city, applied.city), speak)
    if city.has("units"):
        boards = [board_of(one) for one in (city, applied.city)]
        year = city.project.project.year
        scores = [
            score_plan(board, plan_on(board, plan_in(one, year)))
            for board, one in zip(boards, (city, applied.city), strict=True)
        ]
        print_scores(applied.city, boards[1], scores, speak)
    _rules(
        console, difference((city, policy), (applied.city, applied.policy)), policy, applied.policy, speak
    )
    console.print()


def print_difference(one: tuple[City, Policy], two: tuple[City, Policy], speak: Speaker) -> None:
    """Print what a second city and policy has otherwise than a first."""
    console = wide_console(WIDTH)
    found = difference(one, two)
    say_if_synthetic(console, speak, city=two[0].project.project.synthetic)
    parts = (found.units, found.zones, found.serves, found.schools)
    same = found.districts["children_before"].equals(found.districts["children_after"])
    if not any(len(part) for part in parts) and same and not found.rules:
        console.print(speak(say("No difference.")), highlight=False)
        return
    _moves(console, found.units, speak)
    _listed(console, found, speak)
    _schools(console, found.schools, speak)
    _districts(console, two[0], found.districts, speak)
    _rules(console, found, one[1], two[1], speak)


def _moves(console: Console, moved: pd.DataFrame, speak: Speaker) -> None:
    words = say(
        "Units that move: {units}; children: {children}",
        units=moved["unit_id"].nunique(),
        children=moved["children"].sum(),
    )
    console.print(speak(words), highlight=False)
    if len(moved) == 0:
        return
    table = _table(
        speak,
        (say("planning unit"), say("category"), say("from zone"), say("to zone")),
        (say("children"),),
    )
    most = moved.sort_values(["children", "unit_id", "category"], ascending=[False, True, True])
    for row in most.head(_MOST_SHOWN).itertuples():
        cells = [row.unit_id, row.category or speak(say("all")), row.from_zone, row.to_zone, row.children]
        table.add_row(*("–" if pd.isna(cell) else escape(str(cell)) for cell in cells))
    console.print(table)
    if len(moved) > _MOST_SHOWN:
        console.print(speak(say("and {n} more rows", n=len(moved) - _MOST_SHOWN)), highlight=False)


def _listed(console: Console, found: Difference, speak: Speaker) -> None:
    for row in found.zones.itertuples():
        words = {
            "added": say("new zone: {zone}", zone=row.zone_id),
            "removed": say("zone that is there no longer: {zone}", zone=row.zone_id),
        }
        console.print(speak(words[row.what]), highlight=False, markup=False)
    for row in found.serves.itertuples():
        words = {
            "added": say("{school} serves {zone} now", school=row.school_id, zone=row.zone_id),
            "removed": say("{school} serves {zone} no longer", school=row.school_id, zone=row.zone_id),
        }
        console.print(speak(words[row.what]), highlight=False, markup=False)


def _schools(console: Console, schools: pd.DataFrame, speak: Speaker) -> None:
    if len(schools) == 0:
        return
    headings = (say("seats before"), say("seats after"))
    table = _table(speak, (say("school"), say("name")), headings)
    for row in schools.head(_MOST_SHOWN).itertuples():
        cells = [row.school_id, row.name, row.before, row.after]
        table.add_row(*("–" if pd.isna(cell) else escape(str(cell)) for cell in cells))
    console.print(table)
    if len(schools) > _MOST_SHOWN:
        console.print(speak(say("and {n} more rows", n=len(schools) - _MOST_SHOWN)), highlight=False)


def _districts(console: Console, city: City, districts: pd.DataFrame, speak: Speaker) -> None:
    names = city["districts"].set_index("district_id")["name"]
    headings = (
        say("seats before"),
        say("seats after"),
        say("change"),
        say("children before"),
        say("children after"),
    )
    table = _table(speak, (say("district"),), headings)
    for row in districts.itertuples():
        known = row.district_id if not pd.isna(row.district_id) else "–"
        name = names.get(known)
        change = row.seats_after - row.seats_before
        cells = [row.seats_before, row.seats_after, change, row.children_before, row.children_after]
        shown = [f"{cell:+,}" if at == 2 else f"{cell:,}" for at, cell in enumerate(cells)]
        table.add_row(escape(str(known if pd.isna(name) else name)), *shown)
    console.print(table)


def _rules(console: Console, found: Difference, one: Policy, two: Policy, speak: Speaker) -> None:
    for heading, lines in rules_told(found.rules, one, two, speak):
        console.print(heading, highlight=False, markup=False)
        for line in lines:
            console.print(f"  {line}", highlight=False, markup=False)


def _table(speak: Speaker, words: tuple[Text, ...], numbers: tuple[Text, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in words:
        table.add_column(speak(heading), overflow="fold")
    for heading in numbers:
        table.add_column(speak(heading), justify="right")
    return table
