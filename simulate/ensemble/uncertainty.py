"""What is uncertain in a school year, and by how much: statements, each with a source or assumed."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from geodata.messages import Text, say
from geodata.project import Names
from geodata.toml import Record, WrongValueError, read_toml
from simulate.dated import need_one_origin

VARY = ("tickets", "counts", "points", "choices", "consent", "no-shows")
"""What can be drawn anew in each draw."""

VARY_NAMES: dict[str, Text] = {
    "tickets": say("tickets"),
    "counts": say("how many children come"),
    "points": say("points and dates of drawn children"),
    "choices": say("choices"),
    "consent": say("consent to coordination"),
    "no-shows": say("places not taken up"),
}

Share = Annotated[float, Field(ge=0, le=1)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Statement(Record):
    """A statement about something uncertain: where it comes from, or why it is assumed."""

    source: str | None = None
    assumed: bool = False
    reason: Names | None = None

    @model_validator(mode="after")
    def _source_or_reason(self) -> Statement:
        need_one_origin(self.source, assumed=self.assumed, reason=self.reason)
        return self


class Counts(Statement):
    """How far the children who come differ from those counted.

    Parameters
    ----------
    error : float
        The standard error of a district's count as a whole, as a share of it: its units have it in common.
    dispersion : float
        The variance of the children of a unit and category over their mean: 1 as if each came by itself
        (Poisson), more where families move and are born in waves (negative binomial), 0 where the count is
        met as closely as whole children can.
    interval : float
        How likely the children who come lie between `low` and `high` of the table demand. Where these are
        given they say all that is uncertain: neither `error` nor `dispersion` counts there.
    """

    error: Annotated[float, Field(ge=0, le=1)] = 0.0
    dispersion: Annotated[float, Field(ge=0, le=100)] = 1.0
    interval: Annotated[float, Field(ge=0.01, lt=1)] = 0.9

    @model_validator(mode="after")
    def _dispersion_is_possible(self) -> Counts:
        if 0 < self.dispersion < 1:
            raise WrongValueError(say("dispersion is 0, or 1 and more"))
        return self


class Choices(Statement):
    """How families choose where nobody knows their choices: a logit of distance and popularity.

    A family likes a school by `popularity - metres / scale_m` and a taste of its own (a Gumbel number), and
    lists what it likes best.

    Parameters
    ----------
    scale_m : float
        The metres that weigh as much as one unit of taste.
    popularity : mapping of str to float
        Of schools by id; 0 for a school that is not named.
    popularity_sd : float
        The standard deviation of what is not known of each school's popularity, drawn once a draw.
    most : mapping of str to int
        How many schools a family lists, by the number of the list; lists that are not named stay empty.
    near : int
        Of how many of the nearest schools a family chooses, where the list goes beyond its zone.
    """

    scale_m: Annotated[Finite, Field(gt=0)]
    popularity: dict[str, Finite] = {}
    popularity_sd: Annotated[Finite, Field(ge=0)] = 0.0
    most: dict[str, Annotated[int, Field(ge=1, le=20)]] = {"1": 3}
    near: Annotated[int, Field(ge=1, le=50)] = 8

    @model_validator(mode="after")
    def _lists_are_numbers(self) -> Choices:
        # 01 would be the same list as 1, and is not found under its number
        wrong = sorted(name for name in self.most if not re.fullmatch("[1-9][0-9]*", name))
        if wrong:
            raise WrongValueError(
                say("most: lists are numbers from 1, not {found}", found=", ".join(wrong))
            )
        return self


class NoShows(Statement):
    """Which of the children placed do not take the place up.

    Parameters
    ----------
    household, others : float
        The share of children with a right to a place, and of the others.
    share : mapping of str to float
        Of single categories, instead.
    after : str, optional
        The id of the stage after which places are found not to be taken up, so that the stages that follow
        give them to others; the last one where none is named.
    """

    household: Share = 0.0
    others: Share = 0.0
    share: dict[str, Share] = {}
    after: str | None = None


class Uncertainty(Record):
    """What is uncertain in a school year; a part that is absent is not drawn.

    `points` and `consent` are drawn from the distributions that the project states in `[children]`.
    """

    title: Names
    counts: Counts | None = None
    points: Statement | None = None
    choices: Choices | None = None
    consent: Statement | None = None
    no_shows: NoShows | None = None

    @property
    def statements(self) -> dict[str, Statement]:
        """The parts that are there, by the word of `VARY`."""
        parts = {
            "counts": self.counts,
            "points": self.points,
            "choices": self.choices,
            "consent": self.consent,
            "no-shows": self.no_shows,
        }
        return {name: part for name, part in parts.items() if part is not None}


def read_uncertainty(path: Path | None = None) -> Uncertainty:
    """Read what is uncertain from a file, or what comes with the package, all of it assumed.

    Raises
    ------
    DataError
        With every unknown key, wrong type and gap at once.

    Examples
    --------
    >>> sorted(read_uncertainty().statements)
    ['choices', 'consent', 'counts', 'no-shows', 'points']
    """
    shipped = Path(str(resources.files("simulate") / "ensemble" / "uncertain.toml"))
    return read_toml(path or shipped, Uncertainty)
