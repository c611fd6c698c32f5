"""An ensemble on the terminal: scenarios side by side, the zones most in danger, what to know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from geodata.messages import Speaker, say
from simulate.ensemble.early_warning import short_counts, zones_table
from simulate.ensemble.estimates import chance
from simulate.ensemble.page import sure_words
from simulate.ensemble.page_rows import called_in
from simulate.ensemble.sides import Side, sides_of
from simulate.ensemble.telling import (
    Cell,
    Row,
    amount,
    chance_words,
    reading_notes,
    rows_of,
    title_of,
    zones_by_chance,
)
from simulate.ensemble.uncertainty import VARY_NAMES

if TYPE_CHECKING:
    from rich.console import Console

    from simulate.ensemble.reading import Ensemble

WIDTH = 150
AT_ONCE = 3
"""So many scenarios stand beside the base in one table; more of them make more tables."""
MOST_ZONES = 8


def show(ensemble: Ensemble, speak: Speaker) -> None:
    """Show an ensemble: scenarios side by side, zones most in danger, what was drawn, how to read it.

    Parameters
    ----------
    ensemble : Ensemble
    speak : Speaker
        The language.
    """
    from simulate.cli_parts import say_if_synthetic, wide_console

    console = wide_console(WIDTH)
    say_if_synthetic(console, speak, city=ensemble.synthetic_city, children=ensemble.synthetic_children)
    sides = sides_of(ensemble)
    title = say(
        "{project} {year}: {draws} draws of each scenario",
        project=ensemble.project,
        year=ensemble.year,
        draws=f"{ensemble.draws:,}",
    )
    show_sides(console, sides, speak(title), speak)
    _show_zones(console, ensemble, sides, speak)
    varied = speak(say(", ")).join(speak(VARY_NAMES[name]) for name in ensemble.varied)
    lines = [
        speak(say("Drawn anew in each draw: {varied}", varied=varied)),
        sure_words(sides, called_in(ensemble.folder / "inputs"), speak),
    ]
    assumed = [
        speak(VARY_NAMES[name])
        for name, one in ensemble.uncertainty.statements.items()
        if one.assumed and name in ensemble.varied
    ]
    if assumed:
        named = speak(say(", ")).join(assumed)
        lines.append(speak(say("Assumed, with no source: how these vary: {varied}", varied=named)))
    notes = [*reading_notes(sides), *_own_notes(sides)]
    lines += [speak(say("note: {note}", note=note)) for note in notes]
    for line in lines:
        console.print(line, highlight=False, markup=False)


def show_sides(console: Console, sides: Sequence[Side], title: str, speak: Speaker) -> None:
    """Show the scores of some sides as tables: the base, and a few others beside it in each."""
    rows = rows_of(sides, speak)
    others = list(range(1, len(sides)))
    groups = [others[first : first + AT_ONCE] for first in range(0, len(others), AT_ONCE)] or [[]]
    for number, group in enumerate(groups):
        _table(console, sides, rows, [0, *group], title if number == 0 else "", speak)


def _table(
    console: Console,
    sides: Sequence[Side],
    rows: Sequence[Row],
    shown: list[int],
    title: str,
    speak: Speaker,
) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title) or None, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(speak(say("Score")), overflow="fold", min_width=22)
    for place in shown:
        table.add_column(escape(title_of(sides[place], speak)), justify="right", overflow="fold")
    for row in rows:
        table.add_row(escape(row.title), *(escape(_cell_words(row.cells[place])) for place in shown))
    console.print(table)


def _cell_words(cell: Cell) -> str:
    """Return a cell: the mean and its spread; beneath, the verdict, the difference and both errors."""
    first = f"{cell.amount} ({cell.spread})" if cell.spread else cell.amount
    if not cell.verdict:
        return first
    second = cell.words
    if cell.verdict != "same":
        second += f" {cell.change}" + (f" ± {cell.error}" if cell.error else "")
        second += f" ({cell.apart})" if cell.apart and cell.apart != cell.error else ""
    return f"{first}\n{second}"


def _show_zones(console: Console, ensemble: Ensemble, sides: Sequence[Side], speak: Speaker) -> None:
    """Show the zones of the base that run short most likely, with their chance in each scenario."""
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    zones = zones_by_chance(zones_table(sides[0].places, sides[0].stack))
    first = zones[zones["short_probability"] > 0].head(MOST_ZONES)
    if first.empty:
        console.print(speak(say("No zone ran short in any draw.")), highlight=False, markup=False)
        return
    called = called_in(ensemble.folder / "inputs")
    table = Table(
        title=escape(speak(say("Zones most likely short of seats"))),
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column(speak(say("Zone")), overflow="fold")
    table.add_column(speak(say("Seats short")), justify="right")
    shown = sides[: AT_ONCE + 1]
    for side in shown:
        table.add_column(escape(title_of(side, speak)), justify="right", overflow="fold")
    chances = [_chances(side) for side in shown]
    for row in first.to_dict("records"):
        zone = str(row["zone_id"])
        table.add_row(
            escape(called.zones.get(zone, zone)),
            amount(float(row["short_mean"]), "seats"),
            *(known.get(zone, "–") for known in chances),
        )
    console.print(table)


def _chances(side: Side) -> dict[str, str]:
    share, _, low, high = chance(short_counts(side.stack)[0], side.draws)
    told = zip(side.places.zones.tolist(), share.tolist(), low.tolist(), high.tolist(), strict=True)
    return {zone: chance_words(*numbers) for zone, *numbers in told}


def _own_notes(sides: Sequence[Side]) -> list[object]:
    """Return what the scenarios themselves say, each once."""
    return list({str(note): note for side in sides for note in side.notes}.values())
