"""Who stands where between two stages, and what moves them: release, answers, decisions, the close."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from geodata.messages import say
from geodata.schema import OPEN_POOL
from simulate.verify.facts import Block, Town
from simulate.verify.findings import Findings

WAITING, PLACED, NOT_ADMITTED, WITHDRAWN = "waiting", "placed", "not-admitted", "withdrawn"
AMEND = "amend"


@dataclass(slots=True)
class Standing:
    """Where one child stands; changed in place, as a clerk writes on a card (results are frozen)."""

    outcome: str = WAITING
    status: str = "waiting"
    block: Block | None = None
    stage: str | None = None
    choice_rank: int | None = None
    over: bool = False
    decided: bool = False
    published: bool = False
    given_zone: str | None = None
    filed_after: str | None = None


@dataclass(slots=True)
class State:
    """All cards, the free seats by block, and the pools that have been released."""

    cards: dict[str, Standing]
    free: dict[Block, int]
    released: set[Block]


def opening(town: Town) -> State:
    """Return the state before the first stage."""
    return State({number: first_card(town, number) for number in town.children}, dict(town.offered), set())


def first_card(town: Town, number: str) -> Standing:
    """Return how a child begins: it waits, is absent until it comes, or is not eligible."""
    outcome = WAITING if town.children[number].eligible else NOT_ADMITTED
    return Standing(outcome=outcome, status="absent" if number in town.late else "waiting")


def release(town: Town, stage: str, state: State) -> dict[Block, int]:
    """Move what is left of the pools that end with a stage to the open pools; return what moved (2.1)."""
    moved: dict[Block, int] = defaultdict(int)
    for block, after in town.release.items():
        if after == stage and block not in state.released:
            state.released.add(block)
            moved[block] += state.free[block]
            moved[block[0], OPEN_POOL] -= state.free[block]
    for block, seats in moved.items():
        state.free[block] -= seats
    return dict(moved)


def give_up(card: Standing, state: State, *, lapses: bool = False) -> None:
    """Take a child from its place: the seat returns to its pool, or to the open one if that has ended.

    After a stage whose seats lapse it returns nowhere.
    """
    if card.block is None:
        return
    if not card.over and not lapses:
        home = (card.block[0], OPEN_POOL) if card.block in state.released else card.block
        state.free[home] += 1
    card.outcome, card.block, card.stage, card.choice_rank = WAITING, None, None, None
    card.over = card.decided = card.published = False


def answer(
    town: Town,
    stage: str,
    state: State,
    findings: Findings,
    known: frozenset[str] = frozenset(),
) -> None:
    """Apply the answers that count after a stage, but for those of children who are `known` (2.2)."""
    lapses = any(one["id"] == stage and one["given_up"] == "lapse" for one in town.policy["stage"])
    for child, said in town.answers.get(stage, ()):
        card = state.cards.get(child)
        if card is None or child in known:
            continue
        wrong = (
            (said in ("accepted", "declined") and card.outcome != PLACED)
            or (said == "late" and card.status != "absent")
            or (said == "refiled" and card.outcome in (NOT_ADMITTED, WITHDRAWN))
        )
        if wrong:
            findings.add(
                say(
                    "applicant {child} cannot answer {answer} after the stage {stage}: it is {outcome}",
                    child=child,
                    answer=said,
                    stage=stage,
                    outcome=card.outcome,
                )
            )
        if said == "declined":
            give_up(card, state, lapses=lapses)
            card.status = "declined"
        elif said == "withdrawn":
            give_up(card, state, lapses=lapses)
            card.outcome = WITHDRAWN
        elif said == "late":
            card.status = "late"
        if any(one.after == stage for one in town.filed.get(child, ())):
            card.filed_after = stage


def decide(town: Town, stage: str, state: State, findings: Findings) -> dict[str, Block]:
    """Place the children decided on for a stage; return them with their blocks (3.1)."""
    placed: dict[str, Block] = {}
    for child, school in town.decisions.get(stage, ()):
        card = state.cards.get(child)
        if card is None or card.outcome != WAITING or card.status == "absent":
            findings.add(
                say(
                    "a decision places applicant {child} in the stage {stage}, and it does not wait then",
                    child=child,
                    stage=stage,
                )
            )
            continue
        block = school, OPEN_POOL
        _place(card, block, stage, state, over=state.free[block] <= 0)
        placed[child] = block
    return placed


def _place(card: Standing, block: Block, stage: str, state: State, *, over: bool) -> None:
    card.outcome, card.block, card.stage, card.decided, card.over = PLACED, block, stage, True, over
    state.free[block] -= 0 if over else 1


def uphold(
    town: Town, state: State, free_then: Mapping[Block, int], findings: Findings
) -> dict[str, Block]:
    """Place the children of upheld objections on a published run; return them with their blocks (6.3).

    `free_then` are the seats that were free when the run was published: a seat that came back since goes to
    the next in order, not to an objection.
    """
    placed: dict[str, Block] = {}
    for child, school in town.decisions.get(AMEND, ()):
        card = state.cards.get(child)
        declined = card is not None and card.outcome == WAITING and card.status == "declined"
        if card is None or card.outcome == WITHDRAWN or declined:
            findings.add(say("an objection of applicant {child} is upheld, and it is gone", child=child))
            continue
        if card.block is not None and card.block[0] == school:
            words = say(
                "an objection of applicant {child} is upheld, and it sits there already", child=child
            )
            findings.add(words)
            continue
        give_up(card, state)
        placed[child] = school, OPEN_POOL
    room = {block: min(free_then[block], state.free[block]) for block in placed.values()}
    for child, block in placed.items():
        _place(state.cards[child], block, AMEND, state, over=room[block] <= 0)
        room[block] -= 1
    return placed


def close(town: Town, state: State) -> None:
    """End the season (5)."""
    household = {one["id"] for one in town.policy["category"] if one["household"]}
    for child, card in state.cards.items():
        if card.outcome != WAITING:
            continue
        if card.status == "declined":
            card.outcome = WITHDRAWN
        elif town.children[child].category not in household and card.status != "absent":
            card.outcome = NOT_ADMITTED


def siblings(town: Town, state: State) -> dict[str, set[str]]:
    """Return by household the schools at which its children sit."""
    found: dict[str, set[str]] = defaultdict(set)
    for number, card in state.cards.items():
        household = town.children[number].household
        if household is not None and card.block is not None:
            found[household].add(card.block[0])
    return found
