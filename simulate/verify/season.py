"""A season again, stage by stage: decisions, mechanism, who sits above the seats, ledger and cut-offs."""

from __future__ import annotations

import datetime
import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from geodata.messages import say
from geodata.schema import OPEN_POOL
from simulate.verify.contest import Contest, contest_of
from simulate.verify.facts import DATES, Block, Town
from simulate.verify.findings import Findings
from simulate.verify.reach import GUARANTEE, Entry, Reach, zone_seats
from simulate.verify.solving import Got, solve
from simulate.verify.standing import NOT_ADMITTED, PLACED, State, answer, close, decide, release, siblings
from simulate.verify.who import by_choices


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a stage.

    Parameters
    ----------
    round, number : int
        In which pass through the stages (0: the season), and the stage's position.
    contest : Contest
        As it began.
    got : mapping
        The entry that the mechanism gave to each child.
    block : mapping
        Where each child of its claims who got something sits now (or the zone it was given).
    over : frozenset
        Who of them sits above the intake.
    decided : mapping
        Who was placed by decision, and where.
    before, returned, given, above, released, left : mapping
        The ledger by block (or zone).
    cut_off : mapping
        JSON by block, of those that have a cut-off.
    """

    round: int
    number: int
    contest: Contest
    got: Got
    block: Mapping[str, Block]
    over: frozenset[str]
    decided: Mapping[str, Block]
    before: Mapping[Block, int]
    returned: Mapping[Block, int]
    given: Mapping[Block, int]
    above: Mapping[Block, int]
    released: Mapping[Block, int]
    left: Mapping[Block, int]
    cut_off: Mapping[Block, str]

    @property
    def stage(self) -> str:
        """The stage's id."""
        return str(self.contest.stage["id"])

    def status(self, child: str) -> str:
        """Return what the table keys says came of the stage for a child of its claims."""
        if child in self.over:
            return "over"
        if child in self.block:
            return "zone" if self.contest.stage["gives"] == "zone" else "placed"
        return "not-admitted" if self.contest.stage["when_full"] == "not-admitted" else "waiting"


def run_season(
    town: Town,
    state: State,
    findings: Findings,
    *,
    done: int,
    round_: int = 0,
    known: Mapping[Block, int] | None = None,
) -> list[Done]:
    """Run the first `done` stages on a state, which is changed, and close the season after the last.

    Parameters
    ----------
    town, state
        What is read, and where everybody stands.
    findings : Findings
        Told of answers and decisions that cannot be.
    done : int
        How many stages to run.
    round_ : int
        0 in the season; 1 where a published run is amended: no decisions and no answers then.
    known : mapping, optional
        The seats that were free when a stage last ended; those that came back since are counted.
    """
    results = []
    known = dict(state.free) if known is None else known
    stages = town.policy["stage"]
    for number, stage in enumerate(stages[:done]):
        if number > 0 and round_ == 0:
            answer(town, stages[number - 1]["id"], state, findings)
        result = run_stage(town, number, state, findings, round_=round_, known=known)
        if stage["gives"] != "zone":
            known = result.left
        results.append(result)
    if done == len(stages):
        if round_ == 0:
            answer(town, stages[-1]["id"], state, findings)
        close(town, state)
    return results


def run_stage(
    town: Town, number: int, state: State, findings: Findings, *, round_: int, known: Mapping[Block, int]
) -> Done:
    """Run one stage on a state, which is changed (3)."""
    stage = town.policy["stage"][number]
    zones = stage["gives"] == "zone"
    before = zone_seats(town, state) if zones else dict(state.free)
    reach_before = siblings(town, state)
    if zones and round_ == 0 and town.decisions.get(stage["id"]):
        findings.add(say("the stage {stage} gives zones, and a decision names it", stage=stage["id"]))
    decided = {} if round_ > 0 or zones else decide(town, stage["id"], state, findings)
    contest = contest_of(stage, town, state, Reach(stage, town, state, reach_before))
    got = solve(contest)
    block, over = _sit(contest, got, town)
    _settle(contest, got, block, over, state)
    given = Counter(b for child, b in block.items() if child not in over)
    above = Counter(b for child, b in block.items() if child in over)
    for child, at in decided.items():
        (above if state.cards[child].over else given)[at] += 1
    left = {b: seats - given[b] for b, seats in before.items()}
    cut_off = _cut_offs(contest, got, block, left)
    returned, released = {}, {}
    if not zones:
        returned = {b: seats - known[b] for b, seats in before.items()}
        released = release(town, stage["id"], state)
        left = {b: seats - released.get(b, 0) for b, seats in left.items()}
    return Done(
        round=round_,
        number=number,
        contest=contest,
        got=got,
        block=block,
        over=frozenset(over),
        decided=decided,
        before=before,
        returned=returned,
        given=given,
        above=above,
        released=released,
        left=left,
        cut_off=cut_off,
    )


