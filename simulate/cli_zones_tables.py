"""What `xuequ zones score` prints."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from geodata.city import City
from geodata.messages import Speaker, Text, say
from simulate.cli_parts import say_if_synthetic, wide_console
from zoning.plans.board import Board
from zoning.plans.score import Score
from zoning.polygons.record import labels

WIDTH = 110
MOST_SHOWN = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the scores.

    Parameters
    ----------
    words : Text
    value : callable
        Its figure in a score.
    decimals : int
    known : bool
        Whether the figure means anything here.
    percent : bool
        Whether it is a share, shown in per cent; its change then is in percentage points.
    """

    words: Text
    value: Callable[[Score], float]
    decimals: int = 0
    known: bool = True
    percent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a board knows, of which a score without it would only show noughts."""

    shapes: bool
    children: bool
    seats: bool


def print_scores(
    city: City,
    board: Board,
    scores: Sequence[Score],
    speak: Speaker,
    *,
    moved: tuple[int, int] | None = None,
) -> None:
    """Print one score, or two beside each other, the zones that change, and those over their seats.

    Parameters
    ----------
    city, board
    scores : one Score, or two
    speak : Speaker
    moved : (int, int), optional
        Units that the second plan moves, and their children.
    """
    console = wide_console(WIDTH)
    say_head(console, city, speak)
    if moved is not None:
        words = say("Units that move: {units}; children: {children}", units=moved[0], children=moved[1])
        console.print(speak(words), highlight=False)
    known = Known(
        shapes=bool((board.area_m2 > 0).any()),
        children=scores[0].children > 0,
        seats=bool(board.seats.any()),
    )
    console.print(_beside(scores, known, speak))
    zones = labels(city["zones"], "zone_id")
    if len(scores) == 2 and known.children:
        _print_changes(console, scores[0].zones, scores[1].zones, zones, speak)
    _print_short(console, scores[-1].zones, zones, speak)
    for words in _not_known(city, board, known):
        console.print(speak(words), highlight=False)


def _beside(scores: Sequence[Score], known: Known, speak: Speaker) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    names = [say("now"), say("other plan"), say("change")]
    for name in names[: 1 if len(scores) == 1 else 3]:
        table.add_column(speak(name), justify="right")
    for line in _lines(scores[0], known):
        cells = [line.value(score) for score in scores]
        shown = [_shown(line, cell) for cell in cells]
        if len(cells) == 2:
            shown.append(_change(line, cells[1] - cells[0]))
        table.add_row(speak(line.words), *shown)
    return table


def _lines(score: Score, known: Known) -> Iterator[Line]:
    both = known.children and known.seats
    yield Line(words=say("children"), value=lambda s: s.children)
    yield Line(
        words=say("children in units without a zone"), value=lambda s: s.unplaced, known=known.children
    )
    yield Line(
        words=say("seats of the schools that serve zones"), value=lambda s: s.seats, known=known.seats
    )
    yield Line(
        words=say("utilisation (children per 100 seats), all zones"),
        value=_utilisation,
        decimals=1,
        known=both,
        percent=True,
    )
    for words, least in (
        (say("utilisation of the emptiest zone"), True),
        (say("utilisation of the fullest zone"), False),
    ):
        value = _emptiest if least else _fullest
        yield Line(words=words, value=value, decimals=1, known=both, percent=True)
    yield Line(words=say("children over the seats of their zones"), value=lambda s: s.over, known=both)
    yield Line(words=say("zones over their seats"), value=_zones_over, known=both)
    yield from _travel_lines(score, known.children)
    yield Line(words=say("communities split between zones"), value=lambda s: s.split_communities)
    yield Line(words=say("zones in several parts"), value=lambda s: s.in_parts, known=known.shapes)
    yield Line(
        words=say("schools outside the zones they serve"), value=lambda s: s.outside, known=known.shapes
    )
    yield Line(
        words=say("compactness (Polsby-Popper), mean of zones"),
        value=lambda s: _mean(s.zones["compactness"]),
        decimals=3,
        known=known.shapes,
    )


def _travel_lines(score: Score, counted: bool) -> Iterator[Line]:
    yield Line(
        words=say("metres to the zone's nearest school, mean"), value=lambda s: s.mean_m, known=counted
    )
    yield Line(
        words=say("children whose distance is not known"), value=lambda s: s.unmeasured, known=counted
    )
    yield Line(
        words=say("children with a nearer school in another zone"),
        value=lambda s: s.not_nearest,
        known=counted,
    )
    if score.mean_s is not None:
        yield Line(
            words=say("minutes to the zone's quickest school, as the project gives them, mean"),
            value=lambda s: _figure(s.mean_s) / 60,
            decimals=1,
            known=counted,
        )
        yield Line(
            words=say("children whose minutes are not given"),
            value=lambda s: _figure(s.untimed),
            known=counted,
        )
        yield Line(
            words=say("children with a quicker school in another zone"),
            value=lambda s: _figure(s.not_quickest),
            known=counted,
        )
    if score.crossings is not None:
        yield Line(
            words=say("children whose way crosses a barrier (water, railway, main road)"),
            value=lambda s: _figure(s.crossings),
            known=counted,
        )
        yield Line(
            words=say("  of these, without a bridge, tunnel or crossing near the way"),
            value=lambda s: _figure(s.unbridged),
            known=counted,
        )
        yield Line(
            words=say("  children of whom this is not known"),
            value=lambda s: _figure(s.unseen),
            known=counted,
        )


def _figure(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _utilisation(score: Score) -> float:
    placed = score.children - score.unplaced
    return placed / score.seats if score.seats else float("nan")


def _emptiest(score: Score) -> float:
    return float(score.zones["utilisation"].min())


def _fullest(score: Score) -> float:
    return float(score.zones["utilisation"].max())


def _zones_over(score: Score) -> float:
    return float((score.zones["over"] > 0).sum())


def _mean(values: pd.Series) -> float:
    known = values.dropna()
    return float(known.mean()) if len(known) else float("nan")


def _print_changes(
    console: Console, before: pd.DataFrame, after: pd.DataFrame, names: Mapping[str, str], speak: Speaker
) -> None:
    """Print the zones that gain or lose children or seats, most children first."""
    both = before.merge(after, on="zone_id", suffixes=("_before", "_after"))
    gain = both["children_after"] - both["children_before"]
    seats = both["seats_after"] - both["seats_before"]
    changed = both.assign(size=gain.abs())[(gain != 0) | (seats.abs() > 1e-6)]
    if len(changed) == 0:
        return
    console.print(speak(say("Zones that change: {n}", n=len(changed))), highlight=False)
    table = Table(box=None, pad_edge=False)
    table.add_column(speak(say("zone")))
    for name in (say("children"), say("seats"), say("over the seats"), say("utilisation, %")):
        table.add_column(speak(name), justify="right")
    most = changed.sort_values(["size", "zone_id"], ascending=[False, True])
    for _, row in most.head(MOST_SHOWN).iterrows():
        cells = [
            from_to(
                number(row[f"{name}_before"] * scale, decimals),
                number(row[f"{name}_after"] * scale, decimals),
            )
            for name, scale, decimals in (
                ("children", 1, 0),
                ("seats", 1, 0),
                ("over", 1, 0),
                ("utilisation", 100, 0),
            )
        ]
        table.add_row(escape(names[row["zone_id"]]), *cells)
    console.print(table)
    say_more(console, len(changed), speak)


def _print_short(console: Console, zones: pd.DataFrame, names: Mapping[str, str], speak: Speaker) -> None:
    short = zones[zones["over"] > 0].sort_values(["over", "zone_id"], ascending=[False, True])
    if len(short) == 0:
        return
    console.print(speak(say("Zones over their seats: {n}", n=len(short))), highlight=False)
    for row in short.head(MOST_SHOWN).itertuples():
        words = say(
            "  {zone}: {children} children, {seats} seats, {over} over",
            zone=names[row.zone_id],
            children=row.children,
            seats=number(row.seats, 0),
            over=number(row.over, 0),
        )
        console.print(speak(words), highlight=False, markup=False)
    say_more(console, len(short), speak)


def _not_known(city: City, board: Board, known: Known) -> Iterator[Text]:
    if not known.children:
        yield say("There are no counts of children: what depends on them is not known.")
    if not known.seats:
        yield say("No school has seats in this year: shortages are not known.")
    if not known.shapes:
        yield say("The units have no polygons: parts, compactness and schools outside are not known.")
    if board.crossing is None:
        yield say("The project has no barriers: ways that cross one are not counted.")
    elif not city.has("barriers"):
        yield say("There is no table barriers: only ways over the water between land parts are counted.")


def from_to(before: str, after: str) -> str:
    """Return a figure before and after, once where they are the same."""
    return before if before == after else f"{before} → {after}"


def number(value: float, decimals: int = 0) -> str:
    """Return a number as people read it; a dash where it is not known."""
    return "–" if not np.isfinite(value) else f"{value:,.{decimals}f}"


def _shown(line: Line, value: float) -> str:
    return number(value * 100 if line.percent else value, line.decimals) if line.known else "–"


def _change(line: Line, value: float) -> str:
    scaled = value * 100 if line.percent else value
    return "–" if not (line.known and np.isfinite(scaled)) else f"{scaled:+,.{line.decimals}f}"


def say_more(console: Console, rows: int, speak: Speaker) -> None:
    """Say how many rows are not shown, if any are."""
    if rows > MOST_SHOWN:
        words = say("{n} more rows: --out FILE writes them all", n=rows - MOST_SHOWN)
        console.print(speak(words), highlight=False)


def say_head(console: Console, city: City, speak: Speaker) -> None:
    """Say of which project and year it is, and whether it is made up."""
    say_if_synthetic(console, speak, city=city.project.project.synthetic)
    console.print(f"{city.project.project.name} {city.project.project.year}", highlight=False, markup=False)
