"""Small counts of children are not told in public, nor what would bring them back by sums and differences.

Counts have names. One name may stand in several tables (a total here is a row there) and is told in all of
them or in none. Equations say which counts add up to which; the rest is arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from simulate.dossier.model import SUPPRESSED, Table, Value

if TYPE_CHECKING:
    from scipy.sparse import csr_array

LEAST_TOLD = 5
"""Fewer children than these are not told; nought is."""
WITHHELD = "×"
"""Stands where a count is large enough, but would tell a small one by subtraction."""
_NEAR = 1e-6
_TRIES = 2
_STEPS = 4
"""Totals of totals of totals … further up than these are not told apart."""

Floats = npt.NDArray[np.float64]
Cell = tuple[str, str]
"""The key of a row and of a column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """Counts that come to nothing together: each name with its factor, `total - part - part = 0`."""

    terms: tuple[tuple[str, int], ...]


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
    """

    table: Table
    names: Mapping[Cell, str]
    follows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

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
        hidden = hidden_names(values, equations, together=together, unpublished=unpublished)
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
) -> frozenset[str]:
    """Return the counts that are not told: small ones, and as many others as keep these from being found.

    Notes
    -----
    1. A count of 1 to 4 is hidden, with all that is told together with it.
    2. Where an equation holds one hidden count alone, the smallest other one that is not nought is hidden.
    3. For what is hidden the least and the largest value that fits all equations are found by linear
       programming; a reader is taken to know that small counts are 1 to 4, and others at least 5. Where
       only one whole number fits, step 2 is done for an equation with that count; and again from there.
    4. What was hidden for the sake of others, and can be found out all the same, is told in the end.

    Raises
    ------
    ValueError
        If an equation does not hold.
    """
    extra = dict(unpublished or {})
    known = {**values, **extra}
    held = [one for one in equations if all(name in known for name, _ in one.terms)]
    for one in held:
        if sum(factor * known[name] for name, factor in one.terms) != 0:
            raise ValueError(f"an equation does not hold: {one.terms[:4]}")
    groups = _groups(together, values)
    hidden = _closed({name for name, value in values.items() if 0 < value < LEAST_TOLD}, groups)
    needed = hidden | {name for name, value in extra.items() if 0 < value < LEAST_TOLD}
    search = _Search.of(held, known, extra, groups)
    while True:
        hidden = search.protected(hidden, needed)
        # what is hidden and can be found out all the same is told: a reader knows no more by it
        found = _found_out(held, hidden, known, extra, set(hidden) - needed)
        told = {name for name in found if groups.get(name, frozenset({name})) <= found}
        needed |= found - told
        if found <= told:
            return frozenset(hidden - told)


def intervals(
    values: Mapping[str, int],
    equations: Sequence[Equation],
    hidden: Iterable[str],
    unpublished: Mapping[str, int] | None = None,
) -> dict[str, tuple[float, float]]:
    """Return the least and the largest value of each hidden count that a reader can work out.

    This is the plain way, a linear program for each end of each count: for checking.
    """
    known = {**values, **(unpublished or {})}
    problem = _Problem.of(equations, set(hidden), known, dict(unpublished or {}))
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
    known: Mapping[str, int]
    extra: Mapping[str, int]
    groups: Mapping[str, frozenset[str]]
    level: Mapping[str, int]
    of_name: Mapping[str, list[Equation]]
    tried: dict[str, int]

    @classmethod
    def of(
        cls,
        held: Sequence[Equation],
        known: Mapping[str, int],
        extra: Mapping[str, int],
        groups: Mapping[str, frozenset[str]],
    ) -> _Search:
        of_name: dict[str, list[Equation]] = {}
        for one in held:
            for name, _ in one.terms:
                of_name.setdefault(name, []).append(one)
        return cls(
            held=held,
            known=known,
            extra=extra,
            groups=groups,
            level=_levels(held),
            of_name=of_name,
            tried={},
        )

    def protected(self, hidden: set[str], needed: set[str]) -> set[str]:
        """Return what is hidden when none of the needed counts can be found out any more."""
        while True:
            unsafe = _at_once(self.held, hidden, self.known, self.extra, needed)
            if not unsafe:
                found = _found_out(self.held, hidden, self.known, self.extra, needed)
                unsafe = {name: self.of_name.get(name, []) for name in found}
            more: set[str] = set()
            for name, own in sorted(unsafe.items()):
                if not any(_holds(one, more) for one in own):
                    more |= self._beside(name, own, hidden)
            if not more:
                return hidden
            hidden = _closed(hidden | more, self.groups)

    def _beside(self, name: str, own: Sequence[Equation], hidden: set[str]) -> set[str]:
        """Return one count to hide beside another: near it, small, no total; or nothing."""
        # what has not helped is not tried for ever: then a total is hidden
        least = self.tried.get(name, 0) // _TRIES
        self.tried[name] = self.tried.get(name, 0) + 1
        around = _around(name, self.of_name, hidden, self.extra)
        for some in (own, self.of_name.get(name, []), around):
            told = [
                (self.level[one] < least, self.level[one], self.known[one], one)
                for equation in some
                for one, _ in equation.terms
                if one not in self.extra and one not in hidden and self.known[one] != 0
            ]
            if told:
                return {min(told)[3]}
        return set()


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


def _open(one: Equation, hidden: set[str], known: Mapping[str, int], extra: Mapping[str, int]) -> list[str]:
    """Return the counts of an equation that a reader has not; noughts are taken to be known."""
    return [name for name, _ in one.terms if known[name] and (name in hidden or name in extra)]


def _at_once(
    held: Sequence[Equation],
    hidden: set[str],
    known: Mapping[str, int],
    extra: Mapping[str, int],
    needed: set[str],
) -> dict[str, list[Equation]]:
    """Return the counts that one equation alone gives away, by the bounds of the others in it: quick."""
    found: dict[str, list[Equation]] = {}
    for one in held:
        left = _open(one, hidden, known, extra)
        inside = {name: factor for name, factor in one.terms if name in left}
        if needed.isdisjoint(left):
            continue
        bounds = {name: _bounds(name, known, extra) for name in left}
        right = -sum(factor * known[name] for name, factor in one.terms if name not in inside)
        ends = [sorted((inside[name] * bounds[name][0], inside[name] * bounds[name][1])) for name in left]
        lows, highs = sum(end[0] for end in ends), sum(end[1] for end in ends)
        for name, (low, high) in zip(left, ends, strict=True):
            # what is left for this count when all others are as large, or as small, as they can be
            least = max(low, right - (highs - high) if highs < np.inf else -np.inf)
            most = min(high, right - (lows - low) if lows > -np.inf else np.inf)
            if most - least < 1 and name in needed:
                found.setdefault(name, []).append(one)
    return found


def _bounds(name: str, known: Mapping[str, int], extra: Mapping[str, int]) -> tuple[float, float]:
    """Return between what a reader knows a hidden count to lie."""
    if name in extra:
        # of what stands nowhere a reader knows only that it is no less than nought
        return 0.0, np.inf
    return (1.0, LEAST_TOLD - 1.0) if known[name] < LEAST_TOLD else (float(LEAST_TOLD), np.inf)


def _around(
    name: str, of_name: Mapping[str, list[Equation]], hidden: set[str], extra: Mapping[str, int]
) -> list[Equation]:
    """Return the nearest equations beyond a count's own, reached through hidden counts."""
    seen, reached = {name}, list(of_name.get(name, []))
    beyond: list[Equation] = []
    for one in reached:
        for other, _ in one.terms:
            if other not in seen and (other in hidden or other in extra):
                seen.add(other)
                beyond += of_name[other]
    return beyond


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


