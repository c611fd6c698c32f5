"""What stays the same from draw to draw, as arrays: places, names, seats. Measures read nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from simulate.policy import Policy
from simulate.world import ABSENT, World

Numbers = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Texts = npt.NDArray[np.object_]
Mask = npt.NDArray[np.bool_]

COORDINATIONS = ("", "area", "district", "city")
"""How far a stage coordinates, by the number that stands for it; "" is a stage that does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Places of one scenario. A *cell* is children who live alike: of one unit and category, or one child.

    Parameters
    ----------
    units, zones, districts, schools, categories, stages : array of str
        The names, shapes (u,), (z,), (d,), (s,), (k,), (t,).
    household : array of bool, shape (k,)
        Which categories have a right to a place.
    cell_unit, cell_zone, cell_district, cell_category, cell_home : array of int32, shape (c,)
        Positions of each cell's; `ABSENT` where there is none (a category and a home are always there).
    school_district : array of int32, shape (s,)
        `ABSENT` where there is none.
    block_school, block_seats : array of int32 and int64, shape (b,)
        Seat blocks (`simulate.world.Blocks`): the school, the seats offered.
    zone_starts, zone_schools : array of int64, shape (z + 1,), and of int32
        The schools of each zone.
    metres : array of int32, shape (h, s)
        From each home to each school; `UNKNOWN_M` where it is not known.
    coordination : array of int8, shape (t,)
        How far each stage coordinates: a position in `COORDINATIONS`.
    """

    units: Texts
    zones: Texts
    districts: Texts
    schools: Texts
    categories: Texts
    stages: Texts
    household: Mask
    cell_unit: Small
    cell_zone: Small
    cell_district: Small
    cell_category: Small
    cell_home: Small
    school_district: Small
    block_school: Small
    block_seats: Numbers
    zone_starts: Numbers
    zone_schools: Small
    metres: Small
    coordination: npt.NDArray[np.int8]

    @property
    def school_seats(self) -> Numbers:
        """The seats that each school offers, pools added up, shape (s,)."""
        total = np.zeros(len(self.schools), dtype=np.int64)
        np.add.at(total, self.block_school, self.block_seats)
        return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of one draw: a row a child, sorted by cell and then by serial.

    Parameters
    ----------
    cell, serial : array of int32, shape (n,)
        The cell of each child, and its number in it, from 0.
    outcome : array of int8, shape (n,)
        `WAITING`, `PLACED`, `NOT_ADMITTED` or `WITHDRAWN` of `simulate.state`, the season closed.
    block, stage : array of int32, shape (n,)
        The seat block where each sits, and the stage that decided; `NOWHERE` where there is none.
    over : array of bool, shape (n,)
        Who sits above the intake.
    choice_rank : array of int32, shape (n,)
        1 for the first choice; 0 where nobody asked for choices.
    free : array of int64, shape (b,)
        Seats left by block.
    given_zone : array of int32, shape (n,), optional
        The zone that a stage gave each child, `ABSENT` where none did; None where no stage gives zones.
    """

    cell: Small
    serial: Small
    outcome: npt.NDArray[np.int8]
    block: Small
    stage: Small
    over: Mask
    choice_rank: Small
    free: Numbers
    given_zone: Small | None = None


def places_of(world: World, policy: Policy) -> Places:
    """Return the places of a world whose children stand for cells."""
    children = world.children
    units = np.array(
        sorted({unit for unit in world.homes.units.tolist() if isinstance(unit, str)}), dtype=object
    )
    categories = np.array([category.id for category in policy.category], dtype=object)
    every = np.arange(len(world.homes.ids), dtype=np.int64)
    return Places(
        units=units,
        zones=world.zones,
        districts=world.districts,
        schools=world.schools.ids,
        categories=categories,
        stages=np.array([stage.id for stage in policy.stage], dtype=object),
        household=np.array([category.household for category in policy.category], dtype=np.bool_),
        cell_unit=_positions(world.homes.units[children.home], units),
        cell_zone=children.zone.astype(np.int32),
        cell_district=children.district.astype(np.int32),
        cell_category=_positions(children.category, categories),
        cell_home=children.home.astype(np.int32),
        school_district=world.schools.district.astype(np.int32),
        block_school=world.blocks.school.astype(np.int32),
        block_seats=world.blocks.seats,
        zone_starts=world.zone_starts,
        zone_schools=world.zone_schools.astype(np.int32),
        metres=world.nearness.metres(every),
        coordination=np.array(
            [COORDINATIONS.index(stage.coordination or "") for stage in policy.stage], dtype=np.int8
        ),
    )


def _positions(values: Texts, names: Texts) -> Small:
    """Return the position of each name, `ABSENT` where it is none."""
    place = {name: number for number, name in enumerate(names.tolist())}
    codes, known = pd.factorize(values)
    found = np.array([place.get(name, ABSENT) for name in known.tolist()] + [ABSENT], dtype=np.int32)
    return np.asarray(found[codes], dtype=np.int32)
