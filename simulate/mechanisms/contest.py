"""What a mechanism is given: children in an order, the schools open to each, and free seats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

NOWHERE = -1
"""Stands in arrays of school numbers for "no school"; it never leaves them."""

NEVER = np.iinfo(np.int64).max
"""Stands in `Contest.rank` where the school does not take the child at all: it asks, and is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """Children who compete for seats in one stage.

    Parameters
    ----------
    order : array of int64, shape (m,)
        The children's numbers 0..m-1, the first in the order first.
    ticket_rank : array of int64, shape (m,)
        The place of each child's ticket; smaller is drawn first.
    group : array of int32, shape (m,)
        Which list of schools a child has; children of one home (or zone) share a list.
    starts : array of int64, shape (g + 1,)
        Where each list starts in `schools`.
    schools : array of int32, shape (total,)
        The lists one after the other; the most preferred school of each first. Each pool of a school
        counts as a school here, for seats of two pools are never exchanged.
    seats : array of int64, shape (s,)
        Free seats of every school (of every pool of one).
    rank : array of int64, shape (total,), optional
        The child's place in the order of the school at each entry of `schools`, smaller is better, no two
        alike at a school; then every child has a list of its own. None where one order serves all schools.
    choice : array of int32, shape (total,), optional
        Which choice each entry is, 0 the first, never less than the entry before: bands of choices go by
        it, since one choice may be several entries (its pools) and a choice that is not open none. None
        where each entry is a choice.
    metres : array of int32, shape (total,), optional
        The distance of each entry; only `least_travel` reads it.
    ties : array of int64, optional
        Where a tie class is admitted whole, over the seats if need be: the class of each child (shape
        (m,), never less than that of the child before in `order`), or, with `rank`, of each entry (shape
        (total,), never less than that of a better rank at the school). None where a ticket decides.
    unit : array of int64, shape (m,), optional
        Children of one unit (twins) stand together in `order`, share a list, and are seated together or
        pass a school over. None where each child stands alone.
    """

    order: npt.NDArray[np.int64]
    ticket_rank: npt.NDArray[np.int64]
    group: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int64]
    schools: npt.NDArray[np.int32]
    seats: npt.NDArray[np.int64]
    rank: npt.NDArray[np.int64] | None = None
    choice: npt.NDArray[np.int32] | None = None
    metres: npt.NDArray[np.int32] | None = None
    ties: npt.NDArray[np.int64] | None = None
    unit: npt.NDArray[np.int64] | None = None

    @property
    def list_lengths(self) -> npt.NDArray[np.int64]:
        """How many schools stand in each list, shape (g,)."""
        return np.diff(self.starts)
