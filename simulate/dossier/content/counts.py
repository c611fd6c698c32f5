"""The tables of several parts together, and what they count alike: what a reader could add up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from simulate.dossier.cases import Case
from simulate.dossier.material import Material
from simulate.dossier.model import Table
from simulate.dossier.suppressing import Cell, Counted, Equation, sum_of, values_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Tables with what is known of their counts; as `simulate.dossier.suppressing.suppress` takes them.

    Parameters
    ----------
    tables : tuple of Counted
    equations : tuple of Equation
    together : tuple of tuple of str
    unpublished : mapping of str to int
    limits : mapping of str to (least, most)
    dear : frozenset of str
    finer : mapping of str to int
    """

    tables: tuple[Counted, ...] = ()
    equations: tuple[Equation, ...] = ()
    together: tuple[tuple[str, ...], ...] = ()
    unpublished: Mapping[str, int] = field(default_factory=dict)
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    dear: frozenset[str] = frozenset()
    finer: Mapping[str, int] = field(default_factory=dict)


def joined(parts: Iterable[Counts]) -> Counts:
    """Return the counts of several parts as one."""
    found = list(parts)
    unpublished: dict[str, int] = {}
    finer: dict[str, int] = {}
    limits: dict[str, tuple[float, float]] = {}
    for one in found:
        unpublished |= one.unpublished
        finer |= one.finer
        limits |= one.limits
    return Counts(
        tables=tuple(table for one in found for table in one.tables),
        equations=tuple(equation for one in found for equation in one.equations),
        together=tuple(group for one in found for group in one.together),
        unpublished=unpublished,
        finer=finer,
        limits=limits,
        dear=frozenset().union(*(one.dear for one in found)),
    )


def counted(
    table: Table,
    *,
    named: Mapping[Cell, str] | None = None,
    follows: Mapping[str, tuple[str, ...]] | None = None,
) -> Counted:
    """Return a table with the name of each cell of its columns that count children.

    Parameters
    ----------
    table : Table
    named : mapping of (row, column) to str, optional
        The names of cells that stand elsewhere too; all others are called after table, row and column.
    follows : mapping of str to tuple of str, optional
    """
    shared = named or {}
    names = {
        (row, column.key): shared.get((row, column.key), f"{table.id}|{row}|{column.key}")
        for column in table.columns
        if column.children
        for row in table.keys
        if table.value(row, column.key) is not None
    }
    return Counted(table=table, names=names, follows=follows or {})


def column_sums(one: Counted, columns: Sequence[str]) -> list[Equation]:
    """Return for each of the columns that its last row, a total, is the sum of the others."""
    rows = one.table.keys[:-1]
    if not one.table.totals:
        return []
    whole = [column for column in columns if all((row, column) in one.names for row in rows)]
    return known_sums(one, whole)


def known_sums(one: Counted, columns: Sequence[str]) -> list[Equation]:
    """Return for each of the columns that its last row, a total, is the sum of those that are known."""
    *rows, total = one.table.keys
    return [
        sum_of(
            one.names[total, column], [one.names[row, column] for row in rows if (row, column) in one.names]
        )
        for column in columns
        if (total, column) in one.names
    ]


def row_sums(one: Counted, total: str, parts: Sequence[str]) -> list[Equation]:
    """Return for each row that one of its columns is the sum of others."""
    return [
        sum_of(one.names[row, total], [one.names[row, part] for part in parts])
        for row in one.table.keys
        if all((row, column) in one.names for column in (total, *parts))
    ]


def true_ones(equations: Iterable[Equation], tables: Iterable[Counted]) -> list[Equation]:
    """Return the equations that hold for the values of some tables."""
    values = values_of(list(tables))
    return [
        one
        for one in equations
        if all(name in values for name, _ in one.terms)
        and sum(factor * values[name] for name, factor in one.terms) == 0
    ]


def placed_name(case: str, school: str) -> str:
    """Return the name of the count of children placed at a school."""
    return f"placed|{case}|school|{school}"


def demand_name(case: str, zone: str) -> str:
    """Return the name of the count of children of a zone."""
    return f"children|{case}|zone|{zone}"


def flows_table(case: Case) -> str:
    """Return the id of the table of flows between districts of a run: T9, or T9b of the plan in force."""
    return "T9" if case.key == "proposed" else "T9b"


def sides_of(material: Material) -> list[tuple[str, Case]]:
    """Return the runs of which schools and zones are told one by one: before, where known, and after."""
    after = [("after", material.proposed)]
    return after if material.before is None else [("before", material.before), *after]
