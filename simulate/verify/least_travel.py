"""`least-travel`, solved and proved: the set greedily, the total by prices, the ties one child at a time.

Everything is in whole metres, so that every comparison is exact; only the first guess comes from a solver
of linear programs in floating point, and it is not believed: what it missed is found as a cycle that saves
metres, and when there is none left, the prices prove that no seating of the set is shorter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from simulate.verify.contest import Contest
from simulate.verify.facts import Block
from simulate.verify.reach import Entry

UNKNOWN_COUNTS_M = 10_000_000
SLACK: Block = ("", "(no one)")
"""Stands among the blocks for whoever might sit on a seat that is left."""

Costs = Mapping[str, Mapping[Block, int]]
Seating = dict[str, Block]
Prices = dict[Block, int]


def least_travel(contest: Contest) -> dict[str, Entry]:
    """Return the entry that each child gets by the stage's mechanism."""
    assert contest.order is not None
    costs = costs_of(contest)
    seated = first_set(contest.order, costs, contest.seats)
    costs = {child: costs[child] for child in seated}
    seated, prices = least_total(costs, contest.seats, seated)
    seated = settle_ties(contest, costs, seated, prices)
    return {
        child: next(entry for entry in contest.lists[child] if entry.block == block)
        for child, block in seated.items()
    }


def costs_of(contest: Contest) -> dict[str, dict[Block, int]]:
    """Return the metres of each child to each block of its list; an unknown distance counts 10,000 km."""
    costs: dict[str, dict[Block, int]] = {}
    for child, entries in contest.lists.items():
        costs[child] = {}
        for entry in entries:
            metres = contest.metres(child, entry.block[0])
            costs[child][entry.block] = UNKNOWN_COUNTS_M if metres is None else metres
    return costs


def first_set(order: Sequence[str], costs: Costs, seats: Mapping[Block, int]) -> Seating:
    """Return a seating of the lexicographically first set of children that can be seated at once.

    Each child in its turn asks for a seat; who sits there may move on, as long as all keep one. Blocks from
    which no free seat was reached stay so: they are not asked again.
    """
    at: Seating = {}
    sitting: dict[Block, dict[str, None]] = defaultdict(dict)
    closed: set[Block] = set()
    for child in order:
        came: dict[Block, tuple[str, Block | None]] = {}
        queue: list[Block] = []
        end = _reach(child, None, costs, seats, sitting, closed, came, queue)
        for block in queue:  # grows while it is read
            for other in sitting[block] if end is None else ():
                end = _reach(other, block, costs, seats, sitting, closed, came, queue)
                if end is not None:
                    break
        if end is None:
            closed.update(queue)
            continue
        step: Block | None = end
        while step is not None:
            mover, before = came[step]
            if before is not None:
                del sitting[before][mover]
            sitting[step][mover] = None
            at[mover] = step
            step = before
    return at


def _reach(
    mover: str,
    here: Block | None,
    costs: Costs,
    seats: Mapping[Block, int],
    sitting: Mapping[Block, Mapping[str, None]],
    closed: set[Block],
    came: dict[Block, tuple[str, Block | None]],
    queue: list[Block],
) -> Block | None:
    """Note the blocks to which a child may move on; return one with a seat left, if there is one."""
    for block in costs[mover]:
        if block not in came and block not in closed:
            came[block] = mover, here
            queue.append(block)
            if len(sitting.get(block, ())) < seats[block]:
                return block
    return None


def least_total(costs: Costs, seats: Mapping[Block, int], start: Seating) -> tuple[Seating, Prices]:
    """Return a seating of the same children with the least metres in all, and prices that prove it.

    Notes
    -----
    The prices are such that every child sits where metres less price is least for it, that full blocks
    have at most the price of a seat left and the others at least that: then no other seating of the same
    children has fewer metres (Koopmans and Beckmann 1957; `proof.prices_prove`).
    """
    at = _guess(costs, seats, start)
    while True:
        prices, cycle = prices_of(costs, seats, at)
        if cycle is None:
            return at, prices
        for child, block in cycle:
            at[child] = block


def _guess(costs: Costs, seats: Mapping[Block, int], start: Seating) -> Seating:
    """Return what a linear program gives, as a seating; the start if it gives none."""
    alike: dict[tuple[tuple[Block, int], ...], list[str]] = defaultdict(list)
    for child in sorted(start):
        alike[tuple(sorted(costs[child].items()))].append(child)
    blocks = sorted({block for child in start for block in costs[child]})
    column = {block: n for n, block in enumerate(blocks)}
    pairs = [(row, block, metres) for row, listed in enumerate(alike) for block, metres in listed]
    if not pairs:
        return dict(start)
    place = np.arange(len(pairs))
    ones = np.ones(len(pairs))
    done = linprog(
        [metres for _, _, metres in pairs],
        A_eq=coo_array((ones, ([row for row, _, _ in pairs], place))).tocsr(),
        b_eq=[len(children) for children in alike.values()],
        A_ub=coo_array((ones, ([column[block] for _, block, _ in pairs], place))).tocsr(),
        b_ub=[seats[block] for block in blocks],
        method="highs",
    )
    if done.x is None:
        return dict(start)
    at: Seating = {}
    taken: dict[Block, int] = defaultdict(int)
    left = [list(children) for children in alike.values()]
    for (row, block, _), share in zip(pairs, done.x, strict=True):
        for _ in range(round(share)):
            if left[row]:
                at[left[row].pop()] = block
                taken[block] += 1
    whole = len(at) == len(start) and all(taken[block] <= seats[block] for block in blocks)
    return at if whole else dict(start)


