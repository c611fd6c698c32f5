"""A policy: rules of an admission as dated, sourced data, read strictly.

What each part means exactly stands in `STAGES.md` beside this file. What cannot stand together is refused
by name (`simulate.policy_files.contradictions`); nothing that a policy says is ignored.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from geodata.errors import DataError, Fault
from geodata.messages import Text, say
from geodata.project import Names
from geodata.schema import OPEN_POOL
from geodata.toml import Record, WrongValueError
from simulate.dated import Part, in_force, need_one_origin, overlapping
from simulate.order_keys import CHILD_KEYS, ITEM, PAIR_KEYS, checked_order
from simulate.points.schedule import Schedule

ONE_ORDER = ("serial-dictatorship", "random-seats", "least-travel")
"""Mechanisms in which one order serves all schools, so that no key of a pair can stand in it."""
BY_CHOICES = ("immediate-acceptance", "parallel", "deferred-acceptance")
"""Mechanisms that go by choices unless the policy says "nearest"."""
MECHANISMS = (
    "fill",
    "random-seats",
    "serial-dictatorship",
    "immediate-acceptance",
    "parallel",
    "deferred-acceptance",
    "least-travel",
)
Consent = Literal["district", "city"]
Status = Literal["waiting", "declined", "late"]


class Category(Part):
    """A category of children; `household` ones have a right to a place and must end with one."""

    household: bool = False


class Pool(Part):
    """Seats of a school set apart; the open pool has precedence 0, and a lower one is filled first."""

    precedence: int
    release_after: str | None = None


class Rank(Record):
    """A gate: only the first so many by an order."""

    order: Annotated[list[str], Field(min_length=1)]
    within: Literal["city", "district", "zone"] = "city"
    at_most: Annotated[int, Field(ge=0)] | Literal["seats"]

    @field_validator("order")
    @classmethod
    def _a_chain_of_keys_of_the_child(cls, order: list[str]) -> list[str]:
        return checked_order(order, CHILD_KEYS)


class Who(Record):
    """Which of the children who have no place yet."""

    category: str | list[str]
    status: Status | Annotated[list[Status], Field(min_length=1)] = "waiting"
    zone: Literal["single-school", "multi-school"] | list[str] | None = None
    given: Literal["zone", "none"] | None = None
    consents: Consent | None = None
    rank: Rank | None = None

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories as a tuple, also where one stands alone."""
        return (self.category,) if isinstance(self.category, str) else tuple(self.category)

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses as a tuple, also where one stands alone."""
        return (self.status,) if isinstance(self.status, str) else tuple(self.status)


class Where(Record):
    """Which schools' free seats."""

    schools: Literal[
        "own-zone", "own-street", "own-district", "other-districts", "city", "listed", "fed", "sibling"
    ]
    list_: Annotated[int | None, Field(alias="list", ge=1)] = None
    kinds: list[Literal["public", "purchased-private", "nine-year"]] | None = None
    within_m: Annotated[int | None, Field(ge=0)] = None
    past_it: Literal["last", "never"] | None = None

    @model_validator(mode="after")
    def _a_distance_says_what_is_past_it(self) -> Where:
        if (self.within_m is None) != (self.past_it is None):
            raise WrongValueError(say('within_m and past_it = "last" or "never" belong together'))
        return self


