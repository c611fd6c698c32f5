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
        The lists one after the other; the most preferred school of each first.
    seats : array of int64, shape (s,)
        Free seats of every school.
    rank : array of int64, shape (total,), optional
        The child's place in the order of the school at each entry of `schools`, smaller is better, no two
        alike at a school; then every child has a list of its own. None where one order serves all schools.
    """

    order: npt.NDArray[np.int64]
    ticket_rank: npt.NDArray[np.int64]
    group: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int64]
    schools: npt.NDArray[np.int32]
    seats: npt.NDArray[np.int64]
    rank: npt.NDArray[np.int64] | None = None

    @property
    def list_lengths(self) -> npt.NDArray[np.int64]:
        """How many schools stand in each list, shape (g,)."""
        return np.diff(self.starts)
