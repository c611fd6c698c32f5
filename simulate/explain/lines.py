"""Where the line ran at a school, and by what one child stands before or behind it.

A cut-off is the key tuple of another child. So only the first key in which the two differ leaves this
module: with its value where that is a line that is published (points, a date of settlement, a distance), of
any other key only who stands before whom; never the whole tuple, and never a ticket.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from simulate.mechanisms.proposals import band_ends
from simulate.order_keys import PAIR_KEYS
from simulate.policy import Claim, Mechanism, Stage
from simulate.stage import Result
from simulate.world import World

LINES = ("points", "settled_on", "parent_settled_on", "distance")
"""Keys of which the last one admitted may be told: score lines, date lines, the last distance offered."""
YES_OR_NO = ("own-zone", "sibling")
"""Keys of the pair that say nothing where they are not met."""
Numbers = npt.NDArray[np.int64]
LineKind = Literal["open", "none", "early", "late", "last", "guaranteed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first thing in which a child differs from the last one admitted.

    Parameters
    ----------
    equal : tuple of str
        The keys before it, in which the two are equal; of yes or no only what both have.
    key : str
        A key, `claim` (the claims under which the two stand; numbers from 1) or `ticket`.
    mine, theirs : float, optional
        The values, None where absent; theirs is None too where the key is not one of `LINES`, and both are
        for `ticket`.
    above : bool
        Whether the child comes before the last one admitted.
    """

    equal: tuple[str, ...]
    key: str
    mine: float | None
    theirs: float | None
    above: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The line at a seat block, as one child met it.

    Parameters
    ----------
    kind : str
        `open` (a seat was left when the stage ended), `none` (there was no seat when it began), `late` (all
        seats went in an earlier round of choices), `early` (they went in a later one), `last` (up to the
        last one admitted), `guaranteed`.
    difference : Difference, optional
        To the last one admitted; None where that is the child itself, or nobody.
    filled, counted : int, optional
        The round of choices in which the last seat went, and that in which the child's choice counted.
    """

    kind: LineKind
    difference: Difference | None = None
    filled: int | None = None
    counted: int | None = None


def line_at(world: World, stage: Stage, one: Result, child: int, entry: int) -> Line:
    """Return where the line ran at an entry of a child's list.

    Parameters
    ----------
    child : int
        Its position in `one.who`.
    entry : int
        The entry.
    """
    lists, block = one.posed.lists, int(one.posed.lists.block[entry])
    if block >= len(one.before):
        return Line(kind="guaranteed")
    if stage.mechanism.name == "random-seats":
        return _line_of_zone(world, stage, one, child)
    if one.posed.contest.seats[block] == 0:
        return Line(kind="none")
    if _left_at_end(one)[block] > 0:
        return Line(kind="open")
    seated = np.flatnonzero((one.entry >= 0) & (np.append(lists.block, -1)[one.entry] == block))
    if len(seated) == 0:
        return Line(kind="none")
    rounds = rounds_of(stage.mechanism, lists.choice)
    filled = counted = None
    if rounds is not None:
        filled, counted = int(rounds[one.entry[seated]].max()), int(rounds[entry])
        if counted < filled:
            return Line(kind="early", filled=filled, counted=counted)
        seated = seated[rounds[one.entry[seated]] == filled]
    last = int(seated[_places(one, seated).argmax()])
    found = None if last == child else difference(world, stage, one, child, entry, last)
    kind: LineKind = "last" if counted == filled else "late"
    return Line(kind=kind, difference=found, filled=filled, counted=counted)


def _line_of_zone(world: World, stage: Stage, one: Result, child: int) -> Line:
    """Return the line of a zone whose seats are drawn: one for all its schools."""
    lists, group = one.posed.lists, one.posed.lists.group[child]
    blocks = lists.block[lists.starts[group] : lists.starts[group + 1]]
    if one.posed.contest.seats[blocks].sum() == 0:
        return Line(kind="none")
    if (_left_at_end(one)[blocks] > 0).any():
        return Line(kind="open")
    seated = np.flatnonzero((one.entry >= 0) & (lists.group == group))
    last = int(seated[one.posed.position[seated].argmax()])
    entry = int(lists.starts[group])
    found = None if last == child else difference(world, stage, one, child, entry, last)
    return Line(kind="last", difference=found)


def rounds_of(mechanism: Mechanism, choice: npt.NDArray[np.int32]) -> Numbers | None:
    """Return the round in which each entry counts, from 1; None where choices go in no rounds."""
    bands = {"immediate-acceptance": (1,), "parallel": tuple(mechanism.bands or [mechanism.e or 1])}
    if mechanism.name not in bands:
        return None
    ends = band_ends(choice, bands[mechanism.name])
    return np.asarray(np.searchsorted(np.array(ends), choice, side="right") + 1, dtype=np.int64)


def difference(world: World, stage: Stage, one: Result, child: int, entry: int, other: int) -> Difference:
    """Return the first thing in which two children of a stage differ at a block.

    Parameters
    ----------
    child, other : int
        Positions in `one.who`; the other is seated at the block by the mechanism.
    entry : int
        The block's entry in the child's list.
    """
    tier, theirs = _tier(one, child, entry), _tier(one, other, int(one.entry[other]))
    pair = {key: (values[entry], values[one.entry[other]]) for key, values in one.posed.pair.items()}
    return _differ(world, stage, int(one.who[child]), int(one.who[other]), tier, theirs, pair)


def difference_outside(
    world: World, stage: Stage, one: Result, child: int, tier: int, block: int
) -> Difference | None:
    """Return how a child that did not ask for a block would stand to the last one admitted there.

    Parameters
    ----------
    child : int
        Its position in the world.
    tier : int
        The claim under which it would have asked.
    block : int
        The block.

    Returns
    -------
    Difference or None
        None where the block has no cut-off, or where blocks have orders of their own.
    """
    last = int(one.last[block])
    if last < 0 or one.posed.contest.rank is not None or int(one.who[last]) == child:
        return None
    return _differ(world, stage, child, int(one.who[last]), tier, int(one.first[last]), {})


def _differ(
    world: World,
    stage: Stage,
    child: int,
    other: int,
    tier: int,
    theirs: int,
    pair: dict[str, tuple[float, float]],
) -> Difference:
    if tier != theirs:
        return Difference(equal=(), key="claim", mine=tier + 1, theirs=theirs + 1, above=tier < theirs)
    claim: Claim = stage.claims[tier]
    equal: list[str] = []
    for name, desc in claim.keys:
        values = world.children.keys.get(name)
        a, b = pair[name] if name in PAIR_KEYS or values is None else (values[child], values[other])
        if a == b or (np.isnan(a) and np.isnan(b)):
            if name not in YES_OR_NO or a:
                equal.append(name)
            continue
        mine, last = (None if np.isnan(value) else float(value) for value in (a, b))
        # what is absent comes last in either direction
        above = last is None or (mine is not None and (mine > last if desc else mine < last))
        told = last if name in LINES else None
        return Difference(equal=tuple(equal), key=name, mine=mine, theirs=told, above=above)
    above = bool(world.children.ticket_rank[child] < world.children.ticket_rank[other])
    return Difference(equal=tuple(equal), key="ticket", mine=None, theirs=None, above=above)


def _tier(one: Result, child: int, entry: int) -> int:
    return int(one.first[child] if one.posed.contest.rank is None else one.posed.lists.tier[entry])


def _places(one: Result, children: Numbers) -> Numbers:
    """Return the rank of seated children at the block they got (of their place in the one order)."""
    rank = one.posed.contest.rank
    return one.posed.position[children] if rank is None else rank[one.entry[children]]


def _left_at_end(one: Result) -> Numbers:
    """Return the seats left when the stage ended, before pools were released."""
    return one.left + one.released
