"""The compiled loops of a season: who is in a stage, and how its seats are given. Laid out in `program`.

All stand in one file: numba's cache looks at the file of the function called, not at those of its callees.
What each does is `simulate/STAGES.md`; that both engines come to the same is tested draw by draw.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

Words = npt.NDArray[np.uint64]
Small = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.int8]

TICKET_BITS, CLAIM_SHIFT = 24, 58
"""An entry is claim, code of the order and place in the order of tickets, in one word."""

MOST_CHILDREN = 1 << TICKET_BITS
_TICKET = np.uint64((1 << TICKET_BITS) - 1)
_CODE_SHIFT, _CLAIM_SHIFT = np.uint64(TICKET_BITS), np.uint64(CLAIM_SHIFT)
_ONE, _NONE = np.uint64(1), np.uint64(0)
_WAITING, _PLACED, _NOT_ADMITTED, _WITHDRAWN = 0, 1, 2, 3
_NOWHERE = -1
_OVER, _REFUSED = 1, 2

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])


def _compile(kernel: _Kernel) -> _Kernel:
    return cast(_Kernel, cast(Any, njit)(cache=True, nogil=True)(kernel))


@_compile
def _claims_of(bits: Any, willing: int, asked: Bytes) -> Any:
    """Return the claims of a cell that a child with this consent is in."""
    kept = bits
    for k in range(len(asked)):
        if asked[k] > willing:
            kept &= ~(_ONE << np.uint64(k))
    return kept


@_compile
def enter(
    waiting: Small,
    cell: Small,
    consent: Bytes,
    rank: Small,
    codes: Numbers,
    claims: Words,
    asked: Bytes,
    order: Numbers,
    entries: Words,
) -> int:
    """Write an entry for each child who waits and is in a claim; return how many there are."""
    found = 0
    for w in range(len(waiting)):
        child = waiting[w]
        bits = claims[cell[child]]
        if bits == _NONE:
            continue
        bits = _claims_of(bits, consent[child], asked)
        if bits == _NONE:
            continue
        first = 0
        while (bits >> np.uint64(first)) & _ONE == _NONE:
            first += 1
        code = np.uint64(codes[order[first], child])
        entries[found] = (np.uint64(first) << _CLAIM_SHIFT) | (code << _CODE_SHIFT) | np.uint64(rank[child])
        found += 1
    return found


@_compile
def seat_the_sure(
    waiting: Small,
    cell: Small,
    consent: Bytes,
    claims: Words,
    asked: Bytes,
    sole: Small,
    number: int,
    free: Numbers,
    outcome: Bytes,
    at: Small,
    by: Small,
) -> None:
    """Seat who may sit in one block alone, where it has room for all who may: no order decides there.

    `sole` is the block of each cell, or `NOWHERE`: one claim opens one block to each child of the stage.
    """
    asking = np.zeros(len(free), dtype=np.int64)
    for w in range(len(waiting)):
        here = cell[waiting[w]]
        if sole[here] != _NOWHERE and claims[here] != _NONE and consent[waiting[w]] >= asked[0]:
            asking[sole[here]] += 1
    sure = asking <= free
    for w in range(len(waiting)):
        child = waiting[w]
        block = sole[cell[child]]
        if (
            block != _NOWHERE
            and sure[block]
            and claims[cell[child]] != _NONE
            and consent[child] >= asked[0]
        ):
            outcome[child], at[child], by[child] = _PLACED, block, number
            free[block] -= 1


@_compile
def _block_with_seat(
    school: int, opens: Mask, pools: Mask, own_starts: Numbers, own_blocks: Small, free: Numbers
) -> int:
    """Return the first block of a school that has a seat and that a claim which opens the school opens."""
    for at in range(own_starts[school], own_starts[school + 1]):
        block = own_blocks[at]
        if free[block] > 0:
            for k in range(len(opens)):
                if opens[k] and pools[k, block]:
                    return int(block)
    return _NOWHERE


@_compile
def _first_block(school: int, opens: Mask, pools: Mask, own_starts: Numbers, own_blocks: Small) -> int:
    """Return the first block of a school that a claim which opens the school opens, full or not."""
    for at in range(own_starts[school], own_starts[school + 1]):
        block = own_blocks[at]
        for k in range(len(opens)):
            if opens[k] and pools[k, block]:
                return int(block)
    return _NOWHERE


@_compile
def _opens(
    school: int,
    bits: Any,
    home: int,
    here: int,
    group: Small,
    starts: Numbers,
    schools: Small,
    within: Small,
    metres: Small,
    opens: Mask,
) -> bool:
    """Find which claims open a school to a child; return whether any does."""
    some = False
    for k in range(len(opens)):
        opens[k] = False
        if (bits >> np.uint64(k)) & _ONE == _NONE or metres[home, school] > within[k]:
            continue
        low, high = starts[k, group[k, here]], starts[k, group[k, here] + 1]
        while low < high:
            middle = (low + high) // 2
            if schools[middle] < school:
                low = middle + 1
            else:
                high = middle
        if low < starts[k, group[k, here] + 1] and schools[low] == school:
            opens[k] = True
            some = True
    return some


@_compile
def _nearest(
    bits: Any,
    home: int,
    here: int,
    group: Small,
    starts: Numbers,
    schools: Small,
    ends: Numbers,
    looked: Small,
    pools: Mask,
    within: Small,
    metres: Small,
    own_starts: Numbers,
    own_blocks: Small,
    useful: Numbers,
    free: Numbers,
    full_too: bool,
    one_pool: bool,
    opens: Mask,
) -> int:
    """Return the block of the nearest school that is open and has a seat (or, `full_too`, offers any).

    It looks through `looked` up to `ends`: the lists, perhaps without schools that cannot give a seat.
    """
    best, best_m = _NOWHERE, np.int64(1) << 62
    for k in range(len(opens)):
        if (bits >> np.uint64(k)) & _ONE == _NONE:
            continue
        for at in range(starts[k, group[k, here]], ends[k, group[k, here]]):
            school = looked[at]
            if useful[school] <= 0:
                continue
            away = metres[home, school]
            if away > within[k] or away > best_m or (away == best_m and school >= best):
                continue
            if not full_too and not one_pool:
                # which claims open it decides which of its pools count
                _opens(school, bits, home, here, group, starts, schools, within, metres, opens)
                if _block_with_seat(school, opens, pools, own_starts, own_blocks, free) == _NOWHERE:
                    continue
            best, best_m = school, away
    if best == _NOWHERE:
        return _NOWHERE
    _opens(best, bits, home, here, group, starts, schools, within, metres, opens)
    if full_too:
        return _first_block(best, opens, pools, own_starts, own_blocks)
    return _block_with_seat(best, opens, pools, own_starts, own_blocks, free)


@_compile
def _with_seats(starts: Numbers, schools: Small, useful: Numbers) -> tuple[Numbers, Small]:
    """Return the lists without the schools that are full: where each ends now, and the schools."""
    ends, looked = starts[:, 1:].copy(), schools.copy()
    for k in range(starts.shape[0]):
        for g in range(starts.shape[1] - 1):
            kept = starts[k, g]
            for at in range(starts[k, g], starts[k, g + 1]):
                if useful[schools[at]] > 0:
                    looked[kept] = schools[at]
                    kept += 1
            ends[k, g] = kept
    return ends, looked


@_compile
def _take_seat(
    child: int,
    block: int,
    over: bool,
    number: int,
    block_school: Small,
    free: Numbers,
    useful: Numbers,
    outcome: Bytes,
    at: Small,
    by: Small,
    above: Mask,
) -> None:
    outcome[child], at[child], by[child], above[child] = _PLACED, block, number, over
    if not over:
        free[block] -= 1
        useful[block_school[block]] -= 1


@_compile
def give_nearest(
    entries: Words,
    number: int,
    by_ticket: Small,
    cell: Small,
    consent: Bytes,
    claims: Words,
    asked: Bytes,
    group: Small,
    starts: Numbers,
    schools: Small,
    pools: Mask,
    within: Small,
    full: int,
    home: Small,
    metres: Small,
    block_school: Small,
    own_starts: Numbers,
    own_blocks: Small,
    offered: Numbers,
    free: Numbers,
    outcome: Bytes,
    at: Small,
    by: Small,
    above: Mask,
) -> None:
    """Let each child in turn take the nearest school open: from `free` on is changed."""
    opens = np.zeros(len(asked), dtype=np.bool_)
    one_pool = len(free) == len(offered) and bool(pools.all())
    # free seats by school, pools added up: a school without any needs no look at its pools
    useful = np.zeros(len(offered), dtype=np.int64)
    for block in range(len(free)):
        useful[block_school[block]] += free[block]
    ends, looked = _with_seats(starts, schools, useful)
    for entry in entries:
        child = by_ticket[entry & _TICKET]
        here = cell[child]
        bits = _claims_of(claims[here], consent[child], asked)
        block = _nearest(
            bits, home[here], here, group, starts, schools, ends, looked, pools, within, metres,
            own_starts, own_blocks, useful, free, False, one_pool, opens,
        )  # fmt: skip
        if block != _NOWHERE:
            _take_seat(child, block, False, number, block_school, free, useful, outcome, at, by, above)
        elif full == _OVER:
            block = _nearest(
                bits, home[here], here, group, starts, schools, starts[:, 1:], schools, pools, within,
                metres, own_starts, own_blocks, offered, free, True, one_pool, opens,
            )  # fmt: skip
            if block != _NOWHERE:
                _take_seat(child, block, True, number, block_school, free, useful, outcome, at, by, above)
        elif full == _REFUSED:
            outcome[child], by[child] = _NOT_ADMITTED, number


@_compile
def give_choices(
    entries: Words,
    number: int,
    by_ticket: Small,
    cell: Small,
    consent: Bytes,
    claims: Words,
    asked: Bytes,
    group: Small,
    starts: Numbers,
    schools: Small,
    pools: Mask,
    within: Small,
    full: int,
    bands: Numbers,
    filed_starts: Numbers,
    filed: Small,
    filed_rank: Small,
    home: Small,
    metres: Small,
    block_school: Small,
    own_starts: Numbers,
    own_blocks: Small,
    offered: Numbers,
    free: Numbers,
    outcome: Bytes,
    at: Small,
    by: Small,
    above: Mask,
    choice: Small,
) -> None:
    """Let each child in turn take the first of its choices that has a seat: from `free` on is changed.

    With `bands`, round by round: in each only the choices of that round.
    """
    opens = np.zeros(len(asked), dtype=np.bool_)
    useful = np.zeros(len(offered), dtype=np.int64)
    for block in range(len(free)):
        useful[block_school[block]] += free[block]
    longest = 0
    for i in range(len(filed_rank)):
        longest = max(longest, filed_rank[i])
    after, turn = 0, 0
    while after < longest:
        until = longest
        if len(bands) > 0:
            until = min(longest, after + bands[min(turn, len(bands) - 1)])
        for entry in entries:
            child = by_ticket[entry & _TICKET]
            if outcome[child] != _WAITING:
                continue
            here = cell[child]
            bits = _claims_of(claims[here], consent[child], asked)
            for place in range(filed_starts[child], filed_starts[child + 1]):
                if filed_rank[place] <= after or filed_rank[place] > until:
                    continue
                school = filed[place]
                if useful[school] <= 0 or not _opens(
                    school, bits, home[here], here, group, starts, schools, within, metres, opens
                ):
                    continue
                block = _block_with_seat(school, opens, pools, own_starts, own_blocks, free)
                if block != _NOWHERE:
                    _take_seat(
                        child, block, False, number, block_school, free, useful, outcome, at, by, above
                    )
                    choice[child] = filed_rank[place]
                    break
        after, turn = until, turn + 1
    if full == 0:
        return
    for entry in entries:
        child = by_ticket[entry & _TICKET]
        if outcome[child] != _WAITING:
            continue
        if full == _REFUSED:
            outcome[child], by[child] = _NOT_ADMITTED, number
            continue
        here = cell[child]
        bits = _claims_of(claims[here], consent[child], asked)
        for place in range(filed_starts[child], filed_starts[child + 1]):
            school = filed[place]
            if offered[school] > 0 and _opens(
                school, bits, home[here], here, group, starts, schools, within, metres, opens
            ):
                block = _first_block(school, opens, pools, own_starts, own_blocks)
                if block != _NOWHERE:
                    _take_seat(
                        child, block, True, number, block_school, free, useful, outcome, at, by, above
                    )
                    choice[child] = filed_rank[place]
                    break


@_compile
def give_random(
    entries: Words,
    number: int,
    by_ticket: Small,
    cell: Small,
    group: Small,
    starts: Numbers,
    schools: Small,
    full: int,
    offered: Numbers,
    free: Numbers,
    outcome: Bytes,
    at: Small,
    by: Small,
    above: Mask,
) -> None:
    """Draw the seats of each zone among its children: from `free` on is changed.

    `entries` are in order; the quota of a school is its share of the zone's seats by largest remainder, and
    those who get a seat take the quotas in the order of their tickets.
    """
    groups = starts.shape[1] - 1
    size = np.zeros(groups + 1, dtype=np.int64)
    for entry in entries:
        size[group[0, cell[by_ticket[entry & _TICKET]]] + 1] += 1
    first = np.cumsum(size)
    place = first[:-1].copy()
    tickets = np.empty(len(entries), dtype=np.int32)
    for entry in entries:
        g = group[0, cell[by_ticket[entry & _TICKET]]]
        tickets[place[g]] = np.int32(entry & _TICKET)
        place[g] += 1
    for g in range(groups):
        members = tickets[first[g] : first[g + 1]]
        low, high = starts[0, g], starts[0, g + 1]
        if len(members) == 0:
            continue
        total = 0
        for s in range(low, high):
            total += free[schools[s]]
        wanted = min(len(members), total)
        seated = np.sort(members[:wanted])
        quota = np.zeros(high - low, dtype=np.int64)
        rest = np.zeros(high - low, dtype=np.int64)
        given = 0
        if wanted > 0:
            for s in range(high - low):
                quota[s], rest[s] = divmod(free[schools[low + s]] * wanted, total)
                given += quota[s]
        while given < wanted:
            most = 0
            for s in range(1, high - low):
                if rest[s] > rest[most]:
                    most = s
            quota[most] += 1
            rest[most] = -1
            given += 1
        next_ = 0
        for s in range(high - low):
            school = schools[low + s]
            for _ in range(quota[s]):
                child = by_ticket[seated[next_]]
                outcome[child], at[child], by[child], above[child] = _PLACED, school, number, False
                next_ += 1
            free[school] -= quota[s]
        if full == 0:
            continue
        fallback = _NOWHERE
        for s in range(low, high):
            if offered[schools[s]] > 0:
                fallback = schools[s]
                break
        for m in range(wanted, len(members)):
            child = by_ticket[members[m]]
            if full == _REFUSED:
                outcome[child], by[child] = _NOT_ADMITTED, number
            elif fallback != _NOWHERE:
                outcome[child], at[child], by[child], above[child] = _PLACED, fallback, number, True


@_compile
def still_waiting(outcome: Bytes, waiting: Small) -> int:
    """Keep those who wait in front, in their order; return how many there are."""
    kept = 0
    for w in range(len(waiting)):
        if outcome[waiting[w]] == _WAITING:
            waiting[kept] = waiting[w]
            kept += 1
    return kept


@_compile
def leave(
    gone: Mask,
    lapse: bool,
    released: Mask,
    block_school: Small,
    free: Numbers,
    outcome: Bytes,
    at: Small,
    by: Small,
    above: Mask,
    choice: Small,
) -> None:
    """Take the places of those who do not take them up: a seat returns to its pool, or to the open one."""
    for child in range(len(gone)):
        if not gone[child] or outcome[child] != _PLACED:
            continue
        block = at[child]
        if not above[child] and not lapse:
            free[block_school[block] if released[block] else block] += 1
        outcome[child], at[child], by[child], above[child] = _WITHDRAWN, _NOWHERE, _NOWHERE, False
        choice[child] = 0


@_compile
def close(right: Mask, cell: Small, waiting: Small, outcome: Bytes) -> None:
    """End the season: who waits with no right to a place is not admitted."""
    for w in range(len(waiting)):
        if outcome[waiting[w]] == _WAITING and not right[cell[waiting[w]]]:
            outcome[waiting[w]] = _NOT_ADMITTED
