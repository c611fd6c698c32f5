"""Small counts of children are not told in public, nor what would bring them back by sums and differences.

Counts have names. One name may stand in several tables (a total here is a row there) and is told in all of
them or in none. Equations say which counts add up to which; the rest is arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

import numpy as np

from simulate.dossier.model import SUPPRESSED, Table, Value
from simulate.dossier.suppressing_reader import (
    LEAST_TOLD,
    Equation,
    Problem,
    Reader,
    found_out,
    given_away,
    reasons,
)

__all__ = [
    "LEAST_TOLD",
    "WITHHELD",
    "Cell",
    "Counted",
    "Equation",
    "hidden_names",
    "intervals",
    "sum_of",
    "suppress",
    "values_of",
]

WITHHELD = "×"
"""Stands where a count is large enough, but would tell a small one by subtraction."""
_TRIES = 3
_STEPS = 4
"""Totals of totals of totals … further up than these are not told apart."""

Cell = tuple[str, str]
"""The key of a row and of a column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A table, and what its cells count.

    Parameters
    ----------
    table : Table
    names : mapping of (row, column) to str
        The name of each count of children; a column without names counts none.
    follows : mapping of str to tuple of str
        A column whose value would tell that of others in its row (a share, a mean), and these.
    beside : mapping of (row, column) to tuple of str
        A cell that would tell counts of other places (the fullest of all schools), and their names.
    """

    table: Table
    names: Mapping[Cell, str]
    follows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    beside: Mapping[Cell, tuple[str, ...]] = field(default_factory=dict)

    def values(self) -> dict[str, int]:
        """Return the counts by name; where none is known, none."""
        found = {name: self.table.value(*cell) for cell, name in self.names.items()}
        return {name: int(value) for name, value in found.items() if isinstance(value, int | float)}


def sum_of(total: str, parts: Iterable[str]) -> Equation:
    """Return the equation of a total.

    Examples
    --------
    >>> sum_of("all", ["a", "b"]).terms
    (('all', 1), ('a', -1), ('b', -1))
    """
    return Equation(terms=((total, 1), *((part, -1) for part in parts)))


def suppress(
    tables: Sequence[Counted],
    equations: Sequence[Equation] = (),
    *,
    together: Sequence[tuple[str, ...]] = (),
    unpublished: Mapping[str, int] | None = None,
    limits: Mapping[str, tuple[float, float]] | None = None,
    dear: frozenset[str] = frozenset(),
    finer: Mapping[str, int] | None = None,
    hidden: frozenset[str] | None = None,
) -> dict[str, Table]:
    """Return the tables as they may be published.

    Parameters
    ----------
    tables : sequence of Counted
    equations : sequence of Equation
        What a reader knows of the counts; one that names a count that is not known is left out.
    together : sequence of tuple of str
        Counts that are told all or not at all: the same cell before and after. Noughts are told.
    unpublished : mapping of str to int
        Counts that stand in no table and follow from equations: small ones are kept from being worked out.
    limits : mapping of str to (least, most), optional
        Between what a count must lie by what else is told: no more are placed than there are seats.
    dear : frozenset of str
        What is hidden for the sake of others only where nothing else helps.
    finer : mapping of str to int, optional
        Counts that stand in no table, and need no protection: they tie those that do.
    hidden : frozenset of str, optional
        What is not told, where it has been found already (`hidden_names`).

    Returns
    -------
    dict of str to Table
        By id. Small counts are `SUPPRESSED`; those that would tell them, and what follows from either,
        are `WITHHELD`.

    Raises
    ------
    ValueError
        If one name stands for two counts, or an equation does not hold.
    """
    values = values_of(tables)
    if hidden is None:
        hidden = hidden_names(
            values,
            equations,
            together=together,
            unpublished=unpublished,
            limits=limits,
            dear=dear,
            finer=finer,
        )
    return {one.table.id: _without(one, hidden, values) for one in tables}


def values_of(tables: Sequence[Counted]) -> dict[str, int]:
    """Return the counts of some tables by name.

    Raises
    ------
    ValueError
        If one name stands for two counts.
    """
    values: dict[str, int] = {}
    for one in tables:
        for name, value in one.values().items():
            if values.setdefault(name, value) != value:
                raise ValueError(f"{name} is {values[name]} and {value}")
    return values


def hidden_names(
    values: Mapping[str, int],
    equations: Sequence[Equation],
    *,
    together: Sequence[tuple[str, ...]] = (),
    unpublished: Mapping[str, int] | None = None,
    limits: Mapping[str, tuple[float, float]] | None = None,
    dear: frozenset[str] = frozenset(),
    finer: Mapping[str, int] | None = None,
) -> frozenset[str]:
    """Return the counts that are not told: small ones, and as many others as keep these from being found.

    Notes
    -----
    1. A count of 1 to 4 is hidden, with all that is told together with it.
    2. Where an equation holds one hidden count alone, the smallest other one that is not nought is hidden.
    3. For what is hidden the least and the largest value that fits all equations are found by linear
       programming; a reader is taken to know that small counts are 1 to 4, others at least 5, and all
       within their limits. Where only one whole number fits, step 2 is done for an equation with that
       count; and again from there.
    4. What was hidden for the sake of others, and can be found out all the same, is told in the end.

    Raises
    ------
    ValueError
        If an equation or a limit does not hold.
    """
    extra = {**(unpublished or {}), **(finer or {})}
    known = {**values, **extra}
    free = frozenset(finer or {})
    reader = Reader(known=known, extra=extra, limits=_loose(limits or {}, known), free=free)
    held = [one for one in equations if all(name in known for name, _ in one.terms)]
    for one in held:
        if sum(factor * known[name] for name, factor in one.terms) != 0:
            raise ValueError(f"an equation does not hold: {one.terms[:4]}")
    groups = _groups(together, values)
    hidden = _closed({name for name, value in values.items() if 0 < value < LEAST_TOLD}, groups)
    needed = hidden | {name for name, value in (unpublished or {}).items() if 0 < value < LEAST_TOLD}
    search = _Search.of(held, reader, groups, dear)
    while True:
        hidden = search.protected(hidden, needed)
        # what is hidden and can be found out all the same is told: a reader knows no more by it
        found = found_out(held, hidden, reader, set(hidden) - needed)
        told = {name for name in found if groups.get(name, frozenset({name})) <= found}
        needed |= found - told
        if found <= told:
            return frozenset(hidden - told)


def intervals(
    values: Mapping[str, int],
    equations: Sequence[Equation],
    hidden: Iterable[str],
    unpublished: Mapping[str, int] | None = None,
    limits: Mapping[str, tuple[float, float]] | None = None,
    finer: Mapping[str, int] | None = None,
) -> dict[str, tuple[float, float]]:
    """Return the least and the largest value of each hidden count that a reader can work out.

    This is the plain way, a linear program for each end of each count: for checking.
    """
    extra = {**(unpublished or {}), **(finer or {})}
    known = {**values, **extra}
    free = frozenset(finer or {})
    reader = Reader(known=known, extra=extra, limits=_loose(limits or {}, known), free=free)
    problem = Problem.of(equations, set(hidden), reader)
    found = {}
    for at, name in enumerate(problem.names):
        weight = np.zeros(len(problem.names))
        weight[at] = 1.0
        found[name] = (float(problem.solve(weight)[at]), float(problem.solve(-weight)[at]))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """What does not change while counts are hidden one after the other."""

    held: Sequence[Equation]
    reader: Reader
    groups: Mapping[str, frozenset[str]]
    dear: frozenset[str]
    level: Mapping[str, int]
    of_name: Mapping[str, list[Equation]]
    tried: dict[str, int]

    @classmethod
    def of(
        cls,
        held: Sequence[Equation],
        reader: Reader,
        groups: Mapping[str, frozenset[str]],
        dear: frozenset[str],
    ) -> _Search:
        of_name: dict[str, list[Equation]] = {}
        for one in held:
            for name, _ in one.terms:
                of_name.setdefault(name, []).append(one)
        return cls(
            held=held,
            reader=reader,
            groups=groups,
            dear=dear,
            level=_levels([one for one in held if not _holds(one, set(reader.free))]),
            of_name=of_name,
            tried={},
        )

    def protected(self, hidden: set[str], needed: set[str]) -> set[str]:
        """Return what is hidden when none of the needed counts can be found out any more."""
        while True:
            more = self._helping(given_away(self.held, hidden, self.reader, needed), hidden)
            if not more:
                # also where one count cannot be helped: others can
                found = found_out(self.held, hidden, self.reader, needed)
                more = self._helping(reasons(self.held, hidden, self.reader, found), hidden)
            if not more:
                return hidden
            hidden = _closed(hidden | more, self.groups)

    def _helping(self, unsafe: Mapping[str, list[Equation]], hidden: set[str]) -> set[str]:
        """Return what is hidden beside the counts that are not safe, by the equations that tell them."""
        more: set[str] = set()
        for name, own in sorted(unsafe.items()):
            if not any(_holds(one, more) for one in own):
                more |= self._beside(name, own, hidden)
        return more

    def _stays(self, name: str, hidden: set[str]) -> bool:
        """Return whether a count would stay unknown if it were hidden: no equation holds it alone."""
        return all(
            any(other != name and self.reader.unknown(other, hidden) for other, _ in one.terms)
            for one in self.of_name[name]
        )

    def _beside(self, name: str, own: Sequence[Equation], hidden: set[str]) -> set[str]:
        """Return counts to hide beside another: near it, small, no totals; or nothing."""
        # what has not helped is not tried for ever: then a total is hidden
        least = self.tried.get(name, 0) // _TRIES
        self.tried[name] = self.tried.get(name, 0) + 1
        known, extra = self.reader.known, self.reader.extra
        layers = _layers(name, self.of_name, hidden, extra)
        near = [own, self.of_name.get(name, [])]
        if self.tried[name] > 1:
            # the equations that tell it are many together: one near by helps, where it is short, sooner
            near = [[*chain(*near, next(layers, []))]]
        for some in chain(near, layers):
            told = [
                (
                    one in self.dear,
                    not self._stays(one, hidden),
                    len(equation.terms) if len(near) == 1 else 0,
                    self.level.get(one, 0) < least,
                    # one of the same table is nearest to it
                    one.split("|")[0] != name.split("|", maxsplit=1)[0],
                    self.level.get(one, 0),
                    known[one],
                    one,
                )
                for equation in some
                for one, _ in equation.terms
                if one not in extra and one not in hidden and known[one] != 0
            ]
            if told:
                # what resists long is not met by one at a time
                return {each[-1] for each in sorted(told)[: 2 ** (least // 2)]}
        return set()


def _loose(
    limits: Mapping[str, tuple[float, float]], known: Mapping[str, int]
) -> dict[str, tuple[float, float]]:
    """Return the limits of known counts, without those that would tell a small count by themselves.

    Against such a limit (a school of one seat) nothing helps that is hidden elsewhere.
    """
    found = {}
    for name, (least, most) in limits.items():
        value = known.get(name)
        if value is None:
            continue
        if not least <= value <= most:
            raise ValueError(f"a limit does not hold: {name}")
        if min(most, LEAST_TOLD - 1) - max(least, 1) >= 1 or value >= LEAST_TOLD:
            found[name] = (least, most)
    return found


def _groups(together: Sequence[tuple[str, ...]], values: Mapping[str, int]) -> dict[str, frozenset[str]]:
    groups: dict[str, frozenset[str]] = {}
    for one in together:
        joined = frozenset(name for name in one if values.get(name))
        for name in joined:
            joined |= groups.get(name, frozenset())
        groups |= dict.fromkeys(joined, joined)
    return groups


def _closed(hidden: set[str], groups: Mapping[str, frozenset[str]]) -> set[str]:
    return hidden.union(*(groups.get(name, frozenset()) for name in hidden))


def _layers(
    name: str, of_name: Mapping[str, list[Equation]], hidden: set[str], extra: Mapping[str, int]
) -> Iterator[list[Equation]]:
    """Walk through the equations beyond a count's own, nearest first, as hidden counts lead to them."""
    seen, reached = {name}, of_name.get(name, [])
    while reached:
        beyond: list[Equation] = []
        for one in reached:
            for other, _ in one.terms:
                if other not in seen and (other in hidden or other in extra):
                    seen.add(other)
                    beyond += of_name[other]
        yield beyond
        reached = beyond


