"""Check what a stage of `least-travel` wrote down: the set, the least total, and small stages by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

from geodata.messages import say
from simulate.verify.contest import Contest
from simulate.verify.facts import Block
from simulate.verify.findings import Findings
from simulate.verify.least_travel import SLACK, Costs, Prices, Seating, costs_of, first_set, prices_of
from simulate.verify.reading import Papers, Row
from simulate.verify.season import Done
from simulate.verify.solution import Solution

MOST_WAYS = 20_000
"""Seatings of a stage that are tried one by one."""


def check_least_travel(papers: Papers, solution: Solution, findings: Findings) -> None:
    """Prove the least total of each stage of least-travel as it was written, by prices."""
    placed = {row["applicant_id"]: row for row in papers.results["placements"]}
    for done in solution.done:
        if done.contest.stage["mechanism"]["name"] == "least-travel":
            _check_stage(done, placed, findings)


def _check_stage(done: Done, placed: Mapping[str, Row], findings: Findings) -> None:
    contest = done.contest
    costs = costs_of(contest)
    at = written(done, placed, costs)
    expected = first_set(contest.order or (), costs, contest.seats)
    if set(at) != set(expected):
        return  # somebody gave up a place, or sits at another: the placements are compared row by row
    findings.checked(say("least-travel: children of the first set that can be seated at once"), len(at))
    own = {child: costs[child] for child in at}
    prices, cycle = prices_of(own, contest.seats, at)
    if cycle is not None:
        mover, block = cycle[0]
        findings.add(
            say(
                "least-travel: the children of stage {stage} travel {n} m in all, and less would do: "
                "{child} may move to {school}",
                stage=done.stage,
                n=sum(own[child][here] for child, here in at.items()),
                child=mover,
                school=block[0],
            )
        )
        return
    assert prices_prove(own, prices, at, contest.seats)
    findings.checked(
        say("least-travel: pairs of child and school whose prices prove the least total"),
        sum(len(blocks) for blocks in own.values()),
    )
    best = by_hand(contest)
    if best is None:
        findings.checked(say("least-travel: children whose ties were settled one by one"), len(at))
        return
    findings.checked(say("least-travel: stages of which every seating was tried"), 1)
    if best != at:
        findings.add(
            say("least-travel: of all seatings of stage {stage}, another one comes first", stage=done.stage)
        )


def written(done: Done, placed: Mapping[str, Row], costs: Costs) -> Seating:
    """Return who was seated by a stage, as the placements say it."""
    at: Seating = {}
    for child in done.contest.lists:
        row = placed.get(child)
        if row is None or row["stage"] != done.stage or row["decided"] or row["over"]:
            continue
        block = row["school_id"], row["pool"]
        if block in costs[child]:
            at[child] = block
    return at


def prices_prove(costs: Costs, prices: Prices, at: Seating, seats: Mapping[Block, int]) -> bool:
    """Whether no seating of the same children has fewer metres.

    Notes
    -----
    Each child sits where metres less price is least for it. A full block has at most the price of a seat
    left, a block with a seat left at least that, and just that if somebody sits there. Summed over the
    children of any other seating of them, that says that it has as many metres or more.
    """
    count = dict.fromkeys(prices, 0)
    for block in at.values():
        count[block] += 1
    seat_left = prices[SLACK]
    for block, price in prices.items():
        if block == SLACK:
            continue
        full = count[block] >= seats[block]
        if (full and price > seat_left) or (not full and price < seat_left):
            return False
        if not full and count[block] and price != seat_left:
            return False
    return all(
        costs[child][block] - prices[block] >= costs[child][here] - prices[here]
        for child, here in at.items()
        for block in costs[child]
    )


def by_hand(contest: Contest, most: int = MOST_WAYS) -> Seating | None:
    """Try every seating of a small stage and return the best; None where there are too many."""
    order = contest.order or ()
    costs = costs_of(contest)
    options: list[list[Block | None]] = [[*costs[child], None] for child in order]
    ways = 1
    for blocks in options:
        ways *= len(blocks)
        if ways > most:
            return None
    best = None
    for way in product(*options):
        if all(way.count(block) <= contest.seats[block] for block in set(way) if block is not None):
            one = _worth(contest, order, costs, way), way
            if best is None or one[0] < best[0]:
                best = one
    assert best is not None
    return {child: block for child, block in zip(order, best[1], strict=True) if block is not None}


def _worth(
    contest: Contest, order: Sequence[str], costs: Costs, way: Sequence[Block | None]
) -> tuple[list[bool], int, list[tuple[int, str, int]]]:
    """Return what seatings are compared by: who has a seat, the metres in all, then child by child."""
    nearest = [
        (costs[child][block], block[0], contest.pool_place[block])
        for child, block in zip(order, way, strict=True)
        if block is not None
    ]
    return [block is None for block in way], sum(metres for metres, _, _ in nearest), nearest
