"""What the forms of a hearing ask for: the people (T12) and their opinions (T13).

The dossier that they enter is published, so they ask for no names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from geodata.messages import Text, say
from simulate.dossier.model import Kind

Adopted = Literal["yes", "partly", "no"]
NUMBER = "number"
"""The key of the column that only numbers the rows."""
MOST_ROWS = 2000
"""Most rows of a form; a hearing has tens of people, and hundreds of opinions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One of the people of a hearing, or several alike; by part, never by name.

    Parameters
    ----------
    role : str
        Chair, organiser, representative, observer, recorder.
    represents : str
        Whom: residents, owners, a school, a street, the media.
    place : str
        Estate, community or school.
    people : int
    chosen : str
        How they were chosen: by draw, by application, on proposal.
    remark : str
        "" where there is none, as in all texts here but the role.
    """

    role: str
    represents: str
    place: str
    people: int
    chosen: str
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """An opinion, and what became of it.

    Parameters
    ----------
    opinion : str
    person_class : str
        Of whom: resident, owner, school, deputy.
    place : str
    adopted : {"yes", "partly", "no"} or None
        None where it is not decided yet.
    reason : str
        Never "" where it was not adopted, or only in part.
    """

    opinion: str
    person_class: str
    place: str
    adopted: Adopted | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """What stands in both forms, in the order of their rows."""

    people: tuple[Person, ...] = ()
    opinions: tuple[Opinion, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column of a form.

    Parameters
    ----------
    key : str
        Its name for programs.
    title : Text
    most : int
        Of a text the most characters, of a number the largest.
    weight : float
        How wide it is beside the others.
    kind : Kind
    required : bool
        Whether it may be blank in no row that is filled in.
    """

    key: str
    title: Text
    most: int
    weight: float = 1.0
    kind: Kind = "text"
    required: bool = False


_NO = Field(key=NUMBER, title=say("No."), most=MOST_ROWS, weight=0.5, kind="integer")
_PLACE = say("estate, community or school")
TITLES: Mapping[str, Text] = {
    "T12": say("People of the hearing, and how they were chosen"),
    "T13": say("Opinions, and what became of them"),
}
FIELDS: Mapping[str, tuple[Field, ...]] = {
    "T12": (
        _NO,
        Field(key="role", title=say("part in the hearing"), most=60, weight=1.5, required=True),
        Field(key="represents", title=say("whom they represent"), most=100, weight=2),
        Field(key="place", title=_PLACE, most=100, weight=2),
        Field(key="people", title=say("number of people"), most=10_000, kind="integer", required=True),
        Field(key="chosen", title=say("how chosen"), most=300, weight=2),
        Field(key="remark", title=say("remark"), most=500, weight=2),
    ),
    "T13": (
        _NO,
        Field(key="opinion", title=say("opinion"), most=2000, weight=4, required=True),
        Field(key="person_class", title=say("of whom (no names)"), most=100, weight=1.5),
        Field(key="place", title=_PLACE, most=100, weight=1.5),
        Field(key="adopted", title=say("adopted or not"), most=20),
        Field(key="reason", title=say("reason why"), most=2000, weight=3),
    ),
}
ADOPTED: Mapping[Adopted, Text] = {
    "yes": say("adopted"),
    "partly": say("adopted in part"),
    "no": say("not adopted"),
}
ADOPTED_TOO: Mapping[str, Adopted] = {
    **{"采纳": "yes", "部分采纳": "partly", "不采纳": "no"},
    **{"是": "yes", "部分": "partly", "否": "no", "未采纳": "no", "不予采纳": "no"},
    **{"yes": "yes", "partly": "partly", "no": "no"},
}
"""What else people write there, in lower case."""