def _sit(contest: Contest, got: Got, town: Town) -> tuple[dict[str, Block], set[str]]:
    """Return at which block each child sits, and who sits above its seats (3.7 to 3.9)."""
    block: dict[str, Block] = {}
    over: set[str] = set()
    for child, entry in got.items():
        block[child] = entry.block
        if entry.block[1] == GUARANTEE:
            block[child] = entry.block[0], OPEN_POOL
            over.add(child)
    for at, members in _seated(contest, got).items():
        over.update(members[contest.seats[at] :])
    if contest.stage["when_full"] == "over":
        for child, entries in contest.lists.items():
            offering = [entry for entry in entries if town.schools[entry.block[0]].offered > 0]
            if child not in block and offering:
                block[child] = offering[0].block
                over.add(child)
    return block, over


def _seated(contest: Contest, got: Got) -> dict[Block, list[str]]:
    """Return whom the mechanism seated at each block, in the order of the block; guarantees aside."""
    seated: dict[Block, list[str]] = defaultdict(list)
    for child, entry in got.items():
        if entry.block[1] != GUARANTEE:
            seated[entry.block].append(child)
    for members in seated.values():
        members.sort(key=lambda child: contest.rank(child, got[child]))
    return seated


def _settle(contest: Contest, got: Got, block: Mapping[str, Block], over: set[str], state: State) -> None:
    """Write on the cards what came of a stage."""
    stage = contest.stage
    for child, entries in contest.lists.items():
        card = state.cards[child]
        if child not in block:
            if stage["when_full"] == "not-admitted":
                card.outcome, card.stage = NOT_ADMITTED, stage["id"]
            continue
        if stage["gives"] == "zone":
            card.given_zone = block[child][0]
            continue
        at = block[child]
        card.outcome, card.block, card.stage, card.over = PLACED, at, stage["id"], child in over
        if by_choices(stage):
            entry = got.get(child) or next(one for one in entries if one.block == at)
            card.choice_rank = entry.choice + 1
        if child not in over:
            state.free[at] -= 1


def _cut_offs(
    contest: Contest, got: Got, block: Mapping[str, Block], left: Mapping[Block, int]
) -> dict[Block, str]:
    """Return the cut-off of each block that is full, from the last whom the mechanism seated (3.10)."""
    found = {}
    seated = _seated(contest, got)
    if contest.stage["mechanism"]["name"] != "random-seats":
        for at, members in seated.items():
            if left[at] <= 0:
                found[at] = cut_off(contest, members[-1], got[members[-1]])
        return found
    # the order says who gets a seat of the zone: all its schools have its cut-off, and only if it is full
    zones: dict[tuple[Block, ...], list[str]] = defaultdict(list)
    for child in contest.order or ():
        if child in got:
            zones[tuple(entry.block for entry in contest.lists[child])].append(child)
    for blocks, members in zones.items():
        if all(left[at] <= 0 for at in blocks):
            last = members[-1]
            found.update({at: cut_off(contest, last, got[last]) for at in blocks if at in seated})
    return found


def cut_off(contest: Contest, child: str, entry: Entry) -> str:
    """Return what a child was sorted by at an entry, as JSON."""
    tier = contest.tier(child, entry)
    claims = contest.stage["claims"]
    values: dict[str, object] = {"claim": tier + 1} if len(claims) > 1 else {}
    pair = contest.pair(child, entry.block[0])
    for text in claims[tier]["order"][:-1]:
        name = text.split(" ")[0]
        value = pair[name] if name in pair else contest.keys(child).get(name)
        if value is not None and name in DATES:
            values[name] = str(datetime.date(1970, 1, 1) + datetime.timedelta(days=value))
        else:
            values[name] = value
    values["ticket"] = contest.ticket(child).hex()
    return json.dumps(values)
