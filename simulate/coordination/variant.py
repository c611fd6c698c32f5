"""Variants of coordination as data: what each changes in a policy, and its source or reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from geodata.errors import XuequError
from geodata.messages import say
from geodata.project import Names
from geodata.toml import Record, WrongValueError, read_toml
from simulate.dated import need_one_origin
from simulate.order_keys import CHILD_KEYS, PAIR_KEYS, checked_order
from simulate.policy import Stage

Given = Literal["return", "lapse"]
Kind = Literal["public", "purchased-private", "nine-year"]


class Change(Record):
    """What a variant changes in the stages that coordinate, of one reach or of all.

    Parameters
    ----------
    reach : {"all", "area", "district", "city"}
        Which stages, by their `coordination`.
    children : {"all", "household", "others"}
        Which stages, by whom they place: only children of household categories, who have a right to a
        place; only others; or whomever.
    mechanism : {"nearest", "shortest-first", "least-travel", "choices"}, optional
        Serial dictatorship to the nearest free seat; deferred acceptance in which each school takes the
        nearest children first; the least total of metres; serial dictatorship by what the children filed.
        What the new mechanism cannot take goes with the old one: keys of the pair where there is one order,
        twins together or tied children over the intake, a list of choices where nobody chooses.
    list : int, optional
        Which list of choices; with `mechanism = "choices"` alone.
    order : list of str, optional
        The keys; `shortest-first` puts the distance before them.
    districts : list of str, optional
        Only children of these districts take part.
    within_m, past_it
        The greatest distance, and what happens past it, as in a claim.
    siblings : {"together", "apart"}, optional
        Together: a stage before it places children at a sibling's school, in whichever district that is;
        twins take seats together where there is one order, and a sibling comes first where schools have
        orders of their own. Apart: neither twins nor siblings count.
    consent : {"required", "not-asked"}, optional
        Required: to the city where the stage looks through the city, else to the district.
    kinds : list of str, optional
        The kinds of schools whose seats count.
    given_up : {"return", "lapse"}, optional
        What becomes of seats that families give up after these stages.
    """

    reach: Literal["all", "area", "district", "city"] = "all"
    children: Literal["all", "household", "others"] = "all"
    mechanism: Literal["nearest", "shortest-first", "least-travel", "choices"] | None = None
    list_: Annotated[int | None, Field(alias="list", ge=1)] = None
    order: Annotated[list[str] | None, Field(min_length=1)] = None
    districts: Annotated[list[str] | None, Field(min_length=1)] = None
    within_m: Annotated[int | None, Field(ge=0)] = None
    past_it: Literal["last", "never"] | None = None
    siblings: Literal["together", "apart"] | None = None
    consent: Literal["required", "not-asked"] | None = None
    kinds: Annotated[list[Kind] | None, Field(min_length=1)] = None
    given_up: Given | None = None

    @model_validator(mode="after")
    def _says_something_that_can_be_done(self) -> Change:
        if not self.model_dump(exclude_none=True, exclude={"reach", "children"}):
            raise WrongValueError(say("a change names what it changes"))
        if (self.within_m is None) != (self.past_it is None):
            raise WrongValueError(say('within_m and past_it = "last" or "never" belong together'))
        if self.list_ is not None and self.mechanism != "choices":
            raise WrongValueError(say('a list of choices is read with mechanism = "choices" alone'))
        if self.order is not None:
            checked_order(self.order, CHILD_KEYS + PAIR_KEYS)
            distance = any(key.startswith("distance ") for key in self.order)
            if distance and self.mechanism == "shortest-first":
                raise WrongValueError(
                    say("shortest-first puts the distance first by itself: leave it out of order")
                )
        return self

    def means(self, stage: Stage, household: Collection[str]) -> bool:
        """Whether it changes a stage, where some categories are household ones."""
        if stage.coordination is None or self.reach not in ("all", stage.coordination):
            return False
        right = {category in household for claim in stage.claims for category in claim.who.categories}
        return self.children == "all" or right == {self.children == "household"}


class Held(Record):
    """Seats of each school taken off its open pool from the start and given to nobody in this season.

    A share is of the open seats, rounded down to whole seats; a number is at most the open seats.
    """

    for_: Annotated[Literal["late-settlers", "returning-pupils"], Field(alias="for")]
    share: Annotated[float | None, Field(gt=0, le=1)] = None
    seats: Annotated[int | None, Field(ge=1)] = None

    @model_validator(mode="after")
    def _one_measure(self) -> Held:
        if (self.share is None) == (self.seats is None):
            raise WrongValueError(say("either a share of the open seats or a number of seats a school"))
        return self

    @property
    def pool(self) -> str:
        """The id of the pool that they are held in."""
        return f"held-{self.for_}"


class Variant(Record):
    """One way to coordinate: a policy with a few things changed, for a reason.

    Parameters
    ----------
    id, title
        Letters, digits, - and _; a name in both languages.
    source, assumed, reason
        Where it comes from, or that it is assumed and why it is tried.
    held : list of Held
        Seats held back from the start.
    given_up_before : {"return", "lapse"}, optional
        What becomes of seats given up after the stages before the first one that coordinates.
    change : list of Change
        What changes in the stages that coordinate; a later one counts before an earlier one.
    """

    id: Annotated[str, Field(pattern=r"^[\w-]+$")]
    title: Names
    source: str | None = None
    assumed: bool = False
    reason: Names | None = None
    held: list[Held] = []
    given_up_before: Given | None = None
    change: list[Change] = []

    @model_validator(mode="after")
    def _source_or_reason(self) -> Variant:
        need_one_origin(self.source, assumed=self.assumed, reason=self.reason)
        pools = [one.pool for one in self.held]
        if len(set(pools)) < len(pools):
            raise WrongValueError(say("seats are held once for each purpose"))
        return self

    @property
    def from_the_start(self) -> bool:
        """Whether it changes something before the first stage that coordinates."""
        return bool(self.held) or self.given_up_before is not None


class Variants(Record):
    """A file of variants; the first is the base with which the others are compared."""

    variant: Annotated[list[Variant], Field(min_length=1)]

    @model_validator(mode="after")
    def _ids_differ(self) -> Variants:
        ids = [one.id for one in self.variant]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise WrongValueError(say("{ids} stands twice", ids=", ".join(twice)))
        return self


def read_variants(path: Path | None = None) -> tuple[Variant, ...]:
    """Read variants from a file, or those that come with the package.

    Raises
    ------
    DataError
        With every unknown key, wrong type and gap at once.

    Examples
    --------
    >>> read_variants()[0].id
    'base'
    """
    shipped = Path(str(resources.files("simulate") / "coordination" / "variants.toml"))
    return tuple(read_toml(path or shipped, Variants).variant)


def chosen(variants: Sequence[Variant], only: Sequence[str]) -> tuple[Variant, ...]:
    """Return the variants asked for, in the order of the file; the base, the first, is always there.

    Raises
    ------
    XuequError
        If there is no such variant.
    """
    known = [one.id for one in variants]
    strange = sorted(set(only) - set(known))
    if strange:
        raise XuequError(
            say(
                "no variant {strange}; there are: {known}",
                strange=", ".join(strange),
                known=", ".join(known),
            )
        )
    return tuple(one for place, one in enumerate(variants) if place == 0 or not only or one.id in only)
