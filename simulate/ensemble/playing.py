"""Play one draw: the stages one after the other, by compiled loops where the policy fits them.

`play` may be called by several threads at once: the loops hold no lock, and nothing is shared but what
nobody changes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geodata import XuequError, say
from simulate.ensemble import season_kernels as loops
from simulate.ensemble.choosing import Filed
from simulate.ensemble.market import Market
from simulate.ensemble.places import Played
from simulate.ensemble.plain import play_plainly
from simulate.ensemble.program import Program, Step
from simulate.ensemble.sampling import Drawn, draw_of
from simulate.mechanisms import NOWHERE
from simulate.state import NOT_ADMITTED, WAITING

Small = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]


def play(market: Market, draw: int) -> Played:
    """Return what comes of one draw.

    Parameters
    ----------
    market : Market
        A scenario, as `market_of` made it.
    draw : int
        Which draw, from 0: the same numbers in every scenario.
    """
    drawn = draw_of(market.sampler, draw, market.roster)
    if market.program is None:
        return play_plainly(market, drawn)
    return play_compiled(market, market.program, drawn)


def play_compiled(market: Market, program: Program, drawn: Drawn) -> Played:
    """Play a draw by compiled loops."""
    roster = drawn.roster
    n = len(roster.cell)
    if n > loops.MOST_CHILDREN:
        # twice what is expected was let in: only a wide error of the counts comes here
        raise XuequError(say("a draw has {n} children: more than the compiled loops can number", n=n))
    outcome = np.where(program.eligible[roster.cell], WAITING, NOT_ADMITTED).astype(np.int8)
    table = Played(
        cell=roster.cell,
        serial=roster.serial,
        outcome=outcome,
        block=np.full(n, NOWHERE, dtype=np.int32),
        stage=np.full(n, NOWHERE, dtype=np.int32),
        over=np.zeros(n, dtype=np.bool_),
        choice_rank=np.zeros(n, dtype=np.int32),
        free=program.seats.copy(),
    )
    released = np.zeros(len(program.seats), dtype=np.bool_)
    waiting = np.flatnonzero(outcome == WAITING).astype(np.int32)
    words = np.empty(n, dtype=np.uint64)
    for number, step in enumerate(program.steps):
        waiting = waiting[: loops.still_waiting(outcome, waiting)]
        if len(step.sole):
            loops.seat_the_sure(
                waiting, roster.cell, roster.consent, step.claims, step.consent, step.sole, number,
                table.free, outcome, table.block, table.stage,
            )  # fmt: skip
            waiting = waiting[: loops.still_waiting(outcome, waiting)]
        found = loops.enter(
            waiting,
            roster.cell,
            roster.consent,
            drawn.rank,
            roster.codes,
            step.claims,
            step.consent,
            step.order,
            words,
        )
        entries = in_order(words[:found])
        if found:
            _give(market, program, step, number, drawn, entries, table)
        if len(step.release):
            np.add.at(table.free, program.block_school[step.release], table.free[step.release])
            table.free[step.release] = 0
            released[step.release] = True
        if number == market.sampler.leave_after and drawn.gone.any():
            loops.leave(
                drawn.gone,
                step.lapse,
                released,
                program.block_school,
                table.free,
                table.outcome,
                table.block,
                table.stage,
                table.over,
                table.choice_rank,
            )
    loops.close(program.right, roster.cell, waiting, outcome)
    return table


def in_order(entries: Words) -> Words:
    """Sort the entries of a stage: by claim, by its order, by ticket."""
    entries.sort()
    return entries


def _give(
    market: Market,
    program: Program,
    step: Step,
    number: int,
    drawn: Drawn,
    entries: Words,
    table: Played,
) -> None:
    """Give the seats of one stage: `table` is changed."""
    roster = drawn.roster
    result = (table.outcome, table.block, table.stage, table.over)
    if step.kind == "random":
        loops.give_random(
            entries, number, drawn.by_ticket, roster.cell, step.group, step.starts, step.schools,
            step.full, program.offered, table.free, *result,
        )  # fmt: skip
        return
    reach = (
        entries, number, drawn.by_ticket, roster.cell, roster.consent, step.claims, step.consent,
        step.group, step.starts, step.schools, step.pools, step.within, step.full,
    )  # fmt: skip
    ground = (
        market.places.cell_home, market.places.metres, program.block_school, program.own_starts,
        program.own_blocks, program.offered, table.free,
    )  # fmt: skip
    if step.kind == "nearest":
        loops.give_nearest(*reach, *ground, *result)
        return
    filed = roster.filed.get(step.list_number) or _nothing_filed(len(roster.cell))
    loops.give_choices(
        *reach, step.bands, filed.starts, filed.school, filed.rank, *ground, *result, table.choice_rank
    )


def _nothing_filed(n: int) -> Filed:
    nothing = np.empty(0, dtype=np.int32)
    return Filed(starts=np.zeros(n + 1, dtype=np.int64), school=nothing, rank=nothing)
