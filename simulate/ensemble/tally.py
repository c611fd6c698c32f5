"""What one draw comes to: counts of one pass over its children, the same names and shapes for all draws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from geodata.messages import Text, say
from simulate.ensemble.places import Places, Played
from simulate.ensemble.tally_kernels import COUNTED, PARTS, count_children, share_seats
from simulate.world import ABSENT

__all__ = ["COUNTED", "GROUPS", "MEASURES", "PARTS", "REACHES", "Measure", "Tally", "tally"]

Tally = dict[str, npt.NDArray[np.integer]]

GROUPS = ("all", "household", "others")
"""Of whom is counted: everybody; household categories, who have a right to a place; the others."""
REACHES = ("zone", "district", "city")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One column of `scalars`.

    Parameters
    ----------
    name : str
        As in `COUNTED`.
    title : Text
        What it is, for people.
    better : {"less", "more"} or None
        Which is better of itself; None where that hangs on what happens to the children instead.
    """

    name: str
    title: Text
    better: Literal["less", "more"] | None


_TITLES: tuple[tuple[Text, Literal["less", "more"] | None], ...] = (
    (say("children"), None),
    (say("still waiting at the end"), "less"),
    (say("placed"), "more"),
    (say("not admitted"), "less"),
    (say("withdrawn"), None),
    (say("placed in the own zone"), "more"),
    (say("placed elsewhere in the own district"), None),
    (say("placed in another district"), None),
    (say("seated above the intake"), "less"),
    (say("placed by coordination"), None),
    (say("coordinated within the own district"), None),
    (say("coordinated across districts"), None),
    (say("metres to school, placed children"), None),
    (say("placed children with a known distance"), None),
    (say("metres to school, coordinated children"), None),
    (say("coordinated children with a known distance"), None),
    (say("placed by their first choice"), "more"),
    (say("placed by their second choice"), None),
    (say("placed by their third choice"), None),
    (say("placed by a later choice"), None),
)
MEASURES = tuple(
    Measure(name=name, title=title, better=better)
    for name, (title, better) in zip(COUNTED, _TITLES, strict=True)
)
"""The columns of `scalars`."""


def tally(places: Places, played: Played) -> Tally:
    """Count what came of one draw.

    Parameters
    ----------
    places : Places
    played : Played

    Returns
    -------
    dict of str to array
        The same names, shapes and types for the same places:

        scalars : int64, shape (3, 20)
            `GROUPS` × `COUNTED`. Outcomes, reaches, coordination and metres as `simulate.summary` and
            `simulate.coordination.measures` have them: placed in the own zone, else in the own district,
            else elsewhere; coordinated is who sits at a place that a stage which coordinates gave, across
            where the school lies in no or another district than the home.
        short : int64, shape (2, 3)
            All and household × `REACHES`: seats short in parts of a seat (`PARTS`), added up over the zones
            (or districts, or the city as one): where children are more than seats, how many more.
        seats_left : int64, shape ()
            Seats that nobody took, all pools.
        zone_children, zone_household, zone_placed : int32, shape (z,)
            Children of each zone, of these household, and placed in it; children of no zone are in none.
        zone_seats : int64, shape (z,)
            Seats of each zone in parts of a seat (`zoning.pressure.seat_shares`: a school's are shared
            by its zones in proportion to all their children, evenly where there are none).
        district_children, district_household : int32, shape (d,)
        flows, flows_coordinated : int32, shape (d + 1, d + 1)
            Placed children, and of these coordinated, from the district of the home (row) to that of the
            school (column); the last row and column are of no district.

    Notes
    -----
    A zone that a stage gave (`gives = "zone"`) is the child's own, as in `simulate.summary`; who lives in a
    zone, and whether it runs short, goes by the home.
    """
    counted = _counted(places, played)
    if played.given_zone is None:
        return counted
    own = _counted(*_at_given_zones(places, played, played.given_zone))
    return own | {name: counted[name] for name in OF_HOMES}


OF_HOMES = ("zone_children", "zone_household", "zone_seats", "short")
"""What goes by the zone of the home, whatever zone a stage gave."""


def _at_given_zones(places: Places, played: Played, given: npt.NDArray[np.int32]) -> tuple[Places, Played]:
    """Return places in which each child is a cell of its own, at home in the zone that it was given."""
    cell = played.cell
    zone = np.where(given == ABSENT, places.cell_zone[cell], given).astype(np.int32)
    of_cells = {
        name: getattr(places, name)[cell]
        for name in ("cell_unit", "cell_district", "cell_category", "cell_home")
    }
    alone = replace(played, cell=np.arange(len(cell), dtype=np.int32), given_zone=None)
    return replace(places, cell_zone=zone, **of_cells), alone


def _counted(places: Places, played: Played) -> Tally:
    """Count with the zones as they stand in `places`."""
    counts = np.zeros((2, len(COUNTED)), dtype=np.int64)
    zones = np.zeros((3, len(places.zones)), dtype=np.int32)
    districts = np.zeros((2, len(places.districts)), dtype=np.int32)
    side = len(places.districts) + 1
    flows, coordinated = (np.zeros((side, side), dtype=np.int32) for _ in range(2))
    group = np.where(places.household[places.cell_category], 0, 1).astype(np.int8)
    count_children(
        np.ascontiguousarray(played.cell),
        np.ascontiguousarray(played.outcome),
        np.ascontiguousarray(played.block),
        np.ascontiguousarray(played.stage),
        np.ascontiguousarray(played.over),
        np.ascontiguousarray(played.choice_rank),
        group,
        places.cell_zone,
        places.cell_district,
        places.cell_home,
        places.block_school,
        places.school_district,
        places.zone_starts,
        places.zone_schools,
        places.metres,
        places.coordination,
        counts,
        zones,
        districts,
        flows,
        coordinated,
    )
    seats = np.zeros(len(places.zones), dtype=np.int64)
    share_seats(places.school_seats, places.zone_starts, places.zone_schools, zones[0], seats)
    return {
        "scalars": np.concatenate([counts.sum(axis=0, keepdims=True), counts]),
        "short": _short(places, zones[:2], seats, districts, counts[:, 0]),
        "seats_left": np.asarray(played.free.sum(), dtype=np.int64),
        "zone_children": zones[0],
        "zone_household": zones[1],
        "zone_placed": zones[2],
        "zone_seats": seats,
        "district_children": districts[0],
        "district_household": districts[1],
        "flows": flows,
        "flows_coordinated": coordinated,
    }


def district_seats(places: Places) -> npt.NDArray[np.int64]:
    """Return the seats that each district's schools offer, shape (d,)."""
    total = np.zeros(len(places.districts), dtype=np.int64)
    there = places.school_district >= 0
    np.add.at(total, places.school_district[there], places.school_seats[there])
    return total


def _short(
    places: Places,
    zones: npt.NDArray[np.int32],
    seats: npt.NDArray[np.int64],
    districts: npt.NDArray[np.int32],
    children: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Return seats short, all and household × `REACHES`, in parts of a seat (`PARTS`)."""
    everyone = np.array([[children.sum()], [children[0]]], dtype=np.int64)
    reaches = (
        (zones, seats),
        (districts, district_seats(places) * PARTS),
        (everyone, places.school_seats.sum(keepdims=True) * PARTS),
    )
    lacking = [
        np.maximum(there.astype(np.int64) * PARTS - offered, 0).sum(axis=1) for there, offered in reaches
    ]
    return np.stack(lacking, axis=1)
