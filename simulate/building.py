"""Build a world: check what only a run needs, locate the children, put everything into arrays."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import City, DataError, Fault, NotBuiltYetError, XuequError, say
from geodata.intake import entry_rows
from geodata.schema import ENTRY_GRADE, OPEN_POOL
from simulate.children import Hash, draw_children, uniform
from simulate.filings import answers_of, check_policy_names, check_reaches, choices_of
from simulate.nearness import Nearness
from simulate.order_keys import ITEM
from simulate.points.apply import scored_applicants
from simulate.points.scoring import Scored
from simulate.policy import Policy
from simulate.policy_files import contradictions
from simulate.ragged import walk
from simulate.tickets import ticket_labels, ticket_ranks, tickets_of
from simulate.world import (
    ABSENT,
    CONSENT_LEVEL,
    Blocks,
    Children,
    Choices,
    Homes,
    Schools,
    World,
)
from zoning.addresses import settle_addresses
from zoning.locate import locate_children
from zoning.plan import plan_in
from zoning.pressure import seats_by_pool, seats_by_school
from zoning.travel import coordinates_of, distances_m, given_beside, part_of, travel_of


def build_world(city: City, policy: Policy, *, seed: str, amending: bool = False) -> World:
    """Put a city and its children into arrays, ready for a season.

    Parameters
    ----------
    city : City
        As read and checked.
    policy : Policy
        The policy as it holds on the day.
    seed : str
        The public seed of the tickets (and of synthetic children).
    amending : bool
        Whether decisions may name `amend` as their stage, as those on a published run do.

    Raises
    ------
    XuequError, DataError
        If something that a run needs is absent or contradictory.
    NotBuiltYetError
        If the project has applicants for several grades, or travel in seconds.
    """
    _refuse(city, policy)
    # from here on a child has the unit of its address, and the address is gone
    city = settle_addresses(city)
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
    applicants, scored = _with_scores(city, policy, applicants.assign(eligible=True), located)
    check_policy_names(city, policy, set(applicants["applicant_id"]), amending=amending)
    check_reaches(city, policy, located)
    schools_table = city["schools"]
    zones = city["zones"]["zone_id"].to_numpy(dtype=object)
    districts = _names(
        city["districts"]["district_id"], schools_table["district_id"], located["district_id"]
    )
    streets = _names(city["streets"]["street_id"], schools_table["street_id"], located["street_id"])
    schools = Schools(
        ids=schools_table["school_id"].to_numpy(dtype=object),
        kinds=schools_table["kind"].to_numpy(dtype=object),
        district=pd.Index(districts).get_indexer(schools_table["district_id"]),
        street=pd.Index(streets).get_indexer(schools_table["street_id"]),
        offered=seats_by_school(city).to_numpy(dtype=np.int64),
    )
    homes, home, nearness = _ground(city, located)
    zone_starts, zone_schools = _zone_schools(city, zones, schools)
    ids = applicants["applicant_id"].to_numpy(dtype=object)
    labels = ticket_labels(ids, applicants["twin_group"].to_numpy(dtype=object))
    tickets = tickets_of(list(labels), seed=seed, secret=city.project.project.secret)
    numbers = pd.Index(schools.ids)
    feeds = _positions(schools_table["feeds"], numbers)
    present = _positions(applicants["previous_school_id"], numbers)
    children = Children(
        ids=ids,
        category=applicants["category"].to_numpy(dtype=object),
        zone=pd.Index(zones).get_indexer(located["zone_id"]),
        district=_positions(located["district_id"], pd.Index(districts)),
        home=home,
        street=_positions(located["street_id"], pd.Index(streets)),
        feeder=np.where(present == ABSENT, ABSENT, feeds[present]),
        sibling_school=_positions(applicants["sibling_school_id"], numbers),
        household=_groups(applicants["household_id"]),
        twins=_groups(applicants["twin_group"]),
        eligible=applicants["eligible"].to_numpy(dtype=np.bool_),
        consent=applicants["consents"].map(CONSENT_LEVEL).fillna(0).to_numpy(dtype=np.int64),
        keys={key: _key(applicants[key]) for key in policy.child_keys},
        tickets=tickets,
        ticket_rank=ticket_ranks(tickets, labels),
    )
    stages = [stage.id for stage in policy.stage]
    world = World(
        city=city,
        schools=schools,
        blocks=_blocks(city, policy, numbers),
        homes=homes,
        children=children,
        choices=choices_of(city, ids, schools.ids, zones, stages),
        answers=answers_of(city, ids, stages),
        zones=zones,
        zone_district=_positions(city["zones"]["district_id"], pd.Index(districts)),
        districts=districts,
        streets=streets,
        zone_starts=zone_starts,
        zone_schools=zone_schools,
        nearness=nearness,
        applicants=applicants.assign(
            **{
                name: located[name].to_numpy()
                for name in ("zone_id", "district_id", "street_id", "home_id")
            }
        ),
        scored=scored,
        synthetic=synthetic,
    )
    if hashes is not None and not city.has("choices"):
        return _with_drawn_choices(world, hashes, policy, seed)
    return world


def _refuse(city: City, policy: Policy) -> None:
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
    for stage in policy.stage:
        wrong = contradictions(stage)
        if wrong:
            faults = [Fault(file=policy.id, column=f"stage {stage.id}", allowed=what) for what in wrong]
            raise DataError(faults)


def _with_scores(
    city: City, policy: Policy, applicants: gpd.GeoDataFrame, located: pd.DataFrame
) -> tuple[gpd.GeoDataFrame, Scored | None]:
    """Add the points: by the policy's schedule where there is one, else items from the table scores."""
    items = [key for key in policy.child_keys if key.startswith(ITEM)]
    if policy.points is not None and city.has("applicants"):
        names = {f"{ITEM}{item.id}" for item in policy.points.item}
        strange = sorted(set(items) - names)
        if strange:
            allowed = say("items of the points schedule {schedule}", schedule=policy.points.id)
            raise DataError([Fault(file=policy.id, found=", ".join(strange), allowed=allowed)])
        return scored_applicants(
            city, policy.points, applicants, located["district_id"].to_numpy(dtype=object)
        )
    if not items:
        return applicants, None
    points = city["scores"].pivot(index="applicant_id", columns="item", values="points")
    names_ = [key.removeprefix(ITEM) for key in items]
    known = points.reindex(index=applicants["applicant_id"], columns=names_)
    columns = {key: known[name].to_numpy(np.float64) for key, name in zip(items, names_, strict=True)}
    return applicants.assign(**columns), None


