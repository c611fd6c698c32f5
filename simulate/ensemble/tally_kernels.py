"""The compiled loops of a tally: one pass over the children, one over the zones and their schools.

All stand in one file: numba's cache looks at the file of the function called, not at those of its callees.
Every sum is of whole numbers, so that it is the same whoever is added first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

from geodata.metres import UNKNOWN_M
from simulate.state import PLACED

Small = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int64]

PARTS = 10_000
"""Shares of a seat are counted in ten-thousandths: whole numbers, so that no sum depends on its order.

Each school's share is rounded to a millionth first: where a zone's shares add up to whole seats (a third
each of three schools), the sum is exactly that, for up to a hundred schools a zone."""
_FINER = 100

COUNTED = (
    "children",
    "waiting",
    "placed",
    "not_admitted",
    "withdrawn",
    "own_zone",
    "own_district",
    "elsewhere",
    "over",
    "coordinated",
    "coordinated_within",
    "coordinated_across",
    "metres",
    "metres_known",
    "coordinated_metres",
    "coordinated_known",
    "choice_1",
    "choice_2",
    "choice_3",
    "choice_later",
)
"""What a pass counts of each group, by column. `tally.MEASURES` says what each means."""

# outcomes follow "children" in the order of their numbers, reaches follow outcomes
_OUTCOME, _REACH = COUNTED.index("waiting"), COUNTED.index("own_zone")
_OVER, _COORDINATED = COUNTED.index("over"), COUNTED.index("coordinated")
_METRES, _COORDINATED_METRES = COUNTED.index("metres"), COUNTED.index("coordinated_metres")
_CHOICE = COUNTED.index("choice_1")
_UNKNOWN, _PLACED = int(UNKNOWN_M), int(PLACED)

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])


def _compile(kernel: _Kernel) -> _Kernel:
    return cast(_Kernel, cast(Any, njit)(cache=True, nogil=True)(kernel))


@_compile
def count_children(
    cell: Small,
    outcome: npt.NDArray[np.int8],
    block: Small,
    stage: Small,
    over: npt.NDArray[np.bool_],
    choice_rank: Small,
    cell_group: npt.NDArray[np.int8],
    cell_zone: Small,
    cell_district: Small,
    cell_home: Small,
    block_school: Small,
    school_district: Small,
    zone_starts: Numbers,
    zone_schools: Small,
    metres: Small,
    coordinates: npt.NDArray[np.int8],
    counts: Numbers,
    zones: Small,
    districts: Small,
    flows: Small,
    flows_coordinated: Small,
) -> None:
    """Add each child to the last five, which begin as 0.

    `counts` (2, counted) is of 0 household and 1 others; the rows of `zones` (3, z) are children,
    household, and placed in it, those of `districts` (2, d) children and household; the last row and
    column of both flows (d + 1, d + 1) are of no district.
    """
    nowhere = flows.shape[0] - 1
    for i in range(len(cell)):
        c = cell[i]
        group, zone, district = cell_group[c], cell_zone[c], cell_district[c]
        row = counts[group]
        row[0] += 1
        row[_OUTCOME + outcome[i]] += 1
        if zone >= 0:
            zones[0, zone] += 1
            if group == 0:
                zones[1, zone] += 1
        if district >= 0:
            districts[0, district] += 1
            if group == 0:
                districts[1, district] += 1
        if outcome[i] != _PLACED:
            continue
        school = block_school[block[i]]
        at = school_district[school]
        reach = 1 if district == at and at >= 0 else 2
        if zone >= 0:
            for place in range(zone_starts[zone], zone_starts[zone + 1]):
                if zone_schools[place] == school:
                    reach = 0
                    zones[2, zone] += 1
                    break
        row[_REACH + reach] += 1
        if over[i]:
            row[_OVER] += 1
        away = metres[cell_home[c], school]
        known = away != _UNKNOWN
        if known:
            row[_METRES] += away
            row[_METRES + 1] += 1
        there, here = at if at >= 0 else nowhere, district if district >= 0 else nowhere
        flows[here, there] += 1
        if stage[i] >= 0 and coordinates[stage[i]] > 0:
            row[_COORDINATED] += 1
            row[_COORDINATED + (1 if reach < 2 else 2)] += 1
            flows_coordinated[here, there] += 1
            if known:
                row[_COORDINATED_METRES] += away
                row[_COORDINATED_METRES + 1] += 1
        if choice_rank[i] > 0:
            row[_CHOICE + min(choice_rank[i], 4) - 1] += 1


@_compile
def share_seats(
    school_seats: Numbers, zone_starts: Numbers, zone_schools: Small, children: Small, shared: Numbers
) -> None:
    """Write the seats of each zone, in parts of a seat, to `shared` (z,).

    A school's seats are shared by the zones that it serves in proportion to their children, evenly where
    they have none.
    """
    unit = PARTS * _FINER
    of_school = np.zeros(len(school_seats), dtype=np.int64)
    served = np.zeros(len(school_seats), dtype=np.int64)
    for zone in range(len(children)):
        for place in range(zone_starts[zone], zone_starts[zone + 1]):
            of_school[zone_schools[place]] += children[zone]
            served[zone_schools[place]] += 1
    for zone in range(len(children)):
        total = np.int64(0)
        for place in range(zone_starts[zone], zone_starts[zone + 1]):
            school = zone_schools[place]
            part, whole = np.int64(children[zone]), of_school[school]
            if whole == 0:
                part, whole = np.int64(1), served[school]
            # seats first: the product stays below 2**63 for 100,000 seats and 90 million children
            total += (school_seats[school] * part * unit + whole // 2) // whole
        shared[zone] = (total + _FINER // 2) // _FINER
