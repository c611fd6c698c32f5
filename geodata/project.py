"""`xuequ.toml`: where the tables are, how a planner's headings map to ours, and what is assumed."""

from __future__ import annotations

import datetime
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from geodata import schema
from geodata.errors import DataError, Fault
from geodata.messages import say
from geodata.toml import Record, WrongValueError, read_toml

PROJECT_FILE = "xuequ.toml"
Encoding = Literal["auto", "utf-8", "gb18030", "gbk"]
Personal = Literal["id-number", "name", "telephone", "other"]
Scalar = str | int | float | bool


class Names(Record):
    """A name in both languages."""

    zh: str
    en: str


class Assumption(Record):
    """Something that stands without a source; every report lists it."""

    what: Names
    reason: Names


class Split(Record):
    """One cell that holds several values: each becomes a row."""

    column: str
    by: Annotated[str, Field(min_length=1)]


class Skip(Record):
    """Rows of a file that are not meant for this table; how many were skipped is reported."""

    column: str
    contains: Annotated[str, Field(min_length=1)]
    reason: str


class IdList(Record):
    """The ids along one side of an array, in its order: a column of a table, or a text with an id a line.

    Without `column` every line of the file is an id. `skip` leaves out rows, as for a table.
    """

    path: str
    column: str | None = None
    layer: str | None = None
    sheet: str | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Encoding = "auto"
    skip: list[Skip] = []

    @model_validator(mode="after")
    def _lines_have_no_columns(self) -> IdList:
        if self.column is None and (self.skip or self.layer or self.sheet):
            raise WrongValueError(say("skip, layer and sheet need a table: name its column of ids"))
        return self


class Source(Record):
    """Where the rows of a table come from and how its headings map to ours.

    `columns` maps our names to the planner's headings (a column that keeps our name needs no line);
    `values` maps a planner's words in a column to ours (`values.consents = { "服从" = "city" }`);
    `constants` gives a whole column one value; `rows` holds a small table right here.

    `encoding` forces how a text is decoded, where the bytes alone mislead; `sheet`, `heading_row` (counted
    from 1, as a spreadsheet does) and `heading_rows` say where in a workbook the table stands. `personal`
    names the headings of names and numbers of persons: they are used for the search for duplicates and
    dropped.

    The table travel may be an array (`geodata.reading.arrays`): `unit_ids` and `school_ids` say whose its
    rows and columns are, where the file does not hold these ids itself.
    """

    path: str | None = None
    layer: str | None = None
    rows: list[dict[str, Any]] | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Encoding = "auto"
    sheet: str | None = None
    heading_row: Annotated[int, Field(ge=1)] | None = None
    heading_rows: Annotated[int, Field(ge=1, le=4)] = 1
    personal: dict[str, Personal] = {}
    datum: str | None = None
    columns: dict[str, str] = {}
    constants: dict[str, Scalar] = {}
    values: dict[str, dict[str, str]] = {}
    split: Split | None = None
    skip: list[Skip] = []
    unit_ids: IdList | None = None
    school_ids: IdList | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Source:
        if (self.path is None) == (self.rows is None):
            raise WrongValueError(say("exactly one of path and rows is allowed"))
        return self


class Catchments(Source):
    """Rows that say which unit belongs to which school, from which four tables are made.

    Each row (after the split) names a unit and a school. Units with the same set of schools make up
    one zone, so a unit that stands at two schools lies in a zone that both serve.

    `unit_id_pattern` shortens a long scope text to an identifier: its first group is used, and parts
    that then have the same one are numbered (`/1`, `/2`). `street` is a column that tells apart units of
    one name; `category` one that says for whom a row holds, so that a unit may have other schools for
    other children; `school_name` names zones by their schools. `values` maps words of `category` and
    `street`.
    """

    unit: str
    school_id: str
    category: str | None = None
    street: str | None = None
    school_name: str | None = None
    unit_id_pattern: str | None = None
    district_id: str | None = None

    @model_validator(mode="after")
    def _nothing_is_ignored(self) -> Catchments:
        if self.columns or self.constants or self.datum is not None:
            raise WrongValueError(say("catchments have no columns, constants or datum of their own"))
        named = {"category": self.category, "street": self.street}
        for name in self.values:
            if named.get(name) is None:
                raise WrongValueError(
                    say("values of {name}: name its column first, as category or street", name=name)
                )
        return self

    @model_validator(mode="after")
    def _pattern_has_a_group(self) -> Catchments:
        if self.unit_id_pattern is not None:
            try:
                groups = re.compile(self.unit_id_pattern).groups
            except re.error as error:
                raise WrongValueError(say("not a pattern: {problem}", problem=error)) from error
            if groups < 1:
                raise WrongValueError(say("the pattern needs a group: ( )"))
        return self


