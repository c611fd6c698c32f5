"""A whole run solved again: the season, and on a published one its amendment (STAGES.md, 5 and 6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from geodata.messages import say
from simulate.verify.facts import Block, Town, town_of
from simulate.verify.findings import Findings
from simulate.verify.inputs import check_grown, check_manifest
from simulate.verify.reading import Papers
from simulate.verify.season import Done, run_season
from simulate.verify.standing import (
    NOT_ADMITTED,
    PLACED,
    WAITING,
    WITHDRAWN,
    Standing,
    State,
    answer,
    first_card,
    opening,
    uphold,
)
from simulate.verify.who import by_choices

NO_CONSENT = ("city", "district")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upheld:
    """What answers and upheld objections did to the seats of a published run, by block."""

    before: Mapping[Block, int]
    returned: Mapping[Block, int]
    given: Mapping[Block, int]
    above: Mapping[Block, int]
    left: Mapping[Block, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """A run as it should be.

    Parameters
    ----------
    town : Town
        What it was solved from.
    done : sequence of Done
        Stage by stage, those of the published run first.
    state : State
        Where each child stands in the end, and the free seats.
    reasons : mapping
        Why, by child.
    base : Solution, optional
        The run that was published, where this one amends it.
    upheld : Upheld, optional
        What came between the two.
    """

    town: Town
    done: Sequence[Done]
    state: State
    reasons: Mapping[str, str]
    base: Solution | None = None
    upheld: Upheld | None = None


def solve_papers(papers: Papers, findings: Findings) -> Solution:
    """Solve a run again from its inputs."""
    base = None if papers.published is None else solve_papers(papers.published, findings)
    check_manifest(papers, findings)
    check_grown(papers, findings)
    town = town_of(papers, findings)
    stages, done = town.stages, int(papers.manifest["done"])
    if base is None:
        state = opening(town)
        results = run_season(town, state, findings, done=done)
        reasons = reasons_of(town, state, results, whole=done == len(stages))
        return Solution(town=town, done=results, state=state, reasons=reasons)
    state, upheld = amended(town, base, findings)
    results = run_season(town, state, findings, done=len(stages), round_=1)
    return Solution(
        town=town,
        done=[*base.done, *results],
        state=state,
        reasons=reasons_of(town, state, results, whole=True),
        base=base,
        upheld=upheld,
    )


def amended(town: Town, base: Solution, findings: Findings) -> tuple[State, Upheld]:
    """Return the state from which the stages run once more, and what came to the seats before (6)."""
    last = town.stages[-1]
    cards = {number: first_card(town, number) for number in town.children}
    for number, card in base.state.cards.items():
        if number not in cards:
            words = say("applicant {child} of the published run does not stand in this one", child=number)
            findings.add(words)
            continue
        cards[number] = replace(card, published=card.outcome == PLACED)
        refused = card.outcome == NOT_ADMITTED and card.status != "declined"
        if refused and town.children[number].eligible:
            cards[number].outcome, cards[number].stage = WAITING, None
    state = State(cards, dict(base.state.free), set(base.state.released))
    known = frozenset(child for child, _ in base.town.answers.get(last, ()))
    answer(town, last, state, findings, known=known)
    placed = uphold(town, state, base.state.free, findings)
    left = dict(state.free)
    given = Counter(block for child, block in placed.items() if not cards[child].over)
    above = Counter(block for child, block in placed.items() if cards[child].over)
    before = {block: seats + given[block] for block, seats in left.items()}
    school_stages = [done for done in base.done if done.contest.stage["gives"] == "school"]
    published = school_stages[-1].left if school_stages else base.town.offered
    returned = {block: seats - published[block] for block, seats in before.items()}
    return state, Upheld(before=before, returned=returned, given=given, above=above, left=left)


def reasons_of(town: Town, state: State, results: Sequence[Done], *, whole: bool) -> dict[str, str]:
    """Return why each child has a place or none (5)."""
    asked: set[str] = set()
    other: set[str] = set()
    for done in results:
        (asked if by_choices(done.contest.stage) else other).update(done.contest.claims)
    wanted: dict[str, set[str]] = {level: set() for level in NO_CONSENT}
    for stage in town.policy["stage"]:
        for claim in stage["claims"]:
            who = claim["who"]
            if who["consents"] is not None:
                categories = [who["category"]] if isinstance(who["category"], str) else who["category"]
                wanted[who["consents"]].update(categories)
    return {
        number: _reason(town, number, card, asked, other, wanted, whole=whole)
        for number, card in state.cards.items()
    }


def _reason(
    town: Town,
    number: str,
    card: Standing,
    asked: set[str],
    other: set[str],
    wanted: Mapping[str, set[str]],
    *,
    whole: bool,
) -> str:
    if card.outcome == PLACED:
        return "decision" if card.decided else "over" if card.over else "seat"
    if card.outcome == NOT_ADMITTED and not town.children[number].eligible:
        return "not-eligible"
    if card.outcome == WITHDRAWN:
        return "declined" if card.status == "declined" else "withdrawn"
    if card.outcome == WAITING and card.status == "absent":
        return "absent"
    if card.outcome == WAITING and not whole:
        return "not-yet"
    child = town.children[number]
    for level, name in ((1, "district"), (2, "city")):
        if child.category in wanted[name] and child.consent < level:
            return f"no-consent-{name}"
    if number in asked and number not in other and not town.filed.get(number):
        return "no-choice"
    return "no-seat" if number in asked | other else "no-stage"