def _names(*columns: pd.Series) -> npt.NDArray[np.object_]:
    """Return all ids of several columns, sorted."""
    return np.array(sorted({value for column in columns for value in column.dropna()}), dtype=object)


def _positions(values: pd.Series, of: pd.Index) -> npt.NDArray[np.int64]:
    """Return the position of each id, or `ABSENT` where it is blank or unknown."""
    found = of.get_indexer(values).astype(np.int64)
    return np.where(values.isna().to_numpy(), ABSENT, found)


def _groups(values: pd.Series) -> npt.NDArray[np.int64]:
    """Return the same number for the same text, `ABSENT` where it is blank."""
    codes, _ = pd.factorize(values, sort=True)
    return np.asarray(codes, dtype=np.int64)


def _blocks(city: City, policy: Policy, numbers: pd.Index) -> Blocks:
    offered = seats_by_pool(city)
    pools = {pool.id: pool for pool in policy.pool}
    strange = sorted(set(offered["pool"]) - set(pools) - {OPEN_POOL})
    if strange:
        allowed = say(
            "pools of the policy {policy}: {known}", policy=policy.id, known=", ".join([OPEN_POOL, *pools])
        )
        fault = Fault(file="seats", column="pool", found=", ".join(strange), allowed=allowed)
        raise DataError([fault])
    never = offered[(offered["pool"] == OPEN_POOL) & offered["release_after"].notna()]
    if len(never):
        raise DataError(
            Fault(
                file="seats",
                column="release_after",
                found=str(row.release_after),
                allowed=say("a blank cell: the open pool is never released"),
                remedy=say("name the pool of school {school}, or empty the cell", school=row.school_id),
            )
            for row in never.itertuples()
        )
    stated = offered["release_after"].where(offered["pool"] != OPEN_POOL)
    by_policy = offered["pool"].map({i: pool.release_after for i, pool in pools.items()}).astype("str")
    after = stated.astype("str").where(stated.notna(), by_policy)
    stages = [stage.id for stage in policy.stage]
    gives_schools = [stage.id for stage in policy.stage if stage.gives == "school"]
    unknown = sorted(set(after.dropna()) - set(gives_schools))
    if unknown:
        allowed = say("stages that give schools: {stages}", stages=", ".join(gives_schools))
        raise DataError(
            [Fault(file="seats", column="release_after", found=", ".join(unknown), allowed=allowed)]
        )
    precedence = offered["pool"].map({OPEN_POOL: 0, **{i: p.precedence for i, p in pools.items()}})
    school = numbers.get_indexer(offered["school_id"])
    open_first = (offered["pool"] != OPEN_POOL).to_numpy()
    order = np.lexsort((offered["pool"], precedence, school, open_first))
    return Blocks(
        school=school[order].astype(np.int32),
        pool=offered["pool"].to_numpy(dtype=object)[order],
        seats=offered["seats"].to_numpy(dtype=np.int64)[order],
        release=_positions(after, pd.Index(stages))[order],
        precedence=precedence.to_numpy(dtype=np.int64)[order],
    )