def _holds(one: Equation, names: set[str]) -> bool:
    return any(name in names for name, _ in one.terms)


def _levels(held: Sequence[Equation]) -> dict[str, int]:
    """Return of how many counts each one is the total, at once or by steps: its worth to a reader.

    A total that stands alone on its side of an equation is worth more than what it is the sum of.
    """
    level: dict[str, int] = {}
    sums = []
    for one in held:
        plus = [name for name, factor in one.terms if factor > 0]
        minus = [name for name, factor in one.terms if factor < 0]
        for alone, parts in ((plus, minus), (minus, plus)):
            if len(alone) == 1 and len(parts) > 1:
                sums.append((alone[0], parts))
    for _ in range(_STEPS):
        for total, parts in sums:
            level[total] = max(level.get(total, 0), 1 + min(level.get(part, 0) for part in parts))
    for one in held:
        for name, _ in one.terms:
            level.setdefault(name, 0)
    return level


def _without(one: Counted, hidden: frozenset[str], values: Mapping[str, int]) -> Table:
    """Return a table without what is hidden."""
    columns = [column.key for column in one.table.columns]
    rows: list[tuple[Value, ...]] = []
    for key, row in zip(one.table.keys, one.table.rows, strict=True):
        gone = {c for c in columns if (name := one.names.get((key, c))) is not None and name in hidden}
        cells: list[Value] = []
        for column, value in zip(columns, row, strict=True):
            if column in gone:
                small = 0 < values[one.names[key, column]] < LEAST_TOLD
                cells.append(SUPPRESSED if small else WITHHELD)
            elif gone.intersection(one.follows.get(column, ())):
                # blank or not: that there is no cut-off tells that seats were left
                cells.append(WITHHELD)
            elif hidden.intersection(one.beside.get((key, column), ())):
                cells.append(WITHHELD)
            else:
                cells.append(value)
        rows.append(tuple(cells))
    return replace(one.table, rows=tuple(rows))