def _found_out(
    held: Sequence[Equation],
    hidden: set[str],
    known: Mapping[str, int],
    extra: Mapping[str, int],
    wanted: set[str],
) -> set[str]:
    """Return those of the wanted counts for which only one whole number fits all equations."""
    problem = _Problem.of(held, hidden, known, dict(extra))
    n = len(problem.names)
    if n == 0:
        return set()
    needed = np.array([name in wanted for name in problem.names])
    low, high = problem.true.copy(), problem.true.copy()
    asked = n + 1
    while (unsure := np.flatnonzero(needed & ~_wide(low, high))).size and unsure.size < asked:
        # a program for all counts at once: two solutions that differ in a count show that it is safe
        asked = unsure.size
        weight = np.zeros(n)
        weight[unsure] = np.where(np.arange(asked) % 2, 1.0, -1.0)
        for signed in (weight, -weight, np.abs(weight), -np.abs(weight)):
            solved = problem.solve(signed)
            low, high = np.minimum(low, solved), np.maximum(high, solved)
    label = problem.components()
    for at in unsure:
        inside = np.flatnonzero(label == label[at])
        if _wide(low, high)[at]:
            continue
        # one for each that is left, of the counts that hang together with it
        part = problem.only(inside)
        weight = (inside == at).astype(np.float64)
        for signed in (weight, -weight):
            solved = part.solve(signed)
            low[inside] = np.minimum(low[inside], solved)
            high[inside] = np.maximum(high[inside], solved)
    return {problem.names[at] for at in np.flatnonzero(needed & ~_wide(low, high))}