def _ground(city: City, located: pd.DataFrame) -> tuple[Homes, npt.NDArray[np.int64], Nearness]:
    """Return the homes, that of each child, and how far each home is from each school."""
    travel = travel_of(city)
    ids, first, home = np.unique(
        located["home_id"].to_numpy(dtype=object), return_index=True, return_inverse=True
    )
    units = located["unit_id"].to_numpy(dtype=object)[first]
    places = coordinates_of(located["geometry"].to_numpy(dtype=object)[first])
    targets = coordinates_of(city["schools"].geometry.to_numpy())
    parts, target_parts = part_of(travel.parts, places), part_of(travel.parts, targets)
    schools = city["schools"]["school_id"].to_numpy(dtype=object)

    def measure(homes: npt.NDArray[np.int64], to: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
        metres = distances_m(travel, places[homes], parts[homes], targets[to], target_parts[to])
        return given_beside(travel, metres, units[homes], schools[to])

    return (
        Homes(ids=ids, units=units),
        np.asarray(home, dtype=np.int64),
        Nearness(measure, len(ids), len(schools)),
    )


def _zone_schools(
    city: City, zones: npt.NDArray[np.object_], schools: Schools
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    zone = pd.Index(zones).get_indexer(city["serves"]["zone_id"])
    school = pd.Index(schools.ids).get_indexer(city["serves"]["school_id"])
    order = np.lexsort((school, zone))
    starts = np.searchsorted(zone[order], np.arange(len(zones) + 1))
    return starts.astype(np.int64), school[order].astype(np.int32)


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
    metres = world.metres(who[row], school)
    order = np.lexsort((school, metres, row))
    school = school[order]
    swaps = uniform(seed, "second_choice_first", child[who]) < rules.second_choice_first
    at = (np.cumsum(count) - count)[swaps & (count > 1)]
    school[at], school[at + 1] = school[at + 1], school[at].copy()
    choices = Choices(
        child=who[row],
        list_=np.ones(len(row), dtype=np.int64),
        after=np.full(len(row), ABSENT, dtype=np.int64),
        rank=(place + 1).astype(np.int32),
        school=school.astype(np.int32),
        zone=np.full(len(row), ABSENT, dtype=np.int32),
    )
    return replace(world, choices=choices)
