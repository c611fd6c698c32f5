"""Standards as dated, sourced data: which there are, how they are read, and what holds on a day."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from geodata.errors import DataError, Fault
from geodata.messages import Text, say
from geodata.project import Names
from geodata.schema import LEVELS
from geodata.toml import Record, WrongValueError, read_toml
from simulate.dated import Part, in_force, overlapping

Unit = Literal[
    "pupils",
    "metres",
    "items",
    "share",
    "ratio",
    "yes-no",
    "per-100-pupils",
    "m2-per-pupil",
    "yuan-per-pupil",
]
ITEMS: Mapping[str, Unit] = {
    "teachers-above-degree": "per-100-pupils",
    "backbone-teachers": "per-100-pupils",
    "pe-art-teachers": "per-100-pupils",
    "teaching-area": "m2-per-pupil",
    "sports-area": "m2-per-pupil",
    "equipment": "yuan-per-pupil",
    "networked-classrooms": "per-100-pupils",
}
"""The seven items of balanced development (优质均衡), numbered from 1 in this order."""
COUNTED = tuple(item for item, unit in ITEMS.items() if unit == "per-100-pupils")
"""The items of which a school has a whole number: teachers and rooms."""
COLOURS = ("red", "orange", "yellow", "green")

UNITS: Mapping[str, Unit] = {
    **{f"class-norm-{level}": "pupils" for level in LEVELS},
    "large-class": "pupils",
    "very-large-class": "pupils",
    "school-size": "pupils",
    "school-size-nine-year": "pupils",
    **{f"radius-{level}": "metres" for level in LEVELS},
    **{f"{item}-{level}": unit for item, unit in ITEMS.items() for level in LEVELS},
    "items-to-meet": "items",
    "other-item-share": "share",
    **{f"variation-{level}": "ratio" for level in LEVELS},
    "migrant-share": "share",
    "migrant-purchased-counts": "yes-no",
    **{f"seat-warning-{colour}": "ratio" for colour in COLOURS[:-1]},
}
"""Every standard there is, and its unit; a file has a value of each."""
NATIONAL = Path(__file__).parent / "national.toml"
_WHOLE = ("pupils", "metres", "items", "yes-no")


class Standard(Part):
    """One value that the nation, a province or a city asks for."""

    value: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    unit: Unit

    @model_validator(mode="after")
    def _is_known(self) -> Standard:
        unit = UNITS.get(self.id)
        if unit is None:
            raise WrongValueError(
                say("unknown standard {id}; allowed: {allowed}", id=self.id, allowed=", ".join(UNITS))
            )
        if self.unit != unit:
            raise WrongValueError(say("the unit of {id} is {unit}", id=self.id, unit=unit))
        if unit in _WHOLE and self.value != int(self.value):
            raise WrongValueError(say("{id} is a whole number", id=self.id))
        if unit in ("share", "yes-no") and self.value > 1:
            raise WrongValueError(say("{id} is from 0 to 1", id=self.id))
        if unit == "items" and self.value > len(ITEMS):
            raise WrongValueError(say("{id} is at most {n}", id=self.id, n=len(ITEMS)))
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The standards as they hold on a day.

    Parameters
    ----------
    class_norm, radius_m : mapping of level to int
    large_class, very_large_class : int
        The least pupils of one.
    school_size, school_size_nine_year : int
        The most pupils (of the compulsory part).
    items : mapping of item to mapping of level to float
        The least per 100 pupils or per pupil.
    items_to_meet : int
    other_item_share : float
    variation : mapping of level to float
        The greatest coefficient of variation of an item within a district.
    migrant_share : float
    purchased_counts : bool
    warning : tuple of float
        Children over seats from which a zone is red, orange, yellow.
    parts : tuple of Standard
        What holds, with sources.
    """

    class_norm: Mapping[str, int]
    radius_m: Mapping[str, int]
    large_class: int
    very_large_class: int
    school_size: int
    school_size_nine_year: int
    items: Mapping[str, Mapping[str, float]]
    items_to_meet: int
    other_item_share: float
    variation: Mapping[str, float]
    migrant_share: float
    purchased_counts: bool
    warning: tuple[float, float, float]
    parts: tuple[Standard, ...]

    @property
    def assumed(self) -> tuple[Standard, ...]:
        """The standards without a source; every product lists them."""
        return tuple(part for part in self.parts if part.assumed)

    def title(self, item: str, level: str) -> Names:
        """Return the name of an item at a level, as the file of standards has it."""
        return next(part.title for part in self.parts if part.id == f"{item}-{level}")


