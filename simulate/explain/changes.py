"""What would have changed what a stage gave a child, everything else the same: facts only, no promises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from simulate.contests import schools_of
from simulate.explain.absence import Absence, Gate
from simulate.explain.lines import Difference, difference_outside, line_at
from simulate.explain.replay import Step
from simulate.policy import Claim, Stage
from simulate.stage import Result
from simulate.where import in_reach
from simulate.who import open_blocks
from simulate.world import World

Kind = Literal["key", "ticket", "claim", "round", "consent", "choices", "gate"]
Schools = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that would have changed what a stage gave.

    Parameters
    ----------
    kind : str
        `key`, `ticket`: to stand above the last one admitted at `target`. `claim`: nothing of the kind, for
        all seats there went to another group. `round`: to list it for an earlier round. `consent`,
        `choices`: what was open then. `gate`: to stand before the limit.
    target : str, optional
        The school (or zone).
    difference : Difference, optional
        To the last one admitted there.
    round : int, optional
        The round of choices in which the seats went.
    level : str, optional
        The consent: district or city.
    claim : int, optional
        The position of the claim that consent or a better rank would have opened, where the child was in
        another one of the stage.
    gate : Gate, optional
    left, above : tuple of str
        Schools that the child did not ask for and that had a seat left at the end; and those whose last
        admitted it would have stood above.
    looked : bool
        Whether these were looked for: they are known where no choices and no gate stand between.
    """

    kind: Kind
    target: str | None = None
    difference: Difference | None = None
    round: int | None = None
    level: str | None = None
    claim: int | None = None
    gate: Gate | None = None
    left: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    looked: bool = False


def changes_of(
    stage: Stage, step: Step, child: int, at: int | None, absences: Sequence[Absence]
) -> tuple[Change, ...]:
    """Return what would have changed what a stage gave a child.

    Parameters
    ----------
    child : int
        Its position in the world.
    at : int, optional
        Its position in the stage, where it was in it.
    absences : sequence of Absence
        Why it was not in the stage, or not in each other claim.
    """
    found: list[Change] = []
    if at is not None:
        if _got_the_first(step.result, at):
            return ()
        found = [*_refusals(stage, step, at), *_unlisted(stage, step, child, at)]
    for absence in absences:
        claim = None if at is None else absence.claim
        if absence.kind == "rank":
            found.append(Change(kind="gate", gate=absence.gate, claim=claim))
        elif absence.kind == "consents":
            found.append(_consent(stage, step, child, absence, claim))
    return tuple(found)


def _got_the_first(one: Result, at: int) -> bool:
    """Whether a child sits where it wanted most, on a seat."""
    return int(one.entry[at]) == int(one.posed.lists.starts[one.posed.lists.group[at]])


def _consent(stage: Stage, step: Step, child: int, absence: Absence, claim: int | None) -> Change:
    """Return what consent would have opened, and what was left there if nothing else stood between."""
    assert absence.claim is not None
    who, level = stage.claims[absence.claim].who, stage.claims[absence.claim].who.consents
    if claim is not None or who.rank is not None or stage.mechanism.by_choices:
        return Change(kind="consent", level=level, claim=claim)
    left, above = _open_then(stage, step, child, absence.claim, set())
    return Change(kind="consent", level=level, left=left, above=above, looked=True)


def _refusals(stage: Stage, step: Step, at: int) -> Iterator[Change]:
    """Return, for each place refused, what would have put the child above the last one admitted."""
    one, world = step.result, step.world
    lists, group = one.posed.lists, int(one.posed.lists.group[at])
    got = int(one.entry[at])
    end = got if got >= 0 else int(lists.starts[group + 1])
    names = world.zones if stage.gives == "zone" else world.schools.ids
    drawn = stage.mechanism.name == "random-seats"
    if drawn and got >= 0:
        return
    for entry in range(int(lists.starts[group]), end):
        block = lists.block[entry : entry + 1]
        if block[0] >= len(one.before):
            continue
        if (
            got >= 0
            and stage.gives == "school"
            and _school(world, block) == _school(world, lists.block[got:])
        ):
            continue  # another pool of the school where it sits
        line = line_at(world, stage, one, at, entry)
        found = line.difference
        if found is None:
            continue
        target = (
            None if drawn else str(names[(block if stage.gives == "zone" else schools_of(world, block))[0]])
        )
        if line.kind == "late":
            if found.above:
                yield Change(kind="round", target=target, round=line.filled, difference=found)
        elif not found.above:
            kind: Kind = "claim" if found.key == "claim" else "ticket" if found.key == "ticket" else "key"
            yield Change(kind=kind, target=target, difference=found)
        if drawn:
            return  # the line is that of the zone, one for all its schools


def _school(world: World, block: Schools) -> int:
    return int(schools_of(world, block[:1])[0])


def _unlisted(stage: Stage, step: Step, child: int, at: int) -> Iterator[Change]:
    """Return the schools that a child without a place could have listed, where stages go by choices."""
    one = step.result
    if not stage.mechanism.by_choices or stage.gives == "zone" or one.entry[at] >= 0:
        return
    lists, group = one.posed.lists, int(one.posed.lists.group[at])
    mine = lists.block[lists.starts[group] : lists.starts[group + 1]]
    asked = set(schools_of(step.world, mine).tolist())
    left, above = _open_then(stage, step, child, int(one.first[at]), asked)
    if left or above:
        yield Change(kind="choices", left=left, above=above)


def _open_then(
    stage: Stage, step: Step, child: int, tier: int, asked: set[int]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the schools that a claim would have opened: those with a seat left, and those within reach.

    The nearest come first.
    """
    world, one = step.world, step.result
    claim = stage.claims[tier]
    blocks = np.flatnonzero(open_blocks(claim, world))
    school = world.blocks.school[blocks]
    open_ = _in_reach(claim, step, child, school)
    open_ &= ~np.isin(school, sorted(asked))
    blocks, school = blocks[open_], school[open_]
    metres = world.metres(np.full(len(school), child, dtype=np.int64), school)
    left: dict[str, None] = {}
    above: dict[str, None] = {}
    banded = stage.mechanism.name in ("immediate-acceptance", "parallel", "least-travel")
    for place in np.lexsort((school, metres)):
        name = str(world.schools.ids[school[place]])
        if _left(one, int(blocks[place])):
            left[name] = None
        elif not banded:
            found = difference_outside(world, stage, one, child, tier, int(blocks[place]))
            if found is not None and found.above:
                above[name] = None
    return tuple(left), tuple(name for name in above if name not in left)


def _in_reach(claim: Claim, step: Step, child: int, school: Schools) -> npt.NDArray[np.bool_]:
    world = step.world
    same = np.full(len(school), child, dtype=np.int64)
    opens = in_reach(claim, world, step.begun, same, school)
    if claim.where.within_m is not None and claim.where.past_it == "never":
        opens = opens & (world.metres(same, school) <= claim.where.within_m)
    return np.asarray(opens, dtype=np.bool_)


def _left(one: Result, block: int) -> bool:
    return bool(one.left[block] + one.released[block] > 0)
