"""The tables of `xuequ standards` as people read them on a terminal of 100 columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from geodata.messages import Speaker, Text, say
from simulate.standards.holding import Held
from simulate.standards.values import ITEMS, Limits

if TYPE_CHECKING:
    from rich.table import Table

WIDTH = 100
MARKS = {"pass": "✓", "fail": "✗", "unknown": "?"}
LEVEL_NAMES: Mapping[str, Text] = {
    "primary": say("primary"),
    "lower-secondary": say("lower secondary"),
}


def number(value: Any, decimals: int = 0) -> str:
    """Return a number with thousands apart; a dash where there is none.

    Examples
    --------
    >>> number(1234), number(None), number(45.25, 1)
    ('1,234', '–', '45.2')
    """
    return "–" if value is None or pd.isna(value) else f"{float(value):,.{decimals}f}"


def percent(value: Any) -> str:
    """Return a share as per cent with one decimal; a dash where there is none."""
    return "–" if value is None or pd.isna(value) else f"{float(value):.1%}"


def step(values: Sequence[Any], show: Callable[[Any], str] = number) -> str:
    """Return before and after with an arrow; one of them where they look alike.

    Examples
    --------
    >>> step([23, 24]), step([23, 23]), step([None])
    ('23→24', '23', '–')
    """
    shown = [show(value) for value in values]
    return shown[0] if len(set(shown)) == 1 else "→".join(shown)


def schools_table(held: Held, limits: Limits, speak: Speaker, schools: Sequence[str] | None) -> Table:
    """Return a row for each school, before and after."""
    low, high = limits.large_class, limits.very_large_class
    table = new_table(speak, say("Schools"))
    add_columns(
        table,
        speak,
        say("School"),
        say("Pupils"),
        say("Most pupils"),
        say("Classes"),
        say("Rooms"),
        say("Mean class"),
        say("Over norm"),
        say("{low} to {high}", low=low, high=high - 1),
        say("{high} and over", high=high),
        say("Items met"),
        say("Not met"),
    )
    names = list(ITEMS)
    for rows in _pairs(held.schools, "school_id", schools):
        last = rows[-1]
        missed = " ".join(str(names.index(item) + 1) for item in str(last["not_met"]).split())
        over = bool(last["over_cap"]) if not pd.isna(last["over_cap"]) else False
        short = not pd.isna(last["rooms_left"]) and last["rooms_left"] < 0
        table.add_row(
            safe(last["name"]),
            red(_step(rows, "pupils"), over),
            number(last["cap"]) + ("!" if over else ""),
            _step(rows, "classes"),
            red(number(last["rooms"]) + ("!" if short else ""), short),
            step([row["mean_class"] for row in rows], lambda value: number(value, 1)),
            *(_step(rows, name) for name in ("over_norm", "large", "very_large")),
            step(list(rows), _met),
            missed,
        )
    return fitted(table)


def districts_table(held: Held, speak: Speaker, districts: Sequence[str] | None) -> Table:
    """Return a row for each district, before and after."""
    table = new_table(speak, say("Districts"))
    add_columns(
        table,
        speak,
        say("District"),
        say("Pupils"),
        say("Classes"),
        say("Over norm"),
        say("Large or very large"),
        say("Schools too large"),
        say("Short of rooms"),
        say("Meet the items"),
        say("No roll"),
    )
    for rows in _pairs(held.districts, "district_id", districts):
        last = rows[-1]
        table.add_row(
            safe(last["name"]),
            *(_step(rows, name) for name in ("pupils", "classes", "over_norm")),
            step([row["large_share"] for row in rows], percent),
            *(_step(rows, name) for name in ("over_cap", "rooms_short")),
            f"{_step(rows, 'pass')} / {number(last['schools'])}",
            number(last["unknown"]),
        )
    return fitted(table)


def admission_table(
    held: Held, limits: Limits, radius_m: int, speak: Speaker, districts: Sequence[str] | None
) -> Table:
    """Return a row for each district: zones by warning colour, ways to school, migrant children."""
    table = new_table(speak, say("Seat warning, way to school, migrant children"))
    add_columns(
        table,
        speak,
        say("District"),
        say("Zones, all children: red / orange / yellow / green"),
        say("Zones, household children: red / orange / yellow / green"),
        say("Within {metres} m", metres=radius_m),
        say(
            "Migrant entrants in public or purchased seats (at least {share})",
            share=percent(limits.migrant_share),
        ),
    )
    names = held.districts.drop_duplicates("district_id").set_index("district_id")["name"]
    for row in _of(held.admission, "district_id", districts).to_dict("records"):
        short = not pd.isna(row["migrant_within"]) and not row["migrant_within"]
        table.add_row(
            safe(names.get(row["district_id"], row["district_id"])),
            " / ".join(number(row[colour]) for colour in ("red", "orange", "yellow", "green")),
            " / ".join(
                number(row[f"household_{colour}"]) for colour in ("red", "orange", "yellow", "green")
            ),
            f"{percent(row['within_share'])} ({number(row['within'])} / {number(row['ways_known'])})",
            red(percent(row["migrant_share"]) + ("!" if short else ""), short),
        )
    return fitted(table)


def items_table(held: Held, limits: Limits, speak: Speaker, districts: Sequence[str] | None) -> Table:
    """Return a row for each district and level: the variation of the seven items, in the last year."""
    table = new_table(
        speak, say("Variation between schools, by item (1 to 7), {year}", year=held.year + held.follows)
    )
    numbers = [str(place) for place in range(1, len(ITEMS) + 1)]
    add_columns(table, speak, say("District"), say("Level"), say("At most"))
    for place in numbers:
        table.add_column(place, justify="right")
    names = held.districts.drop_duplicates("district_id").set_index("district_id")["name"]
    last = held.items[held.items["when"] == ("after" if held.follows else "before")]
    for (district, level), part in _of(last, "district_id", districts).groupby(
        ["district_id", "level"], sort=False
    ):
        of_item = part.set_index("item")
        cells = []
        for item in ITEMS:
            over = not pd.isna(of_item["within"][item]) and not of_item["within"][item]
            cells.append(red(number(of_item["cv"][item], 2) + ("!" if over else ""), over))
        table.add_row(
            safe(names.get(district, district)),
            speak(LEVEL_NAMES[level]),
            number(limits.variation[level], 2),
            *cells,
        )
    return fitted(table)


def item_lines(limits: Limits, levels: Sequence[str], speak: Speaker) -> list[str]:
    """Return the seven items with their numbers and thresholds."""
    lines = []
    for place, item in enumerate(ITEMS, start=1):
        named = [
            f"{speak.choose(limits.title(item, level).model_dump())} {limits.items[item][level]:,g}"
            for level in levels
        ]
        lines.append(f"{place}  " + speak(say("; ")).join(named))
    return lines


def new_table(speak: Speaker, title: Text) -> Table:
    """Return an empty table with a title."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    return Table(
        title=speak(title), title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0)
    )