class DistrictTotal(Record):
    """So many children of a category in a district, when there is no count by unit."""

    district_id: str
    category: str
    children: Annotated[int, Field(ge=0)]


class Distribution(Record):
    """The shape from which synthetic children get a number; rounded, and cut at both ends."""

    mean: float
    sd: Annotated[float, Field(ge=0)]
    low: float
    high: float
    step: Annotated[float, Field(gt=0)] = 1.0

    @model_validator(mode="after")
    def _low_before_high(self) -> Distribution:
        if self.low > self.high:
            raise WrongValueError(say("low comes before high"))
        return self


class SyntheticChildren(Record):
    """How children are drawn where a project has counts only.

    `totals` are shared over the units of each district evenly, or in proportion to `households`.
    `consent_district` and `consent_city` are the shares that consent to coordination (those who
    consent to the city consent to the district); `second_choice_first` is the share of points
    children who list the second nearest school of their zone first.
    """

    reason: Names
    totals: list[DistrictTotal] = []
    share_by: Literal["even", "households"] = "even"
    points: dict[Literal["points", "insurance_months", "residence_days"], Distribution] = {}
    own_home: dict[str, float] = {}
    settled_days: Distribution = Distribution(mean=900, sd=600, low=1, high=4000)
    consent_district: Annotated[float, Field(ge=0, le=1)] = 1.0
    consent_city: Annotated[float, Field(ge=0, le=1)] = 1.0
    second_choice_first: Annotated[float, Field(ge=0, le=1)] = 0.0


class MapOptions(Record):
    """An optional tile address for the map; without one nothing is loaded from anywhere."""

    tiles: str | None = None
    attribution: str = ""
    datum: str = "wgs84"


class Head(Record):
    """The head of a project: what it is about and which rules apply.

    `points` names the points schedule by which facts are scored; `expecting` the planned changes of the
    policy (`expected = true`) that this project applies.
    """

    name: str
    level: Literal["primary", "lower-secondary"]
    year: Annotated[int, Field(ge=1949, le=2200)]
    on: datetime.date | None = None
    policy: str | None = None
    points: str | None = None
    expecting: list[str] = []
    seed: str | None = None
    secret: str = ""
    metric_crs: str | None = None
    synthetic: bool = False
    attribution: list[str] = []

    @property
    def date(self) -> datetime.date:
        """The day on which the rules are read: `on`, or 31 August of the year."""
        return self.on or datetime.date(self.year, 8, 31)


class Project(Record):
    """The whole of `xuequ.toml`."""

    project: Head
    zone_label: Names = Names(zh="招生片区", en="zone")
    tables: dict[str, Source] = {}
    catchments: Catchments | None = None
    children: SyntheticChildren | None = None
    assumed: list[Assumption] = []
    map: MapOptions = MapOptions()

    @field_validator("tables")
    @classmethod
    def _tables_are_known(cls, tables: dict[str, Source]) -> dict[str, Source]:
        unknown = sorted(set(tables) - set(schema.BY_NAME))
        if unknown:
            raise WrongValueError(
                say(
                    "unknown table {unknown}; allowed: {allowed}",
                    unknown=", ".join(unknown),
                    allowed=", ".join(schema.BY_NAME),
                )
            )
        return tables


def read_project(folder: Path) -> Project:
    """Read `xuequ.toml` of a project folder.

    Raises
    ------
    DataError
        If the file is absent or anything in it is wrong; all faults at once.
    """
    return read_toml(folder / PROJECT_FILE, Project)


def resolve_path(text: str, folder: Path) -> Path:
    """Return the path that a project names, with `${VARIABLES}` filled in from the environment.

    Raises
    ------
    DataError
        If a variable is not set.
    """

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if not os.environ.get(name):
            fault = Fault(
                file=PROJECT_FILE,
                column="path",
                found=text,
                allowed=say("the environment variable {name} is not set", name=name),
                remedy=say("set {name} in the shell, or write the path itself", name=name),
            )
            raise DataError([fault])
        return os.environ[name]

    path = Path(re.sub(r"\$\{(\w+)\}", value, text))
    # a variable is set in a shell, so what it holds is relative to where the shell stands
    return path if path.is_absolute() or text.startswith("${") else folder / path
