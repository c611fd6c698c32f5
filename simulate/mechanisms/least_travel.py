"""`least-travel`: the same children as one order would seat, at the least metres they can travel in all."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geodata.metres import UNKNOWN_M
from simulate.mechanisms.contest import NOWHERE, Contest
from simulate.mechanisms.transport import FAR, Entries, Ints, Seating, seat_in_turn, share_ties

LONGEST_M = 5_000_000
"""No known distance is as long as this."""

UNKNOWN_COUNTS_M = 10_000_000
"""What an unknown distance counts in a sum of metres."""


def least_travel(contest: Contest) -> npt.NDArray[np.int32]:
    """Seat the first children of the order that can all be seated, at the least total distance.

    Parameters
    ----------
    contest : Contest
        One order for all schools, and the metres of every entry. An entry of unknown distance
        (`UNKNOWN_M`) counts 10 000 000 m in the sum, and so comes after all known ones of its list.

    Returns
    -------
    array of int32, shape (m,)
        The school of each child, or `NOWHERE`.

    Raises
    ------
    ValueError
        If the contest has no metres, a negative distance or a known one of 5 000 000 m or more, or if it
        has orders of the schools, tie classes or units.
    RuntimeError
        If the result could not be proved to be the minimum (which would be an error of this module).

    Notes
    -----
    1. The set: in the order, a child is kept if it can be seated together with all kept before it, who
       may be moved for it. Sets that can be seated are the independent sets of a transversal matroid
       (Edmonds and Fulkerson 1965), so the set is also of the greatest size.
    2. The total: that set is seated so that the sum of metres is least, a transportation problem
       (Hitchcock 1941). Steps 1 and 2 run together: each child in turn goes the shortest way to a free
       seat, on which others may be moved on, and no shorter total for the children so far is left (Ford
       and Fulkerson 1956; seat prices keep all lengths of a way at zero or more). If there is no way, the
       child is not in the set. All numbers are integers.
    3. Ties: among all seatings of that set with the least total, each child in its turn gets its nearest
       school (the earlier entry of its list where metres are equal), given what the children before it
       got. These seatings are the ones that use only entries at which metres plus seat price are least
       for the child, and that fill every school with a price above zero; a child gets an entry if a chain
       of moves among such entries makes room for it.
    4. The result is proved by the prices (linear programming duality, in integers) before it is returned.

    A school that stands twice in a list counts with its shorter distance.

    References
    ----------
    Hitchcock, F. L. (1941). The distribution of a product from several sources to numerous localities.
    Journal of Mathematics and Physics 20.
    Ford, L. R. and Fulkerson, D. R. (1956). Solving the transportation problem. Management Science 3.
    Edmonds, J. and Fulkerson, D. R. (1965). Transversals and matroid partition. Journal of Research of the
    National Bureau of Standards 69B.

    Examples
    --------
    A and B have a seat each. Nearest first would send c1 500 m to A and c2 1500 m to B, 2000 m in all.

    >>> case = Contest(order=np.arange(2), ticket_rank=np.arange(2), group=np.arange(2, dtype=np.int32),
    ...     starts=np.array([0, 2, 4]), schools=np.array([0, 1, 0, 1], np.int32), seats=np.array([1, 1]),
    ...     metres=np.array([500, 600, 400, 1500], np.int32))
    >>> ["AB"[s] for s in least_travel(case)]
    ['B', 'A']
    """
    entries = _entries(contest)
    order, group, seats = _whole_numbers(contest)
    kept, seated, price = seat_in_turn(order, group, _nobody_seated(entries, len(seats)), seats)
    tight = _tight(entries, price)
    narrow, many = _only(entries, tight), seated[tight]
    spare = seats - np.bincount(narrow.schools, weights=many, minlength=len(seats)).astype(np.int64)
    chosen = share_ties(
        order[kept[order]], group, _nobody_seated(narrow, len(seats)), many, spare, price == 0
    )
    school = np.full(len(order), NOWHERE, dtype=np.int32)
    school[chosen != NOWHERE] = narrow.schools[chosen[chosen != NOWHERE]]
    if not (np.array_equal(school != NOWHERE, kept) and _proved(entries, group, seats, price, school)):
        raise RuntimeError("least-travel found a seating that its prices do not prove to be the minimum")
    return school


def prices(contest: Contest, school: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Return the metres that the children seated would save in all if a school had one more seat.

    Parameters
    ----------
    contest : Contest
        As for `least_travel`.
    school : array of int32, shape (m,)
        A seating of least total distance for the children whom it seats, as `least_travel` gives it.

    Returns
    -------
    array of int64, shape (s,)
        Whole metres; 0 where a seat is free.

    Raises
    ------
    ValueError
        As `least_travel`, and if the children seated could be seated with fewer metres, or not so at all.

    Notes
    -----
    They are the lowest prices that prove the minimum: metres plus price are least, over the list of each
    child, at the school where it is seated, and only full schools have a price above zero.

    Examples
    --------
    Two children live 100 m from A, which has one seat, and 700 m from B, which has five.

    >>> case = Contest(order=np.arange(2), ticket_rank=np.arange(2), group=np.zeros(2, np.int32),
    ...     starts=np.array([0, 2]), schools=np.array([0, 1], np.int32), seats=np.array([1, 5]),
    ...     metres=np.array([100, 700], np.int32))
    >>> prices(case, least_travel(case))
    array([600,   0])
    """
    entries = _entries(contest)
    order, group, seats = _whole_numbers(contest)
    inside = order[school[order] != NOWHERE]
    price: Ints = seat_in_turn(inside, group, _nobody_seated(entries, len(seats)), seats)[2]
    if not _proved(entries, group, seats, price, school):
        raise ValueError("the seating is not one of least total distance for the children whom it seats")
    return price


