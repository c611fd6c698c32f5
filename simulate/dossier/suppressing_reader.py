"""What a reader of published tables can work out of the counts that are not told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scipy.sparse import csr_array

LEAST_TOLD = 5
"""Fewer children than these are not told; nought is."""
_NEAR = 1e-6

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """Counts that come to nothing together: each name with its factor, `total - part - part = 0`."""

    terms: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What is true, and what a reader knows of it beside the equations.

    Parameters
    ----------
    known : mapping of str to int
        All counts.
    extra : mapping of str to int
        Those of them that stand in no table.
    limits : mapping of str to (least, most)
        Between what a count must lie by what is told of other things: no more are placed than there
        are seats.
    free : frozenset of str
        Those of `extra` that need no protection; where there are none of them a reader does not know it.
    """

    known: Mapping[str, int]
    extra: Mapping[str, int] = field(default_factory=dict)
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    free: frozenset[str] = frozenset()

    def bounds(self, name: str) -> tuple[float, float]:
        """Return between what a reader knows a hidden count to lie."""
        # of what stands nowhere a reader knows only that it is no less than nought
        low, high = 0.0, np.inf
        if name not in self.extra:
            small = self.known[name] < LEAST_TOLD
            low, high = (1.0, LEAST_TOLD - 1.0) if small else (float(LEAST_TOLD), np.inf)
        least, most = self.limits.get(name, (0.0, np.inf))
        return max(low, least), min(high, most)

    def open(self, one: Equation, hidden: set[str]) -> list[str]:
        """Return the counts of an equation that a reader has not; noughts are taken to be known."""
        return [name for name, _ in one.terms if self.unknown(name, hidden)]

    def unknown(self, name: str, hidden: set[str]) -> bool:
        """Return whether a reader has not a count."""
        if name in self.free:
            return True
        return self.known[name] != 0 and (name in hidden or name in self.extra)


def given_away(
    held: Sequence[Equation],
    hidden: set[str],
    reader: Reader,
    needed: set[str],
) -> dict[str, list[Equation]]:
    """Return the counts that one equation alone gives away, by the bounds of the others in it: quick."""
    found: dict[str, list[Equation]] = {}
    for one in held:
        left = reader.open(one, hidden)
        inside = {name: factor for name, factor in one.terms if name in left}
        if needed.isdisjoint(left):
            continue
        bounds = {name: reader.bounds(name) for name in left}
        right = -sum(factor * reader.known[name] for name, factor in one.terms if name not in inside)
        ends = [sorted((inside[name] * bounds[name][0], inside[name] * bounds[name][1])) for name in left]
        lows, highs = sum(end[0] for end in ends), sum(end[1] for end in ends)
        for name, (low, high) in zip(left, ends, strict=True):
            # what is left for this count when all others are as large, or as small, as they can be
            least = max(low, right - (highs - high) if highs < np.inf else -np.inf)
            most = min(high, right - (lows - low) if lows > -np.inf else np.inf)
            if most - least < 1 and name in needed:
                found.setdefault(name, []).append(one)
    return found


def found_out(
    held: Sequence[Equation],
    hidden: set[str],
    reader: Reader,
    wanted: set[str],
) -> set[str]:
    """Return those of the wanted counts for which only one whole number fits all equations."""
    problem = Problem.of(held, hidden, reader)
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


def reasons(
    held: Sequence[Equation], hidden: set[str], reader: Reader, found: set[str]
) -> dict[str, list[Equation]]:
    """Return for each count that has been found out the equations that tell it.

    They are those with a price in the linear programs of its least and largest value: if what they tell
    were different, so would be that value.
    """
    problem = Problem.of(held, hidden, reader)
    label = problem.components()
    told: dict[str, list[Equation]] = {}
    for at in np.flatnonzero([name in found for name in problem.names]):
        inside = np.flatnonzero(label == label[at])
        part = problem.only(inside)
        weight = (inside == at).astype(np.float64)
        priced = part.priced(weight) | part.priced(-weight)
        told[problem.names[at]] = [one for one, is_so in zip(part.equations, priced, strict=True) if is_so]
    return told


