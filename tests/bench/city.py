"""A realistic city to measure in: children live somewhere, choose near schools, and stand in tiers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from simulate.draws import Lottery
from simulate.mechanisms import NOWHERE, Contest, serial_dictatorship

CHILDREN_A_SCHOOL = 200
CHILDREN_AN_ESTATE = 40
SCHOOLS_A_DISTRICT = 40
SEATS_A_CHILD = 0.95
CHOICES = 6
NEAR = 16
"""How many schools a family looks at before it lists its choices."""

IN_ZONE_WITH_SIBLING, IN_ZONE, SIBLING, OTHER = range(4)

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """Children, their choices and their tiers.

    Parameters
    ----------
    choices : array of int32, shape (n, k)
        The schools that each child lists, most wanted first.
    tiers : array of uint8, shape (n, k)
        The tier of each application: in zone with a sibling, in zone, sibling, other.
    seats : array of int64, shape (s,)
        Seats of each school.
    estate : array of int32, shape (n,)
        Where each child lives.
    estate_place, school_place : array of float64, shape (e, 2) and (s, 2)
        Where estates and schools are.
    zone : array of int32, shape (e,)
        The school of the zone that each estate is in.
    district : array of int32, shape (s,)
        The district of each school, and so of its zone.
    ticket : array of float64, shape (n,)
        A number for each child.
    labels : array of uint64, shape (n,)
        The hash of each child's label.
    """

    choices: npt.NDArray[np.int32]
    tiers: npt.NDArray[np.uint8]
    seats: Numbers
    estate: npt.NDArray[np.int32]
    estate_place: Floats
    school_place: Floats
    zone: npt.NDArray[np.int32]
    district: npt.NDArray[np.int32]
    ticket: Floats
    labels: npt.NDArray[np.uint64]


def make_city(children: int, *, rng: np.random.Generator) -> City:
    """Draw a city.

    Notes
    -----
    1. Estates of 40 children and schools (one for 200) lie around quarters of unequal density. A zone is
       what is nearest to its school; the schools nearest to one of the district centres are a district.
    2. Seats follow the children of the zone with 20 % noise, and are 95 % of the children in all.
    3. A family looks at the 16 nearest schools and lists 6: fame of the school, less the distance (1 is
       about how far schools stand apart), and a taste of its own; the zone's school has a bonus.
    4. One child in eight has a sibling, mostly at its zone's school, else at one of its list.
    5. Children are numbered anyhow, not by where they live: the hardest case for memory.
    """
    schools, estates = max(children // CHILDREN_A_SCHOOL, 8), max(children // CHILDREN_AN_ESTATE, 8)
    centre = rng.random((max(schools // 12, 3), 2)) * np.sqrt(schools)
    weight = rng.dirichlet(np.full(len(centre), 2.0))

    def settle(count: int) -> Floats:
        around: Floats = centre[rng.choice(len(centre), count, p=weight)]
        return around + rng.normal(0.0, 1.5, (count, 2))

    estate_place, school_place = settle(estates), settle(schools)
    near = min(NEAR, schools)
    distance, looked_at = cKDTree(school_place).query(estate_place, k=near)
    zone = looked_at[:, 0].astype(np.int32)
    districts = settle(max(schools // SCHOOLS_A_DISTRICT, 2))
    estate = rng.integers(0, estates, children).astype(np.int32)

    utility = rng.gumbel(0.0, 0.35, (children, near))
    utility += (rng.normal(0.0, 0.4, schools)[looked_at] - distance)[estate]
    utility[:, 0] += 0.5
    listed = np.argsort(-utility, axis=1)[:, : min(CHOICES, near)]
    choices = np.take_along_axis(looked_at[estate], listed, axis=1).astype(np.int32)
    return City(
        choices=choices,
        tiers=_tiers(choices, zone[estate], rng),
        seats=_seats(np.bincount(zone[estate], minlength=schools), rng),
        estate=estate,
        estate_place=estate_place,
        school_place=school_place,
        zone=zone,
        district=cKDTree(districts).query(school_place)[1].astype(np.int32),
        ticket=rng.random(children),
        labels=rng.integers(0, 2**64, children, dtype=np.uint64),
    )


def _seats(children: Numbers, rng: np.random.Generator) -> Numbers:
    wanted = children * rng.normal(1.0, 0.2, len(children)).clip(0.5, 1.5)
    exact = wanted / wanted.sum() * SEATS_A_CHILD * children.sum()
    seats: Numbers = np.maximum(np.floor(exact), 1).astype(np.int64)
    short = max(int(SEATS_A_CHILD * children.sum()) - int(seats.sum()), 0)
    seats[np.argsort(seats - exact)[:short]] += 1
    return seats


def _tiers(
    choices: npt.NDArray[np.int32], zone: npt.NDArray[np.int32], rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    children, length = choices.shape
    anywhere = choices[np.arange(children), rng.integers(0, length, children)]
    there = np.where(rng.random(children) < 0.7, zone, anywhere)
    has_sibling = rng.random(children) < 1 / 8
    sibling = has_sibling[:, None] & (choices == there[:, None])
    in_zone = choices == zone[:, None]
    inside = np.where(sibling, IN_ZONE_WITH_SIBLING, IN_ZONE)
    tiers: npt.NDArray[np.uint8] = np.where(in_zone, inside, np.where(sibling, SIBLING, OTHER)).astype(
        np.uint8
    )
    return tiers


def lottery_of(city: City) -> Lottery:
    """Return what a thousand draws start from."""
    children, length = city.choices.shape
    return Lottery(
        labels=city.labels,
        starts=np.arange(children + 1, dtype=np.int64) * length,
        schools=city.choices.ravel(),
        seats=city.seats,
    )


def one_order(city: City) -> Contest:
    """Return the contest in which the first choice's tier and the ticket order all children."""
    children, length = city.choices.shape
    order = np.lexsort([city.ticket, city.tiers[:, 0]])
    return Contest(
        order=order,
        ticket_rank=_places(np.argsort(city.ticket)),
        group=np.arange(children, dtype=np.int32),
        starts=np.arange(children + 1, dtype=np.int64) * length,
        schools=city.choices.ravel(),
        seats=city.seats,
    )


