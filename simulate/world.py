"""A city and its children as arrays: what every stage reads and none changes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geodata import City, DataError, Fault, NotBuiltYetError, XuequError, say
from geodata.intake import entry_rows
from geodata.schema import ENTRY_GRADE
from simulate.children import Hash, draw_children, uniform
from simulate.policy import CHILD_KEYS, Policy
from simulate.ragged import walk
from simulate.tickets import ticket_labels, ticket_ranks, tickets_of
from zoning.locate import locate_children
from zoning.plan import plan_in
from zoning.pressure import pools_in_use, seats_by_school
from zoning.travel import UNKNOWN_M, Travel, distances_m, part_of, travel_of

CONSENT_LEVEL = {"none": 0, "district": 1, "city": 2}
NO_DISTRICT = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Schools:
    """Schools in order of their ids.

    Parameters
    ----------
    ids, kinds : array of str, shape (s,)
    district : array of int, shape (s,)
        Position in `World.districts`, or `NO_DISTRICT`.
    places : array, shape (s, 2)
        Easting and northing; NaN where unknown.
    parts : array of int, shape (s,)
        Land part.
    seats : array of int64, shape (s,)
        Seats offered.
    """

    ids: npt.NDArray[np.object_]
    kinds: npt.NDArray[np.object_]
    district: npt.NDArray[np.int64]
    places: npt.NDArray[np.float64]
    parts: npt.NDArray[np.int64]
    seats: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Homes:
    """Places where children live, in order of their ids; children of a unit share one."""

    ids: npt.NDArray[np.object_]
    units: npt.NDArray[np.object_]
    places: npt.NDArray[np.float64]
    parts: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Children:
    """Children in order of their numbers.

    Parameters
    ----------
    ids, category : array of str, shape (n,)
    zone, district, home : array of int, shape (n,)
        Positions in `World.zones`, `World.districts`, `World.homes`.
    consent : array of int, shape (n,)
        0 none, 1 to the district, 2 to the city.
    keys : mapping of str to array of float64, shape (n,)
        What orders read; NaN is absent, and comes last. Dates are days since 1970.
    tickets : array of uint8, shape (n, 32)
    ticket_rank : array of int64, shape (n,)
    choice_starts, choice_schools : arrays
        The schools that each child listed, most wanted first (as in `Contest`).
    choice_ranks : array of int32
        The rank that was filed for each of `choice_schools`.
    """

    ids: npt.NDArray[np.object_]
    category: npt.NDArray[np.object_]
    zone: npt.NDArray[np.int64]
    district: npt.NDArray[np.int64]
    home: npt.NDArray[np.int64]
    consent: npt.NDArray[np.int64]
    keys: dict[str, npt.NDArray[np.float64]]
    tickets: npt.NDArray[np.uint8]
    ticket_rank: npt.NDArray[np.int64]
    choice_starts: npt.NDArray[np.int64]
    choice_schools: npt.NDArray[np.int32]
    choice_ranks: npt.NDArray[np.int32]

    def __len__(self) -> int:
        """How many children there are."""
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that a season reads.

    `zone_starts` and `zone_schools` list the schools of each zone; `decisions` is the table of
    decisions; `synthetic` says that the children were drawn.
    """

    city: City
    schools: Schools
    homes: Homes
    children: Children
    zones: npt.NDArray[np.object_]
    districts: npt.NDArray[np.object_]
    zone_starts: npt.NDArray[np.int64]
    zone_schools: npt.NDArray[np.int32]
    travel: Travel
    applicants: pd.DataFrame
    synthetic: bool

    def metres(self, homes: npt.NDArray[np.int64], schools: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
        """Return the distance of homes to schools, shape (h, s), by their positions."""
        result = distances_m(
            self.travel,
            self.homes.places[homes],
            self.homes.parts[homes],
            self.schools.places[schools],
            self.schools.parts[schools],
        )
        given = self.travel.given_m
        if given is None:
            return result
        pairs = pd.MultiIndex.from_product([self.homes.units[homes], self.schools.ids[schools]])
        known = given.reindex(pairs).to_numpy(dtype=np.float64).reshape(result.shape)
        metres = np.where(known < UNKNOWN_M, np.rint(np.nan_to_num(known)), UNKNOWN_M)
        return np.where(np.isnan(known), result, metres).astype(np.int32)


def build_world(city: City, policy: Policy, *, seed: str) -> World:
    """Put a city and its children into arrays, ready for a season.

    Parameters
    ----------
    city : City
        As read and checked.
    policy : Policy
        The policy as it holds on the day.
    seed : str
        The public seed of the tickets (and of synthetic children).

    Raises
    ------
    XuequError, DataError
        If something that a run needs is absent or contradictory.
    NotBuiltYetError
        If the project uses pools, answers or second lists.
    """
    _refuse(city)
    plan = plan_in(city, city.project.project.year)
    synthetic = "applicants" not in city.project.tables
    if not synthetic and not city.has("applicants"):
        raise XuequError(
            say(
                "the table applicants is declared and has no rows: fill it, or take it out of xuequ.toml "
                "to draw synthetic children from counts"
            )
        )
    applicants: gpd.GeoDataFrame = city["applicants"]
    hashes: Hash | None = None
    if synthetic:
        applicants, hashes = draw_children(city, policy, seed=seed)
    policy.check_categories(set(applicants["category"]), "applicants")
    located = locate_children(city, plan, applicants)
    _need_districts(city, policy, located)
    _check_policy_names(city, policy)
    schools_table, zones = city["schools"], city["zones"]["zone_id"].to_numpy(dtype=object)
    districts = np.array(
        sorted(
            set(city["districts"]["district_id"])
            | set(schools_table["district_id"].dropna())
            | set(located["district_id"].dropna())
        ),
        dtype=object,
    )
    travel = travel_of(city)
    schools = _schools(city, districts, travel)
    homes, home = _homes(located, travel)
    zone_starts, zone_schools = _zone_schools(city, zones, schools)
    ids = applicants["applicant_id"].to_numpy(dtype=object)
    labels = ticket_labels(ids, applicants["twin_group"].to_numpy(dtype=object))
    tickets = tickets_of(list(labels), seed=seed, secret=city.project.project.secret)
    starts, listed, ranks = _choices(city, ids, schools)
    children = Children(
        ids=ids,
        category=applicants["category"].to_numpy(dtype=object),
        zone=pd.Index(zones).get_indexer(located["zone_id"]),
        district=pd.Index(districts).get_indexer(located["district_id"]),
        home=home,
        consent=applicants["consents"].map(CONSENT_LEVEL).fillna(0).to_numpy(dtype=np.int64),
        keys={key: _key(applicants[key]) for key in CHILD_KEYS},
        tickets=tickets,
        ticket_rank=ticket_ranks(tickets, labels),
        choice_starts=starts,
        choice_schools=listed,
        choice_ranks=ranks,
    )
    world = World(
        city=city,
        schools=schools,
        homes=homes,
        children=children,
        zones=zones,
        districts=districts,
        zone_starts=zone_starts,
        zone_schools=zone_schools,
        travel=travel,
        applicants=applicants.assign(zone_id=located["zone_id"].to_numpy()),
        synthetic=synthetic,
    )
    if hashes is not None and not city.has("choices"):
        return _with_drawn_choices(world, hashes, policy, seed)
    return world


def _refuse(city: City) -> None:
    if not city.has("serves"):
        raise XuequError(say("a run needs the table serves: which school serves which zone"))
    if not city.has("seats"):
        raise XuequError(say("a run needs the table seats: what each school offers"))
    head = city.project.project
    if not entry_rows(city.project, city["seats"]).any():
        raise XuequError(
            say(
                "the table seats has no row for {level}, grade {grade}, {year}: "
                "a run needs what each school offers then",
                level=head.level,
                grade=ENTRY_GRADE[head.level],
                year=head.year,
            )
        )
    if (city["applicants"]["grade"].dropna() != ENTRY_GRADE[head.level]).any():
        raise NotBuiltYetError(
            say("applicants for another grade than the entry grade, {grade}", grade=ENTRY_GRADE[head.level])
        )
    travel = city["travel"]
    if (travel["seconds"].notna() & travel["metres"].isna()).any():
        raise NotBuiltYetError(say("travel in seconds; give metres"))
    if pools_in_use(city):
        raise NotBuiltYetError(
            say("pools other than the open one: {pools}", pools=", ".join(sorted(pools_in_use(city))))
        )
    if city.has("answers"):
        raise NotBuiltYetError(say("answers between stages (table answers)"))
    if (city["choices"]["list"].fillna(1) != 1).any():
        raise NotBuiltYetError(say("a second list of choices"))


def _check_policy_names(city: City, policy: Policy) -> None:
    """Refuse a policy that names zones, and decisions that name stages, which there are not."""
    zones = set(city["zones"]["zone_id"])
    for stage in policy.stage:
        wanted = stage.claims[0].who.zone
        strange = sorted(set(wanted) - zones) if isinstance(wanted, list) else []
        if strange:
            allowed = say("zones of the table zones")
            fault = Fault(
                file=policy.id, column=f"stage {stage.id}", found=", ".join(strange), allowed=allowed
            )
            raise DataError([fault])
    for stage_id in sorted(set(city["decisions"]["stage"])):
        policy.stage_index(stage_id)


def _need_districts(city: City, policy: Policy, located: pd.DataFrame) -> None:
    """Refuse a policy that looks through districts where a zone or a school has none."""
    reaches = {claim.where.schools for stage in policy.stage for claim in stage.claims}
    if not reaches & {"own-district", "other-districts"}:
        return
    faults = [
        Fault(
            file="zones",
            column="district_id",
            allowed=say("the district of zone {zone}: the policy looks through districts", zone=zone),
            remedy=say("give district_id, or polygons of the districts"),
        )
        for zone in sorted(set(located["zone_id"][located["district_id"].isna()]))
    ]
    faults += [
        Fault(
            file="schools",
            column="district_id",
            allowed=say(
                "the district of school {school}: the policy looks through districts", school=school
            ),
            remedy=say("give district_id, or polygons of the districts"),
        )
        for school in city["schools"]["school_id"][city["schools"]["district_id"].isna()]
    ]
    if faults:
        raise DataError(faults)


def _coordinates(points: npt.NDArray[np.object_]) -> npt.NDArray[np.float64]:
    there = ~shapely.is_missing(points)
    places = np.full((len(points), 2), np.nan)
    places[there] = shapely.get_coordinates(points[there])
    return places


def _schools(city: City, districts: npt.NDArray[np.object_], travel: Travel) -> Schools:
    table = city["schools"]
    places = _coordinates(table.geometry.to_numpy())
    return Schools(
        ids=table["school_id"].to_numpy(dtype=object),
        kinds=table["kind"].to_numpy(dtype=object),
        district=pd.Index(districts).get_indexer(table["district_id"]),
        places=places,
        parts=part_of(travel.parts, places),
        seats=seats_by_school(city).to_numpy(dtype=np.int64),
    )


def _homes(located: pd.DataFrame, travel: Travel) -> tuple[Homes, npt.NDArray[np.int64]]:
    ids, first, home = np.unique(
        located["home_id"].to_numpy(dtype=object), return_index=True, return_inverse=True
    )
    places = _coordinates(located["geometry"].to_numpy(dtype=object)[first])
    units = located["unit_id"].to_numpy(dtype=object)[first]
    homes = Homes(ids=ids, units=units, places=places, parts=part_of(travel.parts, places))
    return homes, np.asarray(home, dtype=np.int64)


def _zone_schools(
    city: City, zones: npt.NDArray[np.object_], schools: Schools
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    zone = pd.Index(zones).get_indexer(city["serves"]["zone_id"])
    school = pd.Index(schools.ids).get_indexer(city["serves"]["school_id"])
    order = np.lexsort((school, zone))
    starts = np.searchsorted(zone[order], np.arange(len(zones) + 1))
    return starts.astype(np.int64), school[order].astype(np.int32)


def _choices(
    city: City, ids: npt.NDArray[np.object_], schools: Schools
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    choices = city["choices"]
    child = pd.Index(ids).get_indexer(choices["applicant_id"])
    if (child < 0).any():
        raise DataError(
            Fault(
                file="choices",
                column="applicant_id",
                found=str(name),
                allowed=say("the number of an applicant"),
                remedy=say("give the table applicants, or leave the choices out"),
            )
            for name in sorted(set(choices["applicant_id"][child < 0]))
        )
    school = pd.Index(schools.ids).get_indexer(choices["target"])
    strange = choices["target"][school < 0]
    if len(strange):
        raise DataError(
            Fault(
                file="choices",
                column="target",
                found=str(target),
                allowed=say("a school of the table schools"),
            )
            for target in sorted(set(strange))
        )
    twice = choices[choices.duplicated(["applicant_id", "target"])]
    if len(twice):
        raise DataError(
            Fault(
                file="choices",
                column="target",
                found=str(row["target"]),
                allowed=say(
                    "each school once in a child's list (applicant {applicant})",
                    applicant=row["applicant_id"],
                ),
            )
            for row in twice.to_dict("records")
        )
    ranks = choices["rank"].to_numpy(dtype=np.int64)
    order = np.lexsort((ranks, child))
    starts = np.searchsorted(child[order], np.arange(len(ids) + 1))
    return starts.astype(np.int64), school[order].astype(np.int32), ranks[order].astype(np.int32)


def _key(values: pd.Series) -> npt.NDArray[np.float64]:
    if pd.api.types.is_datetime64_any_dtype(values):
        days = values.astype("datetime64[ms]").to_numpy().astype("datetime64[D]")
        return np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(np.float64))
    return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)


def _with_drawn_choices(world: World, child: Hash, policy: Policy, seed: str) -> World:
    """Let synthetic points children list the schools of their zone: nearest first, or second nearest."""
    rules = world.city.project.children
    assert rules is not None
    children = world.children
    household = np.isin(children.category, [c.id for c in policy.category if c.household])
    who = np.flatnonzero(~household)
    count = np.diff(world.zone_starts)[children.zone[who]]
    row, place = walk(count)
    school = world.zone_schools[world.zone_starts[children.zone[who]][row] + place]
    metres = pair_metres(world, children.home[who][row], school.astype(np.int64))
    order = np.lexsort((school, metres, row))
    school = school[order]
    swaps = uniform(seed, "second_choice_first", child[who]) < rules.second_choice_first
    at = (np.cumsum(count) - count)[swaps & (count > 1)]
    school[at], school[at + 1] = school[at + 1], school[at].copy()
    lengths = np.zeros(len(children), dtype=np.int64)
    lengths[who] = count
    starts = np.concatenate([[0], np.cumsum(lengths)])
    drawn = replace(
        children,
        choice_starts=starts,
        choice_schools=school,
        choice_ranks=(walk(lengths)[1] + 1).astype(np.int32),
    )
    return replace(world, children=drawn)


def pair_metres(
    world: World, home: npt.NDArray[np.int64], school: npt.NDArray[np.int64]
) -> npt.NDArray[np.int32]:
    """Return the distance of each pair of home and school, shape (p,), by their positions."""
    if len(home) == 0:
        return np.empty(0, dtype=np.int32)
    # one number a pair: sorting rows of two is ten times slower
    keys, back = np.unique(home * len(world.schools.ids) + school, return_inverse=True)
    pairs = np.column_stack(np.divmod(keys, len(world.schools.ids)))
    metres = np.empty(len(pairs), dtype=np.int32)
    # a loop over schools, never over children
    order = np.argsort(pairs[:, 1], kind="stable")
    ids, first = np.unique(pairs[order, 1], return_index=True)
    for number, members in zip(ids, np.split(order, first[1:]), strict=True):
        metres[members] = world.metres(pairs[members, 0], np.array([number]))[:, 0]
    result: npt.NDArray[np.int32] = metres[back.reshape(-1)]
    return result
