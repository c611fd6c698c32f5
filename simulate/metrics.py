"""How fair and how full each stage left things: envy, blocking pairs, wasted seats (STAGES.md, 7)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from simulate.policy import Policy, Stage
from simulate.scan import wishes
from simulate.season import Season
from simulate.stage import Result
from simulate.world import World

Numbers = npt.NDArray[np.int64]


def metrics_of(world: World, policy: Policy, season: Season) -> pd.DataFrame:
    """Return a row for each stage that has been run.

    Returns
    -------
    DataFrame
        round, stage, claimants, seated (a place, or a zone), over (of them above the intake), envious
        (children with justified envy), envy_pairs, blocking_pairs, wasted_seats, promises (whether the
        mechanism promises that nobody has justified envy and no wanted seat is left).

    Notes
    -----
    A child *wants* each block of its list before the one it got (all of them, if it got none, or was seated
    above the intake for want of a seat). At each:

    1. justified envy: the mechanism seated somebody there who comes after the child in the block's order;
    2. blocking pair: that, or a seat was left there when the stage ended;
    3. wasted seats of a block: those left, as far as there are children who want them.

    Where seats are drawn without choices (random-seats), a child with a seat of the zone wants no other.
    Decisions, guarantees and places above the intake for want of a seat give no cause for envy.
    """
    rows = [_row(world, policy.stage[one.number], one) for one in season.results]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


COLUMNS = {
    "round": "int64",
    "stage": "str",
    "claimants": "int64",
    "seated": "int64",
    "over": "int64",
    "envious": "int64",
    "envy_pairs": "int64",
    "blocking_pairs": "int64",
    "wasted_seats": "int64",
    "promises": "bool",
}


def promises_no_envy(stage: Stage) -> bool:
    """Return whether a stage's mechanism promises a stable outcome: no justified envy, no wanted seat left.

    Immediate acceptance and parallel bands do not; nor does least travel, which looks at distance; nor
    twins who are seated together, for one may be passed over for want of two seats. Where seats are drawn,
    the order decides over a seat of the zone, and that it promises.
    """
    return stage.mechanism.name in (
        "fill",
        "random-seats",
        "serial-dictatorship",
        "deferred-acceptance",
    ) and not (stage.twins == "together" and stage.last_seat == "next")


def _row(world: World, stage: Stage, one: Result) -> tuple[object, ...]:
    envy, blocking, wanting, left = looks(world, stage, one)
    return (
        one.round,
        stage.id,
        len(one.who),
        int((one.block >= 0).sum()),
        int(one.over.sum()),
        int((envy > 0).sum()),
        int(envy.sum()),
        int(blocking.sum()),
        int(np.minimum(left, wanting).sum()),
        promises_no_envy(stage),
    )


def looks(world: World, stage: Stage, one: Result) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Return envy and blocking by child, wishes and seats left by block, as `metrics_of` counts them."""
    contest, lists = one.posed.contest, one.posed.lists
    count = len(contest.seats)
    left = np.zeros(count, dtype=np.int64)
    left[: len(one.left)] = one.left + one.released  # when the stage ended, before pools were released
    seated = np.flatnonzero((one.entry >= 0) & (np.append(lists.block, -1)[one.entry] < len(one.left)))
    rank = np.empty(0, dtype=np.int64) if contest.rank is None else contest.rank
    mine = one.posed.position if contest.rank is None else np.append(rank, -1)[one.entry]
    worst = np.full(count, -1, dtype=np.int64)
    np.maximum.at(worst, lists.block[one.entry[seated]], mine[seated])
    entry = one.entry
    if stage.mechanism.name == "random-seats":
        # which school of the zone was drawn; nobody listed them
        entry = np.where(entry >= 0, lists.starts[lists.group], -1)
        worst = _worst_of_zone(one, lists.starts, lists.block, worst)
        left = _left_of_zone(one, lists.starts, lists.block, left)
    envy, blocking, wanting = wishes(
        lists.group, lists.starts, lists.block, one.posed.position, rank, entry, worst, left
    )
    return envy, blocking, wanting, left


def _worst_of_zone(one: Result, starts: Numbers, block: npt.NDArray[np.int32], worst: Numbers) -> Numbers:
    """Return the last place that got a seat of the zone, for each of its schools."""
    row = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    of_list = np.full(len(starts) - 1, -1, dtype=np.int64)
    np.maximum.at(of_list, row, worst[block])
    result = np.full_like(worst, -1)
    result[block] = of_list[row]
    return result


def _left_of_zone(one: Result, starts: Numbers, block: npt.NDArray[np.int32], left: Numbers) -> Numbers:
    """Return the seats left, only at the blocks that the drawn zones have."""
    result = np.zeros_like(left)
    result[block] = left[block]
    return result