class Claim(Record):
    """Who × where × in which order × on which pools; `guaranteed` ones are never refused.

    A claim holds as long as its stage does and has the stage's source, where it does not say otherwise:
    with dates or a source of its own, several claims of one stage may follow one another in time.
    """

    from_: Annotated[datetime.date | None, Field(alias="from")] = None
    until: datetime.date | None = None
    source: str | None = None
    assumed: bool = False
    reason: Names | None = None
    expected: bool = False
    who: Who
    where: Where
    order: Annotated[list[str], Field(min_length=1)]
    pool: str | Annotated[list[str], Field(min_length=1)] = OPEN_POOL
    guaranteed: bool = False

    @field_validator("order")
    @classmethod
    def _a_chain_that_ends_with_the_ticket(cls, order: list[str]) -> list[str]:
        return checked_order(order, CHILD_KEYS + PAIR_KEYS)

    @model_validator(mode="after")
    def _dates_and_sources_make_sense(self) -> Claim:
        if self.assumed or self.source is not None:
            need_one_origin(self.source, assumed=self.assumed, reason=self.reason)
        if self.from_ is not None and self.until is not None and self.until <= self.from_:
            raise WrongValueError(say("until must come after from"))
        return self

    def holds(self, on: datetime.date) -> bool:
        """Whether it holds on a day on which its stage does."""
        return (self.from_ is None or self.from_ <= on) and (self.until is None or on < self.until)

    @property
    def pools(self) -> tuple[str, ...]:
        """The pools as a tuple, also where one stands alone."""
        return (self.pool,) if isinstance(self.pool, str) else tuple(self.pool)

    @property
    def keys(self) -> tuple[tuple[str, bool], ...]:
        """The keys before the ticket, each with whether the greatest comes first."""
        pairs = (key.partition(" ") for key in self.order[:-1])
        return tuple((name, direction == "desc") for name, _, direction in pairs)

    @property
    def pair_keys(self) -> tuple[str, ...]:
        """The keys that a child has at a school, and not by itself."""
        return tuple(name for name, _ in self.keys if name in PAIR_KEYS)


class Mechanism(Record):
    """How seats are given; `choose` says what a serial dictator takes."""

    name: Literal[
        "fill",
        "random-seats",
        "serial-dictatorship",
        "immediate-acceptance",
        "parallel",
        "deferred-acceptance",
        "least-travel",
    ]
    choose: Literal["choices", "nearest"] | None = None
    bands: Annotated[list[Annotated[int, Field(ge=1)]] | None, Field(min_length=1)] = None
    e: Annotated[int | None, Field(ge=1)] = None

    @model_validator(mode="after")
    def _options_belong_to_the_name(self) -> Mechanism:
        if self.name == "serial-dictatorship" and self.choose is None:
            raise WrongValueError(say('serial-dictatorship wants choose = "choices" or "nearest"'))
        if self.choose is not None and self.name not in ("serial-dictatorship", *BY_CHOICES):
            raise WrongValueError(say("{name} does not choose: leave choose out", name=self.name))
        if self.name == "parallel" and (self.bands is None) == (self.e is None):
            raise WrongValueError(say("parallel wants either bands or e"))
        if self.name != "parallel" and (self.bands is not None or self.e is not None):
            raise WrongValueError(say("bands and e belong to parallel alone"))
        return self

    @property
    def by_choices(self) -> bool:
        """Whether the children's own choices say what they prefer."""
        return self.choose == "choices" or (self.choose is None and self.name in BY_CHOICES)

    @property
    def by_distance(self) -> bool:
        """Whether the nearest school is taken to be what is preferred."""
        return self.choose == "nearest" or self.name == "least-travel"


class Stage(Part):
    """One step of an admission (批次).

    `coordination` says that it coordinates (统筹), and how far it looks; `given_up`, whether the seats that
    families give up after it come back or lapse for the season.
    """

    mechanism: Mechanism
    claims: Annotated[list[Claim], Field(min_length=1, max_length=40)]
    districts: list[str] | None = None
    gives: Literal["school", "zone"] = "school"
    when_full: Literal["next", "over", "not-admitted"] = "next"
    ties: Literal["ticket", "all-over"] = "ticket"
    twins: Literal["one-by-one", "together"] = "one-by-one"
    last_seat: Literal["over", "next"] | None = None
    coordination: Literal["area", "district", "city"] | None = None
    given_up: Literal["return", "lapse"] = "return"

    @field_validator("mechanism", mode="before")
    @classmethod
    def _a_name_alone_will_do(cls, value: object) -> object:
        return {"name": value} if isinstance(value, str) else value