def _entries(contest: Contest) -> Entries:
    """Return the entries of a contest, unknown distances as they count, or raise."""
    if contest.rank is not None or contest.ties is not None or contest.unit is not None:
        raise ValueError("least-travel wants one order for all schools, without tie classes and units")
    if contest.metres is None:
        raise ValueError("least-travel wants the metres of every entry of the lists")
    metres = contest.metres.astype(np.int64)
    unknown = metres == UNKNOWN_M
    wrong = np.flatnonzero(~unknown & ((metres < 0) | (metres >= LONGEST_M)))
    if len(wrong):
        raise ValueError(
            f"entry {wrong[0]} is {metres[wrong[0]]} m away: a known distance is 0 m or more, "
            f"and less than {LONGEST_M} m"
        )
    metres[unknown] = UNKNOWN_COUNTS_M
    lengths = contest.list_lengths
    return Entries(
        starts=contest.starts.astype(np.int64),
        schools=contest.schools.astype(np.int64),
        owner=np.repeat(np.arange(len(lengths), dtype=np.int64), lengths),
        metres=metres,
    )


def _whole_numbers(contest: Contest) -> tuple[Ints, Ints, Ints]:
    """Return order, group and seats (no seats where fewer than none are free)."""
    seats = np.maximum(contest.seats.astype(np.int64), 0)
    return contest.order.astype(np.int64), contest.group.astype(np.int64), seats


def _nobody_seated(entries: Entries, schools: int) -> Seating:
    total = len(entries.schools)
    listed = np.bincount(entries.schools, minlength=schools)
    return Seating(
        entries=entries,
        seated=np.zeros(total, dtype=np.int64),
        held=np.empty(total, dtype=np.int64),
        first=np.concatenate([[0], np.cumsum(listed)]).astype(np.int64),
        holding=np.zeros(schools, dtype=np.int64),
        place=np.empty(total, dtype=np.int64),
        least=np.full((schools, schools), FAR, dtype=np.int64),
        leaving=np.full((schools, schools), NOWHERE, dtype=np.int64),
        taking=np.full((schools, schools), NOWHERE, dtype=np.int64),
    )


def _tight(entries: Entries, price: Ints) -> Ints:
    """Return the entries at which metres plus price are least for their list, the nearest of each first."""
    dear = entries.metres + price[entries.schools]
    least = np.full(len(entries.starts) - 1, FAR, dtype=np.int64)
    np.minimum.at(least, entries.owner, dear)
    tight = np.flatnonzero(dear == least[entries.owner])
    # a stable sort, so that the earlier entry stays first among equal metres
    return tight[np.lexsort((entries.metres[tight], entries.owner[tight]))]


def _only(entries: Entries, some: Ints) -> Entries:
    lengths = np.bincount(entries.owner[some], minlength=len(entries.starts) - 1)
    return Entries(
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        schools=entries.schools[some],
        owner=entries.owner[some],
        metres=np.zeros(len(some), dtype=np.int64),  # among them a move costs nothing, prices counted in
    )


def _proved(entries: Entries, group: Ints, seats: Ints, price: Ints, school: npt.NDArray[np.int32]) -> bool:
    """Say whether the prices prove that the children seated cannot be seated with fewer metres."""
    taken = np.bincount(school[school != NOWHERE], minlength=len(seats))
    tight = _tight(entries, price)
    allowed = entries.owner[tight] * len(seats) + entries.schools[tight]
    seated = np.flatnonzero(school != NOWHERE)
    return bool(
        (price >= 0).all()
        and (taken <= seats).all()
        and (taken == seats)[price > 0].all()
        and np.isin(group[seated] * len(seats) + school[seated], allowed).all()
    )
