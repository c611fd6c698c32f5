"""What the commands on zones print."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from geodata.city import City
from geodata.messages import Speaker, Text, say
from simulate.cli_parts import say_if_synthetic, wide_console
from zoning.plans.board import Board
from zoning.plans.score import Score

WIDTH = 110
_MOST_SHOWN = 30

Line = tuple[Text, Callable[[Score], float], int, bool]
"""What a line says, its figure, the figure's decimals, and whether it is known at all."""


def print_scores(city: City, board: Board, scores: Sequence[Score], speak: Speaker) -> None:
    """Print one score, or two beside each other, and the zones that are most over their seats."""
    console = wide_console(WIDTH)
    _say_head(console, city, speak)
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    names = [say("now"), say("other plan"), say("change")]
    for name in names[: 1 if len(scores) == 1 else 3]:
        table.add_column(speak(name), justify="right")
    shaped = bool((board.area_m2 > 0).any())
    counted, seated = scores[0].children > 0, bool(board.seats.any())
    for words, value, decimals, known in _lines(shaped, counted, seated):
        cells = [value(score) for score in scores]
        shown = [_number(cell, decimals) if known else "–" for cell in cells]
        if len(cells) == 2:
            shown.append(_change(cells[1] - cells[0], decimals) if known else "–")
        table.add_row(speak(words), *shown)
    console.print(table)
    last = scores[-1].zones
    short = last[last["over"] > 0].sort_values(["over", "zone_id"], ascending=[False, True])
    if len(short):
        console.print(speak(say("Zones over their seats: {n}", n=len(short))), highlight=False)
        for row in short.head(_MOST_SHOWN).itertuples():
            words = say(
                "  {zone}: {children} children, {seats} seats, {over} over",
                zone=row.zone_id,
                children=row.children,
                seats=_number(row.seats, 0),
                over=_number(row.over, 0),
            )
            console.print(speak(words), highlight=False, markup=False)
    if not counted:
        console.print(speak(say("There are no counts of children: what depends on them is not known.")))
    if not seated:
        console.print(speak(say("No school has seats in this year: shortages are not known.")))
    if not shaped:
        words = say("The units have no polygons: parts, compactness and schools outside are not known.")
        console.print(speak(words), highlight=False)


def print_moves(city: City, moves: pd.DataFrame, speak: Speaker) -> None:
    """Print the moved units, those with most children first."""
    console = wide_console(WIDTH)
    _say_head(console, city, speak)
    units = moves["unit_id"].nunique()
    words = say(
        "Units that move: {units}; children: {children}", units=units, children=moves["children"].sum()
    )
    console.print(speak(words), highlight=False)
    if len(moves) == 0:
        return
    table = Table(box=None, pad_edge=False)
    for name, right in (
        (say("planning unit"), False),
        (say("category"), False),
        (say("from zone"), False),
        (say("to zone"), False),
        (say("children"), True),
        (say("metres before"), True),
        (say("metres after"), True),
        (say("reason"), False),
    ):
        table.add_column(speak(name), justify="right" if right else "left")
    most = moves.sort_values(["children", "unit_id", "category"], ascending=[False, True, True])
    for row in most.head(_MOST_SHOWN).itertuples():
        cells = [row.unit_id, row.category, row.from_zone, row.to_zone, row.children]
        shown = ["–" if pd.isna(cell) else str(cell) for cell in [*cells, row.before_m, row.after_m]]
        reason = speak(say("none given")) if pd.isna(row.reason_code) else str(row.reason_code)
        table.add_row(*(_plain(cell) for cell in [*shown, reason]))
    console.print(table)
    if len(moves) > _MOST_SHOWN:
        words = say("{n} more rows: --out FILE writes them all", n=len(moves) - _MOST_SHOWN)
        console.print(speak(words), highlight=False)


def _lines(
    shaped: bool, counted: bool, seated: bool
) -> list[tuple[Text, Callable[[Score], float], int, bool]]:
    def mean_compactness(score: Score) -> float:
        known = score.zones["compactness"].dropna()
        return float(known.mean()) if len(known) else float("nan")

    def zones_over(score: Score) -> float:
        return float((score.zones["over"] > 0).sum())

    return [
        (say("children"), lambda s: s.children, 0, True),
        (say("children in units without a zone"), lambda s: s.unplaced, 0, counted),
        (say("children over the seats of their zones"), lambda s: s.over, 0, counted and seated),
        (
            say("zones over their seats"),
            lambda s: float((s.zones["over"] > 0).sum()),
            0,
            counted and seated,
        ),
        (say("metres to the zone's nearest school, mean"), lambda s: s.mean_m, 0, counted),
        (say("children whose distance is not known"), lambda s: s.unmeasured, 0, counted),
        (say("children with a nearer school in another zone"), lambda s: s.not_nearest, 0, counted),
        (say("communities split between zones"), lambda s: s.split_communities, 0, True),
        (say("zones in several parts"), lambda s: s.in_parts, 0, shaped),
        (say("schools outside the zones they serve"), lambda s: s.outside, 0, shaped),
        (say("compactness (Polsby-Popper), mean of zones"), mean_compactness, 3, shaped),
    ]


def _number(value: float, decimals: int) -> str:
    return "–" if not np.isfinite(value) else f"{value:,.{decimals}f}"


def _change(value: float, decimals: int) -> str:
    return "–" if not np.isfinite(value) else f"{value:+,.{decimals}f}"


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _say_head(console: Console, city: City, speak: Speaker) -> None:
    say_if_synthetic(console, speak, city=city.project.project.synthetic)
    console.print(f"{city.project.project.name} {city.project.project.year}", highlight=False, markup=False)
