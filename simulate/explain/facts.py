"""What happened to one child, stage by stage, as plain records: no words, and nobody else's facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simulate.explain.absence import Absence, Gate
from simulate.explain.changes import Change
from simulate.explain.lines import Line

Told = Literal["got", "over", "tie", "twins-over", "full", "passed", "behind", "elsewhere"]
SEATED: tuple[Told, ...] = ("got", "over", "tie", "twins-over")
"""What is told of the place where the child sits."""
Came = Literal["placed", "zone", "waiting", "not-admitted", "decided", "out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A school (or zone) that stood in the child's list in a stage.

    Parameters
    ----------
    target : str
        Its id; `zone` says which of the two it is.
    pool : str, optional
        The pool, where it is not the open one.
    number : int
        Which choice it is as filed, or its place in the list.
    metres : int, optional
        From home; None where unknown or where it is a zone.
    seats, given : int
        Free when the stage began (after decisions), and given in it.
    asked : (int, int), optional
        The child's place among those who chose it, and how many they are; only where stages go by choices.
    line : Line
        Where the line ran.
    told : str
        `got`; `over` (seated above the intake for want of a seat), `tie` and `twins-over` (above it, with
        equals or as a twin); `full`; `passed` (not taken although the child stands above the line: twins,
        least travel); `behind` (not needed); `elsewhere` (another school of the zone was drawn).
    apart : tuple of (str, int)
        Pools of the school that were not open to the child, with the seats that they had.
    """

    target: str
    zone: bool
    pool: str | None
    number: int
    metres: int | None
    seats: int
    given: int
    asked: tuple[int, int] | None
    line: Line
    told: Told
    apart: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What an officer decided."""

    school: str
    authority: str
    document: str
    reason: str
    over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFacts:
    """A stage that has been run, as the child met it.

    Parameters
    ----------
    round, number : int
        In the season (0) or on the published run (1), and the position of the stage.
    came : str
        What came of it; `out`: it had no part in it.
    absence : Absence, optional
        Why it had none.
    claims : tuple of int
        The positions of the claims that it was in.
    opened : tuple of int
        Of these, the positions of those that can concern the child: not the school of a sibling, or the one
        that the present school feeds, where it has none. All of them where that leaves none.
    outside : tuple of Absence
        Why it was not in the others, as far as they are for its category.
    gate : Gate, optional
        The gate that it passed.
    keys : tuple of (str, float or None)
        Its own keys in the first of these claims.
    standing : (int, int), optional
        Its place in the order, from 1, and of how many: those who compete for the same seats where these
        are known beforehand, else all children of the stage. None where each school has its own order.
    seats : int, optional
        The seats for which they compete, where known beforehand.
    places : tuple of Place
        Its list, the most wanted first.
    not_open : tuple of str
        What it had filed and no claim opened.
    gone : tuple of str
        Schools in its reach that had no seat left when the stage began, the nearest first.
    by_drawing : (int, int), optional
        Its place in the order of tickets among those seated in its zone, and how many they are.
    decision : Decision, optional
        Where it was decided by hand.
    answers : tuple of str
        What the family said after the stage.
    changes : tuple of Change
        What would have changed what came of it.
    """

    round: int
    number: int
    came: Came
    absence: Absence | None = None
    claims: tuple[int, ...] = ()
    opened: tuple[int, ...] = ()
    outside: tuple[Absence, ...] = ()
    gate: Gate | None = None
    keys: tuple[tuple[str, float | None], ...] = ()
    standing: tuple[int, int] | None = None
    seats: int | None = None
    places: tuple[Place, ...] = ()
    not_open: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    by_drawing: tuple[int, int] | None = None
    decision: Decision | None = None
    answers: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Where the child ended: a row of `placements`, the ids as they stand there."""

    outcome: str
    reason: str
    school: str | None
    stage: str | None
    choice: int | None
    metres: int | None
    over: bool
    decided: bool
    published: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is told about one child.

    Parameters
    ----------
    applicant, category : str
        Its number and category.
    district, zone : str, optional
        Of its home.
    consent : int
        0 none, 1 to the district, 2 to the city.
    keys : tuple of (str, float or None)
        What some stage would sort it by.
    filed : tuple of (int, str or None, tuple of (int, str))
        Its lists: number, the stage after which it was filed, rank and target of each choice.
    ticket : str
        In hexadecimal.
    twin : bool
        Whether the ticket is that of its group of twins.
    arrived_late : bool
        Whether it came after the run was published.
    outcome, published : Outcome
        How it ended; and, where the run amends a published one that has it, how it had ended there.
    stages : tuple of StageFacts
        Round by round.
    objection : Decision, optional
        A decision on the published run.
    since : tuple of str
        What the family answered after the run was published.
    """

    applicant: str
    category: str
    district: str | None
    zone: str | None
    consent: int
    keys: tuple[tuple[str, float | None], ...]
    filed: tuple[tuple[int, str | None, tuple[tuple[int, str], ...]], ...]
    ticket: str
    twin: bool
    arrived_late: bool
    outcome: Outcome
    published: Outcome | None
    stages: tuple[StageFacts, ...]
    objection: Decision | None
    since: tuple[str, ...]