class Policy(Record):
    """The rules of an admission.

    `points` is the points schedule by which facts are scored, as it holds on the day: a project names its
    file (`points` in xuequ.toml), and a run records the two together. `item_titles` names the items that
    orders read (`item:ID`), by id, where points are given item by item and no schedule has their titles.
    """

    id: Annotated[str, Field(pattern=r"^[\w-]+$")]
    title: Names
    jurisdiction: str
    level: Literal["primary", "lower-secondary"]
    note: Names | None = None
    category: Annotated[list[Category], Field(min_length=1)]
    pool: list[Pool] = []
    stage: Annotated[list[Stage], Field(min_length=1)]
    item_titles: dict[str, Names] = {}
    points: Schedule | None = None

    @model_validator(mode="after")
    def _names_are_known(self) -> Policy:
        for _, words in names_wrong(self):
            raise WrongValueError(words)
        return self

    @property
    def child_keys(self) -> tuple[str, ...]:
        """The keys of the child that some claim or gate may read: the closed list, then items by id."""
        orders = [
            order
            for stage in self.stage
            for claim in stage.claims
            for order in (claim.order, claim.who.rank.order if claim.who.rank is not None else [])
        ]
        names = {key.partition(" ")[0] for order in orders for key in order}
        return (*CHILD_KEYS, *sorted(name for name in names if name.startswith(ITEM)))

    def titles_of_items(self) -> dict[str, Names]:
        """Return the titles of the items that orders may read, by id: its own, else its schedule's."""
        scheduled = {} if self.points is None else {item.id: item.title for item in self.points.item}
        return scheduled | self.item_titles

    @property
    def planned(self) -> set[str]:
        """The ids of planned changes (`expected = true`); that of a claim is its stage's."""
        parts = {p.id for some in (self.category, self.pool, self.stage) for p in some if p.expected}
        return parts | {s.id for s in self.stage if any(c.expected for c in s.claims)}

    def at(self, on: datetime.date, *, expecting: Collection[str] = ()) -> Policy:
        """Return the policy as it holds on a day: only the parts that hold then.

        Parameters
        ----------
        on : date
            The day.
        expecting : collection of str
            The ids of the planned changes (`expected = true`) to apply; each takes the place of the part
            that has the same id (a planned claim is added where it stands in its stage). Without it no
            planned change is ever applied.

        Raises
        ------
        DataError
            If nothing holds or what holds leads nowhere, or a planned change is none or is not yet due.
        """
        strange = ", ".join(sorted(set(expecting) - self.planned))
        if strange:
            allowed = say("planned changes: {ids}", ids=", ".join(sorted(self.planned)) or "–")
            raise DataError([Fault(file=self.id, column="expecting", found=strange, allowed=allowed)])
        categories = in_force(self.category, on, expecting)
        names = {category.id for category in categories}
        stages = [
            stage.model_copy(update={"claims": claims})
            for stage in in_force(self.stage, on, expecting)
            if (claims := list(_claims_in_force(stage, on, expecting, names)))
        ]
        pools = in_force(self.pool, on, expecting)
        there = {"stage": stages, "category": categories, "pool": pools}
        held = self.model_copy(update=there)
        faults = [Fault(file=self.id, allowed=what) for what in _loose_ends(held, on)]
        applied = {p.id for some in (stages, categories, pools) for p in some if p.expected}
        applied |= {stage.id for stage in stages if any(claim.expected for claim in stage.claims)}
        for name in sorted(set(expecting) - applied):
            allowed = say("a planned change that holds on {on}", on=on)
            faults.append(Fault(file=self.id, column="expecting", found=name, allowed=allowed))
        if faults:
            raise DataError(faults)
        return held

    def check_categories(self, found: set[str], file: str) -> None:
        """Raise a DataError if children have a category that the policy does not know."""
        known = [c.id for c in self.category]
        strange = sorted(found - set(known))
        if strange:
            allowed = say(
                "categories of the policy {policy}: {known}", policy=self.id, known=", ".join(known)
            )
            fault = Fault(file=file, column="category", found=", ".join(strange), allowed=allowed)
            raise DataError([fault])

    def stage_index(self, stage: str) -> int:
        """Return the position of a stage; DataError names the stages there are."""
        ids = [s.id for s in self.stage]
        if stage not in ids:
            raise DataError(
                [Fault(file=self.id, found=stage, allowed=say("stages: {stages}", stages=", ".join(ids)))]
            )
        return ids.index(stage)