class Standards(Record):
    """A file of standards: values of all times, each with its dates and source."""

    id: Annotated[str, Field(pattern=r"^[\w-]+$")]
    title: Names
    standard: Annotated[list[Standard], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_at_a_time(self) -> Standards:
        both = overlapping(self.standard)
        if both:
            raise WrongValueError(
                say("{id} stands twice on {on}: give the older one an until", id=both[0], on=both[1])
            )
        return self

    def at(self, on: datetime.date, *, expecting: Sequence[str] = ()) -> Limits:
        """Return the standards as they hold on a day.

        Parameters
        ----------
        on : date
        expecting : sequence of str
            Ids of planned changes (`expected = true`) that count.

        Raises
        ------
        DataError
            If one does not hold on that day, or two of them contradict each other.
        """
        held = in_force(self.standard, on, expecting)
        values = {part.id: part.value for part in held}
        faults = [
            Fault(
                file=self.id,
                column=one,
                allowed=say("a value that holds on {on}; there is none", on=on),
                remedy=say("add a [[standard]] with its source, or assumed = true with a reason"),
            )
            for one in UNITS
            if one not in values
        ]
        if not faults:
            faults = [Fault(file=self.id, allowed=what) for what in _contradictions(values)]
        if faults:
            raise DataError(faults)
        return _limits(values, tuple(held))


def read_standards(path: Path | None = None) -> Standards:
    """Read a file of standards; without a path, those of the nation that come with the package.

    Raises
    ------
    DataError
        With every unknown key, wrong type and gap at once.

    Examples
    --------
    >>> limits = read_standards().at(datetime.date(2024, 8, 31))
    >>> limits.class_norm["primary"], limits.items["teaching-area"]["lower-secondary"]
    (45, 5.8)
    """
    return read_toml(NATIONAL if path is None else path, Standards)


def _contradictions(values: Mapping[str, float]) -> Iterator[Text]:
    norms = max(values[f"class-norm-{level}"] for level in LEVELS)
    if not norms < values["large-class"] < values["very-large-class"]:
        yield say("the class norm, a large class and a very large class must grow in this order")
    red, orange, yellow = (values[f"seat-warning-{colour}"] for colour in COLOURS[:-1])
    if not red >= orange >= yellow:
        yield say("red, orange and yellow must fall in this order")


def _limits(values: Mapping[str, float], parts: tuple[Standard, ...]) -> Limits:
    def whole(name: str) -> dict[str, int]:
        return {level: int(values[f"{name}-{level}"]) for level in LEVELS}

    return Limits(
        class_norm=whole("class-norm"),
        radius_m=whole("radius"),
        large_class=int(values["large-class"]),
        very_large_class=int(values["very-large-class"]),
        school_size=int(values["school-size"]),
        school_size_nine_year=int(values["school-size-nine-year"]),
        items={item: {level: values[f"{item}-{level}"] for level in LEVELS} for item in ITEMS},
        items_to_meet=int(values["items-to-meet"]),
        other_item_share=values["other-item-share"],
        variation={level: values[f"variation-{level}"] for level in LEVELS},
        migrant_share=values["migrant-share"],
        purchased_counts=values["migrant-purchased-counts"] == 1,
        warning=(
            values["seat-warning-red"],
            values["seat-warning-orange"],
            values["seat-warning-yellow"],
        ),
        parts=parts,
    )
