"""The state of an admission between two stages; a stage turns one state into the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulate.mechanisms import NOWHERE
from simulate.world import ABSENT, World

WAITING, PLACED, NOT_ADMITTED, WITHDRAWN = 0, 1, 2, 3
OUTCOMES = ("waiting", "placed", "not-admitted", "withdrawn")
STATUSES = ("waiting", "declined", "late", "absent")
STATUS_WAITING, STATUS_DECLINED, STATUS_LATE, STATUS_ABSENT = range(4)

Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Who sits where after so many stages.

    Parameters
    ----------
    outcome : array of int8, shape (n,)
        `WAITING`, `PLACED`, `NOT_ADMITTED` or `WITHDRAWN`.
    status : array of int8, shape (n,)
        What a child who waits is in the eyes of a claim: one of `STATUSES`.
    block : array of int32, shape (n,)
        The seat block (position in `World.blocks`) of who is placed, or `NOWHERE`.
    stage : array of int32, shape (n,)
        The position of the stage that decided, or `NOWHERE`.
    choice_rank : array of int32, shape (n,)
        1 for the first choice; 0 where the stage asked for no choices.
    over, decided, published : array of bool, shape (n,)
        Whether the child sits above the intake, whether an officer decided, and whether the place was
        published before this run and so was kept.
    given_zone : array of int64, shape (n,)
        The zone that a stage gave, or `ABSENT`.
    filed_after : array of int64, shape (n,)
        The stage after which the choices that count were filed, `ABSENT` from the start.
    free : array of int64, shape (b,)
        Free seats; never negative: a child over the intake takes none.
    released : array of bool, shape (b,)
        Whether what was left of a pool has gone to the open pool.
    """

    outcome: npt.NDArray[np.int8]
    status: npt.NDArray[np.int8]
    block: npt.NDArray[np.int32]
    stage: npt.NDArray[np.int32]
    choice_rank: npt.NDArray[np.int32]
    over: Mask
    decided: Mask
    published: Mask
    given_zone: Numbers
    filed_after: Numbers
    free: Numbers
    released: Mask

    def school(self, world: World) -> npt.NDArray[np.int32]:
        """Return the school of each child, or `NOWHERE`, shape (n,)."""
        schools = np.append(world.blocks.school, NOWHERE).astype(np.int32)
        result: npt.NDArray[np.int32] = schools[self.block]
        return result

    def zone(self, world: World) -> Numbers:
        """Return the zone in which each child competes: the one given, else that of its home."""
        return self.zone_of(world, np.arange(len(world.children)))

    def zone_of(self, world: World, child: Numbers) -> Numbers:
        """Return the zone in which some children compete, shape of `child`."""
        given = self.given_zone[child]
        return np.where(given == ABSENT, world.children.zone[child], given)


def opening_state(world: World) -> State:
    """Return the state before the first stage: everybody who is there waits, every seat is free.

    Children who are not eligible are not admitted from the start.
    """
    n, blocks = len(world.children), len(world.blocks)
    status = np.full(n, STATUS_WAITING, dtype=np.int8)
    status[world.answers.child[world.answers.answer == "late"]] = STATUS_ABSENT
    outcome = np.where(world.children.eligible, WAITING, NOT_ADMITTED).astype(np.int8)
    return State(
        outcome=outcome,
        status=status,
        block=np.full(n, NOWHERE, dtype=np.int32),
        stage=np.full(n, NOWHERE, dtype=np.int32),
        choice_rank=np.zeros(n, dtype=np.int32),
        over=np.zeros(n, dtype=np.bool_),
        decided=np.zeros(n, dtype=np.bool_),
        published=np.zeros(n, dtype=np.bool_),
        given_zone=np.full(n, ABSENT, dtype=np.int64),
        filed_after=np.full(n, ABSENT, dtype=np.int64),
        free=world.blocks.seats.copy(),
        released=np.zeros(blocks, dtype=np.bool_),
    )