def add_columns(table: Table, speak: Speaker, first: Text, *rest: Text) -> None:
    """Add columns by their headings: the first to the left, those of figures to the right."""
    table.add_column(speak(first), overflow="fold")
    for heading in rest:
        table.add_column(speak(heading), justify="right", overflow="fold")


def fitted(table: Table) -> Table:
    """Return the table with each column but the first as wide as its figures: they never break."""
    from rich.cells import cell_len
    from rich.text import Text as Line

    for column in table.columns[1:]:
        cells = [Line.from_markup(str(cell)).cell_len for cell in column.cells]
        heading = str(column.header)
        words = [cell_len(word) for word in heading.split()]
        most = _MOST_OF_A_WORD if heading.isascii() else _MOST_OF_CHINESE
        column.width = max([*cells, min(most, max(words))])
    names = [Line.from_markup(str(cell)).cell_len for cell in table.columns[0].cells]
    table.columns[0].min_width = min(_MOST_OF_A_NAME, max(names, default=0))
    return table


_MOST_OF_A_NAME = 14
"""A longer name is folded."""

_MOST_OF_CHINESE = 6
"""Chinese breaks after any character: three of them to a line."""

_MOST_OF_A_WORD = 9
"""A longer word of a heading is broken, so that the figures of ten columns stand beside each other."""


def _pairs(table: pd.DataFrame, key: str, chosen: Sequence[str] | None) -> list[list[dict[str, Any]]]:
    """Return the rows of each school or district, before and after, in order of the first."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in _of(table, key, chosen).to_dict("records"):
        groups.setdefault(row[key], []).append(row)
    return list(groups.values())


def _of(table: pd.DataFrame, key: str, chosen: Sequence[str] | None) -> pd.DataFrame:
    return table if chosen is None else table[table[key].isin(chosen)]


def _step(rows: Sequence[Mapping[str, Any]], name: str) -> str:
    return step([row[name] for row in rows])


def _met(row: Mapping[str, Any]) -> str:
    return f"{row['items_met']}{MARKS[row['verdict']]}" if row["items_known"] else "–"


def red(text: str, yes: bool) -> str:
    """Return a text, in red where something is wrong."""
    return f"[red]{text}[/red]" if yes else text


def safe(text: object) -> str:
    """Return a text of the project so that nothing in it is taken for markup."""
    from rich.markup import escape

    return escape(str(text))