def names_wrong(policy: Policy, *, unread: str | None = None) -> Iterator[tuple[str, Text]]:
    """Say which names of a policy stand twice or name nothing, with the part in which they stand.

    Parameters
    ----------
    policy : Policy
    unread : str, optional
        What stands for a category that could not be read: it is passed over.
    """
    for kind, parts in (("category", policy.category), ("pool", policy.pool), ("stage", policy.stage)):
        for part_id in dict.fromkeys(part.id for part in parts):
            both = overlapping([part for part in parts if part.id == part_id])
            if both is not None:
                words = say(
                    "{id} stands twice on {on}: give the older one an until", id=both[0], on=both[1]
                )
                yield f"{kind} {part_id}", words
    stages = {stage.id for stage in policy.stage}
    for pool in policy.pool:
        if pool.id == OPEN_POOL:
            words = say("the pool open is always there, with precedence 0: take it out")
            yield f"pool {pool.id}", words
        if pool.release_after is not None and pool.release_after not in stages:
            words = say(
                "pool {pool}: release_after names no stage: {stage}",
                pool=pool.id,
                stage=pool.release_after,
            )
            yield f"pool {pool.id}", words
    known = {category.id for category in policy.category}
    pools = {OPEN_POOL} | {pool.id for pool in policy.pool}
    for stage in policy.stage:
        for claim in stage.claims:
            strange = sorted(set(claim.who.categories) - known - {unread})
            if strange:
                words = say(
                    "stage {stage}: unknown category {strange}; declared: {known}",
                    stage=stage.id,
                    strange=", ".join(strange),
                    known=", ".join(sorted(known)),
                )
                yield f"stage {stage.id}", words
            for pool_id in sorted(set(claim.pools) - pools):
                words = say("stage {stage}: unknown pool {pool}", stage=stage.id, pool=pool_id)
                yield f"stage {stage.id}", words


def _claims_in_force(
    stage: Stage, on: datetime.date, expecting: Collection[str], categories: Collection[str]
) -> Iterator[Claim]:
    """Return the claims of a stage that hold on a day, for the categories that do."""
    for claim in stage.claims:
        names = [name for name in claim.who.categories if name in categories]
        if not names or not claim.holds(on) or (claim.expected and stage.id not in expecting):
            continue
        if len(names) < len(claim.who.categories):
            who = claim.who.model_copy(update={"category": names})
            yield claim.model_copy(update={"who": who})
        else:
            yield claim


def _loose_ends(policy: Policy, on: datetime.date) -> Iterator[Text]:
    """Say what of a policy, as it holds on a day, leads nowhere."""
    if not policy.stage:
        yield say("no stage holds on {on}", on=on)
        return
    stages = {stage.id for stage in policy.stage}
    claims = [claim for stage in policy.stage for claim in stage.claims]
    claimed = {category for claim in claims for category in claim.who.categories}
    nowhere = sorted({category.id for category in policy.category} - claimed)
    if nowhere:
        yield say("no stage on {on} is for the category {nowhere}", on=on, nowhere=", ".join(nowhere))
    pools = {OPEN_POOL, *(pool.id for pool in policy.pool)}
    ended = sorted({pool for claim in claims for pool in claim.pools} - pools)
    if ended:
        names = ", ".join(ended)
        yield say("a stage uses the pool {pools}, which does not hold on {on}", pools=names, on=on)
    for pool in policy.pool:
        if pool.release_after is not None and pool.release_after not in stages:
            yield say(
                "pool {pool}: release_after names a stage that does not hold on {on}: {stage}",
                pool=pool.id,
                on=on,
                stage=pool.release_after,
            )
