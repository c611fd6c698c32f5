"""What a scenario may change in a city: units, zones, schools, seats, children; a record a kind."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from geodata.messages import say
from geodata.project import Names
from geodata.schema import OPEN_POOL
from geodata.toml import Record, WrongValueError

Year = Annotated[int, Field(ge=1949, le=2200)]
Count = Annotated[int, Field(ge=0)]
Ids = Annotated[list[str], Field(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]


class Rule(Record):
    """A choice by a rule instead of an id; `xuequ scenario show --project DIR` shows what it comes to.

    Parameters
    ----------
    rule : str
        A school: `most-short`, the one that serves the zone with most children over its seats. Zones:
        `most-short-and-neighbour`, that zone and the nearest one with seats to spare, else the nearest.
        A site: `shortens-most`, the unit of that zone where a school shortens ways to school most, in a
        straight line, for all children of its district. Units: `nearest`, those nearer to the new school
        than to the schools of their zone, the nearest first, until its seats are filled.
    districts : list of str, optional
        Only there (ids or names); by default everywhere. Equal ones are taken in the order of their ids.
    """

    rule: Literal["most-short", "most-short-and-neighbour", "shortens-most", "nearest"]
    districts: Ids | None = None


class Change(Record):
    """What all changes have: the kind, and where there are any, the reason and source of this one."""

    do: str
    reason: Names | None = None
    source: str | None = None


class Yearly(Change):
    """A change that holds from a year on; by default from the project's year."""

    from_: Annotated[Year | None, Field(alias="from")] = None


class Plan(Change):
    """Another plan: a file with the columns of the table plan, beside the scenario."""

    do: Literal["plan"]
    file: str


class Move(Yearly):
    """Units that move to a zone; for one category, or for all."""

    do: Literal["move"]
    units: Ids
    zone: str
    category: str | None = None
    reason_code: str | None = None


class Measured(Yearly):
    """So many more or fewer (`by`), or exactly so many (`to`), in a pool of a school."""

    school: str | Rule
    by: int | None = None
    to: int | None = None
    pool: str = OPEN_POOL

    @model_validator(mode="after")
    def _one_measure(self) -> Measured:
        if (self.by is None) == (self.to is None):
            raise WrongValueError(say("either by (so many more or fewer) or to (exactly so many)"))
        if self.to is not None and self.to < 0:
            raise WrongValueError(say("at least 0"))
        return self


class Classes(Measured):
    """Classes of a school; `class_size` where the project does not state one."""

    do: Literal["classes"]
    class_size: Annotated[int | None, Field(ge=1)] = None


class Seats(Measured):
    """Seats of a school; its classes stay."""

    do: Literal["seats"]


class Site(Record):
    """Where a school stands: in a unit, or at a point with its datum."""

    unit: str | None = None
    lng: float | None = None
    lat: float | None = None
    datum: str | None = None

    @model_validator(mode="after")
    def _unit_or_point(self) -> Site:
        point = [self.lng is not None, self.lat is not None, self.datum is not None]
        if any(point) != all(point) or any(point) == (self.unit is not None):
            raise WrongValueError(say("either unit, or lng, lat and datum"))
        return self


class OwnZone(Record):
    """The zone of a new school, and the units that it takes over."""

    id: Annotated[str, Field(min_length=1)]
    name: str | None = None
    units: Ids | Rule
    category: str | None = None
    reason_code: str | None = None


class OpenSchool(Change):
    """A new campus; its units move in the year in which it opens, not before."""

    do: Literal["open-school"]
    id: Annotated[str, Field(min_length=1)]
    name: str
    site: Site | Rule
    opens: Year
    district: str | None = None
    street: str | None = None
    kind: Literal["public", "purchased-private", "nine-year"] = "public"
    classes: Annotated[int, Field(ge=1)]
    class_size: Annotated[int, Field(ge=1)]
    rooms: Count | None = None
    area_m2: Annotated[float | None, Field(ge=0)] = None
    serves: list[str] = []
    zone: OwnZone | None = None

    @model_validator(mode="after")
    def _serves_somebody(self) -> OpenSchool:
        if not self.serves and self.zone is None:
            raise WrongValueError(
                say("serves = the zones that it serves, or zone = { id, units } of its own")
            )
        return self


class CloseSchool(Yearly):
    """A school that is there no longer: another serves its zones, or their units move to another zone."""

    do: Literal["close-school"]
    school: str
    served_by: str | None = None
    units_to: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> CloseSchool:
        if self.served_by is not None and self.units_to is not None:
            raise WrongValueError(say("either served_by (a school) or units_to (a zone), not both"))
        return self


class Enlarge(Yearly):
    """A school with so many more rooms, square metres and classes."""

    do: Literal["enlarge"]
    school: str | Rule
    rooms: Count = 0
    area_m2: Annotated[float, Field(ge=0)] = 0.0
    classes: Count = 0
    class_size: Annotated[int | None, Field(ge=1)] = None

    @model_validator(mode="after")
    def _something(self) -> Enlarge:
        if not (self.rooms or self.area_m2 or self.classes):
            raise WrongValueError(say("rooms, area_m2 or classes: at least one of them"))
        return self


class MergeSchools(Yearly):
    """Schools that become one of them: seats, pupils, rooms and zones are added up."""

    do: Literal["merge-schools"]
    schools: Annotated[list[str], Field(min_length=2)]
    into: str


class MergeZones(Change):
    """Zones that become one of them, served by the schools of all: a multi-school zone."""

    do: Literal["merge-zones"]
    zones: Annotated[list[str], Field(min_length=2)] | Rule
    into: str | None = None
    name: str | None = None


class NewZone(Yearly):
    """A new zone, its schools and its units."""

    do: Literal["new-zone"]
    id: Annotated[str, Field(min_length=1)]
    name: str | None = None
    district: str | None = None
    schools: Ids
    units: Ids
    category: str | None = None
    reason_code: str | None = None


class NewUnit(Record):
    """A unit that is not in the project yet; a point, in a zone."""

    id: Annotated[str, Field(min_length=1)]
    name: str | None = None
    lng: float
    lat: float
    datum: str
    zone: str
    district: str | None = None
    street: str | None = None
    households: Count | None = None


class Estate(Change):
    """A new estate: its children in full use, and the share of them year by year from the first year.

    After the last share of `ramp` the children stay what they are then.
    """

    do: Literal["estate"]
    unit: str | NewUnit
    children: Annotated[dict[str, Count], Field(min_length=1)]
    first_year: Year
    ramp: Annotated[list[Share], Field(min_length=1)] = [1.0]


class Demolition(Yearly):
    """Homes that are gone: a share of a unit's children, or so many of a category."""

    do: Literal["demolition"]
    unit: str
    share: Annotated[float | None, Field(gt=0, le=1)] = None
    children: Annotated[dict[str, Count] | None, Field(min_length=1)] = None

    @model_validator(mode="after")
    def _one_measure(self) -> Demolition:
        if (self.share is None) == (self.children is None):
            raise WrongValueError(say("either share, or children = { category = number }"))
        return self


class DemandLevel(Yearly):
    """The low, middle or high count, times a factor, of all categories and districts or of some.

    In an ensemble the low or high count is what children come about, without bounds of its own.
    """

    do: Literal["demand-level"]
    level: Literal["low", "mid", "high"] = "mid"
    factor: Annotated[float, Field(ge=0, le=100)] = 1.0
    categories: Ids | None = None
    districts: Ids | None = None
