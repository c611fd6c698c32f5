"""What must always hold (design, points 1 to 3), read off the tables as they were written.

The solution lends only what the inputs say: who may get what, and in which order children stand. Who sits
where, and which seats were left, is taken from the tables alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from geodata.messages import say
from geodata.schema import OPEN_POOL
from simulate.verify.facts import Block
from simulate.verify.findings import Findings, shown
from simulate.verify.reading import Papers, Row
from simulate.verify.solution import Solution
from simulate.verify.standing import AMEND, PLACED

OUTCOMES = ("placed", "waiting", "not-admitted", "withdrawn")


def check_outcomes(papers: Papers, solution: Solution, findings: Findings) -> None:
    """Each applicant has one outcome: a school, or a reason for having none."""
    rows = papers.results["placements"]
    counts = Counter(row["applicant_id"] for row in rows)
    for number in solution.town.children:
        if counts[number] != 1:
            findings.add(
                say("applicant {child} has {n} outcomes instead of one", child=number, n=counts[number])
            )
    for row in rows:
        sits = row["school_id"] is not None
        if row["outcome"] not in OUTCOMES or sits != (row["outcome"] == PLACED) or row["reason"] is None:
            findings.add(
                say(
                    "applicant {child}: outcome {outcome}, school {school} and reason {reason} do not go "
                    "together",
                    child=row["applicant_id"],
                    outcome=shown(row["outcome"]),
                    school=shown(row["school_id"]),
                    reason=shown(row["reason"]),
                )
            )
    findings.checked(say("children with one outcome"), len(rows))


def check_seats(papers: Papers, solution: Solution, findings: Findings) -> None:
    """No school is over its seats but by a rule or a decision."""
    town = solution.town
    may = {stage["id"] for stage in town.policy["stage"] if _seats_over(stage)}
    sitting: Counter[str] = Counter()
    in_pool: Counter[Block] = Counter()
    for row in papers.results["placements"]:
        if row["school_id"] is None:
            continue
        if not row["over"]:
            sitting[row["school_id"]] += 1
            in_pool[row["school_id"], row["pool"]] += 1
        elif not row["decided"] and row["stage"] not in may:
            findings.add(
                say(
                    "seats over without a rule or a decision: applicant {child} at {school}, stage {stage}",
                    child=row["applicant_id"],
                    school=row["school_id"],
                    stage=shown(row["stage"]),
                )
            )
    for name, school in town.schools.items():
        if sitting[name] > school.offered:
            findings.add(
                say(
                    "seats over without a rule or a decision: {school} offers {seats} seats, and {n} "
                    "children sit on seats there",
                    school=name,
                    seats=school.offered,
                    n=sitting[name],
                )
            )
    for block, count in sorted(in_pool.items()):
        if block[1] != OPEN_POOL and count > town.offered.get(block, 0):
            findings.add(
                say(
                    "seats over without a rule or a decision: pool {pool} of {school} has {seats} seats, "
                    "and {n} children sit on them",
                    school=block[0],
                    pool=shown(block[1]),
                    seats=town.offered.get(block, 0),
                    n=count,
                )
            )
    findings.checked(say("schools whose seats were counted"), len(town.schools))


def _seats_over(stage: Mapping[str, Any]) -> bool:
    return (
        stage["when_full"] == "over"
        or stage["ties"] == "all-over"
        or stage["last_seat"] == "over"
        or any(claim["guaranteed"] for claim in stage["claims"])
    )


def check_ledger(papers: Papers, solution: Solution, findings: Findings) -> None:
    """The ledger adds up: within each row, from stage to stage, and with what was offered."""
    rows = papers.results["ledger"]
    left = dict(solution.town.offered)
    for row in rows:  # in the order in which the stages were run
        where = {"stage": shown(row["stage"]), "place": _where(row)}
        if row["left"] != row["before"] - row["given"] - row["released"]:
            findings.add(
                say(
                    "the ledger does not add up: stage {stage}, {place}: {before} seats before, less "
                    "{given} given and {released} released, are not {left} left",
                    **where,
                    before=row["before"],
                    given=row["given"],
                    released=row["released"],
                    left=row["left"],
                )
            )
        if row["zone_id"] is not None:
            continue
        block = row["school_id"], row["pool"]
        if row["before"] != left.get(block, 0) + row["returned"]:
            findings.add(
                say(
                    "the ledger does not add up: stage {stage}, {place}: {left} seats left before and "
                    "{returned} that came back are not {before}",
                    **where,
                    left=left.get(block, 0),
                    returned=row["returned"],
                    before=row["before"],
                )
            )
        left[block] = row["left"]
    findings.checked(say("rows of the ledger added up"), len(rows))


def _where(row: Row) -> str:
    return " · ".join(str(row[name]) for name in ("zone_id", "school_id", "pool") if row[name] is not None)


def check_agreement(papers: Papers, solution: Solution, findings: Findings) -> None:
    """Ledger, keys and placements tell of the same children."""
    placed = [row for row in papers.results["placements"] if row["outcome"] == PLACED]
    ledger = [row for row in papers.results["ledger"] if row["zone_id"] is None]
    # who gave up a place stands in the ledger of a stage, and no longer in the placements
    times = _places_given_up(solution)
    gone = set(times)
    here: Counter[tuple[str, str, str]] = Counter()
    for row in placed:
        here[row["stage"], row["school_id"], row["pool"]] += 1
    written: Counter[tuple[str, str, str]] = Counter()
    for row in ledger:
        written[row["stage"], row["school_id"], row["pool"]] += row["given"] + row["over"]
    missing = 0
    for key in sorted(set(here) | set(written), key=str):
        missing += max(0, written[key] - here[key])
        if here[key] > written[key] or (not gone and here[key] != written[key]):
            findings.add(
                say(
                    "ledger and placements disagree: stage {stage}, {school} ({pool}): {ledger} children "
                    "in the ledger, {placed} in the placements",
                    stage=shown(key[0]),
                    school=shown(key[1]),
                    pool=shown(key[2]),
                    ledger=written[key],
                    placed=here[key],
                )
            )
    if missing > times.total():
        findings.add(
            say(
                "ledger and placements disagree: {n} children of the ledger have no place, and only {gone} "
                "can have given theirs up",
                n=missing,
                gone=times.total(),
            )
        )
    schools = {stage["id"] for stage in solution.town.policy["stage"] if stage["gives"] == "school"}
    _check_statuses(papers, {row["applicant_id"]: row for row in placed}, gone, schools, findings)


def _places_given_up(solution: Solution) -> Counter[str]:
    """Return how often each child may have given up a place: declined, withdrawn, an objection upheld."""
    answers = solution.town.answers.values()
    said = [child for pairs in answers for child, what in pairs if what in ("declined", "withdrawn")]
    return Counter([*said, *(child for child, _ in solution.town.decisions.get(AMEND, ()))])


def _check_statuses(
    papers: Papers, placed: Mapping[str, Row], gone: set[str], schools: set[str], findings: Findings
) -> None:
    rows = [row for row in papers.results["keys"] if row["stage"] in schools]
    seated = {(row["applicant_id"], row["stage"]) for row in rows if row["status"] in ("placed", "over")}
    for number, stage in sorted(seated):
        if number not in gone and (number not in placed or placed[number]["stage"] != stage):
            findings.add(
                say(
                    "keys and placements disagree: applicant {child} was seated in the stage {stage}, and "
                    "the placements do not have it there",
                    child=number,
                    stage=stage,
                )
            )
    for number, row in placed.items():
        if not row["decided"] and (number, row["stage"]) not in seated:
            findings.add(
                say(
                    "keys and placements disagree: applicant {child} has a place of the stage {stage}, and "
                    "the keys do not seat it there",
                    child=number,
                    stage=shown(row["stage"]),
                )
            )


def check_published(papers: Papers, solution: Solution, findings: Findings) -> None:
    """What was published is not moved: answers and upheld objections apart."""
    if papers.published is None:
        return
    gone = _places_given_up(solution)
    now = {row["applicant_id"]: row for row in papers.results["placements"]}
    rows = papers.published.results["placements"]
    for row in rows:
        there = now.get(row["applicant_id"])
        if row["outcome"] != PLACED or row["applicant_id"] in gone:
            continue
        same = there is not None and all(there[c] == row[c] for c in ("school_id", "pool", "stage", "over"))
        if not same or (there is not None and not there["published"]):
            findings.add(
                say(
                    "a published place was moved: applicant {child} was published at {school}, and is at "
                    "{found}",
                    child=row["applicant_id"],
                    school=row["school_id"],
                    found=shown(None if there is None else there["school_id"]),
                )
            )
    findings.checked(say("published places that stay"), len(rows))


CHECKS = (check_outcomes, check_seats, check_ledger, check_agreement, check_published)