def own_orders(city: City) -> Contest:
    """Return the contest in which each school orders by tier and ticket."""
    one, length = one_order(city), city.choices.shape[1]
    rank = _places(np.lexsort([np.repeat(city.ticket, length), city.tiers.ravel()]))
    return Contest(
        order=one.order,
        ticket_rank=one.ticket_rank,
        group=one.group,
        starts=one.starts,
        schools=one.schools,
        seats=one.seats,
        rank=rank,
    )


def cascade(city: City) -> list[Contest]:
    """Return the three passes zone, district, city, each over the children left by the one before.

    Children of an estate share a list: the zone's school; then the schools of the district that have a seat
    left, the nearest first; then those of the other districts.
    """
    free, waiting = city.seats.copy(), np.arange(len(city.estate))
    passes: list[Contest] = []
    for reach in ("zone", "district", "city"):
        here, group = np.unique(city.estate[waiting], return_inverse=True)
        lists = _open_schools(city, reach, here, np.flatnonzero(free > 0))
        order = np.argsort(city.ticket[waiting])
        contest = Contest(
            order=order,
            ticket_rank=_places(order),
            group=group.astype(np.int32),
            starts=np.concatenate([[0], np.cumsum([len(one) for one in lists])]).astype(np.int64),
            schools=np.concatenate([*lists, np.empty(0, dtype=np.int32)]).astype(np.int32),
            seats=free.copy(),
        )
        passes.append(contest)
        got = serial_dictatorship(contest)
        free -= np.bincount(got[got != NOWHERE], minlength=len(free))
        waiting = waiting[got == NOWHERE]
    return passes


def _open_schools(city: City, reach: str, estates: Numbers, free: Numbers) -> list[npt.NDArray[np.int32]]:
    zone = city.zone[estates]
    if reach == "zone":
        return [np.array([school], dtype=np.int32) for school in zone]
    lists = []
    for place, district in zip(city.estate_place[estates], city.district[zone], strict=True):
        inside = city.district[free] == district
        schools = free[inside if reach == "district" else ~inside]
        away = ((city.school_place[schools] - place) ** 2).sum(axis=1)
        lists.append(schools[np.argsort(away, kind="stable")].astype(np.int32))
    return lists


def _places(order: Numbers) -> Numbers:
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    return places
