"""A city and its children as arrays: what every stage reads and none changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import City
from simulate.nearness import Nearness
from simulate.points.scoring import Scored

Numbers = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]

CONSENT_LEVEL = {"none": 0, "district": 1, "city": 2}
ABSENT = -1
"""Stands in arrays of positions for "has none" (no street, no twin, no stage); it never leaves them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schools:
    """Schools in order of their ids.

    Parameters
    ----------
    ids, kinds : array of str, shape (s,)
    district, street : array of int, shape (s,)
        Positions in `World.districts` and `World.streets`, or `ABSENT`.
    offered : array of int64, shape (s,)
        Seats offered, all pools together.
    """

    ids: Texts
    kinds: Texts
    district: Numbers
    street: Numbers
    offered: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """Seat blocks: a school's pool each. The first s are the schools' open pools, in order of the schools.

    Parameters
    ----------
    school : array of int32, shape (b,)
    pool : array of str, shape (b,)
    seats : array of int64, shape (b,)
        Seats offered.
    release : array of int64, shape (b,)
        The position of the stage after which what is left goes to the open pool, or `ABSENT`.
    precedence : array of int64, shape (b,)
        A lower one of a school is filled first.
    """

    school: npt.NDArray[np.int32]
    pool: Texts
    seats: Numbers
    release: Numbers
    precedence: Numbers

    def __len__(self) -> int:
        """How many there are."""
        return len(self.school)


@dataclass(frozen=True, slots=True, kw_only=True)
class Homes:
    """Places where children live, in order of their ids; children of a unit share one."""

    ids: Texts
    units: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What children filed, in order of child, list, time of filing and rank.

    Parameters
    ----------
    child, list_, after, rank : array of int, shape (c,)
        `after` is the position of the stage after which it was filed, `ABSENT` from the start.
    school, zone : array of int32, shape (c,)
        The target: a school or a zone; the other is `ABSENT`.
    """

    child: Numbers
    list_: Numbers
    after: Numbers
    rank: npt.NDArray[np.int32]
    school: npt.NDArray[np.int32]
    zone: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What families said, and after which stage: child, after and answer (text), shape (a,) each."""

    child: Numbers
    after: Numbers
    answer: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Children:
    """Children in order of their numbers.

    Parameters
    ----------
    ids, category : array of str, shape (n,)
    zone, district, home : array of int, shape (n,)
        Positions in `World.zones`, `World.districts`, `World.homes`.
    street, feeder, sibling_school, household, twins : array of int, shape (n,)
        The street; the school that the present school feeds; the school where a sibling is now; the
        household and the group of twins as numbers; `ABSENT` where there is none.
    eligible : array of bool, shape (n,)
        Whether the child meets the conditions of the points schedule, if it needs to.
    consent : array of int, shape (n,)
        0 none, 1 to the district, 2 to the city.
    keys : mapping of str to array of float64, shape (n,)
        What orders read; NaN is absent, and comes last. Dates are days since 1970.
    tickets : array of uint8, shape (n, 32)
    ticket_rank : array of int64, shape (n,)
    """

    ids: Texts
    category: Texts
    zone: Numbers
    district: Numbers
    home: Numbers
    street: Numbers
    feeder: Numbers
    sibling_school: Numbers
    household: Numbers
    twins: Numbers
    eligible: npt.NDArray[np.bool_]
    consent: Numbers
    keys: dict[str, npt.NDArray[np.float64]]
    tickets: npt.NDArray[np.uint8]
    ticket_rank: Numbers

    def __len__(self) -> int:
        """How many children there are."""
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that a season reads.

    `zone_starts` and `zone_schools` list the schools of each zone; `applicants` is the table as used, with
    the zone, district, street and home that were found; `scored` how its points came about, where a
    schedule gave them; `synthetic` says that the children were drawn.
    """

    city: City
    schools: Schools
    blocks: Blocks
    homes: Homes
    children: Children
    choices: Choices
    answers: Answers
    zones: Texts
    zone_district: Numbers
    districts: Texts
    streets: Texts
    zone_starts: Numbers
    zone_schools: npt.NDArray[np.int32]
    nearness: Nearness
    applicants: pd.DataFrame
    scored: Scored | None
    synthetic: bool

    def metres(self, child: Numbers, school: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """Return the distance of each pair of child and school, shape (p,), by their positions."""
        return self.nearness.pairs(self.children.home[child], school.astype(np.int64))
