"""What a reader may know across tables: sums between them, limits, and cells that tell of others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from simulate.dossier.cases import Case
from simulate.dossier.content.counts import (
    Counts,
    demand_name,
    flows_table,
    placed_name,
    sides_of,
    true_ones,
)
from simulate.dossier.content.demand import hanging_together
from simulate.dossier.content.fairness import category_name
from simulate.dossier.content.finer import finer_counts
from simulate.dossier.material import Material
from simulate.dossier.suppressing import LEAST_TOLD, Cell, Counted, Equation, sum_of, values_of
from simulate.summary import household_categories
from zoning.pressure import colour_of


def with_beside(material: Material, counts: Counts) -> Counts:
    """Return the counts with the cells that are the largest or the sum of something over all schools."""
    beside = _resting(material)
    tables = (replace(one, beside={**one.beside, **beside.get(one.table.id, {})}) for one in counts.tables)
    return replace(counts, tables=tuple(tables))


def linked_across(material: Material, counts: Counts) -> Counts:
    """Return the counts of all tables with what hangs together between them.

    Parameters
    ----------
    material : Material
    counts : Counts
        Of all tables together.

    Notes
    -----
    Added are equations that hold for these counts (others would tell a reader nothing true), the limits
    that seats and colours set, and the same cell of every plan.
    """
    values = values_of(counts.tables)
    tied, finer = finer_counts(material, {**values, **counts.unpublished})
    return replace(
        counts,
        equations=(*counts.equations, *true_ones(_sums(material), counts.tables), *tied),
        finer={**counts.finer, **finer},
        together=(*counts.together, *_same_cells(counts.tables)),
        dear=counts.dear | _wanted(material),
        limits={
            **counts.limits,
            **_seats_taken(material, values),
            **_coloured(material),
        },
    )


def _sums(material: Material) -> Iterator[Equation]:
    """Return the sums that a reader may try; those that do not hold are dropped later."""
    for when, case in sides_of(material):
        flows, own = _flows_of(case)
        coordinated, abroad = (f"T4|{case.key}|{what}" for what in ("coordinated", "abroad"))
        yield sum_of(f"T9a|all|children_{when}", [coordinated])
        away = [cell for start, end, cell in flows if start != end]
        yield sum_of(abroad, away)
        inside = [cell for start, end, cell in flows if start == end]
        placed = category_name(case.key, "placed", "all")
        yield Equation(terms=((placed, 1), (abroad, -1), *((cell, -1) for cell in inside)))
        zones = [str(zone) for zone in case.city["zones"]["zone_id"]]
        yield sum_of(category_name(case.key, "children", "all"), [demand_name(case.key, z) for z in zones])
        household = household_categories(case.run.policy)
        registered = [category_name(case.key, "children", one) for one in household]
        terms = [(f"T6a|{zone}|household_{when}", 1) for zone in zones]
        yield Equation(terms=(*terms, *((one, -1) for one in registered)))
        for district, members in own.items():
            there = [demand_name(case.key, zone) for zone in members]
            yield sum_of(f"{flows_table(case)}|{district}|to|all", there)
    yield from _sums_of_categories(material)


def _sums_of_categories(material: Material) -> Iterator[Equation]:
    case = material.proposed
    placed = case.placements[case.placements["outcome"] == "placed"]
    served = pd.MultiIndex.from_frame(case.city["serves"][["zone_id", "school_id"]])
    at_home = pd.MultiIndex.from_frame(placed[["zone_id", "school_id"]]).isin(served)
    for category, rows in placed.assign(at_home=at_home).groupby("category"):
        stages = rows.groupby("stage")["at_home"].all()
        names = [f"T7|{stage}|{category}|placed" for stage in stages.index[stages]]
        yield sum_of(category_name(case.key, "own_zone", str(category)), names)


def _flows_of(case: Case) -> tuple[list[tuple[str, str, str]], dict[str, list[str]]]:
    """Return the cells of T9 (or T9b) with their districts, and the zones of each district."""
    ids = [str(one) for one in case.summary.flows["district_id"]]
    cells = [(start, end, f"{flows_table(case)}|{start}|to|{end}") for start in ids for end in ids]
    zones = case.city["zones"].dropna(subset=["district_id"])
    own = zones.groupby(zones["district_id"].astype(str))["zone_id"].agg(
        lambda one: sorted(one.astype(str))
    )
    return cells, own.to_dict()


def _same_cells(tables: Iterable[Counted]) -> list[tuple[str, ...]]:
    """Return the names of one cell in all plans: the rows of T4 and of T4a."""
    by_id = {one.table.id: one for one in tables}
    found: list[tuple[str, ...]] = []
    for id_ in ("T4", "T4a"):
        if id_ in by_id:
            one = by_id[id_]
            found += [
                tuple(
                    one.names[row, column.key] for row in one.table.keys if (row, column.key) in one.names
                )
                for column in one.table.columns
                if column.children
            ]
    return found


def _seats_taken(material: Material, values: Mapping[str, int]) -> dict[str, tuple[float, float]]:
    """Return that no school places more than its seats, and those who are told to be above all intakes."""
    found: dict[str, tuple[float, float]] = {}
    for _, case in sides_of(material):
        over = max(int(case.summary.outcomes["over"].sum()), 0)
        over = max(over, LEAST_TOLD - 1) if 0 < over < LEAST_TOLD else over
        schools = case.summary.schools
        for school, seats, placed in zip(
            schools["school_id"], schools["seats"], schools["given"] + schools["over"], strict=True
        ):
            most = float(seats) + over
            name = placed_name(case.key, str(school))
            if name in values and placed <= most:
                found[name] = (0.0, most)
    return found


def _coloured(material: Material) -> dict[str, tuple[float, float]]:
    """Return what the warning colour tells of a zone that has its schools for itself."""
    found: dict[str, tuple[float, float]] = {}
    for _, case in sides_of(material):
        alone = {zones[0] for _, zones in _sharing(case) if len(zones) == 1}
        table = case.summary.zones
        known = table[table["zone_id"].astype(str).isin(alone) & (table["seats"] > 0)]
        rows = zip(known["zone_id"], known["seats"], known["children"], known["colour"], strict=True)
        for zone, seats, children, colour in rows:
            # as many counts as have this colour, from the true one down and up
            counts = pd.Series(np.arange(0, int(2 * seats + children) + 2))
            alike = counts[(colour_of(counts / seats) == colour).to_numpy()]
            most = np.inf if colour == "red" else float(alike.max())
            found[demand_name(case.key, str(zone))] = (float(alike.min()), most)
    return found


def _wanted(material: Material) -> frozenset[str]:
    """Return the children of each zone: with them go its colour, on maps too."""
    return frozenset(
        demand_name(case.key, str(zone))
        for _, case in sides_of(material)
        for zone in case.city["zones"]["zone_id"]
    )


def _sharing(case: Case) -> list[tuple[list[str], list[str]]]:
    """Return schools and zones that hang together by who serves whom."""
    serves = case.city["serves"]
    pairs = pd.DataFrame({"c": serves["school_id"].astype(str), "z": serves["zone_id"].astype(str)})
    return hanging_together(pairs)


def _resting(material: Material) -> dict[str, dict[Cell, tuple[str, ...]]]:
    """Return the cells that follow from counts of other rows, and the names of these, by table."""
    found: dict[str, dict[Cell, tuple[str, ...]]] = {one: {} for one in ("T3", "T4", "T4a", "T6", "T6a")}
    for when, case in sides_of(material):
        schools = [placed_name(case.key, str(one)) for one in case.summary.schools["school_id"]]
        zones = [demand_name(case.key, str(one)) for one in case.summary.zones["zone_id"]]
        found["T4"][case.key, "used_max"] = tuple(schools)
        found["T4"][case.key, "short"] = tuple(zones)
        found["T6"]["all", f"left_{when}"] = tuple(schools)
        for _, members in _sharing(case):
            names = tuple(demand_name(case.key, zone) for zone in members)
            found["T6a"] |= {
                (zone, f"warning_{when}"): names for zone in members if _tells(case, zone, members)
            }
            if len(members) > 1 and when == "after":
                found["T3"] |= _seats_to_come(material, members, names)
    for case in material.all_cases:
        placed = (category_name(case.key, "placed", "all"),)
        found["T4a"] |= {(case.key, what): placed for what in ("mean_m", "p90_m")}
    return found


def _tells(case: Case, zone: str, members: list[str]) -> bool:
    """Return whether a zone's colour tells of others, or would tell a small count of children by itself."""
    table = case.summary.zones
    own = table[table["zone_id"].astype(str) == zone]
    return len(members) > 1 or bool((own["children"] < LEAST_TOLD).any())


def _seats_to_come(
    material: Material, zones: list[str], names: tuple[str, ...]
) -> dict[Cell, tuple[str, ...]]:
    """Return the cells of T3 that hold the seats of zones that share a school."""
    if material.forecast is None:
        return {}
    rows = material.forecast.rows
    own = rows[rows["zone_id"].astype(str).isin(zones)]
    keys = [f"{zone}|{year}" for zone, year in zip(own["zone_id"], own["year"], strict=True)]
    return {(key, what): names for key in keys for what in ("seats", "gap", "used", "warning")}
