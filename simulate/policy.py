"""A policy: rules of an admission as dated, sourced data, read strictly.

The records have the full form of the design's stage. What this version cannot run yet is refused by
`refuse_unbuilt`, by name; nothing that a policy says is ignored.
"""

from __future__ import annotations

import datetime
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from geodata.errors import DataError, Fault
from geodata.messages import Text, say
from geodata.project import Names
from geodata.toml import Record, WrongValueError, read_toml

CHILD_KEYS = ("points", "home", "insurance_months", "residence_days", "settled_on", "parent_settled_on")
PAIR_KEYS = ("own-zone", "sibling", "distance")
TICKET = "ticket"
KEY_NAMES: dict[str, Text] = {
    "points": say("points"),
    "home": say("own home"),
    "insurance_months": say("months of insurance"),
    "residence_days": say("days of residence"),
    "settled_on": say("settled on"),
    "parent_settled_on": say("parent settled on"),
    "ticket": say("ticket"),
}
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


class Sourced(Record):
    """Something that holds from a date and has a source, or is assumed for a stated reason."""

    from_: Annotated[datetime.date, Field(alias="from")]
    until: datetime.date | None = None
    source: str | None = None
    assumed: bool = False
    reason: Names | None = None

    @model_validator(mode="after")
    def _source_or_reason(self) -> Sourced:
        if self.assumed == (self.source is not None):
            raise WrongValueError(say("either a source, or assumed = true with a reason"))
        if self.assumed and self.reason is None:
            raise WrongValueError(say("what is assumed needs a reason = { zh = …, en = … }"))
        if self.until is not None and self.until <= self.from_:
            raise WrongValueError(say("until must come after from"))
        return self

    def holds(self, on: datetime.date) -> bool:
        """Whether it holds on a day: from `from`, up to and without `until`."""
        return self.from_ <= on and (self.until is None or on < self.until)


class Part(Sourced):
    """A part of a policy that has an id (letters, digits, - and _) and a name in both languages."""

    id: Annotated[str, Field(pattern=r"^[\w-]+$")]
    title: Names


class Category(Part):
    """A category of children; `household` ones have a right to a place and must end with one."""

    household: bool = False


class Pool(Part):
    """Seats of a school set apart."""

    precedence: int
    release_after: str | None = None


class Rank(Record):
    """A gate: only the first so many by an order."""

    order: list[str]
    within: Literal["city", "district", "zone"] = "city"
    at_most: int | Literal["seats"]


class Who(Record):
    """Which of the children who have no place yet."""

    category: str | list[str]
    status: Literal["waiting", "declined", "late"] = "waiting"
    zone: Literal["single-school", "multi-school"] | list[str] | None = None
    consents: Consent | None = None
    rank: Rank | None = None

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories as a tuple, also where one stands alone."""
        return (self.category,) if isinstance(self.category, str) else tuple(self.category)


class Where(Record):
    """Which schools' free seats."""

    schools: Literal["own-zone", "own-street", "own-district", "other-districts", "city", "listed", "fed"]
    list_: Annotated[int | None, Field(alias="list")] = None
    kinds: list[Literal["public", "purchased-private", "nine-year"]] | None = None
    within_m: int | None = None
    past_it: Literal["last", "never"] | None = None


class Claim(Record):
    """Who × where × in which order × on which pool."""

    who: Who
    where: Where
    order: Annotated[list[str], Field(min_length=1)]
    pool: str = "open"

    @field_validator("order")
    @classmethod
    def _a_chain_that_ends_with_the_ticket(cls, order: list[str]) -> list[str]:
        for key in order[:-1]:
            name, _, direction = key.partition(" ")
            if name not in CHILD_KEYS + PAIR_KEYS or direction not in ("asc", "desc"):
                raise WrongValueError(
                    say(
                        "{key!s} is no key; allowed: {allowed}, each with asc or desc",
                        key=repr(key),
                        allowed=", ".join(CHILD_KEYS + PAIR_KEYS),
                    )
                )
        if order[-1] != TICKET:
            raise WrongValueError(say('an order ends with "ticket", so that it decides every tie'))
        return order


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
    bands: list[int] | None = None
    e: int | None = None

    @model_validator(mode="after")
    def _choose_belongs_to_serial_dictatorship(self) -> Mechanism:
        if (self.name == "serial-dictatorship") != (self.choose is not None):
            raise WrongValueError(
                say('choose = "choices" or "nearest" belongs to serial-dictatorship alone')
            )
        return self


class Stage(Part):
    """One step of an admission (批次)."""

    mechanism: Mechanism
    claims: Annotated[list[Claim], Field(min_length=1)]
    districts: list[str] | None = None
    gives: Literal["school", "zone"] = "school"
    when_full: Literal["next", "over", "not-admitted"] = "next"
    ties: Literal["ticket", "all-over"] = "ticket"
    twins: Literal["one-by-one", "together"] = "one-by-one"

    @field_validator("mechanism", mode="before")
    @classmethod
    def _a_name_alone_will_do(cls, value: object) -> object:
        return {"name": value} if isinstance(value, str) else value