def _wide(low: Floats, high: Floats) -> npt.NDArray[np.bool_]:
    """Return whether two whole numbers or more lie between."""
    return np.asarray(np.floor(high + _NEAR) - np.ceil(low - _NEAR) >= 1, dtype=np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Problem:
    """What a reader knows of the hidden counts: equations and bounds, and the truth."""

    names: list[str]
    matrix: csr_array
    right: Floats
    low: Floats
    high: Floats
    true: Floats

    @classmethod
    def of(
        cls,
        equations: Sequence[Equation],
        hidden: set[str],
        known: Mapping[str, int],
        extra: Mapping[str, int],
    ) -> _Problem:
        from scipy.sparse import csr_array

        names = sorted(name for name in hidden | set(extra) if known[name])
        at = {name: n for n, name in enumerate(names)}
        rows: list[int] = []
        columns: list[int] = []
        factors: list[float] = []
        right: list[float] = []
        for one in equations:
            inside = [(at[name], factor) for name, factor in one.terms if name in at]
            if not inside or any(name not in known for name, _ in one.terms):
                continue
            rows += [len(right)] * len(inside)
            columns += [place for place, _ in inside]
            factors += [float(factor) for _, factor in inside]
            right.append(-sum(float(f * known[name]) for name, f in one.terms if name not in at))
        bounds = np.array([_bounds(name, known, extra) for name in names]).reshape(-1, 2)
        return cls(
            names=names,
            matrix=csr_array((factors, (rows, columns)), shape=(len(right), len(names))),
            right=np.array(right),
            low=bounds[:, 0],
            high=bounds[:, 1],
            true=np.array([float(known[name]) for name in names]),
        )

    def components(self) -> npt.NDArray[np.int64]:
        """Return which of the counts hang together by equations, a number each."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import connected_components

        ones = csr_array(abs(self.matrix))
        return np.asarray(connected_components(ones.T @ ones, directed=False)[1], dtype=np.int64)

    def only(self, inside: npt.NDArray[np.intp]) -> _Problem:
        """Return the problem of some counts that hang together."""
        columns = self.matrix[:, inside]
        rows = np.unique(columns.nonzero()[0])
        return _Problem(
            names=[self.names[at] for at in inside],
            matrix=columns[rows],
            right=self.right[rows],
            low=self.low[inside],
            high=self.high[inside],
            true=self.true[inside],
        )

    def solve(self, weight: Floats) -> Floats:
        """Return the counts that make the weighted sum least; where that is endless, a large number."""
        from scipy.optimize import linprog

        far = float(self.true.sum()) + 10.0 * LEAST_TOLD
        solved = linprog(
            weight,
            A_eq=self.matrix if len(self.right) else None,
            b_eq=self.right if len(self.right) else None,
            bounds=np.column_stack([self.low, np.minimum(self.high, far)]),
            method="highs",
        )
        # the truth fits, so that there is always a solution
        return self.true if solved.x is None else np.asarray(solved.x, dtype=np.float64)


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
            elif gone.intersection(one.follows.get(column, ())) and value is not None:
                cells.append(WITHHELD)
            else:
                cells.append(value)
        rows.append(tuple(cells))
    return replace(one.table, rows=tuple(rows))