def prices_of(
    costs: Costs, seats: Mapping[Block, int], at: Seating
) -> tuple[Prices, list[tuple[str, Block]] | None]:
    """Return prices, and moves around a cycle that saves metres, if there is one.

    Notes
    -----
    A step from one block to another is a child who moves; it costs the metres more that the child then has.
    Shortest ways (Bellman 1958) are the prices; a cycle of negative length is a seating with fewer metres.
    """
    steps: dict[tuple[Block, Block], tuple[int, str | None]] = {}
    count: dict[Block, int] = defaultdict(int)
    blocks = {block for child in at for block in costs[child]} | {SLACK}
    for child in sorted(at):
        here = at[child]
        count[here] += 1
        for block, metres in costs[child].items():
            more = metres - costs[child][here]
            if block != here and ((here, block) not in steps or more < steps[here, block][0]):
                steps[here, block] = more, child
    for block in sorted(blocks - {SLACK}):
        if count[block] < seats[block]:
            steps[block, SLACK] = 0, None
        if count[block]:
            steps[SLACK, block] = 0, None
    prices = dict.fromkeys(sorted(blocks), 0)
    came: dict[Block, Block] = {}
    for _ in range(len(blocks) + 1):
        lowered: Block | None = None
        for (here, there), (more, _child) in steps.items():
            if prices[here] + more < prices[there]:
                prices[there] = prices[here] + more
                came[there] = here
                lowered = there
        if lowered is None:
            return prices, None
    assert lowered is not None
    there = lowered
    for _ in blocks:  # so far back, it surely stands on the cycle
        there = came[there]
    cycle, end = [], there
    while True:
        here = came[there]
        mover = steps[here, there][1]
        if mover is not None:
            cycle.append((mover, there))
        there = here
        if there == end:
            return prices, cycle


def settle_ties(contest: Contest, costs: Costs, at: Seating, prices: Prices) -> Seating:
    """Return of all seatings with the least total the one in which each child in its turn is nearest.

    Notes
    -----
    A seating of the set has the least total if and only if each child sits where metres less price is
    least for it, and blocks whose price is not that of a seat left stay full. So each child in its turn
    tries such blocks from the nearest on; the others, but for those before it, may move among theirs
    until all sit again.
    """
    assert contest.order is not None
    at = dict(at)
    best = {child: costs[child][block] - prices[block] for child, block in at.items()}
    may = {
        child: [block for block, metres in costs[child].items() if metres - prices[block] == best[child]]
        for child in at
    }
    movable: dict[Block, set[str]] = defaultdict(set)
    count: dict[Block, int] = defaultdict(int)
    for child, block in at.items():
        count[block] += 1
        if len(may[child]) > 1:
            movable[block].add(child)

    def way(start: Block, end: Block) -> list[tuple[str | None, Block, Block]] | None:
        """Return moves that give a seat at `start` and fill the one at `end`."""
        came: dict[Block, tuple[str | None, Block]] = {}
        queue = [start]
        for here in queue:  # grows while it is read
            if here == end:
                break
            onward: list[tuple[str | None, Block]] = []
            if here == SLACK:
                onward = [(None, b) for b in sorted(count) if count[b] and prices[b] == prices[SLACK]]
            else:
                if count[here] < contest.seats[here] and prices[here] == prices[SLACK]:
                    onward.append((None, SLACK))
                onward += [(other, b) for other in sorted(movable[here]) for b in may[other]]
            for mover, there in onward:
                if there not in came and there != start:
                    came[there] = mover, here
                    queue.append(there)
        if end not in came:
            return None
        moves, there = [], end
        while there != start:
            mover, here = came[there]
            moves.append((mover, here, there))
            there = here
        return moves

    def wish(child: str, block: Block) -> tuple[float, str, int]:
        metres = contest.metres(child, block[0])
        return float("inf") if metres is None else metres, block[0], contest.pool_place[block]

    for child in contest.order:
        if child not in at:
            continue
        here = at[child]
        movable[here].discard(child)
        for block in sorted(may[child], key=lambda block: wish(child, block)):
            if block == here:
                break
            moves = way(block, here)
            if moves is None:
                continue
            for mover, before, after in moves:
                if mover is not None:
                    movable[before].discard(mover)
                    movable[after].add(mover)
                    at[mover] = after
                if SLACK in (before, after):
                    count[before if after == SLACK else after] += 1 if after == SLACK else -1
            at[child] = block
            break
    return at
