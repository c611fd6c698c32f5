"""The schema of all tables: which columns there are, what may stand in them, what they refer to.

Most columns are optional: a planner brings what there is, and each command says what it lacks.
The table of the design is the source; `docs` of a column is its one-line meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "text", "integer", "number", "boolean", "date"]
Shape = Literal["polygon", "point", "line", "any"]

LEVELS = ("primary", "lower-secondary")
SCHOOL_KINDS = ("public", "purchased-private", "nine-year")
ANSWERS = ("accepted", "declined", "withdrawn", "late", "refiled")
OPEN_POOL = "open"
ENTRY_GRADE = {"primary": 1, "lower-secondary": 7}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    name : str
        Its name in the normalised table; lengths and areas carry their unit in it.
    kind : Kind
        What a cell holds; `id` is text that is never blank-padded and never a number.
    required : bool
        Whether the table makes no sense without the column, and no cell of it may be blank.
    minimum : float, optional
        The least value allowed.
    allowed : tuple of str
        The only values allowed, if not empty.
    refers : str, optional
        `table.column` in which each value must stand.
    """

    name: str
    kind: Kind = "text"
    required: bool = False
    minimum: float | None = None
    allowed: tuple[str, ...] = ()
    refers: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: its columns, the columns that make a row unique, and its geometry.

    `geometry` says what shape a row may have; `located` whether a layer of it must declare a datum
    (it must, as soon as it has a geometry or `lng`, `lat`).
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    geometry: Shape | None = None
    required: bool = False

    def column(self, name: str) -> Column:
        """Return a column by name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)


def _id(name: str, *, required: bool = False, refers: str | None = None) -> Column:
    return Column(name=name, kind="id", required=required, refers=refers)


def _count(name: str, *, required: bool = False) -> Column:
    return Column(name=name, kind="integer", required=required, minimum=0)


def _measure(name: str) -> Column:
    return Column(name=name, kind="number", minimum=0)


def _year(name: str, *, required: bool = False) -> Column:
    return Column(name=name, kind="integer", required=required, minimum=1949)


_NAME = Column(name="name")
_CATEGORY = _id("category")
_LEVEL = Column(name="level", allowed=LEVELS)
_UNIT = "units.unit_id"
_ZONE = "zones.zone_id"
_SCHOOL = "schools.school_id"
_DISTRICT = "districts.district_id"
_APPLICANT = "applicants.applicant_id"

TABLES: tuple[Table, ...] = (
    Table(
        name="districts",
        columns=(_id("district_id", required=True), _NAME),
        key=("district_id",),
        geometry="polygon",
    ),
    Table(
        name="streets",
        columns=(
            _id("street_id", required=True),
            _NAME,
            _id("district_id", refers=_DISTRICT),
        ),
        key=("street_id",),
        geometry="polygon",
    ),
    Table(
        name="units",
        columns=(
            _id("unit_id", required=True),
            _NAME,
            _id("community_id"),
            _id("street_id", refers="streets.street_id"),
            _id("district_id", refers=_DISTRICT),
            _count("households"),
            Column(name="scope_text"),
        ),
        key=("unit_id",),
        geometry="any",
    ),
    Table(
        name="dwellings",
        columns=(
            _id("dwelling_id", required=True),
            _id("unit_id", refers=_UNIT),
            Column(name="registered_on", kind="date"),
            _measure("share"),
            Column(name="used_until", kind="date"),
        ),
        key=("dwelling_id",),
    ),
    Table(
        name="barriers",
        columns=(_id("barrier_id", required=True), Column(name="kind")),
        key=("barrier_id",),
        geometry="any",
    ),
    Table(
        name="links",
        columns=(
            _id("link_id", required=True),
            _NAME,
            Column(name="kind"),
            Column(name="length_m", kind="number", required=True, minimum=0),
        ),
        key=("link_id",),
        geometry="line",
    ),
    Table(
        name="demand",
        columns=(
            _id("unit_id", required=True, refers=_UNIT),
            _id("category", required=True),
            _year("year", required=True),
            _count("children", required=True),
            _count("low"),
            _count("high"),
            Column(name="source"),
        ),
        key=("unit_id", "category", "year"),
    ),
    Table(
        name="zones",
        columns=(
            _id("zone_id", required=True),
            _NAME,
            _id("district_id", refers=_DISTRICT),
            Column(name="scope_text"),
        ),
        key=("zone_id",),
        geometry="polygon",
        required=True,
    ),
    Table(
        name="plan",
        columns=(
            _id("unit_id", required=True, refers=_UNIT),
            _id("zone_id", required=True, refers=_ZONE),
            _CATEGORY,
            _year("from_year"),
            _year("until_year"),
            Column(name="settled_before", kind="date"),
            Column(name="keep_or_choose", allowed=("keep", "choose")),
            _id("reason_code"),
        ),
        key=("unit_id", "zone_id", "category", "from_year"),
    ),
    Table(
        name="schools",
        columns=(
            _id("school_id", required=True),
            _NAME,
            _id("district_id", refers=_DISTRICT),
            _id("street_id", refers="streets.street_id"),
            Column(name="kind", allowed=SCHOOL_KINDS),
            _id("group_id"),
            _year("opening_year"),
            _id("feeds", refers=_SCHOOL),
            Column(name="telephone"),
            _count("rooms"),
            _measure("area_m2"),
        ),
        key=("school_id",),
        geometry="point",
        required=True,
    ),
    Table(
        name="rolls",
        columns=(
            _id("school_id", required=True, refers=_SCHOOL),
            _count("grade", required=True),
            _year("year", required=True),
            _count("pupils"),
            _count("classes"),
        ),
        key=("school_id", "grade", "year"),
    ),
    Table(
        name="indicators",
        columns=(
            _id("school_id", required=True, refers=_SCHOOL),
            _id("item", required=True),
            Column(name="value", kind="number"),
        ),
        key=("school_id", "item"),
    ),
    Table(
        name="travel",
        columns=(
            _id("unit_id", required=True, refers=_UNIT),
            _id("school_id", required=True, refers=_SCHOOL),
            _measure("metres"),
            _measure("seconds"),
        ),
        key=("unit_id", "school_id"),
    ),
    Table(
        name="seats",
        columns=(
            _id("school_id", required=True, refers=_SCHOOL),
            _LEVEL,
            _count("grade"),
            _id("pool"),
            _year("year"),
            _count("classes"),
            _count("class_size"),
            _count("seats"),
            _id("release_after"),
        ),
        key=("school_id", "level", "grade", "pool", "year"),
    ),
    Table(
        name="serves",
        columns=(
            _id("zone_id", required=True, refers=_ZONE),
            _id("school_id", required=True, refers=_SCHOOL),
        ),
        key=("zone_id", "school_id"),
    ),
    Table(
        name="applicants",
        columns=(
            _id("applicant_id", required=True),
            _id("category", required=True),
            _count("grade"),
            _id("unit_id", refers=_UNIT),
            _id("zone_id", refers=_ZONE),
            Column(name="address"),
            _id("dwelling_id", refers="dwellings.dwelling_id"),
            Column(name="settled_on", kind="date"),
            Column(name="parent_settled_on", kind="date"),
            Column(name="points", kind="number", minimum=0),
            Column(name="home", kind="number", minimum=0),
            Column(name="insurance_months", kind="number", minimum=0),
            Column(name="residence_days", kind="number", minimum=0),
            Column(name="consents", allowed=("none", "district", "city")),
            _id("household_id"),
            _id("twin_group"),
            _id("sibling_school_id", refers=_SCHOOL),
            _id("previous_school_id"),
        ),
        key=("applicant_id",),
        geometry="point",
    ),
    Table(
        name="facts",
        columns=(
            _id("applicant_id", required=True, refers=_APPLICANT),
            _id("fact", required=True),
            Column(name="from", kind="date"),
            Column(name="until", kind="date"),
            Column(name="value"),
            _id("district_id", refers=_DISTRICT),
        ),
        key=("applicant_id", "fact", "from", "until", "value", "district_id"),
    ),
    Table(
        name="scores",
        columns=(
            _id("applicant_id", required=True, refers=_APPLICANT),
            _id("item", required=True),
            Column(name="points", kind="number", required=True),
        ),
        key=("applicant_id", "item"),
    ),
    Table(
        name="choices",
        columns=(
            _id("applicant_id", required=True, refers=_APPLICANT),
            _id("after_stage"),
            _count("list"),
            Column(name="rank", kind="integer", required=True, minimum=1),
            _id("target", required=True),
        ),
        key=("applicant_id", "after_stage", "list", "rank"),
    ),
    Table(
        name="answers",
        columns=(
            _id("applicant_id", required=True, refers=_APPLICANT),
            _id("after_stage", required=True),
            Column(name="answer", required=True, allowed=ANSWERS),
        ),
        key=("applicant_id", "after_stage"),
    ),
    Table(
        name="decisions",
        columns=(
            _id("applicant_id", required=True, refers=_APPLICANT),
            _id("stage", required=True),
            _id("school_id", required=True, refers=_SCHOOL),
            _id("reason_code", required=True),
            Column(name="authority", required=True),
            Column(name="document_no", required=True),
        ),
        key=("applicant_id", "stage"),
    ),
)

BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}
