"""The tables below the panes: the same as the maps, for who cannot see them or wants the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from geodata.messages import say
from zoning.maps import cards
from zoning.maps.colours import colour_keys, span_words
from zoning.maps.compared_records import pressure_by_zone, use_words, zone_names
from zoning.maps.compared_shapes import ChangedGround
from zoning.maps.compared_sides import Side, Telling, all_schools, school_use
from zoning.maps.timed import Timed

Row = tuple[str, int, list[str]]
"""Which records, which of them (-1: none), and the cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of the page: its headings and rows; the first cell of a row leads to the map.

    Parameters
    ----------
    id, title : str
    headings : list of str
    rows : list of (kind, at, cells)
    note : str
        What is said where there is no row, or below.
    """

    id: str
    title: str
    headings: list[str]
    rows: list[Row]
    note: str = ""


def tables_of(
    sides: tuple[Side, Side],
    ground: ChangedGround,
    tell: Telling,
    timed: Timed | None,
    flows: Sequence[pd.DataFrame],
    steps: Sequence[dict[str, list[list[str]]]],
) -> list[Table]:
    """Return the tables that the page has figures for; that of the moves always."""
    tables = [_moves(sides, ground, tell), _zones(sides, ground, tell), _schools(sides, tell)]
    tables.append(_flows(sides, flows, tell))
    if timed is not None:
        tables += _steps(sides, ground, tell, timed, steps)
    return [one for one in tables if one.rows or one.id == "moves"]


def _moves(sides: tuple[Side, Side], ground: ChangedGround, tell: Telling) -> Table:
    speak = tell.speak
    old, new = zone_names(sides, speak, first=0), zone_names(sides, speak)
    rows: list[Row] = []
    for at, row in enumerate(ground.moves.to_dict("records")):
        units = "–" if pd.isna(row["units"]) else f"{int(row['units']):,}"
        cells = [f"{at + 1}", old[row["start"]], new[row["end"]], units, tell.count(row["children"])]
        rows.append(("moves", at, cells))
    headings = [
        say("number"),
        say("from catchment"),
        say("to catchment"),
        say("planning units"),
        say("children"),
    ]
    return Table(
        id="moves",
        title=speak(say("What moves ({n})", n=len(rows))),
        headings=[speak(one) for one in headings],
        rows=rows,
        note="" if rows else speak(say("No unit changes its catchment.")),
    )


def _zones(sides: tuple[Side, Side], ground: ChangedGround, tell: Telling) -> Table:
    names, tables = zone_names(sides, tell.speak), [pressure_by_zone(side) for side in sides]
    rows: list[Row] = []
    for at, one in enumerate(ground.ids):
        cells = [names[one]]
        for what in ("children", "seats", "ratio"):
            cells += [_zone_cell(table, one, what, tell) for table in tables]
        if any(table is not None for table in tables):
            rows.append(("zones", at, cells))
    label = tell.speak.choose(sides[0].city.project.zone_label.model_dump())
    heads = [say("children"), say("seats"), say("seat pressure")]
    return Table(
        id="pressure",
        title=tell.speak(say("Seat pressure: {zone} ({n})", zone=label, n=len(rows))),
        headings=[label, *_twice([tell.speak(one) for one in heads], sides)],
        rows=rows,
        note=_hidden_note(tell),
    )


def _zone_cell(table: pd.DataFrame | None, zone: str, what: str, tell: Telling) -> str:
    if table is None or zone not in table.index:
        return "–"
    row = table.loc[zone]
    if what == "seats":
        return tell.seats(row["seats"])
    if zone in tell.hidden:
        return "–"
    return tell.count(row["children"]) if what == "children" else tell.ratio(row["ratio"], row["children"])


def _hidden_note(tell: Telling) -> str:
    if tell.public and tell.as_published:
        return tell.speak(say("–: not known, or not told in public; as in the tables of the dossier."))
    if not tell.hidden:
        return ""
    words = say("–: not known, or not told because few children move and could be counted.")
    return tell.speak(words)


def _schools(sides: tuple[Side, Side], tell: Telling) -> Table:
    uses = [school_use(side).set_index("school_id") for side in sides]
    rows: list[Row] = []
    for at, row in enumerate(all_schools(*sides).drop(columns="geometry").to_dict("records")):
        own = [use.loc[row["school_id"]] if row["school_id"] in use.index else None for use in uses]
        seats = ["–" if one is None or pd.isna(one["seats"]) else f"{int(one['seats']):,}" for one in own]
        placed = ["–" if one is None else tell.count(one["placed"]) for one in own]
        full = ["–" if one is None else use_words(one, tell) or "–" for one in own]
        if any(cell != "–" for cell in [*seats, *placed]):
            rows.append(("schools", at, [cards.name_of(row, "school_id"), *seats, *placed, *full]))
    heads = [say("seats"), say("placed"), say("used")]
    return Table(
        id="schools",
        title=tell.speak(say("How full the schools are ({n})", n=len(rows))),
        headings=[tell.speak(say("school")), *_twice([tell.speak(one) for one in heads], sides)],
        rows=rows,
    )


def _flows(sides: tuple[Side, Side], flows: Sequence[pd.DataFrame], tell: Telling) -> Table:
    """Return the overflow of both sides in one table; `flows` are those before and after."""
    columns = ["start", "end", "start_name", "end_name"]
    both = flows[0].merge(flows[1], on=columns, how="outer", suffixes=("_before", "_after"))
    both = both.assign(most=both[["children_before", "children_after"]].max(axis=1))
    both = both.sort_values(["most", "start", "end"], ascending=[False, True, True])
    rows: list[Row] = []
    for row in both.to_dict("records"):
        counts = [row["children_before"], row["children_after"]]
        # in public a blank is none or too few: which of them is not told
        said = [("–" if tell.public else "0") if pd.isna(n) else f"{int(n):,}" for n in counts]
        rows.append(("", -1, [row["start_name"], row["end_name"], *said]))
    note = say("Flows of fewer than five children are not told.")
    return Table(
        id="flows",
        title=tell.speak(say("Overflow: placed outside the own catchment ({n})", n=len(rows))),
        headings=[
            tell.speak(say("lives in")),
            tell.speak(say("placed at")),
            *_twice([tell.speak(say("children"))], sides),
        ],
        rows=rows,
        note=tell.speak(note) if tell.public else "",
    )


def _steps(
    sides: tuple[Side, Side],
    ground: ChangedGround,
    tell: Telling,
    timed: Timed,
    steps: Sequence[dict[str, list[list[str]]]],
) -> list[Table]:
    names = zone_names(sides, tell.speak)
    spans = {key.colour: span_words(tell.speak, key) for key in colour_keys()}
    label = tell.speak.choose(sides[0].city.project.zone_label.model_dump())
    tables = []
    for which, side in enumerate(sides):
        rows: list[Row] = []
        for at, one in enumerate(ground.ids):
            said = [step["labels"][which][at] or spans[str(step["colours"][which][at])] for step in steps]
            rows.append(("zones", at, [names[one], *said]))
        tables.append(
            Table(
                id=f"steps-{which}",
                title=tell.speak(say("Early warning: {side}", side=side.name)),
                headings=[label, *(step.name for step in timed.steps)],
                rows=rows,
            )
        )
    return tables


def _twice(heads: Sequence[str], sides: tuple[Side, Side]) -> list[str]:
    return [f"{head}: {side.name}" for head in heads for side in sides]
