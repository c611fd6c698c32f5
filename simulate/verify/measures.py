"""The table `metrics` again: who envies whom with cause, and which seats were wasted, stage by stage."""

from __future__ import annotations

from collections import Counter

from geodata.messages import say
from simulate.verify.contest import Rank
from simulate.verify.facts import Block
from simulate.verify.findings import Findings, shown
from simulate.verify.reach import GUARANTEE
from simulate.verify.reading import Papers, Row
from simulate.verify.season import Done
from simulate.verify.solution import Solution

PROMISING = ("fill", "random-seats", "serial-dictatorship", "deferred-acceptance")


def compare_metrics(papers: Papers, solution: Solution, findings: Findings) -> None:
    """Compare the table metrics with what is counted anew."""
    found = {(row["round"], row["stage"]): row for row in papers.results["metrics"]}
    expected = {(done.round, done.stage): measures_of(done) for done in solution.done}
    for key in sorted(set(found) ^ set(expected), key=str):
        findings.add(
            say("metrics: a row too many or too few: round {round}, {stage}", round=key[0], stage=key[1])
        )
    for key in sorted(set(found) & set(expected)):
        for column, value in expected[key].items():
            if found[key][column] != value:
                findings.add(
                    say(
                        "metrics: stage {stage}: {column} is {found}; counted anew it is {expected}",
                        stage=key[1],
                        column=column,
                        found=shown(found[key][column]),
                        expected=shown(value),
                    )
                )
    findings.checked(say("stages whose envy was counted anew"), len(expected))


def measures_of(done: Done) -> Row:
    """Return the row of a stage, as the docstring of `simulate.metrics.metrics_of` defines it.

    A child wants each block before the one it got; all of them, if the mechanism gave it nothing. At each:
    envy where somebody seated comes after it, a blocking pair where that is so or a seat was left.
    """
    contest = done.contest
    stage = contest.stage
    worst: dict[Block, Rank] = {}
    for child, entry in done.got.items():
        if entry.block[1] != GUARANTEE:
            rank = contest.rank(child, entry)
            worst[entry.block] = max(worst.get(entry.block, rank), rank)
    left = {block: seats + done.released.get(block, 0) for block, seats in done.left.items()}
    drawn = stage["mechanism"]["name"] == "random-seats"
    if drawn:
        zones: dict[tuple[Block, ...], Rank] = {}
        blocks_of = {c: tuple(e.block for e in entries) for c, entries in contest.lists.items()}
        for child, entry in done.got.items():
            key = blocks_of[child]
            zones[key] = max(zones.get(key, (-1,)), contest.rank(child, entry))
        worst = {block: rank for blocks, rank in zones.items() for block in blocks}
    envious, envy, blocking = 0, 0, 0
    wanting: Counter[Block] = Counter()
    for child, entries in contest.lists.items():
        end = len(entries)
        if child in done.got:
            end = 0 if drawn else entries.index(done.got[child])
        mine = 0
        for entry in entries[:end]:
            wanting[entry.block] += 1
            if entry.block in worst and contest.rank(child, entry) < worst[entry.block]:
                mine += 1
                blocking += 1
            elif left.get(entry.block, 0) > 0:
                blocking += 1
        envious += mine > 0
        envy += mine
    together = stage["twins"] == "together" and stage["last_seat"] == "next"
    return {
        "claimants": len(contest.claims),
        "seated": len(done.block),
        "over": len(done.over),
        "envious": envious,
        "envy_pairs": envy,
        "blocking_pairs": blocking,
        "wasted_seats": sum(min(left.get(block, 0), n) for block, n in wanting.items()),
        "promises": stage["mechanism"]["name"] in PROMISING and not together,
    }