def _wide(low: Floats, high: Floats) -> npt.NDArray[np.bool_]:
    """Return whether two whole numbers or more lie between."""
    return np.asarray(np.floor(high + _NEAR) - np.ceil(low - _NEAR) >= 1, dtype=np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What a reader knows of the hidden counts: equations and bounds, and the truth."""

    names: list[str]
    matrix: csr_array
    right: Floats
    low: Floats
    high: Floats
    true: Floats
    equations: list[Equation]

    @classmethod
    def of(
        cls,
        equations: Sequence[Equation],
        hidden: set[str],
        reader: Reader,
    ) -> Problem:
        """Return what a reader knows of the hidden counts; noughts are taken to be known.

        Finer counts that stand in the same equations are one: only their sum matters. Those that hang
        together with no others are left out.
        """
        from scipy.sparse import csr_array

        known = reader.known
        names = sorted(name for name in hidden | set(reader.extra) if reader.unknown(name, hidden))
        at = {name: n for n, name in enumerate(names)}
        terms: list[list[tuple[int, float]]] = [[] for _ in names]
        right: list[float] = []
        kept: list[Equation] = []
        for one in equations:
            inside = [(at[name], factor) for name, factor in one.terms if name in at]
            if not inside or any(name not in known for name, _ in one.terms):
                continue
            for place, factor in inside:
                terms[place].append((len(right), float(factor)))
            right.append(-sum(float(f * known[name]) for name, f in one.terms if name not in at))
            kept.append(one)
        true = np.array([float(known[name]) for name in names])
        first: dict[tuple[tuple[int, float], ...], int] = {}
        alone = np.ones(len(names), dtype=bool)
        for place, name in enumerate(names):
            if name in reader.free and name not in reader.limits:
                other = first.setdefault(tuple(terms[place]), place)
                if other != place:
                    alone[place], true[other] = False, true[other] + true[place]
        there = np.flatnonzero(alone)
        columns = np.repeat(np.arange(len(there)), [len(terms[place]) for place in there])
        cells = [cell for place in there for cell in terms[place]]
        rows, factors = ([cell[0] for cell in cells], [cell[1] for cell in cells])
        bounds = np.array([reader.bounds(names[place]) for place in there]).reshape(-1, 2)
        whole = cls(
            names=[names[place] for place in there],
            matrix=csr_array((factors, (rows, columns)), shape=(len(right), len(there))),
            right=np.array(right),
            low=bounds[:, 0],
            high=bounds[:, 1],
            true=true[there],
            equations=kept,
        )
        return whole._reached(reader)

    def _reached(self, reader: Reader) -> Problem:
        """Return the problem of what hangs together with counts that are not merely finer."""
        label = self.components()
        wanted = {int(label[at]) for at, name in enumerate(self.names) if name not in reader.free}
        return self.only(np.flatnonzero(np.isin(label, sorted(wanted))))

    def components(self) -> npt.NDArray[np.int64]:
        """Return which of the counts hang together by equations, a number each."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import connected_components

        ones = csr_array(abs(self.matrix))
        return np.asarray(connected_components(ones.T @ ones, directed=False)[1], dtype=np.int64)

    def only(self, inside: npt.NDArray[np.intp]) -> Problem:
        """Return the problem of some counts that hang together."""
        columns = self.matrix[:, inside]
        rows = np.unique(columns.nonzero()[0])
        return Problem(
            names=[self.names[at] for at in inside],
            matrix=columns[rows],
            right=self.right[rows],
            low=self.low[inside],
            high=self.high[inside],
            true=self.true[inside],
            equations=[self.equations[row] for row in rows],
        )

    def solve(self, weight: Floats) -> Floats:
        """Return the counts that make the weighted sum least; where that is endless, a large number."""
        solved = self._solved(weight)
        # the truth fits, so that there is always a solution
        return self.true if solved.x is None else np.asarray(solved.x, dtype=np.float64)

    def priced(self, weight: Floats) -> npt.NDArray[np.bool_]:
        """Return which equations have a price where the weighted sum is least."""
        solved = self._solved(weight)
        if solved.x is None or not len(self.right):
            return np.zeros(len(self.right), dtype=bool)
        return np.abs(np.asarray(solved.eqlin.marginals, dtype=np.float64)) > _NEAR

    def _solved(self, weight: Floats) -> Any:
        from scipy.optimize import linprog

        far = float(self.true.sum()) + 10.0 * LEAST_TOLD
        return linprog(
            weight,
            A_eq=self.matrix if len(self.right) else None,
            b_eq=self.right if len(self.right) else None,
            bounds=np.column_stack([self.low, np.minimum(self.high, far)]),
            method="highs",
        )
