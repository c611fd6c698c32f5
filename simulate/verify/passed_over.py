"""Nobody is passed over, and nobody goes on while an open seat is left (design, points 2 and 3).

The solution lends only what the inputs say: who may get what, and in which order children stand. Who sits
where, and which seats were left, is taken from the tables alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from geodata.messages import say
from simulate.verify.contest import Contest, Rank
from simulate.verify.facts import Block
from simulate.verify.findings import Findings
from simulate.verify.reach import GUARANTEE, ZONE, Entry
from simulate.verify.reading import Papers, Row
from simulate.verify.season import Done
from simulate.verify.solution import Solution
from simulate.verify.solving import band_of

WITH_A_PLACE = ("placed", "over", "zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What the tables say of one stage.

    Parameters
    ----------
    placed : mapping
        The placements by child, of those whose place is of this round.
    status : mapping
        What the keys say came of it, by child.
    left : mapping
        Seats left as it ended, before pools were released, by block.
    """

    placed: Mapping[str, Row]
    status: Mapping[str, str]
    left: Mapping[Block, int]


def check_stages(papers: Papers, solution: Solution, findings: Findings) -> None:
    """Nobody is passed over, and nobody goes on while a seat open to them is left, stage by stage."""
    amended = papers.published is not None
    zones = Counter(row["applicant_id"] for row in papers.results["keys"] if row["status"] == "zone")
    status: dict[tuple[int, str], dict[str, str]] = defaultdict(dict)
    for row in papers.results["keys"]:
        status[row["round"], row["stage"]][row["applicant_id"]] = row["status"]
    left: dict[tuple[int, str], dict[Block, int]] = defaultdict(dict)
    for row in papers.results["ledger"]:
        block = (row["zone_id"], ZONE) if row["zone_id"] is not None else (row["school_id"], row["pool"])
        left[row["round"], row["stage"]][block] = row["left"] + row["released"]
    for done in solution.done:
        gives_zones, first = done.contest.stage["gives"] == "zone", amended and done.round == 0
        placed = {
            row["applicant_id"]: row
            for row in papers.results["placements"]
            # a zone that was given twice is the last one; a published place is of the first round
            if (zones[row["applicant_id"]] == 1 if gives_zones else row["published"] == first)
        }
        key = done.round, done.stage
        _check_stage(done, Written(placed=placed, status=status[key], left=left[key]), findings)


def _check_stage(done: Done, written: Written, findings: Findings) -> None:
    contest = done.contest
    at = {child: _entry(contest, child, written) for child in contest.lists}
    order = _orders(contest)
    worst = _worst(at, order)
    looked = 0
    for child, entries in contest.lists.items():
        for entry in _wanted(contest, child, entries, at[child], written):
            looked += 1
            block = entry.block
            if order is not None and block in worst and order(child, entry) < worst[block][0]:
                findings.add(
                    say(
                        "somebody passed over: applicant {child} at {school}, stage {stage}, by {other}, "
                        "who comes after it in the order",
                        child=child,
                        school=block[0],
                        stage=done.stage,
                        other=worst[block][1],
                    )
                )
            if written.left.get(block, 0) > 0 and not _may_leave_seats(contest, child):
                findings.add(
                    say(
                        "a wider stage used while an open seat was left: applicant {child} was in the "
                        "stage {stage} and did not get {school}, where {n} seats were left",
                        child=child,
                        stage=done.stage,
                        school=block[0],
                        n=written.left[block],
                    )
                )
    findings.checked(say("wishes looked at: nobody passed over, no open seat left"), looked)


def _worst(
    at: Mapping[str, Entry | None], order: Callable[[str, Entry], Rank] | None
) -> dict[Block, tuple[Rank, str]]:
    """Return of each block the last one in its order who sits there; guarantees aside."""
    worst: dict[Block, tuple[Rank, str]] = {}
    for child, entry in at.items():
        if entry is not None and entry.block[1] != GUARANTEE and order is not None:
            here = order(child, entry), child
            worst[entry.block] = max(worst.get(entry.block, here), here)
    return worst


def _entry(contest: Contest, child: str, written: Written) -> Entry | None:
    """Return the entry of its list at which the mechanism seated a child; None without one."""
    row, said = written.placed.get(child), written.status.get(child)
    if row is None or said not in WITH_A_PLACE:
        return None
    if said == "zone":
        block = row["given_zone_id"], ZONE
    elif row["stage"] != contest.stage["id"] or row["decided"] or _fell_back(contest, said):
        return None
    else:
        block = row["school_id"], row["pool"]
    # a guarantee is a place at the open pool above the intake
    promised = (block[0], GUARANTEE) if row["over"] else block
    entries = {entry.block: entry for entry in contest.lists[child]}
    return entries.get(promised, entries.get(block))


def _fell_back(contest: Contest, said: str) -> bool:
    """Whether a child sits above the intake because the schools were full, as far as the tables say it."""
    return said == "over" and contest.stage["when_full"] == "over"


def _wanted(
    contest: Contest, child: str, entries: Sequence[Entry], mine: Entry | None, written: Written
) -> Sequence[Entry]:
    """Return what a child would rather have had than what it got."""
    said = written.status.get(child)
    if said is None:
        return ()  # not in this stage, as it was written
    if mine is None:
        # a place that was given up since, or above the intake by one rule or another: it cannot be told
        return () if said in WITH_A_PLACE else entries
    if contest.stage["mechanism"]["name"] in ("random-seats", "least-travel"):
        return ()  # nobody chose: a seat is as good as another
    return entries[: entries.index(mine)]


def _orders(contest: Contest) -> Callable[[str, Entry], Rank] | None:
    """Return by what nobody may be passed over; None where the mechanism promises no such thing."""
    name = contest.stage["mechanism"]["name"]
    if name == "least-travel" or contest.stage["last_seat"] == "next":
        return None
    if name in ("immediate-acceptance", "parallel"):
        return lambda child, entry: (
            band_of(contest.stage["mechanism"], entry),
            contest.class_(child, entry),
        )
    return contest.class_


def _may_leave_seats(contest: Contest, child: str) -> bool:
    """Whether twins may have made it so that a seat is left: one seat is not enough for two."""
    if contest.stage["mechanism"]["name"] == "random-seats":
        return bool(contest.bound)
    return contest.stage["last_seat"] == "next" and child in contest.bound
