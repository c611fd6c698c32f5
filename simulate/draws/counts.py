"""Count in many draws how often each child gets each choice: what stands behind "your chance is 0.37"."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import cast

import numpy as np
import numpy.typing as npt

from simulate.draws import kernels
from simulate.draws.numbers import draw_keys
from simulate.ragged import walk

Counts = npt.NDArray[np.uint32]
Tiers = npt.NDArray[np.integer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lottery:
    """Children with lists of schools, and seats: what stays the same from draw to draw.

    Parameters
    ----------
    labels : array of uint64, shape (n,)
        The hash of each child's label (`hash_labels`); equal numbers in a draw go by position.
    starts : array of int64, shape (n + 1,)
        Where each child's list starts in `schools`.
    schools : array of int32, shape (total,)
        The lists one after the other; the most wanted school of each first.
    seats : array of int64, shape (s,)
        Seats of every school.

    Raises
    ------
    ValueError
        If labels are no hashes, lengths do not fit each other, or a list names a school that is not there.
    """

    labels: npt.NDArray[np.uint64]
    starts: npt.NDArray[np.int64]
    schools: npt.NDArray[np.int32]
    seats: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        """Check that the parts fit each other."""
        if self.labels.dtype != np.uint64:
            raise ValueError(f"labels are {self.labels.dtype}: uint64 is wanted, as hash_labels makes them")
        if len(self.starts) != len(self.labels) + 1:
            raise ValueError(f"{len(self.labels)} labels, but {len(self.starts) - 1} lists of schools")
        if self.starts[0] != 0 or self.starts[-1] != len(self.schools) or (np.diff(self.starts) < 0).any():
            raise ValueError("starts must rise from 0 to the length of schools")
        if len(self.schools) and not 0 <= self.schools.min() <= self.schools.max() < len(self.seats):
            raise ValueError(f"schools must be numbers from 0 to {len(self.seats) - 1}")

    @property
    def longest(self) -> int:
        """How many schools stand in the longest list."""
        return int(np.diff(self.starts).max(initial=0))


def count_serial_dictatorship(
    lottery: Lottery, *, tiers: Tiers, seed: str, draws: Iterable[int], threads: int = 1
) -> Counts:
    """Count how often each child gets each choice where one order serves all schools.

    Parameters
    ----------
    lottery : Lottery
        Children, lists, seats.
    tiers : array of int, shape (n,)
        Who comes before the ticket asks: children of a smaller tier are all served first.
    seed : str
        The public seed.
    draws : iterable of int
        Which draws, from 0: `range(1000)`, or one alone. Counts of two ranges add up to those of both.
    threads : int
        How many threads share the draws; the counts do not depend on it.

    Returns
    -------
    array of uint32, shape (n, longest + 1)
        How often each child got its first, second, ... choice; in the last column, how often none.

    Raises
    ------
    ValueError
        If tiers or draws do not fit, or there is no thread.

    Notes
    -----
    For each draw (`draw_numbers`): each child in turn, by tier and then by number, takes the first school
    of its list that has a seat, as `simulate.mechanisms.serial_dictatorship` does.

    References
    ----------
    Abdulkadiroğlu, A. and Sönmez, T. (1998). Random serial dictatorship and the core from random endowments
    in house allocation problems. Econometrica 66.

    Examples
    --------
    One seat, two children who want it, and a third with a right to go first who wants the other school:

    >>> three = Lottery(labels=np.array([11, 22, 33], np.uint64), starts=np.array([0, 1, 2, 3]),
    ...     schools=np.array([0, 0, 1], np.int32), seats=np.array([1, 1]))
    >>> counts = count_serial_dictatorship(three, tiers=np.array([1, 1, 0]), seed="2025", draws=range(100))
    >>> counts.sum(axis=1).tolist(), counts[2].tolist(), int(counts[:2, 0].sum())
    ([100, 100, 100], [100, 0], 100)
    """
    codes = _codes(tiers, len(lottery.labels), "child")
    if len(codes) >= 1 << kernels.LOW_BITS:
        raise ValueError(f"{len(codes)} children: at most {(1 << kernels.LOW_BITS) - 1} fit")
    rows = _rows(lottery, np.zeros(len(lottery.schools), dtype=np.int64), 0)
    seats = np.append(_useful_seats(lottery), len(lottery.labels)).astype(np.int32)
    labels, position, segments = _by_tier(lottery, codes)
    count = partial(kernels.count_serial, labels, position, segments, rows, seats)
    return _in_threads(count, rows.shape, draw_keys(seed, draws), threads)


def count_deferred_acceptance(
    lottery: Lottery, *, tiers: Tiers, seed: str, draws: Iterable[int], threads: int = 1
) -> Counts:
    """Count how often each child gets each choice where each school has tiers of its own.

    Parameters
    ----------
    lottery : Lottery
        Children, lists, seats.
    tiers : array of int, shape (total,)
        The tier of each application at its school, beside `lottery.schools`: smaller comes first. Within a
        tier the child's number decides, the same at all schools.
    seed, draws, threads
        As for `count_serial_dictatorship`.

    Returns
    -------
    array of uint32, shape (n, longest + 1)
        How often each child got its first, second, ... choice; in the last column, how often none.

    Raises
    ------
    ValueError
        If tiers or draws do not fit, or there is no thread.

    Notes
    -----
    For each draw: the stable matching that every child likes best, as
    `simulate.mechanisms.deferred_acceptance` finds it. Children ask in the order of their first choice's
    tier and then of their numbers, so that few are refused later for somebody better; the order changes
    nothing else.

    References
    ----------
    Abdulkadiroğlu, A., Pathak, P. A. and Roth, A. E. (2009). Strategy-proofness versus efficiency in
    matching with indifferences: redesigning the NYC high school match. American Economic Review 99.

    Examples
    --------
    Each of two children has priority where the other wants to be: no number can refuse either.

    >>> both = Lottery(labels=np.array([11, 22], np.uint64), starts=np.array([0, 2, 4]),
    ...     schools=np.array([0, 1, 1, 0], np.int32), seats=np.array([1, 1]))
    >>> count_deferred_acceptance(both, tiers=np.array([1, 0, 1, 0]), seed="2025", draws=range(9)).tolist()
    [[9, 0, 0], [9, 0, 0]]
    """
    codes = _codes(tiers, len(lottery.schools), "application")
    tier_bits = int(codes.max(initial=0)).bit_length()
    # one more than the last position fits, so that no entry looks like "never full"
    position_bits = len(lottery.labels).bit_length()
    if tier_bits + position_bits > kernels.LOW_BITS:
        raise ValueError(
            f"{len(lottery.labels)} children with {codes.max() + 1} tiers: "
            f"their numbers must fit in {kernels.LOW_BITS} bits together"
        )
    rows = _rows(lottery, codes, tier_bits)
    offset = np.concatenate([[0], np.cumsum(_useful_seats(lottery))]).astype(np.int64)
    listed = np.diff(lottery.starts) > 0
    first = np.zeros(len(listed), dtype=np.int64)
    first[listed] = codes[lottery.starts[:-1][listed]]
    labels, position, segments = _by_tier(lottery, first)
    count = partial(
        kernels.count_deferred, labels, position, segments, rows, tier_bits, position_bits, offset
    )
    return _in_threads(count, rows.shape, draw_keys(seed, draws), threads)


def _in_threads(
    count: Callable[[npt.NDArray[np.uint64], Counts], None],
    shape: tuple[int, ...],
    keys: npt.NDArray[np.uint64],
    threads: int,
) -> Counts:
    """Let each thread count its share of the draws in a table of its own, and add the tables.

    Python's threads: the loops hold no lock. numba's own would take 5 s more to compile at the first call,
    and end the whole process where two threads of a caller come at once.
    """
    if threads < 1:
        raise ValueError(f"threads is {threads}: at least 1 is allowed")
    tables = np.zeros((threads, *shape), dtype=np.uint32)
    shares = np.array_split(keys, threads)
    if threads == 1:
        count(keys, tables[0])
        return cast(Counts, tables[0])
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(count, share, table) for share, table in zip(shares, tables, strict=True)]:
            done.result()
    return cast(Counts, tables.sum(axis=0, dtype=np.uint32))


def _codes(tiers: Tiers, length: int, what: str) -> npt.NDArray[np.int64]:
    """Return tiers as 0, 1, 2, ... in the same order, however far apart they are."""
    if tiers.shape != (length,):
        raise ValueError(f"tiers have shape {tiers.shape}: one for each {what} is wanted, {(length,)}")
    _, codes = np.unique(tiers, return_inverse=True)
    return codes.astype(np.int64)


def _useful_seats(lottery: Lottery) -> npt.NDArray[np.int64]:
    """Return the seats that somebody asks for: memory for others would be wasted."""
    asked = np.bincount(lottery.schools, minlength=len(lottery.seats))
    return np.clip(lottery.seats, 0, asked).astype(np.int64)


def _rows(lottery: Lottery, codes: npt.NDArray[np.int64], tier_bits: int) -> npt.NDArray[np.integer]:
    """Return lists as rows of school << tier_bits | tier, filled up with a school that is never full."""
    nobody = len(lottery.seats) << tier_bits
    # two bytes where they do: a city of 100,000 then fits in the cache
    kind = np.uint16 if nobody < 1 << 16 else np.int64
    rows = np.full((len(lottery.labels), lottery.longest + 1), nobody, dtype=kind)
    rows[walk(np.diff(lottery.starts))] = lottery.schools.astype(np.int64) << tier_bits | codes
    return rows


def _by_tier(
    lottery: Lottery, codes: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    """Return labels and positions of children by tier, and where each tier begins: once for all draws."""
    position = np.argsort(codes, kind="stable")
    segments = np.concatenate([[0], np.cumsum(np.bincount(codes))]).astype(np.int64)
    return lottery.labels[position], position.astype(np.uint32), segments
