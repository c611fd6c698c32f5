"""Distances of homes to schools, worked out once for a world and kept while they fit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from simulate.ragged import distinct

Numbers = npt.NDArray[np.int64]
Metres = npt.NDArray[np.int32]
MOST_KEPT = 20_000_000
"""Pairs of home and school that are kept (160 MB with the order); beyond, they are worked out anew."""


class Nearness:
    """Metres of homes to schools, and the schools of each home from the nearest on.

    A class, because it keeps what it has worked out: a season asks for the same homes stage after stage,
    and a scenario that changes seats asks for all of them again. What it returns never depends on that.

    Parameters
    ----------
    measure : callable
        homes (h,), schools (s,) -> whole metres, shape (h, s), `UNKNOWN_M` where unknown.
    homes, schools : int
        How many there are.
    """

    def __init__(self, measure: Callable[[Numbers, Numbers], Metres], homes: int, schools: int) -> None:
        self._measure = measure
        self._homes = homes
        self._schools = np.arange(schools, dtype=np.int64)
        self._metres: Metres | None = None
        self._order: npt.NDArray[np.int32] | None = None

    def metres(self, homes: Numbers) -> Metres:
        """Return the metres of some homes to all schools, shape (h, s)."""
        if not self._keeps():
            return self._measure(homes, self._schools)
        return self._all()[homes]

    def order(self, homes: Numbers) -> npt.NDArray[np.int32]:
        """Return all schools for each of some homes, the nearest first, then by id, shape (h, s)."""
        if not self._keeps():
            return np.argsort(self.metres(homes), axis=1, kind="stable").astype(np.int32)
        if self._order is None:
            self._order = np.argsort(self._all(), axis=1, kind="stable").astype(np.int32)
        return self._order[homes]

    def pairs(self, homes: Numbers, schools: Numbers) -> Metres:
        """Return the metres of each pair of home and school, shape (p,)."""
        if self._keeps():
            return self._all()[homes, schools]
        keys = homes * len(self._schools) + schools
        known = distinct(keys)
        home, school = np.divmod(known, len(self._schools))
        metres = np.empty(len(known), dtype=np.int32)
        # a loop over schools, never over children
        order = np.argsort(school, kind="stable")
        ids, first = np.unique(school[order], return_index=True)
        for number, members in zip(ids, np.split(order, first[1:]), strict=True):
            metres[members] = self._measure(home[members], np.array([number]))[:, 0]
        return metres[np.searchsorted(known, keys)]

    def _keeps(self) -> bool:
        return self._homes * len(self._schools) <= MOST_KEPT

    def _all(self) -> Metres:
        if self._metres is None:
            self._metres = self._measure(np.arange(self._homes, dtype=np.int64), self._schools)
        return self._metres