class Policy(Record):
    """The rules of an admission."""

    id: Annotated[str, Field(pattern=r"^[\w-]+$")]
    title: Names
    jurisdiction: str
    level: Literal["primary", "lower-secondary"]
    note: Names | None = None
    category: Annotated[list[Category], Field(min_length=1)]
    pool: list[Pool] = []
    stage: Annotated[list[Stage], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_are_known(self) -> Policy:
        for parts in (self.category, self.pool):
            ids = [part.id for part in parts]
            twice = sorted({i for i in ids if ids.count(i) > 1})
            if twice:
                raise WrongValueError(say("{ids} stands twice", ids=", ".join(twice)))
        known = {c.id for c in self.category}
        pools = {"open"} | {p.id for p in self.pool}
        for stage in self.stage:
            for claim in stage.claims:
                strange = sorted(set(claim.who.categories) - known)
                if strange:
                    raise WrongValueError(
                        say(
                            "stage {stage}: unknown category {strange}; declared: {known}",
                            stage=stage.id,
                            strange=", ".join(strange),
                            known=", ".join(sorted(known)),
                        )
                    )
                if claim.pool not in pools:
                    raise WrongValueError(
                        say("stage {stage}: unknown pool {pool}", stage=stage.id, pool=claim.pool)
                    )
        return self

    def at(self, on: datetime.date) -> Policy:
        """Return the policy as it holds on a day: only the parts that hold then.

        Raises
        ------
        DataError
            If nothing holds, or a stage stands twice on that day.
        """
        stages = [s for s in self.stage if s.holds(on)]
        ids = [s.id for s in stages]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if not stages:
            raise DataError([Fault(file=self.id, allowed=say("no stage holds on {on}", on=on))])
        if twice:
            raise DataError(
                [
                    Fault(
                        file=self.id,
                        allowed=say("stages {ids} hold twice on {on}", ids=", ".join(twice), on=on),
                    )
                ]
            )
        categories = [c for c in self.category if c.holds(on)]
        claimed = {c for s in stages for claim in s.claims for c in claim.who.categories}
        nowhere = sorted({c.id for c in categories} - claimed)
        if nowhere:
            words = say("no stage on {on} is for the category {nowhere}", on=on, nowhere=", ".join(nowhere))
            raise DataError([Fault(file=self.id, allowed=words)])
        return self.model_copy(update={"stage": stages, "category": categories})

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


def shipped_policies() -> tuple[str, ...]:
    """Return the names of the policies that come with the package."""
    folder = resources.files("simulate") / "policies"
    return tuple(sorted(p.name.removesuffix(".toml") for p in folder.iterdir() if p.name.endswith(".toml")))


def policy_path(name: str, folder: Path) -> Path:
    """Return the file of a policy: a shipped name, or a path (`….toml`) in the project folder."""
    if name.endswith(".toml"):
        return folder / name
    if name not in shipped_policies():
        raise DataError(
            [
                Fault(
                    file="xuequ.toml",
                    column="project.policy",
                    found=name,
                    allowed=say(
                        "a shipped policy ({names}) or a path that ends in .toml",
                        names=", ".join(shipped_policies()),
                    ),
                )
            ]
        )
    return Path(str(resources.files("simulate") / "policies" / f"{name}.toml"))


def read_policy(path: Path) -> Policy:
    """Read a policy file.

    Raises
    ------
    DataError
        With every unknown key, wrong type and gap at once.
    NotBuiltYetError
        If it asks for something that this version cannot run.
    """
    policy = read_toml(path, Policy)
    faults = [
        Fault(file=path.name, column=f"stage {stage.id}", allowed=say("not built yet: {what}", what=what))
        for stage in policy.stage
        for what in unbuilt(stage)
    ]
    if policy.pool:
        faults.append(
            Fault(
                file=path.name,
                column="pool",
                allowed=say("not built yet: {what}", what=say("pools other than the open one")),
            )
        )
    if faults:
        raise DataError(faults)
    return policy


def unbuilt(stage: Stage) -> list[Text]:
    """Return what a stage asks for that this version cannot run: refused, never ignored."""
    claim, found = stage.claims[0], []
    if stage.mechanism.name not in ("fill", "random-seats", "serial-dictatorship"):
        found.append(say("the mechanism {name}", name=stage.mechanism.name))
    if len(stage.claims) > 1:
        found.append(say("several claims in one stage"))
    if stage.gives == "zone":
        found.append(say("a stage that gives a zone"))
    if stage.districts is not None:
        found.append(say("a stage of some districts only"))
    if stage.ties != "ticket":
        found.append(say("tied children admitted over the intake"))
    if stage.twins != "one-by-one":
        found.append(say("twins placed together"))
    if stage.mechanism.bands is not None or stage.mechanism.e is not None:
        found.append(say("bands of choices"))
    if claim.who.rank is not None:
        found.append(say("a gate by rank"))
    if claim.who.status != "waiting":
        found.append(say("children who declined or came late"))
    if claim.where.schools in ("fed", "own-street"):
        found.append(say("where = {where}", where=claim.where.schools))
    if claim.where.within_m is not None or claim.where.past_it is not None:
        found.append(say("a greatest distance"))
    if claim.where.schools == "listed" and stage.mechanism.choose != "choices":
        found.append(say("listed schools, but not by choices"))
    if claim.where.list_ is not None and claim.where.list_ != 1:
        found.append(say("a second list of choices"))
    keys = [key.partition(" ")[0] for key in claim.order]
    found.extend(say("the key {key} of the pair", key=key) for key in keys if key in PAIR_KEYS)
    if stage.mechanism.name != "serial-dictatorship" and claim.where.schools != "own-zone":
        found.append(say("{mechanism} outside the own zone", mechanism=stage.mechanism.name))
    if stage.mechanism.name == "random-seats" and stage.when_full == "over":
        found.append(say("random seats over the intake"))
    return found
