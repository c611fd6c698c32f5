"""What `xuequ zones diff` prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from geodata.city import City
from geodata.messages import Speaker, Text, say
from simulate.cli_parts import wide_console
from simulate.cli_zones_tables import MOST_SHOWN, WIDTH, from_to, number, say_head, say_more
from zoning.polygons.record import labels


def print_moves(city: City, moves: pd.DataFrame, categories: Sequence[str], speak: Speaker) -> None:
    """Print the moved units, those with most children first, under what they come to.

    Parameters
    ----------
    city : City
    moves : DataFrame
        As `zoning.plans.moves.moves_on` returns them; the categories of a unit that go the same way for the
        same reason are one row here.
    categories : sequence of str
        All categories of the board.
    speak : Speaker
    """
    console = wide_console(WIDTH)
    say_head(console, city, speak)
    units = moves["unit_id"].nunique()
    words = say(
        "Units that move: {units}; children: {children}", units=units, children=moves["children"].sum()
    )
    console.print(speak(words), highlight=False)
    if len(moves) == 0:
        return
    whole = _of_units(moves, categories)
    for line in _sums(moves, whole):
        console.print(speak(line), highlight=False)
    zones = labels(city["zones"], "zone_id")
    _print_flows(console, whole, zones, speak)
    console.print(_table(whole, labels(city["units"], "unit_id"), zones, speak))
    say_more(console, len(whole), speak)


def _of_units(moves: pd.DataFrame, categories: Sequence[str]) -> pd.DataFrame:
    """Return moves with the categories of a unit in one row; category is "" where it is all of them."""
    key = ["unit_id", "from_zone", "to_zone", "reason_code"]
    same = {name: (name, "first") for name in moves if name not in (*key, "category", "children")}
    whole = moves.groupby(key, dropna=False, as_index=False, sort=False).agg(
        category=("category", ", ".join), own=("category", "nunique"), children=("children", "sum"), **same
    )
    whole["category"] = whole["category"].where(whole["own"] < len(categories), "")
    return whole.drop(columns="own")


def _sums(moves: pd.DataFrame, whole: pd.DataFrame) -> Iterator[Text]:
    """Say what the moves come to for their children; only of those of whom both sides are known."""
    for name, scale in (("m", 1), ("s", 60)):
        if f"before_{name}" not in moves:
            continue
        rows = moves.dropna(subset=[f"before_{name}", f"after_{name}"])
        before, after = (_mean(rows, f"{when}_{name}") / scale for when in ("before", "after"))
        if name == "m":
            yield say("  metres, mean: {before} → {after}", before=number(before), after=number(after))
        else:
            yield say(
                "  minutes, mean: {before} → {after}", before=number(before, 1), after=number(after, 1)
            )
    if "before_crosses" in moves:
        both = moves.dropna(subset=["before_crosses", "after_crosses"])
        before, after = (
            int(both["children"][both[f"{when}_crosses"].astype(bool)].sum())
            for when in ("before", "after")
        )
        yield say("  children whose way crosses a barrier: {before} → {after}", before=before, after=after)
    bare = int(whole["reason_code"].isna().sum())
    if bare:
        yield say("  moves without a reason: {n} of {all}", n=bare, all=len(whole))


def _mean(moves: pd.DataFrame, column: str) -> float:
    children = moves["children"].to_numpy(dtype=float)
    total = (moves[column].to_numpy(dtype=float) * children).sum()
    return float(total / children.sum()) if children.sum() else float("nan")


def _print_flows(console: Console, moves: pd.DataFrame, zones: Mapping[str, str], speak: Speaker) -> None:
    """Print how many units and children go from which zone to which, where several units do."""
    flows = (
        moves.groupby(["from_zone", "to_zone"], dropna=False)
        .agg(units=("unit_id", "nunique"), children=("children", "sum"))
        .reset_index()
        .sort_values(["children", "from_zone", "to_zone"], ascending=[False, True, True])
    )
    if len(flows) == len(moves):
        return
    for row in flows.head(MOST_SHOWN).itertuples():
        words = say(
            "  from {before} to {after}: {units} units, {children} children",
            before=_zone(zones, row.from_zone),
            after=_zone(zones, row.to_zone),
            units=row.units,
            children=row.children,
        )
        console.print(speak(words), highlight=False, markup=False)


def _table(
    moves: pd.DataFrame, units: Mapping[str, str], zones: Mapping[str, str], speak: Speaker
) -> Table:
    partly, timed = bool((moves["category"] != "").any()), "before_s" in moves
    crossed = "before_crosses" in moves and bool(moves[["before_crosses", "after_crosses"]].any(axis=None))
    table = Table(box=None, pad_edge=False)
    for name, right in (
        (say("planning unit"), False),
        *([(say("category"), False)] if partly else []),
        (say("from zone"), False),
        (say("to zone"), False),
        (say("children"), True),
        (say("metres"), True),
        *([(say("minutes"), True)] if timed else []),
        *([(say("crosses a barrier"), False)] if crossed else []),
        (say("reason"), False),
    ):
        table.add_column(speak(name), justify="right" if right else "left", overflow="fold")
    most = moves.sort_values(
        ["children", "unit_id", "category"], ascending=[False, True, True], kind="stable"
    )
    for _, row in most.head(MOST_SHOWN).iterrows():
        cells = [units[row["unit_id"]]]
        if partly:
            cells.append(row["category"] or speak(say("all categories")))
        cells += [_zone(zones, row["from_zone"]), _zone(zones, row["to_zone"]), number(row["children"])]
        cells.append(from_to(_whole(row["before_m"]), _whole(row["after_m"])))
        if timed:
            cells.append(from_to(_minutes(row["before_s"]), _minutes(row["after_s"])))
        if crossed:
            cells.append(from_to(_yes(row["before_crosses"], speak), _yes(row["after_crosses"], speak)))
        reason = speak(say("none given")) if pd.isna(row["reason_code"]) else str(row["reason_code"])
        table.add_row(*(escape(cell) for cell in [*cells, reason]))
    return table


def _zone(names: Mapping[str, str], zone: Any) -> str:
    return "–" if pd.isna(zone) else names[zone]


def _whole(value: Any) -> str:
    return "–" if pd.isna(value) else number(value)


def _minutes(seconds: Any) -> str:
    return "–" if pd.isna(seconds) else number(seconds / 60, 1)


def _yes(value: Any, speak: Speaker) -> str:
    if pd.isna(value):
        return "–"
    return speak(say("yes")) if value else speak(say("no"))
